"""A BPE faz o que a lição diz: conta, escolhe, funde, codifica e volta."""

import json
import pickle
import re
import tracemalloc
from itertools import pairwise
from types import SimpleNamespace

import pytest
from core import told
from effort import calls
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.bpe import (
    GPT2_PATTERN,
    TIE_RULES,
    Tokenizer,
    choose_pair,
    count_pairs,
    merge_pair,
    split,
    steps,
    train,
)

SENTENCE = "O João entregou um pão para a Maria, e a Maria não comeu o pão do João."
# Poucas letras: pares repetidos, sobreposições e empates aparecem o tempo todo.
DENSE = st.text(alphabet="aabn ã\n", max_size=60)
RULES = st.sampled_from(sorted(TIE_RULES))


def symbols(text):
    """Separa em símbolos de um byte: `ã` vira dois."""
    return [bytes([value]) for value in text.encode()]


def written(pieces):
    return b" ".join(pieces).decode()


# -- exemplos publicados --------------------------------------------------------------------------


def test_wikipedia_example_ends_in_the_published_string():
    # https://en.wikipedia.org/wiki/Byte-pair_encoding: aaabdaaabac → ZabdZabac → ZYdZYac → XdXac.
    expected = ["aa a b d aa a b a c", "aa ab d aa ab a c", "aaab d aaab a c"]
    states = list(steps("aaabdaaabac", tie_rule="smallest_ids", vocab_size=259))
    assert [written(state.words[0]) for state in states[1:]] == expected


def test_minbpe_example_gives_the_published_ids():
    # https://github.com/karpathy/minbpe: 3 fusões de aaabdaaabac dão [258, 100, 258, 97, 99].
    tokenizer = train("aaabdaaabac", vocab_size=259, pattern=None, tie_rule="first_seen")
    assert tokenizer.encode("aaabdaaabac") == [258, 100, 258, 97, 99]


# -- banana e os empates --------------------------------------------------------------------------

BANANA = {
    "largest_bytes": ["b a na na", "b a nana", "ba nana", "banana"],
    "first_seen": ["b an an a", "ban an a", "banan a", "banana"],
    "smallest_ids": ["b an an a", "ban an a", "ban ana", "banana"],
    "last_seen": ["b a na na", "b a nana", "b anana", "banana"],
}


@pytest.mark.parametrize("tie_rule", BANANA)
def test_banana_to_the_end_under_each_rule(tie_rule):
    states = list(steps("banana", tie_rule=tie_rule))
    assert [written(state.words[0]) for state in states[1:]] == BANANA[tie_rule]
    assert [state.end for state in states] == [None] * 4 + ["no_pairs"]
    trained = train("banana", pattern=None, tie_rule=tie_rule, min_freq=1)
    assert trained.merges == states[-1].merges


@pytest.mark.parametrize("tie_rule", BANANA)
def test_banana_stops_where_every_pair_is_alone(tie_rule):
    tokenizer = train("banana", pattern=None, tie_rule=tie_rule)
    assert written(tokenizer.pieces("banana")) == BANANA[tie_rule][0]
    assert list(steps("banana", tie_rule=tie_rule, min_freq=2))[-1].end == "min_freq"


def test_every_rule_has_a_case():
    assert set(BANANA) == set(TIE_RULES)


def test_old_symbols_stay_in_the_vocabulary():
    state = list(steps("banana", min_freq=2))[-1]
    assert state.vocab == (b"a", b"b", b"n", b"na")
    assert state.counts == {(b"b", b"a"): 1, (b"a", b"na"): 1, (b"na", b"na"): 1}


def test_the_tie_of_banana_is_between_an_and_na():
    first = next(steps("banana"))
    assert first.tied == ((b"a", b"n"), (b"n", b"a"))
    assert list(first.counts.items()) == [
        ((b"b", b"a"), 1),
        ((b"a", b"n"), 2),
        ((b"n", b"a"), 2),
    ]


def test_learned_list_cuts_a_new_word_without_counting():
    tokenizer = train("banana", pattern=None, min_freq=1)
    assert written(tokenizer.pieces("semana")) == "s e m a na"
    assert written(tokenizer.pieces("nabana")) == "na ba na"


