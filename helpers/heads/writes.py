"""O que cada cabeça escreve no fluxo, e de que posição veio.

    escrita da cabeça h em i = Σ_j α_ij (v_j W_O)          (v_j já tem b_V; os α somam 1)
    saída da atenção em i    = Σ_h escrita_h + b_O

Fonte:
    Kobayashi et al. (2020), "Attention is Not Only a Weight", §3, onde a norma de α_ij v_j W_O
    aparece como medida. https://arxiv.org/abs/2004.10102
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from helpers.decoder import Decoder
from helpers.heads.inputs import (
    require_batch,
    require_head_list,
    require_heads,
)
from helpers.hooks import run_with_cache


@torch.no_grad()
def head_writes(
    model: Decoder, tokens: Int[Tensor, "batch pos"]
) -> Float[Tensor, "layer batch pos head d_model"]:
    """Devolve o que cada cabeça escreve no fluxo; com `b_O`, a soma é `hook_attn_out`.

    Erros:
        TypeError: se os ids não forem inteiros.
        ValueError: se os ids não couberem no decoder, ou ele não tiver cabeças.
    """
    require_heads(model)
    require_batch(model, tokens)
    names = [f"blocks.{layer}.attn.hook_result" for layer in range(len(model.blocks))]
    _, cache = run_with_cache(model, tokens, names)
    return torch.stack([cache[name] for name in names])


@torch.no_grad()
def contributions(
    model: Decoder, tokens: Int[Tensor, "batch pos"], layer: int, head: int
) -> Float[Tensor, "batch query key d_model"]:
    """Devolve os vetores α_ij v_j W_O de uma cabeça: o que i recebe de j.

    Parâmetros:
        layer: a camada, contada de 0.
        head: a cabeça, contada de 0.

    Retorna:
        Somados sobre key, dão a escrita da cabeça.

    Erros:
        TypeError: se os ids não forem inteiros.
        ValueError: se a cabeça não existir ou os ids não couberem no decoder.
    """
    require_head_list(model, [(layer, head)])
    pattern, values = _patterns_and_values(model, tokens, layer)
    return pattern[:, head, :, :, None] * values[:, None, :, head]


@torch.no_grad()
def contribution_norms(
    model: Decoder, tokens: Int[Tensor, "batch pos"]
) -> Float[Tensor, "layer batch head query key"]:
    """Devolve ‖α_ij v_j W_O‖: quanto i recebe de j, e não só quanto olha para j.

    Como α_ij ≥ 0, a norma é α_ij ‖v_j W_O‖: nenhum vetor por par (i, j) precisa existir.

    Erros:
        TypeError: se os ids não forem inteiros.
        ValueError: se os ids não couberem no decoder, ou ele não tiver cabeças.
    """
    require_heads(model)
    found = []
    for layer in range(len(model.blocks)):
        pattern, values = _patterns_and_values(model, tokens, layer)
        found.append(pattern * values.norm(dim=-1).transpose(1, 2)[:, :, None, :])
    return torch.stack(found)


def _patterns_and_values(model, tokens, layer):
    """Devolve os pesos de uma camada e v W_O, [batch key head d_model]."""
    require_batch(model, tokens)
    attn = f"blocks.{layer}.attn"
    _, cache = run_with_cache(model, tokens, [f"{attn}.hook_pattern", f"{attn}.hook_v"])
    W_O = model.blocks[layer].attn.W_O
    values = torch.einsum("bkhv,hvm->bkhm", cache[f"{attn}.hook_v"], W_O)
    return cache[f"{attn}.hook_pattern"], values
