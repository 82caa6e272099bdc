"""A linha de comando: cada falha tem mensagem e próximo passo; o caminho feliz é curto."""

import ast
import contextlib
import errno
import http.server
import io
import json
import os
import shlex
import shutil
import socket
import subprocess
import sys
import threading
import types
import urllib.error
from pathlib import Path

import pytest

from helpers import student_folder
from helpers.cli import (
    app,
    bootstrap,
    console,
    environment,
    inside,
    installer,
    isolation,
    lab,
    listening,
    preflight,
    processors,
)
from helpers.cli import report as report_module
from helpers.cli.console import COMMAND, CliError
from helpers.cli.pip_output import LocalFailure
from helpers.files import try_lock

ROOT = Path(__file__).resolve().parents[1]
OLD_SYNTAX = ("__main__.py", "cli/console.py", "cli/preflight.py", "cli/__init__.py")
OLD_SYNTAX = (*OLD_SYNTAX, "__init__.py", "spoken.py")


# ---------------------------------------------------------------- antes de instalar


@pytest.mark.parametrize("name", OLD_SYNTAX)
def test_first_files_parse_on_old_python(name):
    source = (ROOT / "helpers" / name).read_text(encoding="utf-8")
    ast.parse(source, feature_version=(3, 6))
    assert "from __future__" not in source, "o 3.6 não conhece `annotations`"
    annotated = [
        ast.unparse(node.annotation)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.arg) and node.annotation is not None
    ]
    old = {"int", "Real", "str"}
    assert set(annotated) <= old, "anotações novas são avaliadas e derrubam o Python velho"


def test_old_python_reads_the_message_before_anything_modern_is_loaded():
    code = (
        "import sys; sys.version_info = (3, 8, 18, 'final', 0)\n"
        "import helpers.__main__ as porta\n"
        "code = porta.main()\n"
        "assert 'helpers.cli.app' not in sys.modules\n"
        "sys.exit(code)"
    )
    done = run_python("-c", code)
    assert done.returncode == 1
    assert "Python velho demais: este é o 3.8.18" in done.stderr
    assert "O que fazer:" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("version", "implementation", "words"),
    [
        pytest.param((3, 10, 13), "cpython", "velho demais: este é o 3.10.13", id="3.10"),
        pytest.param((3, 15, 0), "cpython", "novo demais: este é o 3.15.0", id="3.15"),
        pytest.param((3, 12, 0), "pypy", "este Python é o pypy", id="PyPy"),
    ],
)
def test_refused_pythons(monkeypatch, version, implementation, words):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    error = failure(preflight.check_python, version, implementation)
    assert words in error.message
    assert "python.org" in error.next_step


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 11, 2), (3, 14, 9)])
def test_accepted_pythons(version):
    preflight.check_python(version)


def test_next_step_names_a_python_that_is_already_here(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: name if name == "python3.12" else None)
    error = failure(preflight.check_python, (3, 9, 1))
    assert "rode python3.12 -m helpers abrir" in error.next_step


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(("win32", 32), "32 bits", id="32 bits"),
        pytest.param(("macosx-x86_64", 64, "14.1"), "Mac com processador Intel", id="Mac Intel"),
        pytest.param(("macosx-arm64", 64, "13.6"), "macOS 13.6", id="macOS velho"),
        pytest.param(("win-arm64", 64), "Windows ARM", id="Windows ARM"),
        pytest.param(("linux-armv7l", 64, "", "2.36"), "processador armv7l", id="Raspberry velho"),
        pytest.param(("linux-x86_64", 64, "", ""), "sem glibc", id="Alpine"),
        pytest.param(("linux-x86_64", 64, "", "2.17"), "glibc 2.17", id="CentOS 7"),
        pytest.param(("freebsd-14-amd64", 64), "freebsd", id="FreeBSD"),
    ],
)
def test_refused_platforms(arguments, words):
    error = failure(preflight.check_platform, *arguments)
    assert words in error.message
    assert error.next_step


@pytest.mark.parametrize(
    "arguments",
    [
        ("win-amd64", 64),
        ("macosx-arm64", 64, "14.5"),
        ("linux-x86_64", 64, "", "2.36"),
        ("linux-aarch64", 64, "", "2.28"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_accepted_platforms(arguments):
    preflight.check_platform(*arguments)


def test_missing_files_are_named(tmp_path):
    (tmp_path / "pyproject.toml").touch()
    error = failure(preflight.check_project, tmp_path)
    assert "requirements.txt" in error.message
    assert "pyproject.toml" not in error.message
    assert "README.md" in error.next_step


def test_missing_venv_module_gives_the_apt_command(monkeypatch):
    real = preflight.importlib.util.find_spec
    monkeypatch.setattr(
        preflight.importlib.util, "find_spec", lambda n: None if n == "ensurepip" else real(n)
    )
    error = failure(preflight.check_modules, (3, 11, 2))
    assert "ensurepip" in error.message
    assert "sudo apt install python3-venv" in error.next_step
    assert "python3.11-venv" in error.next_step


def test_long_path_is_refused_only_on_windows_without_long_paths():
    deep = "C:\\" + "a" * 80
    error = failure(preflight.check_path_length, deep, True, False)
    assert "83 caracteres" in error.message
    assert "C:\\curso" in error.next_step
    preflight.check_path_length(deep, windows=True, long_paths=True)
    preflight.check_path_length(deep, windows=False, long_paths=False)


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0,
    reason="root e Windows gravam em pasta somente leitura",
)
def test_real_read_only_folder(tmp_path):
    tmp_path.chmod(0o555)
    try:
        error = failure(preflight.check_writable, tmp_path)
    finally:
        tmp_path.chmod(0o755)
    assert "somente leitura" in error.message


@pytest.mark.parametrize(
    ("code", "words"),
    [
        pytest.param(errno.EROFS, "somente leitura", id="somente leitura"),
        pytest.param(errno.ENOSPC, "o disco está cheio", id="disco cheio"),
        pytest.param(errno.EDQUOT, "a sua cota acabou", id="cota"),
    ],
)
def test_folder_without_writing(monkeypatch, tmp_path, code, words):
    def refuse(**_):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(preflight.tempfile, "TemporaryFile", refuse)
    assert words in failure(preflight.check_writable, tmp_path).message


def test_little_disk_space(monkeypatch, tmp_path):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: types.SimpleNamespace(free=1.26e9))
    error = failure(preflight.check_disk, tmp_path)
    assert "1,3 GB livres" in error.message
    assert "3 GB" in error.message


# ---------------------------------------------------------------- o estado de .venv


def test_every_state_of_the_environment(project):
    root = project
    assert environment.plan(root, "estudo").action == "criar"
    fake_venv(root)
    environment.write_marker(root)
    assert "não terminou" in environment.plan(root, "estudo").reason
    environment.write_marker(root, "estudo")
    assert environment.plan(root, "estudo").action == "pronto"
    assert environment.plan(root, "testes") == environment.Plan(
        "instalar", "faltam os pacotes dos testes"
    )
    environment.write_marker(root, "testes")
    assert environment.plan(root, "testes").action == "pronto"
    assert environment.plan(root, "estudo").action == "pronto"


@pytest.mark.parametrize(
    "name",
    ["requirements.txt", "constraints.txt", "conf/kernel_startup.py", "pyproject.toml"],
)
def test_changed_requirements_install_again(project, name):
    fake_venv(project)
    environment.write_marker(project, "estudo")
    path = project / name
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('version = "0.1.0"', 'version = "0.2.0"') + "\n", "utf-8")
    plan = environment.plan(project, "estudo")
    assert (plan.action, plan.reason) == ("instalar", "as versões do curso mudaram")


