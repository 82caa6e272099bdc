"""A pasta de quem estuda no disco: nasce sem respostas, atualiza-se, e nada se perde no caminho."""

import contextlib
import errno
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from classroom_edits import (
    Hand,
    by_course,
    by_student,
    cell,
    change,
    find,
    lesson,
    notebook,
    write_course,
)

from helpers import myst
from helpers.classroom import belongings, folder, lessons, notebooks, update
from helpers.classroom.folder import FolderError
from helpers.classroom.merge import MARK
from helpers.classroom.update import restart
from helpers.classroom.work import Work, renew
from helpers.cli import pairs

ROOT = Path(__file__).resolve().parents[1]
ANSWER = "def my_fundir(a, b):\n    return a + b  # minha"
OUTPUT = [{"output_type": "stream", "name": "stdout", "text": ["1\n"]}]


@pytest.fixture
def course(tmp_path):
    """Um curso de três lições, num caminho com espaço e acento."""
    root = tmp_path / "Área de trabalho" / "curso"
    write_course(root, {name: lesson(name[:2]) for name in ("00_um", "01_dois", "02_três")})
    return root


@pytest.fixture
def mine(course):
    """A pasta de quem estuda, ainda por nascer."""
    return course / "meu_curso"


@pytest.fixture
def started(course, mine):
    """A pasta já criada, com uma resposta na lição 01."""
    update.update(course, mine)
    answer(mine / "01_dois.ipynb")
    return mine


def answer(path, source=ANSWER):
    place = f"{path.name[:2]}-fundir-exercise"
    change(path, lambda cells: find(cells, place).update(source=source))


def new_edition(course, name="01_dois", cells=None):
    """Grava a edição seguinte de uma lição: outro enunciado, e a célula de cima mudada."""
    number = name[:2]
    cells = cells or lesson(number)
    find(cells, f"{number}-fundir-card")["source"] += "\n\nOutro enunciado."
    find(cells, f"{number}-antes-fundir")["source"] = "fundir = 20"
    write_course(course, {name: cells})


def without_exercise(number):
    """Separa uma lição em duas: ela sem o exercício fundir, e as quatro células dele."""
    apart = [one["metadata"].get("exercise") == f"{number}.fundir" for one in lesson(number)]
    pairs = list(zip(lesson(number), apart, strict=True))
    return [one for one, out in pairs if not out], [one for one, out in pairs if out]


def sources(path):
    return [one["source"] for one in notebooks.read(path)["cells"]]


def snapshot(place):
    """Devolve os bytes de cada arquivo, menos os da administração da pasta."""
    return {
        path.relative_to(place).as_posix(): path.read_bytes()
        for path in sorted(place.rglob("*"))
        if path.is_file() and folder.INNER not in path.parts
    }


def lines(told):
    return "\n".join(told.lines)


# ---------------------------------------------------------------- nascer


def test_first_copy_has_every_lesson_and_no_stored_output(course, mine):
    change(course / "notebooks" / "00_um.ipynb", lambda cells: cells[2].update(outputs=OUTPUT))
    told = update.update(course, mine)
    assert "Fiz a sua cópia das lições em meu_curso" in told.lines[0]
    assert len(told.lines) == 1
    assert set(snapshot(mine)) == {"00_um.ipynb", "01_dois.ipynb", "02_três.ipynb"}
    for path in mine.glob("*.ipynb"):
        whole = nbformat.read(path, as_version=4)
        nbformat.validate(whole)
        assert not any(one.get("outputs") for one in whole.cells)
        assert whole.metadata[MARK]["licao"] == path.stem


def test_second_time_writes_nothing(course, started):
    before = snapshot(started)
    times = {path: path.stat().st_mtime_ns for path in started.glob("*.ipynb")}
    assert update.update(course, started).lines == []
    assert snapshot(started) == before
    assert {path: path.stat().st_mtime_ns for path in started.glob("*.ipynb")} == times


def test_real_lessons_are_copied_without_a_single_output(tmp_path):
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    mine = tmp_path / "meu_curso"
    update.update(tmp_path, mine)
    for path in lessons.find(tmp_path / "notebooks"):
        original = notebooks.read(path)["cells"]
        copied = notebooks.read(mine / path.relative_to(tmp_path / "notebooks"))["cells"]
        assert copied == notebooks.without_outputs(original)
        hidden = [one for one in copied if "solution" in one["metadata"].get("tags", ())]
        assert all(one["metadata"]["jupyter"]["source_hidden"] for one in hidden)


# ---------------------------------------------------------------- atualizar


def test_new_edition_comes_and_the_answer_stays(course, started):
    new_edition(course)
    told = lines(update.update(course, started))
    found = sources(started / "01_dois.ipynb")
    assert ANSWER in found
    assert "fundir = 20" in found
    assert any(source.endswith("Outro enunciado.") for source in found)
    assert "01 · Lição de brinquedo: atualizada." in told
    assert "mudou em: 2. Parte fundir; Exercício: fundir" in told
    assert "ficou como você deixou: 1 resposta" in told
    assert "mudou o enunciado de: “fundir”" in told
    assert "como estava: meu_curso/guardadas/01_dois_" in told


def test_former_file_is_kept_with_its_date_and_never_overwritten(course, started):
    path, formers = started / "01_dois.ipynb", []
    for number in range(3):
        answer(path, f"{ANSWER} {number}")
        formers.append(path.read_bytes())
        cells = lesson("01")
        cells[0]["source"] = f"# Edição {number}"
        write_course(course, {"01_dois": cells})
        update.update(course, started)
    kept = sorted((started / "guardadas").iterdir())
    assert sorted(path.read_bytes() for path in kept) == sorted(formers)
    assert all(one.name.startswith("01_dois_20") and one.suffix == ".ipynb" for one in kept)


def test_only_the_last_kept_copy_is_worth_another(tmp_path):
    path = tmp_path / "01_dois.ipynb"
    kept = []
    for data in (b"1", b"2", b"2", b"1"):
        path.write_bytes(data)
        kept.append(folder.keep(tmp_path, path))
    assert kept[1] == kept[2]
    assert len(set(kept)) == 3
    assert [one.read_bytes() for one in kept] == [b"1", b"2", b"2", b"1"]


