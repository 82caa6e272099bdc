"""Exercícios 08.top_p e 08.penalidade: cortar a cauda e desencorajar a repetição."""

import math
import random

from helpers.exercises.catalog import Case, Exercise, Form, Hint, KnownWrong

_NUMBERS = Form("sequence", (Form("number"),), label="uma lista de números")


def _top_p(probs: list[float], p: float) -> list[float]:
    """Zera quem não entra no menor grupo que soma `p` e devolve o resto somando 1."""
    order = sorted(range(len(probs)), key=lambda token: -probs[token])
    kept, total = [], 0.0
    for token in order:
        kept.append(token)
        total += probs[token]
        if total >= p:
            break
    return [prob / total if token in kept else 0.0 for token, prob in enumerate(probs)]


def _renormalized(probs: list[float], kept: list[int]) -> list[float]:
    total = sum(probs[token] for token in kept) or 1.0
    return [prob / total if token in kept else 0.0 for token, prob in enumerate(probs)]


def _by_prob(probs: list[float]) -> list[int]:
    return sorted(range(len(probs)), key=lambda token: -probs[token])


def _stops_before(probs: list[float], p: float) -> list[float]:
    kept, total = [], 0.0
    for token in _by_prob(probs):
        total += probs[token]
        if total > p:
            break
        kept.append(token)
    return _renormalized(probs, kept)


def _not_renormalized(probs: list[float], p: float) -> list[float]:
    return [prob if new else 0.0 for prob, new in zip(probs, _top_p(probs, p), strict=True)]


def _sorted_output(probs: list[float], p: float) -> list[float]:
    return sorted(_top_p(probs, p), reverse=True)


def _own_threshold(probs: list[float], p: float) -> list[float]:
    return _renormalized(probs, [token for token, prob in enumerate(probs) if prob >= p])


def _like_min_p(probs: list[float], p: float) -> list[float]:
    return _renormalized(probs, [t for t, prob in enumerate(probs) if prob >= p * max(probs)])


def _like_top_k(probs: list[float], p: float) -> list[float]:
    return _renormalized(probs, _by_prob(probs)[: max(1, round(p * len(probs)))])


def _in_id_order(probs: list[float], p: float) -> list[float]:
    kept, total = [], 0.0
    for token, prob in enumerate(probs):
        kept.append(token)
        total += prob
        if total >= p:
            break
    return _renormalized(probs, kept)


def _one_too_many(probs: list[float], p: float) -> list[float]:
    kept, total = [], 0.0
    for token in _by_prob(probs):
        kept.append(token)
        total += probs[token]
        if total > p:
            break
    return _renormalized(probs, kept)


def _only_the_kept(probs: list[float], p: float) -> list[float]:
    return [prob for prob in _top_p(probs, p) if prob > 0]


def _divided_by_p(probs: list[float], p: float) -> list[float]:
    return [prob / p if new else 0.0 for prob, new in zip(probs, _top_p(probs, p), strict=True)]


def _infinite(probs: list[float], p: float) -> list[float]:
    return [prob or -math.inf for prob in _top_p(probs, p)]


def _top_p_cases() -> tuple[Case, ...]:
    fixed = [
        ([0.5, 0.25, 0.125, 0.125], 0.7),
        ([0.125, 0.125, 0.25, 0.5], 0.75),
        ([0.5, 0.25, 0.125, 0.125], 0.5),
        ([0.25, 0.25, 0.25, 0.25], 0.6),
        ([0.0625, 0.875, 0.0625], 0.5),
        ([0.75, 0.25], 1.0),
        ([1.0], 0.3),
    ]
    generator = random.Random(802)
    while len(fixed) < 24:
        cuts = sorted(generator.randrange(33) for _ in range(4))
        widths = [b - a for a, b in zip([0, *cuts], [*cuts, 32], strict=True)]
        p = generator.choice((0.25, 0.5, 0.6, 0.75, 0.9))
        fixed.append(([width / 32 for width in widths], p))
    return tuple(Case(args) for args in fixed)


