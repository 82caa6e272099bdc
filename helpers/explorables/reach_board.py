"""Até onde chega: o que uma posição recebe em uma, duas e três camadas, com cada máscara."""

from itertools import product

import torch
from torch import Tensor

from helpers.attention import causal_mask
from helpers.explorables.kit.frames import Axis, Numbers
from helpers.explorables.kit.layers import Caption, Layer, Layered, Row
from helpers.explorables.kit.memory import opens
from helpers.explorables.kit.words import words
from helpers.plots import svg
from helpers.plots.svg import Px

TEXT = words("alcance")

N = 32
MASKS = {
    "window": "janela",
    "first": "janela e o primeiro",
    "jumps": "janela e saltos",
    "sides": "janela dos dois lados",
    "global": "dois lados e um global",
}
WIDTHS = (4, 8)
LAYERS = ("1 camada", "2 camadas", "3 camadas")
LEFT, TOP, CELL, LINE = 90, 26, 17, 30
SMALL_TOP, DOT = TOP + 4 * LINE + 40, 4  # a máscara inteira, embaixo
TOLD = LEFT + N * DOT + 40


def mask_of(kind: str, width: int) -> Tensor:
    """A máscara [N N] de um tipo: True onde a linha lê a coluna.

    Parâmetros:
        kind: uma chave de `MASKS`.
        width: quantas posições a janela tem, contando a própria; os saltos têm o mesmo tamanho.
    """
    mask = causal_mask(N).triu(1 - width)
    if kind == "jumps":
        mask = mask | (causal_mask(N) & (torch.arange(N) % width == width - 1))
    if kind in ("sides", "global"):
        mask = mask | mask.T
    if kind in ("first", "global"):
        mask[:, 0] = True
    if kind == "global":
        mask[0] = True
    return mask


def reach(mask: Tensor) -> list[Tensor]:
    """Quem chega a quem depois de uma, duas e três camadas, com a soma residual.

    Parâmetros:
        mask: True onde a linha lê a coluna; a diagonal é sempre lida.
    """
    step = mask | torch.eye(len(mask), dtype=torch.bool)
    found = [step]
    for _ in LAYERS[1:]:
        found.append((found[-1].float() @ step.float()) > 0)
    return found


def _runs(row: list[bool]) -> list[tuple[int, int]]:
    """Onde começa cada fileira de casas acesas, e quantas são."""
    found, start = [], None
    for at, lit in enumerate([*row, False]):
        if lit and start is None:
            start = at
        elif not lit and start is not None:
            found.append((start, at - start))
            start = None
    return found


def _row(row: list[bool], y: Px, style: str) -> str:
    places = [(LEFT + start * CELL, count * CELL) for start, count in _runs(row)]
    return svg.boxes(places, y, LINE - 6, style)


