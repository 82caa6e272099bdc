"""Cabeças em fatias: concatenar e projetar é somar o que cada cabeça escreve."""

import itertools

import numpy as np
from jaxtyping import Integer

from helpers.explorables.kit.flipper import Flipper
from helpers.explorables.kit.frames import Axis, Choice, Frame, Numbers, following
from helpers.explorables.kit.memory import opens
from helpers.explorables.kit.words import words
from helpers.plots import svg
from helpers.plots.matrix import grid
from helpers.plots.svg import Px
from helpers.spoken import decimal

TEXT = words("w9")

N_HEADS, D_VALUE, D_MODEL = 4, 2, 8
# Exemplo feito à mão, com inteiros pequenos: o que cada cabeça leu em duas palavras da frase.
Z = {
    "entregou": np.array([[1, 2], [0, 1], [2, -1], [1, 1]]),
    "pão": np.array([[-1, 1], [2, 0], [1, 1], [0, 0]]),
}
W_O = np.array(
    [
        [[1, 0, 0, 2, 0, 0, -1, 0], [0, 1, 0, 0, 1, 0, 0, 0]],
        [[0, 0, 2, 0, 0, 1, 0, 0], [1, 0, 0, 0, 0, 0, 0, 2]],
        [[0, 1, 0, 0, 0, 0, 1, 0], [0, 0, 1, -1, 0, 0, 0, 1]],
        [[2, 0, 0, 0, 1, 0, 0, 0], [0, 0, 0, 1, 0, 2, 0, 0]],
    ]
)
ORDERS = {"right": (0, 1, 2, 3), "shifted": (1, 2, 3, 0)}
MASKS = tuple(itertools.product((True, False), repeat=N_HEADS))
CELL = (26, 24)
LEFT, RIGHT, TOP = 78, 394, 62
HEIGHT = 330


def slices_picture(
    z: Integer[np.ndarray, "head d_value"],
    W_O: Integer[np.ndarray, "head d_value d_model"],
    speaking: tuple[bool, ...],
    order: tuple[int, ...] = (0, 1, 2, 3),
) -> str:
    """Desenha as duas contas: à esquerda a concatenação vezes W_O, à direita a soma das parcelas.

    Parâmetros:
        speaking: se cada cabeça fala; a calada entra com zeros.
        order: que fatia de W_O cada bloco da concatenação encontra; fora de ordem, a conta quebra.
    """
    heard = z * np.array(speaking, dtype=int)[:, None]
    together, pieces = both_ways(heard, W_O, order)
    parts = [
        svg.text(12, 18, "concatenação · W_O", "s b"),
        svg.text(RIGHT - 66, 18, "soma do que cada cabeça escreve", "s b"),
        svg.text(LEFT - 33, TOP - 8, "z", "kc"),
        svg.text(LEFT + 4 * CELL[0], TOP - 8, "W_O, uma fatia por cabeça", "m", "middle"),
        grid(W_O[list(order)].reshape(-1, D_MODEL), LEFT, TOP, cell=CELL, places=-1, peak=4.0),
    ]
    for i, row in enumerate(W_O[list(order)].reshape(-1, D_MODEL)):
        parts.append(_numbers(LEFT, TOP + i * CELL[1], row, blank=True))
    for head in range(N_HEADS):
        parts.append(_slab(head, heard[head], speaking[head], order[head]))
        parts.append(_line(head, pieces[head], speaking[head]))
    floor = TOP + N_HEADS * D_VALUE * CELL[1] + 14
    parts.append(_result(LEFT, floor, together, "escreve"))
    parts.append(_result(RIGHT, floor, pieces.sum(0), "soma"))
    gap = int(np.abs(together - pieces.sum(0)).max())
    told = "diferença: 0" if gap == 0 else f"diferença: até {gap}, a conta quebrou"
    parts.append(svg.text(LEFT, floor + 52, told, "s b"))
    parts.append(svg.text(RIGHT, floor + 52, "em W_O, casa vazia vale 0", "m"))
    return svg.document("".join(parts), HEIGHT)


