"""As lições, achadas na pasta: o que o cabeçalho de cada texto diz dela, e as páginas que saem daí.

O cabeçalho YAML de `notebooks/texto/*.md` tem a chave `licao`, com `builds` (o que quem estuda
constrói), `minimum_compared` (células com saída comparada) e `covers` (número da ideia: o que a
lição mostra dela). `data/cobertura.toml` guarda o que não mora em lição nenhuma.
"""

import ast
import functools
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from helpers.cli import pairs

ROOT = Path(__file__).resolve().parents[2]
#: Quantas ideias de cada letra o curso se propôs a cobrir.
IDEAS = {"S": 127, "Q": 30, "F": 18, "E": 95, "G": 41}
NUMBERS = tuple(f"{letter}-{n:02d}" for letter, last in IDEAS.items() for n in range(1, last + 1))
NUMBER = re.compile(r"^[SQFEG]-\d{2,3}$")
TABLE_START, TABLE_END = "<!-- lições: início -->\n", "<!-- lições: fim -->"
_KEYS = {"builds", "minimum_compared", "covers"}


class LessonError(ValueError):
    """Diz o que há de errado no cabeçalho de uma lição ou em `data/cobertura.toml`."""


@dataclass(frozen=True)
class Header:
    """O que se sabe de uma lição sem executá-la.

    Parâmetros:
        stem: caminho em `notebooks/`, sem extensão: `04_scores_e_softmax`, `anexos/04_grafo`.
        title: o título, como aparece na primeira linha do texto.
        builds: o que quem estuda constrói nela.
        minimum_compared: menor número aceito de células com saída comparada.
        covers: número da ideia e o que a lição mostra dela.
        tags: números que as células da lição trazem como etiqueta.
    """

    stem: str
    title: str
    builds: str
    minimum_compared: int
    covers: Mapping[str, str]
    tags: frozenset[str]


@dataclass(frozen=True)
class Elsewhere:
    """Onde está uma ideia que não mora (só) numa lição.

    Parâmetros:
        what: o que está lá, ou o que estará.
        proofs: testes, como `tests/test_x.py::test_y`.
        planned: a lição que vai mostrá-la, com dois algarismos; vazio quando já está provada.
    """

    what: str = ""
    proofs: tuple[str, ...] = ()
    planned: str = ""


def texts(root: Path = ROOT) -> list[Path]:
    """Devolve os textos do curso: os das lições e, depois, os dos anexos, na ordem dos nomes."""
    folder = root / "notebooks"
    return sorted(folder.glob("texto/*.md")) + sorted(folder.glob("anexos/texto/*.md"))


def lessons(root: Path = ROOT) -> list[Header]:
    """Devolve as lições e os anexos do projeto, na ordem de `texts`.

    Erros:
        LessonError: um cabeçalho não tem a forma combinada; a mensagem diz qual e o que falta.
    """
    return [read_lesson(path) for path in texts(root)]


def read_lesson(path: Path) -> Header:
    """Lê o cabeçalho, o título e as etiquetas de um texto.

    Parâmetros:
        path: um arquivo de `notebooks/texto/` ou de `notebooks/anexos/texto/`.

    Erros:
        LessonError: o cabeçalho não tem a forma combinada.
    """
    return _header(path, path.read_text(encoding="utf-8"))


@functools.lru_cache(maxsize=64)
def _header(path: Path, text: str) -> Header:
    """O mesmo texto se lê uma vez: a tabela do README e a cobertura perguntam pelos mesmos."""
    notebook = pairs.read_text(text)
    header = notebook.metadata.get(pairs.LESSON_KEY)
    if not isinstance(header, dict) or set(header) != _KEYS:
        raise LessonError(
            f"{path.name}: o cabeçalho precisa de `{pairs.LESSON_KEY}:` com exatamente "
            f"{', '.join(sorted(_KEYS))}; veio {header!r:.120}"
        )
    covers = header["covers"] or {}
    if strange := [number for number in covers if number not in NUMBERS]:
        raise LessonError(f"{path.name}: `covers` tem números que não existem: {strange}")
    title = next(
        (
            line[2:]
            for cell in notebook.cells
            for line in cell.source.splitlines()[:1]
            if line.startswith("# ")
        ),
        "",
    )
    if not title:
        raise LessonError(f"{path.name}: falta o título, uma linha que começa por `# `")
    tags = frozenset(t for c in notebook.cells for t in c.metadata.get("tags", []))
    return Header(
        stem=f"anexos/{path.stem}" if path.parts[-3] == "anexos" else path.stem,
        title=title,
        builds=str(header["builds"]),
        minimum_compared=int(header["minimum_compared"]),
        covers=dict(covers),
        tags=frozenset(t for t in tags if NUMBER.match(t)),
    )


