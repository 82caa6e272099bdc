"""Respostas da lição 00: a solução, os enganos e os casos de cada exercício."""

import itertools
import math
import random

from helpers.exercises.catalog import Answer, Case, Form

# --- 00.vizinhos ---------------------------------------------------------------------------------

_WORDS = Form("sequence", (Form("text"),), label="uma lista de textos")


def _neighbours(word):
    """Devolve os pares de letras vizinhas, da esquerda para a direita."""
    return [word[i : i + 2] for i in range(len(word) - 1)]


def _letters(word: str) -> list[str]:
    return list(word)


def _lonely_tail(word: str) -> list[str]:
    return [word[i : i + 2] for i in range(len(word))]


def _two_by_two(word: str) -> list[str]:
    return [word[i : i + 2] for i in range(0, len(word) - 1, 2)]


def _misses_last(word: str) -> list[str]:
    return [word[i : i + 2] for i in range(len(word) - 2)]


def _without_repeats(word: str) -> list[str]:
    return list(dict.fromkeys(_neighbours(word)))


def _swapped(word: str) -> list[str]:
    return [pair[::-1] for pair in _neighbours(word)]


def _cases() -> tuple[Case, ...]:
    fixed = ["banana", "pão", "ab", "a", "", "aaaa", "arara", "Maria"]
    generator = random.Random(100)
    for _ in range(12):
        length = generator.randrange(3, 10)
        fixed.append("".join(generator.choice("abnoã") for _ in range(length)))
    return tuple(Case((word,)) for word in fixed)


NEIGHBOURS = Answer(
    "00.vizinhos",
    solution=_neighbours,
    form=_WORDS,
    wrong={
        "letras": _letters,
        "sobra_no_fim": _lonely_tail,
        "de_duas_em_duas": _two_by_two,
        "perde_o_ultimo": _misses_last,
        "sem_repetidos": _without_repeats,
        "trocado": _swapped,
        "tuplas": lambda word: list(itertools.pairwise(word)),
        "todas_as_duplas": lambda word: [a + b for i, a in enumerate(word) for b in word[i + 1 :]],
        "de_tras_para_a_frente": lambda word: _neighbours(word)[::-1],
        "trios": lambda word: [word[i : i + 3] for i in range(len(word) - 2)],
        "salta_uma": lambda word: [word[i] + word[i + 2] for i in range(len(word) - 2)],
        "letras_soltas_dos_pares": lambda word: [c for pair in _neighbours(word) for c in pair],
        "comeca_na_segunda": lambda word: [word[i : i + 2] for i in range(1, len(word))],
        "so_o_primeiro_par": lambda word: [word[:2]] if len(word) > 1 else None,
        "minusculas": lambda word: _neighbours(word.lower()),
    },
    cases=_cases,
)


# --- 00.produto ----------------------------------------------------------------------------------

Matrix = list[list]  # inteiros e decimais se misturam nas linhas
_MATRIX = Form("sequence", (Form("sequence", (Form("number"),)),), label="uma lista de linhas")


def _product(a, b):
    """Devolve o produto de a por b, como lista de linhas."""
    rows = []
    for row in a:
        rows.append([sum(row[p] * b[p][j] for p in range(len(b))) for j in range(len(b[0]))])
    return rows


def _transposed(a: Matrix) -> Matrix:
    return [list(column) for column in zip(*a, strict=True)]


def _last_product(a: Matrix, b: Matrix) -> Matrix:
    return [[row[-1] * number for number in b[-1]] for row in a]


def _same_row(a: Matrix, b: Matrix) -> Matrix:
    return [_product(a, b)[-1]] * len(a)


def _flat(a: Matrix, b: Matrix) -> list:
    return [number for row in _product(a, b) for number in row]


def _row_by_row(a: Matrix, b: Matrix) -> Matrix:
    return [[sum(x * y for x, y in zip(row, other, strict=False)) for other in b] for row in a]


def _element_by_element(a: Matrix, b: Matrix) -> Matrix:
    return [
        [x * y for x, y in zip(row, other, strict=False)] for row, other in zip(a, b, strict=False)
    ]


def _adds(a: Matrix, b: Matrix) -> Matrix:
    return [[sum(row[p] + b[p][j] for p in range(len(b))) for j in range(len(b[0]))] for row in a]


def _square_only(a: Matrix, b: Matrix) -> Matrix:
    return [[sum(row[p] * b[p][j] for p in range(len(b))) for j in range(len(a))] for row in a]


def _same_size_everywhere(a: Matrix, b: Matrix) -> Matrix:
    n = len(a)
    return [[sum(a[i][p] * b[p][j] for p in range(n)) for j in range(n)] for i in range(n)]


def _without_last(a: Matrix, b: Matrix) -> Matrix:
    inner = range(len(b) - 1)
    return [[sum(row[p] * b[p][j] for p in inner) for j in range(len(b[0]))] for row in a]


def _carries(a: Matrix, b: Matrix) -> Matrix:
    return [list(itertools.accumulate(row)) for row in _product(a, b)]


def _carries_on(a: Matrix, b: Matrix) -> Matrix:
    rows, total = _product(a, b), 0
    for row in rows:
        for j, number in enumerate(row):
            row[j] = total = total + number
    return rows


