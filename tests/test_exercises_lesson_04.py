"""Os exercícios da lição 04: os erros se distinguem, e há mais de um jeito de acertar."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from exercise_outcomes import require_own_diagnoses, require_right_options
from torch import nn

from helpers.attention import attention_pattern, causal_mask, scaled_dot_product
from helpers.exercises import registry
from helpers.exercises.checking import check

EXERCISES = registry.exercises("04")
IDS = [exercise.id for exercise in EXERCISES]
pytestmark = pytest.mark.usefixtures("progress_file")


def test_lesson_has_the_promised_exercises_in_order():
    assert IDS == [
        "04.softmax",
        "04.escala",
        "04.jacobiano",
        "04.mascara",
        "04.atencao",
        "04.passos",
        "04.aditiva",
        "04.janela",
    ]


def single(values):
    """Como quem estuda escreveria: um tensor de 32 bits."""
    return torch.tensor(values, dtype=torch.float32)


def causal_by_renormalizing(scores):
    weights = single(scores).softmax(-1).tril()
    return weights / weights.sum(-1, keepdim=True)


def attention_by_torch(q, k, v):
    return F.scaled_dot_product_attention(single(q), single(k), single(v), is_causal=True)


def jacobian_by_autograd(weights):
    logits = torch.tensor(weights, dtype=torch.float64).clamp_min(1e-300).log()
    return torch.autograd.functional.jacobian(lambda s: s.softmax(-1), logits)


@pytest.mark.parametrize(
    ("exercise_id", "answer"),
    [
        ("04.softmax", lambda s, t: (single(s) / t).softmax(-1)),
        ("04.softmax", lambda s, t: np.exp(np.array(s) / t - np.logaddexp.reduce(np.array(s) / t))),
        ("04.mascara", causal_by_renormalizing),
        ("04.mascara", lambda s: attention_pattern(single(s), causal_mask(len(s)))),
        ("04.atencao", attention_by_torch),
        (
            "04.atencao",
            lambda q, k, v: scaled_dot_product(*map(single, (q, k, v)), causal_mask(len(q)))[0],
        ),
        ("04.jacobiano", jacobian_by_autograd),
        (
            "04.aditiva",
            lambda q, k, a, b, w: (
                torch.tanh(single(q) @ single(a) + single(k) @ single(b)) @ single(w)
            ),
        ),
        ("04.janela", lambda n, window: int(causal_mask(n).triu(1 - window).sum())),
        ("04.escala", [64.0, 8.0, 1.0, 3.0]),
        ("04.passos", (127, 1, 43)),
    ],
)
def test_other_right_answers_are_accepted(exercise_id, answer):
    result = check(exercise_id, answer)
    assert result.status == "certo", repr(result)


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
    assert found["04.arestas"].answer == int(causal_mask(6).sum())
    assert found["04.dobro"].answer == (20 * 20) // (10 * 10)
    assert torch.full((3,), -50.0).softmax(-1).sum() == pytest.approx(1)
    assert said["04.todos_iguais"] == "Um"
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


def test_predictions_have_the_promised_ids():
    assert [item.id for item in registry.predictions("04")] == [
        "04.quantos_scores",
        "04.todos_iguais",
        "04.mil",
        "04.sem_raiz",
        "04.zero_no_score",
        "04.arestas",
        "04.alcance",
        "04.dobro",
    ]


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


# Uma palavra-chave por diagnóstico: trocar dois deles, ou o alvo de um, reprova.
SAID = {
    "04.softmax": {
        "ingenuo": "**direto no score**",
        "ingenuo_nan": "`inf / inf`",
        "sem_temperatura": "não usa a temperatura",
        "multiplica": "**multiplica** pela temperatura",
        "temperatura_depois": "divide **os pesos**",
        "sem_dividir_pela_soma": "dividir pela soma",
        "sem_exponencial": "sem exponencial",
        "so_o_maior": "tudo ao maior score",
    },
    "04.escala": {
        "sempre_um": "**sempre** deixa",
        "divide_a_variancia": "divide **a variância**",
        "nove": "variância no último",
        "desvio_e_variancia": "trocou variância e desvio",
        "soma_sem_raiz": "soma **os desvios**",
    },
    "04.jacobiano": {
        "so_a_diagonal": "só deriva a **diagonal**",
        "sinal_trocado": "tudo **positivo**",
        "sem_o_fator": "multiplicar por p_i",
        "sem_o_delta": "esqueceu o **delta**",
        "delta_solto": "fora do parêntese",
    },
    "04.mascara": {
        "sem_mascara": "não usa máscara",
        "zera_os_scores": "zero nos scores",
        "zera_os_pesos": "os pesos depois",
        "ao_contrario": "**o passado**",
        "sem_a_diagonal": "si mesmo",
        "uma_a_mais": "uma posição à frente",
        "nas_colunas": "por coluna",
        "tabela_inteira": "tabela inteira",
    },
    "04.atencao": {
        "sem_raiz": "não divide por √d_head",
        "divide_por_d": "sem a raiz",
        "raiz_do_valor": "largura dos valores",
        "raiz_do_comprimento": "número de posições",
        "sem_mascara": "esquece **a máscara**",
        "sem_softmax": "os scores no lugar dos pesos",
        "trocou_q_e_k": "trocou consulta e chave",
        "softmax_nas_colunas": "por coluna",
        "devolve_os_pesos": "devolve **os pesos**",
    },
    "04.passos": {
        "conta_os_tokens": "conta **os tokens**",
        "janela_recua_quatro": "4 posições",
        "arredonda_para_baixo": "para baixo",
        "atencao_tambem_anda": "token em token",
        "janela_nao_alcanca": "uma posição",
    },
    "04.aditiva": {
        "sem_tanh": "esquece a tangente",
        "tanh_no_fim": "**no fim**",
        "tanh_separada": "separadamente",
        "produto": "**multiplica** as duas",
        "sem_consulta": "a consulta de fora",
        "sem_w": "sem `w`",
    },
    "04.janela": {
        "esquece_o_comeco": "**a todas**",
        "tabela_cheia": "a tabela inteira",
        "so_causal": "esquece a janela",
        "sem_si_mesma": "a própria posição",
        "janela_mais_um": "além da própria",
        "dos_dois_lados": "para os dois lados",
    },
}


@pytest.mark.parametrize("exercise", EXERCISES, ids=IDS)
def test_each_diagnosis_names_its_own_mistake(exercise):
    require_own_diagnoses(exercise, SAID[exercise.id])


RIGHT = {
    "04.q_eixo": "Cada linha: os pesos",
    "04.q_raiz": "a soma de d parcelas independentes tem desvio √d",
    "04.q_mascara": "pondo −∞ nos scores",
    "04.q_teste": "Mudar o último token",
    "04.q_nada": "de acordo com as diferenças entre os scores",
    "04.q_custo": "cresce com o quadrado do texto",
}


def test_right_option_of_each_question_is_the_right_one():
    require_right_options("04", RIGHT)
