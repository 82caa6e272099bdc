"""Respostas da lição 02: a solução, os enganos e os casos de cada exercício."""

import math
import random
from collections.abc import Callable, Sequence

from helpers.exercises.catalog import Answer, Case, Form

# --- 02.linha ------------------------------------------------------------------------------------

RowTable = list[list[float]]


def _in_floats(table: Sequence[Sequence[int | float]]) -> RowTable:
    return [[float(value) for value in row] for row in table]


_ROWS = Form(
    "sequence", (Form("sequence", (Form("number"),)),), label="uma lista de vetores, um por id"
)


def _embed(ids: list[int], table: list[list[float]]) -> list[list[float]]:
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


def _row_by_position(ids: list[int], table: RowTable) -> RowTable:
    return [list(table[position]) for position in range(len(ids))]


def _column(ids: list[int], table: RowTable) -> RowTable:
    return [[line[token_id] for line in table] for token_id in ids]


def _counts_from_one(ids: list[int], table: RowTable) -> RowTable:
    return [list(table[token_id - 1]) for token_id in ids]


def _bag(ids: list[int], table: RowTable) -> RowTable:
    return [[sum(table[token_id][column] for token_id in ids) for column in range(len(table[0]))]]


def _scaled_by_id(ids: list[int], table: RowTable) -> RowTable:
    sums = [sum(line[column] for line in table) for column in range(len(table[0]))]
    return [[token_id * total for total in sums] for token_id in ids]


def _without_repeats(ids: list[int], table: RowTable) -> RowTable:
    return [list(table[token_id]) for token_id in dict.fromkeys(ids)]


def _one_hots(ids: list[int], table: RowTable) -> list[list[int]]:
    return [[int(row == token_id) for row in range(len(table))] for token_id in ids]


def _never_resets(ids: list[int], table: RowTable) -> RowTable:
    total, vectors = [0.0] * len(table[0]), []
    for token_id in ids:
        total = [a + b for a, b in zip(total, table[token_id], strict=True)]
        vectors.append(total)
    return vectors


def _many_hot(ids: list[int], table: RowTable) -> RowTable:
    return [[(row in ids) * value for value in line] for row, line in enumerate(table)]


def _row_cases() -> tuple[Case, ...]:
    letters = [[2, 0, 1], [5, -1, 3], [0, 4, 4], [7, 7, -2]]
    fixed = [
        ([1, 0, 2, 0, 2, 0], letters),
        ([3], letters),
        ([0, 1, 2, 3], letters),
        ([2, 2], letters),
        ([4, 0, 1], [[0.5], [-0.25], [0.0], [8.0], [1.75]]),
        ([6, 6, 0, 5], [[10 * row, -row] for row in range(7)]),
    ]
    generator = random.Random(202)
    for turn in range(12):
        size = generator.randrange(6, 9)
        width = generator.randrange(6, 9)
        scale = 1 if turn % 2 else 4  # metade das tabelas tem números quebrados
        table = [[generator.randrange(-9, 10) / scale for _ in range(width)] for _ in range(size)]
        ids = [generator.randrange(size - 1) for _ in range(generator.randrange(2, 6))]
        fixed.append((ids, table))
    return tuple(Case((ids, _in_floats(table))) for ids, table in fixed)


ROW = Answer(
    "02.linha",
    solution=_embed,
    form=_ROWS,
    wrong={
        "posicao_no_lugar_do_id": _row_by_position,
        "coluna_no_lugar_da_linha": _column,
        "conta_do_um": _counts_from_one,
        "soma_os_vetores": _bag,
        "id_como_quantidade": _scaled_by_id,
        "sem_repeticao": _without_repeats,
        "ids_em_ordem": lambda ids, table: _embed(sorted(ids), table),
        "linha_vezes_o_id": lambda ids, table: [[i * value for value in table[i]] for i in ids],
        "parou_no_one_hot": _one_hots,
        "nao_zera": _never_resets,
        "varios_uns": _many_hot,
        "ordem_da_tabela": lambda ids, table: [
            list(line) for row, line in enumerate(table) if row in ids
        ],
        "linha_seguinte": lambda ids, table: [
            list(table[(token_id + 1) % len(table)]) for token_id in ids
        ],
    },
    cases=_row_cases,
)


# --- 02.pares, 02.parametros ---------------------------------------------------------------------

Pair = tuple[str, str]

_PAIRS = Form(
    "sequence",
    (Form("sequence", (Form("text"), Form("text")), length=2, label="centro e vizinha"),),
    label="uma lista de pares de palavras",
)


def _pairs(words: list[str], window: int) -> list[tuple[str, str]]:
    """Devolve os pares (centro, vizinha), da esquerda para a direita."""
    found = []
    for i, centre in enumerate(words):
        for j in range(max(0, i - window), min(len(words), i + window + 1)):
            if j != i:
                found.append((centre, words[j]))
    return found


def _with_itself(words: list[str], window: int) -> list[Pair]:
    return [
        (centre, words[j])
        for i, centre in enumerate(words)
        for j in range(max(0, i - window), min(len(words), i + window + 1))
    ]


def _only_right(words: list[str], window: int) -> list[Pair]:
    return [
        (centre, words[j])
        for i, centre in enumerate(words)
        for j in range(i + 1, min(len(words), i + window + 1))
    ]


def _short_window(words: list[str], window: int) -> list[Pair]:
    return [
        (centre, words[j])
        for i, centre in enumerate(words)
        for j in range(max(0, i - window), min(len(words), i + window))
        if j != i
    ]


