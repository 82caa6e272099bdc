"""O explorável da lição 11: o que ele mostra é o que foi guardado, e os desafios se cumprem."""

import pytest
from explorable_sweep import meets, sweep

from helpers.explorables import two_words
from helpers.spoken import percent
from helpers.studies import two_sequences as two


@pytest.fixture(scope="module")
def board():
    return two_words.reading_and_writing()


def test_every_letter_has_its_frame(board):
    answers = two_words.load_answers()
    longest = max(len(one.answer) for one in answers.values())
    assert len(sweep(board)) == len(two_words.WORDS) * longest


def test_each_row_of_weights_is_one_reading():
    for one in two_words.load_answers().values():
        assert len(one.weights) == len(one.answer)
        for row in one.weights:
            assert len(row) == len(one.word)
            assert abs(sum(row) - 1) < 0.03  # cada peso foi arredondado a centésimos


def test_the_sentence_says_the_stored_weight(board):
    trial = two.load_trials()["plural"][0]
    for word in two_words.WORDS:
        for step in (0, 3):
            row = trial["pesos"][word][step]
            board.move(word=word, step=step)
            said = board.sentence()
            assert f"“{word[row.index(max(row))]}”" in said
            assert percent(max(row)) in said
            assert trial["respostas"][word] in said


def test_it_opens_at_the_letter_the_question_asks_about():
    opened = two_words.reading_and_writing()
    assert "papéis" in opened.question["text"]
    assert opened.sentence().startswith("papel: para escrever “é”")


def test_it_tells_the_two_kinds_of_mistake(board):
    assert board.move(word="papel", step=0).sentence.endswith("certo.")
    assert "segue a regra, e o certo é “mãos”" in board.move(word="mão", step=0).sentence
    assert "errado, seria “lençóis”" in board.move(word="lençol", step=0).sentence


def test_challenges_are_what_they_ask(board):
    spread, stops = meets(board)
    answers = two_words.load_answers()
    for one in spread:
        answer = answers[one["word"]]
        assert max(answer.weights[answer.at(one["step"])]) < 0.5
    assert {one["word"] for one in stops} >= {"papel", "flor"}
    assert all(answers[one["word"]].weights[-1][0] > 0.5 for one in stops)


def test_past_the_end_of_a_short_word_the_sentence_says_so(board):
    end = len(two_words.load_answers()["mão"].answer) - 1
    last = board.move(word="mão", step=end).sentence
    said = f"A resposta acaba na posição {end}, e é ela que se vê. "
    assert board.move(word="mão", step=end + 1).sentence == said + last
    assert not last.startswith("A resposta acaba")
