"""A descida diz a verdade: cada quadro confere com o que foi gravado, e o gravado se refaz."""

import dataclasses
import itertools
import json
import math
import subprocess
import sys

import pytest
import torch
from explorable_sweep import sweep

from helpers.explorables.descent import (
    BOTTOM,
    FULL,
    LEFT,
    RIGHT,
    TEXT_LINES,
    TOP,
    descent_frame,
    loss_descent,
    story_lines,
)
from helpers.plots.svg import token_label
from helpers.spoken import decimal
from helpers.stories import Grammar
from helpers.studies import ablations
from helpers.training import stories


@pytest.fixture(scope="module")
def tiny():
    """Uma receita das descidas, com muito menos histórias."""
    recipe = dataclasses.replace(ablations.SMALL, n_stories=40, n_validation=8)
    return recipe, stories(recipe, seed=0)


def test_every_frame_tells_what_was_recorded():
    widget = loss_descent()
    runs = {name: ablations.descent(name) for name in ablations.RUNS}
    for values, frame in sweep(widget).items():
        state = dict(values)
        stop = next(one for one in runs[state["run"]] if one.step == state["step"])
        assert f"passo {stop.step}: perda {decimal(stop.validation)}" in frame.sentence
        assert f"{stop.right} de {ablations.N_STORIES} histórias certas" in frame.sentence
        below = stop.validation < ablations.limit("descida")
        assert ("Abaixo do limite" in frame.sentence) == below
        gap = decimal(abs(stop.validation - ablations.limit("descida")))
        assert f"({gap} {'abaixo' if below else 'acima'} da entropia" in frame.sentence
        favourite = f"{token_label(stop.candidates[0][0].encode())}, "
        assert f"Maior aposta: {favourite}{decimal(stop.candidates[0][1], 3)}" in frame.sentence
        assert story_lines(stop.story)[0][:50] in frame.sentence
        assert [row[1] for row in frame.table.rows] == [decimal(p, 3) for _, p in stop.candidates]
        assert (stop.problem or "esta está certa") in frame.svg


def test_challenges_are_met_where_the_recorded_numbers_say():
    met = [set(), set()]
    for (r, name), (s, step) in itertools.product(
        enumerate(ablations.RUNS), enumerate(ablations.STOPS)
    ):
        stop = next(one for one in ablations.descent(name) if one.step == step)
        articles = sum(prob for token, prob in stop.candidates if token in (" o", " a"))
        if stop.validation < ablations.limit("descida"):
            met[0].add(f"{r},{s}")
        if name == "certo" and articles > 0.8:
            met[1].add(f"{r},{s}")
    assert [set(challenge["keys"]) for challenge in loss_descent().challenges] == met


def test_recorded_runs_stop_where_the_code_says():
    for name in ablations.RUNS:
        stops = ablations.descent(name)
        assert tuple(stop.step for stop in stops) == ablations.STOPS
        assert all(0 <= stop.right <= ablations.N_STORIES for stop in stops)
        # A maior aposta vem primeiro, e nenhuma lista passa de 1.
        for stop in stops:
            probs = [prob for _, prob in stop.candidates]
            assert probs == sorted(probs, reverse=True)
            assert sum(probs) <= 1


def test_only_the_run_without_a_mask_goes_below_the_entropy():
    limit = ablations.limit("descida")
    assert min(stop.validation for stop in ablations.descent("certo")) > limit
    assert ablations.descent("sem máscara")[-1].validation < limit
    assert set(ablations.recorded("custo")) == set(ablations.COSTS)


def test_the_opening_question_is_true():
    first, *_, last = ablations.descent("certo")
    at_40 = next(stop for stop in ablations.descent("certo") if stop.step == 40)
    done = (first.validation - at_40.validation) / (first.validation - ablations.limit("descida"))
    assert 0.4 < done < 0.5
    assert at_40.right == 0 < last.right
    assert loss_descent().question["answer"] == "palavras, mas nenhuma história"


def test_story_recorded_gets_the_recorded_verdict():
    grammar = Grammar.load()
    for stop in ablations.descent("certo"):
        problems = grammar.check(stop.story)
        assert (problems[0].kind if problems else "") == stop.problem


# Noutro processo: conferir os tipos a cada chamada faz o sorteio demorar quinze vezes mais.
REMAKE = """
import dataclasses, json
from helpers.studies import ablations
from helpers.training import stories

material, found = stories(ablations.RECIPE, seed=0), {}
for name, (parts, changes) in ablations.RUNS.items():
    model = ablations.decoder(ablations.RECIPE, material, **parts)
    settings = dataclasses.replace(material.settings, **changes)
    found[name] = dataclasses.asdict(next(ablations.follow(model, material, settings, (20,))))
print(json.dumps([material.limit, found]))
"""


