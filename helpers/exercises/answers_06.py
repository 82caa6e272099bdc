"""Respostas da lição 06: a solução, os enganos e os casos de cada exercício."""

import itertools
import random
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from helpers.exercises.catalog import Answer, Case, Form

# --- 06.layer_norm -------------------------------------------------------------------------------

_NUMBERS = Form("sequence", (Form("number"),), label="uma linha de números")
_MATRIX = Form("sequence", (_NUMBERS,), label="uma matriz [pos d_model]")


def _layer_norm(resid, w, b, eps):
    """Devolve o fluxo [pos d_model] com média 0 e variância 1 em cada posição, vezes w, mais b."""
    centered = resid - resid.mean(-1, keepdim=True)
    variance = (centered**2).mean(-1, keepdim=True)
    return centered / (variance + eps).sqrt() * w + b


def _over_positions(resid: Tensor, w: Tensor, b: Tensor, eps: float) -> Tensor:
    centered = resid - resid.mean(0, keepdim=True)
    variance = (centered**2).mean(0, keepdim=True)
    return centered / (variance + eps).sqrt() * w + b


def _over_everything(resid: Tensor, w: Tensor, b: Tensor, eps: float) -> Tensor:
    centered = resid - resid.mean()
    return centered / ((centered**2).mean() + eps).sqrt() * w + b


def _unbiased(resid: Tensor, w: Tensor, b: Tensor, eps: float) -> Tensor:
    variance = resid.var(-1, keepdim=True)
    return (resid - resid.mean(-1, keepdim=True)) / (variance + eps).sqrt() * w + b


def _eps_outside(resid: Tensor, w: Tensor, b: Tensor, eps: float) -> Tensor:
    deviation = resid.std(-1, keepdim=True, correction=0)
    return (resid - resid.mean(-1, keepdim=True)) / (deviation + eps) * w + b


def _norm_not_centered(resid: Tensor, w: Tensor, b: Tensor, eps: float) -> Tensor:
    return resid / ((resid**2).mean(-1, keepdim=True) + eps).sqrt() * w + b


def _no_root(resid: Tensor, w: Tensor, b: Tensor, eps: float) -> Tensor:
    centered = resid - resid.mean(-1, keepdim=True)
    return centered / ((centered**2).mean(-1, keepdim=True) + eps) * w + b


def _norm_no_gain(resid: Tensor, w: Tensor, b: Tensor, eps: float) -> Tensor:
    return _layer_norm(resid, torch.ones_like(w), torch.zeros_like(b), eps)


def _only_gain(resid: Tensor, w: Tensor, b: Tensor, eps: float) -> Tensor:
    return _layer_norm(resid, w, torch.zeros_like(b), eps)


def _only_shift(resid: Tensor, w: Tensor, b: Tensor, eps: float) -> Tensor:
    return _layer_norm(resid, torch.ones_like(w), b, eps)


def _loses_the_axis(resid: Tensor, w: Tensor, b: Tensor, eps: float) -> Tensor:
    centered = resid - resid.mean(-1)
    return centered / ((centered**2).mean(-1) + eps).sqrt() * w + b


def _adds_to_the_stream(resid: Tensor, w: Tensor, b: Tensor, eps: float) -> Tensor:
    return resid + _layer_norm(resid, w, b, eps)


def _shift_before_gain(resid: Tensor, w: Tensor, b: Tensor, eps: float) -> Tensor:
    return (_layer_norm(resid, torch.ones_like(w), torch.zeros_like(b), eps) + b) * w


def _no_eps(resid: Tensor, w: Tensor, b: Tensor, eps: float) -> Tensor:
    return _layer_norm(resid, w, b, 0.0)


def _only_centers(resid: Tensor, w: Tensor, b: Tensor, eps: float) -> Tensor:
    return (resid - resid.mean(-1, keepdim=True)) * w + b


def _usual_eps(resid: Tensor, w: Tensor, b: Tensor, eps: float) -> Tensor:
    return _layer_norm(resid, w, b, 1e-5)


def _sum_of_squares(resid: Tensor, w: Tensor, b: Tensor, eps: float) -> Tensor:
    centered = resid - resid.mean(-1, keepdim=True)
    return centered / ((centered**2).sum(-1, keepdim=True) + eps).sqrt() * w + b


def _torch_std(resid: Tensor, w: Tensor, b: Tensor, eps: float) -> Tensor:
    centered = resid - resid.mean(-1, keepdim=True)
    return centered / (resid.std(-1, keepdim=True) + eps) * w + b


def _variance_not_centered(resid: Tensor, w: Tensor, b: Tensor, eps: float) -> Tensor:
    variance = (resid**2).mean(-1, keepdim=True)
    return (resid - resid.mean(-1, keepdim=True)) / (variance + eps).sqrt() * w + b


def _quarters(generator: torch.Generator, *shape: int) -> Tensor:
    """Quartos de −3 a 3, em float32: os números do modelo, curtos o bastante para copiar."""
    return torch.randint(-12, 13, shape, generator=generator) / 4


def _norm_cases() -> tuple[Case, ...]:
    generator = torch.Generator().manual_seed(606)
    by_hand = torch.tensor([[2.0, 4.0, 6.0, 8.0], [1.0, 1.0, 1.0, 5.0]])
    first = (by_hand, torch.ones(4), torch.zeros(4), 1e-5)
    cases = [Case(first, "[[2, 4, 6, 8], [1, 1, 1, 5]], w=1, b=0, eps=1e-5")]
    for number in range(17):
        n_pos, width = 2 + number % 4, 3 + number % 5
        resid = 2 * _quarters(generator, n_pos, width) + 1
        if number % 4 == 3:
            resid[0] = 2.5  # todos iguais: a variância é 0, e só o `eps` evita 0/0
        if number % 4 == 1:
            resid *= 64  # um fluxo que cresceu
        w, b = 1 + _quarters(generator, width), _quarters(generator, width)
        eps = (1e-1, 1e-2, 1e-5)[number % 3]
        shown = f"um fluxo [{n_pos} {width}], w e b [{width}], eps={eps:g}"
        cases.append(Case((resid, w, b, eps), shown))
    return tuple(cases)


def _centred(resid: Tensor) -> Tensor:
    return resid - resid.mean(-1, keepdim=True)


LAYER_NORM = Answer(
    "06.layer_norm",
    solution=_layer_norm,
    form=_MATRIX,
    wrong={
        "entre_posicoes": _over_positions,
        "tudo_junto": _over_everything,
        "divide_por_n_menos_1": _unbiased,
        "eps_fora": _eps_outside,
        "sem_centrar": _norm_not_centered,
        "sem_raiz": _no_root,
        "sem_ganho": _norm_no_gain,
        "sem_deslocamento": _only_gain,
        "so_o_deslocamento": _only_shift,
        "sem_keepdim": _loses_the_axis,
        "soma_ao_fluxo": _adds_to_the_stream,
        "deslocamento_antes": _shift_before_gain,
        "sem_eps": _no_eps,
        "so_centra": _only_centers,
        "eps_de_costume": _usual_eps,
        "soma_dos_quadrados": _sum_of_squares,
        "std_do_torch": _torch_std,
        "variancia_sem_centrar": _variance_not_centered,
        "divide_pela_norma": lambda x, w, b, eps: (
            _centred(x) / _centred(x).norm(dim=-1, keepdim=True).clamp(min=eps) * w + b
        ),
        "divide_o_que_veio": lambda x, w, b, eps: (
            x / (_centred(x).pow(2).mean(-1, keepdim=True) + eps).sqrt() * w + b
        ),
        "multiplica_pelo_desvio": lambda x, w, b, eps: (
            _centred(x) * (_centred(x).pow(2).mean(-1, keepdim=True) + eps).sqrt() * w + b
        ),
        "subtrai_o_deslocamento": lambda x, w, b, eps: _layer_norm(x, w, -b, eps),
        "desvio_em_modulo": lambda x, w, b, eps: (
            _centred(x) / (_centred(x).abs().mean(-1, keepdim=True) + eps) * w + b
        ),
        "tira_a_mediana": lambda x, w, b, eps: (
            (m := x - x.median(-1, keepdim=True).values)
            / (m.pow(2).mean(-1, keepdim=True) + eps).sqrt()
            * w
            + b
        ),
    },
    cases=_norm_cases,
    tolerance=1e-5,
)


# --- 06.bloco ------------------------------------------------------------------------------------

Part = Callable[[Tensor], Tensor]


def _block(resid, ln1, attn, ln2, mlp):
    """Devolve o fluxo depois das duas escritas; cada parte lê o fluxo normalizado."""
    resid_mid = resid + attn(ln1(resid))
    return resid_mid + mlp(ln2(resid_mid))


def _loses_attention(resid: Tensor, ln1: Part, attn: Part, ln2: Part, mlp: Part) -> Tensor:
    return resid + mlp(ln2(resid + attn(ln1(resid))))


def _post_norm(resid: Tensor, ln1: Part, attn: Part, ln2: Part, mlp: Part) -> Tensor:
    resid_mid = ln1(resid + attn(resid))
    return ln2(resid_mid + mlp(resid_mid))


def _no_norm(resid: Tensor, ln1: Part, attn: Part, ln2: Part, mlp: Part) -> Tensor:
    resid_mid = resid + attn(resid)
    return resid_mid + mlp(resid_mid)


def _side_by_side(resid: Tensor, ln1: Part, attn: Part, ln2: Part, mlp: Part) -> Tensor:
    return resid + attn(ln1(resid)) + mlp(ln2(resid))


def _no_residual(resid: Tensor, ln1: Part, attn: Part, ln2: Part, mlp: Part) -> Tensor:
    return mlp(ln2(attn(ln1(resid))))


