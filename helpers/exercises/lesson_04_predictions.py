"""Palpites da lição 04: o que se pergunta antes de cada experimento."""

from helpers.exercises.catalog import Prediction

PREDICTIONS = (
    Prediction(
        id="04.quantos_scores",
        question=(
            "`banana` virou quatro tokens. Cada um pergunta a todos, e a si mesmo. Quantos scores "
            "são?"
        ),
        answer=16,
        low=1,
        high=64,
        near=4,
        said=(
            "Na mosca.",
            "Perto: monte a tabela, uma linha por pergunta e uma coluna por resposta.",
            "Longe: são 4 perguntas, e cada uma recebe 4 respostas.",
        ),
        lesson_learned="Quatro linhas, quatro colunas. A tabela cresce com o quadrado do texto.",
    ),
    Prediction(
        id="04.todos_iguais",
        question="Os três scores de uma linha são −50. Quanto soma a linha depois do softmax?",
        options=("Quase zero", "Um", "Um terço", "Depende da consulta"),
        answer=1,
        comments=(
            "−50 parece dizer que nada interessa. Mas o softmax só olha as diferenças, e elas são "
            "zero.",
            "O softmax não sabe dizer “nenhum”.",
            "Um terço é o peso de cada uma das três; a pergunta era sobre a soma.",
            "A consulta já está dentro dos scores; a soma de uma linha não depende de mais nada.",
        ),
        lesson_learned="A linha soma sempre 1: quem não acha o que procura lê assim mesmo.",
    ),
    Prediction(
        id="04.mil",
        question="O que o softmax escrito sem cuidado faz com os scores 1000 e 999, no PyTorch?",
        options=("Devolve 1 e 0", "Para com um erro", "Devolve nan", "Devolve 0,731 e 0,269"),
        answer=2,
        comments=(
            "Seria o caso se a distância fosse grande. Ela é 1, a mesma de 1 e 0.",
            "O `math.exp` do Python para; o PyTorch segue em frente com infinito.",
            "Infinito dividido por infinito.",
            "Essa é a resposta certa da conta. O computador não chega a ela sem um truque.",
        ),
        lesson_learned="`exp(1000)` é infinito em ponto flutuante, e `inf / inf` não tem valor.",
    ),
    Prediction(
        id="04.sem_raiz",
        question=(
            "16 chaves sorteadas, largura 64, scores **sem** dividir por √64. Que parte do peso "
            "fica, em média, com a chave vencedora?"
        ),
        options=("Perto de 1/16", "Perto de um quarto", "Perto da metade", "Mais de 80 %"),
        answer=3,
        comments=(
            "1/16 seria a divisão igual. Os scores teriam de ser quase iguais.",
            "É o que sobra **com** a divisão pela raiz.",
            "Metade já seria muita concentração, e ainda é pouco.",
            "Uma chave só decide quase tudo, antes de qualquer treino.",
        ),
        lesson_learned="O desvio dos scores é 8; a diferença entre o maior e o segundo é grande.",
    ),
    Prediction(
        id="04.zero_no_score",
        question="Para esconder o futuro, alguém põe **zero nos scores** dele. O que acontece?",
        options=(
            "O futuro fica com peso zero",
            "O futuro fica com peso positivo",
            "A linha vira nan",
            "A linha deixa de somar 1",
        ),
        answer=1,
        comments=(
            "É a ideia natural. Mas quem vem depois é a exponencial, e exp(0) é 1.",
            "Score zero não quer dizer “não olhe”.",
            "nan aparece quando a linha inteira é proibida, com menos infinito.",
            "O softmax vem depois e conserta a soma; o problema é quem recebeu o peso.",
        ),
        lesson_learned="`exp(0)` é 1: zero é um score como os outros. Só −∞ dá peso zero.",
    ),
    Prediction(
        id="04.arestas",
        question=(
            "Seis tokens, máscara causal, e cada um também lê a si mesmo. Quantas setas tem o "
            "grafo?"
        ),
        answer=21,
        low=1,
        high=60,
        near=6,
        said=(
            "Na mosca.",
            "Perto: some uma linha de cada vez, 1 + 2 + 3 + …, e não se esqueça das diagonais.",
            "Longe: a linha i da tabela tem i casas permitidas.",
        ),
        lesson_learned="1 + 2 + 3 + 4 + 5 + 6: a metade de baixo da tabela, com a diagonal.",
    ),
    Prediction(
        id="04.alcance",
        question=(
            "Antes de qualquer treino, quanto a última saída sente uma mudança no **primeiro** "
            "token, quando o texto passa de 4 para 64 tokens?"
        ),
        options=(
            "Na GRU e na atenção, igualmente menos",
            "Na GRU quase nada; na atenção, umas 20 vezes menos",
            "Na atenção não muda nada",
            "Na GRU mais, porque ela tem memória",
        ),
        answer=1,
        comments=(
            "As duas sentem menos, mas por motivos e em velocidades bem diferentes.",
            "A atenção reparte o peso por todos; a GRU encolhe a cada passo.",
            "Ela alcança em um passo, mas reparte o peso: com mais gente, cabe menos a cada um.",
            "A memória de uma GRU recém-criada vaza a cada passo.",
        ),
        lesson_learned="Repartir por N encolhe devagar; multiplicar N vezes encolhe depressa.",
    ),
    Prediction(
        id="04.dobro",
        question="O texto dobra de tamanho. Por quanto se multiplica a tabela de scores?",
        answer=4,
        low=1,
        high=16,
        near=2,
        said=(
            "Na mosca.",
            "Quase: dobram as linhas **e** dobram as colunas.",
            "Desenhe um quadrado de lado 1 e um de lado 2.",
        ),
        lesson_learned="O dobro de linhas e o dobro de colunas: quatro vezes mais casas.",
    ),
)
