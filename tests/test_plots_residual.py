"""Os desenhos da lição 06: bem formados, do tamanho certo, fiéis aos números."""

import re
from xml.etree import ElementTree

import pytest
from explorable_sweep import check_classes

from helpers.explorables import layer_paths, lens, streams, writers
from helpers.explorables.kit import columns
from helpers.explorables.kit.base import png_from_svg
from helpers.explorables.picture import picture
from helpers.plots import curves, svg, wirings
from helpers.spoken import percent

HOSTILE = "<b>&\"'</b>"
BET = columns.Bet("·para", 0.8, 0.2, "·ele", 0.5)
FIGURES = [
    wirings.norm_places,
    wirings.two_wirings,
    wirings.one_column,
    wirings.five_steps,
    wirings.two_hops,
]


def words(markup):
    return [node.text for node in ElementTree.fromstring(markup).iter() if node.text]


@pytest.mark.parametrize("figure", FIGURES, ids=lambda f: f.__name__)
def test_diagrams_are_well_formed_and_inside_the_page(figure):
    drawing = figure()
    root = ElementTree.fromstring(drawing)
    check_classes(root, figure.__name__)
    width, height = map(float, root.get("viewBox").split()[2:])
    for node in root.iter():
        if node.get("x") and not node.tag.endswith("text"):
            assert 0 <= float(node.get("x")) <= width
            assert 0 <= float(node.get("y")) <= height
    assert picture(drawing, "diagrama").width == svg.WIDTH


def test_the_losing_wiring_has_the_skip_and_the_right_one_does_not():
    assert wirings._wiring(90, False).count("l2 dash") == 2
    assert "l2 dash" not in wirings._wiring(90, True)
    # O trecho de fluxo entre as duas somas só existe no bloco certo.
    assert wirings._wiring(90, True).count('class="l1"') == 3
    assert wirings._wiring(90, False).count('class="l1"') == 2


def test_one_column_lists_the_six_equations():
    said = " ".join(words(wirings.one_column()))
    assert wirings.STEPS[2][1] == "t3 = x + t2"
    assert wirings.STEPS[-1][1] == "y = t3 + t5"
    assert all(equation in said for _, equation in wirings.STEPS)


def test_moved_frame_writes_every_number_and_hides_the_future():
    drawing = streams.moved_frame(list("abcd"), [0.5, 0.25, 0.25, 0], 2, 0.5, "peso", BET)
    said = words(drawing)
    assert percent(0.8) in said
    assert percent(0.2) not in said
    assert "cortada" not in said
    assert said.count("∅") == 1
    assert {"0,50", "0,25"} <= set(said)
    widths = re.findall(r"stroke-width:(\d+)", drawing)
    assert max(map(int, widths)) == columns.THICKEST


def test_a_cut_arrow_is_dashed_and_its_number_gives_way():
    drawing = streams.moved_frame(list("abcd"), [0.5, 0.3, 0.2, 0], 2, 0.5, "peso", BET, cut=0)
    said = words(drawing)
    assert "cortada" in said
    assert "0,50" not in said
    assert {percent(0.8), percent(0.2), "sem a seta", "em primeiro: ·ele"} <= set(said)
    assert drawing.count('class="l2 dash"') == 1
    assert drawing.count("stroke-width:") == 2


def test_bars_of_a_bet_are_as_long_as_the_probability():
    drawing = svg.document(columns.bet_panel(BET, 0, "quebra"), columns.PANEL_H)
    bars = {
        style: float(w)
        for w, style in re.findall(r'width="(\S+)" height="13" rx="1" class="(\w+)"', drawing)
    }
    assert bars == {"c1": 0.8 * columns.BAR_W, "p1": 0.2 * columns.BAR_W}
    assert 'class="p1"' not in columns.bet_panel(BET, 0)


@pytest.mark.parametrize(("share", "width"), [(0, 2), (0.5, 6), (1, 12)])
def test_thickness_grows_with_the_share(share, width):
    assert columns.thickness(share) == width


def test_streams_frame_draws_one_curve_per_arrow():
    arrows = [[(0, 1, 1.0), (0, 2, 0.5)], [(1, 2, 1.0)]]
    drawing = layer_paths.streams_frame(["a", HOSTILE, "c"], arrows, 2, "título", "nota", BET)
    assert drawing.count("stroke-width:") == 3
    assert "calado" not in drawing
    assert "<b>" not in drawing
    png_from_svg(drawing)


