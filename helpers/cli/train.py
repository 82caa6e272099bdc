"""Comando `treinar`: do texto a um modelo guardado, com o andamento na tela.

O analisador usa só a biblioteca padrão, e o comando o mostra antes de o ambiente existir; o resto
roda dentro do ambiente.
"""

import argparse
import dataclasses
from pathlib import Path

from helpers.cli import stopping, texts
from helpers.cli.console import COMMAND, CliError, print_failure, say
from helpers.cli.portuguese import Parser
from helpers.cli.progress import Progress
from helpers.cli.training_view import View

ROOT = Path(__file__).resolve().parents[2]
OUTPUT = "meu_modelo"
STATE, CARD, CURVE = "treino.safetensors", "cartao.md", "curva.png"
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
    parser.add_argument("--semente", type=_whole(0), metavar="N", help="do sorteio (0)")
    parser.add_argument("--passos", type=_whole(1), metavar="N", help="quantos passos treinar")
    parser.add_argument("--saida", metavar="PASTA", help=f"onde guardar o modelo ({OUTPUT})")
    parser.add_argument(
        "--retomar", action="store_true", help="continua um treino interrompido, do mesmo ponto"
    )
    parser.add_argument(
        "--de-novo", action="store_true", help="começa outro no lugar do que houver na pasta"
    )
    parser.add_argument(
        "--nucleos", type=_whole(1), metavar="N", help="núcleos do processador a usar (todos)"
    )


def main(arguments: list[str]) -> int:
    """Treina e devolve o código de saída: 0 se terminou, 130 se foi interrompido.

    Parâmetros:
        arguments: o que veio depois de `treinar` na linha de comando.
    """
    from helpers.checkpoint import CheckpointError
    from helpers.training import MaterialError

    parser = Parser(prog=f"{COMMAND} treinar")
    add_arguments(parser)
    options = parser.parse_args(arguments)
    try:
        return _train(options)
    except CliError as error:
        return print_failure(error)
    except MaterialError as error:
        return print_failure(CliError(error.message, error.next_step))
    except CheckpointError as error:
        step = f"treine em outra pasta, com --saida, ou recomece com {COMMAND} treinar --de-novo"
        return print_failure(CliError(f"{error}.", f"{step}."))
    except OSError as error:
        message = f"não consegui gravar {error.filename}: {error.strerror or error}."
        step = "confira o espaço em disco e as permissões; o último ponto guardado está inteiro."
        return print_failure(CliError(message, step))


def _train(options):
    folder = Path(options.saida) if options.saida else ROOT / OUTPUT
    remembered = _remember(options, folder)
    _prepare_folder(folder, options.retomar)
    job = _Job(folder, remembered, options)
    with stopping.on_request() as stop:
        finished = job.work(stop)
    if finished:
        return 0
    say(f"Treino interrompido no passo {job.run.step}, e guardado em {folder}.")
    say(f"Para continuar do mesmo ponto: {COMMAND} treinar --retomar{_output(options)}")
    return 130


def _remember(options, folder):
    """Devolve as escolhas que valem: as de agora ou, ao retomar, as do treino guardado."""
    from helpers.training import read_notes

    given = {name: getattr(options, name) for name in REMEMBERED}
    if given["texto"] is not None:
        given["texto"] = str(Path(given["texto"]).resolve())
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
            f"não consigo gravar em {folder}: {error.strerror or error}.",
            "escolha outra pasta com --saida.",
        ) from error
    if not resuming:
        (folder / STATE).unlink(missing_ok=True)


