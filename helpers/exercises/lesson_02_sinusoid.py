"""Exercício 02.senoide: o vetor de uma posição, feito de senos e cossenos."""

import math
from collections.abc import Callable

from helpers.exercises.catalog import Case, Exercise, Form, Hint, KnownWrong

_VECTOR = Form("sequence", (Form("number"),), label="uma lista de números")


def _sinusoid(position: int, d_model: int) -> list[float]:
    """Devolve o vetor da posição: seno nas colunas pares, cosseno nas ímpares."""
    import math

    vector = []
    for column in range(d_model):
        pair = column - column % 2
        angle = position / 10_000 ** (pair / d_model)
        vector.append(math.sin(angle) if column % 2 == 0 else math.cos(angle))
    return vector


def _with(frequency: Callable[[int, int], float]) -> Callable[[int, int], list[float]]:
    def sinusoid(position: int, d_model: int) -> list[float]:
        angles = [position * frequency(column, d_model) for column in range(d_model)]
        return [math.cos(a) if c % 2 else math.sin(a) for c, a in enumerate(angles)]

    return sinusoid


def _only_sines(position: int, d_model: int) -> list[float]:
    return [
        math.sin(position / 10_000 ** ((column - column % 2) / d_model))
        for column in range(d_model)
    ]


def _halves(position: int, d_model: int) -> list[float]:
    right = _sinusoid(position, d_model)
    return right[0::2] + right[1::2]


def _cosine_first(position: int, d_model: int) -> list[float]:
    right = _sinusoid(position, d_model)
    return [right[column ^ 1] for column in range(d_model)]


def _from_one(position: int, d_model: int) -> list[float]:
    return _sinusoid(position + 1, d_model)


def _cases() -> tuple[Case, ...]:
    sizes = [(0, 4), (1, 4), (2, 4), (1, 2), (7, 8), (50, 8), (3, 16), (120, 6)]
    sizes += [(5, 4), (9, 8), (11, 6), (13, 12), (30, 4), (64, 10), (99, 8), (200, 6)]
    return tuple(Case(args) for args in sizes)


SINUSOID = Exercise(
    id="02.senoide",
    title="um relógio de muitos ponteiros",
    difficulty=3,
    importance=3,
    minutes=(8, 12),
    statement="""
O artigo original do Transformer não aprende as posições: calcula. Cada par de colunas é um
ponteiro de relógio, e cada ponteiro gira mais devagar que o anterior.

Escreva `my_sinusoid(position, d_model)`, com `d_model` par. No par de colunas `2i` e `2i + 1`, o
ângulo é $\\text{position} / 10000^{2i / d_{model}}$; a coluna `2i` leva o **seno** e a
`2i + 1`, o **cosseno** do mesmo ângulo. As posições começam em 0.
""",
    done_when="A posição 0 dá 0, 1, 0, 1, … e as colunas da direita giram devagar.",
    hints=(
        Hint("uma pergunta", "Que ângulo as colunas 4 e 5 usam? É o mesmo ou são dois?"),
        Hint(
            "o plano",
            "1. Percorra as colunas.\n"
            "2. `pair = column - column % 2` dá a coluna par do par.\n"
            "3. O ângulo é `position / 10_000 ** (pair / d_model)`.\n"
            "4. Seno se a coluna é par, cosseno se é ímpar.",
        ),
        Hint(
            "por que só a primeira metade confere?",
            "Seno e cosseno andam **alternados**, coluna sim, coluna não. Todos os senos e depois "
            "todos os cossenos é outra arrumação, que algumas bibliotecas usam.",
        ),
        Hint(
            "a saída esperada",
            "`my_sinusoid(1, 4)` começa com 0,841 e 0,540, e termina com 0,010 e 1,000.",
        ),
    ),
    name="my_sinusoid",
    stub='''
def my_sinusoid(position: int, d_model: int) -> list[float]:
    """Devolve o vetor da posição: seno nas colunas pares, cosseno nas ímpares."""
    raise NotImplementedError  # escreva aqui
''',
    solution=_sinusoid,
    form=_VECTOR,
    tolerance=1e-3,
    make_cases=_cases,
    wrong=(
        KnownWrong(
            "so_senos",
            _only_sines,
            "Seu resultado é igual ao de quem usa **só o seno**. Dois ângulos diferentes podem ter "
            "o mesmo seno; é o par seno e cosseno que diz onde o ponteiro está.",
        ),
        KnownWrong(
            "um_angulo_por_coluna",
            _with(lambda column, d_model: 10_000 ** (-column / d_model)),
            "Seu resultado é igual ao de quem dá **um ângulo a cada coluna**. O expoente `2i` é o "
            "mesmo para as duas colunas do par: a 4 e a 5 são seno e cosseno do mesmo ponteiro.",
        ),
        KnownWrong(
            "metade_do_expoente",
            _with(lambda column, d_model: 10_000 ** (-(column // 2) / d_model)),
            "Seu resultado é igual ao de quem usa `i` no lugar de `2i` no **expoente**. O último "
            "ponteiro fica cem vezes mais rápido do que devia.",
        ),
        KnownWrong(
            "metades_separadas",
            _halves,
            "Seu resultado é igual ao de quem põe **todos os senos e depois todos os cossenos**. "
            "Os números são os mesmos em outra ordem. Nenhuma informação se perde, mas não é a "
            "tabela do artigo, nem a do curso.",
        ),
        KnownWrong(
            "cosseno_primeiro",
            _cosine_first,
            "Seu resultado é igual ao de quem **trocou seno e cosseno**. Confira na posição 0: o "
            "ângulo é zero, e o primeiro número deve ser sen 0.",
        ),
        KnownWrong(
            "comeca_em_um",
            _from_one,
            "Seu resultado é igual ao de quem conta as posições **a partir de 1**. A primeira "
            "posição é a 0, e nela todos os ponteiros estão no começo.",
        ),
        KnownWrong(
            "multiplica_em_vez_de_dividir",
            _with(lambda column, d_model: 10_000 ** ((column - column % 2) / d_model)),
            "Seu resultado é igual ao de quem **multiplica** pela potência de 10 000. Os ponteiros "
            "giram cada vez mais depressa, e viram ruído.",
        ),
    ),
)
