"""Lente logit: o que se leria no fluxo se o modelo acabasse ali."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from helpers import heads
from helpers.explorables.kit.flipper import Flipper
from helpers.explorables.kit.frames import Axis, Challenge, Frame, Numbers
from helpers.explorables.kit.memory import opens
from helpers.explorables.kit.own_page import own_box
from helpers.explorables.kit.token_names import token_labels, token_text, unique_labels
from helpers.explorables.kit.words import words
from helpers.hooks import run_with_cache
from helpers.plots import svg
from helpers.plots.svg import Px
from helpers.spoken import decimal, percent
from helpers.studies.thread import Thread, load_thread

TEXT = words("w11")

SHOWN = 6  # tokens que cabem na grade
READINGS = {
    "norm": "com a norma final",
    "raw": "sem a norma final",
    "shuffled": "pesos embaralhados",
}
LEFT, CELL_H, HEAD = 70, 40, 42


def lens_frame(
    labels: Sequence[str],
    heights: Sequence[str],
    words: Sequence[Sequence[str]],
    probabilities: Sequence[Sequence[Px]],
    chosen: tuple[int, int],
    top: Sequence[tuple[str, Px]],
    ranks: Sequence[tuple[str, str]],
    places: Sequence[int] = (),
    followed: str = "",
) -> str:
    """Grade de altura por token, com a melhor aposta em cada casa, e o detalhe da escolhida.

    Parâmetros:
        heights: nome de cada altura, de baixo para cima.
        words: a melhor aposta, [altura][token].
        probabilities: a probabilidade dela, [altura][token].
        chosen: altura e token da casa escolhida.
        top: as melhores apostas da casa escolhida e suas probabilidades.
        ranks: altura e lugar do token que se segue, de baixo para cima.
        followed: o token que se segue; sem valor, o verdadeiro.
        places: posição de cada token na frase, para a casa levar até ele; sem valor, não leva.
    """
    width = (svg.WIDTH - LEFT - 6) / len(labels)
    n = len(heights)
    centers = [LEFT + (column + 0.5) * width for column in range(len(labels))]
    parts = [_line(centers, 20, [svg.short(label, width - 4) for label in labels], "kc b")]
    for row in range(n):
        y = HEAD - 12 + (n - 1 - row) * CELL_H
        parts.append(svg.text(4, y + 24, heights[row], "s"))
        parts.append(svg.line(LEFT, y + CELL_H, svg.WIDTH - 6, y + CELL_H))
        inked = [(LEFT + i * width + 2, (width - 4) * p) for i, p in enumerate(probabilities[row])]
        parts.append(svg.boxes([place for place in inked if place[1] >= 1], y + 2, 36, "soft"))
        parts.append(
            _line(centers, y + 17, [svg.short(one, width - 6) for one in words[row]], "kc")
        )
        told = [percent(p, less="<") for p in probabilities[row]]
        parts.append(_line(centers, y + 34, told, "m", "middle"))
    row, column = chosen
    y = HEAD - 12 + (n - 1 - row) * CELL_H
    parts.append(svg.box(LEFT + column * width, y, width, CELL_H, "l2"))
    cells = []
    for i, place in enumerate(places):
        for j in range(n):
            y = HEAD - 12 + (n - 1 - j) * CELL_H
            cells.append(svg.zone((LEFT + i * width, y, width, CELL_H), token=place, height=j))
    parts.append(svg.zones(cells))
    bottom = HEAD + n * CELL_H
    parts.append(_top_bars(top, bottom + 16))
    title = f"lugar de “{followed}”" if followed else "lugar do token que veio de fato"
    parts.append(_ranks(ranks, row, bottom + 16, title))
    return svg.document("".join(parts), bottom + 26 + 24 * 5)


def _line(centers: Sequence[Px], y: Px, words: Sequence[str], style: str, anchor: str = "") -> str:
    """Uma fileira de palavras em um elemento só: o quadro fica três vezes mais leve."""
    spans = "".join(
        f'<tspan x="{svg.number(x)}">{svg.escape(word)}</tspan>'
        for x, word in zip(centers, words, strict=True)
    )
    classes = f"{style} {anchor}".strip()
    return f'<text y="{svg.number(y)}" class="{classes}">{spans}</text>'


def _top_bars(top: Sequence[tuple[str, Px]], y: Px) -> str:
    parts = [svg.text(4, y, "as cinco maiores apostas", "s b")]
    for i, (word, probability) in enumerate(top):
        line = y + 24 * (i + 1)
        parts.append(svg.text(4, line, svg.short(word, 90), "ks"))
        parts.append(svg.box(104, line - 12, 130 * probability + 1, 14, "p1"))
        parts.append(
            svg.text(104 + 130 * probability + 8, line, percent(probability, less="<"), "s")
        )
    return "".join(parts)


def _ranks(ranks: Sequence[tuple[str, str]], row: int, y: Px, title: str) -> str:
    parts = [svg.text(330, y, title, "s b")]
    for i, (height, rank) in enumerate(ranks):
        style = "s b" if i == row else "s"
        parts.append(svg.text(330, y + 24 * (len(ranks) - i), f"{height}: {rank}", style))
    return "".join(parts)


def read_stream(thread: Thread, reading: str) -> torch.Tensor:
    """Probabilidades lidas em cada altura: com a última norma, sem ela, ou sem treino.

    Parâmetros:
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
    """Lugar de um token, contado de 1: quantos são mais prováveis, mais um.

    Parâmetros:
        token: um id do tokenizador.
    """
    return int((probabilities > probabilities[token]).sum()) + 1


