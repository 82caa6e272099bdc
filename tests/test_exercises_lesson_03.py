"""Os exercícios da lição 03: os erros se distinguem, e há mais de um jeito de acertar."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from exercise_outcomes import require_refused_and_unlisted
from test_options_balance import assert_nothing_gives_the_answer_away, of
from torch import nn

from helpers.attention import Head, scaled_dot_product
from helpers.exercises import registry
from helpers.exercises.checking import check

EXERCISES = registry.exercises("03")
pytestmark = pytest.mark.usefixtures("progress_file")


def read_with_torch(q, keys, values):
    q, keys, values = (torch.tensor(one, dtype=torch.float64) for one in (q, keys, values))
    return scaled_dot_product(q[None], keys, values)[0][0]


def read_stably(q, keys, values):
    scores = np.array(keys, dtype=float) @ np.array(q) / math.sqrt(len(q))
    powers = np.exp(scores - scores.max())
    return powers / powers.sum() @ np.array(values, dtype=float)


def head_with_torch(x, W_Q, W_K, W_V, mask):
    q, k, v = x @ W_Q, x @ W_K, x @ W_V
    everyone = torch.eye(len(x))
    pattern = F.scaled_dot_product_attention(q, k, everyone, attn_mask=mask)
    return F.scaled_dot_product_attention(q, k, v, attn_mask=mask), pattern


def head_with_the_course(x, W_Q, W_K, W_V, mask):
    mine = Head(x.shape[1], W_Q.shape[1], W_V.shape[1])
    with torch.no_grad():
        for name, weight in (("W_Q", W_Q), ("W_K", W_K), ("W_V", W_V)):
            getattr(mine, name).copy_(weight)
    return mine(x, mask=mask)


def head_row_by_row(x, W_Q, W_K, W_V, mask):
    reads, rows = [], []
    for t, vector in enumerate(x.double()):
        q = vector @ W_Q.double()
        scores = [
            float(q @ (other @ W_K.double())) / math.sqrt(len(q)) if seen else -math.inf
            for other, seen in zip(x.double(), mask[t].tolist(), strict=True)
        ]
        powers = [math.exp(score - max(scores)) for score in scores]
        row = [power / sum(powers) for power in powers]
        rows.append(row)
        reads.append((torch.tensor(row).double() @ (x @ W_V).double()).tolist())
    return [reads, rows]


def added_mask(x, W_Q, W_K, W_V, mask):
    scores = (x @ W_Q) @ (x @ W_K).mT * W_Q.shape[1] ** -0.5
    pattern = (scores + torch.where(mask, 0.0, -1e9)).softmax(1)
    return [pattern @ (x @ W_V), pattern]


def query_with_torch(traits, labels, asker, wanted, strength):
    W = torch.zeros(len(traits), len(labels))
    W[traits.index(asker), labels.index(wanted)] = strength
    return W


@pytest.mark.parametrize(
    ("exercise_id", "answer"),
    [
        ("03.cabeca", head_with_torch),
        ("03.cabeca", head_with_the_course),
        ("03.cabeca", head_row_by_row),
        ("03.cabeca", added_mask),
        ("03.consulta", query_with_torch),
        (
            "03.consulta",
            lambda traits, labels, asker, wanted, strength: [
                [strength if (t, w) == (asker, wanted) else 0 for w in labels] for t in traits
            ],
        ),
        (
            "03.consulta",
            lambda traits, labels, asker, wanted, strength: (
                np.outer(np.array(traits) == asker, np.array(labels) == wanted) * strength
            ),
        ),
        ("03.leitoras", lambda p, d, s: torch.where(p[:, d, s] > 0.5)[0]),
        ("03.leitoras", lambda p, d, s: [n for n in range(len(p)) if p[n][d][s].item() > 1 / 2]),
        ("03.leitoras", lambda p, d, s: np.flatnonzero(p.numpy()[:, d, s] > 0.5)),
        ("03.projetar", lambda x, W: np.array(x) @ np.array(W)),
        ("03.projetar", lambda x, W: torch.tensor(x).double() @ torch.tensor(W).double()),
        (
            "03.projetar",
            lambda x, W: [[sum(map(math.prod, zip(r, c))) for c in zip(*W)] for r in x],  # noqa: B905
        ),
        ("03.ler", read_with_torch),
        ("03.ler", read_stably),
        ("03.lido", lambda pattern: torch.tensor(pattern).double().sum(0)),
        ("03.lido", lambda pattern: [sum(column) for column in zip(*pattern, strict=True)]),
        ("03.larguras", [3, 5, 9, 9, 5, 10]),
        ("03.parametros", 1088.0),
        ("03.forca", 11),
    ],
)
def test_other_right_answers_are_accepted(exercise_id, answer):
    assert check(exercise_id, answer).status == "certo"


@pytest.mark.parametrize(
    ("exercise_id", "answer"),
    [
        ("03.projetar", lambda x, W: [[0] * len(W[0]) for _ in x]),
        ("03.projetar", lambda x, W: [[a * b for a, b in zip(r, W[0], strict=False)] for r in x]),
        ("03.projetar", lambda x, W: x),
        ("03.ler", lambda q, keys, values: values[0]),
        ("03.ler", lambda q, keys, values: sum(values[0])),
        ("03.lido", lambda pattern: [1.0] * len(pattern)),
        ("03.lido", lambda pattern: sum(map(sum, pattern))),
        ("03.cabeca", lambda x, W_Q, W_K, W_V, mask: (x, mask)),
        ("03.cabeca", lambda x, W_Q, W_K, W_V, mask: x @ W_V),
        ("03.consulta", lambda traits, labels, asker, wanted, strength: [[0] * len(labels)]),
        ("03.leitoras", lambda p, d, s: []),
        ("03.leitoras", lambda p, d, s: list(range(len(p)))),
        ("03.larguras", (3, 5, 9, 9, 10, 5)),
        ("03.larguras", (3, 5, 9, 9, 5)),
        ("03.parametros", 64),
        ("03.forca", 13),
        ("03.forca", True),
    ],
)
def test_answers_nobody_listed_are_still_refused(exercise_id, answer):
    assert check(exercise_id, answer).status == "errado"


def test_values_come_from_the_real_thing():
    layer = nn.MultiheadAttention(16, 2)
    assert registry.get("03.parametros").solution == sum(p.numel() for p in layer.parameters())
    assert 4 * (2 * 2 + 2) == 24
    head = Head(16, 3, 5)
    z, pattern = head(torch.randn(9, 16))
    sizes = (head.W_Q.shape[1], head.W_V.shape[1], *pattern.shape, z.shape[1], 2 * z.shape[1])
    assert registry.get("03.larguras").solution == sizes
    for strength, expected in ((11, True), (10, False)):
        scores = torch.tensor([0.0, strength / 2, 0.0], dtype=torch.float64)
        assert (scores.softmax(-1)[1].item() > 0.99) is expected
    assert registry.get("03.forca").solution == 11
    assert f"{math.exp(3) / (math.exp(3) + 2):.3f}".replace(".", ",") == "0,909"


def test_claims_of_the_diagnoses_are_true():
    project = {w.name: w.answer for w in registry.get("03.projetar").wrong}
    square = ([[1, 2], [3, 4]], [[1, 2], [0, 1]])
    right = registry.get("03.projetar").solution(*square)
    assert len(project["matriz_deitada"](*square)) == len(right)
    assert project["matriz_deitada"](*square) != right
    assert [row[0] for row in project["nao_zera"](*square)] == [row[0] for row in right]
    received = {w.name: w.answer for w in registry.get("03.lido").wrong}
    pattern = [[1.0, 0.0], [0.25, 0.75]]
    assert received["soma_as_linhas"](pattern) == [1.0, 1.0]
    assert sum(registry.get("03.lido").solution(pattern)) == len(pattern)
    read = {w.name: w.answer for w in registry.get("03.ler").wrong}
    q, keys, values = [2, 1], [[1, 1], [3, 0], [0, 0]], [[1, 1, 0], [0, 11, 0], [0, 0, 1]]
    right = registry.get("03.ler").solution(q, keys, values)
    assert max(read["sem_raiz"](q, keys, values)) > max(right)
    assert max(read["divide_pela_largura"](q, keys, values)) < max(right)
    # Cada força errada é a que a conta errada dá.
    smallest = [
        next(n for n in range(99) if math.exp(n / scale) / (math.exp(n / scale) + rivals) > 0.99)
        for scale, rivals in ((1, 2), (2, 1), (4, 2))
    ]
    assert smallest == [6, 10, 22]
    assert math.log(198) == pytest.approx(5.29, abs=0.005)


def test_expected_outputs_in_the_hints_are_true():
    said = {e.id: " ".join(hint.text for hint in e.hints) for e in EXERCISES}
    table = registry.get("03.projetar").solution([[1, 2], [3, 4]], [[1, 2], [0, 1]])
    assert f"sai `{table}`" in said["03.projetar"]
    assert f"sai `{registry.get('03.ler').solution([1, -1], [[2, 2]], [[5, 6]])}`" in said["03.ler"]
    totals = registry.get("03.lido").solution([[1.0, 0.0], [0.25, 0.75]])
    assert f"dá `{totals}`" in said["03.lido"]
    asked = registry.get("03.consulta").solution(["ponto"], ["coisa", "verbo"], "ponto", "verbo", 5)
    assert asked == [[0, 5]]
    assert "sai `[[0, 5]]`" in said["03.consulta"]
    two = torch.tensor([[[1, 0], [0.25, 0.75]], [[1, 0], [0.75, 0.25]]])
    assert registry.get("03.leitoras").solution(two, 1, 0) == [1]
    assert "sai `[1]`" in said["03.leitoras"]


def test_predictions_agree_with_the_arithmetic():
    answers = {item.id: item.answer for item in registry.predictions("03")}
    assert list(answers) == [
        "03.simetria",
        "03.score_joao",
        "03.norma",
        "03.dv",
        "03.primeiro",
        "03.menos_cinquenta",
        "03.qual_tensor",
        "03.onde_joao",
        "03.sabado",
    ]
    assert answers["03.score_joao"] == 2 * 3 + 1 * 0
    bored = torch.full((6,), -50.0).softmax(-1)
    assert torch.allclose(bored, torch.full((6,), 1 / 6))
    options = registry.get_prediction("03.menos_cinquenta").options
    assert options[answers["03.menos_cinquenta"]] == "As seis por igual, um sexto de cada"


@pytest.mark.parametrize(
    ("exercise_id", "number", "name"),
    [
        ("03.forca", 20, "forte_demais"),
        ("03.forca", 8, "fraca_demais"),
        ("03.forca", 12, "nao_e_a_menor"),
        ("03.parametros", 1280, "sobra"),
        ("03.parametros", 100, "falta"),
        ("03.forca", -3, None),
    ],
)
def test_a_number_nobody_foresaw_is_told_what_it_does(exercise_id, number, name):
    assert check(exercise_id, number).misconception == name


def test_quiz_and_predictions_give_nothing_away():
    assert_nothing_gives_the_answer_away(of(["03"], "quiz"))
    assert_nothing_gives_the_answer_away(of(["03"], "palpites"))


def test_the_pattern_nobody_said_was_causal_is_read_whole():
    total = registry.get("03.lido").solution
    assert total([[0.25, 0.75], [0.5, 0.5]]) == [0.75, 1.25]
    result = check(
        "03.lido", {w.name: w.answer for w in registry.get("03.lido").wrong}["so_o_passado"]
    )
    assert (result.status, result.misconception) == ("errado", "so_o_passado")


def test_an_additive_mask_too_small_for_large_scores_is_refused():
    def small(x, W_Q, W_K, W_V, mask):
        scores = (x @ W_Q) @ (x @ W_K).T / math.sqrt(W_Q.shape[1])
        pattern = (scores + torch.where(mask, 0.0, -100.0)).softmax(-1)
        return pattern @ (x @ W_V), pattern

    def raw(x, W_Q, W_K, W_V, mask):
        scores = (x @ W_Q) @ (x @ W_K).T / math.sqrt(W_Q.shape[1])
        powers = scores.exp() * mask
        pattern = powers / powers.sum(-1, keepdim=True)
        return pattern @ (x @ W_V), pattern

    for answer in (small, raw):
        assert check("03.cabeca", answer).status == "errado"


def test_an_answer_a_little_off_is_refused():
    solution = registry.get("03.ler").solution
    result = check("03.ler", lambda *given: [one + 0.001 for one in solution(*given)])
    require_refused_and_unlisted("03.ler", result)
