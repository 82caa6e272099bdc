"""Inspetor Q·K·V: um score do modelo aberto, número a número, e a sombra de uma chave."""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from helpers.explorables.base import show
from helpers.explorables.dimensions import DimensionFlipper
from helpers.explorables.flipper import Flipper
from helpers.explorables.frames import Axis, Challenge, Frame, Prediction, Table
from helpers.plots import inspector as draw
from helpers.plots.matrix import said
from helpers.plots.vectors import largest, vectors
from helpers.thread import MARK, SENTENCE, Thread, load_thread

WORDS = tuple(SENTENCE.replace(".", " .").split())
SHOWN = 2  # produtos que a tabela mostra de cada lado
ANGLES = tuple(range(0, 360, 15))
SIZES = (1, 2, 4)  # tamanho da chave B
QUERY, KEY_A, TURN_A, TURN_B = 2.0, 1.0, 30, 90  # tamanhos e direções, em graus


def qkv_inspector(
    thread: Thread | None = None, layer: int = 0, head: int = 0, name: str = "w6"
) -> DimensionFlipper:
    """Inspetor Q·K·V: quem pergunta, quem responde e a soma, dimensão a dimensão, que dá o score.

    Parâmetros:
        thread: o modelo e a frase; sem valor, os do curso.
        layer: camada, a partir de 0.
        head: cabeça, a partir de 0.
        name: nome na lista de exploráveis vivos.

    Erros:
        ValueError: se a camada ou a cabeça não existirem.
    """
    thread = thread or load_thread()
    _require_head(thread, layer, head)
    q, k, v = (thread.cache[f"blocks.{layer}.attn.hook_{one}"][0, :, head] for one in "qkv")
    pattern = thread.cache[f"blocks.{layer}.attn.hook_pattern"][0, head]
    places = {MARK: 0} | {word: thread.at(word) for word in WORDS}
    rows = torch.tensor(list(places.values()))
    products = q[rows][:, None] * k[rows][None]
    peaks = [largest(one) for one in (q[rows], k[rows], products, products.cumsum(-1), v[rows])]

    def frame(asker: str, source: str) -> Frame:
        i, j = places[asker], places[source]
        weight = float(pattern[i, j]) if j <= i else None
        names = (asker, source)
        drawing = draw.score_frame(q[i], k[j], v[j], names, peaks=peaks, weight=weight)
        terms = (q[i].double() * k[j].double()).tolist()
        return Frame(drawing, score_sentence(asker, source, terms, weight), _terms_table(terms))

    scores = {word: float(q[places["."]] @ k[places[word]]) for word in places}
    askers = [places[word] for word in WORDS[1:]]
    return show(
        name,
        DimensionFlipper(
            frame,
            [
                Axis("asker", "quem pergunta", WORDS[1:]),
                Axis("source", "quem responde", tuple(places)),
            ],
            "Inspetor Q·K·V",
            vectors=(q[askers], k[rows]),
            place=draw.dimension_place(q.shape[-1], peaks[3]),
            name="w6",
            title=f"Inspetor Q·K·V (camada {layer}, cabeça {head}): de onde sai um score?",
            question=_opening(q[places["entregou"]], k[places["João"]]),
            start={"asker": "entregou", "source": "João"},
            challenges=(
                Challenge(
                    "Troque os papéis: João pergunta, entregou responde. O score é outro.",
                    lambda asker, source: (asker, source) == ("João", "entregou"),
                ),
                Challenge(
                    "Ache a chave que dá o maior score à consulta do ponto final.",
                    lambda asker, source: asker == "." and scores[source] == max(scores.values()),
                ),
            ),
        ),
    )


def score_sentence(asker: str, source: str, terms: list[float], weight: float | None) -> str:
    """Frase que separa os produtos a favor dos contra e diz o que a soma vira.

    Parâmetros:
        asker: quem pergunta.
        source: quem responde.
        terms: produto de cada dimensão.
        weight: peso depois da máscara e do softmax; `None` se a posição está escondida.
    """
    favour = [term for term in terms if term > 0]
    against = [term for term in terms if term <= 0]
    added, taken = closing(sum(favour), sum(against))
    end = (
        "Está à frente: a máscara a esconde, e o peso é zero"
        if weight is None
        else f"Com o softmax, {said(100 * weight, 1)}% da leitura"
    )
    return (
        f"{asker} pergunta, {source} responde: {len(favour)} produtos a favor somam "
        f"{said(added)}, {len(against)} contra somam {said(taken)}. "
        f"Score {said(sum(terms))}; dividido por √{len(terms)}, "
        f"{said(sum(terms) / math.sqrt(len(terms)))}. {end}."
    )


def closing(favour: float, against: float) -> tuple[float, float]:
    """As duas parcelas em centésimos, arredondadas de modo que a soma na tela feche.

    Parâmetros:
        favour: soma dos produtos positivos.
        against: soma dos outros.
    """
    parts = [round(100 * favour), round(100 * against)]
    missing = round(100 * (favour + against)) - sum(parts)
    # O centésimo que falta, ou sobra, vai para quem ficou mais longe do seu valor nesse sentido.
    exact = (100 * favour, 100 * against)
    errors = [missing * (one - part) for one, part in zip(exact, parts, strict=True)]
    parts[errors.index(max(errors))] += missing
    return parts[0] / 100, parts[1] / 100


