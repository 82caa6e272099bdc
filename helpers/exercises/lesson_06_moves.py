"""Exercícios 06.enviado e 06.fonte: quem é lido, e quem de fato muda o fluxo."""

import torch
from torch import Tensor

from helpers.exercises.catalog import Case, Exercise, Form, Hint, KnownWrong

_NUMBERS = Form("sequence", (Form("number"),), label="uma lista de números, um por posição")


def _sent(pattern):
    """Devolve, por posição de origem, o peso médio com que é lida por quem pode olhar para ela."""
    n = len(pattern)
    return [float(pattern[:, key].sum()) / (n - key) for key in range(n)]


def _received(pattern: Tensor) -> list[float]:
    return [float(total) for total in pattern.sum(-1)]


def _no_baseline(pattern: Tensor) -> list[float]:
    return [float(total) for total in pattern.sum(0)]


def _divides_by_all(pattern: Tensor) -> list[float]:
    return [float(total) / len(pattern) for total in pattern.sum(0)]


def _without_itself(pattern: Tensor) -> list[float]:
    n = len(pattern)
    return [float(pattern[key + 1 :, key].sum()) / max(n - key - 1, 1) for key in range(n)]


def _divides_by_row(pattern: Tensor) -> list[float]:
    return [float(total) / (key + 1) for key, total in enumerate(pattern.sum(0))]


def _largest(pattern: Tensor) -> list[float]:
    return [float(column.max()) for column in pattern.T]


def _pattern_cases() -> tuple[Case, ...]:
    generator = torch.Generator().manual_seed(603)
    by_hand = torch.tensor([[1, 0, 0], [0.75, 0.25, 0], [0.5, 0.25, 0.25]], dtype=torch.float64)
    cases = [Case((by_hand,), "[[1, 0, 0], [0.75, 0.25, 0], [0.5, 0.25, 0.25]]")]
    for number in range(16):
        n = 3 + number % 5
        scores = torch.randn(n, n, generator=generator, dtype=torch.float64)
        hidden = torch.ones(n, n, dtype=torch.bool).triu(1)
        pattern = scores.masked_fill(hidden, -torch.inf).softmax(-1)
        cases.append(Case((pattern,), f"um padrão causal sorteado [{n} {n}]"))
    return tuple(cases)


SENT = Exercise(
    id="06.enviado",
    title="quem é mais lido, sem premiar quem chegou cedo (extra)",
    difficulty=2,
    importance=4,
    minutes=(8, 12),
    statement="""
`pattern` é um padrão de atenção causal: linhas são quem pergunta, colunas são quem responde.

Escreva `my_sent(pattern)`. Para cada posição de **origem** (coluna), some os pesos de quem a lê
e divida pelo número de posições que **podem** olhar para ela, contando ela mesma. Devolva uma lista
com um número por posição.
""",
    done_when="Na atenção causal, a última posição só é vista por si mesma: lá o divisor é 1.",
    hints=(
        Hint(
            "uma pergunta", "Em uma frase de 5 tokens, quantas linhas enxergam a coluna 0? E a 4?"
        ),
        Hint(
            "o plano",
            "1. Some cada coluna: `pattern[:, key].sum()`.\n"
            "2. A coluna `key` é vista pelas linhas de `key` até a última.\n"
            "3. Divida e guarde em uma lista.",
        ),
        Hint(
            "por que recebo só números 1?",
            "A soma de uma **linha** de um padrão de atenção é sempre 1. Ela diz quanto a posição "
            "recebe, e todas recebem 1. O que varia são as colunas.",
        ),
        Hint(
            "a saída esperada",
            "`[[1, 0, 0], [0.75, 0.25, 0], [0.5, 0.25, 0.25]]` dá `[0.75, 0.25, 0.25]`.",
        ),
    ),
    name="my_sent",
    stub='''
def my_sent(pattern):
    """Devolve, por posição de origem, o peso médio com que é lida por quem pode olhar para ela."""
    raise NotImplementedError  # escreva aqui
''',
    solution=_sent,
    form=_NUMBERS,
    make_cases=_pattern_cases,
    wrong=(
        KnownWrong(
            "soma_a_linha",
            _received,
            "Seu resultado é igual ao de quem soma as **linhas**. Cada linha passou pelo softmax e "
            "soma 1 por construção: esse número nunca diz nada. Some as colunas, eixo 0.",
        ),
        KnownWrong(
            "sem_dividir",
            _no_baseline,
            "Seu resultado é igual ao de quem soma as colunas e **não divide**. As primeiras "
            "posições ganham sempre, só porque mais gente pode olhar para elas. Divida pelo número "
            "de linhas que enxergam a coluna.",
        ),
        KnownWrong(
            "divide_por_todas",
            _divides_by_all,
            "Seu resultado é igual ao de quem divide todas as colunas pelo **mesmo número**. Isso "
            "não tira a vantagem de quem chegou cedo. A coluna 0 é vista por todas as linhas; a "
            "última, por uma.",
        ),
        KnownWrong(
            "sem_a_propria",
            _without_itself,
            "Seu resultado é igual ao de quem deixa de fora o olhar da posição **para si mesma**. "
            "A diagonal faz parte da atenção. Comece a coluna na linha `key`, e não na seguinte.",
        ),
        KnownWrong(
            "divisor_ao_contrario",
            _divides_by_row,
            "Seu resultado é igual ao de quem divide por **quantas posições a linha enxerga** "
            "(`key + 1`). Esse é o tamanho da linha. Quem enxerga a coluna `key` são as linhas de "
            "`key` até o fim.",
        ),
        KnownWrong(
            "so_o_maior",
            _largest,
            "Seu resultado é igual ao de quem guarda só o **maior peso** de cada coluna. Um olhar "
            "forte não é a média dos olhares. Some a coluna antes de dividir.",
        ),
    ),
)


