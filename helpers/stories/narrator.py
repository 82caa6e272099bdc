"""Narração: uma só definição da língua, percorrida por quem sorteia e por quem lê.

`Language.acts` percorre as frases possíveis do próximo ato. Quem percorre diz, a cada escolha, que
opções segue: o sorteio (`Samples`) segue uma, a leitura (`Reads`) segue as que estão escritas.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple, Protocol, runtime_checkable

from helpers.stories.acts import OPENINGS, endings, family, possible
from helpers.stories.choices import Choice, Option
from helpers.stories.lexicon import Lexicon
from helpers.stories.phrases import NOTHING, Draft, Edge, Fork, Part, Phrase, parse, tree
from helpers.stories.slots import SLOTS
from helpers.stories.state import AFTER, ORDER, PERSON_ROLES, State

REMEMBERED = ("nome", "senha", "lista", "bicho", "segredo")


@runtime_checkable
class Chooser(Protocol):
    """Quem decide, a cada passo do rascunho, que caminhos e que opções seguir."""

    def edges(self, fork: Fork, draft: Draft) -> list[Edge]:
        """Devolve os caminhos a seguir a partir de uma bifurcação."""

    def options(self, choice: Choice, draft: Draft, part: Part) -> list[Option]:
        """Devolve as opções a seguir na lacuna `part`."""


class Samples:
    """Sorteia: segue um caminho e uma opção."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng

    def edges(self, fork: Fork, draft: Draft) -> list[Edge]:
        """Sorteia um caminho."""
        return [fork.draw(self.rng)]

    def options(self, choice: Choice, draft: Draft, part: Part) -> list[Option]:
        """Sorteia uma opção."""
        return [choice.draw(self.rng)]


class Reads:
    """Lê: segue o que está escrito no texto."""

    def __init__(self, text: str) -> None:
        self.text = text

    def edges(self, fork: Fork, draft: Draft) -> list[Edge]:
        """Devolve os caminhos que o texto permite."""
        return [
            edge
            for edge in fork.edges
            if edge.part is None or edge.part.is_slot or edge.part.is_at(self.text, draft.end)
        ]

    def options(self, choice: Choice, draft: Draft, part: Part) -> list[Option]:
        """Devolve as opções escritas nesta posição."""
        return choice.match(self.text, draft.end)


class Act(NamedTuple):
    """Um ato lido: o estado antes dele, o que foi preenchido e a frase."""

    before: State
    draft: Draft
    phrase: Phrase


