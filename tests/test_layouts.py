"""Trocar o jeito de guardar os pesos: traduzido dá o mesmo modelo; sem traduzir, outro."""

import pytest
import torch
from core import normal, seeded, told
from torch import nn

from helpers import layouts
from helpers.attention import Attention

PAIRS = {
    "separate": (layouts.from_separate_layout, layouts.to_separate_layout),
    "torch_mha": (layouts.from_torch_mha, layouts.to_torch_mha),
    "c_attn": (layouts.from_c_attn, layouts.to_c_attn),
    "by_head": (layouts.from_by_head_layout, layouts.to_by_head_layout),
}


def random_attention(seed=0):
    attention = Attention(16, 4)
    with torch.no_grad():
        for weight in attention.parameters():
            weight.normal_(std=0.5, generator=seeded(seed))
    return attention


class Separate(nn.Module):
    """Quatro camadas lineares; cada uma de q, k e v é cortada em cabeças."""

    def __init__(self, d_model, n_heads):
        super().__init__()
        self.n_heads = n_heads
        for name in "qkvo":
            setattr(self, f"W_{name}", nn.Linear(d_model, d_model))

    def forward(self, stream):
        q, k, v = (
            layer(stream).unflatten(-1, (self.n_heads, -1)).transpose(1, 2)
            for layer in (self.W_q, self.W_k, self.W_v)
        )
        weights = (q @ k.mT / q.shape[-1] ** 0.5).softmax(-1)
        return self.W_o((weights @ v).transpose(1, 2).flatten(2))


class ByHead(nn.Module):
    """Uma camada linear para as três, cortada primeiro em cabeças e depois em q, k e v."""

    def __init__(self, d_model, n_heads):
        super().__init__()
        self.n_heads = n_heads
        self.qkv_proj = nn.Linear(d_model, 3 * d_model)
        self.output_proj = nn.Linear(d_model, d_model)

    def forward(self, stream):
        heads = self.qkv_proj(stream).unflatten(-1, (self.n_heads, -1)).transpose(1, 2)
        q, k, v = heads.chunk(3, dim=-1)
        weights = (q @ k.mT / q.shape[-1] ** 0.5).softmax(-1)
        return self.output_proj((weights @ v).transpose(1, 2).flatten(2))


@pytest.mark.parametrize("name", PAIRS)
def test_there_and_back_loses_no_bit(name):
    there, back = PAIRS[name]
    ours = random_attention().state_dict()
    again = there(back(ours), n_heads=4)
    assert again.keys() == ours.keys()
    assert all(torch.equal(again[key], ours[key]) for key in ours)


@pytest.mark.parametrize("name", PAIRS)
def test_a_missing_bias_is_zero_of_the_same_type(name):
    there, back = PAIRS[name]
    theirs = back({key: weight.half() for key, weight in random_attention().state_dict().items()})
    ours = there({key: weight for key, weight in theirs.items() if "bias" not in key}, n_heads=4)
    assert {weight.dtype for weight in ours.values()} == {torch.float16}
    assert not any(ours[key].any() for key in ours if key.startswith("b_"))


@pytest.mark.parametrize("name", PAIRS)
def test_translated_weights_load_and_compute_the_same(name):
    there, back = PAIRS[name]
    attention, stream = random_attention(), normal(2, 5, 16)
    again = Attention(16, 4)
    again.load_state_dict(there(back(attention.state_dict()), n_heads=4))
    assert torch.equal(again(stream), attention(stream))


@pytest.mark.parametrize(
    ("module", "back"),
    [
        (Separate(16, 4), layouts.to_separate_layout),
        (ByHead(16, 4), layouts.to_by_head_layout),
    ],
    ids=["separate", "by_head"],
)
@torch.no_grad()
def test_other_classes_compute_the_same_with_translated_weights(module, back):
    attention, stream = random_attention(), normal(2, 5, 16)
    module.load_state_dict(back(attention.state_dict()))
    torch.testing.assert_close(module(stream), attention(stream), atol=1e-5, rtol=1e-5)


@torch.no_grad()
def test_stacking_without_translating_gives_another_model():
    by_head, stream = ByHead(16, 4), normal(2, 5, 16)
    attention = random_attention()
    right = attention(stream)
    stacked = layouts.to_torch_mha(attention.state_dict())
    naive = {
        "qkv_proj.weight": stacked["in_proj_weight"],
        "qkv_proj.bias": stacked["in_proj_bias"],
        "output_proj.weight": stacked["out_proj.weight"],
        "output_proj.bias": stacked["out_proj.bias"],
    }
    by_head.load_state_dict(naive)
    assert (by_head(stream) - right).abs().max() > 0.5

    # A permutação de linhas que conserta: de (q k v, cabeça, d_head) para (cabeça, q k v, d_head).
    rows = torch.arange(48).reshape(3, 4, 4).transpose(0, 1).flatten()
    translated = layouts.to_by_head_layout(attention.state_dict())
    for kind in ("weight", "bias"):
        assert torch.equal(naive[f"qkv_proj.{kind}"][rows], translated[f"qkv_proj.{kind}"])
    by_head.load_state_dict(translated)
    torch.testing.assert_close(by_head(stream), right, atol=1e-5, rtol=1e-5)


def test_with_one_head_the_orders_coincide():
    one = Attention(6, 1).state_dict()
    by_head, mha = layouts.to_by_head_layout(one), layouts.to_torch_mha(one)
    assert torch.equal(by_head["qkv_proj.weight"], mha["in_proj_weight"])


def test_head_of_each_layout_is_the_head_of_ours():
    attention = random_attention().state_dict()
    rows = layouts.to_separate_layout(attention)["W_k.weight"]
    assert torch.equal(rows[8:12], attention["W_K"][2].T)
    columns = layouts.to_c_attn(attention)["c_attn.weight"]
    assert torch.equal(columns[:, 16 + 8 : 16 + 12], attention["W_K"][2])


def test_what_does_not_fit_is_explained():
    weights = layouts.to_separate_layout(random_attention().state_dict())
    with told(ValueError, "16 linhas não se dividem em 3 partes iguais; confira n_heads"):
        layouts.from_separate_layout(weights, n_heads=3)
    with told(ValueError, "48 linhas não se dividem em 15 partes iguais"):
        layouts.from_by_head_layout(
            layouts.to_by_head_layout(random_attention().state_dict()), n_heads=5
        )
    with told(ValueError, "falta 'W_q.weight'; chegaram nenhum peso"):
        layouts.from_separate_layout({}, n_heads=2)
