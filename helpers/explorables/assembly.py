"""Monte o bloco: a norma, a conexão residual, a escala das escritas e quantos blocos."""

import math
from collections.abc import Sequence

from helpers.explorables.kit.flipper import Flipper
from helpers.explorables.kit.frames import Axis, Frame, Numbers, following
from helpers.explorables.kit.memory import opens
from helpers.explorables.kit.words import words
from helpers.plots import svg
from helpers.plots.svg import Px, document
from helpers.plots.wirings import arrow, part, plus, route
from helpers.spoken import decimal
from helpers.studies.depth import N_POS, Signal, signal

TEXT = words("w13")

NORMS = {"pre": "antes", "post": "depois", "none": "nenhuma"}
DEPTHS = (2, 6, 12, 24)
#: Abaixo disto, o gradiente já não chega à entrada.
LOST = 1e-3
#: Abaixo disto, as posições já não se distinguem.
SAME = 1e-3
#: Abaixo disto, o fluxo quase sumiu; o ε da norma final já pesa mais do que ele.
FAINT = 1e-2
#: Acima disto, o fluxo cresceu sem freio.
BLOWN = 10
#: Até aqui, o fluxo sai quase do tamanho com que entrou.
CALM = 1.2
HEIGHT = 372
ROAD = 70  # onde o fluxo sobe, em px
SIDE = 190  # centro das peças fora da estrada
CHART_X, CHART_W, CHART_H, CHART_STEP = 336, 288, 74, 112
STAGES = (("atenção", "c1", 330), ("MLP", "c3", 186))  # nome, cor e base de cada parte
LOW, HIGH = -12, 4  # expoentes de 10 nos extremos de toda curva


def assembly_frame(norm: str, residual: bool, found: Signal, divisor: Px | None = None) -> str:
    """Os fios do bloco, à esquerda, e as curvas medidas na pilha, à direita.

    Parâmetros:
        divisor: por quanto as escritas nascem divididas; `None` se não são.
    """
    curves = (
        ("tamanho do fluxo (RMS)", found.size),
        ("gradiente (saída = 1)", found.gradient),
        ("diferença entre posições", found.variety),
    )
    badge = f"escritas zeradas: identidade? {'sim' if found.is_identity else 'não'}"
    body = [svg.text(16, 22, "os fios de um bloco", "s b")]
    body.append(wiring(norm, residual, divisor))
    body.append(svg.text(16, HEIGHT - 12, badge, "s b"))
    for i, (title, values) in enumerate(curves):
        body.append(chart(title, values, 44 + i * CHART_STEP, f"l{i + 1}"))
    foot = f"entrada → bloco {len(found.size) - 1}"
    body.append(svg.text(CHART_X + CHART_W / 2, HEIGHT - 12, foot, "m", "middle"))
    return svg.document("".join(body), HEIGHT)


def wiring(norm: str, residual: bool, divisor: Px | None = None) -> str:
    """Os fios de um bloco: a estrada do fluxo, as peças e, se houver, as somas.

    Parâmetros:
        norm: chave de `NORMS`.
        divisor: por quanto as escritas nascem divididas, dito em cada uma; `None` se não são.
    """
    parts = [_road(norm, residual)]
    for name, style, base in STAGES:
        y = base - 30
        middle = y - 20 if norm != "pre" else y - 46
        if norm == "pre":
            parts += [route([(ROAD, y), (SIDE - 52, y)]), part(SIDE, y, "LayerNorm", "c2")]
            parts += [arrow(SIDE, y - 15, SIDE, middle + 15), part(SIDE, middle, name, style)]
        else:
            parts += [route([(ROAD, y), (SIDE, y), (SIDE, middle + 15 - 20)])]
            middle -= 20
            parts.append(part(SIDE, middle, name, style))
        parts.append(arrow(SIDE - 52, middle, ROAD + (14 if residual else 2), middle))
        if divisor is not None:
            parts.append(svg.text(112, middle - 7, f"÷ {decimal(divisor, 1)}", "m", "middle"))
        if residual:
            parts.append(plus(ROAD, middle))
        if norm == "post":
            parts.append(part(ROAD, middle - 44, "LayerNorm", "c2"))
    return "".join(parts)


