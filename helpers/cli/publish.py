"""Comando `publicar`: o curso como site estático.

O analisador usa só a biblioteca padrão, e o comando o mostra antes de o ambiente existir; o resto
roda dentro do ambiente.
"""

import argparse
from pathlib import Path

from helpers.classroom.folder import FolderError
from helpers.cli.console import COMMAND, CliError, print_failure, say
from helpers.cli.portuguese import Parser

ROOT = Path(__file__).resolve().parents[2]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Acrescenta ao analisador as opções do comando.

    Parâmetros:
        parser: o analisador de `publicar`.
    """
    parser.add_argument(
        "--saida", default="site", metavar="PASTA", help="onde pôr o site (a pasta site)"
    )
    parser.add_argument(
        "--folha",
        action="store_true",
        help="põe junto uma folha de exercícios por lição, sem soluções, para imprimir",
    )


def main(arguments: list[str]) -> int:
    """Faz o site e devolve o código de saída: 0 se deu certo.

    Parâmetros:
        arguments: o que veio depois de `publicar` na linha de comando.
    """
    from helpers.page import lecture, living, site

    parser = Parser(prog=f"{COMMAND} publicar")
    add_arguments(parser)
    options = parser.parse_args(arguments)
    folder = Path(options.saida).expanduser()
    try:
        site.check_folder(folder)
        files = site.make(ROOT, options.folha, lambda title: say(f"  {title}"))
        site.write_folder(folder, files)
    except FolderError as error:
        return print_failure(error)
    except (living.PageError, lecture.NotesError, OSError) as error:
        step = f"confira as lições com {COMMAND} testar --rapido"
        return print_failure(CliError(f"{str(error).rstrip('.')}.", step))
    say(f"\nO site está em {folder.resolve()}. Abra {folder / 'index.html'} no navegador.")
    return 0
