"""A atenção: quem olha para quem, com que peso, e o que cada posição recebe.

    Atenção(Q, K, V) = softmax(Q Kᵀ / √d_head + máscara) V

Linhas são quem pergunta (query), colunas são quem responde (key). Na máscara, True é "pode olhar".

Fonte:
    Vaswani et al. (2017), §3.2. https://arxiv.org/abs/1706.03762
"""

from collections.abc import Callable
from math import sqrt

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor, nn

from helpers.cache import LayerCache
from helpers.hooks import Hooked, HookPoint
from helpers.shapes import require_mask, require_pattern, require_stream

#: O que fazer com as posições proibidas; só `minus_inf` as apaga sem estragar as outras.
MASK_KINDS = {
    "minus_inf": "−∞ no score, antes do softmax: peso zero no futuro, e a linha ainda soma 1",
    "none": "nenhuma máscara: todas as posições veem todas",
    "zero_scores": "zero no score, antes do softmax: e⁰ = 1, e o peso vaza para o futuro",
    "zero_weights": "zero no peso, depois do softmax: a linha já não soma 1, e o futuro ainda pesa "
    "no denominador",
}


def causal_mask(n_query: int, n_key: int | None = None) -> Bool[Tensor, "query key"]:
    """Permite a cada posição olhar para si e para trás.

    Parâmetros:
        n_query: quantas posições perguntam: as últimas do texto.
        n_key: quantas respondem; sem valor, as mesmas.

    Retorna:
        True onde olhar é permitido.

    Erros:
        ValueError: se houver mais perguntas que respostas.

    Exemplo:
        >>> causal_mask(2, 3).int()
        tensor([[1, 1, 0],
                [1, 1, 1]], dtype=torch.int32)
    """
    n_key = n_query if n_key is None else n_key
    if not 1 <= n_query <= n_key:
        raise ValueError(f"n_query={n_query} deve ficar entre 1 e n_key={n_key}")
    return torch.ones(n_query, n_key, dtype=torch.bool).tril(n_key - n_query)


def attention_pattern(
    scores: Float[Tensor, "*batch query key"],
    mask: Bool[Tensor, "..."] | None = None,
    kind: str = "minus_inf",
) -> Float[Tensor, "*batch query key"]:
    """Transforma scores em pesos: em cada linha, positivos que somam 1.

    Parâmetros:
        scores: o produto escalar de cada query com cada key, já dividido por √d_head.
        mask: True onde olhar é permitido; sem valor, tudo é.
        kind: como as posições proibidas são tratadas, uma chave de `MASK_KINDS`.

    Retorna:
        O peso que cada query dá a cada key.

    Erros:
        ValueError: se `kind` não existir, a máscara deixar uma linha sem ter para onde olhar, ou o
            softmax de uma linha der NaN.
    """
    if kind not in MASK_KINDS:
        raise ValueError(f"kind={kind!r} não existe; escolha entre {', '.join(MASK_KINDS)}")
    if mask is None or kind == "none":
        return _softmax(scores)
    require_mask(mask, *scores.shape[-2:])
    if kind == "zero_scores":
        return _softmax(scores.masked_fill(~mask, 0.0))
    if kind == "zero_weights":
        return _softmax(scores).masked_fill(~mask, 0.0)
    return _softmax(scores.masked_fill(~mask, -torch.inf))


def scaled_dot_product(
    q: Float[Tensor, "*batch query d_head"],
    k: Float[Tensor, "*batch key d_head"],
    v: Float[Tensor, "*batch key d_value"],
    mask: Bool[Tensor, "..."] | None = None,
) -> tuple[Float[Tensor, "*batch query d_value"], Float[Tensor, "*batch query key"]]:
    """Calcula `softmax(q kᵀ / √d_head) v` e devolve também os pesos.

    Parâmetros:
        q: uma pergunta por linha.
        k: uma chave por linha, da mesma largura de `q`.
        v: um valor por linha; a largura pode ser outra.
        mask: True onde olhar é permitido; sem valor, tudo é.

    Retorna:
        A média dos valores, uma por query, e os pesos com que foi feita.

    Erros:
        ValueError: se a máscara deixar uma linha sem ter para onde olhar, ou o softmax der NaN.
    """
    scores = q @ k.mT / sqrt(q.shape[-1])
    pattern = attention_pattern(scores, mask)
    return pattern @ v, pattern


