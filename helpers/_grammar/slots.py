"""Lacunas: o que pode preencher `{para N}` ou `{um coisa}` neste ponto da história."""

from __future__ import annotations

from functools import cache
from typing import Any

from helpers._grammar.choices import Row, Table
from helpers._grammar.draft import Draft, Fill, one
from helpers._grammar.lexicon import Lexicon, inflect, weighted
from helpers._grammar.people import PeopleSlots
from helpers._grammar.state import PERSON_ROLES, Story
from helpers._grammar.things import ThingSlots
from helpers._grammar.words import shaped

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
COPIED = frozenset((*ROWS, "fala"))
# As lacunas de adjetivo do objeto: "{cor O}" depois de "era", "{estava O}" depois de "estava".
QUALITIES = ("cor", "era", "estava")


class Slots(PeopleSlots, ThingSlots):
    """Todas as lacunas da gramática, sobre um léxico."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self.fill = cache(self._compile)
        self._static = cache(self._static_table)
        self._people = cache(self._people_table)
        self._new = cache(self._new_table)
        self._row = cache(self._make_row)

    def _compile(self, spec: str, initial: bool) -> Fill:
        words = spec.split()
        head, last = words[0], words[-1]
        if spec[0] in "+=":
            return self._copied(spec, initial)
        if last[0] in "ABC" and last[1:] in ("+", "="):
            return self._newcomer(last, head if len(words) > 1 else "", initial)
        if last == "G":
            return self._group(words, initial)
        if spec in ("um visto", "clit V"):
            return self._sight(spec)
        if spec in ("um bicho", "um Bicho"):
            return self._animal(initial)
        if head in ("um", "o+"):
            return self._new_thing(words, initial)
        if spec == "cheio L":
            return lambda story, draft: ("", self._mood("cheio", story.place.gender, False))
        if last.rstrip("+") == "L":
            return self._place(words, initial)
        if spec == "emprestado O":
            return lambda story, draft: ("", self._lent(story, draft))
        if head in QUALITIES:
            return lambda story, draft: ("", self._quality(head, story, draft))
        if last in ("O", "P"):
            return self._thing(words, initial)
        if last == "segredo":
            return self._secret(words, initial)
        if last.rstrip("!") in tuple(PERSON_ROLES):
            return self._person(words, initial)
        return self._other(spec, initial)

    def _quality(self, head: str, story: Story, draft: Draft) -> Table:
        thing = draft.bound.get("O") or story.thing
        return self._mood(head, thing.gender, False)

    def _mood(self, head: str, gender: str, plural: bool, initial: bool = False) -> Table:
        return self._static("adj", head, gender, plural, initial)

    def _copied(self, spec: str, initial: bool) -> Fill:
        mark, name = spec[0], spec[1:]

        def fill(story, draft):
            if mark == "=":
                value = draft.bound.get(name) or story.memory[name]
                return name, self._static("=", value, value)
            if name == "fala":
                return name, self._static("table", name, False)
            return name, self._row(name)

        return fill

    def _make_row(self, name: str) -> Row:
        table, lengths, separators = ROWS[name]
        if table == "silabas":
            entries = [(item, item, 1) for item in self.lexicon.syllables]
        else:
            entries = [(t, t, w) for t, w in weighted(self.lexicon.raw["tabelas"][table])]
        return Row(Table(entries), lengths, separators, capital=name in ("nome", "grito"))

    def _other(self, spec: str, initial: bool) -> Fill:
        if spec in ("onde+", "onde", "Onde"):
            return self._where(spec)
        if spec in ("chamado", "adjbicho", "ele bicho", "seu bicho"):
            return self._about_animal(spec, initial)
        if spec == "uso":
            return lambda story, draft: ("", self._static("uses", story.thing.sort))
        if spec in ("tempo", "conectivo", "clima"):
            return lambda story, draft: ("", self._static("table", spec, True))
        if spec == "exclamacao":
            return lambda story, draft: ("", self._static("table", spec, True))
        return lambda story, draft: ("", self._static("table", spec, False))

    def _static_table(self, kind: str, *key: Any) -> Table:
        if kind == "=":
            return one(*key)
        if kind == "table":
            return self.lexicon.table(*key)
        if kind == "adj":
            return self._adjectives(*key)
        return getattr(self, f"_table_{kind}")(*key)

    def _adjectives(self, head: str, gender: str, plural: bool, initial: bool) -> Table:
        names = {"cheio": "lugar", "contente": "fim", "cor": "coisas"}
        if head in ("sozinho", "junto", "obrigado", "amigo"):
            words = [head]
        else:
            words = self.lexicon.raw["adjetivos"][names.get(head, head)].split()
        forms = [inflect(word, gender, plural) for word in words]
        return Table((shaped(form, initial), form, 1) for form in forms)
