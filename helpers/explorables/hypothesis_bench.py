"""Bancada de hipóteses: monte por onde a resposta passa, e duzentas frases dizem se é verdade."""

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

from helpers.explorables.kit.frames import Axis, Challenge, Numbers
from helpers.explorables.kit.layers import Caption, Layer, Layered
from helpers.explorables.kit.memory import opens
from helpers.explorables.kit.words import words
from helpers.heads.hypothesis import PLACES, WHY, WORDS, head_names
from helpers.heads.patching import DOORS
from helpers.plots import svg
from helpers.plots.svg import Px
from helpers.studies.hypotheses import READING, SETS, WRITERS, Measured, N, load_bench

TEXT = words("bancada")

START = {"writers": (1, (2,)), "place": "second", "door": "k", "readers": (2,)}
SIDE, LINE, TOP = 46, 28, 30
WRITE, WHERE, DOOR, READ = 8, 216, 376, 440  # onde começa cada coluna
FOOT = TOP + 5 * LINE + 26  # do montar ao veredito
BAR, UNIT = 216, 1  # onde começam as barras dos efeitos, e os px de cada frase


class HypothesisBench(Layered):
    """Camadas com o que se mediu de cada hipótese."""

    def states(self) -> Iterator[dict[str, Any]]:
        """Percorre os estados que os testes conferem: cada controle sozinho, e os desafios."""
        found = [dict(START)]
        for goal in self.challenges:
            if goal["keys"]:
                self.key = goal["keys"][-1]
                found.append(self.values())
        self.key = self.start
        for base in found[:2]:
            yield from (base | {a.name: value} for a in self._axes for value in a.values)
        yield from found


def bench_layers() -> list[Layer]:
    """As peças do desenho: o que se monta em cima, o veredito e os quatro efeitos embaixo."""
    start, end = svg.document("\0", FOOT + 4 * 24 + 20).split("\0")
    writers = {str(i): _pressed(one) for i, one in enumerate(WRITERS)}
    toggled = {str(i): _writer_zones(*one) for i, one in enumerate(WRITERS)}
    read = [(READ + head * SIDE, TOP) for head in range(4)]
    readers = {
        str(i): "".join(_chosen(*read[head]) for head in heads) for i, heads in enumerate(SETS)
    }
    turned = {
        str(i): "".join(
            svg.zone((*read[head], SIDE, LINE), readers=other)
            for head in range(4)
            if (other := _toggled(heads, head))
        )
        for i, heads in enumerate(SETS)
    }
    kinds = {
        str(i): svg.text(8, FOOT, WORDS["veredito"][kind], "t b")
        for i, kind in enumerate(WHY.values())
    }
    return [
        Layer((), {"": start + _ground()}),
        Layer(("writers",), writers),
        Layer(("place",), {str(i): _chosen(WHERE, _row(i), 140) for i in range(len(PLACES))}),
        Layer(("door",), {str(i): _chosen(DOOR, _row(i), 40) for i in range(len(DOORS))}),
        Layer(("readers",), readers),
        Layer((0,), kinds),
        Layer((), {"": _effects() + '<g class="hit">' + _still_zones()}),
        Layer(("writers",), toggled),
        Layer(("readers",), turned),
        Layer((), {"": "</g>" + end}),
    ]


def _row(i: int) -> Px:
    return TOP + i * LINE


def _head(layer: int, head: int) -> tuple[Px, Px]:
    """Onde fica uma cabeça que escreve: o bloco 1 em cima do bloco 0."""
    return WRITE + head * SIDE, _row(1 - layer)


def _ground() -> str:
    """O que não muda: nomes, caixas e a seta."""
    parts = [
        svg.text(x, 20, said, "m")
        for x, said in (
            (WRITE, "escrevem"),
            (WHERE, "em que posição"),
            (DOOR, "porta"),
            (READ, "leem"),
        )
    ]
    boxes = [(_head(layer, head), f"{layer}.{head}", SIDE) for layer in (0, 1) for head in range(4)]
    boxes += [((READ + head * SIDE, TOP), f"{READING}.{head}", SIDE) for head in range(4)]
    boxes += [((WHERE, _row(i)), WORDS["lugar"][place], 140) for i, place in enumerate(PLACES)]
    boxes += [((DOOR, _row(i)), door.upper(), 40) for i, door in enumerate(DOORS)]
    outline = "".join(f"M{x + 2} {y + 2}h{w - 4}v{LINE - 4}h{4 - w}z" for (x, y), _, w in boxes)
    parts.append(f'<path d="{outline}" class="line"/>')
    spans = "".join(
        f'<tspan x="{svg.number(x + w / 2)}" y="{y + 19}">{said}</tspan>'
        for (x, y), said, w in boxes
    )
    parts.append(f'<text class="s middle">{spans}</text>')
    parts.append(svg.text(READ, _row(2), f"{N} frases, cada uma com", "m"))
    parts.append(svg.text(READ, _row(2) + 20, "os papéis trocados", "m"))
    return "".join(parts)


