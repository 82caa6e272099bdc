"""O embaralhador: as letras antes e depois da troca, ligadas por linhas, e as saídas no plano."""

import functools
from collections.abc import Sequence

from helpers.plots import svg
from helpers.plots.svg import Px

LEFT, STEP = 112, 52  # primeira letra e distância entre duas, em px
BOX = 44
PLANE_X, PLANE_Y, PLANE = 444, 42, 188  # canto e lado do plano das saídas, em px
SIDES = ((17, 0), (-17, 0), (0, -17), (0, 17), (17, -14), (-17, -14), (17, 14), (-17, 14))
TOP_Y, BOTTOM_Y = 74, 214  # topo das letras de cima e das de baixo, em px
HEIGHT = 330


def shuffle_frame(
    letters: Sequence[str],
    order: Sequence[int],
    before: Sequence[int],
    after: Sequence[int],
    told: str,
    points: Sequence[Sequence[Px]],
    kept: str,
) -> str:
    """Um quadro: a palavra em cima, embaralhada embaixo, e as saídas de uma e de outra no plano.

    Parâmetros:
        letters: as letras, na ordem da palavra.
        order: que letra da palavra ocupa cada lugar embaixo.
        before: número do vetor que sai de cada letra, na palavra; iguais, o mesmo número.
        after: o mesmo, para cada lugar da palavra embaralhada.
        told: o que se lê no rodapé.
        points: lugar de cada saída no plano: primeiro as da palavra, depois as da embaralhada.
        kept: quanto da variação o plano guarda, como se lê.

    Erros:
        ValueError: se `order` não for uma permutação das letras, ou faltar um ponto.
    """
    if sorted(order) != list(range(len(letters))):
        raise ValueError(f"order={list(order)} não é uma permutação de {len(letters)} letras.")
    if len(points) != 2 * len(letters):
        raise ValueError(f"Há {len(points)} pontos e {len(letters)} letras; são dois por letra.")
    parts = [
        svg.text(8, TOP_Y - 42, "Na ordem da palavra", "s b"),
        svg.text(8, BOTTOM_Y - 14, "Embaralhada", "s b"),
        svg.text(8, TOP_Y + 28, "letra", "m"),
        svg.text(8, TOP_Y - 16, "vetor que sai", "m"),
        svg.text(8, BOTTOM_Y + 28, "letra", "m"),
        svg.text(8, BOTTOM_Y + 78, "vetor que sai", "m"),
        svg.text(8, HEIGHT - 12, told, "s"),
    ]
    marks = _marks(letters)
    for place, source in enumerate(order):
        same = after[place] == before[source]
        style = "l1" if same else "l2 dash"
        middle = BOX / 2
        start, end = _x(source) + middle, _x(place) + middle
        parts.append(svg.line(start, TOP_Y + BOX, end, BOTTOM_Y, style))
    for place in range(len(letters)):
        parts.append(_letter(marks[place], _x(place), TOP_Y))
        parts.append(_tag(before[place], _x(place), TOP_Y - 32))
        parts.append(_letter(marks[order[place]], _x(place), BOTTOM_Y))
        parts.append(_tag(after[place], _x(place), BOTTOM_Y + 62))
    parts += _plane([*before, *after], points, len(letters), kept)
    return svg.document("".join(parts), HEIGHT)


def _plane(numbers: Sequence[int], points: Sequence[Sequence[Px]], n: int, kept: str) -> list[str]:
    """As saídas como pontos: círculo, as da palavra; quadrado, as da embaralhada."""
    reach = max((abs(one) for point in points for one in point), default=0.0) or 1.0
    middle, scale = PLANE / 2, (PLANE / 2 - 26) / reach
    spots = [
        (round(PLANE_X + middle + x * scale), round(PLANE_Y + middle - y * scale))
        for x, y in points
    ]
    bottom = PLANE_Y + PLANE
    parts = [
        svg.text(PLANE_X, PLANE_Y - 10, "Saídas num plano (PCA)", "s b"),
        svg.box(PLANE_X, PLANE_Y, PLANE, PLANE, "line"),
        svg.text(PLANE_X, bottom + 20, f"guarda {kept} da variação", "s"),
        _dot(PLANE_X + 7, bottom + 39, True),
        svg.text(PLANE_X + 22, bottom + 44, "na palavra", "m"),
        _dot(PLANE_X + 7, bottom + 61, False),
        svg.text(PLANE_X + 22, bottom + 66, "embaralhada", "m"),
    ]
    # Quadrados embaixo: quando as duas saídas são a mesma, o círculo aparece dentro.
    for i in [*range(n, 2 * n), *range(n)]:
        mark = _dot(*spots[i], i < n)
        if mark not in parts:
            parts.append(mark)
    return parts + _labels(dict(zip(numbers, spots, strict=True)))


def _dot(x: Px, y: Px, in_word: bool) -> str:
    if in_word:
        return f'<circle cx="{svg.number(x)}" cy="{svg.number(y)}" r="4.5" class="p1"/>'
    return svg.box(x - 7, y - 7, 14, 14, "c2", 2)


def _labels(spots: dict[int, tuple[int, int]]) -> list[str]:
    """Número de cada saída, do lado do ponto em que há mais lugar."""
    taken = list(spots.values())
    parts = []
    for number, (x, y) in spots.items():
        around = [(x + dx, y + dy) for dx, dy in SIDES]
        others = [one for one in taken if one != (x, y)]
        best = max(around, key=functools.partial(_room, others=others))
        taken.append(best)
        parts.append(svg.text(best[0], best[1] + 5, str(number), "kc"))
    return parts


def _room(place: tuple[int, int], others: Sequence[tuple[int, int]]) -> Px:
    """Distância ao vizinho mais próximo; a partir de 14 px, tanto faz."""
    near = (max(abs(place[0] - x), abs(place[1] - y)) for x, y in others)
    return min(14, min(near, default=14))


def _x(place: int) -> Px:
    return LEFT + place * STEP


def _marks(letters: Sequence[str]) -> list[str]:
    """Letras repetidas ganham um número pequeno: a₁, a₂, a₃."""
    digits = "₀₁₂₃₄₅₆₇₈₉"
    marks = []
    for i, letter in enumerate(letters):
        nth = list(letters[: i + 1]).count(letter)
        marks.append(letter + digits[nth] if list(letters).count(letter) > 1 else letter)
    return marks


def _letter(mark: str, x: Px, y: Px) -> str:
    return svg.box(x, y, BOX, BOX) + svg.text(x + BOX / 2, y + 28, mark, "k")


def _tag(number: int, x: Px, y: Px) -> str:
    """Vetor de saída: um número por vetor diferente."""
    return svg.box(x + 4, y, BOX - 8, 24, "soft") + svg.text(x + BOX / 2, y + 17, f"{number}", "kc")
