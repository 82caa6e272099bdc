"""Os exercícios da lição 01: os erros se distinguem, e há mais de um jeito de acertar."""

import unicodedata
from itertools import pairwise

import pytest

from helpers import bpe
from helpers.cli import headers
from helpers.data import read_text
from helpers.exercises import registry
from helpers.exercises.checking import check
from helpers.explorables import merge_words

EXERCISES = registry.exercises("01")
pytestmark = pytest.mark.usefixtures("progress_file")


def by_rank(text, merges):
    """O outro jeito de codificar: a cada volta, o par presente aprendido primeiro."""
    rank = {pair: place for place, pair in enumerate(merges)}
    symbols = [bytes([value]) for value in text.encode()]
    while True:
        known = [pair for pair in pairwise(symbols) if pair in rank]
        if not known:
            return symbols
        symbols = bpe.merge_pair(symbols, min(known, key=rank.get))


def half_letters_by_sign(pieces):
    return [piece for piece in pieces if "�" in piece.decode(errors="replace")]


def merge_with_recursion(symbols, pair):
    if len(symbols) < 2:
        return list(symbols)
    if tuple(symbols[:2]) == pair:
        return [pair[0] + pair[1], *merge_with_recursion(symbols[2:], pair)]
    return [symbols[0], *merge_with_recursion(symbols[1:], pair)]


@pytest.mark.parametrize(
    ("exercise_id", "answer"),
    [
        ("01.codificar", by_rank),
        ("01.codificar", lambda text, merges: tuple(by_rank(text, merges))),
        ("01.codificar", lambda text, merges: bpe.Tokenizer(tuple(merges), None).pieces(text)),
        ("01.meia_letra", half_letters_by_sign),
        ("01.sobreposicao", bpe.merge_pair),
        ("01.sobreposicao", merge_with_recursion),
        ("01.empate", lambda counts: sorted(counts, key=lambda pair: (counts[pair], pair))[-1]),
        ("01.empate", lambda counts: list(bpe.choose_pair(counts))),
        (
            "01.compressao",
            lambda tok, text: len(text.encode()) / max(1, len(tok.pieces(text))),
        ),
        ("01.palavra_nova", (b"s", b"a", b"v", b"a", b"na")),
        ("01.nfc_nfd", [7, 9, 9, 11]),
    ],
)
def test_other_right_answers_are_accepted(exercise_id, answer):
    assert check(exercise_id, answer).status == "certo"


def test_values_come_from_the_real_thing():
    banana = bpe.train("banana", pattern=None, min_freq=1)
    assert [left + right for left, right in banana.merges] == [b"na", b"nana", b"ba", b"banana"]
    assert registry.get("01.palavra_nova").solution == [
        piece.decode() for piece in banana.pieces("savana")
    ]
    forms = [unicodedata.normalize(form, "coração") for form in ("NFC", "NFD")]
    sizes = [size for word in forms for size in (len(word), len(word.encode()))]
    assert registry.get("01.nfc_nfd").solution == tuple(sizes)
    joao = [unicodedata.normalize(form, "João") for form in ("NFC", "NFD")]
    sizes = [size for word in joao for size in (len(word), len(word.encode()))]
    assert f"{tuple(sizes)}" in registry.get("01.nfc_nfd").stub


def test_the_new_word_is_not_cut_for_the_student_elsewhere():
    word = "".join(registry.get("01.palavra_nova").solution)
    assert word not in merge_words.NEW_WORDS
    for path in headers.texts():
        if path.stem != "01_letras_e_linguas":
            assert word not in path.read_text(encoding="utf-8"), path


def test_fixed_predictions_come_from_the_real_thing():
    answers = {item.id: item.answer for item in registry.predictions("01")}
    pieces = bpe.train("banana", pattern=None, min_freq=1).pieces("nabana")
    assert answers["01.bytes_joao"] == len("João".encode())
    assert answers["01.aaa"] == bpe.merge_pair([b"a"] * 4, (b"a", b"a")).count(b"aa")
    assert answers["01.nabana"] == len(pieces)
    spaces = registry.get_prediction("01.espaco")
    said = " e ".join(f"`{part.replace(' ', '·')}`" for part in bpe.split("um pão"))
    assert said in spaces.options[spaces.answer]
    counts = bpe.count_pairs([[b"b", b"a", b"n", b"a", b"n", b"a"]])
    tied = [pair for pair in counts if counts[pair] == max(counts.values())]
    first = registry.get_prediction("01.primeiro_par")
    assert len(tied) == 2
    assert first.options[first.answer].startswith("Depende")