TOP_P = Exercise(
    id="08.top_p",
    title="o menor grupo que soma p",
    difficulty=3,
    importance=5,
    minutes=(12, 20),
    statement="""
O top-p guarda o **menor grupo** dos tokens mais prováveis cuja soma chega a `p`, e descarta o
resto.

Escreva `my_top_p(probs, p)`. Ela devolve uma lista nova, **na ordem original**: 0 para quem foi
descartado e, para quem ficou, a probabilidade dividida pela soma do grupo. No empate, o token de
menor posição entra primeiro. A soma chega a `p` quando é maior **ou igual** a ele.
""",
    done_when="A lista soma 1, ninguém mudou de lugar, e o token que completa `p` ficou dentro.",
    hints=(
        Hint(
            "uma pergunta",
            "Com `[0.5, 0.25, 0.125, 0.125]` e `p = 0.7`, o segundo token entra? A soma antes dele "
            "já chegava a 0,7?",
        ),
        Hint(
            "o plano",
            "1. Ponha as posições em ordem de probabilidade, da maior para a menor.\n"
            "2. Percorra-as, guardando cada posição e somando a probabilidade dela.\n"
            "3. Quando a soma chegar a `p`, pare: o token que a completou já está guardado.\n"
            "4. Monte a lista final na ordem original.",
        ),
        Hint(
            "como ordenar posições?",
            "`sorted(range(len(probs)), key=lambda token: -probs[token])` devolve as posições, da "
            "mais provável à menos; nos empates, a menor vem antes.",
        ),
        Hint(
            "a saída esperada",
            "`my_top_p([0.125, 0.125, 0.25, 0.5], 0.75)` devolve `[0.0, 0.0, 1/3, 2/3]`.",
        ),
    ),
    name="my_top_p",
    stub='''
def my_top_p(probs: list[float], p: float) -> list[float]:
    """Devolve as probabilidades depois do corte, na ordem original."""
    raise NotImplementedError  # escreva aqui
''',
    solution=_top_p,
    form=_NUMBERS,
    make_cases=_top_p_cases,
    wrong=(
        KnownWrong(
            "para_antes",
            _stops_before,
            "Seu resultado é igual ao de quem deixa de fora o token que **passa de** `p`. O grupo "
            "que sobra não chega a `p`, e pode até ficar vazio. Guarde o token antes de comparar.",
        ),
        KnownWrong(
            "sem_renormalizar",
            _not_renormalized,
            "Seu resultado é igual ao de quem corta e **não renormaliza**. O que ficou soma menos "
            "que 1 e não é mais uma distribuição. Divida cada um pela soma do grupo.",
        ),
        KnownWrong(
            "fora_de_ordem",
            _sorted_output,
            "Seu resultado é igual ao de quem devolve a lista **ordenada** por probabilidade. As "
            "contas estão certas, mas cada probabilidade mudou de token. Devolva na ordem em que "
            "`probs` chegou.",
        ),
        KnownWrong(
            "limiar_por_token",
            _own_threshold,
            "Seu resultado é igual ao de quem compara **cada token** com `p`. O `p` é um total a "
            "alcançar, não um mínimo por cabeça. Vá somando, do mais provável para o menos.",
        ),
        KnownWrong(
            "min_p",
            _like_min_p,
            "Seu resultado é igual ao de quem fez o **min-p**: ficou quem tem ao menos `p` vezes a "
            "probabilidade do maior. É outro corte, que vem a seguir. Aqui o que conta é a soma.",
        ),
        KnownWrong(
            "fracao_do_vocabulario",
            _like_top_k,
            "Seu resultado é igual ao de quem guarda uma **fração do vocabulário**: `p` vezes o "
            "número de tokens. Isso é um top-k disfarçado. O `p` mede probabilidade, não "
            "quantidade.",
        ),
        KnownWrong(
            "sem_ordenar",
            _in_id_order,
            "Seu resultado é igual ao de quem soma **na ordem dos ids**. O grupo alcança `p`, mas "
            "não é o menor nem o dos mais prováveis. Ordene antes de somar.",
        ),
        KnownWrong(
            "um_a_mais",
            _one_too_many,
            "Seu resultado é igual ao de quem continua quando a soma **é igual** a `p`. Com soma "
            "0,75 e `p` 0,75 o grupo já está completo. Use `>=` na comparação.",
        ),
        KnownWrong(
            "so_os_que_ficam",
            _only_the_kept,
            "Seu resultado é igual ao de quem **tira da lista** os descartados. Sem eles não se "
            "sabe mais de que token é cada probabilidade. Deixe um 0 no lugar de cada um.",
        ),
        KnownWrong(
            "divide_por_p",
            _divided_by_p,
            "Seu resultado é igual ao de quem **divide por `p`**. O grupo quase sempre soma um "
            "pouco mais que `p`. Divida pela soma do que ficou.",
        ),
        KnownWrong(
            "menos_infinito",
            _infinite,
            "Seu resultado é igual ao de quem põe **−∞** nos descartados. Isso se faz nos logits, "
            "antes do softmax. Aqui já são probabilidades, e a do descartado é 0.",
        ),
    ),
    tolerance=1e-5,
)


