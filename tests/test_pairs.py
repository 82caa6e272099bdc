"""Cada notebook diz o mesmo que o seu texto, e os exercícios, o mesmo que o código deles."""

import copy
import functools
from pathlib import Path

import nbformat
import prose
import pytest

from helpers.cli import pairs

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted(
    path for folder in ("notebooks", "notebooks/anexos") for path in (ROOT / folder).glob("*.ipynb")
)
TEXTS = sorted((ROOT / "notebooks").rglob("texto/*.md"))
KNOWN_TAGS = {
    "setup",
    "resume",
    "experiment",
    "build",
    "equivalence",
    "explorable",
    "slow",
    "raises-exception",
    "nbval-ignore-output",
    "unstable-picture",
    *pairs.ROLES,
}


def compare(text, notebook):
    """Levanta NotebookDifference se o texto e o notebook divergirem em fonte, ordem ou rótulo."""
    from jupytext.compare import compare_notebooks

    compare_notebooks(text, notebook, fmt=pairs.FORMAT, compare_outputs=False)


def exercise_problems(notebook):
    """Devolve o que as células de exercício têm de diferente do que o comando escreve."""
    filled = copy.deepcopy(notebook)
    pairs.fill_exercises(filled)
    found, order = [], {}
    roles = [(number, cell, pairs.role_of(cell)) for number, cell in enumerate(notebook.cells, 1)]
    wanted = {pairs.role_of(cell): cell for cell in filled.cells}
    for number, cell, role in roles:
        if not role:
            continue
        order.setdefault(role[0], []).append(role[1])
        if cell.source.rstrip("\n") != wanted[role].source:
            found.append(f"célula {number} ({' '.join(role)}) está fora do passo; rode executar")
        if cell.metadata.get("jupyter") != wanted[role].metadata.get("jupyter"):
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


@functools.cache
def stored(path):
    """Devolve um notebook do curso, lido uma vez: não o mude."""
    return nbformat.read(path, as_version=4)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_notebook_and_text_say_the_same(path):
    text = prose.notebook_of(pairs.paired_text(path))
    notebook = stored(path)
    compare(text, notebook)
    assert notebook.metadata[pairs.SYNC_KEY] == pairs.fingerprint(notebook)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_exercise_cells_are_what_the_command_writes(path):
    assert not exercise_problems(stored(path))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_every_code_cell_declares_its_role(path):
    assert not tag_problems(stored(path))


@pytest.mark.parametrize("path", TEXTS, ids=lambda p: p.stem)
def test_text_is_written_as_the_command_writes_it(path):
    text = path.read_text(encoding="utf-8")
    assert text == pairs.write_text(prose.notebook_of(path)), "rode python -m helpers executar"


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


def adopted(former, *sources, stem="01_x", kind="code"):
    """As identidades que as células de um texto recebem, herdadas de outro notebook ou não."""
    make = getattr(nbformat.v4, f"new_{kind}_cell")
    source = nbformat.v4.new_notebook(cells=[make(one) for one in sources])
    pairs.adopt(source, former, stem)
    return [cell["id"] for cell in source.cells], source


def test_equal_cells_have_different_identities():
    ids, whole = adopted(None, "x = 1", "x = 1", "x = 1")
    assert len(set(ids)) == 3
    assert adopted(whole, "x = 1", "x = 1", "x = 1")[0] == ids


def test_identity_of_a_new_cell_depends_on_the_lesson_and_on_its_kind():
    here, there = (adopted(None, "x", stem=stem)[0] for stem in ("01_x", "02_y"))
    assert here != there
    assert adopted(None, "x", kind="markdown")[0] != here


def test_text_does_not_depend_on_the_order_of_the_labels():
    def text(*pairs_of):
        cells = [nbformat.v4.new_code_cell("1", metadata=dict(pairs_of))]
        return pairs.write_text(nbformat.v4.new_notebook(cells=cells))

    one, other = ("tags", ["slow"]), ("exercise", "09.x")
    assert text(one, other) == text(other, one)


def test_cell_edited_in_place_keeps_its_identity_and_a_rewritten_stretch_does_not():
    ids, whole = adopted(None, "a", "b", "c")
    edited, _ = adopted(whole, "a", "b2", "c")
    assert edited == ids
    rewritten, _ = adopted(whole, "a", "d", "e", "c")
    assert (rewritten[0], rewritten[3]) == (ids[0], ids[2])
    assert ids[1] not in rewritten


def new_cell(exercise, role, source=""):
    new = nbformat.v4.new_markdown_cell if role == "card" else nbformat.v4.new_code_cell
    return new(source, metadata={"exercise": exercise, "tags": [role]})


@pytest.fixture
def exercise_notebook():
    """O que se escreve à mão de um exercício, cartão e célula inicial, já completado."""
    from helpers.exercises import lesson_text, registry

    card = registry.cards("01")[0]
    cells = [
        new_cell(card.id, "card", lesson_text.card_markdown(card)),
        new_cell(card.id, "exercise", card.stub),
    ]
    notebook = nbformat.v4.new_notebook(cells=cells)
    pairs.fill_exercises(notebook)
    return notebook


def test_filled_exercise_passes(exercise_notebook):
    assert not exercise_problems(exercise_notebook)


def test_check_and_solution_are_put_where_they_are_missing(exercise_notebook):
    cells = exercise_notebook.cells
    assert [pairs.role_of(cell)[1] for cell in cells] == list(pairs.ROLES)
    name = pairs.role_of(cells[0])[0]
    assert cells[2].source.startswith(f'check("{name}", my_')
    assert cells[3].source.endswith("_solution, record=False)")
    base = name.replace(".", "-")
    assert [cell.id for cell in cells[2:]] == [f"{base}-check", f"{base}-solution"]
    before = [cell.source for cell in cells]
    pairs.fill_exercises(exercise_notebook)
    assert [cell.source for cell in exercise_notebook.cells] == before


@pytest.mark.parametrize("position", [2, 3], ids=["check", "solution"])
def test_edited_cell_that_comes_from_the_code_is_red(exercise_notebook, position):
    exercise_notebook.cells[position].source += "\nmais uma linha"
    assert "está fora do passo" in exercise_problems(exercise_notebook)[0]


def test_card_with_other_dots_is_red(exercise_notebook):
    card = exercise_notebook.cells[0]
    card.source = card.source.replace("●○", "○○", 1)
    assert "está fora do passo" in exercise_problems(exercise_notebook)[0]


@pytest.mark.parametrize("gone", [0, 1], ids=["card", "exercise"])
def test_exercise_without_a_part_written_by_hand_is_refused(exercise_notebook, gone):
    del exercise_notebook.cells[gone]
    with pytest.raises(ValueError, match="precisa de duas células escritas à mão"):
        pairs.fill_exercises(exercise_notebook)


def test_exercise_without_an_answer_is_refused(exercise_notebook):
    for cell in exercise_notebook.cells:
        cell.metadata["exercise"] = "01.nada"
    with pytest.raises(ValueError, match=r"falta a resposta de 01\.nada em .*answers_01\.py; há:"):
        pairs.fill_exercises(exercise_notebook)


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
