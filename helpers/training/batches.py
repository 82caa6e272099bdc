"""Lotes: do texto em ids às entradas e aos alvos de cada passo.

O alvo de cada posição é o token seguinte: um texto de n + 1 tokens dá n perguntas numa só leitura.
O lote de um passo depende só da semente e do número do passo. Por isso não há gerador para guardar:
quem retoma no passo 500 vê o mesmo lote que veria quem nunca parou.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Int, Integer
from torch import Tensor

#: Alvo das posições de enchimento; a perda não as conta (é o `ignore_index` do PyTorch).
IGNORED = -100
#: Quantos lotes são ordenados juntos por tamanho: textos parecidos desperdiçam pouco enchimento.
_BATCHES_SORTED_TOGETHER = 32


class Batch(NamedTuple):
    """Um lote: o que o modelo lê e o que ele deveria prever em cada posição."""

    inputs: Int[Tensor, "batch pos"]
    targets: Int[Tensor, "batch pos"]


def generator_for(seed: int, *place: int) -> torch.Generator:
    """Faz o gerador de um lugar do treino, sempre o mesmo para a mesma semente.

    Parâmetros:
        seed: a semente do treino.
        place: números que distinguem o lugar, como o passo.
    """
    state = seed
    for number in place:  # espalha os números vizinhos; o módulo é o maior primo abaixo de 2⁶³
        state = (state * 6_364_136_223_846_793_005 + number + 1) % 9_223_372_036_854_775_783
    return torch.Generator().manual_seed(state)


class Windows:
    """Sorteia janelas de um texto comprido, com `n_ctx` posições cada.

    Parâmetros:
        tokens: ids do texto inteiro, num só eixo.
        batch_size: janelas por lote.
        first: id posto na frente de cada janela, como o token de fim: assim o modelo aprende a
            começar dele, onde quer que a janela comece. Sem valor, nada.

    Erros:
        ValueError: se o texto não encher uma janela e mais um token, o alvo da última posição.
    """

    def __init__(
        self,
        tokens: Integer[Tensor, " pos"],
        n_ctx: int,
        batch_size: int,
        seed: int = 0,
        first: int | None = None,
    ):
        if tokens.ndim != 1 or len(tokens) <= n_ctx:
            raise ValueError(
                f"o texto tem forma {list(tokens.shape)}; são precisos ao menos n_ctx + 1 = "
                f"{n_ctx + 1} tokens num só eixo: junte mais texto ou diminua n_ctx"
            )
        self.tokens, self.n_ctx, self.first = tokens, n_ctx, first
        self.batch_size, self.seed = batch_size, seed

    def __call__(self, step: int) -> Batch:
        """Devolve o lote de um passo.

        Parâmetros:
            step: o passo, a partir de 0.
        """
        last = len(self.tokens) - self.n_ctx
        generator = generator_for(self.seed, step)
        starts = torch.randint(last, (self.batch_size, 1), generator=generator)
        windows = self.tokens[starts + torch.arange(self.n_ctx + 1)].long()
        if self.first is not None:
            windows = torch.cat([torch.full_like(starts, self.first), windows[:, :-1]], dim=1)
        return Batch(windows[:, :-1], windows[:, 1:])


class Documents:
    """Guarda textos curtos e os dá em lotes, cada um desde o seu começo.

    Cada texto entra uma vez por volta (época); os de tamanho parecido vão juntos, e o que sobra à
    direita é enchimento, que a perda não conta. Nenhum texto vê outro.

    Parâmetros:
        documents: os ids de cada texto, já com o token de fim no começo e no fim.
        batch_size: textos por lote.

    Erros:
        ValueError: se houver menos textos que `batch_size`, ou um texto sem o que prever.
    """

    def __init__(self, documents: Sequence[Sequence[int]], batch_size: int, seed: int = 0):
        if len(documents) < batch_size:
            raise ValueError(
                f"há {len(documents)} textos, e um lote pede batch_size={batch_size}: junte mais "
                "textos ou diminua batch_size"
            )
        self.sizes = torch.tensor([len(ids) for ids in documents])
        if self.sizes.min() < 2:
            raise ValueError("há um texto com menos de 2 tokens: nele não há o que prever")
        # Um tensor só: centenas de milhares de listas pequenas ocupariam dez vezes mais.
        self.tokens = torch.tensor([token for ids in documents for token in ids], dtype=torch.int32)
        self.starts = self.sizes.cumsum(0) - self.sizes
        self.batch_size, self.seed = batch_size, seed
        self.per_epoch = len(documents) // batch_size
        self._epoch = (-1, torch.empty(0))

    def __len__(self) -> int:
        return len(self.sizes)

    def __call__(self, step: int) -> Batch:
        """Devolve o lote de um passo.

        Parâmetros:
            step: o passo, a partir de 0; depois de `per_epoch` passos, a ordem muda e tudo volta.
        """
        epoch, place = divmod(step, self.per_epoch)
        if self._epoch[0] != epoch:
            self._epoch = (epoch, self._order(epoch))
        return self.batch(self._epoch[1][place])

    def batch(self, chosen: Int[Tensor, " batch"]) -> Batch:
        """Devolve o lote dos textos escolhidos, com enchimento até o mais comprido.

        Parâmetros:
            chosen: os números dos textos, a partir de 0.
        """
        sizes, starts = self.sizes[chosen, None], self.starts[chosen, None]
        columns = torch.arange(int(sizes.max()) - 1)
        real = columns < sizes - 1
        at = torch.where(real, starts + columns, 0)
        targets = torch.where(real, self.tokens[at + 1].long(), IGNORED)
        return Batch(torch.where(real, self.tokens[at].long(), 0), targets)

    def _order(self, epoch):
        generator = generator_for(self.seed, epoch)
        order = torch.randperm(len(self), generator=generator)[: self.per_epoch * self.batch_size]
        chunks = order.split(_BATCHES_SORTED_TOGETHER * self.batch_size)
        by_size = [chunk[self.sizes[chunk].argsort(stable=True)] for chunk in chunks]
        batches = torch.cat(by_size).view(self.per_epoch, self.batch_size)
        return batches[torch.randperm(self.per_epoch, generator=generator)]
