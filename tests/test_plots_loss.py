"""A curva do treino: rótulos em português, o limite quando se conhece, nada sem passos."""

import numpy as np
import pytest

from helpers.plots.curves import loss_curve


def curve(limit=None, measured=2):
    steps = np.arange(1, 11)
    loss = np.linspace(6.0, 1.5, 10)
    places = np.array([5, 10])[:measured]
    return loss_curve(steps, loss, places, loss[places - 1], limit).axes[0]


def test_curve_shows_the_two_losses_and_the_limit():
    axes = curve(limit=1.25)
    said = [text.get_text() for text in axes.get_legend().get_texts()]
    assert said == ["lote de treino", "texto separado: 1,50 no fim", "entropia da gramática: 1,25"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("passo", "perda (nats por token)")
    batch, held_out, floor = axes.get_lines()
    assert len(batch.get_xdata()) == 10
    assert held_out.get_ydata().tolist() == [4.0, 1.5]
    assert set(floor.get_ydata()) == {1.25}
    assert axes.get_ylim()[0] == 0


def test_curve_without_limit_or_measures_has_only_the_batches():
    assert len(curve(measured=0).get_lines()) == 1


def test_curve_without_steps_is_refused():
    with pytest.raises(ValueError, match="não há passos"):
        loss_curve(np.array([], int), np.array([]), np.array([], int), np.array([]))
