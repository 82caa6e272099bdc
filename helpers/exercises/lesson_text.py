"""Lê do texto de cada lição os exercícios que ele traz, e escreve as células que saem do código.

O texto (`notebooks/texto/NN_*.md`, MyST) é onde o cartão e a célula inicial se escrevem e se leem;
a conferência e a solução saem do código de `answers_NN`.
"""

import ast
import html
import inspect
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from helpers import myst
from helpers.exercises.catalog import Answer, Card, CatalogError, Hint, Section
from helpers.exercises.markup import inline_html

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = (ROOT / "notebooks" / "texto", ROOT / "notebooks" / "anexos" / "texto")
SKIP_LINE = (
    "*Travou? Pule e volte depois, ou abra a solução: ler uma boa solução também é estudar. "
    "O resto da lição não depende da sua resposta.*"
)
FEWEST_HINTS = 3
_HEADING = re.compile(r"## (?:(\d+)\. )?(.+)")
_MEASURES = re.compile(
    r"Dificuldade (?:[●○]+ )?\(?(\d) de 5\)? · importância (?:[●○]+ )?\(?(\d) de 5\)? · "
    r"(\d+) a (\d+) minutos"
)
_HINT = re.compile(
    r"<details><summary>Dica \d+: (?P<title>.+?)</summary>\n\n(?P<text>.+?)\n\n</details>", re.S
)
_SHAPE = f"""### Exercício: título

Dificuldade 2 de 5 · importância 4 de 5 · 5 a 10 minutos

O enunciado.

**Pronto quando:** o que é verdade no fim.

<details><summary>Dica 1: o que ela oferece</summary>

A dica.

</details>

{SKIP_LINE}"""


@dataclass(frozen=True)
class Cell:
    """Guarda uma célula de um texto de lição.

    Parâmetros:
        source: o que está escrito nela.
        exercise: exercício a que pertence; vazio se a nenhum.
        tags: rótulos.
        section: seção em que está; `None` antes da primeira.
        where: arquivo em que está.
    """

    source: str
    exercise: str
    tags: tuple[str, ...]
    section: Section | None
    where: str


def texts(lesson: str = "[0-9][0-9]") -> tuple[Path, ...]:
    """Devolve os textos de uma lição, o dela antes do anexo; sem lição, os de todas.

    Parâmetros:
        lesson: número com dois algarismos.
    """
    return _found(lesson, FOLDERS)


@cache
def _found(lesson: str, folders: tuple[Path, ...]) -> tuple[Path, ...]:
    return tuple(path for folder in folders for path in sorted(folder.glob(f"{lesson}_*.md")))


@cache
def cells(path: Path) -> tuple[Cell, ...]:
    """Devolve as células de um texto, em ordem, com a seção em que cada uma está.

    Parâmetros:
        path: caminho do .md.
    """
    where = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name
    found, section, lesson = [], None, path.name[:2]
    for cell in myst.cells(path.read_text(encoding="utf-8")):
        source, about = cell["source"].strip(), cell["metadata"]
        if cell["cell_type"] == "markdown":
            for line in _outside_fences(source):
                if match := _HEADING.fullmatch(line.rstrip()):
                    number = int(match[1]) if match[1] else None
                    section = Section(lesson, number, match[2])
        tags = tuple(about.get("tags", ()))
        found.append(Cell(source, str(about.get("exercise", "")), tags, section, where))
    return tuple(found)


