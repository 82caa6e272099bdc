"""Termos do glossário: a página deles e as ligações no texto das lições."""

import html
import re
from collections.abc import Sequence

from helpers.data import Term
from helpers.page.prose import slug

# Dentro destes não se põe ligação: já são ligação, código, título ou fórmula.
CLOSED = {"a", "code", "pre", "h1", "h2", "h3", "h4", "summary", "math", "script", "em"}
TAG = re.compile(r"(<[^>]+>)")


class Terms:
    """O glossário de uma página: cada termo ganha ligação na primeira vez que aparece."""

    def __init__(self, glossary: Sequence[Term]) -> None:
        """Prepara a busca dos termos.

        Parâmetros:
            glossary: os termos do curso.
        """
        self.known = {term.termo.lower(): term for term in glossary}
        names = sorted(map(re.escape, self.known), key=len, reverse=True)
        self.pattern = re.compile(rf"(?<![\w-])({'|'.join(names)})(?:e?s)?(?![\w-])", re.I)
        self.used: set[str] = set()

    def link(self, markup: str, up: str) -> str:
        """O HTML com as ligações dos termos que a página ainda não tinha.

        Parâmetros:
            markup: HTML de um trecho de texto.
            up: o caminho da página à raiz do site, como `../`.
        """
        made, closed = [], 0
        for piece in TAG.split(markup):
            if piece.startswith("<"):
                name = re.match(r"</?(\w*)", piece)[1].lower()
                if name in CLOSED:
                    closed += -1 if piece.startswith("</") else 1
            elif not closed:
                piece = self.pattern.sub(lambda found: self._linked(found, up), piece)
            made.append(piece)
        return "".join(made)

    def _linked(self, found: re.Match[str], up: str) -> str:
        term = self.known[found[1].lower()]
        if term.termo in self.used:
            return found[0]
        self.used.add(term.termo)
        told = html.escape(term.definicao, quote=True)
        place = f"{up}glossario.html#{slug(term.termo)}"
        return f'<a class="termo" href="{place}" data-termo="{told}">{found[0]}</a>'
