"""Eu escolho: a palavra banana, com o desempate na mão de quem estuda."""

from collections.abc import Sequence

from helpers import bpe
from helpers.explorables.base import show
from helpers.explorables.flipper import Flipper
from helpers.explorables.frames import Axis, Challenge, Choice, Frame, Prediction
from helpers.explorables.merge_steps import WORD, listing
from helpers.plots import bpe as draw
from helpers.plots import bpe_maps as maps
from helpers.plots import svg

Node = tuple[tuple[bytes, ...], tuple[bpe.Pair, ...]]


def choice_tree(word: str = WORD) -> list[Node]:
    """Todos os caminhos de quem desempata à mão: a palavra e as fusões até ali.

    Parâmetros:
        word: palavra de treino.
    """
    found: list[Node] = []

    def walk(symbols: tuple[bytes, ...], merges: tuple[bpe.Pair, ...]) -> None:
        found.append((symbols, merges))
        counts = bpe.count_pairs([symbols])
        most = max(counts.values(), default=0)
        for pair in (pair for pair, count in counts.items() if count == most):
            walk(tuple(bpe.merge_pair(symbols, pair)), (*merges, pair))

    walk(tuple(bytes([value]) for value in word.encode()), ())
    return found


def path_name(merges: Sequence[bpe.Pair]) -> str:
    """Nome de um caminho: os pedaços aprendidos, em ordem, como `na,nana`.

    Parâmetros:
        merges: fusões feitas.
    """
    return ",".join(svg.token_label(left + right) for left, right in merges) or "início"


def choose_merges(name: str = "w1-escolho") -> Flipper:
    """Eu escolho: você desempata, e o mapa mostra os 15 estados por onde se pode passar.

    Parâmetros:
        name: nome na lista de exploráveis vivos.
    """
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
        left = sum(done[: len(merges)] == merges and len(end) == 1 for end, done in tree)
        return Frame(
            maps.choice_frame(symbols, tied, merges, segmentations, list(roads), trail),
            _choice_sentence(symbols, tied, merges, most, left, orders),
            None,
            _choice_buttons(tied, merges),
        )

    return show(
        name,
        Flipper(
            frame,
            [Axis("path", "fusões", tuple(nodes), kind="hidden")],
            "Eu escolho",
            name="w1-escolho",
            title="Eu escolho: desempate à mão",
            question=_shortcut_question(),
            challenges=(
                Challenge("Aprenda o pedaço anan.", lambda path: "anan" in path.split(",")),
                Challenge(
                    "Deixe o b sozinho até a última fusão.",
                    lambda path: len(nodes[path][0]) == 1 and _b_comes_last(nodes[path][1]),
                ),
            ),
        ),
    )


def _shortcut_question() -> Prediction:
    why = "A primeira fusão junta dois pares de uma vez, e cada uma das outras, um par só."
    return Prediction(
        "Escolhendo bem, dá para juntar banana inteira em menos de 4 fusões?",
        ("sim, há um atalho", "não, são sempre 4", "não, são 5 ou mais"),
        "não, são sempre 4",
        (
            f"{why} De 6 símbolos a 1, qualquer caminho gasta 4.",
            f"{why} De 6 símbolos a 1, são 2 + 1 + 1 + 1.",
            f"{why} Se fosse um par por vez, seriam 5.",
        ),
        cover=svg.document(draw.tape(_rebuild(()), 4), draw.tape_height(1) + 4),
    )


def _rebuild(merges: Sequence[bpe.Pair], word: str = WORD) -> tuple[bytes, ...]:
    symbols = [bytes([value]) for value in word.encode()]
    for pair in merges:
        symbols = bpe.merge_pair(symbols, pair)
    return tuple(symbols)


def _b_comes_last(merges: Sequence[bpe.Pair]) -> bool:
    return not any(b"b" in left for left, _ in merges[:-1])


def _choice_buttons(tied: Sequence[bpe.Pair], merges: Sequence[bpe.Pair]) -> tuple[Choice, ...]:
    options = [
        Choice(f"fundir {draw.pair_label(pair)}", {"path": path_name((*merges, pair))})
        for pair in tied
    ]
    undo = [Choice("desfazer", {"path": path_name(merges[:-1])}, quiet=True)] if merges else []
    return (*options, *undo)


def _choice_sentence(
    symbols: Sequence[bytes],
    tied: Sequence[bpe.Pair],
    merges: Sequence[bpe.Pair],
    most: int,
    left: int,
    orders: int,
) -> str:
    head = f"{len(merges)} de 4 fusões: {draw.word_label(symbols)}."
    if not tied:
        order = listing([svg.token_label(a + b) for a, b in merges])
        return f"{head} Não há mais pares. Sua ordem: {order}, uma das {orders} possíveis."
    names = [draw.pair_label(pair) for pair in tied]
    times = "1 vez" if most == 1 else f"{most} vezes"
    roads = "sai 1" if left == 1 else f"saem {left}"
    tail = f"Daqui {roads} das {orders} ordens completas."
    if len(names) == 1:
        return f"{head} Só resta {names[0]}. {tail}"
    return f"{head} {listing(names)} empatam, {times} cada: escolha. {tail}"
