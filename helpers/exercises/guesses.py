"""Compara um palpite com o resultado, em uma ou duas frases."""

from helpers.exercises.catalog import Prediction


def compare(prediction: Prediction, guess: int | None, value: object = None) -> str:
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


def is_right(prediction: Prediction, guess: int) -> bool:
    """Diz se o palpite coincide com o resultado da ficha.

    Parâmetros:
        prediction: a ficha do palpite.
        guess: o número previsto, ou a posição da opção escolhida.
    """
    return guess == prediction.answer


def is_possible(prediction: Prediction, guess: object) -> bool:
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


def _compare_number(prediction: Prediction, guess: int | None, value: object) -> tuple[str, ...]:
    result = prediction.answer if value is None else _number(value)
    if guess is None:
        return ("Sem palpite desta vez.", f"O resultado é {result}.", prediction.lesson_learned)
    exact, close, distant = prediction.said
    distance = abs(guess - result)
    if distance == 0:
        head, said = f"Você previu {guess}, e o resultado é {result}.", exact
    else:
        head = f"Você previu {guess}; o resultado é {result}."
        said = close if distance <= prediction.near else distant
    return (head, said, prediction.lesson_learned)


def _compare_choice(prediction: Prediction, guess: int | None, value: object) -> tuple[str, ...]:
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
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise ValueError(
            f"O resultado precisa ser um número, e veio {value!r}. Passe, por exemplo, `len(...)`."
        ) from None
    return int(number) if number.is_integer() else round(number, 2)


def _position(prediction: Prediction, value: object) -> int:
    if isinstance(value, str) and value in prediction.options:
        return prediction.options.index(value)
    if type(value) is int and 0 <= value < len(prediction.options):
        return value
    options = "; ".join(prediction.options)
    raise ValueError(f"O resultado {value!r} não é uma das opções: {options}.")
