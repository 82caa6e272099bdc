"""Figuras paradas do texto: o mapa do caminho e curvas em matplotlib (`Figure`, sem pyplot)."""

import itertools
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Integer
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullLocator

from helpers.plots import svg
from helpers.plots.svg import Px
from helpers.spoken import decimal

# A etapa de número n se constrói no notebook de número n.
STAGES = (
    "texto",
    "tokens",
    "embeddings",
    "Q, K, V",
    "scores",
    "cabeças",
    "fluxo residual",
    "bloco",
    "amostragem",
)
PER_ROW = 5
BOX_W, BOX_H, GAP_X = 117, 48, 12
COLORS = tuple(svg.PALETTE[name] for name in ("blue", "orange", "green", "pink", "yellow", "sky"))
MARKERS = ("o", "s", "^", "D", "v", "P")
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1)))
HATCHES = ("", "//", "..", "xx", "\\\\", "--")


def pipeline(stage: int | None = None) -> str:
    """Caminho do texto ao texto, em nove etapas, com a atual em destaque, em SVG.

    Parâmetros:
        stage: etapa em destaque, de 0 (texto) a 8 (amostragem), que é o número do notebook;
            `None`, nenhuma.

    Erros:
        ValueError: se a etapa não existir.
    """
    if stage is not None and not 0 <= stage < len(STAGES):
        raise ValueError(f"stage={stage} deve ficar entre 0 e {len(STAGES) - 1}, ou ser None.")
    places = [_stage_place(i) for i in range(len(STAGES))]
    parts = [_stage_arrow(places[i], places[i + 1]) for i in range(len(STAGES) - 1)]
    for i, (name, (x, y)) in enumerate(zip(STAGES, places, strict=True)):
        parts.append(_stage_box(i, name, x, y, stage))
    x, y = places[-1]
    parts.append(svg.line(x + BOX_W, y + BOX_H / 2, x + BOX_W + 10, y + BOX_H / 2))
    parts.append(svg.text(x + BOX_W + 14, y + 21, "e de novo,", "s"))
    parts.append(svg.text(x + BOX_W + 14, y + 39, "token a token", "s"))
    return svg.document("".join(parts), 176)


def _stage_place(i: int) -> tuple[Px, Px]:
    row, column = divmod(i, PER_ROW)
    return 4 + column * (BOX_W + GAP_X), 22 + row * 82


def _stage_arrow(a: tuple[Px, Px], b: tuple[Px, Px]) -> str:
    (x1, y1), (x2, y2) = a, b
    middle = BOX_H / 2
    if y1 == y2:
        tip = x2 - 2
        return svg.line(x1 + BOX_W, y1 + middle, tip, y1 + middle) + _tip(tip, y1 + middle)
    # Da ponta da primeira fileira ao começo da segunda, pelo corredor entre as duas.
    lane = y1 + BOX_H + 17
    turn = f"M{x1 + BOX_W / 2:g} {y1 + BOX_H:g}V{lane:g}H{x2 + BOX_W / 2:g}V{y2 - 4:g}"
    point = f"M{x2 + BOX_W / 2:g} {y2 - 1:g}l-5 -9h10z"
    return f'<path d="{turn}" class="line"/><path d="{point}" class="ink"/>'


def _tip(x: Px, y: Px) -> str:
    return f'<path d="M{x:g} {y:g}l-9 -5v10z" class="ink"/>'


def _stage_box(i: int, name: str, x: Px, y: Px, stage: int | None) -> str:
    here = i == stage
    later = stage is not None and i > stage
    parts = [svg.box(x, y, BOX_W, BOX_H, "box dash" if later else "box")]
    if here:
        parts.append(svg.box(x, y, BOX_W, BOX_H, "c1"))
    elif stage is not None and not later:
        parts.append(svg.box(x + 1, y + 1, BOX_W - 2, BOX_H - 2, "soft"))
    parts.append(svg.text(x + BOX_W / 2, y + 21, name, "s b" if here else "s", "middle"))
    mark = "você está aqui" if here else f"{i:02d}"
    parts.append(svg.text(x + BOX_W / 2, y + 39, mark, "s" if here else "m", "middle"))
    return "".join(parts)


