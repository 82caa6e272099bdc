"""Quanto pesa um Transformer: parâmetros e multiplicações, contados pelas formas das matrizes.

Nada aqui cria pesos: é a conta do papel, e por isso cabe o GPT-3. Um MAC é uma multiplicação
seguida de uma soma (*multiply–accumulate*); quem conta as duas separadas (FLOPs) dobra o número.
"""

from dataclasses import dataclass, replace

from helpers.config import PRESETS as DECODERS
from helpers.config import DecoderConfig


@dataclass(frozen=True)
class Architecture:
    """Descreve um Transformer com encoder, decoder ou os dois, pelas formas das suas matrizes.

    Parâmetros:
        n_ctx: maior número de posições; 0 se a arquitetura não impõe nenhum.
        d_mlp: largura interna do MLP.
        encoder: camadas do encoder, cada uma com uma atenção.
        decoder: camadas do decoder; com um encoder, cada uma tem duas atenções.
        d_head: largura de uma cabeça; sem valor, `d_model / n_heads`.
        learned_positions: se há uma tabela de posições aprendida.
        tied: se a saída usa a tabela de entrada.
        attn_bias: se q, k, v e a saída têm viés.
        mlp_bias: se as duas camadas do MLP têm viés.
        norm_size: números por norma, em `d_model`s: 2 na LayerNorm (w e b), 1 na RMSNorm.
        final_norms: normas fora das camadas.
        unembeds: se há logits na saída.
        extra: parâmetros que só essa arquitetura tem.
    """

    d_vocab: int
    n_ctx: int
    d_model: int
    n_heads: int
    d_mlp: int
    encoder: int = 0
    decoder: int = 0
    d_head: int | None = None
    learned_positions: bool = True
    tied: bool = True
    attn_bias: bool = True
    mlp_bias: bool = True
    norm_size: int = 2
    final_norms: int = 0
    unembeds: bool = True
    extra: int = 0

    @property
    def width(self) -> int:
        """Devolve a largura das cabeças juntas: `n_heads · d_head`."""
        return self.n_heads * (self.d_head or self.d_model // self.n_heads)

    @property
    def n_attentions(self) -> int:
        """Conta as atenções: uma por camada, e mais uma, cruzada, onde há os dois lados."""
        return self.encoder + self.decoder * (2 if self.encoder else 1)

    def with_output(self, tied: bool) -> "Architecture":
        """Devolve a mesma arquitetura com a saída amarrada à entrada, ou solta.

        Parâmetros:
            tied: se a saída usa a tabela de entrada.
        """
        return replace(self, tied=tied)


def from_config(config: DecoderConfig) -> Architecture:
    """Descreve um decoder do curso."""
    sizes = (config.d_vocab, config.n_ctx, config.d_model, config.n_heads, config.d_mlp)
    return Architecture(*sizes, decoder=config.n_layers, tied=config.tied, final_norms=1)


def parameters(architecture: Architecture) -> dict[str, int]:
    """Conta os parâmetros por parte; a soma dos valores é o total."""
    a = architecture
    d, layers = a.d_model, a.encoder + a.decoder
    own_output = a.unembeds and not a.tied
    tables = a.d_vocab * (2 if own_output else 1) + (a.n_ctx if a.learned_positions else 0)
    attention = 4 * d * a.width + (3 * a.width + d if a.attn_bias else 0)
    mlp = 2 * d * a.d_mlp + (a.d_mlp + d if a.mlp_bias else 0)
    norms = a.n_attentions + layers + a.final_norms
    return {
        "tabelas": tables * d,
        "atenção": a.n_attentions * attention,
        "MLP": layers * mlp,
        "normas e outros": norms * a.norm_size * d + a.extra,
    }


def macs(architecture: Architecture, n_pos: int) -> dict[str, int]:
    """Conta os MACs de uma leitura de `n_pos` tokens, sem cache e sem descontar a máscara.

    Com encoder e decoder, são `n_pos` tokens de cada lado. Vieses, normas, softmax e a tabela de
    entrada, que é só uma consulta, ficam de fora.
    """
    a = architecture
    return {
        "projeções": a.n_attentions * n_pos * 4 * a.d_model * a.width,
        "scores e médias": a.n_attentions * 2 * n_pos**2 * a.width,
        "MLP": (a.encoder + a.decoder) * n_pos * 2 * a.d_model * a.d_mlp,
        "unembedding": n_pos * a.d_model * a.d_vocab if a.unembeds else 0,
    }


def _t5_base() -> Architecture:
    # 32 faixas de distância por cabeça, uma vez no encoder e uma no decoder.
    relative = 2 * 32 * 12
    return Architecture(
        32128, 0, 768, 12, 3072, 12, 12, 64, False, True, False, False, 1, 2, extra=relative
    )


def _bert_base() -> Architecture:
    # Duas linhas de segmento, a norma depois das tabelas e a camada que lê o primeiro token.
    extra = 2 * 768 + 2 * 768 + 768 * 768 + 768
    return Architecture(30522, 512, 768, 12, 3072, encoder=12, unembeds=False, extra=extra)


def _vaswani_base() -> Architecture:
    return Architecture(37000, 0, 512, 8, 2048, 6, 6, 64, False, attn_bias=False)


#: Nome → arquitetura. As fontes estão em `PUBLISHED`.
PRESETS: dict[str, Architecture] = {
    "curso": from_config(DECODERS["curso"]),
    "vaswani-base": _vaswani_base(),
    "GPT-1": Architecture(40478, 512, 768, 12, 3072, decoder=12),
    "GPT-2 pequeno": from_config(DECODERS["gpt2"]),
    "GPT-2 médio": from_config(DECODERS["gpt2-medium"]),
    "GPT-2 grande": from_config(DECODERS["gpt2-large"]),
    "GPT-2 XL": from_config(DECODERS["gpt2-xl"]),
    "GPT-3": Architecture(50257, 2048, 12288, 96, 4 * 12288, decoder=96, final_norms=1),
    "T5-base": _t5_base(),
    "BERT-base": _bert_base(),
}

#: Nome → total publicado, em milhões, e onde.
PUBLISHED: dict[str, tuple[int, str]] = {
    "vaswani-base": (65, "Vaswani et al., 2017, tabela 3"),
    "GPT-1": (117, "Radford et al., 2019, tabela 2, linha 1"),
    "GPT-2 pequeno": (124, "README do código, Radford et al., 2019"),
    "GPT-2 médio": (355, "README do código, Radford et al., 2019"),
    "GPT-2 grande": (774, "README do código, Radford et al., 2019"),
    "GPT-2 XL": (1558, "README do código, Radford et al., 2019"),
    "GPT-3": (175_000, "Brown et al., 2020, tabela 2.1"),
    "T5-base": (220, "Raffel et al., 2020, seção 3.1.1"),
    "BERT-base": (110, "Devlin et al., 2019, seção 3"),
}
