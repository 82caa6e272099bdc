"""O trabalho de uma pessoa, e para onde ele vai quando uma lição troca de nome ou de células."""

from dataclasses import dataclass, field
from pathlib import Path

from helpers.classroom import notebooks
from helpers.classroom.lessons import Lesson
from helpers.classroom.notebooks import Cell, role, stamp


@dataclass
class Work:
    """O que uma pessoa tem de uma lição.

    Parâmetros:
        metadata: os metadados do notebook.
        delivered: a impressão digital de cada célula que ela recebeu; None se não se sabe.
        edition: a edição que ela recebeu; vazia se não se sabe.
        path: o arquivo, se há um.
        broken: por que o arquivo não se deixa ler; vazio quando está bem.
        arrived: as células em que ela escreveu e que vieram de outra lição.
        gave: se alguma foi para outra lição.
        doubtful: se o que se entregou pode já trazer coisa dela.
    """

    cells: list[Cell] = field(repr=False)
    metadata: dict = field(default_factory=dict, repr=False)
    delivered: dict[str, str] | None = field(default=None, repr=False)
    edition: str = ""
    path: Path | None = None
    broken: str = ""
    arrived: list[Cell] = field(default_factory=list, repr=False)
    gave: bool = False
    doubtful: bool = False

    def touched(self, cell: Cell) -> bool:
        """Diz se a pessoa mexeu numa célula que recebeu.

        Parâmetros:
            cell: uma das células.
        """
        base = (self.delivered or {}).get(cell.get("id"))
        return base is not None and base != stamp(cell)

    @property
    def has_words(self) -> bool:
        """Se há nele alguma coisa que ela escreveu, até onde se sabe."""
        known = self.delivered or {}
        return any(
            cell["source"].strip() and known.get(cell.get("id")) != stamp(cell)
            for cell in self.cells
        )

    @property
    def intact(self) -> bool:
        """Se está tudo como foi entregue, e nada foi executado."""
        return (
            self.delivered is not None
            and not self.doubtful
            and [cell.get("id") for cell in self.cells] == list(self.delivered)
            and not any(map(self.touched, self.cells))
            and not notebooks.has_outputs(self.cells)
        )


def renew(
    works: dict[str, Work], delivered: dict[str, Lesson]
) -> tuple[dict[str, str], dict[str, Work]]:
    """Leva cada coisa para a lição em que ela está hoje.

    Parâmetros:
        works: o que a pessoa tem, por lição; é alterado.
        delivered: as lições de hoje.

    Retorna:
        O nome que cada lição de hoje tem em `works`, e o trabalho em lições que saíram do curso.
    """
    former = _follow_renamed(works, delivered)
    _follow_moved(works, former, delivered)
    gone = {name: work for name, work in works.items() if name not in former.values()}
    return former, gone


def _follow_renamed(works, delivered) -> dict[str, str]:
    """Acha o nome que cada lição tinha; a que trocou de nome se conhece pelas células."""
    former = {name: name for name in delivered if name in works}
    for old in [name for name in works if name not in delivered]:
        work = works[old]
        mine = set(work.delivered or {cell.get("id") for cell in work.cells})
        shared = {
            name: len(mine & {cell["id"] for cell in lesson.cells})
            for name, lesson in delivered.items()
            if name not in former
        }
        best = max(shared, key=shared.__getitem__, default="")
        if best and 3 * shared[best] >= len(mine) > 0:
            former[best] = old
    return former


def _follow_moved(works, former, delivered) -> None:
    """Leva o que a pessoa escreveu numa célula para a lição, ou o anexo, em que ela está hoje."""
    today = {old: name for name, old in former.items()}
    homes = {name: _Home(lesson) for name, lesson in delivered.items()}
    for old, work in list(works.items()):
        here = homes.get(today.get(old))
        stay = []
        for cell in work.cells:
            place = None
            if work.touched(cell) and cell["source"].strip() and not (here and here.has(cell)):
                place = next((name for name, home in homes.items() if home.has(cell)), None)
            if place is None:
                stay.append(cell)
                continue
            other = works.setdefault(former.setdefault(place, place), Work([], delivered={}))
            base = work.delivered[cell["id"]]
            went = _receive(other, {**cell, "id": homes[place].identity(cell)}, base)
            if went is None:
                stay.append(cell)
            elif went:
                work.gave = True
        work.cells = stay


class _Home:
    """As células que moram numa lição: pela identidade ou, nos exercícios, pelo papel."""

    def __init__(self, lesson: Lesson) -> None:
        self.ids = {cell["id"] for cell in lesson.cells}
        self.parts = {role(cell): cell["id"] for cell in lesson.cells if role(cell)}

    def has(self, cell: Cell) -> bool:
        """Diz se uma célula mora aqui."""
        return cell["id"] in self.ids or role(cell) in self.parts

    def identity(self, cell: Cell) -> str:
        """Devolve a identidade que ela tem aqui."""
        return cell["id"] if cell["id"] in self.ids else self.parts[role(cell)]


def _receive(work: Work, cell: Cell, base: str) -> bool | None:
    """Põe uma célula vinda de outra lição; False se já estava lá, None se há ali outra resposta."""
    there = next((n for n, c in enumerate(work.cells) if c.get("id") == cell["id"]), None)
    if there is None:
        work.cells = [*work.cells, cell]
        if work.delivered is not None:
            work.delivered.setdefault(cell["id"], base)
    elif stamp(work.cells[there]) == stamp(cell):
        return False
    elif work.delivered is None or work.touched(work.cells[there]):
        return None
    else:
        work.cells = [*work.cells[:there], cell, *work.cells[there + 1 :]]
    work.arrived.append(cell)
    return True