def _norm_replaces(resid: Tensor, ln1: Part, attn: Part, ln2: Part, mlp: Part) -> Tensor:
    resid = ln1(resid)
    resid_mid = resid + attn(resid)
    resid_mid = ln2(resid_mid)
    return resid_mid + mlp(resid_mid)


def _same_norm(resid: Tensor, ln1: Part, attn: Part, ln2: Part, mlp: Part) -> Tensor:
    resid_mid = resid + attn(ln1(resid))
    return resid_mid + mlp(ln1(resid_mid))


def _swapped_norms(resid: Tensor, ln1: Part, attn: Part, ln2: Part, mlp: Part) -> Tensor:
    return _block(resid, ln2, attn, ln1, mlp)


def _only_last_sum(resid: Tensor, ln1: Part, attn: Part, ln2: Part, mlp: Part) -> Tensor:
    return mlp(ln2(resid + attn(ln1(resid))))


def _only_second_residual(resid: Tensor, ln1: Part, attn: Part, ln2: Part, mlp: Part) -> Tensor:
    resid_mid = attn(ln1(resid))
    return resid_mid + mlp(ln2(resid_mid))


def _stops_halfway(resid: Tensor, ln1: Part, attn: Part, ln2: Part, mlp: Part) -> Tensor:
    return resid + attn(ln1(resid))


def _mlp_first(resid: Tensor, ln1: Part, attn: Part, ln2: Part, mlp: Part) -> Tensor:
    resid_mid = resid + mlp(ln2(resid))
    return resid_mid + attn(ln1(resid_mid))


def _norm_of_what_is_written(resid: Tensor, ln1: Part, attn: Part, ln2: Part, mlp: Part) -> Tensor:
    resid_mid = resid + ln1(attn(resid))
    return resid_mid + ln2(mlp(resid_mid))


def _mlp_reads_the_stream(resid: Tensor, ln1: Part, attn: Part, ln2: Part, mlp: Part) -> Tensor:
    resid_mid = resid + attn(ln1(resid))
    return resid_mid + mlp(resid_mid)


def _attention_reads_the_stream(
    resid: Tensor, ln1: Part, attn: Part, ln2: Part, mlp: Part
) -> Tensor:
    resid_mid = resid + attn(resid)
    return resid_mid + mlp(ln2(resid_mid))


def _adds_the_input_twice(resid: Tensor, ln1: Part, attn: Part, ln2: Part, mlp: Part) -> Tensor:
    return resid + _block(resid, ln1, attn, ln2, mlp)


def _only_what_was_written(resid: Tensor, ln1: Part, attn: Part, ln2: Part, mlp: Part) -> Tensor:
    return _block(resid, ln1, attn, ln2, mlp) - resid


def _shift(resid: Tensor) -> Tensor:
    """Faz as vezes da atenção: cada posição copia a anterior."""
    return resid.roll(1, 0)


def _center(resid: Tensor) -> Tensor:
    """Faz as vezes da primeira norma: tira a média de cada linha."""
    return resid - resid.mean(-1, keepdim=True)


def _shrink(resid: Tensor) -> Tensor:
    """Faz as vezes da segunda norma: divide cada linha pela sua maior grandeza."""
    return resid / (1 + resid.abs().amax(-1, keepdim=True))


def _rectify(resid: Tensor) -> Tensor:
    """Faz as vezes do MLP: apaga os negativos e soma 1."""
    return resid.relu() + 1


def _block_cases() -> tuple[Case, ...]:
    generator = torch.Generator().manual_seed(602)
    parts = (_center, _shift, _shrink, _rectify)
    small = torch.tensor([[1.0, 3.0], [0.0, -2.0]])
    cases = [Case((small, *parts), f"resid={small.tolist()}, ln1, attn, ln2, mlp")]
    for number in range(16):
        resid = 2 * _quarters(generator, 2 + number % 3, 3 + number % 4)
        if number % 5 == 4:
            resid *= 128
        cases.append(Case((resid, *parts), f"resid={resid.tolist()}, ln1, attn, ln2, mlp"))
    return tuple(cases)


def _norm_at_the_end(resid, ln1, attn, ln2, mlp):
    mid = resid + attn(ln1(resid))
    return ln2(mid + mlp(mid))


BLOCK = Answer(
    "06.bloco",
    solution=_block,
    form=_MATRIX,
    wrong={
        "perde_a_atencao": _loses_attention,
        "norma_depois": _post_norm,
        "sem_norma": _no_norm,
        "em_paralelo": _side_by_side,
        "sem_residual": _no_residual,
        "norma_no_caminho": _norm_replaces,
        "uma_norma_so": _same_norm,
        "normas_trocadas": _swapped_norms,
        "so_a_primeira_soma": _only_last_sum,
        "so_a_segunda_soma": _only_second_residual,
        "para_na_atencao": _stops_halfway,
        "mlp_primeiro": _mlp_first,
        "norma_do_que_se_escreve": _norm_of_what_is_written,
        "mlp_le_sem_norma": _mlp_reads_the_stream,
        "atencao_le_sem_norma": _attention_reads_the_stream,
        "entrada_duas_vezes": _adds_the_input_twice,
        "so_as_escritas": _only_what_was_written,
        "norma_na_saida": _norm_at_the_end,
        "mlp_le_so_a_atencao": lambda r, ln1, attn, ln2, mlp: (
            r + attn(ln1(r)) + mlp(ln2(attn(ln1(r))))
        ),
    },
    cases=_block_cases,
    tolerance=1e-5,
)


# --- 06.enviado, 06.fonte ------------------------------------------------------------------------

_MOVES_NUMBERS = Form("sequence", (Form("number"),), label="uma lista de números, um por posição")


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


def _only_who_looked(pattern: Tensor) -> list[float]:
    return [
        float(column.sum() / (column > 0).sum()) if column.any() else 0.0 for column in pattern.T
    ]


def _one_reader_less(pattern: Tensor) -> list[float]:
    n = len(pattern)
    return [float(pattern[:, key].sum()) / max(n - key - 1, 1) for key in range(n)]


def _one_reader_more(pattern: Tensor) -> list[float]:
    n = len(pattern)
    return [float(pattern[:, key].sum()) / (n - key + 1) for key in range(n)]


def _mean_of_rows(pattern: Tensor) -> list[float]:
    return [float(row.sum()) / (query + 1) for query, row in enumerate(pattern)]


def _last_reader(pattern: Tensor) -> list[float]:
    return [float(weight) for weight in pattern[-1]]


def _even_reference(pattern: Tensor) -> list[float]:
    n = len(pattern)
    even = [sum(1 / (query + 1) for query in range(key, n)) for key in range(n)]
    return [float(pattern[:, key].sum()) / even[key] for key in range(n)]


def _pattern_cases() -> tuple[Case, ...]:
    generator = torch.Generator().manual_seed(603)
    by_hand = [
        [[1, 0, 0], [0.75, 0.25, 0], [0.5, 0.25, 0.25]],
        # Pesos zero em posições permitidas: quem pode olhar conta, mesmo que não olhe.
        [[1, 0, 0], [0, 1, 0], [0.5, 0, 0.5]],
        [[1, 0, 0], [1, 0, 0], [0.5, 0, 0.5]],
        [[1.0]],
    ]
    cases = [Case((torch.tensor(one, dtype=torch.float32),), str(one)) for one in by_hand]
    for number in range(14):
        n = 2 + number % 5
        parts = torch.randint(0, 4, (n, n), generator=generator).tril().float()
        parts.diagonal().add_((parts.sum(-1) == 0).float())
        shown = f"um padrão causal [{n} {n}]"
        cases.append(Case((parts / parts.sum(-1, keepdim=True),), shown))
    return tuple(cases)


SENT = Answer(
    "06.enviado",
    solution=_sent,
    form=_MOVES_NUMBERS,
    wrong={
        "soma_a_linha": _received,
        "sem_dividir": _no_baseline,
        "divide_por_todas": _divides_by_all,
        "sem_a_propria": _without_itself,
        "divisor_ao_contrario": _divides_by_row,
        "so_o_maior": _largest,
        "so_quem_olhou": _only_who_looked,
        "um_leitor_a_menos": _one_reader_less,
        "um_leitor_a_mais": _one_reader_more,
        "media_da_linha": _mean_of_rows,
        "so_o_ultimo_leitor": _last_reader,
        "referencia_do_uniforme": _even_reference,
        "soma_so_dos_outros": lambda p: [
            float(p[k + 1 :, k].sum()) / (len(p) - k) for k in range(len(p))
        ],
        "so_a_diagonal": lambda p: p.diag(),
    },
    cases=_pattern_cases,
    tolerance=1e-5,
)


def _strongest(weights, values, W_O):
    """Devolve a posição de origem cuja contribuição ao fluxo é o vetor mais comprido."""
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


def _adds_sizes(weights: Tensor, values: Tensor, W_O: Tensor) -> int:
    return int((weights[:, None] * (values @ W_O)).abs().sum(-1).argmax())


def _largest_entry(weights: Tensor, values: Tensor, W_O: Tensor) -> int:
    return int((weights[:, None] * (values @ W_O)).abs().amax(-1).argmax())


def _smallest(weights: Tensor, values: Tensor, W_O: Tensor) -> int:
    return int((weights[:, None] * (values @ W_O)).norm(dim=-1).argmin())


def _down_the_columns(weights: Tensor, values: Tensor, W_O: Tensor) -> int:
    return int((weights[:, None] * (values @ W_O)).norm(dim=0).argmax())


def _square_of_the_norm(weights: Tensor, values: Tensor, W_O: Tensor) -> int:
    return int((weights * (values @ W_O).norm(dim=-1) ** 2).argmax())


def _counts_from_one(weights: Tensor, values: Tensor, W_O: Tensor) -> int:
    return _strongest(weights, values, W_O) + 1


