"""O que se põe no lugar de uma parte para ver o modelo sem ela.

    Decoder(config, mask=no_mask, block=partial(Block, ln=NoNorm))

Sem posições, a peça é `helpers.embedding.NoPositions`.
"""

import torch
from torch import Tensor, nn


class NoNorm(nn.Module):
    """Deixa o fluxo como está; toma o lugar de `LayerNorm`.

    Parâmetros:
        d_model: ignorado.
        eps: ignorado.
    """

    def __init__(self, d_model: int, eps: float = 1e-5):
        super().__init__()

    def forward(self, resid: Tensor) -> Tensor:
        """Devolve `resid`."""
        return resid


class WritesNothing(nn.Module):
    """Escreve zeros no fluxo; toma o lugar de `Attention` ou de `MLP`.

    Parâmetros:
        sizes: ignorados.
        generator: ignorado.
    """

    def __init__(self, *sizes: int, generator: torch.Generator | None = None):
        super().__init__()

    def forward(self, resid: Tensor, **context: object) -> Tensor:
        """Devolve zeros com a forma de `resid`.

        Parâmetros:
            context: a máscara e o cache que a atenção receberia; ignorados.
        """
        return torch.zeros_like(resid)


def no_residual(resid: Tensor, write: Tensor) -> Tensor:
    """Joga fora o fluxo e fica só com a escrita; toma o lugar da soma."""
    return write


def no_mask(n_query: int, n_key: int) -> None:
    """Deixa todas as posições verem todas, inclusive o futuro; toma o lugar de `causal`.

    Parâmetros:
        n_query: ignorado.
        n_key: ignorado.
    """
    return None
