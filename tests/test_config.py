"""Os tamanhos de um decoder: o que fecha, o que é recusado, e quantos parâmetros dão."""

from dataclasses import FrozenInstanceError

import pytest
from core import told

from helpers.config import PRESETS, DecoderConfig
from helpers.decoder import Decoder

SIZES = {"d_vocab": 11, "n_ctx": 6, "d_model": 8, "n_heads": 2, "n_layers": 3}


@pytest.mark.parametrize(
    ("name", "n_params"),
    [
        ("gpt2", 124_439_808),
        ("gpt2-medium", 354_823_168),
        ("gpt2-large", 774_030_080),
        ("gpt2-xl", 1_557_611_200),
    ],
)
def test_presets_have_the_published_number_of_parameters(name, n_params):
    assert PRESETS[name].n_params == n_params


@pytest.mark.parametrize("changes", [{}, {"tied": False}, {"d_mlp": 5}, {"n_layers": 0}])
def test_n_params_counts_the_parameters_of_the_decoder(changes):
    config = DecoderConfig(**(SIZES | changes))
    assert config.n_params == sum(p.numel() for p in Decoder(config).parameters())


def test_derived_sizes_and_immutability():
    config = DecoderConfig(**SIZES)
    assert (config.d_head, config.d_mlp, config.tied, config.eps) == (4, 32, True, 1e-5)
    with pytest.raises(FrozenInstanceError):
        config.d_model = 16


@pytest.mark.parametrize(
    ("changes", "kind", "message"),
    [
        ({"n_heads": 3}, ValueError, "d_model=8 não se divide em n_heads=3 cabeças iguais"),
        ({"d_vocab": 0}, ValueError, "d_vocab=0 deve ser pelo menos 1"),
        ({"n_layers": -1}, ValueError, "n_layers=-1 deve ser pelo menos 0"),
        ({"d_mlp": 0}, ValueError, "d_mlp=0 deve ser pelo menos 1"),
        ({"d_model": 8.0}, TypeError, r"d_model=8\.0 deve ser um inteiro"),
        ({"n_ctx": True}, TypeError, "n_ctx=True deve ser um inteiro"),
        ({"eps": -1e-5}, ValueError, "eps=-1e-05 deve ser positivo ou zero"),
        ({"eps": float("nan")}, ValueError, "eps=nan deve ser positivo ou zero"),
    ],
)
def test_sizes_that_do_not_fit_are_refused(changes, kind, message):
    with told(kind, message):
        DecoderConfig(**(SIZES | changes))
