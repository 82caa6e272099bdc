"""Respostas da lição 09: a solução, os enganos e os casos de cada exercício."""

import math
import random
from collections.abc import Callable

import torch
from torch import Tensor, nn

from helpers.exercises.catalog import Answer, Case, Form

# --- 09.entropia ---------------------------------------------------------------------------------

_IGNORED = -100
Rows = list[list[float]]


def _cross_entropy(logits: list[list[float]], targets: list[int]) -> float:
    """Devolve a média de -log p(alvo), em nats; alvos -100 não contam."""
    import math

    losses = []
    for row, target in zip(logits, targets, strict=True):
        if target == -100:
            continue
        top = max(row)
        log_total = top + math.log(sum(math.exp(logit - top) for logit in row))
        losses.append(log_total - row[target])
    return sum(losses) / len(losses)


def _softmax(row: list[float]) -> list[float]:
    powers = [math.exp(logit - max(row)) for logit in row]
    return [power / sum(powers) for power in powers]


def _kept(logits: Rows, targets: list[int]) -> list[tuple[list[float], int]]:
    pairs = zip(logits, targets, strict=True)
    return [(row, target) for row, target in pairs if target != _IGNORED]


def _no_log(logits: Rows, targets: list[int]) -> float:
    kept = _kept(logits, targets)
    return sum(1 - _softmax(row)[target] for row, target in kept) / len(kept)


def _summed(logits: Rows, targets: list[int]) -> float:
    return _cross_entropy(logits, targets) * len(_kept(logits, targets))


def _divided_by_all(logits: Rows, targets: list[int]) -> float:
    return _summed(logits, targets) / len(targets)


def _in_bits(logits: Rows, targets: list[int]) -> float:
    return _cross_entropy(logits, targets) / math.log(2)


def _only_logit(logits: Rows, targets: list[int]) -> float:
    kept = _kept(logits, targets)
    return -sum(row[target] for row, target in kept) / len(kept)


def _of_the_winner(logits: Rows, targets: list[int]) -> float:
    kept = _kept(logits, targets)
    return -sum(math.log(max(_softmax(row))) for row, _ in kept) / len(kept)


def _padding_counts(logits: Rows, targets: list[int]) -> float:
    return _cross_entropy(logits, [0 if target == _IGNORED else target for target in targets])


def _log_of_mean(logits: Rows, targets: list[int]) -> float:
    kept = _kept(logits, targets)
    return -math.log(sum(_softmax(row)[target] for row, target in kept) / len(kept))


def _plain_powers(logits: Rows, targets: list[int]) -> float:
    losses = []
    for row, target in _kept(logits, targets):
        powers = [math.exp(logit) for logit in row]
        losses.append(-math.log(powers[target] / sum(powers)))
    return sum(losses) / len(losses)


def _log_of_zero(logits: Rows, targets: list[int]) -> float:
    kept = _kept(logits, targets)
    return sum(-math.log(_softmax(row)[target]) for row, target in kept) / len(kept)


def _cushioned(logits: Rows, targets: list[int]) -> float:
    kept = _kept(logits, targets)
    return sum(-math.log(_softmax(row)[target] + 1e-9) for row, target in kept) / len(kept)


def _told(*args: object) -> str:
    """Escreve os argumentos com os tensores em forma de listas, em poucos algarismos."""

    def short(value: object) -> object:
        if isinstance(value, Tensor):
            return short(value.tolist())
        if isinstance(value, list):
            return [short(item) for item in value]
        return float(f"{value:.3g}") if isinstance(value, float) else value

    return ", ".join(repr(short(value)) for value in args)


def _loss_cases() -> tuple[Case, ...]:
    generator = random.Random(901)
    fixed: list[tuple[Rows, list[int]]] = [
        ([[0.0, 0.0, 0.0, 0.0]], [2]),
        ([[2.0, 0.0], [0.0, 2.0]], [0, 0]),
        ([[1.0, 3.0, 2.0], [5.0, 0.0, 1.0]], [1, -100]),
        ([[5.0, 0.0, 1.0], [1.0, 3.0, 2.0], [0.0, 0.0, 1.0]], [-100, 1, 2]),
        ([[1.0, 2.0], [0.0, 1.0], [3.0, 0.0]], [-100, 0, -100]),
        ([[-1.5, 0.25, -3.0]], [2]),
        ([[40.0, 0.0]], [1]),
        ([[900.0, 898.0]], [1]),
        ([[900.0, 0.0]], [0]),
        ([[900.0, 0.0]], [1]),
        ([[0.0, 900.0]], [1]),
        ([[0.0, 900.0], [0.0, 0.0]], [0, -100]),
        ([[3000.0, 0.0, 0.0], [0.0, 0.0, 3000.0]], [0, 2]),
        ([[1000.0, 0.0], [0.0, 1.0]], [0, 0]),
        ([[-900.0, -1000.0]], [0]),
        ([[-1000.0, 0.0, -2000.0]], [1]),
    ]
    while len(fixed) < 27:
        n_vocab, n_pos = generator.randrange(2, 6), generator.randrange(2, 5)
        rows = [[round(generator.gauss(0, 2), 2) for _ in range(n_vocab)] for _ in range(n_pos)]
        targets = [generator.randrange(n_vocab) for _ in range(n_pos)]
        if generator.random() < 0.5:
            targets[generator.randrange(1, n_pos)] = _IGNORED
        fixed.append((rows, targets))
    return tuple(Case(args) for args in fixed)


def _each(cell: Callable[[list[float], int], float]) -> Callable[[Rows, list[int]], float]:
    """Uma resposta que faz a média de `cell` nas posições que contam."""

    def answer(logits: Rows, targets: list[int]) -> float:
        kept = _kept(logits, targets)
        return sum(cell(row, target) for row, target in kept) / len(kept)

    return answer


def _until_padding(logits: Rows, targets: list[int]) -> float:
    stop = targets.index(_IGNORED) if _IGNORED in targets else len(targets)
    return _cross_entropy(logits[:stop], targets[:stop]) if stop else 0.0


def _last_that_counts(logits: Rows, targets: list[int]) -> float:
    row, target = _kept(logits, targets)[-1]
    return _cross_entropy([row], [target])


