"""Cada solução com um estrago é recusada; a que não é, faz o mesmo que ela, e a lista diz por quê.

Sobrou um mutante? Escreva o caso que o distingue da solução. Se nenhuma entrada que o enunciado
permite o distingue, ponha-o em `mutantes/NN.toml`, com a razão.
"""

import tomllib
import warnings
from dataclasses import replace
from pathlib import Path

import pytest
from mutants import EndlessMutant, mutants

from helpers.exercises import registry
from helpers.exercises.catalog import Case
from helpers.exercises.checking import check
from helpers.exercises.running import run_case, same

FOLDER = Path(__file__).parent / "mutantes"
SAMPLE = 20  # no que é rápido, um mutante em cada vinte
LESSONS = [path.stem for path in sorted(FOLDER.glob("*.toml"))]
FUNCTIONS = [
    item for lesson in LESSONS for item in registry.exercises(lesson) if item.kind == "function"
]
EVERY = pytest.mark.parametrize("exercise", FUNCTIONS, ids=lambda item: item.id)

pytestmark = pytest.mark.usefixtures("progress_file")


def equivalents(lesson):
    """Devolve, por exercício, a razão de cada mutante que faz o mesmo que a solução."""
    path = FOLDER / f"{lesson}.toml"
    found = tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return {
        name: {mutant: group["porque"] for group in groups for mutant in group["mutantes"]}
        for name, groups in found.items()
    }


def survivors(exercise, tried):
    """Devolve os nomes dos mutantes que a conferência aceita."""
    cases = exercise.cases
    expected = [run_case(exercise.solution, case, exercise) for case in cases]

    def agrees(function):
        return all(
            same(run_case(function, case, exercise), right, exercise, case)
            for case, right in zip(cases, expected, strict=True)
        )

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # um mutante abusa do torch como quem erra
        agreeing = [mutant for mutant in tried if agrees(mutant.function)]
    return {
        mutant.name
        for mutant in agreeing
        if check(exercise.id, mutant.function, record=False).status == "certo"
    }


@EVERY
def test_a_sample_of_the_mutants_is_refused(exercise):
    listed = equivalents(exercise.id[:2]).get(exercise.id, {})
    tried = [mutant for mutant in mutants(exercise.solution) if mutant.name not in listed]
    assert not survivors(exercise, tried[::SAMPLE])


@pytest.mark.slow
@EVERY
def test_only_the_listed_mutants_survive(exercise):
    listed = equivalents(exercise.id[:2]).get(exercise.id, {})
    alive = survivors(exercise, mutants(exercise.solution))
    assert not sorted(alive - listed.keys()), (
        "faltam casos que distingam estes mutantes; o que faz o mesmo que a solução, em toda "
        "entrada que o enunciado permite, vai com a razão para "
        f"tests/mutantes/{exercise.id[:2]}.toml"
    )
    assert not sorted(listed.keys() - alive), "estão na lista e não sobrevivem, ou não existem"


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_equivalent_has_a_reason_and_an_exercise(lesson):
    found = equivalents(lesson)
    assert found.keys() <= {item.id for item in registry.exercises(lesson)}
    assert all(len(reason.split()) > 3 for listed in found.values() for reason in listed.values())


# --- o gerador -----------------------------------------------------------------------------------


def toy(values, n):
    """Soma os n primeiros valores que não são negativos."""
    total = 0
    for value in values[:n]:
        if value >= 0 and n:
            total += value
    return max(total - 1, 0)


def test_every_kind_of_damage_is_done():
    names = {mutant.name for mutant in mutants(toy)}
    assert names >= {
        "value >= 0 → value > 0",
        "value >= 0 → value <= 0",
        "value >= 0 → True",
        "value >= 0 and n → value >= 0 or n",
        "value >= 0 and n → n",
        "total += value → total -= value",
        "total += value → total = value",
        "total - 1 → total + 1",
        "total - 1 → total",
        "total - 1 → abs(total - 1)",
        "max(total - 1, 0) → min(total - 1, 0)",
        "values[:n] → values",
        ":n → :n + 1",
        "0 → 1",
        "0 → 1 · 2ª vez",
        "n → values",
        "sem total = 0",
        "sem if value >= 0 and n:",
    }
    assert not any("Soma os n" in name for name in names), "mexeu na docstring"


def test_a_mutant_does_what_its_name_says_and_the_solution_is_left_alone():
    found = {mutant.name: mutant.function for mutant in mutants(toy)}
    assert toy([3, -2, 4], 3) == 6
    assert found["total - 1 → total + 1"]([3, -2, 4], 3) == 8
    assert found["value >= 0 → True"]([3, -2, 4], 3) == 4
    assert found["total += value → total = value"]([3, -2, 4], 3) == 3
    assert found["0 → 1"]([3, -2, 4], 3) == 7
    assert toy([3, -2, 4], 3) == 6


def countdown(n):
    """Conta até zero."""
    while n > 0:
        n -= 1
    return n


def test_a_mutant_without_end_is_stopped():
    endless = {mutant.name: mutant.function for mutant in mutants(countdown)}["sem n -= 1"]
    assert endless(0) == 0
    with pytest.raises(EndlessMutant):
        endless(1)


def test_names_do_not_repeat():
    for function in (toy, countdown):
        names = [mutant.name for mutant in mutants(function)]
        assert len(set(names)) == len(names) > 5


def test_weak_cases_let_mutants_live(monkeypatch):
    exercise = registry.get("04.softmax")
    tried = [mutant for mutant in mutants(exercise.solution) if "top" in mutant.name]
    assert not survivors(exercise, tried)
    weak = replace(exercise, make_cases=lambda: (Case(([7.0], 2.0)), Case(([0.0, 0.0], 1.0))))
    monkeypatch.setattr(registry, "get", lambda _id: weak)
    assert survivors(weak, tried) >= {"score - top → score + top", "score - top → score"}
