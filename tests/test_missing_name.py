"""A dica ao lado de um NameError: só em lições, só quando o nome nasce em outra célula."""

import os
import re
import shutil
import types
from pathlib import Path

import nbformat
import prose
import pytest

from helpers.classroom import names
from helpers.cli import missing_name
from helpers.cli.missing_name import hint

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = prose.NOTEBOOKS
LESSON = ROOT / "notebooks" / "01_tokenizacao_bpe.ipynb"


def code(source, *tags):
    return {"cell_type": "code", "source": source, "metadata": {"tags": list(tags)}}


def text(source):
    return {"cell_type": "markdown", "source": source, "metadata": {}}


CELLS = [
    code("from helpers import bpe", "setup"),
    text("# Título\n\n## 1. Contar\n\nTexto."),
    code("pairs = 1\nfor pair in []: pass"),
    text("## 2. Fundir"),
    code('resume("01")', "resume"),
    code("print(pairs, pair, later)"),
    code("later = 3\nlater += own"),
]


def test_name_from_above_says_section_menu_and_the_short_way():
    told = hint("pairs", CELLS, 5)
    assert "O nome `pairs` nasce numa célula acima (seção “1. Contar”)" in told
    assert names.RUN_ABOVE in told
    assert "«retomar daqui» (seção “2. Fundir”)" in told
    assert "Nada se perdeu" in told


def test_name_that_is_born_twice_is_sought_in_the_nearest_cell():
    cells = [*CELLS[:4], code("pairs = 2"), *CELLS[4:]]
    assert "nasce numa célula acima (seção “2. Fundir”)" in hint("pairs", cells, 6)


def test_resume_cell_is_offered_only_between_the_birth_and_the_use():
    after = [*CELLS, code("later")]
    assert "nasce numa célula acima" in hint("later", after, 7)
    assert "retomar" not in hint("later", after, 7)
    assert "retomar" not in hint("pairs", CELLS, 3)
    assert "retomar" not in hint("pairs", CELLS, None)


@pytest.mark.parametrize(
    ("name", "here", "told"),
    [
        ("later", 5, "só nasce mais abaixo"),
        ("later", 6, ""),  # a própria célula o cria: a lição não tem o que dizer
        ("own", 6, ""),
        ("pares_de_bytes", 5, ""),
        ("paris", 5, "Você quis escrever `pairs`?"),
        ("prnt", 5, "Você quis escrever `print`?"),
        ("chronicle", 5, "Você quis escrever `chronicles`?"),
    ],
)
def test_other_names(name, here, told):
    said = hint(name, CELLS, here, known=["chronicles"])
    assert told in said
    assert bool(said) == bool(told)


def test_nothing_is_said_outside_a_lesson():
    assert hint("pairs", [], None) == ""


def test_broken_cells_and_commands_do_not_get_in_the_way():
    cells = [code("def ("), code("%matplotlib inline\nx = 1"), code("x")]
    plain = hint("x", cells, 2)
    translated = hint("x", cells, 2, to_python=lambda source: source.replace("%", "#"))
    assert plain == ""
    assert "nasce numa célula acima" in translated


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_every_borrowed_name_of_a_lesson_gets_the_hint(path):
    cells = names.cells_of(path)
    born, asked = set(), 0
    for at, cell in enumerate(cells):
        needed, new = names.of_cell(cell)
        for name in needed & born:
            assert "nasce numa célula acima" in hint(name, cells, at)
            asked += 1
        born |= new
    assert asked > 15


def test_cell_is_found_by_its_identity_or_by_a_source_that_no_other_has():
    cells = [code("x") | {"id": "a"}, code("y") | {"id": "b"}, code("x") | {"id": "c"}]
    assert missing_name._position(cells, "c", "y") == 2
    assert missing_name._position(cells, None, "y") == 1
    assert missing_name._position(cells, None, "x") is None
    assert missing_name._position(cells, None, None) is None


def test_kernel_that_already_explains_its_errors_stays_as_it_is():
    def shell(*exceptions):
        return types.SimpleNamespace(
            custom_exceptions=exceptions, set_custom_exc=lambda kinds, _: taken.append(kinds)
        )

    taken = []
    missing_name.install(shell(ValueError))
    missing_name.install(None)
    assert not taken
    missing_name.install(shell())
    assert taken == [(NameError,)]


