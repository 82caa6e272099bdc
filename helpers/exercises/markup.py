"""Converte o Markdown curto das mensagens em HTML escapado ou em texto simples."""

import html
import re


def inline_html(text: str) -> str:
    """Devolve o texto escapado, com `código`, **negrito** e quebras de linha em HTML.

    Parâmetros:
        text: frase em Markdown curto; qualquer HTML nela aparece como texto.
    """
    parts = re.split(r"(`[^`]+`)", text)
    return "".join(_code(part) if _is_code(part) else _prose(part) for part in parts)


def plain(text: str) -> str:
    """Devolve o texto sem as marcas de negrito; as crases ficam, porque separam código de prosa.

    Parâmetros:
        text: frase em Markdown curto.
    """
    parts = re.split(r"(`[^`]+`)", text)
    return "".join(part if _is_code(part) else part.replace("**", "") for part in parts)


def _is_code(part: str) -> bool:
    return len(part) > 2 and part[0] == part[-1] == "`"


def _code(part: str) -> str:
    return f"<code>{html.escape(part[1:-1])}</code>"


def _prose(part: str) -> str:
    bold = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", html.escape(part))
    return bold.replace("\n", "<br>")
