"""O que demora no anexo da lição 10: a poda escolhe como promete, e o guardado se refaz."""

import random

import pytest
import torch

from helpers import heads
from helpers.studies import pruning


def test_greedy_takes_the_cheapest_next_to_those_already_out():
    a, b, c = (0, 0), (0, 1), (1, 0)
    costs = {(a,): 1.0, (b,): 2.0, (c,): 3.0, (a, b): 9.0, (a, c): 4.0, (a, b, c): 10.0}
    found = pruning.greedy(lambda out: costs[tuple(sorted(out))], [a, b, c])
    assert found == [a, c, b]


def test_rings_go_round_and_use_only_their_tokens():
    texts = pruning.rings(50, torch.Generator().manual_seed(3))
    assert texts.shape == (50, pruning.WIDTH + 1)
    assert set(texts.flatten().tolist()) <= set(pruning.RING_IDS)
    assert max(len(set(row)) for row in texts.tolist()) <= 16
    # Quase sempre o que veio depois de um token volta a vir depois dele.
    again = [
        (row[i + 1] == row[j + 1])
        for row in texts.tolist()
        for i in range(pruning.WIDTH)
        for j in range(i)
        if row[i] == row[j]
    ]
    assert sum(again) / len(again) > 0.7


def test_what_is_saved_is_consistent():
    saved = pruning.recorded()
    pruned, every = saved["poda"], [f"{a}.{b}" for a, b in pruning.all_heads()]
    assert len(pruned["falta"]) == len(every)
    for name, order in pruned["ordem"].items():
        assert sorted(order) == every
        assert len(pruned["perda"][name]) == len(every) + 1
    by_need = [head for _, head in sorted(zip(pruned["falta"], every, strict=True))]
    assert pruned["ordem"]["uma a uma"] == by_need
    # A primeira a sair é a mesma: nada saiu antes dela.
    assert pruned["ordem"]["gulosa"][0] == by_need[0]
    draw = random.Random(0)
    for number in range(pruning.DRAWS):
        drawn = [f"{a}.{b}" for a, b in draw.sample(pruning.all_heads(), len(every))]
        assert pruned["ordem"][f"sorteio {number}"] == drawn
    assert list(saved["ajuste"]) == list(pruning.TUNINGS)
    for stops in saved["ajuste"].values():
        assert [one["passo"] for one in stops] == list(pruning.STOPS)


@pytest.mark.slow
def test_saved_numbers_come_out_again():
    saved = pruning.recorded()
    choosing, measuring = (
        pruning.stories(pruning.CHOOSING, 1),
        pruning.stories(pruning.MEASURING, 2),
    )
    loss = pruning.loss_without(measuring, heads.mean_z(pruning.model(), choosing))
    order = [tuple(map(int, head.split("."))) for head in saved["poda"]["ordem"]["gulosa"]]
    for n in (0, 3):
        expected = saved["poda"]["perda"]["gulosa"][n]
        assert loss(order[:n]) == pytest.approx(expected, abs=1e-3)
    for name, stops in saved["ajuste"].items():
        assert pruning.measure_tuning(name, (0, 1))[0] == pytest.approx(stops[0], abs=1e-3)
