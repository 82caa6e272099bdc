"""Os jeitos de guardar os pesos de uma atenção, e a tradução entre eles, sem perder um bit.

O nosso tem a cabeça como eixo: `W_Q [head d_model d_head]`. Os outros empilham as cabeças em
matrizes, e a *ordem das linhas* muda: trocar de jeito sem traduzir não dá erro, dá outro modelo.

| nome        | quem usa                       | linhas de q, k e v                               |
|-------------|--------------------------------|--------------------------------------------------|
| `separate`  | quatro `nn.Linear`             | em três matrizes; em cada uma, cabeça 0, 1, …    |
| `torch_mha` | `nn.MultiheadAttention`        | uma matriz: todo q, todo k, todo v               |
| `c_attn`    | GPT-2                          | a mesma ordem, na matriz transposta              |
| `by_head`   | uma `nn.Linear` para as três   | uma matriz: q, k e v da cabeça 0, da cabeça 1, … |

Cada `from_…` recebe o `state_dict` do outro e devolve o de uma `Attention`; cada `to_…` desfaz.
"""

from collections.abc import Mapping

import torch
from jaxtyping import Float
from torch import Tensor

Weights = dict[str, Tensor]
#: Uma `nn.Linear` numa só matriz: os pesos e, na última coluna, o viés, que assim anda junto.
Rows = Float[Tensor, "rows columns"]


def from_separate_layout(weights: Mapping[str, Tensor], n_heads: int) -> Weights:
    """Traduz quatro `nn.Linear` chamadas `W_q`, `W_k`, `W_v` e `W_o`.

    Parâmetros:
        weights: o `state_dict` delas; viés que faltar vira zero.

    Erros:
        ValueError: se faltar um peso ou as linhas não se dividirem em `n_heads`.
    """
    q, k, v, o = (_take(weights, f"W_{name}.weight", f"W_{name}.bias") for name in "qkvo")
    return _ours(q, k, v, o, n_heads)


def to_separate_layout(attention: Mapping[str, Tensor]) -> Weights:
    """Desfaz `from_separate_layout`.

    Parâmetros:
        attention: o `state_dict` de uma `Attention`.
    """
    named = zip("qkvo", _theirs(attention), strict=True)
    return {key: t for name, rows in named for key, t in _give(rows, f"W_{name}.").items()}


def from_torch_mha(weights: Mapping[str, Tensor], n_heads: int) -> Weights:
    """Traduz uma `nn.MultiheadAttention`.

    Parâmetros:
        weights: o `state_dict` dela; viés que faltar vira zero.

    Erros:
        ValueError: se faltar um peso ou as linhas não se dividirem em `n_heads`.
    """
    q, k, v = _take(weights, "in_proj_weight", "in_proj_bias").chunk(3)
    return _ours(q, k, v, _take(weights, "out_proj.weight", "out_proj.bias"), n_heads)


def to_torch_mha(attention: Mapping[str, Tensor]) -> Weights:
    """Desfaz `from_torch_mha`.

    Parâmetros:
        attention: o `state_dict` de uma `Attention`.
    """
    *qkv, o = _theirs(attention)
    return _give(torch.cat(qkv), "in_proj_") | _give(o, "out_proj.")


def from_c_attn(weights: Mapping[str, Tensor], n_heads: int) -> Weights:
    """Traduz a atenção do GPT-2, que guarda `c_attn.weight` e `c_proj.weight` como [entrada saída].

    Parâmetros:
        weights: `c_attn` e `c_proj`, peso e viés.

    Erros:
        ValueError: se faltar um peso ou as linhas não se dividirem em `n_heads`.
    """
    turned = {key: tensor.T for key, tensor in weights.items() if tensor.ndim == 2}
    weights = {**weights, **turned}
    q, k, v = _take(weights, "c_attn.weight", "c_attn.bias").chunk(3)
    return _ours(q, k, v, _take(weights, "c_proj.weight", "c_proj.bias"), n_heads)


def to_c_attn(attention: Mapping[str, Tensor]) -> Weights:
    """Desfaz `from_c_attn`.

    Parâmetros:
        attention: o `state_dict` de uma `Attention`.
    """
    *qkv, o = _theirs(attention)
    weights = _give(torch.cat(qkv), "c_attn.") | _give(o, "c_proj.")
    return {key: tensor.T if tensor.ndim == 2 else tensor for key, tensor in weights.items()}


def from_by_head_layout(weights: Mapping[str, Tensor], n_heads: int) -> Weights:
    """Traduz uma `qkv_proj` que é cortada primeiro em cabeças e só depois em q, k e v.

    Parâmetros:
        weights: `qkv_proj` e `output_proj`, peso e viés; viés que faltar vira zero.

    Erros:
        ValueError: se faltar um peso ou as linhas não se dividirem em `n_heads`.
    """
    rows = _take(weights, "qkv_proj.weight", "qkv_proj.bias")
    _require_heads(rows, 3 * n_heads)
    q, k, v = rows.unflatten(0, (n_heads, 3, -1)).transpose(0, 1).flatten(1, 2)
    return _ours(q, k, v, _take(weights, "output_proj.weight", "output_proj.bias"), n_heads)


def to_by_head_layout(attention: Mapping[str, Tensor]) -> Weights:
    """Desfaz `from_by_head_layout`.

    Parâmetros:
        attention: o `state_dict` de uma `Attention`.
    """
    *qkv, o = _theirs(attention)
    n_heads = attention["W_Q"].shape[0]
    rows = torch.stack(qkv).unflatten(1, (n_heads, -1)).transpose(0, 1).flatten(0, 2)
    return _give(rows, "qkv_proj.") | _give(o, "output_proj.")


def _ours(q: Rows, k: Rows, v: Rows, o: Rows, n_heads: int) -> Weights:
    attention = {}
    for name, rows in zip("QKV", (q, k, v), strict=True):
        _require_heads(rows, n_heads)
        heads = rows.unflatten(0, (n_heads, -1))
        attention[f"W_{name}"], attention[f"b_{name}"] = heads[..., :-1].mT, heads[..., -1]
    attention["W_O"] = o[:, :-1].T.unflatten(0, (n_heads, -1))
    return attention | {"b_O": o[:, -1]}


def _theirs(attention: Mapping[str, Tensor]) -> tuple[Rows, Rows, Rows, Rows]:
    parts = [(attention[f"W_{n}"].mT.flatten(0, 1), attention[f"b_{n}"].flatten()) for n in "QKV"]
    parts.append((attention["W_O"].flatten(0, 1).T, attention["b_O"]))
    q, k, v, o = (torch.cat([weight, bias[:, None]], dim=1) for weight, bias in parts)
    return q, k, v, o


def _take(weights, weight_name, bias_name) -> Rows:
    if weight_name not in weights:
        raise ValueError(f"falta {weight_name!r}; chegaram {', '.join(weights) or 'nenhum peso'}")
    weight = weights[weight_name]
    bias = weights.get(bias_name)
    bias = weight.new_zeros(weight.shape[0]) if bias is None else bias
    return torch.cat([weight, bias[:, None]], dim=1)


def _give(rows: Rows, prefix: str) -> Weights:
    return {f"{prefix}weight": rows[:, :-1], f"{prefix}bias": rows[:, -1]}


def _require_heads(rows, n_heads):
    if rows.shape[0] % n_heads:
        raise ValueError(
            f"{rows.shape[0]} linhas não se dividem em {n_heads} partes iguais; confira n_heads"
        )
