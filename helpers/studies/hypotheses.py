"""Todas as hipóteses da bancada da lição 10, medidas de uma vez: o navegador só as consulta.

Quem escreve são cabeças de um bloco, o primeiro ou o segundo; quem lê, cabeças do último. Está
guardado em `data/bancada.json`, que `save_bench` grava.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, product

from helpers.data import DATA_DIR, read_text
from helpers.files import replace_file
from helpers.heads.hypothesis import PLACES, HypothesisTest, judge
from helpers.heads.patching import DOORS
from helpers.studies.thread import load_thread

BENCH_FILE = "bancada.json"
N, SEED = 200, 0
Heads = tuple[int, ...]
#: Os conjuntos de cabeças de um bloco, dos menores aos maiores.
SETS: tuple[Heads, ...] = tuple(
    heads for size in range(1, 5) for heads in combinations(range(4), size)
)
#: Quem pode escrever: o bloco e as cabeças dele.
WRITERS: tuple[tuple[int, Heads], ...] = tuple(product((0, 1), SETS))
#: O último bloco, o de quem lê.
READING = 2


@dataclass(frozen=True)
class Measured:
    """O que se mede de cada hipótese.

    Parâmetros:
        why: de cada hipótese, o motivo do veredito.
        shares: a parte média que passa, em centésimos: ida, volta, sorteio e controle.
        flips: em quantas frases a resposta vira, na mesma ordem.
    """

    why: str
    shares: tuple[int, int, int, int]
    flips: tuple[int, int, int, int]


def measure(
    test: HypothesisTest, layer: int, writers: Heads, place: str, door: str
) -> list[Measured]:
    """Mede o mesmo caminho até cada conjunto de leitoras, na ordem de `SETS`.

    Parâmetros:
        layer: o bloco de quem escreve.
        writers: as cabeças dele.
    """
    heads = [(layer, head) for head in writers]
    found = []
    for effects in test.check_readers(heads, place, door, SETS):
        shares = tuple(round(100 * effect.mean) for effect in effects)
        flips = tuple(round(effect.flips * test.n) for effect in effects)
        found.append(Measured(judge(*effects), shares, flips))
    return found


def save_bench() -> None:
    """Grava em `data/bancada.json` o que `measure` mede, de todas as hipóteses."""
    thread = load_thread()
    test = HypothesisTest(thread.model, thread.tokenizer, N, SEED)
    rows: dict[Measured, int] = {}
    at = [
        rows.setdefault(one, len(rows))
        for (layer, writers), place, door in product(WRITERS, PLACES, DOORS)
        for one in measure(test, layer, writers, place, door)
    ]
    lines = [json.dumps([one.why, *one.shares, *one.flips]) for one in rows]
    text = '{"linhas": [\n' + ",\n".join(lines) + f'\n], "onde": {json.dumps(at)}}}\n'
    replace_file(DATA_DIR / BENCH_FILE, text)


def load_bench() -> tuple[Sequence[Measured], Sequence[int]]:
    """Lê as medidas diferentes que há, e qual é a de cada hipótese.

    Retorna:
        As medidas e, na ordem de `WRITERS`, `PLACES`, `DOORS` e `SETS`, o número da de cada uma.

    Erros:
        DataError: se o arquivo faltar ou tiver mudado.
    """
    saved = json.loads(read_text(BENCH_FILE))
    rows = [Measured(why, tuple(n[:4]), tuple(n[4:])) for why, *n in saved["linhas"]]
    return rows, saved["onde"]
