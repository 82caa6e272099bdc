"""Diagramas parados do fluxo residual: por onde o fluxo passa, quem lê e quem soma.

O fluxo sobe por uma linha grossa; cada parte lê dela por um braço e escreve nela por uma soma.
"""

from helpers.plots import svg
from helpers.plots.svg import Px

BOX_W, BOX_H = 104, 30
HEIGHT = 330


def arrow(x1: Px, y1: Px, x2: Px, y2: Px, style: str = "line") -> str:
    """Uma seta reta, com a ponta cheia."""
    length = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5 or 1
    ux, uy = (x2 - x1) / length, (y2 - y1) / length
    bx, by = x2 - 8 * ux, y2 - 8 * uy
    corners = [(x2, y2), (bx - 4 * uy, by + 4 * ux), (bx + 4 * uy, by - 4 * ux)]
    return svg.line(x1, y1, bx, by, style) + svg.trace(corners, "ink", closed=True)


def route(points: list[tuple[Px, Px]], style: str = "line") -> str:
    """Uma seta que dobra esquinas."""
    return svg.trace(points[:-1], style) + arrow(*points[-2], *points[-1], style)


def plus(x: Px, y: Px) -> str:
    """O sinal de soma em cima do fluxo."""
    return svg.box(x - 12, y - 12, 24, 24, "box", 12) + svg.text(x, y + 6, "+", "t b", "middle")


def part(x: Px, y: Px, name: str, style: str = "box") -> str:
    """Uma peça, pelo centro."""
    corner = (x - BOX_W / 2, y - BOX_H / 2)
    # Um fundo opaco: a tinta das peças é transparente, e o fluxo passa por trás.
    body = svg.box(*corner, BOX_W, BOX_H) + svg.box(*corner, BOX_W, BOX_H, style)
    return body + svg.text(x, y + 5, name, "s", "middle")


def norm_places() -> str:
    """A norma antes de cada parte, ao lado da norma depois de cada soma."""
    body = [svg.text(150, 20, "norma antes (GPT-2, este curso)", "s b", "middle")]
    body += [svg.text(480, 20, "norma depois (2017)", "s b", "middle")]
    body.append(arrow(70, 320, 70, 34, "l1"))
    for y, name in ((270, "atenção"), (140, "MLP")):
        body += [route([(70, y), (136, y)]), part(190, y, "LayerNorm", "c2")]
        body += [arrow(190, y - 15, 190, y - 41), part(190, y - 56, name, "c3")]
        body += [arrow(138, y - 56, 84, y - 56), plus(70, y - 56)]
    body.append(arrow(400, 320, 400, 34, "l1"))
    for y, name in ((292, "atenção"), (162, "MLP")):
        body += [route([(400, y), (520, y), (520, y - 30)]), part(520, y - 46, name, "c3")]
        body += [arrow(468, y - 46, 414, y - 46), plus(400, y - 46)]
        body.append(part(400, y - 90, "LayerNorm", "c2"))
    body.append(svg.text(86, 52, "livre de ponta a ponta", "m"))
    body.append(svg.text(462, 78, "em cima do fluxo", "m"))
    return svg.document("".join(body), HEIGHT)


def two_wirings() -> str:
    """A fórmula que perde a atenção, ao lado do bloco certo."""
    return svg.document(_wiring(90, False) + _wiring(410, True), HEIGHT)


def _wiring(x: Px, right: bool) -> str:
    """Um bloco; se `right`, a segunda soma recebe o que saiu da primeira."""
    title = "certo: u + MLP(LN(u))" if right else "perde: x + MLP(LN(u))"
    body = [svg.text(x + 50, 20, title, "s b", "middle"), svg.text(x - 20, 322, "x", "t", "middle")]
    body += [
        route([(x, 310), (x + 96, 310), (x + 96, 291)]),
        part(x + 96, 275, "LN, atenção", "c3"),
    ]
    body += [route([(x + 96, 260), (x + 96, 226), (x + 14, 226)]), plus(x, 226)]
    body += [arrow(x, 326, x, 240, "l1"), svg.text(x - 26, 231, "u", "t", "middle")]
    body += [part(x + 96, 150, "LN, MLP", "c3"), route([(x + 96, 135), (x + 96, 80), (x + 14, 80)])]
    body += [plus(x, 80), arrow(x, 68, x, 34, "l1")]
    if right:
        body += [arrow(x, 214, x, 94, "l1"), route([(x, 190), (x + 96, 190), (x + 96, 167)])]
    else:
        body += [route([(x, 214), (x, 190), (x + 96, 190), (x + 96, 167)])]
        skip = [(x, 310), (x - 62, 310), (x - 62, 80), (x - 14, 80)]
        body += [
            route(skip, "l2 dash"),
            svg.text(x - 52, 160, "u não", "m") + svg.text(x - 52, 178, "sobe", "m"),
        ]
    return "".join(body)


