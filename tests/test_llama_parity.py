"""O decoder do curso, com as peças trocadas, é o Llama da transformers: os mesmos números."""

import json
from functools import partial

import llama
import pytest
import torch
from prose import ROOT
from safetensors.torch import load_file, save_file

from helpers.attention import Attention
from helpers.block import Block, RMSNorm, SwiGLU
from helpers.checkpoint import CheckpointError
from helpers.cli import pairs
from helpers.config import DecoderConfig
from helpers.decoder import Decoder
from helpers.embedding import NoPositions, rotate
from helpers.exercises import registry
from helpers.llama import read

VARIANTS = {
    "como o guardado": {},
    "uma chave por cabeça": {"num_key_value_heads": 6},
    "um grupo": {"num_key_value_heads": 1},
    "amarrada": {"tie_word_embeddings": True},
    "outra base": {"theta": 500_000.0},
    "eps grande": {"rms_norm_eps": 0.1},
}


def carried(model, theta):
    """Põe os pesos de um Llama da transformers no decoder do curso, com as peças trocadas."""
    c, theirs = model.config, model.state_dict()
    config = DecoderConfig(
        c.vocab_size,
        c.max_position_embeddings,
        c.hidden_size,
        c.num_attention_heads,
        c.num_hidden_layers,
        c.intermediate_size,
        c.tie_word_embeddings,
        c.rms_norm_eps,
    )
    attn = partial(Attention, n_groups=c.num_key_value_heads, rotate=partial(rotate, base=theta))
    block = partial(Block, attn=attn, mlp=SwiGLU, ln=RMSNorm)
    ours = Decoder(config, block=block, positions=NoPositions, ln_final=RMSNorm)
    new = {
        "embed.W_E": theirs["model.embed_tokens.weight"],
        "ln_final.w": theirs["model.norm.weight"],
    }
    if not config.tied:
        new["unembed.W_U"] = theirs["lm_head.weight"].T
    for layer in range(config.n_layers):
        there, here = f"model.layers.{layer}.", f"blocks.{layer}."
        for name, n in (
            ("q", config.n_heads),
            ("k", c.num_key_value_heads),
            ("v", c.num_key_value_heads),
        ):
            weight = theirs[f"{there}self_attn.{name}_proj.weight"]
            new[f"{here}attn.W_{name.upper()}"] = weight.view(n, -1, config.d_model).mT
        out = theirs[f"{there}self_attn.o_proj.weight"].T
        new[f"{here}attn.W_O"] = out.reshape(config.n_heads, -1, config.d_model)
        for name, other in (("gate", "gate"), ("in", "up"), ("out", "down")):
            new[f"{here}mlp.W_{name}"] = theirs[f"{there}mlp.{other}_proj.weight"].T
        new[f"{here}ln1.w"] = theirs[f"{there}input_layernorm.weight"]
        new[f"{here}ln2.w"] = theirs[f"{there}post_attention_layernorm.weight"]
    missing, extra = ours.load_state_dict(new, strict=False)
    assert not extra
    # O Llama não tem vieses, e os do curso nascem em zero; NoPositions não tem o que guardar.
    assert all(name.rpartition(".")[2].startswith("b_") for name in missing)
    return ours.eval()


@torch.no_grad()
@pytest.mark.parametrize("changes", VARIANTS.values(), ids=VARIANTS)
def test_decoder_with_swapped_parts_is_the_llama_of_transformers(changes):
    theta = changes.get("theta", 10_000.0)
    model = llama.reference(seed=3, **changes)
    tokens = llama.tokens(n_pos=40, seed=4)
    theirs, ours = model(tokens).logits, carried(model, theta)
    assert theirs.std() > 0.5
    torch.testing.assert_close(ours(tokens), theirs, atol=1e-4, rtol=1e-4)
    cache = ours.new_cache()  # aos pedaços, com o cache, dá no mesmo: a posição continua
    pieces = [ours(part, cache) for part in tokens.split((1, 7, 20, 12), dim=1)]
    torch.testing.assert_close(torch.cat(pieces, 1), theirs, atol=1e-4, rtol=1e-4)
    assert cache.layers[0].keys.shape[2] == model.config.num_key_value_heads


