"""Exercícios, palpites e quiz da lição 05, na ordem em que aparecem."""

from helpers.exercises.lesson_05_costs import MACS, SHAPES
from helpers.exercises.lesson_05_join import JOIN
from helpers.exercises.lesson_05_layouts import LAYOUTS
from helpers.exercises.lesson_05_multihead import MULTI_HEAD
from helpers.exercises.lesson_05_predictions import PREDICTIONS
from helpers.exercises.lesson_05_quiz import QUIZ
from helpers.exercises.lesson_05_readers import READERS

__all__ = ["EXERCISES", "PREDICTIONS", "QUIZ"]

EXERCISES = (JOIN, SHAPES, MULTI_HEAD, LAYOUTS, MACS, READERS)
