"""Exercício 04.jacobiano: como cada peso responde a cada score."""

import random

from helpers.exercises.catalog import Case, Exercise, Form, Hint, KnownWrong

_ROWS = Form("sequence", (Form("sequence", (Form("number"),)),), label="uma lista de linhas")
Matrix = list[list[float]]


def _jacobian(weights: list[float]) -> list[list[float]]:
    """Devolve a tabela das derivadas: linha, o peso; coluna, o score que se mexe."""
    size = range(len(weights))
    return [[weights[i] * ((i == j) - weights[j]) for j in size] for i in size]


def _diagonal(weights: list[float]) -> Matrix:
    full = _jacobian(weights)
    return [[full[i][j] if i == j else 0.0 for j in range(len(full))] for i in range(len(full))]


def _plus(weights: list[float]) -> Matrix:
    return [[abs(value) for value in row] for row in _jacobian(weights)]


def _no_factor(weights: list[float]) -> Matrix:
    size = range(len(weights))
    return [[(i == j) - weights[j] for j in size] for i in size]


def _outer_only(weights: list[float]) -> Matrix:
    return [[-a * b for b in weights] for a in weights]


def _identity_minus(weights: list[float]) -> Matrix:
    size = range(len(weights))
    return [[(i == j) - weights[i] * weights[j] for j in size] for i in size]


def _cases() -> tuple[Case, ...]:
    fixed = [[0.5, 0.5], [1.0], [1.0, 0.0, 0.0], [0.25] * 4, [0.9, 0.1]]
    generator = random.Random(404)
    for _ in range(13):
        parts = [generator.randrange(1, 9) for _ in range(generator.randrange(2, 5))]
        fixed.append([part / sum(parts) for part in parts])
    return tuple(Case((weights,)) for weights in fixed)


JACOBIAN = Exercise(
    id="04.jacobiano",
    title="a derivada do softmax (extra)",
    difficulty=3,
    importance=3,
    minutes=(8, 15),
    statement=r"""
Mexa um pouquinho no score `j`. Quanto muda o peso `i`? A conta dá

$$\frac{\partial\, p_i}{\partial\, s_j} = p_i\,(\delta_{ij} - p_j),$$

em que $\delta_{ij}$ é 1 quando `i = j` e 0 nos outros casos.

Escreva `my_jacobian(weights)`: recebe os pesos $p$ e devolve a tabela, linha `i`, coluna `j`.
""",
    done_when="Cada linha soma 0, e pesos `[1, 0, 0]` dão uma tabela só de zeros.",
    hints=(
        Hint(
            "uma pergunta",
            "Os pesos somam sempre 1. Se um sobe, o que acontece com a soma das mudanças?",
        ),
        Hint(
            "o plano",
            "1. Dois laços, `i` e `j`.\n"
            "2. Quando são iguais: `p * (1 - p)`.\n"
            "3. Quando são diferentes: `-p[i] * p[j]`.",
        ),
        Hint(
            "a saída esperada",
            "`my_jacobian([0.5, 0.5])` devolve `[[0.25, -0.25], [-0.25, 0.25]]`.",
        ),
    ),
    name="my_jacobian",
    stub='''
def my_jacobian(weights: list[float]) -> list[list[float]]:
    """Devolve a tabela das derivadas: linha, o peso; coluna, o score que se mexe."""
    raise NotImplementedError  # escreva aqui
''',
    solution=_jacobian,
    form=_ROWS,
    tolerance=1e-5,
    make_cases=_cases,
    wrong=(
        KnownWrong(
            "so_a_diagonal",
            _diagonal,
            "Seu resultado é igual ao de quem só deriva a **diagonal**. Um score também mexe nos "
            "outros pesos: quando um sobe, os demais descem. Preencha `-p[i] * p[j]`.",
        ),
        KnownWrong(
            "sinal_trocado",
            _plus,
            "Seu resultado é igual ao de quem deixou tudo **positivo**. Se todos os pesos subissem "
            "juntos, a soma passaria de 1. Fora da diagonal o sinal é menos.",
        ),
        KnownWrong(
            "sem_o_fator",
            _no_factor,
            "Seu resultado é igual ao de quem esqueceu de **multiplicar por p_i**. Essa é a "
            "derivada do logaritmo do peso. Um peso quase nulo quase não se mexe: falta o fator.",
        ),
        KnownWrong(
            "sem_o_delta",
            _outer_only,
            "Seu resultado é igual ao de quem esqueceu o **delta**: na diagonal falta somar `p_i`. "
            "Confira: a linha precisa somar zero.",
        ),
        KnownWrong(
            "delta_solto",
            _identity_minus,
            "Seu resultado é igual ao de quem deixou o delta **fora do parêntese**. O `p_i` "
            "multiplica os dois termos. Na diagonal sai `p_i * (1 - p_i)`.",
        ),
    ),
)
