"""Palpites da lição 02: o que se pergunta antes de cada experimento."""

from helpers.exercises.catalog import Prediction

PREDICTIONS = (
    Prediction(
        id="02.multiplicacoes",
        question=(
            "No GPT-2, um one-hot de 50 257 números vezes uma tabela de 768 colunas são mais de 38 "
            "milhões de multiplicações. Em quantas delas os dois números podem ser diferentes de "
            "zero?"
        ),
        options=("768", "50 257", "38 597 376", "1"),
        answer=0,
        comments=(
            "É o que sobra: uma linha.",
            "São as linhas da tabela. Mas o one-hot zera todas, menos uma.",
            "Todas são feitas, se a conta for seguida à risca. Quase todas por zero.",
            "Há um 1 só no one-hot, mas ele encontra uma linha inteira.",
        ),
        lesson_learned="O único 1 encontra uma linha de 768 números. O resto é zero vezes algo.",
    ),
    Prediction(
        id="02.troca",
        question=(
            "Sorteamos ids novos para todos os tokens e mudamos as linhas de `W_E` junto. O que "
            "acontece com o que o modelo prevê?"
        ),
        options=("Piora muito", "Piora um pouco", "Nada"),
        answer=2,
        comments=(
            "Seria assim se só os ids mudassem. As linhas mudaram com eles.",
            "Nem um pouco: os vetores que entram são os mesmos, bit por bit.",
            "O id só diz onde procurar.",
        ),
        lesson_learned="O id é um endereço. Mudou a casa e mudou o endereço, o morador é o mesmo.",
    ),
    Prediction(
        id="02.linhas",
        question=(
            "A tabela tem 256 linhas, uma por byte. O modelo leu `banana`, letra por letra. "
            "Quantas linhas recebem gradiente?"
        ),
        answer=3,
        low=0,
        high=256,
        near=3,
        said=(
            "Na mosca.",
            "Perto: conte as letras diferentes. As repetidas somam na mesma linha.",
            "Longe: só as linhas lidas recebem alguma coisa.",
        ),
        lesson_learned="Uma por letra diferente: `b`, `a` e `n`.",
    ),
    Prediction(
        id="02.vizinho_antes",
        question="Antes de treinar, quem é o vizinho mais próximo de `João` na tabela?",
        options=(
            "Outro nome",
            "Um token qualquer",
            "O token do id seguinte",
        ),
        answer=1,
        comments=(
            "Antes do treino, a tabela ainda não sabe o que é um nome. E depois? Veja a surpresa.",
            "A tabela começa sorteada.",
            "Ids vizinhos são linhas vizinhas no papel, e mais nada.",
        ),
        lesson_learned="A tabela começa sorteada: os vizinhos são obra do acaso.",
    ),
    Prediction(
        id="02.genero",
        question=(
            "Uma sonda aprende a separar nomes femininos e masculinos com metade dos nomes. Só vê "
            "os vetores, nunca as letras. Quanto ela acerta na outra metade?"
        ),
        options=("Perto de 50 %", "Perto de 70 %", "Mais de 90 %"),
        answer=2,
        comments=(
            "Seria o acaso. É o que acontece com a tabela antes do treino.",
            "É um palpite prudente; o treino deixou uma marca mais forte.",
            "Para acertar `cansado` ou `cansada`, saber o gênero ajuda.",
        ),
        lesson_learned=(
            "Ninguém disse ao modelo que existe gênero; treinar a previsão do próximo token bastou."
        ),
    ),
    Prediction(
        id="02.setas",
        question=(
            "Em um espaço de 16 dimensões, quantas direções cabem se todas precisam formar ângulo "
            "reto entre si?"
        ),
        answer=16,
        low=1,
        high=1000,
        near=2,
        said=(
            "Na mosca.",
            "Quase: em 2 dimensões cabem 2, em 3 cabem 3.",
            "Em 2 dimensões cabem 2, em 3 cabem 3; siga a conta.",
        ),
        lesson_learned="Uma por dimensão. Para guardar mais, só com ângulos quase retos.",
    ),
    Prediction(
        id="02.tres_as",
        question=(
            "Seis letras, `b a n a n a`, entram em uma camada de atenção sem posições e sem "
            "máscara. Quantos vetores **diferentes** saem?"
        ),
        answer=3,
        low=1,
        high=6,
        said=(
            "Na mosca.",
            "Perto: pergunte o que distingue o primeiro `a` do segundo.",
            "Longe: letras iguais entram iguais e veem a mesma palavra inteira.",
        ),
        lesson_learned="Os três `a` são um só, e os dois `n` também.",
    ),
)
