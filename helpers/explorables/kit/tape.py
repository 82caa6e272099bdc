"""A fita de símbolos do BPE: rótulos, lugar de cada byte, caixas e arcos.

Funções puras: símbolos entram, texto SVG sai.
"""

import functools
from collections.abc import Sequence

from helpers.plots import svg
from helpers.plots.svg import Px, number

Pair = tuple[bytes, bytes]

MARGIN = 16
BOX = 38  # altura de uma caixa da fita
GAP = 6
ABOVE, BELOW = 26, 20  # espaço dos arcos acima e abaixo da fita
MAX_ARCS = 4  # com mais pares empatados, os arcos virariam uma cerca


def pair_label(pair: Pair) -> str:
    """Rótulo de um par, como `n+a`."""
    return "+".join(svg.token_label(symbol) for symbol in pair)


def word_label(symbols: Sequence[bytes]) -> str:
    """Símbolos separados por espaço, como `b a na na`."""
    return " ".join(svg.token_label(symbol) for symbol in symbols)


def occurrences(symbols: Sequence[bytes], pair: Pair | None) -> list[int]:
    """Posições em que o par seria fundido: da esquerda para a direita, sem sobreposição.

    Parâmetros:
        pair: o par procurado; sem par, lista vazia.
    """
    found, i = [], 0
    while pair is not None and i < len(symbols) - 1:
        hit = (symbols[i], symbols[i + 1]) == pair
        if hit:
            found.append(i)
        i += 2 if hit else 1
    return found


Span = tuple[Px, Px, Px]  # esquerda, topo e largura, em px


@functools.lru_cache(maxsize=256)  # todos os passos de um texto têm os mesmos bytes
def byte_places(data: bytes, top: Px) -> tuple[Span, ...]:
    """Lugar de cada byte na fita; quebra a linha quando não cabe.

    O lugar depende só dos bytes, nunca das fusões: ao fundir, nada sai do lugar.

    Parâmetros:
        top: topo da primeira linha, arcos incluídos.
    """
    labels = [svg.token_label(bytes([value])) for value in data]
    widths = [max(34, round(svg.label_width(label)) + 12) for label in labels]
    limit = svg.WIDTH - 2 * MARGIN
    n_lines = len(_wrap(widths, limit))
    # Linhas parecidas: um byte sozinho na última parece um erro.
    even = _wrap(widths, (sum(widths) + GAP * len(widths)) // n_lines + max(widths, default=0))
    lines = even if len(even) == n_lines else _wrap(widths, limit)
    places: list[Span] = []
    for row, line in enumerate(lines):
        x = (svg.WIDTH - sum(line) - GAP * (len(line) - 1)) // 2
        for w in line:
            places.append((x, top + ABOVE + row * tape_height(1), w))
            x += w + GAP
    return tuple(places)


def _wrap(widths: Sequence[int], limit: Px) -> list[list[int]]:
    room = min(limit, svg.WIDTH - 2 * MARGIN)
    lines: list[list[int]] = [[]]
    for w in widths:
        if lines[-1] and sum(lines[-1]) + GAP * len(lines[-1]) + w > room:
            lines.append([])
        lines[-1].append(w)
    return lines


def tape_layout(symbols: Sequence[bytes], top: Px) -> list[list[Span]]:
    """Lugar de cada símbolo: a faixa dos seus bytes, em duas partes se a linha quebra no meio.

    Parâmetros:
        top: topo da primeira linha, arcos incluídos.
    """
    places = byte_places(b"".join(symbols), top)
    layout, start = [], 0
    for symbol in symbols:
        mine = places[start : start + len(symbol)]
        start += len(symbol)
        rows = [
            [place for place in mine if place[1] == y] for y in dict.fromkeys(p[1] for p in mine)
        ]
        layout.append([(row[0][0], row[0][1], row[-1][0] + row[-1][2] - row[0][0]) for row in rows])
    return layout


def tape_height(lines: int) -> Px:
    """Altura de uma fita de `lines` linhas, arcos incluídos."""
    return lines * (ABOVE + BOX + BELOW)


def tape_lines(symbols: Sequence[bytes]) -> int:
    """Quantas linhas a fita ocupa."""
    return len({y for _, y, _ in byte_places(b"".join(symbols), 0)})


def tape(
    symbols: Sequence[bytes], top: Px, chosen: Pair | None = None, tied: Sequence[Pair] = ()
) -> str:
    """Fita de símbolos: o par escolhido com arcos cheios, os empatados com arcos tracejados.

    Parâmetros:
        top: topo do desenho.
        chosen: par que será fundido; arcos acima e caixas pintadas.
        tied: pares empatados; arcos tracejados abaixo, ou alternados se ninguém foi escolhido.
    """
    layout = tape_layout(symbols, top)
    hit = occurrences(symbols, chosen)
    painted = {i for start in hit for i in (start, start + 1)}
    parts = []
    for i, (spans, symbol) in enumerate(zip(layout, symbols, strict=True)):
        parts.append(_symbol(symbol, spans, "c1" if i in painted else "box"))
    parts += [_join(layout, i, True, "l1") for i in hit]
    others = [pair for pair in tied if pair != chosen]
    for turn, pair in enumerate(others if len(tied) <= MAX_ARCS else ()):
        # Sem par escolhido há lugar em cima: pares vizinhos se alternam e não se confundem.
        above = chosen is None and turn % 2 == 0
        parts += [_join(layout, i, above, "l2 dash") for i in occurrences(symbols, pair)]
    return "".join(parts)


def _symbol(symbol: bytes, spans: Sequence[Span], style: str) -> str:
    """A caixa de um símbolo; na quebra de linha, metades abertas desse lado e reticências."""
    label = svg.token_label(symbol)
    if len(spans) == 1:
        x, y, w = spans[0]
        return svg.box(x, y, w, BOX, style) + svg.text(x + w / 2, y + 25, label, "k")
    widest = max(spans, key=lambda span: span[2])
    parts = []
    for place, span in enumerate(spans):
        x, y, w = span
        left, right, down = number(x), number(x + w), number(y + BOX)
        start = f"M{right} {number(y)}H{left}"
        outline = f"{start}V{down}H{right}" if place == 0 else f"{start}M{left} {down}H{right}"
        if place == len(spans) - 1:
            outline = f"M{left} {number(y)}H{right}V{down}H{left}"
        said = svg.short(label, w - 8, 17) if span == widest else "…"
        parts.append(f'<path d="{outline}" class="{style}"/>')
        parts.append(svg.text(x + w / 2, y + 25, said, "k"))
    return "".join(parts)


def _join(layout: Sequence[Sequence[Span]], i: int, above: bool, style: str) -> str:
    """Arco entre os símbolos `i` e `i + 1`; na quebra de linha, meio arco de cada lado."""
    (x1, y1, w1), (x2, y2, w2) = layout[i][-1], layout[i + 1][0]
    # Do fim de um ao começo do outro: o arco marca a emenda, por mais larga que seja a caixa.
    a, b = x1 + w1 - min(17, w1 / 2), x2 + min(17, w2 / 2)
    rise, edge = (18, 2) if above else (-14, BOX + 2)
    lift = -edge if above else edge
    if y1 == y2:
        return svg.arc(a, b, y1 + lift, rise, style)
    tip = number(-rise)
    leaving = f"M{number(a)} {number(y1 + lift)}q4 {tip} 26 {tip}"
    coming = f"M{number(b)} {number(y2 + lift)}q-4 {tip} -26 {tip}"
    return f'<path d="{leaving}{coming}" class="{style}"/>'
