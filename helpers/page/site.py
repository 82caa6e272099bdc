"""O site inteiro: as páginas das lições e as que as cercam, em memória, e a pasta que as recebe."""

import json
import os
import posixpath
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from jinja2 import Environment, FileSystemLoader

from helpers.classroom.folder import FolderError
from helpers.data import load_glossary
from helpers.exercises.progress import VARIABLE
from helpers.explorables.kit.own_page import page_script
from helpers.files import reason
from helpers.page import lecture, living, prose
from helpers.page.lesson_page import LessonPage, Writer
from helpers.page.prose import Terms
from helpers.studies.thread import load_thread

HERE = Path(__file__).parent / "templates"
#: Textos do repositório que viram página, com o nome dela.
DOCUMENTS = {"data/modelo/cartao.md": "cartao", "LICENSE": "licenca"}
FIRST = {"index", "glossario", "abrir", *DOCUMENTS.values()}


def make(root: Path, sheets: bool, told: Callable[[str], None]) -> dict[str, str | bytes]:
    """Devolve o site: caminho e conteúdo de cada arquivo.

    Parâmetros:
        sheets: se as folhas de exercícios vão junto.
        told: recebe uma linha por lição, à medida que ficam prontas.

    Erros:
        living.PageError: se uma célula não puder virar página.
    """
    with _nobodys_progress():
        return _Site(root, sheets).files(told)


@contextmanager
def _nobodys_progress() -> Iterator[None]:
    """Os palpites e as respostas de quem publica não vão para o site."""
    former = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = os.devnull
    try:
        yield
    finally:
        if former is None:
            del os.environ[VARIABLE]
        else:
            os.environ[VARIABLE] = former


