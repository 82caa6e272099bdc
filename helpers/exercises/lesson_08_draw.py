"""Exercício 08.sorteio: achar em que faixa da régua cai um número entre 0 e 1."""

import random

from helpers.exercises.catalog import Case, Exercise, Form, Hint, KnownWrong


def _draw(probs: list[float], u: float) -> int:
    """Devolve o primeiro token cuja soma acumulada passa de `u`."""
    total = 0.0
    for token, prob in enumerate(probs):
        total += prob
        if u < total:
            return token
    return len(probs) - 1  # só se chega aqui quando a soma, arredondada, ficou abaixo de 1


def _greedy(probs: list[float], u: float) -> int:
    return max(range(len(probs)), key=probs.__getitem__)


def _own_width(probs: list[float], u: float) -> int:
    return next((i for i, prob in enumerate(probs) if prob > u), len(probs) - 1)


def _closed_end(probs: list[float], u: float) -> int:
    total = 0.0
    for token, prob in enumerate(probs):
        total += prob
        if u <= total:
            return token
    return len(probs) - 1


def _same_width(probs: list[float], u: float) -> int:
    return int(u * len(probs))


def _nearest(probs: list[float], u: float) -> int:
    return min(range(len(probs)), key=lambda token: abs(probs[token] - u))


def _sorted_first(probs: list[float], u: float) -> int:
    return _draw(sorted(probs, reverse=True), u)


def _prob_itself(probs: list[float], u: float) -> float:
    return probs[_draw(probs, u)]


def _from_one(probs: list[float], u: float) -> int:
    return _draw(probs, u) + 1


def _one_too_far(probs: list[float], u: float) -> int:
    return min(_draw(probs, u) + 1, len(probs) - 1)


def _cases() -> tuple[Case, ...]:
    fixed = [
        ([0.5, 0.25, 0.25], 0.0),
        ([0.5, 0.25, 0.25], 0.5),
        ([0.5, 0.25, 0.25], 0.9),
        ([0.125, 0.125, 0.75], 0.2),
        ([0.125, 0.125, 0.75], 0.25),
        ([0.0, 1.0], 0.0),
        ([0.25, 0.0, 0.75], 0.25),
        ([1.0], 0.999),
    ]
    generator = random.Random(801)
    while len(fixed) < 24:
        # Larguras em oitavos e pontos em dezesseis avos: as somas são exatas, até nas beiradas.
        cuts = sorted(generator.randrange(9) for _ in range(3))
        widths = [b - a for a, b in zip([0, *cuts], [*cuts, 8], strict=True)]
        fixed.append(([width / 8 for width in widths], generator.randrange(16) / 16))
    return tuple(Case(args) for args in fixed)


DRAW = Exercise(
    id="08.sorteio",
    title="onde a agulha cai",
    difficulty=2,
    importance=5,
    minutes=(8, 15),
    statement="""
Ponha as probabilidades lado a lado, na ordem dos tokens, numa régua que vai de 0 a 1. Cada token
ocupa uma faixa da largura da sua probabilidade. Um número `u`, sorteado por igual entre 0 e 1, cai
em uma delas.

Escreva `my_draw(probs, u)`, que devolve a **posição do token** em cuja faixa `u` caiu. Cada faixa
inclui o seu começo e não inclui o seu fim.
""",
    done_when="Um token de probabilidade 0 nunca sai, nem quando `u` é 0.",
    hints=(
        Hint(
            "uma pergunta",
            "Com `[0.5, 0.25, 0.25]`, onde começa e onde termina a faixa do token 1?",
        ),
        Hint(
            "o plano",
            "1. Comece com `total = 0.0`.\n"
            "2. Para cada token, some a probabilidade dele a `total`: é o fim da faixa.\n"
            "3. Se `u` for menor que `total`, a faixa é esta: devolva o token.",
        ),
        Hint(
            "por que erro só na beirada?",
            "Com `u = 0.5` e `[0.5, 0.25, 0.25]`, a faixa do token 0 acabou de terminar: quem sai "
            "é o token 1. Compare com `<`, não com `<=`.",
        ),
        Hint("a saída esperada", "`my_draw([0.5, 0.25, 0.25], 0.9)` devolve `2`."),
    ),
    name="my_draw",
    stub='''
def my_draw(probs: list[float], u: float) -> int:
    """Devolve a posição do token em cuja faixa u caiu."""
    raise NotImplementedError  # escreva aqui
''',
    solution=_draw,
    form=Form("int", label="a posição de um token"),
    make_cases=_cases,
    wrong=(
        KnownWrong(
            "guloso",
            _greedy,
            "Seu resultado é igual ao de quem devolve sempre o **mais provável**. Assim o `u` não "
            "serve para nada e nada é sorteado. Quem decide é a faixa em que ele cai.",
        ),
        KnownWrong(
            "largura_no_lugar_do_fim",
            _own_width,
            "Seu resultado é igual ao de quem compara `u` com a **largura** de cada faixa. A "
            "largura diz o tamanho, não o lugar. Compare com a soma acumulada, que é onde a faixa "
            "termina.",
        ),
        KnownWrong(
            "beirada_direita",
            _closed_end,
            "Seu resultado é igual ao de quem inclui na faixa o seu **fim**. Só muda nas beiradas, "
            "mas lá um token de probabilidade 0 pode sair. Troque `<=` por `<`.",
        ),
        KnownWrong(
            "faixas_iguais",
            _same_width,
            "Seu resultado é igual ao de quem dá a todos a **mesma largura**. É um sorteio, mas "
            "ignora as probabilidades. A faixa de cada token tem a largura da probabilidade dele.",
        ),
        KnownWrong(
            "mais_perto",
            _nearest,
            "Seu resultado é igual ao de quem procura a probabilidade **mais parecida** com `u`. "
            "`u` é um lugar na régua, e a probabilidade é um comprimento. Vá somando os "
            "comprimentos até passar do lugar.",
        ),
        KnownWrong(
            "ordena_antes",
            _sorted_first,
            "Seu resultado é igual ao de quem **ordena** as probabilidades e devolve a posição na "
            "lista ordenada. A chance de cada posição muda de dono. Mantenha a ordem dos tokens.",
        ),
        KnownWrong(
            "um_adiante",
            _one_too_far,
            "Seu resultado é igual ao de quem devolve o token **seguinte** ao certo. A comparação "
            "vem depois de somar a probabilidade do próprio token. Confira a ordem das duas "
            "linhas.",
        ),
        KnownWrong(
            "a_propria_probabilidade",
            _prob_itself,
            "Seu resultado é igual ao de quem devolve a **probabilidade** do token que saiu. O que "
            "se pede é qual token: a posição dele na lista. `enumerate(probs)` dá as duas coisas.",
        ),
        KnownWrong(
            "conta_do_um",
            _from_one,
            "Seu resultado é igual ao de quem **conta a partir de 1**. Em Python o primeiro token "
            "está na posição 0. `enumerate` já conta assim.",
        ),
    ),
)
