"""Termômetro do √d_head: a largura esquenta os scores, a raiz esfria, e a condição importa.

Exemplo com números sorteados: uma consulta e 16 chaves por vez, 400 vezes, sempre os mesmos.
"""

import functools
from collections.abc import Sequence
from math import log, sqrt
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from helpers.explorables.kit.flipper import Flipper
from helpers.explorables.kit.frames import Axis, Frame, Numbers, following
from helpers.explorables.kit.memory import opens
from helpers.explorables.kit.words import words
from helpers.plots import svg
from helpers.spoken import decimal

TEXT = words("w8")

N_KEYS, DRAWS = 16, 400
WIDTHS = (4, 16, 64, 256, 1024)
SPREADS = (0.5, 1.0, 2.0)  # desvio padrão das componentes da consulta
MOST, ALMOST_ALL = 0.5, 0.9  # a partir destes pesos médios, uma chave leva a maior parte, ou tudo
FLAT = 0.01  # abaixo deste tamanho, o gradiente quase não chega
TENTHS = (0.1, 0.5, 0.9)
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
    parts.append(svg.text(LEFT + 3, first - 6, decimal(weights[0].item()), "s b"))
    parts.append(svg.line(LEFT, equal, LEFT + width, equal, "line dash"))
    parts.append(svg.text(LEFT + width, equal - 7, "pesos iguais", "m", "end"))
    for i, (name, value, full, places) in enumerate(gauges):
        parts.append(_gauge(name, value, full, places, 30 + i * 38))
    return svg.document("".join(parts), BASE + 34)


def _gauge(name: str, value: float, full: float, places: int, y: int) -> str:
    length = 214
    filled = round(length * min(1.0, value / full), 1)
    return (
        svg.text(SIDE, y, name, "s")
        + svg.text(SIDE + length, y, decimal(value, places), "ks b", "end")
        + svg.box(SIDE, y + 7, length, 10, "soft", 2)
        + svg.box(SIDE, y + 7, max(1.0, filled), 10, "p1", 2)
    )


class Averages(NamedTuple):
    """O que os sorteios de um ajuste mostram, em média."""

    weights: Float[np.ndarray, " key"]  # do maior ao menor
    deviation: float  # dos scores
    entropy: float  # em nats, de 0 a log 16
    gradient: tuple[float, float, float]  # tamanho dele na consulta: um, cinco e nove décimos


class Draws(NamedTuple):
    """Sorteios de uma largura: produtos escalares, produtos entre as chaves e valores."""

    products: Float[np.ndarray, "draw key"]
    gram: Float[np.ndarray, "draw key key"]
    values: Float[np.ndarray, "draw key"]


@functools.cache
def draws(width: int) -> Draws:
    """Sorteia consultas e chaves de `width` componentes, de média 0 e desvio 1."""
    source = np.random.default_rng(width)
    query = source.standard_normal((DRAWS, width, 1))
    keys = source.standard_normal((DRAWS, N_KEYS, width))
    values = source.standard_normal((DRAWS, N_KEYS))
    return Draws((keys @ query)[..., 0], keys @ keys.transpose(0, 2, 1), values)


@functools.cache
def reading(width: int, scale: bool, spread: float) -> Averages:
    """Mede os pesos e o gradiente de um ajuste.

    Parâmetros:
        width: componentes de consulta e chave.
        scale: se divide pela raiz da largura.
        spread: desvio padrão das componentes da consulta.
    """
    found, factor = draws(width), 1 / sqrt(width) if scale else 1.0
    scores = found.products * spread * factor
    grown = np.exp(scores - scores.max(-1, keepdims=True))
    weights = grown / grown.sum(-1, keepdims=True)
    entropy = -(weights * np.log(np.maximum(weights, 1e-300))).sum(-1).mean()
    # O gradiente é Σ pull_j k_j; o quadrado do seu tamanho só usa produtos entre as chaves.
    pull = weights * (found.values - (weights * found.values).sum(-1, keepdims=True))
    squared = np.einsum("nj,njk,nk->n", pull, found.gram, pull)
    return Averages(
        -np.sort(-weights, axis=-1).mean(0),
        float(scores.std()),
        float(entropy),
        tuple((np.quantile(np.sqrt(np.maximum(squared, 0.0)), TENTHS) * factor).tolist()),
    )


