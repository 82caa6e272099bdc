"""Lacunas: o que pode preencher `{para N}` ou `{um coisa}` neste ponto da história."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from helpers._grammar.choices import Row, Table, Without
from helpers._grammar.lexicon import Lexicon, Noun, Person, Thing, inflect, weighted
from helpers._grammar.state import ORDER, Story
from helpers._grammar.words import ARTICLES, capital, named, pronoun, with_article

Choice = Table | Without | Row
Fill = Callable[[Story, "Draft"], tuple[str, Choice]]
LIGHT = ("bolso", "bolsa")
PREPOSITIONS = ("de", "para", "com", "a")
# Pesos do artigo (sem, com) para quem entra primeiro e, depois, conforme o artigo do primeiro.
ARTICLE_FIRST, ARTICLE_LIKE, ARTICLE_OTHER = (2, 1), 19, 1
ROWS = {
    "senha": ("silabas", {2: 1, 3: 4, 4: 1}, ("", "")),
    "nome": ("silabas", {2: 3, 3: 1}, ("", "")),
    "silabas": ("silabas", {4: 1, 5: 3, 6: 3, 7: 3, 8: 2}, (" ", " ")),
    "palavras": ("palavra", {3: 2, 4: 3, 5: 3, 6: 2}, (", ", ", ")),
    "numero": ("algarismo", {4: 2, 5: 3, 6: 3, 7: 1}, (" ", " ")),
    "lista": ("compra", {3: 2, 4: 3, 5: 2}, (", ", " e ")),
    "grito": ("silabas", {2: 3, 3: 3}, ("", "")),
}

COPIED = frozenset((*ROWS, "fala"))


class Draft:
    """O ato em andamento: até onde vai o texto, o que já foi preenchido, o log da probabilidade."""

    __slots__ = ("bound", "end", "logp", "piece", "said")

    def __init__(self, end: int, logp: float, bound: dict, said: tuple, piece: tuple | None):
        self.end, self.logp, self.bound, self.said, self.piece = end, logp, bound, said, piece


def one(text: str, value: Any = None) -> Table:
    """Devolve uma escolha de uma opção só.

    Parâmetros:
        text: o único texto.
        value: o que ele quer dizer.
    """
    return Table([(text, value, 1)])


class Slots:
    """Todas as lacunas da gramática, sobre um léxico."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self.fill = cache(self._compile)
        self._static = cache(self._static_table)
        self._people = cache(self._people_table)
        self._new = cache(self._new_table)
        self._row = cache(self._make_row)

    # -------------------------------------------------------------- de que lacuna se trata

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
        if head == "um":
            return self._new_thing(last, initial)
        if spec == "cheio L":
            return lambda story, draft: ("", self._mood("cheio", story.place.gender, False))
        if last.rstrip("+") == "L":
            return self._place(words, initial)
        if spec == "emprestado O":
            return lambda story, draft: ("", self._lent(story, draft))
        if spec == "adj O":
            return lambda story, draft: ("", self._static("fits", story.thing))
        if last in ("O", "P"):
            return self._thing(words, initial)
        if last == "segredo":
            return self._secret(words, initial)
        if last.rstrip("!") in tuple("ABCHWNUDEK"):
            return self._person(words, initial)
        return self._other(spec, initial)

    # -------------------------------------------------------------- pessoas

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

    def _mood(self, head: str, gender: str, plural: bool, initial: bool = False) -> Table:
        return self._static("adj", head, gender, plural, initial)

    # -------------------------------------------------------------- objetos e lugares

    def _new_thing(self, last: str, initial: bool) -> Fill:
        role = "P" if last == "P" else "O"
        kinds = {"O": "coisas comidas", "P": "coisas", "leve": "leve"}.get(last, last + "s").split()

        def fill(story, draft):
            table = self._static("things", tuple(kinds), initial)
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

    # -------------------------------------------------------------- repetições e o resto

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
            entries = [(item, item, 1) for item in self.lexicon.raw["silabas"]["senha"].split()]
        else:
            entries = [(t, t, w) for t, w in weighted(self.lexicon.raw["tabelas"][table])]
        return Row(Table(entries), lengths, separators, capital=name in ("nome", "grito"))

    def _other(self, spec: str, initial: bool) -> Fill:
        if spec in ("onde+", "onde", "Onde", "perto"):
            return self._where(spec)
        if spec in ("chamado", "adjbicho", "ele bicho", "seu bicho"):
            return self._about_animal(spec, initial)
        if spec == "uso":
            return lambda story, draft: ("", self._static("=", story.thing.use))
        if spec in ("tempo", "conectivo", "clima"):
            return lambda story, draft: ("", self._static("table", spec, True))
        if spec == "exclamacao":
            return lambda story, draft: ("", self._static("table", spec, True))
        return lambda story, draft: ("", self._static("table", spec, False))

    def _where(self, spec: str) -> Fill:
        def fill(story, draft):
            if spec == "onde+":
                away = story.place is not None
                return "onde", self._static("where", "cabe", "viagem" if away else story.thing.fits)
            if spec == "perto":
                kind = story.place.extra if story.place else "nenhum"
                return "", self._static("where", "perto", kind)
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

    def _lent(self, story: Story, draft: Draft) -> Table:
        thing = draft.bound.get("O") or story.thing
        return self._static("=", inflect("emprestado", thing.gender))

    def _sight(self, spec: str) -> Fill:
        if spec == "um visto":
            return lambda story, draft: (
                "V",
                self._static("animals", False, f"visto_{story.place.extra}"),
            )
        return lambda story, draft: ("", self._static("=", ARTICLES[draft.bound["V"].gender]))

    def _table_fits(self, thing: Thing) -> Table:
        words = self.lexicon.raw["adjetivos"][thing.adjectives].split()
        forms = [inflect(word, thing.gender) for word in words]
        return Table((form, form, 1) for form in forms)

    def _static_table(self, kind: str, *key: Any) -> Table:
        if kind == "=":
            return one(*key)
        if kind == "table":
            return self.lexicon.table(*key)
        if kind == "where":
            pairs = weighted(self.lexicon.raw[key[0]][key[1]])
            return Table((text, text, weight) for text, weight in pairs)
        if kind == "adj":
            return self._adjectives(*key)
        return getattr(self, f"_table_{kind}")(*key)

    def _adjectives(self, head: str, gender: str, plural: bool, initial: bool) -> Table:
        names = {"cheio": "lugar", "contente": "fim"}
        if head in ("sozinho", "junto", "obrigado", "amigo"):
            words = [head]
        else:
            words = self.lexicon.raw["adjetivos"][names.get(head, head)].split()
        forms = [inflect(word, gender, plural) for word in words]
        return Table((shaped(form, initial), form, 1) for form in forms)

    def _table_things(self, kinds: tuple[str, ...], initial: bool) -> Table:
        return Table(
            (shaped(described(thing), initial), thing, 1 if thing.adjective else 14)
            for thing in self.lexicon.things
            if thing.kind in kinds or (kinds == ("leve",) and thing.fits in LIGHT)
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


def shaped(text: str, initial: bool) -> str:
    """Põe maiúscula se o texto começa a frase.

    Parâmetros:
        text: o texto.
        initial: se ele começa a frase.
    """
    return capital(text) if initial else text


def indefinite(noun: Noun | Thing) -> str:
    """Devolve o substantivo com um ou uma.

    Parâmetros:
        noun: o substantivo.
    """
    return f"{'uma' if noun.gender == 'f' else 'um'} {noun.noun}"


def described(thing: Thing) -> str:
    """Devolve o objeto com artigo indefinido e adjetivo, se houver.

    Parâmetros:
        thing: o objeto.
    """
    adjective = f" {inflect(thing.adjective, thing.gender)}" if thing.adjective else ""
    return indefinite(thing) + adjective


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


def next_role(story: Story) -> str:
    """Devolve a letra da próxima pessoa que entrar.

    Parâmetros:
        story: o estado.
    """
    return ORDER[len(story.people)]
