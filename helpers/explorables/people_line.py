"""A fila: a frase como gente em fila, e três cabeças de pesos escritos à mão."""

import functools

import torch
from jaxtyping import Float
from torch import Tensor

from helpers.attention import attention_pattern, causal_mask
from helpers.explorables.base import show
from helpers.explorables.flipper import Flipper
from helpers.explorables.frames import Axis, Challenge, Frame, Prediction, Table
from helpers.explorables.merge_steps import listing
from helpers.plots import people_line as draw

WORDS = ("O", "João", "entregou", "um", "pão", "para", "Maria", ".")
KINDS = ("artigo", "pessoa", "verbo", "artigo", "coisa", "preposição", "pessoa", "ponto")
SHORT = {"preposição": "prepos."}
FEATURES = ("artigo", "pessoa", "verbo", "coisa", "preposição", "ponto", "lugar")
LABELS = ("pessoa", "coisa", "artigo", "lugar")
STRENGTH, NEARNESS = 12.0, 2.0
MOST = 90  # por cento da leitura: diz se ela se concentra ou se espalha
#: Cabeça -> quem pergunta, por que etiqueta, e se a pergunta fala do lugar.
HEADS = {
    "verb": (("verbo",), "pessoa", False),
    "article": (("coisa", "pessoa"), "artigo", False),
    "near": (("coisa", "pessoa"), "artigo", True),
}
NAMES = {"verb": "verbo → pessoa", "article": "nome → artigo", "near": "nome → último artigo"}
ENTREGOU = WORDS.index("entregou")


def features() -> Float[Tensor, "pos d_model"]:
    """Vetor de cada palavra: 1 na sua categoria, e o lugar na fila."""
    x = torch.zeros(len(WORDS), len(FEATURES))
    for place, kind in enumerate(KINDS):
        x[place, FEATURES.index(kind)] = 1
        x[place, FEATURES.index("lugar")] = place
    return x


def query_weights(head: str) -> Float[Tensor, "d_model d_head"]:
    """Matriz `W_Q` de uma cabeça escrita à mão.

    Parâmetros:
        head: uma chave de `HEADS`.
    """
    askers, wanted, near = HEADS[head]
    W_Q = torch.zeros(len(FEATURES), len(LABELS))
    for kind in askers:
        W_Q[FEATURES.index(kind), LABELS.index(wanted)] = STRENGTH
        W_Q[FEATURES.index(kind), LABELS.index("lugar")] = NEARNESS * near
    return W_Q


@functools.cache
def line_pattern(head: str, curtain: bool) -> Float[Tensor, "query key"]:
    """Padrão de atenção de uma cabeça da fila.

    Parâmetros:
        head: uma chave de `HEADS`.
        curtain: se a máscara causal esconde quem está à frente.
    """
    x = features()
    keys = x[:, [FEATURES.index(name) for name in LABELS]]
    scores = x @ query_weights(head) @ keys.T / len(LABELS) ** 0.5
    return attention_pattern(scores, causal_mask(len(WORDS)) if curtain else None)


def question_of(head: str, asker: int) -> str:
    """O que a palavra pergunta nesta cabeça, em palavras.

    Parâmetros:
        head: uma chave de `HEADS`.
        asker: posição de quem pergunta.
    """
    askers, wanted, near = HEADS[head]
    if KINDS[asker] not in askers:
        return "nada (consulta de zeros)"
    return f"quem é {wanted}, e o mais recente?" if near else f"quem é {wanted}?"


