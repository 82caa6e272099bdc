"""Frases: de "{H} <deu> {o O} {para N}." a uma árvore de começos comuns, que se percorre.

Uma frase são pedaços (`Part`): texto fixo, verbo ou lacuna. Frases que começam igual seguem juntas
até onde diferem: cada ponto da árvore é uma bifurcação (`Fork`), com um caminho (`Edge`) por pedaço
possível. O que já se percorreu de um ato é um rascunho (`Draft`).
"""

from __future__ import annotations

import math
import random
import re
from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, NamedTuple

from helpers.stories.choices import Option, below, ends_word
from helpers.stories.lexicon import Person

_PIECE = re.compile(r"\{([^}]+)\}|<([^>]+)>|(\s*[^\s{<]+\s*|\s+)")
_WEIGHT = re.compile(r"(?:(\d+)\* ?)?([~^]?)(.*)", re.DOTALL)
_STARTS_SENTENCE = re.compile(r'(?:^|[.!?]"? |: ")$|(?:^|[.!?] )"$')
_SENTENCE_END = re.compile(r'[.!?]"?(?=\s|$)')
ROLES = tuple("ABCXYHWNUDKGOPL")
NEW = ("um ", "o+ ")
OPENERS = {"~": "conectivo", "^": "tempo"}


@dataclass(frozen=True)
class Part:
    """Um pedaço de frase: texto fixo, verbo ou lacuna a preencher (`"slot"`)."""

    kind: str
    text: str
    initial: bool = False

    @property
    def is_slot(self) -> bool:
        """Diz se o texto do pedaço depende da história."""
        return self.kind == "slot"

    def is_at(self, text: str, at: int) -> bool:
        """Diz se o pedaço fixo está no texto a partir de `at`, com a última palavra inteira."""
        if not text.startswith(self.text, at):
            return False
        return not self.text[-1:].isalnum() or ends_word(text, at + len(self.text))


#: O pedaço que não escreve nada.
NOTHING = Part("text", "")


@dataclass(frozen=True)
class Phrase:
    """Uma frase de um ato: pedaços, peso, quantas frases gramaticais tem e quem ela exige."""

    act: str
    parts: tuple[Part, ...]
    weight: int
    sentences: int
    roles: frozenset[str]


def parse(act: str, source: str) -> list[Phrase]:
    """Devolve a frase do léxico e, se ela aceita conectivo ou tempo, também a versão com ele."""
    weight, opener, body = _WEIGHT.fullmatch(source).groups()
    base = int(weight or 1)
    if not opener:
        return [_phrase(act, body, 4 * base, "")]
    return [_phrase(act, body, 3 * base, ""), _phrase(act, body, base, opener)]


def _phrase(act: str, body: str, weight: int, opener: str) -> Phrase:
    parts, before = [], ""
    if opener:
        parts = [Part("slot", OPENERS[opener], True), Part("text", ", ")]
        before = ", "
    for slot, verb, text in _PIECE.findall(body):
        initial = bool(_STARTS_SENTENCE.search(before))
        kind = "slot" if slot else "verb" if verb else "text"
        parts.append(Part(kind, slot or verb or text, initial))
        before += "x" if slot else verb or text
    slots = [part.text for part in parts if part.is_slot]
    roles = frozenset(map(role_needed, slots)) - set(map(role_told, slots)) - {""}
    return Phrase(act, tuple(parts), weight, count_sentences(before), roles)


def count_sentences(text: str) -> int:
    """Conta as frases de um texto, pelos sinais que as terminam."""
    return len(_SENTENCE_END.findall(text))


def role_needed(slot: str) -> str:
    """Diz que papel precisa existir para a lacuna ter o que dizer; quem apresenta não exige."""
    last = slot.split()[-1].rstrip("!")
    return last if last in ROLES and not slot.startswith(NEW) else ""


def role_told(slot: str) -> str:
    """Diz que papel a lacuna apresenta: `um coisa` apresenta o objeto, `B+` a segunda pessoa."""
    last = slot.split()[-1]
    if slot.startswith(NEW):
        return "P" if last == "P" else "O"
    return last[0] if last[1:] in ("+", "=") else ""


# ------------------------------------------------------------------ árvore


@dataclass
class Edge:
    """Um caminho possível: o pedaço e o que vem depois; sem pedaço, a frase acabou."""

    part: Part | None
    weight: int
    fork: Fork | None
    phrase: Phrase | None = None
    logp: float = 0.0


