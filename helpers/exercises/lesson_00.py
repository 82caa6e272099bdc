"""Exercício e palpite de aquecimento: o primeiro erro é de propósito."""

import random

from helpers.exercises.catalog import Case, Exercise, Form, Hint, KnownWrong, Prediction

_WORDS = Form("sequence", (Form("text"),), label="uma lista de textos")


def _neighbours(word):
    """Devolve os pares de letras vizinhas, da esquerda para a direita."""
    return [word[i : i + 2] for i in range(len(word) - 1)]


def _letters(word: str) -> list[str]:
    return list(word)


def _lonely_tail(word: str) -> list[str]:
    return [word[i : i + 2] for i in range(len(word))]


def _two_by_two(word: str) -> list[str]:
    return [word[i : i + 2] for i in range(0, len(word) - 1, 2)]


def _misses_last(word: str) -> list[str]:
    return [word[i : i + 2] for i in range(len(word) - 2)]


def _without_repeats(word: str) -> list[str]:
    return list(dict.fromkeys(_neighbours(word)))


def _swapped(word: str) -> list[str]:
    return [pair[::-1] for pair in _neighbours(word)]


def _cases() -> tuple[Case, ...]:
    fixed = ["banana", "pão", "ab", "a", "", "aaaa", "arara"]
    generator = random.Random(100)
    for _ in range(12):
        length = generator.randrange(3, 10)
        fixed.append("".join(generator.choice("abnoã") for _ in range(length)))
    return tuple(Case((word,)) for word in fixed)


NEIGHBOURS = Exercise(
    id="00.vizinhos",
    title="os vizinhos de uma palavra",
    difficulty=1,
    importance=3,
    minutes=(3, 6),
    statement="""
Escreva `my_neighbours(word)`. Ela recebe uma palavra e devolve a lista dos pares de letras
vizinhas, da esquerda para a direita. Em `banana` são cinco: `ba`, `an`, `na`, `an`, `na`.

A lição 01 começa exatamente por esses pares.
""",
    done_when="A função acerta também palavras de uma letra só, que não têm par nenhum.",
    hints=(
        Hint(
            "uma pergunta",
            "Numa palavra de seis letras, quantas têm vizinha à direita? E numa de uma letra?",
        ),
        Hint(
            "o plano",
            "1. Percorra as posições de 0 até a penúltima letra.\n"
            "2. Em cada posição `i`, corte `word[i : i + 2]`.\n"
            "3. Junte os cortes numa lista.",
        ),
        Hint(
            "por que sobra uma letra no fim?",
            "`range(len(word))` vai até a última letra, e ela não tem vizinha à direita. O corte "
            "`word[5:7]` de `banana` é só `a`.",
        ),
        Hint("a saída esperada", "`my_neighbours('pão')` devolve `['pã', 'ão']`."),
    ),
    name="my_neighbours",
    stub='''
def my_neighbours(word: str) -> list[str]:
    """Devolve os pares de letras vizinhas, da esquerda para a direita."""
    raise NotImplementedError  # escreva aqui
''',
    solution=_neighbours,
    form=_WORDS,
    make_cases=_cases,
    wrong=(
        KnownWrong(
            "letras",
            _letters,
            "Seu resultado é igual ao de quem separa as **letras**, uma a uma. É o passo anterior: "
            "agora junte cada letra com a vizinha da direita.",
        ),
        KnownWrong(
            "sobra_no_fim",
            _lonely_tail,
            "Seu resultado é igual ao de quem vai até a **última** letra. Ela não tem vizinha à "
            "direita, e sobra um par com uma letra só. Pare na penúltima.",
        ),
        KnownWrong(
            "de_duas_em_duas",
            _two_by_two,
            "Seu resultado é igual ao de quem anda **de duas em duas** letras: `ba`, `na`, `na`. "
            "Falta o par que começa no meio, como `an`. Avance uma letra de cada vez.",
        ),
        KnownWrong(
            "perde_o_ultimo",
            _misses_last,
            "Seu resultado é igual ao de quem para **uma letra antes**. O último par ficou de "
            "fora. Com seis letras há cinco pares; confira o fim do `range`.",
        ),
        KnownWrong(
            "sem_repetidos",
            _without_repeats,
            "Seu resultado é igual ao de quem **descarta os repetidos**. Em `banana`, `an` aparece "
            "duas vezes, e é justamente essa repetição que a lição 01 vai contar.",
        ),
        KnownWrong(
            "trocado",
            _swapped,
            "Seu resultado é igual ao de quem escreve cada par **de trás para a frente**. A ordem "
            "importa: `an` e `na` são pares diferentes.",
        ),
    ),
)

PAIRS = Prediction(
    id="00.pares",
    question="A palavra `banana` tem seis letras. Quantos pares de letras vizinhas ela tem?",
    answer=5,
    low=0,
    high=36,
    near=1,
    said=(
        "Na mosca.",
        "Quase: a última letra não tem vizinha à direita.",
        "Longe. Conte na mão: ba, an, na, an, na.",
    ),
    lesson_learned="Cada letra forma par com a da direita, menos a última: 6 letras, 5 pares.",
)

EXERCISES = (NEIGHBOURS,)
PREDICTIONS = (PAIRS,)
QUIZ = ()