def test_choose_overrides_the_rule():
    states = list(steps("banana", choose=lambda tied: tied[0], min_freq=2))
    assert written(states[-1].words[0]) == "b an an a"


def test_choose_outside_the_tie_is_refused():
    with pytest.raises(ValueError, match="escolha um dos empatados"):
        list(steps("banana", choose=lambda tied: (b"b", b"a")))


def test_steps_stop_at_the_vocabulary_size():
    states = list(steps("banana", vocab_size=257))
    assert [state.end for state in states] == [None, "vocab_size"]
    assert states[-1].chosen is None


# -- contar, escolher, fundir ---------------------------------------------------------------------


@pytest.mark.parametrize(("text", "counted", "merged"), [("aaa", 2, 1), ("aaaa", 3, 2)])
def test_overlaps_are_counted_but_not_merged(text, counted, merged):
    pair = (b"a", b"a")
    assert count_pairs([symbols(text)]) == {pair: counted}
    assert merge_pair(symbols(text), pair).count(b"aa") == merged


def test_merge_goes_from_left_to_right():
    assert merge_pair(symbols("aaab"), (b"a", b"a")) == [b"aa", b"a", b"b"]


@given(DENSE)
def test_merge_keeps_bytes_and_input(text):
    before = symbols(text)
    after = merge_pair(before, (b"a", b"b"))
    assert b"".join(after) == text.encode()
    assert before == symbols(text)
    assert (b"a", b"b") not in pairwise(after)


def test_pairs_do_not_cross_words():
    assert count_pairs([symbols("ab"), symbols("ab")]) == {(b"a", b"b"): 2}


def test_smallest_ids_uses_the_order_of_gpt2_bytes():
    # Em GPT-2, 0x21 recebe o id 0 e 0x00 recebe o 188: a ordem não é a do valor do byte.
    counts = {(b"\x00", b"a"): 1, (b"!", b"a"): 1}
    assert choose_pair(counts, "smallest_ids") == (b"!", b"a")
    assert choose_pair(counts, "largest_bytes") == (b"!", b"a")
    assert choose_pair({(b"\x00", b"a"): 1, (b"\x7f", b"a"): 1}, "smallest_ids")[0] == b"\x00"


def test_learned_symbols_need_the_merges_to_have_ids():
    counts = {(b"na", b"b"): 1, (b"an", b"b"): 1}
    merges = ((b"n", b"a"), (b"a", b"n"))
    assert choose_pair(counts, "smallest_ids", merges) == (b"na", b"b")
    with pytest.raises(ValueError, match="passe em merges as fusões já feitas"):
        choose_pair(counts, "smallest_ids")


# -- cortar o texto -------------------------------------------------------------------------------


def test_space_goes_with_the_next_word():
    assert split("um pão, 2 reais") == ["um", " pão", ",", " 2", " reais"]


def test_without_pattern_there_is_no_cut():
    assert split("um pão", None) == ["um pão"]
    assert split("", None) == split("") == []


@pytest.mark.slow
@given(st.text(), st.sampled_from([GPT2_PATTERN, None, r"\w+", r"(a)|b*", r"(?=a)", r"\s+|(?:\S)"]))
def test_nothing_is_lost_in_the_cut(text, pattern):
    words = split(text, pattern)
    assert "".join(words) == text
    assert "" not in words


def test_groups_in_the_pattern_do_not_matter():
    assert split("abab", "(a)(b)") == ["ab", "ab"]


def test_what_the_pattern_misses_becomes_its_own_piece():
    assert split("pão, mel", r"\w+") == ["pão", ", ", "mel"]
    assert split("— pão", r"\w+") == ["— ", "pão"]


# -- treino rápido = treino que reconta -----------------------------------------------------------


