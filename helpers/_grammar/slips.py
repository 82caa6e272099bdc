"""Deslizes: lê aceitando erros que se entendem, e dá nome a cada um."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from helpers._grammar.choices import Option, Table
from helpers._grammar.draft import Choice, Draft
from helpers._grammar.inflection import PRONOUNS, same_word
from helpers._grammar.lexicon import Person
from helpers._grammar.phrases import Edge, Node, Symbol
from helpers._grammar.state import PERSON_ROLES, Story
from helpers._grammar.words import named, pronoun, shaped

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
_PENALTY = -1000.0
_MOST_SLIPS = 2
_PREPOSITIONS = ("para", "com", "de", "a")
_ROW_END = re.compile(r'[.?!"]')


@dataclass(frozen=True)
class Problem:
    """Um erro no texto: o tipo, onde está e o que há de errado."""

    kind: str
    start: int
    end: int
    message: str


class Slip(str):
    """Um trecho que está no texto, mas não devia: guarda o problema."""

    problem: Problem
    __slots__ = ("problem",)


def slip(text: str, problem: Problem) -> Slip:
    """Devolve o trecho marcado com o problema.

    Parâmetros:
        text: o trecho como está escrito.
        problem: o que há de errado nele.
    """
    marked = Slip(text)
    marked.problem = problem
    return marked


class Forgiver:
    """Lê como o `Reader`, mas também aceita deslizes conhecidos, cada um com sua multa."""

    def __init__(self, text: str, story: Story, people: tuple[Person, ...]) -> None:
        self.text, self.story = text, story
        self.names = {person.name: person for person in people if not person.article}
        self.furthest = 0

    def edges(self, node: Node, draft: Draft) -> list[Edge]:
        """Devolve os caminhos que o texto permite, com ou sem deslize.

        Parâmetros:
            node: o ponto da árvore de frases.
            draft: o ato até aqui.
        """
        at = draft.end
        self.furthest = max(self.furthest, at)
        found = []
        for edge in node.edges:
            symbol = edge.symbol
            if symbol is None or symbol.is_slot or symbol.is_at(self.text, at):
                found.append(edge)
            elif (marked := self._inflected(symbol.text, at)) and self._may_slip(draft):
                wrong = Symbol(symbol.kind, marked, symbol.initial)
                found.append(Edge(wrong, 0, edge.node, edge.phrase, _PENALTY))
            elif not symbol.is_slot:
                self.furthest = max(self.furthest, at + _common(self.text, at, symbol.text))
        return found

    def options(self, choice: Choice, draft: Draft, symbol: Symbol) -> list[Option]:
        """Devolve as opções escritas nesta posição, e os deslizes que se reconhecem nela.

        Parâmetros:
            choice: a escolha.
            draft: o ato até aqui.
            symbol: a lacuna que a escolha preenche.
        """
        at = draft.end
        exact = choice.match(self.text, at)
        if not self._may_slip(draft) or at >= len(self.text):
            return exact
        found = list(exact)
        seen = {option[0] for option in exact}
        for marked, value in self._slips(choice, at, symbol):
            if str(marked) not in seen:
                seen.add(str(marked))
                found.append((marked, value, self._fine(spec=symbol.text)))
        return found

    def _fine(self, spec: str) -> float:
        # Entre trocar o objeto e trocar a pessoa, a pessoa é o erro mais provável.
        return _PENALTY - 200 if spec[-1:] in "OP" else _PENALTY

    def _may_slip(self, draft: Draft) -> bool:
        return draft.logp > _MOST_SLIPS * _PENALTY + _PENALTY / 2

    def _slips(self, choice: Choice, at: int, symbol: Symbol) -> Iterator[tuple[Slip, object]]:
        spec = symbol.text
        role = spec.split()[-1].rstrip("!")
        new = spec[-1] in "+=" or spec[0] == "+"
        if role in tuple(PERSON_ROLES) and not new and _is_person(spec):
            yield from self._wrong_person(choice, at, symbol)
        elif spec[0] == "=" or spec in ("onde", "Onde", "no L", "O L"):
            yield from self._wrong_copy(choice, at, spec)
        elif spec == "G":
            yield from self._wrong_group(choice, at, symbol)
        elif spec in ("o O", "do O", "pelo O", "o P", "pelo P", "do P"):
            yield from self._wrong_thing(choice, at)
        if spec[0] not in "+=":
            yield from self._wrong_form(choice, at)

    # -------------------------------------------------------------- os deslizes

    def _inflected(self, expected: str, at: int) -> Slip | None:
        found = _read_like(self.text, at, expected)
        return self._agreement(found, expected, at) if found else None

    def _agreement(self, found: str, expected: str, at: int) -> Slip | None:
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
        return slip(found, Problem(kind, start, start + len(one), told))

    def _wrong_form(self, choice: Choice, at: int) -> Iterator[tuple[Slip, object]]:
        if not hasattr(choice, "all") or not isinstance(choice.all(), list):
            return
        for text, value, _ in _candidates(choice):
            found = _read_like(self.text, at, text)
            marked = self._agreement(found, text, at) if found else None
            if marked:
                yield marked, value

    def _wrong_person(self, choice, at, symbol) -> Iterator[tuple[Slip, object]]:
        expected = choice.all()
        intended = expected[0][1] if expected else None
        for text, person in self._people_at(at, symbol):
            end = at + len(text)
            if isinstance(person, str):
                told = f"“{text}” não tem antecedente claro aqui"
                if intended is not None:
                    told += f"; a frase fala de {intended.name}"
                someone = [p for p in self.story.people if p.gender == person]
                if intended is not None or someone:
                    problem = Problem("pronome", at, end, told + ".")
                    yield slip(text, problem), intended or someone[0]
            else:
                told = self._who_told(text, person, intended)
                value = intended or person
                yield slip(text, Problem(told[0], at, end, told[1])), value

    def _who_told(self, text, person, intended) -> tuple[str, str]:
        if intended is not None and person.name == intended.name:
            return "repetição errada", f"o nome aparecia como “{named(intended)}”."
        if person.name not in {p.name for p in self.story.people}:
            return "dono", f"{person.name} não está na história."
        if intended is None:
            return "dono", f"{person.name} não pode fazer isso agora."
        return "dono", f"esperava {intended.name}, e veio {person.name}."

    def _people_at(self, at, symbol) -> Iterator[tuple[str, Person | str]]:
        head = symbol.text.split()[0].lower() if " " in symbol.text else ""
        head = head if head in _PREPOSITIONS else ""
        initial = symbol.initial or symbol.text[0] == "C"
        for gender in "mf":
            form = shaped(pronoun(Person("", gender, False), head), initial)
            if _written(self.text, at, form):
                yield form, gender
        for word in _WORD.finditer(self.text, at, at + 40):
            known = self.names.get(word[0])
            if known is None:
                continue
            for article in (False, True):
                person = Person(known.name, known.gender, article)
                text = shaped(named(person, head), initial)
                if _written(self.text, at, text):
                    yield text, person
            return

    def _wrong_group(self, choice, at, symbol) -> Iterator[tuple[Slip, object]]:
        for form in ("eles", "elas", "os dois", "as duas", "os três", "as três"):
            text = shaped(form, symbol.initial)
            if _written(self.text, at, text):
                told = f"“{text}” não serve para {' e '.join(p.name for p in self.story.people)}."
                kind = "pronome" if form[0] == "e" else "concordância"
                problem = Problem(kind, at, at + len(text), told)
                yield slip(text, problem), choice.all()[0][1]

    def _wrong_copy(self, choice, at, spec) -> Iterator[tuple[Slip, object]]:
        ((expected, value, _),) = choice.all()
        stop = _ROW_END.search(self.text, at)
        end = stop.start() if stop else len(self.text)
        words = list(_WORD.finditer(self.text, at, end))[: len(_WORD.findall(expected))]
        ends = {end} | ({words[-1].end()} if words else set())
        for place in sorted(ends):
            found = self.text[at:place]
            if found and found != expected and len(found) < 4 * len(expected) + 20:
                told = f"antes era “{expected}”, e agora veio “{found}”."
                yield slip(found, Problem("repetição errada", at, place, told)), value

    def _wrong_thing(self, choice, at) -> Iterator[tuple[Slip, object]]:
        ((expected, value, _),) = choice.all()
        found = _read_like(self.text, at, expected)
        if not found or found == expected:
            return
        noun, right = found.split()[-1], expected.split()[-1]
        if noun != right and self._article_only(found, expected):
            told = f"a história falava de “{expected}”, e veio “{found}”."
            yield slip(found, Problem("dono", at, at + len(found), told)), value

    def _article_only(self, found: str, expected: str) -> bool:
        one, other = found.split()[0], expected.split()[0]
        return one == other or same_word(one, other)


def _is_person(spec: str) -> bool:
    head = spec.split()[0].lower()
    return " " not in spec or head in _PREPOSITIONS or head == "com"


def _candidates(choice: Choice) -> list[Option]:
    return choice.all() if isinstance(choice, Table) or hasattr(choice, "table") else []


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
