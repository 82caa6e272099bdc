"""Os exercícios da lição 02: os erros se distinguem, e há mais de um jeito de acertar."""

import math

import pytest
import torch
import torch.nn.functional as F
from exercise_outcomes import (
    require_own_comments,
    require_own_diagnoses,
    require_right_options,
)

from helpers.config import PRESETS
from helpers.embedding import SinusoidalPositions
from helpers.exercises import registry
from helpers.exercises.checking import check

EXERCISES = registry.exercises("02")
IDS = [exercise.id for exercise in EXERCISES]
pytestmark = pytest.mark.usefixtures("progress_file")


def test_lesson_has_the_promised_exercises_in_order():
    assert IDS == [
        "02.linha",
        "02.parametros",
        "02.trocar_ids",
        "02.gradiente",
        "02.vizinho",
        "02.senoide",
        "02.pares",
    ]


def by_torch(ids, table):
    table = torch.tensor(table)
    return F.one_hot(torch.tensor(ids), len(table)) @ table


def renumber_by_search(table, new_ids):
    return [table[new_ids.index(place)] for place in range(len(table))]


def gradient_by_autograd(ids, arriving, d_vocab):
    arriving = torch.tensor(arriving, dtype=torch.float64)
    table = torch.zeros(d_vocab, arriving.shape[1], dtype=torch.float64, requires_grad=True)
    (table[torch.tensor(ids)] * arriving).sum().backward()
    return table.grad


def nearest_by_torch(table, row):
    table = torch.tensor(table, dtype=torch.float64)
    found = F.cosine_similarity(table, table[row][None], dim=1)
    found[row] = -2
    return found.argmax()


def pairs_by_distance(words, window):
    places = range(len(words))
    return [(words[i], words[j]) for i in places for j in places if 0 < abs(i - j) <= window]


@pytest.mark.parametrize(
    ("exercise_id", "answer"),
    [
        ("02.linha", by_torch),
        ("02.linha", lambda ids, table: [table[i] for i in ids]),
        ("02.trocar_ids", renumber_by_search),
        ("02.gradiente", gradient_by_autograd),
        ("02.vizinho", nearest_by_torch),
        ("02.senoide", lambda pos, d: SinusoidalPositions(pos + 1, d).W_pos[pos]),
        ("02.pares", pairs_by_distance),
        ("02.parametros", [38_597_376, 786_432]),
    ],
)
def test_other_right_answers_are_accepted(exercise_id, answer):
    assert check(exercise_id, answer).status == "certo"


