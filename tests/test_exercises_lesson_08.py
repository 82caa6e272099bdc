"""Os exercícios da lição 08: os erros se distinguem, e há mais de um jeito de acertar."""

import math
from itertools import accumulate

import numpy as np
import pytest
import torch

from helpers import sampling
from helpers.exercises import registry
from helpers.exercises.checking import check
from helpers.studies.storytelling import distinct
from helpers.studies.thread import load_thread

EXERCISES = registry.exercises("08")
pytestmark = pytest.mark.usefixtures("progress_file")


def draw_by_search(probs, u):
    """O mesmo sorteio, com a busca do PyTorch na soma acumulada, até o último que tem faixa."""
    ends = torch.tensor(probs, dtype=torch.float64).cumsum(0)
    found = int(torch.searchsorted(ends, torch.tensor(u, dtype=torch.float64), right=True))
    return min(found, max(token for token, prob in enumerate(probs) if prob > 0))


def draw_in_tensors(probs, u):
    """O mesmo sorteio, com comparações de tensores."""
    probs = torch.tensor(probs, dtype=torch.float64)
    fits = ((u < probs.cumsum(0)) & (probs > 0)).nonzero().flatten()
    return fits[0] if len(fits) else probs.nonzero().flatten()[-1]


def temperature_of_the_module(logits, t):
    return sampling.Sampler(temperature=t).probs(torch.tensor(logits))


def top_k_of_the_module(probs, k):
    logits = torch.tensor(probs, dtype=torch.float64).log()
    return sampling.top_k(logits, k).softmax(-1).tolist()


def top_k_by_stable_sort(probs, k):
    probs = torch.tensor(probs)
    order = probs.sort(descending=True, stable=True).indices[:k]
    kept = torch.zeros_like(probs)
    kept[order] = probs[order]
    return kept / kept.sum()


def write_with_a_while(model, prompt, n_new, choose, stop):
    ids, last = [*prompt], None
    while len(ids) < len(prompt) + n_new and last != stop:
        last = choose(model(torch.tensor(ids)[None]).squeeze(0)[-1])
        ids = [*ids, last]
    return ids


def write_in_tensors(model, prompt, n_new, choose, stop):
    ids = torch.tensor([prompt])
    for _ in range(n_new):
        new = torch.tensor([[choose(model(ids)[0, -1, :])]])
        ids = torch.cat([ids, new], dim=1)
        if new.item() == stop:
            return ids[0]
    return ids[0].tolist()


def product(left, right):
    return sum(a * b for a, b in zip(left, right, strict=True))


def step_with_a_loop(query, key, value, keys, values):
    keys, values = [*keys.tolist(), key.tolist()], [*values.tolist(), value.tolist()]
    scores = [product(query.tolist(), row) / len(query) ** 0.5 for row in keys]
    weights = [math.exp(score - max(scores)) for score in scores]
    z = [product(weights, column) / sum(weights) for column in zip(*values, strict=True)]
    return z, keys, values


def step_with_the_whole_attention(query, key, value, keys, values):
    keys, values = torch.vstack([keys, key]), torch.vstack([values, value])
    z = torch.nn.functional.scaled_dot_product_attention(query[None], keys, values)
    return z[0], keys, values


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
        ("08.sorteio", draw_in_tensors),
        ("08.temperar", temperature_of_the_module),
        ("08.temperar", lambda logits, t: (torch.tensor(logits) / t).softmax(-1).tolist()),
        ("08.top_k", top_k_of_the_module),
        ("08.top_k", top_k_by_stable_sort),
        ("08.escrever", write_with_a_while),
        ("08.escrever", write_in_tensors),
        ("08.um_passo", step_with_a_loop),
        ("08.um_passo", step_with_the_whole_attention),
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
    assert solutions["08.temperar"]([2.0, 0.0], 0.5) == pytest.approx([0.982, 0.018], abs=5e-4)
    found = solutions["08.top_k"]([0.125, 0.5, 0.25, 0.125], 2)
    assert found == pytest.approx([0, 2 / 3, 1 / 3, 0])
    model, prompt, *_, choose, stop = registry.get("08.escrever").make_cases()[1].args
    assert solutions["08.escrever"](model, prompt, 9, choose, stop) == [0, 2, 3, 4, 5]
    value, nothing = torch.tensor([3.0, 1.0]), torch.zeros(0, 2)
    z, *_ = solutions["08.um_passo"](value, value, value, nothing, nothing)
    assert torch.equal(z, value)
    assert solutions["08.penalidade"]([2.0, -1.0, 2.0], [0, 1], 2.0) == [1.0, -2.0, 2.0]
    assert solutions["08.distintos"]([[1, 2, 1, 2, 1]], 2) == 0.5
    assert "(7, 4)" in registry.get("08.leituras").hints[-1].text
    assert (sum(range(3, 5)), 3 + 1) == (7, 4)


def test_thirty_in_a_hundred_is_rare_in_the_middle_and_likely_around():
    draws = torch.distributions.Binomial(100, torch.tensor(0.3).double())
    exact = float(draws.log_prob(torch.tensor(30.0).double()).exp())
    near = sum(float(draws.log_prob(torch.tensor(n).double()).exp()) for n in range(20, 41))
    assert exact < 0.1
    assert near > 0.97


def test_the_rounded_end_of_the_ruler_is_in_the_cases():
    cases = [case.args for case in registry.get("08.sorteio").make_cases()]
    assert ([0.1] * 10, 0.9999999999999999) in cases
    # Somadas uma a uma: desde o Python 3.12, `sum` compensa o arredondamento.
    assert any(probs[-1] == 0 and [*accumulate(probs)][-1] <= u for probs, u in cases)
    assert ([0.1] * 10, 1.0) in [case.args for case in registry.get("08.top_p").make_cases()]


def test_the_prompt_brings_the_stop_in_some_cases():
    cases = [case.args for case in registry.get("08.escrever").make_cases()]
    assert any(prompt[-1] == stop for _, prompt, _, _, stop in cases)
    assert any(stop in prompt[:-1] and prompt[-1] != stop for _, prompt, _, _, stop in cases)
