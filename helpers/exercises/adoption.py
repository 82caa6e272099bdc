"""Leva a resposta de quem estuda para o resto da lição; enquanto não dá, segue com a do curso."""

from collections.abc import Callable
from typing import TypeVar

from helpers.exercises import registry
from helpers.exercises.checking import check
from helpers.exercises.errors import code_of, explain_error, phrases
from helpers.exercises.patience import Heard, Patience
from helpers.exercises.stuck import Stopped
from helpers.exercises.untrusted import (
    UnreadableAnswer,
    copy_input,
    describe_type,
    equal,
    is_tensor,
    normalize,
    read,
)

CLOSE = 1e-4  # as contas da lição são em float32
Adopted = TypeVar("Adopted")


def adopt(
    exercise_id: str, answer: object, course: Adopted | None = None, on: tuple[object, ...] = ()
) -> Adopted:
    """Devolve a resposta de quem estuda, se serve à lição; senão, a do curso. Diz qual das duas.

    Uma função serve se passa na conferência e se, na entrada `on`, que é a da lição, devolve o
    mesmo que a do curso: os números, as formas e, onde houver, o tensor e o tipo dos números
    dele. Um valor serve se passa.

    Parâmetros:
        exercise_id: lição e nome do exercício, como "04.softmax".
        answer: o que quem estuda escreveu, sem chamar.
        course: o que o curso usa no lugar; por padrão, a solução. Uma função pede `on`.
        on: os argumentos de uma chamada como as que a lição fará.

    Erros:
        registry.UnknownId: o exercício não existe.
        ValueError: o que se adota é uma função e `on` está vazio.
    """
    exercise, said = registry.get(exercise_id), phrases()["adocao"]
    name = exercise.name
    course = exercise.solution if course is None else course
    if callable(course) and not on:
        raise ValueError(f"{exercise_id}: diga em `on` com que argumentos a lição vai chamá-la")
    status = check(exercise_id, answer, record=False).status
    if status != "certo":
        print(said[status].format(nome=name))
        return course
    trouble = _trouble(answer, course, on) if callable(course) else ""
    if trouble:
        print(said["aqui_nao"].format(nome=name, motivo=trouble))
        return course
    print(said["certo"].format(nome=name))
    return answer if callable(course) else _like(normalize(answer, exercise.form), course)


def _trouble(answer: Callable, course: Callable, on: tuple[object, ...]) -> str:
    """Diz por que a função não serve à lição, ou nada se serve."""
    said = phrases()["adocao"]
    expected = course(*map(copy_input, on))
    with Patience(code_of(answer)) as patience:
        try:
            got = patience.run(Heard(), answer, *map(copy_input, on))
        except Stopped:
            return said["demora"]
        except Exception as error:
            return said["erro"].format(erro=explain_error(error, answer))
    for mine, its in _side_by_side(got, expected):
        if is_tensor(its) and not is_tensor(mine):
            return said["tensor"]
        if is_tensor(mine) and not is_tensor(its):
            return said["simples"].format(esperado=describe_type(its))
        if is_tensor(its) and mine.shape != its.shape:
            return said["forma"].format(veio=list(mine.shape), esperada=list(its.shape))
        if is_tensor(its) and mine.dtype != its.dtype:
            return said["dtype"].format(veio=mine.dtype, esperado=its.dtype)
    return "" if _equal(got, expected) else said["valor"]


def _side_by_side(got: object, expected: object) -> list[tuple[object, object]]:
    """Emparelha o que veio com o esperado; de uma tupla, parte por parte."""
    several = isinstance(expected, tuple) and isinstance(got, tuple | list)
    if several and len(got) == len(expected):
        return list(zip(got, expected, strict=True))
    return [(got, expected)]


def _equal(got: object, expected: object) -> bool:
    if is_tensor(expected):
        return got.double().allclose(expected.double(), CLOSE, CLOSE, equal_nan=True)
    try:
        return equal(read(got), read(expected), CLOSE)
    except UnreadableAnswer:
        return False


def _like(value: object, course: object) -> object:
    if not is_tensor(course):
        return value
    import torch

    return torch.tensor(value, dtype=course.dtype)
