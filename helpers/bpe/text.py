"""O que vem antes das fusões: os 256 símbolos de partida e o corte do texto em pré-tokens."""

from __future__ import annotations

from functools import lru_cache

import regex

#: A expressão com que o GPT-2 corta o texto (o espaço fica com a palavra seguinte).
GPT2_PATTERN = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"

#: Os 256 símbolos de partida, em ordem de valor.
BYTES = tuple(bytes([value]) for value in range(256))

VISIBLE = (*range(33, 127), *range(161, 173), *range(174, 256))
HIDDEN = tuple(value for value in range(256) if value not in VISIBLE)

#: Os mesmos 256 símbolos na ordem do GPT-2: primeiro os que têm letra visível em Latin-1.
GPT2_BYTES = tuple(BYTES[value] for value in (*VISIBLE, *HIDDEN))


def split(text: str, pattern: str | None = GPT2_PATTERN) -> list[str]:
    """Corta o texto em pré-tokens; nenhuma fusão atravessa um corte.

    Parâmetros:
        text: o texto. Nada se perde: o que o padrão não alcança vira um pré-token próprio.
        pattern: expressão da biblioteca `regex`, ou `None` para não cortar.

    Retorna:
        Os pré-tokens, na ordem; juntos, dão o texto de volta.

    Erros:
        TypeError: se `text` não for `str`.
        ValueError: se `pattern` não for uma expressão válida.

    Exemplo:
        >>> split("O João comeu pão.")
        ['O', ' João', ' comeu', ' pão', '.']

    Fonte:
        Radford et al. (2019), seção 2.2, e o código publicado com o GPT-2:
        https://github.com/openai/gpt-2/blob/master/src/encoder.py
    """
    require_text(text)
    if pattern is None:
        return [text] if text else []
    compiled = compile_pattern(pattern)
    # Com grupos de captura, `findall` devolveria os grupos, e não o trecho inteiro.
    if not compiled.groups:
        words = list(filter(None, compiled.findall(text)))
        if sum(map(len, words)) == len(text):
            return words
    words, end = [], 0
    for match in compiled.finditer(text):
        words += [text[end : match.start()], match.group()]
        end = match.end()
    return [word for word in (*words, text[end:]) if word]


@lru_cache(maxsize=64)
def compile_pattern(pattern: str) -> regex.Pattern:
    """Compila a expressão de pré-tokenização.

    Parâmetros:
        pattern: expressão da biblioteca `regex`.

    Erros:
        ValueError: se a expressão não for válida.
    """
    try:
        return regex.compile(pattern)
    except regex.error as error:
        raise ValueError(
            f"pattern={pattern!r} não é uma expressão válida para a biblioteca regex ({error}). "
            "Corrija a expressão, ou use pattern=None para não cortar o texto."
        ) from error


def utf8(text: str) -> bytes:
    """Converte texto em bytes UTF-8.

    Erros:
        ValueError: se houver metade solta de um par substituto, que não existe em UTF-8.
    """
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        code = f"U+{ord(text[error.start]):04X}"
        raise ValueError(
            f"o texto contém {code}, metade solta de um par substituto, que não tem bytes em "
            'UTF-8. Releia a fonte com encoding="utf-8", ou troque esse caractere.'
        ) from error


def require_text(text: object) -> None:
    """Recusa o que não é `str`.

    Erros:
        TypeError: se não for `str`.
    """
    if not isinstance(text, str):
        remedy = " Decodifique antes: texto.decode('utf-8')." if isinstance(text, bytes) else ""
        raise TypeError(f"o texto deve ser str; veio {type(text).__name__}.{remedy}")
