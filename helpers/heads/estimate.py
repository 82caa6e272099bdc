"""Médias com erro-padrão, quando os casos vêm agrupados em textos."""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor


class Estimate(NamedTuple):
    """Uma média e o seu erro-padrão; o erro é NaN quando há um texto só."""

    mean: Float[Tensor, "..."]
    error: Float[Tensor, "..."]


def mean_by_text(values: Float[Tensor, "case ..."], texts: Int[Tensor, " case"]) -> Estimate:
    """Tira a média dos casos e o erro que viria de sortear outros textos.

    Casos do mesmo texto se parecem; por isso o erro conta textos, não casos. Com T textos, n_t
    casos e soma s_t em cada um: r = Σ s_t / Σ n_t, e erro² = T/(T-1) · Σ (s_t - r n_t)² / (Σ n_t)².

    Parâmetros:
        values: um valor por caso; os outros eixos são medidos lado a lado.
        texts: de que texto veio cada caso.

    Fonte:
        Cochran (1977), "Sampling Techniques", §6.4: variância de uma razão, por linearização.
    """
    _, group = texts.unique(return_inverse=True)
    n_texts, n_cases = int(group.max()) + 1, len(values)
    values = values.double()
    mean = values.mean(0)
    residual = torch.zeros(n_texts, *values.shape[1:], dtype=values.dtype)
    residual.index_add_(0, group, values - mean)
    spread = residual.pow(2).sum(0) / n_cases**2
    # Com um texto só, 0/0 dá NaN: o erro não se conhece.
    error = (spread * n_texts / (n_texts - 1) if n_texts > 1 else spread * torch.nan).sqrt()
    return Estimate(mean, error)
