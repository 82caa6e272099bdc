"""Exercício 02.trocar_ids: mudar os ids e a tabela juntos, sem que o modelo perceba."""

import random

from helpers.exercises.catalog import Case, Exercise, Form, Hint, KnownWrong

Table = list[list[int]]
_TABLE = Form(
    "sequence", (Form("sequence", (Form("number"),)),), label="uma tabela: uma lista de linhas"
)


def _renumber(table: list[list[int]], new_ids: list[int]) -> list[list[int]]:
    """Devolve a tabela arrumada para os ids novos; `new_ids[i]` é o id novo de quem era `i`."""
    renumbered = [list(row) for row in table]
    for old_id, new_id in enumerate(new_ids):
        renumbered[new_id] = list(table[old_id])
    return renumbered


def _other_way(table: Table, new_ids: list[int]) -> Table:
    return [list(table[new_id]) for new_id in new_ids]


def _unchanged(table: Table, new_ids: list[int]) -> Table:
    return [list(row) for row in table]


def _reversed(table: Table, new_ids: list[int]) -> Table:
    return [list(row) for row in reversed(table)]


def _in_place(table: Table, new_ids: list[int]) -> Table:
    rows = [list(row) for row in table]
    for old_id, new_id in enumerate(new_ids):
        table[new_id] = rows[old_id]
    return table


def _overwrites(table: Table, new_ids: list[int]) -> Table:
    rows = [list(row) for row in table]
    for old_id, new_id in enumerate(new_ids):
        rows[new_id] = rows[old_id]
    return rows


def _columns(table: Table, new_ids: list[int]) -> Table:
    width = len(table[0])
    return [[row[new_id % width] for new_id in range(width - 1, -1, -1)] for row in table]


def _cases() -> tuple[Case, ...]:
    fixed = [
        ([[10, 11], [20, 21], [30, 31]], [1, 2, 0]),
        ([[10, 11], [20, 21], [30, 31]], [2, 0, 1]),
        ([[1, 2, 3], [4, 5, 6]], [1, 0]),
        ([[1, 2], [3, 4], [5, 6], [7, 8]], [0, 1, 2, 3]),
    ]
    generator = random.Random(203)
    for _ in range(12):
        size = generator.randrange(4, 8)
        new_ids = list(range(size))
        generator.shuffle(new_ids)
        table = [[generator.randrange(-9, 10) for _ in range(3)] for _ in range(size)]
        fixed.append((table, new_ids))
    return tuple(Case(args) for args in fixed)


RENUMBER = Exercise(
    id="02.trocar_ids",
    title="a mudança",
    difficulty=3,
    importance=4,
    minutes=(6, 10),
    statement="""
Alguém trocou os ids de todos os tokens. Quem tinha o id `i` agora tem o id `new_ids[i]`.

Escreva `my_renumber(table, new_ids)`: a tabela nova, com as linhas mudadas de lugar para que
**cada token continue encontrando o seu vetor** no endereço novo. A tabela recebida fica como
estava.
""",
    done_when="Para todo token, a linha do id novo na tabela nova é a linha do id velho na velha.",
    hints=(
        Hint(
            "uma pergunta",
            "Se `new_ids[0]` é 2, em que linha da tabela nova fica o vetor que estava na linha 0?",
        ),
        Hint(
            "o plano",
            "1. Comece com uma tabela nova do mesmo tamanho.\n"
            "2. Percorra `enumerate(new_ids)`: id velho e id novo.\n"
            "3. Escreva a linha velha no endereço novo.",
        ),
        Hint(
            "por que só acerto quando são dois tokens?",
            "Com dois tokens, ir e voltar é a mesma troca. Com três, `table[new_ids[i]]` anda no "
            "sentido contrário: busca do endereço novo em vez de entregar nele.",
        ),
        Hint(
            "a saída esperada",
            "`[[10], [20], [30]]` com `new_ids = [1, 2, 0]` dá `[[30], [10], [20]]`.",
        ),
    ),
    name="my_renumber",
    stub='''
def my_renumber(table: list[list[int]], new_ids: list[int]) -> list[list[int]]:
    """Devolve a tabela arrumada para os ids novos."""
    raise NotImplementedError  # escreva aqui
''',
    solution=_renumber,
    form=_TABLE,
    make_cases=_cases,
    wrong=(
        KnownWrong(
            "sentido_contrario",
            _other_way,
            "Seu resultado é igual ao de quem faz a troca **no sentido contrário**: busca a linha "
            "em `new_ids[i]` em vez de entregá-la ali. Com dois tokens dá no mesmo; com três, cada "
            "um acorda na casa de outro.",
        ),
        KnownWrong(
            "nao_muda_nada",
            _unchanged,
            "Seu resultado é igual ao de quem **deixa a tabela como estava**. Se só os ids mudam, "
            "o token `i` passa a ler o vetor de outro token: o texto vira uma salada.",
        ),
        KnownWrong(
            "inverte_a_ordem",
            _reversed,
            "Seu resultado é igual ao de quem **inverte a ordem** das linhas, sem olhar `new_ids`. "
            "O destino de cada linha está escrito na lista.",
        ),
        KnownWrong(
            "muda_a_entrada",
            _in_place,
            "Seu resultado é igual ao de quem arruma **a própria tabela recebida**. As linhas "
            "estão no lugar certo, mas a tabela antiga sumiu, e ainda precisamos dela para "
            "comparar. Monte uma lista nova.",
        ),
        KnownWrong(
            "apaga_antes_de_ler",
            _overwrites,
            "Seu resultado é igual ao de quem lê e escreve **na mesma cópia**: ao chegar a vez de "
            "uma linha, outra já foi escrita por cima dela. Leia de `table`, escreva na nova.",
        ),
        KnownWrong(
            "troca_as_colunas",
            _columns,
            "Seu resultado é igual ao de quem troca as **colunas** de lugar. Ids são endereços de "
            "linhas; as colunas de cada vetor continuam na ordem em que estavam.",
        ),
    ),
)
