"""Os exercícios da lição 07: os erros se distinguem, e as contas conferem com o modelo."""

import copy
import random

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import gelu, relu

from helpers.attention import causal_mask
from helpers.block import ACTIVATIONS
from helpers.config import PRESETS, DecoderConfig
from helpers.decoder import Decoder
from helpers.embedding import NoPositions
from helpers.exercises import registry
from helpers.exercises.checking import check
from helpers.layouts import from_by_head_layout, to_by_head_layout, to_c_attn
from helpers.stories import Grammar
from helpers.studies import ablations
from helpers.studies.depth import signal
from helpers.studies.sizes import from_config, macs
from helpers.studies.thread import load_thread
from helpers.training import Documents, evaluate
from helpers.without import NoNorm

pytestmark = pytest.mark.usefixtures("progress_file")


def wrong(exercise_id, name):
    return next(w.answer for w in registry.get(exercise_id).wrong if w.name == name)


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


def block_in_one_line(x, p, layer_norm, attention, mlp):
    norms = {n: (p[f"ln{n}.w"], p[f"ln{n}.b"]) for n in (1, 2)}
    weights = [p[f"mlp.{name}"] for name in ("W_in", "b_in", "W_out", "b_out")]
    x = x + attention(layer_norm(x, *norms[1]), p)
    return (x + mlp(layer_norm(x, *norms[2]), *weights)).tolist()


def block_in_float64(x, p, layer_norm, attention, mlp):
    return registry.get("07.bloco").solution(x.double(), p, layer_norm, attention, mlp)


def decoder_filled_row_by_row(tokens, W_E, W_pos, blocks, ln_final):
    x = torch.zeros(len(tokens), W_E.shape[1])
    for place, token in enumerate(tokens):
        x[place] = W_E[token] + W_pos[place]
    for block in blocks:
        x = block(x)
    return ln_final(x) @ W_E.T


def decoder_with_one_hot(tokens, W_E, W_pos, blocks, ln_final):
    x = nn.functional.one_hot(tokens, len(W_E)).float() @ W_E.float() + W_pos[: len(tokens)].float()
    for block in blocks:
        x = block(x)
    return ln_final(x) @ W_E.float().T


def gap_with_sorted_lists(whole, without):
    whole, without = sorted(whole), sorted(without)
    if whole[-1] < without[0]:
        return without[0] - whole[-1]
    return -(whole[0] - without[-1]) if without[-1] < whole[0] else 0


def width_by_trying_all(budget, count, step):
    return min(range(step, 5000, step), key=lambda width: abs(count(width) - budget))


def mask_of_booleans(kind, n_query, n_key):
    rows = torch.ones(n_query, n_key, dtype=torch.bool)
    return rows.tril() if kind == "decoder" else rows


def count_by_building(d_vocab, n_ctx, d_model, n_layers):
    return DecoderConfig(d_vocab, n_ctx, d_model, 1, n_layers).n_params


