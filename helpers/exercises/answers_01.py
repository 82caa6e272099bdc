"""Respostas da lição 01: a solução, os enganos e os casos de cada exercício."""

import itertools
import random
from functools import lru_cache

from helpers import bpe
from helpers.exercises.catalog import Answer, Case, Form

Pair = tuple[bytes, bytes]

# --- 01.contar -----------------------------------------------------------------------------------


def _count(symbols: list, pair: tuple) -> int:
    """Devolve quantas vezes o par de vizinhos aparece, contando os que se sobrepõem."""
    count = 0
    for i in range(len(symbols) - 1):
        if (symbols[i], symbols[i + 1]) == pair:
            count += 1
    return count


def _count_apart(symbols: list, pair: tuple) -> int:
    count = i = 0
    while i < len(symbols) - 1:
        found = (symbols[i], symbols[i + 1]) == pair
        count += found
        i += 1 + found
    return count


def _count_glued(symbols: list, pair: tuple) -> int:
    return sum(a + b == pair[0] + pair[1] for a, b in itertools.pairwise(symbols))


def _count_in_text(symbols: list, pair: tuple) -> int:
    empty = pair[0][:0]
    return empty.join(symbols).count(pair[0] + pair[1])


def _count_first_turn(symbols: list, pair: tuple) -> int:
    return int(tuple(symbols[:2]) == pair)


def _count_by_index(symbols: list, pair: tuple) -> int:
    places = [symbols.index(symbol) for symbol in symbols]
    return sum(tuple(symbols[i : i + 2]) == pair for i in places)


def _count_far(symbols: list, pair: tuple) -> int:
    return sum(both == pair for both in itertools.combinations(symbols, 2))


def _count_in_a_row(symbols: list, pair: tuple) -> int:
    count = 0
    for both in itertools.pairwise(symbols):
        count = count + 1 if both == pair else 0
    return count


def _count_cases() -> tuple[Case, ...]:
    fixed: list[tuple[list, tuple]] = [
        (list("papa"), ("p", "a")),
        (list("banana"), ("a", "n")),
        (list("aaaa"), ("a", "a")),
        (list("arara"), ("r", "a")),
        (list("ab"), ("b", "a")),
        (list("abab"), ("a", "a")),
        (["a"], ("a", "a")),
        ([], ("a", "b")),
        ([b"a", b"bc", b"ab", b"c"], (b"a", b"bc")),
        ([b"ab", b"c", b"ab", b"c"], (b"a", b"bc")),
        ([b"\xc3", b"\xa3", b"o", b"\xc3", b"\xa3"], (b"\xc3", b"\xa3")),
        (["aa", "a", "aa"], ("a", "a")),
    ]
    generator = random.Random(105)
    for _ in range(14):
        symbols = [generator.choice("abn") for _ in range(generator.randrange(3, 10))]
        fixed.append((symbols, (generator.choice("abn"), generator.choice("abn"))))
    return tuple(Case(args) for args in fixed)


COUNT = Answer(
    "01.contar",
    solution=_count,
    form=Form("int"),
    wrong={
        "sem_sobrepor": _count_apart,
        "conta_o_primeiro": lambda symbols, pair: symbols.count(pair[0]),
        "sem_ordem": lambda symbols, pair: sum(
            {a, b} == set(pair) for a, b in itertools.pairwise(symbols)
        ),
        "perde_o_ultimo": lambda symbols, pair: _count(symbols[:-1], pair),
        "so_diz_se_ha": lambda symbols, pair: int(_count(symbols, pair) > 0),
        "compara_colado": _count_glued,
        "conta_no_texto": _count_in_text,
        "todos_os_pares": lambda symbols, pair: max(0, len(symbols) - 1),
        "de_dois_em_dois": lambda symbols, pair: sum(
            tuple(symbols[i : i + 2]) == pair for i in range(0, len(symbols) - 1, 2)
        ),
        "conta_o_segundo": lambda symbols, pair: symbols[1:].count(pair[1]),
        "um_dos_dois_basta": lambda symbols, pair: sum(
            a == pair[0] or b == pair[1] for a, b in itertools.pairwise(symbols)
        ),
        "o_menos_frequente": lambda symbols, pair: min(map(symbols.count, pair)),
        "so_a_primeira_volta": _count_first_turn,
        "a_qualquer_distancia": _count_far,
        "par_virado": lambda symbols, pair: _count(symbols, pair[::-1]),
        "salta_um": lambda symbols, pair: sum(
            both == pair for both in zip(symbols, symbols[2:], strict=False)
        ),
        "acha_pelo_nome": _count_by_index,
        "sempre_zero": lambda symbols, pair: 0,
        "da_a_volta": lambda symbols, pair: sum(
            (symbols[i - 1], symbols[i]) == pair for i in range(len(symbols))
        ),
        "soma_os_dois": lambda symbols, pair: sum(map(symbols.count, pair)),
        "zera_a_conta": _count_in_a_row,
    },
    cases=_count_cases,
)


# --- 01.sobreposicao -----------------------------------------------------------------------------

_PIECES = Form("sequence", (Form("bytes"),), label="uma lista de bytes")


def _merge_pair(symbols: list[bytes], pair: tuple[bytes, bytes]) -> list[bytes]:
    """Devolve uma lista nova, com o par fundido da esquerda para a direita."""
    merged = []
    i = 0
    while i < len(symbols):
        if tuple(symbols[i : i + 2]) == pair:
            merged.append(pair[0] + pair[1])
            i += 2
        else:
            merged.append(symbols[i])
            i += 1
    return merged


def _keeps_second(symbols: list[bytes], pair: Pair) -> list[bytes]:
    merged = []
    for i, symbol in enumerate(symbols):
        merged.append(pair[0] + pair[1] if tuple(symbols[i : i + 2]) == pair else symbol)
    return merged


