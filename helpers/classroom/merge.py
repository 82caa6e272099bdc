"""Junta a lição nova ao que quem estuda escreveu, célula por célula, sem perder uma letra.

Três lados: o que foi entregue (só as impressões digitais), o que a pessoa tem e a lição nova. O que
ela não tocou vira o novo; a resposta de um exercício, as anotações e as células criadas ficam; se
os dois lados mudaram uma célula, vale a nova, e a dela fica logo abaixo, sem rodar.
"""

import ast
import warnings
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from helpers.classroom import notebooks
from helpers.classroom.notebooks import Cell, role, stamp

#: Metadado com que as células postas por esta junção se reconhecem.
MARK = "meu_curso"
#: O que a pessoa escolheu ver ou esconder numa célula que não mudou.
_VIEW = ("collapsed", "scrolled", "jupyter")
_BELOW = {
    "code": "⬇ **Sua versão desta célula**, de antes da atualização. A lição mudou aqui, e a nova "
    "está logo acima. A sua não roda: para usá-la, selecione-a, aperte `Esc` e depois `Y`.",
    "text": "⬇ **Sua versão deste texto**, de antes da atualização. A lição mudou aqui, e a nova "
    "está logo acima.",
}
_RIVAL = {
    "code": "⬇ **Outra versão sua desta célula**, trazida de outra pasta. Ela não roda: para "
    "usá-la, selecione-a, aperte `Esc` e depois `Y`.",
    "text": "⬇ **Outra versão sua deste texto**, trazida de outra pasta.",
}
_LEFT = (
    "⬇ **A célula abaixo saiu da lição.** Como você escreveu nela, ela ficou; apague-a se não "
    "precisar mais."
)


@dataclass
class Merged:
    """O resultado de uma junção e o que se conta dele.

    Parâmetros:
        cells: as células do resultado.
        renewed: as da lição nova que a pessoa ainda não tinha assim.
        removed: quantas saíram da lição sem que ela tivesse escrito nelas.
        answers: os exercícios em que a resposta dela ficou.
        edited: quantas outras células da lição ficaram como ela as escreveu.
        created: quantas células criadas por ela ficaram.
        aside: as que ela escreveu e ficaram abaixo da nova, ou fora da lição.
        statements: os exercícios respondidos cujo enunciado mudou.
        warned: os exercícios em que o começo pedido mudou, e a resposta ficou com um aviso.
    """

    cells: list[Cell] = field(default_factory=list)
    renewed: list[Cell] = field(default_factory=list)
    removed: int = 0
    answers: list[str] = field(default_factory=list)
    edited: int = 0
    created: int = 0
    aside: list[Cell] = field(default_factory=list)
    statements: list[str] = field(default_factory=list)
    warned: list[str] = field(default_factory=list)


def merge(
    delivered: dict[str, str] | None, mine: list[Cell], new: list[Cell], rival: bool = False
) -> Merged:
    """Devolve as células da lição nova com tudo que a pessoa escreveu.

    A ordem é a da lição nova; uma célula criada fica depois da mesma vizinha de cima.

    Parâmetros:
        delivered: impressão digital de cada célula que a pessoa recebeu; None se não se sabe.
        mine: as células dela.
        new: as da lição nova, com identidades únicas.
        rival: se `new` é outro trabalho da mesma pessoa, que então vale mais que `mine`.
    """
    return _Junction(delivered, mine, new, rival).join()


