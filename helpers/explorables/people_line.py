"""A fila: a frase como gente em fila, e três cabeças de pesos escritos à mão."""

import functools
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from helpers.attention import attention_pattern, causal_mask
from helpers.explorables.kit.flipper import Flipper
from helpers.explorables.kit.frames import Axis, Frame, Numbers
from helpers.explorables.kit.memory import opens
from helpers.explorables.kit.words import words
from helpers.plots import svg
from helpers.plots.svg import Px
from helpers.spoken import listing, percent

TEXT = words("w5")

WORDS = ("O", "João", "entregou", "um", "pão", "para", "Maria", ".")
KINDS = ("artigo", "pessoa", "verbo", "artigo", "coisa", "preposição", "pessoa", "ponto")
SHORT = {"preposição": "prepos."}
FEATURES = ("artigo", "pessoa", "verbo", "coisa", "preposição", "ponto", "lugar")
LABELS = ("pessoa", "coisa", "artigo", "lugar")
STRENGTH, NEARNESS = 12.0, 2.0
MOST = 0.9  # parte da leitura que diz se ela se concentra ou se espalha
#: Cabeça -> quem pergunta, por que etiqueta, e se a pergunta fala do lugar.
HEADS = {
    "verb": (("verbo",), "pessoa", False),
    "article": (("coisa", "pessoa"), "artigo", False),
    "near": (("coisa", "pessoa"), "artigo", True),
}
NAMES = {"verb": "verbo → pessoa", "article": "nome → artigo", "near": "nome → último artigo"}
ENTREGOU = WORDS.index("entregou")
HEIGHT = 306
GROUND = 214  # altura dos pés, em px
HEAD_Y = 154  # centro da cabeça
CROWN = 132  # de onde saem e aonde chegam as setas
THICKEST = 9.0  # traço do peso 1, em px
THINNEST = 0.02  # pesos menores que este não viram seta


def line_frame(
    words: Sequence[str],
    tags: Sequence[str],
    asker: int,
    weights: Sequence[Px],
    *,
    question: str,
    curtain: bool = True,
) -> str:
    """Desenho da fila com quem pergunta, o que pergunta e de quem lê.

    Parâmetros:
        words: uma palavra por pessoa, na ordem da frase: o conteúdo (valor).
        asker: a posição de quem pergunta.
        weights: o peso que ela dá a cada pessoa; só zeros, e nenhum peso é escrito.

    Erros:
        ValueError: se palavras, etiquetas e pesos não forem tantos quantos as pessoas.
    """
    if not len(words) == len(tags) == len(weights) or not 0 <= asker < len(words):
        raise ValueError(
            f"Há {len(words)} palavras, {len(tags)} etiquetas, {len(weights)} pesos e quem "
            f"pergunta é a posição {asker}; é um de cada por pessoa."
        )
    slot = svg.WIDTH / len(words)
    middles = [(i + 0.5) * slot for i in range(len(words))]
    parts = [svg.text(8, 20, f"{words[asker]} pergunta: {question}", "s b")]
    parts += [_arrow(middles, i, asker, weight) for i, weight in enumerate(weights)]
    for i, middle in enumerate(middles):
        parts.append(_person(middle, i == asker))
        parts.append(
            svg.text(middle, GROUND + 20, words[i], "s b" if i == asker else "s", "middle")
        )
        parts.append(svg.text(middle, GROUND + 40, tags[i], "m", "middle"))
        if any(weights) and (i <= asker or not curtain):
            parts.append(svg.text(middle, GROUND + 62, share_read(weights[i]), "kc"))
    if curtain and asker + 1 < len(words):
        left = (asker + 1) * slot + 2
        parts.append(
            svg.box(left, CROWN - 12, svg.WIDTH - left - 4, GROUND - CROWN + 60, "line", 2)
        )
        parts.append(svg.hatch(left, CROWN - 12, svg.WIDTH - left - 4, GROUND - CROWN + 60, 20))
    tall = GROUND - CROWN + 64
    places = (
        svg.zone((i * slot + 3, CROWN - 16, slot - 6, tall), asker=i) for i in range(len(words))
    )
    parts.append(svg.zones(places))
    return svg.document("".join(parts) + _legend(), HEIGHT)


