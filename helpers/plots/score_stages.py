"""Os quatro estágios da atenção lado a lado: produto, divisão, máscara e pesos."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from helpers.plots import svg
from helpers.plots.matrix import HEAD, grid, names_height
from helpers.plots.svg import Px

HEIGHT = 24  # de uma casa, em px
GAP = 24  # entre a tabela da esquerda e a da direita
SUMS = 60  # lugar das somas, à direita


@dataclass(frozen=True)
class Stage:
    """Uma tabela do percurso: título, números, casas escondidas e casas decimais."""

    title: str
    values: Float[np.ndarray, "query key"]
    hidden: Bool[np.ndarray, "query key"]
    places: int = 1
    peak: float | None = None


def stages_frame(stages: Sequence[Stage], names: Sequence[str], row: int) -> str:
    """Quatro tabelas, duas em cima e duas embaixo, com a mesma linha contornada em todas.

    Parâmetros:
        stages: as quatro tabelas, na ordem do cálculo; a última leva as somas.
        names: nome de cada token, na ordem do texto.
        row: a linha de quem pergunta.

    Erros:
        ValueError: se as tabelas não forem quatro.
    """
    if len(stages) != 4:
        raise ValueError(f"São {len(stages)} tabelas; o percurso tem quatro.")
    left = round(16 + max(svg.label_width(name, 14) for name in names))
    width = int((svg.WIDTH - left - GAP - SUMS) / (2 * len(names)))
    right = left + len(names) * width + GAP
    columns = [_fitted(name, width - 4) for name in names]
    top = HEAD + names_height(columns, width)
    below = top + len(names) * HEIGHT + HEAD + 16
    parts = []
    for i, stage in enumerate(stages):
        last = i == len(stages) - 1
        parts.append(
            grid(
                stage.values,
                right if i % 2 else left,
                below if i > 1 else top,
                cell=(width, HEIGHT),
                rows=() if i % 2 else names,
                columns=columns if i < 2 else (),
                title=stage.title,
                places=stage.places,
                peak=stage.peak,
                hidden=stage.hidden,
                row=row,
                row_sums=last,
                column_sums=last,
            )
        )
    return svg.document("".join(parts), below + (len(names) + 1) * HEIGHT + 8)


def _fitted(name: str, width: Px) -> str:
    """Nome cortado com reticências para caber deitado."""
    while svg.label_width(name, 14) > width:
        name = name.rstrip("…")[:-1] + "…"
    return name
