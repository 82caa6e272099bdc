"""Exercícios, palpites e quiz da lição 08, na ordem em que aparecem."""

from helpers.exercises.lesson_08_cuts import PENALTY, TOP_P
from helpers.exercises.lesson_08_draw import DRAW
from helpers.exercises.lesson_08_measures import DISTINCT
from helpers.exercises.lesson_08_paper import READINGS, TEMPERATURE
from helpers.exercises.lesson_08_predictions import PREDICTIONS
from helpers.exercises.lesson_08_quiz import QUIZ

__all__ = ["EXERCISES", "PREDICTIONS", "QUIZ"]

EXERCISES = (DRAW, TEMPERATURE, TOP_P, PENALTY, DISTINCT, READINGS)
