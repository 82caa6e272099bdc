"""Exercício 05.mais_lido: quanto cada posição é lida, comparado com o que a máscara já daria."""

import random

from helpers.exercises.catalog import Case, Exercise, Form, Hint, KnownWrong

_SHARES = Form("sequence", (Form("number"),), label="uma lista com um número por posição")
Pattern = list[list[float]]


def _read_share(pattern: list[list[float]]) -> list[float]:
    """Devolve, por posição, quanto ela é lida dividido pelo que a atenção uniforme daria."""
    n_pos = len(pattern)
    shares = []
    for source in range(n_pos):
        read = sum(pattern[row][source] for row in range(n_pos))
        uniform = sum(1 / (row + 1) for row in range(source, n_pos))
        shares.append(read / uniform)
    return shares


def _rows(pattern: Pattern) -> list[float]:
    return [sum(row) for row in pattern]


def _columns(pattern: Pattern) -> list[float]:
    return [sum(row[source] for row in pattern) for source in range(len(pattern))]


def _mean(pattern: Pattern) -> list[float]:
    return [total / len(pattern) for total in _columns(pattern)]


def _by_readers(pattern: Pattern) -> list[float]:
    n_pos = len(pattern)
    return [total / (n_pos - source) for source, total in enumerate(_columns(pattern))]


def _expected(n_pos: int) -> list[float]:
    return [sum(1 / (row + 1) for row in range(source, n_pos)) for source in range(n_pos)]


def _subtracts(pattern: Pattern) -> list[float]:
    expected = _expected(len(pattern))
    return [a - b for a, b in zip(_columns(pattern), expected, strict=True)]


def _upside_down(pattern: Pattern) -> list[float]:
    expected = _expected(len(pattern))
    return [b / a if a else 0.0 for a, b in zip(_columns(pattern), expected, strict=True)]


def _forgets_itself(pattern: Pattern) -> list[float]:
    n_pos = len(pattern)
    expected = _expected(n_pos)
    return [
        sum(pattern[row][source] for row in range(source + 1, n_pos)) / expected[source]
        for source in range(n_pos)
    ]


def _drawn(n_pos: int, generator: random.Random) -> Pattern:
    rows = []
    for place in range(n_pos):
        parts = [generator.randrange(1, 20) for _ in range(place + 1)]
        rows.append([part / sum(parts) for part in parts] + [0.0] * (n_pos - place - 1))
    return rows


def _cases() -> tuple[Case, ...]:
    generator = random.Random(506)
    fixed = [
        [[1.0, 0.0], [0.5, 0.5]],
        [[1.0, 0.0, 0.0], [1.0, 0.0, 0.0], [1.0, 0.0, 0.0]],
        [[1.0, 0.0, 0.0], [0.25, 0.75, 0.0], [0.2, 0.3, 0.5]],
        [[1.0]],
    ]
    return tuple(Case((p,)) for p in fixed + [_drawn(n, generator) for n in 3 * (3, 4, 5, 6)])


READERS = Exercise(
    id="05.mais_lido",
    title="lido demais, ou só sentado na frente? (extra)",
    difficulty=3,
    importance=4,
    minutes=(8, 15),
    statement="""
A posição 0 pode ser lida por todos; a última, só por ela mesma. Somar a coluna dá vantagem a quem
veio antes, e isso é geometria da máscara, não escolha da cabeça.

Escreva `my_read_share(pattern)`. `pattern` é uma lista de linhas; cada linha soma 1 e tem zeros no
futuro. Para cada posição `j`, divida **quanto ela é lida** (a soma da coluna `j`) por **quanto
seria lida se todos olhassem por igual** (a linha `i` dá `1 / (i + 1)` a cada posição até `i`).
Devolva uma lista de números.
""",
    done_when="No padrão uniforme tudo dá 1; acima de 1, a cabeça escolheu aquela posição.",
    hints=(
        Hint("uma pergunta", "Quais linhas podem dar algum peso à posição `j`?"),
        Hint(
            "o plano",
            "1. Para cada `j`, some `pattern[i][j]` em todas as linhas.\n"
            "2. Some `1 / (i + 1)` nas linhas `i` de `j` até a última.\n"
            "3. Divida o primeiro pelo segundo.",
        ),
        Hint(
            "por que recebo tudo igual a 1?",
            "Você somou a linha, que é quanto a posição **recebe**: sempre 1, por causa do "
            "softmax. Quanto ela é **lida** está na coluna.",
        ),
        Hint("a saída esperada", "`[[1, 0], [0.5, 0.5]]` é o padrão uniforme: `[1.0, 1.0]`."),
    ),
    name="my_read_share",
    stub='''
def my_read_share(pattern: list[list[float]]) -> list[float]:
    """Devolve, por posição, quanto ela é lida dividido pelo que a atenção uniforme daria."""
    raise NotImplementedError  # escreva aqui
''',
    solution=_read_share,
    form=_SHARES,
    tolerance=1e-4,
    make_cases=_cases,
    wrong=(
        KnownWrong(
            "soma_as_linhas",
            _rows,
            "Seu resultado é igual ao de quem soma as **linhas**. A soma da linha é o que a "
            "posição recebe, e o softmax a obriga a ser 1. Some as colunas.",
        ),
        KnownWrong(
            "sem_referencia",
            _columns,
            "Seu resultado é igual ao de quem **soma a coluna** e não compara com nada. Com "
            "atenção uniforme, a posição 0 já ganha das outras. Divida pelo que o uniforme daria.",
        ),
        KnownWrong(
            "divide_por_n",
            _mean,
            "Seu resultado é igual ao de quem divide a coluna por **N**. Assim todas as posições "
            "usam a mesma régua, mas a posição 0 tem N leitores e a última, um só.",
        ),
        KnownWrong(
            "divide_pelos_leitores",
            _by_readers,
            "Seu resultado é igual ao de quem divide pelo **número de leitores**. É quase: falta "
            "ver que cada leitor reparte 1 entre um número diferente de posições. O primeiro "
            "leitor dá 1 inteiro; o décimo, se olhar por igual, dá 0,1.",
        ),
        KnownWrong(
            "subtrai",
            _subtracts,
            "Seu resultado é igual ao de quem **subtrai** a referência. O sinal diz o mesmo (mais "
            "ou menos que o uniforme), mas o pedido é a razão: 2 quer dizer o dobro.",
        ),
        KnownWrong(
            "razao_invertida",
            _upside_down,
            "Seu resultado é igual ao de quem faz a razão **de cabeça para baixo**: o uniforme "
            "dividido pelo que foi lido. Troque o numerador pelo denominador.",
        ),
        KnownWrong(
            "esquece_a_propria",
            _forgets_itself,
            "Seu resultado é igual ao de quem **não conta a própria posição**. Na autoatenção cada "
            "token também lê a si mesmo: a coluna começa na diagonal.",
        ),
    ),
)
