"""A base dos exploráveis: quadros, retrato em PNG, uma instância viva, erros dentro do widget."""

import base64
import gc
import io
import re
import subprocess
import sys
import weakref
from types import SimpleNamespace

import pytest
from explorable_sweep import MAX_FRAME, factories, kinds, sweep
from javascript import find_node
from PIL import Image

from helpers.explorables.kit import base, frames
from helpers.explorables.kit.flipper import Flipper
from helpers.explorables.kit.frames import Axis, Challenge, Choice, Frame, Numbers, Opening, fill
from helpers.explorables.kit.slim import slim
from helpers.explorables.picture import picture
from helpers.plots import svg
from helpers.spoken import percent

FACTORIES = factories()
# Doze miniaturas em cada quadro: passam do limite de costume, e o pacote inteiro, não.
HEAVIER = {"head_gallery": 9_000}


def frame(side=0, shade=0):
    body = svg.box(10 + 20 * side, 10, 30, 30, "c1" if shade else "box")
    return Frame(svg.document(body, 60), f"lado {side}, tom {shade}")


def axes():
    return [Axis("side", "lado", (0, 1, 2)), Axis("shade", "tom", (0, 1), ("claro", "escuro"))]


def flipper(draw=frame, **options):
    return Flipper(draw, axes(), "Exemplo", name="ex", **options)


def test_explorables_are_found_and_each_has_its_own_name():
    names = [factory.__name__ for factory in FACTORIES]
    assert {"test_bench", "logit_lens", "draw_table", "live_generation"} <= set(names)
    assert len(set(names)) == len(names)


@pytest.mark.slow
@pytest.mark.parametrize("factory", FACTORIES, ids=lambda f: f.__name__)
def test_every_state_of_every_explorable(factory):
    assert sweep(factory(), HEAVIER.get(factory.__name__, MAX_FRAME))


@pytest.mark.slow
@pytest.mark.parametrize("factory", FACTORIES, ids=lambda f: f.__name__)
def test_bundle_has_sentence_figure_and_png(factory):
    widget = factory()
    data, _ = widget._repr_mimebundle_()
    assert data["text/plain"] == f"{widget.label}: {widget.sentence()}"
    png = base64.b64decode(data["image/png"])
    assert len(png) <= 40_000
    assert Image.open(io.BytesIO(png)).width <= 720
    assert f"<figcaption>{base.html.escape(widget.sentence())}</figcaption>" in data["text/html"]
    assert 'src="data:image/png;base64,' in data["text/html"]
    assert "application/vnd.jupyter.widget-view+json" in data
    assert "_model_module" in widget.get_state()  # um trait chamado `keys` apagaria o estado


def _broken_svg(side, shade):
    found = frame(side, shade)
    return Frame(found.svg.replace("</svg>", "<b></svg>"), found.sentence) if side == 2 else found


def _silent(side, shade):
    return Frame(frame().svg, "" if (side, shade) == (1, 1) else "ok")


def _jumping(side, shade):
    return Frame(svg.document(svg.box(0, 0, 9 + shade, 9), 60 + side), "ok")


