"""BPE em bytes: aprende fusões num texto e converte texto em ids e ids em texto.

O algoritmo cabe em três funções, nesta ordem: `count_pairs` conta, `choose_pair` escolhe,
`merge_pair` funde. `steps` repete as três e mostra cada estado; `train` chega às mesmas fusões
sem recontar tudo; `Tokenizer` guarda o que foi aprendido.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import pairwise

import regex

from helpers import _bpe_files

Pair = tuple[bytes, bytes]

#: A expressão com que o GPT-2 corta o texto antes de contar (o espaço fica com a palavra seguinte).
GPT2_PATTERN = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"

TIE_RULES = {
    "largest_bytes": (
        "no empate, o maior par na ordem dos bytes; é o `max(..., key=(contagem, par))` da "
        "subword-nmt"
    ),
    "first_seen": (
        "no empate, o par que aparece primeiro no texto; é o `max(contagens, key=contagens.get)` "
        "da minbpe"
    ),
    "smallest_ids": (
        "no empate, o par com os menores ids, na numeração dos bytes do GPT-2; é a regra da "
        "biblioteca tokenizers, da Hugging Face"
    ),
    "last_seen": (
        "no empate, o par cuja primeira aparição no texto vem por último; é o que faz um laço com "
        "`>=`; não conhecemos biblioteca mantida que a use"
    ),
}

_BASE = tuple(bytes([value]) for value in range(256))
_GPT2_ORDER = {token: place for place, token in enumerate(_bpe_files.GPT2_BYTES)}


def split(text: str, pattern: str | None = GPT2_PATTERN) -> list[str]:
    """Corta o texto em pré-tokens; nenhuma fusão atravessa um corte.

    Parâmetros:
        text: o texto. Nada se perde: o que o padrão não alcança vira um pré-token próprio.
        pattern: expressão da biblioteca `regex`, ou `None` para não cortar.

    Retorna:
        Os pré-tokens, na ordem; juntos, dão o texto de volta.

    Erros:
        TypeError: se `text` não for `str`.
        ValueError: se `pattern` não for uma expressão válida.

    Exemplo:
        >>> split("O João comeu pão.")
        ['O', ' João', ' comeu', ' pão', '.']
    """
    _require_text(text)
    if pattern is None:
        return [text] if text else []
    compiled = _compile(pattern)
    if not compiled.groups:
        words = compiled.findall(text)
        if sum(map(len, words)) == len(text):
            return [word for word in words if word]
    return _split_with_gaps(text, compiled)


def count_pairs(words: Iterable[Sequence[bytes]]) -> dict[Pair, int]:
    """Conta os pares de símbolos vizinhos, na ordem em que aparecem.

    Parâmetros:
        words: pré-tokens, cada um como sequência de símbolos. Sobreposições contam: em `aaa`, o
            par `(a, a)` aparece 2 vezes.

    Retorna:
        Dicionário par → contagem; a ordem das chaves é a da primeira aparição.

    Exemplo:
        >>> count_pairs([[b"a", b"b", b"a", b"b"]])
        {(b'a', b'b'): 2, (b'b', b'a'): 1}
    """
    counts: dict[Pair, int] = {}
    for word in words:
        for pair in pairwise(word):
            counts[pair] = counts.get(pair, 0) + 1
    return counts


def choose_pair(
    counts: Mapping[Pair, int], tie_rule: str = "largest_bytes", merges: Sequence[Pair] = ()
) -> Pair:
    """Escolhe o par mais frequente e, no empate, aplica a regra.

    Parâmetros:
        counts: par → contagem, na ordem da primeira aparição (como sai de `count_pairs`).
        tie_rule: uma das chaves de `TIE_RULES`.
        merges: as fusões já feitas; só `smallest_ids` precisa delas, para numerar os símbolos.

    Retorna:
        O par escolhido.

    Erros:
        ValueError: se não houver pares, se a regra não existir ou se faltar `merges`.

    Exemplo:
        >>> choose_pair({(b"a", b"n"): 2, (b"n", b"a"): 2})
        (b'n', b'a')
    """
    _require_tie_rule(tie_rule)
    if not counts:
        raise ValueError("não há pares para escolher: counts está vazio. Pare o treino antes.")
    tied = _tied(counts)
    if tie_rule == "largest_bytes":
        return max(tied)
    if tie_rule == "first_seen":
        return tied[0]
    if tie_rule == "last_seen":
        return tied[-1]
    return min(tied, key=_ids_of_pair(merges))


def merge_pair(symbols: Sequence[bytes], pair: Pair) -> list[bytes]:
    """Troca cada aparição do par por um símbolo só, da esquerda para a direita.

    Parâmetros:
        symbols: a sequência de símbolos; não é alterada.
        pair: os dois símbolos a fundir. Sem sobreposição: `aaa` vira `aa a`.

    Retorna:
        A nova sequência.

    Exemplo:
        >>> merge_pair([b"a", b"a", b"a"], (b"a", b"a"))
        [b'aa', b'a']
    """
    merged: list[bytes] = []
    position = 0
    while position < len(symbols):
        if tuple(symbols[position : position + 2]) == pair:
            merged.append(pair[0] + pair[1])
            position += 2
        else:
            merged.append(symbols[position])
            position += 1
    return merged


@dataclass(frozen=True)
class Step:
    """Um estado do treino: o texto já fundido, as contagens e a escolha que vem a seguir."""

    index: int
    words: tuple[tuple[bytes, ...], ...]
    counts: dict[Pair, int]
    tied: tuple[Pair, ...]
    chosen: Pair | None
    merges: tuple[Pair, ...]
    vocab: tuple[bytes, ...]
    end: str | None = None


def steps(
    text: str,
    *,
    vocab_size: int | None = None,
    min_freq: int = 1,
    pattern: str | None = None,
    tie_rule: str = "largest_bytes",
    choose: Callable[[tuple[Pair, ...]], Pair] | None = None,
) -> Iterator[Step]:
    """Mostra o treino estado por estado, recontando tudo a cada fusão.

    Parâmetros:
        text: o texto de treino.
        vocab_size: para quando 256 bytes + fusões chegarem a este número; `None` não limita.
        min_freq: para quando o par mais frequente aparecer menos vezes que isto.
        pattern: expressão de pré-tokenização; `None` não corta.
        tie_rule: regra de desempate, uma das chaves de `TIE_RULES`.
        choose: se dada, recebe os pares empatados e devolve o escolhido, no lugar da regra.

    Retorna:
        Um `Step` por estado, o inicial incluído. No último, `chosen` é `None` e `end` diz por que
        parou: `"no_pairs"`, `"min_freq"` ou `"vocab_size"`.

    Erros:
        ValueError: se um argumento estiver fora do aceito ou `choose` devolver par que não empatou.
    """
    _require_training(vocab_size, min_freq, tie_rule, ())
    words = tuple(tuple(_bytes_of(word)) for word in split(text, pattern))
    return _steps(words, vocab_size, min_freq, tie_rule, choose)


def _steps(words, vocab_size, min_freq, tie_rule, choose):
    base = tuple(sorted({symbol for word in words for symbol in word}))
    merges: tuple[Pair, ...] = ()
    while True:
        counts = count_pairs(words)
        tied = tuple(_tied(counts))
        learned = dict.fromkeys(left + right for left, right in merges)
        end = _reason_to_stop(counts, tied, min_freq, vocab_size, len(learned))
        chosen = None
        if end is None:
            chosen = choose(tied) if choose else choose_pair(counts, tie_rule, merges)
            if chosen not in tied:
                raise ValueError(f"choose devolveu {chosen!r}; escolha um dos empatados: {tied!r}.")
        yield Step(len(merges), words, counts, tied, chosen, merges, (*base, *learned), end)
        if chosen is None:
            return
        words = tuple(tuple(merge_pair(word, chosen)) for word in words)
        merges = (*merges, chosen)


def _reason_to_stop(counts, tied, min_freq, vocab_size, n_learned):
    if not counts:
        return "no_pairs"
    if counts[tied[0]] < min_freq:
        return "min_freq"
    if vocab_size is not None and 256 + n_learned >= vocab_size:
        return "vocab_size"
    return None


def train(
    text: str | Iterable[str],
    *,
    vocab_size: int | None = None,
    min_freq: int = 2,
    pattern: str | None = GPT2_PATTERN,
    tie_rule: str = "largest_bytes",
    special_tokens: Sequence[str] = (),
) -> Tokenizer:
    """Aprende as fusões de um texto e devolve o tokenizador.

    Parâmetros:
        text: um texto, ou vários (cada um é cortado sozinho; um iterador pode ser enorme, porque
            só as palavras distintas e suas contagens ficam na memória).
        vocab_size: tamanho final do vocabulário: 256 bytes + fusões + especiais. `None` não limita.
        min_freq: menor contagem com que um par ainda é fundido.
        pattern: expressão de pré-tokenização; `None` não corta.
        tie_rule: regra de desempate, uma das chaves de `TIE_RULES`.
        special_tokens: textos como `"<|fim|>"`, que recebem os últimos ids.

    Retorna:
        O tokenizador. Sem pares que cheguem a `min_freq`, ele só conhece os 256 bytes.

    Erros:
        TypeError: se `text` não for `str` nem uma sequência de `str`.
        ValueError: se um argumento estiver fora do aceito.

    Exemplo:
        >>> train("banana", pattern=None).pieces("banana")
        [b'b', b'a', b'na', b'na']
    """
    _require_training(vocab_size, min_freq, tie_rule, special_tokens)
    counts: Counter[str] = Counter()
    for part in [text] if isinstance(text, str) else text:
        counts.update(split(part, pattern))
    words = {tuple(_bytes_of(word)): count for word, count in counts.items()}
    merges: dict[Pair, None] = {}
    while True:
        pairs: dict[Pair, int] = {}
        for word, count in words.items():
            for pair in pairwise(word):
                pairs[pair] = pairs.get(pair, 0) + count
        learned = {left + right for left, right in merges}
        limit = None if vocab_size is None else vocab_size - len(special_tokens)
        if _reason_to_stop(pairs, _tied(pairs), min_freq, limit, len(learned)):
            break
        pair = choose_pair(pairs, tie_rule, tuple(merges))
        merges[pair] = None
        words = {tuple(merge_pair(word, pair)): count for word, count in words.items()}
    n = 256 + len({left + right for left, right in merges})
    specials = {token: n + place for place, token in enumerate(special_tokens)}
    return Tokenizer(tuple(merges), pattern, specials, tie_rule)


@dataclass(frozen=True)
class Tokenizer:
    """O que o treino aprendeu: fusões em ordem, padrão de corte e tokens especiais."""

    merges: tuple[Pair, ...]
    pattern: str | None = GPT2_PATTERN
    special_tokens: dict[str, int] = field(default_factory=dict)
    tie_rule: str | None = "largest_bytes"
    ids: dict[bytes, int] | None = None

    @cached_property
    def vocab(self) -> dict[bytes, int]:
        """Dá o id de cada token, sem os especiais."""
        if self.ids is not None:
            return dict(self.ids)
        tokens = dict.fromkeys((*_BASE, *(left + right for left, right in self.merges)))
        return {token: place for place, token in enumerate(tokens)}

    @property
    def vocab_size(self) -> int:
        """Conta as entradas do vocabulário, especiais incluídos."""
        return len(self.vocab) + len(self.special_tokens)

    @cached_property
    def _ranks(self):
        return {pair: rank for rank, pair in enumerate(self.merges)}

    @cached_property
    def _tokens(self):
        tokens = {number: token for token, number in self.vocab.items()}
        return tokens | {number: t.encode() for t, number in self.special_tokens.items()}

    def pieces(self, text: str) -> list[bytes]:
        """Corta o texto nos bytes de cada token, na ordem.

        Parâmetros:
            text: o texto; juntos, os pedaços são os seus bytes em UTF-8.
        """
        return [self._tokens[number] for number in self.encode(text)]

    def encode(self, text: str, *, allow_special: bool = False) -> list[int]:
        """Converte texto em ids.

        Parâmetros:
            text: o texto.
            allow_special: se `True`, um token especial escrito no texto vira o seu id; se `False`,
                ele é texto como outro qualquer.
        """
        _require_text(text)
        if allow_special and self.special_tokens:
            names = sorted(self.special_tokens, key=len, reverse=True)
            parts = regex.split("(" + "|".join(map(regex.escape, names)) + ")", text)
        else:
            parts = [text]
        found: list[int] = []
        for part in parts:
            if allow_special and part in self.special_tokens:
                found.append(self.special_tokens[part])
                continue
            for word in split(part, self.pattern):
                symbols = _bytes_of(word)
                while len(symbols) > 1:
                    best = min(pairwise(symbols), key=lambda p: self._ranks.get(p, 1 << 60))
                    if best not in self._ranks:
                        break
                    symbols = merge_pair(symbols, best)
                found.extend(self.vocab[symbol] for symbol in symbols)
        return found

    def decode_bytes(self, ids: Iterable[int]) -> bytes:
        """Junta os bytes dos tokens.

        Parâmetros:
            ids: os ids, na ordem.
        """
        return b"".join([self._tokens[number] for number in ids])

    def decode(self, ids: Iterable[int], errors: str = "replace") -> str:
        """Converte ids em texto.

        Parâmetros:
            ids: os ids, na ordem.
            errors: `"replace"` põe � onde os bytes não formam UTF-8; `"strict"` recusa.
        """
        return self.decode_bytes(ids).decode("utf-8", errors)


def _tied(counts):
    top = max(counts.values(), default=0)
    return [pair for pair, count in counts.items() if count == top]


def _ids_of_pair(merges):
    ids = dict(_GPT2_ORDER)
    for left, right in merges:
        ids.setdefault(left + right, len(ids))
    return lambda pair: (ids[pair[0]], ids[pair[1]])


@lru_cache(maxsize=64)
def _compile(pattern):
    try:
        return regex.compile(pattern)
    except regex.error as error:
        raise ValueError(f"pattern={pattern!r} não é uma expressão válida: {error}.") from error


def _split_with_gaps(text, compiled):
    words, end = [], 0
    for match in compiled.finditer(text):
        words += [text[end : match.start()], match.group()]
        end = match.end()
    return [word for word in (*words, text[end:]) if word]


def _bytes_of(word):
    return [_BASE[value] for value in word.encode("utf-8")]


def _require_text(text):
    if not isinstance(text, str):
        raise TypeError(f"text deve ser str; veio {type(text).__name__}.")


def _require_tie_rule(tie_rule):
    if tie_rule not in TIE_RULES:
        raise ValueError(f"tie_rule={tie_rule!r} não existe; use uma de: {', '.join(TIE_RULES)}.")


def _require_training(vocab_size, min_freq, tie_rule, special_tokens):
    _require_tie_rule(tie_rule)
    if min_freq < 1:
        raise ValueError(f"min_freq={min_freq} deve ser 1 ou mais.")
    least = 256 + len(special_tokens)
    if vocab_size is not None and vocab_size < least:
        raise ValueError(f"vocab_size={vocab_size} deve ser pelo menos {least}.")
