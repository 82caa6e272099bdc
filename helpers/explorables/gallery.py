"""Galeria de cabeças: para onde cada cabeça olha, quanto traz de lá, e o que o acaso daria."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float

from helpers.bpe import END
from helpers.explorables.head_facts import course_thread, model_scores
from helpers.explorables.kit.flipper import Flipper
from helpers.explorables.kit.frames import Axis, Frame, Numbers, Opening
from helpers.explorables.kit.memory import opens
from helpers.explorables.kit.words import words
from helpers.heads import attention_patterns, contribution_norms
from helpers.plots import svg
from helpers.plots.matrix import grid
from helpers.plots.svg import Px
from helpers.spoken import decimal, percent
from helpers.studies.thread import MARK, SENTENCE, WORD

TEXT = words("w10")

MEASURES = {"weight": "peso α", "share": "parte de ‖α v W_O‖"}
PROMPTS = {SENTENCE: WORD, "Ana tem um livro. Ana leu o livro.": "leu"}
MARGIN = 0.05  # abaixo disto, uma nota não se destaca da referência
#: Nota da cabeça -> como ela se chama na tela.
NOTES = {
    "previous_token": "token anterior",
    "first_token": "primeiro token",
    "duplicate_token": "token repetido",
}
MAX_TOKENS = 12
THUMB = 48  # lado de uma miniatura, em px
STEP = 58
LEFT, TOP = 30, 44
BIG_X, BIG_Y, BIG = 344, 100, 288
HEIGHT = 440
GRADES = 6  # graus de tinta do padrão aberto
FAINT, STRONG = 0.2, 0.5  # acima destes pesos a miniatura pinta a casa, clara ou escura


@dataclass(frozen=True)
class Note:
    """Uma nota de cabeça: nome, valor e o que as referências dariam.

    Parâmetros:
        value: a nota da cabeça.
        chance: a maior das referências.
    """

    name: str
    value: float
    chance: float


def gallery_picture(
    weights: Float[np.ndarray, "layer head query key"],
    pieces: Sequence[str],
    layer: int,
    head: int,
    asker: int,
    notes: Sequence[Note],
    title: str,
) -> str:
    """Desenha a galeria com uma cabeça aberta.

    Parâmetros:
        weights: o que se mostra, de 0 a 1, linhas que somam 1.
        layer: camada da cabeça aberta.
        head: número da cabeça aberta.
        asker: linha em destaque, a de quem pergunta.
    """
    parts = [svg.text(12, 18, "todas as cabeças", "s b")]
    for h in range(weights.shape[1]):
        parts.append(svg.text(LEFT + h * STEP + THUMB / 2, TOP - 8, f"c{h}", "kc"))
    for row in range(weights.shape[0]):
        y = TOP + row * STEP
        parts.append(svg.text(LEFT - 6, y + THUMB / 2 + 5, str(row), "ks", "end"))
        parts += [_thumb(weights[row, h], LEFT + h * STEP, y) for h in range(weights.shape[1])]
    parts.append(
        svg.box(LEFT + head * STEP - 3, TOP + layer * STEP - 3, THUMB + 6, THUMB + 6, "l2", 3)
    )
    thumbs = (
        svg.zone((LEFT + j * STEP, TOP + i * STEP, THUMB, THUMB), layer=i, head=j)
        for i, j in np.ndindex(weights.shape[:2])
    )
    parts.append(svg.zones(thumbs))
    parts.append(_notes(notes, TOP + weights.shape[0] * STEP + 26))
    parts.append(svg.text(BIG_X - 44, 18, f"camada {layer}, cabeça {head}: {title}", "s b"))
    side = BIG / len(pieces)
    parts.append(
        grid(
            np.zeros(weights.shape[2:]),
            BIG_X,
            BIG_Y,
            cell=(side, side),
            rows=pieces,
            columns=pieces,
            places=-1,
            peak=1.0,
            row=asker,
        )
    )
    parts.append(_tints(weights[layer, head], side))
    parts.append(svg.text(BIG_X, BIG_Y + BIG + 22, "linha: quem lê; coluna: quem é lido", "m"))
    return svg.document("".join(parts), HEIGHT)


def _thumb(weights: np.ndarray, x: Px, y: Px) -> str:
    """A miniatura de um padrão: só as casas fortes, em dois tons."""
    parts = [svg.box(x, y, THUMB, THUMB, "box", 1)]
    place = f"translate({svg.number(x)},{svg.number(y)})scale({THUMB / len(weights):.3g})"
    for low, high, opacity in ((FAINT, STRONG, ".35"), (STRONG, 2.0, ".9")):
        path = _runs((weights > low) & (weights <= high))
        if path:
            parts.append(
                f'<path transform="{place}" d="{path}" class="p1" fill-opacity="{opacity}"/>'
            )
    return "".join(parts)


def _tints(weights: np.ndarray, side: Px) -> str:
    """As casas do padrão aberto, um elemento por grau de tinta."""
    grades = np.clip(np.round(weights * GRADES), 0, GRADES).astype(int)
    place = f"translate({svg.number(BIG_X)},{svg.number(BIG_Y)})scale({side:.4g})"
    return "".join(
        f'<path transform="{place}" d="{_runs(grades == grade)}" class="p1" '
        f'fill-opacity="{0.7 * grade / GRADES:.2f}"/>'
        for grade in sorted(set(grades.ravel().tolist()) - {0})
    )


def _runs(chosen: np.ndarray) -> str:
    """As casas escolhidas, em unidades de casa; as seguidas numa coluna são um traço só."""
    strokes = []
    for column in range(chosen.shape[1]):
        edges = np.flatnonzero(np.diff(np.r_[0, chosen[:, column].astype(int), 0]))
        for start, end in edges.reshape(-1, 2).tolist():
            strokes.append(f"M{column} {start}h1v{end - start}h-1z")
    return "".join(strokes)


def _notes(notes: Sequence[Note], y: Px) -> str:
    """As notas, cada uma com uma barra e um risco onde o acaso chegaria."""
    parts = [svg.text(12, y, "nota; o risco é a maior referência", "m")]
    for number, note in enumerate(notes):
        line = y + 28 + number * 42
        parts.append(svg.text(12, line, f"{note.name}: {decimal(note.value)}", "s"))
        parts.append(svg.box(12, line + 6, 220, 10, "soft", 2))
        parts.append(svg.box(12, line + 6, max(1.0, 220 * note.value), 10, "p1", 2))
        mark = 12 + 220 * note.chance
        parts.append(svg.line(mark, line + 2, mark, line + 20, "l2"))
    return "".join(parts)


def pattern_grid(weights: Float[np.ndarray, "layer head query key"], pieces: Sequence[str]) -> str:
    """Desenha todos os padrões lado a lado, uma fileira por camada.

    Parâmetros:
        weights: os padrões, de 0 a 1.
    """
    n_layers, n_heads = weights.shape[:2]
    side = (svg.WIDTH - 50) / n_heads - 14
    names_room = 6
    parts = []
    for layer in range(n_layers):
        for head in range(n_heads):
            x, y = 30 + head * (side + 14), 34 + layer * (side + 40)
            parts.append(svg.text(x, y - names_room, f"camada {layer}, cabeça {head}", "s"))
            cell = (side / len(pieces), side / len(pieces))
            parts.append(_plain(weights[layer, head], x, y, cell))
    return svg.document("".join(parts), 34 + n_layers * (side + 40) - 14)


def _plain(weights: Any, x: Px, y: Px, cell: tuple[Px, Px]) -> str:
    return grid(weights, x, y, cell=cell, places=-1, peak=1.0)


@functools.cache
def read_prompt(
    prompt: str,
) -> tuple[list[str], dict[str, Float[np.ndarray, "layer head query key"]]]:
    """Devolve os tokens de uma frase e, de cada medida, os números de todas as cabeças.

    Parâmetros:
        prompt: a frase; o que passar de `MAX_TOKENS` fica de fora.
    """
    thread = course_thread()
    end = thread.tokenizer.special_tokens[END]
    ids = [end, *thread.tokenizer.encode(prompt)][:MAX_TOKENS]
    tokens = torch.tensor([ids])
    pattern = attention_patterns(thread.model, tokens)[:, 0]
    norms = contribution_norms(thread.model, tokens)[:, 0]
    share = norms / norms.sum(-1, keepdim=True)
    pieces = [MARK, *(svg.token_label(thread.tokenizer.decode([i]).encode()) for i in ids[1:])]
    return pieces, {"weight": pattern.numpy(), "share": share.numpy()}


def notes_of(layer: int, head: int) -> list[Note]:
    """As notas de uma cabeça (`layer`, `head`), cada uma com a maior das suas referências."""
    found = []
    for key, name in NOTES.items():
        score = model_scores()[key]
        chance = max(
            score.uniform,
            score.position[layer, head].item(),
            score.random[:, layer, head].max().item(),
        )
        found.append(Note(name, score.value[layer, head].item(), chance))
    return found


def asker_of(prompt: str) -> int:
    """A linha em destaque: o último token da palavra que pergunta em cada frase de `PROMPTS`."""
    thread = course_thread()
    end = prompt.index(PROMPTS[prompt]) + len(PROMPTS[prompt])
    ids = thread.tokenizer.encode(prompt)
    place = next(i for i in range(1, len(ids) + 1) if len(thread.tokenizer.decode(ids[:i])) >= end)
    return min(place, MAX_TOKENS - 1)


def gallery_sentence(prompt: str, measure: str, layer: int, head: int) -> str:
    """Quem pergunta, de onde lê mais e a nota que mais se destaca na cabeça (`layer`, `head`)."""
    pieces, values = read_prompt(prompt)
    asker = asker_of(prompt)
    row = values[measure][layer, head, asker]
    order = np.argsort(-row, kind="stable")[:2]
    most = " e ".join(f"{pieces[j]} ({percent(float(row[j]))})" for j in order.tolist())
    verb = "olha mais para" if measure == "weight" else "recebe mais de"
    best = max(notes_of(layer, head), key=lambda note: note.value - note.chance)
    if best.value > best.chance + MARGIN:
        kind = (
            f"Nas histórias, a nota de {best.name} é {decimal(best.value)}; a maior referência dá "
            f"{decimal(best.chance)}."
        )
    else:
        kind = f"Nas histórias, nenhuma nota passa da maior referência em {decimal(MARGIN)}."
    return f"Camada {layer}, cabeça {head}: {pieces[asker]} {verb} {most}. {kind}"


def gallery_table(prompt: str, layer: int, head: int) -> Numbers:
    """A linha em destaque da cabeça (`layer`, `head`): de cada token, o peso e a contribuição."""
    pieces, values = read_prompt(prompt)
    asker = asker_of(prompt)
    rows = [
        (pieces[j], *(decimal(values[name][layer, head, asker, j].item()) for name in MEASURES))
        for j in range(asker + 1)
    ]
    return Numbers((f"{pieces[asker]} lê", *MEASURES.values()), tuple(rows))


def gallery_frame(prompt: str, measure: str, layer: int, head: int) -> Frame:
    """O quadro de uma cabeça (`layer`, `head`), numa frase de `PROMPTS` e medida de `MEASURES`."""
    pieces, values = read_prompt(prompt)
    drawing = gallery_picture(
        values[measure],
        pieces,
        layer,
        head,
        asker_of(prompt),
        notes_of(layer, head),
        MEASURES[measure],
    )
    sentence = gallery_sentence(prompt, measure, layer, head)
    return Frame(drawing, sentence, gallery_table(prompt, layer, head))


def rest_question() -> Opening:
    """Devolve a pergunta de abertura, com a resposta contada no modelo."""
    pieces, values = read_prompt(SENTENCE)
    strongest = values["weight"][:, :, asker_of(SENTENCE)].argmax(-1)
    count, total = int((strongest == 0).sum()), strongest.size
    return TEXT.opening(
        right=min(2, 3 * count // total), total=total, word=WORD, mark=pieces[0], count=count
    )


@opens
def head_gallery() -> Flipper:
    """Galeria de cabeças: todas as do modelo do curso, em duas frases e duas medidas."""
    previous = model_scores()["previous_token"].value
    n_layers, n_heads = previous.shape
    best = divmod(int(previous.argmax()), n_heads)
    # A melhor é um desafio; abre-se naquela em que quem pergunta menos descansa na marca.
    resting = read_prompt(SENTENCE)[1]["weight"][:, :, asker_of(SENTENCE), 0].copy()
    resting[best] = 1.0
    layer, head = divmod(int(resting.argmin()), n_heads)

    def disagrees(prompt: str, measure: str, layer: int, head: int) -> bool:
        weight, share = (read_prompt(prompt)[1][one][layer, head] for one in MEASURES)
        return measure == "share" and bool((weight.argmax(-1) != share.argmax(-1)).any())

    return Flipper(
        gallery_frame,
        [
            Axis("layer", "camada", tuple(range(n_layers))),
            Axis("head", "cabeça", tuple(range(n_heads))),
            Axis("measure", "casas", tuple(MEASURES), tuple(MEASURES.values()), kind="buttons"),
            Axis("prompt", "frase", tuple(PROMPTS), kind="buttons"),
        ],
        **TEXT.heading(),
        question=rest_question(),
        challenges=TEXT.challenges(
            {
                "anterior": lambda prompt, measure, layer, head: (layer, head) == best,
                "discordam": disagrees,
            }
        ),
        start={"layer": layer, "head": head},
    )
