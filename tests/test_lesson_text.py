"""O cartão se escreve no texto da lição: o que falta nele é dito com o arquivo e o exercício."""

import re
from collections import Counter

import prose
import pytest

from helpers.exercises import lesson_text, registry
from helpers.exercises.catalog import CatalogError, Section

TEXTS = lesson_text.texts()
CARDS = [card for lesson in registry.lessons() for card in registry.cards(lesson)]

CARD = f"""### Exercício: a soma de uma lista

Dificuldade ●●○○○ (2 de 5) · importância ●●●●○ (4 de 5) · 5 a 10 minutos

Escreva `my_sum(numbers)`.

Ela soma os números.

**Pronto quando:** A soma de nenhum é zero.

<details><summary>Dica 1: por que <code>0 &lt; 1</code>?</summary>

Some um de cada vez.

</details>

<details><summary>Dica 2: o plano</summary>

1. Comece do zero.
2. Some.

</details>

<details><summary>Dica 3: a saída esperada</summary>

`my_sum([1, 2])` dá 3.

</details>

{lesson_text.SKIP_LINE}"""
STUB = "def my_sum(numbers):\n    raise NotImplementedError"


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_cells_are_the_ones_that_jupytext_reads(path):
    read = prose.notebook_of(path).cells
    expected = [
        (cell.source.strip(), cell.metadata.get("exercise", ""), set(cell.metadata.get("tags", [])))
        for cell in read
    ]
    cells = [cell for cell in lesson_text.cells(path) if cell.source or cell.exercise]
    assert [(c.source, c.exercise, set(c.tags) - {""}) for c in cells] == expected


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.id)
def test_card_is_written_as_it_is_read(card):
    written = lesson_text.card_markdown(card)
    read = lesson_text.parse_card(written, card.id, "aqui")
    assert lesson_text.card_markdown(read) == written
    assert (read.title, read.minutes, read.hints) == (card.title, card.minutes, card.hints)
    cells = [cell for path in TEXTS for cell in lesson_text.cells(path)]
    assert Counter(c.source for c in cells if c.exercise == card.id)[written] == 1


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_the_lesson_never_needs_a_hidden_solution_to_have_run(path):
    """Quem não abre a solução não roda a célula dela."""
    open_cells = [cell.source for cell in lesson_text.cells(path) if not cell.exercise]
    assert not re.findall(r"\bmy_\w+_solution\b", "\n".join(open_cells))


def test_each_part_of_a_card_is_read():
    card = lesson_text.with_stub(lesson_text.parse_card(CARD, "04.soma", "aqui"), STUB)
    assert (card.title, card.difficulty, card.importance) == ("a soma de uma lista", 2, 4)
    assert card.minutes == (5, 10)
    assert card.statement == "Escreva `my_sum(numbers)`.\n\nEla soma os números."
    assert card.done_when == "A soma de nenhum é zero."
    assert card.hints[0].title == "por que `0 < 1`?"
    assert card.hints[1].text == "1. Comece do zero.\n2. Some."
    assert card.name == "my_sum"
    assert lesson_text.card_markdown(card) == CARD


def test_dots_and_the_last_line_need_not_be_typed():
    short = CARD.replace("●●○○○ (2 de 5)", "2 de 5").replace("●●●●○ (4 de 5)", "4 de 5")
    short = short.replace("<code>0 &lt; 1</code>", "`0 < 1`")
    short = short.removesuffix(f"\n\n{lesson_text.SKIP_LINE}")
    assert lesson_text.card_markdown(lesson_text.parse_card(short, "04.soma", "aqui")) == CARD


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("### Exercício: a soma de uma lista", "### A soma", "a primeira linha precisa ser"),
        ("5 a 10 minutos", "dez minutos", "não li dificuldade, importância e minutos em"),
        ("(2 de 5)", "(6 de 5)", "vão de 1 a 5"),
        ("5 a 10 minutos", "10 a 5 minutos", "do menor ao maior"),
        ("**Pronto quando:**", "Pronto quando", "falta o enunciado, ou o parágrafo"),
        ("Dica 2: o plano</summary>", "Dica 2</summary>", "só cabem dicas, e há: <details>"),
        ("**Pronto quando:** A soma", "**Pronto quando:** A soma\n\nfora", "só cabem dicas"),
        ("Dica 3", "Outra 3", "só cabem dicas"),
    ],
)
def test_card_out_of_shape_says_where_and_what(old, new, told):
    assert old in CARD
    with pytest.raises(CatalogError) as caught:
        lesson_text.parse_card(CARD.replace(old, new), "04.soma", "texto/04_x.md")
    message = str(caught.value)
    assert message.startswith("texto/04_x.md, cartão de 04.soma: ")
    assert told in message
    assert "Dificuldade 2 de 5 · importância 4 de 5 · 5 a 10 minutos" in message


