"""O mapa de calor: números com vírgula, tinta pelo valor, casas escondidas sem número."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest
import torch

from helpers.explorables.picture import picture
from helpers.plots import svg
from helpers.plots.matrix import grid, heatmap

NAMES = ["O", "João", "entregou"]
VALUES = [[0.5, -1.0, 0.25], [0.0, 2.0, -0.001], [1.0, 1.0, 1.0]]
FUTURE = np.triu(np.ones((3, 3), bool), 1)


def words(drawing):
    """Textos do desenho, na ordem."""
    return [
        node.text
        for node in ElementTree.fromstring(drawing).iter()
        if node.tag.endswith(("text", "tspan")) and node.text
    ]


def paths(drawing, style):
    return re.findall(rf'<path d="([^"]+)" class="{style}" fill-opacity="([.\d]+)"', drawing)


def test_every_visible_number_and_name_is_written():
    drawing = heatmap(VALUES, NAMES, NAMES, title="Pesos", hidden=FUTURE)
    found = words(drawing)
    assert found[0] == "Pesos"
    assert found.count("João") == 2
    assert [word for word in found if "," in word] == ["0,50", "0,00", "2,00", *["1,00"] * 3]


def test_tint_follows_size_and_sign():
    drawing = heatmap(VALUES, NAMES, NAMES)
    blue = {opacity: place.count("M") for place, opacity in paths(drawing, "p1")}
    assert blue == {".6": 1, ".3": 1, ".2": 1, ".1": 1}  # vizinhas iguais viram uma
    assert [place.count("M") for place, _ in paths(drawing, "p2")] == [1]


def test_neighbours_are_of_the_same_row_and_hidden_cells_have_no_tint():
    ((diagonal, _),) = paths(heatmap(np.eye(2), NAMES[:2], ["a", "b"]), "p1")
    assert diagonal.count("M") == 2
    veiled = heatmap([[8.0, 1.0]], ["a"], ["x", "y"], hidden=[[True, False]])
    assert [(path.count("M"), tint) for path, tint in paths(veiled, "p1")] == [(1, ".6")]


def test_peak_makes_two_matrices_comparable():
    alone = heatmap([[0.1]], ["a"], ["b"])
    fixed = heatmap([[0.1]], ["a"], ["b"], peak=1.0)
    assert paths(alone, "p1")[0][1] == ".6"
    assert paths(fixed, "p1")[0][1] == ".1"


def test_sums_leave_hidden_cells_out():
    drawing = heatmap(VALUES, NAMES, NAMES, hidden=FUTURE, row_sums=True, column_sums=True)
    found = words(drawing)
    assert found.count("soma") == 2
    assert found[-3:] == ["1,50", "3,00", "1,00"]
    assert [word for word in found if word in ("0,50", "2,00", "3,00")].count("3,00") == 2


def test_outline_marks_row_column_or_cell():
    whole = grid(VALUES, 0, 0, cell=(50, 20), row=1)
    cell = grid(VALUES, 0, 0, cell=(50, 20), row=1, column=2)
    assert 'x="0" y="20" width="150" height="20"' in whole
    assert 'x="100" y="20" width="50" height="20"' in cell
    assert 'class="l1"' not in grid(VALUES, 0, 0, cell=(50, 20))


def test_infinite_and_missing_values_get_no_tint():
    drawing = heatmap([[float("-inf"), float("nan"), 1.0]], ["a"], ["x", "y", "z"])
    assert [place.count("M") for place, _ in paths(drawing, "p1")] == [1]
    assert {"−∞", "NaN"} <= set(words(drawing))


def test_tensors_lists_and_arrays_draw_the_same():
    drawings = {heatmap(kind(VALUES), NAMES, NAMES) for kind in (list, np.array, torch.tensor)}
    assert len(drawings) == 1


@pytest.mark.parametrize("size", [1, 4, 9, 12])
def test_drawing_stays_inside_the_page(size):
    names = ["¶", "entregou", "inconstitucionalmente"[:12], "."] * 4
    drawing = heatmap(np.eye(size), names[:size], names[:size], title="Pesos", row_sums=True)
    root = ElementTree.fromstring(drawing)
    assert root.get("width") == str(svg.WIDTH)
    for x, w in re.findall(r'<path d="M([\d.]+) [\d.]+h([\d.]+)v', drawing):
        assert float(x) >= 0
        assert float(x) + float(w) <= svg.WIDTH
    assert len(picture(drawing, "um mapa").png) <= 40_000


def test_names_that_do_not_fit_are_tilted():
    narrow = heatmap(np.eye(3), NAMES, ["uma palavra comprida"] * 3)
    assert narrow.count("rotate(-40") == 3
    assert "rotate" not in heatmap(np.eye(3), NAMES, ["a", "b", "c"])


def test_hostile_names_stay_text():
    drawing = heatmap([[1.0]], ["<b>&"], ['"><script>'])
    assert words(drawing)[:2] == ["<b>&", '"><script>']


def test_without_numbers():
    assert not [w for w in words(heatmap(VALUES, NAMES, NAMES, places=-1)) if "," in w]


@pytest.mark.parametrize(("rows", "columns"), [(NAMES[:2], NAMES), (NAMES, NAMES[:1])])
def test_one_name_per_row_and_column(rows, columns):
    with pytest.raises(ValueError, match="nomes de"):
        heatmap(VALUES, rows, columns)
