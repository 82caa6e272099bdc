"""Abre o que está em `data/`: textos conferidos pela soma sha256, glossário e símbolos."""

import hashlib
import json
import tomllib
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

from helpers.files import replace_file

DATA_DIR: Path = Path(__file__).resolve().parent.parent / "data"
MANIFEST_NAME = "manifesto.json"
GLOSSARY_NAME = "glossario.toml"
README_NAME = "README.md"
TABLE_START, TABLE_END = "<!-- tabela: início -->\n", "<!-- tabela: fim -->"


class DataError(Exception):
    """Explica o que há de errado com um arquivo de `data/` e como consertar."""


@dataclass(frozen=True)
class Term:
    """Um termo do curso: a palavra em português, o par em inglês e onde ele aparece primeiro."""

    termo: str
    ingles: str
    definicao: str
    primeira_celula: str
    identificador: str = ""
    forma: str = ""
    variantes_banidas: tuple[str, ...] = ()


@dataclass(frozen=True)
class Symbol:
    """Um símbolo do curso, com um único significado, e o nome que ele tem no código."""

    simbolo: str
    identificador: str
    significado: str
    forma: str = ""
    valor_exemplo: str = ""


Record = TypeVar("Record", Term, Symbol)


def read_text(name: str) -> str:
    """Devolve um texto de `data/`, depois de conferir que ninguém o alterou.

    Parâmetros:
        name: nome de um arquivo do manifesto, como `"cronicas_pt.txt"`.

    Retorna:
        O texto inteiro, com quebras de linha `\\n` em qualquer sistema.

    Erros:
        DataError: se o nome não estiver no manifesto ou se o arquivo faltar ou tiver mudado.

    Exemplo:
        >>> read_text("cronicas_pt.txt").splitlines()[0]
        '# Dia de feira'
    """
    manifest = load_manifest()
    if name not in manifest:
        known = ", ".join(sorted(manifest))
        raise DataError(f"Não conheço o texto {name!r}. Os textos do curso são: {known}.")
    content = _normalised_bytes(name)
    expected, received = str(manifest[name].get("sha256", "nenhuma")), sha256(content)
    if received != expected:
        raise DataError(
            f"O arquivo data/{name} mudou: esperava sha256 {expected[:12]}…, "
            f"veio {received[:12]}…. Para ter o original de volta: {_remedy(name)}"
        )
    return content.decode("utf-8")


def load_manifest() -> dict[str, dict[str, Any]]:
    """Devolve o manifesto: de cada texto, soma, tamanho, origem, licença e descrição.

    Erros:
        DataError: se `data/manifesto.json` faltar ou não for um JSON com `arquivos`.
    """
    content = _normalised_bytes(MANIFEST_NAME)
    try:
        entries = json.loads(content)["arquivos"]
        if all(isinstance(entry, dict) for entry in entries.values()):
            return entries
    except (ValueError, KeyError, TypeError, AttributeError):
        pass
    raise DataError(
        f"O manifesto data/{MANIFEST_NAME} não é um JSON com uma ficha por arquivo. "
        f"Para ter o original de volta: {_remedy(MANIFEST_NAME)}"
    )


def write_manifest() -> None:
    """Refaz tamanhos e somas no manifesto e no README; chame depois de editar um texto.

    Origem, licença e descrição ficam como estão: quem acrescenta um texto as escreve antes.

    Erros:
        DataError: se faltar um arquivo do manifesto, ou a tabela no README de `data/`.
    """
    entries = load_manifest()
    for name, entry in entries.items():
        content = _normalised_bytes(name)
        entry["bytes"] = len(content)
        entry["sha256"] = sha256(content)
    readme = _normalised_bytes(README_NAME).decode("utf-8")
    if TABLE_START not in readme or TABLE_END not in readme:
        raise DataError(
            f"data/{README_NAME} não tem as marcas da tabela. "
            f"Para ter o original de volta: {_remedy(README_NAME)}"
        )
    before, after = readme.split(TABLE_START)[0], readme.split(TABLE_END)[1]
    table = manifest_table(entries)
    replace_file(DATA_DIR / README_NAME, f"{before}{TABLE_START}\n{table}\n{TABLE_END}{after}")
    manifest = json.dumps({"arquivos": entries}, ensure_ascii=False, indent=2)
    replace_file(DATA_DIR / MANIFEST_NAME, manifest + "\n")


