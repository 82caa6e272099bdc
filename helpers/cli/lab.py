"""Abre o JupyterLab do ambiente: porta livre, senha própria, mensagens em português."""

import errno
import os
import secrets
import socket
import subprocess
import time
from pathlib import Path

from helpers import student_folder
from helpers.cli import isolation, listening
from helpers.cli.console import CliError, say
from helpers.cli.environment import venv_dir, venv_python
from helpers.cli.installer import child_environment
from helpers.cli.isolation import Folders

FIRST_NOTEBOOK = "00_comece_aqui.ipynb"
DEFAULT_PORT = 8888
ADDRESS = "127.0.0.1"
STOP_SECONDS = 5.0
#: Um JupyterLab que acabou de ser encerrado segura a porta até cada kernel terminar.
PORT_SECONDS = 10.0


def port_is_free(port: int) -> bool:
    """Diz se um servidor pode abrir aquela porta neste computador.

    Parâmetros:
        port: de 1 a 65535.
    """
    return _why_not(port) == 0


def _why_not(port: int) -> int:
    """Devolve o número do erro de abrir a porta, ou 0."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        if os.name == "nt":
            # No Windows, SO_REUSEADDR deixaria "roubar" uma porta em uso.
            probe.setsockopt(socket.SOL_SOCKET, getattr(socket, "SO_EXCLUSIVEADDRUSE", -5), 1)
        else:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except OSError as error:
            return error.errno or -1
    return 0


def choose_port(requested: int | None) -> int:
    """Devolve a porta pedida, ou a primeira livre a partir de 8888.

    Parâmetros:
        requested: a porta de `--porta`, ou None.

    Erros:
        CliError: a porta pedida está ocupada, ou nenhuma das cem seguintes está livre.
    """
    if requested is not None:
        if _becomes_free(requested):
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


def _becomes_free(port: int) -> bool:
    """Espera um pouco por uma porta ocupada; por uma proibida, não."""
    deadline = time.monotonic() + PORT_SECONDS
    told = False
    while reason := _why_not(port):
        if reason not in (errno.EADDRINUSE, 10048) or time.monotonic() > deadline:
            return False
        if not told:
            say(f"A porta {port} está ocupada; espero até {PORT_SECONDS:.0f} s que ela se libere.")
            told = True
        time.sleep(0.2)
    return True


def check_notebook(root: Path) -> None:
    """Recusa abrir quando o primeiro notebook não veio no clone.

    Erros:
        CliError: falta o notebook 00.
    """
    if not (root / "notebooks" / FIRST_NOTEBOOK).is_file():
        raise CliError(
            f"falta o arquivo notebooks/{FIRST_NOTEBOOK}.",
            "baixe ou clone o curso de novo; com git: git checkout -- notebooks",
        )


def lesson_named(root: Path, given: str) -> str:
    """Devolve o nome de uma lição, sem extensão, a partir do número dela.

    Parâmetros:
        given: o que veio em `--aula`, como `04` ou `4`.

    Erros:
        CliError: não é um número, ou não há lição com ele.
    """
    stems = sorted(path.stem for path in (root / "notebooks").glob("[0-9][0-9]_*.ipynb"))
    numbers = ", ".join(stem[:2] for stem in stems)
    if not (given.isascii() and given.isdecimal()):
        raise CliError(
            f"--aula quer o número de uma lição, e veio {given!r}.", f"escolha uma: {numbers}."
        )
    found = [stem for stem in stems if int(stem[:2]) == int(given)]
    if not found:
        raise CliError(f"não há lição {given}.", f"escolha uma destas: {numbers}.")
    return found[0]


def command(
    root: Path, shown: Path, port: int, browser: bool, page: str, lesson: str | None = None
) -> list[str]:
    """Monta o comando do JupyterLab.

    Parâmetros:
        shown: a pasta que o JupyterLab mostra.
        port: porta já conferida.
        browser: se abre o navegador.
        page: o endereço da primeira tela, dentro do servidor.
        lesson: a lição que se vai projetar, ou None.
    """
    arguments = [
        f"--ServerApp.ip={ADDRESS}",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        f"--ServerApp.root_dir={shown}",
        f"--LabApp.default_url={page}",
        # O navegador está neste computador: não é preciso perguntar se ele ainda está lá.
        "--ServerApp.tornado_settings={'ws_ping_interval': 0}",
        "--LabApp.extension_manager=readonly",  # o outro liga para a internet
        "--Application.log_level=WARN",
        "-y",  # Ctrl-C encerra sem perguntar em inglês
    ]
    if not browser:
        arguments.append("--no-browser")
    if lesson:
        arguments.append(f"--aula={lesson}")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        arguments.append("--allow-root")
    return [str(venv_python(root)), "-m", "helpers.cli.serve", *arguments]


def open_lab(root: Path, port: int, browser: bool, lesson: str | None = None) -> int:
    """Abre o JupyterLab e espera até que ele seja encerrado.

    Parâmetros:
        port: porta já conferida.
        browser: se abre o navegador.
        lesson: a lição que se vai projetar, ou None.

    Retorna:
        0 quando o JupyterLab foi encerrado por quem estuda.

    Erros:
        CliError: o JupyterLab parou sozinho, ou não respondeu como se pediu.
    """
    with isolation.folders(student_folder.path() / ".curso" / "jupyter") as found:
        return _open_lab(root, port, browser, lesson, found)


def _open_lab(root: Path, port: int, browser: bool, lesson: str | None, found: Folders) -> int:
    token = secrets.token_urlsafe(24)
    page = f"/doc/tree/{lesson}.ipynb" if lesson else _first_page(found)
    variables = isolation.variables(child_environment(), found, token)
    shown = student_folder.path()
    asked = listening.Asked(ADDRESS, port, token, shown)
    say("Abrindo o JupyterLab…")
    asking = command(root, shown, port, browser, page, lesson)
    process = subprocess.Popen(asking, cwd=root, env=variables)
    try:
        listening.wait_until_ready(process, asked, found.runtime, venv_dir(root))
        say("")
        say("JupyterLab no ar. Se o navegador não abriu, copie este endereço:")
        say(f"    http://{ADDRESS}:{port}{page}?token={token}")
        say("Para encerrar: salve (Ctrl-S), volte a este terminal e aperte Ctrl-C.")
        process.wait()
    except CliError as error:
        if process.poll() is not None and not port_is_free(port):
            raise CliError(
                f"outro programa tomou a porta {port} enquanto o JupyterLab abria.",
                "rode de novo: sem --porta, o curso escolhe uma livre.",
            ) from error
        raise
    except KeyboardInterrupt:
        _stop(process)
        say("\nJupyterLab encerrado. Até a próxima!")
        return 0
    finally:
        if process.poll() is None:
            process.terminate()
            _stop(process)
    return 0 if process.returncode in (0, -15) else process.returncode


def _first_page(found: Folders) -> str:
    return "/lab" if isolation.has_open_notebook(found) else f"/lab/tree/{FIRST_NOTEBOOK}"


def _stop(process: subprocess.Popen) -> None:
    try:
        process.wait(timeout=STOP_SECONDS)  # o Ctrl-C do terminal também chega a ele
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        process.terminate()
        try:
            process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
