"""Regras com que o nbval julga os notebooks: o que compara, onde roda e o mínimo comparado.

Cada lição roda duas vezes: no processador que há e na emulação de um mais velho, que soma em outra
ordem. As duas têm de dar o que está guardado. A segunda vez se divide em dois dias: na célula
«retomar daqui» o kernel é novo, e ela e as de baixo têm de bastar.

Plugin do pytest, ligado pelo conftest.py da raiz.
"""

import json
import os
import re
import shutil
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from unittest import mock

import nbformat
import pytest
from nbval import plugin
from nbval.plugin import IPyNbCell, IPyNbFile
from warm_kernel import WarmKernels, can_serve

from helpers.classroom import names
from helpers.cli import kernel, outputs
from helpers.cli.processors import EMULATIONS, IMAGINARY, OLDEST

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
# No modo rápido rodam só estes; os outros treinam ou leem muitas histórias.
QUICK = {"00_comece_aqui", "01_tokenizacao_bpe"}
REDONE = "Pronto: rodei de novo"
# Rótulo que dispensa a comparação; fora dele, toda saída é comparada.
IGNORE_TAGS = {outputs.UNSTABLE, "nbval-skip"}


@dataclass
class Inspection:
    """O que um notebook guarda e o que dele será comparado."""

    total: int
    compared: int
    ignored: list[int]
    tolerated: list[int]
    problems: list[str]

    def summary(self, stem: str) -> str:
        """Devolve a linha do relatório de um notebook."""
        line = f"{stem}: {self.compared} de {self.total} células comparadas"
        if self.ignored:
            line += f"; fora da comparação por rótulo: {', '.join(map(str, self.ignored))}"
        if self.tolerated:
            line += f"; com tolerância: {', '.join(map(str, self.tolerated))}"
        return line


def inspect(notebook, stem: str) -> Inspection:
    """Confere a forma guardada de um notebook, sem executá-lo.

    O mínimo de células comparadas é o do cabeçalho da lição; suba-o quando ela crescer.
    """
    problems, ignored, tolerated, compared = [], [], [], 0
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
        elif outputs.compared_texts(cell.outputs):
            compared += 1
            if outputs.TOLERANCE in cell.metadata:
                tolerated.append(number)
    if "widgets" in notebook.metadata:
        problems.append("guarda estado de widgets; rode executar, que o retira")
    minimum = notebook.metadata.get("licao", {}).get("minimum_compared")
    if minimum is None:
        problems.append(f"o cabeçalho de {stem} não diz `minimum_compared`")
    elif compared < minimum:
        problems.append(f"só {compared} células comparadas; o mínimo é {minimum}")
    return Inspection(len(codes), compared, ignored, tolerated, problems)


def _output_problems(cell) -> list[str]:
    problems = []
    if any(o.output_type == "stream" and o.name == "stderr" for o in cell.outputs):
        problems.append("guarda um aviso de stderr")
    if any("widget-view" in mime for o in cell.outputs for mime in o.get("data", {})):
        problems.append("guarda a vista de um widget, que reaberta diz “model not found”")
    tags = set(cell.metadata.get("tags", []))
    if "raises-exception" not in tags and any(o.output_type == "error" for o in cell.outputs):
        problems.append("guarda um erro")
    problems += [f"mostra um zero com sinal: {line}" for line in outputs.signed_zeros(cell.outputs)]
    try:
        outputs.tolerance_of(cell)
    except ValueError as error:
        problems.append(str(error))
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


class Emulated(IPyNbFile):
    """O mesmo notebook, com o núcleo na emulação do processador mais velho."""

    def setup(self):
        progress = os.environ["TRANSFORMERS_POR_DENTRO_PROGRESSO"].replace(
            ".json", f"-{OLDEST}.json"
        )
        own = {"TRANSFORMERS_POR_DENTRO_PROGRESSO": progress}
        with mock.patch.dict(os.environ, EMULATIONS[OLDEST] | own):
            super().setup()

    def start_another_day(self):
        """Troca o kernel por um novo, que não sabe de nada."""
        self.teardown()
        self.setup()

    def collect(self):
        for item in super().collect():
            item.add_marker("emulated")
            yield item


def pytest_addoption(parser):
    parser.addoption("--mudou", metavar="ARQUIVO", help="onde anotar, em JSON, o que reprovou")


def pytest_collect_file(file_path, parent):
    # Só as lições e os anexos; o notebook de um teste roda uma vez.
    folders = (file_path.parent.name, file_path.parent.parent.name)
    if file_path.suffix == ".ipynb" and "notebooks" in folders:
        name = f"{parent.nodeid}/{file_path.name} [{OLDEST}]"
        return Emulated.from_parent(parent, path=file_path, nodeid=name)
    return None


