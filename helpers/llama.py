"""Ler uma pasta de Llama como a Hugging Face grava: a ficha, já conferida, e os pesos.

O que as peças da lição 13 não fazem, como vieses e giros ajustados, é recusado: lido em silêncio,
daria outro modelo.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from helpers.checkpoint import CheckpointError, read_json
from helpers.gpt2 import read_tensors

_SIZES = (
    "vocab_size",
    "hidden_size",
    "intermediate_size",
    "num_hidden_layers",
    "num_attention_heads",
)
#: O que vale quando a ficha não diz.
_DEFAULTS = {"rms_norm_eps": 1e-6, "hidden_act": "silu", "tie_word_embeddings": False}


def read(folder: str | Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Lê a pasta e devolve a ficha e os pesos.

    Parâmetros:
        folder: pasta com `config.json` e `model.safetensors`, ou as partes e o índice.

    Retorna:
        A ficha, com os nomes de lá, o que ela calava preenchido e a base do giro em `base`; e os
        pesos em float32, com os nomes de lá. `lm_head.weight` vem sempre: amarrada, é a tabela
        de entrada.

    Erros:
        CheckpointError: se faltar um arquivo ou um peso, ou a pasta pedir o que não fazemos.
    """
    folder = Path(folder)
    path = folder / "config.json"
    settings = _checked(path, _DEFAULTS | read_json(path))
    weights = {n: t for n, t in read_tensors(folder).items() if not n.endswith("inv_freq")}
    if settings["tie_word_embeddings"] and "model.embed_tokens.weight" in weights:
        weights["lm_head.weight"] = weights["model.embed_tokens.weight"]
    shapes = _shapes(settings)
    for name, shape in shapes.items():
        if name not in weights:
            raise CheckpointError(f"falta o peso {name} em {folder}; copie a pasta outra vez")
        if weights[name].shape != shape or not weights[name].is_floating_point():
            raise CheckpointError(
                f"{folder}: {name} é {weights[name].dtype} {list(weights[name].shape)}; pela ficha "
                f"seria de números com vírgula, {list(shape)}. A ficha e os pesos são da mesma "
                "gravação? Pesos quantizados não se leem aqui"
            )
    if extra := sorted(weights.keys() - shapes.keys()):
        raise CheckpointError(f"{folder} tem pesos que um Llama não tem, como {extra[0]}")
    return settings, {name: weights[name].to(torch.float32) for name in shapes}


def _checked(path: Path, settings: dict[str, Any]) -> dict[str, Any]:
    """Completa a ficha, ou recusa o que ela pede e não fazemos."""
    if settings.get("model_type") != "llama":
        kind = settings.get("model_type")
        raise CheckpointError(f"{path} diz model_type={kind!r}; aqui só se leem pastas de Llama")
    for name in ("attention_bias", "mlp_bias"):
        if settings.get(name):
            raise CheckpointError(f"{path} pede {name}=true; as peças da lição não têm vieses")
    if settings["hidden_act"] not in ("silu", "swish"):
        act = settings["hidden_act"]
        raise CheckpointError(f"{path} pede hidden_act={act!r}; a porta da lição é silu")
    for name in _SIZES:
        if not isinstance(settings.get(name), int) or settings[name] < 1:
            raise CheckpointError(f"{path}: {name}={settings.get(name)!r}; é preciso um inteiro")
    heads = settings["num_attention_heads"]
    groups = settings["num_key_value_heads"] = settings.get("num_key_value_heads") or heads
    width = settings["head_dim"] = settings.get("head_dim") or settings["hidden_size"] // heads
    if heads % groups or width % 2:
        raise CheckpointError(
            f"{path}: {heads} cabeças em {groups} grupos, de largura {width}; as cabeças se "
            "repartem por igual entre os grupos, e o giro pede largura par"
        )
    return settings | {"base": _base(path, settings)}


def _base(path: Path, settings: Mapping[str, Any]) -> float:
    """Devolve a base do giro; a ficha a guarda de um jeito novo ou de um antigo."""
    rope = {"rope_theta": settings.get("rope_theta")} | (settings.get("rope_scaling") or {})
    rope |= settings.get("rope_parameters") or {}
    kind = rope.get("rope_type", rope.get("type", "default"))
    if kind != "default":
        raise CheckpointError(
            f"{path} pede o giro ajustado rope_type={kind!r}; aqui só se lê o giro sem ajuste"
        )
    part = rope.get("partial_rotary_factor", settings.get("partial_rotary_factor"))
    if part not in (None, 1, 1.0):
        raise CheckpointError(
            f"{path} pede partial_rotary_factor={part}; o giro da lição gira todos os pares"
        )
    return float(rope["rope_theta"] or 10_000.0)


def _shapes(c: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    d_model, d_mlp = c["hidden_size"], c["intermediate_size"]
    q, kv = (c[f"num_{name}_heads"] * c["head_dim"] for name in ("attention", "key_value"))
    table, whole = (c["vocab_size"], d_model), {}
    whole |= {"model.embed_tokens.weight": table, "lm_head.weight": table}
    whole["model.norm.weight"] = (d_model,)
    block = {
        "input_layernorm": (d_model,),
        "post_attention_layernorm": (d_model,),
        "self_attn.q_proj": (q, d_model),
        "self_attn.k_proj": (kv, d_model),
        "self_attn.v_proj": (kv, d_model),
        "self_attn.o_proj": (d_model, q),
        "mlp.gate_proj": (d_mlp, d_model),
        "mlp.up_proj": (d_mlp, d_model),
        "mlp.down_proj": (d_model, d_mlp),
    }
    for layer in range(c["num_hidden_layers"]):
        whole |= {f"model.layers.{layer}.{name}.weight": shape for name, shape in block.items()}
    return whole
