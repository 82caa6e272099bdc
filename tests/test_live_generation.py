"""Geração ao vivo: a mesma semente dá o mesmo texto, voltar não apaga, pedido ruim não derruba."""

import re
import unicodedata
from xml.etree import ElementTree

import pytest
import torch
from toy_models import Prefix

from helpers.explorables import live_generation as live
from helpers.explorables.story_tree import MOST, MOST_SEED, StoryTree
from helpers.sampling import GREEDY, generate
from helpers.studies.thread import SENTENCE, load_thread

END = 6


def tree(seed=0, t=1.0, prompt=(0, 1)):
    return StoryTree(Prefix(), prompt, END, seed, t)


def grown(n, **options):
    found = tree(**options)
    for _ in range(n):
        found.grow()
    return found


@pytest.fixture(scope="module")
def thread():
    return load_thread()


@pytest.fixture
def widget(thread):
    """A geração ao vivo, de volta ao começo do texto."""
    return ask(live.live_generation(thread=thread), do="write", text=SENTENCE, seed=0, t=0.8)


def ask(widget, **wish):
    widget.asked = {"turn": widget.answered + 1, **wish}
    return widget


def test_it_opens_with_something_written_and_challenges_to_meet(thread):
    opened = live.live_generation(thread=thread)
    assert len(opened.tree.path()) == live.FIRST
    assert opened.sentence().startswith(f"Semente 0, temperatura 0,8. {live.FIRST} tokens: “")
    assert opened.view["sentence"] == opened.sentence()
    assert opened.done == []


def test_same_seed_same_text_and_another_seed_another():
    assert grown(9).tokens() == grown(9).tokens()
    assert len({tuple(grown(9, seed=seed).tokens()) for seed in range(8)}) > 1


def test_going_back_keeps_the_branch_and_the_draw():
    found = grown(5)
    before, size = found.tokens(), len(found.nodes)
    found.back()
    found.back()
    assert found.tokens() == before[:3]
    found.grow()
    found.grow()
    assert found.tokens() == before
    assert len(found.nodes) == size


def test_before_the_first_token_there_is_nowhere_to_go_back():
    found = grown(1)
    found.back()
    found.back()
    assert found.here == 0
    found.grow()
    assert len(found.tokens()) == 1


def test_another_token_opens_a_branch_and_both_stay():
    found = grown(4)
    first = found.here
    found.jump(0)
    other = next(t for t, _ in found.candidates(7) if t not in (found.nodes[1].token, END))
    found.pick(other)
    found.grow()
    assert len(found.leaves()) == 2
    assert found.nodes[found.path()[0]].picked
    found.jump(first)
    assert len(found.tokens()) == 4


def test_probabilities_are_those_of_the_model():
    found = grown(3, t=0.5)
    logits = Prefix()(torch.tensor([[0, 1, *found.tokens()]]))[0, -1]
    torch.testing.assert_close(found.probs(), (logits / 0.5).softmax(-1))
    best = found.candidates(3)
    assert [token for token, _ in best] == logits.topk(3).indices.tolist()
    at = found.path()[-1]
    found.back()
    assert found.nodes[at].prob == pytest.approx(float(found.probs()[found.nodes[at].token]))


def test_greedy_beside_is_the_greedy_of_the_module():
    written = tree().greedy(12)
    assert [0, 1, *written] == generate(Prefix(), [0, 1], 12, GREEDY, stop=END)


def test_greedy_beside_stops_at_the_mark():
    def model(ids):
        logits = torch.zeros(*ids.shape, END + 1)
        logits[..., END if ids.shape[1] == 4 else 1] = 9.0
        return logits

    assert StoryTree(model, (0, 1), END, 0, 1.0).greedy(12) == [1, 1, END]


def test_a_branch_ends_at_the_mark_or_when_full():
    found = tree()
    found.pick(END)
    assert found.finished
    assert found.candidates() == []
    with pytest.raises(ValueError, match="já acabou"):
        found.pick(1)
    size = len(found.nodes)
    found.grow()
    assert len(found.nodes) == size
    full = tree()
    while not full.finished:
        full.pick(1)
    assert len(full.tokens()) == MOST
    with pytest.raises(ValueError, match="não existe"):
        full.jump(99)
    with pytest.raises(ValueError, match="os ids vão de 0 a 6"):
        full.pick(70)


def test_a_branch_is_a_line_that_brings_it_back():
    found = grown(3, t=0.5)
    found.back()
    found.t = 2.0
    found.pick(1)
    found.grow()
    line = found.branch(found.here)
    assert re.fullmatch(r"@0.5 \d+ \d+ @2.0 1\* \d+", line)
    again = tree(t=2.0)
    again.follow(line)
    assert again.branch(again.here) == line
    assert [n.prob for n in again.nodes[1:]] == [found.nodes[at].prob for at in found.path()]
    size = len(again.nodes)
    again.follow(line)
    again.follow("")
    assert (again.here, len(again.nodes), again.t) == (0, size, 2.0)


