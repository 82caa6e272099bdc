"""Exercício 01.meia_letra: achar os pedaços que, sozinhos, não são UTF-8."""

import random

from helpers.exercises.catalog import Case, Exercise, Form, Hint, KnownWrong

_PIECES = Form("sequence", (Form("bytes"),), label="uma lista de bytes")


def _half_letters(pieces: list[bytes]) -> list[bytes]:
    """Devolve, na ordem, os pedaços que não formam letras completas."""
    halves = []
    for piece in pieces:
        try:
            piece.decode("utf-8")
        except UnicodeDecodeError:
            halves.append(piece)
    return halves


def _any_accent(pieces: list[bytes]) -> list[bytes]:
    return [piece for piece in pieces if any(value > 127 for value in piece)]


def _single_bytes(pieces: list[bytes]) -> list[bytes]:
    return [piece for piece in pieces if len(piece) == 1]


def _whole_ones(pieces: list[bytes]) -> list[bytes]:
    halves = _half_letters(pieces)
    return [piece for piece in pieces if piece not in halves]


def _swallows(pieces: list[bytes]) -> list[bytes]:
    return [piece for piece in pieces if piece.decode("utf-8", errors="ignore") is None]


def _looks_at_start(pieces: list[bytes]) -> list[bytes]:
    return [piece for piece in pieces if piece and 128 <= piece[0] < 192]


def _looks_at_end(pieces: list[bytes]) -> list[bytes]:
    return [piece for piece in pieces if piece and piece[-1] >= 192]


def _no_try(pieces: list[bytes]) -> list[bytes]:
    return [piece for piece in pieces if not isinstance(piece.decode("utf-8"), str)]


def _without_repeats(pieces: list[bytes]) -> list[bytes]:
    return list(dict.fromkeys(_half_letters(pieces)))


def _single_high_bytes(pieces: list[bytes]) -> list[bytes]:
    return [piece for piece in pieces if len(piece) == 1 and piece[0] > 127]


def _cases() -> tuple[Case, ...]:
    fixed = [
        [b"p\xc3", b"\xa9"],
        [b"b", b"a", b"na", b"na"],
        ["ção".encode(), b"a\xc3", b"\xa7\xc3\xa3o"],
        ["ã".encode(), b"\xc3", b"\xa3"],
        [b"\xa3o", b"\xa3o", b" "],
        [b"\xf0\x9f", b"\x8d\x8c", "🍌".encode()],
        [b"", b"a"],
        [],
    ]
    generator = random.Random(104)
    for _ in range(22):
        word = generator.choice(("coração", "pão de mel", "não há", "avô e avó", "🍌 açaí"))
        fixed.append(_cut(word.encode("utf-8"), generator))
    return tuple(Case((pieces,)) for pieces in fixed)


def _cut(data: bytes, generator: random.Random) -> list[bytes]:
    pieces = []
    while data:
        size = generator.randrange(1, 4)
        pieces.append(data[:size])
        data = data[size:]
    return pieces


