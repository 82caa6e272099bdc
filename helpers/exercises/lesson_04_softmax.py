"""Exercício 04.softmax: o softmax que não estoura, com temperatura."""

import math
import random

import torch

from helpers.exercises.catalog import Case, Exercise, Form, Hint, KnownWrong

WEIGHTS = Form("sequence", (Form("number"),), label="uma lista de números")


def _softmax(scores: list[float], temperature: float) -> list[float]:
    """Devolve os pesos: positivos, com soma 1, sem estourar."""
    import math

    top = max(scores)
    grown = [math.exp((score - top) / temperature) for score in scores]
    total = sum(grown)
    return [part / total for part in grown]


def _naive(scores: list[float], temperature: float) -> list[float]:
    grown = [math.exp(score / temperature) for score in scores]
    return [part / sum(grown) for part in grown]


def _naive_tensor(scores: list[float], temperature: float) -> torch.Tensor:
    grown = (torch.tensor(scores, dtype=torch.float64) / temperature).exp()
    return grown / grown.sum()


def _no_temperature(scores: list[float], temperature: float) -> list[float]:
    return _softmax(scores, 1.0)


def _times_temperature(scores: list[float], temperature: float) -> list[float]:
    return _softmax(scores, 1 / temperature)


def _temperature_after(scores: list[float], temperature: float) -> list[float]:
    return [weight / temperature for weight in _softmax(scores, 1.0)]


def _not_normalized(scores: list[float], temperature: float) -> list[float]:
    top = max(scores)
    return [math.exp((score - top) / temperature) for score in scores]


def _no_exponential(scores: list[float], temperature: float) -> list[float]:
    low = min(scores)
    moved = [(score - low) / temperature for score in scores]
    total = sum(moved) or 1.0
    return [part / total for part in moved]


def _winner_takes_all(scores: list[float], temperature: float) -> list[float]:
    best = scores.index(max(scores))
    return [float(i == best) for i in range(len(scores))]


def _cases() -> tuple[Case, ...]:
    fixed: list[tuple[list[float], float]] = [
        ([2.0, 1.0, 0.0], 1.0),
        ([1000.0, 999.0], 1.0),
        ([-1000.0, -1001.0, -1003.0], 1.0),
        ([2.0, 1.0, 0.0], 0.5),
        ([2.0, 1.0, 0.0], 4.0),
        ([7.0], 2.0),
        ([-50.0, -50.0, -50.0], 1.0),
        ([3000.0, 0.0, 0.0], 1.0),  # tirar a média, e não o maior, ainda estoura
        ([2000.0, 1998.0], 2.0),  # o maior também se divide pela temperatura
    ]
    generator = random.Random(401)
    for _ in range(20):
        size = generator.randrange(2, 7)
        scores = [round(generator.uniform(-6, 6), 2) for _ in range(size)]
        fixed.append((scores, generator.choice((0.5, 1.0, 2.0, 3.0))))
    return tuple(Case(args) for args in fixed)


SOFTMAX = Exercise(
    id="04.softmax",
    title="um softmax que não estoura",
    difficulty=2,
    importance=5,
    minutes=(8, 12),
    statement="""
Escreva `my_softmax(scores, temperature)`. Ela recebe uma lista de scores e devolve a lista dos
pesos: divide cada score pela **temperatura**, eleva `e` ao resultado e divide pela soma.

Faça de um jeito que aguente `[1000, 999]`, tirando o maior score antes da exponencial.
Temperatura maior espalha os pesos; menor, concentra.
""",
    done_when="Os pesos somam 1 com qualquer score, e a temperatura muda só a concentração.",
    hints=(
        Hint(
            "uma pergunta",
            "Somar a mesma constante a todos os scores muda os pesos? Então você pode escolher a "
            "constante. Qual delas deixa a maior exponencial igual a 1?",
        ),
        Hint(
            "o plano",
            "1. Ache o maior score.\n"
            "2. Para cada score, calcule `math.exp((score - maior) / temperature)`.\n"
            "3. Divida cada um pela soma de todos.",
        ),
        Hint(
            "por que recebo um `OverflowError`, ou `nan`?",
            "`math.exp(1000)` não cabe em um número de ponto flutuante. O Python para; o PyTorch "
            "devolve `inf`, e `inf / inf` é `nan`. Tire o maior antes, nunca depois.",
        ),
        Hint(
            "a saída esperada",
            "`my_softmax([2.0, 1.0, 0.0], 1.0)` dá aproximadamente `[0.665, 0.245, 0.090]`.",
        ),
    ),
    name="my_softmax",
    stub='''
def my_softmax(scores: list[float], temperature: float) -> list[float]:
    """Devolve os pesos: positivos, com soma 1, sem estourar."""
    raise NotImplementedError  # escreva aqui
''',
    solution=_softmax,
    form=WEIGHTS,
    tolerance=1e-5,
    make_cases=_cases,
    wrong=(
        KnownWrong(
            "ingenuo",
            _naive,
            "Seu resultado é igual ao de quem calcula `exp` **direto no score**. Com scores "
            "pequenos está certo; com 1000 o `math.exp` estoura. Tire o maior score de todos antes "
            "da exponencial: os pesos não mudam.",
        ),
        KnownWrong(
            "ingenuo_nan",
            _naive_tensor,
            "Seu resultado é igual ao de quem deixa o PyTorch chegar a **`inf / inf`**. Ele não "
            "para, mas o peso vira `nan`, e um `nan` contamina tudo o que vem depois. Tire o maior "
            "score antes de `exp`.",
        ),
        KnownWrong(
            "sem_temperatura",
            _no_temperature,
            "Seu resultado é igual ao de quem **não usa a temperatura**. Com 1 não se nota. Divida "
            "por ela a distância de cada score ao maior, antes da exponencial.",
        ),
        KnownWrong(
            "multiplica",
            _times_temperature,
            "Seu resultado é igual ao de quem **multiplica** pela temperatura. Fica tudo ao "
            "contrário: temperatura alta concentraria. Ela divide o score.",
        ),
        KnownWrong(
            "temperatura_depois",
            _temperature_after,
            "Seu resultado é igual ao de quem divide **os pesos** pela temperatura. Eles deixam de "
            "somar 1. A temperatura entra antes da exponencial, nos scores.",
        ),
        KnownWrong(
            "sem_dividir_pela_soma",
            _not_normalized,
            "Seu resultado é igual ao de quem **esquece de dividir pela soma**. A ordem está "
            "certa e o maior vale 1, mas a soma passa de 1. Falta o último passo.",
        ),
        KnownWrong(
            "sem_exponencial",
            _no_exponential,
            "Seu resultado é igual ao de quem divide os scores pela soma **sem exponencial**. O "
            "menor fica com zero exato, e somar uma constante mudaria tudo. A exponencial torna "
            "todos positivos.",
        ),
        KnownWrong(
            "so_o_maior",
            _winner_takes_all,
            "Seu resultado é igual ao de quem dá **tudo ao maior score**. Esse é o limite de "
            "temperatura zero. O softmax deixa uma parte para os outros, e é por isso que há "
            "gradiente para aprender.",
        ),
    ),
)
