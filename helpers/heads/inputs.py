"""Confere o que chega às medidas das cabeças e explica, em português, o que não serve."""

from collections.abc import Sequence
from operator import add

import torch
from torch import Tensor, nn

from helpers.shapes import require_context, require_tokens, require_vocabulary

#: Uma cabeça: (camada, cabeça), contadas de 0.
Head = tuple[int, int]
_ROUNDING = 1e-3


def require_patterns(patterns: Tensor) -> None:
    """Recusa o que não for peso de atenção: linhas de números não negativos que somam 1.

    Parâmetros:
        patterns: pesos, [... batch head query key], com tantas queries quantas keys.

    Erros:
        TypeError: se não for um tensor de números reais.
        ValueError: se a forma não servir, houver NaN ou peso negativo, ou uma linha não somar 1.
    """
    if not isinstance(patterns, Tensor) or not patterns.is_floating_point():
        got = patterns.dtype if isinstance(patterns, Tensor) else type(patterns).__name__
        raise TypeError(f"patterns é {got}; aqui entram padrões de atenção, um tensor de reais")
    if patterns.ndim < 4 or patterns.shape[-1] != patterns.shape[-2] or 0 in patterns.shape:
        raise ValueError(
            f"patterns tem forma {tuple(patterns.shape)}; a forma é [batch head query key], com "
            "tantas queries quantas keys e, se quiser, o eixo das camadas na frente"
        )
    # NaN não passa em nenhuma comparação, e por isso cai aqui também.
    if not ((patterns >= 0).all() and ((patterns.sum(-1) - 1).abs() < _ROUNDING).all()):
        raise ValueError(
            "patterns tem NaN, peso negativo ou linha que não soma 1; use os pesos depois do "
            "softmax (hook_pattern), não os scores"
        )


def require_causal(patterns: Tensor) -> None:
    """Recusa pesos que olham para o futuro.

    Erros:
        ValueError: se houver peso acima da diagonal.
    """
    if patterns.triu(1).any():
        raise ValueError(
            "há peso no futuro (acima da diagonal): as referências desta medida supõem a máscara "
            "causal; use um decoder com ela"
        )


def require_two_texts(n_texts: int) -> None:
    """Recusa um texto só, onde a medida compara cada texto com os outros.

    Parâmetros:
        n_texts: quantos textos chegaram.

    Erros:
        ValueError: se for um só.
    """
    if n_texts < 2:
        raise ValueError(
            f"chegou {n_texts} texto; para saber o que a posição explica sozinha, cada texto é "
            "comparado com os outros: passe pelo menos 2"
        )


def require_batch(model: nn.Module, tokens: Tensor) -> None:
    """Recusa ids que o decoder não lê.

    Parâmetros:
        tokens: ids, [batch pos].

    Erros:
        TypeError: se não for um tensor de inteiros.
        ValueError: se a forma, um id ou o comprimento não servir.
    """
    require_tokens(tokens)
    require_vocabulary(tokens, model.config.d_vocab)
    require_context(tokens.shape[1], model.config.n_ctx)


def require_heads(model: nn.Module) -> None:
    """Recusa um decoder sem cabeças.

    Erros:
        ValueError: se não houver blocos, ou um deles não tiver atenção.
    """
    if not len(model.blocks):
        raise ValueError("este decoder tem n_layers=0: não há cabeças para medir")
    for layer, block in enumerate(model.blocks):
        if not hasattr(block.attn, "hook_pattern"):
            raise ValueError(
                f"o bloco {layer} não tem atenção (é {type(block.attn).__name__}): não há cabeças "
                "para medir"
            )


def require_head_list(model: nn.Module, heads: Sequence[Head]) -> None:
    """Recusa pares (camada, cabeça) que o decoder não tem.

    Parâmetros:
        heads: pares (camada, cabeça), contados de 0.

    Erros:
        ValueError: diz o par de fora e os limites.
    """
    require_heads(model)
    n_layers, n_heads = len(model.blocks), model.config.n_heads
    for layer, head in heads:
        if not (0 <= layer < n_layers and 0 <= head < n_heads):
            raise ValueError(
                f"não há cabeça ({layer}, {head}): as camadas vão de 0 a {n_layers - 1} e as "
                f"cabeças de 0 a {n_heads - 1}"
            )


def require_running_sum(model: nn.Module) -> None:
    """Recusa o decoder em que o fluxo final não é a soma das escritas.

    Erros:
        ValueError: se um bloco for `norm="post"` ou não somar o que escreve.
    """
    for layer, block in enumerate(model.blocks):
        if block.norm != "pre":
            raise ValueError(
                f"o bloco {layer} é norm={block.norm!r}: cada norma reescreve o fluxo inteiro, e "
                'ele deixa de ser a soma das escritas; a decomposição pede blocos norm="pre"'
            )
        if block.residual is not add:
            raise ValueError(
                f"o bloco {layer} não soma o que escreve ao fluxo; a decomposição pede a conexão "
                "residual de costume"
            )


def pad(model: nn.Module, texts: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """Põe textos de comprimentos diferentes em um tensor, com zeros à direita.

    Com máscara causal, o que está à direita não muda o que vem antes.

    Parâmetros:
        model: o decoder que vai lê-los.
        texts: listas de ids.

    Retorna:
        Os ids, [batch pos], e o comprimento de cada texto, [batch].

    Erros:
        ValueError: se faltar texto, um deles for vazio, ou comprimentos diferentes chegarem a um
            decoder sem máscara, onde os zeros seriam lidos.
    """
    lengths = [len(text) for text in texts]
    if not lengths or not min(lengths):
        where = f"o texto {lengths.index(0)} está vazio" if lengths else "a lista está vazia"
        raise ValueError(f"{where}; cada texto precisa de pelo menos um token")
    width = max(lengths)
    if min(lengths) < width and model.mask(2, 2) is None:
        raise ValueError(
            f"os textos têm de {min(lengths)} a {width} tokens, e este decoder não tem máscara; "
            "passe textos do mesmo comprimento"
        )
    tokens = torch.tensor([[*text, *[0] * (width - len(text))] for text in texts])
    require_batch(model, tokens)
    return tokens, torch.tensor(lengths)
