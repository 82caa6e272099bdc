"""Uma lição cabe numa sentada: o tamanho medido fica dentro do combinado, e o cabeçalho o diz."""

import copy

import nbformat
import prose
import pytest

from helpers.cli import budget

MINUTES, CELLS, CAUTIONS, EXPLORABLES, IMPORTED = 90, 120, 4, 4, 12
EXERCISES = range(4, 7)
ANNEX = "O que não cabe vai para o anexo, em notebooks/anexos/texto: `executar anexos/NN`."


def excess(found):
    """Devolve o que passa do combinado, em palavras."""
    limits = {
        "minutes": MINUTES,
        "cells": CELLS,
        "cautions": CAUTIONS,
        "explorables": EXPLORABLES,
        "imported": IMPORTED,
    }
    told = [
        f"{name}: {getattr(found, name):.0f}, e o combinado é até {most}"
        for name, most in limits.items()
        if getattr(found, name) > most
    ]
    if found.exercises not in EXERCISES:
        told.append(f"exercises: {found.exercises} obrigatórios, e o combinado é de 4 a 6")
    return told


@pytest.mark.parametrize("path", prose.TEXTS[1:], ids=lambda path: path.stem)
def test_a_lesson_fits(path):
    told = excess(budget.measure(prose.notebook_of(path)))
    assert not told, "\n".join([*told, ANNEX])


@pytest.mark.parametrize("path", prose.ANNEXES, ids=lambda path: path.stem)
def test_in_an_annex_every_title_says_extra_or_none_does(path):
    notebook = prose.notebook_of(path)
    cards = sum("card" in cell.metadata.get("tags", []) for cell in notebook.cells)
    assert budget.measure(notebook).exercises in (0, cards), (
        f"num anexo, ou todo título de cartão traz `{budget.EXTRA}`, ou nenhum: misturados, só os "
        "que não o trazem contam no tempo"
    )


def test_the_first_lesson_is_short():
    found = budget.measure(prose.notebook_of(prose.TEXTS[0]))
    assert found.minutes <= MINUTES
    assert found.imported <= IMPORTED


@pytest.mark.parametrize("path", prose.TEXTS + prose.ANNEXES, ids=lambda path: path.stem)
def test_the_header_says_the_measured_minutes(path):
    notebook = copy.deepcopy(prose.notebook_of(path))
    before = [cell.source for cell in notebook.cells]
    budget.write_time(notebook)
    assert [cell.source for cell in notebook.cells] == before, "rode python -m helpers executar"


def markdown(source, *tags, **more):
    return nbformat.v4.new_markdown_cell(source, metadata={"tags": list(tags), **more})


def code(source, *tags, **more):
    return nbformat.v4.new_code_cell(source, metadata={"tags": list(tags), **more})


CARD = "### Exercício: {}\n\nDificuldade 2 de 5 · importância 4 de 5 · 6 a 10 minutos\n\nEnunciado."
LESSON = [
    markdown("**Tempo:** de 1 a 2 minutos. O fim da seção 4 é um bom lugar para a pausa."),
    code("%matplotlib inline\nimport torch, math\nfrom a import b, c\nx = 1", "setup"),
    markdown("palavra " * 259 + "\n\n$$a + b + c + d$$"),
    markdown("> **Cuidado.** *“Não.”*"),
    markdown(CARD.format("somar"), "card", exercise="04.a"),
    code("raise NotImplementedError", "exercise", exercise="04.a"),
    code("check()", "check", exercise="04.a"),
    markdown(CARD.format("dividir (extra)"), "card", exercise="04.b"),
    code("show()", "explorable"),
    code("print()", "experiment"),
]


def test_every_part_is_counted():
    found = budget.measure(nbformat.v4.new_notebook(cells=LESSON))
    words = 18 + 260 + 3
    assert found.minutes == pytest.approx(words / 130 + 8 + 2 * 0.25 + 2)
    assert (found.cells, found.cautions, found.explorables) == (10, 1, 1)
    assert (found.imported, found.exercises) == (4, 1)
    assert excess(found) == ["exercises: 1 obrigatórios, e o combinado é de 4 a 6"]
    long = [markdown("palavra " * 12_000), *[LESSON[3]] * 5, *[LESSON[8]] * 5]
    told = excess(budget.measure(nbformat.v4.new_notebook(cells=long)))
    assert [line.split(":")[0] for line in told] == [
        "minutes",
        "cautions",
        "explorables",
        "exercises",
    ]


def test_in_an_annex_every_exercise_is_extra_and_counts():
    annex = [cell for cell in LESSON if cell.metadata.get("exercise") != "04.a"]
    whole, without = (
        budget.measure(nbformat.v4.new_notebook(cells=cells))
        for cells in (annex, [cell for cell in annex if "exercise" not in cell.metadata])
    )
    assert whole.minutes == pytest.approx(without.minutes + 8)
    assert whole.exercises == 0


def test_the_tool_writes_the_minutes_and_keeps_the_rest():
    notebook = nbformat.from_dict(nbformat.v4.new_notebook(cells=LESSON))
    budget.write_time(notebook)
    told = "**Tempo:** cerca de 15 minutos. O fim da seção 4 é um bom lugar para a pausa."
    assert notebook.cells[0].source == told
    budget.write_time(notebook)
    assert notebook.cells[0].source == told
