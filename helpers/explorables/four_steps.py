"""Passo a passo: uma leitura de `O João entregou`, da projeção à soma."""

from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from helpers.attention import attention_pattern
from helpers.explorables.kit.flipper import Flipper
from helpers.explorables.kit.frames import Axis, Frame
from helpers.explorables.kit.memory import opens
from helpers.explorables.kit.words import words
from helpers.plots import svg
from helpers.plots.matrix import grid
from helpers.spoken import decimal, listing

TEXT = words("w6-etapas")

NAMES = ("O", "João", "entregou")
# Dimensões: artigo, nome, verbo, masculino. Os mesmos números do texto da lição.
X = ((1, 0, 0, 1), (0, 1, 0, 1), (0, 0, 1, 0))
W_Q = ((1, 0), (0, 1), (2, 1), (0, 0))
W_K = ((0, 1), (2, 0), (0, 0), (1, 0))
W_V = ((1, 0, 0), (0, 10, 0), (0, 0, 1), (0, 1, 0))
CELL = (46, 28)
COLUMNS = (92, 300, 480)  # lado esquerdo das tabelas, em px
TOPS = (62, 214)
STEPS = ("projetar", "comparar", "repartir", "somar")


def steps_frame(
    names: Sequence[str],
    q: Any,
    k: Any,
    v: Any,
    scores: Any,
    pattern: Any,
    z: Any,
    *,
    step: int,
    asker: int,
) -> str:
    """Tabelas conhecidas até uma etapa, com a linha de quem pergunta contornada.

    Parâmetros:
        scores: comparações, [query key].
        pattern: pesos, [query key].
        z: leituras, [pos d_head].
        step: etapa alcançada, de 0 a 3.
        asker: posição de quem pergunta.
    """
    tables = (
        (0, "consultas", q, 0, 0, 0, asker),
        (0, "chaves", k, 1, 0, 0, None),
        (0, "valores", v, 2, 0, 0, None),
        (1, "scores", scores, 0, 1, 0, asker),
        (2, "pesos", pattern, 1, 1, 2, asker),
        (3, "leituras", z, 2, 1, 1, asker),
    )
    parts = [
        svg.text(8 + 150 * i, 22, f"{i + 1}. {name}", "s b" if i == step else "m")
        for i, name in enumerate(STEPS)
    ]
    for since, title, values, column, line, places, row in tables:
        if since > step:
            continue
        labels = names if column == 0 else ()
        x, y = COLUMNS[column], TOPS[line]
        # As colunas de scores e pesos são posições, na mesma ordem das linhas.
        parts.append(svg.text(x, y - 8, title, "s b"))
        parts.append(grid(values, x, y, cell=CELL, rows=labels, places=places, row=row))
    places = [svg.zone((4 + 150 * i, 4, 146, 26), step=i) for i in range(len(STEPS))]
    for y in TOPS if step else TOPS[:1]:
        for i in range(len(names)):
            places.append(svg.zone((2, y + i * CELL[1], svg.WIDTH - 4, CELL[1]), asker=i))
    parts.append(svg.zones(places))
    return svg.document("".join(parts), TOPS[1] + len(names) * CELL[1] + 14)


def reading() -> dict[str, Float[Tensor, "pos _"]]:
    """Todas as tabelas da leitura, da consulta ao que se leu."""
    x, *weights = (torch.tensor(table, dtype=torch.float32) for table in (X, W_Q, W_K, W_V))
    q, k, v = (x @ weight for weight in weights)
    scores = q @ k.T
    pattern = attention_pattern(scores / q.shape[-1] ** 0.5)
    return {"q": q, "k": k, "v": v, "scores": scores, "pattern": pattern, "z": pattern @ v}


def steps_sentence(tables: dict[str, Tensor], step: int, asker: int) -> str:
    """Frase da etapa `step`, de 0 a 3, com a linha da posição `asker`."""

    def row(name: str, places: int) -> str:
        return "; ".join(decimal(value, places) for value in tables[name][asker].tolist())

    pairs = zip(NAMES, tables["scores"][asker].tolist(), strict=True)
    weights = zip(NAMES, tables["pattern"][asker].tolist(), strict=True)
    told = (
        f"faz a consulta ({row('q', 0)}), a chave ({row('k', 0)}) e o valor ({row('v', 0)})",
        "compara a consulta com as chaves: " + listing([f"{n} {decimal(s, 0)}" for n, s in pairs]),
        "divide por √2 e reparte 1: " + listing([f"{n} {decimal(w)}" for n, w in weights]),
        f"soma os valores com esses pesos e lê ({row('z', 1)})",
    )
    return f"Etapa {step + 1}, {STEPS[step]}: {NAMES[asker]} {told[step]}."


@opens
def four_steps() -> Flipper:
    """As quatro etapas de uma leitura, com os números do texto (exemplo à mão, sem máscara)."""
    tables = reading()

    def frame(asker: int, step: int) -> Frame:
        drawing = steps_frame(NAMES, **tables, step=step, asker=asker)
        return Frame(drawing, steps_sentence(tables, step, asker))

    return Flipper(
        frame,
        [
            Axis("asker", "quem pergunta", (0, 1, 2), NAMES, kind="buttons"),
            Axis("step", "etapa", (0, 1, 2, 3), tuple(f"{i}. {s}" for i, s in _numbered())),
        ],
        **TEXT.heading(),
        question=TEXT.opening(steps_frame(NAMES, **tables, step=0, asker=1)),
        start={"asker": 2},
        challenges=TEXT.challenges(
            {
                "reparte": lambda asker, step: step == 2 and asker == _most_even(tables["pattern"]),
                "de_si": lambda asker, step: (
                    step == 3 and asker == _most_selfish(tables["pattern"])
                ),
            }
        ),
    )


def _numbered() -> list[tuple[int, str]]:
    return list(enumerate(STEPS, start=1))


def _most_even(pattern: Float[Tensor, "query key"]) -> int:
    return int(pattern.max(dim=-1).values.argmin())


def _most_selfish(pattern: Float[Tensor, "query key"]) -> int:
    return int(pattern.diagonal().argmax())