def _overlaps(symbols: list[bytes], pair: Pair) -> list[bytes]:
    merged = []
    for i, symbol in enumerate(symbols):
        if tuple(symbols[i : i + 2]) == pair:
            merged.append(pair[0] + pair[1])
        elif i == 0 or tuple(symbols[i - 1 : i + 1]) != pair:
            merged.append(symbol)
    return merged


def _first_only(symbols: list[bytes], pair: Pair) -> list[bytes]:
    for i in range(len(symbols)):
        if tuple(symbols[i : i + 2]) == pair:
            return [*symbols[:i], pair[0] + pair[1], *symbols[i + 2 :]]
    return list(symbols)


def _right_to_left(symbols: list[bytes], pair: Pair) -> list[bytes]:
    merged: list[bytes] = []
    i = len(symbols) - 1
    while i >= 0:
        if i > 0 and (symbols[i - 1], symbols[i]) == pair:
            merged.insert(0, pair[0] + pair[1])
            i -= 2
        else:
            merged.insert(0, symbols[i])
            i -= 1
    return merged


def _changes_input(symbols: list[bytes], pair: Pair) -> list[bytes]:
    i = 0
    while i < len(symbols) - 1:
        if (symbols[i], symbols[i + 1]) == pair:
            symbols[i : i + 2] = [pair[0] + pair[1]]
        i += 1
    return symbols


def _changes_input_silently(symbols: list[bytes], pair: Pair) -> None:
    _changes_input(symbols, pair)


def _compares_glued(symbols: list[bytes], pair: Pair) -> list[bytes]:
    merged = []
    i = 0
    while i < len(symbols):
        if i + 1 < len(symbols) and symbols[i] + symbols[i + 1] == pair[0] + pair[1]:
            merged.append(pair[0] + pair[1])
            i += 2
        else:
            merged.append(symbols[i])
            i += 1
    return merged


def _drops_last(symbols: list[bytes], pair: Pair) -> list[bytes]:
    merged = []
    i = 0
    while i < len(symbols) - 1:
        if (symbols[i], symbols[i + 1]) == pair:
            merged.append(pair[0] + pair[1])
            i += 2
        else:
            merged.append(symbols[i])
            i += 1
    return merged


def _no_skip_no_last(symbols: list[bytes], pair: Pair) -> list[bytes]:
    return _keeps_second(symbols, pair)[: max(0, len(symbols) - 1)]


def _last_twice(symbols: list[bytes], pair: Pair) -> list[bytes]:
    return [*_drops_last(symbols, pair), symbols[-1]]


def _any_order(symbols: list[bytes], pair: Pair) -> list[bytes]:
    merged = []
    i = 0
    while i < len(symbols):
        if sorted(symbols[i : i + 2]) == sorted(pair):
            merged.append(symbols[i] + symbols[i + 1])
            i += 2
        else:
            merged.append(symbols[i])
            i += 1
    return merged


def _glued_backwards(symbols: list[bytes], pair: Pair) -> list[bytes]:
    merged = []
    i = 0
    while i < len(symbols):
        found = tuple(symbols[i : i + 2]) == pair
        merged.append(pair[1] + pair[0] if found else symbols[i])
        i += 1 + found
    return merged


def _always_two(symbols: list[bytes], pair: Pair) -> list[bytes]:
    merged = []
    for i in range(0, len(symbols), 2):
        both = tuple(symbols[i : i + 2]) == pair
        merged.append(pair[0] + pair[1] if both else symbols[i])
    return merged


def _only_the_first_symbol(symbols: list[bytes], pair: Pair) -> list[bytes]:
    merged, i = [], 0
    while i < len(symbols):
        wide = 2 if symbols[i] == pair[0] else 1
        merged.append(b"".join(symbols[i : i + wide]))
        i += wide
    return merged


def _overlap_cases() -> tuple[Case, ...]:
    fixed: list[tuple[list[bytes], Pair]] = [
        ([b"b", b"a", b"n", b"a", b"n", b"a"], (b"n", b"a")),
        ([b"a", b"a", b"a"], (b"a", b"a")),
        ([b"a", b"a", b"a", b"a"], (b"a", b"a")),
        ([], (b"a", b"n")),
        ([b"a"], (b"a", b"a")),
        ([b"b", b"a"], (b"a", b"b")),
        ([b"ab", b"c", b"a", b"bc"], (b"a", b"bc")),
        ([b"b", b"an", b"an", b"a"], (b"an", b"a")),
        ([b"n", b"\xc3", b"\xa3", b"o"], (b"\xc3", b"\xa3")),
        # Iguais, e não o mesmo objeto: `is` no lugar de `==` não os acha.
        ([bytes(bytearray(b"na")), b"".join([b"n", b"a"])], (bytes(bytearray(b"na")), b"na")),
    ]
    generator = random.Random(102)
    for _ in range(25):
        size = generator.randrange(2, 9)
        symbols = [generator.choice((b"a", b"n", b"an")) for _ in range(size)]
        start = generator.randrange(size - 1)
        fixed.append((symbols, (symbols[start], symbols[start + 1])))
    return tuple(Case(args) for args in fixed)


OVERLAP = Answer(
    "01.sobreposicao",
    solution=_merge_pair,
    form=_PIECES,
    wrong={
        "nao_pula_o_segundo": _keeps_second,
        "fusoes_sobrepostas": _overlaps,
        "so_a_primeira": _first_only,
        "direita_para_esquerda": _right_to_left,
        "altera_a_entrada": _changes_input,
        "altera_e_nao_devolve": _changes_input_silently,
        "compara_colado": _compares_glued,
        "perde_o_ultimo": _drops_last,
        "nao_pula_e_perde_o_ultimo": _no_skip_no_last,
        "em_qualquer_ordem": _any_order,
        "cola_ao_contrario": _glued_backwards,
        "guarda_sempre_o_ultimo": _last_twice,
        "nunca_funde": lambda symbols, pair: list(symbols),
        "anda_sempre_dois": _always_two,
        "so_o_primeiro_simbolo": _only_the_first_symbol,
    },
    cases=_overlap_cases,
)