def test_kept_copy_says_where_it_was_and_when_it_was_written(tmp_path):
    path = tmp_path / "anexos" / "01_dois.ipynb"
    path.parent.mkdir()
    path.write_bytes(b"1")
    os.utime(path, (1_600_000_000, 1_600_000_000))
    kept = folder.keep(tmp_path, path, "ilegivel")
    assert kept.name.startswith("anexos_01_dois_ilegivel_20")
    assert kept.stat().st_mtime == 1_600_000_000


@pytest.mark.parametrize("data", ["[]", "{", "1"])
def test_what_was_brought_is_read_whole_or_counts_as_nothing(tmp_path, data):
    place = tmp_path / folder.INNER / folder.STATE
    place.parent.mkdir()
    place.write_text(data)
    assert folder.read_state(tmp_path) == {}
    former = place.stat().st_ino
    folder.write_state(tmp_path, {"soltos": ["a"]})
    assert place.stat().st_ino != former, "troca-se o arquivo, e não o que há nele"
    assert folder.read_state(tmp_path) == {"soltos": ["a"]}


@pytest.mark.skipif(os.name != "posix", reason="atalhos do POSIX")
def test_a_broken_link_is_not_a_free_place(tmp_path):
    (tmp_path / "a.txt").symlink_to(tmp_path / "não há")
    assert folder.free(tmp_path / "a.txt") == tmp_path / "a-2.txt"


def test_lesson_nobody_touched_is_replaced_without_a_copy(course, started):
    new_edition(course, "00_um")
    told = lines(update.update(course, started))
    assert "guardadas" not in told
    assert not (started / "guardadas").exists()
    assert "fundir = 20" in sources(started / "00_um.ipynb")


def test_what_jupyterlab_fills_in_stays_as_it_filled(course, started):
    def describe(path, version):
        whole = notebooks.read(path)
        whole["metadata"] |= {
            "kernelspec": {"name": "python3", "display_name": version},
            "language_info": {"name": "python", "version": version},
        }
        path.write_bytes(notebooks.dump(whole))

    new_edition(course)
    describe(course / "notebooks" / "01_dois.ipynb", "o do curso")
    describe(started / "01_dois.ipynb", "3.12.1")
    update.update(course, started)
    metadata = notebooks.read(started / "01_dois.ipynb")["metadata"]
    assert metadata["language_info"]["version"] == "3.12.1"
    assert metadata["kernelspec"]["display_name"] == "3.12.1"


def test_outputs_of_the_person_are_worth_a_copy(course, started):
    path = started / "00_um.ipynb"
    change(path, lambda cells: find(cells, "00-antes-contar").update(outputs=OUTPUT))
    former = path.read_bytes()
    new_edition(course, "00_um")
    told = update.update(course, started)
    ((kept, updated),) = told.rewritten
    assert (kept.read_bytes(), updated) == (former, path)
    assert find(notebooks.read(path)["cells"], "00-antes-contar")["outputs"] == OUTPUT


def test_file_that_came_back_from_an_open_screen_is_updated_again(course, started):
    path = started / "01_dois.ipynb"
    old = path.read_bytes()
    new_edition(course)
    update.update(course, started)
    updated = path.read_bytes()
    path.write_bytes(old)  # “Substituir”, na pergunta do JupyterLab
    update.update(course, started)
    assert path.read_bytes() == updated


def test_new_lesson_arrives_and_an_erased_one_comes_back(course, started):
    write_course(course, {"anexos/01_dois": lesson("11")})
    (started / "00_um.ipynb").unlink()
    told = lines(update.update(course, started))
    assert told.count("lição nova") == 2
    assert (started / "anexos" / "01_dois.ipynb").is_file()
    assert (started / "00_um.ipynb").is_file()


def test_several_editions_in_a_row_keep_every_word(course, mine):
    student, author = Hand(5, "aluno"), Hand(6, "curso")
    edition, path = lesson("01"), mine / "01_dois.ipynb"
    update.update(course, mine)
    known = {one["source"] for one in edition}
    for _ in range(8):
        whole = notebooks.read(path)
        whole["cells"] = by_student(student, whole["cells"])
        path.write_bytes(notebooks.dump(whole))
        written = {source for source in sources(path) if "aluno" in source} - known
        edition = by_course(author, edition)
        known |= {one["source"] for one in edition}
        write_course(course, {"01_dois": edition})
        update.update(course, mine)
        assert written <= set(sources(path))
        assert update.update(course, mine).lines == []


def test_renamed_lesson_takes_the_answer_with_it(course, started):
    former = (started / "01_dois.ipynb").read_bytes()
    (course / "notebooks" / "01_dois.ipynb").unlink()
    new_edition(course, "01_outro_nome")
    told = lines(update.update(course, started))
    assert ANSWER in sources(started / "01_outro_nome.ipynb")
    assert not (started / "01_dois.ipynb").exists()
    assert "01_dois.ipynb agora se chama 01_outro_nome.ipynb" in told
    assert [path.read_bytes() for path in (started / "guardadas").iterdir()] == [former]
    assert update.update(course, started).lines == []


def test_lesson_that_left_the_course_stays_if_written_on(course, started):
    before = (started / "01_dois.ipynb").read_bytes()
    for name in ("00_um", "01_dois"):
        (course / "notebooks" / f"{name}.ipynb").unlink()
    write_course(course, {"02_três": [cell("markdown", "# Outra", "outra")]})
    told = lines(update.update(course, started))
    assert "00_um saiu do curso." in told
    assert "01_dois saiu do curso. A sua está em meu_curso/01_dois.ipynb" in told
    assert not (started / "00_um.ipynb").exists()
    assert (started / "01_dois.ipynb").read_bytes() == before
    assert update.update(course, started).lines == [], "dito uma vez"


