"""Mede quanto se espera pela primeira conferência de cada lição, num Python novo.

    python tests/benchmarks/bench_checking.py [--voltas 3]

Conta a partir das importações do notebook: é o tempo de achar o exercício, os enganos dele e os
casos, e de rodar a solução uma vez. Vale a mediana das voltas.
"""

import argparse
import os
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FIRST = """
import sys, time, torch
from helpers.exercises import registry
from helpers.exercises.checking import check
first = next(card.id for card in registry.cards(sys.argv[1]))
start = time.perf_counter()
check(first, registry.get(first).solution, record=False)
print(time.perf_counter() - start)
"""


def main():
    """Mede cada lição e mostra uma linha por lição."""
    parser = argparse.ArgumentParser(description="Espera pela primeira conferência.")
    parser.add_argument("--voltas", type=int, default=3)
    rounds = parser.parse_args().voltas
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    for path in sorted((ROOT / "data" / "licoes").glob("*.toml")):
        times = []
        for _ in range(rounds):
            command = [sys.executable, "-c", FIRST, path.stem]
            done = subprocess.run(
                command, env=environment, capture_output=True, text=True, check=True
            )
            times.append(float(done.stdout))
        print(f"{path.stem}  {statistics.median(times):.2f} s".replace(".", ","))


if __name__ == "__main__":
    main()
