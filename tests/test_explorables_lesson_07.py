"""Os exploráveis da lição 07 dizem a verdade: fios, curvas e contas conferem com o núcleo."""

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest
import torch
from explorable_sweep import sweep

from helpers.attention import causal_mask
from helpers.block import LayerNorm
from helpers.explorables import assembly, calculator
from helpers.spoken import compact, decimal, percent, thousands
from helpers.studies.depth import N_POS, signal, stack
from helpers.studies.sizes import PRESETS, macs, parameters


def words_in(frame):
    return re.findall(r">([^<>]+)</text>", frame.svg)


@pytest.mark.parametrize("mlp", [True, False])
@pytest.mark.parametrize("norm", ["pre", "none"])
def test_stream_is_the_start_plus_every_write(norm, mlp):
    streams, writes = stack(norm, True, mlp, 12)
    assert len(writes) == 12 * (1 + mlp)
    torch.testing.assert_close(streams[-1], streams[0] + sum(writes), atol=1e-9, rtol=1e-9)


def test_post_norm_is_not_a_running_sum():
    streams, writes = stack("post", True, True, 6)
    assert (streams[-1] - streams[0] - sum(writes)).abs().max() > 0.5
    assert signal("post", True, True, 6).size[-1] == pytest.approx(1, abs=1e-3)


def test_without_residual_only_the_last_write_remains():
    streams, writes = stack("pre", False, True, 3)
    assert torch.equal(streams[-1], writes[-1])


def test_measures_are_what_they_say():
    found = signal("pre", True, True, 2)
    streams, _ = stack("pre", True, True, 2)
    probe = torch.randn(
        streams[0].shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64
    )
    loss = (LayerNorm(32).double()(streams[-1]) * probe).sum()
    first, last = torch.autograd.grad(loss, [streams[0], streams[-1]])
    assert found.gradient[0] == pytest.approx((first.norm() / last.norm()).item())
    assert found.gradient[-1] == 1
    assert found.size[0] == pytest.approx(streams[0].pow(2).mean().sqrt().item())
    same = torch.ones(1, N_POS, 32)
    assert (same - same.mean(1, keepdim=True)).norm() == 0
    assert len(found.size) == len(found.gradient) == len(found.variety) == 3
    assert causal_mask(N_POS).shape == (N_POS, N_POS)


def test_what_the_opening_question_says_is_true():
    whole, cut = (signal("pre", residual, True, 24) for residual in (True, False))
    assert cut.variety[-1] < assembly.SAME < 0.1 < whole.variety[-1]
    assert cut.size[-1] > 0.1
    assert cut.gradient[0] > 0.1
    assert signal("none", False, True, 24).gradient[0] < 1e-12


def test_sentence_table_and_drawing_tell_the_same():
    widget = assembly.assemble_the_block()
    for values, frame in sweep(widget).items():
        state = dict(values)
        found = assembly.measured(**state)
        assert assembly.verdict(found) in frame.sentence
        assert f"{state['depth']} blocos" in frame.sentence
        words = words_in(frame)
        assert words.count("LayerNorm") == 2 * (state["norm"] != "none")
        assert words.count("MLP") == 1
        assert words.count("+") == 2 * state["residual"]
        ends = f"{draw_said(found.size[0])} → {draw_said(found.size[-1])}"
        assert ends in words
        ends = (found.size, found.gradient, found.variety)
        assert [row[1] for row in frame.table.rows] == [draw_said(one[0]) for one in ends]
        assert [row[-1] for row in frame.table.rows] == [draw_said(one[-1]) for one in ends]
        identity = "sim" if found.is_identity else "não"
        assert f"escritas zeradas: identidade? {identity}" in words


def draw_said(value):
    return assembly.said(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (1, "1,00"),
        (21.4, "21"),
        (0.31, "0,31"),
        (4e-7, "10⁻⁶"),
        (2500, "10³"),
        (8.6e-4, "10⁻³"),
    ],
)
def test_numbers_are_said_in_portuguese(value, text):
    assert assembly.said(value) == text


def test_calculator_says_what_the_counts_say():
    widget = calculator.size_calculator()
    for values, frame in sweep(widget).items():
        state = dict(values)
        found = PRESETS[state["model"]].with_output(state["tied"])
        total = sum(parameters(found).values())
        work = sum(macs(found, state["n_pos"]).values())
        assert f"{thousands(total)} parâmetros" in frame.sentence
        assert compact(work) in frame.sentence
        assert all(len(line) <= 86 for line in words_in(frame)), "não cabe na largura"
        cells = {(row[0], row[1]): row[2] for row in frame.table.rows}
        assert cells["parâmetros", "total"] == thousands(total)
        assert cells["MACs", "total"] == thousands(work)
        loose = not state["tied"] and found.unembeds
        words = words_in(frame)
        published = [line for line in words if line.startswith("Publicado")]
        assert len(published) == (state["model"] != "curso")
        assert all((", saída amarrada" in line) == loose for line in published)
        assert ("Não cabe" in frame.sentence) == (
            found.n_ctx not in (0,) and state["n_pos"] > found.n_ctx
        )


def test_opening_question_of_the_calculator_is_true():
    shares = []
    for name in ("pequeno", "médio", "grande", "XL"):
        weights = parameters(PRESETS[f"GPT-2 {name}"])
        shares.append(weights["tabelas"] / sum(weights.values()))
    assert shares == sorted(shares, reverse=True)


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (("pre", True, True), "o bloco é a identidade"),
        (("post", True, True), "Nada quebrou nesta profundidade"),
        (("none", True, True), "cresce de bloco em bloco"),
        (("none", False, True), "gradiente quase não chega"),
        (("pre", False, False), "12 posições ficaram iguais"),
    ],
    ids=str,
)
def test_verdict_names_what_broke_at_24_blocks(state, said):
    assert said in assembly.verdict(signal(*state, 24))


