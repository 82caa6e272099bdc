"""Os exploráveis da lição 02 dizem a verdade: cada quadro confere com o modelo."""

import re

import pytest
import torch
from explorable_sweep import meets, require_comments, sweep

from helpers.explorables import needle, shuffler
from helpers.explorables.needle import STAGES, needle_frame
from helpers.explorables.shuffler import PLANE, PLANE_X, PLANE_Y, shuffle_frame
from helpers.spoken import decimal, percent
from helpers.studies.thread import load_thread

WORD = shuffler.WORD


@pytest.fixture(scope="module")
def thread():
    return load_thread()


def words_in(frame):
    """Textos escritos no desenho, na ordem."""
    return re.findall(r">([^<>]+)</(?:text|tspan)>", frame.svg)


def test_needle_reads_the_row_of_the_table(thread):
    widget = needle.needle_in_the_table(thread)
    machine = needle.Needle(thread)
    sentences = set()
    for state in [dict(values) for values in sweep(widget)]:
        frame = widget.move(**state)
        sentences.add(frame.sentence)
        reading = machine.read(state["token"], state["table"])
        assert reading.gap == 0
        row = machine.table[reading.owner, : needle.COLUMNS]
        assert torch.equal(torch.tensor(reading.product), row)
        assert (reading.owner == state["token"]) == (state["table"] != "ids")
        assert f"id {reading.address}," in frame.sentence
        said = "Mas este vetor é de" in frame.sentence
        assert said == (state["stage"] == "linha" and state["table"] == "ids")
        assert [line[1] for line in frame.table.rows] == [line[2] for line in frame.table.rows]
        assert [line[0] for line in frame.table.rows] == list("01234567")
        others = {"one-hot": "e 1023 zeros", "multiplicar": "as outras 1023, por 0", "linha": ""}
        assert others[state["stage"]] in frame.sentence
    assert len(sentences) == len(list(widget.states()))


def test_needle_asks_comments_and_challenges_what_it_shows(thread):
    widget = needle.needle_in_the_table(thread)
    told = {"uma": "a linha do único 1", "metade": "um 1 só", "todas": "com peso zero"}
    require_comments(widget.question, told)
    assert widget.question["answer"] == "uma"
    other, same = meets(widget)
    assert len(other) == len(same) == len(widget.axes[0]["labels"])
    assert all("Mas este vetor é de" in widget.move(**state).sentence for state in other)
    for state in same:
        assert ". É o vetor de " in widget.move(**state).sentence
        assert f"id {state['token']}," not in widget.sentence()


def test_needle_frame_lights_one_row_and_hatches_the_others():
    values = torch.tensor([[1.0, -2.0], [3.0, 4.0], [-5.0, 6.0]])

    def frame(stage, lit=1, values=values):
        rows = ("a", "b", "c")
        return needle_frame(values.numpy(), rows, lit, stage, peak=6.0, cropped="", verdict="fim")

    for lit in range(3):
        for stage in STAGES:
            drawn = frame(stage, lit)
            keys = re.findall(r'class="(c1|box)"/><text[^>]*class="kc">(\d)', drawn)
            assert keys == [("c1", "1") if i == lit else ("box", "0") for i in range(3)]
            assert re.findall(r'class="ks b end">(.)', drawn) == ["abc"[lit]]
            dead = 0 if stage == "one-hot" else 1 + (lit == 1)
            assert drawn.count('class="hatch"') == dead
            assert ("fim" in drawn) == (stage == "linha")
    other_dead, other_lit = values.clone(), values.clone()
    other_dead[0], other_lit[1] = 5.0, 5.0
    assert frame("one-hot") != frame("one-hot", values=other_dead)
    assert frame("multiplicar") == frame("multiplicar", values=other_dead)
    assert frame("multiplicar") != frame("multiplicar", values=other_lit)


def test_only_the_lit_row_keeps_ink_and_numbers_after_the_multiplication():
    values = torch.tensor([[1.0, -2.0], [3.0, 4.0], [-5.0, 6.0]])
    for lit in range(3):
        drawn = needle_frame(
            values.numpy(), ("a", "b", "c"), lit, "multiplicar", peak=6.0, cropped="", verdict=""
        )
        top = needle.TOP + lit * needle.CELL_H
        tints = re.findall(r'<path d="M([\d.]+) ([\d.]+)h[^"]*" class="p[12]" fill-opacity', drawn)
        assert {float(y) for _, y in tints} == {top}
        assert {float(x) for x, _ in tints} == {needle.TABLE_X, needle.TABLE_X + needle.CELL_W}
        ((height, told),) = re.findall(r'<tspan x="\S+" y="(\S+)">(\S+,\d\d)<', drawn)
        assert top < float(height) < top + needle.CELL_H
        assert told == decimal(values[lit, 0].item())


