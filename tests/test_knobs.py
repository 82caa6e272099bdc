"""As medidas da amostragem: contas à mão, extremos, e as figuras que as mostram."""

import math

import numpy as np
import pytest
import torch

from helpers.config import DecoderConfig
from helpers.decoder import Decoder
from helpers.explorables.picture import picture
from helpers.plots import curves as plots
from helpers.sampling import GREEDY, Sampler, sequence_log_prob
from helpers.stories import Grammar
from helpers.studies.storytelling import (
    Bin,
    Tried,
    calibration_error,
    distinct,
    mean_log_prob,
    reliability,
    tell,
    try_sampler,
)
from helpers.studies.thread import load_thread


@pytest.fixture(scope="module")
def thread():
    return load_thread()


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def test_distinct_by_hand():
    assert distinct([[1, 2, 1, 2, 1]], 2) == 0.5
    assert distinct([[1, 2], [3, 4]], 2) == 1.0
    assert distinct([[1, 2, 3], [1, 2, 3]], 2) == 0.5
    assert distinct([[7]], 2) == distinct([], 1) == 0.0


def test_distinct_does_not_cross_from_one_text_to_the_next():
    assert distinct([[1, 2], [1, 2]], 2) == 0.5


def test_mean_log_prob_of_a_uniform_model_is_minus_log_of_the_vocabulary():
    config = DecoderConfig(d_vocab=8, n_ctx=16, d_model=4, n_heads=1, n_layers=1, d_mlp=4)
    model = Decoder(config, generator=seeded())
    with torch.no_grad():
        model.embed.W_E.zero_()
    found = mean_log_prob(model, 0, [[1, 2, 3], [4]])
    assert found == pytest.approx(-math.log(8), abs=1e-6)
    assert mean_log_prob(model, 0, []) == 0.0


def test_mean_log_prob_is_of_each_token_given_those_before_it(thread):
    start, *text = thread.ids
    expected = sequence_log_prob(thread.model, thread.ids) / len(text)
    assert mean_log_prob(thread.model, start, [text, text]) == pytest.approx(expected, abs=1e-5)


def test_tell_is_one_story_per_row_without_marks(thread):
    written = tell(thread.model, thread.tokenizer, Sampler(), 4, seeded())
    end = thread.ids[0]
    assert len(written) == 4
    assert all(end not in ids for ids in written)
    assert max(map(len, written)) > 20, "a história vai até onde o modelo quiser"
    assert written == tell(thread.model, thread.tokenizer, Sampler(), 4, seeded())


def test_greedy_tells_the_same_story_and_heat_varies(thread):
    grammar = Grammar.load()
    cold = try_sampler(thread.model, thread.tokenizer, grammar, GREEDY, 5, seeded())
    warm = try_sampler(thread.model, thread.tokenizer, grammar, Sampler(), 5, seeded())
    assert (cold.stories, cold.right % 5) == (1, 0)
    assert warm.stories == 5
    assert cold.distinct < warm.distinct
    assert 0 <= warm.share <= 1
    assert warm.log_prob < 0
    assert warm.right + sum(warm.problems.values()) == 5
    hot = Sampler(temperature=3)
    hot = try_sampler(thread.model, thread.tokenizer, grammar, hot, 5, seeded(), log_prob=False)
    assert hot.log_prob is None
    assert sum(hot.problems.values()) == 5


def test_reliability_by_hand():
    said = torch.tensor([0.1, 0.15, 0.9, 0.95, 1.0])
    happened = torch.tensor([False, True, True, True, False])
    low, high = reliability(said, happened, 2)
    assert (low.low, low.high, low.n, high.n) == (0.0, 0.5, 2, 3)
    assert low.said == pytest.approx(0.125)
    [only] = reliability(torch.tensor([0.4]), torch.tensor([True]), 2)
    assert (only.low, only.high) == (0.0, 0.5)
    assert (low.happened, high.happened) == (0.5, pytest.approx(2 / 3))


def test_calibration_error_by_hand_and_of_an_honest_model():
    bins = [Bin(0.0, 0.5, 1, 0.2, 0.4), Bin(0.5, 1.0, 3, 0.9, 0.8)]
    assert calibration_error(bins) == pytest.approx((0.2 + 3 * 0.1) / 4)
    assert calibration_error([]) == 0.0
    # Um modelo honesto: o que ele diz acontece com essa frequência.
    honest = torch.rand(20_000, generator=seeded(1))
    happened = torch.rand(20_000, generator=seeded(2)) < honest
    assert calibration_error(reliability(honest, happened, 10)) < 0.02
    assert calibration_error(reliability(honest.sqrt(), happened, 10)) > 0.1


def texts_of(figure):
    [axes] = figure.axes
    return [text.get_text() for text in axes.texts]


def tried(right, distinct):
    return Tried(10, right, 10, distinct, {})


def test_trade_off_draws_one_path_per_knob_from_the_model_without_knobs():
    start = tried(6, 0.4)
    knobs = {
        "temperatura": {0.5: tried(9, 0.3), 1: start, 1.5: tried(0, 0.5)},
        "top-k": {20: tried(8, 0.35), 5: tried(7, 0.2)},
    }
    [axes] = plots.trade_off(knobs, start).axes
    heat, top_k, circle = axes.lines
    assert list(heat.get_xdata()) == [0.3, 0.4, 0.5]
    assert list(heat.get_ydata()) == [0.9, 0.6, 0.0]
    assert list(top_k.get_xdata()) == [0.4, 0.35, 0.2]
    assert list(top_k.get_ydata()) == [0.6, 0.8, 0.7]
    assert (*circle.get_xdata(), *circle.get_ydata()) == (0.4, 0.6)
    assert [(text.get_text(), text.xy) for text in axes.texts] == [
        ("0,5", (0.3, 0.9)),
        ("1", (0.4, 0.6)),
        ("1,5", (0.5, 0.0)),
        ("20", (0.35, 0.8)),
        ("5", (0.2, 0.7)),
    ]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == list(knobs)
    assert len({(line.get_color(), line.get_marker()) for line in (heat, top_k)}) == 2
    assert axes.get_xlabel() == "variedade (distinct-2)"


def test_diagram_holds_what_it_receives():
    said, happened = np.array([0.2, 0.9]), np.array([0.25, 0.85])
    diagram = plots.reliability_diagram(said, happened, np.array([10, 90]))
    diagonal, model = diagram.axes[0].lines
    assert list(diagonal.get_xdata()) == list(diagonal.get_ydata())
    assert list(model.get_xdata()) == [0.2, 0.9]
    assert list(model.get_ydata()) == [0.25, 0.85]
    assert texts_of(diagram)[:2] == ["10", "90"]
    assert picture(diagram, "x").width <= 720
