"""A cobertura diz a verdade: cada número aponta para uma célula ou um teste que existe."""

import dataclasses

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
    assert len(headers.NUMBERS) == 303
    assert "| ? |" not in page
    links, table = (
        [f"(notebooks/{path.stem}.ipynb)" for path in prose.TEXTS],
        headers.readme_table(),
    )
    assert not [link for link in links if table.count(link) != 1]


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
    ],
)
def test_false_claim_is_reported(change, outside, told):
    lesson = dataclasses.replace(LESSON, **change)
    assert any(told in problem for problem in headers.problems([lesson], outside, prose.ROOT))


def test_true_claims_pass():
    outside = {"S-03": Elsewhere(proofs=(PROOF,))}
    assert not headers.problems([LESSON], outside, prose.ROOT)


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
