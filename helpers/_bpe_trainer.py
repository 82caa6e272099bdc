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
from collections.abc import Callable, Mapping
from heapq import heapify, heappop, heappush, heapreplace
from operator import add

from helpers._bpe_text import BYTES, GPT2_BYTES, utf8


class Trainer:
    """Palavras distintas, a contagem de cada par e as palavras em que ele está."""

    def __init__(self, word_counts: Mapping[str, int], tie_rule: str) -> None:
        """Conta os pares uma vez.

        Parâmetros:
            word_counts: palavra → quantas vezes aparece, na ordem da primeira aparição.
            tie_rule: regra de desempate.
        """
        self.tokens = list(GPT2_BYTES if tie_rule == "smallest_ids" else BYTES)
        order = {ord(token): number for number, token in enumerate(self.tokens)}
        self.words = [utf8(word).decode("latin-1").translate(order) for word in word_counts]
        self.freqs = list(word_counts.values())
        self.counts: defaultdict[str, int] = defaultdict(int)
        self.places: defaultdict[str, list[int]] = defaultdict(list)
        for place, (word, freq) in enumerate(zip(self.words, self.freqs, strict=True)):
            for pair in map(add, word, word[1:]):
                self.counts[pair] += freq
            for pair in set(map(add, word, word[1:])):
                self.places[pair].append(place)
        by_position = {"first_seen": min, "last_seen": max}
        if tie_rule in by_position:
            self.queue = _ByPosition(self, by_position[tie_rule])
        else:
            self.queue = _ByKey(self, largest=tie_rule == "largest_bytes")

    def learn(self, n_merges: int | None, min_freq: int) -> tuple[tuple[bytes, bytes], ...]:
        """Funde até `n_merges` pares, ou até nenhum ter `min_freq` aparições.

        Parâmetros:
            n_merges: limite de fusões, ou `None`.
            min_freq: menor contagem com que um par ainda é fundido.

        Retorna:
            Os pares fundidos, em ordem.
        """
        # Um símbolo é um caractere, e Unicode não tem caracteres depois de sys.maxunicode.
        room = sys.maxunicode + 1 - len(BYTES)
        n_merges = room if n_merges is None else min(n_merges, room)
        merges: list[tuple[bytes, bytes]] = []
        while len(merges) < n_merges and (pair := self.queue.pop(min_freq)):
            left, right = self.tokens[ord(pair[0])], self.tokens[ord(pair[1])]
            merges.append((left, right))
            self.tokens.append(left + right)
            self.queue.push(self._merge(pair, chr(len(self.tokens) - 1)))
        return tuple(merges)

    def _merge(self, pair: str, new: str) -> set[str]:
        """Funde o par onde ele está; devolve os pares que nasceram."""
        words, counts, places = self.words, self.counts, self.places
        left, right = pair
        born = set()
        for place in places.pop(pair):
            # O par estava entre cada parte e a seguinte.
            parts = words[place].split(pair)
            words[place] = new.join(parts)
            freq = self.freqs[place]
            gained = []
            before = parts[0]
            for number in range(1, len(parts)):
                after = parts[number]
                if before:
                    counts[before[-1] + left] -= freq
                    gained.append(before[-1] + new)
                elif number > 1:
                    counts[right + left] -= freq
                    gained.append(new + new)
                if after:
                    counts[right + after[0]] -= freq
                    gained.append(new + after[0])
                before = after
            for other in gained:
                counts[other] += freq
                spots = places[other]
                if not spots or spots[-1] != place:
                    spots.append(place)
            born.update(gained)
        del counts[pair]
        return born


class _ByKey:
    """Fila para regras em que a ordem entre dois pares não depende do texto: um heap basta.

    A contagem guardada no heap pode ter caído depois; só a do topo é conferida.
    """

    def __init__(self, trainer: Trainer, *, largest: bool) -> None:
        self.counts = trainer.counts
        self.tokens = trainer.tokens
        self.descending: list[str] | None = [] if largest else None
        self.heap = [(-count, self._key(pair), pair) for pair, count in self.counts.items()]
        heapify(self.heap)

    def push(self, pairs: set[str]) -> None:
        for pair in pairs:
            heappush(self.heap, (-self.counts[pair], self._key(pair), pair))

    def pop(self, min_freq: int) -> str | None:
        heap = self.heap
        while heap:
            stored, key, pair = heap[0]
            count = self.counts.get(pair, 0)
            if count < min_freq:
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
        for token in self.tokens[len(self.descending) :]:
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

    def push(self, pairs: set[str]) -> None:
        for pair in pairs:
            heappush(self.heap, (-self.trainer.counts[pair], pair))

    def pop(self, min_freq: int) -> str | None:
        counts, heap = self.trainer.counts, self.heap
        # Quem saiu do heap e perdeu aparições volta para ele, com a contagem de agora.
        for pair in [pair for pair in self.tied if counts.get(pair) != self.top]:
            self.tied.remove(pair)
            if counts.get(pair, 0) >= min_freq:
                heappush(heap, (-counts[pair], pair))
        while heap and (-heap[0][0] >= self.top or not self.tied):
            stored, pair = heappop(heap)
            count = counts.get(pair, 0)
            if count < min_freq:
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
