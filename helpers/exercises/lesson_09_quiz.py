"""Quiz que fecha a lição 09: uma explicação para cada alternativa."""

from helpers.exercises.catalog import Option, Question

QUIZ = (
    Question(
        "09.q_inicio",
        "Um modelo de 50 257 tokens começa o treino com perda 35. O que isso diz?",
        (
            Option(
                "Nada: toda perda começa alta.",
                "Ela deveria começar perto de log 50 257, que é 10,8, longe de 35.",
            ),
            Option(
                "Ele está seguro e errado antes de aprender: os pesos iniciais são grandes demais.",
                "Perda acima de log V quer dizer apostas altas nos tokens errados. Encolha os "
                "pesos iniciais.",
                right=True,
            ),
            Option(
                "Faltam tokens no vocabulário.",
                "O tamanho do vocabulário muda log V, mas não leva ninguém a 35.",
            ),
            Option(
                "A taxa de aprendizado está alta.",
                "No primeiro passo nenhum peso mudou ainda. A taxa não agiu.",
            ),
        ),
    ),
    Question(
        "09.q_forca",
        "Por que se pode treinar todas as posições de um texto em uma leitura só?",
        (
            Option(
                "Porque os alvos são sorteados.",
                "Os alvos são o próprio texto, deslocado de um. Nada é sorteado.",
            ),
            Option(
                "Porque a máscara esconde de cada posição o que vem depois, inclusive o alvo dela.",
                "Cada posição responde como se o texto acabasse nela. Uma leitura vale por muitas.",
                right=True,
            ),
            Option(
                "Porque o modelo lê o que ele mesmo escreveu.",
                "Isso é a geração. No treino ele lê sempre o texto verdadeiro, mesmo que tenha "
                "errado na posição anterior.",
            ),
            Option(
                "Porque o softmax normaliza as posições juntas.",
                "O softmax dos logits normaliza tokens, dentro de uma posição.",
            ),
        ),
    ),
    Question(
        "09.q_abaixo",
        "A entropia da fonte é 0,5 nat por token. Um modelo mede 0,2 em texto novo. O que fazer?",
        (
            Option(
                "Comemorar: ele superou o limite.",
                "Na média de muito texto novo, ninguém o supera sem ver a resposta.",
            ),
            Option(
                "Procurar um vazamento: máscara, alvo sem deslocar ou texto repetido do treino.",
                "Perda impossível pede conferência, e não festa.",
                right=True,
            ),
            Option(
                "Treinar mais, até 0.",
                "Treinar mais não conserta uma medida errada.",
            ),
            Option(
                "Aumentar o vocabulário.",
                "A régua por token muda, e a entropia por token muda junto. A contradição fica.",
            ),
        ),
    ),
    Question(
        "09.q_curvas",
        "No passo 1000 a perda do treino cai e a do texto separado sobe. O que está acontecendo?",
        (
            Option(
                "O modelo está decorando o texto do treino.",
                "É o sobreajuste. Mais texto, menos passos ou um modelo menor ajudam.",
                right=True,
            ),
            Option(
                "A taxa de aprendizado zerou.",
                "Com taxa zero nenhuma das duas curvas se mexeria.",
            ),
            Option(
                "O texto separado é de outra língua.",
                "Então a perda nele seria alta desde o começo. O que se vê é ela cair e depois "
                "subir.",
            ),
            Option(
                "É normal: as duas sempre se afastam.",
                "Com texto de sobra elas descem juntas, como na curva do modelo do curso.",
            ),
        ),
    ),
    Question(
        "09.q_zero_grad",
        "Alguém esqueceu de zerar os gradientes antes de cada `backward`. O que acontece?",
        (
            Option(
                "O PyTorch para com um erro.",
                "Não para. Ele soma o gradiente novo ao que já estava guardado.",
            ),
            Option(
                "Os gradientes de todos os passos se somam, e o treino anda por uma direção velha.",
                "É um erro silencioso. Por isso o laço zera, calcula, corta e só então anda.",
                right=True,
            ),
            Option(
                "Nada: o otimizador zera sozinho.",
                "O otimizador só usa o que está em `grad`. Quem zera é o laço.",
            ),
            Option(
                "A perda fica igual em todos os passos.",
                "Os pesos mudam, e a perda também. Só que não pelo melhor caminho.",
            ),
        ),
    ),
    Question(
        "09.q_corte",
        "O que o corte do gradiente (`clip`) faz quando a norma passa do limite?",
        (
            Option(
                "Zera os gradientes grandes.",
                "Nenhum componente é zerado: todos encolhem na mesma proporção.",
            ),
            Option(
                "Encolhe o gradiente inteiro até a norma ser o limite; a direção não muda.",
                "Um lote estranho deixa de dar um salto, mas aponta para o mesmo lado.",
                right=True,
            ),
            Option(
                "Diminui a taxa de aprendizado do resto do treino.",
                "O corte vale só para aquele passo; a taxa segue a curva dela.",
            ),
            Option(
                "Descarta o lote.",
                "O lote é usado do mesmo jeito, só que com um passo mais curto.",
            ),
        ),
    ),
    Question(
        "09.q_assistente",
        "O seu modelo escreve histórias certas. Por que não responde a perguntas?",
        (
            Option(
                "Falta temperatura.",
                "A temperatura muda como se sorteia. Não põe no modelo o que ele nunca leu.",
            ),
            Option(
                "Ele só aprendeu a continuar textos como os do treino, e lá não há conversas.",
                "Um assistente começa assim, com muito mais texto, e depois é ajustado com "
                "exemplos de conversas.",
                right=True,
            ),
            Option(
                "O decoder não serve para conversar; seria preciso um encoder.",
                "Os assistentes de hoje são decoders. O que muda é o texto, o tamanho e o ajuste.",
            ),
            Option(
                "A perda dele é alta demais.",
                "Nas histórias ela está perto do limite. O que falta não se mede ali.",
            ),
        ),
    ),
)
