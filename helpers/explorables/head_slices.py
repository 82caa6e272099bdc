"""Cabeças em fatias: concatenar e projetar é somar o que cada cabeça escreve."""

import itertools

import numpy as np

from helpers.explorables.base import show
from helpers.explorables.flipper import Flipper
from helpers.explorables.frames import Axis, Challenge, Choice, Frame, Prediction, Table
from helpers.plots.head_slices import D_MODEL, N_HEADS, both_ways, slices_picture

# Exemplo feito à mão, com inteiros pequenos: o que cada cabeça leu em duas palavras da frase.
Z = {
    "entregou": np.array([[1, 2], [0, 1], [2, -1], [1, 1]]),
    "pão": np.array([[-1, 1], [2, 0], [1, 1], [0, 0]]),
}
W_O = np.array(
    [
        [[1, 0, 0, 2, 0, 0, -1, 0], [0, 1, 0, 0, 1, 0, 0, 0]],
        [[0, 0, 2, 0, 0, 1, 0, 0], [1, 0, 0, 0, 0, 0, 0, 2]],
        [[0, 1, 0, 0, 0, 0, 1, 0], [0, 0, 1, -1, 0, 0, 0, 1]],
        [[2, 0, 0, 0, 1, 0, 0, 0], [0, 0, 0, 1, 0, 2, 0, 0]],
    ]
)
ORDERS = {"right": (0, 1, 2, 3), "shifted": (1, 2, 3, 0)}
MASKS = tuple(itertools.product((True, False), repeat=N_HEADS))


def slices_frame(token: str, order: str, speaking: tuple[bool, ...]) -> Frame:
    """Devolve o quadro de uma palavra, com algumas cabeças caladas e as fatias em certa ordem.

    Parâmetros:
        token: a palavra, chave de `Z`.
        order: chave de `ORDERS`.
        speaking: se cada cabeça fala.
    """
    heard = Z[token] * np.array(speaking, dtype=int)[:, None]
    together, pieces = both_ways(heard, W_O, ORDERS[order])
    rows = [(f"cabeça {h}", *map(str, pieces[h].tolist())) for h in range(N_HEADS)]
    rows.append(("soma", *map(str, pieces.sum(0).tolist())))
    rows.append(("concat · W_O", *map(str, together.tolist())))
    header = ("", *(str(i) for i in range(D_MODEL)))
    return Frame(
        slices_picture(Z[token], W_O, speaking, ORDERS[order]),
        slices_sentence(token, order, speaking),
        Table(header, tuple(rows)),
        tuple(_switch(head, speaking) for head in range(N_HEADS)),
    )


def slices_sentence(token: str, order: str, speaking: tuple[bool, ...]) -> str:
    """Devolve a frase do quadro: quem fala, o que se escreve e se as duas contas coincidem.

    Parâmetros:
        token: a palavra.
        order: chave de `ORDERS`.
        speaking: se cada cabeça fala.
    """
    heard = Z[token] * np.array(speaking, dtype=int)[:, None]
    together, pieces = both_ways(heard, W_O, ORDERS[order])
    mute = [str(head) for head in range(N_HEADS) if not speaking[head]]
    who = {
        0: "as quatro cabeças falam",
        1: f"a cabeça {''.join(mute)} está calada",
        N_HEADS: "todas as cabeças estão caladas",
    }.get(len(mute), f"as cabeças {', '.join(mute[:-1])} e {''.join(mute[-1:])} estão caladas")
    gap = int(np.abs(together - pieces.sum(0)).max())
    written = " ".join(map(str, together.tolist()))
    start = f"Exemplo, {token}: {who}. Concatenação · W_O dá {written}"
    if gap == 0:
        return f"{start}, o mesmo que somar as parcelas. Diferença: 0."
    return (
        f"{start}; a soma das parcelas é outra, e a diferença chega a {gap}. Quebrou: cada bloco "
        "encontrou a fatia de outra cabeça."
    )


def _switch(head: int, speaking: tuple[bool, ...]) -> Choice:
    changed = tuple(not on if i == head else on for i, on in enumerate(speaking))
    verb = "calar" if speaking[head] else "ouvir"
    return Choice(f"{verb} a cabeça {head}", {"speaking": changed})


def heads_in_slices(name: str = "w9") -> Flipper:
    """Cabeças em fatias: um botão por cabeça e duas contas que precisam coincidir.

    Parâmetros:
        name: nome na lista de exploráveis vivos.
    """
    everyone = MASKS[0]
    question = Prediction(
        "Se a cabeça 1 se cala, quantas das outras três parcelas mudam?",
        ("nenhuma", "uma", "as três"),
        "nenhuma",
        (
            "Cada cabeça tem as suas linhas de W_O, e ninguém as divide com ela.",
            "Cale a cabeça 1 e compare as parcelas: as outras ficam como estavam.",
            "Cale a cabeça 1 e compare as parcelas: só o total muda.",
        ),
    )
    return show(
        name,
        Flipper(
            slices_frame,
            [
                Axis("token", "palavra", tuple(Z), kind="buttons"),
                Axis(
                    "order",
                    "fatias de W_O",
                    tuple(ORDERS),
                    ("cada uma com a sua", "trocadas"),
                    kind="buttons",
                ),
                Axis("speaking", "cabeças", MASKS, kind="hidden"),
            ],
            "Cabeças em fatias",
            name="w9",
            title="Cabeças em fatias: concatenar ou somar?",
            question=question,
            challenges=(
                Challenge(
                    "Ache a palavra e a cabeça que, calada sozinha, não muda nada.",
                    lambda token, order, speaking: (
                        order == "right"
                        and sum(speaking) == N_HEADS - 1
                        and not Z[token][speaking.index(False)].any()
                    ),
                ),
                Challenge(
                    "Com as fatias trocadas, faça a diferença voltar a zero.",
                    lambda token, order, speaking: (
                        order == "shifted"
                        and speaking != everyone
                        and _gap(token, order, speaking) == 0
                    ),
                ),
            ),
        ),
    )


def _gap(token, order, speaking):
    heard = Z[token] * np.array(speaking, dtype=int)[:, None]
    together, pieces = both_ways(heard, W_O, ORDERS[order])
    return int(np.abs(together - pieces.sum(0)).max())
