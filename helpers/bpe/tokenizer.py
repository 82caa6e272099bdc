"""O tokenizador já treinado: texto → ids → texto, só com a lista de fusões."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from heapq import heapify, heappop, heappush
from itertools import pairwise
from operator import index
from os import PathLike
from typing import SupportsIndex

import regex

from helpers.bpe import saved
from helpers.bpe.text import BYTES, GPT2_PATTERN, compile_pattern, require_text, split, utf8
from helpers.bpe.trainer import require_tie_rule

Pair = tuple[bytes, bytes]

_CACHED_WORDS = 50_000
_CACHED_LENGTH = 100


@dataclass(frozen=True, repr=False)
class Tokenizer:
    """O que o treino aprendeu: as fusões em ordem, o corte do texto e os tokens especiais.

    Parâmetros:
        merges: os pares fundidos, na ordem em que foram aprendidos.
        pattern: expressão de pré-tokenização; `None` não corta o texto.
        special_tokens: texto do token especial → id.
        tie_rule: regra de desempate do treino; `None` se for desconhecida.
        ids: token → id, quando a numeração não é a do curso (256 bytes em ordem de valor, depois
            as fusões); é o caso de arquivos vindos do GPT-2.

    Erros:
        ValueError: se as partes não combinarem (fusão de token que não existe, id repetido…).
    """

    merges: tuple[Pair, ...]
    pattern: str | None = GPT2_PATTERN
    special_tokens: dict[str, int] = field(default_factory=dict)
    tie_rule: str | None = "largest_bytes"
    ids: dict[bytes, int] | None = None

    def __post_init__(self) -> None:
        if self.pattern is not None:
            compile_pattern(self.pattern)
        if self.tie_rule is not None:
            require_tie_rule(self.tie_rule)
        require_special_tokens(self.special_tokens)
        usual = number_tokens(self.merges)
        ids = usual if self.ids is None else dict(self.ids)
        require_ids(ids, usual, self.special_tokens)
        # Cópias: quem chamou pode mudar os seus dicionários sem mudar o tokenizador.
        object.__setattr__(self, "merges", tuple(self.merges))
        object.__setattr__(self, "special_tokens", dict(self.special_tokens))
        object.__setattr__(self, "ids", None if ids == usual else ids)

    def __repr__(self) -> str:
        return (
            f"Tokenizer({len(self.merges)} fusões, {len(self.special_tokens)} especiais, "
            f"vocab_size={self.vocab_size}, tie_rule={self.tie_rule!r})"
        )

    @cached_property
    def vocab(self) -> dict[bytes, int]:
        """Dá o id de cada token, sem os especiais; sai das fusões, por isso não o altere."""
        return number_tokens(self.merges) if self.ids is None else self.ids

    @property
    def vocab_size(self) -> int:
        """Conta as entradas do vocabulário, especiais incluídos."""
        return len(self.vocab) + len(self.special_tokens)

    def encode(self, text: str, *, allow_special: bool = False) -> list[int]:
        """Converte texto em ids: em cada pré-token, a fusão aprendida antes acontece antes.

        Parâmetros:
            allow_special: se `True`, um token especial escrito no texto vira o seu id (no empate,
                o mais comprido). Com `False`, ele é texto comum: quem escreve `<|fim|>` numa
                pergunta não encerra a conversa.

        Retorna:
            Os ids, na ordem do texto.

        Erros:
            TypeError: se `text` não for `str`.
            ValueError: se o texto não puder ser escrito em UTF-8.

        Exemplo:
            >>> Tokenizer(((b"n", b"a"),), pattern=None).encode("banana")
            [98, 97, 256, 256]
        """
        require_text(text)
        if not (allow_special and self.special_tokens):
            return self._encode_plain(text)
        found: list[int] = []
        for part in self._special_pattern.split(text):
            if part in self.special_tokens:
                found.append(self.special_tokens[part])
            else:
                found += self._encode_plain(part)
        return found

    def pieces(self, text: str) -> list[bytes]:
        """Corta o texto nos bytes de cada token, na ordem.

        Parâmetros:
            text: o texto; juntos, os pedaços são os seus bytes em UTF-8.

        Exemplo:
            >>> Tokenizer(((b"n", b"a"),), pattern=None).pieces("banana")
            [b'b', b'a', b'na', b'na']
        """
        return [self._tokens[number] for number in self.encode(text)]

    def decode(self, ids: Iterable[SupportsIndex], errors: str = "replace") -> str:
        """Converte ids em texto.

        Parâmetros:
            ids: os ids, na ordem.
            errors: o que fazer com bytes que não formam UTF-8 (meia letra, por exemplo):
                `"replace"` põe � no lugar; `"strict"` recusa.

        Erros:
            ValueError: se um id não existir, ou se `errors="strict"` e houver meia letra.

        Exemplo:
            >>> Tokenizer(()).decode([112, 195, 163, 111])
            'pão'
        """
        if errors not in ("replace", "strict"):
            raise ValueError(f'errors={errors!r} não existe; use "replace" ou "strict".')
        data = self.decode_bytes(ids)
        try:
            return data.decode("utf-8", errors)
        except UnicodeDecodeError as error:
            raise ValueError(
                f"os bytes a partir da posição {error.start} ({data[error.start :][:4].hex(' ')}) "
                "não formam UTF-8: os ids começam ou acabam no meio de uma letra. Junte os ids "
                'vizinhos, ou use errors="replace".'
            ) from error

    def decode_bytes(self, ids: Iterable[SupportsIndex]) -> bytes:
        """Junta os bytes dos tokens.

        Parâmetros:
            ids: os ids, na ordem; vetores do numpy e do torch também servem.

        Erros:
            TypeError: se `ids` não for uma sequência de inteiros.
            ValueError: se um id não existir.
        """
        if not isinstance(ids, Iterable):
            raise TypeError(
                f"ids deve ser uma sequência; veio {ids!r}. Para um só id, use [{ids!r}]."
            )
        ids = list(ids)
        try:
            return b"".join(map(self._tokens.__getitem__, ids))
        except KeyError:
            # Um escalar do torch não é igual, como chave, ao inteiro que contém.
            return b"".join([self._token(number) for number in ids])

    def save(self, path: str | PathLike[str]) -> None:
        """Grava o tokenizador num arquivo JSON em UTF-8, que se pode ler e conferir.

        Parâmetros:
            path: o arquivo. Se já existir, é trocado de uma vez: nunca fica pela metade.

        Erros:
            OSError: se não for possível gravar.
        """
        saved.write_json(
            path, self.merges, self.pattern, self.special_tokens, self.tie_rule, self.ids
        )

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Tokenizer:
        """Lê um tokenizador gravado por `save`.

        Erros:
            OSError: se não for possível ler.
            ValueError: se o conteúdo não for o de um tokenizador completo; a mensagem diz por quê.
        """
        with saved.explaining(path):
            return cls(**saved.read_json(path))

    def save_gpt2(self, folder: str | PathLike[str]) -> None:
        """Grava `vocab.json` e `merges.txt`, que o GPT-2 e a biblioteca tokenizers leem.

        Esses arquivos não guardam o padrão de corte nem a regra de desempate.

        Parâmetros:
            folder: a pasta; é criada se faltar.

        Erros:
            OSError: se não for possível gravar.
            ValueError: se um token especial se confundir, por escrito, com um token comum.
        """
        saved.write_gpt2(folder, self.merges, self.vocab, self.special_tokens)

    @classmethod
    def load_gpt2(
        cls,
        folder: str | PathLike[str],
        *,
        pattern: str | None = GPT2_PATTERN,
        tie_rule: str | None = None,
    ) -> Tokenizer:
        """Lê `vocab.json` e `merges.txt`, com os ids que estão lá.

        Entradas de `vocab.json` que não são byte nem resultado de fusão viram tokens especiais.

        Parâmetros:
            folder: a pasta com os dois arquivos.
            pattern: expressão de pré-tokenização, que os arquivos não guardam.
            tie_rule: regra de desempate do treino, que os arquivos não guardam.

        Erros:
            OSError: se não for possível ler.
            ValueError: se os arquivos não combinarem; a mensagem diz onde.
        """
        with saved.explaining(folder):
            fields = saved.read_gpt2(folder)
            return cls(**fields, pattern=pattern, tie_rule=tie_rule)

    @cached_property
    def _tokens(self):
        tokens = {number: token for token, number in self.vocab.items()}
        return tokens | {number: utf8(text) for text, number in self.special_tokens.items()}

    @cached_property
    def _ranks(self):
        return {pair: rank for rank, pair in enumerate(self.merges)}

    @cached_property
    def _special_pattern(self):
        longest_first = sorted(self.special_tokens, key=len, reverse=True)
        return regex.compile("(" + "|".join(map(regex.escape, longest_first)) + ")")

    @cached_property
    def _known_words(self):
        return {}

    def _encode_plain(self, text):
        known = self._known_words
        found = []
        for word in split(text, self.pattern):
            ids = known.get(word)
            found += self._encode_word(word) if ids is None else ids
        return found

    def _encode_word(self, word):
        symbols = [BYTES[value] for value in utf8(word)]
        ids = [self.vocab[symbol] for symbol in merge_by_rank(symbols, self._ranks, self.merges)]
        if len(word) <= _CACHED_LENGTH:
            if len(self._known_words) >= _CACHED_WORDS:
                self._known_words.clear()
            self._known_words[word] = ids
        return ids

    def _token(self, number):
        try:
            return self._tokens[index(number)]
        except TypeError:
            raise TypeError(
                f"cada id deve ser um inteiro; veio {number!r} ({type(number).__name__})."
            ) from None
        except KeyError:
            low, high = min(self._tokens), max(self._tokens)
            raise ValueError(
                f"o id {index(number)} não existe neste tokenizador: os ids vão de {low} a {high}. "
                "Use os ids que este mesmo tokenizador produziu."
            ) from None


def merge_by_rank(
    symbols: Sequence[bytes], ranks: Mapping[Pair, int], merges: Sequence[Pair]
) -> list[bytes]:
    """Funde sempre o par de menor posto; no empate, o mais à esquerda.

    O heap guarda `posto · n + posição`, e cada símbolo sabe quem são os vizinhos: uma palavra de
    100 mil letras leva tempo quase proporcional ao seu tamanho, e não ao quadrado dele.

    Parâmetros:
        symbols: os símbolos da palavra; a sequência não é alterada.
        ranks: par → posto (a ordem em que foi aprendido).
        merges: posto → par.

    Retorna:
        Os símbolos que sobram.
    """
    n = len(symbols)
    # O None do fim é o vizinho que falta tanto ao último (posição n) como ao primeiro (-1).
    symbols = [*symbols, None]
    following, previous = list(range(1, n + 1)), list(range(-1, n))
    heap = [
        ranks[pair] * n + place for place, pair in enumerate(pairwise(symbols)) if pair in ranks
    ]
    heapify(heap)
    while heap:
        rank, place = divmod(heappop(heap), n)
        neighbor = following[place]
        # Entrada vencida: um dos dois símbolos já cresceu ou sumiu numa fusão anterior.
        if (symbols[place], symbols[neighbor]) != merges[rank]:
            continue
        symbols[place] += symbols[neighbor]
        symbols[neighbor] = None
        following[place] = after = following[neighbor]
        previous[after] = place
        before = previous[place]
        for start, end in ((before, place), (place, after)):
            pair = symbols[start], symbols[end]
            if pair in ranks:
                heappush(heap, ranks[pair] * n + start)
    return [symbol for symbol in symbols if symbol is not None]


def require_special_tokens(special_tokens: Iterable[str]) -> None:
    """Recusa tokens especiais vazios, repetidos ou que não sejam texto.

    Erros:
        TypeError: se não for uma sequência de `str`.
        ValueError: se houver vazio ou repetido.
    """
    if isinstance(special_tokens, str):
        raise TypeError(
            f"special_tokens deve ser uma lista de textos; para um só, use [{special_tokens!r}]."
        )
    seen = set()
    for token in special_tokens:
        if not isinstance(token, str):
            raise TypeError(f"token especial deve ser str; veio {token!r}.")
        if not token:
            raise ValueError("há um token especial vazio; tire-o, ou dê-lhe um texto.")
        if token in seen:
            raise ValueError(f"o token especial {token!r} está repetido; deixe-o uma vez só.")
        utf8(token)
        seen.add(token)


def number_tokens(merges: Iterable[tuple[bytes, bytes]]) -> dict[bytes, int]:
    """Numera os 256 bytes e depois os tokens aprendidos, conferindo se cada fusão é possível.

    Retorna:
        Token → id. Duas fusões que dão os mesmos bytes ficam com um id só.

    Erros:
        ValueError: se uma fusão usar token desconhecido ou estiver repetida.
    """
    ids = {token: number for number, token in enumerate(BYTES)}
    seen = set()
    for place, pair in enumerate(merges):
        for part in pair:
            if part not in ids:
                raise ValueError(
                    f"a fusão {place} usa {part!r}, que não é byte nem resultado de fusão anterior"
                )
        if pair in seen:
            raise ValueError(f"a fusão {place}, {pair!r}, está repetida")
        seen.add(pair)
        ids.setdefault(pair[0] + pair[1], len(ids))
    return ids


def require_ids(
    ids: Mapping[bytes, int], usual: Mapping[bytes, int], special_tokens: Mapping[str, int]
) -> None:
    """Recusa uma numeração que não combina com as fusões ou repete um id.

    Parâmetros:
        usual: token → id, na numeração do curso; dá os tokens que devem existir.
        special_tokens: token especial → id.

    Erros:
        ValueError: se faltar ou sobrar token, ou se um id for negativo ou repetido.
    """
    if ids.keys() != usual.keys():
        missing, extra = usual.keys() - ids.keys(), ids.keys() - usual.keys()
        raise ValueError(
            f"os ids não combinam com as fusões: faltam {len(missing)} tokens e sobram "
            f"{len(extra)} (por exemplo, {min(missing or extra)!r})"
        )
    used = set()
    for token, number in (*ids.items(), *special_tokens.items()):
        if number < 0:
            raise ValueError(f"o id de {token!r} é {number}; ids são inteiros a partir de 0")
        if number in used:
            raise ValueError(f"o id {number} está em dois tokens; um deles é {token!r}")
        used.add(number)
