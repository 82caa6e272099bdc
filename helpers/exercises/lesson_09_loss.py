"""Exercício 09.entropia: a perda de um texto, dos logits à média."""

import math
import random

from helpers.exercises.catalog import Case, Exercise, Form, Hint, KnownWrong

_IGNORED = -100

Rows = list[list[float]]


def _cross_entropy(logits: list[list[float]], targets: list[int]) -> float:
    """Devolve a média de -log p(alvo), em nats; alvos -100 não contam."""
    import math

    losses = []
    for row, target in zip(logits, targets, strict=True):
        if target == -100:
            continue
        top = max(row)
        log_total = top + math.log(sum(math.exp(logit - top) for logit in row))
        losses.append(log_total - row[target])
    return sum(losses) / len(losses)


def _softmax(row: list[float]) -> list[float]:
    powers = [math.exp(logit - max(row)) for logit in row]
    return [power / sum(powers) for power in powers]


def _kept(logits: Rows, targets: list[int]) -> list[tuple[list[float], int]]:
    pairs = zip(logits, targets, strict=True)
    return [(row, target) for row, target in pairs if target != _IGNORED]


def _no_log(logits: Rows, targets: list[int]) -> float:
    kept = _kept(logits, targets)
    return sum(1 - _softmax(row)[target] for row, target in kept) / len(kept)


def _summed(logits: Rows, targets: list[int]) -> float:
    return _cross_entropy(logits, targets) * len(_kept(logits, targets))


def _divided_by_all(logits: Rows, targets: list[int]) -> float:
    return _summed(logits, targets) / len(targets)


def _in_bits(logits: Rows, targets: list[int]) -> float:
    return _cross_entropy(logits, targets) / math.log(2)


def _only_logit(logits: Rows, targets: list[int]) -> float:
    kept = _kept(logits, targets)
    return -sum(row[target] for row, target in kept) / len(kept)


def _of_the_winner(logits: Rows, targets: list[int]) -> float:
    kept = _kept(logits, targets)
    return -sum(math.log(max(_softmax(row))) for row, _ in kept) / len(kept)


def _padding_counts(logits: Rows, targets: list[int]) -> float:
    return _cross_entropy(logits, [0 if target == _IGNORED else target for target in targets])


def _log_of_mean(logits: Rows, targets: list[int]) -> float:
    kept = _kept(logits, targets)
    return -math.log(sum(_softmax(row)[target] for row, target in kept) / len(kept))


def _cases() -> tuple[Case, ...]:
    generator = random.Random(901)
    fixed: list[tuple[Rows, list[int]]] = [
        ([[0.0, 0.0, 0.0, 0.0]], [2]),
        ([[2.0, 0.0], [0.0, 2.0]], [0, 0]),
        ([[1.0, 3.0, 2.0], [5.0, 0.0, 1.0]], [1, -100]),
        ([[900.0, 898.0]], [1]),
    ]
    while len(fixed) < 18:
        n_vocab, n_pos = generator.randrange(2, 6), generator.randrange(2, 5)
        rows = [[round(generator.gauss(0, 2), 2) for _ in range(n_vocab)] for _ in range(n_pos)]
        targets = [generator.randrange(n_vocab) for _ in range(n_pos)]
        if generator.random() < 0.5:
            targets[generator.randrange(1, n_pos)] = _IGNORED
        fixed.append((rows, targets))
    return tuple(Case(args) for args in fixed)