def test_hidden_names_of_the_kernel_are_not_offered(monkeypatch):
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    shell = types.SimpleNamespace(
        user_ns={"__vsc_ipynb_file__": str(LESSON), "_minhas_trincas": 1, "minhas_quadras": 1},
        get_parent=dict,
        transform_cell=str,
    )
    told = missing_name._hint_of(shell, NameError("", name="minhas_quadra"))
    assert "`minhas_quadras`" in told
    assert missing_name._hint_of(shell, NameError("", name="minhas_trinca")) == ""


# ---------------------------------------------------------------- num kernel de verdade


@pytest.fixture(scope="module")
def kernels(tmp_path_factory):
    """Abre kernels em que roda o arquivo de partida do curso: `kernels(notebook)`."""
    from jupyter_client.manager import start_new_kernel

    folder = tmp_path_factory.mktemp("kernel")
    startup = folder / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    shutil.copy(ROOT / "conf" / "kernel_startup.py", startup / "curso.py")
    opened = []

    def start(notebook):
        env = {**os.environ, "PYTHONPATH": str(ROOT), "IPYTHONDIR": str(folder / "ipython")}
        env |= {"JPY_SESSION_NAME": str(notebook)}
        manager, client = start_new_kernel(kernel_name="python3", env=env)
        opened.append((manager, client))

        def run(source):
            """Devolve (nome do erro, o que aparece)."""
            said, error = [], ""

            def watch(message):
                nonlocal error
                content = message["content"]
                if message["msg_type"] == "error":
                    error = content["ename"]
                    said.append("\n".join(content["traceback"]))
                elif message["msg_type"] == "stream":
                    said.append(content["text"])

            client.execute_interactive(source, output_hook=watch, timeout=300)
            return error, re.sub(r"\x1b\[[\d;]*m", "", "\n".join(said))

        return run

    yield start
    for manager, client in opened:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


@pytest.fixture(scope="module")
def lesson(kernels):
    return kernels(LESSON)


@pytest.mark.slow
def test_new_kernel_in_the_middle_of_a_lesson_explains(lesson):
    error, said = lesson("same_list_new_word()")
    assert error == "NameError"
    assert "----> 1 same_list_new_word()" in said, "o rastro do Python sumiu"
    assert "name 'same_list_new_word' is not defined" in said
    assert "nasce numa célula acima" in said


@pytest.mark.slow
def test_typo_gets_a_suggestion_and_other_errors_nothing(lesson):
    assert "Você quis escrever `count_pairs`?" in lesson("cont_pairs")[1]
    for source in ("nome_que_nao_ha", "1 / 0", "def _f():\n    x\n    x = 1\n_f()"):
        error, said = lesson(source)
        assert error
        assert "O nome" not in said
        assert "Você quis" not in said


@pytest.mark.slow
def test_start_leaves_no_name_and_the_kernel_goes_on(lesson):
    names = "print([n for n in dir() if not n.startswith('_')])"
    assert "['In', 'Out', 'exit', 'get_ipython', 'open', 'quit']" in lesson(names)[1]
    lesson("count_pairs")
    assert lesson("print(6 * 7)") == ("", "42\n")


@pytest.mark.slow
def test_notebook_that_is_not_of_the_course_is_left_alone(kernels, tmp_path):
    other = tmp_path / "conta.ipynb"
    cells = [nbformat.v4.new_code_cell("total = 1"), nbformat.v4.new_code_cell("total")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), other)
    error, said = kernels(other)("total")
    assert error == "NameError"
    assert said.endswith("NameError: name 'total' is not defined")


@pytest.mark.slow
def test_own_handler_of_a_person_stays(lesson):
    lesson(
        "get_ipython().set_custom_exc((NameError,), lambda *a, **k: print('meu jeito'))\n"
        "from helpers.cli import missing_name\nmissing_name.install(get_ipython())"
    )
    assert lesson("count_pairs")[1].strip() == "meu jeito"
