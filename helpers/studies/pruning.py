"""O que demora no anexo da lição 10: a poda das cabeças e o ajuste fino para a indução.

A poda escolhe em umas histórias e mede em outras. O ajuste fino parte do modelo do curso e treina
em anéis de tokens, sozinhos ou com histórias no mesmo lote, em uma semente só. Está guardado em
`data/por_dentro.json`, que `save` refaz em minutos (depois, chame `write_manifest`); `recorded` o
lê. As contas são em float64.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from copy import deepcopy
from functools import cache
from itertools import product
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

from helpers import heads
from helpers.data import DATA_DIR, read_text
from helpers.decoder import Decoder
from helpers.files import replace_file
from helpers.heads.inputs import Head
from helpers.stories import Grammar
from helpers.studies.thread import load_thread
from helpers.training import TrainSettings, train

FILE = "por_dentro.json"
#: Quantas histórias escolhem quem sai, e quantas medem.
CHOOSING, MEASURING = 48, 60
DRAWS = 3
#: Os tokens dos anéis do ajuste fino, e o comprimento de um texto dele.
RING_IDS, WIDTH = range(300, 1000), 48
#: Os passos em que se mede o ajuste fino; o último é o fim.
STOPS = (0, 30, 120)
#: Nome do ajuste → quantos anéis e quantas histórias há em cada lote.
TUNINGS = {"só anéis": (8, 0), "metade histórias": (4, 4)}


def stories(n: int, seed: int) -> list[list[int]]:
    """Sorteia histórias da gramática, em ids, com a marca de começo.

    Parâmetros:
        n: quantas, ao menos uma.
        seed: de que sorteio; a mesma dá as mesmas histórias.
    """
    thread, grammar, draw = load_thread(), Grammar.load(), random.Random(seed)
    texts = (grammar.sample(draw).text for _ in range(n))
    return [[thread.ids[0], *thread.tokenizer.encode(text)] for text in texts]


@cache
def model() -> Decoder:
    """Devolve o modelo do curso em float64; não o altere."""
    return deepcopy(load_thread().model).double().requires_grad_(False)


def loss_without(
    texts: Sequence[Sequence[int]], means: Float[Tensor, "layer head d_value"]
) -> Callable[[Sequence[Head]], float]:
    """Faz a função que diz a perda, em nats por token, com umas cabeças postas na média."""

    def loss(removed: Sequence[Head]) -> float:
        return heads.token_losses(model(), texts, list(removed), means).mean().item()

    return loss


def greedy(loss: Callable[[Sequence[Head]], float], every: Sequence[Head]) -> list[Head]:
    """Tira uma cabeça por vez, sempre a que menos piora o que já saiu; devolve a ordem."""
    out: list[Head] = []
    while len(out) < len(every):
        left = [head for head in every if head not in out]
        out.append(min(left, key=lambda head: loss([*out, head])))
    return out


def measure_pruning() -> dict[str, Any]:
    """Poda de três jeitos e mede a perda, de nenhuma cabeça fora a todas."""
    every = all_heads()
    choosing, measuring = stories(CHOOSING, 1), stories(MEASURING, 2)
    means = heads.mean_z(model(), choosing)
    chosen, measured = loss_without(choosing, means), loss_without(measuring, means)
    alone = {head: chosen([head]) - chosen([]) for head in every}
    orders = {"gulosa": greedy(chosen, every), "uma a uma": sorted(every, key=alone.__getitem__)}
    draw = random.Random(0)
    for number in range(DRAWS):
        orders[f"sorteio {number}"] = draw.sample(every, len(every))
    return {
        "falta": [round(alone[head], 4) for head in every],
        "ordem": {name: [f"{a}.{b}" for a, b in order] for name, order in orders.items()},
        "perda": {
            name: [round(measured(order[:n]), 4) for n in range(len(every) + 1)]
            for name, order in orders.items()
        },
    }


def all_heads() -> list[Head]:
    """Lista as cabeças do modelo do curso, por camada."""
    config = model().config
    return list(product(range(config.n_layers), range(config.n_heads)))


def rings(n: int, rng: torch.Generator, longest: int = 16) -> Int[Tensor, "n pos"]:
    """Sorteia textos que percorrem um anel de tokens, com um salto em cada dez passos.

    Parâmetros:
        n: quantos textos; pode ser 0.
        longest: o maior anel, em tokens; o menor tem 6.
    """
    pool = torch.rand(n, len(RING_IDS), generator=rng).argsort(1)[:, :longest] + RING_IDS[0]
    size = torch.randint(6, longest + 1, (n,), generator=rng)
    jump = torch.rand(n, WIDTH + 1, generator=rng) < 0.1
    there = torch.randint(longest, (n, WIDTH + 1), generator=rng) % size[:, None]
    at, places = there[:, 0], []
    for step in range(WIDTH + 1):
        at = torch.where(jump[:, step], there[:, step], (at + 1) % size)
        places.append(at)
    return pool.gather(1, torch.stack(places, 1))


def measure_tuning(name: str, stops: Sequence[int] = STOPS) -> list[dict[str, float]]:
    """Ajusta o modelo do curso e mede, em cada parada, a indução e as histórias.

    Parâmetros:
        name: uma chave de `TUNINGS`.
        stops: os passos em que se mede; o último é o fim.

    Retorna:
        De cada parada: o passo, a maior nota de indução, a parte de acertos nas cópias e a perda
        nas histórias.
    """
    n_rings, n_stories = TUNINGS[name]
    tuned, rng = deepcopy(model()).requires_grad_(True), torch.Generator().manual_seed(0)
    long = [text[: WIDTH + 1] for text in stories(400, 3) if len(text) > WIDTH]
    probe = heads.repeated_random_tokens(RING_IDS, 32, 12, torch.Generator().manual_seed(1))
    measuring = stories(30, 2)

    def batch(step):
        picked = torch.randint(len(long), (n_stories,), generator=rng).tolist()
        told = torch.tensor([long[at] for at in picked], dtype=torch.long).view(-1, WIDTH + 1)
        tokens = torch.cat([rings(n_rings, rng), told])
        return tokens[:, :-1], tokens[:, 1:]

    @torch.no_grad()
    def look(step):
        score = heads.induction_score(heads.attention_patterns(tuned, probe), probe).max()
        bets = tuned(probe)[:, -12:-1].argmax(-1)
        return {
            "passo": step,
            "nota": round(score.item(), 4),
            "acerto": round((bets == probe[:, -11:]).double().mean().item(), 4),
            "perda": round(heads.token_losses(tuned, measuring).mean().item(), 4),
        }

    found = [look(0)]
    for record in train(tuned, batch, TrainSettings(steps=stops[-1], lr=0.003, warmup=10)):
        if record.step in stops:
            found.append(look(record.step))
    return found


def save() -> None:
    """Grava em `data/por_dentro.json` a poda e os ajustes."""
    found = {
        "poda": measure_pruning(),
        "ajuste": {name: measure_tuning(name) for name in TUNINGS},
    }
    replace_file(DATA_DIR / FILE, json.dumps(found, ensure_ascii=False, indent=1) + "\n")


@cache
def recorded() -> dict[str, Any]:
    """Devolve o que está guardado: `"poda"`, como `measure_pruning`, e `"ajuste"`, por nome.

    Erros:
        DataError: se o arquivo faltar ou tiver mudado.
    """
    return json.loads(read_text(FILE))
