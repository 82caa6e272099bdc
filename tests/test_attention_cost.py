"""Os milissegundos da lição 12: os três modos fazem a mesma conta, e a medida se guarda e se lê."""

import numpy as np
import pytest
import torch

from helpers.attention import scaled_dot_product
from helpers.studies import attention_cost


@pytest.mark.parametrize("n", [1, 127, 128, 300])
def test_reading_in_blocks_is_the_same_attention(n):
    draw = torch.Generator().manual_seed(n)
    q, k, v = 9 * torch.randn(3, 2, n, 8, generator=draw, dtype=torch.float64)
    expected, _ = scaled_dot_product(q, k, v)
    assert torch.allclose(attention_cost.in_blocks(q, k, v), expected, atol=1e-12)


def test_each_way_is_measured_at_each_length():
    found = attention_cost.measure_cost((4, 8), rounds=1)
    assert found.pop("N") == [4, 8]
    assert list(found) == ["tabela inteira", "em blocos", "pronta do PyTorch", "MLP"]
    assert all(len(times) == 2 and min(times) > 0 for times in found.values())


def test_saved_measure_is_the_one_that_is_read(tmp_path, monkeypatch):
    kept = attention_cost.recorded()
    assert kept["N"].tolist() == list(attention_cost.LENGTHS)
    assert all(
        len(times) == len(kept["N"]) and (np.diff(times) > 0).all() for times in kept.values()
    )
    monkeypatch.setattr(attention_cost, "DATA_DIR", tmp_path)
    monkeypatch.setattr(attention_cost, "measure_cost", lambda: {"N": [4], "MLP": [0.5]})
    attention_cost.save_cost()
    text = (tmp_path / attention_cost.COST_FILE).read_text(encoding="utf-8")
    assert text == '{"N": [4], "MLP": [0.5]}\n'
