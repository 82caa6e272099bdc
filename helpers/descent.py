"""Descidas: o mesmo treino curto, parado de tempos em tempos para ver o que o modelo já escreve.

As contas são em float64: a mesma semente dá os mesmos números em qualquer computador. O que demora
está guardado em `data/descida.json`, que `save` refaz; `recorded` e `recorded_costs` leem.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache, partial
from typing import Any

import torch

from helpers.block import MLP, Block
from helpers.config import DecoderConfig
from helpers.data import DATA_DIR, read_text
from helpers.decoder import Decoder
from helpers.embedding import NoPositions
from helpers.grammar import Grammar
from helpers.sampling import Sampler, generate
from helpers.training import Material, Recipe, TrainSettings, evaluate, stories, train
from helpers.without import no_mask, no_residual

NAME = "descida.json"
SEEDS = (0, 1, 2)
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
#: A receita das peças tiradas: cada treino leva segundos.
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
class Checkpoint:
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
    """Faz um decoder em float64 com os tamanhos da receita e os pesos que a semente dá.

    Parâmetros:
        recipe: a receita.
        material: o texto de treino, com o tokenizador.
        seed: semente dos pesos.
        parts: peças trocadas, como em `Decoder`; `tied` muda a saída.
    """
    tied = parts.pop("tied", True)
    config = replace(recipe.config, d_vocab=material.tokenizer.vocab_size, tied=tied)
    return Decoder(config, generator=torch.Generator().manual_seed(seed), **parts).double()


def look(model: Decoder, material: Material, grammar: Grammar, step: int) -> Checkpoint:
    """Devolve o que o modelo sabe agora.

    Parâmetros:
        model: o decoder.
        material: o texto, com as histórias separadas.
        grammar: quem julga as histórias.
        step: quantos passos ele já deu.
    """
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
    return Checkpoint(
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
) -> Iterator[Checkpoint]:
    """Treina no lugar e olha o modelo em cada parada.

    Parâmetros:
        model: o decoder.
        material: o texto.
        settings: os ajustes.
        stops: os passos em que parar, crescentes; 0 é antes do primeiro.
    """
    grammar = Grammar.load()
    if 0 in stops:
        yield look(model, material, grammar, 0)
    for record in train(model, material.batches, settings):
        if record.step in stops:
            yield look(model, material, grammar, record.step)


def measure_run(name: str) -> list[Checkpoint]:
    """Refaz uma descida guardada; leva minutos.

    Parâmetros:
        name: uma chave de `RUNS`.
    """
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


def save() -> None:
    """Grava em `data/descida.json` as descidas e os custos; depois, chame `write_manifest`."""
    small = stories(SMALL, seed=0)
    rows = {
        "limite": {"descida": _limit(stories(RECIPE, seed=0)), "custo": _limit(small)},
        "descida": {name: [asdict(stop) for stop in measure_run(name)] for name in RUNS},
        "custo": {name: [round(cost(name, seed, small), 4) for seed in SEEDS] for name in COSTS},
    }
    text = json.dumps(rows, ensure_ascii=False, indent=1) + "\n"
    (DATA_DIR / NAME).write_bytes(text.encode("utf-8"))


def _limit(material: Material) -> float:
    return round(material.limit or 0.0, 4)


@cache
def _recorded() -> Mapping[str, Any]:
    return json.loads(read_text(NAME))


def limit(what: str) -> float:
    """Devolve a entropia da gramática nas histórias separadas, em nats por token.

    Parâmetros:
        what: "descida" ou "custo".
    """
    return _recorded()["limite"][what]


def recorded(name: str) -> list[Checkpoint]:
    """Devolve as paradas guardadas de uma descida.

    Parâmetros:
        name: uma chave de `RUNS`.
    """
    return [
        Checkpoint(**{**row, "candidates": tuple((t, p) for t, p in row["candidates"])})
        for row in _recorded()["descida"][name]
    ]


def recorded_costs() -> dict[str, list[float]]:
    """Devolve, de cada ensaio de `COSTS`, as perdas guardadas, uma por semente."""
    return {name: list(losses) for name, losses in _recorded()["custo"].items()}
