"""Mede a BPE do curso ao lado de tokenizers, de tiktoken e de uma versão que reconta tudo.

    python tests/benchmarks/bench_bpe.py [--json arquivo]

Tempo de CPU do processo, o menor de três voltas alternadas, uma thread. O texto é sorteado aqui:
frases em português, palavras com frequência de Zipf. Os números só se comparam dentro da mesma
rodada; por isso a tabela traz as razões.
"""

import argparse
import json
import os
import random
import sys
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path

os.environ["RAYON_NUM_THREADS"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import tiktoken
from tokenizers import Tokenizer as HFTokenizer
from tokenizers import decoders, models, pre_tokenizers, trainers

from helpers.bpe import GPT2_PATTERN, merge_pair, split, train


def _words(text):
    return text.split()


_SEED = 7
_ROUNDS = 3
_COMMON = _words(
    "de a o que e do da em um para com não uma os no se na por mais as dos como mas ao ele das à "
    "seu sua ou quando muito nos já eu também só pelo pela até isso ela entre depois sem mesmo aos "
    "seus quem nas me esse eles você essa num nem suas meu às minha numa pelos qual lhe deles"
)
_STEMS = _words(
    "cas cant menin livr escol cidad port janel cozinh pass olh caminh trabalh vend compr sonh "
    "chuv noit manh praç mercad jard sapat amig histór carr vent estrad pontu cançã coraç pã mã "
    "irm lembr esper corr joã mari águ árvor pássar gat cachorr rel mes cadeir tempestad"
)
_ENDINGS = _words(
    "a o as os ando ar ou ava avam inho inha inhos mente eira eiro ção ções ada ado ados amos "
    "ei aram asse ará ante ista agem oso osa ões ão ã"
)


def portuguese_like(n_bytes, seed=_SEED):
    """Sorteia frases em que a palavra de posto k aparece com peso 1/k.

    Parâmetros:
        n_bytes: tamanho aproximado do texto em UTF-8.
        seed: semente do sorteio.
    """
    rng = random.Random(seed)
    rare = [stem + ending for stem in _STEMS for ending in _ENDINGS]
    rng.shuffle(rare)
    # Nomes inventados dão a cauda comprida de um texto de verdade.
    rare += ["".join(rng.choices(_ENDINGS, k=3)).capitalize() for _ in range(n_bytes // 150)]
    words = _COMMON + rare
    weights = [1 / (place + 3) for place in range(len(words))]
    sentences, size = [], 0
    while size < n_bytes:
        chosen = rng.choices(words, weights, k=rng.randint(4, 16))
        comma = rng.randrange(1, len(chosen))
        chosen[comma] += rng.choice(["", ",", ";", ""])
        sentences.append(" ".join(chosen).capitalize() + rng.choice([". ", ". ", "! ", "?\n"]))
        size += len(sentences[-1].encode("utf-8"))
    return "".join(sentences)


def recount(text, vocab_size):
    """Treina recontando todas as palavras distintas a cada fusão.

    Parâmetros:
        text: o texto.
        vocab_size: tamanho final do vocabulário.
    """
    words = {
        tuple(bytes([value]) for value in word.encode()): count
        for word, count in Counter(split(text)).items()
    }
    merges = []
    while 256 + len(merges) < vocab_size:
        counts = Counter()
        for word, count in words.items():
            for pair in pairwise(word):
                counts[pair] += count
        best = max(counts, key=lambda pair: (counts[pair], pair))
        merges.append(best)
        words = {tuple(merge_pair(word, best)): count for word, count in words.items()}
    return tuple(merges)


def recount_stream(text, vocab_size):
    """Treina recontando o texto inteiro, repetições incluídas, a cada fusão.

    Parâmetros:
        text: o texto.
        vocab_size: tamanho final do vocabulário.
    """
    words = [[bytes([value]) for value in word.encode()] for word in split(text)]
    merges = []
    while 256 + len(merges) < vocab_size:
        counts = Counter(pair for word in words for pair in pairwise(word))
        best = max(counts, key=lambda pair: (counts[pair], pair))
        merges.append(best)
        words = [merge_pair(word, best) for word in words]
    return tuple(merges)


def train_tokenizers(text, vocab_size):
    """Treina com a biblioteca tokenizers.

    Parâmetros:
        text: o texto.
        vocab_size: tamanho final do vocabulário.
    """
    tokenizer = HFTokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size, min_frequency=2, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator([text], trainer)
    return tokenizer


def _seconds(works, rounds=_ROUNDS):
    """Dá o menor tempo de CPU de cada trabalho; as voltas se alternam entre eles."""
    best = dict.fromkeys(works, float("inf"))
    for _ in range(rounds):
        for name, work in works.items():
            start = time.process_time()
            work()
            best[name] = min(best[name], time.process_time() - start)
    return best


def measure_training():
    """Mede o treino em três tamanhos; devolve uma linha por medida."""
    rows = []
    for label, n_bytes, vocab_size in (
        ("100 kB → 512", 100_000, 512),
        ("100 kB → 1024", 100_000, 1024),
        ("1 MB → 1024", 1_000_000, 1024),
    ):
        text = portuguese_like(n_bytes)
        works = {
            "curso": lambda text=text, size=vocab_size: train(text, vocab_size=size),
            "tokenizers": lambda text=text, size=vocab_size: train_tokenizers(text, size),
        }
        seconds = _seconds(works)
        if n_bytes == 100_000:
            slow = {
                "reconta": lambda text=text, size=vocab_size: recount(text, size),
                "reconta o texto": lambda text=text, size=vocab_size: recount_stream(text, size),
            }
            seconds |= _seconds(slow, rounds=1)
        rows += _rows(f"treino {label}", seconds, "s")
    return rows


def measure_coding():
    """Mede codificação (fria e morna) e decodificação, em MB por segundo de CPU."""
    text = portuguese_like(1_000_000)
    n_bytes = len(text.encode("utf-8"))
    warm = train(text, vocab_size=1024, tie_rule="smallest_ids")
    hugging = train_tokenizers(text, 1024)
    openai = tiktoken.Encoding(
        "curso", pat_str=GPT2_PATTERN, mergeable_ranks=warm.vocab, special_tokens={}
    )
    ids = warm.encode(text)
    assert ids == openai.encode(text)
    hugging_ids = hugging.encode(text).ids
    cold = type(warm)
    encoding = {
        "curso (fria)": lambda: cold(warm.merges).encode(text),
        "curso (morna)": lambda: warm.encode(text),
        "tiktoken": lambda: openai.encode(text, disallowed_special=()),
        "tokenizers": lambda: hugging.encode(text),
    }
    decoding = {
        "curso": lambda: warm.decode(ids),
        "tiktoken": lambda: openai.decode(ids),
        "tokenizers": lambda: hugging.decode(hugging_ids),
    }
    rows = []
    for label, works in (("codificar 1 MB", encoding), ("decodificar 1 MB", decoding)):
        speed = {name: n_bytes / 1e6 / spent for name, spent in _seconds(works).items()}
        rows += _rows(label, speed, "MB/s")
    return rows


def _rows(what, values, unit):
    first = next(iter(values.values()))
    return [
        {"medida": what, "quem": who, "valor": value, "unidade": unit, "razão": value / first}
        for who, value in values.items()
    ]


def main():
    """Mede, mostra a tabela e, se pedido, grava os números."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, help="arquivo onde gravar os números")
    arguments = parser.parse_args()
    rows = measure_training() + measure_coding()
    print(f"{'medida':<22} {'quem':<18} {'valor':>10}        razão ao primeiro")
    for row in rows:
        print(
            f"{row['medida']:<22} {row['quem']:<18} {row['valor']:>10.4g} {row['unidade']:<5} "
            f"{row['razão']:>8.2f}×"
        )
    if arguments.json:
        arguments.json.write_text(
            json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
        )


if __name__ == "__main__":
    main()
