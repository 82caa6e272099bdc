"""Quiz que fecha a lição 03: uma explicação para cada alternativa."""

from helpers.exercises.catalog import Option, Question

QUIZ = (
    Question(
        "03.q_papeis",
        "Por que não usar o próprio vetor de cada posição como consulta, chave e valor?",
        (
            Option(
                "Porque três matrizes deixam o modelo mais rápido.",
                "São três produtos a mais. O ganho é outro: separar papéis.",
            ),
            Option(
                "Porque a comparação ficaria simétrica, e o que se procura seria o que se é.",
                "Com projeções, `entregou` pode procurar pessoas sem parecer uma, e entregar "
                "outra coisa a quem a lê.",
                right=True,
            ),
            Option(
                "Porque o vetor do fluxo não pode entrar num produto escalar.",
                "Pode, e foi o que a seção 1 fez. O resultado é que não servia.",
            ),
            Option(
                "Porque cada token precisa de três significados.",
                "São três papéis numa conversa, e não três sentidos da palavra.",
            ),
        ),
    ),
    Question(
        "03.q_linha",
        "No padrão de atenção, a linha de `entregou` tem 0,95 na coluna de `João`. Quem recebe "
        "informação de quem?",
        (
            Option(
                "`João` recebe de `entregou`.",
                "A coluna é a origem. Quem está na linha é que recebe.",
            ),
            Option(
                "Os dois trocam na mesma medida.",
                "O padrão não é simétrico: a linha de `João` tem os pesos dela, e nem alcança "
                "`entregou`.",
            ),
            Option(
                "`entregou` recebe de `João`.",
                "Linha é destino, coluna é origem: 95 % do que `entregou` leu veio do valor de "
                "`João`.",
                right=True,
            ),
            Option(
                "Ninguém: o peso só mede parecença.",
                "O peso multiplica um valor, e esse produto entra na soma. Alguma coisa andou.",
            ),
        ),
    ),
    Question(
        "03.q_larguras",
        "Qual destas escolhas faz a conta da atenção parar com um erro?",
        (
            Option(
                "Consultas de largura 3 e chaves de largura 5.",
                "O produto escalar casa número com número: as duas larguras precisam ser iguais.",
                right=True,
            ),
            Option(
                "Chaves de largura 3 e valores de largura 5.",
                "Chave e valor nunca se multiplicam um pelo outro. A saída só fica com largura 5.",
            ),
            Option(
                "`d_head` diferente de `d_model / n_heads`.",
                "É só um costume. `W_O` se ajusta ao que as cabeças entregam.",
            ),
            Option(
                "Mais posições do que dimensões.",
                "O número de posições vem da frase e não conversa com as larguras.",
            ),
        ),
    ),
    Question(
        "03.q_silencio",
        "Uma posição não tem o que procurar: a consulta dela é um vetor de zeros. O que ela lê?",
        (
            Option(
                "Nada: a saída é zero.",
                "Só seria zero se os valores fossem. Os pesos somam 1 de qualquer jeito.",
            ),
            Option(
                "A média simples de todos os valores que ela alcança.",
                "Scores todos iguais, pesos todos iguais. Modelos treinados costumam preferir "
                "outra saída: descansar num token que quase não entrega nada.",
                right=True,
            ),
            Option(
                "Só o seu próprio valor.",
                "Ela está entre os que lê, com o mesmo peso dos outros.",
            ),
            Option(
                "O valor de maior tamanho.",
                "O tamanho do valor não entra no peso. O da chave entra, quando a consulta não é "
                "zero.",
            ),
        ),
    ),
    Question(
        "03.q_norma",
        "Num decoder com a norma antes, como o GPT-2, o que `W_Q` recebe na camada 1?",
        (
            Option(
                "O embedding do token.",
                "Esse é só o começo do fluxo; a camada 0 já somou coisas a ele.",
            ),
            Option(
                "A saída da cabeça da camada 0.",
                "A camada soma o que escreve ao fluxo, e é o fluxo que segue.",
            ),
            Option(
                "O fluxo residual, tal como está.",
                "Quase: falta a norma que fica na entrada da atenção.",
            ),
            Option(
                "O fluxo residual, depois da norma daquela camada.",
                "Cada camada normaliza uma cópia do fluxo antes de projetar.",
                right=True,
            ),
        ),
    ),
    Question(
        "03.q_fila",
        "Na fila, `entregou` leu 99 % de `João` com `W_Q`, `W_K` e `W_V` feitas à mão. O que isso "
        "prova?",
        (
            Option(
                "Que as três projeções bastam para escrever essa leitura.",
                "A cabeça feita à mão é uma prova de que a conta consegue. O que um modelo "
                "treinado faz é outra pergunta, que se mede.",
                right=True,
            ),
            Option(
                "Que um modelo treinado tem uma cabeça igual a essa.",
                "Ninguém treinou essa. Para saber o que um modelo faz, olha-se o modelo.",
            ),
            Option(
                "Que a atenção entende quem é o sujeito.",
                "Ela casou uma pergunta com uma etiqueta. Com dois nomes atrás do verbo, reparte "
                "entre os dois.",
            ),
            Option(
                "Que `João` escolheu responder.",
                "Ninguém escolhe: todos os que estão atrás respondem ao mesmo tempo, em "
                "proporções.",
            ),
        ),
    ),
)
