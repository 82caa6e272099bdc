"""O que cada parte do decoder escreve no fluxo, de que posição veio e quanto vale no logit.

    escrita da cabeça h em i = Σ_j α_ij (v_j W_O)          (v_j já tem b_V; os α somam 1)
    saída da atenção em i    = Σ_h escrita_h + b_O
    logit de t em i          = Σ_c norma(escrita de c em i) · W_U[:, t] + b_ln · W_U[:, t]

Fonte:
    Kobayashi et al. (2020), "Attention is Not Only a Weight", §3, onde a norma de α_ij v_j W_O
    aparece como medida, https://arxiv.org/abs/2004.10102; Elhage et al. (2021), "A Mathematical
    Framework for Transformer Circuits" (decomposição do logit); nostalgebraist (2020),
    "interpreting GPT: the logit lens".
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor

from helpers.decoder import Decoder
from helpers.heads.inputs import (
    require_batch,
    require_head_list,
    require_heads,
    require_running_sum,
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


@dataclass(frozen=True)
class Attribution:
    """Quanto cada parte do decoder soma ao logit do alvo, com a escala da última norma congelada.

    Parâmetros:
        names: as partes, na ordem em que escrevem: `embed`, `pos_embed`, `blocks.0.attn.head.0`…,
            `blocks.0.attn.b_O`, `blocks.0.mlp` (com o viés dele)…, `ln_final.b`.
        values: em unidades de logit, uma linha por parte; a soma é `logits`.
        logits: o logit do alvo em cada posição (ou a diferença, se houver `against`).
    """

    names: tuple[str, ...]
    values: Float[Tensor, "component batch pos"]
    logits: Float[Tensor, "batch pos"]


@torch.no_grad()
def logit_attribution(
    model: Decoder,
    tokens: Int[Tensor, "batch pos"],
    targets: Int[Tensor, "batch pos"],
    against: Int[Tensor, "batch pos"] | None = None,
) -> Attribution:
    """Reparte o logit de um token entre tudo o que escreveu no fluxo.

    A última norma divide por uma escala que depende do fluxo inteiro. Aqui a escala fica congelada
    no valor que teve neste texto: a repartição é exata para ele, mas não diz o que aconteceria sem
    uma das partes (para isso, `ablate`). Somar o mesmo a todos os logits não muda a previsão: para
    comparar dois tokens, use `against`.

    Parâmetros:
        model: o decoder, de blocos `norm="pre"`.
        targets: de que token é o logit, em cada posição.
        against: o token cujo logit se subtrai; sem valor, nenhum.

    Erros:
        TypeError: se os ids não forem inteiros.
        ValueError: se o fluxo não for a soma das escritas (`norm="post"`, ou sem conexão
            residual), ou os ids não couberem no decoder.
    """
    require_running_sum(model)
    for ids in (tokens, targets, tokens if against is None else against):
        require_batch(model, ids)
        _require_same_shape(ids, tokens)
    unembed = model.W_U.T
    direction = unembed[targets] - (0 if against is None else unembed[against])
    logits, cache = run_with_cache(model, tokens, _writers(model))
    wanted = logits.gather(-1, targets.long()[..., None])[..., 0]
    if against is not None:
        wanted = wanted - logits.gather(-1, against.long()[..., None])[..., 0]
    bias, reader = _frozen_norm(model, cache, direction)
    parts = dict(_parts(model, cache, reader)) | {"ln_final.b": bias}
    return Attribution(tuple(parts), torch.stack(list(parts.values())), wanted)


@torch.no_grad()
def logit_lens(
    model: Decoder, tokens: Int[Tensor, "batch pos"]
) -> Float[Tensor, "depth batch pos d_vocab"]:
    """Devolve os logits que sairiam se o decoder parasse antes de cada bloco, e os do fim.

    Retorna:
        `n_layers + 1` camadas: a de número l lê o fluxo que entra no bloco l; a última é a saída.

    Erros:
        TypeError: se os ids não forem inteiros.
        ValueError: se os ids não couberem no decoder.
    """
    require_batch(model, tokens)
    names = [f"blocks.{layer}.hook_resid_pre" for layer in range(len(model.blocks))]
    output, cache = run_with_cache(model, tokens, names)
    early = [F.linear(model.ln_final(cache[name]), model.W_U.T) for name in names]
    return torch.stack([*early, output])


def _writers(model):
    names = ["hook_embed", "hook_pos_embed"]
    for layer, block in enumerate(model.blocks):
        has_heads = hasattr(block.attn, "hook_z")
        names.append(
            f"blocks.{layer}.attn.hook_z" if has_heads else f"blocks.{layer}.hook_attn_out"
        )
        names.append(f"blocks.{layer}.hook_mlp_out")
    return [*names, *(["ln_final.hook_scale"] if hasattr(model.ln_final, "hook_scale") else [])]


def _frozen_norm(model, cache, direction):
    """Devolve o que o viés da última norma soma ao logit, e a direção em que ela lê o fluxo.

    Com a escala fixa a norma é linear: ((x - média) / escala · w) · d = x · (d w - média) / escala.
    """
    norm = model.ln_final
    if "ln_final.hook_scale" not in cache:
        return torch.zeros_like(direction[..., 0]), direction
    weighted = direction * norm.w
    reader = (weighted - weighted.mean(-1, keepdim=True)) / cache["ln_final.hook_scale"]
    return direction @ norm.b, reader


def _parts(model, cache, reader):
    for name in ("embed", "pos_embed"):
        yield name, (cache[f"hook_{name}"] * reader).sum(-1)
    for layer, block in enumerate(model.blocks):
        attn = f"blocks.{layer}.attn"
        if f"{attn}.hook_z" in cache:
            # z · (W_O d) em vez de (z W_O) · d: a escrita de cada cabeça não precisa existir.
            read = torch.einsum("hvm,bqm->bqhv", block.attn.W_O, reader)
            per_head = (cache[f"{attn}.hook_z"] * read).sum(-1)
            for head in range(per_head.shape[-1]):
                yield f"{attn}.head.{head}", per_head[..., head]
            yield f"{attn}.b_O", reader @ block.attn.b_O
        else:
            yield attn, (cache[f"blocks.{layer}.hook_attn_out"] * reader).sum(-1)
        yield f"blocks.{layer}.mlp", (cache[f"blocks.{layer}.hook_mlp_out"] * reader).sum(-1)


def _require_same_shape(ids, tokens):
    if ids.shape != tokens.shape:
        raise ValueError(
            f"chegaram ids de forma {tuple(ids.shape)}, e tokens tem a forma "
            f"{tuple(tokens.shape)}; passe um alvo para cada posição"
        )