def rank_story(ranks: list[int]) -> list[str]:
    """Lugares em palavras, com a seta que diz se melhorou em relação à altura de baixo.

    Parâmetros:
        ranks: um lugar por altura, de baixo para cima.
    """
    told = []
    for i, rank in enumerate(ranks):
        before = ranks[i - 1] if i else rank
        move = "" if rank == before else " ↑" if rank < before else " ↓"
        told.append(f"{rank}º{move}")
    return told


@dataclass(frozen=True)
class LensSeen:
    """O que se leu numa frase, em textos e números: disto se faz o quadro de qualquer casa.

    Parâmetros:
        labels: o texto de cada token.
        names: o mesmo, sem repetição.
        heights: nome de cada altura, de baixo para cima.
        places: as posições que estão na grade.
        top: as cinco maiores apostas de cada casa, por leitura, altura e posição da grade.
        ranks: o lugar do token que se segue, por leitura, posição da grade e altura.
        shares: a probabilidade dele, na mesma ordem.
        expected: o token que se segue em cada posição da grade.
        followed: a palavra que quem estuda escolheu seguir; sem valor, o token que veio de fato.
    """

    labels: list[str]
    names: list[str]
    heights: list[str]
    places: list[int]
    top: dict[str, list[list[list[tuple[str, float]]]]]
    ranks: dict[str, list[list[int]]]
    shares: dict[str, list[list[float]]]
    expected: list[str]
    followed: str = ""


def view(seen: LensSeen, token: int, height: int, reading: str) -> Frame:
    """O quadro de uma casa: a posição `token` depois de `height` blocos, lida de um jeito."""
    at = seen.places.index(token)
    best = [[cell[0] for cell in row] for row in seen.top[reading]]
    told = rank_story(seen.ranks[reading][at])
    drawing = lens_frame(
        [seen.labels[place] for place in seen.places],
        seen.heights,
        [[word for word, share in row] for row in best],
        [[share for word, share in row] for row in best],
        (height, at),
        seen.top[reading][height][at],
        list(zip(seen.heights, told, strict=True)),
        seen.places,
        seen.followed,
    )
    rows = [
        (name, rank, decimal(share, 3))
        for name, rank, share in zip(seen.heights, told, seen.shares[reading][at], strict=True)
    ]
    table = Numbers(("altura", "lugar", "probabilidade"), tuple(rows))
    return Frame(drawing, _sentence(seen, token, height, reading), table)


