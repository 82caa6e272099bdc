"""A aposta do modelo antes e depois de uma quebra: o dado, a frase e as duas barras."""

from dataclasses import dataclass

from helpers.plots import svg
from helpers.plots.svg import Px

BAR_X, BAR_W = 130, 210
PANEL_H = 72


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
        moved = f"A aposta em “{self.favourite}” vai de {self.before:.0%} a {self.after:.0%}"
        if self.winner == self.favourite:
            return f"{moved} e continua a primeira."
        return f"{moved}, e a primeira passa a ser “{self.winner}”, com {self.winning:.0%}."


def bet_panel(bet: Bet, y: Px, broken: str = "") -> str:
    """A aposta em duas barras: com o modelo inteiro e, se houver quebra, com ela.

    Parâmetros:
        bet: a aposta.
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
        parts.append(svg.text(BAR_X + BAR_W + 12, base, f"{probability:.0%}", "s"))
    return "".join(parts)
