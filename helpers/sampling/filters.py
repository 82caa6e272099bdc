"""Os filtros, um por função, e o sorteio: logits entram, logits saem.

Quem é descartado vale −inf, e a softmax renormaliza o que ficou. A entrada nunca é alterada.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor

from helpers.sampling import checks as checks

Number = float | int
Generators = torch.Generator | Sequence[torch.Generator] | None


def greedy(logits: Float[Tensor, "*batch d_vocab"]) -> Int[Tensor, "*batch"]:
    """Escolhe o token de maior logit; no empate, o de menor id.

    Não é sorteio: os mesmos logits dão sempre o mesmo token.

    Parâmetros:
        logits: logits da última posição (nats, a menos de uma constante).

    Retorna:
        O id escolhido, sem o eixo do vocabulário.

    Exemplo:
        >>> greedy(torch.tensor([1.0, 3.0, 3.0]))
        tensor(1)
    """
    return checks.require_logits(logits).ids


def temperature(
    logits: Float[Tensor, "*batch d_vocab"], t: Number
) -> Float[Tensor, "*batch d_vocab"]:
    """Divide os logits por `t`: abaixo de 1 concentra a distribuição, acima de 1 espalha.

    p(i) = exp(zᵢ/t) / Σⱼ exp(zⱼ/t). Quando `t` tende a 0, resta o maior logit.

    Parâmetros:
        logits: logits da última posição.
        t: temperatura, 0 ou maior. Em 0 fica só o token que `greedy` escolhe.

    Retorna:
        Logits novos. Se a divisão estourasse, o maior é antes levado a 0: a softmax não muda.

    Erros:
        ValueError: se `t` for negativo, infinito ou NaN.

    Exemplo:
        >>> temperature(torch.tensor([1.0, 2.0]), 0.5)
        tensor([2., 4.])

    Fonte:
        Hinton, Vinyals e Dean (2015), eq. 1. https://arxiv.org/abs/1503.02531
    """
    checks.require_temperature(t)
    best = checks.require_logits(logits)
    if t == 0:
        only_best = torch.zeros_like(logits, dtype=torch.bool)
        return _keep(logits, only_best.scatter(-1, best.ids.unsqueeze(-1), True))
    # Fora destes limites o próprio `t` viraria 0 ou infinito na precisão dos logits.
    limits = torch.finfo(logits.dtype)
    t = min(max(t, limits.tiny), limits.max)
    if best.peak / t > limits.max:
        logits = logits - best.values.unsqueeze(-1)
    return logits / t


def top_k(logits: Float[Tensor, "*batch d_vocab"], k: int) -> Float[Tensor, "*batch d_vocab"]:
    """Mantém os `k` maiores logits e descarta os outros.

    No empate na última vaga entram os menores ids, e ficam exatamente `k`; `transformers` mantém
    todos os empatados. Com `k` acima do vocabulário ficam todos, como lá: assim o mesmo `k` serve a
    um vocabulário de seis letras e a um de 50 mil pedaços.

    Parâmetros:
        logits: logits da última posição; quem já vale −inf continua descartado.
        k: quantos tokens ficam, a partir de 1.

    Retorna:
        Cópia dos logits com −inf nos descartados.

    Erros:
        ValueError: se `k` não for um inteiro a partir de 1.

    Exemplo:
        >>> top_k(torch.tensor([1.0, 3.0, 2.0]), 2)
        tensor([-inf, 3., 2.])

    Fonte:
        Fan, Lewis e Dauphin (2018). https://arxiv.org/abs/1805.04833
    """
    checks.require_k(k)
    checks.require_logits(logits)
    if k >= logits.shape[-1]:
        return logits.clone()
    smallest = logits.topk(k, dim=-1).values[..., -1:]
    above, tied = logits > smallest, logits == smallest
    vacancies = k - above.sum(dim=-1, keepdim=True)
    return _keep(logits, above | (tied & (tied.cumsum(dim=-1) <= vacancies)))


def top_p(logits: Float[Tensor, "*batch d_vocab"], p: Number) -> Float[Tensor, "*batch d_vocab"]:
    """Mantém o menor grupo de tokens prováveis cuja soma chega a `p`.

    Do mais para o menos provável, o token i fica se Σ p(j), somada nos que vêm antes dele, for
    menor que `p`. No empate, o menor id vem antes.

    Parâmetros:
        logits: logits da última posição; quem já vale −inf continua descartado.
        p: soma a alcançar, de 0 a 1. Em 0 fica só o mais provável; em 1 ficam todos.

    Retorna:
        Cópia dos logits com −inf nos descartados.

    Erros:
        ValueError: se `p` não estiver entre 0 e 1.

    Exemplo:
        >>> top_p(torch.tensor([0.5, 0.3, 0.2]).log(), 0.6).isfinite()
        tensor([ True,  True, False])

    Fonte:
        Holtzman e outros (2020). https://arxiv.org/abs/1904.09751
    """
    checks.require_share("p", p)
    checks.require_logits(logits)
    if p == 1:  # a soma em ponto flutuante pode chegar a 1 antes do fim da cauda
        return logits.clone()
    ordered, order = logits.sort(dim=-1, descending=True, stable=True)
    probs = ordered.softmax(dim=-1, dtype=torch.float64)
    keep = probs.cumsum(dim=-1).roll(1, dims=-1) < p
    keep[..., 0] = True
    return _keep(logits, torch.empty_like(keep).scatter(-1, order, keep))


def min_p(logits: Float[Tensor, "*batch d_vocab"], p: Number) -> Float[Tensor, "*batch d_vocab"]:
    """Mantém os tokens com ao menos a fração `p` da probabilidade do mais provável.

    O token i fica se p(i) ≥ p · maxⱼ p(j): o corte sobe quando o modelo tem certeza.

    Parâmetros:
        logits: logits da última posição; quem já vale −inf continua descartado.
        p: fração, de 0 a 1. Em 0 ficam todos; em 1, o mais provável e os que empatam com ele.

    Retorna:
        Cópia dos logits com −inf nos descartados.

    Erros:
        ValueError: se `p` não estiver entre 0 e 1.

    Exemplo:
        >>> min_p(torch.tensor([0.6, 0.3, 0.1]).log(), 0.4).isfinite()
        tensor([ True,  True, False])

    Fonte:
        Nguyen e outros (2024). https://arxiv.org/abs/2407.01082
    """
    checks.require_share("min_p", p)
    checks.require_logits(logits)
    probs = logits.softmax(dim=-1)
    return _keep(logits, probs >= p * probs.amax(dim=-1, keepdim=True))


def repetition_penalty(
    logits: Float[Tensor, "*batch d_vocab"],
    tokens: Int[Tensor, "*batch pos"] | Sequence[int],
    penalty: Number,
) -> Float[Tensor, "*batch d_vocab"]:
    """Baixa o logit dos tokens que já apareceram: divide o positivo, multiplica o negativo.

    O artigo divide sempre, o que *subiria* um logit negativo; aqui vale a forma de `transformers`.
    Um token conta uma vez, por mais que se repita. Depende do zero dos logits: somar uma constante
    a todos muda o resultado, e por isso a penalidade vem antes de todo o resto.

    Parâmetros:
        logits: logits da última posição.
        tokens: ids já vistos em cada linha, prompt incluído.
        penalty: maior que 0. Em 1 nada muda; abaixo de 1, repetir fica mais provável.

    Retorna:
        Logits novos.

    Erros:
        ValueError: se `penalty` não for maior que 0 ou um id estiver fora do vocabulário.

    Exemplo:
        >>> repetition_penalty(torch.tensor([2.0, -1.0, 2.0]), [0, 1], 2)
        tensor([ 1., -2.,  2.])

    Fonte:
        Keskar e outros (2019). https://arxiv.org/abs/1909.05858
    """
    checks.require_penalty(penalty)
    checks.require_logits(logits)
    seen = checks.require_seen(tokens, logits)
    values = logits.gather(-1, seen)
    lowered = torch.where(values > 0, values / penalty, values * penalty)
    return logits.scatter(-1, seen, lowered)


def _keep(logits, keep):
    return torch.where(keep, logits, -torch.inf)


def draw(
    probs: Float[Tensor, "*batch d_vocab"], generator: Generators = None
) -> Int[Tensor, "*batch"]:
    """Sorteia um id por linha: o primeiro cuja soma acumulada passa de um número uniforme.

    É o método da inversa, com um só número por token: o ponto u·Σp cai na faixa de algum token, e a
    largura de cada faixa é a sua probabilidade. Quem tem probabilidade 0 nunca sai.

    Parâmetros:
        probs: probabilidades, ou pesos positivos, que não precisam somar 1.
        generator: de onde vêm os números; ou um por linha. Com `None`, um gerador novo, semeado ao
            acaso. O sorteio global do torch não é tocado.

    Retorna:
        Os ids sorteados, sem o eixo do vocabulário.

    Erros:
        ValueError: se houver peso negativo ou não finito, ou linha com soma 0.

    Fonte:
        Devroye (1986), Non-Uniform Random Variate Generation.
    """
    cumulative = checks.require_weights(probs)
    total = cumulative[..., -1:]
    # u ≤ 1 − 2⁻⁵³, e por isso o ponto fica sempre abaixo do total, dentro da última faixa.
    point = total * _uniform(total.shape, generator).to(total.device)
    return torch.searchsorted(cumulative, point, right=True).squeeze(-1)


def _uniform(shape, generator):
    generator = checks.require_generators(generator, shape.numel())
    if isinstance(generator, torch.Generator):
        return torch.rand(shape, generator=generator, dtype=torch.float64, device=generator.device)
    one = torch.Size([1])
    return torch.cat([_uniform(one, row).cpu() for row in generator]).view(shape)