class Head(nn.Module):
    """Uma cabeça de atenção sozinha: devolve a saída e os pesos.

    Parâmetros:
        d_model: largura do fluxo que ela lê.
        d_head: largura das queries e das keys.
        d_value: largura dos valores; sem valor, `d_head`.
        generator: de onde sai o sorteio dos pesos; sem valor, o gerador global do PyTorch.
    """

    def __init__(
        self,
        d_model: int,
        d_head: int,
        d_value: int | None = None,
        *,
        generator: torch.Generator | None = None,
    ):
        super().__init__()
        d_value = d_value or d_head
        self.W_Q = _weight(d_model, d_head, generator=generator)
        self.W_K = _weight(d_model, d_head, generator=generator)
        self.W_V = _weight(d_model, d_value, generator=generator)
        self.b_Q = nn.Parameter(torch.zeros(d_head))
        self.b_K = nn.Parameter(torch.zeros(d_head))
        self.b_V = nn.Parameter(torch.zeros(d_value))

    def forward(
        self,
        query_side: Float[Tensor, "*batch query d_model"],
        key_side: Float[Tensor, "*batch key d_model"] | None = None,
        mask: Bool[Tensor, "..."] | None = None,
    ) -> tuple[Float[Tensor, "*batch query d_value"], Float[Tensor, "*batch query key"]]:
        """Devolve a saída da cabeça, antes de W_O, e os pesos.

        Parâmetros:
            query_side: de onde saem as queries.
            key_side: de onde saem keys e valores; sem valor, do mesmo lugar.
            mask: True onde olhar é permitido; sem valor, tudo é.
        """
        key_side = query_side if key_side is None else key_side
        q = query_side @ self.W_Q + self.b_Q
        k = key_side @ self.W_K + self.b_K
        v = key_side @ self.W_V + self.b_V
        return scaled_dot_product(q, k, v, mask)


