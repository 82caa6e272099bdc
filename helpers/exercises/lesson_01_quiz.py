"""Quiz que fecha a lição 01: uma explicação para cada alternativa."""

from helpers.exercises.catalog import Option, Question

QUIZ = (
    Question(
        "01.q_empate",
        "Duas bibliotecas treinam BPE em `banana`. Uma obtém `b a na na`, a outra `b an an a`. "
        "Qual delas errou?",
        (
            Option(
                "A segunda: `na` é o par mais frequente.",
                "`na` aparece duas vezes, e `an` também. A contagem não favorece nenhum dos dois.",
            ),
            Option(
                "Nenhuma: elas desempatam de modos diferentes.",
                "`an` e `na` empatam em 2, e o algoritmo não diz quem vence. As duas "
                "respostas são legítimas, desde que a regra esteja escrita e não mude.",
                right=True,
            ),
            Option(
                "A primeira: vale o par que aparece antes.",
                "“O visto primeiro” é uma regra possível, não é parte do algoritmo. Outras regras "
                "são igualmente válidas.",
            ),
            Option(
                "As duas: o certo é `banana` inteira.",
                "A palavra inteira aparece se o treino continuar até o fim. As duas respostas "
                "mostram o mesmo momento: depois de fundir o que se repete.",
            ),
        ),
    ),
    Question(
        "01.q_treinar",
        "Chega um texto novo a um tokenizador já treinado. O que ele faz com os pares desse texto?",
        (
            Option(
                "Conta os pares e funde os mais frequentes.",
                "Isso é treinar. Se cada texto refizesse a contagem, cada um teria o seu "
                "vocabulário, e o modelo não reconheceria os ids.",
            ),
            Option(
                "Procura o maior pedaço do vocabulário que caiba.",
                "Outros tokenizadores fazem assim, como o WordPiece. O BPE repete as fusões na "
                "ordem do treino, e o resultado pode ser diferente.",
            ),
            Option(
                "Aplica as fusões aprendidas, da mais antiga para a mais nova.",
                "Codificar não conta nada: a lista ordenada de fusões basta.",
                right=True,
            ),
            Option(
                "Acrescenta ao vocabulário as palavras que não conhecia.",
                "O vocabulário fica fechado no fim do treino. Palavra nova se escreve com os "
                "pedaços que já existem, e no limite com os 256 bytes.",
            ),
        ),
    ),
    Question(
        "01.q_bytes",
        "Um gerador escreve um token e, na tela, surge `�`. O que aconteceu?",
        (
            Option(
                "O token guarda parte de uma letra; falta o resto dela.",
                "O BPE funde bytes e pode cortar um `ã` ao meio. Com o token seguinte, a "
                "letra se completa.",
                right=True,
            ),
            Option(
                "O tokenizador não conhece essa letra.",
                "Um BPE de bytes conhece todas: qualquer letra se escreve com os 256 bytes, e por "
                "isso ele nem precisa de `<unk>`.",
            ),
            Option(
                "A codificação perdeu informação.",
                "Nada se perdeu: os bytes estão todos na sequência. Só não dá para mostrar meia "
                "letra.",
            ),
            Option(
                "O arquivo do vocabulário está corrompido.",
                "Seria motivo de susto, mas um token com meia letra é normal em texto com acentos. "
                "Decodifique a sequência inteira e confira.",
            ),
        ),
    ),
    Question(
        "01.q_espaco",
        "Por que `pão` no começo da frase e `pão` no meio dela podem virar tokens diferentes?",
        (
            Option(
                "Porque o modelo entende que a função na frase mudou.",
                "O tokenizador não lê frases nem funções: ele só vê bytes. A diferença está nos "
                "próprios bytes.",
            ),
            Option(
                "Porque o tokenizador sorteia entre cortes possíveis.",
                "O BPE desta lição não sorteia nada: os mesmos bytes dão sempre os mesmos tokens.",
            ),
            Option(
                "Porque no começo da frase a palavra é mais frequente.",
                "A frequência só conta no treino. Na hora de codificar, o que muda entre os dois é "
                "um byte.",
            ),
            Option(
                "Porque no meio ela leva consigo o espaço da frente.",
                "No meio da frase os bytes são `·pão`, com o espaço. Para o tokenizador é "
                "outra sequência.",
                right=True,
            ),
        ),
    ),
    Question(
        "01.q_vocabulario",
        "Você dobra o vocabulário do tokenizador. O que isso muda no modelo?",
        (
            Option(
                "A sequência cai pela metade e o resto fica igual.",
                "Ela encurta bem menos que isso: as fusões mais úteis já tinham sido feitas. E o "
                "resto não fica igual, porque a tabela de vetores cresce.",
            ),
            Option(
                "As sequências encurtam um pouco e a tabela `W_E` dobra de altura.",
                "Cada token novo custa uma linha de `W_E`, e cada dobra encurta menos que a "
                "anterior. É uma troca.",
                right=True,
            ),
            Option(
                "O modelo passa a entender mais palavras.",
                "Ele já podia escrever todas, em pedaços menores. Ter um token para a palavra não "
                "ensina o que ela significa.",
            ),
            Option(
                "Nada: o tamanho do vocabulário só importa no treino do tokenizador.",
                "O modelo guarda um vetor para cada id e calcula uma probabilidade para cada um. O "
                "tamanho entra nas contas dele o tempo todo.",
            ),
        ),
    ),
    Question(
        "01.q_significado",
        "Dois tokens têm ids vizinhos, 300 e 301. O que isso diz sobre o significado deles?",
        (
            Option(
                "Que são parecidos: números próximos, sentidos próximos.",
                "O id é um endereço. Casas vizinhas na rua não têm moradores parecidos por isso; "
                "trocar todos os ids por outros não mudaria nada.",
            ),
            Option(
                "Que o 301 é um pouco mais importante.",
                "O id não é uma quantidade. Ele só diz em que ordem as fusões foram aprendidas.",
            ),
            Option(
                "Nada: só que uma fusão foi aprendida logo depois da outra.",
                "O BPE olha frequências, nunca sentidos. O significado começa na lição 02, "
                "com os vetores de `W_E`.",
                right=True,
            ),
            Option(
                "Que aparecem sempre juntos no texto.",
                "Ids vizinhos têm frequências parecidas no treino, mas os dois tokens podem nunca "
                "se encontrar na mesma frase.",
            ),
        ),
    ),
)
