"""Quadros de *Monte o bloco*: os fios à esquerda, três curvas por camada à direita."""

import math
from collections.abc import Sequence

from helpers.plots import svg
from helpers.plots.svg import Px, number
from helpers.plots.wirings import arrow, part, plus, route

HEIGHT = 372
ROAD = 70  # onde o fluxo sobe, em px
SIDE = 190  # centro das peças fora da estrada
CHART_X, CHART_W, CHART_H = 336, 288, 74
LOW, HIGH = -12, 4  # expoentes de 10 nos extremos de toda curva


def assembly_frame(
    norm: str,
    residual: bool,
    mlp: bool,
    curves: Sequence[tuple[str, Sequence[float]]],
    badge: str,
) -> str:
    """Um quadro: os fios do bloco e as curvas medidas na pilha.

    Parâmetros:
        norm: "pre", "post" ou "none".
        residual: se há as conexões residuais.
        mlp: se há o MLP.
        curves: título e um valor por camada, da entrada da pilha até a saída.
        badge: o que se lê embaixo dos fios.
    """
    body = [svg.text(16, 22, "os fios de um bloco", "s b")]
    body.append(wiring(norm, residual, mlp))
    body.append(svg.text(16, HEIGHT - 12, badge, "s b"))
    for i, (title, values) in enumerate(curves):
        body.append(chart(title, values, 44 + i * (CHART_H + 38), f"l{i + 1}"))
    depth = len(curves[0][1]) - 1
    foot = f"entrada → bloco {depth}"
    body.append(svg.text(CHART_X + CHART_W / 2, HEIGHT - 12, foot, "m", "middle"))
    return svg.document("".join(body), HEIGHT)


def wiring(norm: str, residual: bool, mlp: bool) -> str:
    """Os fios de um bloco: a estrada do fluxo, as peças e, se houver, as somas.

    Parâmetros:
        norm: "pre", "post" ou "none".
        residual: se há as conexões residuais.
        mlp: se há o MLP.
    """
    stages = [("atenção", "c1", 330)] + ([("MLP", "c3", 186)] if mlp else [])
    parts = [_road(norm, residual, stages)]
    for name, style, base in stages:
        y = base - 30
        middle = y - 20 if norm != "pre" else y - 46
        if norm == "pre":
            parts += [route([(ROAD, y), (SIDE - 52, y)]), part(SIDE, y, "LayerNorm", "c2")]
            parts += [arrow(SIDE, y - 15, SIDE, middle + 15), part(SIDE, middle, name, style)]
        else:
            parts += [route([(ROAD, y), (SIDE, y), (SIDE, middle + 15 - 20)])]
            middle -= 20
            parts.append(part(SIDE, middle, name, style))
        parts.append(arrow(SIDE - 52, middle, ROAD + (14 if residual else 2), middle))
        if residual:
            parts.append(plus(ROAD, middle))
        if norm == "post":
            parts.append(part(ROAD, middle - 44, "LayerNorm", "c2"))
    return "".join(parts)


def _road(norm: str, residual: bool, stages: Sequence[tuple[str, str, Px]]) -> str:
    """A estrada do fluxo, de baixo para cima; sem residual, ela se interrompe em cada peça."""
    top = 44
    if residual:
        return arrow(ROAD, 338, ROAD, top, "l1")
    pieces, low = [], 338
    for _, _, base in stages:
        y = base - 30
        write = y - 46 if norm == "pre" else y - 40
        pieces.append(svg.line(ROAD, low, ROAD, y, "l1"))
        pieces.append(svg.line(ROAD, y - 6, ROAD, write + 6, "line dash"))
        low = write
    pieces.append(arrow(ROAD, low, ROAD, top, "l1"))
    return "".join(pieces)


def chart(title: str, values: Sequence[float], top: Px, style: str) -> str:
    """Uma curva em escala logarítmica; o primeiro e o último valor ficam escritos em cima.

    Parâmetros:
        title: o que se mede.
        values: um valor por camada.
        top: topo da moldura, em px.
        style: classe do traço.
    """
    step = CHART_W / max(1, len(values) - 1)
    points = [(CHART_X + i * step, _height(value, top)) for i, value in enumerate(values)]
    path = "L".join(f"{number(x)} {number(y)}" for x, y in points)
    parts = [svg.text(CHART_X, top - 8, title, "s b")]
    parts.append(svg.box(CHART_X, top, CHART_W, CHART_H, "box", 2))
    parts.append(
        svg.line(CHART_X, _height(1, top), CHART_X + CHART_W, _height(1, top), "line dash")
    )
    parts.append(f'<path d="M{path}" class="{style}"/>')
    parts.append(svg.text(CHART_X - 6, _height(1, top) + 5, "1", "m", "end"))
    ends = f"{said(values[0])} → {said(values[-1])}"
    parts.append(svg.text(CHART_X + CHART_W, top - 8, ends, "s", "end"))
    return "".join(parts)


def _height(value: Px, top: Px) -> Px:
    exponent = math.log10(value) if value > 0 else LOW
    share = (min(max(exponent, LOW), HIGH) - LOW) / (HIGH - LOW)
    return top + CHART_H * (1 - share)


def said(value: Px) -> str:
    """Um número como se lê: com vírgula, ou na potência de dez mais próxima, se foge da escala.

    Parâmetros:
        value: zero ou positivo.
    """
    if value == 0:
        return "0"
    if 0.01 <= value < 1000:
        return f"{value:.2f}".replace(".", ",") if value < 10 else f"{value:.0f}"
    exponent = round(math.log10(value))
    raised = str(exponent).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"10{raised}"
