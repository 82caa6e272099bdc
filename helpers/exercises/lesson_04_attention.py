"""Exercício 04.atencao: softmax(Q Kᵀ / √d_head) V com máscara causal, do começo ao fim."""

import random
from collections.abc import Callable
from math import sqrt

import torch
from torch import Tensor

from helpers.exercises.catalog import Case, Exercise, Form, Hint, KnownWrong

Matrix = list[list[float]]
_ROWS = Form("sequence", (Form("sequence", (Form("number"),)),), label="uma lista de linhas")


def _attention(
    q: list[list[float]], k: list[list[float]], v: list[list[float]]
) -> list[list[float]]:
    """Devolve uma saída por consulta: a média dos valores que ela pode ler."""
    from math import exp, sqrt

    outputs = []
    for i, query in enumerate(q):
        scores = [
            sum(a * b for a, b in zip(query, key, strict=True)) / sqrt(len(query))
            for key in k[: i + 1]
        ]
        grown = [exp(score - max(scores)) for score in scores]
        weights = [part / sum(grown) for part in grown]
        columns = zip(*v[: i + 1], strict=True)
        outputs.append([sum(w * x for w, x in zip(weights, c, strict=True)) for c in columns])
    return outputs


Steps = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]


def _with(steps: Steps) -> Callable[[Matrix, Matrix, Matrix], Tensor]:
    """Uma resposta feita de tensores: recebe q, k, v e o que é passado."""

    def answer(q: Matrix, k: Matrix, v: Matrix) -> Tensor:
        tensors = [torch.tensor(part, dtype=torch.float64) for part in (q, k, v)]
        return steps(*tensors, torch.ones(len(q), len(q), dtype=torch.bool).tril())

    return answer


def _hide(scores: Tensor, past: Tensor) -> Tensor:
    return scores.masked_fill(~past, -torch.inf)


WRONG: dict[str, Steps] = {
    "sem_raiz": lambda q, k, v, past: _hide(q @ k.T, past).softmax(-1) @ v,
    "divide_por_d": lambda q, k, v, past: _hide(q @ k.T / q.shape[1], past).softmax(-1) @ v,
    "raiz_do_valor": lambda q, k, v, past: _hide(q @ k.T / sqrt(v.shape[1]), past).softmax(-1) @ v,
    "raiz_do_comprimento": lambda q, k, v, past: (
        _hide(q @ k.T / sqrt(len(q)), past).softmax(-1) @ v
    ),
    "sem_mascara": lambda q, k, v, past: (q @ k.T / sqrt(q.shape[1])).softmax(-1) @ v,
    "sem_softmax": lambda q, k, v, past: (q @ k.T / sqrt(q.shape[1])).masked_fill(~past, 0.0) @ v,
    "trocou_q_e_k": lambda q, k, v, past: _hide(k @ q.T / sqrt(q.shape[1]), past).softmax(-1) @ v,
    "softmax_nas_colunas": lambda q, k, v, past: (
        _hide(q @ k.T / sqrt(q.shape[1]), past).softmax(0) @ v
    ),
    "devolve_os_pesos": lambda q, k, v, past: _hide(q @ k.T / sqrt(q.shape[1]), past).softmax(-1),
}


def _cases() -> tuple[Case, ...]:
    identity = [[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]]
    fixed: list[tuple[Matrix, Matrix, Matrix]] = [
        (identity, identity, [[1.0, 2.0], [3.0, 5.0]]),
        ([[2.0, 1.0]], [[1.0, 1.0]], [[7.0, 8.0, 9.0]]),
        ([[0.0, 0.0]] * 3, [[1.0, 2.0]] * 3, [[3.0], [0.0], [6.0]]),
    ]
    generator = random.Random(403)

    def rows(n: int, width: int) -> Matrix:
        return [[float(generator.randrange(-2, 4)) for _ in range(width)] for _ in range(n)]

    for _ in range(15):
        n, width, out = generator.randrange(2, 5), generator.randrange(2, 4), 4
        fixed.append((rows(n, width), rows(n, width), rows(n, out)))
    return tuple(Case(args) for args in fixed)


def _wrong(name: str, diagnosis: str) -> KnownWrong:
    return KnownWrong(name, _with(WRONG[name]), diagnosis)


