"""Exercício 01.sobreposicao: fundir um par da esquerda para a direita, sem sobreposição."""

import random

from helpers.exercises.catalog import Case, Exercise, Form, Hint, KnownWrong

Pair = tuple[bytes, bytes]
_SYMBOLS = Form("sequence", (Form("bytes"),), label="uma lista de bytes")


def _merge_pair(symbols: list[bytes], pair: tuple[bytes, bytes]) -> list[bytes]:
    """Devolve uma lista nova, com o par fundido da esquerda para a direita."""
    merged = []
    i = 0
    while i < len(symbols):
        if tuple(symbols[i : i + 2]) == pair:
            merged.append(pair[0] + pair[1])
            i += 2
        else:
            merged.append(symbols[i])
            i += 1
    return merged


def _keeps_second(symbols: list[bytes], pair: Pair) -> list[bytes]:
    merged = []
    for i, symbol in enumerate(symbols):
        merged.append(pair[0] + pair[1] if tuple(symbols[i : i + 2]) == pair else symbol)
    return merged


def _overlaps(symbols: list[bytes], pair: Pair) -> list[bytes]:
    merged = []
    for i, symbol in enumerate(symbols):
        if tuple(symbols[i : i + 2]) == pair:
            merged.append(pair[0] + pair[1])
        elif i == 0 or tuple(symbols[i - 1 : i + 1]) != pair:
            merged.append(symbol)
    return merged


def _first_only(symbols: list[bytes], pair: Pair) -> list[bytes]:
    for i in range(len(symbols)):
        if tuple(symbols[i : i + 2]) == pair:
            return [*symbols[:i], pair[0] + pair[1], *symbols[i + 2 :]]
    return list(symbols)


def _right_to_left(symbols: list[bytes], pair: Pair) -> list[bytes]:
    merged: list[bytes] = []
    i = len(symbols) - 1
    while i >= 0:
        if i > 0 and (symbols[i - 1], symbols[i]) == pair:
            merged.insert(0, pair[0] + pair[1])
            i -= 2
        else:
            merged.insert(0, symbols[i])
            i -= 1
    return merged


def _changes_input(symbols: list[bytes], pair: Pair) -> list[bytes]:
    i = 0
    while i < len(symbols) - 1:
        if (symbols[i], symbols[i + 1]) == pair:
            symbols[i : i + 2] = [pair[0] + pair[1]]
        i += 1
    return symbols


def _changes_input_silently(symbols: list[bytes], pair: Pair) -> None:
    _changes_input(symbols, pair)


def _compares_glued(symbols: list[bytes], pair: Pair) -> list[bytes]:
    merged = []
    i = 0
    while i < len(symbols):
        if i + 1 < len(symbols) and symbols[i] + symbols[i + 1] == pair[0] + pair[1]:
            merged.append(pair[0] + pair[1])
            i += 2
        else:
            merged.append(symbols[i])
            i += 1
    return merged


def _drops_last(symbols: list[bytes], pair: Pair) -> list[bytes]:
    merged = []
    i = 0
    while i < len(symbols) - 1:
        if (symbols[i], symbols[i + 1]) == pair:
            merged.append(pair[0] + pair[1])
            i += 2
        else:
            merged.append(symbols[i])
            i += 1
    return merged


def _cases() -> tuple[Case, ...]:
    fixed: list[tuple[list[bytes], Pair]] = [
        ([b"b", b"a", b"n", b"a", b"n", b"a"], (b"n", b"a")),
        ([b"a", b"a", b"a"], (b"a", b"a")),
        ([b"a", b"a", b"a", b"a"], (b"a", b"a")),
        ([], (b"a", b"n")),
        ([b"a"], (b"a", b"a")),
        ([b"b", b"a"], (b"a", b"b")),
        ([b"ab", b"c", b"a", b"bc"], (b"a", b"bc")),
        ([b"b", b"an", b"an", b"a"], (b"an", b"a")),
        ([b"n", b"\xc3", b"\xa3", b"o"], (b"\xc3", b"\xa3")),
    ]
    generator = random.Random(102)
    for _ in range(25):
        size = generator.randrange(2, 9)
        symbols = [generator.choice((b"a", b"n", b"an")) for _ in range(size)]
        start = generator.randrange(size - 1)
        fixed.append((symbols, (symbols[start], symbols[start + 1])))
    return tuple(Case(args) for args in fixed)