def pytest_configure(config):
    config.notebook_scratch = tempfile.mkdtemp(prefix="notebooks-em-teste-")
    os.environ.update(kernel.environment(Path(config.notebook_scratch)))
    if os.environ.get(IMAGINARY):
        _start_with(Path(__file__).with_name("imaginary_processor.py"))
    if can_serve(config.notebook_scratch):
        config.warm_kernels = {}
        plugin.RunningKernel = partial(_start_warm, config, plugin.RunningKernel)
    config.option.nbval_cell_timeout = kernel.PATIENCE
    config.option.nbval_kernel_startup_timeout = kernel.PATIENCE


def _start_warm(config, start, *args, **options):
    """Começa um núcleo a partir do processo que espera no processador de agora."""
    processor = tuple(os.environ.get(name) for name in EMULATIONS[OLDEST])
    ready = config.warm_kernels
    if processor not in ready:
        ready[processor] = WarmKernels(Path(config.notebook_scratch) / f"k{len(ready)}")
    with ready[processor].used():
        return start(*args, **options)


def _start_with(script: Path) -> None:
    """Manda todo núcleo rodar um arquivo ao começar, sem deixar nome nenhum no notebook."""
    startup = Path(os.environ["IPYTHONDIR"]) / "profile_default" / "startup" / f"10-{script.name}"
    startup.write_text(f"__import__('runpy').run_path({str(script)!r})\n", encoding="utf-8")


def pytest_unconfigure(config):
    for warm in getattr(config, "warm_kernels", {}).values():
        warm.close()
    shutil.rmtree(getattr(config, "notebook_scratch", ""), ignore_errors=True)


def pytest_itemcollected(item):
    # Antes da escolha por marcador; depois dela seria tarde.
    with_torch = "torch" in vars(getattr(item, "module", None) or object)
    if isinstance(item, IPyNbCell) or with_torch or item.get_closest_marker("remade"):
        item.add_marker("numeric")
    if isinstance(item, IPyNbCell) and _is_long(item.path):
        item.add_marker("slow")


def _is_long(path: Path) -> bool:
    return path.is_relative_to(NOTEBOOKS) and path.stem not in QUICK


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    guarded = set()
    for item in list(items):
        if not isinstance(item, IPyNbCell):
            continue
        item.output_timeout = kernel.PATIENCE
        item.compare_outputs = partial(_compare, item)
        notebook = item.parent
        number = next(n for n, cell in enumerate(notebook.nb.cells, 1) if cell is item.cell)
        item.user_properties.append(("célula", number))
        if isinstance(notebook, Emulated) and names.RESUME in names.tags(item.cell):
            item.runtest = partial(_resume, item)
        if notebook in guarded or isinstance(notebook, Emulated):
            continue
        guarded.add(notebook)
        items.insert(items.index(item), Guard.from_parent(notebook, name="guarda"))


def _resume(item: IPyNbCell) -> None:
    """Roda a célula que retoma num kernel novo: nele ela tem o que refazer."""
    item.parent.start_another_day()
    item.compare_outputs = lambda fresh, stored: REDONE in fresh[0]["text"]
    item.comparison_traceback = [f"esperava “{REDONE}…” num kernel novo"]
    IPyNbCell.runtest(item)


def _compare(item: IPyNbCell, fresh, stored, skip_compare=None) -> bool:
    """Compara pela régua do curso; o que mudou vai para a mensagem e para o relatório."""
    moved = outputs.differences(stored, fresh, outputs.tolerance_of(item.cell))
    item.comparison_traceback = [f"guardado: {old}\nsaiu:     {new}" for old, new in moved]
    item.user_properties += [("mudou", pair) for pair in moved]
    return not moved


def _told(report) -> dict:
    """Resume uma reprovação: onde foi, o que mudou e, sem saída para comparar, o erro."""
    noted = getattr(report, "user_properties", [])  # a falha de uma coleta não os tem
    found = dict(noted)
    where = report.nodeid.split("::")[0] + f", célula {found['célula']}" if found else report.nodeid
    moved = [pair for name, pair in noted if name == "mudou"]
    crash = getattr(report.longrepr, "reprcrash", None)
    lines = COLOURS.sub("", report.longreprtext).strip().splitlines() or [""]
    error = crash.message.splitlines()[0] if crash else lines[-1]
    return {"where": where, "moved": moved, "error": "" if moved else error}


def pytest_terminal_summary(terminalreporter, config):
    stats = terminalreporter.stats
    failures = [_told(report) for kind in ("failed", "error") for report in stats.get(kind, [])]
    if config.option.mudou:
        Path(config.option.mudou).write_text(json.dumps(failures), encoding="utf-8")
    folder = Path(config.rootpath) / "notebooks"
    chosen = {str(a).split("::")[0] for a in config.args}
    lines = [
        inspect(nbformat.read(path, as_version=4), path.stem).summary(path.stem)
        for path in sorted([*folder.glob("*.ipynb"), *folder.glob("anexos/*.ipynb")])
        if any(path.is_relative_to(Path(a).absolute()) for a in chosen)
    ]
    if lines:
        terminalreporter.section("notebooks")
        for line in lines:
            terminalreporter.write_line(line)