def share_read(weight: Px) -> str:
    """Porcentagem de um peso, com uma casa só quando é preciso: `50 %`, `12,5 %`, `<0,1 %`.

    Parâmetros:
        weight: de 0 a 1.
    """
    tenths = round(1000 * weight)
    return percent(weight, 1 if tenths % 10 or 0 < weight < 0.0005 else 0, "<")


def _legend() -> str:
    y = HEIGHT - 8
    return (
        svg.text(8, y, "← já escrito", "m")
        + svg.text(svg.WIDTH / 2, y, "palavra · etiqueta · peso", "m", "middle")
        + svg.text(svg.WIDTH - 8, y, "a frase segue →", "m", "end")
    )


def _person(x: Px, asking: bool) -> str:
    """Cabeça de frente para quem olha, e corpo; quem pergunta vem em azul."""
    style = "c1" if asking else "box"
    body = f"M{svg.number(x - 16)} {GROUND}q0 -40 16 -40q16 0 16 40z"
    eyes = (
        f'<circle cx="{svg.number(x + side)}" cy="{HEAD_Y - 2}" r="2" class="ink"/>'
        for side in (-5, 5)
    )
    return (
        f'<path d="{body}" class="{style}"/>'
        f'<circle cx="{svg.number(x)}" cy="{HEAD_Y}" r="13" class="{style}"/>' + "".join(eyes)
    )


def _arrow(middles: Sequence[Px], source: int, asker: int, weight: Px) -> str:
    """Seta da origem ao destino; para si mesma, um laço sobre a cabeça."""
    if weight < THINNEST:
        return ""
    start, end = middles[source], middles[asker]
    # Quem vem do futuro chega em laranja: é o que a cortina devia impedir.
    style = "l2" if source > asker else "l3"
    if source == asker:
        loop = f"M{svg.number(end - 9)} {CROWN + 4}c-24 -44 42 -44 18 -6"
        shape = f'<path d="{loop}" class="{style}"/>' + _tip(end + 9, CROWN + 6)
    else:
        end += -8 if source < asker else 8
        rise = min(92.0, 28 + 12 * abs(source - asker))
        shape = svg.arc(start, end, CROWN - 4, rise, style) + _tip(end, CROWN)
    # Em `style`, e não em atributo: a folha de estilo da classe venceria o atributo.
    thick = svg.number(max(1.0, weight * THICKEST))
    return shape.replace(f'class="{style}"/>', f'class="{style}" style="stroke-width:{thick}"/>')


def _tip(x: Px, y: Px) -> str:
    return f'<path d="M{svg.number(x)} {svg.number(y)}l-5 -10h10z" class="ink"/>'


def features() -> Float[Tensor, "pos d_model"]:
    """Vetor de cada palavra: 1 na sua categoria, e o lugar na fila."""
    x = torch.zeros(len(WORDS), len(FEATURES))
    for place, kind in enumerate(KINDS):
        x[place, FEATURES.index(kind)] = 1
        x[place, FEATURES.index("lugar")] = place
    return x


