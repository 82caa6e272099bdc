"""Mesa de sorteio: uma barra por token, o que foi cortado e por quê, e a régua da agulha.

O navegador desenha os mesmos quadros em `draw_table_math.js`; um teste compara os dois.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from helpers.plots import svg
from helpers.plots.figures import decimal
from helpers.plots.svg import Px

NAMED = 12  # tokens com nome; os outros ficam juntos em uma linha
SCALES = (0.25, 0.5, 1.0)  # quanto vale a barra inteira
LEFT, FULL = 112, 330  # começo e comprimento da barra inteira, em px
TOP, PITCH, THICK = 34, 24, 16


@dataclass(frozen=True)
class Row:
    """Uma linha da mesa.

    Parâmetros:
        label: o token, ou “resto”.
        prob: probabilidade agora, de 0 a 1.
        before: probabilidade no ajuste A, de 0 a 1.
        reason: nome do corte que o tirou; vazio se ele ficou.
        count: quantas vezes saiu.
    """

    label: str
    prob: float
    before: float
    reason: str = ""
    count: int = 0


def scale_of(rows: Sequence[Row]) -> float:
    """Devolve quanto vale a barra inteira: o menor valor da lista em que tudo cabe.

    Parâmetros:
        rows: as linhas.
    """
    largest = max(max(row.prob, row.before) for row in rows)
    return next((scale for scale in SCALES if largest <= scale), SCALES[-1])


def table_frame(rows: Sequence[Row], needle: tuple[float, str] | None = None) -> str:
    """Desenha a mesa: barras, traço do ajuste A, frequências e régua.

    Parâmetros:
        rows: as linhas, na ordem da régua; a última é o resto.
        needle: onde a última agulha caiu, de 0 a 1, e em que token.
    """
    scale, total = scale_of(rows), sum(row.count for row in rows)
    head = f"barra inteira: {decimal(scale)} · traço: ajuste A"
    head += " · losango: frequência" if total else ""
    parts = [svg.text(LEFT, 20, head, "m")]
    for i, row in enumerate(rows):
        parts.append(_row(row, TOP + i * PITCH, scale, total))
    y = TOP + len(rows) * PITCH + 14
    parts.append(_ruler(rows, y, needle))
    return svg.document("".join(parts), y + 62)


def _row(row: Row, y: Px, scale: float, total: int) -> str:
    width, tick = row.prob / scale * FULL, LEFT + row.before / scale * FULL
    parts = [svg.text(LEFT - 8, y + 13, row.label, "ks", "end")]
    if row.reason:
        parts.append(svg.box(LEFT, y, max(3, tick - LEFT), THICK, "box dash", 2))
        told = f"fora: {row.reason}"
    else:
        parts.append(svg.box(LEFT, y, max(1, width), THICK, "c1", 2))
        told = decimal(row.prob, 3)
    parts.append(svg.line(tick, y - 3, tick, y + 19))
    if total:
        x = LEFT + min(1.04, row.count / total / scale) * FULL
        mark = f"M{svg.number(x)} {svg.number(y + 2)}l6 6l-6 6l-6 -6z"
        parts.append(f'<path d="{mark}" class="p2"/>')
        told += f" · saiu {row.count}"
    parts.append(svg.text(LEFT + FULL + 24, y + 13, told, "s"))
    return "".join(parts)


def _ruler(rows: Sequence[Row], y: Px, needle: tuple[float, str] | None) -> str:
    ends = list(itertools.accumulate(row.prob for row in rows))
    starts = [0.0, *ends[:-1]]
    soft = list(zip(starts, ends, strict=True))[::2]
    parts = [
        svg.text(LEFT - 8, y + 16, "régua", "s", "end"),
        svg.boxes([(LEFT + a * FULL, (b - a) * FULL) for a, b in soft], y, 22, "soft"),
        svg.boxes([(LEFT, FULL)], y, 22, "line"),
        svg.text(LEFT + FULL + 24, y + 16, "0 a 1", "m"),
    ]
    if needle is not None:
        x = LEFT + needle[0] * FULL
        point = f"M{svg.number(x)} {svg.number(y + 18)}l6 12h-12z"
        parts.append(f'<path d="{point}" class="p2"/>')
        told = f"última agulha: {decimal(needle[0], 3)}, {needle[1]}"
        parts.append(svg.text(LEFT, y + 50, told, "s"))
    return "".join(parts)
