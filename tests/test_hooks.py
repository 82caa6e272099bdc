"""Os pontos de escuta: nomes da TransformerLens, nada custa sem ouvintes, nada fica depois."""

import copy

import pytest
import torch
from core import seeded, told

from helpers.config import DecoderConfig
from helpers.decoder import Decoder
from helpers.hooks import HookPoint, editing, hook_names, run_with_cache, run_with_edits

CONFIG = DecoderConfig(d_vocab=11, n_ctx=6, d_model=8, n_heads=2, n_layers=2)
TOKENS = torch.tensor([[1, 5, 2, 9], [0, 3, 3, 10]])
BLOCK = {
    "hook_resid_pre": (2, 4, 8),
    "ln1.hook_scale": (2, 4, 1),
    "ln1.hook_normalized": (2, 4, 8),
    "attn.hook_q": (2, 4, 2, 4),
    "attn.hook_k": (2, 4, 2, 4),
    "attn.hook_v": (2, 4, 2, 4),
    "attn.hook_attn_scores": (2, 2, 4, 4),
    "attn.hook_pattern": (2, 2, 4, 4),
    "attn.hook_z": (2, 4, 2, 4),
    "hook_attn_out": (2, 4, 8),
    "hook_resid_mid": (2, 4, 8),
    "ln2.hook_scale": (2, 4, 1),
    "ln2.hook_normalized": (2, 4, 8),
    "mlp.hook_pre": (2, 4, 32),
    "mlp.hook_post": (2, 4, 32),
    "hook_mlp_out": (2, 4, 8),
    "hook_resid_post": (2, 4, 8),
}
SHAPES = {
    "hook_embed": (2, 4, 8),
    "hook_pos_embed": (2, 4, 8),
    **{f"blocks.{layer}.{name}": shape for layer in (0, 1) for name, shape in BLOCK.items()},
    "ln_final.hook_scale": (2, 4, 1),
    "ln_final.hook_normalized": (2, 4, 8),
}


@pytest.fixture
def decoder():
    return Decoder(CONFIG, generator=seeded())


def listeners(model):
    return sum(len(point._forward_hooks) for point in model.modules())


def test_the_complete_list_of_names_and_shapes(decoder):
    _, cache = run_with_cache(decoder, TOKENS)
    assert {name: tuple(value.shape) for name, value in cache.items()} == SHAPES
    assert hook_names(decoder) == list(SHAPES)
    results = [f"blocks.{layer}.attn.hook_result" for layer in (0, 1)]
    assert set(hook_names(decoder, on_request=True)) == set(SHAPES) | set(results)


def test_activations_come_in_the_order_in_which_they_are_computed(decoder):
    _, cache = run_with_cache(decoder, TOKENS)
    assert list(cache) == list(SHAPES)


def test_looking_changes_nothing(decoder):
    plain = decoder(TOKENS)
    for names in (None, "hook_embed", ["blocks.1.attn.hook_pattern"], []):
        logits, cache = run_with_cache(decoder, TOKENS, names)
        torch.testing.assert_close(logits, plain, atol=1e-6, rtol=0)
        assert list(cache) == (
            list(SHAPES) if names is None else [names] if isinstance(names, str) else names
        )
    assert torch.equal(decoder(TOKENS), plain)


def test_residual_stream_is_the_embedding_plus_every_write(decoder):
    _, cache = run_with_cache(decoder, TOKENS)
    writes = [f"blocks.{layer}.hook_{part}_out" for layer in (0, 1) for part in ("attn", "mlp")]
    total = sum(cache[name] for name in ["hook_embed", "hook_pos_embed", *writes])
    torch.testing.assert_close(total, cache["blocks.1.hook_resid_post"])


def test_result_of_each_head_is_written_on_request(decoder):
    name = "blocks.0.attn.hook_result"
    _, cache = run_with_cache(decoder, TOKENS, [name, "blocks.0.hook_attn_out"])
    assert cache[name].shape == (2, 4, 2, 8)
    written = cache[name].sum(2) + decoder.blocks[0].attn.b_O
    torch.testing.assert_close(written, cache["blocks.0.hook_attn_out"])


