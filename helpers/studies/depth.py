"""O que acontece com o sinal e com o gradiente numa pilha de blocos, com pesos sorteados."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from operator import add

import torch
from torch import Tensor

from helpers.attention import causal_mask
from helpers.block import Block, LayerNorm, post_norm, pre_norm
from helpers.config import DecoderConfig
from helpers.without import NoNorm, no_residual

N_POS = 12
CONFIG = DecoderConfig(d_vocab=8, n_ctx=16, d_model=32, n_heads=4, n_layers=1)
#: O GPT-2 nasce com desvio 0,02 em matrizes de 768 entradas; em 32 entradas, o mesmo ganho é este.
SPREAD = 0.02 * (768 / 32) ** 0.5
#: As matrizes com que um bloco escreve no fluxo.
WRITES = ("attn.W_O", "mlp.W_out")


@dataclass(frozen=True)
class Signal:
    """O que se mediu do fluxo, da entrada da pilha até a saída de cada bloco.

    Parâmetros:
        size: raiz da média dos quadrados do fluxo (RMS).
        gradient: norma do gradiente de uma perda em relação ao fluxo, com a da saída valendo 1.
        variety: que parte do fluxo difere de uma posição para outra; 0, todas iguais.
        is_identity: se, com escritas zeradas, um bloco devolve o que recebe.
    """

    size: tuple[float, ...]
    gradient: tuple[float, ...]
    variety: tuple[float, ...]
    is_identity: bool


def stack(
    norm: str, residual: bool, mlp: bool, depth: int, scaled: bool = False
) -> tuple[list[Tensor], list[Tensor]]:
    """Passa um fluxo sorteado por uma pilha de blocos; devolve cada fluxo e cada escrita.

    Parâmetros:
        norm: "pre", "post" ou "none".
        residual: se há as conexões residuais.
        mlp: se há o MLP.
        depth: quantos blocos.
        scaled: se as escritas nascem divididas por √(2 · blocos), como no GPT-2.
    """
    generator = torch.Generator().manual_seed(0)
    shape = (1, N_POS, CONFIG.d_model)
    start = torch.randn(shape, generator=generator, dtype=torch.float64).requires_grad_()
    mask, streams, writes = causal_mask(N_POS), [start], []
    wire, join = post_norm if norm == "post" else pre_norm, add if residual else no_residual

    for _ in range(depth):
        block = _block(norm, generator, (2 * depth) ** -0.5 if scaled else 1.0)
        attention = partial(_noted, writes, partial(block.attn, mask=mask))
        stream = wire(streams[-1], block.ln1, attention, join)
        if mlp:
            stream = wire(stream, block.ln2, partial(_noted, writes, block.mlp), join)
        stream.retain_grad()
        streams.append(stream)
    return streams, writes


def _noted(writes: list[Tensor], part: Callable, read: Tensor) -> Tensor:
    """Roda uma parte do bloco e anota o que ela escreve."""
    writes.append(part(read))
    return writes[-1]


@cache
def signal(norm: str, residual: bool, mlp: bool, depth: int, scaled: bool = False) -> Signal:
    """Mede o fluxo e o gradiente ao longo da pilha.

    Parâmetros:
        norm: "pre", "post" ou "none".
        residual: se há as conexões residuais.
        mlp: se há o MLP.
        depth: quantos blocos.
        scaled: se as escritas nascem divididas por √(2 · blocos), como no GPT-2.
    """
    streams, _ = stack(norm, residual, mlp, depth, scaled)
    generator = torch.Generator().manual_seed(1)
    probe = torch.randn(streams[0].shape, generator=generator, dtype=torch.float64)
    final = LayerNorm(CONFIG.d_model).double()
    (final(streams[-1]) * probe).sum().backward()
    flows = [stream.detach() for stream in streams]
    pushes = [stream.grad.norm() for stream in streams]
    return Signal(
        tuple(flow.pow(2).mean().sqrt().item() for flow in flows),
        tuple((push / pushes[-1]).item() for push in pushes),
        tuple(((flow - flow.mean(1, keepdim=True)).norm() / flow.norm()).item() for flow in flows),
        residual and norm != "post",
    )


def _block(norm: str, generator: torch.Generator, scale: float) -> Block:
    ln = NoNorm if norm == "none" else LayerNorm
    block = Block(CONFIG, ln=ln, generator=generator).double()
    for name, weight in block.named_parameters():
        if ".W_" in name:
            weight.data.mul_(SPREAD / 0.02)
        if name in WRITES:
            weight.data.mul_(scale)
    return block
