"""Geração ao vivo: o texto token a token, cada um sobre uma barra da altura da probabilidade."""

from collections.abc import Sequence
from dataclasses import dataclass

from helpers.plots import svg
from helpers.plots.svg import Px

SIZE, ROOM = 14, svg.WIDTH - 16  # letra e largura de uma linha, em px
LINE, TALL = 46, 18  # distância entre linhas e altura da barra inteira
LINES, GREEDY_LINES = 5, 2  # linhas reservadas: a altura do palco não muda


@dataclass(frozen=True)
class Piece:
    """Um token do desenho.

    Parâmetros:
        label: o texto, com · no lugar do espaço.
        prob: probabilidade com que saiu, de 0 a 1; `None` se veio do começo dado.
        picked: se foi escolhido por quem estuda.
    """

    label: str
    prob: float | None = None
    picked: bool = False


def wrap(labels: Sequence[str], room: Px = ROOM) -> list[list[int]]:
    """Reparte os rótulos em linhas; devolve os índices de cada uma.

    Parâmetros:
        labels: os rótulos, na ordem.
        room: largura de uma linha, em px.
    """
    lines: list[list[int]] = [[]]
    used = 0.0
    for i, label in enumerate(labels):
        width = _width(label)
        if lines[-1] and used + width > room:
            lines.append([])
            used = 0.0
        lines[-1].append(i)
        used += width
    return lines


def story_frame(pieces: Sequence[Piece], greedy: Sequence[str]) -> str:
    """Desenha o texto com as suas barras e, embaixo, a continuação gulosa.

    Parâmetros:
        pieces: os tokens, do começo ao último; sobrando linhas, ficam as últimas.
        greedy: rótulos da continuação gulosa.
    """
    lines = wrap([_short(piece.label) for piece in pieces])
    parts = [svg.text(8, 18, "barra = probabilidade · contorno = você escolheu", "m")]
    for row, line in enumerate(lines[-LINES:]):
        parts.append(_line([pieces[i] for i in line], 46 + row * LINE))
    y = 46 + LINES * LINE
    parts.append(svg.line(8, y - 18, svg.WIDTH - 8, y - 18))
    parts.append(svg.text(8, y + 4, "escolha gulosa, do mesmo começo:", "m"))
    shown = wrap([_short(label) for label in greedy])[-GREEDY_LINES:]
    for row, line in enumerate(shown):
        told = "".join(_short(greedy[i]) for i in line)
        parts.append(svg.text(8, y + 28 + row * 22, told, "ks"))
    return svg.document("".join(parts), y + 28 + GREEDY_LINES * 22)


def _line(pieces: Sequence[Piece], y: Px) -> str:
    x, parts, drawn, picked = 8.0, [], [], []
    for piece in pieces:
        label = _short(piece.label)
        width = _width(label)
        parts.append(svg.text(x, y, label, "ks" if piece.prob is None else "ks b"))
        if piece.prob is not None:
            height = max(1.0, piece.prob * TALL)
            (picked if piece.picked else drawn).append(
                f"M{svg.number(x)} {svg.number(y + 5)}h{svg.number(width - 3)}"
                f"v{svg.number(height)}h{svg.number(3 - width)}z"
            )
        x += width
    for outline, style in ((drawn, "p1"), (picked, "c2")):
        if outline:
            parts.append(f'<path d="{"".join(outline)}" class="{style}"/>')
    return "".join(parts)


def _short(label: str) -> str:
    return label if len(label) <= 24 else label[:23] + "…"


def _width(label: str) -> float:
    return float(svg.label_width(label, SIZE)) + 3
