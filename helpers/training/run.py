"""Um treino em andamento: o modelo, os otimizadores, o passo e o histórico, também em disco."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from safetensors import SafetensorError
from safetensors.torch import load as tensors_from_bytes
from safetensors.torch import save as tensors_to_bytes
from torch import Tensor, nn

from helpers.checkpoint import CheckpointError
from helpers.files import reason, replace_file
from helpers.training.batches import IGNORED, Batch
from helpers.training.optimizers import make_optimizers
from helpers.training.settings import TrainSettings

FORMAT = "transformers-por-dentro/treino"
VERSION = "1"
#: Fração da maior taxa de aprendizado a que o cosseno chega no último passo.
FINAL_SHARE = 0.02


class Diverged(ValueError):
    """Diz que o treino saiu dos números: perda, gradiente ou pesos infinitos ou NaN."""


@dataclass(frozen=True)
class Record:
    """O que aconteceu num passo; a perda é a do lote antes da atualização, em nats por token.

    `tokens` conta os alvos vistos desde o começo; `grad_norm` é a norma antes do corte;
    `validation` é a perda no texto separado, depois da atualização, nos passos em que foi medida.
    """

    step: int
    loss: float
    lr: float
    tokens: int
    grad_norm: float
    validation: float | None = None


def learning_rate(step: int, settings: TrainSettings) -> float:
    """Devolve a taxa de um passo: sobe em linha reta, depois desce em cosseno até 2 % da maior.

    Parâmetros:
        step: o passo, a partir de 0.

    Exemplo:
        >>> settings = TrainSettings(steps=100, lr=0.01, warmup=10)
        >>> [round(learning_rate(step, settings), 5) for step in (0, 9, 10, 99)]
        [0.001, 0.01, 0.01, 0.0002]
    """
    if step < settings.warmup:
        return settings.lr * (step + 1) / settings.warmup
    length = max(1, settings.steps - 1 - settings.warmup)
    progress = min(1.0, (step - settings.warmup) / length)
    share = FINAL_SHARE + (1 - FINAL_SHARE) * (1 + math.cos(math.pi * progress)) / 2
    return settings.lr * share


def cross_entropy(
    logits: Float[Tensor, "batch pos d_vocab"], targets: Int[Tensor, "batch pos"]
) -> Float[Tensor, ""]:
    """Mede a média de -log p(alvo), em nats por token; alvos -100 não contam.

    Parâmetros:
        logits: o que o modelo aposta em cada posição.
        targets: o token seguinte de cada posição.
    """
    return F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=IGNORED)


def next_token_loss(model: nn.Module, batch: Batch) -> Float[Tensor, ""]:
    """Mede a perda de um lote: a de prever, em cada posição, o token seguinte."""
    return cross_entropy(model(batch.inputs), batch.targets)


class Run:
    """Um treino em andamento: avança um passo por vez, guarda-se num arquivo e volta dele.

    Parâmetros:
        model: qualquer módulo de ids `[batch pos]` em logits; é treinado no lugar.
        loss: função do modelo e do lote na perda a diminuir, um tensor sem eixos.
    """

    def __init__(
        self,
        model: nn.Module,
        settings: TrainSettings,
        loss: Callable[[nn.Module, Batch], Tensor] = next_token_loss,
    ):
        self.model, self.settings, self.loss = model, settings, loss
        self.optimizers = make_optimizers(model, settings)
        self.step, self.tokens = 0, 0

    def advance(self, batch: Batch) -> Record:
        """Lê um lote, mede a perda, corta o gradiente e atualiza os pesos.

        Parâmetros:
            batch: entradas e alvos, como vêm de `Windows` ou `Documents`.

        Erros:
            Diverged: se a perda ou o gradiente deixar de ser um número; os pesos não são tocados.
            ValueError: se o lote não tiver nenhum alvo.
        """
        n_targets = int((batch.targets != IGNORED).sum())
        if not n_targets:
            raise ValueError(
                f"o lote do passo {self.step + 1} só tem enchimento (alvos {IGNORED}): não há o "
                "que prever; confira como ele foi montado"
            )
        lr = learning_rate(self.step, self.settings)
        self.model.train()
        loss = self.loss(self.model, batch)
        self._require_number("a perda", loss)
        self.model.zero_grad(set_to_none=True)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(self.model.parameters(), self.settings.clip)
        self._require_number("a norma do gradiente", norm)
        for optimizer in self.optimizers.values():
            for group in optimizer.param_groups:
                group["lr"] = lr
            optimizer.step()
        self.step += 1
        self.tokens += n_targets
        return Record(self.step, loss.item(), lr, self.tokens, norm.item())

    def _require_number(self, name, value, when="do passo {}"):
        if not value.isfinite():
            when = when.format(self.step + 1)
            raise Diverged(
                f"{name} {when} é {value.item()}: o treino divergiu; diminua lr "
                f"(agora {self.settings.lr}) ou aumente warmup (agora {self.settings.warmup})"
            )

    def require_finite(self, validation: float = 0.0) -> None:
        """Recusa um modelo estragado, que não vale guardar nem medir.

        Parâmetros:
            validation: a perda no texto separado, se já foi medida.

        Erros:
            Diverged: se ela ou a soma de um peso for infinita ou NaN.
        """
        after = f"depois do passo {self.step}"
        self._require_number("a perda no texto separado", torch.tensor(validation), after)
        for name, weight in self.model.named_parameters():
            self._require_number(f"a soma de |{name}|", weight.detach().abs().sum(), after)

    def save(self, path: str | Path, notes: Mapping[str, object] | None = None) -> None:
        """Guarda pesos, otimizadores, passo e ajustes num só arquivo, trocado de uma vez no fim.

        Parâmetros:
            path: o arquivo safetensors; o que não é tensor vai no cabeçalho dele, em JSON.
            notes: o que mais guardar, em tipos que o JSON conhece; volta em `read_notes`.

        Erros:
            Diverged: se um peso não for um número finito; o ponto anterior fica como estava.
        """
        self.require_finite()
        tensors = {name: t.detach().cpu().contiguous() for name, t in self._tensors().items()}
        header = {
            "step": self.step,
            "tokens": self.tokens,
            "settings": asdict(self.settings),
            "notes": dict(notes or {}),
        }
        metadata = {"format": FORMAT, "version": VERSION}
        metadata["treino"] = json.dumps(header)
        metadata["sha256"] = _digest(tensors, metadata["treino"])
        replace_file(Path(path), tensors_to_bytes(tensors, metadata))

    def load(self, path: str | Path) -> None:
        """Volta ao estado guardado; daí em diante, tudo é igual a nunca ter parado.

        Parâmetros:
            path: o arquivo que `save` gravou, com o mesmo modelo e os mesmos ajustes.

        Erros:
            CheckpointError: se o arquivo faltar, estiver cortado ou for de outro modelo ou ajustes.
        """
        header, tensors = _read(Path(path))
        _require_same_settings(path, asdict(self.settings), header["settings"])
        expected = {f"model.{name}": t for name, t in self.model.state_dict().items()}
        found = {name: t for name, t in tensors.items() if name.startswith("model.")}
        if {n: t.shape for n, t in found.items()} != {n: t.shape for n, t in expected.items()}:
            raise CheckpointError(f"{path} é o treino de um modelo com outros tamanhos ou peças")
        self.model.load_state_dict({name.removeprefix("model."): t for name, t in found.items()})
        self._restore_optimizers(tensors)
        self.step, self.tokens = header["step"], header["tokens"]

    def _tensors(self):
        found = {f"model.{name}": tensor for name, tensor in self.model.state_dict().items()}
        for name, weight in self.model.named_parameters():
            for kind, optimizer in self.optimizers.items():
                for key, value in optimizer.state.get(weight, {}).items():
                    found[f"{kind}.{key}.{name}"] = value
        return found

    def _restore_optimizers(self, tensors):
        weights = dict(self.model.named_parameters())
        for optimizer in self.optimizers.values():
            optimizer.state.clear()
        for full_name, value in tensors.items():
            kind, _, rest = full_name.partition(".")
            if kind == "model":
                continue
            key, _, name = rest.partition(".")
            # A cópia mantém a disposição na memória do peso: a mesma ordem de somas, até o bit.
            like = torch.empty_like(weights[name] if value.ndim else value, dtype=value.dtype)
            self.optimizers[kind].state[weights[name]][key] = like.detach().copy_(value)


def read_notes(path: str | Path) -> dict:
    """Devolve o cabeçalho de um treino guardado: `step`, `tokens`, `settings` e `notes`.

    Erros:
        CheckpointError: se o arquivo faltar ou estiver cortado.
    """
    return _read(Path(path))[0]


def _read(path):
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise CheckpointError(f"falta {path}: não há treino para retomar") from None
    except OSError as error:
        raise CheckpointError(f"não consegui ler {path} ({reason(error)})") from error
    try:
        tensors = tensors_from_bytes(data)
        size = int.from_bytes(data[:8], "little")
        metadata = json.loads(data[8 : 8 + size]).get("__metadata__", {})
    except (SafetensorError, ValueError) as error:
        raise CheckpointError(f"{path} está cortado ou não é um treino guardado") from error
    if metadata.get("format") != FORMAT or metadata.get("version") != VERSION:
        raise CheckpointError(f"{path} não é um treino guardado por esta versão do curso")
    if metadata.get("sha256") != _digest(tensors, metadata["treino"]):
        raise CheckpointError(f"{path} foi alterado: a soma SHA-256 não confere")
    return json.loads(metadata["treino"]), tensors


def _digest(tensors, header):
    total = hashlib.sha256(header.encode("utf-8"))
    for name in sorted(tensors):
        total.update(name.encode("utf-8"))
        total.update(tensors[name].numpy().tobytes())
    return total.hexdigest()


def _require_same_settings(path, ours, saved):
    for name in sorted({*ours, *saved}):
        if ours.get(name) != saved.get(name):
            raise CheckpointError(
                f"{path} foi treinado com {name}={saved.get(name)!r}, e agora {name}="
                f"{ours.get(name)!r}; para continuar igual, use os mesmos ajustes"
            )


HISTORY = "historico.csv"
_COLUMNS = ("passo", "perda", "taxa", "tokens", "norma_do_gradiente", "perda_de_validacao")


def save_history(folder: str | Path, records: Iterable[Record]) -> None:
    """Grava os registros em CSV, um por passo, trocando o arquivo de uma vez."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for r in records:
        measured = "" if r.validation is None else repr(r.validation)
        writer.writerow(
            [r.step, repr(r.loss), repr(r.lr), r.tokens, repr(r.grad_norm), measured],
        )
    replace_file(Path(folder) / HISTORY, text.getvalue())


def load_history(folder: str | Path) -> list[Record]:
    """Lê os registros que `save_history` gravou; lista vazia se não há arquivo.

    Erros:
        CheckpointError: se o arquivo não for um histórico.
    """
    path = Path(folder) / HISTORY
    try:
        rows = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
        return [_record(row) for row in rows[1:]]
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{path} não é um histórico de treino ({error})") from error


def _record(row):
    step, loss, lr, tokens, norm, validation = row
    measured = float(validation) if validation else None
    return Record(int(step), float(loss), float(lr), int(tokens), float(norm), measured)