@pytest.mark.slow
@settings(max_examples=300)
@given(st.lists(DENSE, max_size=4), RULES, st.integers(1, 3), st.sampled_from([None, 3, 9]))
def test_fast_training_equals_recounting(texts, tie_rule, min_freq, room):
    text = " ".join(texts)
    size = None if room is None else 256 + room
    options = {"vocab_size": size, "min_freq": min_freq, "tie_rule": tie_rule}
    for pattern in (GPT2_PATTERN, None):
        *_, last = steps(text, pattern=pattern, **options)
        assert train(text, pattern=pattern, **options).merges == last.merges


@pytest.mark.parametrize("tie_rule", sorted(TIE_RULES))
def test_fast_training_equals_recounting_on_portuguese(tie_rule):
    text = SENTENCE * 2 + "Ninguém viu a canção; não, o coração da Conceição não a ouviu."
    *_, last = steps(text, pattern=GPT2_PATTERN, min_freq=2, tie_rule=tie_rule)
    assert len(last.merges) > 30
    assert train(text, tie_rule=tie_rule).merges == last.merges


@given(DENSE, RULES)
def test_no_token_is_learned_twice(text, tie_rule):
    merges = train(text, pattern=None, min_freq=1, tie_rule=tie_rule).merges
    assert len({left + right for left, right in merges}) == len(merges)


@given(st.lists(DENSE, max_size=5))
def test_iterable_cuts_each_text_alone(texts):
    merges = train(iter(texts), pattern=None).merges
    words = [symbols(text) for text in texts]
    expected = []
    while (counts := count_pairs(words)) and max(counts.values()) >= 2:
        expected.append(choose_pair(counts))
        words = [merge_pair(word, expected[-1]) for word in words]
    assert list(merges) == expected


@pytest.mark.parametrize("vocab_size", [None, 300])
def test_training_stops_when_there_are_no_more_characters(monkeypatch, vocab_size):
    monkeypatch.setattr("helpers.bpe.trainer.sys", SimpleNamespace(maxunicode=257))
    assert len(train("banana", min_freq=1, vocab_size=vocab_size).merges) == 2


def test_long_iterator_is_not_kept_in_memory():
    tracemalloc.start()
    tokenizer = train(f"linha {number % 50} do texto\n" for number in range(5_000))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(tokenizer.pieces(" texto")) == 1
    assert peak < 500_000


def test_empty_text_gives_only_bytes():
    for text in ("", [], ["", ""]):
        tokenizer = train(text)
        assert tokenizer.merges == ()
        assert tokenizer.vocab_size == 256
        assert tokenizer.decode(tokenizer.encode("pão")) == "pão"


def test_vocabulary_size_counts_bytes_merges_and_specials():
    tokenizer = train(SENTENCE * 3, vocab_size=270, special_tokens=["<|fim|>", "<|início|>"])
    assert tokenizer.vocab_size == 270
    assert len(tokenizer.merges) == 12
    assert train(SENTENCE * 3, vocab_size=256).merges == ()
    assert tokenizer.special_tokens == {"<|fim|>": 268, "<|início|>": 269}
    assert [tokenizer.vocab[bytes([value])] for value in range(256)] == list(range(256))
    assert [tokenizer.vocab[left + right] for left, right in tokenizer.merges] == [*range(256, 268)]


def test_the_tokenizer_cuts_as_the_training_did():
    tokenizer = train("a b a b", pattern=r"\w+", tie_rule="first_seen")
    assert tokenizer.merges == ()  # as palavras têm uma letra só
    assert (tokenizer.pattern, tokenizer.tie_rule) == (r"\w+", "first_seen")


def test_minimum_frequency_is_inclusive():
    assert train("ab ab ab", min_freq=3).merges[0] == (b"a", b"b")
    assert (b"a", b"b") not in train("ab ab ab", min_freq=4).merges


# -- codificar e decodificar ----------------------------------------------------------------------

TRAINED = train(SENTENCE * 3, special_tokens=["<|fim|>", "<|fim|><|fim|>", "[a]"])


@settings(max_examples=300)
@given(st.one_of(st.text(), DENSE, st.text(alphabet="<|fim>[a] não")))
def test_any_text_comes_back(text):
    for allow_special in (False, True):
        ids = TRAINED.encode(text, allow_special=allow_special)
        assert TRAINED.decode(ids) == TRAINED.decode(ids, errors="strict") == text
    assert b"".join(TRAINED.pieces(text)) == text.encode()