#: Os seis passos de um token no bloco de norma antes: nome na caixa e equação ao lado.
STEPS = (
    ("LayerNorm", "t1 = LN(x)"),
    ("atenção", "t2 = Atenção(t1 de todos)"),
    ("+", "t3 = x + t2"),
    ("LayerNorm", "t4 = LN(t3)"),
    ("MLP", "t5 = MLP(t4)"),
    ("+", "y = t3 + t5"),
)


def one_column() -> str:
    """Um token só, do fluxo que entra ao que sai, com a equação de cada passo ao lado."""
    x, side = 150, 240
    body = [
        arrow(x, 352, x, 18, "l1"),
        svg.text(x + 12, 350, "x", "t b"),
        svg.text(x + 12, 28, "y", "t b"),
    ]
    for i, (name, equation) in enumerate(STEPS):
        y = 316 - 50 * i
        body.append(svg.text(370, y + 5, equation, "ks"))
        if name == "+":
            body += [plus(x, y), route([(side, y + 35), (side, y), (x + 14, y)])]
        else:
            body.append(part(side + 10, y, name, "c2" if name == "LayerNorm" else "c3"))
        if name == "LayerNorm":
            body += [arrow(x, y, side - 44, y), arrow(side + 10, y - 15, side + 10, y - 34)]
    for other in (20, 60):
        body += [
            arrow(other, 266, side - 46, 266, "line dash"),
            svg.text(other, 284, "t1", "m", "middle"),
        ]
    body.append(svg.text(8, 254, "outros tokens", "m"))
    return svg.document("".join(body), 360)


def five_steps() -> str:
    """Do fluxo ao fluxo em cinco passos, com a forma de cada resultado."""
    steps = (
        ("1 projetar", "Q, K, V", "N × d_head", "c1"),
        ("2 comparar", "scores", "N × N", "c2"),
        ("3 repartir", "pesos A", "N × N", "c2"),
        ("4 somar", "Z = A V", "N × d_head", "c3"),
        ("5 escrever", "Z W_O", "N × d_model", "c1"),
    )
    body = [svg.text(8, 108, "fluxo", "s b"), arrow(8, 118, 632, 118, "l1")]
    for i, (verb, result, shape, style) in enumerate(steps):
        x = 66 + 126 * i
        body.append(svg.text(x, 18, verb, "s b", "middle"))
        body.append(svg.box(x - 52, 28, 104, 48, style))
        body.append(svg.text(x, 48, result, "s", "middle") + svg.text(x, 67, shape, "m", "middle"))
        if i:
            body.append(arrow(x - 74, 52, x - 54, 52))
    body.append(arrow(66, 116, 66, 78))
    body += [arrow(570, 78, 570, 104), plus(570, 118)]
    body.append(
        svg.text(320, 150, "linha i: quem pergunta e recebe; coluna j: de onde vem", "m", "middle")
    )
    return svg.document("".join(body), 162)


def two_hops() -> str:
    """Três fluxos que sobem lado a lado, e o que a atenção de dois blocos leva de um a outro."""
    columns = {"verbo e preposição": 120, "nome": 320, "fim": 520}
    body = []
    for name, x in columns.items():
        body += [svg.text(x, 310, name, "t b", "middle"), arrow(x, 290, x, 34, "l1")]
    for (start, end), y, said in (
        ((120, 320), 210, "bloco 1 escreve o papel"),
        ((320, 520), 110, "bloco 2 acha pela K"),
    ):
        body += [route([(start, y + 34), (start + 54, y + 34), (end - 14, y)]), plus(end, y)]
        body.append(svg.text((start + end) / 2, y - 14, said, "s", "middle"))
    body.append(svg.text(420, 128, "e traz o nome pela V", "m", "middle"))
    return svg.document("".join(body), HEIGHT)
