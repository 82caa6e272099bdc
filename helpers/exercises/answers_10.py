"""Respostas da lição 10: a solução, os enganos e os casos de cada exercício."""

import itertools
import math
import random
import statistics
from collections.abc import Callable
from functools import cache

import torch
from torch import Tensor, nn

from helpers.config import DecoderConfig
from helpers.decoder import Decoder
from helpers.exercises.catalog import Answer, Case, Form
from helpers.hooks import run_with_cache, run_with_edits

# --- 10.regua ------------------------------------------------------------------------------------


def _share(patched, clean, corrupted, yes, no):
    """Devolve a parte da resposta que voltou: 0 é nada, 1 é tudo, nan é não dá para dizer."""

    def difference(logits):
        return float(logits[yes] - logits[no])

    high, low = difference(clean), difference(corrupted)
    if abs(high - low) < 1:
        return float("nan")
    return (difference(patched) - low) / (high - low)


_NAN = float("nan")


def _ruler(
    formula: Callable[[float, float, float], float],
    refuses: Callable[[float, float, float], bool] = lambda now, high, low: abs(high - low) < 1,
):
    """Uma resposta que faz outra conta com as três diferenças, ou recusa outros textos."""

    def answer(patched: Tensor, clean: Tensor, corrupted: Tensor, yes: int, no: int) -> float:
        now, high, low = (float(logits[yes] - logits[no]) for logits in (patched, clean, corrupted))
        return _NAN if refuses(now, high, low) else formula(now, high, low)

    return answer


def _walked(now: float, high: float, low: float) -> float:
    return (now - low) / ((high - low) or _NAN)


def _of(read: Callable[[Tensor, int, int], float]):
    """Uma resposta que lê outra coisa de cada texto, e faz a conta certa com ela."""

    def answer(patched: Tensor, clean: Tensor, corrupted: Tensor, yes: int, no: int) -> float:
        if abs(float(clean[yes] - clean[no] - corrupted[yes] + corrupted[no])) < 1:
            return _NAN
        now, high, low = (float(read(one, yes, no)) for one in (patched, clean, corrupted))
        return (now - low) / (high - low) if high != low else 0.0

    return answer


def _ruler_cases() -> tuple[Case, ...]:
    generator = torch.Generator().manual_seed(1001)
    fixed = [
        ([0.0, 0.0], [4.0, 0.0], [0.0, 4.0], 0, 1),
        ([1.0, 0.0, 5.0], [4.0, 0.0, 0.0], [0.0, 2.0, 0.0], 0, 1),
        ([3.0, 0.0], [0.5, 0.0], [0.0, 0.0], 0, 1),  # meio logit: não dá para dizer
        ([0.0, 2.0], [0.0, 0.25], [0.0, 1.0], 0, 1),
        ([0.0, 3.0], [1.0, 0.0], [0.0, 0.0], 0, 1),  # um logit justo: dá
        ([2.0, 0.0, 1.0], [0.0, 0.0, 9.0], [0.0, 0.0, 8.0], 1, 2),
        ([2.0, 0.0, 1.0], [0.0, 6.0, 6.25], [4.0, 2.0, 2.0], 1, 2),  # só os outros mudam
        ([2.0, 7.0, 1.0], [0.0, 6.0, 2.0], [4.0, 2.0, 6.0], 2, 1),
        ([9.0, 0.0], [6.0, 0.0], [2.0, 0.0], 0, 1),  # a resposta é a mesma nos dois
        ([60.0, 0.0], [50.0, 0.0], [0.0, 50.0], 0, 1),  # aqui a probabilidade já satura
        ([-5.0, 3.0], [1.0, 5.0], [2.0, 1.0], 0, 1),
    ]
    drawn = []
    for number in range(13):
        size = 3 + number % 4
        rows = [torch.randint(-24, 25, (size,), generator=generator) / 4 for _ in range(3)]
        yes, no = torch.randperm(size, generator=generator)[:2].tolist()
        drawn.append((*(row.tolist() for row in rows), yes, no))
    return tuple(
        Case((*map(torch.tensor, args[:3]), *args[3:]), ", ".join(map(str, args)))
        for args in fixed + drawn
    )


SHARE = Answer(
    "10.regua",
    solution=_share,
    form=Form("number"),
    wrong={
        "sem_recusar": _ruler(_walked, lambda now, high, low: False),
        "recusa_sem_modulo": _ruler(_walked, lambda now, high, low: high - low < 1),
        "recusa_um_justo": _ruler(_walked, lambda now, high, low: abs(high - low) <= 1),
        "recusa_pelo_limpo": _ruler(_walked, lambda now, high, low: abs(high) < 1),
        "recusa_pelo_andado": _ruler(_walked, lambda now, high, low: abs(now - low) < 1),
        "so_o_mexido_sobre_o_limpo": _ruler(lambda now, high, low: now / high if high else 0.0),
        "divide_pelo_limpo": _ruler(lambda now, high, low: (now - low) / high if high else 0.0),
        "ao_contrario": _ruler(lambda now, high, low: (high - now) / (high - low)),
        "sem_dividir": _ruler(lambda now, high, low: now - low),
        "so_a_do_mexido": _ruler(lambda now, high, low: now),
        "divide_pelo_maior": _ruler(
            lambda now, high, low: (now - low) / (max(abs(high), abs(low)) or _NAN)
        ),
        "diferencas_sem_sinal": _ruler(
            lambda now, high, low: (abs(now) - abs(low)) / ((abs(high) - abs(low)) or _NAN)
        ),
        "desde_o_limpo": _ruler(lambda now, high, low: (now - high) / (high - low)),
        "divide_pela_soma": _ruler(
            lambda now, high, low: (now - low) / (abs(high) + abs(low)) if high or low else 0.0
        ),
        "so_o_logit": _of(lambda logits, yes, no: logits[yes]),
        "probabilidade": _of(lambda logits, yes, no: logits.softmax(-1)[yes]),
        "diferenca_de_probabilidades": _of(
            lambda logits, yes, no: logits.softmax(-1)[yes] - logits.softmax(-1)[no]
        ),
        "so_o_outro_logit": _of(lambda logits, yes, no: -logits[no]),
        "so_entre_os_dois": _of(lambda logits, yes, no: (logits[yes] - logits[no]).sigmoid()),
        "acertou_ou_nao": _ruler(lambda now, high, low: float((now > 0) == (high > 0))),
        "entre_zero_e_um": _ruler(
            lambda now, high, low: min(1.0, max(0.0, (now - low) / (high - low)))
        ),
        "corta_em_um": _ruler(lambda now, high, low: min(1.0, _walked(now, high, low))),
        "em_porcentagem": _ruler(lambda now, high, low: 100 * (now - low) / (high - low)),
        "sem_sinal": _ruler(lambda now, high, low: abs(now - low) / abs(high - low)),
        "zero_quando_nao_da": lambda *args: 0.0 if (value := _share(*args)) != value else value,
    },
    cases=_ruler_cases,
    tolerance=1e-5,
)


