"""O que os testes dos exercícios têm em comum: respostas comparadas caso a caso e textos certos."""

from helpers.exercises import registry
from helpers.exercises.checking import read_value
from helpers.exercises.running import run_case, same


def outcomes(exercise, answer):
    """Devolve o que a resposta faz em cada caso."""
    if exercise.kind == "value":
        return [read_value(exercise, answer)]
    return [run_case(answer, case, exercise) for case in exercise.make_cases()]


def agree(exercise, left, right):
    """Diz se duas respostas coincidem em todos os casos, com a folga do exercício."""
    return all(same(a, b, exercise.tolerance) for a, b in zip(left, right, strict=True))


def require_right_options(lesson, promised):
    """Exige que a opção certa de cada pergunta do quiz contenha o texto prometido, na ordem."""
    found = {
        question.id: next(option.text for option in question.options if option.right)
        for question in registry.quiz_questions(lesson)
    }
    assert list(found) == list(promised)
    for name, text in found.items():
        assert promised[name] in text, name


def require_own_diagnoses(exercise, keys):
    """Exige que a primeira frase de cada diagnóstico tenha a sua palavra-chave, e só ela."""
    assert list(keys) == [wrong.name for wrong in exercise.wrong]
    for wrong in exercise.wrong:
        first = wrong.diagnosis.split(". ")[0]
        owners = [name for name, key in keys.items() if key in first]
        assert owners == [wrong.name], first


def require_own_comments(lesson, promised, near):
    """Exige que cada comentário de palpite fale da sua opção; nos de número, a folga prometida."""
    for item in registry.predictions(lesson):
        if item.id in near:
            assert item.near == near[item.id], item.id
            continue
        found = zip(promised[item.id], item.comments, strict=True)
        assert all(part in comment for part, comment in found), item.id
