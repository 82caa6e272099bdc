"""Lê e grava notebooks só com a biblioteca padrão: atualizar não depende do que está instalado."""

import hashlib
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

Cell = dict[str, Any]
Notebook = dict[str, Any]
KINDS = ("code", "markdown", "raw")
ROLES = ("card", "exercise", "check", "solution")
#: O que o nbformat aceita como identidade de uma célula.
IDENTITY = re.compile(r"[A-Za-z0-9_-]{1,64}")
LONGEST = 64


class Unreadable(Exception):
    """Diz, depois de "o arquivo", por que ele não é um notebook que se possa ler."""


def read(path: Path) -> Notebook:
    """Lê um notebook do formato 4; a fonte de cada célula vira um texto só.

    Parâmetros:
        path: o arquivo .ipynb.

    Erros:
        Unreadable: se o conteúdo não for um notebook inteiro do formato 4.
        OSError: se o sistema não deixar ler o arquivo.
    """
    if path.is_dir():
        raise Unreadable("é uma pasta")
    if not path.is_file():
        raise Unreadable("é um atalho para o que não existe, ou não é um arquivo comum")
    data = path.read_bytes()
    if not data.strip(b"\0 \r\n\t"):
        raise Unreadable("está vazio")
    try:
        notebook = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Unreadable("não é um JSON inteiro") from error
    if not isinstance(notebook, dict) or "nbformat" not in notebook:
        raise Unreadable("não é um notebook")
    if type(notebook["nbformat"]) not in (int, float):
        raise Unreadable("não diz em que formato está")
    if notebook["nbformat"] != 4:
        raise Unreadable(f"é do formato {notebook['nbformat']} do Jupyter, e o curso usa o 4")
    cells = notebook.get("cells")
    if not isinstance(cells, list) or not all(map(_is_cell, cells)):
        raise Unreadable("tem células que o Jupyter não lê")
    metadata = notebook.get("metadata")
    return {
        **notebook,
        "cells": [_tidy(cell) for cell in cells],
        "metadata": metadata if isinstance(metadata, dict) else {},
    }


def dump(notebook: Notebook) -> bytes:
    """Devolve os bytes do arquivo, na mesma forma em que o Jupyter grava.

    Parâmetros:
        notebook: como `read` devolve.
    """
    lines = [{**cell, "source": cell["source"].splitlines(True)} for cell in notebook["cells"]]
    whole = {**notebook, "cells": lines, "nbformat": 4, "nbformat_minor": 5}
    options = {"indent": 1, "sort_keys": True}
    try:
        return (json.dumps(whole, ensure_ascii=False, **options) + "\n").encode("utf-8")
    except UnicodeEncodeError:  # meia letra, que só cabe num JSON como \ud83d
        return (json.dumps(whole, **options) + "\n").encode("ascii")


def stamp(cell: Cell) -> str:
    """Devolve a impressão digital do que se lê numa célula: o tipo e a fonte."""
    text = f"{cell['cell_type']}\n{cell['source']}"
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def stamps(cells: Iterable[Cell]) -> dict[str, str]:
    """Devolve a impressão digital de cada célula, pela identidade.

    Parâmetros:
        cells: células com identidade.
    """
    return {cell["id"]: stamp(cell) for cell in cells}


def role(cell: Cell) -> tuple[str, str] | None:
    """Devolve (exercício, papel) de uma célula de exercício, ou None."""
    exercise, tags = cell["metadata"].get("exercise"), cell["metadata"].get("tags")
    found = [tag for tag in tags if tag in ROLES] if isinstance(tags, list) else []
    return (str(exercise), found[0]) if exercise is not None and len(found) == 1 else None


def without_outputs(cells: Iterable[Cell]) -> list[Cell]:
    """Devolve as células sem saídas: nenhuma resposta fica embaixo de um palpite.

    Parâmetros:
        cells: as células; não são alteradas.
    """
    bare = {"outputs": [], "execution_count": None}
    return [cell | bare if cell["cell_type"] == "code" else dict(cell) for cell in cells]


def has_outputs(cells: Iterable[Cell]) -> bool:
    """Diz se alguma célula foi executada."""
    return any(cell.get("outputs") or cell.get("execution_count") for cell in cells)


def with_identities(cells: Iterable[Cell]) -> list[Cell]:
    """Devolve as células com identidade válida e única; quem repete a de outra recebe uma nova.

    Parâmetros:
        cells: as células; não são alteradas.
    """
    cells = list(cells)
    used = {cell["id"] for cell in cells if is_identity(cell.get("id"))}
    seen: set[str] = set()
    named = []
    for cell in cells:
        identity = cell.get("id")
        if not is_identity(identity) or identity in seen:
            identity = new_identity(f"c-{stamp(cell)}", used)
        seen.add(identity)
        named.append({**cell, "id": identity})
    return named


def is_identity(value: object) -> bool:
    """Diz se um valor serve de identidade de célula.

    Parâmetros:
        value: o que está em `id`.
    """
    return isinstance(value, str) and IDENTITY.fullmatch(value) is not None


def new_identity(base: str, used: set[str]) -> str:
    """Devolve uma identidade que ninguém usa, e a põe entre as usadas.

    Parâmetros:
        base: como ela começa.
        used: as que já existem.
    """
    identity, number = base[:LONGEST], 1
    while identity in used:
        number += 1
        tail = f"-{number}"
        identity = base[: LONGEST - len(tail)] + tail
    used.add(identity)
    return identity


def heading(cell: Cell) -> str:
    """Devolve o título que uma célula de texto abre, sem os `#`; vazio se não abre nenhum."""
    first = cell["source"].split("\n", 1)[0]
    is_title = cell["cell_type"] == "markdown" and first.startswith("#")
    return first.lstrip("#").strip() if is_title else ""


def _is_cell(cell):
    if not isinstance(cell, dict) or cell.get("cell_type") not in KINDS:
        return False
    source = cell.get("source", "")
    return isinstance(source, str) or (
        isinstance(source, list) and all(isinstance(line, str) for line in source)
    )


def _tidy(cell):
    source, metadata = cell.get("source", ""), cell.get("metadata")
    tidy = {
        **cell,
        "source": source if isinstance(source, str) else "".join(source),
        "metadata": metadata if isinstance(metadata, dict) else {},
    }
    if cell["cell_type"] == "code":
        outputs, count = cell.get("outputs"), cell.get("execution_count")
        tidy["outputs"] = outputs if isinstance(outputs, list) else []
        tidy["execution_count"] = count if isinstance(count, int) else None
    else:
        tidy.pop("outputs", None)
        tidy.pop("execution_count", None)
    return tidy