@given(st.text(), st.sampled_from([None, r"\w+", r"(a)|\s"]))
def test_any_text_comes_back_with_any_pattern(text, pattern):
    tokenizer = train(text + SENTENCE, pattern=pattern)
    assert tokenizer.decode(tokenizer.encode(text), errors="strict") == text


def test_long_text_comes_back():
    text = (SENTENCE * 200)[:10_000]
    assert TRAINED.decode(TRAINED.encode(text)) == text
    assert TRAINED.encode("") == []
    assert TRAINED.decode([]) == ""


@given(DENSE, RULES)
def test_encoding_the_training_text_repeats_the_training(text, tie_rule):
    *_, last = steps(text, min_freq=1, tie_rule=tie_rule)
    tokenizer = train(text, pattern=None, min_freq=1, tie_rule=tie_rule)
    assert tokenizer.pieces(text) == [symbol for word in last.words for symbol in word]


@given(DENSE, DENSE)
def test_encoding_is_applying_the_merges_in_order(learned_from, text):
    tokenizer = train(learned_from, pattern=None, min_freq=1)
    word = symbols(text)
    for pair in tokenizer.merges:
        word = merge_pair(word, pair)
    assert tokenizer.pieces(text) == word


def test_a_very_long_word_is_not_quadratic():
    word = SENTENCE.replace(" ", "")

    def learn_and_encode(text):
        tokenizer = train(text, vocab_size=512, pattern=None)
        assert tokenizer.decode(tokenizer.encode(text)) == text

    # Quatro vezes o texto, quatro vezes o trabalho; ao quadrado, seriam dezesseis.
    assert calls(learn_and_encode, word * 1000) < 5 * calls(learn_and_encode, word * 250)


def test_special_token_is_plain_text_unless_allowed():
    plain = TRAINED.encode("pão<|fim|>")
    assert TRAINED.special_tokens["<|fim|>"] not in plain
    assert TRAINED.encode("<|fim|>", allow_special=True) == [TRAINED.special_tokens["<|fim|>"]]


def test_longest_special_token_wins():
    double, single = TRAINED.special_tokens["<|fim|><|fim|>"], TRAINED.special_tokens["<|fim|>"]
    assert TRAINED.encode("<|fim|>" * 3, allow_special=True) == [double, single]
    assert TRAINED.encode("[a]a", allow_special=True)[0] == TRAINED.special_tokens["[a]"]


def test_half_letter_is_shown_or_refused():
    half = TRAINED.encode("ã")[:1] if len(TRAINED.encode("ã")) > 1 else [0xC3]
    assert TRAINED.decode(half) == "�"
    assert TRAINED.decode_bytes(half) == b"\xc3"
    with pytest.raises(ValueError, match=r"posição 0 \(c3\) não formam UTF-8.*meio de uma letra"):
        TRAINED.decode(half, errors="strict")


def test_numbers_of_numpy_are_ids():
    numpy = pytest.importorskip("numpy")
    ids = numpy.array(TRAINED.encode(SENTENCE))
    assert TRAINED.decode(ids) == SENTENCE
    with pytest.raises(ValueError, match="o id 99999 não existe"):
        TRAINED.decode(numpy.array([97, 99999]))


@pytest.mark.slow
def test_numbers_of_torch_are_ids():
    torch = pytest.importorskip("torch")
    assert TRAINED.decode(torch.tensor(TRAINED.encode(SENTENCE))) == SENTENCE


def test_memory_of_words_is_bounded(monkeypatch):
    monkeypatch.setattr("helpers.bpe.tokenizer._CACHED_WORDS", 10)
    tokenizer = train(SENTENCE)
    text = " ".join(map(str, range(1000))) + " " + "x" * 500
    assert tokenizer.decode(tokenizer.encode(text)) == text
    assert 0 < len(tokenizer._known_words) <= 10
    assert all(len(word) < 500 for word in tokenizer._known_words)