def _width_of_the_value(weights: Tensor, values: Tensor, W_O: Tensor) -> int:
    moved = weights[:, None] * (values @ W_O)
    return int(moved[:, : values.shape[1]].norm(dim=-1).argmax())


def _whole_table(weights: Tensor, values: Tensor, W_O: Tensor) -> int:
    return int((weights[:, None] * (values @ W_O)).argmax())


def _source_cases() -> tuple[Case, ...]:
    """Na metade dos casos `W_O` leva a uma largura maior, como nos modelos; sem empates."""
    generator = torch.Generator().manual_seed(604)
    first = (torch.tensor([0.6, 0.4]), torch.tensor([[0.1], [3.0]]), torch.tensor([[1.0]]))
    cases = [Case(first, "[0.6, 0.4], [[0.1], [3.0]], [[1.0]]")]
    while len(cases) < 41:
        n, d_head = 3 + len(cases) % 4, 2 + len(cases) % 3
        d_model = d_head if len(cases) % 2 else d_head + 1 + len(cases) % 3
        weights = torch.randint(0, 9, (n,), generator=generator) / 8
        values, W_O = _quarters(generator, n, d_head), _quarters(generator, d_head, d_model)
        weights = weights / weights.sum().clamp_min(1)
        first, second = (weights * (values @ W_O).norm(dim=-1)).topk(2).values
        if first - second > 0.02:
            shown = f"{n} pesos, {n} valores de largura {d_head}, W_O [{d_head} {d_model}]"
            cases.append(Case((weights, values, W_O), shown))
    return tuple(cases)


SOURCE = Answer(
    "06.fonte",
    solution=_strongest,
    form=Form("int"),
    wrong={
        "maior_peso": _largest_weight,
        "ignora_o_peso": _no_weight,
        "antes_de_W_O": _before_output,
        "soma_no_lugar_da_norma": _adds_numbers,
        "W_O_transposta": _transposed,
        "soma_dos_modulos": _adds_sizes,
        "maior_numero": _largest_entry,
        "a_menor": _smallest,
        "norma_das_colunas": _down_the_columns,
        "norma_ao_quadrado": _square_of_the_norm,
        "conta_de_um": _counts_from_one,
        "largura_do_valor": _width_of_the_value,
        "tabela_inteira": _whole_table,
        "maior_coordenada": lambda w, v, W: int((w[:, None] * (v @ W)).max(-1).values.argmax()),
        "soma_o_peso": lambda w, v, W: int((w[:, None] + v @ W).norm(dim=-1).argmax()),
        "a_ultima_posicao": lambda w, v, W: len(w) - 1,
        "peso_ao_quadrado": lambda w, v, W: int((w * w * (v @ W).norm(dim=-1)).argmax()),
        "soma_do_valor": lambda w, v, W: int((w * v.sum(-1)).argmax()),
    },
    cases=_source_cases,
)


# --- 06.ganho ------------------------------------------------------------------------------------

_TWO = Form(
    "sequence", (Form("number"),), length=2, label="o ganho sem conexão residual e o ganho com ela"
)

GAIN = Answer(
    "06.ganho",
    solution=[0.0625, 5.0625],
    form=_TWO,
    wrong={
        "trocados": [5.0625, 0.0625],
        "soma_os_fatores": [2.0, 3.0],
        "soma_so_no_fim": [0.0625, 1.0625],
        "duas_camadas": [0.25, 2.25],
        "residual_preserva": [0.0625, 1.0],
        "soma_os_ganhos": [2.0, 6.0],
        "uma_camada_so": [0.5, 1.5],
        "tres_camadas": [0.125, 3.375],
        "dobra_a_cada_camada": [0.0625, 16.0],
        "soma_metade_da_entrada": [0.0625, 3.0],
        "saida_no_lugar_do_aumento": [-0.9375, 4.0625],
    },
    tolerance=1e-3,
    code="""
without, with_residual = 1.0, 1.0
for _ in range(4):
    without = 0.5 * without
    with_residual = with_residual + 0.5 * with_residual

my_gains_solution = (without, with_residual)
""",
)


# --- 06.contribuicoes ----------------------------------------------------------------------------

_CREDIT_NUMBERS = Form("sequence", (Form("number"),), label="uma lista de números, um por escrita")


def _credit(writes, scale, w, direction):
    """Devolve quanto cada escrita soma ao logit, com a escala da norma final congelada."""
    centered = writes - writes.mean(-1, keepdim=True)
    return [float(one) for one in (centered / scale * w) @ direction]


def _own_scale(writes: Tensor, scale: float, w: Tensor, direction: Tensor) -> list[float]:
    centered = writes - writes.mean(-1, keepdim=True)
    own = (centered**2).mean(-1, keepdim=True).sqrt()
    return [float(one) for one in (centered / own * w) @ direction]


def _norm_of_the_course(writes: Tensor, scale: float, w: Tensor, direction: Tensor) -> list[float]:
    normed = torch.nn.functional.layer_norm(writes, w.shape, w)
    return [float(one) for one in normed @ direction]


def _credit_not_centered(writes: Tensor, scale: float, w: Tensor, direction: Tensor) -> list[float]:
    return [float(one) for one in (writes / scale * w) @ direction]


def _no_scale(writes: Tensor, scale: float, w: Tensor, direction: Tensor) -> list[float]:
    centered = writes - writes.mean(-1, keepdim=True)
    return [float(one) for one in (centered * w) @ direction]


def _credit_no_gain(writes: Tensor, scale: float, w: Tensor, direction: Tensor) -> list[float]:
    centered = writes - writes.mean(-1, keepdim=True)
    return [float(one) for one in (centered / scale) @ direction]


def _running(writes: Tensor, scale: float, w: Tensor, direction: Tensor) -> list[float]:
    centered = writes - writes.mean(-1, keepdim=True)
    return [float(one) for one in ((centered / scale * w) @ direction).cumsum(0)]


def _only_size(writes: Tensor, scale: float, w: Tensor, direction: Tensor) -> list[float]:
    centered = writes - writes.mean(-1, keepdim=True)
    return [abs(float(one)) for one in (centered / scale * w) @ direction]


def _centers_over_writes(writes: Tensor, scale: float, w: Tensor, direction: Tensor) -> Tensor:
    return ((writes - writes.mean(0)) / scale * w) @ direction


def _one_mean_for_all(writes: Tensor, scale: float, w: Tensor, direction: Tensor) -> Tensor:
    return ((writes - writes.mean()) / scale * w) @ direction


def _times_scale(writes: Tensor, scale: float, w: Tensor, direction: Tensor) -> Tensor:
    return ((writes - writes.mean(-1, keepdim=True)) * scale * w) @ direction


def _share(writes: Tensor, scale: float, w: Tensor, direction: Tensor) -> Tensor:
    credit = torch.tensor(_credit(writes, scale, w, direction))
    return credit / credit.sum()


def _without_direction(writes: Tensor, scale: float, w: Tensor, direction: Tensor) -> Tensor:
    return ((writes - writes.mean(-1, keepdim=True)) / scale * w).sum(-1)


def _unit_direction(writes: Tensor, scale: float, w: Tensor, direction: Tensor) -> Tensor:
    return torch.tensor(_credit(writes, scale, w, direction)) / direction.norm()


def _adds_the_gain(writes: Tensor, scale: float, w: Tensor, direction: Tensor) -> Tensor:
    return ((writes - writes.mean(-1, keepdim=True)) / scale + w) @ direction


def _credit_cases() -> tuple[Case, ...]:
    generator = torch.Generator().manual_seed(605)
    first = (torch.tensor([[1.0, 3.0]]), 2.0, torch.tensor([1.0, 1.0]), torch.tensor([0.0, 1.0]))
    cases = [Case(first, "[[1, 3]], 2.0, [1, 1], [0, 1]")]
    for number in range(17):
        n, width = 3 + number % 4, 4 + number % 3
        writes = 2 * _quarters(generator, n, width) + 1
        if number % 4 == 2:
            writes[0] *= 100  # uma escrita enorme, como a do primeiro MLP
        scale = round(float(writes.sum(0).std(correction=0)), 3)
        w, direction = 1 + _quarters(generator, width) / 4, _quarters(generator, width)
        shown = f"{n} escritas de largura {width}, scale={scale}, w, direction"
        cases.append(Case((writes, scale, w, direction), shown))
    return tuple(cases)


CREDIT = Answer(
    "06.contribuicoes",
    solution=_credit,
    form=_CREDIT_NUMBERS,
    wrong={
        "norma_de_cada_uma": _own_scale,
        "layer_norm_em_cada_uma": _norm_of_the_course,
        "sem_centrar": _credit_not_centered,
        "sem_escala": _no_scale,
        "sem_ganho": _credit_no_gain,
        "acumulado": _running,
        "sem_sinal": _only_size,
        "media_entre_escritas": _centers_over_writes,
        "uma_media_so": _one_mean_for_all,
        "multiplica_pela_escala": _times_scale,
        "partes_de_1": _share,
        "sem_direcao": _without_direction,
        "direcao_unitaria": _unit_direction,
        "ganho_somado": _adds_the_gain,
        "escala_ao_quadrado": lambda writes, scale, w, direction: _credit(
            writes, scale * scale, w, direction
        ),
        "raiz_da_escala": lambda writes, scale, w, direction: _credit(
            writes, scale**0.5, w, direction
        ),
        "divide_pelo_ganho": lambda writes, scale, w, direction: _credit(
            writes, scale, 1 / w, direction
        ),
        "centra_no_fim": lambda writes, scale, w, direction: (
            ((x := writes / scale * w) - x.mean(-1, keepdim=True)) @ direction
        ),
    },
    cases=_credit_cases,
    tolerance=1e-5,
)


