"""A descida da perda, parada por parada: a curva, as apostas e o que o modelo escreve."""

from collections.abc import Sequence

from helpers.plots import svg
from helpers.plots.figures import decimal
from helpers.plots.svg import Px

LEFT, RIGHT, TOP, BOTTOM = 44, 372, 34, 214  # quadro da curva, em px
BARS, FULL, PITCH = 486, 104, 34  # começo, comprimento da barra inteira e distância, em px
TEXT_TOP, TEXT_LINES, COLUMNS = 282, 4, 72
HEIGHT = 366


def descent_frame(
    steps: Sequence[int],
    losses: Sequence[float],
    limit: float,
    at: int,
    prompt: str,
    candidates: Sequence[tuple[str, float]],
    story: str,
    verdict: str,
) -> str:
    """Desenha uma parada: a curva até ali, o limite, as apostas e a história.

    Parâmetros:
        steps: os passos das paradas, crescentes.
        losses: a perda em cada uma, em nats por token.
        limit: a entropia da fonte, em nats por token.
        at: qual parada, a partir de 0.
        prompt: o fim do texto a que as apostas se referem.
        candidates: os tokens mais prováveis e a probabilidade de cada um.
        story: o que o modelo escreveu.
        verdict: o que a gramática diz.

    Erros:
        ValueError: se as paradas e as perdas não forem uma a uma.
    """
    if len(steps) != len(losses) or not 0 <= at < len(steps):
        raise ValueError(f"Há {len(steps)} paradas, {len(losses)} perdas e a parada é {at}.")
    parts = [_curve(steps, losses, limit, at), _bars(prompt, candidates)]
    parts.append(svg.text(4, TEXT_TOP - 22, "escreve:", "m"))
    parts.append(svg.text(96, TEXT_TOP - 22, verdict, "s b"))
    for i, line in enumerate(story_lines(story)):
        parts.append(svg.text(4, TEXT_TOP + i * svg.LINE, line, "ks"))
    return svg.document("".join(parts), HEIGHT)


def story_lines(story: str) -> list[str]:
    """Devolve a história em poucas linhas, com o que não se imprime à mostra.

    Parâmetros:
        story: o que o modelo escreveu.
    """
    shown = "".join(letter if letter.isprintable() else "�" for letter in story) or "(nada)"
    lines, line = [], ""
    for word in shown.split(" "):
        pieces = [word[i : i + COLUMNS] for i in range(0, len(word), COLUMNS)] or [""]
        for piece in pieces:
            if line and len(line) + 1 + len(piece) > COLUMNS:
                lines.append(line)
                line = piece
            else:
                line = f"{line} {piece}" if line else piece
    lines.append(line)
    if len(lines) > TEXT_LINES:
        lines = [*lines[: TEXT_LINES - 1], lines[TEXT_LINES - 1][: COLUMNS - 2] + " …"]
    return lines


def _curve(steps: Sequence[int], losses: Sequence[float], limit: float, at: int) -> str:
    top = max(losses)

    def place(i: int, loss: float) -> tuple[Px, Px]:
        x = LEFT + (RIGHT - LEFT) * i / max(1, len(steps) - 1)
        return round(x, 1), round(BOTTOM - (BOTTOM - TOP) * loss / top, 1)

    points = [place(i, loss) for i, loss in enumerate(losses)]
    floor = place(0, limit)[1]
    parts = [
        svg.text(4, 18, f"perda; tracejado: entropia da gramática, {decimal(limit)}", "m"),
        svg.line(LEFT, BOTTOM, RIGHT, BOTTOM),
        svg.line(LEFT, floor, RIGHT, floor, "line dash"),
        svg.text(LEFT - 6, TOP + 5, decimal(top, 1), "m", "end"),
        svg.text(LEFT - 6, BOTTOM + 5, "0", "m", "end"),
        _path(points, "line"),
        _path(points[: at + 1], "l1"),
    ]
    x, y = points[at]
    parts.append(f'<circle cx="{svg.number(x)}" cy="{svg.number(y)}" r="6" class="p2"/>')
    label = min(max(x, LEFT + 40), RIGHT - 40)
    parts.append(svg.text(label, y - 12, decimal(losses[at]), "s b halo", "middle"))
    parts.append(svg.text(label, BOTTOM + 20, f"passo {steps[at]}", "s", "middle"))
    return "".join(parts)


def _path(points: Sequence[tuple[Px, Px]], style: str) -> str:
    if len(points) < 2:
        return ""
    line = "L".join(f"{svg.number(x)} {svg.number(y)}" for x, y in points)
    return f'<path d="M{line}" class="{style}"/>'


def _bars(prompt: str, candidates: Sequence[tuple[str, float]]) -> str:
    parts = [svg.text(400, 18, f"apostas depois de “{prompt}”", "m")]
    for i, (token, prob) in enumerate(candidates):
        y = TOP + 6 + i * PITCH
        parts.append(svg.text(BARS - 8, y + 15, svg.token_label(token.encode()), "ks", "end"))
        parts.append(svg.box(BARS, y, max(1, FULL * prob), 20, "c1", 2))
        parts.append(svg.text(BARS + FULL * prob + 6, y + 15, decimal(prob), "s"))
    return "".join(parts)
