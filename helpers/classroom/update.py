"""Traz as lições novas para `meu_curso`, e o que alguém fez em outra pasta; recomeça uma lição."""

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from helpers.classroom import belongings, folder, lessons, notebooks, telling
from helpers.classroom.folder import FolderError
from helpers.classroom.lessons import Lesson
from helpers.classroom.merge import MARK, Merged, merge
from helpers.classroom.notebooks import Cell, Notebook, Unreadable, stamp, stamps
from helpers.classroom.work import Work, renew
from helpers.files import replace_file


@dataclass
class Renewed:
    """Uma lição atualizada, ainda na memória.

    Parâmetros:
        lesson: a lição de hoje.
        work: o que a pessoa tinha; None se a lição é nova para ela.
        cells: as células do resultado.
        merged: o que a junção conta; None se não houve o que juntar.
        brought: se entrou trabalho feito em outra pasta.
    """

    lesson: Lesson
    work: Work | None
    cells: list[Cell] = field(repr=False)
    merged: Merged | None = None
    brought: bool = False


@dataclass
class Told:
    """O que uma atualização fez.

    Parâmetros:
        lines: o que mudou, em frases; vazia se nada mudou.
        rewritten: de cada arquivo trocado, onde ficou o anterior e onde está o novo.
    """

    lines: list[str] = field(default_factory=list)
    rewritten: list[tuple[Path, Path]] = field(default_factory=list)


def update(course: Path, target: Path, origin: Path | None = None) -> Told:
    """Atualiza `meu_curso`, criando-a se preciso.

    Parâmetros:
        target: a pasta de quem estuda.
        origin: outra pasta com trabalho a trazer, como a de um curso baixado antes.

    Erros:
        FolderError: o que impediu, e o que fazer; cada arquivo está inteiro, antigo ou novo.
    """
    sources = belongings.sources(origin, target) if origin else []
    with folder.held(target) as free:
        if not free:
            raise folder.busy(target)
        return bring_up_to_date(course, target, sources)


def bring_up_to_date(course: Path, target: Path, sources: Iterable[Path] = ()) -> Told:
    """Faz o trabalho de `update`, com a pasta já segura.

    Parâmetros:
        target: a pasta de quem estuda.
        sources: pastas de lições com trabalho a trazer.

    Erros:
        FolderError: o que impediu, e o que fazer.
    """
    try:
        return _bring(course, target, list(sources))
    except OSError as error:
        raise folder.failure(error, target) from error


def _bring(course, target, sources):
    told = Told()
    said = told.lines
    delivered, damaged = read_course(course / "notebooks")
    said += [telling.damaged(name, problem) for name, problem in damaged.items()]
    state = folder.read_state(target)
    before = repr(state)
    first = not lessons.find(target)
    said += telling.opening(first, target)
    own = _read(target, delivered, damaged)
    ours = [work.path for work in own.values()]
    ours += [path for path in lessons.find(course / "notebooks") if lessons.is_lesson(path)]
    todays, gone = _renew(own, delivered)
    _combine(todays, _written_in_place(delivered, state), target, said)
    for source in sources:
        others = _read(source, delivered, damaged)
        for work in others.values():  # o JupyterLab não confia em saídas de outra pasta
            work.cells = notebooks.without_outputs(work.cells)
        ours += [work.path for work in others.values()]
        _combine(todays, others, target, said)
    # Quem recebeu uma resposta é gravado antes de quem a perdeu: uma queda no meio não a apaga.
    for one in sorted(todays.values(), key=lambda one: bool(one.work and one.work.gave)):
        _write(target, one, first, told)
    said += _set_gone_aside(target, gone, state)
    said += belongings.gather(course, target, state, ours, sources)
    if repr(state) != before:
        folder.write_state(target, state)
    return told


# ---------------------------------------------------------------- ler


def read_course(source: Path) -> tuple[dict[str, Lesson], dict[str, str]]:
    """Lê as lições de hoje; devolve as que estão inteiras e por que as outras não se leem.

    Parâmetros:
        source: a pasta `notebooks` do curso.

    Erros:
        FolderError: não há nenhuma lição.
    """
    whole, damaged = {}, {}
    for path in filter(lessons.is_lesson, lessons.find(source)):
        try:
            lesson = lessons.load(path, source)
        except Unreadable as problem:
            damaged[lessons.name_of(path, source)] = str(problem)
        else:
            whole[lesson.name] = lesson
    if not whole and not damaged:
        raise FolderError(
            "não há lições na pasta notebooks do curso.",
            "baixe ou clone o curso de novo; com git: git checkout -- notebooks",
        )
    return whole, damaged