def manifest_table(entries: dict[str, dict[str, Any]]) -> str:
    """Devolve o manifesto como tabela em Markdown, uma linha por arquivo.

    Parâmetros:
        entries: o que `load_manifest` devolve.
    """
    rows = ["| arquivo | o que é | bytes | sha256 | origem | licença |"]
    rows.append("|---|---|--:|---|---|---|")
    for name, entry in entries.items():
        cells = [f"`{name}`", entry["descricao"], str(entry["bytes"]), f"`{entry['sha256']}`"]
        rows.append("| " + " | ".join([*cells, entry["origem"], entry["licenca"]]) + " |")
    return "\n".join(rows) + "\n"


def sha256(content: bytes) -> str:
    """Devolve a soma sha256 do conteúdo, em 64 dígitos hexadecimais.

    Parâmetros:
        content: bytes do arquivo, já com quebras de linha `\\n`.
    """
    return hashlib.sha256(content).hexdigest()


def load_glossary() -> list[Term]:
    """Devolve os termos do curso, na ordem de `data/glossario.toml`.

    Erros:
        DataError: se faltar o arquivo, ou se um termo tiver campo a menos, a mais ou errado.
    """
    return _load_records("termo", Term)


def load_symbols() -> list[Symbol]:
    """Devolve a tabela de símbolos, na ordem de `data/glossario.toml`.

    Erros:
        DataError: se faltar o arquivo, ou se um símbolo tiver campo a menos, a mais ou errado.
    """
    return _load_records("simbolo", Symbol)


def _load_records(table: str, kind: type[Record]) -> list[Record]:
    source = _normalised_bytes(GLOSSARY_NAME).decode("utf-8")
    try:
        rows = tomllib.loads(source).get(table, [])
    except tomllib.TOMLDecodeError as error:
        raise DataError(
            f"data/{GLOSSARY_NAME} não é um TOML válido: {error}. "
            f"Corrija a linha ou volte ao original: {_remedy(GLOSSARY_NAME)}"
        ) from error
    return [_record(table, kind, number, row) for number, row in enumerate(rows, start=1)]


def _record(table: str, kind: type[Record], number: int, row: dict[str, Any]) -> Record:
    # A primeira coluna dá nome ao registro nas mensagens.
    title = row.get(fields(kind)[0].name) or f"número {number}"
    where = f"data/{GLOSSARY_NAME}, [[{table}]] {title!r}"
    known = {field.name: field for field in fields(kind)}
    missing = [n for n, f in known.items() if f.default is MISSING and not row.get(n)]
    if missing:
        raise DataError(f"{where}: falta preencher {', '.join(missing)}.")
    unknown = sorted(set(row) - set(known))
    if unknown:
        raise DataError(
            f"{where}: campo desconhecido {', '.join(unknown)}. Os campos são: {', '.join(known)}."
        )
    values = {name: _checked(where, name, value) for name, value in row.items()}
    return kind(**values)


def _checked(where: str, name: str, value: Any) -> str | tuple[str, ...]:
    if name == "variantes_banidas":
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
        raise DataError(f"{where}: {name} deve ser uma lista de textos, e veio {value!r}.")
    if isinstance(value, str):
        return value
    raise DataError(f"{where}: {name} deve ser um texto entre aspas, e veio {value!r}.")


def _normalised_bytes(name: str) -> bytes:
    # A soma vale para quebras "\n"; um clone no Windows pode ter "\r\n" e está certo assim mesmo.
    path = DATA_DIR / name
    try:
        return path.read_bytes().replace(b"\r\n", b"\n")
    except OSError as error:
        raise DataError(
            f"Não encontrei o arquivo {name}: deveria estar em {path}. "
            f"Para ter o original de volta: {_remedy(name)}"
        ) from error


def _remedy(name: str) -> str:
    return f"git checkout -- data/{name}"
