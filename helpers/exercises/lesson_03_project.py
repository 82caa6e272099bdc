"""Exercício 03.projetar: uma tabela de vetores vezes uma matriz de pesos, com laços."""

import random

from helpers.exercises.catalog import Case, Exercise, Form, Hint, KnownWrong

Table = list[list[int]]
_ROW = Form("sequence", (Form("number"),), label="uma linha de números")
_TABLE = Form("sequence", (_ROW,), label="uma tabela: uma lista de linhas")


def _project(x: list[list[int]], W: list[list[int]]) -> list[list[int]]:
    """Devolve a tabela projetada: uma linha por vetor de x, uma coluna por coluna de W."""
    table = []
    for vector in x:
        row = []
        for column in range(len(W[0])):
            row.append(sum(number * W[i][column] for i, number in enumerate(vector)))
        table.append(row)
    return table


def _transposed(x: Table, W: Table) -> Table:
    return [[sum(a * b for a, b in zip(vector, row, strict=False)) for row in W] for vector in x]


def _never_resets(x: Table, W: Table) -> Table:
    table = []
    for vector in x:
        row, total = [], 0
        for column in range(len(W[0])):
            for i, number in enumerate(vector):
                total += number * W[i][column]
            row.append(total)
        table.append(row)
    return table


def _first_vector(x: Table, W: Table) -> Table:
    return _project(x[:1], W)


def _columns_first(x: Table, W: Table) -> Table:
    return [list(column) for column in zip(*_project(x, W), strict=True)]


def _ignores_x(x: Table, W: Table) -> Table:
    return [[sum(row[column] for row in W) for column in range(len(W[0]))] for _ in x]


def _last_term(x: Table, W: Table) -> Table:
    return [[vector[-1] * W[-1][column] for column in range(len(W[0]))] for vector in x]


def _flat(x: Table, W: Table) -> list[int]:
    return [number for row in _project(x, W) for number in row]


def _cases() -> tuple[Case, ...]:
    fixed: list[tuple[Table, Table]] = [
        ([[1, 0, 0, 1], [0, 1, 0, 1], [0, 0, 1, 0]], [[1, 0], [0, 1], [2, 1], [0, 0]]),
        ([[1, 2], [3, 4]], [[1, 2], [0, 1]]),
        ([[2, 0, 1]], [[1, 0, 2], [5, 1, 1], [0, 3, -1]]),
        ([[1], [2], [3]], [[4, 5]]),
        ([[0, 0], [1, -1]], [[7, 2, 1], [3, 3, 3]]),
    ]
    generator = random.Random(301)
    for _ in range(12):
        positions, width, head = (generator.randrange(2, 5) for _ in range(3))
        fixed.append((_random(generator, positions, width), _random(generator, width, head)))
    return tuple(Case(args) for args in fixed)


def _random(generator: random.Random, rows: int, columns: int) -> Table:
    return [[generator.randrange(-3, 4) for _ in range(columns)] for _ in range(rows)]


PROJECT = Exercise(
    id="03.projetar",
    title="projetar com dois laços",
    difficulty=2,
    importance=4,
    minutes=(8, 12),
    statement="""
Projetar é multiplicar cada vetor por uma mesma matriz. Faça isso sem PyTorch, para ver cada
produto.

Escreva `my_project(x, W)`. `x` tem uma linha por posição; `W` tem uma linha por dimensão de `x` e
uma coluna por dimensão da cabeça. Devolva uma lista de listas com **uma linha por posição e uma
coluna por coluna de `W`**: o número da linha `t`, coluna `j` é a soma de `x[t][i] * W[i][j]`.
""",
    done_when="Cada posição sai com tantos números quantas são as colunas de `W`.",
    hints=(
        Hint(
            "uma pergunta",
            "Se `x` tem 3 linhas de 4 números e `W` tem 4 linhas de 2, quantas linhas e quantas "
            "colunas tem o resultado? Que tamanho sumiu, por ter sido somado?",
        ),
        Hint(
            "o plano",
            "1. Para cada vetor de `x`, comece uma linha vazia.\n"
            "2. Para cada coluna de `W`, some os produtos do vetor com essa coluna.\n"
            "3. Ponha a soma na linha; ao fim das colunas, ponha a linha na tabela.",
        ),
        Hint(
            "por que recebo `IndexError`?",
            "`W[i][j]`: primeiro a dimensão que entra, depois a que sai. Se você andou por `W[j]`, "
            "está lendo `W` deitada; numa `W` quadrada o erro nem aparece.",
        ),
        Hint(
            "a saída esperada",
            "Com `x = [[1, 2], [3, 4]]` e `W = [[1, 2], [0, 1]]` sai `[[1, 4], [3, 10]]`.",
        ),
    ),
    name="my_project",
    stub='''
def my_project(x: list[list[int]], W: list[list[int]]) -> list[list[int]]:
    """Devolve cada vetor de x multiplicado pela matriz W."""
    raise NotImplementedError  # escreva aqui
''',
    solution=_project,
    form=_TABLE,
    make_cases=_cases,
    wrong=(
        KnownWrong(
            "matriz_deitada",
            _transposed,
            "Seu resultado é igual ao de quem lê `W` **deitada**: encontra cada vetor com as "
            "linhas de `W`, e não com as colunas. Numa matriz quadrada a forma sai certa e o "
            "engano passa. Troque `W[j][i]` por `W[i][j]`.",
        ),
        KnownWrong(
            "nao_zera",
            _never_resets,
            "Seu resultado é igual ao de quem **não zera o total** entre uma coluna e outra: a "
            "primeira coluna sai certa e as seguintes carregam as anteriores. Comece a soma de "
            "novo a cada coluna.",
        ),
        KnownWrong(
            "so_a_primeira",
            _first_vector,
            "Seu resultado é igual ao de quem projeta só a **primeira posição**. A mesma matriz "
            "vale para todas. Veja se há um `return` dentro do laço de fora.",
        ),
        KnownWrong(
            "colunas_primeiro",
            _columns_first,
            "Seu resultado é igual ao de quem devolve a tabela **virada**: uma linha por coluna de "
            "`W`. Os números são os certos, mas a linha `t` precisa ser a posição `t`. Troque a "
            "ordem dos laços.",
        ),
        KnownWrong(
            "ignora_x",
            _ignores_x,
            "Seu resultado é igual ao de quem soma as colunas de `W` **sem usar `x`**: todas as "
            "posições saem iguais. Cada peso precisa multiplicar o número da posição.",
        ),
        KnownWrong(
            "so_o_ultimo_produto",
            _last_term,
            "Seu resultado é igual ao de quem guarda só o **último produto** no lugar da soma. "
            "Procure um `=` onde devia estar `+=`.",
        ),
        KnownWrong(
            "lista_corrida",
            _flat,
            "Seu resultado é igual ao de quem devolve todos os números **numa lista só**. Sem as "
            "linhas não se sabe qual número é de que posição. Junte cada linha antes de pô-la na "
            "tabela.",
        ),
    ),
)
