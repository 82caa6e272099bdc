"""Termômetro do √d_head: a largura esquenta os scores, a raiz esfria, e a condição importa.

Exemplo com números sorteados: uma consulta e 16 chaves por vez, 400 vezes, sempre os mesmos.
"""

import functools
from math import log, sqrt
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from helpers.explorables.base import show
from helpers.explorables.flipper import Flipper
from helpers.explorables.frames import Axis, Challenge, Frame, Prediction, Table
from helpers.plots.matrix import said
from helpers.plots.thermometer import thermometer_frame

N_KEYS, DRAWS = 16, 400
WIDTHS = (4, 16, 64, 256, 1024)
SPREADS = (0.5, 1.0, 2.0)  # desvio padrão das componentes da consulta
SATURATED = 0.6  # acima deste peso médio, uma chave só decide quase tudo


class Reading(NamedTuple):
    """O que os sorteios de um ajuste mostram, em média."""

    weights: Float[np.ndarray, " key"]  # do maior ao menor
    deviation: float  # dos scores
    entropy: float  # em nats, de 0 a log 16
    gradient: float  # mediana do tamanho do gradiente na consulta


class Draws(NamedTuple):
    """Sorteios de uma largura: produtos escalares, produtos entre as chaves e valores."""

    products: Float[np.ndarray, "draw key"]
    gram: Float[np.ndarray, "draw key key"]
    values: Float[np.ndarray, "draw key"]


@functools.cache
def draws(width: int) -> Draws:
    """Sorteia consultas e chaves de média 0 e desvio 1.

    Parâmetros:
        width: componentes de consulta e chave.
    """
    source = np.random.default_rng(width)
    query = source.standard_normal((DRAWS, width, 1))
    keys = source.standard_normal((DRAWS, N_KEYS, width))
    values = source.standard_normal((DRAWS, N_KEYS))
    return Draws((keys @ query)[..., 0], keys @ keys.transpose(0, 2, 1), values)


@functools.cache
def reading(width: int, scale: bool, spread: float) -> Reading:
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
    return Reading(
        -np.sort(-weights, axis=-1).mean(0),
        float(scores.std()),
        float(entropy),
        float(np.median(np.sqrt(np.maximum(squared, 0.0)))) * factor,
    )


def thermometer_state(width: int, scale: bool, spread: float) -> Frame:
    """Quadro de um ajuste.

    Parâmetros:
        width: componentes de consulta e chave.
        scale: se divide pela raiz da largura.
        spread: desvio padrão das componentes da consulta.
    """
    found = reading(width, scale, spread)
    top = float(found.weights[0])
    gauges = (
        ("desvio dos scores", found.deviation, 8.0, 2),
        ("maior peso, em média", top, 1.0, 2),
        (f"entropia (máximo {said(log(N_KEYS))})", found.entropy, log(N_KEYS), 2),
        ("gradiente mediano", found.gradient, 1.5, 4),
    )
    how = "dividido pela raiz" if scale else "sem dividir"
    drawing = thermometer_frame(
        found.weights, gauges, f"Exemplo sorteado: largura {width}, {how}", top > SATURATED
    )
    verdict = "Saturou: uma chave leva quase tudo." if top > SATURATED else "Há peso para várias."
    if found.gradient < 0.01:
        verdict += " Metade das consultas ou mais quase não recebe gradiente."
    sentence = (
        f"Largura {width}, {how}, componentes da consulta com desvio {said(spread, 1)}: "
        f"scores com desvio {said(found.deviation)}; o maior peso é, em média, {said(top)}. "
        f"{verdict}"
    )
    rows = tuple((name, said(value, places)) for name, value, _, places in gauges)
    return Frame(drawing, sentence, Table(("medida", "valor"), rows))


def thermometer(name: str = "w8") -> Flipper:
    """Termômetro do √d_head: largura, divisão e a condição de que ela depende.

    Parâmetros:
        name: nome na lista de exploráveis vivos.
    """
    question = Prediction(
        "Com a raiz ligada, a largura vai de 4 a 1024. O que acontece com o maior peso?",
        ("sobe até perto de 1", "fica quase igual", "desce até 1/16"),
        "fica quase igual",
        (
            "É o que acontece sem a raiz. Ligue e desligue na largura 1024.",
            "A raiz desfaz exatamente o que a largura faz, se as componentes têm desvio 1.",
            "Só se os scores encolhessem. A raiz mantém o desvio deles perto de 1.",
        ),
        cover=thermometer_frame(
            np.full(N_KEYS, 1 / N_KEYS), (), f"{N_KEYS} chaves, antes de qualquer score", False
        ),
    )
    return show(
        name,
        Flipper(
            thermometer_state,
            [
                Axis("width", "largura da cabeça", WIDTHS),
                Axis("scale", "dividir por √d_head", (True, False), ("sim", "não"), "buttons"),
                Axis(
                    "spread",
                    "desvio das componentes da consulta",
                    SPREADS,
                    tuple(said(spread, 1) for spread in SPREADS),
                    "buttons",
                ),
            ],
            "Termômetro do √d_head",
            name="w8",
            title="Termômetro do √d_head: quando o softmax satura?",
            question=question,
            start={"width": 64, "spread": 1.0},
            challenges=(
                Challenge(
                    "Faça a mediana do gradiente ficar abaixo de 0,01.",
                    lambda width, scale, spread: reading(width, scale, spread).gradient < 0.01,
                ),
                Challenge(
                    "Com a raiz ligada, quebre a condição: leve o desvio dos scores a 2.",
                    lambda width, scale, spread: (
                        scale and reading(width, scale, spread).deviation > 1.8
                    ),
                ),
            ),
        ),
    )
