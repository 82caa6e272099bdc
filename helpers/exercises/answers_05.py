"""Respostas da lição 05: a solução, os enganos e os casos de cada exercício."""

import math
import random
from collections.abc import Callable
from functools import cache
from math import sqrt

import torch
from torch import Tensor, nn

from helpers.config import DecoderConfig
from helpers.decoder import Decoder
from helpers.exercises.catalog import Answer, Case, Form
from helpers.hooks import run_with_edits

# --- 05.repartir ---------------------------------------------------------------------------------

_ROW = Form("sequence", (Form("number"),), label="uma linha de números")
_HEADS = Form(
    "sequence",
    (Form("sequence", (_ROW,), label="a tabela de uma cabeça"),),
    label="uma tabela por cabeça, [head, pos, d_head]",
)


def _split_heads(q, n_heads):
    """Devolve [head, pos, d_head]: cada cabeça com as suas colunas, em todas as posições."""
    import torch

    d_head = q.shape[1] // n_heads
    tables = []
    for head in range(n_heads):
        tables.append(q[:, head * d_head : (head + 1) * d_head])
    return torch.stack(tables)


def _apart(q: Tensor, n_heads: int) -> Tensor:
    return q.unflatten(-1, (n_heads, -1)).transpose(0, 1)


def _view_only(q: Tensor, n_heads: int) -> Tensor:
    return q.reshape(n_heads, len(q), -1)


def _every_nth_column(q: Tensor, n_heads: int) -> Tensor:
    return torch.stack([q[:, head::n_heads] for head in range(n_heads)])


def _no_transpose(q: Tensor, n_heads: int) -> Tensor:
    return q.unflatten(-1, (n_heads, -1))


def _cuts_rows(q: Tensor, n_heads: int) -> list[Tensor]:
    return list(q.tensor_split(n_heads, dim=0))


