"""Mapa de remendo: um clique copia um pedaço de uma leitura na outra, e a resposta muda."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from itertools import product

import torch

from helpers import heads
from helpers.explorables.kit.frames import Axis, Challenge, Numbers
from helpers.explorables.kit.layers import Caption, Layer, Layered, Row
from helpers.explorables.kit.memory import opens
from helpers.explorables.kit.words import words
from helpers.plots import svg
from helpers.plots.svg import Px
from helpers.spoken import decimal
from helpers.studies.thread import Thread, load_thread

TEXT = words("remendo")

CLEAN = "No sábado, Ana deu um boné para Bia. Quem estava com o boné?"
PAIRS = {
    "role": ("o papel", "No sábado, Ana ganhou um boné de Bia. Quem estava com o boné?"),
    "names": ("os nomes", "No sábado, Bia deu um boné para Ana. Quem estava com o boné?"),
}
RIGHT, WRONG = "Bia", "Ana"
BEFORE = 4  # a marca e "No sábado,": nada muda ali, nem antes
ASKED = 10  # do ponto em diante, menos o fim, as posições se remendam juntas
ANSWERS = (WRONG, RIGHT)
LEFT, COLUMN, TOP, LINE = 100, 66, 50, 26
HEADS_LEFT, HEAD = 64, 66
RULER, RULER_WIDTH = 376, 232  # de onde parte a régua da resposta, e o comprimento dela
SEEN = 0.005  # o que duas casas não mostram
INKED = 0.02  # menos que isto não se vê pintado
NAMED = 54  # do mapa às cabeças, com o nome da posição e os números delas


@dataclass(frozen=True)
class Patched:
    """O que se mediu de um par: os tokens, as diferenças e a parte que volta de cada remendo.

    Parâmetros:
        received: os tokens do texto que recebe, um por posição do mapa.
        high: a diferença de logits do limpo.
        low: a do corrompido.
        shares: lugar por posição; os lugares são os do fluxo e, depois, as cabeças.
    """

    received: list[str]
    high: float
    low: float
    shares: list[list[float]]


class Patching:
    """Os remendos dos pares: mede cada casa do mapa e cada cabeça, e dá as peças do desenho."""

    def __init__(self, thread: Thread) -> None:
        # Em float64 os centésimos são os mesmos em qualquer processador.
        model = deepcopy(thread.model).double()
        blocks = range(model.config.n_layers)
        self.streams = heads.stream_places(model)[:-1]  # a saída repete a última atenção
        self.heads = list(product(blocks, range(model.config.n_heads)))
        self.places = ["entrada", "atenção 0"]
        for block in blocks[1:]:
            self.places += [f"MLP {block - 1}", f"atenção {block}"]
        self.places += [f"cabeça {layer}.{head}" for layer, head in self.heads]
        self.pairs = {}
        for kind, (_, text) in PAIRS.items():
            pair = heads.text_pairs(model, thread.tokenizer, [(CLEAN, text)], [(RIGHT, WRONG)])
            self.pairs[kind] = self._measured(model, thread, pair)
        self.tokens = self._tokens(thread, pair.clean)

    @staticmethod
    def _spans(length: int) -> list[list[int]]:
        alone = [[at] for at in (*range(BEFORE, ASKED), length - 1)]
        return [*alone[:-1], list(range(ASKED, length - 1)), alone[-1]]

    def _tokens(self, thread: Thread, ids: torch.Tensor) -> list[str]:
        found = []
        for span in self._spans(ids.shape[1]):
            said = [thread.tokenizer.decode([int(ids[0, at])]).strip() for at in span]
            found.append(said[0] if len(said) == 1 else "pergunta")
        return found

    def _measured(self, model, thread: Thread, pair: heads.TextPairs) -> Patched:
        spans = self._spans(pair.clean.shape[1])
        high, low = heads.differences(model, pair)
        stream = heads.patching_map(model, pair, self.streams, spans).tolist()
        by_span = torch.stack([heads.head_map(model, pair, span) for span in spans])
        shares = [*stream, *by_span.flatten(1).T.tolist()]
        return Patched(self._tokens(thread, pair.corrupted), high.item(), low.item(), shares)

    def rows(self) -> list[Row]:
        """Os números de cada estado: quem fala, a parte, a diferença e o lugar na régua."""
        found = []
        for i, pair in enumerate(self.pairs.values()):
            for place, position in product(range(len(self.places)), range(len(self.tokens))):
                share = pair.shares[place][position]
                told = pair.low + share * (pair.high - pair.low)
                x = RULER + RULER_WIDTH * min(1.1, max(-0.1, share))
                found.append(
                    (2 * i + int(told > 0), round(100 * share), round(100 * told), round(x))
                )
        return found

    def said(self) -> list[Caption]:
        """O que se diz de cada par e de cada resposta."""
        found = []
        for pair, answer in product(self.pairs.values(), ANSWERS):
            low, high = decimal(pair.low), decimal(pair.high)
            sentence = (
                f"Remendo em “{{a2}}”, {{a1}}: volta {{1:}} do que separa os dois textos. "
                f"A diferença passa de {low} a {{2:}}, e o modelo responde {answer}."
            )
            rows = (
                ("limpo", high, RIGHT),
                ("corrompido", low, WRONG),
                ("remendado", "{2:}", answer),
            )
            found.append(Caption(sentence, Numbers(("texto", "diferença", "resposta"), rows)))
        return found

    def layers(self) -> list[Layer]:
        """As peças do desenho, da que abre o SVG à que o fecha."""
        start, end = svg.document("\0", TOP + 9 * LINE + NAMED + 8).split("\0")
        maps, grids = {}, {}
        for i, pair in enumerate(self.pairs.values()):
            maps[str(i)] = self._map(pair)
            for at in range(len(self.tokens)):
                grids[f"{i},{at}"] = self._heads(pair, at)
        positions = range(len(self.tokens))
        cursors = {
            f"{place},{at}": svg.box(*self._area(place, at), "l2")
            for place, at in product(range(len(self.places)), positions)
        }
        columns = {str(at): svg.box(LEFT + at * COLUMN, 2, COLUMN, 42, "line") for at in positions}
        answers = {str(2 * i + n): self._answer(ANSWERS[n]) for i in range(2) for n in range(2)}
        marker = f'<path d="M{{3}} {TOP + 6 * LINE + 76}l7 -14h-14z" class="p2"/>'
        return [
            Layer((), {"": start + self._frame()}),
            Layer(("pair",), maps),
            Layer(("pair", "position"), grids),
            Layer(("position",), columns),
            Layer(("place", "position"), cursors),
            Layer((0,), answers),
            Layer((), {"": marker + self._zones() + end}),
        ]

    def _area(self, place: int, at: int) -> tuple[Px, Px, Px, Px]:
        """Onde está a casa de um lugar do fluxo, ou a de uma cabeça."""
        if place < len(self.streams):
            up = len(self.streams) - 1 - place
            return LEFT + at * COLUMN, TOP + up * LINE, COLUMN, LINE
        layer, head = self.heads[place - len(self.streams)]
        y = TOP + 6 * LINE + NAMED + (len(self.heads) // 4 - 1 - layer) * LINE
        return HEADS_LEFT + head * HEAD, y, HEAD, LINE

    def _frame(self) -> str:
        """O que não muda: nomes das linhas, tokens do limpo e a régua."""
        n, wide = len(self.streams), len(self.tokens) * COLUMN
        rules = "".join(f"M{LEFT} {TOP + i * LINE}h{wide}" for i in range(n + 1))
        rules += "".join(
            f"M{HEADS_LEFT} {TOP + (n + i) * LINE + NAMED}h{4 * HEAD}" for i in range(4)
        )
        parts = [f'<path d="{rules}" class="line"/>']
        names = [(TOP + NAMED + (len(self.streams) + 2 - i) * LINE, f"bloco {i}") for i in range(3)]
        names += [(self._area(i, 0)[1], self.places[i]) for i in range(n)]
        names += [(0, "limpo"), (20, "corrompido")]
        told = "".join(f'<tspan x="4" y="{y + 18}">{name}</tspan>' for y, name in names)
        parts.append(f'<text class="s">{told}</text>')
        parts.append(_line(18, self.tokens))
        y = TOP + n * LINE
        parts.append(_line(y + NAMED - 8, "0123", HEADS_LEFT, HEAD))
        ticks = "".join(f"M{RULER + i * RULER_WIDTH // 2} {y + 72}v12" for i in range(3))
        ruler = f"M{RULER} {y + 78}h{RULER_WIDTH}{ticks}"
        parts.append(f'<path d="{ruler}" class="line"/>')
        parts.append(svg.text(RULER, y + 102, WRONG, "s", "middle"))
        parts.append(svg.text(RULER + RULER_WIDTH, y + 102, RIGHT, "s", "middle"))
        parts.append(svg.text(RULER, y + 50, "diferença {2:}", "s"))
        return "".join(parts)

    def _map(self, pair: Patched) -> str:
        differs = zip(pair.received, self.tokens, strict=True)
        parts = [_line(38, [one if one != other else "" for one, other in differs])]
        for place in range(len(self.streams)):
            _, y, _, _ = self._area(place, 0)
            row = pair.shares[place]
            parts.append(_inked(row, LEFT, COLUMN, y, "c1"))
            parts.append(_line(y + 18, [_told(share) for share in row]))
        return "".join(parts)

    def _heads(self, pair: Patched, at: int) -> str:
        parts = [svg.text(4, TOP + 6 * LINE + 26, f"cabeças, em “{self.tokens[at]}”", "s b")]
        for layer in range(3):
            first = len(self.streams) + 4 * layer
            shares = [pair.shares[first + head][at] for head in range(4)]
            x, y, width, _ = self._area(first, at)
            parts.append(_inked(shares, x, width, y, "c3"))
            parts.append(_line(y + 18, [_told(share) for share in shares], x, width))
        return "".join(parts)

    def _answer(self, answer: str) -> str:
        said = f"resposta: {answer}"
        return svg.text(RULER, TOP + 6 * LINE + 26, said, "s b")

    def _zones(self) -> str:
        found = [
            svg.zone(self._area(place, at), place=place, position=at)
            for place, at in product(range(len(self.streams)), range(len(self.tokens)))
        ]
        first = len(self.streams)
        found += [svg.zone(self._area(p, 0), place=p) for p in range(first, len(self.places))]
        return svg.zones(found)

    def challenges(self) -> tuple[Challenge, ...]:
        """A casa que traz quase tudo, a cabeça que mais traz, e a outra metade do circuito."""
        role, names, first = (
            self.pairs["role"].shares,
            self.pairs["names"].shares,
            len(self.streams),
        )
        best = max(max(row) for row in role[first:])
        end = len(self.tokens) - 1
        return TEXT.challenges(
            {
                "casa": lambda most, pair, place, position: (
                    pair == "role"
                    and 0 < place < first
                    and position != end
                    and role[place][position] > most
                ),
                "cabeca": lambda pair, place, position: (
                    pair == "role" and place >= first and role[place][position] == best
                ),
                "nomes": lambda part, pair, place, position: (
                    pair == "names" and place >= first and names[place][position] > part
                ),
            },
            most=0.9,
            part=0.4,
        )


def _line(y: Px, words: Sequence[str], left: Px = LEFT, width: Px = COLUMN) -> str:
    """Uma fileira de palavras, uma por coluna, em um elemento só; as vazias não se escrevem."""
    spans = "".join(
        f'<tspan x="{svg.number(left + (at + 0.5) * width)}">{svg.escape(word)}</tspan>'
        for at, word in enumerate(words)
        if word
    )
    return f'<text y="{svg.number(y)}" class="s middle">{spans}</text>' if spans else ""


def _inked(shares: Sequence[float], left: Px, width: Px, y: Px, style: str) -> str:
    """Uma fileira de casas, cada uma cheia até a parte que volta."""
    places = [
        (left + at * width + 2, (width - 4) * min(1, share))
        for at, share in enumerate(shares)
        if share > INKED
    ]
    return svg.boxes(places, y + 2, LINE - 4, style)


def _told(share: float) -> str:
    """A parte em centésimos; a que não chega a um não se escreve."""
    return "" if abs(share) < SEEN else decimal(share)


@opens
def patching_board(thread: Thread | None = None) -> Layered:
    """Mapa de remendo: cada casa copia o limpo no corrompido e mostra o que a resposta vira.

    Parâmetros:
        thread: o fio do curso; sem valor, é lido do disco.
    """
    found = Patching(thread or load_thread())
    numbers = tuple(range(len(found.places)))
    positions = tuple(range(len(found.tokens)))
    return Layered(
        [
            Axis("pair", "o par muda", tuple(PAIRS), tuple(name for name, _ in PAIRS.values())),
            Axis("place", "lugar", numbers, tuple(found.places)),
            Axis("position", "posição", positions, tuple(found.tokens)),
        ],
        found.layers(),
        found.rows(),
        found.said(),
        **TEXT.heading(),
        question=TEXT.opening(),
        challenges=found.challenges(),
        start={"position": found.tokens.index("deu")},
    )
