"""Confere o que chega à amostragem e explica, em português, o que não serve."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from numbers import Integral, Real
from typing import NamedTuple

import torch
from torch import Tensor


class Best(NamedTuple):
    """O maior logit de cada linha, o seu id e o maior deles em módulo."""

    values: Tensor
    ids: Tensor
    peak: float


def require_logits(logits):
    """Confere os logits e devolve o maior de cada linha (no empate, o de menor id).

    O máximo basta para a conferência: nele aparecem um NaN, um +inf e a linha que é toda −inf. Um
    −inf sozinho passa, porque é assim que um filtro marca o token descartado.
    """
    if not isinstance(logits, Tensor):
        raise TypeError(
            f"logits deve ser um tensor do torch; veio {type(logits).__name__}. "
            "Use torch.tensor(...)."
        )
    if not logits.is_floating_point():
        raise TypeError(
            f"logits deve ser float32 ou float64; veio {logits.dtype}. Use logits.float()."
        )
    if logits.ndim == 0 or 0 in logits.shape:
        raise ValueError(
            f"logits tem formato {list(logits.shape)}; o último eixo é o vocabulário e nenhum eixo "
            "pode estar vazio."
        )
    values, ids = logits.max(dim=-1)
    peak = float(values.abs().amax())
    if not peak < math.inf:  # um NaN também não é menor
        raise ValueError(_what_is_wrong(logits))
    return Best(values, ids, peak)


def _what_is_wrong(logits):
    if logits.isnan().any():
        return "há NaN nos logits: o erro vem de antes da amostragem. Confira o modelo e os pesos."
    if logits.isposinf().any():
        return "há +inf nos logits: a softmax não existe. Confira o modelo e a penalidade."
    return "há uma linha em que todos os logits são −inf: não sobrou token para sortear."


def require_k(k):
    """Confere o `k` do top-k.

    Parâmetros:
        k: um inteiro a partir de 1.
    """
    if isinstance(k, bool) or not isinstance(k, Integral) or k < 1:
        raise ValueError(f"k={k!r} deve ser um inteiro a partir de 1: quantos tokens ficam.")


def require_share(name, value):
    """Confere um argumento que vai de 0 a 1.

    Parâmetros:
        name: como chamá-lo na mensagem.
    """
    if not _is_number(value) or not 0 <= value <= 1:
        raise ValueError(f"{name}={value!r} deve ser um número de 0 a 1.")


def require_temperature(t):
    """Confere a temperatura.

    Parâmetros:
        t: um número finito, 0 ou maior.
    """
    if not _is_number(t) or not 0 <= t < math.inf:
        raise ValueError(
            f"a temperatura {t!r} deve ser um número finito, 0 ou maior; 0 é a escolha gulosa."
        )


def require_penalty(penalty):
    """Confere a penalidade de repetição.

    Parâmetros:
        penalty: um número finito, maior que 0.
    """
    if not _is_number(penalty) or not 0 < penalty < math.inf:
        raise ValueError(
            f"penalty={penalty!r} deve ser um número maior que 0; 1 não muda nada e 1.2 é comum."
        )


def _is_number(value):
    return isinstance(value, Real) and not isinstance(value, bool) and not math.isnan(value)


def require_seen(tokens, logits):
    """Converte os tokens já vistos em tensor e confere formato e ids.

    Parâmetros:
        tokens: ids, com os mesmos eixos dos logits menos o último.
        logits: os logits que a penalidade vai mudar.
    """
    seen = torch.as_tensor(tokens, device=logits.device)
    if seen.numel() == 0:
        seen = seen.long()
    if seen.is_floating_point() or seen.dtype == torch.bool:
        raise TypeError(f"os tokens já vistos devem ser ids inteiros; veio {seen.dtype}.")
    if seen.shape[:-1] != logits.shape[:-1] or seen.ndim == 0:
        raise ValueError(
            f"os tokens já vistos têm formato {list(seen.shape)} e os logits "
            f"{list(logits.shape)}: só o último eixo pode ser diferente."
        )
    d_vocab = logits.shape[-1]
    if seen.numel() and not 0 <= int(seen.min()) <= int(seen.max()) < d_vocab:
        raise ValueError(
            f"os tokens já vistos vão de {int(seen.min())} a {int(seen.max())}; os ids vão de 0 a "
            f"{d_vocab - 1}."
        )
    return seen.long()


def require_weights(probs):
    """Confere as probabilidades de um sorteio e devolve a soma acumulada, em float64.

    Parâmetros:
        probs: números finitos, nenhum negativo, com soma positiva em cada linha.
    """
    if not isinstance(probs, Tensor) or probs.ndim == 0 or 0 in probs.shape:
        raise TypeError("probs deve ser um tensor cujo último eixo é o vocabulário.")
    cumulative = probs.cumsum(dim=-1, dtype=torch.float64)
    low, high = map(float, cumulative[..., -1].aminmax())
    # A soma fica longe dos subnormais: neles, u · soma poderia arredondar para a própria soma.
    tiny = torch.finfo(torch.float64).tiny
    if not (float(probs.amin()) >= 0 and tiny <= low and high < math.inf):
        raise ValueError(
            "probs deve ter números finitos, nenhum negativo, e soma maior que 0 em cada linha."
        )
    return cumulative


def prompt_rows(prompt):
    """Converte o prompt em lista de linhas; diz também se veio um lote.

    Parâmetros:
        prompt: ids de um prompt, ou uma lista de prompts.
    """
    if isinstance(prompt, str):
        raise TypeError("o prompt deve vir em ids, e veio texto: use tokenizer.encode(texto).")
    rows = _as_list(prompt)
    is_batch = len(rows) > 0 and not isinstance(rows[0], Integral)
    rows = [_ids(row, "o prompt") for row in (rows if is_batch else [rows])]
    if not all(rows):
        raise ValueError(
            "o prompt está vazio: o modelo precisa de ao menos um token para começar (por exemplo, "
            "o de início de texto)."
        )
    return rows, is_batch


def _as_list(value):
    value = value.tolist() if hasattr(value, "tolist") else value
    if not isinstance(value, Sequence):
        raise TypeError(f"o prompt deve ser uma lista de ids ou uma lista delas; veio {value!r}.")
    return value


def _ids(row, name):
    for number in (ids := _as_list(row)):
        if isinstance(number, bool) or not isinstance(number, Integral) or number < 0:
            raise ValueError(f"{name} tem {number!r}; ids são inteiros a partir de 0.")
    return [int(number) for number in ids]


def stop_ids(stop):
    """Converte os tokens de parada em conjunto de ids.

    Parâmetros:
        stop: um id, ou vários.
    """
    if not isinstance(stop, Integral | Collection) or isinstance(stop, str):
        raise TypeError(f"stop={stop!r} deve ser um id de parada ou uma lista deles.")
    return frozenset(_ids([stop] if isinstance(stop, Integral) else list(stop), "stop"))


def require_generators(generator, n_rows):
    """Confere os geradores; sem nenhum, cria um, semeado ao acaso.

    Parâmetros:
        generator: um gerador, um por linha, ou `None`.
        n_rows: quantas linhas sorteiam.
    """
    if generator is None:
        generator = torch.Generator()
        generator.seed()
    if isinstance(generator, torch.Generator):
        return generator
    if not isinstance(generator, list | tuple):
        raise TypeError(
            f"generator={generator!r} não é um gerador: use torch.Generator().manual_seed(42), com "
            "a semente que quiser."
        )
    if len(generator) != n_rows:
        raise ValueError(
            f"vieram {len(generator)} geradores para {n_rows} linhas: passe um por linha, ou um só "
            "para todas."
        )
    return generator


def require_lengths(longest, n_new, n_ctx, crop):
    """Confere se o texto pedido cabe no que o modelo lê.

    Parâmetros:
        longest: tokens do maior prompt.
        n_new: quantos tokens gerar.
        n_ctx: quantas posições o modelo lê; `None` não limita.
        crop: se a janela pode andar.
    """
    if isinstance(n_new, bool) or not isinstance(n_new, Integral) or n_new < 0:
        raise ValueError(f"n_new={n_new!r} deve ser um inteiro, 0 ou maior: quantos tokens gerar.")
    if n_ctx is not None and n_ctx < 1:
        raise ValueError(f"n_ctx={n_ctx!r} deve ser ao menos 1: quantas posições o modelo lê.")
    last_read = longest + n_new - 1
    if n_ctx is None or crop or n_new == 0 or last_read <= n_ctx:
        return
    room = n_ctx + 1 - longest
    shorter = f"Peça n_new ≤ {room}" if room > 0 else f"Encurte o prompt para {n_ctx} tokens"
    raise ValueError(
        f"o prompt tem {longest} tokens e n_new={n_new}: a última leitura teria {last_read} "
        f"posições, e o modelo lê até n_ctx={n_ctx}. {shorter}, ou passe crop=True para ler só a "
        "janela final."
    )
