"""Quiz que fecha a lição 07: uma explicação para cada alternativa."""

from helpers.exercises.catalog import Option, Question

QUIZ = (
    Question(
        "07.q_mlp",
        "Troca-se a ordem de duas posições na entrada do MLP. O que acontece com a saída?",
        (
            Option(
                "As mesmas duas linhas trocam de lugar, e nada mais muda.",
                "O MLP trata cada posição sozinha, com os mesmos pesos.",
                right=True,
            ),
            Option(
                "Todas as linhas mudam um pouco.",
                "Isso seria verdade se uma posição lesse a outra. Quem faz isso é a atenção.",
            ),
            Option(
                "Nada muda.",
                "A saída tem uma linha por posição: se as entradas trocam, as saídas trocam.",
            ),
            Option(
                "Depende da máscara.",
                "O MLP não tem máscara: não há o que esconder de quem só lê a própria linha.",
            ),
        ),
    ),
    Question(
        "07.q_norma",
        "O que distingue o bloco de norma antes do de norma depois?",
        (
            Option(
                "O de norma antes tem menos normas.",
                "Os dois têm duas por bloco. Com a norma antes, o decoder ainda leva uma no fim.",
            ),
            Option(
                "No primeiro a norma fica fora da estrada do fluxo; no segundo, em cima dela.",
                "Por isso o primeiro é uma soma do começo ao fim, e o segundo não.",
                right=True,
            ),
            Option(
                "No de norma antes, o MLP vem antes da atenção.",
                "“Antes” fala da norma. A atenção vem primeiro nos dois.",
            ),
            Option(
                "São a mesma conta escrita de dois jeitos.",
                "Com os mesmos pesos, as saídas foram diferentes.",
            ),
        ),
    ),
    Question(
        "07.q_logits",
        "O modelo leu 12 tokens de um vocabulário de 1000. Quantos logits saem?",
        (
            Option(
                "1000: um por token do vocabulário.",
                "Isso é o que se usa para escrever o próximo. Mas cada posição tem a sua aposta.",
            ),
            Option("12: um por posição.", "Em cada posição há uma aposta para cada token."),
            Option(
                "12 000: mil em cada posição.",
                "No treino todas as linhas servem; para gerar, usa-se a última.",
                right=True,
            ),
            Option(
                "Um só: o do token escolhido.",
                "Escolher vem depois, na lição 08. O modelo dá a tabela toda.",
            ),
        ),
    ),
    Question(
        "07.q_amarrar",
        "O que quer dizer que a saída do GPT-2 é amarrada à entrada?",
        (
            Option(
                "W_U começa igual a W_E transposta e depois cada uma segue o seu caminho.",
                "Seriam duas tabelas. Amarradas, são uma: o que o treino muda numa, muda na outra.",
            ),
            Option(
                "W_U é W_E transposta: os mesmos números, usados duas vezes.",
                "No GPT-2 pequeno isso poupa 38 597 376 parâmetros, e nenhuma multiplicação.",
                right=True,
            ),
            Option(
                "Os logits são calculados sem multiplicar por nada.",
                "A multiplicação continua, e é uma das maiores. O que se poupa é memória.",
            ),
            Option(
                "O token de saída tem de estar na entrada.",
                "Amarrar é usar duas vezes a mesma tabela, e não o mesmo texto.",
            ),
        ),
    ),
    Question(
        "07.q_ensaio",
        "Três sementes deram 2,16, 2,20 e 2,14 com uma peça, e 2,18, 2,15 e 2,19 sem ela. E agora?",
        (
            Option(
                "A peça ajuda: a melhor perda, 2,14, é com ela.",
                "A melhor de três é a que teve mais sorte. Compare os grupos inteiros.",
            ),
            Option(
                "A peça não serve para nada.",
                "Com outro tamanho, outro texto ou mais treino, a conta pode mudar.",
            ),
            Option(
                "A diferença cabe dentro do espalhamento: este ensaio não decide.",
                "As duas faixas se cobrem. Dizer “não sei” também é um resultado.",
                right=True,
            ),
            Option(
                "Uma das contas está errada: deviam dar igual.",
                "Sementes diferentes dão pesos iniciais diferentes. O espalhamento é esperado.",
            ),
        ),
    ),
    Question(
        "07.q_mascara",
        "No Transformer original, de encoder e decoder, que atenção tem máscara causal?",
        (
            Option(
                "Todas as três.",
                "O encoder lê o texto todo, e a atenção cruzada também pode ler todo o encoder.",
            ),
            Option(
                "Só a do decoder com ele mesmo.",
                "É a única em que existe um futuro a esconder.",
                right=True,
            ),
            Option(
                "Só a cruzada.",
                "O texto de origem já está escrito: não há futuro nele.",
            ),
            Option("Nenhuma.", "Sem máscara, o decoder leria a resposta durante o treino."),
        ),
    ),
)
