"""Quiz que fecha a lição 08: uma explicação para cada alternativa."""

from helpers.exercises.catalog import Option, Question

QUIZ = (
    Question(
        "08.q_guloso",
        "Um gerador escreve sempre o mesmo texto a partir do mesmo começo. O que se pode concluir?",
        (
            Option(
                "Ele sorteia com a mesma semente, ou não sorteia.",
                "As duas coisas dão o mesmo efeito. Troque a semente algumas vezes: se o texto "
                "nunca muda, desconfie da escolha gulosa.",
                right=True,
            ),
            Option(
                "O modelo decorou o texto do treino.",
                "Um modelo que decorou também pode ser sorteado, e variar. O que se repete aqui é "
                "a escolha, não a memória.",
            ),
            Option(
                "A temperatura está alta demais.",
                "Temperatura alta espalha as escolhas: os textos variam mais, não menos.",
            ),
            Option(
                "O cache está guardando a resposta de antes.",
                "O cache guarda chaves e valores de uma leitura. Ele não guarda escolhas, e cada "
                "texto começa o seu.",
            ),
        ),
    ),
    Question(
        "08.q_temperatura",
        "O que a temperatura divide?",
        (
            Option(
                "As probabilidades, que depois são renormalizadas.",
                "Dividir todas pelo mesmo número e renormalizar não muda nada.",
            ),
            Option(
                "Os logits, antes do softmax.",
                "Por isso as razões entre probabilidades viram potências: com T = 0,5, quadrados.",
                right=True,
            ),
            Option(
                "O número de candidatos.",
                "Isso é o top-k. A temperatura não descarta ninguém: só muda as proporções.",
            ),
            Option(
                "Os pesos do modelo.",
                "Os pesos não mudam na geração. O mesmo modelo serve a todas as temperaturas.",
            ),
        ),
    ),
    Question(
        "08.q_renormalizar",
        "Depois de um top-k, as probabilidades que sobraram somam 0,42. O que falta?",
        (
            Option(
                "Nada: sorteia-se assim mesmo.",
                "Em 58 de cada 100 sorteios a agulha cairia fora da régua. É preciso que somem 1.",
            ),
            Option(
                "Aumentar k até que a soma chegue a 1.",
                "Isso desfaz o corte. O que se quer é repartir a régua entre os que ficaram.",
            ),
            Option(
                "Dividir cada uma por 0,42.",
                "As proporções entre os que ficaram se mantêm, e a soma volta a 1. É o que o "
                "softmax faz quando os descartados valem −∞.",
                right=True,
            ),
            Option(
                "Somar 0,58 à maior.",
                "A soma daria 1, mas as proporções entre os candidatos mudariam sem motivo.",
            ),
        ),
    ),
    Question(
        "08.q_adapta",
        "Em que top-p e top-k diferem?",
        (
            Option(
                "Top-p guarda mais tokens quando o modelo está em dúvida; top-k guarda sempre k.",
                "É por isso que um mesmo p serve a contextos diferentes, e um mesmo k, nem sempre.",
                right=True,
            ),
            Option(
                "Top-p sorteia e top-k não.",
                "Nenhum dos dois sorteia: ambos cortam, e o sorteio vem depois.",
            ),
            Option(
                "Top-p olha os logits e top-k as probabilidades.",
                "É quase o contrário: para o top-k basta a ordem dos logits; o top-p precisa somar "
                "probabilidades.",
            ),
            Option(
                "Top-p é sempre mais restritivo.",
                "Depende do contexto. Depois de `um`, p = 0,9 guardou mais tokens que k = 10.",
            ),
        ),
    ),
    Question(
        "08.q_ordem",
        "Duas bibliotecas usam T = 2 e p = 0,9. Uma corta antes da temperatura, a outra depois. "
        "Sai a mesma distribuição?",
        (
            Option(
                "Sim: as duas operações comutam.",
                "Experimente na Mesa de sorteio. A temperatura muda as somas que o top-p mede.",
            ),
            Option(
                "Não: depois da temperatura alta, mais tokens cabem nos 0,9.",
                "Com a distribuição mais espalhada é preciso juntar mais tokens para somar 0,9.",
                right=True,
            ),
            Option(
                "Sim, desde que a semente seja a mesma.",
                "A semente decide onde a agulha cai. A régua já é outra.",
            ),
            Option(
                "Não: cortar antes deixa mais tokens.",
                "É o contrário quando T passa de 1: antes, a distribuição está mais concentrada.",
            ),
        ),
    ),
    Question(
        "08.q_calibrado",
        "O modelo dá 0,7 a um token. Ele está calibrado se…",
        (
            Option(
                "esse token sair em 7 de cada 10 sorteios.",
                "Isso só diz que o sorteio funciona. A calibração compara o modelo com o texto de "
                "verdade.",
            ),
            Option(
                "entre os casos em que ele diz 0,7, acertar perto de 7 em cada 10.",
                "É uma propriedade de muitos casos juntos. De um caso só não se pode dizer nada.",
                right=True,
            ),
            Option(
                "0,7 for a maior probabilidade da posição.",
                "Ser a maior não diz se o número merece confiança.",
            ),
            Option(
                "a perda for baixa.",
                "Perda baixa ajuda, mas um modelo pode acertar muito e ainda assim dizer "
                "probabilidades exageradas.",
            ),
        ),
    ),
    Question(
        "08.q_cache",
        "Por que o cache KV pode guardar chaves e valores sem errar?",
        (
            Option(
                "Porque a diferença é pequena demais para mudar o texto.",
                "Não há diferença a desprezar: os números são os mesmos.",
            ),
            Option(
                "Porque a máscara impede que um token novo mude as posições anteriores.",
                "Cada posição só olha para trás. O que ela calculou não depende do que vem depois.",
                right=True,
            ),
            Option(
                "Porque o modelo para de prestar atenção nos tokens antigos.",
                "É o contrário: as chaves e os valores antigos ficam guardados para consulta.",
            ),
            Option(
                "Porque as consultas não mudam.",
                "Cada token novo traz a sua consulta. É justamente ela que não se guarda.",
            ),
        ),
    ),
)
