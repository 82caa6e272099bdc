"""Relatório do ambiente, linha por linha, pronto para colar numa issue.

Não mostra o caminho da pasta nem o nome de quem usa: a issue é pública.
"""

import json
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from helpers.cli import bootstrap, environment, installer, place, preflight
from helpers.cli.console import CliError, say
from helpers.cli.inside import INSTALL, REMAKE, Check


def show(root: Path) -> int:
    """Escreve o relatório inteiro.

    Retorna:
        0 quando tudo que é obrigatório está bem; 1 quando algo falta.
    """
    start = time.monotonic()
    say("Transformers por dentro: relatório do ambiente")
    failures = 0
    for check in collect(root):
        mark = "[OK]" if check.ok else "[--]" if check.optional else "[FALHA]"
        say(f"{mark:8}{check.name}: {check.detail}")
        if not check.ok:
            say(f"        O que fazer: {check.next_step}")
            failures += not check.optional
    word = "problema" if failures == 1 else "problemas"
    say(f"{failures} {word}." if failures else "Tudo certo.")
    say(f"Conferido em {time.monotonic() - start:.0f} s.")
    return 1 if failures else 0


def collect(root: Path) -> Iterator[Check]:
    """Produz as linhas na ordem em que uma depende da outra."""
    yield from outside(root)
    name = f"ambiente {environment.venv_dir(root).name}"
    try:
        plan = environment.plan(root, "estudo")
    except CliError as error:
        yield Check(name, False, error.message, error.next_step)
        return
    except OSError:
        plan = environment.Plan("criar", "faltam arquivos do curso")
    if plan.action == "criar":
        yield Check(name, False, plan.reason, f"rode {INSTALL}")
        return
    finished = "estudo" in environment.read_marker(root) and not plan.lost
    detail = "instalado" if plan.action == "pronto" else plan.reason
    yield Check(name, plan.action == "pronto", detail, f"rode {INSTALL}", finished)
    yield from _from_inside(root)


def outside(root: Path) -> Iterator[Check]:
    """Confere o que não depende do ambiente: Python, sistema, pasta, disco."""
    version = platform.python_version()
    yield _attempt(
        "Python",
        f"{version} ({sys.implementation.name}, {platform.architecture()[0]})",
        lambda: preflight.check_python(tuple(sys.version_info[:3]), sys.implementation.name),
    )
    system = f"{platform.system()} {platform.release()} ({platform.machine()})"
    yield _attempt("sistema", system, bootstrap.check_platform_here)
    here = place.detect(os.environ)
    if here:
        yield Check("lugar", True, f"{here.name}; veja docs/onde_rodar.md")
    yield _attempt("rede", _network(), lambda: preflight.check_certificates(os.environ))
    yield _attempt(
        "módulos do Python",
        "presentes",
        lambda: preflight.check_modules(tuple(sys.version_info[:3])),
    )
    yield _attempt("arquivos do curso", _git_commit(root), lambda: preflight.check_project(root))
    folder = str(root)
    shape = f"caminho com {len(folder)} caracteres"
    shape += ", com espaços" if " " in folder else ""
    shape += "" if folder.isascii() else ", com acentos"
    yield _attempt("pasta", shape, lambda: bootstrap.check_path_here(root))
    yield _attempt("escrita na pasta", "permitida", lambda: preflight.check_writable(root))
    free = shutil.disk_usage(root).free / 1e9
    yield _attempt(
        "espaço em disco",
        f"{free:.0f} GB livres",
        lambda: _check_disk_unless_installed(root),
    )


def _network() -> str:
    """Diz que ajustes mudam o caminho até a rede: os nomes, nunca os valores, que levam senhas."""
    names = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "PIP_PROXY", "PIP_INDEX_URL")
    found = [name for name in names if os.environ.get(name) or os.environ.get(name.lower())]
    return f"com {', '.join(found)}" if found else "sem proxy nas variáveis"


def _attempt(name: str, detail: str, check: Callable[[], None]) -> Check:
    try:
        check()
    except CliError as error:
        return Check(name, False, error.message, error.next_step)
    return Check(name, True, detail)


def _from_inside(root: Path) -> Iterator[Check]:
    try:
        done = subprocess.run(
            [str(environment.venv_python(root)), "-m", "helpers.cli.inside"],
            capture_output=True,
            env=installer.child_environment(),
            cwd=root,
            check=False,
            timeout=180,
        )
        lines = json.loads(done.stdout.decode("utf-8"))
    except (OSError, ValueError, subprocess.TimeoutExpired):
        yield Check("Python do ambiente", False, "não roda", REMAKE)
        return
    for line in lines:
        yield Check(**line)


def _check_disk_unless_installed(root: Path) -> None:
    # Instalado o curso, o que resta é guardar notebooks: bastam alguns MB.
    installed = "estudo" in environment.read_marker(root)
    preflight.check_disk(root, 0.1 if installed else preflight.MIN_FREE_GB)


def _git_commit(root: Path) -> str:
    try:
        done = subprocess.run(
            ["git", "rev-parse", "--short", "HEAD"], capture_output=True, cwd=root, check=False
        )
    except OSError:
        return "presentes"
    commit = done.stdout.decode("ascii", "replace").strip()
    return f"presentes, versão {commit}" if commit else "presentes"
