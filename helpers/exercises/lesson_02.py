"""Exercícios, palpites e quiz da lição 02, na ordem em que aparecem."""

from helpers.exercises.lesson_02_gradient import GRADIENT
from helpers.exercises.lesson_02_neighbour import NEIGHBOUR
from helpers.exercises.lesson_02_pairs import PAIRS, PARAMETERS
from helpers.exercises.lesson_02_predictions import PREDICTIONS
from helpers.exercises.lesson_02_quiz import QUIZ
from helpers.exercises.lesson_02_renumber import RENUMBER
from helpers.exercises.lesson_02_row import ROW
from helpers.exercises.lesson_02_sinusoid import SINUSOID

__all__ = ["EXERCISES", "PREDICTIONS", "QUIZ"]

EXERCISES = (ROW, PARAMETERS, RENUMBER, GRADIENT, NEIGHBOUR, SINUSOID, PAIRS)
