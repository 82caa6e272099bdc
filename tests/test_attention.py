"""A atenção: conta feita à mão, propriedades, PyTorch como testemunha, e erros explicados."""

import math

import pytest
import torch
import torch.nn.functional as F
from core import normal, seeded, told
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from helpers.attention import (
    MASK_KINDS,
    Attention,
    Head,
    attention_pattern,
    causal_mask,
    scaled_dot_product,
)
from helpers.cache import Cache
from helpers.hooks import run_with_cache, run_with_edits
from helpers.layouts import from_torch_mha, to_torch_mha


def filled(attention, seed=0):
    """Sorteia também os vieses, que nascem zero."""
    with torch.no_grad():
        for weight in attention.parameters():
            weight.normal_(std=0.5, generator=seeded(seed))
    return attention


def test_causal_mask_lets_each_position_see_itself_and_the_past():
    assert causal_mask(3).tolist() == [
        [True, False, False],
        [True, True, False],
        [True, True, True],
    ]
    assert causal_mask(2, 4).tolist() == [[True, True, True, False], [True] * 4]
    assert causal_mask(4).sum(-1).tolist() == [1, 2, 3, 4]


def test_worked_by_hand_with_small_integers():
    # d_head = 4, então √d_head = 2; os scores já divididos são múltiplos de ln 2 por construção.
    ln2 = math.log(2)
    q = torch.tensor([[2.0, 0, 0, 0], [0, 2.0, 0, 0]])
    k = torch.tensor([[0.0, ln2, 0, 0], [ln2, 2 * ln2, 0, 0], [2 * ln2, 3 * ln2, 0, 0]])
    v = torch.tensor([[7.0, 0], [0, 7.0], [7.0, 14.0]])
    z, pattern = scaled_dot_product(q, k, v)
    # Linha 0: scores 0, ln 2, 2 ln 2 → pesos 1, 2, 4 sobre 7. Linha 1: ln 2 a mais em cada um.
    expected = torch.tensor([[1.0, 2, 4], [1, 2, 4]]) / 7
    torch.testing.assert_close(pattern, expected)
    torch.testing.assert_close(z, torch.tensor([[5.0, 10], [5, 10]]))
    z, pattern = scaled_dot_product(q, k, v, mask=causal_mask(2, 3))
    torch.testing.assert_close(pattern[0], torch.tensor([1.0, 2, 0]) / 3)
    torch.testing.assert_close(z[0], torch.tensor([7.0, 14]) / 3)
    torch.testing.assert_close(z[1], torch.tensor([5.0, 10]))


def test_equal_to_a_loop_over_queries_and_keys():
    q, k, v = normal(4, 3, seed=1), normal(4, 3, seed=2), normal(4, 5, seed=3)
    z, pattern = scaled_dot_product(q, k, v, causal_mask(4))
    for i in range(4):
        weights = [math.exp(q[i].dot(k[j]).item() / math.sqrt(3)) for j in range(i + 1)]
        weights = torch.tensor(weights) / sum(weights)
        torch.testing.assert_close(pattern[i, : i + 1], weights)
        torch.testing.assert_close(z[i], weights @ v[: i + 1])


@given(
    st.integers(1, 3),
    st.integers(1, 5),
    st.integers(0, 4),
    st.integers(1, 6),
    st.integers(1, 6),
    st.booleans(),
)
@settings(max_examples=40)
def test_scaled_dot_product_equals_pytorch(batch, n_query, n_more, d_head, d_value, masked):
    n_key = n_query + n_more
    q, k = normal(batch, n_query, d_head, seed=1), normal(batch, n_key, d_head, seed=2)
    v = normal(batch, n_key, d_value, seed=3)
    mask = causal_mask(n_query, n_key) if masked else None
    z, pattern = scaled_dot_product(q, k, v, mask)
    torch.testing.assert_close(z, F.scaled_dot_product_attention(q, k, v, attn_mask=mask))
    torch.testing.assert_close(pattern.sum(-1), torch.ones(batch, n_query))
    if masked:
        assert not pattern.masked_select(~mask).any()


