"""Os processadores em que os números do curso têm de ser os mesmos, emulados por variáveis.

Cada emulação manda as bibliotecas de contas usarem instruções mais velhas do que as que há: as
somas saem em outra ordem, e o arredondamento, em outro lugar. O número de linhas de execução faz o
mesmo. O que muda de uma para outra não é verdade: é acaso do processador.
"""

import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from helpers.cli.console import say
from helpers.cli.kernel import THREADS

OLDEST = "SSE"
#: Emulação → as variáveis de ambiente que a fazem.
EMULATIONS = {
    "nativo": {},
    "AVX2": {
        "ATEN_CPU_CAPABILITY": "avx2",
        "MKL_ENABLE_INSTRUCTIONS": "AVX2",
        "ONEDNN_MAX_CPU_ISA": "AVX2",
        "OPENBLAS_CORETYPE": "Haswell",
    },
    OLDEST: {
        "ATEN_CPU_CAPABILITY": "default",
        "MKL_CBWR": "COMPATIBLE",
        "ONEDNN_MAX_CPU_ISA": "SSE41",
        "OPENBLAS_CORETYPE": "Nehalem",
    },
}
#: Tudo o que põe um processo numa emulação: sai do ambiente antes de outra entrar nele.
EMULATING = {name for chosen in EMULATIONS.values() for name in chosen}
#: A variável que põe os núcleos num processador que não existe (tests/imaginary_processor.py): faz
#: as vezes dos que não se podem emular aqui. Só as lições rodam nele.
IMAGINARY = "TRANSFORMERS_POR_DENTRO_IMAGINARIO"
#: O que roda em cada uma: as lições e os testes que fazem contas.
CHOSEN = ["-m", "numeric and not browser and not emulated"]
#: Se outro programa ocupa um núcleo, o OpenMP do Linux espera girando, e o treino fica dez vezes
#: mais lento. Com poucas voltas ele dorme; com a máquina livre, a velocidade é a mesma.
SPIN = {"GOMP_SPINCOUNT": "10000"}
N_THREADS = (1, 2, 4)


def places() -> list[tuple[str, dict[str, str], list[str]]]:
    """Devolve o nome de cada processador, as variáveis que o fazem e o que mais dizer ao pytest."""
    found = [
        (f"{name}, {n} {'linha' if n == 1 else 'linhas'} de execução", variables(name, n), [])
        for name in EMULATIONS
        for n in N_THREADS
    ]
    return [*found, ("imaginário", variables("nativo", 1) | {IMAGINARY: "1"}, ["notebooks"])]


def variables(name: str, n_threads: int) -> dict[str, str]:
    """Devolve as variáveis de ambiente de uma emulação.

    Parâmetros:
        name: uma chave de `EMULATIONS`.
        n_threads: quantas linhas de execução as contas usam.
    """
    return EMULATIONS[name] | dict.fromkeys(THREADS, str(n_threads)) | SPIN


def compare(run_tests: Callable[[list[str], dict[str, str]], int]) -> int:
    """Roda os testes em cada processador emulado e diz o que mudou, célula a célula.

    Parâmetros:
        run_tests: roda o pytest com estes argumentos e estas variáveis e devolve o código de saída.

    Retorna:
        0 se nada mudou em nenhum; 1 se algo mudou ou não se pôde testar.
    """
    moved: dict[str, dict[str, dict]] = {}
    failed = False
    for number, (place, environment, more) in enumerate(places(), 1):
        say(f"[{number} de {len(places())}] {place}")
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder) / "mudou.json"
            code = run_tests([f"--mudou={report}", *more], environment)
            found = json.loads(report.read_text(encoding="utf-8")) if report.exists() else []
        failed = failed or code != 0
        for failure in found:
            moved.setdefault(failure["where"], {})[place] = failure
        say(f"    {len(found)} mudaram, em {(time.monotonic() - began) / 60:.0f} min")
    if failed and not moved:
        say("O pytest parou sem dizer o que mudou: veja a mensagem dele acima.")
        return 1
    say("\n" + "\n".join(summary(moved)))
    return int(failed)


def summary(moved: dict[str, dict[str, dict]]) -> list[str]:
    """Devolve as linhas do relatório: cada célula ou teste, onde mudou e de que para quê.

    Parâmetros:
        moved: lugar → processador → o que o teste contou da reprovação.
    """
    if not moved:
        return ["Nada mudou de um processador para outro."]
    lines = ["O que mudou:"]
    for where in sorted(moved):
        lines.append(f"\n{where}")
        told: dict[str, list[str]] = {}
        for place, failure in moved[where].items():
            changes = [f"    {old}\n  → {new}" for old, new in failure["moved"]]
            told.setdefault("\n".join(changes) or f"    {failure['error']}", []).append(place)
        for change, places in told.items():
            lines += [f"  {'; '.join(places)}:", change]
    return lines
