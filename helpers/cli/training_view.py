"""O que o treino mostra: uma linha que se atualiza, e amostras de como o modelo escreve."""

import time

from helpers.cli.console import say

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
        self.loss = None
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
        if record.step % self.sample_every == 0:
            self._sample(record.step)

    def summary(self) -> str:
        """Resume o treino em uma linha."""
        seconds = max(time.monotonic() - self.start, 1e-9)
        return f"{_thousands((self.run.tokens - self.first_tokens) / seconds)} mil tokens/s"

    def _line(self, record, now):
        total = self.run.settings.steps
        seconds = max(now - self.start, 1e-9)
        rate = (record.tokens - self.first_tokens) / seconds
        left = seconds / (record.step - self.first_step) * (total - record.step)
        parts = [f"passo {record.step} de {total}", f"perda {_comma(self.loss)}"]
        if record.validation is not None:
            parts.append(f"no texto separado {_comma(record.validation)}")
        parts += [f"{_thousands(rate)} mil tokens/s", f"faltam {_duration(left)}"]
        return " · ".join(parts)

    def _sample(self, step):
        text = _write(self.run.model, self.material, self.run.settings.seed)
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


def _comma(value):
    return f"{value:.3f}".replace(".", ",")


def _thousands(rate):
    return f"{rate / 1000:.1f}".replace(".", ",")


def _duration(seconds):
    seconds = round(seconds)
    return f"{seconds} s" if seconds < 60 else f"{seconds // 60} min {seconds % 60:02d} s"
