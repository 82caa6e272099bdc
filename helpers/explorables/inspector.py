"""Inspetor Q·K·V: um score do modelo aberto, número a número, e uma dimensão por vez.

O Python arredonda as dimensões em centésimos inteiros; o navegador só subtrai e escreve. Assim o
que se lê fecha: a soma de antes mais o produto é a soma de depois.
"""

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
import traitlets
from jaxtyping import Float
from torch import Tensor

from helpers.explorables.kit.base import load_css, load_js
from helpers.explorables.kit.flipper import Flipper
from helpers.explorables.kit.frames import Axis, Challenge, Draw, Frame, Numbers, Opening
from helpers.explorables.kit.memory import opens
from helpers.explorables.kit.own_page import own_box
from helpers.explorables.kit.words import words
from helpers.plots import svg
from helpers.plots.svg import Px
from helpers.plots.vectors import BAND, largest, signed_bars, vectors
from helpers.spoken import decimal, percent
from helpers.studies.thread import MARK, SENTENCE, Thread, load_thread

TEXT = words("w6")

WORDS = tuple(SENTENCE.replace(".", " .").split())
SHOWN = 2  # produtos que a tabela mostra de cada lado
LEFT = 116
STEP = BAND + 10
TOP = 12


def score_frame(
    q: Sequence[float],
    k: Sequence[float],
    v: Sequence[float],
    names: Sequence[str],
    *,
    peaks: Sequence[Px],
    weight: Px | None,
) -> str:
    """Consulta, chave, produtos, soma corrida e valor, uma dimensão por coluna.

    Parâmetros:
        names: de quem é a consulta; de quem são a chave e o valor.
        peaks: valor absoluto que enche a faixa: da consulta, da chave, do produto, da soma e do
            valor.
        weight: peso depois da máscara e do softmax; `None` se a posição está escondida.
    """
    asker, source = names
    products = [a * b for a, b in zip(q, k, strict=True)]
    slot = _slot(len(q))
    rows = (
        (f"q {asker}", q, peaks[0], "q"),
        (f"k {source}", k, peaks[1], "k"),
        ("q × k", products, peaks[2], ""),
    )
    parts = []
    for i, (label, values, peak, tint) in enumerate(rows):
        y = TOP + i * STEP
        parts.append(svg.text(LEFT - 8, y + BAND / 2 + 5, label, "s", "end"))
        parts.append(signed_bars(values, LEFT, y, slot, BAND, peak, tint))
    y = TOP + 3 * STEP
    parts.append(svg.text(LEFT - 8, y + BAND / 2 + 5, "soma", "s b", "end"))
    parts.append(_running(_sums(products), LEFT, y, slot, peaks[3]))
    y += STEP + 22
    total = sum(products)
    share = "0: a máscara esconde" if weight is None else percent(weight, 1)
    parts.append(svg.text(LEFT, y, f"score {decimal(total)}", "s b"))
    scaled = f"÷ √{len(q)} = {decimal(total / math.sqrt(len(q)))}"
    parts.append(svg.text(LEFT + 136, y, scaled, "s"))
    parts.append(svg.text(LEFT + 300, y, f"peso {share}", "s"))
    parts.append(svg.text(LEFT - 8, y + 16 + BAND / 2 + 5, f"v {source}", "s", "end"))
    parts.append(signed_bars(v, LEFT, y + 16, slot, BAND, peaks[4], "v"))
    # Apertar o nome de quem responde o faz perguntar, e quem perguntava passa a responder.
    turned = [
        svg.zone((2, TOP + i * STEP, LEFT - 6, BAND), asker=source, source=asker) for i in (0, 1)
    ]
    parts.append(svg.zones(turned))
    return svg.document("".join(parts), y + 16 + BAND + 8)


def dimension_place(n: int) -> dict[str, Px]:
    """Onde ficam as colunas e a soma em `score_frame`, em px, para destacar uma dimensão por cima.

    Parâmetros:
        n: quantas dimensões.
    """
    return {
        "width": svg.WIDTH,
        "left": LEFT,
        "slot": _slot(n),
        "top": TOP - 2,
        "bottom": TOP + 3 * STEP + BAND + 2,
        "zero": TOP + 3 * STEP + BAND / 2,
        "half": BAND / 2 - 1,
    }