# --- 01.empate -----------------------------------------------------------------------------------

_BYTES = Form("bytes")
_PAIR = Form("sequence", (_BYTES,), length=2, label="um par: dois pedaços de bytes")
_TIE_PIECES = (b"a", b"b", b"n", b"an", b"na", b"ana", b"\xc3", b"\xa3")


def _choose_pair(counts: dict[tuple[bytes, bytes], int]) -> tuple[bytes, bytes]:
    """Devolve o par mais frequente; no empate, o maior par, símbolo a símbolo."""
    return max(counts, key=lambda pair: (counts[pair], pair))


def _first_seen(counts: dict[Pair, int]) -> Pair:
    return max(counts, key=counts.__getitem__)


def _last_seen(counts: dict[Pair, int]) -> Pair:
    return max(reversed(counts), key=counts.__getitem__)


def _smallest_pair(counts: dict[Pair, int]) -> Pair:
    return min(counts, key=lambda pair: (-counts[pair], pair))


def _ignores_counts(counts: dict[Pair, int]) -> Pair:
    return max(counts)


def _concatenated(counts: dict[Pair, int]) -> Pair:
    return max(counts, key=lambda pair: (counts[pair], pair[0] + pair[1]))


def _longest_piece(counts: dict[Pair, int]) -> Pair:
    return max(counts, key=lambda pair: (counts[pair], len(pair[0] + pair[1])))


def _rarest(counts: dict[Pair, int]) -> Pair:
    return min(counts, key=lambda pair: (counts[pair], pair))


def _returns_count(counts: dict[Pair, int]) -> int:
    return max(counts.values())


def _larger_whatever_the_count(counts: dict[Pair, int]) -> Pair:
    best = next(iter(counts))
    for pair in counts:
        if counts[pair] > counts[best] or pair > best:
            best = pair
    return best


def _choose_cases() -> tuple[Case, ...]:
    fixed: list[dict[Pair, int]] = [
        {(b"b", b"a"): 1, (b"a", b"n"): 2, (b"n", b"a"): 2},
        {(b"n", b"a"): 2, (b"a", b"n"): 2, (b"b", b"a"): 1},
        {(b"a", b"b"): 7},
        {(b"z", b"z"): 1, (b"a", b"a"): 9},
        {(b"a", b"nz"): 3, (b"an", b"a"): 3},
        {(b"an", b"ana"): 2, (b"n", b"a"): 2},
        {(b"\xc3", b"\xa3"): 4, (b"a", b"o"): 4},
        # Em bytes, toda maiúscula vem antes de toda minúscula.
        {(b"B", b"a"): 2, (b"a", b"b"): 2},
        {(b"a", b"n"): 3, (b"a", b"O"): 3},
        {(b"a", b"n"): 1, (b"n", b"a"): 1, (b"b", b"a"): 1},
        {(b"a", b"n"): 10, (b"n", b"a"): 9},  # como textos, "9" viria depois de "10"
    ]
    generator = random.Random(101)
    for _ in range(25):
        pairs = [_random_pair(generator) for _ in range(generator.randrange(2, 7))]
        fixed.append({pair: generator.randrange(1, 4) for pair in pairs})
    return tuple(Case((counts,)) for counts in fixed)


def _random_pair(generator: random.Random) -> Pair:
    return (generator.choice(_TIE_PIECES), generator.choice(_TIE_PIECES))


TIE = Answer(
    "01.empate",
    solution=_choose_pair,
    form=_PAIR,
    wrong={
        "primeiro_visto": _first_seen,
        "ultimo_visto": _last_seen,
        "menor_par": _smallest_pair,
        "ignora_contagem": _ignores_counts,
        "bytes_colados": _concatenated,
        "pedaco_mais_longo": _longest_piece,
        "mais_raro": _rarest,
        "devolve_contagem": _returns_count,
        "so_o_primeiro_simbolo": lambda counts: max(
            counts, key=lambda pair: (counts[pair], pair[0])
        ),
        "segundo_simbolo_antes": lambda counts: max(
            counts, key=lambda pair: (counts[pair], pair[1], pair[0])
        ),
        "tamanho_antes_dos_bytes": lambda counts: max(
            counts, key=lambda pair: (counts[pair], len(pair[0] + pair[1]), pair)
        ),
        "maior_mesmo_mais_raro": _larger_whatever_the_count,
        "so_os_repetidos": lambda counts: _choose_pair({p: n for p, n in counts.items() if n > 1}),
        "par_com_a_contagem": lambda counts: (pair := _choose_pair(counts), counts[pair]),
    },
    cases=_choose_cases,
)


# --- 01.treinar ----------------------------------------------------------------------------------

_MERGES = Form("sequence", (_PAIR,), label="uma lista de pares de bytes")


def _train(text: str, n_merges: int) -> list[tuple[bytes, bytes]]:
    """Devolve até n_merges fusões, na ordem em que foram aprendidas."""
    from helpers.bpe import choose_pair, count_pairs, merge_pair

    symbols = [bytes([value]) for value in text.encode("utf-8")]
    merges = []
    while len(merges) < n_merges:
        counts = count_pairs([symbols])
        if not counts:
            break
        merges.append(choose_pair(counts))
        symbols = merge_pair(symbols, merges[-1])
    return merges


def _counts_of(symbols: list[bytes]) -> dict[Pair, int]:
    return dict(bpe.count_pairs([symbols]))


def _counts_once(text: str, n_merges: int) -> list[Pair]:
    counts = _counts_of(_symbols(text))
    return sorted(counts, key=lambda pair: (counts[pair], pair), reverse=True)[:n_merges]


