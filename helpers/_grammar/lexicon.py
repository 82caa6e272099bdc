"""Léxico: lê `data/lexico.toml` e dá as palavras já classificadas."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from helpers._grammar.choices import Table

LEXICON_PATH = Path(__file__).resolve().parents[2] / "data" / "lexico.toml"


@dataclass(frozen=True, eq=False)
class Person:
    """Uma pessoa da história: o nome, o gênero e se o nome leva artigo ("o João")."""

    name: str
    gender: str
    article: bool


@dataclass(frozen=True, eq=False)
class Thing:
    """Um objeto ou uma comida: substantivo, gênero, adjetivo e o tipo, que diz como se usa."""

    noun: str
    gender: str
    adjective: str
    kind: str
    sort: str


@dataclass(frozen=True)
class Noun:
    """Um substantivo que não muda de mãos: um lugar, um cofre, um bicho."""

    noun: str
    gender: str


def inflect(adjective: str, gender: str, plural: bool = False) -> str:
    """Devolve o adjetivo no gênero e no número pedidos.

    Parâmetros:
        adjective: forma do masculino singular, como `cansado` ou `feliz`.
        gender: `"m"` ou `"f"`.
        plural: se a forma é do plural.

    Exemplo:
        >>> inflect("cansado", "f"), inflect("feliz", "f", plural=True)
        ('cansada', 'felizes')
    """
    form = adjective[:-1] + "a" if gender == "f" and adjective.endswith("o") else adjective
    if not plural:
        return form
    return form + ("es" if form.endswith("z") else "s")


def gendered(words: dict[str, str]) -> list[tuple[str, str]]:
    """Separa uma tabela de palavras por gênero em pares (gênero, palavra).

    Parâmetros:
        words: as palavras de cada gênero, como `{"m": "pão bolo", "f": "maçã"}`.
    """
    return [(gender, word) for gender in "mf" for word in words.get(gender, "").split()]


def weighted(items: str) -> list[tuple[str, int]]:
    """Separa "3*isto|aquilo" em pares (texto, peso).

    Parâmetros:
        items: itens separados por `|`; `3*` na frente é o peso, e sem ele vale 1.
    """
    pairs = []
    for item in items.split("|"):
        weight, star, text = item.partition("*")
        pairs.append((text, int(weight)) if star else (item, 1))
    return pairs


class Lexicon:
    """As palavras e as frases da gramática, como estão no TOML."""

    def __init__(self, raw: dict[str, Any]) -> None:
        self.raw = raw

    @classmethod
    def load(cls) -> Lexicon:
        """Lê `data/lexico.toml`."""
        return cls(tomllib.loads(LEXICON_PATH.read_text(encoding="utf-8")))

    @cached_property
    def people(self) -> tuple[Person, ...]:
        """Toda pessoa possível, com e sem artigo."""
        names = [(name, g) for g in "mf" for name in self.raw["nomes"][g].split()]
        return tuple(Person(name, g, article) for name, g in names for article in (False, True))

    @cached_property
    def things(self) -> tuple[Thing, ...]:
        """Todo objeto e toda comida, com cada adjetivo da classe e sem nenhum."""
        sorts = [("coisas", sort, words) for sort, words in self.raw["coisas"].items()]
        sorts.append(("comidas", "comidas", self.raw["comidas"]))
        return tuple(
            Thing(noun, gender, adjective, kind, sort)
            for kind, sort, words in sorts
            for gender, noun in gendered(words)
            for adjective in ("", *self.raw["adjetivos"][kind].split())
        )

    @cached_property
    def places(self) -> tuple[Noun, ...]:
        """Os lugares em que se passa uma história."""
        return tuple(Noun(noun, gender) for gender, noun in gendered(self.raw["lugares"]))

    @cached_property
    def syllables(self) -> tuple[str, ...]:
        """As sílabas de que se fazem as palavras inventadas: toda consoante com toda vogal."""
        made = self.raw["silabas"]
        return tuple(c + v for c in made["consoantes"].split() for v in made["vogais"].split())

    def uses(self, sort: str) -> list[tuple[str, int]]:
        """Devolve o que se faz com um tipo de objeto: o que serve para todos e o que é dele.

        Parâmetros:
            sort: um tipo de `[coisas]`.
        """
        found: dict[str, int] = {}
        uses = self.raw["usos"]
        for text, weight in weighted(uses["geral"]) + weighted(uses.get(sort, uses["geral"])):
            found[text] = found.get(text, 0) + weight
        return list(found.items())

    def nouns(self, table: str) -> list[tuple[Noun, int]]:
        """Devolve uma tabela de "o baú|a caixa" como substantivos com gênero e peso.

        Parâmetros:
            table: nome em `[tabelas]`.
        """
        found = []
        for text, weight in weighted(self.raw["tabelas"][table]):
            article, noun = text.split(" ", 1)
            found.append((Noun(noun, "f" if article in ("a", "uma") else "m"), weight))
        return found

    def table(self, name: str, capital: bool = False) -> Table:
        """Devolve uma lista de `[tabelas]` como escolha.

        Parâmetros:
            name: nome da lista.
            capital: se a primeira letra sai maiúscula.
        """
        pairs = weighted(self.raw["tabelas"][name])
        return Table(((t[0].upper() + t[1:] if capital else t), t, w) for t, w in pairs)


_SLOT = re.compile(r"\{[^}]*\}")
_CLOSED = (
    "o a os as um uma do da no na ao à pelo pela ele ela eles elas dele dela para com de em seu sua"
)
_AGREEING = "emprestado chamado obrigado sozinho junto amigo"


def vocabulary(lexicon: Lexicon) -> frozenset[str]:
    """Devolve todas as palavras da língua, em minúsculas, com as flexões.

    Parâmetros:
        lexicon: o léxico.
    """
    raw = lexicon.raw
    texts = [_CLOSED, "os dois as duas os três as três"]
    texts += [word for sort in raw["coisas"].values() for word in sort.values()]
    tables = "nomes", "comidas", "lugares", "usos", "tabelas"
    texts += [text for table in tables for text in raw[table].values()]
    texts += [_SLOT.sub(" ", line) for lines in raw["frases"].values() for line in lines]
    words = " ".join([*raw["adjetivos"].values(), _AGREEING]).split()
    texts += [inflect(w, g, plural) for w in words for g in "mf" for plural in (False, True)]
    return frozenset(re.findall(r"[^\W\d]+(?:-\w+)*", " ".join(texts).lower()))
