"""Um Folheador que abre o score: uma dimensão por vez, com o lugar dela na soma.

O Python arredonda tudo em centésimos inteiros; o navegador só subtrai e escreve. Assim o que se
lê fecha: a soma de antes mais o produto é a soma de depois.
"""

from collections.abc import Sequence
from typing import Any

import traitlets
from jaxtyping import Float
from torch import Tensor

from helpers.explorables.base import load_css, load_js
from helpers.explorables.flipper import Flipper
from helpers.explorables.frames import Axis, Draw
from helpers.plots.matrix import said
from helpers.plots.svg import Px


class DimensionFlipper(Flipper):
    """Folheador de consulta e chave, com uma barra que percorre as dimensões.

    O primeiro eixo escolhe a consulta e o segundo, a chave.
    """

    _esm = load_js("flipper.js", "dimensions.js")
    _css = load_css("flipper.css")
    query_vectors = traitlets.List().tag(sync=True)  # em centésimos, como as chaves e as somas
    key_vectors = traitlets.List().tag(sync=True)
    sums = traitlets.Dict().tag(sync=True)
    place = traitlets.Dict().tag(sync=True)
    dimension = traitlets.Int(-1).tag(sync=True)  # -1: nenhuma em destaque

    def __init__(
        self,
        draw: Draw,
        axes: Sequence[Axis],
        label: str,
        *,
        vectors: tuple[Float[Tensor, "query d_head"], Float[Tensor, "key d_head"]],
        place: dict[str, Px],
        **rest: Any,
    ) -> None:
        """Desenha os quadros e guarda os números de cada dimensão.

        Parâmetros:
            draw: função pura: um valor por eixo, devolve um `Frame`.
            axes: os controles; o primeiro é o da consulta e o segundo, o da chave.
            label: nome do explorável.
            vectors: as consultas e as chaves, uma linha por valor do eixo.
            place: onde ficam as colunas e a soma no desenho.
            rest: o que `Flipper` recebe pelo nome.
        """
        super().__init__(draw, axes, label, **rest)
        q, k = (one.double() for one in vectors)
        running = (q[:, None] * k[None]).cumsum(-1)
        self.query_vectors, self.key_vectors, self.place = _cents(q), _cents(k), place
        self.sums = {
            f"{i},{j}": _cents(row) for i, rows in enumerate(running) for j, row in enumerate(rows)
        }

    def dimension_sentence(self, at: int) -> str:
        """Frase de uma dimensão no quadro da tela, igual à que o navegador escreve.

        Parâmetros:
            at: número da dimensão, a partir de 0.
        """
        i, j = map(int, self.key.split(","))
        sums = self.sums[self.key]
        before = sums[at - 1] if at else 0
        q, k, added, start, end = (
            said(n / 100)
            for n in (
                self.query_vectors[i][at],
                self.key_vectors[j][at],
                sums[at] - before,
                before,
                sums[at],
            )
        )
        last = ", o score" if at == len(sums) - 1 else ""
        return f"Dimensão {at}: q {q} × k {k} ≈ {added}. A soma passa de {start} a {end}{last}."


def _cents(table: Tensor) -> list:
    return (100 * table).round().int().tolist()