def test_two_hints_are_too_few():
    start, end = CARD.index("<details><summary>Dica 3"), CARD.index(lesson_text.SKIP_LINE)
    with pytest.raises(CatalogError, match="há 2 dicas, e são precisas ao menos 3"):
        lesson_text.parse_card(CARD[:start] + CARD[end:], "04.soma", "aqui")


@pytest.mark.parametrize(
    ("stub", "told"),
    [
        ("def my_sum(:", "não é Python"),
        ("3 + 3", "o último nome que a célula inicial define é ''"),
        ("sum = None", "é 'sum'. Comece-o por `my_`"),
        ("my_other = None", "é 'my_other'. Comece-o por `my_`, .* cite-o no enunciado"),
    ],
)
def test_stub_that_does_not_ask_for_the_name_of_the_card_is_refused(stub, told):
    card = lesson_text.parse_card(CARD, "04.soma", "aqui")
    with pytest.raises(CatalogError, match=f"04.soma: .*{told}"):
        lesson_text.with_stub(card, stub)


# --- um texto inteiro ----------------------------------------------------------------------------

TEXT = f"""---
kernelspec:
  name: python3
---

# 04 · Uma lição

## 1. A primeira

```text
## 9. Isto é código
```

+++ {{"tags": ["S-01"]}}

## Sem número

+++ {{"exercise": "04.soma", "tags": ["card", "Q-25"]}}

{CARD}

```{{code-cell}}
:exercise: 04.soma
:tags: [exercise]

{STUB}
```

## 2. A segunda

```{{code-cell}}
---
exercise: 04.soma
jupyter:
  source_hidden: true
tags: [solution]
---
predict("04.dois")
```
"""


@pytest.fixture
def lesson(tmp_path, monkeypatch):
    """Põe um texto, e o seu anexo, no lugar dos textos da lição 04."""
    folders = (tmp_path / "texto", tmp_path / "anexos")
    monkeypatch.setattr(lesson_text, "FOLDERS", folders)
    for cached in (lesson_text.cells, lesson_text.cards, lesson_text.sections):
        cached.cache_clear()

    def write(*texts):
        for folder, text in zip(folders, texts, strict=False):
            folder.mkdir()
            (folder / "04_uma.md").write_text(text, encoding="utf-8")

    yield write
    for cached in (lesson_text.cells, lesson_text.cards, lesson_text.sections):
        cached.cache_clear()


def test_exercise_knows_its_section_and_the_text_its_guesses(lesson):
    lesson(TEXT)
    (card,) = lesson_text.cards("04")
    assert card.section == Section("04", None, "Sem número")
    assert card.stub == STUB
    assert lesson_text.sections("04") == {
        1: Section("04", 1, "A primeira"),
        2: Section("04", 2, "A segunda"),
    }
    assert lesson_text.asked("04", "predict") == ("04.dois",)


def test_exercises_of_the_annex_come_after_those_of_the_lesson(lesson):
    lesson(TEXT, TEXT.replace("04.soma", "04.anexo"))
    assert [card.id for card in lesson_text.cards("04")] == ["04.soma", "04.anexo"]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"04.soma"', '"05.soma"', r"04_uma.md: o exercício '05.soma' precisa começar por \"04.\""),
        (":tags: [exercise]", ":tags: [experiment]", "04.soma: há o cartão, e falta a célula"),
        ('["card", "Q-25"]', '["Q-25"]', "04.soma: há onde escrever, e falta o cartão"),
        ("", "", "o exercício '04.soma' já tem um cartão"),
    ],
)
def test_card_without_its_stub_and_the_reverse_are_told(lesson, old, new, told):
    lesson(TEXT.replace(old, new)) if old else lesson(TEXT, TEXT)
    with pytest.raises(CatalogError, match=told):
        lesson_text.cards("04")


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.id)
def test_every_exercise_is_in_a_section(card):
    assert card.section is not None
    assert card.section.lesson == card.id[:2]
