"""Escreve as células de um exercício que saem do código: a conferência e a solução.

O cartão e a célula inicial são do texto da lição; a solução, da função que os testes conferem.
"""

import inspect
import re
import textwrap

from helpers.exercises.catalog import Answer, Card


def check_source(card: Card) -> str:
    """Devolve a célula que confere a resposta de quem estuda.

    Parâmetros:
        card: o cartão, com o nome que a célula inicial pede.
    """
    return f'check("{card.id}", {card.name})'


def solution_source(card: Card, answer: Answer) -> str:
    """Devolve a célula da solução, com outro nome e sem mexer no progresso.

    Parâmetros:
        card: o cartão, com o nome que a célula inicial pede.
        answer: a resposta; a função da solução não pode depender de nomes de fora dela.
    """
    name = f"{card.name}_solution"
    checked = f'check("{card.id}", {name}, record=False)'
    if answer.kind == "value":
        return f"{answer.code.strip()}\n\n{checked}"
    source = textwrap.dedent(inspect.getsource(answer.solution)).strip()
    renamed = re.sub(rf"\b{re.escape(answer.solution.__name__)}\b", name, source)
    return f"{renamed}\n\n\n{checked}"
