"""Resume o progresso de uma lição: exercícios, palpites, desafios dos exploráveis e quiz."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from helpers.exercises import lesson_text, registry
from helpers.exercises.guesses import is_possible, is_right
from helpers.exercises.progress import Entries, Progress

EXPLORABLES = Path(__file__).resolve().parents[1] / "explorables"
TEXTS = lesson_text.ROOT / "data" / "exploraveis.toml"
_IMPORT = re.compile(r"^from helpers\.explorables\.(\w+) import", re.MULTILINE)
_WORDS = re.compile(r"\bwords\(\"([^\"]+)\"\)")


@cache
def offered(lesson: str) -> dict[str, int]:
    """Devolve, de cada explorável da lição e dos anexos, quantos desafios ele tem.

    Parâmetros:
        lesson: número com dois algarismos, como "01".
    """
    tables = tomllib.loads(TEXTS.read_text(encoding="utf-8"))
    cells = (cell for path in lesson_text.texts(lesson) for cell in lesson_text.cells(path))
    modules = {name for cell in cells for name in _IMPORT.findall(cell.source)}
    # Lê o código, e não o importa: importar os exploráveis traz o modelo.
    codes = (EXPLORABLES / f"{name}.py" for name in sorted(modules))
    names = [
        n
        for code in codes
        if code.exists()
        for n in _WORDS.findall(code.read_text(encoding="utf-8"))
    ]
    counts = {name: len(tables[name].get("desafios", {})) for name in names}
    return {name: count for name, count in counts.items() if count}


def met(lesson: str, entries: Entries) -> int:
    """Devolve quantos desafios da lição estão cumpridos.

    Parâmetros:
        lesson: número com dois algarismos.
        entries: `explorables` do progresso.
    """
    return sum(
        min(count, len(entries.get(name, {}).get("desafios", ())))
        for name, count in offered(lesson).items()
    )


_MARKS = {"resolvido": "✓", "errado": "✗", "pendente": "○"}


@dataclass(frozen=True)
class ExerciseLine:
    """Guarda a situação de um exercício.

    Parâmetros:
        title: título do cartão.
        status: "resolvido", "errado" ou "pendente".
        attempts: quantas respostas diferentes foram conferidas.
        code: a resposta que o resolveu, guardada para nenhum acidente a levar.
    """

    title: str
    status: str
    attempts: int
    code: str = ""

    @property
    def mark(self) -> str:
        """Devolve o símbolo da situação."""
        return _MARKS[self.status]


@dataclass(frozen=True)
class LessonSummary:
    """Guarda o resumo de uma lição.

    Parâmetros:
        lesson: número da lição.
        exercises: uma linha por exercício.
        guesses: quantos palpites foram dados.
        exact: quantos deles acertaram em cheio.
        predictions: quantos palpites a lição pede.
        challenges: quantos desafios dos exploráveis foram cumpridos.
        offered: quantos a lição tem.
        quiz_first: pontuação da primeira vez; `None` se o quiz não foi feito até o fim.
        quiz_best: melhor pontuação, contando as vezes em que foi refeito.
        quiz_total: quantas perguntas o quiz tem.
    """

    lesson: str
    exercises: tuple[ExerciseLine, ...]
    guesses: int
    exact: int
    predictions: int
    challenges: int
    offered: int
    quiz_first: int | None
    quiz_best: int | None
    quiz_total: int

    def sentences(self) -> tuple[str, ...]:
        """Devolve o resumo em frases curtas, uma por assunto que a lição tem."""
        found = []
        if self.exercises:
            solved = sum(line.status == "resolvido" for line in self.exercises)
            found.append(f"exercícios resolvidos: {solved} de {len(self.exercises)}")
        if self.predictions:
            text = f"palpites dados: {self.guesses} de {self.predictions}"
            exact = f"{self.exact} em cheio"
            found.append(f"{text} ({exact})" if self.guesses else text)
        if self.offered:
            found.append(f"desafios cumpridos: {self.challenges} de {self.offered}")
        if self.quiz_total:
            told = "ainda não feito"
            if self.quiz_first is not None:
                told = f"{self.quiz_first} de {self.quiz_total} de primeira"
                again = self.quiz_best is not None and self.quiz_best > self.quiz_first
                told += f" ({self.quiz_best} ao refazer)" if again else ""
            found.append(f"quiz: {told}")
        return tuple(found)


def summarize(lesson: str, progress: Progress) -> LessonSummary:
    """Devolve o resumo da lição segundo o progresso guardado.

    Parâmetros:
        lesson: número com dois algarismos, como "01".
        progress: o que `progress.load()` devolveu.
    """
    predictions = registry.predictions(lesson)
    guessed = [
        (prediction, guess)
        for prediction in predictions
        if is_possible(prediction, guess := _guess(progress, prediction.id))
    ]
    quiz = progress.quizzes.get(lesson, {})
    total = len(registry.quiz_questions(lesson))
    return LessonSummary(
        lesson=lesson,
        exercises=tuple(_line(item.id, item.title, progress) for item in registry.cards(lesson)),
        guesses=len(guessed),
        exact=sum(is_right(prediction, guess) for prediction, guess in guessed),
        predictions=len(predictions),
        challenges=met(lesson, progress.explorables),
        offered=sum(offered(lesson).values()),
        quiz_first=_score(quiz.get("primeira", quiz.get("melhor")), total),
        quiz_best=_score(quiz.get("melhor"), total),
        quiz_total=total,
    )


def _guess(progress: Progress, prediction_id: str) -> object:
    return progress.guesses.get(prediction_id, {}).get("palpite")


def _line(exercise_id: str, title: str, progress: Progress) -> ExerciseLine:
    entry = progress.exercises.get(exercise_id, {})
    status = "resolvido" if entry.get("resolvido") else "errado" if entry else "pendente"
    return ExerciseLine(title, status, entry.get("tentativas", 0), entry.get("codigo", ""))


def _score(value: object, total: int) -> int | None:
    return value if isinstance(value, int) and value <= total else None
