"""A BPE do curso dá as mesmas fusões que a tokenizers e os mesmos ids que a tiktoken."""

import json
import random
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.bpe import GPT2_PATTERN, TIE_RULES, Tokenizer, split, train

tiktoken = pytest.importorskip("tiktoken")
hugging = pytest.importorskip("tokenizers")

LETTERS = "aabcãé \n'"
DENSE = st.lists(st.text(alphabet=LETTERS, max_size=30), max_size=6).map(" ".join)


def has_a_settled_category(character):
    """Diz se o caractere já existia em 2002: as três bibliotecas sabem se é letra ou não.

    Cada uma traz a sua edição do Unicode. U+3D000, por exemplo, é letra na `regex` e ainda não é
    na tokenizers; o corte do GPT-2 depende disso.
    """
    return unicodedata.ucd_3_2_0.category(character) != "Cn"


SETTLED = st.characters(exclude_categories=("Cs", "Cn", "Co")).filter(has_a_settled_category)
ANY_TEXT = st.text(alphabet=st.one_of(SETTLED, st.sampled_from("ãé 😀🇧🏽\u200d1'")))
PROBES = st.one_of(ANY_TEXT, DENSE)


def portuguese():
    """Junta frases sorteadas: muitas palavras, frequências desiguais e empates."""
    rng = random.Random(3)
    stems = ["cas", "cant", "livr", "escol", "coraç", "joã", "pã", "noit", "águ", "histór", "irm"]
    ends = ["a", "o", "as", "ando", "ar", "inho", "mente", "eira", "ção", "ções", "ões", "ão", "ã"]
    words = [stem + end for stem in stems for end in ends]
    weights = [1 / (place + 1) for place in range(len(words))]
    lines = [" ".join(rng.choices(words, weights, k=9)).capitalize() for _ in range(300)]
    return ", e não 12 d'água: ".join(lines) + "…\n\n  fim — “ponto”. 😀 ﷽ e\u0301"


PORTUGUESE = portuguese()


