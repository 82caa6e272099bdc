"""Desligue uma cabeça: o que o modelo apostaria sem ela, no texto de quem estuda."""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from helpers.bpe import END
from helpers.explorables.head_facts import course_thread, head_means, model_ablations
from helpers.explorables.kit.frames import Axis, Frame, Numbers, Opening, following
from helpers.explorables.kit.live import LiveFlipper, Scene
from helpers.explorables.kit.memory import opens
from helpers.explorables.kit.words import words
from helpers.heads import ablate
from helpers.plots import svg
from helpers.plots.matrix import grid
from helpers.plots.svg import Px
from helpers.spoken import decimal

TEXT = words("w14")

PROMPT = "Maria entregou um pão para o João. Agora o pão é do"
MODES = {"zero": "zero", "mean": "a média"}
N_SHOWN = 5
MAX_TOKENS = 40

Head = tuple[int, int]
CELL = (56, 30)
GRID_X, GRID_Y = 40, 70
BARS_X, NAME_W, BAR_W = 300, 100, 120
HEIGHT = 262


def switches_picture(
    change: Float[np.ndarray, "layer head"],
    removed: Sequence[tuple[int, int]],
    pieces: Sequence[str],
    before: Sequence[float],
    after: Sequence[float],
) -> str:
    """Desenha a tabela das ablações e, ao lado, as apostas antes e depois de desligar.

    Parâmetros:
        change: quanto a perda muda, nas histórias, sem cada cabeça.
        before: probabilidade de cada um com todas as cabeças, de 0 a 1.
        after: probabilidade de cada um sem as desligadas.
    """
    parts = [svg.text(12, 18, "quanto a perda sobe", "s b")]
    parts.append(svg.text(12, 36, "nas histórias, uma cabeça por vez", "m"))
    rows = [str(layer) for layer in range(change.shape[0])]
    columns = [f"c{head}" for head in range(change.shape[1])]
    parts.append(grid(change, GRID_X, GRID_Y, cell=CELL, rows=rows, columns=columns))
    for layer, head in removed:
        x, y = GRID_X + head * CELL[0], GRID_Y + layer * CELL[1]
        parts.append(svg.box(x + 2, y + 2, CELL[0] - 4, CELL[1] - 4, "l2", 2))
        parts.append(svg.line(x + 4, y + CELL[1] - 4, x + CELL[0] - 4, y + 4, "l2"))
        # De novo, com halo: o risco passa por trás do número.
        parts.append(
            svg.text(x + CELL[0] / 2, y + 20, decimal(change[layer, head].item()), "kc halo")
        )
    note = "riscadas: desligadas" if removed else "nenhuma desligada"
    parts.append(svg.text(12, GRID_Y + change.shape[0] * CELL[1] + 26, note, "m"))
    parts.append(svg.text(BARS_X, 18, "o próximo token", "s b"))
    parts.append(svg.text(BARS_X, 36, "em cima, com todas; embaixo, sem as riscadas", "m"))
    for number, (piece, first, second) in enumerate(zip(pieces, before, after, strict=True)):
        parts.append(_pair(piece, first, second, 50 + number * 40))
    return svg.document("".join(parts), HEIGHT)


def _pair(piece: str, before: float, after: float, y: Px) -> str:
    x = BARS_X + NAME_W
    move = "↑" if after > before + 0.005 else "↓" if after < before - 0.005 else "="
    return "".join(
        [
            svg.text(x - 10, y + 20, piece, "ks", "end"),
            svg.box(x, y + 2, max(1.0, BAR_W * before), 13, "c1", 1),
            svg.box(x, y + 17, max(1.0, BAR_W * after), 13, "p1", 1),
            svg.text(x + BAR_W + 10, y + 22, f"{decimal(before)} {move} {decimal(after)}", "ks"),
        ]
    )


def _zones(n_layers: int, n_heads: int, mode: str) -> list[str]:
    """Onde se aperta: cada cabeça, cada camada, os nomes de cima, a nota e as apostas."""
    w, h = CELL
    floor = GRID_Y + n_layers * h
    found = [
        svg.zone((12, floor + 8, 200, 28), removed="nenhuma"),
        svg.zone((GRID_X, GRID_Y - 26, n_heads * w, 26), removed="todas"),
        svg.zone((BARS_X, 42, svg.WIDTH - BARS_X - 4, N_SHOWN * 40), mode=following(MODES, mode)),
    ]
    for layer in range(n_layers):
        y = GRID_Y + layer * h
        found.append(svg.zone((8, y, GRID_X - 8, h), removed=f"camada {layer}"))
        found += [
            svg.zone((GRID_X + head * w, y, w, h), removed=f"{layer}.{head}")
            for head in range(n_heads)
        ]
    return found


def removals() -> dict[str, list[Head]]:
    """Devolve o que se pode desligar: nada, cada cabeça, cada camada, tudo."""
    config = course_thread().model.config
    layers, heads = range(config.n_layers), range(config.n_heads)
    found: dict[str, list[Head]] = {"nenhuma": []}
    found |= {f"{layer}.{head}": [(layer, head)] for layer in layers for head in heads}
    found |= {f"camada {layer}": [(layer, head) for head in heads] for layer in layers}
    return found | {"todas": [(layer, head) for layer in layers for head in heads]}


