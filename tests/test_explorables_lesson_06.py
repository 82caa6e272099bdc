"""Os exploráveis da lição 06 dizem a verdade: cada quadro confere com o modelo."""

import re

import pytest
import torch
from explorable_sweep import sweep

from helpers import heads
from helpers.explorables import layer_paths, lens, streams, writers
from helpers.explorables.kit import columns, token_names
from helpers.explorables.kit.columns import Bet, compare_bets
from helpers.explorables.kit.frames import state_values
from helpers.hooks import run_with_cache
from helpers.plots import svg
from helpers.spoken import percent
from helpers.studies.thread import load_thread


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
        token, head, view = (dict(state)[name] for name in ("token", "head", "kind"))
        rows = frame.table.rows
        first = max(0, token - 11)
        for j, row in enumerate(rows, start=first):
            assert number(row[1]) == pytest.approx(float(weights[head, token, j]), abs=6e-4)
            assert number(row[2]) == pytest.approx(float(norms[head, token, j]), abs=6e-4)
        if view != "cut":
            same = weights[head, token].argmax() == norms[head, token].argmax()
            assert ("não é a que mais escreve" in frame.sentence) == (not same)
        assert (frame.svg.count("cortada") == 1) == (view == "cut")
        assert ("sem a seta" in frame.svg) == (view == "cut")
    assert widget.question["answer"] == "quase nunca"


def by_hand_without_arrow(thread, layer, head, query, key):
    """Probabilidades em `query` com uma seta a menos, tirada do fluxo peça por peça."""
    model = thread.model
    with torch.no_grad():
        _, cache = run_with_cache(model, thread.tokens)
        lost = heads.contributions(model, thread.tokens, layer, head)[0, query, key]
        mid = cache[f"blocks.{layer}.hook_resid_mid"].clone()
        mid[0, query] -= lost
        stream = mid + model.blocks[layer].mlp(model.blocks[layer].ln2(mid))
        mask = torch.ones(len(thread.ids), len(thread.ids), dtype=torch.bool).tril()
        for block in model.blocks[layer + 1 :]:
            stream = block(stream, mask)
        return (model.ln_final(stream) @ model.W_U)[0, query].softmax(-1)


@pytest.mark.parametrize("layer", [0, 1, 2])
def test_a_cut_arrow_takes_its_contribution_out_of_the_stream(thread, layer):
    whole = thread.cache["logits"][0].softmax(-1)
    norms = heads.contribution_norms(thread.model, thread.tokens)[layer, 0]
    moves = []
    for head, query in [(0, 6), (1, 6), (3, 9)]:
        key = int(norms[head, query].argmax())
        found = streams.without_arrow(thread, layer, head, query, key)
        expected = by_hand_without_arrow(thread, layer, head, query, key)
        assert torch.allclose(found, expected, atol=1e-5)
        moves.append(float((found - whole[query]).abs().max()))
    assert max(moves) > 1e-3


def test_the_cut_arrow_is_the_largest_and_the_bet_is_the_one_measured(thread):
    layer = streams.busiest_layer(thread)
    widget = streams.moving_information(thread, layer)
    names = token_names.unique_labels(token_names.token_labels(thread))
    norms = heads.contribution_norms(thread.model, thread.tokens)[layer, 0]
    weights = heads.attention_patterns(thread.model, thread.tokens)[layer, 0]
    whole = thread.cache["logits"][0].softmax(-1)
    for values in widget.states():
        token, head = values["token"], values["head"]
        if values["kind"] != "cut":
            continue
        said = widget.move(**values).sentence
        key = int(norms[head, token].argmax())
        assert f"a seta de “{names[key]}” até “{names[token]}”" in said
        left = 1 - float(weights[head, token, key])
        assert f"somam {left:.2f}".replace(".", ",") in said
        after = streams.without_arrow(thread, layer, head, token, key)
        assert compare_bets(thread, whole[token], after).told() in said


def test_the_largest_arrow_alone_almost_never_changes_the_first_bet(thread):
    for layer in range(thread.model.config.n_layers):
        widget = streams.moving_information(thread, layer)
        cuts = [values for values in widget.states() if values["kind"] == "cut"]
        lost = sum("a primeira passa a ser" in widget.move(**one).sentence for one in cuts)
        assert lost < 0.1 * len(cuts)
        assert all(f"{lost} de {len(cuts)} vezes" in said for said in widget.question["comments"])


def test_a_bet_says_when_another_token_takes_the_first_place():
    start = f"A aposta em “a” vai de {percent(0.79)} a "
    kept = Bet("a", 0.79, 0.7, "a", 0.7)
    assert kept.told() == f"{start}{percent(0.7)} e continua a primeira."
    lost = Bet("a", 0.79, 0.1, "b", 0.6).told()
    assert lost == f"{start}{percent(0.1)}, e a primeira passa a ser “b”, com {percent(0.6)}."


