"""Exercícios de valor da lição 03: larguras, parâmetros e força de uma pergunta."""

import math

from helpers.exercises.catalog import Exercise, Form, Hint, KnownWrong

_SIX = Form("sequence", (Form("int"),), length=6, label="seis números inteiros")
_COUNT = Form("int", label="um número inteiro")


def _smallest_strength() -> int:
    """Menor força inteira com que `entregou` dá mais de 99 % a `João`, com d_head = 4."""
    strength = 0
    while True:
        power = math.exp(strength / math.sqrt(4))
        if power / (power + 2) > 0.99:
            return strength
        strength += 1


WIDTHS = Exercise(
    id="03.larguras",
    title="seis tamanhos",
    difficulty=2,
    importance=4,
    minutes=(4, 7),
    kind="value",
    statement="""
Uma camada tem `d_model = 16`, 2 cabeças, `d_head = 3` e `d_value = 5`. Ela lê uma frase de 9
posições.

Escreva em `my_sizes` seis números, nesta ordem, para **uma** cabeça: colunas de `W_Q`; colunas de
`W_V`; linhas da tabela de scores; colunas da tabela de scores; largura da saída. O sexto é a
largura das saídas das **duas** cabeças coladas lado a lado.
""",
    done_when="Você sabe dizer, de cada tamanho, se veio da frase, de `d_head` ou de `d_value`.",
    hints=(
        Hint(
            "uma pergunta",
            "Que eixo some quando uma consulta encontra uma chave? E quando os pesos encontram os "
            "valores?",
        ),
        Hint(
            "o plano",
            "1. `W_Q` leva 16 números a quantos? E `W_V`?\n"
            "2. Scores: cada posição pergunta a cada posição.\n"
            "3. A saída é uma média de valores, e tem a largura deles.\n"
            "4. Colar soma as larguras.",
        ),
        Hint(
            "o 8 não entra em lugar nenhum?",
            "`d_model / n_heads = 8` é o costume, não uma lei. Aqui as larguras foram ditas.",
        ),
        Hint(
            "a saída esperada",
            "Com `d_head = 2`, `d_value = 4` e 6 posições seria `(2, 4, 6, 6, 4, 8)`.",
        ),
    ),
    name="my_sizes",
    stub="my_sizes = None  # troque por seis números, como (2, 4, 6, 6, 4, 8)",
    solution=(3, 5, 9, 9, 5, 10),
    solution_code="""
n_heads, d_head, d_value, n_pos = 2, 3, 5, 9
my_sizes_solution = (d_head, d_value, n_pos, n_pos, d_value, n_heads * d_value)
""",
    form=_SIX,
    wrong=(
        KnownWrong(
            "valor_igual_a_chave",
            (3, 3, 9, 9, 3, 6),
            "Seu resultado é igual ao de quem dá ao valor a **largura da chave**. É o costume "
            "(`d_value = d_head`), mas não é preciso, e aqui `d_value` é 5.",
        ),
        KnownWrong(
            "cola_chaves",
            (3, 5, 9, 9, 5, 6),
            "Seu resultado é igual ao de quem acerta uma cabeça e, ao colar, usa `d_head`. O que "
            "se cola são as **saídas**, feitas de valores: 2 vezes 5.",
        ),
        KnownWrong(
            "saida_com_largura_da_chave",
            (3, 5, 9, 9, 3, 6),
            "Seu resultado é igual ao de quem dá à **saída** a largura da chave. A saída é uma "
            "média de valores: ela tem a largura do valor.",
        ),
        KnownWrong(
            "divide_o_modelo",
            (8, 8, 9, 9, 8, 16),
            "Seu resultado é igual ao de quem segue o **costume**: 16 dividido por 2 cabeças. "
            "Serve quando ninguém diz as larguras; aqui elas foram ditas.",
        ),
        KnownWrong(
            "scores_com_largura",
            (3, 5, 9, 3, 5, 10),
            "Seu resultado é igual ao de quem dá aos scores uma coluna por dimensão. O produto "
            "escalar **soma** a dimensão, e ela some: fica um número por par de posições, 9 por 9.",
        ),
    ),
)