def test_every_installed_setting_is_asked_for_before_installing():
    assert set(environment.shared_data(ROOT)) <= set(preflight.REQUIRED_FILES)
    assert {f"conf/{path.name}" for path in (ROOT / "conf").iterdir()} == set(
        environment.shared_data(ROOT)
    )


def test_other_settings_do_not_install_again(project):
    fake_venv(project)
    environment.write_marker(project, "estudo")
    with (project / "pyproject.toml").open("a", encoding="utf-8") as settings:
        settings.write("\n[tool.outra]\nopcao = true\n")
    assert environment.plan(project, "estudo").action == "pronto"


def test_moved_folder_is_remade_with_a_word(project):
    fake_venv(project)
    environment.write_marker(project, "estudo")
    moved = project.with_name("outra pasta")
    project.rename(moved)
    plan = environment.plan(moved, "estudo")
    assert plan.action == "criar"
    assert "mudou de lugar" in plan.reason


def test_other_python_is_remade_with_a_word(project, monkeypatch):
    fake_venv(project)
    environment.write_marker(project, "estudo")
    monkeypatch.setattr(sys, "version_info", (3, 99, 0))
    plan = environment.plan(project, "estudo")
    assert plan.action == "criar"
    assert "3.99" in plan.reason


@pytest.mark.parametrize("damage", ["sem python", "link quebrado", "marca rasgada"])
def test_broken_environment_is_remade(project, damage):
    fake_venv(project)
    environment.write_marker(project, "estudo")
    python = environment.venv_python(project)
    if damage in ("sem python", "link quebrado"):
        python.unlink()
    if damage == "link quebrado":
        try:
            python.symlink_to(project / "sumiu")
        except OSError:
            pytest.skip("no Windows, criar links pede o modo de desenvolvedor")
    marker = environment.venv_dir(project) / environment.MARKER
    if damage == "marca rasgada":
        marker.write_text('{"pasta": "', encoding="utf-8")
    plan = environment.plan(project, "estudo")
    assert plan.action == "criar"
    assert "pela metade" in plan.reason


def test_environment_made_by_hand_is_kept(project):
    fake_venv(project)
    site = environment.site_packages(project)
    (project / ".venv" / environment.MARKER).unlink()
    version = ".".join(map(str, sys.version_info[:3]))
    (project / ".venv" / "pyvenv.cfg").write_text(f"version = {version}\n", encoding="utf-8")
    pip = site / "pip"
    pip.mkdir(parents=True)
    (pip / "__main__.py").touch()
    plan = environment.plan(project, "estudo")
    assert plan.action == "instalar"
    assert "feito à mão" in plan.reason


# ---------------------------------------------------------------- prepare: a ordem das coisas


def test_ready_environment_runs_nothing(project, monkeypatch, capsys):
    fake_venv(project)
    environment.write_marker(project, "estudo")
    for module in (installer, bootstrap):
        monkeypatch.setattr(module, "subprocess", None, raising=False)
    assert bootstrap.prepare(project, "estudo") == environment.venv_python(project)
    assert "Ambiente pronto" in capsys.readouterr().out


def test_marker_is_written_only_after_success(project, fake_installer):
    fake_installer.fail = CliError("sem internet", "ligue-se a uma rede")
    with pytest.raises(CliError, match="sem internet"):
        bootstrap.prepare(project, "estudo")
    assert "estudo" not in environment.read_marker(project)
    assert environment.plan(project, "estudo").action == "instalar"
    fake_installer.fail = None
    bootstrap.prepare(project, "estudo")
    assert fake_installer.created == 1, "a segunda vez continua da primeira"
    assert environment.plan(project, "estudo").action == "pronto"


def test_reused_environment_that_does_not_work_is_remade_once(project, fake_installer, capsys):
    bootstrap.prepare(project, "estudo")
    (project / "requirements.txt").write_text("torch==9.9\n", encoding="utf-8")
    fake_installer.problems = [[{"name": "torch", "detail": "não carrega"}], []]
    bootstrap.prepare(project, "estudo")
    assert fake_installer.created == 2
    assert "refaço do zero" in capsys.readouterr().out


