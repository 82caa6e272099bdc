"""Julga uma resposta feita no papel: quantos números estão certos, e o que há com os outros."""

import ast
import math
import re
from collections import Counter

from helpers.exercises.catalog import Exercise
from helpers.exercises.near import Diagnosis, are_numbers, general
from helpers.exercises.running import Outcome
from helpers.exercises.untrusted import close, equal, leaves, shape

FEWEST_DIGITS = 3  # algarismos de um resultado arredondado que ainda é o resultado


def right(exercise: Exercise, expected: object, got: object) -> str | None:
    """Devolve o que dizer de uma resposta certa, ou `None` se ela não está certa.

    Parâmetros:
        exercise: diz a folga entre números.
        expected: o valor esperado, já lido.
        got: o recebido, já lido.
    """
    if equal(got, expected, exercise.tolerance):
        return ""
    if shape(expected) != shape(got):
        return None
    pairs = zip(leaves(expected), leaves(got), strict=True)
    if all(_right_one(exercise, e, g, FEWEST_DIGITS) for e, g in pairs):
        return "Li o seu número como o resultado arredondado."
    return None


def diagnose(exercise: Exercise, expected: Outcome, got: Outcome) -> Diagnosis:
    """Devolve o que dizer de uma resposta errada, sem entregar a certa.

    Parâmetros:
        expected: a resposta certa, lida.
        got: a de quem estuda, lida.
    """
    if got.kind in ("stopped", "error"):
        return Diagnosis("geral.forma", got.detail or "Não consegui ler a resposta a tempo.")
    one, other = list(leaves(expected.value)), list(leaves(got.tree))
    if len(other) == 2 * len(one) and _with_comma(one, other):
        return general("virgula_decimal")
    if (
        got.kind == "value"
        and len(one) > 1
        and Counter(map(_key, one)) == Counter(map(_key, other))
    ):
        what = "números" if are_numbers(one) else "itens"
        return general("ordem_dos_numeros", o_que=what)
    several = isinstance(got.tree, tuple) and len(one) > 1
    if several and all(isinstance(item, str) for item in (*one, *other)):
        glued = "".join(other)
        if glued == "".join(one):
            return general("outros_cortes")
        return general("palavra_mudou", veio=glued)
    if got.kind == "unreadable":
        return Diagnosis("geral.forma", got.detail)
    if shape(expected.value) != shape(got.value):
        return Diagnosis(None, "Ainda não: o número de itens é outro. As dicas do cartão ajudam.")
    pairs = list(zip(one, other, strict=True))
    if all(_right_one(exercise, e, g, 1) for e, g in pairs):
        return general("arredondou_demais")
    if all(are_numbers((e, g)) and close(100 * e, g, 1e-6) for e, g in pairs):
        return general("porcentagem")
    if are_numbers(other) and other == _example(exercise):
        return general("o_exemplo")
    return _count(exercise, pairs)


def _example(exercise: Exercise) -> list[int | float]:
    """Os números que a célula do exercício mostra como exemplo da forma da resposta."""
    match = re.search(r"como (\(.+\))", exercise.stub)
    try:
        found = list(ast.literal_eval(match[1])) if match else []
    except (SyntaxError, ValueError):
        return []
    return found


def _count(exercise: Exercise, pairs: list[tuple[object, object]]) -> Diagnosis:
    hits = [
        n for n, (e, g) in enumerate(pairs, start=1) if _right_one(exercise, e, g, FEWEST_DIGITS)
    ]
    if len(pairs) == 1:
        e, g = pairs[0]
        side = ""
        if are_numbers((e, g)) and math.isfinite(g):
            side = f" O número esperado é **{'maior' if e > g else 'menor'}**."
        return Diagnosis(None, f"Ainda não.{side} Refaça passo a passo no papel.")
    what = "números" if are_numbers(pairs[0]) else "itens"
    if not hits:
        return Diagnosis(None, f"Ainda não: nenhum dos {len(pairs)} {what} está certo.")
    verb = "está certo" if len(hits) == 1 else "estão certos"
    places = _listed([f"{n}.º" for n in hits])
    return Diagnosis("geral.em_parte", f"{len(hits)} dos {len(pairs)} {what} {verb}: o {places}.")


def _right_one(exercise: Exercise, expected: object, got: object, digits: int) -> bool:
    if equal(got, expected, exercise.tolerance):
        return True
    if not are_numbers((expected, got)) or not isinstance(expected, float):
        return False
    written = repr(got)
    if not re.fullmatch(r"-?\d+(\.\d+)?", written):
        return False
    whole, _, decimals = written.lstrip("-").partition(".")
    decimals = "" if decimals == "0" else decimals
    significant = (whole + decimals).lstrip("0")
    half = 0.5 * 10 ** -len(decimals)
    return len(significant) >= digits and abs(got - expected) <= half * (1 + 1e-9)


def _with_comma(expected: list[object], got: list[object]) -> bool:
    """Diz se `0,5` virou os dois números `0` e `5`."""
    if not all(type(item) is int and item >= 0 for item in got):
        return False
    pairs = zip(expected, got[::2], got[1::2], strict=True)
    return all(
        isinstance(e, int | float) and repr(float(e)).startswith(f"{a}.{b}") for e, a, b in pairs
    )


def _key(item: object) -> object:
    return float(f"{item:.9g}") if isinstance(item, int | float) else item


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', o '.join(names[:-1])} e o {names[-1]}"
