"""O fluxo de cada token como uma coluna, e as setas do que a atenção levou de uma a outra."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from helpers.plots import svg
from helpers.plots.bets import PANEL_H, Bet, bet_panel
from helpers.plots.figures import decimal
from helpers.plots.svg import Px, number

MARGIN = 34
TOP, BOTTOM = 62, 250  # o fluxo de quem recebe, e o de quem é lido
THICKEST = 12
#: Espessuras de traço, em px; poucas, para quadros vizinhos repetirem as mesmas peças.
WIDTHS = (1, 2, 4, 6, 9, 12)


def column_places(n: int, left: Px = MARGIN) -> list[Px]:
    """Centro de cada coluna, em px.

    Parâmetros:
        n: quantas colunas.
        left: centro da primeira.
    """
    step = (svg.WIDTH - left - MARGIN) / max(n - 1, 1)
    return [left + round(i * step) for i in range(n)]


def ribbon(x1: Px, y1: Px, x2: Px, y2: Px, width: Px, strongest: bool) -> str:
    """Uma curva de espessura dada, de um ponto a outro; a mais forte fica opaca.

    Parâmetros:
        x1: início, na horizontal.
        y1: início, na vertical.
        x2: fim, na horizontal.
        y2: fim, na vertical.
        width: espessura, em px.
        strongest: se é a seta em destaque.
    """
    a, b, y, z, m = (number(v) for v in (x1, x2, y1, y2, (y1 + y2) / 2))
    look = f"stroke-width:{width}" + ("" if strongest else ";stroke-opacity:.6")
    return f'<path d="M{a} {y}C{a} {m} {b} {m} {b} {z}" class="l1" style="{look}"/>'


def thickness(share: Px) -> int:
    """Espessura de uma seta, em px, entre as de `WIDTHS`.

    Parâmetros:
        share: o tamanho dela, de 0 a 1 da maior.
    """
    return min(WIDTHS, key=lambda width: abs(width - share * THICKEST))


def moved_frame(
    labels: Sequence[str],
    values: Any,
    chosen: int,
    peak: Px,
    unit: str,
    bet: Bet,
    cut: int | None = None,
) -> str:
    """Uma posição que recebe, em cima, e as setas de tudo o que ela lê, de baixo.

    Parâmetros:
        labels: texto de cada token.
        values: quanto chega de cada posição; zero onde a máscara esconde.
        chosen: quem recebe.
        peak: o valor da seta mais grossa; o mesmo em todos os quadros de uma medida.
        unit: o que os números dizem.
        bet: a aposta do modelo nessa posição, com e sem a seta cortada.
        cut: de onde sai a seta cortada; sem valor, nenhuma.
    """
    array = np.asarray(values, dtype=float)
    xs = column_places(len(labels))
    room = xs[1] - xs[0] - 4 if len(xs) > 1 else 100
    parts = [svg.text(8, 18, f"quem recebe: {labels[chosen]}", "s b")]
    parts.append(svg.text(svg.WIDTH - 8, 18, unit, "m", "end"))
    for j in range(len(xs)):
        parts.append(
            svg.line(xs[j], TOP + 6, xs[j], BOTTOM - 6, "line" if j <= chosen else "hatch")
        )
    order = sorted(range(chosen + 1), key=lambda j: -array[j])
    for rank, j in enumerate(order):
        ends = (xs[j], BOTTOM - 8, xs[chosen], TOP + 14)
        if j == cut:
            parts.append(severed(*ends))
        elif array[j] > 0.004 * peak:
            parts.append(ribbon(*ends, thickness(array[j] / peak), rank == 0))
    parts.append(svg.box(xs[chosen] - 16, TOP - 16, 32, 30, "c3"))
    parts.append(svg.text(xs[chosen], TOP + 4, "+", "t b", "middle"))
    for j, label in enumerate(labels):
        parts.append(svg.text(xs[j], BOTTOM + 18, svg.short(label, room), "kc"))
        if j > chosen:
            parts.append(svg.text(xs[j], BOTTOM + 40, "∅", "m", "middle"))
        elif j == cut:
            parts.append(svg.text(xs[j], BOTTOM + 40, "cortada", "s b", "middle"))
        else:
            style = "s b" if j == order[0] else "s"
            parts.append(svg.text(xs[j], BOTTOM + 40, decimal(float(array[j])), style, "middle"))
    parts.append(bet_panel(bet, BOTTOM + 56, "" if cut is None else "sem a seta"))
    return svg.document("".join(parts), BOTTOM + 56 + PANEL_H)


def severed(x1: Px, y1: Px, x2: Px, y2: Px) -> str:
    """O lugar de uma seta cortada: a mesma curva, fina e tracejada, de outra cor.

    Parâmetros:
        x1: início, na horizontal.
        y1: início, na vertical.
        x2: fim, na horizontal.
        y2: fim, na vertical.
    """
    a, b, y, z, m = (number(v) for v in (x1, x2, y1, y2, (y1 + y2) / 2))
    return f'<path d="M{a} {y}C{a} {m} {b} {m} {b} {z}" class="l2 dash"/>'


LAYER_H = 74  # altura de uma camada no desenho de várias


def streams_frame(
    labels: Sequence[str],
    arrows: Sequence[Sequence[tuple[int, int, Px]]],
    chosen: int,
    title: str,
    note: str,
    bet: Bet,
    broken: str = "",
    silent: int | None = None,
    stumps: bool = False,
) -> str:
    """Colunas de fluxo que sobem pelas camadas, com as setas que levam à posição escolhida.

    Parâmetros:
        labels: texto de cada token.
        arrows: por camada, de baixo para cima, as setas (de, para, parte da maior, de 0 a 1).
        chosen: a posição de que se procura a origem.
        title: qual é o modelo.
        note: o que se lê no canto de cima.
        bet: a aposta nessa posição, no modelo inteiro e neste.
        broken: nome curto da quebra; vazio no modelo inteiro.
        silent: o bloco cuja atenção não escreve; sem valor, nenhum.
        stumps: se as colunas estão cortadas em cada bloco, por falta da soma.
    """
    xs = column_places(len(labels), left=86)
    room = xs[1] - xs[0] - 4 if len(xs) > 1 else 100
    height = 40 + LAYER_H * len(arrows)
    parts = [svg.text(8, 18, title, "s b")]
    parts.append(svg.text(svg.WIDTH - 8, 18, note, "m", "end"))
    if stumps:
        # Um toco em cada altura: o fluxo não passa de um bloco ao outro.
        heights = [height - LAYER_H * layer for layer in range(len(arrows) + 1)]
        parts += [svg.line(x, y - 8, x, y + 8) for x in xs for y in heights]
    else:
        parts += [svg.line(x, 34, x, height + 12) for x in xs]
    for layer, found in enumerate(arrows):
        low = height - LAYER_H * layer
        parts.append(svg.text(2, low - LAYER_H / 2 + 14, f"bloco {layer}", "m"))
        if layer == silent:
            parts.append(svg.text(2, low - LAYER_H / 2 + 32, "calado", "s b"))
        for source, target, share in found:
            wide = thickness(share)
            ends = (xs[source], low, xs[target], low - LAYER_H + 22)
            parts.append(ribbon(*ends, wide, share >= 0.999))
    parts.append(svg.box(xs[chosen] - 8, 26, 16, 16, "c3"))
    for x, label in zip(xs, labels, strict=True):
        parts.append(svg.text(x, height + 30, svg.short(label, room), "kc"))
    parts.append(bet_panel(bet, height + 44, broken))
    return svg.document("".join(parts), height + 44 + PANEL_H)
