"""Núcleos que já nascem com o torch importado: metade do que um notebook curto custa é importá-lo.

Um processo por ambiente importa o que é pesado e espera; para cada núcleo pedido ele se divide
(`fork`), e a cópia continua como um núcleo do Jupyter qualquer. Quem o Jupyter vê, e a quem manda
os sinais, é um processo pequeno, que pede a cópia e vive enquanto ela vive.

Nos outros sistemas, o núcleo começa do zero, como para quem estuda.
"""

import gc
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from unittest import mock


def can_serve(folder: str) -> bool:
    """Diz se há como: só no Linux, e o endereço tem de caber nos 108 bytes que o sistema aceita."""
    return sys.platform == "linux" and len(os.fsencode(folder)) < 100


class WarmKernels:
    """Um processo à espera, no ambiente deste, que faz os núcleos que lhe pedem.

    Parâmetros:
        address: caminho, ainda livre, em pasta que só esta pessoa lê: por ele se pedem os núcleos.
    """

    def __init__(self, address: Path):
        self.address = str(address)
        server = socket.socket(socket.AF_UNIX)
        server.bind(self.address)
        server.listen()
        command = [sys.executable, __file__, "serve", str(server.fileno())]
        # A outra ponta da entrada padrão: quando este processo acaba, o que espera acaba também.
        self.process = subprocess.Popen(command, pass_fds=[server.fileno()], stdin=subprocess.PIPE)
        server.close()

    def used(self):
        """Faz o que se abrir dentro do `with` pedir os núcleos a este processo."""
        command = [sys.executable, "-I", "-S", __file__, "ask", self.address, "{connection_file}"]
        return mock.patch("ipykernel.kernelspec.make_ipkernel_cmd", return_value=command)

    def close(self) -> None:
        """Encerra o processo que espera; os núcleos já pedidos não dependem dele."""
        self.process.stdin.close()
        self.process.wait()


def serve(listening: int) -> None:
    """Importa o que é pesado e se divide a cada pedido, até fecharem a entrada padrão."""
    import ipykernel.kernelapp  # noqa: F401
    import torch  # noqa: F401

    gc.collect()
    gc.freeze()  # o coletor de cada cópia não percorre o que veio pronto
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # quem se dividiu não é esperado
    server = socket.socket(fileno=listening)
    while sys.stdin not in select.select([server, sys.stdin], [], [])[0]:
        connection, _ = server.accept()
        if os.fork() == 0:
            server.close()
            return _become_kernel(connection)
        connection.close()


def _leave_with(asker: socket.socket) -> None:
    asker.recv(1)  # só volta quando quem pediu acaba
    os._exit(0)


def _become_kernel(connection: socket.socket) -> None:
    data, files, _, _ = socket.recv_fds(connection, 1 << 20, 3)
    asked = json.loads(data)
    for number, given in enumerate(files):
        os.dup2(given, number)
        os.close(given)
    os.setsid()
    os.environ.clear()
    os.environ.update(asked["variables"])
    os.environ.pop("JPY_PARENT_PID", None)  # quem o pediu não é o pai dele
    os.chdir(asked["folder"])
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    connection.sendall(b"%d" % os.getpid())
    threading.Thread(target=_leave_with, args=(connection,), daemon=True).start()

    import random

    import numpy as np
    from ipykernel.kernelapp import IPKernelApp

    random.seed()  # sem isto toda cópia sortearia o mesmo
    np.random.seed()
    sys.argv = ["ipykernel_launcher", "-f", asked["file"]]
    sys.path[:] = [place for place in sys.path if place != str(Path(__file__).parent)]
    IPKernelApp.launch_instance()


def ask(address: str, connection_file: str) -> None:
    """Pede um núcleo, repassa a ele os sinais e acaba com ele."""
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(address)
    asked = {"variables": dict(os.environ), "folder": os.getcwd(), "file": connection_file}
    socket.send_fds(connection, [json.dumps(asked).encode()], [0, 1, 2])
    kernel = int(connection.recv(32))
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda received, _: os.kill(kernel, received))
    while connection.recv(32):
        pass


if __name__ == "__main__":
    {"serve": lambda at: serve(int(at)), "ask": ask}[sys.argv[1]](*sys.argv[2:])
