"""O decoder: causal, com cache igual ao texto inteiro, reproduzível, e desmontável."""

import copy
from dataclasses import replace
from functools import partial

import pytest
import torch
from core import normal, seeded, told
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.attention import Attention
from helpers.block import MLP, Block
from helpers.config import DecoderConfig
from helpers.decoder import Decoder, Unembedding, causal
from helpers.embedding import NoPositions, SinusoidalPositions
from helpers.hooks import run_with_cache, run_with_edits
from helpers.without import NoNorm, WritesNothing, no_mask, no_residual

CONFIG = DecoderConfig(d_vocab=11, n_ctx=8, d_model=8, n_heads=2, n_layers=2)
TOKENS = torch.tensor([[1, 5, 2, 9, 4, 0], [0, 3, 3, 10, 7, 8]])


def filled(decoder, seed=0):
    with torch.no_grad():
        for weight in decoder.parameters():
            weight.normal_(std=0.5, generator=seeded(seed))
    return decoder


def test_decoder_is_the_composition_of_its_parts():
    decoder = filled(Decoder(CONFIG))
    resid = decoder.embed.W_E[TOKENS] + decoder.pos_embed.W_pos[:6]
    mask = torch.ones(6, 6, dtype=torch.bool).tril()
    for block in decoder.blocks:
        resid = block(resid, mask)
    torch.testing.assert_close(decoder(TOKENS), decoder.ln_final(resid) @ decoder.embed.W_E.T)


def test_untied_output_has_its_own_matrix():
    untied = Decoder(DecoderConfig(11, 8, 8, 2, 2, tied=False), generator=seeded())
    assert untied.W_U is untied.unembed.W_U
    assert "unembed.W_U" in untied.state_dict()
    tied = Decoder(CONFIG)
    assert torch.equal(tied.W_U, tied.embed.W_E.T)
    assert "unembed.W_U" not in tied.state_dict()
    _, cache = run_with_cache(untied, TOKENS, "ln_final.hook_normalized")
    expected = cache["ln_final.hook_normalized"] @ untied.W_U
    torch.testing.assert_close(untied(TOKENS), expected)


def test_the_causal_rule_gives_no_mask_when_there_is_nothing_to_hide():
    assert causal(1, 5) is None
    assert causal(2, 3).tolist() == [[True, True, False], [True] * 3]


def test_the_decoder_says_its_rule():
    for rule, said in ((causal, "causal"), (no_mask, "no_mask"), (partial(causal),) * 2):
        assert Decoder(CONFIG, mask=rule).extra_repr() == f"mask={said}"


def test_a_future_token_changes_no_past_logit():
    decoder = filled(Decoder(CONFIG))
    changed = TOKENS.clone()
    changed[:, 3] = 6
    difference = (decoder(changed) - decoder(TOKENS)).abs().amax((0, 2))
    assert (difference[:3] == 0).all()
    assert (difference[3:] > 1e-3).all()
    open_eyes = Decoder(CONFIG, mask=no_mask)
    open_eyes.load_state_dict(decoder.state_dict())
    assert (open_eyes(changed) - open_eyes(TOKENS)).abs().amax((0, 2)).min() > 1e-3


def test_without_positions_and_mask_the_order_does_not_matter():
    decoder = filled(Decoder(CONFIG, positions=NoPositions, mask=no_mask))
    order = torch.randperm(6, generator=seeded(3))
    torch.testing.assert_close(
        decoder(TOKENS[:, order]), decoder(TOKENS)[:, order], atol=1e-5, rtol=1e-5
    )
    ordered = filled(Decoder(CONFIG, mask=no_mask))
    assert not torch.allclose(ordered(TOKENS[:, order]), ordered(TOKENS)[:, order], atol=0.1)


@given(st.lists(st.integers(1, 4), min_size=1, max_size=6), st.integers(1, 3), st.integers(0, 9))
@settings(max_examples=25)
def test_reading_in_pieces_with_cache_is_reading_the_whole(pieces, batch, seed):
    n_pos = sum(pieces)
    parts = {"block": partial(Block, attn=partial(Attention, d_value=3))} if seed % 2 else {}
    config = DecoderConfig(d_vocab=11, n_ctx=n_pos, d_model=8, n_heads=2, n_layers=2)
    decoder = filled(Decoder(config, positions=SinusoidalPositions, **parts), seed)
    tokens = torch.randint(11, (batch, n_pos), generator=seeded(seed))
    cache, logits, start = decoder.new_cache(batch), [], 0
    for size in pieces:
        logits.append(decoder(tokens[:, start : start + size], cache=cache))
        start += size
        assert cache.length == start
    whole = decoder(tokens)
    torch.testing.assert_close(torch.cat(logits, dim=1), whole, atol=1e-5, rtol=1e-5)
    assert not logits[0].requires_grad


