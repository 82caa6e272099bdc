"""Passo a passo: uma leitura de `O João entregou`, da projeção à soma."""

import torch
from jaxtyping import Float
from torch import Tensor

from helpers.attention import attention_pattern
from helpers.explorables.base import show
from helpers.explorables.flipper import Flipper
from helpers.explorables.frames import Axis, Challenge, Frame, Prediction
from helpers.explorables.merge_steps import listing
from helpers.plots import four_steps as draw
from helpers.plots.matrix import said

NAMES = ("O", "João", "entregou")
# Dimensões: artigo, nome, verbo, masculino. Os mesmos números do texto da lição.
X = ((1, 0, 0, 1), (0, 1, 0, 1), (0, 0, 1, 0))
W_Q = ((1, 0), (0, 1), (2, 1), (0, 0))
W_K = ((0, 1), (2, 0), (0, 0), (1, 0))
W_V = ((1, 0, 0), (0, 10, 0), (0, 0, 1), (0, 1, 0))


def reading() -> dict[str, Float[Tensor, "pos _"]]:
    """Todas as tabelas da leitura, da consulta ao que se leu."""
    x, *weights = (torch.tensor(table, dtype=torch.float32) for table in (X, W_Q, W_K, W_V))
    q, k, v = (x @ weight for weight in weights)
    scores = q @ k.T
    pattern = attention_pattern(scores / q.shape[-1] ** 0.5)
    return {"q": q, "k": k, "v": v, "scores": scores, "pattern": pattern, "z": pattern @ v}


def steps_sentence(tables: dict[str, Tensor], step: int, asker: int) -> str:
    """Frase que diz o que a etapa acrescentou a quem pergunta.

    Parâmetros:
        tables: o que `reading` devolve.
        step: etapa alcançada, de 0 a 3.
        asker: posição de quem pergunta.
    """

    def row(name: str, places: int) -> str:
        return "; ".join(said(value, places) for value in tables[name][asker].tolist())

    pairs = zip(NAMES, tables["scores"][asker].tolist(), strict=True)
    weights = zip(NAMES, tables["pattern"][asker].tolist(), strict=True)
    told = (
        f"faz a consulta ({row('q', 0)}), a chave ({row('k', 0)}) e o valor ({row('v', 0)})",
        "compara a consulta com as chaves: " + listing([f"{n} {said(s, 0)}" for n, s in pairs]),
        "divide por √2 e reparte 1: " + listing([f"{n} {said(w)}" for n, w in weights]),
        f"soma os valores com esses pesos e lê ({row('z', 1)})",
    )
    return f"Etapa {step + 1}, {draw.STEPS[step]}: {NAMES[asker]} {told[step]}."


def four_steps(name: str = "w6-etapas") -> Flipper:
    """As quatro etapas de uma leitura, com os números do texto (exemplo à mão, sem máscara).

    Parâmetros:
        name: nome na lista de exploráveis vivos.
    """
    tables = reading()

    def frame(asker: int, step: int) -> Frame:
        drawing = draw.steps_frame(NAMES, **tables, step=step, asker=asker)
        return Frame(drawing, steps_sentence(tables, step, asker))

    return show(
        name,
        Flipper(
            frame,
            [
                Axis("asker", "quem pergunta", (0, 1, 2), NAMES, kind="buttons"),
                Axis("step", "etapa", (0, 1, 2, 3), tuple(f"{i}. {s}" for i, s in _numbered())),
            ],
            "As quatro etapas",
            name="w6-etapas",
            title="As quatro etapas (exemplo, sem máscara): em qual delas os valores entram?",
            question=Prediction(
                "Em que etapa os valores entram na conta?",
                ("comparar", "repartir", "somar"),
                "somar",
                (
                    "Quem se compara são consultas e chaves.",
                    "Repartir só mexe nos scores. Os valores esperam.",
                    "Até ali, tudo é decidido sem olhar os valores.",
                ),
                cover=draw.steps_frame(NAMES, **tables, step=0, asker=2),
            ),
            start={"asker": 2},
            challenges=(
                Challenge(
                    "Ache quem reparte a leitura mais por igual, e pare nos pesos dele.",
                    lambda asker, step: step == 2 and asker == _most_even(tables["pattern"]),
                ),
                Challenge(
                    "Veja a leitura de quem mais trouxe de si mesmo.",
                    lambda asker, step: step == 3 and asker == _most_selfish(tables["pattern"]),
                ),
            ),
        ),
    )


def _numbered() -> list[tuple[int, str]]:
    return list(enumerate(draw.STEPS, start=1))


def _most_even(pattern: Float[Tensor, "query key"]) -> int:
    return int(pattern.max(dim=-1).values.argmin())


def _most_selfish(pattern: Float[Tensor, "query key"]) -> int:
    return int(pattern.diagonal().argmax())
