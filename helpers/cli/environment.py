"""O que há no ambiente: de quem ele é, o que foi instalado ali, a partir de quê, e se ainda serve.

A pasta é `.venv`. Se `.venv` é de outro sistema (a mesma pasta vista do Windows e do WSL) ou de
outra ferramenta, ninguém mexe nela: o curso usa outra, com o nome do sistema.
"""

import csv
import hashlib
import json
import os
import platform
import re
import shutil
import sys
import sysconfig
import tomllib
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from helpers.cli.console import COMMAND, CliError

ROOT = Path(__file__).resolve().parents[2]
MARKER = "transformers-por-dentro.json"
DISTRIBUTION = "transformers-por-dentro"
_NAMES = {"win32": "windows", "darwin": "macos"}
SYSTEM = f"{_NAMES.get(sys.platform, sys.platform)}-{platform.machine().lower()}"
BY_HAND = "à mão"
#: O que um antivírus apaga, e sem o que um pacote não carrega.
_NATIVE = (".so", ".pyd", ".dll", ".dylib")

# Do que depende cada instalação. A de testes contém a de estudo.
REQUIREMENTS = {"estudo": "requirements.txt", "testes": "tests/requirements.txt"}
_FINGERPRINTED = {
    "estudo": ("requirements.txt", "constraints.txt"),
    "testes": ("requirements.txt", "constraints.txt", "tests/requirements.txt"),
}


@dataclass(frozen=True)
class Plan:
    """O que falta para o ambiente servir.

    Parâmetros:
        action: "pronto" (nada a fazer), "instalar" (no ambiente que há) ou "criar" (do zero).
        reason: por quê, em português, para mostrar a quem espera.
        lost: pacotes que perderam arquivos e precisam ser postos de novo.
    """

    action: str
    reason: str
    lost: tuple[str, ...] = ()


def venv_dir(root: Path) -> Path:
    """Devolve a pasta do ambiente: `.venv` ou, se ela é de outro, a deste sistema."""
    usual, own = root / ".venv", root / f".venv-{SYSTEM}"
    return own if (own / MARKER).exists() or _stranger(usual, root) else usual


def log(root: Path) -> Path:
    """Devolve o caminho do registro da instalação."""
    return venv_dir(root) / "instalacao.log"


def _stranger(folder: Path, root: Path) -> str:
    """Diz por que um ambiente não serve aqui e não é nosso para apagar; vazio, se serve ou é."""
    marker = _read(folder)
    here, there = _layout(folder, os.name == "nt"), _layout(folder, os.name != "nt")
    elsewhere = marker.get("maquina", platform.node()) != platform.node()
    if (
        marker.get("sistema", SYSTEM) != SYSTEM
        or (elsewhere and _moved(marker, root))
        or (os.path.isdir(there) and not os.path.isdir(here))
    ):
        return f"a pasta {folder.name} é de outro computador ou de outro sistema"
    ours = os.path.exists(folder / MARKER) and marker.get("origem") != BY_HAND
    if ours or not _has_content(folder) or _serves(folder, marker, root):
        return ""
    return f"a pasta {folder.name} foi feita por outra ferramenta, ou por outro Python"


def _has_content(folder):
    try:
        return any(folder.iterdir())
    except FileNotFoundError:
        return False
    except OSError:  # um arquivo no lugar da pasta também é de alguém
        return True


def _serves(folder, marker, root):
    """Diz se um ambiente feito à mão é do Python que está rodando, e tem pip."""
    try:
        config = (folder / "pyvenv.cfg").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    number = re.escape(_origin(root)["python"])
    return bool(
        re.search(rf"^version(?:_info)?\s*=\s*{number}\b", config, re.M)
        and os.path.exists(_site(folder) / "pip" / "__main__.py")
        and os.path.exists(_python(folder))
        and not (marker and _moved(marker, root))
    )


def _layout(folder, windows):
    return folder / ("Scripts" if windows else "bin")


def _python(folder):
    return _layout(folder, os.name == "nt") / ("python.exe" if os.name == "nt" else "python")


def venv_python(root: Path) -> Path:
    """Devolve o caminho do Python do ambiente, exista ele ou não."""
    return _python(venv_dir(root))


def site_packages(root: Path) -> Path:
    """Devolve a pasta em que o ambiente guarda os pacotes."""
    return _site(venv_dir(root))


def _site(folder):
    return Path(sysconfig.get_path("purelib", scheme="venv", vars={"base": str(folder)}))


