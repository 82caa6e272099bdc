"""Exercícios, palpites e quiz da lição 04, na ordem em que aparecem."""

from helpers.exercises.lesson_04_additive import ADDITIVE
from helpers.exercises.lesson_04_attention import ATTENTION
from helpers.exercises.lesson_04_jacobian import JACOBIAN
from helpers.exercises.lesson_04_masks import MASK
from helpers.exercises.lesson_04_numbers import SCALE, STEPS
from helpers.exercises.lesson_04_predictions import PREDICTIONS
from helpers.exercises.lesson_04_quiz import QUIZ
from helpers.exercises.lesson_04_softmax import SOFTMAX
from helpers.exercises.lesson_04_window import WINDOW

__all__ = ["EXERCISES", "PREDICTIONS", "QUIZ"]

EXERCISES = (
    SOFTMAX,
    SCALE,
    JACOBIAN,
    MASK,
    ATTENTION,
    STEPS,
    ADDITIVE,
    WINDOW,
)
