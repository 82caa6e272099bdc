"""O progresso não se perde, não se estraga e só mexe em arquivos comuns."""

import json
import os
import signal
import subprocess
import sys
import threading
from datetime import date
from pathlib import Path

import pytest

from helpers import files
from helpers.exercises import progress

ROOT = Path(__file__).resolve().parents[1]
TODAY = date.today().isoformat()
DAYS = {"primeiro_dia": TODAY, "ultimo_dia": TODAY}
posix = pytest.mark.skipif(os.name != "posix", reason="arquivos especiais do POSIX")
normal_user = pytest.mark.skipif(
    os.name != "posix" or os.geteuid() == 0, reason="quem administra a máquina escreve em tudo"
)


@pytest.fixture(autouse=True)
def file(progress_file):
    yield progress_file
    progress._waiting.clear()


def stored(path):
    return json.loads(path.read_text(encoding="utf-8"))


def solve(name="01.empate", **data):
    return progress.record("exercise", name, **{"status": "certo", "misconception": None, **data})


def miss(name="01.empate", slip="menor", **data):
    return progress.record("exercise", name, status="errado", misconception=slip, **data)


def refuse_writing(monkeypatch):
    def fail(*_):
        raise OSError("disco cheio")

    monkeypatch.setattr(progress, "replace_file", fail)


# --- o que é guardado -----------------------------------------------------------------------------


def test_attempts_slips_and_days_are_kept(file):
    miss(), miss(slip="outro"), miss(), solve(), miss(slip=None)
    assert progress.load().exercises["01.empate"] == {
        "status": "errado",
        "resolvido": True,
        "tentativas": 5,
        "enganos": {"menor": 2, "outro": 1},
        **DAYS,
    }
    assert stored(file)["versao"] == progress.VERSION


def test_the_same_answer_again_is_not_another_attempt():
    for mark in ("a", "a", "b", "b", "a"):
        miss(fingerprint=mark)
    entry = progress.load().exercises["01.empate"]
    assert (entry["tentativas"], entry["enganos"]) == (3, {"menor": 3})


def test_first_day_stays_and_last_day_moves(file):
    solve()
    data = stored(file)
    data["exercicios"]["01.empate"]["primeiro_dia"] = "2020-02-03"
    data["exercicios"]["01.empate"]["ultimo_dia"] = "2020-02-03"
    file.write_text(json.dumps(data))
    solve()
    entry = progress.load().exercises["01.empate"]
    assert (entry["primeiro_dia"], entry["ultimo_dia"]) == ("2020-02-03", TODAY)


def test_code_of_a_solved_exercise_survives_later_mistakes():
    solve(code="def my_f():\n    return 'ação'\n")
    miss(code="def my_f():\n    return 0\n")
    assert progress.load().exercises["01.empate"]["codigo"].endswith("return 'ação'\n")
    solve(code="x" * 10**6)
    assert len(progress.load().exercises["01.empate"]["codigo"]) == progress.LONGEST_CODE


def test_quiz_keeps_first_time_best_and_the_first_choice_of_each_question():
    progress.record("quiz", "01", pergunta="01.q_a", opcao=2, certa=False)
    progress.record("quiz", "01", pergunta="01.q_a", opcao=1, certa=True)
    for right in (3, 5, 2):
        progress.record("quiz", "01", acertos=right, total=6)
    assert progress.load().quizzes["01"] == {
        "acertos": 2,
        "total": 6,
        "melhor": 5,
        "primeira": 3,
        "vezes": 3,
        "respostas": {"01.q_a": {"opcao": 2, "certa": False}},
        **DAYS,
    }


def test_quiz_answered_whole_counts_whole_and_says_how_many_at_first():
    progress.record("quiz", "01", acertos=6, total=6, primeira=4)
    found = progress.load().quizzes["01"]
    assert [found[key] for key in ("acertos", "melhor", "primeira")] == [6, 6, 4]


