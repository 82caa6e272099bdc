"""A conferência aceita a solução, reconhece o branco, diz qual foi o engano e nunca cai."""

import math
import random
import warnings
from functools import partial
from itertools import combinations

import numpy as np
import pytest
import torch
from exercise_outcomes import agree, outcomes, outcomes_by_name
from hostile import EqualBytes, EqualToAll, Hostile

from helpers.exercises import patience, registry
from helpers.exercises.checking import check
from helpers.exercises.guesses import compare
from helpers.exercises.running import run_case, same

ALL = [item for lesson in registry.lessons() for item in registry.exercises(lesson)]
FUNCTIONS = [item for item in ALL if item.kind == "function"]
VALUES = [item for item in ALL if item.kind == "value"]


def costs_a_model(exercise):
    """Diz se cada caso roda um modelo inteiro."""
    if exercise.kind != "function":
        return False
    return any(isinstance(arg, torch.nn.Module) for arg in exercise.cases[0].args)


# O que confere muitas respostas; onde cada caso roda um modelo, não é rápido.
MANY_ANSWERS = [
    pytest.param(item, marks=pytest.mark.slow) if costs_a_model(item) else item for item in ALL
]
PREDICTIONS = [item for lesson in registry.lessons() for item in registry.predictions(lesson)]
QUIZZES = [item for lesson in registry.lessons() for item in registry.quiz_questions(lesson)]


def by_id(item):
    return getattr(item, "id", getattr(item, "name", None))


recorded = pytest.mark.usefixtures("progress_file")


# --- solução, branco e erros conhecidos ---------------------------------------------------------


@recorded
@pytest.mark.parametrize("exercise", ALL, ids=by_id)
def test_solution_is_right(exercise):
    result = check(exercise.id, exercise.solution)
    assert (result.status, result.misconception) == ("certo", None)


@recorded
@pytest.mark.parametrize("exercise", ALL, ids=by_id)
def test_blank_stub_is_pending(exercise):
    scope = {}
    exec(exercise.stub, scope)
    assert check(exercise.id, scope[exercise.name]).status == "pendente"


@pytest.mark.parametrize("exercise", MANY_ANSWERS, ids=by_id)
def test_known_wrong_gets_its_own_diagnosis(exercise):
    found = {wrong.name: check(exercise.id, wrong.answer, record=False) for wrong in exercise.wrong}
    for wrong in exercise.wrong:
        result = found[wrong.name]
        assert (result.status, result.misconception) == ("errado", wrong.name)
        assert result.message == wrong.diagnosis
        assert "/helpers/" not in repr(result)
        assert " at 0x" not in repr(result)
    said = [wrong.diagnosis for wrong in exercise.wrong]
    assert len(set(said)) == len(said)
    again = check(exercise.id, exercise.wrong[0].answer, record=False)
    first = found[exercise.wrong[0].name]
    assert (repr(again), again._repr_html_()) == (repr(first), first._repr_html_())


@pytest.mark.slow
@pytest.mark.parametrize("exercise", ALL, ids=by_id)
def test_no_two_known_wrongs_agree_and_none_is_right(exercise):
    found = outcomes_by_name(exercise)
    for (one, left), (other, right) in combinations(found.items(), 2):
        assert not agree(exercise, left, right), f"{one} e {other} coincidem em todos os casos"


@recorded
@pytest.mark.parametrize("exercise", FUNCTIONS, ids=by_id)
def test_cases_stay_the_same_and_are_not_shared(exercise):
    drawn = []
    for seed in (1, 2):  # o sorteio dos casos não depende da semente de quem estuda
        random.seed(seed)
        torch.manual_seed(seed)
        drawn.append([case.shown or case.args for case in exercise.make_cases()])
    assert drawn[0] == drawn[1]
    check(exercise.id, exercise.wrong[0].answer)
    assert check(exercise.id, exercise.solution).status == "certo"


# --- respostas hostis ----------------------------------------------------------------------------

NOT_FUNCTIONS = [None, ..., 0, "", [], {}, object(), True, float("nan"), np.zeros(3), Hostile()]


def _mutates_everything(*args):
    for argument in args:
        if isinstance(argument, list):
            argument.append(argument)
        if isinstance(argument, dict):
            argument.clear()
    return []


