"""Os desafios dos exploráveis de cada lição: quantos há e quantos já se cumpriram."""

import re
import tomllib
from functools import cache
from pathlib import Path

from helpers.exercises import lesson_text
from helpers.exercises.progress import Entries

EXPLORABLES = Path(__file__).resolve().parents[1] / "explorables"
TEXTS = lesson_text.ROOT / "data" / "exploraveis.toml"
_IMPORT = re.compile(r"^from helpers\.explorables\.(\w+) import", re.MULTILINE)
_WORDS = re.compile(r"\bwords\(\"([^\"]+)\"\)")


@cache
def offered(lesson: str) -> dict[str, int]:
    """Devolve, de cada explorável da lição e dos anexos, quantos desafios ele tem.

    Parâmetros:
        lesson: número com dois algarismos, como "01".
    """
    tables = tomllib.loads(TEXTS.read_text(encoding="utf-8"))
    cells = (cell for path in lesson_text.texts(lesson) for cell in lesson_text.cells(path))
    modules = {name for cell in cells for name in _IMPORT.findall(cell.source)}
    # Lê o código, e não o importa: importar os exploráveis traz o modelo.
    codes = (EXPLORABLES / f"{name}.py" for name in sorted(modules))
    names = [
        n
        for code in codes
        if code.exists()
        for n in _WORDS.findall(code.read_text(encoding="utf-8"))
    ]
    counts = {name: len(tables[name].get("desafios", {})) for name in names}
    return {name: count for name, count in counts.items() if count}


def met(lesson: str, entries: Entries) -> int:
    """Devolve quantos desafios da lição estão cumpridos.

    Parâmetros:
        lesson: número com dois algarismos.
        entries: `explorables` do progresso.
    """
    return sum(
        min(count, len(entries.get(name, {}).get("desafios", ())))
        for name, count in offered(lesson).items()
    )