def test_lesson_that_left_the_course_is_kept_if_only_executed(course, started):
    path = started / "00_um.ipynb"
    change(path, lambda cells: find(cells, "00-antes-contar").update(outputs=OUTPUT))
    former = path.read_bytes()
    (course / "notebooks" / "00_um.ipynb").unlink()
    told = lines(update.update(course, started))
    (kept,) = (started / "guardadas").iterdir()
    assert kept.read_bytes() == former
    assert f"00_um saiu do curso. A sua está em meu_curso/guardadas/{kept.name}" in told


@pytest.mark.parametrize("same_identity", [True, False], ids=["mesma identidade", "outra"])
def test_answer_follows_its_exercise_to_an_annex(course, started, same_identity):
    left, moved = without_exercise("01")
    if not same_identity:
        for one in moved:
            one["id"] = f"anexo-{one['id']}"
    title = cell("markdown", "# Anexo", "titulo-anexo")
    write_course(course, {"01_dois": left, "anexos/01_dois": [title, *moved]})
    told = lines(update.update(course, started))
    assert ANSWER in sources(started / "anexos" / "01_dois.ipynb")
    assert ANSWER not in sources(started / "01_dois.ipynb")
    assert "veio para cá, com o que você escreveu: “fundir”" in told
    assert update.update(course, started).lines == []


def test_two_answers_to_an_exercise_that_moved_both_stay(course, started):
    left, moved = without_exercise("01")
    annex = [one | {"id": f"anexo-{one['id']}"} for one in moved]
    write_course(course, {"anexos/01_dois": annex})
    update.update(course, started)
    other = "def my_fundir(a, b):\n    return 'outra'"
    change(started / "anexos" / "01_dois.ipynb", lambda cells: cells[1].update(source=other))
    write_course(course, {"01_dois": left})
    update.update(course, started)
    assert ANSWER in sources(started / "01_dois.ipynb")
    assert other in sources(started / "anexos" / "01_dois.ipynb")
    assert update.update(course, started).lines == []


def test_emptied_cell_does_not_follow_its_exercise(course, started):
    answer(started / "01_dois.ipynb", "")
    left, moved = without_exercise("01")
    write_course(course, {"01_dois": left, "anexos/01_dois": moved})
    assert "veio para cá" not in lines(update.update(course, started))


def numbered(*numbers):
    return [cell("code", f"x = {number}", f"c{number}") for number in numbers]


def received(*numbers):
    cells = numbered(*numbers)
    return Work(cells, delivered=notebooks.stamps(cells))


@pytest.mark.parametrize(("kept", "follows"), [((1, 2), True), ((1,), False)])
def test_renamed_lesson_is_known_by_a_third_of_its_cells(kept, follows):
    today = {"novo": lessons.Lesson("novo", {}, numbered(*kept, 7, 8))}
    former, gone = renew({"velho": received(1, 2, 3, 4, 5, 6)}, today)
    assert former == ({"novo": "velho"} if follows else {})
    assert list(gone) == ([] if follows else ["velho"])


def test_lesson_that_joined_another_does_not_take_its_place():
    works = {"01": received(1, 2, 3), "02": received(4, 5)}
    former, gone = renew(works, {"02": lessons.Lesson("02", {}, numbered(1, 2, 3, 4, 5))})
    assert former == {"02": "02"}
    assert list(gone) == ["01"]


def test_what_the_person_renamed_or_created_is_left_alone(course, started):
    (started / "01_dois.ipynb").rename(started / "01_minhas respostas.ipynb")
    shutil.copy(started / "00_um.ipynb", started / "00_um-Copy1.ipynb")
    (started / "rascunho.ipynb").write_text("nem JSON é", encoding="utf-8")
    before = snapshot(started)
    new_edition(course)
    new_edition(course, "00_um")
    update.update(course, started)
    after = snapshot(started)
    for name in ("01_minhas respostas.ipynb", "00_um-Copy1.ipynb", "rascunho.ipynb"):
        assert after[name] == before[name]
    assert "fundir = 20" in sources(started / "01_dois.ipynb")


def test_name_taken_by_something_else_is_kept_before_the_lesson_takes_it(course, started):
    shutil.copy(started / "01_dois.ipynb", started / "02_três.ipynb")
    update.update(course, started)
    assert ANSWER not in sources(started / "02_três.ipynb")
    assert any(ANSWER in sources(path) for path in (started / "guardadas").iterdir())


# ---------------------------------------------------------------- arquivos estragados

BROKEN = {
    "vazio": (b"", "está vazio"),
    "zeros": (b"\0" * 4096, "está vazio"),
    "cortado": (b'{"cells": [{"cell_type": "code", "sour', "não é um JSON inteiro"),
    "latin-1": ("não é UTF-8".encode("latin-1"), "não é um JSON inteiro"),
    "conflito do git": (b'{\n<<<<<<< HEAD\n "cells": []\n', "não é um JSON inteiro"),
    "fundo demais": (b"[" * 200_000, "não é um JSON inteiro"),
    "lista": (b"[]", "não é um notebook"),
    "formato 3": (b'{"nbformat": 3, "worksheets": []}', "é do formato 3"),
    "formato de letra": (b'{"nbformat": "4", "cells": []}', "não diz em que formato está"),
    "sem células": (b'{"nbformat": 4, "cells": null}', "tem células que o Jupyter não lê"),
    "célula estranha": (b'{"nbformat": 4, "cells": [1]}', "tem células que o Jupyter não lê"),
    "fonte estranha": (
        b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": 3}]}',
        "tem células que o Jupyter não lê",
    ),
}


@pytest.mark.parametrize(("data", "words"), BROKEN.values(), ids=BROKEN)
def test_broken_file_is_kept_and_the_lesson_comes_new(course, started, data, words):
    path = started / "01_dois.ipynb"
    path.write_bytes(data)
    told = lines(update.update(course, started))
    assert f"01_dois.ipynb {words}" in told
    assert sources(path) == [one["source"] for one in lesson("01")]
    (kept,) = (started / "guardadas").iterdir()
    assert kept.read_bytes() == data
    assert "_ilegivel_" in kept.name
    assert kept.name in told
    assert update.update(course, started).lines == []