def _async_answer():
    async def answer(*args):
        return []

    return answer


def _raise(error):
    def answer(*args):
        raise error

    return answer


HOSTILE_FUNCTIONS = {
    "nada": lambda *args: None,
    "reticências": lambda *args: ...,
    "nan": lambda *args: float("nan"),
    "infinito": lambda *args: float("inf"),
    "booleano": lambda *args: True,
    "arranjo": lambda *args: np.zeros((2, 2)),
    "tensor": lambda *args: torch.ones(3),
    "gerador": lambda *args: (x for x in args),
    "gerador infinito": lambda *args: iter(int, 1),
    "corrotina": _async_answer(),
    "mapa": lambda *args: map(str, args),
    "hostil": lambda *args: Hostile(),
    "lista hostil": lambda *args: [Hostile(), Hostile()],
    "igual a tudo": lambda *args: EqualToAll("x"),
    "lista igual a tudo": lambda *args: [EqualBytes(b"x"), EqualBytes(b"y")],
    "lista sem fim": lambda *args: (lambda x: x.append(x) or x)([]),
    "altera a entrada": _mutates_everything,
    "texto enorme": lambda *args: "x" * 10**6,
    "inteiro enorme": lambda *args: 10**5000,
    "devolve a entrada": lambda *args: args[0],
    "devolve a classe": lambda *args: int,
    "poucos parâmetros": lambda: [],
    "muitos parâmetros": lambda a, b, c, d: [],
    "embutida": len,
    "parcial": partial(max, 3),
    "classe": int,
    "erro": _raise(ValueError("não")),
    "erro hostil": _raise(type("Feio", (Exception,), {"__str__": lambda self: 1 / 0})()),
    "sair": _raise(SystemExit(1)),
    "fim do gerador": _raise(GeneratorExit()),
    "recursão": (lambda f: f)(lambda *args: HOSTILE_FUNCTIONS["recursão"](*args)),
}


@pytest.mark.slow
@pytest.mark.parametrize("exercise", ALL, ids=by_id)
def test_value_that_is_no_answer_never_passes(exercise):
    for answer in NOT_FUNCTIONS:
        result = check(exercise.id, answer, record=False)
        expected = "pendente" if answer is None or answer is ... else "errado"
        assert result.status == expected, type(answer)
        assert result.message
        assert repr(result)
        assert result._repr_html_()


@pytest.mark.slow
@pytest.mark.parametrize("exercise", ALL, ids=by_id)
def test_hostile_function_never_passes_nor_crashes(exercise, monkeypatch):
    # A recursão sem fim vai só até o limite do Python; o da conferência é o de test_patience.
    monkeypatch.setattr(patience, "RECURSION", 0)
    for name, answer in HOSTILE_FUNCTIONS.items():
        with warnings.catch_warnings():
            warnings.simplefilter("error", RuntimeWarning)
            result = check(exercise.id, answer, record=False)
        assert result.status == "errado", name
        assert len(repr(result)) < 2500, name
        assert result._repr_html_()


@pytest.mark.slow
@pytest.mark.parametrize("exercise", FUNCTIONS, ids=by_id)
def test_no_constant_answer_passes(exercise):
    cases = exercise.make_cases()
    pairs = list(zip(cases, outcomes(exercise, exercise.solution), strict=True))
    for case in cases:
        constant = exercise.solution(*case.args)
        given = (run_case(lambda *args, c=constant: c, other, exercise) for other, _ in pairs)
        assert any(
            not same(found, right, exercise) for found, (_, right) in zip(given, pairs, strict=True)
        ), case.shown or case.args
    assert check(exercise.id, lambda *args: constant, record=False).status == "errado"


@pytest.mark.parametrize("exercise", FUNCTIONS, ids=by_id)
def test_memorised_fixed_cases_do_not_pass(exercise):
    known = [(case.args, exercise.solution(*case.args)) for case in exercise.make_cases()[:8]]

    def memorised(*args):
        return next((answer for seen, answer in known if seen == args), known[0][1])

    assert check(exercise.id, memorised, record=False).status == "errado"