@pytest.fixture(scope="module")
def remade():
    """O limite e a parada no passo 20 de cada descida, medidos de novo."""
    done = subprocess.run(
        [sys.executable, "-c", REMAKE], capture_output=True, text=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.slow
@pytest.mark.remade
@pytest.mark.parametrize("name", ablations.RUNS)
def test_a_stop_is_remade_as_recorded(name, remade):
    limit, found = remade[0], remade[1][name]
    assert limit == pytest.approx(ablations.limit("descida"), abs=1e-4)
    stop = next(one for one in ablations.descent(name) if one.step == 20)
    assert found["validation"] == pytest.approx(stop.validation, abs=1e-3)
    told = (found["right"], found["story"], found["problem"])
    assert told == (stop.right, stop.story, stop.problem)
    assert found["candidates"][0][0] == stop.candidates[0][0]


@pytest.mark.slow
@pytest.mark.remade
def test_a_trial_is_remade_as_recorded():
    material = stories(ablations.SMALL, seed=0)
    assert material.limit == pytest.approx(ablations.limit("custo"), abs=1e-4)
    recorded = ablations.recorded("custo")["sem residual"][1]
    assert ablations.cost("sem residual", 1, material) == pytest.approx(recorded, abs=2e-3)


def test_what_is_saved_is_what_is_read(monkeypatch, tmp_path):
    stop, material = ablations.descent("certo")[-1], stories(_few(), seed=0)
    monkeypatch.setattr(ablations, "DATA_DIR", tmp_path)
    monkeypatch.setattr(ablations, "stories", lambda recipe, seed: material)
    monkeypatch.setattr(
        ablations, "measure_descent", lambda name: [dataclasses.replace(stop, story=name)]
    )
    monkeypatch.setattr(ablations, "cost", lambda name, seed, given: seed + 0.12345)
    ablations.save_stories()
    saved = json.loads((tmp_path / ablations.STORIES_FILE).read_text(encoding="utf-8"))
    monkeypatch.setattr(ablations, "_read", lambda name: saved)
    for name in ablations.RUNS:
        assert ablations.descent(name) == [dataclasses.replace(stop, story=name)]
    costs = ablations.recorded("custo")
    assert list(costs) == list(ablations.COSTS)
    assert costs["inteiro"] == [round(seed + 0.12345, 4) for seed in ablations.SEEDS]
    assert ablations.limit("descida") == ablations.limit("custo") == round(material.limit, 4)


@pytest.mark.slow
def test_newborn_starts_at_the_logarithm_of_the_vocabulary(tiny):
    recipe, material = tiny
    model = ablations.decoder(recipe, material)
    stop = ablations.look(model, material, Grammar.load(), 0)
    assert abs(stop.validation - math.log(material.tokenizer.vocab_size)) < 0.2
    assert stop.right == 0


@pytest.mark.slow
def test_follow_stops_where_it_is_told_and_learns(tiny):
    recipe, material = tiny
    settings = dataclasses.replace(material.settings, steps=6, warmup=2)
    model = ablations.decoder(recipe, material)
    stops = list(ablations.follow(model, material, settings, (0, 3, 6)))
    assert [stop.step for stop in stops] == [0, 3, 6]
    assert stops[-1].validation < stops[0].validation


@pytest.mark.parametrize("name", ablations.COSTS)
def test_every_trial_can_be_run(tiny, name):
    _, material = tiny
    losses = {ablations.cost(name, seed, material, steps=2) for seed in (0, 1)}
    assert len(losses) == 2
    assert all(math.isfinite(loss) for loss in losses)


@pytest.mark.slow
def test_every_trial_changes_the_training(tiny):
    _, material = tiny
    losses = {name: ablations.cost(name, 0, material, steps=12) for name in ablations.COSTS}
    assert len(set(losses.values())) == len(losses), losses


def test_output_of_its_own_costs_one_more_table(tiny):
    recipe, material = tiny
    tied = ablations.decoder(recipe, material).config
    apart = ablations.decoder(recipe, material, tied=False).config
    assert apart.n_params - tied.n_params == tied.d_vocab * tied.d_model


def test_drawing_marks_the_stop_and_the_limit():
    stop = ablations.Glimpse(5, 3.0, 0, "Oi.", "", ((" o", 0.25),))
    svg = descent_frame([6.0, 3.0, 1.5], 0.5, 1, stop)
    assert "passo 5" in svg
    assert "3,00" in svg
    assert "gramática, 0,50" in svg
    assert "·o" in svg
    assert "0,25" in svg
    # A perda 3 fica a meia altura de 6; o limite 0,5, a um doze avos dela; a aposta, um quarto.
    middle, floor = (BOTTOM + TOP) // 2, BOTTOM - (BOTTOM - TOP) // 12
    assert f'<circle cx="{(LEFT + RIGHT) // 2}" cy="{middle}"' in svg
    assert f'<path d="M{LEFT} {floor}L{RIGHT} {floor}" class="line dash"/>' in svg
    assert f'width="{FULL // 4}" height="20"' in svg


@pytest.mark.parametrize(
    ("story", "lines"),
    [
        ("", ["(nada)"]),
        ("a\x1eb", ["a�b"]),
        ("x" * 100, ["x" * 72, "x" * 28]),
        ("palavra " * 100, None),
    ],
)
def test_any_story_fits_in_four_lines(story, lines):
    found = story_lines(story)
    assert len(found) <= TEXT_LINES
    assert all(len(line) <= 74 for line in found)
    assert lines is None or found == lines


def test_recorded_numbers_come_back_the_same():
    torch.manual_seed(1)
    first = ablations.decoder(ablations.SMALL, stories(_few(), seed=0), seed=3)
    torch.manual_seed(2)
    second = ablations.decoder(ablations.SMALL, stories(_few(), seed=0), seed=3)
    assert all(map(torch.equal, first.parameters(), second.parameters()))


def _few():
    return dataclasses.replace(ablations.SMALL, n_stories=20, n_validation=5)
