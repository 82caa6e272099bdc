"""Cria `.venv` e põe os pacotes nele: o único lugar que chama `venv` e `pip`."""

import json
import os
import shutil
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from pathlib import Path

from helpers.cli import environment, preflight
from helpers.cli.console import CliError
from helpers.cli.environment import venv_dir, venv_python
from helpers.cli.pip_output import diagnose, summarize
from helpers.cli.progress import Progress

# No Linux, o torch do PyPI traz vários GB de pacotes CUDA; este índice oficial tem o de CPU.
TORCH_CPU_INDEX = "https://download.pytorch.org/whl/cpu"
PROBE_SECONDS = 5.0


def child_environment() -> dict[str, str]:
    """Devolve as variáveis dos programas que chamamos, sem o que desviaria a instalação."""
    variables = {
        name: value
        for name, value in os.environ.items()
        if name not in ("PYTHONHOME", "PYTHONPATH", "PIP_USER", "PIP_TARGET", "PIP_PREFIX")
    }
    return variables | {
        "PYTHONUTF8": "1",
        "PIP_USER": "0",
        "PIP_NO_INPUT": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }


def create_venv(root: Path) -> None:
    """Cria `.venv` do zero com o Python que está rodando.

    Parâmetros:
        root: pasta do projeto.

    Erros:
        CliError: o módulo `venv` falhou, ou o ambiente antigo está em uso.
    """
    folder = venv_dir(root)
    try:
        if folder.is_symlink() or folder.is_file():
            folder.unlink()
        elif folder.exists():
            shutil.rmtree(folder)
    except PermissionError as error:
        raise CliError(
            "não consigo apagar o ambiente antigo (.venv): outro programa o está usando.",
            "feche o JupyterLab e os terminais abertos nesta pasta e rode de novo.",
        ) from error
    base = getattr(sys, "_base_executable", None) or sys.executable
    done = subprocess.run(
        [base, "-m", "venv", str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=child_environment(),
        cwd=root,
        check=False,
    )
    if done.returncode:
        raise _venv_failure(done.stdout.decode("utf-8", "replace"))
    environment.write_marker(root)


def pip_install(root: Path, arguments: list[str], progress: Progress) -> list[str]:
    """Roda `pip install`, mostra o andamento e guarda a saída toda em `.venv/instalacao.log`.

    Parâmetros:
        root: pasta do projeto.
        arguments: o que vem depois de `pip install`.
        progress: onde mostrar o andamento.

    Retorna:
        As linhas do pip.

    Erros:
        CliError: o pip falhou; a mensagem diz por quê.
    """
    command = [str(venv_python(root)), "-m", "pip", "install", "--progress-bar", "off", *arguments]
    lines = []
    log = root / environment.LOG
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        env=child_environment(),
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
    if process.returncode:
        raise diagnose(lines, environment.LOG.as_posix())
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


def install_torch_cpu(root: Path, progress: Progress) -> bool:
    """Tenta instalar o torch só de CPU; desiste em segundos quando o índice não responde.

    Parâmetros:
        root: pasta do projeto.
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
    except CliError as error:
        if "disco" in error.message:
            raise
        progress.done("o índice falhou no meio; sigo com o torch do PyPI, que pode trazer CUDA")
        return False
    progress.done()
    return True


def confirm(root: Path) -> list[dict]:
    """Confere, de dentro do ambiente, se o que foi instalado funciona.

    Parâmetros:
        root: pasta do projeto.

    Retorna:
        As linhas que falharam, como dicionários com `detail` e `next_step`.
    """
    done = subprocess.run(
        [str(venv_python(root)), "-m", "helpers.cli.inside", "ambiente"],
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


def _show(summary: str, progress: Progress) -> None:
    # Fora de um terminal, "procurando" dobraria o número de linhas sem informar mais.
    if summary and (progress.live or not summary.startswith("procurando")):
        progress.detail(summary)


def _venv_failure(output: str) -> CliError:
    if "ensurepip" in output:
        version = ".".join(map(str, sys.version_info[:2]))
        return CliError(
            "este Python não consegue pôr o pip num ambiente novo (falta o ensurepip).",
            f"no Debian e no Ubuntu: sudo apt install python3-venv (ou python{version}-venv).",
        )
    if "No space left" in output or "Errno 28" in output:
        return preflight.disk_full()
    last = (output.strip().splitlines() or ["sem saída"])[-1]
    return CliError(
        f"não consegui criar o ambiente: {last}",
        "apague a pasta .venv e rode de novo; se repetir, reinstale o Python.",
    )