PARAMETERS = Exercise(
    id="03.parametros",
    title="quantos números se treinam",
    difficulty=2,
    importance=3,
    minutes=(4, 6),
    kind="value",
    statement="""
Uma camada de atenção com `d_model = 16` tem quatro projeções: para as consultas, as chaves, os
valores e a saída. Juntando as cabeças, cada uma é uma matriz de 16 por 16. Como no GPT-2, cada
projeção tem também um **viés**: um vetor de 16 números somado ao resultado.

Escreva em `my_count` quantos parâmetros são, ao todo.
""",
    done_when="A conta bate com a da camada de atenção do PyTorch, na célula seguinte.",
    hints=(
        Hint(
            "uma pergunta",
            "A fórmula `q = x W_Q` não mostra nenhum viés. O código do GPT-2 soma um. Quantos "
            "números ele acrescenta a cada projeção?",
        ),
        Hint(
            "o plano",
            "1. Uma matriz de 16 por 16.\n2. Um viés de 16.\n3. Quatro vezes.",
        ),
        Hint(
            "preciso multiplicar pelo número de cabeças?",
            "Não: as matrizes de 16 por 16 já são as das cabeças juntas. Com 2 cabeças, cada uma "
            "fica com 8 das 16 colunas.",
        ),
        Hint("a saída esperada", "Com `d_model = 2` seriam 4 · (4 + 2) = 24."),
    ),
    name="my_count",
    stub="my_count = None  # troque por um número inteiro",
    solution=1088,
    solution_code="my_count_solution = 4 * (16 * 16 + 16)",
    form=_COUNT,
    wrong=(
        KnownWrong(
            "sem_vies",
            1024,
            "Seu resultado é igual ao de quem segue a fórmula **sem os vieses**: 4 · 16 · 16 = "
            "1024. O código do GPT-2 soma um vetor de 16 números a cada projeção.",
        ),
        KnownWrong(
            "sem_a_saida",
            816,
            "Seu resultado é igual ao de quem conta três projeções com viés: 816. Faltou a da "
            "**saída**, a matriz `W_O`.",
        ),
        KnownWrong(
            "tres_matrizes",
            768,
            "Seu resultado é igual ao de quem conta três matrizes, **sem vieses e sem `W_O`**: "
            "768. Veja os dois pedaços que faltam.",
        ),
        KnownWrong(
            "vezes_as_cabecas",
            2176,
            "Seu resultado é igual ao de quem faz a conta certa **vezes 2 cabeças**: 2176. As "
            "cabeças repartem as 16 colunas; não ganham 16 cada uma.",
        ),
        KnownWrong(
            "um_vies_so",
            1040,
            "Seu resultado é igual ao de quem põe **um viés só**: 1040. Cada uma das quatro "
            "projeções tem o seu.",
        ),
    ),
)

STRENGTH = Exercise(
    id="03.forca",
    title="com que força perguntar",
    difficulty=3,
    importance=4,
    minutes=(6, 10),
    kind="value",
    statement="""
Na fila, `entregou` pode ler três posições: `O`, `João` e ela mesma. Os scores com `O` e com
`entregou` são 0. O score com `João` é a força da pergunta, dividida por `√d_head`, com
`d_head = 4`.

Qual é a **menor força inteira** com que `João` recebe mais de 99 % da leitura? Faça a conta no
papel, ou experimente números, e escreva em `my_strength`.
""",
    done_when="Com essa força o peso passa de 0,99; com uma unidade a menos, não passa.",
    hints=(
        Hint(
            "uma pergunta",
            "Com força 0, os três scores são iguais. Quanto `João` recebe? Quem são os outros dois "
            "na divisão do softmax?",
        ),
        Hint(
            "o plano",
            "1. Chame de s o score de `João`: força dividida por 2.\n"
            "2. O peso é `exp(s) / (exp(s) + 1 + 1)`.\n"
            "3. Ele passa de 0,99 quando `exp(s)` passa de 198.\n"
            "4. Volte de s para a força.",
        ),
        Hint(
            "de onde vem o 2 somado embaixo?",
            "`exp(0) = 1`. São duas posições com score zero, `O` e a própria `entregou`.",
        ),
        Hint(
            "a saída esperada",
            "Para passar de 90 % bastaria a força 6: `exp(3) / (exp(3) + 2)` dá 0,909.",
        ),
    ),
    name="my_strength",
    stub="my_strength = None  # troque por um número inteiro",
    solution=_smallest_strength(),
    solution_code="""
import math

my_strength_solution = 0
while math.exp(my_strength_solution / 2) / (math.exp(my_strength_solution / 2) + 2) <= 0.99:
    my_strength_solution += 1
""",
    form=_COUNT,
    wrong=(
        KnownWrong(
            "sem_raiz",
            6,
            "Seu resultado é igual ao de quem **não divide por √d_head**: o score é a força, e "
            "basta passar de 5,29. Com `d_head = 4`, o score é metade da força.",
        ),
        KnownWrong(
            "esquece_de_si",
            10,
            "Seu resultado é igual ao de quem conta **um concorrente só**. São dois com score "
            "zero: `O` e a própria `entregou`, que também se lê.",
        ),
        KnownWrong(
            "nao_e_a_menor",
            12,
            "Seu resultado é igual ao de quem para numa força que passa de 99 %, mas **não é a "
            "menor**. Experimente uma unidade a menos.",
        ),
        KnownWrong(
            "divide_por_d",
            22,
            "Seu resultado é igual ao de quem divide por `d_head`, e não pela **raiz** de "
            "`d_head`. A raiz de 4 é 2.",
        ),
        KnownWrong(
            "arredonda_para_menos",
            5,
            "Seu resultado é igual ao de quem toma a parte inteira do score que falta, sem "
            "**voltar para a força** nem passar do limite. O score precisa de 5,29; a força é o "
            "dobro dele, arredondada para cima.",
        ),
    ),
)
