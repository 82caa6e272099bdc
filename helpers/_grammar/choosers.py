"""Quem percorre a língua: um sorteia, um lê, um lista; cada um diz que opções segue."""

from __future__ import annotations

import random
from typing import Protocol, runtime_checkable

from helpers._grammar.choices import Option
from helpers._grammar.draft import Choice, Draft
from helpers._grammar.phrases import Edge, Node, Symbol


@runtime_checkable
class Chooser(Protocol):
    """Quem decide, em cada escolha, que opções seguir."""

    def edges(self, node: Node, draft: Draft) -> list[Edge]:
        """Devolve os caminhos a seguir.

        Parâmetros:
            node: o ponto da árvore de frases.
            draft: o ato até aqui.
        """

    def options(self, choice: Choice, draft: Draft, symbol: Symbol) -> list[Option]:
        """Devolve as opções a seguir.

        Parâmetros:
            choice: a escolha.
            draft: o ato até aqui.
            symbol: a lacuna que a escolha preenche.
        """


class Sampler:
    """Sorteia: aceita uma opção de cada escolha."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng

    def edges(self, node: Node, draft: Draft) -> list[Edge]:
        """Sorteia um caminho.

        Parâmetros:
            node: o ponto da árvore de frases.
            draft: o ato até aqui.
        """
        return [node.draw(self.rng)]

    def options(self, choice: Choice, draft: Draft, symbol: Symbol) -> list[Option]:
        """Sorteia uma opção.

        Parâmetros:
            choice: a escolha.
            draft: o ato até aqui.
            symbol: a lacuna que a escolha preenche.
        """
        return [choice.draw(self.rng)]


class Reader:
    """Lê: aceita o que está escrito no texto."""

    def __init__(self, text: str) -> None:
        self.text = text

    def edges(self, node: Node, draft: Draft) -> list[Edge]:
        """Devolve os caminhos que o texto permite.

        Parâmetros:
            node: o ponto da árvore de frases.
            draft: o ato até aqui.
        """
        return [
            edge
            for edge in node.edges
            if edge.symbol is None or edge.symbol.is_slot or edge.symbol.is_at(self.text, draft.end)
        ]

    def options(self, choice: Choice, draft: Draft, symbol: Symbol) -> list[Option]:
        """Devolve as opções escritas nesta posição.

        Parâmetros:
            choice: a escolha.
            draft: o ato até aqui.
            symbol: a lacuna que a escolha preenche.
        """
        return choice.match(self.text, draft.end)


class Lister:
    """Lista: aceita tudo."""

    def edges(self, node: Node, draft: Draft) -> list[Edge]:
        """Devolve todos os caminhos.

        Parâmetros:
            node: o ponto da árvore de frases.
            draft: o ato até aqui.
        """
        return node.edges

    def options(self, choice: Choice, draft: Draft, symbol: Symbol) -> list[Option]:
        """Devolve todas as opções.

        Parâmetros:
            choice: a escolha.
            draft: o ato até aqui.
            symbol: a lacuna que a escolha preenche.
        """
        return choice.all()