def test_the_four_mask_kinds_do_what_they_say():
    scores, mask = normal(4, 4), causal_mask(4)
    patterns = {kind: attention_pattern(scores, mask, kind) for kind in MASK_KINDS}
    future = {kind: pattern[0, 1:].sum().item() for kind, pattern in patterns.items()}
    rows = {kind: pattern.sum(-1) for kind, pattern in patterns.items()}
    assert future["minus_inf"] == future["zero_weights"] == 0
    assert future["none"] > 0
    assert future["zero_scores"] > 0
    for kind in ("minus_inf", "none", "zero_scores"):
        torch.testing.assert_close(rows[kind], torch.ones(4))
    assert rows["zero_weights"][0] < 0.9
    torch.testing.assert_close(patterns["zero_scores"], scores.tril().softmax(-1))
    torch.testing.assert_close(patterns["zero_weights"], scores.softmax(-1).tril())

    changed = scores.clone()
    changed[0, 3] += 5
    for kind, changes in {"minus_inf": False, "zero_weights": True, "none": True}.items():
        after = attention_pattern(changed, mask, kind)
        assert (not torch.equal(after[0, 0], patterns[kind][0, 0])) == changes


def test_softmax_survives_scores_that_overflow():
    pattern = attention_pattern(torch.tensor([[1000.0, 999.0], [-1e30, 1e30]]))
    expected = 1 / (1 + math.exp(-1))
    torch.testing.assert_close(pattern, torch.tensor([[expected, 1 - expected], [0.0, 1.0]]))


HALF = torch.full((1, 2, 64), 200.0, dtype=torch.float16)
ONES = torch.ones(2, 4)
INFINITE = ONES * math.inf
DEAD = torch.tensor([[0.0, 1.0], [-math.inf, -math.inf]])
NUMBERS = {
    "meia precisão": (
        lambda: scaled_dot_product(HALF, HALF, HALF),
        r"a linha 0 dos scores tem \+∞, .* torch.float16 \(6.55e\+04\), .*conta em float32$",
    ),
    "infinitos que se cancelam": (
        lambda: scaled_dot_product(INFINITE * torch.tensor([1, -1, 1, -1]), ONES, ONES),
        "a linha 0 dos scores tem NaN",
    ),
    "infinito em q": (
        lambda: scaled_dot_product(INFINITE, ONES, ONES),
        r"a linha 0 dos scores tem \+∞, .*confira os dois$",
    ),
    "linha toda −∞": (lambda: attention_pattern(DEAD), "a linha 1 dos scores é toda −∞"),
    "só a viva vale −∞": (
        lambda: attention_pattern(torch.tensor([[-math.inf, 0.0], [0.0, 0.0]]), causal_mask(2)),
        "a linha 0 dos scores é toda −∞",
    ),
    "máscara depois": (lambda: attention_pattern(DEAD, causal_mask(2), "zero_weights"), "linha 1"),
}


@pytest.mark.parametrize(("call", "words"), NUMBERS.values(), ids=NUMBERS)
def test_a_softmax_that_would_be_nan_is_told(call, words):
    with told(ValueError, match=words):
        call()


def test_a_layer_that_is_looked_into_tells_a_dead_row():
    layer, dead = Attention(8, 2, generator=seeded(0)), torch.full((1, 2, 3, 3), -math.inf)
    hook = layer.hook_attn_scores.register_forward_hook(lambda *_: dead)
    with told(ValueError, match="a linha 0 dos scores é toda −∞"):
        layer(normal(1, 3, 8))
    hook.remove()
    assert layer(normal(1, 3, 8)).isfinite().all()


@pytest.mark.parametrize("masked", [True, False], ids=["causal", "sem máscara"])
def test_fast_and_step_by_step_paths_are_equal(masked):
    attention, stream = filled(Attention(12, 3, d_head=5, d_value=2)), normal(2, 6, 12)
    mask = causal_mask(6) if masked else None
    watched = ["hook_pattern", "hook_attn_scores", "hook_z", "hook_result"]

    class WithMask(nn.Module):
        def __init__(self):
            super().__init__()
            self.attn = attention

        def forward(self, stream):
            return self.attn(stream, mask=mask)

    out, cache = run_with_cache(WithMask(), stream, [f"attn.{name}" for name in watched])
    torch.testing.assert_close(out, attention(stream, mask=mask), atol=1e-5, rtol=1e-5)
    same = run_with_edits(WithMask(), stream, {"attn.hook_pattern": lambda pattern: pattern})
    torch.testing.assert_close(same, out)
    pattern = cache["attn.hook_pattern"]
    torch.testing.assert_close(cache["attn.hook_attn_scores"].softmax(-1), pattern)
    if masked:
        assert (cache["attn.hook_attn_scores"] == -torch.inf).sum() == 2 * 3 * 15


def test_sum_of_the_heads_is_the_concatenation_times_w_o():
    attention, stream = filled(Attention(12, 3, d_value=2)), normal(2, 5, 12)
    mask = causal_mask(5)
    total = attention.b_O
    zs = []
    for index in range(3):
        head = Head(12, 4, 2)
        head.load_state_dict({name: getattr(attention, name)[index] for name in head.state_dict()})
        z, pattern = head(stream, mask=mask)
        assert pattern.shape == (2, 5, 5)
        zs.append(z)
        total = total + z @ attention.W_O[index]
    concat = torch.cat(zs, dim=-1) @ attention.W_O.flatten(0, 1) + attention.b_O
    torch.testing.assert_close(total, concat)
    torch.testing.assert_close(attention(stream, mask=mask), total, atol=1e-5, rtol=1e-5)