def query_weights(head: str) -> Float[Tensor, "d_model d_head"]:
    """Matriz `W_Q` de uma cabeça escrita à mão."""
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
        curtain: se a máscara causal esconde quem está à direita.
    """
    x = features()
    keys = x[:, [FEATURES.index(name) for name in LABELS]]
    scores = x @ query_weights(head) @ keys.T / len(LABELS) ** 0.5
    return attention_pattern(scores, causal_mask(len(WORDS)) if curtain else None)


def question_of(head: str, asker: int) -> str:
    """O que a posição `asker` pergunta, em palavras."""
    askers, wanted, near = HEADS[head]
    if KINDS[asker] not in askers:
        return "nada (consulta de zeros)"
    return f"quem é {wanted}, e o mais recente?" if near else f"quem é {wanted}?"


def line_sentence(head: str, asker: int, curtain: bool) -> str:
    """Frase que diz de quem a palavra lê e o que isso tem de estranho.

    Parâmetros:
        asker: posição de quem pergunta.
    """
    weights = line_pattern(head, curtain)[asker].tolist()
    reach = range(asker + 1) if curtain else range(len(WORDS))
    opening = f"{WORDS[asker]} pergunta: {question_of(head, asker)}."
    if len(reach) == 1:
        told = "Não há ninguém à esquerda: só pode ler a si, e lê 100 %."
    elif max(weights) - min(weights[place] for place in reach) < 1e-6:
        told = f"Lê {len(reach)} por igual, {share_read(weights[0])} de cada, a si também."
    else:
        order = sorted(reach, key=lambda place: -weights[place])
        shown = [place for place in order if weights[place] >= THINNEST][:3]
        told = "Lê " + listing([_share(place, asker, weights[place]) for place in shown]) + "."
    if len(reach) > 1:
        n = crowd(weights)
        told += f" Para juntar {percent(MOST)}, " + (
            "basta 1 posição." if n == 1 else f"são precisas {n}."
        )
    leak = sum(weights[asker + 1 :])
    warning = (
        f" Sem a cortina, {share_read(leak)} vem do que ainda não foi escrito." if leak else ""
    )
    return f"{opening.replace('?.', '?')} {told}{warning}"


def crowd(weights: list[float], most: float = MOST) -> int:
    """Quantas posições, das mais lidas às menos, juntam boa parte da leitura.

    Parâmetros:
        weights: os pesos de uma linha, que somam 1.
        most: a parte a juntar, de 0 a 1.
    """
    total, ranked = 0.0, sorted(weights, reverse=True)
    for n, weight in enumerate(ranked, start=1):
        total += weight
        if total >= most:
            return n
    return len(ranked)


def _share(place: int, asker: int, weight: float) -> str:
    who = "a si" if place == asker else WORDS[place]
    return f"{who} ({share_read(weight)})"


@opens
def the_line() -> Flipper:
    """A fila: quem pergunta, com que cabeça, com ou sem a cortina que esconde o futuro."""
    tags = [SHORT.get(kind, kind) for kind in KINDS]

    def frame(head: str, asker: int, curtain: bool) -> Frame:
        weights = line_pattern(head, curtain)[asker].tolist()
        asked = question_of(head, asker)
        drawing = line_frame(WORDS, tags, asker, weights, question=asked, curtain=curtain)
        rows = tuple(
            (word, kind, "escondida" if curtain and place > asker else share_read(weight))
            for place, (word, kind, weight) in enumerate(zip(WORDS, KINDS, weights, strict=True))
        )
        table = Numbers(("palavra", "etiqueta", "peso"), rows)
        return Frame(drawing, line_sentence(head, asker, curtain), table)

    return Flipper(
        frame,
        [
            Axis("head", "cabeça", tuple(HEADS), tuple(NAMES.values()), kind="buttons"),
            Axis("asker", "quem pergunta", tuple(range(len(WORDS))), WORDS),
            Axis("curtain", "cortina", (True, False), ("fechada", "aberta"), kind="buttons"),
        ],
        **TEXT.heading(),
        question=TEXT.opening(
            line_frame(WORDS, tags, ENTREGOU, [0.0] * len(WORDS), question="quem é pessoa?")
        ),
        start={"asker": ENTREGOU},
        challenges=TEXT.challenges(
            {
                "artigo": lambda head, asker, curtain: head == "near" and WORDS[asker] == "Maria",
                "gente": lambda most, head, asker, curtain: (
                    curtain and crowd(line_pattern(head, True)[asker].tolist(), most) == len(WORDS)
                ),
                "futuro": lambda head, asker, curtain: asker == ENTREGOU and not curtain,
            },
            most=MOST,
        ),
    )
