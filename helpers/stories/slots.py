"""Lacunas: o que pode preencher `{para N}` ou `{um coisa}` neste ponto da história.

`SLOTS` diz, de cada lacuna que uma frase do léxico pode ter, que função a preenche. A função recebe
o léxico, o estado, o rascunho do ato e se a lacuna começa a frase; devolve a chave com que o que
for dito fica no rascunho (vazia, se ninguém precisa dele depois) e a escolha.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import cache, partial
from itertools import product

from helpers.stories.choices import AllBut, Choice, OneOf, Several, one
from helpers.stories.lexicon import (
    ARTICLES,
    Lexicon,
    Noun,
    Person,
    described,
    indefinite,
    inflect,
    shaped,
    with_article,
)
from helpers.stories.phrases import Draft
from helpers.stories.state import PERSON_ROLES, State

Fill = Callable[[Lexicon, State, Draft, bool], tuple[str, Choice]]

# ------------------------------------------------------------------ gente

PREPOSITIONS = ("de", "para", "com", "a")
# Pesos do artigo (sem, com) para quem entra primeiro e, depois, conforme o artigo do primeiro.
ARTICLE_FIRST, ARTICLE_LIKE, ARTICLE_OTHER = (2, 1), 19, 1
# Pesos do nome e do pronome, quando o pronome é claro.
NAME, PRONOUN = 3, 2


def _newcomer(role, parallel, preposition, lexicon, state, draft, initial):
    present = [*state.people, *draft.people]
    mode = (present[0].article, parallel) if present else None
    anyone = _anyone(lexicon, preposition, mode, initial)
    names = {person.name for person in present}
    banned = [i for i, entry in enumerate(anyone.entries) if entry[1].name in names]
    return role, AllBut(anyone, banned) if banned else anyone


@cache
def _anyone(lexicon, preposition, mode, initial) -> OneOf:
    def weight(person):
        if mode is None:
            return ARTICLE_FIRST[person.article]
        same = person.article == mode[0]
        return (1 if same else 0) if mode[1] else ARTICLE_LIKE if same else ARTICLE_OTHER

    return OneOf((shaped(p.named(preposition), initial), p, weight(p)) for p in lexicon.people)


def _person(role, only_name, preposition, lexicon, state, draft, initial):
    people = [draft.bound[role]] if role in draft.bound else state.candidates(role)
    if role == "Y":
        people = [person for person in people if person is not draft.bound.get("X")]
    present = {*state.people, *draft.people}
    ways = tuple((someone, not only_name and is_clear(someone, present)) for someone in people)
    return role, _ways(ways, preposition, initial)


def is_clear(person: Person, present: Collection[Person]) -> bool:
    """Diz se o pronome pode falar desta pessoa: é a única do seu gênero entre as presentes."""
    return [other for other in present if other.gender == person.gender] == [person]


@cache
def _ways(ways, preposition, initial) -> OneOf:
    entries = []
    for person, clear in ways:
        entries.append((shaped(person.named(preposition), initial), person, NAME))
        if clear:
            entries.append((shaped(person.pronoun(preposition), initial), person, PRONOUN))
    return OneOf(entries)


def _group(lexicon, state, draft, initial):
    return "G", _groups(tuple(state.people), initial)


@cache
def _groups(people, initial) -> OneOf:
    feminine = all(person.gender == "f" for person in people)
    both = {2: "as duas" if feminine else "os dois", 3: "as três" if feminine else "os três"}
    entries = [(both[len(people)], people, 3)]
    if len(people) == 2 and people[0].article == people[1].article:
        entries.append((f"{people[0].named()} e {people[1].named()}", people, 3))
    entries.append(("elas" if feminine else "eles", people, 2))
    return OneOf((shaped(text, initial), value, weight) for text, value, weight in entries)


def _called(role, lexicon, state, draft, initial):
    person = _someone(role, state, draft)
    return "", one(person.name) if person else OneOf([])


def _someone(role, state, draft) -> Person | None:
    return draft.bound.get(role) or next(iter(state.candidates(role)), None)


# ------------------------------------------------------------------ objetos, lugares, bichos


def _new_thing(role, kinds, definite, lexicon, state, draft, initial):
    anything = _things(lexicon, kinds, definite, initial)
    taken = draft.bound.get("O") if role == "P" else state.thing
    if taken is None:
        return role, anything
    same = [i for i, entry in enumerate(anything.entries) if entry[1].noun == taken.noun]
    return role, AllBut(anything, same)


@cache
def _things(lexicon, kinds, definite, initial) -> OneOf:
    known = [thing for thing in lexicon.things if thing.kind in kinds]
    if definite:
        plain = [(with_article("", t.gender, t.noun), t) for t in known if not t.adjective]
        return OneOf((shaped(text, initial), thing, 1) for text, thing in plain)
    return OneOf(
        (shaped(described(thing), initial), thing, 1 if thing.adjective else 14) for thing in known
    )


def _thing(role, preposition, lexicon, state, draft, initial):
    thing = draft.bound.get(role) or (state.thing if role == "O" else state.second)
    return role, one(shaped(with_article(preposition, thing.gender, thing.noun), initial), thing)


def _clitic(role, lexicon, state, draft, initial):
    return "", one(ARTICLES[(draft.bound.get(role) or state.thing).gender])


def _use(lexicon, state, draft, initial):
    return "", _uses(lexicon, state.thing.sort)


@cache
def _uses(lexicon, sort) -> OneOf:
    return OneOf((text, text, weight) for text, weight in lexicon.uses(sort))


def _new_place(preposition, lexicon, state, draft, initial):
    return "L", _places(lexicon, preposition, initial)


@cache
def _places(lexicon, preposition, initial) -> OneOf:
    return OneOf((_definite(place, preposition, initial), place, 1) for place in lexicon.places)


def _place(preposition, lexicon, state, draft, initial):
    return "L", one(_definite(state.place, preposition, initial), state.place)


def _definite(noun: Noun, preposition: str, initial: bool) -> str:
    return shaped(with_article(preposition, noun.gender, noun.noun), initial)


def _secret(preposition, lexicon, state, draft, initial):
    secret = state.memory.get("segredo")
    if secret is None:
        return "segredo", _secrets(lexicon, preposition)
    return "segredo", one(_definite(secret, preposition, initial), secret)


@cache
def _secrets(lexicon, preposition) -> OneOf:
    return OneOf((_definite(n, preposition, False), n, w) for n, w in lexicon.nouns("segredo"))


def _new_animal(key, table, lexicon, state, draft, initial):
    return key, _animals(lexicon, table, initial)


@cache
def _animals(lexicon, table, initial) -> OneOf:
    return OneOf((shaped(indefinite(n), initial), n, w) for n, w in lexicon.nouns(table))


def _animal(forms, lexicon, state, draft, initial):
    animal = _pet(state, draft)
    return "", one(forms[animal.gender].format(animal.noun))


def _pet(state, draft) -> Noun:
    return draft.bound.get("bicho") or state.memory["bicho"]


def _hiding(lexicon, state, draft, initial):
    return "onde", _listed_words(lexicon, "onde", False)


def _hidden(lexicon, state, draft, initial):
    where = state.memory["onde"]
    return "onde", one(shaped(where, initial), where)


# ------------------------------------------------------------------ o que concorda


def _agreeing(words, who, lexicon, state, draft, initial):
    """Adjetivos no gênero e no número de alguém ou de algo: `words` é um deles, ou uma lista."""
    if who == "G":
        gender = "f" if all(person.gender == "f" for person in state.people) else "m"
        return "", _adjectives(lexicon, words, gender, True, initial)
    found = _GENDER_OF[who](state, draft) if who in _GENDER_OF else _someone(who, state, draft)
    return "", _adjectives(lexicon, words, found.gender, False, initial) if found else OneOf([])


_GENDER_OF = {
    "L": lambda state, draft: state.place,
    "O": lambda state, draft: draft.bound.get("O") or state.thing,
    "bicho": _pet,
}


@cache
def _adjectives(lexicon, words, gender, plural, initial) -> OneOf:
    forms = [inflect(w, gender, plural) for w in lexicon.raw["adjetivos"].get(words, words).split()]
    return OneOf((shaped(form, initial), form, 1) for form in forms)


# ------------------------------------------------------------------ listas e cópias


def _listed(name, lexicon, state, draft, initial):
    return "", _listed_words(lexicon, name, initial)


@cache
def _listed_words(lexicon, name, initial) -> OneOf:
    return OneOf((shaped(text, initial), text, weight) for text, weight in lexicon.table(name))


# De cada sequência copiada: a tabela, o peso de cada tamanho e o que separa os itens.
ROWS = {
    "senha": ("silabas", {2: 2, 3: 5, 4: 2, 5: 1}, ("", "")),
    "nome": ("silabas", {2: 5, 3: 4, 4: 1}, ("", "")),
    "silabas": ("silabas", {3: 2, 4: 4, 5: 4, 6: 3, 7: 2, 8: 1}, (" ", " ")),
    "refrao": ("silabas", {2: 1, 3: 2, 4: 2, 5: 1}, (" ", " ")),
    "palavras": ("palavra", {2: 1, 3: 4, 4: 4, 5: 2, 6: 1}, (", ", ", ")),
    "numero": ("algarismo", {3: 2, 4: 4, 5: 4, 6: 3, 7: 1, 8: 1}, (" ", " ")),
    "lista": ("compra", {2: 1, 3: 4, 4: 2, 5: 1}, (", ", " e ")),
    "grito": ("silabas", {2: 5, 3: 4, 4: 1}, ("", "")),
}


def _first_time(name, lexicon, state, draft, initial):
    return name, _row(lexicon, name) if name in ROWS else _listed_words(lexicon, name, False)


@cache
def _row(lexicon, name) -> Several:
    table, lengths, separators = ROWS[name]
    items = [(s, 1) for s in lexicon.syllables] if table == "silabas" else lexicon.table(table)
    item = OneOf((text, text, weight) for text, weight in items)
    return Several(item, lengths, separators, capital=name in ("nome", "grito"))


def _again(name, lexicon, state, draft, initial):
    return name, one(draft.bound.get(name) or state.memory[name])


# ------------------------------------------------------------------ a tabela

#: As lacunas de cada família: o que está escrito entre chaves no léxico → a função que a preenche.
NEWCOMERS: dict[str, Fill] = {
    f"{preposition} {role}{mark}".strip(): partial(_newcomer, role, mark == "=", preposition)
    for preposition, role, mark in product(("", *PREPOSITIONS), "ABC", "+=")
}
PEOPLE: dict[str, Fill] = {
    f"{preposition} {role}{mark}".strip(): partial(_person, role, mark == "!", preposition)
    for preposition, role, mark in product(("", *PREPOSITIONS), PERSON_ROLES, ("", "!"))
}
NEW_THINGS: dict[str, Fill] = {
    "um O": partial(_new_thing, "O", ("coisas", "comidas"), False),
    "um P": partial(_new_thing, "P", ("coisas", "comidas"), False),
    "um coisa": partial(_new_thing, "O", ("coisas",), False),
    "o+ coisa": partial(_new_thing, "O", ("coisas",), True),
    "o+ comida": partial(_new_thing, "O", ("comidas",), True),
}
THINGS: dict[str, Fill] = {
    "o O": partial(_thing, "O", ""),
    "O O": partial(_thing, "O", ""),
    "do O": partial(_thing, "O", "de"),
    "pelo O": partial(_thing, "O", "por"),
    "o P": partial(_thing, "P", ""),
    "do P": partial(_thing, "P", "de"),
    "pelo P": partial(_thing, "P", "por"),
}
NEW_PLACES: dict[str, Fill] = {
    "ao L+": partial(_new_place, "a"),
    "no L+": partial(_new_place, "em"),
    "para o L+": partial(_new_place, "para"),
}
PLACES: dict[str, Fill] = {"no L": partial(_place, "em"), "O L": partial(_place, "")}
SECRETS: dict[str, Fill] = {
    "o segredo": partial(_secret, ""),
    "O segredo": partial(_secret, ""),
    "do segredo": partial(_secret, "de"),
}
ANIMALS: dict[str, Fill] = {
    "um bicho": partial(_new_animal, "bicho", "bicho"),
    "um Bicho": partial(_new_animal, "bicho", "bicho"),
    "seu bicho": partial(_animal, {"m": "seu {}", "f": "sua {}"}),
}
ABOUT_ANIMALS: dict[str, Fill] = {
    "chamado": partial(_agreeing, "chamado", "bicho"),
    "adjbicho": partial(_agreeing, "bicho", "bicho"),
}
#: Adjetivos que concordam com o sujeito da frase.
MOODS: dict[str, Fill] = {
    "bom X": partial(_agreeing, "bom", "X"),
    "bom H": partial(_agreeing, "bom", "H"),
    "ruim X": partial(_agreeing, "ruim", "X"),
    "contente X": partial(_agreeing, "fim", "X"),
    "contente G": partial(_agreeing, "fim", "G"),
    "junto G": partial(_agreeing, "junto", "G"),
    "amigo G": partial(_agreeing, "amigo", "G"),
    "obrigado H": partial(_agreeing, "obrigado", "H"),
    "cor O": partial(_agreeing, "coisas", "O"),
    "era O": partial(_agreeing, "era", "O"),
    "estava O": partial(_agreeing, "estava", "O"),
}
FIRST_TIMES: dict[str, Fill] = {f"+{name}": partial(_first_time, name) for name in (*ROWS, "fala")}
COPIES: dict[str, Fill] = {f"={name}": partial(_again, name) for name in (*ROWS, "fala")}
WHERE: dict[str, Fill] = {"onde": _hidden, "Onde": _hidden}
#: Listas de `[tabelas]` de que sai um trecho inteiro, sem concordar com nada.
LISTS: dict[str, Fill] = {
    name: partial(_listed, name)
    for name in (
        *("tempo", "conectivo", "clima", "exclamacao", "boca", "cama", "caminho", "jeito"),
        *("lanche", "loja", "perto", "quando", "suco", "tipo_dia"),
    )
}
SLOTS: dict[str, Fill] = {
    **NEWCOMERS,
    **PEOPLE,
    "G": _group,
    "voc D": partial(_called, "D"),
    **NEW_THINGS,
    **THINGS,
    "clit O": partial(_clitic, "O"),
    "clit V": partial(_clitic, "V"),
    "um visto": partial(_new_animal, "V", "visto"),
    "uso": _use,
    **NEW_PLACES,
    **PLACES,
    **SECRETS,
    **ANIMALS,
    **ABOUT_ANIMALS,
    "ele bicho": partial(_animal, {"m": "ele", "f": "ela"}),
    **MOODS,
    "cheio L": partial(_agreeing, "lugar", "L"),
    "emprestado O": partial(_agreeing, "emprestado", "O"),
    "onde+": _hiding,
    **WHERE,
    **FIRST_TIMES,
    **COPIES,
    **LISTS,
}
