"""Diagramas parados de blocos e de modelos inteiros: colunas de peças, de baixo para cima."""

from collections.abc import Mapping, Sequence

from helpers.plots import svg
from helpers.plots.svg import Px
from helpers.plots.wirings import arrow, plus, route

STEP_H, GAP = 28, 14
STYLES = {"norma": "c2", "atenção": "c1", "MLP": "c3", "+": "box"}


def style_of(name: str) -> str:
    """Classe da caixa de uma peça: a mesma cor para a mesma peça em todos os desenhos."""
    return next((style for word, style in STYLES.items() if word in name), "box")


def column(
    x: Px,
    bottom: Px,
    steps: Sequence[str],
    *,
    width: Px = 150,
    repeated: tuple[int, int] | None = None,
    times: str = "",
) -> tuple[str, list[Px]]:
    """Uma coluna de peças ligadas por setas, da primeira, embaixo, à última, em cima.

    Parâmetros:
        bottom: base da primeira peça, em px.
        steps: nome de cada peça; `+` vira o sinal de soma.
        width: largura das caixas.
        repeated: primeira e última peça do trecho que se repete.
        times: o que se lê ao lado do trecho repetido.

    Retorna:
        As peças desenhadas e a altura do centro de cada uma.
    """
    middles = [bottom - STEP_H / 2 - i * (STEP_H + GAP) for i in range(len(steps))]
    parts = []
    if repeated is not None:
        low, high = middles[repeated[0]], middles[repeated[1]]
        frame = (x - width / 2 - 12, high - STEP_H / 2 - 7)
        parts.append(svg.box(*frame, width + 24, low - high + STEP_H + 14, "soft", 8))
        parts.append(svg.text(x + width / 2 + 18, (low + high) / 2 + 5, times, "s b"))
    for name, y in zip(steps, middles, strict=True):
        if name == "+":
            parts.append(plus(x, y))
            continue
        corner = (x - width / 2, y - STEP_H / 2)
        # Um fundo opaco embaixo da tinta, que é transparente.
        parts.append(
            svg.box(*corner, width, STEP_H) + svg.box(*corner, width, STEP_H, style_of(name))
        )
        parts.append(svg.text(x, y + 5, name, "s", "middle"))
    reach = [12 if name == "+" else STEP_H / 2 for name in steps]
    for i in range(len(steps) - 1):
        parts.append(arrow(x, middles[i] - reach[i], x, middles[i + 1] + reach[i + 1]))
    return "".join(parts), middles


def _skip(x: Px, low: Px, high: Px, side: int, width: Px = 150) -> str:
    """A conexão residual: sai da estrada em `low` e volta na soma em `high`."""
    far = x + side * (width / 2 + 6)
    return route([(x, low), (far, low), (far, high), (x + side * 13, high)], "l1")


_PRE = ("norma", "atenção", "+", "norma", "MLP", "+")
_POST = ("atenção", "+", "norma", "MLP", "+", "norma")


def two_gpts() -> str:
    """O GPT-1, com a norma depois de cada soma, ao lado do GPT-2, com a norma antes."""
    bottom, parts = 402, []
    tables = "W_E + posição"
    layouts = (
        (130, "GPT-1 (2018)", (tables, *_POST, "W_U"), ((0, 2), (3, 5))),
        (430, "GPT-2 (2019)", (tables, *_PRE, "norma final", "W_U"), ((0, 3), (3, 6))),
    )
    for x, title, steps, skips in layouts:
        body, middles = column(x, bottom, steps, repeated=(1, 6), times="12 vezes")
        parts.append(body + svg.text(x, 20, title, "t b", "middle"))
        for low, high in skips:
            start = middles[low] - STEP_H / 2 - GAP / 2 + 1
            if steps[low] == "+":
                start = middles[low] - 12 - (GAP - 12 + STEP_H / 2) / 2
            parts.append(_skip(x, start, middles[high], -1))
    return svg.document("".join(parts), 414)


