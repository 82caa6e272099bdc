"""Quanto demora uma camada, em milissegundos, contra o comprimento do texto (lição 12).

Segundos mudam com a máquina, o dia e a carga: a lição não os mede, mostra os que estão guardados em
`data/custo_atencao.json`. Para refazê-los nesta máquina,
`python -c "from helpers.studies import attention_cost; attention_cost.save_cost()"`, e depois
`helpers.data.write_manifest`.
"""

import json
import time
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from helpers.attention import scaled_dot_product
from helpers.block import MLP
from helpers.data import DATA_DIR, read_text
from helpers.files import replace_file

COST_FILE = "custo_atencao.json"
LENGTHS = (64, 128, 256, 512, 1024, 2048, 4096)
D_MODEL, N_HEADS, BLOCK = 128, 4, 128
#: Cada medida é a menor de tantas: a que outros programas menos atrapalharam.
ROUNDS = 25


def in_blocks(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Faz a atenção sem máscara lendo `BLOCK` chaves de cada vez, com softmax online.

    Parâmetros:
        q: [head query d_head].
        k: [head key d_head].
        v: [head key d_head].
    """
    top = q.new_full((*q.shape[:-1], 1), -1e30)
    total, out = torch.zeros_like(top), torch.zeros_like(q)
    for start in range(0, k.shape[-2], BLOCK):
        part = slice(start, start + BLOCK)
        scores = q @ k[..., part, :].mT / q.shape[-1] ** 0.5
        new = torch.maximum(top, scores.amax(-1, keepdim=True))
        weights, keep = (scores - new).exp(), (top - new).exp()
        total = total * keep + weights.sum(-1, keepdim=True)
        out, top = out * keep + weights @ v[..., part, :], new
    return out / total


def measure_cost(
    lengths: Sequence[int] = LENGTHS, rounds: int = ROUNDS
) -> dict[str, list[int] | list[float]]:
    """Mede, em milissegundos, a atenção de três modos e o MLP da mesma largura.

    Parâmetros:
        lengths: os comprimentos, em posições.
        rounds: de quantas voltas se guarda a menor.

    Retorna:
        Os comprimentos, em "N", e uma lista por modo.
    """
    generator = torch.Generator().manual_seed(0)
    mlp = MLP(D_MODEL, generator=generator)
    found: dict[str, list[int] | list[float]] = {"N": list(lengths)}
    for n in lengths:
        q, k, v = torch.randn(3, N_HEADS, n, D_MODEL // N_HEADS, generator=generator)
        x = torch.randn(1, n, D_MODEL, generator=generator)
        ways: dict[str, Callable[[], object]] = {
            "tabela inteira": partial(scaled_dot_product, q, k, v),
            "em blocos": partial(in_blocks, q, k, v),
            # Com três eixos o PyTorch monta a tabela inteira; com o do lote, não.
            "pronta do PyTorch": partial(F.scaled_dot_product_attention, q[None], k[None], v[None]),
            "MLP": partial(mlp, x),
        }
        with torch.no_grad():
            for name, way in ways.items():
                best = min(_seconds(way) for _ in range(rounds))
                found.setdefault(name, []).append(round(1000 * best, 3))
    return found


def _seconds(way: Callable[[], object]) -> float:
    start = time.perf_counter()
    way()
    return time.perf_counter() - start


def save_cost() -> None:
    """Grava em `data/custo_atencao.json` o que `measure_cost` mede, com uma linha de execução."""
    torch.set_num_threads(1)
    replace_file(DATA_DIR / COST_FILE, json.dumps(measure_cost(), ensure_ascii=False) + "\n")


def recorded() -> dict[str, np.ndarray]:
    """Devolve a medida guardada: os comprimentos, em "N", e milissegundos por modo."""
    return {name: np.array(values) for name, values in json.loads(read_text(COST_FILE)).items()}
