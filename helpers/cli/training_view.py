"""O que o treino mostra: uma linha que se atualiza, e amostras de como o modelo escreve."""

import time

from helpers.cli.console import say
from helpers.spoken import decimal

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
            text = _write(self.run.model, self.material, self.run.settings.seed)
        except ValueError:
            return  # logits que não são números: o próximo passo para o treino e diz por quê
        self.progress.close()
        say(f"      amostra no passo {step}: {text}")


def _write(model, material, seed):
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
