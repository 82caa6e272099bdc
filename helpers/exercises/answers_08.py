"""Respostas da lição 08: a solução, os enganos e os casos de cada exercício."""

import math
import random
from collections.abc import Callable

import torch
from torch import Tensor

from helpers.exercises.catalog import Answer, Case, Form

# --- 08.sorteio ----------------------------------------------------------------------------------


def _draw(probs: list[float], u: float) -> int:
    """Devolve o token em cuja faixa `u` caiu; passado o fim da régua, o último que tem faixa."""
    total = 0.0
    last = 0
    for token, prob in enumerate(probs):
        total += prob
        if u < total:
            return token
        if prob > 0:
            last = token
    return last


def _greedy(probs: list[float], u: float) -> int:
    return max(range(len(probs)), key=probs.__getitem__)


def _own_width(probs: list[float], u: float) -> int:
    return next((i for i, prob in enumerate(probs) if prob > u), len(probs) - 1)


def _closed_end(probs: list[float], u: float) -> int:
    total = 0.0
    for token, prob in enumerate(probs):
        total += prob
        if u <= total:
            return token
    return len(probs) - 1


def _same_width(probs: list[float], u: float) -> int:
    return int(u * len(probs))


def _nearest(probs: list[float], u: float) -> int:
    return min(range(len(probs)), key=lambda token: abs(probs[token] - u))


def _sorted_first(probs: list[float], u: float) -> int:
    return _draw(sorted(probs, reverse=True), u)


def _prob_itself(probs: list[float], u: float) -> float:
    return probs[_draw(probs, u)]


def _from_one(probs: list[float], u: float) -> int:
    return _draw(probs, u) + 1


def _one_too_far(probs: list[float], u: float) -> int:
    return min(_draw(probs, u) + 1, len(probs) - 1)


def _largest_first(probs: list[float], u: float) -> int:
    order = sorted(range(len(probs)), key=lambda token: -probs[token])
    return order[_draw([probs[token] for token in order], u)]


def _no_way_out(probs: list[float], u: float) -> int | None:
    total = 0.0
    for token, prob in enumerate(probs):
        total += prob
        if u < total:
            return token
    return None


def _beyond_the_list(probs: list[float], u: float) -> int:
    found = _no_way_out(probs, u)
    return len(probs) if found is None else found


def _last_even_if_zero(probs: list[float], u: float) -> int:
    found = _no_way_out(probs, u)
    return len(probs) - 1 if found is None else found


def _minus_one_at_the_end(probs: list[float], u: float) -> int:
    found = _no_way_out(probs, u)
    return -1 if found is None else found


def _own_start(probs: list[float], u: float) -> int:
    total = 0.0
    for token, prob in enumerate(probs):
        if u < total:
            return token
        total += prob
    return len(probs) - 1


def _draw_cases() -> tuple[Case, ...]:
    fixed = [
        ([0.5, 0.25, 0.25], 0.0),
        ([0.5, 0.25, 0.25], 0.5),
        ([0.5, 0.25, 0.25], 0.9),
        ([0.125, 0.125, 0.75], 0.2),
        ([0.125, 0.125, 0.75], 0.25),
        ([0.0, 1.0], 0.0),
        ([0.25, 0.0, 0.75], 0.25),
        ([1.0], 0.999),
        # Somados um a um, dez décimos dão 0,9999999999999999.
        ([0.1] * 10, 0.9999999999999999),
        ([0.0, *[0.1] * 10, 0.0, 0.0], 0.9999999999999999),
        ([0.0, 0.0, 0.5, 0.0, 0.5, 0.0], 0.0),
        ([0.0, 0.0, 0.5, 0.0, 0.5, 0.0], 0.5),
    ]
    generator = random.Random(801)
    while len(fixed) < 30:
        # Larguras em oitavos e pontos em dezesseis avos: as somas são exatas, até nas beiradas.
        cuts = sorted(generator.randrange(9) for _ in range(3))
        widths = [b - a for a, b in zip([0, *cuts], [*cuts, 8], strict=True)]
        fixed.append(([width / 8 for width in widths], generator.randrange(16) / 16))
    return tuple(Case(args) for args in fixed)


DRAW = Answer(
    "08.sorteio",
    solution=_draw,
    form=Form("int", label="a posição de um token"),
    wrong={
        "guloso": _greedy,
        "largura_no_lugar_do_fim": _own_width,
        "beirada_direita": _closed_end,
        "faixas_iguais": _same_width,
        "mais_perto": _nearest,
        "ordena_antes": _sorted_first,
        "um_adiante": _one_too_far,
        "comeco_da_faixa": _own_start,
        "em_outra_ordem": _largest_first,
        "sem_saida": _no_way_out,
        "passa_da_lista": _beyond_the_list,
        "ultimo_sem_faixa": _last_even_if_zero,
        "menos_um_no_fim": _minus_one_at_the_end,
        "a_propria_probabilidade": _prob_itself,
        "conta_do_um": _from_one,
        "de_tras_para_a_frente": lambda probs, u: len(probs) - 1 - _draw(probs[::-1], u),
        "pula_os_nulos": lambda probs, u: _draw([p for p in probs if p], u),
    },
    cases=_draw_cases,
)


# --- 08.temperatura, 08.leituras -----------------------------------------------------------------

TEMPERATURE = Answer(
    "08.temperatura",
    solution=(16, 2),
    form=Form("sequence", (Form("number"),), length=2, label="a razão com T = 0,5 e com T = 2"),
    wrong={
        "divide_a_razao": (8, 2),
        "trocado": (2, 16),
        "nada_muda": (4, 4),
        "multiplica_a_razao": (2, 8),
        "so_esfria": (16, 4),
        "a_probabilidade": (16 / 17, 2 / 3),
    },
    code="""
my_ratios_solution = tuple(round(4 ** (1 / t), 9) for t in (0.5, 2))
""",
    tolerance=5e-3,
)

