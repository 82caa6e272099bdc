"""Exercícios, palpites e quiz da lição 07, na ordem em que aparecem."""

from helpers.exercises.lesson_07_count import COUNT, MACS
from helpers.exercises.lesson_07_decoder import DECODER
from helpers.exercises.lesson_07_masks import MASKS, SPLIT
from helpers.exercises.lesson_07_mlp import COLLAPSE, MLP
from helpers.exercises.lesson_07_predictions import PREDICTIONS
from helpers.exercises.lesson_07_quiz import QUIZ

__all__ = ["EXERCISES", "PREDICTIONS", "QUIZ"]

EXERCISES = (MLP, COLLAPSE, DECODER, SPLIT, COUNT, MACS, MASKS)
