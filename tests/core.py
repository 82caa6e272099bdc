"""O que os testes do núcleo usam em comum: sorteio com semente e erros vistos por quem estuda."""

from contextlib import contextmanager

import jaxtyping
import pytest
import torch


def seeded(seed=0):
    """Faz um gerador do PyTorch com a semente dada."""
    return torch.Generator().manual_seed(seed)


def normal(*shape, seed=0, dtype=torch.float32):
    """Sorteia um tensor normal padrão."""
    return torch.randn(*shape, generator=seeded(seed), dtype=dtype)


@contextmanager
def told(kind, match):
    """Espera o erro que quem estuda lê: fora dos testes, ninguém confere as anotações."""
    before = jaxtyping.config.jaxtyping_disable
    jaxtyping.config.update("jaxtyping_disable", True)
    try:
        with pytest.raises(kind, match=match):
            yield
    finally:
        jaxtyping.config.update("jaxtyping_disable", before)
