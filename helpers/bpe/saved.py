"""Arquivos do tokenizador: o JSON do curso e o par `vocab.json` + `merges.txt` do GPT-2."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from helpers.bpe.text import BYTES, HIDDEN, VISIBLE
from helpers.files import reason, replace_file

_FORMAT = "transformers-por-dentro/bpe"
_VERSION = 1
_HEADER = "#version: 0.2"
_REMEDY = "Treine de novo e grave com save, ou recupere uma cópia do arquivo."

_LETTER_OF_BYTE = {value: value for value in VISIBLE} | {
    value: 256 + place for place, value in enumerate(HIDDEN)
}
_BYTE_OF_LETTER = {chr(letter): value for value, letter in _LETTER_OF_BYTE.items()}

Merges = Sequence[tuple[bytes, bytes]]


def to_letters(token: bytes) -> str:
    """Escreve cada byte como uma letra visível, na tabela do GPT-2 (`ã` vira `Ã£`)."""
    return token.decode("latin-1").translate(_LETTER_OF_BYTE)


def from_letters(letters: str) -> bytes:
    """Desfaz `to_letters`.

    Parâmetros:
        letters: as letras da tabela do GPT-2.

    Erros:
        ValueError: se houver caractere fora da tabela.
    """
    try:
        return bytes([_BYTE_OF_LETTER[letter] for letter in letters])
    except KeyError as error:
        raise ValueError(
            f"{letters!r} tem {error.args[0]!r}, que não está entre as 256 letras do GPT-2"
        ) from None


@contextmanager
def explaining(path: str | os.PathLike[str]) -> Iterator[None]:
    """Acrescenta o caminho e o que fazer à mensagem de um arquivo recusado."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{path}: {error}. {_REMEDY}") from error


def write_json(
    path: str | os.PathLike[str],
    merges: Merges,
    pattern: str | None,
    special_tokens: Mapping[str, int],
    tie_rule: str | None,
    ids: Mapping[bytes, int] | None,
) -> None:
    """Grava os campos do tokenizador, com os bytes escritos nas letras do GPT-2.

    Parâmetros:
        special_tokens: token especial → id.
        ids: token → id, se a numeração não for a do curso.
    """
    content = {
        "format": _FORMAT,
        "version": _VERSION,
        "pattern": pattern,
        "tie_rule": tie_rule,
        "special_tokens": dict(special_tokens),
        "ids": None if ids is None else {to_letters(token): ids[token] for token in ids},
        "merges": [_merge_line(pair) for pair in merges],
    }
    _replace(Path(path), json.dumps(content, ensure_ascii=False, indent=1) + "\n")


def read_json(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Lê os campos gravados por `write_json`.

    Erros:
        OSError: se não for possível ler.
        ValueError: se o conteúdo não for o esperado.
    """
    content = _parse(Path(path))
    if not isinstance(content, dict) or content.get("format") != _FORMAT:
        raise ValueError(f'não é um tokenizador deste curso (falta "format": "{_FORMAT}")')
    if content.get("version") != _VERSION:
        raise ValueError(
            f"está na versão {content.get('version')!r} do formato; este curso lê a {_VERSION}"
        )
    kinds = {
        "pattern": (str, type(None)),
        "tie_rule": (str, type(None)),
        "special_tokens": dict,
        "ids": (dict, type(None)),
        "merges": list,
    }
    for name, kind in kinds.items():
        if name not in content:
            raise ValueError(f'falta o campo "{name}"')
        if not isinstance(content[name], kind):
            raise ValueError(f'o campo "{name}" tem um valor inesperado')
    _require_numbers(content["special_tokens"])
    _require_numbers(content["ids"] or {})
    fields = {name: content[name] for name in kinds}
    fields["merges"] = _parse_merges(content["merges"])
    if fields["ids"] is not None:
        fields["ids"] = {from_letters(token): number for token, number in fields["ids"].items()}
    return fields


def write_gpt2(
    folder: str | os.PathLike[str],
    merges: Merges,
    vocab: Mapping[bytes, int],
    special_tokens: Mapping[str, int],
) -> None:
    """Grava `vocab.json` e `merges.txt`.

    Parâmetros:
        folder: a pasta; é criada se faltar.
        special_tokens: token especial → id.

    Erros:
        ValueError: se um token especial se escrever como um token comum.
    """
    entries = {to_letters(token): number for token, number in vocab.items()}
    for token in special_tokens:
        if token in entries:
            raise ValueError(
                f"o token especial {token!r} se escreve, em vocab.json, como um token comum. "
                "Escolha um nome que o texto não use, como <|fim|>, ou grave com save."
            )
    entries |= special_tokens
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    in_order = dict(sorted(entries.items(), key=lambda entry: entry[1]))
    _replace(folder / "vocab.json", json.dumps(in_order, ensure_ascii=False))
    lines = [_HEADER, *map(_merge_line, merges)]
    _replace(folder / "merges.txt", "\n".join(lines) + "\n")


def read_gpt2(folder: str | os.PathLike[str]) -> dict[str, Any]:
    """Lê as fusões, os ids e os tokens especiais de uma pasta do GPT-2.

    Parâmetros:
        folder: a pasta com `vocab.json` e `merges.txt`.

    Erros:
        OSError: se não for possível ler.
        ValueError: se faltar um dos 256 bytes ou o resultado de uma fusão.
    """
    folder = Path(folder)
    entries = _parse(folder / "vocab.json")
    if not isinstance(entries, dict):
        raise ValueError("vocab.json não é uma tabela de token → id")
    _require_numbers(entries)
    lines = _read(folder / "merges.txt").split("\n")
    # Só a primeira linha pode ser cabeçalho: `# #` também é uma fusão possível.
    body = lines[1:] if lines[0].startswith("#version") else lines
    merges = _parse_merges([line for line in body if line])
    ids = {}
    for token in dict.fromkeys((*BYTES, *(left + right for left, right in merges))):
        letters = to_letters(token)
        if letters not in entries:
            raise ValueError(f"vocab.json não tem {letters!r}, que merges.txt e os 256 bytes pedem")
        ids[token] = entries.pop(letters)
    return {"merges": merges, "ids": ids, "special_tokens": entries}


def _require_numbers(table):
    for token, number in table.items():
        if not isinstance(number, int) or number < 0:
            raise ValueError(f"o id de {token!r} é {number!r}; ids são inteiros a partir de 0")


def _merge_line(pair):
    return f"{to_letters(pair[0])} {to_letters(pair[1])}"


def _parse_merges(lines):
    merges = []
    for number, line in enumerate(lines):
        parts = line.split(" ") if isinstance(line, str) else []
        if len(parts) != 2 or not all(parts):
            raise ValueError(f"a fusão {number} deveria ser dois tokens e um espaço; é {line!r}")
        merges.append((from_letters(parts[0]), from_letters(parts[1])))
    return tuple(merges)


def _read(path):
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise ValueError(f"{path.name} não é texto em UTF-8") from None
    except OSError as error:
        raise type(error)(
            error.errno,
            "não consegui ler o tokenizador; confira o caminho, ou grave-o antes com save",
            str(path),
        ) from error


def _parse(path):
    text = _read(path)
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(
            f"{path.name} não é JSON completo (linha {error.lineno}); pode ter sido cortado"
        ) from error


def _replace(path, text):
    try:
        replace_file(path, text)
    except OSError as error:
        raise type(error)(
            error.errno,
            f"não consegui gravar o tokenizador ({reason(error)}); confira se a pasta existe "
            "e aceita escrita",
            str(path),
        ) from error
