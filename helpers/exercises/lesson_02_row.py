"""Exercício 02.linha: achar as linhas da tabela multiplicando pelo one-hot."""

import random

from helpers.exercises.catalog import Case, Exercise, Form, Hint, KnownWrong

Table = list[list[int]]
_ROWS = Form(
    "sequence", (Form("sequence", (Form("number"),)),), label="uma lista de vetores, um por id"
)


def _embed(ids: list[int], table: list[list[int]]) -> list[list[int]]:
    """Devolve a linha de cada id, pelo produto do one-hot com a tabela."""
    vectors = []
    for token_id in ids:
        one_hot = [int(row == token_id) for row in range(len(table))]
        vector = [
            sum(switch * line[column] for switch, line in zip(one_hot, table, strict=True))
            for column in range(len(table[0]))
        ]
        vectors.append(vector)
    return vectors


def _by_position(ids: list[int], table: Table) -> list[list[int]]:
    return [list(table[position]) for position in range(len(ids))]


def _column(ids: list[int], table: Table) -> list[list[int]]:
    return [[line[token_id] for line in table] for token_id in ids]


def _counts_from_one(ids: list[int], table: Table) -> list[list[int]]:
    return [list(table[token_id - 1]) for token_id in ids]


def _bag(ids: list[int], table: Table) -> list[list[int]]:
    return [[sum(table[token_id][column] for token_id in ids) for column in range(len(table[0]))]]


def _scaled_by_id(ids: list[int], table: Table) -> list[list[int]]:
    sums = [sum(line[column] for line in table) for column in range(len(table[0]))]
    return [[token_id * total for total in sums] for token_id in ids]


def _without_repeats(ids: list[int], table: Table) -> list[list[int]]:
    return [list(table[token_id]) for token_id in dict.fromkeys(ids)]


def _one_hots(ids: list[int], table: Table) -> list[list[int]]:
    return [[int(row == token_id) for row in range(len(table))] for token_id in ids]


def _cases() -> tuple[Case, ...]:
    letters = [[2, 0, 1], [5, -1, 3], [0, 4, 4], [7, 7, -2]]
    fixed = [
        ([1, 0, 2, 0, 2, 0], letters),
        ([3], letters),
        ([0, 1, 2, 3], letters),
        ([2, 2], letters),
    ]
    generator = random.Random(202)
    for _ in range(12):
        size = generator.randrange(6, 9)
        width = generator.randrange(6, 9)
        table = [[generator.randrange(-9, 10) for _ in range(width)] for _ in range(size)]
        ids = [generator.randrange(6) for _ in range(generator.randrange(2, 6))]
        fixed.append((ids, table))
    return tuple(Case(args) for args in fixed)


ROW = Exercise(
    id="02.linha",
    title="a agulha e a tabela",
    difficulty=2,
    importance=5,
    minutes=(8, 12),
    statement="""
Escreva `my_embed(ids, table)`. Para cada id, monte o **one-hot** (uma lista do tamanho da tabela,
com um único 1) e multiplique pela tabela: a coluna `c` do resultado é a soma, linha a linha, de
*número do one-hot* vezes *número da linha na coluna `c`*.

Devolva uma lista de vetores, um por id, **na ordem dos ids**. A tabela é uma lista de linhas.

Vale qualquer caminho que dê o mesmo resultado; mas faça a multiplicação pelo menos uma vez na vida.
""",
    done_when="Cada id devolve a sua linha, também quando ele se repete.",
    hints=(
        Hint(
            "uma pergunta",
            "Na soma de uma coluna, quantas parcelas são diferentes de zero?",
        ),
        Hint(
            "o plano",
            "1. Para cada id, percorra as linhas da tabela com o número delas.\n"
            "2. O número do one-hot é 1 na linha do id, e 0 nas outras.\n"
            "3. Some one-hot × linha, coluna por coluna.\n"
            "4. Guarde o vetor e passe ao próximo id.",
        ),
        Hint(
            "por que recebo linhas certas na ordem errada?",
            "`enumerate(ids)` dá a posição na frase e o id. Quem escolhe a linha é o id.",
        ),
        Hint(
            "a saída esperada",
            "Com a tabela `[[2, 0, 1], [5, -1, 3]]`, os ids `[1, 0]` dão "
            "`[[5, -1, 3], [2, 0, 1]]`.",
        ),
    ),
    name="my_embed",
    stub='''
def my_embed(ids: list[int], table: list[list[int]]) -> list[list[int]]:
    """Devolve a linha de cada id, pelo produto do one-hot com a tabela."""
    raise NotImplementedError  # escreva aqui
''',
    solution=_embed,
    form=_ROWS,
    make_cases=_cases,
    wrong=(
        KnownWrong(
            "posicao_no_lugar_do_id",
            _by_position,
            "Seu resultado é igual ao de quem usa a **posição na frase** no lugar do id. Em "
            "`[0, 1, 2, 3]` ninguém nota, porque as duas são iguais. Quem escolhe a linha é o "
            "id; a posição entra depois, em outra tabela.",
        ),
        KnownWrong(
            "coluna_no_lugar_da_linha",
            _column,
            "Seu resultado é igual ao de quem lê a **coluna** do id. Cada token mora em uma "
            "linha: a tabela tem `d_vocab` linhas e `d_model` colunas. Confira qual dos dois "
            "tamanhos o seu vetor tem.",
        ),
        KnownWrong(
            "conta_do_um",
            _counts_from_one,
            "Seu resultado é igual ao de quem conta as linhas **a partir de 1**. Os ids começam "
            "em 0. E o id 0, com `table[-1]`, pega a última linha sem reclamar: por isso nada "
            "quebrou.",
        ),
        KnownWrong(
            "soma_os_vetores",
            _bag,
            "Seu resultado é igual ao de quem **soma todos os vetores** em um só. A ordem da frase "
            "se perdeu: `ab` e `ba` dariam o mesmo. O modelo precisa de um "
            "vetor por token.",
        ),
        KnownWrong(
            "id_como_quantidade",
            _scaled_by_id,
            "Seu resultado é igual ao de quem **multiplica a tabela pelo id**, como se ele fosse "
            "uma quantidade. O token 2 não vale o dobro do token 1. O one-hot só tem 0 e 1, e só "
            "a linha do id fica ligada.",
        ),
        KnownWrong(
            "sem_repeticao",
            _without_repeats,
            "Seu resultado é igual ao de quem **descarta ids repetidos**. Em `banana` o `a` vem "
            "três vezes e precisa de três vetores, ainda que iguais.",
        ),
        KnownWrong(
            "parou_no_one_hot",
            _one_hots,
            "Seu resultado é igual ao de quem **parou no one-hot**. Falta multiplicar: cada lista "
            "de zeros com um único 1 ainda precisa encontrar a tabela.",
        ),
    ),
)
