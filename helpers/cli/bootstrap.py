"""Cria o ambiente, instala o que falta e confere: só com a biblioteca padrão."""

import os
import platform
import sys
import sysconfig
from pathlib import Path

from helpers.cli import environment, installer, preflight
from helpers.cli.bar import ProgressBar
from helpers.cli.console import COMMAND, CliError, say
from helpers.cli.environment import Plan, venv_dir, venv_python
from helpers.cli.pip_output import diagnose


def prepare(root: Path, kind: str) -> Path:
    """Deixa o ambiente pronto e devolve o Python dele; não faz nada quando já está.

    Parâmetros:
        kind: "estudo" ou "testes".

    Retorna:
        Caminho do Python do ambiente.

    Erros:
        CliError: o que impede a instalação, com o que fazer.
    """
    preflight.check_project(root)
    plan = environment.plan(root, kind)
    if plan.action != "pronto":
        check_machine(root)
        with installer.alone(root):
            plan = _carry_out(root, kind)
    if plan.action == "pronto":
        say("Ambiente pronto: nada mudou desde a última instalação.")
    return venv_python(root)


def _carry_out(root: Path, kind: str) -> Plan:
    """Faz o que falta e devolve o que faltava: nada, se outro terminal acabou de o fazer."""
    plan = environment.plan(root, kind)
    if plan.action == "pronto":
        return plan
    say(f"Preparando o ambiente em {venv_dir(root).name}: {plan.reason}.")
    if plan.action == "criar":
        say("Na primeira vez, leva alguns minutos e baixa cerca de 0,5 GB.")
    try:
        _install(root, kind, plan)
    except CliError:
        raise
    except OSError as error:
        raise diagnose([str(error)], environment.log(root).relative_to(root).as_posix()) from error
    say("Ambiente pronto.")
    return plan


def check_machine(root: Path) -> None:
    """Faz, antes de instalar, todas as conferências do sistema e da pasta.

    Erros:
        CliError: a primeira conferência que falhar.
    """
    check_platform_here()
    preflight.check_modules(tuple(sys.version_info[:3]))
    check_path_here(root)
    preflight.check_certificates(os.environ)
    preflight.check_writable(root)
    # Sobre um ambiente que já há, o que muda é pouco.
    installed = "estudo" in environment.read_marker(root)
    preflight.check_disk(root, 1.0 if installed else preflight.MIN_FREE_GB)


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
    """Confere se o caminho da pasta serve para um ambiente e cabe no limite do sistema.

    Erros:
        CliError: não serve, ou não cabe (isto só acontece no Windows).
    """
    preflight.check_folder_name(root)
    preflight.check_path_length(root, os.name == "nt", _long_paths_enabled())


def _install(root: Path, kind: str, plan: Plan) -> None:
    fresh = plan.action == "criar"
    progress = ProgressBar(total=2 + fresh + (sys.platform == "linux"))
    try:
        if fresh:
            progress.step(f"Criando {venv_dir(root).name}")
            installer.create_venv(root)
            progress.done()
        elif not environment.read_marker(root):
            environment.write_marker(root, origin=environment.BY_HAND)
        environment.forget(root, plan.lost)
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
    by_hand = environment.read_marker(root).get("origem") == environment.BY_HAND
    if problems and not fresh and not by_hand:
        say("O ambiente que havia está quebrado; refaço do zero.")
        return _install(root, kind, Plan("criar", "ambiente quebrado"))
    if problems:
        step = f"rode {COMMAND} verificar e abra uma issue com o que aparecer."
        if by_hand:
            step = (
                f"o ambiente {venv_dir(root).name} foi feito à mão, e por isso não o apago: "
                "apague-o, ou mude o nome dele, e rode de novo."
            )
        what, why = problems[0]["name"], problems[0]["detail"]
        raise CliError(f"instalei tudo, mas {what} não funciona: {why}", step)
    environment.write_marker(root, kind)
    return None


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
