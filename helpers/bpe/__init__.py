"""BPE em bytes: aprende fusões num texto e converte texto em ids e ids em texto.

O algoritmo cabe em três funções, nesta ordem: `count_pairs` conta, `choose_pair` escolhe,
`merge_pair` funde. `steps` repete as três e mostra cada estado; `train` chega às mesmas fusões
sem recontar tudo; `Tokenizer` guarda o que foi aprendido.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

from helpers.bpe.text import BYTES, GPT2_BYTES, GPT2_PATTERN, split, utf8
from helpers.bpe.tokenizer import Pair, Tokenizer, require_special_tokens
from helpers.bpe.trainer import TIE_RULES, Trainer, require_tie_rule

#: O token especial que, nos modelos do curso, vem antes e depois de cada texto.
END = "<|fim|>"


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
    require_tie_rule(tie_rule)
    if not counts:
        raise ValueError("não há pares para escolher: counts está vazio. Pare o treino antes.")
    tied = _tied(counts)
    if tie_rule == "largest_bytes":
        return max(tied)
    if tie_rule == "first_seen":
        return tied[0]
    if tie_rule == "last_seen":
        return tied[-1]
    return min(tied, key=partial(_ids_of_pair, _ids(merges)))


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
    words = tuple(tuple(BYTES[value] for value in utf8(word)) for word in split(text, pattern))
    return _steps(words, vocab_size, min_freq, tie_rule, choose)


def _steps(words, vocab_size, min_freq, tie_rule, choose):
    base = tuple(sorted({symbol for word in words for symbol in word}))
    merges: tuple[Pair, ...] = ()
    while True:
        counts = count_pairs(words)
        tied = tuple(_tied(counts))
        learned = [left + right for left, right in merges]
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
    if vocab_size is not None and len(BYTES) + n_learned >= vocab_size:
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
    if isinstance(text, bytes) or not isinstance(text, Iterable):
        raise TypeError(f"text deve ser str, ou vários str; veio {type(text).__name__}.")
    word_counts: Counter[str] = Counter()
    for part in [text] if isinstance(text, str) else text:
        word_counts.update(split(part, pattern))
    room = None if vocab_size is None else vocab_size - len(BYTES) - len(special_tokens)
    merges = Trainer(word_counts, min_freq, tie_rule).learn(room)
    first_special = len(BYTES) + len(merges)
    specials = {token: first_special + place for place, token in enumerate(special_tokens)}
    return Tokenizer(merges, pattern, specials, tie_rule)


def _require_training(
    vocab_size: int | None, min_freq: int, tie_rule: str, special_tokens: Sequence[str]
) -> None:
    require_tie_rule(tie_rule)
    require_special_tokens(special_tokens)
    for name, value in (("vocab_size", vocab_size), ("min_freq", min_freq)):
        if not (isinstance(value, int) or (name == "vocab_size" and value is None)):
            raise TypeError(f"{name} deve ser um inteiro; veio {value!r}.")
    if min_freq < 1:
        raise ValueError(
            f"min_freq={min_freq} deve ser 1 ou mais: nenhum par aparece menos de 1 vez."
        )
    least = len(BYTES) + len(special_tokens)
    if vocab_size is not None and vocab_size < least:
        raise ValueError(
            f"vocab_size={vocab_size} deve ser pelo menos {least}: 256 bytes"
            + (f" e {len(special_tokens)} especiais." if special_tokens else ".")
        )


def _tied(counts):
    top = max(counts.values(), default=0)
    return [pair for pair, count in counts.items() if count == top]


def _ids(merges):
    ids = {token: number for number, token in enumerate(GPT2_BYTES)}
    for left, right in merges:
        ids[left + right] = len(ids)
    return ids


def _ids_of_pair(ids, pair):
    for symbol in pair:
        if symbol not in ids:
            raise ValueError(
                f'o símbolo {symbol!r} ainda não tem id. Com tie_rule="smallest_ids", passe em '
                "merges as fusões já feitas, em ordem."
            )
    return ids[pair[0]], ids[pair[1]]