class Language:
    """A língua: léxico, frases e atos, prontos para percorrer.

    Erros:
        ValueError: se uma frase do léxico tiver uma lacuna que `SLOTS` não conhece.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        sources = lexicon.raw["frases"].items()
        self.phrases = {act: [p for s in lines for p in parse(act, s)] for act, lines in sources}
        _require_known_slots(self.phrases)
        self._roles = {
            a: frozenset().union(*(p.roles for p in ps)) for a, ps in self.phrases.items()
        }
        self._tree = cache(self._make_tree)

    def next(self, state: State) -> Fork | None:
        """Devolve a árvore de frases que podem vir agora; None quando a história acabou."""
        weights = possible(state)
        if not weights:
            return None
        edges = self._branches(state, weights) or self._branches(state, endings(state))
        if not edges:
            raise ValueError(f"nenhum ato cabe depois de {state.last!r}; frases={state.sentences}.")
        return Fork(edges).weigh()

    def _branches(self, state: State, weights: list[tuple[str, int]]) -> list[Edge]:
        roles = state.roles()
        edges = []
        for act, weight in weights:
            needed = self._roles.get(act)
            if needed is None:
                continue
            fork = self._tree(act, needed & roles)
            if fork is not None:
                edges.append(Edge(NOTHING, weight, fork))
        return edges

    def _make_tree(self, act, roles) -> Fork | None:
        fitting = [phrase for phrase in self.phrases[act] if phrase.roles <= roles]
        return tree(fitting) if fitting else None

    def any_act(self, state: State) -> Fork:
        """Devolve a árvore de todas as frases que falam do que existe, caibam agora ou não.

        Serve para explicar o erro de quem empresta o que não tem.
        """
        known = [p for lines in self.phrases.values() for p in lines if _speakable(p, state)]
        roles = state.roles() | (set(PERSON_ROLES) - set(ORDER))
        return tree([phrase for phrase in known if phrase.roles <= roles])

    def acts(
        self, state: State, chooser: Chooser, start: int, root: Fork | None = None
    ) -> Iterator[tuple[Draft, Phrase]]:
        """Percorre o próximo ato e devolve cada forma aceita de dizê-lo; o estado não muda.

        Parâmetros:
            start: a posição do texto em que o ato começa.
            root: a árvore a percorrer; sem ela, a das frases que podem vir agora.
        """
        # Muitos atos começam pela mesma pessoa: não é preciso lê-la de novo.
        first: dict[Part, tuple[str, list[Option]]] = {}
        stack = [(root or self.next(state), Draft(start))]
        while stack:
            fork, draft = stack.pop()
            for edge in chooser.edges(fork, draft):
                part = edge.part
                if part is None:
                    yield draft.weighed(edge.logp), edge.phrase
                elif part is NOTHING:
                    stack.append((edge.fork, draft.weighed(edge.logp)))
                elif not part.is_slot:
                    stack.append((edge.fork, draft.written(part, edge.logp)))
                else:
                    key, options = self._options(state, chooser, draft, part, first)
                    for option in options:
                        stack.append((edge.fork, draft.filled(part, key, option, edge.logp)))

    def _options(self, state, chooser, draft, part, first):
        if draft.last is None and part in first:
            return first[part]
        key, choice = SLOTS[part.text](self.lexicon, state, draft, part.initial)
        found = key, chooser.options(choice, draft, part)
        if draft.last is None:
            first[part] = found
        return found


def _require_known_slots(phrases):
    for act, lines in phrases.items():
        for part in (part for phrase in lines for part in phrase.parts if part.is_slot):
            if part.text not in SLOTS:
                raise ValueError(
                    f"a frase de {act!r} tem a lacuna {{{part.text}}}, que ninguém preenche; "
                    "ponha-a em SLOTS, em helpers/stories/slots.py"
                )


def _speakable(phrase: Phrase, state: State) -> bool:
    if phrase.act in OPENINGS:
        return False
    slots = [part.text for part in phrase.parts if part.is_slot]
    told = {slot[1:] for slot in slots if slot[0] == "+"}
    needed = {slot[1:] for slot in slots if slot[0] == "="} - told
    needed |= {"onde"} if {"onde", "Onde"} & set(slots) else set()
    needed |= {"bicho"} if any("bicho" in slot for slot in slots) else set()
    needed |= {"segredo"} if any("segredo" in slot for slot in slots) else set()
    newcomers = [slot.split()[-1][0] for slot in slots if slot.split()[-1][1:] == "+"]
    free = all(len(state.people) == "ABC".find(role) for role in newcomers if role in "ABC")
    return free and needed <= set(state.memory)


def commit(state: State, draft: Draft, phrase: Phrase) -> None:
    """Põe no estado, que muda, o que o ato disse."""
    bound = draft.bound
    for role in ORDER:
        person = bound.get(role)
        if person is not None and person not in state.people:
            state.people.append(person)
    state.thing = bound.get("O") or state.thing
    state.second = bound.get("P") or state.second
    state.place = bound.get("L") or state.place
    state.memory |= {key: bound[key] for key in REMEMBERED if key in bound}
    if phrase.act in AFTER:
        AFTER[phrase.act](state, bound)
    state.sentences += phrase.sentences
    state.last = phrase.act
    state.done = state.done | {phrase.act, family(phrase.act)}
