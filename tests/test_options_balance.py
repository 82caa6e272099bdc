"""Nem o comprimento nem a posição entregam a opção certa de um quiz ou de um palpite."""

from dataclasses import replace

import pytest

from helpers.exercises import registry
from helpers.exercises.catalog import GuessQuestion, Option, Question
from helpers.exercises.markup import plain

OFTEN_LONGEST = 0.40  # ao acaso seriam 25 a 33 %
OFTEN_THERE = 0.35


def choices(question):
    """Devolve os textos das opções, como se leem, e a posição da certa."""
    if isinstance(question, Question):
        texts = [option.text for option in question.options]
        right = [option.right for option in question.options].index(True)
    else:
        texts, right = list(question.options), question.answer
    return [plain(text) for text in texts], right


def longest_right(questions):
    """Devolve em que fração das perguntas nenhuma opção é mais comprida que a certa."""
    found = []
    for question in questions:
        texts, right = choices(question)
        found.append(len(texts[right]) == max(map(len, texts)))
    return sum(found) / len(found)


def share_of_positions(questions):
    """Devolve, por posição, a fração das perguntas em que a certa está nela."""
    places = [choices(question)[1] for question in questions]
    return {place: places.count(place) / len(places) for place in sorted(set(places))}


def of(lessons, kind):
    """Devolve as perguntas de escolha das lições dadas: as do quiz, ou os palpites."""
    get = registry.quiz_questions if kind == "quiz" else registry.predictions
    return [item for lesson in lessons for item in get(lesson) if item.options]


def invented(lengths, right):
    options = (Option("x" * n, "", i == right) for i, n in enumerate(lengths))
    return Question("99.q", "?", tuple(options))


def test_what_gives_the_answer_away_is_noticed():
    plain_ones = [invented((5, 9, 6), 0), invented((5, 9, 6), 2), invented((8, 9, 9), 1)]
    assert longest_right(plain_ones) == pytest.approx(1 / 3)
    assert longest_right([replace(plain_ones[0], options=plain_ones[2].options)]) == 1
    assert share_of_positions(plain_ones) == pytest.approx({0: 1 / 3, 1: 1 / 3, 2: 1 / 3})
    guess = GuessQuestion("99.p", "?", 1, ("**ab**", "abc", "abcd"))
    assert choices(guess) == (["ab", "abc", "abcd"], 1)
    assert longest_right([guess]) == 0
    assert share_of_positions([guess]) == {1: 1.0}


def assert_nothing_gives_the_answer_away(questions):
    assert longest_right(questions) <= OFTEN_LONGEST
    assert max(share_of_positions(questions).values()) <= OFTEN_THERE


@pytest.mark.parametrize("kind", ["quiz", "palpites"])
def test_the_course_gives_nothing_away(kind):
    assert_nothing_gives_the_answer_away(of(registry.lessons(), kind))
