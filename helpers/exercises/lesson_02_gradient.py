"""Exercício 02.gradiente: que linhas da tabela o gradiente alcança, e quanto."""

import random

from helpers.exercises.catalog import Case, Exercise, Form, Hint, KnownWrong

Rows = list[list[int]]
_TABLE = Form(
    "sequence", (Form("sequence", (Form("number"),)),), label="uma tabela de d_vocab linhas"
)


def _table_gradient(
    ids: list[int],
    arriving: list[list[int]],
    d_vocab: int,
) -> list[list[int]]:
    """Devolve o gradiente da tabela: a linha de um id soma o que chegou onde ele apareceu."""
    gradient = [[0] * len(arriving[0]) for _ in range(d_vocab)]
    for token_id, vector in zip(ids, arriving, strict=True):
        for column, value in enumerate(vector):
            gradient[token_id][column] += value
    return gradient


def _last_wins(ids: list[int], arriving: Rows, d_vocab: int) -> Rows:
    gradient = [[0] * len(arriving[0]) for _ in range(d_vocab)]
    for token_id, vector in zip(ids, arriving, strict=True):
        gradient[token_id] = list(vector)
    return gradient


def _mean(ids: list[int], arriving: Rows, d_vocab: int) -> list[list[float]]:
    total = _table_gradient(ids, arriving, d_vocab)
    return [[value / max(1, ids.count(i)) for value in row] for i, row in enumerate(total)]


def _by_position(ids: list[int], arriving: Rows, d_vocab: int) -> Rows:
    gradient = [[0] * len(arriving[0]) for _ in range(d_vocab)]
    for position, vector in enumerate(arriving[:d_vocab]):
        gradient[position] = list(vector)
    return gradient


def _everyone(ids: list[int], arriving: Rows, d_vocab: int) -> Rows:
    total = [sum(vector[column] for vector in arriving) for column in range(len(arriving[0]))]
    return [list(total) for _ in range(d_vocab)]


def _same_row_object(ids: list[int], arriving: Rows, d_vocab: int) -> Rows:
    gradient = [[0] * len(arriving[0])] * d_vocab
    for token_id, vector in zip(ids, arriving, strict=True):
        gradient[token_id] = [a + b for a, b in zip(gradient[token_id], vector, strict=True)]
    return [list(row) for row in gradient[: len(set(ids))]]


def _only_used(ids: list[int], arriving: Rows, d_vocab: int) -> Rows:
    total = _table_gradient(ids, arriving, d_vocab)
    return [total[token_id] for token_id in sorted(set(ids))]


def _cases() -> tuple[Case, ...]:
    fixed = [
        ([1, 0, 2, 0, 2, 0], [[1, 0], [2, 1], [0, 3], [4, -1], [1, 1], [0, 5]], 4),
        ([0], [[7, 7]], 3),
        ([2, 2], [[1, 2], [-1, -2]], 3),
        ([3, 1], [[1, 2], [3, 4]], 5),
    ]
    generator = random.Random(204)
    for _ in range(12):
        d_vocab, length = generator.randrange(5, 8), generator.randrange(2, 7)
        ids = [generator.randrange(4) for _ in range(length)]
        arriving = [[generator.randrange(-5, 6) for _ in range(3)] for _ in ids]
        fixed.append((ids, arriving, d_vocab))
    return tuple(Case(args) for args in fixed)


GRADIENT = Exercise(
    id="02.gradiente",
    title="o caminho de volta",
    difficulty=3,
    importance=5,
    minutes=(10, 15),
    statement="""
Na ida, cada id leu uma linha da tabela. Na volta chega um vetor por posição, em `arriving`: o
quanto a perda mudaria se aquele vetor mudasse.

Escreva `my_table_gradient(ids, arriving, d_vocab)`: o gradiente da tabela inteira, com `d_vocab`
linhas. A linha de um token **soma** o que chegou em todas as posições em que ele apareceu. Quem
não apareceu fica com zeros.
""",
    done_when="Linhas usadas somam o que receberam; as outras ficam em zero.",
    hints=(
        Hint(
            "uma pergunta",
            "Em `banana`, mexer na linha do `a` muda o texto em quantos lugares?",
        ),
        Hint(
            "o plano",
            "1. Comece com `d_vocab` linhas de zeros, uma lista nova por linha.\n"
            "2. Percorra ids e vetores juntos, com `zip`.\n"
            "3. Some cada vetor na linha do seu id.",
        ),
        Hint(
            "por que todas as linhas saem iguais?",
            "`[[0, 0]] * d_vocab` repete **a mesma** lista: mexer em uma mexe em todas. Use "
            "`[[0, 0] for _ in range(d_vocab)]`.",
        ),
        Hint(
            "a saída esperada",
            "`ids = [2, 2]`, `arriving = [[1, 2], [3, 4]]` e `d_vocab = 3` dão "
            "`[[0, 0], [0, 0], [4, 6]]`.",
        ),
    ),
    name="my_table_gradient",
    stub='''
def my_table_gradient(
    ids: list[int],
    arriving: list[list[int]],
    d_vocab: int,
) -> list[list[int]]:
    """Devolve o gradiente da tabela, com uma linha por token do vocabulário."""
    raise NotImplementedError  # escreva aqui
''',
    solution=_table_gradient,
    form=_TABLE,
    make_cases=_cases,
    wrong=(
        KnownWrong(
            "fica_o_ultimo",
            _last_wins,
            "Seu resultado é igual ao de quem **guarda só o último**: troca a linha em vez de "
            "somar. Em `banana` o `a` aparece três vezes, e as três pedem mudanças na mesma linha. "
            "O NumPy tem esta armadilha: `grad[ids] += arriving` conta cada repetido uma vez só.",
        ),
        KnownWrong(
            "tira_a_media",
            _mean,
            "Seu resultado é igual ao de quem **tira a média** das repetições. A regra da cadeia "
            "soma os caminhos: um token que aparece três vezes pesa três vezes na perda.",
        ),
        KnownWrong(
            "linha_da_posicao",
            _by_position,
            "Seu resultado é igual ao de quem entrega o vetor na linha da **posição**. A volta "
            "refaz o caminho da ida: quem foi lido foi a linha do id, e é para ela que se volta.",
        ),
        KnownWrong(
            "todas_as_linhas",
            _everyone,
            "Seu resultado é igual ao de quem distribui o gradiente por **todas as linhas**. Uma "
            "linha que ninguém leu não mudou nada na saída; a derivada em relação a ela é zero.",
        ),
        KnownWrong(
            "faltam_linhas",
            _same_row_object,
            "Seu resultado é igual ao de quem devolve **só as primeiras linhas**, tantas quantos "
            "são os tokens diferentes. O gradiente tem a forma da tabela: `d_vocab` linhas, as "
            "zeradas também.",
        ),
        KnownWrong(
            "so_as_usadas",
            _only_used,
            "Seu resultado é igual ao de quem devolve **só as linhas usadas**, coladas umas nas "
            "outras. Assim se perde de quem é cada uma. Mantenha as `d_vocab` linhas, com zeros "
            "nas outras.",
        ),
    ),
)
