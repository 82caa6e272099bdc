"""Markdown das lições em HTML: âncoras, código realçado, fórmulas em MathML e ligações do site."""

import html
import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

from latex2mathml import converter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import BashLexer, PythonLexer, TextLexer

from helpers.data import Term

LEXERS = {"python": PythonLexer(), "bash": BashLexer()}
SPANS = HtmlFormatter(nowrap=True)
# Recebe o endereço escrito no texto; devolve o do site, ou None se aquilo não está no site.
Resolve = Callable[[str], str | None]


def slug(heading: str) -> str:
    """Âncora de um título: `2. A lei` vira `a-lei`.

    Parâmetros:
        heading: o título, com ou sem número e acentos.
    """
    letters = unicodedata.normalize("NFD", re.sub(r"^\d+\W+", "", heading.lower()))
    bare = "".join(c for c in letters if not unicodedata.combining(c))
    return re.sub(r"\W+", "-", bare).strip("-")


def code_html(source: str, language: str = "python") -> str:
    """Código realçado; a moldura rola para o lado e recebe o foco do teclado.

    Parâmetros:
        language: `python` ou `bash`; qualquer outra fica sem cores.
    """
    lexer = LEXERS.get(language, TextLexer())
    marked = highlight(source, lexer, SPANS).rstrip("\n")
    return f'<pre class="codigo"><code>{marked}</code></pre>\n'


def math_html(formula: str, display: str = "inline") -> str:
    """Fórmula em MathML, que o navegador desenha sem biblioteca nenhuma.

    Parâmetros:
        formula: LaTeX, sem os cifrões.
        display: `inline` ou `block`.
    """
    found = converter.convert(formula.strip(), display=display)
    shown = html.escape(formula.strip(), quote=True)
    return found.replace("<math ", f'<math alttext="{shown}" ', 1)


class SitePage(IPythonRenderer):
    """Escreve o HTML de uma página e anota os títulos por que passa."""

    def __init__(self, resolve: Resolve) -> None:
        super().__init__(escape=False, exclude_anchor_links=True)
        self.resolve = resolve
        self.headings: list[tuple[int, str, str]] = []  # nível, âncora e título em HTML
        self.repeated = 0

    def heading(self, text: str, level: int, **attrs: Any) -> str:
        """Título com âncora, que nunca se repete na página.

        Parâmetros:
            text: o título, já em HTML.
            level: de 1, o da página, a 6.
        """
        first = anchor = slug(plain_text(text)) or "titulo"
        known = {known for _, known, _ in self.headings}
        while anchor in known:
            self.repeated += 1
            anchor = f"{first}-{self.repeated + 1}"
        self.headings.append((level, anchor, text))
        return f'<h{level} id="{anchor}">{text}</h{level}>\n'

    def link(self, text: str, url: str, title: str | None = None) -> str:
        """Ligação para outra página do site; a que sairia dele vira só texto."""
        target = self.resolve(url)
        return text if target is None else f'<a href="{html.escape(target)}">{text}</a>'

    def image(self, text: str, url: str, title: str | None = None) -> str:
        """Imagem guardada no site; sem o arquivo, fica o que ela diz."""
        target = self.resolve(url)
        alt = html.escape(plain_text(text), quote=True)
        return alt if target is None else f'<img alt="{alt}" src="{target}" loading="lazy">'

    def block_code(self, code: str, info: str | None = None) -> str:
        """Bloco de código."""
        return code_html(code.rstrip("\n"), (info or "").split(" ")[0])

    def block_math(self, body: str) -> str:
        """Fórmula numa linha só dela."""
        return f'<div class="formula">{math_html(body, "block")}</div>'

    def inline_math(self, body: str) -> str:
        """Fórmula no meio da frase."""
        return math_html(body)


def render(source: str, page: SitePage) -> str:
    """HTML de um trecho em Markdown.

    Parâmetros:
        page: a página em que ele está; ganha os títulos do trecho.
    """
    # Uma fórmula numa linha só dela vem dentro de um parágrafo, e um bloco não cabe ali.
    markup = MarkdownWithMath(renderer=page).render(source)
    markup = re.sub(r'<p>(<div class="formula".*?</div>)</p>', r"\1", markup, flags=re.S)
    return re.sub(r"<table>.*?</table>", _wide, markup, flags=re.S)


def plain_text(markup: str) -> str:
    """O que se lê de um HTML, numa linha."""
    shown = re.sub(r"<math .*?alttext=\"(.*?)\".*?</math>", r"\1", markup, flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", shown)).split())


def _wide(found: re.Match[str]) -> str:
    return f'<div class="larga">{found[0]}</div>'


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
