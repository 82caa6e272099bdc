"""GPT-1, BERT e T5, da biblioteca transformers, com os blocos do curso: mesmos pesos e números."""

from functools import partial
from itertools import product
from math import log, sqrt

import pytest
import torch

from helpers.block import MLP, Block, LayerNorm, RMSNorm
from helpers.config import DecoderConfig
from helpers.decoder import Decoder
from helpers.embedding import NoPositions
from helpers.hooks import editing, hook_names
from helpers.layouts import from_c_attn, from_separate_layout
from helpers.studies.two_sequences import PAD, CrossBlock, EncoderDecoder
from helpers.without import NoNorm

VOCAB, CONTEXT = 61, 16
#: Largura, cabeças, camadas e meio do MLP; o GPT-1 não escolhe o meio, que é 4 vezes a largura.
SIZES = [(24, 4, 2, 96), (20, 1, 3, 37), (30, 5, 1, 64)]


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


@pytest.fixture(scope="module", params=SIZES, ids=str)
def gpt1(request):
    import transformers  # demora: só quem o usa paga

    sizes = dict(zip(("n_embd", "n_head", "n_layer"), request.param[:3], strict=True))
    config = transformers.OpenAIGPTConfig(vocab_size=VOCAB, n_positions=CONTEXT, **sizes)
    return redrawn(transformers.OpenAIGPTLMHeadModel(config), seed=request.param_index)


def course_gpt1(theirs, **parts):
    """O decoder do curso com os pesos do GPT-1."""
    weights = taken(theirs.state_dict(), "transformer.")
    c = theirs.config
    config = DecoderConfig(VOCAB, CONTEXT, c.n_embd, c.n_head, c.n_layer)
    block = partial(Block, mlp=partial(MLP, act="gelu_tanh"), **parts)
    ours = Decoder(config, block=block, ln_final=NoNorm)
    found = {
        "embed.W_E": weights["tokens_embed.weight"],
        "pos_embed.W_pos": weights["positions_embed.weight"],
    }
    for i in range(c.n_layer):
        part = partial(taken, weights)
        attention = {
            name: tensor
            for name, tensor in part(f"h.{i}.attn.").items()
            if name.startswith(("c_attn", "c_proj"))
        }
        block = block_from(
            from_c_attn(attention, c.n_head),
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
    c = theirs.config
    n_heads, d_mlp = c.num_attention_heads, c.intermediate_size
    config = DecoderConfig(VOCAB, CONTEXT, c.hidden_size, n_heads, d_mlp=d_mlp, n_layers=1, eps=eps)
    tables = taken(weights, "embeddings.")
    z = tables["word_embeddings.weight"][IDS] + tables["token_type_embeddings.weight"][0]
    z = z + tables["position_embeddings.weight"][: IDS.shape[1]]
    norm = LayerNorm(c.hidden_size, eps)
    norm.load_state_dict({"w": tables["LayerNorm.weight"], "b": tables["LayerNorm.bias"]})
    z = norm(z) if first_norm else z
    for i in range(c.num_hidden_layers):
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
                from_separate_layout(attention, n_heads),
                part("intermediate.dense."),
                part("output.dense."),
                (part("attention.output.LayerNorm."), part("output.LayerNorm.")),
                transposed=False,
            )
        )
        z = block(z)
    return z


@pytest.fixture(scope="module", params=SIZES, ids=str)
def bert(request):
    import transformers  # demora: só quem o usa paga

    d_model, n_heads, n_layers, d_mlp = request.param
    config = transformers.BertConfig(
        vocab_size=VOCAB,
        max_position_embeddings=CONTEXT,
        hidden_size=d_model,
        num_attention_heads=n_heads,
        num_hidden_layers=n_layers,
        intermediate_size=d_mlp,
    )
    bert = transformers.BertModel(config, add_pooling_layer=False)
    return redrawn(bert, seed=request.param_index)


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


#: Largura, cabeças, camadas, meio do MLP e faixas de distância.
T5_SIZES = [(16, 2, 2, 64, 8), (15, 3, 1, 21, 4), (24, 4, 3, 40, 6)]
#: Distância em que começa a última faixa: dentro dos textos abaixo, e longe de um empate.
FARTHEST = 10
SOURCE = torch.randint(PAD + 1, VOCAB, (2, 13), generator=torch.Generator().manual_seed(2))
SOURCE[1, 8:] = PAD
WRITTEN = torch.randint(PAD + 1, VOCAB, (2, 12), generator=torch.Generator().manual_seed(3))


@pytest.fixture(scope="module", params=T5_SIZES, ids=str)
def t5(request):
    import transformers  # demora: só quem o usa paga

    d_model, n_heads, n_layers, d_mlp, n_ranges = request.param
    config = transformers.T5Config(
        vocab_size=VOCAB,
        d_model=d_model,
        d_kv=d_model // n_heads,
        d_ff=d_mlp,
        num_heads=n_heads,
        num_layers=n_layers,
        relative_attention_num_buckets=n_ranges,
        relative_attention_max_distance=FARTHEST,
        pad_token_id=PAD,
    )
    t5 = transformers.T5ForConditionalGeneration(config)
    return redrawn(t5, seed=request.param_index).double()


