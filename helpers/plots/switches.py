"""Ablação em desenho: a tabela de cabeças, a desligada, e as apostas antes e depois."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from helpers.plots import svg
from helpers.plots.matrix import grid, said
from helpers.plots.svg import Px

CELL = (56, 30)
GRID_X, GRID_Y = 40, 70
BARS_X, NAME_W, BAR_W = 300, 100, 120
HEIGHT = 262


def switches_picture(
    change: Float[np.ndarray, "layer head"],
    removed: Sequence[tuple[int, int]],
    pieces: Sequence[str],
    before: Sequence[float],
    after: Sequence[float],
) -> str:
    """Desenha a tabela das ablações e, ao lado, as apostas antes e depois de desligar.

    Parâmetros:
        change: quanto a perda muda, nas histórias, sem cada cabeça.
        removed: as cabeças desligadas, pares (camada, cabeça).
        pieces: os tokens mostrados.
        before: probabilidade de cada um com todas as cabeças, de 0 a 1.
        after: probabilidade de cada um sem as desligadas.
    """
    parts = [svg.text(12, 18, "quanto a perda sobe", "s b")]
    parts.append(svg.text(12, 36, "nas histórias, uma cabeça por vez", "m"))
    rows = [str(layer) for layer in range(change.shape[0])]
    columns = [f"c{head}" for head in range(change.shape[1])]
    parts.append(grid(change, GRID_X, GRID_Y, cell=CELL, rows=rows, columns=columns))
    for layer, head in removed:
        x, y = GRID_X + head * CELL[0], GRID_Y + layer * CELL[1]
        parts.append(svg.box(x + 2, y + 2, CELL[0] - 4, CELL[1] - 4, "l2", 2))
        parts.append(svg.line(x + 4, y + CELL[1] - 4, x + CELL[0] - 4, y + 4, "l2"))
        # De novo, com halo: o risco passa por trás do número.
        parts.append(svg.text(x + CELL[0] / 2, y + 20, said(change[layer, head].item()), "kc halo"))
    note = "riscadas: desligadas" if removed else "nenhuma desligada"
    parts.append(svg.text(12, GRID_Y + change.shape[0] * CELL[1] + 26, note, "m"))
    parts.append(svg.text(BARS_X, 18, "o próximo token", "s b"))
    parts.append(svg.text(BARS_X, 36, "em cima, com todas; embaixo, sem as riscadas", "m"))
    for number, (piece, first, second) in enumerate(zip(pieces, before, after, strict=True)):
        parts.append(_pair(piece, first, second, 50 + number * 40))
    return svg.document("".join(parts), HEIGHT)


def _pair(piece: str, before: float, after: float, y: Px) -> str:
    x = BARS_X + NAME_W
    move = "↑" if after > before + 0.005 else "↓" if after < before - 0.005 else "="
    return "".join(
        [
            svg.text(x - 10, y + 20, piece, "ks", "end"),
            svg.box(x, y + 2, max(1.0, BAR_W * before), 13, "c1", 1),
            svg.box(x, y + 17, max(1.0, BAR_W * after), 13, "p1", 1),
            svg.text(x + BAR_W + 10, y + 22, f"{said(before)} {move} {said(after)}", "ks"),
        ]
    )