def normalize(name: str) -> str:
    """Devolve o nome de um pacote na forma em que dois nomes iguais ficam iguais.

    Parâmetros:
        name: nome como aparece num arquivo ou nos metadados.
    """
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(path: Path) -> dict[str, str]:
    """Lê as versões fixadas com `==` num arquivo de requisitos.

    Parâmetros:
        path: o arquivo; linhas com opções (`-e`, `-c`, `-r`) e comentários não contam.

    Retorna:
        Nome do pacote, como escrito, e versão.
    """
    found = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        text = line.split("#")[0].split(";")[0].strip()
        if "==" in text and not text.startswith("-"):
            name, version = text.split("==", 1)
            found[name.strip()] = version.strip()
    return found


def installed_versions(folder: Path | None = None) -> dict[str, str]:
    """Lista os pacotes instalados em uma pasta, sem executá-los.

    Parâmetros:
        folder: pasta `site-packages`; sem ela, a do Python que está rodando.

    Retorna:
        Nome normalizado e versão, sem o sufixo local (`+cpu`).
    """
    versions = {}
    where = {"path": [str(folder)]} if folder else {}
    for package in metadata.distributions(**where):
        name = package.metadata["Name"]
        if name:
            versions[normalize(name)] = package.version.split("+")[0]
    return versions


def is_active(root: Path, kind: str) -> bool:
    """Diz se o Python que está rodando já tem este curso e tudo de que ele depende.

    É o caso de quem instalou com pip num ambiente seu: não precisa de outro.

    Parâmetros:
        kind: "estudo" ou "testes".
    """
    here = installed_versions()
    wanted = pins(root / REQUIREMENTS["estudo"]) | pins(root / REQUIREMENTS[kind])
    if any(here.get(normalize(name)) != version for name, version in wanted.items()):
        return False
    return _course_installed() == root.as_uri()


def _course_installed() -> str:
    """Devolve o endereço da pasta de que o curso foi instalado; vazio se não foi."""
    try:
        record = metadata.distribution(DISTRIBUTION).read_text("direct_url.json")
    except metadata.PackageNotFoundError:
        return ""
    return json.loads(record or "{}").get("url", "")


def fingerprint(root: Path, kind: str) -> str:
    """Resume em um código tudo que decide o que a instalação produz.

    Do `pyproject.toml` só contam as partes que o pip lê: mexer no pytest não reinstala nada.

    Parâmetros:
        kind: "estudo" ou "testes".
    """
    digest = hashlib.sha256()
    for name in _FINGERPRINTED[kind]:
        digest.update((root / name).read_bytes())
    project = _project(root)
    relevant = [project.get("build-system"), project.get("project")]
    relevant.append(project.get("tool", {}).get("hatch"))
    digest.update(json.dumps(relevant, sort_keys=True).encode())
    for source in shared_data(root):
        digest.update((root / source).read_bytes())
    return digest.hexdigest()


def shared_data(root: Path) -> dict[str, str]:
    """Lê que arquivos de `conf/` a instalação copia para o ambiente.

    Retorna:
        Arquivo do projeto e destino, relativo à pasta do ambiente.
    """
    return _project(root)["tool"]["hatch"]["build"]["targets"]["wheel"]["shared-data"]


def _project(root):
    try:
        return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    except ValueError as error:
        raise CliError(
            "o arquivo pyproject.toml do curso está estragado, ou ficou com marcas de conflito.",
            "baixe ou clone o curso de novo; com git: git checkout -- pyproject.toml",
        ) from error


def read_marker(root: Path) -> dict:
    """Lê a marca que a instalação deixa no ambiente; vazia quando não há ou não se lê."""
    return _read(venv_dir(root))


