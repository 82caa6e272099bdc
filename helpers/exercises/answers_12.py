"""Respostas da lição 12: a solução, os enganos e os casos de cada exercício."""

import math
import random
from collections.abc import Callable
from functools import cache

import torch
from torch import Tensor, nn

from helpers.attention import Attention, causal_mask
from helpers.block import LayerNorm
from helpers.exercises.catalog import Answer, Case, Form

_ROW = Form("sequence", (Form("number"),), label="uma linha")
_TABLE = Form("sequence", (_ROW,), label="uma tabela")
_HEADS = Form(
    "sequence", (Form("sequence", (_TABLE,), label="uma tabela por cabeça"),), label="um lote"
)


def _integers(generator: torch.Generator, *shape: int, most: int = 3) -> Tensor:
    """Inteiros pequenos, em float32: dão contas que se leem."""
    return torch.randint(-most, most + 1, shape, generator=generator).float()


def _told(*args: object) -> str:
    """Os argumentos, com os tensores em forma de listas."""
    return ", ".join(repr(one.tolist() if isinstance(one, Tensor) else one) for one in args)


# --- 12.janela -----------------------------------------------------------------------------------


def _window(n, width, stride):
    """Devolve a máscara [n n]: True onde a linha pode ler a coluna."""
    import torch

    query, key = torch.arange(n)[:, None], torch.arange(n)
    seen = query - key < width
    if stride:
        seen = seen | (key % stride == stride - 1)
    return seen & (key <= query)


Where = Callable[[int, int, int, int], object]


def _masked(where: Where):
    """Uma resposta que decide cada casa por outra regra."""

    def answer(n: int, width: int, stride: int) -> list[list[bool]]:
        rows = range(n)
        return [[bool(where(i, j, width, stride)) for j in rows] for i in rows]

    return answer


def _is_mark(j: int, stride: int) -> bool:
    return stride > 0 and j % stride == stride - 1


def _right(i: int, j: int, width: int, stride: int) -> bool:
    return j <= i and (i - j < width or _is_mark(j, stride))


def _window_cases() -> tuple[Case, ...]:
    generator = random.Random(1201)
    fixed = [(4, 2, 0), (1, 1, 0), (6, 2, 3), (5, 5, 0), (5, 9, 0), (7, 1, 2), (6, 3, 4), (8, 2, 1)]
    while len(fixed) < 18:
        n = generator.randrange(4, 10)
        one = (n, generator.randrange(1, n), generator.randrange(0, n))
        if one not in fixed:
            fixed.append(one)
    return tuple(Case(args) for args in fixed)


WINDOW = Answer(
    "12.janela",
    solution=_window,
    form=Form("sequence", (Form("sequence", (Form("int"),), label="uma linha"),), label="linhas"),
    wrong={
        "janela_alem_de_si": _masked(lambda i, j, w, s: j <= i and (i - j <= w or _is_mark(j, s))),
        "dos_dois_lados": _masked(lambda i, j, w, s: abs(i - j) < w or (_is_mark(j, s) and j <= i)),
        "saltos_no_futuro": _masked(lambda i, j, w, s: 0 <= i - j < w or _is_mark(j, s)),
        "tudo_no_futuro": _masked(lambda i, j, w, s: i - j < w or _is_mark(j, s)),
        "so_os_saltos": _masked(lambda i, j, w, s: j <= i and (_is_mark(j, s) if s else i - j < w)),
        "so_a_janela": _masked(lambda i, j, w, s: 0 <= i - j < w),
        "saltos_desde_zero": _masked(
            lambda i, j, w, s: j <= i and (i - j < w or (s and j % s == 0))
        ),
        "saltos_desde_quem_pergunta": _masked(
            lambda i, j, w, s: j <= i and (i - j < w or (s and (i - j) % s == 0))
        ),
        "saltos_nas_linhas": _masked(lambda i, j, w, s: j <= i and (i - j < w or _is_mark(i, s))),
        "os_dois_ao_mesmo_tempo": _masked(
            lambda i, j, w, s: 0 <= i - j < w and (not s or _is_mark(j, s))
        ),
        "deitada": _masked(lambda i, j, w, s: _right(j, i, w, s)),
        "verdadeiro_e_proibido": _masked(lambda i, j, w, s: not _right(i, j, w, s)),
        "sem_si_mesma": _masked(lambda i, j, w, s: i != j and _right(i, j, w, s)),
        "causal_inteira": _masked(lambda i, j, w, s: j <= i),
    },
    cases=_window_cases,
)


