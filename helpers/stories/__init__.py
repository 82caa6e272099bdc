"""Gramática de histórias curtas em português, com probabilidade exata.

Uma história é uma sequência de atos. A cada ato, o estado (quem está na história, quem está com o
quê) diz que frases podem vir e com que peso. Sortear, pontuar, conferir e listar percorrem a mesma
definição: `helpers/stories/narrator.py`. As palavras e as frases estão em `data/lexico.toml`.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from helpers.stories.lexicon import Lexicon
from helpers.stories.narrator import Language, Reads, Samples, commit
from helpers.stories.phrases import count_sentences
from helpers.stories.reading import KINDS, Problem, read
from helpers.stories.relations import RELATIONS, Relation, relations
from helpers.stories.state import State


@dataclass(frozen=True)
class Story:
    """Uma história sorteada: o texto, o log exato da probabilidade, em nats, e o que é verdade."""

    text: str
    log_prob: float
    acts: tuple[str, ...]
    facts: dict[str, Any]


class Grammar:
    """A gramática: sorteia histórias, dá a probabilidade exata, confere e aponta as relações.

    Exemplo:
        >>> grammar = Grammar.load()
        >>> story = grammar.sample(random.Random(7))
        >>> math.isclose(grammar.log_prob(story.text), story.log_prob)
        True
        >>> grammar.check(story.text)
        []
    """

    def __init__(self, lexicon: Lexicon) -> None:
        self.language = Language(lexicon)

    @classmethod
    def load(cls) -> Grammar:
        """Lê o léxico de `data/lexico.toml` e devolve a gramática do curso."""
        return cls(Lexicon.load())

    @property
    def syllables(self) -> tuple[str, ...]:
        """Devolve as sílabas de que se fazem as palavras inventadas, como "fa"."""
        return self.language.lexicon.syllables

    def sample(self, rng: random.Random) -> Story:
        """Sorteia uma história; a mesma semente dá a mesma história em qualquer máquina.

        Parâmetros:
            rng: fonte do acaso, como `random.Random(7)`; só `rng.random()` é usado.
        """
        state, chooser = State(), Samples(rng)
        parts: list[str] = []
        names: list[str] = []
        log_prob, end = 0.0, 0
        while (root := self.language.next(state)) is not None:
            draft, phrase = next(self.language.acts(state, chooser, end, root))
            commit(state, draft, phrase)
            parts.append(draft.text())
            names.append(phrase.act)
            log_prob, end = log_prob + draft.logp, draft.end + 1
        return Story(" ".join(parts), log_prob, tuple(names), facts(state))

    def log_prob(self, text: str) -> float:
        """Devolve o log exato da probabilidade do texto, em nats; -inf se ele não é da língua."""
        found = list(self.derivations(text))
        if not found:
            return -math.inf
        top = max(found)
        return top + math.log(math.fsum(math.exp(one - top) for one in found))

    def derivations(self, text: str) -> Iterator[float]:
        """Percorre os modos de gerar o texto e devolve o log da probabilidade de cada um.

        A língua foi escrita para que haja um só; se houvesse mais, `log_prob` os somaria."""
        reader = Reads(text)
        stack = [(State(), 0, 0.0)]
        while stack:
            state, at, log_prob = stack.pop()
            root = self.language.next(state)
            if root is None:
                if at == len(text) + 1:
                    yield log_prob
                continue
            if at >= len(text):
                continue
            for draft, phrase in self.language.acts(state, reader, at, root):
                if text[draft.end : draft.end + 1] in ("", " "):
                    following = state.copy()
                    commit(following, draft, phrase)
                    stack.append((following, draft.end + 1, log_prob + draft.logp))

    @staticmethod
    def count_sentences(text: str) -> int:
        """Conta as frases de uma história, pelos sinais que as terminam.

        Exemplo:
            >>> Grammar.count_sentences('Quem estava com o livro? Ana. "Claro!", disse Davi.')
            3
        """
        return count_sentences(text)

    def check(self, text: str) -> list[Problem]:
        """Devolve o que há de errado no texto, em ordem; lista vazia se ele é da língua.

        Depois de um erro que se entende, a leitura continua; senão, o último diz onde ela parou.

        Parâmetros:
            text: qualquer texto, como o que um modelo gera.
        """
        return read(self.language, text).problems

    def relations(self, text: str) -> list[Relation]:
        """Devolve as relações verdadeiras do texto, até onde ele puder ser lido."""
        return relations(read(self.language, text).acts)


def facts(state: State) -> dict[str, Any]:
    """Devolve o que é verdade no fim da história."""
    found: dict[str, Any] = {"pessoas": tuple(person.name for person in state.people)}
    if state.thing is not None:
        found["objeto"] = state.thing.noun
        found["com"] = state.holder.name if state.holder and not state.eaten else None
    if state.second is not None and state.other_holder is not None:
        found["outro"], found["com_outro"] = state.second.noun, state.other_holder.name
    if state.place is not None:
        found["lugar"] = state.place.noun
    kept = ("senha", "nome", "lista")
    return found | {key: state.memory[key] for key in kept if key in state.memory}