# --- modelos de brinquedo ------------------------------------------------------------------------

_LOGIT_ROW = Form("sequence", (Form("number"),), label="uma linha de logits")
_TEXT_LOGITS = Form("sequence", (_LOGIT_ROW,), label="uma linha de logits por posição")
_LOGITS = Form("sequence", (_TEXT_LOGITS,), label="os logits, [batch, pos, d_vocab]")
_VOCAB, _POSITIONS = 5, 4


@cache  # a conferência dá a cada resposta uma cópia
def _toy(seed: int, n_layers: int = 2) -> Decoder:
    """Um decoder minúsculo, de pesos grandes o bastante para cada lugar fazer diferença."""
    generator = torch.Generator().manual_seed(seed)
    config = DecoderConfig(
        d_vocab=_VOCAB, n_ctx=6, d_model=6, n_heads=2, n_layers=n_layers, d_mlp=3
    )
    model = Decoder(config, generator=generator)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if "ln" in name:  # cada norma com os seus pesos: trocar uma pela outra se nota
                weight += torch.rand(weight.shape, generator=generator) - 0.5
            else:
                weight.normal_(generator=generator)
    return model.requires_grad_(False)


def _texts(generator: torch.Generator, batch: int) -> Tensor:
    return torch.randint(_VOCAB, (batch, _POSITIONS), generator=generator)


def _written_in(model: nn.Module, tokens: Tensor, name: str) -> Tensor:
    return run_with_cache(model, tokens, name)[1][name]


def _shown(*args: object) -> str:
    """Os argumentos, com os tensores em forma de listas e sem o modelo."""

    def told(value: object) -> object:
        return value.tolist() if isinstance(value, Tensor) else value

    return ", ".join(["um decoder sorteado", *(repr(told(value)) for value in args)])


# --- 10.remendo ----------------------------------------------------------------------------------


def _patch(model, clean, corrupted, name, pos):
    """Devolve os logits do texto corrompido com um lugar do limpo dentro."""
    from helpers.hooks import run_with_cache, run_with_edits

    _, cache = run_with_cache(model, clean, name)

    def edit(value):
        value = value.clone()
        value[:, pos] = cache[name][:, pos]
        return value

    return run_with_edits(model, corrupted, {name: edit})


def _patched(change: Callable[[Tensor, Tensor, int], None]):
    """Uma resposta que mexe de outro jeito no valor do corrompido, tendo à mão o do limpo."""

    def answer(model: nn.Module, clean: Tensor, corrupted: Tensor, name: str, pos: int) -> Tensor:
        source = _written_in(model, clean, name)

        def edit(value: Tensor) -> Tensor:
            value = value.clone()
            change(value, source, pos)
            return value

        return run_with_edits(model, corrupted, {name: edit})

    return answer


def _write(where: Callable[[int], object], what: Callable[[Tensor, int], Tensor]):
    def change(value: Tensor, source: Tensor, pos: int) -> None:
        value[where(pos)] = what(source, pos)

    return change


def _add_difference(value: Tensor, source: Tensor, pos: int) -> None:
    value[:, pos] += source[:, pos]


def _halfway(value: Tensor, source: Tensor, pos: int) -> None:
    value[:, pos] = (value[:, pos] + source[:, pos]) / 2


def _beside(by: int, last: bool = False) -> Callable[[Tensor, Tensor, int], None]:
    """Cola em outra posição, ou copia da última."""

    def change(value: Tensor, source: Tensor, pos: int) -> None:
        if last:
            value[:, pos] = source[:, -1]
        else:
            value[:, (pos + by) % value.shape[1]] = source[:, pos]

    return change


def _in_every_block(
    model: nn.Module, clean: Tensor, corrupted: Tensor, name: str, pos: int
) -> Tensor:
    point, edits = name.split(".", 2)[2], {}
    for layer in range(len(model.blocks)):
        one = f"blocks.{layer}.{point}"
        source = _written_in(model, clean, one)[:, pos]

        def edit(value: Tensor, source: Tensor = source) -> Tensor:
            value = value.clone()
            value[:, pos] = source
            return value

        edits[one] = edit
    return run_with_edits(model, corrupted, edits)


def _first_head(value: Tensor, source: Tensor, pos: int) -> None:
    at = (slice(None), pos, 0) if value.ndim == 4 else (slice(None), pos)
    value[at] = source[at]


def _only_the_end(
    model: nn.Module, clean: Tensor, corrupted: Tensor, name: str, pos: int
) -> Tensor:
    return _patch(model, clean, corrupted, name, pos)[:, -1:]


def _swap_the_token(
    model: nn.Module, clean: Tensor, corrupted: Tensor, name: str, pos: int
) -> Tensor:
    tokens = corrupted.clone()
    tokens[:, pos] = clean[:, pos]
    return model(tokens)


_EVERYWHERE = slice(None)


def _patch_cases() -> tuple[Case, ...]:
    generator = torch.Generator().manual_seed(1002)
    names = (
        "blocks.1.hook_resid_pre",
        "blocks.0.hook_resid_mid",
        "blocks.0.attn.hook_z",
        "blocks.1.attn.hook_k",
        "blocks.0.hook_mlp_out",
        "blocks.0.hook_resid_pre",
    )
    cases = []
    for number in range(15):
        model = _toy(1010 + number % 3)
        batch = 1 + (number > 0) * (number % 2)
        clean, corrupted = _texts(generator, batch), _texts(generator, batch)
        pos = (2, 0, 1, 3)[number % 4]
        args = (clean, corrupted, names[number % len(names)], pos)
        cases.append(Case((model, *args), _shown(*args)))
    return tuple(cases)


