"""Exercícios 07.mlp e 07.colapso: as duas camadas do MLP, e o que resta delas sem g."""

import torch
from torch import Tensor
from torch.nn.functional import gelu, relu

from helpers.exercises.catalog import Case, Exercise, Form, Hint, KnownWrong

_VECTOR = Form("sequence", (Form("number"),), label="um vetor")
_MATRIX = Form("sequence", (_VECTOR,), label="uma matriz")


def _mlp(x, W_in, b_in, W_out, b_out, g):
    """Devolve o que o MLP escreve: duas camadas lineares, com g só entre elas."""
    pre = x @ W_in + b_in
    post = g(pre)
    return post @ W_out + b_out


def _collapse(W_in, b_in, W_out, b_out):
    """Devolve a única camada, W e b, que faz o mesmo que as duas sem g no meio."""
    W = W_in @ W_out
    b = b_in @ W_out + b_out
    return W, b


def _weights(n_pos: int, d_model: int, d_mlp: int, seed: int) -> list[Tensor]:
    generator = torch.Generator().manual_seed(seed)
    shapes = ((n_pos, d_model), (d_model, d_mlp), (d_mlp,), (d_mlp, d_model), (d_model,))
    return [torch.randn(shape, generator=generator, dtype=torch.float64) for shape in shapes]


_BY_HAND = (
    torch.tensor([[1.0, 2.0]], dtype=torch.float64),
    torch.tensor([[1.0, 0.0, -1.0], [0.0, 1.0, 1.0]], dtype=torch.float64),
    torch.tensor([0.0, -3.0, 1.0], dtype=torch.float64),
    torch.tensor([[1.0, 0.0], [5.0, 5.0], [0.0, -2.0]], dtype=torch.float64),
    torch.tensor([0.5, 1.0], dtype=torch.float64),
)
_SIZES = ((1, 2, 8), (3, 2, 8), (2, 3, 12), (4, 2, 2), (2, 4, 4), (5, 3, 6), (1, 1, 4))


def _mlp_cases() -> tuple[Case, ...]:
    cases = [Case((*_BY_HAND, relu), "o exemplo da lição, com ReLU")]
    for number, (n_pos, d_model, d_mlp) in enumerate(_SIZES * 2):
        g, name = ((gelu, "GELU"), (torch.tanh, "tanh"), (relu, "ReLU"))[number % 3]
        shown = f"{n_pos} posições, d_model={d_model}, d_mlp={d_mlp}, {name}"
        cases.append(Case((*_weights(n_pos, d_model, d_mlp, number), g), shown))
    return tuple(cases)


def _collapse_cases() -> tuple[Case, ...]:
    cases = [Case(_BY_HAND[1:], "os pesos do exemplo da lição")]
    for number, (n_pos, d_model, d_mlp) in enumerate(_SIZES * 2):
        shown = f"d_model={d_model}, d_mlp={d_mlp}, sorteio {number}"
        cases.append(Case(tuple(_weights(n_pos, d_model, d_mlp, number)[1:]), shown))
    return tuple(cases)


