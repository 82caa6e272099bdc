"""O cache de chaves e valores: o que já foi lido não se calcula de novo."""

from jaxtyping import Float, Int
from torch import Tensor


class Cache:
    """Guarda as chaves e os valores de todas as camadas, em memória reservada de uma vez.

    `length` é o único estado: só o decoder o avança, depois da última camada. Uma leitura que
    falha no meio não conta, e diminuir `length` desfaz as últimas posições. Vale para os pesos com
    que começou: depois de um passo de treino, comece outro.

    Parâmetros:
        batch_size: quantos textos lado a lado.
        n_ctx: quantas posições cabem.
    """

    def __init__(self, n_layers: int, batch_size: int, n_ctx: int):
        self.batch_size = batch_size
        self.n_ctx = n_ctx
        self.length = 0
        self.layers = [LayerCache(self) for _ in range(n_layers)]

    def keep(self, rows: Int[Tensor, " kept"]) -> None:
        """Guarda só estes textos, na ordem dada, e esquece os outros.

        Parâmetros:
            rows: as linhas que ficam, a partir de 0.
        """
        self.batch_size = len(rows)
        for layer in self.layers:
            if layer.keys is not None:
                layer.keys, layer.values = (
                    self._of(rows, kept) for kept in (layer.keys, layer.values)
                )

    def _of(self, rows, kept):
        copy = kept.new_empty(len(rows), *kept.shape[1:])
        copy[:, : self.length] = kept[rows, : self.length]  # o resto ainda não foi lido
        return copy


class LayerCache:
    """Guarda as chaves e os valores de uma camada.

    Parâmetros:
        owner: o cache de todas as camadas, que diz quantas posições já foram lidas.
    """

    def __init__(self, owner: Cache):
        self.owner = owner
        self.keys = self.values = None

    def extend(
        self, k: Float[Tensor, "batch pos head d_head"], v: Float[Tensor, "batch pos head d_value"]
    ) -> tuple[Float[Tensor, "batch key head d_head"], Float[Tensor, "batch key head d_value"]]:
        """Acrescenta as posições novas e devolve todas, das mais antigas às novas.

        Parâmetros:
            k: chaves das posições novas.
            v: valores das posições novas.
        """
        if self.keys is None:
            self.keys, self.values = (self._reserve(new) for new in (k, v))
        start, end = self.owner.length, self.owner.length + k.shape[1]
        self.keys[:, start:end] = k
        self.values[:, start:end] = v
        return self.keys[:, :end], self.values[:, :end]

    def _reserve(self, new):
        batch, _, *rest = new.shape
        return new.new_empty(batch, self.owner.n_ctx, *rest)
