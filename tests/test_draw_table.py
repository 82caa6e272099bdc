"""A Mesa de sorteio: o JavaScript faz as contas de `helpers.sampling` e o mesmo desenho."""

import itertools
import re
from xml.etree.ElementTree import canonicalize

import javascript
import pytest
import torch

from helpers.explorables import draw_table as table
from helpers.sampling import Sampler
from helpers.studies.thread import load_thread

RUN = """
const out = given.map(({ logits, names, state, saved, counts, needle, goals }) => {
  const now = solve(logits, state);
  const rows = tableRows(names, now, solve(logits, saved), counts);
  return {
    probs: now.probs, kept: now.kept, why: names.map((_, i) => now.why(i)),
    svg: tableSvg(rows, needle), said: tableSentence(names, logits.length, state, now, counts),
    goals: goals.map((goal) => goalMet(goal, state, now)),
  };
});
console.log(JSON.stringify(out));
"""


def make(seed=0, n=60):
    generator = torch.Generator().manual_seed(seed)
    logits = (3 * torch.randn(n, generator=generator, dtype=torch.float64)).tolist()
    labels = [f"·<t{i}>" for i in range(n)]
    return table.DrawTable(logits, labels, "um")


def node(program, given):
    return javascript.run(["spoken.js", "draw_table_math.js"], program, given)


def golden(widget, counts=(), needle=None):
    """Uma entrada para o Node com tudo o que o navegador tem."""
    return {
        "logits": widget.logits,
        "names": widget.names,
        "state": widget.values(),
        "saved": widget._setting(widget.saved),
        "counts": list(counts),
        "needle": needle,
        "goals": table.CHALLENGES,
    }


def test_javascript_solves_as_the_sampler_in_every_swept_state():
    widget, cases, expected = make(), [], []
    for values in widget.states():
        widget.move(**values)
        probs, steps = widget._solved(widget.key)
        goals = [table.met(goal, values, probs, steps[-1]) for goal in table.CHALLENGES]
        cases.append(golden(widget))
        expected.append((probs, steps[-1], widget.frame(), widget._rows(), goals))
    found = node(RUN, cases)
    assert len(found) == len(expected) >= 80
    for got, (probs, kept, frame, rows, goals) in zip(found, expected, strict=True):
        assert got["kept"] == kept == len(got["probs"])
        torch.testing.assert_close(
            torch.tensor(got["probs"], dtype=torch.float64), probs[:kept], atol=1e-9, rtol=0
        )
        assert float(probs[kept:].sum()) == 0
        assert got["why"] == [row.reason for row in rows[:-1]]
        assert got["said"] == frame.sentence
        assert got["goals"] == goals
        assert_same_drawing(got["svg"], frame.svg)


def assert_same_drawing(left, right):
    """As mesmas peças e textos; as medidas, a menos do arredondamento de uma casa."""
    right = right.replace('xmlns="http://www.w3.org/2000/svg" ', "")  # na página não faz falta
    left, right = map(canonicalize, (left, right))  # `&#60;` e `&lt;` são a mesma letra
    number = re.compile(r"-?\d+(?:\.\d+)?")
    assert number.sub("#", left) == number.sub("#", right)
    pairs = zip(number.findall(left), number.findall(right), strict=True)
    assert all(abs(float(a) - float(b)) < 0.11 for a, b in pairs)


def test_javascript_draws_counts_needle_and_the_saved_setting():
    widget = make(3)
    widget.move(t=0.5, k=20)
    widget.saved = widget.key
    widget.move(t=1.5, p=0.9)
    widget.counts = [30, 21, 9, 4, 0, 1, 0, 0, 2, 0, 0, 3, 30]
    widget.needle = {"u": 0.4375, "label": widget.names[1]}
    [got] = node(RUN, [golden(widget, widget.counts, widget.needle)])
    assert got["said"] == widget.sentence()
    assert "Em 100 sorteios" in got["said"]
    assert_same_drawing(got["svg"], widget.frame().svg)


def test_javascript_draws_follow_the_probabilities_and_the_seed():
    program = """
    const { probs, n, seed } = given;
    const random = seeded(seed);
    const counts = probs.map(() => 0);
    for (let i = 0; i < n; i += 1) counts[pickAt(probs, random())] += 1;
    console.log(JSON.stringify(counts));
    """
    probs = [0.5, 0.3, 0.0, 0.2]
    first, again, other = (
        node(program, {"probs": probs, "n": 20_000, "seed": seed}) for seed in (1, 1, 2)
    )
    assert first == again != other
    assert first[2] == 0
    for prob, count in zip(probs, first, strict=True):
        assert abs(count / 20_000 - prob) < 0.015


