"""Histórias escritas pelo modelo: como se escrevem, se julgam e se comparam, e o que elas medem.

São as medidas do cartão, que o comando `medir` junta, e as da lição 08: o que cada botão da
amostragem faz com histórias inteiras. Nada aqui imprime, grava ou semeia sozinho: o acaso vem da
semente ou do gerador de quem chama.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from helpers.bpe import END, Tokenizer
from helpers.decoder import Decoder
from helpers.heads import (
    AblationTable,
    HeadScore,
    RelationHits,
    ablate_all,
    beyond_offset,
    head_scores,
    mean_z,
    model_relation_hits,
    repeated_random_tokens,
    token_relations,
)
from helpers.sampling import Sampler, generate
from helpers.stories import Grammar
from helpers.training import Documents, evaluate

_BATCH = 50
#: As relações em que uma palavra muda de forma por causa de outra.
AGREEMENTS = ("sujeito-verbo", "artigo-substantivo", "adjetivo-substantivo")


# ------------------------------------------------------------------ escrever


def tell(
    model: Decoder,
    tokenizer: Tokenizer,
    sampler: Sampler,
    n: int,
    generator: torch.Generator | list[torch.Generator] | None = None,
    n_new: int | None = None,
) -> list[list[int]]:
    """Escreve `n` histórias lado a lado e devolve os ids de cada uma, sem as marcas.

    Parâmetros:
        tokenizer: o do modelo, com a marca que separa as histórias.
        generator: como em `generate`: um para todas, ou um por história.
        n_new: quantos tokens no máximo; sem valor, os que cabem no contexto.

    Erros:
        ValueError: se o tokenizador não tiver a marca de fim.
    """
    end = _end(tokenizer)
    n_new = n_new or model.config.n_ctx - 1
    rows = generate(model, [[end]] * n, n_new, sampler, generator, stop=end)
    return [[token for token in row if token != end] for row in rows]


def write_stories(
    model: Decoder, tokenizer: Tokenizer, n: int, temperature: float = 1.0, seed: int = 0
) -> list[str]:
    """Escreve `n` histórias inteiras com o modelo, do começo à marca de fim.

    Parâmetros:
        model: o decoder, treinado em histórias separadas pela marca de fim.
        temperature: a do sorteio; 0 escreve sempre a mesma.
        seed: a história `i` depende só da semente e de `i`, e não do lote em que é escrita.

    Retorna:
        Os textos; o que não coube no contexto vem cortado.

    Erros:
        ValueError: se o tokenizador não tiver a marca de fim.
    """
    sampler, texts = Sampler(temperature=temperature), []
    for first in range(0, n, _BATCH):
        numbers = range(first, min(n, first + _BATCH))
        draws = [torch.Generator().manual_seed(1_000_003 * seed + number) for number in numbers]
        written = tell(model, tokenizer, sampler, len(draws), draws)
        texts += [tokenizer.decode(ids) for ids in written]
    return texts


def _end(tokenizer):
    if END not in tokenizer.special_tokens:
        raise ValueError(f"o tokenizador não tem a marca {END!r}; treine-o com histórias")
    return tokenizer.special_tokens[END]


# ------------------------------------------------------------------ julgar


@dataclass(frozen=True)
class Right:
    """Quantas histórias há, e quantas a gramática aceita inteiras."""

    n: int
    right: int

    @property
    def share(self) -> float:
        """Devolve a parte inteiramente certa, de 0 a 1."""
        return self.right / self.n


@dataclass(frozen=True)
class Judged(Right):
    """O que a gramática diz de uma lista de histórias.

    Parâmetros:
        problems: primeiro problema → em quantas histórias.
        agreements: concordâncias que há nas histórias certas.
        wrong_agreements: erros de concordância, em todas.
    """

    problems: dict[str, int]
    agreements: int
    wrong_agreements: int

    @property
    def agreement(self) -> float:
        """Devolve a parte das concordâncias que está certa, de 0 a 1."""
        return self.agreements / max(1, self.agreements + self.wrong_agreements)


def judge(texts: Iterable[str], grammar: Grammar) -> Judged:
    """Lê cada história com a gramática e conta o que está certo.

    Um erro interrompe a leitura de uma história; por isso as concordâncias são contadas só nas
    inteiramente certas, e os erros de concordância, em todas: a parte certa sai por baixo.
    """
    first, n, agreements, wrong = Counter(), 0, 0, 0
    for text in texts:
        n += 1
        problems = grammar.check(text)
        wrong += sum(problem.kind == "concordância" for problem in problems)
        if problems:
            first[problems[0].kind] += 1
        else:
            agreements += sum(r.kind in AGREEMENTS for r in grammar.relations(text))
    return Judged(n, n - first.total(), dict(first.most_common()), agreements, wrong)


@dataclass(frozen=True)
class Tried(Right):
    """O que saiu de um modo de sortear: quantas histórias certas e quão variadas.

    Parâmetros:
        stories: quantas são diferentes umas das outras.
        distinct: fração de pares de tokens vizinhos que são diferentes, de 0 a 1.
        problems: primeiro problema → em quantas histórias, do mais comum ao mais raro.
        log_prob: média do log da probabilidade que o modelo dá a cada token, em nats; `None` se
            não foi medida.
    """

    stories: int
    distinct: float
    problems: dict[str, int]
    log_prob: float | None = None


def try_sampler(
    model: Decoder,
    tokenizer: Tokenizer,
    grammar: Grammar,
    sampler: Sampler,
    n: int,
    generator: torch.Generator | None = None,
    log_prob: bool = True,
) -> Tried:
    """Escreve histórias com um modo de sortear e mede o que saiu.

    Parâmetros:
        grammar: quem diz se uma história está certa.
        n: quantas histórias.
        log_prob: se mede também o log p, relendo cada história.
    """
    written = tell(model, tokenizer, sampler, n, generator)
    texts = [tokenizer.decode(ids) for ids in written]
    first = Counter(found[0].kind for text in texts if (found := grammar.check(text)))
    mean = mean_log_prob(model, _end(tokenizer), written) if log_prob else None
    problems = dict(first.most_common())
    return Tried(n, n - first.total(), len(set(texts)), distinct(written), problems, mean)


def distinct(texts: Sequence[Sequence[int]], n: int = 2) -> float:
    """Devolve a fração de n-gramas diferentes entre todos os de todos os textos.

    Parâmetros:
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
        start: o token que vem antes de cada texto.
    """
    total, count = 0.0, 0
    for text in texts:
        row = torch.tensor([[start, *text]])
        with torch.inference_mode():
            log_probs = model(row)[0, :-1].log_softmax(-1)
        total += float(log_probs.gather(-1, row[0, 1:, None]).sum())
        count += len(text)
    return total / max(1, count)


# ------------------------------------------------------------------ confiança


@dataclass(frozen=True)
class Bin:
    """Uma faixa de confiança: quantos casos, o que o modelo disse e o que aconteceu."""

    low: float
    high: float
    n: int
    said: float
    happened: float


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

    Fonte:
        Guo e outros (2017). https://arxiv.org/abs/1706.04599
    """
    total = sum(one.n for one in bins)
    return sum(one.n * abs(one.said - one.happened) for one in bins) / max(1, total)


