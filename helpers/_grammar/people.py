"""Lacunas de pessoas: nomes, pronomes, grupos e o que concorda com eles."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache

from helpers._grammar.choices import Table, Without
from helpers._grammar.draft import Fill
from helpers._grammar.lexicon import Lexicon, Person
from helpers._grammar.state import Story
from helpers._grammar.words import named, pronoun, shaped

PREPOSITIONS = ("de", "para", "com", "a")
# Pesos do artigo (sem, com) para quem entra primeiro e, depois, conforme o artigo do primeiro.
ARTICLE_FIRST, ARTICLE_LIKE, ARTICLE_OTHER = (2, 1), 19, 1
# Pesos do nome e do pronome, quando o pronome é claro.
NAME, PRONOUN = 3, 2


class PeopleSlots:
    """As lacunas que falam de gente."""

    lexicon: Lexicon

    def _newcomer(self, last: str, preposition: str, initial: bool) -> Fill:
        role, parallel = last[0], last[1] == "="

        def fill(story, draft):
            present = story.people + [p for p in draft.said if isinstance(p, Person)]
            mode = None if not present else (present[0].article, parallel)
            table = self._new(preposition, initial, mode)
            names = {person.name for person in present}
            banned = [i for i, entry in enumerate(table.entries) if entry[1].name in names]
            return role, Without(table, banned) if banned else table

        return fill

    def _new_table(self, preposition, initial, mode) -> Table:
        def weight(person):
            if mode is None:
                return ARTICLE_FIRST[person.article]
            same = person.article == mode[0]
            return (1 if same else 0) if mode[1] else ARTICLE_LIKE if same else ARTICLE_OTHER

        people = self.lexicon.people
        return Table((shaped(named(p, preposition), initial), p, weight(p)) for p in people)

    def _person(self, words: list[str], initial: bool) -> Fill:
        role, only_name = words[-1][0], words[-1].endswith("!")
        head = words[0] if len(words) > 1 else ""
        if head and head not in PREPOSITIONS and head.lower() not in PREPOSITIONS:
            return self._about(head, role, initial)

        def fill(story, draft):
            people = [draft.bound[role]] if role in draft.bound else story.candidates(role)
            if role == "Y":
                people = [person for person in people if person is not draft.bound.get("X")]
            present = {*story.people, *draft.said}
            ways = tuple((one, not only_name and is_clear(one, present)) for one in people)
            return role, self._people(ways, head.lower(), initial or head == "Com")

        return fill

    def _people_table(self, ways, preposition, initial) -> Table:
        entries = []
        for person, clear in ways:
            entries.append((shaped(named(person, preposition), initial), person, NAME))
            if clear:
                entries.append((shaped(pronoun(person, preposition), initial), person, PRONOUN))
        return Table(entries)

    def _group(self, words: list[str], initial: bool) -> Fill:
        if len(words) > 1:
            return lambda story, draft: ("", self._mood(words[0], group_gender(story), True))

        def fill(story, draft):
            return "G", self._groups(tuple(story.people), initial)

        return fill

    @cache  # noqa: B019 — vive tanto quanto a gramática
    def _groups(self, people, initial) -> Table:
        feminine = all(person.gender == "f" for person in people)
        both = {2: "as duas" if feminine else "os dois", 3: "as três" if feminine else "os três"}
        entries = [(both[len(people)], people, 3)]
        if len(people) == 2 and people[0].article == people[1].article:
            entries.append((f"{named(people[0])} e {named(people[1])}", people, 3))
        entries.append(("elas" if feminine else "eles", people, 2))
        return Table((shaped(text, initial), value, weight) for text, value, weight in entries)

    def _about(self, head: str, role: str, initial: bool) -> Fill:
        def fill(story, draft):
            person = draft.bound.get(role) or next(iter(story.candidates(role)), None)
            if person is None:
                return "", Table([])
            if head == "voc":
                return "", self._static("=", person.name)
            return "", self._mood(head, person.gender, False, initial)

        return fill


def group_gender(story: Story) -> str:
    """Devolve o gênero com que se fala do grupo.

    Parâmetros:
        story: o estado.
    """
    return "f" if all(person.gender == "f" for person in story.people) else "m"


def is_clear(person: Person, present: Collection[Person]) -> bool:
    """Diz se o pronome pode falar desta pessoa: ela é a única do seu gênero na história.

    Parâmetros:
        person: de quem se fala.
        present: quem já entrou na história, até este ponto.
    """
    return [one for one in present if one.gender == person.gender] == [person]