def _wraps(words: list[str], window: int) -> list[Pair]:
    return [
        (centre, words[j])
        for i, centre in enumerate(words)
        for j in range(i - window, min(len(words), i + window + 1))
        if j != i
    ]


def _no_equal_words(words: list[str], window: int) -> list[Pair]:
    return [(centre, other) for centre, other in _pairs(words, window) if centre != other]


def _neighbour_first(words: list[str], window: int) -> list[Pair]:
    return [(other, centre) for centre, other in _pairs(words, window)]


def _round_the_text(words: list[str], window: int) -> list[Pair]:
    return [
        (centre, words[(i + step) % len(words)])
        for i, centre in enumerate(words)
        for step in range(-window, window + 1)
        if step
    ]


def _negative_slice(words: list[str], window: int) -> list[Pair]:
    return [
        (centre, other)
        for i, centre in enumerate(words)
        for other in words[i - window : i] + words[i + 1 : i + window + 1]
    ]


def _index_of_the_centre(words: list[str], window: int) -> list[Pair]:
    found = []
    for centre in words:
        i = words.index(centre)
        for j in range(max(0, i - window), min(len(words), i + window + 1)):
            if j != i:
                found.append((centre, words[j]))
    return found


def _pairs_cases() -> tuple[Case, ...]:
    fixed = [
        (["o", "João", "entregou", "um", "pão"], 1),
        (["o", "João", "entregou", "um", "pão"], 2),
        (["sim"], 2),
        ([], 1),
        (["um", "pão", "um", "pão"], 2),
        (["que", "que", "foi"], 1),
    ]
    generator = random.Random(206)
    for _ in range(10):
        words = [generator.choice("abcdef") for _ in range(generator.randrange(3, 8))]
        fixed.append((words, generator.randrange(1, 4)))
    return tuple(Case(args) for args in fixed)


PAIRS = Answer(
    "02.pares",
    solution=_pairs,
    form=_PAIRS,
    wrong={
        "par_consigo": _with_itself,
        "so_a_direita": _only_right,
        "janela_curta": _short_window,
        "da_a_volta": _wraps,
        "pula_palavra_igual": _no_equal_words,
        "vizinha_antes": _neighbour_first,
        "so_a_esquerda": lambda words, window: [
            (centre, words[j])
            for i, centre in enumerate(words)
            for j in range(max(0, i - window), i)
        ],
        "da_a_volta_dos_dois_lados": _round_the_text,
        "so_a_distancia_exata": lambda words, window: [
            (centre, words[j])
            for i, centre in enumerate(words)
            for j in (i - window, i + window)
            if 0 <= j < len(words)
        ],
        "so_janelas_inteiras": lambda words, window: [
            (words[i], words[j])
            for i in range(window, len(words) - window)
            for j in range(i - window, i + window + 1)
            if j != i
        ],
        "fatia_negativa": _negative_slice,
        "acha_pelo_nome": _index_of_the_centre,
    },
    cases=_pairs_cases,
)

PARAMETERS = Answer(
    "02.parametros",
    solution=(38_597_376, 786_432),
    form=Form("sequence", (Form("int"),), length=2, label="o total de W_E e o de W_pos"),
    wrong={
        "tabelas_trocadas": (786_432, 38_597_376),
        "so_as_linhas": (50_257, 1_024),
        "posicao_com_um_numero": (38_597_376, 1_024),
        "vocabulario_vezes_contexto": (38_597_376, 51_463_168),
        "em_bytes": (154_389_504, 3_145_728),
        "soma_em_vez_de_multiplicar": (51_025, 1_792),
        "linhas_ao_quadrado": (2_525_766_049, 1_048_576),
    },
    code="""
from helpers.config import PRESETS

gpt2 = PRESETS["gpt2"]
my_tables_solution = (gpt2.d_vocab * gpt2.d_model, gpt2.n_ctx * gpt2.d_model)
""",
)


# --- 02.trocar_ids -------------------------------------------------------------------------------

RenumberTable = list[list[int]]

_TABLE = Form(
    "sequence", (Form("sequence", (Form("number"),)),), label="uma tabela: uma lista de linhas"
)


def _renumber(table: list[list[int]], new_ids: list[int]) -> list[list[int]]:
    """Devolve a tabela arrumada para os ids novos; `new_ids[i]` é o id novo de quem era `i`."""
    renumbered = [list(row) for row in table]
    for old_id, new_id in enumerate(new_ids):
        renumbered[new_id] = list(table[old_id])
    return renumbered


def _other_way(table: RenumberTable, new_ids: list[int]) -> RenumberTable:
    return [list(table[new_id]) for new_id in new_ids]


def _unchanged(table: RenumberTable, new_ids: list[int]) -> RenumberTable:
    return [list(row) for row in table]


def _reversed(table: RenumberTable, new_ids: list[int]) -> RenumberTable:
    return [list(row) for row in reversed(table)]


def _in_place(table: RenumberTable, new_ids: list[int]) -> RenumberTable:
    rows = [list(row) for row in table]
    for old_id, new_id in enumerate(new_ids):
        table[new_id] = rows[old_id]
    return table


def _overwrites(table: RenumberTable, new_ids: list[int]) -> RenumberTable:
    rows = list(table)
    for old_id, new_id in enumerate(new_ids):
        rows[new_id] = rows[old_id]
    return rows


def _columns(table: RenumberTable, new_ids: list[int]) -> RenumberTable:
    width = len(table[0])
    return [[row[new_id % width] for new_id in range(width - 1, -1, -1)] for row in table]


def _renumber_cases() -> tuple[Case, ...]:
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