def test_fresh_environment_that_does_not_work_is_a_failure(project, fake_installer):
    fake_installer.problems = [[{"name": "torch", "detail": "não carrega"}]]
    error = failure(bootstrap.prepare, project, "estudo")
    assert "torch não funciona: não carrega" in error.message
    assert "verificar" in error.next_step
    assert "estudo" not in environment.read_marker(project)


def test_second_terminal_waits_and_finds_the_work_done(
    project, fake_installer, monkeypatch, capsys
):
    guard = open(project / installer.LOCK, "a+b")  # noqa: SIM115
    assert try_lock(guard.fileno())

    def other_terminal_finishes(seconds):
        fake_venv(project)
        environment.write_marker(project, "estudo")
        guard.close()

    monkeypatch.setattr(installer.time, "sleep", other_terminal_finishes)
    bootstrap.prepare(project, "estudo")
    said = capsys.readouterr().out
    assert said.count("Outro terminal está preparando") == 1
    assert "Ambiente pronto" in said
    assert fake_installer.created == 0


def test_full_disk_while_writing(project, fake_installer):
    fake_installer.fail = OSError(errno.ENOSPC, "No space left on device")
    assert "disco encheu" in failure(bootstrap.prepare, project, "estudo").message


def test_environment_in_use_cannot_be_erased(project, monkeypatch):
    fake_venv(project)

    def refuse(path):
        raise PermissionError(13, "em uso")

    monkeypatch.setattr(shutil, "rmtree", refuse)
    error = failure(installer.create_venv, project)
    assert "não consigo apagar o ambiente antigo (.venv)" in error.message
    assert ("JupyterLab" if os.name == "nt" else "sudo") in error.next_step


@pytest.mark.parametrize(
    ("output", "words"),
    [
        pytest.param(b"ensurepip is not available", "ensurepip", id="sem ensurepip"),
        pytest.param(b"Errno 28: No space left on device", "disco encheu", id="disco cheio"),
        pytest.param(b"algo\nestranho", "estranho", id="outra"),
    ],
)
def test_venv_that_fails(project, monkeypatch, output, words):
    done = subprocess.CompletedProcess([], 1, stdout=output)
    monkeypatch.setattr(subprocess, "run", lambda *a, **k: done)
    error = failure(installer.create_venv, project)
    assert words in error.message
    assert error.next_step


# ---------------------------------------------------------------- torch de CPU


def test_refused_connection_is_not_reachable():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    assert not installer.is_reachable(f"http://127.0.0.1:{port}/", seconds=2.0)


def test_silent_server_is_given_up_in_time():
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        # Sem prazo, esta linha não terminaria.
        assert not installer.is_reachable(f"http://127.0.0.1:{silent.getsockname()[1]}/", 0.3)


def test_name_lookup_that_hangs_is_given_up_in_time(monkeypatch):
    import threading

    released, ended = threading.Event(), []

    def hang(*_, **__):
        ended.append(released.wait(600))
        raise OSError("o nome não foi encontrado")

    monkeypatch.setattr(installer.urllib.request, "urlopen", hang)
    assert not installer.is_reachable("http://127.0.0.1/", seconds=0.2)
    assert not ended  # a busca do nome continua presa; quem perguntou já tem a resposta
    released.set()


@pytest.mark.parametrize("status", [200, 404])
def test_any_answer_is_reachable(fake_server, status):
    port = fake_server(status)
    assert installer.is_reachable(f"http://127.0.0.1:{port}/", seconds=3.0)


def test_torch_falls_back_when_the_index_is_silent(project, quiet_progress, monkeypatch):
    monkeypatch.setattr(installer, "is_reachable", lambda url: False)
    monkeypatch.setattr(installer, "pip_install", never)
    assert installer.install_torch_cpu(project, quiet_progress) is False
    assert "sigo com o torch do PyPI" in quiet_progress.stream.getvalue()


def test_torch_asks_only_the_cpu_index_and_no_dependency(project, quiet_progress, monkeypatch):
    calls = []
    monkeypatch.setattr(installer, "is_reachable", lambda url: True)
    monkeypatch.setattr(installer, "pip_install", lambda root, args, progress: calls.append(args))
    assert installer.install_torch_cpu(project, quiet_progress) is True
    assert calls[0][:3] == ["--index-url", installer.TORCH_CPU_INDEX, "--no-deps"]
    assert calls[0][-1] == "torch==2.13.0"


@pytest.mark.parametrize("full", [False, True], ids=["rede", "disco"])
def test_torch_failure_falls_back_unless_the_disk_is_full(
    project, quiet_progress, monkeypatch, full
):
    def fail(*_):
        raise (LocalFailure if full else CliError)("algo falhou", "tente")

    monkeypatch.setattr(installer, "is_reachable", lambda url: True)
    monkeypatch.setattr(installer, "pip_install", fail)
    if full:
        assert failure(installer.install_torch_cpu, project, quiet_progress).next_step == "tente"
    else:
        assert installer.install_torch_cpu(project, quiet_progress) is False


# ---------------------------------------------------------------- JupyterLab


def test_requested_port_that_is_taken(taken_port, monkeypatch):
    monkeypatch.setattr(lab, "PORT_SECONDS", 0)
    error = failure(lab.choose_port, taken_port)
    assert str(taken_port) in error.message
    assert f"--porta {taken_port + 1}" in error.next_step


def test_default_port_that_is_taken_moves_on_and_says_so(taken_port, monkeypatch, capsys):
    monkeypatch.setattr(lab, "DEFAULT_PORT", taken_port)
    chosen = lab.choose_port(None)
    assert taken_port < chosen < taken_port + 100
    assert f"uso a {chosen}" in capsys.readouterr().out


def test_all_ports_taken(monkeypatch):
    monkeypatch.setattr(lab, "port_is_free", lambda port: False)
    assert "todas ocupadas" in failure(lab.choose_port, None).message


def test_clone_without_the_first_notebook(tmp_path):
    error = failure(lab.check_notebook, tmp_path)
    assert lab.FIRST_NOTEBOOK in error.message
    assert "git checkout" in error.next_step