def _road(norm: str, residual: bool) -> str:
    """A estrada do fluxo, de baixo para cima; sem residual, ela se interrompe em cada peça."""
    top = 44
    if residual:
        return arrow(ROAD, 338, ROAD, top, "l1")
    pieces, low = [], 338
    for _, _, base in STAGES:
        y = base - 30
        write = y - 46 if norm == "pre" else y - 40
        pieces.append(svg.line(ROAD, low, ROAD, y, "l1"))
        pieces.append(svg.line(ROAD, y - 6, ROAD, write + 6, "line dash"))
        low = write
    pieces.append(arrow(ROAD, low, ROAD, top, "l1"))
    return "".join(pieces)


def _zones(norm: str, residual: bool, scaled: bool, depth: int) -> list[str]:
    """Onde se aperta: a norma, a soma (ou o vão dela), a escrita e as curvas."""
    norms, sums, writes = [], [], []
    for _, _, base in STAGES:
        y = base - 30
        middle = y - 46 if norm == "pre" else y - 40
        norms.append(
            (ROAD - 52, middle - 59, 104, 30) if norm == "post" else (138, y - 15, 104, 26)
        )
        gap = (ROAD - 13, middle, 26, y - middle)
        sums.append((ROAD - 13, middle - 13, 26, 26) if residual else gap)
        writes.append((ROAD + 16, middle - 24, 50, 32))
    charts = [(CHART_X, 24 + i * CHART_STEP, CHART_W, CHART_H + 22) for i in range(3)]
    return [
        svg.zone(*norms, norm=following(NORMS, norm)),
        svg.zone(*sums, residual=not residual),
        svg.zone(*writes, scaled=not scaled),
        svg.zone(*charts, depth=following(DEPTHS, depth)),
    ]


def chart(title: str, values: Sequence[float], top: Px, style: str) -> str:
    """Uma curva em escala logarítmica; o primeiro e o último valor ficam escritos em cima.

    Parâmetros:
        top: topo da moldura, em px.
    """
    step = CHART_W / max(1, len(values) - 1)
    points = [(CHART_X + i * step, _height(value, top)) for i, value in enumerate(values)]
    parts = [svg.text(CHART_X, top - 8, title, "s b")]
    parts.append(svg.box(CHART_X, top, CHART_W, CHART_H, "box", 2))
    parts.append(
        svg.line(CHART_X, _height(1, top), CHART_X + CHART_W, _height(1, top), "line dash")
    )
    parts.append(svg.trace(points, style))
    parts.append(svg.text(CHART_X - 6, _height(1, top) + 5, "1", "m", "end"))
    ends = f"{said(values[0])} → {said(values[-1])}"
    parts.append(svg.text(CHART_X + CHART_W, top - 8, ends, "s", "end"))
    return "".join(parts)


def _height(value: Px, top: Px) -> Px:
    exponent = math.log10(value) if value > 0 else LOW
    share = (min(max(exponent, LOW), HIGH) - LOW) / (HIGH - LOW)
    return top + CHART_H * (1 - share)


def said(value: Px) -> str:
    """Um número como se lê: com vírgula, ou na potência de dez mais próxima, se foge da escala.

    Parâmetros:
        value: zero ou positivo.
    """
    if value == 0:
        return "0"
    if 0.01 <= value < 1000:
        return decimal(value, 2 if value < 10 else 0)
    exponent = round(math.log10(value))
    raised = str(exponent).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"10{raised}"


