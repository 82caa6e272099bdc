"""Respostas da lição 11: a solução, os enganos e os casos de cada exercício."""

import random
from collections.abc import Callable
from functools import cache
from math import sqrt

import torch
from torch import Tensor, nn

from helpers.attention import causal_mask
from helpers.block import Block
from helpers.config import DecoderConfig
from helpers.exercises.catalog import Answer, Case, Form
from helpers.studies.two_sequences import CrossBlock
from helpers.training import IGNORED

_NUMBERS = Form("sequence", (Form("number"),), label="uma linha de números")
_STREAM = Form(
    "sequence",
    (Form("sequence", (_NUMBERS,), label="um vetor por posição"),),
    label="o fluxo, [batch, pos, d_model]",
)
_ROWS = Form("sequence", (_NUMBERS,), label="uma linha por posição de quem pergunta")

# --- 11.cruzada ----------------------------------------------------------------------------------


def _cross(y, z, W_Q, W_K, W_V, real):
    """Devolve uma linha por posição de `y`: a média dos valores de `z` que ela lê."""
    from math import inf, sqrt

    q, k, v = y @ W_Q, z @ W_K, z @ W_V
    scores = q @ k.T / sqrt(q.shape[-1])
    return scores.masked_fill(~real, -inf).softmax(-1) @ v


def _crossed(read: Callable):
    """Uma resposta que erra a partir das consultas, das chaves, dos valores e do que é real."""

    def answer(y: Tensor, z: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, real: Tensor) -> Tensor:
        return read(y @ W_Q, z @ W_K, z @ W_V, real)

    return answer


def _scores(q: Tensor, k: Tensor, real: Tensor) -> Tensor:
    return (q @ k.T / sqrt(q.shape[-1])).masked_fill(~real, -torch.inf)


def _also_causal(q: Tensor, k: Tensor, v: Tensor, real: Tensor) -> Tensor:
    past = torch.arange(len(k)) <= torch.arange(len(q))[:, None]
    seen = past & real
    seen[:, 0] |= ~seen.any(-1)  # quem não veria nada olha o começo
    return (q @ k.T / sqrt(q.shape[-1])).masked_fill(~seen, -torch.inf).softmax(-1) @ v


def _without_largest(q: Tensor, k: Tensor, v: Tensor, real: Tensor) -> Tensor:
    grown = (q @ k.T / sqrt(q.shape[-1])).exp() * real
    return grown / grown.sum(-1, keepdim=True) @ v


def _cross_cases() -> tuple[Case, ...]:
    generator = torch.Generator().manual_seed(1101)
    sizes = [(1, 2, 1, 1), (2, 3, 2, 2), (3, 2, 3, 2), (4, 4, 2, 3), (1, 5, 3, 4), (5, 1, 2, 2)]
    cases = []
    for number in range(18):
        n_query, n_key, d_model, d_head = sizes[number % len(sizes)]
        shapes = [(n_query, d_model), (n_key, d_model), *[(d_model, d_head)] * 3]
        scale = 60.0 if number == 9 else 2.0  # scores de milhares: o maior sai antes do exp
        args = [torch.randint(-8, 9, shape, generator=generator) * scale / 8 for shape in shapes]
        real = torch.ones(n_key, dtype=torch.bool)
        if number % 3:
            real[int(torch.randint(1, n_key + 1, (), generator=generator)) :] = False
        shown = ", ".join(str(part.tolist()) for part in (*args, real))
        cases.append(Case((*args, real), shown))
    # Os scores reais são milhares abaixo de zero: −100 no enchimento não basta. E é quadrado.
    y, z = [[60.0, 30], [30, 60], [50, 40]], [[-60.0, -60], [-61, -59], [1, 1]]
    same, real = torch.eye(2), [True, True, False]
    args = (torch.tensor(y), torch.tensor(z), same, same, same, torch.tensor(real))
    shown = ", ".join(str(part.tolist()) for part in args)
    return (*cases, Case(args, shown))


