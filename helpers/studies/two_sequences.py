"""Duas sequências: modelos que leem uma palavra e escrevem outra, letra por letra.

O encoder–decoder é feito com as peças do decoder: a atenção cruzada é a mesma `Attention`, com o
outro lado. Ao lado dele, o mesmo trabalho num decoder só, com separador, e numa RNN com atenção
aditiva (Bahdanau, Cho e Bengio, 2015).
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from helpers.attention import Attention, causal_mask
from helpers.block import MLP, Block, LayerNorm
from helpers.config import DecoderConfig
from helpers.data import DATA_DIR, read_text
from helpers.decoder import Decoder
from helpers.embedding import LearnedPositions, TokenEmbedding
from helpers.files import replace_file
from helpers.hooks import run_with_cache
from helpers.training import IGNORED, Batch, TrainSettings, train
from helpers.training.batches import generator_for

PAD, START, END = 0, 1, 2
LETTERS = "abcdefghijklmnopqrstuvwxyzáâãçéêíóôõúü"
#: As letras com que se inventam palavras.
PLAIN = LETTERS[:26]
SIZES = DecoderConfig(len(LETTERS) + 3, 16, d_model=32, n_heads=1, n_layers=1)
Pair = tuple[str, str]


def encode(
    words: Sequence[str], end: bool = False, letters: str = LETTERS
) -> Int[Tensor, "batch pos"]:
    """Escreve palavras como ids, uma por linha, com enchimento à direita.

    Parâmetros:
        words: palavras só com as letras de `letters`.
        end: se cada uma termina com a marca de fim.
        letters: o alfabeto; o id de uma letra é o lugar dela nele, depois das três marcas.
    """
    rows = [[letters.index(letter) + 3 for letter in word] + [END] * end for word in words]
    longest = max(map(len, rows))
    return torch.tensor([row + [PAD] * (longest - len(row)) for row in rows])


def decode(ids: Sequence[int], letters: str = LETTERS) -> str:
    """Lê ids como letras, até a marca de fim.

    Parâmetros:
        letters: o alfabeto; o de `encode`.
    """
    ids = list(ids)
    ids = ids[: ids.index(END)] if END in ids else ids
    return "".join(letters[i - 3] for i in ids if i > END)


# ------------------------------------------------------------------ os modelos


class CrossBlock(nn.Module):
    """O bloco do decoder de 2017, com a norma antes: lê o que escreveu, lê a origem, pensa.

    Parâmetros:
        generator: de onde sai o sorteio dos pesos; sem valor, o gerador global do PyTorch.
    """

    def __init__(self, config: DecoderConfig, *, generator: torch.Generator | None = None):
        super().__init__()
        self.ln1, self.ln2, self.ln3 = (LayerNorm(config.d_model) for _ in range(3))
        self.attn = Attention(config.d_model, config.n_heads, generator=generator)
        self.cross = Attention(config.d_model, config.n_heads, generator=generator)
        self.mlp = MLP(config.d_model, config.d_mlp, generator=generator)

    def forward(
        self,
        y: Float[Tensor, "batch query d_model"],
        z: Float[Tensor, "batch key d_model"],
        past: Bool[Tensor, "query query"],
        real: Bool[Tensor, "batch 1 query key"],
    ) -> Float[Tensor, "batch query d_model"]:
        """Devolve o fluxo de quem escreve.

        Parâmetros:
            y: o fluxo de quem escreve.
            z: a saída do encoder.
            past: a máscara causal.
            real: True nas letras da origem, False no enchimento.
        """
        y = y + self.attn(self.ln1(y), mask=past)
        y = y + self.cross(self.ln2(y), z, mask=real)
        return y + self.mlp(self.ln3(y))


class EncoderDecoder(nn.Module):
    """Lê uma sequência inteira e escreve outra, um token por vez.

    Parâmetros:
        n_encoder: blocos que leem, sem máscara; com 0, a origem chega só com as posições.
        n_decoder: blocos que escrevem.
        block: quem faz cada bloco que escreve, chamado com `(config)`.
        generator: de onde sai o sorteio dos pesos; sem valor, o gerador global do PyTorch.
    """

    def __init__(
        self,
        config: DecoderConfig,
        n_encoder: int = 1,
        n_decoder: int = 1,
        *,
        block: Callable = CrossBlock,
        generator: torch.Generator | None = None,
    ):
        super().__init__()
        self.embed = TokenEmbedding(config.d_vocab, config.d_model, generator=generator)
        self.pos_embed = LearnedPositions(config.n_ctx, config.d_model, generator=generator)
        self.encoder = nn.ModuleList(Block(config, generator=generator) for _ in range(n_encoder))
        self.ln_source = LayerNorm(config.d_model)
        self.decoder = nn.ModuleList(block(config, generator=generator) for _ in range(n_decoder))
        self.ln_final = LayerNorm(config.d_model)

    def encode(self, source: Int[Tensor, "batch key"]) -> Float[Tensor, "batch key d_model"]:
        """Devolve z: um vetor por letra da origem, cada um já tendo lido as outras."""
        z = self.embed(source) + self.pos_embed(source)
        real = (source != PAD)[:, None, None, :].expand(-1, 1, source.shape[1], -1)
        for block in self.encoder:
            z = block(z, real)
        return self.ln_source(z)

    def forward(
        self, pair: tuple[Int[Tensor, "batch key"], Int[Tensor, "batch query"]]
    ) -> Float[Tensor, "batch query d_vocab"]:
        """Devolve os logits de cada letra a escrever.

        Parâmetros:
            pair: a origem e o que já se escreveu, com a marca de começo na frente.
        """
        source, written = pair
        z, y = self.encode(source), self.embed(written) + self.pos_embed(written)
        real = (source != PAD)[:, None, None, :].expand(-1, 1, written.shape[1], -1)
        for block in self.decoder:
            y = block(y, z, causal_mask(written.shape[1]), real)
        return self.ln_final(y) @ self.embed.W_E.T


class Recurrent(nn.Module):
    """Lê e escreve em fila: uma GRU nos dois sentidos lê, outra escreve e olha com score aditivo.

    Parâmetros:
        attends: se quem escreve olha todos os estados; sem isso, recebe só o último.
        seed: semente dos pesos, que são os de costume do PyTorch.
    """

    def __init__(self, config: DecoderConfig, attends: bool = True, *, seed: int = 0):
        super().__init__()
        d = config.d_model
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.embed = nn.Embedding(config.d_vocab, d)
            self.reader = nn.GRU(d, d, batch_first=True, bidirectional=True)
            self.writer = nn.GRUCell(3 * d, d)
            self.first, self.W_query = nn.Linear(2 * d, d), nn.Linear(d, d)
            self.W_key, self.w = nn.Linear(2 * d, d), nn.Linear(d, 1, bias=False)
            self.out = nn.Linear(3 * d, config.d_vocab)
        self.attends = attends

    def forward(self, pair: tuple[Int[Tensor, "batch key"], Int[Tensor, "batch query"]]) -> Tensor:
        """Devolve os logits de cada letra a escrever, [batch query d_vocab].

        Parâmetros:
            pair: a origem e o que já se escreveu, com a marca de começo na frente.
        """
        return self.run(pair)[0]

    def run(self, pair: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        """Devolve os logits e os pesos, [batch query key].

        Parâmetros:
            pair: a origem e o que já se escreveu.
        """
        source, written = pair
        sizes = (source != PAD).sum(1)
        packed = nn.utils.rnn.pack_padded_sequence(
            self.embed(source), sizes, batch_first=True, enforce_sorted=False
        )
        states, last = self.reader(packed)
        states, _ = nn.utils.rnn.pad_packed_sequence(
            states, batch_first=True, total_length=source.shape[1]
        )
        ends = torch.cat([last[0], last[1]], -1)
        state, keys = torch.tanh(self.first(ends)), self.W_key(states)
        logits, weights = [], []
        for letter in self.embed(written).unbind(1):
            scores = self.w(torch.tanh(self.W_query(state)[:, None] + keys))[..., 0]
            pattern = scores.masked_fill(source == PAD, -torch.inf).softmax(-1)
            context = (pattern[:, None] @ states)[:, 0] if self.attends else ends
            state = self.writer(torch.cat([letter, context], -1), state)
            logits.append(self.out(torch.cat([state, context], -1)))
            weights.append(pattern)
        return torch.stack(logits, 1), torch.stack(weights, 1)


# ------------------------------------------------------------------ as tarefas


def invent(generator: random.Random, least: int = 3, most: int = 8) -> str:
    """Inventa uma palavra de letras sorteadas.

    Parâmetros:
        least: menor número de letras.
        most: maior número de letras.
    """
    return "".join(generator.choices(PLAIN, k=generator.randint(least, most)))


def copied(generator: random.Random) -> Pair:
    """Uma palavra e ela mesma."""
    word = invent(generator)
    return word, word


def reversed_(generator: random.Random) -> Pair:
    """Uma palavra e ela de trás para diante."""
    word = invent(generator)
    return word, word[::-1]


def pairs_batch(pairs: Sequence[Pair], letters: str = LETTERS) -> Batch:
    """Monta um lote: a origem e a saída deslocada de uma casa; o alvo é a saída com o fim.

    Parâmetros:
        letters: o alfabeto; o de `encode`.
    """
    source = encode([word for word, _ in pairs], letters=letters)
    targets = encode([other for _, other in pairs], end=True, letters=letters)
    start = torch.full_like(targets[:, :1], START)
    written = torch.cat([start, targets[:, :-1]], 1)
    return Batch((source, written), targets.masked_fill(targets == PAD, IGNORED))


@dataclass(frozen=True)
class PairBatches:
    """Sorteia o lote de cada passo.

    Parâmetros:
        task: função que dá um par de palavras.
        batch_size: pares por lote.
        build: quem monta o lote a partir dos pares.
    """

    task: Callable[[random.Random], Pair]
    seed: int = 0
    batch_size: int = 64
    build: Callable[[Sequence[Pair]], Batch] = pairs_batch

    def __call__(self, step: int) -> Batch:
        """Devolve o lote de um passo.

        Parâmetros:
            step: o passo, a partir de 0.
        """
        generator = random.Random(generator_for(self.seed, step).initial_seed())
        return self.build([self.task(generator) for _ in range(self.batch_size)])


def exam(task: Callable[[random.Random], Pair], n: int = 500) -> list[Pair]:
    """Sorteia os pares da prova, à parte dos do treino.

    Parâmetros:
        n: quantos pares.
    """
    generator = random.Random(-1)
    return [task(generator) for _ in range(n)]


@torch.inference_mode()
def write(
    model: nn.Module, words: Sequence[str], most: int = 12, letters: str = LETTERS
) -> list[str]:
    """Escreve a resposta de cada palavra, sempre com a letra mais provável.

    Parâmetros:
        most: maior número de letras da resposta.
        letters: o alfabeto com que o modelo foi treinado.
    """
    source = encode(words, letters=letters)
    written = torch.full((len(words), 1), START)
    for _ in range(most):
        best = model((source, written))[:, -1].argmax(-1)
        written = torch.cat([written, best[:, None]], 1)
        if (written == END).any(1).all():
            break
    return [decode(row[1:], letters) for row in written.tolist()]


def exact(model: nn.Module, pairs: Sequence[Pair], letters: str = LETTERS) -> float:
    """Mede a parte das palavras escritas inteiras sem erro, de 0 a 1.

    Parâmetros:
        letters: o alfabeto com que o modelo foi treinado.
    """
    guesses = write(model, [word for word, _ in pairs], letters=letters)
    return sum(g == other for g, (_, other) in zip(guesses, pairs, strict=True)) / len(pairs)


# ------------------------------------------------------------------ o plural

#: Final do singular e final do plural; o mais comprido que serve é o que vale.
PLURALS = {
    "a": "as",
    "e": "es",
    "o": "os",
    "r": "res",
    "z": "zes",
    "m": "ns",
    "al": "ais",
    "el": "éis",
    "ol": "óis",
    "ul": "uis",
    "il": "is",
    "ão": "ões",
}


_CLUSTERS = (
    "br",
    "cl",
    "cr",
    "dr",
    "fl",
    "fr",
    "gr",
    "pl",
    "pr",
    "tr",
    "vr",
    "lh",
    "nh",
    "rr",
    "ss",
)
#: O que pode começar uma sílaba inventada; nenhuma termina em consoante, a não ser a última.
ONSETS = (*"bcdfghjlmnprstvz" * 2, *_CLUSTERS)


def plural(word: str) -> str:
    """Faz o plural pela regra do final da palavra; exceções, como `mão`, ela não conhece.

    Erros:
        ValueError: se nenhum final de `PLURALS` servir.
    """
    for size in (2, 1):
        if word[-size:] in PLURALS:
            return word[:-size] + PLURALS[word[-size:]]
    raise ValueError(f"{word!r} não termina em nenhum de {', '.join(PLURALS)}")


def noun(generator: random.Random) -> Pair:
    """Inventa uma palavra de sílabas abertas, e o plural dela; não há acentos na raiz."""
    stem = "".join(
        generator.choice(ONSETS) + generator.choice("aeiou") for _ in range(generator.randint(0, 2))
    )
    if generator.random() < 0.2:
        stem = stem[1:] if stem[:1] in PLAIN and stem[1:2] in tuple("aeiou") else stem
    end = generator.choice(list(PLURALS))
    vowel = generator.choice("aeiou") if end in ("r", "z", "m") else ""
    word = stem + generator.choice(ONSETS) + vowel + end
    return word, plural(word)


# ------------------------------------------------------------------ o mesmo num decoder só


def joined_batch(pairs: Sequence[Pair], width: int = 0) -> Batch:
    """Monta um lote para um decoder só: a palavra, o separador e a resposta, numa fila.

    O separador é a marca de começo. Só a resposta tem alvo.

    Parâmetros:
        width: a palavra é completada com enchimento até esta largura; com 0, não é.
    """
    rows, goals = [], []
    for word, other in pairs:
        source = encode([word])[0].tolist()
        source += [PAD] * (width - len(source))
        answer = encode([other], end=True)[0].tolist()
        rows.append([*source, START, *answer[:-1]])
        goals.append([IGNORED] * len(source) + answer)
    longest = max(map(len, rows))
    filled = [row + [PAD] * (longest - len(row)) for row in rows]
    targets = [row + [IGNORED] * (longest - len(row)) for row in goals]
    return Batch(torch.tensor(filled), torch.tensor(targets))


@torch.inference_mode()
def write_joined(
    model: nn.Module, words: Sequence[str], width: int = 0, most: int = 12
) -> list[str]:
    """Escreve a resposta de cada palavra com um decoder só; as de mesmo tamanho vão juntas.

    Parâmetros:
        width: a largura com que o decoder foi treinado.
        most: maior número de letras da resposta.
    """
    found = {}
    for size in sorted({len(word) for word in words}):
        group = [word for word in words if len(word) == size]
        read = joined_batch([(word, "") for word in group], width).inputs
        length = read.shape[1]
        for _ in range(min(most, model.config.n_ctx - length)):
            read = torch.cat([read, model(read)[:, -1:].argmax(-1)], 1)
        answers = (decode(row) for row in read[:, length:].tolist())
        found |= dict(zip(group, answers, strict=True))
    return [found[word] for word in words]


# ------------------------------------------------------------------ o que fica guardado

TRIALS_FILE = "duas_sequencias.json"
SEEDS = (0, 1, 2)
EVERY = 50
WIDTH = 8
#: Palavras de verdade, em três grupos: a regra serve, a regra não sabe, e há letra nova.
REGULAR = ("casa", "livro", "flor", "luz", "homem", "papel", "azul", "funil", "balão", "jornal")
EXCEPTIONS = {"mão": "mãos", "pão": "pães", "cão": "cães", "alemão": "alemães"}
NEW_LETTERS = ("lençol", "açúcar", "força", "lâmpada")
#: O encoder–decoder com os passos do decoder só, para que a taxa desça no mesmo ritmo.
LONGER = "encoder–decoder, 600 passos"
PATTERN = "decoder.0.cross.hook_pattern"


def weights_of(model: EncoderDecoder, words: Sequence[str], answers: Sequence[str]) -> Tensor:
    """Mede a atenção cruzada do primeiro bloco, média das cabeças: [batch query key].

    Parâmetros:
        answers: o que se escreve de cada palavra.
    """
    pair = pairs_batch(list(zip(words, answers, strict=True))).inputs
    return run_with_cache(model, pair, PATTERN)[1][PATTERN].mean(1)


def alignment(
    model: EncoderDecoder, pairs: Sequence[Pair], where: Callable[[int, int], int]
) -> tuple[float, float, float]:
    """Mede quanto a atenção cruzada olha a letra certa da origem.

    Parâmetros:
        where: de onde vem a letra número `i` da resposta, numa palavra de `n`: `where(i, n)`.

    Retorna:
        O peso médio na letra certa, a parte das vezes em que ela é a mais olhada, e o peso que ela
        teria se todas fossem olhadas por igual.
    """
    pattern = weights_of(model, *zip(*pairs, strict=True)).tolist()
    weights, hits, chance = [], [], []
    for rows, (word, _) in zip(pattern, pairs, strict=True):
        for i in range(len(word)):
            at = where(i, len(word))
            weights.append(rows[i][at])
            hits.append(max(rows[i]) == rows[i][at])
            chance.append(1 / len(word))
    return tuple(sum(found) / len(found) for found in (weights, hits, chance))


def by_length(model: nn.Module, pairs: Sequence[Pair]) -> dict[int, float]:
    """Mede o acerto exato das palavras de cada tamanho."""
    sizes = sorted({len(word) for word, _ in pairs})
    return {n: exact(model, [pair for pair in pairs if len(pair[0]) == n]) for n in sizes}


def learn(
    model: nn.Module, draws: PairBatches, steps: int, judge: Callable[[], float], **settings: Any
) -> Iterator[float]:
    """Treina e dá a nota a cada `EVERY` passos.

    Parâmetros:
        steps: quantos passos, ao menos um.
        judge: mede o modelo como ele está.
        settings: os outros ajustes do treino.
    """
    made = TrainSettings(**{"steps": steps, "lr": 1e-2} | settings)
    for record in train(model, draws, made):
        if record.step % EVERY == 0:
            yield judge()


def _joined_exact(model, pairs, width):
    guesses = write_joined(model, [word for word, _ in pairs], width)
    return sum(g == other for g, (_, other) in zip(guesses, pairs, strict=True)) / len(pairs)


def _seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _letters_trial(kind: str, task: Callable, seed: int) -> dict[str, Any]:
    asked = exam(task)
    draws = PairBatches(task, seed)
    if kind.startswith("decoder"):
        width = WIDTH if kind == "decoder, largura fixa" else 0
        model: nn.Module = Decoder(replace(SIZES, n_layers=2, n_ctx=24), generator=_seeded(seed))
        draws = replace(draws, build=partial(joined_batch, width=width))
        judge = partial(_joined_exact, model, asked, width)
        return {"exato": list(learn(model, draws, 600, judge))}
    if kind.startswith("RNN"):
        model = Recurrent(SIZES, kind == "RNN com atenção", seed=seed)
        marks = list(learn(model, draws, 400, partial(exact, model, asked), optimizer="adamw"))
        return {"exato": marks, "por tamanho": by_length(model, asked)}
    model = EncoderDecoder(SIZES, int(kind != "sem encoder"), generator=_seeded(seed))
    steps = 150 if task is copied else 600 if kind == LONGER else 300
    marks = list(learn(model, draws, steps, partial(exact, model, asked)))
    found = alignment(model, asked, (lambda i, n: i) if task is copied else lambda i, n: n - 1 - i)
    return {
        "exato": marks,
        "por tamanho": by_length(model, asked),
        "alinhamento": [round(number, 3) for number in found],
    }


def train_plural(seed: int, steps: int = 400) -> EncoderDecoder:
    """Treina o encoder–decoder nos plurais das palavras inventadas.

    Parâmetros:
        seed: semente dos pesos e dos lotes.
        steps: quantos passos, ao menos um.
    """
    model = EncoderDecoder(SIZES, generator=_seeded(seed))
    for _ in learn(model, PairBatches(noun, seed), steps, lambda: 0.0):
        pass
    return model


def _plural_trial(seed: int) -> dict[str, Any]:
    model = train_plural(seed)
    words = [*REGULAR, *EXCEPTIONS, *NEW_LETTERS]
    answers = write(model, words)
    found = {"exato": exact(model, exam(noun)), "respostas": dict(zip(words, answers, strict=True))}
    if seed == SEEDS[0]:
        rows = weights_of(model, words, answers).tolist()
        found["pesos"] = {
            word: [[round(w, 2) for w in row[: len(word)]] for row in table[: len(answer) + 1]]
            for word, answer, table in zip(words, answers, rows, strict=True)
        }
    return found


#: Os modelos que aprendem a inverter, na ordem em que a lição os mostra.
KINDS = (
    "encoder–decoder",
    "sem encoder",
    LONGER,
    "decoder, largura fixa",
    "decoder, sem largura fixa",
    "RNN com atenção",
    "RNN sem atenção",
)


def save_trials() -> None:
    """Faz todos os treinos, cada um com três sementes, e grava as notas: uns cinco minutos."""
    found = {
        "copiar": {"encoder–decoder": [_letters_trial(KINDS[0], copied, s) for s in SEEDS]},
        "inverter": {kind: [_letters_trial(kind, reversed_, s) for s in SEEDS] for kind in KINDS},
        "plural": [_plural_trial(seed) for seed in SEEDS],
    }
    replace_file(DATA_DIR / TRIALS_FILE, json.dumps(found, ensure_ascii=False) + "\n")


def load_trials() -> dict[str, Any]:
    """Lê o que `save_trials` gravou.

    Erros:
        DataError: se o arquivo faltar ou tiver mudado.
    """
    return json.loads(read_text(TRIALS_FILE))
