"""Quiz que fecha a lição 04: uma explicação para cada alternativa."""

from helpers.exercises.catalog import Option, Question

QUIZ = (
    Question(
        "04.q_eixo",
        "Na tabela de pesos, o que soma sempre 1?",
        (
            Option(
                "Cada linha: os pesos com que um token lê os outros.",
                "Cada consulta reparte 1 entre as chaves que pode ver.",
                right=True,
            ),
            Option(
                "Cada coluna: o quanto um token é lido.",
                "Ninguém garante quanto um token é lido: pode ser muito ou quase nada. Some as "
                "colunas do modelo e confira.",
            ),
            Option(
                "A tabela inteira.",
                "A tabela inteira soma o número de linhas, porque cada uma soma 1.",
            ),
            Option(
                "Linhas e colunas.",
                "Só por coincidência. O softmax é feito linha por linha e não vê as colunas.",
            ),
        ),
    ),
    Question(
        "04.q_raiz",
        "Por que se divide o score por √d_head?",
        (
            Option(
                "Para os pesos somarem 1.",
                "Quem faz somar 1 é o softmax, com ou sem a raiz.",
            ),
            Option(
                "Para os scores ficarem entre −1 e 1.",
                "Eles continuam podendo ter qualquer tamanho. A raiz ajusta o espalhamento típico, "
                "e não os limites.",
            ),
            Option(
                "Porque a soma de d parcelas independentes tem desvio √d.",
                "Com média 0 e variância 1 em cada componente, dividir por √d devolve o desvio a 1 "
                "e tira o softmax da saturação.",
                right=True,
            ),
            Option(
                "Para economizar contas.",
                "É uma divisão a mais por score. O ganho está no gradiente.",
            ),
        ),
    ),
    Question(
        "04.q_mascara",
        "Onde entra a máscara causal?",
        (
            Option(
                "Depois do softmax, zerando os pesos do futuro.",
                "A linha deixa de somar 1, e o futuro ainda mexe nos pesos pelo denominador.",
            ),
            Option(
                "Antes do softmax, pondo −∞ nos scores do futuro.",
                "exp(−∞) é 0: o futuro some também do denominador, e a linha soma 1.",
                right=True,
            ),
            Option(
                "Antes do softmax, pondo 0 nos scores do futuro.",
                "exp(0) é 1: o futuro continua com peso, às vezes o maior da linha.",
            ),
            Option(
                "Nos valores, zerando os vetores do futuro.",
                "O peso continuaria indo para o futuro e se perderia: o que sobra da linha não "
                "soma 1.",
            ),
        ),
    ),
    Question(
        "04.q_teste",
        "Você desconfia que uma atenção olha para o futuro. Que teste mostra isso?",
        (
            Option(
                "Ver se as linhas somam 1.",
                "Com zero nos scores as linhas somam 1, e o futuro vaza assim mesmo.",
            ),
            Option(
                "Ver se a metade de cima da tabela é zero.",
                "Zerando os pesos depois do softmax ela é zero, e o futuro ainda pesa no "
                "denominador.",
            ),
            Option(
                "Treinar e ver se a perda cai demais.",
                "É um sintoma, mas aparece tarde e pode ter outras causas.",
            ),
            Option(
                "Mudar o último token e ver se as saídas anteriores mudam.",
                "É o que importa: se uma saída do passado se mexe, ela dependia do futuro.",
                right=True,
            ),
        ),
    ),
    Question(
        "04.q_nada",
        "Nenhuma chave combina com a consulta: todos os scores são muito negativos. O que a "
        "posição lê?",
        (
            Option(
                "Nada: os pesos ficam perto de zero.",
                "Os pesos somam 1 sempre. O softmax olha as diferenças entre os scores, e não o "
                "tamanho deles.",
            ),
            Option(
                "Uma média dos valores, de acordo com as diferenças entre os scores.",
                "Não há como ficar em silêncio. Por isso muitas cabeças treinadas despejam o peso "
                "que sobra no primeiro token.",
                right=True,
            ),
            Option(
                "Só a si mesma.",
                "A diagonal não tem privilégio: é um score como os outros.",
            ),
            Option(
                "O primeiro token, sempre.",
                "Cabeças treinadas aprendem a fazer isso muitas vezes, mas não é uma regra da "
                "conta.",
            ),
        ),
    ),
    Question(
        "04.q_custo",
        "Atenção alcança longe em um passo. Qual é o preço?",
        (
            Option(
                "Ela não pode ser calculada em paralelo.",
                "É o contrário: todas as linhas da tabela podem ser calculadas ao mesmo tempo. "
                "Quem espera é a RNN.",
            ),
            Option(
                "A tabela de scores cresce com o quadrado do texto.",
                "O dobro de tokens, quatro vezes mais scores. É o que as janelas tentam evitar.",
                right=True,
            ),
            Option(
                "Ela precisa de mais parâmetros quando o texto cresce.",
                "Os parâmetros são os mesmos para qualquer comprimento; quem cresce é a tabela.",
            ),
            Option(
                "Não há preço.",
                "Conte as casas da tabela com 1000 tokens: um milhão, por cabeça e por camada.",
            ),
        ),
    ),
)
