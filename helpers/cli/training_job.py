"""O trabalho de `treinar`: do texto à pasta do modelo, guardando pontos pelo caminho."""

import dataclasses
import time
from pathlib import Path

from helpers.cli.bar import ProgressBar
from helpers.cli.console import COMMAND, CliError, say
from helpers.cli.texts import read_texts
from helpers.spoken import decimal

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
            found = read_texts(Path(self.choices["texto"]))
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


# --- o que o treino mostra ------------------------------------------------------------------------

SAMPLES = 8
SAMPLE_TOKENS = 60
#: Fora de um terminal não há linha que se atualize: mostra-se uma a cada tantos segundos.
PATIENCE = 10.0


class View:
    """Mostra perda, tokens por segundo, tempo que falta e, de vez em quando, uma amostra.

    Parâmetros:
        progress: onde escrever.
        run: o treino em andamento.
        material: o que ele lê.
    """

    def __init__(self, progress, run, material) -> None:
        self.progress, self.run, self.material = progress, run, material
        self.first_step, self.first_tokens = run.step, run.tokens
        self.start = self.shown = time.monotonic()
        self.loss, self.lowest, self.warned = None, None, False
        self.sample_every = max(1, run.settings.steps // SAMPLES)

    def show(self, record) -> None:
        """Mostra um passo.

        Parâmetros:
            record: o registro do passo.
        """
        # A média recente: a perda de um lote só pula demais para se ler.
        self.loss = record.loss if self.loss is None else 0.9 * self.loss + 0.1 * record.loss
        now = time.monotonic()
        if self.progress.live or now - self.shown >= PATIENCE or record.validation is not None:
            self.shown = now
            self.progress.detail(self._line(record, now))
        if record.validation is not None:
            self._watch(record)
        if record.step % self.sample_every == 0:
            self._sample(record.step)

    def summary(self) -> str:
        """Resume o treino em uma linha."""
        seconds = max(time.monotonic() - self.start, 1e-9)
        return f"{decimal((self.run.tokens - self.first_tokens) / seconds / 1000, 1)} mil tokens/s"

    def _line(self, record, now):
        total = self.run.settings.steps
        seconds = max(now - self.start, 1e-9)
        rate = (record.tokens - self.first_tokens) / seconds
        left = seconds / (record.step - self.first_step) * (total - record.step)
        parts = [f"passo {record.step} de {total}", f"perda {decimal(self.loss, 3)}"]
        if record.validation is not None:
            parts.append(f"no texto separado {decimal(record.validation, 3)}")
        parts += [f"{decimal(rate / 1000, 1)} mil tokens/s", f"faltam {_duration(left)}"]
        return " · ".join(parts)

    def _watch(self, record):
        """Avisa, uma vez só, quando a perda no texto separado sobe."""
        from helpers.training import best_record

        if self.lowest is None or record.validation < self.lowest.validation:
            self.lowest = record
        elif not self.warned and best_record([self.lowest, record]) is not None:
            self.warned = True
            self.progress.close()
            say(
                f"      [aviso] a perda no texto separado subiu desde o passo {self.lowest.step}: "
                "o modelo começou a decorar"
            )

    def _sample(self, step):
        try:
            text = _write_sample(self.run.model, self.material, self.run.settings.seed)
        except ValueError:
            return  # logits que não são números: o próximo passo para o treino e diz por quê
        self.progress.close()
        say(f"      amostra no passo {step}: {text}")


def _write_sample(model, material, seed):
    import torch

    from helpers.sampling import Sampler, generate

    prompt = [material.end, *material.tokenizer.encode(material.prompt)]
    generator = torch.Generator().manual_seed(seed)
    n_new = min(SAMPLE_TOKENS, model.config.n_ctx - len(prompt))
    ids = generate(model, prompt, n_new, Sampler(0.8), generator, stop=material.end)
    written = [number for number in ids if number != material.end]
    return " ".join(material.tokenizer.decode(written).split())


def _duration(seconds):
    seconds = round(seconds)
    return f"{seconds} s" if seconds < 60 else f"{seconds // 60} min {seconds % 60:02d} s"
