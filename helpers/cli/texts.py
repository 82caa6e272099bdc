"""Lê os textos de quem estuda: um arquivo, ou todos os .txt e .md de uma pasta."""

import unicodedata
from pathlib import Path

from helpers.cli.console import CliError
from helpers.files import reason

SUFFIXES = (".txt", ".md")
#: Como começam os arquivos que se veem como texto, mas guardam outra coisa.
_DOCUMENTS = {
    b"%PDF": "um PDF",
    b"PK\x03\x04": "um documento de editor de textos, um livro digital ou um ZIP",
    b"{\\rtf": "um documento RTF",
    b"\xd0\xcf\x11\xe0": "um documento de editor de textos",
}


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
            f"não consegui ler {error.filename or path}: {reason(error)}.",
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
    _refuse_documents(file, data)
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
    # O caractere nulo cabe em UTF-8, mas em texto não há nenhum; em UTF-16, um a cada letra.
    if "\0" in text:
        raise CliError(
            f"{file} não é um texto, ou está em UTF-16: tem caracteres nulos.",
            "se é um texto, abra-o no editor e salve de novo com a codificação UTF-8.",
        )
    # Letras compostas: é assim que `gerar` lê o começo que lhe dão.
    text = unicodedata.normalize("NFC", text)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _refuse_documents(file, data):
    """Recusa o que só se lê no programa que o fez."""
    for start, name in _DOCUMENTS.items():
        if data.startswith(start):
            raise CliError(
                f"{file} é {name}, e o treino lê só texto puro.",
                "abra-o no programa dele, salve como texto sem formatação (.txt), em UTF-8, e "
                "passe esse arquivo.",
            )
