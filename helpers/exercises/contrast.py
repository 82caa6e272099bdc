"""Acha o que só os casos que falham têm: “falham os casos em que a lista está vazia, e só eles”."""

import math
from collections.abc import Iterator, Sequence

from helpers.exercises.catalog import Case
from helpers.exercises.untrusted import is_tensor

FEW = 4  # casos; em um exercício há mais


def only_in(cases: Sequence[Case], failing: Sequence[int], names: tuple[str, ...]) -> str:
    """Devolve a frase do que todos os casos que falham têm e nenhum dos outros; vazia se não há.

    Parâmetros:
        failing: posições das que falham.
        names: nomes dos parâmetros, na ordem.
    """
    if len(failing) == len(cases):
        return ""
    if len(cases) > FEW and len(cases) - len(failing) < 3:
        return ""  # um ou dois que deram certo podem ter dado por acaso
    several = len(failing) > 1  # o valor de um caso só é sempre só dele
    features = [dict(_features(case.args, names, several)) for case in cases]
    for phrase in features[failing[0]]:
        if all(known.get(phrase, False) == (i in failing) for i, known in enumerate(features)):
            return f"Falham os casos em que {phrase}, e só eles."
    return ""


def dimensions(value: object) -> tuple[int, ...]:
    """Devolve o tamanho de um argumento e, se todas as linhas têm o mesmo, o número de colunas.

    Parâmetros:
        value: um argumento; o que não tem tamanho dá uma tupla vazia.
    """
    if is_tensor(value):
        return tuple(value.shape)
    if type(value) in (list, tuple, str, bytes, dict):
        rows = value if type(value) in (list, tuple) else ()
        widths = {len(row) if type(row) in (list, tuple) else None for row in rows}
        same = len(widths) == 1 and None not in widths
        return (len(value), *widths) if same else (len(value),)
    return ()


def _features(
    args: tuple[object, ...], names: tuple[str, ...], several: bool
) -> Iterator[tuple[str, bool]]:
    named = list(zip(names, args, strict=False))
    for name, value in named:
        yield from _of_one(name, value)
    counts = [(f"`{name}`", value) for name, value in named if type(value) is int]
    counts += [
        (f"o tamanho de `{name}`", dimensions(value)[0])
        for name, value in named
        if dimensions(value)
    ]
    for position, (one, left) in enumerate(counts):
        for other, right in counts[position + 1 :]:
            yield f"{one} é menor que {other}", left < right
            yield f"{one} é maior que {other}", left > right
            yield f"{one} é igual a {other}", left == right
    for name, value in named:
        if isinstance(value, str | int) and len(repr(value)) < 20 and (several or not value):
            yield f"`{name}` é `{value!r}`", True


def _of_one(name: str, value: object) -> Iterator[tuple[str, bool]]:
    size = dimensions(value)
    if size:
        yield f"`{name}` não tem nenhum item", size[0] == 0
        yield f"`{name}` tem um item só", size[0] == 1
    if len(size) == 2:
        yield f"`{name}` não tem tantas linhas quantas colunas", size[0] != size[1]
    numbers = list(_numbers(value))
    if numbers and not size:
        yield f"`{name}` é negativo", value < 0
        yield f"`{name}` não é inteiro", value != int(value)
    elif numbers:
        yield f"há números negativos em `{name}`", any(n < 0 for n in numbers)
        yield f"há um zero em `{name}`", any(n == 0 for n in numbers)
        yield f"há números iguais em `{name}`", len(set(numbers)) < len(numbers)
        yield f"há números quebrados em `{name}`", any(n != int(n) for n in numbers)
        yield f"há números de mais de 100 em `{name}`", any(abs(n) > 100 for n in numbers)
    if type(value) is list and all(isinstance(item, str | bytes) for item in value):
        yield f"há itens repetidos em `{name}`", len(set(value)) < len(value)
    if isinstance(value, str):
        yield f"`{name}` tem caracteres de mais de um byte", not value.isascii()


def _numbers(value: object) -> Iterator[int | float]:
    if type(value) in (int, float) and math.isfinite(value):
        yield value
    elif type(value) in (list, tuple):
        for item in value:
            yield from _numbers(item)
    elif is_tensor(value) and value.numel() <= 10_000 and not value.is_complex():
        yield from _numbers(value.tolist())
