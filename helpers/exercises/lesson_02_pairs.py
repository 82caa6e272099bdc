"""Exercícios 02.pares (a janela do Word2Vec) e 02.parametros (o tamanho das tabelas)."""

import random

from helpers.exercises.catalog import Case, Exercise, Form, Hint, KnownWrong

Pair = tuple[str, str]
_PAIRS = Form(
    "sequence",
    (Form("sequence", (Form("text"), Form("text")), length=2, label="centro e vizinha"),),
    label="uma lista de pares de palavras",
)


def _pairs(words: list[str], window: int) -> list[tuple[str, str]]:
    """Devolve os pares (centro, vizinha), da esquerda para a direita."""
    found = []
    for i, centre in enumerate(words):
        for j in range(max(0, i - window), min(len(words), i + window + 1)):
            if j != i:
                found.append((centre, words[j]))
    return found


def _with_itself(words: list[str], window: int) -> list[Pair]:
    return [
        (centre, words[j])
        for i, centre in enumerate(words)
        for j in range(max(0, i - window), min(len(words), i + window + 1))
    ]


def _only_right(words: list[str], window: int) -> list[Pair]:
    return [
        (centre, words[j])
        for i, centre in enumerate(words)
        for j in range(i + 1, min(len(words), i + window + 1))
    ]


def _short_window(words: list[str], window: int) -> list[Pair]:
    return [
        (centre, words[j])
        for i, centre in enumerate(words)
        for j in range(max(0, i - window), min(len(words), i + window))
        if j != i
    ]


def _wraps(words: list[str], window: int) -> list[Pair]:
    return [
        (centre, words[j])
        for i, centre in enumerate(words)
        for j in range(i - window, min(len(words), i + window + 1))
        if j != i
    ]


def _no_equal_words(words: list[str], window: int) -> list[Pair]:
    return [(centre, other) for centre, other in _pairs(words, window) if centre != other]


def _neighbour_first(words: list[str], window: int) -> list[Pair]:
    return [(other, centre) for centre, other in _pairs(words, window)]


def _cases() -> tuple[Case, ...]:
    fixed = [
        (["o", "João", "entregou", "um", "pão"], 1),
        (["o", "João", "entregou", "um", "pão"], 2),
        (["sim"], 2),
        ([], 1),
        (["um", "pão", "um", "pão"], 2),
        (["que", "que", "foi"], 1),
    ]
    generator = random.Random(206)
    for _ in range(10):
        words = [generator.choice("abcdef") for _ in range(generator.randrange(3, 8))]
        fixed.append((words, generator.randrange(1, 4)))
    return tuple(Case(args) for args in fixed)


PAIRS = Exercise(
    id="02.pares",
    title="diga-me com quem andas",
    difficulty=3,
    importance=3,
    minutes=(8, 12),
    statement="""
O Word2Vec aprende com pares: uma palavra no **centro** e uma **vizinha** dela. Vizinha é quem está
a até `window` palavras de distância, dos dois lados.

Escreva `my_pairs(words, window)`: a lista dos pares `(centro, vizinha)`. Percorra os centros da
esquerda para a direita e, em cada um, as vizinhas também da esquerda para a direita. Nas pontas do
texto há menos vizinhas.
""",
    done_when="Toda palavra encontra as vizinhas dos dois lados, e as pontas não dão a volta.",
    hints=(
        Hint("uma pergunta", "Em Python, o que é `words[-1]`? Quem pediria isso sem querer?"),
        Hint(
            "o plano",
            "1. Percorra as posições `i`.\n"
            "2. As vizinhas vão de `max(0, i - window)` até `min(len(words), i + window + 1)`, sem "
            "incluir o fim.\n"
            "3. Pule a posição `i`, e não a palavra igual.",
        ),
        Hint(
            "por que falta a vizinha da direita mais distante?",
            "`range(a, b)` para antes de `b`. Para incluir `i + window`, o fim é `i + window + 1`.",
        ),
        Hint(
            "a saída esperada",
            "`['um', 'pão', 'bom']` com janela 1 dá 4 pares: `('um', 'pão')`, `('pão', 'um')`, "
            "`('pão', 'bom')` e `('bom', 'pão')`.",
        ),
    ),
    name="my_pairs",
    stub='''
def my_pairs(words: list[str], window: int) -> list[tuple[str, str]]:
    """Devolve os pares (centro, vizinha), da esquerda para a direita."""
    raise NotImplementedError  # escreva aqui
''',
    solution=_pairs,
    form=_PAIRS,
    make_cases=_cases,
    wrong=(
        KnownWrong(
            "par_consigo",
            _with_itself,
            "Seu resultado é igual ao de quem faz par da palavra **com ela mesma**. A janela "
            "inclui a posição do centro; é preciso pulá-la.",
        ),
        KnownWrong(
            "so_a_direita",
            _only_right,
            "Seu resultado é igual ao de quem só olha **para a direita**. O Word2Vec olha os dois "
            "lados; quem só olha para um lado é o GPT, e o lado dele é o esquerdo.",
        ),
        KnownWrong(
            "janela_curta",
            _short_window,
            "Seu resultado é igual ao de quem perde a **última vizinha da direita**. O fim do "
            "`range` não entra: some 1.",
        ),
        KnownWrong(
            "da_a_volta",
            _wraps,
            "Seu resultado é igual ao de quem deixa o índice ficar **negativo**. Em Python, "
            "`words[-1]` é a última palavra: o começo do texto ganhou vizinhas do fim, e nada "
            "avisou. Corte com `max(0, …)`.",
        ),
        KnownWrong(
            "pula_palavra_igual",
            _no_equal_words,
            "Seu resultado é igual ao de quem pula as **palavras iguais** ao centro, e não a "
            "posição dele. Em `um pão um`, os dois `um` são vizinhos de verdade.",
        ),
        KnownWrong(
            "vizinha_antes",
            _neighbour_first,
            "Seu resultado é igual ao de quem escreve a **vizinha antes** do centro. Os pares são "
            "os mesmos, ao contrário: ponha o centro primeiro.",
        ),
    ),
)