@cache
def cards(lesson: str) -> tuple[Card, ...]:
    """Devolve os cartões da lição, na ordem em que se leem.

    Parâmetros:
        lesson: número com dois algarismos, como "01".

    Erros:
        CatalogError: um cartão ou a sua célula não tem a forma combinada; a mensagem diz onde.
    """
    everything = [cell for path in texts(lesson) for cell in cells(path)]
    stubs = {cell.exercise: cell for cell in everything if "exercise" in cell.tags}
    found: dict[str, Card] = {}
    for cell in everything:
        if "card" not in cell.tags:
            continue
        name = cell.exercise
        if not name.startswith(f"{lesson}.") or name in found:
            told = "já tem um cartão" if name in found else f'precisa começar por "{lesson}."'
            raise CatalogError(f"{cell.where}: o exercício {name!r} {told}. Mude o nome dele.")
        if name not in stubs:
            raise CatalogError(
                f"{cell.where}, {name}: há o cartão, e falta a célula em que se escreve. Ponha "
                f"depois dele uma célula de código com `:exercise: {name}` e `:tags: [exercise]`."
            )
        card = parse_card(cell.source, name, cell.where)
        found[name] = replace(with_stub(card, stubs[name].source), section=cell.section)
    for name in sorted(stubs.keys() - found.keys()):
        raise CatalogError(f"{stubs[name].where}, {name}: há onde escrever, e falta o cartão.")
    return tuple(found.values())


@cache
def sections(lesson: str) -> dict[int, Section]:
    """Devolve as seções numeradas do texto da lição.

    Parâmetros:
        lesson: número com dois algarismos, como "01".
    """
    passed = [cell.section for path in texts(lesson)[:1] for cell in cells(path)]
    return {item.number: item for item in passed if item and item.number is not None}


def asked(lesson: str, call: str) -> tuple[str, ...]:
    """Devolve com que identificador uma função é chamada nas células da lição, em ordem.

    Parâmetros:
        lesson: número com dois algarismos, como "01".
        call: nome da função: "predict", "reveal" ou "quiz".
    """
    pattern = re.compile(rf'^{call}\("([^"]+)"', re.MULTILINE)
    return tuple(
        m for path in texts(lesson) for c in cells(path) for m in pattern.findall(c.source)
    )


def parse_card(text: str, exercise_id: str, where: str) -> Card:
    """Devolve o cartão escrito em Markdown, ainda sem a célula em que se escreve.

    Parâmetros:
        text: a célula do cartão.
        exercise_id: lição e nome, como "01.empate".
        where: arquivo em que está, para a mensagem.

    Erros:
        CatalogError: falta uma parte, ou uma medida não faz sentido.
    """

    def refuse(told: str) -> None:
        raise CatalogError(f"{where}, cartão de {exercise_id}: {told}\nA forma é esta:\n\n{_SHAPE}")

    head, *rest = text.strip().removesuffix(SKIP_LINE).strip().split("\n\n", 2)
    title = head.removeprefix("### Exercício: ")
    if title == head or "\n" in head or not title.strip():
        refuse("a primeira linha precisa ser `### Exercício: ` e o título.")
    measures = _MEASURES.fullmatch(rest[0].strip()) if rest else None
    if not measures:
        refuse(f"não li dificuldade, importância e minutos em {rest[0] if rest else '':.80}")
    body, mark, tail = rest[1].partition("\n\n**Pronto quando:** ") if rest[1:] else ("", "", "")
    if not body.strip() or not mark:
        refuse("falta o enunciado, ou o parágrafo que começa por `**Pronto quando:** `.")
    done, _, folded = tail.partition("\n\n")
    hints = tuple(Hint(_markdown(m["title"]), m["text"]) for m in _HINT.finditer(folded))
    if left := _HINT.sub("", folded).strip():
        refuse(f"depois de `Pronto quando` só cabem dicas, e há: {left:.80}")
    if len(hints) < FEWEST_HINTS:
        refuse(
            f"há {len(hints)} dicas, e são precisas ao menos {FEWEST_HINTS}: uma pergunta, o "
            "plano e a saída esperada."
        )
    difficulty, importance, low, high = map(int, measures.groups())
    if not (1 <= difficulty <= 5 and 1 <= importance <= 5 and 0 < low < high):
        refuse("dificuldade e importância vão de 1 a 5, e os minutos, do menor ao maior.")
    return Card(
        id=exercise_id,
        title=title,
        difficulty=difficulty,
        importance=importance,
        minutes=(low, high),
        statement=body.strip(),
        done_when=done,
        hints=hints,
    )