def _zero_is_padding(logits: Rows, targets: list[int]) -> float:
    above = [target if target > 0 else _IGNORED for target in targets]
    return _cross_entropy(logits, above) if max(above) > 0 else 0.0


def _one_top_for_all(logits: Rows, targets: list[int]) -> float:
    top = max(map(max, logits))
    return _each(lambda row, t: top + math.log(sum(math.exp(x - top) for x in row)) - row[t])(
        logits, targets
    )


ENTROPY = Answer(
    "09.entropia",
    solution=_cross_entropy,
    form=Form("number"),
    wrong={
        "distancia_do_maior": _each(lambda row, target: max(row) - row[target]),
        "sem_log": _no_log,
        "soma": _summed,
        "divide_por_todas": _divided_by_all,
        "em_bits": _in_bits,
        "so_o_logit": _only_logit,
        "o_favorito": _of_the_winner,
        "conta_enchimento": _padding_counts,
        "log_da_media": _log_of_mean,
        "sem_tirar_o_maior": _plain_powers,
        "p_vira_zero": _log_of_zero,
        "almofada": _cushioned,
        "alvo_vizinho": _each(lambda row, t: _cross_entropy([row], [(t - 1) % len(row)])),
        "so_ate_o_enchimento": _until_padding,
        "surpresa_esperada": _each(
            lambda row, t: -sum(p * math.log(p) for p in _softmax(row) if p)
        ),
        "esquece_o_maior": _each(
            lambda row, t: math.log(sum(math.exp(x - max(row)) for x in row)) - row[t]
        ),
        "so_a_ultima": _last_that_counts,
        "zero_como_enchimento": _zero_is_padding,
        "media_das_apostas": _each(lambda row, t: _softmax(row)[t]),
        "piso": _each(lambda row, t: -math.log(max(_softmax(row)[t], 1e-12))),
        "um_maior_para_todas": _one_top_for_all,
    },
    cases=_loss_cases,
    tolerance=1e-5,
)


# --- 09.janelas ----------------------------------------------------------------------------------

_IDS = Form("sequence", (Form("int"),), label="uma lista de ids")
_PAIR = Form("sequence", (_IDS,), length=2, label="um par (entradas, alvos)")
Pairs = list[tuple[list[int], list[int]]]


def _windows(ids: list[int], n_ctx: int) -> list[tuple[list[int], list[int]]]:
    """Devolve pares (entradas, alvos) de até n_ctx posições; cada token é alvo uma vez só."""
    pairs = []
    for start in range(0, len(ids) - 1, n_ctx):
        end = min(start + n_ctx, len(ids) - 1)
        pairs.append((ids[start:end], ids[start + 1 : end + 1]))
    return pairs


def _same_targets(ids: list[int], n_ctx: int) -> Pairs:
    return [(inputs, inputs) for inputs, _ in _windows(ids, n_ctx)]


def _swapped(ids: list[int], n_ctx: int) -> Pairs:
    return [(targets, inputs) for inputs, targets in _windows(ids, n_ctx)]


def _cut_then_shift(ids: list[int], n_ctx: int) -> Pairs:
    pieces = [ids[start : start + n_ctx] for start in range(0, len(ids), n_ctx)]
    return [(piece[:-1], piece[1:]) for piece in pieces if len(piece) > 1]


def _without_the_rest(ids: list[int], n_ctx: int) -> Pairs:
    return [pair for pair in _windows(ids, n_ctx) if len(pair[0]) == n_ctx]


def _one_input_left(ids: list[int], n_ctx: int) -> Pairs:
    starts = range(0, len(ids) - 1, n_ctx)
    return [(ids[i : i + n_ctx], ids[i + 1 : i + 1 + n_ctx]) for i in starts]


def _last_without_target(ids: list[int], n_ctx: int) -> Pairs:
    starts = range(0, len(ids), n_ctx)
    return [(ids[i : i + n_ctx], ids[i + 1 : i + 1 + n_ctx]) for i in starts]


def _one_by_one(ids: list[int], n_ctx: int) -> Pairs:
    last = max(1, len(ids) - n_ctx)
    found = [(ids[i : i + n_ctx], ids[i + 1 : i + 1 + n_ctx]) for i in range(last)]
    return [(inputs[: len(targets)], targets) for inputs, targets in found if targets]


def _only_next(ids: list[int], n_ctx: int) -> Pairs:
    return [(inputs, targets[-1:]) for inputs, targets in _windows(ids, n_ctx)]


def _two_ahead(ids: list[int], n_ctx: int) -> Pairs:
    found = []
    for start in range(0, len(ids) - 2, n_ctx):
        end = min(start + n_ctx, len(ids) - 2)
        found.append((ids[start:end], ids[start + 2 : end + 2]))
    return found


def _windows_cases() -> tuple[Case, ...]:
    fixed = [
        ([10, 11, 12, 13, 14], 2),
        ([10, 11, 12, 13], 2),
        ([7, 7, 8], 8),
        ([1, 2], 1),
        ([5], 3),
        ([3, 1, 4, 1, 5, 9, 2], 3),
    ]
    generator = random.Random(902)
    while len(fixed) < 20:
        size = generator.randrange(2, 14)
        fixed.append(([generator.randrange(50) for _ in range(size)], generator.randrange(1, 6)))
    return tuple(Case(args) for args in fixed)


def _padded(ids: list[int], n_ctx: int) -> Pairs:
    return [
        (inputs + [0] * (n_ctx - len(inputs)), targets + [-100] * (n_ctx - len(targets)))
        for inputs, targets in _one_input_left(ids, n_ctx)
    ]


def _columns(pairs: Pairs) -> tuple[list[list[int]], list[list[int]]]:
    return [inputs for inputs, _ in pairs], [targets for _, targets in pairs]


