"""Lê as células de um texto de lição (MyST) sem o jupytext, que só quem escreve o curso tem.

Basta o que as lições usam: `{code-cell}`, com rótulos e exercício, e `+++` entre células de texto.
"""

import json
import re
from typing import Any

_FENCE = re.compile(r"(`{3,}|~{3,})(.*)")
_OPTION = re.compile(r":?\s*(exercise|tags): *(.+)")


def cells(text: str) -> list[dict[str, Any]]:
    """Devolve as células, como as de um notebook, mas sem identidade nem saídas.

    Parâmetros:
        text: o conteúdo do arquivo .md; o cabeçalho fica de fora.
    """
    lines = text.split("\n")
    at = lines.index("---", 1) + 1 if lines[0] == "---" and "---" in lines[1:] else 0
    found: list[dict[str, Any]] = []
    prose: list[str] = []
    metadata: dict[str, Any] = {}

    def close() -> None:
        source = "\n".join(prose).strip("\n")
        if source or metadata:
            found.append({"cell_type": "markdown", "metadata": metadata, "source": source})
        prose.clear()

    while at < len(lines):
        line, end = lines[at], at
        fence = _FENCE.fullmatch(line)
        if line == "+++" or line.startswith("+++ "):
            close()
            metadata = json.loads(line[4:] or "{}")
        elif fence and fence[2] == "{code-cell}":
            close()
            metadata = {}
            end = lines.index(fence[1], at + 1)
            found.append(_code_cell(lines[at + 1 : end]))
        else:
            if fence and fence[1] in lines[at + 1 :]:  # um `+++` dentro de um bloco é só texto
                end = lines.index(fence[1], at + 1)
            prose += lines[at : end + 1]
        at = end + 1
    close()
    return found


def _code_cell(lines: list[str]) -> dict[str, Any]:
    if lines[:1] == ["---"]:
        end = lines.index("---", 1)
        head, lines = lines[1:end], lines[end + 1 :]
    else:
        end = next((n for n, line in enumerate(lines) if not line.startswith(":")), len(lines))
        head, lines = lines[:end], lines[end:]
    options = dict(match.groups() for line in head if (match := _OPTION.fullmatch(line)))
    metadata: dict[str, Any] = {}
    if "tags" in options:
        metadata["tags"] = [tag.strip() for tag in options["tags"].strip("[]").split(",")]
    if "exercise" in options:
        metadata["exercise"] = options["exercise"].strip("'\"")
    if "  source_hidden: true" in head:
        metadata["jupyter"] = {"source_hidden": True}
    return {"cell_type": "code", "metadata": metadata, "source": "\n".join(lines).strip("\n")}
