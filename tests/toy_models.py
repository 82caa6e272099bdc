"""Modelos de brinquedo, de ids em logits, para os testes de geração."""

from dataclasses import dataclass
from types import SimpleNamespace

import torch


class Bigram:
    """Cada token só depende do anterior: os logits são uma linha da tabela."""

    def __init__(self, table):
        self.table = torch.as_tensor(table, dtype=torch.float64)

    def __call__(self, tokens):
        return self.table[tokens]


@dataclass
class Cache:
    """O que já foi lido: a soma dos vetores e quantos foram."""

    total: torch.Tensor
    length: int = 0

    def keep(self, rows):
        self.total = self.total[rows]


class Prefix:
    """Causal, e com posições: cada logit depende de todos os tokens até ali e dos seus lugares.

    Conta as leituras, para os testes saberem quanto trabalho houve.
    """

    def __init__(self, d_vocab=7, n_ctx=64, d_model=5, seed=3):
        draws = torch.Generator().manual_seed(seed)
        normal = {"generator": draws, "dtype": torch.float64}
        self.embedding = torch.randn(d_vocab, d_model, **normal)
        self.position = torch.randn(n_ctx, d_model, **normal)
        self.unembedding = torch.randn(d_model, d_vocab, **normal)
        self.n_ctx, self.reads = n_ctx, []

    def __call__(self, tokens, cache=None):
        self.reads.append(tuple(tokens.shape))
        start = cache.length if cache else 0
        places = torch.arange(start, start + tokens.shape[1])
        if tokens.shape[1] + start > self.n_ctx:
            raise IndexError("o texto passou de n_ctx")
        vectors = torch.tanh(self.embedding[tokens] * (1 + self.position[places]))
        sums = vectors.cumsum(dim=1)
        if cache:
            sums = sums + cache.total[:, None]
            cache.total, cache.length = sums[:, -1], start + tokens.shape[1]
        return 2 * torch.sin(sums) @ self.unembedding


class CachedPrefix(Prefix):
    """O mesmo modelo, com cache e com o limite declarado na configuração."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.config = SimpleNamespace(n_ctx=self.n_ctx)

    def new_cache(self, n_rows):
        return Cache(torch.zeros(n_rows, self.embedding.shape[1], dtype=torch.float64))