def elsewhere(root: Path = ROOT) -> dict[str, Elsewhere]:
    """Lê `data/cobertura.toml`: as ideias provadas em teste e as que esperam uma lição.

    Erros:
        LessonError: um número não existe, ou a linha não diz nem prova nem lição.
    """
    told = tomllib.loads((root / "data" / "cobertura.toml").read_text(encoding="utf-8"))
    places = {}
    for number, row in told.items():
        place = Elsewhere(
            row.get("o_que", ""), tuple(row.get("provas", ())), row.get("planejada", "")
        )
        if number not in NUMBERS or not (place.proofs or place.planned):
            raise LessonError(f"data/cobertura.toml: {number} não existe ou não diz onde está")
        places[number] = place
    return places


def coverage_markdown(root: Path = ROOT) -> str:
    """Escreve docs/cobertura.md: todos os números, com a célula, o teste ou a lição que virá."""
    found, outside = lessons(root), elsewhere(root)
    here, later = [], []
    for number in NUMBERS:
        where = [lesson.stem for lesson in found if number in lesson.covers]
        what = list(dict.fromkeys(le.covers[number] for le in found if number in le.covers))
        place = outside.get(number, Elsewhere())
        where += place.proofs
        what += [place.what] if place.what and not what else []
        if where:
            here.append(f"| {number} | {', '.join(where)} | {'; '.join(what)} |")
        else:
            later.append(f"| {number} | {place.planned or '?'} | {place.what} |")
    return _PAGE.format(
        total=len(NUMBERS),
        here=len(here),
        later=len(later),
        rows="\n".join(here),
        planned="\n".join(later),
    )


def problems(found: Iterable[Header], outside: Mapping[str, Elsewhere], root: Path) -> list[str]:
    """Devolve o que os cabeçalhos e `data/cobertura.toml` afirmam e não é verdade.

    Parâmetros:
        outside: o que mora fora delas.
        root: pasta do projeto, onde os testes citados são procurados.
    """
    told, covered = [], set()
    for lesson in found:
        covered |= set(lesson.covers)
        for number in sorted(set(lesson.covers) - lesson.tags):
            told.append(
                f"{lesson.stem}: nenhuma célula leva a etiqueta {number}, que `covers` cita"
            )
        for number in sorted(lesson.tags - set(lesson.covers)):
            told.append(f"{lesson.stem}: há células {number} que `covers` não cita")
    for number, place in outside.items():
        told += [f"{number}: {p}" for proof in place.proofs if (p := _missing(proof, root))]
        if place.planned and (number in covered or place.proofs):
            told.append(f"{number}: já está coberto; tire `planejada` de data/cobertura.toml")
    for number in NUMBERS:
        if number not in covered and number not in outside:
            told.append(f"{number}: não está em lição, nem em teste, nem planejado")
    return told


def _missing(proof: str, root: Path) -> str:
    name, _, test = proof.partition("::")
    path = root / name
    if not name.startswith("tests/") or not path.is_file():
        return f"não existe o arquivo {name}"
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)}
    if not test.startswith("test_") or test not in names:
        return f"não existe o teste {test or '(diga qual, depois de ::)'} em {name}"
    return ""


def readme_table(root: Path = ROOT) -> str:
    """Escreve a tabela de lições do README, entre as duas marcas."""
    found = lessons(root)
    annexes = [lesson for lesson in found if lesson.stem.startswith("anexos/")]
    rows = []
    for lesson in found:
        if lesson not in annexes:
            own = [a for a in annexes if a.stem.startswith(f"anexos/{lesson.stem[:2]}_")]
            beyond = ", ".join(f"[{a.builds}](notebooks/{a.stem}.ipynb)" for a in own)
            title = lesson.title.partition(":")[0]
            rows.append(
                f"| [{title}](notebooks/{lesson.stem}.ipynb) | {lesson.builds} | {beyond} |"
            )
    head = ["| lição | você constrói | anexo, para ir além |", "|---|---|---|"]
    return TABLE_START + "\n".join([*head, *rows, TABLE_END])


def readme(root: Path = ROOT) -> str:
    """Devolve o README com a tabela de lições em dia.

    Erros:
        LessonError: faltam as marcas que cercam a tabela.
    """
    text = (root / "README.md").read_text(encoding="utf-8")
    before, start, rest = text.partition(TABLE_START)
    _, end, after = rest.partition(TABLE_END)
    if not (start and end):
        raise LessonError(f"README.md: faltam as marcas {TABLE_START.strip()} e {TABLE_END}")
    return before + readme_table(root) + after


_PAGE = """# Cobertura

Onde vive cada ideia do curso. Esta página é gerada por `python -m helpers executar`: a fonte é o \
cabeçalho de cada lição (`covers`) e [data/cobertura.toml](../data/cobertura.toml).

A primeira coluna é o número da ideia: **S** conceito que roda, **Q** pergunta respondida com um \
número, **F** figura, **E** erro comum desmentido por uma célula, **G** lacuna dos textos de apoio \
que o curso preenche. A segunda diz onde olhar: um notebook, em que a célula leva o número como \
etiqueta, ou um teste, com o nome da função. São {total} ideias: {here} já têm casa, e {later} \
esperam a sua lição.

| número | onde | o que está lá |
|---|---|---|
{rows}

## Ainda não

| número | lição que a trará | o que vai mostrar |
|---|---|---|
{planned}
"""
