"""O que cada botão da amostragem faz com histórias inteiras: certas, variadas, prováveis.

Nada aqui imprime nem semeia sozinho: os sorteios saem do gerador de quem chama.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from helpers.bpe import Tokenizer
from helpers.decoder import Decoder
from helpers.grammar import Grammar
from helpers.sampling import Sampler, generate
from helpers.training import END


@dataclass(frozen=True)
class Tried:
    """O que saiu de um modo de sortear: quantas histórias, quantas certas e quão variadas.

    Parâmetros:
        n: quantas histórias foram escritas.
        right: quantas a gramática aceita inteiras.
        stories: quantas são diferentes umas das outras.
        distinct: fração de pares de tokens vizinhos que são diferentes, de 0 a 1.
        log_prob: média do log da probabilidade que o modelo dá a cada token, em nats.
    """

    n: int
    right: int
    stories: int
    distinct: float
    log_prob: float

    @property
    def share(self) -> float:
        """Devolve a parte inteiramente certa, de 0 a 1."""
        return self.right / self.n


@dataclass(frozen=True)
class Bin:
    """Uma faixa de confiança: quantos casos, o que o modelo disse e o que aconteceu."""

    low: float
    high: float
    n: int
    said: float
    happened: float


def tell(
    model: Decoder,
    tokenizer: Tokenizer,
    sampler: Sampler,
    n: int,
    generator: torch.Generator | None = None,
    n_new: int | None = None,
) -> list[list[int]]:
    """Escreve histórias lado a lado e devolve os ids de cada uma, sem as marcas.

    Parâmetros:
        model: o decoder.
        tokenizer: o tokenizador dele, com a marca que separa as histórias.
        sampler: como escolher cada token.
        n: quantas histórias.
        generator: de onde vêm os números do sorteio.
        n_new: quantos tokens no máximo; sem valor, os que cabem no contexto.
    """
    end = tokenizer.special_tokens[END]
    n_new = n_new or model.config.n_ctx - 1
    rows = generate(model, [[end]] * n, n_new, sampler, generator, stop=end)
    return [[token for token in row if token != end] for row in rows]


def distinct(texts: Sequence[Sequence[int]], n: int = 2) -> float:
    """Devolve a fração de n-gramas diferentes entre todos os de todos os textos.

    Parâmetros:
        texts: os ids de cada texto.
        n: tamanho do trecho.

    Exemplo:
        >>> distinct([[1, 2, 1, 2, 1]], 2)
        0.5

    Fonte:
        Li e outros (2016), distinct-1 e distinct-2. https://arxiv.org/abs/1510.03055
    """
    grams = [tuple(text[i : i + n]) for text in texts for i in range(len(text) - n + 1)]
    return len(set(grams)) / len(grams) if grams else 0.0


def mean_log_prob(model: Decoder, start: int, texts: Sequence[Sequence[int]]) -> float:
    """Devolve a média do log p que o modelo, sem filtro nenhum, dá a cada token escrito.

    Parâmetros:
        model: o decoder.
        start: o token que vem antes de cada texto.
        texts: os ids de cada texto.
    """
    total, count = 0.0, 0
    for text in texts:
        row = torch.tensor([[start, *text]])
        with torch.inference_mode():
            log_probs = model(row)[0, :-1].log_softmax(-1)
        total += float(log_probs.gather(-1, row[0, 1:, None]).sum())
        count += len(text)
    return total / max(1, count)


def try_sampler(
    model: Decoder,
    tokenizer: Tokenizer,
    grammar: Grammar,
    sampler: Sampler,
    n: int,
    generator: torch.Generator | None = None,
) -> Tried:
    """Escreve histórias com um modo de sortear e mede o que saiu.

    Parâmetros:
        model: o decoder.
        tokenizer: o tokenizador dele.
        grammar: quem diz se uma história está certa.
        sampler: como escolher cada token.
        n: quantas histórias.
        generator: de onde vêm os números do sorteio.
    """
    written = tell(model, tokenizer, sampler, n, generator)
    texts = [tokenizer.decode(ids) for ids in written]
    right = sum(not grammar.check(text) for text in texts)
    log_prob = mean_log_prob(model, tokenizer.special_tokens[END], written)
    return Tried(n, right, len(set(texts)), distinct(written), log_prob)


def reliability(
    said: Float[Tensor, " cases"], happened: Bool[Tensor, " cases"], n_bins: int = 5
) -> list[Bin]:
    """Reparte os casos por confiança e compara o que foi dito com o que aconteceu.

    Parâmetros:
        said: a probabilidade que o modelo deu, de 0 a 1.
        happened: se aconteceu.
        n_bins: quantas faixas, todas da mesma largura; as vazias ficam de fora.
    """
    place = (said * n_bins).long().clamp(max=n_bins - 1)
    found = []
    for number in range(n_bins):
        here = place == number
        if here.any():
            low, high = number / n_bins, (number + 1) / n_bins
            mean, share = float(said[here].mean()), float(happened[here].double().mean())
            found.append(Bin(low, high, int(here.sum()), mean, share))
    return found


def calibration_error(bins: Sequence[Bin]) -> float:
    """Devolve a distância média entre o dito e o acontecido, cada faixa com o peso dos seus casos.

    Parâmetros:
        bins: o que `reliability` devolveu.

    Fonte:
        Guo e outros (2017). https://arxiv.org/abs/1706.04599
    """
    total = sum(one.n for one in bins)
    return sum(one.n * abs(one.said - one.happened) for one in bins) / max(1, total)
