"""Exercício 02.vizinho: o vizinho mais próximo pelo cosseno."""

import math
import random

from helpers.exercises.catalog import Case, Exercise, Form, Hint, KnownWrong

Table = list[list[float]]


def _dot(left: list[float], right: list[float]) -> float:
    return sum(a * b for a, b in zip(left, right, strict=True))


def _nearest(table: list[list[float]], row: int) -> int:
    """Devolve o número da linha de maior cosseno com a linha dada, fora ela mesma."""
    import math

    def cosine(other: int) -> float:
        dot = sum(a * b for a, b in zip(table[row], table[other], strict=True))
        return dot / (math.hypot(*table[row]) * math.hypot(*table[other]))

    return max((other for other in range(len(table)) if other != row), key=cosine)


def _others(table: Table, row: int) -> list[int]:
    return [other for other in range(len(table)) if other != row]


def _itself(table: Table, row: int) -> int:
    return row


def _plain_dot(table: Table, row: int) -> int:
    return max(_others(table, row), key=lambda other: _dot(table[row], table[other]))


def _euclidean(table: Table, row: int) -> int:
    return min(_others(table, row), key=lambda other: math.dist(table[row], table[other]))


def _absolute(table: Table, row: int) -> int:
    return max(
        _others(table, row),
        key=lambda other: abs(_dot(table[row], table[other])) / math.hypot(*table[other]),
    )


def _farthest(table: Table, row: int) -> int:
    return min(
        _others(table, row),
        key=lambda other: _dot(table[row], table[other]) / math.hypot(*table[other]),
    )


def _next_id(table: Table, row: int) -> int:
    return row + 1 if row + 1 < len(table) else row - 1


def _squared_norm(table: Table, row: int) -> int:
    return max(
        _others(table, row),
        key=lambda other: _dot(table[row], table[other]) / math.hypot(*table[other]) ** 2,
    )


def _cases() -> tuple[Case, ...]:
    # Linha 0: a 1 é longa e meio torta; a 2 é curta e alinhada; a 3 é oposta; a 4 está perto.
    shown = [[4.0, 1.0], [9.0, 9.0], [1.0, 0.25], [-8.0, -2.1], [4.0, 2.5]]
    fixed = [(shown, 0), (shown, 1), (shown, 3), ([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], 2)]
    fixed[3] = ([[1.0, 0.2], [0.0, 1.0], [1.0, 1.0]], 2)
    generator = random.Random(205)
    for _ in range(12):
        table = []
        for _ in range(6):
            size = generator.choice((0.3, 1.0, 4.0))
            table.append([round(size * generator.uniform(-1, 1), 2) for _ in range(3)])
        fixed.append((table, generator.randrange(6)))
    return tuple(Case(args) for args in fixed)


NEIGHBOUR = Exercise(
    id="02.vizinho",
    title="quem mora na mesma direção",
    difficulty=2,
    importance=4,
    minutes=(8, 12),
    statement="""
O **cosseno** entre dois vetores é o produto escalar dividido pelos dois comprimentos. Vale 1 na
mesma direção, 0 em ângulo reto, −1 em direções opostas. O comprimento de cada um não conta.

Escreva `my_nearest(table, row)`: o **número da linha** cujo cosseno com a linha `row` é o maior,
sem contar ela mesma.
""",
    done_when="A vizinha é a da mesma direção, seja ela comprida ou curta.",
    hints=(
        Hint(
            "uma pergunta", "Qual é o cosseno de um vetor com ele mesmo? O que isso faz ao `max`?"
        ),
        Hint(
            "o plano",
            "1. Para cada outra linha, calcule o produto escalar com a linha `row`.\n"
            "2. Divida pelo comprimento das duas; `math.hypot(*vector)` dá o comprimento.\n"
            "3. Devolva o número da linha com o maior resultado.",
        ),
        Hint(
            "por que ganha sempre a linha mais comprida?",
            "O produto escalar cresce com o comprimento. Sem dividir, um vetor enorme e torto "
            "vence um pequeno e alinhado.",
        ),
        Hint(
            "a saída esperada",
            "Em `[[4, 1], [9, 9], [1, 0.25]]`, a vizinha da linha 0 é a 2: ela aponta para o "
            "mesmo lado, embora seja curta.",
        ),
    ),
    name="my_nearest",
    stub='''
def my_nearest(table: list[list[float]], row: int) -> int:
    """Devolve o número da linha de maior cosseno com a linha dada, fora ela mesma."""
    raise NotImplementedError  # escreva aqui
''',
    solution=_nearest,
    form=Form("int", label="o número de uma linha"),
    make_cases=_cases,
    wrong=(
        KnownWrong(
            "ela_mesma",
            _itself,
            "Seu resultado é igual ao de quem **não tira a própria linha** da disputa. O cosseno "
            "de um vetor com ele mesmo é 1, e ninguém vence isso. Pule `row`.",
        ),
        KnownWrong(
            "produto_escalar",
            _plain_dot,
            "Seu resultado é igual ao de quem usa o **produto escalar sem dividir** pelos "
            "comprimentos. Vetores compridos vencem mesmo apontando para o lado errado.",
        ),
        KnownWrong(
            "distancia",
            _euclidean,
            "Seu resultado é igual ao de quem usa a **distância** entre as pontas. É outra medida "
            "de vizinhança, e legítima; mas ela castiga quem aponta para o mesmo lado e é mais "
            "curto. Aqui se pede o ângulo.",
        ),
        KnownWrong(
            "valor_absoluto",
            _absolute,
            "Seu resultado é igual ao de quem usa o **valor absoluto** do cosseno. Assim o vetor "
            "oposto, com cosseno −1, passa por gêmeo.",
        ),
        KnownWrong(
            "mais_distante",
            _farthest,
            "Seu resultado é igual ao de quem procura o **menor** cosseno. Ele cresce com a "
            "semelhança; quem encolhe é a distância.",
        ),
        KnownWrong(
            "id_seguinte",
            _next_id,
            "Seu resultado é igual ao de quem devolve o **id vizinho**. O id é um endereço: linhas "
            "seguidas não precisam ter nada em comum.",
        ),
        KnownWrong(
            "divide_duas_vezes",
            _squared_norm,
            "Seu resultado é igual ao de quem divide pelo comprimento da outra linha **ao "
            "quadrado**. Falta a raiz: agora quem ganha são os vetores curtos.",
        ),
    ),
)
