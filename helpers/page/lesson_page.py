"""Uma lição guardada em HTML: texto, código, saídas, exercícios e exploráveis vivos."""

import ast
import base64
import hashlib
import html
import re
import struct
from dataclasses import dataclass, field
from typing import Any

from helpers.exercises import registry
from helpers.page import living, prose
from helpers.page.prose import Terms

HINTS = re.compile(r"<details>.*?</details>\s*", re.S)
STUCK = re.compile(r"\n\*Travou\?.*?\*\s*$", re.S)
DATA_IMAGE = re.compile(r'<img alt="([^"]*)"( width="(\d+)")? src="data:image/png;base64,([^"]+)">')
BLANK = re.compile(r"^\S+ ainda está em branco: daqui em diante roda a do curso\.\n?", re.M)
# O que só faz sentido com um kernel: o ambiente, o progresso guardado, refazer os nomes.
KERNEL_ONLY = {"environment_report", "my_progress"}


@dataclass(frozen=True)
class SheetItem:
    """O que se imprime de um exercício: nunca a solução.

    Parâmetros:
        statement: o cartão em HTML, sem dicas.
        stub: o começo da função, em HTML.
    """

    statement: str
    stub: str


@dataclass
class LessonPage:
    """Uma página pronta.

    Parâmetros:
        stem: caminho no site, sem extensão: `04_scores_e_softmax`, `anexos/04_grafo`.
        title: o título, em texto.
        builds: o que se constrói nela.
        body: o conteúdo, em HTML.
        headings: nível, âncora e título de cada seção.
        words: âncora, título e texto de cada seção, para a busca.
        exercises: os da folha.
        images: nome do arquivo e conteúdo.
    """

    stem: str
    title: str = ""
    builds: str = ""
    body: str = ""
    headings: list[tuple[int, str, str]] = field(default_factory=list)
    words: list[tuple[str, str, str]] = field(default_factory=list)
    exercises: list[SheetItem] = field(default_factory=list)
    images: dict[str, bytes] = field(default_factory=dict)


def source_of(cell: dict[str, Any]) -> str:
    """O texto de uma célula.

    Parâmetros:
        cell: a célula, como está no arquivo.
    """
    return "".join(cell["source"])


def tags_of(cell: dict[str, Any]) -> set[str]:
    """As etiquetas de uma célula.

    Parâmetros:
        cell: a célula, como está no arquivo.
    """
    return set(cell["metadata"].get("tags", ()))


