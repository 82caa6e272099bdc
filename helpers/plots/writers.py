"""De quem é o logit: uma cascata de barras, do zero ao valor final."""

from collections.abc import Sequence

from helpers.plots import svg
from helpers.plots.figures import decimal
from helpers.plots.svg import Px

ROW, TOP, LEFT, RIGHT = 19, 50, 150, 66
SLOTS = 20  # linhas reservadas, para nada pular de um quadro a outro


def signed(value: Px) -> str:
    """Número com sinal e vírgula, como +1,25.

    Parâmetros:
        value: o número.
    """
    sign = "" if round(abs(value), 2) == 0 else "+" if value > 0 else "−"
    return sign + decimal(abs(float(value)))


def writers_frame(
    names: Sequence[str],
    values: Sequence[Px],
    title: str,
    total: Px,
    logit: Px,
    low: Px,
    high: Px,
) -> str:
    """Cascata: cada barra começa onde a anterior terminou; a linha marca o valor do modelo.

    Parâmetros:
        names: quem escreveu, na ordem.
        values: quanto cada um soma.
        title: o que se reparte.
        total: a soma das barras.
        logit: o valor que o modelo deu.
        low: menor valor da régua.
        high: maior valor da régua.
    """
    scale = (svg.WIDTH - LEFT - RIGHT) / (high - low)

    def place(value: Px) -> Px:
        return LEFT + (value - low) * scale

    height = TOP + SLOTS * ROW + 34
    end = TOP + len(names) * ROW
    parts = [svg.text(4, 16, title, "s b")]
    parts.append(svg.line(place(0), TOP - 6, place(0), end))
    parts.append(svg.line(place(logit), TOP - 6, place(logit), end, "l2 dash"))
    parts.append(svg.text(place(logit), TOP - 12, f"modelo {signed(logit)}", "s", "middle"))
    running = 0.0
    for i, (name, value) in enumerate(zip(names, values, strict=True)):
        y = TOP + i * ROW
        start, running = running, running + value
        a, b = sorted((place(start), place(running)))
        parts.append(svg.text(4, y + 14, name, "s"))
        # A favor, cheia; contra, vazada: o sinal se lê sem a cor.
        parts.append(svg.boxes([(a, max(b - a, 1))], y + 3, ROW - 6, "p1" if value >= 0 else "c2"))
        parts.append(svg.text(svg.WIDTH - 4, y + 14, signed(value), "s", "end"))
    fits = abs(total - logit) < 0.02
    verdict = "fecha com o modelo" if fits else "não fecha com o modelo"
    parts.append(svg.text(4, height - 10, f"soma {signed(total)}: {verdict}", "s b"))
    ruler = f"régua: de {signed(low)} a {signed(high)}"
    parts.append(svg.text(svg.WIDTH - 4, height - 10, ruler, "m", "end"))
    return svg.document("".join(parts), height)