class _Job:
    """Um treino na linha de comando: prepara, avança, mostra e guarda."""

    def __init__(self, folder, choices, options):
        import torch

        from helpers.training import RECIPES

        # Vale para o processo inteiro, por isso fica aqui na borda e não no laço.
        torch.set_flush_denormal(True)
        if options.nucleos:
            torch.set_num_threads(options.nucleos)
        self.folder, self.choices, self.resuming = folder, choices, options.retomar
        self.recipe = RECIPES["rapido" if choices["rapido"] else "curso"]
        seed = choices["semente"] or 0
        settings = dataclasses.replace(self.recipe.settings, seed=seed)
        self.recipe = dataclasses.replace(self.recipe, settings=settings)
        self.progress = Progress(total=3)
        self.records = []

    def work(self, stop):
        """Faz tudo; devolve False se parou antes do fim, a pedido."""
        try:
            self._prepare()
            finished = self._loop(stop)
        finally:
            self.progress.close()
        if finished:
            self.progress.step("Guardando o modelo")
            self._finish()
            self.progress.done()
            self._say_result()
        return finished

    def _prepare(self):
        from helpers import training

        self.progress.step(self._what())
        seed = self.recipe.settings.seed
        if self.choices["texto"] is None:
            self.material = training.stories(self.recipe, seed)
        else:
            found = texts.read_texts(Path(self.choices["texto"]))
            self.material = training.own_text(found, self.recipe)
        settings, steps = self.material.settings, self.choices["passos"]
        if steps is not None:
            warmup = min(settings.warmup, steps // 10)
            settings = dataclasses.replace(settings, steps=steps, warmup=warmup)
        self.recipe = dataclasses.replace(self.recipe, settings=settings)
        self._start()
        self.progress.done(
            f"{self.material.n_tokens} tokens; vocabulário de "
            f"{self.material.tokenizer.vocab_size}; modelo de {self.model.config.n_params} pesos"
        )

    def _what(self):
        if self.choices["texto"] is None:
            return f"Sorteando {self.recipe.n_stories} histórias da gramática"
        return f"Lendo {self.choices['texto']} e aprendendo o vocabulário"

    def _start(self):
        import torch

        from helpers import training
        from helpers.decoder import Decoder

        config = dataclasses.replace(self.recipe.config, d_vocab=self.material.tokenizer.vocab_size)
        seed = self.recipe.settings.seed
        self.model = Decoder(config, generator=torch.Generator().manual_seed(seed))
        self.run = training.Run(self.model, self.recipe.settings)
        if not self.resuming:
            return
        saved = training.read_notes(self.folder / STATE)["notes"]
        if saved["material"] != self.material.digest:
            raise CliError(
                "o texto mudou desde que o treino começou.",
                f"devolva o texto de antes, ou recomece com {COMMAND} treinar --de-novo.",
            )
        self.run.load(self.folder / STATE)
        history = training.load_history(self.folder)
        self.records = [record for record in history if record.step <= self.run.step]

    def _loop(self, stop):
        from helpers import training

        settings = self.recipe.settings
        self.progress.step(f"Treinando: {settings.steps} passos (Ctrl-C guarda e para)")
        view = View(self.progress, self.run, self.material)
        records = training.train(
            self.model,
            self.material.batches,
            settings,
            validation=self.material.validation,
            every=self.recipe.every,
            run=self.run,
        )
        for record in records:
            self.records.append(record)
            view.show(record)
            if record.validation is not None and record.step < settings.steps:
                self._keep()
            if stop.requested and record.step < settings.steps:
                self._keep()
                return False
        self.progress.done(view.summary())
        return True

    def _keep(self):
        """Guarda um ponto; o estado do treino vai por último e só vale com o histórico já salvo."""
        from helpers import training

        training.save_history(self.folder, self.records)
        training.save_model(self.folder, self.model, self.material.tokenizer)
        notes = {"opcoes": self.choices, "material": self.material.digest}
        self.run.save(self.folder / STATE, notes)

    def _finish(self):
        from helpers import training
        from helpers.checkpoint import replace_file
        from helpers.cli.card import card

        training.save_history(self.folder, self.records)
        training.save_model(self.folder, self.model, self.material.tokenizer)
        replace_file(self.folder / CURVE, _curve(self.records, self.material.limit))
        text = card(self.recipe, self.model, self.material, self.records, self.choices)
        replace_file(self.folder / CARD, text.encode("utf-8"))
        (self.folder / STATE).unlink(missing_ok=True)

    def _say_result(self):
        from helpers.plots.figures import decimal

        last = self.records[-1]
        line = f"Perda no texto separado: {decimal(last.validation, 3)} nats por token"
        if self.material.limit is not None:
            limit = self.material.limit
            line += f"; o limite da gramática é {decimal(limit, 3)}"
            line += f" (razão {decimal(last.validation / limit, 3)})"
        say(f"{line}.")
        say(f"Modelo guardado em {self.folder}. Para escrever com ele:")
        default = self.folder == ROOT / OUTPUT
        say(f"{COMMAND} gerar" + ("" if default else f' --modelo "{self.folder}"'))


def _curve(records, limit):
    import io

    import numpy as np

    from helpers.plots.loss import loss_curve

    measured = [record for record in records if record.validation is not None]
    figure = loss_curve(
        np.array([record.step for record in records]),
        np.array([record.loss for record in records]),
        np.array([record.step for record in measured]),
        np.array([record.validation for record in measured]),
        limit,
    )
    # Sem a versão da biblioteca dentro: o mesmo treino dá os mesmos bytes.
    image = io.BytesIO()
    figure.savefig(image, format="png", dpi=120, metadata={"Software": None})
    return image.getvalue()


def _whole(least):
    def read(text):
        try:
            value = int(text)
        except ValueError:
            value = least - 1
        if value < least:
            raise argparse.ArgumentTypeError(f"espera um inteiro a partir de {least}; veio {text}")
        return value

    return read


def _said(value):
    return {None: "o padrão", True: "sim", False: "não"}.get(value, value)


def _output(options):
    return f' --saida "{options.saida}"' if options.saida else ""
