"""GPT-1 e BERT, da biblioteca transformers, com os blocos do curso: os mesmos pesos e números."""

from functools import partial

import pytest
import torch

from helpers.block import MLP, Block, LayerNorm
from helpers.config import DecoderConfig
from helpers.decoder import Decoder
from helpers.layouts import from_c_attn, from_separate_layout
from helpers.without import NoNorm

D_MODEL, HEADS, LAYERS, VOCAB, CONTEXT = 24, 4, 2, 61, 16


def redrawn(model, seed=0):
    """Sorteia pesos grandes: com os iniciais, quase nulos, um engano mal aparece."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            one = float("norm" in name.lower() or "ln_" in name) * float(name.endswith("weight"))
            weight.normal_(one, 0.3, generator=generator)
    return model.eval()


def taken(weights, prefix):
    """Os pesos de um prefixo, sem ele."""
    return {name.removeprefix(prefix): t for name, t in weights.items() if name.startswith(prefix)}


def block_from(attention, mlp_in, mlp_out, norms, transposed):
    """O `state_dict` de um `Block`, a partir das partes de outra biblioteca."""
    found = {f"attn.{name}": tensor for name, tensor in attention.items()}
    for ours, theirs in (("in", mlp_in), ("out", mlp_out)):
        weight = theirs["weight"]
        found[f"mlp.W_{ours}"] = weight if transposed else weight.T
        found[f"mlp.b_{ours}"] = theirs["bias"]
    for i, norm in enumerate(norms, 1):
        found |= {f"ln{i}.w": norm["weight"], f"ln{i}.b": norm["bias"]}
    return found


@pytest.fixture(scope="module")
def gpt1():
    import transformers  # demora: só quem o usa paga

    sizes = {"n_embd": D_MODEL, "n_head": HEADS, "n_layer": LAYERS}
    config = transformers.OpenAIGPTConfig(vocab_size=VOCAB, n_positions=CONTEXT, **sizes)
    return redrawn(transformers.OpenAIGPTLMHeadModel(config))


def course_gpt1(theirs, **parts):
    """O decoder do curso com os pesos do GPT-1."""
    weights = taken(theirs.state_dict(), "transformer.")
    config = DecoderConfig(VOCAB, CONTEXT, D_MODEL, HEADS, LAYERS)
    block = partial(Block, mlp=partial(MLP, act="gelu_tanh"), **parts)
    ours = Decoder(config, block=block, ln_final=NoNorm)
    found = {
        "embed.W_E": weights["tokens_embed.weight"],
        "pos_embed.W_pos": weights["positions_embed.weight"],
    }
    for i in range(LAYERS):
        part = partial(taken, weights)
        attention = {
            name: tensor
            for name, tensor in part(f"h.{i}.attn.").items()
            if name.startswith(("c_attn", "c_proj"))
        }
        block = block_from(
            from_c_attn(attention, HEADS),
            part(f"h.{i}.mlp.c_fc."),
            part(f"h.{i}.mlp.c_proj."),
            (part(f"h.{i}.ln_1."), part(f"h.{i}.ln_2.")),
            transposed=True,
        )
        found |= {f"blocks.{i}.{name}": tensor for name, tensor in block.items()}
    ours.load_state_dict(found)
    return ours.eval()


IDS = torch.randint(VOCAB, (2, 11), generator=torch.Generator().manual_seed(1))


@torch.no_grad()
def test_gpt1_is_our_block_with_the_norm_after(gpt1):
    expected = gpt1(IDS).logits
    assert expected.std() > 0.5
    assert torch.allclose(course_gpt1(gpt1, norm="post")(IDS), expected, atol=1e-4)


@torch.no_grad()
def test_gpt1_with_the_norm_before_is_another_model(gpt1):
    expected = gpt1(IDS).logits
    assert (course_gpt1(gpt1, norm="pre")(IDS) - expected).abs().max() > 1


def bert_reads(theirs, act="gelu", eps=1e-12, first_norm=True):
    """Lê `IDS` com os pesos do BERT nos blocos do curso; devolve z."""
    weights = theirs.state_dict()
    config = DecoderConfig(VOCAB, CONTEXT, D_MODEL, HEADS, LAYERS, eps=eps)
    tables = taken(weights, "embeddings.")
    z = tables["word_embeddings.weight"][IDS] + tables["token_type_embeddings.weight"][0]
    z = z + tables["position_embeddings.weight"][: IDS.shape[1]]
    norm = LayerNorm(D_MODEL, eps)
    norm.load_state_dict({"w": tables["LayerNorm.weight"], "b": tables["LayerNorm.bias"]})
    z = norm(z) if first_norm else z
    for i in range(LAYERS):
        part = partial(taken, taken(weights, f"encoder.layer.{i}."))
        names = {"query": "W_q", "key": "W_k", "value": "W_v"}
        attention = {
            f"{ours}.{kind}": part(f"attention.self.{name}.")[kind]
            for name, ours in names.items()
            for kind in ("weight", "bias")
        }
        attention |= {
            f"W_o.{kind}": tensor for kind, tensor in part("attention.output.dense.").items()
        }
        block = Block(config, norm="post", mlp=partial(MLP, act=act))
        block.load_state_dict(
            block_from(
                from_separate_layout(attention, HEADS),
                part("intermediate.dense."),
                part("output.dense."),
                (part("attention.output.LayerNorm."), part("output.LayerNorm.")),
                transposed=False,
            )
        )
        z = block(z)
    return z


@pytest.fixture(scope="module")
def bert():
    import transformers  # demora: só quem o usa paga

    config = transformers.BertConfig(
        vocab_size=VOCAB,
        max_position_embeddings=CONTEXT,
        hidden_size=D_MODEL,
        num_attention_heads=HEADS,
        num_hidden_layers=LAYERS,
        intermediate_size=4 * D_MODEL,
    )
    return redrawn(transformers.BertModel(config, add_pooling_layer=False))


@torch.no_grad()
def test_bert_is_our_block_without_a_mask(bert):
    expected = bert(IDS).last_hidden_state
    assert torch.allclose(bert_reads(bert), expected, atol=1e-4)


@pytest.mark.parametrize(
    ("trap", "least"), [({"first_norm": False}, 0.1), ({"act": "gelu_tanh"}, 1e-4)]
)
@torch.no_grad()
def test_each_trap_of_bert_shows(bert, trap, least):
    expected = bert(IDS).last_hidden_state
    right = (bert_reads(bert) - expected).abs().max()
    wrong = (bert_reads(bert, **trap) - expected).abs().max()
    assert wrong > max(least, 10 * right)
