"""Ensaios: o mesmo treino curto, com uma peça trocada de cada vez, em três sementes.

O texto são as crônicas do curso, lidas byte a byte. As contas são em float64: a mesma semente dá
os mesmos números em qualquer computador. O que demora mais está guardado em `data/ensaios.json`,
que `save` refaz; `recorded` lê.
"""

import json
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn

from helpers.block import Block
from helpers.config import DecoderConfig
from helpers.data import DATA_DIR, read_text
from helpers.decoder import Decoder
from helpers.embedding import NoPositions
from helpers.hooks import run_with_cache
from helpers.training import (
    TrainSettings,
    Windows,
    cross_entropy,
    evaluate,
    learning_rate,
    make_optimizers,
    train,
)
from helpers.without import NoNorm, WritesNothing, no_residual

NAME = "ensaios.json"
SEEDS = (0, 1, 2)
STEPS = 300
PENALTIES = (0.0, 0.1, 0.3)
SMALL = DecoderConfig(d_vocab=256, n_ctx=32, d_model=32, n_heads=4, n_layers=2)
#: Largura que dá quase o mesmo número de parâmetros, por número de camadas.
WIDTHS = {1: 60, 2: 44, 4: 32}
GRID_HEADS = (1, 2, 4)
#: O que se treina em cada ajuste fino: os nomes dos parâmetros que ficam soltos.
FINE_TUNED = {"só W_O": ("attn.W_O",), "a atenção": (".attn.",), "tudo": ("",)}


class SkipsOnlyMLP(Block):
    """Bloco em que a conexão residual da atenção foi tirada; a do MLP ficou."""

    def forward(self, resid_pre, mask=None, cache=None):
        """Devolve o fluxo depois das duas partes.

        Parâmetros:
            resid_pre: o fluxo residual que chega.
            mask: True onde olhar é permitido; sem valor, tudo é.
            cache: não é usado.
        """
        resid_mid = self.attn(self.ln1(resid_pre), mask=mask)
        return resid_mid + self.mlp(self.ln2(resid_mid))


class SkipsOnlyAttention(Block):
    """Bloco em que a conexão residual do MLP foi tirada; a da atenção ficou."""

    def forward(self, resid_pre, mask=None, cache=None):
        """Devolve o fluxo depois das duas partes.

        Parâmetros:
            resid_pre: o fluxo residual que chega.
            mask: True onde olhar é permitido; sem valor, tudo é.
            cache: não é usado.
        """
        resid_mid = resid_pre + self.attn(self.ln1(resid_pre), mask=mask)
        return self.mlp(self.ln2(resid_mid))


#: Nome do ensaio → o que muda no decoder.
REMOVALS: dict[str, dict[str, Callable]] = {
    "inteiro": {},
    "sem atenção": {"block": partial(Block, attn=WritesNothing)},
    "sem MLP": {"block": partial(Block, mlp=WritesNothing)},
    "sem posição": {"positions": NoPositions},
    "sem norma nos blocos": {"block": partial(Block, ln=NoNorm)},
    "sem norma final": {"ln_final": NoNorm},
    "sem residual na atenção": {"block": SkipsOnlyMLP},
    "sem residual no MLP": {"block": SkipsOnlyAttention},
    "sem residual nenhum": {"block": partial(Block, residual=no_residual)},
}


def corpus(language: str = "pt") -> tuple[Tensor, Tensor]:
    """Devolve os bytes das crônicas em dois pedaços: treino e validação.

    Parâmetros:
        language: "pt" ou "en".
    """
    ids = torch.tensor(list(read_text(f"cronicas_{language}.txt").encode("utf-8")))
    cut = int(0.9 * len(ids))
    return ids[:cut], ids[cut : cut + 2000]


def small_decoder(seed: int, config: DecoderConfig = SMALL, **parts: Callable) -> Decoder:
    """Faz um decoder pequeno, em float64, com os pesos que a semente dá.

    Parâmetros:
        seed: semente dos pesos.
        config: os tamanhos.
        parts: peças trocadas, como em `Decoder`.
    """
    return Decoder(config, generator=torch.Generator().manual_seed(seed), **parts).double()


def fit(model: Decoder, language: str = "pt", steps: int = STEPS, seed: int = 0) -> float:
    """Treina um pouco, no lugar, e devolve a perda na validação, em nats por byte.

    Parâmetros:
        model: o decoder.
        language: em que crônicas treinar e medir.
        steps: quantos passos.
        seed: semente do sorteio das janelas.
    """
    seen, unseen = corpus(language)
    settings = TrainSettings(steps=steps, batch_size=16, lr=3e-2, warmup=10, seed=seed)
    for _ in train(model, seen, settings):
        pass
    return evaluate(model, unseen)


def removal(name: str, seed: int, steps: int = STEPS) -> float:
    """Treina um decoder com uma peça a menos e devolve a perda na validação.

    Parâmetros:
        name: uma chave de `REMOVALS`.
        seed: semente dos pesos e das janelas.
        steps: quantos passos.
    """
    return fit(small_decoder(seed, **REMOVALS[name]), steps=steps, seed=seed)


def grid_config(n_heads: int, n_layers: int) -> DecoderConfig:
    """Devolve os tamanhos de uma casa da grade: muda a forma, quase não muda o total.

    Parâmetros:
        n_heads: cabeças por camada.
        n_layers: camadas, uma chave de `WIDTHS`.
    """
    return DecoderConfig(256, 32, WIDTHS[n_layers], n_heads, n_layers)