def _terms_table(terms: list[float]) -> Table:
    """Os maiores produtos de cada lado, com a dimensão de cada um."""
    order = sorted(range(len(terms)), key=lambda i: -terms[i])
    rows = [(str(i), said(terms[i])) for i in (*order[:SHOWN], *order[-SHOWN:])]
    return Table(("dimensão", "q × k"), tuple(rows))


def _opening(q: Float[Tensor, " d_head"], k: Float[Tensor, " d_head"]) -> Prediction:
    return Prediction(
        f"O score de entregou com João é uma soma de {len(q)} produtos. Como eles são?",
        ("todos a favor (positivos)", "uns a favor, outros contra", "só um é diferente de zero"),
        "uns a favor, outros contra",
        (
            "Consulta e chave quase nunca têm o mesmo sinal em todas as dimensões.",
            "O score é o saldo.",
            "Na fila, feita à mão, era assim. Pesos aprendidos usam todas as dimensões.",
        ),
        cover=vectors(torch.stack([q, k]), ["q entregou", "k João"], tints=["q", "k"], places=-1),
    )


def _require_head(thread: Thread, layer: int, head: int) -> None:
    config = thread.model.config
    for what, value, limit in (
        ("layer", layer, config.n_layers),
        ("head", head, config.n_heads),
    ):
        if not 0 <= value < limit:
            raise ValueError(f"{what}={value} não existe neste modelo; vai de 0 a {limit - 1}.")


def shadow(name: str = "w6-sombra") -> Flipper:
    """A sombra: o produto escalar de uma consulta que gira com duas chaves (exemplo à mão).

    Parâmetros:
        name: nome na lista de exploráveis vivos.
    """
    key_a = _arrow(TURN_A, KEY_A)

    def frame(angle: int, size: int) -> Frame:
        q, keys = _arrow(angle, QUERY), (key_a, _arrow(TURN_B, size))
        return Frame(draw.shadow_frame(q, keys), _shadow_sentence(angle, size))

    return show(
        name,
        Flipper(
            frame,
            [
                Axis("angle", "direção de q", ANGLES, tuple(f"{angle}°" for angle in ANGLES)),
                Axis("size", "tamanho de k B", SIZES),
            ],
            "A sombra",
            name="w6-sombra",
            title="A sombra (exemplo): quem ganha, a chave alinhada ou a comprida?",
            question=Prediction(
                "q aponta para 30°. A chave A aponta para lá também; a B está a 60° dela, mas é 4 "
                "vezes mais comprida. Qual dá o maior score?",
                ("A", "B", "empatam"),
                "B",
                (
                    "A sombra de A é 1. A de B é metade do tamanho dela, 2. Ponha B em 4 e veja.",
                    "A sombra de B é metade de 4. Ponha B em 4 e veja.",
                    "Empatam quando B tem o dobro de A. Ponha B em 2 e veja.",
                ),
                cover=draw.shadow_frame(_arrow(TURN_A, QUERY), (key_a, _arrow(TURN_B, 1))),
            ),
            start={"angle": TURN_A},
            challenges=(
                Challenge(
                    "Gire q até a chave A ter score zero.",
                    lambda angle, size: abs(_scores(angle, size)[0]) < 1e-6,
                ),
                Challenge(
                    "Faça a B ganhar com um ângulo maior que o da A.",
                    lambda angle, size: _b_wins_bent(angle, size),
                ),
            ),
        ),
    )


def _arrow(degrees: int | float, size: int | float) -> tuple[float, float]:
    turn = math.radians(degrees)
    return size * math.cos(turn), size * math.sin(turn)


def _scores(angle: int, size: int) -> tuple[float, float]:
    a = QUERY * KEY_A * math.cos(math.radians(angle - TURN_A))
    return a, QUERY * size * math.cos(math.radians(angle - TURN_B))


def _bend(angle: int, turn: int) -> int:
    """Ângulo entre duas direções, de 0 a 180 graus."""
    return abs((angle - turn + 180) % 360 - 180)


def _b_wins_bent(angle: int, size: int) -> bool:
    a, b = _scores(angle, size)
    return b > a + 1e-6 and _bend(angle, TURN_B) > _bend(angle, TURN_A)


def _shadow_sentence(angle: int, size: int) -> str:
    a, b = _scores(angle, size)
    winner = "Empate" if abs(a - b) < 1e-6 else f"Ganha {'A' if a > b else 'B'}"
    return (
        f"q a {angle}°, k B de tamanho {size}. Chave A, a {_bend(angle, TURN_A)}° de q: score "
        f"{said(a)}. Chave B, a {_bend(angle, TURN_B)}° de q: score {said(b)}. {winner}."
    )