CROSS = Answer(
    "11.cruzada",
    solution=_cross,
    form=_ROWS,
    wrong={
        "pergunta_quem_devia_responder": lambda y, z, W_Q, W_K, W_V, real: (
            (z @ W_Q @ (y @ W_K).T / sqrt(W_Q.shape[1])).softmax(-1) @ (y @ W_V)
        ),
        "so_um_lado": lambda y, z, W_Q, W_K, W_V, real: (
            (y @ W_Q @ (y @ W_K).T / sqrt(W_Q.shape[1])).softmax(-1) @ (y @ W_V)
        ),
        "softmax_nas_consultas": _crossed(
            lambda q, k, v, real: (
                ((q @ k.T / sqrt(q.shape[-1])).softmax(0)).masked_fill(~real, 0) @ v
            )
        ),
        "sem_raiz": _crossed(
            lambda q, k, v, real: (q @ k.T).masked_fill(~real, -torch.inf).softmax(-1) @ v
        ),
        "divide_pela_largura": _crossed(
            lambda q, k, v, real: (
                (q @ k.T / q.shape[-1]).masked_fill(~real, -torch.inf).softmax(-1) @ v
            )
        ),
        "raiz_do_fluxo": lambda y, z, W_Q, W_K, W_V, real: (
            (y @ W_Q @ (z @ W_K).T / sqrt(y.shape[1])).masked_fill(~real, -torch.inf).softmax(-1)
            @ (z @ W_V)
        ),
        "le_o_enchimento": _crossed(
            lambda q, k, v, real: (q @ k.T / sqrt(q.shape[-1])).softmax(-1) @ v
        ),
        "mascara_ao_contrario": _crossed(
            lambda q, k, v, real: (
                (q @ k.T / sqrt(q.shape[-1])).masked_fill(real, -torch.inf).softmax(-1) @ v
            )
        ),
        "zero_no_score": _crossed(
            lambda q, k, v, real: (
                (q @ k.T / sqrt(q.shape[-1])).masked_fill(~real, 0).softmax(-1) @ v
            )
        ),
        "zero_no_peso": _crossed(
            lambda q, k, v, real: (
                (q @ k.T / sqrt(q.shape[-1])).softmax(-1).masked_fill(~real, 0) @ v
            )
        ),
        "causal": _crossed(_also_causal),
        "sem_tirar_o_maior": _crossed(_without_largest),
        "entrega_a_chave": _crossed(lambda q, k, v, real: _scores(q, k, real).softmax(-1) @ k),
        "entrega_z": lambda y, z, W_Q, W_K, W_V, real: (
            _scores(y @ W_Q, z @ W_K, real).softmax(-1) @ z
        ),
        "sem_softmax": _crossed(
            lambda q, k, v, real: _scores(q, k, real).masked_fill(~real, 0) @ v
        ),
        "todas_iguais": _crossed(lambda q, k, v, real: v[real].mean(0).expand(len(q), -1)),
        "so_a_mais_lida": _crossed(lambda q, k, v, real: v[_scores(q, k, real).argmax(-1)]),
        "so_os_pesos": _crossed(lambda q, k, v, real: _scores(q, k, real).softmax(-1)),
        "trocou_q_e_k": lambda y, z, W_Q, W_K, W_V, real: _cross(y, z, W_K, W_Q, W_V, real),
        "trocou_k_e_v": lambda y, z, W_Q, W_K, W_V, real: _cross(y, z, W_Q, W_V, W_K, real),
    },
    cases=_cross_cases,
    tolerance=1e-4,
)


# --- 11.deslocar ---------------------------------------------------------------------------------


def _shift(answers, start):
    """Devolve o que o decoder lê: a marca de começo e a resposta, sem a última coluna."""
    import torch

    first = torch.full_like(answers[:, :1], start)
    return torch.cat([first, answers[:, :-1]], 1)


def _beside(answers: Tensor, start: int) -> Tensor:
    return torch.full_like(answers[:, :1], start)


def _started(answers: Tensor, start: int) -> Tensor:
    out = answers.clone()
    out[:, 0] = start
    return out


def _shift_cases() -> tuple[Case, ...]:
    generator = torch.Generator().manual_seed(1102)
    fixed = [([[5, 6, 2]], 1), ([[2]], 1), ([[7, 2, 0], [8, 9, 2]], 1), ([[4, 4, 4, 2]], 3)]
    drawn = []
    for number in range(14):
        shape = 1 + number % 3, 1 + number % 5
        ids = torch.randint(3, 30, shape, generator=generator)
        ids[:, -1] = 2
        drawn.append((ids.tolist(), 1 + number % 2 * 30))
    return tuple(
        Case((torch.tensor(ids), start), f"{ids}, {start}") for ids, start in fixed + drawn
    )