def _slot(n: int) -> int:
    return max(1, (svg.WIDTH - LEFT - 12) // n)  # inteiro: o desenho pesa menos


def _sums(terms: Sequence[float]) -> list[float]:
    """A soma corrida."""
    found, total = [], 0.0
    for term in terms:
        total += term
        found.append(total)
    return found


def _peak(values: Sequence[float]) -> float:
    """O maior valor absoluto; 1 se todos são zero."""
    return max([abs(one) for one in values]) or 1.0


def _running(totals: Sequence[float], x: Px, y: Px, slot: Px, peak: Px) -> str:
    """A soma que anda, em degraus, da primeira à última dimensão."""
    zero = y + BAND / 2
    heights = [zero - max(-1, min(1, total / peak)) * (BAND / 2 - 1) for total in totals]
    steps = "".join([f"V{h:.0f}h{svg.number(slot)}" for h in heights])
    line = f'<path d="M{svg.number(x)} {svg.number(zero)}{steps}" class="l1"/>'
    return svg.line(x, zero, x + len(totals) * slot, zero) + line


class DimensionFlipper(Flipper):
    """Folheador de consulta e chave, com uma barra que percorre as dimensões.

    O primeiro eixo escolhe a consulta e o segundo, a chave.
    """

    _esm = load_js("spoken.js", "board.js", "own_text.js", "flipper.js", "inspector.js")
    _css = load_css("flipper.css", "live.css")
    query_vectors = traitlets.List().tag(sync=True)  # em centésimos, como as chaves e as somas
    key_vectors = traitlets.List().tag(sync=True)
    sums = traitlets.Dict().tag(sync=True)
    place = traitlets.Dict().tag(sync=True)
    dimension = traitlets.Int(-1).tag(sync=True)  # -1: nenhuma em destaque

    def __init__(
        self,
        draw: Draw,
        axes: Sequence[Axis],
        label: str,
        *,
        vectors: tuple[Float[Tensor, "query d_head"], Float[Tensor, "key d_head"]],
        place: dict[str, Px],
        **rest: Any,
    ) -> None:
        """Desenha os quadros e guarda os números de cada dimensão.

        Parâmetros:
            axes: os controles; o primeiro é o da consulta e o segundo, o da chave.
            vectors: as consultas e as chaves, uma linha por valor do eixo.
            place: onde ficam as colunas e a soma no desenho.
            rest: o que `Flipper` recebe pelo nome.
        """
        super().__init__(draw, axes, label, **rest)
        q, k = (one.double() for one in vectors)
        running = (q[:, None] * k[None]).cumsum(-1)
        self.query_vectors, self.key_vectors, self.place = _cents(q), _cents(k), place
        self.sums = {
            f"{i},{j}": _cents(row) for i, rows in enumerate(running) for j, row in enumerate(rows)
        }

    def dimension_sentence(self, at: int) -> str:
        """Frase da dimensão `at` no quadro da tela, igual à que o navegador escreve."""
        i, j = map(int, self.key.split(","))
        sums = self.sums[self.key]
        before = sums[at - 1] if at else 0
        q, k, added, start, end = (
            decimal(n / 100)
            for n in (
                self.query_vectors[i][at],
                self.key_vectors[j][at],
                sums[at] - before,
                before,
                sums[at],
            )
        )
        last = ", o score" if at == len(sums) - 1 else ""
        return f"Dimensão {at}: q {q} × k {k} ≈ {added}. A soma passa de {start} a {end}{last}."


def _cents(table: Tensor) -> list:
    return (100 * table).round().int().tolist()


@dataclass(frozen=True)
class PairsSeen:
    """Uma cabeça aberta: disto se faz o quadro de cada par de quem pergunta e quem responde.

    Parâmetros:
        names: quem se escolhe, na ordem do texto.
        q: a consulta de cada um.
        k: a chave de cada um.
        v: o valor de cada um.
        weights: o peso de cada par; `None` onde a máscara esconde.
        peaks: o maior valor absoluto das consultas, das chaves e dos valores.
    """

    names: list[str]
    q: list[list[float]]
    k: list[list[float]]
    v: list[list[float]]
    weights: list[list[float | None]]
    peaks: list[float]


def view(seen: PairsSeen, asker: str, source: str) -> Frame:
    """O quadro de um score, de quem pergunta e de quem responde."""
    i, j = seen.names.index(asker), seen.names.index(source)
    q, k, v = seen.q[i], seen.k[j], seen.v[j]
    weight = seen.weights[i][j]
    terms = [a * b for a, b in zip(q, k, strict=True)]
    # Os produtos e a soma têm a escala do quadro: na do maior par, os outros sairiam planos.
    peaks = [seen.peaks[0], seen.peaks[1], _peak(terms), _peak(_sums(terms)), seen.peaks[2]]
    drawing = score_frame(q, k, v, (asker, source), peaks=peaks, weight=weight)
    return Frame(drawing, score_sentence(asker, source, terms, weight), _terms_table(terms))


#: O que o navegador usa para desenhar os textos próprios.
OWN = (view, _sums)


def read_head(thread: Thread, layer: int, head: int) -> PairsSeen:
    """O que uma cabeça calcula na frase do curso, das palavras que se escolhem.

    Parâmetros:
        layer: camada, a partir de 0.
        head: cabeça, a partir de 0.
    """
    name = f"blocks.{layer}.attn.hook_"
    places = [0, *(thread.at(word) for word in WORDS)]
    q, k, v = (thread.cache[name + one][0, places, head] for one in "qkv")
    pattern = thread.cache[f"{name}pattern"][0, head].tolist()
    weights = [[pattern[i][j] if j <= i else None for j in places] for i in places]
    peaks = [largest(one) for one in (q, k, v)]
    return PairsSeen([MARK, *WORDS], q.tolist(), k.tolist(), v.tolist(), weights, peaks)


def _challenges(seen: PairsSeen) -> tuple[Challenge, ...]:
    """Consulta e chave não são a mesma coisa; e quem o ponto final procura."""
    asked = seen.q[seen.names.index(".")]
    scores = {
        name: sum(a * b for a, b in zip(asked, key, strict=True))
        for name, key in zip(seen.names, seen.k, strict=True)
    }
    return TEXT.challenges(
        {
            "papeis": lambda asker, source: (asker, source) == ("João", "entregou"),
            "ponto": lambda asker, source: asker == "." and scores[source] == max(scores.values()),
        }
    )


@opens
def qkv_inspector(thread: Thread | None = None, layer: int = 0, head: int = 0) -> DimensionFlipper:
    """Inspetor Q·K·V: quem pergunta, quem responde e a soma, dimensão a dimensão, que dá o score.

    Parâmetros:
        thread: o modelo e a frase; sem valor, os do curso.
        layer: camada, a partir de 0.
        head: cabeça, a partir de 0.

    Erros:
        ValueError: se a camada ou a cabeça não existirem.
    """
    thread = thread or load_thread()
    _require_head(thread, layer, head)
    seen = read_head(thread, layer, head)
    q, k = (torch.tensor(one) for one in (seen.q, seen.k))
    at = seen.names.index
    return DimensionFlipper(
        functools.partial(view, seen),
        [
            Axis("asker", "quem pergunta", WORDS[1:]),
            Axis("source", "quem responde", tuple(seen.names)),
        ],
        **TEXT.heading(layer=layer, head=head),
        vectors=(q[at(WORDS[1]) :], k),
        place=dimension_place(q.shape[-1]),
        question=_opening(q[at("entregou")], k[at("João")]),
        start={"asker": "entregou", "source": "João"},
        challenges=_challenges(seen),
        own=own_box("inspector", layer=layer, head=head, opened=True),
    )


def score_sentence(asker: str, source: str, terms: list[float], weight: float | None) -> str:
    """Frase que separa os produtos a favor dos contra e diz o que a soma vira.

    Parâmetros:
        weight: peso depois da máscara e do softmax; `None` se a posição está escondida.
    """
    favour = [term for term in terms if term > 0]
    against = [term for term in terms if term <= 0]
    added, taken = closing(sum(favour), sum(against))
    end = (
        "Está à direita: a máscara a esconde, e o peso é zero"
        if weight is None
        else f"Com o softmax, {percent(weight, 1)} da leitura"
    )
    return (
        f"{asker} pergunta, {source} responde: {len(favour)} produtos a favor somam "
        f"{decimal(added)}, {len(against)} contra somam {decimal(taken)}. "
        f"Score {decimal(sum(terms))}; dividido por √{len(terms)}, "
        f"{decimal(sum(terms) / math.sqrt(len(terms)))}. {end}."
    )


def closing(favour: float, against: float) -> tuple[float, float]:
    """As parcelas `favour` e `against` em centésimos, arredondadas para a soma na tela fechar."""
    parts = [round(100 * favour), round(100 * against)]
    missing = round(100 * (favour + against)) - sum(parts)
    # O centésimo que falta, ou sobra, vai para quem ficou mais longe do seu valor nesse sentido.
    exact = (100 * favour, 100 * against)
    errors = [missing * (one - part) for one, part in zip(exact, parts, strict=True)]
    parts[errors.index(max(errors))] += missing
    return parts[0] / 100, parts[1] / 100


def _terms_table(terms: list[float]) -> Numbers:
    """Os maiores produtos de cada lado, com a dimensão de cada um."""
    order = sorted(range(len(terms)), key=lambda i: -terms[i])
    rows = [(str(i), decimal(terms[i])) for i in (*order[:SHOWN], *order[-SHOWN:])]
    return Numbers(("dimensão", "q × k"), tuple(rows))


def _opening(q: Float[Tensor, " d_head"], k: Float[Tensor, " d_head"]) -> Opening:
    names = ["q entregou", "k João"]
    cover = vectors(torch.stack([q, k]), names, tints=["q", "k"], places=-1)
    return TEXT.opening(cover, n=len(q))


def _require_head(thread: Thread, layer: int, head: int) -> None:
    config = thread.model.config
    for what, value, limit in (
        ("layer", layer, config.n_layers),
        ("head", head, config.n_heads),
    ):
        if not 0 <= value < limit:
            raise ValueError(f"{what}={value} não existe neste modelo; vai de 0 a {limit - 1}.")
