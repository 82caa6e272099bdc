"""`executar`: sincroniza sem perder trabalho, executa isolado e grava sempre os mesmos bytes."""

import os
import sys
import types

import nbformat
import pytest

from helpers.cli import execute, no_network, pairs

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
    with pytest.raises(kernel.ExecutionFailure, match="passou de 120 s"):
        kernel.run(notebook, tmp_path, tmp_path)
    assert attempts == [120, 120]


def test_exercise_cells_come_from_the_catalogue(monkeypatch):
    import helpers.exercises as package

    registry = types.SimpleNamespace(get=lambda name: name)
    rendering = types.SimpleNamespace(
        card_markdown=lambda ex: f"### Exercício {ex}\n",
        stub_source=lambda ex: "def f(): ...",
        check_source=lambda ex: f"check({ex!r}, f)",
        solution_source=lambda ex: "def f_solucao(): ...",
    )
    monkeypatch.setattr(package, "registry", registry, raising=False)
    monkeypatch.setattr(package, "rendering", rendering, raising=False)
    monkeypatch.setitem(sys.modules, "helpers.exercises.registry", registry)
    monkeypatch.setitem(sys.modules, "helpers.exercises.rendering", rendering)
    cells = [nbformat.v4.new_markdown_cell("velho", metadata={"exercise": "9.x", "tags": ["card"]})]
    cells += [
        nbformat.v4.new_code_cell("velho", metadata={"exercise": "9.x", "tags": [role]})
        for role in ("exercise", "check", "solution")
    ]
    notebook = nbformat.v4.new_notebook(cells=cells)
    pairs.fill_exercises(notebook)
    assert [c.source for c in notebook.cells] == [
        "### Exercício 9.x",
        "def f(): ...",
        "check('9.x', f)",
        "def f_solucao(): ...",
    ]
    assert notebook.cells[3].metadata["jupyter"] == {"source_hidden": True}
    pairs.adopt(notebook, None, "90_prova")
    assert [c.id for c in notebook.cells] == [f"9-x-{role}" for role in pairs.ROLES]


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


def test_empty_card_survives_reading_the_text():
    text = HEADER + '+++ {"exercise": "9.x", "tags": ["card"]}\n\n' + code("1")
    notebook = pairs.read_text(text)
    assert [c.cell_type for c in notebook.cells] == ["markdown", "code"]
    assert pairs.role_of(notebook.cells[0]) == ("9.x", "card")