SHIFT = Answer(
    "11.deslocar",
    solution=_shift,
    form=Form("sequence", (Form("sequence", (Form("int"),), label="uma linha de ids"),)),
    wrong={
        "sem_deslocar": lambda answers, start: answers,
        "para_o_outro_lado": lambda answers, start: torch.cat(
            [answers[:, 1:], _beside(answers, start)], 1
        ),
        "cresce": lambda answers, start: torch.cat([_beside(answers, start), answers], 1),
        "por_cima_do_primeiro": _started,
        "perde_a_primeira": lambda answers, start: (
            torch.cat([_beside(answers, start), answers[:, 1:]], 1)
            if answers.shape[1] > 1
            else answers
        ),
        "da_a_volta": lambda answers, start: answers.roll(1, 1),
        "sem_a_marca": lambda answers, start: answers[:, :-1],
        "desce_uma_linha": lambda answers, start: torch.cat(
            [torch.full_like(answers[:1], start), answers[:-1]], 0
        ),
        "repete_a_primeira": lambda answers, start: torch.cat([answers[:, :1], answers[:, :-1]], 1),
        "comeca_do_zero": lambda answers, start: torch.cat(
            [_beside(answers, 0), answers[:, :-1]], 1
        ),
        "duas_casas": lambda answers, start: (
            torch.cat([_beside(answers, start), _beside(answers, start), answers[:, :-2]], 1)
            if answers.shape[1] > 1
            else _beside(answers, start)
        ),
    },
    cases=_shift_cases,
)


# --- 11.bloco ------------------------------------------------------------------------------------


def _cross_block(block, y, z, past, real):
    """Devolve o fluxo de quem escreve, depois das três partes do bloco."""
    y = y + block.attn(block.ln1(y), mask=past)
    y = y + block.cross(block.ln2(y), z, mask=real)
    return y + block.mlp(block.ln3(y))


@cache  # a conferência dá a cada resposta uma cópia
def _toy_block(seed: int) -> CrossBlock:
    """Um bloco minúsculo, de pesos grandes o bastante para cada parte fazer diferença."""
    generator = torch.Generator().manual_seed(seed)
    block = CrossBlock(DecoderConfig(3, 4, d_model=4, n_heads=2, n_layers=1, d_mlp=3))
    with torch.no_grad():
        for weight in block.parameters():
            weight.normal_(generator=generator)
    return block.requires_grad_(False)


def _in_parallel(block: nn.Module, y: Tensor, z: Tensor, past: Tensor, real: Tensor) -> Tensor:
    read = block.attn(block.ln1(y), mask=past) + block.cross(block.ln2(y), z, mask=real)
    return y + read + block.mlp(block.ln3(y))


def _reads_in_parallel(block, y: Tensor, z: Tensor, past: Tensor, real: Tensor) -> Tensor:
    y = y + block.attn(block.ln1(y), mask=past) + block.cross(block.ln2(y), z, mask=real)
    return y + block.mlp(block.ln3(y))


def _post(block: nn.Module, y: Tensor, z: Tensor, past: Tensor, real: Tensor) -> Tensor:
    y = block.ln1(y + block.attn(y, mask=past))
    y = block.ln2(y + block.cross(y, z, mask=real))
    return block.ln3(y + block.mlp(y))


def _swapped(block: nn.Module, y: Tensor, z: Tensor, past: Tensor, real: Tensor) -> Tensor:
    y = y + block.cross(block.ln1(y), mask=past)
    y = y + block.attn(block.ln2(y), z, mask=real)
    return y + block.mlp(block.ln3(y))


def _ordered(order: str, bare: str = "", kept: Callable | None = None):
    """Uma resposta com as partes a, c e m nesta ordem; faltando alguma, ela a esquece.

    Parâmetros:
        bare: partes que não se somam ao fluxo.
        kept: o que se soma ao que a parte escreve, no lugar do fluxo: recebe a norma e o fluxo.
    """

    def answer(block: nn.Module, y: Tensor, z: Tensor, past: Tensor, real: Tensor) -> Tensor:
        parts = {
            "a": (block.ln1, lambda x: block.attn(x, mask=past)),
            "c": (block.ln2, lambda x: block.cross(x, z, mask=real)),
            "m": (block.ln3, block.mlp),
        }
        for name in order:
            norm, part = parts[name]
            stays = 0 if name in bare else kept(norm, y) if kept else y
            y = stays + part(norm(y))
        return y

    return answer


def _lacking(norms: tuple[str, ...] = ("ln1", "ln2", "ln3"), past_on=True, real_on=True, side=None):
    """Uma resposta com outras normas, sem uma máscara ou com outro lado na cruzada."""

    def answer(block: nn.Module, y: Tensor, z: Tensor, past: Tensor, real: Tensor) -> Tensor:
        first, second, third = (getattr(block, n) if n else (lambda x: x) for n in norms)
        y = y + block.attn(first(y), mask=past if past_on else None)
        keys, mask = side(block, y, z, past, real) if side else (z, real if real_on else None)
        y = y + block.cross(second(y), keys, mask=mask)
        return y + block.mlp(third(y))

    return answer


