"""Do score ao peso: os quatro estágios da atenção, com a raiz, a máscara e o eixo na mão.

Os números são do modelo do curso, nos primeiros tokens da frase, na cabeça que mais reparte o
olhar entre eles.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from helpers.attention import causal_mask
from helpers.explorables.kit.flipper import Flipper
from helpers.explorables.kit.frames import Axis, Frame, Numbers
from helpers.explorables.kit.memory import opens
from helpers.explorables.kit.words import words
from helpers.plots import svg
from helpers.plots.matrix import HEAD, grid, heatmap, names_height
from helpers.plots.svg import Px
from helpers.spoken import decimal, percent
from helpers.studies.thread import Thread, load_thread

TEXT = words("w7")

N_TOKENS = 4  # 4 linhas × 16 ajustes = 64 quadros, cada um com 64 casas
MASKS = {
    "none": "nenhuma",
    "zero_scores": "zero nos scores",
    "zero_weights": "zero nos pesos",
    "minus_inf": "−∞ nos scores",
}
AXES = {"key": "chaves", "query": "consultas"}
HEIGHT = 24  # de uma casa, em px
GAP = 24  # entre a tabela da esquerda e a da direita
SUMS = 60  # lugar das somas, à direita


@dataclass(frozen=True)
class Stage:
    """Uma tabela do percurso: título, números, casas escondidas e casas decimais."""

    title: str
    values: Float[np.ndarray, "query key"]
    hidden: Bool[np.ndarray, "query key"]
    places: int = 1
    peak: float | None = None


def stages_frame(stages: Sequence[Stage], names: Sequence[str], row: int) -> str:
    """Quatro tabelas, duas em cima e duas embaixo, com a mesma linha contornada em todas.

    Parâmetros:
        row: a linha de quem pergunta.

    Erros:
        ValueError: se as tabelas não forem quatro.
    """
    if len(stages) != 4:
        raise ValueError(f"São {len(stages)} tabelas; o percurso tem quatro.")
    left = round(16 + max(svg.label_width(name, 14) for name in names))
    width = int((svg.WIDTH - left - GAP - SUMS) / (2 * len(names)))
    right = left + len(names) * width + GAP
    columns = [_fitted(name, width - 4) for name in names]
    top = HEAD + names_height(columns, width)
    below = top + len(names) * HEIGHT + HEAD + 16
    parts = []
    for i, stage in enumerate(stages):
        last = i == len(stages) - 1
        parts.append(
            grid(
                stage.values,
                right if i % 2 else left,
                below if i > 1 else top,
                cell=(width, HEIGHT),
                rows=() if i % 2 else names,
                columns=columns if i < 2 else (),
                title=stage.title,
                places=stage.places,
                peak=stage.peak,
                hidden=stage.hidden,
                row_sums=last,
                column_sums=last,
            )
        )
    # Um traço só para as quatro linhas contornadas: o quadro fica mais leve.
    outline = "".join(
        f"M{x} {y + row * HEIGHT}h{len(names) * width}v{HEIGHT}H{x}z"
        for x in (left, right)
        for y in (top, below)
    )
    parts.append(f'<path d="{outline}" class="l1"/>')
    # Nas linhas se escolhe quem pergunta; nos nomes de cima, quem é lido passa a perguntar.
    wide = 2 * right - left - GAP
    places = (
        ((2, top + i * HEIGHT, wide, HEIGHT), (left + i * width, HEAD, width, top - HEAD))
        for i in range(len(names))
    )
    parts.append(svg.zones(svg.zone(*both, row=i) for i, both in enumerate(places) if i != row))
    return svg.document("".join(parts), below + (len(names) + 1) * HEIGHT + 8)


def _fitted(name: str, width: Px) -> str:
    """Nome cortado com reticências para caber deitado."""
    while svg.label_width(name, 14) > width:
        name = name.rstrip("…")[:-1] + "…"
    return name


class Vectors(NamedTuple):
    """Consultas, chaves e valores dos primeiros tokens da frase, seus nomes e a cabeça lida."""

    q: Float[Tensor, "pos d_head"]
    k: Float[Tensor, "pos d_head"]
    v: Float[Tensor, "pos d_head"]
    names: tuple[str, ...]
    layer: int
    head: int


@functools.cache
def first_tokens() -> Vectors:
    """Vetores de uma cabeça do modelo do curso."""
    thread = load_thread()
    layer, head = _widest(thread)
    parts = [thread.cache[f"blocks.{layer}.attn.hook_{name}"][0, :N_TOKENS, head] for name in "qkv"]
    names = tuple(piece.replace(" ", "·") for piece in thread.pieces[:N_TOKENS])
    return Vectors(*parts, names, layer, head)


def _widest(thread: Thread) -> tuple[int, int]:
    """Camada e cabeça de maior entropia média nas linhas mostradas: nela se vê mais."""
    n_layers = len(thread.model.blocks)
    patterns = torch.stack(
        [thread.cache[f"blocks.{i}.attn.hook_pattern"][0] for i in range(n_layers)]
    )[:, :, :N_TOKENS, :N_TOKENS]
    entropy = -torch.xlogy(patterns, patterns).sum(-1).mean(-1)
    return divmod(int(entropy.argmax()), entropy.shape[1])


def weigh(
    raw: Float[Tensor, "query key"], mask: str, scale: bool, axis: str, width: int
) -> tuple[Float[Tensor, "query key"], Float[Tensor, "query key"], Float[Tensor, "query key"]]:
    """Os três estágios depois do produto: dividido, com a máscara, e os pesos.

    Parâmetros:
        mask: chave de `MASKS`.
        scale: se divide pela raiz da largura.
        axis: `key`, softmax em cada linha; `query`, em cada coluna.
        width: largura das consultas.
    """
    past = causal_mask(len(raw))
    divided = raw / sqrt(width) if scale else raw
    fill = {"zero_scores": 0.0, "minus_inf": -torch.inf}.get(mask)
    covered = divided if fill is None else divided.masked_fill(~past, fill)
    weights = covered.softmax(-1 if axis == "key" else -2)
    if mask == "zero_weights":
        weights = weights.masked_fill(~past, 0.0)
    return divided, covered, weights


def leaks(mask: str, scale: bool, axis: str) -> bool:
    """Diz se trocar o último token muda alguma saída anterior."""
    found = first_tokens()
    outputs = []
    for source in (-1, 0):  # o próprio último token, e o primeiro posto no lugar dele
        q, k, v = (torch.cat([part[:-1], part[source][None]]) for part in found[:3])
        weights = weigh(q @ k.T, mask, scale, axis, q.shape[1])[2]
        outputs.append((weights @ v)[:-1])
    return bool((outputs[0] - outputs[1]).abs().max() > 1e-6)


def stages_state(row: int, mask: str, scale: bool, axis: str) -> Frame:
    """Quadro dos quatro estágios, com a posição `row` em destaque."""
    found = first_tokens()
    raw = found.q @ found.k.T
    divided, covered, weights = weigh(raw, mask, scale, axis, found.q.shape[1])
    forbidden = (~causal_mask(len(raw))).numpy()
    nothing = forbidden & False
    hide = forbidden if mask == "minus_inf" else nothing
    root = "2. dividido por √d_head" if scale else "2. sem dividir"
    drawing = stages_frame(
        (
            Stage("1. consulta · chave", raw.numpy(), nothing),
            Stage(root, divided.numpy(), nothing),
            Stage(f"3. {_mask_said(mask)}", covered.numpy(), hide),
            Stage(f"4. softmax pelas {AXES[axis]}", weights.numpy(), nothing, 2, 1.0),
        ),
        found.names,
        row,
    )
    table = Numbers(
        ("quem responde", "produto", "score", "peso"),
        tuple(
            (name, decimal(raw[row, j].item()), decimal(covered[row, j].item()), decimal(w, 3))
            for j, (name, w) in enumerate(zip(found.names, weights[row].tolist(), strict=True))
        ),
    )
    return Frame(drawing, _sentence(row, mask, scale, axis, weights), table)


def _mask_said(mask: str) -> str:
    # A máscara nos pesos só age depois: aqui a terceira tabela ainda é a segunda.
    return {
        "none": "sem máscara",
        "zero_scores": "zero no futuro",
        "zero_weights": "máscara só depois",
        "minus_inf": "−∞ no futuro",
    }[mask]


def _sentence(
    row: int, mask: str, scale: bool, axis: str, weights: Float[Tensor, "query key"]
) -> str:
    found, line = first_tokens(), weights[row]
    names = found.names
    best = int(line.argmax())
    total, future = line.sum().item(), line[row + 1 :].sum().item()
    parts = [
        f"Camada {found.layer}, cabeça {found.head}.",
        f"“{names[row]}” pergunta: maior peso para “{names[best]}”, {percent(line[best].item())}.",
        f"A linha soma {decimal(total)}"
        + (" e são as colunas que somam 1." if axis == "query" and mask != "zero_weights" else "."),
    ]
    if future > 0:
        parts.append(f"Vão {percent(future / total)} do peso dela para o futuro.")
    elif row + 1 < len(names):
        parts.append("O futuro tem peso zero.")
    if leaks(mask, scale, axis):
        parts.append("Teste: trocar o último token muda saídas anteriores. Vazou.")
    else:
        parts.append("Teste: trocar o último token não muda nada antes dele. Não vazou.")
    return " ".join(parts)


@opens
def score_to_weight() -> Flipper:
    """Do score ao peso: quatro tabelas, da consulta vezes chave ao peso, e o teste de vazamento."""
    found = first_tokens()
    last = len(found.names) - 1
    question = TEXT.opening(
        heatmap(found.q @ found.k.T, found.names, found.names, places=1, row=last)
    )
    return Flipper(
        stages_state,
        [
            Axis("row", "quem pergunta", tuple(range(last + 1)), found.names),
            Axis("mask", "máscara", tuple(MASKS), tuple(MASKS.values()), kind="buttons"),
            Axis("scale", "dividir por √d_head", (True, False), ("sim", "não"), "buttons"),
            Axis("axis", "softmax pelas", tuple(AXES), tuple(AXES.values()), "buttons"),
        ],
        **TEXT.heading(),
        question=question,
        start={"row": 1},
        challenges=TEXT.challenges(
            {
                "nao_vaza": lambda row, mask, scale, axis: (
                    row == last and not leaks(mask, scale, axis)
                ),
                "vaza": lambda row, mask, scale, axis: (
                    row < last
                    and leaks(mask, scale, axis)
                    and (mask == "zero_weights" or mask == "minus_inf")
                ),
            }
        ),
    )
