"""`executar`: sincroniza sem perder trabalho, executa isolado e grava sempre os mesmos bytes."""

import base64
import io
import os
import sys
import types

import nbformat
import numpy as np
import pytest
from PIL import Image

from helpers.cli import execute, headers, no_network, pairs

HEADER = "---\nkernelspec:\n  display_name: Python 3\n  language: python\n  name: python3\n---\n\n"
PROSE = "# Título\n\nUma frase com acento.\n\n"


def code(source, tags=None):
    head = f":tags: [{tags}]\n\n" if tags else ""
    return f"```{{code-cell}} ipython3\n{head}{source}\n```\n\n"


@pytest.fixture
def project(tmp_path):
    """Uma pasta de notebooks, num caminho com espaço e acento, e o jeito de escrever nela."""
    folder = tmp_path / "Área de trabalho" / "notebooks"
    (folder / "texto").mkdir(parents=True)

    def write(body):
        (folder / "texto" / "90_prova.md").write_text(HEADER + body, encoding="utf-8")

    write(PROSE + code("print('um')\nprint('dois')") + code("2 + 2"))
    return types.SimpleNamespace(
        write=write,
        text=folder / "texto" / "90_prova.md",
        path=folder / "90_prova.ipynb",
        run=lambda *args: execute.main(list(args), notebooks=folder),
        load=lambda: nbformat.read(folder / "90_prova.ipynb", as_version=4),
    )


@pytest.mark.slow
def test_running_twice_gives_the_same_bytes(project):
    assert project.run() == 0
    first = project.path.read_bytes(), project.text.read_bytes()
    stamp = project.path.stat().st_mtime_ns
    assert project.run() == 0
    assert (project.path.read_bytes(), project.text.read_bytes()) == first
    assert project.path.stat().st_mtime_ns == stamp  # nem regravado foi
    project.path.unlink()
    assert project.run() == 0  # partindo só do texto, identidades inclusive
    assert project.path.read_bytes() == first[0]


def test_header_out_of_shape_is_told_without_a_traceback(project, monkeypatch, capsys):
    def refuse():
        raise headers.LessonError("90_prova.md: o cabeçalho precisa de `licao:`")

    monkeypatch.setattr(execute, "ROOT", project.path.parents[1])
    monkeypatch.setattr(execute, "write_pages", refuse)
    monkeypatch.setattr(execute, "process", lambda *_args, **_options: "nada mudou")
    assert project.run() == 1
    assert "[FALHA] páginas geradas: 90_prova.md: o cabeçalho" in capsys.readouterr().err


@pytest.mark.slow
def test_a_new_lesson_finds_itself_on_disk_while_it_runs(project):
    project.write(code(f"from pathlib import Path\nPath({project.path.name!r}).exists()"))
    assert project.run() == 0
    assert project.load().cells[0].outputs[0].data["text/plain"] == "True"


CLOCK = "import time\ntime.perf_counter_ns()"


@pytest.mark.slow
def test_output_that_never_repeats_is_kept_until_the_code_changes(project):
    def shown():
        return project.load().cells[2].outputs[0].data["text/plain"]

    cells = code("print('um')"), code(CLOCK, "nbval-ignore-output")
    project.write(PROSE + "".join(cells))
    project.run()
    first, kept = project.path.read_bytes(), shown()
    assert project.run() == 0
    assert project.path.read_bytes() == first
    project.write(PROSE.replace("frase", "oração") + "".join(cells))
    assert project.run() == 0  # mudou só a prosa
    assert shown() == kept
    project.write(PROSE + code("print('dois')") + cells[1])
    assert project.run() == 0
    assert shown() != kept  # o código de cima mudou


@pytest.mark.slow
def test_number_inside_the_tolerance_is_kept(project):
    source = code("import os, time\nprint(2 + (time.time_ns() % 100) / 1e6, os.getpid() * 0)")
    tolerant = source.replace(
        "```{code-cell} ipython3\n", "```{code-cell} ipython3\n:tolerance: 0.01\n\n"
    )
    project.write(tolerant)
    project.run()
    first = project.path.read_bytes()
    assert project.load().cells[0].metadata["tolerance"] == 0.01
    assert project.run() == 0
    assert project.path.read_bytes() == first


def cell_with(*found, source="1", tags=()):
    cell = nbformat.v4.new_code_cell(source, execution_count=1, metadata={"tags": list(tags)})
    cell.outputs = [nbformat.v4.new_output("display_data", data) for data in found]
    return cell


def picture(*pixels):
    """Um PNG de uma linha, em base64."""
    file = io.BytesIO()
    Image.fromarray(np.array([pixels], dtype=np.uint8)).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def inline(*pixels):
    return f'<img src="data:image/png;base64,{picture(*pixels)}">'


