"""Os exploráveis da lição 10: o navegador compõe o que o Python compõe, e os números se refazem."""

import re
from functools import partial
from itertools import product

import pytest
import torch
from explorable_sweep import meets, sweep
from javascript import run

from helpers import heads
from helpers.explorables import hypothesis_bench, patch_board
from helpers.explorables.kit import frames
from helpers.explorables.kit.frames import Axis, Challenge, Numbers, Opening
from helpers.explorables.kit.layers import Caption, Layer, Layered
from helpers.heads.hypothesis import PLACES, Hypothesis, HypothesisTest
from helpers.hooks import run_with_cache, run_with_edits
from helpers.studies import hypotheses
from helpers.studies.thread import load_thread


@pytest.fixture(scope="module")
def board():
    return patch_board.patching_board()


def in_browser(widget, keys):
    """O quadro de cada chave, como `layers.js` o compõe."""
    data = {name: getattr(widget, name) for name in ("axes", "layers", "rows", "at", "said")}
    program = "console.log(JSON.stringify(given.keys.map((key) => composed(given.data, key))))"
    return run(["spoken.js", "layers.js"], program, {"data": data, "keys": keys})


def require_parity(widget, keys):
    """O que o navegador compõe é, letra a letra, o que o Python compõe."""
    for key, seen in zip(keys, in_browser(widget, keys), strict=True):
        widget.key = key
        frame = widget.frame()
        assert seen["svg"] == [frame.svg]
        assert seen["sentence"] == frame.sentence
        assert seen["table"] == [list(row) for row in (frame.table.header, *frame.table.rows)]


def layered(rows=((0, -150, 3), (0, 0, 1), (1, 100, 3), (0, 0, 1)), **options):
    """Dois controles de dois valores e quatro estados."""
    axes = [Axis("a", "lado", ("x", "y")), Axis("b", "tom", (0, 1), ("claro", "escuro"))]
    layers = [
        Layer((), {"": '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">'}),
        Layer(("b", 2), {"0,3": '<path d="M{2} 0"/>'}),
        Layer((), {"": "</svg>"}),
    ]
    said = [
        Caption("{a0}, {a1}: {1:} e {2}", Numbers(("n",), (("{1:}",),))),
        Caption("outro {a1}", Numbers(("n",), (("{2}",),))),
    ]
    asked = Opening("?", ("a", "b"), "a", ("", ""))
    given = {"name": "ex", "title": "t", "question": asked} | options
    return Layered(axes, layers, rows, said, "Exemplo", **given)


def test_layers_are_joined_the_same_way_here_and_there():
    widget = layered(challenges=[Challenge("y", lambda a, b: a == "y")])
    assert widget.sentence() == "x, claro: −1,50 e 3"
    assert '<path d="M3 0"/>' in widget.picture_svg()
    assert widget.move(a="y", b=1).sentence == "y, escuro: 0,00 e 1"
    assert "<path" not in widget.picture_svg()
    assert (widget.done, widget.rows) == ([0], [[0, -150, 3], [0, 0, 1], [1, 100, 3]])
    require_parity(widget, ["0,0", "0,1", "1,0", "1,1"])
    assert in_browser(widget, ["7,0"]) == [None]


def test_rows_that_do_not_match_the_states_and_heavy_layers_are_refused():
    with pytest.raises(ValueError, match="São 4 estados e 3 linhas"):
        layered(rows=((0, 0, 0),) * 3)
    with pytest.raises(ValueError, match="o limite é 150000"):
        layered(rows=[(0,) * 40_000 + (i,) for i in range(4)])


@pytest.mark.slow
def test_every_patch_has_its_frame_and_the_browser_draws_the_same(board):
    assert len(sweep(board)) == 2 * 18 * 8
    keys = [f"{pair},{place},{at}" for pair in (0, 1) for place in range(18) for at in range(8)]
    require_parity(board, keys[::7])


def test_board_shows_what_patching_by_hand_gives(board):
    thread = load_thread()
    model, tokenizer = thread.model, thread.tokenizer
    clean = patch_board.CLEAN
    for kind, (_, text) in patch_board.PAIRS.items():
        pair = heads.text_pairs(model, tokenizer, [(clean, text)], [("Bia", "Ana")])
        pieces = [tokenizer.decode([i]).strip() for i in pair.clean[0].tolist()]
        at = pieces.index("Bia")
        for place, name in (
            ("entrada", "blocks.0.hook_resid_pre"),
            ("atenção 1", "blocks.1.hook_resid_mid"),
        ):
            share = heads.patch(model, pair, name, at).item()
            board.move(pair=kind, place=board._axes[1].labels.index(place), position=5)
            assert abs(board.row()[1] - 100 * share) <= 0.51
            assert f"Remendo em “Bia”, {place}" in board.sentence()
        # A resposta dita é a que o modelo dá, entre todas as do vocabulário.
        with torch.no_grad():
            _, cache = run_with_cache(model, pair.clean, name)
            edit = partial(_copied, clean=cache[name], at=at)
            logits = run_with_edits(model, pair.corrupted, {name: edit})[0, -1]
        answer = tokenizer.decode([int(logits.argmax())]).strip()
        assert board.sentence().endswith(f"responde {answer}.")


def _copied(value, clean, at):
    value = value.clone()
    value[:, at] = clean[:, at]
    return value


