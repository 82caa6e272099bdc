"""Relações: que palavra depende de que palavra, por posição no texto."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from helpers._grammar.checking import Step, pieces
from helpers._grammar.lexicon import Person, Thing
from helpers._grammar.people import PREPOSITIONS
from helpers._grammar.slips import Slip
from helpers._grammar.state import Story
from helpers._grammar.words import pronoun

Span = tuple[int, int]
RELATIONS = (
    "sujeito-verbo",
    "artigo-substantivo",
    "adjetivo-substantivo",
    "pronome-antecedente",
    "objeto-dono",
    "repetição",
)
_WORD = re.compile(r"\w+(?:-\w+)*")
_PLAIN = ("conectivo", "tempo", "clima", "fala")


@dataclass(frozen=True)
class Relation:
    """Uma relação entre dois trechos: `source` vem depois e depende de `target`."""

    kind: str
    source: Span
    target: Span


@dataclass
class _Memory:
    """Onde cada coisa apareceu por último."""

    people: dict[Person, Span] = field(default_factory=dict)
    groups: list[Span] = field(default_factory=list)
    nouns: dict[object, Span] = field(default_factory=dict)
    holders: dict[Thing, Span] = field(default_factory=dict)
    copies: dict[str, list[Span]] = field(default_factory=dict)
    mentions: dict[int, Span] = field(default_factory=dict)
    subject: Span | None = None
    inverted: Span | None = None
    before: list[tuple] = field(default_factory=list)
    after: list[tuple] = field(default_factory=list)


def relations(steps: list[Step]) -> list[Relation]:
    """Devolve as relações verdadeiras dos atos lidos, na ordem do texto.

    Parâmetros:
        steps: os atos, como `read` os devolve.
    """
    memory, found = _Memory(), []
    for number, step in enumerate(steps):
        said = pieces(step.draft)
        for place, piece in enumerate(said):
            memory.before, memory.after = said[:place], said[place + 1 :]
            found += _of_piece(memory, step, piece)
        after = steps[number + 1].before if number + 1 < len(steps) else None
        if after is not None:
            _note_holders(memory, step, after)
    return sorted(found, key=lambda relation: (relation.source, relation.target))


def _of_piece(memory: _Memory, step: Step, piece: tuple) -> Iterator[Relation]:
    _, symbol, text, value, at = piece
    span = (at, at + len(text))
    if isinstance(text, Slip):
        return
    if symbol.kind == "verb":
        yield from _verb(memory, span)
    elif symbol.kind == "text":
        _plain_text(memory, text, at)
    elif isinstance(value, Person):
        yield from _person(memory, step, value, text, at)
    elif symbol.text == "G":
        yield from _group(memory, step.before, text, at)
    elif isinstance(value, Thing) or symbol.text in ("clit O", "clit P"):
        yield from _thing(memory, step, symbol.text, value, text, at)
    elif symbol.text[0] in "+=" or symbol.text in ("onde+", "onde", "Onde"):
        yield from _copy(memory, symbol.text, text, at)
    elif symbol.text == "uso":
        first = _WORD.match(text)
        yield from _verb(memory, (at, at + first.end()))
    else:
        yield from _other(memory, step, symbol.text, value, text, at)


def _verb(memory: _Memory, span: Span) -> Iterator[Relation]:
    subject = _nearest_subject(memory) or memory.subject
    if subject is not None:
        yield Relation("sujeito-verbo", span, subject)
    elif len(memory.after) > 1 and _LINK.fullmatch(memory.after[0][2]):
        memory.inverted = span


def _nearest_subject(memory: _Memory) -> Span | None:
    """Devolve o que está encostado no verbo, à esquerda; "Ana e Davi" conta inteiro."""
    before = memory.before
    if len(before) < 2 or not _LINK.fullmatch(before[-1][2]):
        return None
    if before[-2][1].text.split()[0] in PREPOSITIONS:  # "… que Ana deu para Davi era nova"
        return None
    subject = memory.mentions.get(before[-2][4])
    if subject and len(before) > 3 and before[-3][2] == " e ":
        first = memory.mentions.get(before[-4][4])
        return (first[0], subject[1]) if first else subject
    return subject


def _mentioned(memory: _Memory, at: int, span: Span) -> Iterator[Relation]:
    memory.mentions[at] = span
    if memory.inverted is not None:
        yield Relation("sujeito-verbo", span, memory.inverted)
        memory.inverted = None
    elif memory.subject is None:
        memory.subject = span


_LINK = re.compile(r"(?:,? (?:não |que )?)")
_MARKS = re.compile(r'[.?!:"]|\b(?:senha|lista|eco)\b')


def _plain_text(memory: _Memory, text: str, at: int) -> None:
    for match in _MARKS.finditer(text):
        if not match[0].isalpha():
            memory.subject = memory.inverted = None
        elif memory.subject is None:
            memory.subject = (at + match.start(), at + match.end())


def _person(memory, step: Step, person: Person, text: str, at: int) -> Iterator[Relation]:
    words = list(_WORD.finditer(text))
    name = next((m for m in words if m[0] == person.name), None)
    former = memory.people.get(person)
    if name is None:
        word = next(m for m in words if m[0].lower() in _forms(person))
        span = (at + word.start(), at + word.end())
        if former:
            yield Relation("pronome-antecedente", span, former)
    else:
        span = (at + name.start(), at + name.end())
        yield from _article(words, name, at)
        if former:
            yield Relation("repetição", span, former)
            yield from _holder(memory, step, person, span)
        memory.people[person] = span
    yield from _mentioned(memory, at, span)


def _holder(memory, step: Step, person: Person, span: Span) -> Iterator[Relation]:
    story = step.before
    for thing, holder in ((story.thing, story.holder), (story.second, story.other_holder)):
        spoken = thing is not None and thing in step.draft.bound.values()
        if spoken and holder is person and memory.holders.get(thing, span) != span:
            yield Relation("objeto-dono", span, memory.holders[thing])


def _forms(person: Person) -> tuple[str, ...]:
    plain = pronoun(person)
    return plain, "d" + plain


def _article(words, noun, at) -> Iterator[Relation]:
    articles = [m for m in words if m.end() <= noun.start() and m[0].lower() in _ARTICLES]
    if articles:
        last = articles[-1]
        source = (at + noun.start(), at + noun.end())
        yield Relation("artigo-substantivo", source, (at + last.start(), at + last.end()))


_ARTICLES = frozenset(("o", "a", "os", "as", "um", "uma", "do", "da", "no", "na"))
_ARTICLES |= {"ao", "à", "pelo", "pela", "seu", "sua"}


def _group(memory, story: Story, text: str, at: int) -> Iterator[Relation]:
    words = list(_WORD.finditer(text))
    names = {person.name: person for person in story.people}
    here = [m for m in words if m[0] in names]
    for match in here:
        person, span = names[match[0]], (at + match.start(), at + match.end())
        yield from _article([m for m in words if m.start() >= match.start() - 3], match, at)
        yield Relation("repetição", span, memory.people[person])
        memory.people[person] = span
    if not here:
        span = (at + words[-1].start(), at + words[-1].end())
        for person in story.people:
            yield Relation("pronome-antecedente", span, memory.people[person])
    yield from _mentioned(memory, at, (at, at + len(text)))


def _thing(memory, step: Step, spec: str, thing, text: str, at: int) -> Iterator[Relation]:
    words = list(_WORD.finditer(text))
    if spec.startswith("clit"):
        thing = step.before.thing
        if thing in memory.nouns:
            yield Relation("pronome-antecedente", (at, at + len(text)), memory.nouns[thing])
        return
    noun = next(m for m in words if m[0] == _WORD.search(thing.noun)[0])
    span = (at + noun.start(), at + noun.end())
    yield from _article(words, noun, at)
    if words[-1] is not noun:
        last = words[-1]
        yield Relation("adjetivo-substantivo", (at + last.start(), at + last.end()), span)
    if thing in memory.nouns:
        yield Relation("repetição", span, memory.nouns[thing])
        if thing in memory.holders:
            yield Relation("objeto-dono", span, memory.holders[thing])
    memory.nouns[thing] = span
    if memory.inverted is not None or spec.startswith(("O ", "o+ ")):
        yield from _mentioned(memory, at, span)


def _note_holders(memory: _Memory, step: Step, after: Story) -> None:
    before = step.before
    pairs = (after.thing, after.holder), (after.second, after.other_holder)
    known = (before.thing, before.holder), (before.second, before.other_holder)
    for thing, holder in pairs:
        if thing is None:
            continue
        if holder is None:
            memory.holders.pop(thing, None)
        elif (thing, holder) not in known:
            memory.holders[thing] = _mention(step, holder) or memory.people[holder]


def _mention(step: Step, person: Person) -> Span | None:
    for _, _, text, value, at in pieces(step.draft):
        if value is person:
            word = list(_WORD.finditer(text))[-1]
            return (at + word.start(), at + word.end())
    return None


def _copy(memory, spec: str, text: str, at: int) -> Iterator[Relation]:
    name = spec.lower().strip("+=")
    matches = list(_WORD.finditer(text))
    spans = [(at + m.start(), at + m.end()) for m in matches]
    if spec[0] == "+" or spec == "onde+" or name not in memory.copies:
        memory.copies[name] = spans
    else:
        for source, target in zip(spans, memory.copies[name], strict=False):
            yield Relation("repetição", source, target)
        memory.copies[name] = spans
    if name == "nome":
        yield from _mentioned(memory, at, spans[0])
        memory.nouns["nome"] = spans[0]


def _other(memory, step: Step, spec: str, value, text: str, at: int) -> Iterator[Relation]:
    words = list(_WORD.finditer(text))
    if not words or spec in _PLAIN or spec not in _RELATED:
        return
    span = (at + words[-1].start(), at + words[-1].end())
    if spec in ("um bicho", "um Bicho", "seu bicho"):
        yield from _article(words, words[-1], at)
        memory.nouns["bicho"] = span
        if memory.subject is None:
            memory.subject = span
    elif spec in ("chamado", "adjbicho"):
        target = memory.nouns.get("nome" if spec == "adjbicho" else "bicho")
        if target:
            yield Relation("adjetivo-substantivo", span, target)
    elif spec == "emprestado":
        target = memory.nouns.get(step.before.thing)
        if target:
            yield Relation("adjetivo-substantivo", span, target)
    elif spec.split()[-1].rstrip("+") in ("L", "segredo"):
        yield from _article(words, words[-1], at)
        memory.nouns[value] = span
        if spec in ("O L", "O segredo"):
            yield from _mentioned(memory, at, span)
    elif memory.subject is not None:
        yield Relation("adjetivo-substantivo", span, memory.subject)


_MOODS = ("bom X", "bom H", "ruim X", "contente G", "junto G", "amigo G", "contente X")
_QUALITIES = ("cor O", "era O", "estava O")
_NOUNS = ("ao L+", "no L+", "para o L+", "no L", "O L", "do segredo", "o segredo", "O segredo")
_ANIMALS = ("um bicho", "um Bicho", "seu bicho", "chamado", "adjbicho")
_RELATED = frozenset(
    (*_MOODS, *_QUALITIES, *_NOUNS, *_ANIMALS, "emprestado", "cheio L", "obrigado H")
)
