"""Cria `.venv`, instala o que falta e confere: só com a biblioteca padrão."""

import os
import platform
import sys
import sysconfig
from pathlib import Path

from helpers.cli import environment, installer, preflight
from helpers.cli.console import COMMAND, CliError, say
from helpers.cli.environment import Plan, venv_python
from helpers.cli.progress import Progress


def prepare(root: Path, kind: str) -> Path:
    """Deixa o ambiente pronto e devolve o Python dele; não faz nada quando já está.

    Parâmetros:
        root: pasta do projeto.
        kind: "estudo" ou "testes".

    Retorna:
        Caminho do Python de `.venv`.

    Erros:
        CliError: o que impede a instalação, com o que fazer.
    """
    preflight.check_project(root)
    plan = environment.plan(root, kind)
    if plan.action == "pronto":
        say("Ambiente pronto: nada mudou desde a última instalação.")
        return venv_python(root)
    check_machine(root)
    say(f"Preparando o ambiente em .venv: {plan.reason}.")
    if plan.action == "criar":
        say("Na primeira vez, leva alguns minutos e baixa cerca de 0,5 GB.")
    try:
        _install(root, kind, plan)
    except CliError:
        raise
    except OSError as error:
        raise _from_os_error(error) from error
    say("Ambiente pronto.")
    return venv_python(root)


def check_machine(root: Path) -> None:
    """Faz, antes de instalar, todas as conferências do sistema e da pasta.

    Parâmetros:
        root: pasta do projeto.

    Erros:
        CliError: a primeira conferência que falhar.
    """
    check_platform_here()
    preflight.check_venv_module(tuple(sys.version_info[:3]))
    check_path_here(root)
    preflight.check_writable(root)
    preflight.check_disk(root)


def check_platform_here() -> None:
    """Confere se há torch para este sistema e este processador.

    Erros:
        CliError: não há.
    """
    libc, glibc = platform.libc_ver() if sys.platform == "linux" else ("", "")
    # No Mac, a etiqueta do Python universal não diz em que processador ele está rodando.
    mac = f"macosx-{platform.machine()}" if sys.platform == "darwin" else ""
    preflight.check_platform(
        mac or sysconfig.get_platform(),
        64 if sys.maxsize > 2**32 else 32,
        platform.mac_ver()[0],
        glibc if libc == "glibc" else "",
    )


def check_path_here(root: Path) -> None:
    """Confere se o caminho da pasta cabe no limite do sistema.

    Parâmetros:
        root: pasta do projeto.

    Erros:
        CliError: não cabe (só acontece no Windows).
    """
    preflight.check_path_length(root, os.name == "nt", _long_paths_enabled())


def _install(root: Path, kind: str, plan: Plan) -> None:
    fresh = plan.action == "criar"
    progress = Progress(total=2 + fresh + (sys.platform == "linux"))
    try:
        if fresh:
            progress.step("Criando .venv")
            installer.create_venv(root)
            progress.done()
        elif not environment.read_marker(root):
            environment.write_marker(root)
        if sys.platform == "linux":
            progress.step("Procurando o torch só de CPU (evita vários GB)")
            installer.install_torch_cpu(root, progress)
        requirements = environment.REQUIREMENTS[kind]
        progress.step(f"Instalando {requirements}")
        installer.pip_install(root, ["-r", requirements], progress)
        progress.done()
        progress.step("Conferindo")
        problems = installer.confirm(root)
        if not problems:
            progress.done("tudo certo")
    finally:
        progress.close()
    if problems and not fresh:
        say("O ambiente que havia está quebrado; refaço do zero.")
        return _install(root, kind, Plan("criar", "ambiente quebrado"))
    if problems:
        raise CliError(
            f"instalei tudo, mas {problems[0]['name']} não funciona: {problems[0]['detail']}",
            f"rode {COMMAND} verificar e abra uma issue com o que aparecer.",
        )
    environment.write_marker(root, kind)
    return None


def _from_os_error(error: OSError) -> CliError:
    if error.errno == 28:
        return preflight.disk_full()
    return CliError(
        f"o sistema recusou uma operação em disco: {error.strerror or error}.",
        "apague a pasta .venv e rode de novo; se repetir, copie o curso para outra pasta.",
    )


def _long_paths_enabled() -> bool:
    if os.name != "nt":
        return True
    import winreg

    try:
        key = winreg.OpenKey(
            winreg.HKEY_LOCAL_MACHINE, r"SYSTEM\CurrentControlSet\Control\FileSystem"
        )
        return bool(winreg.QueryValueEx(key, "LongPathsEnabled")[0])
    except OSError:
        return False
