"""Exercício 01.empate: que par fundir quando as contagens são iguais."""

import random

from helpers.exercises.catalog import Case, Exercise, Form, Hint, KnownWrong

Pair = tuple[bytes, bytes]
_BYTES = Form("bytes")
_PAIR = Form("sequence", (_BYTES,), length=2, label="um par: dois pedaços de bytes")
_PIECES = (b"a", b"b", b"n", b"an", b"na", b"ana", b"\xc3", b"\xa3")


def _choose_pair(counts: dict[tuple[bytes, bytes], int]) -> tuple[bytes, bytes]:
    """Devolve o par mais frequente; no empate, o maior par, símbolo a símbolo."""
    return max(counts, key=lambda pair: (counts[pair], pair))


def _first_seen(counts: dict[Pair, int]) -> Pair:
    return max(counts, key=counts.__getitem__)


def _last_seen(counts: dict[Pair, int]) -> Pair:
    return max(reversed(counts), key=counts.__getitem__)


def _smallest_pair(counts: dict[Pair, int]) -> Pair:
    return min(counts, key=lambda pair: (-counts[pair], pair))


def _ignores_counts(counts: dict[Pair, int]) -> Pair:
    return max(counts)


def _concatenated(counts: dict[Pair, int]) -> Pair:
    return max(counts, key=lambda pair: (counts[pair], pair[0] + pair[1]))


def _longest_piece(counts: dict[Pair, int]) -> Pair:
    return max(counts, key=lambda pair: (counts[pair], len(pair[0] + pair[1])))


def _rarest(counts: dict[Pair, int]) -> Pair:
    return min(counts, key=lambda pair: (counts[pair], pair))


def _returns_count(counts: dict[Pair, int]) -> int:
    return max(counts.values())


def _choose_cases() -> tuple[Case, ...]:
    fixed: list[dict[Pair, int]] = [
        {(b"b", b"a"): 1, (b"a", b"n"): 2, (b"n", b"a"): 2},
        {(b"n", b"a"): 2, (b"a", b"n"): 2, (b"b", b"a"): 1},
        {(b"a", b"b"): 7},
        {(b"z", b"z"): 1, (b"a", b"a"): 9},
        {(b"a", b"nz"): 3, (b"an", b"a"): 3},
        {(b"an", b"ana"): 2, (b"n", b"a"): 2},
        {(b"\xc3", b"\xa3"): 4, (b"a", b"o"): 4},
    ]
    generator = random.Random(101)
    for _ in range(25):
        pairs = [_random_pair(generator) for _ in range(generator.randrange(2, 7))]
        fixed.append({pair: generator.randrange(1, 4) for pair in pairs})
    return tuple(Case((counts,)) for counts in fixed)


def _random_pair(generator: random.Random) -> Pair:
    return (generator.choice(_PIECES), generator.choice(_PIECES))