def test_port_that_is_about_to_be_free_is_waited_for(free_port, monkeypatch, capsys):
    answers = iter([errno.EADDRINUSE, errno.EADDRINUSE, 0])
    monkeypatch.setattr(lab, "_why_not", lambda port: next(answers))
    assert lab.choose_port(free_port) == free_port
    assert "espero até 10 s" in capsys.readouterr().out


def test_forbidden_port_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(lab, "_why_not", lambda port: errno.EACCES)
    monkeypatch.setattr(lab.time, "sleep", never)
    assert "não é permitida" in failure(lab.choose_port, 80).message


def test_lab_command_has_no_secret_and_obeys_the_options(project):
    command = lab.command(project, project, 8890, browser=False, page="/lab")
    assert "--no-browser" in command
    assert "--ServerApp.port=8890" in command
    assert "--ServerApp.port_retries=0" in command
    assert "--LabApp.default_url=/lab" in command
    assert not [part for part in command if "token" in part.lower()]
    assert "--no-browser" not in lab.command(project, project, 8890, browser=True, page="/lab")


def test_lab_that_dies_at_once(project, my_course, monkeypatch):
    fake = [sys.executable, "-c", "import sys; sys.exit(3)"]
    monkeypatch.setattr(lab, "command", lambda *a, **k: fake)
    error = failure(lab.open_lab, project, 1, False)
    assert "código 3" in error.message
    assert "verificar" in error.next_step


@pytest.fixture
def fake_lab(project, my_course, monkeypatch, free_port):
    """Abre um JupyterLab de mentira, que anota e responde o que o teste mandar."""

    def open_it(status=200, **told):
        server = (
            "import http.server, json, os, pathlib, signal\n"
            "signal.signal(signal.SIGTERM, lambda *_: os._exit(0))\n"
            "class H(http.server.BaseHTTPRequestHandler):\n"
            f"    def do_GET(self): self.send_response({status}); self.end_headers()\n"
            "    def log_message(self, *a): pass\n"
            f"server = http.server.HTTPServer(('127.0.0.1', {free_port}), H)\n"
            f"told = {{'hostname': '127.0.0.1', 'port': {free_port}, 'base_url': '/', 'sock': '',\n"
            "    'secure': False, 'token': os.environ['JUPYTER_TOKEN'],\n"
            f"    'root_dir': {str(my_course)!r}, **{told!r}}}\n"
            "folder = pathlib.Path(os.environ['JUPYTER_RUNTIME_DIR'])\n"
            "(folder / 'jpserver-1.json').write_text(json.dumps(told))\n"
            "server.handle_request()"
        )
        monkeypatch.setattr(lab, "command", lambda *a, **k: [sys.executable, "-c", server])
        return lab.open_lab(project, free_port, False)

    return open_it


def test_port_taken_while_opening_is_told(project, my_course, monkeypatch, taken_port):
    monkeypatch.setattr(
        lab, "command", lambda *a, **k: [sys.executable, "-c", "raise SystemExit(1)"]
    )
    error = failure(lab.open_lab, project, taken_port, False)
    assert f"tomou a porta {taken_port}" in error.message


def test_port_taken_while_installing_is_chosen_again(monkeypatch, taken_port, free_port):
    ports = iter([taken_port, free_port])
    monkeypatch.setattr(lab, "choose_port", lambda requested: next(ports))
    monkeypatch.setattr(bootstrap, "prepare", lambda root, kind: Path(kind))
    monkeypatch.setattr(app.own_course, "kept_current", lambda root: contextlib.nullcontext())
    monkeypatch.setattr(lab, "open_lab", lambda root, port, *_: port)
    assert app.run(["abrir", "--sem-navegador"]) == free_port


def test_lab_that_answers_shows_the_address(fake_lab, free_port, capsys):
    assert fake_lab() == 0
    shown = capsys.readouterr().out
    assert f"http://127.0.0.1:{free_port}/lab/tree/{lab.FIRST_NOTEBOOK}?token=" in shown


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ({"hostname": "0.0.0.0"}, "ip: 0.0.0.0"),
        ({"port": 7777}, "port: 7777"),
        ({"base_url": "/jupyter/"}, "base_url: /jupyter/"),
        ({"secure": True}, "certfile: True"),
        ({"sock": "/tmp/s"}, "sock: /tmp/s"),
        ({"token": "minha-senha"}, "token: outra senha"),
        ({"root_dir": "/"}, "root_dir: /"),
        ({"status": 404}, "resposta 404"),
        ({"status": 403}, "resposta 403"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_lab_that_opens_otherwise_is_stopped_and_the_difference_is_said(fake_lab, told, shown):
    error = failure(lambda: fake_lab(**told))
    assert shown in error.message
    assert "minha-senha" not in error.message


def test_guilty_line_is_named(tmp_path, monkeypatch):
    own = tmp_path / "casa" / ".jupyter"
    own.mkdir(parents=True)
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(own))
    monkeypatch.delenv("JUPYTER_CONFIG_PATH", raising=False)
    config = own / "jupyter_server_config.py"
    config.write_text("# c.ServerApp.ip = ''\nx = 1\nc.NotebookApp.ip = '0.0.0.0'\n", "utf-8")
    found = listening.blame(["ip", "port"], tmp_path)
    assert found == f"{config}, linha 3: c.NotebookApp.ip = '0.0.0.0'"
    extra = tmp_path / "etc" / "jupyter" / "jupyter_server_config.d" / "rede.json"
    extra.parent.mkdir(parents=True)
    extra.write_text('{"ServerApp": {\n"base_url": "/x/"}}', "utf-8")
    assert f"{extra}, linha 2" in listening.blame(["base_url"], tmp_path)
    assert listening.blame(["certfile"], tmp_path) == ""


def test_private_folder_of_the_lab_lasts_only_this_time(tmp_path):
    with isolation.folders(tmp_path / "dura") as found:
        assert found.runtime.is_dir()
        assert found.workspaces.is_dir()
        assert (found.private / "config" / "migrated").is_file(), "não importa um IPython antigo"
        if os.name == "posix":
            assert found.lasting.stat().st_mode & 0o777 == 0o700
            assert found.private.stat().st_mode & 0o777 == 0o700
        assert not isolation.has_open_notebook(found)
    assert not found.private.exists()
    assert found.workspaces.is_dir()


