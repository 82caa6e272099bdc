"""Ensaios: o mesmo treino curto, com uma peça trocada de cada vez, em três sementes.

São três textos: as crônicas do curso, lidas byte a byte (lição 07); palavras parecidas com `banana`
(anexo da lição 06); e histórias da gramática (lição 09), em que uma descida também para de tempos
em tempos, para se ver o que o modelo escreve.
As contas são em float64: a mesma semente dá os mesmos números em qualquer computador, a menos da
última casa guardada. Fora disso ficam os treinos que amplificam o arredondamento: com multa, muda
a segunda casa, e resiste a ordem das perdas; sem residual nenhum, muda a primeira, e só resiste que
a folga dessa variante é a maior. O que demora
está guardado em `data/ensaios.json` e `data/descida.json`, que `save_chronicles` e `save_stories`
refazem (depois, chame `write_manifest`); `recorded`, `descent` e `limit` leem.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache, partial
from typing import Any

import torch
from torch import Tensor, nn

from helpers.block import MLP, Block
from helpers.config import DecoderConfig
from helpers.data import DATA_DIR, read_text
from helpers.decoder import Decoder
from helpers.embedding import NoPositions
from helpers.files import replace_file
from helpers.hooks import run_with_cache
from helpers.sampling import Sampler, generate
from helpers.stories import Grammar
from helpers.training import (
    Batch,
    Material,
    Recipe,
    Run,
    TrainSettings,
    Windows,
    cross_entropy,
    evaluate,
    stories,
    train,
)
from helpers.without import NoNorm, WritesNothing, no_mask, no_residual

CHRONICLES_FILE, STORIES_FILE = "ensaios.json", "descida.json"
SEEDS = (0, 1, 2)


def recorded(trial: str) -> dict[str, list[float]]:
    """Devolve as perdas guardadas de cada variante de um ensaio, uma por semente.

    Parâmetros:
        trial: "peça tirada", "cabeças×camadas", "ajuste fino", "multa: perda", "multa: entropia",
            "somas" ou "custo", que é o das histórias.
    """
    name = STORIES_FILE if trial == "custo" else CHRONICLES_FILE
    return {variant: list(losses) for variant, losses in _read(name)[trial].items()}


@cache
def _read(name: str) -> Mapping[str, Any]:
    return json.loads(read_text(name))


def _save(name: str, found: Mapping[str, Any]) -> None:
    replace_file(DATA_DIR / name, json.dumps(found, ensure_ascii=False, indent=1) + "\n")


def _each(trial: Callable[..., float], *where: Any) -> list[float]:
    return [round(trial(*where, seed), 4) for seed in SEEDS]


# ------------------------------------------------------------------ nas crônicas, byte a byte

STEPS = 300
PENALTIES = (0.0, 0.1, 0.3)
BYTES = DecoderConfig(d_vocab=256, n_ctx=32, d_model=32, n_heads=4, n_layers=2)
#: Largura que dá quase o mesmo número de parâmetros, por número de camadas.
WIDTHS = {1: 60, 2: 44, 4: 32}
GRID_HEADS = (1, 2, 4)
#: O que se treina em cada ajuste fino: os nomes dos parâmetros que ficam soltos.
FINE_TUNED = {"só W_O": ("attn.W_O",), "a atenção": (".attn.",), "tudo": ("",)}


class SkipsOnlyMLP(Block):
    """Bloco em que a conexão residual da atenção foi tirada; a do MLP ficou."""

    def forward(self, resid_pre, mask=None, cache=None):
        """Devolve o fluxo depois das duas partes; não usa o cache."""
        resid_mid = self.attn(self.ln1(resid_pre), mask=mask)
        return resid_mid + self.mlp(self.ln2(resid_mid))


class SkipsOnlyAttention(Block):
    """Bloco em que a conexão residual do MLP foi tirada; a da atenção ficou."""

    def forward(self, resid_pre, mask=None, cache=None):
        """Devolve o fluxo depois das duas partes; não usa o cache."""
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


def small_decoder(seed: int, config: DecoderConfig = BYTES, **parts: Any) -> Decoder:
    """Faz um decoder pequeno, em float64, com os pesos que a semente `seed` dá.

    Parâmetros:
        parts: peças trocadas, como em `Decoder`.
    """
    return Decoder(config, generator=torch.Generator().manual_seed(seed), **parts).double()


def fit(
    model: Decoder,
    language: str = "pt",
    steps: int = STEPS,
    seed: int = 0,
    loss: Callable[[nn.Module, Batch], Tensor] | None = None,
) -> float:
    """Treina `steps` passos, no lugar, e devolve a perda na validação, em nats por byte.

    Parâmetros:
        language: em que crônicas treinar e medir, "pt" ou "en".
        seed: semente do sorteio das janelas.
        loss: a perda a diminuir, como em `Run`; sem valor, a do token seguinte.
    """
    seen, unseen = corpus(language)
    settings = TrainSettings(steps=steps, batch_size=16, lr=3e-2, warmup=10, seed=seed)
    run = Run(model, settings, loss) if loss else Run(model, settings)
    windows = Windows(seen, model.config.n_ctx, settings.batch_size, seed)
    for _ in train(model, windows, settings, run=run):
        pass
    return evaluate(model, unseen)


def removal(name: str, seed: int, steps: int = STEPS) -> float:
    """Treina `steps` passos com uma peça a menos e devolve a perda na validação.

    Parâmetros:
        name: uma chave de `REMOVALS`.
        seed: semente dos pesos e das janelas.
    """
    return fit(small_decoder(seed, **REMOVALS[name]), steps=steps, seed=seed)


def grid_config(n_heads: int, n_layers: int) -> DecoderConfig:
    """Devolve os tamanhos de uma casa da grade: muda a forma, quase não muda o total.

    Parâmetros:
        n_layers: camadas, uma chave de `WIDTHS`.
    """
    return DecoderConfig(256, 32, WIDTHS[n_layers], n_heads, n_layers)


def grid_cell(n_heads: int, n_layers: int, seed: int, steps: int = STEPS) -> float:
    """Treina uma casa da grade de cabeças por camadas e devolve a perda na validação.

    Parâmetros:
        n_layers: como em `grid_config`.
        seed: semente dos pesos e das janelas.
    """
    model = small_decoder(seed, grid_config(n_heads, n_layers))
    return fit(model, steps=steps, seed=seed)


def freeze_all_but(model: nn.Module, what: str) -> int:
    """Congela o que não está em `FINE_TUNED[what]` e devolve quantos parâmetros ficaram soltos."""
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
    """Devolve a perda em inglês de um decoder que só treinou em português, com a semente `seed`."""
    model = small_decoder(seed)
    fit(model, "pt", STEPS, seed)
    return evaluate(model, corpus("en")[1])


def penalized(strength: float, seed: int, steps: int = STEPS) -> tuple[float, float]:
    """Treina pagando pela entropia da atenção e devolve a perda e a entropia na validação.

    Parâmetros:
        strength: quanto cada nat de entropia custa, somado à perda.
        seed: semente dos pesos e das janelas.
    """

    def loss(model: nn.Module, batch: Batch) -> Tensor:
        logits, entropy = _attention_entropy(model, batch.inputs)
        return cross_entropy(logits, batch.targets) + strength * entropy

    model = small_decoder(seed)
    validation = fit(model, steps=steps, seed=seed, loss=loss)
    with torch.no_grad():
        _, entropy = _attention_entropy(model, corpus()[1][: 62 * 32].view(62, 32))
    return validation, entropy.item()


def _attention_entropy(model, tokens):
    names = [f"blocks.{layer}.attn.hook_pattern" for layer in range(model.config.n_layers)]
    logits, cache = run_with_cache(model, tokens, names)
    pattern = torch.stack([cache[name] for name in names])
    return logits, -(pattern * (pattern + 1e-12).log()).sum(-1).mean()


class SomeSums(Block):
    """Bloco de norma antes em que se escolhe que somas existem: `sums` diz (atenção, MLP)."""

    sums = (True, True)

    def forward(self, resid, mask=None, cache=None):
        """Devolve o fluxo; sem a soma, a escrita toma o lugar dele."""
        resid = resid * self.sums[0] + self.attn(self.ln1(resid), mask=mask)
        return resid * self.sums[1] + self.mlp(self.ln2(resid))


#: Quais somas existem → (a da atenção, a do MLP).
SUMS: dict[str, tuple[bool, bool]] = {
    "com as duas": (True, True),
    "sem a da atenção": (False, True),
    "sem a do MLP": (True, False),
    "sem nenhuma": (False, False),
}
DEPTHS = (2, 6, 12, 24)


@cache
def letters() -> tuple[Tensor, int]:
    """Devolve 2000 palavras parecidas com `banana`, letra a letra, e quantas letras há."""
    picker = random.Random(0)
    words = ("banana", "semana", "manada", "cabana", "bacana")
    text = " ".join(picker.choice(words) for _ in range(2000))
    found = sorted(set(text))
    return torch.tensor([found.index(letter) for letter in text]), len(found)


def sums_loss(name: str, n_layers: int, seed: int, steps: int = 40) -> float:
    """Treina em letras uma pilha com algumas das somas e devolve a perda dos últimos dez passos.

    Parâmetros:
        name: uma chave de `SUMS`.
        seed: semente dos pesos e das janelas.
    """
    ids, n_letters = letters()
    config = DecoderConfig(n_letters, n_ctx=16, d_model=32, n_heads=2, n_layers=n_layers)
    kind = type("Kind", (SomeSums,), {"sums": SUMS[name]})
    model = Decoder(config, block=kind, generator=torch.Generator().manual_seed(seed)).double()
    settings = TrainSettings(steps=steps, batch_size=8, lr=0.01, seed=seed)
    losses = [record.loss for record in train(model, ids, settings)]
    return sum(losses[-10:]) / 10


def measure_chronicles() -> dict[str, dict[str, list[float]]]:
    """Refaz, com todas as sementes, os ensaios nas crônicas e nas letras; leva minutos."""
    fines = {str(price): [penalized(price, seed) for seed in SEEDS] for price in PENALTIES}
    return {
        "peça tirada": {name: _each(removal, name) for name in REMOVALS},
        "cabeças×camadas": {
            f"{n_heads}×{n_layers}": _each(grid_cell, n_heads, n_layers)
            for n_layers in WIDTHS
            for n_heads in GRID_HEADS
        },
        "ajuste fino": {
            "sem ajuste": _each(untuned),
            **{what: _each(fine_tune, what) for what in FINE_TUNED},
        },
        "multa: perda": {price: [round(a, 4) for a, _ in pairs] for price, pairs in fines.items()},
        "multa: entropia": {
            price: [round(b, 4) for _, b in pairs] for price, pairs in fines.items()
        },
        "somas": {
            f"{n_layers} blocos, {name}": _each(sums_loss, name, n_layers)
            for n_layers in DEPTHS
            for name in SUMS
        },
    }


def save_chronicles() -> None:
    """Grava em `data/ensaios.json` o que `measure_chronicles` mede."""
    _save(CHRONICLES_FILE, measure_chronicles())


# ------------------------------------------------------------------ nas histórias

PROMPT = "O João entregou um pão para"
#: Os passos em que a descida para; o último é o fim do treino.
STOPS = (0, 10, 20, 40, 70, 100, 150, 200, 300, 400, 500, 600, 700, 800, 900, 1000)
N_STORIES = 20  # escritas e julgadas em cada parada
N_CANDIDATES = 5
_CONFIG = DecoderConfig(d_vocab=512, n_ctx=256, d_model=64, n_heads=4, n_layers=2)
#: A receita das descidas: dois minutos em um computador comum.
RECIPE = Recipe(
    _CONFIG,
    TrainSettings(steps=STOPS[-1], batch_size=16, lr=2e-2, warmup=40),
    n_stories=16_000,
    n_validation=150,
    every=100,
)
#: A receita dos custos: cada treino leva segundos.
SMALL = Recipe(
    replace(_CONFIG, d_model=32),
    TrainSettings(steps=400, batch_size=8, lr=3e-2, warmup=20),
    n_stories=3200,
    n_validation=150,
    every=400,
)
#: Nome da descida → o que muda no decoder e o que muda nos ajustes.
RUNS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "certo": ({}, {}),
    "sem máscara": ({"mask": no_mask}, {}),
}
#: Nome do ensaio → o que muda no decoder e o que muda nos ajustes.
COSTS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "inteiro": ({}, {}),
    "sem máscara": ({"mask": no_mask}, {}),
    "sem posição": ({"positions": NoPositions}, {}),
    "sem residual": ({"block": partial(Block, residual=no_residual)}, {}),
    "norma depois": ({"block": partial(Block, norm="post")}, {}),
    "ReLU no lugar da GELU": ({"block": partial(Block, mlp=partial(MLP, act="relu"))}, {}),
    "saída separada": ({"tied": False}, {}),
    "sem aquecimento": ({}, {"warmup": 0}),
    "sem corte": ({}, {"clip": 1e9}),
    "sem encolhimento": ({}, {"weight_decay": 0.0}),
    "AdamW em tudo": ({}, {"optimizer": "adamw", "lr": 1e-2}),
}


@dataclass(frozen=True)
class Glimpse:
    """O que o modelo sabia em uma parada.

    Parâmetros:
        step: quantos passos já tinha dado.
        validation: perda em histórias separadas, em nats por token.
        right: quantas de `N_STORIES` histórias escritas a gramática aceita inteiras.
        story: a primeira delas.
        problem: o que a gramática diz da primeira; vazio se está certa.
        candidates: os tokens mais prováveis depois de `PROMPT`, com a probabilidade.
    """

    step: int
    validation: float
    right: int
    story: str
    problem: str
    candidates: tuple[tuple[str, float], ...]


def decoder(recipe: Recipe, material: Material, seed: int = 0, **parts: Any) -> Decoder:
    """Faz um decoder com os tamanhos da receita e o vocabulário do material.

    Parâmetros:
        seed: semente dos pesos.
        parts: peças trocadas, como em `Decoder`; `tied` muda a saída.
    """
    tied = parts.pop("tied", True)
    config = replace(recipe.config, d_vocab=material.tokenizer.vocab_size, tied=tied)
    return small_decoder(seed, config, **parts)


def look(model: Decoder, material: Material, grammar: Grammar, step: int) -> Glimpse:
    """Devolve o que o modelo sabe agora, depois de `step` passos."""
    tokenizer, end = material.tokenizer, material.end
    # Uma função, e não o decoder: sem máscara não há cache que valha.
    written = generate(
        lambda tokens: model(tokens),
        [[end]] * N_STORIES,
        120,
        Sampler(temperature=0.8),
        torch.Generator().manual_seed(1),
        stop=end,
    )
    texts = [tokenizer.decode([token for token in row if token != end]) for row in written]
    found = [grammar.check(text) for text in texts]
    with torch.inference_mode():
        last = model(torch.tensor([[end, *tokenizer.encode(PROMPT)]]))[0, -1].softmax(-1)
    best = last.topk(N_CANDIDATES)
    return Glimpse(
        step,
        round(evaluate(model, material.validation), 4),
        sum(not problems for problems in found),
        texts[0],
        found[0][0].kind if found[0] else "",
        tuple(
            (tokenizer.decode([token]), round(prob, 4))
            for token, prob in zip(best.indices.tolist(), best.values.tolist(), strict=True)
        ),
    )


def follow(
    model: Decoder, material: Material, settings: TrainSettings, stops: Sequence[int]
) -> Iterator[Glimpse]:
    """Treina no lugar e olha o modelo em cada parada.

    Parâmetros:
        stops: os passos em que parar, crescentes; 0 é antes do primeiro.
    """
    grammar = Grammar.load()
    if 0 in stops:
        yield look(model, material, grammar, 0)
    for record in train(model, material.batches, settings):
        if record.step in stops:
            yield look(model, material, grammar, record.step)


def measure_descent(name: str) -> list[Glimpse]:
    """Refaz uma descida guardada, de nome em `RUNS`; leva minutos."""
    parts, changes = RUNS[name]
    material = stories(RECIPE, seed=0)
    settings = replace(material.settings, **changes)
    return list(follow(decoder(RECIPE, material, **parts), material, settings, STOPS))


def cost(name: str, seed: int, material: Material | None = None, steps: int | None = None) -> float:
    """Treina um pouco, com uma peça a menos, e devolve a perda em histórias separadas.

    Parâmetros:
        name: uma chave de `COSTS`.
        seed: semente dos pesos.
        material: o texto; sem valor, o da receita `SMALL`.
        steps: quantos passos; sem valor, os da receita.
    """
    parts, changes = COSTS[name]
    material = material or stories(SMALL, seed=0)
    settings = replace(material.settings, **changes)
    if steps is not None:
        settings = replace(settings, steps=steps, warmup=min(settings.warmup, steps // 10))
    model = decoder(SMALL, material, seed, **parts)
    for _ in train(model, material.batches, settings):
        pass
    return evaluate(model, material.validation)


def save_stories() -> None:
    """Grava em `data/descida.json` as descidas e os custos."""
    small, whole = stories(SMALL, seed=0), stories(RECIPE, seed=0)
    found = {
        "limite": {"descida": round(whole.limit or 0.0, 4), "custo": round(small.limit or 0.0, 4)},
        "descida": {name: [asdict(stop) for stop in measure_descent(name)] for name in RUNS},
        "custo": {name: [round(cost(name, seed, small), 4) for seed in SEEDS] for name in COSTS},
    }
    _save(STORIES_FILE, found)


def limit(what: str) -> float:
    """Devolve a entropia da gramática nas histórias separadas, em nats por token.

    Parâmetros:
        what: "descida" ou "custo".
    """
    return _read(STORIES_FILE)["limite"][what]


def descent(name: str) -> list[Glimpse]:
    """Devolve as paradas guardadas de uma descida, de nome em `RUNS`."""
    return [
        Glimpse(**{**row, "candidates": tuple((t, p) for t, p in row["candidates"])})
        for row in _read(STORIES_FILE)["descida"][name]
    ]
