"""Os exercícios da lição 07: os erros se distinguem, e as contas conferem com o modelo."""

import pytest
import torch
from exercise_outcomes import require_own_diagnoses, require_right_options
from torch import nn
from torch.nn.functional import gelu, relu

from helpers import trials
from helpers.attention import causal_mask
from helpers.config import PRESETS, DecoderConfig
from helpers.decoder import Decoder
from helpers.embedding import NoPositions
from helpers.exercises import registry
from helpers.exercises.checking import check
from helpers.layouts import from_by_head_layout, to_by_head_layout, to_c_attn
from helpers.sizes import from_config, macs
from helpers.without import NoNorm

EXERCISES = registry.exercises("07")
IDS = [exercise.id for exercise in EXERCISES]
pytestmark = pytest.mark.usefixtures("progress_file")


def wrong(exercise_id, name):
    return next(w.answer for w in registry.get(exercise_id).wrong if w.name == name)


def test_lesson_has_the_promised_exercises_in_order():
    assert IDS == [
        "07.mlp",
        "07.colapso",
        "07.decoder",
        "07.cattn",
        "07.parametros",
        "07.macs",
        "07.mascaras",
    ]


def mlp_with_linear(x, W_in, b_in, W_out, b_out, g):
    return nn.functional.linear(g(nn.functional.linear(x, W_in.T, b_in)), W_out.T, b_out).tolist()


def decoder_with_gather(tokens, W_E, W_pos, blocks, ln_final):
    stream = torch.stack([W_E[token] + W_pos[place] for place, token in enumerate(tokens)])
    for number in range(len(blocks)):
        stream = blocks[number](stream)
    return torch.einsum("pd,vd->pv", ln_final(stream), W_E).tolist()


def split_with_views(c_attn, n_heads):
    parts = c_attn.unflatten(1, (3, n_heads, -1))
    return tuple(parts.permute(1, 2, 0, 3).numpy())


def count_by_building(d_vocab, n_ctx, d_model, n_layers):
    return DecoderConfig(d_vocab, n_ctx, d_model, 1, n_layers).n_params


@pytest.mark.parametrize(
    ("exercise_id", "answer"),
    [
        ("07.mlp", mlp_with_linear),
        ("07.colapso", lambda W, b, V, c: [(W @ V).tolist(), (b @ V + c).numpy()]),
        ("07.decoder", decoder_with_gather),
        ("07.cattn", split_with_views),
        ("07.parametros", count_by_building),
        ("07.macs", lambda n, v, d, L: n * (L * 2 * d * (6 * d + n) + d * v)),
        ("07.mascaras", lambda kind, q, k: torch.ones(q, k).tril(0 if kind == "decoder" else k)),
    ],
)
def test_other_right_answers_are_accepted(exercise_id, answer):
    assert check(exercise_id, answer).status == "certo"


def test_solutions_agree_with_helpers():
    generator = torch.Generator().manual_seed(0)
    config = DecoderConfig(97, 11, 24, 4, 3)
    model = Decoder(config, generator=generator).double()
    mlp, x = model.blocks[0].mlp, torch.randn(5, 24, generator=generator, dtype=torch.float64)
    weights = (mlp.W_in, mlp.b_in, mlp.W_out, mlp.b_out)
    mine = registry.get("07.mlp").solution(x, *weights, lambda y: gelu(y, approximate="tanh"))
    torch.testing.assert_close(mine, mlp(x[None])[0])
    attention = model.blocks[0].attn.state_dict()
    parts = registry.get("07.cattn").solution(to_c_attn(attention)["c_attn.weight"], 4)
    for name, part in zip("QKV", parts, strict=True):
        assert torch.equal(part, attention[f"W_{name}"])
    sizes = (config.d_vocab, config.n_ctx, config.d_model, config.n_layers)
    assert registry.get("07.parametros").solution(*sizes) == config.n_params
    work = registry.get("07.macs").solution(7, config.d_vocab, config.d_model, config.n_layers)
    assert work == sum(macs(from_config(config), 7).values())
    rows = registry.get("07.mascaras").solution("decoder", 4, 4)
    assert torch.equal(torch.tensor(rows).bool(), causal_mask(4))


def parts_of(model):
    """Dá ao exercício as tabelas, os blocos e a norma final de um decoder."""
    mask = causal_mask(5)
    blocks = [lambda x, block=block: block(x[None], mask)[0] for block in model.blocks]
    norm = lambda x: model.ln_final(x[None])[0]  # noqa: E731
    return model.embed.W_E, model.pos_embed.W_pos, blocks, norm


@torch.no_grad()
def test_solution_of_the_decoder_is_the_course_decoder():
    generator = torch.Generator().manual_seed(1)
    model = Decoder(DecoderConfig(11, 9, 8, 2, 3), generator=generator).double()
    tokens = torch.tensor([3, 0, 10, 3, 7])
    logits = registry.get("07.decoder").solution(tokens, *parts_of(model))
    torch.testing.assert_close(logits, model(tokens[None])[0])