def test_lab_hears_nothing_of_the_jupyter_of_the_person(tmp_path, monkeypatch):
    found = isolation.Folders(tmp_path / "dura", tmp_path / "so-agora")
    own = tmp_path / ".jupyter" / "lab" / "user-settings"
    foreign = {"JUPYTER_PORT": "1", "JPY_X": "1", "IPYTHONDIR": "x", "PYTHONSTARTUP": "x"}
    foreign |= {"MPLBACKEND": "TkAgg", "KERNEL_ID": "1", "JUPYTER_PREFER_ENV_PATH": "0"}
    given = {"PATH": "p", "HOME": str(tmp_path), "USERPROFILE": str(tmp_path), **foreign}
    made = isolation.variables(given, found, "senha")
    kept = {name: made.get(name) for name in ("PATH", "JUPYTER_TOKEN", "JUPYTER_PREFER_ENV_PATH")}
    assert kept == {"PATH": "p", "JUPYTER_TOKEN": "senha", "JUPYTER_PREFER_ENV_PATH": "1"}
    assert not {"JUPYTER_PORT", "JPY_X", "PYTHONSTARTUP", "MPLBACKEND", "KERNEL_ID"} & set(made)
    assert made["IPYTHONDIR"] == str(tmp_path / "dura" / "ipython")
    assert made["PYTHONNOUSERSITE"] == "1"
    assert made["JUPYTERLAB_SETTINGS_DIR"] == str(tmp_path / "dura" / "ajustes")
    own.mkdir(parents=True)
    assert isolation.variables(given, found, "x")["JUPYTERLAB_SETTINGS_DIR"] == str(own)
    monkeypatch.setattr(os, "access", lambda *_: False)
    refused = isolation.variables(given, found, "x")["JUPYTERLAB_SETTINGS_DIR"]
    assert refused == str(tmp_path / "dura" / "ajustes"), "uma pasta que não deixa gravar não serve"


def test_lab_of_this_computer_is_asked_without_a_proxy(monkeypatch, tmp_path):
    class Answer(http.server.BaseHTTPRequestHandler):
        code = 200

        def do_GET(self):
            self.send_response(self.code)
            self.end_headers()

        def log_message(self, *_):
            pass

    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    with http.server.HTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        asked = listening.Asked("127.0.0.1", server.server_port, "senha", tmp_path)
        assert listening._responds(asked)
        Answer.code = 503
        assert not listening._responds(asked), "ainda está abrindo"
        Answer.code = 403
        with pytest.raises(urllib.error.HTTPError):
            listening._responds(asked)
        server.shutdown()
    assert not listening._responds(asked)


def test_ctrl_c_stops_the_lab(project, my_course, monkeypatch, capsys):
    sleeper = [sys.executable, "-c", "import time; time.sleep(60)"]
    started = []
    real = subprocess.Popen

    def popen(*args, **kwargs):
        started.append(real(*args, **kwargs))
        return started[-1]

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(lab, "command", lambda *a, **k: sleeper)
    monkeypatch.setattr(listening, "wait_until_ready", interrupt)
    monkeypatch.setattr(lab, "STOP_SECONDS", 0.1)
    monkeypatch.setattr(lab.subprocess, "Popen", popen)
    assert lab.open_lab(project, 1, False) == 0
    assert started[0].poll() is not None
    assert "encerrado" in capsys.readouterr().out


# ---------------------------------------------------------------- a linha de comando


ENGLISH = ("usage", "options", "positional", "show this", "error", "invalid", "required", "choose")


@pytest.mark.parametrize("arguments", [[], ["--ajuda"], *([name, "-h"] for name in app.COMMANDS)])
def test_help_is_in_portuguese(arguments, capsys):
    try:
        code = app.run(arguments)
    except SystemExit as stop:
        code = stop.code
    assert code == 0
    shown = capsys.readouterr().out
    assert shown.startswith("uso: ")
    assert "mostra esta ajuda" in shown
    assert not [word for word in ENGLISH if word in shown.lower()]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["abri"], "'abri' não existe", id="comando"),
        pytest.param(["abrir", "--porta", "x"], "a porta vai de 1 a 65535", id="porta"),
        pytest.param(["abrir", "--porta", "70000"], "veio 70000", id="porta grande"),
        pytest.param(["abrir", "--porta"], "falta o valor", id="sem valor"),
        pytest.param(["abrir", "--nada"], "não conheço: --nada", id="opção"),
        pytest.param(["abrir", "--", "-k"], "não conheço: -- -k", id="resto"),
        pytest.param(["--nada"], "não conheço: --nada", id="sem comando"),
        pytest.param(["testar", "--rapido=1"], "não leva valor", id="valor demais"),
    ],
)
def test_mistyped_commands(arguments, words, capsys):
    with pytest.raises(SystemExit) as stop:
        app.run(arguments)
    assert stop.value.code == 2
    shown = capsys.readouterr().err
    assert words in shown
    assert "--ajuda" in shown
    assert not [word for word in ENGLISH if word in shown.lower()]


def test_failure_shows_next_step_and_no_traceback(monkeypatch, capsys):
    def fail(root, options):
        raise CliError("o disco encheu", "libere espaço")

    monkeypatch.setitem(app.COMMANDS, "verificar", fail)
    assert app.run(["verificar"]) == 1
    shown = capsys.readouterr().err
    assert "[FALHA] o disco encheu\nO que fazer: libere espaço" in shown
    assert "Traceback" not in shown