@pytest.mark.parametrize("name", [n for n in SHAPES if n.startswith("blocks.0")] + ["hook_embed"])
def test_an_edit_that_changes_nothing_changes_nothing_and_another_changes_the_logits(decoder, name):
    with torch.no_grad():
        for weight in decoder.parameters():
            weight.normal_(std=0.5, generator=seeded(3))
    plain = decoder(TOKENS)
    same = run_with_edits(decoder, TOKENS, {name: lambda value: value.clone()})
    torch.testing.assert_close(same, plain, atol=1e-4, rtol=1e-5)
    noise = torch.randn(SHAPES[name], generator=seeded(4)).abs()
    changed = run_with_edits(decoder, TOKENS, {name: lambda value: value * noise})
    assert (changed - plain).abs().max() > 1e-3


def test_head_ablated_by_z_or_by_pattern_or_by_result(decoder):
    def silence(axis):
        def edit(value):
            value = value.clone()
            value.select(axis, 1).zero_()
            return value

        return edit

    by_z, by_pattern, by_result = (
        run_with_edits(decoder, TOKENS, {f"blocks.0.attn.hook_{name}": silence(axis)})
        for name, axis in (("z", 2), ("pattern", 1), ("result", 2))
    )
    torch.testing.assert_close(by_z, by_pattern)
    torch.testing.assert_close(by_z, by_result)
    assert not torch.allclose(by_z, decoder(TOKENS))


def test_two_edits_and_a_look_work_together(decoder):
    zero = torch.zeros_like
    edits = {"blocks.0.hook_attn_out": zero, "blocks.0.hook_mlp_out": zero}
    with editing(decoder, edits):
        _, cache = run_with_cache(decoder, TOKENS)
    assert torch.equal(cache["blocks.0.hook_resid_post"], cache["blocks.0.hook_resid_pre"])
    assert not cache["blocks.0.hook_attn_out"].any()


def test_nothing_stays_behind(decoder):
    before = decoder(TOKENS)

    def break_here(value):
        raise RuntimeError("parou no meio")

    with pytest.raises(RuntimeError, match="parou no meio"):
        run_with_edits(decoder, TOKENS, {"blocks.1.hook_mlp_out": break_here})
    with pytest.raises(ValueError, match="não há ativação"):
        run_with_cache(decoder, TOKENS, ["hook_embed", "hook_que_nao_existe"])
    run_with_cache(decoder, TOKENS)
    run_with_edits(decoder, TOKENS, {"blocks.0.attn.hook_pattern": torch.zeros_like})
    assert listeners(decoder) == 0
    assert torch.equal(decoder(TOKENS), before)


def test_silent_points_do_not_pay_for_a_module_call(monkeypatch):
    point, value = HookPoint(), torch.ones(2)

    def expensive(*args):
        raise AssertionError("a chamada de módulo foi paga")

    monkeypatch.setattr(torch.nn.Module, "__call__", expensive)
    assert point(value) is value


def test_silent_attention_uses_the_fused_kernel_and_a_watched_one_does_not(decoder, monkeypatch):
    calls = []
    fused = torch.nn.functional.scaled_dot_product_attention
    monkeypatch.setattr(
        torch.nn.functional,
        "scaled_dot_product_attention",
        lambda *args, **kwargs: calls.append(1) or fused(*args, **kwargs),
    )
    decoder(TOKENS)
    assert len(calls) == 2
    run_with_cache(decoder, TOKENS, "blocks.0.attn.hook_pattern")
    assert len(calls) == 3
    run_with_cache(decoder, TOKENS, "blocks.0.attn.hook_z")
    assert len(calls) == 5


LISTENERS = {
    "ida": lambda point, heard: point.register_forward_hook(lambda *_: heard.append("ida")),
    "antes da ida": lambda point, heard: point.register_forward_pre_hook(
        lambda *_: heard.append("ida")
    ),
    "volta": lambda point, heard: point.register_full_backward_hook(
        lambda *_: heard.append("volta")
    ),
    "antes da volta": lambda point, heard: point.register_full_backward_pre_hook(
        lambda *_: heard.append("volta")
    ),
}


@pytest.mark.parametrize("name", ["hook_pattern", "hook_attn_scores", "hook_z", "hook_result"])
@pytest.mark.parametrize("kind", LISTENERS)
def test_every_kind_of_listener_of_pytorch_is_heard(decoder, kind, name):
    heard, point = [], getattr(decoder.blocks[0].attn, name)
    handle = LISTENERS[kind](point, heard)
    assert point.is_listened
    decoder(TOKENS).sum().backward()
    assert heard == [kind.split()[-1]]
    handle.remove()
    assert not point.is_listened
    decoder(TOKENS).sum().backward()
    assert len(heard) == 1