PARAMETERS = Exercise(
    id="02.parametros",
    title="quanto pesam duas tabelas",
    difficulty=1,
    importance=3,
    minutes=(3, 5),
    statement="""
O GPT-2 pequeno tem um vocabulário de 50 257 tokens, lê até 1 024 posições e usa vetores de 768
números. Quantos números há na tabela de tokens `W_E`? E na de posições `W_pos`?

Escreva em `my_tables` os dois totais, nesta ordem.
""",
    done_when="Cada total é linhas vezes colunas, e quase tudo está na tabela de tokens.",
    hints=(
        Hint("uma pergunta", "Quantas linhas tem cada tabela? E quantas colunas?"),
        Hint(
            "o plano",
            "1. `W_E` tem uma linha por token.\n"
            "2. `W_pos` tem uma linha por posição.\n"
            "3. As duas têm 768 colunas, porque os vetores vão ser somados.",
        ),
        Hint(
            "por que as colunas são as mesmas?",
            "Só se somam vetores do mesmo tamanho. Por isso a posição gasta a largura inteira.",
        ),
        Hint("a saída esperada", "O primeiro total passa de 38 milhões; o segundo não chega a 1."),
    ),
    name="my_tables",
    stub="my_tables = None  # troque por dois números, como (1000, 200)",
    solution=(38_597_376, 786_432),
    form=Form("sequence", (Form("int"),), length=2, label="o total de W_E e o de W_pos"),
    kind="value",
    solution_code="""
from helpers.config import PRESETS

gpt2 = PRESETS["gpt2"]
my_tables_solution = (gpt2.d_vocab * gpt2.d_model, gpt2.n_ctx * gpt2.d_model)
""",
    wrong=(
        KnownWrong(
            "tabelas_trocadas",
            (786_432, 38_597_376),
            "Seu resultado é igual ao de quem **trocou as tabelas**. As contas estão certas; "
            "`W_E` é a de tokens e vem primeiro.",
        ),
        KnownWrong(
            "so_as_linhas",
            (50_257, 1_024),
            "Seu resultado é igual ao de quem conta **só as linhas**. Cada linha é um vetor de 768 "
            "números.",
        ),
        KnownWrong(
            "posicao_com_um_numero",
            (38_597_376, 1_024),
            "Seu resultado é igual ao de quem dá **um número só** a cada posição. Ela vai ser "
            "somada a um vetor de 768; precisa ter a mesma largura.",
        ),
        KnownWrong(
            "vocabulario_vezes_contexto",
            (38_597_376, 51_463_168),
            "Seu resultado é igual ao de quem dá uma posição **a cada token do vocabulário**. A "
            "tabela de posições não sabe que token está lá: tem uma linha por lugar, e mais nada.",
        ),
    ),
)
