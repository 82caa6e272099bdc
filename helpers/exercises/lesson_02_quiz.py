"""Quiz que fecha a lição 02: uma explicação para cada alternativa."""

from helpers.exercises.catalog import Option, Question

QUIZ = (
    Question(
        "02.q_one_hot",
        "Por que se fala em one-hot vezes `W_E`, se o programa só lê uma linha?",
        (
            Option(
                "Porque a multiplicação é mais rápida.",
                "É bem mais lenta: quase todas as parcelas são zero. O programa lê a linha para "
                "não fazer essas contas.",
            ),
            Option(
                "Porque as duas contas dão o mesmo, e a multiplicação mostra que é uma camada.",
                "Lida como produto de matrizes, a tabela é um peso como os outros: tem gradiente e "
                "aprende.",
                right=True,
            ),
            Option(
                "Porque o one-hot guarda o significado do token.",
                "O one-hot só diz qual é o token: um 1 no endereço dele. Dois one-hots diferentes "
                "estão sempre à mesma distância.",
            ),
            Option(
                "Porque o treino usa a multiplicação e a geração usa a leitura.",
                "Nos dois casos o programa lê a linha. No treino, o gradiente volta para ela.",
            ),
        ),
    ),
    Question(
        "02.q_gradiente",
        "Um token nunca apareceu no texto de treino, e `W_E` só é usada na entrada. Como fica a "
        "linha dele?",
        (
            Option(
                "Zerada, porque não há o que aprender.",
                "Ela nasceu sorteada, como as outras. O gradiente zero não a leva para zero; deixa "
                "onde está.",
            ),
            Option(
                "Parecida com a dos tokens de id próximo.",
                "Ids são endereços; nada passa de uma linha para a linha ao lado.",
            ),
            Option(
                "Como foi sorteada: nenhum gradiente chegou a ela.",
                "Só quem é lido recebe gradiente. Um decaimento de pesos a encolheria, mas não lhe "
                "ensinaria nada.",
                right=True,
            ),
            Option(
                "Igual à média da tabela.",
                "Nenhuma conta do treino puxa uma linha para a média das outras.",
            ),
        ),
    ),
    Question(
        "02.q_sonda",
        "Uma sonda linear acerta 100 % nos mesmos nomes em que foi ajustada. O que isso prova?",
        (
            Option(
                "Que o modelo aprendeu gênero.",
                "Com mais dimensões do que exemplos, uma sonda acerta até rótulos sorteados. É "
                "preciso medir em nomes que ela não viu.",
            ),
            Option(
                "Que o gênero está em uma das dimensões.",
                "A sonda soma todas as dimensões. Ela fala de uma direção, e não de uma coluna.",
            ),
            Option(
                "Nada ainda: faltam nomes novos e uma referência.",
                "A medida que vale é em nomes de fora, contra a tabela sorteada e contra rótulos "
                "embaralhados.",
                right=True,
            ),
            Option(
                "Que o modelo usa essa direção para escrever.",
                "Achar uma informação não é ver o modelo usá-la. Para isso é preciso mexer nela e "
                "olhar a saída.",
            ),
        ),
    ),
    Question(
        "02.q_posicao",
        "Sem posições e sem máscara, você embaralha os tokens da entrada. O que muda na saída?",
        (
            Option(
                "Os vetores mudam de valor.",
                "Cada token vê o mesmo conjunto de tokens; nada no cálculo sabe que a ordem mudou.",
            ),
            Option(
                "Os mesmos vetores saem, embaralhados do mesmo jeito.",
                "A atenção pura trata a entrada como um conjunto. O nome disso é equivariância a "
                "permutações.",
                right=True,
            ),
            Option(
                "Nada: a saída fica igual, posição por posição.",
                "Isso seria invariância. Aqui cada saída acompanha o seu token.",
            ),
            Option(
                "A saída vira ruído.",
                "O modelo perde a ordem, mas não perde os tokens.",
            ),
        ),
    ),
    Question(
        "02.q_superposicao",
        "Quando um modelo consegue guardar mais características do que tem dimensões?",
        (
            Option(
                "Nunca: cada característica precisa da sua dimensão.",
                "Direções quase em ângulo reto não faltam. O preço é um pouco de interferência.",
            ),
            Option(
                "Quando elas raramente aparecem juntas.",
                "Se raramente há duas ligadas juntas, a interferência quase nunca cobra seu preço.",
                right=True,
            ),
            Option(
                "Quando todas aparecem o tempo todo.",
                "É o pior caso: as interferências se somam sem parar. No experimento, o modelo "
                "ficou com o que cabia em ângulo reto.",
            ),
            Option(
                "Sempre: vetores cabem quantos se quiser.",
                "Setas cabem; ângulos retos, não. Com características frequentes, o erro cresce "
                "demais.",
            ),
        ),
    ),
    Question(
        "02.q_word2vec",
        "De onde veio a tabela `W_E` do modelo do curso?",
        (
            Option(
                "De um Word2Vec treinado antes.",
                "O Word2Vec tem uma linha por palavra, e o nosso vocabulário é de pedaços do BPE. "
                "As linhas nem combinam.",
            ),
            Option(
                "De um dicionário que liga palavras a vetores.",
                "Não há dicionário de vetores. O BPE só deu os ids.",
            ),
            Option(
                "De um sorteio, corrigido pelo treino junto com o resto do modelo.",
                "O gradiente da perda passa por todas as camadas e chega às linhas lidas.",
                right=True,
            ),
            Option(
                "Do BPE, que guarda um vetor por fusão.",
                "O BPE guarda uma lista de fusões e mais nada; vetores são do modelo.",
            ),
        ),
    ),
)
