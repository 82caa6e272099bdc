"""O que as cabeças escrevem: as partes somam o todo, até o logit."""

from functools import partial
from itertools import product

import pytest
import torch
from core import normal, seeded, told
from specimens import D_VOCAB, copier

from helpers import heads
from helpers.block import Block
from helpers.config import DecoderConfig
from helpers.decoder import Decoder
from helpers.embedding import LearnedPositions, NoPositions, SinusoidalPositions
from helpers.hooks import editing, run_with_cache
from helpers.without import NoNorm, WritesNothing, no_residual

TOKENS = torch.tensor([[1, 5, 2, 9, 3], [0, 3, 3, 8, 1], [7, 7, 7, 10, 0]])
TARGETS = torch.tensor([[5, 2, 9, 3, 0], [3, 3, 8, 1, 0], [7, 7, 10, 0, 1]])


def decoder(tied=True, positions=LearnedPositions, n_layers=2, **parts):
    config = DecoderConfig(11, 8, 12, n_heads=3, n_layers=n_layers, tied=tied)
    model = Decoder(config, positions=positions, generator=seeded(), **parts)
    with torch.no_grad():
        for seed, weight in enumerate(model.parameters()):
            weight.add_(0.3 * normal(*weight.shape, seed=seed))
    return model


KINDS = {
    "de costume": {},
    "desamarrado": {"tied": False},
    "senoidal": {"positions": SinusoidalPositions},
    "sem posições": {"positions": NoPositions, "tied": False},
    "três camadas": {"n_layers": 3},
    "sem camadas": {"n_layers": 0},
    "sem norma final": {"ln_final": NoNorm},
    "sem normas nos blocos": {"block": partial(Block, ln=NoNorm)},
    "sem MLP": {"block": partial(Block, mlp=WritesNothing)},
    "sem atenção": {"block": partial(Block, attn=WritesNothing)},
}


@pytest.mark.parametrize("norm", ["pre", "post"])
def test_writes_of_the_heads_and_the_bias_are_the_attention_output(norm):
    model = decoder(block=partial(Block, norm=norm))
    writes = heads.head_writes(model, TOKENS)
    assert writes.shape == (2, 3, 5, 3, 12)
    _, cache = run_with_cache(model, TOKENS)
    for layer, block in enumerate(model.blocks):
        total = writes[layer].sum(2) + block.attn.b_O
        torch.testing.assert_close(total, cache[f"blocks.{layer}.hook_attn_out"], atol=1e-5, rtol=0)


def test_contributions_add_up_to_what_the_head_writes():
    model = decoder()
    writes, norms = heads.head_writes(model, TOKENS), heads.contribution_norms(model, TOKENS)
    assert norms.shape == (2, 3, 3, 5, 5)
    for layer, head in product(range(2), range(3)):
        moved = heads.contributions(model, TOKENS, layer, head)
        assert moved.shape == (3, 5, 5, 12)
        torch.testing.assert_close(moved.sum(2), writes[layer, :, :, head], atol=1e-5, rtol=0)
        torch.testing.assert_close(moved.norm(dim=-1), norms[layer, :, head])
    assert (norms.triu(1) == 0).all()


def test_norms_need_no_vector_per_pair():
    big = Decoder(DecoderConfig(11, 512, 64, 2, 1), generator=seeded())
    tokens = torch.zeros(1, 512, dtype=torch.long)
    with torch.profiler.profile(profile_memory=True) as profile:
        heads.contribution_norms(big, tokens)
    # Um vetor de 64 por par custaria 2 · 512² · 64 floats; só os pesos, 64 vezes menos.
    largest = max(event.self_cpu_memory_usage for event in profile.events())
    assert largest < 2 * 512**2 * 64 * 4 / 16


def test_contribution_is_not_the_weight():
    model = decoder()
    norms, patterns = (
        heads.contribution_norms(model, TOKENS),
        heads.attention_patterns(model, TOKENS),
    )
    by_weight, by_norm = patterns[..., -1, :].argmax(-1), norms[..., -1, :].argmax(-1)
    assert (by_weight != by_norm).any()


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_attribution_sums_to_the_logit(kind):
    model = decoder(**kind)
    found = heads.logit_attribution(model, TOKENS, TARGETS)
    assert found.values.shape == (len(found.names), 3, 5)
    expected = model(TOKENS).gather(-1, TARGETS[..., None])[..., 0]
    torch.testing.assert_close(found.logits, expected, atol=1e-5, rtol=0)
    torch.testing.assert_close(found.values.sum(0), expected, atol=1e-4, rtol=0)


def test_attribution_names_every_part():
    names = heads.logit_attribution(decoder(), TOKENS, TARGETS).names
    block = [*(f"attn.head.{head}" for head in range(3)), "attn.b_O", "mlp"]
    expected = ["embed", "pos_embed"]
    expected += [f"blocks.{layer}.{part}" for layer in (0, 1) for part in block]
    assert names == (*expected, "ln_final.b")


def test_attribution_of_a_difference_is_the_difference():
    model = decoder()
    others = TARGETS.flip(0)
    one, two = (heads.logit_attribution(model, TOKENS, ids) for ids in (TARGETS, others))
    both = heads.logit_attribution(model, TOKENS, TARGETS, against=others)
    torch.testing.assert_close(both.values, one.values - two.values, atol=1e-5, rtol=0)
    torch.testing.assert_close(both.logits, one.logits - two.logits)
    none = heads.logit_attribution(model, TOKENS, TARGETS, against=TARGETS)
    assert (none.values == 0).all()