def test_guess_is_closed_once_the_result_was_seen():
    progress.record("guess", "01.aaa", palpite=2)
    progress.record("guess", "01.aaa", palpite=3)
    progress.record("guess", "01.aaa", visto=True)
    progress.record("guess", "01.aaa", palpite=4)
    assert progress.load().guesses["01.aaa"] == {"palpite": 3, "visto": True, **DAYS}


def test_forgotten_guess_is_gone():
    progress.record("guess", "01.aaa", palpite=2)
    assert progress.forget("guess", "01.aaa") == ""
    assert progress.load().guesses == {}


def test_nothing_is_written_when_nothing_changed(file):
    solve(fingerprint="a")
    before = file.stat().st_ino
    solve(fingerprint="a")
    assert file.stat().st_ino == before


def test_lone_surrogate_and_every_letter_come_back(file):
    odd = "\ud800 ação 🍞 \0"
    assert solve(odd, code=odd) == ""
    assert progress.load().exercises[odd]["codigo"] == odd
    file.read_bytes().decode("utf-8")


# --- vários ao mesmo tempo ------------------------------------------------------------------------

WRITER = """
import sys
from helpers.exercises import progress
for number in range(100):
    told = progress.record("guess", f"01.{sys.argv[1]}-{number}", palpite=number)
    assert not told, told
    told = progress.record("exercise", "01.empate", status="errado", misconception="x")
    assert not told, told
"""


def test_two_programs_keep_every_record_of_both():
    programs = [subprocess.Popen([sys.executable, "-c", WRITER, name], cwd=ROOT) for name in "ab"]
    assert [program.wait(120) for program in programs] == [0, 0]
    found = progress.load()
    assert len(found.guesses) == 200
    assert found.exercises["01.empate"]["tentativas"] == 200


def test_threads_of_one_kernel_keep_every_record():
    def write(name):
        for number in range(25):
            progress.record("guess", f"{name}{number}", palpite=number)

    workers = [threading.Thread(target=write, args=(name,)) for name in "abcd"]
    [worker.start() for worker in workers], [worker.join() for worker in workers]
    assert len(progress.load().guesses) == 100