class Attention(Hooked):
    """Várias cabeças lado a lado; cada uma lê o fluxo, olha e escreve de volta através de W_O.

    Parâmetros:
        d_head: largura das queries e das keys; sem valor, `d_model / n_heads`.
        d_value: largura dos valores; sem valor, `d_head`.
        n_groups: quantas keys e quantos valores há por posição, cada um dividido por
            `n_heads / n_groups` cabeças vizinhas; sem valor, um por cabeça.
        rotate: o que gira queries e keys conforme a posição, como `rotate` de `helpers.embedding`,
            chamado com `(x, start)`; sem valor, nada gira.
        generator: de onde sai o sorteio dos pesos; sem valor, o gerador global do PyTorch.

    Erros:
        ValueError: se `d_head` faltar e `d_model` não for múltiplo de `n_heads`, ou se `n_heads`
            não for múltiplo de `n_groups`.

    Fonte:
        Os grupos: Ainslie et al. (2023). https://arxiv.org/abs/2305.13245
    """

    def __init__(
        self,
        d_model: int,
        n_heads: int,
        d_head: int | None = None,
        d_value: int | None = None,
        *,
        n_groups: int | None = None,
        rotate: Callable | None = None,
        generator: torch.Generator | None = None,
    ):
        super().__init__()
        n_groups = n_heads if n_groups is None else n_groups
        if n_groups < 1 or n_heads % n_groups:
            raise ValueError(
                f"n_heads={n_heads} não se divide em n_groups={n_groups} grupos iguais; "
                "escolha um divisor"
            )
        if d_head is None and d_model % n_heads:
            raise ValueError(
                f"d_model={d_model} não se divide em n_heads={n_heads} cabeças iguais; "
                "escolha um múltiplo ou diga d_head"
            )
        d_head = d_head or d_model // n_heads
        d_value = d_value or d_head
        self.n_heads, self.n_groups, self.rotate = n_heads, n_groups, rotate
        self.W_Q = _weight(n_heads, d_model, d_head, generator=generator)
        self.W_K = _weight(n_groups, d_model, d_head, generator=generator)
        self.W_V = _weight(n_groups, d_model, d_value, generator=generator)
        # Na memória, a saída vem primeiro, como em nn.Linear: a volta do treino fica mais rápida.
        self.W_O = nn.Parameter(torch.empty(d_model, n_heads, d_value).permute(1, 2, 0))
        nn.init.normal_(self.W_O, std=0.02, generator=generator)
        self.b_Q = nn.Parameter(torch.zeros(n_heads, d_head))
        self.b_K = nn.Parameter(torch.zeros(n_groups, d_head))
        self.b_V = nn.Parameter(torch.zeros(n_groups, d_value))
        self.b_O = nn.Parameter(torch.zeros(d_model))
        self.hook_q = HookPoint()  # [batch pos head d_head]
        self.hook_k = HookPoint()  # [batch pos group d_head]
        self.hook_v = HookPoint()  # [batch pos group d_value]
        self.hook_attn_scores = HookPoint()  # [batch head query key], já com a máscara
        self.hook_pattern = HookPoint()  # [batch head query key]
        self.hook_z = HookPoint()  # [batch pos head d_value]
        self.hook_result = HookPoint(on_request=True)  # [batch pos head d_model]

    def forward(
        self,
        query_side: Float[Tensor, "batch query d_model"],
        key_side: Float[Tensor, "batch key d_model"] | None = None,
        mask: Bool[Tensor, "..."] | None = None,
        cache: LayerCache | None = None,
    ) -> Float[Tensor, "batch query d_model"]:
        """Devolve o que a camada escreve no fluxo: a soma das cabeças e `b_O`.

        Parâmetros:
            query_side: de onde saem as queries.
            key_side: de onde saem keys e valores; sem valor, do mesmo lugar (autoatenção).
            mask: True onde olhar é permitido, [query key] ou mais eixos à esquerda, de modo a
                combinar com [batch head query key]; sem valor, tudo é permitido.
            cache: keys e valores das posições anteriores, que entram antes das novas.

        Erros:
            TypeError: se o tipo da entrada não for o dos pesos, ou a máscara não for booleana.
            ValueError: se uma forma não servir, ou a máscara deixar uma linha toda False.
        """
        key_side = query_side if key_side is None else key_side
        q = self.hook_q(self._project(query_side, self.W_Q, self.b_Q))
        k = self.hook_k(self._project(key_side, self.W_K, self.b_K))
        v = self.hook_v(self._project(key_side, self.W_V, self.b_V))
        if self.rotate is not None:  # antes do cache: o que se guarda já está girado
            start = 0 if cache is None else cache.owner.length
            q, k = (self.rotate(x.transpose(1, 2), start=start).transpose(1, 2) for x in (q, k))
        if cache is not None:
            k, v = cache.extend(k, v)
        if mask is not None:
            require_mask(mask, q.shape[1], k.shape[1])
        q, k, v = q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2)
        if self.n_groups < self.n_heads:  # as cabeças vizinhas dividem a mesma key e o mesmo valor
            k, v = (x.repeat_interleave(self.n_heads // self.n_groups, dim=1) for x in (k, v))
        if self.hook_attn_scores.is_listened or self.hook_pattern.is_listened:
            scores = q @ k.mT / sqrt(q.shape[-1])
            if mask is not None:
                scores = scores.masked_fill(~mask, -torch.inf)
            pattern = self.hook_pattern(_softmax(self.hook_attn_scores(scores)))
            z = pattern @ v
        else:  # ninguém quer ver os pesos: a mesma conta, de uma vez
            z = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        z = self.hook_z(z.transpose(1, 2))
        if self.hook_result.is_listened:
            result = self.hook_result(torch.einsum("bqhv,hvm->bqhm", z, self.W_O))
            return result.sum(2) + self.b_O
        return F.linear(z.flatten(2), self.W_O.flatten(0, 1).T, self.b_O)

    def _project(self, side, weight, bias):
        require_stream(side, weight.shape[1], weight.dtype)
        joined = F.linear(side, weight.mT.flatten(0, 1), bias.flatten())
        return joined.view(*side.shape[:2], len(weight), -1)

    def extra_repr(self) -> str:
        """Resume o que foge do costume; nada, na atenção de sempre."""
        said = [f"n_groups={self.n_groups}"] if self.n_groups < self.n_heads else []
        return ", ".join(said + ["rotate"] * (self.rotate is not None))


def _softmax(scores):
    pattern = scores.softmax(-1)
    require_pattern(pattern, scores)
    return pattern


def _weight(*shape, generator):
    return nn.Parameter(nn.init.normal_(torch.empty(shape), std=0.02, generator=generator))