def _block_cases() -> tuple[Case, ...]:
    generator = torch.Generator().manual_seed(1103)
    cases = []
    for number in range(15):
        batch, n_query, n_key = 1 + number % 2, 1 + number % 4, 1 + (number + 1) % 5
        y = torch.randint(-8, 9, (batch, n_query, 4), generator=generator) / 4
        z = torch.randint(-8, 9, (batch, n_key, 4), generator=generator) / 4
        real = torch.ones(batch, 1, n_query, n_key, dtype=torch.bool)
        real[-1, ..., 1 + int(torch.randint(n_key, (), generator=generator)) :] = False
        args = (y, z, causal_mask(n_query), real)
        shown = f"um bloco sorteado, y {tuple(y.shape)}, z {tuple(z.shape)}"
        cases.append(Case((_toy_block(1110 + number % 3), *args), shown))
    return tuple(cases)


BLOCK = Answer(
    "11.bloco",
    solution=_cross_block,
    form=_STREAM,
    wrong={
        "so_a_primeira": _ordered("a"),
        "so_a_do_meio": _ordered("c"),
        "so_o_mlp": _ordered("m"),
        "sem_a_cruzada": _ordered("am"),
        "sem_a_propria": _ordered("cm"),
        "sem_o_mlp": _ordered("ac"),
        "cruzada_antes": _ordered("cam"),
        "mlp_no_meio": _ordered("amc"),
        "mlp_primeiro": _ordered("mac"),
        "em_paralelo": _in_parallel,
        "leituras_em_paralelo": _reads_in_parallel,
        "mlp_le_a_entrada": lambda block, y, z, past, real: (
            _ordered("ac")(block, y, z, past, real) + block.mlp(block.ln3(y))
        ),
        "sem_as_somas": _ordered("acm", bare="acm"),
        "primeira_sem_soma": _ordered("acm", bare="a"),
        "cruzada_sem_soma": _ordered("acm", bare="c"),
        "mlp_sem_soma": _ordered("acm", bare="m"),
        "soma_ao_normalizado": _ordered("acm", kept=lambda norm, y: norm(y)),
        "norma_depois": _post,
        "norma_no_fim": lambda block, y, z, past, real: block.ln3(
            _cross_block(block, y, z, past, real)
        ),
        "sem_normas": _lacking(norms=("", "", "")),
        "primeira_sem_norma": _lacking(norms=("", "ln2", "ln3")),
        "cruzada_sem_norma": _lacking(norms=("ln1", "", "ln3")),
        "mlp_sem_norma": _lacking(norms=("ln1", "ln2", "")),
        "uma_norma_para_tudo": _lacking(norms=("ln1", "ln1", "ln1")),
        "cruzada_com_a_da_primeira": _lacking(norms=("ln1", "ln1", "ln3")),
        "mlp_com_a_da_cruzada": _lacking(norms=("ln1", "ln2", "ln2")),
        "normas_trocadas": _lacking(norms=("ln2", "ln1", "ln3")),
        "ultimas_normas_trocadas": _lacking(norms=("ln1", "ln3", "ln2")),
        "atencoes_trocadas": _swapped,
        "ve_o_futuro": _lacking(past_on=False),
        "le_o_enchimento": _lacking(real_on=False),
        "sem_mascaras": _lacking(past_on=False, real_on=False),
        "olha_a_si_mesmo": _lacking(side=lambda block, y, z, past, real: (block.ln2(y), past)),
        "norma_em_z": _lacking(side=lambda block, y, z, past, real: (block.ln2(z), real)),
        "so_o_ultimo_de_z": _lacking(side=lambda block, y, z, past, real: (z[:, -1:], None)),
        "so_o_primeiro_de_z": _lacking(side=lambda block, y, z, past, real: (z[:, :1], None)),
        "so_o_que_escreveu": lambda block, y, z, past, real: (
            _cross_block(block, y, z, past, real) - y
        ),
    },
    cases=_block_cases,
    tolerance=1e-4,
)


# --- 11.fila -------------------------------------------------------------------------------------


def _depth(needs):
    """Devolve quantas contas tem a maior fila em que cada uma espera a anterior."""
    depths = []
    for earlier in needs:
        depths.append(1 + max((depths[i] for i in earlier), default=0))
    return max(depths, default=0)