# --- 12.online -----------------------------------------------------------------------------------


def _step(top, total, out, scores, values):
    """Devolve o maior, o total e a saída depois de ler mais um bloco."""
    import torch

    new = torch.maximum(top, scores.max(-1, keepdim=True).values)
    keep = (top - new).exp()
    weights = (scores - new).exp()
    return new, total * keep + weights.sum(-1, keepdim=True), out * keep + weights @ values


State = tuple[Tensor, Tensor, Tensor]


def _stepped(join: Callable[..., State]):
    """Uma resposta que junta as mesmas parcelas de outro jeito."""

    def answer(top: Tensor, total: Tensor, out: Tensor, scores: Tensor, values: Tensor) -> State:
        new = torch.maximum(top, scores.amax(-1, keepdim=True))
        keep, weights = (top - new).exp(), (scores - new).exp()
        return join(new, keep, weights, weights.sum(-1, keepdim=True), total, out, values)

    return answer


def _with_top(choose: Callable[[Tensor, Tensor], Tensor]):
    """Uma resposta que desconta outro máximo, e guarda o que descontou."""

    def answer(top: Tensor, total: Tensor, out: Tensor, scores: Tensor, values: Tensor) -> State:
        new = choose(top, scores)
        keep, weights = (top - new).exp(), (scores - new).exp()
        return new, total * keep + weights.sum(-1, keepdim=True), out * keep + weights @ values

    return answer


def _old_top_in_the_weights(
    top: Tensor, total: Tensor, out: Tensor, scores: Tensor, values: Tensor
) -> State:
    new = torch.maximum(top, scores.amax(-1, keepdim=True))
    keep, weights = (top - new).exp(), (scores - top).exp()
    return new, total * keep + weights.sum(-1, keepdim=True), out * keep + weights @ values


def _softmax_by_block(
    top: Tensor, total: Tensor, out: Tensor, scores: Tensor, values: Tensor
) -> State:
    new, sums, _ = _step(top, total, out, scores, values)
    return new, sums, out + scores.softmax(-1) @ values


def _step_cases() -> tuple[Case, ...]:
    generator = torch.Generator().manual_seed(1202)
    start = (torch.full((1, 1), -1e30), torch.zeros(1, 1), torch.zeros(1, 1))
    fixed = [
        (*start, torch.tensor([[1.0, 0.0]]), torch.tensor([[2.0], [4.0]])),
        # O maior vem no bloco novo; depois, no de antes.
        tuple(map(torch.tensor, ([[0.0]], [[1.0]], [[3.0]], [[2.0, 1.0]], [[1.0], [5.0]]))),
        tuple(map(torch.tensor, ([[4.0]], [[1.5]], [[3.0]], [[2.0, 1.0]], [[1.0], [5.0]]))),
        # Um bloco inteiro proibido não muda nada, nem antes nem depois de se ler alguém.
        tuple(map(torch.tensor, ([[1.0]], [[2.0]], [[6.0]], [[-torch.inf]], [[9.0]]))),
        (*start, torch.tensor([[-torch.inf, -torch.inf]]), torch.tensor([[2.0], [4.0]])),
        # Scores que estouram a exponencial.
        tuple(map(torch.tensor, ([[990.0]], [[2.0]], [[1.0]], [[991.0, 993.0]], [[1.0], [2.0]]))),
        tuple(map(torch.tensor, ([[-980.0]], [[1.0]], [[5.0]], [[-979.0]], [[2.0]]))),
    ]
    for number in range(11):
        queries, size, width = 1 + number % 3, 1 + number % 4, 1 + number % 2
        top = _integers(generator, queries, 1)
        total = torch.rand(queries, 1, generator=generator) + 1
        out = _integers(generator, queries, width)
        scores = _integers(generator, queries, size)
        scores[torch.rand(scores.shape, generator=generator) < 0.2] = -torch.inf
        fixed.append((top, total, out, scores, _integers(generator, size, width)))
    return tuple(Case(args, _told(*args)) for args in fixed)


