"""O explorável em que se escreve: texto ruim não derruba nada, texto bom vira quadros."""

import unicodedata

import pytest
from explorable_sweep import sweep
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from helpers.explorables.kit.frames import SKIP, Axis, Frame, Opening
from helpers.explorables.kit.live import LiveFlipper, Scene, check_text, crop
from helpers.explorables.letters import letters_bytes_pieces
from helpers.explorables.merges import your_merges
from helpers.plots import svg

MAX_LIVE_FRAME = 7_000  # quadros de texto próprio não ficam guardados; o total segue ≤ 150 kB
MAKERS = [your_merges, letters_bytes_pieces]
BAD = [
    pytest.param("", "vazio", id="vazio"),
    pytest.param("   ", "só tem espaços", id="so-espacos"),
    pytest.param("\n\t", "só tem espaços", id="so-quebras"),
    pytest.param("a\ud800", "metade de um caractere", id="surrogate"),
    pytest.param(None, "NoneType", id="nada"),
    pytest.param(7, "int", id="numero"),
]


def test_a_guess_about_a_text_is_not_kept_for_another():
    def scene(text):
        return Scene(lambda n: Frame(svg.document("", 9), text), [Axis("n", "n", (0, 1))])

    asked = Opening("q?", ("a", "b"), "b", ("não", "sim"), cover=svg.document("", 9))
    widget = LiveFlipper(scene, "pão", "Exemplo", name="ex", question=asked)
    widget.guess = "a"
    widget.write("")
    assert widget.guess == "a"  # o texto não serviu: a pergunta ainda é a mesma
    widget.write("mãe")
    assert widget.guess == SKIP
    without = LiveFlipper(scene, "pão", "Exemplo", name="outro")
    without.write("mãe")
    assert without.guess == ""


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize(("text", "message"), BAD)
def test_bad_text_says_why_and_keeps_the_frames(maker, text, message):
    widget = maker("pão")
    before = (widget.frames, widget.sentence(), widget.text)
    widget.asked = {"turn": 5, "text": text}
    assert message in widget.message
    assert (widget.frames, widget.sentence(), widget.text) == before
    assert widget.answered == 5
    widget.asked = {"turn": 6, "text": "mãe"}
    assert (widget.message, widget.text, widget.answered) == ("", "mãe", 6)
    with pytest.raises(ValueError, match=message):
        maker(text) if isinstance(text, str) else check_text(text)


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize(
    "text",
    [
        "<script>alert('&\"')</script>",
        "]]><!--",
        "👨‍👩‍👧‍👦 e 🇧🇷",
        unicodedata.normalize("NFD", "coração"),
        "x" * 10_000,
        "\x00\x1b\u202e\ufeff\uffff",
        "a",
        "€₢ 日本語 ∑",
        "de" * 9 + " " * 9,
    ],
    ids=ascii,
)
def test_strange_text_is_drawn_whole(maker, text):
    widget = maker("oi")
    widget.asked = {"turn": 1, "text": text}
    assert widget.message == ""
    for frame in sweep_any(widget).values():
        assert "<script" not in frame.svg


def sweep_any(widget):
    """Varre sem exigir que todo controle mude algo: com uma letra só, não muda mesmo."""
    widget.axes = []
    widget.challenges = []
    return sweep(widget, MAX_LIVE_FRAME if "Suas" in widget.label else 12_000)


@pytest.mark.slow
@settings(max_examples=25, phases=[Phase.explicit, Phase.generate])
@given(st.text(min_size=1, max_size=60))
def test_any_text_gives_frames_or_a_message(text):
    for maker in MAKERS:
        widget = maker("oi")
        widget.asked = {"turn": 1, "text": text}
        assert widget.answered == 1
        assert widget.message == "" or "texto" in widget.message
        sweep_any(widget)


def test_crop_says_what_is_missing():
    assert crop("x" * 10_000, 24, 99) == ("x" * 24, "mostrando as primeiras 24 letras de 10000")
    assert crop("ação", 24, 99) == ("ação", "")
    assert crop("ação", 24, 3) == ("aç", "mostrando as primeiras 2 letras de 4")
    family = "👨‍👩‍👧‍👦"
    assert crop(family + "oi", 24, 9) == (family, "mostrando a primeira letra de 3")
    assert your_merges("x" * 10_000).note == "mostrando as primeiras 24 letras de 10000"


def test_unshown_merges_are_counted():
    note = your_merges("abcdefghijklmnopqrstuvwx").note
    assert note == "mostrando 18 de 23 fusões"


def test_rule_survives_a_new_text_and_step_goes_back():
    widget = your_merges("banana")
    widget.move(rule="last_seen", step=2)
    widget.asked = {"turn": 1, "text": "arara"}
    assert widget.values() == {"rule": "last_seen", "step": 0}
    assert widget.state() == "w1-texto:regra=último visto,passo=0,texto='arara'"


def test_a_crash_is_told_in_the_widget():
    def prepare(text):
        if text == "quebra":
            raise KeyError("dentro do desenho")
        drawing = svg.document(svg.text(9, 20, text), 30)
        return Scene(lambda one: Frame(drawing, text), [Axis("one", "um", (1,))])

    widget = LiveFlipper(prepare, "bom", "Exemplo")
    widget.asked = {"turn": 1, "text": "quebra"}
    assert "KeyError" in widget.message
    assert "continua" in widget.message
    assert (widget.sentence(), widget.answered) == ("bom", 1)
