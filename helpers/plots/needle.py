"""A agulha na tabela: um one-hot liga uma linha de `W_E` e apaga as outras."""

from collections.abc import Sequence

import numpy as np

from helpers.plots import svg
from helpers.plots.matrix import grid, said
from helpers.plots.svg import Px

CELL_W, CELL_H = 47, 24
KEYS_X, TABLE_X = 196, 246  # coluna do one-hot e primeira coluna da tabela, em px
TOP = 62
STAGES = ("one-hot", "multiplicar", "linha")


def needle_frame(
    values: np.ndarray,
    rows: Sequence[str],
    lit: int,
    stage: str,
    *,
    peak: float,
    cropped: str,
    verdict: str,
) -> str:
    """Um quadro: o one-hot em pé, a tabela ao lado e, embaixo, o que sai.

    Parâmetros:
        values: números do recorte de `W_E`, [linha coluna].
        rows: nome de cada linha: id e dono do vetor.
        lit: a linha que o one-hot liga.
        stage: uma de `STAGES`.
        peak: valor absoluto da tinta mais forte, igual em todos os quadros.
        cropped: que parte da tabela está no desenho.
        verdict: o que se lê sob o resultado, na última etapa.

    Erros:
        ValueError: se a etapa não existir ou os nomes não forem um por linha.
    """
    if stage not in STAGES:
        raise ValueError(f"stage={stage!r} não existe; há {', '.join(STAGES)}.")
    n_rows, n_columns = values.shape
    if len(rows) != n_rows:
        raise ValueError(f"Há {len(rows)} nomes e {n_rows} linhas; é um por linha.")
    width, height = n_columns * CELL_W, n_rows * CELL_H
    bottom = TOP + height
    parts = [
        svg.text(KEYS_X + 28, TOP - 10, "one-hot", "s b", "end"),
        svg.text(TABLE_X + width / 2, TOP - 10, "W_E", "s b", "middle"),
        svg.text(svg.WIDTH - 8, 20, cropped, "m", "end"),
        *(_name(rows[i], i, lit) for i in range(n_rows)),
        *(_key(i, lit) for i in range(n_rows)),
    ]
    shown = values.copy()
    if stage != "one-hot":
        shown[np.arange(n_rows) != lit] = 0
        parts += _dead(lit, n_rows, width)
    corner = (TABLE_X, TOP)
    parts.append(grid(shown, *corner, cell=(CELL_W, CELL_H), places=-1, peak=peak, row=lit))
    if stage != "one-hot":
        line = values[lit : lit + 1]
        place = (TABLE_X, TOP + lit * CELL_H)
        parts.append(grid(line, *place, cell=(CELL_W, CELL_H), places=2, peak=1e9))
    if stage == "linha":
        parts.append(svg.line(TABLE_X, bottom + 12, TABLE_X + width, bottom + 12))
        parts.append(svg.text(TABLE_X - 8, bottom + 38, "soma", "s b", "end"))
        line = values[lit : lit + 1]
        place = (TABLE_X, bottom + 20)
        parts.append(grid(line, *place, cell=(CELL_W, CELL_H), places=2, peak=peak, row=0))
        parts.append(svg.text(8, bottom + 70, verdict, "s"))
    elif stage == "multiplicar":
        told = "cada linha vezes o seu 0 ou 1: as de 0 somem"
        parts.append(svg.text(8, bottom + 70, told, "s"))
    else:
        parts.append(svg.text(8, bottom + 70, "um 1 no endereço do token; zeros no resto", "s"))
    return svg.document("".join(parts), bottom + 82)


def _y(i: int) -> Px:
    return TOP + i * CELL_H


def _name(name: str, i: int, lit: int) -> str:
    return svg.text(KEYS_X - 10, _y(i) + 17, name, "ks b" if i == lit else "ks", "end")


def _key(i: int, lit: int) -> str:
    style = "c1" if i == lit else "box"
    value = svg.text(KEYS_X + 14, _y(i) + 17, str(int(i == lit)), "kc")
    return svg.box(KEYS_X, _y(i) + 1, 28, CELL_H - 2, style) + value


def _dead(lit: int, n_rows: int, width: Px) -> list[str]:
    """Hachura sobre as linhas multiplicadas por zero."""
    above, below = lit * CELL_H, (n_rows - lit - 1) * CELL_H
    parts = []
    if above:
        parts.append(svg.hatch(TABLE_X, TOP, width, above, 18))
    if below:
        parts.append(svg.hatch(TABLE_X, _y(lit + 1), width, below, 18))
    return parts


def numbers(values: Sequence[float], places: int = 2) -> str:
    """Números separados por ponto e vírgula, com vírgula decimal.

    Parâmetros:
        values: os números.
        places: casas decimais.
    """
    return "; ".join(said(float(value), places) for value in values)