def line_sentence(head: str, asker: int, curtain: bool) -> str:
    """Frase que diz de quem a palavra lê e o que isso tem de estranho.

    Parâmetros:
        head: uma chave de `HEADS`.
        asker: posição de quem pergunta.
        curtain: se a cortina está fechada.
    """
    weights = line_pattern(head, curtain)[asker].tolist()
    reach = range(asker + 1) if curtain else range(len(WORDS))
    opening = f"{WORDS[asker]} pergunta: {question_of(head, asker)}."
    if len(reach) == 1:
        told = "Não há ninguém atrás: só pode ler a si, e lê 100%."
    elif max(weights) - min(weights[place] for place in reach) < 1e-6:
        told = f"Lê {len(reach)} por igual, {draw.percent(weights[0])} de cada, a si também."
    else:
        order = sorted(reach, key=lambda place: -weights[place])
        shown = [place for place in order if weights[place] >= draw.THINNEST][:3]
        told = "Lê " + listing([_share(place, asker, weights[place]) for place in shown]) + "."
    if len(reach) > 1:
        n = crowd(weights)
        told += f" Para juntar {MOST}%, " + ("basta 1 posição." if n == 1 else f"são precisas {n}.")
    leak = sum(weights[asker + 1 :])
    warning = (
        f" Sem a cortina, {draw.percent(leak)} vem do que ainda não foi escrito." if leak else ""
    )
    return f"{opening.replace('?.', '?')} {told}{warning}"


def crowd(weights: list[float]) -> int:
    """Quantas posições, das mais lidas às menos, juntam `MOST` por cento da leitura.

    Parâmetros:
        weights: os pesos de uma linha, que somam 1.
    """
    total, ranked = 0.0, sorted(weights, reverse=True)
    for n, weight in enumerate(ranked, start=1):
        total += weight
        if total >= MOST / 100:
            return n
    return len(ranked)


def _share(place: int, asker: int, weight: float) -> str:
    who = "a si" if place == asker else WORDS[place]
    return f"{who} ({draw.percent(weight)})"


def the_line(name: str = "w5") -> Flipper:
    """A fila: quem pergunta, com que cabeça, com ou sem a cortina que esconde o futuro.

    Parâmetros:
        name: nome na lista de exploráveis vivos.
    """
    tags = [SHORT.get(kind, kind) for kind in KINDS]

    def frame(head: str, asker: int, curtain: bool) -> Frame:
        weights = line_pattern(head, curtain)[asker].tolist()
        asked = question_of(head, asker)
        drawing = draw.line_frame(WORDS, tags, asker, weights, question=asked, curtain=curtain)
        rows = tuple(
            (word, kind, "escondida" if curtain and place > asker else draw.percent(weight))
            for place, (word, kind, weight) in enumerate(zip(WORDS, KINDS, weights, strict=True))
        )
        table = Table(("palavra", "etiqueta", "peso"), rows)
        return Frame(drawing, line_sentence(head, asker, curtain), table)

    return show(
        name,
        Flipper(
            frame,
            [
                Axis("head", "cabeça", tuple(HEADS), tuple(NAMES.values()), kind="buttons"),
                Axis("asker", "quem pergunta", tuple(range(len(WORDS))), WORDS),
                Axis("curtain", "cortina", (True, False), ("fechada", "aberta"), kind="buttons"),
            ],
            "A fila",
            name="w5",
            title="A fila: de quem cada palavra lê?",
            question=_opening(tags),
            start={"asker": ENTREGOU},
            challenges=(
                Challenge(
                    "Ache quem pergunta por um artigo e lê um que não é seu.",
                    lambda head, asker, curtain: head == "near" and WORDS[asker] == "Maria",
                ),
                Challenge(
                    "Com a cortina fechada, ache quem precisa de mais gente para juntar 90%.",
                    lambda head, asker, curtain: (
                        curtain and crowd(line_pattern(head, True)[asker].tolist()) == len(WORDS)
                    ),
                ),
                Challenge(
                    "Quebre a fila: faça entregou ler quem ainda não foi escrito.",
                    lambda head, asker, curtain: asker == ENTREGOU and not curtain,
                ),
            ),
        ),
    )


def _opening(tags: list[str]) -> Prediction:
    blank = [0.0] * len(WORDS)
    return Prediction(
        "O verbo procura uma pessoa, e só alcança quem já foi escrito. De quem entregou vai ler?",
        ("de João", "de Maria", "de João e de Maria"),
        "de João",
        (
            "É a única pessoa atrás dele.",
            "Maria também tem a etiqueta certa, mas está à frente, atrás da cortina.",
            "Seria meio a meio se a cortina estivesse aberta. Abra e veja.",
        ),
        cover=draw.line_frame(WORDS, tags, ENTREGOU, blank, question="quem é pessoa?"),
    )