HALF_LETTERS = Exercise(
    id="01.meia_letra",
    title="caça às meias letras",
    difficulty=2,
    importance=3,
    minutes=(5, 10),
    statement="""
Um token pode terminar no meio de um `ã`. Sozinho, ele não se lê; ao lado do vizinho certo, sim.

Escreva `my_half_letters(pieces)`. Ela recebe uma lista de pedaços, em bytes, e devolve, na mesma
ordem e com as repetições, só os que **não são UTF-8 válido por si sós**.
""",
    done_when="O `ã` inteiro passa, `p` com meia letra não passa, e um emoji cortado também não.",
    hints=(
        Hint(
            "uma pergunta",
            "O que o Python faz quando você pede `b'p\\xc3'.decode('utf-8')`? Isso pode virar um "
            "teste?",
        ),
        Hint(
            "o plano",
            "1. Comece com uma lista vazia.\n"
            "2. Para cada pedaço, tente decodificar dentro de um `try`.\n"
            "3. Se vier `UnicodeDecodeError`, o pedaço é meia letra: guarde-o.",
        ),
        Hint(
            "por que recebo letras inteiras?",
            "Ter um byte maior que 127 não faz de um pedaço meia letra: os dois bytes do `ã` são "
            "maiores que 127 e formam uma letra perfeita. O que conta é se a letra está completa.",
        ),
        Hint(
            "a saída esperada",
            "`[b'p\\xc3', b'\\xa9']` volta inteira, e `[b'\\xc3\\xa3', b'na']` dá `[]`.",
        ),
    ),
    name="my_half_letters",
    stub='''
def my_half_letters(pieces: list[bytes]) -> list[bytes]:
    """Devolve, na ordem, os pedaços que não são UTF-8 válido sozinhos."""
    raise NotImplementedError  # escreva aqui
''',
    solution=_half_letters,
    form=_PIECES,
    make_cases=_cases,
    wrong=(
        KnownWrong(
            "todo_acento",
            _any_accent,
            "Seu resultado é igual ao de quem chama de meia letra **todo pedaço com acento**. A "
            "suspeita tem lógica: é nas acentuadas que o corte acontece. Mas `b'\\xc3\\xa3'` é um "
            "`ã` inteiro. Em vez de olhar o valor dos bytes, tente decodificar.",
        ),
        KnownWrong(
            "um_byte_so",
            _single_bytes,
            "Seu resultado é igual ao de quem procura pedaços de **um byte**. O tamanho não "
            "decide: `b'b'` tem um byte e é uma letra completa; `b'p\\xc3'` tem dois e não é. "
            "Pergunte se o pedaço se decodifica.",
        ),
        KnownWrong(
            "um_byte_alto",
            _single_high_bytes,
            "Seu resultado é igual ao de quem só vê a meia letra **quando ela está sozinha**. Boa "
            "parte delas vem grudada em uma letra inteira, como em `b'p\\xc3'` ou `b'\\xa3o'`. "
            "Decodifique o pedaço todo.",
        ),
        KnownWrong(
            "invertido",
            _whole_ones,
            "Seu resultado é igual ao de quem devolve os pedaços **inteiros**, e não os partidos. "
            "O teste está certo, do lado contrário: guarde o pedaço no `except`, e não depois do "
            "`decode`.",
        ),
        KnownWrong(
            "engole_o_erro",
            _swallows,
            "Seu resultado é igual ao de quem **engole o erro**: a lista volta sempre vazia. Com "
            "`errors='ignore'` ou `'replace'` o `decode` nunca falha, e é a falha que "
            "procuramos. Também acontece com `latin-1`, que aceita qualquer byte. Use "
            "`decode('utf-8')`, sem mais nada.",
        ),
        KnownWrong(
            "so_o_comeco",
            _looks_at_start,
            "Seu resultado é igual ao de quem olha só o **começo** do pedaço. Assim se acha quem "
            "perdeu a primeira metade, como `b'\\xa3o'`, mas escapa quem perdeu a segunda, como "
            "`b'p\\xc3'`. A letra pode se partir nas duas pontas.",
        ),
        KnownWrong(
            "so_o_fim",
            _looks_at_end,
            "Seu resultado é igual ao de quem olha só o **fim** do pedaço. Assim se acha "
            "`b'p\\xc3'`, mas escapa `b'\\xa3o'`, que começa pela metade. A letra pode se partir "
            "nas duas pontas.",
        ),
        KnownWrong(
            "sem_try",
            _no_try,
            "Seu resultado é igual ao de quem decodifica **sem `try`**: na primeira meia letra, o "
            "`decode` levanta `UnicodeDecodeError` e a função para. O erro é a resposta que você "
            "procura. Envolva o `decode` em `try` e guarde o pedaço no `except`.",
        ),
        KnownWrong(
            "sem_repetidos",
            _without_repeats,
            "Seu resultado é igual ao de quem **descarta os repetidos**. As meias letras estão "
            "certas, mas cada ocorrência conta: o mesmo pedaço pode aparecer duas vezes no texto. "
            "Use uma lista, sem `set`.",
        ),
    ),
)