def test_every_branch_comes_back_with_the_state(widget, thread):
    for _ in range(3):
        ask(widget, do="next")
    ask(widget, do="jump", node=1)
    ask(widget, do="heat", t=2.0)
    ask(widget, do="pick", token=widget.view["candidates"][5]["token"])
    ask(widget, do="next")
    ask(widget, do="jump", node=2)
    again = live.live_generation(thread=thread, state=widget.state())
    assert again.state() == widget.state()
    assert {k: v for k, v in again.view.items() if k != "places"} == {
        k: v for k, v in widget.view.items() if k != "places"
    }
    assert list(again.view["places"].values()) == list(widget.view["places"].values())


def test_each_written_token_of_the_drawing_leads_back_to_it(widget):
    for _ in range(4):
        ask(widget, do="next")
    found = re.findall('data-go="node=([0-9]+)"', widget.view["svg"])
    assert found == list(widget.view["places"]) == [str(at) for at in widget.tree.path()]
    assert widget.view["places"][found[1]].startswith("Voltar até ")
    ask(widget, do="jump", node=int(found[1]))
    assert "2 tokens: “" in widget.sentence()
    assert str(widget.view["here"]) == found[1]


def test_buttons_write_go_back_and_pick(widget):
    for _ in range(4):
        ask(widget, do="next")
    assert "4 tokens: “" in widget.sentence()
    assert widget.view["sentence"] == widget.sentence()
    ask(widget, do="back")
    assert "3 tokens: “" in widget.sentence()
    known = {widget.tree.nodes[at].token for at in widget.tree.nodes[widget.tree.here].children}
    new = next(c["token"] for c in widget.view["candidates"] if c["token"] not in known)
    ask(widget, do="pick", token=new)
    assert "você escolheu" in widget.sentence()
    assert widget.tree.tokens()[-1] == new
    assert len(widget.view["leaves"]) == 1
    ask(widget, do="heat", t=0.0)
    assert widget.tree.probs().max() == 1
    assert widget.message == ""


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        ({"do": "voar"}, "Não conheço"),
        ({"do": "jump", "node": 999}, "não existe"),
        ({"do": "pick", "token": -5}, "não existe"),
        ({"do": "pick", "token": "x"}, "veio 'x'"),
        ({"do": "pick", "token": True}, "veio True"),
        ({"do": "pick", "token": None}, "veio None"),
        ({"do": "jump", "node": 1.5}, "veio 1.5"),
        ({"do": "heat", "t": 77}, "temperatura"),
        ({"do": "write", "text": None, "seed": 0, "t": 1.0}, "texto comum"),
        ({"do": "write", "text": "a\ud800", "seed": 0, "t": 1.0}, "texto comum"),
        ({"do": "write", "text": "x" * 10_000, "seed": 0, "t": 1.0}, "10000 letras"),
        ({"do": "write", "text": "oi", "seed": -1, "t": 1.0}, "A semente é um inteiro de 0 a"),
        ({"do": "write", "text": "oi", "seed": None, "t": 1.0}, "A semente é um inteiro de 0 a"),
        ({"do": "write", "text": "oi", "seed": True, "t": 1.0}, "A semente é um inteiro de 0 a"),
        ({"do": "write", "text": "oi", "seed": 1e30, "t": 1.0}, "A semente é um inteiro de 0 a"),
        ({"do": "write", "text": "oi", "seed": 10**12, "t": 1.0}, "a 999999999999."),
        ({"do": "write", "text": "oi", "seed": 0, "t": 0.81}, "A temperatura 0.81 não está"),
        ({}, "Não conheço"),
    ],
)
def test_a_bad_request_says_why_and_keeps_the_story(widget, wish, told):
    ask(widget, do="next")
    before = (widget.sentence(), widget.text)
    answered = widget.answered
    ask(widget, **wish)
    assert told in widget.message
    assert (widget.sentence(), widget.text) == before
    assert widget.answered == answered + 1
    ask(widget, do="next")
    assert widget.message == ""


@pytest.mark.parametrize(
    "text",
    ["", "  ", "🍌👩🏽‍🌾", unicodedata.normalize("NFD", "João"), "<b>&'\"", "ão " * 600, "\x00\n"],
    ids=ascii,
)
def test_any_beginning_is_drawn(widget, text):
    ask(widget, do="write", text=text, seed=3, t=1.0)
    assert widget.message == ""
    ask(widget, do="next")
    ElementTree.fromstring(widget.view["svg"])
    assert "<b>" not in widget.view["svg"]
    assert ("inventa desde" in widget.note) == (not text.strip())
    assert ("lê os últimos" in widget.note) == (len(text) > 1000)


def test_composed_and_decomposed_beginnings_are_the_same(widget):
    found = []
    for form in ("NFC", "NFD"):
        ask(widget, do="write", text=unicodedata.normalize(form, "O João"), seed=0, t=0.8)
        found.append(widget.tree.prompt)
    assert found[0] == found[1]


def test_the_largest_seed_still_draws(widget):
    ask(widget, do="write", text="oi", seed=MOST_SEED, t=1.0)
    for _ in range(MOST):
        widget.tree.grow()
    assert widget.tree.tokens()


