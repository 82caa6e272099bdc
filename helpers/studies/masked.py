"""Um encoder mascarado: o decoder do curso sem a máscara, treinado para adivinhar o que se tapou.

A ordem entra girando consultas e chaves (RoPE, Su et al., 2021), o que a lição 13 constrói. O
modelo guardado em `data/mascarado` é o que `save_encoder` grava.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from jaxtyping import Float, Int
from torch import Tensor

from helpers.bpe import Tokenizer
from helpers.config import DecoderConfig
from helpers.data import DATA_DIR
from helpers.decoder import Decoder
from helpers.embedding import NoPositions
from helpers.hooks import editing, run_with_cache
from helpers.stories import Grammar
from helpers.training import IGNORED, Batch, TrainSettings, train
from helpers.training.batches import generator_for
from helpers.without import no_mask

FOLDER = DATA_DIR / "mascarado"
SHARE = 0.3
STEPS = 1500


def rotate(x: Float[Tensor, "batch pos head d_head"]) -> Float[Tensor, "batch pos head d_head"]:
    """Gira os pares de coordenadas de cada vetor em ângulos que crescem com a posição.

    O produto de uma consulta com uma chave, as duas giradas, depende só da distância entre as duas.
    """
    half = x.shape[-1] // 2
    turn = 10_000.0 ** (-torch.arange(half, dtype=torch.float64) / half)
    angle = (torch.arange(x.shape[1], dtype=torch.float64)[:, None, None] * turn).to(x.dtype)
    a, b = x[..., :half], x[..., half:]
    return torch.cat([a * angle.cos() - b * angle.sin(), b * angle.cos() + a * angle.sin()], -1)


def new_encoder(d_vocab: int, seed: int = 0) -> Decoder:
    """Cria o encoder, sem treino: as peças do decoder, com `no_mask` e sem tabela de posições.

    Parâmetros:
        d_vocab: quantos tokens, com o de tapar.
        seed: semente dos pesos.
    """
    config = DecoderConfig(d_vocab, 256, d_model=64, n_heads=4, n_layers=2)
    generator = torch.Generator().manual_seed(seed)
    return Decoder(config, positions=NoPositions, mask=no_mask, generator=generator)


@contextmanager
def turning(model: Decoder) -> Iterator[None]:
    """Gira as consultas e as chaves de todos os blocos enquanto durar o `with`."""
    names = [f"blocks.{i}.attn.hook_{name}" for i in range(len(model.blocks)) for name in "qk"]
    with editing(model, dict.fromkeys(names, rotate)):
        yield


def hide(
    ids: Int[Tensor, "batch pos"],
    draws: Float[Tensor, "batch pos"],
    mask: int,
    share: float = SHARE,
) -> tuple[Int[Tensor, "batch pos"], Int[Tensor, "batch pos"]]:
    """Tapa as posições cujo sorteio ficou abaixo de `share`.

    Parâmetros:
        draws: um número de 0 a 1 por posição.
        mask: o id do token de tapar.
        share: a parte das posições que se tapa, de 0 a 1.

    Retorna:
        O que o modelo lê, e os alvos: o id tapado onde se tapou, `IGNORED` no resto.
    """
    chosen = draws < share
    return ids.masked_fill(chosen, mask), ids.masked_fill(~chosen, IGNORED)


class Hidden:
    """Lotes de janelas de histórias com posições tapadas.

    Parâmetros:
        tokens: ids das histórias, em fila.
        mask: o id do token de tapar.
        width: tokens por janela.
        batch_size: janelas por lote.
        rule: quem tapa, como `hide`.
    """

    def __init__(
        self,
        tokens: Int[Tensor, " pos"],
        mask: int,
        width: int = 64,
        batch_size: int = 32,
        seed: int = 0,
        rule: Callable = hide,
    ):
        self.tokens, self.mask, self.width = tokens, mask, width
        self.batch_size, self.seed, self.rule = batch_size, seed, rule

    def __call__(self, step: int) -> Batch:
        """Devolve o lote de um passo.

        Parâmetros:
            step: o passo, a partir de 0.
        """
        generator = generator_for(self.seed, step)
        last = len(self.tokens) - self.width
        starts = torch.randint(last, (self.batch_size, 1), generator=generator)
        windows = self.tokens[starts + torch.arange(self.width)].long()
        draws = torch.rand(windows.shape, generator=generator)
        return Batch(*self.rule(windows, draws, self.mask, SHARE))


def story_tokens(tokenizer: Tokenizer, end: int, n: int, seed: int) -> Int[Tensor, " pos"]:
    """Sorteia histórias e as põe em fila, cada uma depois da marca de fim.

    Parâmetros:
        end: o id da marca.
        n: quantas histórias.
    """
    grammar, rng = Grammar.load(), random.Random(seed)
    texts = (grammar.sample(rng).text for _ in range(n))
    return torch.tensor([i for text in texts for i in (end, *tokenizer.encode(text))])


def save_encoder(tokenizer: Tokenizer, end: int) -> None:
    """Treina o encoder e o grava em `data/mascarado`, em float16: uns cinco minutos.

    Parâmetros:
        end: o id da marca de fim.
    """
    mask = tokenizer.vocab_size
    model = new_encoder(mask + 1)
    batches = Hidden(story_tokens(tokenizer, end, 4000, seed=1), mask)
    with turning(model):
        for _ in train(model, batches, TrainSettings(steps=STEPS, lr=1e-2)):
            pass
    model.half().save(FOLDER)


def load_encoder() -> Decoder:
    """Lê o encoder guardado, em float64 e sem gradientes.

    Erros:
        CheckpointError: se a pasta faltar ou tiver mudado.
    """
    model = Decoder.load(FOLDER, positions=NoPositions, mask=no_mask)
    return model.double().requires_grad_(False)


def read(
    model: Decoder, ids: Int[Tensor, "batch pos"]
) -> tuple[Float[Tensor, "batch pos d_vocab"], Float[Tensor, "batch pos d_model"]]:
    """Lê textos dos dois lados.

    Retorna:
        Os logits de cada posição e z, o fluxo na saída, já normalizado.
    """
    name = "ln_final.hook_normalized"
    with turning(model):
        logits, cache = run_with_cache(model, ids, name)
    return logits, cache[name]