def test_a_word_already_met_is_not_merged_again(monkeypatch):
    tokenizer, met = train(SENTENCE), []
    merge = "helpers.bpe.tokenizer.merge_by_rank"
    monkeypatch.setattr(merge, lambda symbols, *_: met.append(b"".join(symbols)) or symbols)
    assert tokenizer.encode("pão pão pão") == tokenizer.encode("pão pão pão")
    assert met == ["pão".encode(), " pão".encode()]


# -- o tokenizador não muda -----------------------------------------------------------------------


def test_tokenizer_does_not_change_with_the_dictionaries_it_received():
    specials = {"<|fim|>": 300}
    tokenizer = Tokenizer((), special_tokens=specials)
    specials["outro"] = 1
    assert tokenizer.special_tokens == {"<|fim|>": 300}
    with pytest.raises(AttributeError):
        tokenizer.pattern = None


def test_copies_are_equal():
    TRAINED.encode(SENTENCE)
    assert pickle.loads(pickle.dumps(TRAINED)) == TRAINED
    assert "fusões" in repr(TRAINED)
    assert len(repr(TRAINED)) < 120


# -- arquivos -------------------------------------------------------------------------------------

SPECIALS = st.lists(st.text(min_size=1, max_size=5), unique=True, max_size=3)


@given(text=DENSE, probe=st.text(), tie_rule=RULES, specials=SPECIALS, cut=st.booleans())
def test_save_and_load_change_nothing(tmp_path_factory, text, probe, tie_rule, specials, cut):
    path = tmp_path_factory.mktemp("json") / "tokenizador ação.json"
    pattern = GPT2_PATTERN if cut else None
    tokenizer = train(text, tie_rule=tie_rule, special_tokens=specials, pattern=pattern)
    tokenizer.save(path)
    loaded = Tokenizer.load(path)
    assert loaded == tokenizer
    for allowed in (False, True):
        expected = tokenizer.encode(probe, allow_special=allowed)
        assert loaded.encode(probe, allow_special=allowed) == expected
    assert loaded.vocab == tokenizer.vocab
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_saved_file_can_be_read_by_people(tmp_path):
    path = tmp_path / "t.json"
    train("ã" * 4, pattern=None).save(path)
    content = json.loads(path.read_text(encoding="utf-8"))
    assert content["format"] == "transformers-por-dentro/bpe"
    assert content["version"] == 1
    assert content["merges"][0] == "Ã £"
    assert "Ã £" in path.read_text(encoding="utf-8")


def test_gpt2_files_keep_ids(tmp_path):
    TRAINED.save_gpt2(tmp_path / "nova" / "pasta")
    loaded = Tokenizer.load_gpt2(tmp_path / "nova" / "pasta", tie_rule="largest_bytes")
    assert loaded == TRAINED
    lines = (tmp_path / "nova" / "pasta" / "merges.txt").read_text(encoding="utf-8").split("\n")
    assert lines[0] == "#version: 0.2"
    assert "Ã£" in (tmp_path / "nova" / "pasta" / "vocab.json").read_text(encoding="utf-8")
    assert len(lines) == 1 + len(TRAINED.merges) + 1


def test_gpt2_files_with_their_own_numbering(tmp_path):
    vocab = {token: 1000 - number for token, number in TRAINED.vocab.items()}
    other = Tokenizer(TRAINED.merges, special_tokens={"<|endoftext|>": 0}, ids=vocab, tie_rule=None)
    other.save_gpt2(tmp_path)
    loaded = Tokenizer.load_gpt2(tmp_path)
    assert loaded == other
    assert loaded.encode("pão<|endoftext|>", allow_special=True)[-1] == 0
    assert loaded.decode(loaded.encode(SENTENCE)) == SENTENCE
    loaded.save(tmp_path / "t.json")
    assert Tokenizer.load(tmp_path / "t.json") == other


