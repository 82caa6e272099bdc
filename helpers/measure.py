"""O que um modelo sabe, em números: perda contra o limite, histórias certas e cabeças.

São as medidas do cartão. Nenhuma imprime nem grava; o comando `medir` as junta. Sorteios saem da
semente recebida, e cada história tem o seu gerador: a conta não depende do lote.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch

from helpers.bpe import Tokenizer
from helpers.decoder import Decoder
from helpers.grammar import Grammar
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
from helpers.training import END, Documents, evaluate

_BATCH = 50


@dataclass(frozen=True)
class Judged:
    """O que a gramática diz de uma lista de histórias.

    Parâmetros:
        n: quantas foram lidas.
        right: quantas estão inteiramente certas.
        problems: primeiro problema → em quantas histórias.
        agreements: concordâncias que há nas histórias certas.
        wrong_agreements: erros de concordância, em todas.
    """

    n: int
    right: int
    problems: dict[str, int]
    agreements: int
    wrong_agreements: int

    @property
    def share(self) -> float:
        """Devolve a parte inteiramente certa, de 0 a 1."""
        return self.right / self.n

    @property
    def agreement(self) -> float:
        """Devolve a parte das concordâncias que está certa, de 0 a 1."""
        return self.agreements / max(1, self.agreements + self.wrong_agreements)


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


def write_stories(
    model: Decoder, tokenizer: Tokenizer, n: int, temperature: float = 1.0, seed: int = 0
) -> list[str]:
    """Escreve histórias inteiras com o modelo, do começo à marca de fim.

    Parâmetros:
        model: o decoder, treinado em histórias separadas pela marca de fim.
        tokenizer: o tokenizador dele.
        n: quantas histórias.
        temperature: a do sorteio; 0 escreve sempre a mesma.
        seed: a história `i` depende só da semente e de `i`.

    Retorna:
        Os textos; o que não coube no contexto vem cortado.

    Erros:
        ValueError: se o tokenizador não tiver a marca de fim.
    """
    end, texts = _end(tokenizer), []
    for first in range(0, n, _BATCH):
        numbers = range(first, min(n, first + _BATCH))
        draws = [torch.Generator().manual_seed(1_000_003 * seed + number) for number in numbers]
        room = model.config.n_ctx - 1
        sampler = Sampler(temperature=temperature)
        rows = generate(model, [[end]] * len(draws), room, sampler, draws, stop=end)
        texts += [tokenizer.decode([i for i in row if i != end]) for row in rows]
    return texts


def _end(tokenizer):
    if END not in tokenizer.special_tokens:
        raise ValueError(f"o tokenizador não tem a marca {END!r}; treine-o com histórias")
    return tokenizer.special_tokens[END]


def judge(texts: Iterable[str], grammar: Grammar) -> Judged:
    """Lê cada história com a gramática e conta o que está certo.

    Um erro interrompe a leitura de uma história; por isso as concordâncias são contadas só nas
    inteiramente certas, e os erros de concordância, em todas: a parte certa sai por baixo.

    Parâmetros:
        texts: as histórias.
        grammar: a gramática.
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


#: As relações em que uma palavra muda de forma por causa de outra.
AGREEMENTS = ("sujeito-verbo", "artigo-substantivo", "adjetivo-substantivo")


def held_out(
    grammar: Grammar, tokenizer: Tokenizer, n: int, seed: int
) -> tuple[list[str], list[list[int]]]:
    """Sorteia histórias novas e as corta em ids, com a marca de fim nas duas pontas.

    Parâmetros:
        grammar: a gramática.
        tokenizer: o tokenizador.
        n: quantas histórias.
        seed: semente do sorteio.

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
        model: o decoder.
        tokenizer: o tokenizador dele.
        grammar: a gramática.
        n: quantas histórias.
        seed: semente do sorteio.
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
        model: o decoder.
        pool: os ids que podem sair, ou quantos há.
        n: quantos textos.
        length: tamanho do trecho que volta.
        seed: semente do sorteio.
    """
    draw = torch.Generator().manual_seed(seed)
    return head_scores(model, repeated_random_tokens(pool, n, length, draw), draw)


def syllable_ids(grammar: Grammar, tokenizer: Tokenizer) -> list[int]:
    """Devolve os tokens que são uma sílaba inventada da gramática, com o espaço na frente.

    Parâmetros:
        grammar: a gramática.
        tokenizer: o tokenizador.
    """
    cut = [tokenizer.encode(f" {syllable}") for syllable in grammar.syllables]
    return sorted(ids[0] for ids in cut if len(ids) == 1)


def relation_scores(
    model: Decoder, tokenizer: Tokenizer, grammar: Grammar, n: int = 1000, seed: int = 0
) -> dict[str, RelationHits]:
    """Mede as cabeças nas relações verdadeiras que um deslocamento fixo não acerta.

    Parâmetros:
        model: o decoder.
        tokenizer: o tokenizador dele.
        grammar: a gramática.
        n: quantas histórias; os casos difíceis são poucos em cada uma.
        seed: semente do sorteio.
    """
    texts, ids = held_out(grammar, tokenizer, n, seed)
    return model_relation_hits(model, ids, beyond_offset(_relations(texts, tokenizer, grammar)))


def ablation(
    model: Decoder, tokenizer: Tokenizer, grammar: Grammar, n: int = 300, seed: int = 0
) -> AblationTable:
    """Tira cada cabeça, trocada pela média dela, e mede o que se perde, no todo e por relação.

    Parâmetros:
        model: o decoder.
        tokenizer: o tokenizador dele.
        grammar: a gramática.
        n: quantas histórias.
        seed: semente do sorteio.
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
