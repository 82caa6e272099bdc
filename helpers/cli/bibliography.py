"""A bibliografia do curso: o que as *Fontes* de cada lição e de cada anexo citam, numa página só.

Cada linha de *Fontes* diz quem, o título em itálico, onde e quando saiu, e o que ela sustenta. A
página `docs/fontes.md` diz em que lições cada obra é citada.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from helpers.cli.headers import ROOT, texts

HEADING = "### Fontes"
_TITLE = re.compile(r"\*([^*]+)\*([^*]*)")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_NAME = r"[A-ZÀ-Ý][\wÀ-ÿ’-]+"
_CITED = re.compile(rf"({_NAME})(?: et al\.|(?:, {_NAME})* e {_NAME}),? \(?((?:19|20)\d\d)\b")
_CELL = re.compile(r"^```\{code-cell\}.*?^```", re.DOTALL | re.MULTILINE)
_PAGE = """# Fontes

O que o curso repete de outros: {n} obras. O que cada uma sustenta está no fim das lições que a
citam. Esta página é gerada delas: não edite aqui.

| quem | título | ano | lições |
|---|---|---|---|
{rows}
"""


@dataclass(frozen=True)
class CitedWork:
    """Guarda uma obra citada.

    Parâmetros:
        who: quem a escreveu.
        year: o ano; vazio quando a obra não tem um, como um rascunho.
    """

    who: str
    title: str
    year: str


def lines(text: str) -> list[str]:
    """Devolve as linhas de *Fontes* de um texto, sem o traço da frente.

    Parâmetros:
        text: o texto MyST de uma lição.
    """
    after = text.partition(f"\n{HEADING}\n")[2]
    return [line[2:] for line in after.split("\n") if line.startswith("- ")]


def works(line: str) -> list[CitedWork]:
    """Devolve as obras de uma linha: a do primeiro itálico, e as outras que tragam um ano.

    Parâmetros:
        line: uma linha de *Fontes*.
    """
    found = list(_TITLE.finditer(line))
    who = line[: found[0].start()].strip(" ,") if found else ""
    who = who if who.endswith("et al.") else who.removesuffix(".")
    years = [next(iter(_YEAR.findall(match[2])), "") for match in found]
    pairs = zip(found, years, strict=True)
    return [
        CitedWork(who, match[1], year) for i, (match, year) in enumerate(pairs) if year or not i
    ]


def unsupported(text: str) -> list[str]:
    """Devolve as citações da prosa, como `Devlin et al., 2019`, que as *Fontes* do texto não têm.

    Parâmetros:
        text: o texto MyST de uma lição.
    """
    prose = _CELL.sub("", text.partition(f"\n{HEADING}\n")[0])
    sources = lines(text)
    return [
        match[0]
        for match in _CITED.finditer(prose)
        if not any(match[1] in line and match[2] in line for line in sources)
    ]


def bibliography_markdown(root: Path = ROOT) -> str:
    """Escreve docs/fontes.md: cada obra uma vez, com as lições que a citam."""
    cited: dict[str, tuple[CitedWork, list[str]]] = {}
    for work, place in _cited(root):
        _, places = cited.setdefault(work.title.casefold(), (work, []))
        if place not in places:
            places.append(place)
    rows = sorted(cited.values(), key=lambda item: (item[0].who.casefold(), item[0].year))
    shown = [f"| {w.who} | *{w.title}* | {w.year} | {', '.join(p)} |" for w, p in rows]
    return _PAGE.format(n=len(shown), rows="\n".join(shown))


def _cited(root: Path) -> Iterator[tuple[CitedWork, str]]:
    for path in texts(root):
        number = path.stem[:2]
        place = f"anexo {number}" if path.parents[1].name == "anexos" else number
        for line in lines(path.read_text(encoding="utf-8")):
            for work in works(line):
                yield work, place
