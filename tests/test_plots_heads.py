"""Os desenhos de cabeças: formas escritas, casas pintadas e o que fica de fora."""

import re
from xml.etree import ElementTree

import numpy as np
from explorable_sweep import check_classes

from helpers.explorables import gallery, head_shapes, head_slices, switches


def words_in(drawing):
    return re.findall(r">([^<>]+)</t(?:ext|span)>", drawing)


def corners(drawing, style):
    found = re.findall(rf'<rect x="([-\d.]+)" y="([-\d.]+)"[^>]*class="{style}"', drawing)
    return [(float(x), float(y)) for x, y in found]


def uniform(n_layers, n_heads, n_pos):
    one = np.tril(np.ones((n_pos, n_pos)))
    one /= one.sum(1, keepdims=True)
    return np.broadcast_to(one, (n_layers, n_heads, n_pos, n_pos))


def test_diagram_writes_every_shape_and_hides_extra_heads():
    drawing = head_shapes.heads_diagram("6×16", "6×2", "6×16", "16×16", 8)
    check_classes(ElementTree.fromstring(drawing), "diagrama")
    said = words_in(drawing)
    assert said.count("6×2") == head_shapes.SHOWN
    assert "16×16" in said
    assert "… 7" in said
    assert "cabeça 3" in words_in(head_shapes.heads_diagram("a", "b", "c", "d", 4))


def test_slices_say_when_the_sum_breaks():
    z = np.array([[1, 2], [0, 1], [2, 0], [1, 1]])
    W_O = np.arange(64).reshape(4, 2, 8) % 3
    right = head_slices.slices_picture(z, W_O, (True,) * 4)
    wrong = head_slices.slices_picture(z, W_O, (True,) * 4, (1, 0, 2, 3))
    assert "diferença: 0" in words_in(right)
    assert any("a conta quebrou" in said for said in words_in(wrong))
    assert "fatia 1" in words_in(wrong)
    muted = head_slices.slices_picture(z, W_O, (True, False, True, True))
    assert words_in(muted).count("calada") == 1
    assert right.count('class="hatch"') == 0
    assert muted.count('class="hatch"') == 2  # o bloco dela em z e a parcela dela
    for drawing, owners in ((right, "1234"), (wrong, "2134")):  # a cor é a da dona da fatia
        assert "".join(re.findall(r'class="l(\d)"', drawing)) == owners


def test_both_ways_agree_only_in_order():
    z = np.array([[1, 2], [3, 4], [0, 1], [1, 0]])
    W_O = np.arange(64).reshape(4, 2, 8)
    together, pieces = head_slices.both_ways(z, W_O)
    assert (together == pieces.sum(0)).all()
    assert (head_slices.both_ways(z, W_O, (1, 2, 3, 0))[0] != pieces.sum(0)).any()


def test_runs_join_neighbours_of_a_column():
    chosen = np.array([[1, 0, 0], [1, 0, 0], [1, 0, 1]], dtype=bool)
    assert gallery._runs(chosen) == "M0 0h1v3h-1zM2 2h1v1h-1z"
    assert gallery._runs(np.zeros((2, 2), dtype=bool)) == ""


def test_gallery_draws_every_head_and_its_notes():
    notes = [gallery.Note("token anterior", 0.5, 0.25)]
    weights = uniform(2, 3, 4)
    drawing = gallery.gallery_picture(weights, list("abcd"), 1, 2, 3, notes, "peso α")
    check_classes(ElementTree.fromstring(drawing), "galeria")
    said = words_in(drawing)
    assert "camada 1, cabeça 2: peso α" in said
    assert "token anterior: 0,50" in said
    assert drawing.count('width="48" height="48"') == 6
    x, y = corners(drawing, "l2")[0]
    assert (x, y) == (gallery.LEFT + 2 * gallery.STEP - 3, gallery.TOP + gallery.STEP - 3)
    x, y = corners(drawing, "l1")[0]
    assert (x, y) == (gallery.BIG_X, gallery.BIG_Y + 3 * gallery.BIG / 4)
    assert "M1 0h" not in drawing  # nenhuma casa acima da diagonal
    assert f'<path d="M{12 + 220 * 0.25:g} ' in drawing  # o risco está na referência


def test_pattern_grid_has_a_title_per_head():
    said = words_in(gallery.pattern_grid(uniform(2, 2, 3), list("abc")))
    assert said == [f"camada {layer}, cabeça {head}" for layer in range(2) for head in range(2)]
    drawing = gallery.pattern_grid(uniform(2, 2, 3), list("abc"))
    places = re.findall(r'<text x="(\d+)" y="(\d+)"[^>]*>camada', drawing)
    assert places[0][1] == places[1][1] != places[2][1]
    assert places[0][0] == places[2][0] != places[1][0]


def test_switches_strike_what_is_removed_and_point_the_change():
    change = np.array([[0.1, 0.2], [0.0, -0.1]])
    none = switches.switches_picture(change, [], ["a", "b"], [0.5, 0.2], [0.5, 0.2])
    some = switches.switches_picture(change, [(0, 1)], ["a", "b"], [0.5, 0.2], [0.3, 0.4])
    assert "nenhuma desligada" in words_in(none)
    assert not corners(none, "l2")
    assert corners(some, "l2") == [(switches.GRID_X + switches.CELL[0] + 2, switches.GRID_Y + 2)]
    assert re.findall(r'class="kc halo"[^>]*>([^<]+)', some) == ["0,20"]
    assert "0,50 = 0,50" in words_in(none)
    assert "0,50 ↓ 0,30" in words_in(some)
    assert "0,20 ↑ 0,40" in words_in(some)
    check_classes(ElementTree.fromstring(some), "desligada")
