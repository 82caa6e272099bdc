"""Lê a saída do pip: resume o que ele faz e traduz o que deu errado."""

import os
import re
import sys
import time
import tomllib
from collections.abc import Sequence
from pathlib import Path

from helpers.cli.console import COMMAND, CliError

FAILURES = Path(__file__).with_name("failures.toml")

_WHEEL = re.compile(
    r"(?:^|/)(?P<name>[A-Za-z0-9][\w.]*?)-(?P<version>\d[^-]*)-?[^/]*\.(?:whl|tar\.gz)"
)
_SIZE = re.compile(r"\((\d[\d.,]* [kMG]?B)\)")


class LocalFailure(CliError):
    """Falha deste computador, e não da rede: outro endereço de pacotes não a resolveria."""


def summarize(line: str) -> str:
    """Traduz uma linha do pip para o andamento em português.

    Parâmetros:
        line: uma linha da saída do pip.

    Retorna:
        O resumo, ou texto vazio quando a linha não diz nada a quem espera.
    """
    text = line.strip()
    if text.startswith("Collecting "):
        return f"procurando {text.split()[1].split(';')[0]}"
    if text.startswith("Downloading ") and ".metadata" not in text:
        size = _SIZE.search(text)
        return f"baixando {_package(text)}" + (f" ({size[1]})" if size else "")
    if text.startswith("Using cached ") and ".metadata" not in text:
        return f"já baixado: {_package(text)}"
    if text.startswith("Installing collected packages:"):
        count = text.count(",") + 1
        return f"instalando {count} pacotes (a parte mais demorada)" if count > 1 else "instalando"
    if text.startswith("Successfully installed"):
        return "pacotes instalados"
    return ""


def _package(line: str) -> str:
    address = line.split(" (")[0].split()[-1].split("#")[0]
    match = _WHEEL.search(address)
    return f"{match['name']} {match['version']}".replace("_", "-") if match else address


def diagnose(lines: Sequence[str], log: str) -> CliError:
    """Explica por que a instalação falhou, pela primeira regra de `failures.toml` que casar.

    Parâmetros:
        lines: as linhas que o pip, o venv ou o sistema escreveu.
        log: caminho do registro completo, relativo ao projeto.

    Retorna:
        A falha com o próximo passo, para quem chamou levantar; `LocalFailure`, se não é da rede.
    """
    text = " ".join(" ".join(lines).split())  # o pip às vezes quebra uma frase em duas linhas
    venv = log.split("/")[0]
    facts = {
        "venv": venv,
        "python": f"{venv}\\Scripts\\python" if os.name == "nt" else f"{venv}/bin/python",
        "log": log,
        "command": COMMAND,
        "version": ".".join(map(str, sys.version_info[:2])),
        "now": time.strftime("%d/%m/%Y, %H:%M"),
        "index": _index(text),
    }
    for rule in tomllib.loads(FAILURES.read_text(encoding="utf-8"))["rule"]:
        found = next(filter(None, (re.search(part, text, re.I) for part in rule["search"])), None)
        if found:
            groups = [_hide(group).rstrip(".,") for group in found.groups()]
            said = [rule[part].format(*groups, **facts) for part in ("message", "next_step")]
            return (LocalFailure if rule.get("local") else CliError)(*said)
    return CliError(
        "o pip não conseguiu instalar. As últimas linhas dele:\n" + _last_useful(lines),
        f"rode de novo; se repetir, abra uma issue com o fim do registro: {log}",
    )


def _index(text):
    """Diz, se for o caso, que o pip não procura no endereço de costume."""
    found = re.search(r"Looking in (?:indexes|links): (\S+)", text)
    if not found or "download.pytorch.org" in found[1]:
        return ""
    return f" O pip daqui está ajustado para procurar em {_hide(found[1].rstrip(','))}: confira."


def _hide(text):
    """Tira usuário e senha de um endereço: a mensagem pode ir parar numa issue."""
    return re.sub(r"//[^/@\s]+@", "//****@", text)


def _last_useful(lines: Sequence[str], count: int = 5) -> str:
    useful = [line.strip() for line in lines if line.strip()]
    useful = [line for line in useful if not line.startswith(("[notice]", "note:", "hint:"))]
    errors = [line for line in useful if "error" in line.lower()]
    return "\n".join(f"    {_hide(line)}" for line in (errors or useful)[-count:])
