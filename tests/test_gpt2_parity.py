"""O decoder é o GPT-2: mesmos pesos, mesmos números que a biblioteca transformers."""

import json
import tempfile

import pytest
import torch
import torch.nn.functional as F
from core import told
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers import gpt2
from helpers.checkpoint import CheckpointError
from helpers.config import PRESETS, DecoderConfig
from helpers.decoder import Decoder
from helpers.gpt2 import ACTIVATION
from helpers.hooks import run_with_cache

CONFIGS = {
    "padrão": {},
    "solta": {"tie_word_embeddings": False},
    "mlp de 50, relu": {"n_inner": 50, "activation_function": "relu"},
    "gelu exata": {"activation_function": "gelu"},
    "eps grande": {"layer_norm_epsilon": 0.1},
    "uma cabeça": {"n_head": 1},
    "uma posição por cabeça": {"n_head": 24},
    "sem dividir pela raiz": {"scale_attn_weights": False},
    "dividindo pela camada": {
        "scale_attn_by_inverse_layer_idx": True,
        "reorder_and_upcast_attn": True,
    },
}


def hugging_face():
    """Devolve a biblioteca transformers, sem barras de progresso."""
    import transformers  # demora: só quem o usa paga

    transformers.utils.logging.disable_progress_bar()
    return transformers


def reference(seed=0, std=0.15, **changes):
    """Faz um GPT-2 da Hugging Face com todos os pesos sorteados, vieses e normas também."""
    sizes = {"vocab_size": 97, "n_positions": 32, "n_embd": 24, "n_layer": 3, "n_head": 4}
    config = hugging_face().GPT2Config(**(sizes | {"bos_token_id": 0, "eos_token_id": 0} | changes))
    config._attn_implementation = "eager"
    model = hugging_face().GPT2LMHeadModel(config).eval()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            is_scale = ".ln_" in name and name.endswith("weight")
            weight.normal_(float(is_scale), std, generator=generator)
    return model


def tokens_for(model, batch=3, n_pos=None, seed=1):
    generator = torch.Generator().manual_seed(seed)
    shape = (batch, n_pos or model.config.n_positions)
    return torch.randint(model.config.vocab_size, shape, generator=generator)


def imported(model, folder, **how):
    model.save_pretrained(folder, **how)
    return Decoder.from_gpt2(folder)


@pytest.mark.parametrize("changes", CONFIGS.values(), ids=CONFIGS)
@torch.no_grad()
def test_every_layer_every_pattern_and_the_loss_equal_gpt2(changes, tmp_path):
    model = reference(**changes)
    decoder, tokens = imported(model, tmp_path), tokens_for(model)
    theirs = model(tokens, labels=tokens, output_hidden_states=True, output_attentions=True)
    logits, cache = run_with_cache(decoder, tokens)

    for layer in range(3):
        resid, pattern = f"blocks.{layer}.hook_resid_pre", f"blocks.{layer}.attn.hook_pattern"
        torch.testing.assert_close(cache[resid], theirs.hidden_states[layer], atol=1e-5, rtol=1e-5)
        torch.testing.assert_close(cache[pattern], theirs.attentions[layer], atol=1e-5, rtol=0)
    last = cache["ln_final.hook_normalized"]
    torch.testing.assert_close(last, theirs.hidden_states[-1], atol=1e-5, rtol=0)
    torch.testing.assert_close(logits, theirs.logits, atol=1e-5, rtol=0)
    torch.testing.assert_close(decoder(tokens), theirs.logits, atol=1e-5, rtol=0)
    loss = F.cross_entropy(logits[:, :-1].flatten(0, 1), tokens[:, 1:].flatten())
    assert loss.item() == pytest.approx(theirs.loss.item(), abs=1e-5)


@st.composite
def gpt2_settings(draw):
    n_head = draw(st.integers(1, 5))
    return {
        "vocab_size": draw(st.integers(1, 60)),
        "n_positions": draw(st.integers(1, 20)),
        "n_head": n_head,
        "n_embd": n_head * draw(st.integers(1, 7)),
        "n_layer": draw(st.integers(0, 3)),
        "n_inner": draw(st.none() | st.integers(1, 40)),
        "activation_function": draw(st.sampled_from(sorted(ACTIVATION))),
        "layer_norm_epsilon": draw(st.sampled_from([1e-6, 1e-5, 1e-3])),
        "tie_word_embeddings": draw(st.booleans()),
        "scale_attn_weights": draw(st.booleans()),
        "scale_attn_by_inverse_layer_idx": draw(st.booleans()),
        "seed": draw(st.integers(0, 99)),
    }


