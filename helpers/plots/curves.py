"""Curvas em escala logarítmica, com o nome de cada uma escrito na ponta."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Integer
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from helpers.plots.figures import COLORS, DASHES, MARKERS, quiet


def log_curves(
    x: Integer[np.ndarray, " points"],
    series: Float[np.ndarray, "series points"],
    labels: Sequence[str],
    xlabel: str,
    ylabel: str,
) -> Figure:
    """Curvas com os dois eixos logarítmicos, em que uma potência vira uma reta.

    Parâmetros:
        x: abscissas, positivas e crescentes.
        series: uma linha por curva; o que não for positivo fica fora do desenho.
        labels: nome de cada curva, escrito junto do seu último ponto.
        xlabel: o que está na horizontal, com a unidade.
        ylabel: o que está na vertical, com a unidade.

    Erros:
        ValueError: se os rótulos não forem um por curva, ou as curvas passarem de seis.
    """
    if len(labels) != len(series) or len(labels) > len(COLORS):
        raise ValueError(
            f"Há {len(labels)} rótulos e {len(series)} curvas; "
            f"é um rótulo por curva, e cabem {len(COLORS)}."
        )
    figure = Figure(figsize=(6.4, 3.8), layout="constrained")
    axes = figure.subplots()
    for i, (values, label) in enumerate(zip(series, labels, strict=True)):
        seen = values > 0
        style = {"color": COLORS[i], "marker": MARKERS[i], "linestyle": DASHES[i]}
        axes.plot(x[seen], values[seen], linewidth=2, markersize=6, label=label, **style)
        axes.annotate(
            label,
            (float(x[seen][-1]), float(values[seen][-1])),
            xytext=(10, 0),
            textcoords="offset points",
            va="center",
            annotation_clip=False,
        )
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.set_xticks(x, [f"{value}" for value in x])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel(xlabel)
    axes.set_ylabel(ylabel)
    quiet(axes)
    axes.grid(axis="y", alpha=0.3)
    return figure


def slope(x: Integer[np.ndarray, " points"], y: Float[np.ndarray, " points"]) -> float:
    """Expoente da potência que melhor descreve a curva: a inclinação da reta em escala log-log.

    Parâmetros:
        x: abscissas positivas.
        y: ordenadas positivas.
    """
    return float(np.polyfit(np.log(x), np.log(y), 1)[0])