def test_columns_of_a_stream_without_sums_are_stumps():
    arguments = (["a", "b", "c"], [[], []], 2, "título", "nota", BET, "sem as somas")

    def columns(**more):
        drawing = layer_paths.streams_frame(*arguments, **more)
        return re.findall(r'd="M(\S+) (\S+)L\1 (\S+)" class="line"', drawing)

    whole, cut = columns(), columns(stumps=True)
    assert len(whole) == 3
    assert len(cut) == 9
    assert all(float(b) - float(a) == 16 for _, a, b in cut)
    silent = layer_paths.streams_frame(*arguments, silent=1)
    assert words(silent).count("calado") == 1


def test_short_cuts_with_an_ellipsis():
    assert svg.short("abc", 100) == "abc"
    assert svg.short("abcdefghij", 50).endswith("…")


def test_lens_frame_shows_words_shares_and_ranks():
    drawing = lens.lens_frame(
        ["a", HOSTILE],
        ["entrada", "bloco 0"],
        [["x", "y"], ["z", "w"]],
        [[0.9, 0.2], [0.4, 0.05]],
        (1, 0),
        [("z", 0.4), ("x", 0.3), ("q", 0.1), ("r", 0.1), ("s", 0.1)],
        [("entrada", "9º"), ("bloco 0", "2º ↑")],
    )
    said = words(drawing)
    assert {percent(0.9), percent(0.2), percent(0.4), percent(0.05), "bloco 0: 2º ↑"} <= set(said)
    root = ElementTree.fromstring(drawing)
    chosen = next(node for node in root.iter() if node.get("class") == "l2")
    row = next(node for node in root.iter() if node.text == "bloco 0")
    top, height = float(chosen.get("y")), float(chosen.get("height"))
    assert top < float(row.get("y")) < top + height
    bars = [float(node.get("width")) for node in root.iter() if node.get("class") == "p1"]
    assert bars == [130 * share + 1 for share in (0.4, 0.3, 0.1, 0.1, 0.1)]
    assert "<b>" not in drawing
    png_from_svg(drawing)


def test_writers_frame_says_whether_the_sum_closes():
    names, values = ["embedding", "MLP 0"], [2.0, -0.5]
    closes = writers.writers_frame(names, values, "t", 1.5, 1.5, -1, 3)
    open_sum = writers.writers_frame(names, values, "t", 1.5, 2.5, -1, 3)
    assert "soma +1,50: fecha com o modelo" in words(closes)
    assert "soma +1,50: não fecha com o modelo" in words(open_sum)
    # A favor, cheia; contra, vazada.
    assert closes.count('class="p1"') == closes.count('class="c2"') == 1


def test_bars_start_where_the_former_ended():
    drawing = writers.writers_frame(["a", "b"], [2.0, -0.5], "t", 1.5, 1.5, 0, 2)
    bars = re.findall(r'd="M(\S+) \S+h(\S+)v[^"]*" class="(?:p1|c2)"', drawing)
    (x1, w1), (x2, w2) = [(float(x), float(w)) for x, w in bars]
    assert x1 + w1 == pytest.approx(x2 + w2, abs=0.2)
    assert w2 == pytest.approx(w1 / 4, abs=0.2)


def test_depth_curves_label_and_refuse():
    figure = curves.depth_curves({"a": [1.0, 2.0], "b": [2.0, 3.0]}, "bloco", "parte", log=True)
    axes = figure.axes[0]
    assert (axes.get_xlabel(), axes.get_yscale()) == ("bloco", "log")
    assert [line.get_xdata().tolist() for line in axes.lines] == [[1, 2]] * 2  # o 1.º é o 1
    with pytest.raises(ValueError, match="7 curvas"):
        curves.depth_curves({str(i): [1.0] for i in range(7)}, "", "")


def test_norm_and_cosine_need_the_same_points():
    figure = curves.norm_and_cosine({"entrada": 1.9, "attn0": 2.7}, {"entrada": 1.0, "attn0": 0.5})
    assert len(figure.axes) == 2
    with pytest.raises(ValueError, match="diferem"):
        curves.norm_and_cosine({"a": 1.0}, {"b": 1.0})
