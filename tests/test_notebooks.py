"""Prova que o teste dos notebooks enxerga o que promete: cada defeito plantado fica vermelho."""

import copy
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat
import nbval_rules
import pytest

from helpers.cli import execute, kernel, outputs, pairs, processors

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted(
    path for folder in ("notebooks", "notebooks/anexos") for path in (ROOT / folder).glob("*.ipynb")
)
TEXTS = sorted((ROOT / "notebooks").rglob("texto/*.md"))

SOURCES = [
    "1 + 1",
    "from helpers.explorables.bench import test_bench\ntest_bench()",
    "print('são', 22, 'pares')",
    "print('perda 2.170 nats')",
]
TOLERANCE = 0.005
NETWORK = """import socket
try:
    socket.create_connection(("203.0.113.7", 80), timeout=1)
except Exception:
    pass
1 + 1"""


def change_number(notebook):
    output = notebook.cells[2].outputs[0]
    output.text = output.text.replace("22", "21")


def change_within_tolerance(notebook):
    output = notebook.cells[3].outputs[0]
    output.text = output.text.replace("2.170", "2.174")


def change_beyond_tolerance(notebook):
    output = notebook.cells[3].outputs[0]
    output.text = output.text.replace("2.170", "2.176")


def change_text_near_tolerance(notebook):
    output = notebook.cells[3].outputs[0]
    output.text = output.text.replace("nats", "bits")


def forget_tolerance(notebook):
    change_within_tolerance(notebook)
    del notebook.cells[3].metadata["tolerance"]


def misspell_tolerance(notebook):
    notebook.cells[3].metadata["tolerance"] = "0.005"
    notebook.cells[3].metadata["tags"] = ["nbval-ignore-output"]


def show_signed_zero(notebook):
    notebook.cells[3].outputs[0].text = "perda -0.000\n"
    notebook.cells[3].metadata["tags"] = ["nbval-ignore-output"]


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
    "numero_dentro_da_tolerancia": (change_within_tolerance, None),
    "numero_fora_da_tolerancia": (change_beyond_tolerance, "Cell 3"),
    "texto_junto_da_tolerancia": (change_text_near_tolerance, "Cell 3"),
    "sem_tolerancia": (forget_tolerance, "Cell 3"),
    "tolerancia_em_texto": (misspell_tolerance, "guarda"),
    "zero_com_sinal": (show_signed_zero, "guarda"),
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
    notebook.cells[3].metadata["tolerance"] = TOLERANCE
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
        notebook.metadata["licao"] = {"minimum_compared": 3}
        spoil(notebook)
        nbformat.write(notebook, folder / f"{name}.ipynb")
    lessons = folder / "notebooks"  # o nome da pasta das lições, que rodam duas vezes
    lessons.mkdir()
    for name, notebook in (("processador", on_the_oldest()), ("dois_dias", on_another_day())):
        nbformat.write(notebook, lessons / f"{name}.ipynb")
    return run_pytest(tmp_path_factory.mktemp("relatorio"), folder)


RECORDER = """import os

from helpers.cli.serve import skip_what_no_one_uses

skip_what_no_one_uses()  # antes do nbval, como o conftest.py da raiz


def pytest_runtest_logreport(report):
    if report.when == "call" and "PYTEST_XDIST_WORKER" not in os.environ:
        with open({path!r}, "a") as file:
            file.write(f"{{report.nodeid}}::{{report.outcome}}\\n")
"""


def run_pytest(scratch, folder):
    """Roda o pytest sobre uma pasta de notebooks: {arquivo: {item: passou}}."""
    record = scratch / "resultados.txt"
    text = RECORDER.format(path=str(record))
    (scratch / "gravador.py").write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", str(folder), "-c", str(ROOT / "pyproject.toml")]
    command += ["-q", "-p", "no:cacheprovider", "-n", "2", "--dist", "loadfile"]
    # O gancho das formas exige vir antes de helpers, e aqui o plugin das regras chega primeiro.
    command += ["-p", "gravador", "-p", "nbval.plugin", "-p", "nbval_rules"]
    paths = os.pathsep.join([str(ROOT / "tests"), str(scratch), str(ROOT)])
    # Este teste também pode estar num processo do xdist, e o de dentro se tomaria por ele.
    env = {k: v for k, v in os.environ.items() if k != "PYTEST_XDIST_WORKER"}
    env["PYTHONPATH"] = paths
    run = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    assert record.exists(), run.stdout + run.stderr
    found = {}
    for line in record.read_text().splitlines():
        path, item, outcome = line.split("::")
        found.setdefault(Path(path).name, {})[item] = outcome == "passed"
    return found


