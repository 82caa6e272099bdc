"""Os exercícios da lição 05: os erros se distinguem, e há mais de um jeito de acertar."""

from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
import torch

from helpers import heads
from helpers.attention import Attention, causal_mask
from helpers.exercises import registry
from helpers.exercises.checking import check
from helpers.explorables.switches import PROMPT
from helpers.hooks import editing, run_with_cache, run_with_edits
from helpers.studies.thread import load_thread

pytestmark = pytest.mark.usefixtures("progress_file")


def price_by_building(n_pos, d_model, n_heads, d_head, d_value):
    layer = Attention(d_model, n_heads, d_head=d_head, d_value=d_value)
    weights = sum(w.numel() for w in (layer.W_Q, layer.W_K, layer.W_V, layer.W_O))
    pairs = n_heads * n_pos**2 * d_head + n_heads * n_pos**2 * d_value
    return weights, n_pos * weights + pairs, min(layer.W_V.shape[1:])


def lost_by_dealing(n_clues, n_heads):
    """Reparte as cabeças como cartas e soma, em frações exatas, o que cada pista deixa passar."""
    followers = Counter(head % n_clues for head in range(n_heads))
    return float(
        1 - sum(min(Fraction(k, n_heads), Fraction(1, n_clues)) for k in followers.values())
    )


def scales_with_tensors(n_pos, windows):
    past = torch.ones(n_pos, n_pos).tril()
    return torch.stack([past if w is None else past.triu(1 - w) for w in windows])


def multi_head_at_once(x, W_Q, W_K, W_V, W_O):
    q, k, v = (torch.einsum("pm,hmd->hpd", x, W) for W in (W_Q, W_K, W_V))
    scores = q @ k.mT / q.shape[-1] ** 0.5
    pattern = scores.masked_fill(~causal_mask(len(x)), -torch.inf).softmax(-1)
    return (pattern @ v).transpose(0, 1).flatten(1) @ W_O.flatten(0, 1)


def multi_head_in_float64(*args):
    return multi_head_at_once(*(one.double() for one in args)).tolist()


def multi_head_position_by_position(x, W_Q, W_K, W_V, W_O):
    written = torch.zeros(x.shape)
    for head in range(len(W_Q)):
        for i in range(len(x)):
            before = x[: i + 1]
            scores = before @ W_K[head] @ (x[i] @ W_Q[head]) / W_Q.shape[-1] ** 0.5
            written[i] += scores.softmax(0) @ (before @ W_V[head]) @ W_O[head]
    return written


def multi_head_of_the_course(x, W_Q, W_K, W_V, W_O):
    layer = Attention(x.shape[1], len(W_Q), W_Q.shape[-1])
    weights = {"W_Q": W_Q, "W_K": W_K, "W_V": W_V, "W_O": W_O}
    layer.load_state_dict(weights, strict=False)
    return layer(x[None], mask=causal_mask(len(x)))[0].detach()


def rows_with_torch(rows, n_heads):
    table = np.array(rows, dtype=object).reshape(n_heads, 3, -1)
    return table.transpose(1, 0, 2).ravel().tolist()


def read_share_with_heads(pattern):
    table = torch.tensor(pattern, dtype=torch.float64)
    uniform = heads.uniform_pattern(len(pattern))[0, 0].double()
    return table.sum(0) / uniform.sum(0)


def profile_with_heads(pattern):
    patterns = pattern[None]
    scores = heads.attention_entropy, heads.attention_distance, heads.previous_token_score
    return torch.stack([score(patterns) for score in scores], -1)


def split_with_loops(q, n_heads):
    d_head = q.shape[1] // n_heads
    return [
        [row[head * d_head : (head + 1) * d_head] for row in q.tolist()] for head in range(n_heads)
    ]


def writes_by_padding(z, W_O):
    """Cala as outras cabeças na concatenação e multiplica pela matriz inteira."""
    written = []
    for head in range(len(z)):
        alone = torch.zeros_like(z)
        alone[head] = z[head]
        written.append(alone.transpose(0, 1).flatten(1) @ W_O)
    return torch.stack(written).tolist()