def _grown(step: Callable, end: Callable = max):
    """Uma resposta que combina de outro jeito as filas de que uma conta precisa."""

    def answer(needs: list[list[int]]) -> float:
        depths: list = []
        for earlier in needs:
            depths.append(step([depths[i] for i in earlier]))
        return end(depths) if depths else 0

    return answer


def _depth_cases() -> tuple[Case, ...]:
    generator = random.Random(1104)
    fixed = [
        [[], [0], [1]],
        [[], [], []],
        [],
        [[]],
        [[], [0], [0], [1, 2]],
        [[], [0], [1], [], [3]],
        [[], [], [0, 1], [], [2, 3], [0]],
        [[], [0], [1], [2], [0, 3], [0, 4]],
        [[], [0], [1], [0, 2], [3, 0], [0]],
        [[], [], [1], [2, 0], [0, 3]],
    ]
    drawn = []
    for number in range(12):
        n = 4 + number % 6
        drawn.append(
            [sorted(generator.sample(range(i), min(i, generator.randrange(3)))) for i in range(n)]
        )
    # Um losango atrás do outro: quem percorre todos os caminhos não termina.
    ladder: list[list[int]] = [[]]
    for _ in range(60):
        top = len(ladder) - 1
        ladder += [[top], [top], [top + 1, top + 2]]
    # Uma fila como a da RNN da lição: quem chama a si mesmo a cada conta esgota a pilha.
    row = [list(range(max(0, i - 1), i)) for i in range(4000)]
    shown = [(needs, "") for needs in fixed + drawn]
    shown += [(ladder, "sessenta losangos em fila"), (row, "quatro mil contas em fila")]
    return tuple(Case((needs,), told) for needs, told in shown)


DEPTH = Answer(
    "11.fila",
    solution=_depth,
    form=Form("int"),
    wrong={
        "conta_todas": len,
        "conta_as_setas": lambda needs: max(0, _depth(needs) - 1),
        "so_ate_a_ultima": _grown(
            lambda found: 1 + max(found, default=0), lambda depths: depths[-1]
        ),
        "soma_as_filas": _grown(lambda found: 1 + sum(found)),
        "a_menor_fila": _grown(lambda found: 1 + min(found, default=0)),
        "segue_a_primeira": _grown(lambda found: 1 + (found[0] if found else 0)),
        "segue_a_ultima": _grown(lambda found: 1 + (found[-1] if found else 0)),
        "conta_dependencias": lambda needs: sum(map(len, needs)),
        "quem_espera_mais": lambda needs: max(map(len, needs), default=0),
        "as_que_nao_esperam": lambda needs: sum(not earlier for earlier in needs),
        "as_que_esperam": lambda needs: sum(bool(earlier) for earlier in needs),
        "soma_os_degraus": _grown(lambda found: 1 + max(found, default=0), sum),
    },
    cases=_depth_cases,
)


# --- 11.tapar ------------------------------------------------------------------------------------


def _hide(ids, draws, mask, share):
    """Devolve o que o modelo lê, com posições tapadas, e os alvos: −100 onde nada se tapou."""
    chosen = draws < share
    return ids.masked_fill(chosen, mask), ids.masked_fill(~chosen, -100)


def _hidden(read: Callable):
    """Uma resposta que monta de outro jeito as entradas e os alvos, sabendo o que se tapa."""

    def answer(ids: Tensor, draws: Tensor, mask: int, share: float) -> tuple[Tensor, Tensor]:
        return read(ids, draws < share, mask)

    return answer


def _hide_cases() -> tuple[Case, ...]:
    generator = torch.Generator().manual_seed(1105)
    fixed = [
        ([[5, 6, 7]], [[0.75, 0.25, 0.5]], 9, 0.3),
        ([[5]], [[0.5]], 9, 0.3),
        ([[5, 6]], [[0.25, 0.75]], 9, 0.25),  # 0,25 não fica abaixo de 0,25
        ([[5, 9, 7]], [[0.1, 0.6, 0.9]], 9, 0.5),  # o próprio token de tapar no texto
    ]
    drawn = []
    for number in range(14):
        shape = 1 + number % 3, 2 + number % 4
        ids = torch.randint(0, 9, shape, generator=generator)
        draws = torch.randint(0, 64, shape, generator=generator) / 64
        drawn.append((ids.tolist(), draws.tolist(), 9 + number % 2, (0.5, 0.25, 0.75)[number % 3]))
    return tuple(
        Case(
            (torch.tensor(ids), torch.tensor(draws), mask, share),
            f"{ids}, {draws}, {mask}, {share}",
        )
        for ids, draws, mask, share in fixed + drawn
    )


