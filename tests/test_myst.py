"""O leitor dos textos vê o mesmo que o jupytext, sem precisar dele."""

from pathlib import Path

import prose
import pytest

from helpers import myst

ROOT = Path(__file__).resolve().parents[1]
TEXTS = sorted((ROOT / "notebooks").rglob("texto/*.md"))
SHORT = """\
---
kernelspec:
  name: python3
---

# Um título

~~~text
+++
~~~

+++ {"exercise": "01.x", "tags": ["card"]}

### Exercício: x

```{code-cell}
:exercise: 01.x
:tags: [exercise]

def f():
    return '''
:não é opção
'''
```

```{code-cell}
---
exercise: 01.x
jupyter:
  source_hidden: true
tags: [solution]
---
f()
```

```python
isto é prosa
"""


def seen(cells):
    """O que se compara: tipo, fonte, exercício, rótulos e se a célula nasce recolhida."""
    return [
        (
            cell["cell_type"],
            cell["source"].strip(),
            cell["metadata"].get("exercise"),
            list(cell["metadata"].get("tags", ())),
            cell["metadata"].get("jupyter", {}).get("source_hidden", False),
        )
        for cell in cells
    ]


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_every_text_is_read_as_jupytext_reads_it(path):
    text = path.read_text(encoding="utf-8")
    assert seen(myst.cells(text)) == seen(prose.notebook_of(path).cells)


def test_fences_options_and_marks_inside_them():
    title, card, exercise, solution, told = myst.cells(SHORT)
    assert title["source"] == "# Um título\n\n~~~text\n+++\n~~~"
    assert card["metadata"] == {"exercise": "01.x", "tags": ["card"]}
    assert exercise["source"] == "def f():\n    return '''\n:não é opção\n'''"
    assert exercise["metadata"] == {"exercise": "01.x", "tags": ["exercise"]}
    assert solution["metadata"]["jupyter"] == {"source_hidden": True}
    assert solution["source"] == "f()"
    assert told["source"] == "```python\nisto é prosa"
    assert told["metadata"] == {}


@pytest.mark.parametrize("text", ["", "\n", "---\nsem fim", "+++\n\n+++"])
def test_odd_texts_do_not_break_the_reader(text):
    assert all(cell["cell_type"] == "markdown" for cell in myst.cells(text))