READINGS = Answer(
    "08.leituras",
    solution=(430, 31),
    form=Form(
        "sequence", (Form("int"),), length=2, label="o número de posições lidas, sem e com cache"
    ),
    wrong={
        "le_o_ultimo": (430, 32),
        "sem_cache_le_o_ultimo": (462, 32),
        "so_sem_cache_le_o_ultimo": (462, 31),
        "comeca_depois": (450, 32),
        "tamanho_final": (640, 32),
        "so_o_prompt": (240, 31),
        "esquece_o_prompt": (430, 20),
        "trocado": (31, 430),
    },
    code="""
without = sum(range(12, 12 + 20))
my_readings_solution = (without, 12 + 19)
""",
)


# --- 08.top_p, 08.penalidade ---------------------------------------------------------------------

_NUMBERS = Form("sequence", (Form("number"),), label="uma lista de números")


def _top_p(probs: list[float], p: float) -> list[float]:
    """Zera quem não entra no menor grupo que soma `p` e devolve o resto somando 1."""
    order = sorted(range(len(probs)), key=lambda token: -probs[token])
    kept, total = [], 0.0
    for token in order:
        kept.append(token)
        total += probs[token]
        if total >= p:
            break
    return [prob / total if token in kept else 0.0 for token, prob in enumerate(probs)]


def _renormalized(probs: list[float], kept: list[int]) -> list[float]:
    total = sum(probs[token] for token in kept) or 1.0
    return [prob / total if token in kept else 0.0 for token, prob in enumerate(probs)]


def _by_prob(probs: list[float]) -> list[int]:
    return sorted(range(len(probs)), key=lambda token: -probs[token])


def _stops_before(probs: list[float], p: float) -> list[float]:
    kept, total = [], 0.0
    for token in _by_prob(probs):
        total += probs[token]
        if total > p:
            break
        kept.append(token)
    return _renormalized(probs, kept)


def _not_renormalized(probs: list[float], p: float) -> list[float]:
    return [prob if new else 0.0 for prob, new in zip(probs, _top_p(probs, p), strict=True)]


def _sorted_output(probs: list[float], p: float) -> list[float]:
    return sorted(_top_p(probs, p), reverse=True)


def _own_threshold(probs: list[float], p: float) -> list[float]:
    return _renormalized(probs, [token for token, prob in enumerate(probs) if prob >= p])


def _like_min_p(probs: list[float], p: float) -> list[float]:
    return _renormalized(probs, [t for t, prob in enumerate(probs) if prob >= p * max(probs)])


def _like_top_k(probs: list[float], p: float) -> list[float]:
    return _renormalized(probs, _by_prob(probs)[: max(1, round(p * len(probs)))])


def _in_id_order(probs: list[float], p: float) -> list[float]:
    kept, total = [], 0.0
    for token, prob in enumerate(probs):
        kept.append(token)
        total += prob
        if total >= p:
            break
    return _renormalized(probs, kept)


def _one_too_many(probs: list[float], p: float) -> list[float]:
    kept, total = [], 0.0
    for token in _by_prob(probs):
        kept.append(token)
        total += probs[token]
        if total > p:
            break
    return _renormalized(probs, kept)


def _only_the_kept(probs: list[float], p: float) -> list[float]:
    return [prob for prob in _top_p(probs, p) if prob > 0]


def _divided_by_p(probs: list[float], p: float) -> list[float]:
    return [prob / p if new else 0.0 for prob, new in zip(probs, _top_p(probs, p), strict=True)]


def _infinite(probs: list[float], p: float) -> list[float]:
    return [prob or -math.inf for prob in _top_p(probs, p)]


def _runs_off_the_end(probs: list[float], p: float) -> list[float]:
    order, n, total = _by_prob(probs), 0, 0.0
    while total < p:
        total += probs[order[n]]
        n += 1
    return _renormalized(probs, order[:n])


def _latest_of_the_tied(probs: list[float], p: float) -> list[float]:
    return _top_p(probs[::-1], p)[::-1]


def _as_many_as_kept(probs: list[float], p: float) -> int:
    order, total = _by_prob(probs), 0.0
    for n, token in enumerate(order, start=1):
        total += probs[token]
        if total >= p:
            return n
    return len(order)


def _spread_the_rest(probs: list[float], cut: list[float]) -> list[float]:
    kept = [prob for prob, left in zip(probs, cut, strict=True) if left]
    share = (1 - sum(kept)) / len(kept) if kept else 0.0
    return [prob + share if left else 0.0 for prob, left in zip(probs, cut, strict=True)]


def _all_tied_with_the_last(probs: list[float], p: float) -> list[float]:
    least = sorted(probs, reverse=True)[_as_many_as_kept(probs, p) - 1]
    return _renormalized(probs, [t for t, prob in enumerate(probs) if prob >= least])


def _only_the_tail(probs: list[float], p: float) -> list[float]:
    kept = _top_p(probs, p)
    return _renormalized(probs, [t for t, prob in enumerate(kept) if prob == 0])


def _top_p_cases() -> tuple[Case, ...]:
    fixed = [
        ([0.5, 0.25, 0.125, 0.125], 0.7),
        ([0.125, 0.125, 0.25, 0.5], 0.75),
        ([0.5, 0.25, 0.125, 0.125], 0.5),
        ([0.25, 0.25, 0.25, 0.25], 0.6),
        ([0.0625, 0.875, 0.0625], 0.5),
        ([0.75, 0.25], 1.0),
        ([1.0], 0.3),
        ([0.0, 0.25, 0.0, 0.75], 0.9),
        # Somados um a um, dez décimos não chegam a 1.
        ([0.1] * 10, 1.0),
        ([0.125] * 8, 0.75),
    ]
    generator = random.Random(802)
    while len(fixed) < 28:
        cuts = sorted(generator.randrange(33) for _ in range(4))
        widths = [b - a for a, b in zip([0, *cuts], [*cuts, 32], strict=True)]
        p = generator.choice((0.25, 0.5, 0.6, 0.75, 0.9))
        fixed.append(([width / 32 for width in widths], p))
    return tuple(Case(args) for args in fixed)


def _excludes_the_last(probs: list[float], p: float) -> list[float]:
    kept, total = [], 0.0
    for token in sorted(range(len(probs)), key=lambda i: -probs[i]):
        total += probs[token]
        if total >= p:
            break
        kept.append(token)
    mass = sum(probs[token] for token in kept)
    return [x / mass if i in kept and mass else 0.0 for i, x in enumerate(probs)]


