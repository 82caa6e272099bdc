"""Relações: que palavra depende de que palavra, por posição no texto."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from helpers.stories.lexicon import Person, Thing
from helpers.stories.narrator import Act
from helpers.stories.phrases import Said
from helpers.stories.slots import (
    ABOUT_ANIMALS,
    ANIMALS,
    COPIES,
    FIRST_TIMES,
    MOODS,
    NEW_PLACES,
    NEW_THINGS,
    NEWCOMERS,
    PEOPLE,
    PLACES,
    PREPOSITIONS,
    SECRETS,
    THINGS,
    WHERE,
)
from helpers.stories.state import State

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
    before: list[Said] = field(default_factory=list)
    after: list[Said] = field(default_factory=list)


def relations(acts: list[Act]) -> list[Relation]:
    """Devolve as relações verdadeiras dos atos lidos, na ordem do texto."""
    memory, found = _Memory(), []
    for number, act in enumerate(acts):
        said = act.draft.pieces()
        for place, piece in enumerate(said):
            memory.before, memory.after = said[:place], said[place + 1 :]
            found += _of_piece(memory, act, piece)
        if number + 1 < len(acts):
            _note_holders(memory, act, acts[number + 1].before)
    return sorted(found, key=lambda relation: (relation.source, relation.target))


def _of_piece(memory: _Memory, act: Act, piece: Said) -> Iterator[Relation]:
    if piece.problem is not None:  # um deslize não diz nada de verdadeiro
        return
    if piece.part.kind == "verb":
        yield from _verb(memory, piece.span)
    elif piece.part.kind == "text":
        _plain_text(memory, piece)
    elif piece.part.text in _RELATED:
        yield from _RELATED[piece.part.text](memory, act, piece)


def _verb(memory: _Memory, span: Span) -> Iterator[Relation]:
    subject = _nearest_subject(memory) or memory.subject
    if subject is not None:
        yield Relation("sujeito-verbo", span, subject)
    elif len(memory.after) > 1 and _LINK.fullmatch(memory.after[0].text):
        memory.inverted = span


def _nearest_subject(memory: _Memory) -> Span | None:
    """Devolve o que está encostado no verbo, à esquerda; "Ana e Davi" conta inteiro."""
    before = memory.before
    if len(before) < 2 or not _LINK.fullmatch(before[-1].text):
        return None
    if before[-2].part.text.split()[0] in PREPOSITIONS:  # "… que Ana deu para Davi era nova"
        return None
    subject = memory.mentions.get(before[-2].at)
    if subject and len(before) > 3 and before[-3].text == " e ":
        first = memory.mentions.get(before[-4].at)
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


def _plain_text(memory: _Memory, piece: Said) -> None:
    for match in _MARKS.finditer(piece.text):
        if not match[0].isalpha():
            memory.subject = memory.inverted = None
        elif memory.subject is None:
            memory.subject = _within(piece, match)


def _words(piece: Said) -> list[re.Match[str]]:
    return list(_WORD.finditer(piece.text))


def _within(piece: Said, word: re.Match[str]) -> Span:
    return piece.at + word.start(), piece.at + word.end()


# ------------------------------------------------------------------ uma função por tipo de lacuna


def _person(memory, act: Act, piece: Said) -> Iterator[Relation]:
    words, person = _words(piece), piece.value
    name = next((word for word in words if word[0] == person.name), None)
    former = memory.people.get(person)
    if name is None:
        plain = person.pronoun()
        span = _within(piece, next(w for w in words if w[0].lower() in (plain, "d" + plain)))
        if former:
            yield Relation("pronome-antecedente", span, former)
    else:
        span = _within(piece, name)
        yield from _article(piece, words, name)
        if former:
            yield Relation("repetição", span, former)
            yield from _holder(memory, act, person, span)
        memory.people[person] = span
    yield from _mentioned(memory, piece.at, span)


def _holder(memory, act: Act, person: Person, span: Span) -> Iterator[Relation]:
    state = act.before
    for thing, holder in ((state.thing, state.holder), (state.second, state.other_holder)):
        spoken = thing is not None and thing in act.draft.bound.values()
        if spoken and holder is person and memory.holders.get(thing, span) != span:
            yield Relation("objeto-dono", span, memory.holders[thing])


_ARTICLES = frozenset(("o", "a", "os", "as", "um", "uma", "do", "da", "no", "na"))
_ARTICLES |= {"ao", "à", "pelo", "pela", "seu", "sua"}


def _article(piece: Said, words, noun) -> Iterator[Relation]:
    articles = [w for w in words if w.end() <= noun.start() and w[0].lower() in _ARTICLES]
    if articles:
        yield Relation("artigo-substantivo", _within(piece, noun), _within(piece, articles[-1]))


def _group(memory, act: Act, piece: Said) -> Iterator[Relation]:
    words = _words(piece)
    names = {person.name: person for person in act.before.people}
    here = [word for word in words if word[0] in names]
    for word in here:
        person, span = names[word[0]], _within(piece, word)
        yield from _article(piece, [w for w in words if w.start() >= word.start() - 3], word)
        if person in memory.people:  # quem entrou por engano não foi lido
            yield Relation("repetição", span, memory.people[person])
        memory.people[person] = span
    if not here:
        span = _within(piece, words[-1])
        for person in act.before.people:
            if person in memory.people:
                yield Relation("pronome-antecedente", span, memory.people[person])
    yield from _mentioned(memory, piece.at, piece.span)


def _thing(memory, act: Act, piece: Said) -> Iterator[Relation]:
    words, thing = _words(piece), piece.value
    noun = next(word for word in words if word[0] == _WORD.search(thing.noun)[0])
    span = _within(piece, noun)
    yield from _article(piece, words, noun)
    if words[-1] is not noun:
        yield Relation("adjetivo-substantivo", _within(piece, words[-1]), span)
    if thing in memory.nouns:
        yield Relation("repetição", span, memory.nouns[thing])
        if thing in memory.holders:
            yield Relation("objeto-dono", span, memory.holders[thing])
    memory.nouns[thing] = span
    if memory.inverted is not None or piece.part.text.startswith(("O ", "o+ ")):
        yield from _mentioned(memory, piece.at, span)


def _clitic(memory, act: Act, piece: Said) -> Iterator[Relation]:
    if act.before.thing in memory.nouns:
        yield Relation("pronome-antecedente", piece.span, memory.nouns[act.before.thing])


def _use(memory, act: Act, piece: Said) -> Iterator[Relation]:
    yield from _verb(memory, _within(piece, _WORD.match(piece.text)))


def _first_time(memory, act: Act, piece: Said) -> Iterator[Relation]:
    name = piece.part.text.strip("+")
    memory.copies[name] = [_within(piece, word) for word in _words(piece)]
    yield from _named(memory, piece, name)


def _copy(memory, act: Act, piece: Said) -> Iterator[Relation]:
    name = piece.part.text.lower().strip("=")
    spans = [_within(piece, word) for word in _words(piece)]
    for source, target in zip(spans, memory.copies.get(name, ()), strict=False):
        yield Relation("repetição", source, target)
    memory.copies[name] = spans
    yield from _named(memory, piece, name)


def _named(memory, piece: Said, name: str) -> Iterator[Relation]:
    if name == "nome":
        yield from _mentioned(memory, piece.at, memory.copies[name][0])
        memory.nouns["nome"] = memory.copies[name][0]


def _animal(memory, act: Act, piece: Said) -> Iterator[Relation]:
    words = _words(piece)
    yield from _article(piece, words, words[-1])
    memory.nouns["bicho"] = _within(piece, words[-1])
    if memory.subject is None:
        memory.subject = memory.nouns["bicho"]


def _about_animal(memory, act: Act, piece: Said) -> Iterator[Relation]:
    target = memory.nouns.get("nome" if piece.part.text == "adjbicho" else "bicho")
    if target:
        yield Relation("adjetivo-substantivo", _within(piece, _words(piece)[-1]), target)


def _noun(memory, act: Act, piece: Said) -> Iterator[Relation]:
    words = _words(piece)
    yield from _article(piece, words, words[-1])
    memory.nouns[piece.value] = _within(piece, words[-1])
    if piece.part.text in ("O L", "O segredo"):
        yield from _mentioned(memory, piece.at, memory.nouns[piece.value])


def _mood(memory, act: Act, piece: Said) -> Iterator[Relation]:
    if memory.subject is not None:
        span = _within(piece, _words(piece)[-1])
        yield Relation("adjetivo-substantivo", span, memory.subject)


#: Lacuna → as relações que ela traz; as que não estão aqui não trazem nenhuma.
_RELATED: dict[str, Callable] = {
    **dict.fromkeys((*NEWCOMERS, *PEOPLE), _person),
    "G": _group,
    **dict.fromkeys((*NEW_THINGS, *THINGS), _thing),
    "clit O": _clitic,
    "uso": _use,
    **dict.fromkeys((*FIRST_TIMES, "onde+"), _first_time),
    **dict.fromkeys((*COPIES, *WHERE), _copy),
    **dict.fromkeys(ANIMALS, _animal),
    **dict.fromkeys(ABOUT_ANIMALS, _about_animal),
    **dict.fromkeys((*NEW_PLACES, *PLACES, *SECRETS), _noun),
    **dict.fromkeys(MOODS, _mood),
}


def _note_holders(memory: _Memory, act: Act, after: State) -> None:
    before = act.before
    pairs = (after.thing, after.holder), (after.second, after.other_holder)
    known = (before.thing, before.holder), (before.second, before.other_holder)
    for thing, holder in pairs:
        if thing is None:
            continue
        mention = _mention(act, holder) or memory.people.get(holder)
        if mention is None:
            memory.holders.pop(thing, None)
        elif (thing, holder) not in known:
            memory.holders[thing] = mention


def _mention(act: Act, person: Person | None) -> Span | None:
    for piece in act.draft.pieces():
        if person is not None and piece.value is person:
            return _within(piece, _words(piece)[-1])
    return None
