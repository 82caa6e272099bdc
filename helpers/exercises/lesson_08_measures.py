"""Exercício 08.distintos: quanto do que se escreveu é diferente."""

import random

from helpers.exercises.catalog import Case, Exercise, Form, Hint, KnownWrong

Texts = list[list[int]]


def _distinct(texts: list[list[int]], n: int) -> float:
    """Devolve a fração de n-gramas diferentes entre todos os n-gramas de todos os textos."""
    grams = [tuple(text[start : start + n]) for text in texts for start in range(len(text) - n + 1)]
    return len(set(grams)) / len(grams) if grams else 0.0


def _mean_of_texts(texts: Texts, n: int) -> float:
    return sum(_distinct([text], n) for text in texts) / len(texts) if texts else 0.0


def _only_tokens(texts: Texts, n: int) -> float:
    return _distinct(texts, 1)


def _glued(texts: Texts, n: int) -> float:
    return _distinct([[token for text in texts for token in text]], n)


def _repeated(texts: Texts, n: int) -> float:
    return 1 - _distinct(texts, n)


def _per_token(texts: Texts, n: int) -> float:
    grams = {tuple(t[i : i + n]) for t in texts for i in range(len(t) - n + 1)}
    total = sum(map(len, texts))
    return len(grams) / total if total else 0.0


def _jumping(texts: Texts, n: int) -> float:
    grams = [tuple(t[i : i + n]) for t in texts for i in range(0, len(t) - n + 1, n)]
    return len(set(grams)) / len(grams) if grams else 0.0


def _sets(texts: Texts, n: int) -> float:
    grams = [frozenset(t[i : i + n]) for t in texts for i in range(len(t) - n + 1)]
    return len(set(grams)) / len(grams) if grams else 0.0


def _misses_the_last(texts: Texts, n: int) -> float:
    grams = [tuple(t[i : i + n]) for t in texts for i in range(len(t) - n)]
    return len(set(grams)) / len(grams) if grams else 0.0


def _with_short_ends(texts: Texts, n: int) -> float:
    grams = [tuple(t[i : i + n]) for t in texts for i in range(len(t))]
    return len(set(grams)) / len(grams) if grams else 0.0


def _per_text_counts(texts: Texts, n: int) -> float:
    each = [[tuple(t[i : i + n]) for i in range(len(t) - n + 1)] for t in texts]
    total = sum(map(len, each))
    return sum(len(set(grams)) for grams in each) / total if total else 0.0


def _digits(texts: Texts, n: int) -> float:
    grams = ["".join(map(str, t[i : i + n])) for t in texts for i in range(len(t) - n + 1)]
    return len(set(grams)) / len(grams) if grams else 0.0


def _cases() -> tuple[Case, ...]:
    fixed: list[tuple[Texts, int]] = [
        ([[1, 2, 1, 2, 1]], 2),
        ([[1, 2, 3], [1, 2, 3]], 2),
        ([[1, 2], [2, 1]], 1),
        ([[1, 2], [3, 4]], 2),
        ([[7]], 2),
        ([], 1),
        ([[1, 2, 2, 1]], 2),
        ([[5, 5, 5, 5]], 3),
        ([[1, 12], [11, 2]], 2),
    ]
    generator = random.Random(804)
    while len(fixed) < 22:
        texts = [
            [generator.randrange(4) for _ in range(generator.randrange(1, 9))]
            for _ in range(generator.randrange(1, 4))
        ]
        fixed.append((texts, generator.randrange(1, 4)))
    return tuple(Case(args) for args in fixed)


