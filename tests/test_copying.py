"""Copiar à distância: as máscaras são as da lição, e o que está guardado se refaz."""

import pytest
import torch

from helpers.explorables import reach_board
from helpers.studies import copying


def test_masks_are_those_of_the_board():
    kinds = {"janela": "window", "janela e o primeiro": "first", "janela e saltos": "jumps"}
    for name, mask in copying.masks().items():
        assert torch.equal(mask, reach_board.mask_of(kinds[name], copying.WIDTH))


def test_each_text_has_its_letter_at_the_asked_distance():
    distances = torch.arange(1, copying.N_POS)
    tokens, letters = copying.texts(distances, torch.Generator().manual_seed(0))
    is_letter = (tokens >= copying.NOISE) & (tokens < copying.ASKS)
    assert is_letter.sum(1).tolist() == [1] * len(distances)
    assert torch.equal(copying.N_POS - 1 - is_letter.float().argmax(1), distances)
    assert torch.equal(tokens[is_letter], letters)
    assert (tokens == copying.ASKS).nonzero()[:, 1].tolist() == [copying.N_POS - 1] * len(distances)


def test_recorded_has_one_share_per_seed_and_distance():
    found = copying.recorded()
    assert tuple(found) == copying.TRIALS
    for runs in found.values():
        assert runs.shape == (len(copying.SEEDS), copying.N_DISTANCES)
        assert ((runs >= 0) & (runs <= 1)).all()


def test_what_is_saved_is_what_is_read(tmp_path, monkeypatch):
    kept = copying.recorded()
    drawn = iter(run for runs in kept.values() for run in runs)
    monkeypatch.setattr(copying, "DATA_DIR", tmp_path)
    monkeypatch.setattr(copying, "school", lambda mask, n_layers, seed: next(drawn))
    monkeypatch.setattr(copying, "read_text", lambda name: (tmp_path / name).read_text("utf-8"))
    copying.save()
    assert all(torch.equal(runs, kept[trial]) for trial, runs in copying.recorded().items())


@pytest.mark.slow
@pytest.mark.remade
def test_recorded_cliffs_are_found_again():
    for (name, n_layers), seed in ((("janela", 2), 1), (("janela e saltos", 2), 2)):
        again = copying.school(copying.masks()[name], n_layers, seed)
        stored = copying.recorded()[name, n_layers][seed]
        assert torch.equal(again > 0.5, stored > 0.5)
        assert torch.equal(again <= 0.25, stored <= 0.25)
