"""Respostas da lição 03: a solução, os enganos e os casos de cada exercício."""

import math
import random

import torch
from torch import Tensor

from helpers.exercises.catalog import Answer, Case, Form

# --- 03.projetar ---------------------------------------------------------------------------------

Table = list[list[int | float]]
_ROW = Form("sequence", (Form("number"),), label="uma linha de números")
_TABLE = Form("sequence", (_ROW,), label="uma tabela: uma lista de linhas")


def _project(x: list[list], W: list[list]) -> list[list]:
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


def _flat(x: Table, W: Table) -> list[int | float]:
    return [number for row in _project(x, W) for number in row]


def _one_by_one(x: Table, W: Table) -> Table:
    return [[number * W[i][0] for i, number in enumerate(vector)] for vector in x]


def _whole_numbers(x: Table, W: Table) -> Table:
    return [[int(number) for number in row] for row in _project(x, W)]


def _softmax_too(x: Table, W: Table) -> Table:
    return [_softmax(row) for row in _project(x, W)]


def _by_wrong_index(x: Table, W: Table) -> Table:
    return [
        [sum(n * W[column][i] for i, n in enumerate(vector)) for column in range(len(W[0]))]
        for vector in x
    ]


def _x_lying_down(x: Table, W: Table) -> Table:
    return [
        [sum(x[i][t] * W[i][column] for i in range(len(W))) for column in range(len(W[0]))]
        for t in range(len(x))
    ]


def _sums_apart(x: Table, W: Table) -> Table:
    totals = [sum(row[column] for row in W) for column in range(len(W[0]))]
    return [[sum(vector) * total for total in totals] for vector in x]


def _adds_instead(x: Table, W: Table) -> Table:
    return [
        [sum(n + W[i][column] for i, n in enumerate(vector)) for column in range(len(W[0]))]
        for vector in x
    ]


def _stops_early(x: Table, W: Table) -> Table:
    return _project([vector[:-1] for vector in x], W)


def _starts_late(x: Table, W: Table) -> Table:
    return _project([vector[1:] for vector in x], W[1:] or [[0] * len(W[0])])


def _one_position_less(x: Table, W: Table) -> Table:
    return _project(x[:-1], W)


def _largest_product(x: Table, W: Table) -> Table:
    return [
        [max(n * W[i][column] for i, n in enumerate(vector)) for column in range(len(W[0]))]
        for vector in x
    ]


def _every_product(x: Table, W: Table) -> Table:
    return [
        [n * W[i][column] for i, n in enumerate(vector) for column in range(len(W[0]))]
        for vector in x
    ]


def _diagonal_only(x: Table, W: Table) -> Table:
    return [[vector[j] * W[j][j] for j in range(min(len(vector), len(W[0])))] for vector in x]