def _smallest_first(probs: list[float], p: float) -> list[float]:
    kept, total = [], 0.0
    for token in sorted(range(len(probs)), key=lambda i: probs[i]):
        kept.append(token)
        total += probs[token]
        if total >= p:
            break
    return [x / total if i in kept and total else 0.0 for i, x in enumerate(probs)]


TOP_P = Answer(
    "08.top_p",
    solution=_top_p,
    form=_NUMBERS,
    wrong={
        "para_antes": _stops_before,
        "sem_renormalizar": _not_renormalized,
        "fora_de_ordem": _sorted_output,
        "limiar_por_token": _own_threshold,
        "min_p": _like_min_p,
        "fracao_do_vocabulario": _like_top_k,
        "sem_ordenar": _in_id_order,
        "um_a_mais": _one_too_many,
        "so_os_que_ficam": _only_the_kept,
        "divide_por_p": _divided_by_p,
        "menos_infinito": _infinite,
        "passa_do_fim": _runs_off_the_end,
        "empate_do_fim": _latest_of_the_tied,
        "guarda_a_cauda": _only_the_tail,
        "ordena_e_corta": lambda probs, p: sorted(_top_p(probs, p), reverse=True)[
            : _as_many_as_kept(probs, p)
        ],
        "posicoes": lambda probs, p: _by_prob(probs)[: _as_many_as_kept(probs, p)],
        "todos_os_empatados": _all_tied_with_the_last,
        "para_na_primeira": lambda probs, p: [
            float(i == probs.index(max(probs))) for i in range(len(probs))
        ],
        "exclui_quem_completa": _excludes_the_last,
        "comeca_pelos_menores": _smallest_first,
        "sempre_um_a_mais": lambda probs, p: _top_k(probs, _as_many_as_kept(probs, p) + 1),
        "todos_iguais": lambda probs, p: [
            float(prob > 0) / _as_many_as_kept(probs, p) for prob in _top_p(probs, p)
        ],
        "reparte_a_sobra": lambda probs, p: _spread_the_rest(probs, _top_p(probs, p)),
    },
    cases=_top_p_cases,
)


def _penalty(logits: list[float], previous: list[int], penalty: float) -> list[float]:
    """Devolve os logits com os dos tokens já escritos puxados para baixo, uma vez cada."""
    lowered = list(logits)
    for token in set(previous):
        if lowered[token] > 0:
            lowered[token] /= penalty
        else:
            lowered[token] *= penalty
    return lowered


def _always_divides(logits: list[float], previous: list[int], penalty: float) -> list[float]:
    return [z / penalty if i in previous else z for i, z in enumerate(logits)]


def _always_multiplies(logits: list[float], previous: list[int], penalty: float) -> list[float]:
    return [z * penalty if i in previous else z for i, z in enumerate(logits)]


def _once_per_visit(logits: list[float], previous: list[int], penalty: float) -> list[float]:
    lowered = list(logits)
    for token in previous:
        lowered[token] = (
            lowered[token] / penalty if lowered[token] > 0 else lowered[token] * penalty
        )
    return lowered


def _subtracts(logits: list[float], previous: list[int], penalty: float) -> list[float]:
    return [z - penalty if i in previous else z for i, z in enumerate(logits)]


def _everybody(logits: list[float], previous: list[int], penalty: float) -> list[float]:
    return _penalty(logits, list(range(len(logits))), penalty)


def _only_the_last(logits: list[float], previous: list[int], penalty: float) -> list[float]:
    return _penalty(logits, previous[-1:], penalty)


def _in_place(logits: list[float], previous: list[int], penalty: float) -> list[float]:
    logits[:] = _penalty(logits, previous, penalty)
    return logits


def _forbids(logits: list[float], previous: list[int], penalty: float) -> list[float]:
    return [-math.inf if i in previous else z for i, z in enumerate(logits)]


def _swapped(logits: list[float], previous: list[int], penalty: float) -> list[float]:
    return _penalty(logits, previous, 1 / penalty)


def _penalty_cases() -> tuple[Case, ...]:
    fixed = [
        ([2.0, -1.0, 2.0], [0, 1], 2.0),
        ([2.0, -1.0, 2.0], [0, 0, 0], 2.0),
        ([0.0, 3.0], [0], 1.5),
        ([4.0, 4.0, -4.0], [], 1.3),
        ([1.0, -2.0, 3.0, -4.0], [3, 1, 3], 1.25),
        ([8.0, 6.0], [1, 0], 1.0),
    ]
    generator = random.Random(803)
    while len(fixed) < 22:
        logits = [generator.randrange(-12, 13) / 2 for _ in range(5)]
        previous = [generator.randrange(5) for _ in range(generator.randrange(1, 6))]
        fixed.append((logits, previous, generator.choice((1.25, 1.5, 2.0))))
    return tuple(Case(args) for args in fixed)


def _lowered(logit: float, penalty: float) -> float:
    return logit / penalty if logit > 0 else logit * penalty


def _on_probabilities(logits: list[float], previous: list[int], penalty: float) -> list[float]:
    powers = [math.exp(logit - max(logits)) for logit in logits]
    probs = [power / sum(powers) for power in powers]
    return [p / penalty if i in previous else p for i, p in enumerate(probs)]


PENALTY = Answer(
    "08.penalidade",
    solution=_penalty,
    form=_NUMBERS,
    wrong={
        "divide_sempre": _always_divides,
        "multiplica_sempre": _always_multiplies,
        "uma_vez_por_aparicao": _once_per_visit,
        "subtrai": _subtracts,
        "todos": _everybody,
        "so_o_ultimo": _only_the_last,
        "altera_a_entrada": _in_place,
        "proibe": _forbids,
        "contas_trocadas": _swapped,
        "so_os_positivos": lambda logits, seen, penalty: [
            x / penalty if i in seen and x > 0 else x for i, x in enumerate(logits)
        ],
        "so_os_negativos": lambda logits, seen, penalty: [
            x * penalty if i in seen and x <= 0 else x for i, x in enumerate(logits)
        ],
        "pelo_lugar": lambda logits, seen, penalty: [
            _lowered(x, penalty) if i < len(seen) else x for i, x in enumerate(logits)
        ],
        "poe_zero": lambda logits, seen, penalty: [
            0.0 if i in seen else x for i, x in enumerate(logits)
        ],
        "so_os_penalizados": lambda logits, seen, penalty: [
            _lowered(logits[i], penalty) for i in sorted(set(seen))
        ],
        "os_que_faltam": lambda logits, seen, penalty: [
            x if i in seen else _lowered(x, penalty) for i, x in enumerate(logits)
        ],
        "so_um": lambda logits, seen, penalty: [
            _lowered(x, penalty) if i in [*set(seen)][:1] else x for i, x in enumerate(logits)
        ],
        "divisao_inteira": lambda logits, seen, penalty: [
            x if i not in seen else x // penalty if x > 0 else x * penalty
            for i, x in enumerate(logits)
        ],
        "nas_probabilidades": _on_probabilities,
    },
    cases=_penalty_cases,
)