def test_a_head_asks_on_one_side_and_is_answered_on_the_other():
    head, stream, other = filled(Head(8, 4, 3)), normal(2, 4, 8), normal(2, 7, 8, seed=9)
    sides = {"Q": stream, "K": other, "V": other}
    q, k, v = (x @ getattr(head, f"W_{n}") + getattr(head, f"b_{n}") for n, x in sides.items())
    z, pattern = head(stream, other)
    torch.testing.assert_close(pattern, (q @ k.mT / 2).softmax(-1))
    torch.testing.assert_close(z, pattern @ v)


@pytest.mark.parametrize("cross", [False, True], ids=["autoatenção", "atenção cruzada"])
@pytest.mark.parametrize("bias", [True, False], ids=["com viés", "sem viés"])
def test_equal_to_pytorch_multihead_both_ways(cross, bias):
    torch.manual_seed(5)
    mha = nn.MultiheadAttention(12, 3, bias=bias, batch_first=True).eval()
    stream, other = normal(2, 4, 12), normal(2, 7, 12, seed=9)
    key_side = other if cross else stream
    mask = None if cross else causal_mask(4)
    ours = Attention(12, 3)
    ours.load_state_dict(from_torch_mha(mha.state_dict(), n_heads=3))
    if bias:
        filled(ours)
        mha.load_state_dict(to_torch_mha(ours.state_dict()))
    theirs, pattern = mha(
        stream,
        key_side,
        key_side,
        attn_mask=None if mask is None else ~mask,
        average_attn_weights=False,
    )
    out = ours(stream, other if cross else None, mask=mask)
    torch.testing.assert_close(out, theirs, atol=1e-5, rtol=1e-5)

    class Both(nn.Module):
        def __init__(self):
            super().__init__()
            self.attn = ours

        def forward(self, stream):
            return self.attn(stream, other if cross else None, mask=mask)

    _, cache = run_with_cache(Both(), stream, "attn.hook_pattern")
    torch.testing.assert_close(cache["attn.hook_pattern"], pattern, atol=1e-6, rtol=1e-5)


def test_future_tokens_change_no_past_output_and_do_without_a_mask():
    attention, stream = filled(Attention(8, 2)), normal(1, 6, 8)
    changed = stream.clone()
    changed[:, 4] += normal(8, seed=3)
    mask = causal_mask(6)
    difference = (attention(changed, mask=mask) - attention(stream, mask=mask)).abs().amax(-1)[0]
    assert (difference[:4] == 0).all()
    assert (difference[4:] > 1e-3).all()
    assert (attention(changed) - attention(stream)).abs().amax(-1).min() > 1e-3


def test_without_mask_shuffling_the_input_shuffles_the_output():
    attention, stream = filled(Attention(8, 2)), normal(2, 6, 8)
    order = torch.randperm(6, generator=seeded(2))
    torch.testing.assert_close(attention(stream[:, order]), attention(stream)[:, order])


def test_gradients_are_those_of_the_definition():
    attention = filled(Attention(6, 2, d_head=2, d_value=3)).double()
    stream = normal(1, 4, 6, dtype=torch.float64).requires_grad_()
    other = normal(1, 3, 6, seed=8, dtype=torch.float64).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: attention(x, mask=causal_mask(4)), stream)
    assert torch.autograd.gradcheck(lambda x, y: attention(x, y), (stream, other))
    q, k, v = (normal(3, 2, seed=s, dtype=torch.float64).requires_grad_() for s in (1, 2, 3))
    assert torch.autograd.gradcheck(
        lambda q, k, v: scaled_dot_product(q, k, v, causal_mask(3)), (q, k, v)
    )


def test_masks_may_differ_by_text_and_by_head():
    attention, stream = filled(Attention(8, 2)), normal(2, 4, 8)
    padding = torch.tensor([[True] * 4, [False, True, True, True]])[:, None, None, :]
    mask = padding.expand(2, 1, 4, 4)
    out = attention(stream, mask=mask)
    torch.testing.assert_close(out[0], attention(stream[:1])[0])
    torch.testing.assert_close(out[1, 1:], attention(stream[1:, 1:])[0], atol=1e-5, rtol=1e-5)


