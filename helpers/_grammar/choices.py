"""Escolhas: o que pode vir agora, e com que probabilidade.

Toda escolha sabe três coisas: sortear uma opção (`draw`), reconhecer as opções que estão num texto
(`match`) e listar todas (`all`). Uma opção é o trio (texto, valor, log da probabilidade em nats).
"""

from __future__ import annotations

import math
import random
import re
from bisect import bisect_right
from collections.abc import Collection, Iterable
from itertools import accumulate
from typing import Any

Option = tuple[str, Any, float]
_FIRST_WORD = re.compile(r"\w+")


def below(rng: random.Random, total: int) -> int:
    """Sorteia um inteiro de 0 a `total` - 1, igual em qualquer versão do Python.

    Parâmetros:
        rng: só `rng.random()` é usado, porque é o único método com sequência garantida.
        total: quantos inteiros há, ao menos 1.
    """
    return int(rng.random() * total)


def ends_word(text: str, at: int) -> bool:
    """Diz se uma palavra pode terminar nesta posição do texto.

    Parâmetros:
        text: o texto inteiro.
        at: posição logo depois da palavra.
    """
    return not text[at : at + 1].isalnum()


class Table:
    """Opções com pesos inteiros, em ordem fixa."""

    def __init__(self, entries: Iterable[tuple[str, Any, int]]) -> None:
        kept = [entry for entry in entries if entry[2] > 0]
        self.bounds = list(accumulate(weight for _, _, weight in kept))
        self.total = self.bounds[-1] if kept else 0
        self.options: list[Option] = [
            (text, value, math.log(weight / self.total)) for text, value, weight in kept
        ]
        self.entries = kept
        self._index: dict[str, list[Option]] | None = None

    def draw(self, rng: random.Random) -> Option:
        """Sorteia uma opção.

        Parâmetros:
            rng: fonte do acaso.
        """
        if len(self.options) == 1:  # nada a sortear
            return self.options[0]
        return self.options[bisect_right(self.bounds, below(rng, self.total))]

    def match(self, text: str, at: int) -> list[Option]:
        """Devolve as opções cujo texto está escrito nesta posição.

        Parâmetros:
            text: o texto que se lê.
            at: onde a leitura está.
        """
        word = _FIRST_WORD.match(text, at)
        found = self.index().get(word[0], ()) if word else ()
        return [o for o in found if text.startswith(o[0], at) and ends_word(text, at + len(o[0]))]

    def all(self) -> list[Option]:
        """Devolve todas as opções."""
        return self.options

    def index(self) -> dict[str, list[Option]]:
        """Devolve as opções agrupadas pela primeira palavra."""
        if self._index is None:
            self._index = {}
            for option in self.options:
                word = _FIRST_WORD.match(option[0])
                self._index.setdefault(word[0] if word else "", []).append(option)
        return self._index


class Without:
    """Uma tabela sem algumas das suas opções, sem refazer a tabela."""

    def __init__(self, table: Table, banned: Collection[int]) -> None:
        self.table, self.banned = table, sorted(banned)
        self.total = table.total - sum(table.entries[i][2] for i in self.banned)
        self._shift = math.log(table.total / self.total)

    def draw(self, rng: random.Random) -> Option:
        """Sorteia uma opção que não foi excluída.

        Parâmetros:
            rng: fonte do acaso.
        """
        place, bounds = below(rng, self.total), self.table.bounds
        for index in self.banned:
            weight = self.table.entries[index][2]
            if place >= bounds[index] - weight:
                place += weight
        text, value, logp = self.table.options[bisect_right(bounds, place)]
        return text, value, logp + self._shift

    def match(self, text: str, at: int) -> list[Option]:
        """Devolve as opções não excluídas que estão escritas nesta posição.

        Parâmetros:
            text: o texto que se lê.
            at: onde a leitura está.
        """
        return self._allowed(self.table.match(text, at))

    def all(self) -> list[Option]:
        """Devolve todas as opções que sobraram."""
        return self._allowed(self.table.options)

    def _allowed(self, options: Iterable[Option]) -> list[Option]:
        banned = [self.table.options[index][0] for index in self.banned]
        return [(t, v, logp + self._shift) for t, v, logp in options if t not in banned]


class Row:
    """Vários itens seguidos, sorteados um a um: uma palavra inventada, uma lista, uma canção.

    Cada item é sorteado sem olhar os outros, e por isso pode se repetir. O número de itens também
    é sorteado; quem lê o descobre pelo que vem depois do último.
    """

    def __init__(
        self,
        table: Table,
        lengths: dict[int, int],
        separators: tuple[str, str],
        capital: bool = False,
    ) -> None:
        total = sum(lengths.values())
        self.table, self.capital = table, capital
        self.lengths = Table((str(n), n, weight) for n, weight in lengths.items())
        self.length_logp = {n: math.log(weight / total) for n, weight in lengths.items() if weight}
        self.between, self.last = separators

    def draw(self, rng: random.Random) -> Option:
        """Sorteia o número de itens e depois cada item.

        Parâmetros:
            rng: fonte do acaso.
        """
        length = self.lengths.draw(rng)[1]
        items, logp = [], self.length_logp[length]
        while len(items) < length:
            text, _, item_logp = self.table.draw(rng)
            items.append(text)
            logp += item_logp
        return self._option(items, logp)

    def match(self, text: str, at: int) -> list[Option]:
        """Devolve as sequências escritas nesta posição que terminam em fim de palavra.

        Parâmetros:
            text: o texto que se lê.
            at: onde a leitura está.
        """
        lowered = text[at].lower() + text[at + 1 : at + 200] if at < len(text) else ""
        if self.capital and lowered[:1] == text[at : at + 1]:
            return []
        source = lowered if self.capital else text[at : at + 200]
        found = []
        for length in self.length_logp:
            found += self._read(source, length)
        return found

    def all(self) -> list[Option]:
        """Devolve todas as sequências possíveis: use só com poucas."""
        found = []
        for length, logp in self.length_logp.items():
            rows: list[tuple[list[str], float]] = [([], logp)]
            for _ in range(length):
                rows = [
                    ([*items, text], so_far + item_logp)
                    for items, so_far in rows
                    for text, _, item_logp in self.table.all()
                ]
            found += [self._option(items, so_far) for items, so_far in rows]
        return found

    def _read(self, source: str, length: int) -> list[Option]:
        items: list[str] = []
        at, logp = 0, self.length_logp[length]
        while len(items) < length:
            if items:
                separator = self.last if len(items) == length - 1 else self.between
                if not source.startswith(separator, at):
                    return []
                at += len(separator)
            matches = self._items_at(source, at)
            if not matches:
                return []
            text, _, item_logp = matches[0]
            items.append(text)
            at, logp = at + len(text), logp + item_logp
        return [self._option(items, logp)] if ends_word(source, at) else []

    def _items_at(self, text: str, at: int) -> list[Option]:
        if self.between:
            return self.table.match(text, at)
        # Sílabas de duas letras não têm fim de palavra entre elas.
        return [option for option in self.table.all() if text.startswith(option[0], at)]

    def _option(self, items: list[str], logp: float) -> Option:
        head = self.between.join(items[:-1])
        text = head + self.last + items[-1] if head else items[-1]
        return (text[0].upper() + text[1:] if self.capital else text), tuple(items), logp
