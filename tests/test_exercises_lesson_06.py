"""Os exercícios da lição 06: gabaritos contra helpers e PyTorch, diagnósticos com nome."""

from collections import Counter

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from helpers import heads
from helpers.attention import causal_mask
from helpers.block import Block
from helpers.config import DecoderConfig
from helpers.decoder import Decoder
from helpers.exercises import registry
from helpers.exercises.checking import check
from helpers.hooks import run_with_cache
from helpers.studies.thread import load_thread

pytestmark = pytest.mark.usefixtures("progress_file")


def draw(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def norm_row_by_row(resid, w, b, eps):
    out = torch.zeros(resid.shape)
    for row, x in enumerate(resid):
        out[row] = (x - x.mean()) / torch.sqrt(x.var(unbiased=False) + eps) * w + b
    return out


def norm_from_squares(resid, w, b, eps):
    mean = resid.mean(-1, keepdim=True)
    variance = (resid**2).mean(-1, keepdim=True) - mean**2
    return (resid - mean) * (variance + eps).rsqrt() * w + b


def norm_module(resid, w, b, eps):
    layer = torch.nn.LayerNorm(resid.shape[1], eps=eps)
    layer.load_state_dict({"weight": w.float(), "bias": b.float()})
    return layer(resid.float()).detach()


def norm_in_float64(resid, w, b, eps):
    return F.layer_norm(resid.double(), w.shape, w.double(), b.double(), eps).tolist()


def block_in_steps(resid, ln1, attn, ln2, mlp):
    stream = resid.clone()
    stream += attn(ln1(stream))
    stream += mlp(ln2(stream))
    return stream


def sent_one_by_one(pattern):
    n, sent = len(pattern), torch.zeros(len(pattern))
    for query in range(n):
        for key in range(query + 1):
            sent[key] += pattern[query, key] / (n - key)
    return sent


def credit_one_by_one(writes, scale, w, direction):
    credit = torch.zeros(len(writes))
    for i, x in enumerate(writes):
        credit[i] = ((x - x.mean()) / scale * w) @ direction
    return credit


def reach_by_products(mask, n_layers):
    step = torch.tensor(mask).double() + torch.eye(len(mask), dtype=torch.float64)
    ways = torch.linalg.matrix_power(step, n_layers)[-1]
    return [i for i, n in enumerate(ways.tolist()) if n > 0]


def right_cell_by_cell(norms):
    n, right, total = len(norms), 0.0, 0.0
    for query in range(n):
        for key in range(n):
            total += float(norms[query, key])
            right += float(norms[query, key]) if key > query else 0.0
    return right / total


def swaps_by_position(score, ids, others):
    whole = score(ids)
    found = np.zeros(len(ids))
    for i in range(len(ids)):
        for other in others:
            one = ids.copy()
            one[i] = other
            found[i] += np.abs(score(one) - whole)
    return found / len(others)


def within_by_dictionary(a, b, groups, agree):
    parts = {}
    for x, y, group in zip(a, b, groups, strict=True):
        parts.setdefault(group, ([], []))
        parts[group][0].append(x)
        parts[group][1].append(y)
    found = [agree(*part) for part in parts.values()]
    return torch.tensor(found, dtype=torch.float64).mean()


def lead_by_counting_distances(cases):
    backs = Counter(asker - place for asker, _, right in cases for place in right)
    mine = np.mean([looked in right for _, looked, right in cases])
    return mine - max(backs.values()) / len(cases)


def lead_by_tables(cases):
    table = np.zeros((len(cases), 40), dtype=np.float32)
    for row, (asker, _, right) in zip(table, cases, strict=True):
        row[[asker - place for place in right]] = 1
    mine = np.array([float(looked in right) for _, looked, right in cases], dtype=np.float32)
    return float(mine.mean() - table.mean(0).max())


def beyond_by_numpy(guesses, labels, seen):
    ids, counts = np.unique(seen, return_counts=True)
    labels = np.array(labels)
    return (labels == guesses).mean() - (labels == ids[counts.argmax()]).mean()


def beyond_by_tensors(guesses, labels, seen):
    guesses, labels = torch.tensor(guesses), torch.tensor(labels)
    common = torch.tensor(seen).bincount().argmax()
    return (guesses == labels).float().mean() - (labels == common).float().mean()


@pytest.mark.parametrize(
    ("exercise_id", "answer"),
    [
        ("06.layer_norm", norm_row_by_row),
        ("06.layer_norm", norm_from_squares),
        ("06.layer_norm", norm_module),
        ("06.layer_norm", norm_in_float64),
        ("06.bloco", block_in_steps),
        ("06.bloco", lambda r, *parts: block_in_steps(r.double(), *parts).numpy()),
        ("06.enviado", sent_one_by_one),
        ("06.enviado", lambda p: torch.einsum("qk->k", p) / torch.arange(len(p), 0, -1)),
        ("06.enviado", lambda p: [float(p[key:, key].double().mean()) for key in range(len(p))]),
        ("06.fonte", lambda w, v, W_O: torch.einsum("j,jd,dm->jm", w, v, W_O).norm(dim=1).argmax()),
        (
            "06.fonte",
            lambda w, v, W_O: max(range(len(w)), key=lambda j: (w[j] * v[j] @ W_O).norm()),
        ),
        ("06.contribuicoes", credit_one_by_one),
        ("06.contribuicoes", lambda W, s, w, d: (W @ (w * d) - W.mean(-1) * (w @ d)) / s),
        ("06.corrida", lambda s, w: torch.cat([s[None], s + w.cumsum(0)])),
        ("06.corrida", lambda s, w: [(s + w[:k].sum(0)).tolist() for k in range(len(w) + 1)]),
        ("06.corrida", lambda s, w: torch.cat([s[None], w]).double().cumsum(0).numpy()),
        ("06.lente", lambda r, norm, W: F.softmax(norm(r) @ W, dim=1)),
        ("06.lente", lambda r, norm, W: [(row @ W).softmax(0).tolist() for row in norm(r)]),
        ("06.lente", lambda r, norm, W: (norm(r) @ W).double().log_softmax(-1).exp().numpy()),
        ("06.alcanca", lambda m, n: reach_by_products(m, n)),
        ("06.direita", lambda norms: norms.triu(1).sum() / norms.sum()),
        ("06.direita", right_cell_by_cell),
        ("06.troca", swaps_by_position),
        ("06.por_grupo", within_by_dictionary),
        ("06.sonda", beyond_by_numpy),
        ("06.sonda", beyond_by_tensors),
        ("06.sonda", lambda g, r, seen: beyond_by_tensors(g, r, seen).item()),
        ("06.vantagem", lead_by_counting_distances),
        ("06.vantagem", lead_by_tables),
        ("06.vantagem", lambda cases: torch.tensor(lead_by_tables(cases))),
        ("06.pares", (78, 42, 50, 30, 62)),
        ("06.pares", torch.tensor([78, 42, 50, 30, 62])),
        ("06.ganho", (1 / 16, 81 / 16)),
        ("06.ganho", torch.tensor([0.0625, 5.0625])),
        ("06.ganho", (0.0625, 5.06)),
    ],
)
def test_other_right_answers_are_accepted(exercise_id, answer):
    assert check(exercise_id, answer).status == "certo"


def source_of_width(width):
    def answer(weights, values, W_O):
        moved = weights[:, None] * (values @ W_O)
        return int(moved[:, : width(values)].norm(dim=-1).argmax())

    return answer


@pytest.mark.parametrize(
    ("exercise_id", "answer"),
    [
        ("06.fonte", source_of_width(lambda values: values.shape[1])),
        ("06.fonte", source_of_width(lambda values: 3)),
        ("06.fonte", lambda w, v, W_O: int((w[:, None] * (v @ W_O)).abs().sum(-1).argmax())),
        ("06.enviado", lambda p: p.sum(0) / (p > 0).sum(0)),
        ("06.enviado", lambda p: p.sum(0) / (p > 0.1).sum(0).clamp_min(1)),
        ("06.layer_norm", lambda r, w, b, eps: norm_row_by_row(r, w, b, 0.0)),
        ("06.layer_norm", lambda r, w, b, eps: norm_row_by_row(r, w, b, 1e-5)),
        ("06.layer_norm", lambda *args: norm_row_by_row(*args).round(decimals=3)),
        ("06.bloco", lambda r, *parts: block_in_steps(r.long().float(), *parts)),
        ("06.contribuicoes", lambda *args: credit_one_by_one(*args).round(decimals=3)),
        ("06.ganho", (0.06, 5.06)),
    ],
)
def test_unlisted_wrong_answers_are_refused(exercise_id, answer):
    assert check(exercise_id, answer).status == "errado"


def test_layer_norm_is_the_one_of_pytorch():
    resid, w, b = draw(5, 8), draw(8, seed=1), draw(8, seed=2)
    mine = registry.get("06.layer_norm").solution(resid, w, b, 1e-5)
    assert torch.allclose(mine, F.layer_norm(resid, (8,), w, b, 1e-5), atol=1e-12)


def test_block_is_the_one_of_helpers_and_the_wrong_one_loses_attention():
    config = DecoderConfig(50, 16, 32, n_heads=4, n_layers=1)
    block = Block(config, generator=torch.Generator().manual_seed(0)).double()
    mask, resid = causal_mask(6), draw(1, 6, 32)
    parts = (block.ln1, lambda x: block.attn(x, mask=mask), block.ln2, block.mlp)
    exercise = registry.get("06.bloco")
    wrong = {item.name: item.answer for item in exercise.wrong}
    with torch.no_grad():
        assert torch.allclose(exercise.solution(resid, *parts), block(resid, mask), atol=1e-10)
        silent = (*parts[:3], torch.zeros_like)
        assert torch.equal(wrong["perde_a_atencao"](resid, *silent), resid)
        assert not torch.allclose(exercise.solution(resid, *silent), resid)
        post = Block(config, norm="post").double()
        post.load_state_dict(block.state_dict())
        found = wrong["norma_depois"](resid, *parts)
        assert torch.allclose(found, post(resid, mask), atol=1e-10)


def test_gain_is_compound():
    assert registry.get("06.ganho").solution == [0.5**4, 1.5**4]
    assert "(0.25, 2.25)" in registry.get("06.ganho").stub


def test_sent_of_the_uniform_pattern_still_favours_the_first():
    even = heads.uniform_pattern(6)[0, 0]
    sent = registry.get("06.enviado").solution(even)
    assert sent[0] == pytest.approx(2.45 / 6)
    wrong = {item.name: item.answer for item in registry.get("06.enviado").wrong}
    assert wrong["soma_a_linha"](even) == pytest.approx([1.0] * 6)


def test_hints_tell_true_outputs():
    sent = registry.get("06.enviado").solution
    by_hand = torch.tensor([[1, 0, 0], [0.75, 0.25, 0], [0.5, 0.25, 0.25]])
    assert sent(by_hand) == [0.75, 0.25, 0.25]
    source = registry.get("06.fonte").solution
    arguments = torch.tensor([0.6, 0.4]), torch.tensor([[0.1], [3.0]]), torch.tensor([[1.0]])
    assert source(*arguments) == 1
    credit = registry.get("06.contribuicoes").solution
    one = torch.tensor([[1.0, 3.0]]), 2.0, torch.ones(2), torch.tensor([0.0, 1.0])
    assert credit(*one) == [0.5]
    norm = registry.get("06.layer_norm").solution
    first = norm(torch.tensor([[2.0, 4.0, 6.0, 8.0]]), torch.ones(4), torch.zeros(4), 0.0)[0, 0]
    assert float(first) == pytest.approx(-3 / 5**0.5)
    assert round(-3 / 5**0.5, 3) == -1.342


def test_source_is_the_largest_contribution_of_helpers():
    config = DecoderConfig(50, 16, 32, n_heads=4, n_layers=1)
    model = Decoder(config, generator=torch.Generator().manual_seed(3))
    tokens = torch.randint(50, (1, 9), generator=torch.Generator().manual_seed(4))
    norms = heads.contribution_norms(model, tokens)[0, 0]
    _, seen = run_with_cache(model, tokens)
    solution = registry.get("06.fonte").solution
    for head in range(4):
        weights = seen["blocks.0.attn.hook_pattern"][0, head, -1]
        values = seen["blocks.0.attn.hook_v"][0, :, head]
        with torch.no_grad():
            found = solution(weights, values, model.blocks[0].attn.W_O[head])
        assert found == int(norms[head, -1].argmax())


def test_credit_sums_to_the_logit():
    writes, w, direction = draw(6, 16), draw(16, seed=1), draw(16, seed=2)
    total = writes.sum(0)
    scale = float(total.std(correction=0))
    parts = registry.get("06.contribuicoes").solution(writes, scale, w, direction)
    logit = ((total - total.mean()) / scale * w) @ direction
    assert sum(parts) == pytest.approx(float(logit))


def test_predictions_agree_with_what_is_measured():
    asked = {item.id: item for item in registry.predictions("06")}
    x = draw(4)
    same = F.layer_norm(x, (4,))
    assert torch.allclose(F.layer_norm(10 * x, (4,)), same, atol=1e-3)
    scaled = asked["06.dez_vezes"]
    assert scaled.options[scaled.answer] == "Sai quase igual"
    copied = torch.tensor([[1.0, 0, 0]] * 3) @ torch.tensor([[1.0], [2.0], [3.0]])
    assert asked["06.conservacao"].answer == copied.sum()
    lost = asked["06.atencao_perdida"]
    assert lost.options[lost.answer] == "Nada"
    window = causal_mask(24).triu(-3).tolist()
    farthest = registry.get("06.alcanca").solution(window, 3)[0]
    assert asked["06.alcance"].answer == 23 - farthest


def test_predictions_about_the_model_are_what_it_does():
    thread = load_thread()
    asked = {item.id: item for item in registry.predictions("06")}
    at = thread.at("entregou")
    before, after = (thread.cache[f"blocks.0.hook_resid_{name}"][0, at] for name in ("pre", "mid"))
    assert asked["06.resta"].answer == round(float(100 * (after @ before) / (before @ before)))
    weights = heads.attention_patterns(thread.model, thread.tokens)[:, 0].argmax(-1)
    norms = heads.contribution_norms(thread.model, thread.tokens)[:, 0].argmax(-1)
    losers = weights[weights != norms]
    assert (len(losers), int(losers.max())) == (13, 0)
    who = asked["06.quem_perde"]
    assert who.options[who.answer] == "Quase sempre o `¶`"


def test_dividing_by_the_readers_still_favours_who_came_early():
    for n in (3, 6, 10):
        even = heads.uniform_pattern(n)[0, 0]
        sent = registry.get("06.enviado").solution(even)
        assert sent == sorted(sent, reverse=True)
        assert sent[0] > 1.5 * sent[-1]


def test_the_lens_on_the_last_height_is_the_model():
    thread = load_thread()
    final = thread.cache["blocks.2.hook_resid_post"][0]
    with torch.no_grad():
        found = registry.get("06.lente").solution(
            final, lambda x: thread.model.ln_final(x[None])[0], thread.model.W_U
        )
    assert torch.allclose(found, thread.cache["logits"][0].softmax(-1), atol=1e-4)


def test_reach_by_the_mask_is_where_the_derivative_is_not_zero():
    config = DecoderConfig(50, 9, 16, n_heads=2, n_layers=1)
    generator = torch.Generator().manual_seed(1)
    blocks = [Block(config, generator=generator).double() for _ in range(2)]
    sparse = causal_mask(9) & (torch.arange(9)[:, None] - torch.arange(9) != 1)
    for mask in (causal_mask(9).triu(-2), sparse):
        x = draw(1, 9, 16).requires_grad_()
        stream = x
        for block in blocks:
            stream = block(stream, mask)
        slope = torch.autograd.grad((stream[0, -1] * draw(16, seed=5)).sum(), x)[0][0]
        felt = [i for i in range(9) if slope[i].abs().max() > 0]
        assert registry.get("06.alcanca").solution(mask.tolist(), 2) == felt


def test_a_paradox_is_undone_inside_the_groups():
    a, b, groups = [1.0, 2.0, 11.0, 12.0], [9.0, 10.0, 1.0, 2.0], [0, 0, 1, 1]

    def agree(x, y):
        return float(torch.corrcoef(torch.tensor([x, y]))[0, 1])

    assert registry.get("06.por_grupo").solution(a, b, groups, agree) == pytest.approx(1)
    assert agree(a, b) < 0
