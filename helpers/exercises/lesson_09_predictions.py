"""Palpites da lição 09: o que se pergunta antes de cada experimento."""

from helpers.exercises.catalog import Prediction

PREDICTIONS = (
    Prediction(
        id="09.perda_inicial",
        question=(
            "Um modelo de 1024 tokens acabou de nascer, com pesos sorteados e pequenos. Quanto "
            "vale a perda dele, em nats por token?"
        ),
        options=("Perto de 0", "Perto de 6,9", "Perto de 1024"),
        answer=1,
        comments=(
            "Zero é a perda de quem sabe o futuro. Este modelo ainda não sabe nada.",
            "É o logaritmo de 1024: quem não sabe nada reparte a aposta por igual.",
            "A chance de acertar é 1 em 1024. A perda é o logaritmo disso, com o sinal trocado.",
        ),
        lesson_learned="Quem aposta por igual em V tokens paga log V. Se a perda começa longe "
        "disso, há algo errado antes do treino.",
    ),
    Prediction(
        id="09.perguntas",
        question="Uma história tem 80 tokens. Quantas previsões o modelo treina em uma só leitura?",
        answer=79,
        low=1,
        high=200,
        near=1,
        said=(
            "Na mosca: cada token, menos o último, pergunta pelo seguinte.",
            "Quase: o último token não tem seguinte.",
            "Cada posição faz uma pergunta, e a máscara deixa responder todas ao mesmo tempo.",
        ),
        lesson_learned="Um texto de n tokens dá n − 1 perguntas com resposta conhecida.",
    ),
    Prediction(
        id="09.banana",
        question=(
            "Treinamos um modelo minúsculo só em `banana.`, com o ponto. Até onde a perda "
            "pode cair?"
        ),
        options=(
            "Perto de 0,3: depois de `a` pode vir `n` ou o ponto",
            "Perto de 0",
            "Perto de 1,4, que é log 4: são quatro símbolos",
        ),
        answer=1,
        comments=(
            "É o que paga quem só vê a última letra. O modelo vê também o que veio antes dela.",
            "Cada começo de `banana.` tem uma continuação só, e o modelo tem pesos de sobra para "
            "decorá-las.",
            "Log 4 é a perda de quem conhece os símbolos e nada da ordem.",
        ),
        lesson_learned="Decorar um exemplo é o primeiro teste de um treino: se nem isso acontece, "
        "há um erro no laço.",
    ),
    Prediction(
        id="09.sem_mascara",
        question=(
            "Tiramos a máscara e treinamos igual. Cada posição agora vê o token que precisa "
            "prever. O que acontece com a perda no texto separado?"
        ),
        options=(
            "Piora: informação demais atrapalha",
            "Não muda",
            "Cai abaixo da entropia da gramática",
        ),
        answer=2,
        comments=(
            "Ver a resposta não atrapalha quem responde. Atrapalha quem confia na nota.",
            "O token certo está ali, a uma posição de distância. O modelo aprende a copiá-lo.",
            "É uma perda impossível para quem não vê o futuro, e por isso denuncia a cola.",
        ),
        lesson_learned="Perda abaixo da entropia da fonte não é talento: é vazamento.",
    ),
    Prediction(
        id="09.trigramas",
        question=(
            "Contar trigramas (que token vem depois de cada par) não treina peso nenhum. Em "
            "histórias novas, quem perde menos: os trigramas ou o decoder que você treinou?"
        ),
        options=("Os trigramas", "O decoder", "Empatam"),
        answer=1,
        comments=(
            "Contar aproveita todo o texto de uma vez, e chega perto. Mas só vê dois tokens.",
            "Ele vê a história desde o começo. Repare no tamanho da distância.",
            "Há uma distância: o decoder vê a história desde o começo; o trigrama, dois tokens.",
        ),
        lesson_learned="Sem uma referência barata ao lado, qualquer perda que cai parece uma "
        "vitória.",
    ),
    Prediction(
        id="09.poucas_historias",
        question=(
            "Treinamos por muito tempo em só 20 histórias. O que faz a perda em histórias novas?"
        ),
        options=("Cai sempre, como a do treino", "Cai e depois sobe", "Fica parada desde o começo"),
        answer=1,
        comments=(
            "A do treino cai até perto de zero. A das novas acompanha só no começo.",
            "Primeiro ele aprende a língua; depois, as 20 histórias.",
            "No começo o que ele aprende serve para qualquer história.",
        ),
        lesson_learned="Quando as duas curvas se afastam, o modelo decora: é o sobreajuste.",
    ),
)