def our_sizes(c):
    """Os tamanhos de um T5 na ficha do curso."""
    sizes = (c.d_model, c.num_heads, c.num_layers, c.d_ff)
    return DecoderConfig(VOCAB, CONTEXT, *sizes, eps=1e-6)


def course_t5(theirs, norm):
    """O encoder–decoder do curso, de peças trocadas, com os pesos do T5; os vieses ficam em 0."""
    weights, mlp = theirs.state_dict(), partial(MLP, act="relu")
    sizes = our_sizes(theirs.config)

    def writer(config, generator):
        block = CrossBlock(config, generator=generator)
        block.ln1, block.ln2, block.ln3 = (norm(config.d_model, config.eps) for _ in range(3))
        block.mlp = mlp(config.d_model, config.d_mlp)
        return block

    ours = EncoderDecoder(sizes, 0, sizes.n_layers, block=writer)
    ours.encoder.extend(Block(sizes, ln=norm, mlp=mlp) for _ in range(sizes.n_layers))
    ours.pos_embed = NoPositions(sizes.n_ctx, sizes.d_model)
    ours.ln_source, ours.ln_final = (norm(sizes.d_model, sizes.eps) for _ in range(2))
    found = {
        "embed.W_E": weights["shared.weight"],
        "ln_source.w": weights["encoder.final_layer_norm.weight"],
        "ln_final.w": weights["decoder.final_layer_norm.weight"],
    }
    attentions = {"attn": "SelfAttention", "cross": "EncDecAttention"}
    sides = {"encoder": ("attn", "mlp"), "decoder": ("attn", "cross", "mlp")}
    for i, (side, parts) in product(range(sizes.n_layers), sides.items()):
        for j, name in enumerate(parts):
            layer = taken(weights, f"{side}.block.{i}.layer.{j}.")
            found[f"{side}.{i}.ln{j + 1}.w"] = layer["layer_norm.weight"]
            if name == "mlp":
                dense = taken(layer, "DenseReluDense.")
                part = {"W_in": dense["wi.weight"].T, "W_out": dense["wo.weight"].T}
            else:
                linear = {f"W_{key}": t for key, t in taken(layer, f"{attentions[name]}.").items()}
                part = from_separate_layout(linear, sizes.n_heads)
            found |= {f"{side}.{i}.{name}.{key}": tensor for key, tensor in part.items()}
    missing, unknown = ours.load_state_dict(found, strict=False)
    assert not unknown
    assert all(name.split(".")[-1] in ("b", "b_in", "b_out") for name in missing)
    return ours.double().eval()


def distance_bias(table, n_pos, both_sides):
    """O que o T5 soma aos scores, [head query key]: uma linha da tabela por faixa de distância."""
    n_ranges = len(table) // 2 if both_sides else len(table)
    alone = n_ranges // 2  # as distâncias menores não dividem a sua linha com ninguém

    def row(query, key):
        distance = abs(query - key) if both_sides else max(query - key, 0)
        if distance >= alone:
            share = log(distance / alone) / log(FARTHEST / alone)
            distance = min(alone + int(share * (n_ranges - alone)), n_ranges - 1)
        return distance + n_ranges * (both_sides and key > query)

    rows = [[row(query, key) for key in range(n_pos)] for query in range(n_pos)]
    return table[torch.tensor(rows)].permute(2, 0, 1)


def t5_reads(theirs, norm=RMSNorm, divide=False, biased=True):
    """Lê `SOURCE` e `WRITTEN` com os pesos do T5 nos blocos do curso; devolve z e os logits."""
    ours, edits, sizes = course_t5(theirs, norm), {}, our_sizes(theirs.config)
    for name in hook_names(ours):
        if name.endswith("hook_q") and not divide:  # desfaz a divisão que vem depois
            edits[name] = lambda q: q * sqrt(sizes.d_head)
        if name.endswith("attn.hook_attn_scores") and biased:
            side, ids = ("encoder", SOURCE) if name.startswith("encoder") else ("decoder", WRITTEN)
            first = theirs.get_submodule(f"{side}.block.0.layer.0.SelfAttention")
            table = first.relative_attention_bias.weight  # uma por lado, a mesma em todo bloco
            bias = distance_bias(table, ids.shape[1], both_sides=side == "encoder")
            edits[name] = partial(torch.add, bias)
    with editing(ours, edits):
        return ours.encode(SOURCE), ours((SOURCE, WRITTEN)) / sqrt(sizes.d_model)


def t5_differs(theirs, **trap):
    """Quanto os blocos do curso diferem do T5, em z e nos logits: fração do tamanho de cada um."""
    real = (SOURCE != PAD).long()
    expected = theirs(input_ids=SOURCE, attention_mask=real, decoder_input_ids=WRITTEN)
    wanted = expected.encoder_last_hidden_state, expected.logits
    pairs = zip(t5_reads(theirs, **trap), wanted, strict=True)
    return [((ours - right).norm() / right.norm()).item() for ours, right in pairs]


@torch.no_grad()
def test_t5_is_our_encoder_decoder_with_other_scores(t5):
    assert max(t5_differs(t5)) < 1e-6  # a norma deles faz a média em float32, mesmo aqui


@pytest.mark.parametrize("trap", [{"divide": True}, {"norm": LayerNorm}, {"biased": False}])
@torch.no_grad()
def test_each_trap_of_t5_shows(t5, trap):
    assert min(t5_differs(t5, **trap)) > 0.05
