"""Exercício 04.aditiva: o score de Bahdanau, que soma em vez de multiplicar."""

import random
from math import tanh

from helpers.exercises.catalog import Case, Exercise, Form, Hint, KnownWrong

Vector = list[float]
Matrix = list[list[float]]
_SCORES = Form("sequence", (Form("number"),), label="uma lista de números")


def _additive(
    query: list[float],
    keys: list[list[float]],
    w_query: list[list[float]],
    w_key: list[list[float]],
    w: list[float],
) -> list[float]:
    """Devolve um score por chave: w · tanh(query W_query + chave W_key)."""
    from math import tanh

    def project(vector, matrix):
        columns = zip(*matrix, strict=True)
        return [sum(a * b for a, b in zip(vector, c, strict=True)) for c in columns]

    asked, scores = project(query, w_query), []
    for key in keys:
        hidden = [tanh(a + b) for a, b in zip(asked, project(key, w_key), strict=True)]
        scores.append(sum(a * b for a, b in zip(w, hidden, strict=True)))
    return scores


def _project(vector: Vector, matrix: Matrix) -> Vector:
    return [sum(a * b for a, b in zip(vector, c, strict=True)) for c in zip(*matrix, strict=True)]


def _sum(w: Vector, hidden: Vector) -> float:
    return sum(a * b for a, b in zip(w, hidden, strict=True))


def _pairs(query: Vector, keys: Matrix, w_query: Matrix, w_key: Matrix) -> list:
    asked = _project(query, w_query)
    return [list(zip(asked, _project(key, w_key), strict=True)) for key in keys]


def _no_tanh(query: Vector, keys: Matrix, w_query: Matrix, w_key: Matrix, w: Vector) -> Vector:
    return [_sum(w, [a + b for a, b in pair]) for pair in _pairs(query, keys, w_query, w_key)]


def _outside(query: Vector, keys: Matrix, w_query: Matrix, w_key: Matrix, w: Vector) -> Vector:
    return [tanh(score) for score in _no_tanh(query, keys, w_query, w_key, w)]


def _each(query: Vector, keys: Matrix, w_query: Matrix, w_key: Matrix, w: Vector) -> Vector:
    pairs = _pairs(query, keys, w_query, w_key)
    return [_sum(w, [tanh(a) + tanh(b) for a, b in pair]) for pair in pairs]


def _product(query: Vector, keys: Matrix, w_query: Matrix, w_key: Matrix, w: Vector) -> Vector:
    pairs = _pairs(query, keys, w_query, w_key)
    return [sum(a * b for a, b in pair) for pair in pairs]


def _no_query(query: Vector, keys: Matrix, w_query: Matrix, w_key: Matrix, w: Vector) -> Vector:
    return [_sum(w, [tanh(b) for b in _project(key, w_key)]) for key in keys]


def _no_w(query: Vector, keys: Matrix, w_query: Matrix, w_key: Matrix, w: Vector) -> Vector:
    pairs = _pairs(query, keys, w_query, w_key)
    return [sum(tanh(a + b) for a, b in pair) for pair in pairs]


def _cases() -> tuple[Case, ...]:
    generator = random.Random(407)

    def rows(n: int, width: int) -> Matrix:
        return [[generator.randrange(-4, 5) / 4 for _ in range(width)] for _ in range(n)]

    cases = [Case(([1.0], [[1.0], [0.0]], [[1.0]], [[1.0]], [2.0]))]
    for _ in range(17):
        d_query, d_key, d_hidden = (generator.randrange(1, 4) for _ in range(3))
        query, w = rows(1, d_query)[0], rows(1, d_hidden)[0]
        keys = rows(generator.randrange(1, 4), d_key)
        cases.append(Case((query, keys, rows(d_query, d_hidden), rows(d_key, d_hidden), w)))
    return tuple(cases)


ADDITIVE = Exercise(
    id="04.aditiva",
    title="a atenção que somava (extra)",
    difficulty=3,
    importance=2,
    minutes=(10, 15),
    statement=r"""
Antes do Transformer, o score de Bahdanau não multiplicava consulta por chave: somava as duas,
depois de projetar cada uma, e passava o resultado por uma rede pequena:

$$s_j = w \cdot \tanh(q\,W_{\text{query}} + k_j\,W_{\text{key}}).$$

Escreva `my_additive_scores(query, keys, w_query, w_key, w)`. Ela devolve um score por chave.
""",
    done_when="Consulta e chave podem ter larguras diferentes: cada uma tem a sua matriz.",
    hints=(
        Hint("uma pergunta", "Quantas vezes é preciso projetar a consulta, se as chaves são dez?"),
        Hint(
            "o plano",
            "1. Projete a consulta uma vez: um número por coluna de `w_query`.\n"
            "2. Para cada chave, projete-a com `w_key` e some à consulta projetada.\n"
            "3. Passe cada número por `math.tanh`.\n"
            "4. Multiplique por `w` e some.",
        ),
        Hint(
            "com tensores, qual é a linha?",
            "`torch.tanh(query @ w_query + keys @ w_key) @ w`, depois de transformar cada lista "
            "em tensor. A soma repete a consulta em cada linha: é a difusão.",
        ),
        Hint(
            "a saída esperada",
            "Com consulta 1, chaves 1 e 0, matrizes iguais a 1 e `w` igual a 2, saem "
            "aproximadamente `[1.928, 1.523]`.",
        ),
    ),
    name="my_additive_scores",
    stub='''
def my_additive_scores(query, keys, w_query, w_key, w) -> list[float]:
    """Devolve um score por chave: w · tanh(query W_query + chave W_key)."""
    raise NotImplementedError  # escreva aqui
''',
    solution=_additive,
    form=_SCORES,
    tolerance=1e-5,
    make_cases=_cases,
    wrong=(
        KnownWrong(
            "sem_tanh",
            _no_tanh,
            "Seu resultado é igual ao de quem **esquece a tangente**. Sem ela a consulta soma a "
            "mesma constante a todos os scores, e o softmax a ignora: ninguém mais perguntaria "
            "nada. Passe a soma por `tanh`.",
        ),
        KnownWrong(
            "tanh_no_fim",
            _outside,
            "Seu resultado é igual ao de quem aplica `tanh` **no fim**, ao score pronto. Ela vem "
            "antes de `w`, em cada número da soma.",
        ),
        KnownWrong(
            "tanh_separada",
            _each,
            "Seu resultado é igual ao de quem passa consulta e chave por `tanh` **separadamente**. "
            "Assim elas nunca se encontram. Some primeiro.",
        ),
        KnownWrong(
            "produto",
            _product,
            "Seu resultado é igual ao de quem **multiplica** as duas projeções. Esse é o produto "
            "escalar do Transformer. Aqui elas se somam.",
        ),
        KnownWrong(
            "sem_consulta",
            _no_query,
            "Seu resultado é igual ao de quem deixa **a consulta de fora**. Os scores seriam os "
            "mesmos para qualquer pergunta. Some a consulta projetada a cada chave.",
        ),
        KnownWrong(
            "sem_w",
            _no_w,
            "Seu resultado é igual ao de quem soma os números **sem `w`**. Ele diz quanto vale "
            "cada um. Multiplique antes de somar.",
        ),
    ),
)
