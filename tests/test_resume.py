"""Retomar no meio: num kernel novo, a célula da pausa e as de baixo bastam."""

import re
from pathlib import Path

import nbformat
import prose
import pytest

from helpers.classroom import names, resume

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = prose.NOTEBOOKS
RECOMMENDED = re.compile(r"fim da seção (\d+)[^.]*pausa|pausa[^.]*fim da seção (\d+)")


def code(source, *tags):
    return {"cell_type": "code", "source": source, "metadata": {"tags": list(tags)}}


def resume_at(cells):
    """Devolve as posições das células que retomam."""
    return [at for at, cell in enumerate(cells) if names.RESUME in names.tags(cell)]


# ---------------------------------------------------------------- os nomes de uma célula


@pytest.mark.parametrize(
    ("source", "needed", "born"),
    [
        ("x = y", "y", "x"),
        ("x = 1\nx + z", "z", "x"),
        ("x += 1", "x", "x"),
        ("for i in many:\n    print(i, other)", "many other", "i"),
        ("[i * k for i in many]", "many k", ""),
        ("def f(a):\n    return a + base", "base", "f"),
        ("base = 1\ndef f(a):\n    return a + base", "", "base f"),
        ("class A(B):\n    size = n", "B n", "A"),
        ("import os.path as p\nfrom a import b", "", "p b"),
        ("with open(where) as file:\n    whole = file.read()", "where", "file whole"),
        ("if (n := f()) > 1:\n    n", "f", "n"),
        ("def f():\n    global g\n    g = 1", "", "f g"),
        ("lambda a: a + b", "b", ""),
        ("print(len('a'))", "", ""),
        ("def (", "", ""),
    ],
)
def test_names_of_a_cell(source, needed, born):
    assert names.of_cell(code(source)) == (set(needed.split()), set(born.split()))


def test_text_has_no_names():
    assert names.of_cell({"cell_type": "markdown", "source": "x = y"}) == (set(), set())


CELLS = [
    code("from helpers import bpe", "setup"),
    code("text = 'a'"),
    code("unused = 1"),
    code("text = text + 'b'"),
    code("size = len(text)\nraise ValueError", "raises-exception"),
    code("size = len(text)"),
    code('resume("01")', "resume"),
    code("print(size)"),
]


def test_only_what_the_rest_needs_runs_in_order():
    assert names.to_run(CELLS, 6, ()) == [0, 1, 3, 5]


def test_what_the_kernel_has_is_not_made_again():
    assert names.to_run(CELLS, 6, {"size"}) == []
    assert names.to_run(CELLS, 6, {"text"}) == [0, 5]


def test_cells_added_below_count():
    assert names.to_run([*CELLS, code("unused")], 6, {"size"}) == [0, 2]


# ---------------------------------------------------------------- nas lições


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_every_recommended_pause_has_its_cell_at_the_end_of_the_section(path):
    cells = nbformat.read(path, as_version=4).cells
    whole = "\n".join(c.source for c in cells if c.cell_type == "markdown")
    recommended = ["".join(found) for found in RECOMMENDED.findall(whole)]
    found = resume_at(cells)
    assert [names.section(cells, at).split(".")[0] for at in found] == recommended
    for at in found:
        following = cells[at + 1]
        assert following.cell_type == "markdown"
        assert following.source.startswith("## "), "a célula fecha a seção"
        assert "**Retomar daqui.**" in cells[at - 1].source
        assert cells[at].outputs[0].text == resume.NOTHING + "\n"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_cell_finds_its_lesson_by_the_number(path, my_course):
    for at in resume_at(nbformat.read(path, as_version=4).cells):
        cells, here = resume.find(path.stem[:2], {})
        assert here == at
        assert cells[0]["source"] == nbformat.read(path, as_version=4).cells[0].source


def write_small(path, source):
    cells = [
        nbformat.v4.new_code_cell(text, metadata={"tags": [tag]})
        for text, tag in (("from helpers import bpe", "setup"), (source, "resume"))
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)


def test_lesson_of_the_student_comes_before_the_one_of_the_course(my_course, monkeypatch):
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    write_small(my_course / "01_tokenizacao_bpe.ipynb", 'resume("01")  # a de quem estuda')
    cells, here = resume.find("01", {})
    assert (len(cells), here) == (2, 1)


def test_pause_of_another_lesson_is_not_the_one(my_course, monkeypatch):
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    write_small(my_course / "01_copia_da_02.ipynb", 'resume("02")')
    cells, here = resume.find("01", {})
    assert 'resume("01")' in cells[here]["source"]


def test_lesson_that_is_nowhere_says_what_to_do(my_course, monkeypatch):
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    with pytest.raises(FileNotFoundError, match="menu Executar"):
        resume.find("99", {})


# ---------------------------------------------------------------- num kernel


@pytest.fixture
def shell(monkeypatch, tmp_path):
    """Um IPython só deste teste, com uma lição pequena aberta."""
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    shell = InteractiveShell(config=Config({"HistoryManager": {"enabled": False}}))
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)

    def open_lesson(*sources):
        cells = [nbformat.v4.new_code_cell("from helpers import bpe", metadata={"tags": ["setup"]})]
        cells += [nbformat.v4.new_code_cell(source) for source in sources]
        cells[-2].metadata["tags"] = ["resume"]
        path = tmp_path / "minha.ipynb"
        nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
        monkeypatch.setenv("JPY_SESSION_NAME", str(path))
        return shell

    return open_lesson


CALL = 'from helpers.classroom.resume import resume\nresume("01")'


def test_silent_and_with_the_function_of_the_student(shell, capsys):
    opened = shell(
        "def my_count(pairs):\n    return 'minha'",
        "total = my_count(1)\nprint('alto')",
        CALL,
        "total",
    )
    resume.resume("01")
    said = capsys.readouterr().out
    assert said == "Pronto: rodei de novo, em silêncio, 3 células de cima. Siga daqui para baixo.\n"
    assert opened.user_ns["total"] == "minha"
    resume.resume("01")
    assert capsys.readouterr().out == resume.NOTHING + "\n"


def test_work_that_is_alive_is_not_replaced(shell, capsys):
    opened = shell("def mine():\n    return 1", "other = 2", CALL, "mine(), other")
    changed = opened.user_ns["mine"] = lambda: "nova, ainda não salva"
    resume.resume("01")
    assert "2 células" in capsys.readouterr().out
    assert opened.user_ns["mine"] is changed
    assert opened.user_ns["other"] == 2


def test_cell_with_an_error_is_pointed_at(shell, capsys):
    opened = shell("good = 1", "bad = 1 / 0", "later = bad + good", CALL, "later")
    resume.resume("01")
    said = capsys.readouterr().out
    assert "ZeroDivisionError" in said
    assert "Conserte-a" in said
    assert "Pronto" not in said
    assert "later" not in opened.user_ns
