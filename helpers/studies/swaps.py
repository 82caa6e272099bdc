"""Trocas: o mesmo treino curto com uma peça do GPT-2 trocada por outra, em três sementes.

As histórias e a receita são as dos custos da lição 09 (`ablations.SMALL`), em float64: a mesma
semente dá os mesmos números em qualquer computador, a menos da última casa guardada. Do contexto
esticado guarda-se a perda por faixa de posições. Tudo está em `data/trocas.json`, que `save` refaz
(depois, chame `write_manifest`); `recorded` e `stretched` leem.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from functools import cache, partial
from typing import Any

import torch
from torch import Tensor, nn

from helpers.attention import Attention
from helpers.block import Block, RMSNorm, SwiGLU
from helpers.config import DecoderConfig
from helpers.data import DATA_DIR, read_text
from helpers.decoder import Decoder
from helpers.embedding import NoPositions, rotate
from helpers.files import replace_file
from helpers.training import Material, TrainSettings, Windows, evaluate, stories, train

FILE = "trocas.json"
SEEDS = (0, 1, 2)


def narrow_gate(d_model: int, d_mlp: int, **options: Any) -> SwiGLU:
    """Faz um SwiGLU com quase os mesmos parâmetros do MLP: três matrizes de dois terços.

    Parâmetros:
        d_model: largura do fluxo, em números por posição.
        d_mlp: largura do MLP que ele substitui.
        options: como em `SwiGLU`.
    """
    return SwiGLU(d_model, round(2 * d_mlp / 3), **options)


def hold(model: nn.Module, names: Collection[str]) -> nn.Module:
    """Prende em zero os vieses de certos nomes: é o mesmo que não os ter. Devolve o mesmo modelo.

    Parâmetros:
        names: as últimas partes dos nomes, como `b_Q`; um viés nasce em zero.
    """
    for name, weight in model.named_parameters():
        if name.rpartition(".")[2] in names:
            weight.requires_grad_(False)
    return model


def _over_rope(groups: int | None = None, **parts: Callable) -> dict[str, Any]:
    """O que muda no decoder quando, além do RoPE, se troca mais uma peça do bloco."""
    attn = partial(Attention, rotate=rotate, n_groups=groups)
    return {"positions": NoPositions, "block": partial(Block, attn=attn, **parts)}


#: Nome da troca → o que muda no decoder. As duas primeiras partem do GPT-2; as outras, do RoPE.
SWAPS: dict[str, dict[str, Any]] = {
    "GPT-2": {},
    "sem posições": {"positions": NoPositions},
    "RoPE": _over_rope(),
    "RMSNorm": _over_rope(ln=RMSNorm) | {"ln_final": RMSNorm},
    "SwiGLU": _over_rope(mlp=narrow_gate),
    "2 grupos": _over_rope(groups=2),
    "1 grupo": _over_rope(groups=1),
    "sem vieses": _over_rope(),
    "sem b_Q e b_K": _over_rope(),
    "saída solta": _over_rope() | {"tied": False},
    "tudo junto": _over_rope(2, ln=RMSNorm, mlp=narrow_gate) | {"ln_final": RMSNorm, "tied": False},
}
BIASES = ("b", "b_Q", "b_K", "b_V", "b_O", "b_in", "b_out")
#: Nome da troca → os vieses que ela prende em zero.
HELD = {"sem vieses": BIASES, "sem b_Q e b_K": ("b_Q", "b_K"), "tudo junto": BIASES}


def swapped(name: str, material: Material, seed: int) -> Decoder:
    """Faz o decoder de uma troca, com os pesos que a semente dá.

    Parâmetros:
        name: uma chave de `SWAPS`.
        seed: semente dos pesos.
    """
    from helpers.studies.ablations import SMALL, decoder  # quem só lê os números não os carrega

    return hold(decoder(SMALL, material, seed, **SWAPS[name]), HELD.get(name, ()))


def n_trained(model: nn.Module) -> int:
    """Conta os parâmetros que o treino muda."""
    return sum(weight.numel() for weight in model.parameters() if weight.requires_grad)


def loss(name: str, material: Material, seed: int) -> float:
    """Treina o decoder de uma troca e devolve a perda em histórias separadas.

    Parâmetros:
        name: uma chave de `SWAPS`.
        seed: semente dos pesos.
    """
    model = swapped(name, material, seed)
    for _ in train(model, material.batches, material.settings):
        pass
    return evaluate(model, material.validation)


#: As paradas de um treino duas vezes mais longo, em que se mede a perda.
STOPS = (100, 200, 400, 800)


def losses_on_the_way(name: str, material: Material, seed: int) -> dict[str, float]:
    """Treina até o último de `STOPS` e devolve a perda em cada parada, pelo número do passo.

    Parâmetros:
        name: uma chave de `SWAPS`.
        seed: semente dos pesos.
    """
    model, found = swapped(name, material, seed), {}
    settings = replace(material.settings, steps=STOPS[-1])
    for record in train(model, material.batches, settings):
        if record.step in STOPS:
            found[str(record.step)] = round(evaluate(model, material.validation), 4)
    return found


# ------------------------------------------------------------------ o contexto esticado

#: Treina-se em janelas de `SEEN` posições e mede-se em janelas de `READ`, faixa por faixa.
SEEN, READ, STRETCH = 64, 256, 32
WIDE = DecoderConfig(d_vocab=512, n_ctx=READ, d_model=64, n_heads=4, n_layers=2)
STRETCH_SETTINGS = TrainSettings(steps=400, batch_size=16, lr=2e-2, warmup=40)
BASE = 10_000.0
#: Por quanto se multiplicam a base e cada posição, depois do treino e sem treinar mais.
BASES, SCALES = (1, 2, 4, 8, 16), (1.0, 0.5, 0.25)


def streams(material: Material) -> tuple[Tensor, Tensor]:
    """Devolve as histórias emendadas: as de treino, num só texto, e as separadas, em janelas.

    Parâmetros:
        material: histórias, como as de `stories(SMALL, 0)`.
    """
    kept = [documents.tokens for documents in (material.batches, material.validation)]
    seen, apart = (tokens.long() for tokens in kept)
    n = (len(apart) - 1) // READ
    return seen, torch.stack([apart[i * READ : (i + 1) * READ + 1] for i in range(n)])


def short_sighted(seed: int, material: Material, **parts: Callable) -> Decoder:
    """Treina um decoder em janelas de `SEEN` posições.

    Parâmetros:
        seed: semente dos pesos e das janelas.
        parts: peças trocadas, como em `Decoder`.
    """
    from helpers.studies.ablations import small_decoder

    model = small_decoder(seed, WIDE, **parts)
    windows = Windows(streams(material)[0], SEEN, STRETCH_SETTINGS.batch_size, seed)
    for _ in train(model, windows, STRETCH_SETTINGS):
        pass
    return model


@torch.inference_mode()
def loss_by_place(model: nn.Module, windows: Tensor) -> list[float]:
    """Mede a perda em cada faixa de `STRETCH` posições, em nats por token.

    Parâmetros:
        windows: textos de `READ` + 1 ids, um por linha.
    """
    logits = model(windows[:, :-1])
    each = nn.functional.cross_entropy(logits.transpose(1, 2), windows[:, 1:], reduction="none")
    return [round(loss, 2) for loss in each.view(len(windows), -1, STRETCH).mean((0, 2)).tolist()]


def turn(model: Decoder, base: float = BASE, scale: float = 1.0) -> None:
    """Muda, sem treino, como um decoder com RoPE gira; os pesos ficam.

    Parâmetros:
        base: a base dos ângulos.
        scale: por quanto se multiplica cada posição.
    """
    for block in model.blocks:
        block.attn.rotate = partial(rotate, base=base, scale=scale)


def measure_stretch(material: Material) -> dict[str, list[list[float]]]:
    """Refaz as perdas por faixa, uma linha por semente; leva minutos.

    Parâmetros:
        material: histórias, como as de `stories(SMALL, 0)`.
    """
    _, windows = streams(material)
    found: dict[str, list[list[float]]] = {}
    for seed in SEEDS:
        learned = short_sighted(seed, material)
        found.setdefault("aprendida", []).append(loss_by_place(learned, windows))
        model = short_sighted(seed, material, **SWAPS["RoPE"])
        for scale in SCALES:
            for base in BASES:
                turn(model, base * BASE, scale)
                row = loss_by_place(model, windows)
                found.setdefault(f"{base}, {scale}", []).append(row)
    return found


# ------------------------------------------------------------------ guardar e ler


def save() -> None:
    """Grava em `data/trocas.json` as perdas das trocas e as do contexto esticado."""
    from helpers.studies.ablations import SMALL

    material = stories(SMALL, seed=0)
    found = {
        "trocas": {
            name: [round(loss(name, material, seed), 4) for seed in SEEDS] for name in SWAPS
        },
        "mais treino": {
            name: [losses_on_the_way(name, material, seed) for seed in SEEDS]
            for name in ("GPT-2", "RoPE")
        },
        "esticar": measure_stretch(material),
    }
    replace_file(DATA_DIR / FILE, json.dumps(found, ensure_ascii=False, indent=1) + "\n")


@cache
def _read() -> Mapping[str, Any]:
    return json.loads(read_text(FILE))


def recorded() -> dict[str, list[float]]:
    """Devolve as perdas guardadas de cada troca, uma por semente."""
    return {name: list(losses) for name, losses in _read()["trocas"].items()}


def longer() -> dict[str, list[dict[str, float]]]:
    """Devolve as perdas guardadas do treino mais longo: por semente, a de cada parada."""
    return dict(_read()["mais treino"])


def stretched(base: int = 1, scale: float = 1.0) -> list[list[float]]:
    """Devolve a perda por faixa com RoPE, uma linha por semente.

    Parâmetros:
        base: um de `BASES`.
        scale: um de `SCALES`.
    """
    return _read()["esticar"][f"{base}, {scale}"]


def learned_table() -> list[list[float]]:
    """Devolve a perda por faixa com a tabela de posições aprendida, uma linha por semente."""
    return _read()["esticar"]["aprendida"]