# --- 08.temperar, 08.top_k -----------------------------------------------------------------------


def _heated(logits: list[float], t: float) -> list[float]:
    """Devolve softmax(logits / t), sem estourar."""
    import math

    top = max(logits)
    weights = [math.exp((z - top) / t) for z in logits]
    total = sum(weights)
    return [weight / total for weight in weights]


def _softmax(logits: list[float]) -> list[float]:
    return _heated(logits, 1.0)


def _divided_by_the_sum(logits: list[float], t: float) -> list[float]:
    scaled = [z / t for z in logits]
    return [z / (sum(scaled) or 1.0) for z in scaled]


def _weights_without_sum(logits: list[float], t: float) -> list[float]:
    return [math.exp((z - max(logits)) / t) for z in logits]


def _overflowing(logits: list[float], t: float) -> list[float]:
    weights = [math.exp(z / t) for z in logits]
    return [weight / sum(weights) for weight in weights]


def _overflowing_tensors(logits: list[float], t: float) -> Tensor:
    weights = (torch.tensor(logits, dtype=torch.float64) / t).exp()
    return weights / weights.sum()


def _heated_cases() -> tuple[Case, ...]:
    fixed: list[tuple[list[float], float]] = [
        ([2.0, 0.0, 0.0], 0.5),
        ([2.0, 0.0, 0.0], 2.0),
        ([1.0, 3.0, 2.0], 1.0),
        ([-4.0, -1.0, -1.0], 0.5),
        ([0.0, 1000.0], 1.0),
        ([1000.0, 999.0, -1000.0], 0.5),
        ([-1000.0, -1000.0, -999.0], 0.25),
        ([8.0, 0.0], 0.0078125),
        ([5.0], 3.0),
        ([0.0, 0.0], 4.0),
        ([0.5, -0.5, 16.0], 100.0),
    ]
    generator = random.Random(805)
    while len(fixed) < 26:
        logits = [generator.randrange(-16, 17) / 4 for _ in range(generator.randrange(2, 7))]
        fixed.append((logits, generator.choice((0.25, 0.5, 0.75, 1.5, 2.0, 4.0))))
    return tuple(Case(args) for args in fixed)


