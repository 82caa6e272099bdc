"""Vetores como barras: o sinal se vê, a escala é uma só e o número é o número."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest
import torch

from helpers.plots import svg, vectors

Q = [1.0, -2.0, 0.5, 0.0]


def paths(drawing, style):
    """Altura (com sinal: para cima é negativa) de cada barra de uma classe."""
    found = re.findall(rf'<path d="([^"]+)" class="{style}"/>', drawing)
    return [float(height) for path in found for height in re.findall(r"v(-?[\d.]+)h-", path)]


def test_positive_goes_up_and_full_negative_goes_down_and_hollow():
    drawing = vectors.bars(Q, 0, 0, 20, 42, tint="q")
    assert paths(drawing, "p1") == [-10.0, -5.0]
    assert paths(drawing, "c1") == [20.0]
    assert "class" not in drawing.replace('class="p1"', "").replace('class="c1"', "").replace(
        'class="line"', ""
    )


def test_same_scale_for_every_vector_and_clipped_at_the_peak():
    drawing = vectors.vectors([[1, 0], [4, 0]], ["a", "b"], tints=["q", "q"])
    small, big = paths(drawing, "p1")
    assert abs(4 * small - big) < 0.2
    assert paths(vectors.bars([9.0, 1.0], 0, 0, 9, 42, peak=2.0, tint="k"), "p2") == [-20.0, -10.0]


def test_numbers_are_the_values_and_leave_when_they_do_not_fit():
    drawing = vectors.vectors(torch.tensor([Q]), ["q"], tints=["q"], places=1)
    ElementTree.fromstring(drawing)
    assert re.findall(r"<tspan[^>]*>([^<]+)", drawing) == ["1,0", "−2,0", "0,5", "0,0"]
    many = vectors.vectors(np.ones((1, 64)), ["q"])
    assert "tspan" not in many
    assert len(paths(vectors.vectors(np.ones((1, 64)), ["q"], tints=["v"]), "p3")) == 64


def test_names_title_dimensions_and_highlight_are_drawn():
    drawing = vectors.vectors([Q], ["<q>"], title="a & b", dims=list("wxyz"), chosen=2)
    texts = [node.text for node in ElementTree.fromstring(drawing).iter() if node.text]
    assert {"a & b", "w", "z", "<q>"} <= set(texts)
    assert 'class="soft"' in drawing
    assert svg.WIDTH == 640


def test_zero_vector_has_no_bar_and_no_division_by_zero():
    assert vectors.largest([[0, 0]]) == vectors.largest([]) == 1.0
    assert 'class="p' not in vectors.vectors([[0, 0]], ["z"], tints=["q"])


@pytest.mark.parametrize(
    ("values", "names", "options"),
    [
        ([Q], ["a", "b"], {}),
        (Q, ["a"], {}),
        ([Q], ["a"], {"tints": ["x"]}),
        ([Q], ["a"], {"tints": ["q", "k"]}),
        ([Q], ["a"], {"dims": ["w"]}),
    ],
)
def test_refuses_what_does_not_fit(values, names, options):
    with pytest.raises(ValueError, match=r"nomes|papel"):
        vectors.vectors(values, names, **options)