def test_folder_with_the_name_of_a_lesson_is_kept_too(course, started):
    path = started / "01_dois.ipynb"
    path.unlink()
    path.mkdir()
    (path / "dentro.txt").touch()
    assert "é uma pasta" in lines(update.update(course, started))
    (kept,) = (started / "guardadas").iterdir()
    assert (kept / "dentro.txt").exists()
    assert path.is_file()


def missing_target(path):
    path.symlink_to(path.parent / "que sumiu.ipynb")


def own_target(path):
    path.symlink_to(path.name)


def pipe(path):
    os.mkfifo(path)  # quem o lê espera para sempre


@pytest.mark.skipif(os.name != "posix", reason="atalhos e tubos do POSIX")
@pytest.mark.parametrize("make", [missing_target, own_target, pipe])
def test_what_is_not_a_file_never_stops_a_lesson(make, course, started):
    path = started / "01_dois.ipynb"
    path.unlink()
    make(path)
    assert "01_dois.ipynb é um atalho para o que não existe" in lines(
        update.update(course, started)
    )
    assert sources(path) == [one["source"] for one in lesson("01")]
    assert not path.is_symlink()
    assert len(list((started / "guardadas").iterdir())) == 1
    path.unlink()
    make(path)
    restart(course, started, "01")
    assert sources(path) == [one["source"] for one in lesson("01")]
    make(course / "notebooks" / "03_outra.ipynb")
    assert "03_outra.ipynb é um atalho" in lines(update.update(course, started))


@pytest.mark.skipif(os.name != "posix", reason="atalhos e tubos do POSIX")
def test_own_things_that_do_not_copy_never_stop_the_rest(paired, mine):
    place = paired / "notebooks"
    missing_target(place / "atalho.txt")
    pipe(place / "tubo.txt")
    (place / "voltas").mkdir()
    (place / "voltas" / "eu").symlink_to(".")
    (place / "zebra.txt").touch()
    told = lines(update.update(paired, mine))
    assert "atalho.txt não se deixou copiar (não existe): ficou onde estava." in told
    assert "tubo.txt não se deixou copiar (não é um arquivo comum)" in told
    assert (mine / "voltas" / "eu").is_symlink()
    assert (mine / "zebra.txt").exists()
    assert update.update(paired, mine).lines == []


@pytest.mark.parametrize(
    "state",
    [
        b'{"soltos": 5, "fora": null, "notebooks": []}',
        b'{"soltos": {}, "fora": "ab"}',
        b"[" * 100_000,
    ],
    ids=["números", "letras", "fundo demais"],
)
def test_odd_record_of_the_folder_is_started_again(state, paired, mine):
    update.update(paired, mine)
    (mine / ".curso" / "estado.json").write_bytes(state)
    (paired / "notebooks" / "meu.txt").touch()
    assert lines(update.update(paired, mine)) == "meu.txt foi copiado para meu_curso."
    assert update.update(paired, mine).lines == []


@pytest.mark.parametrize(
    ("place", "is_file"),
    [("guardadas", True), (".curso", True), (".curso/trava", False), (".curso/estado.json", False)],
)
def test_what_takes_the_place_of_the_course_is_named(place, is_file, course, started):
    path = started / place
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    path.touch() if is_file else path.mkdir()
    new_edition(course)
    (course / "notebooks" / "meu.txt").touch()
    with pytest.raises(FolderError) as caught:
        update.update(course, started)
    assert f"um {path.name} que o curso não pôs lá" in caught.value.message
    assert ANSWER in sources(started / "01_dois.ipynb")


def test_last_save_is_recovered_when_the_file_is_broken(course, started):
    path = started / "01_dois.ipynb"
    spare = started / ".ipynb_checkpoints" / "01_dois-checkpoint.ipynb"
    spare.parent.mkdir()
    shutil.copy(path, spare)
    path.write_bytes(b"")
    told = lines(update.update(course, started))
    assert "a versão do seu último Ctrl-S" in told
    assert ANSWER in sources(path)


def test_old_minor_format_without_identities_is_read(course, started):
    path = started / "01_dois.ipynb"
    whole = json.loads(path.read_bytes())
    whole["nbformat_minor"] = 4
    for one in whole["cells"]:
        del one["id"]
    path.write_text(json.dumps(whole), encoding="utf-8-sig")
    new_edition(course)
    update.update(course, started)
    found = notebooks.read(path)
    assert found["nbformat_minor"] == 5
    assert ANSWER in sources(path)
    assert len(found["cells"]) == len(lesson("01"))


def test_lost_metadata_keeps_the_answer_and_repeats_no_untouched_cell(course, started):
    path = started / "01_dois.ipynb"
    whole = json.loads(path.read_bytes())
    whole["metadata"] = {}
    path.write_text(json.dumps(whole), encoding="utf-8")
    update.update(course, started)
    assert ANSWER in sources(path)
    assert len(sources(path)) == len(lesson("01"))


def test_broken_lesson_of_the_course_leaves_the_students_as_it_is(course, started):
    before = snapshot(started)
    for name in ("00_um", "01_dois"):  # uma intacta e uma respondida
        (course / "notebooks" / f"{name}.ipynb").write_bytes(b"{")
    told = lines(update.update(course, started))
    assert "notebooks/01_dois.ipynb não é um JSON inteiro: a sua fica como está" in told
    assert "saiu do curso" not in told
    assert snapshot(started) == before


# ---------------------------------------------------------------- quedas, disco, uso


class Killed(BaseException):
    """Uma queda no meio: nem `except Exception` a vê."""