def silence_in_place(model, tokens, layer, head):
    def edit(z):
        z[:, :, head] = 0
        return z

    return run_with_edits(model, tokens, {f"blocks.{layer}.attn.hook_z": edit})


def silence_the_values(model, tokens, layer, head):
    def edit(v):
        keep = torch.arange(v.shape[2]) != head
        return v * keep[:, None]

    return run_with_edits(model, tokens, {f"blocks.{layer}.attn.hook_v": edit})


def silence_the_pattern(model, tokens, layer, head):
    def edit(pattern):
        return pattern.index_fill(1, torch.tensor([head]), 0.0)

    with editing(model, {f"blocks.{layer}.attn.hook_pattern": edit}):
        return model(tokens).tolist()


def silence_of_the_course(model, tokens, layer, head):
    return heads.ablate(model, tokens, [(layer, head)])


def silence_and_give_back(model, tokens, layer, head):
    """Apaga a fatia de `W_O` e a devolve: os pesos saem como entraram."""
    slab = model.blocks[layer].attn.W_O[head]
    kept = slab.clone()
    slab.zero_()
    logits = model(tokens)
    slab.copy_(kept)
    return logits


def costs_with_tensors(model, tokens, target):
    whole = model(tokens).softmax(-1)[0, -1, target]
    shape = (model.config.n_layers, model.config.n_heads)
    table = torch.zeros(shape, dtype=torch.float64)
    for layer, head in np.ndindex(*shape):
        left = heads.ablate(model, tokens, [(layer, head)]).softmax(-1)
        table[layer, head] = whole - left[0, -1, target]
    return table


@pytest.mark.parametrize(
    ("exercise_id", "answer"),
    [
        ("05.repartir", split_with_loops),
        ("05.repartir", lambda q, n_heads: q.view(len(q), n_heads, -1).transpose(0, 1)),
        ("05.repartir", lambda q, n_heads: torch.stack(q.chunk(n_heads, dim=1)).double()),
        ("05.repartir", lambda q, n_heads: np.split(q.numpy(), n_heads, axis=1)),
        ("05.repartir", lambda q, n_heads: q.chunk(n_heads, dim=-1)),
        ("05.parcelas", writes_by_padding),
        ("05.parcelas", lambda z, W_O: z @ W_O.view(len(z), -1, W_O.shape[1])),
        ("05.parcelas", lambda z, W_O: z.numpy() @ np.stack(np.split(W_O.numpy(), len(z)))),
        ("05.parcelas", lambda z, W_O: [a @ b for a, b in zip(z, W_O.chunk(len(z)))]),  # noqa: B905
        ("05.calar", silence_in_place),
        ("05.calar", silence_the_values),
        ("05.calar", silence_the_pattern),
        ("05.calar", silence_of_the_course),
        ("05.calar", silence_and_give_back),
        ("05.faz_falta", costs_with_tensors),
        ("05.faz_falta", lambda *args: costs_with_tensors(*args).tolist()),
        ("05.juntar", lambda z: z.transpose(0, 1).flatten(1)),
        ("05.juntar", lambda z: torch.cat(list(z), dim=-1).double()),
        ("05.juntar", lambda z: np.concatenate(list(z.numpy()), axis=1)),
        ("05.juntar", lambda z: [torch.cat([one[row] for one in z]) for row in range(z.shape[1])]),
        ("05.formas", [32, 128, 96, 128, 96]),
        ("05.varias_cabecas", multi_head_at_once),
        ("05.varias_cabecas", multi_head_in_float64),
        ("05.varias_cabecas", multi_head_position_by_position),
        ("05.varias_cabecas", multi_head_of_the_course),
        ("05.converter", rows_with_torch),
        ("05.converter", lambda rows, n_heads: tuple(rows_with_torch(rows, n_heads))),
        (
            "05.multiplicacoes",
            lambda n, m, h, d: (3 * n * m * h * d, h * n**2 * d, h * n**2 * d, n * h * d * m),
        ),
        ("05.mais_lido", read_share_with_heads),
        ("05.comparar", profile_with_heads),
        ("05.comparar", lambda pattern: profile_with_heads(pattern.float()).numpy()),
        ("05.sobreposicao", lambda A, B: (A.double() @ B.double().T).norm() ** 2 / len(A)),
        ("05.sobreposicao", lambda A, B: torch.linalg.svdvals(A @ B.T).square().mean().item()),
        ("05.sobreposicao", lambda A, B: np.square(A.numpy() @ B.numpy().T).sum(1).mean()),
        ("05.sobreposicao", lambda A, B: (A @ B.T @ B).square().sum(-1).mean()),
        ("05.sobreposicao", lambda A, B: ((A.T @ A) * (B.T @ B)).sum() / A.shape[0]),
        ("05.valores", price_by_building),
        ("05.valores", lambda *sizes: np.array(price_by_building(*sizes))),
        ("05.valores", lambda *sizes: torch.tensor(price_by_building(*sizes), dtype=torch.float64)),
        ("05.pistas", lost_by_dealing),
        ("05.pistas", lambda n_clues, n_heads: np.float32(lost_by_dealing(n_clues, n_heads))),
        ("05.pistas", lambda n_clues, n_heads: Fraction(lost_by_dealing(n_clues, n_heads))),
        ("05.escalas", scales_with_tensors),
        ("05.escalas", lambda n_pos, windows: scales_with_tensors(n_pos, windows).int().numpy()),
        ("05.escalas", lambda n_pos, windows: scales_with_tensors(n_pos, windows).tolist()),
        ("05.recorrente", lambda n, d: (6 * n * d**2, 2 * n * d * (2 * d + n))),
        ("05.recorrente", lambda n, d: np.array([6 * d, 4 * d + 2 * n], dtype=float) * n * d),
        ("05.recorrente", lambda n, d: torch.tensor([6 * n * d * d, (4 * d + 2 * n) * n * d])),
    ],
)
def test_other_right_answers_are_accepted(exercise_id, answer):
    assert check(exercise_id, answer).status == "certo"


