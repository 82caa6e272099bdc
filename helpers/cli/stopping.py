"""Ctrl-C que espera: o primeiro pede para parar no fim do passo; o segundo para na hora."""

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from helpers.cli.console import say


class StopRequest:
    """Diz se alguém pediu para parar."""

    def __init__(self) -> None:
        self.requested = False

    def __call__(self, number: int, frame: object) -> None:
        if self.requested:
            raise KeyboardInterrupt
        self.requested = True
        say("\nGuardando o que já foi feito… (Ctrl-C de novo para na hora)")


@contextmanager
def on_request() -> Iterator[StopRequest]:
    """Troca o Ctrl-C e o `kill` por um pedido enquanto o bloco roda; depois, volta ao que era."""
    stop = StopRequest()
    if threading.current_thread() is not threading.main_thread():
        yield stop  # só a linha principal recebe sinais
        return
    former = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


def wait_for(command: list[str], environment: dict[str, str]) -> int:
    """Roda um programa e espera por ele mesmo depois de um Ctrl-C, para que possa guardar tudo.

    O Ctrl-C do terminal chega aos dois processos; o `kill`, só a este, que o passa adiante.

    Parâmetros:
        command: o programa e os argumentos.
        environment: as variáveis de ambiente dele.

    Retorna:
        O código de saída do programa.
    """
    sys.stdout.flush()
    with subprocess.Popen(command, env=environment) as child:
        former = signal.signal(signal.SIGTERM, lambda *_: child.terminate())
        try:
            while True:
                try:
                    return child.wait()
                except KeyboardInterrupt:
                    continue
        finally:
            signal.signal(signal.SIGTERM, former)
