"""Exercícios, palpites e quiz da lição 01, na ordem em que aparecem."""

from helpers.exercises.lesson_01_compression import COMPRESSION
from helpers.exercises.lesson_01_encoding import ENCODE
from helpers.exercises.lesson_01_half_letters import HALF_LETTERS
from helpers.exercises.lesson_01_overlap import OVERLAP
from helpers.exercises.lesson_01_predictions import PREDICTIONS
from helpers.exercises.lesson_01_quiz import QUIZ
from helpers.exercises.lesson_01_tie import TIE
from helpers.exercises.lesson_01_words import FORMS, NEW_WORD

__all__ = ["EXERCISES", "PREDICTIONS", "QUIZ"]

EXERCISES = (OVERLAP, TIE, ENCODE, NEW_WORD, HALF_LETTERS, FORMS, COMPRESSION)