def test_paper_answers_come_from_the_real_thing():
    layer = Attention(96, 4, d_head=8, d_value=32)
    joined = layer.W_O.flatten(0, 1)
    widths = (layer.W_V.shape[-1], joined.shape[0], joined.shape[1], *joined.shape)
    assert registry.get("05.formas").solution == widths


def test_claims_of_cards_and_predictions_are_true():
    macs = registry.get("05.multiplicacoes").solution
    assert macs(5, 8, 2, 4) == [960, 200, 200, 320]
    _, scores, mix, _ = macs(1024, 768, 12, 64)
    assert round((scores + mix) / 1e9, 1) == 1.6
    answers = {item.id: item.answer for item in registry.predictions("05")}
    assert answers["05.maior_tensor"] == 12 * 1024 * 1024 // (1024 * 768)
    share = registry.get("05.mais_lido").solution
    assert share([[1.0, 0.0], [0.5, 0.5]]) == [1.0, 1.0]
    join = registry.get("05.juntar")
    assert join.solution(join.make_cases()[0].args[0])[0].tolist() == [100, 101, 200, 201]
    q = torch.tensor([[0, 1, 2, 3], [10, 11, 12, 13], [20, 21, 22, 23]])
    split = registry.get("05.repartir").solution
    assert split(q, 2)[1].tolist() == [[2, 3], [12, 13], [22, 23]]
    z, W_O = registry.get("05.parcelas").make_cases()[0].args
    writes = registry.get("05.parcelas").solution
    assert writes(z, W_O).tolist() == [[[1, 2, 4]], [[3, 3, 0]]]
    rows = ["q0.0", "k0.0", "v0.0", "q1.0", "k1.0", "v1.0"]
    assert registry.get("05.converter").solution(rows, 2) == sorted(
        rows, key=lambda name: ("qkv".index(name[0]), name)
    )


