"""O trabalho de `treinar`: do texto à pasta do modelo, guardando pontos pelo caminho."""

import dataclasses
from pathlib import Path

from helpers.cli import texts
from helpers.cli.bar import ProgressBar
from helpers.cli.console import COMMAND, CliError, say
from helpers.cli.training_view import View

STATE, CARD, CURVE = "treino.safetensors", "cartao.md", "curva.png"


class Job:
    """Um treino na linha de comando: prepara, avança, mostra e guarda.

    Parâmetros:
        folder: a pasta do modelo.
        choices: as opções que valem para o treino inteiro: `texto`, `rapido`, `semente`, `passos`.
        options: as desta vez: `retomar` e `nucleos`.
    """

    def __init__(self, folder, choices, options) -> None:
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
        self.progress = ProgressBar(total=3)
        self.records = []

    def work(self, stop) -> bool:
        """Faz tudo; devolve False se parou antes do fim, a pedido.

        Parâmetros:
            stop: diz, em `requested`, se alguém pediu para parar.
        """
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
        for remark in (self.material.apart, *self.material.remarks):
            if remark:
                say(f"      {remark}")

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

        self.run.require_finite()
        training.save_history(self.folder, self.records)
        training.save_model(self.folder, self.model, self.material.tokenizer)
        notes = {"opcoes": self.choices, "material": self.material.digest}
        self.run.save(self.folder / STATE, notes)

    def _finish(self):
        from helpers import training
        from helpers.cli.card import card
        from helpers.files import replace_file

        training.save_history(self.folder, self.records)
        training.save_model(self.folder, self.model, self.material.tokenizer)
        replace_file(self.folder / CURVE, _curve(self.records, self.material.limit))
        text = card(self.recipe, self.model, self.material, self.records, self.choices)
        replace_file(self.folder / CARD, text)
        (self.folder / STATE).unlink(missing_ok=True)

    def _say_result(self):
        from helpers.spoken import decimal
        from helpers.training import best_record, references

        last = self.records[-1]
        line = f"Perda no texto separado: {decimal(last.validation, 3)} nats por token"
        if self.material.limit is not None:
            limit = self.material.limit
            line += f"; o limite da gramática é {decimal(limit, 3)}"
            line += f" (razão {decimal(last.validation / limit, 3)})"
            say(f"{line}.")
            return
        known = references(self.material)
        say(f"{line}, {decimal(last.validation / known.bytes_per_token, 3)} por byte.")
        say(
            f"Ao lado: quem aposta por igual perde {decimal(known.uniform, 3)} por token; quem só "
            f"conta trigramas, {decimal(known.trigrams, 3)}."
        )
        best = best_record(self.records)
        if best is not None:
            say(
                f"[aviso] no passo {best.step} ela era {decimal(best.validation, 3)}, e subiu: o "
                "modelo está decorando o texto. Junte mais texto, ou pare perto dali, com "
                f"--passos {best.step}."
            )


def _curve(records, limit):
    import io

    import numpy as np

    from helpers.plots.curves import loss_curve

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