def _strongest(weights, values, W_O):
    """Devolve a posição de origem cuja contribuição α_j v_j W_O é o vetor mais comprido."""
    moved = weights[:, None] * (values @ W_O)
    return int(moved.norm(dim=-1).argmax())


def _largest_weight(weights: Tensor, values: Tensor, W_O: Tensor) -> int:
    return int(weights.argmax())


def _no_weight(weights: Tensor, values: Tensor, W_O: Tensor) -> int:
    return int((values @ W_O).norm(dim=-1).argmax())


def _before_output(weights: Tensor, values: Tensor, W_O: Tensor) -> int:
    return int((weights * values.norm(dim=-1)).argmax())


def _adds_numbers(weights: Tensor, values: Tensor, W_O: Tensor) -> int:
    return int((weights[:, None] * (values @ W_O)).sum(-1).argmax())


def _transposed(weights: Tensor, values: Tensor, W_O: Tensor) -> int:
    return int((weights[:, None] * (values @ W_O.T)).norm(dim=-1).argmax())


def _source_cases() -> tuple[Case, ...]:
    generator = torch.Generator().manual_seed(604)
    cases = []
    for number in range(40):
        n, width = 3 + number % 4, 3
        weights = torch.randn(n, generator=generator, dtype=torch.float64).softmax(-1)
        values = torch.randn(n, width, generator=generator, dtype=torch.float64)
        W_O = torch.randn(width, width, generator=generator, dtype=torch.float64)
        shown = f"weights={[round(float(x), 2) for x in weights]}, values [{n} 3], W_O [3 3]"
        cases.append(Case((weights, values, W_O), shown))
    return tuple(cases)


SOURCE = Exercise(
    id="06.fonte",
    title="a fonte que mais muda o fluxo",
    difficulty=2,
    importance=5,
    minutes=(6, 10),
    statement="""
Uma posição olha para as outras com pesos `weights`. A origem `j` tem o valor `values[j]`, e `W_O`
leva esse valor de volta ao fluxo. O que chega de `j` é o vetor `α_j · v_j W_O`.

Escreva `my_source(weights, values, W_O)`. Ela devolve a posição `j` cujo vetor tem a **maior
norma**, como um inteiro.
""",
    done_when="Uma origem de peso grande e valor minúsculo pode perder para outra.",
    hints=(
        Hint("uma pergunta", "Dobrar o peso e dobrar o valor têm o mesmo efeito no que chega?"),
        Hint(
            "o plano",
            "1. `values @ W_O` leva todos os valores ao fluxo, um por linha.\n"
            "2. Multiplique cada linha pelo seu peso: `weights[:, None] * …`.\n"
            "3. Tire a norma de cada linha e ache a maior.",
        ),
        Hint(
            "por que recebo um tensor?",
            "`argmax()` devolve um tensor de um número. `int(...)` faz dele um inteiro.",
        ),
        Hint(
            "a saída esperada",
            "Com pesos `[0.6, 0.4]`, valores `[[0.1], [3.0]]` e `W_O = [[1.0]]`, as normas são "
            "0,06 e 1,2: a resposta é 1.",
        ),
    ),
    name="my_source",
    stub='''
def my_source(weights, values, W_O):
    """Devolve a posição de origem cuja contribuição α_j v_j W_O é o vetor mais comprido."""
    raise NotImplementedError  # escreva aqui
''',
    solution=_strongest,
    form=Form("int"),
    make_cases=_source_cases,
    wrong=(
        KnownWrong(
            "maior_peso",
            _largest_weight,
            "Seu resultado é igual ao de quem olha só o **maior peso**. O peso diz quanto se lê, e "
            "não o que está escrito lá. Multiplique pelo valor que chega ao fluxo.",
        ),
        KnownWrong(
            "ignora_o_peso",
            _no_weight,
            "Seu resultado é igual ao de quem compara os valores e **ignora os pesos**. Um valor "
            "enorme que quase não é lido chega pequeno. Multiplique cada linha por `weights`.",
        ),
        KnownWrong(
            "antes_de_W_O",
            _before_output,
            "Seu resultado é igual ao de quem mede o valor **antes de `W_O`**. A projeção pode "
            "esticar um valor e apagar outro. Meça depois de `values @ W_O`.",
        ),
        KnownWrong(
            "soma_no_lugar_da_norma",
            _adds_numbers,
            "Seu resultado é igual ao de quem **soma os números** do vetor em vez de tirar a "
            "norma. Positivos e negativos se cancelam na soma. Use `.norm(dim=-1)`.",
        ),
        KnownWrong(
            "W_O_transposta",
            _transposed,
            "Seu resultado é igual ao de quem multiplica por **`W_O` transposta**. As formas "
            "combinam porque aqui ela é quadrada, e o erro não aparece. Tire o `.T`.",
        ),
    ),
)