# --- 06.corrida ----------------------------------------------------------------------------------

_STREAM_NUMBERS = Form("sequence", (Form("number"),), label="um estado do fluxo")
_STREAM_STATES = Form("sequence", (_STREAM_NUMBERS,), label="uma tabela [escrita+1 d_model]")


def _stream(start, writes):
    """Devolve os estados do fluxo, [escrita+1 d_model]: a entrada e um por escrita."""
    states = start.repeat(len(writes) + 1, 1)  # a entrada, uma vez por linha
    for i, write in enumerate(writes):
        states[i + 1] = states[i] + write
    return states


def _each_alone(start: Tensor, writes: Tensor) -> Tensor:
    return torch.cat([start[None], start + writes])


def _each_replaces(start: Tensor, writes: Tensor) -> Tensor:
    return torch.cat([start[None], writes])


def _without_the_entry(start: Tensor, writes: Tensor) -> Tensor:
    return start + writes.cumsum(0)


def _without_the_last(start: Tensor, writes: Tensor) -> Tensor:
    return _stream(start, writes[:-1])


def _forgets_the_start(start: Tensor, writes: Tensor) -> Tensor:
    return torch.cat([start[None], writes.cumsum(0)])


def _from_zero(start: Tensor, writes: Tensor) -> Tensor:
    return _stream(torch.zeros_like(start), writes)


def _one_vector_many_times(start: Tensor, writes: Tensor) -> Tensor:
    return (start + writes.sum(0)).repeat(len(writes) + 1, 1)


def _everything_at_once(start: Tensor, writes: Tensor) -> Tensor:
    return torch.cat([start[None], (start + writes.sum(0)).repeat(len(writes), 1)])


def _backwards(start: Tensor, writes: Tensor) -> Tensor:
    return _stream(start, writes.flip(0))


def _adds_the_state_again(start: Tensor, writes: Tensor) -> Tensor:
    states = [start]
    for write in writes:
        states.append(states[-1] + (states[-1] + write))
    return torch.stack(states)


def _one_write_late(start: Tensor, writes: Tensor) -> Tensor:
    return torch.stack([start, *_stream(start, writes)[:-1]])


def _running_mean(start: Tensor, writes: Tensor) -> Tensor:
    states = _stream(start, writes)
    return states / torch.arange(1, len(states) + 1)[:, None]


def _subtracts(start: Tensor, writes: Tensor) -> Tensor:
    return _stream(start, -writes)


def _along_the_width(start: Tensor, writes: Tensor) -> Tensor:
    return torch.cat([start[None], start + writes.cumsum(1)])


def _only_writes_added(start: Tensor, writes: Tensor) -> Tensor:
    return writes.cumsum(0)


def _start_every_time(start: Tensor, writes: Tensor) -> Tensor:
    states = [start]
    for write in writes:
        states.append(states[-1] + start + write)
    return torch.stack(states)


def _one_write_early(start: Tensor, writes: Tensor) -> Tensor:
    states = _stream(start, writes)
    return torch.cat([states[1:], states[-1:]])


def _never_writes(start: Tensor, writes: Tensor) -> Tensor:
    return start.repeat(len(writes) + 1, 1)


def _skips_the_first(start: Tensor, writes: Tensor) -> Tensor:
    return torch.cat([start[None], _stream(start, writes[1:])])


def _last_two_only(start: Tensor, writes: Tensor) -> Tensor:
    everything = torch.cat([start[None], writes])
    return torch.cat([start[None], everything[1:] + everything[:-1]])


def _halfway(start: Tensor, writes: Tensor) -> Tensor:
    return torch.cat([start[None], (start + writes) / 2])


def _stream_cases() -> tuple[Case, ...]:
    generator = torch.Generator().manual_seed(607)
    first = (torch.tensor([1.0, 3.0]), torch.tensor([[2.0, -1.0], [-1.0, 1.0]]))
    cases = [Case(first, "[1, 3], [[2, -1], [-1, 1]]")]
    for number in range(17):
        n, width = 1 + number % 5, 3 + number % 4
        start, writes = _quarters(generator, width), _quarters(generator, n, width)
        if number % 4 == 1:
            writes[-1] *= 1000  # uma escrita enorme, como a do último MLP
        if number % 4 == 2:
            writes[0] = 0  # uma parte que se cala
        cases.append(Case((start, writes), f"entrada [{width}], escritas [{n} {width}]"))
    return tuple(cases)


STREAM = Answer(
    "06.corrida",
    solution=_stream,
    form=_STREAM_STATES,
    wrong={
        "nao_acumula": _each_alone,
        "substitui": _each_replaces,
        "sem_a_entrada": _without_the_entry,
        "sem_a_ultima": _without_the_last,
        "esquece_a_entrada": _forgets_the_start,
        "comeca_do_zero": _from_zero,
        "mesmo_vetor": _one_vector_many_times,
        "tudo_de_uma_vez": _everything_at_once,
        "de_tras_para_a_frente": _backwards,
        "soma_o_estado_de_novo": _adds_the_state_again,
        "uma_escrita_atrasada": _one_write_late,
        "media_corrida": _running_mean,
        "entrada_a_cada_escrita": _start_every_time,
        "subtrai": _subtracts,
        "acumula_na_largura": _along_the_width,
        "so_acumuladas": _only_writes_added,
        "uma_escrita_adiantada": _one_write_early,
        "so_a_entrada": _never_writes,
        "pula_a_primeira": _skips_the_first,
        "so_as_duas_ultimas": _last_two_only,
        "meio_do_caminho": _halfway,
    },
    cases=_stream_cases,
)


# --- 06.lente ------------------------------------------------------------------------------------

_LENS_NUMBERS = Form("sequence", (Form("number"),), label="as probabilidades de uma posição")
_LENS_TABLE = Form("sequence", (_LENS_NUMBERS,), label="uma tabela [pos d_vocab]")


def _lens(resid, norm, W_U):
    """Devolve as probabilidades do próximo token, [pos d_vocab], lidas no meio do caminho."""
    logits = norm(resid) @ W_U
    return logits.softmax(-1)


def _lens_without_norm(resid: Tensor, norm: Part, W_U: Tensor) -> Tensor:
    return (resid @ W_U).softmax(-1)


def _lens_over_positions(resid: Tensor, norm: Part, W_U: Tensor) -> Tensor:
    return (norm(resid) @ W_U).softmax(0)


def _lens_logits(resid: Tensor, norm: Part, W_U: Tensor) -> Tensor:
    return norm(resid) @ W_U


def _lens_norm_last(resid: Tensor, norm: Part, W_U: Tensor) -> Tensor:
    return norm(resid @ W_U).softmax(-1)


def _lens_logits_without_norm(resid: Tensor, norm: Part, W_U: Tensor) -> Tensor:
    return resid @ W_U


def _lens_whole_table(resid: Tensor, norm: Part, W_U: Tensor) -> Tensor:
    logits = norm(resid) @ W_U
    return logits.flatten().softmax(0).reshape(logits.shape)


def _lens_last_position(resid: Tensor, norm: Part, W_U: Tensor) -> Tensor:
    return _lens(resid, norm, W_U)[-1:]


def _lens_logs(resid: Tensor, norm: Part, W_U: Tensor) -> Tensor:
    return (norm(resid) @ W_U).log_softmax(-1)


def _lens_shares(resid: Tensor, norm: Part, W_U: Tensor) -> Tensor:
    logits = norm(resid) @ W_U
    return logits / logits.sum(-1, keepdim=True)


def _lens_norm_twice(resid: Tensor, norm: Part, W_U: Tensor) -> Tensor:
    return _lens(norm(resid), norm, W_U)


def _lens_adds_norm(resid: Tensor, norm: Part, W_U: Tensor) -> Tensor:
    return ((resid + norm(resid)) @ W_U).softmax(-1)


def _lens_only_exp(resid: Tensor, norm: Part, W_U: Tensor) -> Tensor:
    return (norm(resid) @ W_U).exp()


def _lens_overflows(resid: Tensor, norm: Part, W_U: Tensor) -> Tensor:
    exps = (norm(resid) @ W_U).exp()
    return exps / exps.sum(-1, keepdim=True)


def _lens_best(resid: Tensor, norm: Part, W_U: Tensor) -> Tensor:
    return (norm(resid) @ W_U).argmax(-1)


def _lens_one_hot(resid: Tensor, norm: Part, W_U: Tensor) -> Tensor:
    return torch.nn.functional.one_hot(_lens_best(resid, norm, W_U), W_U.shape[1])


def _lens_scaled(resid: Tensor, norm: Part, W_U: Tensor) -> Tensor:
    return (norm(resid) @ W_U / resid.shape[-1] ** 0.5).softmax(-1)


def _lens_softmax_then_norm(resid: Tensor, norm: Part, W_U: Tensor) -> Tensor:
    return norm((resid @ W_U).softmax(-1))


def _lens_each_alone(resid: Tensor, norm: Part, W_U: Tensor) -> Tensor:
    return (norm(resid) @ W_U).sigmoid()


def _lens_softmax_first(resid: Tensor, norm: Part, W_U: Tensor) -> Tensor:
    return norm(resid).softmax(-1) @ W_U


def _lens_rectified(resid: Tensor, norm: Part, W_U: Tensor) -> Tensor:
    return (norm(resid) @ W_U).relu().softmax(-1)


def _lens_table_overflows(resid: Tensor, norm: Part, W_U: Tensor) -> Tensor:
    exps = (norm(resid) @ W_U).exp()
    return exps / exps.sum()


def _lens_log_of_zero(resid: Tensor, norm: Part, W_U: Tensor) -> Tensor:
    return _lens(resid, norm, W_U).log()


def _lens_least_likely(resid: Tensor, norm: Part, W_U: Tensor) -> Tensor:
    return (-(norm(resid) @ W_U)).softmax(-1)


