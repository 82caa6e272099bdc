"""As trocas: cada variante troca o que o nome diz, e o que está guardado se refaz."""

import json

import pytest

from helpers.block import MLP, LayerNorm, RMSNorm, SwiGLU
from helpers.data import DATA_DIR
from helpers.embedding import LearnedPositions, NoPositions
from helpers.studies import ablations, swaps
from helpers.studies.ablations import SMALL
from helpers.training import stories, train


@pytest.fixture(scope="module")
def material():
    return stories(SMALL, seed=0)


def test_recorded_swaps_have_one_loss_per_seed():
    assert list(swaps.recorded()) == list(swaps.SWAPS)
    for losses in swaps.recorded().values():
        assert len(losses) == len(swaps.SEEDS)
        assert all(0.5 < loss < 3 for loss in losses)
    for runs in swaps.longer().values():
        assert [list(run) for run in runs] == [[str(step) for step in swaps.STOPS]] * 3
    for rows in (
        swaps.learned_table(),
        *(swaps.stretched(b, s) for b in swaps.BASES for s in swaps.SCALES),
    ):
        assert [len(row) for row in rows] == [swaps.READ // swaps.STRETCH] * len(swaps.SEEDS)


@pytest.mark.parametrize("name", swaps.SWAPS)
def test_each_swap_changes_only_what_its_name_says(name, material):
    model = swaps.swapped(name, material, 0)
    block, everything = model.blocks[0], name == "tudo junto"
    changed = {
        "posições": isinstance(model.pos_embed, NoPositions),
        "giro": block.attn.rotate is not None,
        "norma": {type(block.ln1), type(block.ln2), type(model.ln_final)} == {RMSNorm},
        "mlp": isinstance(block.mlp, SwiGLU),
        "grupos": block.attn.n_groups != block.attn.n_heads,
        "saída": not model.config.tied,
        "b_Q": not block.attn.b_Q.requires_grad,
        "outros vieses": not block.attn.b_O.requires_grad,
    }
    expected = {
        "GPT-2": set(),
        "sem posições": {"posições"},
        "RoPE": {"posições", "giro"},
        "RMSNorm": {"posições", "giro", "norma"},
        "SwiGLU": {"posições", "giro", "mlp"},
        "2 grupos": {"posições", "giro", "grupos"},
        "1 grupo": {"posições", "giro", "grupos"},
        "sem vieses": {"posições", "giro", "b_Q", "outros vieses"},
        "sem b_Q e b_K": {"posições", "giro", "b_Q"},
        "saída solta": {"posições", "giro", "saída"},
        "tudo junto": set(changed),
    }
    assert {part for part, is_new in changed.items() if is_new} == expected[name]
    if not everything and "norma" not in expected[name]:
        assert isinstance(block.ln1, LayerNorm)
    if "mlp" not in expected[name]:
        assert isinstance(block.mlp, MLP)
    assert isinstance(model.pos_embed, LearnedPositions) == (name == "GPT-2")


def test_a_bias_held_at_zero_is_no_bias(material):
    model = swaps.swapped("sem vieses", material, 0)
    whole, held = swaps.swapped("RoPE", material, 0), swaps.n_trained(model)
    biases = [w for n, w in whole.named_parameters() if n.rpartition(".")[2].startswith("b")]
    assert held == swaps.n_trained(whole) - sum(weight.numel() for weight in biases)
    settings = swaps.replace(material.settings, steps=2, warmup=0)
    for _ in train(model, material.batches, settings):
        pass
    assert all(
        not w.any() for n, w in model.named_parameters() if n.rpartition(".")[2].startswith("b")
    )


def shape_of(found):
    """O que há num registro, sem os números: as chaves, em ordem, e quantos de cada."""
    if isinstance(found, dict):
        return {name: shape_of(part) for name, part in found.items()}
    return [shape_of(part) for part in found] if isinstance(found, list) else type(found)


@pytest.mark.slow
def test_save_writes_all_that_the_lesson_reads(monkeypatch, tmp_path):
    """Treinos de um passo bastam para ver que tudo é medido e gravado, com os mesmos nomes."""
    short = swaps.replace(SMALL.settings, steps=1, batch_size=2)
    few = swaps.replace(SMALL, settings=short, n_stories=64, n_validation=8)
    monkeypatch.setattr(ablations, "SMALL", few)
    monkeypatch.setattr(swaps, "STRETCH_SETTINGS", short)
    monkeypatch.setattr(swaps, "DATA_DIR", tmp_path)
    monkeypatch.setattr(swaps, "STOPS", (1, 2))
    swaps.save()
    saved = json.loads((tmp_path / swaps.FILE).read_text(encoding="utf-8"))
    stored = json.loads((DATA_DIR / swaps.FILE).read_text(encoding="utf-8"))
    for runs in stored["mais treino"].values():
        assert {tuple(run) for run in runs} == {("100", "200", "400", "800")}
        runs[:] = [{"1": 1.0, "2": 1.0}] * 3
    assert shape_of(saved) == shape_of(stored)
    assert list(saved["trocas"]) == list(stored["trocas"])


@pytest.mark.slow
@pytest.mark.remade
def test_recorded_losses_can_be_measured_again(material):
    for name, seed in (("RoPE", 1), ("tudo junto", 0)):
        stored = swaps.recorded()[name][seed]
        assert swaps.loss(name, material, seed) == pytest.approx(stored, abs=2e-3)


@pytest.mark.slow
@pytest.mark.remade
def test_recorded_stretch_can_be_measured_again(material):
    _, windows = swaps.streams(material)
    model = swaps.short_sighted(1, material, **swaps.SWAPS["RoPE"])
    for base, scale in ((1, 1.0), (8, 1.0), (1, 0.25)):
        swaps.turn(model, base * swaps.BASE, scale)
        again = swaps.loss_by_place(model, windows)
        assert again == pytest.approx(swaps.stretched(base, scale)[1], abs=5e-3)
