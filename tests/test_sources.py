"""As fontes: cada linha diz quem, o quê e quando; cada citação da prosa tem a sua linha."""

import itertools

import prose
import pytest

from helpers.cli import bibliography

LESSONS = prose.TEXTS + prose.ANNEXES
#: Obras sem ano: mudam o tempo todo.
LIVING = ("rascunho", "Unicode Standard Annex", "documentação de")
#: O que os textos de que o curso partiu citam, e a obra que lhes faltava, de 2021.
NEEDED = {
    ("Vaswani", "2017"),
    ("Radford", "2018"),
    ("Radford", "2019"),
    ("Mikolov", "2013"),
    ("Devlin", "2019"),
    ("Elhage", "2021"),
    ("Elhage", "2022"),
    ("Bishop", "2024"),
    ("Jurafsky", ""),
}


def cited():
    """Devolve todas as obras de todas as lições."""
    every = (bibliography.lines(path.read_text(encoding="utf-8")) for path in LESSONS)
    return [work for line in itertools.chain(*every) for work in bibliography.works(line)]


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: f"{path.parents[1].name}-{path.stem}")
def test_every_source_says_who_what_and_when(path):
    for line in bibliography.lines(path.read_text(encoding="utf-8")):
        living = any(word in line for word in LIVING)
        found = bibliography.works(line)
        assert living or (found and all(work.who and work.year for work in found)), line


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: f"{path.parents[1].name}-{path.stem}")
def test_every_citation_has_its_source_in_the_same_lesson(path):
    assert not bibliography.unsupported(path.read_text(encoding="utf-8"))


def test_every_work_has_one_whole_title():
    titles = {}
    for work in cited():
        titles.setdefault((work.who.split()[-1] + work.who.split()[0], work.year), set()).add(
            work.title
        )
    for found in titles.values():
        for one, other in itertools.permutations(found, 2):
            assert not other.casefold().startswith(one.casefold() + ":"), f"{one} é {other}"


def test_nothing_that_was_cited_at_first_is_missing():
    every = cited()
    for name, year in NEEDED:
        assert any(name in work.who and work.year == year for work in every), f"{name}, {year}"


def test_the_page_is_up_to_date():
    page = (prose.ROOT / "docs" / "fontes.md").read_text(encoding="utf-8")
    assert page == bibliography.bibliography_markdown(), "rode python -m helpers executar"


def test_a_citation_without_a_source_is_seen():
    text = "Como em Ana et al. (2020), e em (Bia e Caio, 2021).\n\n### Fontes\n\n{}\n"
    whole = text.format(
        "- Ana Lima et al. *Um título*. 2020. Isto.\n- Bia Sá. *Outro*. 2021, seção 2."
    )
    assert bibliography.unsupported(whole) == []
    assert bibliography.unsupported(text.format("- Ana Lima et al. *Um título*. 2019.")) == [
        "Ana et al. (2020",
        "Bia e Caio, 2021",
    ]


def test_a_line_may_hold_two_works_and_an_italic_that_is_none():
    line = "Ana Lima. *Um*. ICLR 2017, isto; *Dois: o outro*. 2019, seção 3. O *rollout*."
    assert bibliography.works(line) == [
        bibliography.CitedWork("Ana Lima", "Um", "2017"),
        bibliography.CitedWork("Ana Lima", "Dois: o outro", "2019"),
    ]
    assert bibliography.works("Hugging Face, documentação de `transformers`.") == []
