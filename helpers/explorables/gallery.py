"""Galeria de cabeças: para onde cada cabeça olha, quanto traz de lá, e o que o acaso daria."""

import functools
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float

from helpers.bpe import END
from helpers.explorables.head_facts import course_thread, model_scores
from helpers.explorables.kit.columns import PANEL_H, Bet, bet_panel
from helpers.explorables.kit.flipper import Flipper
from helpers.explorables.kit.frames import Axis, Frame, Numbers, Opening
from helpers.explorables.kit.memory import opens
from helpers.explorables.kit.own_page import own_box
from helpers.explorables.kit.words import words
from helpers.heads import attention_patterns, contribution_norms
from helpers.plots import svg
from helpers.plots.matrix import border, grid, names
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


@dataclass(frozen=True)
class HeadsSeen:
    """O que as cabeças leem numa frase: disto se faz o quadro de qualquer uma.

    Parâmetros:
        pieces: o texto de cada token.
        weights: por medida, o que se mostra, `[layer head query key]`; linhas que somam 1.
        notes: as notas de cada cabeça, `[layer head]`.
        asker: a linha em destaque, a de quem pergunta.
        silenced: as cabeças caladas, em pares camada e cabeça.
        bet: a primeira aposta para o próximo token, com e sem as caladas; sem valor, não se mostra.
    """

    pieces: list[str]
    weights: dict[str, list]
    notes: list[list[list[Note]]]
    asker: int
    silenced: Sequence[tuple[int, int]] = ()
    bet: Bet | None = None


def gallery_picture(
    weights: Float[np.ndarray, "layer head query key"] | list,
    pieces: Sequence[str],
    layer: int,
    head: int,
    asker: int,
    notes: Sequence[Note],
    title: str,
    silenced: Sequence[tuple[int, int]] = (),
    bet: Bet | None = None,
) -> str:
    """Desenha a galeria com uma cabeça aberta.

    Parâmetros:
        weights: o que se mostra, de 0 a 1, linhas que somam 1.
        layer: camada da cabeça aberta.
        head: número da cabeça aberta.
        asker: linha em destaque, a de quem pergunta.
        silenced: as cabeças caladas: a miniatura delas leva um risco.
        bet: a primeira aposta, com e sem as caladas; sem valor, não se desenha.
    """
    parts = [svg.text(12, 18, "todas as cabeças", "s b")]
    n_heads = len(weights[0])
    zones = []
    for h in range(n_heads):
        parts.append(svg.text(LEFT + h * STEP + THUMB / 2, TOP - 8, f"c{h}", "kc"))
    for i in range(len(weights)):
        y = TOP + i * STEP
        parts.append(svg.text(LEFT - 6, y + THUMB / 2 + 5, str(i), "ks", "end"))
        for j in range(n_heads):
            x = LEFT + j * STEP
            parts.append(_thumb(weights[i][j], x, y))
            if (i, j) in silenced:
                parts.append(svg.line(x, y + THUMB, x + THUMB, y, "l2"))
            zones.append(svg.zone((x, y, THUMB, THUMB), layer=i, head=j))
    parts.append(
        svg.box(LEFT + head * STEP - 3, TOP + layer * STEP - 3, THUMB + 6, THUMB + 6, "l2", 3)
    )
    parts.append(svg.zones(zones))
    parts.append(_notes(notes, TOP + len(weights) * STEP + 26))
    parts.append(svg.text(BIG_X - 44, 18, f"camada {layer}, cabeça {head}: {title}", "s b"))
    n = len(pieces)
    # De um texto qualquer, o último nome de coluna pode ser comprido: sobra lugar para ele.
    side = (BIG if bet is None else BIG - 30) / n
    parts.append(border((n, n), BIG_X, BIG_Y, (side, side), asker))
    said = [svg.short(piece, 80) for piece in pieces]
    parts.append(names(said, said, BIG_X, BIG_Y, (side, side)))
    parts.append(_tints(weights[layer][head], side))
    parts.append(svg.text(BIG_X, BIG_Y + BIG + 22, "linha: quem lê; coluna: quem é lido", "m"))
    if bet is None:
        return svg.document("".join(parts), HEIGHT)
    parts.append(bet_panel(bet, HEIGHT, "calando" if silenced else ""))
    return svg.document("".join(parts), HEIGHT + PANEL_H)


def _thumb(weights: Any, x: Px, y: Px) -> str:
    """A miniatura de um padrão: só as casas fortes, em dois tons."""
    parts = [svg.box(x, y, THUMB, THUMB, "box", 1)]
    place = f"translate({svg.number(x)},{svg.number(y)})scale({THUMB / len(weights):.3g})"
    for low, high, opacity in ((FAINT, STRONG, ".35"), (STRONG, 2.0, ".9")):
        path = _runs([[low < one <= high for one in row] for row in weights])
        if path:
            parts.append(
                f'<path transform="{place}" d="{path}" class="p1" fill-opacity="{opacity}"/>'
            )
    return "".join(parts)