def encoder_decoder() -> str:
    """O Transformer de 2017: o encoder lê a origem inteira, o decoder escreve e a consulta."""
    bottom = 408
    left, low = column(
        140,
        bottom,
        ("origem + posição", "atenção, sem máscara", "+ norma", "MLP", "+ norma", "saída: z1 … zn"),
        width=176,
        repeated=(1, 4),
        times="6 vezes",
    )
    steps = (
        "destino + posição",
        "atenção, causal",
        "+ norma",
        "atenção cruzada",
        "+ norma",
        "MLP",
        "+ norma",
        "W_U",
        "logits",
    )
    right, high = column(470, bottom, steps, width=176, repeated=(1, 6), times="6 vezes")
    turn = 306
    path = [(140 + 88, low[5]), (turn, low[5]), (turn, high[3]), (470 - 88, high[3])]
    labels = [
        svg.text(140, low[5] - 30, "encoder", "t b", "middle"),
        svg.text(470, high[8] - 24, "decoder", "t b", "middle"),
        svg.text(turn + 6, low[5] - 8, "K e V", "s b"),
    ]
    return svg.document(left + right + route(path, "l2") + "".join(labels), 420)


#: O que fica embaixo de cada coluna: nome, canto esquerdo, linhas, colunas e se é causal.
MASKS = (
    ("sem máscara", 49, 5, 5, False),
    ("causal", 217, 5, 5, True),
    ("sem máscara", 390, 5, 5, False),
    ("causal", 498, 4, 4, True),
    ("cruzada", 564, 4, 5, False),
)


def three_families() -> str:
    """Só encoder, só decoder e os dois lados, com as máscaras que cada um usa."""
    columns = (
        (84, 136, ("atenção", "MLP")),
        (252, 136, ("atenção causal", "MLP")),
        (425, 132, ("atenção", "MLP")),
        (571, 132, ("atenção causal", "atenção cruzada", "MLP")),
    )
    parts = [column(x, 176, steps, width=width)[0] for x, width, steps in columns]
    parts.append(arrow(491, 120, 505, 120, "l2"))
    for x, title, who in (
        (84, "só encoder", "BERT"),
        (252, "só decoder", "GPT"),
        (498, "encoder e decoder", "T5 e o de 2017"),
    ):
        parts.append(svg.text(x, 18, title, "t b", "middle") + svg.text(x, 38, who, "m", "middle"))
    parts += [_mask(*mask, 196) for mask in MASKS]
    note = "linhas: quem pergunta · colunas: quem responde · hachura: não pode ler"
    return svg.document("".join(parts) + svg.text(16, 318, note, "m"), 328)


def _mask(name: str, x: Px, rows: int, columns: int, causal: bool, top: Px) -> str:
    """Uma máscara pequena, com hachura onde não se pode ler, e o nome embaixo."""
    side, parts = 14, []
    for row in range(rows):
        free = [c for c in range(columns) if not causal or c <= row]
        spots = [(x + c * side, side) for c in free]
        parts.append(svg.boxes(spots, top + row * side, side, "c1"))
        for c in range(len(free), columns):
            corner = (x + c * side, top + row * side)
            parts.append(svg.box(*corner, side, side, radius=0) + svg.hatch(*corner, side, side))
    middle = x + columns * side / 2
    parts.append(svg.text(middle, top + 5 * side + 20, name, "s", "middle"))
    return "".join(parts)


def whole_forward(shapes: Mapping[str, str], n_layers: int) -> str:
    """O decoder inteiro, dos ids ao sorteio, com a forma do que sai de cada etapa.

    Parâmetros:
        shapes: nome da etapa → forma, na ordem do caminho.
    """
    names = list(shapes)
    bottom = 12 + len(names) * (STEP_H + GAP)
    blocks = [i for i, name in enumerate(names) if name.startswith("bloco")]
    repeated = (blocks[0], blocks[-1]) if blocks else None
    body, middles = column(190, bottom, names, width=230, repeated=repeated, times="")
    for name, y in zip(names, middles, strict=True):
        body += svg.text(340, y + 5, shapes[name], "ks")
    if blocks:
        y = (middles[blocks[0]] + middles[blocks[-1]]) / 2
        body += svg.text(560, y + 5, f"× {n_layers}", "t b", "end")
    return svg.document(body, bottom + 8)