def assembly_sentence(norm: str, residual: bool, scaled: bool, depth: int, found: Signal) -> str:
    """O que foi montado, o que se mediu em `depth` blocos e o que isso quer dizer."""
    made = [{"pre": "norma antes", "post": "norma depois", "none": "nenhuma norma"}[norm]]
    made.append("com residual" if residual else "sem residual")
    made.append("escritas divididas" if scaled else "escritas inteiras")
    head = f"{', '.join(made)}, {depth} blocos".capitalize()
    numbers = (
        f"tamanho do fluxo {said(found.size[-1])}, gradiente na entrada {said(found.gradient[0])} "
        f"vezes o da saída, diferença entre posições {said(found.variety[-1])}"
    )
    return f"{head}: {numbers}. {verdict(found)}"


def verdict(found: Signal) -> str:
    """O que quebrou, em palavras, ou que nada quebrou."""
    if found.gradient[0] < LOST:
        return "O gradiente quase não chega à entrada: os primeiros blocos não aprenderiam."
    if found.size[-1] < FAINT:
        return "O fluxo encolheu até quase sumir: pouco do que entrou chega à saída."
    if found.variety[-1] < SAME:
        return f"As {N_POS} posições ficaram iguais: já não se sabe que token era qual."
    if found.size[-1] > BLOWN:
        return "O fluxo cresce de bloco em bloco, sem freio."
    if found.is_identity:
        return "Nada quebrou, e com escritas zeradas o bloco é a identidade."
    return "Nada quebrou nesta profundidade."


def assembly_table(found: Signal) -> Numbers:
    """Os valores na entrada, no meio e na saída da pilha."""
    depth = len(found.size) - 1
    places = (0, depth // 2, depth)
    rows = (
        ("tamanho do fluxo (RMS)", found.size),
        ("gradiente, com 1 na saída", found.gradient),
        ("diferença entre posições", found.variety),
    )
    header = ("medida", "entrada", f"bloco {depth // 2}", f"bloco {depth}")
    return Numbers(header, tuple((n, *(said(values[i]) for i in places)) for n, values in rows))


def measured(norm: str, residual: bool, scaled: bool, depth: int) -> Signal:
    """O que se mede numa pilha de `depth` blocos inteiros, com MLP."""
    return signal(norm, residual, True, depth, scaled)


def block_frame(norm: str, residual: bool, scaled: bool, depth: int) -> Frame:
    """Quadro de uma montagem, medida numa pilha de `depth` blocos."""
    found = measured(norm, residual, scaled, depth)
    sentence = assembly_sentence(norm, residual, scaled, depth, found)
    drawing = assembly_frame(norm, residual, found, math.sqrt(2 * depth) if scaled else None)
    drawing = svg.over(drawing, *_zones(norm, residual, scaled, depth))
    return Frame(drawing, sentence, assembly_table(found))


@opens
def assemble_the_block() -> Flipper:
    """Monte o bloco: os fios mudam, e as curvas por camada mostram o que isso custou."""
    switch = ("com", "sem")
    return Flipper(
        block_frame,
        [
            Axis("norm", "norma", tuple(NORMS), tuple(NORMS.values()), kind="buttons"),
            Axis("residual", "residual", (True, False), switch, kind="buttons"),
            Axis(
                "scaled", "escritas", (False, True), ("inteiras", "÷ √(2·blocos)"), kind="buttons"
            ),
            Axis("depth", "blocos", DEPTHS),
        ],
        **TEXT.heading(),
        question=TEXT.opening(document(wiring("pre", True), HEIGHT)),
        challenges=TEXT.challenges(
            {
                "gradiente": lambda **state: measured(**state).gradient[0] < LOST,
                "fluxo": lambda most, **state: (
                    state["residual"] and measured(**state).size[-1] > most
                ),
                "calmo": lambda little, deepest, **state: (
                    (state["norm"], state["residual"], state["depth"]) == ("none", True, deepest)
                    and measured(**state).size[-1] < little
                ),
                "iguais": lambda **state: (
                    state["norm"] != "none" and measured(**state).variety[-1] < SAME
                ),
            },
            most=BLOWN,
            little=CALM,
            deepest=DEPTHS[-1],
        ),
    )
