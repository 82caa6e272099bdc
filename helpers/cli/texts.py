"""Lê os textos de quem estuda: um arquivo, ou todos os .txt e .md de uma pasta."""

import unicodedata
from pathlib import Path

from helpers.cli.console import CliError

SUFFIXES = (".txt", ".md")


def read_texts(path: Path) -> list[str]:
    """Devolve os textos, um por arquivo, na ordem dos nomes; arquivos vazios ficam de fora.

    Parâmetros:
        path: um arquivo de qualquer nome, ou uma pasta.

    Erros:
        CliError: se não houver o que ler, ou se um arquivo não estiver em UTF-8.
    """
    try:
        files = _files(path)
        texts = [_read(file) for file in files]
    except OSError as error:
        raise CliError(
            f"não consegui ler {error.filename or path}: {error.strerror or error}.",
            "confira o nome e as permissões do arquivo.",
        ) from error
    texts = [text for text in texts if text.strip()]
    if texts:
        return texts
    raise CliError(
        f"não há texto em {path}: "
        + ("o arquivo está vazio." if path.is_file() else "todos os arquivos estão vazios."),
        "escolha um arquivo com algumas páginas de texto.",
    )


def _files(path):
    if path.is_file():
        return [path]
    if not path.exists():
        raise CliError(f"{path} não existe.", "confira o caminho; com espaços, use aspas.")
    found = [
        file
        for file in path.rglob("*")
        if file.suffix.lower() in SUFFIXES
        and file.is_file()
        and not any(part.startswith(".") for part in file.relative_to(path).parts)
    ]
    if not found:
        raise CliError(
            f"a pasta {path} não tem nenhum arquivo {' nem '.join(SUFFIXES)}.",
            "ponha nela textos com um desses finais, ou passe o caminho de um arquivo.",
        )
    return sorted(found, key=lambda file: file.relative_to(path).as_posix())


def _read(file):
    data = file.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # Com a marca de início, o Python conta as posições depois dela.
        at = error.start + (3 if data.startswith(b"\xef\xbb\xbf") else 0)
        line = data.count(b"\n", 0, at) + 1
        raise CliError(
            f"{file} não está em UTF-8: o byte 0x{data[at]:02x}, na posição {at} (linha {line}), "
            "não forma nenhuma letra.",
            "abra o arquivo no editor e salve de novo com a codificação UTF-8.",
        ) from error
    # Letras compostas: é assim que `gerar` lê o começo que lhe dão.
    text = unicodedata.normalize("NFC", text)
    return text.replace("\r\n", "\n").replace("\r", "\n")