def test_claims_of_the_diagnoses_are_true():
    assert b"a" + b"nz" > b"an" + b"a"
    assert (b"an", b"a") > (b"a", b"nz")
    assert b"n" > b"ana"
    wrong = {w.name: w.answer for w in registry.get("01.sobreposicao").wrong}
    pair = (b"a", b"a")
    assert wrong["fusoes_sobrepostas"]([b"a"] * 3, pair) == [b"aa", b"aa"]
    assert wrong["direita_para_esquerda"]([b"a"] * 3, pair) == [b"a", b"aa"]
    tie = {w.name: w.answer for w in registry.get("01.empate").wrong}
    banana = bpe.count_pairs([[b"b", b"a", b"n", b"a", b"n", b"a"]])
    assert tie["ultimo_visto"](banana) == bpe.choose_pair(banana) == (b"n", b"a")
    small = bpe.train("banana", pattern=None, min_freq=1, tie_rule="smallest_ids")
    first = bpe.train("banana", pattern=None, min_freq=1, tie_rule="first_seen")
    assert small.pieces("semana")[-1] == b"ana"
    assert first.merges[0] == (b"a", b"n")
    encode = {w.name: w.answer for w in registry.get("01.codificar").wrong}
    merges = [(b"b", b"c"), (b"a", b"b")]
    assert encode["pedaco_mais_longo"]("abc", merges) == [b"ab", b"c"]
    assert registry.get("01.codificar").solution("abc", merges) == [b"a", b"bc"]
    bytes_only = bpe.train("banana", vocab_size=256)
    assert registry.get("01.compressao").solution(bytes_only, "pão de mel") == 1.0
    words = {w.name: w.answer for w in registry.get("01.compressao").wrong}["bytes_por_palavra"]
    other = bpe.train("pão de mel, pão de mel", vocab_size=280)
    assert words(bytes_only, "pão de mel") == words(other, "pão de mel")


def test_expected_outputs_in_the_hints_are_true():
    said = {e.id: " ".join(hint.text for hint in e.hints) for e in EXERCISES}
    merges = list(bpe.train("banana", pattern=None, min_freq=1).merges)
    assert f"{registry.get('01.codificar').solution('cabana', merges)}" in said["01.codificar"]
    merged = registry.get("01.sobreposicao").solution([b"a"] * 3, (b"a", b"a"))
    assert f"dá `{merged}`" in said["01.sobreposicao"]
    halves = registry.get("01.meia_letra").solution
    assert halves([b"p\xc3", b"\xa9"]) == [b"p\xc3", b"\xa9"]
    assert halves([b"\xc3\xa3", b"na"]) == []
    counts = {(b"b", b"a"): 1, (b"a", b"n"): 2, (b"n", b"a"): 2}
    assert (
        f"Em `{counts}` vence `{registry.get('01.empate').solution(counts)}`" in said["01.empate"]
    )
    banana = bpe.train("banana", pattern=None, min_freq=2)
    assert registry.get("01.compressao").solution(banana, "banana") == 1.5
    assert "6 / 4 = 1.5" in said["01.compressao"]


def test_mutating_answer_that_returns_the_right_list_is_refused():
    result = check("01.sobreposicao", lambda symbols, pair: _in_place(symbols, pair))
    assert (result.status, result.misconception) == ("errado", "altera_a_entrada")


def _in_place(symbols, pair):
    symbols[:] = bpe.merge_pair(symbols, pair)
    return symbols


def test_diagnosis_of_two_bytes_per_letter_is_the_only_one_to_name_utf_16():
    diagnoses = {wrong.name: wrong.diagnosis for wrong in registry.get("01.nfc_nfd").wrong}
    assert [n for n, said in diagnoses.items() if "UTF-16" in said] == ["dois_bytes_por_letra"]


def test_measured_predictions_agree_with_the_texts_of_the_course():
    measure = registry.get("01.compressao").solution
    chronicles = read_text("cronicas_pt.txt")
    small, double = (bpe.train(chronicles, vocab_size=size) for size in (512, 1024))
    ratio = measure(small, chronicles) / measure(double, chronicles)
    assert 0.5 < ratio < 1.0
    growth = registry.get_prediction("01.vocabulario")
    assert growth.options[growth.answer] == "Encurta, mas bem menos que a metade"
    english = registry.get_prediction("01.ingles")
    read = [measure(double, read_text(f"paralelo_{language}.txt")) for language in ("pt", "en")]
    assert read[1] < read[0]
    assert english.options[english.answer] == "Menos"
