"""A fila: uma pessoa por palavra, todas olhando para onde a frase segue, e quem lê quem.

Quem veio antes fica à esquerda, atrás. As setas levam o valor da origem ao destino, tanto mais
grossas quanto maior o peso; uma cortina hachurada cobre quem ainda não foi escrito.
"""

from collections.abc import Sequence

from helpers.plots import svg
from helpers.plots.svg import Px

HEIGHT = 306
GROUND = 214  # altura dos pés, em px
HEAD_Y = 154  # centro da cabeça
CROWN = 132  # de onde saem e aonde chegam as setas
THICKEST = 9.0  # traço do peso 1, em px
THINNEST = 0.02  # pesos menores que este não viram seta


def line_frame(
    words: Sequence[str],
    tags: Sequence[str],
    asker: int,
    weights: Sequence[Px],
    *,
    question: str,
    curtain: bool = True,
) -> str:
    """Desenho da fila com quem pergunta, o que pergunta e de quem lê.

    Parâmetros:
        words: uma palavra por pessoa, na ordem da frase: o conteúdo (valor).
        tags: a etiqueta (chave) de cada uma.
        asker: a posição de quem pergunta.
        weights: o peso que ela dá a cada pessoa; só zeros, e nenhum peso é escrito.
        question: o que ela pergunta (consulta), em palavras.
        curtain: se a cortina esconde quem está à frente.

    Erros:
        ValueError: se palavras, etiquetas e pesos não forem tantos quantos as pessoas.
    """
    if not len(words) == len(tags) == len(weights) or not 0 <= asker < len(words):
        raise ValueError(
            f"Há {len(words)} palavras, {len(tags)} etiquetas, {len(weights)} pesos e quem "
            f"pergunta é a posição {asker}; é um de cada por pessoa."
        )
    slot = svg.WIDTH / len(words)
    middles = [(i + 0.5) * slot for i in range(len(words))]
    parts = [svg.text(8, 20, f"{words[asker]} pergunta: {question}", "s b")]
    parts += [_arrow(middles, i, asker, weight) for i, weight in enumerate(weights)]
    for i, middle in enumerate(middles):
        parts.append(_person(middle, i == asker))
        parts.append(
            svg.text(middle, GROUND + 20, words[i], "s b" if i == asker else "s", "middle")
        )
        parts.append(svg.text(middle, GROUND + 40, tags[i], "m", "middle"))
        if any(weights) and (i <= asker or not curtain):
            parts.append(svg.text(middle, GROUND + 62, percent(weights[i]), "kc"))
    if curtain and asker + 1 < len(words):
        left = (asker + 1) * slot + 2
        parts.append(
            svg.box(left, CROWN - 12, svg.WIDTH - left - 4, GROUND - CROWN + 60, "line", 2)
        )
        parts.append(svg.hatch(left, CROWN - 12, svg.WIDTH - left - 4, GROUND - CROWN + 60, 20))
    return svg.document("".join(parts) + _legend(), HEIGHT)


def percent(weight: Px) -> str:
    """Peso como se lê: até uma casa decimal; menos que 0,05%, mas não zero, vira `<0,1%`.

    Parâmetros:
        weight: de 0 a 1.
    """
    if 0 < weight < 0.0005:
        return "<0,1%"
    return f"{100 * weight:.1f}".removesuffix(".0").replace(".", ",") + "%"


def _legend() -> str:
    y = HEIGHT - 8
    return (
        svg.text(8, y, "← atrás: já escrito", "m")
        + svg.text(svg.WIDTH / 2, y, "palavra · etiqueta · peso", "m", "middle")
        + svg.text(svg.WIDTH - 8, y, "a frase segue →", "m", "end")
    )


def _person(x: Px, asking: bool) -> str:
    """Cabeça com nariz para a direita e corpo; quem pergunta vem em azul."""
    style = "c1" if asking else "box"
    body = f"M{svg.number(x - 16)} {GROUND}q0 -40 16 -40q16 0 16 40z"
    nose = f"M{svg.number(x + 11)} {HEAD_Y - 3}l7 3l-7 4z"
    return (
        f'<path d="{body}" class="{style}"/>'
        f'<circle cx="{svg.number(x)}" cy="{HEAD_Y}" r="13" class="{style}"/>'
        f'<path d="{nose}" class="ink"/>'
        f'<circle cx="{svg.number(x + 6)}" cy="{HEAD_Y - 3}" r="2" class="ink"/>'
    )


def _arrow(middles: Sequence[Px], source: int, asker: int, weight: Px) -> str:
    """Seta da origem ao destino; para si mesma, um laço sobre a cabeça."""
    if weight < THINNEST:
        return ""
    start, end = middles[source], middles[asker]
    # Quem vem do futuro chega em laranja: é o que a cortina devia impedir.
    style = "l2" if source > asker else "l3"
    if source == asker:
        loop = f"M{svg.number(end - 9)} {CROWN + 4}c-24 -44 42 -44 18 -6"
        shape = f'<path d="{loop}" class="{style}"/>' + _tip(end + 9, CROWN + 6)
    else:
        end += -8 if source < asker else 8
        rise = min(92.0, 28 + 12 * abs(source - asker))
        shape = svg.arc(start, end, CROWN - 4, rise, style) + _tip(end, CROWN)
    # Em `style`, e não em atributo: a folha de estilo da classe venceria o atributo.
    thick = svg.number(max(1.0, weight * THICKEST))
    return shape.replace(f'class="{style}"/>', f'class="{style}" style="stroke-width:{thick}"/>')


def _tip(x: Px, y: Px) -> str:
    return f'<path d="M{svg.number(x)} {svg.number(y)}l-5 -10h10z" class="ink"/>'