class Zero(torch.nn.Module):
    def forward(self, stream):
        return torch.zeros_like(stream)


REPLACE = {
    "atributo": lambda block, part: setattr(block, "mlp", part),
    "registro": lambda block, part: block._modules.update(mlp=part),
    "register_module": lambda block, part: block.register_module("mlp", part),
    "set_submodule": lambda block, part: block.set_submodule("mlp", part),
}


@pytest.mark.parametrize("way", REPLACE)
def test_a_replaced_part_is_the_one_that_computes(decoder, way):
    block, stream = decoder.blocks[0], torch.ones(1, 2, 8)
    REPLACE[way](block, Zero())
    assert isinstance(block.mlp, Zero)
    assert torch.equal(block(stream), stream + block.attn(block.ln1(stream)))
    assert not any(name.startswith("mlp") for name, _ in block.named_parameters())
    assert not isinstance(decoder.blocks[1].mlp, Zero), "o outro bloco segue com o seu"


def test_a_part_is_reached_without_the_slow_search_of_pytorch(decoder, monkeypatch):
    block, looked = decoder.blocks[0], []
    monkeypatch.setattr(torch.nn.Module, "__getattr__", lambda part, name: looked.append(name))
    parts = block.attn, block.mlp, block.hook_mlp_out
    monkeypatch.undo()
    assert parts == (block.attn, block.mlp, block.hook_mlp_out)
    assert not looked


def test_a_deleted_part_does_not_answer_any_more(decoder):
    block = decoder.blocks[0]
    del block.ln1
    assert not hasattr(block, "ln1")
    with pytest.raises(AttributeError, match=r"^ln1$"):
        hasattr(type(block).ln1, "forward")
    with pytest.raises(AttributeError, match="'Block' object has no attribute 'ln1'"):
        block(torch.ones(1, 2, 8))
    assert hasattr(decoder.blocks[1], "ln1")


def test_a_copy_computes_with_its_own_parts(decoder):
    other = copy.deepcopy(decoder)
    other.blocks[0].mlp = Zero()
    assert not isinstance(decoder.blocks[0].mlp, Zero)
    assert other.blocks[0].attn is not decoder.blocks[0].attn


def test_cached_values_keep_their_gradients(decoder):
    logits, cache = run_with_cache(decoder, TOKENS, "blocks.0.hook_resid_mid")
    resid = cache["blocks.0.hook_resid_mid"]
    (gradient,) = torch.autograd.grad(logits.sum(), resid)
    assert gradient.shape == resid.shape
    assert gradient.any()


def test_copies_and_replaced_parts_are_listened_apart(decoder):
    twin = copy.deepcopy(decoder)
    with editing(twin, {"blocks.0.hook_attn_out": torch.zeros_like}):
        assert torch.equal(decoder(TOKENS), Decoder(CONFIG, generator=seeded())(TOKENS))
        assert not torch.equal(twin(TOKENS), decoder(TOKENS))
    twin.blocks[0].mlp = torch.nn.Identity()
    assert twin.blocks[0].mlp is twin.blocks[0]._modules["mlp"]
    assert not torch.equal(twin(TOKENS), decoder(TOKENS))


@pytest.mark.parametrize(
    ("edits", "kind", "message"),
    [
        ({"blocks.0.hook_z": torch.neg}, ValueError, "quis dizer blocks.0.attn.hook_z"),
        ({"coisa": torch.neg}, ValueError, r"'coisa' neste modelo; veja hook_names\(model\)"),
        (
            {"blocks.1.hook_resid": torch.neg},
            ValueError,
            r"dizer blocks.1.hook_resid_\w+ ou blocks.1.hook_resid_\w+ ou blocks.1.hook_resid_",
        ),
        ({"hook_embed": lambda v: None}, TypeError, "hook_embed devolveu NoneType"),
        ({"hook_embed": lambda v: 1.5}, TypeError, "hook_embed devolveu float"),
        ({"hook_embed": lambda v: v[0]}, ValueError, r"a forma \(4, 8\); a ativação tem.*\(2, 4"),
    ],
)
def test_bad_edits_are_explained(decoder, edits, kind, message):
    with told(kind, message):
        run_with_edits(decoder, TOKENS, edits)
    assert listeners(decoder) == 0
