"""As quatro etapas de uma leitura em tabelas: projetar, comparar, repartir, somar."""

from collections.abc import Sequence
from typing import Any

from helpers.plots import svg
from helpers.plots.matrix import grid

CELL = (46, 28)
COLUMNS = (92, 300, 480)  # lado esquerdo das tabelas, em px
TOPS = (62, 214)
STEPS = ("projetar", "comparar", "repartir", "somar")


def steps_frame(
    names: Sequence[str],
    q: Any,
    k: Any,
    v: Any,
    scores: Any,
    pattern: Any,
    z: Any,
    *,
    step: int,
    asker: int,
) -> str:
    """Tabelas conhecidas até uma etapa, com a linha de quem pergunta contornada.

    Parâmetros:
        names: nome de cada posição.
        q: consultas, [pos d_head].
        k: chaves, [pos d_head].
        v: valores, [pos d_head].
        scores: comparações, [query key].
        pattern: pesos, [query key].
        z: leituras, [pos d_head].
        step: etapa alcançada, de 0 a 3.
        asker: posição de quem pergunta.
    """
    tables = (
        (0, "consultas", q, 0, 0, 0, asker),
        (0, "chaves", k, 1, 0, 0, None),
        (0, "valores", v, 2, 0, 0, None),
        (1, "scores", scores, 0, 1, 0, asker),
        (2, "pesos", pattern, 1, 1, 2, asker),
        (3, "leituras", z, 2, 1, 1, asker),
    )
    parts = [
        svg.text(8 + 150 * i, 22, f"{i + 1}. {name}", "s b" if i == step else "m")
        for i, name in enumerate(STEPS)
    ]
    for since, title, values, column, line, places, row in tables:
        if since > step:
            continue
        labels = names if column == 0 else ()
        x, y = COLUMNS[column], TOPS[line]
        # As colunas de scores e pesos são posições, na mesma ordem das linhas.
        parts.append(svg.text(x, y - 8, title, "s b"))
        parts.append(grid(values, x, y, cell=CELL, rows=labels, places=places, row=row))
    return svg.document("".join(parts), TOPS[1] + len(names) * CELL[1] + 14)