def compression_curve(
    vocab_sizes: Integer[np.ndarray, " sizes"],
    bytes_per_token: Float[np.ndarray, "series sizes"],
    labels: Sequence[str],
) -> Figure:
    """Curvas de bytes por token contra o tamanho do vocabulário, uma por texto.

    Parâmetros:
        vocab_sizes: tamanhos de vocabulário, em tokens, crescentes.
        bytes_per_token: bytes por token; uma linha por série.
        labels: nome de cada série, escrito na ponta da curva.

    Erros:
        ValueError: se os rótulos não forem um por série, ou as séries passarem de seis.
    """
    if len(labels) != len(bytes_per_token) or len(labels) > len(COLORS):
        raise ValueError(
            f"Há {len(labels)} rótulos e {len(bytes_per_token)} séries; "
            f"é um rótulo por série, e cabem {len(COLORS)}."
        )
    figure = Figure(figsize=(6.4, 3.8), layout="constrained")
    axes = figure.subplots()
    ends = _spread([float(series[-1]) for series in bytes_per_token])
    for i, (series, label) in enumerate(zip(bytes_per_token, labels, strict=True)):
        style = {"color": COLORS[i], "marker": MARKERS[i], "linestyle": DASHES[i]}
        axes.plot(vocab_sizes, series, linewidth=2, markersize=6, label=label, **style)
        axes.annotate(
            f" {label}: {decimal(float(series[-1]))}",
            (float(vocab_sizes[-1]), ends[i]),
            xytext=(8, 0),
            textcoords="offset points",
            va="center",
            annotation_clip=False,
        )
    axes.set_xscale("log", base=2)
    axes.set_xticks(vocab_sizes, [f"{size}" for size in vocab_sizes])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel("tamanho do vocabulário (tokens)")
    axes.set_ylabel("bytes por token")
    axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: decimal(value, 1)))
    quiet(axes)
    axes.grid(axis="y", alpha=0.3)
    return figure


def _spread(values: list[float]) -> list[float]:
    """Alturas dos rótulos na ponta das curvas, afastadas o bastante para não se cobrirem."""
    step = 0.07 * (max(values) - min(min(values), 1.0)) or 0.1
    order = sorted(range(len(values)), key=values.__getitem__)
    placed = list(values)
    for below, above in itertools.pairwise(order):
        placed[above] = max(placed[above], placed[below] + step)
    return placed


def bars(
    labels: Sequence[str],
    values: Float[np.ndarray, " bars"],
    xlabel: str,
    *,
    highlight: int | None = None,
    places: int = 2,
) -> Figure:
    """Barras deitadas com o número na ponta.

    Parâmetros:
        labels: nome de cada barra, de cima para baixo.
        values: comprimento de cada uma, zero ou mais.
        xlabel: o que se mede, com a unidade.
        highlight: barra em destaque: azul, hachurada e em negrito.
        places: casas decimais do número na ponta.

    Erros:
        ValueError: se os rótulos não forem um por barra.
    """
    if len(labels) != len(values):
        raise ValueError(f"Há {len(labels)} rótulos e {len(values)} valores; é um por barra.")
    figure = Figure(figsize=(6.4, 0.8 + 0.42 * len(labels)), layout="constrained")
    axes = figure.subplots()
    rows = np.arange(len(labels))
    chosen = [i == highlight for i in rows]
    axes.barh(
        rows,
        values,
        height=0.62,
        color=[COLORS[0] if here else "#bdbdbd" for here in chosen],
        edgecolor="#212121",
        hatch=[HATCHES[1] if here else "" for here in chosen],
    )
    for row, value in zip(rows, values, strict=True):
        weight = "bold" if chosen[row] else "normal"
        axes.annotate(
            decimal(float(value), places),
            (float(value), row),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            fontweight=weight,
        )
    axes.set_yticks(rows, labels)
    axes.invert_yaxis()
    axes.margins(x=0.12)
    axes.set_xlim(left=0)
    axes.set_xlabel(xlabel)
    axes.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: decimal(value, 1)))
    quiet(axes)
    return figure


def quiet(axes: Axes) -> None:
    """Tira as bordas de cima e da direita, que não dizem nada."""
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
