"""Exercício 04.mensagens: a atenção escrita como troca de mensagens num grafo."""

import random

from helpers.exercises.catalog import Case, Exercise, Form, Hint, KnownWrong

_ROWS = Form("sequence", (Form("sequence", (Form("number"),)),), label="uma lista de vetores")
Edge = tuple[int, int, float]
Matrix = list[list[float]]


def _messages(values: list[list[float]], edges: list[tuple]) -> list[list[float]]:
    """Devolve, em cada nó, a soma das mensagens que chegam a ele."""
    outputs = [[0.0] * len(value) for value in values]
    for target, source, weight in edges:
        for dimension, number in enumerate(values[source]):
            outputs[target][dimension] += weight * number
    return outputs


def _reversed(values: Matrix, edges: list[Edge]) -> Matrix:
    return _messages(values, [(source, target, weight) for target, source, weight in edges])


def _ignores_weight(values: Matrix, edges: list[Edge]) -> Matrix:
    return _messages(values, [(target, source, 1.0) for target, source, _ in edges])


def _average(values: Matrix, edges: list[Edge]) -> Matrix:
    counts = [sum(target == node for target, _, _ in edges) or 1 for node in range(len(values))]
    return [
        [number / count for number in row]
        for row, count in zip(_messages(values, edges), counts, strict=True)
    ]


def _keeps_last(values: Matrix, edges: list[Edge]) -> Matrix:
    outputs = [[0.0] * len(value) for value in values]
    for target, source, weight in edges:
        outputs[target] = [weight * number for number in values[source]]
    return outputs


def _adds_itself(values: Matrix, edges: list[Edge]) -> Matrix:
    return [
        [a + b for a, b in zip(value, row, strict=True)]
        for value, row in zip(values, _messages(values, edges), strict=True)
    ]


def _in_place(values: Matrix, edges: list[Edge]) -> Matrix:
    for target, source, weight in edges:
        for dimension, number in enumerate(list(values[source])):
            values[target][dimension] += weight * number
    return values


def _cases() -> tuple[Case, ...]:
    fixed: list[tuple[Matrix, list[Edge]]] = [
        ([[1.0, 0.0], [0.0, 2.0]], [(0, 0, 1.0), (1, 0, 0.25), (1, 1, 0.75)]),
        ([[4.0], [8.0], [0.0]], [(2, 0, 0.5), (2, 1, 0.5)]),
        ([[1.0, 1.0]], []),
        ([[3.0], [5.0]], [(0, 1, 1.0), (1, 0, 1.0)]),
    ]
    generator = random.Random(405)
    for _ in range(16):
        n, width = generator.randrange(2, 5), generator.randrange(1, 4)
        values = [[float(generator.randrange(-4, 6)) for _ in range(width)] for _ in range(n)]
        pairs = [(i, j) for i in range(n) for j in range(i + 1)]
        chosen = generator.sample(pairs, generator.randrange(2, len(pairs) + 1))
        fixed.append((values, [(i, j, generator.randrange(1, 9) / 8) for i, j in chosen]))
    return tuple(Case(args) for args in fixed)


MESSAGES = Exercise(
    id="04.mensagens",
    title="a atenção como troca de mensagens",
    difficulty=2,
    importance=3,
    minutes=(8, 12),
    statement="""
Um grafo tem um vetor em cada nó e uma lista de arestas `(target, source, weight)`: o nó `source`
manda a `target` o seu vetor, multiplicado por `weight`.

Escreva `my_messages(values, edges)`. Ela devolve uma lista nova, com a **soma das mensagens
recebidas** em cada nó. Quem não recebe nada fica com zeros. A lista recebida continua inteira.
""",
    done_when="Com os pesos do padrão de atenção nas arestas, a saída é a da atenção.",
    hints=(
        Hint(
            "uma pergunta",
            "Uma aresta mexe em um nó só. Em qual: no que manda ou no que recebe?",
        ),
        Hint(
            "o plano",
            "1. Comece com um vetor de zeros por nó.\n"
            "2. Para cada aresta, some `weight * values[source]` ao vetor de `target`, número a "
            "número.\n"
            "3. Devolva os vetores somados.",
        ),
        Hint(
            "por que os meus números crescem sem parar?",
            "Se você soma dentro da própria lista `values`, a mensagem seguinte já sai alterada. "
            "Todas as mensagens partem dos vetores de antes.",
        ),
        Hint(
            "a saída esperada",
            "Com `values = [[4.0], [8.0], [0.0]]` e as arestas `(2, 0, 0.5)` e `(2, 1, 0.5)`, "
            "sai `[[0.0], [0.0], [6.0]]`.",
        ),
    ),
    name="my_messages",
    stub='''
def my_messages(values: list[list[float]], edges: list[tuple]) -> list[list[float]]:
    """Devolve, em cada nó, a soma das mensagens que chegam a ele."""
    raise NotImplementedError  # escreva aqui
''',
    solution=_messages,
    form=_ROWS,
    tolerance=1e-5,
    make_cases=_cases,
    wrong=(
        KnownWrong(
            "ao_contrario",
            _reversed,
            "Seu resultado é igual ao de quem manda a mensagem **de `target` para `source`**. Na "
            "atenção, quem pergunta é quem recebe. O vetor que muda é o de `target`.",
        ),
        KnownWrong(
            "sem_peso",
            _ignores_weight,
            "Seu resultado é igual ao de quem **ignora o peso** da aresta. Assim todo vizinho fala "
            "no mesmo volume. Multiplique o vetor por `weight` antes de somar.",
        ),
        KnownWrong(
            "media",
            _average,
            "Seu resultado é igual ao de quem divide pelo **número de mensagens**. Muitas redes em "
            "grafo fazem essa média, mas aqui os pesos já dizem quanto vale cada uma. Só some.",
        ),
        KnownWrong(
            "so_a_ultima",
            _keeps_last,
            "Seu resultado é igual ao de quem guarda só a **última mensagem** de cada nó. Troque o "
            "`=` por `+=`: as mensagens se acumulam.",
        ),
        KnownWrong(
            "soma_a_si_mesmo",
            _adds_itself,
            "Seu resultado é igual ao de quem soma as mensagens **ao vetor do próprio nó**. Isso é "
            "a conexão residual, da lição 06. Aqui, quem quer ler a si mesmo tem uma aresta.",
        ),
        KnownWrong(
            "altera_a_entrada",
            _in_place,
            "Seu resultado é igual ao de quem soma **dentro da lista recebida**. A segunda "
            "mensagem já sai de um vetor alterado. Monte uma lista nova, de zeros.",
        ),
    ),
)
