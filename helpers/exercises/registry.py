"""Junta as três partes de uma lição: o texto, os dados de `data/licoes` e as respostas em Python.

Só se carrega a lição pedida. Palpites e quiz não precisam das respostas, e portanto nem do torch.
"""

import importlib
import importlib.util
from collections.abc import Iterable
from functools import cache

from helpers.exercises import lesson_data, lesson_text
from helpers.exercises.catalog import (
    Answer,
    Card,
    CatalogError,
    Exercise,
    GuessQuestion,
    KnownWrong,
    Question,
)


class UnknownId(KeyError):
    """Avisa que o identificador não existe; a mensagem lista os que existem."""

    def __str__(self) -> str:
        """Devolve a mensagem sem as aspas que `KeyError` acrescenta."""
        return str(self.args[0])


def lessons() -> tuple[str, ...]:
    """Devolve os números das lições, em ordem, como "01"."""
    return tuple(sorted({path.name[:2] for path in lesson_text.texts()}))


def cards(lesson: str) -> tuple[Card, ...]:
    """Devolve o que se lê dos exercícios da lição, sem carregar as respostas.

    Parâmetros:
        lesson: número com dois algarismos, como "01".
    """
    return lesson_text.cards(_known(lesson))


def exercises(lesson: str) -> tuple[Exercise, ...]:
    """Devolve os exercícios da lição, na ordem em que aparecem.

    Parâmetros:
        lesson: número com dois algarismos, como "01".
    """
    return _exercises(_known(lesson))


def predictions(lesson: str) -> tuple[GuessQuestion, ...]:
    """Devolve os palpites da lição, na ordem em que aparecem.

    Parâmetros:
        lesson: número com dois algarismos, como "01".
    """
    return lesson_data.read(_known(lesson)).predictions


def quiz_questions(lesson: str) -> tuple[Question, ...]:
    """Devolve as perguntas do quiz que fecha a lição.

    Parâmetros:
        lesson: número com dois algarismos, como "01".
    """
    return lesson_data.read(_known(lesson)).quiz


def get(exercise_id: str) -> Exercise:
    """Devolve a ficha do exercício.

    Parâmetros:
        exercise_id: lição e nome, como "01.empate".

    Erros:
        UnknownId: o exercício não existe.
    """
    lesson = _lesson_of(exercise_id)
    for item in exercises(lesson) if lesson else ():
        if item.id == exercise_id:
            return item
    known = (card.id for number in lessons() for card in cards(number))
    raise UnknownId(_unknown("exercício", exercise_id, known))


def get_prediction(prediction_id: str) -> GuessQuestion:
    """Devolve a ficha do palpite.

    Parâmetros:
        prediction_id: lição e nome, como "01.aaa".

    Erros:
        UnknownId: o palpite não existe.
    """
    lesson = _lesson_of(prediction_id)
    for item in predictions(lesson) if lesson else ():
        if item.id == prediction_id:
            return item
    known = (item.id for number in lessons() for item in predictions(number))
    raise UnknownId(_unknown("palpite", prediction_id, known))


def answers(lesson: str) -> dict[str, Answer]:
    """Devolve as respostas que `answers_NN` define, por exercício; nenhuma, se ele não existe.

    Parâmetros:
        lesson: número com dois algarismos, como "01".
    """
    module = f"helpers.exercises.answers_{lesson}"
    if importlib.util.find_spec(module) is None:
        return {}
    found = [item for item in vars(importlib.import_module(module)).values() if _is_answer(item)]
    return {item.id: item for item in found}


def disagreements(lesson: str) -> list[str]:
    """Devolve o que um lado da lição nomeia e o outro não, uma frase por diferença.

    Parâmetros:
        lesson: número com dois algarismos, como "01".
    """
    found, data, code = [], lesson_data.read(lesson), answers(lesson)
    text, toml, python = _places(lesson)
    shown = {card.id for card in lesson_text.cards(lesson)}
    found += _differ("o exercício", shown, text, code, python)
    found += _differ("o exercício", shown, text, data.diagnoses, toml)
    for name in sorted(code.keys() & data.diagnoses.keys()):
        known, said = code[name].wrong, data.diagnoses[name]
        found += _differ(f"em {name}, o engano", known, python, said, toml)
    guesses = {item.id for item in data.predictions}
    for call in ("predict", "reveal"):
        used = {item for item in lesson_text.asked(lesson, call) if item.startswith(lesson)}
        found += _differ(f"{call}: o palpite", used, text, guesses, toml)
    if bool(data.quiz) != (lesson in lesson_text.asked(lesson, "quiz")):
        where = (toml, text) if data.quiz else (text, toml)
        found.append(f"o quiz está em {where[0]} e falta em {where[1]}")
    return found


@cache
def _exercises(lesson: str) -> tuple[Exercise, ...]:
    if found := disagreements(lesson):
        raise CatalogError(f"A lição {lesson} não fecha:\n- " + "\n- ".join(found))
    code, said = answers(lesson), lesson_data.read(lesson).diagnoses
    return tuple(
        _assemble(card, code[card.id], said[card.id]) for card in lesson_text.cards(lesson)
    )


def _assemble(card: Card, answer: Answer, said: dict[str, lesson_data.SlipText]) -> Exercise:
    wrong = (_known_wrong(name, value, said[name]) for name, value in answer.wrong.items())
    return Exercise(
        **vars(card),
        solution=answer.solution,
        form=answer.form,
        wrong=tuple(wrong),
        kind=answer.kind,
        make_cases=answer.make_cases,
        solution_code=answer.code,
        tolerance=answer.tolerance,
    )


def _known_wrong(name: str, value: object, said: lesson_data.SlipText) -> KnownWrong:
    if isinstance(value, range):
        return KnownWrong(name, value[0], said.text, said.see, also=value)
    return KnownWrong(name, value, said.text, said.see)


def _places(lesson: str) -> tuple[str, str, str]:
    return (
        f"notebooks/texto/{lesson}_*.md",
        f"data/licoes/{lesson}.toml",
        f"helpers/exercises/answers_{lesson}.py",
    )


def _differ(
    what: str, left: Iterable[str], here: str, right: Iterable[str], there: str
) -> list[str]:
    one, other = set(left), set(right)
    found = [f"{what} {name} está em {here} e falta em {there}" for name in sorted(one - other)]
    found += [f"{what} {name} está em {there} e falta em {here}" for name in sorted(other - one)]
    return found


def _is_answer(item: object) -> bool:
    return isinstance(item, Answer)


def _lesson_of(item_id: object) -> str:
    lesson = item_id[:2] if isinstance(item_id, str) else ""
    return lesson if lesson in lessons() else ""


def _known(lesson: str) -> str:
    if lesson not in lessons():
        raise UnknownId(_unknown("lição", lesson, lessons()))
    return lesson


def _unknown(what: str, received: object, known: Iterable[str]) -> str:
    return f"Não conheço {what} {received!r}. Os que existem: {', '.join(known)}."