def _tints(weights: Any, side: Px) -> str:
    """As casas do padrão aberto, um elemento por grau de tinta."""
    grades = [[min(GRADES, round(one * GRADES)) for one in row] for row in weights]
    place = f"translate({svg.number(BIG_X)},{svg.number(BIG_Y)})scale({side:.4g})"
    parts = []
    for grade in range(1, GRADES + 1):
        path = _runs([[one == grade for one in row] for row in grades])
        if path:
            opacity = f'fill-opacity="{0.7 * grade / GRADES:.2f}"'
            parts.append(f'<path transform="{place}" d="{path}" class="p1" {opacity}/>')
    return "".join(parts)


def _runs(chosen: Any) -> str:
    """As casas escolhidas, em unidades de casa; as seguidas numa coluna são um traço só."""
    strokes = []
    for column in range(len(chosen[0])):
        start = 0
        for row in range(len(chosen) + 1):
            if row == len(chosen) or not chosen[row][column]:
                if row > start:
                    strokes.append(f"M{column} {start}h1v{row - start}h-1z")
                start = row + 1
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


@functools.cache
def seen_in(prompt: str) -> HeadsSeen:
    """O que as cabeças leem numa frase de `PROMPTS`."""
    pieces, values = read_prompt(prompt)
    n_layers, n_heads = values["weight"].shape[:2]
    notes = [[notes_of(layer, head) for head in range(n_heads)] for layer in range(n_layers)]
    weights = {name: one.tolist() for name, one in values.items()}
    return HeadsSeen(pieces, weights, notes, asker_of(prompt))


def gallery_sentence(seen: HeadsSeen, measure: str, layer: int, head: int) -> str:
    """Quem pergunta, de onde lê mais e a nota que mais se destaca na cabeça (`layer`, `head`)."""
    pieces = seen.pieces
    row = seen.weights[measure][layer][head][seen.asker]
    order = sorted(range(len(row)), key=lambda j: -row[j])[:2]
    most = " e ".join([f"{pieces[j]} ({percent(row[j])})" for j in order if row[j] > 0])
    verb = "olha mais para" if measure == "weight" else "recebe mais de"
    best = max(seen.notes[layer][head], key=lambda note: note.value - note.chance)
    kind = f"Nas histórias, nenhuma nota passa da maior referência em {decimal(MARGIN)}."
    if best.value > best.chance + MARGIN:
        kind = (
            f"Nas histórias, a nota de {best.name} é {decimal(best.value)}; a maior referência dá "
            f"{decimal(best.chance)}."
        )
    said = f"Camada {layer}, cabeça {head}: {pieces[seen.asker]} {verb} {most}. {kind}"
    if not seen.silenced:
        return said
    quiet = ", ".join([f"{one}.{other}" for one, other in seen.silenced])
    return f"{said} Caladas: {quiet}."


def gallery_table(seen: HeadsSeen, layer: int, head: int) -> Numbers:
    """A linha em destaque da cabeça (`layer`, `head`): de cada token, o peso e a contribuição."""
    rows = [
        (
            seen.pieces[j],
            decimal(seen.weights["weight"][layer][head][seen.asker][j]),
            decimal(seen.weights["share"][layer][head][seen.asker][j]),
        )
        for j in range(seen.asker + 1)
    ]
    header = (f"{seen.pieces[seen.asker]} lê", MEASURES["weight"], MEASURES["share"])
    return Numbers(header, tuple(rows))


def view(seen: HeadsSeen, layer: int, head: int, measure: str) -> Frame:
    """O quadro de uma cabeça (`layer`, `head`), numa medida de `MEASURES`."""
    drawing = gallery_picture(
        seen.weights[measure],
        seen.pieces,
        layer,
        head,
        seen.asker,
        seen.notes[layer][head],
        MEASURES[measure],
        seen.silenced,
        seen.bet,
    )
    sentence = gallery_sentence(seen, measure, layer, head)
    return Frame(drawing, sentence, gallery_table(seen, layer, head))


#: O que o navegador usa para desenhar os textos próprios.
OWN = (view,)


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

    def draw(prompt: str, **state: Any) -> Frame:
        return view(seen_in(prompt), **state)

    return Flipper(
        draw,
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
        own=own_box("gallery", MAX_TOKENS, opened=True, notes=_sent_notes()),
    )


def _sent_notes() -> list:
    """As notas das cabeças, medidas nas histórias: valem para qualquer texto."""
    return [[[asdict(note) for note in head] for head in row] for row in seen_in(SENTENCE).notes]