def grid_cell(n_heads: int, n_layers: int, seed: int, steps: int = STEPS) -> float:
    """Treina uma casa da grade de cabeças por camadas e devolve a perda na validação.

    Parâmetros:
        n_heads: cabeças por camada.
        n_layers: camadas.
        seed: semente dos pesos e das janelas.
        steps: quantos passos.
    """
    model = small_decoder(seed, grid_config(n_heads, n_layers))
    return fit(model, steps=steps, seed=seed)


def freeze_all_but(model: nn.Module, what: str) -> int:
    """Congela o que não está em `FINE_TUNED[what]` e devolve quantos parâmetros ficaram soltos.

    Parâmetros:
        model: o decoder; é alterado no lugar.
        what: uma chave de `FINE_TUNED`.
    """
    count = 0
    for name, weight in model.named_parameters():
        weight.requires_grad_(any(part in name for part in FINE_TUNED[what]))
        count += weight.numel() if weight.requires_grad else 0
    return count


def fine_tune(what: str, seed: int, steps: int = 60) -> float:
    """Ajusta em inglês uma parte de um decoder treinado em português; devolve a perda em inglês.

    Parâmetros:
        what: uma chave de `FINE_TUNED`.
        seed: semente dos pesos e das janelas.
        steps: passos em inglês.
    """
    model = small_decoder(seed)
    fit(model, "pt", STEPS, seed)
    freeze_all_but(model, what)
    return fit(model, "en", steps, seed)


def untuned(seed: int) -> float:
    """Devolve a perda em inglês de um decoder que só treinou em português.

    Parâmetros:
        seed: semente dos pesos e das janelas.
    """
    model = small_decoder(seed)
    fit(model, "pt", STEPS, seed)
    return evaluate(model, corpus("en")[1])


def penalized(strength: float, seed: int, steps: int = STEPS) -> tuple[float, float]:
    """Treina pagando pela entropia da atenção e devolve a perda e a entropia na validação.

    Parâmetros:
        strength: quanto cada nat de entropia custa, somado à perda.
        seed: semente dos pesos e das janelas.
        steps: quantos passos.
    """
    model = small_decoder(seed)
    seen, unseen = corpus()
    settings = TrainSettings(steps=steps, batch_size=16, lr=3e-2, warmup=10, seed=seed)
    batches = Windows(seen, SMALL.n_ctx, settings.batch_size, seed)
    optimizers = make_optimizers(model, settings)
    for step in range(steps):
        inputs, targets = batches(step)
        logits, entropy = _attention_entropy(model, inputs)
        (cross_entropy(logits, targets) + strength * entropy).backward()
        nn.utils.clip_grad_norm_(model.parameters(), settings.clip)
        for optimizer in optimizers.values():
            for group in optimizer.param_groups:
                group["lr"] = learning_rate(step, settings)
            optimizer.step()
            optimizer.zero_grad()
    with torch.no_grad():
        _, entropy = _attention_entropy(model, unseen[: 62 * 32].view(62, 32))
    return evaluate(model, unseen), entropy.item()


def _attention_entropy(model, tokens):
    names = [f"blocks.{layer}.attn.hook_pattern" for layer in range(model.config.n_layers)]
    logits, cache = run_with_cache(model, tokens, names)
    pattern = torch.stack([cache[name] for name in names])
    return logits, -(pattern * (pattern + 1e-12).log()).sum(-1).mean()


def measure() -> dict[str, dict[str, list[float]]]:
    """Refaz, com todas as sementes, os ensaios guardados; leva minutos."""
    penalties = {strength: [penalized(strength, seed) for seed in SEEDS] for strength in PENALTIES}
    return {
        "peça tirada": {name: _each(removal, name) for name in REMOVALS},
        "cabeças×camadas": {
            f"{n_heads}×{n_layers}": _each(grid_cell, n_heads, n_layers)
            for n_layers in WIDTHS
            for n_heads in GRID_HEADS
        },
        "ajuste fino": {
            "sem ajuste": [round(untuned(seed), 4) for seed in SEEDS],
            **{what: _each(fine_tune, what) for what in FINE_TUNED},
        },
        "multa: perda": {str(s): [round(a, 4) for a, _ in pairs] for s, pairs in penalties.items()},
        "multa: entropia": {
            str(s): [round(b, 4) for _, b in pairs] for s, pairs in penalties.items()
        },
    }


def _each(trial, *where):
    return [round(trial(*where, seed), 4) for seed in SEEDS]


def save() -> None:
    """Grava em `data/ensaios.json` o que `measure` mede; depois, chame `write_manifest`."""
    trials = [
        f"  {json.dumps(name, ensure_ascii=False)}: {{\n"
        + ",\n".join(f"    {json.dumps(k, ensure_ascii=False)}: {v}" for k, v in rows.items())
        + "\n  }"
        for name, rows in measure().items()
    ]
    text = "{\n" + ",\n".join(trials) + "\n}\n"
    (DATA_DIR / NAME).write_bytes(text.encode("utf-8"))


def recorded(trial: str) -> dict[str, list[float]]:
    """Devolve as perdas guardadas de um ensaio, uma por semente.

    Parâmetros:
        trial: "peça tirada", "cabeças×camadas", "ajuste fino", "multa: perda" ou "multa: entropia".
    """
    return json.loads(read_text(NAME))[trial]