def test_who_chose_each_token_is_told(widget):
    ask(widget, do="next")
    assert ", sorteado, " in widget.sentence()
    ask(widget, do="heat", t=0.0)
    assert ", sorteado, " in widget.sentence(), "o que já foi escrito não muda de nome"
    ask(widget, do="next")
    assert ", escolha gulosa, 1,000" in widget.sentence()
    ask(widget, do="pick", token=widget.tree.candidates()[0][0])
    assert ", você escolheu, " in widget.sentence()


def test_a_long_beginning_keeps_its_end(widget, thread):
    ids = thread.tokenizer.encode("ão " * 300 + "O João")
    ask(widget, do="write", text="ão " * 300 + "O João", seed=0, t=1.0)
    assert widget.tree.prompt[0] == thread.ids[0]
    assert widget.tree.prompt[1:] == ids[-(len(widget.tree.prompt) - 1) :]
    assert len(widget.tree.prompt) + MOST == thread.model.config.n_ctx


def test_buttons_know_the_beginning_and_the_end(widget, thread):
    assert (widget.view["started"], widget.view["finished"]) == (False, False)
    ask(widget, do="next")
    assert (widget.view["started"], widget.view["finished"]) == (True, False)
    ask(widget, do="pick", token=thread.ids[0])
    assert (widget.view["started"], widget.view["finished"]) == (True, True)
    assert "Último: ¶, você escolheu" in widget.sentence()
    assert widget.sentence().endswith(" A história acabou.")


def test_each_candidate_button_names_the_token_it_writes(widget):
    for button in widget.view["candidates"]:
        ask(widget, do="jump", node=0)
        ask(widget, do="pick", token=button["token"])
        label = button["label"].rsplit(" ", 1)[0]
        assert f"Último: {label}, você escolheu, {button['label'].rsplit(' ', 1)[1]}." in (
            widget.sentence()
        )


def test_the_model_reads_with_room_to_spare(widget):
    assert widget.tree.probs().dtype == torch.float64


def test_the_latest_branches_are_the_ones_shown(widget):
    for token in range(1, 16):
        ask(widget, do="jump", node=0)
        ask(widget, do="pick", token=token)
    ends = widget.tree.leaves()
    assert [leaf["node"] for leaf in widget.view["leaves"]] == ends[:-1][-12:]


def test_a_likely_token_or_a_rare_one_left_alone_does_not_meet_the_challenge(widget):
    ask(widget, do="write", text="", seed=0, t=1.0)
    likely, prob = widget.tree.candidates()[1]
    assert prob > 0.05
    rare = int((widget.tree.probs() < 0.05).nonzero()[0])
    for first, more in ((likely, 3), (rare, 1)):
        ask(widget, do="jump", node=0)
        ask(widget, do="pick", token=first)
        for _ in range(more):
            ask(widget, do="pick", token=widget.tree.candidates()[0][0])
        assert 1 not in widget.done
    ask(widget, do="next")
    assert 1 in widget.done


def test_challenges_come_unmet_and_are_met_by_playing(widget):
    assert widget.done == []
    widget.move(steps=2, pick=1)
    assert 0 in widget.done
    ask(widget, do="write", text="", seed=0, t=1.0)
    rare = int((widget.tree.probs() < 0.05).nonzero()[0])
    ask(widget, do="pick", token=rare)
    for token in (1, 2):
        ask(widget, do="pick", token=token)
    assert widget.done == [0, 1]


def test_bars_are_as_tall_as_the_probability_and_the_stage_never_jumps():
    pieces = [live.Piece("·O"), live.Piece("·pão", 0.5), live.Piece("·rio", 1.0, picked=True)]
    svg = live.story_frame(pieces, ["·a"])
    heights = [float(h) for h in re.findall(r"v(\d+(?:\.\d+)?)h-", svg)]
    assert heights == [live.TALL / 2, live.TALL]
    assert 'class="p1"' in svg
    assert 'class="c2"' in svg
    long = live.story_frame([live.Piece("·palavra", 0.3)] * 120, ["·pão"] * 90)
    size = re.compile(r'viewBox="[^"]+"')
    assert size.search(long)[0] == size.search(svg)[0]


def test_long_labels_are_cut_and_lines_hold_everything():
    lines = live.wrap(["·abc"] * 100)
    assert [i for line in lines for i in line] == list(range(100))
    assert len(lines) > 1
    assert "…" in live.story_frame([live.Piece("x" * 90, 0.1)], [])


def test_what_does_not_fit_is_the_oldest():
    pieces = [live.Piece(f"·palavra{i:03}", 0.5) for i in range(200)]
    svg = live.story_frame(pieces, [f"·gulosa{i:03}" for i in range(200)])
    assert "·palavra199" in svg
    assert "·palavra000" not in svg
    assert "·gulosa199" in svg
    assert "·gulosa000" not in svg


def test_state_tells_seed_temperature_and_ids(widget):
    ask(widget, do="next")
    token = widget.tree.tokens()[0]
    assert widget.state() == f"w16:semente=0,temperatura=0.8,ids={token}"
