"""Respostas da lição 04: a solução, os enganos e os casos de cada exercício."""

import math
import random
from collections.abc import Callable
from math import sqrt, tanh

import torch
from torch import Tensor

from helpers.exercises.catalog import Answer, Case, Form

# --- 04.softmax ----------------------------------------------------------------------------------

_NUMBERS = Form("sequence", (Form("number"),), label="uma lista de números")


def _softmax(scores: list[float], temperature: float) -> list[float]:
    """Devolve os pesos: positivos, com soma 1, sem estourar."""
    import math

    top = max(scores)
    grown = [math.exp((score - top) / temperature) for score in scores]
    total = sum(grown)
    return [part / total for part in grown]


def _naive(scores: list[float], temperature: float) -> list[float]:
    grown = [math.exp(score / temperature) for score in scores]
    return [part / sum(grown) for part in grown]


def _naive_tensor(scores: list[float], temperature: float) -> torch.Tensor:
    grown = (torch.tensor(scores, dtype=torch.float64) / temperature).exp()
    return grown / grown.sum()


def _no_temperature(scores: list[float], temperature: float) -> list[float]:
    return _softmax(scores, 1.0)


def _times_temperature(scores: list[float], temperature: float) -> list[float]:
    return _softmax(scores, 1 / temperature)


def _temperature_after(scores: list[float], temperature: float) -> list[float]:
    return [weight / temperature for weight in _softmax(scores, 1.0)]


def _not_normalized(scores: list[float], temperature: float) -> list[float]:
    top = max(scores)
    return [math.exp((score - top) / temperature) for score in scores]


def _no_exponential(scores: list[float], temperature: float) -> list[float]:
    low = min(scores)
    moved = [(score - low) / temperature for score in scores]
    total = sum(moved) or 1.0
    return [part / total for part in moved]


def _plain_shares(scores: list[float], temperature: float) -> list[float]:
    scaled = [score / temperature for score in scores]
    return [part / sum(scaled) for part in scaled]


def _winner_takes_all(scores: list[float], temperature: float) -> list[float]:
    best = scores.index(max(scores))
    return [float(i == best) for i in range(len(scores))]


Line = Callable[[list[float]], float]


def _minus(chosen: Line) -> Callable[[list[float], float], list[float]]:
    """Uma resposta que tira de cada score outro número, e não o maior."""

    def answer(scores: list[float], temperature: float) -> list[float]:
        moved = [(score - chosen(scores)) / temperature for score in scores]
        grown = [math.exp(score) for score in moved]
        return [part / sum(grown) for part in grown]

    return answer


def _minus_divided(scores: list[float], temperature: float) -> list[float]:
    top = max(scores) / temperature
    grown = [math.exp(score - top) for score in scores]
    return [part / sum(grown) for part in grown]


def _upside_down(scores: list[float], temperature: float) -> list[float]:
    top = max(scores)
    grown = [math.exp((top - score) / temperature) for score in scores]
    return [part / sum(grown) for part in grown]


def _top_of_the_undivided(scores: list[float], temperature: float) -> list[float]:
    top = max(scores)
    grown = [math.exp(score / temperature - top) for score in scores]
    return [part / sum(grown) for part in grown]


def _running_total(scores: list[float], temperature: float) -> list[float]:
    top, total, weights = max(scores), 0.0, []
    for score in scores:
        part = math.exp((score - top) / temperature)
        total += part
        weights.append(part / total)
    return weights


def _clamped(scores: list[float], temperature: float) -> list[float]:
    return _naive([min(score, 700.0 * temperature) for score in scores], temperature)


def _over_the_top(scores: list[float], temperature: float) -> list[float]:
    return _naive([score / (max(scores) or 1.0) for score in scores], temperature)


def _gaps_only(scores: list[float], temperature: float) -> list[float]:
    return [(score - max(scores)) / temperature for score in scores]


def _logarithms(scores: list[float], temperature: float) -> list[float]:
    gaps = _gaps_only(scores, temperature)
    return [gap - math.log(sum(map(math.exp, gaps))) for gap in gaps]


def _base_two(scores: list[float], temperature: float) -> list[float]:
    return _softmax([score * math.log(2) for score in scores], temperature)


