"""Escreve, a partir da ficha, as quatro células: cartão, início, conferência e solução.

O catálogo é a única fonte: a célula da solução sai da função de Python que os testes conferem.
"""

import inspect
import re
import textwrap

from helpers.exercises.catalog import Exercise, Hint
from helpers.exercises.markup import inline_html

SKIP_LINE = (
    "*Travou? Pule e volte depois, ou abra a solução: ler uma boa solução também é estudar. "
    "O resto da lição não depende da sua resposta.*"
)


def card_markdown(exercise: Exercise) -> str:
    """Devolve o cartão do exercício em Markdown, com as dicas dobradas.

    Parâmetros:
        exercise: a ficha.
    """
    low, high = exercise.minutes
    measures = (
        f"Dificuldade {_dots(exercise.difficulty)} · importância {_dots(exercise.importance)} · "
        f"{low} a {high} minutos"
    )
    hints = [_hint(number, hint) for number, hint in enumerate(exercise.hints, start=1)]
    return "\n\n".join(
        [
            f"### Exercício: {exercise.title}",
            measures,
            exercise.statement.strip(),
            f"**Pronto quando:** {exercise.done_when}",
            *hints,
            SKIP_LINE,
        ]
    )


def stub_source(exercise: Exercise) -> str:
    """Devolve o código inicial da célula do exercício.

    Parâmetros:
        exercise: a ficha.
    """
    return exercise.stub.strip()


def check_source(exercise: Exercise) -> str:
    """Devolve a célula que confere a resposta de quem estuda.

    Parâmetros:
        exercise: a ficha.
    """
    return f'check("{exercise.id}", {exercise.name})'


def solution_source(exercise: Exercise) -> str:
    """Devolve a célula da solução, com outro nome e sem mexer no progresso.

    Parâmetros:
        exercise: a ficha; a função da solução não pode depender de nomes de fora dela.
    """
    name = f"{exercise.name}_solution"
    checked = f'check("{exercise.id}", {name}, record=False)'
    if exercise.kind == "value":
        return f"{exercise.solution_code.strip()}\n\n{checked}"
    source = textwrap.dedent(inspect.getsource(exercise.solution)).strip()
    renamed = re.sub(rf"\b{re.escape(exercise.solution.__name__)}\b", name, source)
    return f"{renamed}\n\n\n{checked}"


def _dots(level: int) -> str:
    return f"{'●' * level}{'○' * (5 - level)} ({level} de 5)"


def _hint(number: int, hint: Hint) -> str:
    # Dentro de <summary> o Markdown não é lido: o título vai em HTML.
    summary = f"<summary>Dica {number}: {inline_html(hint.title)}</summary>"
    return f"<details>{summary}\n\n{hint.text.strip()}\n\n</details>"
