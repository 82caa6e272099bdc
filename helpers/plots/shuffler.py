"""O embaralhador: as letras antes e depois da troca, ligadas por linhas."""

from collections.abc import Sequence

from helpers.plots import svg
from helpers.plots.svg import Px

LEFT, STEP = 132, 84  # primeira letra e distância entre duas, em px
BOX = 44
TOP_Y, BOTTOM_Y = 74, 214  # topo das letras de cima e das de baixo, em px
HEIGHT = 330


def shuffle_frame(
    letters: Sequence[str],
    order: Sequence[int],
    before: Sequence[int],
    after: Sequence[int],
    told: str,
) -> str:
    """Um quadro: a palavra em cima, embaralhada embaixo, e o nome de cada vetor que sai.

    Parâmetros:
        letters: as letras, na ordem da palavra.
        order: que letra da palavra ocupa cada lugar embaixo.
        before: número do vetor que sai de cada letra, na palavra; iguais, o mesmo número.
        after: o mesmo, para cada lugar da palavra embaralhada.
        told: o que se lê no rodapé.

    Erros:
        ValueError: se `order` não for uma permutação das letras.
    """
    if sorted(order) != list(range(len(letters))):
        raise ValueError(f"order={list(order)} não é uma permutação de {len(letters)} letras.")
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
    return svg.document("".join(parts), HEIGHT)


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
