"""Palpites da lição 06: o que se pergunta antes de cada experimento."""

from helpers.exercises.catalog import Prediction

PREDICTIONS = (
    Prediction(
        id="06.largura",
        question=(
            "Cada posição entra no primeiro bloco com 128 números. Com quantos ela sai do último?"
        ),
        answer=128,
        low=1,
        high=1024,
        near=1,
        said=(
            "Na mosca.",
            "Quase.",
            "Pense em uma soma: que tamanho precisam ter as duas parcelas?",
        ),
        lesson_learned="Cada camada soma um vetor de 128 números a um vetor de 128 números.",
    ),
    Prediction(
        id="06.dez_vezes",
        question="Multiplique um vetor por 10 antes da LayerNorm. O que muda no que sai?",
        options=("Sai 10 vezes maior", "Sai quase igual", "Sai 10 vezes menor"),
        answer=1,
        comments=(
            "Sairia, se a norma não dividisse pelo desvio. O desvio também ficou 10 vezes maior.",
            "O desvio cresce junto, e a divisão desfaz o aumento.",
            "A divisão é pelo desvio, que cresceu 10 vezes, e o vetor também: um desfaz o outro.",
        ),
        lesson_learned="A LayerNorm apaga o tamanho do vetor e guarda a direção.",
    ),
    Prediction(
        id="06.atencao_perdida",
        question=(
            "No bloco `h + MLP(LN(h + Atenção(h)))`, o MLP escreve só zeros. Quanto do que a "
            "atenção calculou chega à saída?"
        ),
        options=("Tudo", "A metade", "Nada"),
        answer=2,
        comments=(
            "Olhe de novo os parênteses: a atenção está inteira dentro do MLP.",
            "Não há nada que divida por dois. Olhe onde a atenção aparece na fórmula.",
            "A atenção só aparece dentro do MLP, e o MLP escreve zeros.",
        ),
        lesson_learned="Uma parte só está no fluxo se a sua saída for somada a ele.",
    ),
    Prediction(
        id="06.conservacao",
        question=(
            "Três posições têm valores 1, 2 e 3. Todas olham só para a primeira, com peso 1. "
            "Quanto dá a soma das três saídas?"
        ),
        answer=3,
        low=0,
        high=20,
        near=0,
        said=(
            "Na mosca: 1 + 1 + 1.",
            "Quase.",
            "Cada saída é uma cópia do valor 1. São três cópias.",
        ),
        lesson_learned=(
            "Os valores somavam 6 e as saídas somam 3. A atenção copia; ela não transporta."
        ),
    ),
    Prediction(
        id="06.vinte_e_quatro",
        question=(
            "24 camadas sorteadas, com pesos pequenos, sem conexão residual e sem norma. Que parte "
            "de uma mudança na entrada chega à saída?"
        ),
        options=("Perto da metade", "Perto de um centésimo", "Menos de um bilionésimo"),
        answer=2,
        comments=(
            "Nem a primeira camada deixa passar a metade, e ainda faltam 23.",
            "Um centésimo é a ordem do que passa por uma camada só. Os fatores se multiplicam.",
            "Um fator menor que 1, multiplicado 24 vezes.",
        ),
        lesson_learned="Muitos fatores menores que 1 dão quase zero. A soma põe 1 em cada fator.",
    ),
    Prediction(
        id="06.primeira_leitura",
        question=(
            "Lemos o fluxo antes do primeiro bloco, como se o modelo acabasse ali. Que token ele "
            "aposta na posição de `·um`?"
        ),
        options=("O próprio `·um`", "O token seguinte", "Um token ao acaso"),
        answer=0,
        comments=(
            "Ali o fluxo ainda é o embedding do próprio token.",
            "Para isso alguém precisaria ter escrito no fluxo. Ainda não houve camada nenhuma.",
            "O fluxo já tem o embedding do token, e a saída usa a mesma tabela.",
        ),
        lesson_learned="O fluxo começa como “este token” e termina como “o próximo token”.",
    ),
    Prediction(
        id="06.alcance",
        question="Até que distância uma cabeça da camada 0 pode olhar?",
        options=(
            "Só para os vizinhos; longe, só nas camadas de cima",
            "Para qualquer posição anterior",
            "Até a metade da frase",
        ),
        answer=1,
        comments=(
            "É assim em uma rede de convolução. Na atenção, nada liga a camada à distância.",
            "A máscara só proíbe o futuro.",
            "Não há limite de distância na fórmula, só o da máscara.",
        ),
        lesson_learned="A profundidade traz composição, e não alcance.",
    ),
)
