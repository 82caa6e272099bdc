"""Números falados: um lugar só para a vírgula, o % e os milhares, em Python e em JavaScript."""

import re
from pathlib import Path

import javascript
import pytest

from helpers.spoken import compact, decimal, percent, signed, thousands

HELPERS = Path(__file__).resolve().parents[1] / "helpers"
#: O que só pode estar em `spoken.py` e `spoken.js`.
ALONE = {
    "vírgula decimal": r"""replace\(["']\.["'], ["'],["']\)""",
    # `{x:%}`, sem casas, é o formato do próprio `spoken`.
    "porcentagem": r":\.?\d+%\}|\}%|\} %",
    "milhares": r""":[,_]\}["'`]\.replace""",
}


def plain(text):
    return text.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        (0.5, 2, "0,50"),
        (-1.25, 2, "−1,25"),
        (-0.001, 2, "0,00"),
        (float("-inf"), 2, "−∞"),
        (float("inf"), 2, "∞"),
        (float("nan"), 2, "NaN"),
        (3.0, 0, "3"),
    ],
)
def test_decimal(value, places, text):
    assert decimal(value, places) == text


@pytest.mark.parametrize(
    ("value", "text"), [(1.25, "+1,25"), (-1.25, "−1,25"), (0.001, "0,00"), (-0.001, "0,00")]
)
def test_signed(value, text):
    assert signed(value) == text


@pytest.mark.parametrize(
    ("share", "places", "text"),
    [
        (0.0, 0, "0 %"),
        (0.001, 0, "menos de 1 %"),
        (0.0002, 1, "menos de 0,1 %"),
        (0.25, 0, "25 %"),
        (0.995, 1, "99,5 %"),
        (1.0, 0, "100 %"),
    ],
)
def test_percent(share, places, text):
    assert plain(percent(share, places)) == text


def test_percent_in_a_tight_place():
    assert plain(percent(0.001, less="<")) == "<1 %"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (12, "12"),
        (1500, "1,50 mil"),
        (10_000, "10,0 mil"),
        (100_000, "100 mil"),
        (124_439_808, "124 milhões"),
        (1_557_611_200, "1,56 bilhão"),
        (174_600_000_000, "175 bilhões"),
        (2 * 10**12, "2,00 trilhões"),
    ],
)
def test_compact(value, text):
    assert compact(value) == text


def test_numbers_do_not_break_at_the_end_of_a_line():
    for text in (percent(0.714, 1), thousands(1_234_567)):
        assert len(text.split(" ")) == 1
    assert plain(thousands(1_234_567)) == "1 234 567"


def test_javascript_says_the_same():
    cases = [
        [value, places]
        for value in (0, 0.31, -0.31, 1234.567, -0.001, 0.05, 2.0, 1 / 3, -12.349)
        for places in (0, 1, 2, 3, 4)
    ]
    told = "console.log(JSON.stringify(given.map(([v, p]) => decimal(v, p))));"
    assert javascript.run(["spoken.js"], told, cases) == [decimal(*case) for case in cases]
    half = "console.log(JSON.stringify(decimal(given)));"
    assert javascript.run(["spoken.js"], half, 0.3) == "0,30"


def problems(text):
    return [name for name, pattern in ALONE.items() if re.search(pattern, text)]


@pytest.mark.parametrize(
    "path",
    [p for end in ("py", "js") for p in sorted(HELPERS.rglob(f"*.{end}")) if p.stem != "spoken"],
    ids=lambda p: p.relative_to(HELPERS).as_posix(),
)
def test_nobody_else_writes_the_comma_or_the_percent(path):
    assert not problems(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "line",
    [
        'f"{value:.2f}".replace(".", ",")',
        'value.toFixed(places).replace(".", ",")',
        'f"{share:.0%}"',
        'f"{100 * share:.1f} %"',
        "`${100 * share}%`",
        'f"{n:_}".replace("_", " ")',
    ],
)
def test_a_second_place_would_be_noticed(line):
    assert problems(line)


def test_javascript_is_never_skipped_where_it_is_demanded(monkeypatch):
    monkeypatch.setattr(javascript.shutil, "which", lambda _: None)
    monkeypatch.setenv(javascript.REQUIRED, "1")
    with pytest.raises(pytest.fail.Exception, match="instale-o"):
        javascript.find_node()
    monkeypatch.delenv(javascript.REQUIRED)
    with pytest.raises(pytest.skip.Exception):
        javascript.find_node()
