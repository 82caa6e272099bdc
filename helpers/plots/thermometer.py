"""Os pesos das chaves em barras e, ao lado, o que a saturação faz: desvio, entropia, gradiente."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from helpers.plots import svg
from helpers.plots.matrix import said

LEFT, BASE, HEIGHT = 40, 214, 168  # onde começam, terminam e quanto sobem as barras
STEP, BAR = 21, 15
SIDE = 410  # onde começam os medidores


def thermometer_frame(
    weights: Float[np.ndarray, " key"],
    gauges: Sequence[tuple[str, float, float, int]],
    title: str,
    saturated: bool,
) -> str:
    """Barras dos pesos, do maior ao menor, e medidores com o número na ponta.

    Parâmetros:
        weights: pesos em ordem decrescente; somam 1.
        gauges: nome, valor, valor da barra cheia e casas decimais de cada medidor.
        title: o que se lê em cima.
        saturated: se as barras levam hachura e cor de alerta.
    """
    style, n_keys = ("c2" if saturated else "c1"), len(weights)
    width = n_keys * STEP
    parts = [
        svg.text(LEFT - 24, 20, title, "s b"),
        svg.line(LEFT, BASE, LEFT + width, BASE),
        svg.text(LEFT - 6, BASE - HEIGHT + 5, "1", "m", "end"),
        svg.text(LEFT - 6, BASE + 5, "0", "m", "end"),
        svg.text(LEFT, BASE + 22, f"pesos médios das {n_keys} chaves, em ordem", "m"),
    ]
    equal = BASE - HEIGHT / n_keys
    for i, weight in enumerate(weights.tolist()):
        tall = max(1, round(HEIGHT * weight))
        x = LEFT + 3 + i * STEP
        parts.append(svg.box(x, BASE - tall, BAR, tall, style, 1))
        if saturated and tall > 8:
            parts.append(svg.hatch(x, BASE - tall, BAR, tall, 7))
    first = BASE - max(1, round(HEIGHT * weights[0].item()))
    parts.append(svg.text(LEFT + 3, first - 6, said(weights[0].item()), "s b"))
    parts.append(svg.line(LEFT, equal, LEFT + width, equal, "line dash"))
    parts.append(svg.text(LEFT + width, equal - 7, "pesos iguais", "m", "end"))
    for i, (name, value, full, places) in enumerate(gauges):
        parts.append(_gauge(name, value, full, places, 44 + i * 46))
    return svg.document("".join(parts), BASE + 34)


def _gauge(name: str, value: float, full: float, places: int, y: int) -> str:
    length = 214
    filled = round(length * min(1.0, value / full), 1)
    return (
        svg.text(SIDE, y, name, "s")
        + svg.text(SIDE + length, y, said(value, places), "ks b", "end")
        + svg.box(SIDE, y + 7, length, 10, "soft", 2)
        + svg.box(SIDE, y + 7, max(1.0, filled), 10, "p1", 2)
    )
