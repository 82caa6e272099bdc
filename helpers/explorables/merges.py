"""Fusão a fusão: o treino do BPE passo a passo, com a regra de desempate na mão.

Quatro exploráveis: a palavra banana sob cada regra, as escolhas de quem estuda, um texto próprio
e as listas de fusões aplicadas a palavras que o treino não viu.
"""

import functools
import unicodedata

from helpers import bpe
from helpers.explorables.base import show
from helpers.explorables.flipper import Flipper
from helpers.explorables.frames import Axis, Challenge, Frame, Prediction
from helpers.explorables.live import LiveFlipper, Scene, crop
from helpers.explorables.merge_choices import choose_merges
from helpers.explorables.merge_steps import RULES, WORD, step_frame
from helpers.explorables.merge_words import same_list_new_word
from helpers.plots import bpe as draw
from helpers.plots import bpe_steps, svg

__all__ = ["choose_merges", "merge_by_merge", "same_list_new_word", "your_merges"]

MAX_STEPS = 19  # estados por regra: com quatro regras, 76 quadros, ≤ 150 kB no pior texto
MAX_LETTERS = 24
MAX_SYMBOLS = 26  # bytes que cabem na fita


def merge_by_merge(name: str = "w1") -> Flipper:
    """Fusão a fusão: a palavra banana, um passo por vez, sob cada regra de desempate.

    Parâmetros:
        name: nome na lista de exploráveis vivos.
    """
    runs = {rule: list(bpe.steps(WORD, tie_rule=rule)) for rule in RULES}
    total = max(len(run) for run in runs.values()) - 1

    def frame(rule: str, step: int) -> Frame:
        run = runs[rule]
        return step_frame(run[min(step, len(run) - 1)], rule, len(run) - 1)

    letters = [bytes([value]) for value in WORD.encode()]
    question = Prediction(
        "As quatro regras discordam já na primeira fusão de banana. E no fim, onde cada uma chega?",
        ("cada uma num lugar", "todas em banana", "metade em banana"),
        "todas em banana",
        (
            "O caminho muda, mas sempre sobra um par para fundir até restar um símbolo só.",
            "Leve o passo ao fim em cada regra: muda o caminho, e com ele a lista de fusões.",
            "Leve o passo ao fim em cada regra: nenhuma para antes do símbolo único.",
        ),
        cover=svg.document(draw.tape(letters, 4), draw.tape_height(1) + 4),
    )
    return show(
        name,
        Flipper(
            frame,
            [
                Axis("rule", "regra", tuple(RULES), tuple(RULES.values()), kind="buttons"),
                Axis("step", "passo", tuple(range(total + 1))),
            ],
            "Fusão a fusão",
            name="w1",
            title="Fusão a fusão: quem decide o empate?",
            question=question,
            challenges=(
                Challenge(
                    "Ache a regra que aprende o pedaço ana.",
                    lambda rule, step: any(a + b == b"ana" for a, b in runs[rule][step].merges),
                ),
                Challenge(
                    "Chegue a b anana, com dois símbolos.",
                    lambda rule, step: runs[rule][step].words == ((b"b", b"anana"),),
                ),
            ),
        ),
    )


def your_merges(text: str = "o pão do João", name: str = "w1-texto") -> LiveFlipper:
    """Suas fusões: o treino do BPE no texto de quem estuda, passo a passo, sob cada regra.

    Parâmetros:
        text: texto inicial; na tela pode ser trocado.
        name: nome na lista de exploráveis vivos.
    """
    return show(
        name,
        LiveFlipper(
            merges_scene,
            text,
            "Suas fusões",
            name="w1-texto",
            title="Suas fusões: escreva e treine",
        ),
    )


def merges_scene(text: str) -> Scene:
    """Cena do treino num texto: regra × passo, com aviso do que não coube.

    Parâmetros:
        text: texto de treino, já conferido.
    """
    shown, note = crop(text, MAX_LETTERS, MAX_SYMBOLS)
    notes = [note] if note else []
    if unicodedata.normalize("NFC", shown) != shown:
        notes.append("o texto veio decomposto (NFD): o acento é um caractere à parte")
    runs = {rule: list(bpe.steps(shown, tie_rule=rule)) for rule in RULES}
    longest = max(map(len, runs.values()))
    n_steps = min(longest, MAX_STEPS)
    if longest > n_steps:
        notes.append(f"mostrando {n_steps - 1} de {longest - 1} fusões")
    lines = max(draw.tape_lines(step.words[0]) for run in runs.values() for step in run)

    @functools.cache
    def reached(rule: str, step: int) -> Frame:
        run = runs[rule]
        return step_frame(run[step], rule, len(run) - 1, lines, bpe_steps.ROWS)

    def frame(rule: str, step: int) -> Frame:
        return reached(rule, min(step, len(runs[rule]) - 1))

    axes = [
        Axis("rule", "regra", tuple(RULES), tuple(RULES.values()), kind="buttons"),
        Axis("step", "passo", tuple(range(n_steps))),
    ]
    return Scene(frame, axes, "; ".join(notes))
