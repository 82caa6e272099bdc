"""Exercício 04.janela: quantos scores se calculam quando cada posição só olha para perto."""

import random

from helpers.exercises.catalog import Case, Exercise, Form, Hint, KnownWrong


def _window_scores(n: int, window: int) -> int:
    """Devolve quantos pares de posições têm score."""
    return sum(min(i + 1, window) for i in range(n))


def _cases() -> tuple[Case, ...]:
    fixed = [(4, 2), (1, 1), (3, 5), (6, 6), (10, 1), (1000, 64)]
    generator = random.Random(406)
    for _ in range(14):
        fixed.append((generator.randrange(2, 40), generator.randrange(1, 12)))
    return tuple(Case(args) for args in fixed)


WINDOW = Exercise(
    id="04.janela",
    title="quantos scores cabem na janela (extra)",
    difficulty=2,
    importance=3,
    minutes=(5, 10),
    statement="""
Na atenção em janela, a posição `i` só olha para as `window` posições mais recentes, **contando a
si mesma**: de `i - window + 1` até `i`. No começo do texto há menos.

Escreva `my_window_scores(n, window)`: quantos scores são calculados num texto de `n` posições.
""",
    done_when="Com a janela fixa, dobrar o texto quase dobra a conta, em vez de quadruplicar.",
    hints=(
        Hint("uma pergunta", "Quantos scores tem a posição 0? E a posição 1, com janela de 4?"),
        Hint(
            "o plano",
            "1. Para cada posição `i`, conte quantas ela pode ver: `i + 1`, no máximo `window`.\n"
            "2. Some.",
        ),
        Hint(
            "e se a janela for maior que o texto?",
            "Então ninguém é cortado, e sobra a atenção causal: `n * (n + 1) / 2` scores.",
        ),
        Hint("a saída esperada", "`my_window_scores(4, 2)` devolve 7: 1 + 2 + 2 + 2."),
    ),
    name="my_window_scores",
    stub='''
def my_window_scores(n: int, window: int) -> int:
    """Devolve quantos pares de posições têm score."""
    raise NotImplementedError  # escreva aqui
''',
    solution=_window_scores,
    form=Form("int"),
    make_cases=_cases,
    wrong=(
        KnownWrong(
            "esquece_o_comeco",
            lambda n, window: n * window,
            "Seu resultado é igual ao de quem dá a janela cheia **a todas** as posições. As "
            "primeiras têm menos passado que a janela. Use o menor entre `i + 1` e `window`.",
        ),
        KnownWrong(
            "tabela_cheia",
            lambda n, window: n * n,
            "Seu resultado é igual ao de quem conta **a tabela inteira**, sem máscara e sem "
            "janela. Cada linha tem no máximo `window` scores.",
        ),
        KnownWrong(
            "so_causal",
            lambda n, window: n * (n + 1) // 2,
            "Seu resultado é igual ao de quem aplica a máscara causal e **esquece a janela**. "
            "Corte também o que ficou longe demais.",
        ),
        KnownWrong(
            "sem_si_mesma",
            lambda n, window: sum(min(i, window) for i in range(n)),
            "Seu resultado é igual ao de quem não conta **a própria posição**. A posição 0 fica "
            "sem score nenhum, e o softmax dela não existe. A janela inclui quem pergunta.",
        ),
        KnownWrong(
            "janela_mais_um",
            lambda n, window: sum(min(i + 1, window + 1) for i in range(n)),
            "Seu resultado é igual ao de quem conta `window` posições **além da própria**. A "
            "janela já inclui quem pergunta; conte `window` ao todo.",
        ),
        KnownWrong(
            "dos_dois_lados",
            lambda n, window: sum(min(n, i + window) - max(0, i - window + 1) for i in range(n)),
            "Seu resultado é igual ao de quem abre a janela **para os dois lados**. Olhar para a "
            "frente é ler a resposta. Conte só até `i`.",
        ),
    ),
)
