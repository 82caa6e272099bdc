"""Os exercícios da lição 13: mais de um jeito de acertar, e o que não passa sem estar na lista."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from helpers.block import SwiGLU
from helpers.exercises import registry
from helpers.exercises.checking import check

pytestmark = pytest.mark.usefixtures("progress_file")


def rotate_as_complex(x, base, start):
    """Um par é um número complexo, e girar é multiplicar."""
    half = x.shape[-1] // 2
    points = torch.complex(x[..., :half], x[..., half:])
    speed = 1.0 / base ** (2 * torch.arange(half) / x.shape[-1])
    angle = torch.outer(torch.arange(x.shape[-2]) + float(start), speed)
    turned = points * torch.polar(torch.ones_like(angle), angle)
    return torch.cat([turned.real, turned.imag], -1)


def rotate_half(x, base, start):
    """A conta da transformers: x · cos + (x virado) · sin, com os ângulos repetidos."""
    half = x.shape[-1] // 2
    places = torch.arange(start, start + x.shape[1])[:, None]
    angle = (places * base ** (-2 * torch.arange(half) / x.shape[2])).repeat(1, 2)
    flipped = torch.cat([-x[:, :, half:], x[:, :, :half]], -1)
    return x * angle.cos() + flipped * angle.sin()


def rotate_in_loops(x, base, start):
    out = [[list(row) for row in head] for head in x.tolist()]
    for h, head in enumerate(x.tolist()):
        for p, row in enumerate(head):
            half = len(row) // 2
            for i in range(half):
                angle = (start + p) / base ** (2 * i / len(row))
                c, s = np.cos(angle), np.sin(angle)
                out[h][p][i] = row[i] * c - row[i + half] * s
                out[h][p][i + half] = row[i + half] * c + row[i] * s
    return out


def rms_of_torch(x, w, eps):
    return F.rms_norm(x, w.shape, w, eps)


def rms_in_numpy(x, w, eps):
    x = x.numpy()
    return w.numpy() * x / np.sqrt((x * x).mean(axis=1)[:, None] + eps)


def swiglu_of_torch(x, W_gate, W_in, W_out):
    both = F.linear(x, torch.cat([W_in, W_gate], 1).T)
    into, gate = both.chunk(2, dim=-1)
    return torch.einsum("pm,md->pd", F.silu(gate) * into, W_out)


def swiglu_by_division(x, W_gate, W_in, W_out):
    gate = x @ W_gate
    return (gate / (1 + (-gate).exp()) * (x @ W_in)) @ W_out


def expand_by_index(k, n_heads):
    return k[torch.arange(n_heads) * len(k) // n_heads]


def expand_as_transformers(k, n_heads):
    g, n_pos, d_head = k.shape
    return k[:, None].expand(g, n_heads // g, n_pos, d_head).reshape(n_heads, n_pos, d_head)


def expand_in_a_list(k, n_heads):
    return [k[h // (n_heads // len(k))].tolist() for h in range(n_heads)]


def route_by_index(scores, k):
    """A conta da transformers: softmax entre todos, e os k maiores de novo divididos pela soma."""
    top, chosen = scores.softmax(-1).topk(k)
    return torch.zeros_like(scores).scatter(-1, chosen, top / top.sum(-1, keepdim=True))


def route_in_lists(scores, k):
    out = []
    for row in scores.tolist():
        floor = sorted(row)[-k]
        powers = [np.exp(value) if value >= floor else 0.0 for value in row]
        out.append([power / sum(powers) for power in powers])
    return out


def cache_in_steps(n_pos, n_layers, d_model, n_heads, n_groups, n_bytes):
    per_token = sum(n_groups * (d_model // n_heads) for _ in ("K", "V"))
    return per_token * n_layers * n_bytes * n_pos


def cache_as_a_fraction(n_pos, n_layers, d_model, n_heads, n_groups, n_bytes):
    """O cache de uma chave por cabeça, encolhido na proporção dos grupos."""
    return 2 * n_pos * n_layers * d_model * n_bytes * n_groups // n_heads


@pytest.mark.parametrize(
    ("exercise_id", "answer"),
    [
        ("13.giro", rotate_as_complex),
        ("13.giro", rotate_half),
        ("13.giro", rotate_in_loops),
        ("13.rms", rms_of_torch),
        ("13.rms", rms_in_numpy),
        ("13.swiglu", swiglu_of_torch),
        ("13.swiglu", swiglu_by_division),
        ("13.grupos", expand_by_index),
        ("13.grupos", expand_as_transformers),
        ("13.grupos", expand_in_a_list),
        ("13.cache", cache_in_steps),
        ("13.cache", cache_as_a_fraction),
        ("13.roteador", route_by_index),
        ("13.roteador", route_in_lists),
    ],
)
def test_another_way_of_being_right_is_accepted(exercise_id, answer):
    assert check(exercise_id, answer).status == "certo"


@pytest.mark.parametrize(
    ("exercise_id", "answer"),
    [
        ("13.giro", lambda x, base, start: rotate_half(x, 10_000.0, start)),
        ("13.giro", lambda x, base, start: rotate_half(x, base, 2 * start)),
        ("13.giro", lambda x, base, start: rotate_half(x, base, start)[..., :1, :]),
        ("13.giro", lambda x, base, start: rotate_half(x, base, start).round(decimals=1)),
        ("13.giro", lambda x, base, start: rotate_as_complex(x.flip(-1), base, start).flip(-1)),
        ("13.rms", lambda x, w, eps: rms_of_torch(x, w, 1e-6)),
        ("13.rms", lambda x, w, eps: F.layer_norm(x, w.shape, w, None, eps)),
        ("13.rms", lambda x, w, eps: rms_of_torch(x, w, eps) * x.shape[1] ** 0.5),
        ("13.swiglu", lambda x, g, i, o: (F.silu(x @ g) * (x @ i) + x @ i) @ o),
        ("13.swiglu", lambda x, g, i, o: (F.silu(x @ g) * (x @ g)) @ o),
        ("13.swiglu", lambda x, g, i, o: (F.silu(1.702 * (x @ g)) * (x @ i)) @ o),
        ("13.grupos", lambda k, n: k.flip(0).repeat_interleave(n // len(k), 0)),
        ("13.grupos", lambda k, n: k.roll(1, 0).repeat_interleave(n // len(k), 0)),
        ("13.grupos", lambda k, n: k.repeat(n // len(k), 1, 1).flip(0)),
        ("13.cache", lambda n, le, d, h, g, b: 2 * n * le * (h // g) * (d // h) * b),
        ("13.cache", lambda n, le, d, h, g, b: 2 * n * le * g * (d // h) * 2),
        ("13.cache", lambda n, le, d, h, g, b: 4 * n * le * g * (d // h) * b // 2 + n),
        ("13.roteador", lambda scores, k: route_by_index(2 * scores, k)),
        ("13.roteador", lambda scores, k: route_by_index(scores, 2)),
        ("13.roteador", lambda scores, k: route_by_index(scores.flip(-1), k)),
        ("13.roteador", lambda scores, k: route_by_index(scores, k).round(decimals=2)),
    ],
)
def test_unlisted_wrong_answers_are_refused(exercise_id, answer):
    assert check(exercise_id, answer).status == "errado"


def test_the_routed_sum_is_the_mixtral_block():
    from transformers import MixtralConfig  # demora: só quem o usa paga
    from transformers.models.mixtral.modeling_mixtral import MixtralSparseMoeBlock

    sizes = {"num_local_experts": 6, "num_experts_per_tok": 2}
    block = MixtralSparseMoeBlock(MixtralConfig(hidden_size=16, intermediate_size=24, **sizes))
    generator = torch.Generator().manual_seed(13)
    for weight in block.parameters():
        torch.nn.init.normal_(weight, std=0.5, generator=generator)
    theirs = {name.rpartition(".")[2]: weight.detach() for name, weight in block.named_parameters()}
    x = torch.randn(12, 16, generator=generator)
    route = registry.get("13.roteador").solution
    weights, out = route(x @ theirs["weight"].T, 2), torch.zeros(12, 16)
    for expert in range(6):
        mlp = SwiGLU(16, 24)
        gate, into = theirs["gate_up_proj"][expert].chunk(2)
        parts = {"W_gate": gate.T, "W_in": into.T, "W_out": theirs["down_proj"][expert].T}
        mlp.load_state_dict(parts)
        out = out + weights[:, expert, None] * mlp(x[None])[0]
    expected = block(x[None])[0]
    torch.testing.assert_close(out, expected, rtol=1e-4, atol=1e-4)
    assert expected.std() > 0.5
