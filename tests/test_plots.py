"""Os desenhos: SVG bem formado, texto protegido, contraste nos três temas, curvas em português."""

import io
import re
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from helpers.explorables import letters
from helpers.explorables.kit import tape
from helpers.explorables.kit.base import png_from_svg
from helpers.explorables.picture import picture
from helpers.plots import figures, svg

HOSTILE = "<script>alert('&\"')</script>]]>"
THEMES = ("theme-light-extension", "theme-dark-extension", "theme-dark-high-contrast-extension")


def elements(markup, tag):
    return [node for node in ElementTree.fromstring(markup).iter() if node.tag.endswith(tag)]


def test_hostile_text_stays_text():
    drawing = svg.document(svg.text(5, 20, HOSTILE) + tape.tape([HOSTILE.encode()], 30), 150)
    first, *rest = [node.text for node in elements(drawing, "text")]
    assert first == HOSTILE
    # Na fita ele ocupa três linhas: inteiro na mais larga, com reticências nas outras.
    assert sorted(rest) == sorted([HOSTILE, "…", "…"])
    assert not elements(drawing, "script")


@given(st.lists(st.binary(min_size=1, max_size=6), min_size=1, max_size=12))
def test_any_bytes_make_well_formed_drawings(tokens):
    ElementTree.fromstring(svg.document(tape.tape(tokens, 0), 300))
    ElementTree.fromstring(letters.letters_frame(tokens, tokens, letters.NARROW))


@pytest.mark.parametrize(
    ("token", "label"),
    [
        (" pão".encode(), "·pão"),
        (b"\xc3", "⟨c3⟩"),
        (b"\xa3o", "⟨a3⟩o"),
        ("ção".encode()[1:], "⟨a7⟩ão"),
        (b"\n\t", "↵⇥"),
        (b"\x00", "⟨00⟩"),
        ("\u0303".encode(), "◌̃"),
        ("a\u0303".encode(), "a\u0303"),
        ("\u202e".encode(), "⟨e2⟩⟨80⟩⟨ae⟩"),
        ("\u200d".encode(), "⟨e2⟩⟨80⟩⟨8d⟩"),
        ("👩‍👧".encode(), "👩‍👧"),
        (b"<b>", "<b>"),
    ],
    ids=ascii,
)
def test_token_label(token, label):
    assert svg.token_label(token) == label


def test_bytes_never_move_when_symbols_merge():
    loose = tape.tape_layout([b"b", b"a", b"n", b"a", b"n", b"a"], 0)
    merged = tape.tape_layout([b"ba", b"nana"], 0)
    assert merged[0][0][0] == loose[0][0][0]
    assert merged[1][0][0] == loose[2][0][0]
    assert sum(merged[1][0][::2]) == sum(loose[5][0][::2])


def test_a_byte_box_is_as_wide_as_its_label():
    symbols = [b"b", b"a", b"\xc3"]
    assert [spans[0][2] for spans in tape.tape_layout(symbols, 0)] == [34, 34, 54]
    assert tape.tape_lines([bytes([value]) for value in b"banana"]) == 1


def test_occurrences_do_not_overlap():
    assert tape.occurrences([b"a"] * 5, (b"a", b"a")) == [0, 2]
    assert tape.occurrences([b"a"], None) == []


def test_long_tape_wraps_inside_the_drawing():
    symbols = [bytes([value]) for value in "não vi o avião do irmão".encode()]
    spans = [span for spans in tape.tape_layout(symbols, 0) for span in spans]
    assert tape.tape_lines(symbols) == len({y for _, y, _ in spans}) > 1
    assert all(x >= 0 and x + w <= svg.WIDTH for x, _, w in spans)


def test_hatch_stays_inside_its_box():
    numbers = re.findall(r"[ML](\S+) ([\d.]+)", svg.hatch(10, 20, 33, 17, 5))
    assert len(numbers) >= 10
    assert all(10 <= float(x) <= 43 and 20 <= float(y) <= 37 for x, y in numbers)


def theme_colors(name):
    """Variáveis de cor de um tema do JupyterLab instalado, já resolvidas."""
    folder = Path(sys.prefix) / "share" / "jupyter" / "lab" / "themes" / "@jupyterlab"
    css = (folder / name / "index.css").read_text(encoding="utf-8")
    found = dict(re.findall(r"(--[\w-]+):\s*([^;}]+)", css))

    def resolve(value):
        inner = re.fullmatch(r"var\((--[\w-]+)(?:,\s*(.+))?\)", value.strip())
        return resolve(found.get(inner[1], inner[2] or "")) if inner else value.strip()

    return {key: resolve(value) for key, value in found.items() if key.startswith("--jp-")}


def rgba(value):
    value = {"white": "#ffffff", "black": "#000000"}.get(value, value)
    if value.startswith("#"):
        digits = value[1:] if len(value) == 7 else "".join(c * 2 for c in value[1:])
        return (*(int(digits[i : i + 2], 16) for i in (0, 2, 4)), 1.0)
    return tuple(float(n) for n in re.findall(r"[\d.]+", value))


def over(top, below):
    alpha = top[3]
    return (*(alpha * t + (1 - alpha) * b for t, b in zip(top[:3], below[:3], strict=True)), 1.0)


