"""Cada módulo de helpers fica num degrau e só importa degraus mais baixos."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
HELPERS = ROOT / "helpers"

STEP = {
    "config": 0,
    "bpe": 0,
    "hooks": 0,
    "sampling": 0,
    "grammar": 0,
    "cache": 0,
    "layouts": 0,
    "shapes": 0,
    "sizes": 1,
    "without": 0,
    "data": 1,
    "embedding": 1,
    "attention": 1,
    "checkpoint": 1,
    "block": 2,
    "gpt2": 2,
    "decoder": 3,
    "depth": 3,
    "training": 4,
    "heads": 4,
    "thread": 5,
    "measure": 5,
    "knobs": 5,
    "trials": 5,
    "descent": 5,
    "exercises": 6,
    "plots": 6,
    "explorables": 7,
    "cli": 8,
    "__main__": 9,
}
SHOWS = {"IPython", "ipywidgets", "anywidget"}
DRAWS = SHOWS | {"matplotlib"}
# Antes de o ambiente existir só há a biblioteca padrão.
BEFORE_THE_ENVIRONMENT = {"cli", "__main__"}


def piece_of(name):
    """Diz a que módulo pertence um nome: `_bpe` e `_bpe_x` são partes de `bpe`."""
    owners = [owner for owner in STEP if name == f"_{owner}" or name.startswith(f"_{owner}_")]
    return owners[0] if owners else name


def module_of(path):
    """Diz a que módulo da escada um arquivo pertence: o pacote, quando há um."""
    return piece_of(path.relative_to(HELPERS).with_suffix("").parts[0])


def imports(source, only_at_import=False):
    """Lista (linha, módulo importado); `from helpers import bpe` conta como helpers.bpe."""
    tree = ast.parse(source)
    nodes = _outside_functions(tree) if only_at_import else ast.walk(tree)
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                yield node.lineno, "relativa"
            elif node.module == "helpers":
                for alias in node.names:
                    yield node.lineno, f"helpers.{alias.name}"
            else:
                yield node.lineno, node.module


def _outside_functions(node):
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield child
            yield from _outside_functions(child)


def problems(module, source):
    """Devolve as importações de um arquivo que a escada proíbe."""
    if module not in STEP:
        return [f"{module}: dê a ele um degrau em tests/test_ladder.py"]
    found = []
    step = STEP[module]
    for line, name in imports(source):
        parts = name.split(".")
        if name == "relativa":
            found.append(f"linha {line}: importação relativa; escreva helpers.…")
        elif parts[0] == "helpers" and len(parts) > 1:
            other = piece_of(parts[1])
            if other != module and STEP.get(other, 99) >= step:
                found.append(f"linha {line}: {module} não pode importar {other}")
        elif parts[0] in (DRAWS if step <= 5 else SHOWS if step == 6 else ()):
            found.append(f"linha {line}: {module} não pode importar {parts[0]}")
    if module in BEFORE_THE_ENVIRONMENT:
        for line, name in imports(source, only_at_import=True):
            top = name.split(".")[0]
            inside = name in ("helpers", "helpers.cli") or name.startswith("helpers.cli.")
            if top not in sys.stdlib_module_names and not inside:
                found.append(f"linha {line}: {name} não existe antes de o ambiente ser criado")
    return found


FILES = sorted(HELPERS.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(HELPERS).as_posix())
def test_module_imports_only_lower_steps(path):
    if path == HELPERS / "__init__.py":
        assert not list(imports(path.read_text(encoding="utf-8")))
        return
    assert not problems(module_of(path), path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "path",
    [p for p in FILES if p.name == "__init__.py"],
    ids=lambda p: p.parent.name,
)
def test_package_files_hold_a_docstring_and_nothing_else(path):
    body = ast.parse(path.read_text(encoding="utf-8")).body
    assert len(body) == 1
    assert isinstance(body[0], ast.Expr)


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("bpe", "from helpers.data import read_text"),
        ("bpe", "def f():\n    import helpers.plots.svg"),
        ("data", "from helpers import embedding"),
        ("plots", "from helpers.exercises import registry"),
        ("exercises", "from IPython.display import HTML"),
        ("plots", "import ipywidgets as W"),
        ("attention", "import matplotlib.pyplot as plt"),
        ("explorables", "from helpers.cli import execute"),
        ("cli", "import torch"),
        ("__main__", "from helpers import bpe"),
        ("bpe", "from . import data"),
        ("novidade", "import math"),
        ("bpe", "from helpers._sampling import loop"),
    ],
)
def test_forbidden_import_is_reported(module, source):
    assert problems(module, source)


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("data", "from helpers.bpe import split"),
        ("bpe", "from helpers._bpe import files"),
        ("data", "from helpers._bpe import text"),
        ("cli", "def main():\n    import torch\n    from helpers import bpe"),
        ("explorables", "import anywidget\nfrom helpers.exercises import registry"),
        ("plots", "from matplotlib.figure import Figure"),
    ],
)
def test_allowed_import_passes(module, source):
    assert not problems(module, source)


def loaded_by(*modules):
    """Diz o que um Python novo carrega ao importar os módulos dados."""
    code = "import sys\n" + "".join(f"import {name}\n" for name in modules)
    code += "print(*{name.split('.')[0] for name in sys.modules})"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(run.stdout.split())


def _names(low, high):
    for path in FILES:
        module = module_of(path)
        if path.name != "__init__.py" and low <= STEP.get(module, 99) <= high:
            yield ".".join(path.relative_to(ROOT).with_suffix("").parts)


def test_bpe_alone_loads_neither_torch_nor_anything_to_draw():
    assert not loaded_by("helpers.bpe") & (DRAWS | {"torch", "numpy"})


def test_core_loads_nothing_to_draw():
    assert not loaded_by(*_names(0, 4)) & DRAWS


def test_exercises_and_plots_load_nothing_to_show():
    assert not loaded_by(*_names(0, 5)) & SHOWS


def test_a_loaded_module_would_be_noticed():
    assert "matplotlib" in loaded_by("matplotlib.figure")
