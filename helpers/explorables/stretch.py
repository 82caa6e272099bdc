"""O contexto esticado: até que ângulo gira cada par, e a perda em cada faixa do texto."""

from math import pi

from helpers.explorables.kit.flipper import Flipper
from helpers.explorables.kit.frames import Axis, Frame, Numbers, following
from helpers.explorables.kit.memory import opens
from helpers.explorables.kit.words import words
from helpers.plots import svg
from helpers.plots.svg import Px
from helpers.spoken import decimal
from helpers.studies import swaps

TEXT = words("esticar")
N_PAIRS = swaps.WIDE.d_head // 2
FIRST, FULL, ROW = 62, 150, 27  # começo e comprimento de uma volta, distância entre pares, em px
LEFT, RIGHT, TOP, BOTTOM = 330, 622, 40, 250  # quadro da curva, em px
MOST = 5.0  # perda no alto do quadro
HEIGHT = 290
SCALED = {1.0: "inteiras", 0.5: "÷ 2", 0.25: "÷ 4"}


def turns(pair: int, base: int, scale: float, n_pos: int) -> float:
    """Devolve quantas voltas um par dá num texto.

    Parâmetros:
        pair: o par, de 0, o mais rápido, a `N_PAIRS` - 1.
        base: por quanto a base foi multiplicada.
        scale: por quanto se multiplica cada posição.
        n_pos: quantas posições o texto tem.
    """
    speed = (base * swaps.BASE) ** (-pair / N_PAIRS)
    return n_pos * scale * speed / (2 * pi)


def unseen(base: int, scale: float) -> list[int]:
    """Devolve os pares que, no texto comprido, passam do maior ângulo que viram no treino.

    Parâmetros:
        base: um de `swaps.BASES`.
        scale: um de `swaps.SCALES`.
    """
    found = []
    for pair in range(N_PAIRS):
        before = turns(pair, 1, 1.0, swaps.SEEN)
        now = turns(pair, base, scale, swaps.READ)
        if before < 1 and now > before * (1 + 1e-9):
            found.append(pair)
    return found


def mean(rows: list[list[float]]) -> list[float]:
    """Devolve a média das sementes, faixa por faixa."""
    return [sum(column) / len(column) for column in zip(*rows, strict=True)]


def stretch_frame(base: int, scale: float) -> Frame:
    """Quadro de uma base e de uma escala: os ângulos de cada par e a perda por faixa.

    Parâmetros:
        base: um de `swaps.BASES`.
        scale: um de `swaps.SCALES`.
    """
    rows, table = swaps.stretched(base, scale), mean(swaps.learned_table())
    losses = mean(rows)
    drawing = svg.over(
        svg.document(_pairs(base, scale) + _curve(rows, losses, table), HEIGHT),
        svg.zone((4, 4, 290, HEIGHT - 8), base=following(swaps.BASES, base)),
        svg.zone((300, 4, 336, HEIGHT - 8), scale=following(swaps.SCALES, scale)),
    )
    start, end = sum(losses[:2]) / 2, sum(losses[-2:]) / 2
    beyond = len(unseen(base, scale))
    many = {0: "Nenhum par passa", 1: "1 par passa"}.get(beyond, f"{beyond} pares passam")
    sentence = (
        f"Base × {base}, posições {SCALED[scale]}: perda {decimal(start)} até {swaps.SEEN} e "
        f"{decimal(end)} nas últimas {2 * swaps.STRETCH}. {many} do ângulo visto no treino."
    )
    places = [f"{i * swaps.STRETCH} a {(i + 1) * swaps.STRETCH - 1}" for i in range(len(losses))]
    told = zip(places, map(decimal, losses), map(decimal, table), strict=True)
    return Frame(drawing, sentence, Numbers(("posições", "RoPE", "tabela"), tuple(told)))


def _pairs(base: int, scale: float) -> str:
    parts = [svg.text(6, 20, "voltas de cada par na leitura", "m")]
    parts.append(svg.text(FIRST, 40, "0", "m", "middle"))
    parts.append(svg.text(FIRST + FULL, 40, "1 ou mais", "m", "middle"))
    beyond = unseen(base, scale)
    for pair in range(N_PAIRS):
        y = 50 + pair * ROW
        before = min(1.0, turns(pair, 1, 1.0, swaps.SEEN))
        now = min(1.0, turns(pair, base, scale, swaps.READ))
        parts.append(svg.text(6, y + 14, f"par {pair}", "s"))
        parts.append(svg.box(FIRST, y, FULL * max(now, 0.01), 18, "c2" if pair in beyond else "c3"))
        if before < 1:
            x = FIRST + FULL * before
            parts.append(svg.line(x, y - 3, x, y + 21, "l1"))
        if pair in beyond:
            parts.append(svg.text(FIRST + FULL * now + 10, y + 14, "novo", "s"))
    parts.append(svg.text(6, HEIGHT - 12, "risco azul: até onde o treino foi", "m"))
    return "".join(parts)


def _curve(rows: list[list[float]], losses: list[float], table: list[float]) -> str:
    step = (RIGHT - LEFT) / len(losses)

    def place(i: int, loss: float) -> tuple[Px, Px]:
        y = BOTTOM - (BOTTOM - TOP) * min(loss, MOST) / MOST
        return round(LEFT + step * (i + 0.5), 1), round(y, 1)

    def path(values: list[float], style: str) -> str:
        return svg.trace((place(i, loss) for i, loss in enumerate(values)), style)

    edge = LEFT + step * swaps.SEEN / swaps.STRETCH
    parts = [
        svg.text(LEFT - 20, 20, "perda em cada faixa de 32 posições", "m"),
        svg.line(LEFT, BOTTOM, RIGHT, BOTTOM),
        svg.line(edge, TOP, edge, BOTTOM, "line dash"),
        svg.text(edge + 6, BOTTOM - 8, "além do treino", "m"),
        path(table, "line"),
        svg.text(RIGHT, TOP - 2, "tabela aprendida", "m halo", "end"),
        path(losses, "l1"),
    ]
    for i, column in enumerate(zip(*rows, strict=True)):
        (x, high), (_, low) = place(i, max(column)), place(i, min(column))
        parts.append(svg.line(x, high, x, low, "l1"))
    for loss in range(int(MOST) + 1):
        y = place(0, float(loss))[1]
        parts.append(svg.text(LEFT - 8, y + 5, str(loss), "m", "end"))
    for i in range(0, len(losses) + 1, 2):
        where = str(i * swaps.STRETCH)
        parts.append(svg.text(LEFT + step * i, BOTTOM + 20, where, "m", "middle"))
    x, y = place(len(losses) - 1, max(row[-1] for row in rows))
    parts.append(svg.text(x, y - 8, decimal(losses[-1]), "s b halo", "middle"))
    return "".join(parts)


@opens
def stretch_the_context() -> Flipper:
    """Um RoPE treinado em 64 posições e lido em 256: a base e a escala, sem treinar mais."""
    return Flipper(
        stretch_frame,
        [
            Axis("base", "base", swaps.BASES, tuple(f"× {base}" for base in swaps.BASES)),
            Axis("scale", "posições", swaps.SCALES, tuple(SCALED.values()), "buttons"),
        ],
        **TEXT.heading(),
        question=TEXT.opening(),
        challenges=TEXT.challenges(
            {
                "todas": lambda most, **state: max(mean(swaps.stretched(**state))) < most,
                "vistos": lambda least, **state: (
                    not unseen(**state) and min(mean(swaps.stretched(**state))) > least
                ),
            },
            most=1.5,
            least=2.0,
        ),
    )
