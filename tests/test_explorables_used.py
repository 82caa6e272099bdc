"""As lições usam os exploráveis que a varredura acha, todos, e em célula com o rótulo deles."""

import ast

import prose
import pytest
from explorable_sweep import factories

from helpers.cli import pairs

KNOWN = {factory.__name__ for factory in factories()}


def calls(notebook):
    """Percorre cada chamada a helpers.explorables: a função e os rótulos da célula."""
    names = set()
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        try:
            tree = ast.parse(cell.source)
        except SyntaxError:  # uma célula com %comando não chama exploráveis
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                if (node.module or "").startswith("helpers.explorables."):
                    names |= {alias.asname or alias.name for alias in node.names}
            elif isinstance(node, ast.Call) and ast.unparse(node.func) in names:
                yield ast.unparse(node.func), cell.metadata.get("tags", [])


def problems(notebook, known=KNOWN):
    """Devolve o explorável em célula sem rótulo, e o rótulo em célula de quem não é explorável."""
    found = []
    for name, tags in calls(notebook):
        if name in known and "explorable" not in tags:
            found.append(f"{name}: ponha o rótulo explorable na célula")
        if name not in known and "explorable" in tags:
            found.append(f"{name} não é achado: a função precisa dizer que explorável devolve")
    return found


LESSONS = [*prose.TEXTS, *prose.ANNEXES]


@pytest.mark.parametrize("path", LESSONS, ids=lambda p: p.stem)
def test_explorables_stand_in_cells_with_their_tag(path):
    assert not problems(prose.notebook_of(path))


def test_no_explorable_is_left_without_a_lesson():
    assert {name for path in LESSONS for name, _ in calls(prose.notebook_of(path))} >= KNOWN


LESSON = """# Título

```{code-cell}
:tags: [setup]

from helpers.explorables.cards import quiz
from helpers.explorables.merges import merge_by_merge, your_merges
```

```{code-cell}
:tags: [explorable]

merge_by_merge()
```

```{code-cell}
:tags: [experiment]

quiz("01")
```
"""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (LESSON.replace("merge_by_merge()", "your_merges('a')"), "your_merges não é achado"),
        (LESSON.replace("[explorable]", "[experiment]"), "ponha o rótulo"),
    ],
    ids=["sem anotação", "sem rótulo"],
)
def test_what_is_wrong_is_reported(text, told):
    assert told in problems(pairs.read_text(text), {"merge_by_merge"})[0]


def test_a_lesson_in_order_passes():
    assert not problems(pairs.read_text(LESSON))
