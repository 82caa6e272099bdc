"""Respostas da lição 13: a solução, os enganos e os casos de cada exercício."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from helpers.exercises.catalog import Answer, Case, Form

_ROW = Form("sequence", (Form("number"),), label="uma linha de números por posição")
_MATRIX = Form("sequence", (_ROW,), label="[pos, d_model]")
_HEADS = Form(
    "sequence",
    (Form("sequence", (_ROW,), label="uma tabela por cabeça"),),
    label="[head, pos, d_head]",
)


def _quarters(generator: torch.Generator, *shape: int, most: int = 8) -> Tensor:
    """Sorteia números curtos, como 0,75, de −`most`/4 a `most`/4."""
    return torch.randint(-most, most + 1, shape, generator=generator) / 4


# --- 13.giro -------------------------------------------------------------------------------------


def _rotate(x, base, start):
    """Gira cada par de números conforme a posição: o par i anda pos / base^(2i/d_head)."""
    import torch

    half = x.shape[-1] // 2
    places = torch.arange(start, start + x.shape[-2])
    speed = base ** (-torch.arange(half) / half)
    angle = places[:, None] * speed
    cos, sin = angle.cos(), angle.sin()
    a, b = x[..., :half], x[..., half:]
    return torch.cat([a * cos - b * sin, b * cos + a * sin], dim=-1)


def _angles(x: Tensor, base: float, start: float, power: float | None = None) -> Tensor:
    half = x.shape[-1] // 2
    pairs = torch.arange(half) / (half if power is None else power)
    return (start + torch.arange(x.shape[-2]))[:, None] * base**-pairs


def _turned(
    angles: Callable[[Tensor, float, int], Tensor] = _angles,
    join: Callable[[Tensor, Tensor, Tensor, Tensor], list[Tensor]] = lambda a, b, c, s: [
        a * c - b * s,
        b * c + a * s,
    ],
):
    """Uma resposta que usa outros ângulos, ou outra conta com eles."""

    def answer(x: Tensor, base: float, start: int) -> Tensor:
        half = x.shape[-1] // 2
        angle = angles(x, base, start)
        return torch.cat(join(x[..., :half], x[..., half:], angle.cos(), angle.sin()), -1)

    return answer


def _neighbours(x: Tensor, base: float, start: int) -> Tensor:
    """Junta o número 2i ao 2i + 1, como a tabela de senos da lição 02."""
    angle = _angles(x, base, start)
    cos, sin = angle.cos(), angle.sin()
    a, b = x[..., ::2], x[..., 1::2]
    return torch.stack([a * cos - b * sin, b * cos + a * sin], -1).flatten(-2)


def _along_heads(x: Tensor, base: float, start: int) -> Tensor:
    return _rotate(x.transpose(0, 1), base, start).transpose(0, 1)


def _added(x: Tensor, base: float, start: int) -> Tensor:
    angle = _angles(x, base, start)
    return x + torch.cat([angle.cos(), angle.sin()], -1)


def _rotate_cases() -> tuple[Case, ...]:
    generator = torch.Generator().manual_seed(1301)
    fixed = [
        (torch.tensor([[[1.0, 0.0], [1.0, 0.0]]]), 10.0, 0),
        (torch.tensor([[[0.0, 1.0, 0.0, 0.0]]]), 4.0, 2),
        (torch.tensor([[[1.0, 0.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0]]]), 4.0, 0),
        (torch.tensor([[[0.0, 0.0, 0.0, 2.0], [0.0, 2.0, 0.0, 0.0]]]), 9.0, 1),
    ]
    sizes = [(1, 3, 4), (2, 3, 2), (3, 2, 6), (2, 4, 8), (1, 5, 6), (4, 2, 4)] * 2
    bases, starts = (10_000.0, 4.0, 100.0, 500_000.0), (0, 7, 0, 1, 20)
    drawn = [
        (_quarters(generator, *size), bases[number % 4], starts[number % 5])
        for number, size in enumerate(sizes)
    ]
    return tuple(
        Case(args, f"{args[0].tolist()}, base={args[1]:g}, start={args[2]}")
        for args in fixed + drawn
    )


ROTATE = Answer(
    "13.giro",
    solution=_rotate,
    form=_HEADS,
    wrong={
        "pares_vizinhos": _neighbours,
        "um_angulo_so": _turned(lambda x, base, start: _angles(x, 1.0, start)),
        "sem_inicio": _turned(lambda x, base, start: _angles(x, base, 0)),
        "conta_de_um": _turned(lambda x, base, start: _angles(x, base, start + 1)),
        "so_o_inicio": _turned(
            lambda x, base, start: _angles(x[..., :1, :], base, start).expand(x.shape[-2], -1)
        ),
        "expoente_pela_metade": _turned(
            lambda x, base, start: _angles(x, base, start, x.shape[-1])
        ),
        "cresce_em_vez_de_cair": _turned(lambda x, base, start: _angles(x, 1 / base, start)),
        "ao_contrario": _turned(lambda x, base, start: -_angles(x, base, start)),
        "sem_o_menos": _turned(join=lambda a, b, c, s: [a * c + b * s, b * c + a * s]),
        "menos_nas_duas": _turned(join=lambda a, b, c, s: [a * c - b * s, b * c - a * s]),
        "so_o_cosseno": _turned(join=lambda a, b, c, s: [a * c, b * c]),
        "usa_o_ja_girado": _turned(
            join=lambda a, b, c, s: [a * c - b * s, b * c + (a * c - b * s) * s]
        ),
        "metades_trocadas": _turned(join=lambda a, b, c, s: [b * c + a * s, a * c - b * s]),
        "posicao_e_a_cabeca": _along_heads,
        "soma_em_vez_de_girar": _added,
        "sem_girar": lambda x, base, start: x,
    },
    cases=_rotate_cases,
    tolerance=1e-4,
)


# --- 13.rms --------------------------------------------------------------------------------------


def _rms_norm(x, w, eps):
    """Divide cada linha pela raiz da média dos seus quadrados, e multiplica por w."""
    size = (x.pow(2).mean(-1, keepdim=True) + eps).sqrt()
    return x / size * w


def _scaled(size: Callable[[Tensor, float], Tensor]):
    """Uma resposta que divide por outra coisa."""
    return lambda x, w, eps: x / size(x, eps) * w


def _layer_norm(x: Tensor, w: Tensor, eps: float) -> Tensor:
    return _rms_norm(x - x.mean(-1, keepdim=True), w, eps)


def _mean_square(x: Tensor) -> Tensor:
    return x.pow(2).mean(-1, keepdim=True)


def _rms_cases() -> tuple[Case, ...]:
    generator = torch.Generator().manual_seed(1302)
    fixed = [
        ([[3.0, 4.0]], [1.0, 1.0], 0.5),
        ([[1.0, 1.0], [2.0, 4.0]], [1.0, 2.0], 0.25),
        ([[0.0, 0.0, 0.0], [1.0, 2.0, 2.0]], [1.0, 1.0, 3.0], 1e-5),
        ([[0.002, -0.001, 0.003]], [1.0, 2.0, 1.0], 1e-5),  # o ε do tamanho dos quadrados
        ([[7.0, 7.5, 6.5, 7.0]], [1.0, 1.0, 0.5, 1.0], 1e-6),  # longe de centrado
    ]
    cases = [(torch.tensor(x), torch.tensor(w), eps) for x, w, eps in fixed]
    for number in range(12):
        n_pos, width = 1 + number % 4, (3, 5, 4, 6)[number % 4]
        x = _quarters(generator, n_pos, width, most=16) + (number % 3)
        w = _quarters(generator, width) + 3
        cases.append((x, w, (0.5, 1e-5, 0.1)[number % 3]))
    return tuple(
        Case(args, f"{args[0].tolist()}, {args[1].tolist()}, eps={args[2]:g}") for args in cases
    )


RMS = Answer(
    "13.rms",
    solution=_rms_norm,
    form=_MATRIX,
    wrong={
        "tira_a_media": _layer_norm,
        "desvio_sem_centrar": _scaled(
            lambda x, eps: (x.var(-1, correction=0, keepdim=True) + eps).sqrt()
        ),
        "eps_fora": _scaled(lambda x, eps: _mean_square(x).sqrt() + eps),
        "eps_sem_raiz": _scaled(lambda x, eps: (_mean_square(x) + eps**2).sqrt()),
        "sem_eps": _scaled(lambda x, eps: _mean_square(x).clamp(min=1e-30).sqrt()),
        "soma_dos_quadrados": _scaled(lambda x, eps: (x.pow(2).sum(-1, keepdim=True) + eps).sqrt()),
        "sem_raiz": _scaled(lambda x, eps: _mean_square(x) + eps),
        "media_dos_modulos": _scaled(lambda x, eps: x.abs().mean(-1, keepdim=True) + eps),
        "pela_coluna": _scaled(lambda x, eps: (x.pow(2).mean(0, keepdim=True) + eps).sqrt()),
        "o_texto_inteiro": _scaled(lambda x, eps: (x.pow(2).mean() + eps).sqrt()),
        "sem_w": lambda x, w, eps: _rms_norm(x, 1.0, eps),
        "soma_w": lambda x, w, eps: _rms_norm(x, 1.0, eps) + w,
        "um_mais_w": lambda x, w, eps: _rms_norm(x, 1.0 + w, eps),
        "multiplica": lambda x, w, eps: x * (_mean_square(x) + eps).sqrt() * w,
    },
    cases=_rms_cases,
    tolerance=1e-4,
)


# --- 13.swiglu -----------------------------------------------------------------------------------


def _swiglu(x, W_gate, W_in, W_out):
    """Devolve o que o MLP com porta escreve: a porta passa por silu e multiplica a entrada."""
    gate = x @ W_gate
    gate = gate * gate.sigmoid()
    return (gate * (x @ W_in)) @ W_out


def _gated(join: Callable[[Tensor, Tensor], Tensor]):
    """Uma resposta que junta de outro jeito a porta e a entrada."""
    return lambda x, W_gate, W_in, W_out: join(x @ W_gate, x @ W_in) @ W_out


def _swiglu_cases() -> tuple[Case, ...]:
    generator = torch.Generator().manual_seed(1303)
    fixed = [
        ([[2.0]], [[1.0]], [[3.0]], [[1.0]]),
        ([[1.0, -1.0]], [[1.0], [2.0]], [[0.5], [1.0]], [[1.0, 2.0]]),
        ([[1.0, 2.0]], [[0.0, 1.0], [1.0, -1.0]], [[1.0, 0.0], [0.0, 1.0]], [[1.0], [1.0]]),
        ([[0.0, 0.0]], [[1.0], [1.0]], [[1.0], [1.0]], [[1.0, 1.0]]),
    ]
    cases = [tuple(map(torch.tensor, one)) for one in fixed]
    for number in range(12):
        n_pos, width, inside = 1 + number % 3, (2, 3, 4)[number % 3], (3, 2, 5, 4)[number % 4]
        x, gate, into = (
            _quarters(generator, *shape) for shape in ((n_pos, width), *[(width, inside)] * 2)
        )
        cases.append((x, gate, into, _quarters(generator, inside, width)))
    return tuple(Case(args, ", ".join(str(one.tolist()) for one in args)) for args in cases)


SWIGLU = Answer(
    "13.swiglu",
    solution=_swiglu,
    form=_MATRIX,
    wrong={
        "porta_trocada": _gated(lambda gate, into: gate * F.silu(into)),
        "so_a_sigmoide": _gated(lambda gate, into: gate.sigmoid() * into),
        "gelu": _gated(lambda gate, into: F.gelu(gate) * into),
        "relu": _gated(lambda gate, into: gate.relu() * into),
        "sem_funcao": _gated(lambda gate, into: gate * into),
        "silu_nas_duas": _gated(lambda gate, into: F.silu(gate) * F.silu(into)),
        "silu_no_produto": _gated(lambda gate, into: F.silu(gate * into)),
        "soma_em_vez_de_produto": _gated(lambda gate, into: F.silu(gate) + into),
        "sem_entrada": _gated(lambda gate, into: F.silu(gate)),
        "sem_porta": _gated(lambda gate, into: F.silu(into)),
        "silu_na_saida": lambda x, gate, into, out: F.silu(((x @ gate) * (x @ into)) @ out),
        "softmax_na_porta": _gated(lambda gate, into: gate.softmax(-1) * into),
    },
    cases=_swiglu_cases,
    tolerance=1e-4,
)


# --- 13.grupos -----------------------------------------------------------------------------------


def _expand(k, n_heads):
    """Repete cada grupo para as suas cabeças: de [group pos d_head] a [head pos d_head]."""
    share = n_heads // len(k)
    return k.repeat_interleave(share, dim=0)


def _expand_cases() -> tuple[Case, ...]:
    generator = torch.Generator().manual_seed(1304)
    cases = [Case((torch.tensor([[[1.0]], [[2.0]]]), 4), "[[[1.0]], [[2.0]]], n_heads=4")]
    sizes = [(2, 6), (3, 6), (1, 3), (4, 4), (2, 8), (3, 9), (4, 8), (1, 1), (2, 2), (3, 12)]
    for number, (n_groups, n_heads) in enumerate(sizes + sizes[:6]):
        k = _quarters(generator, n_groups, 1 + number % 3, (2, 4, 1)[number % 3])
        cases.append(Case((k, n_heads), f"{k.tolist()}, n_heads={n_heads}"))
    return tuple(cases)


def _grouped(pick: Callable[[int, int, int], int]):
    """Uma resposta em que a cabeça h lê o grupo `pick(h, g, n)`."""
    return lambda k, n_heads: torch.stack([k[pick(h, len(k), n_heads)] for h in range(n_heads)])


EXPAND = Answer(
    "13.grupos",
    solution=_expand,
    form=_HEADS,
    wrong={
        "intercala": lambda k, n_heads: k.repeat(n_heads // len(k), 1, 1),
        "sempre_o_primeiro": _grouped(lambda h, g, n: 0),
        "sempre_o_ultimo": _grouped(lambda h, g, n: g - 1),
        "sobra_no_ultimo": _grouped(lambda h, g, n: min(h, g - 1)),
        "divide_pelos_grupos": _grouped(lambda h, g, n: min(h // g, g - 1)),
        "de_tras_para_a_frente": _grouped(lambda h, g, n: g - 1 - h // (n // g)),
        "sem_repetir": lambda k, n_heads: k,
        "repete_as_posicoes": lambda k, n_heads: k.repeat_interleave(n_heads // len(k), dim=1),
        "repete_os_numeros": lambda k, n_heads: k.repeat_interleave(n_heads // len(k), dim=2),
        "n_heads_vezes": lambda k, n_heads: k.repeat_interleave(n_heads, dim=0),
        "completa_com_zeros": lambda k, n_heads: torch.cat(
            [k, torch.zeros(n_heads - len(k), *k.shape[1:])]
        ),
        "media_dos_grupos": lambda k, n_heads: k.mean(0, keepdim=True).expand(n_heads, -1, -1),
        "divide_pelo_numero": lambda k, n_heads: _expand(k, n_heads) / (n_heads // len(k)),
    },
    cases=_expand_cases,
)


# --- 13.cache ------------------------------------------------------------------------------------


def _cache_bytes(n_pos, n_layers, d_model, n_heads, n_groups, n_bytes):
    """Conta os bytes do cache: K e V de cada grupo, em cada posição de cada camada."""
    d_head = d_model // n_heads
    return 2 * n_pos * n_layers * n_groups * d_head * n_bytes


def _cache_cases() -> tuple[Case, ...]:
    sizes = [
        (1, 1, 8, 2, 1, 4),
        (10, 1, 8, 2, 2, 4),
        (1, 3, 12, 6, 2, 2),
        (1, 3, 128, 4, 4, 4),
        (256, 3, 128, 4, 1, 4),
        (8192, 32, 4096, 32, 8, 2),
        (4096, 32, 4096, 32, 32, 2),
        (100, 2, 48, 6, 3, 1),
        (7, 5, 60, 12, 4, 2),
        (2048, 80, 8192, 64, 8, 2),
        (1, 1, 1, 1, 1, 1),
        (33, 4, 30, 5, 1, 4),
        (5, 7, 36, 9, 3, 8),
        (1024, 12, 768, 12, 12, 4),
        (64, 6, 56, 14, 7, 2),
        (3, 2, 40, 8, 4, 1),
    ]
    return tuple(Case(args) for args in sizes)


CACHE = Answer(
    "13.cache",
    solution=_cache_bytes,
    form=Form("int"),
    wrong={
        "esquece_o_v": lambda n, le, d, h, g, b: n * le * g * (d // h) * b,
        "conta_a_consulta": lambda n, le, d, h, g, b: 3 * n * le * g * (d // h) * b,
        "uma_consulta_por_cabeca": lambda n, le, d, h, g, b: (2 * g + h) * n * le * (d // h) * b,
        "uma_por_cabeca": lambda n, le, d, h, g, b: 2 * n * le * d * b,
        "d_model_por_grupo": lambda n, le, d, h, g, b: 2 * n * le * g * d * b,
        "d_model_sobre_grupos": lambda n, le, d, h, g, b: 2 * n * le * (d // g) * b,
        "sem_grupos": lambda n, le, d, h, g, b: 2 * n * le * (d // h) * b,
        "uma_camada": lambda n, le, d, h, g, b: 2 * n * g * (d // h) * b,
        "uma_posicao": lambda n, le, d, h, g, b: 2 * le * g * (d // h) * b,
        "conta_numeros": lambda n, le, d, h, g, b: 2 * n * le * g * (d // h),
        "conta_bits": lambda n, le, d, h, g, b: 16 * n * le * g * (d // h) * b,
        "pares_de_posicoes": lambda n, le, d, h, g, b: 2 * n * n * le * g * (d // h) * b,
        "as_matrizes": lambda n, le, d, h, g, b: 2 * le * d * g * (d // h) * b,
    },
    cases=_cache_cases,
)


# --- 13.roteador ---------------------------------------------------------------------------------


def _route(scores, k):
    """Devolve um peso por especialista: softmax entre os k maiores scores, e 0 nos outros."""
    smallest = scores.topk(k).values[:, -1:]
    return scores.masked_fill(scores < smallest, float("-inf")).softmax(-1)


def _kept(
    weigh: Callable[[Tensor, Tensor], Tensor], rank: Callable[[Tensor], Tensor] = lambda s: s
):
    """Uma resposta que pesa de outro jeito, ou que escolhe por outra ordem."""

    def answer(scores: Tensor, k: int) -> Tensor:
        chosen = torch.zeros_like(scores).scatter(-1, rank(scores).topk(k).indices, 1.0)
        return weigh(scores, chosen)

    return answer


def _among(scores: Tensor, chosen: Tensor) -> Tensor:
    """Softmax só entre os escolhidos."""
    return scores.masked_fill(chosen == 0, float("-inf")).softmax(-1)


def _by_expert(scores: Tensor, k: int) -> Tensor:
    """Cada especialista escolhe as suas posições, em vez do contrário."""
    return _route(scores.T, min(k, len(scores))).T


def _route_cases() -> tuple[Case, ...]:
    generator = torch.Generator().manual_seed(1306)
    cases = [
        (torch.tensor([[1.0, 3.0, 2.0, 0.0]]), 2),
        (torch.tensor([[-4.0, -1.0, -2.0], [0.5, 2.0, 1.0]]), 2),
        (torch.tensor([[0.0, 1.0, -1.0]]), 1),
        (torch.tensor([[0.25, 1.0], [2.0, -1.0]]), 2),
    ]
    for number in range(12):
        n_pos, n_experts = 1 + number % 4, (4, 8, 5, 3, 6)[number % 5]
        rows = [torch.randperm(13, generator=generator)[:n_experts] for _ in range(n_pos)]
        cases.append((torch.stack(rows) / 4 - 1.5, 1 + number % 3))
    return tuple(Case(args, f"{args[0].tolist()}, k={args[1]}") for args in cases)


ROUTE = Answer(
    "13.roteador",
    solution=_route,
    form=Form(
        "sequence",
        (Form("sequence", (Form("number"),), label="um peso por especialista"),),
        label="[pos, expert]",
    ),
    wrong={
        "softmax_antes": _kept(lambda scores, chosen: scores.softmax(-1) * chosen),
        "sem_corte": lambda scores, k: scores.softmax(-1),
        "zero_no_score": _kept(lambda scores, chosen: (scores * chosen).softmax(-1)),
        "softmax_duas_vezes": _kept(lambda scores, chosen: _among(scores.softmax(-1), chosen)),
        "os_menores": _kept(_among, rank=torch.neg),
        "pelo_modulo": _kept(_among, rank=torch.abs),
        "os_primeiros": _kept(_among, rank=lambda s: -torch.arange(s.shape[1]).expand(s.shape)),
        "todos_como_a_primeira": _kept(_among, rank=lambda s: s[:1].expand(s.shape)),
        "um_a_mais": lambda scores, k: _route(scores, min(k + 1, scores.shape[1])),
        "so_o_maior": lambda scores, k: _route(scores, 1),
        "pesos_iguais": _kept(lambda scores, chosen: chosen / chosen.sum(-1, keepdim=True)),
        "sem_softmax": _kept(lambda scores, chosen: scores * chosen),
        "pela_coluna": _by_expert,
        "fora_do_lugar": lambda scores, k: F.pad(
            scores.topk(k).values.softmax(-1), (0, scores.shape[1] - k)
        ),
        "so_os_k": lambda scores, k: scores.topk(k).values.softmax(-1),
    },
    cases=_route_cases,
    tolerance=1e-4,
)
