"""Exercício 04.mascara: os pesos de uma tabela de scores, sem olhar para o futuro."""

import random

import torch

from helpers.exercises.catalog import Case, Exercise, Form, Hint, KnownWrong

ROWS = Form("sequence", (Form("sequence", (Form("number"),)),), label="uma lista de linhas")


def _causal_weights(scores: list[list[float]]) -> list[list[float]]:
    """Devolve os pesos de cada linha, com o futuro escondido."""
    import math

    weights = []
    for i, row in enumerate(scores):
        allowed = row[: i + 1]
        top = max(allowed)
        grown = [math.exp(score - top) for score in allowed]
        total = sum(grown)
        weights.append([part / total for part in grown] + [0.0] * (len(row) - i - 1))
    return weights


def _table(scores: list[list[float]]) -> tuple[torch.Tensor, torch.Tensor]:
    table = torch.tensor(scores, dtype=torch.float64)
    return table, torch.ones(len(table), len(table), dtype=torch.bool).tril()


def _no_mask(scores: list[list[float]]) -> torch.Tensor:
    return _table(scores)[0].softmax(-1)


def _zero_scores(scores: list[list[float]]) -> torch.Tensor:
    table, past = _table(scores)
    return table.masked_fill(~past, 0.0).softmax(-1)


def _zero_weights(scores: list[list[float]]) -> torch.Tensor:
    table, past = _table(scores)
    return table.softmax(-1).masked_fill(~past, 0.0)


def _reversed_mask(scores: list[list[float]]) -> torch.Tensor:
    table, past = _table(scores)
    return table.masked_fill(~past.T, -torch.inf).softmax(-1)


def _without_itself(scores: list[list[float]]) -> torch.Tensor:
    table, past = _table(scores)
    return table.masked_fill(~past.tril(-1), -torch.inf).softmax(-1)


def _one_ahead(scores: list[list[float]]) -> torch.Tensor:
    table, _ = _table(scores)
    near = torch.ones(len(table), len(table), dtype=torch.bool).tril(1)
    return table.masked_fill(~near, -torch.inf).softmax(-1)


def _columns(scores: list[list[float]]) -> torch.Tensor:
    table, past = _table(scores)
    return table.masked_fill(~past, -torch.inf).softmax(0)


def _whole_table(scores: list[list[float]]) -> torch.Tensor:
    table, past = _table(scores)
    return table.masked_fill(~past, -torch.inf).flatten().softmax(0).view_as(table)


def _cases() -> tuple[Case, ...]:
    fixed = [
        [[1.0, 0.0, 0.0], [1.0, 1.0, 0.0], [0.0, 2.0, 1.0]],
        [[3.0]],
        [[0.0, 5.0], [5.0, 0.0]],
        [[-4.0, 9.0, 9.0], [-4.0, -4.0, 9.0], [-4.0, -5.0, -6.0]],
    ]
    generator = random.Random(402)
    for _ in range(16):
        size = generator.randrange(2, 5)
        fixed.append(
            [[round(generator.uniform(-3, 3), 1) for _ in range(size)] for _ in range(size)]
        )
    return tuple(Case((scores,)) for scores in fixed)


MASK = Exercise(
    id="04.mascara",
    title="pesos que não olham para a frente",
    difficulty=3,
    importance=5,
    minutes=(8, 15),
    statement="""
Escreva `my_causal_weights(scores)`. Ela recebe uma tabela quadrada de scores, em que a linha `i`
pergunta e a coluna `j` responde, e devolve a tabela dos pesos.

A posição `i` pode olhar para `j ≤ i`, **inclusive para si mesma**. O peso do resto é zero, e cada
linha soma 1.
""",
    done_when="Cada linha soma 1, e mudar um score do futuro não muda peso nenhum.",
    hints=(
        Hint(
            "uma pergunta",
            "Que score faz a exponencial dar exatamente zero? Não é o zero: `exp(0)` é 1.",
        ),
        Hint(
            "o plano",
            "1. Em cada linha `i`, fique só com os scores de `0` até `i`.\n"
            "2. Aplique o softmax a esses.\n"
            "3. Complete a linha com zeros.\n"
            "Com tensores: `masked_fill(~mask, -torch.inf)` e depois `softmax(-1)`.",
        ),
        Hint(
            "por que a primeira linha vira `nan`?",
            "A máscara escondeu também a própria posição, e a linha 0 ficou sem ter para onde "
            "olhar. A diagonal é permitida.",
        ),
        Hint(
            "a saída esperada",
            "`my_causal_weights([[0.0, 5.0], [5.0, 0.0]])` dá "
            "`[[1.0, 0.0], [0.993, 0.007]]`, com arredondamento.",
        ),
    ),
    name="my_causal_weights",
    stub='''
def my_causal_weights(scores: list[list[float]]) -> list[list[float]]:
    """Devolve os pesos de cada linha, com o futuro escondido."""
    raise NotImplementedError  # escreva aqui
''',
    solution=_causal_weights,
    form=ROWS,
    tolerance=1e-5,
    make_cases=_cases,
    wrong=(
        KnownWrong(
            "sem_mascara",
            _no_mask,
            "Seu resultado é igual ao de quem **não usa máscara**. As linhas somam 1, mas a "
            "posição 0 já leu as outras. Esconda `j > i` antes do softmax.",
        ),
        KnownWrong(
            "zera_os_scores",
            _zero_scores,
            "Seu resultado é igual ao de quem põe **zero nos scores** do futuro. Zero é um score "
            "como outro qualquer: `exp(0)` é 1, e o futuro recebe peso. Use menos infinito.",
        ),
        KnownWrong(
            "zera_os_pesos",
            _zero_weights,
            "Seu resultado é igual ao de quem zera **os pesos depois** do softmax. A linha já não "
            "soma 1, e o futuro continua no denominador. Esconda antes.",
        ),
        KnownWrong(
            "ao_contrario",
            _reversed_mask,
            "Seu resultado é igual ao de quem escondeu **o passado**. A última linha só olha para "
            "si mesma. Em `[i][j]`, quem pergunta é `i`; fica `j ≤ i`.",
        ),
        KnownWrong(
            "sem_a_diagonal",
            _without_itself,
            "Seu resultado é igual ao de quem proíbe olhar para **si mesmo**. A linha 0 fica sem "
            "ninguém, e o softmax de nada é `nan`. Permita `j = i`.",
        ),
        KnownWrong(
            "uma_a_mais",
            _one_ahead,
            "Seu resultado é igual ao de quem deixa ver **uma posição à frente**. É justo o token "
            "que o modelo precisa prever: ele copiaria a resposta. O corte é `row[: i + 1]`.",
        ),
        KnownWrong(
            "nas_colunas",
            _columns,
            "Seu resultado é igual ao de quem aplica o softmax **por coluna**. Somam 1 as chaves, "
            "e não as consultas. Normalize cada linha.",
        ),
        KnownWrong(
            "tabela_inteira",
            _whole_table,
            "Seu resultado é igual ao de quem aplica um softmax só à **tabela inteira**. Cada "
            "posição tem a sua própria pergunta; faça um softmax por linha.",
        ),
    ),
)