def both_ways(
    z: Integer[np.ndarray, "head d_value"],
    W_O: Integer[np.ndarray, "head d_value d_model"],
    order: tuple[int, ...] = (0, 1, 2, 3),
) -> tuple[Integer[np.ndarray, " d_model"], Integer[np.ndarray, "head d_model"]]:
    """Faz a mesma conta dos dois jeitos: tudo de uma vez e parcela por parcela.

    Parâmetros:
        order: que fatia cada bloco da concatenação encontra.

    Retorna:
        A concatenação vezes W_O, e o que cada cabeça escreve pela sua própria fatia.
    """
    together = z.reshape(-1) @ W_O[list(order)].reshape(-1, W_O.shape[-1])
    return together, np.einsum("hv,hvm->hm", z, W_O)


def _slab(head: int, z: np.ndarray, speaks: bool, slice_of: int) -> str:
    """O bloco de uma cabeça na concatenação, ao lado da fatia de W_O que ele encontra."""
    y = TOP + head * D_VALUE * CELL[1]
    h = D_VALUE * CELL[1]
    parts = [
        svg.text(12, y + h / 2 + 5, f"c{head}", "s b"),
        svg.box(LEFT - 46, y + 2, CELL[0], h - 4, f"c{head + 1}" if speaks else "soft", 3),
        svg.box(LEFT, y + 1, D_MODEL * CELL[0], h - 2, f"l{slice_of + 1}", 2),
    ]
    if not speaks:
        parts.append(svg.hatch(LEFT - 46, y + 2, CELL[0], h - 4, 14))
    for i, value in enumerate(z):
        parts.append(
            svg.text(LEFT - 33, y + (i + 0.5) * CELL[1] + 5, decimal(float(value), 0), "kc")
        )
    if slice_of != head:
        parts.append(
            svg.text(LEFT + D_MODEL * CELL[0] + 6, y + h / 2 + 5, f"fatia {slice_of}", "m")
        )
    return "".join(parts)


def _line(head: int, written: np.ndarray, speaks: bool) -> str:
    """O vetor que uma cabeça escreve, com a cor e a letra dela."""
    y = TOP + head * D_VALUE * CELL[1] + CELL[1] / 2
    style = f"c{head + 1}" if speaks else "soft"
    parts = [
        svg.text(RIGHT - 10, y + 17, f"c{head}", "s b", "end"),
        svg.box(RIGHT, y, D_MODEL * CELL[0], CELL[1], style, 3),
    ]
    if not speaks:
        parts.append(svg.hatch(RIGHT, y, D_MODEL * CELL[0], CELL[1], 26))
        parts.append(svg.text(RIGHT + 4 * CELL[0], y + 17, "calada", "s halo", "middle"))
        return "".join(parts)
    return "".join(parts) + _numbers(RIGHT, y, written)


def _result(x: Px, y: Px, values: np.ndarray, name: str) -> str:
    frame = svg.box(x, y, D_MODEL * CELL[0], CELL[1] + 4, "box", 3)
    return (
        frame + svg.text(x - 10, y + 19, name, "s", "end") + _numbers(x, y + 2, values, bold=True)
    )


def _numbers(x: Px, y: Px, values: np.ndarray, bold: bool = False, blank: bool = False) -> str:
    """Os números de uma fileira, num elemento de texto só."""
    spans = "".join(
        f'<tspan x="{svg.number(x + (i + 0.5) * CELL[0])}">{decimal(float(value), 0)}</tspan>'
        for i, value in enumerate(values)
        if value or not blank
    )
    return f'<text y="{svg.number(y + 17)}" class="{"kc b" if bold else "kc"}">{spans}</text>'


def slices_frame(token: str, order: str, speaking: tuple[bool, ...]) -> Frame:
    """Devolve o quadro de uma palavra, com algumas cabeças caladas e as fatias em certa ordem."""
    heard = Z[token] * np.array(speaking, dtype=int)[:, None]
    together, pieces = both_ways(heard, W_O, ORDERS[order])
    rows = [(f"cabeça {h}", *map(str, pieces[h].tolist())) for h in range(N_HEADS)]
    rows.append(("soma", *map(str, pieces.sum(0).tolist())))
    rows.append(("concat · W_O", *map(str, together.tolist())))
    header = ("", *(str(i) for i in range(D_MODEL)))
    drawing = slices_picture(Z[token], W_O, speaking, ORDERS[order])
    return Frame(
        svg.over(drawing, *_zones(token, order, speaking)),
        slices_sentence(token, order, speaking),
        Numbers(header, tuple(rows)),
        tuple(_switch(head, speaking) for head in range(N_HEADS)),
    )


