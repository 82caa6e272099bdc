"""Acha exercícios, palpites e perguntas nos módulos `lesson_NN`, pelo nome do módulo."""

import importlib
import pkgutil
from types import ModuleType

import helpers.exercises
from helpers.exercises.catalog import Exercise, Prediction, Question


class UnknownId(KeyError):
    """Avisa que o identificador não existe; a mensagem lista os que existem."""

    def __str__(self) -> str:
        """Devolve a mensagem sem as aspas que `KeyError` acrescenta."""
        return str(self.args[0])


def lessons() -> tuple[str, ...]:
    """Devolve os números das lições que têm exercícios, em ordem, como "01"."""
    names = (info.name for info in pkgutil.iter_modules(helpers.exercises.__path__))
    prefix = "lesson_"
    numbers = (name.removeprefix(prefix) for name in names if name.startswith(prefix))
    return tuple(sorted(number for number in numbers if number.isdigit()))


def exercises(lesson: str) -> tuple[Exercise, ...]:
    """Devolve os exercícios da lição, na ordem em que aparecem.

    Parâmetros:
        lesson: número com dois algarismos, como "01".
    """
    return _module(lesson).EXERCISES


def predictions(lesson: str) -> tuple[Prediction, ...]:
    """Devolve os palpites da lição, na ordem em que aparecem.

    Parâmetros:
        lesson: número com dois algarismos, como "01".
    """
    return _module(lesson).PREDICTIONS


def quiz_questions(lesson: str) -> tuple[Question, ...]:
    """Devolve as perguntas do quiz que fecha a lição.

    Parâmetros:
        lesson: número com dois algarismos, como "01".
    """
    return _module(lesson).QUIZ


def get(exercise_id: str) -> Exercise:
    """Devolve a ficha do exercício.

    Parâmetros:
        exercise_id: lição e nome, como "01.empate".

    Erros:
        UnknownId: o exercício não existe.
    """
    known = {item.id: item for lesson in lessons() for item in exercises(lesson)}
    if exercise_id not in known:
        raise UnknownId(_unknown("exercício", exercise_id, tuple(known)))
    return known[exercise_id]


def get_prediction(prediction_id: str) -> Prediction:
    """Devolve a ficha do palpite.

    Parâmetros:
        prediction_id: lição e nome, como "01.aaa".

    Erros:
        UnknownId: o palpite não existe.
    """
    known = {item.id: item for lesson in lessons() for item in predictions(lesson)}
    if prediction_id not in known:
        raise UnknownId(_unknown("palpite", prediction_id, tuple(known)))
    return known[prediction_id]


def _module(lesson: str) -> ModuleType:
    if lesson not in lessons():
        raise UnknownId(_unknown("lição", lesson, lessons()))
    return importlib.import_module(f"helpers.exercises.lesson_{lesson}")


def _unknown(what: str, received: str, known: tuple[str, ...]) -> str:
    return f"Não conheço {what} {received!r}. Os que existem: {', '.join(known)}."
