"""Treino: o laço que ajusta os pesos até o modelo prever bem o próximo token.

`train` não imprime, não grava e não escolhe semente global: dá um `Record` por passo, e quem chama
decide o que mostrar. Com pesos minúsculos, números denormais deixam a CPU lenta; quem treina de
verdade chama antes `torch.set_flush_denormal(True)`, que vale para o processo inteiro.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace

import torch
from jaxtyping import Integer
from torch import Tensor, nn

from helpers.bpe import END
from helpers.saved_model import load_model, save_model
from helpers.training.batches import IGNORED, Batch, Documents, Windows
from helpers.training.material import Material, MaterialError, own_text, split, stories
from helpers.training.optimizers import Muon, make_optimizers, orthogonalize
from helpers.training.references import References, best_record, count, ngram_loss, references
from helpers.training.run import (
    Diverged,
    Record,
    Run,
    cross_entropy,
    learning_rate,
    load_history,
    read_notes,
    save_history,
)
from helpers.training.settings import OPTIMIZERS, RECIPES, Recipe, TrainSettings

Tokens = Integer[Tensor, " pos"]


def train(
    model: nn.Module,
    batches: Callable[[int], Batch] | Tokens,
    settings: TrainSettings | None = None,
    *,
    validation: Documents | Tokens | None = None,
    every: int = 100,
    run: Run | None = None,
) -> Iterator[Record]:
    """Treina um modelo no lugar e dá um registro por passo; nada corre entre dois registros.

    Parâmetros:
        model: qualquer módulo de ids `[batch pos]` em logits `[batch pos d_vocab]`.
        batches: função do passo no lote, como `Windows` e `Documents`; ou os ids de um texto, de
            que se sorteiam janelas de `model.config.n_ctx`.
        settings: os ajustes; sem valor, os de `TrainSettings()`.
        validation: texto separado, medido por `evaluate` a cada `every` passos e no último.
        every: passos entre duas medidas.
        run: treino já começado, para continuar; tem o mesmo modelo e os mesmos ajustes.

    Retorna:
        Iterador de `Record`, até completar `settings.steps`.

    Erros:
        Diverged: se a perda, o gradiente ou os pesos deixarem de ser números.
        ValueError: se `run` for de outro modelo ou ajustes, ou um lote não tiver alvos.

    Exemplo:
        >>> from helpers.config import PRESETS
        >>> from helpers.decoder import Decoder
        >>> model = Decoder(PRESETS["banana"], generator=torch.Generator().manual_seed(0))
        >>> tokens = torch.tensor(list(b"banana" * 20))
        >>> settings = TrainSettings(steps=150, lr=0.05)
        >>> losses = [record.loss for record in train(model, tokens, settings)]
        >>> losses[0] > 5 and losses[-1] < 0.5
        True
    """
    settings = settings or (run.settings if run else TrainSettings())
    if run is None:
        run = Run(model, settings)
    if run.model is not model or run.settings != settings:
        raise ValueError("run é de outro modelo ou de outros ajustes; passe os mesmos de antes")
    if every < 1:
        raise ValueError(f"every={every} deve ser pelo menos 1")
    if isinstance(batches, Tensor):
        batches = Windows(batches, model.config.n_ctx, settings.batch_size, settings.seed)
    return _train(run, batches, validation, every)


def _train(run, batches, validation, every):
    while run.step < run.settings.steps:
        record = run.advance(Batch(*batches(run.step)))
        last = record.step == run.settings.steps
        if validation is not None and (last or record.step % every == 0):
            record = replace(record, validation=evaluate(run.model, validation))
            run.require_finite(record.validation)
        elif last:
            run.require_finite()
        yield record


@torch.inference_mode()
def evaluate(
    model: nn.Module,
    data: Documents | Tokens,
    *,
    n_ctx: int | None = None,
    batch_size: int = 64,
) -> float:
    """Mede a perda num texto: a média de -log p(token seguinte), em nats por token.

    Um texto comprido é cortado em janelas vizinhas, cada token previsto uma só vez; de `Documents`,
    cada texto é lido inteiro desde o começo. A exponencial da perda é a perplexidade.

    Parâmetros:
        model: o modelo; volta ao modo (`train` ou `eval`) em que estava.
        data: os ids de um texto, ou textos separados.
        n_ctx: posições por janela; sem valor, `model.config.n_ctx`.
        batch_size: janelas, ou textos, lidos de cada vez.

    Erros:
        ValueError: se o texto tiver menos de 2 tokens.
    """
    was_training = model.training
    model.eval()
    try:
        total, count = 0.0, 0
        for inputs, targets in _consecutive(model, data, n_ctx, batch_size):
            n = int((targets != IGNORED).sum())
            total, count = total + cross_entropy(model(inputs), targets).item() * n, count + n
    finally:
        model.train(was_training)
    return total / count


def _consecutive(model, data, n_ctx, batch_size):
    if isinstance(data, Documents):
        order = data.sizes.argsort(stable=True)
        yield from map(data.batch, order.split(batch_size))
        return
    if len(data) < 2:
        raise ValueError(f"o texto tem {len(data)} token(s); para haver o que prever, ao menos 2")
    n_ctx = n_ctx or model.config.n_ctx
    n_windows = math.ceil((len(data) - 1) / n_ctx)
    windows = [data[i * n_ctx : (i + 1) * n_ctx + 1].tolist() for i in range(n_windows)]
    yield from _consecutive(model, Documents(windows, batch_size=1), n_ctx, batch_size)
