"""Conversa com o terminal: acentos que não quebram e falhas que dizem o que fazer.

Só sintaxe antiga (3.6) neste arquivo: ele roda antes da conferência do Python.
"""

import contextlib
import os
import sys

# O Debian e o macOS não têm "python"; o Windows não tem "python3".
COMMAND = "python -m helpers" if os.name == "nt" else "python3 -m helpers"


class CliError(Exception):
    """Falha esperada, com o próximo passo para quem lê.

    Parâmetros:
        message: o que aconteceu, numa frase.
        next_step: o que fazer agora.
        exit_code: código de saída do programa.
    """

    def __init__(self, message, next_step, exit_code=1):
        super().__init__(message)
        self.message = message
        self.next_step = next_step
        self.exit_code = exit_code


def prepare_console():
    """Põe a saída em UTF-8, para que acentos não derrubem o programa no Windows."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is None:  # Python 3.6, ou saída trocada por um teste
            continue
        # Num terminal que não deixa trocar, `say` ainda escreve, sem acentos.
        with contextlib.suppress(OSError, ValueError):
            reconfigure(encoding="utf-8", errors="replace")


def say(text="", stream=None, end="\n"):
    """Escreve uma linha, mesmo num terminal que não conhece acentos.

    Parâmetros:
        text: o que escrever.
        stream: onde; a saída padrão quando falta.
        end: o que vem depois do texto.
    """
    stream = sys.stdout if stream is None else stream
    try:
        stream.write(text + end)
    except UnicodeEncodeError:
        stream.write((text + end).encode("ascii", "replace").decode("ascii"))
    stream.flush()


def print_failure(error):
    """Mostra a falha e o próximo passo na saída de erro.

    Parâmetros:
        error: a `CliError` que interrompeu o comando.

    Retorna:
        Código de saída, diferente de 0.
    """
    say("", sys.stderr)
    say(f"[FALHA] {error.message}", sys.stderr)
    say(f"O que fazer: {error.next_step}", sys.stderr)
    return error.exit_code