@pytest.mark.parametrize(
    ("old", "new", "kept"),
    [
        ({"text/plain": "1"}, {"text/plain": "2"}, False),
        ({"image/png": picture(0, 9, 250)}, {"image/png": picture(0, 10, 250)}, True),
        ({"image/png": picture(0, 9, 250)}, {"image/png": picture(0, 99, 250)}, False),
        ({"image/png": picture(0, 9, 250)}, {"image/png": picture(0, 17, 250)}, True),
        ({"image/png": picture(0, 9, 250)}, {"image/png": picture(0, 18, 250)}, False),
        ({"image/png": picture(0, 9, 250)}, {"image/png": picture(0, 9)}, False),
        ({"text/html": inline(0, 9)}, {"text/html": inline(1, 8)}, True),
        ({"text/html": inline(0, 9)}, {"text/html": inline(99, 9)}, False),
        ({"image/svg+xml": "<a/>"}, {"image/svg+xml": "<b/>"}, False),
    ],
    ids=[
        "texto",
        "desenho igual",
        "outro desenho",
        "borda que não se vê",
        "borda que se vê",
        "outro tamanho",
        "igual no HTML",
        "outro no HTML",
        "outro SVG",
    ],
)
def test_stored_output_is_kept_only_if_nothing_to_see_changed(old, new, kept):
    before = nbformat.v4.new_notebook(cells=[cell_with(old)])
    after = nbformat.v4.new_notebook(cells=[cell_with(new)])
    execute.keep_outputs(after, before)
    assert after.cells[0].outputs[0].data == (old if kept else new)


def test_picture_of_a_measure_is_kept_while_its_text_is_the_same():
    def kept(caption):
        old = {"image/png": picture(0, 9), "text/html": "<p>legenda</p>"}
        new = {"image/png": picture(99, 9), "text/html": f"<p>{caption}</p>"}
        before, after = (
            nbformat.v4.new_notebook(cells=[cell_with(data, tags=["unstable-picture"])])
            for data in (old, new)
        )
        execute.keep_outputs(after, before)
        return after.cells[0].outputs[0].data == old

    assert kept("legenda")
    assert not kept("outra legenda")


def test_nothing_is_kept_below_a_changed_cell():
    unstable = ["nbval-ignore-output"]
    before = [cell_with(source="a = 1"), cell_with({"text/plain": "1"}, tags=unstable)]
    after = [cell_with(source="a = 2"), cell_with({"text/plain": "2"}, tags=unstable)]
    notebook = nbformat.v4.new_notebook(cells=after)
    execute.keep_outputs(notebook, nbformat.v4.new_notebook(cells=before))
    assert notebook.cells[1].outputs[0].data["text/plain"] == "2"


@pytest.mark.slow
def test_text_alone_is_synchronised_without_running(project, monkeypatch, capsys):
    cells = code("print('um')\nprint('dois')") + code("2 + 2")
    project.run()
    outputs = [c.outputs for c in project.load().cells if c.cell_type == "code"]
    monkeypatch.setattr(execute.kernel, "run", lambda *args: pytest.fail("executou"))
    project.write("# Título\n\nOutra frase.\n\n" + cells)
    capsys.readouterr()
    assert project.run("--so-texto") == 0
    assert "nada executado; gravado: 90_prova.md, 90_prova.ipynb" in capsys.readouterr().out
    notebook = project.load()
    assert "Outra frase." in notebook.cells[0].source
    codes = [c for c in notebook.cells if c.cell_type == "code"]
    assert [c.outputs for c in codes] == outputs
    assert [c.execution_count for c in codes] == [1, 2]
    assert project.run("--so-texto") == 0
    assert "nada mudou" in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.parametrize(
    ("body", "where"),
    [
        (code("print('um')\nprint('dois')") + code("2 + 3"), "2ª"),
        (code("2 + 2"), "1ª"),
        (code("print('um')\nprint('dois')"), "2ª"),
        (code("print('um')\nprint('dois')") + code("2 + 2") + code("3"), "3ª"),
    ],
    ids=["mudou", "sumiu a primeira", "sumiu a última", "nasceu"],
)
def test_text_alone_refuses_when_code_changed(project, capsys, body, where):
    project.run()
    project.write(PROSE + body)
    kept = project.path.read_bytes(), project.text.read_bytes()
    assert project.run("--so-texto") == 1
    told = capsys.readouterr().err
    assert f"o código mudou a partir da {where} célula de código" in told
    assert "rode sem --so-texto" in told
    assert (project.path.read_bytes(), project.text.read_bytes()) == kept


