"""A forma em cada etapa: N, d_model e H mudam, e as formas e os custos são refeitos."""

from collections.abc import Sequence

from helpers.explorables.kit.flipper import Flipper
from helpers.explorables.kit.frames import Axis, Frame, Numbers, following
from helpers.explorables.kit.memory import opens
from helpers.explorables.kit.words import words
from helpers.plots import svg
from helpers.plots.svg import Px
from helpers.spoken import thousands

TEXT = words("formas")

LENGTHS = (6, 64, 1024)
WIDTHS = (16, 128, 768)
HEADS = (1, 2, 4, 8, 16)
HEIGHT = 252
SHOWN = 4  # cabeças desenhadas; as outras viram reticências
ROW, BOX_H, TOP = 44, 34, 16
X = (8, 136, 300, 416, 532)
W = (84, 120, 84, 84, 100)


def heads_diagram(
    stream: str, head: str, joined: str, W_O: str, n_heads: int, notes: Sequence[str] = ()
) -> str:
    """Desenha o fluxo que entra, as cabeças lado a lado, a concatenação, W_O e o que sai.

    Parâmetros:
        n_heads: quantas cabeças; só as primeiras são desenhadas.
        notes: linhas escritas embaixo; no máximo duas.
    """
    shown = min(n_heads, SHOWN)
    middle = TOP + (SHOWN * ROW - 10) / 2
    start = middle - (shown * ROW - 10) / 2
    parts = [_box(0, middle, "entrada", stream)]
    for place in range(shown):
        y = start + place * ROW + BOX_H / 2
        parts.append(_arrow(X[0] + W[0], middle, X[1], y))
        parts.append(_arrow(X[1] + W[1], y, X[2], middle))
        name = f"cabeça {place}" if n_heads <= SHOWN or place < SHOWN - 1 else f"… {n_heads - 1}"
        parts.append(_box(1, y, name, head, f"c{place + 1}"))
    parts.append(_arrow(X[2] + W[2], middle, X[3], middle))
    parts.append(_arrow(X[3] + W[3], middle, X[4], middle))
    parts.append(_box(2, middle, "concat", joined))
    parts.append(_box(3, middle, "· W_O", W_O))
    parts.append(_box(4, middle, "saída", stream))
    for number, note in enumerate(notes[:2]):
        parts.append(svg.text(8, TOP + SHOWN * ROW + 22 + 22 * number, note, "s"))
    return svg.document("".join(parts), HEIGHT)


def _box(column: int, middle: Px, name: str, shape: str, style: str = "box") -> str:
    x, w = X[column], W[column]
    centre = x + w / 2
    return (
        svg.box(x, middle - BOX_H / 2 - 3, w, BOX_H + 6, style)
        + svg.text(centre, middle - 3, name, "s", "middle")
        + svg.text(centre, middle + 13, shape, "kc")
    )


def _arrow(x1: Px, y1: Px, x2: Px, y2: Px) -> str:
    tip = f"M{svg.number(x2)} {svg.number(y2)}l-8 -4v8z"
    return svg.line(x1, y1, x2 - 6, y2) + f'<path d="{tip}" class="ink"/>'


def stage_sizes(n_pos: int, d_model: int, n_heads: int) -> dict[str, int]:
    """Conta os números guardados em cada etapa e os pesos da camada.

    Parâmetros:
        d_model: largura do fluxo; múltiplo de `n_heads`.
    """
    return {
        "q, k e v": 3 * n_pos * d_model,
        "scores": n_heads * n_pos * n_pos,
        "concatenação": n_pos * d_model,
        "saída": n_pos * d_model,
        "pesos": 4 * d_model * d_model,
    }


def shapes_frame(n_pos: int, d_model: int, n_heads: int) -> Frame:
    """Quadro de um tamanho: `n_pos` posições, `d_model` de largura e `n_heads` cabeças."""
    d_head = d_model // n_heads
    sizes = stage_sizes(n_pos, d_model, n_heads)
    many, squares = sizes["q, k e v"], sizes["scores"]
    drawing = heads_diagram(
        f"{n_pos}×{d_model}",
        f"{n_pos}×{d_head}",
        f"{n_pos}×{d_model}",
        f"{d_model}×{d_model}",
        n_heads,
        (
            f"pesos: 4 · {d_model}² = {thousands(sizes['pesos'])}",
            f"scores: {n_heads} × {n_pos} × {n_pos} = {thousands(sizes['scores'])} números",
        ),
    )
    tall = SHOWN * ROW
    drawing = svg.over(
        drawing,
        svg.zone(*((X[i], TOP, W[i], tall) for i in (0, 4)), n_pos=following(LENGTHS, n_pos)),
        svg.zone((X[1], TOP, W[1], tall), n_heads=following(HEADS, n_heads)),
        svg.zone(*((X[i], TOP, W[i], tall) for i in (2, 3)), d_model=following(WIDTHS, d_model)),
    )
    one = n_heads == 1
    sentence = (
        f"{n_pos} posições, d_model {d_model}, {n_heads} {'cabeça' if one else 'cabeças'} de "
        f"largura {d_head}: {thousands(sizes['pesos'])} pesos. {_biggest(many, squares)}"
    )
    rows = tuple((name, thousands(size)) for name, size in sizes.items())
    return Frame(drawing, sentence, Numbers(("etapa", "números"), rows))


def _biggest(many: int, squares: int) -> str:
    if many == squares:
        return f"Empate: q, k e v juntos têm {thousands(many)} números, e os scores também."
    name = "scores" if squares > many else "q, k e v"
    return f"Entre as ativações, o que mais ocupa: {name}, {thousands(max(many, squares))} números."


@opens
def shapes_by_stage() -> Flipper:
    """Forma em cada etapa: três barras, e tudo o que muda (ou não) com elas."""
    return Flipper(
        shapes_frame,
        [
            Axis("n_pos", "N", LENGTHS),
            Axis("d_model", "largura d_model", WIDTHS),
            Axis("n_heads", "cabeças", HEADS),
        ],
        **TEXT.heading(),
        question=TEXT.opening(),
        challenges=TEXT.challenges(
            {
                "scores": lambda n_pos, d_model, n_heads: n_heads * n_pos > 3 * d_model,
                "largura": lambda width, n_pos, d_model, n_heads: d_model == width * n_heads,
            },
            width=1,
        ),
    )
