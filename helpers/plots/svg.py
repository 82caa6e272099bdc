"""Peças dos desenhos em SVG: caixas, textos, arcos, hachuras, rótulos e as cores do curso.

As cores não vão dentro do desenho: cada peça tem uma classe curta (`t`, `box`, `c1`…), e a
folha de estilo daqui dá a cor. No navegador ela segue o tema do JupyterLab; no PNG, o tema claro.
Em toda função, `x` e `y` são o canto de cima à esquerda (num texto, o começo da linha de base), as
medidas são em px e `style` são classes de `CLASSES`, separadas por espaço.
"""

import functools
import html
import re
import unicodedata
from collections.abc import Iterable

Px = int | float  # medida em px; inteiros são bem-vindos

# Quadros vizinhos repetem quase todas as peças; por isso as funções daqui lembram o que já fizeram.

WIDTH = 640  # largura de todo desenho, em px; na tela cresce até 720
LINE = 22  # distância entre duas linhas de texto, em px

# Okabe–Ito: as mesmas cores no curso inteiro. Q, K e V são as três primeiras.
PALETTE = {
    "blue": "#0072B2",
    "orange": "#D55E00",
    "green": "#009E73",
    "pink": "#CC79A7",
    "sky": "#56B4E9",
    "yellow": "#E69F00",
}

# Valores do tema claro do JupyterLab, usados no PNG (que não tem tema).
LIGHT = {
    "--jp-ui-font-color1": "#212121",
    "--jp-ui-font-color2": "#616161",
    "--jp-layout-color0": "#ffffff",
    "--jp-layout-color1": "#ffffff",
    "--jp-layout-color2": "#eeeeee",
    "--jp-border-color1": "#bdbdbd",
    "--jp-brand-color1": "#1976d2",
}

SANS = '"DejaVu Sans", sans-serif'
MONO = '"DejaVu Sans Mono", monospace'

# Classe -> regras. Texto tem sempre a cor de texto do tema: contraste ≥ 4,5:1 sobre qualquer tinta.
CLASSES = {
    "t": f"font:16px {SANS};fill:var(--jp-ui-font-color1)",
    "s": f"font:14px {SANS};fill:var(--jp-ui-font-color1)",
    "m": f"font:14px {SANS};fill:var(--jp-ui-font-color2)",
    "k": f"font:17px {MONO};fill:var(--jp-ui-font-color1);text-anchor:middle",
    "ks": f"font:14px {MONO};fill:var(--jp-ui-font-color1)",
    "kc": f"font:14px {MONO};fill:var(--jp-ui-font-color1);text-anchor:middle",
    "b": "font-weight:bold",
    "middle": "text-anchor:middle",
    "halo": "paint-order:stroke;stroke:var(--jp-layout-color0);stroke-width:5",
    "end": "text-anchor:end",
    "box": "fill:var(--jp-layout-color0);stroke:var(--jp-ui-font-color2);stroke-linejoin:round",
    "soft": "fill:var(--jp-layout-color2);stroke:none",
    "line": "fill:none;stroke:var(--jp-ui-font-color2);stroke-width:1",
    "hatch": "fill:none;stroke:var(--jp-ui-font-color2);stroke-width:1;stroke-opacity:.5",
    # A área que se aperta num desenho: invisível, e o ponteiro a sente.
    "hit": "fill:#888;fill-opacity:0;stroke:none",
    "ink": "fill:var(--jp-ui-font-color2);stroke:none",
}
for _number, _color in enumerate(("blue", "orange", "green", "pink"), start=1):
    _hex = PALETTE[_color]
    CLASSES[f"c{_number}"] = f"fill:{_hex};fill-opacity:.2;stroke:{_hex};stroke-width:2"
    CLASSES[f"l{_number}"] = f"fill:none;stroke:{_hex};stroke-width:2.5"
    CLASSES[f"p{_number}"] = f"fill:{_hex};stroke:none"
CLASSES["dash"] = "stroke-dasharray:5 4"


