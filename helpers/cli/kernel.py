"""Roda um notebook num núcleo novo, isolado do resto do computador.

Isolado quer dizer: sem rede, sem o perfil IPython de quem roda, sem tocar no que é de quem
estuda, com uma linha de execução e a mesma semente de dispersão, para a saída não variar.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

#: Segundos. Só existe para que uma célula presa não prenda a execução para sempre: cem vezes o que
#: a mais demorada leva, para que uma máquina ocupada mude a espera, e não o resultado.
PATIENCE = 1200
#: Quantas linhas de execução as contas usam; quem roda pode pedir outro número.
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS")
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_LINE = re.compile(r"(?:Cell In\[\d+\], line |In\[\d+\]:\s*|^-+> ?)(\d+)", re.MULTILINE)


class ExecutionFailure(Exception):
    """Conta em que célula, em que linha e por que o notebook parou."""


def environment(folder: Path) -> dict[str, str]:
    """Devolve as variáveis de ambiente de um núcleo isolado, e cria as pastas de que ele precisa.

    Parâmetros:
        folder: pasta temporária, já existente, só para esta execução.
    """
    startup = folder / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True, exist_ok=True)
    own = folder / "meu_curso"
    own.mkdir(exist_ok=True)
    guard = Path(__file__).with_name("no_network.py")
    # Uma expressão, e não uma importação: nada pode sobrar no espaço de nomes do notebook.
    (startup / "00-sem-rede.py").write_text(
        f"__import__('runpy').run_path({str(guard)!r}, run_name='__main__')\n", encoding="utf-8"
    )
    return {
        "IPYTHONDIR": str(folder / "ipython"),
        "TRANSFORMERS_POR_DENTRO_PROGRESSO": str(folder / "progresso.json"),
        "TRANSFORMERS_POR_DENTRO_MEU_CURSO": str(own),
        "PYTHONHASHSEED": "0",
        **{name: os.environ.get(name, "1") for name in THREADS},
        "NO_COLOR": "1",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }


def run(notebook, folder: Path, scratch: Path, timeout: int = PATIENCE) -> None:
    """Executa todas as células em ordem e guarda as saídas no próprio notebook.

    Parâmetros:
        notebook: notebook do nbformat; células e saídas são alteradas no lugar.
        folder: pasta em que o núcleo trabalha (a dos notebooks).
        scratch: pasta temporária para perfil e progresso.
        timeout: segundos que cada célula pode levar.

    Erros:
        ExecutionFailure: se uma célula levantar uma exceção ou passar do tempo duas vezes.
    """
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    for attempt in (1, 2):
        client = NotebookClient(
            notebook,
            timeout=timeout,
            startup_timeout=timeout,
            kernel_name="python3",
            kernel_manager_class=_manager_of_this_environment(),
            record_timing=False,
            store_widget_state=False,
            coalesce_streams=True,
            shutdown_kernel="immediate",
            resources={"metadata": {"path": str(folder)}},
        )
        try:
            # O que o próprio núcleo escreve no terminal não é saída de célula.
            client.execute(env={**os.environ, **environment(scratch)}, stderr=subprocess.DEVNULL)
            return
        except CellExecutionError as error:
            raise ExecutionFailure(_describe(notebook, error)) from error
        except (CellTimeoutError, DeadKernelError) as error:
            # O nbclient às vezes fica à espera de um núcleo que já terminou; uma nova tentativa
            # separa esse acidente de uma célula que de fato não acaba.
            if attempt == 2:
                number = _failing_cell(notebook)
                raise ExecutionFailure(
                    f"célula {number}: passou de {timeout} s, ou o núcleo caiu, em duas tentativas"
                ) from error


def _manager_of_this_environment() -> type:
    """Faz o núcleo usar o Python que está rodando, e não outro que se chame `python3`."""
    import ipykernel.kernelspec
    from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager

    class SpecManager(KernelSpecManager):
        def get_kernel_spec(self, kernel_name):
            spec = ipykernel.kernelspec.get_kernel_dict()
            spec["argv"] = [sys.executable, *spec["argv"][1:]]
            return KernelSpec(resource_dir=ipykernel.kernelspec.RESOURCES, **spec)

    class Manager(AsyncKernelManager):
        def _kernel_spec_manager_default(self):
            return SpecManager(parent=self.parent)

    return Manager


def _failing_cell(notebook) -> int:
    """Conta células desde 1; a que falhou é a última que o núcleo começou."""
    started = [
        number
        for number, cell in enumerate(notebook.cells, 1)
        if cell.cell_type == "code" and (cell.execution_count or cell.outputs)
    ]
    return started[-1] if started else 1


def _describe(notebook, error) -> str:
    number = _failing_cell(notebook)
    source = notebook.cells[number - 1].source.splitlines()
    found = _LINE.search(_COLOURS.sub("", error.traceback or ""))
    where = f"célula {number}"
    if found and int(found[1]) <= len(source):
        line = int(found[1])
        where += f", linha {line} (`{source[line - 1].strip()}`)"
    return f"{where}: {error.ename}: {_COLOURS.sub('', error.evalue or '')}"
