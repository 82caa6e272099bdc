"""Comando `gerar`: o modelo escreve no terminal, letra por letra.

O analisador usa só a biblioteca padrão, e o comando o mostra antes de o ambiente existir; o resto
roda dentro do ambiente.
"""

import argparse
import codecs
import sys
import unicodedata
from pathlib import Path

from helpers import student_folder
from helpers.cli.console import COMMAND, CliError, print_failure, say
from helpers.cli.portuguese import MOST_SEED, Parser, whole

COURSE_MODEL = Path(__file__).resolve().parents[2] / "data" / "modelo"
N_TOKENS = 300


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Acrescenta ao analisador as opções do comando.

    Parâmetros:
        parser: o analisador de `gerar`.
    """
    parser.add_argument("--modelo", metavar="PASTA", help="pasta do modelo (o do curso, ou o seu)")
    parser.add_argument("--texto", default="", metavar="TEXTO", help="como o texto começa")
    parser.add_argument(
        "--temperatura",
        type=_number,
        default=1.0,
        metavar="T",
        help="1 é o próprio modelo; menos é mais certinho; 0 não sorteia (1)",
    )
    parser.add_argument("--k", type=whole(1), metavar="K", help="só os K tokens mais prováveis")
    parser.add_argument(
        "--p", type=_number, metavar="P", help="só os mais prováveis que somem P, de 0 a 1"
    )
    parser.add_argument(
        "--min-p",
        type=_number,
        metavar="P",
        help="só os que tenham ao menos P vezes a probabilidade do maior",
    )
    parser.add_argument(
        "--penalidade",
        type=_number,
        default=1.0,
        metavar="R",
        help="mais de 1 desfavorece o que já foi escrito (1)",
    )
    parser.add_argument(
        "--semente",
        type=whole(0, MOST_SEED),
        metavar="N",
        help="a mesma semente dá o mesmo texto (ao acaso)",
    )
    parser.add_argument(
        "--tokens", type=whole(0), default=N_TOKENS, metavar="N", help=f"no máximo ({N_TOKENS})"
    )


def main(arguments: list[str]) -> int:
    """Escreve um texto e devolve o código de saída: 0 se terminou, 130 se foi interrompido.

    Parâmetros:
        arguments: o que veio depois de `gerar` na linha de comando.
    """
    from helpers.checkpoint import CheckpointError

    parser = Parser(prog=f"{COMMAND} gerar")
    add_arguments(parser)
    options = parser.parse_args(arguments)
    try:
        writing = _start(options)
    except CliError as error:
        return print_failure(error)
    except CheckpointError as error:
        step = f"treine um modelo com {COMMAND} treinar, ou confira o caminho em --modelo."
        return print_failure(CliError(f"{str(error).rstrip('.')}.", step))
    except (TypeError, ValueError) as error:
        step = f"veja as opções com {COMMAND} gerar --ajuda"
        return print_failure(CliError(str(error), step))
    try:
        for piece in writing:
            if not say(piece, end=""):
                return 0  # quem lia, como o `head`, já tem o que queria
    except KeyboardInterrupt:
        say()
        return 130
    say()
    return 0


def _start(options):
    """Confere tudo e devolve um iterador de pedaços de texto, o começo pedido na frente."""
    import torch

    from helpers.bpe import END
    from helpers.sampling import Sampler, stream
    from helpers.saved_model import load_model

    sampler = Sampler(
        options.temperatura,
        k=options.k,
        p=options.p,
        min_p=options.min_p,
        penalty=options.penalidade,
    )
    model, tokenizer = load_model(_folder(options.modelo))
    end = tokenizer.special_tokens.get(END)
    # O modelo leu letras compostas, e os tokens dele trazem o espaço na frente: um espaço no fim
    # do começo seria um token que ele quase nunca viu ali.
    start = options.texto.rstrip(" ")
    prompt = tokenizer.encode(unicodedata.normalize("NFC", start))
    if end is not None:
        prompt = [end, *prompt]
    elif not prompt:
        raise CliError("este modelo não tem token de começo.", "diga como começar, com --texto.")
    if len(prompt) > model.config.n_ctx:
        say(
            f"[aviso] o começo tem {len(prompt)} tokens; o modelo só lê os últimos "
            f"{model.config.n_ctx}.",
            sys.stderr,
        )
    generator = torch.Generator()
    generator.seed() if options.semente is None else generator.manual_seed(options.semente)
    stop = () if end is None else end
    steps = stream(model, prompt, options.tokens, sampler, generator, stop, crop=True)
    return _letters(start, steps, tokenizer, end)


def _letters(start, steps, tokenizer, end):
    """Junta os bytes em letras inteiras: meia letra espera a outra metade."""
    yield start
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    for step in steps:
        if step.token != end:
            yield decoder.decode(tokenizer.decode_bytes([step.token]))
    yield decoder.decode(b"", final=True)


def _folder(asked):
    if asked is not None:
        return student_folder.find(asked)
    for folder in (COURSE_MODEL, student_folder.place("meu_modelo")):
        if (folder / "config.json").is_file():
            return folder
    raise CliError(
        "ainda não há modelo para escrever.",
        f"treine um com {COMMAND} treinar (com --rapido, leva menos de um minuto).",
    )


def _number(text):
    try:
        return float(text.replace(",", "."))
    except ValueError:
        raise argparse.ArgumentTypeError(f"espera um número; veio {text or 'nada'}") from None
