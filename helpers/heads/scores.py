"""Notas de uma cabeça: que parte do olhar cai onde se espera, sempre ao lado do acaso.

Uma nota é a média, sobre as linhas que têm alvo, do peso que cai no alvo:

    nota = média_i Σ_{j ∈ alvo(i)} α_ij

Fonte:
    Elhage et al. (2021), "A Mathematical Framework for Transformer Circuits"; Olsson et al. (2022),
    "In-context Learning and Induction Heads", https://arxiv.org/abs/2209.11895, que repete um
    trecho sorteado. Aqui a distância entre as duas cópias muda de texto para texto: uma cabeça que
    olha sempre o mesmo número de tokens atrás não passa por indução.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from helpers.decoder import Decoder
from helpers.heads.inputs import require_patterns
from helpers.heads.patterns import (
    attention_patterns,
    position_only,
    shuffled_weights,
    uniform_pattern,
)


def repeated_random_tokens(
    ids: int | Sequence[int],
    n_texts: int,
    length: int,
    generator: torch.Generator,
    max_gap: int | None = None,
) -> Int[Tensor, "batch pos"]:
    """Sorteia textos em que um trecho volta, igual, depois de um intervalo.

    Cada texto é enchimento, A, recheio, A. Os tokens do enchimento, de A e do recheio são todos
    diferentes: na segunda cópia de A, cada um tem uma só cópia anterior. O recheio do texto b tem
    `b % (max_gap + 1)` tokens, e o enchimento completa a largura: assim nem a posição nem a
    distância dizem onde está a cópia.

    Parâmetros:
        ids: quantos ids há (de 0 em diante), ou quais podem ser sorteados.
        length: tamanho de A, em tokens.
        generator: de onde sai o sorteio.
        max_gap: maior recheio, em tokens; sem valor, `length`.

    Retorna:
        Ids; cada texto tem `2 * length + max_gap` posições.

    Erros:
        ValueError: se um tamanho não servir ou faltarem ids diferentes.
    """
    pool = torch.arange(ids) if isinstance(ids, int) else torch.tensor(sorted(set(ids)))
    max_gap = length if max_gap is None else max_gap
    if n_texts < 1 or length < 1 or max_gap < 0:
        raise ValueError(
            f"n_texts={n_texts} e length={length} devem ser pelo menos 1, e max_gap={max_gap}, "
            "pelo menos 0"
        )
    if len(pool) < length + max_gap:
        raise ValueError(
            f"há {len(pool)} ids, e cada texto pede length + max_gap = {length + max_gap} "
            "diferentes; diminua um dos dois"
        )
    rows = []
    for text in range(n_texts):
        drawn = pool[torch.randperm(len(pool), generator=generator)[: length + max_gap]]
        again, rest = drawn[:length], drawn[length:]
        cut = max_gap - text % (max_gap + 1)
        rows.append(torch.cat([rest[:cut], again, rest[cut:], again]))
    return torch.stack(rows)


def previous_token_score(
    patterns: Float[Tensor, "*layers batch head query key"],
) -> Float[Tensor, "*layers head"]:
    """Mede o peso dado à posição anterior: média de α[i, i - 1], para i ≥ 1.

    Retorna:
        De 0 a 1, uma nota por cabeça.

    Erros:
        ValueError: se não forem padrões de atenção, ou houver uma posição só.
    """
    n_pos = patterns.shape[-1]
    target = torch.ones(n_pos, n_pos, dtype=torch.bool).tril(-1).triu(-1)
    return _score(patterns, target, "há uma posição só, e ela não tem anterior")


def first_token_score(
    patterns: Float[Tensor, "*layers batch head query key"],
) -> Float[Tensor, "*layers head"]:
    """Mede o peso dado à primeira posição: média de α[i, 0], para i ≥ 1.

    A linha 0 fica de fora: na máscara causal, ela só pode olhar para si.

    Retorna:
        De 0 a 1, uma nota por cabeça.

    Erros:
        ValueError: se não forem padrões de atenção, ou houver uma posição só.
    """
    n_pos = patterns.shape[-1]
    target = torch.zeros(n_pos, n_pos, dtype=torch.bool)
    target[1:, 0] = True
    return _score(patterns, target, "há uma posição só, que olha para si mesma")


def duplicate_token_score(
    patterns: Float[Tensor, "*layers batch head query key"], tokens: Int[Tensor, "batch pos"]
) -> Float[Tensor, "*layers head"]:
    """Mede o peso dado às cópias anteriores do próprio token: Σ α[i, j], com j < i e t_j = t_i.

    Parâmetros:
        tokens: os ids de onde eles vieram.

    Retorna:
        De 0 a 1, uma nota por cabeça; só contam as posições cujo token já apareceu.

    Erros:
        ValueError: se não forem padrões de atenção, as formas não combinarem ou nada se repetir.
    """
    return _score(patterns, _duplicates(tokens), "nenhum token se repete nestes textos")


def induction_score(
    patterns: Float[Tensor, "*layers batch head query key"], tokens: Int[Tensor, "batch pos"]
) -> Float[Tensor, "*layers head"]:
    """Mede o peso dado ao que veio depois da cópia anterior: Σ α[i, j], com j < i e t_{j-1} = t_i.

    Quem olha para lá pode copiar: "… A B … A" → B. Meça em `repeated_random_tokens`, onde a única
    pista é a repetição.

    Parâmetros:
        tokens: os ids de onde eles vieram.

    Retorna:
        De 0 a 1, uma nota por cabeça; só contam as posições cujo token já apareceu.

    Erros:
        ValueError: se não forem padrões de atenção, as formas não combinarem ou nada se repetir.
    """
    after_copy = _duplicates(tokens).roll(1, dims=-1).tril(-1)
    return _score(patterns, after_copy, "nenhum token se repete nestes textos")


def attention_distance(
    patterns: Float[Tensor, "*layers batch head query key"],
) -> Float[Tensor, "*layers head"]:
    """Mede a que distância, em tokens, a cabeça olha: média de Σ_j α_ij |i - j|.

    Retorna:
        De 0 (só para si) ao número de posições menos 1; na uniforme causal, (n - 1) / 4.

    Erros:
        ValueError: se não forem padrões de atenção.
    """
    require_patterns(patterns)
    place = torch.arange(patterns.shape[-1])
    distance = (place[:, None] - place).abs().to(patterns.dtype)
    return (patterns * distance).sum(-1).mean((-3, -1))


def attention_entropy(
    patterns: Float[Tensor, "*layers batch head query key"],
) -> Float[Tensor, "*layers head"]:
    """Mede quão espalhado é o olhar, em nats: média de `-Σ_j α_ij ln α_ij`.

    Retorna:
        De 0 (um alvo só por linha) a `ln n`; na uniforme causal, a média de `ln(i + 1)`.

    Erros:
        ValueError: se não forem padrões de atenção.
    """
    require_patterns(patterns)
    return -torch.xlogy(patterns, patterns).sum(-1).mean((-3, -1))


class HeadScore(NamedTuple):
    """Uma nota de todas as cabeças, ao lado do que o acaso e a posição dariam."""

    value: Float[Tensor, "layer head"]
    uniform: float
    position: Float[Tensor, "layer head"]
    random: Float[Tensor, "draw layer head"]


@torch.no_grad()
def head_scores(
    model: Decoder,
    tokens: Int[Tensor, "batch pos"],
    generator: torch.Generator,
    n_draws: int = 3,
) -> dict[str, HeadScore]:
    """Devolve todas as notas do modelo, cada uma com as suas referências, medidas do mesmo modo.

    Parâmetros:
        tokens: pelo menos 2 textos, com algum token repetido; para as notas de cópia, os de
            `repeated_random_tokens`.
        generator: de onde saem os modelos de pesos embaralhados.
        n_draws: quantos modelos embaralhados medir.

    Retorna:
        Nome da nota → `HeadScore`: o valor; o da atenção uniforme; o dos pesos médios dos outros
        textos (só posição); e o de cada modelo de pesos embaralhados.

    Erros:
        TypeError: se os ids não forem inteiros.
        ValueError: se os ids não couberem no decoder, houver um texto só ou nada se repetir.
    """
    if n_draws < 1:
        raise ValueError(f"n_draws={n_draws} deve ser pelo menos 1")
    n_pos = tokens.shape[-1]
    measured = attention_patterns(model, tokens)
    mask = model.mask(n_pos, n_pos)
    everywhere = torch.ones(n_pos, n_pos, dtype=torch.bool) if mask is None else mask
    uniform = uniform_pattern(n_pos, everywhere).expand(len(tokens), -1, -1, -1)
    strangers = [shuffled_weights(model, generator) for _ in range(n_draws)]
    random = torch.stack([attention_patterns(stranger, tokens) for stranger in strangers])
    values, chance = _all_scores(measured, tokens), _all_scores(uniform, tokens)
    position, drawn = _all_scores(position_only(measured), tokens), _all_scores(random, tokens)
    return {
        name: HeadScore(values[name], chance[name].item(), position[name], drawn[name])
        for name in values
    }


def _all_scores(patterns, tokens):
    return {
        "previous_token": previous_token_score(patterns),
        "first_token": first_token_score(patterns),
        "duplicate_token": duplicate_token_score(patterns, tokens),
        "induction": induction_score(patterns, tokens),
        "distance": attention_distance(patterns),
        "entropy": attention_entropy(patterns),
    }


def _duplicates(tokens: Tensor) -> Bool[Tensor, "batch query key"]:
    """Marca, em cada linha, as posições anteriores que têm o mesmo token."""
    return (tokens[:, :, None] == tokens[:, None, :]).tril(-1)


def _score(patterns, target, when_empty):
    require_patterns(patterns)
    if target.ndim == 2:
        target = target.expand(patterns.shape[-4], -1, -1)
    if target.shape != (patterns.shape[-4], *patterns.shape[-2:]):
        raise ValueError(
            f"tokens tem forma {tuple(target.shape[:2])}, e os pesos são de {patterns.shape[-4]} "
            f"textos de {patterns.shape[-1]} posições; passe os ids de onde os pesos vieram"
        )
    has_target = target.any(-1)
    if not has_target.any():
        raise ValueError(f"não há o que medir: {when_empty}")
    on_target = torch.einsum("...bhqk,bqk->...h", patterns, target.to(patterns.dtype))
    return on_target / has_target.sum()