def test_merge_of_hashes_is_not_taken_for_a_header(tmp_path):
    tokenizer = train("#### ####", pattern=None)
    tokenizer.save_gpt2(tmp_path)
    assert tokenizer.merges[0] == (b"#", b"#")
    assert Tokenizer.load_gpt2(tmp_path).merges == tokenizer.merges
    merges = (tmp_path / "merges.txt").read_text(encoding="utf-8").split("\n", 1)[1]
    (tmp_path / "merges.txt").write_text(merges, encoding="utf-8")
    assert Tokenizer.load_gpt2(tmp_path).merges == tokenizer.merges


def test_special_token_written_like_a_common_one_is_refused(tmp_path):
    tokenizer = train("pão pão", special_tokens=["Ã£"])
    with pytest.raises(ValueError, match="se escreve, em vocab\\.json, como um token comum"):
        tokenizer.save_gpt2(tmp_path / "g")
    tokenizer.save(tmp_path / "t.json")
    assert Tokenizer.load(tmp_path / "t.json") == tokenizer


def _saved(tmp_path, **changes):
    path = tmp_path / "t.json"
    TRAINED.save(path)
    content = json.loads(path.read_text(encoding="utf-8")) | changes
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"version": 2}, "versão 2 do formato; este curso lê a 1"),
        ({"format": "outro"}, "não é um tokenizador deste curso"),
        ({"merges": ["b a", "x yz"]}, "a fusão 1 usa b'yz'"),
        ({"merges": ["b a", "b a"]}, "a fusão 1.*está repetida"),
        ({"merges": ["ba"]}, "deveria ser dois tokens e um espaço"),
        ({"merges": ["b  a"]}, "deveria ser dois tokens e um espaço"),
        ({"merges": [3]}, "deveria ser dois tokens e um espaço"),
        ({"merges": ["\u4e2d a"]}, "não está entre as 256 letras do GPT-2"),
        ({"merges": {}}, 'o campo "merges" tem um valor inesperado'),
        ({"pattern": "("}, "não é uma expressão válida"),
        ({"tie_rule": "sorte"}, "tie_rule='sorte' não existe"),
        ({"special_tokens": {"<|fim|>": 97}}, "o id 97 está em dois tokens"),
        ({"special_tokens": {"<|fim|>": "x"}}, "ids são inteiros a partir de 0"),
        ({"ids": {"a": 0}}, "os ids não combinam com as fusões"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_damaged_file_is_explained(tmp_path, changes, message):
    path = _saved(tmp_path, **changes)
    with pytest.raises(ValueError, match=message) as caught:
        Tokenizer.load(path)
    assert str(path) in str(caught.value)
    assert "Treine de novo e grave com save" in str(caught.value)


@pytest.mark.parametrize("name", ["merges", "pattern", "special_tokens", "ids", "tie_rule"])
def test_missing_field_is_named(tmp_path, name):
    path = _saved(tmp_path)
    content = json.loads(path.read_text(encoding="utf-8"))
    del content[name]
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(ValueError, match=f'falta o campo "{name}"'):
        Tokenizer.load(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"format": "transf', r"não é JSON completo \(linha 1\); pode ter sido cortado"),
        (b"", "não é JSON completo"),
        (b"\xff\xfe", "não é texto em UTF-8"),
        (b"[1]", "não é um tokenizador deste curso"),
    ],
    ids=["cortado", "vazio", "outra codificação", "outro JSON"],
)
def test_file_that_is_not_ours_is_explained(tmp_path, content, message):
    path = tmp_path / "t.json"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message):
        Tokenizer.load(path)


def test_missing_file_and_folder_are_explained(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"confira o caminho, ou grave-o antes.*não\.json"):
        Tokenizer.load(tmp_path / "não.json")
    with pytest.raises(FileNotFoundError, match=r"vocab\.json"):
        Tokenizer.load_gpt2(tmp_path / "não")
    with pytest.raises(FileNotFoundError, match="confira se a pasta existe"):
        TRAINED.save(tmp_path / "não" / "t.json")


