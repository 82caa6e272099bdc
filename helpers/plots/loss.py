"""A curva do treino: a perda de cada passo, a do texto separado e o limite, quando se conhece."""

import numpy as np
from jaxtyping import Float, Integer
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from helpers.plots.figures import COLORS, decimal, quiet


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