def stylesheet(scope: str = "") -> str:
    """Folha de estilo das classes dos desenhos, com as variáveis do tema.

    Parâmetros:
        scope: seletor posto antes de cada classe, para a regra não vazar para a página.
    """
    lead = f"{scope} " if scope else ""
    sheet = "\n".join(f"{lead}.{name}{{{rules}}}" for name, rules in CLASSES.items())
    # Fora do JupyterLab ninguém define as variáveis: vale a cor do tema claro.
    return re.sub(r"var\((--[\w-]+)\)", lambda found: f"var({found[1]}, {LIGHT[found[1]]})", sheet)


def resolve_theme(text: str) -> str:
    """Troca cada `var(--jp-…)` pelo valor do tema claro.

    Parâmetros:
        text: SVG ou CSS com variáveis do JupyterLab, com ou sem valor de reserva.
    """

    def value(found: re.Match[str]) -> str:
        return LIGHT.get(found[1]) or (found[2] or "#212121").strip()

    return re.sub(r"var\(\s*(--[\w-]+)\s*(?:,([^()]*(?:\([^()]*\))?[^()]*))?\)", value, text)


def escape(text: str) -> str:
    """Texto pronto para entrar num SVG, sem poder virar marcação."""
    return html.escape(text, quote=True)


def number(value: Px) -> str:
    """Número curto para coordenadas: no máximo uma casa decimal."""
    return f"{round(float(value), 1):g}"


def document(body: str, height: Px, width: Px = WIDTH) -> str:
    """Documento SVG completo em volta das peças."""
    w, h = number(width), number(height)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}" width="{w}" '
        f'height="{h}" font-family="DejaVu Sans, sans-serif">{body}</svg>'
    )


@functools.lru_cache(maxsize=4096)
def text(x: Px, y: Px, content: str, style: str = "t", anchor: str = "start") -> str:
    """Um texto numa linha, já protegido contra marcação.

    Parâmetros:
        anchor: `start`, `middle` ou `end`.
    """
    place = "" if anchor == "start" else f" {anchor}"
    # xml:space guarda espaços repetidos; só onde existem, para o quadro ficar leve.
    space = ' xml:space="preserve"' if "  " in content else ""
    head = f'<text x="{number(x)}" y="{number(y)}" class="{style}{place}"{space}>'
    return f"{head}{escape(content)}</text>"


@functools.lru_cache(maxsize=4096)
def box(x: Px, y: Px, w: Px, h: Px, style: str = "box", radius: Px = 4) -> str:
    """Um retângulo de cantos arredondados.

    Parâmetros:
        radius: raio dos cantos, em px.
    """
    sides = f'x="{number(x)}" y="{number(y)}" width="{number(w)}" height="{number(h)}"'
    return f'<rect {sides} rx="{number(radius)}" class="{style}"/>'


def zone(*areas: tuple[Px, Px, Px, Px], **state: object) -> str:
    """Lugar do desenho que leva a um estado: passar por ele mostra, apertar vai.

    Um valor por que o controle não passa não leva a lugar nenhum, e o lugar some.

    Parâmetros:
        areas: retângulos (x, y, largura, altura) que formam o lugar.
        state: valor de cada controle que muda, pelo nome: `zone((0, 0, 9, 9), asker=3)`.
    """
    place = escape(";".join(f"{name}={value}" for name, value in state.items()))
    outline = "".join(
        f"M{number(x)} {number(y)}h{number(w)}v{number(h)}H{number(x)}" for x, y, w, h in areas
    )
    return f'<path d="{outline}z" data-go="{place}"/>'


def zones(found: Iterable[str]) -> str:
    """As áreas de um desenho, invisíveis, por cima dele.

    Parâmetros:
        found: o que `zone` devolveu.
    """
    return f'<g class="hit">{"".join(found)}</g>'


def over(drawing: str, *found: str) -> str:
    """Um desenho pronto com áreas por cima.

    Parâmetros:
        drawing: documento SVG, como sai de `document`.
        found: o que `zone` devolveu.
    """
    return drawing.removesuffix("</svg>") + zones(found) + "</svg>"


def boxes(places: Iterable[tuple[Px, Px]], y: Px, h: Px, style: str = "box") -> str:
    """Uma fileira de retângulos do mesmo estilo, num elemento só.

    Parâmetros:
        places: lado esquerdo e largura de cada um, em px.
    """
    outline = "".join(
        f"M{number(x)} {number(y)}h{number(w)}v{number(h)}h{number(-w)}z" for x, w in places
    )
    return f'<path d="{outline}" class="{style}"/>' if outline else ""