PATCH = Answer(
    "10.remendo",
    solution=_patch,
    form=_LOGITS,
    wrong={
        "ao_contrario": lambda m, clean, corrupted, name, pos: _patch(
            m, corrupted, clean, name, pos
        ),
        "sem_remendo": lambda m, clean, corrupted, name, pos: m(corrupted),
        "o_limpo": lambda m, clean, corrupted, name, pos: m(clean),
        "todas_as_posicoes": _patched(_write(lambda p: _EVERYWHERE, lambda s, p: s)),
        "ate_a_posicao": _patched(
            _write(lambda p: (_EVERYWHERE, slice(p + 1)), lambda s, p: s[:, : p + 1])
        ),
        "daqui_em_diante": _patched(
            _write(lambda p: (_EVERYWHERE, slice(p, None)), lambda s, p: s[:, p:])
        ),
        "menos_a_posicao": _patched(
            lambda value, source, pos: value.copy_(
                torch.cat([source[:, :pos], value[:, pos : pos + 1], source[:, pos + 1 :]], 1)
            )
        ),
        "so_no_primeiro_texto": _patched(_write(lambda p: (0, p), lambda s, p: s[0, p])),
        "o_primeiro_em_todos": _patched(_write(lambda p: (_EVERYWHERE, p), lambda s, p: s[:1, p])),
        "a_media_em_todos": _patched(
            _write(lambda p: (_EVERYWHERE, p), lambda s, p: s[:, p].mean(0))
        ),
        "media_das_posicoes": _patched(_write(lambda p: (_EVERYWHERE, p), lambda s, p: s.mean(1))),
        "posicao_seguinte": _patched(
            _write(lambda p: (_EVERYWHERE, p), lambda s, p: s[:, min(p + 1, s.shape[1] - 1)])
        ),
        "cola_na_seguinte": _patched(_beside(1)),
        "cola_na_anterior": _patched(_beside(-1)),
        "copia_da_ultima": _patched(_beside(0, last=True)),
        "em_todos_os_blocos": _in_every_block,
        "uma_cabeca_so": _patched(_first_head),
        "conta_de_um": _patched(_write(lambda p: (_EVERYWHERE, p - 1), lambda s, p: s[:, p - 1])),
        "eixo_do_fim": _patched(
            lambda value, source, pos: value[..., pos % value.shape[-1]].copy_(
                source[..., pos % value.shape[-1]]
            )
        ),
        "ultima_posicao": _patched(_write(lambda p: (_EVERYWHERE, -1), lambda s, p: s[:, -1])),
        "soma": _patched(_add_difference),
        "media": _patched(_halfway),
        "zera": _patched(_write(lambda p: (_EVERYWHERE, p), lambda s, p: torch.zeros(1))),
        "troca_o_token": _swap_the_token,
        "so_a_ultima_linha": _only_the_end,
        "log_probabilidades": lambda *args: _patch(*args).log_softmax(-1),
        "probabilidades": lambda *args: _patch(*args).softmax(-1),
        "a_diferenca": lambda m, clean, corrupted, name, pos: (
            _patch(m, clean, corrupted, name, pos) - m(corrupted)
        ),
    },
    cases=_patch_cases,
    tolerance=1e-4,
)


# --- 10.porta ------------------------------------------------------------------------------------


def _door(model, tokens, layer, door, pos, written):
    """Devolve os logits com `written` somado só ao que uma porta do bloco lê, numa posição."""
    from helpers.hooks import editing, run_with_cache, run_with_edits

    stream, point = f"blocks.{layer}.hook_resid_pre", f"blocks.{layer}.attn.hook_{door}"

    def add(resid):
        resid = resid.clone()
        resid[:, pos] += written
        return resid

    with editing(model, {stream: add}):
        _, cache = run_with_cache(model, tokens, point)
    return run_with_edits(model, tokens, {point: lambda value: cache[point]})


def _weighed(read: Callable, biased: bool = True):
    """Uma resposta que faz a conta com as matrizes, e lê o fluxo de outro jeito."""

    def answer(
        model: nn.Module, tokens: Tensor, layer: int, door: str, pos: int, written: Tensor
    ) -> Tensor:
        block = model.blocks[layer]
        here = slice(pos, pos + 1)  # a norma lê [batch, pos, d_model]
        resid = _written_in(model, tokens, f"blocks.{layer}.hook_resid_pre")[:, here]
        seen = (
            read(block.ln1, resid, written[:, None])
            if read
            else block.ln2(resid + written[:, None])
        )
        weight, bias = (getattr(block.attn, f"{part}_{door.upper()}") for part in "Wb")
        new = torch.einsum("bpm,hmd->bphd", seen, weight) + (bias if biased else 0)

        def edit(value: Tensor) -> Tensor:
            value = value.clone()
            value[:, here] = new
            return value

        return run_with_edits(model, tokens, {f"blocks.{layer}.attn.hook_{door}": edit})

    return answer


def _adding(point: str, scale: float = 1.0):
    """Uma resposta que soma o que se escreveu em outro ponto do modelo."""

    def answer(
        model: nn.Module, tokens: Tensor, layer: int, door: str, pos: int, written: Tensor
    ) -> Tensor:
        def edit(value: Tensor) -> Tensor:
            value = value.clone()
            value[:, pos] += scale * written
            return value

        return run_with_edits(model, tokens, {point.format(layer): edit})

    return answer


def _through(*doors: str):
    """Uma resposta que abre outras portas, e não a pedida."""

    def answer(
        model: nn.Module, tokens: Tensor, layer: int, door: str, pos: int, written: Tensor
    ) -> Tensor:
        edits = {}
        for one in doors:
            point = f"blocks.{layer}.attn.hook_{one}"
            with_it = _seen(model, tokens, layer, point, pos, written)
            edits[point] = lambda value, with_it=with_it: with_it
        return run_with_edits(model, tokens, edits)

    return answer


def _seen(
    model: nn.Module, tokens: Tensor, layer: int, point: str, pos: object, written: Tensor
) -> Tensor:
    found = {}

    def add(resid: Tensor) -> Tensor:
        resid = resid.clone()
        resid[:, pos] += written
        return resid

    def keep(value: Tensor) -> Tensor:
        found["value"] = value
        return value

    run_with_edits(model, tokens, {f"blocks.{layer}.hook_resid_pre": add, point: keep})
    return found["value"]


def _the_other_doors(
    model: nn.Module, tokens: Tensor, layer: int, door: str, pos: int, written: Tensor
) -> Tensor:
    return _through(*(one for one in "kqv" if one != door))(
        model, tokens, layer, door, pos, written
    )


def _everywhere(
    model: nn.Module, tokens: Tensor, layer: int, door: str, pos: int, written: Tensor
) -> Tensor:
    point = f"blocks.{layer}.attn.hook_{door}"
    new = _seen(model, tokens, layer, point, _EVERYWHERE, written[:, None])
    return run_with_edits(model, tokens, {point: lambda value: new})


def _one_head(
    model: nn.Module, tokens: Tensor, layer: int, door: str, pos: int, written: Tensor
) -> Tensor:
    point = f"blocks.{layer}.attn.hook_{door}"
    new = _seen(model, tokens, layer, point, pos, written)

    def edit(value: Tensor) -> Tensor:
        value = value.clone()
        value[:, :, 0] = new[:, :, 0]
        return value

    return run_with_edits(model, tokens, {point: edit})


def _shifted_layer(by: int):
    def answer(
        model: nn.Module, tokens: Tensor, layer: int, door: str, pos: int, written: Tensor
    ) -> Tensor:
        other = (layer + by) % len(model.blocks)
        return _door(model, tokens, other, door, pos, written)

    return answer


def _sum_of_both(
    model: nn.Module, tokens: Tensor, layer: int, door: str, pos: int, written: Tensor
) -> Tensor:
    point = f"blocks.{layer}.attn.hook_{door}"
    new = _seen(model, tokens, layer, point, pos, written)
    return run_with_edits(model, tokens, {point: lambda value: value + new})


def _frozen_norm(ln1: nn.Module, resid: Tensor, written: Tensor) -> Tensor:
    """A norma com a escala de antes da soma."""
    scale = (resid.var(-1, unbiased=False, keepdim=True) + ln1.eps).sqrt()
    seen = resid + written
    return (seen - seen.mean(-1, keepdim=True)) / scale * ln1.w + ln1.b