class Reaching:
    """As contas de cada máscara e as peças do desenho."""

    def __init__(self) -> None:
        self.masks = {one: mask_of(*one) for one in product(MASKS, WIDTHS)}
        self.reached = {one: reach(mask) for one, mask in self.masks.items()}

    def pairs(self, kind: str, width: int) -> int:
        """Quantos scores a máscara calcula.

        Parâmetros:
            kind: uma chave de `MASKS`.
            width: um de `WIDTHS`, em posições.
        """
        return int(self.masks[kind, width].sum())

    def counts(self, kind: str, width: int, position: int) -> list[tuple[int, int]]:
        """Por número de camadas: quantas posições chegam, e a que distância está a mais longe.

        Parâmetros:
            kind: uma chave de `MASKS`.
            width: um de `WIDTHS`, em posições.
            position: quem recebe, de 0 a `N` - 1.
        """
        found = []
        for table in self.reached[kind, width]:
            seen = table[position].nonzero().flatten()
            found.append((len(seen), int((seen - position).abs().max())))
        return found

    def rows(self) -> list[Row]:
        """Os números de cada estado: os pares e, por camada, quantas chegam e de que distância."""
        return [
            (0, self.pairs(*one), *sum(self.counts(*one, position), ()))
            for one in self.masks
            for position in range(N)
        ]

    def layers(self) -> list[Layer]:
        """As peças do desenho, da que abre o SVG à que o fecha."""
        start, end = svg.document("\0", SMALL_TOP + N * DOT + 12).split("\0")
        places = list(enumerate(product(range(len(MASKS)), range(len(WIDTHS)))))
        ones = list(self.masks)
        small = {f"{m},{w}": self._small(self.masks[ones[at]]) for at, (m, w) in places}
        lit = {
            f"{m},{w},{position}": self._lit(ones[at], position)
            for at, (m, w) in places
            for position in range(N)
        }
        asker = {str(position): self._asker(position) for position in range(N)}
        columns = (
            svg.zone((LEFT + at * CELL, 2, CELL, TOP + 4 * LINE), position=at) for at in range(N)
        )
        return [
            Layer((), {"": start + self._frame()}),
            Layer(("mask", "width"), small),
            Layer(("mask", "width", "position"), lit),
            Layer(("position",), asker),
            Layer((), {"": svg.zones(columns) + end}),
        ]

    def _frame(self) -> str:
        """O que não muda: nomes das linhas, grade, números das posições e o que se conta."""
        names = ("pergunta", *LAYERS)
        parts = [svg.text(4, TOP + i * LINE + 17, name, "s") for i, name in enumerate(names)]
        for i in range(len(names)):
            edges = "".join(
                f"M{LEFT + at * CELL} {TOP + i * LINE}v{LINE - 6}" for at in range(N + 1)
            )
            sides = f"M{LEFT} {TOP + i * LINE}h{N * CELL}m0 {LINE - 6}h{-N * CELL}"
            parts.append(f'<path d="{edges}{sides}" class="hatch"/>')
        marks = (0, 8, 16, 24, N - 1)
        spans = "".join(f'<tspan x="{LEFT + (at + 0.5) * CELL:g}">{at}</tspan>' for at in marks)
        parts.append(f'<text y="{TOP - 8}" class="s middle">{spans}</text>')
        parts.append(svg.text(4, SMALL_TOP + 14, "máscara", "s"))
        parts.append(svg.box(LEFT, SMALL_TOP, N * DOT, N * DOT, "box", 0))
        told = [f"pares calculados: {{1}} de {N * N}"]
        told += [f"{name}: chegam {{{2 + 2 * i}}}" for i, name in enumerate(LAYERS)]
        parts += [svg.text(TOLD, SMALL_TOP + 18 + 28 * i, one, "s") for i, one in enumerate(told)]
        return "".join(parts)

    def _small(self, mask: Tensor) -> str:
        outline, x, y = f"M{LEFT} {SMALL_TOP}", 0, 0
        for i, row in enumerate(mask.tolist()):
            for start, count in _runs(row):  # do canto da casa de antes ao desta: pesa menos
                outline += (
                    f"m{DOT * (start - x)} {DOT * (i - y)}h{DOT * count}v{DOT}h-{DOT * count}z"
                )
                x, y = start, i
        return f'<path d="{outline}" class="p1"/>'

    def _lit(self, one: tuple[str, int], position: int) -> str:
        tables = enumerate(self.reached[one], start=1)
        return "".join(_row(t[position].tolist(), TOP + i * LINE, "c1") for i, t in tables)

    def _asker(self, position: int) -> str:
        cell = svg.box(LEFT + position * CELL, TOP, CELL, LINE - 6, "c2", 0)
        return cell + svg.box(LEFT, SMALL_TOP + position * DOT, N * DOT, DOT, "l2", 0)


@opens
def reach_board() -> Layered:
    """Até onde chega: cada posição apertada mostra o que recebe em uma, duas e três camadas."""
    found = Reaching()
    sentence = (
        "Máscara: {a0}. Janela de {a1}, posição {a2}. Em uma, duas e três camadas chegam {2}, "
        "{4} e {6} posições; a mais distante fica a {3}, {5} e {7}. A máscara calcula {1} pares."
    )
    lines = [(name, f"{{{2 + 2 * i}}}", f"{{{3 + 2 * i}}}") for i, name in enumerate(LAYERS)]
    table = Numbers(("camadas", "posições que chegam", "a mais distante"), tuple(lines))
    every = tuple(range(N))

    def arrived(kind: str, width: int, position: int, n_layers: int) -> int:
        return found.counts(kind, width, position)[n_layers - 1][0]

    return Layered(
        [
            Axis("mask", "máscara", tuple(MASKS), tuple(MASKS.values()), kind="buttons"),
            Axis("width", "janela", WIDTHS),
            Axis("position", "posição", every),
        ],
        found.layers(),
        found.rows(),
        [Caption(sentence, table)],
        **TEXT.heading(),
        question=TEXT.opening(),
        challenges=TEXT.challenges(
            {
                "longe": lambda last, most, mask, width, position: (
                    position == last
                    and arrived(mask, width, position, 2) == N
                    and found.pairs(mask, width) < most
                ),
                "primeiro": lambda mask, width, position: (
                    mask == "first"
                    and arrived(mask, width, position, 3)
                    == arrived("window", width, position, 3) + 1
                ),
                "global": lambda mask, width, position: (
                    mask in ("sides", "global")
                    and position == 0
                    and arrived(mask, width, position, 1) == N
                ),
            },
            last=N - 1,
            most=250,
        ),
        start={"position": N - 1},
    )
