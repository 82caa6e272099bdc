"""Palpites da lição 01: o que se pergunta antes de cada experimento."""

from helpers.exercises.catalog import Prediction

PREDICTIONS = (
    Prediction(
        id="01.bytes_joao",
        question="`João` tem quatro letras. Quantos bytes ele gasta em UTF-8?",
        answer=5,
        low=1,
        high=16,
        said=(
            "Na mosca.",
            "Por um triz: só o `ã` gasta dois bytes, as outras letras gastam um.",
            "Longe, e é aí que se aprende: nem toda letra gasta o mesmo.",
        ),
        lesson_learned="`J`, `o` e `o` gastam um byte cada; o `ã` gasta dois.",
    ),
    Prediction(
        id="01.primeiro_par",
        question="Em `b a n a n a`, qual par o BPE funde primeiro?",
        options=("`an`", "`na`", "`ba`", "Depende de uma regra que ainda não foi dita"),
        answer=3,
        comments=(
            "`an` aparece duas vezes, mas `na` também. Você escolheu o primeiro da fila, como "
            "fazem várias bibliotecas.",
            "`na` aparece duas vezes, mas `an` também. Você escolheu o mesmo que a regra deste "
            "curso; falta dizer a regra.",
            "`ba` vem primeiro na palavra, mas só aparece uma vez. O BPE olha a contagem, e não a "
            "posição.",
            "Você desconfiou com razão.",
        ),
        lesson_learned="`an` e `na` empatam em 2. Sem uma regra de desempate não há resposta.",
    ),
    Prediction(
        id="01.aaa",
        question="Quantas fusões do par `aa` cabem em `aaaa`?",
        answer=2,
        low=0,
        high=6,
        said=(
            "Na mosca.",
            "Se você contou os vizinhos, achou 3: os pares se sobrepõem, as fusões não.",
            "Experimente com quatro moedas: junte de duas em duas, sem usar a mesma moeda duas "
            "vezes.",
        ),
        lesson_learned="O par é contado 3 vezes, mas cada letra só entra em uma fusão.",
    ),
    Prediction(
        id="01.nabana",
        question=(
            "A lista `na`, `nana`, `ba`, `banana` foi aprendida em `banana`. Em quantos pedaços "
            "ela corta `nabana`?"
        ),
        answer=3,
        low=1,
        high=6,
        said=(
            "Na mosca.",
            "Quase: siga a lista na ordem, primeiro todos os `na`, depois o `ba`.",
            "A lista é curta: aplique as fusões uma a uma, na ordem, e conte o que sobra.",
        ),
        lesson_learned="Ficam `na`, `ba` e `na`. Nenhum par de vizinhos que restou está na lista.",
    ),
    Prediction(
        id="01.nao_nao",
        question="`nao`, sem til, gasta 3 bytes. Quantos gasta `não`?",
        answer=4,
        low=1,
        high=12,
        said=(
            "Na mosca.",
            "Perto: o til custa exatamente um byte a mais.",
            "Longe: compare as duas palavras letra a letra.",
        ),
        lesson_learned="O `a` gasta um byte e o `ã` gasta dois; o resto é igual.",
    ),
    Prediction(
        id="01.espaco",
        question="Na frase `um pão`, com quem fica o espaço depois do corte do GPT-2?",
        options=(
            "Com a palavra seguinte: `um` e `·pão`",
            "Com a palavra anterior: `um·` e `pão`",
            "Sozinho: `um`, `·` e `pão`",
            "Com ninguém: ele é jogado fora",
        ),
        answer=0,
        comments=(
            "É a convenção do GPT-2.",
            "É uma convenção possível, mas a do GPT-2 é a contrária.",
            "Assim cada palavra custaria um token a mais só para o espaço.",
            "Se ele sumisse, `decode` não teria como devolver o texto exato.",
        ),
        lesson_learned="O espaço anda colado na frente da palavra seguinte, dentro do token.",
    ),
    Prediction(
        id="01.vocabulario",
        question=(
            "O vocabulário dobra, de 512 para 1024 tokens. O que acontece com o comprimento da "
            "sequência?"
        ),
        options=(
            "Cai pela metade",
            "Encurta, mas bem menos que a metade",
            "Fica igual",
            "Aumenta",
        ),
        answer=1,
        comments=(
            "Seria bonito. Mas as fusões mais úteis vêm primeiro; as novas servem a trechos cada "
            "vez mais raros.",
            "Boa intuição.",
            "As fusões novas encurtam alguma coisa, ainda que pouco.",
            "Uma fusão a mais junta símbolos: ela só pode encurtar o texto em que foi aprendida.",
        ),
        lesson_learned=(
            "As fusões mais úteis vêm primeiro; as novas servem a trechos cada vez mais raros."
        ),
    ),
    Prediction(
        id="01.ingles",
        question=(
            "Um tokenizador treinado em português vai ler inglês. Comparado ao que faz em "
            "português, quantos bytes caberão em um token?"
        ),
        options=("Mais", "Menos", "O mesmo tanto"),
        answer=1,
        comments=(
            "O inglês tem palavras curtas e quase sem acentos, e daí vem essa ideia. Mas o que "
            "conta são os pares vistos no treino.",
            "Foi o que a medida mostrou.",
            "Seria assim se as duas línguas repetissem os mesmos pares.",
        ),
        lesson_learned="O treino fundiu pares do português; em inglês, muitos deles não aparecem.",
    ),
)
