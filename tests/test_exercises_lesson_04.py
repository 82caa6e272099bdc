"""Os exercícios da lição 04: os erros se distinguem, e há mais de um jeito de acertar."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from helpers.attention import attention_pattern, causal_mask, scaled_dot_product
from helpers.exercises import registry
from helpers.exercises.checking import check
from helpers.studies import leaks
from helpers.studies.leaks import suspects
from helpers.studies.thread import load_thread

pytestmark = pytest.mark.usefixtures("progress_file")


def single(values):
    """Como quem estuda escreveria: um tensor de 32 bits."""
    return torch.tensor(values, dtype=torch.float32)


def past(scores):
    return torch.ones(len(scores), len(scores)).tril().bool()


def causal_row_by_row(scores):
    weights = torch.zeros(len(scores), len(scores))
    for i, row in enumerate(scores):
        weights[i, : i + 1] = single(row[: i + 1]).softmax(0)
    return weights


def attention_by_slices(q, k, v):
    q, k, v = map(single, (q, k, v))
    rows = [(k[: i + 1] @ q[i] / len(q[i]) ** 0.5).softmax(0) @ v[: i + 1] for i in range(len(q))]
    return torch.stack(rows)


def attention_by_torch(q, k, v):
    return F.scaled_dot_product_attention(single(q), single(k), single(v), is_causal=True)


def jacobian_by_autograd(weights):
    logits = torch.tensor(weights, dtype=torch.float64).clamp_min(1e-300).log()
    return torch.autograd.functional.jacobian(lambda s: s.softmax(-1), logits)


def leaks_by_tensors(run, tokens, place, new):
    before = single(run(tokens))
    after = single(run([*tokens[:place], new, *tokens[place + 1 :]]))
    return ((after - before).abs().amax(-1) > 1e-5)[:place].nonzero().flatten()


def leaks_by_closeness(run, tokens, place, new):
    changed = np.array(tokens)
    changed[place] = new
    pairs = list(zip(run(tokens), run(changed.tolist()), strict=True))[:place]
    return [i for i, pair in enumerate(pairs) if not np.allclose(*pair, atol=1e-5, rtol=0)]


def leaks_number_by_number(run, tokens, place, new):
    copy = tokens[:]
    copy[place] = new
    before, after = run(tokens), run(copy)
    return tuple(
        i
        for i in range(place)
        if any(
            not math.isclose(a, b, abs_tol=1e-5, rel_tol=0)
            for a, b in zip(before[i], after[i], strict=True)
        )
    )


def messages_by_matrix(values, edges):
    table = torch.zeros(len(values), len(values), dtype=torch.float64)
    for target, source, weight in edges:
        table[target, source] += weight
    return table @ torch.tensor(values, dtype=torch.float64)


def messages_by_index_add(values, edges):
    received = np.zeros_like(np.array(values, dtype=np.float32))
    for target, source, weight in edges:
        received[target] += np.float32(weight) * np.array(values[source], dtype=np.float32)
    return received


def messages_node_by_node(values, edges):
    return tuple(
        tuple(
            sum(w * values[s][place] for t, s, w in edges if t == node)
            for place in range(len(values[0]))
        )
        for node in range(len(values))
    )


def windows_by_recursion(n, window):
    return 0 if n == 0 else min(n, window) + windows_by_recursion(n - 1, window)


@pytest.mark.parametrize(
    ("exercise_id", "answer"),
    [
        ("04.softmax", lambda s, t: (single(s) / t).softmax(-1)),
        ("04.softmax", lambda s, t: np.exp(np.array(s) / t - np.logaddexp.reduce(np.array(s) / t))),
        ("04.softmax", lambda s, t: F.log_softmax(single(s) / t, dim=0).exp().tolist()),
        ("04.softmax", lambda s, t: [1 / sum(np.exp(min((y - x) / t, 700)) for y in s) for x in s]),
        ("04.mascara", causal_row_by_row),
        ("04.mascara", lambda s: (single(s) + (~past(s)).float() * -1e9).softmax(-1)),
        ("04.mascara", lambda s: single(s).masked_fill(~past(s), -1e30).softmax(1).numpy()),
        ("04.mascara", lambda s: attention_pattern(single(s), causal_mask(len(s)))),
        ("04.vazamento", leaks_by_tensors),
        ("04.vazamento", leaks_by_closeness),
        ("04.vazamento", leaks_number_by_number),
        ("04.suspeitos", torch.tensor([0, 24, 0, 6, 45])),
        ("04.suspeitos", [0.0, 24.0, 0.0, 6.0, 45.0]),
        ("04.atencao", attention_by_torch),
        (
            "04.atencao",
            lambda q, k, v: scaled_dot_product(*map(single, (q, k, v)), causal_mask(len(q)))[0],
        ),
        ("04.atencao", attention_by_slices),
        ("04.jacobiano", jacobian_by_autograd),
        ("04.jacobiano", lambda w: np.diag(w).astype(np.float32) - np.outer(w, w)),
        (
            "04.aditiva",
            lambda q, k, a, b, w: (
                torch.tanh(single(q) @ single(a) + single(k) @ single(b)) @ single(w)
            ),
        ),
        ("04.janela", lambda n, window: int(causal_mask(n).triu(1 - window).sum())),
        ("04.janela", windows_by_recursion),
        ("04.janela", lambda n, window: (lambda w: w * (w + 1) / 2 + (n - w) * w)(min(n, window))),
        ("04.mensagens", messages_by_matrix),
        ("04.mensagens", messages_by_index_add),
        ("04.mensagens", messages_node_by_node),
        ("04.mensagens", lambda v, e: messages_by_matrix(v, e).float().tolist()),
        ("04.escala", [64.0, 8.0, 1.0, 3.0]),
        ("04.passos", (127, 1, 43)),
    ],
)
def test_other_right_answers_are_accepted(exercise_id, answer):
    result = check(exercise_id, answer)
    assert result.status == "certo", repr(result)


def minus(chosen):
    """O softmax que tira outro número, e não o maior."""

    def answer(scores, temperature):
        grown = [math.exp((score - chosen(scores)) / temperature) for score in scores]
        return [part / sum(grown) for part in grown]

    return answer


@pytest.mark.parametrize(
    ("exercise_id", "answer"),
    [
        *(
            ("04.softmax", minus(chosen))
            for chosen in (
                min,
                lambda scores: scores[0],
                lambda scores: scores[-1],
                lambda scores: sum(scores) / len(scores),
                lambda scores: sorted(scores)[len(scores) // 2],
                lambda scores: max(scores, key=abs),
            )
        ),
        (
            "04.mascara",
            lambda s: (lambda w: w / w.sum(-1, keepdim=True))(single(s).softmax(1).tril()),
        ),
        ("04.mascara", lambda s: (lambda e: e / e.sum(1, keepdims=True))(np.tril(np.exp(s)))),
        ("04.mascara", lambda s: single(s).masked_fill(~past(s), -100).softmax(-1)),
        ("04.atencao", lambda q, k, v: hidden_by(q, k, v, -20)),
        ("04.atencao", lambda q, k, v: hidden_by(q, k, v, -100)),
        ("04.atencao", lambda q, k, v: attention_by_slices(q, k, v).int()),
        ("04.atencao", lambda q, k, v: attention_by_slices(q, k, v)[:, :4]),
    ],
)
def test_unlisted_wrong_answers_are_refused(exercise_id, answer):
    with np.errstate(all="ignore"):
        assert check(exercise_id, answer).status == "errado"


def test_counts_of_the_suspects_come_from_the_real_models():
    thread = load_thread()
    test = registry.get("04.vazamento").solution
    (other,) = thread.tokenizer.encode(" deu")
    places = range(1, len(thread.ids))
    found = {
        name: [test(run, thread.ids, place, other) for place in places]
        for name, run in suspects(thread).items()
    }
    exercise = registry.get("04.suspeitos")
    assert exercise.solution == tuple(sum(map(len, lists)) for lists in found.values())
    wrong = {item.name: item.answer for item in exercise.wrong}
    assert wrong["so_o_ultimo"] == tuple(len(lists[-1]) for lists in found.values())
    assert wrong["falta_o_ultimo"] == tuple(sum(map(len, lists[:-1])) for lists in found.values())
    assert wrong["sim_ou_nao"] == tuple(int(any(lists)) for lists in found.values())
    assert wrong["cada_uma_uma_vez"] == tuple(sum(map(bool, lists)) for lists in found.values())
    assert wrong["conta_a_propria"] == tuple(n + len(places) for n in exercise.solution)
    after = sum(len(thread.ids) - place for place in places)
    assert wrong["conta_todas"] == tuple(n + after for n in exercise.solution)
    assert wrong["so_as_de_depois"] == (after,) * 5
    ahead = registry.get_prediction("04.um_a_frente")
    assert ahead.answer == len(found["B"][-1]) == len(thread.model.blocks)


def test_no_change_of_a_suspect_is_near_the_limit():
    """Nenhuma diferença fica perto de 1e-5: o total é o mesmo em qualquer processador."""
    thread = load_thread()
    (other,) = thread.tokenizer.encode(" deu")
    for run in suspects(thread).values():
        before = torch.tensor(run(thread.ids))
        for place in range(1, len(thread.ids)):
            ids = [other if i == place else one for i, one in enumerate(thread.ids)]
            gaps = (torch.tensor(run(ids)) - before).abs().amax(-1)[:place]
            assert ((gaps < 1e-6) | (gaps > 1e-4)).all()


def test_suspects_are_the_model_of_the_course_with_the_mask_they_say():
    thread = load_thread()
    runs = suspects(thread)
    own = thread.model(thread.tokens)[0]
    assert torch.allclose(torch.tensor(runs["A"](thread.ids)), own, atol=1e-5)
    short = thread.ids[: leaks.WINDOW]
    assert torch.allclose(single(runs["C"](short)), single(runs["A"](short)), atol=1e-4)
    assert not torch.allclose(single(runs["C"](thread.ids)), own, atol=0.1)
    longer = [*short, thread.ids[leaks.WINDOW]]
    gap = single(runs["C"](longer)) - single(runs["A"](longer))
    assert gap[-1].abs().max() > 0.1  # a primeira posição já não se lê daqui
    reader, source = leaks.PAIR
    assert reader < source
    before = slice(0, reader)
    assert torch.allclose(single(runs["D"](thread.ids))[before], own[before], atol=1e-4)


def hidden_by(q, k, v, number):
    q, k, v = map(single, (q, k, v))
    scores = (q @ k.T / q.shape[1] ** 0.5).masked_fill(~past(q), number)
    return scores.softmax(-1) @ v


def test_values_come_from_the_real_thing():
    source = torch.Generator().manual_seed(0)
    q, k = (torch.randn(200_000, 64, generator=source) for _ in range(2))
    products = (q * k).sum(-1)
    measured = [
        products.var().item(),
        products.std().item(),
        products.std().item() / 8,
        (3 * products / 8).std().item(),
    ]
    assert measured == pytest.approx(registry.get("04.escala").solution, rel=0.02)
    jump, reach = 4 - 1, 128 - 1
    layers = next(n for n in range(1, 200) if n * jump >= reach)
    assert registry.get("04.passos").solution == (reach, 1, layers)
    window = causal_mask(128).triu(-3).int()
    seen = torch.eye(128, dtype=torch.int32)
    for _ in range(layers - 1):
        seen = ((seen @ window) > 0).int()
    assert seen[-1, 0] == 0
    assert (seen @ window)[-1, 0] > 0


def test_fixed_predictions_come_from_the_real_thing():
    found = {item.id: item for item in registry.predictions("04")}
    said = {name: item.options[item.answer] for name, item in found.items() if item.options}
    assert found["04.quantos_scores"].answer == (torch.ones(4, 2) @ torch.ones(2, 4)).numel()
    test = registry.get("04.vazamento").solution
    assert found["04.sem_mascara"].answer == len(test(unmasked, [0, 1, 2, 3], 3, 0))
    assert found["04.arestas"].answer == int(causal_mask(6).sum())
    assert found["04.dobro"].answer == (20 * 20) // (10 * 10)
    assert torch.tensor([-50.0, -50.0, -48.0]).softmax(-1)[2] == pytest.approx(0.8, abs=0.02)
    assert said["04.muito_negativos"] == "Perto de quatro quintos"
    big = torch.tensor([1000.0, 999.0])
    assert (big.exp() / big.exp().sum()).isnan().all()
    assert said["04.mil"] == "Devolve nan"
    assert torch.tensor([0.0, 0.0]).softmax(-1)[1] > 0
    assert said["04.zero_no_score"] == "O futuro fica com peso positivo"
    source = torch.Generator().manual_seed(0)
    scores = torch.randn(400, 16, 64, generator=source) @ torch.randn(400, 64, 1, generator=source)
    assert scores[..., 0].softmax(-1).max(-1).values.mean() > 0.8
    assert said["04.sem_raiz"] == "Mais de 80 %"


def last_output(layer, x):
    (gradient,) = torch.autograd.grad(layer(x)[-1].sum(), x)
    return gradient[0].norm().item()


def test_reach_prediction_is_what_is_measured():
    def attention(x):
        w = [torch.randn(16, 16, dtype=x.dtype) / 4 for _ in range(3)]
        return scaled_dot_product(*(x @ part for part in w))[0]

    drops = {}
    for name in ("atenção", "GRU"):
        torch.manual_seed(0)
        means = []
        for n in (4, 64):
            values = []
            for _ in range(10):
                network = nn.GRU(16, 16, dtype=torch.float64)
                layer = attention if name == "atenção" else lambda x, net=network: net(x)[0]
                x = torch.randn(n, 16, dtype=torch.float64, requires_grad=True)
                values.append(last_output(layer, x))
            means.append(sum(values) / len(values))
        drops[name] = means[0] / means[1]
    assert 4 < drops["atenção"] < 64
    assert drops["GRU"] > 1e6
    reach = registry.get_prediction("04.alcance")
    assert reach.options[reach.answer].startswith("Na GRU quase nada; na atenção, umas 20 vezes")


def unmasked(ids):
    """O `run` sem máscara da lição, com os números de `banana`."""
    q = single([[1, 0, 0, 0], [1, 1, 0, 0], [0, 2, 1, 0], [0, 1, 2, 0]])[ids]
    k = single([[2, 0, 0, 0], [0, 2, 0, 0], [0, 0, 2, 0], [0, 0, 2, 1]])[ids]
    v = single([[1, 0], [0, 1], [2, 2], [4, 0]])[ids]
    return scaled_dot_product(q, k, v)[0].tolist()


def test_expected_outputs_in_the_hints_are_true():
    softmax = registry.get("04.softmax").solution
    assert [round(w, 3) for w in softmax([2.0, 1.0, 0.0], 1.0)] == [0.665, 0.245, 0.090]
    causal = registry.get("04.mascara").solution
    rounded = [[round(w, 3) for w in row] for row in causal([[0.0, 5.0], [5.0, 0.0]])]
    assert rounded == [[1.0, 0.0], [0.993, 0.007]]
    assert registry.get("04.jacobiano").solution([0.5, 0.5]) == [[0.25, -0.25], [-0.25, 0.25]]
    additive = registry.get("04.aditiva").solution([1.0], [[1.0], [0.0]], [[1.0]], [[1.0]], [2.0])
    assert [round(score, 3) for score in additive] == [1.928, 1.523]
    assert registry.get("04.janela").solution(4, 2) == 7
    by_turns = registry.get("04.vazamento").solution
    assert by_turns(unmasked, [0, 1, 2, 3], 2, 0) == [0, 1]
    attend = registry.get("04.atencao").solution
    assert attend([[1.0], [2.0]], [[3.0], [0.0]], [[5.0, 6.0], [1.0, 1.0]])[0] == [5.0, 6.0]


def test_claims_of_the_diagnoses_are_true():
    wrong = {w.name: w.answer for w in registry.get("04.aditiva").wrong}
    keys, w_query, w_key, w = [[1.0], [0.5]], [[0.3, -1.0]], [[2.0, 1.0]], [1.0, 0.5]
    for name in ("sem_tanh", "tanh_separada"):  # a consulta só soma uma constante
        lines = [single(wrong[name]([q], keys, w_query, w_key, w)).softmax(-1) for q in (0.0, 3.0)]
        assert torch.allclose(*lines, atol=1e-6), name
    whole = {w.name: w.answer for w in registry.get("04.mascara").wrong}
    assert whole["zera_os_scores"]([[1.0, 9.0], [0.0, 0.0]])[0, 1] > 0.2
    assert whole["zera_os_pesos"]([[1.0, 1.0], [0.0, 0.0]])[0].sum() == pytest.approx(0.5)
    jacobian = registry.get("04.jacobiano").solution
    assert jacobian([1.0, 0.0, 0.0]) == [[0.0] * 3] * 3
    assert all(abs(sum(row)) < 1e-12 for row in jacobian([0.2, 0.3, 0.5]))
