"""Lições de brinquedo, e o que duas pessoas ao acaso fazem com elas: quem estuda e quem escreve."""

import copy
import json
import pickle
import random

from helpers.classroom import notebooks
from helpers.classroom.notebooks import role

EXERCISES = ("contar", "fundir", "escolher")


def cell(kind, source, identity, **metadata):
    """Uma célula de notebook."""
    made = {"cell_type": kind, "id": identity, "metadata": metadata, "source": source}
    return made | ({"outputs": [], "execution_count": None} if kind == "code" else {})


def exercise(name, parameters="a, b", number="09"):
    """As quatro células de um exercício."""
    stub = f'def my_{name}({parameters}):\n    """Faz {name}."""\n    raise NotImplementedError'
    sources = {
        "card": ("markdown", f"### Exercício: {name}\n\nEscreva `my_{name}({parameters})`."),
        "exercise": ("code", stub),
        "check": ("code", f'check("{number}.{name}", my_{name})'),
        "solution": ("code", f"def my_{name}_solution({parameters}):\n    return {name!r}"),
    }
    return [
        cell(kind, source, f"{number}-{name}-{part}", exercise=f"{number}.{name}", tags=[part])
        for part, (kind, source) in sources.items()
    ]


def lesson(number="09"):
    """Uma lição de 19 células: título, seções, experimentos e três exercícios."""
    cells = [cell("markdown", f"# {number} · Lição de brinquedo", f"{number}-titulo")]
    for at, name in enumerate(EXERCISES, 1):
        cells.append(cell("markdown", f"## {at}. Parte {name}", f"{number}-secao-{name}"))
        cells.append(cell("code", f"{name} = {at}\nprint({name})", f"{number}-antes-{name}"))
        cells += exercise(name, number=number)
    return cells


def notebook(cells):
    """O notebook que as células formam."""
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def write_course(folder, lessons):
    """Grava um curso: as lições, por nome, na pasta `notebooks`."""
    for name, cells in lessons.items():
        path = folder / "notebooks" / f"{name}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(notebooks.dump(notebook(copy.deepcopy(cells))))


def change(path, edit):
    """Muda as células de um notebook no disco, como um editor faria."""
    whole = json.loads(path.read_bytes())
    for one in whole["cells"]:
        one["source"] = "".join(one["source"])
    edit(whole["cells"])
    path.write_text(json.dumps(whole), encoding="utf-8")


def find(cells, identity):
    """Devolve a célula com uma identidade."""
    return next(one for one in cells if one["id"] == identity)