RENUMBER = Answer(
    "02.trocar_ids",
    solution=_renumber,
    form=_TABLE,
    wrong={
        "sentido_contrario": _other_way,
        "nao_muda_nada": _unchanged,
        "inverte_a_ordem": _reversed,
        "muda_a_entrada": _in_place,
        "apaga_antes_de_ler": _overwrites,
        "troca_as_colunas": _columns,
        "esquece_o_ultimo": lambda table, new_ids: [
            [0] * len(row) if new_id == new_ids[-1] else row
            for new_id, row in enumerate(_renumber(table, new_ids))
        ],
        "id_colado_na_linha": lambda table, new_ids: [
            [new_id, *row] for new_id, row in zip(new_ids, table, strict=True)
        ],
    },
    cases=_renumber_cases,
)


# --- 02.gradiente --------------------------------------------------------------------------------

Rows = list[list[float]]

_GRADIENT_TABLE = Form(
    "sequence", (Form("sequence", (Form("number"),)),), label="uma tabela de d_vocab linhas"
)


def _table_gradient(
    ids: list[int],
    arriving: list[list[float]],
    d_vocab: int,
) -> list[list[float]]:
    """Devolve o gradiente da tabela: a linha de um id soma o que chegou onde ele apareceu."""
    gradient = [[0.0] * len(arriving[0]) for _ in range(d_vocab)]
    for token_id, vector in zip(ids, arriving, strict=True):
        for column, value in enumerate(vector):
            gradient[token_id][column] += value
    return gradient


def _last_wins(ids: list[int], arriving: Rows, d_vocab: int) -> Rows:
    gradient = [[0.0] * len(arriving[0]) for _ in range(d_vocab)]
    for token_id, vector in zip(ids, arriving, strict=True):
        gradient[token_id] = list(vector)
    return gradient


def _mean(ids: list[int], arriving: Rows, d_vocab: int) -> Rows:
    total = _table_gradient(ids, arriving, d_vocab)
    return [[value / max(1, ids.count(i)) for value in row] for i, row in enumerate(total)]


def _gradient_by_position(ids: list[int], arriving: Rows, d_vocab: int) -> Rows:
    gradient = [[0.0] * len(arriving[0]) for _ in range(d_vocab)]
    for position, vector in enumerate(arriving[:d_vocab]):
        gradient[position] = list(vector)
    return gradient


def _everyone(ids: list[int], arriving: Rows, d_vocab: int) -> Rows:
    total = [sum(vector[column] for vector in arriving) for column in range(len(arriving[0]))]
    return [list(total) for _ in range(d_vocab)]


def _same_row_object(ids: list[int], arriving: Rows, d_vocab: int) -> Rows:
    gradient = [[0.0] * len(arriving[0])] * d_vocab
    for token_id, vector in zip(ids, arriving, strict=True):
        gradient[token_id] = [a + b for a, b in zip(gradient[token_id], vector, strict=True)]
    return [list(row) for row in gradient[: len(set(ids))]]


def _only_used(ids: list[int], arriving: Rows, d_vocab: int) -> Rows:
    total = _table_gradient(ids, arriving, d_vocab)
    return [total[token_id] for token_id in sorted(set(ids))]


def _first_time_only(ids: list[int], arriving: Rows, d_vocab: int) -> Rows:
    return _last_wins(ids[::-1], arriving[::-1], d_vocab)


def _glued(ids: list[int], arriving: Rows, d_vocab: int) -> Rows:
    gradient: Rows = [[] for _ in range(d_vocab)]
    for token_id, vector in zip(ids, arriving, strict=True):
        gradient[token_id] = gradient[token_id] + vector
    return gradient


def _gradient_cases() -> tuple[Case, ...]:
    fixed = [
        ([1, 0, 2, 0, 2, 0], [[1, 0], [2, 1], [0, 3], [4, -1], [1, 1], [0, 5]], 4),
        ([0], [[7, 7]], 3),
        ([2, 2], [[1, 2], [-1, -2]], 3),
        ([3, 1], [[1, 2], [3, 4]], 5),
        ([4, 4, 4, 0], [[0.5], [0.25], [-2.0], [1.5]], 5),
    ]
    generator = random.Random(204)
    for turn in range(12):
        d_vocab, length = generator.randrange(5, 8), generator.randrange(2, 7)
        ids = [generator.randrange(d_vocab - 1) for _ in range(length)]
        width, scale = generator.randrange(2, 5), 1 if turn % 2 else 4
        arriving = [[generator.randrange(-5, 6) / scale for _ in range(width)] for _ in ids]
        fixed.append((ids, arriving, d_vocab))
    return tuple(Case((ids, _in_floats(arriving), d_vocab)) for ids, arriving, d_vocab in fixed)


