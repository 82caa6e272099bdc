"""Lente logit: o que se leria no fluxo se o modelo acabasse ali."""

import torch

from helpers import heads
from helpers.explorables.base import show
from helpers.explorables.flipper import Flipper
from helpers.explorables.frames import Axis, Challenge, Frame, Prediction, Table
from helpers.explorables.token_names import token_labels, token_text, unique_labels
from helpers.hooks import run_with_cache
from helpers.plots import lens as draw
from helpers.plots.figures import decimal
from helpers.thread import Thread, load_thread

SHOWN = 6  # tokens que cabem na grade
READINGS = {
    "norm": "com a norma final",
    "raw": "sem a norma final",
    "shuffled": "pesos embaralhados",
}


def read_stream(thread: Thread, reading: str) -> torch.Tensor:
    """Probabilidades lidas em cada altura: com a última norma, sem ela, ou sem treino.

    Parâmetros:
        thread: o fio do curso.
        reading: uma chave de `READINGS`.

    Retorna:
        Probabilidades, `[depth pos d_vocab]`; a última altura é a saída do modelo.
    """
    model = thread.model
    if reading == "shuffled":
        model = heads.shuffled_weights(model, torch.Generator().manual_seed(0))
    if reading != "raw":
        return heads.logit_lens(model, thread.tokens)[:, 0].softmax(-1)
    last = len(model.blocks) - 1
    names = [f"blocks.{layer}.hook_resid_pre" for layer in range(last + 1)]
    names.append(f"blocks.{last}.hook_resid_post")
    with torch.no_grad():
        _, cache = run_with_cache(model, thread.tokens, names)
        return torch.stack([(cache[name][0] @ model.W_U).softmax(-1) for name in names])


def rank_of(probabilities: torch.Tensor, token: int) -> int:
    """Posto de um token, contado de 1: quantos são mais prováveis, mais um.

    Parâmetros:
        probabilities: uma por token do vocabulário.
        token: o id.
    """
    return int((probabilities > probabilities[token]).sum()) + 1


def rank_story(ranks: list[int]) -> list[str]:
    """Postos em palavras, com a seta que diz se melhorou em relação à altura de baixo.

    Parâmetros:
        ranks: um posto por altura, de baixo para cima.
    """
    told = []
    for i, rank in enumerate(ranks):
        before = ranks[i - 1] if i else rank
        move = "" if rank == before else " ↑" if rank < before else " ↓"
        told.append(f"{rank}º{move}")
    return told


def logit_lens(thread: Thread | None = None, name: str = "w11") -> Flipper:
    """Lente logit: uma grade de altura por token, e o detalhe da casa escolhida.

    Parâmetros:
        thread: o fio do curso; sem valor, é lido do disco.
        name: nome na lista de exploráveis vivos.
    """
    thread = thread or load_thread()
    # O último token não tem seguinte na frase: o verdadeiro não se conhece.
    end = len(thread.ids) - 1
    places = tuple(range(max(1, end - SHOWN), end))
    labels = token_labels(thread)
    names = unique_labels(labels)
    n_blocks = thread.model.config.n_layers
    heights = ("entrada", *(f"bloco {layer}" for layer in range(n_blocks)))
    readings = {kind: read_stream(thread, kind) for kind in READINGS}

    def word(token: int) -> str:
        return token_text(thread, token)

    ranks = {
        (kind, place): [rank_of(row[place], thread.ids[place + 1]) for row in rows]
        for kind, rows in readings.items()
        for place in places
    }

    def frame(token: int, height: int, reading: str) -> Frame:
        rows = readings[reading][:, list(places)]
        best = rows.max(-1)
        top = readings[reading][height, token].topk(5)
        told = rank_story(ranks[reading, token])
        pairs = [(word(int(i)), float(p)) for i, p in zip(top.indices, top.values, strict=True)]
        picture = draw.lens_frame(
            [labels[place] for place in places],
            heights,
            [[word(int(i)) for i in row] for row in best.indices],
            best.values.tolist(),
            (height, places.index(token)),
            pairs,
            list(zip(heights, told, strict=True)),
        )
        where = "na entrada" if height == 0 else f"depois do bloco {height - 1}"
        true = labels[token + 1]
        said = (
            f"Em “{names[token]}”, {where}, {READINGS[reading]}: lê-se “{pairs[0][0]}”, "
            f"{pairs[0][1]:.0%}. O token que veio, “{true}”, está no posto "
            f"{ranks[reading, token][height]}."
        )
        if reading == "raw":
            said += " Sem a norma a régua é outra: os números não são os do modelo."
        if reading == "shuffled":
            said += " Este modelo tem os pesos embaralhados: nada aqui veio do treino."
        table = [
            (
                heights[i],
                told[i],
                decimal(float(readings[reading][i, token, thread.ids[token + 1]]), 3),
            )
            for i in range(len(heights))
        ]
        return Frame(picture, said, Table(("altura", "posto", "probabilidade"), tuple(table)))

    axes = [
        Axis("token", "token", places, tuple(names[place] for place in places)),
        Axis("height", "altura", tuple(range(len(heights))), heights),
        Axis("reading", "ler", tuple(READINGS), tuple(READINGS.values()), kind="buttons"),
    ]
    first = thread.at("um") if thread.at("um") in places else places[0]
    return show(
        name,
        Flipper(
            frame,
            axes,
            "Lente logit",
            name="w11",
            title="Lente logit: e se o modelo acabasse aqui?",
            question=_question(),
            challenges=_challenges(ranks, first),
            start={"token": first},
        ),
    )


def _question() -> Prediction:
    return Prediction(
        "Subindo de bloco em bloco, o posto do token que veio de fato só melhora?",
        ("só melhora", "às vezes piora no caminho", "só o último bloco o muda"),
        "às vezes piora no caminho",
        (
            "Suba bloco a bloco e procure uma seta para baixo.",
            "Uma camada pode escrever contra a resposta, e outra desfazer isso.",
            "Suba bloco a bloco: os do meio também mudam o posto.",
        ),
    )


def _challenges(ranks: dict[tuple[str, int], list[int]], first: int) -> tuple[Challenge, ...]:
    """Desafios que o quadro inicial não cumpre; o da piora só se ela existir."""
    places = sorted({place for _, place in ranks})
    worse = {
        (place, height)
        for place in places
        for height in range(1, len(ranks["norm", place]))
        if ranks["norm", place][height] > ranks["norm", place][height - 1]
    }
    best = min(ranks["norm", place][-1] for place in places)
    last = len(ranks["norm", first]) - 1
    goals = [
        Challenge(
            f"Com a norma, no alto, ache um token em que o verdadeiro está no posto {best}.",
            lambda token, height, reading: (
                reading == "norm" and height == last and ranks["norm", token][-1] == best
            ),
        )
    ]
    if worse - {(first, 0)}:
        goals.append(
            Challenge(
                "Com a norma, ache uma casa em que o posto do token verdadeiro piorou.",
                lambda token, height, reading: reading == "norm" and (token, height) in worse,
            )
        )
    else:
        goals.append(
            Challenge(
                "Leia a última altura sem a norma final.",
                lambda token, height, reading: reading == "raw" and height == last,
            )
        )
    return tuple(goals)
