"""Gravar um arquivo: inteiro ou como estava, com as permissões e o atalho de antes."""

import errno
import os

import pytest

from helpers.files import reason, replace_file, try_lock, unlock

posix = pytest.mark.skipif(os.name != "posix", reason="permissões e atalhos do POSIX")


@pytest.mark.parametrize(
    ("content", "expected"),
    [(b"\x00\r\n\xff", b"\x00\r\n\xff"), ("ação\n", "ação\n".encode()), ("", b"")],
    ids=["bytes", "texto", "vazio"],
)
@pytest.mark.parametrize("before", [None, b"antes, e mais comprido"], ids=["novo", "trocado"])
def test_the_whole_content_is_written_and_nothing_is_left_beside(
    tmp_path, content, expected, before
):
    path = tmp_path / "João.json"
    if before is not None:
        path.write_bytes(before)
    replace_file(str(path), content)
    assert path.read_bytes() == expected
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("step", ["fsync", "replace"])
@pytest.mark.parametrize("error", [OSError("disco cheio"), KeyboardInterrupt()], ids=["os", "^C"])
def test_an_interrupted_write_leaves_the_former_file_alone(tmp_path, monkeypatch, step, error):
    path = tmp_path / "a.json"
    path.write_text("antes")

    def fail(*_):
        raise error

    monkeypatch.setattr(os, step, fail)
    with pytest.raises(type(error)):
        replace_file(path, "depois")
    assert path.read_text() == "antes"
    assert list(tmp_path.iterdir()) == [path]


def test_the_disk_has_the_content_before_the_exchange(tmp_path, monkeypatch):
    done = []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda *a: (done.append("fsync"), fsync(*a)))
    monkeypatch.setattr(os, "replace", lambda *a: (done.append("replace"), replace(*a)))
    replace_file(tmp_path / "a", "x")
    assert done == ["fsync", "replace"]


def test_a_missing_folder_is_not_created(tmp_path):
    with pytest.raises(FileNotFoundError):
        replace_file(tmp_path / "nada" / "a.json", "x")
    assert not list(tmp_path.iterdir())


@posix
@pytest.mark.parametrize("mode", [0o600, 0o664])
def test_an_existing_file_keeps_its_permissions(tmp_path, mode):
    path = tmp_path / "a"
    path.write_text("antes")
    path.chmod(mode)
    replace_file(path, "depois")
    assert path.stat().st_mode & 0o777 == mode


@posix
def test_a_new_file_has_the_permissions_of_any_other(tmp_path):
    replace_file(tmp_path / "nosso", "x")
    (tmp_path / "outro").write_text("x")
    assert (tmp_path / "nosso").stat().st_mode == (tmp_path / "outro").stat().st_mode


@posix
def test_a_link_goes_on_being_a_link(tmp_path):
    (tmp_path / "longe").mkdir()
    real = tmp_path / "longe" / "a"
    real.write_text("antes")
    link = tmp_path / "a"
    link.symlink_to(real)
    replace_file(link, "depois")
    assert link.is_symlink()
    assert real.read_text() == "depois"


@pytest.mark.parametrize("name", ["EACCES", "ENOENT", "ENOSPC", "EROFS", "ENOTDIR", "EISDIR"])
def test_common_refusals_are_told_in_portuguese(name):
    number = getattr(errno, name)
    assert reason(OSError(number, os.strerror(number))) != os.strerror(number)


def test_a_refusal_without_translation_is_told_as_the_system_tells_it():
    assert reason(OSError(errno.EPIPE, "Broken pipe")) == "Broken pipe"
    assert reason(OSError("sem número")) == "sem número"


@posix
def test_a_disk_without_locks_does_not_stop_the_course(tmp_path, monkeypatch):
    import fcntl

    def refuse(*_):
        raise OSError(errno.ENOLCK, "sem trancas")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with open(tmp_path / "a", "wb") as file:
        assert try_lock(file.fileno())
        unlock(file.fileno())
