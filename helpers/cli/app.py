"""A linha de comando: lê os argumentos e chama o comando certo."""

import argparse
import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

from helpers.classroom.folder import FolderError
from helpers.cli import (
    bootstrap,
    environment,
    generate,
    installer,
    lab,
    measure,
    own_course,
    place,
    preflight,
    processors,
    publish,
    report,
    stopping,
    train,
)
from helpers.cli import execute as rerun
from helpers.cli.console import COMMAND, CliError, print_failure, say
from helpers.cli.portuguese import Parser

# Dois processos, que cabem em 8 GB; as células de um notebook ficam no mesmo, em ordem. Os arquivos
# vão na ordem das pastas: os de navegador, poucos e longos, no fim deixariam um processo à toa.
PARALLEL = ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"]
QUICK = ["-m", "not slow and not browser and not emulated"]


def build_parser() -> argparse.ArgumentParser:
    """Monta o analisador de argumentos, com a ajuda toda em português."""
    parser = Parser(
        prog=COMMAND,
        description="Transformers por dentro: instala, abre e testa o curso. Rode na pasta do "
        "projeto. No Linux e no macOS o comando costuma se chamar python3; no Windows, py.",
    )
    commands = parser.add_subparsers(dest="command", metavar="comando", title="comandos")

    opening = _add(commands, "abrir", "instala o que faltar e abre o JupyterLab no notebook 00")
    opening.add_argument(
        "--porta", type=_port, metavar="N", help="porta do JupyterLab (8888, ou a próxima livre)"
    )
    opening.add_argument(
        "--sem-navegador", action="store_true", help="não abre o navegador: só mostra o endereço"
    )
    opening.add_argument(
        "--so-preparar",
        action="store_true",
        help="instala e confere, sem abrir nada (para preparar um laboratório na véspera)",
    )
    opening.add_argument(
        "--aula", metavar="NN", help="projeta a lição NN, tela por tela, com as notas à parte"
    )
    testing = _add(
        commands,
        "testar",
        "instala o que faltar, inclusive para os testes, e roda os testes",
        epilog="O que vier depois de -- vai para o pytest: testar --rapido -- -k bpe",
    )
    testing.add_argument(
        "--rapido", action="store_true", help="pula os testes demorados e os do navegador"
    )
    testing.add_argument(
        "--processadores",
        action="store_true",
        help="roda as lições e as contas como em dez processadores e diz o que muda (uma hora)",
    )
    _add(commands, "verificar", "mostra o estado do ambiente, pronto para colar numa issue")
    rerun.add_arguments(
        _add(
            commands,
            "executar",
            "roda os notebooks de novo, guarda as saídas, acerta os pares",
        )
    )
    updating = _add(
        commands, "atualizar", "traz as lições novas para meu_curso; o que você escreveu fica"
    )
    updating.add_argument(
        "--de",
        metavar="PASTA",
        help="traz também o que você fez em outra pasta, como a de um curso baixado antes",
    )
    restarting = _add(
        commands, "recomecar", "põe uma lição de meu_curso como veio, e guarda a sua com a data"
    )
    restarting.add_argument("licao", metavar="lição", help="qual, como 01 ou anexos/01")
    train.add_arguments(_add(commands, "treinar", "treina um modelo que escreve em português"))
    generate.add_arguments(_add(commands, "gerar", "escreve um texto com um modelo treinado"))
    measure.add_arguments(_add(commands, "medir", "refaz os números do cartão de um modelo"))
    publish.add_arguments(
        _add(commands, "publicar", "faz do curso um site que abre sem instalar nada")
    )
    return parser