def test_javascript_needle_on_an_edge_falls_in_the_range_that_begins_there():
    program = """
    console.log(JSON.stringify(given.map(([probs, u]) => pickAt(probs, u))));
    """
    cases = [([0.0, 1.0], 0.0), ([0.5, 0.25, 0.25], 0.5), ([0.25, 0.0, 0.75], 0.25), ([0.5], 0.9)]
    assert node(program, cases) == [1, 1, 2, 0]


def test_the_order_of_the_cuts_is_the_sampler_order_unless_asked():
    widget = make()
    logits = torch.tensor(widget.logits, dtype=torch.float64)
    setting = table.START | {"t": 2.0, "k": 20, "p": 0.9, "min_p": 0.05}
    probs, _ = table.solve(logits, setting)
    torch.testing.assert_close(probs, Sampler(2.0, 20, 0.9, 0.05).probs(logits))
    late, steps = table.solve(logits, setting | {"late": True})
    cut = Sampler(1.0, 20, 0.9, 0.05).filter(logits)
    torch.testing.assert_close(late, (cut / 2).softmax(-1))
    assert steps[-1] == int(cut.isfinite().sum())


def test_sentence_says_what_was_done():
    widget = make()
    assert "Temperatura 1,00, sem corte. Ficam 60 tokens de 60" in widget.sentence()
    assert "top-k 1. Fica 1 token de 60" in widget.move(k=1).sentence
    widget.move(k=None, p=0.9, min_p=0.1, late=True)
    assert "top-p 0,90, min-p 0,10, cortes antes da temperatura." in widget.sentence()
    assert widget.state().startswith("w15:t=1,00,k=todos,p=0,90")


def test_the_question_is_true_for_the_thread():
    widget = table.draw_table("um")
    assert widget.question["answer"] == "cresce"
    kept = []
    for t in (1.0, 5.0):
        widget.move(t=t, p=0.9)
        kept.append(widget._solved(widget.key)[1][-1])
    assert kept[0] < kept[1]


def test_the_table_is_of_what_comes_after_the_word():
    thread = load_thread()
    widget = table.draw_table("um", thread)
    logits = thread.cache["logits"][0, thread.at("um")]
    assert widget.logits[0] == pytest.approx(float(logits.max()), abs=1e-4)
    assert widget.names[0] == thread.tokenizer.decode([int(logits.argmax())]).replace(" ", "·")


def test_the_numbers_say_who_stays_and_who_was_cut():
    told = [row[3] for row in make().move(k=3).table.rows]
    assert told == ["fica"] * 3 + ["top-k"] * 8


def test_moving_forgets_the_draws_and_refuses_what_does_not_exist():
    widget = make()
    widget.counts = [1] * 13
    widget.move(t=0.5)
    assert widget.counts == []
    for wrong in ({"t": 0.123}, {"calor": 1}):
        with pytest.raises(ValueError, match="não existe"):
            widget.move(**wrong)


def test_scale_is_stepped_and_written():
    row = table.Bar("a", 0.3, 0.1)
    assert table.scale_of([row]) == 0.5
    assert "barra inteira: 0,50" in table.table_frame([row, row])
    cut = table.table_frame([table.Bar("a", 0.0, 0.1, "top-p"), row])
    assert "fora: top-p" in cut
    assert "losango" not in cut


def test_challenges_are_met_and_not_given():
    widget = make()
    probs, steps = widget._solved(widget.start)
    assert not any(table.met(g, table.START, probs, steps[-1]) for g in table.CHALLENGES)
    for values in widget.states():
        widget.move(**values)
    assert len(widget.done) == len(table.CHALLENGES)


def test_only_min_p_means_no_other_knob():
    goal = table.CHALLENGES[2]
    alone = table.START | {"min_p": 0.5}
    probs = torch.tensor([0.5, 0.3, 0.2])
    assert table.met(goal, alone, probs, 3)
    for other in ({"t": 0.5}, {"k": 3}, {"p": 0.9}, {"min_p": 0.0}):
        assert not table.met(goal, alone | other, probs, 3)
    assert not table.met(goal, alone, probs, 1)
    assert not table.met(goal, alone, probs, 6)


def test_labels_reach_the_page_escaped():
    widget = make()
    assert "<t" not in re.sub(r"</?text", "", widget.frame().svg)
    names = list(itertools.islice(widget.names, 3))
    assert all(name.startswith("·<t") for name in names)
