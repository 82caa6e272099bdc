"""Frases: de "{H} <deu> {o O} {para N}." a uma árvore de prefixos comuns, que se percorre."""

from __future__ import annotations

import math
import random
import re
from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import accumulate

from helpers._grammar.choices import below, ends_word

_PART = re.compile(r"\{([^}]+)\}|<([^>]+)>|(\s*[^\s{<]+\s*|\s+)")
_WEIGHT = re.compile(r"(?:(\d+)\* ?)?([~^]?)(.*)", re.DOTALL)
_STARTS_SENTENCE = re.compile(r'(?:^|[.!?]"? |: ")$|(?:^|[.!?] )"$')
_SENTENCE_END = re.compile(r'[.!?]"?(?=\s|$)')
ROLES = tuple("ABCXYHWNUDKGOPL")
NEW = ("um ", "o+ ")
OPENERS = {"~": "conectivo", "^": "tempo"}


@dataclass(frozen=True)
class Symbol:
    """Um pedaço de frase: texto fixo, verbo ou lacuna a preencher."""

    kind: str
    text: str
    initial: bool = False

    @property
    def is_slot(self) -> bool:
        """Diz se o texto do pedaço depende da história."""
        return self.kind == "slot"

    def is_at(self, text: str, at: int) -> bool:
        """Diz se o pedaço fixo está escrito nesta posição, com a última palavra inteira.

        Parâmetros:
            text: o texto que se lê.
            at: onde a leitura está.
        """
        if not text.startswith(self.text, at):
            return False
        return not self.text[-1:].isalnum() or ends_word(text, at + len(self.text))


@dataclass(frozen=True)
class Phrase:
    """Uma frase de um ato: pedaços, peso, quantas frases gramaticais tem e quem ela exige."""

    act: str
    symbols: tuple[Symbol, ...]
    weight: int
    sentences: int
    roles: frozenset[str]


def parse(act: str, source: str) -> list[Phrase]:
    """Devolve a frase e, se ela aceita conectivo ou tempo, também a versão com ele.

    Parâmetros:
        act: nome do ato a que a frase pertence.
        source: a frase como está no léxico.
    """
    weight, opener, body = _WEIGHT.fullmatch(source).groups()
    base = int(weight or 1)
    if not opener:
        return [_phrase(act, body, 4 * base, "")]
    return [_phrase(act, body, 3 * base, ""), _phrase(act, body, base, opener)]


def _phrase(act: str, body: str, weight: int, opener: str) -> Phrase:
    symbols, before = [], ""
    if opener:
        symbols = [Symbol("slot", OPENERS[opener], True), Symbol("text", ", ")]
        before = ", "
    for slot, verb, text in _PART.findall(body):
        initial = bool(_STARTS_SENTENCE.search(before))
        kind = "slot" if slot else "verb" if verb else "text"
        symbols.append(Symbol(kind, slot or verb or text, initial))
        before += "x" if slot else verb or text
    slots = [symbol.text for symbol in symbols if symbol.is_slot]
    roles = frozenset(map(role_needed, slots)) - set(map(role_told, slots)) - {""}
    count = count_sentences(before)
    return Phrase(act, tuple(symbols), weight, count, roles)


def count_sentences(text: str) -> int:
    """Conta as frases de um texto, pelos sinais que as terminam.

    Parâmetros:
        text: um texto.
    """
    return len(_SENTENCE_END.findall(text))


def role_needed(slot: str) -> str:
    """Diz que papel precisa existir na história para a lacuna ter o que dizer.

    Parâmetros:
        slot: o texto da lacuna, como `para N`; lacunas que apresentam não exigem nada.
    """
    last = slot.split()[-1].rstrip("!")
    return last if last in ROLES and not slot.startswith(NEW) else ""


def role_told(slot: str) -> str:
    """Diz que papel a lacuna apresenta: `um coisa` apresenta o objeto, `B+` a segunda pessoa.

    Parâmetros:
        slot: o texto da lacuna.
    """
    last = slot.split()[-1]
    if slot.startswith(NEW):
        return "P" if last == "P" else "O"
    return last[0] if last[1:] in ("+", "=") else ""


@dataclass
class Edge:
    """Um caminho possível: o pedaço e o que vem depois; sem pedaço, a frase acabou."""

    symbol: Symbol | None
    weight: int
    node: Node | None
    phrase: Phrase | None = None
    logp: float = 0.0


@dataclass
class Node:
    """Um ponto da árvore, com os caminhos que saem dele."""

    edges: list[Edge] = field(default_factory=list)
    bounds: list[int] = field(default_factory=list)

    def draw(self, rng: random.Random) -> Edge:
        """Sorteia um caminho.

        Parâmetros:
            rng: fonte do acaso.
        """
        if len(self.edges) == 1:
            return self.edges[0]
        return self.edges[bisect_right(self.bounds, below(rng, self.bounds[-1]))]

    def finish(self) -> Node:
        """Põe a árvore em ordem fixa, junta textos seguidos e calcula as probabilidades."""
        for edge in self.edges:
            if edge.node is not None:
                edge.node.finish()
                _merge_text(edge)
        return self.weigh()

    def weigh(self) -> Node:
        """Calcula as probabilidades dos caminhos a partir dos pesos."""
        self.bounds = list(accumulate(edge.weight for edge in self.edges))
        total = self.bounds[-1]
        for edge in self.edges:
            edge.logp = math.log(edge.weight / total)
        return self


def _merge_text(edge: Edge) -> None:
    following = edge.node.edges if edge.node else []
    if len(following) != 1 or following[0].symbol is None or edge.symbol is None:
        return
    after = following[0]
    if edge.symbol.kind == after.symbol.kind == "text":
        edge.symbol = Symbol("text", edge.symbol.text + after.symbol.text, edge.symbol.initial)
        edge.node = after.node


def tree(weighted: list[tuple[Phrase, int]]) -> Node:
    """Junta as frases possíveis numa árvore de prefixos comuns.

    Parâmetros:
        weighted: pares (frase, peso inteiro positivo).
    """
    root = Node()
    for phrase, weight in weighted:
        node = root
        for symbol in phrase.symbols:
            node = _follow(node, symbol, weight)
        node.edges.append(Edge(None, weight, None, phrase))
    return root.finish()


def _follow(node: Node, symbol: Symbol, weight: int) -> Node:
    for edge in node.edges:
        if edge.symbol == symbol:
            edge.weight += weight
            return edge.node
    edge = Edge(symbol, weight, Node())
    node.edges.append(edge)
    return edge.node