def test_unknown_id_lists_the_known_ones():
    with pytest.raises(registry.UnknownId) as caught:
        check("01.empatte", 3)
    assert "Não conheço exercício '01.empatte'" in str(caught.value)
    assert "01.sobreposicao, 01.empate" in str(caught.value)


@pytest.mark.parametrize(
    "call", [registry.exercises, registry.predictions, registry.quiz_questions]
)
def test_unknown_lesson_lists_the_known_ones(call):
    with pytest.raises(registry.UnknownId, match="Os que existem: 00, 01"):
        call("77")


@recorded
@pytest.mark.parametrize("exercise", VALUES, ids=by_id)
def test_value_exercise_does_not_give_the_answer_away(exercise):
    for wrong in exercise.wrong:
        labels = [label for label, _ in check(exercise.id, wrong.answer).details]
        assert labels == ["Recebido"]


# --- palpites e quiz -----------------------------------------------------------------------------


@pytest.mark.parametrize("prediction", PREDICTIONS, ids=by_id)
def test_every_guess_gets_an_answer(prediction):
    silent = compare(prediction, None)
    assert silent.startswith("Sem palpite desta vez.")
    assert prediction.lesson_learned in silent
    if prediction.options:
        assert len(prediction.comments) == len(prediction.options)
        guesses, right = range(len(prediction.options)), prediction.answer
        said = set(prediction.comments)
    else:
        assert prediction.low <= prediction.answer <= prediction.high
        guesses, right, said = range(prediction.low, prediction.high + 1), prediction.answer, None
        assert len(set(prediction.said)) == 3
    for guess in guesses:
        text = compare(prediction, guess)
        assert text.startswith("Você previu ")
        assert (("e acertou" in text) or ("e o resultado é" in text)) == (guess == right)
        assert said is None or prediction.comments[guess] in text


def test_guess_near_and_far_are_told_apart():
    prediction = registry.get_prediction("01.bytes_joao")
    exact, near, far = prediction.said
    assert compare(prediction, 5).startswith("Você previu 5, e o resultado é 5. " + exact)
    assert compare(prediction, 4).startswith("Você previu 4; o resultado é 5. " + near)
    assert compare(prediction, 9).startswith("Você previu 9; o resultado é 5. " + far)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (4, "4"),
        (np.int64(3), "3"),
        (torch.tensor(3), "3"),
        (3.999999999, "4"),
        (3.14159, "3,14"),
        (np.float32(2.5), "2,50"),
        ("3,5", "3,50"),
        (-2, "−2"),
        (10**20, "1" + "0" * 20),
    ],
)
def test_measured_number_is_read_and_said_in_portuguese(value, said):
    prediction = registry.get_prediction("01.nabana")
    assert f"o resultado é {said}." in compare(prediction, 1, value)
    assert f"O resultado é {said}." in compare(prediction, None, value)


@pytest.mark.parametrize("value", [math.nan, math.inf, "quatro", [], Hostile(), 2j])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(ValueError, match="precisa ser um número"):
        compare(registry.get_prediction("01.nabana"), 3, value)


def test_result_too_large_to_write_is_still_compared():
    assert "o resultado é" in compare(registry.get_prediction("01.nabana"), 3, 10**5000)


@pytest.mark.parametrize("kind", [int, np.int64, torch.tensor])
def test_measured_option_is_a_text_or_a_position(kind):
    choice = registry.get_prediction("01.espaco")
    right = choice.answer
    assert "e acertou" in compare(choice, right, choice.options[right])
    assert "e acertou" in compare(choice, right, kind(right))
    for wrong in ("nenhuma", 99, -1, True, 1.0, None.__class__):
        with pytest.raises(ValueError, match="não é uma das opções"):
            compare(choice, right, wrong)


@pytest.mark.parametrize("question", QUIZZES, ids=by_id)
def test_question_has_one_right_option_and_an_explanation_for_each(question):
    assert sum(option.right for option in question.options) == 1
    explanations = [option.explanation for option in question.options]
    assert all(len(text) > 40 for text in explanations)
    assert len(set(explanations)) == len(question.options) >= 3


def test_right_option_is_not_always_in_the_same_place():
    places = {[o.right for o in question.options].index(True) for question in QUIZZES}
    assert len(places) >= 3
