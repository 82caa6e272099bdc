"""Os ensaios: o que está guardado é o que se mede, e cada variante tira o que promete."""

import pytest
import torch

from helpers import trials
from helpers.embedding import NoPositions
from helpers.hooks import run_with_cache
from helpers.training import evaluate
from helpers.without import NoNorm, WritesNothing, no_residual

TOKENS = torch.tensor([list("O João entregou".encode())])


def test_recorded_trials_have_one_loss_per_seed():
    for name in ("peça tirada", "cabeças×camadas", "ajuste fino", "multa: perda"):
        for row, losses in trials.recorded(name).items():
            assert len(losses) == len(trials.SEEDS), (name, row)
            assert all(1.5 < loss < 4.5 for loss in losses)
    assert list(trials.recorded("peça tirada")) == list(trials.REMOVALS)
    assert list(trials.recorded("ajuste fino")) == ["sem ajuste", *trials.FINE_TUNED]
    assert len(trials.recorded("cabeças×camadas")) == len(trials.WIDTHS) * len(trials.GRID_HEADS)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["inteiro", "sem posição", "sem residual na atenção"])
def test_recorded_removals_can_be_measured_again(name):
    assert trials.removal(name, seed=1) == pytest.approx(
        trials.recorded("peça tirada")[name][1], abs=2e-3
    )


@pytest.mark.slow
def test_recorded_grid_tuning_and_fine_can_be_measured_again():
    grid = trials.recorded("cabeças×camadas")["2×1"][0]
    assert trials.grid_cell(2, 1, 0) == pytest.approx(grid, abs=2e-3)
    tuned = trials.recorded("ajuste fino")["só W_O"][2]
    assert trials.fine_tune("só W_O", 2) == pytest.approx(tuned, abs=2e-3)
    loss, entropy = trials.penalized(0.1, 0)
    assert loss == pytest.approx(trials.recorded("multa: perda")["0.1"][0], abs=2e-3)
    assert entropy == pytest.approx(trials.recorded("multa: entropia")["0.1"][0], abs=2e-3)


def test_grid_keeps_the_number_of_parameters():
    sizes = [trials.grid_config(heads, n).n_params for n in trials.WIDTHS for heads in (1, 2, 4)]
    assert max(sizes) < 1.03 * min(sizes)


@torch.no_grad()
def test_partial_residuals_drop_only_what_they_say():
    whole = trials.small_decoder(0)
    for name, keeps_first in (("sem residual na atenção", False), ("sem residual no MLP", True)):
        other = trials.small_decoder(0, **trials.REMOVALS[name])
        other.load_state_dict(whole.state_dict())
        _, cache = run_with_cache(whole, TOKENS)
        pre, block = cache["blocks.0.hook_resid_pre"], whole.blocks[0]
        mask = whole.mask(TOKENS.shape[1], TOKENS.shape[1])
        first = block.attn(block.ln1(pre), mask=mask)
        mid = pre + first if keeps_first else first
        second = block.mlp(block.ln2(mid))
        expected = second if keeps_first else mid + second
        torch.testing.assert_close(other.blocks[0](pre, mask), expected)


def test_same_seed_same_loss_and_training_helps():
    model = trials.small_decoder(3)
    before = evaluate(model, trials.corpus()[1])
    losses = [trials.removal("inteiro", 3, steps=4) for _ in range(2)]
    assert losses[0] == losses[1] < before


def test_freezing_leaves_only_the_named_weights():
    model = trials.small_decoder(0)
    n_free = trials.freeze_all_but(model, "só W_O")
    free = [name for name, weight in model.named_parameters() if weight.requires_grad]
    assert free == ["blocks.0.attn.W_O", "blocks.1.attn.W_O"]
    assert n_free == 2 * 32 * 32
    frozen = model.embed.W_E.detach().clone()
    trials.fit(model, steps=2)
    assert torch.equal(model.embed.W_E, frozen)
    assert trials.freeze_all_but(model, "a atenção") == sum(
        weight.numel() for block in model.blocks for weight in block.attn.parameters()
    )
    assert trials.freeze_all_but(model, "tudo") == model.config.n_params


MISSING = {
    "inteiro": set(),
    "sem atenção": {"atenção"},
    "sem MLP": {"MLP"},
    "sem posição": {"posição"},
    "sem norma nos blocos": {"ln1", "ln2"},
    "sem norma final": {"ln_final"},
    "sem residual na atenção": {"residual da atenção"},
    "sem residual no MLP": {"residual do MLP"},
    "sem residual nenhum": {"residual"},
}


@pytest.mark.parametrize("name", trials.REMOVALS)
def test_each_variant_lacks_only_what_its_name_says(name):
    model = trials.small_decoder(0, **trials.REMOVALS[name])
    block = model.blocks[0]
    absent = {
        "atenção": isinstance(block.attn, WritesNothing),
        "MLP": isinstance(block.mlp, WritesNothing),
        "posição": isinstance(model.pos_embed, NoPositions),
        "ln1": isinstance(block.ln1, NoNorm),
        "ln2": isinstance(block.ln2, NoNorm),
        "ln_final": isinstance(model.ln_final, NoNorm),
        "residual da atenção": isinstance(block, trials.SkipsOnlyMLP),
        "residual do MLP": isinstance(block, trials.SkipsOnlyAttention),
        "residual": block.residual is no_residual,
    }
    assert {part for part, gone in absent.items() if gone} == MISSING[name]


def test_fine_tuning_changes_language():
    portuguese, english = (trials.corpus(language)[1] for language in ("pt", "en"))
    assert not torch.equal(portuguese, english)
    assert " the " in bytes(english.tolist()).decode(errors="ignore")
    assert " que " in bytes(portuguese.tolist()).decode(errors="ignore")


def test_a_bigger_fine_sharpens_the_attention_more():
    entropy = [trials.penalized(strength, 0, steps=6)[1] for strength in (0.0, 0.3, 3.0)]
    assert entropy == sorted(entropy, reverse=True)
    assert len(set(entropy)) == 3
