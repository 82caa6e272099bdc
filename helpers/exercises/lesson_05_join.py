"""Exercício 05.juntar: pôr as saídas das cabeças lado a lado, sem trocar ninguém de lugar."""

import torch
from torch import Tensor

from helpers.exercises.catalog import Case, Exercise, Form, Hint, KnownWrong

_TABLE = Form(
    "sequence",
    (Form("sequence", (Form("int"),), label="uma linha de números"),),
    label="uma tabela [pos, d_model]",
)


def _join_heads(z):
    """Devolve [pos, head · d_head]: em cada posição, a cabeça 0, depois a 1, depois a 2…"""
    n_heads, n_pos, _ = z.shape
    rows = []
    for position in range(n_pos):
        row = []
        for head in range(n_heads):
            row.extend(z[head, position].tolist())
        rows.append(row)
    return rows


def _reshape_only(z: Tensor) -> Tensor:
    return z.reshape(z.shape[1], -1)


def _one_below_the_other(z: Tensor) -> Tensor:
    return z.flatten(0, 1)


def _sums(z: Tensor) -> Tensor:
    return z.sum(0)


def _interleaves(z: Tensor) -> Tensor:
    return z.permute(1, 2, 0).flatten(1)


def _reversed_heads(z: Tensor) -> Tensor:
    return z.flip(0).transpose(0, 1).flatten(1)


def _first_head(z: Tensor) -> Tensor:
    return z[0]


def _does_not_glue(z: Tensor) -> Tensor:
    return z.transpose(0, 1)


def _transposed(z: Tensor) -> Tensor:
    return z.transpose(0, 1).flatten(1).T


def _sorts_each_row(z: Tensor) -> Tensor:
    return z.transpose(0, 1).flatten(1).sort(-1).values


def _labelled(n_heads: int, n_pos: int, d_head: int, down: bool = False) -> Tensor:
    """Em cada casa, três algarismos: cabeça, posição, coordenada; `down` faz a cabeça descer."""
    head, pos, place = torch.meshgrid(
        torch.arange(n_heads), torch.arange(n_pos), torch.arange(d_head), indexing="ij"
    )
    return 100 * (9 - head if down else head + 1) + 10 * pos + place


def _cases() -> tuple[Case, ...]:
    sizes = [(2, 3, 2), (3, 2, 4), (1, 4, 3), (4, 1, 2), (3, 3, 3), (2, 4, 1), (2, 2, 2)]
    sizes += [(h, n, d) for h in (2, 4) for n in (3, 5) for d in (2, 3)]
    # Com os números descendo de cabeça em cabeça, ordenar cada linha deixa de acertar.
    return tuple(
        Case(
            (_labelled(*size, down),),
            f"z de forma {list(size)}, casas 100·({first}) + 10·pos + coordenada",
        )
        for down, first in ((False, "head+1"), (True, "9−head"))
        for size in sizes
    )


