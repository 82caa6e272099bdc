"""O fio do curso: os números que passam de lição em lição."""

import json
import re

import prose
import pytest
import torch

from helpers import bpe
from helpers.checkpoint import CheckpointError
from helpers.config import DecoderConfig
from helpers.decoder import Decoder
from helpers.studies.thread import ENDS, MODEL_DIR, SENTENCE, load_thread, save_thread
from helpers.training import END, save_model


@pytest.fixture
def folder(tmp_path):
    tokenizer = bpe.train([SENTENCE] * 9, vocab_size=280, special_tokens=[END])
    config = DecoderConfig(tokenizer.vocab_size, n_ctx=64, d_model=16, n_heads=2, n_layers=2)
    model = Decoder(config, generator=torch.Generator().manual_seed(0))
    save_model(tmp_path, model, tokenizer)
    save_thread(tmp_path)
    return tmp_path


def test_each_lesson_finds_the_numbers_of_the_one_before(folder):
    thread = load_thread(folder)
    assert [name for name in ENDS if thread.carried(name, ENDS[name](thread))] == list(ENDS)
    row = thread.cache["blocks.0.hook_resid_pre"][0, thread.at("entregou"), :4]
    assert thread.carried("02", row).endswith("(conferido)")
    assert len(thread.numbers["03"]) == 12
    assert sum(thread.numbers["04"]) == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("wrong", [[0.0, 0.0, 0.0, 0.0], [0.1], []], ids=["outros", "1", "nenhum"])
def test_other_numbers_are_refused_with_both_lists(folder, wrong):
    with pytest.raises(AssertionError, match=r"lição 02 são .* aqui vieram"):
        load_thread(folder).carried("02", wrong)


def test_a_small_change_in_one_number_is_refused(folder):
    thread = load_thread(folder)
    changed = thread.cache["blocks.0.hook_resid_pre"][0, thread.at("entregou"), :4].clone()
    changed[2] += 0.002
    with pytest.raises(AssertionError):
        thread.carried("02", changed)


def test_unknown_lesson_and_word_say_which_exist(folder):
    thread = load_thread(folder)
    with pytest.raises(ValueError, match="há 01, 02"):
        thread.carried("11", [1.0])
    with pytest.raises(ValueError, match="João, entregou"):
        thread.at("abacaxi")


def test_pieces_spell_the_sentence_and_words_are_found(folder):
    thread = load_thread(folder)
    assert thread.pieces[0] == "¶"
    assert thread.tokenizer.decode(thread.ids[1:]) == SENTENCE
    for word in SENTENCE.replace(".", " .").split():
        read = thread.tokenizer.decode(thread.ids[1 : thread.at(word) + 1])
        assert read.endswith(word)
        assert read == SENTENCE[: SENTENCE.index(word) + len(word)]


def test_edited_or_missing_numbers_are_reported(folder):
    path = folder / "fio.json"
    kept = json.loads(path.read_text())
    path.write_text(json.dumps({"01": kept["01"]}))
    with pytest.raises(CheckpointError, match="foi alterado"):
        load_thread(folder)
    path.unlink()
    with pytest.raises(CheckpointError, match="falta"):
        load_thread(folder)


def test_files_of_the_course_model_are_checked_and_those_of_others_are_not(folder, monkeypatch):
    checked = []
    monkeypatch.setattr("helpers.studies.thread.read_text", lambda name: checked.append(name))
    load_thread(folder)
    assert checked == []
    load_thread(MODEL_DIR)
    assert checked == ["modelo/config.json", "modelo/tokenizador.json"]


def test_stored_numbers_have_no_negative_zero(folder):
    thread = load_thread(folder)
    thread.cache["blocks.0.hook_resid_pre"][0, thread.at("entregou"), 0] = -1e-6
    assert str(ENDS["02"](thread)[0]) == "0.0"


def test_the_course_model_gives_the_stored_numbers():
    thread = load_thread(MODEL_DIR)
    for name, numbers in ENDS.items():
        assert thread.carried(name, numbers(thread))


def test_the_sentence_crosses_every_lesson_and_each_begins_where_the_one_before_ended():
    texts = {path.stem[:2]: path.read_text(encoding="utf-8") for path in prose.TEXTS[1:]}
    assert all("load_thread(" in text for text in texts.values())
    # No fio estão as lições de ENDS e a que vem depois da última, que começa pelos números dela.
    on = [lesson for lesson in texts if lesson in ENDS or f"{int(lesson) - 1:02}" in ENDS]
    first = [re.search(r'carried\("(\d\d)"', texts[lesson])[1] for lesson in on]
    assert first == ["01", *on[:-1]]
