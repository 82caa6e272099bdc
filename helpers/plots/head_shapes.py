"""O caminho de uma camada com várias cabeças, com a forma em cada etapa."""

from collections.abc import Sequence

from helpers.plots import svg
from helpers.plots.svg import Px

HEIGHT = 252
SHOWN = 4  # cabeças desenhadas; as outras viram reticências
ROW, BOX_H, TOP = 44, 34, 16
X = (8, 136, 300, 416, 532)
W = (84, 120, 84, 84, 100)


def heads_diagram(
    stream: str, head: str, joined: str, W_O: str, n_heads: int, notes: Sequence[str] = ()
) -> str:
    """Desenha o fluxo que entra, as cabeças lado a lado, a concatenação, W_O e o que sai.

    Parâmetros:
        stream: forma do fluxo, na entrada e na saída.
        head: forma da saída de uma cabeça.
        joined: forma da concatenação.
        W_O: forma de W_O como matriz.
        n_heads: quantas cabeças; só as primeiras são desenhadas.
        notes: linhas escritas embaixo; no máximo duas.
    """
    shown = min(n_heads, SHOWN)
    middle = TOP + (SHOWN * ROW - 10) / 2
    start = middle - (shown * ROW - 10) / 2
    parts = [_box(0, middle, "entrada", stream)]
    for place in range(shown):
        y = start + place * ROW + BOX_H / 2
        parts.append(_arrow(X[0] + W[0], middle, X[1], y))
        parts.append(_arrow(X[1] + W[1], y, X[2], middle))
        name = f"cabeça {place}" if n_heads <= SHOWN or place < SHOWN - 1 else f"… {n_heads - 1}"
        parts.append(_box(1, y, name, head, f"c{place + 1}"))
    parts.append(_arrow(X[2] + W[2], middle, X[3], middle))
    parts.append(_arrow(X[3] + W[3], middle, X[4], middle))
    parts.append(_box(2, middle, "concat", joined))
    parts.append(_box(3, middle, "· W_O", W_O))
    parts.append(_box(4, middle, "saída", stream))
    for number, note in enumerate(notes[:2]):
        parts.append(svg.text(8, TOP + SHOWN * ROW + 22 + 22 * number, note, "s"))
    return svg.document("".join(parts), HEIGHT)


def _box(column: int, middle: Px, name: str, shape: str, style: str = "box") -> str:
    x, w = X[column], W[column]
    centre = x + w / 2
    return (
        svg.box(x, middle - BOX_H / 2 - 3, w, BOX_H + 6, style)
        + svg.text(centre, middle - 3, name, "s", "middle")
        + svg.text(centre, middle + 13, shape, "kc")
    )


def _arrow(x1: Px, y1: Px, x2: Px, y2: Px) -> str:
    tip = f"M{svg.number(x2)} {svg.number(y2)}l-8 -4v8z"
    return svg.line(x1, y1, x2 - 6, y2) + f'<path d="{tip}" class="ink"/>'