@pytest.mark.parametrize("moment", ["antes", "depois"])
@pytest.mark.parametrize(
    "problem", [Killed(), OSError(errno.ENOSPC, "cheio")], ids=["queda", "disco"]
)
def test_stop_at_any_write_loses_nothing_and_the_next_time_finishes(
    course, started, monkeypatch, moment, problem
):
    answer(started / "02_três.ipynb")
    left, moved = without_exercise("02")
    new_edition(course)
    write_course(course, {"02_três": left})
    write_course(course, {"anexos/02_três": [cell("markdown", "# Anexo", "anexo"), *moved]})
    before, real = snapshot(started), update.replace_file
    for stop in range(1, 20):
        for name in list(snapshot(started)):
            (started / name).unlink()
        for name, data in before.items():
            (started / name).write_bytes(data)
        count = 0

        def write(path, data, stop=stop):
            nonlocal count
            count += 1
            if count == stop and moment == "antes":
                raise problem
            real(path, data)
            if count == stop:
                raise problem

        for module in (update, folder):
            monkeypatch.setattr(module, "replace_file", write)
        finished = False
        with contextlib.suppress(Killed, FolderError):
            update.update(course, started)
            finished = True
        for module in (update, folder):
            monkeypatch.setattr(module, "replace_file", real)
        everything = [source for path in started.rglob("*.ipynb") for source in sources(path)]
        assert everything.count(ANSWER) >= 2
        update.update(course, started)
        assert ANSWER in sources(started / "01_dois.ipynb")
        assert ANSWER in sources(started / "anexos" / "02_três.ipynb")
        assert ANSWER not in sources(started / "02_três.ipynb")
        assert update.update(course, started).lines == []
        if finished:
            break
    assert finished
    assert stop > 5


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0,
    reason="root e Windows gravam em pasta somente leitura",
)
def test_read_only_folder_is_told(course, started):
    new_edition(course)
    started.chmod(0o555)
    try:
        with pytest.raises(FolderError, match="não consegui mexer"):
            update.update(course, started)
    finally:
        started.chmod(0o755)


@pytest.mark.parametrize("number", [28, 122], ids=["disco", "cota"])
def test_full_disk_is_told(course, started, monkeypatch, number):
    new_edition(course)

    def refuse(path, data):
        raise OSError(number, "No space left on device", str(path))

    monkeypatch.setattr(folder, "replace_file", refuse)
    with pytest.raises(FolderError, match="o disco encheu") as caught:
        update.update(course, started)
    assert "Nada se perdeu" in caught.value.next_step


def test_refusal_of_the_system_is_told_without_losing_anything(course, started, monkeypatch):
    new_edition(course)
    before = snapshot(started)

    def refuse(path, data):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(folder, "replace_file", refuse)
    with pytest.raises(FolderError) as caught:
        update.update(course, started)
    assert "não consegui mexer em" in caught.value.message
    assert "permite gravar" in caught.value.next_step
    assert snapshot(started) == before


