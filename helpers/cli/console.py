"""Conversa com o terminal: acentos que não quebram e falhas que dizem o que fazer.

Só sintaxe antiga (3.6) neste arquivo: ele roda antes da conferência do Python.
"""

import contextlib
import os
import sys
import traceback

# O Debian e o macOS não têm "python"; o Windows não tem "python3".
COMMAND = "python -m helpers" if os.name == "nt" else "python3 -m helpers"
_REPORT = f"rode {COMMAND} verificar e abra uma issue com o que aparecer e com esta mensagem."


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

    Retorna:
        Falso quando quem lia já se foi, como o `head`; o comando segue, calado.
    """
    stream = sys.stdout if stream is None else stream
    if stream is None:  # não há terminal: quem chamou o fechou
        return False
    try:
        try:
            stream.write(text + end)
        except UnicodeEncodeError:
            stream.write((text + end).encode("ascii", "replace").decode("ascii"))
        stream.flush()
    except BrokenPipeError:
        _silence(stream)
        return False
    return True


def _silence(stream):
    """Joga fora o que mais se escrever: ao terminar, o Python reclamaria de novo, em inglês."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


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


def guarded(command, arguments):
    """Roda um comando; o que ele não previu também vira uma mensagem, e não um rastro em inglês.

    Parâmetros:
        command: recebe os argumentos e devolve o código de saída.
        arguments: o que veio na linha de comando, sem o nome do programa.

    Retorna:
        O código de saída.
    """
    try:
        return command(arguments)
    except MemoryError:
        return print_failure(
            CliError("faltou memória.", "feche o navegador e os outros programas e rode de novo.")
        )
    except ImportError as error:
        step = f"rode {COMMAND} verificar: ele diz o que está estragado e como refazer."
        return print_failure(CliError(f"um pacote do ambiente não carrega: {error}.", step))
    except OSError as error:
        return print_failure(_refused(error))
    except Exception as error:
        return print_failure(_unexpected(error))


def _refused(error):
    from helpers.files import reason

    if error.filename is None:
        _silence(sys.stdout)  # pode ser a própria saída, num disco cheio
    where = "" if error.filename is None else f"{error.filename}: "
    return CliError(
        f"o sistema recusou um pedido do curso ({where}{reason(error)}).",
        "confira o espaço em disco e se a pasta é sua e deixa gravar, e rode de novo. Se repetir, "
        + _REPORT,
    )


def _unexpected(error):
    steps = traceback.extract_tb(error.__traceback__)
    where = " → ".join(f"{os.path.basename(step.filename)}:{step.lineno}" for step in steps)
    return CliError(
        f"aconteceu algo que o curso não previa: {type(error).__name__}: {error}\n    ({where})",
        "rode de novo; se repetir, " + _REPORT,
    )
