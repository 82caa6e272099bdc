"""Os diagramas de blocos e modelos: bem formados, dentro da largura, e com as peças certas."""

from xml.etree import ElementTree

import pytest

from helpers.explorables.picture import picture
from helpers.plots import assembly, svg

SHAPES = {"ids": "[1, 12]", "W_E[ids]": "[1, 12, 8]", "bloco": "[1, 12, 8]", "W_U": "[1, 12, 99]"}
DRAWINGS = {
    "dois GPTs": assembly.two_gpts(),
    "encoder e decoder": assembly.encoder_decoder(),
    "três famílias": assembly.three_families(),
    "decoder inteiro": assembly.whole_forward(SHAPES, 3),
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
    found = words(assembly.two_gpts())
    first = [word for word in found[: found.index("W_U") + 1] if word != "12 vezes"]
    assert first == ["W_E + posição", "atenção", "+", "norma", "MLP", "+", "norma", "W_U"]
    assert found.count("norma") == 4
    assert found.count("norma final") == 1


def test_only_the_decoder_has_cross_attention_fed_by_the_encoder():
    found = words(assembly.encoder_decoder())
    assert found.count("atenção cruzada") == found.count("atenção, causal") == 1
    assert {"K e V", "saída: z1 … zn", "encoder", "decoder"} <= set(found)
    assert found.count("6 vezes") == 2


def test_only_the_decoder_masks_hide_something():
    drawing = assembly.three_families()
    # No GPT, 5 posições e 10 pares no futuro; no decoder da direita, 4 posições e 6 pares.
    hidden = {
        name: sum(range(rows)) if causal else 0 for name, _, rows, _, causal in assembly.MASKS
    }
    assert hidden == {"sem máscara": 0, "causal": 6, "cruzada": 0}
    assert drawing.count('class="hatch"') == 10 + 6
    found = words(drawing)
    assert found.count("sem máscara") == found.count("atenção") == 2
    assert found.count("causal") == found.count("atenção causal") == 2
    assert found.count("cruzada") == found.count("atenção cruzada") == 1


def test_whole_forward_shows_every_shape():
    found = words(assembly.whole_forward(SHAPES, 3))
    assert [word for word in found if word in SHAPES.values()] == list(SHAPES.values())
    assert "× 3" in found
