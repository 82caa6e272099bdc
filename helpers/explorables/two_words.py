"""Ler e escrever: de que letras da palavra lida sai cada letra do plural, na atenção cruzada."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from helpers.explorables.kit.flipper import Flipper
from helpers.explorables.kit.frames import Axis, Frame, Numbers
from helpers.explorables.kit.memory import opens
from helpers.explorables.kit.words import words
from helpers.plots import svg
from helpers.plots.svg import Px
from helpers.spoken import decimal, percent
from helpers.studies import two_sequences as two

TEXT = words("duas_palavras")

WORDS = ("casa", "flor", "papel", "homem", "balão", "jornal", "mão", "alemão", "lençol")
END = "fim"
LEFT, WIDE, HIGH = 130, 52, 36  # das fileiras de letras, em px
TOP, BOTTOM, FOOT = 20, 190, 290


@dataclass(frozen=True)
class Answered:
    """Uma palavra, o que o modelo escreveu dela e o que leu para escrever cada letra.

    Parâmetros:
        word: a palavra lida.
        answer: as letras escritas, e o fim.
        weights: uma linha por letra escrita, um peso por letra lida.
    """

    word: str
    answer: tuple[str, ...]
    weights: tuple[tuple[float, ...], ...]

    def at(self, step: int) -> int:
        """O lugar da letra escrita num passo, que não passa do fim.

        Parâmetros:
            step: o passo, a partir de 0.
        """
        return min(step, len(self.answer) - 1)

    def most(self, step: int) -> int:
        """O lugar da letra mais lida num passo.

        Parâmetros:
            step: o passo, a partir de 0.
        """
        row = self.weights[self.at(step)]
        return row.index(max(row))


def load_answers() -> dict[str, Answered]:
    """Lê o que foi guardado da primeira semente: palavra → o que se escreveu dela."""
    trial = two.load_trials()["plural"][0]
    return {
        word: Answered(
            word,
            (*trial["respostas"][word], END),
            tuple(tuple(row) for row in trial["pesos"][word]),
        )
        for word in WORDS
    }


def _row(letters: Sequence[str], y: Px, inks: Mapping[int, str], spelled: int) -> str:
    """Uma fileira de letras em caixas; as que ainda não se escreveram ficam vazias."""
    parts = []
    for i, letter in enumerate(letters):
        x = LEFT + i * WIDE
        parts.append(svg.box(x, y, WIDE - 6, HIGH, inks.get(i, "box")))
        if i < spelled:
            parts.append(svg.text(x + (WIDE - 6) / 2, y + 24, letter, "kc"))
    return "".join(parts)


def two_words_frame(written: Answered, step: int) -> Frame:
    """O quadro de uma palavra num passo: o que está escrito, e o que se leu para a última letra.

    Parâmetros:
        step: o passo, a partir de 0.
    """
    at, most = written.at(step), written.most(step)
    row, letter = written.weights[at], written.answer[at]
    parts = [
        svg.text(8, TOP + 24, "escreveu", "s b"),
        svg.text(8, BOTTOM + 24, "leu", "s b"),
        _row(written.answer, TOP, {at: "c2"}, at + 1),
        _row(written.word, BOTTOM, {most: "c1"}, len(written.word)),
    ]
    middle = (WIDE - 6) / 2
    for i, weight in enumerate(row):
        x = LEFT + i * WIDE
        if weight >= 0.05:
            start = svg.number(LEFT + at * WIDE + middle)
            ends = f"M{start} {TOP + HIGH}L{svg.number(x + middle)} {BOTTOM}"
            width = svg.number(1 + 9 * weight)
            parts.append(f'<path d="{ends}" class="l1" style="stroke-width:{width}"/>')
        parts.append(svg.box(x, BOTTOM + HIGH + 8, max(1, (WIDE - 6) * weight), 10, "c1"))
        parts.append(svg.text(x + middle, BOTTOM + HIGH + 38, decimal(weight), "s", "middle"))
    zones = [
        svg.zone((LEFT + i * WIDE, TOP, WIDE - 6, HIGH), step=i) for i in range(len(written.answer))
    ]
    parts.append(svg.zones(zones))
    rule = _verdict(written)
    what = "o fim" if letter == END else f"“{letter}”"
    sentence = (
        f"{written.word}: para escrever {what}, na posição {at}, a mais lida foi "
        f"“{written.word[most]}”, a de número {most}, com {percent(row[most])} do peso. "
        f"A resposta inteira é “{''.join(written.answer[:-1])}”: {rule}"
    )
    if step > at:
        sentence = f"A resposta acaba na posição {at}, e é ela que se vê. {sentence}"
    table = Numbers(
        ("letra lida", "peso"),
        tuple((f"{i}: {one}", decimal(row[i])) for i, one in enumerate(written.word)),
    )
    return Frame(svg.document("".join(parts), FOOT), sentence, table)


def _verdict(written: Answered) -> str:
    answer, word = "".join(written.answer[:-1]), written.word
    if word in two.EXCEPTIONS:
        return f"segue a regra, e o certo é “{two.EXCEPTIONS[word]}”."
    return "certo." if answer == two.plural(word) else f"errado, seria “{two.plural(word)}”."


@opens
def reading_and_writing() -> Flipper:
    """Ler e escrever: uma palavra, uma letra da resposta, e o que se leu para escrevê-la."""
    written = load_answers()
    steps = tuple(range(max(len(one.answer) for one in written.values())))

    def frame(word: str, step: int) -> Frame:
        return two_words_frame(written[word], step)

    return Flipper(
        frame,
        [
            Axis("word", "palavra", WORDS),
            Axis("step", "letra", steps, tuple(f"posição {step}" for step in steps)),
        ],
        **TEXT.heading(),
        question=TEXT.opening(),
        challenges=TEXT.challenges(
            {
                "espalhada": lambda few, word, step: max(_seen(written, word, step)) < few,
                "parada": lambda word, step: (
                    written[word].answer[written[word].at(step)] == END
                    and written[word].most(step) == 0
                ),
            },
            few=0.5,
        ),
        start={"word": "papel", "step": 3},  # o é de que a pergunta fala
    )


def _seen(written: Mapping[str, Answered], word: str, step: int) -> Sequence[float]:
    one = written[word]
    return one.weights[one.at(step)]