def test_needle_changes_every_address_and_says_what_is_cropped(thread):
    machine = needle.Needle(thread)
    assert sorted(machine.new_id) == sorted(machine.new_id.values())
    assert all(old != new for old, new in machine.new_id.items())
    words = words_in(needle.needle_in_the_table(thread).frame())
    rows, columns = machine.table.shape
    assert f"recorte: {len(machine.ids)} de {rows} linhas, 8 de {columns} colunas" in words


def test_needle_does_not_touch_the_model(thread):
    before = thread.model.embed.W_E.detach().clone()
    machine = needle.Needle(thread)
    for token in machine.labels:
        machine.read(token, "both")
    assert torch.equal(thread.model.embed.W_E, before)


def test_needle_frame_refuses_what_it_cannot_draw():
    values = torch.zeros(2, 3).numpy()
    with pytest.raises(ValueError, match="não existe"):
        needle_frame(values, ["a", "b"], 0, "fim", peak=1.0, cropped="", verdict="")
    with pytest.raises(ValueError, match="um por linha"):
        needle_frame(values, ["a"], 0, STAGES[0], peak=1.0, cropped="", verdict="")


def test_shuffler_is_equivariant_without_positions_and_mask(thread):
    machine = shuffler.Shuffler(thread)
    for order in shuffler.ORDERS:
        for model in shuffler.MODELS:
            assert machine.gap(order, False, False, model) < shuffler.SAME
            assert len(set(machine.numbered(order, False, False, model)[1])) == 3
            if order != shuffler.WORD:
                assert machine.gap(order, True, False, model) > 0.01


def test_shuffler_orders_are_what_their_names_say():
    for name, order in shuffler.ORDERS.items():
        assert "".join(shuffler.WORD[i] for i in order) == name
        assert sorted(order) == list(range(6))


def test_shuffler_with_only_the_mask_keeps_the_last_letter(thread):
    machine = shuffler.Shuffler(thread)
    for order in ("nabana", "nanaba"):
        before, after = machine.numbered(order, False, True, "trained")
        assert after[-1] == before[-1]
        assert after != [before[i] for i in shuffler.ORDERS[order]]


def test_shuffler_tells_what_it_draws(thread):
    widget = shuffler.shuffler(thread)
    machine = shuffler.Shuffler(thread)
    for values in sweep(widget):
        state = dict(values)
        frame = widget.move(**state)
        before, after = machine.numbered(*state.values())
        order = shuffler.ORDERS[state["order"]]
        kept = sum(after[place] == before[source] for place, source in enumerate(order))
        assert f"{kept} de 6 letras" in frame.sentence
        assert frame.svg.count('class="l1"') == kept
        assert frame.svg.count('class="l2 dash"') == 6 - kept
        one = len({after[place] for place, source in enumerate(order) if source in (1, 3, 5)}) == 1
        assert ("Os três a são um só." in frame.sentence) == one
        name = {"trained": "treinado", "born": "sorteado"}[state["model"]]
        assert f"modelo {name}:" in frame.sentence
        rows = [(str(i), WORD[j], str(before[j]), str(after[i])) for i, j in enumerate(order)]
        assert list(frame.table.rows) == rows
        tags = [word for word in words_in(frame) if word.isdigit()][:12]
        assert tags[::2] == [str(one) for one in before]
        assert tags[1::2] == [str(one) for one in after]
        letters = [word for word in words_in(frame) if word[0] in "abn" and len(word) <= 2]
        marks = ["b", "a₁", "n₁", "a₂", "n₂", "a₃"]
        assert letters[::2] == marks
        assert letters[1::2] == [marks[source] for source in order]
    assert machine.models["trained"] is thread.model


def dots(svg, kind):
    """Centros dos círculos, ou dos quadrados do plano, sem a legenda."""
    if kind == "circle":
        found = re.findall(r'cx="([\d.]+)" cy="([\d.]+)" r="4.5"', svg)
        middles = [(float(x), float(y)) for x, y in found]
    else:
        found = re.findall(r'<rect x="([\d.]+)" y="([\d.]+)" width="14"', svg)
        middles = [(float(x) + 7, float(y) + 7) for x, y in found]
    return {(x, y) for x, y in middles if y < PLANE_Y + PLANE}


