"""Os tamanhos de um decoder: um registro pequeno, conferido ao nascer e imutável."""

from dataclasses import dataclass


@dataclass(frozen=True)
class DecoderConfig:
    """Guarda os tamanhos de um decoder e recusa os que não fecham.

    Parâmetros:
        d_vocab: quantos tokens o vocabulário tem.
        n_ctx: maior número de posições que o decoder lê.
        d_model: largura do fluxo residual; múltiplo de `n_heads`.
        n_layers: quantos blocos, de 0 em diante.
        d_mlp: largura interna do MLP; sem valor, 4 · `d_model`.
        tied: se a saída usa a tabela de embeddings transposta (W_U = W_Eᵀ).
        eps: o ε da LayerNorm, somado à variância dentro da raiz.

    Erros:
        TypeError: se um tamanho não for inteiro.
        ValueError: se um tamanho for pequeno demais ou `d_model` não for múltiplo de `n_heads`.

    Exemplo:
        >>> DecoderConfig(d_vocab=260, n_ctx=16, d_model=8, n_heads=2, n_layers=1).d_head
        4
    """

    d_vocab: int
    n_ctx: int
    d_model: int
    n_heads: int
    n_layers: int
    d_mlp: int | None = None
    tied: bool = True
    eps: float = 1e-5

    def __post_init__(self):
        if self.d_mlp is None and type(self.d_model) is int:
            object.__setattr__(self, "d_mlp", 4 * self.d_model)
        for name in ("d_vocab", "n_ctx", "d_model", "n_heads", "n_layers", "d_mlp"):
            _require_size(name, getattr(self, name), minimum=0 if name == "n_layers" else 1)
        if self.d_model % self.n_heads:
            raise ValueError(
                f"d_model={self.d_model} não se divide em n_heads={self.n_heads} cabeças iguais; "
                "escolha um d_model múltiplo de n_heads"
            )
        if not self.eps >= 0:
            raise ValueError(f"eps={self.eps} deve ser positivo ou zero")

    @property
    def d_head(self) -> int:
        """Devolve a largura de uma cabeça, `d_model / n_heads`."""
        return self.d_model // self.n_heads

    @property
    def n_params(self) -> int:
        """Conta os parâmetros: tabelas, blocos, norma final e, se for separada, a saída."""
        d, m = self.d_model, self.d_mlp
        attention = 4 * d * d + 4 * d
        mlp = 2 * d * m + m + d
        norm = 2 * d
        tables = (self.d_vocab if self.tied else 2 * self.d_vocab) * d + self.n_ctx * d
        return tables + self.n_layers * (attention + mlp + 2 * norm) + norm


def _require_size(name, value, minimum):
    if type(value) is not int:
        raise TypeError(f"{name}={value!r} deve ser um inteiro")
    if value < minimum:
        raise ValueError(f"{name}={value} deve ser pelo menos {minimum}")


def _gpt2(d_model, n_heads, n_layers):
    return DecoderConfig(50257, 1024, d_model, n_heads, n_layers)


#: Tamanhos com nome: dois do curso e os quatro do GPT-2 (Radford et al., 2019, tabela 2).
PRESETS = {
    "banana": DecoderConfig(d_vocab=260, n_ctx=16, d_model=8, n_heads=2, n_layers=1),
    "curso": DecoderConfig(d_vocab=1024, n_ctx=256, d_model=128, n_heads=4, n_layers=3),
    "gpt2": _gpt2(d_model=768, n_heads=12, n_layers=12),
    "gpt2-medium": _gpt2(d_model=1024, n_heads=16, n_layers=24),
    "gpt2-large": _gpt2(d_model=1280, n_heads=20, n_layers=36),
    "gpt2-xl": _gpt2(d_model=1600, n_heads=25, n_layers=48),
}