HOLDER = """
import sys, time
from pathlib import Path
from helpers.exercises import progress
with progress._locked(Path(sys.argv[1])):
    print("peguei", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(file):
    program = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(file)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert program.stdout.readline() == "peguei\n"
    yield program
    program.kill()
    program.wait(), program.stdout.close()


def test_a_killed_program_leaves_no_lock_behind(holder):
    holder.kill(), holder.wait()
    assert solve() == ""


@posix
def test_a_frozen_program_delays_but_does_not_lose(holder, monkeypatch):
    monkeypatch.setattr(progress, "LOCK_SECONDS", 0.2)
    holder.send_signal(signal.SIGSTOP)
    assert "Não consegui salvar" in solve()
    assert progress.load().exercises["01.empate"]["resolvido"]
    holder.kill(), holder.wait()
    assert solve("01.outro") == ""
    assert set(progress.read(progress.path()).exercises) == {"01.empate", "01.outro"}


def test_disk_that_recovers_is_merged_and_not_overwritten(file, monkeypatch):
    progress.record("guess", "01.aaa", palpite=1)
    refuse_writing(monkeypatch)
    assert "Não consegui salvar `progresso.json`" in solve()
    assert progress.load().exercises["01.empate"]["resolvido"], "vale até fechar o notebook"
    other = stored(file)
    other["palpites"]["01.outro"] = {"palpite": 7}
    other["exercicios"] = {"01.vizinho": {"resolvido": True}}
    file.write_text(json.dumps(other))
    monkeypatch.setattr(progress, "replace_file", files.replace_file)
    assert progress.record("guess", "01.mais", palpite=4) == ""
    found = progress.read(file)
    assert set(found.guesses) == {"01.aaa", "01.outro", "01.mais"}
    assert set(found.exercises) == {"01.empate", "01.vizinho"}
    assert found.exercises["01.empate"]["tentativas"] == 1


def test_failed_write_leaves_the_old_file_whole(file, monkeypatch):
    progress.record("guess", "01.aaa", palpite=2)
    before = file.read_bytes()
    monkeypatch.setattr(files.os, "replace", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        progress.record("guess", "01.aaa", palpite=3)
    assert file.read_bytes() == before
    assert {path.name for path in file.parent.iterdir()} == {file.name, f".{file.name}.trava"}


# --- arquivos de outros, estragados e estranhos ---------------------------------------------------


def test_newer_version_keeps_its_number_and_its_unknown_keys(file):
    newer = {
        "versao": 99,
        "medalhas": {"ouro": 1},
        "exercicios": {"01.empate": {"resolvido": True, "nota": 10, "tentativas": 2}},
    }
    file.write_text(json.dumps(newer))
    assert miss() == ""
    found = stored(file)
    assert (found["versao"], found["medalhas"]) == (99, {"ouro": 1})
    assert found["exercicios"]["01.empate"]["nota"] == 10
    assert found["exercicios"]["01.empate"]["tentativas"] == 3


def test_newer_version_of_another_shape_is_not_touched(file):
    content = '{"versao": 99, "exercicios": []}'
    file.write_text(content)
    assert "versão mais nova do curso" in solve()
    assert "versão mais nova do curso" in progress.load().notice
    assert file.read_text() == content
    assert progress.load().exercises["01.empate"]["resolvido"]


CORRUPT = {
    "cortado": b"{",
    "vazio": b"",
    "binário": b"\xff\xfe",
    "lista": b"[]",
    "aninhado demais": b"[" * 10**5,
    "seção": b'{"exercicios": 3}',
}


@pytest.mark.parametrize("content", CORRUPT.values(), ids=CORRUPT)
def test_corrupt_file_is_kept_aside_and_said_once(file, content):
    file.write_bytes(content)
    assert "está ilegível" in progress.load().notice
    assert progress.read(file) == progress.Progress(notice=progress.load().notice)
    assert file.read_bytes() == content, "ler não muda nada"
    told = solve()
    kept = file.with_name("progresso.json.corrompido")
    assert kept.read_bytes() == content
    assert "guardei-o como `progresso.json.corrompido`" in told
    assert progress.load().exercises["01.empate"]["resolvido"]
    assert solve() == ""


def test_no_corrupt_file_replaces_another(file):
    for number in (1, 2, 3):
        file.write_text(f"estragado {number}")
        solve()
    kept = sorted(file.parent.glob("*.corrompido*"))
    assert [path.read_text() for path in kept] == [f"estragado {n}" for n in (1, 2, 3)]


def test_file_saved_by_a_windows_editor_is_read(file):
    solve()
    file.write_bytes("\ufeff".encode() + file.read_bytes())
    assert progress.load().exercises["01.empate"]["resolvido"]
    assert not progress.load().notice


def test_file_that_the_system_protects_is_not_replaced(file, monkeypatch):
    solve()
    before = file.read_bytes()
    monkeypatch.setattr(os, "access", lambda path, mode: path != file or mode != os.W_OK)
    assert "Não consegui salvar" in solve("01.outro")
    assert file.read_bytes() == before


ODD = {
    "resolvido": ("exercicios", {"resolvido": "nao"}, {"resolvido": False}),
    "tentativas": ("exercicios", {"tentativas": "x"}, {"tentativas": 0}),
    "tentativas negativas": ("exercicios", {"tentativas": -3}, {"tentativas": 0}),
    "enganos": ("exercicios", {"enganos": [1]}, {"enganos": {}}),
    "engano sem número": ("exercicios", {"enganos": {"a": "b", "c": 2}}, {"enganos": {"c": 2}}),
    "estado": ("exercicios", {"status": 3}, {"status": "errado"}),
    "código": ("exercicios", {"codigo": 3}, {"codigo": None}),
    "dia": ("exercicios", {"ultimo_dia": "ontem"}, {"ultimo_dia": None}),
    "palpite": ("palpites", {"palpite": "três"}, {"palpite": None}),
    "palpite booleano": ("palpites", {"palpite": True}, {"palpite": None}),
    "visto": ("palpites", {"visto": "sim"}, {"visto": None}),
    "melhor": ("quizzes", {"melhor": 600, "total": 6}, {"melhor": None, "total": 6}),
    "melhor lista": ("quizzes", {"melhor": []}, {"melhor": None}),
    "respostas": ("quizzes", {"respostas": {"q": 3}}, {"respostas": {}}),
}


@pytest.mark.parametrize(("section", "entry", "expected"), ODD.values(), ids=ODD)
def test_value_that_makes_no_sense_is_not_believed(file, section, entry, expected):
    file.write_text(json.dumps({section: {"a": entry, "b": 3}}))
    found = progress.load()
    sections = (found.exercises, found.guesses, found.quizzes)
    view = dict(zip(("exercicios", "palpites", "quizzes"), sections, strict=True))[section]
    assert {key: view["a"].get(key) for key in expected} == expected
    assert "b" not in view
    assert found.notice == ""


def test_missing_folder_is_said_and_nothing_is_lost(tmp_path, monkeypatch):
    monkeypatch.setenv(progress.VARIABLE, str(tmp_path / "sumiu" / "progresso.json"))
    assert "Não consegui salvar" in progress.record("guess", "01.aaa", palpite=2)
    assert progress.load().guesses == {"01.aaa": {"palpite": 2, **DAYS}}


@normal_user
def test_read_only_file_is_respected(file):
    solve()
    file.chmod(0o444)
    before = file.read_bytes()
    assert "Não consegui salvar" in miss()
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (before, 0o444)


@normal_user
def test_read_only_folder_is_said(file):
    file.parent.chmod(0o555)
    try:
        assert "Não consegui salvar" in solve()
    finally:
        file.parent.chmod(0o755)


@posix
def test_a_link_stays_a_link_and_both_names_share_one_lock(file, tmp_path):
    real = tmp_path / "nuvem" / "meu.json"
    real.parent.mkdir()
    file.symlink_to(real)
    assert solve() == ""
    assert file.is_symlink()
    assert progress.read(real).exercises["01.empate"]["resolvido"]
    assert (real.parent / ".meu.json.trava").exists()
    real.write_text("{")
    assert solve() != ""
    assert file.is_symlink()
    assert progress.read(real).exercises["01.empate"]["resolvido"]


def make_folder(path):
    path.mkdir()


def make_pipe(path):
    os.mkfifo(path)


@posix
@pytest.mark.parametrize("make", [make_folder, make_pipe])
def test_only_ordinary_files_are_touched(file, make):
    make(file)
    before = file.stat()
    told = solve()
    assert "não é um arquivo comum, e não mexo nele" in told
    assert "não é um arquivo comum" in progress.load().notice
    assert (file.stat().st_ino, file.stat().st_mode) == (before.st_ino, before.st_mode)
    assert progress.load().exercises["01.empate"]["resolvido"]


@pytest.mark.parametrize("value", ["", "  ", "/dev/null", os.devnull])
def test_empty_or_null_device_means_do_not_keep(monkeypatch, value):
    monkeypatch.setenv(progress.VARIABLE, value)
    assert progress.path() is None
    assert solve() == ""
    assert progress.load().exercises["01.empate"]["resolvido"], "vale até fechar o notebook"
    assert progress.load().notice == ""


def test_home_is_expanded_and_null_character_is_said(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv(progress.VARIABLE, "~/meu.json")
    assert solve() == ""
    assert (tmp_path / "meu.json").exists()
    monkeypatch.setattr(progress.os, "environ", {progress.VARIABLE: "a\0b"})
    assert "Não consegui salvar" in solve()
    assert progress.load().exercises["01.empate"]["resolvido"]


def test_default_place_is_the_students_folder(monkeypatch, my_course):
    monkeypatch.delenv(progress.VARIABLE)
    assert progress.path() == my_course / "progresso.json"