def test_plane_of_the_shuffler_puts_equal_outputs_on_one_point(thread):
    widget = shuffler.shuffler(thread)
    machine = shuffler.Shuffler(thread)
    for values in sweep(widget):
        state = dict(values)
        frame = widget.move(**state)
        points, kept = machine.plane(*state.values())
        before, after = machine.numbered(*state.values())
        outputs = [machine.outputs(word, *list(state.values())[1:]) for word in ("banana",)]
        outputs.append(machine.outputs(*state.values()))
        spread = torch.cat(outputs) - torch.cat(outputs).mean(0)
        flat = torch.tensor(points)
        share = flat.square().sum() / spread.square().sum()
        assert kept == pytest.approx(share.item(), abs=1e-4)
        assert f"O plano guarda {percent(share.item())} da variação." in frame.sentence
        assert f"guarda {percent(share.item())} da variação" in words_in(frame)
        for name, place in zip([*before, *after], points, strict=True):
            same = points[[*before, *after].index(name)]
            assert place == pytest.approx(same, abs=1e-3)
        names = set(before) | set(after)
        labels = [word for word in words_in(frame) if word.isdigit()]
        assert sorted(map(int, labels)) == sorted([*before, *after, *names])
        if not state["positions"] and not state["mask"]:
            assert kept == pytest.approx(1, abs=1e-6)
            assert dots(frame.svg, "circle") == dots(frame.svg, "square")
            assert len(dots(frame.svg, "circle")) == 3


def test_plane_draws_circles_for_the_word_and_squares_for_the_other():
    points = [(3.0, 0.0), (0.0, 1.5), (-3.0, 0.0), (0.0, -3.0)]
    svg = shuffle_frame("ab", [1, 0], [1, 2], [3, 4], "", points, "87%")
    reach = PLANE / 2 - 26
    middle = (PLANE_X + PLANE / 2, PLANE_Y + PLANE / 2)
    right, up = (middle[0] + reach, middle[1]), (middle[0], middle[1] - reach / 2)
    assert dots(svg, "circle") == {right, up}
    assert dots(svg, "square") == {(middle[0] - reach, middle[1]), (middle[0], middle[1] + reach)}
    with pytest.raises(ValueError, match="dois por letra"):
        shuffle_frame("ab", [1, 0], [1, 2], [3, 4], "", points[:3], "87%")


def test_labels_of_the_plane_do_not_cover_each_other(thread):
    widget = shuffler.shuffler(thread)
    for values in sweep(widget):
        svg = widget.move(**dict(values)).svg
        spots = [
            (float(x), float(y))
            for x, y in re.findall(r'<text x="([\d.]+)" y="([\d.]+)" class="kc">\d', svg)
            if float(x) > PLANE_X
        ]
        for i, (x, y) in enumerate(spots):
            assert all(abs(x - a) > 8 or abs(y - b) > 8 for a, b in spots[:i]), widget.state()


def test_question_of_the_shuffler_has_the_true_answer(thread):
    asked = shuffler.shuffler(thread).question
    assert asked["answer"] == "nenhuma"
    told = {
        "nenhuma": "lê as mesmas letras",
        "as que mudaram de lugar": "onde ela está",
        "todas": "nenhuma usa",
    }
    require_comments(asked, told)
    assert shuffler.Shuffler(thread).gap("nabana", False, False, "trained") < shuffler.SAME


def test_challenges_of_the_shuffler_ask_for_the_missing_positions(thread):
    widget = shuffler.shuffler(thread)
    nobody, last = meets(widget)
    assert {(s["positions"], s["mask"]) for s in nobody} == {(False, False)}
    assert {(s["positions"], s["mask"]) for s in last} == {(False, True)}
    assert all(state["order"] != WORD for state in nobody + last)


def test_legend_of_the_plane_names_the_marks(thread):
    svg = shuffler.shuffler(thread).frame().svg
    assert re.search(r'r="4.5" class="p1"/><text[^>]*>na palavra<', svg)
    assert re.search(r'width="14"[^>]*/><text[^>]*>embaralhada<', svg)


def test_shuffle_frame_refuses_a_repeated_place():
    with pytest.raises(ValueError, match="permutação"):
        shuffle_frame("ab", [0, 0], [1, 2], [1, 2], "", [(0, 0)] * 4, "")