GRADIENT = Answer(
    "02.gradiente",
    solution=_table_gradient,
    form=_GRADIENT_TABLE,
    wrong={
        "fica_o_ultimo": _last_wins,
        "tira_a_media": _mean,
        "linha_da_posicao": _gradient_by_position,
        "todas_as_linhas": _everyone,
        "faltam_linhas": _same_row_object,
        "so_as_usadas": _only_used,
        "so_conta_as_vezes": lambda ids, arriving, d_vocab: [
            [ids.count(row)] * len(arriving[0]) for row in range(d_vocab)
        ],
        "conta_do_um": lambda ids, arriving, d_vocab: _table_gradient(
            [(token_id - 1) % d_vocab for token_id in ids], arriving, d_vocab
        ),
        "ultimo_vezes_quantos": lambda ids, arriving, d_vocab: [
            [value * ids.count(row) for value in line]
            for row, line in enumerate(_last_wins(ids, arriving, d_vocab))
        ],
        "fica_o_primeiro": _first_time_only,
        "cola_os_vetores": _glued,
        "ate_o_maior_id": lambda ids, arriving, d_vocab: _table_gradient(
            ids, arriving, max(ids) + 1
        ),
        "so_o_primeiro_vetor": lambda ids, arriving, d_vocab: _table_gradient(
            ids[:1], arriving[:1], d_vocab
        ),
        "sem_o_sinal": lambda ids, arriving, d_vocab: _table_gradient(
            ids, [[abs(value) for value in vector] for vector in arriving], d_vocab
        ),
        "so_a_primeira_coluna": lambda ids, arriving, d_vocab: _table_gradient(
            ids, [[vector[0], *[0.0] * (len(vector) - 1)] for vector in arriving], d_vocab
        ),
        "um_vetor_por_token": lambda ids, arriving, d_vocab: _table_gradient(
            list(dict.fromkeys(ids)), arriving[: len(set(ids))], d_vocab
        ),
        "falta_a_ultima_posicao": lambda ids, arriving, d_vocab: _table_gradient(
            ids[:-1], arriving[:-1], d_vocab
        ),
        "vetor_pelo_id": lambda ids, arriving, d_vocab: _table_gradient(
            ids, [arriving[token_id] for token_id in ids], d_vocab
        ),
        "soma_vezes_quantos": lambda ids, arriving, d_vocab: [
            [value * ids.count(row) for value in line]
            for row, line in enumerate(_table_gradient(ids, arriving, d_vocab))
        ],
    },
    cases=_gradient_cases,
)


# --- 02.passo ------------------------------------------------------------------------------------


def _step(
    table: list[list[float]],
    gradient: list[list[float]],
    rate: float,
) -> list[list[float]]:
    """Devolve a tabela depois de um passo de descida; a recebida fica como estava."""
    return [
        [value - rate * slope for value, slope in zip(line, slopes, strict=True)]
        for line, slopes in zip(table, gradient, strict=True)
    ]


def _each(change: Callable[[float, float, float], float]) -> Callable[[Rows, Rows, float], Rows]:
    def step(table: Rows, gradient: Rows, rate: float) -> Rows:
        return [
            [change(value, slope, rate) for value, slope in zip(line, slopes, strict=True)]
            for line, slopes in zip(table, gradient, strict=True)
        ]

    return step


def _step_in_place(table: Rows, gradient: Rows, rate: float) -> Rows:
    table[:] = _step(table, gradient, rate)
    return table


def _first_row_only(table: Rows, gradient: Rows, rate: float) -> Rows:
    return [*_step(table[:1], gradient[:1], rate), *(list(line) for line in table[1:])]


def _row_sum(table: Rows, gradient: Rows, rate: float) -> Rows:
    return [
        [value - rate * sum(slopes) for value in line]
        for line, slopes in zip(table, gradient, strict=True)
    ]


def _only_moved_rows(table: Rows, gradient: Rows, rate: float) -> Rows:
    moved = _step(table, gradient, rate)
    return [line for line, slopes in zip(moved, gradient, strict=True) if any(slopes)]


def _first_of_the_row(table: Rows, gradient: Rows, rate: float) -> Rows:
    return [
        [value - rate * slopes[0] for value in line]
        for line, slopes in zip(table, gradient, strict=True)
    ]


def _mean_slope(table: Rows, gradient: Rows, rate: float) -> Rows:
    slopes = [slope for row in gradient for slope in row]
    mean = sum(slopes) / len(slopes)
    return [[value - rate * mean for value in line] for line in table]


def _running_slope(table: Rows, gradient: Rows, rate: float) -> Rows:
    total, rows = 0.0, []
    for line, slopes in zip(table, gradient, strict=True):
        row = []
        for value, slope in zip(line, slopes, strict=True):
            total += slope
            row.append(value - rate * total)
        rows.append(row)
    return rows


def _first_row_for_all(table: Rows, gradient: Rows, rate: float) -> Rows:
    return _step(table, [gradient[0]] * len(table), rate)


def _of_length_one(table: Rows, gradient: Rows, rate: float) -> Rows:
    length = math.hypot(*(slope for slopes in gradient for slope in slopes)) or 1.0
    return _step(table, gradient, rate / length)


def _step_cases() -> tuple[Case, ...]:
    fixed = [
        ([[2.0, -1.0]], [[10.0, -4.0]], 0.1),
        ([[2, 0, 1], [5, -1, 3], [0, 4, 4]], [[4, 0, 2], [0, 0, 0], [0, 16, 16]], 0.5),
        ([[1.0], [2.0], [3.0]], [[1.0], [0.0], [-1.0]], 0.0),
        ([[1.0, 2.0, 3.0]], [[3.0, 2.0, 1.0]], 1),
        ([[0.5, -0.5]] * 4, [[0.0, 0.0], [1.0, -1.0], [0.0, 0.0], [-2.0, 0.25]], 2.0),
    ]
    generator = random.Random(207)
    for _ in range(12):
        size, width = generator.randrange(2, 6), generator.randrange(1, 5)
        table, gradient = (
            [[generator.randrange(-20, 21) / 4 for _ in range(width)] for _ in range(size)]
            for _ in range(2)
        )
        gradient[generator.randrange(size)] = [0.0] * width
        fixed.append((table, gradient, generator.choice((0.01, 0.1, 0.25, 0.75, 3.0))))
    return tuple(Case((*map(_in_floats, tables), float(rate))) for *tables, rate in fixed)