@pytest.mark.parametrize(
    ("name", "same_as"),
    [
        ("sem_posicoes", {"positions": NoPositions}),
        ("sem_norma_final", {"ln_final": NoNorm}),
    ],
)
@torch.no_grad()
def test_slip_in_the_decoder_is_the_decoder_without_that_part(name, same_as):
    config = DecoderConfig(11, 9, 8, 2, 3)
    whole = Decoder(config, generator=torch.Generator().manual_seed(1)).double()
    other = Decoder(config, **same_as).double()
    other.load_state_dict(whole.state_dict(), strict=False)
    tokens = torch.tensor([3, 0, 10, 3, 7])
    slipped = wrong("07.decoder", name)(tokens, *parts_of(whole))
    torch.testing.assert_close(slipped, other(tokens[None])[0])


def test_head_first_slip_is_the_other_layout():
    attention = Decoder(PRESETS["banana"]).blocks[0].attn.state_dict()
    theirs = to_by_head_layout(attention)
    slipped = wrong("07.cattn", "cabeca_por_fora")(theirs["qkv_proj.weight"].T, 2)
    again = from_by_head_layout(theirs, 2)
    for name, part in zip("QKV", slipped, strict=True):
        assert torch.equal(part, again[f"W_{name}"])


def test_cases_do_not_hide_a_slip_behind_a_coincidence():
    texts = [case.args[0].tolist() for case in registry.get("07.decoder").make_cases()]
    assert sum(text != list(range(len(text))) for text in texts) > 10, "id igual à posição"
    assert any(len(set(text)) < len(text) for text in texts), "nenhum id se repete"
    crossed = [c.args[1:] for c in registry.get("07.mascaras").make_cases() if c.args[0][0] == "c"]
    assert any(rows < columns for rows, columns in crossed)
    assert any(rows > columns for rows, columns in crossed)


def test_expected_outputs_in_the_hints_are_true():
    mlp = registry.get("07.mlp")
    first = mlp.make_cases()[0].args
    assert mlp.solution(*first).tolist() == [[1.5, -3.0]]
    assert "`[[1.5, -3.0]]`" in mlp.hints[-1].text
    collapse = registry.get("07.colapso")
    assert collapse.solution(*first[1:5])[1].tolist() == [-14.5, -16.0]
    assert "`[-14.5, -16.0]`" in collapse.hints[-1].text
    decoder = registry.get("07.decoder")
    assert decoder.solution(*decoder.make_cases()[0].args).tolist() == [[3.0, 4.0]]
    assert "os logits são `[[3, 4]]`" in decoder.hints[-1].text
    assert registry.get("07.parametros").solution(260, 16, 8, 1) == 3096
    assert "dá 3096" in registry.get("07.parametros").hints[-1].text
    assert registry.get("07.macs").solution(10, 260, 8, 1) == 30080
    assert "dá 30080" in registry.get("07.macs").hints[-1].text
    assert registry.get("07.mascaras").solution("decoder", 2, 2) == [[1, 0], [1, 1]]


def test_claims_of_the_diagnoses_are_true():
    args = registry.get("07.mlp").make_cases()[0].args
    assert min(map(min, wrong("07.mlp", "g_tambem_no_fim")(*args).tolist())) >= 0
    x = torch.randn(50, 2, dtype=torch.float64)
    assert (wrong("07.mlp", "g_tambem_no_fim")(x, *args[1:5], relu) >= 0).all()
    assert wrong("07.parametros", "conta_a_saida")(50257, 1024, 768, 12) == 124439808 + 38597376
    assert registry.get("07.parametros").solution(50257, 1024, 768, 12) == 124_439_808
    # “erra por pouco”: menos de um milésimo no GPT-2 pequeno
    assert 0 < 1 - wrong("07.parametros", "so_matrizes")(50257, 1024, 768, 12) / 124_439_808 < 1e-3
    # o que a máscara esconde, contado par por par
    free = sum(row + 1 for row in range(7))
    work = wrong("07.macs", "desconta_a_mascara")(7, 10, 4, 3)
    assert work == 3 * (7 * 12 * 16 + 2 * free * 4) + 7 * 4 * 10


