"""Conferências antes de instalar: cada uma passa calada ou levanta `CliError`.

Só sintaxe antiga (3.6) neste arquivo: `check_python` precisa rodar no Python velho que recusa.
"""

import errno
import importlib.util
import os
import shutil
import tempfile

from helpers.cli.console import CliError
from helpers.spoken import decimal

OLDEST = (3, 11)
NEWEST = (3, 14)
# 1,3 GB do ambiente (medido), mais os pacotes baixados e folga.
MIN_FREE_GB = 3.0
# No Windows, licenças do torch chegam a uns 185 caracteres abaixo de .venv; o limite é 260.
MAX_WINDOWS_PATH = 70
REQUIRED_FILES = (
    "requirements.txt",
    "constraints.txt",
    "pyproject.toml",
    "conf/jupyterlab.json",
    "conf/jupyterlab_page.json",
    "conf/jupyter_server.json",
    "conf/jupyter_kernels.json",
    "conf/kernel_startup.py",
)


def _version(numbers):
    return ".".join(str(number) for number in numbers)


def _installed_python():
    """Devolve o nome de um Python aceito que já esteja no PATH, ou texto vazio."""
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        name = f"python3.{minor}"
        if shutil.which(name):
            return name
    return ""


def check_python(version, implementation="cpython"):
    """Recusa um Python fora do intervalo em que o curso foi testado.

    Parâmetros:
        version: números da versão, como (3, 11, 2).
        implementation: nome da implementação, como em `sys.implementation.name`.

    Erros:
        CliError: Python velho demais, novo demais ou que não é o CPython.
    """
    accepted = f"do {_version(OLDEST)} ao {_version(NEWEST)}"
    other = _installed_python()
    if other:
        next_step = f"este computador também tem o {other}; rode {other} -m helpers abrir"
    else:
        next_step = (
            "instale o Python 3.13 (https://www.python.org/downloads/), abra um terminal novo "
            "e rode python3.13 -m helpers abrir (no Windows: py -3.13 -m helpers abrir)"
        )
    if implementation != "cpython":
        message = "este Python é o {}, e o curso precisa do CPython ({})."
        raise CliError(message.format(implementation, accepted), next_step)
    if tuple(version[:2]) < OLDEST:
        message = "Python velho demais: este é o {}, e o curso funciona {}."
        raise CliError(message.format(_version(version), accepted), next_step)
    if tuple(version[:2]) > NEWEST:
        message = "Python novo demais: este é o {}, e o curso (por causa do torch) funciona {}."
        raise CliError(message.format(_version(version), accepted), next_step)


def check_platform(platform_tag, bits, mac_version="", glibc=""):
    """Recusa sistemas para os quais o torch não publica pacotes prontos.

    Parâmetros:
        platform_tag: como em `sysconfig.get_platform()`, com a máquina no fim.
        bits: 32 ou 64.
        mac_version: versão do macOS, como "14.5"; vazio fora do Mac.
        glibc: versão da glibc, como "2.36"; vazio fora do Linux ou quando não é glibc.

    Erros:
        CliError: Python de 32 bits, Mac com Intel, macOS antigo, Windows ARM, Linux sem glibc 2.28.
    """
    site = "https://www.python.org/downloads/"
    if bits < 64:
        raise CliError(
            "este Python é de 32 bits, e o torch só existe para 64 bits.",
            f"instale o Python de 64 bits ({site}) e rode de novo.",
        )
    system, machine = platform_tag.split("-")[0], platform_tag.split("-")[-1]
    elsewhere = "use outro computador ou uma máquina Linux na nuvem."
    if system == "macosx" and machine == "x86_64":
        raise CliError(
            "este Python é para Mac com processador Intel, que o torch não atende mais.",
            f"se o Mac é M1 ou mais novo, instale o Python universal de {site}; senão, {elsewhere}",
        )
    if system == "macosx" and mac_version and int(mac_version.split(".")[0]) < 14:
        raise CliError(
            f"este é o macOS {mac_version}, e o torch precisa do 14 ou mais novo.",
            "atualize o macOS em Ajustes > Geral > Atualização de Software, ou " + elsewhere,
        )
    if system == "win" and machine == "arm64":
        raise CliError(
            "este Python é para Windows ARM, e o torch não tem pacote para ele.",
            "use o WSL (Ubuntu), ou " + elsewhere,
        )
    if system == "linux":
        _check_linux(machine, glibc, elsewhere)
    elif system not in ("macosx", "win"):
        raise CliError(f"o sistema {platform_tag} não é atendido pelo torch.", elsewhere)


def _check_linux(machine, glibc, elsewhere):
    if machine not in ("x86_64", "aarch64"):
        raise CliError(f"o processador {machine} não é atendido pelo torch.", elsewhere)
    numbers = tuple(int(part) for part in glibc.split(".")[:2]) if glibc else (0, 0)
    if numbers < (2, 28):
        found = f"glibc {glibc}" if glibc else "um Linux sem glibc (Alpine, por exemplo)"
        raise CliError(
            f"o torch precisa da glibc 2.28 ou mais nova, e aqui há {found}.",
            "use uma distribuição mais nova: Debian 10, Ubuntu 20.04, Fedora 29 ou seguintes.",
        )


def check_project(root):
    """Recusa um clone incompleto ou uma pasta que não é a do curso.

    Erros:
        CliError: falta algum arquivo necessário à instalação.
    """
    missing = [name for name in REQUIRED_FILES if not os.path.isfile(os.path.join(str(root), name))]
    if missing:
        raise CliError(
            "faltam arquivos do curso: {}.".format(", ".join(missing)),
            "rode o comando na pasta do projeto (a que tem o README.md); "
            "se já está nela, baixe ou clone o curso de novo.",
        )


