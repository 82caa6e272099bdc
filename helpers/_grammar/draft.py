"""Rascunho: o ato em andamento, pedaço por pedaço."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from helpers._grammar.choices import Row, Table, Without
from helpers._grammar.state import Story

Choice = Table | Without | Row


class Draft:
    """O ato em andamento: até onde vai o texto, o que já foi preenchido, o log da probabilidade."""

    __slots__ = ("bound", "end", "logp", "piece", "said")

    def __init__(self, end: int, logp: float, bound: dict, said: tuple, piece: tuple | None):
        self.end, self.logp, self.bound, self.said, self.piece = end, logp, bound, said, piece


Fill = Callable[[Story, Draft], tuple[str, Choice]]


def one(text: str, value: Any = None) -> Table:
    """Devolve uma escolha de uma opção só.

    Parâmetros:
        text: o único texto.
        value: o que ele quer dizer.
    """
    return Table([(text, value, 1)])
