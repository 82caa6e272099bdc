"""Os exercícios da lição 05: os erros se distinguem, e há mais de um jeito de acertar."""

import numpy as np
import pytest
import torch
from exercise_outcomes import require_right_options

from helpers import heads
from helpers.attention import Attention, causal_mask
from helpers.exercises import registry
from helpers.exercises.checking import check
from helpers.thread import load_thread

EXERCISES = registry.exercises("05")
IDS = [exercise.id for exercise in EXERCISES]
pytestmark = pytest.mark.usefixtures("progress_file")


def test_lesson_has_the_promised_exercises_in_order():
    assert IDS == [
        "05.juntar",
        "05.formas",
        "05.varias_cabecas",
        "05.converter",
        "05.multiplicacoes",
        "05.mais_lido",
    ]


def multi_head_at_once(x, W_Q, W_K, W_V, W_O):
    q, k, v = (torch.einsum("pm,hmd->hpd", x, W) for W in (W_Q, W_K, W_V))
    scores = q @ k.mT / q.shape[-1] ** 0.5
    pattern = scores.masked_fill(~causal_mask(len(x)), -torch.inf).softmax(-1)
    return (pattern @ v).transpose(0, 1).flatten(1) @ W_O.flatten(0, 1)


def multi_head_in_float32(*args):
    return multi_head_at_once(*(one.float() for one in args))


def multi_head_of_the_course(x, W_Q, W_K, W_V, W_O):
    layer = Attention(x.shape[1], len(W_Q), W_Q.shape[-1]).double()
    weights = {"W_Q": W_Q, "W_K": W_K, "W_V": W_V, "W_O": W_O}
    layer.load_state_dict(weights, strict=False)
    return layer(x[None], mask=causal_mask(len(x)))[0].detach()


def rows_with_torch(rows, n_heads):
    table = np.array(rows, dtype=object).reshape(n_heads, 3, -1)
    return table.transpose(1, 0, 2).ravel().tolist()


def read_share_with_heads(pattern):
    table = torch.tensor(pattern, dtype=torch.float64)
    uniform = heads.uniform_pattern(len(pattern))[0, 0].double()
    return table.sum(0) / uniform.sum(0)


@pytest.mark.parametrize(
    ("exercise_id", "answer"),
    [
        ("05.juntar", lambda z: z.transpose(0, 1).flatten(1)),
        ("05.juntar", lambda z: torch.cat(list(z), dim=-1).float()),
        ("05.formas", [32, 128, 96, 128, 96]),
        ("05.varias_cabecas", multi_head_at_once),
        ("05.varias_cabecas", multi_head_in_float32),
        ("05.varias_cabecas", multi_head_of_the_course),
        ("05.converter", rows_with_torch),
        ("05.converter", lambda rows, n_heads: tuple(rows_with_torch(rows, n_heads))),
        (
            "05.multiplicacoes",
            lambda n, m, h, d: (3 * n * m * h * d, h * n**2 * d, h * n**2 * d, n * h * d * m),
        ),
        ("05.mais_lido", read_share_with_heads),
    ],
)
def test_other_right_answers_are_accepted(exercise_id, answer):
    assert check(exercise_id, answer).status == "certo"


def test_rounding_edges_are_far_from_what_is_expected():
    """Uma conta certa em float32 difere na sétima casa: nenhum esperado pode estar na beira."""
    exercise = registry.get("05.varias_cabecas")
    for case in exercise.make_cases():
        scaled = exercise.solution(*case.args).abs() * 1000
        assert ((scaled - scaled.floor()) - 0.5).abs().min() > 1e-3
    exercise = registry.get("05.mais_lido")
    for case in exercise.make_cases():
        assert all(abs(n * 10_000 % 1 - 0.5) > 0.01 for n in exercise.solution(*case.args))


def test_paper_answers_come_from_the_real_thing():
    layer = Attention(96, 4, d_head=8, d_value=32)
    joined = layer.W_O.flatten(0, 1)
    widths = (layer.W_V.shape[-1], joined.shape[0], joined.shape[1], *joined.shape)
    assert registry.get("05.formas").solution == widths


def test_claims_of_cards_and_predictions_are_true():
    macs = registry.get("05.multiplicacoes").solution
    assert macs(5, 8, 2, 4) == [960, 200, 200, 320]
    _, scores, mix, _ = macs(1024, 768, 12, 64)
    assert round((scores + mix) / 1e9, 1) == 1.6
    answers = {item.id: item.answer for item in registry.predictions("05")}
    assert answers["05.maior_tensor"] == 12 * 1024 * 1024 // (1024 * 768)
    share = registry.get("05.mais_lido").solution
    assert share([[1.0, 0.0], [0.5, 0.5]]) == [1.0, 1.0]
    join = registry.get("05.juntar")
    assert join.solution(join.make_cases()[0].args[0])[0] == [100, 101, 200, 201]
    rows = ["q0.0", "k0.0", "v0.0", "q1.0", "k1.0", "v1.0"]
    assert registry.get("05.converter").solution(rows, 2) == sorted(
        rows, key=lambda name: ("qkv".index(name[0]), name)
    )


def test_fixed_predictions_come_from_the_real_thing():
    found = {item.id: item for item in registry.predictions("05")}
    said = {name: item.options[item.answer] for name, item in found.items() if item.options}
    source = torch.Generator().manual_seed(0)
    a, b = torch.randn(2, 4000, 8, generator=source, dtype=torch.float64)
    wanted = torch.cat([a[:, :4], b[:, 4:]], dim=1)
    read = (a + b) / 2
    lost = (read @ torch.linalg.lstsq(read, wanted).solution - wanted).square().sum()
    assert found["05.uma_cabeca"].answer == round(100 * (1 - lost / wanted.square().sum()).item())
    assert found["05.calada"].answer == 0
    q = torch.arange(12).view(3, 4)
    assert q.view(2, 3, 2).shape == q.view(3, 2, 2).transpose(0, 1).shape
    assert q.view(2, 3, 2)[0].tolist() != q[:, :2].tolist()
    assert said["05.view"] == "Dá a forma certa com números trocados de lugar"
    assert said["05.arranjos"] == "Um modelo que roda e dá outros números"
    assert said["05.mais_cabecas"] == "Cai de 1 para 2 e depois não melhora sempre"
    thread = load_thread()
    pattern = heads.attention_patterns(thread.model, thread.tokens)[..., 1:, :].argmax(-1)
    moved = heads.contribution_norms(thread.model, thread.tokens)[..., 1:, :].argmax(-1)
    assert 0.8 < (pattern == moved).double().mean() < 1
    assert said["05.celula_forte"] == "Quase sempre, mas não sempre"


@pytest.mark.parametrize(
    "answer",
    [
        lambda z: z,
        lambda z: z.flatten(),
        lambda z: None,
        lambda z: [sorted(row) for row in z.transpose(0, 1).flatten(1).tolist()],
        lambda z: z.sort(0).values.transpose(0, 1).flatten(1),
    ],
)
def test_unlisted_wrong_joins_are_refused(answer):
    assert check("05.juntar", answer).status == "errado"


RIGHT = {
    "05.q_por_que": "Vários padrões diferentes",
    "05.q_concat": "pela sua fatia de `W_O` e somar",
    "05.q_reshape": "sem o `transpose`",
    "05.q_posto": "No produto `W_V W_O` de cada cabeça",
    "05.q_custo": "Os scores e a mistura dos valores",
    "05.q_peso": "falta ver o tamanho do que vem de lá",
}


def test_right_option_of_each_question_is_the_right_one():
    require_right_options("05", RIGHT)
