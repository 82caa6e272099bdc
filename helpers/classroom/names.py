"""De que nomes uma célula precisa, que nomes cria, e em que arquivo estão as células da lição.

Só lê: nada aqui roda uma célula.
"""

import builtins
import dis
import os
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from types import CodeType
from typing import Any

from helpers.classroom import notebooks
from helpers.classroom.notebooks import Cell

RESUME = "resume"
RUN_ABOVE = "Executar → Executar todas as células acima da célula selecionada"


def of_cell(cell: Cell, to_python: Callable[[str], str] = str) -> tuple[set[str], set[str]]:
    """Devolve os nomes de que uma célula precisa, e os que ela cria no notebook.

    Uma função usa nomes só quando é chamada; aqui contam como se fosse já.

    Parâmetros:
        cell: a célula; a de texto não tem nomes.
        to_python: o que troca os comandos do IPython por Python.
    """
    if cell["cell_type"] != "code":
        return set(), set()
    needed, born = _of_source(to_python(cell["source"]))
    return set(needed), set(born)


@lru_cache(maxsize=1024)  # a dica de um nome passa por todas as células da lição
def _of_source(source: str) -> tuple[frozenset[str], frozenset[str]]:
    try:
        code = compile(source, "célula", "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return frozenset(), frozenset()
    needed, born = _loads(code, "STORE_NAME")
    for inner in _nested(code):
        wanted, made = _loads(inner, "STORE_GLOBAL")
        needed |= wanted - born
        born |= made
    return frozenset(needed - set(dir(builtins))), frozenset(born)


def to_run(
    cells: list[Cell], here: int, present: Collection[str], to_python: Callable[[str], str] = str
) -> list[int]:
    """Escolhe as células de cima que criam o que falta para as de baixo rodarem.

    Parâmetros:
        cells: as células da lição, na ordem do arquivo.
        here: a posição de onde se retoma.
        present: os nomes que já existem no kernel; as células que os criaram não rodam de novo.
        to_python: o que troca os comandos do IPython por Python.

    Retorna:
        As posições, em ordem; vazia quando nada falta. As de importação vêm sempre com as outras.
    """
    wanted: set[str] = set()
    for cell in reversed(cells[here + 1 :]):
        needed, born = of_cell(cell, to_python)
        wanted = (wanted - born) | needed
    wanted -= set(present)
    chosen = []
    for at in range(here - 1, -1, -1):
        needed, born = of_cell(cells[at], to_python)
        if born & wanted and "raises-exception" not in tags(cells[at]):
            chosen.append(at)
            wanted = (wanted - born) | (needed - set(present))
    opening = [at for at in range(here) if "setup" in tags(cells[at])]
    return sorted({*chosen, *opening}) if chosen else []


def cells_of(path: str | Path) -> list[Cell]:
    """Lê as células de uma lição; vazia se o arquivo não é um notebook, ou não é uma lição."""
    try:
        cells = notebooks.read(Path(path))["cells"]
    except (OSError, notebooks.Unreadable):
        return []
    opens = any("setup" in tags(cell) and "from helpers" in cell["source"] for cell in cells)
    return cells if opens else []


def open_file(user_names: Mapping[str, Any]) -> str:
    """Devolve o caminho do notebook aberto, como o programa que o abriu conta ao kernel.

    Parâmetros:
        user_names: os nomes do notebook.
    """
    path = os.environ.get("JPY_SESSION_NAME") or user_names.get("__vsc_ipynb_file__") or ""
    return path if str(path).endswith(".ipynb") else ""


def section(cells: list[Cell], at: int) -> str:
    """Devolve o título da seção em que está uma célula, ou vazio.

    Parâmetros:
        cells: as células da lição.
        at: a posição da célula.
    """
    for cell in reversed(cells[:at]):
        if cell["cell_type"] == "markdown":
            titles = [line for line in cell["source"].splitlines() if line.startswith("## ")]
            if titles:
                return titles[-1].lstrip("# ").strip()
    return ""


def tags(cell: Cell) -> list[str]:
    """Devolve os rótulos de uma célula."""
    found = cell["metadata"].get("tags")
    return found if isinstance(found, list) else []


def _loads(code: CodeType, storing: str) -> tuple[set[str], set[str]]:
    """Percorre as instruções na ordem em que rodam: o que se lê antes de criar, e o que se cria."""
    needed, born, here = set(), set(), set()
    for step in dis.get_instructions(code):
        if step.opname == storing:
            born.add(step.argval)
        if step.opname in ("STORE_NAME", "STORE_GLOBAL"):
            here.add(step.argval)
        elif step.opname in ("LOAD_NAME", "LOAD_GLOBAL") and step.argval not in here:
            needed.add(step.argval)
    return {name for name in needed if not name.startswith("__")}, born


def _nested(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _nested(constant)
