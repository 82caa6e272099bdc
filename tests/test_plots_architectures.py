"""Os diagramas de blocos e modelos: bem formados, dentro da largura, e com as peças certas."""

from xml.etree import ElementTree

import pytest

from helpers.explorables.picture import picture
from helpers.plots import architectures, svg

SHAPES = {"ids": "[1, 12]", "W_E[ids]": "[1, 12, 8]", "bloco": "[1, 12, 8]", "W_U": "[1, 12, 99]"}
DRAWINGS = {
    "dois GPTs": architectures.two_gpts(),
    "encoder e decoder": architectures.encoder_decoder(),
    "três famílias": architectures.three_families(),
    "decoder inteiro": architectures.whole_forward(SHAPES, 3),
}


def words(drawing):
    return [
        node.text for node in ElementTree.fromstring(drawing).iter() if node.tag.endswith("text")
    ]


@pytest.mark.parametrize("name", DRAWINGS)
def test_drawing_is_well_formed_and_stays_inside(name):
    drawing = DRAWINGS[name]
    root = ElementTree.fromstring(drawing)
    height = float(root.get("height"))
    for node in root.iter():
        assert set(node.get("class", "").split()) <= set(svg.CLASSES)
        if node.tag.endswith("rect"):
            assert float(node.get("x")) >= 0
            assert float(node.get("x")) + float(node.get("width")) <= svg.WIDTH
            assert 0 <= float(node.get("y")) <= height - float(node.get("height"))
        if node.tag.endswith("text"):
            assert 12 <= float(node.get("y")) <= height
    assert len(picture(drawing, name).png) <= 40_000


def test_gpt1_has_its_norm_after_and_gpt2_before():
    found = words(architectures.two_gpts())
    first = [word for word in found[: found.index("W_U") + 1] if word != "12 vezes"]
    assert first == ["W_E + posição", "atenção", "+", "norma", "MLP", "+", "norma", "W_U"]
    assert found.count("norma") == 4
    assert found.count("norma final") == 1


def test_only_the_decoder_has_cross_attention_fed_by_the_encoder():
    found = words(architectures.encoder_decoder())
    assert found.count("atenção cruzada") == found.count("atenção, causal") == 1
    assert {"K e V", "saída: z1 … zn", "encoder", "decoder"} <= set(found)
    assert found.count("6 vezes") == 2


def test_only_the_decoder_masks_hide_something():
    drawing = architectures.three_families()
    # No GPT, 5 posições e 10 pares no futuro; no decoder da direita, 4 posições e 6 pares.
    hidden = {
        name: sum(range(rows)) if causal else 0 for name, _, rows, _, causal in architectures.MASKS
    }
    assert hidden == {"sem máscara": 0, "causal": 6, "cruzada": 0}
    assert drawing.count('class="hatch"') == 10 + 6
    found = words(drawing)
    assert found.count("sem máscara") == found.count("atenção") == 2
    assert found.count("causal") == found.count("atenção causal") == 2
    assert found.count("cruzada") == found.count("atenção cruzada") == 1


def test_whole_forward_shows_every_shape():
    found = words(architectures.whole_forward(SHAPES, 3))
    assert [word for word in found if word in SHAPES.values()] == list(SHAPES.values())
    assert "× 3" in found


def labels(drawing):
    """Devolve (texto, x, y) de cada rótulo."""
    for node in ElementTree.fromstring(drawing).iter():
        if node.tag.endswith("text"):
            yield node.text, float(node.get("x")), float(node.get("y"))


def routes(drawing, style):
    """Devolve os pontos do começo de cada seta que dobra esquinas."""
    for node in ElementTree.fromstring(drawing).iter():
        if node.tag.endswith("path") and node.get("class") == style:
            path = [tuple(map(float, pair.split())) for pair in node.get("d")[1:].split("L")]
            if len(path) > 2:  # o último trecho, com a ponta, é outro traço
                yield path


def test_keys_and_values_reach_the_cross_attention():
    drawing = architectures.encoder_decoder()
    (path,) = routes(drawing, "l2")
    height = {text: y - 5 for text, _, y in labels(drawing)}
    assert path[0][1] == height["saída: z1 … zn"]
    assert path[-1][1] == height["atenção cruzada"]


@pytest.mark.parametrize(
    ("side", "jumped"),
    [
        ("GPT-1", [["atenção"], ["MLP"]]),
        ("GPT-2", [["norma", "atenção"], ["norma", "MLP"]]),
    ],
)
def test_each_residual_jumps_over_one_part(side, jumped):
    drawing = architectures.two_gpts()
    left = side == "GPT-1"
    names = [(y - 5, text) for text, x, y in labels(drawing) if (x < 320) == left]
    found = []
    for path in routes(drawing, "l1"):
        if (path[0][0] < 320) == left:
            low, high = path[0][1], path[-1][1]
            inside = sorted(((y, text) for y, text in names if high + 5 < y < low), reverse=True)
            found.append([text for _, text in inside if text != "12 vezes"])
    assert found == jumped


def test_only_the_block_is_repeated():
    drawing = architectures.whole_forward(SHAPES, 3)
    boxes = ElementTree.fromstring(drawing).iter()
    (frame,) = [node for node in boxes if node.get("class") == "soft"]
    top, bottom = float(frame.get("y")), float(frame.get("y")) + float(frame.get("height"))
    assert [text for text, _, y in labels(drawing) if text in SHAPES and top < y < bottom] == [
        "bloco"
    ]


def test_free_squares_of_each_mask_are_the_past_and_itself():
    drawing = architectures.three_families()
    first = next(x for name, x, *_ in architectures.MASKS if name == "causal")
    hatched = [node for node in ElementTree.fromstring(drawing).iter() if node.tag.endswith("rect")]
    side = 14
    hidden = {
        (round((float(n.get("y")) - 196) / side), round((float(n.get("x")) - first) / side))
        for n in hatched
        if n.get("class") == "box"
        and float(n.get("width")) == side
        and first <= float(n.get("x")) < first + 5 * side
    }
    assert hidden == {(row, column) for row in range(5) for column in range(row + 1, 5)}
