"""Prova que o teste dos notebooks enxerga o que promete: cada defeito plantado fica vermelho."""

import copy
import os
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import nbformat
import nbval_rules
import pytest

from helpers.cli import execute, kernel

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
TEXTS = sorted((ROOT / "notebooks" / "texto").glob("*.md"))

SOURCES = [
    "1 + 1",
    "from helpers.explorables.bench import test_bench\ntest_bench()",
    "print('são', 22, 'pares')",
]
NETWORK = """import socket
try:
    socket.create_connection(("203.0.113.7", 80), timeout=1)
except Exception:
    pass
1 + 1"""


def change_number(notebook):
    output = notebook.cells[2].outputs[0]
    output.text = output.text.replace("22", "21")


def change_caption(notebook):
    data = notebook.cells[1].outputs[0].data
    before = data["text/html"]
    data["text/html"] = re.sub(r"(<figcaption[^>]*>)", r"\1Outra frase. ", before)
    assert data["text/html"] != before


def change_sentence(notebook):
    data = notebook.cells[1].outputs[0].data
    data["text/plain"] += " Mais uma frase."


def change_picture(notebook):
    data = notebook.cells[1].outputs[0].data
    before = data["text/html"]
    data["text/html"] = before.replace("base64,iVBOR", "base64,iVBOS")
    data["image/png"] = "iVBOS" + data["image/png"][5:]
    assert data["text/html"] != before


def use_network(notebook):
    notebook.cells[0].source = NETWORK


def forget_to_run(notebook):
    notebook.cells[0].execution_count = None
    notebook.cells[0].outputs = []


def compare_too_little(notebook):
    for cell in notebook.cells[1:]:
        cell.metadata["tags"] = ["nbval-ignore-output"]


def leave_alone(notebook):
    """Não muda nada: a cópia fiel precisa passar, com a vista do widget só na execução."""


# defeito -> o item que precisa reprovar (None: tudo passa)
CASES = {
    "intacto": (leave_alone, None),
    "numero_trocado": (change_number, "Cell 2"),
    "legenda_trocada": (change_caption, "Cell 1"),
    "frase_trocada": (change_sentence, "Cell 1"),
    "so_o_png_trocado": (change_picture, None),
    "acesso_a_rede": (use_network, "Cell 0"),
    "celula_nao_executada": (forget_to_run, "guarda"),
    "poucas_comparadas": (compare_too_little, "guarda"),
}


@pytest.fixture(scope="module")
def stored():
    """Um notebook executado e limpo como `executar` faz."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(s) for s in SOURCES])
    with tempfile.TemporaryDirectory() as scratch:
        kernel.run(notebook, ROOT / "notebooks", Path(scratch))
    execute.clean(notebook)
    return notebook


@pytest.fixture(scope="module")
def outcomes(stored, tmp_path_factory):
    """Roda o pytest, uma vez, sobre uma cópia com cada defeito: {defeito: {item: passou}}."""
    folder = tmp_path_factory.mktemp("provas")
    for name, (spoil, _) in CASES.items():
        notebook = copy.deepcopy(stored)
        spoil(notebook)
        nbformat.write(notebook, folder / f"{name}.ipynb")
    (folder / "minimos.py").write_text(
        f"import nbval_rules\nnbval_rules.MINIMUM_COMPARED = dict.fromkeys({list(CASES)}, 2)\n",
        encoding="utf-8",
    )
    report = folder / "relatorio.xml"
    command = [sys.executable, "-m", "pytest", str(folder), "-c", str(ROOT / "pyproject.toml")]
    command += ["-q", "-p", "no:cacheprovider", "-p", "nbval_rules", "-p", "minimos"]
    command += [
        "-n",
        "2",
        "--dist",
        "loadfile",
        f"--junitxml={report}",
        "-o",
        "junit_family=xunit1",
    ]
    paths = os.pathsep.join([str(ROOT / "tests"), str(folder)])
    run = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert report.exists(), run.stdout + run.stderr
    found = {}
    for case in ElementTree.parse(report).iter("testcase"):
        name = Path(case.get("file") or case.get("classname").replace(".ipynb", "")).stem
        passed = case.find("failure") is None and case.find("error") is None
        found.setdefault(name.split(".")[-1], {})[case.get("name")] = passed
    return found


@pytest.mark.slow
@pytest.mark.parametrize("defect", CASES)
def test_every_planted_defect_is_seen_and_nothing_else(outcomes, defect):
    guilty = CASES[defect][1]
    items = outcomes[defect]
    assert set(items) == {"guarda", "Cell 0", "Cell 1", "Cell 2"}
    assert [name for name, passed in items.items() if not passed] == ([guilty] if guilty else [])


def test_stored_explorable_keeps_text_and_figure_but_no_widget(stored):
    data = stored.cells[1].outputs[0].data
    assert {"text/plain", "text/html", "image/png"} <= set(data)
    assert execute.WIDGET_VIEW not in data
    assert "widgets" not in stored.metadata


def test_inspection_counts_only_cells_with_compared_text(stored):
    notebook = copy.deepcopy(stored)
    notebook.cells[2].outputs = []
    found = nbval_rules.inspect(notebook, "sem_minimo")
    assert (found.total, found.compared) == (3, 2)
    assert found.problems == ["ponha sem_minimo em MINIMUM_COMPARED, em tests/nbval_rules.py"]
    assert found.summary("x") == "x: 2 de 3 células comparadas"


def test_inspection_refuses_what_must_not_be_stored(stored):
    notebook = copy.deepcopy(stored)
    notebook.metadata["widgets"] = {}
    notebook.cells[0].outputs = [
        nbformat.v4.new_output("stream", name="stderr", text="aviso"),
        nbformat.v4.new_output("error", ename="E", evalue="", traceback=[]),
    ]
    notebook.cells[1].outputs[0].data[execute.WIDGET_VIEW] = {"model_id": "x"}
    notebook.cells[2].source = "# NBVAL_IGNORE_OUTPUT\n1"
    told = "\n".join(nbval_rules.inspect(notebook, "x").problems)
    for part in ("stderr", "um erro", "vista de um widget", "estado de widgets", "rótulo"):
        assert part in told


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_stored_notebook_is_executed_and_compared_enough(path):
    found = nbval_rules.inspect(nbformat.read(path, as_version=4), path.stem)
    assert not found.problems, "\n".join(found.problems)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_stored_notebook_is_light_and_tells_nothing_about_the_machine(path):
    content = path.read_text(encoding="utf-8")
    assert len(content) <= 1_000_000, "mais de 1 MB: veja o peso das figuras"
    outputs = str([c.get("outputs") for c in nbformat.reads(content, as_version=4).cells])
    found = re.findall(r"/(?:home|root|tmp|Users|work)/\S+|\\x1b\[|\b0x[0-9a-f]{6,}", outputs)
    assert not found, f"caminho, cor ou endereço desta máquina nas saídas: {found[:3]}"


def test_every_text_has_its_notebook_and_the_reverse():
    assert {p.stem for p in TEXTS} == {p.stem for p in NOTEBOOKS}


def test_quick_mode_skips_the_long_notebooks_and_only_them():
    assert set(nbval_rules.MINIMUM_COMPARED) > nbval_rules.QUICK
    long = {stem for stem in nbval_rules.MINIMUM_COMPARED if nbval_rules._is_long(stem)}
    assert long | nbval_rules.QUICK == set(nbval_rules.MINIMUM_COMPARED)
    assert not long & nbval_rules.QUICK
    assert not nbval_rules._is_long("notebook_de_um_teste")