def _never_merges(text: str, n_merges: int) -> list[Pair]:
    counts = _counts_of(_symbols(text))
    return [_choose_pair(counts)] * n_merges if counts else []


def _stops_at_pairs_seen_once(text: str, n_merges: int) -> list[Pair]:
    symbols, merges = _symbols(text), []
    while len(merges) < n_merges:
        counts = _counts_of(symbols)
        if max(counts.values(), default=0) < 2:
            break
        merges.append(_choose_pair(counts))
        symbols = _merge_pair(symbols, merges[-1])
    return merges


def _no_end(text: str, n_merges: int) -> list[Pair]:
    symbols, merges = _symbols(text), []
    for _ in range(n_merges):
        merges.append(_choose_pair(_counts_of(symbols)))
        symbols = _merge_pair(symbols, merges[-1])
    return merges


def _train_with(choose, start=None):
    """Uma resposta que só erra na escolha do par, ou no corte inicial."""

    def answer(text: str, n_merges: int) -> list[Pair]:
        symbols, merges = (start or _symbols)(text), []
        while len(merges) < n_merges and (counts := _counts_of(symbols)):
            merges.append(choose(counts))
            symbols = _merge_pair(symbols, merges[-1])
        return merges

    return answer


def _only_the_first_place(text: str, n_merges: int) -> list[Pair]:
    symbols, merges = _symbols(text), []
    while len(merges) < n_merges and (counts := _counts_of(symbols)):
        merges.append(_choose_pair(counts))
        symbols = _first_only(symbols, merges[-1])
    return merges


def _merges_the_original(text: str, n_merges: int) -> list[Pair]:
    start = _symbols(text)
    symbols, merges = start, []
    while len(merges) < n_merges and (counts := _counts_of(symbols)):
        merges.append(_choose_pair(counts))
        symbols = _merge_pair(start, merges[-1])
    return merges


def _until_n_are_left(text: str, n_merges: int) -> list[Pair]:
    symbols, merges = _symbols(text), []
    while len(symbols) > max(n_merges, 1):
        merges.append(_choose_pair(_counts_of(symbols)))
        symbols = _merge_pair(symbols, merges[-1])
    return merges


def _empty_at_the_end(text: str, n_merges: int) -> list[Pair]:
    merges = _train(text, n_merges)
    return merges if len(merges) == n_merges else []


def _word_by_word(text: str, n_merges: int) -> list[Pair]:
    words, merges = [_symbols(word) for word in text.split()], []
    while len(merges) < n_merges and (counts := dict(bpe.count_pairs(words))):
        merges.append(_choose_pair(counts))
        words = [_merge_pair(word, merges[-1]) for word in words]
    return merges


def _stops_at_the_last_pair(text: str, n_merges: int) -> list[Pair]:
    symbols, merges = _symbols(text), []
    while len(merges) < n_merges and len(counts := _counts_of(symbols)) > 1:
        merges.append(_choose_pair(counts))
        symbols = _merge_pair(symbols, merges[-1])
    return merges


def _training_cases() -> tuple[Case, ...]:
    fixed = [
        ("aaaa", 1),
        ("banana", 10),
        ("banana", 2),
        ("abcabc", 3),
        ("", 3),
        ("a", 5),
        ("papa", 0),
        ("pá pé pó", 4),
        ("arara azul", 5),
        ("não, mão, pão", 6),
        ("aaaaaaa", 9),
        ("abab", 50),
    ]
    generator = random.Random(106)
    for _ in range(12):
        text = "".join(generator.choice("abnã ") for _ in range(generator.randrange(4, 16)))
        fixed.append((text, generator.randrange(1, 6)))
    return tuple(Case(args) for args in fixed)


TRAIN = Answer(
    "01.treinar",
    solution=_train,
    form=_MERGES,
    wrong={
        "conta_uma_vez": _counts_once,
        "nao_funde": _never_merges,
        "so_os_repetidos": _stops_at_pairs_seen_once,
        "sem_fim": _no_end,
        "uma_a_mais": lambda text, n_merges: _train(text, n_merges + 1),
        "devolve_simbolos": lambda text, n_merges: bpe.Tokenizer(
            tuple(_train(text, n_merges)), None
        ).pieces(text),
        "pedacos_colados": lambda text, n_merges: [a + b for a, b in _train(text, n_merges)],
        "primeiro_visto": _train_with(_first_seen),
        "menor_par": _train_with(_smallest_pair),
        "caracteres": _train_with(
            _choose_pair, lambda text: [letter.encode("utf-8") for letter in text]
        ),
        "funde_um_lugar_so": _only_the_first_place,
        "uma_a_menos": lambda text, n_merges: _train(text, n_merges - 1),
        "vazia_se_os_pares_acabam": _empty_at_the_end,
        "palavra_por_palavra": _word_by_word,
        "funde_no_original": _merges_the_original,
        "ate_sobrarem_n": _until_n_are_left,
        "o_mais_raro": _train_with(_rarest),
        "so_a_ultima": lambda text, n_merges: _train(text, n_merges)[-1:],
        "ignora_n_merges": lambda text, n_merges: _train(text, len(text.encode("utf-8"))),
        "para_com_um_par": _stops_at_the_last_pair,
    },
    cases=_training_cases,
)


# --- 01.codificar --------------------------------------------------------------------------------


def _encode_word(text: str, merges: list[tuple[bytes, bytes]]) -> list[bytes]:
    """Devolve os pedaços do texto: cada fusão da lista, na ordem em que foi aprendida."""
    from helpers.bpe import merge_pair

    symbols = [bytes([value]) for value in text.encode("utf-8")]
    for pair in merges:
        symbols = merge_pair(symbols, pair)
    return symbols