def _project_cases() -> tuple[Case, ...]:
    fixed: list[tuple[Table, Table]] = [
        ([[1, 2], [3, 4]], [[1, 2], [0, 1]]),
        ([[1, 0, 0, 1], [0, 1, 0, 1], [0, 0, 1, 0]], [[1, 0], [0, 1], [2, 1], [0, 0]]),
        ([[0.5, -1.0]], [[0.25, 2.0, 1.0], [0.5, 0.75, -1.5]]),
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
    return [[generator.randrange(-6, 7) / 2 for _ in range(columns)] for _ in range(rows)]


PROJECT = Answer(
    "03.projetar",
    solution=_project,
    form=_TABLE,
    wrong={
        "matriz_deitada": _transposed,
        "nao_zera": _never_resets,
        "so_a_primeira": _first_vector,
        "colunas_primeiro": _columns_first,
        "ignora_x": _ignores_x,
        "so_o_ultimo_produto": _last_term,
        "lista_corrida": _flat,
        "indices_trocados": _by_wrong_index,
        "x_deitado": _x_lying_down,
        "nao_soma": _one_by_one,
        "produtos_soltos": _every_product,
        "so_a_diagonal": _diagonal_only,
        "somas_separadas": _sums_apart,
        "soma_em_vez_de_produto": _adds_instead,
        "maior_produto": _largest_product,
        "para_antes_do_fim": _stops_early,
        "pula_a_primeira": _starts_late,
        "falta_a_ultima_posicao": _one_position_less,
        "so_inteiros": _whole_numbers,
        "softmax_cedo": _softmax_too,
        "casa_por_casa": lambda x, W: [
            [a * b for a, b in zip(vector, row, strict=False)]
            for vector, row in zip(x, W, strict=False)
        ],
        "linhas_acumuladas": lambda x, W: [
            [sum(column) for column in zip(*_project(x[: t + 1], W), strict=True)]
            for t in range(len(x))
        ],
        "soma_ate_as_colunas": lambda x, W: [
            [sum(v[i] * W[i][j] for i in range(len(W[0]))) for j in range(len(W[0]))] for v in x
        ],
        "coluna_nos_dois": lambda x, W: [
            [sum(v[j] * W[i][j] for i in range(len(W))) for j in range(len(W[0]))] for v in x
        ],
    },
    cases=_project_cases,
)


# --- 03.ler --------------------------------------------------------------------------------------

Vector = list[int | float]
_NUMBERS = Form("sequence", (Form("number"),), label="uma lista de números")


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


def _root_scores(q: Vector, keys: list[Vector]) -> Vector:
    return _scores(q, keys, math.sqrt(len(q)))


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


def _no_exponential(q: Vector, keys: list[Vector], values: list[Vector]) -> Vector:
    scores = _scores(q, keys, math.sqrt(len(q)))
    return _mix([score / sum(scores) for score in scores], values)


def _root_of_positions(q: Vector, keys: list[Vector], values: list[Vector]) -> Vector:
    return _mix(_softmax(_scores(q, keys, math.sqrt(len(keys)))), values)


def _root_after(q: Vector, keys: list[Vector], values: list[Vector]) -> Vector:
    weights = [weight / math.sqrt(len(q)) for weight in _softmax(_scores(q, keys, 1.0))]
    return _mix(weights, values)


def _multiplies_by_root(q: Vector, keys: list[Vector], values: list[Vector]) -> Vector:
    return _mix(_softmax(_scores(q, keys, 1 / math.sqrt(len(q)))), values)


def _base_two(q: Vector, keys: list[Vector], values: list[Vector]) -> Vector:
    scores = _scores(q, keys, math.sqrt(len(q)))
    return _mix(_softmax([score * math.log(2) for score in scores]), values)


def _not_shared_without_root(q: Vector, keys: list[Vector], values: list[Vector]) -> Vector:
    return _mix([math.exp(score) for score in _scores(q, keys, 1.0)], values)


def _raw_without_root(q: Vector, keys: list[Vector], values: list[Vector]) -> Vector:
    return _mix(_scores(q, keys, 1.0), values)


def _asks_the_opposite(q: Vector, keys: list[Vector], values: list[Vector]) -> Vector:
    return _mix(_softmax([-score for score in _scores(q, keys, math.sqrt(len(q)))]), values)


def _signless(q: Vector, keys: list[Vector], values: list[Vector]) -> Vector:
    return _mix(_softmax([abs(score) for score in _scores(q, keys, math.sqrt(len(q)))]), values)


def _asks_the_values(q: Vector, keys: list[Vector], values: list[Vector]) -> Vector:
    scores = [sum(a * b for a, b in zip(q, value, strict=False)) for value in values]
    return _mix(_softmax([score / math.sqrt(len(q)) for score in scores]), values)


def _root_of_two(q: Vector, keys: list[Vector], values: list[Vector]) -> Vector:
    return _mix(_softmax(_scores(q, keys, math.sqrt(2))), values)


def _distances(q: Vector, keys: list[Vector], values: list[Vector]) -> Vector:
    gaps = [sum((a - b) ** 2 for a, b in zip(q, key, strict=True)) for key in keys]
    return _mix(_softmax([-gap for gap in gaps]), values)


def _sigmoids(q: Vector, keys: list[Vector], values: list[Vector]) -> Vector:
    scores = _scores(q, keys, math.sqrt(len(q)))
    return _mix([1 / (1 + math.exp(-score)) for score in scores], values)


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


def _softmax_twice(q: Vector, keys: list[Vector], values: list[Vector]) -> Vector:
    return _mix(_softmax(_softmax(_scores(q, keys, math.sqrt(len(q))))), values)


def _width_of_query(q: Vector, keys: list[Vector], values: list[Vector]) -> Vector:
    weights = _softmax(_scores(q, keys, math.sqrt(len(q))))
    return [_mix(weights, [[value[i]] for value in values])[0] for i in range(len(q))]


def _cosines(q: Vector, keys: list[Vector], values: list[Vector]) -> Vector:
    lengths = [(math.hypot(*q) or 1) * (math.hypot(*key) or 1) for key in keys]
    scores = _scores(q, keys, 1.0)
    return _mix(_softmax([s / length for s, length in zip(scores, lengths, strict=True)]), values)


def _read_cases() -> tuple[Case, ...]:
    fixed: list[tuple[Vector, list[Vector], list[Vector]]] = [
        ([1, -1], [[2, 2]], [[5, 6]]),
        ([2, 1], [[1, 1], [3, 0], [0, 0]], [[1, 1, 0], [0, 11, 0], [0, 0, 1]]),
        ([1, 0, 0, 2], [[1, 2, 0, 1], [0, 0, 3, 1]], [[10], [-10]]),
        ([0.5, 1.5], [[2.0, 0.0], [0.0, -2.0]], [[0.25, 1.0, 4.0], [0.5, -1.0, 0.0]]),
        ([0, 0, 0], [[4, 1, 2], [1, 7, 3], [2, 2, 2]], [[3, 0], [0, 3], [3, 3]]),
        ([-1, 2, 1], [[1, 0, 1], [1, 1, 0]], [[1, 0, 0, 0], [0, 0, 0, 1]]),
    ]
    generator = random.Random(302)
    for _ in range(12):
        n, width, out = (generator.randrange(2, 5) for _ in range(3))
        q = [generator.randrange(-4, 5) / 2 for _ in range(width)]
        keys = [[generator.randrange(-4, 5) / 2 for _ in range(width)] for _ in range(n)]
        values = [[generator.randrange(-18, 19) / 2 for _ in range(out)] for _ in keys]
        fixed.append((q, keys, values))
    return tuple(Case(args) for args in fixed)


READ = Answer(
    "03.ler",
    solution=_read,
    form=_NUMBERS,
    wrong={
        "sem_raiz": _no_root,
        "divide_pela_largura": _divides_by_width,
        "raiz_do_valor": _root_of_value,
        "raiz_das_posicoes": _root_of_positions,
        "raiz_depois": _root_after,
        "vezes_a_raiz": _multiplies_by_root,
        "scores_crus": _raw_scores,
        "sem_exponencial": _no_exponential,
        "scores_crus_sem_raiz": _raw_without_root,
        "base_dois": _base_two,
        "sigmoide": _sigmoids,
        "sinal_trocado": _asks_the_opposite,
        "sem_sinal": _signless,
        "compara_com_valores": _asks_the_values,
        "distancia": _distances,
        "raiz_de_dois": _root_of_two,
        "nao_reparte_sem_raiz": _not_shared_without_root,
        "nao_reparte": _not_shared,
        "so_o_maior": _best_only,
        "media_simples": _plain_mean,
        "mistura_chaves": _mixes_keys,
        "devolve_os_pesos": _weights_only,
        "largura_da_consulta": _width_of_query,
        "cosseno": _cosines,
        "divide_pela_quantidade": lambda q, keys, values: _mix(
            [math.exp(s) / len(keys) for s in _scores(q, keys, math.sqrt(len(q)))], values
        ),
        "devolve_os_scores": lambda q, keys, values: _scores(q, keys, math.sqrt(len(q))),
        "valores_ao_contrario": lambda q, keys, values: _read(q, keys, values[::-1]),
        "sem_a_ultima": lambda q, keys, values: (
            _read(q, keys[:-1], values[:-1]) if keys[1:] else _read(q, keys, values)
        ),
        "softmax_duas_vezes": _softmax_twice,
        "guarda_o_ultimo": lambda q, keys, values: [
            _weights_only(q, keys, values)[-1] * number for number in values[-1]
        ],
        "soma_cada_valor": lambda q, keys, values: [
            weight * sum(value)
            for weight, value in zip(_weights_only(q, keys, values), values, strict=True)
        ],
        "divide_pela_soma_dos_scores": lambda q, keys, values: _mix(
            [math.exp(score) / sum(_root_scores(q, keys)) for score in _root_scores(q, keys)],
            values,
        ),
        "divide_pela_maior": lambda q, keys, values: _mix(
            [math.exp(score - max(_root_scores(q, keys))) for score in _root_scores(q, keys)],
            values,
        ),
        "comprimento_da_consulta": lambda q, keys, values: _mix(
            _softmax(_scores(q, keys, math.hypot(*q) or 1)), values
        ),
    },
    cases=_read_cases,
)


# --- 03.lido -------------------------------------------------------------------------------------

Pattern = list[list[float]]


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


def _only_below(pattern: Pattern) -> list[float]:
    totals = [0.0] * len(pattern)
    for t, row in enumerate(pattern):
        for source in range(t + 1):
            totals[source] += row[source]
    return totals


def _how_many(pattern: Pattern) -> list[int]:
    return [sum(weight > 0 for weight in column) for column in zip(*pattern, strict=True)]


def _diagonal(pattern: Pattern) -> list[float]:
    return [row[t] for t, row in enumerate(pattern)]


def _first_row(pattern: Pattern) -> list[float]:
    return list(pattern[0])


def _most_read(pattern: Pattern) -> int:
    totals = _total_read(pattern)
    return totals.index(max(totals))


def _mean_of_allowed(pattern: Pattern) -> list[float]:
    return [total / (len(pattern) - t) for t, total in enumerate(_total_read(pattern))]


def _others_later(pattern: Pattern) -> list[float]:
    return [total - pattern[t][t] for t, total in enumerate(_only_below(pattern))]


def _total_read_cases() -> tuple[Case, ...]:
    fixed: list[Pattern] = [
        [[1.0, 0.0], [0.25, 0.75]],
        [[0.25, 0.75], [0.5, 0.5]],
        [[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.0, 1.0, 0.0]],
        [[1.0]],
        [[0.125, 0.625, 0.25], [0.0, 0.25, 0.75], [0.5, 0.0, 0.5]],
        [[1.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.5, 0.25, 0.25]],
    ]
    generator = random.Random(303)
    for number in range(12):
        size, rows = generator.randrange(2, 6), []
        for t in range(size):
            seen = size if number % 2 else t + 1  # a metade dos padrões não esconde o futuro
            shares = [generator.randrange(1, 9) for _ in range(seen)]
            rows.append([share / sum(shares) for share in shares] + [0.0] * (size - seen))
        fixed.append(rows)
    return tuple(Case((pattern,)) for pattern in fixed)


TOTAL_READ = Answer(
    "03.lido",
    solution=_total_read,
    form=_NUMBERS,
    wrong={
        "soma_as_linhas": _row_sums,
        "media_da_coluna": _column_means,
        "sem_a_diagonal": _no_diagonal,
        "maior_da_coluna": _column_maxima,
        "so_a_ultima_linha": _last_row,
        "divide_por_quem_podia": _mean_of_allowed,
        "so_o_passado": _only_below,
        "conta_leitores": _how_many,
        "so_a_diagonal": _diagonal,
        "so_a_primeira_linha": _first_row,
        "so_a_mais_lida": _most_read,
        "so_os_seguintes": _others_later,
        "so_o_futuro": lambda pattern: [
            sum(row[t] for row in pattern[: t + 1]) for t in range(len(pattern))
        ],
        "soma_dos_quadrados": lambda pattern: [
            sum(weight**2 for weight in column) for column in zip(*pattern, strict=True)
        ],
        "multiplica_a_coluna": lambda pattern: [
            math.prod(column) for column in zip(*pattern, strict=True)
        ],
        "sem_a_ultima_linha": lambda pattern: [
            total - last for total, last in zip(_total_read(pattern), pattern[-1], strict=True)
        ],
    },
    cases=_total_read_cases,
)


# --- 03.cabeca -----------------------------------------------------------------------------------

Both = tuple[Tensor, Tensor]
_READ_AND_PATTERN = Form(
    "sequence", (_TABLE, _TABLE), length=2, label="duas tabelas: a leitura e o padrão"
)


def _head(x, W_Q, W_K, W_V, mask):
    """Devolve o que cada posição leu e o padrão de atenção, uma linha por posição."""
    import math

    q, k, v = x @ W_Q, x @ W_K, x @ W_V  # projetar
    scores = q @ k.T / math.sqrt(q.shape[-1])  # comparar
    scores = scores.masked_fill(~mask, -math.inf)
    pattern = scores.softmax(dim=-1)  # repartir
    return pattern @ v, pattern  # somar


def _parts(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Scores já divididos, scores crus e valores."""
    q, k, v = x @ W_Q, x @ W_K, x @ W_V
    return q @ k.T / math.sqrt(q.shape[-1]), q @ k.T, v


def _hide(scores: Tensor, mask: Tensor) -> Tensor:
    return scores.masked_fill(~mask, -math.inf)


def _shared_out(scores: Tensor, v: Tensor) -> Both:
    pattern = scores.softmax(dim=-1)
    return pattern @ v, pattern


def _head_without_mask(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, mask: Tensor) -> Both:
    scores, _, v = _parts(x, W_Q, W_K, W_V)
    return _shared_out(scores, v)


def _head_without_root(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, mask: Tensor) -> Both:
    _, raw, v = _parts(x, W_Q, W_K, W_V)
    return _shared_out(_hide(raw, mask), v)


def _head_divides_by_width(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, mask: Tensor) -> Both:
    _, raw, v = _parts(x, W_Q, W_K, W_V)
    return _shared_out(_hide(raw / W_Q.shape[1], mask), v)


def _head_root_of_model(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, mask: Tensor) -> Both:
    _, raw, v = _parts(x, W_Q, W_K, W_V)
    return _shared_out(_hide(raw / math.sqrt(x.shape[1]), mask), v)


def _head_root_of_value(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, mask: Tensor) -> Both:
    _, raw, v = _parts(x, W_Q, W_K, W_V)
    return _shared_out(_hide(raw / math.sqrt(v.shape[1]), mask), v)


def _head_root_of_positions(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, mask: Tensor) -> Both:
    _, raw, v = _parts(x, W_Q, W_K, W_V)
    return _shared_out(_hide(raw / math.sqrt(len(x)), mask), v)


def _head_mask_upside_down(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, mask: Tensor) -> Both:
    scores, _, v = _parts(x, W_Q, W_K, W_V)
    return _shared_out(_hide(scores, ~mask), v)


def _head_zero_scores(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, mask: Tensor) -> Both:
    scores, _, v = _parts(x, W_Q, W_K, W_V)
    return _shared_out(scores.masked_fill(~mask, 0.0), v)


def _head_zero_weights(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, mask: Tensor) -> Both:
    scores, _, v = _parts(x, W_Q, W_K, W_V)
    pattern = scores.softmax(dim=-1).masked_fill(~mask, 0.0)
    return pattern @ v, pattern


def _head_own_mask(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, mask: Tensor) -> Both:
    scores, _, v = _parts(x, W_Q, W_K, W_V)
    return _shared_out(_hide(scores, torch.ones_like(mask).tril()), v)


def _head_by_column(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, mask: Tensor) -> Both:
    scores, _, v = _parts(x, W_Q, W_K, W_V)
    pattern = _hide(scores, mask).softmax(dim=0)
    return pattern @ v, pattern


def _head_keys_ask(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, mask: Tensor) -> Both:
    scores, _, v = _parts(x, W_Q, W_K, W_V)
    return _shared_out(_hide(scores.T, mask), v)


def _head_mixes_keys(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, mask: Tensor) -> Both:
    scores, _, _ = _parts(x, W_Q, W_K, W_V)
    return _shared_out(_hide(scores, mask), x @ W_K)


def _head_mixes_x(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, mask: Tensor) -> Both:
    scores, _, _ = _parts(x, W_Q, W_K, W_V)
    return _shared_out(_hide(scores, mask), x)


def _head_pattern_first(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, mask: Tensor) -> Both:
    read, pattern = _head(x, W_Q, W_K, W_V, mask)
    return pattern, read


def _head_gives_scores(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, mask: Tensor) -> Both:
    scores, _, v = _parts(x, W_Q, W_K, W_V)
    return _shared_out(_hide(scores, mask), v)[0], _hide(scores, mask)


def _head_only_reads(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, mask: Tensor) -> Tensor:
    return _head(x, W_Q, W_K, W_V, mask)[0]


def _head_root_after(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, mask: Tensor) -> Both:
    _, raw, v = _parts(x, W_Q, W_K, W_V)
    pattern = _hide(raw, mask).softmax(dim=-1) / math.sqrt(W_Q.shape[1])
    return pattern @ v, pattern


def _head_times_root(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, mask: Tensor) -> Both:
    _, raw, v = _parts(x, W_Q, W_K, W_V)
    return _shared_out(_hide(raw * math.sqrt(W_Q.shape[1]), mask), v)


def _head_by_positions(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, mask: Tensor) -> Both:
    _, raw, v = _parts(x, W_Q, W_K, W_V)
    return _shared_out(_hide(raw / len(x), mask), v)


def _head_turned_pattern(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, mask: Tensor) -> Both:
    scores, _, v = _parts(x, W_Q, W_K, W_V)
    pattern = _hide(scores, mask).softmax(dim=-1)
    return pattern.T @ v, pattern


def _head_values_alone(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, mask: Tensor) -> Both:
    return x @ W_V, _head(x, W_Q, W_K, W_V, mask)[1]


def _head_mixes_queries(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, mask: Tensor) -> Both:
    scores, _, _ = _parts(x, W_Q, W_K, W_V)
    return _shared_out(_hide(scores, mask), x @ W_Q)


def _head_compares_x(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, mask: Tensor) -> Both:
    return _shared_out(_hide(x @ x.T / math.sqrt(x.shape[1]), mask), x @ W_V)


def _head_no_softmax(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, mask: Tensor) -> Both:
    scores, _, v = _parts(x, W_Q, W_K, W_V)
    hidden = _hide(scores, mask)
    return hidden @ v, hidden


def _head_lower_scores(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, mask: Tensor) -> Both:
    scores, _, v = _parts(x, W_Q, W_K, W_V)
    return _shared_out(scores.tril(), v)


def _head_query_twice(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, mask: Tensor) -> Both:
    q, v = x @ W_Q, x @ W_V
    return _shared_out(_hide(q @ q.T / math.sqrt(q.shape[-1]), mask), v)


def _head_small_number(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, mask: Tensor) -> Both:
    scores, _, v = _parts(x, W_Q, W_K, W_V)
    return _shared_out(scores.masked_fill(~mask, -1000.0), v)


def _head_adds_small_number(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, mask: Tensor) -> Both:
    scores, _, v = _parts(x, W_Q, W_K, W_V)
    return _shared_out(scores - 1000.0 * ~mask, v)


def _head_mask_turned(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, mask: Tensor) -> Both:
    scores, _, v = _parts(x, W_Q, W_K, W_V)
    return _shared_out(_hide(scores, mask.T), v)


def _head_over_sum(grown: Tensor, v: Tensor, dim: int = -1) -> Both:
    pattern = grown / grown.sum(dim, keepdim=True)
    return pattern @ v, pattern


def _head_overflows(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, mask: Tensor) -> Both:
    scores, _, v = _parts(x, W_Q, W_K, W_V)
    return _head_over_sum(scores.exp() * mask, v)


def _head_sums_columns(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, mask: Tensor) -> Both:
    scores, _, v = _parts(x, W_Q, W_K, W_V)
    grown = (_hide(scores, mask) - scores.max()).exp()
    pattern = grown / grown.sum(-1)
    return pattern @ v, pattern


def _head_top_of_table(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, mask: Tensor) -> Both:
    scores, _, v = _parts(x, W_Q, W_K, W_V)
    return _head_over_sum((scores - scores.max()).exp() * mask, v)


def _head_reads_masked(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, mask: Tensor) -> Both:
    scores, _, v = _parts(x, W_Q, W_K, W_V)
    pattern = scores.softmax(dim=-1)
    return (pattern * mask) @ v, pattern


def _head_adds_mask(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, mask: Tensor) -> Both:
    scores, _, v = _parts(x, W_Q, W_K, W_V)
    return _shared_out(scores + mask, v)


def _head_hides_after(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, mask: Tensor) -> Both:
    scores, _, v = _parts(x, W_Q, W_K, W_V)
    pattern = _hide(scores.softmax(dim=-1), mask)
    return pattern @ v, pattern


def _head_softmax_twice(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, mask: Tensor) -> Both:
    _, pattern = _head(x, W_Q, W_K, W_V, mask)
    return pattern.softmax(dim=-1) @ (x @ W_V), pattern.softmax(dim=-1)


def _head_divides_reads(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, mask: Tensor) -> Both:
    z, pattern = _head_without_root(x, W_Q, W_K, W_V, mask)
    return z / math.sqrt(W_Q.shape[-1]), pattern


def _head_plus_infinity(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, mask: Tensor) -> Both:
    scores, _, v = _parts(x, W_Q, W_K, W_V)
    return _shared_out(scores.masked_fill(~mask, math.inf), v)


def _head_best_only(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, mask: Tensor) -> Both:
    scores, _, v = _parts(x, W_Q, W_K, W_V)
    pattern = torch.eye(len(x))[_hide(scores, mask).argmax(dim=-1)]
    return pattern @ v, pattern


def _head_logarithms(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, mask: Tensor) -> Both:
    scores = _parts(x, W_Q, W_K, W_V)[0]
    return _head(x, W_Q, W_K, W_V, mask)[0], _hide(scores, mask).log_softmax(dim=-1)


def _head_renormalizes(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, mask: Tensor) -> Both:
    scores, _, v = _parts(x, W_Q, W_K, W_V)
    return _head_over_sum(scores.softmax(dim=-1) * mask, v)


def _head_cases() -> tuple[Case, ...]:
    small = [
        torch.tensor([[1.0, 0.0], [0.0, 2.0]]),
        torch.tensor([[1.0], [2.0]]),
        torch.tensor([[1.0], [1.0]]),
        torch.tensor([[3.0, 0.0, 1.0], [0.0, 1.0, 1.0]]),
    ]
    causal = torch.ones(2, 2, dtype=torch.bool).tril()
    told = "x = [[1, 0], [0, 2]], W_Q = [[1], [2]], W_K = [[1], [1]], máscara causal"
    cases = [Case((*small, causal), told)]
    # Scores que passam de mil: a exponencial crua estoura, e o futuro proibido é o maior deles.
    large = torch.tensor([[30.0, 0.0, 1.0], [0.0, 60.0, 1.0]])
    W = torch.eye(3)[:, :2]
    big = (large, W, W, torch.tensor([[1.0], [2.0], [3.0]]), causal)
    cases.append(Case(big, "scores que passam de mil, máscara causal"))
    # O único score permitido é −2500: um −1000 no lugar de −∞ ganharia dele.
    low = torch.tensor([[60.0, 0.0, 1.0], [0.0, 60.0, 1.0]])
    cases.append(Case((low, W, -W, torch.eye(3), causal), "scores abaixo de menos mil"))
    crossed = torch.tensor([[0.0, 1.0], [1.0, 0.0]])
    cases.append(
        Case((large, W, W @ crossed, torch.eye(3), causal), "o maior score está no futuro")
    )
    generator = torch.Generator().manual_seed(303)
    sizes = [(3, 4, 2, 5), (4, 3, 2, 1), (2, 5, 3, 4), (5, 2, 4, 3), (4, 6, 3, 2), (3, 3, 5, 4)]
    for n_pos, d_model, d_head, d_value in sizes:
        for kind in ("causal", "toda aberta", "sorteada"):
            mask = _mask(kind, n_pos, generator)
            tables = [
                torch.randint(-2, 3, shape, generator=generator) / 2
                for shape in ((n_pos, d_model), *((d_model, w) for w in (d_head, d_head, d_value)))
            ]
            told = (
                f"{n_pos} posições, d_model {d_model}, d_head {d_head}, d_value {d_value}, "
                f"máscara {kind}"
            )
            cases.append(Case((*tables, mask), told))
    return tuple(cases)


def _mask(kind: str, n_pos: int, generator: torch.Generator) -> Tensor:
    everyone = torch.ones(n_pos, n_pos, dtype=torch.bool)
    if kind == "causal":
        return everyone.tril()
    if kind == "toda aberta":
        return everyone
    drawn = torch.rand(n_pos, n_pos, generator=generator) < 0.5
    return drawn | torch.eye(n_pos, dtype=torch.bool)


HEAD = Answer(
    "03.cabeca",
    solution=_head,
    form=_READ_AND_PATTERN,
    wrong={
        "sem_mascara": _head_without_mask,
        "mascara_ao_contrario": _head_mask_upside_down,
        "zero_nos_scores": _head_zero_scores,
        "zero_nos_pesos": _head_zero_weights,
        "mascara_propria": _head_own_mask,
        "sem_raiz": _head_without_root,
        "divide_pela_largura": _head_divides_by_width,
        "raiz_do_modelo": _head_root_of_model,
        "raiz_do_valor": _head_root_of_value,
        "raiz_das_posicoes": _head_root_of_positions,
        "divide_por_posicoes": _head_by_positions,
        "raiz_depois": _head_root_after,
        "vezes_a_raiz": _head_times_root,
        "tril_nos_scores": _head_lower_scores,
        "sem_softmax": _head_no_softmax,
        "softmax_na_coluna": _head_by_column,
        "padrao_virado": _head_turned_pattern,
        "valores_soltos": _head_values_alone,
        "mistura_consultas": _head_mixes_queries,
        "compara_x": _head_compares_x,
        "chave_pergunta": _head_keys_ask,
        "consulta_com_consulta": _head_query_twice,
        "mistura_chaves": _head_mixes_keys,
        "mistura_x": _head_mixes_x,
        "padrao_primeiro": _head_pattern_first,
        "devolve_scores": _head_gives_scores,
        "uma_tabela_so": _head_only_reads,
        "numero_pequeno": _head_small_number,
        "soma_um_numero_pequeno": _head_adds_small_number,
        "mascara_virada": _head_mask_turned,
        "estoura": _head_overflows,
        "soma_das_linhas_nas_colunas": _head_sums_columns,
        "maior_da_tabela": _head_top_of_table,
        "renormaliza": _head_renormalizes,
        "mascara_so_na_leitura": _head_reads_masked,
        "soma_a_mascara": _head_adds_mask,
        "mais_infinito": _head_plus_infinity,
        "so_o_maior": _head_best_only,
        "devolve_logaritmos": _head_logarithms,
        "menos_infinito_depois": _head_hides_after,
        "softmax_duas_vezes": _head_softmax_twice,
        "raiz_na_leitura": _head_divides_reads,
    },
    cases=_head_cases,
)


# --- 03.consulta ---------------------------------------------------------------------------------

Words = list[str]


def _query_weights(traits, labels, asker, wanted, strength):
    """Devolve W_Q: a força na linha de quem pergunta e na coluna do que procura; o resto, zero."""
    W_Q = [[0.0] * len(labels) for _ in traits]
    W_Q[traits.index(asker)][labels.index(wanted)] = strength
    return W_Q


def _turned_over(traits: Words, labels: Words, asker: str, wanted: str, strength: float) -> Table:
    return _query_weights(labels, traits, wanted, asker, strength)


def _roles_swapped(traits: Words, labels: Words, asker: str, wanted: str, strength: float) -> Table:
    return _query_weights(traits, labels, wanted, asker, strength)


def _everyone_asks(traits: Words, labels: Words, asker: str, wanted: str, strength: float) -> Table:
    return [[strength * (label == wanted) for label in labels] for _ in traits]


def _wants_everything(
    traits: Words, labels: Words, asker: str, wanted: str, strength: float
) -> Table:
    return [[strength * (trait == asker)] * len(labels) for trait in traits]


def _strength_of_one(
    traits: Words, labels: Words, asker: str, wanted: str, strength: float
) -> Table:
    return _query_weights(traits, labels, asker, wanted, 1.0)


def _only_the_row(traits: Words, labels: Words, asker: str, wanted: str, strength: float) -> Vector:
    return [strength * (label == wanted) for label in labels]


def _wanted_asks(traits: Words, labels: Words, asker: str, wanted: str, strength: float) -> Table:
    return _query_weights(traits, labels, wanted, wanted, strength)


def _copies_labels(traits: Words, labels: Words, asker: str, wanted: str, strength: float) -> Table:
    return [[strength * (trait == label) for label in labels] for trait in traits]


def _others_repelled(
    traits: Words, labels: Words, asker: str, wanted: str, strength: float
) -> Table:
    W_Q = [[0.0] * len(labels) for _ in traits]
    W_Q[traits.index(asker)] = [strength if one == wanted else -strength for one in labels]
    return W_Q


def _cross(traits: Words, labels: Words, asker: str, wanted: str, strength: float) -> Table:
    return [[strength * (t == asker or w == wanted) for w in labels] for t in traits]


def _always_twelve(traits: Words, labels: Words, asker: str, wanted: str, strength: float) -> Table:
    return _query_weights(traits, labels, asker, wanted, 12.0)


def _one_row_table(traits: Words, labels: Words, asker: str, wanted: str, strength: float) -> Table:
    return _query_weights([asker], labels, asker, wanted, strength)


def _ones_elsewhere(
    traits: Words, labels: Words, asker: str, wanted: str, strength: float
) -> Table:
    return [[strength if (t, w) == (asker, wanted) else 1 for w in labels] for t in traits]


def _square(traits: Words, labels: Words, asker: str, wanted: str, strength: float) -> Table:
    W_Q = [[0.0] * len(traits) for _ in traits]
    W_Q[traits.index(asker)][traits.index(wanted)] = strength
    return W_Q


def _as_wide_as_traits(
    traits: Words, labels: Words, asker: str, wanted: str, strength: float
) -> Table:
    W_Q = [[0.0] * len(traits) for _ in traits]
    W_Q[traits.index(asker)][labels.index(wanted)] = strength
    return W_Q


def _as_tall_as_labels(
    traits: Words, labels: Words, asker: str, wanted: str, strength: float
) -> Table:
    W_Q = [[0.0] * len(labels) for _ in labels]
    W_Q[traits.index(asker)][labels.index(wanted)] = strength
    return W_Q


def _query_cases() -> tuple[Case, ...]:
    fixed: list[tuple[Words, Words, str, str, float]] = [
        (["verbo", "ponto"], ["coisa", "verbo", "ponto"], "ponto", "verbo", 12.0),
        (["artigo", "pessoa", "verbo"], ["pessoa", "verbo"], "verbo", "pessoa", 5.0),
        (["coisa", "artigo"], ["artigo", "coisa"], "coisa", "artigo", -3.0),
        (["lugar", "pessoa", "verbo"], ["verbo", "lugar"], "verbo", "lugar", 0.5),
    ]
    generator = random.Random(305)
    every = ["artigo", "pessoa", "verbo", "coisa", "preposição", "ponto", "lugar"]
    for _ in range(13):
        traits = generator.sample(every, generator.randrange(3, 8))
        asker, wanted = generator.sample(traits, 2)
        others = [one for one in every if one not in (asker, wanted)]
        labels = [asker, wanted, *generator.sample(others, generator.randrange(1, 4))]
        generator.shuffle(labels)
        fixed.append((traits, labels, asker, wanted, generator.randrange(2, 40) / 2))
    return tuple(Case(args) for args in fixed)


QUERY = Answer(
    "03.consulta",
    solution=_query_weights,
    form=_TABLE,
    wrong={
        "tabela_virada": _turned_over,
        "papeis_trocados": _roles_swapped,
        "todos_perguntam": _everyone_asks,
        "procura_tudo": _wants_everything,
        "sem_forca": _strength_of_one,
        "forca_12": _always_twelve,
        "cruz": _cross,
        "um_no_resto": _ones_elsewhere,
        "so_a_linha": _only_the_row,
        "tabela_de_uma_linha": _one_row_table,
        "o_procurado_pergunta": _wanted_asks,
        "e_uma_chave": _copies_labels,
        "afasta_os_outros": _others_repelled,
        "quadrada": _square,
        "colunas_dos_tracos": _as_wide_as_traits,
        "linhas_das_etiquetas": _as_tall_as_labels,
        "todos_menos_esse": lambda traits, labels, asker, wanted, strength: [
            [0 if (t, w) == (asker, wanted) else strength for w in labels] for t in traits
        ],
    },
    cases=_query_cases,
)


# --- 03.leitoras ---------------------------------------------------------------------------------


def _readers(patterns, destination, source):
    """Devolve as cabeças em que o destino tira da origem mais da metade do que lê."""
    found = []
    for number, pattern in enumerate(patterns):
        if pattern[destination, source] > 0.5:
            found.append(number)
    return found


def _readers_swapped(patterns: Tensor, destination: int, source: int) -> list[int]:
    return _readers(patterns, source, destination)


def _half_is_enough(patterns: Tensor, destination: int, source: int) -> list[int]:
    return [n for n, one in enumerate(patterns) if one[destination, source] >= 0.5]


def _most_read_source(patterns: Tensor, destination: int, source: int) -> list[int]:
    return [n for n, one in enumerate(patterns) if int(one[destination].argmax()) == source]


def _first_only(patterns: Tensor, destination: int, source: int) -> list[int]:
    return _readers(patterns, destination, source)[:1]


def _strongest_only(patterns: Tensor, destination: int, source: int) -> list[int]:
    return [int(patterns[:, destination, source].argmax())]


def _yes_and_no(patterns: Tensor, destination: int, source: int) -> list[bool]:
    return [bool(one[destination, source] > 0.5) for one in patterns]


def _gives_weights(patterns: Tensor, destination: int, source: int) -> list[float]:
    return [float(one[destination, source]) for one in patterns]


def _gives_large_weights(patterns: Tensor, destination: int, source: int) -> list[float]:
    return [w for w in _gives_weights(patterns, destination, source) if w > 0.5]


def _from_one(patterns: Tensor, destination: int, source: int) -> list[int]:
    return [number + 1 for number in _readers(patterns, destination, source)]


def _any_destination(patterns: Tensor, destination: int, source: int) -> list[int]:
    return [n for n, one in enumerate(patterns) if one[:, source].max() > 0.5]


def _any_source(patterns: Tensor, destination: int, source: int) -> list[int]:
    return [n for n, one in enumerate(patterns) if one[destination].max() > 0.5]


def _whole_column(patterns: Tensor, destination: int, source: int) -> list[int]:
    return [n for n, one in enumerate(patterns) if one[:, source].sum() > 0.5]


def _above_even(patterns: Tensor, destination: int, source: int) -> list[int]:
    even = 1 / (destination + 1)
    return [n for n, one in enumerate(patterns) if one[destination, source] > even]


def _the_others(patterns: Tensor, destination: int, source: int) -> list[int]:
    return [n for n, one in enumerate(patterns) if one[destination, source] < 0.5]


def _counts_heads(patterns: Tensor, destination: int, source: int) -> int:
    return len(_readers(patterns, destination, source))


def _column_mean(patterns: Tensor, destination: int, source: int) -> list[int]:
    return [n for n, one in enumerate(patterns) if one[:, source].mean() > 0.5]


def _up_to_source(patterns: Tensor, destination: int, source: int) -> list[int]:
    return [n for n, one in enumerate(patterns) if one[destination, : source + 1].sum() > 0.5]


def _reads_itself(patterns: Tensor, destination: int, source: int) -> list[int]:
    return _readers(patterns, destination, destination)


def _head_in_the_middle(patterns: Tensor, destination: int, source: int) -> list[int]:
    return [n for n in range(len(patterns)) if patterns[destination, n, source] > 0.5]


def _head_at_the_end(patterns: Tensor, destination: int, source: int) -> list[int]:
    return [n for n in range(len(patterns)) if patterns[destination, source, n] > 0.5]


def _any_weight(patterns: Tensor, destination: int, source: int) -> list[int]:
    return [n for n, one in enumerate(patterns) if one[destination, source] > 0]


def _first_turn(patterns: Tensor, destination: int, source: int) -> list[int]:
    return _readers(patterns[:1], destination, source)


def _rounded(patterns: Tensor, destination: int, source: int) -> list[int]:
    return [n for n, one in enumerate(patterns) if round(float(one[destination, source]), 1) > 0.5]


def _readers_cases() -> tuple[Case, ...]:
    two = torch.tensor([[[1.0, 0.0], [0.25, 0.75]], [[0.5, 0.5], [0.75, 0.25]]])
    told = "cabeça 0: [[1, 0], [0.25, 0.75]]; cabeça 1: [[0.5, 0.5], [0.75, 0.25]]; "
    cases = [
        Case((two, 1, 0), f"{told}destino 1, origem 0"),
        Case((two, 0, 1), f"{told}destino 0, origem 1"),
        Case((two, 1, 1), f"{told}destino 1, origem 1"),
    ]
    # Metade não é mais da metade; e o maior da linha pode ter menos da metade.
    even = torch.tensor([[[0.5, 0.5, 0.0], [0.4, 0.3, 0.3], [0.5, 0.25, 0.25]]])
    for destination, source in ((0, 0), (0, 1), (1, 0), (2, 0)):
        cases.append(Case((even, destination, source), "um padrão com metades exatas"))
    barely = torch.tensor([[[0.52, 0.48], [0.46, 0.54]], [[0.45, 0.55], [0.505, 0.495]]])
    for destination, source in ((0, 0), (0, 1), (1, 0), (1, 1)):
        cases.append(Case((barely, destination, source), "pesos perto da metade"))
    generator = torch.Generator().manual_seed(307)
    for number in range(14):
        n_heads, n_pos = 2 + number % 5, 2 + number % 4
        scores = 4 * torch.randn(n_heads, n_pos, n_pos, generator=generator)
        if number % 2:
            future = torch.ones(n_pos, n_pos, dtype=torch.bool).triu(1)
            scores = scores.masked_fill(future, -math.inf)
        destination, source = torch.randint(n_pos, (2,), generator=generator).tolist()
        told = f"{n_heads} padrões de {n_pos} posições, destino {destination}, origem {source}"
        cases.append(Case((scores.softmax(-1), destination, source), told))
    return tuple(cases)


READERS = Answer(
    "03.leitoras",
    solution=_readers,
    form=Form("sequence", (Form("int"),), label="uma lista de números de cabeças"),
    wrong={
        "linha_e_coluna_trocadas": _readers_swapped,
        "metade_basta": _half_is_enough,
        "a_mais_lida": _most_read_source,
        "so_a_primeira": _first_only,
        "so_a_mais_forte": _strongest_only,
        "sim_e_nao": _yes_and_no,
        "devolve_pesos": _gives_weights,
        "pesos_grandes": _gives_large_weights,
        "conta_de_um": _from_one,
        "qualquer_destino": _any_destination,
        "qualquer_origem": _any_source,
        "soma_a_coluna": _whole_column,
        "mais_que_o_acaso": _above_even,
        "um_numero": _counts_heads,
        "as_outras": _the_others,
        "media_da_coluna": _column_mean,
        "ate_a_origem": _up_to_source,
        "le_de_si": _reads_itself,
        "cabeca_no_meio": _head_in_the_middle,
        "cabeca_no_fim": _head_at_the_end,
        "qualquer_peso": _any_weight,
        "so_a_primeira_volta": _first_turn,
        "arredonda_antes": _rounded,
        "linha_de_cima": lambda patterns, destination, source: _readers(
            patterns, destination - 1, source
        ),
    },
    cases=_readers_cases,
)


# --- 03.larguras, 03.parametros, 03.forca --------------------------------------------------------

_SIX = Form("sequence", (Form("int"),), length=6, label="seis números inteiros")
_COUNT = Form("int", label="um número inteiro")


def _smallest_strength() -> int:
    """Menor força inteira com que `entregou` dá mais de 99 % a `João`, com d_head = 4."""
    strength = 0
    while True:
        power = math.exp(strength / math.sqrt(4))
        if power / (power + 2) > 0.99:
            return strength
        strength += 1


WIDTHS = Answer(
    "03.larguras",
    solution=(3, 5, 9, 9, 5, 10),
    form=_SIX,
    wrong={
        "valor_igual_a_chave": (3, 3, 9, 9, 3, 6),
        "cola_chaves": (3, 5, 9, 9, 5, 6),
        "saida_com_largura_da_chave": (3, 5, 9, 9, 3, 6),
        "divide_o_modelo": (8, 8, 9, 9, 8, 16),
        "scores_com_largura": (3, 5, 9, 3, 5, 10),
        "nao_cola": (3, 5, 9, 9, 5, 5),
        "linhas_de_w": (16, 16, 9, 9, 5, 10),
    },
    code="""
# W_Q, W_V; linhas e colunas dos scores; a saída; as duas saídas coladas
my_sizes_solution = (3, 5, 9, 9, 5, 2 * 5)
""",
)

PARAMETERS = Answer(
    "03.parametros",
    solution=1088,
    form=_COUNT,
    wrong={
        "sem_vies": 1024,
        "sem_a_saida": 816,
        "tres_matrizes": 768,
        "vezes_as_cabecas": 2176,
        "um_vies_so": 1040,
        "uma_projecao": 272,
        "uma_matriz": 256,
        "so_os_vieses": 64,
        "falta_um_vies": 1072,
        "uma_cabeca_so": 544,
        "soma_em_vez_de_multiplicar": 192,
        "vies_do_tamanho_da_matriz": 2048,
        "faltam_dois_vieses": 1056,
        "sobra": range(1089, 10**9),
        "falta": range(1, 1088),
    },
    code="my_count_solution = 4 * (16 * 16 + 16)",
)

STRENGTH = Answer(
    "03.forca",
    solution=_smallest_strength(),
    form=_COUNT,
    wrong={
        "sem_raiz": 6,
        "esquece_de_si": 10,
        "nao_e_a_menor": 12,
        "divide_por_d": 22,
        "arredonda_para_menos": 5,
        "um_a_menos_duas_vezes": 9,
        "divide_de_novo": 3,
        "para_na_exponencial": 198,
        "um_a_menos_por_d": 21,
        "forte_demais": range(13, 10**9),
        "fraca_demais": range(11),
    },
    code="""
import math

my_strength_solution = 0
while math.exp(my_strength_solution / 2) / (math.exp(my_strength_solution / 2) + 2) <= 0.99:
    my_strength_solution += 1
""",
)