JOIN = Exercise(
    id="05.juntar",
    title="juntar sem embaralhar",
    difficulty=2,
    importance=5,
    minutes=(8, 12),
    statement="""
Cada cabeça devolveu uma tabela `[pos, d_head]`. Empilhadas, elas formam `z`, de forma
`[head, pos, d_head]`.

Escreva `my_join_heads(z)`. Ela devolve a **concatenação**, de forma `[pos, head · d_head]`: na
linha de cada posição vêm os números da cabeça 0, depois os da 1, e assim até a última. Nada é
somado. Pode devolver um tensor ou uma lista de listas.

Tente primeiro com dois laços. Depois, se quiser, procure a linha única que faz o mesmo.
""",
    done_when="A linha de cada posição só traz números dessa posição, uma cabeça depois da outra.",
    hints=(
        Hint(
            "uma pergunta",
            "Na linha da posição 1 do resultado pode aparecer algum número que estava na posição 0 "
            "de `z`?",
        ),
        Hint(
            "o plano",
            "1. Leia os tamanhos: `n_heads, n_pos, d_head = z.shape`.\n"
            "2. Para cada posição, comece uma linha vazia.\n"
            "3. Para cada cabeça, acrescente à linha os números de `z[head, position]`.\n"
            "4. Guarde a linha e siga para a próxima posição.",
        ),
        Hint(
            "por que a forma sai certa e os números não?",
            "`reshape` não sabe o que é cabeça: lê a memória em fila e quebra a fila em linhas "
            "novas. Traga antes o eixo da posição para a frente, com `transpose(0, 1)`.",
        ),
        Hint(
            "a saída esperada",
            "Com duas cabeças, três posições e `d_head` 2, a primeira linha é "
            "`[100, 101, 200, 201]`.",
        ),
    ),
    name="my_join_heads",
    stub='''
def my_join_heads(z):
    """Devolve a concatenação das cabeças: [head, pos, d_head] vira [pos, head · d_head]."""
    raise NotImplementedError  # escreva aqui
''',
    solution=_join_heads,
    form=_TABLE,
    make_cases=_cases,
    wrong=(
        KnownWrong(
            "reshape_direto",
            _reshape_only,
            "Seu resultado é igual ao de quem chama `reshape` **sem `transpose` antes**. A forma "
            "está certa e nenhum erro aparece, mas a primeira linha mistura posições da cabeça 0. "
            "Confira o algarismo do meio: numa linha, ele deveria ser sempre o mesmo.",
        ),
        KnownWrong(
            "uma_embaixo_da_outra",
            _one_below_the_other,
            "Seu resultado é igual ao de quem põe as cabeças **uma embaixo da outra** (o eixo 0 de "
            "`torch.cat`). Assim há mais linhas que posições. A concatenação acontece no eixo das "
            "coordenadas: cada linha fica mais larga, e o número de linhas não muda.",
        ),
        KnownWrong(
            "soma_as_cabecas",
            _sums,
            "Seu resultado é igual ao de quem **soma** as cabeças. É a leitura usual de ⊕, mas "
            "concatenar não soma nada: os números de cada cabeça continuam ali, lado a lado. A "
            "soma vem depois, em `W_O`.",
        ),
        KnownWrong(
            "intercala",
            _interleaves,
            "Seu resultado é igual ao de quem **intercala** as cabeças: coordenada 0 de todas, "
            "depois coordenada 1 de todas. Nada se perdeu, mas `W_O` espera uma fatia inteira "
            "por cabeça. Olhe o primeiro algarismo: ele deve se repetir `d_head` vezes.",
        ),
        KnownWrong(
            "cabecas_ao_contrario",
            _reversed_heads,
            "Seu resultado é igual ao de quem começa pela **última cabeça**. Cada linha está "
            "inteira, mas a fatia de `W_O` da cabeça 0 vai multiplicar a última. Comece pela 0.",
        ),
        KnownWrong(
            "so_a_cabeca_zero",
            _first_head,
            "Seu resultado é igual ao de quem devolve **só a cabeça 0**. Confira a largura: ela "
            "deveria ser `n_heads · d_head`. Procure um `return` dentro do laço.",
        ),
        KnownWrong(
            "nao_emenda",
            _does_not_glue,
            "Seu resultado é igual ao de quem traz a posição para a frente mas **não emenda** as "
            "cabeças: sobram três eixos, `[pos, head, d_head]`. Falta juntar os dois últimos, com "
            "`.flatten(1)` ou um `reshape(n_pos, -1)`.",
        ),
        KnownWrong(
            "ordena_a_linha",
            _sorts_each_row,
            "Seu resultado é igual ao de quem **ordena os números** de cada linha. Com os do "
            "exemplo dá certo por acaso: lá eles crescem de uma cabeça para a outra. A ordem é a "
            "das cabeças, seja qual for o valor que cada uma trouxe.",
        ),
        KnownWrong(
            "deitado",
            _transposed,
            "Seu resultado é igual ao de quem devolve a tabela **deitada**: coordenadas nas linhas "
            "e posições nas colunas. Neste curso a posição é sempre a linha.",
        ),
    ),
)