WINDOWS = Answer(
    "09.janelas",
    solution=_windows,
    form=Form("sequence", (_PAIR,), label="uma lista de pares"),
    wrong={
        "alvo_igual_a_entrada": _same_targets,
        "ao_contrario": _swapped,
        "corta_e_desloca": _cut_then_shift,
        "sem_o_resto": _without_the_rest,
        "entrada_sobrando": _one_input_left,
        "ultimo_token_sozinho": _last_without_target,
        "de_um_em_um": _one_by_one,
        "um_alvo_por_janela": _only_next,
        "dois_adiante": _two_ahead,
        "corta_desloca_e_deixa_vazia": lambda ids, n: [
            (ids[i : i + n][:-1], ids[i : i + n][1:]) for i in range(0, len(ids), n)
        ],
        "janelas_cheias_de_um_em_um": lambda ids, n: [
            (ids[i : i + n], ids[i + 1 : i + n + 1]) for i in range(len(ids) - n)
        ],
        "alvo_anterior": lambda ids, n: [
            (ids[i + 1 : i + n + 1], ids[i : i + n]) for i in range(0, len(ids) - 1, n)
        ],
        "um_alvo_e_desliza": lambda ids, n: [
            (ids[i : i + n], [ids[i + n]]) for i in range(len(ids) - n)
        ],
        "janelas_que_se_cobrem": lambda ids, n: [
            (ids[i : i + n], ids[i + 1 : i + n + 1]) for i in range(0, len(ids) - 1, max(1, n - 1))
        ],
        "janelas_com_buraco": lambda ids, n: [
            (ids[i : i + n], ids[i + 1 : i + n + 1]) for i in range(0, len(ids) - 1, n + 1)
        ],
        "so_a_primeira": lambda ids, n: [(ids[:n], ids[1 : n + 1])],
        "enche_a_ultima": _padded,
        "janelas_curtas": lambda ids, n: _one_input_left(ids, max(1, n - 1)),
        "duas_listas": lambda ids, n: [
            list(map(list, part)) for part in _columns(_windows(ids, n))
        ],
    },
    cases=_windows_cases,
)


# --- 09.gradiente --------------------------------------------------------------------------------


def _logit_gradient(logits: list[float], target: int) -> list[float]:
    """Devolve, para cada logit, quanto a perda sobe se ele subir um pouquinho."""
    import math

    top = max(logits)
    powers = [math.exp(logit - top) for logit in logits]
    total = sum(powers)
    gradient = [power / total for power in powers]
    gradient[target] -= 1
    return gradient


def _only_probs(logits: list[float], target: int) -> list[float]:
    gradient = _logit_gradient(logits, target)
    gradient[target] += 1
    return gradient


def _turned(logits: list[float], target: int) -> list[float]:
    return [-value for value in _logit_gradient(logits, target)]


def _only_target(logits: list[float], target: int) -> list[float]:
    gradient = _logit_gradient(logits, target)
    return [value if place == target else 0.0 for place, value in enumerate(gradient)]


def _logits_minus_one(logits: list[float], target: int) -> list[float]:
    return [logit - (place == target) for place, logit in enumerate(logits)]


def _of_the_probability(logits: list[float], target: int) -> list[float]:
    probs = _only_probs(logits, target)
    return [probs[target] * ((i == target) - prob) for i, prob in enumerate(probs)]


def _one_over_p(logits: list[float], target: int) -> list[float]:
    probs = _only_probs(logits, target)
    return [-1 / probs[target] if i == target else 0.0 for i in range(len(probs))]


def _plain_gradient(logits: list[float], target: int) -> list[float]:
    powers = [math.exp(logit) for logit in logits]
    return [power / sum(powers) - (place == target) for place, power in enumerate(powers)]


def _one_in_every_place(logits: list[float], target: int) -> list[float]:
    return [prob - 1 for prob in _only_probs(logits, target)]


def _gradient_cases() -> tuple[Case, ...]:
    generator = random.Random(903)
    fixed: list[tuple[list[float], int]] = [
        ([0.0, 0.0], 0),
        ([1.0, 1.0, 1.0, 1.0], 3),
        ([2.0, 0.0, -1.0], 1),
        ([40.0, 0.0, 0.0], 1),
        ([900.0, 899.0], 0),
        ([900.0, 0.0], 1),
        ([0.0, 900.0], 0),
        ([0.0, 900.0], 1),
        ([3000.0, 0.0, 0.0], 0),
        ([0.0, 0.0, 3000.0], 0),
        ([-900.0, -1000.0, -900.0], 2),
        ([-2000.0, 0.0], 1),
        ([0.0], 0),
    ]
    while len(fixed) < 24:
        size = generator.randrange(2, 6)
        logits = [round(generator.gauss(0, 2), 2) for _ in range(size)]
        fixed.append((logits, generator.randrange(size)))
    return tuple(Case(args) for args in fixed)


GRADIENT = Answer(
    "09.gradiente",
    solution=_logit_gradient,
    form=Form("sequence", (Form("number"),), label="uma lista de números"),
    wrong={
        "so_probabilidades": _only_probs,
        "sinal_trocado": _turned,
        "so_o_alvo": _only_target,
        "sem_softmax": _logits_minus_one,
        "derivada_de_p": _of_the_probability,
        "um_sobre_p": _one_over_p,
        "sem_tirar_o_maior": _plain_gradient,
        "tira_1_de_todos": _one_in_every_place,
        "soma_1": lambda row, t: [p + (i == t) for i, p in enumerate(_only_probs(row, t))],
        "alvo_no_favorito": lambda row, t: _logit_gradient(row, row.index(max(row))),
        "log_das_probabilidades": lambda row, t: [
            logit - max(row) - math.log(sum(math.exp(x - max(row)) for x in row)) for logit in row
        ],
        "sem_dividir": lambda row, t: [
            math.exp(x - max(row)) - (i == t) for i, x in enumerate(row)
        ],
        "alvo_vizinho": lambda row, t: _logit_gradient(row, (t + 1) % len(row)),
        "tira_antes_do_softmax": lambda row, t: _only_probs(_logits_minus_one(row, t), t),
        "p_vezes_o_resto": lambda row, t: [p * (1 - p) for p in _only_probs(row, t)],
    },
    cases=_gradient_cases,
    tolerance=1e-5,
)


# --- 09.unembedding ------------------------------------------------------------------------------