STEP = Answer(
    "02.passo",
    solution=_step,
    form=_TABLE,
    wrong={
        "sobe": _each(lambda value, slope, rate: value + rate * slope),
        "sem_taxa": _each(lambda value, slope, rate: value - slope),
        "so_o_quanto": _each(lambda value, slope, rate: rate * slope),
        "so_o_deslocamento": _each(lambda value, slope, rate: -rate * slope),
        "taxa_na_tabela_tambem": _each(lambda value, slope, rate: rate * (value - slope)),
        "multiplica_pelo_valor": _each(lambda value, slope, rate: value - rate * slope * value),
        "so_a_taxa": _each(lambda value, slope, rate: value - rate),
        "encolhe_tudo": _each(lambda value, slope, rate: value * (1 - rate)),
        "papeis_trocados": _each(lambda value, slope, rate: slope - rate * value),
        "sempre_para_baixo": _each(lambda value, slope, rate: value - abs(rate * slope)),
        "so_o_sinal": _each(lambda value, slope, rate: value - rate * ((slope > 0) - (slope < 0))),
        "soma_a_linha": _row_sum,
        "muda_a_entrada": _step_in_place,
        "so_a_primeira_linha": _first_row_only,
        "so_as_linhas_que_andam": _only_moved_rows,
        "divide_pela_taxa": _each(
            lambda value, slope, rate: value - slope / rate if rate else value
        ),
        "encolhe_e_desce": _each(lambda value, slope, rate: (1 - rate) * value - rate * slope),
        "primeiro_da_linha": _first_of_the_row,
        "primeira_linha_para_todas": _first_row_for_all,
        "gradiente_de_comprimento_1": _of_length_one,
        "dois_passos": _each(lambda value, slope, rate: value - 2 * rate * slope),
        "quadrado_do_gradiente": _each(lambda value, slope, rate: value - rate * slope * slope),
        "soma_taxa_e_gradiente": _each(lambda value, slope, rate: value - (rate + slope)),
        "zero_onde_nao_anda": _each(
            lambda value, slope, rate: value - rate * slope if slope else 0.0
        ),
        "gradiente_medio": _mean_slope,
        "gradiente_acumulado": _running_slope,
        "taxa_do_exemplo": _each(lambda value, slope, rate: value - 0.1 * slope),
        "gradiente_do_exemplo": _each(lambda value, slope, rate: value - rate * 2 * value),
    },
    cases=_step_cases,
)


# --- 02.vizinho ----------------------------------------------------------------------------------

NeighbourTable = list[list[float]]


def _dot(left: list[float], right: list[float]) -> float:
    return sum(a * b for a, b in zip(left, right, strict=True))


def _nearest(table: list[list[float]], row: int) -> int:
    """Devolve o número da linha de maior cosseno com a linha dada, fora ela mesma."""
    import math

    def cosine(other: int) -> float:
        dot = sum(a * b for a, b in zip(table[row], table[other], strict=True))
        return dot / (math.hypot(*table[row]) * math.hypot(*table[other]))

    return max((other for other in range(len(table)) if other != row), key=cosine)


def _others(table: NeighbourTable, row: int) -> list[int]:
    return [other for other in range(len(table)) if other != row]


def _itself(table: NeighbourTable, row: int) -> int:
    return row


def _plain_dot(table: NeighbourTable, row: int) -> int:
    return max(_others(table, row), key=lambda other: _dot(table[row], table[other]))


def _euclidean(table: NeighbourTable, row: int) -> int:
    return min(_others(table, row), key=lambda other: math.dist(table[row], table[other]))


def _absolute(table: NeighbourTable, row: int) -> int:
    return max(
        _others(table, row),
        key=lambda other: abs(_dot(table[row], table[other])) / math.hypot(*table[other]),
    )


def _farthest(table: NeighbourTable, row: int) -> int:
    return min(
        _others(table, row),
        key=lambda other: _dot(table[row], table[other]) / math.hypot(*table[other]),
    )


def _next_id(table: NeighbourTable, row: int) -> int:
    return row + 1 if row + 1 < len(table) else row - 1


def _squared_norm(table: NeighbourTable, row: int) -> int:
    return max(
        _others(table, row),
        key=lambda other: _dot(table[row], table[other]) / math.hypot(*table[other]) ** 2,
    )


def _second(table: NeighbourTable, row: int) -> int:
    def cosine(other: int) -> float:
        return _dot(table[row], table[other]) / math.hypot(*table[row]) / math.hypot(*table[other])

    return sorted(range(len(table)), key=cosine, reverse=True)[1]


def _below(table: NeighbourTable, row: int) -> int:
    return max(
        range(row + 1, len(table)),
        key=lambda other: _dot(table[row], table[other]) / math.hypot(*table[other]),
    )


def _largest_cosine(table: NeighbourTable, row: int) -> float:
    return max(
        _dot(table[row], table[other]) / math.hypot(*table[row]) / math.hypot(*table[other])
        for other in _others(table, row)
    )


def _from_zero(table: NeighbourTable, row: int) -> int | None:
    best, found = 0.0, None
    for other in _others(table, row):
        cosine = (
            _dot(table[row], table[other]) / math.hypot(*table[row]) / math.hypot(*table[other])
        )
        if cosine > best:
            best, found = cosine, other
    return found


def _from_zero_row(table: NeighbourTable, row: int) -> int:
    return _from_zero(table, row) or 0