def test_attribution_is_what_leaves_with_the_part_when_the_scale_is_frozen():
    model = decoder()
    found = heads.logit_attribution(model, TOKENS, TARGETS)
    _, cache = run_with_cache(model, TOKENS, ["ln_final.hook_scale"])
    part = found.names.index("blocks.1.mlp")
    # O MLP da última camada só chega à saída: tirá-lo, com a escala parada, tira a parte dele.
    frozen = {
        "blocks.1.hook_mlp_out": torch.zeros_like,
        "ln_final.hook_scale": lambda scale: cache["ln_final.hook_scale"],
    }
    with editing(model, frozen):
        without = model(TOKENS).gather(-1, TARGETS[..., None])[..., 0]
    torch.testing.assert_close(found.logits - without, found.values[part], atol=1e-4, rtol=0)


def test_attribution_finds_the_head_that_carries_the_answer():
    tokens = heads.repeated_random_tokens(D_VOCAB, 4, 8, seeded(), max_gap=6)
    targets = tokens.roll(-1, 1)
    found = heads.logit_attribution(copier(), tokens, targets)
    answer = found.values[found.names.index("blocks.1.attn.head.1"), :, -7:-1]
    torch.testing.assert_close(answer, found.logits[:, -7:-1])
    assert (answer > 15).all()


def test_parts_are_exact_in_double_precision():
    model = decoder(tied=False).double()
    found = heads.logit_attribution(model, TOKENS, TARGETS)
    torch.testing.assert_close(found.values.sum(0), found.logits, atol=1e-12, rtol=0)


@pytest.mark.parametrize("norm", ["pre", "post"])
def test_logit_lens_ends_in_the_output_of_the_model(norm):
    model = decoder(block=partial(Block, norm=norm))
    lens = heads.logit_lens(model, TOKENS)
    assert lens.shape == (3, 3, 5, 11)
    assert torch.equal(lens[-1], model(TOKENS))
    embedded = model.embed(TOKENS) + model.pos_embed(TOKENS)
    torch.testing.assert_close(lens[0], model.ln_final(embedded) @ model.W_U)


def test_logit_lens_sees_the_answer_appear_where_it_is_written():
    tokens = heads.repeated_random_tokens(D_VOCAB, 4, 8, seeded(), max_gap=6)
    lens = heads.logit_lens(copier(), tokens)
    right = (lens[:, :, :-1].argmax(-1) == tokens[:, 1:])[:, :, -7:].float().mean((1, 2))
    assert right.tolist() == [0, 0, 1]


def test_last_layer_without_its_block_is_the_last_lens():
    model = decoder()
    silent = {f"blocks.1.hook_{part}_out": torch.zeros_like for part in ("attn", "mlp")}
    with editing(model, silent):
        torch.testing.assert_close(model(TOKENS), heads.logit_lens(model, TOKENS)[1])


def test_nothing_needs_a_gradient_and_nothing_changes():
    model = decoder()
    plain = model(TOKENS).detach()
    values = [
        heads.attention_patterns(model, TOKENS),
        heads.head_writes(model, TOKENS),
        heads.contributions(model, TOKENS, 1, 2),
        heads.contribution_norms(model, TOKENS),
        heads.logit_attribution(model, TOKENS, TARGETS).values,
        heads.logit_lens(model, TOKENS),
    ]
    assert not any(value.requires_grad for value in values)
    assert torch.equal(model(TOKENS), plain)


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (
            lambda: heads.logit_attribution(decoder(block=partial(Block, norm="post")), *BOTH),
            "norm='post'.*deixa de ser a soma",
        ),
        (
            lambda: heads.logit_attribution(
                decoder(block=partial(Block, residual=no_residual)), *BOTH
            ),
            "não soma o que escreve",
        ),
        (lambda: heads.logit_attribution(decoder(), TOKENS, TARGETS[:, :4]), r"\(3, 4\)"),
        (lambda: heads.logit_attribution(decoder(), TOKENS, TARGETS + 3), "vocabulário"),
        (lambda: heads.logit_attribution(decoder(), *BOTH, TARGETS[:1]), r"\(1, 5\)"),
        (lambda: heads.contributions(decoder(), TOKENS, 2, 0), "não há cabeça"),
        (lambda: heads.head_writes(decoder(n_layers=0), TOKENS), "n_layers=0"),
        (
            lambda: heads.contribution_norms(decoder(**KINDS["sem atenção"]), TOKENS),
            "o bloco 0 não tem atenção",
        ),
        (lambda: heads.attention_patterns(decoder(), TOKENS[0]), "batch pos"),
        (lambda: heads.logit_lens(decoder(), TOKENS[:, :1].expand(-1, 9)), "n_ctx=8"),
    ],
)
def test_what_cannot_be_decomposed_says_why(call, match):
    with told(ValueError, match):
        call()


def test_ids_that_are_not_integers_are_refused():
    with told(TypeError, "ids inteiros"):
        heads.logit_lens(decoder(), TOKENS.float())


BOTH = (TOKENS, TARGETS)
