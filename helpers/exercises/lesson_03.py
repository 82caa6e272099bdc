"""Exercícios, palpites e quiz da lição 03, na ordem em que aparecem."""

from helpers.exercises.lesson_03_predictions import PREDICTIONS
from helpers.exercises.lesson_03_project import PROJECT
from helpers.exercises.lesson_03_quiz import QUIZ
from helpers.exercises.lesson_03_read import READ
from helpers.exercises.lesson_03_total_read import TOTAL_READ
from helpers.exercises.lesson_03_values import PARAMETERS, STRENGTH, WIDTHS

__all__ = ["EXERCISES", "PREDICTIONS", "QUIZ"]

EXERCISES = (PROJECT, READ, TOTAL_READ, WIDTHS, PARAMETERS, STRENGTH)
