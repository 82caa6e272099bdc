"""Ler e gravar uma pasta de GPT-2 como a Hugging Face grava, com os nomes e as formas de lá.

Só entram `config.json` e safetensors, inteiro ou em partes. Arquivos `.bin` (pickle) podem rodar
código ao serem abertos, e ficam de fora.
"""

import json
import re
from collections.abc import Mapping
from math import sqrt
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from safetensors.torch import save as tensors_to_bytes
from torch import Tensor

from helpers.checkpoint import CheckpointError, read_json
from helpers.config import DecoderConfig
from helpers.files import reason, replace_file
from helpers.layouts import from_c_attn, to_c_attn

#: Nome da não linearidade na Hugging Face → nome em `helpers.block.ACTIVATIONS`.
ACTIVATION = {
    "gelu_new": "gelu_tanh",
    "gelu_pytorch_tanh": "gelu_tanh",
    "gelu_fast": "gelu_tanh",
    "gelu": "gelu",
    "gelu_python": "gelu",
    "relu": "relu",
    "linear": "identity",
}
#: O que entra e sai em float32 sem perder nada; um peso quantizado não diz mais o que vale.
_FLOATS = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
#: O que quem compila ou divide o modelo põe na frente dos nomes.
_PREFIX = re.compile(r"^(_orig_mod\.|module\.|transformer\.)+")
_SAME_SAVE = "confira se config.json e os pesos são da mesma gravação"
_NORMS = {"ln_1": "ln1", "ln_2": "ln2"}
_MLP = {
    "mlp.c_fc.weight": "mlp.W_in",
    "mlp.c_fc.bias": "mlp.b_in",
    "mlp.c_proj.weight": "mlp.W_out",
    "mlp.c_proj.bias": "mlp.b_out",
}


def read(folder: str | Path) -> tuple[DecoderConfig, str, dict[str, Tensor]]:
    """Lê a pasta e devolve o que um `Decoder` precisa.

    Parâmetros:
        folder: pasta com `config.json` e `model.safetensors`, ou as partes e o índice.

    Retorna:
        Os tamanhos, o nome da não linearidade do MLP e os pesos, em float32.

    Erros:
        CheckpointError: se faltar um arquivo ou um peso, ou a pasta pedir o que não fazemos.
    """
    folder = Path(folder)
    settings = read_json(folder / "config.json")
    _require_gpt2(folder / "config.json", settings)
    weights = _without_prefix(read_tensors(folder))
    tied = settings.get("tie_word_embeddings", True)
    if "lm_head.weight" in weights and "wte.weight" in weights:
        # Com as duas tabelas na pasta, vale o que está nelas.
        tied = tied and torch.equal(weights["lm_head.weight"], weights["wte.weight"])
    try:
        config = _config(settings, tied)
    except KeyError as error:
        raise CheckpointError(f"falta {error} em {folder / 'config.json'}") from None
    except (TypeError, ValueError) as error:
        raise CheckpointError(f"{folder / 'config.json'}: {error}") from error
    weights = _checked(folder, weights, _shapes(config))
    tensors = _translate(weights, config, settings)
    return config, ACTIVATION[settings.get("activation_function", "gelu_new")], tensors