@pytest.mark.parametrize(
    ("exercise_id", "answer"),
    [
        ("02.linha", lambda ids, table: table),
        ("02.trocar_ids", lambda table, new_ids: sorted(table)),
        ("02.gradiente", lambda ids, arriving, d_vocab: [[9] * len(arriving[0])] * d_vocab),
        ("02.vizinho", lambda table, row: 0),
        ("02.senoide", lambda position, d_model: [0.0, 1.0] * (d_model // 2)),
        ("02.pares", lambda words, window: []),
        ("02.parametros", (0, 0)),
    ],
)
def test_unlisted_wrong_answers_are_refused_without_a_diagnosis(exercise_id, answer):
    result = check(exercise_id, answer)
    assert (result.status, result.misconception) == ("errado", None)


def test_values_come_from_the_published_sizes():
    gpt2 = PRESETS["gpt2"]
    sizes = (gpt2.d_vocab * gpt2.d_model, gpt2.n_ctx * gpt2.d_model)
    parameters = registry.get("02.parametros")
    assert parameters.solution == sizes
    wrong = {one.name: one.answer for one in parameters.wrong}
    assert wrong["vocabulario_vezes_contexto"][1] == gpt2.d_vocab * gpt2.n_ctx
    assert wrong["so_as_linhas"] == (gpt2.d_vocab, gpt2.n_ctx)
    for size in sizes:
        assert f"{size:,}".replace(",", " ") not in parameters.done_when  # o cartão não responde


def test_expected_outputs_in_the_hints_are_true():
    def solution(name):
        return registry.get(name).solution

    assert solution("02.linha")([1, 0], [[2, 0, 1], [5, -1, 3]]) == [[5, -1, 3], [2, 0, 1]]
    assert solution("02.trocar_ids")([[10], [20], [30]], [1, 2, 0]) == [[30], [10], [20]]
    assert solution("02.gradiente")([2, 2], [[1, 2], [3, 4]], 3) == [[0, 0], [0, 0], [4, 6]]
    assert solution("02.vizinho")([[4.0, 1.0], [9.0, 9.0], [1.0, 0.25]], 0) == 2
    wave = solution("02.senoide")(1, 4)
    assert [round(one, 3) for one in wave] == [0.841, 0.54, 0.01, 1.0]
    pairs = solution("02.pares")(["um", "pão", "bom"], 1)
    assert pairs == [("um", "pão"), ("pão", "um"), ("pão", "bom"), ("bom", "pão")]


def test_claims_of_the_diagnoses_are_true():
    renumber = {w.name: w.answer for w in registry.get("02.trocar_ids").wrong}
    two = ([[1], [2]], [1, 0])
    assert renumber["sentido_contrario"](*two) == registry.get("02.trocar_ids").solution(*two)
    row = {w.name: w.answer for w in registry.get("02.linha").wrong}
    table = [[1, 2], [3, 4], [5, 6]]
    assert row["posicao_no_lugar_do_id"]([0, 1, 2], table) == table
    assert row["conta_do_um"]([0], table) == [table[-1]]
    viu = [row["soma_os_vetores"](ids, table) for ids in ([0, 1, 2], [2, 1, 0])]
    assert viu[0] == viu[1]
    wave = {w.name: w.answer for w in registry.get("02.senoide").wrong}
    assert sorted(wave["metades_separadas"](3, 8)) == sorted(
        registry.get("02.senoide").solution(3, 8)
    )
    # “O último ponteiro fica cem vezes mais rápido”: em d_model grande, 10000^½ = 100.
    assert math.isclose(10_000 ** (-0.5) / 10_000 ** (-1.0), 100)


# Uma palavra-chave por diagnóstico: trocar dois deles, ou o alvo de um, reprova.
SAID = {
    "02.linha": {
        "posicao_no_lugar_do_id": "posição na frase",
        "coluna_no_lugar_da_linha": "lê a **coluna**",
        "conta_do_um": "a partir de 1",
        "soma_os_vetores": "soma todos os vetores",
        "id_como_quantidade": "multiplica a tabela pelo id",
        "sem_repeticao": "descarta ids repetidos",
        "parou_no_one_hot": "parou no one-hot",
    },
    "02.parametros": {
        "tabelas_trocadas": "trocou as tabelas",
        "so_as_linhas": "só as linhas",
        "posicao_com_um_numero": "um número só",
        "vocabulario_vezes_contexto": "a cada token do vocabulário",
    },
    "02.trocar_ids": {
        "sentido_contrario": "no sentido contrário",
        "nao_muda_nada": "deixa a tabela como estava",
        "inverte_a_ordem": "inverte a ordem",
        "muda_a_entrada": "a própria tabela recebida",
        "apaga_antes_de_ler": "na mesma cópia",
        "troca_as_colunas": "troca as **colunas**",
    },
    "02.gradiente": {
        "fica_o_ultimo": "guarda só o último",
        "tira_a_media": "tira a média",
        "linha_da_posicao": "na linha da **posição**",
        "todas_as_linhas": "por **todas as linhas**",
        "faltam_linhas": "só as primeiras linhas",
        "so_as_usadas": "só as linhas usadas",
    },
    "02.vizinho": {
        "ela_mesma": "não tira a própria linha",
        "produto_escalar": "produto escalar sem dividir",
        "distancia": "usa a **distância**",
        "valor_absoluto": "valor absoluto",
        "mais_distante": "procura o **menor**",
        "id_seguinte": "devolve o **id vizinho**",
        "divide_duas_vezes": "ao quadrado",
    },
    "02.senoide": {
        "so_senos": "só o seno",
        "um_angulo_por_coluna": "um ângulo a cada coluna",
        "metade_do_expoente": "no **expoente**",
        "metades_separadas": "todos os senos e depois todos os cossenos",
        "cosseno_primeiro": "trocou seno e cosseno",
        "comeca_em_um": "a partir de 1",
        "multiplica_em_vez_de_dividir": "quem **multiplica**",
    },
    "02.pares": {
        "par_consigo": "com ela mesma",
        "so_a_direita": "para a direita",
        "janela_curta": "última vizinha da direita",
        "da_a_volta": "índice ficar **negativo**",
        "pula_palavra_igual": "palavras iguais",
        "vizinha_antes": "vizinha antes",
    },
}


@pytest.mark.parametrize("exercise", EXERCISES, ids=IDS)
def test_each_diagnosis_names_its_own_mistake(exercise):
    require_own_diagnoses(exercise, SAID[exercise.id])


RIGHT = {
    "02.q_one_hot": "as duas contas dão o mesmo",
    "02.q_gradiente": "Como foi sorteada",
    "02.q_sonda": "faltam nomes novos e uma referência",
    "02.q_posicao": "embaralhados do mesmo jeito",
    "02.q_superposicao": "raramente aparecem juntas",
    "02.q_word2vec": "De um sorteio",
}


def test_right_option_of_each_question_is_the_right_one():
    require_right_options("02", RIGHT)


def test_predictions_have_the_promised_ids_and_answers():
    found = {item.id: item for item in registry.predictions("02")}
    assert list(found) == [
        "02.multiplicacoes",
        "02.troca",
        "02.linhas",
        "02.vizinho_antes",
        "02.genero",
        "02.setas",
        "02.tres_as",
    ]
    assert found["02.linhas"].answer == len(set("banana"))
    assert found["02.tres_as"].answer == len(set("banana"))
    assert found["02.setas"].answer == 16
    first = found["02.multiplicacoes"]
    assert first.options[first.answer] == str(PRESETS["gpt2"].d_model)
    assert found["02.troca"].options[found["02.troca"].answer] == "Nada"


#: Um trecho do comentário de cada alternativa, e até que distância um número está perto.
COMMENTS = {
    "02.multiplicacoes": ["o que sobra", "linhas da tabela", "Quase todas por zero", "um 1 só"],
    "02.troca": ["se só os ids mudassem", "bit por bit", "onde procurar"],
    "02.vizinho_antes": ["ainda não sabe o que é um nome", "começa sorteada", "vizinhas no papel"],
    "02.genero": ["Seria o acaso", "palpite prudente", "saber o gênero ajuda"],
}
NEAR = {"02.linhas": 3, "02.setas": 2, "02.tres_as": 1}


def test_comments_of_the_predictions_speak_of_their_own_option():
    require_own_comments("02", COMMENTS, NEAR)


def test_an_answer_a_little_off_is_refused():
    solution = registry.get("02.senoide").solution
    result = check("02.senoide", lambda *given: [one + 0.01 for one in solution(*given)])
    assert (result.status, result.misconception) == ("errado", None)
