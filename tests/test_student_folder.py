"""Onde fica o que é de quem estuda: em meu_curso, se ela existe, e onde o caminho diz."""

from pathlib import Path

import pytest

from helpers import student_folder


def test_default_is_meu_curso_inside_the_course(monkeypatch):
    monkeypatch.delenv(student_folder.VARIABLE, raising=False)
    assert student_folder.path() == student_folder.ROOT / "meu_curso"
    assert (student_folder.ROOT / "pyproject.toml").exists()


def test_shared_course_leaves_the_folder_at_home(monkeypatch, tmp_path):
    monkeypatch.delenv(student_folder.VARIABLE, raising=False)
    monkeypatch.setattr(student_folder, "ROOT", tmp_path / "laboratório")
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "ana")
    locked = {tmp_path / "laboratório", tmp_path / "laboratório" / "meu_curso"}
    monkeypatch.setattr(student_folder.os, "access", lambda path, mode: path not in locked)
    assert student_folder.path() == tmp_path / "ana" / "meu_curso"
    (tmp_path / "laboratório" / "meu_curso").mkdir(parents=True)
    assert student_folder.path() == tmp_path / "ana" / "meu_curso", "a que há é do professor"
    locked.clear()
    assert student_folder.path() == tmp_path / "laboratório" / "meu_curso"


def test_user_without_a_home_has_the_folder_in_the_course(monkeypatch, tmp_path):
    def nowhere():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv(student_folder.VARIABLE, raising=False)
    monkeypatch.setattr(student_folder, "ROOT", tmp_path / "curso")
    monkeypatch.setattr(Path, "home", nowhere)
    assert student_folder.path() == tmp_path / "curso" / "meu_curso"


def test_unknown_user_in_the_variable_is_only_a_name(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(student_folder.VARIABLE, "~ninguem-com-este-nome/curso")
    assert student_folder.path() == tmp_path / "~ninguem-com-este-nome" / "curso"


def test_without_the_folder_things_stay_in_the_course(monkeypatch, tmp_path):
    monkeypatch.setenv(student_folder.VARIABLE, str(tmp_path / "ainda não"))
    assert student_folder.place("progresso.json") == student_folder.ROOT / "progresso.json"


def test_with_the_folder_things_go_there(my_course):
    assert student_folder.place("progresso.json") == my_course / "progresso.json"


@pytest.fixture
def here(tmp_path, my_course, monkeypatch):
    """Um diretório atual com `aqui.txt`; em meu_curso, `aqui.txt` e `la.txt`."""
    folder = tmp_path / "atual"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for path in (folder / "aqui.txt", my_course / "aqui.txt", my_course / "la.txt"):
        path.touch()
    return folder


@pytest.mark.parametrize(
    ("given", "in_the_folder"),
    [("aqui.txt", False), ("la.txt", True), ("nada.txt", False), ("../atual", False)],
)
def test_what_is_here_is_found_first(here, my_course, given, in_the_folder):
    assert student_folder.find(given) == (my_course / given if in_the_folder else Path(given))


def test_a_new_bare_name_goes_to_the_folder_and_a_path_where_it_says(here, my_course, tmp_path):
    assert student_folder.find_or_place("novo") == my_course / "novo"
    assert student_folder.find_or_place("aqui.txt") == Path("aqui.txt")
    assert student_folder.find_or_place("./novo") == Path("novo")
    assert student_folder.find_or_place(str(tmp_path / "novo")) == tmp_path / "novo"


def test_without_the_folder_a_new_name_stays_here(here, monkeypatch, tmp_path):
    monkeypatch.setenv(student_folder.VARIABLE, str(tmp_path / "ainda não"))
    assert student_folder.find_or_place("novo") == Path("novo")


def test_a_name_no_system_accepts_is_returned_as_given(my_course):
    assert student_folder.find("x" * 5000) == Path("x" * 5000)
