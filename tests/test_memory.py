"""O explorável lembra palpite, desafios e estado; a linha de estado o abre onde diz."""

import json
import re

import pytest
from explorable_sweep import factories

from helpers.exercises import progress, registry, summary
from helpers.exercises.summary import summarize
from helpers.explorables import live_generation as live
from helpers.explorables.draw_table import draw_table
from helpers.explorables.kit.flipper import Stepped
from helpers.explorables.kit.frames import SKIP
from helpers.explorables.kit.memory import read_state
from helpers.explorables.lens import logit_lens
from helpers.explorables.merges import merge_by_merge, your_merges
from helpers.explorables.patch_board import patching_board

FLIPPERS = [f for f in factories() if issubclass(f.__annotations__["return"], Stepped)]


def say(widget, **traits):
    """O navegador escreve nos traits, e depois o controle descansa."""
    widget.set_state({**traits, "kept": traits.get("key", widget.guess)})


@pytest.mark.slow
@pytest.mark.parametrize("factory", FLIPPERS, ids=lambda f: f.__name__)
def test_every_flipper_opens_where_it_was_left_and_where_the_line_says(factory, progress_file):
    first = factory()
    options = first.question.get("options", [""])
    last = ",".join(str(len(axis["labels"]) - 1) for axis in first.axes)
    say(first, key=last, guess=options[0], done=list(range(len(first.challenges))))
    line = first.state()
    again = factory()
    assert (again.key, again.guess, again.done) == (last, options[0], first.done)
    assert again.state() == line
    progress_file.unlink()
    assert factory().key == first.start
    assert factory(state=line).key == last
    assert not progress_file.exists()


def test_a_challenge_met_stays_met_and_a_guess_can_be_skipped(progress_file):
    say(merge_by_merge(), guess=SKIP, done=[1])
    say(merge_by_merge(), key="1,2", done=[])  # outra aba, que ainda não sabia
    again = merge_by_merge()
    assert (again.guess, again.done, again.key) == (SKIP, [1], "1,2")


def test_what_code_does_is_not_an_achievement_of_the_person(progress_file):
    widget = merge_by_merge()
    widget.move(rule="last_seen", step=4)
    widget.set_state({"message": ""})
    assert not progress_file.exists()


def test_what_could_not_be_kept_is_said_on_the_screen(progress_file, monkeypatch):
    widget = merge_by_merge()
    say(widget, key="1,2")
    assert widget.message == ""
    monkeypatch.setattr(progress, "record", lambda *given, **more: "Não deu para guardar.")
    say(widget, key="1,1")
    assert widget.message == "Não deu para guardar."


@pytest.mark.parametrize("nowhere", ["", "/dev/null"])
def test_nowhere_to_keep_means_not_to_keep(nowhere, monkeypatch):
    monkeypatch.setenv(progress.VARIABLE, nowhere)
    say(merge_by_merge(), key="1,2", guess=SKIP)
    assert (merge_by_merge().key, merge_by_merge().guess) == ("0,0", "")


def test_state_that_no_longer_exists_is_left_aside(progress_file):
    for state in ("regra=maior par,passo=99", "outra=1", "w9:passo=1", ""):
        entry = {"estado": state, "inicio": "", "palpite": "sumiu", "desafios": ["sumiu", 3]}
        progress_file.write_text(json.dumps({"exploraveis": {"w1": entry}}))
        widget = merge_by_merge()
        assert (widget.key, widget.guess, widget.done) == (widget.start, "", [])


def test_own_text_comes_back_until_the_cell_asks_for_another(progress_file):
    widget = your_merges()
    widget.asked = {"turn": 1, "text": "pé de pato"}
    say(widget, key="0,3")
    again = your_merges()
    assert (again.text, again.key, again.sentence()) == ("pé de pato", "0,3", widget.sentence())
    assert your_merges("outro texto").text == "outro texto"
    line = widget.state()
    assert line == "w1-texto:regra=maior par,passo=3,texto='pé de pato'"
    assert your_merges(state=line).state() == line


