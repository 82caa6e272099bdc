"""Exercício 01.codificar: aplicar uma lista de fusões já aprendida, sem contar nada."""

import random

from helpers import bpe
from helpers.exercises.catalog import Case, Exercise, Form, Hint, KnownWrong

Pair = tuple[bytes, bytes]
_PIECES = Form("sequence", (Form("bytes"),), label="uma lista de bytes")


def _encode_word(text: str, merges: list[tuple[bytes, bytes]]) -> list[bytes]:
    """Devolve os pedaços do texto: cada fusão da lista, na ordem em que foi aprendida."""
    from helpers.bpe import merge_pair

    symbols = [bytes([value]) for value in text.encode("utf-8")]
    for pair in merges:
        symbols = merge_pair(symbols, pair)
    return symbols


def _symbols(text: str) -> list[bytes]:
    return [bytes([value]) for value in text.encode("utf-8")]


def _by_rank(text: str, merges: list[Pair]) -> list[bytes]:
    """Outro jeito certo: a cada volta, o par presente que foi aprendido primeiro."""
    symbols = _symbols(text)
    while known := [pair for pair in merges if pair in bpe.count_pairs([symbols])]:
        symbols = bpe.merge_pair(symbols, known[0])
    return symbols


def _trains_again(text: str, merges: list[Pair]) -> list[bytes]:
    return bpe.train(text, pattern=None, min_freq=2).pieces(text)


def _most_frequent_first(text: str, merges: list[Pair]) -> list[bytes]:
    symbols = _symbols(text)
    while True:
        counts = bpe.count_pairs([symbols])
        known = [pair for pair in merges if pair in counts]
        if not known:
            return symbols
        symbols = bpe.merge_pair(symbols, max(known, key=counts.__getitem__))


def _longest_match(text: str, merges: list[Pair]) -> list[bytes]:
    rest, pieces = text.encode("utf-8"), []
    known = {left + right for left, right in merges}
    while rest:
        sizes = [size for size in range(len(rest), 1, -1) if rest[:size] in known]
        size = sizes[0] if sizes else 1
        pieces.append(rest[:size])
        rest = rest[size:]
    return pieces


def _leftmost(text: str, merges: list[Pair]) -> list[bytes]:
    symbols = _symbols(text)
    i = 0
    while i < len(symbols) - 1:
        if (symbols[i], symbols[i + 1]) in merges:
            symbols[i : i + 2] = [symbols[i] + symbols[i + 1]]
            i = 0
        else:
            i += 1
    return symbols


def _reversed_list(text: str, merges: list[Pair]) -> list[bytes]:
    return _encode_word(text, merges[::-1])


def _single_merge(text: str, merges: list[Pair]) -> list[bytes]:
    symbols = _symbols(text)
    for pair in merges:
        if pair in bpe.count_pairs([symbols]):
            return bpe.merge_pair(symbols, pair)
    return symbols


def _first_occurrence(text: str, merges: list[Pair]) -> list[bytes]:
    symbols = _symbols(text)
    for pair in merges:
        for i in range(len(symbols) - 1):
            if (symbols[i], symbols[i + 1]) == pair:
                symbols = [*symbols[:i], pair[0] + pair[1], *symbols[i + 2 :]]
                break
    return symbols


def _characters(text: str, merges: list[Pair]) -> list[bytes]:
    symbols = [character.encode("utf-8") for character in text]
    for pair in merges:
        symbols = bpe.merge_pair(symbols, pair)
    return symbols


def _cases() -> tuple[Case, ...]:
    banana = list(bpe.train("banana", pattern=None, min_freq=1).merges)
    first_seen = list(bpe.train("banana", pattern=None, min_freq=1, tie_rule="first_seen").merges)
    accents = list(bpe.train("pá pé pó, pão não mão são", pattern=None, min_freq=2).merges)
    words = ("nabana", "semana", "banana", "ananás", "abacate", "bananabanana", "b", "")
    cases = [Case((word, list(banana))) for word in words]
    cases += [Case((word, list(first_seen))) for word in ("semana", "nanana")]
    cases += [Case((word, list(accents))) for word in ("pé", "pão", "irmão", "são não")]
    cases.append(Case(("abc", [(b"b", b"c"), (b"a", b"b")])))
    cases.append(Case(("abc", [(b"b", b"c"), (b"a", b"bc"), (b"a", b"b")])))
    cases.append(Case(("nana", [(b"a", b"n"), (b"n", b"a")])))
    cases.append(Case(("abab", [])))
    return (*cases, *_random_cases())


def _random_cases() -> list[Case]:
    generator = random.Random(103)
    cases = []
    while len(cases) < 20:
        corpus = "".join(generator.choice("abnã") for _ in range(18))
        merges = list(bpe.train(corpus, pattern=None, min_freq=2).merges)
        word = "".join(generator.choice("abnã") for _ in range(9))
        # Ficam só as listas em que percorrê-la uma vez e procurar a mais antiga dão no mesmo.
        if merges and _encode_word(word, merges) == _by_rank(word, merges):
            cases.append(Case((word, merges)))
    return cases