def _crashing(side, shade):
    return frame(10 // (2 - side), shade)


def _huge(side, shade):
    return Frame(svg.document(svg.box(side, shade, 5, 5) * 150, 60), "ok")


def _deaf(side, shade):
    return frame(side, 0)


@pytest.mark.parametrize(
    ("draw", "why"),
    [
        pytest.param(_broken_svg, "mismatched tag", id="svg-malformado"),
        pytest.param(_silent, "não diz nada", id="frase-vazia"),
        pytest.param(_jumping, "altura do palco", id="palco-que-pula"),
        pytest.param(_crashing, "division", id="falha-num-estado"),
        pytest.param(_huge, "lado=0,tom=claro", id="quadro-pesado"),
        pytest.param(_deaf, "tom não muda nada", id="controle-sem-efeito"),
    ],
)
def test_sweep_catches_a_broken_draw(draw, why):
    with pytest.raises(Exception, match=why):
        sweep(flipper(draw))


def test_sweep_catches_bad_challenges():
    for goal in (lambda side, shade: side == 9, lambda side, shade: side == 0):
        with pytest.raises(AssertionError, match="desafio"):
            sweep(flipper(challenges=[Challenge("x", goal)]))


def test_challenge_cannot_say_a_number_that_its_condition_does_not_use():
    def above(least, side, shade):
        return side > least

    widget = flipper(challenges=[Challenge("Passe de {least}.", above, {"least": 1})])
    assert widget.challenges == [{"text": "Passe de 1.", "keys": ["2,0", "2,1"]}]
    with pytest.raises(ValueError, match="escrito à mão"):
        Challenge("Passe de 1.", above, {})
    with pytest.raises(ValueError, match=r"fala de \['least'\], e os números são \[\]"):
        Challenge("Passe de {least}.", above)
    with pytest.raises(ValueError, match="escrito à mão"):
        Challenge("Passe de {least} e 3.", above, {"least": 1})
    deaf = Challenge("Passe de {least}.", lambda least, side, shade: side > 1, {"least": 7})
    with pytest.raises(AssertionError, match="least não decide"):
        sweep(flipper(challenges=[deaf]))


def test_numbers_of_a_challenge_are_spoken():
    assert fill("{a}, {b:2} e {c:%}", a=3, b=0.5, c=0.4) == f"3, 0,50 e {percent(0.4)}"
    assert fill("de {0} a {1:1}", 2, 5.0, 9.0) == "de 2 a 5,0"


def with_zones(side, shade):
    places = [svg.zone((9 * i, 0, 9, 9), side=i) for i in range(4)]
    places.append(svg.zone((0, 9, 9, 9), (0, 20, 9, 9), shade=1 - shade, side=side))
    found = frame(side, shade)
    return Frame(found.svg.replace("</svg>", svg.zones(places) + "</svg>"), found.sentence)


def test_zones_of_a_drawing_say_places_and_only_those_that_exist():
    drawn = flipper(with_zones).frame().svg
    assert re.findall('data-go="([^"]*)"', drawn) == ["0=0", "0=1", "0=2", "1=1,0=0"]
    assert drawn.count("<path") == 4, "o lado 3 não existe: o lugar some"
    assert drawn.endswith('h9v9H0M0 20h9v9H0z" data-go="1=1,0=0"/></g></svg>')


def test_zone_of_an_unknown_control_is_an_error():
    def lost(side, shade):
        return Frame(svg.document(svg.zones([svg.zone((0, 0, 9, 9), lado=1)]), 9), "ok")

    with pytest.raises(ValueError, match=r"data-go fala de 'lado'; os controles são \['side'"):
        flipper(lost)


def _named(labels):
    both = Axis("side", "lado", (0, 1, 2), labels), Axis("shade", "tom", (0, 1))
    return Flipper(with_zones, both, "Exemplo", name="ex")


def test_sweep_wants_a_drawing_that_leads_somewhere_and_says_where():
    assert sweep(flipper(with_zones))
    with pytest.raises(AssertionError, match="quase nunca leva"):
        sweep(flipper())
    for labels in (("um", " ", "três"), ("um", "(True, False)", "três")):
        with pytest.raises(AssertionError, match="lado="):
            sweep(_named(labels))


def test_move_state_and_challenges():
    widget = flipper(challenges=[Challenge("canto", lambda side, shade: side == 2)])
    assert widget.state() == "ex:lado=0,tom=claro"
    assert widget.move(side=2).sentence == "lado 2, tom 0"
    assert (widget.done, widget.state()) == ([0], "ex:lado=2,tom=claro")
    widget.move(side=0, shade=1)
    assert (widget.done, widget.sentence()) == ([0], "lado 0, tom 1")
    assert len(list(widget.states())) == 6


@pytest.mark.parametrize("state", [{"side": 7}, {"lado": 1}])
def test_move_refuses_what_does_not_exist(state):
    with pytest.raises(ValueError, match="há"):
        flipper().move(**state)


def test_limits_are_errors_in_portuguese():
    many = [Axis("side", "lado", tuple(range(81)))]
    with pytest.raises(ValueError, match="81 quadros"):
        Flipper(lambda side: frame(side), many, "x")
    noise = [Axis("side", "lado", tuple(range(40)))]
    with pytest.raises(ValueError, match="bytes; o limite"):
        Flipper(lambda side: Frame(frame().svg, f"{side}" * 4000), noise, "x")
    with pytest.raises(ValueError, match="cabem 4"):
        Flipper(lambda **_: frame(), [Axis(c, c, (0,)) for c in "abcde"], "x")
    with pytest.raises(ValueError, match="não tem valores"):
        Axis("a", "a", ())
    with pytest.raises(ValueError, match="3 valores e 1 rótulos"):
        Axis("a", "a", (1, 2, 3), ("um",))
    with pytest.raises(ValueError, match="kind"):
        Axis("a", "a", (1,), kind="roda")
    with pytest.raises(ValueError, match="cabem 12"):
        Numbers(("a",), (("1",),) * 13)
    with pytest.raises(ValueError, match="coluna"):
        Numbers(("a", "b"), (("1",),))
    with pytest.raises(ValueError, match="deve estar entre"):
        Opening("?", ("a", "b"), "c", ("", ""))


def test_two_values_are_two_buttons_and_three_are_a_slider():
    assert [Axis("a", "a", tuple(range(n))).kind for n in (1, 2, 3)] == [
        "slider",
        "buttons",
        "slider",
    ]


def test_limits_themselves_are_accepted():
    axis = [Axis("side", "lado", tuple(range(frames.MAX_FRAMES)))]
    assert len(frames.draw_all(lambda side: frame(), axis)) == frames.MAX_FRAMES
    assert len(Numbers(("a",) * 12, (("1",) * 12,) * 12).rows) == 12


def test_weight_is_counted_in_bytes_as_they_travel():
    axis = [Axis("side", "lado", (0,))]
    letters = frames.MAX_BYTES // 2 + 1
    with pytest.raises(ValueError, match="bytes; o limite"):
        frames.pack({"0": Frame(frame().svg, "ã" * letters)}, axis)
    assert frames.pack({"0": Frame(frame().svg, "a" * letters)}, axis)


def test_area_that_moves_a_stopped_control_and_another_leaves():
    zones = '<path d="M0 0z" data-go="0=1,1=1"/><path d="M0 0z" data-go="1=0"/>'
    assert frames.still(zones, axes(), ["side"]) == '<path d="M0 0z" data-go="1=0"/>'
    assert frames.still(zones, axes(), []) == zones


def test_area_that_asks_for_a_value_with_a_sign_leads_to_it():
    axis = [Axis("word", "palavra", ("a & b", "“c” < d"))]
    zone = svg.zone((0, 0, 9, 9), word="“c” < d")
    assert 'data-go="0=1"' in frames.lead(zone, axis)


def test_control_that_turns_comes_back_to_the_first_value():
    assert [frames.following("abc", value) for value in "abc"] == ["b", "c", "a"]


def test_packing_keeps_choices_tables_and_saves_weight():
    axis = [Axis("side", "lado", (0, 1), kind="hidden")]
    choice = Choice("ir", {"side": 1}, quiet=True)
    drawn = {k: Frame(frame(k).svg, "s", Numbers(("a",), (("1",),)), (choice,)) for k in (0, 1)}
    packed, parts = frames.pack({"0": drawn[0], "1": drawn[1]}, axis)
    assert packed["0"]["choices"] == [{"label": "ir", "key": "1", "quiet": True}]
    assert packed["1"]["table"] == [["a"], ["1"]]
    assert len(parts) < sum(len(one["svg"]) for one in packed.values())


@pytest.mark.parametrize("kind", kinds(), ids=lambda k: k.__name__)
def test_javascript_is_small_local_text(kind):
    for code in (kind._esm, kind._css):
        assert isinstance(code, str)  # um Path vazaria memória
        assert not re.search(r"https?:|//cdn|@import|\bimport\b", code)
    assert len(kind._esm.encode()) <= 15_000
    assert kind._esm.count("export default") == 1
    # A chamada, e não a definição, que continua com uma chave.
    assert re.search(r"\bisolateKeys\(el\)[;}]", kind._esm)
    assert re.search(r"\bprepareRoot\(model, ?el\)[;}]", kind._esm)


@pytest.mark.parametrize("kind", kinds(), ids=lambda k: k.__name__)
def test_javascript_that_travels_is_still_a_program(kind, tmp_path):
    module = tmp_path / "explorable.mjs"
    module.write_text(kind._esm, encoding="utf-8")
    checked = subprocess.run([find_node(), "--check", module], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("// nota\nlet a = 1;\n\n  let b = [a, 2];", "let a=1;let b=[a,2];"),
        ('say("// a ,  b", `  ${x + 1}  ;`);', 'say("// a ,  b",`  ${x + 1}  ;`);'),
        ('t.replace(/ \\/[/,] "/g, x);  a - -b;', 't.replace(/ \\/[/,] "/g,x);a - -b;'),
        ("if (a) { b(); }\nfunction c() {}", "if(a){b()}\nfunction c(){}"),
        (
            "function f(given) { const one = given.one; const two = [...given]; return two; }",
            "function f(a){let one=a.one,b=[...a];return b}",
        ),
        ('function f(place) { return `${place} "place"`; }', 'function f(a){return`${a} "place"`}'),
    ],
)
def test_only_comments_and_spaces_are_left_behind(written, sent):
    assert slim(written) == sent