def trace(points: Iterable[tuple[Px, Px]], style: str = "line", closed: bool = False) -> str:
    """Uma linha quebrada de ponto em ponto; fechada, é um polígono."""
    path = "L".join(f"{number(x)} {number(y)}" for x, y in points)
    return f'<path d="M{path}{"z" if closed else ""}" class="{style}"/>'


def arc(x1: Px, x2: Px, y: Px, rise: Px, style: str = "l1") -> str:
    """Um arco de `x1` a `x2` que sobe `rise` acima de `y`.

    Parâmetros:
        y: altura das duas pontas, em px.
        rise: quanto o arco sobe, em px.
    """
    # A curva de Bézier chega a 3/4 da altura dos pontos de controle.
    top = number(y - rise * 4 / 3)
    a, b, base = number(x1), number(x2), number(y)
    return f'<path d="M{a} {base}C{a} {top} {b} {top} {b} {base}" class="{style}"/>'


def line(x1: Px, y1: Px, x2: Px, y2: Px, style: str = "line") -> str:
    """Um segmento de reta."""
    ends = f"M{number(x1)} {number(y1)}L{number(x2)} {number(y2)}"
    return f'<path d="{ends}" class="{style}"/>'


def hatch(x: Px, y: Px, w: Px, h: Px, step: Px = 6, style: str = "hatch") -> str:
    """Hachura diagonal dentro de um retângulo, sem `<defs>`.

    Parâmetros:
        step: distância entre dois riscos, em px.
    """
    # Padrões em <defs> somem quando a célula está fora da tela (jupyterlab#17331).
    strokes = []
    offset = step
    while offset < w + h:
        x1, y1 = (x + offset, y) if offset <= w else (x + w, y + offset - w)
        x2, y2 = (x, y + offset) if offset <= h else (x + offset - h, y + h)
        strokes.append(f"M{number(x1)} {number(y1)}L{number(x2)} {number(y2)}")
        offset += step
    return f'<path d="{"".join(strokes)}" class="{style}"/>'


@functools.lru_cache(maxsize=4096)
def token_label(token: bytes) -> str:
    """Rótulo legível de um token: espaço vira ·, byte que é meia letra vira ⟨c3⟩.

    Exemplo:
        >>> token_label(" pão".encode()), token_label(b"\\xc3")
        ('·pão', '⟨c3⟩')
    """
    # surrogateescape marca cada byte inválido com um código de U+DC80 a U+DCFF.
    letters = token.decode("utf-8", errors="surrogateescape")
    last = len(letters) - 1
    return "".join(_visible(letter, 0 < i < last, i == 0) for i, letter in enumerate(letters))


def _visible(letter: str, inside: bool, first: bool) -> str:
    """Uma letra como se mostra na tela."""
    if "\udc80" <= letter <= "\udcff":
        return f"⟨{ord(letter) - 0xDC00:02x}⟩"
    if letter in " \n\t":
        return {" ": "·", "\n": "↵", "\t": "⇥"}[letter]
    if letter == "\u200d" and inside:  # une emojis: no meio do token, é para juntar mesmo
        return letter
    category = unicodedata.category(letter)
    if category[0] in "CZ":
        return "".join(f"⟨{byte:02x}⟩" for byte in letter.encode())
    return f"◌{letter}" if first and category[0] == "M" else letter


@functools.lru_cache(maxsize=4096)
def label_width(label: str, size: Px = 17, mono: bool = True) -> Px:
    """Largura aproximada de um rótulo, em px.

    Parâmetros:
        size: tamanho da letra, em px.
        mono: se a letra é de largura fixa.
    """
    units = 0.0
    for letter in label:
        if unicodedata.category(letter)[0] == "M" or letter == "\u200d":
            continue
        wide = unicodedata.east_asian_width(letter) in "WF"
        units += (1.25 if wide else 0.62) if mono else (1.2 if wide else 0.6)
    return units * size


def short(label: str, width: Px, size: Px = 14) -> str:
    """Rótulo cortado com reticências para caber na largura.

    Parâmetros:
        width: largura disponível, em px.
        size: tamanho da letra, em px.
    """
    if label_width(label, size) <= width:
        return label
    while label and label_width(label + "…", size) > width:
        label = label[:-1]
    return label + "…"
