"""Figuras paradas da amostragem: sorteios sobre barras, o preço de cada botão, calibração."""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float, Integer
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from helpers.knobs import Tried
from helpers.plots.figures import COLORS, DASHES, HATCHES, MARKERS, decimal, quiet


def draws_over_bars(
    labels: Sequence[str],
    probs: Float[np.ndarray, " tokens"],
    counts: Integer[np.ndarray, " tokens"],
) -> Figure:
    """Barras com a probabilidade e, sobre cada uma, um losango com a frequência observada.

    Parâmetros:
        labels: nome de cada token, de cima para baixo.
        probs: probabilidade de cada um.
        counts: quantas vezes cada um saiu.

    Erros:
        ValueError: se os rótulos não forem um por barra.
    """
    if not len(labels) == len(probs) == len(counts):
        raise ValueError(f"Há {len(labels)} rótulos e {len(probs)} barras; é um por barra.")
    figure = Figure(figsize=(6.4, 0.9 + 0.36 * len(labels)), layout="constrained")
    axes = figure.subplots()
    rows, total = np.arange(len(labels)), max(1, int(counts.sum()))
    axes.barh(rows, probs, 0.66, color="#d9e8f3", edgecolor=COLORS[0], hatch=HATCHES[1])
    axes.plot(counts / total, rows, "D", color=COLORS[1], markersize=8, clip_on=False)
    for row, (prob, count) in enumerate(zip(probs, counts, strict=True)):
        axes.annotate(
            f"{decimal(float(prob))} · saiu {count}",
            (max(float(prob), count / total), row),
            xytext=(10, 0),
            textcoords="offset points",
            va="center",
        )
    axes.set_yticks(rows, labels)
    axes.invert_yaxis()
    axes.margins(x=0.25)
    axes.set_xlim(left=0)
    axes.set_xlabel(f"probabilidade (barra) e frequência em {total} sorteios (losango)")
    quiet(axes)
    return figure


def trade_off(knobs: Mapping[str, Mapping[float | int, Tried]], start: Tried) -> Figure:
    """Histórias certas contra variedade: um caminho por botão, que sai do modelo sem botão nenhum.

    Parâmetros:
        knobs: de cada botão, o que se mediu em cada ajuste; ao lado de um ponto vai o ajuste.
        start: o que se mediu sem botão nenhum, de onde saem os caminhos.
    """
    figure = Figure(figsize=(6.4, 4.6), layout="constrained")
    axes = figure.subplots()
    for i, (name, tries) in enumerate(knobs.items()):
        style = {"color": COLORS[i], "marker": MARKERS[i], "linestyle": DASHES[i], "label": name}
        # Um botão que já passa pelo começo, como a temperatura 1, não sai dele outra vez.
        path = list(tries.values()) if start in tries.values() else [start, *tries.values()]
        axes.plot([one.distinct for one in path], [one.share for one in path], **style)
        for value, one in tries.items():
            axes.annotate(
                _short(value),
                (one.distinct, one.share),
                xytext=(6, 5),
                textcoords="offset points",
                fontsize=9,
            )
    axes.plot(start.distinct, start.share, "o", color="black", markersize=11, fillstyle="none")
    axes.set_xlim(left=-0.02)
    axes.set_ylim(-0.05, 1.05)
    axes.set_xlabel("variedade (distinct-2)")
    axes.set_ylabel("histórias certas, de 0 a 1")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda value, _: decimal(value, 1)))
    axes.legend(loc=(0.01, 0.01), frameon=False)
    quiet(axes)
    axes.grid(alpha=0.3)
    return figure


def _short(value: float | int) -> str:
    return decimal(float(value)).rstrip("0").rstrip(",")


def reliability_diagram(
    said: Float[np.ndarray, " bins"],
    happened: Float[np.ndarray, " bins"],
    counts: Integer[np.ndarray, " bins"],
) -> Figure:
    """Diagrama de calibração: um ponto por faixa de confiança e a diagonal de quem não exagera.

    Parâmetros:
        said: confiança média da faixa.
        happened: parte que de fato aconteceu.
        counts: quantos casos há na faixa.
    """
    figure = Figure(figsize=(4.6, 4.2), layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], ":", color="#616161", linewidth=1.5)
    axes.plot(said, happened, "-o", color=COLORS[0], linewidth=2, markersize=8)
    for x, y, n in zip(said, happened, counts, strict=True):
        axes.annotate(
            f"{n}", (float(x), float(y)), xytext=(8, -12), textcoords="offset points", fontsize=9
        )
    axes.annotate("dito = acontecido", (0.62, 0.55), rotation=42, color="#616161", fontsize=9)
    axes.set_xlim(0, 1.05)
    axes.set_ylim(0, 1.05)
    axes.set_xlabel("o que o modelo disse")
    axes.set_ylabel("o que aconteceu")
    quiet(axes)
    return figure