TIE = Exercise(
    id="01.empate",
    title="quem decide no empate",
    difficulty=2,
    importance=5,
    minutes=(5, 10),
    statement="""
Em `banana`, os pares **an** e **na** aparecem duas vezes cada um. A contagem não escolhe: quem
escolhe é uma regra, e ela precisa estar escrita.

Escreva `my_choose_pair(counts)`. Ela recebe um dicionário que leva cada par à sua contagem e
devolve o par mais frequente. **No empate, vence o maior par**: compara-se o primeiro símbolo e,
se forem iguais, o segundo.
""",
    done_when="O mesmo par vence sempre, seja qual for a ordem do dicionário.",
    hints=(
        Hint(
            "uma pergunta",
            "`max` aceita `key`. O que `key` pode devolver para que a contagem seja olhada "
            "primeiro e o par só desempate?",
        ),
        Hint(
            "o plano",
            "1. Para cada par, monte uma tupla: primeiro a contagem, depois o próprio par.\n"
            "2. Python compara tuplas item a item, da esquerda para a direita.\n"
            "3. Peça a `max` o par cuja tupla é a maior.",
        ),
        Hint(
            "por que recebo `(b'a', b'n')`?",
            "`max(counts, key=counts.get)` só olha a contagem e, no empate, fica com o primeiro "
            "par que encontrou. Falta dizer o que fazer quando as contagens são iguais.",
        ),
        Hint(
            "a saída esperada",
            "Em `{(b'b', b'a'): 1, (b'a', b'n'): 2, (b'n', b'a'): 2}` vence `(b'n', b'a')`, "
            "porque `b'n'` vem depois de `b'a'`.",
        ),
    ),
    name="my_choose_pair",
    stub='''
def my_choose_pair(counts: dict[tuple[bytes, bytes], int]) -> tuple[bytes, bytes]:
    """Devolve o par mais frequente; no empate, o maior par."""
    raise NotImplementedError  # escreva aqui
''',
    solution=_choose_pair,
    form=_PAIR,
    make_cases=_choose_cases,
    wrong=(
        KnownWrong(
            "primeiro_visto",
            _first_seen,
            "Seu resultado é igual ao de quem fica, no empate, com o par **visto primeiro**. É o "
            "que `max(counts, key=counts.get)` faz sozinho, e por isso parece certo: sem empate, "
            "funciona. Mas a resposta passa a depender da ordem do dicionário. Ponha o par dentro "
            "da `key`, depois da contagem.",
        ),
        KnownWrong(
            "ultimo_visto",
            _last_seen,
            "Seu resultado é igual ao de quem fica, no empate, com o par **visto por último**. Em "
            "`banana` isso dá `na`, como a nossa regra, mas por acaso. Embaralhe o dicionário e "
            "veja a resposta mudar. O desempate precisa olhar o par, e não a sua posição.",
        ),
        KnownWrong(
            "menor_par",
            _smallest_pair,
            "Seu resultado é igual ao de quem desempata pelo **menor** par. É uma regra "
            "legítima, parecida com a de algumas bibliotecas, mas não é a combinada aqui. "
            "Você já compara os pares; inverta só o lado do desempate.",
        ),
        KnownWrong(
            "ignora_contagem",
            _ignores_counts,
            "Seu resultado é igual ao de quem pega o maior par **sem olhar a contagem**. "
            "`max(counts)` percorre só as chaves do dicionário. A frequência vem primeiro; "
            "o tamanho do par só decide quando ela empata.",
        ),
        KnownWrong(
            "bytes_colados",
            _concatenated,
            "Seu resultado é igual ao de quem cola os dois símbolos antes de comparar. Quase "
            "sempre dá no mesmo, e é aí que engana: `b'a' + b'nz'` é maior que `b'an' + b'a'`, mas "
            "o par `(b'an', b'a')` é maior que `(b'a', b'nz')`. Compare os pares inteiros, sem "
            "somar os pedaços.",
        ),
        KnownWrong(
            "pedaco_mais_longo",
            _longest_piece,
            "Seu resultado é igual ao de quem desempata pelo par que gera o pedaço **mais longo**. "
            "“Maior”, aqui, é na ordem dos bytes, como no dicionário, e não no comprimento: "
            "`b'n'` é maior que `b'ana'`. Troque `len(...)` pelo próprio par.",
        ),
        KnownWrong(
            "mais_raro",
            _rarest,
            "Seu resultado é igual ao de quem escolhe o par **menos** frequente. O BPE funde o que "
            "mais se repete, porque é aí que a sequência encurta mais. Veja se você usou `min` "
            "ou ordenou sem inverter.",
        ),
        KnownWrong(
            "devolve_contagem",
            _returns_count,
            "Seu resultado é igual ao de quem devolve **a contagem** vencedora, e não o par que a "
            "tem. `max(counts.values())` já esqueceu de quem era o número. Percorra as chaves "
            "(`max(counts, key=...)`) e use a contagem só para compará-las.",
        ),
    ),
)