STEP = Answer(
    "12.online",
    solution=_step,
    form=Form("sequence", (_TABLE,) * 3, length=3, label="o maior, o total e a saída"),
    wrong={
        "sem_corrigir_a_saida": _stepped(
            lambda new, keep, w, s, total, out, v: (new, total * keep + s, out + w @ v)
        ),
        "sem_corrigir_o_total": _stepped(
            lambda new, keep, w, s, total, out, v: (new, total + s, out * keep + w @ v)
        ),
        "sem_corrigir": _stepped(
            lambda new, keep, w, s, total, out, v: (new, total + s, out + w @ v)
        ),
        "correcao_ao_contrario": _stepped(
            lambda new, keep, w, s, total, out, v: (new, total / keep + s, out / keep + w @ v)
        ),
        "corrige_o_bloco": _stepped(
            lambda new, keep, w, s, total, out, v: (new, total + keep * s, out + keep * (w @ v))
        ),
        "so_o_bloco": _stepped(lambda new, keep, w, s, total, out, v: (new, s, w @ v)),
        "ja_dividida": _stepped(
            lambda new, keep, w, s, total, out, v: (
                new,
                total * keep + s,
                (out * keep + w @ v) / (total * keep + s),
            )
        ),
        "media_de_duas": _stepped(
            lambda new, keep, w, s, total, out, v: (
                new,
                total * keep + s,
                (out * keep + w @ v) / 2,
            )
        ),
        "guarda_o_maior_de_antes": lambda top, *rest: (top, *_step(top, *rest)[1:]),
        "maior_do_bloco": _with_top(lambda top, scores: scores.amax(-1, keepdim=True)),
        "maior_de_todas_as_linhas": _with_top(
            lambda top, scores: torch.maximum(top, scores.amax()).amax().expand_as(top)
        ),
        "sem_tirar_o_maior": lambda top, total, out, scores, values: (
            torch.maximum(top, scores.amax(-1, keepdim=True)),
            total + scores.exp().sum(-1, keepdim=True),
            out + scores.exp() @ values,
        ),
        "tira_o_maior_de_antes": _old_top_in_the_weights,
        "softmax_por_bloco": _softmax_by_block,
        "fora_de_ordem": lambda *args: (lambda new, total, out: (new, out, total))(*_step(*args)),
    },
    cases=_step_cases,
    tolerance=1e-4,
)


# --- 12.resumo -----------------------------------------------------------------------------------


def _summary(q, k, v, E, F):
    """Devolve a saída da atenção que lê resumos das chaves e dos valores."""
    scores = q @ (E @ k).mT / q.shape[-1] ** 0.5
    return scores.softmax(-1) @ (F @ v)


def _summarised(change: Callable[..., Tensor]):
    """Uma resposta que pesa de outro jeito os resumos."""

    def answer(q: Tensor, k: Tensor, v: Tensor, E: Tensor, F: Tensor) -> Tensor:
        return change(q @ (E @ k).mT, q.shape[-1], E.shape[-2]) @ (F @ v)

    return answer


def _summary_cases() -> tuple[Case, ...]:
    generator = torch.Generator().manual_seed(1203)
    first = ([[[[2.0]]]], [[[[1.0], [1.0]]]], [[[[4.0], [0.0]]]], [[0.5, 0.5]], [[1.0, 0.0]])
    cases = [Case(tuple(map(torch.tensor, first)), _told(*first))]
    for number in range(17):
        n_query, n_key, width = 1 + number % 3, 3 + number % 3, 2 + number % 2
        n_sum, d_value = 1 + number % 3, 1 + number // 2 % 2
        batch, n_heads = 1 + number // 4 % 2, 1 + number // 3 % 2
        sizes = (n_query, width), (n_key, width), (n_key, d_value)
        args = [_integers(generator, batch, n_heads, *size) for size in sizes]
        heads = (n_heads,) if number % 2 else ()  # de todas as cabeças, ou uma por cabeça
        args += [_integers(generator, *heads, n_sum, n_key, most=2) / 2 for _ in range(2)]
        cases.append(Case(tuple(args), _told(*args)))
    return tuple(cases)