DISTINCT = Exercise(
    id="08.distintos",
    title="quanto é diferente",
    difficulty=2,
    importance=4,
    minutes=(8, 15),
    statement="""
Um gerador que só sabe uma história erra pouco e não serve. Para medir a variedade usa-se a
*distinct-n*: de todos os trechos de `n` tokens seguidos que foram escritos, que fração é
diferente?

Escreva `my_distinct(texts, n)`. `texts` é uma lista de textos, cada um uma lista de ids. Junte os
trechos de **todos** os textos, sem deixar que um trecho atravesse de um texto para o outro, e
divida os diferentes pelo total. Sem nenhum trecho, devolva `0.0`.
""",
    done_when="Duas cópias do mesmo texto valem a metade de uma.",
    hints=(
        Hint(
            "uma pergunta", "Quantos trechos de 2 tokens tem `[1, 2, 1, 2, 1]`? Quais se repetem?"
        ),
        Hint(
            "o plano",
            "1. Para cada texto e cada começo possível, guarde `tuple(text[i : i + n])`.\n"
            "2. Um texto de tamanho L tem L − n + 1 começos.\n"
            "3. Divida `len(set(trechos))` por `len(trechos)`.",
        ),
        Hint(
            "por que recebo um `TypeError`?",
            "Uma lista não pode entrar em um `set`, porque poderia mudar depois. Uma tupla pode.",
        ),
        Hint("a saída esperada", "`my_distinct([[1, 2, 1, 2, 1]], 2)` devolve `0.5`: 2 de 4."),
    ),
    name="my_distinct",
    stub='''
def my_distinct(texts: list[list[int]], n: int) -> float:
    """Devolve a fração de trechos de n tokens que são diferentes."""
    raise NotImplementedError  # escreva aqui
''',
    solution=_distinct,
    form=Form("number"),
    make_cases=_cases,
    wrong=(
        KnownWrong(
            "media_por_texto",
            _mean_of_texts,
            "Seu resultado é igual ao de quem mede **cada texto sozinho** e tira a média. Mil "
            "cópias da mesma história pareceriam variadas. Junte todos os trechos antes de contar.",
        ),
        KnownWrong(
            "so_tokens",
            _only_tokens,
            "Seu resultado é igual ao de quem conta **tokens soltos**, qualquer que seja o `n`. "
            "Trechos de dois ou três tokens dizem mais sobre repetição. Fatie `text[i : i + n]`.",
        ),
        KnownWrong(
            "textos_colados",
            _glued,
            "Seu resultado é igual ao de quem **cola os textos** e deixa um trecho começar em um e "
            "terminar em outro. Ninguém escreveu esse trecho. Percorra um texto de cada vez.",
        ),
        KnownWrong(
            "repetidos",
            _repeated,
            "Seu resultado é igual ao de quem devolve a fração **repetida**. É o que falta para 1. "
            "A medida pedida cresce com a variedade.",
        ),
        KnownWrong(
            "divide_por_tokens",
            _per_token,
            "Seu resultado é igual ao de quem divide pelo número de **tokens**. Um texto de L "
            "tokens tem L − n + 1 trechos. Divida pelo número de trechos.",
        ),
        KnownWrong(
            "anda_de_n_em_n",
            _jumping,
            "Seu resultado é igual ao de quem anda **de n em n**. Os trechos se sobrepõem: em "
            "`[1, 2, 1]` há `(1, 2)` e `(2, 1)`. Avance um token de cada vez.",
        ),
        KnownWrong(
            "sem_ordem",
            _sets,
            "Seu resultado é igual ao de quem **esquece a ordem** dentro do trecho. `(1, 2)` e "
            "`(2, 1)` são trechos diferentes. Use tuplas.",
        ),
        KnownWrong(
            "esquece_o_ultimo",
            _misses_the_last,
            "Seu resultado é igual ao de quem **esquece o último** trecho de cada texto. Um texto "
            "de L tokens tem L − n + 1 começos. Confira o fim do `range`.",
        ),
        KnownWrong(
            "trechos_curtos",
            _with_short_ends,
            "Seu resultado é igual ao de quem conta também os **pedaços menores** que `n`, no fim "
            "do texto. Pare no último começo que ainda tem `n` tokens.",
        ),
        KnownWrong(
            "diferentes_em_cada_texto",
            _per_text_counts,
            "Seu resultado é igual ao de quem conta os diferentes **dentro de cada texto** e soma. "
            "Um trecho que volta em outro texto conta duas vezes. Use um `set` só para todos.",
        ),
        KnownWrong(
            "junta_os_algarismos",
            _digits,
            "Seu resultado é igual ao de quem **cola os algarismos** dos ids. Assim `(1, 12)` e "
            "`(11, 2)` viram o mesmo `112`. Guarde tuplas.",
        ),
    ),
    tolerance=1e-5,
)