def test_text_alone_refuses_what_never_ran(project, capsys):
    assert project.run("--so-texto") == 1
    assert "ainda não foi executado; rode sem --so-texto" in capsys.readouterr().err


@pytest.mark.slow
def test_outputs_counts_and_kernel_name_are_stored_clean(project):
    assert project.run("90") == 0
    notebook = project.load()
    codes = [c for c in notebook.cells if c.cell_type == "code"]
    assert [c.execution_count for c in codes] == [1, 2]
    assert [o.text for o in codes[0].outputs] == ["um\ndois\n"]
    assert codes[1].outputs[0].data == {"text/plain": "4"}
    assert dict(notebook.metadata.kernelspec) == pairs.KERNEL
    assert "version" not in notebook.metadata.language_info


@pytest.mark.slow
def test_identities_survive_edits_and_new_cells(project):
    project.run()
    before = [c.id for c in project.load().cells]
    project.write(PROSE + code("3 * 3") + code("print('um')\nprint('dois')") + code("2 + 3"))
    assert project.run() == 0
    title, new, first, second = (c.id for c in project.load().cells)
    assert [title, first, second] == before
    assert new not in before


@pytest.mark.slow
def test_change_on_the_notebook_alone_stops_and_says_how_to_keep_it(project, capsys):
    project.run()
    notebook = project.load()
    notebook.cells[2].source = "5 + 5"
    nbformat.write(notebook, project.path)
    assert project.run() == 1
    told = capsys.readouterr().err
    assert "o notebook mudou e o texto não" in told
    assert "--de notebook" in told
    assert project.run("--de", "notebook") == 0
    assert "5 + 5" in project.text.read_text(encoding="utf-8")
    assert project.load().cells[2].outputs[0].data["text/plain"] == "10"


@pytest.mark.slow
def test_change_on_both_sides_stops_without_touching_either(project, capsys):
    project.run()
    notebook = project.load()
    notebook.cells[2].source = "5 + 5"
    nbformat.write(notebook, project.path)
    project.write(PROSE + code("7 + 7"))
    kept = project.path.read_bytes(), project.text.read_bytes()
    assert project.run() == 1
    assert "o texto e o notebook mudaram" in capsys.readouterr().err
    assert (project.path.read_bytes(), project.text.read_bytes()) == kept
    assert project.run("--de", "texto") == 0
    assert [c.source for c in project.load().cells[1:]] == ["7 + 7"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("x = 1\nx / 0", "célula 2, linha 2 (`x / 0`): ZeroDivisionError"),
        (
            "import socket\ntry:\n    socket.create_connection(('203.0.113.7', 80))\n"
            "except Exception:\n    pass",
            "tentativa de acesso à rede: 203.0.113.7",
        ),
    ],
    ids=["exceção", "rede engolida"],
)
def test_failing_cell_is_named_and_nothing_is_written(project, capsys, source, told):
    project.write(PROSE + code(source))
    before = project.text.read_bytes()
    assert project.run() == 1
    message = capsys.readouterr().err
    assert "90_prova" in message
    assert told in message
    assert not project.path.exists()
    assert project.text.read_bytes() == before


@pytest.mark.slow
def test_kernel_sees_neither_extra_names_nor_the_student_progress(project, monkeypatch, tmp_path):
    mine = tmp_path / "meu_progresso.json"
    monkeypatch.setenv("TRANSFORMERS_POR_DENTRO_PROGRESSO", str(mine))
    project.write(
        code("sorted(n for n in globals() if not n.startswith('_'))")
        + code("import os\nos.environ['TRANSFORMERS_POR_DENTRO_PROGRESSO'] == " + repr(str(mine)))
        + code("hash('banana') == " + _hash_with_seed_zero())
    )
    assert project.run() == 0
    shown = [c.outputs[0].data["text/plain"] for c in project.load().cells]
    assert shown == ["['In', 'Out', 'exit', 'get_ipython', 'open', 'quit']", "False", "True"]


def _hash_with_seed_zero():
    import subprocess

    command = [sys.executable, "-c", "print(hash('banana'))"]
    env = {**os.environ, "PYTHONHASHSEED": "0"}
    return subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout


def test_cell_that_never_ends_fails_after_one_retry(monkeypatch, tmp_path):
    from nbclient import NotebookClient
    from nbclient.exceptions import CellTimeoutError

    from helpers.cli import kernel

    attempts = []

    def hang(self, **kwargs):
        attempts.append(self.timeout)
        raise CellTimeoutError("presa")

    monkeypatch.setattr(NotebookClient, "execute", hang)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")])
    with pytest.raises(kernel.ExecutionFailure, match=f"passou de {kernel.PATIENCE} s"):
        kernel.run(notebook, tmp_path, tmp_path)
    assert attempts == [kernel.PATIENCE] * 2