def test_open_course_is_not_updated_under_the_students_hands(course, started):
    new_edition(course)
    before = snapshot(started)
    code = (
        "import sys; from pathlib import Path; from helpers.classroom import folder\n"
        "with folder.held(Path(sys.argv[1])) as free:\n"
        "    print(free, flush=True)\n"
        "    sys.stdin.read()\n"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", code, str(started)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert other.stdout.readline() == "True\n"
    for act in (lambda: update.update(course, started), lambda: restart(course, started, "01")):
        with pytest.raises(FolderError) as caught:
            act()
        assert "está aberto" in caught.value.message
        assert "Ctrl-C" in caught.value.next_step
    assert snapshot(started) == before
    other.kill()
    other.communicate()
    assert "atualizada" in lines(update.update(course, started)), "o sistema soltou a pasta"


# ---------------------------------------------------------------- quem escreveu em notebooks


@pytest.fixture
def paired(course):
    """O curso com o texto de cada lição, como no repositório."""
    for path in lessons.find(course / "notebooks"):
        pair(path)
    return course


def pair(path):
    whole = nbformat.read(path, as_version=4)
    whole.metadata[pairs.SYNC_KEY] = pairs.fingerprint(whole)
    path.write_bytes(notebooks.dump(json.loads(json.dumps(whole))))
    path.write_bytes(notebooks.dump(notebooks.read(path)))
    text = lessons.text_beside(path)
    text.parent.mkdir(exist_ok=True)
    text.write_text(pairs.write_text(whole), encoding="utf-8")


def test_answers_written_in_notebooks_are_brought_once(paired, mine):
    path = paired / "notebooks" / "01_dois.ipynb"
    answer(path)
    change(path, lambda cells: cells.insert(2, cell("markdown", "minha nota", "nota")))
    before = path.read_bytes()
    told = lines(update.update(paired, mine))
    assert "trouxe 1 resposta, 1 célula que você criou" in told
    found = sources(mine / "01_dois.ipynb")
    assert ANSWER in found
    assert found[2] == "minha nota"
    assert path.read_bytes() == before, "ninguém mexe em notebooks"
    change(mine / "01_dois.ipynb", lambda cells: cells.pop(2))
    assert update.update(paired, mine).lines == []
    assert "minha nota" not in sources(mine / "01_dois.ipynb"), "apagada, não volta"


def test_line_ends_of_windows_hide_no_answer(paired, mine):
    text = paired / "notebooks" / "texto" / "01_dois.md"
    text.write_bytes(text.read_bytes().replace(b"\n", b"\r\n"))
    answer(paired / "notebooks" / "01_dois.ipynb")
    assert "trouxe 1 resposta" in lines(update.update(paired, mine))


def test_computer_without_git_brings_the_same_answers(paired, mine, monkeypatch):
    def absent(*_, **__):
        raise FileNotFoundError(errno.ENOENT, "não há", "git")

    monkeypatch.setattr(subprocess, "run", absent)
    answer(paired / "notebooks" / "01_dois.ipynb")
    assert "trouxe 1 resposta" in lines(update.update(paired, mine))


def test_later_work_in_notebooks_joins_the_one_in_meu_curso(paired, mine):
    update.update(paired, mine)
    answer(mine / "01_dois.ipynb")
    path = paired / "notebooks" / "01_dois.ipynb"
    answer(path, "def my_fundir(a, b):\n    return 'em notebooks'")
    change(path, lambda cells: find(cells, "01-antes-contar").update(source="contar = 5"))
    update.update(paired, mine)
    found = notebooks.read(mine / "01_dois.ipynb")["cells"]
    assert find(found, "01-fundir-exercise")["source"] == ANSWER
    assert find(found, "01-antes-contar")["source"] == "contar = 5"
    (kept,) = [one for one in found if one["source"].endswith("'em notebooks'")]
    assert kept["cell_type"] == "raw"


def test_what_is_written_in_notebooks_after_the_first_time_is_brought_too(paired, mine):
    path = paired / "notebooks" / "01_dois.ipynb"
    answer(path)
    update.update(paired, mine)
    change(path, lambda cells: find(cells, "01-antes-contar").update(source="contar = 5"))
    update.update(paired, mine)
    assert {ANSWER, "contar = 5"} <= set(sources(mine / "01_dois.ipynb"))


def test_running_a_lesson_in_notebooks_brings_nothing(paired, mine):
    path = paired / "notebooks" / "01_dois.ipynb"
    change(path, lambda cells: find(cells, "01-antes-contar").update(outputs=OUTPUT))
    assert len(update.update(paired, mine).lines) == 1
    assert not notebooks.has_outputs(notebooks.read(mine / "01_dois.ipynb")["cells"])


def test_written_lesson_and_new_edition_through_git(paired, mine):
    """O clone de antes: resposta em `notebooks`, `git pull` recusado, e a saída do README."""
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@x", "-c", "init.defaultBranch=main"]

    def run(*command, where=paired, ok=True):
        done = subprocess.run([*git, *command], cwd=where, capture_output=True, text=True)
        assert (done.returncode == 0) is ok, done.stderr
        return done.stderr

    run("init", "-q")
    run("add", ".")
    run("commit", "-qm", "edição 1")
    clone = paired.parent / "clone"
    run("clone", "-q", str(paired), str(clone))
    answer(clone / "notebooks" / "01_dois.ipynb")
    new_edition(paired)
    pair(paired / "notebooks" / "01_dois.ipynb")
    run("commit", "-qam", "edição 2")
    assert "would be overwritten" in run("pull", "-q", where=clone, ok=False)

    (clone / "notebooks").rename(clone / "notebooks-antigos")
    run("checkout", "--", "notebooks", where=clone)
    run("pull", "-q", where=clone)
    told = update.update(clone, clone / "meu_curso", clone / "notebooks-antigos")
    found = sources(clone / "meu_curso" / "01_dois.ipynb")
    assert ANSWER in found
    assert "fundir = 20" in found
    assert "trouxe 1 resposta" in lines(told)
    assert len(found) == len(lesson("01")), "nada do que ela não tocou aparece duas vezes"

    new_edition(paired, "00_um")
    pair(paired / "notebooks" / "00_um.ipynb")
    run("commit", "-qam", "edição 3")
    answer(clone / "meu_curso" / "00_um.ipynb")
    run("pull", "-q", where=clone)
    assert "00_um" in lines(update.update(clone, clone / "meu_curso"))


def test_answer_in_a_notebook_of_another_edition_than_its_text_is_never_lost(paired, mine):
    path = paired / "notebooks" / "01_dois.ipynb"
    answer(path)
    whole = notebooks.read(path)
    whole["metadata"][pairs.SYNC_KEY] = "de outra edição"
    path.write_bytes(notebooks.dump(whole))
    update.update(paired, mine)
    assert ANSWER in sources(mine / "01_dois.ipynb")
    new_edition(paired)
    pair(path)
    update.update(paired, mine)
    (kept,) = (mine / "guardadas").iterdir()
    assert ANSWER in sources(kept)


def test_only_git_clears_the_doubt_of_a_notebook_of_another_edition(paired):
    path = paired / "notebooks" / "01_dois.ipynb"
    whole = notebooks.read(path)
    whole["metadata"][pairs.SYNC_KEY] = "de outra edição"
    path.write_bytes(notebooks.dump(whole))
    assert lessons.load(path, path.parent).doubtful
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@x"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "x"]):
        subprocess.run([*git, *command], cwd=paired, check=True, capture_output=True)
    assert not lessons.load(path, path.parent).doubtful


def test_what_git_holds_is_the_course_even_if_it_differs_from_the_text(paired, mine):
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@x"]
    answer(paired / "notebooks" / "01_dois.ipynb")
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "x"]):
        subprocess.run([*git, *command], cwd=paired, check=True, capture_output=True)
    assert len(update.update(paired, mine).lines) == 1
    answer(paired / "notebooks" / "01_dois.ipynb", ANSWER + "!")
    assert "trouxe" in lines(update.update(paired, mine))


# ---------------------------------------------------------------- de outra pasta


@pytest.fixture
def before(tmp_path, course):
    """Um curso baixado antes, com `meu_curso` e o que a pessoa fez nele."""
    root = tmp_path / "curso de antes"
    shutil.copytree(course / "notebooks", root / "notebooks")
    update.update(root, root / "meu_curso")
    answer(root / "meu_curso" / "01_dois.ipynb")
    return root


@pytest.mark.parametrize("inner", ["", "meu_curso"], ids=["curso", "meu_curso"])
def test_work_done_in_another_folder_is_brought(course, mine, before, inner):
    new_edition(course)
    there = snapshot(before)
    told = lines(update.update(course, mine, before / inner))
    assert "trouxe 1 resposta" in told
    found = sources(mine / "01_dois.ipynb")
    assert ANSWER in found
    assert "fundir = 20" in found
    assert snapshot(before) == there, "a outra pasta fica como estava"
    assert update.update(course, mine, before / inner).lines == []


def test_outputs_of_another_folder_stay_there(course, mine, before):
    path = before / "meu_curso" / "01_dois.ipynb"
    change(path, lambda cells: find(cells, "01-antes-contar").update(outputs=OUTPUT))
    update.update(course, mine, before)
    cells = notebooks.read(mine / "01_dois.ipynb")["cells"]
    assert ANSWER in [one["source"] for one in cells]
    assert not notebooks.has_outputs(cells)


def test_work_in_both_folders_stays(course, started, before):
    answer(before / "meu_curso" / "01_dois.ipynb", "def my_fundir(a, b):\n    return 'antes'")
    answer(before / "meu_curso" / "00_um.ipynb", "def my_fundir(a, b):\n    return 'só antes'")
    told = lines(update.update(course, started, before))
    found = notebooks.read(started / "01_dois.ipynb")["cells"]
    assert find(found, "01-fundir-exercise")["source"] == ANSWER
    assert [one["cell_type"] for one in found if "'antes'" in one["source"]] == ["raw"]
    assert any("'só antes'" in source for source in sources(started / "00_um.ipynb"))
    assert "1 célula à parte, com um rótulo acima" in told
    assert "atualizada" not in told, "a lição do curso é a mesma"


