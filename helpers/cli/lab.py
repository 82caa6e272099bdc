"""Abre o JupyterLab do ambiente: porta livre, senha própria, mensagens em português."""

import os
import secrets
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from helpers.cli.console import COMMAND, CliError, say
from helpers.cli.environment import venv_python
from helpers.cli.installer import child_environment

FIRST_NOTEBOOK = "notebooks/00_comece_aqui.ipynb"
DEFAULT_PORT = 8888
ADDRESS = "127.0.0.1"
START_SECONDS = 120.0
STOP_SECONDS = 5.0


def port_is_free(port: int) -> bool:
    """Diz se um servidor pode abrir aquela porta neste computador.

    Parâmetros:
        port: de 1 a 65535.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        if os.name == "nt":
            # No Windows, SO_REUSEADDR deixaria "roubar" uma porta em uso.
            probe.setsockopt(socket.SOL_SOCKET, getattr(socket, "SO_EXCLUSIVEADDRUSE", -5), 1)
        else:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except OSError:
            return False
    return True


def choose_port(requested: int | None) -> int:
    """Devolve a porta pedida, ou a primeira livre a partir de 8888.

    Parâmetros:
        requested: a porta de `--porta`, ou None.

    Erros:
        CliError: a porta pedida está ocupada, ou nenhuma das cem seguintes está livre.
    """
    if requested is not None:
        if port_is_free(requested):
            return requested
        raise CliError(
            f"a porta {requested} está ocupada ou não é permitida.",
            f"escolha outra (--porta {min(requested + 1, 65535)}) ou deixe que o programa escolha, "
            "sem --porta.",
        )
    for port in range(DEFAULT_PORT, DEFAULT_PORT + 100):
        if port_is_free(port):
            if port != DEFAULT_PORT:
                say(f"A porta {DEFAULT_PORT} está ocupada (outro JupyterLab?); uso a {port}.")
            return port
    raise CliError(
        f"as portas de {DEFAULT_PORT} a {DEFAULT_PORT + 99} estão todas ocupadas.",
        "feche outros JupyterLab, ou escolha uma porta: --porta 9999.",
    )


def check_notebook(root: Path) -> None:
    """Recusa abrir quando o primeiro notebook não veio no clone.

    Parâmetros:
        root: pasta do projeto.

    Erros:
        CliError: falta o notebook 00.
    """
    if not (root / FIRST_NOTEBOOK).is_file():
        raise CliError(
            f"falta o arquivo {FIRST_NOTEBOOK}.",
            "baixe ou clone o curso de novo; com git: git checkout -- notebooks",
        )


def command(root: Path, port: int, browser: bool) -> list[str]:
    """Monta o comando do JupyterLab.

    Parâmetros:
        root: pasta do projeto, que vira a raiz do JupyterLab.
        port: porta já conferida.
        browser: se abre o navegador.
    """
    arguments = [
        f"--ServerApp.ip={ADDRESS}",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        f"--ServerApp.root_dir={root}",
        f"--LabApp.default_url=/lab/tree/{FIRST_NOTEBOOK}",
        "--Application.log_level=WARN",
        "-y",  # Ctrl-C encerra sem perguntar em inglês
    ]
    if not browser:
        arguments.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        arguments.append("--allow-root")
    return [str(venv_python(root)), "-m", "jupyterlab", *arguments]


def open_lab(root: Path, port: int, browser: bool) -> int:
    """Abre o JupyterLab e espera até que ele seja encerrado.

    Parâmetros:
        root: pasta do projeto.
        port: porta já conferida.
        browser: se abre o navegador.

    Retorna:
        0 quando o JupyterLab foi encerrado por quem estuda.

    Erros:
        CliError: o JupyterLab parou sozinho antes de responder.
    """
    token = secrets.token_urlsafe(24)
    # Pela variável, e não no comando: a lista de processos é pública no computador.
    variables = child_environment() | {"JUPYTER_TOKEN": token}
    say("Abrindo o JupyterLab…")
    process = subprocess.Popen(command(root, port, browser), cwd=root, env=variables)
    try:
        _wait_until_ready(process, port, token)
        say("")
        say("JupyterLab no ar. Se o navegador não abriu, copie este endereço:")
        say(f"    http://{ADDRESS}:{port}/lab/tree/{FIRST_NOTEBOOK}?token={token}")
        say("Para encerrar: salve (Ctrl-S), volte a este terminal e aperte Ctrl-C.")
        process.wait()
    except KeyboardInterrupt:
        _stop(process)
        say("\nJupyterLab encerrado. Até a próxima!")
        return 0
    finally:
        if process.poll() is None:
            _stop(process)
    return 0 if process.returncode in (0, -15) else process.returncode


def _wait_until_ready(process: subprocess.Popen, port: int, token: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    # Sem proxy: o endereço é deste computador.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(
        f"http://{ADDRESS}:{port}/api/status", headers={"Authorization": f"token {token}"}
    )
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise CliError(
                f"o JupyterLab parou logo ao abrir (código {process.returncode}).",
                f"leia as linhas acima; depois rode {COMMAND} verificar.",
            )
        try:
            opener.open(request, timeout=2).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
        else:
            return
    raise CliError(
        f"o JupyterLab não respondeu em {START_SECONDS:.0f} s.",
        "feche outros programas pesados e rode de novo.",
    )


def _stop(process: subprocess.Popen) -> None:
    try:
        process.wait(timeout=STOP_SECONDS)  # o Ctrl-C do terminal também chega a ele
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        process.terminate()
        try:
            process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