HEATED = Answer(
    "08.temperar",
    solution=_heated,
    form=_NUMBERS,
    wrong={
        "multiplica": lambda logits, t: _softmax([z * t for z in logits]),
        "nada_muda": lambda logits, t: _softmax(logits),
        "sem_softmax": lambda logits, t: [z / t for z in logits],
        "divide_depois": lambda logits, t: [prob / t for prob in _softmax(logits)],
        "potencia_sem_soma": lambda logits, t: [prob ** (1 / t) for prob in _softmax(logits)],
        "pesos_sem_soma": _weights_without_sum,
        "divide_pela_soma": _divided_by_the_sum,
        "softmax_duas_vezes": lambda logits, t: _softmax(_heated(logits, t)),
        "temperatura_nas_probabilidades": lambda logits, t: _heated(_softmax(logits), t),
        "estoura": _overflowing,
        "estoura_nan": _overflowing_tensors,
        "logaritmos": lambda logits, t: [
            x / t - max(logits) / t - math.log(sum(math.exp((y - max(logits)) / t) for y in logits))
            for x in logits
        ],
        "divide_pela_raiz": lambda logits, t: _heated(logits, math.sqrt(t)),
        "potencias_de_2": lambda logits, t: _heated(logits, t / math.log(2)),
        "divisao_inteira": lambda logits, t: _heated([(x - max(logits)) // t for x in logits], 1.0),
        "tudo_no_maior": lambda logits, t: [float(x == max(logits)) for x in logits],
    },
    cases=_heated_cases,
)


def _top_k(probs: list[float], k: int) -> list[float]:
    """Zera quem não está entre os `k` mais prováveis e devolve o resto somando 1."""
    order = sorted(range(len(probs)), key=lambda token: -probs[token])
    kept = order[:k]
    total = sum(probs[token] for token in kept)
    return [prob / total if token in kept else 0.0 for token, prob in enumerate(probs)]


def _k_not_renormalized(probs: list[float], k: int) -> list[float]:
    return [prob if new else 0.0 for prob, new in zip(probs, _top_k(probs, k), strict=True)]


def _all_tied(probs: list[float], k: int) -> list[float]:
    least = sorted(probs, reverse=True)[:k][-1]
    return _renormalized(probs, [t for t, prob in enumerate(probs) if prob >= least])


def _above_the_last(probs: list[float], k: int) -> list[float]:
    least = sorted(probs, reverse=True)[:k][-1]
    return _renormalized(probs, [t for t, prob in enumerate(probs) if prob > least])


def _smallest(probs: list[float], k: int) -> list[float]:
    return _renormalized(probs, sorted(range(len(probs)), key=lambda token: probs[token])[:k])


def _first_ids(probs: list[float], k: int) -> list[float]:
    return _renormalized(probs, list(range(len(probs)))[:k])


def _all_the_same(probs: list[float], k: int) -> list[float]:
    kept = _by_prob(probs)[:k]
    return [1 / len(kept) if token in kept else 0.0 for token in range(len(probs))]


def _softmax_again(probs: list[float], k: int) -> list[float]:
    kept = _by_prob(probs)[:k]
    weights = [math.exp(prob) if token in kept else 0.0 for token, prob in enumerate(probs)]
    return [weight / sum(weights) for weight in weights]


def _k_off_the_end(probs: list[float], k: int) -> list[float]:
    order = _by_prob(probs)
    return _renormalized(probs, [order[n] for n in range(k)])


def _not_zeroed(probs: list[float], k: int) -> list[float]:
    total = sum(probs[token] for token in _by_prob(probs)[:k])
    return [prob / total for prob in probs]


def _by_value(probs: list[float], k: int) -> list[float]:
    return _renormalized(probs, [probs.index(prob) for prob in sorted(probs, reverse=True)[:k]])


def _k_in_place(probs: list[float], k: int) -> list[float]:
    probs[:] = _top_k(probs, k)
    return probs


def _top_k_cases() -> tuple[Case, ...]:
    fixed = [
        ([0.125, 0.5, 0.25, 0.125], 2),
        ([0.25, 0.5, 0.25], 2),
        ([0.125, 0.125, 0.25, 0.125, 0.375], 3),
        ([0.25, 0.5, 0.25], 1),
        ([0.25, 0.5, 0.25], 3),
        ([0.75, 0.25], 10),
        ([1.0], 1),
        ([0.25, 0.25, 0.25, 0.25], 2),
        ([0.0, 1.0, 0.0], 2),
    ]
    generator = random.Random(806)
    while len(fixed) < 26:
        cuts = sorted(generator.randrange(33) for _ in range(5))
        widths = [b - a for a, b in zip([0, *cuts], [*cuts, 32], strict=True)]
        fixed.append(([width / 32 for width in widths], generator.randrange(1, 8)))
    return tuple(Case(args) for args in fixed)


def _distinct_values(probs: list[float], k: int) -> list[float]:
    values = sorted(set(probs), reverse=True)[:k]
    kept = [p if p in values else 0.0 for p in probs]
    return [p / sum(kept) for p in kept]


TOP_K = Answer(
    "08.top_k",
    solution=_top_k,
    form=_NUMBERS,
    wrong={
        "sem_renormalizar": _k_not_renormalized,
        "fora_de_ordem": lambda probs, k: sorted(_top_k(probs, k), reverse=True),
        "so_os_que_ficam": lambda probs, k: [prob for prob in _top_k(probs, k) if prob > 0],
        "todos_os_empatados": _all_tied,
        "empate_do_fim": lambda probs, k: _top_k(probs[::-1], k)[::-1],
        "um_a_menos": _above_the_last,
        "menores": _smallest,
        "primeiros_ids": _first_ids,
        "todos_iguais": _all_the_same,
        "softmax_de_novo": _softmax_again,
        "passa_do_fim": _k_off_the_end,
        "altera_a_entrada": _k_in_place,
        "ordena_e_corta": lambda probs, k: sorted(_top_k(probs, k), reverse=True)[:k],
        "posicoes": lambda probs, k: _by_prob(probs)[:k],
        "nao_zera": _not_zeroed,
        "um_a_mais": lambda probs, k: _top_k(probs, k + 1),
        "procura_o_valor": _by_value,
        "conta_valores": _distinct_values,
        "posicoes_em_ordem": lambda probs, k: sorted(
            sorted(range(len(probs)), key=lambda i: -probs[i])[:k]
        ),
        "um_a_menos_ou_nenhum": lambda probs, k: (
            _top_k(probs, k - 1) if k > 1 else [0.0] * len(probs)
        ),
        "corta_k": lambda probs, k: _top_k(probs, max(0, len(probs) - k)),
        "reparte_a_sobra": lambda probs, k: _spread_the_rest(probs, _top_k(probs, k)),
        "um_ou_zero": lambda probs, k: [float(prob > 0) for prob in _top_k(probs, k)],
    },
    cases=_top_k_cases,
)


# --- 08.escrever ---------------------------------------------------------------------------------

_IDS = Form("sequence", (Form("int"),), label="uma lista de ids")
_N_IDS = 6


def _favourite(target: Tensor) -> Tensor:
    """Logits em que o id preferido é `target`, o segundo é o seguinte, e assim em roda."""
    return -((torch.arange(_N_IDS) - target[..., None]) % _N_IDS).float()


def _require_a_batch(tokens: Tensor) -> None:
    if tokens.ndim != 2:
        raise ValueError(
            f"o modelo lê um tensor de ids [1, pos]; veio um de {tokens.ndim} eixo(s). Um texto "
            "vira lote entre colchetes: [ids]."
        )


def _successor(tokens: Tensor) -> Tensor:
    """Prefere, em cada posição, o id que vem depois do que está nela."""
    _require_a_batch(tokens)
    return _favourite((tokens + 1) % _N_IDS)


def _total(tokens: Tensor) -> Tensor:
    """Prefere, em cada posição, a soma dos ids lidos até ela, em roda."""
    _require_a_batch(tokens)
    return _favourite(tokens.cumsum(-1) % _N_IDS)


def _best(logits: Tensor) -> int:
    """Escolhe o id de maior logit."""
    return int(_one_row(logits).argmax())


def _second(logits: Tensor) -> int:
    """Escolhe o id do segundo maior logit."""
    return int(_one_row(logits).topk(2).indices[1])


def _last_high(logits: Tensor) -> int:
    """Escolhe o último id de logit acima de −1,5: olha os logits, e não só a ordem deles."""
    return int((_one_row(logits) > -1.5).nonzero()[-1])


class _InTurn:
    """Escolhe o maior e o segundo, um por chamada."""

    calls = 0

    def __call__(self, logits: Tensor) -> int:
        self.calls += 1
        return (_second, _best)[self.calls % 2](logits)


def _one_row(logits: Tensor) -> Tensor:
    if tuple(logits.shape) != (_N_IDS,):
        raise ValueError(
            f"`choose` recebe os logits de uma posição só, [{_N_IDS}]; vieram {list(logits.shape)}."
        )
    return logits


def _write(model, prompt: list[int], n_new: int, choose, stop: int) -> list[int]:
    """Escreve até `n_new` tokens depois do prompt; para no token de parada, que fica no fim."""
    import torch

    ids = list(prompt)
    for _ in range(n_new):
        logits = model(torch.tensor([ids]))[0, -1]
        token = choose(logits)
        ids.append(token)
        if token == stop:
            break
    return ids


def _one_word(model, ids, choose) -> int:
    return choose(model(torch.tensor([ids]))[0, -1])


def _never_stops(model, prompt, n_new, choose, stop):
    return _write(model, prompt, n_new, choose, -1)


def _drops_the_stop(model, prompt, n_new, choose, stop):
    ids = list(prompt)
    for _ in range(n_new):
        token = _one_word(model, ids, choose)
        if token == stop:
            break
        ids.append(token)
    return ids


def _stop_anywhere(model, prompt, n_new, choose, stop):
    ids = list(prompt)
    for _ in range(n_new):
        ids.append(_one_word(model, ids, choose))
        if stop in ids:
            break
    return ids


def _looks_before(model, prompt, n_new, choose, stop):
    ids = list(prompt)
    for _ in range(n_new):
        if ids[-1] == stop:
            break
        ids.append(_one_word(model, ids, choose))
    return ids


def _looks_everywhere_before(model, prompt, n_new, choose, stop):
    ids = list(prompt)
    for _ in range(n_new):
        if stop in ids:
            break
        ids.append(_one_word(model, ids, choose))
    return ids


def _reads_the_last(model, prompt, n_new, choose, stop):
    ids = list(prompt)
    for _ in range(n_new):
        ids.append(_one_word(model, ids[-1:], choose))
        if ids[-1] == stop:
            break
    return ids


def _reads_the_prompt(model, prompt, n_new, choose, stop):
    ids = list(prompt)
    for _ in range(n_new):
        ids.append(_one_word(model, prompt, choose))
        if ids[-1] == stop:
            break
    return ids


def _first_position(model, prompt, n_new, choose, stop):
    return _write(lambda tokens: model(tokens)[:, :1], prompt, n_new, choose, stop)


def _only_the_new(model, prompt, n_new, choose, stop):
    return _write(model, prompt, n_new, choose, stop)[len(prompt) :]


def _counts_the_prompt(model, prompt, n_new, choose, stop):
    return _write(model, prompt, max(0, n_new - len(prompt)), choose, stop)


def _changes_the_prompt(model, prompt, n_new, choose, stop):
    prompt[:] = _write(model, prompt, n_new, choose, stop)
    return prompt


def _always_the_best(model, prompt, n_new, choose, stop):
    return _write(model, prompt, n_new, _best, stop)


def _one_more(model, prompt, n_new, choose, stop):
    return _write(model, prompt, n_new + 1, choose, stop)


def _leaves_too_soon(model, prompt, n_new, choose, stop):
    for _ in range(n_new):
        return [*prompt, _one_word(model, prompt, choose)]


def _at_the_start(model, prompt, n_new, choose, stop):
    ids = list(prompt)
    for _ in range(n_new):
        token = _one_word(model, ids, choose)
        ids.insert(0, token)
        if token == stop:
            break
    return ids


_MODELS = {
    _successor: "o modelo prefere o id que vem depois do último (5 → 0)",
    _total: "o modelo prefere a soma dos ids lidos, em roda (6 → 0)",
}
_CHOICES = {
    _best: "o maior",
    _second: "o segundo maior",
    _last_high: "o último de logit acima de −1,5",
    _InTurn(): "o maior e o segundo maior, um de cada vez",
}


def _chooses_twice(model, prompt, n_new, choose, stop):
    ids = list(prompt)
    for _ in range(n_new):
        ids.append(_one_word(model, ids, choose))
        if _one_word(model, ids[:-1], choose) == stop:
            break
    return ids


def _drops_the_start(
    model: Callable, prompt: list[int], n_new: int, choose: Callable, stop: int
) -> list[int]:
    ids = list(prompt)
    for _ in range(n_new):
        ids = [*ids[1:], choose(model(torch.tensor([ids]))[0, -1])]
        if ids[-1] == stop:
            break
    return ids


def _write_cases() -> tuple[Case, ...]:
    *choices, in_turn = _CHOICES
    fixed: list[tuple[Callable, list[int], int, Callable, int]] = [
        (_successor, [0, 2], 2, _best, 5),
        (_successor, [0, 2], 9, _best, 5),
        (_successor, [0], 9, _best, 0),
        (_successor, [3, 0], 2, _best, 0),
        (_total, [1, 2], 3, _best, 4),
        (_total, [1, 2], 8, _best, 0),
        (_total, [5, 0, 2], 8, _second, 5),
        (_successor, [4], 1, _best, 5),
        (_successor, [1, 2, 3], 0, _best, 3),
        (_total, [2, 3], 6, _best, 5),
        (_successor, [1, 3], 4, _last_high, 0),
        (_total, [1, 1], 4, _last_high, 5),
        (_successor, [0, 2], 3, in_turn, 1),
        (_successor, [1], 5, in_turn, 3),
        (_total, [1, 2], 6, in_turn, 0),
    ]
    generator = random.Random(807)
    while len(fixed) < 28:
        prompt = [generator.randrange(_N_IDS) for _ in range(generator.randrange(1, 5))]
        model, choose = generator.choice(list(_MODELS)), generator.choice(choices)
        stop = generator.choice([prompt[0], generator.randrange(_N_IDS)])
        fixed.append((model, prompt, generator.randrange(1, 10), choose, stop))
    return tuple(
        Case(
            args,
            f"prompt={args[1]}, n_new={args[2]}, stop={args[4]}; {_MODELS[args[0]]}, e `choose` "
            f"fica com {_CHOICES[args[3]]}",
        )
        for args in fixed
    )


WRITE = Answer(
    "08.escrever",
    solution=_write,
    form=_IDS,
    wrong={
        "nao_para": _never_stops,
        "sem_a_marca": _drops_the_stop,
        "parada_do_prompt": _stop_anywhere,
        "olha_antes": _looks_before,
        "prompt_ja_para": _looks_everywhere_before,
        "so_o_ultimo": _reads_the_last,
        "le_so_o_prompt": _reads_the_prompt,
        "primeira_posicao": _first_position,
        "so_os_novos": _only_the_new,
        "conta_o_prompt": _counts_the_prompt,
        "altera_o_prompt": _changes_the_prompt,
        "ignora_choose": _always_the_best,
        "um_a_mais": _one_more,
        "no_comeco": _at_the_start,
        "devolve_cedo": _leaves_too_soon,
        "da_probabilidades": lambda model, prompt, n, choose, stop: _write(
            lambda t: model(t).softmax(-1), prompt, n, choose, stop
        ),
        "penultima_posicao": lambda model, prompt, n, choose, stop: _write(
            lambda t: model(t).roll(1, 1), prompt, n, choose, stop
        ),
        "joga_fora_o_comeco": _drops_the_start,
        "escolhe_duas_vezes": _chooses_twice,
    },
    cases=_write_cases,
)


# --- 08.um_passo ---------------------------------------------------------------------------------

_VECTOR = Form("sequence", (Form("number"),), label="um vetor")
_TABLE = Form("sequence", (_VECTOR,), label="uma matriz")


def _step(query, key, value, keys, values):
    """Guarda a chave e o valor do token novo e devolve o que a consulta dele lê, e o cache."""
    import math

    import torch

    keys = torch.cat([keys, key[None]])
    values = torch.cat([values, value[None]])
    scores = keys @ query / math.sqrt(len(query))
    return scores.softmax(0) @ values, keys, values


def _read(query: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    return (keys @ query / math.sqrt(len(query))).softmax(0) @ values


def _both(key, value, keys, values) -> tuple[Tensor, Tensor]:
    return torch.cat([keys, key[None]]), torch.cat([values, value[None]])


def _unscaled(query, key, value, keys, values):
    keys, values = _both(key, value, keys, values)
    return (keys @ query).softmax(0) @ values, keys, values


def _scaled_by(query, key, value, keys, values, width):
    keys, values = _both(key, value, keys, values)
    return (keys @ query / math.sqrt(width)).softmax(0) @ values, keys, values


def _blind_to_itself(query, key, value, keys, values):
    z = _read(query, keys, values) if len(keys) else torch.zeros(len(value))
    return z, *_both(key, value, keys, values)


def _not_kept(query, key, value, keys, values):
    return _read(query, *_both(key, value, keys, values)), keys, values


def _only_the_new_one(query, key, value, keys, values):
    z = _read(query, *_both(key, value, keys, values))
    return z, key[None], value[None]


def _forgetful(query, key, value, keys, values):
    return value, key[None], value[None]


def _newest_first(query, key, value, keys, values):
    keys, values = torch.cat([key[None], keys]), torch.cat([value[None], values])
    return _read(query, keys, values), keys, values


def _keeps_the_query(query, key, value, keys, values):
    _, values = _both(key, value, keys, values)
    keys = torch.cat([keys, query[None]])
    return _read(query, keys, values), keys, values


def _asks_with_the_key(query, key, value, keys, values):
    keys, values = _both(key, value, keys, values)
    return _read(key, keys, values), keys, values


def _no_softmax(query, key, value, keys, values):
    keys, values = _both(key, value, keys, values)
    return keys @ query / math.sqrt(len(query)) @ values, keys, values


def _gives_the_weights(query, key, value, keys, values):
    keys, values = _both(key, value, keys, values)
    return (keys @ query / math.sqrt(len(query))).softmax(0), keys, values


def _twice(query, key, value, keys, values):
    keys, values = _both(key, value, *_both(key, value, keys, values))
    return _read(query, keys, values), keys, values


def _plain_mean(query, key, value, keys, values):
    keys, values = _both(key, value, keys, values)
    return values.mean(0), keys, values


def _keeps_only_the_query(query, key, value, keys, values):
    z, _, values = _step(query, key, value, keys, values)
    return z, torch.cat([keys, query[None]]), values


def _naive_exponential(query, key, value, keys, values):
    keys, values = _both(key, value, keys, values)
    weights = (keys @ query / math.sqrt(len(query))).exp()
    return weights / weights.sum() @ values, keys, values


def _step_cases() -> tuple[Case, ...]:
    def tensors(*lists):
        return tuple(torch.tensor(one, dtype=torch.float32) for one in lists)

    by_hand = tensors([2.0, 0.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0], [3.0, 0.0], [[0.0] * 4])
    empty = (torch.zeros(0, 4), torch.zeros(0, 2))
    cases = [
        Case(
            (*by_hand, torch.tensor([[1.0, 1.0]])),
            "consulta [2 0 0 0], chave [1 0 0 0], valor [3 0]; nas tabelas, [0 0 0 0] e [1 1]",
        ),
        Case((*by_hand[:3], *empty), "o primeiro token, com as duas tabelas vazias: [0 4] e [0 2]"),
        Case(
            (
                *tensors([64.0, 0.0, 0.0, 0.0], [60.0, 0.0, 0.0, 0.0], [1.0, 2.0]),
                *tensors([[0.0] * 4, [-60.0, 0.0, 0.0, 0.0]], [[5.0, 5.0], [7.0, 7.0]]),
            ),
            "scores de 1920, 0 e −1920",
        ),
    ]
    generator = torch.Generator().manual_seed(808)
    for n in (1, 2, 3, 5, 8, 0, 4, 1, 6, 2, 3, 7, 2, 5, 4):
        d_head, d_value = (n % 3) + 2, (n % 2) + 5
        shapes = ((d_head,), (d_head,), (d_value,), (n, d_head), (n, d_value))
        args = tuple(torch.randn(shape, generator=generator) for shape in shapes)
        cases.append(Case(args, f"sorteio: tabelas [{n} {d_head}] e [{n} {d_value}]"))
    return tuple(cases)


STEP = Answer(
    "08.um_passo",
    solution=_step,
    form=Form(
        "sequence",
        (_VECTOR, _TABLE, _TABLE),
        length=3,
        label="o que a cabeça leu e as duas tabelas",
    ),
    wrong={
        "nao_se_ve": _blind_to_itself,
        "sem_raiz": _unscaled,
        "raiz_dos_tokens": lambda query, key, value, keys, values: _scaled_by(
            query, key, value, keys, values, len(keys) + 1
        ),
        "raiz_dos_valores": lambda query, key, value, keys, values: _scaled_by(
            query, key, value, keys, values, len(value)
        ),
        "nao_guarda": _not_kept,
        "guarda_so_o_novo": _only_the_new_one,
        "so_o_presente": _forgetful,
        "novo_na_frente": _newest_first,
        "guarda_a_consulta": _keeps_the_query,
        "pergunta_com_a_chave": _asks_with_the_key,
        "sem_raiz_de_d": lambda query, key, value, keys, values: _scaled_by(
            query, key, value, keys, values, len(query) ** 2
        ),
        "media_simples": _plain_mean,
        "deixa_a_consulta": _keeps_only_the_query,
        "sem_softmax": _no_softmax,
        "da_os_pesos": _gives_the_weights,
        "guarda_duas_vezes": _twice,
        "estoura_nan": _naive_exponential,
        "media_das_chaves": lambda q, k, v, K, V: (
            _step(q, k, k, K, K)[0],
            *_step(q, k, v, K, V)[1:],
        ),
        "troca_o_ultimo": lambda q, k, v, K, V: _step(q, k, v, K[:-1], V[:-1]),
        "so_o_mais_parecido": lambda q, k, v, K, V: (
            torch.cat([V, v[None]])[(torch.cat([K, k[None]]) @ q).argmax()],
            torch.cat([K, k[None]]),
            torch.cat([V, v[None]]),
        ),
        "pesos_sem_o_novo": lambda q, k, v, K, V: (
            (torch.cat([K, k[None]]) @ q / math.sqrt(len(q))).softmax(0)[:-1] @ V,
            *_step(q, k, v, K, V)[1:],
        ),
    },
    cases=_step_cases,
)


# --- 08.distintos --------------------------------------------------------------------------------

Texts = list[list[int]]


def _distinct(texts: list[list[int]], n: int) -> float:
    """Devolve a fração de n-gramas diferentes entre todos os n-gramas de todos os textos."""
    grams = [tuple(text[start : start + n]) for text in texts for start in range(len(text) - n + 1)]
    return len(set(grams)) / len(grams) if grams else 0.0


def _mean_of_texts(texts: Texts, n: int) -> float:
    return sum(_distinct([text], n) for text in texts) / len(texts) if texts else 0.0


def _only_tokens(texts: Texts, n: int) -> float:
    return _distinct(texts, 1)


def _glued(texts: Texts, n: int) -> float:
    return _distinct([[token for text in texts for token in text]], n)


def _repeated(texts: Texts, n: int) -> float:
    return 1 - _distinct(texts, n)


def _per_token(texts: Texts, n: int) -> float:
    grams = {tuple(t[i : i + n]) for t in texts for i in range(len(t) - n + 1)}
    total = sum(map(len, texts))
    return len(grams) / total if total else 0.0


def _jumping(texts: Texts, n: int) -> float:
    grams = [tuple(t[i : i + n]) for t in texts for i in range(0, len(t) - n + 1, n)]
    return len(set(grams)) / len(grams) if grams else 0.0


def _sets(texts: Texts, n: int) -> float:
    grams = [frozenset(t[i : i + n]) for t in texts for i in range(len(t) - n + 1)]
    return len(set(grams)) / len(grams) if grams else 0.0


def _misses_the_last(texts: Texts, n: int) -> float:
    grams = [tuple(t[i : i + n]) for t in texts for i in range(len(t) - n)]
    return len(set(grams)) / len(grams) if grams else 0.0


def _with_short_ends(texts: Texts, n: int) -> float:
    grams = [tuple(t[i : i + n]) for t in texts for i in range(len(t))]
    return len(set(grams)) / len(grams) if grams else 0.0


def _per_text_counts(texts: Texts, n: int) -> float:
    each = [[tuple(t[i : i + n]) for i in range(len(t) - n + 1)] for t in texts]
    total = sum(map(len, each))
    return sum(len(set(grams)) for grams in each) / total if total else 0.0


def _digits(texts: Texts, n: int) -> float:
    grams = ["".join(map(str, t[i : i + n])) for t in texts for i in range(len(t) - n + 1)]
    return len(set(grams)) / len(grams) if grams else 0.0


def _measures_cases() -> tuple[Case, ...]:
    fixed: list[tuple[Texts, int]] = [
        ([[1, 2, 1, 2, 1]], 2),
        ([[1, 2, 3], [1, 2, 3]], 2),
        ([[1, 2], [2, 1]], 1),
        ([[1, 2], [3, 4]], 2),
        ([[7]], 2),
        ([], 1),
        ([[1, 2, 2, 1]], 2),
        ([[5, 5, 5, 5]], 3),
        ([[1, 12], [11, 2]], 2),
    ]
    generator = random.Random(804)
    while len(fixed) < 22:
        texts = [
            [generator.randrange(4) for _ in range(generator.randrange(1, 9))]
            for _ in range(generator.randrange(1, 4))
        ]
        fixed.append((texts, generator.randrange(1, 4)))
    return tuple(Case(args) for args in fixed)


def _pieces(texts: list[list[int]], n: int) -> list[tuple[int, ...]]:
    return [tuple(text[i : i + n]) for text in texts for i in range(len(text) - n + 1)]


DISTINCT = Answer(
    "08.distintos",
    solution=_distinct,
    form=Form("number"),
    wrong={
        "media_por_texto": _mean_of_texts,
        "so_tokens": _only_tokens,
        "textos_colados": _glued,
        "repetidos": _repeated,
        "divide_por_tokens": _per_token,
        "anda_de_n_em_n": _jumping,
        "sem_ordem": _sets,
        "esquece_o_ultimo": _misses_the_last,
        "trechos_curtos": _with_short_ends,
        "diferentes_em_cada_texto": _per_text_counts,
        "junta_os_algarismos": _digits,
        "so_a_contagem": lambda texts, n: float(len(set(_pieces(texts, n)))),
        "os_que_nao_se_repetem": lambda texts, n: (
            sum(all_.count(p) == 1 for p in all_) / len(all_)
            if (all_ := _pieces(texts, n))
            else 0.0
        ),
        "so_o_primeiro_texto": lambda texts, n: _distinct(texts[:1], n),
        "so_o_ultimo_texto": lambda texts, n: _distinct(texts[-1:], n),
        "um_quando_nao_ha": lambda texts, n: _distinct(texts, n) if _pieces(texts, n) else 1.0,
        "sempre_de_dois": lambda texts, n: _distinct(texts, 2),
        "textos_diferentes": lambda texts, n: (
            len(set(map(tuple, texts))) / len(texts) if texts else 0.0
        ),
    },
    cases=_measures_cases,
)