def _whole_division(scores: list[float], temperature: float) -> list[float]:
    top = max(scores)
    return _softmax([(score - top) // temperature for score in scores], 1.0)


def _softmax_cases() -> tuple[Case, ...]:
    fixed: list[tuple[list[float], float]] = [
        ([2.0, 1.0, 0.0], 1.0),
        ([1000.0, 999.0], 1.0),
        ([-1000.0, -1001.0, -1003.0], 1.0),
        ([2.0, 1.0, 0.0], 0.5),
        ([2.0, 1.0, 0.0], 4.0),
        ([7.0], 2.0),
        ([-50.0, -50.0, -50.0], 1.0),
        # Tirar outro número que não o maior ainda estoura: a média, o menor, uma ponta, o de maior
        # módulo.
        ([3000.0, 0.0, 0.0], 1.0),
        ([0.0, 1000.0], 1.0),
        ([0.0, 1000.0, 0.0], 1.0),
        ([-2000.0, 0.0], 1.0),
        ([-2000.0, 0.0, -1500.5], 2.0),
        ([2000.0, 1998.0], 2.0),  # o maior também se divide pela temperatura
    ]
    generator = random.Random(401)
    for _ in range(20):
        size = generator.randrange(2, 7)
        scores = [round(generator.uniform(-6, 6), 2) for _ in range(size)]
        fixed.append((scores, generator.choice((0.5, 1.0, 2.0, 3.0))))
    return tuple(Case(args) for args in fixed)


SOFTMAX = Answer(
    "04.softmax",
    solution=_softmax,
    form=_NUMBERS,
    wrong={
        "ingenuo": _naive,
        "ingenuo_nan": _naive_tensor,
        "sem_temperatura": _no_temperature,
        "multiplica": _times_temperature,
        "temperatura_depois": _temperature_after,
        "sem_dividir_pela_soma": _not_normalized,
        "sem_exponencial": _no_exponential,
        "proporcoes_simples": _plain_shares,
        "so_o_maior": _winner_takes_all,
        "tira_o_menor": _minus(min),
        "tira_o_primeiro": _minus(lambda scores: scores[0]),
        "tira_a_media": _minus(lambda scores: sum(scores) / len(scores)),
        "maior_menos_score": _upside_down,
        "maior_sem_temperatura": _top_of_the_undivided,
        "soma_pela_metade": _running_total,
        "corta_em_700": _clamped,
        "divide_pelo_maior_score": _over_the_top,
        "para_na_diferenca": _gaps_only,
        "devolve_logaritmos": _logarithms,
        "base_dois": _base_two,
        "divisao_inteira": _whole_division,
        "temperatura_ao_quadrado": lambda scores, temperature: _softmax(scores, temperature**2),
        "raiz_da_temperatura": lambda scores, temperature: _softmax(scores, sqrt(temperature)),
        "temperatura_so_no_maior": _minus_divided,
    },
    cases=_softmax_cases,
    tolerance=1e-5,
)


# --- 04.escala, 04.passos ------------------------------------------------------------------------

_SPREAD = Form("sequence", (Form("number"),), 4, "quatro números")
_STEPS = Form("sequence", (Form("int"),), 3, "três inteiros")

SCALE = Answer(
    "04.escala",
    solution=(64, 8, 1, 3),
    form=_SPREAD,
    wrong={
        "sempre_um": (64, 8, 1, 1),
        "divide_a_variancia": (64, 8, 8, 24),
        "nove": (64, 8, 1, 9),
        "desvio_e_variancia": (8, 64, 1, 3),
        "soma_sem_raiz": (64, 64, 8, 24),
        "ultimo_sem_dividir": (64, 8, 1, 24),
        "tres_e_variancia": (64, 8, 1, sqrt(3)),
        "divide_por_64": (64, 8, 0.125, 0.375),
        "uma_parcela_so": (1, 1, 0.125, 0.375),
        "soma_as_variancias": (128, sqrt(128), sqrt(2), sqrt(10)),
        "soma_ao_quadrado": (4096, 64, 8, 24),
    },
    tolerance=1e-3,
    code="""
from math import sqrt

variance = 64 * 1 * 1
deviation = sqrt(variance)
my_spread_solution = (variance, deviation, deviation / sqrt(64), sqrt(64 * 9 * 1) / sqrt(64))
""",
)

STEPS = Answer(
    "04.passos",
    solution=(127, 1, 43),
    form=_STEPS,
    wrong={
        "conta_os_tokens": (128, 1, 43),
        "janela_recua_quatro": (127, 1, 32),
        "arredonda_para_baixo": (127, 1, 42),
        "atencao_tambem_anda": (127, 127, 43),
        "janela_nao_alcanca": (127, 1, 127),
        "tokens_sobre_a_janela": (128, 1, 32),
        "conta_os_do_meio": (126, 1, 42),
        "nenhuma_passagem": (127, 0, 43),
        "uma_camada_a_mais": (127, 1, 44),
    },
    code="""
from math import ceil

distance = 128 - 1
my_steps_solution = (distance, 1, ceil(distance / (4 - 1)))
""",
)


# --- 04.jacobiano --------------------------------------------------------------------------------

_ROWS = Form("sequence", (Form("sequence", (Form("number"),)),), label="uma lista de linhas")
Matrix = list[list[float]]


def _jacobian(weights: list[float]) -> list[list[float]]:
    """Devolve a tabela das derivadas: linha, o peso; coluna, o score que se mexe."""
    size = range(len(weights))
    return [[weights[i] * ((i == j) - weights[j]) for j in size] for i in size]


def _diagonal(weights: list[float]) -> Matrix:
    full = _jacobian(weights)
    return [[full[i][j] if i == j else 0.0 for j in range(len(full))] for i in range(len(full))]


def _plus(weights: list[float]) -> Matrix:
    return [[abs(value) for value in row] for row in _jacobian(weights)]


def _no_factor(weights: list[float]) -> Matrix:
    size = range(len(weights))
    return [[(i == j) - weights[j] for j in size] for i in size]


def _outer_only(weights: list[float]) -> Matrix:
    return [[-a * b for b in weights] for a in weights]


def _identity_minus(weights: list[float]) -> Matrix:
    size = range(len(weights))
    return [[(i == j) - weights[i] * weights[j] for j in size] for i in size]


def _softmax_again(weights: list[float]) -> Matrix:
    return _jacobian(_softmax(weights, 1.0))


def _no_delta_at_all(weights: list[float]) -> Matrix:
    return [[a * (1 - b) for b in weights] for a in weights]


def _one_factor_outside(weights: list[float]) -> Matrix:
    size = range(len(weights))
    return [[weights[i] * (1 - weights[i]) if i == j else -weights[j] for j in size] for i in size]


def _twice_the_square(weights: list[float]) -> Matrix:
    return _on_the_diagonal(weights, lambda p: p - 2 * p * p)


def _weight_itself(weights: list[float]) -> Matrix:
    return _on_the_diagonal(weights, lambda p: p)


def _on_the_diagonal(weights: list[float], own: Callable[[float], float]) -> Matrix:
    size = range(len(weights))
    return [[own(weights[i]) if i == j else -weights[i] * weights[j] for j in size] for i in size]


def _minus_the_row(weights: list[float]) -> Matrix:
    size = range(len(weights))
    return [[weights[i] * (1 - weights[i]) if i == j else -weights[i] for j in size] for i in size]


def _compares_values(weights: list[float]) -> Matrix:
    return [[a * (1 - b) if a == b else -a * b for b in weights] for a in weights]


def _delta_times_weight(weights: list[float]) -> Matrix:
    size = range(len(weights))
    return [[weights[i] * (i == j) - weights[j] for j in size] for i in size]


def _jacobian_cases() -> tuple[Case, ...]:
    fixed = [[0.5, 0.5], [1.0], [1.0, 0.0, 0.0], [0.25] * 4, [0.9, 0.1]]
    generator = random.Random(404)
    for _ in range(13):
        parts = [generator.randrange(1, 9) for _ in range(generator.randrange(2, 5))]
        fixed.append([part / sum(parts) for part in parts])
    return tuple(Case((weights,)) for weights in fixed)


JACOBIAN = Answer(
    "04.jacobiano",
    solution=_jacobian,
    form=_ROWS,
    wrong={
        "so_a_diagonal": _diagonal,
        "sinal_trocado": _plus,
        "sem_o_fator": _no_factor,
        "sem_o_delta": _outer_only,
        "delta_solto": _identity_minus,
        "softmax_de_novo": _softmax_again,
        "delta_sempre_1": _no_delta_at_all,
        "fora_um_fator_so": _one_factor_outside,
        "tira_o_quadrado_duas_vezes": _twice_the_square,
        "diagonal_sem_o_quadrado": _weight_itself,
        "so_o_peso_da_linha": _minus_the_row,
        "compara_os_valores": _compares_values,
        "fator_so_no_delta": _delta_times_weight,
        "identidade": lambda weights: [
            [float(i == j) for j in range(len(weights))] for i in range(len(weights))
        ],
        "delta_invertido": lambda weights: [
            [a * ((i != j) - b) for j, b in enumerate(weights)] for i, a in enumerate(weights)
        ],
        "soma_os_dois_pesos": lambda weights: [
            [a * (1 - a) if i == j else -a - b for j, b in enumerate(weights)]
            for i, a in enumerate(weights)
        ],
        "quadrado_na_diagonal": lambda weights: _on_the_diagonal(weights, lambda p: p * p),
        "peso_da_coluna": lambda weights: [
            [b * ((i == j) - b) for j, b in enumerate(weights)] for i in range(len(weights))
        ],
    },
    cases=_jacobian_cases,
    tolerance=1e-5,
)


# --- 04.mascara ----------------------------------------------------------------------------------


def _causal_weights(scores: list[list[float]]) -> list[list[float]]:
    """Devolve os pesos de cada linha, com o futuro escondido."""
    import math

    weights = []
    for i, row in enumerate(scores):
        allowed = row[: i + 1]
        top = max(allowed)
        grown = [math.exp(score - top) for score in allowed]
        total = sum(grown)
        weights.append([part / total for part in grown] + [0.0] * (len(row) - i - 1))
    return weights


def _table(scores: list[list[float]]) -> tuple[torch.Tensor, torch.Tensor]:
    table = torch.tensor(scores, dtype=torch.float64)
    return table, torch.ones(len(table), len(table), dtype=torch.bool).tril()


def _no_mask(scores: list[list[float]]) -> torch.Tensor:
    return _table(scores)[0].softmax(-1)


def _zero_scores(scores: list[list[float]]) -> torch.Tensor:
    table, past = _table(scores)
    return table.masked_fill(~past, 0.0).softmax(-1)


def _zero_weights(scores: list[list[float]]) -> torch.Tensor:
    table, past = _table(scores)
    return table.softmax(-1).masked_fill(~past, 0.0)


def _reversed_mask(scores: list[list[float]]) -> torch.Tensor:
    table, past = _table(scores)
    return table.masked_fill(~past.T, -torch.inf).softmax(-1)


def _without_itself(scores: list[list[float]]) -> torch.Tensor:
    table, past = _table(scores)
    return table.masked_fill(~past.tril(-1), -torch.inf).softmax(-1)


def _one_ahead(scores: list[list[float]]) -> torch.Tensor:
    table, _ = _table(scores)
    near = torch.ones(len(table), len(table), dtype=torch.bool).tril(1)
    return table.masked_fill(~near, -torch.inf).softmax(-1)


def _columns(scores: list[list[float]]) -> torch.Tensor:
    table, past = _table(scores)
    return table.masked_fill(~past, -torch.inf).softmax(0)


def _whole_table(scores: list[list[float]]) -> torch.Tensor:
    table, past = _table(scores)
    return table.masked_fill(~past, -torch.inf).flatten().softmax(0).view_as(table)


def _renormalizes(scores: list[list[float]]) -> torch.Tensor:
    weights = _table(scores)[0].softmax(-1).tril()
    return weights / weights.sum(-1, keepdim=True)


def _rows(scores: list[list[float]], top: Callable[[list[float], int], float]) -> Matrix:
    """Os pesos de cada linha, tirando antes da exponencial o que `top` escolher."""
    weights = []
    for i, row in enumerate(scores):
        grown = [math.exp(score - top(row, i)) for score in row[: i + 1]]
        weights.append([part / sum(grown) for part in grown] + [0.0] * (len(row) - i - 1))
    return weights


def _straight_exponential(scores: list[list[float]]) -> Matrix:
    return _rows(scores, lambda row, i: 0.0)


def _straight_exponential_of_tensors(scores: list[list[float]]) -> torch.Tensor:
    grown = _table(scores)[0].exp().tril()
    return grown / grown.sum(-1, keepdim=True)


def _top_of_the_future(scores: list[list[float]]) -> Matrix:
    return _rows(scores, lambda row, i: max(row))


def _small_number(scores: list[list[float]]) -> torch.Tensor:
    table, past = _table(scores)
    return table.masked_fill(~past, -100.0).softmax(-1)


def _hides_the_past(scores: list[list[float]]) -> torch.Tensor:
    table, past = _table(scores)
    return table.masked_fill(past, -torch.inf).softmax(-1)


def _no_exponential_at_all(scores: list[list[float]]) -> Matrix:
    rows = [row[: i + 1] + [0.0] * (len(row) - i - 1) for i, row in enumerate(scores)]
    return [[score / (sum(row) or 1.0) for score in row] for row in rows]


def _only_the_mask(scores: list[list[float]]) -> torch.Tensor:
    return _table(scores)[1].int()


def _all_alike(scores: list[list[float]]) -> torch.Tensor:
    past = _table(scores)[1].double()
    return past / past.sum(-1, keepdim=True)


def _ragged(scores: list[list[float]]) -> Matrix:
    return [row[: i + 1] for i, row in enumerate(_causal_weights(scores))]


def _minus_a_thousand(scores: list[list[float]]) -> torch.Tensor:
    table, past = _table(scores)
    return table.masked_fill(~past, -1000.0).softmax(-1)


def _minus_ten(scores: list[list[float]]) -> torch.Tensor:
    table, past = _table(scores)
    return table.masked_fill(~past, -10.0).softmax(-1)


def _root_again(scores: list[list[float]]) -> torch.Tensor:
    table, past = _table(scores)
    return (table / sqrt(len(table))).masked_fill(~past, -torch.inf).softmax(-1)


def _turned_table(scores: list[list[float]]) -> torch.Tensor:
    table, past = _table(scores)
    return table.T.masked_fill(~past, -torch.inf).softmax(-1)


def _two_at_most(scores: list[list[float]]) -> torch.Tensor:
    table, past = _table(scores)
    return table.masked_fill(~past.triu(-1), -torch.inf).softmax(-1)


def _nan_to_zero(scores: list[list[float]]) -> torch.Tensor:
    return _without_itself(scores).nan_to_num(0.0)


def _masks_cases() -> tuple[Case, ...]:
    fixed = [
        [[1.0, 0.0, 0.0], [1.0, 1.0, 0.0], [0.0, 2.0, 1.0]],
        [[3.0]],
        [[0.0, 5.0], [5.0, 0.0]],
        [[-4.0, 9.0, 9.0], [-4.0, -4.0, 9.0], [-4.0, -5.0, -6.0]],
        [[0.0, 1000.0], [0.0, 0.0]],  # nem um score enorme no futuro muda um peso
        [[1000.0, 0.0], [999.0, 1000.0]],
        [[-1000.0, 0.0], [-1000.5, -1000.0]],  # um −100 no lugar de −∞ ganharia destes
        [[-1000.0, 1000.0, 0.0], [0.0, -1000.0, 1000.0], [2.5, -1000.0, 2.5]],
        [[-3000.0, 2000.0], [1.0, 0.0]],  # nem um −1000, posto ou somado
    ]
    generator = random.Random(402)
    for _ in range(16):
        size = generator.randrange(2, 5)
        fixed.append(
            [[round(generator.uniform(-3, 3), 1) for _ in range(size)] for _ in range(size)]
        )
    return tuple(Case((scores,)) for scores in fixed)


MASK = Answer(
    "04.mascara",
    solution=_causal_weights,
    form=_ROWS,
    wrong={
        "sem_mascara": _no_mask,
        "zera_os_scores": _zero_scores,
        "zera_os_pesos": _zero_weights,
        "ao_contrario": _reversed_mask,
        "sem_a_diagonal": _without_itself,
        "uma_a_mais": _one_ahead,
        "nas_colunas": _columns,
        "tabela_inteira": _whole_table,
        "renormaliza": _renormalizes,
        "estoura": _straight_exponential,
        "estoura_nan": _straight_exponential_of_tensors,
        "maior_do_futuro": _top_of_the_future,
        "numero_pequeno": _small_number,
        "todos_por_igual": _all_alike,
        "esconde_o_permitido": _hides_the_past,
        "sem_exponencial": _no_exponential_at_all,
        "so_a_mascara": _only_the_mask,
        "nao_completa": _ragged,
        "menos_mil": _minus_a_thousand,
        "menos_dez": _minus_ten,
        "raiz_a_mais": _root_again,
        "tabela_virada": _turned_table,
        "nan_vira_zero": _nan_to_zero,
        "so_de_si": lambda scores: torch.eye(len(scores)),
        "so_duas": _two_at_most,
    },
    cases=_masks_cases,
    tolerance=1e-5,
)


# --- 04.vazamento --------------------------------------------------------------------------------

Outputs = list[list[float]]
Run = Callable[[list[int]], Outputs]
Leaks = Callable[[Run, list[int], int, int], object]
SMALLEST = 1e-5  # a diferença que o cartão manda contar


def _leaks(run, tokens: list[int], place: int, new: int) -> list[int]:
    """Devolve as posições antes de `place` cuja saída muda quando o token dali vira `new`."""
    changed = list(tokens)
    changed[place] = new
    before, after = run(tokens), run(changed)
    moved = []
    for i in range(place):
        gaps = [abs(a - b) for a, b in zip(after[i], before[i], strict=True)]
        if max(gaps) > 1e-5:
            moved.append(i)
    return moved


def _swapped(tokens: list[int], place: int, new: int) -> list[int]:
    return [new if i == place else token for i, token in enumerate(tokens)]


def _moved(one: list[float], other: list[float]) -> bool:
    return max(abs(a - b) for a, b in zip(one, other, strict=True)) > SMALLEST


def _listing(keep: Callable[[int, int, int], bool]) -> Leaks:
    """Uma resposta que olha outras posições: `keep(i, place, n)` diz quais."""

    def answer(run: Run, tokens: list[int], place: int, new: int) -> list[int]:
        before, after = run(tokens), run(_swapped(tokens, place, new))
        n = len(tokens)
        return [i for i in range(n) if keep(i, place, n) and _moved(before[i], after[i])]

    return answer


def _comparing(differ: Callable[[list[float], list[float]], bool]) -> Leaks:
    """Uma resposta que compara de outro jeito as saídas de antes e de depois."""

    def answer(run: Run, tokens: list[int], place: int, new: int) -> list[int]:
        before, after = run(tokens), run(_swapped(tokens, place, new))
        return [i for i in range(place) if differ(before[i], after[i])]

    return answer


def _changing(change: Callable[[list[int], int, int], list[int]]) -> Leaks:
    """Uma resposta que muda a frase de outro jeito."""

    def answer(run: Run, tokens: list[int], place: int, new: int) -> list[int]:
        before, after = run(tokens), run(change(tokens, place, new))
        return [i for i in range(place) if _moved(before[i], after[i])]

    return answer


def _always_the_last(run: Run, tokens: list[int], place: int, new: int) -> list[int]:
    return _leaks(run, tokens, len(tokens) - 1, new)


def _marks(run: Run, tokens: list[int], place: int, new: int) -> list[int]:
    moved = _leaks(run, tokens, place, new)
    return [int(i in moved) for i in range(place)]


def _unmoved(run: Run, tokens: list[int], place: int, new: int) -> list[int]:
    moved = _leaks(run, tokens, place, new)
    return [i for i in range(place) if i not in moved]


def _from_the_end(run: Run, tokens: list[int], place: int, new: int) -> list[int]:
    return _leaks(run, tokens, place, new)[::-1]


def _same_sentence_twice(run: Run, tokens: list[int], place: int, new: int) -> list[int]:
    return []


def _place_from_one(run: Run, tokens: list[int], place: int, new: int) -> list[int]:
    return _leaks(run, tokens, place - 1, new)


def _first_turn(run: Run, tokens: list[int], place: int, new: int) -> list[int] | None:
    before, after = run(tokens), run(_swapped(tokens, place, new))
    for i in range(place):
        return [i] if _moved(before[i], after[i]) else []
    return None


def _tokens_instead(run: Run, tokens: list[int], place: int, new: int) -> list[int]:
    return [tokens[i] for i in _leaks(run, tokens, place, new)]


def _gaps(run: Run, tokens: list[int], place: int, new: int) -> list[float]:
    before, after = run(tokens), run(_swapped(tokens, place, new))
    pairs = zip(before[:place], after[:place], strict=True)
    return [max(abs(a - b) for a, b in zip(*pair, strict=True)) for pair in pairs]


def _counted_from_one(run: Run, tokens: list[int], place: int, new: int) -> list[int]:
    return [i + 1 for i in _leaks(run, tokens, place, new)]


def _reads(source: Callable[[list[int], int], list[float]]) -> Run:
    """Um modelo de brinquedo: a saída da posição i é `source(tokens, i)`."""

    def run(tokens: list[int]) -> Outputs:
        return [source(tokens, i) for i in range(len(tokens))]

    return run


def _next(tokens: list[int], i: int, step: int = 1) -> int:
    return tokens[min(i + step, len(tokens) - 1)]


_FUTURE: dict[str, Run] = {
    "cada saída traz o token seguinte": _reads(lambda t, i: [float(t[i]), float(_next(t, i))]),
    "cada saída soma o passado": _reads(lambda t, i: [float(sum(t[: i + 1])), 1.0]),
    "cada saída é a média da frase": _reads(lambda t, i: [sum(t) / len(t), float(t[i])]),
    "o seguinte entra com sinais trocados": _reads(
        lambda t, i: [2.0 * _next(t, i), float(t[i]), -2.0 * _next(t, i)]
    ),
    "o seguinte só entra no segundo número": _reads(lambda t, i: [float(t[i]), _next(t, i) / 8]),
    "o seguinte entra com sinal de menos": _reads(lambda t, i: [-float(_next(t, i)), 0.0]),
    "o seguinte entra bem pequeno": _reads(lambda t, i: [t[i] / 100 + 2e-4 * _next(t, i)]),
    "só arredondamento, em muitos números": _reads(
        lambda t, i: [4e-7 * _next(t, i), -4e-7 * _next(t, i)] * 20
    ),
    "só arredondamento": _reads(lambda t, i: [t[i] + 1e-7 * _next(t, i), 3.0]),
    "só as posições ímpares leem adiante": _reads(
        lambda t, i: [float(t[i]), float(_next(t, i, 2)) if i % 2 else 0.0]
    ),
    "todas leem o último": _reads(lambda t, i: [float(t[-1]), float(t[i])]),
    "cada saída conta os iguais a ela até ali": _reads(
        lambda t, i: [float(t[: i + 1].count(t[i]))]
    ),
    "a saída depende de quantos tokens há": _reads(lambda t, i: [float(len(t)), float(t[i])]),
    "cada saída traz o maior da frase": _reads(lambda t, i: [float(max(t)), float(t[0])]),
    # Mudanças de 0,00001 para cima, que a média de muitos números, ou a conta relativa, não vê.
    "um número, entre vinte, muda pouco": _reads(
        lambda t, i: [float(t[i]), 4e-6 * _next(t, i), *[0.5] * 18]
    ),
    "vinte números mudam pouco, juntos": _reads(lambda t, i: [8e-6 * _next(t, i)] * 20),
    "saídas grandes mudam pouco": _reads(lambda t, i: [1000.0 + t[i], 900 + 1e-4 * _next(t, i)]),
    "saídas quase nulas, só arredondamento": _reads(lambda t, i: [1e-7 * _next(t, i), 0.0]),
    "só a primeira lê o resto": _reads(lambda t, i: [float(sum(t)) if i == 0 else float(t[i])]),
}


def _leaks_cases() -> tuple[Case, ...]:
    runs = list(_FUTURE.items())
    fixed = [
        ("cada saída traz o token seguinte", [5, 2, 7], 2, 4),
        ("cada saída soma o passado", [5, 2, 7, 1], 2, 4),
        ("cada saída é a média da frase", [3, 1, 4, 1, 5], 3, 9),
        ("cada saída é a média da frase", [3, 1, 4], 0, 9),
        ("cada saída é a média da frase", [3, 1, 4], 2, 4),
        ("todas leem o último", [6, 2, 8, 3, 1], 2, 5),
        ("todas leem o último", [6, 2, 8, 3, 1], 4, 5),
        ("o seguinte entra com sinais trocados", [2, 6, 4, 8], 3, 0),
        ("o seguinte entra com sinal de menos", [2, 6, 4, 8], 2, 9),
        ("o seguinte entra com sinal de menos", [2, 6, 4, 8], 2, 1),
        ("só arredondamento", [2, 6, 4, 8], 3, 1),
        ("só arredondamento, em muitos números", [2, 6, 4, 8], 3, 1),
        ("o seguinte entra bem pequeno", [2, 6, 4, 8], 3, 1),
        ("um número, entre vinte, muda pouco", [2, 6, 4, 8], 3, 1),
        ("vinte números mudam pouco, juntos", [2, 6, 4, 8], 3, 1),
        ("saídas grandes mudam pouco", [2, 6, 4, 8], 3, 1),
        ("saídas quase nulas, só arredondamento", [2, 6, 4, 8], 3, 1),
        ("o seguinte só entra no segundo número", [7, 7, 7, 7], 2, 0),
        ("cada saída conta os iguais a ela até ali", [4, 4, 4, 2], 2, 3),
        ("cada saída traz o maior da frase", [1, 2, 3, 2], 1, 7),
    ]
    generator = random.Random(408)
    for name, _ in runs + runs[::3]:
        tokens = [generator.randrange(9) for _ in range(generator.randrange(4, 9))]
        place = generator.randrange(1, len(tokens))
        fixed.append((name, tokens, place, generator.randrange(9, 14)))
    return tuple(
        Case((_FUTURE[name], tokens, place, new), f"run, {tokens}, {place}, {new}  # {name}")
        for name, tokens, place, new in fixed
    )


LEAKS = Answer(
    "04.vazamento",
    solution=_leaks,
    form=Form("sequence", (Form("int"),), label="uma lista de posições"),
    wrong={
        "conta_a_propria": _listing(lambda i, place, n: i <= place),
        "conta_todas": _listing(lambda i, place, n: True),
        "conta_as_de_depois": _listing(lambda i, place, n: i >= place),
        "menos_a_propria": _listing(lambda i, place, n: i != place),
        "pula_a_vizinha": _listing(lambda i, place, n: i < place - 1),
        "so_as_seguintes": _listing(lambda i, place, n: i > place),
        "so_a_vizinha": _listing(lambda i, place, n: i == place - 1),
        "pula_a_primeira": _listing(lambda i, place, n: 0 < i < place),
        "igualdade_exata": _comparing(lambda one, other: one != other),
        "sem_modulo": _comparing(
            lambda one, other: max(b - a for a, b in zip(one, other, strict=True)) > SMALLEST
        ),
        "so_quando_diminui": _comparing(
            lambda one, other: max(a - b for a, b in zip(one, other, strict=True)) > SMALLEST
        ),
        "limite_grande": _comparing(
            lambda one, other: max(abs(a - b) for a, b in zip(one, other, strict=True)) > 0.05
        ),
        "so_o_primeiro_numero": _comparing(lambda one, other: _moved(one[:1], other[:1])),
        "so_a_soma": _comparing(lambda one, other: abs(sum(one) - sum(other)) > SMALLEST),
        "soma_dos_modulos": _comparing(
            lambda one, other: sum(abs(a - b) for a, b in zip(one, other, strict=True)) > SMALLEST
        ),
        "todos_os_numeros": _comparing(
            lambda one, other: min(abs(a - b) for a, b in zip(one, other, strict=True)) > SMALLEST
        ),
        "troca_o_ultimo": _always_the_last,
        "troca_o_resto": _changing(lambda t, place, new: t[:place] + [new] * (len(t) - place)),
        "troca_os_iguais": _changing(
            lambda t, place, new: [new if token == t[place] else token for token in t]
        ),
        "insere": _changing(lambda t, place, new: [*t[:place], new, *t[place:]]),
        "encurta": _changing(lambda t, place, new: t[:place]),
        "troca_a_anterior": _changing(lambda t, place, new: _swapped(t, max(place - 1, 0), new)),
        "place_de_um": _place_from_one,
        "para_na_primeira": _first_turn,
        "os_tokens": _tokens_instead,
        "as_diferencas": _gaps,
        "uns_e_zeros": _marks,
        "as_que_ficaram": _unmoved,
        "de_tras_para_a_frente": _from_the_end,
        "conta_de_um": _counted_from_one,
        "sempre_vazia": _same_sentence_twice,
        "media_dos_modulos": _comparing(
            lambda one, other: (
                sum(abs(a - b) for a, b in zip(one, other, strict=True)) / len(one) > SMALLEST
            )
        ),
        "diferenca_relativa": _comparing(
            lambda one, other: any(
                abs(a - b) > 1e-8 + 1e-5 * abs(b) for a, b in zip(one, other, strict=True)
            )
        ),
        "limite_de_um_milesimo": _comparing(
            lambda one, other: max(abs(a - b) for a, b in zip(one, other, strict=True)) > 1e-3
        ),
        "limite_dez_vezes_maior": _comparing(
            lambda one, other: max(abs(a - b) for a, b in zip(one, other, strict=True)) > 1e-4
        ),
        "so_o_ultimo_numero": _comparing(lambda one, other: _moved(one[-1:], other[-1:])),
    },
    cases=_leaks_cases,
)


# --- 04.suspeitos --------------------------------------------------------------------------------

SUSPECTS = Answer(
    "04.suspeitos",
    solution=(0, 24, 0, 6, 45),
    form=Form("sequence", (Form("int"),), 5, "cinco inteiros"),
    wrong={
        "so_o_ultimo": (0, 3, 0, 0, 9),
        "so_o_vizinho": (0, 9, 0, 1, 45),
        "conta_a_propria": (9, 33, 9, 15, 54),
        "conta_todas": (45, 69, 45, 51, 90),
        "cada_uma_uma_vez": (0, 9, 0, 3, 9),
        "sim_ou_nao": (0, 1, 0, 1, 1),
        "falta_o_ultimo": (0, 21, 0, 6, 36),
        "tres_sempre": (0, 27, 0, 6, 45),
        "so_as_de_depois": (45, 45, 45, 45, 45),
    },
    code="""
import torch

from helpers.studies.leaks import suspects
from helpers.studies.thread import load_thread

thread = load_thread()
ids, other = thread.ids, thread.tokenizer.encode(" deu")[0]
my_leak_counts_solution = []
for run in suspects(thread).values():
    before, total = torch.tensor(run(ids)), 0
    for place in range(1, len(ids)):
        after = torch.tensor(run([*ids[:place], other, *ids[place + 1 :]]))
        total += int(((after - before).abs().amax(-1) > 1e-5)[:place].sum())
    my_leak_counts_solution.append(total)
""",
)


# --- 04.atencao ----------------------------------------------------------------------------------


def _attention(
    q: list[list[float]], k: list[list[float]], v: list[list[float]]
) -> list[list[float]]:
    """Devolve uma saída por consulta: a média dos valores que ela pode ler."""
    from math import exp, sqrt

    outputs = []
    for i, query in enumerate(q):
        scores = [
            sum(a * b for a, b in zip(query, key, strict=True)) / sqrt(len(query))
            for key in k[: i + 1]
        ]
        grown = [exp(score - max(scores)) for score in scores]
        weights = [part / sum(grown) for part in grown]
        columns = zip(*v[: i + 1], strict=True)
        outputs.append([sum(w * x for w, x in zip(weights, c, strict=True)) for c in columns])
    return outputs


Steps = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]


def _with(steps: Steps) -> Callable[[Matrix, Matrix, Matrix], Tensor]:
    """Uma resposta feita de tensores: recebe q, k, v e o que é passado."""

    def answer(q: Matrix, k: Matrix, v: Matrix) -> Tensor:
        tensors = [torch.tensor(part, dtype=torch.float64) for part in (q, k, v)]
        return steps(*tensors, torch.ones(len(q), len(q), dtype=torch.bool).tril())

    return answer


def _hide(scores: Tensor, past: Tensor) -> Tensor:
    return scores.masked_fill(~past, -torch.inf)


WRONG: dict[str, Steps] = {
    "sem_raiz": lambda q, k, v, past: _hide(q @ k.T, past).softmax(-1) @ v,
    "divide_por_d": lambda q, k, v, past: _hide(q @ k.T / q.shape[1], past).softmax(-1) @ v,
    "raiz_do_valor": lambda q, k, v, past: _hide(q @ k.T / sqrt(v.shape[1]), past).softmax(-1) @ v,
    "raiz_do_comprimento": lambda q, k, v, past: (
        _hide(q @ k.T / sqrt(len(q)), past).softmax(-1) @ v
    ),
    "sem_mascara": lambda q, k, v, past: (q @ k.T / sqrt(q.shape[1])).softmax(-1) @ v,
    "sem_softmax": lambda q, k, v, past: (q @ k.T / sqrt(q.shape[1])).masked_fill(~past, 0.0) @ v,
    "trocou_q_e_k": lambda q, k, v, past: _hide(k @ q.T / sqrt(q.shape[1]), past).softmax(-1) @ v,
    "softmax_nas_colunas": lambda q, k, v, past: (
        _hide(q @ k.T / sqrt(q.shape[1]), past).softmax(0) @ v
    ),
    "devolve_os_pesos": lambda q, k, v, past: _hide(q @ k.T / sqrt(q.shape[1]), past).softmax(-1),
    "multiplica_pela_raiz": lambda q, k, v, past: (
        _hide(q @ k.T * sqrt(q.shape[1]), past).softmax(-1) @ v
    ),
    "raiz_no_fim": lambda q, k, v, past: _hide(q @ k.T, past).softmax(-1) @ v / sqrt(q.shape[1]),
    "zera_os_scores": lambda q, k, v, past: (
        (q @ k.T / sqrt(q.shape[1])).masked_fill(~past, 0.0).softmax(-1) @ v
    ),
    "zera_os_pesos": lambda q, k, v, past: (
        (q @ k.T / sqrt(q.shape[1])).softmax(-1).masked_fill(~past, 0.0) @ v
    ),
    "numero_pequeno": lambda q, k, v, past: (
        (q @ k.T / sqrt(q.shape[1])).masked_fill(~past, -100.0).softmax(-1) @ v
    ),
    "menos_mil": lambda q, k, v, past: (
        (q @ k.T / sqrt(q.shape[1])).masked_fill(~past, -1000.0).softmax(-1) @ v
    ),
    "uma_a_mais": lambda q, k, v, past: (
        _hide(q @ k.T / sqrt(q.shape[1]), past | past.roll(1, 1).tril(1)).softmax(-1) @ v
    ),
    "sem_a_diagonal": lambda q, k, v, past: (
        _hide(q @ k.T / sqrt(q.shape[1]), past.tril(-1)).softmax(-1) @ v
    ),
    "devolve_os_scores": lambda q, k, v, past: q @ k.T / sqrt(q.shape[1]),
    "todos_por_igual": lambda q, k, v, past: (past / past.sum(-1, keepdim=True)).double() @ v,
    "pesos_deitados": lambda q, k, v, past: (
        _hide(q @ k.T / sqrt(q.shape[1]), past).softmax(-1).T @ v
    ),
    "ve_o_resto": lambda q, k, v, past: _hide(q @ k.T / sqrt(q.shape[1]), past.T).softmax(-1) @ v,
    "mistura_consultas": lambda q, k, v, past: (
        _hide(q @ k.T / sqrt(q.shape[1]), past).softmax(-1) @ q
    ),
    "consulta_com_consulta": lambda q, k, v, past: (
        _hide(q @ q.T / sqrt(q.shape[1]), past).softmax(-1) @ v
    ),
    "raiz_da_tabela_toda": lambda q, k, v, past: (
        _hide(q @ k.T / sqrt(q.numel()), past).softmax(-1) @ v
    ),
    "soma_o_proprio_valor": lambda q, k, v, past: (
        _hide(q @ k.T / sqrt(q.shape[1]), past).softmax(-1) @ v + v
    ),
    "so_o_maior": lambda q, k, v, past: v[_hide(q @ k.T, past).argmax(-1)],
    "soma_dos_valores": lambda q, k, v, past: v.cumsum(0),
    "so_duas": lambda q, k, v, past: (
        _hide(q @ k.T / sqrt(q.shape[1]), past.triu(-1)).softmax(-1) @ v
    ),
    "mistura_chaves": lambda q, k, v, past: _hide(q @ k.T / sqrt(q.shape[1]), past).softmax(-1) @ k,
    "sem_repartir": lambda q, k, v, past: _hide(q @ k.T / sqrt(q.shape[1]), past).exp() @ v,
    "so_antes_dela": lambda q, k, v, past: (
        _hide(q @ k.T / sqrt(q.shape[1]), past.tril(-1)).softmax(-1).nan_to_num(0.0) @ v
    ),
    "estoura_nan": lambda q, k, v, past: _without_top((q @ k.T / sqrt(q.shape[1])).exp(), past) @ v,
}


def _without_top(grown: Tensor, past: Tensor) -> Tensor:
    return grown * past / (grown * past).sum(-1, keepdim=True)


def _overflows(q: Matrix, k: Matrix, v: Matrix) -> Matrix:
    outputs = []
    for i, query in enumerate(q):
        pairs = [zip(query, key, strict=True) for key in k[: i + 1]]
        grown = [math.exp(sum(a * b for a, b in pair) / sqrt(len(query))) for pair in pairs]
        columns = zip(*v[: i + 1], strict=True)
        outputs.append([_sum(grown, list(column)) / sum(grown) for column in columns])
    return outputs


def _width_of_query(q: Matrix, k: Matrix, v: Matrix) -> Matrix:
    outputs = _attention(q, k, v)
    return [
        [output[i] for i in range(len(query))] for output, query in zip(outputs, q, strict=True)
    ]


def _attention_cases() -> tuple[Case, ...]:
    identity = [[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]]
    fixed: list[tuple[Matrix, Matrix, Matrix]] = [
        (identity, identity, [[1.0, 2.0], [3.0, 5.0]]),
        ([[2.0, 1.0]], [[1.0, 1.0]], [[7.0, 8.0, 9.0]]),
        ([[0.0, 0.0]] * 3, [[1.0, 2.0]] * 3, [[3.0], [0.0], [6.0]]),
        # Scores de mil: a exponencial estoura sem tirar o maior, e um −100 não esconde o futuro.
        ([[40.0]], [[40.0]], [[1.0, -2.0]]),
        ([[50.0], [50.0]], [[-20.0], [20.0]], [[1.0], [-3.0]]),
        ([[-50.0], [50.0]], [[20.0], [-20.0]], [[1.0], [-3.0]]),
    ]
    generator = random.Random(403)

    def rows(n: int, width: int) -> Matrix:
        return [[generator.randrange(-8, 13) / 4 for _ in range(width)] for _ in range(n)]

    for number in range(15):
        n, width, out = generator.randrange(2, 6), generator.randrange(2, 5), 1 + number % 5
        fixed.append((rows(n, width), rows(n, width), rows(n, out)))
    return tuple(Case(args) for args in fixed)


ATTENTION = Answer(
    "04.atencao",
    solution=_attention,
    form=_ROWS,
    wrong={name: _with(steps) for name, steps in WRONG.items()}
    | {"estoura": _overflows, "largura_da_consulta": _width_of_query},
    cases=_attention_cases,
    tolerance=1e-5,
)


# --- 04.aditiva ----------------------------------------------------------------------------------

Vector = list[float]


def _additive(
    query: list[float],
    keys: list[list[float]],
    w_query: list[list[float]],
    w_key: list[list[float]],
    w: list[float],
) -> list[float]:
    """Devolve um score por chave: w · tanh(query W_query + chave W_key)."""
    from math import tanh

    def project(vector, matrix):
        columns = zip(*matrix, strict=True)
        return [sum(a * b for a, b in zip(vector, c, strict=True)) for c in columns]

    asked, scores = project(query, w_query), []
    for key in keys:
        hidden = [tanh(a + b) for a, b in zip(asked, project(key, w_key), strict=True)]
        scores.append(sum(a * b for a, b in zip(w, hidden, strict=True)))
    return scores


def _project(vector: Vector, matrix: Matrix) -> Vector:
    return [sum(a * b for a, b in zip(vector, c, strict=True)) for c in zip(*matrix, strict=True)]


def _sum(w: Vector, hidden: Vector) -> float:
    return sum(a * b for a, b in zip(w, hidden, strict=True))


def _pairs(query: Vector, keys: Matrix, w_query: Matrix, w_key: Matrix) -> list:
    asked = _project(query, w_query)
    return [list(zip(asked, _project(key, w_key), strict=True)) for key in keys]


def _no_tanh(query: Vector, keys: Matrix, w_query: Matrix, w_key: Matrix, w: Vector) -> Vector:
    return [_sum(w, [a + b for a, b in pair]) for pair in _pairs(query, keys, w_query, w_key)]


def _outside(query: Vector, keys: Matrix, w_query: Matrix, w_key: Matrix, w: Vector) -> Vector:
    return [tanh(score) for score in _no_tanh(query, keys, w_query, w_key, w)]


def _each(query: Vector, keys: Matrix, w_query: Matrix, w_key: Matrix, w: Vector) -> Vector:
    pairs = _pairs(query, keys, w_query, w_key)
    return [_sum(w, [tanh(a) + tanh(b) for a, b in pair]) for pair in pairs]


def _product(query: Vector, keys: Matrix, w_query: Matrix, w_key: Matrix, w: Vector) -> Vector:
    pairs = _pairs(query, keys, w_query, w_key)
    return [sum(a * b for a, b in pair) for pair in pairs]


def _no_query(query: Vector, keys: Matrix, w_query: Matrix, w_key: Matrix, w: Vector) -> Vector:
    return [_sum(w, [tanh(b) for b in _project(key, w_key)]) for key in keys]


def _no_w(query: Vector, keys: Matrix, w_query: Matrix, w_key: Matrix, w: Vector) -> Vector:
    pairs = _pairs(query, keys, w_query, w_key)
    return [sum(tanh(a + b) for a, b in pair) for pair in pairs]


def _w_inside(query: Vector, keys: Matrix, w_query: Matrix, w_key: Matrix, w: Vector) -> Vector:
    pairs = _pairs(query, keys, w_query, w_key)
    return [sum(tanh((a + b) * one) for (a, b), one in zip(pair, w, strict=True)) for pair in pairs]


def _only_keys(query: Vector, keys: Matrix, w_query: Matrix, w_key: Matrix, w: Vector) -> Vector:
    return [_sum(w, [a + tanh(b) for a, b in p]) for p in _pairs(query, keys, w_query, w_key)]


def _weights(query: Vector, keys: Matrix, w_query: Matrix, w_key: Matrix, w: Vector) -> Vector:
    return _softmax(_additive(query, keys, w_query, w_key, w), 1.0)


def _subtracts(query: Vector, keys: Matrix, w_query: Matrix, w_key: Matrix, w: Vector) -> Vector:
    pairs = _pairs(query, keys, w_query, w_key)
    return [_sum(w, [tanh(a - b) for a, b in pair]) for pair in pairs]


def _hidden_with(
    join: Callable[[float, float], float],
) -> Callable[[Vector, Matrix, Matrix, Matrix, Vector], Vector]:
    def answer(query: Vector, keys: Matrix, w_query: Matrix, w_key: Matrix, w: Vector) -> Vector:
        pairs = _pairs(query, keys, w_query, w_key)
        return [_sum(w, [join(a, b) for a, b in pair]) for pair in pairs]

    return answer


def _lying_down(query: Vector, keys: Matrix, w_query: Matrix, w_key: Matrix, w: Vector) -> Vector:
    def project(vector: Vector, matrix: Matrix) -> Vector:
        return [sum(a * b for a, b in zip(vector, row, strict=False)) for row in matrix]

    asked = project(query, w_query)
    return [
        sum(c * tanh(a + b) for c, a, b in zip(w, asked, project(key, w_key), strict=False))
        for key in keys
    ]


def _query_grows(query: Vector, keys: Matrix, w_query: Matrix, w_key: Matrix, w: Vector) -> Vector:
    hidden, scores = _project(query, w_query), []
    for key in keys:
        hidden = [a + b for a, b in zip(hidden, _project(key, w_key), strict=True)]
        scores.append(_sum(w, [tanh(a) for a in hidden]))
    return scores


def _side_by_side(query: Vector, keys: Matrix, w_query: Matrix, w_key: Matrix, w: Vector) -> Vector:
    asked = _project(query, w_query)
    return [
        sum(a * tanh(b) for a, b in zip(w, asked + _project(key, w_key), strict=False))
        for key in keys
    ]


def _additive_cases() -> tuple[Case, ...]:
    generator = random.Random(407)

    def rows(n: int, width: int) -> Matrix:
        return [[generator.randrange(-4, 5) / 4 for _ in range(width)] for _ in range(n)]

    cases = [Case(([1.0], [[1.0], [0.0]], [[1.0]], [[1.0]], [2.0]))]
    for _ in range(17):
        d_query, d_key, d_hidden = (generator.randrange(1, 4) for _ in range(3))
        query, w = rows(1, d_query)[0], rows(1, d_hidden)[0]
        keys = rows(generator.randrange(1, 4), d_key)
        cases.append(Case((query, keys, rows(d_query, d_hidden), rows(d_key, d_hidden), w)))
    return tuple(cases)


ADDITIVE = Answer(
    "04.aditiva",
    solution=_additive,
    form=_NUMBERS,
    wrong={
        "sem_tanh": _no_tanh,
        "tanh_no_fim": _outside,
        "tanh_separada": _each,
        "produto": _product,
        "sem_consulta": _no_query,
        "sem_w": _no_w,
        "w_dentro": _w_inside,
        "tanh_so_na_chave": _only_keys,
        "devolve_os_pesos": _weights,
        "subtrai": _subtracts,
        "multiplica_as_projecoes": _hidden_with(lambda a, b: tanh(a * b)),
        "sigmoide": _hidden_with(lambda a, b: 1 / (1 + math.exp(-a - b))),
        "relu": _hidden_with(lambda a, b: max(0.0, a + b)),
        "tangente_comum": _hidden_with(lambda a, b: math.tan(a + b)),
        "matriz_deitada": _lying_down,
        "consulta_acumulada": _query_grows,
        "lado_a_lado": _side_by_side,
        "soma_w": lambda query, keys, w_query, w_key, w: [
            sum(c + tanh(a + b) for c, (a, b) in zip(w, pair, strict=True))
            for pair in _pairs(query, keys, w_query, w_key)
        ],
        "so_o_primeiro_numero": lambda query, keys, w_query, w_key, w: [
            w[0] * tanh(sum(pair[0])) for pair in _pairs(query, keys, w_query, w_key)
        ],
        "soma_antes_da_tangente": lambda query, keys, w_query, w_key, w: [
            tanh(sum(map(sum, pair))) for pair in _pairs(query, keys, w_query, w_key)
        ],
    },
    cases=_additive_cases,
    tolerance=1e-5,
)


# --- 04.janela -----------------------------------------------------------------------------------


def _window_scores(n: int, window: int) -> int:
    """Devolve quantos pares de posições têm score."""
    return sum(min(i + 1, window) for i in range(n))


def _window_cases() -> tuple[Case, ...]:
    # Até 200 posições: uma resposta recursiva também cabe.
    fixed = [(4, 2), (1, 1), (3, 5), (6, 6), (10, 1), (200, 64), (2, 9), (5, 4)]
    generator = random.Random(406)
    for _ in range(14):
        fixed.append((generator.randrange(2, 40), generator.randrange(1, 12)))
    return tuple(Case(args) for args in fixed)


WINDOW = Answer(
    "04.janela",
    solution=_window_scores,
    form=Form("int"),
    wrong={
        "esquece_o_comeco": lambda n, window: n * window,
        "tabela_cheia": lambda n, window: n * n,
        "so_causal": lambda n, window: n * (n + 1) // 2,
        "sem_si_mesma": lambda n, window: sum(min(i, window) for i in range(n)),
        "janela_mais_um": lambda n, window: sum(min(i + 1, window + 1) for i in range(n)),
        "dos_dois_lados": lambda n, window: sum(
            min(n, i + window) - max(0, i - window + 1) for i in range(n)
        ),
        "janela_menos_um": lambda n, window: sum(min(i + 1, window - 1) for i in range(n)),
        "so_as_cheias": lambda n, window: max(0, n - window + 1) * window,
        "supoe_janela_menor": lambda n, window: n * window - window * (window - 1) // 2,
        "o_maior_dos_dois": lambda n, window: sum(max(i + 1, window) for i in range(n)),
        "quadrado_da_janela": lambda n, window: n * min(n, window),
        "a_menor_das_contas": lambda n, window: min(n * window, n * (n + 1) // 2),
        "so_a_ultima_posicao": lambda n, window: min(n, window),
        "triangulo_e_tudo": lambda n, window: n * window + window * (window + 1) // 2,
        "uma_linha_a_menos": lambda n, window: (
            (n - window - 1) * window + window * (window + 1) // 2
        ),
        "fim_de_fora": lambda n, window: sum(
            len(range(max(0, i - window + 1), i)) for i in range(n)
        ),
    },
    cases=_window_cases,
)


# --- 04.mensagens --------------------------------------------------------------------------------

Edges = list[tuple[int, int, float]]


def _messages(values, edges):
    """Devolve, nó por nó, a soma das mensagens que chegam a ele."""
    received = [[0.0 for _ in vector] for vector in values]
    for target, source, weight in edges:
        for place, number in enumerate(values[source]):
            received[target][place] += weight * number
    return received


def _to_the_source(values: Matrix, edges: Edges) -> Matrix:
    return _messages(values, [(source, target, weight) for target, source, weight in edges])


def _own_vector(values: Matrix, edges: Edges) -> Matrix:
    return _messages(values, [(target, target, weight) for target, _, weight in edges])


def _plus_own(values: Matrix, edges: Edges) -> Matrix:
    return _messages(values, [*edges, *((node, node, 1.0) for node in range(len(values)))])


def _in_line(values: Matrix, edges: Edges) -> Matrix:
    received = [list(vector) for vector in values]
    for target, source, weight in edges:
        read = list(received[source])
        for place, number in enumerate(read):
            received[target][place] += weight * number
    return received


def _reads_what_arrived(values: Matrix, edges: Edges) -> Matrix:
    received = [[0.0 for _ in vector] for vector in values]
    for target, source, weight in edges:
        read = received[source] if any(received[source]) else values[source]
        received[target] = [a + weight * b for a, b in zip(received[target], read, strict=True)]
    return received


def _last_message(values: Matrix, edges: Edges) -> Matrix:
    received = [[0.0 for _ in vector] for vector in values]
    for target, source, weight in edges:
        received[target] = [weight * number for number in values[source]]
    return received


def _mean_message(values: Matrix, edges: Edges) -> Matrix:
    arrows = [sum(target == node for target, _, _ in edges) for node in range(len(values))]
    rows = zip(_messages(values, edges), arrows, strict=True)
    return [[number / max(1, count) for number in row] for row, count in rows]


def _renormalized(values: Matrix, edges: Edges) -> Matrix:
    totals = [sum(w for target, _, w in edges if target == node) for node in range(len(values))]
    rows = zip(_messages(values, edges), totals, strict=True)
    return [[number / (total or 1.0) for number in row] for row, total in rows]


def _silent_keeps(values: Matrix, edges: Edges) -> Matrix:
    readers = {target for target, _, _ in edges}
    rows = enumerate(zip(_messages(values, edges), values, strict=True))
    return [new if node in readers else list(old) for node, (new, old) in rows]


def _one_arrow_each(values: Matrix, edges: Edges) -> Matrix:
    once = {(target, source): weight for target, source, weight in edges}
    return _messages(values, [(*pair, weight) for pair, weight in once.items()])


def _strongest(values: Matrix, edges: Edges) -> Matrix:
    chosen: dict[int, tuple[int, int, float]] = {}
    for edge in edges:
        if edge[0] not in chosen or edge[2] > chosen[edge[0]][2]:
            chosen[edge[0]] = edge
    return _messages(values, list(chosen.values()))


def _messages_cases() -> tuple[Case, ...]:
    generator = random.Random(410)
    cases = [
        Case(([[1.0, 2.0], [3.0, 4.0]], [(1, 0, 0.5), (1, 1, 0.5)])),
        Case(([[1.0], [2.0], [4.0]], [(0, 2, 0.25), (2, 1, 1.0)])),
        Case(([[2.0, -1.0]], [])),
        Case(([[1.0], [10.0]], [(0, 1, 0.5), (0, 1, 0.25), (1, 0, 2.0)])),
    ]
    for _ in range(14):
        nodes, width = generator.randrange(2, 5), generator.randrange(1, 4)
        values = [[generator.randrange(-8, 9) / 4 for _ in range(width)] for _ in range(nodes)]
        edges = []
        for _ in range(generator.randrange(2, 8)):
            ends = generator.randrange(nodes), generator.randrange(nodes)
            edges.append((*ends, generator.randrange(-2, 8) / 8))
        cases.append(Case((values, edges)))
    return tuple(cases)


MESSAGES = Answer(
    "04.mensagens",
    solution=_messages,
    form=Form("sequence", (Form("sequence", (Form("number"),)),), label="um vetor por nó"),
    wrong={
        "entrega_a_quem_e_lido": _to_the_source,
        "le_a_si_mesmo": _own_vector,
        "sem_peso": lambda values, edges: _messages(values, [(t, s, 1.0) for t, s, _ in edges]),
        "soma_o_proprio": _plus_own,
        "um_de_cada_vez": _in_line,
        "le_o_que_ja_chegou": _reads_what_arrived,
        "so_a_ultima_seta": _last_message,
        "media_das_mensagens": _mean_message,
        "reparte_de_novo": _renormalized,
        "quem_nada_recebe_fica": _silent_keeps,
        "uma_seta_por_par": _one_arrow_each,
        "so_a_mais_forte": _strongest,
        "so_o_passado": lambda values, edges: _messages(
            values, [edge for edge in edges if edge[1] <= edge[0]]
        ),
        "sem_o_proprio": lambda values, edges: _messages(
            values, [edge for edge in edges if edge[1] != edge[0]]
        ),
        "so_pesos_positivos": lambda values, edges: _messages(
            values, [edge for edge in edges if edge[2] > 0]
        ),
        "so_os_pesos": lambda values, edges: _messages([[1.0] * len(v) for v in values], edges),
    },
    cases=_messages_cases,
)
