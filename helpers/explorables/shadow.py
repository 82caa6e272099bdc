"""A sombra: o produto escalar de uma consulta que gira com duas chaves (exemplo à mão)."""

import math
from collections.abc import Sequence

from helpers.explorables.kit.flipper import Flipper
from helpers.explorables.kit.frames import Axis, Frame
from helpers.explorables.kit.memory import opens
from helpers.explorables.kit.words import words
from helpers.plots import svg
from helpers.plots.svg import Px
from helpers.spoken import decimal

TEXT = words("w6-sombra")

ANGLES = tuple(range(0, 360, 15))
SIZES = (1, 2, 4)  # tamanho da chave B
QUERY, KEY_A, TURN_A, TURN_B = 2.0, 1.0, 30, 90  # tamanhos e direções, em graus
PLANE = 250  # lado do plano, em px
UNIT = 27  # px por unidade no plano
CENTRE = (PLANE / 2 + 20, PLANE / 2 + 8)  # onde o plano cruza os eixos, em px
RING = 94  # raio da roda em que se aponta a direção da consulta, em px


def shadow_frame(q: tuple[float, float], keys: Sequence[tuple[float, float]]) -> str:
    """Uma consulta e duas chaves no plano, a sombra de cada chave sobre a consulta e os scores."""
    cx, cy = CENTRE
    parts = [
        svg.line(cx - PLANE / 2, cy, cx + PLANE / 2, cy),
        svg.line(cx, cy - PLANE / 2, cx, cy + PLANE / 2),
    ]
    parts += [
        f'<circle cx="{svg.number(x)}" cy="{svg.number(y)}" r="2" class="ink"/>'
        for x, y in map(_on_ring, ANGLES)
    ]
    length = math.hypot(*q)
    ux, uy = q[0] / length, q[1] / length
    reach = PLANE / 2 - 4
    parts.append(
        svg.line(cx - reach * ux, cy + reach * uy, cx + reach * ux, cy - reach * uy, "line dash")
    )
    right = PLANE + 60
    for i, (name, key) in enumerate(zip("AB", keys, strict=True)):
        score = q[0] * key[0] + q[1] * key[1]
        shadow = score / length
        parts.append(_dashes(cx, cy, key, (shadow * ux, shadow * uy)))
        # Alinhada com a consulta, a chave fica sob ela; o nome vai para o outro lado.
        aside = (2, 30) if name == "A" else (26 if q[0] < 0 else -26, 12)
        parts.append(_vector(cx, cy, key, "l2", f"k {name}", aside))
        y = 52 + i * 92
        parts.append(svg.text(right, y, f"chave {name}: sombra {decimal(shadow, 3)}", "s"))
        # Três casas na sombra: com duas, 2 × 0,97 não daria o 1,93 que se lê.
        text = f"score = {decimal(length, 0)} × {decimal(shadow, 3)} = {decimal(score)}"
        parts.append(svg.text(right, y + 22, text, "s b"))
        parts.append(_score_bar(right, y + 34, score))
    parts.append(_vector(cx, cy, q, "l1", "q"))
    return svg.document("".join(parts), PLANE + 20)


def _on_ring(angle: int) -> tuple[float, float]:
    x, y = _arrow(angle, RING)
    return CENTRE[0] + x, CENTRE[1] - y


def _zones() -> list[str]:
    """Onde se aperta: a roda dá a direção da consulta; acima do centro, o tamanho da chave B."""
    ring = ((*_on_ring(angle), angle) for angle in ANGLES)
    found = [svg.zone((x - 11, y - 11, 23, 23), angle=angle) for x, y, angle in ring]
    tips = ((size, CENTRE[1] - UNIT * size) for size in SIZES)
    found += [svg.zone((CENTRE[0] - 20, y - 13, 40, 25), size=size) for size, y in tips]
    return found


def _score_bar(x: Px, y: Px, score: float) -> str:
    """Barra deitada com o zero no meio; cheia para os positivos, vazada para os negativos."""
    middle, size = x + 150, min(abs(score) / 8, 1) * 148
    left = middle if score >= 0 else middle - size
    bar = svg.box(left, y, size, 16, "p2" if score >= 0 else "c2", 0) if size > 0.5 else ""
    return bar + svg.line(middle, y - 4, middle, y + 20)


def _dashes(cx: Px, cy: Px, tip: tuple[float, float], foot: tuple[float, float]) -> str:
    x1, y1 = cx + UNIT * tip[0], cy - UNIT * tip[1]
    x2, y2 = cx + UNIT * foot[0], cy - UNIT * foot[1]
    return svg.line(x1, y1, x2, y2, "line dash") + (
        f'<circle cx="{svg.number(x2)}" cy="{svg.number(y2)}" r="4" class="p2"/>'
    )


def _vector(
    cx: Px,
    cy: Px,
    vector: tuple[float, float],
    style: str,
    label: str,
    aside: tuple[Px, Px] = (0, 0),
) -> str:
    x, y = cx + UNIT * vector[0], cy - UNIT * vector[1]
    right, down = aside
    length = math.hypot(*vector)
    ux, uy = vector[0] / length, -vector[1] / length
    wings = [(x - 10 * ux + side * 5 * uy, y - 10 * uy - side * 5 * ux) for side in (1, -1)]
    return (
        svg.line(cx, cy, x, y, style)
        + svg.trace([(x, y), *wings], style.replace("l", "p"), closed=True)
        + svg.text(x + 14 * ux + right, y + 14 * uy + 5 + down, label, "s b halo", "middle")
    )


@opens
def shadow() -> Flipper:
    """A sombra: o produto escalar de uma consulta que gira com duas chaves (exemplo à mão)."""
    return Flipper(
        _frame,
        [
            Axis("angle", "direção de q", ANGLES, tuple(f"{angle}°" for angle in ANGLES)),
            Axis("size", "tamanho de k B", SIZES),
        ],
        **TEXT.heading(),
        question=TEXT.opening(shadow_frame(_arrow(TURN_A, QUERY), _keys(1))),
        start={"angle": TURN_A},
        challenges=TEXT.challenges(
            {
                "zero": lambda angle, size: abs(_scores(angle, size)[0]) < 1e-6,
                "torta": _b_wins_bent,
            }
        ),
    )


def _frame(angle: int, size: int) -> Frame:
    drawing = svg.over(shadow_frame(_arrow(angle, QUERY), _keys(size)), *_zones())
    return Frame(drawing, _shadow_sentence(angle, size))


def _keys(size: int) -> tuple[tuple[float, float], tuple[float, float]]:
    return _arrow(TURN_A, KEY_A), _arrow(TURN_B, size)


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
        f"{decimal(a)}. Chave B, a {_bend(angle, TURN_B)}° de q: score {decimal(b)}. {winner}."
    )
