"""A lente logit em um quadro: a grade de leituras e o detalhe de uma casa."""

from collections.abc import Sequence

from helpers.plots import svg
from helpers.plots.svg import Px

LEFT, CELL_H, HEAD = 70, 40, 42


def lens_frame(
    labels: Sequence[str],
    heights: Sequence[str],
    words: Sequence[Sequence[str]],
    probabilities: Sequence[Sequence[Px]],
    chosen: tuple[int, int],
    top: Sequence[tuple[str, Px]],
    ranks: Sequence[tuple[str, str]],
) -> str:
    """Grade de altura por token, com a melhor aposta em cada casa, e o detalhe da escolhida.

    Parâmetros:
        labels: texto de cada token, em colunas.
        heights: nome de cada altura, de baixo para cima.
        words: a melhor aposta, [altura][token].
        probabilities: a probabilidade dela, [altura][token].
        chosen: altura e token da casa escolhida.
        top: as melhores apostas da casa escolhida e suas probabilidades.
        ranks: altura e posto do token verdadeiro, de baixo para cima.
    """
    width = (svg.WIDTH - LEFT - 6) / len(labels)
    n = len(heights)
    centers = [LEFT + (column + 0.5) * width for column in range(len(labels))]
    parts = [_line(centers, 20, [svg.short(label, width - 4) for label in labels], "kc b")]
    for row in range(n):
        y = HEAD - 12 + (n - 1 - row) * CELL_H
        parts.append(svg.text(4, y + 24, heights[row], "s"))
        parts.append(svg.line(LEFT, y + CELL_H, svg.WIDTH - 6, y + CELL_H))
        inked = [(LEFT + i * width + 2, (width - 4) * p) for i, p in enumerate(probabilities[row])]
        parts.append(svg.boxes([place for place in inked if place[1] >= 1], y + 2, 36, "soft"))
        parts.append(
            _line(centers, y + 17, [svg.short(one, width - 6) for one in words[row]], "kc")
        )
        told = [f"{p:.0%}" for p in probabilities[row]]
        parts.append(_line(centers, y + 34, told, "m", "middle"))
    row, column = chosen
    y = HEAD - 12 + (n - 1 - row) * CELL_H
    parts.append(svg.box(LEFT + column * width, y, width, CELL_H, "l2"))
    bottom = HEAD + n * CELL_H
    parts.append(_top_bars(top, bottom + 16))
    parts.append(_ranks(ranks, row, bottom + 16))
    return svg.document("".join(parts), bottom + 26 + 24 * 5)


def _line(centers: Sequence[Px], y: Px, words: Sequence[str], style: str, anchor: str = "") -> str:
    """Uma fileira de palavras em um elemento só: o quadro fica três vezes mais leve."""
    spans = "".join(
        f'<tspan x="{svg.number(x)}">{svg.escape(word)}</tspan>'
        for x, word in zip(centers, words, strict=True)
    )
    classes = f"{style} {anchor}".strip()
    return f'<text y="{svg.number(y)}" class="{classes}">{spans}</text>'


def _top_bars(top: Sequence[tuple[str, Px]], y: Px) -> str:
    parts = [svg.text(4, y, "as cinco maiores apostas", "s b")]
    for i, (word, probability) in enumerate(top):
        line = y + 24 * (i + 1)
        parts.append(svg.text(4, line, svg.short(word, 90), "ks"))
        parts.append(svg.box(104, line - 12, 130 * probability + 1, 14, "p1"))
        parts.append(svg.text(104 + 130 * probability + 8, line, f"{probability:.0%}", "s"))
    return "".join(parts)


def _ranks(ranks: Sequence[tuple[str, str]], row: int, y: Px) -> str:
    parts = [svg.text(330, y, "posto do token que veio de fato", "s b")]
    for i, (height, rank) in enumerate(ranks):
        style = "s b" if i == row else "s"
        parts.append(svg.text(330, y + 24 * (len(ranks) - i), f"{height}: {rank}", style))
    return "".join(parts)
