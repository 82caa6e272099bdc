"""Vetores como barras com sinal em SVG: para cima o positivo, para baixo o negativo.

A barra positiva é cheia e a negativa é vazada, só com contorno: o sinal se lê sem a cor. A cor diz
o papel do vetor (consulta, chave, valor ou nenhum), e o zero fica sempre no meio da faixa.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from helpers.plots import svg
from helpers.plots.svg import Px
from helpers.spoken import decimal

#: Papel -> classe da barra positiva e da negativa.
TINTS = {"": ("ink", "box"), "q": ("p1", "c1"), "k": ("p2", "c2"), "v": ("p3", "c3")}
BAND = 44  # altura da faixa de um vetor, em px
NUMBERS = 20  # altura da linha de números sob a faixa
SIZE = 14  # letra dos nomes e dos números, em px
WIDEST = 76.0  # largura máxima do lugar de uma barra


def vectors(
    values: Any,
    names: Sequence[str],
    *,
    tints: Sequence[str] = (),
    title: str = "",
    dims: Sequence[str] = (),
    places: int = 2,
    peak: Px | None = None,
    chosen: int | None = None,
) -> str:
    """Documento SVG com um vetor por faixa, todos na mesma escala, uma dimensão por coluna.

    Parâmetros:
        values: números, [pos d_head]: lista de listas, arranjo do numpy ou tensor.
        tints: papel de cada vetor: "q", "k", "v" ou ""; vazio, nenhum tem papel.
        dims: nome de cada dimensão; vazio, nenhum.
        places: casas decimais dos números; menos que zero, ou sem espaço, nenhum é escrito.
        peak: valor absoluto da barra mais longa; sem valor, o maior de todos.
        chosen: dimensão em destaque, contornada de cima a baixo.

    Erros:
        ValueError: se os nomes não forem um por vetor, ou os papéis e as dimensões não couberem.
    """
    array = _table(values, names, tints, dims)
    top = peak or largest(array)
    left = 16 + max(svg.label_width(name, SIZE) for name in names)
    slot = min(WIDEST, (svg.WIDTH - left - 12) / array.shape[1])
    written = places >= 0 and _widest(array, places) <= slot - 2
    step = BAND + (NUMBERS if written else 0) + 10
    start = 8 + (26 if title else 0) + (20 if dims else 0)
    parts = [svg.text(8, 20, title, "s b")] if title else []
    parts += [
        svg.text(left + (i + 0.5) * slot, start - 7, name, "m", "middle")
        for i, name in enumerate(dims)
    ]
    if chosen is not None:
        height = len(array) * step - 4
        parts.append(svg.box(left + chosen * slot, start - 2, slot, height, "soft", 2))
    for i, row in enumerate(array):
        y = start + i * step
        parts.append(svg.text(left - 8, y + BAND / 2 + 5, names[i], "ks", "end"))
        parts.append(bars(row, left, y, slot, BAND, peak=top, tint=tints[i] if tints else ""))
        if written:
            parts.append(numbers(row, left, y + BAND + 15, slot, places))
    return svg.document("".join(parts), start + len(array) * step)


def bars(
    values: Any,
    x: Px,
    y: Px,
    slot: Px,
    height: Px = BAND,
    *,
    peak: Px | None = None,
    tint: str = "",
) -> str:
    """Peças de um vetor, para compor com outras: a linha do zero e uma barra por dimensão.

    Parâmetros:
        values: números, [d_head].
        x: lado esquerdo do lugar da primeira barra, em px.
        y: topo da faixa, em px; o zero fica no meio dela.
        slot: largura do lugar de cada barra, em px.
        height: altura da faixa, em px.
        peak: valor absoluto que enche meia faixa; sem valor, o maior do vetor.
        tint: papel do vetor, uma chave de `TINTS`.
    """
    row = np.asarray(values, dtype=float).tolist()
    return signed_bars(row, x, y, slot, height, peak or largest(row), tint)


def signed_bars(
    row: Sequence[float], x: Px, y: Px, slot: Px, height: Px, peak: Px, tint: str
) -> str:
    """O mesmo que `bars`, de uma lista de números e com a escala dada.

    Parâmetros:
        x: lado esquerdo do lugar da primeira barra, em px.
        y: topo da faixa, em px; o zero fica no meio dela.
        slot: largura do lugar de cada barra, em px.
        height: altura da faixa, em px.
        peak: valor absoluto que enche meia faixa.
        tint: papel do vetor, uma chave de `TINTS`.
    """
    zero, thick = y + height / 2, max(1.0, 2 * (slot * 0.31 // 1))
    above, below = [], []
    for i, value in enumerate(row):
        size = min(1.0, abs(value) / peak) * (height / 2 - 1)
        if size < 0.3:  # não se veria, e pesa no quadro
            continue
        start = x + (i + 0.5) * slot - thick / 2
        w, h = svg.number(thick), svg.number(-size if value > 0 else size)
        path = f"M{svg.number(start)} {svg.number(zero)}h{w}v{h}h-{w}z"
        (above if value > 0 else below).append(path)
    parts = [svg.line(x, zero, x + len(row) * slot, zero)]
    for paths, style in ((above, TINTS[tint][0]), (below, TINTS[tint][1])):
        if paths:
            parts.append(f'<path d="{"".join(paths)}" class="{style}"/>')
    return "".join(parts)


def numbers(values: Any, x: Px, y: Px, slot: Px, places: int = 2) -> str:
    """Os números de um vetor, um sob cada barra, num elemento de texto só.

    Parâmetros:
        values: números, [d_head].
        x: lado esquerdo do lugar da primeira barra, em px.
        y: linha de base do texto, em px.
        slot: largura do lugar de cada barra, em px.
        places: casas decimais.
    """
    spans = "".join(
        f'<tspan x="{svg.number(x + (i + 0.5) * slot)}">{decimal(value, places)}</tspan>'
        for i, value in enumerate(np.asarray(values, dtype=float).tolist())
    )
    return f'<text y="{svg.number(y)}" class="kc">{spans}</text>'


def largest(values: Any) -> float:
    """Maior valor absoluto, ou 1 quando tudo é zero: serve de escala.

    Parâmetros:
        values: números, com quantos eixos for.
    """
    return float(np.abs(np.asarray(values, dtype=float)).max(initial=0.0)) or 1.0


def _widest(array: np.ndarray, places: int) -> Px:
    labels = (decimal(value, places) for value in array.ravel().tolist())
    return max((svg.label_width(label, SIZE) for label in labels), default=0)


def _table(
    values: Any, names: Sequence[str], tints: Sequence[str], dims: Sequence[str]
) -> np.ndarray:
    array = np.asarray(values, dtype=float)
    if array.ndim != 2 or len(names) != len(array):
        raise ValueError(
            f"Os vetores têm forma {array.shape} e há {len(names)} nomes; é um por vetor, "
            "numa tabela de dois eixos."
        )
    if tints and (len(tints) != len(array) or not set(tints) <= set(TINTS)):
        raise ValueError(f"tints={list(tints)} deve ter um papel por vetor, entre {list(TINTS)}.")
    if dims and len(dims) != array.shape[1]:
        raise ValueError(f"Há {array.shape[1]} dimensões e {len(dims)} nomes de dimensão.")
    return array