def write(
    folder: str | Path, config: DecoderConfig, tensors: Mapping[str, Tensor], act: str = "gelu_tanh"
) -> None:
    """Grava os pesos de um `Decoder` como uma pasta de GPT-2; `read` os lê de volta.

    Parâmetros:
        folder: a pasta; é criada se não existir.
        tensors: o `state_dict` do decoder.
        act: a não linearidade do MLP, uma das que `ACTIVATION` traduz.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    theirs = {"wte.weight": tensors["embed.W_E"], "wpe.weight": tensors["pos_embed.W_pos"]}
    theirs |= {"ln_f.weight": tensors["ln_final.w"], "ln_f.bias": tensors["ln_final.b"]}
    for layer in range(config.n_layers):
        block = _pop_prefix(dict(tensors), f"blocks.{layer}.")
        attention = to_c_attn(_pop_prefix(block, "attn."))
        parts = {f"attn.{name}": tensor for name, tensor in attention.items()}
        parts |= {name: block[ours] for name, ours in _MLP.items()}
        for name, ours in _NORMS.items():
            parts |= {f"{name}.weight": block[f"{ours}.w"], f"{name}.bias": block[f"{ours}.b"]}
        theirs |= {f"h.{layer}.{name}": tensor for name, tensor in parts.items()}
    theirs = {f"transformer.{name}": tensor for name, tensor in theirs.items()}
    if not config.tied:
        theirs["lm_head.weight"] = tensors["unembed.W_U"].T
    theirs = {name: tensor.detach().cpu().contiguous() for name, tensor in theirs.items()}
    replace_file(folder / "model.safetensors", tensors_to_bytes(theirs, {"format": "pt"}))
    text = json.dumps(_settings(config, act), indent=2) + "\n"
    replace_file(folder / "config.json", text)


def _settings(config, act):
    return {
        "model_type": "gpt2",
        "architectures": ["GPT2LMHeadModel"],
        "vocab_size": config.d_vocab,
        "n_positions": config.n_ctx,
        "n_embd": config.d_model,
        "n_head": config.n_heads,
        "n_layer": config.n_layers,
        "n_inner": config.d_mlp,
        "activation_function": next(name for name, ours in ACTIVATION.items() if ours == act),
        "layer_norm_epsilon": config.eps,
        "tie_word_embeddings": config.tied,
    }


def _config(settings, tied):
    d_model = settings["n_embd"]
    return DecoderConfig(
        d_vocab=settings["vocab_size"],
        n_ctx=settings.get("n_positions", settings.get("n_ctx", 1024)),
        d_model=d_model,
        n_heads=settings["n_head"],
        n_layers=settings["n_layer"],
        d_mlp=settings.get("n_inner") or 4 * d_model,
        tied=tied,
        eps=settings.get("layer_norm_epsilon", 1e-5),
    )


def _shapes(config):
    """Os nomes e as formas que a pasta precisa ter, com os nomes de lá."""
    d_model, d_mlp = config.d_model, config.d_mlp
    block = {"ln_1": (d_model,), "ln_2": (d_model,)}
    block |= {"attn.c_attn": (d_model, 3 * d_model), "attn.c_proj": (d_model, d_model)}
    block |= {"mlp.c_fc": (d_model, d_mlp), "mlp.c_proj": (d_mlp, d_model)}
    parts = {
        f"h.{layer}.{n}": size for layer in range(config.n_layers) for n, size in block.items()
    }
    parts["ln_f"] = (d_model,)
    shapes = {"wte.weight": (config.d_vocab, d_model), "wpe.weight": (config.n_ctx, d_model)}
    shapes |= {f"{name}.weight": size for name, size in parts.items()}
    shapes |= {f"{name}.bias": size[-1:] for name, size in parts.items()}
    if not config.tied:
        shapes["lm_head.weight"] = (config.d_vocab, d_model)
    return shapes


def _checked(folder, weights, shapes):
    """Devolve os pesos com que dá para montar o modelo, ou diz o que está errado neles."""
    for name, tensor in weights.items():
        if tensor.dtype not in _FLOATS:
            raise CheckpointError(
                f"em {folder}, {name} é {tensor.dtype}, um peso quantizado; lemos float16, "
                "bfloat16, float32 e float64: grave o modelo sem quantização"
            )
    biases = [name for name in shapes if name.endswith(".bias")]
    for absent in (biases, [name for name in biases if "ln_" in name]):
        # Há quem treine sem vieses, em tudo ou nas normas: somar zero dá a mesma conta.
        if not any(name in weights for name in absent):
            weights = weights | {name: torch.zeros(shapes[name]) for name in absent}
    for name, shape in shapes.items():
        if name not in weights:
            raise CheckpointError(f"falta {name!r} em {folder}; {_SAME_SAVE}")
        if weights[name].shape == shape:
            continue
        if weights[name].shape == shape[::-1]:
            raise CheckpointError(
                f"em {folder}, {name} está transposto, {list(shape[::-1])} em vez de "
                f"{list(shape)}: nn.Linear guarda [saída entrada], e o GPT-2 da Hugging Face, "
                "[entrada saída]; transponha com .T.contiguous() os quatro pesos de cada bloco "
                "(c_attn, c_fc e os dois c_proj) e grave de novo"
            )
        found = list(weights[name].shape)
        raise CheckpointError(
            f"em {folder}, {name} tem forma {found} em vez de {list(shape)}; {_SAME_SAVE}"
        )
    return weights


def _translate(weights: Mapping[str, Tensor], config: DecoderConfig, settings: Mapping):
    weights = dict(weights)
    tensors = {"embed.W_E": weights.pop("wte.weight"), "pos_embed.W_pos": weights.pop("wpe.weight")}
    for layer in range(config.n_layers):
        block = _pop_prefix(weights, f"h.{layer}.")
        here = f"blocks.{layer}."
        for theirs, ours in _NORMS.items():
            tensors[f"{here}{ours}.w"] = block.pop(f"{theirs}.weight")
            tensors[f"{here}{ours}.b"] = block.pop(f"{theirs}.bias")
        for theirs, ours in _MLP.items():
            tensors[here + ours] = block.pop(theirs)
        attention = from_c_attn(_pop_prefix(block, "attn."), config.n_heads)
        for name in ("W_Q", "b_Q"):
            attention[name] = attention[name] * _query_scale(settings, config, layer)
        tensors |= {f"{here}attn.{name}": tensor for name, tensor in attention.items()}
        tensors |= {f"h.{layer}.{name}": tensor for name, tensor in block.items()}
    tensors |= {"ln_final.w": weights.pop("ln_f.weight"), "ln_final.b": weights.pop("ln_f.bias")}
    head = weights.pop("lm_head.weight", None)
    if not config.tied:
        tensors["unembed.W_U"] = head.T
    # O que sobrar segue com o nome de lá, para que a conferência o acuse.
    return {name: tensor.float() for name, tensor in (tensors | weights).items()}


def _query_scale(settings, config, layer):
    """Diz por quanto multiplicar as queries quando a pasta não divide só por √d_head."""
    scale = 1.0 if settings.get("scale_attn_weights", True) else sqrt(config.d_head)
    return scale / (layer + 1) if settings.get("scale_attn_by_inverse_layer_idx") else scale


def read_tensors(folder: Path) -> dict[str, Tensor]:
    """Lê todos os pesos de uma pasta da Hugging Face, com os nomes de lá.

    Parâmetros:
        folder: pasta com `model.safetensors`, ou as partes e o índice.

    Erros:
        CheckpointError: se faltar um arquivo, ou ele estiver cortado.
    """
    index = folder / "model.safetensors.index.json"
    if (folder / "model.safetensors").exists():
        files = ["model.safetensors"]
    elif index.exists():
        names = read_json(index).get("weight_map")
        if not isinstance(names, dict) or not all(isinstance(n, str) for n in names.values()):
            raise CheckpointError(f"{index} não diz onde está cada peso; copie-o outra vez")
        files = sorted(set(names.values()))
    else:
        raise CheckpointError(_missing_weights(folder))
    weights = {}
    for name in files:
        try:
            if Path(name).name != name:
                raise CheckpointError(f"{index} aponta para fora da pasta: {name!r}")
            weights |= load_file(folder / name)
        except FileNotFoundError:
            raise CheckpointError(f"falta {folder / name}, que {index.name} promete") from None
        except OSError as error:
            raise CheckpointError(f"não consegui ler {folder / name} ({reason(error)})") from error
        except SafetensorError as error:
            raise CheckpointError(
                f"{folder / name} está cortado ou não é safetensors ({error}); copie-o outra vez"
            ) from error
    return weights


def _missing_weights(folder):
    pickles = sorted(path.name for path in folder.glob("*.bin"))
    if pickles:
        return (
            f"{folder} só tem {pickles[0]}, um pickle, que pode rodar código ao ser aberto; "
            "grave o modelo em safetensors (save_pretrained) e use essa pasta"
        )
    return f"falta model.safetensors em {folder}; confira o caminho da pasta"


def _without_prefix(weights):
    """Tira os prefixos dos nomes e os buffers de máscara, que não são pesos."""
    clean = {_PREFIX.sub("", name): tensor for name, tensor in weights.items()}
    return {n: t for n, t in clean.items() if not n.endswith((".attn.bias", ".attn.masked_bias"))}


def _pop_prefix(weights, prefix):
    names = [name for name in weights if name.startswith(prefix)]
    return {name.removeprefix(prefix): weights.pop(name) for name in names}


def _require_gpt2(path, settings):
    if settings.get("model_type") != "gpt2":
        hint = "leia-a com Decoder.load" if "format" in settings else "só lemos pastas de GPT-2"
        raise CheckpointError(f"{path} diz model_type={settings.get('model_type')!r}; {hint}")
    if settings.get("add_cross_attention"):
        raise CheckpointError(f"{path} pede add_cross_attention, que este decoder não tem")
    act = settings.get("activation_function", "gelu_new")
    if not isinstance(act, str) or act not in ACTIVATION:
        raise CheckpointError(
            f"{path} pede activation_function={act!r}; lemos {', '.join(ACTIVATION)}"
        )
