"""Exercício 09.gradiente: para onde a perda empurra cada logit."""

import random

from helpers.exercises.catalog import Case, Exercise, Form, Hint, KnownWrong


def _logit_gradient(logits: list[float], target: int) -> list[float]:
    """Devolve, para cada logit, quanto a perda sobe se ele subir um pouquinho."""
    import math

    top = max(logits)
    powers = [math.exp(logit - top) for logit in logits]
    total = sum(powers)
    gradient = [power / total for power in powers]
    gradient[target] -= 1
    return gradient


def _only_probs(logits: list[float], target: int) -> list[float]:
    gradient = _logit_gradient(logits, target)
    gradient[target] += 1
    return gradient


def _turned(logits: list[float], target: int) -> list[float]:
    return [-value for value in _logit_gradient(logits, target)]


def _only_target(logits: list[float], target: int) -> list[float]:
    gradient = _logit_gradient(logits, target)
    return [value if place == target else 0.0 for place, value in enumerate(gradient)]


def _logits_minus_one(logits: list[float], target: int) -> list[float]:
    return [logit - (place == target) for place, logit in enumerate(logits)]


def _of_the_probability(logits: list[float], target: int) -> list[float]:
    probs = _only_probs(logits, target)
    return [probs[target] * ((i == target) - prob) for i, prob in enumerate(probs)]


def _one_over_p(logits: list[float], target: int) -> list[float]:
    probs = _only_probs(logits, target)
    return [-1 / probs[target] if i == target else 0.0 for i in range(len(probs))]


def _cases() -> tuple[Case, ...]:
    generator = random.Random(903)
    fixed: list[tuple[list[float], int]] = [
        ([0.0, 0.0], 0),
        ([1.0, 1.0, 1.0, 1.0], 3),
        ([2.0, 0.0, -1.0], 1),
        ([900.0, 899.0], 0),
        ([0.0], 0),
    ]
    while len(fixed) < 18:
        size = generator.randrange(2, 6)
        logits = [round(generator.gauss(0, 2), 2) for _ in range(size)]
        fixed.append((logits, generator.randrange(size)))
    return tuple(Case(args) for args in fixed)


GRADIENT = Exercise(
    id="09.gradiente",
    title="para onde a perda empurra",
    difficulty=3,
    importance=5,
    minutes=(10, 15),
    statement="""
A perda de uma posição é −log p(alvo), com p = softmax(logits). Quanto ela sobe se um logit subir um
pouquinho? Faça a derivada no papel: a conta fecha em uma linha.

Escreva `my_logit_gradient(logits, target)`, que devolve essa derivada para **cada** logit, em uma
lista. Use `math.exp`, com o maior logit subtraído antes.
""",
    done_when="A lista soma zero: o que o alvo ganha, os outros perdem. Um logit 900 não estoura.",
    hints=(
        Hint(
            "uma pergunta",
            "A perda é o log da soma das exponenciais menos o logit do alvo. Qual é a derivada da "
            "primeira parcela em relação a um logit? E a da segunda?",
        ),
        Hint(
            "o plano",
            "1. Calcule o softmax dos logits.\n"
            "2. A derivada da primeira parcela é a própria probabilidade de cada token.\n"
            "3. A segunda só depende do logit do alvo, e a derivada é −1.",
        ),
        Hint(
            "por que o alvo fica negativo?",
            "Subir o logit do alvo **diminui** a perda. Como o treino anda contra o gradiente, "
            "esse logit sobe e os outros descem.",
        ),
        Hint("a saída esperada", "`my_logit_gradient([0, 0], 0)` devolve `[-0.5, 0.5]`."),
    ),
    name="my_logit_gradient",
    stub='''
def my_logit_gradient(logits: list[float], target: int) -> list[float]:
    """Devolve, para cada logit, quanto a perda sobe se ele subir um pouquinho."""
    raise NotImplementedError  # escreva aqui
''',
    solution=_logit_gradient,
    form=Form("sequence", (Form("number"),), label="uma lista de números"),
    tolerance=1e-5,
    make_cases=_cases,
    wrong=(
        KnownWrong(
            "so_probabilidades",
            _only_probs,
            "Seu resultado é igual ao de quem devolve **só as probabilidades**. Com esse gradiente "
            "todos os logits seriam empurrados para baixo, até o do alvo. Falta tirar 1 no alvo.",
        ),
        KnownWrong(
            "sinal_trocado",
            _turned,
            "Seu resultado é igual ao de quem **troca o sinal**. Isso é a direção em que o treino "
            "anda, e não o gradiente. O gradiente diz para onde a perda sobe: p menos 1 no alvo.",
        ),
        KnownWrong(
            "so_o_alvo",
            _only_target,
            "Seu resultado é igual ao de quem mexe **só no alvo**. Os outros logits também estão "
            "na soma das exponenciais, e a perda depende deles. Devolva a probabilidade nos "
            "outros lugares.",
        ),
        KnownWrong(
            "sem_softmax",
            _logits_minus_one,
            "Seu resultado é igual ao de quem subtrai 1 do **logit**, sem passar pelo softmax. "
            "Logits não são probabilidades. Calcule o softmax e só então tire 1 no alvo.",
        ),
        KnownWrong(
            "derivada_de_p",
            _of_the_probability,
            "Seu resultado é igual ao de quem deriva a **probabilidade** do alvo, sem o −log. A "
            "perda é o log dela, trocado de sinal. Divida por p e troque o sinal: sobra p − 1 no "
            "alvo.",
        ),
        KnownWrong(
            "um_sobre_p",
            _one_over_p,
            "Seu resultado é igual ao de quem para na derivada do **log**, −1/p, e esquece o "
            "softmax. A conta tem duas partes: de p para a perda e dos logits para p. Multiplique "
            "as duas.",
        ),
    ),
)