def _product_cases() -> tuple[Case, ...]:
    fixed: list[tuple[Matrix, Matrix]] = [
        ([[1, 2]], [[3], [4]]),
        ([[1, 0, 2], [0, 1, 1]], [[1, 2], [0, 1], [3, 0]]),
        ([[2, 1], [0, 3]], [[1, 4], [5, 0]]),
        ([[3], [4]], [[1, 2]]),
        ([[1, 0], [0, 1]], [[7, -2, 5], [0.5, 0, 1]]),
        ([[-1.5]], [[2.0]]),
        ([[0, 0], [0, 0]], [[1, 2], [3, 4]]),
    ]
    generator = random.Random(101)
    for _ in range(12):
        n, inner, m = (generator.randrange(1, 5) for _ in range(3))
        fixed.append((_numbers(generator, n, inner), _numbers(generator, inner, m)))
    return tuple(Case(args) for args in fixed)


def _numbers(generator: random.Random, n: int, m: int) -> Matrix:
    return [[round(generator.uniform(-3, 3), 2) for _ in range(m)] for _ in range(n)]


PRODUCT = Answer(
    "00.produto",
    solution=_product,
    form=_MATRIX,
    wrong={
        "linha_com_linha": _row_by_row,
        "casa_por_casa": _element_by_element,
        "ordem_trocada": lambda a, b: _product(b, a),
        "deitada": lambda a, b: _transposed(_product(a, b)),
        "so_a_ultima_parcela": _last_product,
        "linhas_repetidas": _same_row,
        "tudo_numa_lista": _flat,
        "soma_no_lugar_de_produto": _adds,
        "colunas_de_menos": _square_only,
        "sem_somar": lambda a, b: [
            [[x * number for number in column] for x, column in zip(row, b, strict=False)]
            for row in a
        ],
        "mesmo_tamanho_em_tudo": _same_size_everywhere,
        "falta_a_ultima_parcela": _without_last,
        "nao_zera_na_linha": _carries,
        "nao_zera_nunca": _carries_on,
        "maior_produto": lambda a, b: [
            [max(row[p] * b[p][j] for p in range(len(b))) for j in range(len(b[0]))] for row in a
        ],
        "linhas_de_b": lambda a, b: [_product(a, b)[i] for i in range(len(b))],
        "falta_a_primeira_parcela": lambda a, b: [
            [sum(row[p] * b[p][j] for p in range(1, len(b))) for j in range(len(b[0]))] for row in a
        ],
        "p_pelas_linhas_de_a": lambda a, b: [
            [sum(row[p] * b[p][j] for p in range(len(a))) for j in range(len(b[0]))] for row in a
        ],
        "so_a_primeira_linha": lambda a, b: _product(a[:1], b),
        "soma_antes": lambda a, b: [[sum(row) * sum(c) for c in _transposed(b)] for row in a],
    },
    cases=_product_cases,
)


# --- 00.softmax ----------------------------------------------------------------------------------

_SHARES = Form("sequence", (Form("number"),), label="uma lista de números")


def _softmax(scores):
    """Devolve a exponencial de cada número, dividida pela soma delas."""
    import math

    grown = [math.exp(score) for score in scores]
    return [part / sum(grown) for part in grown]


def _over_the_sum(scores: list) -> list[float]:
    return [score / sum(scores) for score in scores]


def _over_the_largest(scores: list) -> list[float]:
    top = math.exp(max(scores))
    return [math.exp(score) / top for score in scores]


def _running(scores: list) -> list[float]:
    total, shares = 0.0, []
    for score in scores:
        total += math.exp(score)
        shares.append(math.exp(score) / total)
    return shares


def _softmax_cases() -> tuple[Case, ...]:
    fixed = [[2.0, 1.0, 0.0], [0, 0], [3.5], [-1.0, 1.0], [9.0, 8.0, 7.0], [-5, -5, -4, 0]]
    fixed += [[0.5, 0.25, 0.5], [1, 1, 1, 1, 1], [-2.0, -3.0], [0.0, 4.0, 0.0]]
    generator = random.Random(102)
    for _ in range(10):
        size = generator.randrange(2, 7)
        fixed.append([round(generator.uniform(-4, 4), 2) for _ in range(size)])
    return tuple(Case((scores,)) for scores in fixed)


SOFTMAX = Answer(
    "00.softmax",
    solution=_softmax,
    form=_SHARES,
    wrong={
        "sem_exponencial": _over_the_sum,
        "sem_dividir": lambda scores: [math.exp(score) for score in scores],
        "divide_pelo_maior": _over_the_largest,
        "divide_pela_soma_dos_numeros": lambda scores: [
            math.exp(score) / sum(scores) for score in scores
        ],
        "soma_pela_metade": _running,
        "base_dois": lambda scores: [2**score / sum(2**s for s in scores) for score in scores],
        "de_cabeca_para_baixo": lambda scores: list(_softmax([-s for s in scores])),
        "so_o_maior": lambda scores: [
            float(i == scores.index(max(scores))) for i in range(len(scores))
        ],
        "divide_pela_quantidade": lambda scores: [math.exp(s) / len(scores) for s in scores],
        "sem_o_sinal": lambda scores: _softmax([abs(s) for s in scores]),
        "reparte_e_eleva": lambda scores: [
            math.exp(score / sum(scores)) if sum(scores) else 0.0 for score in scores
        ],
        "soma_sem_o_proprio": lambda scores: [
            math.exp(s) / (sum(map(math.exp, scores[:i] + scores[i + 1 :])) or math.exp(s))
            for i, s in enumerate(scores)
        ],
        "quadrados": lambda scores: [s * s / (sum(t * t for t in scores) or 1) for s in scores],
        "corta_os_decimais": lambda scores: _softmax([int(score) for score in scores]),
        "sigmoide": lambda scores: [1 / (1 + math.exp(-score)) for score in scores],
        "e_arredondado": lambda scores: [2.718**s / sum(2.718**t for t in scores) for s in scores],
    },
    cases=_softmax_cases,
)