def test_nothing_is_said_to_be_whole_when_something_broke():
    broke = 0
    for values in sweep(assembly.assemble_the_block()):
        found = assembly.measured(**dict(values))
        bad = (
            found.gradient[0] < 1e-3
            or found.size[-1] < assembly.FAINT
            or found.size[-1] > 10
            or found.variety[-1] < assembly.SAME
        )
        assert ("Nada quebrou" in assembly.verdict(found)) != bad, values
        broke += bad
    assert broke > 8
    assert "quase sumir" in assembly.verdict(signal("none", False, True, 2))


@pytest.mark.parametrize("norm", ["pre", "post", "none"])
def test_writes_born_divided_keep_the_stream_at_any_depth(norm):
    whole, divided = (signal(norm, True, True, 24, scaled) for scaled in (False, True))
    assert divided.size[-1] < assembly.CALM
    assert 0.9 < divided.gradient[0] < 1.1
    streams, writes = stack(norm, True, True, 2, scaled=True)
    same, larger = stack(norm, True, True, 2)
    assert torch.equal(streams[0], same[0])
    torch.testing.assert_close(2 * writes[0], larger[0])  # √(2 · 2) = 2
    assert (whole.size[-1] > assembly.BLOWN) == (norm == "none")


def test_divisor_is_written_on_each_write():
    widget = assembly.assemble_the_block()
    for values, frame in sweep(widget).items():
        state = dict(values)
        divisor = f"÷ {decimal((2 * state['depth']) ** 0.5, 1)}"
        assert words_in(frame).count(divisor) == 2 * state["scaled"]


def nodes(drawing, tag):
    """Devolve os elementos de um tipo, cada um com os seus atributos."""
    found = ElementTree.fromstring(drawing).iter()
    return [node for node in found if node.tag.rsplit("}", 1)[-1] == tag]


def points(node):
    return [tuple(map(float, pair.split())) for pair in re.split("[ML]", node.get("d"))[1:]]


def chart_of(values):
    return assembly.svg.document(assembly.chart("t", values, 44, "l1"), 200)


def test_curve_goes_down_when_the_value_does_and_one_is_at_the_dashed_line():
    drawing = chart_of([1.0, 1e-3, 1e-30])
    curve = next(points(n) for n in nodes(drawing, "path") if n.get("class") == "l1")
    one = next(points(n) for n in nodes(drawing, "path") if n.get("class") == "line dash")
    assert curve[0][1] == one[0][1] == one[1][1]
    heights = [y for _, y in curve]
    assert heights == sorted(heights)
    assert 44 <= min(heights) <= max(heights) <= 44 + assembly.CHART_H
    assert [x for x, _ in curve] == sorted(x for x, _ in curve)


def placed(drawing, word):
    return [float(n.get("x")) for n in nodes(drawing, "text") if n.text == word]


@pytest.mark.parametrize("residual", [True, False])
@pytest.mark.parametrize("norm", ["pre", "post", "none"])
def test_wiring_puts_the_norm_and_cuts_the_road_where_it_says(norm, residual):
    drawing = assembly.svg.document(assembly.wiring(norm, residual), 372)
    parts = 2
    column = {"pre": [assembly.SIDE], "post": [assembly.ROAD], "none": []}
    assert placed(drawing, "LayerNorm") == column[norm] * parts
    cuts = [n for n in nodes(drawing, "path") if n.get("class") == "line dash"]
    assert len(cuts) == (0 if residual else parts)
    assert placed(drawing, "+") == [assembly.ROAD] * (parts if residual else 0)


def test_bars_fill_their_width_and_name_every_part():
    parts = {"tabelas": 60, "atenção": 38, "MLP": 1, "normas e outros": 1}
    drawing = calculator.calculator_frame("x", "y", [("parâmetros", parts)], [])
    bars = [n for n in nodes(drawing, "rect") if float(n.get("height")) == calculator.BAR_H]
    edges = [(float(n.get("x")), float(n.get("width"))) for n in bars]
    assert edges[0][0] == calculator.BAR_X
    for (left, width), (right, _) in pairwise(edges):
        assert left + width == pytest.approx(right, abs=0.2)
    assert sum(width for _, width in edges) == pytest.approx(calculator.BAR_W, abs=0.5)
    assert edges[0][1] == pytest.approx(0.6 * calculator.BAR_W, abs=0.2)
    said = " ".join(n.text for n in nodes(drawing, "text"))
    for name, share in (("tabelas", 60), ("atenção", 38), ("MLP", 1), ("normas e outros", 1)):
        assert said.count(f"{name} {percent(share / 100)}") == 1, name


def test_right_answer_of_each_opening_question_is_the_measured_one():
    sizes = [parameters(PRESETS[f"GPT-2 {name}"]) for name in ("pequeno", "XL")]
    first, last = (one["tabelas"] / sum(one.values()) for one in sizes)
    grows = "cresce" if last > first else "diminui"
    assert calculator.size_calculator().question["answer"] == grows
    cut = signal("pre", False, True, 24)
    lost = {
        "o tamanho do fluxo": cut.size[-1] / cut.size[0],
        "o gradiente": cut.gradient[0] / cut.gradient[-1],
        "a diferença entre as posições": cut.variety[-1] / cut.variety[0],
    }
    assert assembly.assemble_the_block().question["answer"] == min(lost, key=lost.get)


@pytest.mark.parametrize(("n_pos", "fits"), [(1, True), (512, True), (513, False)])
def test_text_fits_up_to_the_last_position(n_pos, fits):
    assert calculator.fits(PRESETS["BERT-base"], n_pos) is fits
    assert calculator.fits(PRESETS["T5-base"], n_pos)