_VECTOR = Form("sequence", (Form("number"),), label="uma lista de números")
_MATRIX = Form("sequence", (_VECTOR,), label="uma matriz")
_TWO_GRADIENTS = Form(
    "sequence",
    (_MATRIX, _VECTOR),
    length=2,
    label="um par: o gradiente de W_U e o de x",
)
Pair = tuple[Tensor, Tensor]


def _unembedding_gradient(x, W_U, target):
    """Devolve o gradiente da perda em W_U e o em x."""
    import torch

    gap = torch.softmax(x @ W_U, dim=-1)
    gap[target] -= 1
    return x[:, None] * gap, W_U @ gap


def _gap(x: Tensor, W_U: Tensor, target: int) -> Tensor:
    gap = torch.softmax(x @ W_U, dim=-1)
    gap[target] -= 1
    return gap


def _bet_only(x: Tensor, W_U: Tensor, target: int) -> Pair:
    probs = torch.softmax(x @ W_U, dim=-1)
    return x[:, None] * probs, W_U @ probs


def _answer_minus_bet(x: Tensor, W_U: Tensor, target: int) -> Pair:
    d_W_U, d_x = _unembedding_gradient(x, W_U, target)
    return -d_W_U, -d_x


def _standing(x: Tensor, W_U: Tensor, target: int) -> Pair:
    d_W_U, d_x = _unembedding_gradient(x, W_U, target)
    return d_W_U.T, d_x


def _without_x(x: Tensor, W_U: Tensor, target: int) -> Pair:
    gap = _gap(x, W_U, target)
    return gap.expand(len(x), -1), W_U @ gap


def _from_logits(x: Tensor, W_U: Tensor, target: int) -> Pair:
    gap = x @ W_U
    gap[target] -= 1
    return x[:, None] * gap, W_U @ gap


def _target_column(x: Tensor, W_U: Tensor, target: int) -> Pair:
    gap = _gap(x, W_U, target)
    only = torch.zeros_like(gap)
    only[target] = gap[target]
    return x[:, None] * only, W_U @ only


def _pair_swapped(x: Tensor, W_U: Tensor, target: int) -> Pair:
    return _unembedding_gradient(x, W_U, target)[::-1]


def _already_stepped(x: Tensor, W_U: Tensor, target: int) -> Pair:
    d_W_U, d_x = _unembedding_gradient(x, W_U, target)
    return W_U - d_W_U, x - d_x


def _right_column_only(x: Tensor, W_U: Tensor, target: int) -> Pair:
    return _unembedding_gradient(x, W_U, target)[0], -W_U[:, target]


