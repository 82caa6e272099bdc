"""Tabelas de tokens e de posições, conferidas com a definição e com o artigo."""

import math

import pytest
import torch
import torch.nn.functional as F
from core import seeded, told

from helpers.embedding import (
    LearnedPositions,
    NoPositions,
    SinusoidalPositions,
    TokenEmbedding,
)

TOKENS = torch.tensor([[1, 5, 2], [0, 3, 3]])


def test_embedding_is_the_one_hot_times_the_table():
    embed = TokenEmbedding(6, 4, generator=seeded())
    one_hot = F.one_hot(TOKENS, 6).float()
    assert torch.equal(embed(TOKENS), one_hot @ embed.W_E)
    assert torch.equal(embed(TOKENS.int()), embed(TOKENS))


def test_positions_are_rows_of_the_table_equal_in_the_batch():
    positions = LearnedPositions(5, 4, generator=seeded())
    assert torch.equal(positions(TOKENS), positions.W_pos[:3].expand(2, 3, 4))
    assert torch.equal(positions(TOKENS, start=2), positions.W_pos[2:].expand(2, 3, 4))


@pytest.mark.parametrize("d_model", [1, 4, 5])
def test_sinusoid_follows_the_formula_of_the_paper(d_model):
    table = SinusoidalPositions(7, d_model).W_pos
    for pos in range(7):
        for column in range(d_model):
            angle = pos / 10_000 ** ((column - column % 2) / d_model)
            wave = math.cos(angle) if column % 2 else math.sin(angle)
            assert table[pos, column].item() == pytest.approx(wave, abs=1e-6)


def test_sinusoids_are_not_learned_nor_saved():
    positions = SinusoidalPositions(7, 4)
    assert not list(positions.parameters())
    assert not positions.state_dict()


def test_a_shift_is_the_same_rotation_at_every_position():
    table = SinusoidalPositions(50, 2).W_pos.double()
    rotation = torch.linalg.lstsq(table[:40], table[3:43]).solution
    torch.testing.assert_close(table[:40] @ rotation, table[3:43], atol=1e-6, rtol=0)
    torch.testing.assert_close(rotation @ rotation.T, torch.eye(2).double(), atol=1e-6, rtol=0)


def test_no_positions_adds_zero_at_any_length():
    assert not NoPositions(2, 4)(TOKENS, start=1000).any()


def test_initial_deviations_are_those_of_gpt2_and_come_from_the_generator():
    embed = TokenEmbedding(400, 64, generator=seeded(1))
    positions = LearnedPositions(400, 64, generator=seeded(1))
    assert embed.W_E.std().item() == pytest.approx(0.02, rel=0.02)
    assert positions.W_pos.std().item() == pytest.approx(0.01, rel=0.02)
    before = torch.get_rng_state()
    assert torch.equal(TokenEmbedding(400, 64, generator=seeded(1)).W_E, embed.W_E)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize(
    ("tokens", "kind", "message"),
    [
        (torch.tensor([[0, 6]]), ValueError, r"tokens\[0, 1\]=6 está fora do vocab.*0 a 5"),
        (torch.tensor([[0], [-1]]), ValueError, r"tokens\[1, 0\]=-1 está fora do vocabulário"),
        (torch.tensor([0, 1]), ValueError, r"forma \(2,\).*use tokens\[None\]"),
        (torch.empty(2, 0, dtype=torch.long), ValueError, "com pelo menos uma posição"),
        (torch.ones(1, 2), TypeError, "tokens é torch.float32; aqui entra um tensor de ids"),
        ([[1, 2]], TypeError, "tokens é list"),
    ],
)
def test_bad_tokens_are_explained(tokens, kind, message):
    with told(kind, message):
        TokenEmbedding(6, 4)(tokens)


def test_a_text_longer_than_the_table_is_explained():
    with told(ValueError, "o texto tem 4 tokens, e o decoder lê no máximo n_ctx=3; corte"):
        LearnedPositions(3, 4)(torch.zeros(1, 2, dtype=torch.long), start=2)
