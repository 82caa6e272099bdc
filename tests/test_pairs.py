"""Cada notebook diz o mesmo que o seu texto, e os exercícios dizem o mesmo que o catálogo."""

import copy
from pathlib import Path

import nbformat
import pytest

from helpers.cli import pairs

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
TEXTS = sorted((ROOT / "notebooks" / "texto").glob("*.md"))
KNOWN_TAGS = {
    "setup",
    "experiment",
    "build",
    "equivalence",
    "explorable",
    "slow",
    "raises-exception",
    "nbval-ignore-output",
    *pairs.ROLES,
}


def compare(text, notebook):
    """Levanta NotebookDifference se o texto e o notebook divergirem em fonte, ordem ou rótulo."""
    from jupytext.compare import compare_notebooks

    compare_notebooks(text, notebook, fmt=pairs.FORMAT, compare_outputs=False)


def exercise_problems(notebook):
    """Devolve o que as células de exercício têm de diferente do catálogo."""
    filled = copy.deepcopy(notebook)
    pairs.fill_exercises(filled)
    found, order = [], {}
    for number, (cell, wanted) in enumerate(zip(notebook.cells, filled.cells, strict=True), 1):
        role = pairs.role_of(cell)
        if not role:
            continue
        order.setdefault(role[0], []).append(role[1])
        if cell.source.rstrip("\n") != wanted.source:
            found.append(f"célula {number} ({' '.join(role)}) difere do catálogo; rode executar")
        if cell.metadata.get("jupyter") != wanted.metadata.get("jupyter"):
            found.append(f"célula {number} ({' '.join(role)}) devia estar recolhida")
        if (cell.cell_type == "markdown") != (role[1] == "card"):
            found.append(f"célula {number} ({' '.join(role)}) tem o tipo errado")
    for name, roles in order.items():
        if roles != list(pairs.ROLES):
            found.append(f"exercício {name}: células {roles}; esperava {list(pairs.ROLES)}")
    return found


def tag_problems(notebook):
    """Devolve rótulos desconhecidos; os números de cobertura, como E-01, são livres."""
    found = []
    for number, cell in enumerate(notebook.cells, 1):
        tags = cell.metadata.get("tags", [])
        unknown = {t for t in tags if t not in KNOWN_TAGS and not is_number(t)}
        if unknown:
            found.append(f"célula {number}: rótulos desconhecidos: {sorted(unknown)}")
        if cell.cell_type == "code" and not set(tags) & KNOWN_TAGS:
            found.append(f"célula {number}: diga o papel da célula num rótulo")
    return found


def is_number(tag):
    """Reconhece um número da cobertura: S, Q, F, E ou G e dois ou três algarismos."""
    letter, _, digits = tag.partition("-")
    return letter in set("SQFEG") and len(digits) in (2, 3) and digits.isdigit()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_notebook_and_text_say_the_same(path):
    text = pairs.read_text(pairs.paired_text(path).read_text(encoding="utf-8"))
    notebook = nbformat.read(path, as_version=4)
    compare(text, notebook)
    assert notebook.metadata[pairs.SYNC_KEY] == pairs.fingerprint(notebook)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_exercise_cells_equal_the_catalogue(path):
    assert not exercise_problems(nbformat.read(path, as_version=4))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_every_catalogued_exercise_has_its_cells(path):
    from helpers.exercises import registry

    cells = nbformat.read(path, as_version=4).cells
    shown = list(dict.fromkeys(role[0] for role in map(pairs.role_of, cells) if role))
    assert sorted(shown) == sorted(ex.id for ex in registry.exercises(path.stem[:2]))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_every_code_cell_declares_its_role(path):
    assert not tag_problems(nbformat.read(path, as_version=4))


@pytest.mark.parametrize("path", TEXTS, ids=lambda p: p.stem)
def test_text_is_written_as_the_command_writes_it(path):
    text = path.read_text(encoding="utf-8")
    assert text == pairs.write_text(pairs.read_text(text)), "rode python -m helpers executar"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_identities_are_unique_and_valid(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    identities = [cell.id for cell in notebook.cells]
    assert len(set(identities)) == len(identities)


TEXT = """---
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

# Título

+++ {"tags": ["E-01"]}

Uma frase.

```{code-cell}
:tags: [experiment]

x = 1
```
"""


def spoil_prose(notebook):
    notebook.cells[1].source = "Outra frase."


def spoil_code(notebook):
    notebook.cells[2].source = "x = 2"


def spoil_tag(notebook):
    notebook.cells[1].metadata["tags"] = ["E-02"]


def spoil_order(notebook):
    notebook.cells[0], notebook.cells[1] = notebook.cells[1], notebook.cells[0]


def drop_a_cell(notebook):
    del notebook.cells[1]


def test_a_pair_in_step_passes():
    compare(pairs.read_text(TEXT), pairs.read_text(TEXT))


@pytest.mark.parametrize(
    "spoil",
    [spoil_prose, spoil_code, spoil_tag, spoil_order, drop_a_cell],
    ids=lambda f: f.__name__,
)
def test_a_pair_out_of_step_is_red(spoil):
    from jupytext.compare import NotebookDifference

    notebook = pairs.read_text(TEXT)
    spoil(notebook)
    with pytest.raises(NotebookDifference):
        compare(pairs.read_text(TEXT), notebook)
    assert pairs.fingerprint(notebook) != pairs.fingerprint(pairs.read_text(TEXT))


@pytest.fixture
def exercise_notebook():
    from helpers.exercises import registry

    name = registry.exercises("01")[0].id
    new_card = nbformat.v4.new_markdown_cell
    new_code = nbformat.v4.new_code_cell
    cells = [
        (new_card if role == "card" else new_code)("", metadata={"exercise": name, "tags": [role]})
        for role in pairs.ROLES
    ]
    notebook = nbformat.v4.new_notebook(cells=cells)
    pairs.fill_exercises(notebook)
    return notebook


def test_filled_exercise_passes(exercise_notebook):
    assert not exercise_problems(exercise_notebook)


@pytest.mark.parametrize("position", range(4), ids=pairs.ROLES)
def test_edited_exercise_cell_is_red(exercise_notebook, position):
    exercise_notebook.cells[position].source += "\nmais uma linha"
    assert "difere do catálogo" in exercise_problems(exercise_notebook)[0]


def test_open_solution_is_red(exercise_notebook):
    del exercise_notebook.cells[3].metadata["jupyter"]
    assert "recolhida" in exercise_problems(exercise_notebook)[0]


def test_missing_exercise_cell_is_red(exercise_notebook):
    del exercise_notebook.cells[2]
    assert (
        "esperava ['card', 'exercise', 'check', 'solution']"
        in (exercise_problems(exercise_notebook)[0])
    )


def test_unknown_tag_and_missing_role_are_red():
    cells = [
        nbformat.v4.new_code_cell("1", metadata={"tags": ["experimento"]}),
        nbformat.v4.new_code_cell("1", metadata={"tags": ["E-01"]}),
        nbformat.v4.new_code_cell("1", metadata={"tags": ["experiment", "Q-30"]}),
    ]
    found = tag_problems(nbformat.v4.new_notebook(cells=cells))
    assert [f.split(":")[0] for f in found] == ["célula 1", "célula 1", "célula 2"]
