"""A resposta de quem estuda segue pela lição quando serve; senão, roda a do curso, e se diz."""

import pytest
import torch

from helpers.exercises import registry
from helpers.exercises.adoption import adopt

SCORES = torch.tensor([[2.0, 1.0, 0.0]])

pytestmark = pytest.mark.usefixtures("progress_file")


def blank(scores, temperature):
    """Devolve os pesos."""
    raise NotImplementedError


def course(scores, temperature=1.0):
    return (scores / temperature).softmax(-1)


def right(scores, temperature):
    """A conta certa para uma lista e para um tensor, que fica com o tipo que tinha."""
    scores = scores if torch.is_tensor(scores) else torch.tensor(scores, dtype=torch.float64)
    return (scores / temperature).softmax(-1)


def only_lists(scores, temperature):
    return right(scores, temperature).tolist()


def no_batches(scores, temperature):
    return right(scores, temperature).reshape(-1)


def other_numbers(scores, temperature):
    return torch.tensor(right(scores, temperature).tolist(), dtype=torch.float64)


def breaks_on_tensors(scores, temperature):
    if torch.is_tensor(scores):
        raise TypeError("só listas")
    return right(scores, temperature)


def differs_on_tensors(scores, temperature):
    return right(scores, temperature) * (1.5 if torch.is_tensor(scores) else 1)


def never_ends_on_tensors(scores, temperature):
    while torch.is_tensor(scores):
        pass
    return right(scores, temperature)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (blank, "ainda está em branco"),
        (None, "ainda está em branco"),
        (lambda scores, temperature: scores, "ainda não passou na conferência"),
        (only_lists, "precisa de um tensor"),
        (no_batches, "a forma [3], e a lição precisa de [1, 3]"),
        (
            other_numbers,
            "um tensor `torch.float64`, e a lição precisa de `torch.float32` (`.to(torch.float32)`",
        ),
        (breaks_on_tensors, "ela para com `TypeError`"),
        (differs_on_tensors, "não devolve o que a do curso devolve"),
        (never_ends_on_tensors, "não acaba a tempo"),
    ],
)
def test_what_does_not_serve_gives_way_to_the_course(answer, said, capsys):
    assert adopt("04.softmax", answer, course, on=(SCORES, 2.0)) is course
    told = capsys.readouterr().out
    assert said in told
    assert told.startswith(registry.get("04.softmax").name)
    assert told.rstrip().endswith("roda a do curso.")


def test_a_lesson_that_needs_a_list_does_not_take_a_tensor(capsys):
    def course_of_lists(scores, temperature=1.0):
        return course(torch.tensor(scores), temperature).tolist()

    given = ([2.0, 1.0, 0.0], 2.0)
    assert adopt("04.softmax", right, course_of_lists, on=given) is course_of_lists
    assert "precisa de uma lista, e ela devolve um tensor" in capsys.readouterr().out
    assert adopt("04.softmax", only_lists, course_of_lists, on=given) is only_lists


def test_ids_with_a_decimal_point_are_no_ids(capsys):
    solution = registry.get("11.deslocar").solution
    given = (torch.tensor([[5, 6, 2]]), 1)
    assert adopt("11.deslocar", lambda *args: solution(*args).double(), on=given) is solution
    told = capsys.readouterr().out
    assert "um tensor `torch.float64`, e a lição precisa de `torch.int64`" in told


def two_lists(x, W_Q, W_K, W_V, mask):
    """A cabeça certa, com listas no lugar das duas tabelas."""
    return tuple(one.tolist() for one in registry.get("03.cabeca").solution(x, W_Q, W_K, W_V, mask))


def test_each_part_of_a_pair_needs_the_type_of_the_course(capsys):
    given = (torch.eye(2), *torch.ones(3, 2, 1), torch.ones(2, 2, dtype=torch.bool).tril())
    solution = registry.get("03.cabeca").solution
    assert adopt("03.cabeca", two_lists, on=given) is solution
    assert "precisa de um tensor" in capsys.readouterr().out
    assert adopt("03.cabeca", lambda *args: solution(*args), on=given) is not solution
    assert "roda a sua" in capsys.readouterr().out


def test_what_serves_goes_on(capsys):
    assert adopt("04.softmax", right, course, on=(SCORES, 2.0)) is right
    assert "roda a sua" in capsys.readouterr().out


def test_the_solution_stands_in_when_the_lesson_has_no_function_of_its_own():
    solution = registry.get("04.softmax").solution
    assert adopt("04.softmax", blank, on=([2.0, 1.0], 1.0)) is solution


def test_the_lesson_input_is_left_alone():
    def changes(scores, temperature):
        weights = right(scores, temperature)
        if torch.is_tensor(scores):
            scores.zero_()
        return weights

    mine = SCORES.clone()
    adopt("04.softmax", changes, course, on=(mine, 2.0))
    assert mine.equal(SCORES)


def test_a_function_needs_an_input_to_be_tried_on():
    with pytest.raises(ValueError, match="diga em `on`"):
        adopt("04.softmax", right, course)


def test_a_value_comes_in_the_type_the_lesson_uses():
    exercise = registry.get("04.passos")
    solution = exercise.solution
    assert adopt(exercise.id, solution, 0) == solution
    assert adopt(exercise.id, None, 0) == 0
    kept = adopt(exercise.id, solution, torch.tensor([0.0]))
    assert kept.dtype == torch.float32