_IDS = Form("sequence", (Form("sequence", (Form("int"),), label="uma linha de ids"),))
HIDE = Answer(
    "11.tapar",
    solution=_hide,
    form=Form("sequence", (_IDS, _IDS), length=2, label="as entradas e os alvos"),
    wrong={
        "alvo_em_tudo": _hidden(lambda ids, chosen, mask: (ids.masked_fill(chosen, mask), ids)),
        "alvo_no_que_se_ve": _hidden(
            lambda ids, chosen, mask: (
                ids.masked_fill(chosen, mask),
                ids.masked_fill(chosen, IGNORED),
            )
        ),
        "alvo_depois_de_tapar": _hidden(
            lambda ids, chosen, mask: (
                ids.masked_fill(chosen, mask),
                ids.masked_fill(chosen, mask).masked_fill(~chosen, IGNORED),
            )
        ),
        "tapa_as_outras": _hidden(
            lambda ids, chosen, mask: (
                ids.masked_fill(~chosen, mask),
                ids.masked_fill(chosen, IGNORED),
            )
        ),
        "ao_contrario": lambda ids, draws, mask, share: _hide(ids, 1 - draws, mask, share),
        "menor_ou_igual": lambda ids, draws, mask, share: (
            ids.masked_fill(draws <= share, mask),
            ids.masked_fill(draws > share, IGNORED),
        ),
        "nao_tapa": _hidden(lambda ids, chosen, mask: (ids, ids.masked_fill(~chosen, IGNORED))),
        "tapa_com_zero": _hidden(
            lambda ids, chosen, mask: (
                ids.masked_fill(chosen, 0),
                ids.masked_fill(~chosen, IGNORED),
            )
        ),
        "zero_no_lugar_de_ignorar": _hidden(
            lambda ids, chosen, mask: (ids.masked_fill(chosen, mask), ids.masked_fill(~chosen, 0))
        ),
        "entrada_ignorada": _hidden(
            lambda ids, chosen, mask: (
                ids.masked_fill(chosen, IGNORED),
                ids.masked_fill(~chosen, IGNORED),
            )
        ),
        "o_primeiro_sorteio_em_todos": lambda ids, draws, mask, share: _hide(
            ids, draws[:1].expand_as(draws), mask, share
        ),
        "trocou_os_dois": lambda *args: _hide(*args)[::-1],
        "alvo_seguinte": _hidden(
            lambda ids, chosen, mask: (
                ids.masked_fill(chosen, mask),
                ids.roll(-1, 1).masked_fill(~chosen, IGNORED),
            )
        ),
    },
    cases=_hide_cases,
)


# --- 11.quem_le (anexo) --------------------------------------------------------------------------


def _reads(f, x, push):
    """Devolve uma linha por saída: 1 em cada entrada que, empurrada, a muda; 0 nas outras."""
    import torch

    before, columns = f(x), []
    for place in range(len(x)):
        pushed = x.clone()
        pushed[place] += push
        columns.append((f(pushed) - before).abs().amax(-1) > 1e-6)
    return torch.stack(columns, 1).int().tolist()


def _seen(moved: Callable):
    """Uma resposta que compara de outro jeito as saídas de antes e de depois."""

    def answer(f: Callable, x: Tensor, push: Tensor) -> list[list[int]]:
        every = []
        for place in range(len(x)):
            pushed = x.clone()
            pushed[place] += push
            every.append(moved(f(x), f(pushed)))
        return torch.stack(every, 1).int().tolist()

    return answer


def _touched(change: Callable):
    """Uma resposta que muda a entrada de outro jeito: `change(x, place, push)`."""

    def answer(f: Callable, x: Tensor, push: Tensor) -> list[list[int]]:
        gaps = [(f(change(x.clone(), i, push)) - f(x)).abs().amax(-1) for i in range(len(x))]
        return (torch.stack(gaps, 1) > 1e-6).int().tolist()

    return answer


def _put(x: Tensor, at: object, value: object) -> Tensor:
    x[at] = value
    return x


def _kept_to(keep: Callable):
    """Uma resposta que só olha parte dos pares: `keep(saída, entrada)`."""

    def answer(f: Callable, x: Tensor, push: Tensor) -> list[list[int]]:
        table = enumerate(_reads(f, x, push))
        return [[one * keep(i, j) for j, one in enumerate(row)] for i, row in table]

    return answer


