"""Regras com que o nbval julga os notebooks: o que compara, onde roda e o mínimo comparado.

Plugin do pytest, ligado pelo conftest.py da raiz.
"""

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest

# Menor número de células com saída de texto comparada. Suba o número quando a lição crescer;
# um notebook fora da tabela reprova, para ninguém esquecer de pôr.
MINIMUM_COMPARED = {
    "00_comece_aqui": 14,
    "01_tokenizacao_bpe": 66,
    "02_embeddings": 68,
    "03_query_key_value": 68,
    "04_scores_e_softmax": 76,
    "05_multiplas_cabecas": 72,
    "06_fluxo_residual": 90,
    "07_bloco_decoder": 75,
    "08_amostragem": 54,
    "09_treinamento": 65,
}
# No modo rápido rodam só estes; os outros treinam ou leem muitas histórias.
QUICK = {"00_comece_aqui", "01_tokenizacao_bpe"}
# Rótulo que dispensa a comparação; fora dele, toda saída é comparada.
IGNORE_TAGS = {"nbval-ignore-output", "nbval-skip"}
# Desenhos mudam de bytes entre sistemas; avisos em stderr mudam entre versões.
NOT_COMPARED = ("image/svg+xml", "application/javascript", "stderr")
BINARY = {"image/png", "image/jpeg", "application/vnd.jupyter.widget-view+json", *NOT_COMPARED}
OUTPUT_TIMEOUT = 60  # segundos; o nbval espera só 5, pouco para uma máquina ocupada


@dataclass
class Inspection:
    """O que um notebook guarda e o que dele será comparado."""

    total: int
    compared: int
    ignored: list[int]
    problems: list[str]

    def summary(self, stem: str) -> str:
        """Devolve a linha do relatório de um notebook."""
        line = f"{stem}: {self.compared} de {self.total} células comparadas"
        if self.ignored:
            line += f"; fora da comparação por rótulo: {', '.join(map(str, self.ignored))}"
        return line


def inspect(notebook, stem: str) -> Inspection:
    """Confere a forma guardada de um notebook, sem executá-lo."""
    problems, ignored, compared = [], [], 0
    codes = [c for c in enumerate(notebook.cells, 1) if c[1].cell_type == "code"]
    for expected, (number, cell) in enumerate(codes, 1):
        if cell.execution_count != expected:
            problems.append(
                f"célula {number}: contagem de execução {cell.execution_count}, "
                f"esperava {expected}; rode python -m helpers executar {stem}"
            )
        problems += [f"célula {number}: {text}" for text in _output_problems(cell)]
        if "NBVAL_" in cell.source:
            problems.append(
                f"célula {number}: dispense a comparação por rótulo, não por comentário"
            )
        if IGNORE_TAGS & set(cell.metadata.get("tags", [])):
            ignored.append(number)
        elif any(_has_text(output) for output in cell.outputs):
            compared += 1
    if "widgets" in notebook.metadata:
        problems.append("guarda estado de widgets; rode executar, que o retira")
    minimum = MINIMUM_COMPARED.get(stem)
    if minimum is None:
        problems.append(f"ponha {stem} em MINIMUM_COMPARED, em tests/nbval_rules.py")
    elif compared < minimum:
        problems.append(f"só {compared} células comparadas; o mínimo é {minimum}")
    return Inspection(len(codes), compared, ignored, problems)


def _has_text(output) -> bool:
    if output.output_type == "stream":
        return output.name != "stderr"
    if output.output_type == "error":
        return True
    return bool(set(output.get("data", {})) - BINARY)


def _output_problems(cell) -> list[str]:
    problems = []
    if any(o.output_type == "stream" and o.name == "stderr" for o in cell.outputs):
        problems.append("guarda um aviso de stderr")
    if any("widget-view" in mime for o in cell.outputs for mime in o.get("data", {})):
        problems.append("guarda a vista de um widget, que reaberta diz “model not found”")
    tags = set(cell.metadata.get("tags", []))
    if "raises-exception" not in tags and any(o.output_type == "error" for o in cell.outputs):
        problems.append("guarda um erro")
    return problems


class Guard(pytest.Item):
    """Reprova um notebook com célula não executada ou com poucas saídas comparadas."""

    def runtest(self):
        found = inspect(self.parent.nb, self.path.stem)
        assert not found.problems, "\n".join(found.problems)

    def repr_failure(self, excinfo):
        return f"{self.path.name}:\n{excinfo.value}"

    def reportinfo(self):
        return self.path, 0, f"{self.path.name}::guarda"


def pytest_configure(config):
    # O gancho do jaxtyping precisa vir antes de qualquer importação de helpers.
    from helpers.cli.kernel import environment

    config.notebook_scratch = tempfile.mkdtemp(prefix="notebooks-em-teste-")
    os.environ.update(environment(Path(config.notebook_scratch)))


def pytest_unconfigure(config):
    shutil.rmtree(getattr(config, "notebook_scratch", ""), ignore_errors=True)


def pytest_itemcollected(item):
    # Antes da escolha por marcador; depois dela seria tarde.
    if type(item).__name__ == "IPyNbCell" and _is_long(item.path.stem):
        item.add_marker("slow")


def _is_long(stem: str) -> bool:
    return stem in MINIMUM_COMPARED and stem not in QUICK


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    guarded = set()
    for item in list(items):
        if type(item).__name__ != "IPyNbCell":
            continue
        item.output_timeout = OUTPUT_TIMEOUT
        notebook = item.parent
        if notebook in guarded:
            continue
        guarded.add(notebook)
        notebook.skip_compare = tuple(dict.fromkeys((*notebook.skip_compare, *NOT_COMPARED)))
        items.insert(items.index(item), Guard.from_parent(notebook, name="guarda"))


def pytest_terminal_summary(terminalreporter, config):
    folder = Path(config.rootpath) / "notebooks"
    chosen = {str(a).split("::")[0] for a in config.args}
    lines = [
        inspect(nbformat.read(path, as_version=4), path.stem).summary(path.stem)
        for path in sorted(folder.glob("*.ipynb"))
        if any(path.is_relative_to(Path(a).absolute()) for a in chosen)
    ]
    if lines:
        terminalreporter.section("notebooks")
        for line in lines:
            terminalreporter.write_line(line)