def thermometer_state(width: int, scale: bool, spread: float) -> Frame:
    """Quadro de um ajuste: largura `width` e desvio `spread` das componentes da consulta."""
    found = reading(width, scale, spread)
    top = float(found.weights[0])
    low, middle, high = found.gradient
    gauges = (
        ("desvio dos scores", found.deviation, 8.0, 2),
        ("maior peso, em média", top, 1.0, 2),
        (f"entropia (máximo {decimal(log(N_KEYS))})", found.entropy, log(N_KEYS), 2),
        ("gradiente, 1.º décimo", low, 1.5, 4),
        ("gradiente, mediana", middle, 1.5, 4),
        ("gradiente, 9.º décimo", high, 6.0, 2),
    )
    how = "dividido pela raiz" if scale else "sem dividir"
    drawing = thermometer_frame(
        found.weights, gauges, f"Sorteio de largura {width}, {how}", top > MOST
    )
    drawing = svg.over(
        drawing,
        svg.zone((2, 2, SIDE - 12, 26), scale=not scale),
        svg.zone((2, 32, SIDE - 12, BASE), width=following(WIDTHS, width)),
        svg.zone((SIDE - 4, 8, 226, 238), spread=following(SPREADS, spread)),
    )
    sentence = (
        f"Largura {width}, {how}, componentes da consulta com desvio {decimal(spread, 1)}: "
        f"scores com desvio {decimal(found.deviation)}; o maior peso é, em média, {decimal(top)}. "
        f"{_verdict(top, found.gradient)}"
    )
    rows = tuple((name, decimal(value, places)) for name, value, _, places in gauges)
    return Frame(drawing, sentence, Numbers(("medida", "valor"), rows))


def _verdict(top: float, gradient: tuple[float, float, float]) -> str:
    if top > ALMOST_ALL:
        said = "Saturou: uma chave leva quase tudo."
    elif top > MOST:
        said = "Uma chave leva mais da metade."
    else:
        said = "Há peso para várias."
    low, middle, high = gradient
    if middle < FLAT:
        return f"{said} Metade das consultas ou mais quase não recebe gradiente."
    if low < FLAT:
        return f"{said} Um décimo das consultas quase não recebe gradiente."
    times = decimal(high / low, 1)
    return f"{said} Do décimo mais fraco ao mais forte, o gradiente cresce {times} vezes."


@opens
def thermometer() -> Flipper:
    """Termômetro do √d_head: largura, divisão e a condição de que ela depende."""
    question = TEXT.opening(
        thermometer_frame(
            np.full(N_KEYS, 1 / N_KEYS), (), f"{N_KEYS} chaves, antes de qualquer score", False
        )
    )
    return Flipper(
        thermometer_state,
        [
            Axis("width", "largura da cabeça", WIDTHS),
            Axis("scale", "dividir por √d_head", (True, False), ("sim", "não"), "buttons"),
            Axis(
                "spread",
                "desvio das componentes da consulta",
                SPREADS,
                tuple(decimal(spread, 1) for spread in SPREADS),
                "buttons",
            ),
        ],
        **TEXT.heading(),
        question=question,
        start={"width": 64, "spread": 1.0},
        challenges=TEXT.challenges(
            {
                "gradiente": lambda most, **state: reading(**state).gradient[1] < most,
                "desvio": lambda least, **state: (
                    state["scale"] and reading(**state).deviation > least
                ),
            },
            most=FLAT,
            least=1.5,
        ),
    )
