"""Um score aberto: os produtos, número a número, e a soma que anda; e a sombra de uma chave."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from helpers.plots import svg
from helpers.plots.matrix import said
from helpers.plots.svg import Px
from helpers.plots.vectors import BAND, bars

LEFT = 116
STEP = BAND + 10
TOP = 12
PLANE = 250  # lado do plano da sombra, em px
UNIT = 27  # px por unidade no plano


def score_frame(
    q: Any,
    k: Any,
    v: Any,
    names: Sequence[str],
    *,
    peaks: Sequence[Px],
    weight: Px | None,
) -> str:
    """Consulta, chave, produtos, soma corrida e valor, uma dimensão por coluna.

    Parâmetros:
        q: a consulta, [d_head].
        k: a chave, [d_head].
        v: o valor, [d_head].
        names: de quem é a consulta; de quem são a chave e o valor.
        peaks: valor absoluto que enche a faixa: da consulta, da chave, do produto, da soma e do
            valor.
        weight: peso depois da máscara e do softmax; `None` se a posição está escondida.
    """
    q, k, v = (np.asarray(one, dtype=float) for one in (q, k, v))
    asker, source = names
    products = q * k
    slot = _slot(len(q))
    rows = (
        (f"q {asker}", q, peaks[0], "q"),
        (f"k {source}", k, peaks[1], "k"),
        ("q × k", products, peaks[2], ""),
    )
    parts = []
    for i, (label, values, peak, tint) in enumerate(rows):
        y = TOP + i * STEP
        parts.append(svg.text(LEFT - 8, y + BAND / 2 + 5, label, "s", "end"))
        parts.append(bars(values, LEFT, y, slot, peak=peak, tint=tint))
    y = TOP + 3 * STEP
    parts.append(svg.text(LEFT - 8, y + BAND / 2 + 5, "soma", "s b", "end"))
    parts.append(_running(products.cumsum(), LEFT, y, slot, peaks[3]))
    y += STEP + 22
    total = float(products.sum())
    share = "0: a máscara esconde" if weight is None else said(100 * weight, 1) + "%"
    parts.append(svg.text(LEFT, y, f"score {said(total)}", "s b"))
    scaled = f"÷ √{len(q)} = {said(total / math.sqrt(len(q)))}"
    parts.append(svg.text(LEFT + 136, y, scaled, "s"))
    parts.append(svg.text(LEFT + 300, y, f"peso {share}", "s"))
    parts.append(svg.text(LEFT - 8, y + 16 + BAND / 2 + 5, f"v {source}", "s", "end"))
    parts.append(bars(v, LEFT, y + 16, slot, peak=peaks[4], tint="v"))
    return svg.document("".join(parts), y + 16 + BAND + 8)


def dimension_place(n: int, peak: Px) -> dict[str, Px]:
    """Onde ficam as colunas e a soma em `score_frame`, para destacar uma dimensão por cima.

    Parâmetros:
        n: quantas dimensões.
        peak: valor absoluto que enche a faixa da soma.

    Retorna:
        Medidas em px; `peak`, em centésimos.
    """
    return {
        "width": svg.WIDTH,
        "left": LEFT,
        "slot": _slot(n),
        "top": TOP - 2,
        "bottom": TOP + 3 * STEP + BAND + 2,
        "zero": TOP + 3 * STEP + BAND / 2,
        "half": BAND / 2 - 1,
        "peak": 100 * peak,
    }


def _slot(n: int) -> int:
    return max(1, (svg.WIDTH - LEFT - 12) // n)  # inteiro: o desenho pesa menos


def _running(totals: np.ndarray, x: Px, y: Px, slot: Px, peak: Px) -> str:
    """A soma que anda, em degraus, da primeira à última dimensão."""
    zero = y + BAND / 2
    heights = zero - np.clip(totals / peak, -1, 1) * (BAND / 2 - 1)
    steps = "".join(f"V{h:.0f}h{svg.number(slot)}" for h in heights.tolist())
    line = f'<path d="M{svg.number(x)} {svg.number(zero)}{steps}" class="l1"/>'
    return svg.line(x, zero, x + len(totals) * slot, zero) + line


def shadow_frame(q: tuple[float, float], keys: Sequence[tuple[float, float]]) -> str:
    """Uma consulta e duas chaves no plano, a sombra de cada chave sobre a consulta e os scores.

    Parâmetros:
        q: a consulta.
        keys: as chaves A e B.
    """
    cx, cy = PLANE / 2 + 20, PLANE / 2 + 8
    parts = [
        svg.line(cx - PLANE / 2, cy, cx + PLANE / 2, cy),
        svg.line(cx, cy - PLANE / 2, cx, cy + PLANE / 2),
    ]
    length = math.hypot(*q)
    ux, uy = q[0] / length, q[1] / length
    reach = PLANE / 2 - 4
    parts.append(
        svg.line(cx - reach * ux, cy + reach * uy, cx + reach * ux, cy - reach * uy, "line dash")
    )
    right = PLANE + 60
    for i, (name, key) in enumerate(zip("AB", keys, strict=True)):
        score = q[0] * key[0] + q[1] * key[1]
        shadow = score / length
        parts.append(_dashes(cx, cy, key, (shadow * ux, shadow * uy)))
        # A chave A fica sob a consulta quando as duas se alinham; o nome dela vai ao lado.
        parts.append(_vector(cx, cy, key, "l2", f"k {name}", aside=18 * (name == "A")))
        y = 52 + i * 92
        parts.append(svg.text(right, y, f"chave {name}: sombra {said(shadow, 3)}", "s"))
        # Três casas na sombra: com duas, 2 × 0,97 não daria o 1,93 que se lê.
        text = f"score = {said(length, 0)} × {said(shadow, 3)} = {said(score)}"
        parts.append(svg.text(right, y + 22, text, "s b"))
        parts.append(_score_bar(right, y + 34, score))
    parts.append(_vector(cx, cy, q, "l1", "q"))
    return svg.document("".join(parts), PLANE + 20)


def _score_bar(x: Px, y: Px, score: float) -> str:
    """Barra deitada com o zero no meio; cheia para os positivos, vazada para os negativos."""
    middle, size = x + 150, min(abs(score) / 8, 1) * 148
    left = middle if score >= 0 else middle - size
    bar = svg.box(left, y, size, 16, "p2" if score >= 0 else "c2", 0) if size > 0.5 else ""
    return bar + svg.line(middle, y - 4, middle, y + 20)


def _dashes(cx: Px, cy: Px, tip: tuple[float, float], foot: tuple[float, float]) -> str:
    x1, y1 = cx + UNIT * tip[0], cy - UNIT * tip[1]
    x2, y2 = cx + UNIT * foot[0], cy - UNIT * foot[1]
    return svg.line(x1, y1, x2, y2, "line dash") + (
        f'<circle cx="{svg.number(x2)}" cy="{svg.number(y2)}" r="4" class="p2"/>'
    )


def _vector(
    cx: Px, cy: Px, vector: tuple[float, float], style: str, label: str, aside: Px = 0
) -> str:
    x, y = cx + UNIT * vector[0], cy - UNIT * vector[1]
    length = math.hypot(*vector)
    ux, uy = vector[0] / length, -vector[1] / length
    wings = [(x - 10 * ux + side * 5 * uy, y - 10 * uy - side * 5 * ux) for side in (1, -1)]
    points = "L".join(f"{svg.number(a)} {svg.number(b)}" for a, b in [(x, y), *wings])
    solid = style.replace("l", "p")
    return (
        svg.line(cx, cy, x, y, style)
        + f'<path d="M{points}z" class="{solid}"/>'
        + svg.text(x + 14 * ux + aside, y + 14 * uy + 5 + aside, label, "s b halo", "middle")
    )