@torch.no_grad()
def test_one_layer_read_in_pieces_is_the_same():
    attention, stream = filled(Attention(8, 2, d_value=3)), normal(2, 6, 8)
    whole = attention(stream, mask=causal_mask(6))
    cache = Cache(n_layers=1, batch_size=2, n_ctx=6)
    for start, end in ((0, 3), (3, 4), (4, 6)):
        mask = causal_mask(end - start, end)
        piece = attention(stream[:, start:end], mask=mask, cache=cache.layers[0])
        cache.length = end
        torch.testing.assert_close(piece, whole[:, start:end])


@torch.no_grad()
def test_what_rotates_is_told_where_the_new_positions_begin():
    starts, cache = [], Cache(n_layers=1, batch_size=1, n_ctx=6)
    attention = Attention(8, 2, rotate=lambda x, start: starts.append(start) or x)
    attention(normal(1, 4, 8))
    attention(normal(1, 4, 8), cache=cache.layers[0])
    cache.length = 4
    attention(normal(1, 2, 8), cache=cache.layers[0])
    assert starts == [0, 0, 0, 0, 4, 4]  # queries e keys de cada leitura


def test_initial_weights_come_from_the_generator():
    first, again = (Attention(64, 4, generator=seeded(1)) for _ in range(2))
    for name, weight in first.named_parameters():
        assert torch.equal(weight, again.get_parameter(name))
        assert weight.std().item() == pytest.approx(0.02 if name[0] == "W" else 0, rel=0.05)
    shapes = {name: tuple(w.shape) for name, w in Attention(6, 2, 5, 4).named_parameters()}
    assert shapes == {
        "W_Q": (2, 6, 5),
        "W_K": (2, 6, 5),
        "W_V": (2, 6, 4),
        "W_O": (2, 4, 6),
        "b_Q": (2, 5),
        "b_K": (2, 5),
        "b_V": (2, 4),
        "b_O": (6,),
    }


def test_a_head_is_drawn_from_its_generator_alone():
    before = torch.get_rng_state()
    first, again = (Head(8, 4, 3, generator=seeded(1)).state_dict() for _ in range(2))
    assert all(torch.equal(weight, again[name]) for name, weight in first.items())
    assert torch.equal(torch.get_rng_state(), before)


BLIND = torch.ones(4, 4, dtype=torch.bool)
BLIND[2] = False


@pytest.mark.parametrize(
    ("changes", "kind", "message"),
    [
        ({"mask": BLIND}, ValueError, "a linha 2 da máscara é toda False.*o softmax daria NaN"),
        ({"mask": BLIND.float()}, TypeError, r"a máscara é torch\.float32; ela é booleana"),
        ({"mask": causal_mask(3)}, ValueError, r"forma \(3, 3\).*\[query key\] = \[4, 4\]"),
        ({"query_side": normal(2, 4, 7)}, ValueError, r"\(2, 4, 7\).*com d_model=8"),
        ({"query_side": normal(4, 8)}, ValueError, r"\(4, 8\); a forma é \[batch pos d_model\]"),
        ({"key_side": normal(2, 4, 7)}, ValueError, r"\(2, 4, 7\).*com d_model=8"),
        ({"query_side": normal(2, 4, 8).double()}, TypeError, "torch.float64, e os pesos são"),
    ],
)
def test_bad_inputs_are_explained(changes, kind, message):
    inputs = {"query_side": normal(2, 4, 8)} | changes
    with told(kind, message):
        Attention(8, 2)(**inputs)


def test_bad_sizes_kinds_and_masks_are_explained():
    with told(ValueError, "d_model=10 não se divide em n_heads=3 cabeças iguais"):
        Attention(10, 3)
    assert Attention(10, 3, d_head=4)(normal(1, 2, 10)).shape == (1, 2, 10)
    with told(ValueError, "kind='depois' não existe; escolha entre minus_inf, none"):
        attention_pattern(normal(2, 2), causal_mask(2), "depois")
    with told(ValueError, "a linha 2 da máscara é toda False"):
        scaled_dot_product(normal(4, 3), normal(4, 3), normal(4, 3), BLIND)
    with told(ValueError, "n_query=3 deve ficar entre 1 e n_key=2"):
        causal_mask(3, 2)


def test_weights_are_drawn_in_place_in_the_order_in_which_they_are_read():
    # normal_ preenche na ordem da memória: outra ordem daria outros pesos à mesma semente.
    layer = Attention(8, 2)
    for weight in (layer.W_Q, layer.W_K, layer.W_V):
        assert weight.is_contiguous()
        expected = torch.empty(weight.shape).normal_(generator=seeded(3))
        with torch.no_grad():
            assert torch.equal(weight.normal_(generator=seeded(3)), expected)
