"""Tirar uma cabeça e ver o que faz falta: o teste de causa, que olhar pesos não dá.

Uma cabeça escreve z W_O; trocar o z dela por zero, ou pela média, tira o que ela diz deste texto e
deixa as outras como estão.

Fonte:
    Michel, Levy e Neubig (2019), "Are Sixteen Heads Really Better than One?", §3.2.
    https://arxiv.org/abs/1905.10650
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor

from helpers.decoder import Decoder
from helpers.heads.alignment import TokenRelation, require_relations
from helpers.heads.estimate import Estimate, mean_by_text
from helpers.heads.inputs import Head, pad, require_batch, require_head_list, require_heads
from helpers.hooks import Edit, editing, run_with_cache, run_with_edits


def ablation_edits(
    model: Decoder,
    heads: Sequence[Head],
    means: Float[Tensor, "layer head d_value"] | None = None,
) -> dict[str, Edit]:
    """Faz as trocas que tiram as cabeças, prontas para `run_with_edits` ou `editing`.

    Parâmetros:
        heads: pares (camada, cabeça), contados de 0; lista vazia não troca nada.
        means: o z médio de cada cabeça, de `mean_z`; sem valor, zero.

    Erros:
        ValueError: se um par não existir no decoder, ou `means` tiver outra forma.
    """
    require_head_list(model, heads)
    _require_means(model, means)
    by_layer: dict[int, list[int]] = {}
    for layer, head in heads:
        by_layer.setdefault(layer, []).append(head)

    return {
        f"blocks.{layer}.attn.hook_z": partial(
            _replaced, heads=chosen, new=None if means is None else means[layer, chosen]
        )
        for layer, chosen in by_layer.items()
    }


def _replaced(z: Tensor, heads: list[int], new: Tensor | None) -> Tensor:
    """Devolve o z com outro valor nas cabeças dadas: o médio ou, sem ele, zero."""
    z = z.clone()
    z[:, :, heads] = 0 if new is None else new.to(z.dtype)
    return z


@torch.no_grad()
def ablate(
    model: Decoder,
    tokens: Int[Tensor, "batch pos"],
    heads: Sequence[Head],
    means: Float[Tensor, "layer head d_value"] | None = None,
) -> Float[Tensor, "batch pos d_vocab"]:
    """Devolve os logits do decoder sem as cabeças dadas.

    Parâmetros:
        model: o decoder; não é alterado.
        heads: pares (camada, cabeça); lista vazia dá os mesmos logits, bit por bit.
        means: o z médio de cada cabeça, de `mean_z`; sem valor, zero.

    Erros:
        TypeError: se os ids não forem inteiros.
        ValueError: se um par não existir ou os ids não couberem no decoder.
    """
    require_batch(model, tokens)
    return run_with_edits(model, tokens, ablation_edits(model, heads, means))


@torch.no_grad()
def mean_z(
    model: Decoder, texts: Sequence[Sequence[int]], batch_size: int = 32
) -> Float[Tensor, "layer head d_value"]:
    """Tira a média do z de cada cabeça sobre todas as posições de todos os textos.

    Parâmetros:
        texts: textos em ids, de qualquer comprimento até `n_ctx`.
        batch_size: quantos textos ler por vez.

    Erros:
        ValueError: se um texto não couber no decoder, ou ele não tiver cabeças.
    """
    require_heads(model)
    names = [f"blocks.{layer}.attn.hook_z" for layer in range(len(model.blocks))]
    total, n_positions = 0, 0
    for tokens, lengths in _batches(model, texts, batch_size):
        _, cache = run_with_cache(model, tokens, names)
        real = torch.arange(tokens.shape[1]) < lengths[:, None]
        total = total + torch.stack([cache[name][real].sum(0) for name in names])
        n_positions += int(lengths.sum())
    return total / n_positions


@dataclass(frozen=True)
class LossChange:
    """Quanto a perda muda, em nats por token previsto, quando se tira cada cabeça.

    Parâmetros:
        loss: a perda do modelo inteiro nestes tokens.
        n_tokens: quantos tokens são previstos.
        change: perda sem a cabeça menos perda com ela, `[layer head]`; positivo quer dizer que ela
            ajuda.
    """

    loss: float
    n_tokens: int
    change: Estimate


@dataclass(frozen=True)
class AblationTable:
    """A tabela camada × cabeça: a perda em todos os tokens e nos que cada relação prevê.

    Parâmetros:
        overall: em todos os tokens previstos.
        by_kind: tipo de relação → só nos tokens previstos a partir da query de uma relação assim.
    """

    overall: LossChange
    by_kind: dict[str, LossChange]


def ablate_all(
    model: Decoder,
    texts: Sequence[Sequence[int]],
    relations: Sequence[TokenRelation] = (),
    means: Float[Tensor, "layer head d_value"] | None = None,
    batch_size: int = 32,
) -> AblationTable:
    """Tira cada cabeça, uma de cada vez, e diz quanto a perda muda.

    Parâmetros:
        texts: textos em ids, de qualquer comprimento até `n_ctx`, um deles com 2 tokens ou mais.
        relations: relações em tokens, olhadas de onde se prevê (`where="predicting"`); a que está
            na última posição do texto não prevê nada e fica de fora.
        means: o z médio de cada cabeça, de `mean_z`; sem valor, a cabeça é trocada por zero.
        batch_size: quantos textos ler por vez.

    Erros:
        ValueError: se um texto ou uma relação não couber, ou não houver token para prever.
    """
    require_heads(model)
    if relations:
        require_relations(relations, [len(text) for text in texts])
    base = token_losses(model, texts, batch_size=batch_size)
    text_of = torch.tensor([t for t, text in enumerate(texts) for _ in text[1:]])
    shape = (len(model.blocks), model.config.n_heads)
    without = [
        token_losses(model, texts, heads=[head], means=means, batch_size=batch_size) - base
        for head in product(*map(range, shape))
    ]
    change = torch.stack(without, dim=-1).unflatten(-1, shape)

    def measure(places):
        losses = base[places].double()
        return LossChange(
            losses.mean().item(), len(losses), mean_by_text(change[places], text_of[places])
        )

    places = _places(texts, relations)
    everywhere = torch.arange(len(base))
    return AblationTable(measure(everywhere), {kind: measure(at) for kind, at in places.items()})


@torch.no_grad()
def token_losses(
    model: Decoder,
    texts: Sequence[Sequence[int]],
    heads: Sequence[Head] = (),
    means: Float[Tensor, "layer head d_value"] | None = None,
    batch_size: int = 32,
) -> Float[Tensor, " token"]:
    """Devolve a perda de cada token previsto, em nats: `-ln p(token | os anteriores)`.

    Parâmetros:
        heads: cabeças que ficam de fora, pares (camada, cabeça).
        means: o z médio de cada cabeça, de `mean_z`; sem valor, zero.
        batch_size: quantos textos ler por vez.

    Retorna:
        As perdas de um texto depois das do outro; cada texto tem uma a menos que os seus tokens.

    Erros:
        ValueError: se um texto não couber, um par não existir ou não houver token para prever.
    """
    if all(len(text) < 2 for text in texts):
        raise ValueError("não há token para prever: nenhum texto tem 2 tokens ou mais")
    found = []
    with editing(model, ablation_edits(model, heads, means) if heads else {}):
        for tokens, lengths in _batches(model, texts, batch_size):
            logits = model(tokens)[:, :-1]
            losses = F.cross_entropy(logits.mT, tokens[:, 1:], reduction="none")
            found.append(losses[torch.arange(losses.shape[1]) < lengths[:, None] - 1])
    return torch.cat(found)


def _require_means(model, means):
    # [head d_value] de cada camada é a forma de b_V.
    expected = (len(model.blocks), *model.blocks[0].attn.b_V.shape)
    if means is not None and means.shape != expected:
        raise ValueError(
            f"means tem forma {tuple(means.shape)}; a forma é [layer head d_value] = "
            f"{list(expected)}, como mean_z devolve"
        )


def _batches(model, texts, batch_size):
    if batch_size < 1:
        raise ValueError(f"batch_size={batch_size} deve ser pelo menos 1")
    for first in range(0, max(1, len(texts)), batch_size):
        yield pad(model, texts[first : first + batch_size])


def _places(texts, relations) -> dict[str, Tensor]:
    """Diz onde, na fila de perdas, está o token que cada relação prevê."""
    starts = [0]
    for text in texts:
        starts.append(starts[-1] + len(text) - 1)
    found: dict[str, set[int]] = {}
    for relation in relations:
        if relation.query < len(texts[relation.text]) - 1:
            found.setdefault(relation.kind, set()).add(starts[relation.text] + relation.query)
    return {kind: torch.tensor(sorted(places)) for kind, places in found.items()}