MLP = Exercise(
    id="07.mlp",
    title="duas camadas e um g no meio",
    difficulty=2,
    importance=5,
    minutes=(5, 8),
    statement="""
Escreva `my_mlp(x, W_in, b_in, W_out, b_out, g)`. A entrada `x` tem uma posição por linha, com
forma `[pos, d_model]`. São três passos:

1. leve cada linha até a largura de dentro, com `W_in` e `b_in`;
2. aplique a função `g` a cada número;
3. traga de volta à largura do fluxo, com `W_out` e `b_out`.
""",
    done_when="Cada linha da saída tem a largura do fluxo, e nada vem depois de `b_out`.",
    hints=(
        Hint("uma pergunta", "Quantas vezes `g` aparece na fórmula? E onde?"),
        Hint(
            "o plano",
            "1. `pre` é `x @ W_in + b_in`. O `@` é o produto de matrizes; o viés se repete em "
            "cada linha.\n2. `post` é `g(pre)`.\n3. Falta uma linha, parecida com a primeira.",
        ),
        Hint(
            "por que recebo um erro de formas?",
            "`W_in` tem forma `[d_model, d_mlp]`: a entrada fica à esquerda, `x @ W_in`. Não há "
            "transposta nesta conta.",
        ),
        Hint(
            "a saída esperada",
            "No exemplo da lição, com ReLU, a saída é `[[1.5, -3.0]]`.",
        ),
    ),
    name="my_mlp",
    stub='''
def my_mlp(x, W_in, b_in, W_out, b_out, g):
    """Devolve o que o MLP escreve: duas camadas lineares, com g só entre elas."""
    raise NotImplementedError  # escreva aqui
''',
    solution=_mlp,
    form=_MATRIX,
    make_cases=_mlp_cases,
    tolerance=1e-5,
    wrong=(
        KnownWrong(
            "g_tambem_no_fim",
            lambda x, W_in, b_in, W_out, b_out, g: g(_mlp(x, W_in, b_in, W_out, b_out, g)),
            "Seu resultado é igual ao de quem aplica `g` **também no fim**. É assim que muita "
            "apostila desenha um neurônio. Mas com ReLU a sua saída nunca é negativa, e o MLP "
            "deixaria de poder diminuir um número do fluxo. Devolva o que sai de `b_out`.",
        ),
        KnownWrong(
            "sem_g",
            lambda x, W_in, b_in, W_out, b_out, g: _mlp(x, W_in, b_in, W_out, b_out, lambda y: y),
            "Seu resultado é igual ao de quem **esquece `g`**. Duas camadas lineares seguidas são "
            "uma camada linear só: o espaço de dentro não serve para nada. Aplique `g` ao "
            "resultado da primeira.",
        ),
        KnownWrong(
            "g_so_no_fim",
            lambda x, W_in, b_in, W_out, b_out, g: g((x @ W_in + b_in) @ W_out + b_out),
            "Seu resultado é igual ao de quem aplica `g` **só no fim**. As duas camadas se "
            "fundiram em uma antes de `g` chegar. Mude-o para depois de `b_in`.",
        ),
        KnownWrong(
            "g_na_entrada",
            lambda x, W_in, b_in, W_out, b_out, g: (g(x) @ W_in + b_in) @ W_out + b_out,
            "Seu resultado é igual ao de quem aplica `g` **à entrada**. Assim se perde o sinal do "
            "fluxo antes de qualquer combinação. Primeiro combine com `W_in`, depois aplique `g`.",
        ),
        KnownWrong(
            "sem_b_in",
            lambda x, W_in, b_in, W_out, b_out, g: g(x @ W_in) @ W_out + b_out,
            "Seu resultado é igual ao de quem esquece **`b_in`**. É ele que escolhe a partir de "
            "que valor cada neurônio acorda. Some-o antes de `g`.",
        ),
        KnownWrong(
            "b_in_atrasado",
            lambda x, W_in, b_in, W_out, b_out, g: (g(x @ W_in) + b_in) @ W_out + b_out,
            "Seu resultado é igual ao de quem soma `b_in` **depois de `g`**. Confira os "
            "parênteses: `g(x @ W_in) + b_in` não é `g(x @ W_in + b_in)`. O viés faz parte da "
            "camada.",
        ),
        KnownWrong(
            "sem_b_out",
            lambda x, W_in, b_in, W_out, b_out, g: g(x @ W_in + b_in) @ W_out,
            "Seu resultado é igual ao de quem esquece **`b_out`**. Cada camada linear tem o seu "
            "viés, e a segunda também. Some-o no fim.",
        ),
        KnownWrong(
            "soma_a_entrada",
            lambda x, W_in, b_in, W_out, b_out, g: x + _mlp(x, W_in, b_in, W_out, b_out, g),
            "Seu resultado é igual ao de quem já **soma a entrada**. A soma existe, mas é "
            "do bloco: o MLP devolve só o que vai escrever. Tire o `x +`.",
        ),
    ),
)

