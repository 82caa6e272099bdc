"""Palpites da lição 08: o que se pergunta antes de cada experimento."""

from helpers.exercises.catalog import Prediction

PREDICTIONS = (
    Prediction(
        id="08.soma_sete",
        question="Some 7 a todos os logits. O que acontece com as probabilidades?",
        options=("Sobem todas", "Ficam iguais", "A maior cresce e as outras encolhem"),
        answer=1,
        comments=(
            "Elas precisam somar 1: não há como todas subirem.",
            "É o que a conta mostra.",
            "É o que faria multiplicar por 7. Somar não muda as diferenças.",
        ),
        lesson_learned="O softmax só vê diferenças: exp(7) aparece em cima e embaixo e se cancela.",
    ),
    Prediction(
        id="08.cem_gulosos",
        question=(
            "O modelo escolhe 100 vezes o próximo token da mesma frase, sempre o de maior logit. "
            "Quantos tokens diferentes saem?"
        ),
        answer=1,
        low=1,
        high=100,
        near=4,
        said=(
            "Na mosca.",
            "Quase. Nada muda de uma vez para a outra.",
            "Para haver variedade seria preciso algum acaso, e aqui não há nenhum.",
        ),
        lesson_learned="Escolher o maior é um cálculo, não um sorteio: a mesma entrada dá a mesma "
        "saída.",
    ),
    Prediction(
        id="08.cem_sorteios",
        question="Um token tem probabilidade 0,30. Em 100 sorteios, quantas vezes ele sai?",
        options=(
            "Exatamente 30",
            "Perto de 30, e raramente 30 em ponto",
            "Qualquer número, todos com a mesma chance",
        ),
        answer=1,
        comments=(
            "É o valor médio. Em 100 sorteios o número balança em volta dele.",
            "É o que o acaso faz.",
            "Se fosse assim, a probabilidade não diria nada.",
        ),
        lesson_learned="A frequência oscila em volta da probabilidade; com mais sorteios, oscila "
        "menos.",
    ),
    Prediction(
        id="08.nucleo",
        question=(
            "Com p = 0,9, onde o top-p guarda mais tokens: depois de `O João entregou` ou depois "
            "de `O João entregou um`?"
        ),
        options=("Depois de `entregou`", "Depois de `um`", "O mesmo tanto nos dois"),
        answer=1,
        comments=(
            "Depois do verbo o nosso modelo quase só espera um artigo.",
            "Boa leitura do contexto.",
            "Seria assim no top-k, que guarda sempre a mesma quantidade.",
        ),
        lesson_learned=(
            "O grupo do top-p cresce quando o modelo está em dúvida e encolhe quando tem certeza."
        ),
    ),
    Prediction(
        id="08.mais_certas",
        question="Com que temperatura o modelo escreve mais histórias inteiramente certas?",
        options=("0,5", "1", "1,5"),
        answer=0,
        comments=(
            "Foi o que a medida mostrou. Veja também o que se paga.",
            "Com 1 sai a distribuição do próprio modelo, com os erros dela.",
            "Temperatura alta dá chance a tokens que o modelo acha ruins.",
        ),
        lesson_learned="Esfriar afasta a cauda, onde moram os erros; o preço se vê na variedade.",
    ),
    Prediction(
        id="08.cache",
        question="Com o cache KV, o texto que o modelo escreve muda?",
        options=("Muda um pouco: o cache aproxima", "Não muda", "Depende da temperatura"),
        answer=1,
        comments=(
            "O que ele guarda é exato: são as mesmas chaves e os mesmos valores.",
            "Muda o tempo, não o resultado.",
            "A temperatura age nos logits, e eles são os mesmos.",
        ),
        lesson_learned="As chaves e os valores de uma posição só dependem do que veio antes dela: "
        "guardá-los não perde nada.",
    ),
)
