"""Lê a saída do pip: resume o que ele faz e traduz o que deu errado."""

import re
from collections.abc import Sequence

from helpers.cli.console import COMMAND, CliError
from helpers.cli.preflight import disk_full

_WHEEL = re.compile(
    r"(?:^|/)(?P<name>[A-Za-z0-9][\w.]*?)-(?P<version>\d[^-]*)-?[^/]*\.(?:whl|tar\.gz)"
)
_SIZE = re.compile(r"\((\d[\d.,]* [kMG]?B)\)")

# Do mais específico para o mais geral: a primeira que casar explica a falha.
_DISK = re.compile(r"No space left on device|Errno 28|WinError 112|not enough space", re.I)
_CERTIFICATE = re.compile(r"CERTIFICATE_VERIFY_FAILED|SSLCertVerificationError|SSLError", re.I)
_PROXY = re.compile(r"ProxyError|Cannot connect to proxy|407 Proxy", re.I)
_NETWORK = re.compile(
    r"NewConnectionError|NameResolutionError|Failed to establish a new connection"
    r"|Temporary failure in name resolution|getaddrinfo failed|Name or service not known"
    r"|Network is unreachable|ConnectTimeout|ReadTimeout|Read timed out|Connection reset"
    r"|Connection refused|Connection aborted|Max retries exceeded",
    re.I,
)
_BUSY = re.compile(r"WinError 5\b|WinError 32|being used by another process", re.I)
_DENIED = re.compile(r"Permission denied|Errno 13|Read-only file system|Errno 30", re.I)
_ABSENT = re.compile(r"No matching distribution found for (\S+)")


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
    """Explica por que o pip falhou.

    Parâmetros:
        lines: as linhas que o pip escreveu.
        log: caminho do registro completo, relativo ao projeto.

    Retorna:
        A falha com o próximo passo, para quem chamou levantar.
    """
    text = "\n".join(lines)
    absent = _ABSENT.search(text)
    if _DISK.search(text):
        return disk_full()
    if _CERTIFICATE.search(text):
        return CliError(
            "a rede daqui troca os certificados, e o pip não confia nela (comum em escolas).",
            "tente outra rede (o celular, por exemplo) ou peça à informática o arquivo do "
            "certificado e aponte-o na variável PIP_CERT.",
        )
    if _PROXY.search(text):
        return CliError(
            "o proxy desta rede recusou a conexão.",
            "confira a variável HTTPS_PROXY com a informática, ou tente outra rede.",
        )
    if _NETWORK.search(text):
        return CliError(
            "sem internet, e nem tudo que o curso precisa já foi baixado.",
            "ligue-se a uma rede e rode de novo; só a primeira vez precisa de internet. "
            f"Registro completo: {log}",
        )
    if _BUSY.search(text):
        return CliError(
            "outro programa está usando o ambiente.",
            "feche o JupyterLab, os terminais e o editor abertos nesta pasta e rode de novo.",
        )
    if _DENIED.search(text):
        return CliError(
            "o sistema não deixou gravar no ambiente (.venv).",
            "apague a pasta .venv e rode de novo, sem sudo.",
        )
    if absent:
        return CliError(
            f"não achei o pacote {absent[1]} para este Python e este sistema.",
            f"rode {COMMAND} verificar e compare com o README. Registro completo: {log}",
        )
    return CliError(
        "o pip não conseguiu instalar. As últimas linhas dele:\n" + _last_useful(lines),
        f"rode de novo; se repetir, abra uma issue com o fim do registro: {log}",
    )


def _last_useful(lines: Sequence[str], count: int = 5) -> str:
    useful = [line.strip() for line in lines if line.strip() and "[notice]" not in line]
    errors = [line for line in useful if "error" in line.lower()]
    return "\n".join(f"    {line}" for line in (errors or useful)[-count:])