def _only_the_first_head(q: Tensor, n_heads: int) -> Tensor:
    return q[:, : q.shape[1] // n_heads]


def _last_head_first(q: Tensor, n_heads: int) -> Tensor:
    return _apart(q, n_heads).flip(0)


def _lying_down(q: Tensor, n_heads: int) -> Tensor:
    return _apart(q, n_heads).mT


def _everyone_gets_all(q: Tensor, n_heads: int) -> Tensor:
    return q.expand(n_heads, -1, -1)


def _same_columns(q: Tensor, n_heads: int) -> Tensor:
    return _apart(q, n_heads)[:1].expand(n_heads, -1, -1)


def _as_wide_as_the_count(q: Tensor, n_heads: int) -> list[Tensor]:
    return list(q.split(n_heads, dim=1))


def _starts_one_by_one(q: Tensor, n_heads: int) -> Tensor:
    d_head = q.shape[1] // n_heads
    return torch.stack([q[:, head : head + d_head] for head in range(n_heads)])


def _end_too_early(q: Tensor, n_heads: int) -> list[Tensor]:
    d_head = q.shape[1] // n_heads
    return [q[:, head * d_head : head + d_head] for head in range(n_heads)]


def _slices_rows(q: Tensor, n_heads: int) -> list[Tensor]:
    d_head = q.shape[1] // n_heads
    return [q[head * d_head : (head + 1) * d_head] for head in range(n_heads)]


def _split_cases() -> tuple[Case, ...]:
    sizes = [(3, 2, 2), (2, 3, 4), (4, 1, 3), (1, 4, 2), (3, 3, 3), (4, 2, 1), (2, 2, 2)]
    sizes += [(n, h, d) for n in (3, 5) for h in (2, 4) for d in (2, 3)]
    cases = []
    for n_pos, n_heads, d_head in sizes:
        pos = torch.arange(n_pos)[:, None]
        q = 10 * pos + torch.arange(n_heads * d_head)
        shown = f"q de forma {list(q.shape)}, casas 10·pos + coluna; n_heads={n_heads}"
        cases.append(Case((q, n_heads), shown))
        broken = 7.75 - q.flip(1) / 4
        shown = f"q de forma {list(q.shape)}, números quebrados; n_heads={n_heads}"
        cases.append(Case((broken, n_heads), shown))
    return tuple(cases)


SPLIT = Answer(
    "05.repartir",
    solution=_split_heads,
    form=_HEADS,
    wrong={
        "view_direto": _view_only,
        "salta_colunas": _every_nth_column,
        "posicao_na_frente": _no_transpose,
        "corta_as_linhas": _cuts_rows,
        "so_a_cabeca_zero": _only_the_first_head,
        "cabecas_ao_contrario": _last_head_first,
        "deitado": _lying_down,
        "cada_uma_com_tudo": _everyone_gets_all,
        "sempre_as_mesmas_colunas": _same_columns,
        "largura_pelo_numero_de_cabecas": _as_wide_as_the_count,
        "comeca_de_um_em_um": _starts_one_by_one,
        "acaba_cedo": _end_too_early,
        "fatia_as_linhas": _slices_rows,
        "falta_a_ultima": lambda q, n_heads: _apart(q, n_heads)[:-1],
        "corta_a_virgula": lambda q, n_heads: _apart(q, n_heads).int(),
    },
    cases=_split_cases,
)


# --- 05.juntar -----------------------------------------------------------------------------------

_TABLE = Form("sequence", (_ROW,), label="uma tabela [pos, d_model]")


def _join_heads(z):
    """Devolve [pos, head · d_head]: em cada posição, a cabeça 0, depois a 1, depois a 2…"""
    import torch

    return torch.cat(list(z), dim=-1)


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


def _swaps_the_last_axes(z: Tensor) -> Tensor:
    return z.transpose(1, 2).reshape(z.shape[1], -1)


def _never_empties_the_row(z: Tensor) -> list[list[float]]:
    rows, row = [], []
    for position in range(z.shape[1]):
        for head in range(z.shape[0]):
            row.extend(z[head, position].tolist())
        rows.append(row)
    return rows


def _one_row_per_head(z: Tensor) -> Tensor:
    return z.flatten(1)


def _last_head(z: Tensor) -> Tensor:
    return z[-1]


def _truncates(z: Tensor) -> Tensor:
    return z.transpose(0, 1).flatten(1).int()


def _labelled(n_heads: int, n_pos: int, d_head: int) -> Tensor:
    """Em cada casa, três algarismos: cabeça, posição, coordenada."""
    head, pos, place = torch.meshgrid(
        torch.arange(n_heads), torch.arange(n_pos), torch.arange(d_head), indexing="ij"
    )
    return 100 * (head + 1) + 10 * pos + place


def _join_cases() -> tuple[Case, ...]:
    sizes = [(2, 3, 2), (3, 2, 4), (1, 4, 3), (4, 1, 2), (3, 3, 3), (2, 4, 1), (2, 2, 2)]
    sizes += [(h, n, d) for h in (2, 4) for n in (3, 5) for d in (2, 3)]
    rising = [
        Case(
            (_labelled(*size),),
            f"z de forma {list(size)}, casas 100·(head+1) + 10·pos + coordenada",
        )
        for size in sizes
    ]
    # Descendo de cabeça em cabeça, quebrados e de dois sinais, como os que saem de uma atenção:
    # ordenar cada linha, cortar a vírgula ou tirar o sinal deixam de acertar.
    falling = [
        Case((50.25 - _labelled(*size) / 4,), f"z de forma {list(size)}, números quebrados")
        for size in sizes
    ]
    return (*rising, *falling)


JOIN = Answer(
    "05.juntar",
    solution=_join_heads,
    form=_TABLE,
    wrong={
        "reshape_direto": _reshape_only,
        "uma_embaixo_da_outra": _one_below_the_other,
        "soma_as_cabecas": _sums,
        "intercala": _interleaves,
        "cabecas_ao_contrario": _reversed_heads,
        "so_a_cabeca_zero": _first_head,
        "nao_emenda": _does_not_glue,
        "ordena_a_linha": _sorts_each_row,
        "deitado": _transposed,
        "troca_os_ultimos_eixos": _swaps_the_last_axes,
        "linha_nao_recomeca": _never_empties_the_row,
        "uma_linha_por_cabeca": _one_row_per_head,
        "so_a_ultima": _last_head,
        "corta_a_virgula": _truncates,
    },
    cases=_join_cases,
)


# --- 05.parcelas ---------------------------------------------------------------------------------

_PIECES = Form(
    "sequence",
    (Form("sequence", (_ROW,), label="o que uma cabeça escreve"),),
    label="uma tabela por cabeça, [head, pos, d_model]",
)


def _head_writes(z, W_O):
    """Devolve [head, pos, d_model]: o que cada cabeça escreve, pela sua fatia de W_O."""
    import torch

    n_heads, _, d_head = z.shape
    written = []
    for head in range(n_heads):
        rows = W_O[head * d_head : (head + 1) * d_head]
        written.append(z[head] @ rows)
    return torch.stack(written)


def _slabs(z: Tensor, W_O: Tensor) -> Tensor:
    return W_O.unflatten(0, (len(z), -1))


def _slabs_in_jumps(z: Tensor, W_O: Tensor) -> Tensor:
    return torch.stack([one @ W_O[head :: len(z)] for head, one in enumerate(z)])


def _slabs_one_by_one(z: Tensor, W_O: Tensor) -> Tensor:
    d_head = z.shape[-1]
    return torch.stack([one @ W_O[head : head + d_head] for head, one in enumerate(z)])


def _same_slab(z: Tensor, W_O: Tensor) -> Tensor:
    return z @ _slabs(z, W_O)[0]


def _slabs_backwards(z: Tensor, W_O: Tensor) -> Tensor:
    return z @ _slabs(z, W_O).flip(0)


def _already_summed(z: Tensor, W_O: Tensor) -> Tensor:
    return (z @ _slabs(z, W_O)).sum(0)


def _running_sum(z: Tensor, W_O: Tensor) -> Tensor:
    return (z @ _slabs(z, W_O)).cumsum(0)


def _shares_among_heads(z: Tensor, W_O: Tensor) -> Tensor:
    return z @ _slabs(z, W_O) / len(z)


def _only_the_first_slab(z: Tensor, W_O: Tensor) -> Tensor:
    return z[:1] @ _slabs(z, W_O)[:1]


def _place_first(z: Tensor, W_O: Tensor) -> Tensor:
    return (z @ _slabs(z, W_O)).transpose(0, 1)


def _head_times_the_sum(z: Tensor, W_O: Tensor) -> Tensor:
    return z @ _slabs(z, W_O).sum(0)


def _writes_cases() -> tuple[Case, ...]:
    generator = torch.Generator().manual_seed(507)
    sizes = [(2, 1, 2, 3), (2, 3, 2, 5), (3, 2, 2, 4), (1, 3, 4, 4), (4, 2, 3, 6), (3, 1, 1, 2)]
    sizes += [(h, n, d, m) for h in (2, 4) for n in (2, 3) for d in (2, 3) for m in (4, 7)]
    cases = []
    for n_heads, n_pos, d_head, d_model in sizes:
        z = torch.randint(-6, 7, (n_heads, n_pos, d_head), generator=generator) / 4
        W_O = torch.randint(-6, 7, (n_heads * d_head, d_model), generator=generator) / 4
        cases.append(Case((z, W_O), f"z de forma {list(z.shape)}, W_O {list(W_O.shape)}"))
    z = torch.tensor([[[1.0, 2.0]], [[3.0, 0.0]]])
    W_O = torch.tensor([[1.0, 0, 2], [0, 1, 1], [1, 1, 0], [5, 5, 5]])
    return (Case((z, W_O), "z=[[[1, 2]], [[3, 0]]] e a W_O da conta da seção"), *cases[1:])


WRITES = Answer(
    "05.parcelas",
    solution=_head_writes,
    form=_PIECES,
    wrong={
        "salta_linhas": _slabs_in_jumps,
        "comeca_de_um_em_um": _slabs_one_by_one,
        "sempre_a_mesma_fatia": _same_slab,
        "fatias_ao_contrario": _slabs_backwards,
        "ja_somadas": _already_summed,
        "vai_acumulando": _running_sum,
        "divide_pelas_cabecas": _shares_among_heads,
        "so_a_cabeca_zero": _only_the_first_slab,
        "posicao_na_frente": _place_first,
        "soma_as_fatias": _head_times_the_sum,
        "falta_a_ultima": lambda z, W_O: (z @ _slabs(z, W_O))[:-1],
    },
    cases=_writes_cases,
)


# --- 05.formas, 05.multiplicacoes ----------------------------------------------------------------

_WIDTHS = Form(
    "sequence",
    (Form("int"),),
    length=5,
    label="largura de uma cabeça, da concatenação, da escrita; linhas e colunas de W_O",
)

_FOUR = Form("sequence", (Form("int"),), length=4, label="q, k e v; scores; mistura; W_O")

SHAPES = Answer(
    "05.formas",
    solution=(32, 128, 96, 128, 96),
    form=_WIDTHS,
    wrong={
        "d_v_de_costume": (24, 96, 96, 96, 96),
        "soma_em_vez_de_concatenar": (32, 32, 96, 32, 96),
        "w_o_nao_muda_a_largura": (32, 128, 128, 128, 128),
        "w_o_deitada": (32, 128, 96, 96, 128),
        "cada_cabeca_inteira": (96, 384, 96, 384, 96),
        "d_v_so_na_cabeca": (32, 96, 96, 96, 96),
        "escreve_a_concatenacao": (32, 128, 128, 128, 96),
        "w_o_quadrada": (32, 128, 96, 96, 96),
        "w_o_de_uma_cabeca": (32, 128, 96, 32, 96),
        "posicoes_na_largura": (32, 128, 96, 7, 96),
        "d_v_sobre_as_cabecas": (8, 32, 96, 32, 96),
    },
    code="""
d_model, n_heads, d_v = 96, 4, 32

my_widths_solution = (d_v, n_heads * d_v, d_model, n_heads * d_v, d_model)
""",
)


def _macs(n_pos: int, d_model: int, n_heads: int, d_head: int) -> list[int]:
    """Devolve quantas multiplicações cada etapa faz: q, k e v; scores; mistura; W_O."""
    width = n_heads * d_head
    project = 3 * n_pos * d_model * width
    scores = n_heads * n_pos * n_pos * d_head
    mix = n_heads * n_pos * n_pos * d_head
    output = n_pos * width * d_model
    return [project, scores, mix, output]


def _one_head(n_pos: int, d_model: int, n_heads: int, d_head: int) -> list[int]:
    return _macs(n_pos, d_model, 1, d_head)


def _no_three(n_pos: int, d_model: int, n_heads: int, d_head: int) -> list[int]:
    project, *rest = _macs(n_pos, d_model, n_heads, d_head)
    return [project // 3, *rest]


def _linear(n_pos: int, d_model: int, n_heads: int, d_head: int) -> list[int]:
    project, scores, mix, output = _macs(n_pos, d_model, n_heads, d_head)
    return [project, scores // n_pos, mix // n_pos, output]


def _square(n_pos: int, d_model: int, n_heads: int, d_head: int) -> list[int]:
    side = n_pos * d_model * d_model
    return [3 * side, n_pos * n_pos * d_model, n_pos * n_pos * d_model, side]


def _doubled(n_pos: int, d_model: int, n_heads: int, d_head: int) -> list[int]:
    return [2 * count for count in _macs(n_pos, d_model, n_heads, d_head)]


def _full_width_heads(n_pos: int, d_model: int, n_heads: int, d_head: int) -> list[int]:
    project, _, _, output = _macs(n_pos, d_model, n_heads, d_head)
    wide = n_heads * n_pos * n_pos * d_model
    return [project, wide, wide, output]


def _parameters(n_pos: int, d_model: int, n_heads: int, d_head: int) -> list[int]:
    width = n_heads * d_head
    return [3 * d_model * width, n_heads * n_pos * n_pos, n_heads * n_pos * n_pos, width * d_model]


def _scores_of_one_head(n_pos: int, d_model: int, n_heads: int, d_head: int) -> list[int]:
    project, scores, mix, output = _macs(n_pos, d_model, n_heads, d_head)
    return [project, scores // n_heads, mix // n_heads, output]


def _no_width(n_pos: int, d_model: int, n_heads: int, d_head: int) -> list[int]:
    project, scores, mix, output = _macs(n_pos, d_model, n_heads, d_head)
    return [project, scores // d_head, mix // d_head, output]


def _square_projections(n_pos: int, d_model: int, n_heads: int, d_head: int) -> list[int]:
    _, scores, mix, _ = _macs(n_pos, d_model, n_heads, d_head)
    return [3 * n_pos * d_model**2, scores, mix, n_pos * d_model**2]


def _masked(n_pos: int, d_model: int, n_heads: int, d_head: int) -> list[int]:
    project, _, _, output = _macs(n_pos, d_model, n_heads, d_head)
    half = n_heads * d_head * n_pos * (n_pos + 1) // 2
    return [project, half, half, output]


def _output_of_one_head(n_pos: int, d_model: int, n_heads: int, d_head: int) -> list[int]:
    project, scores, mix, output = _macs(n_pos, d_model, n_heads, d_head)
    return [project, scores, mix, output // n_heads]


def _one_position(n_pos: int, d_model: int, n_heads: int, d_head: int) -> list[int]:
    project, scores, mix, output = _macs(n_pos, d_model, n_heads, d_head)
    return [project // n_pos, scores, mix, output // n_pos]


def _costs_cases() -> tuple[Case, ...]:
    sizes = [
        (5, 8, 2, 4),
        (1, 6, 3, 2),
        (1024, 768, 12, 64),
        (3, 10, 2, 4),
        (7, 12, 1, 12),
        (2, 5, 4, 3),
    ]
    sizes += [(n, 10, h, d) for n in (3, 6) for h in (2, 5) for d in (2, 3, 7)]
    return tuple(Case(size) for size in sizes)


MACS = Answer(
    "05.multiplicacoes",
    solution=_macs,
    form=_FOUR,
    wrong={
        "uma_cabeca_so": _one_head,
        "uma_projecao_so": _no_three,
        "esquece_o_quadrado": _linear,
        "supoe_d_model": _square,
        "conta_somas_tambem": _doubled,
        "cabeca_larga": _full_width_heads,
        "conta_numeros_guardados": _parameters,
        "scores_de_uma_cabeca": _scores_of_one_head,
        "scores_sem_largura": _no_width,
        "projecao_quadrada": _square_projections,
        "desconta_a_mascara": _masked,
        "w_o_de_uma_cabeca": _output_of_one_head,
        "esquece_as_posicoes": _one_position,
        "pesos_no_lugar_dos_valores": lambda n, d, h, k: [
            3 * n * d * h * k,
            h * n * n * k,
            h * n * n * n,
            n * h * k * d,
        ],
    },
    cases=_costs_cases,
)


# --- 05.varias_cabecas ---------------------------------------------------------------------------


def _multi_head(x, W_Q, W_K, W_V, W_O):
    """Devolve o que a camada escreve em cada posição: a soma do que cada cabeça escreve."""
    n_pos = x.shape[0]
    past = x.new_ones(n_pos, n_pos).tril().bool()
    written = 0
    for head in range(W_Q.shape[0]):
        q, k, v = x @ W_Q[head], x @ W_K[head], x @ W_V[head]
        scores = q @ k.T / q.shape[-1] ** 0.5
        pattern = scores.masked_fill(~past, float("-inf")).softmax(-1)
        written = written + pattern @ v @ W_O[head]
    return written


def _heads(x, W_Q, W_K, W_V, scale=None, mask="causal", axis=-1, hidden=-torch.inf):
    """A saída de cada cabeça, com um defeito escolhido."""
    n_pos = x.shape[0]
    future = torch.ones(n_pos, n_pos).triu({"ahead": 2, "strict": 0}.get(mask, 1)).bool()
    found = []
    for head in range(W_Q.shape[0]):
        q, k, v = x @ W_Q[head], x @ W_K[head], x @ W_V[head]
        scores = q @ k.T / (sqrt(q.shape[-1]) if scale is None else scale)
        if mask not in ("none", "after"):
            scores = scores.masked_fill(future, hidden)
        pattern = scores.softmax(axis) if axis is not None else scores
        found.append((pattern.masked_fill(future, 0) if mask == "after" else pattern) @ v)
    return found


def _write(z, W_O):
    return sum(one @ out for one, out in zip(z, W_O, strict=True))


def _with(**defect):
    """Uma resposta certa em tudo, menos no defeito escolhido."""

    def answer(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, W_O: Tensor) -> Tensor:
        return _write(_heads(x, W_Q, W_K, W_V, **defect), W_O)

    return answer


def _scale_by(chosen):
    """Uma resposta que divide os scores por outro número."""

    def answer(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, W_O: Tensor) -> Tensor:
        return _write(_heads(x, W_Q, W_K, W_V, scale=chosen(x, W_Q)), W_O)

    return answer


def _swapped(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, W_O: Tensor) -> Tensor:
    return _multi_head(x, W_K, W_Q, W_V, W_O)


def _averages(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, W_O: Tensor) -> Tensor:
    return _multi_head(x, W_Q, W_K, W_V, W_O) / len(W_Q)


def _last_head_writes(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, W_O: Tensor) -> Tensor:
    return _multi_head(x, W_Q[-1:], W_K[-1:], W_V[-1:], W_O[-1:])


def _first_head_writes(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, W_O: Tensor) -> Tensor:
    return _multi_head(x, W_Q[:1], W_K[:1], W_V[:1], W_O[:1])


def _first_slice(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, W_O: Tensor) -> Tensor:
    return _multi_head(x, W_Q, W_K, W_V, W_O[:1].expand_as(W_O))


def _no_output(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, W_O: Tensor) -> Tensor:
    return torch.cat(_heads(x, W_Q, W_K, W_V), dim=-1)


def _sums_before(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, W_O: Tensor) -> Tensor:
    return sum(_heads(x, W_Q, W_K, W_V)) @ W_O.sum(0)


def _shuffled_concat(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, W_O: Tensor) -> Tensor:
    z = torch.stack(_heads(x, W_Q, W_K, W_V))
    return z.reshape(len(x), -1) @ W_O.flatten(0, 1)


def _adds_the_stream(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, W_O: Tensor) -> Tensor:
    return x + _multi_head(x, W_Q, W_K, W_V, W_O)


def _overflows(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, W_O: Tensor) -> Tensor:
    written = torch.zeros_like(x)
    for head in range(len(W_Q)):
        scores = (x @ W_Q[head]) @ (x @ W_K[head]).T / sqrt(W_Q.shape[-1])
        grown = scores.exp().tril()
        written += grown / grown.sum(-1, keepdim=True) @ (x @ W_V[head]) @ W_O[head]
    return written


def _chained(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, W_O: Tensor) -> Tensor:
    for h in range(len(W_Q)):
        x = _multi_head(x, W_Q[h : h + 1], W_K[h : h + 1], W_V[h : h + 1], W_O[h : h + 1])
    return x


def _chained_sum(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, W_O: Tensor) -> Tensor:
    for h in range(len(W_Q)):
        x = x + _multi_head(x, W_Q[h : h + 1], W_K[h : h + 1], W_V[h : h + 1], W_O[h : h + 1])
    return x


def _multihead_cases() -> tuple[Case, ...]:
    generator = torch.Generator().manual_seed(505)

    def draw(*shape: int) -> Tensor:
        """Quartos, positivos e negativos, em float32, como os números do modelo."""
        return torch.randint(-6, 7, shape, generator=generator) / 4

    sizes = [(2, 2, 2, 1), (3, 4, 2, 2), (4, 6, 3, 2), (2, 4, 1, 4), (5, 4, 2, 3), (1, 4, 2, 2)]
    sizes += [(n, 2 * d, h, d) for n in (2, 4) for h in (2, 3) for d in (2, 3, 4)]
    drawn = []
    for n_pos, d_model, n_heads, d_head in sizes:
        read, write = (n_heads, d_model, d_head), (n_heads, d_head, d_model)
        drawn.append([draw(n_pos, d_model), draw(*read), draw(*read), draw(*read), draw(*write)])
    # Scores de centenas, de dois sinais: a exponencial estoura sem tirar o maior.
    for n_pos, d_head in ((3, 4), (4, 1)):
        x, W_Q, W_K, W_V, W_O = (
            torch.randint(-3, 4, shape, generator=generator).float()
            for shape in ((n_pos, 3), *((2, 3, d_head),) * 3, (2, d_head, 3))
        )
        drawn.append([x, 8 * W_Q, 8 * W_K, W_V, W_O])
    return tuple(Case(tuple(args), _told(*args)) for args in drawn)


def _told(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, W_O: Tensor) -> str:
    return f"x {list(x.shape)}, W_Q, W_K e W_V {list(W_Q.shape)}, W_O {list(W_O.shape)}"


MULTI_HEAD = Answer(
    "05.varias_cabecas",
    solution=_multi_head,
    form=_TABLE,
    wrong={
        "sem_escala": _with(scale=1),
        "escala_do_modelo": _scale_by(lambda x, W_Q: sqrt(x.shape[-1])),
        "divide_por_d": _scale_by(lambda x, W_Q: W_Q.shape[-1]),
        "escala_por_posicoes": _scale_by(lambda x, W_Q: sqrt(len(x))),
        "multiplica_pela_raiz": _scale_by(lambda x, W_Q: 1 / sqrt(W_Q.shape[-1])),
        "sem_mascara": _with(mask="none"),
        "mascara_depois": _with(mask="after"),
        "zera_os_scores": _with(hidden=0.0),
        "sem_a_diagonal": _with(mask="strict"),
        "uma_a_mais": _with(mask="ahead"),
        "softmax_no_eixo_errado": _with(axis=0),
        "sem_softmax": _with(axis=None, hidden=0.0),
        "trocou_q_e_k": _swapped,
        "estoura": _overflows,
        "media_das_cabecas": _averages,
        "so_a_ultima": _last_head_writes,
        "so_a_primeira": _first_head_writes,
        "uma_fatia_so": _first_slice,
        "sem_w_o": _no_output,
        "soma_antes_de_w_o": _sums_before,
        "concatenacao_embaralhada": _shuffled_concat,
        "soma_o_fluxo": _adds_the_stream,
        "uma_entra_na_outra": _chained,
        "soma_no_proprio_x": _chained_sum,
        "menos_mil": _with(hidden=-1000.0),
        "mistura_as_chaves": lambda x, W_Q, W_K, W_V, W_O: _multi_head(x, W_Q, W_K, W_K, W_O),
    },
    cases=_multihead_cases,
    tolerance=1e-4,
)


# --- 05.calar, 05.faz_falta ----------------------------------------------------------------------

_LOGIT_ROW = Form("sequence", (Form("number"),), label="uma linha de logits")
_TEXT_LOGITS = Form("sequence", (_LOGIT_ROW,), label="uma linha de logits por posição")
_LOGITS = Form("sequence", (_TEXT_LOGITS,), label="os logits, [batch, pos, d_vocab]")


def _silence(model, tokens, layer, head):
    """Devolve os logits do modelo com uma cabeça calada, [batch, pos, d_vocab]."""
    from helpers.hooks import run_with_edits

    def edit(z):
        z = z.clone()
        z[:, :, head] = 0
        return z

    return run_with_edits(model, tokens, {f"blocks.{layer}.attn.hook_z": edit})


def _edited(change, point="hook_z"):
    """Uma resposta que muda o que passa por um ponto da camada, com um defeito escolhido."""

    def answer(model: nn.Module, tokens: Tensor, layer: int, head: int) -> Tensor:
        def edit(value: Tensor) -> Tensor:
            value = value.clone()
            change(value, head)
            return value

        return run_with_edits(model, tokens, {f"blocks.{layer}.attn.{point}": edit})

    return answer


def _at(place):
    """Põe zero no lugar que `place` escolhe."""

    def change(value: Tensor, head: int) -> None:
        value[place(value, head)] = 0

    return change


def _keep_only(value: Tensor, head: int) -> None:
    value[:, :, [other for other in range(value.shape[2]) if other != head]] = 0


def _mean_place(value: Tensor, head: int) -> None:
    value[:, :, head] = value[:, :, head].mean(1, keepdim=True)


def _minus(value: Tensor, head: int) -> None:
    value[:, :, head] *= -1


def _changes_nothing(model: nn.Module, tokens: Tensor, layer: int, head: int) -> Tensor:
    return model(tokens)


def _every_layer(model: nn.Module, tokens: Tensor, layer: int, head: int) -> Tensor:
    def edit(z: Tensor) -> Tensor:
        z = z.clone()
        z[:, :, head] = 0
        return z

    names = [f"blocks.{number}.attn.hook_z" for number in range(len(model.blocks))]
    return run_with_edits(model, tokens, dict.fromkeys(names, edit))


def _swaps_layer_and_head(model: nn.Module, tokens: Tensor, layer: int, head: int) -> Tensor:
    return _silence(model, tokens, head, layer)


def _first_layer(model: nn.Module, tokens: Tensor, layer: int, head: int) -> Tensor:
    return _silence(model, tokens, 0, head)


def _first_head_of_the_layer(model: nn.Module, tokens: Tensor, layer: int, head: int) -> Tensor:
    return _silence(model, tokens, layer, 0)


def _layer_for_head(model: nn.Module, tokens: Tensor, layer: int, head: int) -> Tensor:
    return _silence(model, tokens, layer, layer)


def _counts_from_one(model: nn.Module, tokens: Tensor, layer: int, head: int) -> Tensor:
    return _silence(model, tokens, layer, head - 1)


def _erases_weights(model: nn.Module, tokens: Tensor, layer: int, head: int) -> Tensor:
    model.blocks[layer].attn.W_O[head] = 0
    return model(tokens)


def _last_row_only(model: nn.Module, tokens: Tensor, layer: int, head: int) -> Tensor:
    return _silence(model, tokens, layer, head)[:, -1:]


def _probabilities(model: nn.Module, tokens: Tensor, layer: int, head: int) -> Tensor:
    return _silence(model, tokens, layer, head).softmax(-1)


def _difference(model: nn.Module, tokens: Tensor, layer: int, head: int) -> Tensor:
    return model(tokens) - _silence(model, tokens, layer, head)


def _toy(seed: int, n_heads: int, n_layers: int) -> Decoder:
    """Um decoder minúsculo, de pesos grandes o bastante para cada cabeça fazer diferença."""
    generator = torch.Generator().manual_seed(seed)
    config = DecoderConfig(
        d_vocab=5, n_ctx=6, d_model=4 * n_heads, n_heads=n_heads, n_layers=n_layers, d_mlp=3
    )
    model = Decoder(config, generator=generator)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if "ln" not in name:
                weight.normal_(generator=generator)
    return model.requires_grad_(False)


@cache  # a conferência dá a cada resposta uma cópia
def _toy_cases(*sizes: tuple[int, int]) -> list[tuple[Decoder, Tensor, list[tuple[int, int]]]]:
    generator = torch.Generator().manual_seed(508)
    found = []
    for seed, (n_heads, n_layers) in enumerate(sizes):
        model = _toy(500 + seed, n_heads, n_layers)
        # Em todo eixo cabe o índice de uma cabeça: quem zera o eixo errado não para com erro.
        size = (1 + seed % 2, n_heads + 1 + seed % 2)
        tokens = torch.randint(5, size, generator=generator)
        places = [(layer, head) for layer in range(n_layers) for head in range(n_heads)]
        order = torch.randperm(len(places), generator=generator).tolist()
        found.append((model, tokens, [places[i] for i in order[:4]]))
    return found


def _told_model(model: Decoder, tokens: Tensor) -> str:
    config = model.config
    size = f"{config.n_layers} camadas de {config.n_heads} cabeças"
    return f"um decoder sorteado de {size}, tokens={tokens.tolist()}"


def _silence_cases() -> tuple[Case, ...]:
    return tuple(
        Case((model, tokens, layer, head), f"{_told_model(model, tokens)}, {layer}, {head}")
        for model, tokens, places in _toy_cases((2, 2), (3, 2), (2, 3), (3, 2))
        for layer, head in places
    )


SILENCE = Answer(
    "05.calar",
    solution=_silence,
    form=_LOGITS,
    wrong={
        "nao_muda_nada": _changes_nothing,
        "cala_uma_posicao": _edited(_at(lambda z, head: (slice(None), head))),
        "cala_uma_coordenada": _edited(_at(lambda z, head: (..., head))),
        "cala_todas": _edited(_at(lambda z, head: ...)),
        "cala_as_outras": _edited(_keep_only),
        "so_na_ultima_posicao": _edited(_at(lambda z, head: (slice(None), -1, head))),
        "so_no_primeiro_texto": _edited(_at(lambda z, head: (0, slice(None), head))),
        "em_todas_as_camadas": _every_layer,
        "camada_por_cabeca": _swaps_layer_and_head,
        "so_a_camada_zero": _first_layer,
        "sempre_a_cabeca_zero": _first_head_of_the_layer,
        "indice_da_camada": _layer_for_head,
        "conta_de_um": _counts_from_one,
        "olhar_por_igual": _edited(_at(lambda q, head: (slice(None), slice(None), head)), "hook_q"),
        "zera_os_scores": _edited(
            _at(lambda scores, head: (slice(None), head)), "hook_attn_scores"
        ),
        "media_do_texto": _edited(_mean_place),
        "troca_o_sinal": _edited(_minus),
        "mexe_nos_pesos": _erases_weights,
        "so_a_ultima_linha": _last_row_only,
        "probabilidades": _probabilities,
        "a_diferenca": _difference,
        "ate_a_cabeca": _edited(lambda z, head: z[:, :, : head + 1].zero_()),
        "poe_um": _edited(lambda z, head: z[:, :, head].fill_(1)),
        "camada_de_baixo": lambda model, tokens, layer, head: _silence(
            model, tokens, max(layer - 1, 0), head
        ),
    },
    cases=_silence_cases,
    tolerance=1e-4,
)

_COSTS = Form(
    "sequence",
    (Form("sequence", (Form("number"),), label="um número por cabeça"),),
    label="uma tabela [camada, cabeça]",
)


def _costs(model, tokens, target):
    """Devolve a tabela [camada][cabeça] de quanto cai a probabilidade de `target` sem cada uma."""
    from helpers.hooks import run_with_edits

    def chance(layer, head):
        def edit(z):
            z = z.clone()
            z[:, :, head] = 0
            return z

        logits = run_with_edits(model, tokens, {f"blocks.{layer}.attn.hook_z": edit})
        return logits[0, -1].softmax(-1)[target].item()

    whole = model(tokens)[0, -1].softmax(-1)[target].item()
    layers, heads = range(model.config.n_layers), range(model.config.n_heads)
    return [[whole - chance(layer, head) for head in heads] for layer in layers]


def _read_end(logits: Tensor, target: int) -> float:
    return logits[0, -1].softmax(-1)[target].item()


def _table(cell):
    """Uma resposta que percorre as cabeças e, em cada uma, faz a conta `cell`."""

    def answer(model: nn.Module, tokens: Tensor, target: int) -> list[list[float]]:
        whole = model(tokens)
        return [
            [
                cell(whole, _silence(model, tokens, layer, head), target)
                for head in range(model.config.n_heads)
            ]
            for layer in range(model.config.n_layers)
        ]

    return answer


def _heads_in_rows(model: nn.Module, tokens: Tensor, target: int) -> list[list[float]]:
    return [list(column) for column in zip(*_costs(model, tokens, target), strict=True)]


def _keeps_them_off(model: nn.Module, tokens: Tensor, target: int) -> list[list[float]]:
    whole, edits, table = _read_end(model(tokens), target), {}, []
    for layer in range(model.config.n_layers):
        table.append([])
        for head in range(model.config.n_heads):
            name = f"blocks.{layer}.attn.hook_z"
            off = head + 1
            edits[name] = lambda z, off=off: z * (torch.arange(z.shape[2]) >= off)[:, None]
            table[layer].append(whole - _read_end(run_with_edits(model, tokens, edits), target))
    return table


def _since_the_previous(model: nn.Module, tokens: Tensor, target: int) -> list[list[float]]:
    before, table = _read_end(model(tokens), target), []
    for layer in range(model.config.n_layers):
        table.append([])
        for head in range(model.config.n_heads):
            now = _read_end(_silence(model, tokens, layer, head), target)
            table[layer].append(before - now)
            before = now
    return table


def _only_the_first_layer(model: nn.Module, tokens: Tensor, target: int) -> list[list[float]]:
    return _costs(model, tokens, target)[:1]


def _mean_over_places(logits: Tensor, target: int) -> float:
    return logits[0].softmax(-1)[:, target].mean().item()


def _costs_of_heads_cases() -> tuple[Case, ...]:
    # Um texto só: `logits[0]` é tudo o que há. Cada modelo, com todos os alvos.
    return tuple(
        Case((model, tokens[:1], target), f"{_told_model(model, tokens[:1])}, target={target}")
        for model, tokens, _ in _toy_cases((2, 2), (3, 2), (3, 1))
        for target in (2, 0, 4, 1, 3)
    )


COSTS = Answer(
    "05.faz_falta",
    solution=_costs,
    form=_COSTS,
    wrong={
        "o_que_sobra": _table(lambda whole, left, t: _read_end(left, t)),
        "troca_o_sinal": _table(lambda whole, left, t: _read_end(left, t) - _read_end(whole, t)),
        "a_parte_que_sobra": _table(
            lambda whole, left, t: _read_end(left, t) / _read_end(whole, t)
        ),
        "a_parte_que_cai": _table(
            lambda whole, left, t: 1 - _read_end(left, t) / _read_end(whole, t)
        ),
        "sem_softmax": _table(lambda whole, left, t: (whole - left)[0, -1, t].item()),
        "em_logaritmo": _table(
            lambda whole, left, t: (whole[0, -1].log_softmax(-1) - left[0, -1].log_softmax(-1))[
                t
            ].item()
        ),
        "softmax_nas_posicoes": _table(
            lambda whole, left, t: (whole.softmax(1) - left.softmax(1))[0, -1, t].item()
        ),
        "primeira_posicao": _table(
            lambda whole, left, t: (whole.softmax(-1) - left.softmax(-1))[0, 0, t].item()
        ),
        "media_das_posicoes": _table(
            lambda whole, left, t: _mean_over_places(whole, t) - _mean_over_places(left, t)
        ),
        "o_favorito": _table(
            lambda whole, left, t: (
                whole[0, -1].softmax(-1).max() - left[0, -1].softmax(-1).max()
            ).item()
        ),
        "cabecas_nas_linhas": _heads_in_rows,
        "vai_deixando_caladas": _keeps_them_off,
        "compara_com_a_anterior": _since_the_previous,
        "so_a_primeira_camada": _only_the_first_layer,
        "sem_sinal": _table(lambda whole, left, t: abs(_read_end(whole, t) - _read_end(left, t))),
        "penultima_posicao": _table(
            lambda whole, left, t: (whole.softmax(-1) - left.softmax(-1))[0, -2, t].item()
        ),
    },
    cases=_costs_of_heads_cases,
)


# --- 05.converter --------------------------------------------------------------------------------

_ROWS = Form("sequence", (Form("text"),), label="uma lista com o nome de cada linha")


def _to_separate(rows: list[str], n_heads: int) -> list[str]:
    """Devolve as linhas na outra ordem: todo q, todo k, todo v, e em cada um as cabeças."""
    d_head = len(rows) // (3 * n_heads)
    ordered = []
    for part in range(3):
        for head in range(n_heads):
            start = (3 * head + part) * d_head
            ordered.extend(rows[start : start + d_head])
    return ordered


def _blocks(rows: list[str], n_heads: int) -> list[list[list[str]]]:
    d_head = len(rows) // (3 * n_heads)
    found = [rows[i : i + d_head] for i in range(0, len(rows), d_head)]
    return [found[3 * head : 3 * head + 3] for head in range(n_heads)]


def _leaves_as_is(rows: list[str], n_heads: int) -> list[str]:
    return list(rows)


def _other_way(rows: list[str], n_heads: int) -> list[str]:
    d_head = len(rows) // (3 * n_heads)
    ordered = []
    for head in range(n_heads):
        for part in range(3):
            start = (part * n_heads + head) * d_head
            ordered += rows[start : start + d_head]
    return ordered


def _every_third(rows: list[str], n_heads: int) -> list[str]:
    return [row for part in range(3) for row in rows[part::3]]


def _keys_first(rows: list[str], n_heads: int) -> list[str]:
    blocks = _blocks(rows, n_heads)
    return [row for part in (1, 0, 2) for head in blocks for row in head[part]]


def _only_queries(rows: list[str], n_heads: int) -> list[str]:
    return [row for head in _blocks(rows, n_heads) for row in head[0]]


def _heads_backwards(rows: list[str], n_heads: int) -> list[str]:
    blocks = _blocks(rows, n_heads)[::-1]
    return [row for part in range(3) for head in blocks for row in head[part]]


def _place_by_place(rows: list[str], n_heads: int) -> list[str]:
    blocks = _blocks(rows, n_heads)
    d_head = len(rows) // (3 * n_heads)
    return [blocks[h][part][i] for part in range(3) for i in range(d_head) for h in range(n_heads)]


def _sorts(rows: list[str], n_heads: int) -> list[str]:
    return sorted(rows)


def _by_letter(rows: list[str], n_heads: int) -> list[str]:
    return [row for part in "qkv" for row in rows if row[0] == part]


def _values_first(rows: list[str], n_heads: int) -> list[str]:
    return [row for part in (2, 1, 0) for head in _blocks(rows, n_heads) for row in head[part]]


def _no_values(rows: list[str], n_heads: int) -> list[str]:
    return [row for part in (0, 1) for head in _blocks(rows, n_heads) for row in head[part]]


def _one_row_each(rows: list[str], n_heads: int) -> list[str]:
    return [head[part][0] for part in range(3) for head in _blocks(rows, n_heads)]


def _starts_too_early(rows: list[str], n_heads: int) -> list[str]:
    d_head = len(rows) // (3 * n_heads)
    starts = [(head + part) * d_head for part in range(3) for head in range(n_heads)]
    return [row for start in starts for row in rows[start : start + d_head]]


def _layouts_rows(n_heads: int, d_head: int) -> list[str]:
    return [f"{p}{head}.{i}" for head in range(n_heads) for p in "qkv" for i in range(d_head)]


def _layouts_cases() -> tuple[Case, ...]:
    sizes = [(2, 2), (2, 1), (1, 3), (3, 2), (4, 3), (12, 1)]
    sizes += [(h, d) for h in (2, 3, 5) for d in (3, 4, 5)] + [(11, 2)]
    named = [Case((_layouts_rows(n_heads, d_head), n_heads)) for n_heads, d_head in sizes]
    # Sem a letra no nome: quem se guia por ele, e não pela posição, para aqui.
    plain = [([f"linha {i}" for i in range(3 * h * d)], h) for h, d in ((2, 2), (3, 1))]
    return (*named, *(Case(args) for args in plain))


LAYOUTS = Answer(
    "05.converter",
    solution=_to_separate,
    form=_ROWS,
    wrong={
        "nao_muda_nada": _leaves_as_is,
        "sentido_contrario": _other_way,
        "de_tres_em_tres": _every_third,
        "chaves_primeiro": _keys_first,
        "so_as_consultas": _only_queries,
        "cabecas_ao_contrario": _heads_backwards,
        "coordenada_por_fora": _place_by_place,
        "ordem_alfabetica": _sorts,
        "olha_a_letra": _by_letter,
        "valores_primeiro": _values_first,
        "sem_os_valores": _no_values,
        "uma_linha_de_cada": _one_row_each,
        "inicio_sem_tres": _starts_too_early,
    },
    cases=_layouts_cases,
)


# --- 05.mais_lido --------------------------------------------------------------------------------

_SHARES = Form("sequence", (Form("number"),), label="uma lista com um número por posição")
Pattern = list[list[float]]


def _read_share(pattern: list[list[float]]) -> list[float]:
    """Devolve, por posição, quanto ela é lida dividido pelo que a atenção uniforme daria."""
    n_pos = len(pattern)
    shares = []
    for source in range(n_pos):
        read = sum(pattern[row][source] for row in range(n_pos))
        uniform = sum(1 / (row + 1) for row in range(source, n_pos))
        shares.append(read / uniform)
    return shares


def _readers_rows(pattern: Pattern) -> list[float]:
    return [sum(row) for row in pattern]


def _columns(pattern: Pattern) -> list[float]:
    return [sum(row[source] for row in pattern) for source in range(len(pattern))]


def _mean(pattern: Pattern) -> list[float]:
    return [total / len(pattern) for total in _columns(pattern)]


def _by_readers(pattern: Pattern) -> list[float]:
    n_pos = len(pattern)
    return [total / (n_pos - source) for source, total in enumerate(_columns(pattern))]


def _expected(n_pos: int) -> list[float]:
    return [sum(1 / (row + 1) for row in range(source, n_pos)) for source in range(n_pos)]


def _subtracts(pattern: Pattern) -> list[float]:
    expected = _expected(len(pattern))
    return [a - b for a, b in zip(_columns(pattern), expected, strict=True)]


def _upside_down(pattern: Pattern) -> list[float]:
    expected = _expected(len(pattern))
    return [b / a if a else 0.0 for a, b in zip(_columns(pattern), expected, strict=True)]


def _forgets_itself(pattern: Pattern) -> list[float]:
    n_pos = len(pattern)
    expected = _expected(n_pos)
    return [
        sum(pattern[row][source] for row in range(source + 1, n_pos)) / expected[source]
        for source in range(n_pos)
    ]


def _late_readers(pattern: Pattern) -> list[float]:
    n_pos = len(pattern)
    later = [sum(1 / (row + 2) for row in range(source, n_pos)) for source in range(n_pos)]
    return [a / b for a, b in zip(_columns(pattern), later, strict=True)]


def _all_rows(pattern: Pattern) -> list[float]:
    whole = _expected(len(pattern))[0]
    return [total / whole for total in _columns(pattern)]


def _row_by_row(pattern: Pattern) -> list[float]:
    n_pos = len(pattern)
    return [
        sum(pattern[row][source] * (row + 1) for row in range(source, n_pos)) / (n_pos - source)
        for source in range(n_pos)
    ]


def _own_row_only(pattern: Pattern) -> list[float]:
    return [total * (source + 1) for source, total in enumerate(_columns(pattern))]


def _rows_before(pattern: Pattern) -> list[float]:
    sums = [sum(1 / (row + 1) for row in range(source + 1)) for source in range(len(pattern))]
    return [a / b for a, b in zip(_columns(pattern), sums, strict=True)]


def _drawn(n_pos: int, generator: random.Random) -> Pattern:
    rows = []
    for place in range(n_pos):
        parts = [generator.choice((0, 1, 2, 3, 5, 8, 13)) for _ in range(place)]
        parts.append(generator.randrange(1, 9))
        rows.append([part / sum(parts) for part in parts] + [0.0] * (n_pos - place - 1))
    return rows


def _readers_cases() -> tuple[Case, ...]:
    generator = random.Random(506)
    fixed = [
        [[1.0, 0.0], [0.5, 0.5]],
        [[1.0, 0.0, 0.0], [1.0, 0.0, 0.0], [1.0, 0.0, 0.0]],
        [[1.0, 0.0, 0.0], [0.25, 0.75, 0.0], [0.2, 0.3, 0.5]],
        [[1.0]],
    ]
    return tuple(Case((p,)) for p in fixed + [_drawn(n, generator) for n in 3 * (3, 4, 5, 6)])


READERS = Answer(
    "05.mais_lido",
    solution=_read_share,
    form=_SHARES,
    wrong={
        "soma_as_linhas": _readers_rows,
        "sem_referencia": _columns,
        "divide_por_n": _mean,
        "divide_pelos_leitores": _by_readers,
        "subtrai": _subtracts,
        "razao_invertida": _upside_down,
        "esquece_a_propria": _forgets_itself,
        "uma_linha_depois": _late_readers,
        "todas_as_linhas": _all_rows,
        "media_das_razoes": _row_by_row,
        "so_a_propria_linha": _own_row_only,
        "linhas_de_antes": _rows_before,
        "leitores_sobre_n": lambda p: [
            sum(row[j] for row in p) * len(p) / (len(p) - j) for j in range(len(p))
        ],
        "conta_as_linhas_de_1": lambda p: [
            sum(row[j] for row in p) / sum(1 / i for i in range(max(j, 1), len(p) + 1))
            for j in range(len(p))
        ],
    },
    cases=_readers_cases,
)


# --- 05.comparar ---------------------------------------------------------------------------------

_PROFILE = Form("sequence", (Form("number"),), length=3, label="entropia, distância, anterior")


def _profile(pattern):
    """Devolve, por cabeça, a entropia, a distância e o peso no token anterior, em média."""
    from math import log

    rows = []
    for head in pattern.tolist():
        entropy = distance = 0.0
        for query, weights in enumerate(head):
            entropy -= sum(p * log(p) for p in weights if p > 0)
            distance += sum(p * (query - key) for key, p in enumerate(weights))
        before = [weights[key] for key, weights in enumerate(head[1:])]
        rows.append([entropy / len(head), distance / len(head), sum(before) / len(before)])
    return rows


Number = Callable[[Tensor], Tensor]


def _entropy(p: Tensor) -> Tensor:
    return -torch.xlogy(p, p).sum(-1).mean(-1)


def _gaps(p: Tensor) -> Tensor:
    place = torch.arange(p.shape[-1], dtype=p.dtype)
    return place[:, None] - place


def _distance(p: Tensor) -> Tensor:
    return (p * _gaps(p)).sum(-1).mean(-1)


def _previous(p: Tensor) -> Tensor:
    return p.diagonal(-1, 1, 2).mean(-1)


def _profile_with(
    entropy: Number = _entropy, distance: Number = _distance, previous: Number = _previous
) -> Number:
    """Uma resposta certa em tudo, menos no número que se troca."""
    return lambda p: torch.stack([entropy(p), distance(p), previous(p)], -1)


def _profile_cases() -> tuple[Case, ...]:
    generator = random.Random(517)
    fixed = [[[[1.0, 0.0], [0.5, 0.5]]], [[[1.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]]]
    drawn = [[_drawn(n, generator) for _ in range(h)] for n in (3, 4, 5, 6, 2) for h in (1, 2, 3)]
    tables = [torch.tensor(heads) for heads in fixed + drawn]
    return tuple(Case((table,), f"pattern={table.tolist()}") for table in tables)


PROFILE = Answer(
    "05.comparar",
    solution=_profile,
    form=Form("sequence", (_PROFILE,), label="uma linha por cabeça"),
    wrong={
        "sem_o_menos": _profile_with(entropy=lambda p: -_entropy(p)),
        "base_dois": _profile_with(entropy=lambda p: _entropy(p) / math.log(2)),
        "log_de_zero": _profile_with(entropy=lambda p: -(p * p.log()).sum(-1).mean(-1)),
        "entropia_da_media": _profile_with(
            entropy=lambda p: -torch.xlogy(p.mean(1), p.mean(1)).sum(-1)
        ),
        "entropia_sem_media": _profile_with(entropy=lambda p: _entropy(p) * p.shape[-1]),
        "distancia_ao_contrario": _profile_with(distance=lambda p: -_distance(p)),
        "do_mais_olhado": _profile_with(
            distance=lambda p: (torch.arange(p.shape[1]) - p.argmax(-1)).double().mean(-1)
        ),
        "onde_se_olha": _profile_with(
            distance=lambda p: (p @ torch.arange(p.shape[-1], dtype=p.dtype)).mean(-1)
        ),
        "com_a_linha_zero": _profile_with(
            previous=lambda p: p.diagonal(-1, 1, 2).sum(-1) / p.shape[-1]
        ),
        "a_propria": _profile_with(previous=lambda p: p.diagonal(0, 1, 2).mean(-1)),
        "a_propria_sem_a_linha_zero": _profile_with(
            previous=lambda p: p.diagonal(0, 1, 2)[:, 1:].mean(-1)
        ),
        "a_seguinte": _profile_with(previous=lambda p: p.diagonal(1, 1, 2).mean(-1)),
        "a_primeira": _profile_with(previous=lambda p: p[:, 1:, 0].mean(-1)),
        "nenhuma_media": lambda p: (
            _profile_with()(p) * torch.tensor([p.shape[-1], p.shape[-1], p.shape[-1] - 1])
        ),
        "linha_zero_fora_das_tres": _profile_with(
            entropy=lambda p: -torch.xlogy(p, p)[:, 1:].sum(-1).mean(-1),
            distance=lambda p: (p * _gaps(p))[:, 1:].sum(-1).mean(-1),
        ),
        "media_das_cabecas": lambda p: _profile_with()(p).mean(0).expand(len(p), -1),
    },
    cases=_profile_cases,
    tolerance=1e-5,
)


# --- 05.sobreposicao -----------------------------------------------------------------------------


def _overlap(A, B):
    """Devolve que parte das direções de A cai no subespaço de B, de 0 a 1."""
    return float((A @ B.T).pow(2).sum() / len(A))


def _overlap_cases() -> tuple[Case, ...]:
    generator = torch.Generator().manual_seed(524)

    def directions(d_head: int, d_model: int) -> Tensor:
        table = torch.randn(d_model, d_head, generator=generator, dtype=torch.float64)
        return torch.linalg.qr(table).Q.T.float().contiguous()

    eye = torch.eye(3)
    same = directions(3, 5)
    turn = directions(3, 3)
    cases = [
        Case((eye[:2], eye[[0, 2]]), "A = [[1, 0, 0], [0, 1, 0]], B = [[1, 0, 0], [0, 0, 1]]"),
        Case((same, same[[2, 0, 1]]), "B tem as linhas de A em outra ordem"),
        Case((same, turn @ same), "B tem as linhas de A giradas"),
        Case((eye[:1], eye[1:2]), "A = [[1, 0, 0]], B = [[0, 1, 0]]"),
        Case((eye[:1], -eye[:1]), "A = [[1, 0, 0]], B = [[-1, 0, 0]]"),
    ]
    for d_head, d_model in ((1, 2), (2, 3), (2, 4), (3, 4), (3, 6), (4, 9), (2, 8)) * 2:
        pair = directions(d_head, d_model), directions(d_head, d_model)
        cases.append(Case(pair, f"duas tabelas sorteadas, d_head={d_head}, d_model={d_model}"))
    return tuple(cases)


OVERLAP = Answer(
    "05.sobreposicao",
    solution=_overlap,
    form=Form("number"),
    wrong={
        "sem_quadrado": lambda A, B: (A @ B.T).sum() / len(A),
        "em_modulo": lambda A, B: (A @ B.T).abs().sum() / len(A),
        "sem_dividir": lambda A, B: (A @ B.T).pow(2).sum(),
        "divide_pelos_pares": lambda A, B: (A @ B.T).pow(2).mean(),
        "so_o_mesmo_numero": lambda A, B: (A * B).sum(-1).pow(2).mean(),
        "so_o_mais_parecido": lambda A, B: (A @ B.T).pow(2).amax(-1).mean(),
        "tamanho_da_projecao": lambda A, B: (A @ B.T).norm(dim=-1).mean(),
        "raiz_no_fim": lambda A, B: _overlap(A, B) ** 0.5,
        "so_a_primeira": lambda A, B: (A[:1] @ B.T).pow(2).sum(),
        "soma_e_depois_eleva": lambda A, B: (A @ B.T).sum(-1).pow(2).mean(),
        "divide_pela_largura": lambda A, B: (A @ B.T).pow(2).sum() / A.shape[1],
        "transposta_do_outro_lado": lambda A, B: (A.T @ B).pow(2).sum() / len(A),
        "o_que_nao_cabe": lambda A, B: 1 - _overlap(A, B),
        "porcentagem": lambda A, B: 100 * _overlap(A, B),
    },
    cases=_overlap_cases,
)


# --- 05.valores ----------------------------------------------------------------------------------


def _price(n_pos, d_model, n_heads, d_head, d_value):
    """Devolve pesos, multiplicações e o maior posto do caminho de uma cabeça."""
    weights = 2 * n_heads * d_model * (d_head + d_value)
    pairs = n_heads * n_pos * n_pos
    work = n_pos * weights + pairs * (d_head + d_value)
    return [weights, work, min(d_model, d_value)]


Price = Callable[[int, int, int, int, int], list[int]]


def _weights_as(count: Callable[[int, int, int, int], int]) -> Price:
    """A resposta que conta os pesos de outro jeito, e deles tira as multiplicações."""

    def answer(n_pos: int, d_model: int, n_heads: int, d_head: int, d_value: int) -> list[int]:
        weights = count(d_model, n_heads, d_head, d_value)
        pairs = n_heads * n_pos * n_pos * (d_head + d_value)
        return [weights, n_pos * weights + pairs, min(d_model, d_value)]

    return answer


def _work_as(count: Callable[[int, int, int, int, int], int]) -> Price:
    """A resposta que conta as multiplicações dos pares de outro jeito."""

    def answer(n_pos: int, d_model: int, n_heads: int, d_head: int, d_value: int) -> list[int]:
        right = _price(n_pos, d_model, n_heads, d_head, d_value)
        pairs = count(n_pos, d_model, n_heads, d_head, d_value)
        return [right[0], n_pos * right[0] + pairs, right[2]]

    return answer


def _rank_as(count: Callable[[int, int, int, int], int]) -> Price:
    def answer(n_pos: int, d_model: int, n_heads: int, d_head: int, d_value: int) -> list[int]:
        right = _price(n_pos, d_model, n_heads, d_head, d_value)
        return [*right[:2], count(d_model, n_heads, d_head, d_value)]

    return answer


def _price_cases() -> tuple[Case, ...]:
    sizes = [(2, 4, 2, 2, 3), (12, 16, 4, 4, 2), (1, 3, 1, 2, 5), (5, 8, 2, 4, 4), (3, 6, 3, 1, 9)]
    generator = random.Random(504)
    for _ in range(14):
        n_heads = generator.randrange(1, 6)
        sizes.append(
            (
                generator.randrange(1, 20),
                generator.randrange(3, 24),
                n_heads,
                generator.randrange(1, 9),
                generator.randrange(1, 30),
            )
        )
    return tuple(Case(size) for size in sizes)


PRICE = Answer(
    "05.valores",
    solution=_price,
    form=Form("sequence", (Form("int"),), length=3, label="três inteiros"),
    wrong={
        "tudo_com_d_head": lambda n, m, h, k, v: [*_price(n, m, h, k, k)[:2], min(m, v)],
        "nem_no_posto": lambda n, m, h, k, v: _price(n, m, h, k, k),
        "w_o_com_d_head": _weights_as(lambda m, h, k, v: h * m * (3 * k + v)),
        "sem_w_o": _weights_as(lambda m, h, k, v: h * m * (2 * k + v)),
        "uma_cabeca_so": lambda n, m, h, k, v: _price(n, m, 1, k, v),
        "w_o_quadrada": _weights_as(lambda m, h, k, v: h * m * (2 * k + v) + m * m),
        "com_vieses": _weights_as(lambda m, h, k, v: 2 * h * m * (k + v) + h * (2 * k + v) + m),
        "so_as_matrizes": _work_as(lambda n, m, h, k, v: 0),
        "pares_sem_cabecas": _work_as(lambda n, m, h, k, v: n * n * (k + v)),
        "mistura_com_d_head": _work_as(lambda n, m, h, k, v: 2 * h * n * n * k),
        "so_os_scores": _work_as(lambda n, m, h, k, v: h * n * n * k),
        "so_a_mistura": _work_as(lambda n, m, h, k, v: h * n * n * v),
        "desconta_a_mascara": _work_as(lambda n, m, h, k, v: h * n * (n + 1) // 2 * (k + v)),
        "pares_com_d_model": _work_as(lambda n, m, h, k, v: 2 * h * n * n * m),
        "posto_da_camada": _rank_as(lambda m, h, k, v: min(m, h * v)),
        "posto_sem_teto": _rank_as(lambda m, h, k, v: v),
        "posto_das_chaves": _rank_as(lambda m, h, k, v: min(m, k)),
        "posto_cheio": _rank_as(lambda m, h, k, v: m),
        "fora_de_ordem": lambda n, m, h, k, v: [
            _price(n, m, h, k, v)[1],
            _price(n, m, h, k, v)[0],
            min(m, v),
        ],
        "pesos_sem_texto": lambda n, m, h, k, v: [
            _price(n, m, h, k, v)[0],
            _price(n, m, h, k, v)[0] + h * n * n * (k + v),
            min(m, v),
        ],
    },
    cases=_price_cases,
)


# --- 05.pistas -----------------------------------------------------------------------------------


def _lost(n_clues, n_heads):
    """Devolve que parte dos números não tem como passar, de 0 a 1."""
    each, more = divmod(n_heads, n_clues)
    passed = 0.0
    for clue in range(n_clues):
        followers = each + (clue < more)
        passed += min(followers / n_heads, 1 / n_clues)
    return 1 - passed


def _one_head_per_clue(n_clues: int, n_heads: int) -> float:
    return 1 - min(n_clues, n_heads) * min(1 / n_heads, 1 / n_clues)


def _lost_cases() -> tuple[Case, ...]:
    pairs = [(2, 3), (3, 2), (2, 1), (2, 2), (2, 4), (1, 1), (1, 6), (4, 2), (2, 8), (3, 4)]
    pairs += [(5, 12), (12, 5), (7, 7), (3, 8), (4, 6), (6, 1), (5, 7), (9, 10)]
    return tuple(Case(pair) for pair in pairs)


LOST = Answer(
    "05.pistas",
    solution=_lost,
    form=Form("number"),
    wrong={
        "o_que_passa": lambda n_clues, n_heads: 1 - _lost(n_clues, n_heads),
        "sem_largura": lambda n_clues, n_heads: max(0.0, 1 - n_heads / n_clues),
        "uma_cabeca_por_pista": _one_head_per_clue,
        "sobra_ninguem": lambda n_clues, n_heads: (
            1 - n_clues * min(n_heads // n_clues / n_heads, 1 / n_clues)
        ),
        "nada_se_perde": lambda n_clues, n_heads: 0.0,
        "tudo_ou_nada": lambda n_clues, n_heads: float(n_heads < n_clues),
        "todas_na_primeira": lambda n_clues, n_heads: 1 - 1 / n_clues,
        "ao_contrario": lambda n_clues, n_heads: _lost(n_heads, n_clues),
        "em_pistas": lambda n_clues, n_heads: n_clues * _lost(n_clues, n_heads),
        "porcentagem": lambda n_clues, n_heads: 100 * _lost(n_clues, n_heads),
        "um_padrao_so": lambda n_clues, n_heads: 1 - 1 / n_heads,
        "a_mais_em_uma_so": lambda n_clues, n_heads: (
            1
            - (n_clues - 1) * min(n_heads // n_clues / n_heads, 1 / n_clues)
            - min((n_heads // n_clues + n_heads % n_clues) / n_heads, 1 / n_clues)
        ),
    },
    cases=_lost_cases,
)


# --- 05.escalas ----------------------------------------------------------------------------------

Windows = list[int | None]
Masks = list[list[list[int]]]


def _scales(n_pos, windows):
    """Devolve, por cabeça, quem cada posição pode ler: [head][query][key]."""
    tables = []
    for window in windows:
        reach = n_pos if window is None else window
        rows = [[int(0 <= query - key < reach) for key in range(n_pos)] for query in range(n_pos)]
        tables.append(rows)
    return tables


def _allowed(rule: Callable[[int, int, int, int | None], bool]) -> Callable[[int, Windows], Masks]:
    """A resposta que decide com `rule(n_pos, query, key, window)`."""

    def answer(n_pos: int, windows: Windows) -> Masks:
        place = range(n_pos)
        return [
            [[int(rule(n_pos, query, key, window)) for key in place] for query in place]
            for window in windows
        ]

    return answer


def _near(query: int, key: int, window: int | None) -> bool:
    return window is None or query - key < window


def _scales_cases() -> tuple[Case, ...]:
    rows = [(2, [1, None]), (3, [2, 5]), (4, [None, 2, 3]), (1, [None, 1]), (5, [3]), (4, [4, 1])]
    rows += [(6, [3, 3, None, None]), (5, [None]), (7, [2, None, 4, 1]), (3, [1, 1, 1])]
    generator = random.Random(506)
    for _ in range(8):
        n_pos = generator.randrange(2, 8)
        n_heads = generator.randrange(1, 5)
        rows.append((n_pos, [generator.choice([None, *range(1, 9)]) for _ in range(n_heads)]))
    return tuple(Case(row) for row in rows)


SCALES = Answer(
    "05.escalas",
    solution=_scales,
    form=Form(
        "sequence",
        (Form("sequence", (Form("sequence", (Form("int"),)),), label="a tabela de uma cabeça"),),
        label="uma tabela por cabeça, [head][query][key]",
    ),
    wrong={
        "le_o_futuro": _allowed(lambda n, q, k, w: w is None or abs(q - k) < w),
        "so_o_futuro_perto": _allowed(lambda n, q, k, w: q - k < (w or n)),
        "janela_sem_si": _allowed(lambda n, q, k, w: k <= q and (w is None or q - k <= w)),
        "janela_menos_um": _allowed(lambda n, q, k, w: k <= q and (w is None or q - k < w - 1)),
        "nunca_a_si": _allowed(lambda n, q, k, w: k < q and _near(q, k, w)),
        "none_e_nada": _allowed(lambda n, q, k, w: w is not None and 0 <= q - k < w),
        "none_e_so_a_si": _allowed(lambda n, q, k, w: 0 <= q - k < (w or 1)),
        "none_e_tudo": _allowed(lambda n, q, k, w: w is None or 0 <= q - k < w),
        "so_o_que_esta_longe": _allowed(lambda n, q, k, w: k <= q and (w is None or q - k >= w)),
        "em_blocos": _allowed(lambda n, q, k, w: k <= q and (w is None or q // w == k // w)),
        "linhas_por_colunas": _allowed(lambda n, q, k, w: q <= k and _near(k, q, w)),
        "um_onde_nao_pode": _allowed(lambda n, q, k, w: not (k <= q and _near(q, k, w))),
        "as_primeiras": _allowed(lambda n, q, k, w: k <= q and (w is None or k < w)),
        "sempre_a_primeira": _allowed(lambda n, q, k, w: k <= q and (k == 0 or _near(q, k, w))),
        "a_mesma_para_todas": lambda n_pos, windows: _scales(n_pos, [windows[0]] * len(windows)),
        "ordem_trocada": lambda n_pos, windows: _scales(n_pos, windows[::-1]),
        "todas_globais": lambda n_pos, windows: _scales(n_pos, [None] * len(windows)),
    },
    cases=_scales_cases,
)


# --- 05.recorrente -------------------------------------------------------------------------------


def _work(n_pos, width):
    """Devolve quantas multiplicações fazem a GRU e a atenção, nesta ordem."""
    gru = 6 * n_pos * width * width
    attention = 4 * n_pos * width * width + 2 * n_pos * n_pos * width
    return [gru, attention]


def _work_cases() -> tuple[Case, ...]:
    sizes = [(3, 2), (1, 1), (2, 5), (8, 8), (7, 3), (1, 9), (9, 1), (64, 32), (512, 32)]
    generator = random.Random(505)
    sizes += [(generator.randrange(1, 40), generator.randrange(1, 20)) for _ in range(10)]
    return tuple(Case(size) for size in sizes)


WORK = Answer(
    "05.recorrente",
    solution=_work,
    form=Form("sequence", (Form("int"),), length=2, label="dois inteiros"),
    wrong={
        "gru_sem_o_estado": lambda n, d: [3 * n * d * d, _work(n, d)[1]],
        "gru_rele_tudo": lambda n, d: [3 * n * (n + 1) * d * d, _work(n, d)[1]],
        "gru_em_pares": lambda n, d: [6 * n * n * d, _work(n, d)[1]],
        "quatro_portas": lambda n, d: [8 * n * d * d, _work(n, d)[1]],
        "gru_linear": lambda n, d: [6 * n * d, _work(n, d)[1]],
        "sem_w_o": lambda n, d: [6 * n * d * d, 3 * n * d * d + 2 * n * n * d],
        "sem_os_pares": lambda n, d: [6 * n * d * d, 4 * n * d * d],
        "sem_a_mistura": lambda n, d: [6 * n * d * d, 4 * n * d * d + n * n * d],
        "so_os_pares": lambda n, d: [6 * n * d * d, 2 * n * n * d],
        "pares_sem_largura": lambda n, d: [6 * n * d * d, 4 * n * d * d + 2 * n * n],
        "desconta_a_mascara": lambda n, d: [6 * n * d * d, 4 * n * d * d + n * (n + 1) * d],
        "pares_ao_contrario": lambda n, d: [6 * n * d * d, 4 * n * d * d + 2 * n * d * d],
        "por_simbolo": lambda n, d: [6 * d * d, 4 * d * d + 2 * n * d],
        "trocadas": lambda n, d: _work(n, d)[::-1],
    },
    cases=_work_cases,
)