# ------------------------------------------------------------------ perda e cabeças


@dataclass(frozen=True)
class Loss:
    """A perda num texto separado e a menor possível nele, em nats por token.

    Parâmetros:
        loss: a do modelo.
        limit: a da gramática que escreveu o texto.
    """

    loss: float
    limit: float

    @property
    def ratio(self) -> float:
        """Devolve quantas vezes o limite a perda é; 1 é a própria gramática."""
        return self.loss / self.limit


def held_out(
    grammar: Grammar, tokenizer: Tokenizer, n: int, seed: int
) -> tuple[list[str], list[list[int]]]:
    """Sorteia histórias novas e as corta em ids, com a marca de fim nas duas pontas.

    Parâmetros:
        n: quantas histórias.

    Retorna:
        Os textos e os ids de cada um.

    Erros:
        ValueError: se o tokenizador não tiver a marca de fim.
    """
    draw, end = random.Random(f"medida {seed}"), _end(tokenizer)
    texts = [grammar.sample(draw).text for _ in range(n)]
    return texts, [[end, *tokenizer.encode(text), end] for text in texts]


def loss_against_limit(
    model: Decoder, tokenizer: Tokenizer, grammar: Grammar, n: int = 500, seed: int = 0
) -> Loss:
    """Mede a perda em histórias novas, ao lado da probabilidade exata que a gramática lhes dá.

    Parâmetros:
        n: quantas histórias.
    """
    texts, ids = held_out(grammar, tokenizer, n, seed)
    n_tokens = sum(len(row) - 1 for row in ids)
    limit = -sum(grammar.log_prob(text) for text in texts) / n_tokens
    return Loss(evaluate(model, Documents(ids, 1)), limit)


def copy_scores(
    model: Decoder, pool: Sequence[int] | int, n: int = 64, length: int = 12, seed: int = 0
) -> dict[str, HeadScore]:
    """Devolve as notas das cabeças em tokens sorteados que se repetem.

    Parâmetros:
        pool: os ids que podem sair, ou quantos há.
        n: quantos textos.
        length: tamanho do trecho que volta.
    """
    draw = torch.Generator().manual_seed(seed)
    return head_scores(model, repeated_random_tokens(pool, n, length, draw), draw)


def syllable_ids(grammar: Grammar, tokenizer: Tokenizer) -> list[int]:
    """Devolve os tokens que são uma sílaba inventada da gramática, com o espaço na frente."""
    cut = [tokenizer.encode(f" {syllable}") for syllable in grammar.syllables]
    return sorted(ids[0] for ids in cut if len(ids) == 1)


def relation_scores(
    model: Decoder, tokenizer: Tokenizer, grammar: Grammar, n: int = 1000, seed: int = 0
) -> dict[str, RelationHits]:
    """Mede as cabeças nas relações verdadeiras que um deslocamento fixo não acerta.

    Parâmetros:
        n: quantas histórias; os casos difíceis são poucos em cada uma.
    """
    texts, ids = held_out(grammar, tokenizer, n, seed)
    return model_relation_hits(model, ids, beyond_offset(_relations(texts, tokenizer, grammar)))


def ablation(
    model: Decoder, tokenizer: Tokenizer, grammar: Grammar, n: int = 300, seed: int = 0
) -> AblationTable:
    """Tira cada cabeça, trocada pela média dela, e mede o que se perde, no todo e por relação.

    Parâmetros:
        n: quantas histórias.
    """
    texts, ids = held_out(grammar, tokenizer, n, seed)
    relations = _relations(texts, tokenizer, grammar)
    return ablate_all(model, ids, relations, mean_z(model, ids))


def _relations(texts, tokenizer, grammar):
    found = []
    for index, text in enumerate(texts):
        spans = grammar.relations(text)
        found += token_relations(text, spans, tokenizer, index=index, start=1)
    return found


def best_head(values: torch.Tensor) -> tuple[int, int]:
    """Devolve (camada, cabeça) do maior valor de uma tabela; no empate, a primeira.

    Parâmetros:
        values: tabela `[layer head]`.
    """
    layer, head = divmod(int(values.flatten().argmax()), values.shape[1])
    return layer, head
