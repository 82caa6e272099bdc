"""Os exercícios da lição 02: os erros se distinguem, e há mais de um jeito de acertar."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from exercise_outcomes import require_refused_and_unlisted

from helpers.config import PRESETS
from helpers.embedding import SinusoidalPositions
from helpers.exercises import registry
from helpers.exercises.checking import check

pytestmark = pytest.mark.usefixtures("progress_file")


def by_torch(ids, table):
    table = torch.tensor(table)
    return F.one_hot(torch.tensor(ids), len(table)).float() @ table


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


def same_list_in_every_row(ids, arriving, d_vocab):
    gradient = [[0] * len(arriving[0])] * d_vocab
    for token_id, vector in zip(ids, arriving, strict=True):
        for column, value in enumerate(vector):
            gradient[token_id][column] += value
    return gradient


@pytest.mark.parametrize(
    ("exercise_id", "answer"),
    [
        ("02.passo", lambda table, gradient, rate: np.array(table) - rate * np.array(gradient)),
        (
            "02.passo",
            lambda table, gradient, rate: torch.tensor(table) - rate * torch.tensor(gradient),
        ),
        ("02.entrada", lambda ids, W_E, W_pos: np.array(W_E)[ids] + np.array(W_pos)[: len(ids)]),
        (
            "02.entrada",
            lambda ids, W_E, W_pos: torch.tensor(W_E)[ids] + torch.tensor(W_pos)[: len(ids)],
        ),
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
        ("02.passo", lambda table, gradient, rate: gradient),
        ("02.entrada", lambda ids, W_E, W_pos: W_E),
        ("02.trocar_ids", lambda table, new_ids: sorted(table)),
        ("02.gradiente", lambda ids, arriving, d_vocab: [[9] * len(arriving[0])] * d_vocab),
        ("02.vizinho", lambda table, row: 0),
        ("02.senoide", lambda position, d_model: [0.0, 1.0] * (d_model // 2)),
        ("02.pares", lambda words, window: []),
        ("02.parametros", (0, 0)),
    ],
)
def test_unlisted_wrong_answers_are_refused_and_not_mistaken(exercise_id, answer):
    result = check(exercise_id, answer)
    require_refused_and_unlisted(exercise_id, result)


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

    table = [[2.0, 0.0, 1.0], [5.0, -1.0, 3.0]]
    assert solution("02.linha")([1, 0], table) == [[5, -1, 3], [2, 0, 1]]
    assert solution("02.trocar_ids")([[10], [20], [30]], [1, 2, 0]) == [[30], [10], [20]]
    arriving = [[1.0, 2.0], [3.0, 4.0]]
    assert solution("02.gradiente")([2, 2], arriving, 3) == [[0, 0], [0, 0], [4, 6]]
    assert solution("02.passo")([[2.0, -1.0]], [[10.0, -4.0]], 0.1) == [[1.0, -0.6]]
    tables = [[2.0, 0.0], [5.0, -1.0]], [[10.0, 20.0], [30.0, 40.0], [50.0, 60.0]]
    assert solution("02.entrada")([1, 0], *tables) == [[15, 19], [32, 40]]
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
    table = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]
    assert row["posicao_no_lugar_do_id"]([0, 1, 2], table) == table
    assert row["conta_do_um"]([0], table) == [table[-1]]
    viu = [row["soma_os_vetores"](ids, table) for ids in ([0, 1, 2], [2, 1, 0])]
    assert viu[0] == viu[1]
    wave = {w.name: w.answer for w in registry.get("02.senoide").wrong}
    assert sorted(wave["metades_separadas"](3, 8)) == sorted(
        registry.get("02.senoide").solution(3, 8)
    )
    # O último ponteiro, com metade do expoente: dez vezes mais rápido em 4 colunas, 93 em 128.
    faster = [10_000 ** ((d_model / 2 - 1) / d_model) for d_model in (4, 128)]
    assert faster == pytest.approx([10, 93], rel=0.01)
    gradient = {w.name: w.answer for w in registry.get("02.gradiente").wrong}
    given = ([1, 1], [[1.0, 2.0], [3.0, 4.0]], 3)
    assert same_list_in_every_row(*given) == gradient["todas_as_linhas"](*given)
    step = {w.name: w.answer for w in registry.get("02.passo").wrong}
    once = ([[2.0, 3.0]], [[1.0, -1.0]], 1.0)
    assert step["sem_taxa"](*once) == registry.get("02.passo").solution(*once)


def test_fixed_predictions_come_from_the_real_thing():
    found = {item.id: item for item in registry.predictions("02")}
    assert found["02.linhas"].answer == len(set("banana"))
    assert found["02.tres_as"].answer == len(set("banana"))
    assert found["02.setas"].answer == 16
    first = found["02.multiplicacoes"]
    assert first.options[first.answer] == str(PRESETS["gpt2"].d_model)
    assert found["02.troca"].options[found["02.troca"].answer] == "Nada"
    assert found["02.taxa"].options[found["02.taxa"].answer] == "Sobe a cada passo"
    assert found["02.escala"].options[found["02.escala"].answer] == "Perto de 1"


def test_the_repeated_list_is_told_as_such():
    result = check("02.gradiente", same_list_in_every_row)
    assert "a mesma lista" in result.message


def test_the_second_best_is_not_the_neighbour_when_a_row_is_parallel():
    def second(table, row):
        found = F.cosine_similarity(torch.tensor(table), torch.tensor(table[row])[None], dim=1)
        return sorted(range(len(table)), key=lambda other: -found[other])[1]

    assert check("02.vizinho", second).status == "errado"


def test_an_answer_a_little_off_is_refused():
    solution = registry.get("02.senoide").solution
    result = check("02.senoide", lambda *given: [one + 0.01 for one in solution(*given)])
    require_refused_and_unlisted("02.senoide", result)
