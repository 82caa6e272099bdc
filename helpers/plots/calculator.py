"""Quadros da calculadora: duas barras empilhadas, uma de parâmetros e outra de MACs."""

from collections.abc import Mapping, Sequence

from helpers.plots import svg
from helpers.plots.svg import Px

HEIGHT = 308
BAR_X, BAR_W, BAR_H = 16, 608, 40
FILLS = ("box", "c1", "c3", "c2")


def calculator_frame(
    name: str, sizes: str, bars: Sequence[tuple[str, Mapping[str, int]]], foot: Sequence[str]
) -> str:
    """Um quadro: o modelo, uma barra por conta, e o que mais se quer dizer embaixo.

    Parâmetros:
        name: o modelo.
        sizes: os tamanhos, numa linha.
        bars: título e partes de cada barra, na ordem em que se empilham.
        foot: linhas de texto embaixo; no máximo duas.
    """
    body = [svg.text(BAR_X, 24, name, "t b"), svg.text(BAR_X, 46, sizes, "m")]
    for i, (title, parts) in enumerate(bars):
        body.append(_bar(title, parts, 84 + i * 100))
    for i, line in enumerate(foot):
        body.append(svg.text(BAR_X, 276 + i * 22, line, "s"))
    return svg.document("".join(body), HEIGHT)


def _bar(title: str, parts: Mapping[str, int], top: Px) -> str:
    total = sum(parts.values()) or 1
    body = [svg.text(BAR_X, top - 8, f"{title}: {compact(sum(parts.values()))}", "s b")]
    x: Px = BAR_X
    for (name, value), fill in zip(parts.items(), FILLS, strict=True):
        width = BAR_W * value / total
        body.append(svg.box(x, top, width, BAR_H, fill, 0))
        if fill == "c2":
            body.append(svg.hatch(x, top, width, BAR_H, 8))
        label = f"{name} {share(value, total)}"
        if width > svg.label_width(label, 14, mono=False) + 8:
            body.append(svg.text(x + width / 2, top + 25, label, "s halo", "middle"))
        x += width
    small = [
        f"{name} {share(value, total)}"
        for name, value in parts.items()
        if BAR_W * value / total
        <= svg.label_width(f"{name} {share(value, total)}", 14, mono=False) + 8
    ]
    if small:
        note = "na barra, sem rótulo: " + "; ".join(small)
        body.append(svg.text(BAR_X, top + BAR_H + 18, note, "m"))
    return "".join(body)


def share(value: int, total: int) -> str:
    """Uma parte do total, em porcentagem inteira; as que não chegam a 1 % dizem isso.

    Parâmetros:
        value: a parte.
        total: o todo.
    """
    if value == 0:
        return "0 %"
    percent = 100 * value / total
    return "menos de 1 %" if percent < 1 else f"{percent:.0f} %"


def compact(value: int) -> str:
    """Um número grande em mil, milhões, bilhões ou trilhões, com três algarismos.

    Parâmetros:
        value: zero ou positivo.
    """
    for size, one, many in (
        (10**12, "trilhão", "trilhões"),
        (10**9, "bilhão", "bilhões"),
        (10**6, "milhão", "milhões"),
        (10**3, "mil", "mil"),
    ):
        if value >= size:
            number = value / size
            places = 2 if number < 10 else 1 if number < 100 else 0
            text = f"{number:.{places}f}".replace(".", ",")
            return f"{text} {one if number < 2 else many}"
    return str(value)