SUMMARY = Answer(
    "12.resumo",
    solution=_summary,
    form=_HEADS,
    wrong={
        "E_nos_dois": lambda q, k, v, E, F: _summary(q, k, v, E, E),
        "F_nos_dois": lambda q, k, v, E, F: _summary(q, k, v, F, F),
        "trocados": lambda q, k, v, E, F: _summary(q, k, v, F, E),
        "sem_raiz": _summarised(lambda scores, width, n: scores.softmax(-1)),
        "raiz_dos_resumos": _summarised(lambda scores, width, n: (scores / n**0.5).softmax(-1)),
        "sem_a_raiz_da_raiz": _summarised(lambda scores, width, n: (scores / width).softmax(-1)),
        "sem_softmax": _summarised(lambda scores, width, n: scores / width**0.5),
        "softmax_nas_consultas": _summarised(
            lambda scores, width, n: (scores / width**0.5).softmax(-2)
        ),
        "resume_depois": lambda q, k, v, E, F: (
            (q @ k.mT / q.shape[-1] ** 0.5).softmax(-1) @ E.mT @ (F @ v)
        ),
        "sem_resumir": lambda q, k, v, E, F: (q @ k.mT / q.shape[-1] ** 0.5).softmax(-1) @ v,
        "sem_consulta": _summarised(lambda scores, width, n: torch.ones_like(scores) / n),
    },
    cases=_summary_cases,
    tolerance=1e-4,
)


# --- 12.baldes -----------------------------------------------------------------------------------


_IDS = Form(
    "sequence",
    (Form("sequence", (Form("int"),), label="um balde por posição"),),
    label="uma lista por cabeça",
)


def _buckets(x, R):
    """Devolve o número do balde de cada vetor."""
    import torch

    turned = x @ R
    return torch.cat([turned, -turned], -1).argmax(-1)


def _signs(x: Tensor, R: Tensor) -> Tensor:
    return ((x @ R > 0) * 2 ** torch.arange(R.shape[1])).sum(-1)


def _bucket_cases() -> tuple[Case, ...]:
    generator = torch.Generator().manual_seed(1204)
    first = ([[[[1.0, 0.0], [0.0, 2.0], [-3.0, 1.0]]]], [[1.0, 0.0], [0.0, 1.0]])
    cases = [Case(tuple(map(torch.tensor, first)), _told(*first))]
    while len(cases) < 18:
        number = len(cases)
        n, width, half = 2 + number % 4, 2 + number % 3, 1 + number % 4
        batch, n_heads = 1 + number // 4 % 2, 1 + number // 3 % 2
        x = torch.randint(-9, 10, (batch, n_heads, n, width), generator=generator).float()
        R = torch.randint(-9, 10, (width, half), generator=generator).float()
        best = torch.cat([x @ R, -x @ R], -1).topk(2).values
        if bool((best[..., 0] > best[..., 1]).all()):  # nenhum empate
            cases.append(Case((x, R), _told(x, R)))
    return tuple(cases)


BUCKETS = Answer(
    "12.baldes",
    solution=_buckets,
    form=Form("sequence", (_IDS,), label="um lote"),
    wrong={
        "so_um_lado": lambda x, R: (x @ R).argmax(-1),
        "sem_sinal": lambda x, R: (x @ R).abs().argmax(-1),
        "opostos_primeiro": lambda x, R: torch.cat([-x @ R, x @ R], -1).argmax(-1),
        "intercalados": lambda x, R: torch.stack([x @ R, -x @ R], -1).flatten(-2).argmax(-1),
        "sinais": _signs,
        "conta_de_um": lambda x, R: _buckets(x, R) + 1,
        "por_direcao": lambda x, R: torch.cat([x @ R, -x @ R], -1).argmax(-2),
        "o_valor": lambda x, R: (x @ R).abs().amax(-1).long(),
        "sem_girar": lambda x, R: torch.cat([x, -x], -1).argmax(-1),
        "quadrados": lambda x, R: (x @ R).square().argmax(-1) + R.shape[1],
    },
    cases=_bucket_cases,
)


# --- 12.segmento ---------------------------------------------------------------------------------


def _read(attn, ln, memory, x):
    """Devolve o que a atenção escreve no segmento, lendo também a memória."""
    import torch

    from helpers.attention import causal_mask

    both = torch.cat([memory, x], 1)
    mask = causal_mask(x.shape[1], both.shape[1])
    return attn(ln(x), key_side=ln(both), mask=mask)