def test_what_was_written_and_changed_comes_back(progress_file):
    told = '{"text": "A Ana leu", "silenced": [[0, 1]], "place": {"token": 2}}'
    for make in (logit_lens, draw_table):
        widget = make()
        widget.set_state({"text": told})
        assert make().text == told
        make().set_state({"text": ""})
        assert make().text == ""
    draw_table().set_state({"text": told})
    assert draw_table("Maria").text == "", "a célula pede outra palavra"


def test_story_and_table_come_back(progress_file):
    widget = live.live_generation()
    widget.asked = {"turn": 1, "do": "back"}
    token = widget.view["candidates"][3]["token"]
    widget.asked = {"turn": 2, "do": "pick", "token": token}
    widget.asked = {"turn": 3, "do": "next"}
    widget.asked = {"turn": 4, "do": "jump", "node": 2}
    assert len(widget.view["leaves"]) == 2
    again = live.live_generation()
    assert (again.state(), again.view["leaves"]) == (widget.state(), widget.view["leaves"])
    assert (again.sentence(), again.view["svg"]) == (widget.sentence(), widget.view["svg"])
    assert live.live_generation(t=1.0).state() != widget.state()
    table = draw_table()
    say(table, key="3,4,5,1,1", guess=SKIP)
    assert (draw_table().key, draw_table().guess) == ("3,4,5,1,1", SKIP)
    assert draw_table(state="w15:t=0,50,late=cortes, depois temperatura").values()["late"] is True


def test_an_instructor_hides_and_locks_controls(progress_file):
    say(merge_by_merge(), key="1,2")  # a pessoa tinha deixado noutra regra
    widget = merge_by_merge(hide="regra", state="regra=último visto,passo=1")
    assert [(axis["kind"], axis["fixed"]) for axis in widget.axes] == [
        ("hidden", True),
        ("slider", False),
    ]
    assert (widget.key, widget.start) == ("3,1", "3,0"), "voltar ao início não muda a regra"
    drawings = ["".join(widget.parts[i] for i in one["svg"]) for one in widget.frames.values()]
    assert not [drawing for drawing in drawings if 'data-go="0=' in drawing]
    assert [drawing for drawing in drawings if 'data-go="1=' in drawing]
    locked = merge_by_merge(lock=["regra"])
    assert [axis["kind"] for axis in locked.axes] == ["buttons", "slider"]
    assert (locked.axes[0]["fixed"], locked.key) == (True, "0,2"), "sem state=, para no início"
    live_text = your_merges(lock="regra", state="regra=último visto,passo=1,texto='pato'")
    live_text.asked = {"turn": 1, "text": "o pé de pato"}
    assert (live_text.key[0], live_text.start[0], live_text.axes[0]["fixed"]) == ("3", "3", True)


def test_an_instructor_stops_layers_table_and_story(progress_file):
    board = patching_board(lock="lugar", hide="o par muda")
    assert [(axis["kind"], axis["fixed"]) for axis in board.axes] == [
        ("hidden", True),
        ("slider", True),
        ("slider", False),
    ]
    drawn = "".join(part for layer in board.layers for part in layer["parts"].values())
    assert not re.search('data-go="[^"]*[01]=', drawn)
    say(draw_table(), key="3,4,5,1,1")
    table = draw_table(lock="top-k", hide=["ordem"])
    assert (table.key, table.start, table.saved) == ("3,10,5,1,0", *["10,10,11,0,0"] * 2)
    assert [axis["kind"] for axis in table.axes][-1] == "hidden"
    assert "data-go" not in table.frame().svg
    assert draw_table(lock="top-k", state="w15:k=5").values()["k"] == 5
    story = live.live_generation()
    story.asked = {"turn": 1, "do": "write", "text": "A Ana", "seed": 4, "t": 0.3}
    stopped = live.live_generation(lock=["semente", "candidatos"], hide="temperatura")
    assert (stopped.text, stopped.tree.seed, stopped.tree.t) == ("A Ana", 0, 0.8)
    assert len(stopped.tree.path()) == live.FIRST
    assert stopped.stopped == {"semente": "locked", "candidatos": "locked", "temperatura": "hidden"}


