"""Todo explorável que uma lição mostra está entre os varridos, estado por estado."""

import ast
from pathlib import Path

import prose
import pytest

from helpers.cli import pairs

TESTS = Path(__file__).parent
# Estes não têm estados a varrer: cartões (test_cards.py), medidas, figuras paradas e tabelas.
STILL = {"cards", "head_facts", "picture", "tables"}


def swept(source):
    """Devolve os nomes na lista FACTORIES de um arquivo de testes."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "FACTORIES":
            return {ast.unparse(item).split(".")[-1] for item in node.value.elts}
    return set()


def shown(notebook):
    """Devolve {função de helpers.explorables: rótulos das células que a chamam}."""
    names, found = set(), {}
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        try:
            tree = ast.parse(cell.source)
        except SyntaxError:  # uma célula com %comando não chama exploráveis
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(
                "helpers.explorables."
            ):
                if node.module.split(".")[2] not in STILL:
                    names |= {alias.asname or alias.name for alias in node.names}
            elif isinstance(node, ast.Call) and ast.unparse(node.func) in names:
                tags = found.setdefault(ast.unparse(node.func), [])
                tags.append(set(cell.metadata.get("tags", [])))
    return found


def problems(notebook, known):
    """Devolve os exploráveis fora da varredura, ou em célula sem o rótulo `explorable`."""
    found = []
    for name, tags in shown(notebook).items():
        if name not in known:
            found.append(f"{name} não está em FACTORIES, de tests/test_explorables.py")
        if not all("explorable" in each for each in tags):
            found.append(f"{name}: ponha o rótulo explorable na célula")
    return found


@pytest.fixture(scope="module")
def known():
    return swept((TESTS / "test_explorables.py").read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", prose.TEXTS, ids=lambda p: p.stem)
def test_every_explorable_of_the_lesson_is_swept(path, known):
    notebook = pairs.read_text(path.read_text(encoding="utf-8"))
    assert shown(notebook)
    assert not problems(notebook, known)


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
        (LESSON.replace("merge_by_merge()", "your_merges('a')"), "your_merges não está"),
        (LESSON.replace("[explorable]", "[experiment]"), "ponha o rótulo"),
    ],
    ids=["fora da varredura", "sem rótulo"],
)
def test_explorable_out_of_the_sweep_is_reported(text, told):
    assert told in problems(pairs.read_text(text), {"merge_by_merge"})[0]


def test_swept_explorable_passes():
    assert swept("FACTORIES = [merges.merge_by_merge, live.other]") == {"merge_by_merge", "other"}
    assert not problems(pairs.read_text(LESSON), {"merge_by_merge"})
