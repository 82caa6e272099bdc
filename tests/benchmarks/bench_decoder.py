"""Mede o decoder do curso ao lado de outros com os mesmos pesos: treino, geração e pesos à vista.

    python tests/benchmarks/bench_decoder.py [--json arquivo] [--rounds 15]

4 camadas, 4 cabeças, d_model 128, n_ctx 128, vocabulário 512, lote 32, float32, uma thread. As
voltas de todos são alternadas e vale a mediana do tempo de CPU do processo; os números só se
comparam dentro da mesma rodada, e por isso a tabela traz a razão entre velocidades. Antes de medir,
confere que todos dão os mesmos logits. "só os produtos" refaz apenas as multiplicações de matrizes,
e a última coluna diz que parte do tempo de cada um elas são: o resto é o que se poderia ganhar.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import torch
import torch.nn.functional as F
from torch import nn
from transformers import GPT2Config, GPT2LMHeadModel
from transformers.utils import logging

from helpers.config import DecoderConfig
from helpers.decoder import Decoder
from helpers.hooks import hook_names, run_with_cache

CONFIG = DecoderConfig(d_vocab=512, n_ctx=128, d_model=128, n_heads=4, n_layers=4)
LONG = DecoderConfig(d_vocab=512, n_ctx=256, d_model=128, n_heads=4, n_layers=4)
BATCH = 32
N_NEW = 200


class ManualBlock(nn.Module):
    """Um bloco de GPT-2 escrito à mão, no estilo da nanoGPT, sem pontos de escuta.

    Parâmetros:
        config: os tamanhos.
        fused: se usa a atenção pronta do PyTorch ou o softmax escrito à mão.
    """

    def __init__(self, config, fused):
        super().__init__()
        d = config.d_model
        self.n_heads, self.fused = config.n_heads, fused
        self.ln_1, self.ln_2 = nn.LayerNorm(d), nn.LayerNorm(d)
        self.c_attn, self.c_proj = nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.c_fc, self.mlp_proj = nn.Linear(d, 4 * d), nn.Linear(4 * d, d)
        mask = torch.ones(config.n_ctx, config.n_ctx).tril().view(1, 1, config.n_ctx, -1)
        self.register_buffer("mask", mask)

    def forward(self, x):
        x = x + self.attention(self.ln_1(x))
        return x + self.mlp_proj(F.gelu(self.c_fc(self.ln_2(x)), approximate="tanh"))

    def attention(self, x):
        """Devolve a saída da atenção.

        Parâmetros:
            x: o fluxo normalizado.
        """
        b, t, d = x.shape
        heads = (b, t, self.n_heads, d // self.n_heads)
        q, k, v = (y.view(heads).transpose(1, 2) for y in self.c_attn(x).split(d, dim=2))
        if self.fused:
            y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        else:
            scores = (q @ k.transpose(-2, -1)) * (1.0 / k.size(-1) ** 0.5)
            scores = scores.masked_fill(self.mask[:, :, :t, :t] == 0, float("-inf"))
            self.pattern = F.softmax(scores, dim=-1)
            y = self.pattern @ v
        return self.c_proj(y.transpose(1, 2).contiguous().view(b, t, d))


class Manual(nn.Module):
    """O GPT-2 inteiro feito de `ManualBlock`.

    Parâmetros:
        config: os tamanhos.
        fused: como em `ManualBlock`.
    """

    def __init__(self, config, fused=True):
        super().__init__()
        self.wte = nn.Embedding(config.d_vocab, config.d_model)
        self.wpe = nn.Embedding(config.n_ctx, config.d_model)
        self.h = nn.ModuleList(ManualBlock(config, fused) for _ in range(config.n_layers))
        self.ln_f = nn.LayerNorm(config.d_model)

    def forward(self, tokens):
        x = self.wte(tokens) + self.wpe(torch.arange(tokens.shape[1]))
        for block in self.h:
            x = block(x)
        return F.linear(self.ln_f(x), self.wte.weight)

    @torch.no_grad()
    def fill(self, hugging):
        """Copia os pesos de um GPT-2 da Hugging Face.

        Parâmetros:
            hugging: o modelo de transformers.
        """
        theirs = hugging.transformer
        self.wte.weight.copy_(theirs.wte.weight)
        self.wpe.weight.copy_(theirs.wpe.weight)
        self.ln_f.load_state_dict(theirs.ln_f.state_dict())
        for mine, block in zip(self.h, theirs.h, strict=True):
            mine.ln_1.load_state_dict(block.ln_1.state_dict())
            mine.ln_2.load_state_dict(block.ln_2.state_dict())
            pairs = (
                (mine.c_attn, block.attn.c_attn),
                (mine.c_proj, block.attn.c_proj),
                (mine.c_fc, block.mlp.c_fc),
                (mine.mlp_proj, block.mlp.c_proj),
            )
            for linear, conv in pairs:
                linear.weight.copy_(conv.weight.T)
                linear.bias.copy_(conv.bias)
        return self


def hugging_face(config, attention):
    """Faz um GPT-2 da biblioteca transformers, sempre com os mesmos pesos.

    Parâmetros:
        config: os tamanhos.
        attention: "sdpa" ou "eager".
    """
    torch.manual_seed(7)
    sizes = GPT2Config(
        vocab_size=config.d_vocab,
        n_positions=config.n_ctx,
        n_embd=config.d_model,
        n_layer=config.n_layers,
        n_head=config.n_heads,
        bos_token_id=0,
        eos_token_id=None,
        pad_token_id=0,
        initializer_range=0.1,
    )
    sizes._attn_implementation = attention
    return GPT2LMHeadModel(sizes).eval()


def course(hugging):
    """Lê no decoder do curso um modelo de transformers.

    Parâmetros:
        hugging: o modelo.
    """
    with tempfile.TemporaryDirectory() as folder:
        hugging.save_pretrained(folder)
        return Decoder.from_gpt2(folder)


def transformer_lens(hugging, config):
    """Faz o mesmo modelo na TransformerLens, se ela estiver instalada; senão, devolve `None`.

    Parâmetros:
        hugging: de onde vêm os pesos.
        config: os tamanhos.
    """
    try:
        from transformer_lens import HookedTransformer, HookedTransformerConfig
    except ImportError:
        return None
    lens = HookedTransformer(
        HookedTransformerConfig(
            n_layers=config.n_layers,
            d_model=config.d_model,
            n_ctx=config.n_ctx,
            d_head=config.d_head,
            n_heads=config.n_heads,
            d_mlp=config.d_mlp,
            d_vocab=config.d_vocab,
            act_fn="gelu_new",
            normalization_type="LN",
            device="cpu",
        )
    )
    weights = course(hugging).state_dict()
    weights |= {"unembed.W_U": weights["embed.W_E"].T, "unembed.b_U": torch.zeros(config.d_vocab)}
    lens.load_state_dict(weights, strict=False)
    return lens


def only_products(config, batch, n_pos):
    """Faz só as multiplicações de matrizes de uma passada: o que nenhum decoder evita.

    Parâmetros:
        config: os tamanhos.
        batch: quantos textos.
        n_pos: quantas posições de cada um.
    """
    d, m = config.d_model, config.d_mlp
    x, wide = torch.randn(batch * n_pos, d), torch.randn(batch * n_pos, m)
    weights = [torch.randn(out, d) for out in (3 * d, d, m)]
    back, table = torch.randn(d, m), torch.randn(config.d_vocab, d)
    heads = torch.randn(batch * config.n_heads, n_pos, d // config.n_heads)

    def run():
        for _ in range(config.n_layers):
            for weight in weights:
                F.linear(x, weight)
            F.linear(wide, back)
            (heads @ heads.mT) @ heads
        F.linear(x, table)

    return run


def rounds_of(cases, n_rounds):
    """Mede os casos em voltas alternadas e devolve a mediana de cada um, em segundos de CPU.

    Parâmetros:
        cases: nome → função sem argumentos.
        n_rounds: quantas voltas, depois de uma de aquecimento.
    """
    times = {name: [] for name in cases}
    for turn in range(n_rounds + 1):
        # Ida e volta pela lista: ninguém corre sempre depois do mesmo vizinho.
        for name, run in list(cases.items())[:: 1 if turn % 2 else -1]:
            start = time.process_time()
            run()
            if turn:
                times[name].append(time.process_time() - start)
    return {name: statistics.median(values) for name, values in times.items()}


def forward_only(model, tokens):
    """Faz a função que roda uma passada sem gradiente.

    Parâmetros:
        model: qualquer um dos modelos.
        tokens: a entrada.
    """

    @torch.no_grad()
    def run():
        model(tokens)

    return run


def training_step(model, tokens):
    """Faz a função que roda ida e volta, sem o otimizador.

    Parâmetros:
        model: qualquer um dos modelos.
        tokens: a entrada.
    """

    def run():
        logits = model(tokens)
        logits = getattr(logits, "logits", logits)
        loss = F.cross_entropy(logits[:, :-1].flatten(0, 1), tokens[:, 1:].flatten())
        loss.backward()
        model.zero_grad()

    return run


def greedy(decoder, n_new, with_cache):
    """Faz a função que escreve tokens pela escolha gulosa.

    Parâmetros:
        decoder: o decoder do curso, ou outro com a mesma chamada.
        n_new: quantos tokens.
        with_cache: se usa o cache.
    """

    @torch.inference_mode()
    def run():
        text = torch.zeros(1, 1, dtype=torch.long)
        cache = decoder.new_cache() if with_cache else None
        for _ in range(n_new):
            logits = decoder(text[:, -1:], cache=cache) if with_cache else decoder(text)
            text = torch.cat([text, logits[:, -1].argmax(-1, keepdim=True)], dim=1)
        return text

    return run


def hugging_greedy(model, n_new, with_cache):
    """Faz a função que escreve tokens com o `generate` de transformers.

    Parâmetros:
        model: o modelo.
        n_new: quantos tokens.
        with_cache: se usa o cache.
    """
    start = torch.zeros(1, 1, dtype=torch.long)

    def run():
        return model.generate(
            start,
            attention_mask=torch.ones_like(start),
            max_new_tokens=n_new,
            do_sample=False,
            use_cache=with_cache,
        )

    return run


def reading_cases():
    """Devolve {modelo: função de ids em logits}, todos com os mesmos pesos."""
    sdpa, eager = hugging_face(CONFIG, "sdpa"), hugging_face(CONFIG, "eager")
    return {
        "curso": course(sdpa),
        "à mão, atenção pronta": Manual(CONFIG).fill(sdpa),
        "à mão, softmax": Manual(CONFIG, fused=False).fill(sdpa),
        "transformers, sdpa": sdpa,
        "transformers, eager": eager,
    }


def pattern_cases(models):
    """Devolve {caso: função que calcula os pesos de atenção de um texto}.

    Parâmetros:
        models: o que `reading_cases` devolve.
    """
    decoder, eager = models["curso"], models["transformers, eager"]
    manual = models["à mão, softmax"]
    tokens = torch.arange(CONFIG.n_ctx)[None]
    patterns = [name for name in hook_names(decoder) if name.endswith("hook_pattern")]
    cases = {
        "curso, pesos": lambda: run_with_cache(decoder, tokens, patterns),
        "curso, tudo": lambda: run_with_cache(decoder, tokens),
        "curso, sem olhar": lambda: decoder(tokens),
        "à mão, softmax": lambda: manual(tokens),
        "transformers, output_attentions": lambda: eager(tokens, output_attentions=True),
        "só os produtos": only_products(CONFIG, 1, CONFIG.n_ctx),
    }
    lens = transformer_lens(eager, CONFIG)
    if lens is not None:
        torch.testing.assert_close(lens(tokens), decoder(tokens), atol=1e-4, rtol=0)
        cases["TransformerLens, pesos"] = lambda: lens.run_with_cache(tokens, names_filter=patterns)
        cases["TransformerLens, tudo"] = lambda: lens.run_with_cache(tokens)
    return {name: torch.no_grad()(run) for name, run in cases.items()}


def generation_cases():
    """Devolve {caso: função que escreve 200 tokens}, já conferido que os textos são iguais."""
    hugging = hugging_face(LONG, "sdpa")
    decoder = course(hugging)
    cases = {
        "curso, com cache": greedy(decoder, N_NEW, with_cache=True),
        "curso, sem cache": greedy(decoder, N_NEW, with_cache=False),
        "à mão, sem cache": greedy(Manual(LONG).fill(hugging), N_NEW, with_cache=False),
        "transformers, com cache": hugging_greedy(hugging, N_NEW, with_cache=True),
        "transformers, sem cache": hugging_greedy(hugging, N_NEW, with_cache=False),
    }
    texts = [run() for run in cases.values()]
    assert all(torch.equal(text, texts[0]) for text in texts)
    products = only_products(LONG, batch=1, n_pos=1)
    cases["só os produtos"] = lambda: [products() for _ in range(N_NEW)]
    return cases


def measure(n_rounds):
    """Devolve {medida: (tokens por volta, caso de referência, {caso: segundos})}.

    Parâmetros:
        n_rounds: quantas voltas de cada caso.
    """
    torch.set_num_threads(1)
    models = reading_cases()
    tokens = torch.randint(CONFIG.d_vocab, (BATCH, CONFIG.n_ctx))
    with torch.no_grad():
        logits = [getattr(out, "logits", out) for out in (m(tokens) for m in models.values())]
    for other in logits[1:]:
        torch.testing.assert_close(other, logits[0], atol=2e-5, rtol=1e-5)
    ahead = {name: forward_only(model, tokens) for name, model in models.items()}
    ahead["só os produtos"] = only_products(CONFIG, BATCH, CONFIG.n_ctx)
    both = {name: training_step(model, tokens) for name, model in models.items()}
    # A volta refaz cada produto duas vezes: um para a entrada, outro para o peso.
    both["só os produtos"] = lambda: [ahead["só os produtos"]() for _ in range(3)]
    n_tokens, hand = BATCH * CONFIG.n_ctx, "à mão, atenção pronta"
    few = max(3, n_rounds // 3)
    return {
        "ida": (n_tokens, hand, rounds_of(ahead, n_rounds)),
        "ida e volta": (n_tokens, hand, rounds_of(both, n_rounds)),
        "pesos de atenção de um texto": (
            CONFIG.n_ctx,
            "à mão, softmax",
            rounds_of(pattern_cases(models), 4 * n_rounds),
        ),
        "geração": (N_NEW, "transformers, com cache", rounds_of(generation_cases(), few)),
    }


def table(measures):
    """Escreve as medidas em colunas; a razão é a velocidade sobre a do caso de referência.

    Parâmetros:
        measures: o que `measure` devolve.
    """
    lines = []
    for name, (n_tokens, reference, seconds) in measures.items():
        products = seconds["só os produtos"]
        lines += ["", f"{name:36}{'ms':>9}{'tokens/s':>11}{'razão':>8}{'produtos':>10}"]
        for case, value in seconds.items():
            rate, ratio = n_tokens / value, seconds[reference] / value
            numbers = f"{value * 1e3:>9.2f}{rate:>11.0f}{ratio:>8.2f}{products / value:>10.0%}"
            lines.append(f"  {case:34}{numbers}")
    return "\n".join(lines[1:])


def main():
    """Roda as medidas, mostra a tabela e, se pedido, grava o JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, help="arquivo onde gravar as medidas")
    parser.add_argument("--rounds", type=int, default=15, help="voltas de cada caso")
    arguments = parser.parse_args()
    logging.disable_progress_bar()
    measures = measure(arguments.rounds)
    print(table(measures))
    if arguments.json:
        record = {
            name: {"reference": reference, "n_tokens": n_tokens, "seconds": seconds}
            for name, (n_tokens, reference, seconds) in measures.items()
        }
        text = json.dumps(record, ensure_ascii=False, indent=2) + "\n"
        arguments.json.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