def test_ctrl_c_in_any_command(monkeypatch, capsys):
    def interrupt(root, options):
        raise KeyboardInterrupt

    monkeypatch.setitem(app.COMMANDS, "abrir", interrupt)
    assert app.run(["abrir"]) == 130
    assert "Interrompido" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "tail"),
    [
        (["testar"], app.PARALLEL),
        (["testar", "--rapido"], [*app.PARALLEL, *app.QUICK]),
        (["testar", "--rapido", "--", "-n", "0"], [*app.PARALLEL, *app.QUICK, "-n", "0"]),
    ],
    ids=["tudo", "rápido", "com extras"],
)
def test_testar_passes_arguments_and_the_exit_code(monkeypatch, arguments, tail):
    calls = []
    monkeypatch.setattr(bootstrap, "prepare", lambda root, kind: Path(kind))
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setattr(
        subprocess,
        "call",
        lambda command, cwd, env: calls.append((command, cwd, env["PYTHONDONTWRITEBYTECODE"])) or 5,
    )
    assert app.run(arguments) == 5
    assert calls == [(["testes", "-m", "pytest", *tail], ROOT, "")]


def test_processadores_runs_every_emulation_and_says_what_moved(monkeypatch, capsys):
    ran = []

    def pretend(command, cwd, env):
        report = next(arg for arg in command if arg.startswith("--mudou="))
        place = env.get("ATEN_CPU_CAPABILITY", ""), env["OMP_NUM_THREADS"]
        ran.append((command[1 : command.index(report)], place))
        failure = {"where": "02_x.ipynb, célula 7", "moved": [["perda 1", "perda 2"]], "error": ""}
        text = json.dumps([failure] if place[0] == "default" else [])
        Path(report.removeprefix("--mudou=")).write_text(text, encoding="utf-8")
        return int(place[0] == "default")

    monkeypatch.setattr(bootstrap, "prepare", lambda root, kind: Path(kind))
    monkeypatch.setattr(subprocess, "call", pretend)
    monkeypatch.setenv("ATEN_CPU_CAPABILITY", "avx2")  # quem já emula um não muda os outros
    assert app.run(["testar", "--processadores", "--", "-k", "bpe"]) == 1
    chosen = ["-m", "pytest", *app.PARALLEL, *processors.CHOSEN, "-k", "bpe"]
    emulated = [(chosen, (cpu, n)) for cpu in ("", "avx2", "default") for n in ("1", "2", "4")]
    assert ran == [*emulated, (chosen, ("", "1"))]
    said = capsys.readouterr().out
    assert "[9 de 10] SSE, 4 linhas de execução" in said
    assert "02_x.ipynb, célula 7\n  SSE, 1 linha de execução; SSE, 2 linhas" in said
    assert "perda 1\n  → perda 2" in said


def test_processadores_with_nothing_moved(monkeypatch, capsys):
    def pretend(command, cwd, env):
        report = next(arg for arg in command if arg.startswith("--mudou="))
        Path(report.removeprefix("--mudou=")).write_text("[]", encoding="utf-8")
        return 0

    monkeypatch.setattr(bootstrap, "prepare", lambda root, kind: Path(kind))
    monkeypatch.setattr(subprocess, "call", pretend)
    assert app.run(["testar", "--processadores"]) == 0
    assert "Nada mudou de um processador para outro." in capsys.readouterr().out


def test_processadores_that_cannot_run_is_not_taken_for_success(monkeypatch, capsys):
    monkeypatch.setattr(bootstrap, "prepare", lambda root, kind: Path(kind))
    monkeypatch.setattr(subprocess, "call", lambda command, cwd, env: 2)
    assert app.run(["testar", "--processadores"]) == 1
    assert "Nada mudou" not in capsys.readouterr().out


def test_executar_passes_arguments_untouched(monkeypatch):
    calls = []
    monkeypatch.setattr(environment, "is_active", lambda root, kind: False)
    monkeypatch.setattr(bootstrap, "prepare", lambda root, kind: Path(kind))
    monkeypatch.setattr(subprocess, "call", lambda command, **k: calls.append(command) or 0)
    assert app.run(["executar", "01_tokenizacao_bpe", "--de", "texto"]) == 0
    assert calls[0][0] == "testes"
    assert calls[0][3:] == ["01_tokenizacao_bpe", "--de", "texto"]


def test_executar_uses_the_active_environment_when_it_has_everything(monkeypatch):
    calls = []
    monkeypatch.setattr(environment, "is_active", lambda root, kind: kind == "testes")
    monkeypatch.setattr(bootstrap, "prepare", never)
    monkeypatch.setattr(subprocess, "call", lambda command, **k: calls.append(command) or 0)
    assert app.run(["executar", "01"]) == 0
    assert calls[0][0] == sys.executable


@pytest.mark.parametrize(
    ("changes", "url", "kind", "active"),
    [
        ({}, None, "testes", True),
        ({"nbval": None}, None, "testes", False),
        ({"nbval": None}, None, "estudo", True),
        ({"torch": "2.12.0"}, None, "testes", False),
        ({}, "file:outro", "testes", False),
        ({}, "", "testes", False),
    ],
    ids=["tudo", "falta nbval", "nbval não conta", "outra versão", "outro clone", "sem o curso"],
)
def test_active_environment_needs_every_pin_and_this_course(
    monkeypatch, changes, url, kind, active
):
    pins = environment.pins(ROOT / "requirements.txt")
    pins |= environment.pins(ROOT / "tests/requirements.txt")
    found = {environment.normalize(name): version for name, version in pins.items()} | changes
    url = ROOT.as_uri() if url is None else url
    monkeypatch.setattr(environment, "installed_versions", lambda: found)
    monkeypatch.setattr(environment, "_course_installed", lambda: url)
    assert environment.is_active(ROOT, kind) is active


def test_abrir_checks_the_port_before_installing(monkeypatch, taken_port):
    monkeypatch.setattr(lab, "PORT_SECONDS", 0)
    monkeypatch.setattr(lab, "check_notebook", lambda root: None)
    monkeypatch.setattr(bootstrap, "prepare", never)
    assert app.run(["abrir", "--porta", str(taken_port)]) == 1