class _Site:
    def __init__(self, root: Path, sheets: bool) -> None:
        self.root, self.sheets = root, sheets
        self.kinds = living.Kinds()
        self.glossary = load_glossary()
        folder = root / "notebooks"
        self.paths = {
            path.relative_to(folder).with_suffix("").as_posix(): path
            for path in [
                *sorted(folder.glob("[0-9]*.ipynb")),
                *sorted(folder.glob("anexos/*.ipynb")),
            ]
        }
        self.templates = Environment(
            loader=FileSystemLoader(HERE), autoescape=True, trim_blocks=True, lstrip_blocks=True
        )
        self.templates.filters["slug"] = prose.slug
        self.made: dict[str, str | bytes] = {}

    def files(self, told: Callable[[str], None]) -> dict[str, str | bytes]:
        """Faz tudo, na ordem em que se lê."""
        torch.set_num_threads(1)  # contas pequenas: com mais de uma, o OpenMP espera girando
        thread = load_thread()
        pages = []
        for stem, path in self.paths.items():
            notebook = json.loads(path.read_text(encoding="utf-8"))
            resolve = self._resolver(f"notebooks/{stem}.ipynb", stem)
            terms = Terms(self.glossary)
            pages.append(Writer(stem, notebook, self.kinds, resolve, terms, thread).write())
            told(pages[-1].title)
        lessons = [page for page in pages if "/" not in page.stem]
        annexes = {
            lesson.stem: [p for p in pages if p.stem.startswith(f"anexos/{lesson.stem[:2]}")]
            for lesson in lessons
        }
        self._lessons(pages, lessons, annexes)
        if self.sheets:
            self._sheets(lessons)
        self._around(lessons, annexes, pages)
        return self.made

    def _lessons(
        self, pages: list[LessonPage], lessons: list[LessonPage], annexes: dict[str, list]
    ) -> None:
        order = [p for lesson in lessons for p in (lesson, *annexes[lesson.stem])]
        for page in order:
            # De uma lição vai-se à lição seguinte; de um anexo, ao que vem depois dele.
            row = lessons if page in lessons else order
            around = [None, *row, None]
            place = row.index(page)
            self._page(
                page.stem,
                page.title,
                page.body,
                headings=page.headings,
                before=around[place],
                after=around[place + 2],
                lecture=self._lecture(page.stem),
                alive=True,
            )
            self.made.update(page.images)

    def _lecture(self, stem: str) -> bool:
        """Diz se a lição tem notas de aula, e as põe no site."""
        if not lecture.notes_path(self.root, stem).is_file():
            return False
        self.made["aula.js"] = lecture.styles_script() + lecture.lecture_script()
        self.made[f"notas/{stem}.js"] = lecture.plan_script(self.root, stem)
        return True

    def _sheets(self, lessons: list[LessonPage]) -> None:
        for lesson in lessons:
            if lesson.exercises:
                body = self.templates.get_template("sheet.html").render(lesson=lesson)
                title = f"{lesson.title}: exercícios"
                self._page(f"folhas/{lesson.stem}", title, body)

    def _around(
        self, lessons: list[LessonPage], annexes: dict[str, list], pages: list[LessonPage]
    ) -> None:
        rows = [(lesson, annexes[lesson.stem]) for lesson in lessons]
        index = self.templates.get_template("index.html")
        body = index.render(lessons=rows, sheets=self.sheets)
        self._page("index", "Início", body)
        anchors = {page.stem: {anchor for _, anchor, _ in page.headings} for page in pages}
        places = {}
        for term in self.glossary:
            stem, _, anchor = term.primeira_celula.partition("#")
            if stem in anchors:
                known = f"#{anchor}" if anchor in anchors[stem] else ""
                places[term.termo] = f"{stem}.html{known}"
        glossary = self.templates.get_template("glossary.html")
        self._page("glossario", "Glossário", glossary.render(terms=self.glossary, places=places))
        self._document("abrir", (HERE / "open.md").read_text(encoding="utf-8"), "")
        for path, stem in DOCUMENTS.items():
            self._document(stem, (self.root / path).read_text(encoding="utf-8"), path)
        entries = [
            [page.stem, anchor, page.title, title, text]
            for page in pages
            for anchor, title, text in page.words
        ]
        entries += [
            ["glossario", prose.slug(term.termo), "Glossário", term.termo, term.definicao]
            for term in self.glossary
        ]
        self.made["busca.js"] = f"window.tpdBusca={living.json_text(entries)};\n"
        self.made["exploraveis.js"] = self.kinds.script()
        self.made["proprio.js"] = page_script()
        self.made["exploraveis.css"] = self.kinds.stylesheet()
        for name, target in {"page.css": "pagina.css", "page.js": "pagina.js"}.items():
            self.made[target] = (HERE / name).read_text(encoding="utf-8")
        self.made[".nojekyll"] = ""  # o GitHub Pages serve os arquivos como estão

    def _document(self, stem: str, source: str, path: str) -> None:
        page = prose.SitePage(self._resolver(path, stem))
        if not source.startswith("# "):
            source = f"# Licenças\n\n```\n{source}\n```\n"
        body = prose.render(source, page)
        self._page(stem, prose.plain_text(page.headings[0][2]), body)

    def _resolver(self, path: str, stem: str) -> prose.Resolve:
        """O que faz de um endereço escrito num texto do repositório um endereço do site."""

        def resolve(url: str) -> str | None:
            if re.match(r"[a-z]+:", url):
                return url
            place, _, anchor = url.partition("#")
            anchor = f"#{prose.slug(anchor)}" if anchor else ""
            if not place:
                return anchor
            target = posixpath.normpath(posixpath.join(posixpath.dirname(path), place))
            name = target.removeprefix("notebooks/").removesuffix(".ipynb")
            site = name if name in self.paths else DOCUMENTS.get(target)
            if site is not None:
                return posixpath.relpath(f"{site}.html", posixpath.dirname(stem) or ".") + anchor
            if target.endswith(".png") and (self.root / target).is_file():
                image = f"imagens/{posixpath.basename(target)}"
                self.made[image] = (self.root / target).read_bytes()
                return posixpath.relpath(image, posixpath.dirname(stem) or ".")
            return None

        return resolve

    def _page(self, stem: str, title: str, body: str, **given: Any) -> None:
        headings = [
            (anchor, text) for level, anchor, text in given.pop("headings", ()) if level == 2
        ]
        self.made[f"{stem}.html"] = self.templates.get_template("page.html").render(
            stem=stem,
            title=title,
            body=body,
            up="../" * stem.count("/"),
            headings=headings,
            **given,
        )