def _penalty(logits: list[float], previous: list[int], penalty: float) -> list[float]:
    """Devolve os logits com os dos tokens já escritos puxados para baixo, uma vez cada."""
    lowered = list(logits)
    for token in set(previous):
        if lowered[token] > 0:
            lowered[token] /= penalty
        else:
            lowered[token] *= penalty
    return lowered


def _always_divides(logits: list[float], previous: list[int], penalty: float) -> list[float]:
    return [z / penalty if i in previous else z for i, z in enumerate(logits)]


def _always_multiplies(logits: list[float], previous: list[int], penalty: float) -> list[float]:
    return [z * penalty if i in previous else z for i, z in enumerate(logits)]


def _once_per_visit(logits: list[float], previous: list[int], penalty: float) -> list[float]:
    lowered = list(logits)
    for token in previous:
        lowered[token] = (
            lowered[token] / penalty if lowered[token] > 0 else lowered[token] * penalty
        )
    return lowered


def _subtracts(logits: list[float], previous: list[int], penalty: float) -> list[float]:
    return [z - penalty if i in previous else z for i, z in enumerate(logits)]


def _everybody(logits: list[float], previous: list[int], penalty: float) -> list[float]:
    return _penalty(logits, list(range(len(logits))), penalty)


def _only_the_last(logits: list[float], previous: list[int], penalty: float) -> list[float]:
    return _penalty(logits, previous[-1:], penalty)


def _in_place(logits: list[float], previous: list[int], penalty: float) -> list[float]:
    logits[:] = _penalty(logits, previous, penalty)
    return logits


def _forbids(logits: list[float], previous: list[int], penalty: float) -> list[float]:
    return [-math.inf if i in previous else z for i, z in enumerate(logits)]


def _swapped(logits: list[float], previous: list[int], penalty: float) -> list[float]:
    return _penalty(logits, previous, 1 / penalty)


def _penalty_cases() -> tuple[Case, ...]:
    fixed = [
        ([2.0, -1.0, 2.0], [0, 1], 2.0),
        ([2.0, -1.0, 2.0], [0, 0, 0], 2.0),
        ([0.0, 3.0], [0], 1.5),
        ([4.0, 4.0, -4.0], [], 1.3),
        ([1.0, -2.0, 3.0, -4.0], [3, 1, 3], 1.25),
        ([8.0, 6.0], [1, 0], 1.0),
    ]
    generator = random.Random(803)
    while len(fixed) < 22:
        logits = [generator.randrange(-12, 13) / 2 for _ in range(5)]
        previous = [generator.randrange(5) for _ in range(generator.randrange(1, 6))]
        fixed.append((logits, previous, generator.choice((1.25, 1.5, 2.0))))
    return tuple(Case(args) for args in fixed)