def test_bets_compare_the_same_token(thread):
    before, after = torch.tensor([0.1, 0.7, 0.2]), torch.tensor([0.5, 0.3, 0.2])
    bet = compare_bets(thread, before, after)
    assert (bet.before, bet.after, bet.winning) == pytest.approx((0.7, 0.3, 0.5))
    assert (bet.favourite, bet.winner) == tuple(token_names.token_text(thread, i) for i in (1, 0))


def test_rows_of_the_weights_sum_to_one(thread):
    widget = streams.moving_information(thread, 0)
    for values in widget.states():
        rows = widget.move(**values).table.rows
        if len(rows) == values["token"] + 1:
            assert sum(number(row[1]) for row in rows) == pytest.approx(1, abs=0.01)


def states_that_meet(widget, number_of_challenge):
    keys = widget.challenges[number_of_challenge]["keys"]
    return [state_values(widget._axes, key) for key in keys]


def moved_by(widget, **values):
    """Quantos pontos a aposta sobe no quadro, lidos da frase."""
    found = re.search(r"vai de (\d+)\s% a (\d+)\s%", widget.move(**values).sentence)
    before, after = map(int, found.groups())
    return after - before


def test_challenges_ask_for_what_the_frames_show(thread):
    widget = streams.moving_information(thread)
    for values in states_that_meet(widget, 0):
        frame = widget.move(**values)
        assert values["kind"] == "norm"
        assert "não é a que mais escreve" in frame.sentence
    (cut,) = states_that_meet(widget, 1)
    cuts = [values for values in widget.states() if values["kind"] == "cut"]
    assert abs(moved_by(widget, **cut)) == max(abs(moved_by(widget, **one)) for one in cuts)

    widget = layer_paths.streams_through_layers(thread)
    falls = {
        tuple(one.items()): moved_by(widget, **one)
        for one in widget.states()
        if one["model"].startswith("attn")
    }
    asked = [tuple(one.items()) for one in states_that_meet(widget, 0)]
    assert {falls[one] for one in asked} == {min(falls.values())}

    def n_sources(values):
        said = widget.move(**values).sentence
        return int(re.search(r"elas saem: (\d+)", said)[1])

    shuffled = [one for one in widget.states() if one["model"] == "shuffled"]
    most = max(map(n_sources, shuffled))
    assert states_that_meet(widget, 1) == [one for one in shuffled if n_sources(one) == most]

    widget = lens.logit_lens(thread)
    for number_of_challenge, mark in enumerate(("está no lugar 1.", "")):
        for values in states_that_meet(widget, number_of_challenge):
            assert mark in widget.move(**values).sentence
            told = widget.move(**values).table.rows[values["height"]][1]
            assert number_of_challenge == 0 or told.endswith("↓")

    widget = writers.who_wrote_what(thread)
    gaps = [one for one in widget.states() if (one["target"], one["account"]) == ("gap", "all")]

    def gap(values):
        said = widget.move(**values).sentence
        return number(re.search(r"somam (\S+), o que", said)[1])

    gaps.sort(key=gap)
    assert gaps[-1] in states_that_meet(widget, 0)
    assert {one["token"] for one in states_that_meet(widget, 0)} == {gaps[-1]["token"]}


def test_names_of_tokens_show_the_space_and_the_mark(thread):
    labels = token_names.token_labels(thread)
    assert labels[0] == token_names.token_text(thread, thread.ids[0]) == "¶"
    assert labels[2] == "·João"
    assert token_names.unique_labels(["a", "b", "a", "a"]) == ("a", "b", "a (2º)", "a (3º)")


def test_arrows_follow_the_largest_and_never_the_future():
    moved = torch.tensor(
        [
            [[1.0, 9, 9], [0.9, 0.1, 9], [0.2, 1.0, 0.1]],
            [[1.0, 9, 9], [0.1, 1.0, 9], [0.3, 1.0, 0.2]],
        ]
    )
    found = layer_paths.arrows_into(moved, token=2, cut=0.5)
    assert found[1] == [(1, 2, 1.0)]
    assert [(a, b) for a, b, _ in found[0]] == [(0, 1), (1, 2)]
    many = torch.ones(1, 30, 30).tril()
    assert len(layer_paths.arrows_into(many, 29, 0.5)[0]) == layer_paths.PER_LAYER
    moved[1] = 0  # uma atenção que não escreve não tem setas, e não muda por onde se passou
    assert layer_paths.arrows_into(moved, 2, 0.5) == [[(1, 2, 1.0)], []]


