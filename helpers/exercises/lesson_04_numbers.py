"""Exercícios 04.escala e 04.passos: a variância do score e o caminho entre duas posições."""

from helpers.exercises.catalog import Exercise, Form, Hint, KnownWrong

_SPREAD = Form("sequence", (Form("number"),), 4, "quatro números")
_STEPS = Form("sequence", (Form("int"),), 3, "três inteiros")

SCALE = Exercise(
    id="04.escala",
    title="quanto se espalham os scores",
    difficulty=2,
    importance=4,
    minutes=(5, 10),
    statement=r"""
`q` e `k` têm 64 componentes independentes, todas de média 0. Lembre: a variância de uma soma de
parcelas independentes é a soma das variâncias, e a variância do produto de duas variáveis
independentes de média 0 é o produto das variâncias.

Sem rodar nada, escreva em `my_spread` quatro números, nesta ordem:

1. a variância de $q \cdot k$, se todas as componentes têm variância 1;
2. o desvio padrão de $q \cdot k$, no mesmo caso;
3. o desvio padrão de $q \cdot k / \sqrt{64}$, no mesmo caso;
4. o desvio padrão de $q \cdot k / \sqrt{64}$, se as componentes de `q` tiverem **desvio 3**.
""",
    done_when="Você sabe dizer o que a raiz conserta e de que condição ela depende.",
    hints=(
        Hint(
            "uma pergunta",
            "O produto escalar soma 64 parcelas. Qual é a variância de cada uma?",
        ),
        Hint(
            "o plano",
            "1. Cada parcela tem variância 1 · 1.\n"
            "2. Some 64 delas; o desvio é a raiz.\n"
            "3. Dividir por 8 divide o desvio por 8.\n"
            "4. Com desvio 3, cada parcela tem variância 9 · 1. Refaça.",
        ),
        Hint(
            "variância ou desvio?",
            "O desvio padrão é a raiz da variância. Multiplicar por `c` multiplica o desvio por "
            "`c` e a variância por `c²`.",
        ),
        Hint("a saída esperada", "Com 16 componentes, os três primeiros seriam `16, 4, 1`."),
    ),
    name="my_spread",
    stub="my_spread = None  # troque por quatro números, como (16, 4, 1, 2)",
    solution=(64, 8, 1, 3),
    form=_SPREAD,
    kind="value",
    solution_code="""
from math import sqrt

variance = 64 * 1 * 1
deviation = sqrt(variance)
my_spread_solution = (variance, deviation, deviation / sqrt(64), sqrt(64 * 9 * 1) / sqrt(64))
""",
    wrong=(
        KnownWrong(
            "sempre_um",
            (64, 8, 1, 1),
            "Seu resultado é igual ao de quem acha que a raiz **sempre** deixa o desvio em 1. Ela "
            "conta com variância 1 em cada componente. Se `q` tem desvio 3, o score também.",
        ),
        KnownWrong(
            "divide_a_variancia",
            (64, 8, 8, 24),
            "Seu resultado é igual ao de quem divide **a variância** por √64. Quem é dividido é o "
            "score: o desvio passa de 8 para 8 / 8. Refaça os dois últimos.",
        ),
        KnownWrong(
            "nove",
            (64, 8, 1, 9),
            "Seu resultado é igual ao de quem deu a **variância no último** lugar. Desvio 3 dá "
            "variância 9, mas a pergunta é sobre o desvio do score.",
        ),
        KnownWrong(
            "desvio_e_variancia",
            (8, 64, 1, 3),
            "Seu resultado é igual ao de quem **trocou variância e desvio** nos dois primeiros. A "
            "variância é a soma, 64; o desvio é a raiz dela.",
        ),
        KnownWrong(
            "soma_sem_raiz",
            (64, 64, 8, 24),
            "Seu resultado é igual ao de quem soma **os desvios**, e não as variâncias. Parcelas "
            "independentes se cancelam em parte: a soma de 64 tem desvio 8.",
        ),
    ),
)

STEPS = Exercise(
    id="04.passos",
    title="quantos passos até o passado",
    difficulty=2,
    importance=4,
    minutes=(5, 8),
    statement="""
Um texto tem 128 tokens. Queremos que a saída do token 128 dependa do token 1. Escreva em
`my_steps` três inteiros, nesta ordem:

1. numa RNN de uma camada, quantas vezes o estado passa de um token ao seguinte nesse caminho;
2. numa camada de atenção causal, quantas passagens de um token a outro são precisas;
3. com atenção **em janela de 4** (cada posição lê a si mesma e as 3 anteriores), de quantas
   camadas empilhadas se precisa, no mínimo.
""",
    done_when="O caminho da RNN cresce com a distância; o da atenção não.",
    hints=(
        Hint("uma pergunta", "Entre o token 1 e o token 128 há quantos saltos de um em um?"),
        Hint(
            "o plano",
            "1. A RNN salta de um em um: conte os saltos, e não os tokens.\n"
            "2. Na atenção causal, a posição 128 lê a posição 1 diretamente.\n"
            "3. Com janela de 4, cada camada recua no máximo 3 posições. Quantas vezes 3 cabem na "
            "distância, arredondando para cima?",
        ),
        Hint(
            "a saída esperada",
            "Com 7 tokens e a mesma janela seria `(6, 1, 2)`.",
        ),
    ),
    name="my_steps",
    stub="my_steps = None  # troque por três inteiros, como (6, 1, 2)",
    solution=(127, 1, 43),
    form=_STEPS,
    kind="value",
    solution_code="""
from math import ceil

distance = 128 - 1
my_steps_solution = (distance, 1, ceil(distance / (4 - 1)))
""",
    wrong=(
        KnownWrong(
            "conta_os_tokens",
            (128, 1, 43),
            "Seu resultado é igual ao de quem conta **os tokens**, e não os saltos. Entre 128 "
            "tokens há 127 intervalos, como entre os postes de uma cerca.",
        ),
        KnownWrong(
            "janela_recua_quatro",
            (127, 1, 32),
            "Seu resultado é igual ao de quem recua **4 posições** por camada. A janela inclui "
            "a própria posição: ficam 3 para trás. Divida a distância por 3.",
        ),
        KnownWrong(
            "arredonda_para_baixo",
            (127, 1, 42),
            "Seu resultado é igual ao de quem arredonda **para baixo**. Com 42 camadas se recuam "
            "126 posições, e falta uma. Arredonde para cima.",
        ),
        KnownWrong(
            "atencao_tambem_anda",
            (127, 127, 43),
            "Seu resultado é igual ao de quem imagina a atenção andando **de token em token**. Na "
            "tabela de pesos, a linha 128 tem uma coluna para o token 1: é um passo só.",
        ),
        KnownWrong(
            "janela_nao_alcanca",
            (127, 1, 127),
            "Seu resultado é igual ao de quem recua **uma posição** por camada de janela. A janela "
            "deixa recuar até 3. Use a maior distância de cada camada.",
        ),
    ),
)
