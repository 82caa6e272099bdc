"""Quiz que fecha a lição 06: uma explicação para cada alternativa."""

from helpers.exercises.catalog import Option, Question

QUIZ = (
    Question(
        "06.q_nomes",
        "Qual é a diferença entre conexão residual e fluxo residual?",
        (
            Option(
                "Nenhuma: são dois nomes da mesma coisa.",
                "Muitos textos os trocam. Um é o que se faz, o outro é o que se tem.",
            ),
            Option(
                "A conexão é a soma; o fluxo é o vetor que passa por todas as somas.",
                "Uma é a operação, o outro é o estado que ela alimenta.",
                right=True,
            ),
            Option(
                "A conexão liga camadas distantes; o fluxo liga as vizinhas.",
                "A conexão salta exatamente uma subcamada: soma a entrada dela à saída dela.",
            ),
            Option(
                "A conexão é da atenção; o fluxo é do MLP.",
                "Os dois escrevem no mesmo fluxo, cada um com a sua soma.",
            ),
        ),
    ),
    Question(
        "06.q_norma",
        "Somamos 100 a todos os números de um vetor e o passamos pela LayerNorm. O que muda?",
        (
            Option(
                "A saída aumenta 100.", "A média também aumentou 100, e ela é subtraída de todos."
            ),
            Option(
                "Nada.", "A média sobe 100 e é subtraída; o desvio continua o mesmo.", right=True
            ),
            Option(
                "A saída fica menor.",
                "O desvio não muda quando se soma uma constante a todos os números.",
            ),
            Option(
                "Depende de `eps`.",
                "`eps` só entra na divisão, e a variância é a mesma de antes.",
            ),
        ),
    ),
    Question(
        "06.q_soma",
        "Em qual bloco o fluxo final é exatamente o embedding mais a soma de tudo o que se "
        "escreveu?",
        (
            Option(
                "No que tem a norma antes de cada parte.",
                "O caminho da soma não passa por norma nenhuma.",
                right=True,
            ),
            Option(
                "No que tem a norma depois de cada soma.",
                "Ali o fluxo inteiro é reescalado depois de cada soma, e as parcelas antigas "
                "encolhem.",
            ),
            Option(
                "Nos dois.",
                "Com a norma depois da soma, a conta não fecha: você mediu o erro nesta lição.",
            ),
            Option(
                "No que não tem conexão residual.",
                "Sem ela cada parte substitui o fluxo, e não há soma nenhuma.",
            ),
        ),
    ),
    Question(
        "06.q_conserva",
        "Cada linha do padrão de atenção soma 1. O que isso garante?",
        (
            Option(
                "Que a informação se conserva de um token para outro.",
                "A origem fica com o seu valor, e ele pode ser copiado por muitas posições ou por "
                "nenhuma.",
            ),
            Option(
                "Que cada token envia, no total, peso 1.",
                "Somam 1 as linhas, de quem recebe. As colunas podem somar qualquer coisa.",
            ),
            Option(
                "Que a saída é uma média ponderada dos valores.",
                "Pesos positivos que somam 1 dão uma média. A garantia acaba aí.",
                right=True,
            ),
            Option(
                "Que todas as origens contribuem.",
                "Um peso pode ser praticamente zero, e um valor pode ser minúsculo.",
            ),
        ),
    ),
    Question(
        "06.q_lente",
        "A lente logit mostra `·para` com 40 % no meio do modelo. O que se pode dizer?",
        (
            Option(
                "O modelo já decidiu por `·para` naquela camada.",
                "A lente é uma leitura nossa. As camadas seguintes ainda vão escrever.",
            ),
            Option(
                "Se o modelo acabasse ali, com a mesma norma final, daria 40 % a `·para`.",
                "É exatamente o que a conta faz, e nada além disso.",
                right=True,
            ),
            Option(
                "40 % das cabeças escrevem `·para`.",
                "A porcentagem é uma probabilidade de token, e não uma contagem de cabeças.",
            ),
            Option(
                "O token `·para` está 40 % presente no fluxo.",
                "O fluxo é um vetor: tokens não ocupam fatias dele.",
            ),
        ),
    ),
    Question(
        "06.q_congelada",
        "Na divisão do logit, uma cabeça aparece com +2. O que acontece se ela for desligada?",
        (
            Option(
                "O logit cai exatamente 2.",
                "Só com a norma congelada e as outras partes paradas. Desligada a cabeça, a escala "
                "muda e quem lia o que ela escreveu também muda.",
            ),
            Option(
                "O logit sobe 2.",
                "Ela escrevia a favor. Mas nem a queda exata está garantida.",
            ),
            Option(
                "Nada, porque a soma é fixa.",
                "A soma perde uma parcela, e as parcelas das camadas seguintes podem mudar.",
            ),
            Option(
                "É preciso medir: a divisão descreve este texto, não o que aconteceria sem ela.",
                "Para isso serve a ablação. As duas medidas se completam.",
                right=True,
            ),
        ),
    ),
)