ENCODE = Exercise(
    id="01.codificar",
    title="codificar sem contar",
    difficulty=3,
    importance=5,
    minutes=(10, 20),
    statement="""
O treino acabou e deixou uma lista de fusões. Agora chega um texto novo, e **não se conta mais
nada**: só se aplica a lista.

Escreva `my_encode_word(text, merges)`. Ela começa com os bytes do texto, um por símbolo, e aplica
as fusões **na ordem em que foram aprendidas**, cada uma em todos os lugares em que couber.
Devolve a lista dos pedaços. Pode usar `merge_pair`.
""",
    done_when="Com a lista de `banana`, `nabana` vira `na ba na`, e a ordem da lista decide tudo.",
    hints=(
        Hint(
            "uma pergunta",
            "Se você nunca tivesse visto a palavra, mas tivesse a lista na mão, precisaria saber "
            "quantas vezes cada par aparece nela?",
        ),
        Hint(
            "o plano",
            "1. `symbols` começa com um símbolo por byte de `text.encode('utf-8')`.\n"
            "2. Para cada par de `merges`, do primeiro ao último, troque `symbols` por "
            "`merge_pair(symbols, pair)`.\n"
            "3. Devolva `symbols`.",
        ),
        Hint(
            "por que recebo números no lugar de bytes?",
            "Percorrer `bytes` dá inteiros: o primeiro de `b'banana'` é 98. Para ter de volta um "
            "símbolo de um byte, escreva `bytes([98])`, que é `b'b'`.",
        ),
        Hint(
            "a saída esperada",
            "`my_encode_word('nabana', merges)` devolve `[b'na', b'ba', b'na']` quando `merges` é "
            "a lista aprendida em `banana`.",
        ),
    ),
    name="my_encode_word",
    stub='''
def my_encode_word(text: str, merges: list[tuple[bytes, bytes]]) -> list[bytes]:
    """Devolve os pedaços do texto, aplicando as fusões na ordem da lista."""
    raise NotImplementedError  # escreva aqui
''',
    solution=_encode_word,
    form=_PIECES,
    make_cases=_cases,
    wrong=(
        KnownWrong(
            "treina_de_novo",
            _trains_again,
            "Seu resultado é igual ao de quem **treina de novo** no texto que chegou: conta os "
            "pares dele e funde os mais frequentes. Parece certo porque foi o que fizemos até "
            "aqui. Mas cada texto teria o seu vocabulário, e os ids deixariam de valer. Use só a "
            "lista `merges`, sem contar.",
        ),
        KnownWrong(
            "mais_frequente_primeiro",
            _most_frequent_first,
            "Seu resultado é igual ao de quem só usa pares da lista, mas escolhe primeiro o "
            "**mais frequente no texto**. A frequência já fez o seu trabalho no treino. Na "
            "codificação quem manda é a posição na lista: o par aprendido antes é fundido antes.",
        ),
        KnownWrong(
            "pedaco_mais_longo",
            _longest_match,
            "Seu resultado é igual ao de quem procura, da esquerda para a direita, o **pedaço mais "
            "longo** que existe no vocabulário. Outros tokenizadores fazem isso (o WordPiece, do "
            "BERT). O BPE não olha tamanhos: refaz as fusões na ordem do treino. Compare `abc` com "
            "a lista `b+c`, `a+b`.",
        ),
        KnownWrong(
            "mais_a_esquerda",
            _leftmost,
            "Seu resultado é igual ao de quem funde o par conhecido que está **mais à esquerda**, "
            "seja ele qual for. O lugar no texto não dá preferência: quem dá é o lugar na lista. "
            "Percorra primeiro a lista e, para cada par, o texto.",
        ),
        KnownWrong(
            "lista_ao_contrario",
            _reversed_list,
            "Seu resultado é igual ao de quem aplica a lista **de trás para a frente**. As últimas "
            "fusões juntam pedaços que as primeiras constroem; aplicadas antes, não acham o que "
            "juntar. Comece pelo par aprendido primeiro.",
        ),
        KnownWrong(
            "uma_fusao_so",
            _single_merge,
            "Seu resultado é igual ao de quem aplica **uma fusão só** e para. A primeira está "
            "certa; as seguintes constroem sobre ela (`na`, depois `nana`). Procure um `return` "
            "dentro do laço: ele precisa ficar depois.",
        ),
        KnownWrong(
            "so_a_primeira_ocorrencia",
            _first_occurrence,
            "Seu resultado é igual ao de quem aplica cada fusão só na **primeira ocorrência**. Em "
            "`nabana` há dois `na`, e os dois são fundidos. Use `merge_pair`, que percorre o texto "
            "inteiro.",
        ),
        KnownWrong(
            "caracteres",
            _characters,
            "Seu resultado é igual ao de quem começa pelos **caracteres**, e não pelos bytes. Em "
            "palavras sem acento não há diferença, e por isso engana. Mas `é` são dois bytes, e a "
            "lista pode ter aprendido a juntar só o primeiro com a letra anterior. Comece por "
            "`text.encode('utf-8')`.",
        ),
    ),
)
