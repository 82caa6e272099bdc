"""O que se sabe de uma resposta errada, e se ela é a certa em outra forma ou quase a certa.

Cada diagnóstico é calculado, e só é dito quando vale em todos os casos que falham. Os enganos
próprios de um exercício vêm antes, e ficam com ele; os textos estão em `data/conferencia.toml`.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from helpers.exercises.catalog import Case, Exercise
from helpers.exercises.errors import phrases
from helpers.exercises.running import Outcome, slack
from helpers.exercises.untrusted import Number, Odd, close, equal, leaves, shape

Tree = object


@dataclass(frozen=True)
class Diagnosis:
    """Guarda o nome e o texto de um diagnóstico.

    Parâmetros:
        name: identificador, que entra no progresso; `None` quando não se achou o engano.
        text: o que dizer.
    """

    name: str | None
    text: str


@dataclass(frozen=True)
class Facts:
    """Guarda tudo o que se sabe de uma resposta errada.

    Parâmetros:
        expected: o que a solução fez.
        got: o que a resposta fez.
        failing: posições dos casos que falham.
    """

    exercise: Exercise
    cases: Sequence[Case]
    expected: Sequence[Outcome]
    got: Sequence[Outcome]
    failing: Sequence[int]

    def close(self, index: int, left: Tree, right: Tree) -> bool:
        """Diz se dois valores são iguais no caso, com a folga do exercício.

        Parâmetros:
            index: posição do caso.
            right: outro.
        """
        floor = slack(self.exercise, self.cases[index])
        return _alike(left, right, self.exercise.tolerance, floor)


def general(name: str, **parts: object) -> Diagnosis:
    """Devolve um diagnóstico geral, com as suas partes no lugar.

    Parâmetros:
        name: chave da tabela `geral` de `data/conferencia.toml`.
        parts: o que entra nas chaves do texto.
    """
    return Diagnosis(f"geral.{name}", phrases()["geral"][name].format(**parts))


def form(facts: Facts) -> Diagnosis | None:
    """Diz que os valores estão certos e só a forma não está, quando é assim nos casos que falham.

    Parâmetros:
        facts: o que se sabe da resposta.
    """
    failing = [(i, facts.got[i].tree, facts.expected[i].value) for i in facts.failing]
    if not all(facts.got[i].kind in ("value", "unreadable") for i in facts.failing):
        return None
    if all(_is_first(facts, *item) for item in failing):
        return general("so_um_item")
    if not all(_same_values(facts, *item) for item in failing):
        return None
    _, tree, value = failing[0]
    if isinstance(tree, Odd):
        return general("forma_tipo", veio=tree.said, conselho=_advice(tree.kind))
    came, wanted = shape(tree), shape(value)
    if came is not None and wanted is not None and came != wanted:
        return general(
            "forma", veio=brackets(came), espera=brackets(wanted), como=_how(came, wanted)
        )
    return general("forma_detalhe", detalhe=facts.got[facts.failing[0]].detail)


def almost(facts: Facts) -> Diagnosis | None:
    """Diz a partir de que algarismo há diferença, quando ela é pequena em todos os casos.

    Parâmetros:
        facts: o que se sabe da resposta.
    """
    digits = []
    for i in facts.failing:
        pairs = number_pairs(facts.expected[i].value, facts.got[i].value)
        scale = max((abs(e) for e, _ in pairs or ()), default=0)
        if not scale or not all(math.isfinite(g) for _, g in pairs):
            return None
        gap = max(abs(e - g) / max(abs(e), scale / 1000) for e, g in pairs)
        if gap >= 1e-4:
            return None
        digits.append(1 + math.floor(-math.log10(gap)))
    return general("quase", algarismo=min(digits))


def first_difference(facts: Facts, at: int) -> str:
    """Devolve onde está a primeira diferença, em respostas da mesma forma, e quantas há.

    Parâmetros:
        facts: o que se sabe da resposta.
        at: posição do caso.
    """
    expected, got = facts.expected[at].value, facts.got[at].value
    if shape(expected) != shape(got) or not shape(expected):
        return ""
    pairs = list(zip(placed(expected), placed(got), strict=True))
    wrong = [(where, e, g) for (where, e), (_, g) in pairs if not facts.close(at, e, g)]
    if len(pairs) < 4 or not wrong:
        return ""
    where, e, g = wrong[0]
    rest = f" ({len(wrong)} de {len(pairs)} diferem)" if len(wrong) > 1 else ""
    return f"{where}: esperado {_text(e)}, recebido {_text(g)}{rest}"


def _text(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else repr(value)


# --- forma ----------------------------------------------------------------------------------------


def _is_first(facts: Facts, index: int, tree: Tree, expected: Tree) -> bool:
    several = isinstance(expected, tuple) and len(expected) > 1
    return several and not isinstance(tree, Odd) and facts.close(index, tree, expected[0])


def _same_values(facts: Facts, index: int, tree: Tree, expected: Tree) -> bool:
    if isinstance(tree, Odd):
        if tree.items is None or tree.kind in ("set", "frozenset"):
            return False
        tree = tree.items
    one, other = list(leaves(tree)), list(leaves(expected))
    if shape(tree) == shape(expected) and all(
        type(a) is type(b) for a, b in zip(one, other, strict=True)
    ):
        return facts.got[index].kind == "unreadable" and facts.close(index, tree, expected)
    return len(one) == len(other) > 0 and all(
        facts.close(index, _as_asked(a, b), b) for a, b in zip(one, other, strict=True)
    )


def _as_asked(value: object, like: object) -> object:
    """Lê um texto como o número, os bytes ou o texto que se esperava."""
    if isinstance(value, Odd) or type(value) is type(like):
        return value
    try:
        if isinstance(value, str) and isinstance(like, int | float):
            return type(like)(value.replace(",", "."))
        if isinstance(value, str) and isinstance(like, bytes):
            return value.encode()
        if isinstance(value, bytes) and isinstance(like, str):
            return value.decode()
    except ValueError:
        pass
    return value


def _advice(kind: str) -> str:
    return phrases()["forma"].get(kind, "")


def _how(came: tuple[int, ...], wanted: tuple[int, ...]) -> str:
    if [n for n in came if n != 1] == [n for n in wanted if n != 1]:
        return (
            "Sobra um par de colchetes."
            if len(came) > len(wanted)
            else "Falta um par de colchetes."
        )
    if came == wanted[::-1]:
        return "Linhas e colunas estão trocadas."
    return "Os itens estão na ordem certa, divididos de outro jeito."


def brackets(size: tuple[int, ...]) -> str:
    """Escreve uma forma como o curso a escreve: `[2, 3]`."""
    return "[" + ", ".join(map(str, size)) + "]" if size else "um valor só"


# --- peças ----------------------------------------------------------------------------------------


def _alike(left: Tree, right: Tree, tolerance: float, floor: float) -> bool:
    """Como `equal`, sem distinguir inteiro de número com vírgula."""
    if isinstance(left, tuple) and isinstance(right, tuple):
        return len(left) == len(right) and all(
            _alike(a, b, tolerance, floor) for a, b in zip(left, right, strict=True)
        )
    if isinstance(left, int | float) and isinstance(right, int | float):
        return close(left, right, tolerance, floor)
    return equal(left, right, tolerance, floor)


def number_pairs(expected: Tree, got: Tree) -> list[tuple[Number, Number]] | None:
    """Números do esperado e do recebido, lado a lado, se as formas são iguais."""
    if _frame(expected) != _frame(got):
        return None
    one, other = list(leaves(expected)), list(leaves(got))
    if not one or not are_numbers(one) or not are_numbers(other):
        return None
    return list(zip(one, other, strict=True))


def _frame(tree: Tree) -> object:
    """O que sobra de uma resposta sem os valores: quantos itens há em cada nível."""
    return tuple(map(_frame, tree)) if isinstance(tree, tuple) else None


def are_numbers(items: Sequence[object]) -> bool:
    """Diz se todos os itens são números."""
    return all(isinstance(item, int | float) for item in items)


def placed(tree: Tree, place: str = "") -> Iterator[tuple[str, object]]:
    """Percorre os valores de uma resposta, cada um com o seu lugar: `[0][2]`."""
    if isinstance(tree, tuple):
        for index, item in enumerate(tree):
            yield from placed(item, f"{place}[{index}]")
    else:
        yield place, tree