@given(gpt2_settings())
@settings(max_examples=25)
@torch.no_grad()
def test_any_gpt2_configuration_gives_the_same_logits(drawn):
    model = reference(**drawn)
    with tempfile.TemporaryDirectory() as folder:
        decoder = imported(model, folder)
    tokens = tokens_for(model, batch=2)
    theirs = model(tokens).logits
    torch.testing.assert_close(decoder(tokens), theirs, atol=1e-5, rtol=1e-5)
    assert decoder.config.n_params == sum(p.numel() for p in model.parameters())


@torch.no_grad()
def test_greedy_generation_is_the_same_token_by_token(tmp_path):
    model = reference()
    decoder, prompt = imported(model, tmp_path), tokens_for(model, batch=2, n_pos=5)
    theirs = model.generate(
        prompt,
        attention_mask=torch.ones_like(prompt),
        max_new_tokens=27,
        min_new_tokens=27,
        do_sample=False,
        pad_token_id=0,
        eos_token_id=None,
    )
    text, cache = prompt, decoder.new_cache(batch_size=2)
    new = prompt
    for _ in range(27):
        new = decoder(new, cache=cache)[:, -1].argmax(-1, keepdim=True)
        text = torch.cat([text, new], dim=1)
    assert torch.equal(text, theirs)
    assert len(set(text[0].tolist())) > 5


def test_gradients_of_the_loss_equal_gpt2(tmp_path):
    model = reference()
    decoder, tokens = imported(model, tmp_path).double(), tokens_for(model)
    for logits in (model.double()(tokens).logits, decoder(tokens)):
        F.cross_entropy(logits[:, :-1].flatten(0, 1), tokens[:, 1:].flatten()).backward()
    inner = model.transformer
    pairs = {
        "embed.W_E": inner.wte.weight.grad,
        "pos_embed.W_pos": inner.wpe.weight.grad,
        "blocks.0.mlp.W_in": inner.h[0].mlp.c_fc.weight.grad,
        "blocks.1.ln1.w": inner.h[1].ln_1.weight.grad,
        "blocks.2.attn.W_O": inner.h[2].attn.c_proj.weight.grad.unflatten(0, (4, 6)),
        "blocks.0.attn.W_K": inner.h[0]
        .attn.c_attn.weight.grad[:, 24:48]
        .unflatten(1, (4, 6))
        .transpose(0, 1),
    }
    ours = dict(decoder.named_parameters())
    for name, theirs in pairs.items():
        torch.testing.assert_close(ours[name].grad, theirs, atol=1e-10, rtol=1e-6, msg=name)
        assert theirs.abs().max() > 1e-4