def test_broken_models_are_broken_as_they_say_and_the_original_is_whole(thread):
    before = [weight.clone() for weight in thread.model.parameters()]
    models = layer_paths.broken_models(thread.model)
    n_layers, n_heads = thread.model.config.n_layers, thread.model.config.n_heads
    for layer in range(n_layers):
        whole_layer = [(layer, head) for head in range(n_heads)]
        expected = heads.ablate(thread.model, thread.tokens, whole_layer)
        with torch.no_grad():
            assert torch.allclose(models[f"attn{layer}"](thread.tokens), expected, atol=1e-5)
    with torch.no_grad():
        logits, cache = run_with_cache(models["no_sums"], thread.tokens)
        assert torch.equal(models["whole"](thread.tokens), thread.model(thread.tokens))
    for layer in range(n_layers):
        for stage, write in (("mid", "attn"), ("post", "mlp")):
            state = cache[f"blocks.{layer}.hook_resid_{stage}"]
            assert torch.equal(state, cache[f"blocks.{layer}.hook_{write}_out"])
    assert not torch.allclose(logits, thread.cache["logits"], atol=0.1)
    shuffled = models["shuffled"].blocks[1].attn.W_O.flatten()
    trained = thread.model.blocks[1].attn.W_O.flatten()
    assert torch.equal(shuffled.sort().values, trained.sort().values)
    assert not torch.equal(shuffled, trained)
    assert all(map(torch.equal, before, thread.model.parameters()))


def test_streams_tell_how_many_arrows_they_draw(thread):
    widget = layer_paths.streams_through_layers(thread)
    models = layer_paths.broken_models(thread.model)
    bets = {}
    with torch.no_grad():
        for kind, model in models.items():
            bets[kind] = model(thread.tokens)[0].softmax(-1)
    moved = {kind: layer_paths.moved_between(m, thread.tokens) for kind, m in models.items()}
    for state, frame in sweep(widget).items():
        token, kind = dict(state)["token"], dict(state)["model"]
        assert f": {frame.svg.count('stroke-width:')} (bloco 0" in frame.sentence
        arrows = layer_paths.arrows_into(moved[kind], token, dict(state)["cut"])
        sources = {a for layer in arrows for a, _, _ in layer} - {token}
        assert f"elas saem: {len(sources)}." in frame.sentence
        assert [row[1].count("→") for row in frame.table.rows] == [len(one) for one in arrows]
        assert ("não aprendeu nada" in frame.sentence) == (kind == "shuffled")
        assert ("calado" in frame.svg) == kind.startswith("attn")
        stumps = 4 * len(thread.ids) + 1  # quatro tocos por coluna, e o traço do painel
        assert (frame.svg.count('class="line"') == stumps) == (kind == "no_sums")
        assert f">{'Modelo inteiro' if kind == 'whole' else 'em primeiro'}" in frame.svg
        told = compare_bets(thread, bets["whole"][token], bets[kind][token]).told()
        assert (told in frame.sentence) == (kind != "whole")
    layer, total = 1, 0
    for head in range(thread.model.config.n_heads):
        total = total + heads.contributions(thread.model, thread.tokens, layer, head)[0]
    assert torch.allclose(moved["whole"][layer], total.norm(dim=-1), atol=1e-4)


def test_a_silent_attention_draws_no_arrow_in_its_block(thread):
    widget = layer_paths.streams_through_layers(thread)
    for layer in range(thread.model.config.n_layers):
        for cut in layer_paths.CUTS:
            frame = widget.move(model=f"attn{layer}", cut=cut)
            assert f"bloco {layer}: 0" in frame.sentence
            assert frame.table.rows[layer] == (str(layer), "nenhuma")


def test_losing_the_sums_costs_more_than_losing_one_attention(thread):
    widget = layer_paths.streams_through_layers(thread)
    asked = widget.question
    assert asked["answer"] == "as somas, deixando as setas"
    models = layer_paths.broken_models(thread.model)
    token = widget.values()["token"]
    favourite = int(thread.cache["logits"][0, token].argmax())
    with torch.no_grad():
        after = {
            kind: float(model(thread.tokens)[0, token].softmax(-1)[favourite])
            for kind, model in models.items()
        }
    assert after["no_sums"] < 0.01 < 0.5 < min(after["attn0"], after["attn2"])
    for kind in ("whole", "attn0", "attn2", "no_sums"):
        assert all(percent(after[kind]) in comment for comment in asked["comments"])


def test_what_the_lesson_says_of_the_breaks_is_what_they_do(thread):
    widget = layer_paths.streams_through_layers(thread)
    kept = [
        "continua a primeira" in widget.move(**values).sentence
        for values in widget.states()
        if values["model"].startswith("attn")
    ]
    assert sum(kept) > 0.8 * len(kept)  # “a primeira aposta costuma continuar a mesma”
    widget = streams.moving_information(thread)
    moves = []
    for values in widget.states():
        if values["kind"] == "cut":
            moves.append(abs(moved_by(widget, **values)))
    assert sum(move <= 2 for move in moves) > 0.9 * len(moves)  # “mal se mexe”
    assert max(moves) > 10