def _lens_norm_of_the_table(resid: Tensor, norm: Part, W_U: Tensor) -> Tensor:
    return (resid @ norm(W_U)).softmax(-1)


def _lens_of_the_mean(resid: Tensor, norm: Part, W_U: Tensor) -> Tensor:
    return _lens(resid.mean(0, keepdim=True), norm, W_U)


def _stretched(resid: Tensor) -> Tensor:
    """Faz as vezes da última norma: centra, divide pelo desvio e aplica um ganho e um viés."""
    centered = resid - resid.mean(-1, keepdim=True)
    gain = torch.linspace(0.5, 2, resid.shape[-1], dtype=resid.dtype)
    return centered / ((centered**2).mean(-1, keepdim=True) + 1e-2).sqrt() * gain + gain / 4


def _lens_cases() -> tuple[Case, ...]:
    generator = torch.Generator().manual_seed(608)
    first = (
        torch.tensor([[0.0, 0.0], [2.0, 4.0]]),
        _center,
        torch.tensor([[1.0, 0, 0], [0, 1, 2]]),
    )
    cases = [Case(first, "[[0, 0], [2, 4]], norma que tira a média, [[1, 0, 0], [0, 1, 2]]")]
    norms = {"centra": _center, "encolhe": _shrink, "centra, divide e estica": _stretched}
    for number in range(18):
        n, width, vocab = 1 + number % 4, 3 + number % 3, 4 + number % 4
        name = list(norms)[number % 3]
        resid, W_U = 2 * _quarters(generator, n, width) + 1, _quarters(generator, width, vocab)
        if number % 6 == 0:
            resid *= 500  # logits de mais de mil
        cases.append(
            Case(
                (resid, norms[name], W_U),
                f"fluxo [{n} {width}], norma que {name}, W_U [{width} {vocab}]",
            )
        )
    return tuple(cases)


LENS = Answer(
    "06.lente",
    solution=_lens,
    form=_LENS_TABLE,
    wrong={
        "sem_norma": _lens_without_norm,
        "entre_posicoes": _lens_over_positions,
        "so_logits": _lens_logits,
        "norma_nos_logits": _lens_norm_last,
        "logits_sem_norma": _lens_logits_without_norm,
        "tabela_inteira": _lens_whole_table,
        "so_a_ultima_posicao": _lens_last_position,
        "logaritmos": _lens_logs,
        "divide_pela_soma": _lens_shares,
        "norma_duas_vezes": _lens_norm_twice,
        "soma_a_norma": _lens_adds_norm,
        "so_a_exponencial": _lens_only_exp,
        "estoura": _lens_overflows,
        "o_mais_provavel": _lens_best,
        "um_no_maior": _lens_one_hot,
        "divide_pela_raiz": _lens_scaled,
        "norma_no_fim": _lens_softmax_then_norm,
        "sigmoide": _lens_each_alone,
        "softmax_antes": _lens_softmax_first,
        "zera_os_negativos": _lens_rectified,
        "estoura_na_tabela": _lens_table_overflows,
        "log_depois": _lens_log_of_zero,
        "sinal_trocado": _lens_least_likely,
        "norma_na_tabela": _lens_norm_of_the_table,
        "media_das_posicoes": _lens_of_the_mean,
    },
    cases=_lens_cases,
    tolerance=1e-5,
)


# --- 06.alcanca ----------------------------------------------------------------------------------

Mask = Sequence[Sequence[bool]]


def _reach(mask, n_layers):
    """Devolve, em ordem, as posições da entrada de que algo pode chegar à última."""
    n = len(mask)
    seen = {n - 1}
    for _ in range(n_layers):
        seen = seen | {key for query in seen for key in range(n) if mask[query][key]}
    return sorted(seen)


def _reach_one_layer(mask: Mask, n_layers: int) -> list[int]:
    return _reach(mask, min(n_layers, 1))


def _reach_one_more(mask: Mask, n_layers: int) -> list[int]:
    return _reach(mask, n_layers + 1)


def _reach_one_less(mask: Mask, n_layers: int) -> list[int]:
    return _reach(mask, max(n_layers - 1, 0))


def _reach_without_sum(mask: Mask, n_layers: int) -> list[int]:
    seen = {len(mask) - 1}
    for _ in range(n_layers):
        seen = {key for query in seen for key in range(len(mask)) if mask[query][key]}
    return sorted(seen)


def _reach_transposed(mask: Mask, n_layers: int) -> list[int]:
    return _reach([list(column) for column in zip(*mask, strict=True)], n_layers)


def _reach_filled(mask: Mask, n_layers: int) -> list[int]:
    return list(range(min(_reach(mask, n_layers)), len(mask)))


def _reach_complement(mask: Mask, n_layers: int) -> list[int]:
    return [place for place in range(len(mask)) if place not in _reach(mask, n_layers)]


def _reach_others(mask: Mask, n_layers: int) -> list[int]:
    return _reach(mask, n_layers)[:-1]


def _reach_farthest(mask: Mask, n_layers: int) -> list[int]:
    return _reach(mask, n_layers)[:1]


def _reach_everything(mask: Mask, n_layers: int) -> list[int]:
    return list(range(len(mask)))


def _reach_from_the_first(mask: Mask, n_layers: int) -> list[int]:
    seen = {0}
    for _ in range(n_layers):
        seen = seen | {q for q in range(len(mask)) if any(mask[q][k] for k in seen)}
    return sorted(seen)


def _reach_any_row(mask: Mask, n_layers: int) -> list[int]:
    n = len(mask)
    return [key for key in range(n) if any(mask[query][key] for query in range(n))]


def _reach_last_row(mask: Mask, n_layers: int) -> list[int]:
    return [key for key, allowed in enumerate(mask[-1]) if allowed]


def _reach_by_formula(mask: Mask, n_layers: int) -> list[int]:
    n = len(mask)
    return list(range(max(0, n - 1 - n_layers * (sum(mask[-1]) - 1)), n))


def _reach_distances(mask: Mask, n_layers: int) -> list[int]:
    return [len(mask) - 1 - place for place in _reach(mask, n_layers)]


def _read_by_the_first(mask: Mask, n_layers: int) -> list[int]:
    n = len(mask)
    seen = {0}
    for _ in range(n_layers):
        seen = seen | {key for query in seen for key in range(n) if mask[query][key]}
    return sorted(seen)


def _reach_cases() -> tuple[Case, ...]:
    chance = random.Random(609)

    def table(n: int, rule: Callable[[int, int], bool]) -> list[list[bool]]:
        return [[rule(q, k) for k in range(n)] for q in range(n)]

    def window(q: int, k: int) -> bool:
        return q - 2 < k <= q

    small = table(4, window)
    cases = [Case((small, 1)), Case((small, 2)), Case((small, 0))]
    rules = (
        window,
        lambda q, k: q - 3 < k <= q or k == 0,  # janela e a posição 0
        lambda q, k: k <= q and (q - k) % 3 == 0,  # de três em três
        lambda q, k: k == q - 1,  # só o anterior: quem guarda a própria posição é a soma
        lambda q, k: k <= q and k // 3 == q // 3,  # segmentos
    )
    for number in range(15):
        n, n_layers = 5 + number % 4, 1 + number % 3
        cases.append(Case((table(n, rules[number % 5]), n_layers), f"[{n} {n}], {n_layers}"))
    for number in range(6):
        loose = [[chance.random() < 0.25 for _ in range(6)] for _ in range(6)]
        cases.append(Case((loose, number % 4), f"uma máscara [6 6] qualquer, {number % 4}"))
    return tuple(cases)


def _with_repeats(mask: Mask, n_layers: int) -> list[int]:
    found = [len(mask) - 1]
    for _ in range(n_layers):
        found = found + [k for q in found for k, seen in enumerate(mask[q]) if seen]
    return sorted(found)


REACH = Answer(
    "06.alcanca",
    solution=_reach,
    form=Form("sequence", (Form("int"),), label="uma lista de posições"),
    wrong={
        "uma_camada": _reach_one_layer,
        "uma_camada_a_mais": _reach_one_more,
        "uma_camada_a_menos": _reach_one_less,
        "sem_a_soma": _reach_without_sum,
        "colunas_por_linhas": _reach_transposed,
        "preenche_o_meio": _reach_filled,
        "as_que_nao_chegam": _reach_complement,
        "sem_a_propria": _reach_others,
        "so_a_mais_longe": _reach_farthest,
        "todas": _reach_everything,
        "a_partir_da_primeira": _reach_from_the_first,
        "qualquer_linha": _reach_any_row,
        "so_a_ultima_linha": _reach_last_row,
        "formula_da_janela": _reach_by_formula,
        "distancias": _reach_distances,
        "lidas_pela_primeira": _read_by_the_first,
        "ate_parar": lambda mask, n: _reach(mask, len(mask) if n else 0),
        "com_repeticoes": _with_repeats,
        "janela_de_blocos": lambda mask, n: list(range(max(0, len(mask) - 1 - n), len(mask))),
    },
    cases=_reach_cases,
)


# --- 06.direita ----------------------------------------------------------------------------------


def _right(norms):
    """Devolve que parte do que se move vem da direita de quem recebe, de 0 a 1."""
    right = sum(float(row[query + 1 :].sum()) for query, row in enumerate(norms))
    return right / float(norms.sum())


def _right_and_itself(norms: Tensor) -> float:
    return float(norms.triu().sum() / norms.sum())


def _left(norms: Tensor) -> float:
    return float(norms.tril(-1).sum() / norms.sum())


def _left_and_itself(norms: Tensor) -> float:
    return float(norms.tril().sum() / norms.sum())


def _mean_of_row_shares(norms: Tensor) -> float:
    return float((norms.triu(1).sum(-1) / norms.sum(-1)).mean())