@pytest.mark.parametrize(
    ("exercise_id", "answer"),
    [
        ("07.mlp", mlp_with_linear),
        ("07.colapso", lambda W, b, V, c: [(W @ V).tolist(), (b @ V + c).numpy()]),
        ("07.decoder", decoder_with_gather),
        ("07.cattn", split_with_views),
        ("07.bloco", block_in_one_line),
        ("07.bloco", block_in_float64),
        ("07.decoder", decoder_filled_row_by_row),
        ("07.decoder", decoder_with_one_hot),
        ("07.folga", gap_with_sorted_lists),
        ("07.folga", lambda a, b: max(min(b) - max(a), 0) + min(max(b) - min(a), 0)),
        ("07.escala", (5**0.5, 1.25**0.5)),
        ("07.escala", [2.236, 1.118]),
        ("07.escala", torch.tensor([5.0, 1.25]).sqrt()),
        ("07.recupera", lambda a, b, c: 1 - (np.mean(b) - np.mean(c)) / (np.mean(a) - np.mean(c))),
        ("07.largura", width_by_trying_all),
        ("07.largura", lambda b, count, step: np.int64(width_by_trying_all(b, count, step))),
        (
            "07.largura",
            lambda b, count, step: torch.tensor(float(width_by_trying_all(b, count, step))),
        ),
        ("07.mascaras", mask_of_booleans),
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
    block = registry.get("07.bloco")
    x, p, *parts = block.make_cases()[0].args
    assert (x + parts[1](x, p)).tolist() == [[2.0, -4.0]]
    assert block.solution(x, p, *parts).tolist() == [[5.0, -3.0]]
    assert "passa por `[[2, -4]]` e sai `[[5, -3]]`" in block.hints[-1].text
    gap, (one, other) = registry.get("07.folga"), [c.args for c in _cases("07.folga")[:2]]
    assert gap.solution(*one) == pytest.approx(0.3)
    assert gap.solution(*other) == 0
    assert "`my_gap([2.0, 2.2], [2.5, 2.9])` dá 0.3" in gap.hints[-1].text
    assert round((1 + 4 * 0.5**2) ** 0.5, 4) == 1.4142
    growth = registry.get("07.escala")
    assert "seria 1,4142, a raiz de 2" in growth.hints[-1].text
    assert 1 < growth.solution[1] < 1.2
    recovered = registry.get("07.recupera")
    assert recovered.solution([4.0, 6.0], [4.0, 4.0], [2.0, 4.0]) == 0.5
    assert "dá 0.5" in recovered.hints[-1].text
    assert registry.get("07.parametros").solution(260, 16, 8, 1) == 3096
    assert "dá 3096" in registry.get("07.parametros").hints[-1].text
    assert registry.get("07.macs").solution(10, 260, 8, 1) == 30080
    assert "dá 30080" in registry.get("07.macs").hints[-1].text
    assert registry.get("07.mascaras").solution("decoder", 2, 2) == [[1, 0], [1, 1]]


def _cases(exercise_id):
    return registry.get(exercise_id).make_cases()


def test_half_the_width_asks_for_fifty_nine_layers():
    count = registry.get("07.parametros").solution
    assert count(50257, 1024, 384, 59) == 124_386_048
    whole = count(50257, 1024, 768, 12)
    assert min(range(50, 70), key=lambda n: abs(count(50257, 1024, 384, n) - whole)) == 59


def test_spoiling_the_decoder_costs_what_the_answers_say(monkeypatch):
    thread, grammar = load_thread(), Grammar.load()
    drawn = [grammar.sample(random.Random(f"lição 07, {i}")).text for i in range(24)]
    mark = thread.ids[0]
    told = Documents([[mark, *thread.tokenizer.encode(text), mark] for text in drawn], 8)
    swapped = copy.deepcopy(thread.model)
    swapped.blocks[1], swapped.blocks[2] = swapped.blocks[2], swapped.blocks[1]
    assert round(evaluate(swapped, told) / evaluate(thread.model, told)) == 3
    monkeypatch.setitem(ACTIVATIONS, "gelu_tanh", torch.sin)
    assert round(evaluate(thread.model, told), 2) == 6.80  # das notas da aula


def test_claims_of_the_diagnoses_are_true():
    args = registry.get("07.mlp").make_cases()[0].args
    assert min(map(min, wrong("07.mlp", "g_tambem_no_fim")(*args).tolist())) >= 0
    x = torch.randn(50, 2)
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
    assert answers["07.parte_mlp"] == round(100 * 8 / 12)
    assert answers["07.gpt2_total"] == round(PRESETS["gpt2"].n_params / 1e6)
    removed = ablations.recorded("peça tirada")
    for seed in ablations.SEEDS:
        worst = max(removed, key=lambda name: removed[name][seed])
        assert worst == "sem residual nenhum"
    assert (
        registry.get_prediction("07.que_falta").options[answers["07.que_falta"]]
        == "As conexões residuais"
    )
    grown = {norm: signal(norm, True, True, 24) for norm in ("none", "pre")}
    grown = {norm: found.size[-1] / found.size[0] for norm, found in grown.items()}
    assert round(grown["none"]) == 19
    assert 2 < grown["pre"] < 3
    grid = ablations.recorded("cabeças×camadas")
    for heads in ablations.GRID_HEADS:
        assert max(grid[f"{heads}×1"]) < min(grid[f"{heads}×4"])
        assert max(grid[f"{heads}×1"]) > min(grid[f"{heads}×2"])
    tuned = ablations.recorded("ajuste fino")
    before, some, best = (sum(tuned[name]) for name in ("sem ajuste", "só W_O", "tudo"))
    assert 1 / 3 < (before - some) / (before - best) < 0.4
    model = ablations.small_decoder(0)
    everything = ablations.freeze_all_but(model, "tudo")
    assert ablations.freeze_all_but(model, "só W_O") < everything / 10