def _sentence(seen: LensSeen, token: int, height: int, reading: str) -> str:
    at = seen.places.index(token)
    where = "na entrada" if height == 0 else f"depois do bloco {height - 1}"
    word, share = seen.top[reading][height][at][0]
    which = "A palavra que se segue" if seen.followed else "O token que veio"
    said = (
        f"Em “{seen.names[token]}”, {where}, {READINGS[reading]}: lê-se “{word}”, "
        f"{percent(share)}. {which}, “{seen.expected[at]}”, está no lugar "
        f"{seen.ranks[reading][at][height]}."
    )
    if reading == "raw":
        return said + " Sem a norma a régua é outra: os números não são os do modelo."
    if reading == "shuffled":
        return said + " Este modelo tem os pesos embaralhados: nada aqui veio do treino."
    return said


#: O que o navegador usa para desenhar os textos próprios.
OWN = (view, unique_labels)


def read_sentence(thread: Thread) -> LensSeen:
    """O que se lê da frase do curso, em cada casa da grade e de cada jeito de ler."""
    # O último token não tem seguinte na frase: o verdadeiro não se conhece.
    end = len(thread.ids) - 1
    places = list(range(max(1, end - SHOWN), end))
    labels = token_labels(thread)
    top, ranks, shares = {}, {}, {}
    for kind in READINGS:
        rows = read_stream(thread, kind)[:, places]
        # No empate, o id menor: a ordem não depende do computador.
        values, order = rows.sort(dim=-1, descending=True, stable=True)
        top[kind] = [
            [
                [(token_text(thread, token), p) for token, p in zip(*cell, strict=True)]
                for cell in zip(*row, strict=True)
            ]
            for row in zip(order[..., :5].tolist(), values[..., :5].tolist(), strict=True)
        ]
        came = [thread.ids[place + 1] for place in places]
        ranks[kind] = [[rank_of(row, t) for row in rows[:, i]] for i, t in enumerate(came)]
        shares[kind] = [rows[:, i, t].tolist() for i, t in enumerate(came)]
    blocks = range(thread.model.config.n_layers)
    heights = ["entrada", *(f"bloco {layer}" for layer in blocks)]
    names = list(unique_labels(labels))
    expected = [labels[place + 1] for place in places]
    return LensSeen(labels, names, heights, places, top, ranks, shares, expected)


def _challenges(seen: LensSeen) -> tuple[Challenge, ...]:
    """A melhor leitura no alto, e uma casa em que subir piora o lugar do verdadeiro."""
    ranks = dict(zip(seen.places, seen.ranks["norm"], strict=True))
    worse = {
        (place, height)
        for place, found in ranks.items()
        for height in range(1, len(found))
        if found[height] > found[height - 1]
    }
    last = len(seen.heights) - 1
    return TEXT.challenges(
        {
            "melhor": lambda best, token, height, reading: (
                reading == "norm" and height == last and ranks[token][-1] == best
            ),
            "piorou": lambda token, height, reading: reading == "norm" and (token, height) in worse,
        },
        best=min(found[-1] for found in ranks.values()),
    )


@opens
def logit_lens(thread: Thread | None = None) -> Flipper:
    """Lente logit: uma grade de altura por token, e o detalhe da casa escolhida.

    Parâmetros:
        thread: o fio do curso; sem valor, é lido do disco.
    """
    thread = thread or load_thread()
    seen = read_sentence(thread)
    first = thread.at("um") if thread.at("um") in seen.places else seen.places[0]
    return Flipper(
        functools.partial(view, seen),
        [
            Axis("token", "token", tuple(seen.places), tuple(seen.names[p] for p in seen.places)),
            Axis("height", "altura", tuple(range(len(seen.heights))), tuple(seen.heights)),
            Axis("reading", "ler", tuple(READINGS), tuple(READINGS.values()), kind="buttons"),
        ],
        **TEXT.heading(),
        question=TEXT.opening(),
        challenges=_challenges(seen),
        start={"token": first},
        own=own_box("lens", follows=True),
    )
