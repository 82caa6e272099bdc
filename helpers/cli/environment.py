"""O que há em `.venv`: o que foi instalado ali, a partir de quê, e se ainda serve."""

import hashlib
import json
import os
import re
import sys
import sysconfig
import tomllib
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MARKER = "transformers-por-dentro.json"
LOG = Path(".venv") / "instalacao.log"

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
    """

    action: str
    reason: str


def venv_dir(root: Path) -> Path:
    """Devolve a pasta do ambiente.

    Parâmetros:
        root: pasta do projeto.
    """
    return root / ".venv"


def venv_python(root: Path) -> Path:
    """Devolve o caminho do Python do ambiente, exista ele ou não.

    Parâmetros:
        root: pasta do projeto.
    """
    return venv_dir(root) / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def site_packages(root: Path) -> Path:
    """Devolve a pasta em que o ambiente guarda os pacotes.

    Parâmetros:
        root: pasta do projeto.
    """
    base = str(venv_dir(root))
    return Path(sysconfig.get_path("purelib", scheme="venv", vars={"base": base}))


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


def fingerprint(root: Path, kind: str) -> str:
    """Resume em um código tudo que decide o que a instalação produz.

    Do `pyproject.toml` só contam as partes que o pip lê: mexer no pytest não reinstala nada.

    Parâmetros:
        root: pasta do projeto.
        kind: "estudo" ou "testes".
    """
    digest = hashlib.sha256()
    for name in _FINGERPRINTED[kind]:
        digest.update((root / name).read_bytes())
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    relevant = [project.get("build-system"), project.get("project")]
    relevant.append(project.get("tool", {}).get("hatch"))
    digest.update(json.dumps(relevant, sort_keys=True).encode())
    for path in sorted((root / "conf").glob("*.json")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def read_marker(root: Path) -> dict[str, str]:
    """Lê a marca que a instalação deixa no ambiente; vazia quando não há ou não se lê.

    Parâmetros:
        root: pasta do projeto.
    """
    try:
        marker = json.loads((venv_dir(root) / MARKER).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return marker if isinstance(marker, dict) else {}


def write_marker(root: Path, kind: str = "") -> None:
    """Grava que o ambiente foi criado aqui e, com `kind`, que a instalação terminou bem.

    Parâmetros:
        root: pasta do projeto.
        kind: "estudo", "testes" ou vazio (ambiente criado, nada instalado ainda).
    """
    marker = _origin(root)
    if kind:
        marker |= {key: value for key, value in read_marker(root).items() if key in REQUIREMENTS}
        marker[kind] = fingerprint(root, kind)
        marker["estudo"] = fingerprint(root, "estudo")
    (venv_dir(root) / MARKER).write_text(json.dumps(marker, indent=1), encoding="utf-8")


def _origin(root: Path) -> dict[str, str]:
    return {"pasta": str(root), "python": ".".join(map(str, sys.version_info[:2]))}


def plan(root: Path, kind: str) -> Plan:
    """Decide o que fazer com `.venv`, sem executar nada.

    Parâmetros:
        root: pasta do projeto.
        kind: "estudo" ou "testes".
    """
    if not venv_dir(root).exists():
        return Plan("criar", "ainda não há ambiente")
    if not venv_python(root).exists():
        return Plan("criar", "o ambiente ficou pela metade, ou o Python que o criou saiu daqui")
    marker, here = read_marker(root), _origin(root)
    if not marker:
        return _plan_unmarked(root, here)
    if marker.get("pasta") != here["pasta"]:
        return Plan("criar", "a pasta do curso mudou de lugar, e o ambiente guarda o caminho")
    if marker.get("python") != here["python"]:
        old, new = marker.get("python"), here["python"]
        return Plan("criar", f"o ambiente é do Python {old}, e agora você usa o {new}")
    if marker.get(kind) == fingerprint(root, kind):
        return Plan("pronto", "nada mudou")
    if kind in marker:
        return Plan("instalar", "as versões do curso mudaram")
    if kind == "testes" and "estudo" in marker:
        return Plan("instalar", "faltam os pacotes dos testes")
    return Plan("instalar", "a instalação anterior não terminou; continuo dela")


def _plan_unmarked(root: Path, here: dict[str, str]) -> Plan:
    """Decide sobre um `.venv` que este programa não marcou (feito à mão, ou interrompido)."""
    try:
        config = (venv_dir(root) / "pyvenv.cfg").read_text(encoding="utf-8")
    except OSError:
        config = ""
    same_python = re.search(rf"^version\s*=\s*{re.escape(here['python'])}\.", config, re.M)
    if same_python and (site_packages(root) / "pip" / "__main__.py").exists():
        return Plan("instalar", "há um ambiente feito à mão; completo o que faltar")
    return Plan("criar", "o ambiente ficou pela metade")
