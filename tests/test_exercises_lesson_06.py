"""Os exercícios da lição 06: gabaritos contra helpers e PyTorch, diagnósticos com nome."""

import pytest
import torch
import torch.nn.functional as F
from exercise_outcomes import require_own_diagnoses, require_right_options

from helpers import heads
from helpers.attention import causal_mask
from helpers.block import Block
from helpers.config import DecoderConfig
from helpers.decoder import Decoder
from helpers.exercises import registry
from helpers.exercises.checking import check
from helpers.hooks import run_with_cache

pytestmark = pytest.mark.usefixtures("progress_file")

EXERCISES = registry.exercises("06")
IDS = [exercise.id for exercise in EXERCISES]


def draw(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_order_of_the_exercises():
    assert IDS == [
        "06.layer_norm",
        "06.bloco",
        "06.ganho",
        "06.enviado",
        "06.fonte",
        "06.contribuicoes",
    ]


def test_layer_norm_is_the_one_of_pytorch():
    resid, w, b = draw(5, 8), draw(8, seed=1), draw(8, seed=2)
    mine = registry.get("06.layer_norm").solution(resid, w, b, 1e-5)
    assert torch.allclose(mine, F.layer_norm(resid, (8,), w, b, 1e-5), atol=1e-12)


def test_block_is_the_one_of_helpers_and_the_wrong_one_loses_attention():
    config = DecoderConfig(50, 16, 32, n_heads=4, n_layers=1)
    block = Block(config, generator=torch.Generator().manual_seed(0)).double()
    mask, resid = causal_mask(6), draw(1, 6, 32)
    parts = (block.ln1, lambda x: block.attn(x, mask=mask), block.ln2, block.mlp)
    exercise = registry.get("06.bloco")
    wrong = {item.name: item.answer for item in exercise.wrong}
    with torch.no_grad():
        assert torch.allclose(exercise.solution(resid, *parts), block(resid, mask), atol=1e-10)
        silent = (*parts[:3], torch.zeros_like)
        assert torch.equal(wrong["perde_a_atencao"](resid, *silent), resid)
        assert not torch.allclose(exercise.solution(resid, *silent), resid)
        post = Block(config, norm="post").double()
        post.load_state_dict(block.state_dict())
        found = wrong["norma_depois"](resid, *parts)
        assert torch.allclose(found, post(resid, mask), atol=1e-10)


def test_gain_is_compound():
    assert registry.get("06.ganho").solution == [0.5**4, 1.5**4]
    assert "(0.25, 2.25)" in registry.get("06.ganho").stub


def test_sent_of_the_uniform_pattern_still_favours_the_first():
    even = heads.uniform_pattern(6)[0, 0]
    sent = registry.get("06.enviado").solution(even)
    assert sent[0] == pytest.approx(2.45 / 6)
    wrong = {item.name: item.answer for item in registry.get("06.enviado").wrong}
    assert wrong["soma_a_linha"](even) == pytest.approx([1.0] * 6)


def test_hints_tell_true_outputs():
    sent = registry.get("06.enviado").solution
    by_hand = torch.tensor([[1, 0, 0], [0.75, 0.25, 0], [0.5, 0.25, 0.25]])
    assert sent(by_hand) == [0.75, 0.25, 0.25]
    source = registry.get("06.fonte").solution
    arguments = torch.tensor([0.6, 0.4]), torch.tensor([[0.1], [3.0]]), torch.tensor([[1.0]])
    assert source(*arguments) == 1
    credit = registry.get("06.contribuicoes").solution
    one = torch.tensor([[1.0, 3.0]]), 2.0, torch.ones(2), torch.tensor([0.0, 1.0])
    assert credit(*one) == [0.5]
    norm = registry.get("06.layer_norm").solution
    first = norm(torch.tensor([[2.0, 4.0, 6.0, 8.0]]), torch.ones(4), torch.zeros(4), 0.0)[0, 0]
    assert float(first) == pytest.approx(-3 / 5**0.5)
    assert round(-3 / 5**0.5, 3) == -1.342


def test_source_is_the_largest_contribution_of_helpers():
    config = DecoderConfig(50, 16, 32, n_heads=4, n_layers=1)
    model = Decoder(config, generator=torch.Generator().manual_seed(3))
    tokens = torch.randint(50, (1, 9), generator=torch.Generator().manual_seed(4))
    norms = heads.contribution_norms(model, tokens)[0, 0]
    _, seen = run_with_cache(model, tokens)
    solution = registry.get("06.fonte").solution
    for head in range(4):
        weights = seen["blocks.0.attn.hook_pattern"][0, head, -1]
        values = seen["blocks.0.attn.hook_v"][0, :, head]
        with torch.no_grad():
            found = solution(weights, values, model.blocks[0].attn.W_O[head])
        assert found == int(norms[head, -1].argmax())


def test_credit_sums_to_the_logit():
    writes, w, direction = draw(6, 16), draw(16, seed=1), draw(16, seed=2)
    total = writes.sum(0)
    scale = float(total.std(correction=0))
    parts = registry.get("06.contribuicoes").solution(writes, scale, w, direction)
    logit = ((total - total.mean()) / scale * w) @ direction
    assert sum(parts) == pytest.approx(float(logit))


SAID = {
    "06.layer_norm": {
        "entre_posicoes": "entre as posições",
        "tudo_junto": "uma média só",
        "divide_por_n_menos_1": "divide por n − 1",
        "eps_fora": "fora da raiz",
        "sem_centrar": "sem tirar a média",
        "sem_raiz": "variância**, sem tirar a raiz",
        "sem_ganho": "esquece `w` e `b`",
    },
    "06.bloco": {
        "perde_a_atencao": "de antes da atenção",
        "norma_depois": "norma depois da soma",
        "sem_norma": "não usa as normas",
        "em_paralelo": "lado a lado",
        "sem_residual": "não soma nada",
        "norma_no_caminho": "tomar o lugar do fluxo",
        "uma_norma_so": "nas duas leituras",
    },
    "06.ganho": {
        "trocados": "trocou a ordem",
        "soma_os_fatores": "**soma** os efeitos",
        "soma_so_no_fim": "uma vez só, no fim",
        "duas_camadas": "duas camadas",
        "residual_preserva": "deixa tudo como",
    },
    "06.enviado": {
        "soma_a_linha": "soma as **linhas**",
        "sem_dividir": "não divide",
        "divide_por_todas": "mesmo número",
        "sem_a_propria": "para si mesma",
        "divisor_ao_contrario": "quantas posições a linha enxerga",
        "so_o_maior": "maior peso",
    },
    "06.fonte": {
        "maior_peso": "só o **maior peso**",
        "ignora_o_peso": "ignora os pesos",
        "antes_de_W_O": "antes de `W_O`",
        "soma_no_lugar_da_norma": "soma os números",
        "W_O_transposta": "`W_O` transposta",
    },
    "06.contribuicoes": {
        "norma_de_cada_uma": "normaliza cada escrita",
        "sem_centrar": "não tira a média",
        "sem_escala": "esquece a escala",
        "sem_ganho": "esquece o ganho `w`",
        "acumulado": "soma corrente",
        "sem_sinal": "apaga o sinal",
    },
}


@pytest.mark.parametrize("exercise", EXERCISES, ids=IDS)
def test_each_diagnosis_names_its_own_mistake(exercise):
    require_own_diagnoses(exercise, SAID[exercise.id])
    for wrong in exercise.wrong:
        assert check(exercise.id, wrong.answer).misconception == wrong.name


RIGHT = {
    "06.q_nomes": "A conexão é a soma",
    "06.q_norma": "Nada.",
    "06.q_soma": "a norma antes",
    "06.q_conserva": "média ponderada",
    "06.q_lente": "Se o modelo acabasse ali",
    "06.q_congelada": "É preciso medir",
}


def test_right_option_of_each_question_is_the_right_one():
    require_right_options("06", RIGHT)


def test_predictions_agree_with_what_is_measured():
    asked = {item.id: item for item in registry.predictions("06")}
    x = draw(4)
    same = F.layer_norm(x, (4,))
    assert torch.allclose(F.layer_norm(10 * x, (4,)), same, atol=1e-3)
    scaled = asked["06.dez_vezes"]
    assert scaled.options[scaled.answer] == "Sai quase igual"
    copied = torch.tensor([[1.0, 0, 0]] * 3) @ torch.tensor([[1.0], [2.0], [3.0]])
    assert asked["06.conservacao"].answer == copied.sum()
    lost = asked["06.atencao_perdida"]
    assert lost.options[lost.answer] == "Nada"
    reach = asked["06.alcance"]
    assert bool(causal_mask(9)[-1, 0])
    assert reach.options[reach.answer] == "Para qualquer posição anterior"