def test_exercise_cell_without_a_role_is_refused():
    cell = nbformat.v4.new_code_cell("", metadata={"exercise": "9.x", "tags": ["outro"]})
    with pytest.raises(ValueError, match="exatamente um destes: card, exercise, check, solution"):
        pairs.role_of(cell)


def test_unknown_notebook_and_missing_jupytext_are_explained(project, capsys, monkeypatch):
    assert project.run("77") == 1
    assert "não sei qual notebook é '77'; há: 90_prova" in capsys.readouterr().err
    monkeypatch.setitem(sys.modules, "jupytext", None)
    assert project.run() == 1
    assert "pip install -r tests/requirements.txt" in capsys.readouterr().err


def test_number_of_a_lesson_is_not_the_start_of_another(tmp_path):
    for stem in ("01_um", "010_dez", "1_x"):
        (tmp_path / f"{stem}.ipynb").touch()
    assert execute._choose(["01", "1"], tmp_path) == [
        tmp_path / f"{s}.ipynb" for s in ("01_um", "1_x")
    ]


def small(source, **metadata):
    cell = nbformat.v4.new_code_cell(source, metadata=metadata, execution_count=3)
    return nbformat.v4.new_notebook(cells=[cell])


def test_what_only_this_machine_has_leaves_the_outputs():
    view = {execute.outputs.WIDGET_VIEW: {"model_id": "x"}, "text/plain": "figura"}
    notebook = small("1", execution={"iopub.busy": "agora"}, tags=["slow"])
    notebook.metadata["widgets"] = {"state": {}}
    new = nbformat.v4.new_output
    notebook.cells[0].outputs = [
        new("stream", name="stderr", text="aviso"),
        new("display_data", view, metadata={execute.outputs.WIDGET_VIEW: {}}),
        new("error", ename="ValueError", evalue="não", traceback=["linha 1"]),
    ]
    assert execute.clean(notebook) == ["célula 1 escreveu em stderr: aviso"]
    shown, error = notebook.cells[0].outputs
    assert (shown.data, shown.metadata) == ({"text/plain": "figura"}, {})
    assert error.traceback == ["ValueError: não"]
    assert notebook.cells[0].metadata == {"tags": ["slow"]}
    assert "widgets" not in notebook.metadata


def test_copied_outputs_bring_their_counts():
    former, notebook = small("1"), small("1")
    former.cells[0].outputs = [nbformat.v4.new_output("display_data", {"text/plain": "1"})]
    notebook.cells[0].execution_count = None
    execute.copy_outputs(notebook, former)
    assert notebook.cells[0].outputs == former.cells[0].outputs
    assert notebook.cells[0].execution_count == 3


@pytest.mark.parametrize(
    ("in_text", "in_notebook", "told"),
    [
        ("1", "1", ""),
        ("2", "1", ""),
        ("1", "2", "o notebook mudou e o texto não"),
        ("2", "3", "o texto e o notebook mudaram"),
        ("2", "2", ""),
    ],
)
def test_side_that_counts_is_the_one_that_changed(tmp_path, in_text, in_notebook, told):
    former = small(in_notebook)
    former.metadata[pairs.SYNC_KEY] = pairs.fingerprint(small("1"))
    sides = tmp_path / "01_um.ipynb", small(in_text), former
    if told:
        with pytest.raises(execute.Refusal, match=told):
            execute._decide(*sides)
    else:
        assert execute._decide(*sides) == "texto"


def test_new_lesson_that_fails_leaves_nothing_on_disk(tmp_path):
    path = tmp_path / "01_um.ipynb"

    def fail():
        with execute._on_disk(path, small("1")):
            assert path.exists()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert not path.exists()
    path.write_text("o que já havia")
    with pytest.raises(KeyboardInterrupt):
        fail()
    assert path.read_text() == "o que já havia"


def test_write_interrupted_midway_leaves_the_old_file(tmp_path, monkeypatch):
    target = tmp_path / "a.md"
    target.write_text("velho", encoding="utf-8")

    def fail(*args):
        raise OSError("disco cheio")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="disco cheio"):
        execute._write(target, "novo")
    assert target.read_text(encoding="utf-8") == "velho"
    assert [p.name for p in tmp_path.iterdir()] == ["a.md"]


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        (b"localhost", True),
        (None, True),
        ("203.0.113.7", False),
        ("exemplo.br", False),
        ("10.0.0.1", False),
    ],
)
def test_only_this_machine_is_local(host, expected):
    assert no_network.is_local(host) is expected