class Writer:
    """Percorre as células de uma lição e escreve a página."""

    def __init__(
        self,
        stem: str,
        notebook: dict[str, Any],
        kinds: living.Kinds,
        resolve: prose.Resolve,
        terms: Terms,
        thread: Any,
    ) -> None:
        """Prepara a página de uma lição.

        Parâmetros:
            stem: caminho em `notebooks/`, sem extensão.
            notebook: o conteúdo do arquivo.
            kinds: os programas do site; ganha os desta página.
            resolve: do endereço escrito na lição ao do site.
            terms: o glossário, para as ligações desta página.
            thread: o fio do curso, que as células `explorable` podem usar.
        """
        self.page = LessonPage(stem, builds=notebook["metadata"]["licao"]["builds"])
        self.cells = notebook["cells"]
        self.markdown = prose.SitePage(resolve)
        self.kinds, self.terms = kinds, terms
        self.up = "../" * stem.count("/")
        self.names: dict[str, Any] = {"thread": thread}
        self.after: dict[int, str] = {}  # célula → palpite de que a saída dela depende
        self.pieces: list[str] = []
        self.lives = 0

    def write(self) -> LessonPage:
        """Escreve a página inteira."""
        calls = [self._call(cell) for cell in self.cells]
        for at, (name, given) in enumerate(calls):
            if name == "predict" and ("reveal", given) in calls[at:]:
                for inside in range(at + 1, at + calls[at:].index(("reveal", given)) + 1):
                    self.after[inside] = given
        open_exercise = False
        for at, cell in enumerate(self.cells):
            tags = tags_of(cell)
            inside = "exercise" in cell["metadata"]
            if open_exercise and (not inside or "card" in tags):
                self.pieces.append("</section>\n")
            if inside and "card" in tags:
                self.pieces.append(f'<section class="exercicio" id="{_anchor(cell)}">\n')
            open_exercise = inside
            if cell["cell_type"] == "markdown":
                self._text(source_of(cell))
                if "card" in tags:
                    statement = STUCK.sub("", HINTS.sub("", source_of(cell)))
                    stub = next(source_of(c) for c in self.cells[at:] if "exercise" in tags_of(c))
                    quiet = prose.SitePage(self.markdown.resolve)
                    sheet = prose.render(statement, quiet)
                    self.page.exercises.append(SheetItem(sheet, prose.code_html(stub)))
            else:
                self._code(at, cell, tags)
        if open_exercise:
            self.pieces.append("</section>\n")
        self.page.body = "".join(self.pieces)
        self.page.headings = self.markdown.headings
        self.page.title = next(
            prose.plain_text(text) for level, _, text in self.page.headings if level == 1
        )
        return self.page

    def _text(self, source: str) -> None:
        """Um trecho de texto; cada título começa uma seção da busca."""
        before = len(self.markdown.headings)
        markup = prose.render(source, self.markdown)
        first, *others = re.split(r"<h[1-4] id=.*?</h[1-4]>", markup, flags=re.S)
        if self.page.words:
            anchor, title, told = self.page.words[-1]
            self.page.words[-1] = (anchor, title, f"{told} {prose.plain_text(first)}")
        found = zip(self.markdown.headings[before:], others, strict=True)
        self.page.words += [
            (anchor, prose.plain_text(title), prose.plain_text(part))
            for (_, anchor, title), part in found
        ]
        self.pieces.append(self.terms.link(markup, self.up))

    def _code(self, at: int, cell: dict[str, Any], tags: set[str]) -> None:
        source = source_of(cell)
        where = f"{self.page.stem}, célula {at + 1}"
        name, given = self._call(cell)
        if tags & {"check", "resume"} or name in KERNEL_ONLY:
            return
        if "setup" in tags:
            living.imports(source, self.names, where)
            self._folded("código: o que esta lição importa", source)
        elif "exercise" in tags:
            self.pieces.append(prose.code_html(source))
        elif "solution" in tags:
            shown = re.sub(r"\n+check\(.*\)\s*$", "", source, flags=re.S)
            self._folded("Solução", shown, "solucao")
            where_to = f'<a href="{self.up}abrir.html">no JupyterLab</a>'
            self.pieces.append(
                f'<p class="onde">Este exercício se resolve {where_to}: lá a conferência diz qual '
                "foi o engano. A solução, acima, abre quando você quiser.</p>\n"
            )
        elif "explorable" in tags:
            widget = living.build(source, self.names, where)
            self._live(widget, self._outputs(cell))
        elif name in ("predict", "quiz"):
            self._prelude(source)
            if name == "quiz":
                self._live(living.card(name, given))
            else:
                self._prediction(given)
        else:
            self._shown(at, cell, name, given)

    def _shown(self, at: int, cell: dict[str, Any], name: str, given: str) -> None:
        """Uma célula comum: o código e o que ela mostrou."""
        source = source_of(cell)
        if name == "picture" or (name == "reveal" and "\n" not in source.strip()):
            code = "" if name == "reveal" else self._details("código da figura", source)
        else:
            code = prose.code_html(source)
        shown = self._outputs(cell, given if name == "reveal" else "")
        if shown and at in self.after:
            shown = f'<div class="depois" data-palpite="{self.after[at]}">{shown}</div>\n'
        self.pieces.append(shown + code if name == "picture" else code + shown)

    def _prelude(self, source: str) -> None:
        """O código que vem antes de um cartão, se houver."""
        lines = source.strip().split("\n")
        body = ast.parse(source).body
        before = "\n".join(lines[: body[-1].lineno - 1]).strip()
        if before and not all(isinstance(n, ast.Import | ast.ImportFrom) for n in body[:-1]):
            self.pieces.append(prose.code_html(before))

    def _prediction(self, given: str) -> None:
        prediction = registry.get_prediction(given)
        self._live(living.card("predict", given), more={"guess": living.sayings(prediction)})

    def _live(self, widget: Any, still: str = "", more: dict[str, Any] | None = None) -> None:
        """Um explorável ou cartão: o retrato guardado e, ao lado, o que o põe vivo."""
        self.lives += 1
        kind = self.kinds.add(widget)
        label, name = html.escape(widget.label, quote=True), f"estado-{self.lives}"
        self.pieces.append(
            f'<div class="vivo" data-estado="{name}" data-nome="{label}">{still}</div>\n'
            f'<script type="application/json" id="{name}">'
            f"{living.packed(widget, kind, more)}</script>\n"
        )

    def _outputs(self, cell: dict[str, Any], guessed: str = "") -> str:
        """As saídas guardadas de uma célula, em HTML."""
        made = []
        for output in cell.get("outputs", ()):
            if "text" in output:
                text = BLANK.sub("", "".join(output["text"]))
                made.append(_printed(text) if text.strip() else "")
                continue
            data = {kind: "".join(found) for kind, found in output.get("data", {}).items()}
            if guessed and "text/plain" in data:
                made.append(self._verdict(guessed, data["text/plain"]))
            elif "text/html" in data:
                made.append(self._stored_html(data["text/html"]))
            elif "text/markdown" in data:
                quiet = prose.SitePage(self.markdown.resolve)
                made.append(prose.render(data["text/markdown"], quiet))
            elif "text/plain" in data:
                made.append(_printed(data["text/plain"]))
        return "".join(made)

    def _verdict(self, given: str, told: str) -> str:
        found = living.verdicts(registry.get_prediction(given), told)
        text = living.json_text(found)
        return (
            f'<p class="resultado" data-palpite="{given}">{found["none"]}</p>'
            f'<script type="application/json" class="vereditos">{text}</script>'
        )

    def _stored_html(self, markup: str) -> str:
        if "<table" in markup:
            markup = f'<div class="larga">{markup}</div>'
        return f'<div class="saida-html">{DATA_IMAGE.sub(self._image, markup)}</div>\n'

    def _image(self, found: re.Match[str]) -> str:
        """A imagem num arquivo dela: a página abre antes, e a mesma imagem não se repete."""
        alt, _, wide, data = found.groups()
        content = base64.b64decode(data)
        name = f"imagens/{hashlib.sha256(content).hexdigest()[:16]}.png"
        self.page.images[name] = content
        width, height = struct.unpack(">II", content[16:24])
        shown = int(wide or width)
        size = f'width="{shown}" height="{round(height * shown / width)}"'
        return f'<img alt="{alt}" {size} src="{self.up}{name}" loading="lazy">'

    def _folded(self, summary: str, source: str, kind: str = "dobrado") -> None:
        self.pieces.append(self._details(summary, source, kind))

    def _details(self, summary: str, source: str, kind: str = "dobrado") -> str:
        place = f' class="{kind}"' if kind else ' class="dobrado"'
        return (
            f"<details{place}><summary>{summary}</summary>\n{prose.code_html(source)}</details>\n"
        )

    def _call(self, cell: dict[str, Any]) -> tuple[str, str]:
        """A função que a última linha de uma célula chama, e o primeiro texto que lhe dá."""
        if cell["cell_type"] != "code" or not (body := ast.parse(source_of(cell)).body):
            return "", ""
        last = body[-1]
        if not isinstance(last, ast.Expr) or not isinstance(last.value, ast.Call):
            return "", ""
        function, given = last.value.func, last.value.args[:1]
        name = function.id if isinstance(function, ast.Name) else ""
        value = given[0].value if given and isinstance(given[0], ast.Constant) else ""
        return name, value if isinstance(value, str) else ""


def _anchor(cell: dict[str, Any]) -> str:
    return "exercicio-" + cell["metadata"]["exercise"].replace(".", "-")


def _printed(text: str) -> str:
    return f'<pre class="saida">{html.escape(text.rstrip())}</pre>\n'