def _symbols(text: str) -> list[bytes]:
    return [bytes([value]) for value in text.encode("utf-8")]


def _by_rank(text: str, merges: list[Pair]) -> list[bytes]:
    """Outro jeito certo: a cada volta, o par presente que foi aprendido primeiro."""
    symbols = _symbols(text)
    while known := [pair for pair in merges if pair in bpe.count_pairs([symbols])]:
        symbols = bpe.merge_pair(symbols, known[0])
    return symbols


def _trains_again(text: str, merges: list[Pair]) -> list[bytes]:
    return bpe.train(text, pattern=None, min_freq=2).pieces(text)


def _most_frequent_first(text: str, merges: list[Pair]) -> list[bytes]:
    symbols = _symbols(text)
    while True:
        counts = bpe.count_pairs([symbols])
        known = [pair for pair in merges if pair in counts]
        if not known:
            return symbols
        symbols = bpe.merge_pair(symbols, max(known, key=counts.__getitem__))


def _longest_match(text: str, merges: list[Pair]) -> list[bytes]:
    rest, pieces = text.encode("utf-8"), []
    known = {left + right for left, right in merges}
    while rest:
        sizes = [size for size in range(len(rest), 1, -1) if rest[:size] in known]
        size = sizes[0] if sizes else 1
        pieces.append(rest[:size])
        rest = rest[size:]
    return pieces


def _leftmost(text: str, merges: list[Pair]) -> list[bytes]:
    symbols = _symbols(text)
    i = 0
    while i < len(symbols) - 1:
        if (symbols[i], symbols[i + 1]) in merges:
            symbols[i : i + 2] = [symbols[i] + symbols[i + 1]]
            i = 0
        else:
            i += 1
    return symbols


def _reversed_list(text: str, merges: list[Pair]) -> list[bytes]:
    return _encode_word(text, merges[::-1])


def _single_merge(text: str, merges: list[Pair]) -> list[bytes]:
    symbols = _symbols(text)
    for pair in merges:
        if pair in bpe.count_pairs([symbols]):
            return bpe.merge_pair(symbols, pair)
    return symbols


def _first_occurrence(text: str, merges: list[Pair]) -> list[bytes]:
    symbols = _symbols(text)
    for pair in merges:
        for i in range(len(symbols) - 1):
            if (symbols[i], symbols[i + 1]) == pair:
                symbols = [*symbols[:i], pair[0] + pair[1], *symbols[i + 2 :]]
                break
    return symbols


def _characters(text: str, merges: list[Pair]) -> list[bytes]:
    symbols = [character.encode("utf-8") for character in text]
    for pair in merges:
        symbols = bpe.merge_pair(symbols, pair)
    return symbols


def _until_one_is_missing(text: str, merges: list[Pair]) -> list[bytes]:
    symbols = _symbols(text)
    for pair in merges:
        merged = _merge_pair(symbols, pair)
        if merged == symbols:
            break
        symbols = merged
    return symbols


def _one_word_at_a_time(text: str, merges: list[Pair]) -> list[bytes]:
    return [piece for word in text.split() for piece in _encode_word(word, merges)]


def _glued_pairs(text: str, merges: list[Pair]) -> list[bytes]:
    symbols = _symbols(text)
    for pair in merges:
        symbols = _compares_glued(symbols, pair)
    return symbols


def _encoding_cases() -> tuple[Case, ...]:
    banana = list(bpe.train("banana", pattern=None, min_freq=1).merges)
    first_seen = list(bpe.train("banana", pattern=None, min_freq=1, tie_rule="first_seen").merges)
    accents = list(bpe.train("pá pé pó, pão não mão são", pattern=None, min_freq=2).merges)
    words = ("cabana", "nabana", "semana", "banana", "ananás", "abacate", "bananabanana", "b", "")
    cases = [Case((word, list(banana))) for word in words]
    cases += [Case((word, list(first_seen))) for word in ("semana", "nanana")]
    cases += [Case((word, list(accents))) for word in ("pé", "pão", "irmão", "são não")]
    cases.append(Case(("abc", [(b"b", b"c"), (b"a", b"b")])))
    cases.append(Case(("abc", [(b"b", b"c"), (b"a", b"bc"), (b"a", b"b")])))
    cases += [Case((text, [(b"a", b"n"), (b"n", b"a")])) for text in ("nana", "anana")]
    # `a` + `bc` e `ab` + `c` colam no mesmo texto, e só o segundo par está na lista.
    glued = [(b"b", b"c"), (b"a", b"b"), (b"ab", b"c")]
    cases += [Case((text, list(glued))) for text in ("abc", "ab abc", "bcabab")]
    cases += [Case((text, list(accents))) for text in ("pá e pé", " não", "pão  pão")]
    cases.append(Case(("abab", [])))
    cases.append(Case(("Nana, banana!", list(banana))))
    return (*cases, *_random_cases())


def _random_cases() -> list[Case]:
    generator = random.Random(103)
    cases = []
    while len(cases) < 20:
        corpus = "".join(generator.choice("abnã") for _ in range(18))
        merges = list(bpe.train(corpus, pattern=None, min_freq=2).merges)
        word = "".join(generator.choice("abnã") for _ in range(9))
        # Ficam só as listas em que percorrê-la uma vez e procurar a mais antiga dão no mesmo.
        if merges and _encode_word(word, merges) == _by_rank(word, merges):
            cases.append(Case((word, merges)))
    return cases


