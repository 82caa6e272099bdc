"""Para onde cada cabeça olha, e as referências: olhar igual para tudo, só a posição, o acaso."""

import copy

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from helpers.attention import causal_mask
from helpers.heads.inputs import (
    require_batch,
    require_heads,
    require_patterns,
    require_two_texts,
)
from helpers.hooks import run_with_cache


@torch.no_grad()
def attention_patterns(
    model: nn.Module, tokens: Int[Tensor, "batch pos"]
) -> Float[Tensor, "layer batch head query key"]:
    """Devolve os padrões de atenção de todas as cabeças.

    Parâmetros:
        tokens: ids; os textos têm o mesmo comprimento.

    Retorna:
        Pesos em [0, 1]; cada linha soma 1.

    Erros:
        TypeError: se os ids não forem inteiros.
        ValueError: se os ids não couberem no decoder, ou ele não tiver cabeças.
    """
    require_heads(model)
    require_batch(model, tokens)
    names = [f"blocks.{layer}.attn.hook_pattern" for layer in range(len(model.blocks))]
    _, cache = run_with_cache(model, tokens, names)
    return torch.stack([cache[name] for name in names])


def attention_rollout(
    patterns: Float[Tensor, "layer batch head query key"],
) -> Float[Tensor, "layer batch query key"]:
    """Devolve por onde a informação pode ter vindo, das primeiras camadas até cada uma.

    Cada camada vale a média das cabeças com a identidade (a conexão residual), e as camadas se
    multiplicam. Só conta pesos: ignora o que v e W_O fazem com o que passa.

    Parâmetros:
        patterns: padrões de atenção de todas as camadas.

    Retorna:
        Na camada l, que parte do que está em i vem do token j; cada linha soma 1.

    Erros:
        ValueError: se não forem padrões de atenção.

    Fonte:
        Abnar e Zuidema (2020), "Quantifying Attention Flow in Transformers", §3.
        https://arxiv.org/abs/2005.00928
    """
    require_patterns(patterns)
    identity = torch.eye(patterns.shape[-1], dtype=patterns.dtype)
    reached, found = identity, []
    for layer in patterns.mean(2):
        reached = (layer + identity) / 2 @ reached
        found.append(reached)
    return torch.stack(found)


def uniform_pattern(
    n_pos: int, mask: Bool[Tensor, "query key"] | None = None
) -> Float[Tensor, "batch head query key"]:
    """Olha igualmente para todas as posições permitidas: o acaso com que uma nota se compara.

    Parâmetros:
        mask: True onde olhar é permitido; sem valor, a causal, em que a linha i dá 1/(i + 1).

    Retorna:
        Os pesos de uma cabeça só, com os eixos batch e head de tamanho 1.

    Exemplo:
        >>> uniform_pattern(2)
        tensor([[[[1.0000, 0.0000],
                  [0.5000, 0.5000]]]])
    """
    allowed = (causal_mask(n_pos) if mask is None else mask).to(torch.get_default_dtype())
    return (allowed / allowed.sum(-1, keepdim=True))[None, None]


def position_only(
    patterns: Float[Tensor, "*layers batch head query key"],
) -> Float[Tensor, "*layers batch head query key"]:
    """Troca os pesos de cada texto pela média dos pesos nos outros textos, posição por posição.

    O que a cabeça ainda acerta assim não depende do texto: é só posição.

    Parâmetros:
        patterns: padrões de atenção de pelo menos 2 textos.

    Erros:
        TypeError: se não for um tensor de reais.
        ValueError: se não forem padrões de atenção, ou houver um texto só.
    """
    require_patterns(patterns)
    n_texts = patterns.shape[-4]
    require_two_texts(n_texts)
    others = (patterns.sum(-4, keepdim=True) - patterns) / (n_texts - 1)
    return others.clamp(min=0)


@torch.no_grad()
def shuffled_weights(model: nn.Module, generator: torch.Generator) -> nn.Module:
    """Devolve uma cópia com os números de cada matriz fora de ordem: o modelo sem o que aprendeu.

    Os pesos guardam o tamanho que tinham; um modelo recém-criado teria pesos menores e cabeças
    quase uniformes, o que tornaria a comparação fácil demais.

    Parâmetros:
        model: o decoder; não é alterado.
        generator: de onde sai a ordem nova.
    """
    shuffled = copy.deepcopy(model)
    for weight in shuffled.parameters():
        order = torch.randperm(weight.numel(), generator=generator)
        weight.copy_(weight.flatten()[order].view(weight.shape))
    return shuffled
