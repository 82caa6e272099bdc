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

    Só usa `rng.random()`, o único método com sequência garantida entre versões.
    """
    return int(rng.random() * total)


def ends_word(text: str, at: int) -> bool:
    """Diz se uma palavra do texto pode terminar logo antes da posição `at`."""
    return not text[at : at + 1].isalnum()


class OneOf:
    """Uma opção entre várias, com pesos inteiros, em ordem fixa.

    Parâmetros:
        entries: trios (texto, valor, peso); o que pesa 0 fica de fora.
    """

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
        """Sorteia uma opção."""
        if len(self.options) == 1:  # nada a sortear
            return self.options[0]
        return self.options[bisect_right(self.bounds, below(rng, self.total))]

    def match(self, text: str, at: int) -> list[Option]:
        """Devolve as opções escritas no texto a partir da posição `at`."""
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


class AllBut:
    """Uma escolha sem algumas das suas opções, sem refazê-la.

    Parâmetros:
        banned: os números das opções que ficam de fora.
    """

    def __init__(self, whole: OneOf, banned: Collection[int]) -> None:
        self.whole, self.banned = whole, sorted(banned)
        self.total = whole.total - sum(whole.entries[i][2] for i in self.banned)
        self._shift = math.log(whole.total / self.total)

    def draw(self, rng: random.Random) -> Option:
        """Sorteia uma opção que não foi excluída."""
        place, bounds = below(rng, self.total), self.whole.bounds
        for index in self.banned:
            weight = self.whole.entries[index][2]
            if place >= bounds[index] - weight:
                place += weight
        text, value, logp = self.whole.options[bisect_right(bounds, place)]
        return text, value, logp + self._shift

    def match(self, text: str, at: int) -> list[Option]:
        """Devolve as opções não excluídas escritas no texto a partir da posição `at`."""
        return self._allowed(self.whole.match(text, at))

    def all(self) -> list[Option]:
        """Devolve todas as opções que sobraram."""
        return self._allowed(self.whole.options)

    def _allowed(self, options: Iterable[Option]) -> list[Option]:
        banned = [self.whole.options[index][0] for index in self.banned]
        return [(t, v, logp + self._shift) for t, v, logp in options if t not in banned]


class Several:
    """Vários itens seguidos, sorteados um a um: uma palavra inventada, uma lista, uma canção.

    Cada item é sorteado sem olhar os outros, e por isso pode se repetir. O número de itens também
    é sorteado; quem lê o descobre pelo que vem depois do último. O valor da opção é o seu texto.

    Parâmetros:
        item: a escolha de que sai cada item.
        lengths: número de itens → peso.
        separators: o que vem entre dois itens e o que vem antes do último.
        capital: se a primeira letra do texto inteiro é maiúscula.
    """

    def __init__(
        self,
        item: OneOf,
        lengths: dict[int, int],
        separators: tuple[str, str],
        capital: bool = False,
    ) -> None:
        total = sum(lengths.values())
        self.item, self.capital = item, capital
        self.lengths = OneOf((str(n), n, weight) for n, weight in lengths.items())
        self.length_logp = {n: math.log(weight / total) for n, weight in lengths.items() if weight}
        self.between, self.last = separators

    def draw(self, rng: random.Random) -> Option:
        """Sorteia o número de itens e depois cada item."""
        length = self.lengths.draw(rng)[1]
        items, logp = [], self.length_logp[length]
        while len(items) < length:
            text, _, item_logp = self.item.draw(rng)
            items.append(text)
            logp += item_logp
        return self._option(items, logp)

    def match(self, text: str, at: int) -> list[Option]:
        """Devolve as sequências escritas a partir de `at` que terminam em fim de palavra."""
        lowered = text[at].lower() + text[at + 1 : at + 200] if at < len(text) else ""
        if self.capital and lowered[:1] == text[at : at + 1]:
            return []
        source = lowered if self.capital else text[at : at + 200]
        return [option for length in self.length_logp for option in self._read(source, length)]

    def all(self) -> list[Option]:
        """Devolve todas as sequências possíveis: use só com poucas."""
        found = []
        for length, logp in self.length_logp.items():
            rows: list[tuple[list[str], float]] = [([], logp)]
            for _ in range(length):
                rows = [
                    ([*items, text], so_far + item_logp)
                    for items, so_far in rows
                    for text, _, item_logp in self.item.all()
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
            return self.item.match(text, at)
        # Sílabas de duas letras não têm fim de palavra entre elas.
        return [option for option in self.item.all() if text.startswith(option[0], at)]

    def _option(self, items: list[str], logp: float) -> Option:
        head = self.between.join(items[:-1])
        text = head + self.last + items[-1] if head else items[-1]
        text = text[0].upper() + text[1:] if self.capital else text
        return text, text, logp


Choice = OneOf | AllBut | Several


def one(text: str, value: Any = None) -> OneOf:
    """Devolve uma escolha de uma opção só; sem valor, ele é o próprio texto."""
    return OneOf([(text, text if value is None else value, 1)])
