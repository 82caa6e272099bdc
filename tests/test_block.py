"""LayerNorm, MLP e bloco: definições, PyTorch como testemunha, e cada peça trocada por outra."""

import math
from dataclasses import replace
from functools import partial
from operator import add

import pytest
import torch
import torch.nn.functional as F
from core import normal, seeded, told
from torch import nn

from helpers.attention import Attention, causal_mask
from helpers.block import ACTIVATIONS, MLP, Block, LayerNorm, RMSNorm, SwiGLU
from helpers.config import DecoderConfig
from helpers.hooks import run_with_cache
from helpers.layouts import from_torch_mha
from helpers.without import NoNorm, WritesNothing, no_residual

CONFIG = DecoderConfig(d_vocab=5, n_ctx=6, d_model=8, n_heads=2, n_layers=1)


def filled(module, seed=0):
    with torch.no_grad():
        for weight in module.parameters():
            weight.normal_(std=0.5, generator=seeded(seed))
    return module


def test_layer_norm_worked_by_hand():
    # (0, 0, 4, 4): média 2, variância 4; com ε = 0, cada um fica a um desvio da média.
    norm = LayerNorm(4, eps=0.0)
    out = norm(torch.tensor([[[0.0, 0, 4, 4]]]))
    torch.testing.assert_close(out, torch.tensor([[[-1.0, -1, 1, 1]]]))
    # ε entra na raiz: variância 4 e ε = 5 dão escala 3.
    out = LayerNorm(4, eps=5.0)(torch.tensor([[[0.0, 0, 4, 4]]]))
    torch.testing.assert_close(out, torch.tensor([[[-2.0, -2, 2, 2]]]) / 3)


@pytest.mark.parametrize("eps", [1e-5, 0.5])
def test_layer_norm_equals_pytorch_on_both_paths(eps):
    norm, resid = filled(LayerNorm(8, eps)), normal(2, 3, 8) * 4 + 7
    expected = F.layer_norm(resid, (8,), norm.w, norm.b, eps)
    torch.testing.assert_close(norm(resid), expected)
    out, cache = run_with_cache(norm, resid)
    torch.testing.assert_close(out, expected, atol=1e-5, rtol=1e-5)
    variance = resid.var(-1, unbiased=False, keepdim=True)
    torch.testing.assert_close(cache["hook_scale"], (variance + eps).sqrt())
    torch.testing.assert_close(cache["hook_normalized"], out)


def test_layer_norm_has_the_gradient_of_the_definition():
    norm = filled(LayerNorm(5)).double()
    resid = normal(1, 2, 5, dtype=torch.float64).requires_grad_()
    assert torch.autograd.gradcheck(norm, resid)
    assert torch.autograd.gradcheck(lambda x: run_with_cache(norm, x)[0], resid)