def _read(source: Path, delivered: dict[str, Lesson], damaged: dict[str, str]) -> dict[str, Work]:
    """Lê o que uma pessoa tem numa pasta; o que ela criou ou renomeou não é lição."""
    found = {}
    for path in lessons.find(source):
        name = lessons.name_of(path, source)
        if name in damaged:
            continue
        try:
            work = _work(path, source)
        except Unreadable as problem:
            if name in delivered:
                found[name] = _from_checkpoint(path, str(problem))
            continue
        mark = work.metadata.get(MARK)
        if isinstance(mark, dict):
            known = mark.get("licao") == name
        else:
            known = name in delivered or lessons.has_text(path)
        if known:
            found[name] = work
    return found


def _work(path: Path, source: Path) -> Work:
    notebook = notebooks.read(path)
    mark = notebook["metadata"].get(MARK)
    if isinstance(mark, dict) and isinstance(mark.get("entregue"), str):
        came = dict(entry.rpartition(":")[::2] for entry in mark["entregue"].split())
        edition = str(mark.get("edicao"))
        doubtful = bool(mark.get("duvida"))
        return Work(notebook["cells"], notebook["metadata"], came, edition, path, doubtful=doubtful)
    lesson = lessons.load(path, source)
    # As saídas que vieram com o curso não se distinguem das dela: nenhuma passa.
    cells = notebooks.without_outputs(lesson.written or notebook["cells"])
    came = stamps(lesson.cells) if lesson.certain else None
    return Work(cells, notebook["metadata"], came, path=path)


def _from_checkpoint(path: Path, problem: str) -> Work:
    """Devolve o que o JupyterLab guardou no último Ctrl-S, ou um trabalho vazio."""
    spare = path.parent / ".ipynb_checkpoints" / f"{path.stem}-checkpoint.ipynb"
    try:
        work = _work(spare, spare.parent)
    except (Unreadable, OSError):
        return Work([], path=path, broken=problem)
    return Work(work.cells, work.metadata, work.delivered, path=path, broken=problem)


def _written_in_place(delivered: dict[str, Lesson], state: dict) -> dict[str, Work]:
    """O que alguém escreveu direto em `notebooks` e ainda não foi trazido."""
    brought, found = state.setdefault("notebooks", {}), {}
    for name, lesson in delivered.items():
        if lesson.written is None:
            continue
        whole = " ".join(map(stamp, lesson.written))
        mark = hashlib.sha256(whole.encode("ascii")).hexdigest()[:12]
        if brought.get(name) != mark:
            cells = notebooks.without_outputs(lesson.written)
            found[name] = Work(cells, lesson.metadata, stamps(lesson.cells), lesson.edition)
            brought[name] = mark
    return found


# ---------------------------------------------------------------- juntar, na memória


def _renew(works, delivered):
    former, gone = renew(works, delivered)
    todays = {}
    for name, lesson in delivered.items():
        work = works[former[name]] if name in former else None
        if work is None:
            todays[name] = Renewed(lesson, None, lesson.cells)
        elif work.edition == lesson.edition and not (work.arrived or work.gave):
            todays[name] = Renewed(lesson, work, work.cells)
        else:
            merged = merge(work.delivered, work.cells, lesson.cells)
            todays[name] = Renewed(lesson, work, merged.cells, merged)
    return todays, gone


def _combine(
    todays: dict[str, Renewed], others: dict[str, Work], target: Path, said: list[str]
) -> None:
    """Junta ao resultado o trabalho de outra pasta; o que já está em `meu_curso` vale mais."""
    for name, work in others.items():
        if work.broken:
            said.append(telling.unread(name, work.broken, bool(work.cells)))
    theirs, gone = _renew(others, {name: one.lesson for name, one in todays.items()})
    for name, other in theirs.items():
        if other.work is None:
            continue
        one = todays[name]
        merged = merge(stamps(one.lesson.cells), other.cells, one.cells, rival=True)
        if list(map(stamp, merged.cells)) != list(map(stamp, one.cells)):
            one.cells, one.brought = merged.cells, True
            aside = [*merged.aside, *(other.merged.aside if other.merged else ())]
            said.append(telling.brought(one.lesson, merged, len(aside)))
    for name, work in gone.items():
        if work.has_words and work.path is not None:
            said.append(telling.gone(name, folder.keep(target, work.path), target))


# ---------------------------------------------------------------- gravar