ENCODE = Answer(
    "01.codificar",
    solution=_encode_word,
    form=_PIECES,
    wrong={
        "treina_de_novo": _trains_again,
        "mais_frequente_primeiro": _most_frequent_first,
        "pedaco_mais_longo": _longest_match,
        "mais_a_esquerda": _leftmost,
        "lista_ao_contrario": _reversed_list,
        "uma_fusao_so": _single_merge,
        "so_a_primeira_ocorrencia": _first_occurrence,
        "caracteres": _characters,
        "nao_guarda": lambda text, merges: _symbols(text),
        "so_o_primeiro_da_lista": lambda text, merges: _encode_word(text, merges[:1]),
        "recomeca_a_cada_par": lambda text, merges: (
            bpe.merge_pair(_symbols(text), merges[-1]) if merges else _symbols(text)
        ),
        "para_no_que_falta": _until_one_is_missing,
        "palavra_por_palavra": _one_word_at_a_time,
        "falta_o_ultimo": lambda text, merges: _encode_word(text, merges[:-1]),
        "compara_colado": _glued_pairs,
        "minusculas": lambda text, merges: _encode_word(text.lower(), merges),
    },
    cases=_encoding_cases,
)


# --- 01.decodificar ------------------------------------------------------------------------------


def _decode(ids: list[int], pieces: list[bytes]) -> str:
    """Devolve o texto que os ids escrevem: primeiro se emendam os bytes, depois se leem."""
    return b"".join(pieces[token_id] for token_id in ids).decode("utf-8", errors="replace")


def _each_alone(ids: list[int], pieces: list[bytes]) -> str:
    return "".join(pieces[token_id].decode("utf-8", errors="replace") for token_id in ids)


def _glue(ids: list[int], pieces: list[bytes]) -> bytes:
    return b"".join(pieces[token_id] for token_id in ids)


def _gives_up(ids: list[int], pieces: list[bytes]) -> str:
    try:
        return _glue(ids, pieces).decode("utf-8")
    except UnicodeDecodeError:
        return ""


def _decoding_cases() -> tuple[Case, ...]:
    small = [b"p\xc3", b"\xa9", b"p", b"\xc3\xa3", b"o"]
    fixed = [([0, 1], small), ([2, 3, 4], small), ([], small), ([0], small), ([1], small)]
    fixed += [([2, 0], small), ([4, 4, 4], small), ([0, 0, 1], small), ([2, 0, 4], small)]
    emoji = ["🍌".encode()[:2], "🍌".encode()[2:], b" ", b"a"]
    fixed += [([3, 2, 0, 1], emoji), ([0, 1, 0], emoji), ([2, 3, 2], emoji), ([2], emoji)]
    corpus = "não, mão, pão; pá pé pó; açaí e avó"
    vocab = [piece for piece in bpe.train(corpus, vocab_size=266).vocab if piece != b""]
    generator = random.Random(107)
    for _ in range(12):
        chosen = generator.sample(vocab[190:], 8)
        ids = [generator.randrange(8) for _ in range(generator.randrange(1, 6))]
        fixed.append((ids, chosen))
    return tuple(Case(args) for args in fixed)


DECODE = Answer(
    "01.decodificar",
    solution=_decode,
    form=Form("text"),
    wrong={
        "cada_um_sozinho": _each_alone,
        "sem_replace": lambda ids, pieces: _glue(ids, pieces).decode("utf-8"),
        "joga_fora": lambda ids, pieces: _glue(ids, pieces).decode("utf-8", errors="ignore"),
        "outra_tabela": lambda ids, pieces: _glue(ids, pieces).decode("latin-1"),
        "com_espacos": lambda ids, pieces: b" ".join(pieces[i] for i in ids).decode(
            "utf-8", errors="replace"
        ),
        "mostra_os_bytes": lambda ids, pieces: str(_glue(ids, pieces)),
        "id_como_letra": lambda ids, pieces: "".join(chr(token_id) for token_id in ids),
        "um_de_cada": lambda ids, pieces: _decode(list(dict.fromkeys(ids)), pieces),
        "de_tras_para_a_frente": lambda ids, pieces: _decode(ids[::-1], pieces),
        "todos_os_pedacos": lambda ids, pieces: _decode(range(len(pieces)), pieces),
        "conta_do_um": lambda ids, pieces: _decode([i + 1 for i in ids], pieces),
        "ordem_do_vocabulario": lambda ids, pieces: _decode(sorted(set(ids)), pieces),
        "so_ascii": lambda ids, pieces: _glue(ids, pieces).decode("ascii", errors="replace"),
        "desiste_do_texto": _gives_up,
        "so_o_ultimo": lambda ids, pieces: _decode(ids[-1:], pieces),
        "apara_os_espacos": lambda ids, pieces: _decode(ids, pieces).strip(),
        "ids_em_ordem": lambda ids, pieces: _decode(sorted(ids), pieces),
        "utf_16": lambda ids, pieces: _glue(ids, pieces).decode("utf-16", errors="replace"),
        "so_o_primeiro": lambda ids, pieces: _decode(ids[:1], pieces),
        "pela_posicao": lambda ids, pieces: _decode(range(len(ids)), pieces),
        "textos_dos_bytes": lambda ids, pieces: "".join(str(pieces[i]) for i in ids),
        "pedaco_anterior": lambda ids, pieces: _decode([i - 1 for i in ids], pieces),
        "falta_o_ultimo": lambda ids, pieces: _decode(ids[:-1], pieces),
    },
    cases=_decoding_cases,
)


# --- 01.palavra_nova, 01.nfc_nfd -----------------------------------------------------------------

_WORDS_TEXTS = Form("sequence", (Form("text"),), label="uma lista de textos")

_COUNTS = Form(
    "sequence",
    (Form("int"),),
    length=4,
    label="pontos de código em NFC, bytes em NFC, pontos de código em NFD, bytes em NFD",
)