@cache  # a conferência dá a cada resposta uma cópia
def _parts(seed: int) -> tuple[Attention, LayerNorm]:
    """Uma atenção de duas cabeças e uma norma, de pesos grandes o bastante para se verem."""
    generator = torch.Generator().manual_seed(seed)
    attn, ln = Attention(4, 2, generator=generator), LayerNorm(4)
    with torch.no_grad():
        for weight in (*attn.parameters(), *ln.parameters()):
            weight.normal_(generator=generator)
    return attn.requires_grad_(False), ln.requires_grad_(False)


def _reading(queries: Callable, keys: Callable, allowed: Callable):
    """Uma resposta que monta de outro jeito os lados, ou a máscara."""

    def answer(attn: nn.Module, ln: nn.Module, memory: Tensor, x: Tensor) -> Tensor:
        asks, offers = queries(ln, memory, x), keys(ln, memory, x)
        return attn(asks, key_side=offers, mask=allowed(asks.shape[1], offers.shape[1]))

    return answer


def _joined(ln: nn.Module, memory: Tensor, x: Tensor) -> Tensor:
    return ln(torch.cat([memory, x], 1))


def _segment(ln: nn.Module, memory: Tensor, x: Tensor) -> Tensor:
    return ln(x)


def _without_offset(n_query: int, n_key: int) -> Tensor:
    return torch.ones(n_query, n_key, dtype=torch.bool).tril()


def _read_cases() -> tuple[Case, ...]:
    generator = torch.Generator().manual_seed(1205)
    cases = []
    for number in range(15):
        batch = 1 + (number > 0) * (number % 2)
        memory, x = (
            torch.randn(batch, size, 4, generator=generator)
            for size in ((1, 2, 0, 3)[number % 4], 2 + number % 3)
        )
        if number == 0:  # sem sinais nem frações: só não é vazia
            memory = memory.abs().ceil()
        told = f"uma camada, uma norma, memória {list(memory.shape)}, segmento {list(x.shape)}"
        cases.append(Case((*_parts(1210 + number % 3), memory, x), told))
    return tuple(cases)


READ = Answer(
    "12.segmento",
    solution=_read,
    form=Form("sequence", (_TABLE,), label="um fluxo, [batch, pos, d_model]"),
    wrong={
        "sem_mascara": _reading(_segment, _joined, lambda n_query, n_key: None),
        "mascara_sem_deslocar": _reading(_segment, _joined, _without_offset),
        "memoria_depois": _reading(
            _segment, lambda ln, memory, x: ln(torch.cat([x, memory], 1)), causal_mask
        ),
        "memoria_sem_norma": _reading(
            _segment, lambda ln, memory, x: torch.cat([memory, ln(x)], 1), causal_mask
        ),
        "sem_norma": _reading(
            lambda ln, memory, x: x, lambda ln, memory, x: torch.cat([memory, x], 1), causal_mask
        ),
        "pergunta_sem_norma": _reading(lambda ln, memory, x: x, _joined, causal_mask),
        "norma_duas_vezes": _reading(
            _segment, lambda ln, memory, x: ln(_joined(ln, memory, x)), causal_mask
        ),
        "sem_memoria": _reading(_segment, _segment, causal_mask),
        "so_a_memoria": _reading(
            _segment, lambda ln, memory, x: ln(memory), lambda n_query, n_key: None
        ),
        "so_o_ultimo_estado": _reading(
            _segment, lambda ln, memory, x: ln(torch.cat([memory[:, -1:], x], 1)), causal_mask
        ),
        "memoria_do_primeiro_texto": _reading(
            _segment,
            lambda ln, memory, x: _joined(ln, memory[:1].expand_as(memory), x),
            causal_mask,
        ),
        "todos_perguntam": _reading(_joined, _joined, causal_mask),
        "com_a_soma": lambda attn, ln, memory, x: x + _read(attn, ln, memory, x),
    },
    cases=_read_cases,
    tolerance=1e-4,
)


# --- 12.volta ------------------------------------------------------------------------------------


