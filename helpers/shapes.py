"""Confere o que chega de fora e explica, em português, o que não serve."""

from math import isnan

import torch
from torch import Tensor


def require_tokens(tokens: Tensor) -> None:
    """Recusa o que não for uma matriz de ids, com um texto por linha.

    Parâmetros:
        tokens: ids inteiros, [batch pos], com pelo menos uma posição.

    Erros:
        TypeError: se não for um tensor de inteiros.
        ValueError: se não tiver dois eixos, ou nenhuma posição.
    """
    if not isinstance(tokens, Tensor) or tokens.dtype not in (torch.int64, torch.int32):
        got = tokens.dtype if isinstance(tokens, Tensor) else type(tokens).__name__
        raise TypeError(
            f"tokens é {got}; aqui entra um tensor de ids inteiros (torch.long), [batch pos]"
        )
    if tokens.ndim != 2 or tokens.shape[1] == 0:
        hint = "; para um texto só, use tokens[None]" if tokens.ndim == 1 else ""
        raise ValueError(
            f"tokens tem forma {tuple(tokens.shape)}; "
            f"a forma é [batch pos], com pelo menos uma posição{hint}"
        )


def require_vocabulary(tokens: Tensor, d_vocab: int) -> None:
    """Recusa ids que o vocabulário não tem.

    Parâmetros:
        d_vocab: quantas linhas a tabela tem; os ids vão de 0 a `d_vocab` - 1.

    Erros:
        ValueError: diz o primeiro id de fora e onde ele está.
    """
    outside = (tokens < 0) | (tokens >= d_vocab)
    if outside.any():
        where = tuple(outside.nonzero()[0].tolist())
        raise ValueError(
            f"tokens{list(where)}={int(tokens[where])} está fora do vocabulário: "
            f"os ids vão de 0 a {d_vocab - 1} (d_vocab={d_vocab})"
        )


def require_context(n_pos: int, n_ctx: int) -> None:
    """Recusa um texto mais longo que o contexto.

    Parâmetros:
        n_pos: quantas posições o texto tem, contando as que já estão no cache.
        n_ctx: quantas o decoder lê.

    Erros:
        ValueError: se não couber.
    """
    if n_pos > n_ctx:
        raise ValueError(
            f"o texto tem {n_pos} tokens, e o decoder lê no máximo n_ctx={n_ctx}; "
            "corte o texto ou crie o decoder com um n_ctx maior"
        )


def require_stream(values: Tensor, d_model: int, dtype: torch.dtype) -> None:
    """Recusa o que não for um fluxo de vetores de largura `d_model`.

    Parâmetros:
        values: vetores, [batch pos d_model].
        d_model: a largura que os pesos esperam.
        dtype: o tipo dos pesos.

    Erros:
        TypeError: se o tipo for outro.
        ValueError: se a forma for outra.
    """
    if values.ndim != 3 or values.shape[-1] != d_model:
        raise ValueError(
            f"chegou a forma {tuple(values.shape)}; a forma é [batch pos d_model], "
            f"com d_model={d_model}"
        )
    if values.dtype != dtype:
        raise TypeError(
            f"chegou {values.dtype}, e os pesos são {dtype}; converta um dos dois com .to(...)"
        )


def require_mask(mask: Tensor, n_query: int, n_key: int) -> None:
    """Recusa uma máscara que não caiba nos scores ou que deixe uma linha sem ter para onde olhar.

    Parâmetros:
        mask: True onde olhar é permitido; os dois últimos eixos são [query key].
        n_query: quantas posições perguntam.
        n_key: quantas posições respondem.

    Erros:
        TypeError: se não for booleana.
        ValueError: se a forma não servir ou uma linha for toda False (o softmax daria NaN).
    """
    if mask.dtype != torch.bool:
        raise TypeError(f"a máscara é {mask.dtype}; ela é booleana, True onde olhar é permitido")
    if mask.ndim < 2 or mask.shape[-2:] != (n_query, n_key):
        raise ValueError(
            f"a máscara tem forma {tuple(mask.shape)}; os dois últimos eixos precisam ser "
            f"[query key] = [{n_query}, {n_key}]"
        )
    alive = mask.any(-1)
    if not alive.all():
        row = (~alive).nonzero()[0].tolist()
        raise ValueError(
            f"a linha {row[-1]} da máscara é toda False: essa posição não teria para onde olhar "
            "e o softmax daria NaN; deixe pelo menos um True (na causal, a própria posição)"
        )


def require_pattern(pattern: Tensor, scores: Tensor) -> None:
    """Recusa um padrão de atenção que saiu NaN, e diz que linha dos scores os fez assim.

    Parâmetros:
        pattern: o softmax dos scores; basta olhar a primeira coluna, pois a linha estraga inteira.
        scores: o que entrou no softmax, já com a máscara.

    Erros:
        ValueError: se uma linha dos scores for toda −∞, ou tiver +∞ ou NaN.
    """
    if not isnan(pattern[..., :1].sum().item()):  # uma soma só: custa microssegundos
        return
    at = pattern[..., 0].isnan().nonzero()[0]
    row = scores[tuple(at)]
    if (row == -torch.inf).all():
        raise ValueError(
            f"a linha {int(at[-1])} dos scores é toda −∞: essa posição não teria para onde olhar e "
            "o softmax daria NaN; deixe pelo menos um score finito onde a máscara permite"
        )
    dtype = scores.dtype
    cure = ", ou faça a conta em float32" if dtype == torch.float16 else ""
    raise ValueError(
        f"a linha {int(at[-1])} dos scores tem {'NaN' if row.isnan().any() else '+∞'}, e o softmax "
        f"daria NaN: o produto q·k passou do maior número que cabe em {dtype} "
        f"({torch.finfo(dtype).max:.3g}), ou o infinito já estava em q ou k; confira os dois{cure}"
    )