def _write(target: Path, one: Renewed, first: bool, told: Told) -> None:
    lesson, work = one.lesson, one.work
    if work is not None and one.merged is None and not one.brought:
        return
    path = target / f"{lesson.name}.ipynb"
    former = work.path if work is not None and work.path is not None else path
    kept = None
    if os.path.lexists(former) and (work is None or work.broken or not work.intact):
        save = folder.keep if former.is_file() else folder.set_aside
        kept = save(target, former, "ilegivel" if work and work.broken else "")
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, notebooks.dump(_notebook(one)))
    if kept is not None:
        told.rewritten.append((kept, path))
    if former != path:
        former.unlink(missing_ok=True)
    if first or (one.merged is None and work is not None):
        return  # o que se tinha a dizer já foi dito
    if work is not None and work.broken:
        line = telling.broken(lesson.name, work.broken, bool(work.cells), kept, target)
        told.lines.append(line)
        return
    old = lessons.name_of(former, target) if work is not None and work.path else None
    arrived = work.arrived if work is not None else []
    told.lines += telling.lesson(lesson, one.merged, kept, target, old, arrived)


def _set_gone_aside(target: Path, gone: dict[str, Work], state: dict) -> list[str]:
    """Tira as lições que saíram do curso; uma em que a pessoa escreveu fica onde está."""
    said, told = [], state.setdefault("fora", [])
    for name, work in gone.items():
        if not work.has_words:
            kept = None if work.intact else folder.keep(target, work.path)
            work.path.unlink()
            said.append(telling.gone(name, kept, target))
        elif name not in told:
            told.append(name)
            said.append(telling.gone(name, work.path, target))
    return said


def _notebook(one: Renewed) -> Notebook:
    lesson, former = one.lesson, one.work.metadata if one.work else {}
    # O JupyterLab completa estas duas ao salvar; trocá-las faria o arquivo parecer alterado.
    filled = {key: former[key] for key in ("kernelspec", "language_info") if key in former}
    metadata = {**former, **lesson.metadata, **filled, MARK: mark_of(lesson)}
    return {"cells": one.cells, "metadata": metadata}


def mark_of(lesson: Lesson) -> dict[str, str | bool]:
    """Devolve o que um notebook de quem estuda leva consigo: que lição é, e como foi entregue.

    Vai dentro do arquivo, e não ao lado: uma versão antiga que volte, por um JupyterLab aberto ou
    por uma cópia, ainda diz de que edição é.

    Parâmetros:
        lesson: a lição entregue.
    """
    came = " ".join(f"{identity}:{mark}" for identity, mark in stamps(lesson.cells).items())
    mark = {"licao": lesson.name, "edicao": lesson.edition, "entregue": came}
    return mark | ({"duvida": True} if lesson.doubtful else {})


def untouched(lesson: Lesson) -> bytes:
    """Devolve o arquivo de uma lição em que ninguém escreveu."""
    return notebooks.dump(_notebook(Renewed(lesson, None, lesson.cells)))


def restart(course: Path, target: Path, asked: str) -> str:
    """Põe uma lição como veio, guarda a de antes e diz onde.

    Parâmetros:
        target: a pasta de quem estuda.
        asked: a lição, como `01`, `01_tokenizacao_bpe` ou `anexos/01`.

    Erros:
        FolderError: a lição não existe, ou a pasta não se deixa mexer.
    """
    try:
        whole, _ = read_course(course / "notebooks")
        lesson = whole[_choose(asked, sorted(whole))]
        with folder.held(target) as free:
            if not free:
                raise folder.busy(target)
            path = target / f"{lesson.name}.ipynb"
            data = untouched(lesson)
            if path.is_file() and path.read_bytes() == data:
                return f"{lesson.title}: já está como veio."
            kept = None
            if os.path.lexists(path):
                kept = (folder.keep if path.is_file() else folder.set_aside)(target, path)
            path.parent.mkdir(parents=True, exist_ok=True)
            replace_file(path, data)
    except OSError as error:
        raise folder.failure(error, target) from error
    where = f" A sua ficou em {telling.place(kept, target)}." if kept else ""
    return f"{lesson.title}: recomeçada.{where} O progresso anotado não muda."


def _choose(asked: str, names: list[str]) -> str:
    wanted = asked.replace("\\", "/").removesuffix(".ipynb")
    for start in ("./", "meu_curso/", "notebooks/"):
        wanted = wanted.removeprefix(start)
    above, _, stem = wanted.rpartition("/")
    stem = stem.zfill(2) if stem.isdecimal() else stem
    wanted = f"{above}/{stem}" if above else stem
    found = [name for name in names if name == wanted or (stem and name.startswith(f"{wanted}_"))]
    if len(found) == 1:
        return found[0]
    raise FolderError(
        f"não sei qual lição é {asked!r}.", f"escolha uma destas: {', '.join(found or names)}."
    )
