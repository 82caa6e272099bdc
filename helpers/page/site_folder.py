"""A pasta do site: só se escreve e se apaga o que é nosso."""

import json
import os
from pathlib import Path

from helpers.classroom.folder import FolderError

MARK = ".transformers-por-dentro.json"  # a lista dos arquivos que publicar escreveu


def check(folder: Path) -> None:
    """Confere, antes de qualquer trabalho, se a pasta pode receber o site.

    Parâmetros:
        folder: a pasta; pode não existir.

    Erros:
        FolderError: se ela for um arquivo, tiver o que não é um site do curso ou não deixar ler.
    """
    other = "escolha outra pasta com --saida, como --saida site."
    try:
        above = next(
            place for place in (folder.absolute(), *folder.absolute().parents) if place.exists()
        )
        if not above.is_dir():
            raise FolderError(f"{above} é um arquivo, e o site é uma pasta.", other)
        if not os.access(above, os.W_OK | os.X_OK):
            raise FolderError(f"não posso gravar em {above}: a pasta não deixa.", other)
        if folder.is_dir() and any(folder.iterdir()) and not (folder / MARK).is_file():
            raise FolderError(
                f"a pasta {folder} tem outras coisas e não é um site do curso: não mexi nela.",
                other,
            )
        _written(folder)
    except OSError as error:
        raise _refused(folder, error) from error


def write(folder: Path, files: dict[str, str | bytes]) -> None:
    """Grava o site e apaga o que um site anterior tinha e este não tem; o resto fica.

    Parâmetros:
        folder: a pasta, já conferida por `check`.
        files: caminho dentro dela e conteúdo.

    Erros:
        FolderError: se um arquivo alheio estiver no lugar de um nosso, ou não se puder gravar.
    """
    former = _written(folder)
    foreign = [name for name in files if name not in former and (folder / name).exists()]
    if foreign:
        raise FolderError(
            f"{folder / foreign[0]} não veio de um publicar: não o troquei.",
            "tire-o dali ou escolha outra pasta com --saida.",
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # A lista vem antes dos arquivos: se algo interromper, o que já foi escrito ainda é nosso.
        _list(folder, sorted(former | set(files)))
        for name, content in files.items():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content.encode() if isinstance(content, str) else content)
        for name in sorted(former - set(files)):
            (folder / name).unlink(missing_ok=True)
        _list(folder, sorted(files))
    except OSError as error:
        raise _refused(folder, error) from error


def _list(folder: Path, names: list[str]) -> None:
    text = json.dumps({"arquivos": names}, ensure_ascii=False, indent=1)
    (folder / MARK).write_text(text + "\n", encoding="utf-8")


def _written(folder: Path) -> set[str]:
    """O que um publicar anterior escreveu; um nome que saia da pasta não conta."""
    if not (folder / MARK).is_file():
        return set()
    try:
        names = json.loads((folder / MARK).read_text(encoding="utf-8"))["arquivos"]
        inside = folder.resolve()
        return {name for name in names if (folder / name).resolve().is_relative_to(inside)}
    except (ValueError, KeyError, TypeError) as error:
        raise FolderError(
            f"não entendi {folder / MARK}, a lista do que é do site.",
            "apague a pasta do site à mão, ou escolha outra com --saida.",
        ) from error


def _refused(folder: Path, error: OSError) -> FolderError:
    return FolderError(
        f"não consegui gravar em {error.filename or folder}: {error.strerror or error}.",
        "confira as permissões e o espaço em disco, ou escolha outra pasta com --saida.",
    )
