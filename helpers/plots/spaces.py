"""Figuras de espaços de vetores: mapas de palavras, setas em duas dimensões, posições."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter
from torch import Tensor

from helpers.plots.figures import COLORS, MARKERS, quiet
from helpers.plots.svg import PALETTE
from helpers.spoken import decimal, percent

#: Seta mais curta que isto quase não guarda nada: sai tracejada.
SHORT = 0.5
MAX_GROUPS = len(MARKERS)
#: Laranja é negativo e azul é positivo, como nos mapas de calor do curso.
SIGNED = LinearSegmentedColormap.from_list("sinal", [PALETTE["orange"], "#ffffff", PALETTE["blue"]])


def plane(
    table: Float[Tensor, "row d"], rows: Sequence[int]
) -> tuple[Float[Tensor, "rows 2"], float]:
    """Põe linhas de uma tabela no plano de maior variação (PCA).

    Parâmetros:
        rows: as linhas que interessam, três ou mais.

    Retorna:
        As coordenadas de cada linha e a parte da variação que o plano guarda, de 0 a 1.

    Erros:
        ValueError: se houver menos de três linhas.
    """
    if len(rows) < 3:
        raise ValueError(f"Um plano precisa de três linhas ou mais; vieram {len(rows)}.")
    chosen = table[torch.tensor(list(rows))].double()
    centred = chosen - chosen.mean(0)
    _, sizes, axes = torch.linalg.svd(centred, full_matrices=False)
    # O sinal de um eixo é livre; a maior coordenada fica positiva, para o mapa não espelhar.
    largest = axes[:2].abs().argmax(1, keepdim=True)
    axes = axes[:2] * axes[:2].gather(1, largest).sign()
    kept = (sizes[:2].square().sum() / sizes.square().sum()).item()
    return (centred @ axes.T).to(table.dtype), kept


def word_maps(
    tables: Mapping[str, Float[Tensor, "row d"]], groups: Mapping[str, Sequence[int]]
) -> tuple[Figure, list[float]]:
    """Desenha um mapa de palavras por tabela, lado a lado, com uma marca por grupo.

    Parâmetros:
        tables: título de cada quadro e a tabela.
        groups: nome de cada grupo e as linhas dele; no máximo seis grupos.

    Retorna:
        A figura e a parte da variação que cada mapa guarda.

    Erros:
        ValueError: se houver grupos demais.
    """
    if len(groups) > MAX_GROUPS:
        raise ValueError(f"Há {len(groups)} grupos; cabem {MAX_GROUPS} marcas diferentes.")
    figure = Figure(figsize=(3.3 * len(tables), 3.6), layout="constrained")
    panels = figure.subplots(1, len(tables), squeeze=False)[0]
    rows = [row for members in groups.values() for row in members]
    shares = []
    for axes, (title, table) in zip(panels, tables.items(), strict=True):
        points, kept = plane(table, rows)
        shares.append(kept)
        start = 0
        for i, (label, members) in enumerate(groups.items()):
            part = points[start : start + len(members)]
            start += len(members)
            axes.scatter(
                part[:, 0],
                part[:, 1],
                s=26,
                color=COLORS[i],
                marker=MARKERS[i],
                edgecolor="#212121",
                linewidth=0.4,
                label=label,
            )
        _bare(axes, title, f"guarda {percent(kept)} da variação")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2, frameon=False)
    return figure, shares


def arrows(panels: Mapping[str, Float[Tensor, "n 2"]]) -> Figure:
    """Desenha as direções de cada modelo como setas que saem do centro; as curtas, tracejadas.

    Parâmetros:
        panels: título de cada quadro e as setas, uma por linha.
    """
    figure = Figure(figsize=(1.7 * len(panels), 2.3), layout="constrained")
    for axes, (title, directions) in zip(
        figure.subplots(1, len(panels), squeeze=False)[0], panels.items(), strict=True
    ):
        for i, (x, y) in enumerate(directions.tolist()):
            long = float(np.hypot(x, y)) > SHORT
            line = "-" if long else ":"
            color = COLORS[i % len(COLORS)] if long else "#616161"
            axes.plot((0, x), (0, y), line, color=color, linewidth=2)
            axes.plot(x, y, MARKERS[i % len(MARKERS)], color=color, markersize=6)
        axes.set_xlim(-1.5, 1.5)
        axes.set_ylim(-1.5, 1.5)
        axes.set_aspect("equal")
        _bare(axes, "", title.replace(", ", ",\n"))
    return figure


def position_maps(tables: Mapping[str, Float[Tensor, "pos pos"]]) -> Figure:
    """Desenha o cosseno entre cada par de posições, um quadro por tabela, na mesma escala.

    Parâmetros:
        tables: título de cada quadro e os cossenos; a diagonal não é olhada.
    """
    figure = Figure(figsize=(3.3 * len(tables), 3.4), layout="constrained")
    panels = figure.subplots(1, len(tables), squeeze=False)[0]
    for axes, (title, found) in zip(panels, tables.items(), strict=True):
        shown = found.clone().fill_diagonal_(1.0)
        image = axes.imshow(shown.numpy(), cmap=SIGNED, vmin=-1, vmax=1)
        axes.set_title(title)
        axes.set_xlabel("posição")
        axes.set_ylabel("posição")
    bar = figure.colorbar(image, ax=list(panels), shrink=0.8)
    bar.set_label("cosseno")
    bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: decimal(value, 1)))
    bar.set_ticks([-1, -0.5, 0, 0.5, 1])
    return figure


def _bare(axes: Axes, title: str, below: str) -> None:
    axes.set_title(title)
    axes.set_xlabel(below)
    axes.set_xticks([])
    axes.set_yticks([])
    quiet(axes)
