"""Os exercícios da lição 11: mais de um jeito de acertar, e enganos que não estão na lista."""

import functools
import math
from operator import mul

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from helpers.exercises.checking import check

pytestmark = pytest.mark.usefixtures("progress_file")


def cross_with_loops(y, z, W_Q, W_K, W_V, real):
    rows = []
    for asked in (y @ W_Q).tolist():
        kept = [i for i in range(len(z)) if real[i]]
        keys, values = (z @ W_K).tolist(), (z @ W_V).tolist()
        scores = [sum(map(mul, asked, keys[i])) / len(asked) ** 0.5 for i in kept]
        grown = [math.exp(score - max(scores)) for score in scores]
        columns = zip(*(values[i] for i in kept), strict=True)
        rows.append([sum(map(mul, grown, column)) / sum(grown) for column in columns])
    return rows


def cross_of_torch(y, z, W_Q, W_K, W_V, real):
    mask = real.expand(len(y), -1)
    return F.scaled_dot_product_attention(y @ W_Q, z @ W_K, z @ W_V, attn_mask=mask)


def cross_without_padding(y, z, W_Q, W_K, W_V, real):
    kept = z[real]
    return ((y @ W_Q) @ (kept @ W_K).T / W_Q.shape[1] ** 0.5).softmax(-1) @ (kept @ W_V)


def cross_with_a_small_mask(y, z, W_Q, W_K, W_V, real):
    """−100 esconde o enchimento só enquanto os scores reais não ficam abaixo disso."""
    scores = y @ W_Q @ (z @ W_K).T / W_Q.shape[1] ** 0.5
    return scores.masked_fill(~real, -100.0).softmax(-1) @ (z @ W_V)


def cross_hiding_rows(y, z, W_Q, W_K, W_V, real):
    """Esconde as linhas, quando os dois lados têm o mesmo tamanho."""
    mask = real[:, None] if len(y) == len(z) else real
    scores = y @ W_Q @ (z @ W_K).T / W_Q.shape[1] ** 0.5
    return scores.masked_fill(~mask, -math.inf).softmax(-1) @ (z @ W_V)


def shift_with_lists(answers, start):
    return [[start, *row[:-1]] for row in answers.tolist()]


def shift_with_padding(answers, start):
    return F.pad(answers[:, :-1], (1, 0), value=start)


def shift_by_rolling(answers, start):
    out = answers.roll(1, 1)
    out[:, 0] = start
    return out


def block_in_steps(block, y, z, past, real):
    for ln, part in (
        (block.ln1, lambda x: block.attn(x, mask=past)),
        (block.ln2, lambda x: block.cross(x, key_side=z, mask=real)),
        (block.ln3, block.mlp),
    ):
        y = y + part(ln(y))
    return y


def depth_by_rounds(needs):
    """Em cada rodada faz-se tudo o que já pode começar, e risca-se de quem esperava por isso."""
    waits = [len(set(earlier)) for earlier in needs]
    later = [[] for _ in needs]
    for i, earlier in enumerate(needs):
        for one in set(earlier):
            later[one].append(i)
    ready, rounds = [i for i, n in enumerate(waits) if not n], 0
    while ready:
        rounds += 1
        freed = [i for done in ready for i in later[done]]
        for i in freed:
            waits[i] -= 1
        ready = [i for i in set(freed) if not waits[i]]
    return rounds


def hide_with_where(ids, draws, mask, share):
    return torch.where(draws < share, mask, ids), torch.where(draws < share, ids, -100)


def hide_in_numpy(ids, draws, mask, share):
    ids, chosen = ids.numpy(), draws.numpy() < share
    return [np.where(chosen, mask, ids), np.where(chosen, ids, -100)]


def reads_in_numpy(f, x, push):
    """Um empurrão por linha de uma identidade, e a norma da diferença."""
    gaps = [f(x + row[:, None] * push) - f(x) for row in torch.eye(len(x), dtype=x.dtype)]
    return (np.stack([gap.norm(dim=-1).numpy() for gap in gaps], 1) > 1e-6).astype(int)


def reads_in_lists(f, x, push):
    before = f(x).tolist()
    table = [[0] * len(x) for _ in before]
    for j in range(len(x)):
        rows = x.tolist()
        rows[j] = [a + b for a, b in zip(rows[j], push.tolist(), strict=True)]
        for i, row in enumerate(f(torch.tensor(rows, dtype=x.dtype)).tolist()):
            table[i][j] = int(any(abs(a - b) > 1e-6 for a, b in zip(row, before[i], strict=True)))
    return table


