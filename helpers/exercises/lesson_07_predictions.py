"""Palpites da lição 07: o que se pergunta antes de cada experimento."""

from helpers.exercises.catalog import Prediction

PREDICTIONS = (
    Prediction(
        id="07.g_no_fim",
        question="Se a ReLU viesse também no fim do MLP, o que ele deixaria de poder fazer?",
        options=(
            "Diminuir um número do fluxo",
            "Aumentar um número do fluxo",
            "Deixar um número como está",
            "Nada: só ficaria um pouco mais lento",
        ),
        answer=0,
        comments=(
            "É isso: ReLU não devolve negativos, e o MLP só poderia somar.",
            "Somar positivos continua possível. E negativos, ela deixa passar?",
            "Para isso basta escrever zero, e a ReLU escreve muitos.",
            "O custo mal muda. O que muda é o conjunto de números que podem sair.",
        ),
        lesson_learned="Com ReLU no fim, toda escrita é zero ou positiva.",
    ),
    Prediction(
        id="07.sem_g",
        question="Sem `g`, o que se ganha alargando o meio do MLP de 4 para 16 números?",
        options=("Quatro vezes mais capacidade", "Um pouco mais de capacidade", "Nada"),
        answer=2,
        comments=(
            "São quatro vezes mais números guardados. O que eles conseguem fazer juntos é outra "
            "pergunta.",
            "Duas camadas lineares seguidas são uma só. Quanto cabe numa só?",
            "Duas camadas lineares seguidas são uma só, e ela não conhece o meio.",
        ),
        lesson_learned="O produto das duas matrizes é uma matriz 4 × 4, seja qual for o meio.",
    ),
    Prediction(
        id="07.parte_mlp",
        question="De cada 100 pesos de um bloco do GPT-2, quantos são do MLP?",
        answer=67,
        low=0,
        high=100,
        near=5,
        said=(
            "Na mosca.",
            "Perto: a conta exata é dois terços.",
            "A atenção leva a fama, mas tem quatro matrizes d × d; o MLP tem duas de d × 4d.",
        ),
        lesson_learned="São 8d² do MLP contra 4d² da atenção: dois terços.",
    ),
    Prediction(
        id="07.identidade",
        question="Atenção e MLP escrevem só zeros. Em que bloco a saída é igual à entrada?",
        options=("No de norma antes", "No de norma depois", "Nos dois", "Em nenhum"),
        answer=0,
        comments=(
            "Isso: nada toca a estrada do fluxo além das somas.",
            "Com a norma depois, o que sai ainda passa por ela, com zeros ou sem.",
            "Siga a estrada do fluxo com o dedo: num dos dois há uma norma no caminho.",
            "Somar zero não muda nada. Em qual dos dois a soma é tudo o que acontece?",
        ),
        lesson_learned="Norma antes: x + 0 + 0 = x. Norma depois: o fluxo sai normalizado.",
    ),
    Prediction(
        id="07.que_falta",
        question="Todos treinam o mesmo tanto. Tirar qual peça piora mais a perda?",
        options=(
            "A atenção",
            "O MLP",
            "As posições",
            "As normas dos blocos",
            "As conexões residuais",
        ),
        answer=4,
        comments=(
            "É a peça mais famosa, e fez muita falta. Outra ausência fez mais.",
            "Fez falta. Outra ausência fez mais.",
            "Fez falta, mas a máscara causal já diz alguma coisa sobre a ordem.",
            "Neste ensaio, de duas camadas, quase não se notou. Outra ausência fez muito mais.",
            "Foi a pior nas três sementes, e também a que mais variou entre elas.",
        ),
        lesson_learned="Sem as conexões residuais, a perda foi a pior nas três sementes.",
    ),
    Prediction(
        id="07.gpt2_total",
        question="Quantos milhões de parâmetros tem o GPT-2 pequeno?",
        answer=124,
        low=1,
        high=2000,
        near=15,
        said=(
            "Na mosca.",
            "Perto. Se você disse 117, leu o artigo: o número de lá estava errado.",
            "Longe. Conte: 12 blocos de 7 milhões e uma tabela de 39 milhões.",
        ),
        lesson_learned="São 124 439 808.",
    ),
    Prediction(
        id="07.cabecas_camadas",
        question="Com o mesmo número de parâmetros, o que baixa mais a perda no nosso ensaio?",
        options=("Mais camadas, mais estreitas", "Menos camadas, mais largas", "Tanto faz"),
        answer=1,
        comments=(
            "Os modelos famosos têm muitas camadas, mas também são largos e treinam muito mais. "
            "O nosso é pequeno, e o treino é curto.",
            "Foi o que o ensaio mediu, com o nosso tamanho e o nosso tempo.",
            "Entre uma e duas camadas, as faixas se cobrem; entre uma e quatro, não.",
        ),
        lesson_learned="Vale para este tamanho e este tempo de treino, e só.",
    ),
    Prediction(
        id="07.so_wo",
        question=(
            "Um modelo treinado em português vai ler inglês. Ajustando só as matrizes W_O, quanto "
            "se recupera do que se recuperaria ajustando tudo?"
        ),
        options=("Quase nada", "Uma parte", "Tudo, ou mais"),
        answer=1,
        comments=(
            "W_O escreve em todo o fluxo. Mexer nela muda o que as partes seguintes leem.",
            "Foi o que se mediu: pouco mais de um terço.",
            "Com menos de um décimo dos números soltos, seria uma pechincha.",
        ),
        lesson_learned="Uma parte do ganho, com menos de um décimo dos números soltos.",
    ),
)