def test_so_preparar_opens_nothing(monkeypatch):
    prepared = []
    monkeypatch.setattr(lab, "check_notebook", lambda root: None)
    monkeypatch.setattr(bootstrap, "prepare", lambda root, kind: prepared.append(kind))
    monkeypatch.setattr(lab, "open_lab", never)
    assert app.run(["abrir", "--so-preparar"]) == 0
    assert prepared == ["estudo"]


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_accents_never_crash(encoding):
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    console.say("instalação → não pronta …", stream)
    assert b"instala" in stream.buffer.getvalue()


def test_output_is_utf8_even_on_an_old_console():
    done = run_python("-m", "helpers", "--ajuda", PYTHONIOENCODING="cp1252")
    assert done.returncode == 0
    assert "opções" in done.stdout


def test_reader_that_leaves_early_and_missing_terminal_are_quiet(monkeypatch):
    read, write = os.pipe()
    os.close(read)
    with open(write, "w", encoding="utf-8") as gone:
        assert console.say("ninguém lê", gone) is False
        assert console.say("ninguém lê", gone) is True, "o resto vai para o nada, sem erro"
    monkeypatch.setattr(sys, "stdout", None)
    assert console.say("não há terminal") is False


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (FileNotFoundError(2, "No such file", "/um/lugar"), "/um/lugar: não existe"),
        (OSError(28, "No space left on device"), "o disco está cheio"),
        (MemoryError(), "faltou memória"),
        (ModuleNotFoundError("No module named 'torch'"), "não carrega: No module named 'torch'"),
        (ZeroDivisionError("division by zero"), "ZeroDivisionError: division by zero"),
        (RecursionError("fundo"), "RecursionError: fundo"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_what_nobody_foresaw_is_told_without_a_traceback(error, words, capsys):
    def command(arguments):
        raise error

    assert console.guarded(command, []) == 1
    said = capsys.readouterr().err
    assert "[FALHA]" in said
    assert words in said
    assert "O que fazer:" in said
    assert "Traceback" not in said


def test_what_nobody_foresaw_says_where_it_was(capsys):
    console.guarded(never, [])
    assert "test_cli.py:" in capsys.readouterr().err


def test_expected_answers_pass_untouched():
    def stop(arguments):
        sys.exit(7)

    assert console.guarded(len, [1, 2]) == 2
    with pytest.raises(SystemExit):
        console.guarded(stop, [])


@pytest.mark.skipif(os.name != "posix", reason="o /dev/full e a pasta apagada são do POSIX")
@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("{python} -m helpers recomecar 00 >&-", 0, ""),
        ("{python} -m helpers recomecar 00 >/dev/full", 1, "o disco está cheio"),
        ("mkdir x && cd x && rmdir ../x && {python} -m helpers --ajuda", 0, "comando"),
    ],
    ids=["saída fechada", "saída cheia", "pasta apagada"],
)
def test_odd_terminals_get_no_traceback(line, code, words, tmp_path):
    done = subprocess.run(
        line.format(python=shlex.quote(sys.executable)),
        shell=True,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT), student_folder.VARIABLE: str(tmp_path / "de")},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    said = done.stdout + done.stderr
    assert "Traceback" not in said
    assert (done.returncode, words in said) == (code, True), said


@pytest.mark.skipif(os.name != "posix", reason="no Windows os caminhos são sempre UTF-8")
def test_language_of_the_terminal_does_not_change_the_letters_of_a_path(tmp_path):
    place = tmp_path / "ação"
    place.touch()
    variables = {"PYTHONUTF8": "0", "LC_ALL": "POSIX", "PYTHONCOERCECLOCALE": "0"}
    # O Python da pessoa: o de um ambiente em pasta com acento nem começa com esta língua.
    done = run_python(
        *("-m", "helpers", "atualizar"),
        python=sys._base_executable,
        **variables,
        TRANSFORMERS_POR_DENTRO_MEU_CURSO=str(place),
    )
    assert f"{place} devia ser a pasta" in done.stderr


# ---------------------------------------------------------------- verificar


def test_report_before_the_environment_exists(project, capsys):
    assert report_module.show(project) == 1
    shown = capsys.readouterr().out
    assert "[OK]    Python:" in shown
    assert "[FALHA] ambiente .venv: ainda não há ambiente" in shown
    assert f"O que fazer: rode {COMMAND} abrir" in shown
    assert "1 problema." in shown


def test_report_shows_neither_folder_nor_user(project, capsys):
    report_module.show(project)
    shown = capsys.readouterr().out
    assert str(project) not in shown
    assert project.parent.name not in shown
    assert "com espaços, com acentos" in shown


def test_report_outside_of_a_clone(tmp_path, capsys):
    assert report_module.show(tmp_path) == 1
    assert "faltam arquivos do curso" in capsys.readouterr().out


def test_report_of_an_environment_that_does_not_run(project, capsys):
    fake_venv(project)
    environment.write_marker(project, "estudo")
    assert report_module.show(project) == 1
    assert "[FALHA] Python do ambiente: não roda" in capsys.readouterr().out


def test_packages_compare_with_the_pins(project, monkeypatch):
    site = environment.site_packages(project)
    for name, version in (("torch", "2.13.0+cpu"), ("numpy", "1.0")):
        folder = site / f"{name}-{version}.dist-info"
        folder.mkdir(parents=True)
        text = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        (folder / "METADATA").write_text(text, encoding="utf-8")
    installed = environment.installed_versions(site)
    monkeypatch.setattr(environment, "installed_versions", lambda: installed)
    checks = {check.name: check for check in inside.packages(project)}
    assert checks["torch"].ok, "o torch de CPU vale pelo fixado"
    assert checks["numpy"].detail == "1.0, mas o curso usa 2.4.6"
    assert "não instalado" in checks["tqdm"].detail


def test_torch_check_multiplies():
    (check,) = inside.torch_works(ROOT)
    assert check.ok
    assert check.detail.endswith("multiplica")


def test_stale_lab_settings_are_found(project, monkeypatch):
    monkeypatch.setattr(sys, "prefix", str(project / ".venv"))
    (check,) = inside.lab_settings(project)
    assert not check.ok
    assert "conf/jupyterlab.json" in check.detail