@pytest.mark.parametrize("kind", kinds(), ids=lambda k: k.__name__)
def test_css_never_leaks_to_the_page(kind):
    rules = re.sub(r"@media[^{]*\{(.*?\})\s*\}", r"\1", kind._css, flags=re.DOTALL)
    for selectors in re.findall(r"([^{}]+)\{[^{}]*\}", rules):
        for selector in selectors.split(","):
            assert selector.strip().startswith(".tpd-ex"), selector


def test_one_stays_alive_and_the_former_is_freed():
    former = weakref.ref(flipper())
    for _ in range(4):
        last = flipper()
    gc.collect()
    assert former() is None
    assert base.alive()["ex", ""] is last
    assert last.comm is not None
    assert len([w for (name, _), w in base.alive().items() if name == "ex"]) == 1


def test_two_cells_keep_one_each(monkeypatch):
    cell = iter(("a", "b", "a"))
    monkeypatch.setattr(base, "_cell_id", lambda: next(cell))
    first, second, third = (flipper() for _ in range(3))
    assert first.comm is None
    assert base.alive()["ex", "a"] is third
    assert base.alive()["ex", "b"] is second


def test_the_cell_is_the_one_jupyterlab_says(monkeypatch):
    sent = {"shell": {"metadata": {"cellId": "a3"}}, "control": {"metadata": {"cellId": "b7"}}}
    kernel = SimpleNamespace(get_parent=sent.get)
    monkeypatch.setattr("IPython.get_ipython", lambda: SimpleNamespace(kernel=kernel))
    assert base._cell_id() == "a3"
    sent["shell"] = None
    assert base._cell_id() == ""
    monkeypatch.setattr("IPython.get_ipython", lambda: None)
    assert base._cell_id() == ""


