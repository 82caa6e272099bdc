"""Modelos suspeitos: o do curso e quatro cópias dele, uma boa e três que leem o futuro.

Cada um é uma função que lê uma lista de ids e devolve a saída de cada posição, como lista de
números: o que um teste de vazamento pede.
"""

import copy
from collections.abc import Callable

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from helpers.attention import causal_mask
from helpers.decoder import Decoder
from helpers.hooks import Edit, run_with_edits
from helpers.studies.thread import Thread

Run = Callable[[list[int]], list[list[float]]]
WINDOW = 4  # quantas posições C deixa ler, contando a própria
PAIR = (2, 5)  # em D, quem lê e quem é lido, e não devia ser
HEAD = (1, 2)  # em E, a camada e a cabeça cuja máscara entra depois do softmax


def suspects(thread: Thread) -> dict[str, Run]:
    """Devolve cinco modelos com os pesos do curso, sem dizer quais têm a máscara estragada.

    Parâmetros:
        thread: de onde sai o modelo.
    """
    model = thread.model
    return {
        "A": _run(model),
        "B": _run(_with_mask(model, _one_ahead)),
        "C": _run(_with_mask(model, _window)),
        "D": _run(_with_mask(model, _one_pair)),
        "E": _run(model, _zero_after_softmax(*HEAD)),
    }


def _run(model: Decoder, edits: dict[str, Edit] | None = None) -> Run:
    def run(ids):
        with torch.no_grad():
            return run_with_edits(model, torch.tensor([ids]), edits or {})[0].tolist()

    return run


def _with_mask(model: Decoder, rule: Callable[[int, int], Tensor]) -> Decoder:
    other = copy.deepcopy(model)
    other.mask = rule
    return other


def _one_ahead(n_query: int, n_key: int) -> Bool[Tensor, "query key"]:
    return torch.ones(n_query, n_key, dtype=torch.bool).tril(1)


def _window(n_query: int, n_key: int) -> Bool[Tensor, "query key"]:
    return causal_mask(n_query, n_key).triu(1 - WINDOW)


def _one_pair(n_query: int, n_key: int) -> Bool[Tensor, "query key"]:
    mask = causal_mask(n_query, n_key)
    mask[PAIR] = True
    return mask


def _zero_after_softmax(layer: int, head: int) -> dict[str, Edit]:
    """Numa cabeça, zera os pesos do futuro depois do softmax; o denominador ainda o vê."""
    seen = {}

    def keep(name):
        def edit(value):
            seen[name] = value[0, :, head]
            return value

        return edit

    def weigh(pattern: Float[Tensor, "batch head query key"]):
        scores = seen["q"] @ seen["k"].T / seen["q"].shape[-1] ** 0.5
        changed = pattern.clone()
        changed[0, head] = scores.softmax(-1).tril()
        return changed

    block = f"blocks.{layer}.attn"
    edits = {f"{block}.hook_{name}": keep(name) for name in "qk"}
    return {**edits, f"{block}.hook_pattern": weigh}