def test_activations_follow_their_definitions():
    pre = torch.linspace(-4, 4, 33)
    phi = torch.tensor([0.5 * (1 + math.erf(x / math.sqrt(2))) for x in pre.tolist()])
    cubic = math.sqrt(2 / math.pi) * (pre + 0.044715 * pre**3)
    definitions = {
        "gelu": pre * phi,
        "gelu_tanh": 0.5 * pre * (1 + cubic.tanh()),
        "relu": pre.clamp(min=0),
        "identity": pre,
    }
    assert definitions.keys() == ACTIVATIONS.keys()
    for name, expected in definitions.items():
        torch.testing.assert_close(ACTIVATIONS[name](pre), expected, atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("act", ACTIVATIONS)
def test_mlp_is_two_linear_maps_with_the_activation_between_them(act):
    mlp, resid = filled(MLP(8, 20, act)), normal(2, 3, 8)
    out, cache = run_with_cache(mlp, resid)
    pre = resid @ mlp.W_in + mlp.b_in
    torch.testing.assert_close(cache["hook_pre"], pre)
    torch.testing.assert_close(cache["hook_post"], ACTIVATIONS[act](pre))
    torch.testing.assert_close(out, ACTIVATIONS[act](pre) @ mlp.W_out + mlp.b_out)
    assert out.min() < 0
    assert MLP(8).W_in.shape == (8, 32)


def pytorch_encoder(norm_first, activation="gelu"):
    """Faz a camada do PyTorch e o nosso bloco com os mesmos pesos."""
    theirs = nn.TransformerEncoderLayer(
        8, 2, 20, dropout=0, activation=activation, batch_first=True, norm_first=norm_first
    )
    filled(theirs, seed=4).eval()
    config = DecoderConfig(5, 6, d_model=8, n_heads=2, n_layers=1, d_mlp=20)
    norm = "pre" if norm_first else "post"
    ours = Block(config, norm=norm, mlp=partial(MLP, act=activation))
    ours.attn.load_state_dict(from_torch_mha(theirs.self_attn.state_dict(), n_heads=2))
    pairs = (
        (ours.ln1.w, theirs.norm1.weight),
        (ours.ln1.b, theirs.norm1.bias),
        (ours.ln2.w, theirs.norm2.weight),
        (ours.ln2.b, theirs.norm2.bias),
        (ours.mlp.W_in, theirs.linear1.weight.T),
        (ours.mlp.b_in, theirs.linear1.bias),
        (ours.mlp.W_out, theirs.linear2.weight.T),
        (ours.mlp.b_out, theirs.linear2.bias),
    )
    with torch.no_grad():
        for mine, weight in pairs:
            mine.copy_(weight)
    return theirs, ours


@pytest.mark.parametrize("activation", ["gelu", "relu"])
@pytest.mark.parametrize("norm_first", [True, False], ids=["norma antes", "norma depois"])
@pytest.mark.parametrize("masked", [True, False], ids=["causal", "sem máscara"])
def test_block_equals_pytorch_encoder_layer(norm_first, activation, masked):
    theirs, ours = pytorch_encoder(norm_first, activation)
    resid, mask = normal(3, 6, 8), causal_mask(6) if masked else None
    expected = theirs(resid, src_mask=~mask if masked else None)
    torch.testing.assert_close(ours(resid, mask), expected, atol=1e-5, rtol=1e-5)
    ours.norm = "post" if norm_first else "pre"
    assert (ours(resid, mask) - expected).abs().max() > 0.1


def test_block_is_the_two_sums_of_the_equations():
    block, resid = filled(Block(CONFIG)), normal(2, 4, 8)
    mask = causal_mask(4)
    resid_mid = resid + block.attn(block.ln1(resid), mask=mask)
    resid_post = resid_mid + block.mlp(block.ln2(resid_mid))
    torch.testing.assert_close(block(resid, mask), resid_post)
    # Sem o MLP, o que a atenção escreveu continua no fluxo.
    no_mlp = Block(CONFIG, mlp=WritesNothing)
    no_mlp.load_state_dict(
        {n: t for n, t in block.state_dict().items() if not n.startswith("mlp.")}
    )
    torch.testing.assert_close(no_mlp(resid, mask), resid_mid)


@pytest.mark.parametrize("eps", [1e-5, 0.5])
def test_both_norms_of_a_block_use_the_eps_of_the_config(eps):
    block = Block(replace(CONFIG, eps=eps), generator=seeded()).double()
    stream = torch.randn(1, 3, CONFIG.d_model, dtype=torch.float64, generator=seeded())

    def norm(x):
        return F.layer_norm(x, [CONFIG.d_model], eps=eps)

    mid = stream + block.attn(norm(stream))
    torch.testing.assert_close(block(stream), mid + block.mlp(norm(mid)))


def test_each_part_can_be_switched_off_by_another():
    resid, mask = normal(2, 4, 8), causal_mask(4)
    nothing = Block(CONFIG, attn=WritesNothing, mlp=WritesNothing)
    assert torch.equal(nothing(resid, mask), resid)
    no_sum = filled(Block(CONFIG, residual=no_residual))
    resid_mid = no_sum.attn(no_sum.ln1(resid), mask=mask)
    torch.testing.assert_close(no_sum(resid, mask), no_sum.mlp(no_sum.ln2(resid_mid)))
    no_norm = filled(Block(CONFIG, ln=NoNorm))
    resid_mid = resid + no_norm.attn(resid, mask=mask)
    torch.testing.assert_close(no_norm(resid, mask), resid_mid + no_norm.mlp(resid_mid))
    erased = Block(CONFIG, attn=WritesNothing, mlp=WritesNothing, residual=no_residual)
    assert not erased(resid, mask).any()


def test_subtracting_the_stream_cancels_it():
    def cancel(resid, write):
        return resid - resid + write

    block = filled(Block(CONFIG, residual=cancel))
    same = filled(Block(CONFIG, residual=no_residual))
    resid = normal(1, 3, 8)
    torch.testing.assert_close(block(resid), same(resid))


def test_norms_have_the_usual_eps_when_none_is_given():
    resid = 1e-3 * normal(2, 3, 8)
    torch.testing.assert_close(LayerNorm(8)(resid), F.layer_norm(resid, (8,), eps=1e-5))
    torch.testing.assert_close(RMSNorm(8)(resid), F.rms_norm(resid, (8,), eps=1e-5))


@pytest.mark.parametrize("make", [MLP, SwiGLU])
def test_weights_come_from_the_generator_alone(make):
    before = torch.get_rng_state()
    first, again = (make(64, 96, generator=seeded(1)) for _ in range(2))
    assert torch.equal(torch.get_rng_state(), before)
    for name, weight in first.named_parameters():
        assert torch.equal(weight, again.get_parameter(name))
        assert weight.std().item() == pytest.approx(0.02 if name[0] == "W" else 0, rel=0.05)


SAID = [
    (LayerNorm(8), "d_model=8, eps=1e-05"),
    (RMSNorm(8, eps=0.5), "d_model=8, eps=0.5"),
    (MLP(8, act="relu"), "d_model=8, d_mlp=32, act=relu"),
    (SwiGLU(8, 5), "d_model=8, d_mlp=5"),
    (Attention(8, 4), ""),
    (Attention(8, 4, n_groups=2, rotate=add), "n_groups=2, rotate"),
    (Block(CONFIG, norm="post"), "norm=post, residual=add"),
    (Block(CONFIG, residual=partial(add)), f"norm=pre, residual={partial(add)}"),
]


@pytest.mark.parametrize(("part", "said"), SAID, ids=[type(part).__name__ for part, _ in SAID])
def test_each_part_says_what_sets_it_apart(part, said):
    assert part.extra_repr() == said  # é o que se guarda ao lado dos pesos


def test_bad_choices_are_explained():
    with told(ValueError, "norm='antes' não existe; escolha entre pre, post"):
        Block(CONFIG, norm="antes")
    with told(ValueError, "act='silu' não existe; escolha entre gelu_tanh, gelu, relu, identity"):
        MLP(8, act="silu")
    with told(ValueError, r"chegou a forma \(2, 3, 7\).*d_model=8"):
        MLP(8)(normal(2, 3, 7))
