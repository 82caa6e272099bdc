"""Escreve a entrada de um caso como código, para colar em uma célula."""

import math

from helpers.exercises.untrusted import is_tensor

LONGEST = 4_000  # caracteres de uma entrada que ainda se cola numa célula
_SIMPLE = (int, str, bytes, bool, type(None))
_DEFAULT_TYPES = ("torch.float32", "torch.int64", "torch.bool")


def literal(value: object) -> str:
    """Devolve o código que refaz o valor; vazio quando não há como, ou quando ficaria longo.

    Parâmetros:
        value: um argumento de um caso.
    """
    try:
        text = _literal(value)
    except TypeError:
        return ""
    return text if len(text) <= LONGEST else ""


def call(name: str, args: tuple[object, ...]) -> str:
    """Devolve a chamada inteira, como `f([1, 2], 3)`; vazia quando algum argumento não se escreve.

    Parâmetros:
        name: nome da função.
    """
    written = [literal(argument) for argument in args]
    text = f"{name}({', '.join(written)})"
    return text if all(written) and len(text) <= LONGEST else ""


def cell(exercise_id: str, name: str, args: tuple[object, ...]) -> str:
    """Devolve uma célula que roda o caso: a chamada, ou o caso guardado na conferência.

    Parâmetros:
        exercise_id: lição e nome do exercício.
        name: nome da função.
    """
    written = call(name, args)
    if not written:
        return f'caso = check("{exercise_id}", {name}, record=False).args\n{name}(*caso)'
    return f"import torch\n\n{written}" if "torch.tensor(" in written else written


def _literal(value: object) -> str:
    kind = type(value)
    if kind in _SIMPLE:
        return repr(value)
    if kind is float:
        return repr(value) if math.isfinite(value) else f'float("{value}")'
    if kind is list:
        return f"[{', '.join(map(_literal, value))}]"
    if kind is tuple:
        return f"({', '.join(map(_literal, value))}{',' * (len(value) == 1)})"
    if kind is dict:
        pairs = (f"{_literal(key)}: {_literal(item)}" for key, item in value.items())
        return f"{{{', '.join(pairs)}}}"
    if is_tensor(value) and value.numel() <= LONGEST:
        dtype = str(value.dtype)
        typed = "" if dtype in _DEFAULT_TYPES and value.numel() else f", dtype={dtype}"
        return f"torch.tensor({_literal(value.tolist())}{typed})"
    raise TypeError(f"{kind} não se escreve")
