"""Os exercícios da lição 09: os erros se distinguem, e há mais de um jeito de acertar."""

import itertools
import math
from collections import Counter

import pytest
import torch
import torch.nn.functional as F

from helpers.exercises import registry
from helpers.exercises.checking import check
from helpers.training import IGNORED

EXERCISES = registry.exercises("09")
IDS = [exercise.id for exercise in EXERCISES]
pytestmark = pytest.mark.usefixtures("progress_file")


def test_lesson_has_the_promised_exercises_in_order():
    assert IDS == [
        "09.entropia",
        "09.janelas",
        "09.gradiente",
        "09.taxa",
        "09.por_byte",
        "09.conta_do_treino",
    ]


def entropy_of_pytorch(logits, targets):
    rows = torch.tensor(logits, dtype=torch.float64)
    return F.cross_entropy(rows, torch.tensor(targets), ignore_index=IGNORED).item()


def windows_by_position(ids, n_ctx):
    places = list(range(len(ids) - 1))
    groups = [places[i : i + n_ctx] for i in range(0, len(places), n_ctx)]
    return [([ids[i] for i in group], [ids[i + 1] for i in group]) for group in groups]


def gradient_of_pytorch(logits, target):
    row = torch.tensor(logits, dtype=torch.float64, requires_grad=True)
    F.cross_entropy(row, torch.tensor(target)).backward()
    return row.grad.tolist()


def rate_by_half_angle(step, steps, warmup, top):
    if step < warmup:
        return top / warmup * (step + 1)
    return top * math.cos(math.pi / 2 * (step - warmup) / (steps - warmup)) ** 2


def entropy_in_float32(logits, targets):
    return F.cross_entropy(torch.tensor(logits), torch.tensor(targets), ignore_index=IGNORED)


def gradient_in_float32(logits, target):
    return torch.tensor(logits).softmax(0) - F.one_hot(torch.tensor(target), len(logits))


def rate_in_float32(*numbers):
    return torch.tensor(rate_by_half_angle(*numbers))


@pytest.mark.parametrize(
    ("exercise_id", "answer"),
    [
        ("09.entropia", entropy_of_pytorch),
        ("09.entropia", entropy_in_float32),
        ("09.gradiente", gradient_in_float32),
        ("09.taxa", rate_in_float32),
        ("09.janelas", windows_by_position),
        ("09.gradiente", gradient_of_pytorch),
        ("09.taxa", rate_by_half_angle),
        ("09.por_byte", [0.3, torch.tensor(0.4)]),
        ("09.conta_do_treino", (6.4, 19.2)),
    ],
)
def test_another_way_of_being_right_is_accepted(exercise_id, answer):
    assert check(exercise_id, answer).status == "certo"


def test_gradient_that_overflows_is_refused():
    def unshifted(logits, target):
        powers = [math.exp(logit) for logit in logits]
        return [power / sum(powers) - (i == target) for i, power in enumerate(powers)]

    assert check("09.gradiente", unshifted).status == "errado"


def test_banana_guess_quotes_true_numbers():
    pairs = Counter(itertools.pairwise("banana."))
    last_letter = Counter("banana")
    loss = -sum(n * math.log(n / last_letter[pair[0]]) for pair, n in pairs.items()) / 6
    guess = next(item for item in registry.predictions("09") if item.id == "09.banana")
    for number, option in [(loss, 0), (math.log(len(set("banana."))), 2)]:
        assert f"{number:.1f}".replace(".", ",") in guess.options[option]


def test_every_token_but_the_first_is_a_target_once():
    exercise = next(item for item in EXERCISES if item.id == "09.janelas")
    for case in exercise.make_cases():
        ids, _ = case.args
        pairs = exercise.solution(*case.args)
        assert [token for _, targets in pairs for token in targets] == ids[1:]
