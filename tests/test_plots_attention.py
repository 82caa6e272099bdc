"""Os desenhos da lição 04: quatro estágios, termômetro, grafo de tokens e curvas log-log."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from helpers.explorables.picture import picture
from helpers.explorables.score_stages import Stage, stages_frame
from helpers.explorables.thermometer import BASE, HEIGHT, thermometer_frame
from helpers.plots import svg
from helpers.plots.curves import log_curves, slope
from helpers.plots.token_graph import token_graph

NAMES = ("¶", "O", "·João", "·entregou")
FUTURE = np.triu(np.ones((4, 4), bool), 1)


def texts(drawing):
    return re.findall(r">([^<>]+)</(?:text|tspan)>", drawing)


def stage(title, hidden=FUTURE, **options):
    return Stage(title, np.arange(16.0).reshape(4, 4), hidden, **options)


def test_four_stages_share_the_row_and_only_the_last_has_sums():
    drawing = stages_frame([stage(name) for name in "abcd"], NAMES, 2)
    found = texts(drawing)
    assert [name for name in found if name in "abcd"] == list("abcd")
    assert found.count("soma") == 2
    # As quatro linhas contornadas são um traço só: esquerda, topo e largura de cada uma.
    outline = re.search(r'<path d="([^"]+)" class="l1"/>', drawing)[1]
    rows = [[float(n) for n in one] for one in re.findall(r"M(\d+) (\d+)h(\d+)v\d+H", outline)]
    assert len(rows) == 4
    tops = sorted(y for _, y, _ in rows)
    assert tops[0] == tops[1] < tops[2] == tops[3]
    ends = [x + w for x, _, w in rows]
    assert max(ends) < svg.WIDTH


def test_stages_are_four():
    with pytest.raises(ValueError, match="quatro"):
        stages_frame([stage("a")] * 3, NAMES, 0)


def gauge(drawing, class_name):
    return [float(w) for w in re.findall(rf'width="([\d.]+)"[^>]*class="{class_name}"', drawing)]


def test_thermometer_bars_and_gauges_follow_the_values():
    weights = np.array([0.5, 0.3, 0.2])
    gauges = (("cheio", 8.0, 8.0, 1), ("metade", 4.0, 8.0, 2), ("demais", 9.0, 3.0, 0))
    calm = thermometer_frame(weights, gauges, "título", False)
    heights = [float(h) for h in re.findall(r'height="([\d.]+)"[^>]*class="c1"', calm)]
    assert heights == [84, 50, 34]
    number = float(re.search(r'y="([\d.]+)"[^>]*>0,50<', calm)[1])
    assert BASE - 84 - 20 < number < BASE - 84  # acima da barra, sem cobrir as outras
    equal = float(re.search(r'd="M\d+ ([\d.]+)[^"]*" class="line dash"', calm)[1])
    assert equal == pytest.approx(BASE - HEIGHT / 3, abs=0.1)
    assert gauge(calm, "p1") == [214, 107, 214]
    assert {"8,0", "4,00", "9", "título"} <= set(texts(calm))
    hot = thermometer_frame(weights, gauges, "título", True)
    assert 'class="hatch"' in hot
    assert 'class="hatch"' not in calm
    ElementTree.fromstring(hot)


def test_graph_has_one_arrow_per_weight_and_marks_the_target():
    edges = [(0, 0, 1.0), (1, 0, 0.25), (1, 1, 0.75), (2, 0, 0.0), (2, 1, 0.5), (2, 2, 0.5)]
    drawing = token_graph(NAMES[:3], edges, target=2)
    arrows = re.findall(r'class="(l1|line)"', drawing)
    assert sorted(arrows) == ["l1", "l1", "line", "line", "line"]  # o peso zero não tem seta
    assert texts(drawing).count("0,50") == 2
    assert re.findall(r"stroke-width:([\d.]+)", drawing) == ["4.5", "4.5"]
    assert len(picture(drawing, "grafo").png) <= 40_000


@pytest.mark.parametrize("target", [-1, 3])
def test_graph_refuses_a_token_that_is_not_there(target):
    with pytest.raises(ValueError, match="entre 0 e 2"):
        token_graph(NAMES[:3], [], target)


def test_slope_reads_the_power():
    x = np.array([4, 16, 64])
    assert slope(x, 3.0 * x**2) == pytest.approx(2)
    assert slope(x, 5.0 / x) == pytest.approx(-1)


def test_curves_have_names_at_the_end_and_skip_what_is_not_positive():
    x = np.array([2, 4, 8])
    figure = log_curves(x, np.array([[1.0, 2, 4], [1.0, 0, 0.25]]), ["a", "b"], "tokens", "ms")
    axes = figure.axes[0]
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    assert [text.get_text() for text in axes.texts] == ["a", "b"]
    assert [len(line.get_xdata()) for line in axes.get_lines()] == [3, 2]
    assert len({line.get_marker() for line in axes.get_lines()}) == 2
    assert len(picture(figure, "curvas").png) <= 40_000


def test_curves_want_one_label_each():
    with pytest.raises(ValueError, match="rótulo por curva"):
        log_curves(np.array([1, 2]), np.array([[1.0, 2.0]]), ["a", "b"], "x", "y")