class _Junction:
    def __init__(self, delivered, mine, new, rival):
        self.known = delivered is not None
        self.delivered = dict(delivered or {})
        self.new, self.rival = new, rival
        self.course = {cell["id"]: cell for cell in new}
        self.warnings: dict[str, Cell] = {}
        self.mine = self._recognise(mine)
        self.held = {cell["id"]: cell for cell in self.mine if cell["id"] in self.course}
        self.used = {cell["id"] for cell in self.mine} | {*self.course, *self.delivered}
        self.present = {cell["source"] for cell in new} if rival else ()
        self.result = Merged()

    # ------------------------------------------------------------ quem é quem

    def _recognise(self, mine: list[Cell]) -> list[Cell]:
        """Devolve as células da pessoa com identidades únicas, as da lição com as da lição.

        Dividir uma célula no JupyterLab dá a identidade à segunda metade; juntar duas cria outra;
        duplicar copia os rótulos; outros editores trocam ou perdem identidades. O exercício e o
        papel reconhecem a resposta; o texto reconhece o que ninguém tocou.
        """
        cells, strangers, taken = [], [], set()
        for cell in self._without_warnings(mine):
            cell = dict(cell)
            cells.append(cell)
            identity = cell.get("id")
            if not notebooks.is_identity(identity) or identity in taken:
                cell["id"] = ""
            if cell["id"] in self.course or (cell["id"] in self.delivered and not role(cell)):
                taken.add(cell["id"])
            elif cell["id"]:
                taken.add(cell["id"])
                strangers.append(cell)
            else:
                strangers.append(cell)
        by_role, by_stamp = self._places()
        for cell in strangers:
            places = [by_role[role(cell)]] if role(cell) in by_role else []
            for place in places + by_stamp[stamp(cell)]:
                if place not in taken:
                    if cell["id"] in self.delivered:
                        self.delivered.setdefault(place, self.delivered[cell["id"]])
                    cell["id"] = place
                    taken.add(place)
                    break
        used = taken | {*self.course, *self.delivered}
        for cell in cells:
            if not cell["id"]:
                cell["id"] = notebooks.new_identity(f"c-{stamp(cell)}", used)
        return cells

    def _places(self):
        """Devolve onde cabe uma célula sem identidade conhecida: por papel e por texto."""
        by_role = {role(cell): cell["id"] for cell in self.new if role(cell)}
        by_stamp: dict[str, list[str]] = defaultdict(list)
        for identity, mark in (*self.delivered.items(), *notebooks.stamps(self.new).items()):
            by_stamp[mark].append(identity)
        return by_role, by_stamp

    def _without_warnings(self, mine: Iterable[Cell]) -> list[Cell]:
        """Tira os avisos que ninguém editou; os que ainda valem voltam, com o texto de agora."""
        kept = []
        for cell in mine:
            mark = cell["metadata"].get(MARK)
            if isinstance(mark, dict) and mark.get("aviso") == stamp(cell):
                self.warnings[str(mark.get("de"))] = cell
            else:
                kept.append(cell)
        return kept

    def _touched(self, cell: Cell) -> bool:
        base = self.delivered.get(cell["id"])
        if base is None:
            return cell["id"] in self.course and stamp(cell) != stamp(self.course[cell["id"]])
        return stamp(cell) != base

    # ------------------------------------------------------------ a junção

    def join(self) -> Merged:
        """Monta o resultado, na ordem da lição nova."""
        after = self._own_cells()
        out = self.result.cells
        out += after[None]
        answered = set()
        for cell in self.new:
            held = self.held.get(cell["id"])
            if held is None:
                self._absent(cell)
            elif stamp(held) == stamp(cell):
                out.append(_same(cell, held))
            elif not self._touched(held):
                out.append(dict(cell))
                self.result.renewed.append(cell)
            else:
                self._both(cell, held)
            if held is not None and _is_exercise(cell) and self._touched(held):
                answered.add(role(cell)[0])
            out += after[cell["id"]]
        for cell in self.result.renewed:
            part = role(cell)
            if part and part[1] == "card" and part[0] in answered:
                self.result.statements.append(part[0])
        return self.result

    def _own_cells(self) -> dict[str | None, list[Cell]]:
        """Devolve o que não é célula da lição nova, por vizinha de cima."""
        after: dict[str | None, list[Cell]] = defaultdict(list)
        anchor = None
        for cell in self.mine:
            identity = cell["id"]
            if identity in self.course:
                anchor = identity
            elif identity not in self.delivered:
                after[anchor].append(cell)
                self.result.created += MARK not in cell["metadata"]
            elif self._touched(cell) and cell["source"].strip():
                after[anchor] += [self._label(cell, _LEFT), _apart(cell, cell["cell_type"])]
                self.result.aside.append(cell)
            else:
                self.result.removed += 1
        return after

    def _changed(self, cell: Cell) -> bool:
        return self.delivered.get(cell["id"]) != stamp(cell)

    def _absent(self, cell: Cell) -> None:
        erased = self.known and cell["id"] in self.delivered and not self.rival
        needed = role(cell) is not None and role(cell)[1] in ("exercise", "card")
        if erased and not self._changed(cell) and not needed:
            return
        self.result.cells.append(dict(cell))
        if self._changed(cell):
            self.result.renewed.append(cell)

    def _both(self, cell: Cell, held: Cell) -> None:
        """Resolve uma célula em que a pessoa escreveu e que hoje é outra."""
        out, exercise = self.result.cells, _is_exercise(cell)
        changed = self._changed(cell)
        if not held["source"].strip() and (changed or exercise):
            out.append(dict(cell))  # esvaziada: não há o que guardar
            if changed:
                self.result.renewed.append(cell)
            return
        answer = exercise and not self.rival and (self.known or _is_answered(held))
        if answer or not changed:
            out += self._warning(cell, held, changed) if exercise else []
            out.append(_own(cell, held))
            if exercise:
                self.result.answers.append(role(cell)[0])
            else:
                self.result.edited += 1
            return
        out.append(dict(cell))
        self.result.renewed.append(cell)
        if held["source"] not in self.present:  # trazida de novo, não se repete
            is_code = held["cell_type"] == "code"
            words = _RIVAL if self.rival else _BELOW
            label = self._label(held, words["code" if is_code else "text"])
            out += [label, _apart(held, "raw" if is_code else held["cell_type"], self.used)]
            self.result.aside.append(held)

    def _warning(self, cell: Cell, held: Cell, changed: bool) -> list[Cell]:
        former = self.warnings.get(cell["id"])
        if self.rival:
            if former is None:
                return []
            return [{**former, "id": notebooks.new_identity(former["id"], self.used)}]
        if not (changed or former) or not _asks_something_else(cell["source"], held["source"]):
            return []
        self.result.warned.append(role(cell)[0])
        fence = "````" if "```" in cell["source"] else "```"
        text = (
            "> ⚠ **Este exercício agora pede outra coisa.** Sua resposta, escrita para o enunciado "
            "anterior, está logo abaixo, como você a deixou. Agora a célula começa assim:\n\n"
            f"{fence}python\n{cell['source']}\n{fence}\n\n"
            "Quando não precisar mais deste aviso, apague-o."
        )
        identity = notebooks.new_identity(f"{cell['id'][:48]}-aviso", self.used)
        warning = {"cell_type": "markdown", "id": identity, "metadata": {}, "source": text}
        warning["metadata"] = {MARK: {"aviso": stamp(warning), "de": cell["id"]}}
        return [warning]

    def _label(self, cell: Cell, text: str) -> Cell:
        identity = notebooks.new_identity(f"{cell['id'][:48]}-rotulo", self.used)
        metadata = {MARK: {"rotulo": cell["id"]}}
        return {"cell_type": "markdown", "id": identity, "metadata": metadata, "source": text}