NEW_WORD = Answer(
    "01.palavra_nova",
    solution=["s", "a", "v", "a", "na"],
    form=_WORDS_TEXTS,
    wrong={
        "silabas": ["sa", "va", "na"],
        "so_letras": ["s", "a", "v", "a", "n", "a"],
        "palavra_inteira": ["savana"],
        "regra_do_menor_id": ["s", "a", "v", "ana"],
        "primeiro_visto": ["s", "a", "v", "an", "a"],
        "va_inventado": ["s", "a", "va", "na"],
        "perde_uma_letra": ["s", "a", "v", "na"],
        "comeco_colado": ["sav", "a", "na"],
    },
    code="""
from helpers.bpe import merge_pair

my_pieces_solution = [b"s", b"a", b"v", b"a", b"n", b"a"]
for pair in [(b"n", b"a"), (b"na", b"na"), (b"b", b"a"), (b"ba", b"nana")]:
    my_pieces_solution = merge_pair(my_pieces_solution, pair)
my_pieces_solution = [piece.decode() for piece in my_pieces_solution]
""",
)

FORMS = Answer(
    "01.nfc_nfd",
    solution=(7, 9, 9, 11),
    form=_COUNTS,
    wrong={
        "formas_trocadas": (9, 11, 7, 9),
        "byte_igual_a_letra": (7, 7, 9, 9),
        "formas_iguais": (7, 9, 7, 9),
        "so_um_acento": (7, 8, 8, 9),
        "sinal_de_um_byte": (7, 9, 9, 9),
        "byte_antes_do_ponto": (9, 7, 11, 9),
        "dois_bytes_por_letra": (7, 14, 9, 18),
        "len_conta_letras": (7, 9, 7, 11),
        "tres_bytes_por_letra": (7, 9, 9, 13),
    },
    code="""
from unicodedata import normalize

my_counts_solution = tuple(
    size
    for form in ("NFC", "NFD")
    for word in [normalize(form, "coração")]
    for size in (len(word), len(word.encode("utf-8")))
)
""",
)


# --- 01.meia_letra -------------------------------------------------------------------------------


def _half_letters(pieces: list[bytes]) -> list[bytes]:
    """Devolve, na ordem, os pedaços que não formam letras completas."""
    halves = []
    for piece in pieces:
        try:
            piece.decode("utf-8")
        except UnicodeDecodeError:
            halves.append(piece)
    return halves


def _any_accent(pieces: list[bytes]) -> list[bytes]:
    return [piece for piece in pieces if any(value > 127 for value in piece)]


def _single_bytes(pieces: list[bytes]) -> list[bytes]:
    return [piece for piece in pieces if len(piece) == 1]


def _whole_ones(pieces: list[bytes]) -> list[bytes]:
    halves = _half_letters(pieces)
    return [piece for piece in pieces if piece not in halves]


def _swallows(pieces: list[bytes]) -> list[bytes]:
    return [piece for piece in pieces if piece.decode("utf-8", errors="ignore") is None]


def _looks_at_start(pieces: list[bytes]) -> list[bytes]:
    return [piece for piece in pieces if piece and 128 <= piece[0] < 192]


def _looks_at_end(pieces: list[bytes]) -> list[bytes]:
    return [piece for piece in pieces if piece and piece[-1] >= 192]


def _no_try(pieces: list[bytes]) -> list[bytes]:
    return [piece for piece in pieces if not isinstance(piece.decode("utf-8"), str)]


def _without_repeats(pieces: list[bytes]) -> list[bytes]:
    return list(dict.fromkeys(_half_letters(pieces)))


def _single_high_bytes(pieces: list[bytes]) -> list[bytes]:
    return [piece for piece in pieces if len(piece) == 1 and piece[0] > 127]


def _only_the_broken_part(pieces: list[bytes]) -> list[bytes]:
    parts = []
    for piece in pieces:
        try:
            piece.decode("utf-8")
        except UnicodeDecodeError as error:
            parts.append(piece[error.start :])
    return parts


def _all_or_nothing(pieces: list[bytes]) -> list[bytes]:
    try:
        b"".join(pieces).decode("utf-8")
    except UnicodeDecodeError:
        return list(pieces)
    return []


def _removes_while_walking(pieces: list[bytes]) -> list[bytes]:
    left = list(pieces)
    for piece in left:
        if not _half_letters([piece]):
            left.remove(piece)
    return left


def _half_letters_cases() -> tuple[Case, ...]:
    fixed = [
        [b"p\xc3", b"\xa9"],
        [b"b", b"a", b"na", b"na"],
        ["ção".encode(), b"a\xc3", b"\xa7\xc3\xa3o"],
        ["ã".encode(), b"\xc3", b"\xa3"],
        [b"\xa3o", b"\xa3o", b" "],
        [b"\xf0\x9f", b"\x8d\x8c", "🍌".encode()],
        [b"", b"a"],
        [],
    ]
    generator = random.Random(104)
    for _ in range(22):
        word = generator.choice(("coração", "pão de mel", "não há", "avô e avó", "🍌 açaí"))
        fixed.append(_cut(word.encode("utf-8"), generator))
    return tuple(Case((pieces,)) for pieces in fixed)


def _cut(data: bytes, generator: random.Random) -> list[bytes]:
    pieces = []
    while data:
        size = generator.randrange(1, 4)
        pieces.append(data[:size])
        data = data[size:]
    return pieces


HALF_LETTERS = Answer(
    "01.meia_letra",
    solution=_half_letters,
    form=_PIECES,
    wrong={
        "todo_acento": _any_accent,
        "um_byte_so": _single_bytes,
        "um_byte_alto": _single_high_bytes,
        "invertido": _whole_ones,
        "engole_o_erro": _swallows,
        "so_o_comeco": _looks_at_start,
        "so_o_fim": _looks_at_end,
        "sem_try": _no_try,
        "sem_repetidos": _without_repeats,
        "ultimo_byte_alto": lambda pieces: [p for p in pieces if p and p[-1] > 127],
        "primeiro_byte_alto": lambda pieces: [p for p in pieces if p and p[0] > 127],
        "nada_se_le": lambda pieces: [p for p in pieces if not p.decode("utf-8", "ignore")],
        "tudo_ou_nada": _all_or_nothing,
        "tira_enquanto_anda": _removes_while_walking,
        "so_a_parte_partida": _only_the_broken_part,
        "so_as_aprendidas": lambda pieces: [p for p in _half_letters(pieces) if len(p) > 1],
        "procura_um_byte": lambda pieces: [p for p in pieces if b"\xc3" in p],
    },
    cases=_half_letters_cases,
)


