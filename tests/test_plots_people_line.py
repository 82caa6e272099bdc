"""A fila, o score aberto e as etapas: o que se vê é o que os números dizem."""

import re
from xml.etree import ElementTree

import pytest

from helpers.explorables import four_steps, inspector, people_line, shadow
from helpers.spoken import percent

WORDS, TAGS = ["O", "<João>", "entregou"], ["artigo", "pessoa", "verbo"]


def frame(asker, weights, **options):
    return people_line.line_frame(WORDS, TAGS, asker, weights, question="quem?", **options)


def widths(drawing, style):
    return [
        float(w) for w in re.findall(rf'class="{style}" style="stroke-width:([\d.]+)"', drawing)
    ]


def test_thicker_arrows_for_larger_weights_and_none_for_tiny_ones():
    assert widths(frame(2, [0.3, 0.69, 0.01]), "l3") == [2.7, 6.2]
    assert widths(frame(2, [0.0, 0.0, 1.0]), "l3") == [9.0]


def test_future_comes_in_another_colour_and_the_curtain_hides_it():
    opened = frame(0, [0.5, 0.5, 0.0], curtain=False)
    assert (len(widths(opened, "l3")), len(widths(opened, "l2"))) == (1, 1)
    closed = frame(0, [1.0, 0.0, 0.0])
    assert 'class="hatch"' in closed
    assert closed.count("%") == 1
    assert opened.count("%") == 3
    assert 'class="hatch"' not in frame(2, [0.2, 0.3, 0.5])


def middle(place):
    return 640 / 3 * (place + 0.5)


def test_arrow_leaves_the_source_and_points_at_who_asks():
    for source, asker in ((0, 2), (1, 2), (2, 0)):
        weights = [float(i == source) for i in range(3)]
        drawing = frame(asker, weights, curtain=False)
        start = re.search(r'd="M([\d.]+) [^"]*" class="l[23]" style', drawing)
        assert float(start[1]) == pytest.approx(middle(source), abs=1)
        [tip] = re.findall(r'd="M([\d.]+) [\d.]+l-5 -10h10z"', drawing)
        assert float(tip) == pytest.approx(middle(asker), abs=10)


def test_small_weights_have_arrows_and_tiny_ones_do_not():
    assert len(widths(frame(2, [0.03, 0.96, 0.01]), "l3")) == 2


def test_only_who_asks_is_blue_and_the_curtain_starts_after():
    for asker in (0, 1):
        drawing = frame(asker, [1.0, 0, 0])
        [body] = re.findall(r'd="M([\d.]+) \d+q0 -40 16 -40q16 0 16 40z" class="c1"', drawing)
        assert float(body) == pytest.approx(middle(asker) - 16, abs=0.1)
        left = float(re.search(r'<rect x="([\d.]+)"[^>]* class="line"', drawing)[1])
        assert left == pytest.approx(640 / 3 * (asker + 1), abs=4)


def test_direction_is_written_and_text_is_escaped():
    texts = [node.text for node in ElementTree.fromstring(frame(1, [0.5, 0.5, 0])).iter()]
    assert "← já escrito" in texts
    assert "a frase segue →" in texts
    assert "<João> pergunta: quem?" in texts


@pytest.mark.parametrize(
    ("weight", "said"),
    [(1, "100 %"), (0.125, "12,5 %"), (0.0002, "<0,1 %"), (0, "0 %"), (0.995, "99,5 %")],
)
def test_weight_has_a_decimal_only_when_needed(weight, said):
    assert people_line.share_read(weight).split() == said.split()


def test_line_refuses_what_does_not_match():
    with pytest.raises(ValueError, match="um de cada por pessoa"):
        frame(0, [1.0])
    with pytest.raises(ValueError, match="um de cada por pessoa"):
        frame(3, [1.0, 0, 0])


def test_running_sum_ends_at_the_score():
    drawing = inspector.score_frame(
        [1.0, -2.0], [3.0, 1.0], [0.0, 1.0], ("a", "b"), peaks=[3, 3, 3, 10, 1], weight=0.25
    )
    ElementTree.fromstring(drawing)
    assert "score 1,00" in drawing
    assert "÷ √2 = 0,71" in drawing
    assert f"peso {percent(0.25, 1)}" in drawing
    steps = re.search(r'd="M116 196V(\d+)h256V(\d+)h256" class="l1"', drawing)
    assert [int(step) for step in steps.groups()] == [190, 194]


def test_each_role_has_its_own_colour_and_label():
    numbers = [1.0, -2.0], [3.0, 1.0], [5.0, 4.0]
    drawing = inspector.score_frame(*numbers, ("a", "b"), peaks=[5] * 5, weight=0.25)
    filled = re.findall(r'>([^<>]+)</text><path[^>]*/><path d="([^"]+)" class="(\w+)"', drawing)
    assert [(label, tint) for label, _, tint in filled] == [
        ("q a", "p1"),
        ("k b", "p2"),
        ("q × k", "ink"),
        ("soma", "l1"),
        ("v b", "p3"),
    ]
    heights = {label: re.findall(r"v(-?[\d.]+)h", path) for label, path, _ in filled}
    assert len(heights["q a"]) == 1
    assert len(heights["v b"]) == 2


def test_score_bar_grows_to_the_side_of_its_sign():
    drawing = shadow.shadow_frame((2.0, 0.0), [(1.0, 1.0), (-1.0, 2.0)])
    right, left = (
        re.search(
            rf'<rect x="([\d.]+)"[^>]*width="([\d.]+)" height="16"[^>]*class="{style}"', drawing
        )
        for style in ("p2", "c2")
    )
    zero = float(right[1])
    assert float(left[1]) + float(left[2]) == pytest.approx(zero)
    assert right[2] == left[2]


def test_hidden_position_says_so():
    drawing = inspector.score_frame([1.0], [1.0], [1.0], ("a", "b"), peaks=[1] * 5, weight=None)
    assert "a máscara esconde" in drawing


def test_shadow_is_the_projection():
    drawing = shadow.shadow_frame((2.0, 0.0), [(1.0, 1.0), (-1.0, 2.0)])
    assert "chave A: sombra 1,000" in drawing
    assert "score = 2 × −1,000 = −2,00" in drawing
    assert len(re.findall('<circle[^>]*class="p2"', drawing)) == 2


def test_steps_appear_one_by_one():
    table = [[1.0, 0.0], [0.0, 1.0]]
    drawings = [
        four_steps.steps_frame(["a", "b"], *[table] * 6, step=step, asker=1) for step in range(4)
    ]
    seen = [re.findall(r">(consultas|scores|pesos|leituras)<", drawing) for drawing in drawings]
    assert seen[0] == ["consultas"]
    assert seen[3] == ["consultas", "scores", "pesos", "leituras"]
    for step, drawing in enumerate(drawings):
        bold = re.findall(r'class="s b">\d\. (\w+)<', drawing)
        assert bold == [four_steps.STEPS[step]]
        assert drawing.count('class="l1"') == step + 1  # a linha de quem pergunta, por tabela