def run(arguments: list[str]) -> int:
    """Executa um comando e transforma as falhas em mensagens.

    Parâmetros:
        arguments: os argumentos, sem o nome do programa.

    Retorna:
        Código de saída: 0 quando deu certo.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # `kill` encerra como o Ctrl-C
    own, extra = _split(arguments)
    parser = build_parser()
    options, unknown = parser.parse_known_args(own)
    options.extra = extra
    if options.command is None:
        if unknown:
            parser.error("não conheço: " + " ".join(unknown))
        parser.print_help()
        return 0
    if unknown or (extra and options.command != "testar"):
        parser.error("não conheço: " + " ".join(unknown or ["--", *extra]))
    if options.command in INSIDE:
        options.extra = own[own.index(options.command) + 1 :]  # quem as entende roda no ambiente
    try:
        return COMMANDS[options.command](environment.ROOT, options)
    except (CliError, FolderError) as error:
        return print_failure(error)
    except KeyboardInterrupt:
        say("\nInterrompido. Rode de novo quando quiser: o que já foi feito será aproveitado.")
        return 130


def open_course(root: Path, options: argparse.Namespace) -> int:
    """Prepara o ambiente de estudo e abre o JupyterLab.

    Parâmetros:
        options: `porta`, `sem_navegador`, `so_preparar` e `aula`.

    Retorna:
        Código de saída.
    """
    preflight.check_project(root)
    lab.check_notebook(root)
    here = place.detect(os.environ)
    if here and not here.opens and not options.so_preparar:
        raise CliError(f"daqui ({here.name}) o JupyterLab do curso não se abre.", here.told(0, {}))
    lesson = lab.lesson_named(root, options.aula) if options.aula is not None else None
    port = None if options.so_preparar else lab.choose_port(options.porta)
    bootstrap.prepare(root, "estudo")
    if port is None:
        return 0
    if not lab.port_is_free(port):  # alguém a tomou enquanto se instalava
        port = lab.choose_port(options.porta)
    if here:
        say(f"\n{here.told(port, os.environ)}\n")
    browser = not options.sem_navegador and (here is None or here.browser)
    with own_course.kept_current(root):
        return lab.open_lab(root, port, browser, lesson)


def run_tests(root: Path, options: argparse.Namespace) -> int:
    """Prepara o ambiente de testes e roda o pytest.

    Parâmetros:
        options: `rapido`, `processadores` e `extra`, os argumentos repassados ao pytest.

    Retorna:
        O código de saída do pytest.
    """
    python = bootstrap.prepare(root, "testes")
    command = [str(python), "-m", "pytest", *PARALLEL]
    if options.processadores:
        numeric = [*command, *processors.CHOSEN, *options.extra]
        return processors.compare(lambda more, env: _call(root, [*numeric, *more], env))
    return _call(root, [*command, *(QUICK if options.rapido else []), *options.extra])


def verify(root: Path, options: argparse.Namespace) -> int:
    """Mostra o estado do ambiente.

    Parâmetros:
        options: não usado; todos os comandos têm a mesma assinatura.

    Retorna:
        0 quando tudo que é obrigatório está bem.
    """
    return report.show(root)


def execute(root: Path, options: argparse.Namespace) -> int:
    """Roda os notebooks de novo, no ambiente ativo se ele serve; se não, prepara o de testes.

    Parâmetros:
        options: `extra`, o que veio depois de `executar` na linha de comando.

    Retorna:
        Código de saída.
    """
    if environment.is_active(root, "testes"):
        python = Path(sys.executable)
    else:
        python = bootstrap.prepare(root, "testes")
    code = (
        f"{LAST}; from helpers.cli import execute, portuguese; "
        "portuguese.speak_portuguese(); sys.exit(execute.main(sys.argv[1:]))"
    )
    return _call(root, [str(python), "-c", code, *options.extra])


def update_lessons(root: Path, options: argparse.Namespace) -> int:
    """Traz as lições novas para a pasta de quem estuda; não precisa do ambiente.

    Parâmetros:
        options: `de`, outra pasta de onde trazer respostas.

    Retorna:
        Código de saída.
    """
    return own_course.bring(root, options.de)


def restart_lesson(root: Path, options: argparse.Namespace) -> int:
    """Põe uma lição como veio; não precisa do ambiente.

    Parâmetros:
        options: `licao`, qual.

    Retorna:
        Código de saída.
    """
    return own_course.start_again(root, options.licao)


def train_model(root: Path, options: argparse.Namespace) -> int:
    """Prepara o ambiente de estudo e treina um modelo.

    Parâmetros:
        options: `extra`, o que veio depois de `treinar` na linha de comando.

    Retorna:
        Código de saída.
    """
    return _inside(root, "train", options.extra)


def write_text(root: Path, options: argparse.Namespace) -> int:
    """Prepara o ambiente de estudo e escreve um texto.

    Parâmetros:
        options: `extra`, o que veio depois de `gerar` na linha de comando.

    Retorna:
        Código de saída.
    """
    return _inside(root, "generate", options.extra)


def measure_model(root: Path, options: argparse.Namespace) -> int:
    """Prepara o ambiente de estudo e refaz as medidas de um modelo.

    Parâmetros:
        options: `extra`, o que veio depois de `medir` na linha de comando.

    Retorna:
        Código de saída.
    """
    return _inside(root, "measure", options.extra)


def publish_site(root: Path, options: argparse.Namespace) -> int:
    """Prepara o ambiente de estudo e faz o site.

    Parâmetros:
        options: `extra`, o que veio depois de `publicar` na linha de comando.

    Retorna:
        Código de saída.
    """
    return _inside(root, "publish", options.extra)


COMMANDS = {
    "abrir": open_course,
    "testar": run_tests,
    "verificar": verify,
    "executar": execute,
    "atualizar": update_lessons,
    "recomecar": restart_lesson,
    "treinar": train_model,
    "gerar": write_text,
    "medir": measure_model,
    "publicar": publish_site,
}
#: A pasta atual vai para o fim: um token.py nela não é o do Python.
LAST = "import sys; sys.path.append(sys.path.pop(0))"
#: Os que leem as próprias opções de novo, dentro do ambiente.
INSIDE = ("executar", "treinar", "gerar", "medir", "publicar")


def _inside(root: Path, module: str, arguments: list[str]) -> int:
    # A saída fica só com o que o comando escreve: `gerar > historia.txt` guarda a história.
    with contextlib.redirect_stdout(sys.stderr):
        python = bootstrap.prepare(root, "estudo")
    code = (
        f"{LAST}; from helpers.cli import console, {module}; "
        f"sys.exit(console.guarded({module}.main, sys.argv[1:]))"
    )
    command = [str(python), "-c", code, *arguments]
    return stopping.wait_for(command, processors.SPIN | installer.child_environment())


def _call(root: Path, command: list[str], variables: dict[str, str] | None = None) -> int:
    # `call`, e não `exec`: no Windows o terminal voltaria antes do fim.
    sys.stdout.flush()
    # Sem guardar o que já compilou, cada núcleo e cada processo dos testes compilaria tudo de novo.
    compiled = {"PYTHONDONTWRITEBYTECODE": ""}
    given = installer.child_environment()
    if variables is not None:
        given = {name: told for name, told in given.items() if name not in processors.EMULATING}
    environment = given | compiled | (variables or {})
    return subprocess.call(command, cwd=root, env=environment)


def _add(commands, name: str, summary: str, **options) -> argparse.ArgumentParser:
    return commands.add_parser(
        name, help=summary, description=summary[0].upper() + summary[1:] + ".", **options
    )


def _split(arguments: list[str]) -> tuple[list[str], list[str]]:
    if "--" not in arguments:
        return arguments, []
    cut = arguments.index("--")
    return arguments[:cut], arguments[cut + 1 :]


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"a porta vai de 1 a 65535, e veio {text}")
    return int(text)