def test_broken_and_gone_lessons_of_another_folder_are_told(course, mine, before):
    (before / "meu_curso" / "00_um.ipynb").write_bytes(b"{")
    for name in ("01_dois", "02_três"):
        (course / "notebooks" / f"{name}.ipynb").unlink()
    write_course(course, {"00_um": [cell("markdown", "# Outra", "outra")]})
    told = lines(update.update(course, mine, before / "meu_curso"))
    assert "na outra pasta, 00_um.ipynb não é um JSON inteiro" in told
    assert "01_dois saiu do curso. A sua está em meu_curso/guardadas/01_dois_" in told
    assert any(ANSWER in sources(path) for path in (mine / "guardadas").iterdir())


def test_wrong_folders_are_refused_with_the_next_step(course, started, tmp_path):
    (tmp_path / "curso.zip").touch()
    (tmp_path / "vazia").mkdir()
    for origin, words in (
        (tmp_path / "curso.zip", "descompacte-o"),
        (tmp_path / "não há", "confira o caminho"),
        (tmp_path / "vazia", "passe a pasta do curso antigo"),
        (course, "a outra pasta"),
        (started, "a outra pasta"),
    ):
        with pytest.raises(FolderError) as caught:
            update.update(course, started, origin)
        assert words in caught.value.next_step


# ---------------------------------------------------------------- progresso, modelos, textos


def model(place, data="{}"):
    place.mkdir(parents=True)
    (place / "config.json").write_text(data, encoding="utf-8")


def test_progress_and_models_move_into_meu_curso(course, mine):
    progress = {"exercicios": {"01.x": {"resolvido": True}}, "palpites": {}, "quizzes": {}}
    (course / "progresso.json").write_text(json.dumps(progress), encoding="utf-8")
    model(course / "meu_modelo_de_texto")
    model(course / "meu_primeiro_modelo")
    model(course / "notebooks" / "gpt2")
    told = lines(update.update(course, mine))
    assert json.loads((mine / "progresso.json").read_text(encoding="utf-8")) == progress
    for name in ("meu_modelo_de_texto", "meu_primeiro_modelo", "gpt2"):
        assert (mine / name / "config.json").is_file()
        assert f"{name} agora mora em meu_curso." in told
    assert sorted(path.name for path in course.iterdir()) == ["meu_curso", "notebooks"]
    assert update.update(course, mine).lines == []


def test_two_progresses_are_added_and_the_solved_one_counts(course, started):
    old = {"01.a": {"resolvido": True}, "01.b": {"resolvido": False, "tentativas": 9}}
    new = {"01.a": {"resolvido": False}, "01.b": {"resolvido": True}, "01.c": {}}
    for place, entries in ((course, old), (started, new)):
        data = {"exercicios": entries, "palpites": {place.name: {"palpite": 1}}, "quizzes": {}}
        (place / "progresso.json").write_text(json.dumps(data), encoding="utf-8")
    update.update(course, started)
    data = json.loads((started / "progresso.json").read_text(encoding="utf-8"))
    assert data["exercicios"] == {"01.a": old["01.a"], "01.b": new["01.b"], "01.c": {}}
    assert set(data["palpites"]) == {"curso", "meu_curso"}
    assert [path.name[:10] for path in (started / "guardadas").iterdir()] == ["progresso_"]


def test_progress_that_cannot_be_read_is_kept(course, started):
    (course / "progresso.json").write_bytes(b"{rasgado")
    (started / "progresso.json").write_text("{}", encoding="utf-8")
    told = lines(update.update(course, started))
    assert "não se deixou somar" in told
    assert b"{rasgado" in [path.read_bytes() for path in (started / "guardadas").iterdir()]


def test_progress_of_a_newer_course_is_kept_and_the_rest_goes_on(course, started):
    newer = '{"versao": 9, "exercicios": []}'
    (course / "progresso.json").write_text(newer, encoding="utf-8")
    (started / "progresso.json").write_text("{}", encoding="utf-8")
    assert "não se deixou somar" in lines(update.update(course, started))
    assert newer in [path.read_text("utf-8") for path in (started / "guardadas").iterdir()]
    assert update.update(course, started).lines == []


def test_models_with_the_same_name_both_stay(course, started):
    model(course / "meu_modelo", "{1}")
    model(started / "meu_modelo", "{2}")
    assert "como meu_modelo-2." in lines(update.update(course, started))
    assert (started / "meu_modelo" / "config.json").read_text() == "{2}"
    assert (started / "meu_modelo-2" / "config.json").read_text() == "{1}"


def test_own_files_in_notebooks_are_copied_once(paired, mine):
    place = paired / "notebooks"
    (place / "meu_texto.txt").write_text("texto", encoding="utf-8")
    (place / "rascunho.ipynb").write_bytes(notebooks.dump(notebook([])))
    (place / "dados").mkdir()
    (place / "dados" / "a.csv").touch()
    (place / ".DS_Store").touch()
    (place / "__pycache__").mkdir()
    told = lines(update.update(paired, mine))
    assert not {".DS_Store", "__pycache__", "texto"} & {path.name for path in mine.iterdir()}
    for name in ("meu_texto.txt", "rascunho.ipynb", "dados/a.csv"):
        assert (mine / name).is_file()
        assert (place / name).is_file()
    assert "rascunho.ipynb foi copiado para meu_curso." in told
    (mine / "meu_texto.txt").unlink()
    assert update.update(paired, mine).lines == []
    assert not (mine / "meu_texto.txt").exists()


