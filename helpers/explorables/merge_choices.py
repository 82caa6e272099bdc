"""Eu escolho: a palavra banana, com o desempate na mão de quem estuda."""

import itertools
from collections.abc import Sequence

from helpers import bpe
from helpers.explorables.kit.flipper import Flipper
from helpers.explorables.kit.frames import Axis, Choice, Frame
from helpers.explorables.kit.memory import opens
from helpers.explorables.kit.tape import (
    MARGIN,
    Pair,
    Span,
    pair_label,
    tape,
    tape_height,
    word_label,
)
from helpers.explorables.kit.words import words
from helpers.explorables.merges import WORD
from helpers.plots import svg
from helpers.plots.svg import Px
from helpers.spoken import listing

TEXT = words("w1-escolho")

Symbols = tuple[bytes, ...]
Path = tuple[Symbols, tuple[Pair, ...]]
NODE = 26  # altura de um nó do mapa
STEP = 34  # distância entre dois nós de uma coluna


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
        tied: pares empatados; arcos tracejados.
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


def choice_tree(word: str = WORD) -> list[Path]:
    """Todos os caminhos de quem desempata à mão: a palavra e as fusões até ali."""
    found: list[Path] = []

    def walk(symbols: Symbols, merges: tuple[Pair, ...]) -> None:
        found.append((symbols, merges))
        counts = bpe.count_pairs([symbols])
        most = max(counts.values(), default=0)
        for pair in (pair for pair, count in counts.items() if count == most):
            walk(tuple(bpe.merge_pair(symbols, pair)), (*merges, pair))

    walk(tuple(bytes([value]) for value in word.encode()), ())
    return found


def path_name(merges: Sequence[Pair]) -> str:
    """Nome de um caminho: os pedaços aprendidos, em ordem, como `na,nana`."""
    return ",".join(svg.token_label(left + right) for left, right in merges) or "início"


@opens
def choose_merges() -> Flipper:
    """Eu escolho: você desempata, e o mapa mostra os 15 estados por onde se pode passar."""
    tree = choice_tree()
    nodes = {path_name(merges): (symbols, merges) for symbols, merges in tree}
    segmentations = list(dict.fromkeys(symbols for symbols, _ in tree))
    roads = {(_rebuild(merges[:-1]), symbols): None for symbols, merges in tree if merges}
    orders = sum(len(symbols) == 1 for symbols, _ in tree)

    def frame(path: str) -> Frame:
        symbols, merges = nodes[path]
        counts = bpe.count_pairs([symbols])
        most = max(counts.values(), default=0)
        tied = [pair for pair, count in counts.items() if count == most]
        trail = [_rebuild(merges[:i]) for i in range(len(merges) + 1)]
        places, _ = _map_places(segmentations, 8 + tape_height(1) + 40)
        known = [(node, merges[:i]) for i, node in enumerate(trail)]
        known += [(_rebuild((*merges, pair)), (*merges, pair)) for pair in tied]
        zones = (svg.zone((*places[node], NODE), path=path_name(way)) for node, way in known)
        left = sum(done[: len(merges)] == merges and len(end) == 1 for end, done in tree)
        return Frame(
            svg.over(
                choice_frame(symbols, tied, merges, segmentations, list(roads), trail), *zones
            ),
            _choice_sentence(symbols, tied, merges, most, left, orders),
            None,
            _choice_buttons(tied, merges),
        )

    return Flipper(
        frame,
        [Axis("path", "fusões", tuple(nodes), kind="hidden")],
        **TEXT.heading(),
        question=TEXT.opening(svg.document(tape(_rebuild(()), 4), tape_height(1) + 4)),
        challenges=TEXT.challenges(
            {
                "anan": lambda path: "anan" in path.split(","),
                "b_por_ultimo": lambda path: (
                    len(nodes[path][0]) == 1 and _b_comes_last(nodes[path][1])
                ),
            }
        ),
    )


def _rebuild(merges: Sequence[Pair], word: str = WORD) -> Symbols:
    symbols = [bytes([value]) for value in word.encode()]
    for pair in merges:
        symbols = bpe.merge_pair(symbols, pair)
    return tuple(symbols)


def _b_comes_last(merges: Sequence[Pair]) -> bool:
    return not any(b"b" in left for left, _ in merges[:-1])


def _choice_buttons(tied: Sequence[Pair], merges: Sequence[Pair]) -> tuple[Choice, ...]:
    options = [
        Choice(f"fundir {pair_label(pair)}", {"path": path_name((*merges, pair))}) for pair in tied
    ]
    undo = [Choice("desfazer", {"path": path_name(merges[:-1])}, quiet=True)] if merges else []
    return (*options, *undo)


def _choice_sentence(
    symbols: Sequence[bytes],
    tied: Sequence[Pair],
    merges: Sequence[Pair],
    most: int,
    left: int,
    orders: int,
) -> str:
    head = f"{len(merges)} de 4 fusões: {word_label(symbols)}."
    if not tied:
        order = listing([svg.token_label(a + b) for a, b in merges])
        return f"{head} Não há mais pares. Sua ordem: {order}, uma das {orders} possíveis."
    names = [pair_label(pair) for pair in tied]
    times = "1 vez" if most == 1 else f"{most} vezes"
    roads = "sai 1" if left == 1 else f"saem {left}"
    tail = f"Daqui {roads} das {orders} ordens completas."
    if len(names) == 1:
        return f"{head} Só resta {names[0]}. {tail}"
    return f"{head} {listing(names)} empatam, {times} cada: escolha. {tail}"