def _counts_right(norms: Tensor) -> float:
    return float((norms.triu(1) > 0).sum() / (norms > 0).sum())


def _right_of_the_others(norms: Tensor) -> float:
    others = float(norms.sum() - norms.diagonal().sum())
    return float(norms.triu(1).sum()) / others if others else 0.0


def _right_total(norms: Tensor) -> float:
    return float(norms.triu(1).sum())


def _right_percent(norms: Tensor) -> float:
    return 100 * float(norms.triu(1).sum() / norms.sum())


def _right_squares(norms: Tensor) -> float:
    return _right(norms**2)


def _rows_that_look_right(norms: Tensor) -> float:
    return float((norms.argmax(-1) > torch.arange(len(norms))).double().mean())


def _right_over_left(norms: Tensor) -> float:
    left = float(norms.tril(-1).sum())
    return float(norms.triu(1).sum()) / left if left else 0.0


def _right_mean_cell(norms: Tensor) -> float:
    return float(norms.triu(1).mean())


def _next_only(norms: Tensor) -> float:
    return float(norms.diagonal(1).sum() / norms.sum())


def _right_by_column(norms: Tensor) -> float:
    return float((norms.triu(1).sum(0) / norms.sum(0)).mean())


def _right_over_the_rest(norms: Tensor) -> float:
    return float(norms.triu(1).sum() / norms.tril().sum())


def _share_of_the_cells(norms: Tensor) -> float:
    return float((norms.triu(1) > 0).double().mean())


def _last_column(norms: Tensor) -> float:
    return float(norms[:, -1].sum() / norms.sum())


def _right_cases() -> tuple[Case, ...]:
    generator = torch.Generator().manual_seed(610)
    first = torch.tensor([[1.0, 3.0], [2.0, 2.0]])
    cases = [Case((first,), "[[1, 3], [2, 2]]")]
    for number in range(17):
        n = 3 + number % 4
        norms = torch.randint(0, 9, (n, n), generator=generator) / 4 + torch.eye(n) / 4
        if number % 5 == 4:
            norms = norms.tril()  # causal: nada vem da direita
        if number % 5 == 2:
            norms[0] *= 64  # uma linha que se move muito mais que as outras
        cases.append(Case((norms,), f"uma tabela de normas [{n} {n}]"))
    return tuple(cases)


RIGHT = Answer(
    "06.direita",
    solution=_right,
    form=Form("number", label="uma parte, de 0 a 1"),
    wrong={
        "com_a_propria": _right_and_itself,
        "a_esquerda": _left,
        "a_esquerda_e_a_propria": _left_and_itself,
        "media_das_linhas": _mean_of_row_shares,
        "conta_as_setas": _counts_right,
        "sem_a_propria_no_total": _right_of_the_others,
        "sem_dividir": _right_total,
        "em_porcentagem": _right_percent,
        "ao_quadrado": _right_squares,
        "linhas_que_olham_a_direita": _rows_that_look_right,
        "direita_sobre_esquerda": _right_over_left,
        "media_da_tabela": _right_mean_cell,
        "so_a_vizinha": _next_only,
        "por_coluna": _right_by_column,
        "sobre_o_resto": _right_over_the_rest,
        "parte_das_casas": _share_of_the_cells,
        "a_ultima_coluna": _last_column,
        "pula_a_vizinha": lambda norms: float(
            sum(float(sum(row[i + 2 :])) for i, row in enumerate(norms)) / norms.sum()
        ),
        "so_a_primeira_linha": lambda norms: float(norms[0, 1:].sum() / norms.sum()),
        "a_maior": lambda norms: float(norms.triu(1).max() / norms.max()),
    },
    cases=_right_cases,
    tolerance=1e-5,
)


# --- 06.pares ------------------------------------------------------------------------------------

PAIRS = Answer(
    "06.pares",
    solution=[78, 42, 50, 30, 62],
    form=Form(
        "sequence",
        (Form("int"),),
        length=5,
        label="cinco contagens: inteira, janela, janela e ¶, segmentos, com o anterior",
    ),
    wrong={
        "sem_mascara_causal": [144, 42, 50, 48, 80],
        "largura_cheia": [78, 48, 60, 48, 96],
        "sem_a_propria": [66, 30, 38, 18, 50],
        "janela_a_mais": [78, 50, 57, 30, 62],
        "conta_o_comeco_duas_vezes": [78, 42, 54, 30, 62],
        "global_em_toda_linha": [78, 42, 53, 30, 62],
        "todos_os_anteriores": [78, 42, 50, 30, 78],
        "so_o_anterior": [78, 42, 50, 30, 32],
        "segmento_inteiro": [78, 42, 50, 48, 80],
    },
    code="""
allowed = dict.fromkeys(["inteira", "janela", "janela e ¶", "segmentos", "com o anterior"], 0)
for query in range(12):
    for key in range(query + 1):
        near, gap = query - key < 4, query // 4 - key // 4
        allowed["inteira"] += 1
        allowed["janela"] += near
        allowed["janela e ¶"] += near or key == 0
        allowed["segmentos"] += gap == 0
        allowed["com o anterior"] += gap <= 1

my_allowed_solution = list(allowed.values())
""",
)


# --- 06.troca ------------------------------------------------------------------------------------

Score = Callable[[list[int]], float]


def _swaps(score, ids, others):
    """Devolve, por posição, quanto a nota muda em média, sem sinal, ao trocar o token dela."""
    whole = score(ids)
    effects = []
    for place in range(len(ids)):
        total = 0.0
        for other in others:
            changed = list(ids)
            changed[place] = other
            total += abs(score(changed) - whole)
        effects.append(total / len(others))
    return effects


def _changed(ids: list[int], place: int, other: int) -> list[int]:
    return [*ids[:place], other, *ids[place + 1 :]]


def _moves(score: Score, ids: list[int], others: list[int]) -> list[list[float]]:
    whole = score(ids)
    return [[score(_changed(ids, i, o)) - whole for o in others] for i in range(len(ids))]


def _swaps_signed(score: Score, ids: list[int], others: list[int]) -> list[float]:
    return [sum(row) / len(row) for row in _moves(score, ids, others)]


def _swaps_of_the_mean(score: Score, ids: list[int], others: list[int]) -> list[float]:
    return [abs(sum(row) / len(row)) for row in _moves(score, ids, others)]


def _swaps_added(score: Score, ids: list[int], others: list[int]) -> list[float]:
    return [sum(map(abs, row)) for row in _moves(score, ids, others)]


def _swaps_largest(score: Score, ids: list[int], others: list[int]) -> list[float]:
    return [max(map(abs, row)) for row in _moves(score, ids, others)]


def _swaps_first_only(score: Score, ids: list[int], others: list[int]) -> list[float]:
    return [abs(row[0]) for row in _moves(score, ids, others)]


def _swaps_last_only(score: Score, ids: list[int], others: list[int]) -> list[float]:
    return [abs(row[-1]) for row in _moves(score, ids, others)]


def _swaps_squares(score: Score, ids: list[int], others: list[int]) -> list[float]:
    return [sum(x * x for x in row) / len(row) for row in _moves(score, ids, others)]


def _swaps_pile_up(score: Score, ids: list[int], others: list[int]) -> list[float]:
    whole, changed, effects = score(ids), list(ids), []
    for place in range(len(ids)):
        total = 0.0
        for other in others:
            changed[place] = other
            total += abs(score(changed) - whole)
        effects.append(total / len(others))
    return effects


def _swaps_remove(score: Score, ids: list[int], others: list[int]) -> list[float]:
    whole = score(ids)
    return [abs(score([*ids[:i], *ids[i + 1 :]]) - whole) for i in range(len(ids))]


def _swaps_raw(score: Score, ids: list[int], others: list[int]) -> list[float]:
    return [sum(score(_changed(ids, i, o)) for o in others) / len(others) for i in range(len(ids))]


def _swaps_over_places(score: Score, ids: list[int], others: list[int]) -> list[float]:
    return [sum(map(abs, row)) / len(ids) for row in _moves(score, ids, others)]


def _swaps_shares(score: Score, ids: list[int], others: list[int]) -> list[float]:
    effects = _swaps(score, ids, others)
    total = sum(effects)
    return [effect / total for effect in effects] if total else effects


def _swaps_reversed(score: Score, ids: list[int], others: list[int]) -> list[float]:
    return [-sum(row) / len(row) for row in _moves(score, ids, others)]


def _swaps_by_other(score: Score, ids: list[int], others: list[int]) -> list[float]:
    rows = _moves(score, ids, others)
    return [sum(abs(row[i]) for row in rows) / len(ids) for i in range(len(others))]


def _swaps_insert(score: Score, ids: list[int], others: list[int]) -> list[float]:
    whole = score(ids)
    return [
        sum(abs(score([*ids[:i], o, *ids[i:]]) - whole) for o in others) / len(others)
        for i in range(len(ids))
    ]


