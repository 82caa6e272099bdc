"""O decoder inteiro: ids → vetores → blocos → logits.

Fonte:
    Radford et al. (2018, 2019), GPT e GPT-2.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from helpers import checkpoint, gpt2
from helpers.attention import causal_mask
from helpers.block import MLP, Block, LayerNorm
from helpers.cache import Cache
from helpers.config import DecoderConfig
from helpers.embedding import LearnedPositions, TokenEmbedding
from helpers.hooks import Hooked, HookPoint
from helpers.shapes import require_context
from helpers.without import no_mask


def causal(n_query: int, n_key: int) -> Tensor | None:
    """Devolve a máscara causal, ou `None` quando ela não esconderia nada.

    Parâmetros:
        n_query: quantas posições perguntam: as últimas do texto.
        n_key: quantas respondem.
    """
    return None if n_query == 1 else causal_mask(n_query, n_key)


class Decoder(Hooked):
    """Lê ids e diz, em cada posição, quanto aposta em cada próximo token.

    Parâmetros:
        block: quem faz cada bloco, chamado com `(config)`.
        positions: quem faz as posições, chamado com `(n_ctx, d_model)`.
        ln_final: quem faz a última norma, chamado com `(d_model, eps)`.
        mask: regra que dá a máscara de `(n_query, n_key)`: `causal`, ou `no_mask` de
            `helpers.without`.
        generator: de onde sai o sorteio dos pesos; sem valor, o gerador global do PyTorch.
    """

    def __init__(
        self,
        config: DecoderConfig,
        *,
        block: Callable = Block,
        positions: Callable = LearnedPositions,
        ln_final: Callable = LayerNorm,
        mask: Callable = causal,
        generator: torch.Generator | None = None,
    ):
        super().__init__()
        self.config, self.mask = config, mask
        self.embed = TokenEmbedding(config.d_vocab, config.d_model, generator=generator)
        self.hook_embed = HookPoint()
        self.pos_embed = positions(config.n_ctx, config.d_model, generator=generator)
        self.hook_pos_embed = HookPoint()
        self.blocks = nn.ModuleList(
            block(config, generator=generator) for _ in range(config.n_layers)
        )
        self.ln_final = ln_final(config.d_model, config.eps)
        if not config.tied:
            self.unembed = Unembedding(config.d_model, config.d_vocab, generator=generator)
        self._shrink_writes()

    @property
    def W_U(self) -> Float[Tensor, "d_model d_vocab"]:
        """A matriz que transforma o fluxo em logits; se a saída é amarrada, é `W_E` transposta."""
        return self.embed.W_E.T if self.config.tied else self.unembed.W_U

    def forward(
        self, tokens: Int[Tensor, "batch pos"], cache: Cache | None = None
    ) -> Float[Tensor, "batch pos d_vocab"]:
        """Devolve os logits do próximo token em cada posição.

        Parâmetros:
            tokens: ids; com um cache, só os que ele ainda não leu.
            cache: o que já foi lido, feito por `new_cache`; é atualizado aqui.

        Erros:
            TypeError: se os ids não forem inteiros.
            ValueError: se a forma não for [batch pos], um id estiver fora do vocabulário ou o
                texto não couber em `n_ctx`.
        """
        if cache is None:
            return self._logits(tokens, start=0, layer_caches=[None] * len(self.blocks))
        if torch.is_grad_enabled():
            # O cache é escrito por cima a cada leitura: nada do que passa por ele se deriva.
            with torch.no_grad():
                return self._read_on(tokens, cache)
        return self._read_on(tokens, cache)

    def new_cache(self, batch_size: int = 1) -> Cache:
        """Cria um cache vazio, para ler um texto aos poucos sem refazer contas.

        Parâmetros:
            batch_size: quantos textos lado a lado.

        Erros:
            ValueError: se o decoder não tiver máscara (o passado mudaria com o futuro).
        """
        if self.mask is no_mask:
            raise ValueError(
                "sem máscara, cada token novo muda os anteriores, e o cache ficaria errado; "
                "rode o decoder no texto inteiro"
            )
        return Cache(self.config.n_layers, batch_size, self.config.n_ctx)

    def save(self, folder: str | Path) -> None:
        """Grava o decoder na pasta: `config.json` e os pesos em safetensors.

        Parâmetros:
            folder: a pasta; é criada se não existir.
        """
        checkpoint.write(folder, self.config, self._parts(), self.state_dict())

    @classmethod
    def load(cls, folder: str | Path, **parts: Callable) -> "Decoder":
        """Lê um decoder gravado por `save`.

        Parâmetros:
            parts: as peças com que ele foi criado, quando não são as de costume.

        Erros:
            CheckpointError: se um arquivo faltar, estiver cortado ou alterado, ou as peças forem
                outras.
        """
        config, saved_parts, tensors = checkpoint.read(folder)
        decoder = cls(config, **parts)
        checkpoint.require_same_parts(folder, decoder._parts(), saved_parts)
        return decoder._fill(folder, tensors)

    @classmethod
    def from_gpt2(cls, folder: str | Path) -> "Decoder":
        """Lê uma pasta de GPT-2 como a Hugging Face grava; o tokenizador é lido à parte.

        Parâmetros:
            folder: pasta com `config.json` e safetensors.

        Erros:
            CheckpointError: se um arquivo faltar ou estiver cortado, ou pedir o que não fazemos.
        """
        config, act, tensors = gpt2.read(folder)
        decoder = cls(config, block=partial(Block, mlp=partial(MLP, act=act)))
        return decoder._fill(folder, tensors)

    def _fill(self, folder, tensors):
        checkpoint.require_same_tensors(folder, tensors, self.state_dict())
        self.to(tensors["embed.W_E"].dtype).load_state_dict(tensors)
        return self.eval()

    def _parts(self):
        """Descreve cada peça em uma linha: duas descrições iguais, o mesmo cálculo."""
        modules = ((n, m) for n, m in self.named_modules() if not isinstance(m, HookPoint))
        return [f"{name}: {type(m).__name__}({m.extra_repr()})" for name, m in modules]

    def extra_repr(self) -> str:
        """Resume a peça em uma linha."""
        return f"mask={getattr(self.mask, '__name__', self.mask)}"

    def _read_on(self, tokens, cache):
        if tokens.shape[0] != cache.batch_size:
            raise ValueError(
                f"chegaram {tokens.shape[0]} textos e o cache é de {cache.batch_size}; "
                f"crie-o com new_cache({tokens.shape[0]})"
            )
        logits = self._logits(tokens, cache.length, cache.layers)
        cache.length += tokens.shape[1]
        return logits

    def _logits(self, tokens, start, layer_caches):
        embedded = self.hook_embed(self.embed(tokens))
        end = start + tokens.shape[1]
        require_context(end, self.config.n_ctx)
        resid = embedded + self.hook_pos_embed(self.pos_embed(tokens, start))
        mask = self.mask(tokens.shape[1], end)
        for block, layer_cache in zip(self.blocks, layer_caches, strict=True):
            resid = block(resid, mask, layer_cache)
        # F.linear(x, W.T) é x W; assim o gradiente de W_E sai na mesma ordem da tabela.
        return F.linear(self.ln_final(resid), self.W_U.T)

    @torch.no_grad()
    def _shrink_writes(self):
        # Cada bloco soma duas escritas ao fluxo; sem isto, ele cresceria com √(2 · n_layers).
        for name, weight in self.named_parameters():
            if name.endswith((".attn.W_O", ".mlp.W_out")):
                weight.mul_((2 * self.config.n_layers) ** -0.5)


class Unembedding(nn.Module):
    """Guarda a matriz de saída própria de um decoder sem amarração.

    Parâmetros:
        d_vocab: quantos tokens o vocabulário tem.
        generator: de onde sai o sorteio dos pesos; sem valor, o gerador global do PyTorch.
    """

    def __init__(self, d_model: int, d_vocab: int, *, generator: torch.Generator | None = None):
        super().__init__()
        self.W_U = nn.Parameter(torch.empty(d_model, d_vocab))
        nn.init.normal_(self.W_U, std=0.02, generator=generator)
