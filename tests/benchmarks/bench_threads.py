"""Mede um treino do tamanho dos do curso com uma linha de execução, com duas e com espera curta.

    python tests/benchmarks/bench_threads.py [--segundos 6] [--voltas 3]

Cada modo é um processo à parte, porque as variáveis só valem antes de o torch começar; os modos se
alternam, com 0 e com 1 outro programa a ocupar um núcleo, e vale a mediana das voltas. Os números
só se comparam dentro da mesma rodada. É daqui que sai a escolha de `abrir`.
"""

import argparse
import contextlib
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MODES = {
    "como o torch decide": {},
    "espera curta (GOMP_SPINCOUNT)": {"GOMP_SPINCOUNT": "10000"},
    "uma linha de execução": {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"},
}
TRAIN = """
import sys, time, torch
from helpers.config import DecoderConfig
from helpers.decoder import Decoder
torch.manual_seed(0)
model = Decoder(DecoderConfig(d_vocab=512, n_ctx=64, d_model=64, n_heads=4, n_layers=2))
tokens = torch.randint(512, (16, 64))
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
def step():
    loss = torch.nn.functional.cross_entropy(model(tokens).flatten(0, 1), tokens.flatten())
    optimizer.zero_grad(); loss.backward(); optimizer.step()
for _ in range(3): step()
start, steps = time.perf_counter(), 0
while time.perf_counter() - start < float(sys.argv[1]):
    step(); steps += 1
print(steps / (time.perf_counter() - start))
"""


def steps_per_second(mode, seconds):
    """Treina num processo novo, no modo pedido, e devolve os passos por segundo."""
    clean = {k: v for k, v in os.environ.items() if k not in ("OMP_NUM_THREADS", "MKL_NUM_THREADS")}
    done = subprocess.run(
        [sys.executable, "-c", TRAIN, str(seconds)],
        env={**clean, **MODES[mode], "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout)


@contextlib.contextmanager
def busy(programs):
    """Ocupa tantos núcleos quantos programas, enquanto o bloco roda."""
    loop = [sys.executable, "-c", "while True: pass"]
    running = [subprocess.Popen(loop) for _ in range(programs)]
    try:
        time.sleep(0.5)
        yield
    finally:
        for process in running:
            process.kill()
            process.wait()


def main(args=None):
    """Mede e imprime a tabela."""
    parser = argparse.ArgumentParser(description="Linhas de execução e outro programa aberto.")
    parser.add_argument("--segundos", type=float, default=6)
    parser.add_argument("--voltas", type=int, default=3)
    options = parser.parse_args(args)
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    print(f"{os.cpu_count()} núcleos, carga {load:.1f} no início; passos por segundo")
    for programs in (0, 1):
        found = {mode: [] for mode in MODES}
        with busy(programs):
            for _ in range(options.voltas):
                for mode in MODES:
                    found[mode].append(steps_per_second(mode, options.segundos))
        for mode, rates in found.items():
            every = ", ".join(f"{rate:.1f}" for rate in rates)
            median = statistics.median(rates)
            print(f"{programs} outro(s) programa(s)  {mode:<32}{median:7.1f}  ({every})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
