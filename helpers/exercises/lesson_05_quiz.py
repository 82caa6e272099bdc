"""Quiz que fecha a lição 05: uma explicação para cada alternativa."""

from helpers.exercises.catalog import Option, Question

QUIZ = (
    Question(
        "05.q_por_que",
        "Com `d_model` fixo, o que se ganha ao trocar uma cabeça larga por várias estreitas?",
        (
            Option(
                "Menos parâmetros e menos multiplicações.",
                "As duas contas dão o mesmo total: quatro vezes d_model ao quadrado de parâmetros, "
                "com qualquer número de cabeças.",
            ),
            Option(
                "Vários padrões diferentes para a mesma posição.",
                "Uma cabeça tem um softmax por linha, e esse softmax soma 1. Para olhar dois "
                "lugares por motivos diferentes é preciso outra cabeça.",
                right=True,
            ),
            Option(
                "Uma camada não linear a mais.",
                "Repartir não acrescenta função nenhuma. A não linearidade já estava no softmax.",
            ),
            Option(
                "A garantia de que uma cabeça cuidará da sintaxe.",
                "Nada garante o que uma cabeça vai aprender. O que ela faz se mede depois, com "
                "uma referência ao lado.",
            ),
        ),
    ),
    Question(
        "05.q_concat",
        "Concatenar as cabeças e multiplicar por `W_O` é o mesmo que…",
        (
            Option(
                "somar as saídas das cabeças e multiplicar por `W_O`.",
                "Somar antes misturaria coordenadas que têm donos diferentes. Cada cabeça usa as "
                "suas linhas de `W_O`.",
            ),
            Option(
                "tirar a média do que cada cabeça diz.",
                "Não há divisão por `h` em lugar nenhum. Duas cabeças que escrevem o mesmo "
                "escrevem em dobro.",
            ),
            Option(
                "multiplicar cada saída pela sua fatia de `W_O` e somar.",
                "É a mesma conta, agrupada de outro jeito. Por isso se pode falar do que "
                "*uma* cabeça escreve.",
                right=True,
            ),
            Option(
                "escolher, em cada posição, a melhor cabeça.",
                "Ninguém escolhe: todas escrevem em todas as posições, sempre.",
            ),
        ),
    ),
    Question(
        "05.q_reshape",
        "Sua atenção roda, as formas fecham e o resultado difere do PyTorch. O que olhar antes?",
        (
            Option(
                "O arredondamento em float32.",
                "Ele mexe na sexta ou sétima casa. Uma troca de eixo muda as primeiras.",
            ),
            Option(
                "A semente aleatória.",
                "Com os mesmos pesos não há sorteio: duas implementações certas coincidem.",
            ),
            Option(
                "O número de camadas.",
                "Um número errado de camadas muda tudo, mas apareceria na contagem de parâmetros. "
                "Há um suspeito mais discreto.",
            ),
            Option(
                "Um `view` ou `reshape` sem o `transpose` que devia vir junto.",
                "É o defeito que não avisa: a forma fica certa e os números trocam de dono.",
                right=True,
            ),
        ),
    ),
    Question(
        "05.q_posto",
        "Com `d_v = d_model / H`, onde está o posto baixo da atenção?",
        (
            Option(
                "Em `W_O`, que comprime a concatenação.",
                "A concatenação tem largura `d_model`, e `W_O` é quadrada. Em geral ela tem posto "
                "cheio e até inversa.",
            ),
            Option(
                "No produto `W_V W_O` de cada cabeça.",
                "Ele passa por `d_v` números, então seu posto é no máximo `d_v`. A soma das "
                "cabeças recupera o posto cheio.",
                right=True,
            ),
            Option(
                "No softmax, que soma 1.",
                "Somar 1 tira uma liberdade de cada linha do padrão. Não é isso que limita o "
                "que uma cabeça pode escrever.",
            ),
            Option(
                "Em lugar nenhum: todas as matrizes têm posto cheio.",
                "Cada matriz tem o maior posto que a sua forma permite, e a forma de `W_V` de uma "
                "cabeça é estreita.",
            ),
        ),
    ),
    Question(
        "05.q_custo",
        "O texto fica quatro vezes maior. Que parte da atenção fica dezesseis vezes mais cara?",
        (
            Option(
                "Os scores e a mistura dos valores.",
                "As duas fazem uma conta para cada par de posições: N ao quadrado.",
                right=True,
            ),
            Option(
                "A concatenação.",
                "Concatenar não faz conta nenhuma: é mudar números de lugar, e são N linhas.",
            ),
            Option(
                "A multiplicação por `W_O`.",
                "`W_O` trabalha em cada posição por si. Quatro vezes mais posições, quatro vezes "
                "mais trabalho.",
            ),
            Option(
                "Tudo, por igual.",
                "Só o que compara pares cresce ao quadrado. No GPT-2 pequeno com 1024 posições, "
                "isso é menos de um quinto da camada.",
            ),
        ),
    ),
    Question(
        "05.q_peso",
        "Uma cabeça dá peso 0,9 ao token `¶`, o primeiro. O que se pode concluir?",
        (
            Option(
                "Que `¶` é o token mais importante da frase.",
                "Peso não é importância. Se o valor dele for curto, quase nada foi levado.",
            ),
            Option(
                "Que ela copia `¶` para a posição seguinte.",
                "Para saber o que ela escreve é preciso olhar v W_O, e não só o padrão.",
            ),
            Option(
                "Que ela está quebrada.",
                "É um comportamento comum: a linha precisa somar 1 em algum lugar, e a primeira "
                "posição serve de descanso.",
            ),
            Option(
                "Pouco: falta ver o tamanho do que vem de lá, e desligar a cabeça.",
                "A norma da contribuição diz quanto chegou; a ablação diz se fez falta.",
                right=True,
            ),
        ),
    ),
)