def test_failed_save_keeps_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "t.json"
    TRAINED.save(path)
    before = path.read_bytes()

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", fail)
    with pytest.raises(OSError, match=r"o disco está cheio.*t\.json"):
        train("outro texto").save(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("vocab", "merges", "message"),
    [
        ("{}", "#version: 0.2\n", "vocab.json não tem 'Ā'"),
        ("[]", "", "não é uma tabela"),
        ("{", "", "não é JSON completo"),
    ],
    ids=["sem bytes", "lista", "cortado"],
)
def test_bad_gpt2_folder_is_explained(tmp_path, vocab, merges, message):
    (tmp_path / "vocab.json").write_text(vocab, encoding="utf-8")
    (tmp_path / "merges.txt").write_text(merges, encoding="utf-8")
    with pytest.raises(ValueError, match=message) as caught:
        Tokenizer.load_gpt2(tmp_path)
    assert str(tmp_path) in str(caught.value)


# -- mensagens ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (
            lambda: train("a", vocab_size=255),
            r"vocab_size=255 deve ser pelo menos 256: 256 bytes\.$",
        ),
        (
            lambda: train("a", vocab_size=256, special_tokens=["<|fim|>"]),
            "pelo menos 257: 256 bytes e 1 especiais",
        ),
        (lambda: train("a", min_freq=0), "min_freq=0 deve ser 1 ou mais"),
        (lambda: steps("a", min_freq=0), "min_freq=0 deve ser 1 ou mais"),
        (lambda: train("a", tie_rule="sorte"), "use uma destas: largest_bytes, first_seen"),
        (lambda: choose_pair({(b"a", b"b"): 1}, "sorte"), "tie_rule='sorte' não existe"),
        (lambda: choose_pair({}), "não há pares para escolher"),
        (lambda: train("a", pattern="("), "pattern='\\(' não é uma expressão válida"),
        (lambda: train("a", special_tokens=["x", "x"]), "'x' está repetido"),
        (lambda: train("a", special_tokens=[""]), "token especial vazio"),
        (lambda: train("a\ud800"), "U\\+D800, metade solta de um par substituto"),
        (lambda: TRAINED.encode("a\udfff"), "U\\+DFFF, metade solta"),
        (lambda: TRAINED.decode([97, 99999]), "o id 99999 não existe.*vão de 0 a"),
        (lambda: TRAINED.decode([-1]), "o id -1 não existe"),
        (lambda: TRAINED.decode([97], errors="ignore"), 'use "replace" ou "strict"'),
        (lambda: Tokenizer((), special_tokens={"<|fim|>": -1}), "é -1; ids são inteiros"),
        (lambda: Tokenizer(((b"xy", b"z"),)), "a fusão 0 usa b'xy'"),
    ],
)
def test_bad_value_says_what_is_accepted(action, message):
    with pytest.raises(ValueError, match=message):
        action()


BYTES_ONLY = Tokenizer(())


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (lambda: BYTES_ONLY.encode(3), "o texto deve ser str; veio int."),
        (
            lambda: BYTES_ONLY.encode(b"a"),
            "o texto deve ser str; veio bytes. Decodifique antes: texto.decode('utf-8').",
        ),
        (lambda: split(None), "o texto deve ser str; veio NoneType."),
        (lambda: train(3), "text deve ser str, ou vários str; veio int."),
        (lambda: train(b"a"), "text deve ser str, ou vários str; veio bytes."),
        (lambda: train(["a", 3]), "o texto deve ser str; veio int."),
        (
            lambda: train("a", special_tokens="fim"),
            "special_tokens deve ser uma lista de textos; para um só, use ['fim'].",
        ),
        (lambda: train("a", special_tokens=[3]), "token especial deve ser str; veio 3."),
        (lambda: train("a", vocab_size="300"), "vocab_size deve ser um inteiro; veio '300'."),
        (lambda: train("a", min_freq=1.5), "min_freq deve ser um inteiro; veio 1.5."),
        (
            lambda: BYTES_ONLY.decode(97),
            "ids deve ser uma sequência; veio 97. Para um só id, use [97].",
        ),
        (lambda: BYTES_ONLY.decode(["a"]), "cada id deve ser um inteiro; veio 'a' (str)."),
    ],
)
def test_bad_type_says_what_is_accepted(action, message):
    with told(TypeError, f"^{re.escape(message)}$"):
        action()