def _zones(token: str, order: str, speaking: tuple[bool, ...]) -> list[str]:
    """Onde se aperta: cada cabeça (o bloco e a parcela dela), W_O e o que se escreve."""
    tall, wide = D_VALUE * CELL[1], D_MODEL * CELL[0]
    floor = TOP + N_HEADS * tall + 14
    ends = ((x - 64, floor, wide + 64, 28) for x in (LEFT, RIGHT))
    found = [
        svg.zone((LEFT, TOP, wide, N_HEADS * tall), order=following(ORDERS, order)),
        svg.zone(*ends, token=following(Z, token)),
    ]
    for head in range(N_HEADS):
        y = TOP + head * tall
        areas = ((LEFT - 68, y, 50, tall), (RIGHT - 34, y, wide + 34, tall))
        found.append(svg.zone(*areas, speaking=_turned(head, speaking)))
    return found


def slices_sentence(token: str, order: str, speaking: tuple[bool, ...]) -> str:
    """Devolve a frase do quadro: quem fala, o que se escreve e se as duas contas coincidem."""
    heard = Z[token] * np.array(speaking, dtype=int)[:, None]
    together, pieces = both_ways(heard, W_O, ORDERS[order])
    mute = [str(head) for head in range(N_HEADS) if not speaking[head]]
    who = {
        0: "as quatro cabeças falam",
        1: f"a cabeça {''.join(mute)} está calada",
        N_HEADS: "todas as cabeças estão caladas",
    }.get(len(mute), f"as cabeças {', '.join(mute[:-1])} e {''.join(mute[-1:])} estão caladas")
    gap = int(np.abs(together - pieces.sum(0)).max())
    written = " ".join(map(str, together.tolist()))
    start = f"Exemplo, {token}: {who}. Concatenação · W_O dá {written}"
    if gap == 0:
        return f"{start}, o mesmo que somar as parcelas. Diferença: 0."
    return (
        f"{start}; a soma das parcelas é outra, e a diferença chega a {gap}. Quebrou: cada bloco "
        "encontrou a fatia de outra cabeça."
    )


def _turned(head: int, speaking: tuple[bool, ...]) -> tuple[bool, ...]:
    return tuple(not on if i == head else on for i, on in enumerate(speaking))


def _heard(speaking: tuple[bool, ...]) -> str:
    """As cabeças que falam, como `0 1 3`."""
    return " ".join(str(head) for head in range(N_HEADS) if speaking[head]) or "nenhuma"


def _switch(head: int, speaking: tuple[bool, ...]) -> Choice:
    changed = _turned(head, speaking)
    verb = "calar" if speaking[head] else "ouvir"
    return Choice(f"{verb} a cabeça {head}", {"speaking": changed})


@opens
def heads_in_slices() -> Flipper:
    """Cabeças em fatias: um botão por cabeça e duas contas que precisam coincidir."""
    everyone = MASKS[0]
    return Flipper(
        slices_frame,
        [
            Axis("token", "palavra", tuple(Z), kind="buttons"),
            Axis(
                "order",
                "fatias de W_O",
                tuple(ORDERS),
                ("cada uma com a sua", "trocadas"),
                kind="buttons",
            ),
            Axis("speaking", "cabeças que falam", MASKS, tuple(map(_heard, MASKS)), kind="hidden"),
        ],
        **TEXT.heading(),
        question=TEXT.opening(),
        challenges=TEXT.challenges(
            {
                "nao_muda": lambda token, order, speaking: (
                    order == "right"
                    and sum(speaking) == N_HEADS - 1
                    and not Z[token][speaking.index(False)].any()
                ),
                "zero": lambda token, order, speaking: (
                    order == "shifted"
                    and speaking != everyone
                    and _gap(token, order, speaking) == 0
                ),
            }
        ),
    )


def _gap(token, order, speaking):
    heard = Z[token] * np.array(speaking, dtype=int)[:, None]
    together, pieces = both_ways(heard, W_O, ORDERS[order])
    return int(np.abs(together - pieces.sum(0)).max())
