"""Página para quem ensina: os enganos que cada exercício reconhece e as respostas do quiz."""

from helpers.exercises import registry
from helpers.exercises.catalog import Exercise, GuessQuestion, Question

OPENING = """# Enganos e respostas

Para quem ensina. De cada exercício, os enganos que a conferência reconhece e o que ela diz; dos
palpites e do quiz, o comentário de cada opção. A página sai de `data/licoes/`: para mudá-la, mude
o arquivo da lição e rode `python -m helpers executar`."""


def answer_key_markdown() -> str:
    """Devolve a página inteira, lição por lição."""
    parts = [OPENING]
    for lesson in registry.lessons():
        parts.append(f"## Lição {lesson}")
        parts += [_exercise(item) for item in registry.exercises(lesson)]
        parts += [_prediction(item) for item in registry.predictions(lesson)]
        parts += [_question(item) for item in registry.quiz_questions(lesson)]
    return "\n\n".join(parts) + "\n"


def _exercise(exercise: Exercise) -> str:
    lines = [f"### Exercício {exercise.id}: {exercise.title}", ""]
    lines += [f"- `{wrong.name}`: {_one_line(wrong.diagnosis)}" for wrong in exercise.wrong]
    return "\n".join(lines)


def _prediction(prediction: GuessQuestion) -> str:
    right = prediction.answer
    answer = prediction.options[right] if prediction.options else str(right)
    lines = [f"### Palpite {prediction.id}", "", _one_line(prediction.question), ""]
    lines.append(f"**Resposta:** {answer}. {_one_line(prediction.lesson_learned)}")
    if prediction.options:
        said = zip(prediction.options, prediction.comments, strict=True)
        comments = [f"{option}: {_one_line(comment)}" for option, comment in said]
    else:
        comments = [_one_line(comment) for comment in prediction.said]
    lines += ["", *(f"- {comment}" for comment in comments)]
    return "\n".join(lines)


def _question(question: Question) -> str:
    lines = [f"### Quiz {question.id}", "", _one_line(question.text), ""]
    for option in question.options:
        mark = "certa" if option.right else "errada"
        lines.append(f"- {_one_line(option.text)} ({mark}) {_one_line(option.explanation)}")
    return "\n".join(lines)


def _one_line(text: str) -> str:
    return " ".join(text.split())