def _found_by_value(table: NeighbourTable, row: int) -> int:
    return table.index(table[_nearest(table, row)])


def _same_length(table: NeighbourTable, row: int) -> int:
    own = math.hypot(*table[row])
    return min(_others(table, row), key=lambda other: abs(math.hypot(*table[other]) - own))


def _rounded_cosine(table: NeighbourTable, row: int) -> int:
    lengths = [math.hypot(*line) for line in table]
    return max(
        _others(table, row),
        key=lambda other: round(_dot(table[row], table[other]) / lengths[row] / lengths[other], 1),
    )


def _not_counting_itself(table: NeighbourTable, row: int) -> int:
    found = _nearest(table, row)
    return found - (found > row)


def _one_norm(table: NeighbourTable, row: int) -> int:
    return max(
        _others(table, row),
        key=lambda other: _dot(table[row], table[other]) / sum(map(abs, table[other])),
    )


def _first_two_columns(table: NeighbourTable, row: int) -> int:
    return _nearest([[*line[:2], 1e-9] for line in table], row)


def _skips_equals(table: NeighbourTable, row: int) -> int:
    return max(
        (other for other in _others(table, row) if table[other] != table[row]),
        key=lambda other: _dot(table[row], table[other]) / math.hypot(*table[other]),
    )


def _added_lengths(table: NeighbourTable, row: int) -> int:
    def score(other: int) -> float:
        return _dot(table[row], table[other]) / (
            math.hypot(*table[row]) + math.hypot(*table[other])
        )

    return max(_others(table, row), key=score)


def _neighbour_cases() -> tuple[Case, ...]:
    # Linha 0: a 1 é longa e meio torta; a 2 é curta e alinhada; a 3 é oposta; a 4 está perto.
    shown = [[4.0, 1.0], [9.0, 9.0], [1.0, 0.25], [-8.0, -2.1], [4.0, 2.5]]
    fixed = [(shown, 0), (shown, 1), (shown, 3), ([[1.0, 0.2], [0.0, 1.0], [1.0, 1.0]], 2)]
    # Duas linhas na mesma direção: pular a primeira da lista não é pular a própria.
    fixed += [([[3, 4], [6, 8], [5, 0], [0, 5]], row) for row in (0, 1)]
    fixed.append(([[1, 0, 0, 0], [-1, 0.5, 0, 0], [-1, -2, 0, 0]], 0))  # só cossenos negativos
    fixed.append(([[2.0, 1.0], [-3.0, 1.0]], 1))
    # Duas linhas iguais: a vizinha é a gêmea, que não é ela mesma.
    fixed += [([[1, 2], [3, 1], [1, 2], [-1, 4]], row) for row in (0, 2)]
    generator = random.Random(205)
    for _ in range(12):
        table = []
        for _ in range(6):
            size = generator.choice((0.3, 1.0, 4.0))
            table.append([round(size * generator.uniform(-1, 1), 2) for _ in range(3)])
        fixed.append((table, generator.randrange(6)))
    return tuple(Case((_in_floats(table), row)) for table, row in fixed)


NEIGHBOUR = Answer(
    "02.vizinho",
    solution=_nearest,
    form=Form("int", label="o número de uma linha"),
    wrong={
        "ela_mesma": _itself,
        "so_as_de_baixo": _below,
        "devolve_o_cosseno": _largest_cosine,
        "produto_escalar": _plain_dot,
        "distancia": _euclidean,
        "valor_absoluto": _absolute,
        "mais_distante": _farthest,
        "id_seguinte": _next_id,
        "mais_comprida": lambda table, row: max(
            _others(table, row), key=lambda other: math.hypot(*table[other])
        ),
        "segundo_da_fila": _second,
        "divide_duas_vezes": _squared_norm,
        "parte_do_zero": _from_zero,
        "parte_da_linha_zero": _from_zero_row,
        "conta_sem_ela": _not_counting_itself,
        "soma_dos_modulos": _one_norm,
        "so_duas_colunas": _first_two_columns,
        "pula_as_iguais": _skips_equals,
        "acha_pelo_valor": _found_by_value,
        "mesmo_comprimento": _same_length,
        "arredonda_antes": _rounded_cosine,
        "mais_curta": lambda table, row: min(
            _others(table, row), key=lambda other: math.hypot(*table[other])
        ),
        "soma_dos_comprimentos": _added_lengths,
    },
    cases=_neighbour_cases,
)


# --- 02.senoide ----------------------------------------------------------------------------------

_VECTOR = Form("sequence", (Form("number"),), label="uma lista de números")


def _sinusoid(position: int, d_model: int) -> list[float]:
    """Devolve o vetor da posição: seno nas colunas pares, cosseno nas ímpares."""
    import math

    vector = []
    for column in range(d_model):
        pair = column - column % 2
        angle = position / 10_000 ** (pair / d_model)
        vector.append(math.sin(angle) if column % 2 == 0 else math.cos(angle))
    return vector


def _with(frequency: Callable[[int, int], float]) -> Callable[[int, int], list[float]]:
    def sinusoid(position: int, d_model: int) -> list[float]:
        angles = [position * frequency(column, d_model) for column in range(d_model)]
        return [math.cos(a) if c % 2 else math.sin(a) for c, a in enumerate(angles)]

    return sinusoid


def _only_sines(position: int, d_model: int) -> list[float]:
    return [
        math.sin(position / 10_000 ** ((column - column % 2) / d_model))
        for column in range(d_model)
    ]


def _halves(position: int, d_model: int) -> list[float]:
    right = _sinusoid(position, d_model)
    return right[0::2] + right[1::2]