def test_altered_data_is_found(monkeypatch):
    from helpers import data

    (check,) = inside.data_files(ROOT)
    assert check.ok

    def altered(name):
        raise data.DataError(f"{name} mudou")

    monkeypatch.setattr(data, "read_text", altered)
    (check,) = inside.data_files(ROOT)
    assert not check.ok
    assert "mudou" in check.detail


def test_missing_browser_only_informs(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    (check,) = inside.browser(ROOT)
    assert not check.ok
    assert check.optional
    assert "sudo apt install chromium" in check.next_step


# ---------------------------------------------------------------- de verdade


@pytest.mark.slow
def test_real_environment_in_a_folder_with_spaces_and_accents(project, monkeypatch, capsys):
    """Cria um ambiente de verdade, sem rede: o pacote vem de uma roda feita aqui mesmo."""
    make_wheel(project / "rodas")
    requirements = "--no-index\n--find-links rodas\npacotinho==1.0\n"
    (project / "requirements.txt").write_text(requirements, encoding="utf-8")
    monkeypatch.setattr(installer, "install_torch_cpu", lambda root, progress: True)
    monkeypatch.setattr(installer, "confirm", lambda root: [])

    python = bootstrap.prepare(project, "estudo")
    done = subprocess.run([python, "-c", "import pacotinho"], check=False)
    assert done.returncode == 0
    assert environment.log(project).is_file()
    capsys.readouterr()

    bootstrap.prepare(project, "estudo")
    assert capsys.readouterr().out.startswith("Ambiente pronto")

    (project / "requirements.txt").write_text("--no-index\nfantasma==1.0\n", encoding="utf-8")
    error = failure(bootstrap.prepare, project, "estudo")
    assert "fantasma==1.0" in error.message
    assert ".venv/instalacao.log" in error.next_step
    assert str(project) not in error.next_step

    moved = project.with_name("curso movido")
    project.rename(moved)
    assert environment.plan(moved, "estudo").action == "criar"


# ---------------------------------------------------------------- apoio


@pytest.fixture
def project(tmp_path):
    """Um projeto de mentira numa pasta com espaços e acentos."""
    root = tmp_path / "Área de Trabalho" / "curso ia"
    (root / "conf").mkdir(parents=True)
    (root / "tests").mkdir()
    for name in (*preflight.REQUIRED_FILES, "tests/requirements.txt"):
        shutil.copy(ROOT / name, root / name)
    return root


@pytest.fixture
def quiet_progress():
    """Andamento que escreve na memória."""
    from helpers.cli.bar import ProgressBar

    progress = ProgressBar(total=1, stream=io.StringIO())
    progress.step("torch")
    yield progress
    progress.close()


@pytest.fixture
def fake_installer(monkeypatch):
    """Troca a instalação por uma de mentira, que conta e falha quando mandada."""
    state = types.SimpleNamespace(created=0, fail=None, problems=[])

    def create(root):
        state.created += 1
        shutil.rmtree(root / ".venv", ignore_errors=True)
        fake_venv(root)
        environment.write_marker(root)

    def pip(root, arguments, progress):
        if state.fail:
            raise state.fail
        return []

    monkeypatch.setattr(bootstrap, "check_machine", lambda root: None)
    monkeypatch.setattr(installer, "create_venv", create)
    monkeypatch.setattr(installer, "install_torch_cpu", lambda root, progress: True)
    monkeypatch.setattr(installer, "pip_install", pip)
    monkeypatch.setattr(installer, "confirm", lambda root: (state.problems or [[]]).pop(0))
    return state


@pytest.fixture
def taken_port():
    """Uma porta ocupada de verdade."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


@pytest.fixture
def free_port():
    """Uma porta que acabou de ficar livre."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return server.getsockname()[1]


@pytest.fixture
def fake_server():
    """Sobe um servidor local que responde uma vez com o código pedido."""
    import http.server
    import threading

    servers = []

    def start(status):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_HEAD(self):
                self.send_response(status)
                self.end_headers()

            def log_message(self, *args):
                pass

        server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.handle_request, daemon=True).start()
        servers.append(server)
        return server.server_address[1]

    yield start
    for server in servers:
        server.server_close()


def fake_venv(root):
    (root / ".venv").mkdir(exist_ok=True)
    environment.write_marker(root)
    python = environment.venv_python(root)
    python.parent.mkdir(exist_ok=True)
    python.touch()


def failure(function, *arguments):
    with pytest.raises(CliError) as caught:
        function(*arguments)
    assert caught.value.message
    assert caught.value.next_step
    return caught.value


def never(*_, **__):
    raise AssertionError("não era para ser chamado")


def run_python(*arguments, python=sys.executable, **variables):
    return subprocess.run(
        [python, *arguments],
        capture_output=True,
        encoding="utf-8",
        cwd=ROOT,
        env=os.environ | variables,
        check=False,
    )


def make_wheel(folder):
    import zipfile

    folder.mkdir()
    info = "pacotinho-1.0.dist-info"
    files = {
        "pacotinho.py": "",
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: pacotinho\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{name},,\n" for name in (*files, f"{info}/RECORD"))
    with zipfile.ZipFile(folder / "pacotinho-1.0-py3-none-any.whl", "w") as wheel:
        for name, text in files.items():
            wheel.writestr(name, text)


@pytest.mark.slow
def test_lab_starts_without_the_grammar_no_schema_uses():
    code = (
        "import sys; from helpers.cli.serve import skip_what_no_one_uses as skip; skip();"
        "import jupyterlab.labapp; from jsonschema import FormatChecker;"
        "assert 'lark' not in sys.modules; assert 'uri' in FormatChecker.checkers"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    schemas = list((Path(sys.prefix) / "share" / "jupyter").rglob("*.json"))
    assert len(schemas) > 50
    assert not [path for path in schemas if '"iri' in path.read_text(encoding="utf-8")]