def test_challenges_of_the_board_are_the_circuit(board):
    whole, head, names = meets(board)
    labels = board._axes[1].labels, board._axes[2].labels
    assert {labels[1][one["position"]] for one in whole} == {"Bia"}
    assert {labels[1][one["position"]] for one in (*head, *names)} == {"?"}
    assert {labels[0][one["place"]].split(".")[0] for one in (*head, *names)} == {"cabeça 2"}


# ------------------------------------------------------------------ bancada


@pytest.fixture(scope="module")
def bench():
    return hypothesis_bench.hypothesis_bench()


def led(widget):
    """Os estados a que as áreas do desenho levam."""
    found = []
    for go in re.findall('data-go="([^"]*)"', widget.picture_svg()):
        places = widget.key.split(",")
        for axis, place in (pair.split("=") for pair in go.split(",")):
            places[int(axis)] = place
        found.append(",".join(places))
    return found


@pytest.mark.slow
def test_every_control_of_the_bench_moves_and_the_browser_draws_the_same(bench):
    assert len(sweep(bench)) > 80
    require_parity(bench, [frames.state_key(bench._axes, one) for one in list(bench.states())[::5]])


def test_bench_says_what_the_sentences_said():
    # As medidas guardadas são as que se refazem: um caminho que passa, um que não, e a carona.
    thread = load_thread()
    test = HypothesisTest(thread.model, thread.tokenizer, hypotheses.N, hypotheses.SEED)
    rows, at = hypotheses.load_bench()
    keys = list(product(hypotheses.WRITERS, PLACES, heads.DOORS, hypotheses.SETS))
    saved = {key: rows[i] for key, i in zip(keys, at, strict=True)}
    for writers, place, door in (
        ((1, (0, 1, 2, 3)), "second", "k"),
        ((1, (2,)), "second", "k"),
        ((0, (1, 3)), "end", "q"),
        ((1, (1, 2)), "preposition", "v"),
    ):
        measured = hypotheses.measure(test, *writers, place, door)
        assert measured == [saved[writers, place, door, one] for one in hypotheses.SETS]
    layer, heads_of = writers
    hypothesis = Hypothesis(tuple((layer, h) for h in heads_of), place, door, ((2, 2), (2, 3)))
    verdict = test.check(hypothesis)
    assert (verdict.why, round(100 * verdict.forth.mean)) == (
        measured[hypotheses.SETS.index((2, 3))].why,
        measured[hypotheses.SETS.index((2, 3))].shares[0],
    )


def test_opening_of_the_bench_is_answered_by_the_sentences(bench):
    assert bench.question["answer"] == "não, a nenhuma"
    for door in heads.DOORS:
        bench.move(writers=(0, (0, 1, 2, 3)), place="verb", door=door, readers=(0, 1, 2, 3))
        assert bench.row()[5:7] == [0, 0]


def test_pressing_a_head_of_the_bench_puts_it_in_or_takes_it_out(bench):
    bench.move(writers=(1, (1, 2)), place="second", door="k", readers=(2, 3))
    found = [frames.state_values(bench._axes, key) for key in led(bench)]
    writers = {one["writers"] for one in found}
    assert writers == {(1, (1, 2)), (1, (0, 1, 2)), (1, (2,)), (1, (1,)), (1, (1, 2, 3))} | {
        (0, (head,)) for head in range(4)
    }
    assert {one["readers"] for one in found} == {(2, 3), (0, 2, 3), (1, 2, 3), (3,), (2,)}
    assert {one["place"] for one in found} == set(PLACES)
    bench.move(writers=(1, (1,)))
    # A última cabeça não se tira: a hipótese ficaria sem quem escreve.
    assert all(frames.state_values(bench._axes, key)["writers"][1] for key in led(bench))


def test_bench_opens_where_the_line_says_and_challenges_can_be_met(bench):
    bench.move(writers=(1, (0, 1, 2)), place="second", door="k", readers=(1, 2))
    line = bench.state()
    assert hypothesis_bench.hypothesis_bench(state=line).key == bench.key
    sustained, small, undecided = meets(bench)
    assert {(one["place"], one["door"]) for one in sustained} == {("second", "k")}
    assert {one["writers"] for one in small} == {(1, (1, 2))}
    assert undecided
    opening = hypothesis_bench.hypothesis_bench()
    assert opening.sentence().startswith(
        "De 1.2, no segundo nome, até a porta K de 2.2: o papel. Refutada. Passa uma parte, 0,25"
    )
    assert opening.done == []


def test_board_opens_on_a_number_and_its_question_is_not_answered_there(board):
    opening = patch_board.patching_board()
    assert opening.sentence().startswith("Remendo em “deu”, entrada: volta 0,58")
    assert opening.done == []
    assert opening.question["answer"] == "no segundo nome"
    found = {}
    for position, said in enumerate(board._axes[2].labels):
        board.move(pair="names", place=0, position=position)
        found[said] = board.row()[1]
    assert found.pop("Bia") > 90
    assert max(map(abs, found.values())) < 10


def test_board_leads_to_every_cell_and_head(board):
    board.move(pair="role", place=0, position=0)
    reached = {tuple(map(int, key.split(","))) for key in led(board)}
    cells = {(0, place, at) for place, at in product(range(6), range(8))}
    assert reached == cells | {(0, place, 0) for place in range(6, 18)}


def test_both_remember_where_they_were_left(progress_file):
    for factory in (patch_board.patching_board, hypothesis_bench.hypothesis_bench):
        first = factory()
        key = ",".join("1" for _ in first._axes)
        first.set_state({"key": key, "kept": key, "guess": first.question["options"][0]})
        again = factory()
        assert (again.key, again.guess) == (key, first.question["options"][0])
        progress_file.unlink()