def _reads_cases() -> tuple[Case, ...]:
    generator = torch.Generator().manual_seed(1106)
    ways = {  # por onde o empurrão chega às duas coordenadas da saída
        "cada uma na sua": [[1.0, 0.0], [0.0, 1.0]],
        "só à segunda": [[0.0, 1.0], [0.0, 1.0]],
        "só à primeira": [[1.0, 0.0], [1.0, 0.0]],
        "com o sinal trocado": [[-1.0, 0.0], [0.0, -1.0]],
        "à segunda, por mil": [[0.0, 1e-3], [0.0, 1e-3]],
        "às duas, em sentidos contrários": [[1.0, -1.0], [1.0, -1.0]],
        "sem a média, como depois de uma norma": [[0.5, -0.5], [-0.5, 0.5]],
        "quase nada": [[1e-7, 0.0], [0.0, 1e-7]],
    }
    cases = []
    for number in range(18):
        n_out, n_in = ((2, 2), (2, 3), (3, 2), (1, 3), (3, 3), (4, 1))[number // 2 % 6]
        links = torch.rand(n_out, n_in, generator=generator) < 0.5
        if number == 0:
            links = torch.tensor([[True, False], [True, True]])
        x = torch.randint(-2, 3, (n_in, 2), generator=generator).float()
        push = torch.tensor([0.0, 1.0] if number % 3 == 1 else [2.0, 1.0])
        if number % 4 == 3:
            x[0], x[-1] = push, 0.0
        way = list(ways)[number % 8]

        def f(x: Tensor, links: Tensor = links, way: str = way) -> Tensor:
            return links.to(x.dtype) @ x @ torch.tensor(ways[way], dtype=x.dtype) + 1.0

        read = [row.nonzero().flatten().tolist() for row in links]
        shown = f"f em que as saídas leem as entradas {read}, {x.tolist()}, {push.tolist()}"
        cases.append(Case((f, x, push), shown))
    zeros, push = torch.zeros(2, 2), torch.tensor([2.0, 1.0])
    bent = {  # uma só, empurrada, não muda o produto das duas; para o outro lado, a ReLU não vê
        "f = lambda x: x[:1] * x[1:]": lambda x: x[:1] * x[1:],
        "f = torch.relu": torch.relu,
    }
    cases += [
        Case((f, zeros, push), f"{said}, [[0, 0], [0, 0]], [2, 1]") for said, f in bent.items()
    ]
    return tuple(cases)


def _against_the_former(f: Callable, x: Tensor, push: Tensor) -> list[list[int]]:
    pushed, former, every = x.clone(), f(x), []
    for place in range(len(x)):
        pushed[place] += push
        now = f(pushed)
        every.append((now - former).abs().amax(-1) > 1e-6)
        former = now
    return torch.stack(every, 1).int().tolist()


READS = Answer(
    "11.quem_le",
    solution=_reads,
    form=Form("sequence", (Form("sequence", (Form("int"),), label="uma linha de 1 e 0"),)),
    wrong={
        "transposta": lambda f, x, push: [
            list(row) for row in zip(*_reads(f, x, push), strict=True)
        ],
        "empurra_todas": _touched(lambda x, i, push: x + push),
        "vai_somando": _touched(lambda x, i, push: _put(x, slice(i + 1), x[: i + 1] + push)),
        "compara_com_a_anterior": _against_the_former,
        "soma_um": _touched(lambda x, i, push: _put(x, i, x[i] + 1)),
        "uma_coordenada": _touched(lambda x, i, push: _put(x, (i, 0), x[i, 0] + push[0])),
        "poe_no_lugar": _touched(lambda x, i, push: _put(x, i, push)),
        "zera": _touched(lambda x, i, push: _put(x, i, 0)),
        "uma_coordenada_da_saida": _seen(lambda a, b: (b - a)[:, 0].abs() > 1e-6),
        "todas_as_coordenadas": _seen(lambda a, b: ((b - a).abs() > 1e-6).all(-1)),
        "sem_modulo": _seen(lambda a, b: (b - a).amax(-1) > 1e-6),
        "soma_as_diferencas": _seen(lambda a, b: (b - a).sum(-1).abs() > 1e-6),
        "sem_limite": _seen(lambda a, b: (b != a).any(-1)),
        "limite_alto": _seen(lambda a, b: (b - a).abs().amax(-1) > 1e-2),
        "so_a_saida": _seen(lambda a, b: b.abs().amax(-1) > 1e-6),
        "ao_contrario": _seen(lambda a, b: (b - a).abs().amax(-1) <= 1e-6),
        "so_para_tras": _kept_to(lambda i, j: j <= i),
        "sem_a_propria": _kept_to(lambda i, j: i != j),
    },
    cases=_reads_cases,
)


# --- 11.norma_depois (anexo) ---------------------------------------------------------------------


def _post_block(block, x, mask):
    """Devolve o fluxo depois das duas partes, com a norma depois de cada soma."""
    x = block.ln1(x + block.attn(x, mask=mask))
    return block.ln2(x + block.mlp(x))


@cache
def _toy_decoder_block(seed: int) -> Block:
    """Um bloco minúsculo, de pesos grandes o bastante para cada parte fazer diferença."""
    generator = torch.Generator().manual_seed(seed)
    block = Block(DecoderConfig(3, 4, d_model=4, n_heads=2, n_layers=1, d_mlp=3))
    with torch.no_grad():
        for weight in block.parameters():
            weight.normal_(generator=generator)
    return block.requires_grad_(False)


def _before(block: nn.Module, x: Tensor, mask: Tensor) -> Tensor:
    x = x + block.attn(block.ln1(x), mask=mask)
    return x + block.mlp(block.ln2(x))


def _wired(first: Callable, second: Callable):
    """Uma resposta com outras ligações; cada parte recebe o bloco, o fluxo e a máscara."""

    def answer(block: nn.Module, x: Tensor, mask: Tensor) -> Tensor:
        return second(block, first(block, x, mask), mask)

    return answer


def _attended(b: nn.Module, x: Tensor, m: Tensor) -> Tensor:
    return b.ln1(x + b.attn(x, mask=m))


def _thought(b: nn.Module, x: Tensor, m: Tensor) -> Tensor:
    return b.ln2(x + b.mlp(x))


def _post_cases() -> tuple[Case, ...]:
    generator = torch.Generator().manual_seed(1107)
    cases = []
    for number in range(15):
        batch, n_pos = 1 + number % 2, 1 + number % 4
        x = torch.randint(-8, 9, (batch, n_pos, 4), generator=generator) / 4
        block = _toy_decoder_block(1110 + number % 3)
        shown = f"um bloco sorteado, x {tuple(x.shape)}, causal"
        cases.append(Case((block, x, causal_mask(n_pos)), shown))
    return tuple(cases)


POST = Answer(
    "11.norma_depois",
    solution=_post_block,
    form=_STREAM,
    wrong={
        "norma_antes": _before,
        "sem_norma": _wired(lambda b, x, m: x + b.attn(x, mask=m), lambda b, x, m: x + b.mlp(x)),
        "so_a_primeira_norma": _wired(_attended, lambda b, x, m: x + b.mlp(x)),
        "so_a_norma_do_fim": _wired(lambda b, x, m: x + b.attn(x, mask=m), _thought),
        "norma_no_que_se_escreve": _wired(
            lambda b, x, m: x + b.ln1(b.attn(x, mask=m)), lambda b, x, m: x + b.ln2(b.mlp(x))
        ),
        "antes_e_depois": _wired(
            lambda b, x, m: b.ln1(x + b.attn(b.ln1(x), mask=m)),
            lambda b, x, m: b.ln2(x + b.mlp(b.ln2(x))),
        ),
        "antes_no_mlp": _wired(_attended, lambda b, x, m: x + b.mlp(b.ln2(x))),
        "sem_as_somas": _wired(
            lambda b, x, m: b.ln1(b.attn(x, mask=m)), lambda b, x, m: b.ln2(b.mlp(x))
        ),
        "normas_trocadas": _wired(
            lambda b, x, m: b.ln2(x + b.attn(x, mask=m)), lambda b, x, m: b.ln1(x + b.mlp(x))
        ),
        "uma_norma_para_tudo": _wired(_attended, lambda b, x, m: b.ln1(x + b.mlp(x))),
        "em_paralelo": lambda b, x, m: b.ln2(_attended(b, x, m) + b.mlp(x)),
        "volta_a_entrada": lambda b, x, m: b.ln2(x + b.mlp(_attended(b, x, m))),
        "mlp_primeiro": _wired(_thought, _attended),
        "so_a_atencao": _attended,
        "so_o_mlp": _thought,
        "ve_o_futuro": lambda b, x, m: _post_block(b, x, None),
    },
    cases=_post_cases,
    tolerance=1e-4,
)
