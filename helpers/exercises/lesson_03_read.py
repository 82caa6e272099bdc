"""Exercício 03.ler: uma consulta compara, reparte e traz a média dos valores."""

import math
import random

from helpers.exercises.catalog import Case, Exercise, Form, Hint, KnownWrong

Vector = list[int | float]
_VECTOR = Form("sequence", (Form("number"),), label="uma lista de números")


def _read(q: list, keys: list[list], values: list[list]) -> list:
    """Devolve a média dos valores, com o peso que a consulta dá a cada chave."""
    import math

    scores = [sum(a * b for a, b in zip(q, key, strict=True)) for key in keys]
    powers = [math.exp(score / math.sqrt(len(q))) for score in scores]
    weights = [power / sum(powers) for power in powers]
    output = []
    for column in range(len(values[0])):
        output.append(sum(w * v[column] for w, v in zip(weights, values, strict=True)))
    return output


def _scores(q: Vector, keys: list[Vector], scale: int | float) -> Vector:
    return [sum(a * b for a, b in zip(q, key, strict=True)) / scale for key in keys]


def _softmax(scores: Vector) -> Vector:
    powers = [math.exp(score) for score in scores]
    return [power / sum(powers) for power in powers]


def _mix(weights: Vector, values: list[Vector]) -> Vector:
    columns = zip(*values, strict=True)
    return [sum(w * n for w, n in zip(weights, column, strict=True)) for column in columns]


def _no_root(q: Vector, keys: list[Vector], values: list[Vector]) -> Vector:
    return _mix(_softmax(_scores(q, keys, 1.0)), values)


def _divides_by_width(q: Vector, keys: list[Vector], values: list[Vector]) -> Vector:
    return _mix(_softmax(_scores(q, keys, len(q))), values)


def _root_of_value(q: Vector, keys: list[Vector], values: list[Vector]) -> Vector:
    return _mix(_softmax(_scores(q, keys, math.sqrt(len(values[0])))), values)


def _raw_scores(q: Vector, keys: list[Vector], values: list[Vector]) -> Vector:
    return _mix(_scores(q, keys, math.sqrt(len(q))), values)


def _not_shared(q: Vector, keys: list[Vector], values: list[Vector]) -> Vector:
    return _mix([math.exp(s) for s in _scores(q, keys, math.sqrt(len(q)))], values)


def _best_only(q: Vector, keys: list[Vector], values: list[Vector]) -> Vector:
    scores = _scores(q, keys, 1.0)
    return list(values[scores.index(max(scores))])


def _plain_mean(q: Vector, keys: list[Vector], values: list[Vector]) -> Vector:
    return _mix([1 / len(values)] * len(values), values)


def _mixes_keys(q: Vector, keys: list[Vector], values: list[Vector]) -> Vector:
    return _mix(_softmax(_scores(q, keys, math.sqrt(len(q)))), keys)


def _weights_only(q: Vector, keys: list[Vector], values: list[Vector]) -> Vector:
    return _softmax(_scores(q, keys, math.sqrt(len(q))))


def _cases() -> tuple[Case, ...]:
    fixed: list[tuple[Vector, list[Vector], list[Vector]]] = [
        ([2, 1], [[1, 1], [3, 0], [0, 0]], [[1, 1, 0], [0, 11, 0], [0, 0, 1]]),
        ([1, 0, 0, 2], [[1, 2, 0, 1], [0, 0, 3, 1]], [[10], [-10]]),
        ([1, -1], [[2, 2]], [[5, 6]]),
        ([0, 0, 0], [[4, 1, 2], [1, 7, 3], [2, 2, 2]], [[3, 0], [0, 3], [3, 3]]),
        ([-1, 2, 1], [[1, 0, 1], [1, 1, 0]], [[1, 0, 0, 0], [0, 0, 0, 1]]),
    ]
    generator = random.Random(302)
    for _ in range(12):
        n, width, out = (generator.randrange(2, 5) for _ in range(3))
        q = [generator.randrange(-2, 3) for _ in range(width)]
        keys = [[generator.randrange(-2, 3) for _ in range(width)] for _ in range(n)]
        fixed.append((q, keys, [[generator.randrange(-9, 10) for _ in range(out)] for _ in keys]))
    return tuple(Case(args) for args in fixed)


