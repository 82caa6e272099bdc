"""Palpites da lição 05: o que se pergunta antes de cada experimento."""

from helpers.exercises.catalog import Prediction

PREDICTIONS = (
    Prediction(
        id="05.uma_cabeca",
        question=(
            "Uma cabeça precisa trazer metade dos números de um token e metade dos de outro. Com o "
            "melhor padrão possível, que parte da informação ela consegue trazer, de 0 a 100 %?"
        ),
        answer=50,
        low=0,
        high=100,
        near=10,
        said=(
            "Na mosca.",
            "Perto: a conta exata dá metade.",
            "Longe, e vale a pena ver por quê: o mesmo padrão serve às duas metades.",
        ),
        lesson_learned="Metade, qualquer que seja a divisão do peso entre os dois tokens.",
    ),
    Prediction(
        id="05.view",
        question=(
            "`q` tem forma `[3, 4]`. O que acontece com `q.view(2, 3, 2)`, que já pede duas "
            "cabeças?"
        ),
        options=(
            "Dá erro",
            "Dá as duas cabeças, certas",
            "Dá a forma certa com números trocados de lugar",
        ),
        answer=2,
        comments=(
            "Seria melhor se desse: um erro se vê. O número de casas é o mesmo, e isso basta ao "
            "`view`.",
            "A forma engana. O `view` só quebra a fila de números em outros pontos.",
            "E nada avisa. É o defeito mais comum ao escrever esta camada.",
        ),
        lesson_learned="`view` não move número nenhum: para trocar eixos é preciso `transpose`.",
    ),
    Prediction(
        id="05.calada",
        question=(
            "Quatro cabeças escrevem no fluxo. Calamos uma delas. O que as outras três escreveram "
            "muda em quantas coordenadas, de 8?"
        ),
        answer=0,
        low=0,
        high=8,
        said=(
            "Na mosca.",
            "Perto, mas a resposta é nenhuma.",
            "Nenhuma: cada cabeça escreve a sua parcela sem saber das outras.",
        ),
        lesson_learned="Cabeça calada é uma parcela a menos na soma. As outras ficam como eram.",
    ),
    Prediction(
        id="05.arranjos",
        question=(
            "Os pesos de uma biblioteca são carregados em outra que corta a matriz qkv em outra "
            "ordem. As formas são iguais. O que se vê?"
        ),
        options=(
            "Um erro ao carregar",
            "Um modelo que roda e dá outros números",
            "O mesmo modelo: os números são os mesmos",
        ),
        answer=1,
        comments=(
            "Quem confere formas não reclama, e elas combinam.",
            "Sem nenhum aviso.",
            "Os números são os mesmos, mas a chave de uma cabeça virou a consulta de outra.",
        ),
        lesson_learned="Forma igual não é arranjo igual. É preciso um tradutor, com teste.",
    ),
    Prediction(
        id="05.mais_cabecas",
        question=(
            "Mesma largura, mesmos parâmetros: 1, 2, 4 ou 8 cabeças, numa tarefa com duas pistas. "
            "Como muda o erro?"
        ),
        options=(
            "Cai sempre que o número de cabeças dobra",
            "Cai de 1 para 2 e depois não melhora sempre",
            "Não muda: os parâmetros são os mesmos",
        ),
        answer=1,
        comments=(
            "É o que muita gente espera. Mas cada cabeça a mais deixa todas mais estreitas.",
            "Duas pistas pedem duas cabeças. O resto é troca.",
            "Os parâmetros são os mesmos; o que muda é quantos padrões cabem neles.",
        ),
        lesson_learned=(
            "Com uma cabeça há um padrão só. Depois disso, mais cabeças são cabeças mais estreitas."
        ),
    ),
    Prediction(
        id="05.maior_tensor",
        question=(
            "GPT-2 pequeno, 1024 posições, 12 cabeças, `d_model` 768. Quantas vezes os scores "
            "ocupam mais memória que a concatenação?"
        ),
        answer=16,
        low=0,
        high=100,
        near=4,
        said=(
            "Na mosca.",
            "Perto: a razão é N · H / d_model.",
            "Longe: compare `12 · 1024 · 1024` com `1024 · 768`.",
        ),
        lesson_learned="Os scores são H tabelas N × N: 16 vezes a concatenação, neste caso.",
    ),
    Prediction(
        id="05.celula_forte",
        question=(
            "Numa linha do padrão, o maior peso aponta para um token. É desse token que vem a "
            "maior parte do que a cabeça escreve?"
        ),
        options=("Sempre", "Quase sempre, mas não sempre", "Nunca"),
        answer=1,
        comments=(
            "O peso é metade da conta: ele multiplica um vetor, e esse vetor pode ser curto.",
            "Peso e tamanho do vetor decidem juntos.",
            "Peso grande ajuda. Só não decide sozinho.",
        ),
        lesson_learned="O que chega é α · (v W_O). Um peso grande sobre um vetor curto move pouco.",
    ),
)