@pytest.mark.slow
@torch.no_grad()
def test_full_size_gpt2_gives_the_same_logits(tmp_path):
    sizes = {"vocab_size": 50257, "n_positions": 1024, "n_embd": 768, "n_layer": 12, "n_head": 12}
    model = reference(std=0.02, **sizes)
    decoder, tokens = imported(model, tmp_path), tokens_for(model, batch=1, n_pos=64)
    assert decoder.config == PRESETS["gpt2"]
    torch.testing.assert_close(decoder(tokens), model(tokens).logits, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("how", [{"max_shard_size": "10KB"}, {}], ids=["em partes", "inteiro"])
@torch.no_grad()
def test_sharded_folders_load(how, tmp_path):
    model = reference()
    decoder = imported(model, tmp_path, **how)
    assert (tmp_path / "model.safetensors.index.json").exists() == bool(how)
    tokens = tokens_for(model)
    torch.testing.assert_close(decoder(tokens), model(tokens).logits, atol=1e-5, rtol=0)


@torch.no_grad()
def test_half_precision_and_headless_folders_load(tmp_path):
    model = reference()
    tokens = tokens_for(model)
    decoder = imported(model.transformer, tmp_path / "sem cabeça")
    torch.testing.assert_close(decoder(tokens), model(tokens).logits, atol=1e-5, rtol=0)
    half = imported(model.half(), tmp_path / "meia")
    torch.testing.assert_close(half(tokens), model.float()(tokens).logits, atol=1e-5, rtol=0)


@torch.no_grad()
def test_old_folders_with_mask_buffers_and_without_prefix_load(tmp_path):
    from safetensors.torch import load_file, save_file

    model = reference()
    model.save_pretrained(tmp_path)
    path = tmp_path / "model.safetensors"
    old = {name.removeprefix("transformer."): t for name, t in load_file(path).items()}
    for layer in range(3):
        old[f"h.{layer}.attn.bias"] = torch.ones(1, 1, 32, 32).tril()
        old[f"h.{layer}.attn.masked_bias"] = torch.tensor(-1e4)
    save_file(old, path)
    tokens = tokens_for(model)
    logits = Decoder.from_gpt2(tmp_path)(tokens)
    torch.testing.assert_close(logits, model(tokens).logits, atol=1e-5, rtol=0)


@pytest.mark.parametrize("prefix", ["_orig_mod.", "module._orig_mod."])
@torch.no_grad()
def test_names_of_a_compiled_model_load(prefix, tmp_path):
    model = reference()
    model.save_pretrained(tmp_path)
    change_tensors(lambda t: [t.update({prefix + n: t.pop(n)}) for n in list(t)])(tmp_path)
    tokens = tokens_for(model)
    logits = Decoder.from_gpt2(tmp_path)(tokens)
    torch.testing.assert_close(logits, model(tokens).logits, atol=1e-5, rtol=0)


@pytest.mark.parametrize("kind", ["", "ln_"], ids=["nenhum viés", "só as normas sem"])
@torch.no_grad()
def test_a_model_trained_without_biases_adds_zero(kind, tmp_path):
    model = reference()
    without = [n for n, _ in model.named_parameters() if n.endswith(".bias") and kind in n]
    for name in without:
        model.get_parameter(name).zero_()
    model.save_pretrained(tmp_path)
    change_tensors(lambda t: [t.pop(n) for n in without])(tmp_path)
    tokens = tokens_for(model)
    logits = Decoder.from_gpt2(tmp_path)(tokens)
    torch.testing.assert_close(logits, model(tokens).logits, atol=1e-5, rtol=0)


@torch.no_grad()
def test_two_different_tables_stay_apart_as_in_transformers(tmp_path):
    from safetensors.torch import load_file, save_file

    reference().save_pretrained(tmp_path)
    path = tmp_path / "model.safetensors"
    tensors = load_file(path)
    head = torch.eye(97)[:, :24].contiguous()
    save_file(tensors | {"lm_head.weight": head}, path, metadata={"format": "pt"})
    theirs = hugging_face().GPT2LMHeadModel.from_pretrained(tmp_path).eval()
    decoder = Decoder.from_gpt2(tmp_path)
    tokens = tokens_for(theirs)
    assert not decoder.config.tied
    torch.testing.assert_close(decoder(tokens), theirs(tokens).logits, atol=1e-5, rtol=0)


def change_config(**changes):
    def damage(folder):
        path = folder / "config.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | changes))

    return damage


def change_tensors(change):
    def damage(folder):
        from safetensors.torch import load_file, save_file

        path = folder / "model.safetensors"
        tensors = load_file(path)
        change(tensors)
        save_file(tensors, path)

    return damage


def test_two_equal_tables_stay_apart_when_the_settings_say_so(tmp_path):
    reference().save_pretrained(tmp_path)
    change_config(tie_word_embeddings=False)(tmp_path)
    wte = "transformer.wte.weight"
    change_tensors(lambda t: t.update({"lm_head.weight": t[wte].clone()}))(tmp_path)
    decoder = Decoder.from_gpt2(tmp_path)
    assert not decoder.config.tied
    assert decoder.W_U.data_ptr() != decoder.embed.W_E.data_ptr()


def test_the_first_folders_called_the_positions_n_ctx(tmp_path):
    reference().save_pretrained(tmp_path)
    path = tmp_path / "config.json"
    settings = json.loads(path.read_text())
    settings["n_ctx"] = settings.pop("n_positions")
    path.write_text(json.dumps(settings))
    assert Decoder.from_gpt2(tmp_path).config.n_ctx == 32


def turned(part):
    """Vira uma matriz de cada bloco, como `nn.Linear` a guardaria."""

    def change(tensors):
        for name in tensors:
            if name.endswith(f"{part}.weight"):
                tensors[name] = tensors[name].T.contiguous()

    return change


def eight_bits(tensors):
    for name in tensors:
        if name.endswith("c_attn.weight"):
            tensors[name] = (tensors[name] * 127).to(torch.int8)


def no_map(folder):
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors.index.json").write_text('{"weight_map": ["a"]}')


def only_pickle(folder):
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def cut(folder):
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-1000])


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (change_config(model_type="llama"), "model_type='llama'; só lemos pastas de GPT-2"),
        (change_config(add_cross_attention=True), "pede add_cross_attention"),
        (change_config(activation_function="silu"), "activation_function='silu'; lemos"),
        (change_config(n_embd="24"), "d_model='24' deve ser um inteiro"),
        (change_config(n_layer=2), r"sobra h\.2\."),
        (change_config(n_layer=4), r"falta 'h\.3\.ln_1\.weight' em .*; confira se config"),
        (
            change_config(n_inner=50),
            r"0\.mlp\.c_fc\.weight tem forma \[24, 96\] em vez de \[24, 50\]",
        ),
        (change_config(tie_word_embeddings=False), r"falta 'lm_head\.weight'"),
        (change_tensors(lambda t: t.pop("transformer.wpe.weight")), r"falta 'wpe\.weight'"),
        (change_tensors(lambda t: t.update(x=torch.ones(2))), "sobra x"),
        (
            change_tensors(turned("attn.c_attn")),
            r"0\.attn\.c_attn\.weight está transposto, \[72",
        ),
        (
            change_tensors(turned("mlp.c_fc")),
            r"mlp\.c_fc\.weight está transposto, .*\.T\.cont",
        ),
        (change_tensors(turned("mlp.c_proj")), r"mlp\.c_proj\.weight está transposto"),
        (change_tensors(eight_bits), r"c_attn\.weight é torch\.int8, um peso quantizado"),
        (change_tensors(lambda t: t.pop("transformer.h.1.ln_1.bias")), r"falta 'h\.1\.ln_1\.bias'"),
        (change_config(activation_function=["gelu"]), r"activation_function=\['gelu'\]"),
        (change_config(n_head=5), "config.json: d_model=24 .*n_heads=5"),
        (no_map, "não diz onde está cada peso"),
        (only_pickle, r"só tem pytorch_model\.bin, um pickle.*grave o modelo em safetensors"),
        (lambda folder: (folder / "model.safetensors").unlink(), r"falta model\.safetensors em"),
        (lambda folder: (folder / "config.json").unlink(), r"falta .*config\.json; confira"),
        (cut, "está cortado ou não é safetensors"),
    ],
)
def test_unusable_folder_says_what_and_why(damage, message, tmp_path):
    reference().save_pretrained(tmp_path)
    damage(tmp_path)
    with told(CheckpointError, match=message):
        Decoder.from_gpt2(tmp_path)


@pytest.mark.parametrize("tied", [True, False])
@torch.no_grad()
def test_written_folder_is_read_by_transformers_and_by_us(tied, tmp_path):
    config = DecoderConfig(97, 32, 24, 4, 3, d_mlp=50, tied=tied, eps=1e-3)
    decoder = Decoder(config, generator=torch.Generator().manual_seed(3))
    for weight in decoder.parameters():
        weight.normal_(0.1, 0.3)
    gpt2.write(tmp_path, config, decoder.state_dict())
    theirs = hugging_face().GPT2LMHeadModel.from_pretrained(tmp_path).eval()
    tokens = tokens_for(theirs)
    torch.testing.assert_close(decoder(tokens), theirs(tokens).logits, atol=1e-4, rtol=1e-4)
    again = Decoder.from_gpt2(tmp_path)
    assert again.config == config
    assert torch.equal(again(tokens), decoder(tokens))


def test_missing_shard_is_named(tmp_path):
    reference().save_pretrained(tmp_path, max_shard_size="10KB")
    shard = sorted(tmp_path.glob("model-*.safetensors"))[1]
    shard.unlink()
    with told(CheckpointError, match=f"falta .*{shard.name}, que .*index.json promete"):
        Decoder.from_gpt2(tmp_path)
