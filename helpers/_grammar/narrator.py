"""Narração: uma só definição da língua, percorrida por quem sorteia, por quem lê e por quem lista.

`acts` percorre as frases possíveis do próximo ato. Quem percorre diz, a cada escolha, quais opções
aceita: o sorteio aceita uma, a leitura aceita as que estão escritas, a lista aceita todas.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, cached_property
from typing import Any

from helpers._grammar.acts import endings, family, possible
from helpers._grammar.choosers import Chooser
from helpers._grammar.draft import Draft
from helpers._grammar.effects import AFTER
from helpers._grammar.lexicon import Lexicon, Person, vocabulary
from helpers._grammar.phrases import Edge, Node, Phrase, Symbol, parse, tree
from helpers._grammar.slots import COPIED, Slots
from helpers._grammar.state import ORDER, PERSON_ROLES, Story
from helpers._grammar.weights import OPENINGS

REMEMBERED = ("nome", "senha", "lista", "bicho", "segredo")
NOTHING = Symbol("text", "")


class Language:
    """A língua: léxico, frases e atos, prontos para percorrer."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self.slots = Slots(lexicon)
        sources = lexicon.raw["frases"].items()
        self.phrases = {act: [p for s in lines for p in parse(act, s)] for act, lines in sources}
        self._roles = {
            a: frozenset().union(*(p.roles for p in ps)) for a, ps in self.phrases.items()
        }
        self._tree = cache(self._make_tree)

    def next(self, story: Story) -> Node | None:
        """Devolve a árvore de frases que podem vir agora; None quando a história acabou.

        Parâmetros:
            story: o estado.
        """
        weights = possible(story)
        if not weights:
            return None
        edges = self._branches(story, weights) or self._branches(story, endings(story))
        if not edges:
            raise ValueError(f"nenhum ato cabe depois de {story.last!r}; frases={story.sentences}.")
        return Node(edges).weigh()

    def _branches(self, story: Story, weights: list[tuple[str, int]]) -> list[Edge]:
        roles = story.roles()
        edges = []
        for act, weight in weights:
            needed = self._roles.get(act)
            if needed is None:
                continue
            node = self._tree(act, needed & roles)
            if node is not None:
                edges.append(Edge(NOTHING, weight, node))
        return edges

    def _make_tree(self, act, roles) -> Node | None:
        fitting = [(p, p.weight) for p in self.phrases[act] if p.roles <= roles]
        return tree(fitting) if fitting else None

    def knows(self, word: str) -> bool:
        """Diz se a palavra existe nesta língua, em qualquer flexão usada.

        Parâmetros:
            word: uma palavra, com ou sem maiúscula.
        """
        return word.lower() in self.vocabulary

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """Todas as palavras da língua, em minúsculas; as inventadas não contam."""
        return vocabulary(self.lexicon)

    def any_act(self, story: Story) -> Node:
        """Devolve a árvore de todas as frases que falam do que existe, caibam agora ou não.

        Serve para explicar o erro de quem empresta o que não tem.

        Parâmetros:
            story: o estado.
        """
        people = set(PERSON_ROLES) - set(ORDER)
        known = [p for lines in self.phrases.values() for p in lines if self._speakable(p, story)]
        roles = story.roles() | people
        return tree([(p, p.weight) for p in known if p.roles <= roles])

    def _speakable(self, phrase: Phrase, story: Story) -> bool:
        if phrase.act in OPENINGS:
            return False
        slots = [symbol.text for symbol in phrase.symbols if symbol.is_slot]
        told = {slot[1:] for slot in slots if slot[0] == "+"}
        needed = {slot[1:] for slot in slots if slot[0] == "="} - told
        needed |= {"onde"} if {"onde", "Onde"} & set(slots) else set()
        needed |= {"bicho"} if any("bicho" in slot for slot in slots) else set()
        needed |= {"segredo"} if any("segredo" in slot for slot in slots) else set()
        newcomers = [slot.split()[-1][0] for slot in slots if slot.split()[-1][1:] == "+"]
        free = all(len(story.people) == "ABC".find(role) for role in newcomers if role in "ABC")
        return free and needed <= set(story.memory)

    def acts(
        self, story: Story, chooser: Chooser, start: int, root: Node | None = None
    ) -> Iterator[tuple[Draft, Phrase]]:
        """Percorre o próximo ato e devolve cada forma aceita de dizê-lo.

        Parâmetros:
            story: o estado; não muda.
            chooser: quem decide o que seguir.
            start: a posição em que o ato começa.
            root: a árvore a percorrer; sem ela, a das frases que podem vir agora.
        """
        root = root or self.next(story)
        fill = self.slots.fill
        first: dict[Symbol, Any] = {}
        stack = [(root, Draft(start, 0.0, {}, (), None))]
        while stack:
            node, draft = stack.pop()
            for edge in chooser.edges(node, draft):
                symbol = edge.symbol
                logp = draft.logp + edge.logp
                if symbol is None:
                    done = Draft(draft.end, logp, draft.bound, draft.said, draft.piece)
                    yield done, edge.phrase
                    continue
                if symbol is NOTHING:
                    same = Draft(start, logp, draft.bound, draft.said, None)
                    stack.append((edge.node, same))
                    continue
                if not symbol.is_slot:
                    piece = (draft.piece, symbol, symbol.text, None, draft.end)
                    end = draft.end + len(symbol.text)
                    stack.append((edge.node, Draft(end, logp, draft.bound, draft.said, piece)))
                    continue
                if draft.piece is None and symbol in first:
                    # Muitos atos começam pela mesma pessoa: não é preciso lê-la de novo.
                    key, options = first[symbol]
                else:
                    key, choice = fill(symbol.text, symbol.initial)(story, draft)
                    options = chooser.options(choice, draft, symbol)
                    if draft.piece is None:
                        first[symbol] = key, options
                for text, value, more in options:
                    bound = {**draft.bound, key: value if value is not None else text}
                    said = draft.said
                    if isinstance(value, Person):
                        said = (*said, value)
                    elif key == "G":
                        said = (*said, *value)
                    if key in COPIED:
                        bound[key] = value if isinstance(value, str) else text
                    piece = (draft.piece, symbol, text, value, draft.end)
                    following = Draft(draft.end + len(text), logp + more, bound, said, piece)
                    stack.append((edge.node, following))


def commit(story: Story, draft: Draft, phrase: Phrase) -> None:
    """Põe no estado o que o ato disse.

    Parâmetros:
        story: o estado; muda.
        draft: o ato percorrido.
        phrase: a frase que o ato usou.
    """
    bound = draft.bound
    people = story.people
    for role in "ABC":
        person = bound.get(role)
        if person is not None and person not in people:
            people.append(person)
    if bound.get("O") is not None:
        story.thing = bound["O"]
    if bound.get("P") is not None:
        story.second = bound["P"]
    if "L" in bound:
        story.place = bound["L"]
    for key in REMEMBERED:
        if key in bound:
            story.memory[key] = bound[key]
    if phrase.act in AFTER:
        AFTER[phrase.act](story, bound)
    story.sentences += phrase.sentences
    story.last = phrase.act
    story.done = story.done | {phrase.act, family(phrase.act)}


def text_of(draft: Draft) -> str:
    """Devolve o texto do ato.

    Parâmetros:
        draft: o ato percorrido.
    """
    parts = []
    piece = draft.piece
    while piece is not None:
        parts.append(piece[2])
        piece = piece[0]
    return "".join(reversed(parts))