# --- 01.compressao -------------------------------------------------------------------------------

_PT = " ".join(
    (
        "A feira começa cedo na praça.",
        "O João compra pão, mamão e uma porção de limões.",
        "A avó pergunta se há maçã; não há.",
        "Então levam bananas, e o caminhão não espera ninguém.",
    )
)
_EN = " ".join(
    (
        "The market opens early in the square.",
        "John buys bread, papaya and a handful of limes.",
        "His grandmother asks for apples; there are none.",
        "So they take bananas, and the truck leaves.",
    )
)
_COMPRESSION_TEXTS = (
    "O João entregou um pão para Maria.",
    "The bread was for Maria and her mother.",
    "banana",
    "ação, coração, pão",
    "🍌 não 🍌",
    "a",
    "",
    "   \n",
)


def _bytes_per_token(tokenizer, text: str) -> float:
    """Devolve quantos bytes de texto cabem, em média, em um token; 0.0 no texto vazio."""
    tokens = tokenizer.encode(text)
    if not tokens:
        return 0.0
    return len(text.encode("utf-8")) / len(tokens)


def _tokens_per_byte(tokenizer: bpe.Tokenizer, text: str) -> float:
    data = text.encode("utf-8")
    return len(tokenizer.encode(text)) / len(data) if data else 0.0


def _characters_per_token(tokenizer: bpe.Tokenizer, text: str) -> float:
    tokens = tokenizer.encode(text)
    return len(text) / len(tokens) if tokens else 0.0


def _bytes_per_word(tokenizer: bpe.Tokenizer, text: str) -> float:
    words = text.split()
    return len(text.encode("utf-8")) / len(words) if words else 0.0


def _tokens_per_word(tokenizer: bpe.Tokenizer, text: str) -> float:
    words = text.split()
    return len(tokenizer.encode(text)) / len(words) if words else 0.0


def _divides_by_vocab(tokenizer: bpe.Tokenizer, text: str) -> float:
    return len(text.encode("utf-8")) / tokenizer.vocab_size


def _breaks_on_empty(tokenizer: bpe.Tokenizer, text: str) -> float:
    return len(text.encode("utf-8")) / len(tokenizer.encode(text))


def _integer_division(tokenizer: bpe.Tokenizer, text: str) -> int:
    tokens = tokenizer.encode(text)
    return len(text.encode("utf-8")) // len(tokens) if tokens else 0


def _distinct_tokens(tokenizer: bpe.Tokenizer, text: str) -> float:
    tokens = set(tokenizer.encode(text))
    return len(text.encode("utf-8")) / len(tokens) if tokens else 0.0


def _mean_of_words(tokenizer: bpe.Tokenizer, text: str) -> float:
    rates = [_bytes_per_token(tokenizer, word) for word in text.split()]
    return sum(rates) / len(rates) if rates else 0.0


@lru_cache(maxsize=1)
def _compression_cases() -> tuple[Case, ...]:
    cases = []
    for name, corpus in (("português", _PT), ("inglês", _EN)):
        for size in (256, 280, 300):
            tokenizer = bpe.train(corpus, vocab_size=size)
            label = f"tokenizador de {name}, {tokenizer.vocab_size} entradas"
            cases += [Case((tokenizer, text), f"{label}; {text!r}") for text in _COMPRESSION_TEXTS]
    return tuple(cases)


COMPRESSION = Answer(
    "01.compressao",
    solution=_bytes_per_token,
    form=Form("number"),
    wrong={
        "invertido": _tokens_per_byte,
        "caracteres": _characters_per_token,
        "bytes_por_palavra": _bytes_per_word,
        "tokens_por_palavra": _tokens_per_word,
        "divide_pelo_vocabulario": _divides_by_vocab,
        "tokens_distintos": _distinct_tokens,
        "texto_vazio": _breaks_on_empty,
        "divisao_inteira": _integer_division,
        "quantos_tokens": lambda tokenizer, text: len(tokenizer.encode(text)),
        "bytes_por_caractere": lambda tokenizer, text: (
            len(text.encode("utf-8")) / len(text) if text else 0.0
        ),
        "media_das_palavras": _mean_of_words,
        "quanto_encolheu": lambda tokenizer, text: (
            1 - _tokens_per_byte(tokenizer, text) if text else 0.0
        ),
        "vazio_vale_um": lambda tokenizer, text: _bytes_per_token(tokenizer, text) or 1.0,
        "tokens_por_caractere": lambda tokenizer, text: (
            len(tokenizer.encode(text)) / len(text) if text else 0.0
        ),
        "vocabulario_por_token": lambda tokenizer, text: (
            tokenizer.vocab_size / len(tokenizer.encode(text)) if text else 0.0
        ),
        "sem_os_espacos": lambda tokenizer, text: (
            len(text.replace(" ", "").encode("utf-8")) / len(tokenizer.encode(text))
            if text
            else 0.0
        ),
        "media_dos_ids": lambda tokenizer, text: (
            sum(tokenizer.encode(text)) / len(tokenizer.encode(text)) if text else 0.0
        ),
        "bytes_menos_tokens": lambda tokenizer, text: (
            len(text.encode("utf-8")) - len(tokenizer.encode(text))
        ),
        "um_token_a_mais": lambda tokenizer, text: (
            len(text.encode("utf-8")) / (len(tokenizer.encode(text)) + 1)
        ),
    },
    cases=_compression_cases,
)