def with_stub(card: Card, stub: str) -> Card:
    """Devolve o cartão com a célula em que se escreve e o nome que ela pede.

    Parâmetros:
        card: o que `parse_card` devolveu.
        stub: código inicial da célula; o último nome que ele define é o da resposta.

    Erros:
        CatalogError: o código não é Python, ou não define o nome que o enunciado pede.
    """
    try:
        body = ast.parse(stub).body
    except SyntaxError as error:
        raise CatalogError(f"{card.id}: a célula inicial não é Python: {error}") from None
    name = ["", *(name for node in body for name in _defined(node))][-1]
    if not name.startswith("my_") or name not in card.statement:
        raise CatalogError(
            f"{card.id}: o último nome que a célula inicial define é {name!r}. Comece-o por `my_`, "
            "para não tomar o lugar de um nome da lição, e cite-o no enunciado."
        )
    return replace(card, name=name, stub=stub.strip())


def card_markdown(card: Card) -> str:
    """Devolve o cartão em Markdown, com as dicas dobradas: o inverso de `parse_card`."""
    low, high = card.minutes
    measures = (
        f"Dificuldade {_dots(card.difficulty)} · importância {_dots(card.importance)} · "
        f"{low} a {high} minutos"
    )
    hints = [_hint(number, hint) for number, hint in enumerate(card.hints, start=1)]
    return "\n\n".join(
        [
            f"### Exercício: {card.title}",
            measures,
            card.statement.strip(),
            f"**Pronto quando:** {card.done_when}",
            *hints,
            SKIP_LINE,
        ]
    )


def _dots(level: int) -> str:
    return f"{'●' * level}{'○' * (5 - level)} ({level} de 5)"


def _hint(number: int, hint: Hint) -> str:
    # Dentro de <summary> o Markdown não é lido: o título vai em HTML.
    summary = f"<summary>Dica {number}: {inline_html(hint.title)}</summary>"
    return f"<details>{summary}\n\n{hint.text.strip()}\n\n</details>"


def _markdown(title: str) -> str:
    """Desfaz `inline_html`; um título já em Markdown fica como está."""
    for mark, tag in (("`", "code"), ("**", "strong")):
        title = re.sub(rf"<{tag}>(.*?)</{tag}>", rf"{mark}\1{mark}", title)
    return html.unescape(title)


def _defined(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        yield from (target.id for target in targets if isinstance(target, ast.Name))


def _outside_fences(source: str) -> Iterator[str]:
    fence = ""
    for line in source.split("\n"):
        mark = re.match(r"`{3,}", line)
        if mark and not fence:
            fence = mark[0]
        elif fence and line.strip() == fence:
            fence = ""
        elif not fence:
            yield line


def check_source(card: Card) -> str:
    """Devolve a célula que confere a resposta de quem estuda.

    Parâmetros:
        card: o cartão, com o nome que a célula inicial pede.
    """
    return f'check("{card.id}", {card.name})'


def solution_source(card: Card, answer: Answer) -> str:
    """Devolve a célula da solução, com outro nome e sem mexer no progresso.

    Parâmetros:
        card: o cartão, com o nome que a célula inicial pede.
        answer: a resposta; a função da solução não pode depender de nomes de fora dela.
    """
    name = f"{card.name}_solution"
    checked = f'check("{card.id}", {name}, record=False)'
    if answer.kind == "value":
        return f"{answer.code.strip()}\n\n{checked}"
    source = textwrap.dedent(inspect.getsource(answer.solution)).strip()
    renamed = re.sub(rf"\b{re.escape(answer.solution.__name__)}\b", name, source)
    return f"{renamed}\n\n\n{checked}"