READ = Exercise(
    id="03.ler",
    title="uma leitura inteira",
    difficulty=3,
    importance=5,
    minutes=(10, 15),
    statement="""
Uma posição faz a sua consulta às outras e volta com uma mistura do que elas têm. Escreva
`my_read(q, keys, values)`, que devolve essa mistura: uma lista do tamanho de um valor.

Compare `q` com cada chave (soma dos produtos), divida cada score pela raiz da largura de `q`,
passe os scores pelo softmax e use os pesos para somar os valores. `q` e as chaves têm a mesma
largura; os valores podem ter outra. `math.exp` e `math.sqrt` ajudam; importe `math`.
""",
    done_when="Os pesos somam 1, e o que volta é uma média dos valores.",
    hints=(
        Hint(
            "uma pergunta",
            "Se houver uma posição só, que peso ela recebe, seja qual for o score? E o que a sua "
            "função devolve nesse caso?",
        ),
        Hint(
            "o plano",
            "1. Um score por chave: a soma de `a * b`, dividida por `math.sqrt(len(q))`.\n"
            "2. `math.exp` de cada score; divida cada um pelo total.\n"
            "3. Para cada dimensão do valor, some peso vezes número.",
        ),
        Hint(
            "por que a minha saída tem o tamanho errado?",
            "A saída tem a largura de um **valor**. Se veio a largura de uma chave, você somou "
            "chaves; se veio o número de posições, você devolveu os pesos.",
        ),
        Hint(
            "a saída esperada",
            "Com `q = [1, -1]`, uma chave `[2, 2]` e um valor `[5, 6]`, sai `[5.0, 6.0]`: quem só "
            "tem uma posição para ler a traz inteira.",
        ),
    ),
    name="my_read",
    stub='''
def my_read(q: list, keys: list[list], values: list[list]) -> list:
    """Devolve a média dos valores, com o peso que a consulta dá a cada chave."""
    raise NotImplementedError  # escreva aqui
''',
    solution=_read,
    form=_VECTOR,
    make_cases=_cases,
    tolerance=1e-5,
    wrong=(
        KnownWrong(
            "sem_raiz",
            _no_root,
            "Seu resultado é igual ao de quem **não divide pela raiz** da largura. A mistura "
            "parece boa, só que concentrada demais no maior score. Divida cada score por "
            "`math.sqrt(len(q))` antes do softmax.",
        ),
        KnownWrong(
            "divide_pela_largura",
            _divides_by_width,
            "Seu resultado é igual ao de quem divide pela **largura**, e não pela raiz dela: os "
            "pesos ficam iguais demais. Falta um `math.sqrt`.",
        ),
        KnownWrong(
            "raiz_do_valor",
            _root_of_value,
            "Seu resultado é igual ao de quem usa a raiz da **largura do valor**. Quem entra no "
            "produto escalar são `q` e a chave; é a largura delas que conta. Use `len(q)`.",
        ),
        KnownWrong(
            "scores_crus",
            _raw_scores,
            "Seu resultado é igual ao de quem usa os **scores crus** como pesos. Eles podem ser "
            "negativos e não somam 1, então o que volta não é uma média. Passe-os pelo softmax.",
        ),
        KnownWrong(
            "nao_reparte",
            _not_shared,
            "Seu resultado é igual ao de quem calcula a exponencial e **esquece de dividir pelo "
            "total**. O softmax tem dois tempos: exponencial, depois a divisão pela soma.",
        ),
        KnownWrong(
            "so_o_maior",
            _best_only,
            "Seu resultado é igual ao de quem traz só o valor do **maior score**. A atenção não "
            "escolhe um: consulta todos de uma vez, em proporções.",
        ),
        KnownWrong(
            "media_simples",
            _plain_mean,
            "Seu resultado é igual ao de quem tira a **média simples** dos valores: a consulta "
            "não mudou nada. Os pesos precisam sair dos scores.",
        ),
        KnownWrong(
            "mistura_chaves",
            _mixes_keys,
            "Seu resultado é igual ao de quem mistura as **chaves**. A chave serve para decidir o "
            "peso; o que se leva para casa é o valor.",
        ),
        KnownWrong(
            "devolve_os_pesos",
            _weights_only,
            "Seu resultado é igual ao de quem para nos **pesos**. Falta a última etapa: usá-los "
            "para somar os valores.",
        ),
    ),
)
