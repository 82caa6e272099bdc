"""Mesma lista, palavra nova: treinar conta; codificar só aplica a lista, em ordem."""

from collections.abc import Sequence

from helpers import bpe
from helpers.explorables.base import show
from helpers.explorables.flipper import Flipper
from helpers.explorables.frames import Axis, Challenge, Frame, Prediction
from helpers.explorables.merge_steps import RULES, WORD, listing
from helpers.plots import bpe as draw
from helpers.plots import bpe_maps as maps
from helpers.plots import svg

NEW_WORDS = ("semana", "nabana", "ananás", "cabana", "bananada")


def same_list_new_word(name: str = "w1-palavra-nova") -> Flipper:
    """Mesma lista, palavra nova: o que banana ensinou, aplicado a palavras que o treino não viu.

    Parâmetros:
        name: nome na lista de exploráveis vivos.
    """
    learned = {
        rule: bpe.train(WORD, min_freq=1, pattern=None, tie_rule=rule).merges for rule in RULES
    }

    def count(word: str, rule: str) -> int:
        return len(encoding_stages(word, learned[rule])[-1][1])

    def frame(word: str, rule: str) -> Frame:
        stages = encoding_stages(word, learned[rule])
        drawing = maps.encoding_frame(stages, learned[rule])
        return Frame(drawing, _encoding_sentence(word, rule, stages, learned[rule]))

    question = Prediction(
        "A lista de banana, com a regra do maior par, é: na, nana, ba, banana. "
        "Em quantos pedaços ela corta bananada?",
        ("2", "3", "4", "8"),
        "3",
        (
            "banana vira um pedaço só, mas d nunca apareceu no treino: não há fusão que junte da.",
            "banana inteira, e depois d e a, que ninguém ensinou a juntar.",
            "A quarta fusão ainda cabe: ba e nana viram banana.",
            "8 é sem fusão nenhuma; as quatro fusões da lista se aplicam aqui.",
        ),
        cover=svg.document(
            draw.tape([bytes([v]) for v in b"bananada"], 4), draw.tape_height(1) + 4
        ),
    )
    return show(
        name,
        Flipper(
            frame,
            [
                Axis("word", "palavra", NEW_WORDS, kind="buttons"),
                Axis("rule", "regra", tuple(RULES), tuple(RULES.values()), kind="buttons"),
            ],
            "Mesma lista, palavra nova",
            name="w1-palavra-nova",
            title="Mesma lista, palavra nova",
            question=question,
            start={"word": "bananada"},  # a palavra da pergunta
            challenges=(
                Challenge(
                    "Fora bananada, ache uma palavra e uma regra que deixem só 3 pedaços.",
                    lambda word, rule: word != "bananada" and count(word, rule) == 3,
                ),
                Challenge(
                    "Ache a regra que corta semana em 4 pedaços.",
                    lambda word, rule: word == "semana" and count(word, rule) == 4,
                ),
            ),
        ),
    )


Stage = tuple[int, tuple[bytes, ...]]


def encoding_stages(word: str, merges: Sequence[bpe.Pair]) -> list[Stage]:
    """A palavra depois de cada fusão que se aplicou: (número da fusão, símbolos); 0 é o início.

    Parâmetros:
        word: palavra a cortar.
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


def _encoding_sentence(
    word: str, rule: str, stages: Sequence[Stage], merges: Sequence[bpe.Pair]
) -> str:
    pieces = stages[-1][1]
    used = [draw.pair_label(merges[rank - 1]) for rank, _ in stages[1:]]
    what = f"Aplicou, nesta ordem: {listing(used)}." if used else "Nenhuma fusão se aplicou."
    return (
        f"{word} com a lista da regra do {RULES[rule]}: {draw.word_label(pieces)}, "
        f"{len(pieces)} pedaços. {what}"
    )
