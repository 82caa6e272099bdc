"""Os exercícios da lição 09: os erros se distinguem, e há mais de um jeito de acertar."""

import itertools
import math
from collections import Counter

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from helpers.config import PRESETS
from helpers.decoder import Decoder
from helpers.embedding import NoPositions
from helpers.exercises import registry
from helpers.exercises.checking import check
from helpers.studies import own_text
from helpers.training import IGNORED

EXERCISES = registry.exercises("09")
pytestmark = pytest.mark.usefixtures("progress_file")


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


def entropy_by_logsumexp(logits, targets):
    kept = [(row, target) for row, target in zip(logits, targets, strict=True) if target >= 0]
    return np.mean([np.logaddexp.reduce(row) - row[target] for row, target in kept])


def gradient_in_numpy(logits, target):
    powers = np.exp(np.array(logits) - max(logits))
    return powers / powers.sum() - np.eye(len(logits))[target]


def unembedding_of_pytorch(x, W_U, target):
    x, W_U = x.clone().requires_grad_(), W_U.clone().requires_grad_()
    F.cross_entropy(x @ W_U, torch.tensor(target)).backward()
    return W_U.grad, x.grad


def unembedding_in_lists(x, W_U, target):
    x, rows = x.tolist(), W_U.tolist()
    logits = [sum(a * row[j] for a, row in zip(x, rows, strict=True)) for j in range(len(rows[0]))]
    gap = gradient_in_numpy(logits, target).tolist()
    return [
        [[a * g for g in gap] for a in x],
        [sum(w * g for w, g in zip(row, gap, strict=True)) for row in rows],
    ]


def loop_that_zeroes_at_the_end(model, batches, steps, walk):
    found = []
    for step in range(steps):
        ids, targets = batches(step)
        loss = F.cross_entropy(model(ids).transpose(1, 2), targets)
        loss.backward()
        walk(model)
        model.zero_grad(set_to_none=True)
        found.append(float(loss))
    return torch.tensor(found)


def scale_of_pytorch(grads, limit):
    norm = torch.cat([grad.flatten() for grad in grads]).norm()
    return torch.clamp(limit / norm, max=1.0)


def scale_in_numpy(grads, limit):
    norm = np.sqrt(sum((grad.numpy().astype(float) ** 2).sum() for grad in grads))
    return min(1.0, limit / norm) if norm else 1


def adamw_by_lerp(weight, grad, mean, square, t, lr, decay):
    mean, square = torch.lerp(mean, grad, 0.1), torch.lerp(square, grad.square(), 0.05)
    step = mean.div(1 - 0.9**t) / square.div(1 - 0.95**t).sqrt().add(1e-8)
    return [(weight - lr * decay * weight - lr * step).tolist(), mean.numpy(), square]


def rate_in_float32(*numbers):
    return torch.tensor(rate_by_half_angle(*numbers))


