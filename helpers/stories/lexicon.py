"""Léxico: as palavras de `data/lexico.toml`, já classificadas, e as formas que cada uma toma."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

LEXICON_PATH = Path(__file__).resolve().parents[2] / "data" / "lexico.toml"
ARTICLES = {"m": "o", "f": "a"}
PRONOUNS = frozenset(["ele", "ela", "eles", "elas", "dele", "dela", "deles", "delas"])
JOINED = {
    ("a", "o"): "ao",
    ("a", "a"): "à",
    ("de", "o"): "do",
    ("de", "a"): "da",
    ("em", "o"): "no",
    ("em", "a"): "na",
    ("por", "o"): "pelo",
    ("por", "a"): "pela",
}


# ------------------------------------------------------------------ formas


def inflect(adjective: str, gender: str, plural: bool = False) -> str:
    """Devolve o adjetivo no gênero e no número pedidos.

    Parâmetros:
        adjective: forma do masculino singular, como `cansado` ou `feliz`.
        gender: `"m"` ou `"f"`.

    Exemplo:
        >>> inflect("cansado", "f"), inflect("feliz", "f", plural=True)
        ('cansada', 'felizes')
    """
    form = adjective[:-1] + "a" if gender == "f" and adjective.endswith("o") else adjective
    if not plural:
        return form
    return form + ("es" if form.endswith("z") else "s")


def with_article(preposition: str, gender: str, noun: str) -> str:
    """Junta preposição, artigo definido e substantivo, com a contração.

    Parâmetros:
        preposition: `""`, `"a"`, `"de"`, `"em"`, `"por"`, `"para"` ou `"com"`.
        gender: `"m"` ou `"f"`.

    Exemplo:
        >>> with_article("a", "f", "praia"), with_article("para", "m", "parque")
        ('à praia', 'para o parque')
    """
    article = ARTICLES[gender]
    if not preposition:
        return f"{article} {noun}"
    joined = JOINED.get((preposition, article), f"{preposition} {article}")
    return f"{joined} {noun}"


def shaped(text: str, initial: bool) -> str:
    """Põe em maiúscula a primeira letra, se o texto começa a frase."""
    return text[0].upper() + text[1:] if initial else text


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
_VERB = re.compile(r"(\w+?)(?:(ou|aram)|(eu|eram)|(iu|iram)|(ava|avam)|(ia|iam))")
_ADJECTIVE = re.compile(r"(\w{2,}?)(?:[oa]s?|[eé]s?)")


def same_word(one: str, other: str) -> bool:
    """Diz se as duas formas só diferem em gênero ou número.

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


# ------------------------------------------------------------------ palavras


@dataclass(frozen=True, eq=False)
class Person:
    """Uma pessoa da história: o nome, o gênero e se o nome leva artigo ("o João")."""

    name: str
    gender: str
    article: bool

    def named(self, preposition: str = "") -> str:
        """Devolve o nome, com o artigo se a pessoa o usa, depois da preposição."""
        if self.article:
            return with_article(preposition, self.gender, self.name)
        return f"{preposition} {self.name}" if preposition else self.name

    def pronoun(self, preposition: str = "") -> str:
        """Devolve o pronome pessoal depois da preposição: ela, dela, para ela."""
        form = {"m": "ele", "f": "ela"}[self.gender]
        if preposition == "de":
            return "d" + form
        return f"{preposition} {form}" if preposition else form


@dataclass(frozen=True)
class Noun:
    """Um substantivo que não muda de mãos: um lugar, um cofre, um bicho."""

    noun: str
    gender: str


@dataclass(frozen=True, eq=False)
class Thing:
    """Um objeto ou uma comida: substantivo, gênero, adjetivo e o tipo, que diz como se usa."""

    noun: str
    gender: str
    adjective: str
    kind: str
    sort: str


def indefinite(noun: Noun | Thing) -> str:
    """Devolve o substantivo com um ou uma."""
    return f"{'uma' if noun.gender == 'f' else 'um'} {noun.noun}"


def described(thing: Thing) -> str:
    """Devolve o objeto com artigo indefinido e adjetivo, se houver."""
    adjective = f" {inflect(thing.adjective, thing.gender)}" if thing.adjective else ""
    return indefinite(thing) + adjective


def gendered(words: dict[str, str]) -> list[tuple[str, str]]:
    """Separa palavras por gênero, como `{"m": "pão bolo"}`, em pares (gênero, palavra)."""
    return [(gender, word) for gender in "mf" for word in words.get(gender, "").split()]


def weighted(items: str) -> list[tuple[str, int]]:
    """Separa "3*isto|aquilo" em pares (texto, peso); sem `3*` na frente, o peso é 1."""
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
        """Devolve o que se faz com um tipo de `[coisas]`: o que serve para todos e o que é dele."""
        found: dict[str, int] = {}
        uses = self.raw["usos"]
        for text, weight in weighted(uses["geral"]) + weighted(uses.get(sort, uses["geral"])):
            found[text] = found.get(text, 0) + weight
        return list(found.items())

    def table(self, name: str) -> list[tuple[str, int]]:
        """Devolve uma lista de `[tabelas]` em pares (texto, peso)."""
        return weighted(self.raw["tabelas"][name])

    def nouns(self, name: str) -> list[tuple[Noun, int]]:
        """Devolve uma lista de `[tabelas]`, como "o baú|a caixa", em pares (substantivo, peso)."""
        found = []
        for text, weight in self.table(name):
            article, noun = text.split(" ", 1)
            found.append((Noun(noun, "f" if article in ("a", "uma") else "m"), weight))
        return found

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """Todas as palavras da língua, em minúsculas, com as flexões; as inventadas não contam."""
        raw = self.raw
        texts = [_CLOSED, "os dois as duas os três as três"]
        texts += [word for sort in raw["coisas"].values() for word in sort.values()]
        tables = "nomes", "comidas", "lugares", "usos", "tabelas"
        texts += [text for table in tables for text in raw[table].values()]
        texts += [_SLOT.sub(" ", line) for lines in raw["frases"].values() for line in lines]
        words = " ".join([*raw["adjetivos"].values(), _AGREEING]).split()
        texts += [inflect(w, g, plural) for w in words for g in "mf" for plural in (False, True)]
        return frozenset(re.findall(r"[^\W\d]+(?:-\w+)*", " ".join(texts).lower()))


_SLOT = re.compile(r"\{[^}]*\}")
_CLOSED = (
    "o a os as um uma do da no na ao à pelo pela ele ela eles elas dele dela para com de em seu sua"
)
_AGREEING = "emprestado chamado obrigado sozinho junto amigo"