def _two_doors(
    model: nn.Module, tokens: Tensor, layer: int, door: str, pos: int, written: Tensor
) -> Tensor:
    return _through(*{"k": "kv", "q": "qk", "v": "kv"}[door])(
        model, tokens, layer, door, pos, written
    )


def _also_the_mlp(
    model: nn.Module, tokens: Tensor, layer: int, door: str, pos: int, written: Tensor
) -> Tensor:
    point = f"blocks.{layer}.attn.hook_{door}"
    new = _seen(model, tokens, layer, point, pos, written)

    def add(resid: Tensor) -> Tensor:
        resid = resid.clone()
        resid[:, pos] += written
        return resid

    edits = {point: lambda value: new, f"blocks.{layer}.hook_resid_mid": add}
    return run_with_edits(model, tokens, edits)


def _with_written(change: Callable[[Tensor], Tensor]):
    """Uma resposta que põe outra coisa no lugar do que se escreveu."""

    def answer(
        model: nn.Module, tokens: Tensor, layer: int, door: str, pos: int, written: Tensor
    ) -> Tensor:
        return _door(model, tokens, layer, door, pos, change(written))

    return answer


def _door_cases() -> tuple[Case, ...]:
    generator = torch.Generator().manual_seed(1003)
    cases = []
    for number in range(15):
        model = _toy(1020 + number % 3)
        batch = 1 + (number > 0) * (number % 2)
        tokens = _texts(generator, batch)
        written = torch.randint(-12, 13, (batch, model.config.d_model), generator=generator) / 4
        layer, door, pos = (1, 1, 0)[number % 3], "kvq"[number // 3 % 3], (1, 0, 2, 3)[number % 4]
        if door == "q" and layer == 1 and number % 2:
            pos = 3
        args = (tokens, layer, door, pos)
        cases.append(Case((model, *args, written), _shown(*args) + ", um vetor por texto"))
    return tuple(cases)


DOOR = Answer(
    "10.porta",
    solution=_door,
    form=_LOGITS,
    wrong={
        "pelas_tres_portas": _adding("blocks.{}.hook_resid_pre"),
        "so_a_atencao_ve": _through("k", "q", "v"),
        "as_outras_portas": _the_other_doors,
        "sempre_a_k": _through("k"),
        "sempre_a_q": _through("q"),
        "sempre_a_v": _through("v"),
        "sem_somar": lambda m, tokens, layer, door, pos, written: m(tokens),
        "sem_norma": _weighed(lambda ln1, resid, written: resid + written),
        "depois_da_norma": _weighed(lambda ln1, resid, written: ln1(resid) + written),
        "cada_um_na_sua_norma": _weighed(lambda ln1, resid, written: ln1(resid) + ln1(written)),
        "so_o_escrito": _weighed(lambda ln1, resid, written: ln1(written)),
        "norma_congelada": _weighed(_frozen_norm),
        "a_outra_norma": _weighed(None),
        "sem_o_vies": _weighed(lambda ln1, resid, written: ln1(resid + written), biased=False),
        "tira_em_vez_de_somar": lambda m, tokens, layer, door, pos, written: _door(
            m, tokens, layer, door, pos, -written
        ),
        "duas_portas": _two_doors,
        "o_mlp_tambem_ve": _also_the_mlp,
        "antes_do_mlp": _adding("blocks.{}.hook_resid_mid"),
        "depois_do_bloco": _adding("blocks.{}.hook_resid_post"),
        "so_no_primeiro_texto": _with_written(
            lambda written: torch.cat([written[:1], torch.zeros_like(written[1:])])
        ),
        "a_media_dos_textos": _with_written(lambda written: written.mean(0)),
        "comprimento_um": _with_written(lambda written: nn.functional.normalize(written, dim=-1)),
        "em_todas_as_posicoes": _everywhere,
        "no_fim": lambda m, tokens, layer, door, pos, written: _door(
            m, tokens, layer, door, -1, written
        ),
        "uma_cabeca_so": _one_head,
        "outro_bloco": _shifted_layer(1),
        "soma_o_de_antes": _sum_of_both,
        "posicao_seguinte": lambda m, tokens, layer, door, pos, written: _door(
            m, tokens, layer, door, (pos + 1) % tokens.shape[1], written
        ),
        "probabilidades": lambda *args: _door(*args).softmax(-1),
        "a_diferenca": lambda m, tokens, *rest: _door(m, tokens, *rest) - m(tokens),
    },
    cases=_door_cases,
    tolerance=1e-4,
)


# --- 10.inducao ----------------------------------------------------------------------------------

Row = list[list[float]]


def _induction(pattern, ids):
    """Devolve o peso médio dado ao que veio logo depois das cópias anteriores."""
    found = []
    for query, token in enumerate(ids):
        after = [key + 1 for key in range(query - 1) if ids[key] == token]
        if after:
            found.append(sum(float(pattern[query][key]) for key in after))
    return sum(found) / len(found)


def _score(
    targets: Callable[[list[int], int], list[int]],
    among: Callable[[list[int], int], bool] | None = None,
    join: Callable[[list[float]], float] = sum,
):
    """Uma resposta que olha outros alvos, ou conta outras linhas."""

    def answer(pattern: Row, ids: list[int]) -> float:
        found = []
        for query in range(len(ids)):
            keys = [key for key in targets(ids, query) if 0 <= key < len(ids)]
            if keys if among is None else among(ids, query):
                found.append(join([float(pattern[query][key]) for key in keys]) if keys else 0.0)
        return sum(found) / len(found) if found else 0.0

    return answer


def _copies(ids: list[int], query: int) -> list[int]:
    return [key for key in range(query) if ids[key] == ids[query]]


def _after(ids: list[int], query: int) -> list[int]:
    return [key + 1 for key in _copies(ids, query) if key + 1 < query]


def _sums(pattern: Row, ids: list[int]) -> list[float]:
    """A soma de cada linha que tem alvo."""
    found = ((query, _after(ids, query)) for query in range(len(ids)))
    return [sum(float(pattern[query][key]) for key in keys) for query, keys in found if keys]


def _per_target(pattern: Row, ids: list[int]) -> float:
    return sum(_sums(pattern, ids)) / sum(len(_after(ids, query)) for query in range(len(ids)))


def _induction_cases() -> tuple[Case, ...]:
    generator = random.Random(1004)
    first = [[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.25, 0.5, 0.25]]
    cases = [Case((first, [7, 8, 7]))]
    fixed = [
        [5, 5, 5],  # a cópia é a vizinha: só a terceira linha tem alvo antes dela
        [1, 2, 3, 1],
        [1, 2, 1, 2],
        [1, 2, 1, 3, 1, 4],
        [4, 4, 2, 4, 4],
        [1, 2, 3, 4, 1, 2, 3, 4],
        [9, 1, 2, 3, 8, 1, 2, 3],
        [3, 1, 3, 3, 1],
    ]
    while len(fixed) < 20:
        ids = [generator.randrange(1, 6) for _ in range(generator.randrange(4, 9))]
        if any(_after(ids, query) for query in range(len(ids))):
            fixed.append(ids)
    for ids in fixed:
        pattern = []
        for query in range(len(ids)):
            row = [generator.randrange(1, 9) for _ in range(query + 1)]
            pattern.append([weight / sum(row) for weight in row] + [0.0] * (len(ids) - query - 1))
        cases.append(Case((pattern, ids)))
    return tuple(cases)


INDUCTION = Answer(
    "10.inducao",
    solution=_induction,
    form=Form("number"),
    wrong={
        "na_propria_copia": _score(_copies),
        "dois_depois": _score(lambda ids, query: [key + 1 for key in _after(ids, query)]),
        "antes_da_copia": _score(lambda ids, query: [key - 1 for key in _copies(ids, query)]),
        "posicao_anterior": _score(lambda ids, query: [query - 1]),
        "anterior_onde_repete": _score(
            lambda ids, query: [query - 1], lambda ids, query: bool(_after(ids, query))
        ),
        "conta_todas_as_linhas": _score(_after, lambda ids, query: True),
        "conta_a_vizinha": _score(_after, lambda ids, query: bool(_copies(ids, query))),
        "a_propria_posicao": _score(lambda ids, query: [key + 1 for key in _copies(ids, query)]),
        "so_a_ultima_copia": _score(lambda ids, query: _after(ids, query)[-1:]),
        "so_a_primeira_copia": _score(lambda ids, query: _after(ids, query)[:1]),
        "media_das_copias": _score(_after, join=lambda weights: sum(weights) / len(weights)),
        "o_maior_peso": _score(_after, join=max),
        "o_menor_peso": _score(_after, join=min),
        "produto": _score(_after, join=math.prod),
        "media_de_todos_os_pesos": _per_target,
        "mediana": lambda pattern, ids: statistics.median(_sums(pattern, ids)),
        "a_maior_soma": lambda pattern, ids: max(_sums(pattern, ids)),
        "sem_alvo_vale_um": lambda pattern, ids: (
            (sum(_sums(pattern, ids)) + len(ids) - len(_sums(pattern, ids))) / len(ids)
        ),
        "so_a_ultima_linha": lambda pattern, ids: sum(
            float(pattern[-1][key]) for key in _after(ids, len(ids) - 1)
        ),
        "divide_pelos_diferentes": lambda pattern, ids: sum(_sums(pattern, ids)) / len(set(ids)),
        "copias_da_frente": _score(
            lambda ids, query: [
                k + 1 for k in range(len(ids)) if k != query and ids[k] == ids[query]
            ]
        ),
        "pula_a_primeira": _score(
            lambda ids, query: [key for key in _after(ids, query) if key > 1]
        ),
        "pula_a_mais_perto": _score(
            lambda ids, query: [key for key in _after(ids, query) if key < query - 1]
        ),
        "a_copia_e_o_alvo": _score(
            lambda ids, query: sorted({*_after(ids, query), *(k - 1 for k in _after(ids, query))})
        ),
        "onde_esta_o_proximo": _score(
            lambda ids, query: [
                key for key in range(query) if ids[key : key + 1] == ids[query + 1 :][:1]
            ]
        ),
        "tudo_depois_da_copia": _score(
            lambda ids, query: list(range(min(_after(ids, query), default=query), query))
        ),
        "soma": lambda pattern, ids: (
            _induction(pattern, ids) * sum(bool(_after(ids, q)) for q in range(len(ids)))
        ),
        "linha_por_coluna": lambda pattern, ids: _induction(
            [list(column) for column in zip(*pattern, strict=True)], ids
        ),
        "para_onde_aponta": lambda pattern, ids: _score(_after)(
            [[float(w == max(row)) for w in row] for row in pattern], ids
        ),
    },
    cases=_induction_cases,
    tolerance=1e-5,
)


# --- 10.sonda ------------------------------------------------------------------------------------


def _probe(fit, vectors, labels, names, bits, seen):
    """Devolve o que a sonda acerta na prova e o que acerta a sonda de controle."""
    rest = [row for row in range(len(labels)) if row not in seen]

    def right(answers):
        guess = fit(vectors[seen], answers[seen])
        return (guess(vectors[rest]) == answers[rest]).double().mean().item()

    return [right(labels), right(bits[names])]


def nearest(vectors: Tensor, labels: Tensor) -> Callable[[Tensor], Tensor]:
    """Ajusta a sonda dos casos: o rótulo cuja média está mais perto.

    Parâmetros:
        vectors: um vetor por linha.
        labels: um rótulo por linha.
    """
    kinds = labels.unique()
    means = torch.stack([vectors[labels == kind].mean(0) for kind in kinds])
    return lambda new: kinds[(new[:, None] - means).abs().sum(-1).argmin(-1)]


def _probed(measure: Callable):
    """Uma resposta que ajusta ou mede em outras linhas."""

    def answer(
        fit: Callable,
        vectors: Tensor,
        labels: Tensor,
        names: Tensor,
        bits: Tensor,
        seen: list[int],
    ) -> list[float]:
        rest = [row for row in range(len(labels)) if row not in seen]
        return [
            measure(fit, vectors, answers, seen, rest, labels) for answers in (labels, bits[names])
        ]

    return answer


def _accuracy(guess: Callable, vectors: Tensor, answers: Tensor, rows: list[int]) -> float:
    return (guess(vectors[rows]) == answers[rows]).double().mean().item()


def _on_the_seen(fit, vectors, answers, seen, rest, labels) -> float:
    return _accuracy(fit(vectors[seen], answers[seen]), vectors, answers, seen)


def _on_everything(fit, vectors, answers, seen, rest, labels) -> float:
    every = list(range(len(answers)))
    return _accuracy(fit(vectors[seen], answers[seen]), vectors, answers, every)


def _fit_on_everything(fit, vectors, answers, seen, rest, labels) -> float:
    return _accuracy(fit(vectors, answers), vectors, answers, rest)


def _other_way_round(fit, vectors, answers, seen, rest, labels) -> float:
    return _accuracy(fit(vectors[rest], answers[rest]), vectors, answers, seen)


def _not_refitted(fit, vectors, answers, seen, rest, labels) -> float:
    return _accuracy(fit(vectors[seen], labels[seen]), vectors, answers, rest)


def _judged_by_the_truth(fit, vectors, answers, seen, rest, labels) -> float:
    return _accuracy(fit(vectors[seen], answers[seen]), vectors, labels, rest)


def _count(fit, vectors, answers, seen, rest, labels) -> float:
    return len(rest) * _accuracy(fit(vectors[seen], answers[seen]), vectors, answers, rest)


def _errors(fit, vectors, answers, seen, rest, labels) -> float:
    return 1 - _accuracy(fit(vectors[seen], answers[seen]), vectors, answers, rest)


def _balanced(fit, vectors, answers, seen, rest, labels) -> float:
    guess, kinds = fit(vectors[seen], answers[seen]), answers[rest].unique()
    rows = torch.tensor(rest)
    parts = [_accuracy(guess, vectors, answers, rows[answers[rows] == kind]) for kind in kinds]
    return sum(parts) / len(parts)


def _better_than_half(fit, vectors, answers, seen, rest, labels) -> float:
    right = _accuracy(fit(vectors[seen], answers[seen]), vectors, answers, rest)
    return max(right, 1 - right)


def _rows_after(fit, vectors, answers, seen, rest, labels) -> float:
    rows = list(range(len(seen), len(answers)))
    return _accuracy(fit(vectors[seen], answers[seen]), vectors, answers, rows)


def _fit_on_all_judge_seen(fit, vectors, answers, seen, rest, labels) -> float:
    return _accuracy(fit(vectors, answers), vectors, answers, seen)


def _over_all(fit, vectors, answers, seen, rest, labels) -> float:
    return _count(fit, vectors, answers, seen, rest, labels) / len(answers)


def _only_control(measure: Callable):
    """Uma resposta que acerta a sonda e mede o controle de outro jeito."""

    def answer(fit, vectors, labels, names, bits, seen) -> list[float]:
        rest = [row for row in range(len(labels)) if row not in seen]
        right = _accuracy(fit(vectors[seen], labels[seen]), vectors, labels, rest)
        return [right, measure(fit, vectors, bits[names], seen, rest, labels)]

    return answer


def _most_common(fit, vectors, answers, seen, rest, labels) -> float:
    ones = labels[rest].double().mean().item()
    return max(ones, 1 - ones)


def _first_rows(fit, vectors, labels, names, bits, seen) -> list[float]:
    return _probe(fit, vectors, labels, names, bits, list(range(len(seen))))


def _bits_by_row(fit, vectors, labels, names, bits, seen) -> list[float]:
    rows = torch.arange(len(labels)) % len(bits)
    return _probe(fit, vectors, labels, rows, bits, seen)


def _names_as_labels(fit, vectors, labels, names, bits, seen) -> list[float]:
    return [
        _probe(fit, vectors, labels, names, bits, seen)[0],
        _probe(fit, vectors, names, names, bits, seen)[0],
    ]


def _probe_cases() -> tuple[Case, ...]:
    generator = torch.Generator().manual_seed(1005)
    cases = []
    for number in range(15):
        n_names = 2 + number % 3
        n_rows = (6, 9, 8, 12, 10)[number % 5]
        names = torch.arange(n_rows) % n_names
        if number:
            names = names[torch.randperm(n_rows, generator=generator)]
        bits = torch.randint(2, (n_names,), generator=generator)
        if bits.sum() in (0, n_names):
            bits[0] = 1 - bits[0]
        labels = torch.randint(2, (n_rows,), generator=generator)
        if labels.sum() in (0, n_rows):
            labels[0] = 1 - labels[0]
        noise = torch.rand(n_rows, 2, generator=generator) - 0.5  # nenhum empate entre distâncias
        vectors = noise + torch.stack([labels * 0.75, names * 0.5], 1)
        seen = torch.randperm(n_rows, generator=generator)[: n_rows // 2 + number % 2].tolist()
        if number % 4 == 3:  # por nome: os da prova nunca foram vistos
            seen = [row for row in range(n_rows) if names[row] != 0]
        told = f"nearest, vetores [{n_rows} 2], labels={labels.tolist()}, seen={seen}, …"
        cases.append(Case((nearest, vectors, labels, names, bits, seen), told))
    return tuple(cases)


_PAIR = Form("sequence", (Form("number"),), length=2, label="um par (sonda, controle)")

PROBE = Answer(
    "10.sonda",
    solution=_probe,
    form=_PAIR,
    wrong={
        "mede_no_que_viu": _probed(_on_the_seen),
        "mede_em_tudo": _probed(_on_everything),
        "ajusta_em_tudo": _probed(_fit_on_everything),
        "ao_contrario": _probed(_other_way_round),
        "nao_reajusta": _probed(_not_refitted),
        "controle_contra_a_verdade": _probed(_judged_by_the_truth),
        "conta": _probed(_count),
        "erros": _probed(_errors),
        "acerto_por_rotulo": _probed(_balanced),
        "nunca_abaixo_da_metade": _probed(_better_than_half),
        "mede_nas_ultimas": _probed(_rows_after),
        "ajusta_em_tudo_e_mede_em_seen": _probed(_fit_on_all_judge_seen),
        "divide_por_todas": _probed(_over_all),
        "controle_no_que_viu": _only_control(_on_the_seen),
        "controle_ajusta_em_tudo": _only_control(_fit_on_everything),
        "controle_e_a_metade": _only_control(lambda *args: 0.5),
        "controle_e_o_mais_comum": _only_control(_most_common),
        "erros_do_controle": _only_control(_errors),
        "primeiras_linhas": _first_rows,
        "um_bit_por_linha": _bits_by_row,
        "nomes_como_rotulos": _names_as_labels,
        "trocados": lambda *args: _probe(*args)[::-1],
        "controle_e_verdade": lambda *args: [_probe(*args)[0]] * 2,
        "ja_subtrai": lambda *args: [
            _probe(*args)[0],
            _probe(*args)[0] - _probe(*args)[1],
        ],
        "em_porcentagem": lambda *args: [100 * value for value in _probe(*args)],
    },
    cases=_probe_cases,
    tolerance=1e-5,
)


# --- 10.direcao ----------------------------------------------------------------------------------


def _steer(model, tokens, toward, away, name, pos, alpha):
    """Devolve os logits com a direção que vai de `away` a `toward` somada numa posição."""
    from helpers.hooks import run_with_cache, run_with_edits

    _, high = run_with_cache(model, toward, name)
    _, low = run_with_cache(model, away, name)
    direction = high[name][:, pos].mean(0) - low[name][:, pos].mean(0)

    def edit(value):
        value = value.clone()
        value[:, pos] += alpha * direction
        return value

    return run_with_edits(model, tokens, {name: edit})


def _steered(
    direction: Callable[[Tensor, Tensor, int], Tensor] | None = None,
    change: Callable[[Tensor, Tensor, int, float], None] | None = None,
):
    """Uma resposta que faz outra direção, ou a soma em outro lugar."""

    def answer(
        model: nn.Module,
        tokens: Tensor,
        toward: Tensor,
        away: Tensor,
        name: str,
        pos: int,
        alpha: float,
    ) -> Tensor:
        high, low = (_written_in(model, texts, name) for texts in (toward, away))
        arrow = (direction or _arrow)(high, low, pos)

        def edit(value: Tensor) -> Tensor:
            value = value.clone()
            (change or _add_at)(value, arrow, pos, alpha)
            return value

        return run_with_edits(model, tokens, {name: edit})

    return answer


def _arrow(high: Tensor, low: Tensor, pos: int) -> Tensor:
    return high[:, pos].mean(0) - low[:, pos].mean(0)


def _add_at(value: Tensor, arrow: Tensor, pos: int, alpha: float) -> None:
    value[:, pos] += alpha * arrow


def _add_everywhere(value: Tensor, arrow: Tensor, pos: int, alpha: float) -> None:
    value += alpha * arrow


def _add_at_the_end(value: Tensor, arrow: Tensor, pos: int, alpha: float) -> None:
    value[:, -1] += alpha * arrow


def _add_after(value: Tensor, arrow: Tensor, pos: int, alpha: float) -> None:
    value[:, (pos + 1) % value.shape[1]] += alpha * arrow


def _set(value: Tensor, arrow: Tensor, pos: int, alpha: float) -> None:
    value[:, pos] = alpha * arrow


def _blend(value: Tensor, arrow: Tensor, pos: int, alpha: float) -> None:
    value[:, pos] = (1 - alpha) * value[:, pos] + alpha * arrow


def _only_first_text(value: Tensor, arrow: Tensor, pos: int, alpha: float) -> None:
    value[0, pos] += alpha * arrow


def _scaled(value: Tensor, arrow: Tensor, pos: int, alpha: float) -> None:
    value[:, pos] = alpha * (value[:, pos] + arrow)


def _in_proportion(value: Tensor, arrow: Tensor, pos: int, alpha: float) -> None:
    here = value[:, pos]
    size = here.norm(dim=-1, keepdim=True)
    value[:, pos] = here + alpha * nn.functional.normalize(arrow, dim=0) * size


def _from_here_on(value: Tensor, arrow: Tensor, pos: int, alpha: float) -> None:
    value[:, pos:] += alpha * arrow


def _up_to_here(value: Tensor, arrow: Tensor, pos: int, alpha: float) -> None:
    value[:, : pos + 1] += alpha * arrow


def _before(value: Tensor, arrow: Tensor, pos: int, alpha: float) -> None:
    value[:, pos - 1] += alpha * arrow


def _alpha_in_size(value: Tensor, arrow: Tensor, pos: int, alpha: float) -> None:
    value[:, pos] += abs(alpha) * arrow


def _one_more(value: Tensor, arrow: Tensor, pos: int, alpha: float) -> None:
    value[:, pos] += (1 + alpha) * arrow


def _toward_the_mean(
    model: nn.Module,
    tokens: Tensor,
    toward: Tensor,
    away: Tensor,
    name: str,
    pos: int,
    alpha: float,
) -> Tensor:
    target = _written_in(model, toward, name)[:, pos].mean(0)

    def edit(value: Tensor) -> Tensor:
        value = value.clone()
        value[:, pos] += alpha * (target - value[:, pos])
        return value

    return run_with_edits(model, tokens, {name: edit})


def _at_the_entry(
    model: nn.Module,
    tokens: Tensor,
    toward: Tensor,
    away: Tensor,
    name: str,
    pos: int,
    alpha: float,
) -> Tensor:
    return _steer(model, tokens, toward, away, "blocks.0.hook_resid_pre", pos, alpha)


def _no_alpha(value: Tensor, arrow: Tensor, pos: int, alpha: float) -> None:
    value[:, pos] += arrow


def _steer_cases() -> tuple[Case, ...]:
    generator = torch.Generator().manual_seed(1006)
    names = ("blocks.0.hook_resid_mid", "blocks.1.hook_resid_pre", "blocks.0.hook_resid_post")
    cases = []
    for number in range(15):
        model = _toy(1030 + number % 3)
        batch = 1 + (number > 0) * (number % 2)
        tokens = _texts(generator, batch)
        toward, away = _texts(generator, 1 + number % 3), _texts(generator, 1 + number // 3 % 3)
        place = names[number % 3], (2, 0, 1)[number % 3]
        args = (tokens, toward, away, *place, (1.0, -0.5, 0.25, 2.0)[number % 4])
        cases.append(Case((model, *args), _shown(*args)))
    return tuple(cases)


STEER = Answer(
    "10.direcao",
    solution=_steer,
    form=_LOGITS,
    wrong={
        "sinal_trocado": _steered(lambda high, low, pos: -_arrow(high, low, pos)),
        "so_o_destino": _steered(lambda high, low, pos: high[:, pos].mean(0)),
        "so_a_origem": _steered(lambda high, low, pos: low[:, pos].mean(0)),
        "so_o_primeiro_par": _steered(lambda high, low, pos: high[0, pos] - low[0, pos]),
        "so_o_ultimo_par": _steered(lambda high, low, pos: high[-1, pos] - low[-1, pos]),
        "menos_o_primeiro": _steered(lambda high, low, pos: high[:, pos].mean(0) - low[0, pos]),
        "menos_a_media_de_todos": _steered(
            lambda high, low, pos: high[:, pos].mean(0) - torch.cat([high, low])[:, pos].mean(0)
        ),
        "divide_por_um_lado_so": _steered(
            lambda high, low, pos: (high[:, pos].sum(0) - low[:, pos].sum(0)) / len(high)
        ),
        "soma_das_diferencas": _steered(
            lambda high, low, pos: high[:, pos].sum(0) - low[:, pos].sum(0)
        ),
        "media_das_posicoes": _steered(lambda high, low, pos: high.mean((0, 1)) - low.mean((0, 1))),
        "na_ultima_posicao": _steered(lambda high, low, pos: _arrow(high, low, -1)),
        "comprimento_um": _steered(
            lambda high, low, pos: torch.nn.functional.normalize(_arrow(high, low, pos), dim=0)
        ),
        "em_todas_as_posicoes": _steered(change=_add_everywhere),
        "soma_no_fim": _steered(change=_add_at_the_end),
        "daqui_em_diante": _steered(change=_from_here_on),
        "ate_aqui": _steered(change=_up_to_here),
        "posicao_seguinte": _steered(change=_add_after),
        "posicao_anterior": _steered(change=_before),
        "escala_a_soma": _steered(change=_scaled),
        "em_proporcao": _steered(change=_in_proportion),
        "alpha_sem_sinal": _steered(change=_alpha_in_size),
        "um_a_mais": _steered(change=_one_more),
        "em_direcao_a_toward": _toward_the_mean,
        "na_entrada": _at_the_entry,
        "no_lugar": _steered(change=_set),
        "mistura": _steered(change=_blend),
        "so_no_primeiro_texto": _steered(change=_only_first_text),
        "sem_alpha": _steered(change=_no_alpha),
        "sem_somar": lambda model, tokens, *rest: model(tokens),
        "probabilidades": lambda *args: _steer(*args).softmax(-1),
        "a_diferenca": lambda model, tokens, *rest: _steer(model, tokens, *rest) - model(tokens),
    },
    cases=_steer_cases,
    tolerance=1e-4,
)


# --- 10.poda -------------------------------------------------------------------------------------


def _pruning(loss, heads, n):
    """Devolve as n cabeças que saem, na ordem: sempre a que menos piora o que já saiu."""
    out = []
    for _ in range(n):
        left = [head for head in heads if head not in out]
        out.append(min(left, key=lambda head: loss([*out, head])))
    return out


Loss = Callable[[list[str]], float]


def _chosen(key: Callable[[Loss, list[str], str], float], repeat: bool = False):
    """Uma resposta que escolhe quem sai por outra conta."""

    def answer(loss: Loss, heads: list[str], n: int) -> list[str]:
        out: list[str] = []
        for _ in range(n):
            left = [head for head in heads if repeat or head not in out]
            out.append(min(left, key=lambda head: key(loss, out, head)))
        return out

    return answer


def _best_set(loss: Loss, heads: list[str], n: int) -> list[str]:
    return list(min(itertools.combinations(heads, n), key=lambda chosen: loss(list(chosen))))


def _put_back(loss: Loss, heads: list[str], n: int) -> list[str]:
    """Começa sem nenhuma e põe de volta a que mais ajuda, até faltarem n."""
    out = list(heads)
    while len(out) > n:
        out.remove(min(out, key=lambda head: loss([one for one in out if one != head])))
    return out


def _losses_on_the_way(loss: Loss, heads: list[str], n: int) -> list[float]:
    order = _pruning(loss, heads, n)
    return [loss(order[: i + 1]) for i in range(n)]


class _PairCosts:
    """Uma perda que depende de quem saiu, sozinho e aos pares."""

    def __init__(self, heads: list[str], generator: random.Random) -> None:
        self.alone = {head: generator.randrange(1, 40) / 8 for head in heads}
        # Quem cobre a falta de quem: juntas, custam mais, ou menos, que a soma das duas.
        self.pairs = {
            frozenset(pair): generator.randrange(-12, 60) / 8
            for pair in itertools.combinations(heads, 2)
        }

    def __call__(self, removed: list[str]) -> float:
        gone = set(removed)
        both = (cost for pair, cost in self.pairs.items() if pair <= gone)
        return 1 + sum(self.alone[head] for head in gone) + sum(both)


def _pruning_cases() -> tuple[Case, ...]:
    generator = random.Random(1007)
    cases: list[Case] = []
    while len(cases) < 16:
        heads = [f"{number // 4}.{number % 4}" for number in range(3 + len(cases) % 4)]
        generator.shuffle(heads)
        loss, n = _PairCosts(heads, generator), 2 + len(cases) % 3
        n = min(n, len(heads))
        costs = [loss(list(some)) for k in (1, 2, 3) for some in itertools.combinations(heads, k)]
        if len(set(costs)) == len(costs):  # sem empates
            cases.append(Case((loss, heads, n), f"uma perda, {heads}, {n}"))
    return tuple(cases)


PRUNING = Answer(
    "10.poda",
    solution=_pruning,
    form=Form("sequence", (Form("text"),), label="uma lista de cabeças"),
    wrong={
        "uma_a_uma": _chosen(lambda loss, out, head: loss([head])),
        "a_que_mais_faz_falta": _chosen(lambda loss, out, head: -loss([*out, head])),
        "repete": _chosen(lambda loss, out, head: loss([*out, head]), repeat=True),
        "so_com_a_ultima": _chosen(lambda loss, out, head: loss([*out[-1:], head])),
        "so_com_a_primeira": _chosen(lambda loss, out, head: loss([*out[:1], head])),
        "o_melhor_conjunto": _best_set,
        "poe_de_volta": _put_back,
        "as_que_ficam": lambda loss, heads, n: [
            head for head in heads if head not in _pruning(loss, heads, n)
        ],
        "em_ordem": lambda loss, heads, n: sorted(_pruning(loss, heads, n)),
        "de_tras_para_frente": lambda loss, heads, n: _pruning(loss, heads, n)[::-1],
        "uma_a_menos": lambda loss, heads, n: _pruning(loss, heads, n - 1),
        "as_perdas": _losses_on_the_way,
    },
    cases=_pruning_cases,
)


# --- 10.movimento --------------------------------------------------------------------------------


def _movement(write, stream):
    """Devolve quanto a escrita sai da sua média, como parte do fluxo, na média das posições."""
    moved = (write - write.mean(0)).norm(dim=-1)
    return (moved / stream.norm(dim=-1)).mean().item()


def _moved(measure: Callable[[Tensor, Tensor], Tensor]):
    """Uma resposta que faz outra conta com a escrita e o fluxo."""
    return lambda write, stream: float(measure(write, stream))


def _size(vectors: Tensor) -> Tensor:
    return vectors.norm(dim=-1)


def _off(write: Tensor) -> Tensor:
    return write - write.mean(0)


def _movement_cases() -> tuple[Case, ...]:
    generator = torch.Generator().manual_seed(1008)
    fixed = [([[3.0, 0.0], [1.0, 0.0]], [[2.0, 0.0], [0.0, 4.0]])]
    cases = [Case(tuple(map(torch.tensor, args)), f"{args[0]}, {args[1]}") for args in fixed]
    for number in range(15):
        shape = (2 + number % 4, 2 + number % 3)
        write = torch.randn(shape, generator=generator) + 1.5
        stream = torch.randn(shape, generator=generator) * (1 + torch.arange(shape[0]))[:, None]
        cases.append(Case((write, stream), f"uma escrita e um fluxo, {list(shape)}"))
    return tuple(cases)


MOVEMENT = Answer(
    "10.movimento",
    solution=_movement,
    form=Form("number"),
    wrong={
        "norma_crua": _moved(lambda write, stream: _size(write).mean()),
        "sem_tirar_a_media": _moved(lambda write, stream: (_size(write) / _size(stream)).mean()),
        "sem_dividir": _moved(lambda write, stream: _size(_off(write)).mean()),
        "media_do_proprio_vetor": _moved(
            lambda write, stream: (
                _size(write - write.mean(-1, keepdim=True)) / _size(stream)
            ).mean()
        ),
        "media_de_tudo": _moved(
            lambda write, stream: (_size(write - write.mean()) / _size(stream)).mean()
        ),
        "razao_das_medias": _moved(
            lambda write, stream: _size(_off(write)).mean() / _size(stream).mean()
        ),
        "divide_pela_escrita": _moved(
            lambda write, stream: (_size(_off(write)) / _size(write)).mean()
        ),
        "fluxo_sem_a_media": _moved(
            lambda write, stream: (_size(_off(write)) / _size(_off(stream))).mean()
        ),
        "fluxo_com_a_escrita": _moved(
            lambda write, stream: (_size(_off(write)) / _size(stream + write)).mean()
        ),
        "soma": _moved(lambda write, stream: (_size(_off(write)) / _size(stream)).sum()),
        "ao_quadrado": _moved(
            lambda write, stream: ((_size(_off(write)) / _size(stream)) ** 2).mean()
        ),
        "ao_contrario": _moved(lambda write, stream: (_size(stream) / _size(_off(write))).mean()),
        "norma_da_media": _moved(
            lambda write, stream: (_size(write.mean(0)) / _size(stream)).mean()
        ),
        "o_maior": _moved(lambda write, stream: (_size(_off(write)) / _size(stream)).max()),
    },
    cases=_movement_cases,
    tolerance=1e-4,
)
