"""Porta de entrada de `python -m helpers`.

Este arquivo, `cli/console.py` e `cli/preflight.py` usam só sintaxe antiga (3.6): quem tem um
Python velho precisa chegar até a mensagem que explica isso. O resto só é importado depois.
"""

import os
import sys
import warnings

try:
    HERE = os.getcwd()
except OSError:  # a pasta atual foi apagada
    HERE = None
if sys.path[0] == HERE:
    # Com -m, a pasta atual vem na frente: um token.py nela seria lido no lugar do que é do Python.
    sys.path.append(sys.path.pop(0))

from helpers.cli.console import CliError, guarded, prepare_console, print_failure
from helpers.cli.preflight import check_python


def main():
    """Confere o Python e entrega a linha de comando ao resto do programa.

    Retorna:
        Código de saída: 0 quando deu certo.
    """
    prepare_console()
    warnings.simplefilter("ignore")  # PYTHONWARNINGS=error faria de cada aviso um erro
    try:
        check_python(tuple(sys.version_info[:3]), sys.implementation.name)
    except CliError as error:
        return print_failure(error)
    from helpers.cli.app import run

    return guarded(run, sys.argv[1:])


def speak_utf8():
    """Recomeça em UTF-8 quando a língua do terminal esconde os acentos dos caminhos."""
    if sys.getfilesystemencoding().lower() != "utf-8" and os.environ.get("PYTHONUTF8") != "1":
        os.environ["PYTHONUTF8"] = "1"
        os.execv(sys.executable, [sys.executable, "-m", "helpers", *sys.argv[1:]])


if __name__ == "__main__":
    speak_utf8()
    sys.exit(main())
