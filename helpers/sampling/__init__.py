"""Amostragem: dos logits ao próximo token, e o laço que escreve um token por vez.

Cada filtro recebe logits e devolve logits; quem foi descartado vale −inf, e a softmax renormaliza o
que ficou. `Sampler` compõe os filtros, `draw` sorteia, `generate` e `stream` repetem. O modelo é
qualquer função de ids `[batch pos]` em logits `[batch pos d_vocab]`: a classe dele não importa.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from helpers.sampling import checks
from helpers.sampling.filters import (
    Generators,
    Number,
    draw,
    greedy,
    min_p,
    repetition_penalty,
    temperature,
    top_k,
    top_p,
)
from helpers.sampling.loop import Reader, Sheet, context_of, device_of, write

Prompt = Sequence[int] | Sequence[Sequence[int] | Tensor] | Tensor


@dataclass(frozen=True)
class Sampler:
    """Compõe os filtros, na ordem penalidade → temperatura → top-k → top-p → min-p.

    A ordem é a de `transformers`, e importa: top-p mede a massa *depois* da temperatura e só entre
    os que o top-k deixou. O valor inicial de cada campo não muda nada, e `Sampler()` é a
    distribuição do próprio modelo; `Sampler(temperature=0)` é a escolha gulosa.

    Parâmetros:
        temperature: como em `temperature`.
        k: como em `top_k`; `None` não filtra.
        p: como em `top_p`; `None` não filtra.
        min_p: como em `min_p`; `None` não filtra.
        penalty: como em `repetition_penalty`.

    Erros:
        ValueError: se um campo estiver fora do aceito.
    """

    temperature: Number = 1.0
    k: int | None = None
    p: Number | None = None
    min_p: Number | None = None
    penalty: Number = 1.0

    def __post_init__(self):
        checks.require_temperature(self.temperature)
        checks.require_penalty(self.penalty)
        if self.k is not None:
            checks.require_k(self.k)
        for name in ("p", "min_p"):
            if getattr(self, name) is not None:
                checks.require_share(name, getattr(self, name))

    def filter(
        self,
        logits: Float[Tensor, "*batch d_vocab"],
        previous: Int[Tensor, "*batch pos"] | Sequence[int] | None = None,
    ) -> Float[Tensor, "*batch d_vocab"]:
        """Aplica os filtros, na ordem, e devolve os logits que sobram.

        Parâmetros:
            logits: logits da última posição.
            previous: tokens já escritos; só a penalidade precisa deles.
        """
        logits = penalized = self._penalized(logits, previous)
        if self.temperature != 1:
            logits = temperature(logits, self.temperature)
        if self.k is not None:
            logits = top_k(logits, self.k)
        if self.p is not None:
            logits = top_p(logits, self.p)
        if self.min_p is not None:
            logits = min_p(logits, self.min_p)
        if logits is penalized:  # nenhum filtro veio depois para conferir
            checks.require_logits(logits)
        return logits

    def probs(
        self,
        logits: Float[Tensor, "*batch d_vocab"],
        previous: Int[Tensor, "*batch pos"] | Sequence[int] | None = None,
    ) -> Float[Tensor, "*batch d_vocab"]:
        """Dá a distribuição de que o token é sorteado; cada linha soma 1.

        Parâmetros:
            logits: logits da última posição.
            previous: tokens já escritos; só a penalidade precisa deles.
        """
        return self.filter(logits, previous).softmax(dim=-1)

    def sample(
        self,
        logits: Float[Tensor, "*batch d_vocab"],
        previous: Int[Tensor, "*batch pos"] | Sequence[int] | None = None,
        generator: Generators = None,
    ) -> Int[Tensor, "*batch"]:
        """Sorteia um id por linha; com temperatura 0, escolhe sem sortear.

        Parâmetros:
            logits: logits da última posição.
            previous: tokens já escritos; só a penalidade precisa deles.
            generator: como em `draw`.
        """
        if self.temperature == 0:  # nenhum dos outros filtros descarta o maior
            return greedy(self._penalized(logits, previous))
        return draw(self.probs(logits, previous), generator)

    def _penalized(self, logits, previous):
        if self.penalty == 1:
            return logits
        if previous is None:
            raise ValueError(
                f"penalty={self.penalty!r} precisa dos tokens já escritos: passe previous=..."
            )
        return repetition_penalty(logits, previous, self.penalty)


#: A escolha gulosa, sem sorteio.
GREEDY = Sampler(temperature=0)


@dataclass(frozen=True)
class Written:
    """Um token escrito: o id, a probabilidade com que saiu e a que o modelo lhe dava.

    `prob` e `log_prob` (nats) são da distribuição já filtrada, de que o token foi sorteado;
    `model_log_prob` é o log p(xₙ | x₁…xₙ₋₁) do próprio modelo, com temperatura 1 e sem filtro.
    """

    index: int
    token: int
    prob: float
    log_prob: float
    model_log_prob: float


def generate(
    model: Callable,
    prompt: Prompt,
    n_new: int,
    sampler: Sampler = GREEDY,
    generator: Generators = None,
    stop: int | Collection[int] = (),
    *,
    crop: bool = False,
    n_ctx: int | None = None,
    use_cache: bool = True,
) -> list[int] | list[list[int]]:
    """Continua um prompt, ou vários, com até `n_new` tokens.

    Os prompts de um lote podem ter tamanhos diferentes: cada linha sai como sairia sozinha (no
    sorteio, com um gerador por linha; em float32, salvo empate dentro do arredondamento). As curtas
    já escrevem enquanto as longas ainda são lidas, um token por leitura: não há enchimento.

    Parâmetros:
        model: função de ids `[batch pos]` em logits `[batch pos d_vocab]`. Se tiver `new_cache`, é
            chamada como `model(ids, cache=cache)` e lê cada token uma só vez; se o cache tiver
            `keep`, as linhas que pararam saem dele.
        prompt: ids de um prompt, ou uma lista de prompts.
        n_new: quantos tokens escrever em cada linha, no máximo.
        generator: como em `draw`. Um gerador por linha faz cada linha igual à que sairia sozinha.
        stop: id, ou ids, de parada. O token de parada fica no fim do texto; nada vem depois dele.
        crop: se `True`, passado o limite, o modelo lê só os últimos `n_ctx` tokens. As posições
            recomeçam do zero a cada token e o cache deixa de servir: fica mais lento.
        n_ctx: quantas posições o modelo lê; `None` usa `model.config.n_ctx`, se existir.
        use_cache: se `False`, relê o texto inteiro a cada token; o resultado é o mesmo. Um decoder
            sem máscara só escreve assim.

    Retorna:
        O prompt seguido do que foi escrito: uma lista de ids, ou uma por prompt.

    Erros:
        ValueError: se o prompt for vazio ou o texto não couber em `n_ctx` sem `crop`.
        TypeError: se o prompt não for de ids ou o modelo não devolver um tensor.
    """
    prompts, is_batch = checks.prompt_rows(prompt)
    sheet, writing = _start(model, prompts, n_new, sampler, generator, stop, crop, n_ctx, use_cache)
    for _ in writing:
        pass
    return sheet.texts() if is_batch else sheet.texts()[0]


def stream(
    model: Callable,
    prompt: Sequence[int] | Tensor,
    n_new: int,
    sampler: Sampler = GREEDY,
    generator: torch.Generator | None = None,
    stop: int | Collection[int] = (),
    *,
    crop: bool = False,
    n_ctx: int | None = None,
    use_cache: bool = True,
) -> Iterator[Written]:
    """Escreve um token por vez: cada `next` lê o modelo uma vez e dá um `Written`.

    Os tokens são os de `generate`. Parar de pedir é parar de calcular: nada corre entre dois
    pedidos nem depois de `close()`.

    Parâmetros:
        model: como em `generate`.
        prompt: ids de um só prompt.
        n_new: quantos tokens escrever, no máximo.
        stop: id, ou ids, de parada; o token de parada é o último `Written`.
        crop: como em `generate`.
        n_ctx: como em `generate`.
        use_cache: como em `generate`.

    Erros:
        ValueError: os de `generate`, já na chamada; também se vier mais de um prompt.
    """
    prompts, is_batch = checks.prompt_rows(prompt)
    if is_batch:
        raise ValueError("stream escreve um texto por vez; para vários prompts, use generate.")
    _, writing = _start(model, prompts, n_new, sampler, generator, stop, crop, n_ctx, use_cache)
    return (
        _step(index, token, logits, previous, sampler)
        for index, (token, logits, previous) in enumerate(writing)
    )


def _start(model, prompts, n_new, sampler, generator, stop, crop, n_ctx, use_cache):
    """Confere tudo antes da primeira leitura e dá o lote e o laço que o escreve."""
    if not callable(model):
        raise TypeError(f"model deve ser uma função de ids em logits; veio {type(model).__name__}.")
    if not isinstance(sampler, Sampler):
        raise TypeError(f"sampler={sampler!r} não serve; passe um Sampler, como Sampler(k=5).")
    n_ctx, stop = context_of(model, n_ctx), checks.stop_ids(stop)
    checks.require_lengths(max(map(len, prompts)), n_new, n_ctx, crop)
    generator = checks.require_generators(generator, len(prompts))
    sheet = Sheet(prompts, n_new, device_of(model))
    reader = Reader(model, len(prompts), n_ctx, use_cache)
    return sheet, write(sheet, reader, sampler, generator, stop)


def _step(index, drawn, logits, previous, sampler):
    token = int(drawn)
    with torch.inference_mode():
        log_prob = float(sampler.filter(logits, previous).log_softmax(dim=-1)[0, token])
        model_log_prob = float(logits.log_softmax(dim=-1)[0, token])
    return Written(index, token, math.exp(log_prob), log_prob, model_log_prob)


def sequence_log_prob(model: Callable, tokens: Sequence[int] | Tensor, given: int = 1) -> float:
    """Soma os log-probs dos tokens, cada um dados os que vêm antes dele.

    log p(x_g+1 … x_N | x_1 … x_g) = Σₙ log p(xₙ | x₁ … xₙ₋₁), a regra da cadeia. As probabilidades
    de todas as continuações de um mesmo tamanho somam 1.

    Parâmetros:
        model: como em `generate`.
        tokens: ids do texto inteiro.
        given: quantos tokens do começo são dados e não entram na soma, a partir de 1.

    Retorna:
        O log da probabilidade, em nats: 0 ou menor.

    Erros:
        ValueError: se `given` não estiver entre 1 e o tamanho do texto.
    """
    rows, is_batch = checks.prompt_rows(tokens)
    if is_batch:
        raise ValueError("sequence_log_prob mede um texto por vez; chame uma vez por texto.")
    ids = rows[0]
    if not 1 <= given <= len(ids):
        raise ValueError(f"given={given!r} deve ficar entre 1 e {len(ids)}, o tamanho do texto.")
    row = torch.tensor([ids], device=device_of(model))
    with torch.inference_mode():
        log_probs = model(row)[0, :-1].double().log_softmax(dim=-1)
    each = log_probs.gather(-1, row[0, 1:, None])
    return float(each[given - 1 :].sum())