@torch.no_grad()
def test_each_wrong_part_is_far_from_it():
    model, tokens = llama.reference(), llama.tokens(n_pos=40)
    theirs = model(tokens).logits

    def distance(ours):
        return (ours(tokens) - theirs).abs().max()

    assert distance(carried(model, 10_000.0)) < 1e-4
    assert distance(carried(model, 500.0)) > 0.1
    still = carried(model, 10_000.0)
    for block in still.blocks:
        block.attn.rotate = None
    assert distance(still) > 1
    gate = carried(model, 10_000.0)
    for block in gate.blocks:
        block.mlp.W_gate, block.mlp.W_in = block.mlp.W_in, block.mlp.W_gate
    assert distance(gate) > 1


def test_what_is_stored_is_what_transformers_writes(tmp_path):
    llama.write(tmp_path)
    for name in ("model.safetensors", llama.EXPECTED):
        stored, again = load_file(llama.FOLDER / name), load_file(tmp_path / name)
        assert set(stored) == set(again)
        for key, value in stored.items():
            torch.testing.assert_close(value, again[key], atol=1e-5, rtol=1e-5)
    config = json.loads((llama.FOLDER / "config.json").read_text(encoding="utf-8"))
    assert config["num_key_value_heads"] == 2
    assert 1 < config["num_key_value_heads"] < config["num_attention_heads"]


# ------------------------------------------------------------------ o que a lição lê

LESSON = ROOT / "notebooks" / "texto" / "13_do_gpt2_para_ca.md"
#: Pontos de partida que a lição precisa ler: o que muda nos tamanhos, e na base do giro.
READ = {
    "uma chave por cabeça": {"num_key_value_heads": 6},
    "um grupo": {"num_key_value_heads": 1, "theta": 100.0},
    "quatro grupos": {"num_attention_heads": 8, "num_key_value_heads": 4, "hidden_size": 32},
    "cabeça larga": {"head_dim": 10, "hidden_size": 20, "num_attention_heads": 4},
    "cabeça estreita": {"head_dim": 2, "rms_norm_eps": 0.1},
    "larguras ímpares": {
        "hidden_size": 21,
        "num_attention_heads": 3,
        "num_key_value_heads": 1,
        "head_dim": 6,
        "intermediate_size": 37,
    },
    "amarrada": {"tie_word_embeddings": True, "theta": 500_000.0},
    "onze camadas": {"num_hidden_layers": 11, "rms_norm_eps": 1e-5},
}


@pytest.fixture(scope="module")
def lesson():
    """Executa só as células em que a lição constrói o seu Llama; devolve os nomes definidos."""
    names = {"draw": torch.Generator().manual_seed(13)}
    for cell in pairs.read_text(LESSON.read_text(encoding="utf-8")).cells:
        if {"setup", "exercise", "build"} & set(cell.metadata.get("tags", [])):
            exec(cell.source, names)
            names["adopt"] = lambda exercise_id, *args, on: registry.get(exercise_id).solution
    return names


@torch.no_grad()
@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("changes", READ.values(), ids=READ)
def test_the_lesson_reads_any_small_llama(lesson, changes, seed, tmp_path):
    model, ids = llama.reference(seed, **changes), llama.tokens(30, seed)
    model.save_pretrained(tmp_path)
    expected = model(ids).logits[0]
    assert expected.std() > 0.5
    torch.testing.assert_close(lesson["read_llama"](tmp_path)(ids[0]), expected, atol=1e-4, rtol=0)


