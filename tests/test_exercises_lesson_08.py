"""Os exercícios da lição 08: os erros se distinguem, e há mais de um jeito de acertar."""

import numpy as np
import pytest
import torch
from exercise_outcomes import require_right_options

from helpers import sampling
from helpers.exercises import registry
from helpers.exercises.checking import check
from helpers.knobs import distinct
from helpers.thread import load_thread

EXERCISES = registry.exercises("08")
IDS = [exercise.id for exercise in EXERCISES]
pytestmark = pytest.mark.usefixtures("progress_file")


def test_lesson_has_the_promised_exercises_in_order():
    assert IDS == [
        "08.sorteio",
        "08.temperatura",
        "08.top_p",
        "08.penalidade",
        "08.distintos",
        "08.leituras",
    ]


def draw_by_search(probs, u):
    """O mesmo sorteio, com a busca do PyTorch na soma acumulada."""
    ends = torch.tensor(probs, dtype=torch.float64).cumsum(0)
    return int(torch.searchsorted(ends, torch.tensor(u, dtype=torch.float64), right=True))


def top_p_of_the_module(probs, p):
    logits = torch.tensor(probs, dtype=torch.float64).log()
    return sampling.top_p(logits, p).softmax(-1).tolist()


def penalty_of_the_module(logits, previous, penalty):
    if not previous:
        return list(logits)
    found = sampling.repetition_penalty(torch.tensor(logits).double(), previous, penalty)
    return found.tolist()


@pytest.mark.parametrize(
    ("exercise_id", "answer"),
    [
        ("08.sorteio", draw_by_search),
        ("08.top_p", top_p_of_the_module),
        ("08.penalidade", penalty_of_the_module),
        ("08.distintos", distinct),
        ("08.temperatura", [16.0, 2.0]),
        ("08.temperatura", (4**2, 4**0.5)),
        ("08.leituras", [430, 31]),
        ("08.top_p", lambda probs, p: torch.tensor(top_p_of_the_module(probs, p))),
        ("08.penalidade", lambda *given: torch.tensor(penalty_of_the_module(*given))),
        ("08.distintos", lambda texts, n: torch.tensor(distinct(texts, n))),
    ],
)
def test_the_module_and_other_ways_are_accepted(exercise_id, answer):
    assert check(exercise_id, answer).status == "certo"


@pytest.mark.parametrize(
    ("convert", "shown"),
    [(float, "0.0"), (torch.tensor, "tensor(0)"), (lambda n: torch.tensor(float(n)), "tensor(0.)")],
    ids=["float", "tensor", "tensor de float"],
)
def test_a_place_that_is_not_an_int_is_read_and_told(convert, shown):
    found = check("08.sorteio", lambda probs, u: convert(draw_by_search(probs, u)))
    assert found.status == "certo"
    assert f"Veio `{shown}`, e li 0" in found.message
    assert "`int(...)`" in found.message
    plain = check("08.sorteio", draw_by_search).message
    assert "Veio" not in plain
    assert check("08.sorteio", lambda probs, u: np.int64(draw_by_search(probs, u))).message == plain


def test_values_come_from_the_real_thing():
    logits = torch.tensor([0.8, 0.2]).double().log()
    ratios = []
    for t in (0.5, 2):
        first, second = sampling.Sampler(temperature=t).probs(logits).tolist()
        ratios.append(first / second)
    assert registry.get("08.temperatura").solution == pytest.approx(ratios)
    reads = []

    def model(ids, cache=None):
        reads.append(ids.shape[1])
        return torch.zeros(*ids.shape, 5)

    sampling.generate(model, [0] * 12, 20)
    without, cached = registry.get("08.leituras").solution
    assert (sum(reads), len(reads)) == (without, 20)
    reads.clear()
    thread = load_thread()
    thread.model.forward, forward = (
        (lambda ids, cache=None: reads.append(ids.shape[1]) or forward(ids, cache)),
        thread.model.forward,
    )
    sampling.generate(thread.model, [thread.ids[0]] * 12, 20)
    assert sum(reads) == cached


def test_expected_outputs_in_the_hints_are_true():
    solutions = {exercise.id: exercise.solution for exercise in EXERCISES}
    assert solutions["08.sorteio"]([0.5, 0.25, 0.25], 0.9) == 2
    found = solutions["08.top_p"]([0.125, 0.125, 0.25, 0.5], 0.75)
    assert found == pytest.approx([0, 0, 1 / 3, 2 / 3])
    assert solutions["08.penalidade"]([2.0, -1.0, 2.0], [0, 1], 2.0) == [1.0, -2.0, 2.0]
    assert solutions["08.distintos"]([[1, 2, 1, 2, 1]], 2) == 0.5
    assert "(7, 4)" in registry.get("08.leituras").hints[-1].text
    assert (sum(range(3, 5)), 3 + 1) == (7, 4)


@pytest.mark.parametrize("exercise", EXERCISES, ids=IDS)
def test_each_diagnosis_stresses_its_own_mistake(exercise):
    stressed = [wrong.diagnosis.split("**")[1] for wrong in exercise.wrong]
    assert len(set(stressed)) == len(stressed)


ANSWERS = {
    "08.soma_sete": "Ficam iguais",
    "08.cem_sorteios": "Perto de 30, e raramente 30 em ponto",
    "08.nucleo": "Depois de `um`",
    "08.mais_certas": "0,5",
    "08.cache": "Não muda",
}


def test_predictions_have_the_promised_ids_and_answers():
    found = registry.predictions("08")
    assert [item.id for item in found if not item.options] == ["08.cem_gulosos"]
    assert {item.id: item.options[item.answer] for item in found if item.options} == ANSWERS


def test_thirty_in_a_hundred_is_rare_in_the_middle_and_likely_around():
    draws = torch.distributions.Binomial(100, torch.tensor(0.3).double())
    exact = float(draws.log_prob(torch.tensor(30.0).double()).exp())
    near = sum(float(draws.log_prob(torch.tensor(n).double()).exp()) for n in range(20, 41))
    assert exact < 0.1
    assert near > 0.97


RIGHT = {
    "08.q_guloso": "não sorteia",
    "08.q_temperatura": "Os logits",
    "08.q_renormalizar": "Dividir cada uma por 0,42",
    "08.q_adapta": "quando o modelo está em dúvida",
    "08.q_ordem": "mais tokens cabem",
    "08.q_calibrado": "perto de 7 em cada 10",
    "08.q_cache": "a máscara impede",
}


def test_right_option_of_each_question_is_the_right_one():
    require_right_options("08", RIGHT)