def post_in_steps(block, x, mask):
    for part, ln in ((lambda x: block.attn(x, mask=mask), block.ln1), (block.mlp, block.ln2)):
        x = ln(part(x) + x)
    return x.tolist()


def post_of_the_course(block, x, mask):
    block.norm = "post"
    try:
        return block(x, mask)
    finally:
        block.norm = "pre"


@pytest.mark.parametrize(
    ("exercise_id", "answer"),
    [
        ("11.quem_le", reads_in_numpy),
        ("11.quem_le", reads_in_lists),
        ("11.norma_depois", post_in_steps),
        ("11.norma_depois", post_of_the_course),
        ("11.cruzada", cross_with_loops),
        ("11.cruzada", cross_of_torch),
        ("11.cruzada", cross_without_padding),
        ("11.deslocar", shift_with_lists),
        ("11.deslocar", shift_with_padding),
        ("11.deslocar", shift_by_rolling),
        ("11.bloco", block_in_steps),
        ("11.fila", depth_by_rounds),
        ("11.tapar", hide_with_where),
        ("11.tapar", hide_in_numpy),
    ],
)
def test_another_way_of_being_right_is_accepted(exercise_id, answer):
    assert check(exercise_id, answer).status == "certo"


def cross_of_the_first_query(y, z, W_Q, W_K, W_V, real):
    return cross_of_torch(y[:1].expand_as(y), z, W_Q, W_K, W_V, real)


def depth_of_neighbours(needs):
    """Conta só as esperas pela conta anterior."""
    longest = now = min(1, len(needs))
    for i in range(1, len(needs)):
        now = now + 1 if i - 1 in needs[i] else 1
        longest = max(longest, now)
    return longest


def depth_from_the_end(needs):
    """Guarda o que já contou, mas desce por toda a fila de uma vez."""

    @functools.cache
    def up_to(i):
        return 1 + max(map(up_to, needs[i]), default=0)

    return max(map(up_to, reversed(range(len(needs)))), default=0)


@pytest.mark.parametrize(
    ("exercise_id", "answer"),
    [
        ("11.quem_le", lambda f, x, push: reads_in_lists(f, x, -push)),
        ("11.quem_le", lambda f, x, push: reads_in_lists(f, x, 1e-4 * push)),
        ("11.quem_le", lambda f, x, push: [row[::-1] for row in reads_in_lists(f, x, push)]),
        ("11.norma_depois", lambda b, x, m: b.ln2(x + b.attn(x, mask=m) + b.mlp(x))),
        ("11.norma_depois", lambda b, x, m: post_of_the_course(b, x, m.T)),
        ("11.norma_depois", lambda b, x, m: b.ln2(post_of_the_course(b, x, m))),
        ("11.norma_depois", lambda b, x, m: post_of_the_course(b, post_of_the_course(b, x, m), m)),
        ("11.cruzada", cross_of_the_first_query),
        ("11.cruzada", cross_with_a_small_mask),
        ("11.cruzada", cross_hiding_rows),
        ("11.cruzada", lambda y, z, q, k, v, real: cross_of_torch(y, z.flip(0), q, k, v, real)),
        ("11.deslocar", lambda answers, start: shift_with_padding(answers, start).flip(1)),
        ("11.deslocar", lambda answers, start: shift_with_padding(answers, 1)),
        ("11.bloco", lambda block, y, z, past, real: block_in_steps(block, y, -z, past, real)),
        ("11.fila", depth_of_neighbours),
        ("11.fila", depth_from_the_end),
        ("11.tapar", lambda ids, draws, mask, share: hide_with_where(ids, draws, mask, 0.3)),
        ("11.tapar", lambda ids, draws, mask, share: hide_with_where(ids, draws, 9, share)),
    ],
)
def test_unlisted_wrong_answers_are_refused(exercise_id, answer):
    assert check(exercise_id, answer).status == "errado"


def test_a_wrong_that_walks_every_path_does_not_hold_the_check():
    def by_every_path(needs):
        def up_to(i):
            return 1 + max(map(up_to, needs[i]), default=0)

        return max(map(up_to, range(len(needs))), default=0)

    assert check("11.fila", by_every_path).status != "certo"