def test_predictions_come_from_the_real_thing():
    answers = {item.id: item.answer for item in registry.predictions("07")}
    assert list(answers) == [
        "07.g_no_fim",
        "07.sem_g",
        "07.parte_mlp",
        "07.identidade",
        "07.que_falta",
        "07.gpt2_total",
        "07.cabecas_camadas",
        "07.so_wo",
    ]
    assert answers["07.parte_mlp"] == round(100 * 8 / 12)
    assert answers["07.gpt2_total"] == round(PRESETS["gpt2"].n_params / 1e6)
    removed = trials.recorded("peça tirada")
    for seed in trials.SEEDS:
        worst = max(removed, key=lambda name: removed[name][seed])
        assert worst == "sem residual nenhum"
    assert (
        registry.get_prediction("07.que_falta").options[answers["07.que_falta"]]
        == "As conexões residuais"
    )
    grid = trials.recorded("cabeças×camadas")
    for heads in trials.GRID_HEADS:
        assert max(grid[f"{heads}×1"]) < min(grid[f"{heads}×4"])
        assert max(grid[f"{heads}×1"]) > min(grid[f"{heads}×2"])
    tuned = trials.recorded("ajuste fino")
    before, some, best = (sum(tuned[name]) for name in ("sem ajuste", "só W_O", "tudo"))
    assert 1 / 3 < (before - some) / (before - best) < 0.4
    model = trials.small_decoder(0)
    everything = trials.freeze_all_but(model, "tudo")
    assert trials.freeze_all_but(model, "só W_O") < everything / 10


RIGHT = {
    "07.q_mlp": "As mesmas duas linhas trocam de lugar",
    "07.q_norma": "fica fora da estrada do fluxo",
    "07.q_logits": "12 000",
    "07.q_amarrar": "os mesmos números, usados duas vezes",
    "07.q_ensaio": "este ensaio não decide",
    "07.q_mascara": "Só a do decoder com ele mesmo",
}


def test_right_option_of_each_question_is_the_right_one():
    require_right_options("07", RIGHT)


SAID = {
    "07.mlp": {
        "g_tambem_no_fim": "também no fim",
        "sem_g": "esquece `g`",
        "g_so_no_fim": "só no fim",
        "g_na_entrada": "à entrada",
        "sem_b_in": "esquece **`b_in`**",
        "b_in_atrasado": "depois de `g`",
        "sem_b_out": "esquece **`b_out`**",
        "soma_a_entrada": "soma a entrada",
    },
    "07.colapso": {
        "esquece_b_in": "`b_in` **para trás**",
        "esquece_b_out": "o viés da segunda camada",
        "ordem_trocada": "na ordem trocada",
        "matriz_transposta": "transpõe",
        "so_a_matriz": "só a matriz",
        "vies_primeiro": "o viés antes da matriz",
        "vies_pela_primeira": "pela primeira matriz",
    },
    "07.decoder": {
        "sem_posicoes": "não soma as posições",
        "tabela_inteira": "a tabela inteira das posições",
        "sempre_a_posicao_zero": "a linha 0 de `W_pos`",
        "posicao_pelo_id": "pelo id do token",
        "sem_norma_final": "esquece a **norma final**",
        "norma_em_cada_bloco": "dentro do laço",
        "de_tras_para_a_frente": "do último ao primeiro",
        "so_o_primeiro_bloco": "só o primeiro bloco",
        "todos_leem_a_entrada": "a mesma entrada a todos",
        "soma_de_novo": "soma o fluxo outra vez",
        "so_a_ultima_posicao": "só a última linha",
        "probabilidades": "softmax",
        "sem_unembedding": "para na norma final",
    },
    "07.cattn": {
        "cabeca_por_fora": "primeiro em cabeças",
        "reshape_direto": "`reshape` direto",
        "sem_trocar_os_eixos": "não troca os eixos",
        "kqv": "K antes de Q",
        "linha_por_linha": "transposta",
        "sem_cabecas": "para em três matrizes",
    },
    "07.parametros": {
        "sem_vieses": "não conta os vieses",
        "so_matrizes": "só as matrizes",
        "sem_normas": "não conta as normas",
        "sem_norma_final": "norma final",
        "conta_a_saida": "a saída à parte",
        "sem_posicoes": "a tabela de posições",
        "mlp_estreito": "sem alargar",
        "sem_W_O": "três matrizes",
        "vieses_iguais": "números a cada viés",
    },
    "07.macs": {
        "flops": "FLOPs",
        "sem_quadrado": "scores e médias",
        "so_os_scores": "um só dos dois",
        "desconta_a_mascara": "desconta o que a máscara esconde",
        "sem_saida": "esquece o **unembedding**",
        "saida_por_camada": "dentro de cada bloco",
        "entrada_como_produto": "como produto",
        "um_token": "um token só",
        "sem_W_O": "W_O",
    },
    "07.mascaras": {
        "sem_a_diagonal": "a si mesma",
        "so_o_futuro": "o futuro e esconde o passado",
        "cruzada_causal": "na atenção cruzada",
        "encoder_causal": "no encoder",
        "tudo_livre": "não esconde nada",
        "cruzada_deitada": "linhas e colunas",
        "um_e_proibido": "proibido",
    },
}


@pytest.mark.parametrize("exercise_id", SAID)
def test_each_diagnosis_names_its_own_mistake(exercise_id):
    exercise, keys = registry.get(exercise_id), SAID[exercise_id]
    require_own_diagnoses(exercise, keys)
    assert all(keys[one.name] in one.diagnosis[:120] for one in exercise.wrong)
