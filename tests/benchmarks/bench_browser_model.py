"""Mede o modelo do curso em JavaScript, no Node, ao lado do mesmo modelo em PyTorch.

    python tests/benchmarks/bench_browser_model.py [--json arquivo] [--vezes 30]

Milissegundos de CPU do processo, a mediana das voltas, depois de aquecer; o PyTorch com uma linha
de execução. O motor do Node é o do Chromium. A máquina ocupada pesa nos números; anote a carga ao
citar um deles.
"""

import argparse
import json
import os
import statistics
import sys
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import javascript
import torch

from helpers.hooks import hook_names, run_with_cache
from helpers.saved_model import load_model
from helpers.studies.thread import MODEL_DIR, SENTENCE

CONTEXT = 256
WARM_UP = 5

MEASURE = """
const fs = require("fs");
const record = JSON.parse(fs.readFileSync(`${given.folder}/config.json`, "utf8"));
const bytes = fs.readFileSync(`${given.folder}/${record.weights}`);
const stored = JSON.parse(fs.readFileSync(`${given.folder}/tokenizador.json`, "utf8"));
const words = new Tokenizer(stored);
const model = new Decoder(record, bytes);
const timed = (work, times) => {
  const found = [];
  for (let i = 0; i < times + given.warm; i += 1) {
    const start = process.cpuUsage();
    const n = work() || 1;
    const { user, system } = process.cpuUsage(start);
    found.push((user + system) / 1000 / n);
  }
  return found.slice(given.warm);
};
const byToken = () => {
  const cache = model.newCache();
  given.long.forEach((id) => { model.forward([id], { cache }); });
  return given.long.length;
};
const names = model.hookNames(true);
const some = Math.max(2, Math.round(given.times / 5));
console.log(JSON.stringify({
  open: timed(() => { new Decoder(record, bytes); new Tokenizer(stored); }, some),
  encode: timed(() => { words.encode(given.text); }, given.times),
  short: timed(() => { model.forward(given.short); }, given.times),
  hooks: timed(() => { model.forward(given.short, { names }); }, given.times),
  long: timed(() => { model.forward(given.long); }, some),
  token: timed(byToken, some),
}));
"""


def main(args=None):
    """Mede e imprime a tabela."""
    parser = argparse.ArgumentParser(description="Tempo do modelo em JavaScript.")
    parser.add_argument("--json", type=Path, help="arquivo em que guardar os números")
    parser.add_argument("--vezes", type=int, default=30, help="medidas por linha da tabela")
    options = parser.parse_args(args)
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    rows = measure(options.vezes)
    print(f"{'medida':<52} {'JavaScript':>11} {'PyTorch':>11}")
    for name, (ours, theirs) in rows.items():
        told = "–" if theirs is None else f"{theirs:.2f} ms"
        print(f"{name:<52} {f'{ours:.2f} ms':>11} {told:>11}")
    if load is not None:
        print(f"carga da máquina no início: {load:.1f} em {os.cpu_count()} núcleos")
    if options.json:
        options.json.write_text(json.dumps({"carga": load, **rows}, ensure_ascii=False, indent=1))


def measure(times):
    """Devolve, por linha da tabela, a mediana do JavaScript e a do PyTorch, em milissegundos.

    Parâmetros:
        times: medidas por linha.
    """
    model, tokenizer = load_model(MODEL_DIR)
    model.eval()
    short = [1023, *tokenizer.encode(SENTENCE)]
    long = (short * CONTEXT)[:CONTEXT]
    given = {
        "folder": str(MODEL_DIR),
        "text": SENTENCE,
        "short": short,
        "long": long,
        "times": times,
        "warm": WARM_UP,
    }
    found = javascript.run(["bpe.js", "decoder.js"], MEASURE, given)
    ours = {name: statistics.median(values) for name, values in found.items()}
    names = hook_names(model, on_request=True)
    theirs = {
        "short": timed(lambda: model(torch.tensor([short])), times),
        "hooks": timed(lambda: run_with_cache(model, torch.tensor([short]), names), times),
        "long": timed(lambda: model(torch.tensor([long])), times),
        "token": timed(lambda: by_token(model, long), 5) / CONTEXT,
    }
    told = {
        "open": "abrir o modelo e o tokenizador",
        "encode": f"ids da frase do curso, {len(SENTENCE)} letras",
        "short": f"ler {len(short)} tokens",
        "hooks": f"ler {len(short)} tokens, com todas as ativações",
        "long": f"ler {CONTEXT} tokens",
        "token": f"um token com o cache, média de 1 a {CONTEXT}",
    }
    return {text: (ours[name], theirs.get(name)) for name, text in told.items()}


def by_token(model, ids):
    """Lê um texto um token de cada vez, com o cache."""
    cache = model.new_cache()
    for token in ids:
        model(torch.tensor([[token]]), cache)


@torch.no_grad()
def timed(work, times):
    """Devolve a mediana do tempo, em milissegundos, depois de aquecer."""
    found = []
    for _ in range(times + WARM_UP):
        start = time.process_time()
        work()
        found.append(1000 * (time.process_time() - start))
    return statistics.median(found[WARM_UP:])


if __name__ == "__main__":
    main()
