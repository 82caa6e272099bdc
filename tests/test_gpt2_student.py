"""O decoder escrito na lição 07 lê uma pasta de GPT-2 feita pela biblioteca transformers."""

import json
from pathlib import Path

import pytest
import torch
from prose import ROOT
from test_gpt2_parity import reference, tokens_for

from helpers.attention import causal_mask, scaled_dot_product
from helpers.cli import pairs

LESSON = ROOT / "notebooks" / "texto" / "07_bloco_decoder.md"
WANTED = ("mlp", "layer_norm", "attention", "block", "decoder", "translate_block", "read_gpt2")


@pytest.fixture(scope="module")
def lesson():
    """Executa só as células em que a lição constrói o decoder; devolve os nomes definidos."""
    names = {"torch": torch, "json": json, "Path": Path, "causal_mask": causal_mask}
    names |= {"scaled_dot_product": scaled_dot_product, "nn": torch.nn}
    names |= {"gelu": torch.nn.functional.gelu, "relu": torch.nn.functional.relu}
    exec("from helpers.block import LayerNorm", names)
    for cell in pairs.read_text(LESSON.read_text(encoding="utf-8")).cells:
        if "build" in cell.metadata.get("tags", []):
            exec(cell.source, names)
    assert set(WANTED) <= set(names)
    return names


@pytest.mark.parametrize("changes", [{}, {"n_head": 1}, {"n_layer": 1, "n_embd": 32}], ids=str)
@torch.no_grad()
def test_lesson_decoder_equals_transformers(lesson, changes, tmp_path):
    model = reference(**changes)
    model.save_pretrained(tmp_path)
    weights, depth = lesson["read_gpt2"](tmp_path)
    assert depth == model.config.n_layer
    tokens = tokens_for(model, batch=3)
    theirs = model(tokens).logits
    for row, expected in zip(tokens, theirs, strict=True):
        mine = lesson["decoder"](row, weights, depth)
        torch.testing.assert_close(mine, expected, atol=1e-4, rtol=1e-4)


@torch.no_grad()
def test_a_swapped_part_is_noticed(lesson, tmp_path):
    model = reference()
    model.save_pretrained(tmp_path)
    weights, depth = lesson["read_gpt2"](tmp_path)
    tokens = tokens_for(model, batch=1)
    expected = model(tokens).logits[0]
    swapped = {**weights, "blocks.0.attn.W_Q": weights["blocks.0.attn.W_K"]}
    assert (lesson["decoder"](tokens[0], swapped, depth) - expected).abs().max() > 1e-3
