"""Cada módulo de helpers fica num degrau e só importa degraus mais baixos."""

import ast
import functools
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
HELPERS = ROOT / "helpers"

# Do que serve a tudo ao que só se usa na ponta; o que não está aqui é o núcleo, degrau 0.
STEP = {
    "studies": 1,
    "exercises": 2,
    "plots": 2,
    "classroom": 3,
    "explorables": 3,
    "page": 4,
    "cli": 5,
    "__main__": 6,
}
CORE, STUDIES, UNSEEN = 0, STEP["studies"], STEP["exercises"]
#: Quantos módulos pode ter a maior fila em que cada um importa o seguinte ao ser carregado.
LONGEST = 8
# Pacotes que se importam pelo nome deles; dos outros, pelo nome de cada módulo.
WITH_A_FACE = {"bpe", "sampling", "training", "heads", "stories"}
SHOWS = {"IPython", "ipywidgets", "anywidget"}
DRAWS = SHOWS | {"matplotlib"}
# Antes de o ambiente existir só há a biblioteca padrão.
BEFORE_THE_ENVIRONMENT = {
    "cli",
    "__main__",
    "files",
    "student_folder",
    "myst",
    "classroom",
    "spoken",
}


def module_of(path):
    """Diz a que degrau pertence um arquivo: o do módulo ou o do pacote em que está."""
    return path.relative_to(HELPERS).with_suffix("").parts[0]


@functools.cache
def parsed(source):
    """Devolve a árvore de um arquivo, lida uma vez para todas as perguntas."""
    return ast.parse(source)


def imports(source, only_at_import=False):
    """Lista (linha, módulo importado); `from helpers import bpe` conta como helpers.bpe."""
    tree = parsed(source)
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
    found = []
    step = STEP.get(module, CORE)
    for line, name in imports(source):
        parts = name.split(".")
        if name == "relativa":
            found.append(f"linha {line}: importação relativa; escreva helpers.…")
        elif parts[0] == "helpers" and len(parts) > 1:
            other = parts[1]
            if STEP.get(other, CORE) > step:
                found.append(f"linha {line}: {module} não pode importar {other}")
        elif parts[0] in (DRAWS if step <= STUDIES else SHOWS if step == UNSEEN else ()):
            found.append(f"linha {line}: {module} não pode importar {parts[0]}")
    if module in BEFORE_THE_ENVIRONMENT:
        for line, name in imports(source, only_at_import=True):
            top, *inner = name.split(".")
            inside = top == "helpers" and set(inner[:1]) <= BEFORE_THE_ENVIRONMENT
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
    [p for p in FILES if p.name == "__init__.py" and p.parent.name not in WITH_A_FACE],
    ids=lambda p: p.parent.name,
)
def test_package_files_hold_a_docstring_and_nothing_else(path):
    body = ast.parse(path.read_text(encoding="utf-8")).body
    assert len(body) == 1
    assert isinstance(body[0], ast.Expr)


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("bpe", "def f():\n    import helpers.plots.svg"),
        ("exercises", "from helpers.explorables import lens"),
        ("exercises", "from IPython.display import HTML"),
        ("plots", "import ipywidgets as W"),
        ("attention", "import matplotlib.pyplot as plt"),
        ("explorables", "from helpers.cli import execute"),
        ("cli", "import torch"),
        ("__main__", "from helpers import bpe"),
        ("bpe", "from . import data"),
        ("hooks", "from helpers.studies import thread"),
    ],
)
def test_forbidden_import_is_reported(module, source):
    assert problems(module, source)


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("data", "from helpers.bpe import split"),
        ("bpe", "from helpers.bpe import saved"),
        ("data", "from helpers.bpe import text"),
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
        if path.name != "__init__.py" and low <= STEP.get(module, CORE) <= high:
            yield ".".join(path.relative_to(ROOT).with_suffix("").parts)


def test_bpe_alone_loads_neither_torch_nor_anything_to_draw():
    assert not loaded_by("helpers.bpe") & (DRAWS | {"torch", "numpy"})