def _unembedding_cases() -> tuple[Case, ...]:
    half = torch.tensor([2.0, -1.0])
    fixed = [
        (torch.tensor([2.0, -1.0]), torch.tensor([[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]), 1),
        (torch.tensor([0.0, 0.0]), torch.tensor([[1.0, 2.0, 3.0], [0.5, 0.0, -1.0]]), 0),
        (half, torch.tensor([[1.0, 0.0, -1.0], [0.0, 2.0, 1.0]]), 2),
        (torch.tensor([30.0, 1.0]), torch.tensor([[30.0, 0.0], [1.0, 2.0]]), 0),
        (torch.tensor([-30.0]), torch.tensor([[30.0, 0.0, 10.0]]), 1),
        (torch.tensor([1.5, -2.0, 0.5]), torch.eye(3), 0),
    ]
    generator = torch.Generator().manual_seed(904)
    while len(fixed) < 18:
        i = len(fixed)
        d_model, d_vocab = 1 + i % 4, 2 + i % 5
        x = torch.randn(d_model, generator=generator)
        fixed.append((x, torch.randn(d_model, d_vocab, generator=generator), i % d_vocab))
    return tuple(Case(args, _told(*args)) for args in fixed)


UNEMBEDDING = Answer(
    "09.unembedding",
    solution=_unembedding_gradient,
    form=_TWO_GRADIENTS,
    wrong={
        "so_a_aposta": _bet_only,
        "sinal_trocado": _answer_minus_bet,
        "em_pe": _standing,
        "sem_x": _without_x,
        "sem_softmax": _from_logits,
        "so_a_coluna_do_alvo": _target_column,
        "par_trocado": _pair_swapped,
        "ja_andou": _already_stepped,
        "x_so_com_o_alvo": _right_column_only,
        "alvo_vizinho": lambda x, W, t: _unembedding_gradient(x, W, t - 1),
        "soma_nos_tokens": lambda x, W, t: (x[:, None] * _gap(x, W, t), (W * _gap(x, W, t)).sum(0)),
        "tira_1_de_todos": lambda x, W, t: (
            x[:, None] * (torch.softmax(x @ W, -1) - 1),
            W @ (torch.softmax(x @ W, -1) - 1),
        ),
    },
    cases=_unembedding_cases,
)


# --- 09.laco -------------------------------------------------------------------------------------

Batches = Callable[[int], tuple[Tensor, Tensor]]
Walk = Callable[[nn.Module], None]


def _train(model, batches, steps, walk):
    """Treina no lugar e devolve a perda de cada passo, medida antes de andar."""
    from helpers.training import cross_entropy

    losses = []
    for step in range(steps):
        inputs, targets = batches(step)
        loss = cross_entropy(model(inputs), targets)
        model.zero_grad()
        loss.backward()
        walk(model)
        losses.append(loss.item())
    return losses


def _loss(model: nn.Module, inputs: Tensor, targets: Tensor) -> Tensor:
    return nn.functional.cross_entropy(model(inputs).flatten(0, 1), targets.flatten())


def _never_zeroed(model: nn.Module, batches: Batches, steps: int, walk: Walk) -> list[float]:
    losses = []
    for step in range(steps):
        loss = _loss(model, *batches(step))
        loss.backward()
        walk(model)
        losses.append(loss.item())
    return losses


def _standing_still(model: nn.Module, batches: Batches, steps: int, walk: Walk) -> list[float]:
    return [_loss(model, *batches(step)).item() for step in range(steps)]


def _measured_after(model: nn.Module, batches: Batches, steps: int, walk: Walk) -> list[float]:
    losses = []
    for step in range(steps):
        inputs, targets = batches(step)
        model.zero_grad()
        _loss(model, inputs, targets).backward()
        walk(model)
        losses.append(_loss(model, inputs, targets).item())
    return losses


def _same_batch(model: nn.Module, batches: Batches, steps: int, walk: Walk) -> list[float]:
    return _train(model, lambda _step: batches(0), steps, walk)


def _from_one(model: nn.Module, batches: Batches, steps: int, walk: Walk) -> list[float]:
    return _train(model, lambda step: batches(step + 1), steps, walk)


def _repeats(model: nn.Module, batches: Batches, steps: int, walk: Walk) -> list[float]:
    return _train(model, lambda step: (batches(step)[0],) * 2, steps, walk)


def _backwards(model: nn.Module, batches: Batches, steps: int, walk: Walk) -> list[float]:
    return _train(model, lambda step: batches(step)[::-1], steps, walk)


def _walks_once(model: nn.Module, batches: Batches, steps: int, walk: Walk) -> list[float]:
    losses = []
    for step in range(steps):
        loss = _loss(model, *batches(step))
        model.zero_grad()
        loss.backward()
        losses.append(loss.item())
    walk(model)
    return losses


def _walks_first(model: nn.Module, batches: Batches, steps: int, walk: Walk) -> list[float]:
    losses = []
    for step in range(steps):
        loss = _loss(model, *batches(step))
        walk(model)
        model.zero_grad()
        loss.backward()
        losses.append(loss.item())
    return losses


def _against(model: nn.Module, batches: Batches, steps: int, walk: Walk) -> list[float]:
    losses = []
    for step in range(steps):
        loss = _loss(model, *batches(step))
        model.zero_grad()
        (-loss).backward()
        walk(model)
        losses.append(loss.item())
    return losses


class _Bigrams(nn.Module):
    """Um modelo de uma tabela só."""

    def __init__(self, n: int, seed: int):
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        self.table = nn.Parameter(torch.randn(n, n, generator=generator))
        self.bias = nn.Parameter(torch.zeros(n))

    def forward(self, tokens: Tensor) -> Tensor:
        """Devolve os logits do próximo token em cada posição."""
        return self.table[tokens] + self.bias


def _steady(rate: float) -> Walk:
    def walk(model: nn.Module) -> None:
        with torch.no_grad():
            for weight in model.parameters():
                if weight.grad is not None:
                    weight.sub_(rate * weight.grad)

    return walk


def _drawn_batches(n: int, size: tuple[int, int], seed: int) -> Batches:
    def batches(step: int) -> tuple[Tensor, Tensor]:
        generator = torch.Generator().manual_seed(1000 * seed + step)
        ids = torch.randint(n, (size[0], size[1] + 1), generator=generator)
        return ids[:, :-1], ids[:, 1:]

    return batches


def _loop_cases() -> tuple[Case, ...]:
    found = []
    for i in range(15):
        n, rows, columns, steps = 3 + i % 4, 1 + i % 3, 2 + i % 4, (3, 1, 4, 6, 2)[i % 5]
        rate = (0.5, 1.0, 0.25)[i % 3]
        shown = (
            f"um modelo de {n} tokens, lotes {rows} × {columns}, steps={steps}, "
            f"walk que anda {rate} contra o gradiente"
        )
        args = (_Bigrams(n, i), _drawn_batches(n, (rows, columns), i), steps, _steady(rate))
        found.append(Case(args, shown))
    return tuple(found)


LOOP = Answer(
    "09.laco",
    solution=_train,
    form=Form("sequence", (Form("number"),), label="uma lista com uma perda por passo"),
    wrong={
        "sem_zerar": _never_zeroed,
        "parado": _standing_still,
        "anda_so_no_fim": _walks_once,
        "medida_depois": _measured_after,
        "sempre_o_mesmo_lote": _same_batch,
        "lotes_a_partir_de_1": _from_one,
        "alvo_igual_a_entrada": _repeats,
        "trocados": _backwards,
        "anda_antes_de_voltar": _walks_first,
        "sobe_a_perda": _against,
    },
    cases=_loop_cases,
    tolerance=1e-4,
)


# --- 09.corte ------------------------------------------------------------------------------------


def _clip_scale(grads, limit):
    """Devolve por quanto multiplicar todos os gradientes; 1 se a norma não passa do limite."""
    import math

    norm = math.sqrt(sum(float((grad**2).sum()) for grad in grads))
    return limit / norm if norm > limit else 1.0


def _norm(grads: list[Tensor]) -> float:
    return math.sqrt(sum(float((grad**2).sum()) for grad in grads))


def _always_scaled(grads: list[Tensor], limit: float) -> float:
    return limit / _norm(grads)


def _sum_of_norms(grads: list[Tensor], limit: float) -> float:
    return min(1.0, limit / max(limit, sum(float(grad.norm()) for grad in grads)))


def _largest_norm(grads: list[Tensor], limit: float) -> float:
    return min(1.0, limit / max(limit, *(float(grad.norm()) for grad in grads)))


def _without_root(grads: list[Tensor], limit: float) -> float:
    return min(1.0, limit / max(limit, _norm(grads) ** 2))


def _largest_number(grads: list[Tensor], limit: float) -> float:
    return min(1.0, limit / max(limit, *(float(grad.abs().max()) for grad in grads)))


def _upside_down(grads: list[Tensor], limit: float) -> float:
    norm = _norm(grads)
    return norm / limit if norm > limit else 1.0


def _only_first_grad(grads: list[Tensor], limit: float) -> float:
    return _clip_scale(grads[:1], limit)


def _sizes_summed(grads: list[Tensor], limit: float) -> float:
    return min(1.0, limit / max(limit, sum(float(grad.abs().sum()) for grad in grads)))


def _one_over_norm(grads: list[Tensor], limit: float) -> float:
    norm = _norm(grads)
    return 1 / norm if norm > limit else 1.0


def _root_mean_square(grads: list[Tensor], limit: float) -> float:
    size = _norm(grads) / math.sqrt(sum(grad.numel() for grad in grads))
    return limit / size if size > limit else 1.0


def _clip_cases() -> tuple[Case, ...]:
    fixed = [
        ([torch.tensor([3.0]), torch.tensor([4.0])], 1.0),
        ([torch.tensor([0.3, 0.0]), torch.tensor([[0.4]])], 1.0),
        ([torch.tensor([3.0]), torch.tensor([4.0])], 5.0),
        ([torch.tensor([0.0, 0.0])], 1.0),
        ([torch.tensor([0.6]), torch.tensor([-0.6, 0.6])], 1.0),
        ([torch.tensor([[0.5, 0.5], [0.5, 0.5]])], 0.5),
        ([torch.tensor([-2.0])], 1.0),
        ([torch.tensor([0.1]), torch.full((3, 4), -5.0)], 2.0),
        ([torch.tensor([0.9]), torch.tensor([-1.2])], 2.0),
        ([torch.tensor([0.3]), torch.tensor([0.4])], 0.25),
    ]
    generator = torch.Generator().manual_seed(905)
    while len(fixed) < 18:
        i = len(fixed)
        grads = [
            (0.2 + i % 4) * torch.randn(*size, generator=generator)
            for size in [(1 + i % 3,), (2, 1 + i % 4), (2, 2, 2)][: 1 + i % 3]
        ]
        fixed.append((grads, (0.5, 1.0, 3.0)[i % 3]))
    return tuple(Case(args, _told(*args)) for args in fixed)


CLIP = Answer(
    "09.corte",
    solution=_clip_scale,
    form=Form("number"),
    wrong={
        "encolhe_sempre": _always_scaled,
        "soma_das_normas": _sum_of_norms,
        "a_maior_norma": _largest_norm,
        "sem_raiz": _without_root,
        "o_maior_numero": _largest_number,
        "ao_contrario": _upside_down,
        "so_o_primeiro": _only_first_grad,
        "soma_dos_tamanhos": _sizes_summed,
        "sem_o_limite": _one_over_norm,
        "media_dos_quadrados": _root_mean_square,
        "a_norma": lambda grads, limit: _norm(grads),
        "so_quando_estica": lambda grads, limit: max(1.0, limit / (_norm(grads) or 1)),
        "media_em_cada_tensor": lambda grads, limit: min(
            1.0, limit / (math.sqrt(sum(float((g**2).mean()) for g in grads)) or limit)
        ),
        "soma_dos_numeros": lambda grads, limit: min(
            1.0, limit / (abs(sum(float(g.sum()) for g in grads)) or limit)
        ),
        "a_diferenca": lambda grads, limit: 1 - max(0.0, _norm(grads) - limit),
        "a_norma_quando_cabe": lambda grads, limit: (
            min(1.0, _norm(grads)) if _norm(grads) <= limit else limit / _norm(grads)
        ),
        "zero_quando_cabe": lambda grads, limit: (
            limit / _norm(grads) if _norm(grads) > limit else 0.0
        ),
        "compara_o_quadrado": lambda grads, limit: (
            limit / _norm(grads) if _norm(grads) ** 2 > limit else 1.0
        ),
    },
    cases=_clip_cases,
)


# --- 09.adamw ------------------------------------------------------------------------------------

_THREE = Form(
    "sequence", (_VECTOR,), length=3, label="três itens: o peso novo e as duas médias novas"
)
Triple = tuple[Tensor, Tensor, Tensor]


def _adamw(weight, grad, mean, square, t, lr, decay):
    """Devolve o peso, a média do gradiente e a média do quadrado depois do passo `t`."""
    mean = 0.9 * mean + 0.1 * grad
    square = 0.95 * square + 0.05 * grad**2
    direction = (mean / (1 - 0.9**t)) / ((square / (1 - 0.95**t)) ** 0.5 + 1e-8)
    weight = weight * (1 - lr * decay) - lr * direction
    return weight, mean, square


def _uncorrected(
    weight: Tensor, grad: Tensor, mean: Tensor, square: Tensor, t: int, lr: float, decay: float
) -> Triple:
    mean, square = 0.9 * mean + 0.1 * grad, 0.95 * square + 0.05 * grad**2
    return weight * (1 - lr * decay) - lr * mean / (square**0.5 + 1e-8), mean, square


def _decay_in_grad(
    weight: Tensor, grad: Tensor, mean: Tensor, square: Tensor, t: int, lr: float, decay: float
) -> Triple:
    return _adamw(weight, grad + decay * weight, mean, square, t, lr, 0.0)


def _no_decay(
    weight: Tensor, grad: Tensor, mean: Tensor, square: Tensor, t: int, lr: float, decay: float
) -> Triple:
    return _adamw(weight, grad, mean, square, t, lr, 0.0)


def _decay_without_rate(
    weight: Tensor, grad: Tensor, mean: Tensor, square: Tensor, t: int, lr: float, decay: float
) -> Triple:
    return _adamw(weight, grad, mean, square, t, lr, decay / lr)


def _no_square_root(
    weight: Tensor, grad: Tensor, mean: Tensor, square: Tensor, t: int, lr: float, decay: float
) -> Triple:
    _, mean, square = _adamw(weight, grad, mean, square, t, lr, decay)
    direction = (mean / (1 - 0.9**t)) / (square / (1 - 0.95**t) + 1e-8)
    return weight * (1 - lr * decay) - lr * direction, mean, square


def _uphill(
    weight: Tensor, grad: Tensor, mean: Tensor, square: Tensor, t: int, lr: float, decay: float
) -> Triple:
    new, mean, square = _adamw(weight, grad, mean, square, t, lr, decay)
    return 2 * weight * (1 - lr * decay) - new, mean, square


def _shares_swapped(
    weight: Tensor, grad: Tensor, mean: Tensor, square: Tensor, t: int, lr: float, decay: float
) -> Triple:
    mean, square = 0.1 * mean + 0.9 * grad, 0.05 * square + 0.95 * grad**2
    direction = (mean / (1 - 0.9**t)) / ((square / (1 - 0.95**t)) ** 0.5 + 1e-8)
    return weight * (1 - lr * decay) - lr * direction, mean, square


def _corrected_kept(
    weight: Tensor, grad: Tensor, mean: Tensor, square: Tensor, t: int, lr: float, decay: float
) -> Triple:
    new, mean, square = _adamw(weight, grad, mean, square, t, lr, decay)
    return new, mean / (1 - 0.9**t), square / (1 - 0.95**t)


def _square_of_mean(
    weight: Tensor, grad: Tensor, mean: Tensor, square: Tensor, t: int, lr: float, decay: float
) -> Triple:
    mean = 0.9 * mean + 0.1 * grad
    square = 0.95 * square + 0.05 * mean**2
    direction = (mean / (1 - 0.9**t)) / ((square / (1 - 0.95**t)) ** 0.5 + 1e-8)
    return weight * (1 - lr * decay) - lr * direction, mean, square


def _grad_on_top(
    weight: Tensor, grad: Tensor, mean: Tensor, square: Tensor, t: int, lr: float, decay: float
) -> Triple:
    _, mean, square = _adamw(weight, grad, mean, square, t, lr, decay)
    direction = grad / ((square / (1 - 0.95**t)) ** 0.5 + 1e-8)
    return weight * (1 - lr * decay) - lr * direction, mean, square


def _old_means(
    weight: Tensor, grad: Tensor, mean: Tensor, square: Tensor, t: int, lr: float, decay: float
) -> Triple:
    return _adamw(weight, grad, mean, square, t, lr, decay)[0], mean, square


def _rates_swapped(
    weight: Tensor, grad: Tensor, mean: Tensor, square: Tensor, t: int, lr: float, decay: float
) -> Triple:
    mean, square = 0.95 * mean + 0.05 * grad, 0.9 * square + 0.1 * grad**2
    direction = (mean / (1 - 0.95**t)) / ((square / (1 - 0.9**t)) ** 0.5 + 1e-8)
    return weight * (1 - lr * decay) - lr * direction, mean, square


def _floor_inside(
    weight: Tensor, grad: Tensor, mean: Tensor, square: Tensor, t: int, lr: float, decay: float
) -> Triple:
    _, mean, square = _adamw(weight, grad, mean, square, t, lr, decay)
    direction = (mean / (1 - 0.9**t)) / (square / (1 - 0.95**t) + 1e-8) ** 0.5
    return weight * (1 - lr * decay) - lr * direction, mean, square


def _adamw_cases() -> tuple[Case, ...]:
    zero = torch.zeros(2)
    fixed = [
        (torch.tensor([1.0, -1.0]), torch.tensor([0.5, -2.0]), zero, zero, 1, 0.1, 0.0),
        (torch.tensor([1.0, -2.0]), torch.tensor([0.5, 2.0]), zero, zero, 1, 0.1, 0.5),
        (torch.tensor([3.0]), torch.tensor([0.0]), torch.zeros(1), torch.zeros(1), 1, 0.1, 0.1),
        (torch.tensor([3.0]), torch.tensor([1e-7]), torch.zeros(1), torch.zeros(1), 1, 0.5, 0.0),
        (torch.tensor([1.0]), torch.tensor([0.2]), torch.ones(1), torch.ones(1), 100, 0.2, 0.0),
        (torch.tensor([1.0]), torch.tensor([-0.2]), torch.ones(1), torch.ones(1), 2, 0.2, 0.3),
    ]
    generator = torch.Generator().manual_seed(906)
    while len(fixed) < 18:
        i = len(fixed)
        weight, grad, mean = torch.randn(3, 1 + i % 4, generator=generator)
        square = mean**2 + 0.5
        fixed.append((weight, grad, mean, square, 1 + i % 6, (0.1, 0.02, 0.5)[i % 3], i % 2 * 0.4))
    return tuple(Case(args, _told(*args)) for args in fixed)


def _by(direction: Callable[[Tensor, Tensor, int], Tensor]) -> Callable[..., Triple]:
    """Um passo certo em tudo, menos na direção, que sai das médias novas e de `t`."""

    def answer(weight, grad, mean, square, t, lr, decay):
        _, mean, square = _adamw(weight, grad, mean, square, t, lr, decay)
        return weight * (1 - lr * decay) - lr * direction(mean, square, t), mean, square

    return answer


def _shrinks_after(
    weight: Tensor, grad: Tensor, mean: Tensor, square: Tensor, t: int, lr: float, decay: float
) -> Triple:
    new, mean, square = _adamw(weight, grad, mean, square, t, lr, 0.0)
    return new * (1 - lr * decay), mean, square


ADAMW = Answer(
    "09.adamw",
    solution=_adamw,
    form=_THREE,
    wrong={
        "sem_correcao": _uncorrected,
        "encolhe_pelo_gradiente": _decay_in_grad,
        "sem_encolher": _no_decay,
        "encolhe_sem_a_taxa": _decay_without_rate,
        "sem_raiz": _no_square_root,
        "sobe": _uphill,
        "pesos_das_medias_trocados": _shares_swapped,
        "guarda_as_corrigidas": _corrected_kept,
        "quadrado_da_media": _square_of_mean,
        "gradiente_no_lugar_da_media": _grad_on_top,
        "medias_velhas": _old_means,
        "pesos_trocados_entre_as_medias": _rates_swapped,
        "piso_na_raiz": _floor_inside,
        "encolhe_depois": _shrinks_after,
        "so_corrige_a_media": _by(lambda m, s, t: m / (1 - 0.9**t) / (s**0.5 + 1e-8)),
        "so_corrige_o_quadrado": _by(lambda m, s, t: m / ((s / (1 - 0.95**t)) ** 0.5 + 1e-8)),
        "so_a_media": _by(lambda m, s, t: m / (1 - 0.9**t)),
    },
    cases=_adamw_cases,
)


# --- 09.taxa -------------------------------------------------------------------------------------


def _rate(step: int, steps: int, warmup: int, top: float) -> float:
    """Devolve a taxa do passo: sobe em linha reta até `top`, depois desce em cosseno até zero."""
    import math

    if step < warmup:
        return top * (step + 1) / warmup
    progress = (step - warmup) / (steps - warmup)
    return top * (1 + math.cos(math.pi * progress)) / 2


def _no_warmup(step: int, steps: int, warmup: int, top: float) -> float:
    return top * (1 + math.cos(math.pi * step / steps)) / 2


def _starts_at_zero(step: int, steps: int, warmup: int, top: float) -> float:
    return top * step / warmup if step < warmup else _rate(step, steps, warmup, top)


def _line_down(step: int, steps: int, warmup: int, top: float) -> float:
    if step < warmup:
        return _rate(step, steps, warmup, top)
    return top * (1 - (step - warmup) / (steps - warmup))


def _constant(step: int, steps: int, warmup: int, top: float) -> float:
    return _rate(step, steps, warmup, top) if step < warmup else top


def _cosine_from_zero(step: int, steps: int, warmup: int, top: float) -> float:
    if step < warmup:
        return _rate(step, steps, warmup, top)
    return top * (1 + math.cos(math.pi * step / steps)) / 2


def _zero_too_soon(step: int, steps: int, warmup: int, top: float) -> float:
    if step < warmup:
        return _rate(step, steps, warmup, top)
    return top * (1 + math.cos(math.pi * (step - warmup) / (steps - 1 - warmup))) / 2


def _warmup_too_long(step: int, steps: int, warmup: int, top: float) -> float:
    return top * (step + 1) / warmup if step <= warmup else _rate(step, steps, warmup, top)


def _half_turn_missing(step: int, steps: int, warmup: int, top: float) -> float:
    if step < warmup:
        return _rate(step, steps, warmup, top)
    return top * (1 + math.cos(math.pi * (step - warmup) / (steps - warmup)))


def _whole_turn(step: int, steps: int, warmup: int, top: float) -> float:
    if step < warmup:
        return _rate(step, steps, warmup, top)
    return top * (1 + math.cos(2 * math.pi * (step - warmup) / (steps - warmup))) / 2


def _rate_cases() -> tuple[Case, ...]:
    found = []
    for steps, warmup, top in [(100, 10, 1.0), (40, 8, 0.01), (12, 4, 0.5)]:
        down = (warmup, (3 * warmup + steps) // 4, (warmup + steps) // 2, steps - 1)
        found += [Case((step, steps, warmup, top)) for step in (0, 1, warmup - 1, *down)]
    return tuple(found)


RATE = Answer(
    "09.taxa",
    solution=_rate,
    form=Form("number"),
    wrong={
        "sem_aquecimento": _no_warmup,
        "comeca_em_zero": _starts_at_zero,
        "desce_em_reta": _line_down,
        "nao_desce": _constant,
        "cosseno_desde_o_zero": _cosine_from_zero,
        "zero_antes_do_fim": _zero_too_soon,
        "aquece_um_a_mais": _warmup_too_long,
        "sem_a_metade": _half_turn_missing,
        "volta_inteira": _whole_turn,
        "divide_por_todos": lambda i, n, w, top: (
            _rate(i, n, w, top) if i < w else top * (1 + math.cos(math.pi * (i - w) / n)) / 2
        ),
        "so_o_cosseno": lambda i, n, w, top: (
            _rate(i, n, w, top) if i < w else top * math.cos(math.pi * (i - w) / (n - w))
        ),
        "quarto_de_volta": lambda i, n, w, top: (
            _rate(i, n, w, top) if i < w else top * math.cos(math.pi * (i - w) / (n - w) / 2)
        ),
        "aquecimento_longo": lambda i, n, w, top: (
            top * (i + 1) / (w + 1) if i < w else _rate(i, n, w, top)
        ),
        "um_passo_adiante": lambda i, n, w, top: (
            _rate(i, n, w, top)
            if i < w
            else top * (1 + math.cos(math.pi * (i + 1 - w) / (n - w))) / 2
        ),
        "sem_top_na_subida": lambda i, n, w, top: (i + 1) / w if i < w else _rate(i, n, w, top),
        "sem_top_na_descida": lambda i, n, w, top: _rate(i, n, w, top / top if i >= w else top),
        "sem_pi": lambda i, n, w, top: (
            _rate(i, n, w, top) if i < w else top * (1 + math.cos((i - w) / (n - w))) / 2
        ),
        "em_graus": lambda i, n, w, top: (
            _rate(i, n, w, top) if i < w else top * (1 + math.cos(180 * (i - w) / (n - w))) / 2
        ),
        "sobe_de_novo": lambda i, n, w, top: (
            _rate(i, n, w, top) if i < w else top * (1 - math.cos(math.pi * (i - w) / (n - w))) / 2
        ),
        "seno": lambda i, n, w, top: (
            _rate(i, n, w, top) if i < w else top * (1 + math.sin(math.pi * (i - w) / (n - w))) / 2
        ),
    },
    cases=_rate_cases,
    tolerance=1e-5,
)


# --- 09.por_byte, 09.conta_do_treino -------------------------------------------------------------

PER_BYTE = Answer(
    "09.por_byte",
    solution=(0.3, 0.4),
    form=Form("sequence", (Form("number"),), length=2, label="um par de números, o de A e o de B"),
    wrong={
        "multiplica": (4.8, 1.6),
        "por_token": (1.2, 0.8),
        "em_bits": (0.4328, 0.5771),
        "trocado": (0.4, 0.3),
        "bytes_por_nat": (3.3333, 2.5),
    },
    code="""
my_per_byte_solution = (1.2 / 4, 0.8 / 2)
""",
    tolerance=1e-4,
)

BUDGET = Answer(
    "09.conta_do_treino",
    solution=(6.4, 19.2),
    form=Form(
        "sequence",
        (Form("number"),),
        length=2,
        label="um par de números, os milhões e os trilhões",
    ),
    wrong={
        "um_alvo_por_janela": (0.064, 0.192),
        "so_a_ida": (6.4, 6.4),
        "so_a_volta": (6.4, 12.8),
        "sem_converter": (6_400_000, 1.92e13),
        "uma_pergunta_a_menos": (6.336, 19.008),
        "um_passo": (0.0032, 0.0096),
        "sem_o_lote": (0.2, 0.6),
    },
    code="""
targets = 2_000 * 32 * 100
my_budget_solution = (targets / 1e6, 6 * 500_000 * targets / 1e12)
""",
    tolerance=1e-4,
)