@pytest.mark.parametrize(
    ("exercise_id", "answer"),
    [
        ("09.entropia", entropy_of_pytorch),
        ("09.entropia", entropy_in_float32),
        ("09.entropia", entropy_by_logsumexp),
        ("09.gradiente", gradient_in_numpy),
        ("09.unembedding", unembedding_of_pytorch),
        ("09.unembedding", unembedding_in_lists),
        ("09.laco", loop_that_zeroes_at_the_end),
        ("09.corte", scale_of_pytorch),
        ("09.corte", scale_in_numpy),
        ("09.adamw", adamw_by_lerp),
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


def shifted_by(choose):
    """Um softmax que tira dos logits outro número que não o maior."""

    def powers(row):
        return [math.exp(logit - choose(row)) for logit in row]

    def entropy(logits, targets):
        kept = [pair for pair in zip(logits, targets, strict=True) if pair[1] != IGNORED]
        logs = [math.log(sum(powers(row))) + choose(row) - row[i] for row, i in kept]
        return sum(logs) / len(logs)

    def gradient(logits, target):
        total = sum(powers(logits))
        return [p / total - (i == target) for i, p in enumerate(powers(logits))]

    return entropy, gradient


@pytest.mark.parametrize(
    "choose",
    [lambda row: 0, min, lambda row: row[0], lambda row: row[-1], lambda row: sum(row) / len(row)],
    ids=["nada", "o menor", "o primeiro", "o último", "a média"],
)
def test_only_taking_the_largest_logit_away_does_not_overflow(choose):
    for exercise_id, answer in zip(
        ("09.entropia", "09.gradiente"), shifted_by(choose), strict=True
    ):
        result = check(exercise_id, answer)
        assert result.status == "errado"
        assert "maior" in result.message


def test_a_target_almost_impossible_costs_what_it_costs():
    for floor in (1e-9, 1e-12):

        def entropy(logits, targets, floor=floor):
            rows = zip(logits, targets, strict=True)
            kept = [torch.tensor(row).softmax(0)[i] for row, i in rows if i != IGNORED]
            return -(torch.stack(kept) + floor).log().mean()

        assert check("09.entropia", entropy).status == "errado"


def test_banana_guess_quotes_true_numbers():
    pairs = Counter(itertools.pairwise("banana."))
    last_letter = Counter("banana")
    loss = -sum(n * math.log(n / last_letter[pair[0]]) for pair, n in pairs.items()) / 6
    guess = next(item for item in registry.predictions("09") if item.id == "09.banana")
    for number, option in [(loss, 0), (math.log(len(set("banana."))), 1)]:
        assert f"{number:.1f}".replace(".", ",") in guess.options[option]


def memorize(words, seed=0, steps=301, **parts):
    """Decora palavras com o laço da lição; devolve a última perda."""
    ids = torch.tensor([list(word.encode()) for word in words])
    draw = torch.Generator().manual_seed(seed)
    model = Decoder(PRESETS["banana"], generator=draw, **parts).double()

    def descend(model):
        with torch.no_grad():
            for weight in model.parameters():
                weight -= 0.5 * weight.grad if weight.grad is not None else 0.0

    train = registry.get("09.laco").solution
    return train(model, lambda step: (ids[:, :-1], ids[:, 1:]), steps, descend)[-1]


def test_what_memorizes_and_what_does_not_is_what_the_answers_say():
    assert memorize(["arara."]) < 0.01
    assert round(memorize(["bala.", "bola."]), 2) == 0.18  # das notas da aula
    assert round(math.log(2) / 4, 2) == 0.17
    # Sem posição, qual semente decora muda de um processador para outro; que há das duas, não.
    stopped = {"decora": False, "para longe": False}
    for seed in range(12):
        loss = memorize(["banana."], seed, 700, positions=NoPositions)
        stopped["decora"] |= loss < 0.01
        stopped["para longe"] |= loss > 0.1
        if all(stopped.values()):
            break
    assert all(stopped.values()), stopped


def test_forgetting_to_zero_the_gradients_explodes(monkeypatch):
    monkeypatch.setattr(Decoder, "zero_grad", lambda model: None)
    assert memorize(["banana."], steps=60) > 1000


def test_every_token_but_the_first_is_a_target_once():
    exercise = next(item for item in EXERCISES if item.id == "09.janelas")
    for case in exercise.make_cases():
        ids, _ = case.args
        pairs = exercise.solution(*case.args)
        assert [token for _, targets in pairs for token in targets] == ids[1:]


def test_a_first_step_of_adamw_walks_the_rate_in_every_weight():
    exercise = registry.get("09.adamw")
    weight, grad = torch.tensor([1.0, -2.0, 3.0]), torch.tensor([1e-3, -50.0, 0.2])
    zero = torch.zeros(3)
    new, mean, square = exercise.solution(weight, grad, zero, zero, 1, 0.1, 0.0)
    assert (new - weight).tolist() == pytest.approx([-0.1, 0.1, -0.1], abs=1e-5)
    assert torch.allclose(mean, 0.1 * grad)
    assert torch.allclose(square, 0.05 * grad**2)


def test_insisting_guess_quotes_true_numbers():
    runs = own_text.recorded()
    guess = next(item for item in registry.predictions("09") if item.id == "09.insistir")
    assert f"dá {runs['15 kB'].steps} passos. Se der {runs['15 kB, 600 passos'].steps}" in (
        guess.question
    )
    assert round(600 / runs["15 kB"].steps) == 14
    assert runs["15 kB, 600 passos"].apart > runs["15 kB, 600 passos"].uniform
