"""Exercícios, palpites e quiz da lição 09, na ordem em que aparecem."""

from helpers.exercises.lesson_09_gradient import GRADIENT
from helpers.exercises.lesson_09_loss import ENTROPY
from helpers.exercises.lesson_09_paper import BUDGET, PER_BYTE
from helpers.exercises.lesson_09_predictions import PREDICTIONS
from helpers.exercises.lesson_09_quiz import QUIZ
from helpers.exercises.lesson_09_rate import RATE
from helpers.exercises.lesson_09_windows import WINDOWS

__all__ = ["EXERCISES", "PREDICTIONS", "QUIZ"]

EXERCISES = (ENTROPY, WINDOWS, GRADIENT, RATE, PER_BYTE, BUDGET)