# --- a pasta: só se escreve e se apaga o que é nosso ----------------------------------------------

MARK = ".transformers-por-dentro.json"  # a lista dos arquivos que publicar escreveu


def check_folder(folder: Path) -> None:
    """Confere, antes de qualquer trabalho, se a pasta pode receber o site.

    Parâmetros:
        folder: a pasta; pode não existir.

    Erros:
        FolderError: se ela for um arquivo, tiver o que não é um site do curso ou não deixar ler.
    """
    other = "escolha outra pasta com --saida, como --saida site."
    try:
        above = next(
            place for place in (folder.absolute(), *folder.absolute().parents) if place.exists()
        )
        if not above.is_dir():
            raise FolderError(f"{above} é um arquivo, e o site é uma pasta.", other)
        if not os.access(above, os.W_OK | os.X_OK):
            raise FolderError(f"não posso gravar em {above}: a pasta não deixa.", other)
        if folder.is_dir() and any(folder.iterdir()) and not (folder / MARK).is_file():
            raise FolderError(
                f"a pasta {folder} tem outras coisas e não é um site do curso: não mexi nela.",
                other,
            )
        _written(folder)
    except OSError as error:
        raise _refused(folder, error) from error


def write_folder(folder: Path, files: dict[str, str | bytes]) -> None:
    """Grava o site e apaga o que um site anterior tinha e este não tem; o resto fica.

    Parâmetros:
        folder: a pasta, já conferida por `check_folder`.
        files: caminho dentro dela e conteúdo.

    Erros:
        FolderError: se um arquivo alheio estiver no lugar de um nosso, ou não se puder gravar.
    """
    former = _written(folder)
    foreign = [name for name in files if name not in former and (folder / name).exists()]
    if foreign:
        raise FolderError(
            f"{folder / foreign[0]} não veio de um publicar: não o troquei.",
            "tire-o dali ou escolha outra pasta com --saida.",
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # A lista vem antes dos arquivos: se algo interromper, o que já foi escrito ainda é nosso.
        _note(folder, sorted(former | set(files)))
        for name, content in files.items():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content.encode() if isinstance(content, str) else content)
        for name in sorted(former - set(files)):
            (folder / name).unlink(missing_ok=True)
        _note(folder, sorted(files))
    except OSError as error:
        raise _refused(folder, error) from error


def _note(folder: Path, names: list[str]) -> None:
    text = json.dumps({"arquivos": names}, ensure_ascii=False, indent=1)
    (folder / MARK).write_text(text + "\n", encoding="utf-8")


def _written(folder: Path) -> set[str]:
    """O que um publicar anterior escreveu; um nome que saia da pasta não conta."""
    if not (folder / MARK).is_file():
        return set()
    try:
        names = json.loads((folder / MARK).read_text(encoding="utf-8"))["arquivos"]
        inside = folder.resolve()
        return {name for name in names if (folder / name).resolve().is_relative_to(inside)}
    except (ValueError, KeyError, TypeError) as error:
        raise FolderError(
            f"não entendi {folder / MARK}, a lista do que é do site.",
            "apague a pasta do site à mão, ou escolha outra com --saida.",
        ) from error


def _refused(folder: Path, error: OSError) -> FolderError:
    return FolderError(
        f"não consegui gravar em {error.filename or folder}: {reason(error)}.",
        "confira as permissões e o espaço em disco, ou escolha outra pasta com --saida.",
    )
