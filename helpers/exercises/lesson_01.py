"""Exercícios, palpites e quiz da lição 01, na ordem em que aparecem."""

from helpers.exercises.lesson_01_overlap import OVERLAP
from helpers.exercises.lesson_01_tie import TIE

EXERCISES = (TIE, OVERLAP)
PREDICTIONS = ()
QUIZ = ()