def _chosen(x: Px, y: Px, width: Px = SIDE) -> str:
    """A marca do que se escolheu: cor e contorno grosso."""
    return f'<path d="M{x + 2} {y + 2}h{width - 4}v{LINE - 4}h{4 - width}z" class="c1"/>'


def _pressed(writers: tuple[int, Sequence[int]]) -> str:
    layer, chosen = writers
    return "".join(_chosen(*_head(layer, head)) for head in chosen)


def _toggled(chosen: Sequence[int], head: int) -> tuple[int, ...]:
    """O conjunto com a cabeça posta ou tirada; vazio se era a última."""
    return tuple(sorted(set(chosen) ^ {head}))


def _writer_zones(layer: int, chosen: Sequence[int]) -> str:
    """Apertar uma cabeça a põe ou a tira; uma do outro bloco começa outro conjunto."""
    found = []
    for at, head in product((0, 1), range(4)):
        other = _toggled(chosen, head) if at == layer else (head,)
        if other:
            found.append(svg.zone((*_head(at, head), SIDE, LINE), writers=(at, other)))
    return "".join(found)


def _still_zones() -> str:
    found = [svg.zone((WHERE, _row(i), 140, LINE), place=one) for i, one in enumerate(PLACES)]
    found += [svg.zone((DOOR, _row(i), 40, LINE), door=one) for i, one in enumerate(DOORS)]
    return "".join(found)


def _effects() -> str:
    """Em quantas frases a resposta vira, nas quatro medidas."""
    parts = []
    for i, said in enumerate(WORDS["medida"].values()):
        y = FOOT + 10 + i * 24
        parts.append(svg.text(8, y + 15, said, "s"))
        parts.append(svg.boxes([(BAR, UNIT * N)], y + 2, 18, "line"))
        parts.append(f'<rect x="{BAR}" y="{y + 2}" width="{{{5 + i}}}" height="18" class="c1"/>')
        told = f"vira em {{{5 + i}}}; parte {{{1 + i}:}}"
        parts.append(svg.text(BAR + UNIT * N + 10, y + 15, told, "s"))
    return "".join(parts)


def bench_said() -> list[Caption]:
    """O que se diz de cada motivo, com lugar para os nomes e os números."""
    named = {"escritoras": "{a0}", "leitoras": "{a3}", "lugar": "{a1}", "porta": "{a2}"}
    named |= {"levado": WORDS["levado"]["role"], "outro": WORDS["levado"]["names"], "n": N}
    for i, name in enumerate(("ida", "volta", "sorteio", "controle")):
        named |= {name: f"{{{1 + i}:}}", f"{name}_vira": f"{{{5 + i}}}"}
    rows = tuple(
        (said, f"{{{1 + i}:}}", f"{{{5 + i}}}") for i, said in enumerate(WORDS["medida"].values())
    )
    table = Numbers(("medida", "parte que passa", "vira em"), rows)
    return [
        Caption(
            f"{WORDS['frase'].format(**named)} {WORDS['veredito'][kind]}. "
            f"{WORDS['porque'][why].format(**named)}",
            table,
        )
        for why, kind in WHY.items()
    ]


def bench_challenges(found: dict[tuple, Measured]) -> tuple[Challenge, ...]:
    """Uma hipótese que se sustenta, a menor delas, e uma que as frases não decidem."""

    def is_kind(kind: str, state: dict[str, Any]) -> bool:
        one = found[state["writers"], state["place"], state["door"], state["readers"]]
        return WHY[one.why] == kind

    return TEXT.challenges(
        {
            "sustenta": lambda **state: is_kind("sustained", state),
            "menor": lambda few, **state: (
                len(state["writers"][1]) == few and is_kind("sustained", state)
            ),
            "talvez": lambda **state: is_kind("undecided", state),
        },
        few=2,
    )


@opens
def hypothesis_bench() -> HypothesisBench:
    """Bancada: quem escreve, onde, por que porta e quem lê; as frases sustentam ou refutam."""
    measured, at = load_bench()
    keys = product(WRITERS, PLACES, DOORS, SETS)
    found = {key: measured[i] for key, i in zip(keys, at, strict=True)}
    order = list(WHY)
    writers = [head_names([(layer, head) for head in heads]) for layer, heads in WRITERS]
    readers = [head_names([(READING, head) for head in heads]) for heads in SETS]
    return HypothesisBench(
        [
            Axis("writers", "escrevem", WRITERS, tuple(writers), kind="hidden"),
            Axis("place", "posição", PLACES, tuple(WORDS["lugar"][one] for one in PLACES)),
            Axis("door", "porta", DOORS, tuple(door.upper() for door in DOORS), kind="buttons"),
            Axis("readers", "leem", SETS, tuple(readers), kind="hidden"),
        ],
        bench_layers(),
        [(order.index(one.why), *one.shares, *one.flips) for one in found.values()],
        bench_said(),
        **TEXT.heading(),
        question=TEXT.opening(n=N),
        challenges=bench_challenges(found),
        start=START,
    )
