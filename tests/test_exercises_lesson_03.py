"""Os exercícios da lição 03: os erros se distinguem, e há mais de um jeito de acertar."""

import math
import random

import numpy as np
import pytest
import torch
from exercise_outcomes import (
    require_own_comments,
    require_own_diagnoses,
    require_right_options,
)
from torch import nn

from helpers.attention import Head, scaled_dot_product
from helpers.exercises import registry
from helpers.exercises.checking import check

EXERCISES = registry.exercises("03")
IDS = [exercise.id for exercise in EXERCISES]
pytestmark = pytest.mark.usefixtures("progress_file")


def test_lesson_has_the_promised_exercises_in_order():
    assert IDS == [
        "03.projetar",
        "03.ler",
        "03.lido",
        "03.larguras",
        "03.parametros",
        "03.forca",
    ]


def read_with_torch(q, keys, values):
    q, keys, values = (torch.tensor(one, dtype=torch.float64) for one in (q, keys, values))
    return scaled_dot_product(q[None], keys, values)[0][0]


def read_stably(q, keys, values):
    scores = np.array(keys, dtype=float) @ np.array(q) / math.sqrt(len(q))
    powers = np.exp(scores - scores.max())
    return powers / powers.sum() @ np.array(values, dtype=float)


@pytest.mark.parametrize(
    ("exercise_id", "answer"),
    [
        ("03.projetar", lambda x, W: np.array(x) @ np.array(W)),
        ("03.projetar", lambda x, W: torch.tensor(x) @ torch.tensor(W)),
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


def test_random_cases_do_not_depend_on_the_global_seed():
    random.seed(1)
    first = [[case.args for case in e.make_cases()] for e in EXERCISES if e.kind == "function"]
    random.seed(2)
    again = [[case.args for case in e.make_cases()] for e in EXERCISES if e.kind == "function"]
    assert first == again


def test_predictions_agree_with_the_arithmetic():
    answers = {item.id: item.answer for item in registry.predictions("03")}
    assert list(answers) == [
        "03.simetria",
        "03.score_joao",
        "03.norma",
        "03.dv",
        "03.menos_cinquenta",
        "03.primeiro",
        "03.qual_tensor",
    ]
    assert answers["03.score_joao"] == 2 * 3 + 1 * 0
    bored = torch.full((4,), -50.0).softmax(-1).sum().item()
    options = registry.get_prediction("03.menos_cinquenta").options
    assert options[answers["03.menos_cinquenta"]] == f"{bored:.0f}"


# Uma palavra-chave por diagnóstico: trocar dois deles, ou o alvo de um, reprova.
SAID = {
    "03.projetar": {
        "matriz_deitada": "**deitada**",
        "nao_zera": "não zera o total",
        "so_a_primeira": "primeira posição",
        "colunas_primeiro": "**virada**",
        "ignora_x": "sem usar `x`",
        "so_o_ultimo_produto": "último produto",
        "lista_corrida": "numa lista só",
    },
    "03.ler": {
        "sem_raiz": "não divide pela raiz",
        "divide_pela_largura": "divide pela **largura**",
        "raiz_do_valor": "largura do valor",
        "scores_crus": "scores crus",
        "nao_reparte": "esquece de dividir pelo total",
        "so_o_maior": "maior score",
        "media_simples": "média simples",
        "mistura_chaves": "mistura as **chaves**",
        "devolve_os_pesos": "para nos **pesos**",
    },
    "03.lido": {
        "soma_as_linhas": "soma as **linhas**",
        "media_da_coluna": "média de cada coluna",
        "sem_a_diagonal": "tira a diagonal",
        "maior_da_coluna": "maior peso",
        "so_a_ultima_linha": "última linha",
        "divide_por_quem_podia": "**podiam**",
    },
    "03.larguras": {
        "valor_igual_a_chave": "dá ao valor a **largura da chave**",
        "cola_chaves": "ao colar",
        "saida_com_largura_da_chave": "dá à **saída**",
        "divide_o_modelo": "**costume**",
        "scores_com_largura": "uma coluna por dimensão",
    },
    "03.parametros": {
        "sem_vies": "1024",
        "sem_a_saida": "816",
        "tres_matrizes": "768",
        "vezes_as_cabecas": "2176",
        "um_vies_so": "1040",
    },
    "03.forca": {
        "sem_raiz": "não divide por √d_head",
        "esquece_de_si": "um concorrente só",
        "nao_e_a_menor": "não é a menor",
        "divide_por_d": "**raiz** de `d_head`",
        "arredonda_para_menos": "parte inteira",
    },
}


@pytest.mark.parametrize("exercise", EXERCISES, ids=IDS)
def test_each_diagnosis_names_its_own_mistake(exercise):
    require_own_diagnoses(exercise, SAID[exercise.id])


RIGHT = {
    "03.q_papeis": "a comparação ficaria simétrica",
    "03.q_linha": "`entregou` recebe de `João`",
    "03.q_larguras": "Consultas de largura 3 e chaves de largura 5",
    "03.q_silencio": "A média simples",
    "03.q_norma": "depois da norma",
    "03.q_fila": "as três projeções bastam",
}


def test_right_option_of_each_question_is_the_right_one():
    require_right_options("03", RIGHT)


#: Um trecho do comentário de cada alternativa, e até que distância um número está perto.
COMMENTS = {
    "03.simetria": ["na outra ordem", "O sinal não muda", "Dá:"],
    "03.norma": ["se a medida fosse o ângulo", "só pode subir", "dez vezes maior"],
    "03.dv": ["precisam ter a mesma largura", "média de valores", "O 3 some"],
    "03.menos_cinquenta": ["Bem que se gostaria", "repartem por igual", "Score não é peso"],
    "03.primeiro": ["sobra alguém", "sempre entre as permitidas", "à frente dele"],
    "03.qual_tensor": ["Falta a posição", "ainda há um passo", "A norma vem antes"],
}
NEAR = {"03.score_joao": 1}


def test_comments_of_the_predictions_speak_of_their_own_option():
    require_own_comments("03", COMMENTS, NEAR)


def test_an_answer_a_little_off_is_refused():
    solution = registry.get("03.ler").solution
    result = check("03.ler", lambda *given: [one + 0.001 for one in solution(*given)])
    assert (result.status, result.misconception) == ("errado", None)
