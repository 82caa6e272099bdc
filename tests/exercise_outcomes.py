"""O que os testes dos exercícios têm em comum: respostas comparadas caso a caso."""

from helpers.exercises import registry
from helpers.exercises.checking import read_value, remembered
from helpers.exercises.running import run_case, same


def outcomes(exercise, answer):
    """Devolve o que a resposta faz em cada caso."""
    if exercise.kind == "value":
        return [read_value(exercise, answer)]
    return [run_case(answer, case, exercise) for case in exercise.cases]


def outcomes_by_name(exercise):
    """Devolve o que a solução e cada engano fazem em cada caso, como a conferência os guarda."""
    answers = {"solução": exercise.solution}
    answers |= {wrong.name: wrong.answer for wrong in exercise.wrong}
    if exercise.kind == "value":
        return {name: outcomes(exercise, answer) for name, answer in answers.items()}
    return {
        name: [remembered(exercise, name, i, answer, case) for i, case in enumerate(exercise.cases)]
        for name, answer in answers.items()
    }


def agree(exercise, left, right):
    """Diz se duas respostas coincidem em todos os casos, com a folga do exercício."""
    return all(same(a, b, exercise) for a, b in zip(left, right, strict=True))


def require_refused_and_unlisted(exercise_id, result):
    """Exige que a resposta seja recusada, e não confundida com um engano do exercício."""
    known = [wrong.name for wrong in registry.get(exercise_id).wrong]
    assert result.status == "errado"
    assert result.misconception not in known
