"""As figuras de espaços de vetores: o plano certo, marcas diferentes, escala igual."""

import math

import pytest
import torch

from helpers.explorables.picture import picture
from helpers.plots import spaces
from helpers.spoken import percent


def seeded(seed):
    return torch.Generator().manual_seed(seed)


def test_plane_keeps_everything_of_a_flat_table():
    flat = torch.zeros(6, 5)
    flat[:, 1], flat[:, 3] = torch.arange(6.0), torch.tensor([0.0, 1, 0, 1, 0, 1])
    points, kept = spaces.plane(flat, range(6))
    assert kept == pytest.approx(1)
    torch.testing.assert_close(torch.cdist(points, points), torch.cdist(flat, flat))
    assert torch.equal(points, spaces.plane(flat, range(6))[0])


def test_plane_of_noise_keeps_little_and_refuses_two_points():
    noise = torch.randn(40, 100, generator=seeded(0))
    assert 0.04 < spaces.plane(noise, range(40))[1] < 0.2
    with pytest.raises(ValueError, match="três linhas"):
        spaces.plane(noise, [1, 2])


def test_word_maps_tell_the_share_and_differ_without_color():
    table = torch.randn(12, 5, generator=seeded(0))
    groups = {"um": [0, 1, 2], "dois": [3, 4, 5], "três": [6, 7]}
    figure, shares = spaces.word_maps({"antes": table, "depois": 2 * table}, groups)
    assert shares[0] == pytest.approx(shares[1])
    for axes, share in zip(figure.axes, shares, strict=True):
        assert f"{percent(share)} da variação" in axes.get_xlabel()
        assert [len(one.get_offsets()) for one in axes.collections] == [3, 3, 2]
        marks = {one.get_paths()[0].vertices.tobytes() for one in axes.collections}
        assert len(marks) == 3
    assert len(picture(figure, "mapas").png) <= 40_000
    with pytest.raises(ValueError, match="cabem"):
        spaces.word_maps({"a": table}, {str(i): [0] for i in range(spaces.MAX_GROUPS + 1)})


def test_arrows_are_dashed_when_short():
    directions = torch.tensor([[1.0, 0.0], [0.0, 0.2], [-0.6, 0.6]])
    (axes,) = spaces.arrows({"três, ao todo": directions}).axes
    lines = [line for line in axes.get_lines() if len(line.get_xdata()) == 2]
    styles = [line.get_linestyle() for line in lines]
    long = [math.hypot(*row) > spaces.SHORT for row in directions.tolist()]
    assert [style == "-" for style in styles] == long


def test_position_maps_share_one_scale():
    found = torch.eye(4) * -2
    figure = spaces.position_maps({"a": found, "b": found / 2})
    images = [axes.images[0] for axes in figure.axes[:2]]
    assert {image.get_clim() for image in images} == {(-1, 1)}
    assert images[0].get_array().diagonal().tolist() == [1.0] * 4
    assert found[0, 0] == -2  # a tabela de quem chama fica como estava
