"""Os casos de um exercício: o tipo de número é o da lição, e a folga cobre o arredondamento."""

from copy import deepcopy
from dataclasses import replace

import pytest
import torch
from test_exercise_mutants import FUNCTIONS

from helpers.exercises.running import run_case, same

WITH_TENSORS = [
    exercise
    for exercise in FUNCTIONS
    if any(isinstance(arg, torch.Tensor) for case in exercise.make_cases() for arg in case.args)
]
EVERY = pytest.mark.parametrize("exercise", WITH_TENSORS, ids=lambda item: item.id)


def in_double(args):
    """Troca float32 por float64, também nos pesos de um módulo; o resto fica."""

    def wider(arg):
        if isinstance(arg, torch.nn.Module):
            return deepcopy(arg).double()
        return arg.double() if isinstance(arg, torch.Tensor) and arg.is_floating_point() else arg

    return tuple(map(wider, args))


@EVERY
def test_tensors_are_float32_as_in_the_lessons(exercise):
    found = {
        arg.dtype
        for case in exercise.make_cases()
        for arg in case.args
        if isinstance(arg, torch.Tensor)
    }
    assert found <= {torch.float32, torch.int64, torch.bool}


@EVERY
def test_the_slack_is_three_times_the_rounding_of_float32(exercise):
    tight = replace(exercise, tolerance=exercise.tolerance / 3)
    for case in exercise.make_cases():
        single = run_case(exercise.solution, case, exercise)
        double = run_case(exercise.solution, type(case)(in_double(case.args)), exercise)
        assert same(single, double, tight), case.shown
