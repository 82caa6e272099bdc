"""Galeria de cabeças: miniaturas de todas, uma grande, e as notas dela ao lado das referências."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from helpers.plots import svg
from helpers.plots.matrix import grid, said
from helpers.plots.svg import Px

MAX_TOKENS = 12
THUMB = 48  # lado de uma miniatura, em px
STEP = 58
LEFT, TOP = 30, 44
BIG_X, BIG_Y, BIG = 344, 100, 288
HEIGHT = 440
GRADES = 6  # graus de tinta do padrão aberto
FAINT, STRONG = 0.2, 0.5  # acima destes pesos a miniatura pinta a casa, clara ou escura


@dataclass(frozen=True)
class Note:
    """Uma nota de cabeça: nome, valor e o que as referências dariam.

    Parâmetros:
        name: o que se mede.
        value: a nota da cabeça.
        chance: a maior das referências.
    """

    name: str
    value: float
    chance: float


def gallery_picture(
    weights: Float[np.ndarray, "layer head query key"],
    pieces: Sequence[str],
    layer: int,
    head: int,
    asker: int,
    notes: Sequence[Note],
    title: str,
) -> str:
    """Desenha a galeria com uma cabeça aberta.

    Parâmetros:
        weights: o que se mostra, de 0 a 1, linhas que somam 1.
        pieces: o texto de cada token.
        layer: camada da cabeça aberta.
        head: número da cabeça aberta.
        asker: linha em destaque, a de quem pergunta.
        notes: as notas da cabeça aberta.
        title: o que as casas mostram.
    """
    parts = [svg.text(12, 18, "todas as cabeças", "s b")]
    for h in range(weights.shape[1]):
        parts.append(svg.text(LEFT + h * STEP + THUMB / 2, TOP - 8, f"c{h}", "kc"))
    for row in range(weights.shape[0]):
        y = TOP + row * STEP
        parts.append(svg.text(LEFT - 6, y + THUMB / 2 + 5, str(row), "ks", "end"))
        parts += [_thumb(weights[row, h], LEFT + h * STEP, y) for h in range(weights.shape[1])]
    parts.append(
        svg.box(LEFT + head * STEP - 3, TOP + layer * STEP - 3, THUMB + 6, THUMB + 6, "l2", 3)
    )
    parts.append(_notes(notes, TOP + weights.shape[0] * STEP + 26))
    parts.append(svg.text(BIG_X - 44, 18, f"camada {layer}, cabeça {head}: {title}", "s b"))
    side = BIG / len(pieces)
    parts.append(
        grid(
            np.zeros(weights.shape[2:]),
            BIG_X,
            BIG_Y,
            cell=(side, side),
            rows=pieces,
            columns=pieces,
            places=-1,
            peak=1.0,
            row=asker,
        )
    )
    parts.append(_tints(weights[layer, head], side))
    parts.append(svg.text(BIG_X, BIG_Y + BIG + 22, "linha: quem lê; coluna: quem é lido", "m"))
    return svg.document("".join(parts), HEIGHT)


def _thumb(weights: np.ndarray, x: Px, y: Px) -> str:
    """A miniatura de um padrão: só as casas fortes, em dois tons."""
    parts = [svg.box(x, y, THUMB, THUMB, "box", 1)]
    place = f"translate({svg.number(x)},{svg.number(y)})scale({THUMB / len(weights):.3g})"
    for low, high, opacity in ((FAINT, STRONG, ".35"), (STRONG, 2.0, ".9")):
        path = _runs((weights > low) & (weights <= high))
        if path:
            parts.append(
                f'<path transform="{place}" d="{path}" class="p1" fill-opacity="{opacity}"/>'
            )
    return "".join(parts)


def _tints(weights: np.ndarray, side: Px) -> str:
    """As casas do padrão aberto, um elemento por grau de tinta."""
    grades = np.clip(np.round(weights * GRADES), 0, GRADES).astype(int)
    place = f"translate({svg.number(BIG_X)},{svg.number(BIG_Y)})scale({side:.4g})"
    return "".join(
        f'<path transform="{place}" d="{_runs(grades == grade)}" class="p1" '
        f'fill-opacity="{0.7 * grade / GRADES:.2f}"/>'
        for grade in sorted(set(grades.ravel().tolist()) - {0})
    )


def _runs(chosen: np.ndarray) -> str:
    """As casas escolhidas, em unidades de casa; as seguidas numa coluna são um traço só."""
    strokes = []
    for column in range(chosen.shape[1]):
        edges = np.flatnonzero(np.diff(np.r_[0, chosen[:, column].astype(int), 0]))
        for start, end in edges.reshape(-1, 2).tolist():
            strokes.append(f"M{column} {start}h1v{end - start}h-1z")
    return "".join(strokes)


def _notes(notes: Sequence[Note], y: Px) -> str:
    """As notas, cada uma com uma barra e um risco onde o acaso chegaria."""
    parts = [svg.text(12, y, "nota; o risco é a maior referência", "m")]
    for number, note in enumerate(notes):
        line = y + 28 + number * 42
        parts.append(svg.text(12, line, f"{note.name}: {said(note.value)}", "s"))
        parts.append(svg.box(12, line + 6, 220, 10, "soft", 2))
        parts.append(svg.box(12, line + 6, max(1.0, 220 * note.value), 10, "p1", 2))
        mark = 12 + 220 * note.chance
        parts.append(svg.line(mark, line + 2, mark, line + 20, "l2"))
    return "".join(parts)


def pattern_grid(weights: Float[np.ndarray, "layer head query key"], pieces: Sequence[str]) -> str:
    """Desenha todos os padrões lado a lado, uma fileira por camada.

    Parâmetros:
        weights: os padrões, de 0 a 1.
        pieces: o texto de cada token.
    """
    n_layers, n_heads = weights.shape[:2]
    side = (svg.WIDTH - 50) / n_heads - 14
    names_room = 6
    parts = []
    for layer in range(n_layers):
        for head in range(n_heads):
            x, y = 30 + head * (side + 14), 34 + layer * (side + 40)
            parts.append(svg.text(x, y - names_room, f"camada {layer}, cabeça {head}", "s"))
            cell = (side / len(pieces), side / len(pieces))
            parts.append(_plain(weights[layer, head], x, y, cell))
    return svg.document("".join(parts), 34 + n_layers * (side + 40) - 14)


def _plain(weights: Any, x: Px, y: Px, cell: tuple[Px, Px]) -> str:
    return grid(weights, x, y, cell=cell, places=-1, peak=1.0)
