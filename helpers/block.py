"""O bloco do decoder: atenção e MLP, cada um lendo o fluxo normalizado e somando o que escreve.

As peças entram como argumentos: tirar a norma, o MLP ou a soma residual é trocar a peça por uma
de `helpers.without` (`Block(config, ln=NoNorm, mlp=WritesNothing)`), não ligar uma chave.

Fonte:
    Radford et al. (2019), GPT-2: a norma vem antes de cada parte; em Vaswani et al. (2017), depois.
"""

from collections.abc import Callable
from functools import partial
from operator import add

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from helpers.attention import Attention
from helpers.cache import LayerCache
from helpers.config import DecoderConfig
from helpers.hooks import Hooked, HookPoint
from helpers.shapes import require_stream

#: As não linearidades do MLP. `gelu_tanh` é a aproximação do GPT-2; `gelu`, a definição.
ACTIVATIONS = {
    "gelu_tanh": partial(F.gelu, approximate="tanh"),
    "gelu": F.gelu,
    "relu": F.relu,
    "identity": lambda pre: pre,
}


class LayerNorm(Hooked):
    """Centra e reescala cada vetor do fluxo: média 0, desvio 1, depois `w` e `b`.

    Parâmetros:
        d_model: largura do vetor; média e variância são tiradas sobre ela, posição por posição.
        eps: somado à variância, dentro da raiz.

    Fonte:
        Ba, Kiros e Hinton (2016). https://arxiv.org/abs/1607.06450
    """

    def __init__(self, d_model: int, eps: float = 1e-5):
        super().__init__()
        self.eps = eps
        self.w = nn.Parameter(torch.ones(d_model))
        self.b = nn.Parameter(torch.zeros(d_model))
        self.hook_scale = HookPoint()  # [batch pos 1]
        self.hook_normalized = HookPoint()  # [batch pos d_model], já com w e b

    def forward(
        self, resid: Float[Tensor, "batch pos d_model"]
    ) -> Float[Tensor, "batch pos d_model"]:
        """Devolve o fluxo normalizado."""
        if not self.hook_scale.is_listened:
            w, b = self.w, self.b
            return self.hook_normalized(torch.layer_norm(resid, w.shape, w, b, self.eps))
        # Alguém quer ver a escala: a mesma conta, passo a passo.
        centered = resid - resid.mean(-1, keepdim=True)
        variance = centered.pow(2).mean(-1, keepdim=True)
        scale = self.hook_scale((variance + self.eps).sqrt())
        return self.hook_normalized(centered / scale * self.w + self.b)

    def extra_repr(self) -> str:
        """Resume a peça em uma linha."""
        return f"d_model={self.w.shape[0]}, eps={self.eps}"


class RMSNorm(nn.Module):
    """Reescala cada vetor do fluxo, sem centrar: divide pela raiz da média dos quadrados.

    Parâmetros:
        eps: somado à média dos quadrados, dentro da raiz.

    Fonte:
        Zhang e Sennrich (2019). https://arxiv.org/abs/1910.07467
    """

    def __init__(self, d_model: int, eps: float = 1e-5):
        super().__init__()
        self.eps = eps
        self.w = nn.Parameter(torch.ones(d_model))

    def forward(
        self, resid: Float[Tensor, "batch pos d_model"]
    ) -> Float[Tensor, "batch pos d_model"]:
        """Devolve o fluxo reescalado."""
        return F.rms_norm(resid, self.w.shape, self.w, self.eps)

    def extra_repr(self) -> str:
        """Resume a peça em uma linha."""
        return f"d_model={self.w.shape[0]}, eps={self.eps}"


class SwiGLU(nn.Module):
    """MLP com porta: `(silu(x W_gate) ⊙ x W_in) W_out`, sem vieses.

    Parâmetros:
        d_mlp: largura de dentro; são três matrizes, e não duas.
        generator: de onde sai o sorteio dos pesos; sem valor, o gerador global do PyTorch.

    Fonte:
        Shazeer (2020). https://arxiv.org/abs/2002.05202
    """

    def __init__(self, d_model: int, d_mlp: int, *, generator: torch.Generator | None = None):
        super().__init__()
        self.W_gate = nn.Parameter(torch.empty(d_model, d_mlp))
        self.W_in = nn.Parameter(torch.empty(d_model, d_mlp))
        self.W_out = nn.Parameter(torch.empty(d_mlp, d_model))
        for weight in (self.W_gate, self.W_in, self.W_out):
            nn.init.normal_(weight, std=0.02, generator=generator)

    def forward(
        self, resid: Float[Tensor, "batch pos d_model"]
    ) -> Float[Tensor, "batch pos d_model"]:
        """Devolve o que o MLP escreve no fluxo.

        Parâmetros:
            resid: o que ele lê, em geral o fluxo normalizado.
        """
        return (F.silu(resid @ self.W_gate) * (resid @ self.W_in)) @ self.W_out

    def extra_repr(self) -> str:
        """Resume a peça em uma linha."""
        return f"d_model={self.W_in.shape[0]}, d_mlp={self.W_in.shape[1]}"


