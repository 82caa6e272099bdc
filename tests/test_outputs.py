"""A régua das saídas: o texto letra a letra, o número até onde a célula declara."""

import nbformat
import pytest

from helpers.cli import outputs


def printed(text, name="stdout"):
    return nbformat.v4.new_output("stream", name=name, text=text)


def shown(**data):
    data = {kind.replace("_", "/", 1): content for kind, content in data.items()}
    return nbformat.v4.new_output("display_data", data=data)


STORED = "perda 2.170 em 3 sementes\nlimite 0,668 nats"


@pytest.mark.parametrize(
    ("fresh", "tolerance", "n_moved"),
    [
        (STORED, 0.0, 0),
        (STORED.replace("2.170", "2.174"), 0.0, 1),
        (STORED.replace("2.170", "2.175"), 0.005, 0),
        (STORED.replace("2.170", "2.165"), 0.005, 0),
        (STORED.replace("2.170", "2.176"), 0.005, 1),
        (STORED.replace("0,668", "0,664"), 0.005, 0),
        (STORED.replace("0,668", "0,662"), 0.005, 1),
        (STORED.replace("2.170", "2.174").replace("0,668", "0,600"), 0.005, 1),
        (STORED.replace("2.170", "-2.170"), 0.005, 1),
        (STORED.replace("3 sementes", "4 sementes"), 0.005, 1),
        (STORED.replace("perda", "Perda"), 0.005, 1),
        (STORED.replace("em 3", "em  3"), 0.005, 1),
        (STORED.replace("2.170 em 3", "2.170 em 3 e 4"), 0.005, 1),
        (STORED + "\n", 0.005, 1),
        (STORED.replace("perda 2.170", "Perda 2.171"), 0.005, 1),
    ],
)
def test_numbers_move_up_to_the_tolerance_and_text_never(fresh, tolerance, n_moved):
    found = outputs.differences([printed(STORED)], [printed(fresh)], tolerance)
    assert len(found) == n_moved


def test_what_moved_is_told_line_by_line():
    found = outputs.differences(
        [printed("um\ndois 0.1\ntrês"), shown(text_plain="4")],
        [printed("um\ndois 0.2\ntrês"), shown(text_plain="5")],
    )
    assert found == [("dois 0.1", "dois 0.2"), ("4", "5")]


def test_a_long_line_is_cut_around_the_change():
    before, after = outputs.differences(
        [shown(text_html="<p>" + "a" * 500 + "1" + "b" * 500)],
        [shown(text_html="<p>" + "a" * 500 + "2" + "b" * 500)],
    )[0]
    assert before == "…" + "a" * 50 + "1" + "b" * 49 + "…"
    assert after == before.replace("1", "2")


def test_number_and_kind_of_outputs_count():
    assert outputs.differences([shown(text_plain="1")], [])
    assert outputs.differences([shown(text_plain="1")], [shown(text_plain="1")] * 2)
    assert outputs.differences([shown(text_plain="1")], [shown(text_html="1")])
    assert outputs.differences([printed("1")], [shown(text_plain="1")])


def test_streams_count_as_one_text_and_drawings_do_not_count():
    whole, parts = [printed("um\ndois")], [printed("um\n"), printed("dois")]
    assert not outputs.differences(whole, parts)
    assert not outputs.differences([shown(image_png="a", text_plain="x")], [shown(text_plain="x")])
    assert not outputs.differences([printed("aviso", "stderr")], [])


@pytest.mark.parametrize(
    ("stored", "fresh"),
    [
        ("<objeto em 0x7f12ab34>", "<objeto em 0x55aa12cd>"),
        ("a\nWall time: 3 s\nb", "a\nWall time: 9 min\nb"),
        ('<img src="data:image/png;base64,iVBOR/+=">', '<img src="data:image/png;base64,iVBOS">'),
    ],
    ids=["endereço", "tempo", "figura"],
)
def test_what_changes_without_changing_the_lesson_is_put_aside(stored, fresh):
    assert not outputs.differences([printed(stored)], [printed(fresh)])
    assert outputs.differences([printed(stored)], [printed(fresh + ".")])


def test_sizes_are_not_addresses():
    assert outputs.differences([printed("640x480")], [printed("640x481")])
    assert outputs.differences([printed("byte 0xc3")], [printed("byte 0xc4")])


@pytest.mark.parametrize(
    ("fresh", "stored", "settled"),
    [
        ("0.305", "0.300", "0.300"),
        ("0.306", "0.300", "0.306"),
        ("−0,001", "0,001", "0,001"),
        ("1.5e-3", "2.5e-3", "2.5e-3"),
        ("1.5e1", "2.5e1", "1.5e1"),
    ],
)
def test_a_number_settles_up_to_the_last_digit_of_the_tolerance(fresh, stored, settled):
    assert outputs.settle(fresh, stored, 0.005) == settled


@pytest.mark.parametrize("value", [0, -0.1, "0.1", True, None])
def test_a_tolerance_that_is_not_a_positive_number_is_refused(value):
    cell = nbformat.v4.new_code_cell("1", metadata={"tolerance": value})
    with pytest.raises(ValueError, match="maior que 0, e veio"):
        outputs.tolerance_of(cell)


def test_tolerance_is_read_from_the_cell():
    assert outputs.tolerance_of(nbformat.v4.new_code_cell("1")) == 0.0
    cell = nbformat.v4.new_code_cell("1", metadata={"tolerance": 0.5})
    assert outputs.tolerance_of(cell) == 0.5


@pytest.mark.parametrize(
    ("line", "signed"),
    [
        ("0.000 -0.000", True),
        ("-0.", True),
        ("tensor([-0., 1.])", True),
        ("−0,00", True),
        ("-0", True),
        ("[0.1,-0.0]", True),
        ("-0.001", False),
        ("-0,05", False),
        ("10-0", False),
        ("02-03", False),
        ("-0.5e-3", False),
    ],
)
def test_signed_zeros_are_seen(line, signed):
    assert bool(outputs.signed_zeros([printed(line)])) is signed
