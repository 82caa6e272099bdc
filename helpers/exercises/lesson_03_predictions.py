"""Palpites da lição 03."""

from helpers.exercises.catalog import Prediction

PREDICTIONS = (
    Prediction(
        id="03.simetria",
        question=(
            "Vamos comparar os vetores entre si, sem transformá-los. Se o número de `entregou` "
            "para `João` for 5, qual será o de `João` para `entregou`?"
        ),
        options=("Também 5", "−5", "Não dá para saber"),
        answer=0,
        comments=(
            "É a mesma soma de produtos, na outra ordem.",
            "O sinal não muda: trocar a ordem dos fatores não muda o produto.",
            "Dá: multiplicar número a número e somar não depende de quem vem primeiro.",
        ),
        lesson_learned="Sem projeções, a comparação é simétrica: quem é lido lê de volta.",
    ),
    Prediction(
        id="03.score_joao",
        question=(
            "A consulta de `entregou` é (2, 1) e a chave de `João` é (3, 0). Qual é o score, antes "
            "de dividir por qualquer coisa?"
        ),
        answer=6,
        low=0,
        high=20,
        near=1,
        said=("Conta certa.", "Quase: são dois produtos.", "São dois produtos: 2·3 e 1·0."),
        lesson_learned="2·3 + 1·0 = 6.",
    ),
    Prediction(
        id="03.norma",
        question=(
            "Multiplicamos a chave de `O` por 10, sem mudar a direção dela. O que acontece com o "
            "peso que `entregou` dá a `O`?"
        ),
        options=("Fica igual: a direção não mudou", "Cai", "Passa na frente de todos"),
        answer=2,
        comments=(
            "Seria assim se a medida fosse o ângulo. O produto escalar olha também o tamanho.",
            "O score com `O` era positivo; multiplicado por 10, só pode subir.",
            "Com a mesma direção e dez vezes o tamanho, o score é dez vezes maior.",
        ),
        lesson_learned="O score não é uma medida de parecença: o tamanho da chave conta.",
    ),
    Prediction(
        id="03.dv",
        question=(
            "Uma cabeça com `d_head = 3` e `d_value = 5`. O que acontece quando ela roda numa "
            "frase de 4 posições?"
        ),
        options=(
            "Dá erro: as larguras precisam ser iguais",
            "Roda, e a saída tem 5 números por posição",
            "Roda, e a saída tem 3 números por posição",
        ),
        answer=1,
        comments=(
            "Consulta e chave se encontram num produto e precisam ter a mesma largura. O valor não "
            "participa dele.",
            "A saída é uma média de valores.",
            "O 3 some no produto escalar; a saída é feita de valores.",
        ),
        lesson_learned="A largura do valor é livre.",
    ),
    Prediction(
        id="03.menos_cinquenta",
        question=(
            "Uma posição recebe −50 como score de todas as que ela pode ler: nenhuma interessa. "
            "Quanto somam os pesos dela?"
        ),
        options=("Quase 0", "1", "−50 vezes o número de posições"),
        answer=1,
        comments=(
            "Bem que se gostaria. Mas o softmax só compara os scores entre si.",
            "Se todos são iguais, repartem por igual.",
            "Score não é peso: entre um e outro há o softmax, que só dá números positivos.",
        ),
        lesson_learned="Os pesos somam 1 sempre: ninguém pode deixar de ler.",
    ),
    Prediction(
        id="03.primeiro",
        question="E o primeiro da fila, que não tem ninguém atrás: de quem ele lê?",
        options=("De ninguém", "De si mesmo", "Do último da fila"),
        answer=1,
        comments=(
            "Os pesos precisam somar 1, e sobra alguém que ele pode ler.",
            "A própria posição está sempre entre as permitidas.",
            "O último está à frente dele, e ainda nem foi escrito.",
        ),
        lesson_learned="Quem pergunta também se lê; o primeiro só tem a si.",
    ),
    Prediction(
        id="03.qual_tensor",
        question="No modelo do curso, que vetor a primeira camada multiplica por `W_Q`?",
        options=(
            "O embedding do token",
            "O embedding do token mais o da posição",
            "Essa soma, depois de normalizada",
        ),
        answer=2,
        comments=(
            "Falta a posição, e falta mais um passo.",
            "É o que está no fluxo residual, mas ainda há um passo antes de `W_Q`.",
            "A norma vem antes da projeção.",
        ),
        lesson_learned="Entra em `W_Q` o fluxo depois da norma, em todas as camadas.",
    ),
)
