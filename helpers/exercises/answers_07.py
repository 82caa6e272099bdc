"""Respostas da lição 07: a solução, os enganos e os casos de cada exercício."""

from collections.abc import Callable
from statistics import median

import torch
from torch import Tensor
from torch.nn.functional import gelu, relu

from helpers.exercises.catalog import Answer, Case, Form

# --- 07.mlp, 07.colapso --------------------------------------------------------------------------

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
    return [torch.randn(shape, generator=generator) for shape in shapes]


_BY_HAND = (
    torch.tensor([[1.0, 2.0]]),
    torch.tensor([[1.0, 0.0, -1.0], [0.0, 1.0, 1.0]]),
    torch.tensor([0.0, -3.0, 1.0]),
    torch.tensor([[1.0, 0.0], [5.0, 5.0], [0.0, -2.0]]),
    torch.tensor([0.5, 1.0]),
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


MLP = Answer(
    "07.mlp",
    solution=_mlp,
    form=_MATRIX,
    wrong={
        "g_tambem_no_fim": lambda x, W_in, b_in, W_out, b_out, g: g(
            _mlp(x, W_in, b_in, W_out, b_out, g)
        ),
        "sem_g": lambda x, W_in, b_in, W_out, b_out, g: _mlp(
            x, W_in, b_in, W_out, b_out, lambda y: y
        ),
        "g_so_no_fim": lambda x, W_in, b_in, W_out, b_out, g: g((x @ W_in + b_in) @ W_out + b_out),
        "g_na_entrada": lambda x, W_in, b_in, W_out, b_out, g: (g(x) @ W_in + b_in) @ W_out + b_out,
        "sem_b_in": lambda x, W_in, b_in, W_out, b_out, g: g(x @ W_in) @ W_out + b_out,
        "b_in_atrasado": lambda x, W_in, b_in, W_out, b_out, g: (
            (g(x @ W_in) + b_in) @ W_out + b_out
        ),
        "sem_b_out": lambda x, W_in, b_in, W_out, b_out, g: g(x @ W_in + b_in) @ W_out,
        "soma_a_entrada": lambda x, W_in, b_in, W_out, b_out, g: (
            x + _mlp(x, W_in, b_in, W_out, b_out, g)
        ),
        "sempre_relu": lambda x, W_in, b_in, W_out, b_out, g: _mlp(
            x, W_in, b_in, W_out, b_out, relu
        ),
        "sempre_gelu": lambda x, W_in, b_in, W_out, b_out, g: _mlp(
            x, W_in, b_in, W_out, b_out, gelu
        ),
        "sem_vieses": lambda x, W_in, b_in, W_out, b_out, g: g(x @ W_in) @ W_out,
        "sem_W_out": lambda x, W_in, b_in, W_out, b_out, g: g(x @ W_in + b_in),
        "uma_posicao_so": lambda x, W_in, b_in, W_out, b_out, g: _mlp(
            x[:1], W_in, b_in, W_out, b_out, g
        ),
    },
    cases=_mlp_cases,
)

COLLAPSE = Answer(
    "07.colapso",
    solution=_collapse,
    form=Form("sequence", (_MATRIX, _VECTOR), length=2, label="uma matriz e um vetor"),
    wrong={
        "esquece_b_in": lambda W_in, b_in, W_out, b_out: (W_in @ W_out, b_out),
        "esquece_b_out": lambda W_in, b_in, W_out, b_out: (W_in @ W_out, b_in @ W_out),
        "ordem_trocada": lambda W_in, b_in, W_out, b_out: (W_out @ W_in, b_in @ W_out + b_out),
        "matriz_transposta": lambda W_in, b_in, W_out, b_out: (
            ((W_in @ W_out).T, b_in @ W_out + b_out)
        ),
        "so_a_matriz": lambda W_in, b_in, W_out, b_out: W_in @ W_out,
        "vies_primeiro": lambda W_in, b_in, W_out, b_out: (b_in @ W_out + b_out, W_in @ W_out),
        "vies_pela_primeira": lambda W_in, b_in, W_out, b_out: (
            (W_in @ W_out, W_in @ b_in + b_out)
        ),
        "soma_os_vieses": lambda W_in, b_in, W_out, b_out: ((W_in @ W_out, b_in.sum() + b_out)),
    },
    cases=_collapse_cases,
)


# --- 07.bloco ------------------------------------------------------------------------------------


def _layer_norm(x: Tensor, w: Tensor, b: Tensor) -> Tensor:
    centered = x - x.mean(-1, keepdim=True)
    scale = (centered.pow(2).mean(-1, keepdim=True) + 1e-5).sqrt()
    return centered / scale * w.to(x.dtype) + b.to(x.dtype)


def _attention(x: Tensor, p: dict[str, Tensor]) -> Tensor:  # a média das que já vieram
    seen = x.cumsum(0) / torch.arange(1, len(x) + 1)[:, None]
    return seen @ p["attn.W_O"].to(x.dtype) + p["attn.b_O"].to(x.dtype)


def _relu_mlp(x: Tensor, *weights: Tensor) -> Tensor:
    return _mlp(x, *(weight.to(x.dtype) for weight in weights), relu)


def _nothing(x: Tensor, *weights: object) -> Tensor:
    return torch.zeros_like(x)


def _as_it_is(x: Tensor, w: Tensor, b: Tensor) -> Tensor:
    return x


def _block(x, p, layer_norm, attention, mlp):
    """Devolve o fluxo depois das duas escritas, com os pesos do dicionário."""
    mid = x + attention(layer_norm(x, p["ln1.w"], p["ln1.b"]), p)
    read = layer_norm(mid, p["ln2.w"], p["ln2.b"])
    return mid + mlp(read, p["mlp.W_in"], p["mlp.b_in"], p["mlp.W_out"], p["mlp.b_out"])


def _mlp_of(p: dict[str, Tensor], mlp: Callable) -> Callable[[Tensor], Tensor]:
    return lambda x: mlp(x, p["mlp.W_in"], p["mlp.b_in"], p["mlp.W_out"], p["mlp.b_out"])


def _norms_of(p: dict[str, Tensor], layer_norm: Callable) -> tuple[Callable, Callable]:
    one, two = ((p[f"ln{n}.w"], p[f"ln{n}.b"]) for n in (1, 2))
    return (lambda x: layer_norm(x, *one)), (lambda x: layer_norm(x, *two))


def _wired(wiring: Callable) -> Callable:
    """Faz de uma fiação, escrita com peças prontas, uma resposta do exercício."""

    def answer(x, p, layer_norm, attention, mlp):
        ln1, ln2 = _norms_of(p, layer_norm)
        return wiring(x, ln1, lambda read: attention(read, p), ln2, _mlp_of(p, mlp))

    return answer


def _lost_attention(x, ln1, attn, ln2, mlp):
    return x + mlp(ln2(x + attn(ln1(x))))


def _parallel(x, ln1, attn, ln2, mlp):
    return x + attn(ln1(x)) + mlp(ln2(x))


def _post(x, ln1, attn, ln2, mlp):
    mid = ln1(x + attn(x))
    return ln2(mid + mlp(mid))


def _normed_road(x, ln1, attn, ln2, mlp):
    one = ln1(x)
    two = ln2(one + attn(one))
    return two + mlp(two)


def _normed_writes(x, ln1, attn, ln2, mlp):
    mid = x + ln1(attn(x))
    return mid + ln2(mlp(mid))


def _same_norm(x, ln1, attn, ln2, mlp):
    mid = x + attn(ln1(x))
    return mid + mlp(ln1(mid))


def _swapped_norms(x, ln1, attn, ln2, mlp):
    mid = x + attn(ln2(x))
    return mid + mlp(ln1(mid))


def _mlp_unnormed(x, ln1, attn, ln2, mlp):
    mid = x + attn(ln1(x))
    return mid + mlp(mid)


def _attention_unnormed(x, ln1, attn, ln2, mlp):
    mid = x + attn(x)
    return mid + mlp(ln2(mid))


def _no_norms(x, ln1, attn, ln2, mlp):
    mid = x + attn(x)
    return mid + mlp(mid)


def _no_first_sum(x, ln1, attn, ln2, mlp):
    mid = attn(ln1(x))
    return mid + mlp(ln2(mid))


def _no_second_sum(x, ln1, attn, ln2, mlp):
    return mlp(ln2(x + attn(ln1(x))))


def _no_sums(x, ln1, attn, ln2, mlp):
    return mlp(ln2(attn(ln1(x))))


def _mlp_reads_the_write(x, ln1, attn, ln2, mlp):
    write = attn(ln1(x))
    return x + write + mlp(ln2(write))


def _mlp_first(x, ln1, attn, ln2, mlp):
    mid = x + mlp(ln2(x))
    return mid + attn(ln1(mid))


def _norm_at_the_end(x, ln1, attn, ln2, mlp):
    mid = x + attn(ln1(x))
    return ln2(mid + mlp(mid))


def _old_read(x, ln1, attn, ln2, mlp):
    read = ln1(x)
    return x + attn(read) + mlp(read)


def _sums_the_first_read(x, ln1, attn, ln2, mlp):
    mid = ln1(x) + attn(ln1(x))
    return mid + mlp(ln2(mid))


def _sums_the_second_read(x, ln1, attn, ln2, mlp):
    read = ln2(x + attn(ln1(x)))
    return read + mlp(read)


def _stream_twice(x, ln1, attn, ln2, mlp):
    mid = x + attn(ln1(x))
    return x + mid + mlp(ln2(mid))


def _norm_on_the_way_out(x, ln1, attn, ln2, mlp):
    mid = x + attn(ln1(x))
    return ln2(mid + mlp(ln2(mid)))


def _one_norm(x, ln1, attn, ln2, mlp):
    mid = ln1(x + attn(x))
    return mid + mlp(mid)


def _halves_swapped(x, ln1, attn, ln2, mlp):
    mid = x + mlp(ln1(x))
    return mid + attn(ln2(mid))


def _in_line(x, ln1, attn, ln2, mlp):
    return x + mlp(ln2(attn(ln1(x))))


def _norm_of_the_read(x, ln1, attn, ln2, mlp):
    read = ln1(x)
    return x + attn(read) + mlp(ln2(read))


def _only_mlp(x, ln1, attn, ln2, mlp):
    return x + mlp(ln2(x))


def _only_attention(x, ln1, attn, ln2, mlp):
    return x + attn(ln1(x))


def _only_the_writes(x, ln1, attn, ln2, mlp):
    write = attn(ln1(x))
    return write + mlp(ln2(x + write))


def _b_before_w(x, p, layer_norm, attention, mlp):
    return _block(x, p, lambda x, w, b: layer_norm(x, b, w), attention, mlp)


def _block_weights(d_model: int, seed: int) -> tuple[Tensor, dict[str, Tensor]]:
    generator = torch.Generator().manual_seed(700 + seed)
    shapes = {"ln1.w": (d_model,), "ln1.b": (d_model,), "ln2.w": (d_model,), "ln2.b": (d_model,)}
    shapes |= {"attn.W_O": (d_model, d_model), "attn.b_O": (d_model,)}
    shapes |= {"mlp.W_in": (d_model, 4 * d_model), "mlp.b_in": (4 * d_model,)}
    shapes |= {"mlp.W_out": (4 * d_model, d_model), "mlp.b_out": (d_model,)}
    p = {name: torch.randn(shape, generator=generator) for name, shape in shapes.items()}
    return 2 * torch.randn((1 + seed % 4, d_model), generator=generator) + 1, p


def _block_cases() -> tuple[Case, ...]:
    small = {"attn.W_O": torch.eye(2), "attn.b_O": torch.zeros(2)}
    small |= {f"ln{n}.{name}": torch.ones(2) for n in (1, 2) for name in "wb"}
    small |= {"mlp.W_in": torch.eye(2), "mlp.b_in": torch.zeros(2)}
    small |= {"mlp.W_out": torch.eye(2), "mlp.b_out": torch.ones(2)}
    told = "x=[[1, -2]], matrizes identidade, b_out=[1, 1], ReLU, norma que não muda nada"
    cases = [Case((torch.tensor([[1.0, -2.0]]), small, _as_it_is, _attention, _relu_mlp), told)]
    for seed in range(15):
        d_model = 2 + seed % 3
        x, p = _block_weights(d_model, seed)
        attention = _nothing if seed == 5 else _attention
        mlp, silent = (_nothing, " e MLP calado") if seed == 9 else (_relu_mlp, "")
        silent = " e atenção calada" if seed == 5 else silent
        shown = f"{len(x)} posições, d_model={d_model}, pesos sorteados{silent}"
        cases.append(Case((x, p, _layer_norm, attention, mlp), shown))
    return tuple(cases)


BLOCK = Answer(
    "07.bloco",
    solution=_block,
    form=Form("sequence", (_VECTOR,), label="uma linha por posição"),
    wrong={
        "perde_a_atencao": _wired(_lost_attention),
        "em_paralelo": _wired(_parallel),
        "norma_depois": _wired(_post),
        "norma_na_estrada": _wired(_normed_road),
        "norma_na_escrita": _wired(_normed_writes),
        "a_mesma_norma": _wired(_same_norm),
        "normas_trocadas": _wired(_swapped_norms),
        "mlp_le_sem_norma": _wired(_mlp_unnormed),
        "atencao_le_sem_norma": _wired(_attention_unnormed),
        "sem_normas": _wired(_no_norms),
        "sem_a_primeira_soma": _wired(_no_first_sum),
        "sem_a_segunda_soma": _wired(_no_second_sum),
        "sem_somas": _wired(_no_sums),
        "mlp_le_so_a_escrita": _wired(_mlp_reads_the_write),
        "mlp_primeiro": _wired(_mlp_first),
        "para_na_atencao": _wired(_only_attention),
        "so_o_mlp": _wired(_only_mlp),
        "norma_na_saida": _wired(_norm_on_the_way_out),
        "uma_norma_so": _wired(_one_norm),
        "metades_trocadas": _wired(_halves_swapped),
        "em_fila": _wired(_in_line),
        "norma_da_leitura": _wired(_norm_of_the_read),
        "norma_so_no_fim": _wired(_norm_at_the_end),
        "a_leitura_antiga": _wired(_old_read),
        "soma_a_primeira_leitura": _wired(_sums_the_first_read),
        "soma_a_segunda_leitura": _wired(_sums_the_second_read),
        "fluxo_em_dobro": _wired(_stream_twice),
        "so_as_escritas": _wired(_only_the_writes),
        "b_antes_de_w": _b_before_w,
    },
    cases=_block_cases,
)


# --- 07.escala, 07.folga, 07.recupera ------------------------------------------------------------

GROWTH = Answer(
    "07.escala",
    solution=[5**0.5, 1.25**0.5],
    form=Form("sequence", (Form("number"),), length=2, label="dois tamanhos"),
    wrong={
        "soma_os_tamanhos": [9.0, 3.0],
        "uma_escrita_por_bloco": [3**0.5, 1.125**0.5],
        "esquece_o_comeco": [2.0, 0.5],
        "sem_a_raiz": [5.0, 1.25],
        "divide_pela_conta_toda": [5**0.5, (1 + 16 / 32**2) ** 0.5],
        "divide_o_fluxo": [5**0.5, 5**0.5 / 4],
        "multiplica": [1.5**16, 1.125**16],
        "so_a_soma_dos_tamanhos": [8.0, 2.0],
        "trocados": [1.25**0.5, 5**0.5],
        "sem_o_quadrado": [3.0, 3**0.5],
        "raiz_de_oito": [5**0.5, 1.5**0.5],
    },
    tolerance=1e-3,
    code="""
writes = 2 * 8
whole = (1 + writes * 0.5**2) ** 0.5
divided = (1 + writes * (0.5 / writes**0.5) ** 2) ** 0.5

my_stream_sizes_solution = (whole, divided)
""",
)


def _gap(whole, without):
    """Devolve a folga entre as perdas com a peça e sem ela: 0 se as faixas se cobrem."""
    if min(without) > max(whole):
        return min(without) - max(whole)
    if max(without) < min(whole):
        return max(without) - min(whole)
    return 0.0


def _mean(values):
    return sum(values) / len(values)


def _median(values):
    row = sorted(values)
    return (row[(len(row) - 1) // 2] + row[len(row) // 2]) / 2


def _gap_cases() -> tuple[Case, ...]:
    pairs = [([2.0, 2.2], [2.5, 2.9]), ([2.0, 2.2], [2.1, 2.9]), ([2.0, 2.2], [1.5, 1.75])]
    pairs += [([2.2, 2.0, 2.1], [3.5, 2.6, 4.0]), ([2.2, 2.0, 2.1], [1.25, 1.0, 1.5])]
    pairs += [([2.0], [2.5]), ([2.0], [1.5]), ([2.0], [2.0]), ([1.0, 3.0], [1.5, 2.0])]
    pairs += [([1.5, 2.0], [1.0, 3.0]), ([2.0, 2.5], [2.5, 3.0]), ([2.0, 2.5], [1.0, 2.0])]
    pairs += [([0.5, 0.25, 0.75, 0.5], [1.5, 1.25]), ([3.0, 2.5], [0.5, 1.0, 0.25])]
    pairs += [([2.16, 2.2, 2.14], [2.18, 2.15, 2.19]), ([2.05, 2.0, 2.1], [6.0, 2.3, 2.2])]
    pairs += [([-1.0, -0.5], [0.5, 0.25]), ([9.0, 1.0, 2.0], [9.5, 10.0, 12.0])]
    return tuple(Case(pair) for pair in pairs)


GAP = Answer(
    "07.folga",
    solution=_gap,
    form=Form("number"),
    wrong={
        "medias": lambda whole, without: _mean(without) - _mean(whole),
        "melhor_com_melhor": lambda whole, without: min(without) - min(whole),
        "pior_com_pior": lambda whole, without: max(without) - max(whole),
        "sem_a_cobertura": lambda whole, without: min(without) - max(whole),
        "so_quando_piora": lambda whole, without: max(0.0, min(without) - max(whole)),
        "sinal_trocado": lambda whole, without: -_gap(whole, without),
        "sem_sinal": lambda whole, without: abs(_gap(whole, without)),
        "de_ponta_a_ponta": lambda whole, without: max(without) - min(whole),
        "semente_com_semente": lambda whole, without: min(
            b - a for a, b in zip(whole, without, strict=False)
        ),
        "so_a_primeira_semente": lambda whole, without: without[0] - whole[0],
        "segundo_lado_errado": lambda whole, without: (
            min(without) - max(whole) if _gap(whole, without) else 0.0
        ),
        "medias_quando_ha_folga": lambda whole, without: (
            _mean(without) - _mean(whole) if _gap(whole, without) else 0.0
        ),
        "extremos_de_fora": lambda whole, without: (
            max(without) - min(whole) if _gap(whole, without) else 0.0
        ),
        "um_lado_ou_o_outro": lambda whole, without: (
            min(without) - max(whole) if min(without) > max(whole) else max(without) - min(whole)
        ),
        "medias_sem_sinal": lambda whole, without: abs(_mean(without) - _mean(whole)),
        "medias_ao_contrario": lambda whole, without: _mean(whole) - _mean(without),
        "ao_contrario_e_sem_cobertura": lambda whole, without: max(whole) - min(without),
        "sem_sinal_e_sem_cobertura": lambda whole, without: abs(min(without) - max(whole)),
        "so_o_veredito": lambda whole, without: (
            (_gap(whole, without) > 0) - (_gap(whole, without) < 0)
        ),
        "as_mais_proximas": lambda whole, without: min(abs(a - b) for a in whole for b in without),
        "media_das_diferencas": lambda whole, without: _mean(
            [b - a for a, b in zip(whole, without, strict=False)]
        ),
        "medianas": lambda whole, without: _median(without) - _median(whole),
        "so_a_ultima_semente": lambda whole, without: without[-1] - whole[-1],
        "so_quando_melhora": lambda whole, without: min(0.0, max(without) - min(whole)),
        "sem_cobertura_dos_lados": lambda whole, without: (
            min(without) - max(whole)
            if _mean(without) > _mean(whole)
            else max(without) - min(whole)
        ),
    },
    cases=_gap_cases,
)


def _recovered(untuned, part, everything):
    """Devolve que fração do ganho de ajustar tudo se obtém ajustando só uma parte."""
    before = sum(untuned) / len(untuned)
    after = sum(part) / len(part)
    best = sum(everything) / len(everything)
    return (before - after) / (before - best)


def _recovered_cases() -> tuple[Case, ...]:
    rows = [([4.0, 6.0], [4.0, 4.0], [2.0, 4.0]), ([5.0], [4.0], [3.0]), ([5.0], [5.0], [3.0])]
    rows += [([5.0], [3.0], [3.0]), ([5.0], [6.0], [3.0]), ([5.0], [2.5], [3.0])]
    rows += [([5.0], [9.0], [3.0]), ([4.0, 5.0], [7.0], [3.0]), ([5.0], [1.0], [2.5])]
    generator = torch.Generator().manual_seed(7)
    for number in range(10):
        n = 1 + number % 4
        drawn = torch.rand((3, n), generator=generator)
        before, after, best = (drawn + torch.tensor([[4.0], [2.5], [1.0]])).tolist()
        rows.append((before[: max(1, n - number % 2)], after, best[: 1 + number % n]))
    shown = "três listas de perdas sorteadas"
    return tuple(Case(row, shown if i > 8 else "") for i, row in enumerate(rows))


RECOVERED = Answer(
    "07.recupera",
    solution=_recovered,
    form=Form("number"),
    wrong={
        "o_que_falta": lambda a, b, c: 1 - _recovered(a, b, c),
        "invertida": lambda a, b, c: (_mean(a) - _mean(c)) / (_mean(a) - _mean(b)),
        "sobre_o_que_resta": lambda a, b, c: (_mean(a) - _mean(b)) / (_mean(b) - _mean(c)),
        "media_das_fracoes": lambda a, b, c: _mean(
            [(x - y) / (x - z) for x, y, z in zip(a, b, c, strict=False)]
        ),
        "somas": lambda a, b, c: (sum(a) - sum(b)) / (sum(a) - sum(c)),
        "sem_dividir": lambda a, b, c: _mean(a) - _mean(b),
        "so_a_perda_final": lambda a, b, c: _mean(c) / _mean(b),
        "sobre_o_comeco": lambda a, b, c: (_mean(a) - _mean(b)) / _mean(a),
        "so_a_primeira_semente": lambda a, b, c: (a[0] - b[0]) / (a[0] - c[0]),
        "so_a_melhor": lambda a, b, c: (min(a) - min(b)) / (min(a) - min(c)),
        "porcentagem": lambda a, b, c: 100 * _recovered(a, b, c),
        "perda_por_perda": lambda a, b, c: (sum(b) / len(b)) / (sum(c) / len(c)),
        "medianas": lambda a, b, c: _recovered([median(a)], [median(b)], [median(c)]),
        "sem_o_sinal": lambda a, b, c: abs(_recovered(a, b, c)),
        "presa_entre_0_e_1": lambda a, b, c: min(1.0, max(0.0, _recovered(a, b, c))),
        "sobre_a_perda_final": lambda a, b, c: (
            (sum(a) / len(a) - sum(b) / len(b)) / (sum(c) / len(c))
        ),
        "diferenca_das_quedas": lambda a, b, c: sum(c) / len(c) - sum(b) / len(b),
        "sem_parenteses": lambda a, b, c: (
            sum(a) / len(a) - sum(b) / len(b) / (sum(a) / len(a)) - sum(c) / len(c)
        ),
    },
    cases=_recovered_cases,
)


# --- 07.largura ----------------------------------------------------------------------------------

Count = Callable[[int], float]


def _width(budget, count, step):
    """Devolve a largura, múltipla de step, que gasta mais perto do orçamento."""
    width = step
    while count(width) < budget:
        width += step
    below = width - step
    if below >= step and budget - count(below) <= count(width) - budget:
        return below
    return width


def _first_over(budget: float, count: Count, step: int) -> int:
    width = step
    while count(width) < budget:
        width += step
    return width


def _last_under(budget: float, count: Count, step: int) -> int:
    width = step
    while count(width + step) <= budget:
        width += step
    return width


def _nearest_by(
    distance: Callable[[float, float], float], first: int = 1
) -> Callable[[float, Count, int], int]:
    def answer(budget: float, count: Count, step: int) -> int:
        end = _first_over(budget, count, step) // step + 2
        widths = [step * number for number in range(first, end)]
        return min(widths, key=lambda width: distance(count(width), budget))

    return answer


def _tie_goes_up(budget: float, count: Count, step: int) -> int:
    end = _first_over(budget, count, step) // step + 2
    widths = [step * number for number in range(1, end)]
    return min(widths, key=lambda width: (abs(count(width) - budget), -width))


def _any_width(budget: float, count: Count, step: int) -> int:
    return _width(budget, count, 1)


def _rounded_width(budget: float, count: Count, step: int) -> int:
    return max(step, step * round(_width(budget, count, 1) / step))


def _floored_width(budget: float, count: Count, step: int) -> int:
    return max(step, _width(budget, count, 1) // step * step)


def _in_proportion(budget: float, count: Count, step: int) -> int:
    return max(step, step * round(budget / count(step)))


def _square(a: float, b: float) -> Callable[[int], float]:
    return lambda width: a * width**2 + b * width


def _width_cases() -> tuple[Case, ...]:
    shapes = [(50, 1, 0, 4), (6, 0, 1, 4), (10, 0, 1, 4), (3, 0, 2, 3), (1, 1, 1, 2), (8, 0, 2, 4)]
    shapes += [(47, 0, 1, 10), (44, 0, 1, 10), (40, 1, 0, 4), (41, 1, 0, 4), (5, 0, 1, 10)]
    shapes += [(200_000, 1, 0, 8)]
    generator = torch.Generator().manual_seed(71)
    for _ in range(14):
        draw = lambda low, high: int(torch.randint(low, high, (1,), generator=generator))  # noqa: E731
        shapes.append((draw(60, 4000), draw(1, 13), draw(0, 40), draw(2, 7)))
    return tuple(
        Case((budget, _square(a, b), step), f"{budget}, {a}·width² + {b}·width, step={step}")
        for budget, a, b, step in shapes
    )


WIDTH = Answer(
    "07.largura",
    solution=_width,
    form=Form("int"),
    wrong={
        "a_maior_que_cabe": _last_under,
        "a_primeira_que_passa": _first_over,
        "qualquer_largura": _any_width,
        "arredonda_depois": _rounded_width,
        "arredonda_para_baixo": _floored_width,
        "empate_para_cima": _tie_goes_up,
        "perto_em_proporcao": _nearest_by(lambda cost, budget: max(cost / budget, budget / cost)),
        "comeca_em_zero": _nearest_by(lambda cost, budget: abs(cost - budget), first=0),
        "regra_de_tres": _in_proportion,
        "quantos_passos": lambda budget, count, step: _width(budget, count, step) // step,
        "devolve_a_conta": lambda budget, count, step: count(_width(budget, count, step)),
        "a_diferenca": lambda budget, count, step: abs(count(_width(budget, count, step)) - budget),
        "um_passo_a_mais": lambda budget, count, step: _width(budget, count, step) + step,
        "nunca_a_primeira": _nearest_by(lambda cost, budget: abs(cost - budget), first=2),
    },
    cases=_width_cases,
)


# --- 07.decoder ----------------------------------------------------------------------------------

_ROW = Form("sequence", (Form("number"),), label="uma linha de logits")
_LOGITS = Form("sequence", (_ROW,), label="uma linha de logits por posição")


def _decoder(tokens, W_E, W_pos, blocks, ln_final):
    """Devolve os logits [pos, d_vocab] do próximo token em cada posição."""
    x = W_E[tokens] + W_pos[: len(tokens)]
    for block in blocks:
        x = block(x)
    return ln_final(x) @ W_E.T


def _positions_multiply(tokens, W_E, W_pos, blocks, ln_final):
    x = W_E[tokens] * W_pos[: len(tokens)]
    for block in blocks:
        x = block(x)
    return ln_final(x) @ W_E.T


def _positions_at_the_end(tokens, W_E, W_pos, blocks, ln_final):
    x = W_E[tokens]
    for block in blocks:
        x = block(x)
    return ln_final(x + W_pos[: len(tokens)]) @ W_E.T


def _positions_in_every_block(tokens, W_E, W_pos, blocks, ln_final):
    places = W_pos[: len(tokens)]
    again = [lambda x, block=block: block(x + places) for block in blocks]
    return _no_positions(tokens, W_E, W_pos, again, ln_final)


def _side_by_side(tokens, W_E, W_pos, blocks, ln_final):
    x = W_E[tokens] + W_pos[: len(tokens)]
    return ln_final(sum((block(x) for block in blocks), x)) @ W_E.T


def _no_positions(tokens, W_E, W_pos, blocks, ln_final):
    return _decoder(tokens, W_E, 0 * W_pos, blocks, ln_final)


def _whole_table(tokens, W_E, W_pos, blocks, ln_final):
    x = W_E[tokens] + W_pos
    for block in blocks:
        x = block(x)
    return ln_final(x) @ W_E.T


def _same_position(tokens, W_E, W_pos, blocks, ln_final):
    return _decoder(tokens, W_E, W_pos[:1].expand(len(tokens), -1), blocks, ln_final)


def _position_by_id(tokens, W_E, W_pos, blocks, ln_final):
    return _decoder(tokens, W_E, W_pos[tokens], blocks, ln_final)


def _from_one(tokens, W_E, W_pos, blocks, ln_final):
    return _decoder(tokens, W_E, W_pos[1:], blocks, ln_final)


def _norm_first(tokens, W_E, W_pos, blocks, ln_final):
    x = ln_final(W_E[tokens] + W_pos[: len(tokens)])
    for block in blocks:
        x = block(x)
    return x @ W_E.T


def _no_final_norm(tokens, W_E, W_pos, blocks, ln_final):
    return _decoder(tokens, W_E, W_pos, blocks, lambda x: x)


def _norm_in_every_block(tokens, W_E, W_pos, blocks, ln_final):
    x = W_E[tokens] + W_pos[: len(tokens)]
    for block in blocks:
        x = ln_final(block(x))
    return x @ W_E.T


def _backwards(tokens, W_E, W_pos, blocks, ln_final):
    return _decoder(tokens, W_E, W_pos, blocks[::-1], ln_final)


def _only_the_first(tokens, W_E, W_pos, blocks, ln_final):
    return _decoder(tokens, W_E, W_pos, blocks[:1], ln_final)


def _only_the_last(tokens, W_E, W_pos, blocks, ln_final):
    return _decoder(tokens, W_E, W_pos, blocks[-1:], ln_final)


def _sums_again(tokens, W_E, W_pos, blocks, ln_final):
    again = [lambda x, block=block: x + block(x) for block in blocks]
    return _decoder(tokens, W_E, W_pos, again, ln_final)


def _last_row(tokens, W_E, W_pos, blocks, ln_final):
    return _decoder(tokens, W_E, W_pos, blocks, ln_final)[-1:]


def _probabilities(tokens, W_E, W_pos, blocks, ln_final):
    return _decoder(tokens, W_E, W_pos, blocks, ln_final).softmax(-1)


def _stream(tokens, W_E, W_pos, blocks, ln_final):
    x = W_E[tokens] + W_pos[: len(tokens)]
    for block in blocks:
        x = block(x)
    return ln_final(x)


def _step(d_model: int, generator: torch.Generator) -> Callable[[Tensor], Tensor]:
    W = torch.randn(d_model, d_model, generator=generator)

    def block(x: Tensor) -> Tensor:  # cada posição lê a média das que já vieram, e soma
        seen = x.cumsum(0) / torch.arange(1, len(x) + 1)[:, None]
        return x + torch.tanh(seen @ W.to(x.dtype))

    return block


def _norm(d_model: int, generator: torch.Generator) -> Callable[[Tensor], Tensor]:
    w = 1 + torch.rand(d_model, generator=generator)

    def ln_final(x: Tensor) -> Tensor:
        return _layer_norm(x, w, torch.zeros(d_model))

    return ln_final


def _unchanged(x: Tensor) -> Tensor:
    return x


def _decoder_cases() -> tuple[Case, ...]:
    W_E = torch.tensor([[1.0, 0.0], [0.0, 2.0]])
    W_pos = torch.tensor([[3.0, 0.0], [0.0, 5.0]])
    small = (torch.tensor([1]), W_E, W_pos, [], _unchanged)
    shown = "tokens=[1], W_E=[[1, 0], [0, 2]], W_pos=[[3, 0], [0, 5]], blocks=[], ln_final=nada"
    cases = [Case(small, shown)]
    for seed in range(16):
        n_pos, d_model, depth = 1 + seed % 4, 4 + seed % 3, (2, 1, 3, 4, 0)[seed % 5]
        d_vocab = n_ctx = 5 + seed % 3
        generator = torch.Generator().manual_seed(300 + seed)
        tables = torch.randn(2, d_vocab, d_model, generator=generator)
        tokens = torch.randint(d_vocab, (n_pos,), generator=generator)
        blocks = [_step(d_model, generator) for _ in range(depth)]
        args = (tokens, tables[0], tables[1], blocks, _norm(d_model, generator))
        shown = f"tokens={tokens.tolist()}, n_ctx={n_ctx}, d_model={d_model}, {depth} blocos"
        cases.append(Case(args, shown))
    return tuple(cases)


DECODER = Answer(
    "07.decoder",
    solution=_decoder,
    form=_LOGITS,
    wrong={
        "sem_posicoes": _no_positions,
        "tabela_inteira": _whole_table,
        "sempre_a_posicao_zero": _same_position,
        "posicao_pelo_id": _position_by_id,
        "posicao_a_partir_de_um": _from_one,
        "norma_antes_dos_blocos": _norm_first,
        "sem_norma_final": _no_final_norm,
        "norma_em_cada_bloco": _norm_in_every_block,
        "de_tras_para_a_frente": _backwards,
        "so_o_primeiro_bloco": _only_the_first,
        "todos_leem_a_entrada": _only_the_last,
        "soma_de_novo": _sums_again,
        "so_a_ultima_posicao": _last_row,
        "probabilidades": _probabilities,
        "sem_unembedding": _stream,
        "posicoes_em_cada_bloco": _positions_in_every_block,
        "blocos_lado_a_lado": _side_by_side,
        "ultimas_posicoes": lambda tokens, E, P, blocks, ln: _decoder(
            tokens, E, P[len(P) - len(tokens) :], blocks, ln
        ),
        "sem_blocos": lambda tokens, E, P, blocks, ln: _decoder(tokens, E, P, [], ln),
        "posicoes_multiplicam": _positions_multiply,
        "posicoes_no_fim": _positions_at_the_end,
    },
    cases=_decoder_cases,
)


# --- 07.mascaras, 07.cattn -----------------------------------------------------------------------

_ROWS = Form("sequence", (Form("sequence", (Form("int"),), label="uma linha"),), label="linhas")

_HEADS = Form(
    "sequence",
    (Form("sequence", (Form("sequence", (Form("number"),), label="uma linha"),)),),
    label="uma matriz por cabeça",
)

Rows = list[list[int]]


def _mask(kind, n_query, n_key):
    """Devolve, em linhas de 1 e 0, quem cada pergunta pode ler."""
    if kind == "decoder":
        return [[int(key <= query) for key in range(n_key)] for query in range(n_query)]
    return [[1] * n_key for _ in range(n_query)]


def _without_itself(kind: str, n_query: int, n_key: int) -> Rows:
    if kind != "decoder":
        return _mask(kind, n_query, n_key)
    return [[int(key < query) for key in range(n_key)] for query in range(n_query)]


def _future(kind: str, n_query: int, n_key: int) -> Rows:
    if kind != "decoder":
        return _mask(kind, n_query, n_key)
    return [[int(key >= query) for key in range(n_key)] for query in range(n_query)]


def _causal_crossing(kind: str, n_query: int, n_key: int) -> Rows:
    return _mask("decoder" if kind == "cruzada" else kind, n_query, n_key)


def _causal_encoder(kind: str, n_query: int, n_key: int) -> Rows:
    return _mask("decoder" if kind == "encoder" else kind, n_query, n_key)


def _turned(kind: str, n_query: int, n_key: int) -> Rows:
    return _mask(kind, n_key, n_query) if kind == "cruzada" else _mask(kind, n_query, n_key)


def _inverted(kind: str, n_query: int, n_key: int) -> Rows:
    return [[1 - one for one in row] for row in _mask(kind, n_query, n_key)]


def _mask_cases() -> tuple[Case, ...]:
    cases = []
    for kind in ("decoder", "encoder", "cruzada"):
        for n_query, n_key in ((3, 3), (1, 1), (2, 2), (4, 4), (5, 5), (6, 6)):
            n_key = n_key + 2 if kind == "cruzada" and n_query % 2 else n_key
            cases.append(Case((kind, n_query, n_key)))
    return (*cases, Case(("cruzada", 4, 2)))


MASKS = Answer(
    "07.mascaras",
    solution=_mask,
    form=_ROWS,
    wrong={
        "sem_a_diagonal": _without_itself,
        "so_o_futuro": _future,
        "cruzada_causal": _causal_crossing,
        "encoder_causal": _causal_encoder,
        "tudo_livre": lambda kind, n_query, n_key: _mask("encoder", n_query, n_key),
        "cruzada_deitada": _turned,
        "um_e_proibido": _inverted,
        "encoder_sem_si": lambda kind, q, k: (
            [[int(i != j) for j in range(k)] for i in range(q)]
            if kind == "encoder"
            else _mask(kind, q, k)
        ),
        "posicoes": lambda kind, q, k: [
            [j for j, one in enumerate(row) if one] for row in _mask(kind, q, k)
        ],
        "cruzada_fechada": lambda kind, q, k: [
            [int(kind != "cruzada") * one for one in row] for row in _mask(kind, q, k)
        ],
    },
    cases=_mask_cases,
)


def _split(c_attn, n_heads):
    """Corta a matriz do GPT-2 em W_Q, W_K e W_V, cada uma [head d_model d_head]."""
    d_model = c_attn.shape[0]
    parts = []
    for matrix in c_attn.split(d_model, dim=1):
        heads = matrix.reshape(d_model, n_heads, d_model // n_heads)
        parts.append(heads.transpose(0, 1))
    return parts


def _by_head(c_attn, n_heads):
    d_model = c_attn.shape[0]
    d_head = d_model // n_heads
    heads = c_attn.reshape(d_model, n_heads, 3, d_head)
    return [heads[:, :, part].transpose(0, 1) for part in range(3)]


def _wrong_view(c_attn, n_heads):
    d_model = c_attn.shape[0]
    parts = c_attn.split(d_model, dim=1)
    return [part.reshape(n_heads, d_model, d_model // n_heads) for part in parts]


def _split_cases() -> tuple[Case, ...]:
    cases = []
    sizes = ((2, 4), (1, 2), (2, 2), (3, 6), (2, 6), (1, 1), (4, 4), (4, 8))
    for number, (n_heads, d_model) in enumerate(sizes * 2):
        generator = torch.Generator().manual_seed(number)
        shape = (d_model, 3 * d_model)
        c_attn = torch.randint(-99, 100, shape, generator=generator) / 4
        cases.append(Case((c_attn, n_heads), f"d_model={d_model}, n_heads={n_heads}"))
    return tuple(cases)


SPLIT = Answer(
    "07.cattn",
    solution=_split,
    form=Form("sequence", (_HEADS,), length=3, label="Q, K e V"),
    wrong={
        "cabeca_por_fora": _by_head,
        "reshape_direto": _wrong_view,
        "sem_trocar_os_eixos": lambda c_attn, n_heads: (
            [part.transpose(0, 1) for part in _split(c_attn, n_heads)]
        ),
        "kqv": lambda c_attn, n_heads: [_split(c_attn, n_heads)[i] for i in (1, 0, 2)],
        "linha_por_linha": lambda c_attn, n_heads: [p.mT for p in _split(c_attn, n_heads)],
        "intercala_qkv": lambda c_attn, n_heads: _split(
            torch.cat([c_attn[:, i::3] for i in range(3)], 1), n_heads
        ),
        "intercala_cabecas": lambda c_attn, n_heads: [
            torch.stack([part[:, h::n_heads] for h in range(n_heads)])
            for part in c_attn.split(c_attn.shape[0], dim=1)
        ],
        "sem_cabecas": lambda c_attn, n_heads: list(c_attn.split(c_attn.shape[0], dim=1)),
    },
    cases=_split_cases,
)


# --- 07.parametros, 07.macs ----------------------------------------------------------------------


def _count(d_vocab: int, n_ctx: int, d_model: int, n_layers: int) -> int:
    """Conta os parâmetros de um GPT-2 de saída amarrada, com MLP de largura 4 · d_model."""
    attention = 4 * d_model**2 + 4 * d_model
    mlp = 8 * d_model**2 + 5 * d_model
    norm = 2 * d_model
    tables = (d_vocab + n_ctx) * d_model
    return tables + n_layers * (attention + mlp + 2 * norm) + norm


def _macs(n_pos: int, d_vocab: int, d_model: int, n_layers: int) -> int:
    """Conta os MACs de uma leitura de n_pos tokens, sem cache e sem descontar a máscara."""
    matrices = 12 * d_model**2 * n_pos
    scores_and_means = 2 * n_pos**2 * d_model
    return n_layers * (matrices + scores_and_means) + n_pos * d_model * d_vocab


_COUNT_CASES = (
    (50257, 1024, 768, 12),
    (260, 16, 8, 1),
    (7, 3, 1, 1),
    (10, 5, 2, 0),
    (100, 10, 4, 3),
    (50257, 1024, 1024, 24),
    (50257, 1024, 1600, 48),
    (768, 256, 128, 3),
    (97, 32, 24, 3),
    (1000, 64, 16, 2),
    (512, 1, 6, 5),
    (33, 44, 55, 6),
    (2, 2, 3, 7),
    (11, 128, 10, 2),
    (65, 256, 384, 6),
)

_MACS_CASES = (
    (10, 260, 8, 1),
    (1024, 50257, 768, 12),
    (1, 50257, 768, 12),
    (2, 7, 1, 1),
    (3, 10, 2, 0),
    (16, 97, 24, 3),
    (128, 768, 128, 3),
    (512, 50257, 1024, 24),
    (5, 100, 4, 3),
    (64, 1000, 16, 2),
    (7, 33, 55, 6),
    (2048, 50257, 1600, 48),
    (4, 2, 3, 7),
    (9, 11, 10, 2),
    (256, 65, 384, 6),
)


def _count_cases(rows: tuple, names: tuple[str, ...]) -> tuple[Case, ...]:
    shown = (", ".join(f"{n}={v}" for n, v in zip(names, row, strict=True)) for row in rows)
    return tuple(Case(row, text) for row, text in zip(rows, shown, strict=True))


COUNT = Answer(
    "07.parametros",
    solution=_count,
    form=Form("int"),
    wrong={
        "sem_vieses": lambda v, n, d, L: _count(v, n, d, L) - L * 9 * d,
        "so_matrizes": lambda v, n, d, L: (v + n) * d + 12 * L * d * d,
        "sem_normas": lambda v, n, d, L: _count(v, n, d, L) - (2 * L + 1) * 2 * d,
        "sem_norma_final": lambda v, n, d, L: _count(v, n, d, L) - 2 * d,
        "conta_a_saida": lambda v, n, d, L: _count(v, n, d, L) + v * d,
        "sem_posicoes": lambda v, n, d, L: _count(v, n, d, L) - n * d,
        "mlp_estreito": lambda v, n, d, L: _count(v, n, d, L) - L * (6 * d * d + 3 * d),
        "uma_norma_por_bloco": lambda v, n, d, L: _count(v, n, d, L) - L * 2 * d,
        "norma_so_com_w": lambda v, n, d, L: _count(v, n, d, L) - (2 * L + 1) * d,
        "dois_vieses_largos": lambda v, n, d, L: _count(v, n, d, L) + L * 3 * d,
        "norma_final_em_cada_bloco": lambda v, n, d, L: _count(v, n, d, L) + (L - 1) * 2 * d,
        "tabelas_em_cada_bloco": lambda v, n, d, L: _count(v, n, d, L) + (L - 1) * (v + n) * d,
        "tudo_em_cada_bloco": lambda v, n, d, L: L * _count(v, n, d, 1),
        "uma_matriz_no_mlp": lambda v, n, d, L: _count(v, n, d, L) - L * 4 * d * d,
        "so_a_norma_final": lambda v, n, d, L: _count(v, n, d, L) - L * 4 * d,
        "norma_final_so_com_w": lambda v, n, d, L: _count(v, n, d, L) - d,
        "mlp_sem_b_out": lambda v, n, d, L: _count(v, n, d, L) - L * d,
        "um_bloco_so": lambda v, n, d, L: _count(v, n, d, 1),
        "so_os_blocos": lambda v, n, d, L: _count(v, n, d, L) - _count(v, n, d, 0),
        "sem_W_O": lambda v, n, d, L: _count(v, n, d, L) - L * (d * d + d),
        "vieses_iguais": lambda v, n, d, L: _count(v, n, d, L) - L * 3 * d,
        "sem_mlp": lambda v, n, d, layers: (v + n) * d + layers * (4 * d * d + 8 * d) + 2 * d,
        "tabelas_multiplicadas": lambda v, n, d, layers: (
            v * n * d + layers * (12 * d * d + 13 * d) + 2 * d
        ),
    },
    cases=lambda: _count_cases(_COUNT_CASES, ("d_vocab", "n_ctx", "d_model", "n_layers")),
)

MACS = Answer(
    "07.macs",
    solution=_macs,
    form=Form("int"),
    wrong={
        "flops": lambda n, v, d, L: 2 * _macs(n, v, d, L),
        "sem_quadrado": lambda n, v, d, L: _macs(n, v, d, L) - L * 2 * n * n * d,
        "so_os_scores": lambda n, v, d, L: _macs(n, v, d, L) - L * n * n * d,
        "desconta_a_mascara": lambda n, v, d, L: _macs(n, v, d, L) - L * n * (n - 1) * d,
        "sem_saida": lambda n, v, d, L: _macs(n, v, d, L) - n * d * v,
        "saida_por_camada": lambda n, v, d, L: _macs(n, v, d, L) + (L - 1) * n * d * v,
        "entrada_como_produto": lambda n, v, d, L: _macs(n, v, d, L) + n * d * v,
        "um_token": lambda n, v, d, L: _macs(1, v, d, L),
        "sem_W_O": lambda n, v, d, L: _macs(n, v, d, L) - L * n * d * d,
        "matrizes_de_um_token": lambda n, v, d, layers: (
            layers * (12 * d * d + 2 * n * n * d) + n * d * v
        ),
        "saida_de_um_token": lambda n, v, d, layers: (
            layers * (12 * n * d * d + 2 * n * n * d) + d * v
        ),
        "um_bloco_so": lambda n, v, d, layers: _macs(n, v, d, 1),
        "scores_sem_largura": lambda n, v, d, layers: (
            layers * (12 * n * d * d + 2 * n * n) + n * d * v
        ),
        "scores_em_linha_reta": lambda n, v, d, layers: (
            layers * (12 * n * d * d + 2 * n * d) + n * d * v
        ),
    },
    cases=lambda: _count_cases(_MACS_CASES, ("n_pos", "d_vocab", "d_model", "n_layers")),
)