ATTENTION = Exercise(
    id="04.atencao",
    title="a atenção inteira",
    difficulty=4,
    importance=5,
    minutes=(12, 20),
    statement=r"""
Junte as peças. Escreva `my_attention(q, k, v)`: cada argumento é uma lista de linhas, uma por
posição. As linhas de `q` e de `k` têm a mesma largura, $d_{\text{head}}$; as de `v` podem ter
outra.

Devolva uma linha por consulta: a média dos valores das posições `j ≤ i`, com os pesos
$\text{softmax}(q_i \cdot k_j / \sqrt{d_{\text{head}}})$.
""",
    done_when="A saída da posição `i` só depende do que veio até `i`, na escala certa.",
    hints=(
        Hint(
            "uma pergunta",
            "Para a consulta `i`, quantos scores você precisa? E quantos números tem a saída dela?",
        ),
        Hint(
            "o plano",
            "1. Para cada `i`, faça o produto escalar de `q[i]` com `k[0]`, …, `k[i]`.\n"
            "2. Divida pela raiz da **largura da consulta**, `len(q[i])`.\n"
            "3. Softmax.\n"
            "4. Some os valores `v[0]`, …, `v[i]`, cada um multiplicado pelo seu peso.",
        ),
        Hint(
            "com tensores, qual é a linha?",
            "`scores = q @ k.T / sqrt(d)`; depois `masked_fill` com menos infinito, `softmax(-1)` "
            "e `@ v`. Comece com `torch.tensor(q)`.",
        ),
        Hint(
            "a saída esperada",
            "A primeira linha da saída é sempre igual a `v[0]`: a posição 0 só pode ler a si "
            "mesma, com peso 1.",
        ),
    ),
    name="my_attention",
    stub='''
def my_attention(
    q: list[list[float]], k: list[list[float]], v: list[list[float]]
) -> list[list[float]]:
    """Devolve uma saída por consulta: a média dos valores que ela pode ler."""
    raise NotImplementedError  # escreva aqui
''',
    solution=_attention,
    form=_ROWS,
    tolerance=1e-5,
    make_cases=_cases,
    wrong=(
        _wrong(
            "sem_raiz",
            "Seu resultado é igual ao de quem **não divide por √d_head**. Os pesos ficam "
            "concentrados demais. Divida cada score antes do softmax.",
        ),
        _wrong(
            "divide_por_d",
            "Seu resultado é igual ao de quem divide por **d_head, sem a raiz**. Os pesos ficam "
            "espalhados demais. A soma de d parcelas tem desvio √d, e é por ele que se divide.",
        ),
        _wrong(
            "raiz_do_valor",
            "Seu resultado é igual ao de quem usa a **largura dos valores** na raiz. Quem entra no "
            "produto escalar são consulta e chave. Use `len(q[0])`.",
        ),
        _wrong(
            "raiz_do_comprimento",
            "Seu resultado é igual ao de quem divide pela raiz do **número de posições**. O score "
            "soma d_head parcelas, uma por dimensão, e não uma por posição. Use `len(q[0])`.",
        ),
        _wrong(
            "sem_mascara",
            "Seu resultado é igual ao de quem esquece **a máscara**: a posição 0 já leu o futuro. "
            "Na linha `i`, use só as chaves e os valores até `i`.",
        ),
        _wrong(
            "sem_softmax",
            "Seu resultado é igual ao de quem soma os valores com **os scores no lugar dos "
            "pesos**. Scores podem ser negativos e não somam 1. Falta o softmax.",
        ),
        _wrong(
            "trocou_q_e_k",
            "Seu resultado é igual ao de quem **trocou consulta e chave**. A tabela ficou deitada: "
            "a linha é de quem pergunta. O score `[i][j]` é `q[i] · k[j]`.",
        ),
        _wrong(
            "softmax_nas_colunas",
            "Seu resultado é igual ao de quem faz o softmax **por coluna**. Os pesos de uma "
            "consulta deixam de somar 1. Em tensores, o eixo é o último: `softmax(-1)`.",
        ),
        _wrong(
            "devolve_os_pesos",
            "Seu resultado é igual ao de quem devolve **os pesos** e para aí. Eles dizem quanto "
            "ler de cada posição; falta ler: multiplique-os pelos valores e some.",
        ),
    ),
)