def _cosine_first(position: int, d_model: int) -> list[float]:
    right = _sinusoid(position, d_model)
    return [right[column ^ 1] for column in range(d_model)]


def _from_one(position: int, d_model: int) -> list[float]:
    return _sinusoid(position + 1, d_model)


def _sinusoid_cases() -> tuple[Case, ...]:
    sizes = [(1, 4), (0, 4), (2, 4), (1, 2), (7, 8), (50, 8), (3, 16), (60, 6)]
    sizes += [(5, 4), (9, 8), (11, 6), (13, 12), (30, 4), (40, 10), (33, 8), (21, 6), (0, 2)]
    return tuple(Case(args) for args in sizes)


SINUSOID = Answer(
    "02.senoide",
    solution=_sinusoid,
    form=_VECTOR,
    wrong={
        "so_senos": _only_sines,
        "so_cossenos": lambda position, d_model: [
            math.cos(position / 10_000 ** ((column - column % 2) / d_model))
            for column in range(d_model)
        ],
        "um_angulo_so_senos": lambda position, d_model: [
            math.sin(position / 10_000 ** (column / d_model)) for column in range(d_model)
        ],
        "dobro_da_coluna": _with(lambda column, d_model: 10_000 ** (-2 * column / d_model)),
        "para_no_angulo": lambda position, d_model: [
            position / 10_000 ** ((column - column % 2) / d_model) for column in range(d_model)
        ],
        "divisao_inteira": _with(
            lambda column, d_model: 10_000 ** -((column - column % 2) // d_model)
        ),
        "em_graus": _with(
            lambda column, d_model: math.radians(10_000 ** (-(column - column % 2) / d_model))
        ),
        "um_angulo_por_coluna": _with(lambda column, d_model: 10_000 ** (-column / d_model)),
        "metade_do_expoente": _with(lambda column, d_model: 10_000 ** (-(column // 2) / d_model)),
        "metades_separadas": _halves,
        "cosseno_primeiro": _cosine_first,
        "comeca_em_um": _from_one,
        "multiplica_em_vez_de_dividir": _with(
            lambda column, d_model: 10_000 ** ((column - column % 2) / d_model)
        ),
        "base_mil": _with(lambda column, d_model: 1_000 ** (-(column - column % 2) / d_model)),
        "base_e": _with(lambda column, d_model: math.exp(-(column - column % 2) / d_model)),
        "coluna_inteira_dividida": _with(
            lambda column, d_model: 10_000 ** -(2 * column // d_model)
        ),
        "divide_fora_do_expoente": _with(
            lambda column, d_model: 1 / 10_000 ** (column - column % 2) / d_model
        ),
        "potencia_do_quociente": lambda position, d_model: [
            (math.cos if column % 2 else math.sin)(
                (position / 10_000) ** ((column - column % 2) / d_model)
            )
            for column in range(d_model)
        ],
        "arredonda_para_cima": _with(
            lambda column, d_model: 10_000 ** (-(column + column % 2) / d_model)
        ),
        "dobro_do_expoente": _with(
            lambda column, d_model: 10_000 ** (-2 * (column - column % 2) / d_model)
        ),
        "voltas_inteiras": _with(
            lambda column, d_model: 2 * math.pi * 10_000 ** (-(column - column % 2) / d_model)
        ),
        "largura_menos_um": _with(
            lambda column, d_model: 10_000 ** (-(column - column % 2) / (d_model - 1))
        ),
        "largura_menos_dois": _with(
            lambda column, d_model: 10_000 ** (-(column - column % 2) / max(d_model - 2, 1))
        ),
        "metade_das_colunas": lambda position, d_model: _sinusoid(position, d_model)[
            : d_model // 2
        ],
        "base_cem_mil": _with(
            lambda column, d_model: 100_000 ** (-(column - column % 2) / d_model)
        ),
        "cosseno_negativo": lambda position, d_model: [
            -value if column % 2 else value
            for column, value in enumerate(_sinusoid(position, d_model))
        ],
        "sem_dividir_pela_largura": _with(
            lambda column, d_model: 10_000.0 ** -(column - column % 2)
        ),
        "pela_posicao": lambda position, d_model: [
            (math.cos if position % 2 else math.sin)(
                position / 10_000 ** ((column - column % 2) / d_model)
            )
            for column in range(d_model)
        ],
        "metades_no_lugar": lambda position, d_model: [
            (math.sin if column < d_model // 2 else math.cos)(
                position / 10_000 ** ((column - column % 2) / d_model)
            )
            for column in range(d_model)
        ],
    },
    cases=_sinusoid_cases,
)


# --- 02.entrada ----------------------------------------------------------------------------------


def _input(
    ids: list[int],
    W_E: list[list[float]],
    W_pos: list[list[float]],
) -> list[list[float]]:
    """Devolve o que entra no modelo: a linha do id mais a linha da posição."""
    return [
        [a + b for a, b in zip(W_E[token_id], W_pos[position], strict=True)]
        for position, token_id in enumerate(ids)
    ]


def _add(left: list[float], right: list[float]) -> list[float]:
    return [a + b for a, b in zip(left, right, strict=True)]


def _with_rows(
    choose: Callable[[list[int], int, Rows, Rows], list[float]],
) -> Callable[[list[int], Rows, Rows], Rows]:
    """Uma linha por posição: `choose` recebe os ids, a posição e as duas tabelas."""

    def rows(ids: list[int], W_E: Rows, W_pos: Rows) -> Rows:
        return [choose(ids, position, W_E, W_pos) for position in range(len(ids))]

    return rows


def _summed(ids: list[int], W_E: Rows, W_pos: Rows) -> Rows:
    return [[sum(column) for column in zip(*_input(ids, W_E, W_pos), strict=True)]]


def _running_places(ids: list[int], W_E: Rows, W_pos: Rows) -> Rows:
    return _input(ids, W_E, _never_resets(list(range(len(ids))), W_pos))


def _input_cases() -> tuple[Case, ...]:
    letters = [[2, 0, 1], [5, -1, 3], [0, 4, 4], [7, 7, -2]]
    places = [[10 * row, 20 * row, -row] for row in range(1, 9)]
    fixed = [
        ([1, 0, 1], [[2, 0], [5, -1]], [[10, 20], [30, 40], [50, 60]]),
        ([1, 0, 2, 0, 2, 0], letters, places),
        ([3], letters, places),
        ([2, 2, 2], letters, places),
        ([0, 1, 2], letters, places[:3]),
    ]
    generator = random.Random(208)
    for _ in range(12):
        d_vocab, width = generator.randrange(4, 8), generator.randrange(2, 5)
        ids = [generator.randrange(d_vocab) for _ in range(generator.randrange(2, 6))]
        n_ctx = len(ids) + generator.randrange(1, 5)
        tables = (
            [[generator.randrange(-20, 21) / 4 for _ in range(width)] for _ in range(rows)]
            for rows in (d_vocab, n_ctx)
        )
        fixed.append((ids, *tables))
    return tuple(Case((ids, *map(_in_floats, tables))) for ids, *tables in fixed)


INPUT = Answer(
    "02.entrada",
    solution=_input,
    form=_ROWS,
    wrong={
        "so_os_tokens": _with_rows(lambda ids, t, W_E, W_pos: list(W_E[ids[t]])),
        "so_as_posicoes": _with_rows(lambda ids, t, W_E, W_pos: list(W_pos[t])),
        "posicao_pelo_id": _with_rows(lambda ids, t, W_E, W_pos: _add(W_E[ids[t]], W_pos[ids[t]])),
        "tabelas_trocadas": _with_rows(lambda ids, t, W_E, W_pos: _add(W_E[t], W_pos[ids[t]])),
        "cola_as_listas": _with_rows(lambda ids, t, W_E, W_pos: W_E[ids[t]] + W_pos[t]),
        "sempre_a_primeira": _with_rows(lambda ids, t, W_E, W_pos: _add(W_E[ids[t]], W_pos[0])),
        "comeca_em_um": _with_rows(lambda ids, t, W_E, W_pos: _add(W_E[ids[t]], W_pos[t + 1])),
        "primeira_aparicao": _with_rows(
            lambda ids, t, W_E, W_pos: _add(W_E[ids[t]], W_pos[ids.index(ids[t])])
        ),
        "ids_em_ordem": lambda ids, W_E, W_pos: _input(sorted(ids), W_E, W_pos),
        "sem_repeticao": lambda ids, W_E, W_pos: _input(list(dict.fromkeys(ids)), W_E, W_pos),
        "linha_com_linha": lambda ids, W_E, W_pos: list(map(_add, W_E, W_pos)),
        "do_fim_para_o_comeco": _with_rows(
            lambda ids, t, W_E, W_pos: _add(W_E[ids[t]], W_pos[len(ids) - 1 - t])
        ),
        "soma_o_numero": _with_rows(lambda ids, t, W_E, W_pos: [a + t for a in W_E[ids[t]]]),
        "multiplica": _with_rows(
            lambda ids, t, W_E, W_pos: [a * b for a, b in zip(W_E[ids[t]], W_pos[t], strict=True)]
        ),
        "soma_tudo": _summed,
        "subtrai": _with_rows(
            lambda ids, t, W_E, W_pos: [a - b for a, b in zip(W_E[ids[t]], W_pos[t], strict=True)]
        ),
        "vezes_a_raiz": _with_rows(
            lambda ids, t, W_E, W_pos: _add(
                [value * math.sqrt(len(W_E[0])) for value in W_E[ids[t]]], W_pos[t]
            )
        ),
        "posicoes_acumuladas": _running_places,
        "um_numero_por_posicao": lambda ids, W_E, W_pos: [
            [sum(line)] for line in _input(ids, W_E, W_pos)
        ],
        "todas_as_linhas_de_posicao": lambda ids, W_E, W_pos: [
            _add(W_E[ids[t % len(ids)]], line) for t, line in enumerate(W_pos)
        ],
        "ultimas_posicoes": _with_rows(
            lambda ids, t, W_E, W_pos: _add(W_E[ids[t]], W_pos[len(W_pos) - 1 - t])
        ),
        "sempre_a_ultima": _with_rows(
            lambda ids, t, W_E, W_pos: _add(W_E[ids[t]], W_pos[len(ids) - 1])
        ),
        "maior_dos_dois": _with_rows(
            lambda ids, t, W_E, W_pos: list(map(max, W_E[ids[t]], W_pos[t]))
        ),
        "so_a_primeira_coluna": _with_rows(
            lambda ids, t, W_E, W_pos: [W_E[ids[t]][0] + W_pos[t][0], *W_E[ids[t]][1:]]
        ),
        "posicao_em_dobro": _with_rows(
            lambda ids, t, W_E, W_pos: _add(_add(W_E[ids[t]], W_pos[t]), W_pos[t])
        ),
        "token_pela_posicao": _with_rows(lambda ids, t, W_E, W_pos: _add(W_E[t], W_pos[t])),
    },
    cases=_input_cases,
)