COLLAPSE = Exercise(
    id="07.colapso",
    title="sem g, duas camadas são uma",
    difficulty=3,
    importance=4,
    minutes=(5, 10),
    statement="""
Tire `g` do MLP. Sobra `(x @ W_in + b_in) @ W_out + b_out`.

Escreva `my_collapse(W_in, b_in, W_out, b_out)`. Ela devolve **uma** matriz `W` e **um** vetor `b`
com os quais `x @ W + b` dá exatamente o mesmo, para qualquer `x`.
""",
    done_when="Uma camada só faz o trabalho das duas. Sem `g`, o espaço de dentro não serviu.",
    hints=(
        Hint("uma pergunta", "O que acontece quando você abre os parênteses?"),
        Hint(
            "o plano",
            "1. Distribua `@ W_out` pelas duas parcelas de dentro.\n"
            "2. Junte tudo o que multiplica `x`: é `W`.\n"
            "3. O que sobra, sem `x`, é `b`.",
        ),
        Hint(
            "por que o meu `b` não confere?",
            "O viés de dentro também passa pela segunda matriz antes de chegar à saída.",
        ),
        Hint(
            "a saída esperada",
            "Com os pesos do exemplo da lição, `b` é `[-14.5, -16.0]`.",
        ),
    ),
    name="my_collapse",
    stub='''
def my_collapse(W_in, b_in, W_out, b_out):
    """Devolve a única camada, W e b, que faz o mesmo que as duas sem g no meio."""
    raise NotImplementedError  # escreva aqui
''',
    solution=_collapse,
    form=Form("sequence", (_MATRIX, _VECTOR), length=2, label="uma matriz e um vetor"),
    make_cases=_collapse_cases,
    tolerance=1e-5,
    wrong=(
        KnownWrong(
            "esquece_b_in",
            lambda W_in, b_in, W_out, b_out: (W_in @ W_out, b_out),
            "Seu resultado é igual ao de quem deixa `b_in` **para trás**. Ele não multiplica `x`, "
            "mas também atravessa a segunda camada. Abra os parênteses de novo.",
        ),
        KnownWrong(
            "esquece_b_out",
            lambda W_in, b_in, W_out, b_out: (W_in @ W_out, b_in @ W_out),
            "Seu resultado é igual ao de quem perde **o viés da segunda camada**. Ele já está do "
            "lado de fora. Some-o ao que veio de `b_in`.",
        ),
        KnownWrong(
            "ordem_trocada",
            lambda W_in, b_in, W_out, b_out: (W_out @ W_in, b_in @ W_out + b_out),
            "Seu resultado é igual ao de quem multiplica **na ordem trocada**. `W_out @ W_in` tem "
            "o tamanho de dentro, e `x` não cabe nela. A matriz que age primeiro fica à esquerda.",
        ),
        KnownWrong(
            "matriz_transposta",
            lambda W_in, b_in, W_out, b_out: ((W_in @ W_out).T, b_in @ W_out + b_out),
            "Seu resultado é igual ao de quem **transpõe** o produto. Assim se escreve quando o "
            "vetor fica à direita, `W x`. Aqui o vetor é uma linha, à esquerda. Tire o `.T`.",
        ),
        KnownWrong(
            "so_a_matriz",
            lambda W_in, b_in, W_out, b_out: W_in @ W_out,
            "Seu resultado é igual ao de quem devolve **só a matriz**. Os dois vieses também viram "
            "um. Termine com `return W, b`.",
        ),
        KnownWrong(
            "vies_primeiro",
            lambda W_in, b_in, W_out, b_out: (b_in @ W_out + b_out, W_in @ W_out),
            "Seu resultado é igual ao de quem devolve **o viés antes da matriz**. As contas estão "
            "certas. A ordem pedida é `W, b`.",
        ),
        KnownWrong(
            "vies_pela_primeira",
            lambda W_in, b_in, W_out, b_out: (W_in @ W_out, W_in @ b_in + b_out),
            "Seu resultado é igual ao de quem passa `b_in` **pela primeira matriz**. Ele nasce "
            "depois dela. A que ele ainda tem pela frente é `W_out`.",
        ),
    ),
)
