"""O tamanho de uma lição: minutos honestos, células, quadros de cuidado, exploráveis e exercícios.

Os minutos são a leitura fora dos cartões, a 130 palavras por minuto; o meio do tempo de cada
exercício obrigatório; 15 segundos por outra célula de código; e 2 minutos por explorável. O comando
`executar` os escreve no cabeçalho da lição, no lugar do número que segue **Tempo:**.
"""

import ast
import math
import re
from dataclasses import dataclass

from helpers.cli import pairs

WORDS_PER_MINUTE = 130
CELL_MINUTES = 0.25
EXPLORABLE_MINUTES = 2
EXTRA = "(extra)"  # no título de um exercício que não é obrigatório
CAUTION = "> **Cuidado.**"
_TIME = re.compile(r"(?m)^(\*\*Tempo:\*\*) .*?\bminutos\b")
_MINUTES = re.compile(r"(\d+) a (\d+) minutos")
_FORMULA = re.compile(r"\$\$.*?\$\$", re.S)


@dataclass(frozen=True)
class Budget:
    """Quanto uma lição pede.

    Parâmetros:
        minutes: minutos de leitura, exercícios obrigatórios, células e exploráveis.
        cells: células, de texto e de código.
        cautions: quadros *Cuidado*.
        explorables: células com um explorável.
        imported: nomes que a primeira célula de código importa.
        exercises: exercícios obrigatórios.
    """

    minutes: float
    cells: int
    cautions: int
    explorables: int
    imported: int
    exercises: int


def measure(notebook) -> Budget:
    """Mede uma lição pelo seu texto.

    Parâmetros:
        notebook: notebook do nbformat, com saídas ou sem.
    """
    words = minutes = beyond = cautions = explorables = exercises = 0
    codes = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for cell in notebook.cells:
        tags = cell.metadata.get("tags", [])
        if cell.cell_type == "markdown":
            cautions += cell.source.count(CAUTION)
        if "card" in tags:
            middle = sum(map(int, _MINUTES.search(cell.source).groups())) / 2
            if EXTRA in cell.source.splitlines()[0]:
                beyond += middle
            else:
                minutes += middle
                exercises += 1
        elif cell.cell_type == "markdown":
            words += len(_FORMULA.sub(" fórmula ", cell.source).split())
        elif "explorable" in tags:
            explorables += 1
        elif not set(tags) & set(pairs.ROLES):
            minutes += CELL_MINUTES
    minutes += words / WORDS_PER_MINUTE + EXPLORABLE_MINUTES * explorables
    if not exercises:  # num anexo tudo é extra
        minutes += beyond
    imported = _imported(codes[0].source) if codes else 0
    return Budget(minutes, len(notebook.cells), cautions, explorables, imported, exercises)


def write_time(notebook) -> None:
    """Escreve no cabeçalho os minutos medidos, de cinco em cinco, para cima.

    Parâmetros:
        notebook: notebook alterado no lugar; sem a linha **Tempo:**, nada muda.
    """
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and _TIME.search(cell.source):
            # A própria linha conta palavras, e o número não muda quantas.
            minutes = 5 * math.ceil(measure(notebook).minutes / 5)
            cell.source = _TIME.sub(rf"\1 cerca de {minutes} minutos", cell.source)
            return


def _imported(source: str) -> int:
    tree = ast.parse("\n".join(line for line in source.split("\n") if line[:1] not in "%!"))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    return sum(len(node.names) for node in imports)