def next_probabilities(
    ids: Sequence[int], removed: Sequence[Head], mode: str
) -> Float[Tensor, " d_vocab"]:
    """Devolve a probabilidade de cada próximo token, sem algumas cabeças.

    Parâmetros:
        ids: o texto, com a marca de começo.
        mode: chave de `MODES`: pelo que se troca o que elas leram.
    """
    means = head_means() if mode == "mean" else None
    logits = ablate(course_thread().model, torch.tensor([list(ids)]), list(removed), means)
    return logits[0, -1].softmax(-1)


def read_typed(text: str) -> tuple[list[int], str]:
    """Devolve os ids do fim de um texto, com a marca de começo, e o aviso do que não coube."""
    thread = course_thread()
    ids = thread.tokenizer.encode(text.rstrip())
    note = "" if len(ids) <= MAX_TOKENS else f"lendo os últimos {MAX_TOKENS} de {len(ids)} tokens"
    return [thread.tokenizer.special_tokens[END], *ids[-MAX_TOKENS:]], note


def label(token: int) -> str:
    """Como um `token` aparece na tela."""
    thread = course_thread()
    if token == thread.tokenizer.special_tokens[END]:
        return "¶"
    piece = svg.token_label(thread.tokenizer.decode_bytes([token]))
    return piece if len(piece) <= 10 else f"{piece[:9]}…"


def switches_scene(text: str) -> Scene:
    """Devolve a cena de um texto: o que desligar e pelo que trocar."""
    ids, note = read_typed(text)
    before = next_probabilities(ids, [], "zero")
    top = before.topk(N_SHOWN).indices.tolist()
    choices = removals()
    change = model_ablations().overall.change.mean.numpy()

    def frame(removed: str, mode: str) -> Frame:
        after = next_probabilities(ids, choices[removed], mode)
        first, second = ([probs[token].item() for token in top] for probs in (before, after))
        winner = int(after.argmax())
        pieces = [label(token) for token in top]
        rows = [
            (piece, decimal(one, 3), decimal(other, 3))
            for piece, one, other in zip(pieces, first, second, strict=True)
        ]
        drawing = switches_picture(change, choices[removed], pieces, first, second)
        return Frame(
            svg.over(drawing, *_zones(*change.shape, mode)),
            switches_sentence(removed, mode, pieces[0], first[0], second[0], label(winner)),
            Numbers(("token", "com todas", "sem as desligadas"), tuple(rows)),
        )

    axes = [
        Axis("removed", "desligar (camada.cabeça)", tuple(choices), kind="buttons"),
        Axis("mode", "trocar por", tuple(MODES), tuple(MODES.values()), kind="buttons"),
    ]
    return Scene(frame, axes, note, _challenges(ids, before, choices))


def switches_sentence(
    removed: str, mode: str, favourite: str, before: float, after: float, winner: str
) -> str:
    """Devolve a frase do quadro: o que se desligou e o que houve com o favorito.

    Parâmetros:
        before: a probabilidade dele com todas.
        after: a probabilidade dele sem as desligadas.
    """
    if removed == "nenhuma":
        return f"Com todas as cabeças, o favorito é {favourite}, com {decimal(before)}."
    what = {"todas": "cabeça nenhuma"}.get(removed, f"as cabeças da {removed}")
    if "." in removed:
        layer, head = removed.split(".")
        what = f"a cabeça {head} da camada {layer}"
    kept = "continua o favorito" if winner == favourite else f"perde o lugar para {winner}"
    return (
        f"Sem {what} (no lugar, {MODES[mode]}), {favourite} vai de {decimal(before)} a "
        f"{decimal(after)} e {kept}."
    )


def _challenges(ids, before, choices):
    favourite = int(before.argmax())
    results = {
        (name, mode): next_probabilities(ids, removed, mode)
        for name, removed in choices.items()
        for mode in MODES
    }
    alone = {key: after for key, after in results.items() if "." in key[0]}
    worst = min(alone, key=lambda key: alone[key][favourite].item())
    helped = max(alone, key=lambda key: alone[key][favourite].item())
    return TEXT.challenges(
        {
            "derruba": lambda removed, mode: (removed, mode) == worst,
            "ajuda": lambda removed, mode: (removed, mode) == helped,
        }
    )


def opening_question() -> Opening:
    """Devolve a pergunta de abertura, com a resposta medida no modelo."""
    ids, _ = read_typed(PROMPT)
    whole = next_probabilities(ids, [], "zero")
    favourite = int(whole.argmax())
    before = whole[favourite].item()
    after = next_probabilities(ids, removals()["camada 0"], "zero")[favourite].item()
    left = after / before
    return TEXT.opening(right=(left > 0.25) + (left > 0.75), before=before, after=after)


@opens
def switch_off_heads(text: str = PROMPT) -> LiveFlipper:
    """Desligue uma cabeça: escreva um começo de frase e veja as apostas mudarem.

    Parâmetros:
        text: texto inicial; na tela pode ser trocado.
    """
    return LiveFlipper(
        switches_scene,
        text,
        **TEXT.heading(),
        question=opening_question() if text == PROMPT else None,
    )
