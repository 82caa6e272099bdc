"""Os exploráveis da lição 06 dizem a verdade: cada quadro confere com o modelo."""

import pytest
import torch
from explorable_sweep import sweep

from helpers import heads
from helpers.explorables import lens, streams, writers
from helpers.thread import load_thread


@pytest.fixture(scope="module")
def thread():
    return load_thread()


def number(text):
    return float(text.replace("−", "-").replace(",", "."))


def test_what_moves_agrees_with_the_contributions(thread):
    layer = streams.busiest_layer(thread)
    widget = streams.moving_information(thread, layer)
    norms = heads.contribution_norms(thread.model, thread.tokens)[layer, 0]
    weights = heads.attention_patterns(thread.model, thread.tokens)[layer, 0]
    for state, frame in sweep(widget).items():
        token, head = dict(state)["token"], dict(state)["head"]
        rows = frame.table.rows
        first = max(0, token - 11)
        for j, row in enumerate(rows, start=first):
            assert number(row[1]) == pytest.approx(float(weights[head, token, j]), abs=6e-4)
            assert number(row[2]) == pytest.approx(float(norms[head, token, j]), abs=6e-4)
        same = weights[head, token].argmax() == norms[head, token].argmax()
        assert ("não é a que mais escreve" in frame.sentence) == (not same)
    assert widget.question["answer"] == "nem sempre"


def test_rows_of_the_weights_sum_to_one(thread):
    widget = streams.moving_information(thread, 0)
    for values in widget.states():
        rows = widget.move(**values).table.rows
        if len(rows) == values["token"] + 1:
            assert sum(number(row[1]) for row in rows) == pytest.approx(1, abs=0.01)


def test_arrows_follow_the_largest_and_never_the_future():
    moved = torch.tensor(
        [
            [[1.0, 9, 9], [0.9, 0.1, 9], [0.2, 1.0, 0.1]],
            [[1.0, 9, 9], [0.1, 1.0, 9], [0.3, 1.0, 0.2]],
        ]
    )
    found = streams.arrows_into(moved, token=2, cut=0.5)
    assert found[1] == [(1, 2, 1.0)]
    assert [(a, b) for a, b, _ in found[0]] == [(0, 1), (1, 2)]
    many = torch.ones(1, 30, 30).tril()
    assert len(streams.arrows_into(many, 29, 0.5)[0]) == streams.PER_LAYER


def test_streams_tell_how_many_arrows_they_draw(thread):
    widget = streams.streams_through_layers(thread)
    moved = streams.moved_between(thread)
    for state, frame in sweep(widget).items():
        assert f"{frame.svg.count('stroke-width:')} setas" in frame.sentence
        shuffled = dict(state)["weights"] == "shuffled"
        assert ("não aprendeu nada" in frame.sentence) == shuffled
    layer, total = 1, 0
    for head in range(thread.model.config.n_heads):
        total = total + heads.contributions(thread.model, thread.tokens, layer, head)[0]
    assert torch.allclose(moved[layer], total.norm(dim=-1), atol=1e-4)


def test_shuffled_weights_also_draw_arrows(thread):
    widget = streams.streams_through_layers(thread)
    token = widget.values()["token"]
    frame = widget.move(token=token, cut=streams.CUTS[-1], weights="shuffled")
    assert "chegam 0 setas" not in frame.sentence


def test_last_height_of_the_lens_is_the_model(thread):
    read = lens.read_stream(thread, "norm")
    assert torch.allclose(read[-1], thread.cache["logits"][0].softmax(-1), atol=1e-4)
    raw = lens.read_stream(thread, "raw")
    assert raw.shape == read.shape
    assert not torch.allclose(raw[-1], read[-1], atol=1e-2)


def test_lens_tells_what_the_helper_reads(thread):
    widget = lens.logit_lens(thread)
    read = heads.logit_lens(thread.model, thread.tokens)[:, 0].softmax(-1)
    for state, frame in sweep(widget).items():
        values = dict(state)
        token, height = values["token"], values["height"]
        if values["reading"] == "norm":
            best = read[height, token].max()
            assert f"{float(best):.0%}" in frame.sentence
            true = thread.ids[token + 1]
            rank = int((read[height, token] > read[height, token, true]).sum()) + 1
            assert f"está no posto {rank}." in frame.sentence
        assert ("régua é outra" in frame.sentence) == (values["reading"] == "raw")


def test_ranks_count_from_one_and_say_where_they_go():
    probabilities = torch.tensor([0.1, 0.6, 0.3])
    assert [lens.rank_of(probabilities, i) for i in range(3)] == [3, 1, 2]
    assert lens.rank_story([9, 4, 4, 6]) == ["9º", "4º ↑", "4º", "6º ↓"]


def test_parts_sum_to_the_logit_and_stop_closing_without_the_norm(thread):
    table = writers.attributions(thread)
    logits = thread.cache["logits"][0]
    for wanted in writers.WANTED:
        values, totals = table[wanted, "all"]
        assert len(values) == len(writers.component_names(thread))
        assert torch.allclose(values.sum(0), totals, atol=2e-3)
        raw, _ = table[wanted, "raw"]
        assert (raw.sum(0) - totals).abs().max() > 0.5
    true = torch.tensor([*thread.ids[1:], thread.ids[0]])
    expected = logits.gather(-1, true[:, None])[:, 0]
    assert torch.allclose(table["true", "all"][1], expected, atol=1e-3)
    gap = table["true", "all"][1] - table["rival", "all"][1]
    assert torch.allclose(table["gap", "all"][1], gap, atol=1e-3)


def test_who_wrote_what_says_the_largest_and_whether_it_closes(thread):
    widget = writers.who_wrote_what(thread)
    table, names = writers.attributions(thread), writers.component_names(thread)
    for state, frame in sweep(widget).items():
        values = dict(state)
        found = table[values["target"], values["account"]][0][:, values["token"]]
        assert f"a favor: {names[int(found.argmax())]}" in frame.sentence or (
            values["account"] == "top"
        )
        opened = "não fecha" in frame.sentence
        assert opened == (values["account"] == "raw")
        assert opened == ("não fecha com o modelo" in frame.svg)
    assert widget.question["answer"] == "há quem empurre contra"
    assert (table["true", "all"][0] < 0).any()