def test_a_control_of_one_value_has_nowhere_to_go():
    one = Axis("side", "lado", (1,))
    widget = Flipper(frame, [one, axes()[1]], "Exemplo", name="ex")
    assert [axis["fixed"] for axis in widget.axes] == [True, False]


def test_a_draw_that_fails_leaves_the_former_alive():
    former = flipper()
    with pytest.raises(ZeroDivisionError):
        flipper(_crashing)
    assert base.alive()["ex", ""] is former
    assert former.comm is not None


def test_question_travels_and_never_blocks():
    asked = Opening("q?", ("a", "b"), "b", ("não", "sim"), cover=frame().svg)
    widget = flipper(question=asked)
    assert widget.question["answer"] == "b"
    assert widget.guess == ""
    assert widget.move(side=1).sentence == "lado 1, tom 0"


def test_picture_is_a_figure_with_alt():
    found = picture(frame().svg, 'um "quadrado" <b>')
    data = found._repr_mimebundle_()
    assert 'alt="um &quot;quadrado&quot; &lt;b&gt;"' in data["text/html"]
    assert data["text/plain"] == 'Figura: um "quadrado" <b>'
    assert Image.open(io.BytesIO(found.png)).width == 2 * found.width == 1280


@pytest.mark.parametrize(
    ("what", "alt", "error"),
    [(frame().svg, " ", ValueError), (3, "x", TypeError), ("<svg", "x", ValueError)],
)
def test_picture_refuses(what, alt, error):
    with pytest.raises(error):
        picture(what, alt)


def test_picture_refuses_wide_and_heavy():
    with pytest.raises(ValueError, match="760 px"):
        picture(svg.document(svg.box(0, 0, 9, 9), 20, width=760), "x")


def test_light_imports():
    code = (
        "import sys, helpers.plots.figures, helpers.explorables.merges;"
        "assert 'matplotlib.pyplot' not in sys.modules, 'pyplot';"
        "assert 'torch' not in sys.modules, 'torch'"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
