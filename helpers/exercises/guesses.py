"""Compara um palpite com o resultado, em uma ou duas frases."""

import math
import operator

from helpers import spoken
from helpers.exercises.catalog import GuessQuestion
from helpers.exercises.untrusted import show


def compare(prediction: GuessQuestion, guess: int | None, value: object = None) -> str:
    """Devolve a frase que põe o palpite ao lado do resultado.

    Parâmetros:
        prediction: a ficha do palpite.
        guess: o número previsto, ou a posição da opção escolhida; `None` se não houve palpite.
        value: resultado medido na lição; `None` usa o da ficha.

    Erros:
        ValueError: o resultado não é um número, ou não é uma das opções.
    """
    parts = _compare_choice if prediction.options else _compare_number
    return " ".join(part for part in parts(prediction, guess, value) if part)


def is_right(prediction: GuessQuestion, guess: int) -> bool:
    """Diz se o palpite coincide com o resultado da ficha.

    Parâmetros:
        prediction: a ficha do palpite.
        guess: o número previsto, ou a posição da opção escolhida.
    """
    return guess == prediction.answer


def is_possible(prediction: GuessQuestion, guess: object) -> bool:
    """Diz se o palpite está entre os que a ficha aceita.

    Parâmetros:
        prediction: a ficha do palpite.
        guess: o que veio da tela ou do arquivo de progresso.
    """
    if type(guess) is not int:
        return False
    if prediction.options:
        return 0 <= guess < len(prediction.options)
    return prediction.low <= guess <= prediction.high


def _compare_number(prediction: GuessQuestion, guess: int | None, value: object) -> tuple[str, ...]:
    result = prediction.answer if value is None else _number(value)
    if guess is None:
        told = f"O resultado é {_said(result)}."
        return ("Sem palpite desta vez.", told, prediction.lesson_learned)
    exact, close, distant = prediction.said
    distance = abs(guess - result)
    if distance == 0:
        head, said = f"Você previu {guess}, e o resultado é {_said(result)}.", exact
    else:
        head = f"Você previu {guess}; o resultado é {_said(result)}."
        said = close if distance <= prediction.near else distant
    return (head, said, prediction.lesson_learned)


def _compare_choice(prediction: GuessQuestion, guess: int | None, value: object) -> tuple[str, ...]:
    index = prediction.answer if value is None else _position(prediction, value)
    result = _quoted(prediction.options[index])
    if guess is None:
        return ("Sem palpite desta vez.", f"O resultado: {result}.", prediction.lesson_learned)
    said = prediction.comments[guess]
    if guess == index:
        head = f"Você previu {result}, e acertou."
    else:
        head = f"Você previu {_quoted(prediction.options[guess])}; o resultado: {result}."
    return (head, said, prediction.lesson_learned)


def _quoted(option: str) -> str:
    return f"“{option}”"


def _number(value: object) -> int | float:
    """O número medido; o que está a um fio de um inteiro é ele, e não a conta que o fez."""
    if isinstance(value, int):
        return int(value)
    try:
        number = float(value.replace(",", ".") if isinstance(value, str) else value)
    except Exception:
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(
            f"O resultado precisa ser um número, e veio {show(value)}. Passe, por exemplo, "
            "`len(...)`."
        )
    whole = round(number)
    return whole if math.isclose(number, whole, rel_tol=1e-9, abs_tol=1e-6) else number


def _said(number: int | float) -> str:
    if isinstance(number, int):
        return show(number).replace("-", "−")
    return spoken.decimal(number, 2)


def _position(prediction: GuessQuestion, value: object) -> int:
    if isinstance(value, str) and value in prediction.options:
        return prediction.options.index(value)
    try:
        index = operator.index(value) if not isinstance(value, bool) else -1
    except Exception:
        index = -1
    if 0 <= index < len(prediction.options):
        return index
    options = "; ".join(prediction.options)
    raise ValueError(f"O resultado {show(value)} não é uma das opções: {options}.")
