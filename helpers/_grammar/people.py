"""Lacunas de pessoas: nomes, pronomes, grupos e o que concorda com eles."""

from __future__ import annotations

from functools import cache
from typing import Any

from helpers._grammar.choices import Table, Without
from helpers._grammar.draft import Fill
from helpers._grammar.lexicon import Lexicon, Person
from helpers._grammar.state import Story
from helpers._grammar.words import ARTICLES, named, pronoun, shaped

PREPOSITIONS = ("de", "para", "com", "a")
# Pesos do artigo (sem, com) para quem entra primeiro e, depois, conforme o artigo do primeiro.
ARTICLE_FIRST, ARTICLE_LIKE, ARTICLE_OTHER = (2, 1), 19, 1


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
        if head == "abraçou":
            return self._hug(role)
        if head and head not in PREPOSITIONS and head.lower() not in PREPOSITIONS:
            return self._about(head, role, initial)

        def fill(story, draft):
            people = [draft.bound[role]] if role in draft.bound else story.candidates(role)
            said = story.said + draft.said
            ways = tuple(
                (person, 0 if only_name else how_clear(person, said, story.subject, story.spoken))
                for person in people
            )
            return role, self._people(ways, head.lower(), initial or head == "Com")

        return fill

    def _hug(self, role: str) -> Fill:
        def fill(story, draft):
            person = next(iter(story.candidates(role)), None)
            if person is None:
                return role, Table([])
            entries = [(f"abraçou {named(person)}", person, 2)]
            if how_clear(person, story.said + draft.said, None, False):
                entries.append((f"{ARTICLES[person.gender]} abraçou", person, 1))
            return role, Table(entries)

        return fill

    def _people_table(self, ways, preposition, initial) -> Table:
        entries = []
        for person, clear in ways:
            entries.append((shaped(named(person, preposition), initial), person, 5 - clear))
            if clear:
                entries.append((shaped(pronoun(person, preposition), initial), person, clear))
        return Table(entries)

    def _group(self, words: list[str], initial: bool) -> Fill:
        if len(words) > 1:
            return lambda story, draft: ("", self._mood(words[0], group_gender(story), True))

        def fill(story, draft):
            people = tuple(story.people)
            seen = all(p in story.said for p in people)
            return "G", self._groups(people, seen, initial)

        return fill

    @cache  # noqa: B019 — vive tanto quanto a gramática
    def _groups(self, people, seen, initial) -> Table:
        feminine = all(person.gender == "f" for person in people)
        both = {2: "as duas" if feminine else "os dois", 3: "as três" if feminine else "os três"}
        entries = [(both[len(people)], people, 3)]
        if len(people) == 2 and people[0].article == people[1].article:
            entries.append((f"{named(people[0])} e {named(people[1])}", people, 3))
        if seen:
            entries.append(("elas" if feminine else "eles", people, 4))
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


def how_clear(person: Person, said: tuple, subject: Any, spoken: bool) -> int:
    """Diz o peso do pronome, de 0 (não pode) a 3: só quando há um antecedente possível.

    Parâmetros:
        person: de quem se fala.
        said: quem foi citado no ato anterior e neste.
        subject: o sujeito do ato anterior.
        spoken: se o sujeito do ato anterior já era um pronome.
    """
    if person not in said:
        return 0
    rivals = [other for other in said if other is not person and other.gender == person.gender]
    if rivals:
        return 0
    # Depois de um pronome, o nome volta mais vezes: três "ela" seguidos cansam.
    return (1 if spoken else 3) if person is subject else 2