def test_belongings_of_another_folder_are_copied(course, mine, before):
    there = before / "meu_curso"
    (there / "progresso.json").write_text('{"exercicios": {"01.a": {}}}', encoding="utf-8")
    (there / "meu_texto.txt").write_text("texto", encoding="utf-8")
    model(there / "meu_modelo")
    new_edition(before)
    update.update(before, there)
    kept = [path.name for path in (there / "guardadas").iterdir()]
    assert kept
    update.update(course, mine, before)
    assert {"progresso.json", "meu_texto.txt", "meu_modelo"} <= {p.name for p in mine.iterdir()}
    assert [path.name for path in (mine / "guardadas").iterdir()] == kept
    assert (there / "meu_modelo" / "config.json").is_file()
    assert update.update(course, mine, before).lines == []


def test_lessons_beside_the_code_bring_the_answers_and_not_the_course(course, mine, tmp_path):
    other = tmp_path / "curso antigo"
    shutil.copytree(course / "notebooks", other)
    answer(other / "01_dois.ipynb")
    for name in ("pyproject.toml", "README.md"):
        (other / name).touch()
    update.update(course, mine, other)
    assert ANSWER in sources(mine / "01_dois.ipynb")
    assert not (mine / "README.md").exists()


def test_model_of_another_folder_with_the_same_name_stays_beside(course, started, before):
    model(before / "meu_curso" / "meu_modelo", "{12}")
    model(started / "meu_modelo", "{2}")
    assert "como meu_modelo-2." in lines(update.update(course, started, before))
    assert (started / "meu_modelo" / "config.json").read_text() == "{2}"
    assert (started / "meu_modelo-2" / "config.json").read_text() == "{12}"


def test_copy_that_a_power_cut_left_halfway_starts_again(course, started, before):
    model(before / "meu_curso" / "meu_modelo", "{1}")
    model(started / ".meu_modelo-parcial" / "resto")
    update.update(course, started, before)
    names = [path.relative_to(started).as_posix() for path in started.rglob("config.json")]
    assert names == ["meu_modelo/config.json"]


# ---------------------------------------------------------------- recomeçar


@pytest.mark.parametrize("asked", ["01", "1", "01_dois", "meu_curso/01_dois.ipynb"])
def test_lesson_starts_again_and_the_former_is_kept(course, started, asked):
    former = (started / "01_dois.ipynb").read_bytes()
    told = restart(course, started, asked)
    assert sources(started / "01_dois.ipynb") == [one["source"] for one in lesson("01")]
    (kept,) = (started / "guardadas").iterdir()
    assert kept.read_bytes() == former
    assert f"A sua ficou em meu_curso/guardadas/{kept.name}" in told
    assert "já está como veio" in restart(course, started, asked)
    assert update.update(course, started).lines == []


def test_annex_starts_again_by_its_own_name(course, started):
    write_course(course, {"anexos/01_dois": lesson("11")})
    update.update(course, started)
    annex = started / "anexos" / "01_dois.ipynb"
    change(annex, lambda cells: cells[0].update(source="minha nota"))
    restart(course, started, "anexos/1")
    assert "minha nota" not in sources(annex)
    assert ANSWER in sources(started / "01_dois.ipynb")


def test_broken_lesson_starts_again_too(course, started):
    (started / "01_dois.ipynb").write_bytes(b"")
    restart(course, started, "01")
    assert len(sources(started / "01_dois.ipynb")) == len(lesson("01"))


@pytest.mark.parametrize("asked", ["44", "", "../01", "dois"])
def test_unknown_lesson_is_refused_with_the_list(course, started, asked):
    with pytest.raises(FolderError) as caught:
        restart(course, started, asked)
    assert "não sei qual lição é" in caught.value.message
    assert "01_dois" in caught.value.next_step


# ---------------------------------------------------------------- o texto das lições

LESSONS = [path for path in lessons.find(ROOT / "notebooks") if lessons.has_text(path)]


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_text_of_a_lesson_tells_every_cell(path):
    came = myst.cells(lessons.text_beside(path).read_text(encoding="utf-8"))
    cells = notebooks.read(path)["cells"]
    assert [(one["cell_type"], one["source"]) for one in came] == [
        (one["cell_type"], one["source"]) for one in cells
    ]
    assert list(map(notebooks.role, came)) == list(map(notebooks.role, cells))
    found = lessons.load(path, path.parent)
    assert found.certain
    assert found.written is None


def test_edited_lesson_is_told_from_the_delivered_one():
    path = LESSONS[1]
    whole = lessons.load(path, path.parent)
    assert whole.title.startswith("01 · ")
    assert whole.edition == lessons.load(path, path.parent).edition


def test_deleted_and_edited_cells_are_restored_with_their_identity(paired):
    path = paired / "notebooks" / "01_dois.ipynb"
    before = lessons.load(path, path.parent).cells
    change(path, lambda cells: find(cells, "01-antes-contar").update(source="x"))
    change(path, lambda cells: cells.pop(6))
    change(path, lambda cells: cells.insert(1, cell("code", "1", "nova")))
    found = lessons.load(path, path.parent)
    assert [one["source"] for one in found.cells] == [one["source"] for one in before]
    same = sum(a["id"] == b["id"] for a, b in zip(found.cells, before, strict=True))
    assert same >= len(before) - 2
    assert find(found.cells, "01-antes-contar") == find(before, "01-antes-contar")


def test_cell_that_changed_kind_is_restored_with_the_kind_it_had(paired):
    path = paired / "notebooks" / "01_dois.ipynb"
    before = lessons.load(path, path.parent).cells
    new = cell("markdown", "agora é texto", "01-antes-contar")
    at = [one["id"] for one in before].index(new["id"])
    change(path, lambda cells: cells.__setitem__(at, new))
    found = lessons.load(path, path.parent).cells
    assert found[at]["cell_type"] == "code"
    assert found[at]["source"] == before[at]["source"]


def test_lesson_without_a_heading_is_called_by_its_file_name():
    assert lessons.Lesson("09_x", {}, [cell("code", "# 1", "a")]).title == "09_x"


def test_sources_are_found_in_every_kind_of_folder(course, started, tmp_path):
    alone = tmp_path / "só notebooks"
    shutil.copytree(course / "notebooks", alone)
    elsewhere = tmp_path / "outra" / "meu_curso"
    assert belongings.sources(course, elsewhere) == [started, course / "notebooks"]
    assert belongings.sources(alone, elsewhere) == [alone]