def rewritten(folder, **changes):
    """Muda a ficha de uma pasta; `None` tira o campo."""
    path = folder / "config.json"
    config = json.loads(path.read_text(encoding="utf-8")) | changes
    kept = {name: value for name, value in config.items() if value is not None}
    path.write_text(json.dumps(kept), encoding="utf-8")


OLD = {"rope_parameters": None, "head_dim": None}


@torch.no_grad()
@pytest.mark.parametrize(
    ("saved", "changes"),
    [
        ({"theta": 500.0}, OLD | {"rope_theta": 500.0}),
        ({"theta": 500.0}, OLD | {"rope_theta": 500.0, "rope_scaling": {"type": "default"}}),
        ({"num_key_value_heads": 6}, OLD | {"num_key_value_heads": None}),  # a base de sempre
        ({}, {"hidden_act": None, "rms_norm_eps": None, "tie_word_embeddings": None}),
    ],
    ids=["base à parte", "sem ajuste", "sem grupos", "calada"],
)
def test_an_older_card_says_the_same(lesson, saved, changes, tmp_path):
    model, ids = llama.reference(**saved), llama.tokens()
    model.save_pretrained(tmp_path)
    rewritten(tmp_path, **changes)
    mine = lesson["read_llama"](tmp_path)(ids[0])
    torch.testing.assert_close(mine, model(ids).logits[0], atol=1e-4, rtol=0)


@torch.no_grad()
def test_parts_and_halves_of_numbers_are_read(lesson, tmp_path):
    model, ids = llama.reference().bfloat16(), llama.tokens()
    model.save_pretrained(tmp_path, max_shard_size="20KB")
    assert not (tmp_path / "model.safetensors").exists()
    whole = type(model).from_pretrained(tmp_path, dtype=torch.float32)
    mine = lesson["read_llama"](tmp_path)(ids[0])
    torch.testing.assert_close(mine, whole(ids).logits[0], atol=1e-4, rtol=0)


LINEAR = {"rope_type": "linear", "factor": 2.0}
REFUSED = {
    "giro ajustado": ({"rope_parameters": LINEAR | {"rope_theta": 1e4}}, "giro ajustado.*linear"),
    "giro antigo": (OLD | {"rope_scaling": {"type": "dynamic"}}, "giro ajustado.*dynamic"),
    "parte do giro": ({"partial_rotary_factor": 0.5}, "partial_rotary_factor=0.5"),
    "viés na atenção": ({"attention_bias": True}, "attention_bias=true"),
    "viés no MLP": ({"mlp_bias": True}, "mlp_bias=true"),
    "outra porta": ({"hidden_act": "gelu"}, "hidden_act='gelu'"),
    "outra família": ({"model_type": "qwen2"}, "model_type='qwen2'"),
    "grupos que não dividem": ({"num_key_value_heads": 4}, "6 cabeças em 4 grupos"),
    "largura ímpar da cabeça": ({"head_dim": 3}, "giro pede largura par"),
    "tamanho que falta": ({"intermediate_size": None}, "intermediate_size=None"),
    "outro tamanho": ({"intermediate_size": 41}, r"\[40, 24\]; pela ficha.*\[41, 24\]"),
    "camada a mais": ({"num_hidden_layers": 3}, r"falta o peso model\.layers\.2"),
    "camada a menos": ({"num_hidden_layers": 1}, r"não tem, como model\.layers\.1"),
}


@pytest.mark.parametrize(("changes", "message"), REFUSED.values(), ids=REFUSED)
def test_what_the_pieces_do_not_do_is_refused(changes, message, tmp_path):
    llama.reference().save_pretrained(tmp_path)
    rewritten(tmp_path, **changes)
    with pytest.raises(CheckpointError, match=message):
        read(tmp_path)