def test_fixed_predictions_come_from_the_real_thing():
    found = {item.id: item for item in registry.predictions("05")}
    said = {name: item.options[item.answer] for name, item in found.items() if item.options}
    source = torch.Generator().manual_seed(0)
    a, b = torch.randn(2, 4000, 8, generator=source, dtype=torch.float64)
    wanted = torch.cat([a[:, :4], b[:, 4:]], dim=1)
    read = (a + b) / 2
    lost = (read @ torch.linalg.lstsq(read, wanted).solution - wanted).square().sum()
    assert found["05.uma_cabeca"].answer == round(100 * (1 - lost / wanted.square().sum()).item())
    q = torch.arange(12).view(3, 4)
    assert q.view(2, 3, 2).shape == q.view(3, 2, 2).transpose(0, 1).shape
    assert q.view(2, 3, 2)[0].tolist() != q[:, :2].tolist()
    assert said["05.view"] == "Dá a forma certa com números trocados de lugar"
    assert said["05.arranjos"] == "Um modelo que roda e dá outros números"
    assert said["05.mais_cabecas"] == "Cai de 1 para 2 e depois não melhora sempre"
    thread = load_thread()
    pattern = heads.attention_patterns(thread.model, thread.tokens)[..., 1:, :].argmax(-1)
    moved = heads.contribution_norms(thread.model, thread.tokens)[..., 1:, :].argmax(-1)
    assert (pattern == moved).double().mean() == pytest.approx(0.9, abs=0.03)
    assert said["05.celula_forte"] == "Em cerca de nove em dez"


def test_hints_and_guess_about_the_models_heads_are_measured():
    thread = load_thread()
    tokens = torch.tensor([[thread.ids[0], *thread.tokenizer.encode(PROMPT)]])
    joao = thread.tokenizer.encode(" João")[0]
    silence, costs = (registry.get(f"05.{name}").solution for name in ("calar", "faz_falta"))
    left = silence(thread.model, tokens, 2, 0)[0, -1].softmax(-1)[joao]
    assert f"{left:.2f}" == "0.96"
    table = torch.tensor(costs(thread.model, tokens, joao))
    assert f"{table[2, 3]:.2f}" == "-0.01"
    whole = thread.model(tokens)[0, -1].softmax(-1)[joao].item()
    guess = next(item for item in registry.predictions("05") if item.id == "05.pior")
    assert guess.answer == round(100 * (whole - table.max().item()))
    assert guess.high == round(100 * whole)


@pytest.mark.parametrize(
    "change",
    [
        lambda z, head: z + 0 * head,
        lambda z, head: z.roll(1, 2),
        lambda z, head: z * 0.5,
        lambda z, head: z.index_fill(2, torch.tensor([(head + 1) % z.shape[2]]), 0.0),
        lambda z, head: z.index_fill(2, torch.tensor([head]), 1.0),
        lambda z, head: z.index_fill(2, torch.tensor([head]), -1e9),
        lambda z, head: torch.cat(
            [z[:, :1], z[:, 1:] * (torch.arange(z.shape[2]) != head)[:, None]], 1
        ),
    ],
)
def test_unlisted_ways_of_not_silencing_are_refused(change):
    def answer(model, tokens, layer, head):
        name = f"blocks.{layer}.attn.hook_z"
        return run_with_edits(model, tokens, {name: lambda z: change(z, head)})

    assert check("05.calar", answer).status == "errado"


def test_silencing_leaves_nobody_listening():
    model = load_thread().model
    registry.get("05.calar").solution(model, torch.tensor([[1, 2]]), 0, 1)
    cached = run_with_cache(model, torch.tensor([[1, 2]]), "blocks.0.attn.hook_z")[1]
    assert all(z[:, :, 1].any() for z in cached.values())


@pytest.mark.parametrize(
    "answer",
    [
        lambda z: z,
        lambda z: z.flatten(),
        lambda z: None,
        lambda z: [sorted(row) for row in z.transpose(0, 1).flatten(1).tolist()],
        lambda z: z.sort(0).values.transpose(0, 1).flatten(1),
        lambda z: z.abs().transpose(0, 1).flatten(1),
        lambda z: z.transpose(0, 1).flatten(1).round(),
    ],
)
def test_unlisted_wrong_joins_are_refused(answer):
    assert check("05.juntar", answer).status == "errado"