def contrast(a, b):
    def light(color):
        parts = [c / 255 for c in color[:3]]
        parts = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    high, low = sorted((light(a), light(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", THEMES)
def test_contrast_in_every_theme(theme):
    colors = theme_colors(theme)
    ground = rgba(colors["--jp-layout-color0"])
    strong = rgba(colors["--jp-ui-font-color1"])
    muted = rgba(colors["--jp-ui-font-color2"])
    for name in ("blue", "orange", "green"):
        ink = rgba(svg.PALETTE[name])
        tint = over((*ink[:3], 0.2), ground)
        assert contrast(over(strong, tint), tint) >= 4.5, name
        assert contrast(ink, ground) >= 3, name  # traços e bordas
    assert contrast(over(strong, ground), ground) >= 4.5
    assert contrast(over(muted, ground), ground) >= 4.5
    assert "fill-opacity:.2" in svg.CLASSES["c1"]


def test_text_classes_use_only_theme_text_colors():
    for name, rules in svg.CLASSES.items():
        if "font:" in rules:
            assert re.search(r"fill:var\(--jp-ui-font-color[12]\)", rules), name


def test_png_has_fonts_and_the_colors_of_the_light_theme():
    drawing = svg.document(svg.box(0, 0, 60, 60, "p1") + svg.text(100, 40, "ação", "t"), 60)
    image = Image.open(io.BytesIO(png_from_svg(drawing))).convert("RGB")
    assert image.size == (640, 60)
    assert image.getpixel((30, 30)) == (0, 0x72, 0xB2)
    assert np.asarray(image.convert("L"))[20:50, 100:160].min() < 90  # há letras
    assert image.getpixel((639, 0)) == (255, 255, 255)
    assert svg.resolve_theme("var(--jp-ui-font-color1, #123)") == "#212121"
    assert svg.resolve_theme("var(--outra, rgb(1, 2, 3))") == "rgb(1, 2, 3)"


def test_every_class_has_a_light_value():
    assert "var(" not in svg.resolve_theme(svg.stylesheet())


@pytest.mark.parametrize("stage", [None, *range(9)])
def test_pipeline(stage):
    drawing = figures.pipeline(stage)
    words = [node.text for node in elements(drawing, "text")]
    assert [name for name in words if name in figures.STAGES] == list(figures.STAGES)
    assert words.count("você está aqui") == (stage is not None)
    if stage is not None:
        assert words[words.index("você está aqui") - 1] == figures.STAGES[stage]
    for node in elements(drawing, "rect"):
        assert float(node.get("x")) + float(node.get("width")) <= svg.WIDTH
    assert len(picture(drawing, "caminho").png) <= 40_000


def test_only_what_comes_after_the_stage_is_dashed():
    styles = [node.get("class") for node in elements(figures.pipeline(6), "rect")]
    assert (styles.count("box dash"), styles.count("c1"), styles.count("soft")) == (2, 1, 6)
    assert 'class="box dash"' not in figures.pipeline()


@pytest.mark.parametrize("stage", [-1, 9])
def test_pipeline_refuses(stage):
    with pytest.raises(ValueError, match="entre 0 e 8"):
        figures.pipeline(stage)


def curve():
    sizes = np.array([256, 512, 1024])
    return figures.compression_curve(sizes, np.array([[1, 1.5, 2.1], [1, 1.2, 1.25]]), ["pt", "en"])


def test_compression_curve_reads_without_color():
    axes = curve().axes[0]
    lines = axes.get_lines()
    assert (
        len({line.get_marker() for line in lines})
        == len({line.get_linestyle() for line in lines})
        == 2
    )
    assert [text.get_text().strip() for text in axes.texts] == ["pt: 2,10", "en: 1,25"]
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["256", "512", "1024"]
    assert axes.get_ylabel() == "bytes por token"
    assert len(picture(curve(), "curva").png) <= 40_000


def test_labels_at_the_end_of_curves_do_not_overlap():
    spread = figures._spread([1.60, 1.61, 3.0, 1.62])
    assert np.diff(sorted(spread)).min() >= 0.07 * 2 - 1e-9
    assert figures._spread([1.0, 3.0, 2.0]) == [1.0, 3.0, 2.0]  # quem já está longe não se move


def test_curve_and_bars_refuse_mismatched_labels():
    with pytest.raises(ValueError, match="rótulo por série"):
        figures.compression_curve(np.array([256]), np.array([[1.0]]), ["a", "b"])
    with pytest.raises(ValueError, match="um por barra"):
        figures.bars(["a"], np.array([1.0, 2.0]), "x")


def test_bars_show_numbers_with_comma_and_highlight():
    axes = figures.bars(["a", "b"], np.array([1.5, 2.25]), "bytes por token", highlight=1).axes[0]
    assert [text.get_text() for text in axes.texts] == ["1,50", "2,25"]
    assert [bool(patch.get_hatch()) for patch in axes.patches] == [False, True]
    bottom, top = axes.get_ylim()
    assert bottom > top  # o primeiro nome fica em cima


def test_same_figure_same_bytes():
    assert picture(curve(), "a").png == picture(curve(), "a").png
    assert png_from_svg(figures.pipeline(1)) == png_from_svg(figures.pipeline(1))
