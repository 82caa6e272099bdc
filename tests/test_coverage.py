"""docs/cobertura.md diz a verdade: cada número aponta para uma célula ou um teste que existe."""

import ast
import re

import prose
import pytest

from helpers.cli import pairs

PATH = prose.ROOT / "docs" / "cobertura.md"


def span(letter, low, high):
    return {f"{letter}-{number:02d}" for number in range(low, high + 1)}


# O que cada lição se comprometeu a cobrir.
PROMISED = {
    "00_comece_aqui": {"S-01", "G-35", "G-36", "E-95"},
    "01_tokenizacao_bpe": span("S", 3, 10) | span("E", 1, 6) | span("G", 7, 11),
    "02_embeddings": span("S", 11, 16) | span("E", 17, 21) | {"G-20"},
    "03_query_key_value": span("S", 30, 34) | {"S-82", "E-89", "E-90", "F-17"} | span("E", 22, 29),
    "04_scores_e_softmax": span("S", 35, 45)
    | span("E", 30, 39)
    | {"Q-08", "Q-09", "Q-15", "Q-25"}
    | span("Q", 11, 14),
    "05_multiplas_cabecas": span("S", 46, 62)
    | span("E", 45, 58)
    | span("Q", 1, 7)
    | {"Q-10", "Q-17", "Q-24", "F-01", "F-02", "F-05"},
    "06_fluxo_residual": span("S", 68, 91)
    | span("E", 40, 44)
    | span("E", 59, 74)
    | {"Q-16"}
    | span("Q", 18, 22)
    | span("Q", 26, 29)
    | {"F-03", "F-06", "F-09"}
    | span("F", 11, 14),
    "07_bloco_decoder": span("S", 92, 103)
    | span("S", 114, 118)
    | span("E", 75, 84)
    | {"Q-07", "Q-23", "Q-28", "Q-30", "F-08", "F-10", "F-15", "F-16", "F-18"},
    "08_amostragem": {"S-02", "S-22", "G-21", "G-22"} | span("S", 104, 109) | span("E", 85, 88),
    "09_treinamento": span("G", 1, 6) | span("G", 12, 19) | {"S-110", "G-27", "G-30"},
}
_NUMBER = re.compile(r"^[SQFEG]-\d{2,3}$")


def rows(text):
    """Devolve (linha, número, onde) de cada linha da tabela de cobertura."""
    for number, line in enumerate(text.splitlines(), 1):
        fields = [field.strip(" `") for field in line.strip().strip("|").split("|")]
        if line.startswith("|") and _NUMBER.match(fields[0]):
            yield number, fields[0], [part.strip(" `") for part in fields[1].split(",")]


def problems(text, cell_tags, root=prose.ROOT):
    """Devolve o que a tabela afirma e não é verdade; `cell_tags`: {notebook: rótulos}."""
    found, seen = [], {}
    for line, number, places in rows(text):
        if number in seen:
            found.append(f"linha {line}: {number} repetido")
        seen[number] = places
        for place in places:
            if told := _missing(number, place, cell_tags, root):
                found.append(f"linha {line}: {number}: {told}")
    for stem, tags in cell_tags.items():
        for tag in sorted(t for t in tags if _NUMBER.match(t)):
            if stem not in seen.get(tag, []):
                found.append(f"{stem} tem células {tag} que a tabela não cita")
    return found


def _missing(number, place, cell_tags, root):
    if place in cell_tags:
        return None if number in cell_tags[place] else f"nenhuma célula de {place} leva o rótulo"
    name, _, test = place.partition("::")
    path = root / name
    if not name.startswith("tests/") or not path.exists():
        return f"não existe: {place}"
    tree = ast.parse(path.read_text(encoding="utf-8"))
    tests = [n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]
    if test and test not in tests:
        return f"não existe o teste {test} em {name}"
    return None if any(t.startswith("test_") for t in tests) else f"{name} não tem testes"


@pytest.fixture(scope="module")
def cell_tags():
    return {
        path.stem: {
            tag
            for cell in pairs.read_text(path.read_text(encoding="utf-8")).cells
            for tag in cell.metadata.get("tags", [])
        }
        for path in prose.TEXTS
    }


def test_coverage_table_tells_the_truth(cell_tags):
    text = PATH.read_text(encoding="utf-8")
    assert list(rows(text))
    assert not problems(text, cell_tags)


@pytest.mark.parametrize("stem", PROMISED)
def test_lesson_keeps_its_promise(cell_tags, stem):
    assert not PROMISED[stem] - cell_tags[stem]


ROW = "| número | onde | o que está lá |\n|---|---|---|\n| S-03 | 01_x | a tabela |\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (ROW.replace("S-03", "S-04"), "nenhuma célula de 01_x leva o rótulo"),
        (ROW.replace("01_x", "77_nada"), "não existe: 77_nada"),
        (ROW.replace("01_x", "tests/test_nada.py"), "não existe: tests/test_nada.py"),
        (ROW.replace("01_x", "tests/test_coverage.py::test_nada"), "não existe o teste test_nada"),
        (ROW.replace("01_x", "tests/conftest.py"), "não tem testes"),
        (ROW + "| S-03 | 01_x | de novo |", "repetido"),
        ("| número | onde |\n", "01_x tem células S-03 que a tabela não cita"),
    ],
)
def test_false_claim_is_reported(text, told):
    assert any(told in problem for problem in problems(text, {"01_x": {"S-03", "setup"}}))


def test_true_table_passes():
    text = ROW + "| E-08 | tests/test_coverage.py::test_true_table_passes | aqui |\n"
    assert not problems(text, {"01_x": {"S-03", "setup"}})
