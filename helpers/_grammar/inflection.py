"""Flexão: diz quando duas palavras são a mesma em outro gênero ou número."""

from __future__ import annotations

import re

_FAMILIES = (
    "o a os as",
    "um uma uns umas",
    "do da dos das",
    "no na nos nas",
    "ao à aos às",
    "pelo pela pelos pelas",
    "seu sua seus suas",
    "ele ela eles elas",
    "dele dela deles delas",
    "foi foram",
    "era eram",
    "está estão",
    "estava estavam",
    "deu deram",
    "disse disseram",
    "dizia diziam",
    "fez fizeram",
    "fazia faziam",
    "trouxe trouxeram",
    "pôs puseram",
    "tinha tinham",
    "veio vieram",
    "soube souberam",
    "havia haviam",
    "dois duas",
)
_FAMILY_OF = {word: family for family in _FAMILIES for word in family.split()}
PRONOUNS = frozenset(["ele", "ela", "eles", "elas", "dele", "dela", "deles", "delas"])
_VERB = re.compile(r"(\w+?)(?:(ou|aram)|(eu|eram)|(iu|iram)|(ava|avam)|(ia|iam))")
_ADJECTIVE = re.compile(r"(\w{2,}?)(?:[oa]s?|[eé]s?)")


def same_word(one: str, other: str) -> bool:
    """Diz se as duas formas só diferem em gênero ou número.

    Parâmetros:
        one: uma palavra.
        other: outra palavra.

    Exemplo:
        >>> same_word("cansado", "cansadas"), same_word("foi", "foram"), same_word("pão", "mão")
        (True, True, False)
    """
    one, other = one.lower(), other.lower()
    return one != other and bool(_lemmas(one) & _lemmas(other))


def _lemmas(word: str) -> set[str]:
    if word in _FAMILY_OF:
        return {_FAMILY_OF[word]}
    found = set()
    if match := _VERB.fullmatch(word):
        found.add(f"{match[1]}+{next(i for i in range(2, 7) if match[i])}")
    if match := _ADJECTIVE.fullmatch(word):
        found.add(match[1] + "+adjetivo")
    if word.endswith("es"):
        found.add(word[:-2] + "+z")
    if word.endswith("z"):
        found.add(word + "+z")
    return found