def test_cache_survives_an_error_and_can_step_back():
    decoder = filled(Decoder(CONFIG))
    cache = decoder.new_cache(2)
    decoder(TOKENS[:, :3], cache=cache)
    with pytest.raises(ValueError, match="fora do vocabulário"):
        decoder(TOKENS[:, 3:4] + 100, cache=cache)

    def stop(value):
        raise RuntimeError

    with pytest.raises(RuntimeError):
        run_with_edits(
            lambda_module(decoder, cache), TOKENS[:, 3:5], {"decoder.blocks.1.hook_mlp_out": stop}
        )
    assert cache.length == 3
    whole = decoder(TOKENS)
    torch.testing.assert_close(
        decoder(TOKENS[:, 3:], cache=cache), whole[:, 3:], atol=1e-5, rtol=1e-5
    )
    cache.length = 4
    torch.testing.assert_close(
        decoder(TOKENS[:, 4:], cache=cache), whole[:, 4:], atol=1e-5, rtol=1e-5
    )


def lambda_module(decoder, cache):
    """Faz um módulo que lê com este cache, para poder escutar a leitura."""

    class Reading(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.decoder = decoder

        def forward(self, tokens):
            return self.decoder(tokens, cache=cache)

    return Reading()


def test_texts_that_stay_in_the_cache_go_on_as_if_alone():
    decoder, rows = filled(Decoder(CONFIG)), torch.tensor([1])
    cache = decoder.new_cache(2)
    decoder(TOKENS[:, :3], cache=cache)
    cache.keep(rows)
    rest = decoder(TOKENS[rows, 3:], cache=cache)
    torch.testing.assert_close(rest, decoder(TOKENS[rows])[:, 3:], atol=1e-5, rtol=1e-5)


def test_patterns_seen_through_the_cache_are_rows_of_the_whole_pattern():
    decoder, name = filled(Decoder(CONFIG)), "blocks.1.attn.hook_pattern"
    cache = decoder.new_cache(2)
    decoder(TOKENS[:, :4], cache=cache)
    _, seen = run_with_cache(lambda_module(decoder, cache), TOKENS[:, 4:], f"decoder.{name}")
    _, whole = run_with_cache(decoder, TOKENS, name)
    torch.testing.assert_close(seen[f"decoder.{name}"], whole[name][:, :, 4:], atol=1e-5, rtol=1e-4)


def test_initial_weights_are_those_of_gpt2():
    config = DecoderConfig(d_vocab=500, n_ctx=200, d_model=64, n_heads=4, n_layers=8)
    decoder = Decoder(config, generator=seeded(1))
    small = 0.02 / (2 * 8) ** 0.5
    deviations = {"embed.W_E": 0.02, "pos_embed.W_pos": 0.01}
    parts = {"attn.W_Q": 0.02, "attn.W_V": 0.02, "attn.W_O": small, "mlp.W_in": 0.02}
    for layer in (0, 7):
        deviations |= {f"blocks.{layer}.{name}": std for name, std in parts.items()}
        deviations[f"blocks.{layer}.mlp.W_out"] = small
    for name, std in deviations.items():
        assert decoder.get_parameter(name).std().item() == pytest.approx(std, rel=0.05), name
    own = Unembedding(64, 500, generator=seeded(1))
    assert own.W_U.std().item() == pytest.approx(0.02, rel=0.05)
    for name, weight in decoder.named_parameters():
        if ".b_" in name or name.endswith(".b"):
            assert not weight.any(), name
        if name.endswith(".w"):
            assert (weight == 1).all(), name


@pytest.mark.parametrize("tied", [True, False], ids=["amarrado", "solto"])
def test_same_generator_same_decoder_and_the_global_one_is_left_alone(tied):
    before, config = torch.get_rng_state(), replace(CONFIG, tied=tied)
    one, same, other = (Decoder(config, generator=seeded(s)) for s in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(one(TOKENS), same(TOKENS))
    assert not torch.equal(one(TOKENS), other(TOKENS))


def test_untrained_loss_is_close_to_that_of_a_uniform_guess():
    config = DecoderConfig(d_vocab=97, n_ctx=32, d_model=32, n_heads=4, n_layers=4)
    decoder = Decoder(config, generator=seeded())
    tokens = torch.randint(97, (16, 32), generator=seeded(1))
    logits = decoder(tokens[:, :-1]).flatten(0, 1)
    loss = torch.nn.functional.cross_entropy(logits, tokens[:, 1:].flatten())
    assert loss.item() == pytest.approx(torch.tensor(97.0).log().item(), abs=0.1)


VARIANTS = {
    "sem soma residual": {"block": partial(Block, residual=no_residual)},
    "sem norma": {"block": partial(Block, ln=NoNorm), "ln_final": NoNorm},
    "sem MLP": {"block": partial(Block, mlp=WritesNothing)},
    "sem atenção": {"block": partial(Block, attn=WritesNothing)},
    "sem máscara": {"mask": no_mask},
    "sem posições": {"positions": NoPositions},
    "senoidal": {"positions": SinusoidalPositions},
    "norma depois": {"block": partial(Block, norm="post"), "ln_final": NoNorm},
    "relu": {"block": partial(Block, mlp=partial(MLP, act="relu"))},
    "linear": {"block": partial(Block, mlp=partial(MLP, act="identity"))},
    "valores mais largos": {"block": partial(Block, attn=partial(Attention, d_value=7))},
}


@pytest.mark.parametrize("parts", VARIANTS.values(), ids=VARIANTS)
def test_every_variant_runs_learns_saves_and_differs_from_the_standard(parts, tmp_path):
    decoder, standard = (filled(Decoder(CONFIG, **p)) for p in (parts, {}))
    logits = decoder(TOKENS)
    assert logits.shape == (2, 6, 11)
    assert logits.isfinite().all()
    assert (logits - standard(TOKENS)).abs().max() > 1e-3
    logits.logsumexp(-1).sum().backward()
    assert decoder.embed.W_E.grad.isfinite().all()
    watched, cache = run_with_cache(decoder, TOKENS)
    torch.testing.assert_close(watched, logits, atol=1e-4, rtol=1e-5)
    assert "blocks.1.hook_resid_post" in cache
    decoder.save(tmp_path)
    assert torch.equal(Decoder.load(tmp_path, **parts)(TOKENS), decoder(TOKENS))


def test_decoder_moves_to_another_type_and_is_copied():
    decoder = filled(Decoder(CONFIG))
    twin = copy.deepcopy(decoder).double()
    torch.testing.assert_close(twin(TOKENS).float(), decoder(TOKENS), atol=1e-4, rtol=1e-5)
    with torch.no_grad():
        twin.embed.W_E.zero_()
    assert decoder.embed.W_E.any()


def test_a_decoder_learns_one_text_by_heart():
    decoder = Decoder(CONFIG, generator=seeded())
    optimizer = torch.optim.AdamW(decoder.parameters(), lr=1e-2)
    for _ in range(150):
        logits = decoder(TOKENS[:, :-1]).flatten(0, 1)
        loss = torch.nn.functional.cross_entropy(logits, TOKENS[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.05
    assert torch.equal(decoder(TOKENS[:, :-1]).argmax(-1), TOKENS[:, 1:])


@pytest.mark.parametrize(
    ("tokens", "kind", "message"),
    [
        (torch.zeros(1, 9, dtype=torch.long), ValueError, "tem 9 tokens.*no máximo n_ctx=8"),
        (torch.tensor([[11]]), ValueError, r"tokens\[0, 0\]=11.*0 a 10 \(d_vocab=11\)"),
        (torch.tensor([1, 2]), ValueError, r"use tokens\[None\]"),
        (normal(1, 2), TypeError, "ids inteiros"),
    ],
)
def test_bad_texts_are_explained(tokens, kind, message):
    with told(kind, message):
        Decoder(CONFIG)(tokens)
    with told(kind, message):
        Decoder(CONFIG, positions=NoPositions)(tokens)


def test_bad_caches_are_explained():
    decoder = Decoder(CONFIG)
    cache = decoder.new_cache(1)
    with told(ValueError, r"chegaram 2 textos e o cache é de 1; crie-o com new_cache\(2\)"):
        decoder(TOKENS, cache=cache)
    decoder(TOKENS[:1], cache=cache)
    with told(ValueError, "o texto tem 12 tokens, e o decoder lê no máximo n_ctx=8"):
        decoder(TOKENS[:1], cache=cache)
    with told(ValueError, "sem máscara, cada token novo muda os anteriores"):
        Decoder(CONFIG, mask=no_mask).new_cache()
