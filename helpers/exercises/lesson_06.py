"""Exercícios, palpites e quiz da lição 06, na ordem em que aparecem."""

from helpers.exercises.lesson_06_block import BLOCK
from helpers.exercises.lesson_06_credit import CREDIT
from helpers.exercises.lesson_06_moves import SENT, SOURCE
from helpers.exercises.lesson_06_norm import LAYER_NORM
from helpers.exercises.lesson_06_paper import GAIN
from helpers.exercises.lesson_06_predictions import PREDICTIONS
from helpers.exercises.lesson_06_quiz import QUIZ

__all__ = ["EXERCISES", "PREDICTIONS", "QUIZ"]

EXERCISES = (LAYER_NORM, BLOCK, GAIN, SENT, SOURCE, CREDIT)