def check_modules(version):
    """Recusa um Python sem os módulos que criam ambientes e baixam pacotes.

    Parâmetros:
        version: números da versão, para o comando de instalação.

    Erros:
        CliError: falta `venv` ou `ensurepip`, como no Debian e no Ubuntu sem python3-venv; ou
            `ssl`, `ctypes` ou `zlib`, como num Python compilado sem as bibliotecas deles.
    """
    absent = _absent("venv", "ensurepip")
    if absent:
        raise CliError(
            "este Python veio sem o módulo {}, que cria ambientes.".format(" nem ".join(absent)),
            "no Debian e no Ubuntu: sudo apt install python3-venv "
            f"(ou python{_version(version[:2])}-venv). Depois, rode de novo.",
        )
    absent = [
        name for name in ("_ssl", "_ctypes", "zlib") if importlib.util.find_spec(name) is None
    ]
    if absent:
        raise CliError(
            "este Python veio sem o módulo {}, e sem ele não há como instalar o curso.".format(
                " nem ".join(name.strip("_") for name in absent)
            ),
            "instale o Python de https://www.python.org/downloads/ ou do seu sistema e rode de "
            "novo com ele. Se este foi compilado aqui (com o pyenv, por exemplo), instale as "
            "bibliotecas que faltam (no Debian: sudo apt install libssl-dev libffi-dev "
            "zlib1g-dev) e compile-o outra vez.",
        )


def _absent(*names):
    return [name for name in names if importlib.util.find_spec(name) is None]


def check_folder_name(root):
    """Recusa uma pasta em cujo caminho o Python não consegue criar ambientes.

    Erros:
        CliError: há no caminho o sinal que separa pastas em PATH, ou bytes que não são letras.
    """
    if os.pathsep in str(root):
        name = {":": "dois-pontos (:)", ";": "ponto e vírgula (;)"}[os.pathsep]
        raise CliError(
            f"o caminho desta pasta tem {name}, e nela o Python não cria ambientes.",
            "tire esse sinal do nome da pasta (ou da pasta de cima) e rode de novo.",
        )
    try:
        str(root).encode("utf-8")
    except UnicodeEncodeError as error:
        raise CliError(
            "o caminho desta pasta tem letras que não estão em UTF-8, e o Python não as grava.",
            "mude o nome da pasta (ou da pasta de cima), de preferência sem acentos, e rode de "
            "novo.",
        ) from error


def check_certificates(variables):
    """Recusa variáveis que mandam o pip usar um certificado que não existe.

    Parâmetros:
        variables: as variáveis do ambiente, como `os.environ`.

    Erros:
        CliError: diz quais.
    """
    names = ("PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "PIP_CLIENT_CERT")
    lost = [name for name in names if variables.get(name) and not os.path.exists(variables[name])]
    if lost:
        many = len(lost) > 1
        raise CliError(
            "{} {} para um certificado que não existe: {}.".format(
                " e ".join(lost), "apontam" if many else "aponta", variables[lost[0]]
            ),
            "corrija o caminho, ou tire a variável (no Linux e no macOS: unset {}), e rode de "
            "novo.".format(" ".join(lost)),
        )


def check_path_length(root, windows, long_paths):
    """Recusa, no Windows, uma pasta funda demais para o limite de 260 caracteres.

    Parâmetros:
        windows: se o sistema é o Windows.
        long_paths: se os caminhos longos do Windows estão ligados.

    Erros:
        CliError: o caminho passa de `MAX_WINDOWS_PATH` caracteres.
    """
    size = len(str(root))
    if windows and not long_paths and size > MAX_WINDOWS_PATH:
        raise CliError(
            f"o caminho desta pasta tem {size} caracteres, e o limite do Windows deixa só "
            f"{MAX_WINDOWS_PATH}.",
            "mova o curso para uma pasta curta, como C:\\curso, e rode de novo.",
        )


def check_writable(root):
    """Recusa uma pasta em que não se pode criar arquivos.

    Erros:
        CliError: pasta somente leitura, ou disco cheio.
    """
    try:
        with tempfile.TemporaryFile(dir=str(root), prefix=".teste-de-escrita"):
            pass
    except OSError as error:
        if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
            whose = "o disco está cheio" if error.errno == errno.ENOSPC else "a sua cota acabou"
            raise CliError(
                f"{whose}: não cabe mais nenhum arquivo nesta pasta.",
                f"libere {MIN_FREE_GB:.0f} GB (lixeira, pasta de downloads) e rode de novo.",
            ) from error
        raise CliError(
            "não consigo criar arquivos nesta pasta (somente leitura?).",
            "copie o curso para uma pasta sua, como Documentos, e rode de novo de lá.",
        ) from error


def check_disk(root, needed_gb=MIN_FREE_GB):
    """Recusa a instalação quando falta espaço em disco.

    Parâmetros:
        needed_gb: gigabytes livres necessários.

    Erros:
        CliError: menos espaço que o necessário.
    """
    free = shutil.disk_usage(str(root)).free / 1e9
    if free < needed_gb:
        raise CliError(
            f"pouco espaço em disco: há {decimal(free, 1)} GB livres, e a instalação precisa de "
            f"{needed_gb:.0f} GB.",
            "libere espaço (lixeira, pasta de downloads) e rode de novo.",
        )
