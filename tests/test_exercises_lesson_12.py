"""Os exercícios da lição 12: mais de um jeito de acertar, e o que não está na lista e não passa."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from helpers.attention import causal_mask
from helpers.exercises import registry
from helpers.exercises.checking import check

pytestmark = pytest.mark.usefixtures("progress_file")


def window_in_lists(n, width, stride):
    rows = [[0] * n for _ in range(n)]
    for i in range(n):
        for j in range(max(0, i - width + 1), i + 1):
            rows[i][j] = 1
        for j in range(stride - 1, i + 1, stride) if stride else ():
            rows[i][j] = 1
    return rows


def window_with_triangles(n, width, stride):
    marks = np.arange(n) % stride == stride - 1 if stride else np.zeros(n, dtype=bool)
    full = np.ones((n, n), dtype=bool)
    return np.tril(np.triu(full, 1 - width) | marks)


def step_with_logsumexp(top, total, out, scores, values):
    """Volta ao logaritmo da soma, e parte dele."""
    new = torch.cat([top, scores], -1).amax(-1, keepdim=True)
    every = torch.cat([top, scores], -1) - new
    amounts = torch.cat([total, torch.ones_like(scores)], -1)
    weights = every.exp() * amounts
    first = out * every[:, :1].exp()
    return [new, weights.sum(-1, keepdim=True), first + every[:, 1:].exp() @ values]


def step_key_by_key(top, total, out, scores, values):
    for key in range(scores.shape[1]):
        score = scores[:, [key]]
        new = torch.where(score > top, score, top)
        keep, weight = torch.exp(top - new), torch.exp(score - new)
        top, total, out = new, total * keep + weight, out * keep + weight * values[key]
    return top, total, out


def summary_with_pytorch(q, k, v, E, F_):
    k, v = (
        torch.einsum("hrn,bhnd->bhrd", part.expand(k.shape[1], -1, -1), side)
        for part, side in ((E, k), (F_, v))
    )
    return F.scaled_dot_product_attention(q, k, v)


def summary_with_einsum(q, k, v, E, F_):
    E, F_ = (part.expand(q.shape[1], -1, -1) for part in (E, F_))
    scores = torch.einsum("bhqd,hrn,bhnd->bhqr", q, E, k) / np.sqrt(q.shape[-1])
    weights = torch.exp(scores - scores.amax(-1, keepdim=True))
    weights = weights / weights.sum(-1, keepdim=True)
    return torch.einsum("bhqr,hrn,bhnd->bhqd", weights, F_, v).tolist()


def buckets_of_the_largest(x, R):
    turned = x @ R
    best = turned.abs().argmax(-1)
    sign = turned.gather(-1, best[..., None])[..., 0]
    return torch.where(sign > 0, best, best + R.shape[1])


def buckets_in_numpy(x, R):
    return np.argmax(x.numpy() @ np.hstack([R, -R]), axis=-1)


def read_by_reading_all(attn, ln, memory, x):
    both = ln(torch.cat([memory, x], 1))
    whole = attn(both, mask=causal_mask(both.shape[1]))
    return whole[:, memory.shape[1] :]


def read_with_two_masks(attn, ln, memory, x):
    n, m = x.shape[1], memory.shape[1]
    mask = torch.cat([torch.ones(n, m), torch.ones(n, n).tril()], 1).bool()
    return attn(ln(x), key_side=torch.cat([ln(memory), ln(x)], 1), mask=mask)


def back_by_autograd(scores, values, lse, out, grad):
    """Deixa o PyTorch derivar a exponencial, e tira a média à parte."""
    sides = [side.double().requires_grad_() for side in (scores, values)]
    weights = (sides[0] - lse).exp()
    (weights @ sides[1]).backward(grad.double())
    found = [side.grad for side in sides]
    return found[0] - weights.detach() * (grad * out).sum(1, keepdim=True), found[1]


def back_in_loops(scores, values, lse, out, grad):
    to_scores, to_values = np.zeros(scores.shape), np.zeros(values.shape)
    for i, row in enumerate(scores.tolist()):
        mean = float(grad[i] @ out[i])
        for j, score in enumerate(row):
            weight = np.exp(score - float(lse[i]))
            to_scores[i, j] = weight * (float(grad[i] @ values[j]) - mean)
            to_values[j] += weight * grad[i].numpy()
    return to_scores.tolist(), to_values


@pytest.mark.parametrize(
    ("exercise_id", "answer"),
    [
        ("12.volta", back_by_autograd),
        ("12.volta", back_in_loops),
        ("12.janela", window_in_lists),
        ("12.janela", window_with_triangles),
        ("12.online", step_with_logsumexp),
        ("12.online", step_key_by_key),
        ("12.resumo", summary_with_pytorch),
        ("12.resumo", summary_with_einsum),
        ("12.baldes", buckets_of_the_largest),
        ("12.baldes", buckets_in_numpy),
        ("12.segmento", read_by_reading_all),
        ("12.segmento", read_with_two_masks),
    ],
)
def test_another_way_of_being_right_is_accepted(exercise_id, answer):
    assert check(exercise_id, answer).status == "certo"


def right(exercise_id):
    return registry.get(exercise_id).solution


@pytest.mark.parametrize(
    ("exercise_id", "answer"),
    [
        ("12.volta", lambda s, v, lse, o, g: right("12.volta")(s.clamp(min=-70), v, lse, o, g)),
        ("12.volta", lambda s, v, lse, o, g: right("12.volta")(s, v, lse[:1], o, g)),
        ("12.volta", lambda s, v, lse, o, g: right("12.volta")(s, v, lse, o.sum(), g)),
        ("12.janela", lambda n, w, s: window_in_lists(n, w, s + 1)),
        ("12.janela", lambda n, w, s: window_with_triangles(n, min(w, 3), s)),
        ("12.online", lambda top, *rest: step_key_by_key(top.clamp(min=-50), *rest)),
        ("12.online", lambda t, n, o, s, v: step_key_by_key(t, n, o, s.clamp(min=-80), v)),
        ("12.resumo", lambda q, k, v, E, F_: right("12.resumo")(q[:1], k[:1], v[:1], E, F_)),
        ("12.resumo", lambda q, k, v, E, F_: summary_with_pytorch(q, k, v, E.abs(), F_)),
        ("12.baldes", lambda x, R: buckets_of_the_largest(x.abs(), R)),
        ("12.baldes", lambda x, R: right("12.baldes")(x, R[:, :3])),
        ("12.segmento", lambda a, ln, m, x: read_by_reading_all(a, ln, m.flip(1), x) * 1.01),
        ("12.segmento", lambda a, ln, m, x: read_by_reading_all(a, ln, m[:, -2:], x)),
    ],
)
def test_unlisted_wrong_answers_are_refused(exercise_id, answer):
    assert check(exercise_id, answer).status == "errado"


def test_a_step_over_a_block_is_the_steps_over_its_pieces():
    """O que o cartão promete, com scores que estouram e blocos inteiros proibidos."""
    step, draw = right("12.online"), torch.Generator().manual_seed(0)
    scores = 300 * torch.randn(5, 12, generator=draw, dtype=torch.float64)
    scores[:, :4] = -torch.inf
    values = torch.randn(12, 3, generator=draw, dtype=torch.float64)
    start = (
        torch.full((5, 1), -1e30).double(),
        torch.zeros(5, 1).double(),
        torch.zeros(5, 3).double(),
    )
    for size in (1, 3, 4, 12):
        state = start
        for at in range(0, 12, size):
            state = step(*state, scores[:, at : at + size], values[at : at + size])
        assert torch.allclose(state[2] / state[1], scores.softmax(-1) @ values)


def test_the_way_back_of_each_block_is_the_way_back_of_the_softmax():
    """O que o cartão promete: blocos lado a lado, um deles proibido inteiro."""
    draw = torch.Generator().manual_seed(0)
    scores = 30 * torch.randn(5, 12, generator=draw, dtype=torch.float64)
    scores[:, 4:8] = -torch.inf
    values, grad = (torch.randn(n, 3, generator=draw, dtype=torch.float64) for n in (12, 5))
    sides = [scores.clone().requires_grad_(), values.clone().requires_grad_()]
    out = sides[0].softmax(-1) @ sides[1]
    out.backward(grad)
    lse = scores.logsumexp(-1, keepdim=True)
    parts = [slice(at, at + 4) for at in (0, 4, 8)]
    found = [
        right("12.volta")(scores[:, part], values[part], lse, out.detach(), grad) for part in parts
    ]
    assert not any(side.any() for side in found[1])
    assert torch.allclose(torch.cat([one for one, _ in found], 1), sides[0].grad)
    assert torch.allclose(torch.cat([one for _, one in found]), sides[1].grad)
