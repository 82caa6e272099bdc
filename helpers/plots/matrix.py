"""Matriz como mapa de calor em SVG: cada casa com seu número, linhas e colunas com seus nomes.

Azul é positivo, laranja é negativo, e o sinal está no número; a tinta é mais forte quanto maior o
valor absoluto. Casa escondida (proibida, sem valor) é hachurada e não leva número.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from helpers.plots import svg
from helpers.plots.svg import Px
from helpers.spoken import decimal

STEPS = 6  # graus de tinta: poucos, para casas iguais virarem um desenho só
STRONGEST = 0.6  # opacidade do maior valor; acima disso o número perderia contraste
CELL_H = 26
HEAD = 24  # altura do título e dos nomes das colunas
TILT = 40  # graus dos nomes de coluna que não cabem deitados
SIZE = 14  # letra dos números e dos nomes, em px


def heatmap(
    values: Any,
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    title: str = "",
    row_sums: bool = False,
    column_sums: bool = False,
    **look: Any,
) -> str:
    """Documento SVG de uma matriz só, na largura de uma figura do curso.

    Parâmetros:
        values: números, linha por linha: lista de listas, arranjo do numpy ou tensor.
        rows: nome de cada linha; num padrão de atenção, quem pergunta.
        columns: nome de cada coluna; num padrão de atenção, quem responde.
        row_sums: se mostra a soma de cada linha, à direita.
        column_sums: se mostra a soma de cada coluna, embaixo.
        look: o mais que `grid` aceita: `places`, `peak`, `hidden`, `row` e `column`.

    Erros:
        ValueError: se os nomes não forem um por linha e um por coluna.
    """
    array = _table(values, rows, columns)
    left = round(16 + max(svg.label_width(name, SIZE) for name in rows))
    right = 70 if row_sums else 12
    # Medidas inteiras: o desenho fica mais leve.
    width = int(min(76, (svg.WIDTH - left - right) / array.shape[1]))
    top = 8 + (HEAD if title else 0) + names_height(columns, width)
    sums = {"row_sums": row_sums, "column_sums": column_sums}
    names = {"rows": rows, "columns": columns, "title": title}
    body = grid(array, left, top, cell=(width, CELL_H), **names, **sums, **look)
    return svg.document(body, top + (len(array) + column_sums) * CELL_H + 12)


def grid(
    values: Any,
    x: Px,
    y: Px,
    *,
    cell: tuple[Px, Px],
    rows: Sequence[str] = (),
    columns: Sequence[str] = (),
    title: str = "",
    places: int = 2,
    peak: float | None = None,
    hidden: Any = None,
    row: int | None = None,
    column: int | None = None,
    row_sums: bool = False,
    column_sums: bool = False,
) -> str:
    """Peças de uma matriz para compor com outras num mesmo desenho.

    Parâmetros:
        values: números, linha por linha: lista de listas, arranjo do numpy ou tensor.
        x: lado esquerdo da primeira coluna, em px; os nomes das linhas ficam antes dele.
        y: topo da primeira linha, em px; título e nomes das colunas ficam acima.
        cell: largura e altura de uma casa, em px.
        rows: nome de cada linha; vazio, nenhum.
        columns: nome de cada coluna; vazio, nenhum.
        places: casas decimais; menos que zero, nenhum número é escrito.
        peak: valor absoluto da tinta mais forte; sem valor, o maior da matriz.
        hidden: True nas casas hachuradas, sem número.
        row: linha contornada.
        column: coluna contornada; com `row`, só a casa do encontro.
        row_sums: se mostra a soma de cada linha, à direita.
        column_sums: se mostra a soma de cada coluna, embaixo.

    Erros:
        ValueError: se os nomes não forem um por linha e um por coluna.
    """
    array = _table(values, rows, columns)
    veil = np.zeros(array.shape, bool) if hidden is None else np.asarray(hidden, dtype=bool)
    w, h = cell
    n_rows, n_columns = array.shape
    parts = [_tints(array, veil, x, y, cell, peak), _veils(veil, x, y, cell)]
    parts.append(border(array.shape, x, y, cell, row, column))
    if title:
        parts.append(svg.text(x, y - names_height(columns, w) - 7, title, "s b"))
    # Um elemento de texto por grupo: a matriz pesa metade do que pesaria casa por casa.
    middles = [y + i * h + h / 2 + 5 for i in range(n_rows)]
    parts.append(names(rows, columns, x, y, cell))
    if places >= 0:
        parts.append(_numbers(array, veil, x, middles, w, places))
    if row_sums:
        side = x + n_columns * w + 8
        totals = np.where(veil, 0.0, array).sum(axis=1, keepdims=True)
        parts.append(svg.text(side, y - 7, "soma", "m"))
        said_totals = [decimal(total, max(places, 0)) for total in totals[:, 0].tolist()]
        parts.append(
            _words([(side, at, s) for at, s in zip(middles, said_totals, strict=True)], "ks")
        )
    if column_sums:
        base = y + n_rows * h + h / 2 + 6
        totals = np.where(veil, 0.0, array).sum(axis=0, keepdims=True)
        parts.append(svg.text(x - 6, base, "soma", "m", "end"))
        parts.append(_numbers(totals, np.isnan(totals), x, [base], w, max(places, 0)))
    return "".join(parts)


def border(
    shape: tuple[int, int],
    x: Px,
    y: Px,
    cell: tuple[Px, Px],
    row: int | None = None,
    column: int | None = None,
) -> str:
    """A moldura de uma matriz e o contorno da linha, da coluna ou da casa escolhida.

    Parâmetros:
        shape: quantas linhas e quantas colunas.
        x: lado esquerdo da primeira coluna, em px.
        y: topo da primeira linha, em px.
        cell: largura e altura de uma casa, em px.
        row: linha contornada.
        column: coluna contornada; com `row`, só a casa do encontro.
    """
    (n_rows, n_columns), (w, h) = shape, cell
    frame = f"M{_n(x)} {_n(y)}h{_n(n_columns * w)}v{_n(n_rows * h)}h{_n(-n_columns * w)}z"
    return f'<path d="{frame}" class="line"/>' + _outline(shape, x, y, cell, row, column)


def names(rows: Sequence[str], columns: Sequence[str], x: Px, y: Px, cell: tuple[Px, Px]) -> str:
    """Os nomes das linhas, antes da matriz, e os das colunas, acima dela.

    Parâmetros:
        x: lado esquerdo da primeira coluna, em px.
        y: topo da primeira linha, em px.
        cell: largura e altura de uma casa, em px.
    """
    w, h = cell
    said = [(x - 6, y + i * h + h / 2 + 5, name) for i, name in enumerate(rows)]
    return _words(said, "ks", "end") + _column_names(columns, x, y, w)


def names_height(columns: Sequence[str], width: Px) -> Px:
    """Altura que os nomes das colunas ocupam acima da matriz, em px.

    Parâmetros:
        columns: nome de cada coluna.
        width: largura de uma casa, em px.
    """
    if not columns:
        return 0
    widest = max(svg.label_width(name, SIZE) for name in columns)
    if widest <= width - 4:
        return HEAD
    return round(widest * math.sin(TILT * math.pi / 180) + 18)


def _table(values: Any, rows: Sequence[str], columns: Sequence[str]) -> np.ndarray:
    array = np.asarray(values, dtype=float)
    if array.ndim != 2 or (rows and len(rows) != len(array)):
        raise ValueError(f"A matriz tem forma {array.shape} e há {len(rows)} nomes de linha.")
    if columns and len(columns) != array.shape[1]:
        raise ValueError(f"A matriz tem forma {array.shape} e há {len(columns)} nomes de coluna.")
    return array


def _n(value: Px) -> str:
    return svg.number(value)


def _tints(
    array: np.ndarray, veil: np.ndarray, x: Px, y: Px, cell: tuple[Px, Px], peak: float | None
) -> str:
    """Um só elemento por grau de tinta: pesa menos que um retângulo por casa."""
    w, h = cell
    shown = np.isfinite(array) & ~veil
    top = peak or float(np.abs(array[shown]).max(initial=0.0)) or 1.0
    grades = np.where(shown, np.clip(np.round(array / top * STEPS), -STEPS, STEPS), 0)
    parts = []
    for grade in sorted(set(grades.ravel().tolist()) - {0}):
        path = "".join(
            f"M{_n(x + j * w)} {_n(y + i * h)}h{_n(run * w)}v{_n(h)}h{_n(-run * w)}z"
            for i, j, run in _runs(grades == grade)
        )
        opacity = f"{abs(grade) / STEPS * STRONGEST:.2f}".strip("0")
        style = "p1" if grade > 0 else "p2"
        parts.append(f'<path d="{path}" class="{style}" fill-opacity="{opacity}"/>')
    return "".join(parts)


def _runs(chosen: np.ndarray) -> list[tuple[int, int, int]]:
    """Casas vizinhas da mesma linha, juntas: linha, primeira coluna e quantas são."""
    found: list[tuple[int, int, int]] = []
    for i, j in np.argwhere(chosen).tolist():
        if found and found[-1][0] == i and sum(found[-1][1:]) == j:
            found[-1] = (i, found[-1][1], found[-1][2] + 1)
        else:
            found.append((i, j, 1))
    return found


def _veils(veil: np.ndarray, x: Px, y: Px, cell: tuple[Px, Px]) -> str:
    """Três riscos por casa escondida, todos num elemento só."""
    w, h = cell
    strokes = "".join(
        f"M{_n(x + j * w)} {_n(y + (i + 1) * h)}l{_n(w)}{_n(-h)}"
        f"M{_n(x + (j + 0.5) * w)} {_n(y + (i + 1) * h)}l{_n(w / 2)}{_n(-h / 2)}"
        f"M{_n(x + j * w)} {_n(y + (i + 0.5) * h)}l{_n(w / 2)}{_n(-h / 2)}"
        for i, j in np.argwhere(veil).tolist()
    )
    return f'<path d="{strokes}" class="hatch"/>' if strokes else ""


def _outline(
    shape: tuple[int, int], x: Px, y: Px, cell: tuple[Px, Px], row: int | None, column: int | None
) -> str:
    if row is None and column is None:
        return ""
    w, h = cell
    left, columns = (x, shape[1]) if column is None else (x + column * w, 1)
    top, rows = (y, shape[0]) if row is None else (y + row * h, 1)
    return svg.box(left, top, columns * w, rows * h, "l1", 2)


def _numbers(
    values: np.ndarray, veil: np.ndarray, x: Px, middles: Sequence[Px], w: Px, places: int
) -> str:
    return _words(
        [
            (x + (j + 0.5) * w, at, decimal(float(values[i, j]), places))
            for i, at in enumerate(middles)
            for j in range(values.shape[1])
            if not veil[i, j]
        ],
        "kc",
    )


def _words(places: Sequence[tuple[Px, Px, str]], style: str, anchor: str = "") -> str:
    """Muitos textos curtos num elemento só; a altura é dita quando muda."""
    spans, last = [], None
    for x, y, content in places:
        height = "" if y == last else f' y="{_n(y)}"'
        spans.append(f'<tspan x="{_n(x)}"{height}>{svg.escape(content)}</tspan>')
        last = y
    names = f"{style} {anchor}".strip()
    return f'<text class="{names}">{"".join(spans)}</text>' if spans else ""


def _column_names(columns: Sequence[str], x: Px, y: Px, w: Px) -> str:
    if not columns or names_height(columns, w) == HEAD:
        return _words([(x + (j + 0.5) * w, y - 7, name) for j, name in enumerate(columns)], "kc")
    return "".join([_tilted(name, x + (j + 0.5) * w, y - 6) for j, name in enumerate(columns)])


def _tilted(name: str, x: Px, y: Px) -> str:
    turned = f'<text transform="rotate(-{TILT} {_n(x)} {_n(y)})"'
    return svg.text(x, y, name, "ks").replace("<text", turned, 1)
