"""Mesma lista, palavra nova: treinar conta; codificar só aplica a lista, em ordem."""

from collections.abc import Sequence

from helpers import bpe
from helpers.explorables.kit.flipper import Flipper
from helpers.explorables.kit.frames import Axis, Frame, following
from helpers.explorables.kit.memory import opens
from helpers.explorables.kit.tape import (
    BOX,
    GAP,
    MARGIN,
    Pair,
    pair_label,
    tape,
    tape_height,
    word_label,
)
from helpers.explorables.kit.words import words
from helpers.explorables.merges import RULES, WORD
from helpers.plots import svg
from helpers.plots.svg import Px
from helpers.spoken import listing

TEXT = words("w1-palavra-nova")

NEW_WORDS = ("semana", "nabana", "ananás", "cabana", "bananada")
STAGE = 46  # altura de uma linha da codificação

Symbols = tuple[bytes, ...]
Stage = tuple[int, Symbols]


def encoding_frame(stages: Sequence[Stage], merges: Sequence[Pair]) -> str:
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


def encoding_stages(word: str, merges: Sequence[Pair]) -> list[Stage]:
    """A palavra depois de cada fusão que se aplicou: (número da fusão, símbolos); 0 é o início.

    Parâmetros:
        merges: lista de fusões, em ordem; ninguém conta nada aqui.
    """
    symbols = [bytes([value]) for value in word.encode()]
    stages: list[Stage] = [(0, tuple(symbols))]
    # Uma passada em ordem basta: nenhuma fusão cria um par que venha antes dela na lista.
    for rank, pair in enumerate(merges, start=1):
        merged = bpe.merge_pair(symbols, pair)
        if len(merged) < len(symbols):
            symbols = merged
            stages.append((rank, tuple(symbols)))
    return stages


@opens
def same_list_new_word() -> Flipper:
    """Mesma lista, palavra nova: o que banana ensinou, aplicado a palavras que o treino não viu."""
    learned = {
        rule: bpe.train(WORD, min_freq=1, pattern=None, tie_rule=rule).merges for rule in RULES
    }

    def count(word: str, rule: str) -> int:
        return len(encoding_stages(word, learned[rule])[-1][1])

    def frame(word: str, rule: str) -> Frame:
        stages = encoding_stages(word, learned[rule])
        drawing = svg.over(
            encoding_frame(stages, learned[rule]),
            svg.zone((2, 8, 636, STAGE - 4), word=following(NEW_WORDS, word)),
            svg.zone((2, 8 + STAGE, 200, STAGE * len(learned[rule])), rule=following(RULES, rule)),
        )
        return Frame(drawing, _encoding_sentence(word, rule, stages, learned[rule]))

    question = TEXT.opening(
        svg.document(tape([bytes([v]) for v in b"bananada"], 4), tape_height(1) + 4)
    )
    return Flipper(
        frame,
        [
            Axis("word", "palavra", NEW_WORDS, kind="buttons"),
            Axis("rule", "regra", tuple(RULES), tuple(RULES.values()), kind="buttons"),
        ],
        **TEXT.heading(),
        question=question,
        start={"word": "bananada"},  # a palavra da pergunta
        challenges=TEXT.challenges(
            {
                "bananada": lambda few, word, rule: word != "bananada" and count(word, rule) == few,
                "semana": lambda many, word, rule: word == "semana" and count(word, rule) == many,
            },
            few=3,
            many=4,
        ),
    )


def _encoding_sentence(
    word: str, rule: str, stages: Sequence[Stage], merges: Sequence[Pair]
) -> str:
    pieces = stages[-1][1]
    used = [pair_label(merges[rank - 1]) for rank, _ in stages[1:]]
    what = f"Aplicou, nesta ordem: {listing(used)}." if used else "Nenhuma fusão se aplicou."
    return (
        f"{word} com a lista da regra do {RULES[rule]}: {word_label(pieces)}, "
        f"{len(pieces)} pedaços. {what}"
    )