@pytest.mark.slow
@pytest.mark.parametrize("defect", CASES)
def test_every_planted_defect_is_seen_and_nothing_else(outcomes, defect):
    guilty = CASES[defect][1]
    items = outcomes[f"{defect}.ipynb"]
    assert set(items) == {"guarda", "Cell 0", "Cell 1", "Cell 2", "Cell 3"}
    assert [name for name, passed in items.items() if not passed] == ([guilty] if guilty else [])


def lesson(sources):
    """Devolve um notebook executado: {código: saída guardada, ou vazio}."""
    cells = [
        nbformat.v4.new_code_cell(source, execution_count=number)
        for number, source in enumerate(sources, 1)
    ]
    for cell, text in zip(cells, sources.values(), strict=True):
        if text:
            cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text=text + "\n")]
    return nbformat.v4.new_notebook(cells=cells, metadata={"licao": {"minimum_compared": 1}})


def on_the_oldest():
    """Guardada no processador mais velho: a célula do meio só pode passar nele."""
    told = processors.EMULATIONS[processors.OLDEST]["ATEN_CPU_CAPABILITY"]
    progress = "os.environ['TRANSFORMERS_POR_DENTRO_PROGRESSO']"
    return lesson(
        {
            "import os": "",
            "print(os.environ.get('ATEN_CPU_CAPABILITY'))": told,
            f"open({progress}, 'x').close()": "",
        }
    )


def on_another_day():
    """A célula que retoma, num kernel novo, refaz `x` e esquece `y`."""
    redo = "if 'x' in globals():\n    print('Nada a refazer')\nelse:\n    x = 1\n"
    redo += "    print('Pronto: rodei de novo 1 célula')"
    notebook = lesson({"x = y = 1": "", redo: "Nada a refazer", "print(x)": "1", "print(y)": "1"})
    notebook.cells[1].metadata["tags"] = ["resume"]
    return notebook


@pytest.mark.slow
def test_lessons_run_again_on_the_oldest_processor_with_a_progress_of_their_own(outcomes):
    here = {"guarda": True, "Cell 0": True, "Cell 1": False, "Cell 2": True}
    assert outcomes["processador.ipynb"] == here
    there = {"Cell 0": True, "Cell 1": True, "Cell 2": True}
    assert outcomes["processador.ipynb [SSE]"] == there


@pytest.mark.slow
def test_the_second_run_begins_another_day_at_the_cell_that_resumes(outcomes):
    assert all(outcomes["dois_dias.ipynb"].values())
    again = {"Cell 0": True, "Cell 1": True, "Cell 2": True, "Cell 3": False}
    assert outcomes["dois_dias.ipynb [SSE]"] == again


def test_stored_explorable_keeps_text_and_figure_but_no_widget(stored):
    data = stored.cells[1].outputs[0].data
    assert {"text/plain", "text/html", "image/png"} <= set(data)
    assert outputs.WIDGET_VIEW not in data
    assert "widgets" not in stored.metadata


def test_inspection_counts_only_cells_with_compared_text(stored):
    notebook = copy.deepcopy(stored)
    notebook.cells[2].outputs = []
    found = nbval_rules.inspect(notebook, "sem_minimo")
    assert (found.total, found.compared) == (4, 3)
    assert found.problems == ["o cabeçalho de sem_minimo não diz `minimum_compared`"]
    assert found.summary("x") == "x: 3 de 4 células comparadas; com tolerância: 4"


def test_inspection_refuses_what_must_not_be_stored(stored):
    notebook = copy.deepcopy(stored)
    notebook.metadata["widgets"] = {}
    notebook.cells[0].outputs = [
        nbformat.v4.new_output("stream", name="stderr", text="aviso"),
        nbformat.v4.new_output("error", ename="E", evalue="", traceback=[]),
    ]
    notebook.cells[1].outputs[0].data[outputs.WIDGET_VIEW] = {"model_id": "x"}
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
    assert {pairs.paired_text(path) for path in NOTEBOOKS} == set(TEXTS)


def test_quick_mode_skips_the_long_notebooks_and_only_them():
    quick = {path.stem for path in NOTEBOOKS if not nbval_rules._is_long(path)}
    assert quick == nbval_rules.QUICK < {path.stem for path in NOTEBOOKS}
    assert not nbval_rules._is_long(Path("notebook_de_um_teste.ipynb"))
