"""Conferência: lê o texto até onde der e diz o que há de errado, e onde.

A leitura é primeiro estrita. Onde ela para, outra aceita deslizes que se entendem (`Forgives`),
cada um com uma multa, e fica a que errou menos.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from helpers.stories.acts import SHORTEST
from helpers.stories.choices import Choice, Option
from helpers.stories.lexicon import PRONOUNS, Person, same_word, shaped
from helpers.stories.narrator import Act, Language, Reads, commit
from helpers.stories.phrases import Draft, Edge, Fork, Part, Phrase
from helpers.stories.slots import COPIES, FIRST_TIMES, PEOPLE, PLACES, THINGS, WHERE
from helpers.stories.state import State

KINDS = (
    "concordância",
    "pronome",
    "dono",
    "palavra desconhecida",
    "frase desconhecida",
    "história inacabada",
    "repetição errada",
)
_WORD = re.compile(r"\w+(?:-\w+)*")
_TOKEN = re.compile(r"\w+(?:-\w+)*|[^\w\s]|\s+")
_SENTENCE_END = re.compile(r'[.?!"]')
_PENALTY = -1000.0
# Entre trocar o objeto e trocar a pessoa, a pessoa é o erro mais provável.
_THING_PENALTY = _PENALTY - 200
_MOST_SLIPS = 2
_STOPPED = " Parei de ler neste ponto."


@dataclass(frozen=True)
class Problem:
    """Um erro no texto: o tipo, onde está e o que há de errado."""

    kind: str
    start: int
    end: int
    message: str


@dataclass
class SoFar:
    """O que se conseguiu ler de um texto: os atos e os problemas, em ordem."""

    acts: list[Act] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def read(language: Language, text: str) -> SoFar:
    """Lê o texto até o fim ou até onde der, e anota os atos e os problemas."""
    found, state, at = SoFar(), State(), 0
    strict = Reads(text)
    while (root := language.next(state)) is not None:
        if at >= len(text):
            told = "o texto acaba antes do fim da história."
            found.problems.append(Problem("história inacabada", len(text), len(text), told))
            return found
        act = _best(text, language.acts(state, strict, at, root))
        if act is None:
            act = _forgive(language, text, state, at, found.problems)
        if act is None:
            return found
        draft, phrase = act
        found.problems += _slipped(draft)
        found.acts.append(Act(state.copy(), draft, phrase))
        commit(state, draft, phrase)
        at = draft.end + 1
    if at <= len(text):
        told = "a história já tinha acabado antes deste ponto."
        found.problems.append(Problem("frase desconhecida", at - 1, len(text), told))
    return found


def _best(text, found) -> tuple[Draft, Phrase] | None:
    whole = [pair for pair in found if text[pair[0].end : pair[0].end + 1] in ("", " ")]
    return max(whole, key=lambda pair: (pair[0].logp, pair[0].end), default=None)


def _slipped(draft: Draft) -> list[Problem]:
    return [piece.problem for piece in draft.pieces() if piece.problem]


def _forgive(language, text, state, at, problems) -> tuple[Draft, Phrase] | None:
    forgives = Forgives(text, state, language.lexicon.people)
    found = _best(text, language.acts(state, forgives, at))
    if found is not None:
        return found
    if state.sentences:
        other = Forgives(text, state, language.lexicon.people)
        illegal = _best(text, language.acts(state, other, at, language.any_act(state)))
        if illegal is not None:
            problems.append(_out_of_place(state, at, *illegal))
            return None
    problems.append(_stopped(language, text, forgives.furthest))
    return None


def _out_of_place(state, at, draft, phrase) -> Problem:
    wrong = _slipped(draft)
    if wrong:
        return wrong[0]
    if phrase.roles & set("HWNUDK"):
        holder = f"quem está com isso é {state.holder.name}" if state.holder else "ninguém o tem"
        told = f"isto não pode acontecer agora: {holder}." + _STOPPED
        return Problem("dono", at, draft.end, told)
    if phrase.act.startswith("fim") and state.sentences < SHORTEST - 1:
        told = f"a história termina cedo demais: o mínimo são {SHORTEST} frases." + _STOPPED
        return Problem("história inacabada", at, draft.end, told)
    told = "a frase existe nesta língua, mas não cabe aqui." + _STOPPED
    return Problem("frase desconhecida", at, draft.end, told)


def _stopped(language: Language, text: str, furthest: int) -> Problem:
    start = furthest
    while start and text[start - 1 : start].isalnum() and text[start : start + 1].isalnum():
        start -= 1
    rest = text[start:]
    if len(_WORD.findall(rest)) <= 1 and not _SENTENCE_END.search(rest):
        told = "o texto acaba no meio de uma frase."
        return Problem("história inacabada", start, len(text), told)
    known = language.lexicon.vocabulary
    words = (m for m in _WORD.finditer(text, start) if m[0].lower() not in known)
    stop = _SENTENCE_END.search(text, start)
    limit = stop.end() if stop else len(text)
    unknown = next(words, None)
    if unknown is not None and unknown.start() < limit:
        told = f"“{unknown[0]}” não está no vocabulário." + _STOPPED
        return Problem("palavra desconhecida", unknown.start(), unknown.end(), told)
    told = "nenhuma frase desta língua continua assim." + _STOPPED
    return Problem("frase desconhecida", start, max(limit, start), told)


# ------------------------------------------------------------------ deslizes


class Slip(str):
    """Um trecho que está no texto, mas não devia: guarda o problema."""

    __slots__ = ("problem",)
    problem: Problem

    def __new__(cls, text: str, problem: Problem) -> Slip:
        """Marca o trecho, como está escrito, com o problema."""
        marked = super().__new__(cls, text)
        marked.problem = problem
        return marked


class Forgives(Reads):
    """Lê como `Reads`, mas também aceita deslizes conhecidos, cada um com sua multa.

    Parâmetros:
        people: toda pessoa possível, para reconhecer um nome no lugar de outro.
    """

    def __init__(self, text: str, state: State, people: tuple[Person, ...]) -> None:
        super().__init__(text)
        self.state = state
        self.names = {person.name: person for person in people if not person.article}
        self.furthest = 0

    def edges(self, fork: Fork, draft: Draft) -> list[Edge]:
        """Devolve os caminhos que o texto permite, com ou sem deslize."""
        at = draft.end
        self.furthest = max(self.furthest, at)
        found = []
        for edge in fork.edges:
            part = edge.part
            if part is None or part.is_slot or part.is_at(self.text, at):
                found.append(edge)
            elif (marked := self._inflected(part.text, at)) and _may_slip(draft):
                wrong = Part(part.kind, marked, part.initial)
                found.append(Edge(wrong, 0, edge.fork, edge.phrase, _PENALTY))
            else:
                self.furthest = max(self.furthest, at + _common(self.text, at, part.text))
        return found

    def options(self, choice: Choice, draft: Draft, part: Part) -> list[Option]:
        """Devolve as opções escritas nesta posição, e os deslizes que se reconhecem nela."""
        at = draft.end
        exact = choice.match(self.text, at)
        if not _may_slip(draft) or at >= len(self.text):
            return exact
        found = list(exact)
        seen = {option[0] for option in exact}
        fine = _THING_PENALTY if part.text[-1] in "OP" else _PENALTY
        for marked, value in self._slips(choice, at, part):
            if str(marked) not in seen:
                seen.add(str(marked))
                found.append((marked, value, fine))
        return found

    def _slips(self, choice: Choice, at: int, part: Part) -> Iterator[tuple[Slip, object]]:
        if part.text in _SLIPS:
            yield from _SLIPS[part.text](self, choice, at, part)
        if part.text not in FIRST_TIMES and part.text not in COPIES:
            yield from self._wrong_form(choice, at)

    def _inflected(self, expected: str, at: int) -> Slip | None:
        found = _read_like(self.text, at, expected)
        return _agreement(found, expected, at) if found else None

    def _wrong_form(self, choice: Choice, at: int) -> Iterator[tuple[Slip, object]]:
        for text, value, _ in choice.all():
            marked = self._inflected(text, at)
            if marked:
                yield marked, value

    def _wrong_person(self, choice, at, part) -> Iterator[tuple[Slip, object]]:
        expected = choice.all()
        intended = expected[0][1] if expected else None
        for text, person in self._people_at(at, part):
            end = at + len(text)
            if isinstance(person, str):
                told = f"“{text}” não tem antecedente claro aqui"
                if intended is not None:
                    told += f"; a frase fala de {intended.name}"
                someone = [p for p in self.state.people if p.gender == person]
                if intended is not None or someone:
                    problem = Problem("pronome", at, end, told + ".")
                    yield Slip(text, problem), intended or someone[0]
            else:
                kind, told = self._who_told(person, intended)
                yield Slip(text, Problem(kind, at, end, told)), intended or person

    def _who_told(self, person, intended) -> tuple[str, str]:
        if intended is not None and person.name == intended.name:
            return "repetição errada", f"o nome aparecia como “{intended.named()}”."
        if person.name not in {p.name for p in self.state.people}:
            return "dono", f"{person.name} não está na história."
        if intended is None:
            return "dono", f"{person.name} não pode fazer isso agora."
        return "dono", f"esperava {intended.name}, e veio {person.name}."

    def _people_at(self, at, part) -> Iterator[tuple[str, Person | str]]:
        preposition = part.text.split()[0] if " " in part.text else ""
        for gender in "mf":
            form = shaped(Person("", gender, False).pronoun(preposition), part.initial)
            if _written(self.text, at, form):
                yield form, gender
        for word in _WORD.finditer(self.text, at, at + 40):
            known = self.names.get(word[0])
            if known is None:
                continue
            for article in (False, True):
                person = Person(known.name, known.gender, article)
                text = shaped(person.named(preposition), part.initial)
                if _written(self.text, at, text):
                    yield text, person
            return

    def _wrong_group(self, choice, at, part) -> Iterator[tuple[Slip, object]]:
        for form in ("eles", "elas", "os dois", "as duas", "os três", "as três"):
            text = shaped(form, part.initial)
            if _written(self.text, at, text):
                told = f"“{text}” não serve para {' e '.join(p.name for p in self.state.people)}."
                kind = "pronome" if form[0] == "e" else "concordância"
                problem = Problem(kind, at, at + len(text), told)
                yield Slip(text, problem), choice.all()[0][1]

    def _wrong_copy(self, choice, at, part) -> Iterator[tuple[Slip, object]]:
        ((expected, value, _),) = choice.all()
        stop = _SENTENCE_END.search(self.text, at)
        end = stop.start() if stop else len(self.text)
        words = list(_WORD.finditer(self.text, at, end))[: len(_WORD.findall(expected))]
        ends = {end} | ({words[-1].end()} if words else set())
        for place in sorted(ends):
            found = self.text[at:place]
            if found and found != expected and len(found) < 4 * len(expected) + 20:
                told = f"antes era “{expected}”, e agora veio “{found}”."
                yield Slip(found, Problem("repetição errada", at, place, told)), value

    def _wrong_thing(self, choice, at, part) -> Iterator[tuple[Slip, object]]:
        ((expected, value, _),) = choice.all()
        found = _read_like(self.text, at, expected)
        if not found or found == expected:
            return
        (article, *_, noun), (right_article, *_, right) = found.split(), expected.split()
        if noun != right and (article == right_article or same_word(article, right_article)):
            told = f"a história falava de “{expected}”, e veio “{found}”."
            yield Slip(found, Problem("dono", at, at + len(found), told)), value


#: Lacuna → o deslize que se procura nela; fora das cópias, também se procura outra forma.
_SLIPS: dict[str, Callable] = {
    **dict.fromkeys(PEOPLE, Forgives._wrong_person),
    **dict.fromkeys((*COPIES, *WHERE, *PLACES), Forgives._wrong_copy),
    "G": Forgives._wrong_group,
    **dict.fromkeys(THINGS.keys() - {"O O"}, Forgives._wrong_thing),
}


def _may_slip(draft: Draft) -> bool:
    return draft.logp > _MOST_SLIPS * _PENALTY + _PENALTY / 2


def _agreement(found: str, expected: str, at: int) -> Slip | None:
    place = at
    first = None
    for one, other in zip(_TOKEN.findall(found), _TOKEN.findall(expected), strict=False):
        if one != other:
            if not same_word(one, other) or one[0].isupper() != other[0].isupper():
                return None
            first = first or (place, one, other)
        place += len(one)
    if first is None:
        return None
    start, one, other = first
    kind = "pronome" if one.lower() in PRONOUNS else "concordância"
    told = f"esperava “{other}”, e veio “{one}”."
    return Slip(found, Problem(kind, start, start + len(one), told))


def _read_like(text: str, at: int, expected: str) -> str:
    """Devolve o trecho com tantas palavras e sinais quantos há em `expected`, a partir de `at`."""
    end = at
    for token in _TOKEN.findall(expected):
        match = _TOKEN.match(text, end)
        if match is None or (token.isspace() != match[0].isspace()):
            return ""
        end = match.end()
    return text[at:end]


def _written(text: str, at: int, form: str) -> bool:
    return text.startswith(form, at) and not text[at + len(form) : at + len(form) + 1].isalnum()


def _common(text: str, at: int, expected: str) -> int:
    count = 0
    while count < len(expected) and text[at + count : at + count + 1] == expected[count]:
        count += 1
    return count