@pytest.mark.parametrize(
    ("open_it", "told"),
    [
        (lambda: merge_by_merge(hide="Regra"), "“Fusão a fusão” não tem o controle 'Regra'; tem"),
        (lambda: merge_by_merge(lock=("passo", "x")), "não tem o controle 'x'; tem regra e passo"),
        (lambda: draw_table(lock="t"), "“Mesa de sorteio” não tem o controle 't'; tem temperatura"),
        (lambda: live.live_generation(hide="x"), "não tem o controle 'x'; tem começo, semente, "),
        (lambda: patching_board(lock="x"), "não tem o controle 'x'; tem "),
    ],
)
def test_a_control_that_does_not_exist_is_an_error_that_lists_them(open_it, told):
    with pytest.raises(ValueError, match=re.escape(told)):
        open_it()


AXES = [("regra", ("maior par", "maior")), ("ordem", ("a, b", "b, a"))]


def test_value_that_starts_like_another_is_read_whole():
    axes = [("par", ("a", "a,b")), ("passo", ("1", "2"))]
    assert read_state("w:par=a,b,passo=2", "w", axes) == {0: 1, 1: 1}
    assert read_state("w:par=a,passo=2", "w", axes) == {0: 0, 1: 1}


def test_line_is_read_whatever_its_order_and_commas():
    assert read_state("w1:ordem=b, a,regra=maior", "w1", AXES) == {0: 1, 1: 1}
    assert read_state(" regra=maior par ", "w1", AXES) == {0: 0}


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("w2:regra=maior", "Este estado é de 'w2', e este explorável é 'w1'."),
        ("w1:passo=3", "os controles são regra e ordem"),
        ("regra=pior", "regra='pior' não existe; há maior par e maior."),
        ("regra", "Não entendi 'regra'"),
        (3, "O estado é uma linha como 'w1:regra=maior par,ordem=a, b'; veio 3."),
        ("  ", "O estado é uma linha"),
    ],
)
def test_a_bad_line_is_an_error_that_says_why(state, told):
    with pytest.raises(ValueError, match=re.escape(told)):
        read_state(state, "w1", AXES)


@pytest.mark.parametrize(
    ("open_it", "told"),
    [
        (lambda: merge_by_merge(state="w1:passo=99"), "passo='99' não existe; há 0, 1, 2, 3 e 4."),
        (lambda: your_merges(state="passo=1,texto=pato"), "vem um texto entre aspas"),
        (lambda: your_merges(state="passo=1,texto='  '"), "só tem espaços"),
        (lambda: live.live_generation(state="semente=x"), "O estado é uma linha como"),
        (lambda: live.live_generation(state="semente=0,temperatura=0.8,ids=3*4"), "é uma linha"),
        (lambda: live.live_generation(state="semente=0,temperatura=0.8,ids=99999"), "não existe"),
        (lambda: draw_table(state="t=9"), "t='9' não existe"),
    ],
)
def test_every_kind_refuses_a_bad_line(open_it, told):
    with pytest.raises(ValueError, match=re.escape(told)):
        open_it()


def test_challenges_count_in_the_progress(progress_file):
    total = sum(summary.offered("01").values())
    say(merge_by_merge(), done=[0, 1])
    found = summarize("01", progress.load())
    assert (found.challenges, found.offered) == (2, total)
    assert f"desafios cumpridos: 2 de {total}" in found.sentences()
    assert summarize("02", progress.load()).challenges == 0


@pytest.mark.slow
def test_every_challenge_belongs_to_a_lesson():
    offered = {}
    for lesson in registry.lessons():
        offered |= summary.offered(lesson)
    made = {}
    for factory in FLIPPERS:
        widget = factory()
        if widget.challenges:
            made[widget._name] = len(widget.challenges)
    made |= {"w15": len(draw_table().challenges), "w16": len(live.CHALLENGES)}
    assert offered == made


def test_an_older_file_keeps_everything_it_had(progress_file):
    older = {"versao": 1, "exercicios": {"01.empate": {"resolvido": True}}, "medalhas": [1]}
    progress_file.write_text(json.dumps(older))
    say(merge_by_merge(), key="1,1")
    found = json.loads(progress_file.read_text(encoding="utf-8"))
    assert {key: found[key] for key in older} == older
    assert found["exploraveis"]["w1"]["estado"] == "w1:regra=primeiro visto,passo=1"
