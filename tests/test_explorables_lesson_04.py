"""Os exploráveis da lição 04 dizem a verdade: cada quadro confere com a conta refeita à parte."""

import re
from math import sqrt

import pytest
import torch

from helpers.attention import attention_pattern, causal_mask
from helpers.explorables import score_stages, thermometer
from helpers.spoken import decimal


def words_in(frame):
    """Textos escritos no desenho, na ordem."""
    return re.findall(r">([^<>]+)</(?:text|tspan)>", frame.svg)


@pytest.fixture(scope="module")
def stages():
    return score_stages.score_to_weight()


def test_stages_show_the_weights_of_the_course_module(stages):
    found = score_stages.first_tokens()
    raw = found.q @ found.k.T
    past = causal_mask(len(raw))
    for values in stages.states():
        frame = stages.move(**values)
        scores = raw / sqrt(found.q.shape[1]) if values["scale"] else raw
        shown = [float(row[3].replace(",", ".")) for row in frame.table.rows]
        if values["axis"] == "key":
            expected = attention_pattern(scores, past, values["mask"])[values["row"]]
        else:
            expected = attention_pattern(scores.T, past.T, values["mask"]).T[values["row"]]
        assert shown == pytest.approx(expected.tolist(), abs=6e-4), stages.state()
        assert f"A linha soma {decimal(expected.sum().item())}" in frame.sentence


def test_only_minus_infinity_on_the_keys_passes_the_leak_test(stages):
    safe = set()
    for values in stages.states():
        if "Não vazou" in stages.move(**values).sentence:
            safe.add((values["mask"], values["axis"]))
        else:
            assert "Vazou." in stages.sentence()
    assert safe == {("minus_inf", "key")}


def test_softmax_over_the_queries_leaks_in_every_row_even_with_minus_infinity(stages):
    assert stages.question["answer"] == "vaza em todas as linhas"
    found = score_stages.first_tokens()
    outputs = []
    for source in (-1, 0):
        q, k, v = (torch.cat([part[:-1], part[source][None]]) for part in found[:3])
        outputs.append(score_stages.weigh(q @ k.T, "minus_inf", True, "query", q.shape[1])[2] @ v)
    assert ((outputs[0] - outputs[1]).abs().amax(-1) > 1e-4).all()


def test_default_stages_repeat_what_the_model_computed(stages):
    found = score_stages.first_tokens()
    thread = score_stages.load_thread()
    pattern = thread.cache[f"blocks.{found.layer}.attn.hook_pattern"][0, found.head]
    frame = stages.move(row=3, mask="minus_inf", scale=True, axis="key")
    shown = [float(row[3].replace(",", ".")) for row in frame.table.rows]
    assert shown == pytest.approx(pattern[3, :4].tolist(), abs=6e-4)
    assert frame.sentence.startswith(f"Camada {found.layer}, cabeça {found.head}.")


def test_head_of_the_stages_is_the_most_spread(stages):
    found, thread = score_stages.first_tokens(), score_stages.load_thread()
    spread = {}
    for layer in range(len(thread.model.blocks)):
        for head, table in enumerate(thread.cache[f"blocks.{layer}.attn.hook_pattern"][0]):
            rows = [row[: i + 1] for i, row in enumerate(table[: score_stages.N_TOKENS])]
            spread[layer, head] = sum(-(row * row.log()).sum().item() for row in rows)
    assert max(spread, key=spread.get) == (found.layer, found.head)


def test_columns_sum_to_one_only_when_the_softmax_runs_over_them(stages):
    frame = stages.move(row=1, mask="none", scale=True, axis="query")
    assert "são as colunas que somam 1" in frame.sentence
    assert words_in(frame)[-4:] == ["1,00"] * 4
    frame = stages.move(axis="key")
    assert words_in(frame)[-9:-5] == ["1,00"] * 4
    assert "colunas" not in frame.sentence


def test_future_share_is_said_with_its_size(stages):
    frame = stages.move(row=0, mask="zero_scores", scale=True, axis="key")
    weights = [float(row[3].replace(",", ".")) for row in frame.table.rows]
    share = r"Vão (\d+)\s% do peso dela para o futuro"
    assert int(re.search(share, frame.sentence)[1]) == pytest.approx(
        100 * sum(weights[1:]), abs=0.6
    )
    for values in stages.states():  # também onde a linha não soma 1
        found = re.search(share, stages.move(**values).sentence)
        assert found is None or 0 < int(found[1]) <= 100
    stages.move(row=0, mask="zero_scores", scale=True, axis="key")
    assert "futuro" not in stages.move(row=3, mask="none").sentence


def met(widget, number):
    """Estados que cumprem um desafio, com a frase de cada um."""
    return [
        (values, frame.sentence)
        for values in widget.states()
        for frame in [widget.move(**values)]
        if widget.key in widget.challenges[number]["keys"]
    ]


def test_challenges_are_met_where_the_sentence_says_so(stages):
    last = len(score_stages.first_tokens().names) - 1
    for values, said_there in met(stages, 0):
        assert values["row"] == last
        assert "Não vazou" in said_there
    for _, said_there in met(stages, 1):
        assert "O futuro tem peso zero" in said_there
        assert "Vazou." in said_there
    widget = thermometer.thermometer()
    assert all("quase não recebe gradiente" in said_there for _, said_there in met(widget, 0))
    hot = [values for values, _ in met(widget, 1)]
    assert {(values["scale"], values["spread"]) for values in hot} == {(True, 2.0)}


def test_thermometer_says_what_the_gradient_does_and_not_more():
    """A mediana pode até crescer sem a raiz; o que a raiz tira é a desigualdade."""
    for width in (4, 16, 64):
        raw, divided = (thermometer.reading(width, scale, 1.0).gradient for scale in (False, True))
        assert raw[1] > divided[1]
        assert raw[2] / raw[0] > 1.5 * divided[2] / divided[0]
    for width in thermometer.WIDTHS:
        for scale in (True, False):
            for spread in thermometer.SPREADS:
                found = thermometer.reading(width, scale, spread)
                said = thermometer.thermometer_state(width, scale, spread).sentence
                assert ("quase tudo" in said) == (found.weights[0] > 0.9)
                assert ("mais da metade" in said) == (0.5 < found.weights[0] <= 0.9)
                assert ("Metade das consultas" in said) == (found.gradient[1] < 0.01)


def test_opening_question_of_the_thermometer_is_what_is_measured():
    tops = [thermometer.reading(width, True, 2.0).weights[0] for width in thermometer.WIDTHS]
    assert max(tops) - min(tops) < 0.1
    assert thermometer.thermometer().question["answer"] == "fica quase igual"
