"""Os comandos da pasta de quem estuda: o que fazem ao abrir, ao atualizar e ao recomeçar."""

import shutil
from pathlib import Path

import nbformat
import pytest
from classroom_edits import change, find
from nbformat.sign import NotebookNotary

from helpers.classroom import folder, update
from helpers.classroom.folder import FolderError
from helpers.cli import app, bootstrap, lab, own_course, trust

ROOT = Path(__file__).resolve().parents[1]
LESSON, EXERCISE = "01_tokenizacao_bpe.ipynb", "01-sobreposicao-exercise"


def test_atualizar_makes_the_folder_and_then_has_nothing_to_do(my_course, capsys):
    assert app.run(["atualizar"]) == 0
    assert "Fiz a sua cópia das lições em meu_curso" in capsys.readouterr().out
    assert {path.name for path in my_course.glob("*.ipynb")} == {
        path.name for path in (ROOT / "notebooks").glob("*.ipynb")
    }
    assert app.run(["atualizar"]) == 0
    assert capsys.readouterr().out.startswith("Nada de novo")


def test_atualizar_from_another_folder(my_course, tmp_path, capsys):
    other = tmp_path / "antes"
    shutil.copytree(ROOT / "notebooks", other / "notebooks")
    write_answer(other / "notebooks" / LESSON)
    assert app.run(["atualizar", "--de", str(other)]) == 0
    assert "trouxe 1 resposta" in capsys.readouterr().out
    assert "minha" in source(my_course / LESSON)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["atualizar", "--de", "não há"], "não há a pasta não há"),
        (["recomecar", "44"], "não sei qual lição é '44'"),
    ],
    ids=["pasta", "lição"],
)
def test_refusals_show_the_next_step(my_course, capsys, arguments, words):
    assert app.run(arguments) == 1
    shown = capsys.readouterr().err
    assert f"[FALHA] {words}" in shown
    assert "O que fazer:" in shown


def test_recomecar_says_where_the_former_is(my_course, capsys):
    app.run(["atualizar"])
    write_answer(my_course / LESSON)
    assert app.run(["recomecar", "1"]) == 0
    assert "A sua ficou em meu_curso/guardadas/01_tokenizacao_bpe_" in capsys.readouterr().out
    assert "minha" not in source(my_course / LESSON)


def write_answer(path):
    answer = "def my_merge_pair(symbols, pair):\n    return symbols  # minha"
    change(path, lambda cells: find(cells, EXERCISE).update(source=answer))


def source(path):
    return find(nbformat.read(path, as_version=4).cells, EXERCISE)["source"]


# ---------------------------------------------------------------- abrir


@pytest.fixture
def opening(monkeypatch):
    """Um `abrir` sem ambiente nem JupyterLab; devolve o que havia no momento de abrir."""
    seen = []
    monkeypatch.setattr(bootstrap, "prepare", lambda root, kind: None)
    monkeypatch.setattr(lab, "choose_port", lambda port: 1)

    def open_it(root, port, browser, lesson):
        seen.append(sorted(path.name for path in own_course.student_folder.path().glob("*.ipynb")))
        return 0

    monkeypatch.setattr(lab, "open_lab", open_it)
    return seen


def test_abrir_makes_the_folder_before_opening(my_course, opening):
    assert app.run(["abrir"]) == 0
    assert lab.FIRST_NOTEBOOK in opening[0]


def test_abrir_brings_a_newer_lesson_by_itself(my_course, opening, capsys):
    app.run(["abrir"])
    write_answer(my_course / LESSON)
    whole = update.notebooks.read(my_course / LESSON)
    whole["metadata"]["meu_curso"]["edicao"] = "anterior"
    (my_course / LESSON).write_bytes(update.notebooks.dump(whole))
    capsys.readouterr()
    assert app.run(["abrir"]) == 0
    assert "01 · Tokenização: do texto aos números: atualizada." in capsys.readouterr().out
    assert "minha" in source(my_course / LESSON)


def test_open_course_is_held(my_course, opening, monkeypatch):
    def another(root, port, browser, lesson):
        with pytest.raises(FolderError, match=r"está aberto em .*, ou outro terminal"):
            update.update(ROOT, my_course)
        return 0

    monkeypatch.setattr(lab, "open_lab", another)
    assert app.run(["abrir"]) == 0


def test_second_abrir_opens_without_updating(my_course, opening, capsys):
    app.run(["abrir"])
    with folder.held(my_course):
        capsys.readouterr()
        assert app.run(["abrir"]) == 0
    assert "já está em uso" in capsys.readouterr().out
    assert len(opening) == 2


def test_folder_that_cannot_be_updated_opens_as_it_is(my_course, opening, monkeypatch, capsys):
    app.run(["abrir"])

    def refuse(course, target):
        raise FolderError("o disco encheu.", "libere espaço.")

    monkeypatch.setattr(update, "bring_up_to_date", refuse)
    assert app.run(["abrir"]) == 0
    shown = capsys.readouterr().err
    assert "[FALHA] o disco encheu." in shown
    assert "Abro as lições como estão." in shown
    shutil.rmtree(my_course)
    assert app.run(["abrir"]) == 1, "sem lição nenhuma, não há o que abrir"
    assert len(opening) == 2


def test_so_preparar_makes_no_folder(my_course, opening):
    assert app.run(["abrir", "--so-preparar"]) == 0
    assert not list(my_course.iterdir())
    assert not opening


# ---------------------------------------------------------------- confiança


def run_some(path):
    said = {"output_type": "stream", "name": "stdout", "text": ["1\n"]}
    change(path, lambda cells: cells[2].update(outputs=[said], execution_count=1))


def test_trust_passes_to_the_updated_file(my_course, tmp_path):
    app.run(["atualizar"])
    notary = NotebookNotary(data_dir=str(tmp_path))
    trusted, other = my_course / LESSON, my_course / lab.FIRST_NOTEBOOK
    for path in (trusted, other):
        run_some(path)
    notary.sign(nbformat.read(trusted, as_version=4))
    updated = []
    for path in (trusted, other):
        new = path.with_name(f"novo-{path.name}")
        new.write_bytes(path.read_bytes())
        change(new, lambda cells: cells[0].update(source="# Outra"))
        updated.append(new)
    pairs = [str(path) for pair in zip((trusted, other), updated, strict=True) for path in pair]
    assert trust.main([str(tmp_path), *pairs, "sumiu", "sumiu"]) == 0
    assert [notary.check_signature(nbformat.read(path, as_version=4)) for path in updated] == [
        True,
        False,
    ]


def test_update_passes_trust_on_in_the_lab_of_the_course(my_course, monkeypatch):
    app.run(["atualizar"])
    data = my_course / own_course.JUPYTER / "dados"
    data.mkdir(parents=True)
    path = my_course / LESSON
    run_some(path)
    notary = NotebookNotary(data_dir=str(data))
    notary.sign(nbformat.read(path, as_version=4))
    whole = update.notebooks.read(path)
    whole["metadata"]["meu_curso"]["edicao"] = "anterior"
    whole["metadata"]["meu_curso"]["entregue"] = ""
    path.write_bytes(update.notebooks.dump(whole))
    notary.sign(nbformat.read(path, as_version=4))
    notary.store.close()
    assert app.run(["atualizar"]) == 0
    updated = nbformat.read(path, as_version=4)
    assert updated.cells[2].outputs
    assert NotebookNotary(data_dir=str(data)).check_signature(updated)