def _is_exercise(cell):
    part = role(cell)
    return part is not None and part[1] == "exercise"


def _is_answered(cell):
    """Sem saber o que foi entregue, só o `raise` do começo denuncia um exercício em branco."""
    return "raise NotImplementedError" not in cell["source"]


def _view(cell):
    return {key: cell["metadata"][key] for key in _VIEW if key in cell["metadata"]}


def _same(cell, held):
    """A célula nova, com a fonte que a pessoa já tinha: as saídas dela ainda valem."""
    same = {**cell, "metadata": _view(held) | cell["metadata"]}
    if cell["cell_type"] == "code" and not notebooks.has_outputs([cell]):
        same |= {key: held[key] for key in ("outputs", "execution_count")}
    return same


def _own(cell, held):
    """A célula da pessoa, no lugar e com os rótulos da nova."""
    return {**held, "id": cell["id"], "metadata": _view(held) | cell["metadata"]}


def _apart(cell, kind, used=None):
    """A célula da pessoa fora do lugar dela: sem os rótulos da lição e, como `raw`, sem rodar."""
    apart = {**cell, "cell_type": kind, "metadata": {MARK: {"de": cell["id"]}}}
    if kind != "code":
        apart.pop("outputs", None)
        apart.pop("execution_count", None)
    if used is not None:
        apart["id"] = notebooks.new_identity(f"{cell['id'][:48]}-sua", used)
    return apart


def _asks_something_else(stub: str, answer: str) -> bool:
    wanted, given = _defined(stub), _defined(answer)
    if wanted is None:
        return False
    return given is None or not wanted <= given


def _defined(source: str) -> set[str] | None:
    """Devolve o que uma célula define, como `f(a, b)`; None se ela não é Python válido."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    found = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found.add(f"{node.name}({', '.join(_parameters(node.args))})")
        elif isinstance(node, ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {
                name.id for t in targets for name in ast.walk(t) if isinstance(name, ast.Name)
            }
    return found


def _parameters(arguments: ast.arguments) -> list[str]:
    names = [a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    return names + [f"*{a.arg}" for a in (arguments.vararg, arguments.kwarg) if a]
