"""Porta de entrada de `python -m helpers`.

Este arquivo, `cli/console.py` e `cli/preflight.py` usam só sintaxe antiga (3.6): quem tem um
Python velho precisa chegar até a mensagem que explica isso. O resto só é importado depois.
"""

import os
import sys

if sys.path[0] == os.getcwd():
    # Com -m, a pasta atual vem na frente: um token.py nela seria lido no lugar do que é do Python.
    sys.path.append(sys.path.pop(0))

from helpers.cli.console import CliError, prepare_console, print_failure
from helpers.cli.preflight import check_python


def main():
    """Confere o Python e entrega a linha de comando ao resto do programa.

    Retorna:
        Código de saída: 0 quando deu certo.
    """
    prepare_console()
    try:
        check_python(tuple(sys.version_info[:3]), sys.implementation.name)
    except CliError as error:
        return print_failure(error)
    from helpers.cli.app import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
