"""De ids a vetores: a tabela de tokens e as posições, somadas, giradas ou nenhuma."""

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from helpers.shapes import require_context, require_tokens, require_vocabulary


class TokenEmbedding(nn.Module):
    """Troca cada id pela sua linha de `W_E`; é o one-hot vezes `W_E`, sem a multiplicação.

    Parâmetros:
        d_vocab: linhas da tabela.
        generator: de onde sai o sorteio dos pesos; sem valor, o gerador global do PyTorch.
    """

    def __init__(self, d_vocab: int, d_model: int, *, generator: torch.Generator | None = None):
        super().__init__()
        self.W_E = nn.Parameter(torch.empty(d_vocab, d_model))
        nn.init.normal_(self.W_E, std=0.02, generator=generator)

    def forward(self, tokens: Int[Tensor, "batch pos"]) -> Float[Tensor, "batch pos d_model"]:
        """Devolve o vetor de cada token.

        Parâmetros:
            tokens: ids de 0 a `d_vocab` - 1.

        Erros:
            TypeError: se os ids não forem inteiros.
            ValueError: se a forma não for [batch pos] ou um id estiver fora do vocabulário.
        """
        require_tokens(tokens)
        try:
            return F.embedding(tokens, self.W_E)
        except IndexError:
            require_vocabulary(tokens, self.W_E.shape[0])
            raise


class LearnedPositions(nn.Module):
    """Dá a cada posição uma linha de `W_pos`, aprendida como qualquer peso.

    Parâmetros:
        n_ctx: quantas posições a tabela tem.
        generator: de onde sai o sorteio dos pesos; sem valor, o gerador global do PyTorch.

    Fonte:
        Radford et al. (2019), GPT-2. O desvio inicial 0,01 é o do código publicado com o artigo.
    """

    def __init__(self, n_ctx: int, d_model: int, *, generator: torch.Generator | None = None):
        super().__init__()
        self.W_pos = nn.Parameter(torch.empty(n_ctx, d_model))
        nn.init.normal_(self.W_pos, std=0.01, generator=generator)

    def forward(
        self, tokens: Int[Tensor, "batch pos"], start: int = 0
    ) -> Float[Tensor, "batch pos d_model"]:
        """Devolve o vetor da posição de cada token, igual em todo o lote.

        Parâmetros:
            tokens: ids; só a forma importa.
            start: posição do primeiro token, maior que 0 quando há um cache.
        """
        return _rows(self.W_pos, tokens, start)


class SinusoidalPositions(nn.Module):
    """Dá a cada posição senos e cossenos de frequências fixas; não há o que aprender.

    A coluna 2i é sen(pos / 10000^(2i/d_model)); a coluna 2i + 1 é o cosseno.

    Parâmetros:
        n_ctx: quantas posições a tabela tem.
        generator: ignorado; existe para que esta peça troque de lugar com a aprendida.

    Fonte:
        Vaswani et al. (2017), §3.5. https://arxiv.org/abs/1706.03762
    """

    def __init__(self, n_ctx: int, d_model: int, *, generator: torch.Generator | None = None):
        super().__init__()
        frequency = 10_000.0 ** (-torch.arange(0, d_model, 2, dtype=torch.float64) / d_model)
        angle = torch.arange(n_ctx, dtype=torch.float64)[:, None] * frequency
        waves = torch.stack([angle.sin(), angle.cos()], dim=-1).flatten(1)[:, :d_model]
        self.register_buffer("W_pos", waves.to(torch.get_default_dtype()), persistent=False)

    def forward(
        self, tokens: Int[Tensor, "batch pos"], start: int = 0
    ) -> Float[Tensor, "batch pos d_model"]:
        """Devolve o vetor da posição de cada token, igual em todo o lote.

        Parâmetros:
            tokens: ids; só a forma importa.
            start: posição do primeiro token, maior que 0 quando há um cache.
        """
        return _rows(self.W_pos, tokens, start)


class NoPositions(nn.Module):
    """Soma zero: o decoder fica sem saber a ordem, a não ser pela máscara.

    Parâmetros:
        n_ctx: ignorado.
        generator: ignorado.
    """

    def __init__(self, n_ctx: int, d_model: int, *, generator: torch.Generator | None = None):
        super().__init__()
        self.register_buffer("W_pos", torch.zeros(1, d_model), persistent=False)

    def forward(
        self, tokens: Int[Tensor, "batch pos"], start: int = 0
    ) -> Float[Tensor, "batch pos d_model"]:
        """Devolve zeros.

        Parâmetros:
            tokens: ids; só a forma importa.
            start: ignorado.
        """
        return self.W_pos.expand(*tokens.shape, -1)


def rotate(
    x: Float[Tensor, "*batch pos d_head"],
    base: float = 10_000.0,
    start: int = 0,
    scale: float = 1.0,
) -> Float[Tensor, "*batch pos d_head"]:
    """Gira queries ou keys conforme a posição (RoPE): o produto de duas só vê a distância.

    O número i da primeira metade e o da segunda formam um par, como no Llama; na posição p ele gira
    p · `scale` / `base`^(2i/d_head) radianos.

    Parâmetros:
        x: um vetor por posição; `d_head` é par.
        base: quanto maior, mais devagar giram os últimos pares.
        start: posição da primeira linha.
        scale: por quanto se multiplica cada posição; menor que 1, o contexto encolhe.

    Fonte:
        Su et al. (2021). https://arxiv.org/abs/2104.09864
    """
    half = x.shape[-1] // 2
    places = scale * torch.arange(start, start + x.shape[-2], dtype=torch.float64)
    angle = places[:, None] * base ** (-torch.arange(half, dtype=torch.float64) / half)
    cos, sin = angle.cos().to(x.dtype), angle.sin().to(x.dtype)
    a, b = x[..., :half], x[..., half:]
    return torch.cat([a * cos - b * sin, b * cos + a * sin], dim=-1)


def _rows(table, tokens, start):
    end = start + tokens.shape[1]
    require_context(end, n_ctx=table.shape[0])
    return table[start:end].expand(tokens.shape[0], -1, -1)