PENALTY = Exercise(
    id="08.penalidade",
    title="desencorajar a repetição",
    difficulty=2,
    importance=3,
    minutes=(8, 15),
    statement="""
A penalidade de repetição **abaixa** o logit de quem já apareceu. Dividir por um número maior que 1
abaixa um logit positivo, mas *sobe* um negativo: −3 dividido por 2 dá −1,5.

Escreva `my_penalty(logits, previous, penalty)`. Ela devolve uma lista nova. Nos tokens que estão
em `previous`, o logit positivo é **dividido** por `penalty` e os outros são **multiplicados**.
Cada token conta uma vez só, por mais que se repita. A lista recebida fica como estava.
""",
    done_when="Nenhum logit penalizado sobe, e quem não apareceu fica igual.",
    hints=(
        Hint("uma pergunta", "O que acontece com −3 quando se multiplica por 2?"),
        Hint(
            "o plano",
            "1. Copie os logits com `list(logits)`.\n"
            "2. Percorra `set(previous)`, que não tem repetidos.\n"
            "3. Divida se o logit for maior que 0; senão, multiplique.",
        ),
        Hint(
            "por que erro quando um token se repete?",
            "Percorrer `previous` aplica a penalidade a cada aparição. Um `set` guarda cada token "
            "uma vez só.",
        ),
        Hint(
            "a saída esperada",
            "`my_penalty([2.0, -1.0, 2.0], [0, 1], 2.0)` devolve `[1.0, -2.0, 2.0]`.",
        ),
    ),
    name="my_penalty",
    stub='''
def my_penalty(logits: list[float], previous: list[int], penalty: float) -> list[float]:
    """Devolve os logits, com os dos tokens já escritos puxados para baixo."""
    raise NotImplementedError  # escreva aqui
''',
    solution=_penalty,
    form=_NUMBERS,
    make_cases=_penalty_cases,
    wrong=(
        KnownWrong(
            "divide_sempre",
            _always_divides,
            "Seu resultado é igual ao de quem **divide sempre**, como escreve o artigo original. "
            "Um logit negativo sobe, e repetir fica mais provável. Multiplique os negativos.",
        ),
        KnownWrong(
            "multiplica_sempre",
            _always_multiplies,
            "Seu resultado é igual ao de quem **multiplica sempre**. Serve para os negativos; nos "
            "positivos é um prêmio, não uma penalidade. Divida os positivos.",
        ),
        KnownWrong(
            "uma_vez_por_aparicao",
            _once_per_visit,
            "Seu resultado é igual ao de quem penaliza a **cada aparição**. Um token escrito três "
            "vezes seria dividido três vezes. Percorra `set(previous)`.",
        ),
        KnownWrong(
            "subtrai",
            _subtracts,
            "Seu resultado é igual ao de quem **subtrai** a penalidade. É outra fórmula, que "
            "existe com outro nome (penalidade de presença). Aqui se divide ou se multiplica.",
        ),
        KnownWrong(
            "todos",
            _everybody,
            "Seu resultado é igual ao de quem penaliza **todos os tokens**. Assim é quase uma "
            "temperatura. Só os que estão em `previous` mudam.",
        ),
        KnownWrong(
            "so_o_ultimo",
            _only_the_last,
            "Seu resultado é igual ao de quem olha só o **último** token escrito. Evita `pão pão`, "
            "mas não `pão, pão`. Percorra todos os que já apareceram.",
        ),
        KnownWrong(
            "altera_a_entrada",
            _in_place,
            "Seu resultado é igual ao de quem muda a **própria lista recebida**. Os números estão "
            "certos, mas quem chamou perdeu os logits originais. Comece com uma cópia: "
            "`list(logits)`.",
        ),
        KnownWrong(
            "proibe",
            _forbids,
            "Seu resultado é igual ao de quem **proíbe** repetir, com −∞. Uma história precisa "
            "repetir nomes e artigos. A penalidade só desencoraja: divide ou multiplica.",
        ),
        KnownWrong(
            "contas_trocadas",
            _swapped,
            "Seu resultado é igual ao de quem **troca as duas contas**. Assim os dois sobem, e "
            "repetir fica mais provável. Divida o positivo e multiplique o negativo.",
        ),
    ),
    tolerance=1e-5,
)
