"""Cria o ambiente e põe os pacotes nele: o único lugar que chama `venv` e `pip`."""

import ast
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from helpers.cli import environment
from helpers.cli.bar import ProgressBar
from helpers.cli.console import CliError, say
from helpers.cli.environment import venv_dir, venv_python
from helpers.cli.pip_output import LocalFailure, diagnose, summarize
from helpers.files import try_lock

# No Linux, o torch do PyPI traz vários GB de pacotes CUDA; este índice oficial tem o de CPU.
TORCH_CPU_INDEX = "https://download.pytorch.org/whl/cpu"
PROBE_SECONDS = 5.0
WAIT_SECONDS = 0.5
#: Quem o tranca é o único a mexer no ambiente; fica fora dele, que pode ser apagado.
LOCK = ".venv.trava"
#: O que os ajustes da pessoa dizem de como chegar aos pacotes. O resto mudaria o que se instala,
#: ou onde, e fica de fora (`target`, `prefix`, `user`, `constraint`…).
REACH = {
    *("index-url", "extra-index-url", "find-links", "no-index", "trusted-host", "proxy"),
    *("cert", "client-cert", "timeout", "default-timeout", "retries", "keyring-provider"),
    *("cache-dir", "no-cache-dir"),
}
#: O que desviaria um Python, ou o pip que alguém chame de dentro dele.
DIVERTS = {"__PYVENV_LAUNCHER__", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_USER"}
#: Das variáveis do Python, as que só mudam onde ele guarda o que compila e quando mostra o que
#: escreve. As outras trocam o que ele acha, ou o que ele faz: sem `assert`, parado no fim…
HARMLESS = {"PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX", "PYTHONUNBUFFERED"}


def child_environment() -> dict[str, str]:
    """Devolve as variáveis dos programas que chamamos, sem o que desviaria o Python deles."""
    variables = {name: value for name, value in os.environ.items() if not _diverts(name)}
    return variables | {"PYTHONUTF8": "1", "PIP_USER": "0"}


def _diverts(name):
    return name in DIVERTS or (name.startswith("PYTHON") and name not in HARMLESS)


def pip_environment(root: Path) -> dict[str, str]:
    """Devolve as variáveis do pip: dos ajustes da pessoa, só os de `REACH`.

    Parâmetros:
        root: pasta do projeto; o Python do ambiente já existe.
    """
    variables = child_environment()
    listed = subprocess.run(
        [str(venv_python(root)), "-P", "-m", "pip", "config", "list"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
        errors="replace",
        env=variables | {"PIP_QUIET": "0"},  # senão, a lista viria vazia
        cwd=root,
        check=False,
    )
    settings = re.findall(r"^(global|install)\.([\w-]+)=(.*)$", listed.stdout or "", re.M)
    reach = {_variable(name): _value(text) for _, name, text in sorted(settings)}
    reach |= {name: value for name, value in variables.items() if name.startswith("PIP_")}
    reach = {name: value for name, value in reach.items() if name in map(_variable, REACH)}
    if not reach.get("PIP_FIND_LINKS"):
        reach.pop("PIP_NO_INDEX", None)  # sem índice e sem pasta de pacotes, nada se acha
    others = {name: value for name, value in variables.items() if not name.startswith("PIP_")}
    return others | _isolated(root) | reach


def _variable(name):
    return "PIP_" + name.upper().replace("-", "_")


def _value(text):
    try:
        return str(ast.literal_eval(text))
    except (SyntaxError, ValueError):
        return text


def _isolated(root):
    """Sem arquivos de ajustes, sem módulos da pasta atual, e com os temporários no mesmo disco."""
    scratch = venv_dir(root) / "tmp"
    scratch.mkdir(exist_ok=True)
    return {
        "PYTHONSAFEPATH": "1",  # um token.py na raiz não é o do Python
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_INPUT": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(scratch)),  # a do sistema pode ser pequena
    }


@contextlib.contextmanager
def alone(root: Path) -> Iterator[None]:
    """Espera que outro terminal termine de mexer no ambiente, e o segura enquanto o bloco roda.

    O sistema o solta se o programa morrer.
    """
    with open(root / LOCK, "a+b") as guard:
        told = False
        while not try_lock(guard.fileno()):
            if not told:
                say("Outro terminal está preparando este ambiente; espero que ele termine.")
            told = True
            time.sleep(WAIT_SECONDS)
        yield


def create_venv(root: Path) -> None:
    """Cria o ambiente do zero com o Python que está rodando.

    Erros:
        CliError: o módulo `venv` falhou, ou o ambiente antigo não se deixa apagar.
    """
    folder = venv_dir(root)
    _clear(root, folder)
    options = []
    if os.name == "posix" and not _accepts_links(folder):
        # O venv só exige um link, o de lib64; se a pasta já existe, ele a deixa.
        (folder / "lib64").mkdir()
        options = ["--copies"]
    base = getattr(sys, "_base_executable", None) or sys.executable
    done = subprocess.run(
        [base, "-P", "-m", "venv", *options, str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=child_environment() | _isolated(root),
        cwd=root,
        check=False,
    )
    if done.returncode:
        text = done.stdout.decode("utf-8", "replace")
        raise _venv_failure(text.splitlines(), environment.log(root).relative_to(root).as_posix())


def _clear(root, folder):
    """Esvazia a pasta e deixa nela só a marca: interrompido aqui, o ambiente ainda é nosso."""
    try:
        if os.path.lexists(folder) and not folder.is_dir():
            folder.unlink()
        folder.mkdir(exist_ok=True)
        environment.write_marker(root)
        for path in folder.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            elif path.name != environment.MARKER:
                path.unlink()
    except PermissionError as error:
        if os.name == "nt":
            raise CliError(
                f"não consigo apagar o ambiente antigo ({folder.name}): outro programa o está "
                "usando.",
                "feche o JupyterLab e os terminais abertos nesta pasta e rode de novo.",
            ) from error
        raise CliError(
            f"não consigo apagar o ambiente antigo ({folder.name}): ele é de outro usuário, ou foi "
            "feito com sudo.",
            f"apague-o com quem o fez (ou sudo rm -r {folder.name}) e rode de novo, sem sudo; ou "
            "copie o curso para uma pasta sua.",
        ) from error


def _accepts_links(folder):
    probe = folder / "teste-de-link"
    try:
        probe.symlink_to("alvo")
    except OSError:
        return False
    probe.unlink()
    return True


def pip_install(root: Path, arguments: list[str], progress: ProgressBar) -> list[str]:
    """Roda `pip install`, mostra o andamento e guarda a saída toda em `instalacao.log`.

    Parâmetros:
        arguments: o que vem depois de `pip install`.
        progress: onde mostrar o andamento.

    Retorna:
        As linhas do pip.

    Erros:
        CliError: o pip falhou; a mensagem diz por quê.
    """
    command = [str(venv_python(root)), "-P", "-m", "pip", "install", "--progress-bar", "off"]
    command += arguments
    lines = []
    log = environment.log(root)
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        env=pip_environment(root),
        cwd=root,  # `-e .` é relativo à pasta atual
    )
    try:
        with log.open("a", encoding="utf-8") as record:
            for line in process.stdout or ():
                record.write(line)
                lines.append(line.rstrip())
                _show(summarize(line), progress)
        process.wait()
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()
        if process.stdout:
            process.stdout.close()
        shutil.rmtree(venv_dir(root) / "tmp", ignore_errors=True)
    if process.returncode:
        if process.returncode == -9:
            lines.append("pip terminou com o sinal 9")
        raise diagnose(lines, log.relative_to(root).as_posix())
    return lines


def is_reachable(url: str, seconds: float = PROBE_SECONDS) -> bool:
    """Diz se alguém responde naquele endereço, sem esperar além do prazo.

    Um erro de HTTP ou de certificado conta como resposta: dali em diante o pip sabe explicar.

    Parâmetros:
        url: endereço a tentar.
        seconds: prazo total, nomes e conexões incluídos.
    """
    answers: list[bool] = []

    def probe() -> None:
        request = urllib.request.Request(url, method="HEAD")
        try:
            urllib.request.urlopen(request, timeout=seconds).close()
        except urllib.error.HTTPError:
            pass
        except urllib.error.URLError as error:
            if "CERTIFICATE" not in str(error.reason):
                return
        except (OSError, ValueError):
            return
        answers.append(True)

    # Numa thread: a busca do nome não obedece a `timeout` e pode travar por minutos.
    thread = threading.Thread(target=probe, daemon=True)
    thread.start()
    thread.join(seconds)
    return bool(answers)


def install_torch_cpu(root: Path, progress: ProgressBar) -> bool:
    """Tenta instalar o torch só de CPU; desiste em segundos quando o índice não responde.

    Parâmetros:
        progress: onde mostrar o andamento.

    Retorna:
        Se o torch de CPU ficou instalado. Quando não, quem chama segue com o torch do PyPI.
    """
    pin = environment.pins(root / "requirements.txt")["torch"]
    if environment.installed_versions(environment.site_packages(root)).get("torch") == pin:
        progress.done("já estava instalado")
        return True
    if not is_reachable(f"{TORCH_CPU_INDEX}/torch/"):
        progress.done("o índice não respondeu; sigo com o torch do PyPI, que pode trazer CUDA")
        return False
    options = ["--index-url", TORCH_CPU_INDEX, "--no-deps", "--timeout", "15", "--retries", "1"]
    try:
        pip_install(root, [*options, f"torch=={pin}"], progress)
    except LocalFailure:
        raise
    except CliError:
        progress.done("o índice falhou no meio; sigo com o torch do PyPI, que pode trazer CUDA")
        return False
    progress.done()
    return True


def confirm(root: Path) -> list[dict]:
    """Confere, de dentro do ambiente, se o que foi instalado funciona.

    Retorna:
        As linhas que falharam, como dicionários com `detail` e `next_step`.
    """
    done = subprocess.run(
        [str(venv_python(root)), "-P", "-m", "helpers.cli.inside", "ambiente"],
        capture_output=True,
        env=child_environment(),
        cwd=root,
        check=False,
    )
    try:
        checks = json.loads(done.stdout.decode("utf-8"))
    except ValueError:
        last = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:] or ["sem saída"]
        checks = [{"name": "ambiente", "ok": False, "optional": False, "detail": last[0]}]
    return [check for check in checks if not check["ok"] and not check["optional"]]


def _show(summary: str, progress: ProgressBar) -> None:
    # Fora de um terminal, "procurando" dobraria o número de linhas sem informar mais.
    if summary and (progress.live or not summary.startswith("procurando")):
        progress.detail(summary)


def _venv_failure(lines, log):
    error = diagnose(lines, log)
    if isinstance(error, LocalFailure):
        return error
    return CliError(
        f"não consegui criar o ambiente: {(lines or ['sem saída'])[-1]}",
        f"apague a pasta {log.split('/')[0]} e rode de novo; se repetir, reinstale o Python.",
    )