def test_core_loads_nothing_to_draw():
    assert not loaded_by(*_names(CORE, STUDIES)) & DRAWS


def test_exercises_and_plots_load_nothing_to_show():
    assert not loaded_by(*_names(CORE, UNSEEN)) & SHOWS


def test_a_loaded_module_would_be_noticed():
    assert "matplotlib" in loaded_by("matplotlib.figure")


# ------------------------------------------------------------------ a fila de importações


def modules(root=ROOT):
    """Devolve nome de módulo → arquivo; um pacote é o seu `__init__`."""
    found = {}
    for path in sorted((root / "helpers").rglob("*.py")):
        name = ".".join(path.relative_to(root).with_suffix("").parts)
        found[name.removesuffix(".__init__")] = path
    return found


def graph(sources, only_at_import=True):
    """Devolve nome de módulo → os que ele importa, entre os dados."""
    return {
        name: set(_imported(parsed(source), sources, only_at_import)) - {name, "helpers"}
        for name, source in sources.items()
    }


def _imported(tree, known, only_at_import):
    for node in _outside_functions(tree) if only_at_import else ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                if whole in known:
                    yield whole
                elif node.module in known:
                    yield node.module


def longest_chain(edges):
    """Devolve a maior fila; levanta ValueError com o ciclo, se houver um."""
    found = {}

    def chain(name, above):
        if name in above:
            raise ValueError(" → ".join((*above[above.index(name) :], name)))
        if name not in found:
            rest = [chain(other, (*above, name)) for other in sorted(edges[name])]
            found[name] = [name, *max(rest, key=len, default=[])]
        return found[name]

    return max((chain(name, ()) for name in edges), key=len)


def sources_of_helpers():
    """Devolve nome de módulo → texto."""
    return {name: path.read_text(encoding="utf-8") for name, path in modules().items()}


def test_no_import_goes_round_and_the_longest_chain_is_short():
    chain = longest_chain(graph(sources_of_helpers()))
    assert len(chain) <= LONGEST, " → ".join(chain)


def test_no_import_goes_round_even_inside_functions():
    longest_chain(graph(sources_of_helpers(), only_at_import=False))


def test_packages_do_not_import_each_other():
    edges = {}
    for name, others in graph(sources_of_helpers(), only_at_import=False).items():
        room = name.split(".")[1] if "." in name else name
        edges.setdefault(room, set()).update(
            other.split(".")[1] for other in others if other.split(".")[1] != room
        )
    longest_chain(edges)


def test_a_long_chain_and_a_cycle_would_be_noticed():
    chained = {"a": "import b", "b": "def f():\n    import c", "c": "import d", "d": ""}
    assert longest_chain(graph(chained)) == ["a", "b"]
    assert longest_chain(graph(chained, only_at_import=False)) == ["a", "b", "c", "d"]
    with pytest.raises(ValueError, match="b → c → b"):
        longest_chain(graph({"a": "import b", "b": "import c", "c": "from b import x"}))


# ------------------------------------------------------------------ um nome, uma coisa


def repeated(pairs):
    """Devolve os nomes que aparecem em mais de um lugar, com os lugares."""
    found = {}
    for name, place in pairs:
        found.setdefault(name, []).append(place)
    return {name: places for name, places in found.items() if len(places) > 1}


def classes(source):
    return [n.name for n in ast.walk(ast.parse(source)) if isinstance(n, ast.ClassDef)]


def test_each_module_has_its_own_name():
    twice = repeated((name.split(".")[-1], name) for name in sources_of_helpers())
    assert not twice


def test_each_class_has_its_own_name():
    named = ((one, name) for name, text in sources_of_helpers().items() for one in classes(text))
    twice = repeated(named)
    assert not twice


def test_a_repeated_name_would_be_noticed():
    assert repeated([("Step", "bpe"), ("Row", "x"), ("Step", "loop")]) == {"Step": ["bpe", "loop"]}


def test_reading_the_thread_does_not_load_the_training():
    code = "import sys, helpers.studies.thread; print(*sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "helpers.decoder" in run.stdout.split()
    assert not [name for name in run.stdout.split() if name.startswith("helpers.training")]