class Hand:
    """Uma mão que edita ao acaso; cada texto que escreve é único."""

    def __init__(self, seed, name):
        self.random, self.name, self.count = random.Random(seed), name, 0

    def words(self):
        """Um texto que ninguém mais escreveu."""
        self.count += 1
        odd = self.random.choice(["", "ação 🎈", "\ud83d", "```\ntrês\n```", "\t", "%time x"])
        return f"{self.name} {self.count} {odd}"

    def identity(self):
        """Uma identidade nova."""
        return f"{self.random.getrandbits(32):08x}"

    def edits(self, cells, actions, most):
        """Faz várias edições numa cópia das células."""
        cells = pickle.loads(pickle.dumps(cells))  # o deepcopy leva dez vezes mais
        for _ in range(self.random.randint(0, most)):
            if cells:
                getattr(self, self.random.choice(actions))(cells)
        return cells

    def _place(self, cells):
        return self.random.randrange(len(cells))

    def edit(self, cells):
        """Acrescenta ou troca o texto de uma célula."""
        one = self.random.choice(cells)
        start = one["source"] + "\n" if self.random.random() < 0.5 else ""
        one["source"] = start + self.words()

    def answer(self, cells):
        """Escreve numa célula de exercício, com ou sem a assinatura pedida."""
        places = [one for one in cells if (role(one) or ("", ""))[1] == "exercise"]
        if places:
            one = self.random.choice(places)
            head = one["source"].split("\n")[0] if self.random.random() < 0.5 else "def outra():"
            one["source"] = f"{head}\n    return {self.words()!r}"

    def create(self, cells):
        """Cria uma célula."""
        kind = self.random.choice(["code", "markdown", "raw"])
        cells.insert(self.random.randint(0, len(cells)), cell(kind, self.words(), self.identity()))

    def delete(self, cells):
        """Apaga uma célula."""
        del cells[self._place(cells)]

    def move(self, cells):
        """Leva uma célula para outro lugar."""
        one = cells.pop(self._place(cells))
        cells.insert(self.random.randint(0, len(cells)), one)

    def duplicate(self, cells):
        """Duplica: os rótulos vão junto, e a identidade é nova, repetida ou nenhuma."""
        place = self._place(cells)
        other = copy.deepcopy(cells[place])
        other["id"] = self.random.choice([self.identity(), other.get("id"), None])
        if other["id"] is None:
            del other["id"]
        if self.random.random() < 0.5:
            other["source"] += self.words()
        cells.insert(place + self.random.randint(0, 1), other)

    def split(self, cells):
        """Divide como o JupyterLab: a identidade antiga fica na segunda metade."""
        place = self._place(cells)
        one = cells[place]
        cut = self.random.randint(0, len(one["source"]))
        first = copy.deepcopy(one) | {"id": self.identity(), "source": one["source"][:cut]}
        one["source"] = one["source"][cut:]
        cells.insert(place, first)

    def join(self, cells):
        """Junta como o JupyterLab: a célula ganha identidade nova, e os rótulos da primeira."""
        if len(cells) > 1:
            place = self.random.randrange(len(cells) - 1)
            whole = f"{cells[place]['source']}\n\n{cells[place + 1]['source']}"
            cells[place] |= {"id": self.identity(), "source": whole}
            del cells[place + 1]

    def change_type(self, cells):
        """Troca o tipo de uma célula."""
        one = self.random.choice(cells)
        kind = self.random.choice(["code", "markdown", "raw"])
        made = cell(kind, one["source"], one.get("id", ""), **one["metadata"])
        one.clear()
        one.update(made)

    def retitle(self, cells):
        """Troca o título de uma seção."""
        titles = [one for one in cells if notebooks.heading(one)]
        if titles:
            self.random.choice(titles)["source"] = f"## {self.words()}"

    def empty(self, cells):
        """Esvazia uma célula."""
        self.random.choice(cells)["source"] = ""

    def change_id(self, cells):
        """Troca a identidade de uma célula, ou a perde."""
        one = self.random.choice(cells)
        one["id"] = self.random.choice([self.identity(), "", "com espaço", "x" * 65, "çã"])

    def lose_all_ids(self, cells):
        """Tira todas as identidades, como um editor do formato 4.4."""
        for one in cells:
            one.pop("id", None)

    def copy_text(self, cells):
        """Cola numa célula nova o texto de outra."""
        source = self.random.choice(cells)["source"]
        cells.insert(self._place(cells), cell("code", source, self.identity()))

    def run(self, cells):
        """Roda uma célula, que ganha uma saída."""
        codes = [one for one in cells if one["cell_type"] == "code"]
        if codes:
            said = {"output_type": "stream", "name": "stdout", "text": [self.words()]}
            self.random.choice(codes).update(outputs=[said], execution_count=3)

    def change_signature(self, cells):
        """Pede outra coisa num exercício: o cartão, o começo e a solução mudam."""
        known = {part[0] for one in cells if (part := role(one))}
        if known:
            name = self.random.choice(sorted(known))
            for one in cells:
                if one["metadata"].get("exercise") == name:
                    one["source"] = one["source"].replace("a, b", f"a, b{self.count}")
            self.count += 1

    def add_exercise(self, cells):
        """Acrescenta um exercício."""
        self.count += 1
        place = self.random.randint(0, len(cells))
        cells[place:place] = exercise(f"novo{self.count}")


STUDENT = (
    *("edit", "answer", "answer", "create", "create", "delete", "move", "duplicate", "duplicate"),
    *("split", "split", "join", "join", "change_type", "retitle", "empty", "change_id"),
    *("copy_text", "run", "run"),
)
COURSE = (
    *("edit", "edit", "create", "delete", "delete", "move", "retitle", "change_signature"),
    *("change_signature", "add_exercise", "change_type", "change_id"),
)


def by_student(hand, cells, most=20):
    """O que quem estuda faz com as próprias células."""
    done = hand.edits(cells, STUDENT, most)
    if hand.random.random() < 0.05:
        hand.lose_all_ids(done)
    return done


def by_course(hand, cells, most=12):
    """A lição seguinte: identidades sempre únicas e válidas, e nenhuma célula vazia."""
    cells = hand.edits(cells, COURSE, most)
    for one in cells:
        one["source"] = one["source"].replace("\ud83d", "")
    return notebooks.without_outputs(notebooks.with_identities(cells))