@dataclass
class Fork:
    """Um ponto da árvore, com os caminhos que saem dele."""

    edges: list[Edge] = field(default_factory=list)
    bounds: list[int] = field(default_factory=list)

    def draw(self, rng: random.Random) -> Edge:
        """Sorteia um caminho."""
        if len(self.edges) == 1:
            return self.edges[0]
        return self.edges[bisect_right(self.bounds, below(rng, self.bounds[-1]))]

    def finish(self) -> Fork:
        """Põe a árvore em ordem fixa, junta textos seguidos e calcula as probabilidades."""
        for edge in self.edges:
            if edge.fork is not None:
                edge.fork.finish()
                _merge_text(edge)
        return self.weigh()

    def weigh(self) -> Fork:
        """Calcula as probabilidades dos caminhos a partir dos pesos."""
        self.bounds = list(accumulate(edge.weight for edge in self.edges))
        total = self.bounds[-1]
        for edge in self.edges:
            edge.logp = math.log(edge.weight / total)
        return self


def _merge_text(edge: Edge) -> None:
    following = edge.fork.edges if edge.fork else []
    if len(following) != 1 or following[0].part is None or edge.part is None:
        return
    after = following[0]
    if edge.part.kind == after.part.kind == "text":
        edge.part = Part("text", edge.part.text + after.part.text, edge.part.initial)
        edge.fork = after.fork


def tree(phrases: list[Phrase]) -> Fork:
    """Junta as frases possíveis numa árvore de começos comuns."""
    root = Fork()
    for phrase in phrases:
        fork = root
        for part in phrase.parts:
            fork = _follow(fork, part, phrase.weight)
        fork.edges.append(Edge(None, phrase.weight, None, phrase))
    return root.finish()


def _follow(fork: Fork, part: Part, weight: int) -> Fork:
    for edge in fork.edges:
        if edge.part == part:
            edge.weight += weight
            return edge.fork
    edge = Edge(part, weight, Fork())
    fork.edges.append(edge)
    return edge.fork


# ------------------------------------------------------------------ rascunho


class Said(NamedTuple):
    """Um pedaço já escrito, ligado ao anterior: o texto, o que ele quer dizer e onde começa."""

    before: Said | None
    part: Part
    text: str
    value: Any
    at: int

    @property
    def span(self) -> tuple[int, int]:
        """Devolve onde o pedaço começa e onde acaba."""
        return self.at, self.at + len(self.text)

    @property
    def problem(self) -> Any:
        """Devolve o problema que a leitura marcou neste pedaço, ou None."""
        return getattr(self.text, "problem", None)


class Draft(NamedTuple):
    """O ato em andamento: até onde vai o texto, o log da probabilidade e o que já se preencheu.

    `bound` diz o que cada lacuna disse; `people`, quem já foi citado neste ato; `last` é o último
    pedaço. Nada muda no lugar: quem lê volta atrás e tenta outro caminho.
    """

    end: int
    logp: float = 0.0
    bound: dict[str, Any] = {}  # noqa: RUF012 — nunca muda no lugar
    people: tuple[Person, ...] = ()
    last: Said | None = None

    def weighed(self, logp: float) -> Draft:
        """Devolve o rascunho com `logp` nats a mais no log da probabilidade, e nenhum texto."""
        return self._replace(logp=self.logp + logp)

    def written(self, part: Part, logp: float) -> Draft:
        """Devolve o rascunho com um pedaço fixo a mais; `logp` é o do caminho, em nats."""
        piece = Said(self.last, part, part.text, None, self.end)
        end = self.end + len(part.text)
        return Draft(end, self.logp + logp, self.bound, self.people, piece)

    def filled(self, part: Part, key: str, option: Option, logp: float) -> Draft:
        """Devolve o rascunho com uma lacuna preenchida; `logp` é o do caminho, em nats."""
        text, value, more = option
        people = self.people
        if isinstance(value, Person):
            people = (*people, value)
        elif key == "G":
            people = (*people, *value)
        piece = Said(self.last, part, text, value, self.end)
        end = self.end + len(text)
        return Draft(end, self.logp + logp + more, {**self.bound, key: value}, people, piece)

    def pieces(self) -> list[Said]:
        """Devolve os pedaços, na ordem do texto."""
        found, piece = [], self.last
        while piece is not None:
            found.append(piece)
            piece = piece.before
        return found[::-1]

    def text(self) -> str:
        """Devolve o texto do ato."""
        return "".join(piece.text for piece in self.pieces())
