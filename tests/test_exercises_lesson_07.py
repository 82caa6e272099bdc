"""Os exercícios da lição 07: os erros se distinguem, e as contas conferem com o modelo."""

import pytest
import torch
from exercise_outcomes import require_own_diagnoses, require_right_options
from torch import nn
from torch.nn.functional import gelu, relu

from helpers import trials
from helpers.attention import causal_mask
from helpers.block import Block, post_norm, pre_norm
from helpers.config import PRESETS, DecoderConfig
from helpers.decoder import Decoder
from helpers.exercises import registry
from helpers.exercises.checking import check
from helpers.layouts import from_by_head_layout, to_by_head_layout, to_c_attn
from helpers.sizes import from_config, macs

EXERCISES = registry.exercises("07")
IDS = [exercise.id for exercise in EXERCISES]
pytestmark = pytest.mark.usefixtures("progress_file")


def wrong(exercise_id, name):
    return next(w.answer for w in registry.get(exercise_id).wrong if w.name == name)


def test_lesson_has_the_promised_exercises_in_order():
    assert IDS == [
        "07.mlp",
        "07.colapso",
        "07.bloco",
        "07.cattn",
        "07.parametros",
        "07.macs",
        "07.mascaras",
    ]


def mlp_with_linear(x, W_in, b_in, W_out, b_out, g):
    return nn.functional.linear(g(nn.functional.linear(x, W_in.T, b_in)), W_out.T, b_out).tolist()


def wiring_with_sums(x, ln1, attn, ln2, mlp):
    first = attn(ln1(x))
    return x + first + mlp(ln2(x + first))


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
        ("07.bloco", wiring_with_sums),
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


def test_wirings_are_the_blocks_they_claim_to_be():
    block = Block(DecoderConfig(8, 8, 8, 2, 1), generator=torch.Generator().manual_seed(1)).double()
    x = torch.randn(1, 5, 8, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    parts = (block.ln1, block.attn, block.ln2, block.mlp)
    solution, post = registry.get("07.bloco").solution, wrong("07.bloco", "pos_norma")
    for name, answer, wire in (("pre", solution, pre_norm), ("post", post, post_norm)):
        block.norm = name
        torch.testing.assert_close(answer(x, *parts), block(x))
        mid = wire(x, block.ln1, block.attn, torch.add)
        torch.testing.assert_close(answer(x, *parts), wire(mid, block.ln2, block.mlp, torch.add))


def test_head_first_slip_is_the_other_layout():
    attention = Decoder(PRESETS["banana"]).blocks[0].attn.state_dict()
    theirs = to_by_head_layout(attention)
    slipped = wrong("07.cattn", "cabeca_por_fora")(theirs["qkv_proj.weight"].T, 2)
    again = from_by_head_layout(theirs, 2)
    for name, part in zip("QKV", slipped, strict=True):
        assert torch.equal(part, again[f"W_{name}"])


def test_expected_outputs_in_the_hints_are_true():
    mlp = registry.get("07.mlp")
    first = mlp.make_cases()[0].args
    assert mlp.solution(*first).tolist() == [[1.5, -3.0]]
    assert "`[[1.5, -3.0]]`" in mlp.hints[-1].text
    collapse = registry.get("07.colapso")
    assert collapse.solution(*first[1:5])[1].tolist() == [-14.5, -16.0]
    assert "`[-14.5, -16.0]`" in collapse.hints[-1].text
    block = registry.get("07.bloco")
    assert block.solution(*block.make_cases()[0].args).item() == pytest.approx(16.9)
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
    lost = wrong("07.bloco", "atalho_da_entrada")
    parts = registry.get("07.bloco").make_cases()[3].args
    right = registry.get("07.bloco").solution(*parts)
    torch.testing.assert_close(right - lost(*parts), parts[2](parts[1](parts[0])))
    assert wrong("07.parametros", "conta_a_saida")(50257, 1024, 768, 12) == 124439808 + 38597376
    assert registry.get("07.parametros").solution(50257, 1024, 768, 12) == 124_439_808


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
    tuned = trials.recorded("ajuste fino")
    before, some, best = (sum(tuned[name]) for name in ("sem ajuste", "só W_O", "tudo"))
    assert 0.2 < (before - some) / (before - best) < 0.8
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
    "07.bloco": {
        "pos_norma": "depois da soma",
        "atalho_da_entrada": "da entrada do bloco",
        "em_paralelo": "em paralelo",
        "sem_a_segunda_soma": "segunda soma**",
        "sem_a_primeira_soma": "primeira soma**",
        "sem_ln1": "sem passar por `ln1`",
        "sem_ln2": "sem passar por `ln2`",
        "soma_o_normalizado": "ao fluxo já normalizado",
        "normas_trocadas": "troca as duas normas",
        "mlp_primeiro": "MLP antes da atenção",
    },
}


@pytest.mark.parametrize("exercise_id", SAID)
def test_each_diagnosis_names_its_own_mistake(exercise_id):
    exercise, keys = registry.get(exercise_id), SAID[exercise_id]
    require_own_diagnoses(exercise, keys)
    assert all(keys[one.name] in one.diagnosis[:120] for one in exercise.wrong)
