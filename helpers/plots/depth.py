"""Curvas ao longo da profundidade: quanto do sinal chega, e como o fluxo muda."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from helpers.plots.figures import COLORS, DASHES, HATCHES, MARKERS, decimal, quiet


def depth_curves(
    curves: Mapping[str, Sequence[float]], xlabel: str, ylabel: str, *, log: bool = False
) -> Figure:
    """Uma curva por nome, contra a profundidade, com o nome na ponta.

    Parâmetros:
        curves: nome de cada curva e seus valores, do primeiro bloco ao último.
        xlabel: o que se conta na horizontal.
        ylabel: o que se mede, com a unidade.
        log: se a vertical é logarítmica.

    Erros:
        ValueError: se houver curvas demais para as cores do curso.
    """
    if len(curves) > len(COLORS):
        raise ValueError(f"São {len(curves)} curvas; cabem {len(COLORS)}.")
    figure = Figure(figsize=(6.4, 3.4), layout="constrained")
    axes = figure.subplots()
    for i, (name, values) in enumerate(curves.items()):
        depth = np.arange(1, len(values) + 1)
        style = {"color": COLORS[i], "marker": MARKERS[i], "linestyle": DASHES[i]}
        axes.plot(depth, values, linewidth=2, markersize=4, label=name, **style)
    if log:
        axes.set_yscale("log")
    axes.set_xlabel(xlabel)
    axes.set_ylabel(ylabel)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(frameon=False)
    quiet(axes)
    axes.grid(axis="y", alpha=0.3)
    return figure


def norm_and_cosine(sizes: Mapping[str, float], cosines: Mapping[str, float]) -> Figure:
    """A norma do fluxo e o cosseno com a entrada, soma por soma, em dois quadros.

    Parâmetros:
        sizes: nome de cada ponto do fluxo e a norma média nele.
        cosines: os mesmos pontos e o cosseno médio com a entrada.

    Erros:
        ValueError: se os pontos não forem os mesmos.
    """
    if list(sizes) != list(cosines):
        raise ValueError(f"Os pontos diferem: {list(sizes)} e {list(cosines)}.")
    figure = Figure(figsize=(6.4, 3.6), layout="constrained")
    panels = zip(
        figure.subplots(2, 1, sharex=True),
        (sizes, cosines),
        ("norma do fluxo", "cosseno com a entrada"),
        (1, 2),
        strict=True,
    )
    for axes, values, label, places in panels:
        bars = axes.bar(
            list(values),
            list(values.values()),
            width=0.6,
            color=COLORS[places - 1],
            hatch=HATCHES[places - 1],
            edgecolor="#212121",
        )
        axes.bar_label(bars, [decimal(value, places) for value in values.values()], padding=2)
        axes.set_ylabel(label, fontsize=9)
        axes.margins(y=0.2)
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: decimal(value, 1)))
        axes.yaxis.set_major_locator(MaxNLocator(4))
        quiet(axes)
    return figure
