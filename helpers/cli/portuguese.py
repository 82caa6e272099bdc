"""O argparse em português: ele só fala inglês, e não traz traduções."""

import argparse
import sys
from collections.abc import Callable
from typing import NoReturn

from helpers.cli.console import say

#: A maior semente que o torch aceita em qualquer computador.
MOST_SEED = 2**63 - 1

_TRANSLATIONS = {
    "usage: ": "uso: ",
    "positional arguments": "argumentos",
    "options": "opções",
    "argument %(argument_name)s: %(message)s": "argumento %(argument_name)s: %(message)s",
    "expected one argument": "falta o valor",
    "unrecognized arguments: %s": "não conheço: %s",
    "the following arguments are required: %s": "falta dizer: %s",
    "invalid %(type)s value: %(value)r": "%(value)r não serve aqui",
    "invalid choice: %(value)r (choose from %(choices)s)": (
        "%(value)r não existe (há: %(choices)s)"
    ),
    "invalid choice: %(value)r, maybe you meant %(closest)r? (choose from %(choices)s)": (
        "%(value)r não existe; seria %(closest)r? (há: %(choices)s)"
    ),
    "ignored explicit argument %r": "esta opção não leva valor (veio %r)",
    "ambiguous option: %(option)s could match %(matches)s": (
        "%(option)s pode ser várias: %(matches)s"
    ),
    "unknown parser %(parser_name)r (choices: %(choices)s)": (
        "%(parser_name)r não existe (há: %(choices)s)"
    ),
}


def translate(message: str | None) -> str | None:
    """Devolve a mensagem do argparse em português, ou ela mesma quando não há tradução.

    Parâmetros:
        message: o texto que o argparse passa ao gettext; às vezes None.
    """
    return _TRANSLATIONS.get(message, message)


def speak_portuguese() -> None:
    """Liga as traduções: `_` é o gancho que o argparse reserva ao gettext."""
    argparse._ = translate


def whole(least: int, most: int | None = None) -> Callable[[str], int]:
    """Devolve um leitor de inteiros para o argparse, que diz os limites quando recusa.

    Parâmetros:
        least: o menor aceito.
        most: o maior; sem valor, não há.
    """

    def read(text: str) -> int:
        wanted = f"a partir de {least}" if most is None else f"de {least} a {most}"
        try:
            value = int(text)
        except ValueError:
            value = least - 1
        if value < least or (most is not None and value > most):
            raise argparse.ArgumentTypeError(f"espera um inteiro {wanted}; veio {text or 'nada'}")
        return value

    return read


class Parser(argparse.ArgumentParser):
    """Analisador de argumentos com ajuda e erros em português.

    Parâmetros:
        options: o mesmo que o `ArgumentParser` aceita.
    """

    def __init__(self, **options) -> None:
        speak_portuguese()
        super().__init__(add_help=False, allow_abbrev=False, **options)
        self.add_argument(
            "-h", "--ajuda", "--help", action="help", help="mostra esta ajuda e termina"
        )

    def error(self, message: str) -> NoReturn:
        """Mostra o erro, o que fazer, e termina com código 2.

        Parâmetros:
            message: o erro, já em português.
        """
        say(f"[FALHA] {message}", sys.stderr)
        say(f"O que fazer: veja as opções com {self.prog} --ajuda", sys.stderr)
        sys.exit(2)
