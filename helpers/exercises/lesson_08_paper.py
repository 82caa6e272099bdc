"""Exercícios de papel da lição 08: temperatura em razões e posições lidas com e sem cache."""

from helpers.exercises.catalog import Exercise, Form, Hint, KnownWrong

TEMPERATURE = Exercise(
    id="08.temperatura",
    title="a temperatura como potência",
    difficulty=2,
    importance=4,
    minutes=(4, 8),
    statement="""
Com temperatura 1, o token A sai com probabilidade 0,8 e o B com 0,2: A é **4 vezes** mais provável.

Quantas vezes A será mais provável que B com temperatura 0,5? E com temperatura 2? Escreva em
`my_ratios` os dois números, nesta ordem. Papel e lápis bastam.
""",
    done_when="Você sabe dizer por que uma das respostas é um quadrado e a outra, uma raiz.",
    hints=(
        Hint(
            "uma pergunta",
            "A razão entre as probabilidades é a exponencial da diferença dos logits. O que a "
            "temperatura faz com a diferença?",
        ),
        Hint(
            "o plano",
            "1. Chame de d a diferença dos logits: exp(d) = 4.\n"
            "2. Com temperatura T, a diferença é d/T.\n"
            "3. exp(d/T) é 4 elevado a 1/T.",
        ),
        Hint(
            "por que dividir a razão não dá certo?",
            "Quem é dividido são os logits, que estão no expoente. Dividir um expoente por 2 é "
            "tirar a raiz quadrada.",
        ),
        Hint("a saída esperada", "Se a razão fosse 9, a resposta seria `(81, 3)`."),
    ),
    name="my_ratios",
    stub="my_ratios = None  # troque por dois números, como (81, 3)",
    solution=(16, 2),
    form=Form("sequence", (Form("number"),), length=2, label="a razão com T = 0,5 e com T = 2"),
    kind="value",
    solution_code="""
my_ratios_solution = tuple(round(4 ** (1 / t), 9) for t in (0.5, 2))
""",
    wrong=(
        KnownWrong(
            "divide_a_razao",
            (8, 2),
            "Seu resultado é igual ao de quem **divide a razão** pela temperatura. Quem é dividido "
            "é o logit, e ele está no expoente. Com T = 0,5 o expoente dobra, e a razão vai ao "
            "quadrado.",
        ),
        KnownWrong(
            "trocado",
            (2, 16),
            "Seu resultado é igual ao de quem **multiplica** os logits pela temperatura. As contas "
            "estão certas, com o sentido trocado: temperatura baixa concentra, alta espalha.",
        ),
        KnownWrong(
            "nada_muda",
            (4, 4),
            "Seu resultado é igual ao de quem divide as **probabilidades** pela temperatura e "
            "renormaliza. Aí nada muda mesmo. A divisão vem antes do softmax, nos logits.",
        ),
        KnownWrong(
            "multiplica_a_razao",
            (2, 8),
            "Seu resultado é igual ao de quem **multiplica a razão** pela temperatura. Ela não age "
            "na razão, e sim nos logits, que estão no expoente. Escreva a razão como exp(d) e "
            "divida d.",
        ),
        KnownWrong(
            "so_esfria",
            (16, 4),
            "Seu resultado é igual ao de quem acha que temperatura **acima de 1** não faz nada. O "
            "primeiro número está certo. Com T = 2 o expoente cai à metade: tire a raiz.",
        ),
        KnownWrong(
            "a_probabilidade",
            (16 / 17, 2 / 3),
            "Seu resultado é igual ao de quem dá a **probabilidade** de A. As contas estão certas; "
            "o que se pede é quantas vezes A é mais provável que B. Divida pela de B.",
        ),
    ),
    tolerance=5e-3,
)

READINGS = Exercise(
    id="08.leituras",
    title="quantas posições o modelo lê",
    difficulty=2,
    importance=4,
    minutes=(4, 8),
    statement="""
Um prompt tem **12 tokens** e o modelo escreve **20**, um por vez. Antes de cada escolha ele lê:

- sem cache, o texto inteiro até ali;
- com cache, só o que ainda não leu.

Quantas posições ele lê ao todo, sem e com cache? O último token escrito não precisa ser lido por
ninguém. Escreva os dois números em `my_readings`.
""",
    done_when="Os dois números fecham, e você sabe qual deles cresce com o quadrado do tamanho.",
    hints=(
        Hint("uma pergunta", "Quantas posições tem o texto quando o modelo escolhe o 1.º token?"),
        Hint(
            "o plano",
            "1. Sem cache: 12 na primeira escolha, 13 na segunda, e assim por diante, 20 vezes.\n"
            "2. Com cache: 12 na primeira escolha e 1 em cada uma das outras.",
        ),
        Hint(
            "como somar depressa?",
            "A soma de 12 a 31 é a média das pontas vezes a quantidade: (12 + 31) / 2 · 20.",
        ),
        Hint("a saída esperada", "Com 3 tokens no prompt e 2 escritos, a resposta é `(7, 4)`."),
    ),
    name="my_readings",
    stub="my_readings = None  # troque por dois números, como (7, 4)",
    solution=(430, 31),
    form=Form(
        "sequence", (Form("int"),), length=2, label="o número de posições lidas, sem e com cache"
    ),
    kind="value",
    solution_code="""
without = sum(range(12, 12 + 20))
my_readings_solution = (without, 12 + 19)
""",
    wrong=(
        KnownWrong(
            "le_o_ultimo",
            (430, 32),
            "Seu resultado é igual ao de quem lê também o **último token** escrito, com o cache. O "
            "primeiro número está certo. Depois do 20.º não há mais escolha, e ninguém o lê.",
        ),
        KnownWrong(
            "comeca_depois",
            (450, 32),
            "Seu resultado é igual ao de quem conta a leitura **depois** de escrever: 13, 14, até "
            "32. O 1.º token é escolhido com 12 posições lidas, e o 20.º, com 31.",
        ),
        KnownWrong(
            "tamanho_final",
            (640, 32),
            "Seu resultado é igual ao de quem supõe o **tamanho final** em todas as leituras: 32 "
            "vezes 20. O texto começa com 12 e cresce um por vez. Some de 12 a 31.",
        ),
        KnownWrong(
            "so_o_prompt",
            (240, 31),
            "Seu resultado é igual ao de quem relê **só o prompt** a cada escolha: 12 vezes 20. O "
            "segundo número está certo. O que já foi escrito também é lido.",
        ),
        KnownWrong(
            "esquece_o_prompt",
            (430, 20),
            "Seu resultado é igual ao de quem conta, com o cache, só as **20 escolhas**. Antes da "
            "primeira é preciso ler o prompt inteiro. São 12 posições, e depois mais 19.",
        ),
        KnownWrong(
            "trocado",
            (31, 430),
            "Seu resultado é igual ao de quem **trocou a ordem** dos números. As contas estão "
            "certas. O primeiro é sem cache.",
        ),
    ),
)
