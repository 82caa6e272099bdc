"""Do score ao peso: os quatro estágios da atenção, com a raiz, a máscara e o eixo na mão.

Os números são do modelo do curso, nos primeiros tokens da frase, na cabeça que mais reparte o
olhar entre eles.
"""

import functools
from math import sqrt
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from helpers.attention import causal_mask
from helpers.explorables.base import show
from helpers.explorables.flipper import Flipper
from helpers.explorables.frames import Axis, Challenge, Frame, Prediction, Table
from helpers.plots.matrix import heatmap, said
from helpers.plots.score_stages import Stage, stages_frame
from helpers.thread import Thread, load_thread

N_TOKENS = 4  # 4 linhas × 16 ajustes = 64 quadros, cada um com 64 casas
MASKS = {
    "none": "nenhuma",
    "zero_scores": "zero nos scores",
    "zero_weights": "zero nos pesos",
    "minus_inf": "−∞ nos scores",
}
AXES = {"key": "chaves", "query": "consultas"}


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
        raw: produtos escalares.
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
    """Diz se trocar o último token muda alguma saída anterior.

    Parâmetros:
        mask: chave de `MASKS`.
        scale: se divide pela raiz da largura.
        axis: chave de `AXES`.
    """
    found = first_tokens()
    outputs = []
    for source in (-1, 0):  # o próprio último token, e o primeiro posto no lugar dele
        q, k, v = (torch.cat([part[:-1], part[source][None]]) for part in found[:3])
        weights = weigh(q @ k.T, mask, scale, axis, q.shape[1])[2]
        outputs.append((weights @ v)[:-1])
    return bool((outputs[0] - outputs[1]).abs().max() > 1e-6)


def percent(value: float) -> str:
    """Porcentagem inteira, com os extremos que o arredondamento esconderia.

    Parâmetros:
        value: proporção, de 0 a 1.
    """
    if 0 < value < 0.005:
        return "menos de 1 %"
    return f"{value:.0%}".replace("%", " %")


def stages_state(row: int, mask: str, scale: bool, axis: str) -> Frame:
    """Quadro dos quatro estágios.

    Parâmetros:
        row: posição de quem pergunta.
        mask: chave de `MASKS`.
        scale: se divide pela raiz da largura.
        axis: chave de `AXES`.
    """
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
    table = Table(
        ("quem responde", "produto", "score", "peso"),
        tuple(
            (name, said(raw[row, j].item()), said(covered[row, j].item()), said(w, 3))
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
        f"A linha soma {said(total)}"
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


def score_to_weight(name: str = "w7") -> Flipper:
    """Do score ao peso: quatro tabelas, da consulta vezes chave ao peso, e o teste de vazamento.

    Parâmetros:
        name: nome na lista de exploráveis vivos.
    """
    found = first_tokens()
    last = len(found.names) - 1
    question = Prediction(
        "Três jeitos de esconder o futuro. Qual deles passa no teste de vazamento?",
        ("zero nos scores", "zero nos pesos", "−∞ nos scores", "os três"),
        "−∞ nos scores",
        (
            "exp(0) é 1: o futuro continua com peso. Escolha essa máscara e leia a linha.",
            "O peso do futuro é zero, mas ele ficou no denominador dos outros.",
            "exp(−∞) é 0: o futuro some também do denominador.",
            "Escolha um por vez e leia o fim da frase: só um deles não vaza.",
        ),
        cover=heatmap(found.q @ found.k.T, found.names, found.names, places=1, row=last),
    )
    return show(
        name,
        Flipper(
            stages_state,
            [
                Axis("row", "quem pergunta", tuple(range(last + 1)), found.names),
                Axis("mask", "máscara", tuple(MASKS), tuple(MASKS.values()), kind="buttons"),
                Axis("scale", "dividir por √d_head", (True, False), ("sim", "não"), "buttons"),
                Axis("axis", "softmax pelas", tuple(AXES), tuple(AXES.values()), "buttons"),
            ],
            "Do score ao peso",
            name="w7",
            title="Do score ao peso: o que cada passo protege?",
            question=question,
            start={"row": 1},
            challenges=(
                Challenge(
                    "Ache um ajuste que passa no teste de vazamento, na última linha.",
                    lambda row, mask, scale, axis: row == last and not leaks(mask, scale, axis),
                ),
                Challenge(
                    "Ache um ajuste em que o futuro tem peso zero e, mesmo assim, vaza.",
                    lambda row, mask, scale, axis: (
                        row < last
                        and leaks(mask, scale, axis)
                        and (mask == "zero_weights" or mask == "minus_inf")
                    ),
                ),
            ),
        ),
    )
