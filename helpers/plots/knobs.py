"""Figuras paradas da amostragem: sorteios sobre barras, histórias por temperatura, calibração."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Integer
from matplotlib.figure import Figure

from helpers.plots.figures import COLORS, HATCHES, decimal, quiet


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


def two_prices(
    temperatures: Float[np.ndarray, " knobs"],
    right: Float[np.ndarray, " knobs"],
    distinct: Float[np.ndarray, " knobs"],
) -> Figure:
    """Duas curvas contra a temperatura: histórias certas, que caem, e variedade, que sobe.

    Parâmetros:
        temperatures: as temperaturas, crescentes.
        right: parte das histórias inteiramente certas, de 0 a 1.
        distinct: variedade, de 0 a 1.
    """
    figure = Figure(figsize=(6.4, 3.6), layout="constrained")
    axes = figure.subplots()
    lines = ((right, "histórias certas", "o", "-"), (distinct, "variedade (distinct-2)", "s", "--"))
    for i, (series, label, marker, dash) in enumerate(lines):
        axes.plot(temperatures, series, dash, marker=marker, color=COLORS[i], linewidth=2)
        axes.annotate(
            f" {label}",
            (float(temperatures[-1]), float(series[-1])),
            xytext=(8, 0),
            textcoords="offset points",
            va="center",
            annotation_clip=False,
        )
    axes.set_xticks(temperatures, [decimal(float(t)).rstrip("0").rstrip(",") for t in temperatures])
    axes.set_ylim(-0.03, 1.03)
    axes.set_xlabel("temperatura")
    axes.set_ylabel("parte, de 0 a 1")
    quiet(axes)
    axes.grid(axis="y", alpha=0.3)
    return figure


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