ENTROPY = Exercise(
    id="09.entropia",
    title="a nota de uma aposta",
    difficulty=3,
    importance=5,
    minutes=(10, 15),
    statement="""
O modelo deu uma linha de logits por posição, e você sabe que token veio de fato em cada uma. Dê a
nota: a **entropia cruzada**, a média de −log p(token que veio), em nats.

Escreva `my_cross_entropy(logits, targets)`. `logits` é uma lista de linhas, uma por posição;
`targets`, o id certo de cada uma. Um alvo `-100` marca enchimento: essa posição **não entra** na
conta, nem no numerador nem no denominador. Use `math.log` e `math.exp`, com o maior logit
subtraído antes da exponencial, como na lição 04.
""",
    done_when="Logits todos iguais, com 4 tokens, dão log 4, e um logit 900 não estoura.",
    hints=(
        Hint(
            "uma pergunta",
            "Se todos os logits são iguais, que probabilidade o alvo recebe? E qual é o −log dela?",
        ),
        Hint(
            "o plano",
            "1. Para cada posição, se o alvo for `-100`, pule.\n"
            "2. O log da soma das exponenciais é `top + log(soma de exp(logit − top))`.\n"
            "3. A perda da posição é esse número menos o logit do alvo.\n"
            "4. No fim, some e divida pelo número de posições que contaram.",
        ),
        Hint(
            "por que recebo `OverflowError`?",
            "`math.exp(900)` não cabe em um número do Python. Subtraia o maior logit da linha "
            "antes: as diferenças são as mesmas e o maior expoente vira 0.",
        ),
        Hint("a saída esperada", "`my_cross_entropy([[0, 0, 0, 0]], [2])` dá perto de `1.386`."),
    ),
    name="my_cross_entropy",
    stub='''
def my_cross_entropy(logits: list[list[float]], targets: list[int]) -> float:
    """Devolve a média de -log p(alvo), em nats; alvos -100 não contam."""
    raise NotImplementedError  # escreva aqui
''',
    solution=_cross_entropy,
    form=Form("number"),
    tolerance=1e-5,
    make_cases=_cases,
    wrong=(
        KnownWrong(
            "sem_log",
            _no_log,
            "Seu resultado é igual ao de quem usa **1 − p** no lugar de −log p. Assim errar com "
            "toda a certeza custa só 1. O logaritmo faz esse erro custar muito: troque por "
            "`-math.log(p)`.",
        ),
        KnownWrong(
            "soma",
            _summed,
            "Seu resultado é igual ao de quem **soma** as perdas e não divide. Um texto comprido "
            "pareceria mais difícil só por ser comprido. Divida pelo número de posições contadas.",
        ),
        KnownWrong(
            "divide_por_todas",
            _divided_by_all,
            "Seu resultado é igual ao de quem divide por **todas** as posições, até as de "
            "enchimento. Quanto mais enchimento no lote, menor a perda, sem o modelo melhorar. "
            "Conte só os alvos diferentes de `-100`.",
        ),
        KnownWrong(
            "em_bits",
            _in_bits,
            "Seu resultado é igual ao de quem usa logaritmo de **base 2**: é a perda em bits. A "
            "conta vale, mas o curso e o PyTorch usam nats. Use `math.log`, de base e.",
        ),
        KnownWrong(
            "so_o_logit",
            _only_logit,
            "Seu resultado é igual ao de quem usa **só o logit do alvo**, sem o softmax. Somar 10 "
            "a todos os logits não muda as probabilidades, mas mudaria essa perda. Falta o log da "
            "soma das exponenciais.",
        ),
        KnownWrong(
            "o_favorito",
            _of_the_winner,
            "Seu resultado é igual ao de quem mede a probabilidade do **favorito**, e não a do "
            "token que veio. Um modelo seguro e errado ganharia nota boa. Olhe `row[target]`.",
        ),
        KnownWrong(
            "conta_enchimento",
            _padding_counts,
            "Seu resultado é igual ao de quem trata o enchimento como se fosse o **token 0**. O "
            "modelo seria treinado para escrever esse token no fim de tudo. Pule os alvos `-100`.",
        ),
        KnownWrong(
            "log_da_media",
            _log_of_mean,
            "Seu resultado é igual ao de quem tira o **log da média** das probabilidades. Com uma "
            "posição só dá no mesmo, e com duas não. Tire primeiro o log de cada uma, depois a "
            "média.",
        ),
    ),
)