OVERLAP = Exercise(
    id="01.sobreposicao",
    title="fundir sem pisar no vizinho",
    difficulty=2,
    importance=4,
    minutes=(10, 15),
    statement="""
Em `aaa` o par **aa** é contado duas vezes, mas só cabe uma fusão: o `a` do meio não pode estar em
dois lugares.

Escreva `my_merge_pair(symbols, pair)`. Ela devolve uma **lista nova** em que cada ocorrência do
par virou um símbolo só. Percorra **da esquerda para a direita**; um símbolo que já entrou em uma
fusão não entra em outra. A lista recebida fica como estava.
""",
    done_when="`aaa` vira `aa a`, `aaaa` vira `aa aa`, e a lista de entrada continua inteira.",
    hints=(
        Hint(
            "uma pergunta",
            "Depois de fundir os símbolos das posições 0 e 1, qual é a próxima posição que você "
            "ainda pode olhar?",
        ),
        Hint(
            "o plano",
            "1. Comece com uma lista vazia e `i = 0`.\n"
            "2. Enquanto `i` estiver dentro da lista: se `symbols[i]` e o seguinte formam o par, "
            "guarde os dois colados e ande 2.\n"
            "3. Se não formam, guarde `symbols[i]` e ande 1.\n"
            "4. Um `for` não deixa pular; um `while` deixa.",
        ),
        Hint(
            "por que recebo um `IndexError`, ou perco a última letra?",
            "O último símbolo não tem vizinho à direita. Ele não pode ser comparado com ninguém, "
            "mas ainda precisa ir para o resultado. A fatia `symbols[i : i + 2]` nunca estoura.",
        ),
        Hint(
            "a saída esperada",
            "`[b'a', b'a', b'a']` com o par `(b'a', b'a')` dá `[b'aa', b'a']`.",
        ),
    ),
    name="my_merge_pair",
    stub='''
def my_merge_pair(symbols: list[bytes], pair: tuple[bytes, bytes]) -> list[bytes]:
    """Devolve uma lista nova, com o par fundido da esquerda para a direita."""
    raise NotImplementedError  # escreva aqui
''',
    solution=_merge_pair,
    form=_SYMBOLS,
    make_cases=_cases,
    wrong=(
        KnownWrong(
            "nao_pula_o_segundo",
            _keeps_second,
            "Seu resultado é igual ao de quem funde o par mas **não pula o segundo símbolo**: ele "
            "aparece colado e, logo depois, sozinho. É o que um `for` faz, porque anda sempre de "
            "um em um. Troque por um `while` e ande 2 quando fundir.",
        ),
        KnownWrong(
            "fusoes_sobrepostas",
            _overlaps,
            "Seu resultado é igual ao de quem deixa as fusões se **sobreporem**: em `aaa` saem "
            "dois `aa`, e três letras viraram quatro. Em `banana` não se nota, porque ali os "
            "pares não se tocam. Cole os pedaços do resultado: dá a palavra de antes? Um símbolo "
            "usado não volta a ser usado.",
        ),
        KnownWrong(
            "so_a_primeira",
            _first_only,
            "Seu resultado é igual ao de quem funde só a **primeira** ocorrência. A fusão vale "
            "para a lista toda: em `banana`, `na` aparece duas vezes e as duas são fundidas. "
            "Procure um `return` ou um `break` cedo demais.",
        ),
        KnownWrong(
            "direita_para_esquerda",
            _right_to_left,
            "Seu resultado é igual ao de quem percorre **da direita para a esquerda**: `aaa` vira "
            "`a aa` no lugar de `aa a`. O número de pedaços é o mesmo, mas os cortes mudam, e dois "
            "programas deixariam de concordar. Comece em `i = 0`.",
        ),
        KnownWrong(
            "altera_a_entrada",
            _changes_input,
            "Seu resultado é igual ao de quem funde **dentro da própria lista recebida**. Os "
            "símbolos devolvidos estão certos, mas quem chamou perdeu os originais: "
            "na próxima contagem, `symbols` já não é o que era. Monte uma lista nova, ou comece "
            "com `symbols = list(symbols)`.",
        ),
        KnownWrong(
            "altera_e_nao_devolve",
            _changes_input_silently,
            "Seu resultado é igual ao de quem altera a lista recebida e **não devolve nada**. "
            "Funciona com `list.sort`, por isso tenta; aqui quem chama espera uma lista nova. "
            "Guarde os pedaços em outra lista e termine com `return`.",
        ),
        KnownWrong(
            "compara_colado",
            _compares_glued,
            "Seu resultado é igual ao de quem compara os **bytes colados** e não o par. "
            "`b'ab' + b'c'` e `b'a' + b'bc'` colam no mesmo `b'abc'`, mas são pares diferentes, e "
            "só um deles foi aprendido. Compare símbolo com símbolo.",
        ),
        KnownWrong(
            "perde_o_ultimo",
            _drops_last,
            "Seu resultado é igual ao de quem **perde o último símbolo** quando ele fica sozinho. "
            "Parar em `len(symbols) - 1` evita o erro de índice, mas esquece quem não tem vizinho. "
            "Confira: os bytes do resultado, colados, precisam dar a palavra inteira.",
        ),
    ),
)
