"""Figuras paradas em matplotlib: curvas do treino, da profundidade e da amostragem."""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float, Integer
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullLocator

from helpers.plots.figures import COLORS, DASHES, HATCHES, MARKERS, quiet
from helpers.spoken import decimal
from helpers.studies.storytelling import Tried


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


def loss_curve(
    steps: Integer[np.ndarray, " steps"],
    loss: Float[np.ndarray, " steps"],
    measured_steps: Integer[np.ndarray, " measured"],
    validation: Float[np.ndarray, " measured"],
    limit: float | None = None,
) -> Figure:
    """Curvas de perda, em nats por token, contra o passo.

    Parâmetros:
        steps: os passos, crescentes.
        loss: perda do lote em cada passo.
        measured_steps: os passos em que se mediu o texto separado; pode ser vazio.
        validation: a perda medida em cada um deles.
        limit: a entropia da fonte, traçada como piso; `None` não traça.

    Erros:
        ValueError: se não houver nenhum passo.
    """
    if not len(steps):
        raise ValueError("não há passos para desenhar: treine ao menos um.")
    figure = Figure(figsize=(6.4, 3.8), layout="constrained")
    axes = figure.subplots()
    axes.plot(steps, loss, color="#9e9e9e", linewidth=0.8, label="lote de treino")
    if len(measured_steps):
        style = {"color": COLORS[0], "marker": "o", "markersize": 4, "linewidth": 2}
        label = f"texto separado: {decimal(float(validation[-1]))} no fim"
        axes.plot(measured_steps, validation, label=label, **style)
    if limit is not None:
        label = f"entropia da gramática: {decimal(limit)}"
        axes.axhline(limit, color=COLORS[1], linestyle="--", linewidth=2, label=label)
    axes.set_xlabel("passo")
    axes.set_ylabel("perda (nats por token)")
    axes.set_ylim(bottom=0)
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: decimal(value, 1)))
    axes.grid(axis="y", alpha=0.3)
    axes.legend(frameon=False)
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