def train_hugging(texts, vocab_size, min_freq):
    """Treina com a tokenizers, byte a byte, como o GPT-2."""
    tokenizer = hugging.Tokenizer(hugging.models.BPE())
    byte_level = hugging.pre_tokenizers.ByteLevel
    tokenizer.pre_tokenizer = byte_level(add_prefix_space=False)
    trainer = hugging.trainers.BpeTrainer(
        vocab_size=vocab_size,
        min_frequency=min_freq,
        initial_alphabet=byte_level.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def same_merges(text, vocab_size, min_freq, folder):
    """Treina dos dois jeitos e compara a lista de fusões, pelo arquivo do GPT-2."""
    theirs = train_hugging([text], vocab_size, min_freq)
    theirs.model.save(str(folder))
    ours = train(text, vocab_size=vocab_size, min_freq=min_freq, tie_rule="smallest_ids")
    assert ours.merges == Tokenizer.load_gpt2(folder).merges
    return ours


def openai(tokenizer):
    """Monta a tiktoken com o vocabulário do curso."""
    return tiktoken.Encoding(
        "curso",
        pat_str=tokenizer.pattern,
        mergeable_ranks=tokenizer.vocab,
        special_tokens=tokenizer.special_tokens,
    )


@settings(max_examples=200)
@given(DENSE, st.integers(1, 3), st.sampled_from([256, 258, 270, 1000]))
def test_merges_equal_tokenizers_on_dense_text(tmp_path_factory, text, min_freq, vocab_size):
    same_merges(text, vocab_size, min_freq, tmp_path_factory.mktemp("hf"))


@settings(max_examples=60)
@given(ANY_TEXT)
def test_merges_equal_tokenizers_on_any_text(tmp_path_factory, text):
    same_merges(text * 2, 400, 1, tmp_path_factory.mktemp("hf"))


@pytest.mark.parametrize("vocab_size", [300, 512, 5000])
def test_merges_equal_tokenizers_on_portuguese(tmp_path, vocab_size):
    ours = same_merges(PORTUGUESE, vocab_size, 2, tmp_path)
    assert len(ours.merges) > 40


@pytest.mark.parametrize("tie_rule", sorted(set(TIE_RULES) - {"smallest_ids"}))
def test_other_rules_are_not_the_one_of_tokenizers(tie_rule):
    ours = train(PORTUGUESE, tie_rule=tie_rule).merges
    assert ours != train(PORTUGUESE, tie_rule="smallest_ids").merges


@settings(max_examples=300)
@given(PROBES)
def test_cut_equals_tokenizers(text):
    pieces = hugging.pre_tokenizers.ByteLevel(add_prefix_space=False).pre_tokenize_str(text)
    assert [text[start:end] for _, (start, end) in pieces] == split(text)


OURS = {rule: train(PORTUGUESE, vocab_size=700, tie_rule=rule) for rule in sorted(TIE_RULES)}
OPENAI = {rule: openai(tokenizer) for rule, tokenizer in OURS.items()}


@settings(max_examples=300)
@given(PROBES, st.sampled_from(sorted(TIE_RULES)))
def test_ids_equal_tiktoken(text, rule):
    assert OURS[rule].encode(text) == OPENAI[rule].encode(text, disallowed_special=())


@settings(max_examples=200)
@given(DENSE, DENSE, st.sampled_from(sorted(TIE_RULES)))
def test_ids_equal_tiktoken_after_training_on_the_like(learned_from, text, rule):
    tokenizer = train(learned_from, min_freq=1, tie_rule=rule)
    assert tokenizer.encode(text) == openai(tokenizer).encode(text, disallowed_special=())


@pytest.mark.parametrize("rule", sorted(TIE_RULES))
def test_ids_and_text_equal_tiktoken_on_portuguese(rule):
    ids = OURS[rule].encode(PORTUGUESE)
    assert ids == OPENAI[rule].encode(PORTUGUESE)
    assert OURS[rule].decode(ids) == OPENAI[rule].decode(ids) == PORTUGUESE
    assert OURS[rule].decode(ids[1:400:3]) == OPENAI[rule].decode(ids[1:400:3])


@given(st.lists(st.sampled_from(["<|fim|>", "pão", " ", "<|", "fim|>", "é"])).map("".join))
def test_special_tokens_equal_tiktoken(text):
    tokenizer = train("pão é pão", special_tokens=["<|fim|>"])
    theirs = openai(tokenizer)
    assert tokenizer.encode(text, allow_special=True) == theirs.encode(text, allowed_special="all")
    assert tokenizer.encode(text) == theirs.encode(text, disallowed_special=())


def test_list_made_by_hand_may_differ_from_tiktoken():
    # A tiktoken funde o que, junto, esteja no vocabulário; nós, só os pares da lista. Num treino
    # dá no mesmo: todo token nasce de um par só (o porquê está em helpers/bpe/trainer.py), e é
    # nesse par que os seus bytes estão cortados quando chega a vez dele. Esta lista nenhum treino
    # produz: depois de fundir `b c`, não sobra `ab c` em texto nenhum.
    merges = ((b"b", b"c"), (b"a", b"b"), (b"ab", b"c"))
    tokenizer = Tokenizer(merges, pattern=GPT2_PATTERN)
    assert tokenizer.pieces("abc") == [b"a", b"bc"]
    assert openai(tokenizer).decode_tokens_bytes(openai(tokenizer).encode("abc")) == [b"abc"]


def load_in_tokenizers(folder):
    """Abre `vocab.json` e `merges.txt` na tokenizers, com o corte do GPT-2."""
    model = hugging.models.BPE.from_file(str(folder / "vocab.json"), str(folder / "merges.txt"))
    tokenizer = hugging.Tokenizer(model)
    tokenizer.pre_tokenizer = hugging.pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = hugging.decoders.ByteLevel()
    return tokenizer


@pytest.fixture(scope="module")
def ours_in_tokenizers(tmp_path_factory):
    folder = tmp_path_factory.mktemp("gpt2")
    tokenizer = train(PORTUGUESE, vocab_size=700, special_tokens=["<|endoftext|>"])
    tokenizer.save_gpt2(folder)
    return tokenizer, load_in_tokenizers(folder)


@settings(max_examples=200)
@given(text=PROBES)
def test_our_files_give_the_same_ids_in_tokenizers(ours_in_tokenizers, text):
    ours, theirs = ours_in_tokenizers
    ids = ours.encode(text)
    assert theirs.encode(text).ids == ids
    assert theirs.decode(ids) == text


def test_our_special_token_has_the_same_id_in_tokenizers(ours_in_tokenizers):
    ours, theirs = ours_in_tokenizers
    assert theirs.token_to_id("<|endoftext|>") == ours.special_tokens["<|endoftext|>"]
    assert theirs.get_vocab_size() == ours.vocab_size


def test_their_files_give_the_same_ids_here(tmp_path):
    theirs = hugging.ByteLevelBPETokenizer()
    theirs.train_from_iterator(
        [PORTUGUESE], vocab_size=600, special_tokens=["<|endoftext|>"], show_progress=False
    )
    theirs.save_model(str(tmp_path))
    ours = Tokenizer.load_gpt2(tmp_path)
    assert ours.special_tokens == {"<|endoftext|>": 0}
    assert ours.vocab_size == theirs.get_vocab_size()
    text = PORTUGUESE + "palavra nunca vista: otorrinolaringologista <|endoftext|>"
    assert ours.encode(text, allow_special=True) == theirs.encode(text).ids
    assert ours.decode(theirs.encode(text).ids) == text
    ours.save_gpt2(tmp_path / "volta")
    assert _files(tmp_path / "volta") == _files(tmp_path)


def _files(folder):
    merges = (folder / "merges.txt").read_text(encoding="utf-8").split("\n")
    return json.loads((folder / "vocab.json").read_text(encoding="utf-8")), merges
