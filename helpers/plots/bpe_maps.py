"""Desenhos do BPE além do passo a passo: o mapa das escolhas e a lista aplicada a uma palavra."""

import itertools
from collections.abc import Sequence

from helpers.plots import svg
from helpers.plots.bpe import (
    BOX,
    GAP,
    MARGIN,
    Pair,
    Span,
    pair_label,
    tape,
    tape_height,
    word_label,
)
from helpers.plots.svg import Px

Symbols = tuple[bytes, ...]
NODE = 26  # altura de um nó do mapa
STEP = 34  # distância entre dois nós de uma coluna
STAGE = 46  # altura de uma linha da codificação


def choice_frame(
    symbols: Symbols,
    tied: Sequence[Pair],
    merges: Sequence[Pair],
    nodes: Sequence[Symbols],
    roads: Sequence[tuple[Symbols, Symbols]],
    trail: Sequence[Symbols],
) -> str:
    """A fita, os pares empatados e o mapa de tudo o que se pode escolher.

    Parâmetros:
        symbols: a fita agora.
        tied: pares empatados; arcos tracejados.
        merges: fusões já escolhidas, em ordem.
        nodes: todos os estados possíveis da palavra.
        roads: que estado leva a que estado.
        trail: estados por onde se passou, o atual por último.
    """
    top = 8 + tape_height(1)
    order = ", ".join(svg.token_label(left + right) for left, right in merges) or "nenhuma ainda"
    parts = [
        tape(symbols, 4, None, tied),
        svg.line(MARGIN, top, svg.WIDTH - MARGIN, top),
        svg.text(MARGIN, top + 24, "Suas fusões:", "s b"),
        svg.text(MARGIN + 112, top + 24, order, "ks"),
    ]
    places, height = _map_places(nodes, top + 40)
    walked = set(itertools.pairwise(trail))
    # Primeiro as estradas por andar, depois as andadas, para o azul ficar por cima.
    for road in sorted(roads, key=lambda road: road in walked):
        (x1, y1, w1), (x2, y2, _) = places[road[0]], places[road[1]]
        style = "l1" if road in walked else "line"
        parts.append(svg.line(x1 + w1, y1 + NODE / 2, x2, y2 + NODE / 2, style))
    for node, (x, y, w) in places.items():
        here = node == trail[-1]
        if node in trail[:-1]:
            parts.append(svg.box(x - 2, y - 2, w + 4, NODE + 4, "l1", 6))
        # Fundo opaco: a tinta azul é translúcida e deixaria ver as estradas.
        parts.append(svg.box(x, y, w, NODE))
        if here:
            parts.append(svg.box(x, y, w, NODE, "c1"))
        parts.append(svg.text(x + w / 2, y + 18, word_label(node), "kc b" if here else "kc"))
    return svg.document("".join(parts), height + 10)


def _map_places(nodes: Sequence[Symbols], top: Px) -> tuple[dict[Symbols, Span], Px]:
    """Lugar de cada nó: uma coluna por número de símbolos, da palavra solta à inteira."""
    sizes = sorted({len(node) for node in nodes}, reverse=True)
    columns = [[node for node in nodes if len(node) == size] for size in sizes]
    widths = [
        max(svg.label_width(word_label(node), 14) for node in column) + 14 for column in columns
    ]
    gap = (svg.WIDTH - 2 * MARGIN - sum(widths)) / (len(columns) - 1)
    tallest = max(map(len, columns)) * STEP
    places, x = {}, MARGIN
    for column, width in zip(columns, widths, strict=True):
        y = top + (tallest - len(column) * STEP) / 2
        for node in column:
            places[node] = (x, y, width)
            y += STEP
        x += width + gap
    return places, top + tallest


def encoding_frame(stages: Sequence[tuple[int, Symbols]], merges: Sequence[Pair]) -> str:
    """A lista de fusões aplicada a uma palavra: uma linha por fusão, com o que ela mudou.

    Parâmetros:
        stages: (número da fusão, símbolos depois dela); o número 0 é a palavra solta.
        merges: lista de fusões, em ordem; as que não se aplicam aparecem assim mesmo.
    """
    after = dict(stages)
    left = 214
    parts = [
        svg.text(MARGIN, 37, "a palavra, em bytes", "m"),
        _boxes(after[0], left, 12, None),
    ]
    for rank, pair in enumerate(merges, start=1):
        y = 12 + rank * STAGE
        made = svg.token_label(pair[0] + pair[1])
        applied = rank in after
        label = f"{rank}. {pair_label(pair)} → {made}"
        parts.append(svg.text(MARGIN, y + 25, label, "ks b" if applied else "ks"))
        if applied:
            parts.append(_boxes(after[rank], left, y, pair[0] + pair[1]))
        else:
            parts.append(svg.text(left, y + 25, "par não aparece: nada muda", "m"))
    y = 12 + (len(merges) + 1) * STAGE
    parts.append(svg.line(MARGIN, y, svg.WIDTH - MARGIN, y))
    final = stages[-1][1]
    parts.append(svg.text(MARGIN, y + 35, f"resultado: {len(final)} pedaços", "s b"))
    parts.append(_boxes(final, left, y + 10, None, "c3"))
    return svg.document("".join(parts), y + 10 + BOX + 12)


def _boxes(symbols: Symbols, x: Px, y: Px, fresh: bytes | None, style: str = "box") -> str:
    """Caixas numa linha; as que acabaram de nascer em azul."""
    parts = []
    for symbol in symbols:
        label = svg.token_label(symbol)
        w = max(34.0, svg.label_width(label) + 14)
        parts.append(svg.box(x, y, w, BOX, "c1" if symbol == fresh else style))
        parts.append(svg.text(x + w / 2, y + 25, label, "k"))
        x += w + GAP
    return "".join(parts)
