"""Mede a geração do curso, com e sem cache, ao lado de transformers com os mesmos pesos.

    python tests/benchmarks/bench_generation.py [--json arquivo]

Tokens por segundo de CPU do processo, no melhor de várias voltas alternadas, uma thread, float32,
200 tokens a partir de 8; no sorteio, t = 0,8, k = 40, p = 0,95. Antes de medir, confere que os dois
escrevem os mesmos tokens na escolha gulosa. Os números só se comparam dentro da mesma rodada; por
isso a tabela traz as razões. O limite são os produtos de matrizes de um token, sozinhos: nada que
leia um token de cada vez pode ser mais rápido.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import torch
from torch.nn import functional as F
from transformers import GPT2Config, GPT2LMHeadModel
from transformers.utils import logging

from helpers.decoder import Decoder
from helpers.sampling import Sampler, generate

N_NEW = 200
PROMPT = [11, 7, 300, 42, 5, 5, 128, 64]
SIZES = {"n_layers": 4, "n_heads": 4, "d_model": 128, "n_ctx": 256, "d_vocab": 512}
_ROUNDS = 5


def models():
    """Sorteia um GPT-2 pequeno e o lê também como decoder do curso."""
    torch.manual_seed(7)
    hugging = GPT2LMHeadModel(
        GPT2Config(
            vocab_size=SIZES["d_vocab"],
            n_positions=SIZES["n_ctx"],
            n_embd=SIZES["d_model"],
            n_layer=SIZES["n_layers"],
            n_head=SIZES["n_heads"],
            bos_token_id=0,
            eos_token_id=None,
            pad_token_id=0,
            initializer_range=0.1,
        )
    ).eval()
    with tempfile.TemporaryDirectory() as folder:
        hugging.save_pretrained(folder)
        return hugging, Decoder.from_gpt2(folder)


def hugging_generate(model, n_new, use_cache, **sampling):
    """Escreve com o `generate` de transformers; sem mais nada, na escolha gulosa.

    Parâmetros:
        model: o modelo de transformers.
        n_new: quantos tokens escrever.
        use_cache: se o cache dele fica ligado.
        sampling: o sorteio, com os nomes de lá.
    """
    prompt = torch.tensor([PROMPT])
    return model.generate(
        prompt,
        attention_mask=torch.ones_like(prompt),
        max_new_tokens=n_new,
        use_cache=use_cache,
        **(sampling or {"do_sample": False}),
    )[0].tolist()


def only_decoder(decoder, text):
    """Lê o texto pronto, um token por vez, sem escolher nada: o custo sem a amostragem.

    Parâmetros:
        decoder: o decoder do curso.
        text: ids já escritos, prompt incluído.
    """
    ids = torch.tensor([text])
    cache = decoder.new_cache(1)
    with torch.inference_mode():
        decoder(ids[:, : len(PROMPT)], cache=cache)
        for pos in range(len(PROMPT), len(text) - 1):
            decoder(ids[:, pos : pos + 1], cache=cache)


def only_products(model, n_new):
    """Faz só os produtos de matrizes de cada token.

    Parâmetros:
        model: o modelo de transformers, de onde saem as matrizes.
        n_new: quantos tokens.
    """
    weights = [model.lm_head.weight]
    for block in model.transformer.h:
        layers = (block.attn.c_attn, block.attn.c_proj, block.mlp.c_fc, block.mlp.c_proj)
        weights += [layer.weight.T.contiguous() for layer in layers]
    inputs = [torch.randn(1, 1, weight.shape[1]) for weight in weights]
    with torch.inference_mode():
        for _ in range(n_new):
            for weight, vector in zip(weights, inputs, strict=True):
                F.linear(vector, weight)


def _seconds(works, rounds=_ROUNDS):
    best = dict.fromkeys(works, float("inf"))
    for _ in range(rounds):
        for name, work in works.items():
            start = time.process_time()
            work()
            best[name] = min(best[name], time.process_time() - start)
    return best


def measure():
    """Confere que os tokens são os mesmos e mede; devolve uma linha por caso."""
    hugging, decoder = models()
    text = generate(decoder, PROMPT, N_NEW)
    assert text == hugging_generate(hugging, N_NEW, use_cache=True)
    assert text == generate(decoder, PROMPT, N_NEW, use_cache=False)
    mixed = Sampler(temperature=0.8, k=40, p=0.95)
    hugging_mixed = {"do_sample": True, "temperature": 0.8, "top_k": 40, "top_p": 0.95}
    draws = torch.Generator().manual_seed(1)
    works = {
        "transformers, com cache": lambda: hugging_generate(hugging, N_NEW, True),
        "transformers, com cache, sorteio": lambda: hugging_generate(
            hugging, N_NEW, True, **hugging_mixed
        ),
        "transformers, sem cache": lambda: hugging_generate(hugging, N_NEW, False),
        "curso, com cache": lambda: generate(decoder, PROMPT, N_NEW),
        "curso, com cache, sorteio": lambda: generate(decoder, PROMPT, N_NEW, mixed, draws),
        "curso, com cache, 8 textos": lambda: generate(decoder, [PROMPT] * 8, N_NEW),
        "curso, sem cache": lambda: generate(decoder, PROMPT, N_NEW, use_cache=False),
        "só o decoder, sem escolher": lambda: only_decoder(decoder, text),
        "só os produtos de matrizes": lambda: only_products(hugging, N_NEW),
    }
    spent = _seconds(works)
    speed = {name: N_NEW / spent[name] for name in works}
    speed["curso, com cache, 8 textos"] *= 8
    base = speed["transformers, com cache"]
    return [
        {"caso": name, "tokens por s de CPU": round(value, 1), "razão": round(value / base, 2)}
        for name, value in speed.items()
    ]


def main():
    """Mede, escreve a tabela e, se pedido, o JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, help="arquivo em que gravar as medidas")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    rows = measure()
    print(f"{'caso':<38}{'tokens/s de CPU':>16}{'razão':>8}")
    for row in rows:
        print(f"{row['caso']:<38}{row['tokens por s de CPU']:>16}{row['razão']:>8}")
    if arguments.json:
        report = {"tamanhos": SIZES, "tokens": N_NEW, "torch": torch.__version__, "medidas": rows}
        arguments.json.write_text(
            json.dumps(report, ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
        )


if __name__ == "__main__":
    main()
