"""A cobertura diz a verdade: cada número aponta para uma célula ou um teste que existe."""

import ast
import dataclasses

import nbformat
import prose
import pytest

from helpers.cli import headers
from helpers.cli.headers import Elsewhere, Header, LessonError

LESSON = Header(
    stem="01_x",
    title="01 · X",
    builds="um x",
    minimum_compared=1,
    covers=dict.fromkeys(headers.NUMBERS, "aqui"),
    tags=frozenset(headers.NUMBERS),
)
PROOF = "tests/test_coverage.py::test_what_is_claimed_exists"


@pytest.fixture(scope="module")
def found():
    return headers.lessons()


def test_what_is_claimed_exists(found):
    assert not headers.problems(found, headers.elsewhere(), prose.ROOT)


def test_pages_are_up_to_date():
    page = (prose.ROOT / "docs" / "cobertura.md").read_text(encoding="utf-8")
    assert page == headers.coverage_markdown(), "rode python -m helpers executar"
    readme = (prose.ROOT / "README.md").read_text(encoding="utf-8")
    assert readme == headers.readme(), "rode python -m helpers executar"


def test_every_number_has_one_row_and_every_lesson_one_line():
    page = headers.coverage_markdown()
    rows = [line.split(" | ")[0] for line in page.splitlines() if line.startswith("| ")]
    told = [row[2:] for row in rows if headers.NUMBER.match(row[2:])]
    assert sorted(told) == sorted(headers.NUMBERS)
    assert len(headers.NUMBERS) == 311
    assert "| ? |" not in page
    links, table = (
        [f"(notebooks/{path.stem}.ipynb)" for path in prose.TEXTS],
        headers.readme_table(),
    )
    assert not [link for link in links if table.count(link) != 1]


@pytest.mark.parametrize("text", ["nada", headers.TABLE_START, headers.TABLE_END])
def test_readme_without_a_mark_is_refused(tmp_path, text):
    (tmp_path / "README.md").write_text(text, encoding="utf-8")
    with pytest.raises(headers.LessonError, match="faltam as marcas"):
        headers.readme(tmp_path)


@pytest.mark.parametrize(
    ("change", "outside", "told"),
    [
        ({"tags": LESSON.tags - {"S-03"}}, {}, "nenhuma célula leva a etiqueta S-03"),
        ({"covers": {}}, {}, "há células S-03 que `covers` não cita"),
        ({"covers": {}}, {}, "S-03: não está em lição, nem em teste, nem planejado"),
        ({}, {"S-03": Elsewhere(planned="11")}, "S-03: já está coberto"),
        ({}, {"S-03": Elsewhere(proofs=("tests/test_nada.py::test_x",))}, "não existe o arquivo"),
        ({}, {"S-03": Elsewhere(proofs=("README.md::test_x",))}, "não existe o arquivo README.md"),
        ({}, {"S-03": Elsewhere(proofs=("tests/test_coverage.py",))}, "diga qual, depois de ::"),
        ({}, {"S-03": Elsewhere(proofs=(PROOF + "_nada",))}, "não existe o teste test_what"),
        ({}, {"S-03": Elsewhere(proofs=("tests/core.py::told",))}, "não existe o teste told"),
        (
            {"covers": {}, "tags": frozenset()},
            {"S-03": Elsewhere(proofs=(PROOF,), planned="11")},
            "S-03: já está coberto",
        ),
    ],
)
def test_false_claim_is_reported(change, outside, told):
    lesson = dataclasses.replace(LESSON, **change)
    assert any(told in problem for problem in headers.problems([lesson], outside, prose.ROOT))


def test_true_claims_pass():
    outside = {"S-03": Elsewhere(proofs=(PROOF,))}
    assert not headers.problems([LESSON], outside, prose.ROOT)


# --- perguntas que se fazem, erros que se desmentem ----------------------------------------------


@pytest.fixture(scope="module")
def notebooks():
    return [prose.notebook_of(path) for path in headers.texts()]


def asked(notebooks):
    """Devolve os números que um cartão de exercício leva como etiqueta."""
    cards = [cell for one in notebooks for cell in one.cells if "exercise" in cell.metadata]
    return {tag for card in cards if "card" in card.metadata["tags"] for tag in card.metadata.tags}


def asserts(source):
    """Diz se o código afirma alguma coisa: um `assert`, ou um erro quando nada se recusa."""
    lines = [line for line in source.split("\n") if line[:1] not in ("%", "!")]
    nodes = list(ast.walk(ast.parse("\n".join(lines))))
    raised = [node.exc for node in nodes if isinstance(node, ast.Raise) and node.exc]
    named = [node.id for error in raised for node in ast.walk(error) if isinstance(node, ast.Name)]
    return "AssertionError" in named or any(isinstance(node, ast.Assert) for node in nodes)


def refuted(notebooks):
    """Devolve os números que uma célula de código com uma afirmação leva como etiqueta."""
    cells = [cell for one in notebooks for cell in one.cells if cell.cell_type == "code"]
    tagged = [
        cell for cell in cells if any(map(headers.NUMBER.match, cell.metadata.get("tags", [])))
    ]
    return {tag for cell in tagged if asserts(cell.source) for tag in cell.metadata.tags}


def test_every_question_is_asked_in_an_exercise(notebooks):
    questions = {number for number in headers.NUMBERS if number.startswith("Q-")}
    assert not questions - asked(notebooks), "ponha a etiqueta no cartão do exercício que a faz"


def test_every_mistake_is_refuted_by_an_assertion(notebooks, found):
    covered = {number for lesson in found for number in lesson.covers if number.startswith("E-")}
    proved = {number for number, place in headers.elsewhere().items() if place.proofs}
    assert not covered - refuted(notebooks) - proved, "afirme na célula, ou cite o teste que afirma"


def test_a_question_without_a_card_and_a_mistake_without_an_assertion_are_seen():
    def code(source, *tags):
        return nbformat.v4.new_code_cell(source, metadata={"tags": list(tags)})

    def card(*tags):
        return nbformat.v4.new_markdown_cell("", metadata={"exercise": "01.a", "tags": list(tags)})

    cells = [card("card", "Q-01"), code("print(1)", "Q-02"), card("check", "Q-03")]
    cells += [code("%pip list\nassert 1 < 2", "E-01"), code("print('assert')", "E-02")]
    cells += [code("try:\n    f()\nexcept ValueError:\n    raise AssertionError('não')", "E-03")]
    cells += [code("raise NotImplementedError", "E-04"), code("assert True")]
    one = nbformat.v4.new_notebook(cells=cells)
    assert {tag for tag in asked([one]) if headers.NUMBER.match(tag)} == {"Q-01"}
    assert refuted([one]) == {"E-01", "E-03"}


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("outra: 1\n", "o cabeçalho precisa de `licao:`"),
        ("licao:\n  builds: x\n", "o cabeçalho precisa de `licao:`"),
        ("licao:\n  builds: x\n  minimum_compared: 1\n  covers: {S-999: nada}\n", "S-999"),
        ("licao:\n  builds: x\n  minimum_compared: 1\n  covers: {}\n", "falta o título"),
    ],
)
def test_bad_header_is_explained(tmp_path, header, told):
    path = tmp_path / "01_x.md"
    path.write_text(f"---\n{header}---\n\nUm texto sem título.\n", encoding="utf-8")
    with pytest.raises(LessonError, match=told):
        headers.read_lesson(path)