def test_weights_that_are_not_of_a_llama_are_refused(tmp_path):
    llama.reference().save_pretrained(tmp_path)
    weights = load_file(tmp_path / "model.safetensors")
    for name, changed, message in (
        ("model.norm.bias", torch.zeros(24), "não tem, como model.norm.bias"),
        ("model.norm.weight", torch.ones(24, dtype=torch.int8), "torch.int8"),
    ):
        save_file(weights | {name: changed}, tmp_path / "model.safetensors")
        with pytest.raises(CheckpointError, match=message):
            read(tmp_path)
    (tmp_path / "model.safetensors").unlink()
    with pytest.raises(CheckpointError, match=r"falta model\.safetensors"):
        read(tmp_path)


# ------------------------------------------------------------------ as peças


def seeded(seed):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("base", [10_000.0, 100.0])
def test_rotation_keeps_lengths_and_sees_only_the_distance(base):
    q, k = torch.randn(2, 50, 1, 16, generator=seeded(0), dtype=torch.float64)

    def dot(i, j):
        return (rotate(q, base, i) * rotate(k, base, j)).sum(-1)

    for start in (0, 7, 1000, 100_000):
        torch.testing.assert_close(dot(start + 5, start), dot(5, 0), atol=1e-9, rtol=0)
    assert (dot(6, 0) - dot(5, 0)).abs().max() > 0.1
    torch.testing.assert_close(rotate(q, base, 9).norm(dim=-1), q.norm(dim=-1))
    torch.testing.assert_close(rotate(q, base, 0), q)
    torch.testing.assert_close(rotate(q, base, 8, scale=0.25), rotate(q, base, 2))


def test_rms_norm_and_the_gate_follow_their_definitions():
    x = torch.randn(2, 3, 8, generator=seeded(1))
    norm = RMSNorm(8, eps=0.3)
    norm.w.data.normal_(generator=seeded(2))
    expected = x / (x.pow(2).mean(-1, keepdim=True) + 0.3).sqrt() * norm.w
    torch.testing.assert_close(norm(x), expected)
    mlp = SwiGLU(8, 5, generator=seeded(3))
    gate = x @ mlp.W_gate
    torch.testing.assert_close(mlp(x), (gate * gate.sigmoid() * (x @ mlp.W_in)) @ mlp.W_out)


@torch.no_grad()
@pytest.mark.parametrize("n_groups", [1, 2, 4])
def test_groups_are_the_usual_attention_with_copied_keys(n_groups):
    grouped = Attention(16, 4, n_groups=n_groups, generator=seeded(4))
    for weight in grouped.parameters():
        weight.normal_(generator=seeded(5))
    usual = Attention(16, 4)
    copied = {
        name: w.repeat_interleave(4 // n_groups, 0) if name[-1] in "KV" else w
        for name, w in grouped.state_dict().items()
    }
    usual.load_state_dict(copied)
    x = torch.randn(2, 6, 16, generator=seeded(6))
    torch.testing.assert_close(grouped(x), usual(x), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("n_groups", [0, 3, 8, -1])
def test_groups_that_do_not_divide_the_heads_are_refused(n_groups):
    with pytest.raises(ValueError, match=f"n_groups={n_groups}"):
        Attention(16, 4, n_groups=n_groups)


@torch.no_grad()
def test_reading_in_pieces_with_groups_and_rotation_is_reading_the_whole(tmp_path):
    config = DecoderConfig(d_vocab=11, n_ctx=12, d_model=16, n_heads=4, n_layers=2)
    attn = partial(Attention, n_groups=2, rotate=rotate)
    parts = {"positions": NoPositions, "block": partial(Block, attn=attn)}
    model = Decoder(config, **parts, generator=seeded(7)).double()
    tokens = torch.randint(11, (3, 12), generator=seeded(8))
    cache = model.new_cache(3)
    pieces = [model(part, cache) for part in tokens.split((3, 1, 5, 3), dim=1)]
    torch.testing.assert_close(torch.cat(pieces, 1), model(tokens))
    model.save(tmp_path)
    again = Decoder.load(tmp_path, **parts)
    torch.testing.assert_close(again(tokens), model(tokens))
