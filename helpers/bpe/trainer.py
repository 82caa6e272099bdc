"""Treino incremental de BPE: depois de cada fusão, só corrige as contagens que ela mudou.

Cada símbolo é um caractere (seu código é o número do token) e cada palavra é uma `str` desses
caracteres. Assim um par é uma `str` de dois, e cortar a palavra onde o par aparece fica a cargo de
`str.split`, que já vai da esquerda para a direita e sem sobreposição.

Um token nunca nasce de dois pares diferentes. A fusão troca todas as aparições do par; portanto
dois trechos com os mesmos bytes, livres nas duas pontas, estão sempre cortados do mesmo jeito, e
quem vira um token vira pelo mesmo par. Por isso um par fundido não volta a aparecer.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from heapq import heapify, heappop, heappush, heapreplace
from itertools import pairwise
from operator import add

from helpers.bpe.text import BYTES, GPT2_BYTES, utf8

#: Regra de desempate → o que ela faz e a biblioteca que a usa.
TIE_RULES = {
    "largest_bytes": (
        "No empate, o maior par na ordem dos bytes: é o max(..., key=(contagem, par)) da "
        "subword-nmt."
    ),
    "first_seen": (
        "No empate, o par que aparece primeiro no texto: é o max(contagens, key=contagens.get) da "
        "minbpe."
    ),
    "smallest_ids": (
        "No empate, o par de menores ids, com os bytes numerados como no GPT-2: é a regra da "
        "tokenizers, da Hugging Face."
    ),
    "last_seen": (
        "No empate, o par cuja primeira aparição vem por último: é o que faz um laço com >= no "
        "lugar de >; não conhecemos biblioteca mantida que a use."
    ),
}


def require_tie_rule(tie_rule: str) -> None:
    """Recusa uma regra de desempate que não existe.

    Erros:
        ValueError: se não for uma das chaves de `TIE_RULES`.
    """
    if tie_rule not in TIE_RULES:
        accepted = ", ".join(TIE_RULES)
        raise ValueError(f"tie_rule={tie_rule!r} não existe; use uma destas: {accepted}.")


class Trainer:
    """Palavras distintas, a contagem de cada par e as palavras em que ele está."""

    def __init__(self, word_counts: Mapping[str, int], min_freq: int, tie_rule: str) -> None:
        """Conta os pares uma vez.

        Parâmetros:
            word_counts: palavra → quantas vezes aparece, na ordem da primeira aparição.
            min_freq: menor contagem com que um par ainda é fundido.
        """
        self.min_freq = min_freq
        self.tokens = list(GPT2_BYTES if tie_rule == "smallest_ids" else BYTES)
        order = bytes(self.tokens.index(byte) for byte in BYTES)
        self.words = [utf8(word).translate(order).decode("latin-1") for word in word_counts]
        self.freqs = list(word_counts.values())
        spots = defaultdict(list)
        for place, word in enumerate(self.words):
            for pair in map(add, word, word[1:]):
                spots[pair].append(place)
        self.counts: dict[str, int] = {}
        self.places: dict[str, list[int]] = {}
        self._add(spots.items())
        by_position = {"first_seen": min, "last_seen": max}
        if tie_rule in by_position:
            self.queue = _ByPosition(self, by_position[tie_rule])
        else:
            self.queue = _ByKey(self, largest=tie_rule == "largest_bytes")

    def learn(self, n_merges: int | None) -> tuple[tuple[bytes, bytes], ...]:
        """Funde `n_merges` pares, ou menos, se acabarem os que têm `min_freq` aparições.

        Parâmetros:
            n_merges: limite de fusões, ou `None`.

        Retorna:
            Os pares fundidos, em ordem.
        """
        # Um símbolo é um caractere, e Unicode não tem caracteres depois de sys.maxunicode.
        room = sys.maxunicode + 1 - len(BYTES)
        n_merges = room if n_merges is None else min(n_merges, room)
        merges: list[tuple[bytes, bytes]] = []
        while len(merges) < n_merges and (pair := self.queue.pop()):
            left, right = self.tokens[ord(pair[0])], self.tokens[ord(pair[1])]
            merges.append((left, right))
            self.tokens.append(left + right)
            self.queue.push(self._merge(pair, chr(len(self.tokens) - 1)))
        return tuple(merges)

    def _add(self, spots: Iterable[tuple[str, list[int]]]) -> list[str]:
        """Anota pares novos, dada a palavra de cada aparição; devolve os que podem ser fundidos.

        A contagem de um par só diminui depois que ele nasce: quem nasce raro fica de fora.
        """
        added = []
        for pair, found in spots:
            count = sum(map(self.freqs.__getitem__, found))
            if count >= self.min_freq:
                self.counts[pair] = count
                self.places[pair] = list(dict.fromkeys(found))
                added.append(pair)
        return added

    def _merge(self, pair: str, new: str) -> list[str]:
        """Funde o par onde ele está; devolve os pares novos que podem ser fundidos."""
        words, counts = self.words, self.counts
        before, after, twins = defaultdict(list), defaultdict(list), []
        for place in self.places.pop(pair):
            # O par estava entre cada parte e a seguinte.
            parts = words[place].split(pair)
            words[place] = new.join(parts)
            for left, right in pairwise(parts):
                if left:
                    before[left[-1]].append(place)
                if right:
                    after[right[0]].append(place)
            if len(parts) > 2:
                # Parte vazia no meio: duas aparições encostadas.
                twins += [place] * parts[1:-1].count("")
        del counts[pair]
        changes = [(other + pair[0], other + new, found) for other, found in before.items()]
        changes += [(pair[1] + other, new + other, found) for other, found in after.items()]
        if twins:
            changes.append((pair[1] + pair[0], new + new, twins))
        for old, _, found in changes:
            if old in counts:
                counts[old] -= sum(map(self.freqs.__getitem__, found))
        return self._add((born, found) for _, born, found in changes)


class _ByKey:
    """Fila para regras em que a ordem entre dois pares não depende do texto: um heap basta.

    A contagem guardada no heap pode ter caído depois; só a do topo é conferida.
    """

    def __init__(self, trainer: Trainer, *, largest: bool) -> None:
        self.trainer = trainer
        self.descending: list[str] | None = [] if largest else None
        self.heap = [(-count, self._key(pair), pair) for pair, count in trainer.counts.items()]
        heapify(self.heap)

    def push(self, pairs: list[str]) -> None:
        for pair in pairs:
            heappush(self.heap, (-self.trainer.counts[pair], self._key(pair), pair))

    def pop(self) -> str | None:
        counts, heap = self.trainer.counts, self.heap
        while heap:
            stored, key, pair = heap[0]
            count = counts.get(pair, 0)
            if count < self.trainer.min_freq:
                heappop(heap)
            elif count != -stored:
                heapreplace(heap, (-count, key, pair))
            else:
                heappop(heap)
                return pair
        return None

    def _key(self, pair: str) -> str:
        if self.descending is None:
            return pair
        # O heap tira o menor: com os bytes complementados, é o maior par. O 256 no fim deixa o
        # prefixo depois da palavra mais longa, ao contrário da ordem dos bytes.
        for token in self.trainer.tokens[len(self.descending) :]:
            self.descending.append("".join([chr(255 - value) for value in token]) + chr(256))
        return self.descending[ord(pair[0])] + self.descending[ord(pair[1])]


class _ByPosition:
    """Fila para regras que olham o texto: entre os empatados, compara a primeira aparição."""

    def __init__(self, trainer: Trainer, best: Callable[..., str]) -> None:
        self.trainer = trainer
        self.best = best
        self.heap = [(-count, pair) for pair, count in trainer.counts.items()]
        heapify(self.heap)
        self.top = 0
        self.tied: set[str] = set()

    def push(self, pairs: list[str]) -> None:
        for pair in pairs:
            heappush(self.heap, (-self.trainer.counts[pair], pair))

    def pop(self) -> str | None:
        counts, heap = self.trainer.counts, self.heap
        # Quem saiu do heap e perdeu aparições volta para ele, com a contagem de agora.
        for pair in [pair for pair in self.tied if counts.get(pair) != self.top]:
            self.tied.remove(pair)
            if counts.get(pair, 0) >= self.trainer.min_freq:
                heappush(heap, (-counts[pair], pair))
        while heap and (-heap[0][0] >= self.top or not self.tied):
            stored, pair = heappop(heap)
            count = counts.get(pair, 0)
            if count < self.trainer.min_freq:
                continue
            if count != -stored:
                heappush(heap, (-count, pair))
                continue
            self.top = count
            self.tied.add(pair)
        return self.best(self.tied, key=self._first_place) if self.tied else None

    def _first_place(self, pair: str) -> tuple[int, int]:
        words, places = self.trainer.words, self.trainer.places[pair]
        # O par está no texto; só as primeiras palavras da lista podem tê-lo perdido.
        skipped, offset = next(
            (number, offset)
            for number, place in enumerate(places)
            if (offset := words[place].find(pair)) >= 0
        )
        del places[:skipped]
        return places[0], offset
