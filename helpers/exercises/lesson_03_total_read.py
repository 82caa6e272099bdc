"""Exercício 03.lido: quanto cada posição foi lida, somando as colunas do padrão."""

import random

from helpers.exercises.catalog import Case, Exercise, Form, Hint, KnownWrong

Pattern = list[list[float]]
_TOTALS = Form("sequence", (Form("number"),), label="uma lista de números")


def _total_read(pattern: list[list[float]]) -> list[float]:
    """Devolve o total lido de cada origem: a soma de cada coluna do padrão de atenção."""
    totals = [0.0] * len(pattern[0])
    for row in pattern:
        for source, weight in enumerate(row):
            totals[source] += weight
    return totals


def _row_sums(pattern: Pattern) -> list[float]:
    return [sum(row) for row in pattern]


def _column_means(pattern: Pattern) -> list[float]:
    return [total / len(pattern) for total in _total_read(pattern)]


def _no_diagonal(pattern: Pattern) -> list[float]:
    return [total - pattern[t][t] for t, total in enumerate(_total_read(pattern))]


def _column_maxima(pattern: Pattern) -> list[float]:
    return [max(column) for column in zip(*pattern, strict=True)]


def _last_row(pattern: Pattern) -> list[float]:
    return list(pattern[-1])


def _mean_of_allowed(pattern: Pattern) -> list[float]:
    return [total / (len(pattern) - t) for t, total in enumerate(_total_read(pattern))]


def _cases() -> tuple[Case, ...]:
    fixed: list[Pattern] = [
        [[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.0, 1.0, 0.0]],
        [[1.0, 0.0], [0.25, 0.75]],
        [[1.0]],
        [[1.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.5, 0.25, 0.25]],
    ]
    generator = random.Random(303)
    for _ in range(12):
        size, rows = generator.randrange(2, 6), []
        for t in range(size):
            shares = [generator.randrange(1, 9) for _ in range(t + 1)]
            rows.append([share / sum(shares) for share in shares] + [0.0] * (size - t - 1))
        fixed.append(rows)
    return tuple(Case((pattern,)) for pattern in fixed)


TOTAL_READ = Exercise(
    id="03.lido",
    title="quem foi mais lido",
    difficulty=2,
    importance=4,
    minutes=(5, 8),
    statement="""
No padrão de atenção, cada **linha** é um destino, quem lê, e cada **coluna** é uma origem, quem é
lido.

Escreva `my_total_read(pattern)`. Ela devolve uma lista com o total com que cada posição
**foi lida** pelas outras: um número por origem. A leitura que uma posição faz de si mesma
também conta.
""",
    done_when="Os totais somam o número de linhas: cada destino distribui exatamente 1.",
    hints=(
        Hint(
            "uma pergunta",
            "Some uma linha do padrão. Deu sempre o mesmo? Então a informação de quem foi mais "
            "lido não pode estar na soma das linhas.",
        ),
        Hint(
            "o plano",
            "1. Comece com um zero por coluna.\n"
            "2. Para cada linha, some cada peso ao total da sua coluna.\n"
            "3. Devolva os totais.",
        ),
        Hint(
            "por que recebo uma lista de uns?",
            "Você somou as linhas. Cada linha passou pelo softmax e soma 1, seja qual for a "
            "cabeça. Ande pelas colunas.",
        ),
        Hint(
            "a saída esperada",
            "`[[1.0, 0.0], [0.25, 0.75]]` dá `[1.25, 0.75]`.",
        ),
    ),
    name="my_total_read",
    stub='''
def my_total_read(pattern: list[list[float]]) -> list[float]:
    """Devolve o total com que cada posição foi lida."""
    raise NotImplementedError  # escreva aqui
''',
    solution=_total_read,
    form=_TOTALS,
    make_cases=_cases,
    tolerance=1e-5,
    wrong=(
        KnownWrong(
            "soma_as_linhas",
            _row_sums,
            "Seu resultado é igual ao de quem soma as **linhas**: sempre 1, porque cada destino "
            "distribui tudo o que tem. Quem foi lido está nas colunas.",
        ),
        KnownWrong(
            "media_da_coluna",
            _column_means,
            "Seu resultado é igual ao de quem tira a **média de cada coluna**. É a soma dividida "
            "pelo número de linhas: a ordem é a mesma, o total pedido não. Tire a divisão.",
        ),
        KnownWrong(
            "sem_a_diagonal",
            _no_diagonal,
            "Seu resultado é igual ao de quem **tira a diagonal**. Interessa às vezes, mas aqui a "
            "leitura de si conta: a posição também é uma origem para si mesma.",
        ),
        KnownWrong(
            "maior_da_coluna",
            _column_maxima,
            "Seu resultado é igual ao de quem pega o **maior peso** de cada coluna. Uma posição "
            "pouco lida por muitas pode somar mais que uma muito lida por uma só. Some.",
        ),
        KnownWrong(
            "so_a_ultima_linha",
            _last_row,
            "Seu resultado é igual ao de quem devolve a **última linha** do padrão: o que o "
            "último destino lê. Os outros destinos também leem; some todas as linhas.",
        ),
        KnownWrong(
            "divide_por_quem_podia",
            _mean_of_allowed,
            "Seu resultado é igual ao de quem divide pelo número de destinos que **podiam** ler "
            "cada posição. É uma boa medida quando há máscara, mas o total pedido não divide nada.",
        ),
    ),
)
