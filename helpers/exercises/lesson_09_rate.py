"""Exercício 09.taxa: a taxa de aprendizado de cada passo."""

import math

from helpers.exercises.catalog import Case, Exercise, Form, Hint, KnownWrong


def _rate(step: int, steps: int, warmup: int, top: float) -> float:
    """Devolve a taxa do passo: sobe em linha reta até `top`, depois desce em cosseno até zero."""
    import math

    if step < warmup:
        return top * (step + 1) / warmup
    progress = (step - warmup) / (steps - warmup)
    return top * (1 + math.cos(math.pi * progress)) / 2


def _no_warmup(step: int, steps: int, warmup: int, top: float) -> float:
    return top * (1 + math.cos(math.pi * step / steps)) / 2


def _starts_at_zero(step: int, steps: int, warmup: int, top: float) -> float:
    return top * step / warmup if step < warmup else _rate(step, steps, warmup, top)


def _line_down(step: int, steps: int, warmup: int, top: float) -> float:
    if step < warmup:
        return _rate(step, steps, warmup, top)
    return top * (1 - (step - warmup) / (steps - warmup))


def _constant(step: int, steps: int, warmup: int, top: float) -> float:
    return _rate(step, steps, warmup, top) if step < warmup else top


def _cosine_from_zero(step: int, steps: int, warmup: int, top: float) -> float:
    if step < warmup:
        return _rate(step, steps, warmup, top)
    return top * (1 + math.cos(math.pi * step / steps)) / 2


def _zero_too_soon(step: int, steps: int, warmup: int, top: float) -> float:
    if step < warmup:
        return _rate(step, steps, warmup, top)
    return top * (1 + math.cos(math.pi * (step - warmup) / (steps - 1 - warmup))) / 2


def _warmup_too_long(step: int, steps: int, warmup: int, top: float) -> float:
    return top * (step + 1) / warmup if step <= warmup else _rate(step, steps, warmup, top)


def _half_turn_missing(step: int, steps: int, warmup: int, top: float) -> float:
    if step < warmup:
        return _rate(step, steps, warmup, top)
    return top * (1 + math.cos(math.pi * (step - warmup) / (steps - warmup)))


def _whole_turn(step: int, steps: int, warmup: int, top: float) -> float:
    if step < warmup:
        return _rate(step, steps, warmup, top)
    return top * (1 + math.cos(2 * math.pi * (step - warmup) / (steps - warmup))) / 2


def _cases() -> tuple[Case, ...]:
    shapes = [(100, 10, 1.0), (40, 8, 0.01), (12, 4, 0.5)]
    return tuple(
        Case((step, steps, warmup, top))
        for steps, warmup, top in shapes
        for step in (0, 1, warmup - 1, warmup, (warmup + steps) // 2, steps - 1)
    )


RATE = Exercise(
    id="09.taxa",
    title="subir devagar, descer até parar",
    difficulty=2,
    importance=4,
    minutes=(8, 12),
    statement="""
A taxa de aprendizado muda a cada passo. Nos primeiros `warmup` passos, o **aquecimento**, ela sobe
em linha reta até `top`. Depois desce em **meio cosseno**, de `top` até zero no passo `steps`.

Escreva `my_rate(step, steps, warmup, top)`, com os passos contados de 0. O passo 0 já anda um
pouquinho: a taxa dele é `top / warmup`. O passo `warmup - 1` usa `top` inteira, e o passo `warmup`
também.
""",
    done_when="A maior taxa aparece duas vezes seguidas, e nenhum passo tem taxa zero.",
    hints=(
        Hint(
            "uma pergunta",
            "O cosseno vai de 1 a −1 em meia volta. Que conta leva esse intervalo a 1 e 0?",
        ),
        Hint(
            "o plano",
            "1. Se `step < warmup`: `top * (step + 1) / warmup`.\n"
            "2. Senão, `progress` é a parte da descida já feita, de 0 a 1.\n"
            "3. A taxa é `top * (1 + cos(π · progress)) / 2`.",
        ),
        Hint(
            "por que a taxa pula no fim do aquecimento?",
            "A descida começa no passo `warmup`, não no 0: conte `progress` a partir dele e divida "
            "pelos passos que restam.",
        ),
        Hint("a saída esperada", "`my_rate(55, 100, 10, 1.0)` devolve `0.5`: metade da descida."),
    ),
    name="my_rate",
    stub='''
def my_rate(step: int, steps: int, warmup: int, top: float) -> float:
    """Devolve a taxa do passo: sobe em linha reta até top, depois desce em cosseno até zero."""
    raise NotImplementedError  # escreva aqui
''',
    solution=_rate,
    form=Form("number"),
    tolerance=1e-5,
    make_cases=_cases,
    wrong=(
        KnownWrong(
            "sem_aquecimento",
            _no_warmup,
            "Seu resultado é igual ao de quem **não aquece**: começa pela taxa maior. É quando os "
            "pesos são sorteados e o gradiente diz menos. Trate antes o caso `step < warmup`.",
        ),
        KnownWrong(
            "comeca_em_zero",
            _starts_at_zero,
            "Seu resultado é igual ao de quem começa o aquecimento em **zero**. O primeiro lote "
            "seria lido à toa, e o último do aquecimento não chegaria a `top`. Use `step + 1`.",
        ),
        KnownWrong(
            "desce_em_reta",
            _line_down,
            "Seu resultado é igual ao de quem desce em **linha reta**. Há treinos assim, e "
            "funcionam. Aqui se pediu meio cosseno: `(1 + cos(π · progress)) / 2`.",
        ),
        KnownWrong(
            "nao_desce",
            _constant,
            "Seu resultado é igual ao de quem aquece e depois **fica em `top`**. No fim do treino "
            "os pesos não assentam. Falta a descida, do passo `warmup` em diante.",
        ),
        KnownWrong(
            "cosseno_desde_o_zero",
            _cosine_from_zero,
            "Seu resultado é igual ao de quem conta o cosseno **desde o passo 0**. No fim do "
            "aquecimento a taxa cai de repente. Conte `progress` a partir de `warmup`.",
        ),
        KnownWrong(
            "zero_antes_do_fim",
            _zero_too_soon,
            "Seu resultado é igual ao de quem chega a zero **no último passo**, `steps - 1`. Esse "
            "passo leria um lote sem andar. O zero fica em `steps`: divida por `steps - warmup`.",
        ),
        KnownWrong(
            "aquece_um_a_mais",
            _warmup_too_long,
            "Seu resultado é igual ao de quem aquece **um passo a mais**: no passo `warmup` a taxa "
            "passa de `top`. Troque `<=` por `<`.",
        ),
        KnownWrong(
            "sem_a_metade",
            _half_turn_missing,
            "Seu resultado é igual ao de quem esquece de **dividir por 2**. 1 + cosseno vai de 2 a "
            "0, e a taxa começa no dobro. Divida por 2.",
        ),
        KnownWrong(
            "volta_inteira",
            _whole_turn,
            "Seu resultado é igual ao de quem dá uma **volta inteira** no cosseno. A taxa desce "
            "até zero no meio do treino e torna a subir. Use π, e não 2π.",
        ),
    ),
)
