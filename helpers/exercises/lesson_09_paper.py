"""Exercícios de papel da lição 09: perda por byte e o tamanho de um treino."""

from helpers.exercises.catalog import Exercise, Form, Hint, KnownWrong

PER_BYTE = Exercise(
    id="09.por_byte",
    title="dois modelos, duas réguas",
    difficulty=2,
    importance=5,
    minutes=(5, 10),
    statement="""
Dois modelos leem o mesmo texto, cada um com o seu tokenizador:

- o modelo A tem perda de **1,2 nat por token**, e cada token carrega em média **4 bytes**;
- o modelo B tem perda de **0,8 nat por token**, e cada token carrega em média **2 bytes**.

Qual é a perda **por byte** de A e a de B, em nats? Escreva os dois números em `my_per_byte`, nesta
ordem. Papel e lápis bastam.
""",
    done_when="Você sabe dizer qual dos dois prevê melhor o texto, e por que a outra régua engana.",
    hints=(
        Hint(
            "uma pergunta", "Um token de A vale 1,2 nat. Por quantos bytes esse preço se reparte?"
        ),
        Hint(
            "o plano",
            "1. A probabilidade do texto inteiro não depende de como ele foi cortado.\n"
            "2. Nats por byte é nats por token dividido por bytes por token.",
        ),
        Hint(
            "por que não basta comparar por token?",
            "Quem corta em pedaços menores faz mais apostas, e cada uma é mais fácil. A soma é que "
            "conta.",
        ),
        Hint("a saída esperada", "Com 2,0 nats e 5 bytes por token, a resposta seria `0.4`."),
    ),
    name="my_per_byte",
    stub="my_per_byte = None  # troque por dois números, como (0.25, 0.5)",
    solution=(0.3, 0.4),
    form=Form("sequence", (Form("number"),), length=2, label="um par de números, o de A e o de B"),
    tolerance=1e-4,
    kind="value",
    solution_code="""
my_per_byte_solution = (1.2 / 4, 0.8 / 2)
""",
    wrong=(
        KnownWrong(
            "multiplica",
            (4.8, 1.6),
            "Seu resultado é igual ao de quem **multiplica** pelos bytes de cada token. Um byte "
            "não pode custar mais que o token em que está. Divida.",
        ),
        KnownWrong(
            "por_token",
            (1.2, 0.8),
            "Seu resultado é igual ao de quem deixa a perda **por token**. São réguas diferentes: "
            "o token de A é duas vezes maior. Divida cada perda pelos bytes do seu token.",
        ),
        KnownWrong(
            "em_bits",
            (0.4328, 0.5771),
            "Seu resultado é igual ao de quem passou os nats a **bits**, dividindo por log 2. A "
            "comparação sai certa, mas se pediram nats. Pare antes dessa divisão.",
        ),
        KnownWrong(
            "trocado",
            (0.4, 0.3),
            "Seu resultado é igual ao de quem **trocou a ordem** dos modelos. As contas estão "
            "certas. O primeiro número é o de A.",
        ),
        KnownWrong(
            "bytes_por_nat",
            (3.3333, 2.5),
            "Seu resultado é igual ao de quem divide ao contrário: **bytes por nat**. Menor perda "
            "viraria número maior. Divida os nats pelos bytes.",
        ),
    ),
)

BUDGET = Exercise(
    id="09.conta_do_treino",
    title="quanto custa um treino",
    difficulty=2,
    importance=3,
    minutes=(5, 10),
    statement="""
Um decoder de **500 000 parâmetros** treina por **2 000 passos**. Cada passo lê um lote de **32
janelas de 100 posições**. Ler e corrigir um token custa perto de 6 operações por parâmetro: 2 na
ida, 4 na volta.

Escreva em `my_budget` dois números: quantos **milhões de alvos** o treino responde ao todo, e
quantos **trilhões de operações** (10¹²) ele gasta.
""",
    done_when="Os dois números fecham, e você sabe qual deles não depende do tamanho do modelo.",
    hints=(
        Hint("uma pergunta", "Quantas perguntas faz uma janela de 100 posições? E um lote delas?"),
        Hint(
            "o plano",
            "1. Alvos por passo: janelas vezes posições.\n"
            "2. Alvos do treino: isso vezes os passos.\n"
            "3. Operações: 6 vezes os parâmetros vezes os alvos.",
        ),
        Hint(
            "por que 6?",
            "Na ida, cada parâmetro entra em uma multiplicação e uma soma. Na volta isso acontece "
            "duas vezes: para o gradiente do peso e para o da entrada.",
        ),
        Hint("a saída esperada", "Com metade dos passos, a resposta seria `(3.2, 9.6)`."),
    ),
    name="my_budget",
    stub="my_budget = None  # troque por dois números, como (3.2, 9.6)",
    solution=(6.4, 19.2),
    form=Form(
        "sequence",
        (Form("number"),),
        length=2,
        label="um par de números, os milhões e os trilhões",
    ),
    tolerance=1e-4,
    kind="value",
    solution_code="""
targets = 2_000 * 32 * 100
my_budget_solution = (targets / 1e6, 6 * 500_000 * targets / 1e12)
""",
    wrong=(
        KnownWrong(
            "um_alvo_por_janela",
            (0.064, 0.192),
            "Seu resultado é igual ao de quem conta **um alvo por janela**. Cada posição faz uma "
            "pergunta, e todas são respondidas na mesma leitura. Multiplique também por 100.",
        ),
        KnownWrong(
            "so_a_ida",
            (6.4, 6.4),
            "Seu resultado é igual ao de quem conta **só a ida**, 2 operações por parâmetro. É o "
            "custo de gerar, não o de treinar. A volta custa o dobro da ida: use 6.",
        ),
        KnownWrong(
            "so_a_volta",
            (6.4, 12.8),
            "Seu resultado é igual ao de quem conta **só a volta**. Antes de corrigir é preciso "
            "ler. São 2 na ida e 4 na volta: use 6.",
        ),
        KnownWrong(
            "sem_converter",
            (6_400_000, 1.92e13),
            "Seu resultado é igual ao de quem não passou os números para **milhões e trilhões**. "
            "As contas estão certas. Divida o primeiro por 10⁶ e o segundo por 10¹².",
        ),
        KnownWrong(
            "uma_pergunta_a_menos",
            (6.336, 19.008),
            "Seu resultado é igual ao de quem conta **99 alvos** em cada janela. Um texto de 100 "
            "tokens faz 99 perguntas, mas uma janela de 100 posições vem com os seus 100 alvos: o "
            "último está no texto logo depois dela. Multiplique por 100.",
        ),
        KnownWrong(
            "um_passo",
            (0.0032, 0.0096),
            "Seu resultado é igual ao de quem conta **um passo só**. As contas do passo estão "
            "certas. Multiplique pelos 2 000.",
        ),
        KnownWrong(
            "sem_o_lote",
            (0.2, 0.6),
            "Seu resultado é igual ao de quem esquece o **lote**: uma janela por passo. São 32 "
            "lado a lado. Multiplique por 32.",
        ),
    ),
)