def _back(scores, values, lse, out, grad):
    """Devolve o gradiente em relação aos scores e aos valores de um bloco."""
    weights = (scores - lse).exp()
    mean = (grad * out).sum(-1, keepdim=True)
    return weights * (grad @ values.mT - mean), weights.mT @ grad


Pair = tuple[Tensor, Tensor]


def _returned(join: Callable[..., Pair]):
    """Uma resposta que junta de outro jeito pesos, produtos, média e gradiente."""

    def answer(scores: Tensor, values: Tensor, lse: Tensor, out: Tensor, grad: Tensor) -> Pair:
        weights, mean = (scores - lse).exp(), (grad * out).sum(-1, keepdim=True)
        return join(weights, grad @ values.mT, mean, grad)

    return answer


def _reweighed(weigh: Callable[[Tensor, Tensor], Tensor]):
    """Uma resposta que refaz os pesos de outro jeito."""

    def answer(scores: Tensor, values: Tensor, lse: Tensor, out: Tensor, grad: Tensor) -> Pair:
        weights, mean = weigh(scores, lse), (grad * out).sum(-1, keepdim=True)
        return weights * (grad @ values.mT - mean), weights.mT @ grad

    return answer


def _back_cases() -> tuple[Case, ...]:
    generator = torch.Generator().manual_seed(1206)
    one = torch.zeros(1, 1)
    fixed = [
        # Uma chave só; duas chaves, e o bloco é a primeira delas; um bloco todo proibido.
        (one, one + 2, one, one + 2, one + 3),
        (one, one + 2, torch.full((1, 1), math.log(4.0)), one + 5, one + 1),
        (torch.full((1, 2), -torch.inf), torch.tensor([[1.0], [3.0]]), one, one + 2, one + 1),
    ]
    for number in range(15):
        queries, n_key, width = 1 + number % 3, 4 + number % 3, 1 + number % 2
        scores = _integers(generator, queries, n_key) + (0, 60, -60)[number % 3]
        scores[:, 1:][torch.rand(queries, n_key - 1, generator=generator) < 0.2] = -torch.inf
        values = _integers(generator, n_key, width)
        lse, out = scores.logsumexp(-1, keepdim=True), scores.softmax(-1) @ values
        part = slice(number % 2, n_key if number % 5 == 0 else 2 + number % 2)
        grad = _integers(generator, queries, width)
        fixed.append((scores[:, part], values[part], lse, out, grad))
    return tuple(Case(args, _told(*args)) for args in fixed)


BACK = Answer(
    "12.volta",
    solution=_back,
    form=Form("sequence", (_TABLE,) * 2, length=2, label="os dois gradientes"),
    wrong={
        "sem_tirar_a_media": _returned(lambda w, dots, mean, grad: (w * dots, w.mT @ grad)),
        "media_do_bloco": _returned(
            lambda w, dots, mean, grad: (
                w * (dots - (w * dots).sum(-1, keepdim=True)),
                w.mT @ grad,
            )
        ),
        "softmax_do_bloco": _reweighed(
            lambda scores, lse: scores.softmax(-1).nan_to_num()  # o bloco todo proibido
        ),
        "sem_dividir": _reweighed(lambda scores, lse: scores.exp()),
        "sem_o_peso": _returned(lambda w, dots, mean, grad: (dots - mean, w.mT @ grad)),
        "sinal_trocado": _returned(lambda w, dots, mean, grad: (w * (mean - dots), w.mT @ grad)),
        "so_a_diagonal": _returned(lambda w, dots, mean, grad: (w * (1 - w) * dots, w.mT @ grad)),
        "valores_com_a_diferenca": _returned(
            lambda w, dots, mean, grad: (w * (dots - mean), (w * (dots - mean)).mT @ grad)
        ),
        "valores_com_a_saida": lambda scores, values, lse, out, grad: (
            _back(scores, values, lse, out, grad)[0],
            (scores - lse).exp().mT @ out,
        ),
        "valores_sem_pesos": _returned(
            lambda w, dots, mean, grad: (w * (dots - mean), torch.ones_like(w).mT @ grad)
        ),
        "fora_de_ordem": lambda *args: _back(*args)[::-1],
        "lse_depois": _reweighed(lambda scores, lse: scores.exp() / lse),
    },
    cases=_back_cases,
    tolerance=1e-4,
)