def _swaps_median(score: Score, ids: list[int], others: list[int]) -> list[float]:
    rows = [sorted(map(abs, row)) for row in _moves(score, ids, others)]
    return [(row[(len(row) - 1) // 2] + row[len(row) // 2]) / 2 for row in rows]


def _weighted(ids: list[int]) -> float:
    """Uma nota de brinquedo: a soma dos ids, cada um vezes o seu lugar, contado de 1."""
    return float(sum(place * token for place, token in enumerate(ids, start=1)))


def _alternating(ids: list[int]) -> float:
    """Uma nota em que os lugares pares somam e os ímpares tiram."""
    return sum((-1) ** place * token / 4 for place, token in enumerate(ids))


def _neighbours(ids: list[int]) -> float:
    """Uma nota em que cada token só conta ao lado do vizinho."""
    return sum(a * b for a, b in itertools.pairwise(ids)) / 8


def _swap_cases() -> tuple[Case, ...]:
    chance = random.Random(611)
    scores = {"lugares": _weighted, "alternada": _alternating, "vizinhos": _neighbours}
    cases = [Case((_weighted, [3, 1], [1, 4]), "nota que pesa os lugares, [3, 1], [1, 4]")]
    for number in range(17):
        name = list(scores)[number % 3]
        ids = [chance.randrange(9) for _ in range(2 + number % 4)]
        others = [chance.randrange(12) for _ in range(1 + number % 4)]
        cases.append(Case((scores[name], ids, others), f"nota {name}, ids={ids}, others={others}"))
    return tuple(cases)


def _skips_the_same(score: Callable, ids: list[int], others: list[int]) -> list[float]:
    found = []
    for i, here in enumerate(ids):
        news = [[*ids[:i], other, *ids[i + 1 :]] for other in others if other != here]
        gaps = [abs(score(new) - score(ids)) for new in news]
        found.append(sum(gaps) / len(gaps) if gaps else 0.0)
    return found


SWAPS = Answer(
    "06.troca",
    solution=_swaps,
    form=Form("sequence", (Form("number"),), label="uma lista de números, um por posição"),
    wrong={
        "sem_modulo": _swaps_signed,
        "modulo_da_media": _swaps_of_the_mean,
        "soma_as_trocas": _swaps_added,
        "a_maior": _swaps_largest,
        "so_a_primeira_troca": _swaps_first_only,
        "so_a_ultima_troca": _swaps_last_only,
        "ao_quadrado": _swaps_squares,
        "nao_desfaz_a_troca": _swaps_pile_up,
        "tira_o_token": _swaps_remove,
        "sem_comparar": _swaps_raw,
        "divide_pelas_posicoes": _swaps_over_places,
        "partes_de_1": _swaps_shares,
        "sinal_trocado": _swaps_reversed,
        "uma_por_troca": _swaps_by_other,
        "insere": _swaps_insert,
        "mediana": _swaps_median,
        "sem_a_nota_de_antes": lambda score, ids, others: [
            sum(abs(score([*ids[:i], o, *ids[i + 1 :]])) for o in others) / len(others)
            for i in range(len(ids))
        ],
        "pula_o_proprio_id": _skips_the_same,
        "um_de_cada": lambda score, ids, others: [
            abs(score([*ids[:i], o, *ids[i + 1 :]]) - score(ids))
            for i, o in zip(range(len(ids)), others, strict=False)
        ],
    },
    cases=_swap_cases,
    tolerance=1e-5,
)


# --- 06.por_grupo --------------------------------------------------------------------------------

Agreement = Callable[[list[float], list[float]], float]


def _within(a, b, groups, agree):
    """Devolve a média, entre os grupos, da concordância de a com b dentro de cada um."""
    found = []
    for group in sorted(set(groups)):
        rows = [i for i, one in enumerate(groups) if one == group]
        found.append(agree([a[i] for i in rows], [b[i] for i in rows]))
    return sum(found) / len(found)


def _parts(a: list[float], b: list[float], groups: list[int]) -> list[tuple[list, list]]:
    return [
        (
            [x for x, g in zip(a, groups, strict=True) if g == group],
            [y for y, g in zip(b, groups, strict=True) if g == group],
        )
        for group in sorted(set(groups))
    ]


def _all_together(a: list, b: list, groups: list, agree: Agreement) -> float:
    return agree(a, b)


def _weighted_groups(a: list, b: list, groups: list, agree: Agreement) -> float:
    parts = _parts(a, b, groups)
    return sum(len(x) * agree(x, y) for x, y in parts) / len(a)


def _first_group(a: list, b: list, groups: list, agree: Agreement) -> float:
    return agree(*_parts(a, b, groups)[0])


def _last_group(a: list, b: list, groups: list, agree: Agreement) -> float:
    return agree(*_parts(a, b, groups)[-1])


def _sum_of_groups(a: list, b: list, groups: list, agree: Agreement) -> float:
    return sum(agree(x, y) for x, y in _parts(a, b, groups))


def _over_the_rows(a: list, b: list, groups: list, agree: Agreement) -> float:
    return sum(agree(x, y) for x, y in _parts(a, b, groups)) / len(a)


def _between_groups(a: list, b: list, groups: list, agree: Agreement) -> float:
    parts = _parts(a, b, groups)
    return agree([sum(x) / len(x) for x, _ in parts], [sum(y) / len(y) for _, y in parts])


def _best_group(a: list, b: list, groups: list, agree: Agreement) -> float:
    return max(agree(x, y) for x, y in _parts(a, b, groups))


def _middle_group(a: list, b: list, groups: list, agree: Agreement) -> float:
    found = sorted(agree(x, y) for x, y in _parts(a, b, groups))
    return (found[(len(found) - 1) // 2] + found[len(found) // 2]) / 2


def _swapped_lists(a: list, b: list, groups: list, agree: Agreement) -> float:
    return _within(b, a, groups, agree)


def _equal_slices(a: list, b: list, groups: list, agree: Agreement) -> float:
    n = len(set(groups))
    size = len(a) // n
    cuts = [slice(i * size, (i + 1) * size) for i in range(n)]
    return sum(agree(a[cut], b[cut]) for cut in cuts) / n


def _sizes_agree(a: list, b: list, groups: list, agree: Agreement) -> float:
    found = [abs(agree(x, y)) for x, y in _parts(a, b, groups)]
    return sum(found) / len(found)


def _sorted_parts(a: list, b: list, groups: list, agree: Agreement) -> float:
    found = [agree(sorted(x), sorted(y)) for x, y in _parts(a, b, groups)]
    return sum(found) / len(found)


def _outside_the_group(a: list, b: list, groups: list, agree: Agreement) -> float:
    found = []
    for group in sorted(set(groups)):
        rows = [i for i, one in enumerate(groups) if one != group]
        found.append(agree([a[i] for i in rows], [b[i] for i in rows]))
    return sum(found) / len(found)


def _centred_together(a: list, b: list, groups: list, agree: Agreement) -> float:
    def centre(values: list[float]) -> list[float]:
        means = {
            g: sum(v for v, h in zip(values, groups, strict=True) if h == g) / groups.count(g)
            for g in set(groups)
        }
        return [v - means[g] for v, g in zip(values, groups, strict=True)]

    return agree(centre(a), centre(b))


def _group_of_the_first_row(a: list, b: list, groups: list, agree: Agreement) -> float:
    rows = [i for i, one in enumerate(groups) if one == groups[0]]
    return agree([a[i] for i in rows], [b[i] for i in rows])


def _likeness(a: list[float], b: list[float]) -> float:
    """Uma concordância: a parte dos pares em que a e b põem os dois na mesma ordem."""
    pairs = [(i, j) for j in range(len(a)) for i in range(j)]
    same = sum((a[i] - a[j]) * (b[i] - b[j]) > 0 for i, j in pairs)
    return 2 * same / len(pairs) - 1 if pairs else 0.0


def _slope(a: list[float], b: list[float]) -> float:
    """Quanto b sobe para cada 1 de a: trocar os dois de lugar dá outro número."""
    mean_a, mean_b = sum(a) / len(a), sum(b) / len(b)
    spread = sum((x - mean_a) ** 2 for x in a)
    both = sum((x - mean_a) * (y - mean_b) for x, y in zip(a, b, strict=True))
    return both / spread if spread else 0.0


def _group_cases() -> tuple[Case, ...]:
    chance = random.Random(612)
    first = ([1.0, 2.0, 11.0, 12.0], [9.0, 10.0, 1.0, 2.0], [0, 0, 1, 1], _likeness)
    cases = [Case(first, "[1, 2, 11, 12], [9, 10, 1, 2], [0, 0, 1, 1], agree")]
    for number in range(17):
        groups = [g for g in range(2 + number % 3) for _ in range(2 + (g + number) % 3)]
        if number % 2:
            chance.shuffle(groups)
        a = [chance.randrange(40) / 4 + 20 * g for g in groups]
        b = [chance.randrange(40) / 4 - 15 * g for g in groups]
        if number % 3 == 0:  # grupos têm nomes quaisquer
            groups = [("noite", "dia", "tarde", "manhã")[g] for g in groups]
        agree = _slope if number % 3 == 1 else _likeness
        cases.append(Case((a, b, groups, agree), f"{len(a)} linhas, grupos {groups}"))
    return tuple(cases)


def _runs(a: list, b: list, groups: list, agree: Agreement) -> float:
    rows = [list(run) for _, run in itertools.groupby(range(len(a)), key=lambda i: groups[i])]
    found = [agree([a[i] for i in run], [b[i] for i in run]) for run in rows]
    return sum(found) / len(found)


WITHIN = Answer(
    "06.por_grupo",
    solution=_within,
    form=Form("number", label="uma média de concordâncias"),
    wrong={
        "tudo_junto": _all_together,
        "pesada_pelo_tamanho": _weighted_groups,
        "so_o_primeiro_grupo": _first_group,
        "so_o_ultimo_grupo": _last_group,
        "sem_dividir": _sum_of_groups,
        "divide_pelas_linhas": _over_the_rows,
        "entre_os_grupos": _between_groups,
        "o_maior_grupo": _best_group,
        "mediana": _middle_group,
        "fatias_iguais": _equal_slices,
        "listas_trocadas": _swapped_lists,
        "sem_sinal": _sizes_agree,
        "ordena_as_partes": _sorted_parts,
        "sem_o_grupo": _outside_the_group,
        "centra_e_junta": _centred_together,
        "grupo_da_primeira_linha": _group_of_the_first_row,
        "so_a_filtrada": lambda a, b, groups, agree: (
            sum(agree(x, list(b)) for x, _ in _parts(a, b, groups)) / len(_parts(a, b, groups))
        ),
        "pedacos_em_fila": _runs,
    },
    cases=_group_cases,
    tolerance=1e-5,
)


# --- 06.sonda ------------------------------------------------------------------------------------


def _beyond(guesses, labels, seen):
    """Devolve quanto a sonda acerta a mais que quem responde sempre o mais comum."""
    common = max(sorted(set(seen)), key=seen.count)
    right = sum(guess == label for guess, label in zip(guesses, labels, strict=True))
    blind = sum(label == common for label in labels)
    return (right - blind) / len(labels)


def _share(guesses, labels):
    return sum(a == b for a, b in zip(guesses, labels, strict=True)) / len(labels)


def _against(choose: Callable[[list, list, list], int]) -> Callable[[list, list, list], float]:
    """A resposta em que quem não lê responde sempre o que `choose` diz."""

    def answer(guesses, labels, seen):
        return _share(guesses, labels) - labels.count(choose(guesses, labels, seen)) / len(labels)

    return answer


def _most_common(row):
    return max(sorted(set(row)), key=row.count)


def _beyond_cases() -> tuple[Case, ...]:
    rows = [([5, 7, 7], [5, 7, 5], [7, 7, 5]), ([7, 7], [7, 5], [7, 7, 5]), ([1], [2], [2])]
    rows += [([3, 3, 4, 9], [3, 4, 4, 4], [9, 9, 4, 3]), ([2, 1, 1], [2, 2, 1], [1, 2, 2, 1])]
    rows += [([4, 4, 4, 4], [4, 4, 4, 2], [6, 2, 6]), ([8, 2, 2], [8, 8, 2], [8, 2, 2, 8, 5])]
    generator = random.Random(622)
    for _ in range(14):
        n, kinds = generator.randrange(4, 10), generator.randrange(3, 6)
        ids = generator.sample(range(2, 40), kinds)
        labels = [generator.choice(ids) for _ in range(n)]
        guesses = [generator.choice([label, *ids]) for label in labels]
        seen = [generator.choice(ids) for _ in range(n + generator.randrange(1, 6))]
        rows.append((guesses, labels, seen))
    return tuple(Case(row) for row in rows)


BEYOND = Answer(
    "06.sonda",
    solution=_beyond,
    form=Form("number"),
    wrong={
        "sem_referencia": lambda guesses, labels, seen: _share(guesses, labels),
        "so_a_referencia": lambda guesses, labels, seen: (
            labels.count(_most_common(seen)) / len(labels)
        ),
        "mais_comum_da_prova": _against(lambda guesses, labels, seen: _most_common(labels)),
        "mais_comum_da_sonda": _against(lambda guesses, labels, seen: _most_common(guesses)),
        "primeiro_rotulo": _against(lambda guesses, labels, seen: seen[0]),
        "maior_rotulo": _against(lambda guesses, labels, seen: max(seen)),
        "empate_pelo_maior": _against(
            lambda guesses, labels, seen: max(seen, key=lambda x: (seen.count(x), x))
        ),
        "empate_pela_ordem": _against(lambda guesses, labels, seen: max(seen, key=seen.count)),
        "na_parte_do_ajuste": lambda guesses, labels, seen: (
            _share(guesses, labels) - seen.count(_most_common(seen)) / len(seen)
        ),
        "acaso": lambda guesses, labels, seen: _share(guesses, labels) - 1 / len(set(seen)),
        "acaso_da_prova": lambda guesses, labels, seen: (
            _share(guesses, labels) - 1 / len(set(labels))
        ),
        "ao_contrario": lambda guesses, labels, seen: -_beyond(guesses, labels, seen),
        "contagem": lambda guesses, labels, seen: _beyond(guesses, labels, seen) * len(labels),
        "erros": lambda guesses, labels, seen: (
            1 - _share(guesses, labels) - labels.count(_most_common(seen)) / len(labels)
        ),
        "quantas_vezes": lambda guesses, labels, seen: (
            _share(guesses, labels) / max(1e-9, labels.count(_most_common(seen)) / len(labels))
        ),
        "do_que_faltava": lambda guesses, labels, seen: (
            _beyond(guesses, labels, seen)
            / max(1e-9, 1 - labels.count(_most_common(seen)) / len(labels))
        ),
        "sem_sinal": lambda guesses, labels, seen: abs(_beyond(guesses, labels, seen)),
        "nunca_negativo": lambda guesses, labels, seen: max(0.0, _beyond(guesses, labels, seen)),
        "porcentagem": lambda guesses, labels, seen: 100 * _beyond(guesses, labels, seen),
    },
    cases=_beyond_cases,
)


# --- 06.vantagem ---------------------------------------------------------------------------------

Seen = list[tuple[int, int, list[int]]]


def _lead(cases):
    """Devolve quanto a cabeça acerta a mais que a melhor distância fixa."""
    hits = sum(looked in right for _, looked, right in cases)
    backs = {asker - place for asker, _, right in cases for place in right}
    blind = max(sum(asker - back in right for asker, _, right in cases) for back in backs)
    return (hits - blind) / len(cases)


def _hit_share(cases: Seen) -> float:
    return sum(looked in right for _, looked, right in cases) / len(cases)


def _at(cases: Seen, back: int) -> float:
    return sum(asker - back in right for asker, _, right in cases) / len(cases)


def _distances(cases: Seen) -> list[int]:
    return [asker - place for asker, _, right in cases for place in right]


def _own_distance(cases: Seen) -> float:
    own = [asker - looked for asker, looked, _ in cases]
    return _hit_share(cases) - _at(cases, _most_common(own))


def _fixed_place(cases: Seen) -> float:
    places = {place for _, _, right in cases for place in right}
    best = max(sum(place in right for _, _, right in cases) for place in places)
    return _hit_share(cases) - best / len(cases)


def _first_token(cases: Seen) -> float:
    return _lead([(asker, looked, right[:1]) for asker, looked, right in cases])


def _last_token(cases: Seen) -> float:
    return _lead([(asker, looked, right[-1:]) for asker, looked, right in cases])


def _head_by_the_first(cases: Seen) -> float:
    first = _hit_share([(asker, looked, right[:1]) for asker, looked, right in cases])
    return first - max(_at(cases, back) for back in _distances(cases))


def _blind_by_the_first(cases: Seen) -> float:
    firsts = [(asker, looked, right[:1]) for asker, looked, right in cases]
    return _hit_share(cases) - max(_at(firsts, back) for back in _distances(firsts))


def _by_chance(cases: Seen) -> float:
    chance = sum(len(right) / (asker + 1) for asker, _, right in cases) / len(cases)
    return _hit_share(cases) - chance


def _mean_distance(cases: Seen) -> float:
    distances = _distances(cases)
    return _hit_share(cases) - _at(cases, round(sum(distances) / len(distances)))


def _lead_cases() -> tuple[Case, ...]:
    rows = [
        [(3, 0, [0]), (4, 1, [1, 2]), (5, 5, [3])],
        [(2, 1, [1]), (3, 2, [2])],
        [(4, 0, [0]), (4, 3, [3]), (5, 2, [2]), (6, 6, [6])],
        [(5, 1, [4, 5]), (3, 0, [1, 2]), (6, 2, [4, 5])],
        [(0, 0, [0]), (7, 7, [7]), (9, 3, [9])],
        [(5, 2, [2]), (3, 2, [2]), (9, 2, [2])],
        [(1, 1, [1]), (9, 2, [2]), (10, 4, [3]), (8, 0, [1])],
        [(6, 0, [0]), (6, 2, [0]), (5, 5, [5])],
        [(4, 4, [3]), (7, 1, [6])],
    ]
    generator = random.Random(631)
    for _ in range(14):
        row, usual = [], generator.randrange(0, 4)
        for _ in range(generator.randrange(4, 9)):
            asker = generator.randrange(3, 13)
            back = usual if generator.random() < 0.4 else generator.randrange(asker)
            start = max(0, asker - back)
            right = list(range(start, min(asker, start + generator.randrange(3)) + 1))
            looked = generator.choice([*right, generator.randrange(asker + 1)])
            row.append((asker, looked, right))
        rows.append(row)
    return tuple(Case((row,)) for row in rows)


LEAD = Answer(
    "06.vantagem",
    solution=_lead,
    form=Form("number"),
    wrong={
        "sem_referencia": _hit_share,
        "so_a_referencia": lambda cases: _hit_share(cases) - _lead(cases),
        "distancia_da_cabeca": _own_distance,
        "posicao_fixa": _fixed_place,
        "token_anterior": lambda cases: _hit_share(cases) - _at(cases, 1),
        "a_propria_posicao": lambda cases: _hit_share(cases) - _at(cases, 0),
        "so_o_primeiro_token": _first_token,
        "so_o_ultimo_token": _last_token,
        "cabeca_so_no_primeiro": _head_by_the_first,
        "referencia_so_no_primeiro": _blind_by_the_first,
        "acaso": _by_chance,
        "distancia_media": _mean_distance,
        "sem_a_distancia_zero": lambda cases: (
            _hit_share(cases) - max(_at(cases, back) for back in range(1, 20))
        ),
        "melhor_em_cada_caso": lambda cases: _hit_share(cases) - 1,
        "ao_contrario": lambda cases: -_lead(cases),
        "contagem": lambda cases: _lead(cases) * len(cases),
        "sem_sinal": lambda cases: abs(_lead(cases)),
        "nunca_negativo": lambda cases: max(0.0, _lead(cases)),
        "porcentagem": lambda cases: 100 * _lead(cases),
        "quantas_vezes": lambda cases: _hit_share(cases) / (_hit_share(cases) - _lead(cases)),
    },
    cases=_lead_cases,
)