def _read(folder):
    try:
        marker = json.loads((folder / MARKER).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return marker if isinstance(marker, dict) else {}


def write_marker(root: Path, kind: str = "", origin: str = "") -> None:
    """Grava de quem é o ambiente e, com `kind`, que a instalação terminou bem.

    Parâmetros:
        kind: "estudo", "testes" ou vazio (nada instalado ainda).
        origin: `BY_HAND`, se quem criou o ambiente foi a pessoa; vazio, se foi o curso.
    """
    marker = _origin(root) | ({"origem": origin} if origin else {})
    if kind:
        kept = {*REQUIREMENTS, "origem"}
        marker |= {key: value for key, value in read_marker(root).items() if key in kept}
        marker[kind] = fingerprint(root, kind)
        marker["estudo"] = fingerprint(root, "estudo")
        marker["pacotes"] = sorted(map(normalize, _records(site_packages(root))))
    text = json.dumps(marker, indent=1, ensure_ascii=False)
    (venv_dir(root) / MARKER).write_text(text, encoding="utf-8")


def _origin(root: Path) -> dict:
    return {
        # Os bytes do caminho: as letras dependem da língua do terminal.
        "pasta": os.fsencode(root).hex(),
        "python": ".".join(map(str, sys.version_info[:2])),
        "sistema": SYSTEM,
        "maquina": platform.node(),
    }


def _moved(marker, root):
    try:
        before = os.fsdecode(bytes.fromhex(marker["pasta"]))
    except (KeyError, TypeError, ValueError):
        before = str(marker.get("pasta"))  # as primeiras marcas guardavam o texto
    try:
        return not os.path.samefile(before, root)
    except (OSError, ValueError):
        return True


def plan(root: Path, kind: str) -> Plan:
    """Decide o que fazer com o ambiente, sem executar nada.

    Parâmetros:
        kind: "estudo" ou "testes".

    Erros:
        CliError: se o Python do ambiente está onde este usuário não pode ler.
    """
    folder = venv_dir(root)
    if not _has_content(folder):
        why = _stranger(root / ".venv", root)
        return Plan("criar", f"{why}: fica como está" if why else "ainda não há ambiente")
    if not _has_python(root):
        return Plan("criar", "o ambiente ficou pela metade, ou o Python que o criou saiu daqui")
    marker, here = read_marker(root), _origin(root)
    if not marker:
        if os.path.exists(folder / MARKER):
            return Plan("criar", "o ambiente ficou pela metade")
        return Plan("instalar", "há um ambiente feito à mão; completo o que faltar")
    if _moved(marker, root):
        return Plan("criar", "a pasta do curso mudou de lugar, e o ambiente guarda o caminho")
    if marker.get("python") != here["python"]:
        old, new = marker.get("python"), here["python"]
        return Plan("criar", f"o ambiente é do Python {old}, e agora você usa o {new}")
    lost = lost_packages(root)
    if "pip" in lost:
        return Plan("criar", "o pip do ambiente se perdeu")
    if lost:
        more = f" e mais {len(lost) - 3}" if len(lost) > 3 else ""
        return Plan("instalar", f"sumiram arquivos de {', '.join(lost[:3])}{more}; reponho", lost)
    if marker.get(kind) == fingerprint(root, kind):
        return Plan("pronto", "nada mudou")
    if kind in marker:
        return Plan("instalar", "as versões do curso mudaram")
    if kind == "testes" and "estudo" in marker:
        return Plan("instalar", "faltam os pacotes dos testes")
    return Plan("instalar", "a instalação anterior não terminou; continuo dela")


def _has_python(root):
    try:
        venv_python(root).stat()
    except PermissionError as error:
        name = venv_dir(root).name
        raise CliError(
            f"o ambiente ({name}) foi feito com um Python que o seu usuário não pode ler.",
            f"peça a quem instalou que apague {name} e rode {COMMAND} abrir --so-preparar com um "
            "Python do sistema (como /usr/bin/python3), e não com um da pasta pessoal dele; ou "
            "copie o curso, sem a pasta do ambiente, para uma pasta sua.",
        ) from error
    except OSError:
        return False
    return True


def lost_packages(root: Path) -> tuple[str, ...]:
    """Lista os pacotes do ambiente que perderam arquivos, sem executar nenhum."""
    site = site_packages(root)
    found = {normalize(name): record for name, record in _records(site).items()}
    noted = read_marker(root).get("pacotes")
    noted = [name for name in noted if isinstance(name, str)] if isinstance(noted, list) else []
    lost = set(noted) - set(found)
    lost |= {name for name, record in found.items() if not _is_whole(site, record)}
    return tuple(sorted(lost))


def forget(root: Path, names: tuple[str, ...]) -> None:
    """Apaga o que diz que um pacote está instalado, para que o pip o ponha de novo.

    Parâmetros:
        names: nomes normalizados dos pacotes.
    """
    for name, record in _records(site_packages(root)).items():
        if normalize(name) in names:
            info = record.parent
            if info.is_dir() and not info.is_symlink():
                shutil.rmtree(info)
            else:
                info.unlink()


def _records(site):
    return {path.name.split("-")[0]: path / "RECORD" for path in site.glob("*.dist-info")}


def _is_whole(site, record):
    """Confere o que o pacote tem de nativo e a entrada de cada módulo: o resto, o Python acusa."""
    try:
        with record.open(encoding="utf-8", newline="") as lines:
            names = [row[0] for row in csv.reader(lines) if row]
    except (OSError, ValueError, csv.Error):
        return False
    return all(os.path.exists(site / name) for name in names if _matters(name))


def _matters(name):
    if name.startswith(("..", "/")) or ".dist-info/" in name:
        return False
    entry = name.endswith(".py") if "/" not in name else name.count("/") == 1
    return name.endswith(_NATIVE) or (entry and name.endswith(".py"))
