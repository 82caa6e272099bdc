"""Lacunas de coisas: objetos, lugares, bichos e onde cada coisa está."""

from __future__ import annotations

from helpers._grammar.choices import Table, Without
from helpers._grammar.draft import Draft, Fill
from helpers._grammar.lexicon import Lexicon, inflect
from helpers._grammar.state import Story
from helpers._grammar.words import (
    ARTICLES,
    capital,
    described,
    indefinite,
    shaped,
    with_article,
)


class ThingSlots:
    """As lacunas que falam de objetos, lugares e bichos."""

    lexicon: Lexicon

    def _new_thing(self, words: list[str], initial: bool) -> Fill:
        last, definite = words[-1], words[0] == "o+"
        role = "P" if last == "P" else "O"
        kinds = ("coisas", "comidas") if last in "OP" else (last + "s",)

        def fill(story, draft):
            table = self._static("things", kinds, definite, initial)
            taken = draft.bound.get("O") if role == "P" else story.thing
            if taken is None:
                return role, table
            same = [i for i, entry in enumerate(table.entries) if entry[1].noun == taken.noun]
            return role, Without(table, same)

        return fill

    def _thing(self, words: list[str], initial: bool) -> Fill:
        head, role = words[0], words[-1]
        joins = {"o": "", "do": "de", "pelo": "por"}

        def fill(story, draft):
            thing = draft.bound.get(role) or (story.thing if role == "O" else story.second)
            if head == "clit":
                return "", self._static("=", ARTICLES[thing.gender])
            text = with_article(joins[head.lower()], thing.gender, thing.noun)
            return role, self._static("=", shaped(text, initial), thing)

        return fill

    def _place(self, words: list[str], initial: bool) -> Fill:
        new = words[-1].endswith("+")
        preposition = {"ao": "a", "no": "em", "o": "", "para": "para", "O": ""}[words[0]]

        def fill(story, draft):
            if new:
                return "L", self._static("places", preposition, initial)
            place = story.place
            text = with_article(preposition, place.gender, place.noun)
            return "L", self._static("=", shaped(text, initial), place)

        return fill

    def _secret(self, words: list[str], initial: bool) -> Fill:
        preposition = "de" if words[0] == "do" else ""

        def fill(story, draft):
            secret = story.memory.get("segredo")
            if secret is None:
                return "segredo", self._static("nouns", "segredo", preposition)
            text = with_article(preposition, secret.gender, secret.noun)
            return "segredo", self._static("=", shaped(text, initial), secret)

        return fill

    def _animal(self, initial: bool) -> Fill:
        return lambda story, draft: ("bicho", self._static("animals", initial))

    def _sight(self, spec: str) -> Fill:
        if spec == "um visto":
            return lambda story, draft: ("V", self._static("animals", False, "visto"))
        return lambda story, draft: ("", self._static("=", ARTICLES[draft.bound["V"].gender]))

    def _lent(self, story: Story, draft: Draft) -> Table:
        thing = draft.bound.get("O") or story.thing
        return self._static("=", inflect("emprestado", thing.gender))

    def _where(self, spec: str) -> Fill:
        if spec == "onde+":
            return lambda story, draft: ("onde", self._static("table", "onde", False))

        def fill(story, draft):
            text = story.memory["onde"]
            return "onde", self._static("=", capital(text) if spec == "Onde" else text, text)

        return fill

    def _about_animal(self, spec: str, initial: bool) -> Fill:
        def fill(story, draft):
            animal = draft.bound.get("bicho") or story.memory["bicho"]
            if spec == "adjbicho":
                return "", self._mood("bicho", animal.gender, False)
            forms = {
                "chamado": ("chamado", "chamada"),
                "ele bicho": ("ele", "ela"),
                "seu bicho": (f"seu {animal.noun}", f"sua {animal.noun}"),
            }[spec]
            return "", self._static("=", forms[animal.gender == "f"])

        return fill

    def _table_uses(self, sort: str) -> Table:
        return Table((text, text, weight) for text, weight in self.lexicon.uses(sort))

    def _table_things(self, kinds: tuple[str, ...], definite: bool, initial: bool) -> Table:
        known = [thing for thing in self.lexicon.things if thing.kind in kinds]
        if definite:
            plain = [(with_article("", t.gender, t.noun), t) for t in known if not t.adjective]
            return Table((shaped(text, initial), thing, 1) for text, thing in plain)
        return Table(
            (shaped(described(thing), initial), thing, 1 if thing.adjective else 14)
            for thing in known
        )

    def _table_places(self, preposition: str, initial: bool) -> Table:
        return Table(
            (shaped(with_article(preposition, place.gender, place.noun), initial), place, 1)
            for place in self.lexicon.places
        )

    def _table_nouns(self, table: str, preposition: str) -> Table:
        nouns = self.lexicon.nouns(table)
        return Table((with_article(preposition, n.gender, n.noun), n, w) for n, w in nouns)

    def _table_animals(self, initial: bool, table: str = "bicho") -> Table:
        nouns = self.lexicon.nouns(table)
        return Table((shaped(indefinite(n), initial), n, w) for n, w in nouns)