class MLP(Hooked):
    """Pensa em cada posição sozinha: `act(x W_in + b_in) W_out + b_out`.

    Parâmetros:
        d_mlp: largura de dentro; sem valor, 4 · `d_model`.
        act: a não linearidade, uma chave de `ACTIVATIONS`.
        generator: de onde sai o sorteio dos pesos; sem valor, o gerador global do PyTorch.

    Erros:
        ValueError: se `act` não existir.
    """

    def __init__(
        self,
        d_model: int,
        d_mlp: int | None = None,
        act: str = "gelu_tanh",
        *,
        generator: torch.Generator | None = None,
    ):
        super().__init__()
        if act not in ACTIVATIONS:
            raise ValueError(f"act={act!r} não existe; escolha entre {', '.join(ACTIVATIONS)}")
        d_mlp = d_mlp or 4 * d_model
        self.act = act
        # Transpostas na memória, como o peso de um nn.Linear: a volta do treino fica mais rápida.
        self.W_in = nn.Parameter(torch.empty(d_mlp, d_model).T)
        self.W_out = nn.Parameter(torch.empty(d_model, d_mlp).T)
        self.b_in = nn.Parameter(torch.zeros(d_mlp))
        self.b_out = nn.Parameter(torch.zeros(d_model))
        for weight in (self.W_in, self.W_out):
            nn.init.normal_(weight, std=0.02, generator=generator)
        self.hook_pre = HookPoint()  # [batch pos d_mlp]
        self.hook_post = HookPoint()  # [batch pos d_mlp]

    def forward(
        self, resid: Float[Tensor, "batch pos d_model"]
    ) -> Float[Tensor, "batch pos d_model"]:
        """Devolve o que o MLP escreve no fluxo.

        Parâmetros:
            resid: o que ele lê, em geral o fluxo normalizado.
        """
        # F.linear(x, W.T, b) é x W + b em uma só passada pela memória.
        try:
            pre = self.hook_pre(F.linear(resid, self.W_in.T, self.b_in))
        except RuntimeError:
            require_stream(resid, self.W_in.shape[0], self.W_in.dtype)
            raise
        post = self.hook_post(ACTIVATIONS[self.act](pre))
        return F.linear(post, self.W_out.T, self.b_out)

    def extra_repr(self) -> str:
        """Resume a peça em uma linha."""
        return f"d_model={self.W_in.shape[0]}, d_mlp={self.W_in.shape[1]}, act={self.act}"


def pre_norm(resid: Tensor, ln: Callable, part: Callable, residual: Callable, *context) -> Tensor:
    """Soma ao fluxo o que a parte escreve ao ler o fluxo normalizado: `x + part(ln(x))`.

    Parâmetros:
        part: a atenção ou o MLP.
        residual: a soma, ou o que a substitui.
        context: o que mais a parte recebe.
    """
    return residual(resid, part(ln(resid), *context))


def post_norm(resid: Tensor, ln: Callable, part: Callable, residual: Callable, *context) -> Tensor:
    """Normaliza a soma do fluxo com o que a parte escreve: `ln(x + part(x))`.

    Parâmetros:
        part: a atenção ou o MLP.
        residual: a soma, ou o que a substitui.
        context: o que mais a parte recebe.
    """
    return ln(residual(resid, part(resid, *context)))


NORMS = {"pre": pre_norm, "post": post_norm}


class Block(Hooked):
    """Um bloco: a atenção move informação entre posições, o MLP trabalha em cada uma.

    Parâmetros:
        norm: "pre" (GPT-2) ou "post" (artigo original).
        attn: quem faz a atenção, chamado com `(d_model, n_heads)`.
        mlp: quem faz o MLP, chamado com `(d_model, d_mlp)`.
        ln: quem faz cada norma, chamado com `(d_model, eps)`.
        residual: como a escrita entra no fluxo; a soma, ou `no_residual`.
        generator: de onde sai o sorteio dos pesos; sem valor, o gerador global do PyTorch.

    Erros:
        ValueError: se `norm` não existir.
    """

    def __init__(
        self,
        config: DecoderConfig,
        *,
        norm: str = "pre",
        attn: Callable = Attention,
        mlp: Callable = MLP,
        ln: Callable = LayerNorm,
        residual: Callable = add,
        generator: torch.Generator | None = None,
    ):
        super().__init__()
        if norm not in NORMS:
            raise ValueError(f"norm={norm!r} não existe; escolha entre {', '.join(NORMS)}")
        self.norm, self.residual = norm, residual
        self.hook_resid_pre = HookPoint()
        self.ln1 = ln(config.d_model, config.eps)
        self.attn = attn(config.d_model, config.n_heads, generator=generator)
        self.hook_attn_out = HookPoint()
        self.hook_resid_mid = HookPoint()
        self.ln2 = ln(config.d_model, config.eps)
        self.mlp = mlp(config.d_model, config.d_mlp, generator=generator)
        self.hook_mlp_out = HookPoint()
        self.hook_resid_post = HookPoint()

    def forward(
        self,
        resid_pre: Float[Tensor, "batch pos d_model"],
        mask: Tensor | None = None,
        cache: LayerCache | None = None,
    ) -> Float[Tensor, "batch pos d_model"]:
        """Devolve o fluxo depois da atenção e do MLP.

        Parâmetros:
            mask: True onde olhar é permitido; sem valor, tudo é.
            cache: keys e valores das posições anteriores desta camada.
        """
        wire, residual = NORMS[self.norm], self.residual
        resid_pre = self.hook_resid_pre(resid_pre)
        resid_mid = wire(resid_pre, self.ln1, self._attn_out, residual, mask, cache)
        resid_mid = self.hook_resid_mid(resid_mid)
        resid_post = wire(resid_mid, self.ln2, self._mlp_out, residual)
        return self.hook_resid_post(resid_post)

    def _attn_out(self, stream, mask, cache):
        return self.hook_attn_out(self.attn(stream, mask=mask, cache=cache))

    def _mlp_out(self, stream):
        return self.hook_mlp_out(self.mlp(stream))

    def extra_repr(self) -> str:
        """Resume a peça em uma linha."""
        return f"norm={self.norm}, residual={getattr(self.residual, '__name__', self.residual)}"
