"""O fluxo de cada token como coluna, o que passa de uma a outra e a aposta que muda com isso."""

from collections.abc import Sequence
from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from helpers.explorables.kit.frames import Axis
from helpers.explorables.kit.token_names import token_text, unique_labels
from helpers.plots import svg
from helpers.plots.svg import Px, number
from helpers.spoken import percent
from helpers.studies.thread import Thread

SHOWN = 6  # posições de destino que cabem no controle
MARGIN = 34
THICKEST = 12
#: Espessuras de traço, em px; poucas, para quadros vizinhos repetirem as mesmas peças.
WIDTHS = (2, 3, 4, 6, 9, 12)
BAR_X, BAR_W = 130, 210
PANEL_H = 72


def token_axis(labels: Sequence[str]) -> Axis:
    """Controle que escolhe quem recebe, entre os últimos tokens."""
    places = tuple(range(max(1, len(labels) - SHOWN), len(labels)))
    names = unique_labels(labels)
    return Axis("token", "quem recebe", places, tuple(names[i] for i in places))


def column_places(n: int, left: Px = MARGIN) -> list[Px]:
    """Centro de cada coluna, em px.

    Parâmetros:
        n: quantas colunas.
        left: centro da primeira.
    """
    step = (svg.WIDTH - left - MARGIN) / max(n - 1, 1)
    return [left + round(i * step) for i in range(n)]


def ribbon(x1: Px, y1: Px, x2: Px, y2: Px, width: Px) -> str:
    """Uma curva de espessura dada, de um ponto a outro; opaca, para se ver nos dois temas.

    Parâmetros:
        width: espessura, em px.
    """
    a, b, y, z, m = (number(v) for v in (x1, x2, y1, y2, (y1 + y2) / 2))
    shape = f"M{a} {y}C{a} {m} {b} {m} {b} {z}"
    return f'<path d="{shape}" class="l1" style="stroke-width:{width}"/>'


def thickness(share: Px) -> int:
    """Espessura de uma seta, em px, entre as de `WIDTHS`.

    Parâmetros:
        share: o tamanho dela, de 0 a 1 da maior.
    """
    return min(WIDTHS, key=lambda width: abs(width - share * THICKEST))


@dataclass(frozen=True)
class Bet:
    """A primeira aposta do modelo inteiro, e o que houve com ela depois da quebra.

    Parâmetros:
        favourite: o token mais provável para o modelo inteiro.
        before: a probabilidade dele no modelo inteiro.
        after: a probabilidade do mesmo token depois da quebra.
        winner: o token mais provável depois da quebra.
        winning: a probabilidade de `winner`.
    """

    favourite: str
    before: float
    after: float
    winner: str
    winning: float

    def told(self) -> str:
        """Frase que diz de quanto a quanto a aposta foi, e qual ficou em primeiro."""
        return bet_sentence(self)


def bet_sentence(bet: Bet) -> str:
    """Frase que diz de quanto a quanto uma aposta foi, e qual ficou em primeiro."""
    moved = f"A aposta em “{bet.favourite}” vai de {percent(bet.before)} a {percent(bet.after)}"
    if bet.winner == bet.favourite:
        return f"{moved} e continua a primeira."
    return f"{moved}, e a primeira passa a ser “{bet.winner}”, com {percent(bet.winning)}."


def compare_bets(
    thread: Thread, before: Float[Tensor, " d_vocab"], after: Float[Tensor, " d_vocab"]
) -> Bet:
    """Compara as probabilidades do próximo token antes e depois de uma quebra.

    Parâmetros:
        before: as do modelo inteiro.
        after: as do modelo quebrado, na mesma posição.
    """
    first, last = int(before.argmax()), int(after.argmax())
    return Bet(
        token_text(thread, first),
        float(before[first]),
        float(after[first]),
        token_text(thread, last),
        float(after[last]),
    )


def bet_panel(bet: Bet, y: Px, broken: str = "") -> str:
    """A aposta em duas barras: com o modelo inteiro e, se houver quebra, com ela.

    Parâmetros:
        y: topo do painel, em px; ele tem `PANEL_H` de altura.
        broken: nome curto da quebra; vazio, só a primeira barra.
    """
    parts = [svg.line(8, y, svg.WIDTH - 8, y)]
    parts.append(svg.text(8, y + 20, f"próximo token: {bet.favourite}", "s b"))
    rows = [("inteiro", bet.before, "c1")]
    if broken:
        rows.append((broken, bet.after, "p1"))
        parts.append(svg.text(svg.WIDTH - 8, y + 62, f"em primeiro: {bet.winner}", "s b", "end"))
    for i, (name, probability, style) in enumerate(rows):
        base = y + 42 + 20 * i
        parts.append(svg.text(8, base, name, "s"))
        parts.append(svg.box(BAR_X, base - 11, max(1, BAR_W * probability), 13, style, 1))
        parts.append(svg.text(BAR_X + BAR_W + 12, base, percent(probability, less="<"), "s"))
    return "".join(parts)