def test_shuffled_weights_also_draw_arrows(thread):
    widget = layer_paths.streams_through_layers(thread)
    frame = widget.move(cut=layer_paths.CUTS[-1], model="shuffled")
    assert "“ão”: 0 (" not in frame.sentence


def test_last_height_of_the_lens_is_the_model(thread):
    read = lens.read_stream(thread, "norm")
    assert torch.allclose(read[-1], thread.cache["logits"][0].softmax(-1), atol=1e-4)
    raw = lens.read_stream(thread, "raw")
    assert raw.shape == read.shape
    assert not torch.allclose(raw[-1], read[-1], atol=1e-2)
    untrained = heads.shuffled_weights(thread.model, torch.Generator().manual_seed(0))
    expected = heads.logit_lens(untrained, thread.tokens)[:, 0].softmax(-1)
    assert torch.allclose(lens.read_stream(thread, "shuffled"), expected, atol=1e-5)


def test_lens_tells_what_the_helper_reads(thread):
    widget = lens.logit_lens(thread)
    reads = {kind: lens.read_stream(thread, kind) for kind in lens.READINGS}
    for state, frame in sweep(widget).items():
        values = dict(state)
        token, height = values["token"], values["height"]
        read = reads[values["reading"]]
        if values["reading"] != "raw":
            best = read[height, token].max()
            assert percent(float(best)) in frame.sentence
            true = thread.ids[token + 1]
            rank = int((read[height, token] > read[height, token, true]).sum()) + 1
            assert f"está no lugar {rank}." in frame.sentence
        came = token_names.token_text(thread, thread.ids[token + 1])
        assert f"O token que veio, “{came}”" in frame.sentence
        assert ("régua é outra" in frame.sentence) == (values["reading"] == "raw")
        assert ("nada aqui veio do treino" in frame.sentence) == (values["reading"] == "shuffled")


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


def test_no_bar_leaves_the_drawing(thread):
    widget = writers.who_wrote_what(thread)
    for values in widget.states():
        bars = re.findall(r'd="(M[^"]+)" class="(?:p1|c2)"', widget.move(**values).svg)
        assert len(bars) == (6 if values["account"] == "top" else 18)
        for bar in bars:
            start, width = re.match(r"M(\S+) \S+h([\d.]+)v", bar).groups()
            assert float(start) >= writers.LEFT
            assert float(start) + float(width) <= svg.WIDTH - writers.RIGHT + 1


def test_who_wrote_what_says_the_largest_and_whether_it_closes(thread):
    widget = writers.who_wrote_what(thread)
    table, names = writers.attributions(thread), writers.component_names(thread)
    rulers = {}
    for state, frame in sweep(widget).items():
        values = dict(state)
        found = table[values["target"], values["account"]][0][:, values["token"]]
        assert f"a favor: {names[int(found.argmax())]}" in frame.sentence or (
            values["account"] == "top"
        )
        if values["account"] == "top":
            five = {names[int(i)] for i in found.abs().topk(5).indices}
            assert {row[0] for row in frame.table.rows} == five | {"todo o resto"}
        else:
            assert f"Contra: {names[int(found.argmin())]}" in frame.sentence
        opened = "não fecha" in frame.sentence
        assert len(frame.table.rows) == (6 if values["account"] == "top" else 12)
        assert opened == (values["account"] == "raw")
        assert opened == ("não fecha com o modelo" in frame.svg)
        ruler = re.search(r"régua: de (\S+) a ([^<]+)<", frame.svg)
        low, high = map(number, ruler.groups())
        rows = found.cumsum(0) if values["account"] != "top" else torch.zeros(1)
        total = float(table[values["target"], "all"][1][values["token"]])
        assert low <= min(0, total, float(rows.min())) + 0.01
        assert high >= max(0, total, float(rows.max())) - 0.01
        rulers.setdefault((values["token"], values["target"] == "gap", opened), set()).add(
            ruler.groups()
        )
    assert all(len(one) == 1 for one in rulers.values())
    assert widget.question["answer"] == "há quem empurre contra"
    assert (table["true", "all"][0] < 0).any()


def test_ribbons_are_opaque_and_never_thinner_than_a_line():
    for share in (0.0, 0.05, 1.0):
        drawn = columns.ribbon(0, 0, 9, 9, columns.thickness(share))
        assert "opacity" not in drawn
        assert int(re.search(r"stroke-width:(\d+)", drawn)[1]) >= 2
