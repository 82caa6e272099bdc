"""O explorável da lição 13: os ângulos são os do giro, e a perda é a que está guardada."""

import re
from math import pi

import pytest
import torch
from explorable_sweep import meets, sweep

from helpers.embedding import rotate
from helpers.explorables import stretch
from helpers.spoken import decimal
from helpers.studies import swaps


@pytest.fixture(scope="module")
def widget():
    return stretch.stretch_the_context()


def angle_of(pair, base, scale, n_pos):
    """O ângulo que um par andou, passo a passo, medido no próprio giro."""
    half = stretch.N_PAIRS
    x = torch.zeros(1, n_pos + 1, 2 * half, dtype=torch.float64)
    x[..., pair] = 1
    turned = rotate(x, base * swaps.BASE, scale=scale)[0]
    points = torch.complex(turned[:, pair], turned[:, pair + half])
    return (points[1:] / points[:-1]).angle().sum().item()


@pytest.mark.parametrize("pair", [0, 3, 7])
@pytest.mark.parametrize(("base", "scale"), [(1, 1.0), (8, 1.0), (2, 0.25)])
def test_turns_are_those_of_the_rotation(pair, base, scale):
    walked = angle_of(pair, base, scale, swaps.READ) / (2 * pi)
    assert stretch.turns(pair, base, scale, swaps.READ) == pytest.approx(walked)


def test_pairs_beyond_the_training_are_the_slow_ones():
    assert stretch.unseen(1, 0.25) == []
    found = stretch.unseen(1, 1.0)
    assert found == list(range(found[0], stretch.N_PAIRS))
    assert stretch.turns(found[0] - 1, 1, 1.0, swaps.SEEN) >= 1
    assert set(stretch.unseen(8, 1.0)) < set(found)


def test_every_frame_says_the_stored_losses(widget):
    states = sweep(widget)
    assert len(states) == len(swaps.BASES) * len(swaps.SCALES)
    for state, frame in states.items():
        chosen = dict(state)
        losses = torch.tensor(swaps.stretched(**chosen)).double().mean(0)
        table = torch.tensor(swaps.learned_table()).double().mean(0)
        said = [row[1:] for row in frame.table.rows]
        assert said == [
            (decimal(a), decimal(b)) for a, b in zip(losses.tolist(), table.tolist(), strict=True)
        ]
        ends = (losses[:2].mean().item(), losses[-2:].mean().item())
        told = re.search(r"perda (\S+) até 64 e (\S+) nas", frame.sentence).groups()
        assert [float(n.replace(",", ".")) for n in told] == pytest.approx(ends, abs=0.0051)
        assert frame.svg.count(">novo<") == len(stretch.unseen(**chosen))


def test_no_label_of_the_curve_is_written_over_another(widget):
    for state in widget.states():
        frame = widget.move(**state)
        texts = re.findall(r'y="([\d.]+)"[^>]*>([^<]+)</text>', frame.svg)
        at = {said: float(y) for y, said in texts}
        last = at[frame.table.rows[-1][1]]
        assert all(abs(last - at[said]) > 14 for said in ("tabela aprendida", "além do treino"))


def test_challenges_ask_for_the_base_and_for_the_seen_angles(widget):
    everywhere, seen = meets(widget)
    assert everywhere
    assert {one["scale"] for one in everywhere} == {1.0}
    assert all(one["base"] > 1 for one in everywhere)
    assert {one["scale"] for one in seen} >= {0.25}
    assert all(one["scale"] < 1 for one in seen)
