"""Comando `treinar`: do texto a um modelo guardado, com o andamento na tela.

O analisador usa só a biblioteca padrão, e o comando o mostra antes de o ambiente existir; o resto
roda dentro do ambiente.
"""

import argparse

from helpers import student_folder
from helpers.cli import stopping
from helpers.cli.console import COMMAND, CliError, print_failure, say
from helpers.cli.portuguese import MOST_SEED, Parser, whole
from helpers.cli.training_job import STATE, Job
from helpers.files import reason

OUTPUT = "meu_modelo"
#: O que se diz na linha de comando e precisa ser igual ao retomar.
REMEMBERED = ("texto", "rapido", "semente", "passos")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Acrescenta ao analisador as opções do comando.

    Parâmetros:
        parser: o analisador de `treinar`.
    """
    parser.add_argument(
        "--texto",
        metavar="CAMINHO",
        help="arquivo de texto em UTF-8, ou pasta com .txt e .md; sem ele, histórias da gramática",
    )
    parser.add_argument(
        "--rapido", action="store_true", help="modelo pequeno, em menos de um minuto"
    )
    parser.add_argument("--semente", type=whole(0, MOST_SEED), metavar="N", help="do sorteio (0)")
    parser.add_argument("--passos", type=whole(1), metavar="N", help="quantos passos treinar")
    parser.add_argument("--saida", metavar="PASTA", help=f"onde guardar o modelo ({OUTPUT})")
    parser.add_argument(
        "--retomar", action="store_true", help="continua um treino interrompido, do mesmo ponto"
    )
    parser.add_argument(
        "--de-novo", action="store_true", help="começa outro no lugar do que houver na pasta"
    )
    parser.add_argument(
        "--nucleos", type=whole(1), metavar="N", help="núcleos do processador a usar (todos)"
    )


def main(arguments: list[str]) -> int:
    """Treina e devolve o código de saída: 0 se terminou, 130 se foi interrompido.

    Parâmetros:
        arguments: o que veio depois de `treinar` na linha de comando.
    """
    from helpers.checkpoint import CheckpointError
    from helpers.training import Diverged, MaterialError

    parser = Parser(prog=f"{COMMAND} treinar")
    add_arguments(parser)
    options = parser.parse_args(arguments)
    try:
        return _train(options)
    except CliError as error:
        return print_failure(error)
    except MaterialError as error:
        return print_failure(CliError(error.message, error.next_step))
    except Diverged as error:
        step = f"recomece com outra semente: {COMMAND} treinar --de-novo --semente 1."
        return print_failure(CliError(f"{str(error).split(';')[0]}.", step))
    except CheckpointError as error:
        step = f"treine em outra pasta, com --saida, ou recomece com {COMMAND} treinar --de-novo"
        return print_failure(CliError(f"{error}.", f"{step}."))
    except OSError as error:
        message = f"não consegui gravar {error.filename}: {reason(error)}."
        step = "confira o espaço em disco e as permissões; o último ponto guardado está inteiro."
        return print_failure(CliError(message, step))


def _train(options):
    if options.saida:
        folder = student_folder.find_or_place(options.saida)
    else:
        folder = student_folder.place(OUTPUT)
    remembered = _remember(options, folder)
    _prepare_folder(folder, options.retomar)
    job = Job(folder, remembered, options)
    with stopping.on_request() as stop:
        finished = job.work(stop)
    if finished:
        # Sem --modelo, `gerar` escreve com o modelo do curso.
        say(f"Modelo guardado em {folder}. Para escrever com ele:")
        say(f'{COMMAND} gerar --modelo "{folder}"')
        return 0
    say(f"Treino interrompido no passo {job.run.step}, e guardado em {folder}.")
    say(f"Para continuar do mesmo ponto: {COMMAND} treinar --retomar{_output(options)}")
    return 130


def _remember(options, folder):
    """Devolve as escolhas que valem: as de agora ou, ao retomar, as do treino guardado."""
    from helpers.training import read_notes

    given = {name: getattr(options, name) for name in REMEMBERED}
    if given["texto"] is not None:
        given["texto"] = str(student_folder.find(given["texto"]).resolve())
    state, has_model = folder / STATE, (folder / "config.json").is_file()
    if options.retomar:
        if not state.is_file():
            what = "o treino já terminou" if has_model else "não há treino interrompido"
            raise CliError(
                f"nada a retomar em {folder}: {what}.",
                f"para começar um treino, rode {COMMAND} treinar{_output(options)}"
                + (" --de-novo." if has_model else "."),
            )
        saved = read_notes(state)["notes"]["opcoes"]
        for name, value in given.items():
            if value not in (None, False) and value != saved[name]:
                raise CliError(
                    f"o treino de {folder} começou com {name}={_said(saved[name])}, e agora veio "
                    f"{name}={_said(value)}.",
                    f"para continuar, rode {COMMAND} treinar --retomar{_output(options)}; para "
                    "começar outro, troque --retomar por --de-novo ou escolha outra --saida.",
                )
        return saved
    if (state.is_file() or has_model) and not options.de_novo:
        what = "um treino interrompido" if state.is_file() else "um modelo pronto"
        resume = f"--retomar{_output(options)} continua; " if state.is_file() else ""
        raise CliError(
            f"{folder} já tem {what}.",
            f"{resume}--de-novo põe outro no lugar; --saida escolhe outra pasta.",
        )
    return given


def _prepare_folder(folder, resuming):
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".escrita"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise CliError(
            f"não consigo gravar em {folder}: {reason(error)}.",
            "escolha outra pasta com --saida.",
        ) from error
    if not resuming:
        (folder / STATE).unlink(missing_ok=True)


def _said(value):
    return {None: "o padrão", True: "sim", False: "não"}.get(value, value)


def _output(options):
    return f' --saida "{options.saida}"' if options.saida else ""
