"""Do texto ao que o treino lê: tokenizador, lotes e um pedaço separado para medir."""

from __future__ import annotations

import dataclasses
import hashlib
import math
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from helpers import bpe
from helpers.bpe import END
from helpers.spoken import percent
from helpers.training.batches import Batch, Documents, Windows, generator_for
from helpers.training.settings import MAX_EPOCHS, Recipe, TrainSettings

#: Parte do texto que fica de fora do treino, para medir, e quanto ela pode variar.
VALIDATION_SHARE, SLACK = 0.1, 0.05
#: Com menos textos que isto, separa-se o fim do texto, e não textos inteiros.
_ENOUGH_DOCUMENTS = 10
#: Tantas palavras seguidas quase nunca se repetem por acaso.
_PHRASE = 8
_VALIDATION_SEED = "validação"


class MaterialError(ValueError):
    """Diz por que um texto não serve para treinar, e o que fazer."""

    def __init__(self, message: str, next_step: str):
        super().__init__(f"{message} O que fazer: {next_step}")
        self.message, self.next_step = message, next_step


@dataclass(frozen=True)
class Material:
    """O que o treino lê, e o bastante para reconhecê-lo ao retomar.

    `limit` é a entropia da fonte, em nats por token, quando se conhece: nenhum modelo fica abaixo
    dela. `settings` são os da receita, acertados ao tamanho do texto. `digest` é a soma SHA-256 dos
    ids e do vocabulário; `prompt`, um começo para as amostras. `apart` diz que parte do texto
    de quem estuda ficou de fora do treino, e `remarks`, o que a divisão teve de diferente.
    """

    tokenizer: bpe.Tokenizer
    batches: Callable[[int], Batch]
    validation: Documents
    n_tokens: int
    settings: TrainSettings
    digest: str
    prompt: str = ""
    limit: float | None = None
    apart: str = ""
    remarks: tuple[str, ...] = ()

    @property
    def end(self) -> int:
        """Devolve o id do token de fim."""
        return self.tokenizer.special_tokens[END]


def stories(recipe: Recipe, seed: int) -> Material:
    """Sorteia histórias da gramática e as prepara, cada uma desde o seu começo.

    Parâmetros:
        seed: semente das histórias de treino; as de medida são sempre as mesmas.

    Erros:
        MaterialError: se a gramática não estiver instalada.
    """
    held_out, entropies = _sample(recipe.n_validation, _VALIDATION_SEED)
    texts, _ = _sample(recipe.n_stories, f"treino {seed}")
    tokenizer = _learn(texts, recipe)
    documents = [_wrap(text, tokenizer) for text in texts]
    validation = [_wrap(text, tokenizer) for text in held_out]
    _require_room(max(map(len, documents + validation)) - 1, recipe.config.n_ctx)
    settings = recipe.settings
    return Material(
        tokenizer,
        Documents(documents, settings.batch_size, settings.seed),
        Documents(validation, 1),
        n_tokens=sum(len(ids) - 1 for ids in documents),
        settings=settings,
        digest=_digest(tokenizer, documents, validation),
        limit=-math.fsum(entropies) / sum(len(ids) - 1 for ids in validation),
    )


def own_text(texts: Sequence[str], recipe: Recipe) -> Material:
    """Prepara os textos de quem estuda: janelas sorteadas do começo ao fim.

    Erros:
        MaterialError: se faltarem tokens, ou se o que ficou de fora repetir o que fica.
    """
    n_ctx = recipe.config.n_ctx
    training, held_out = split(texts, recipe.settings.seed)
    tokenizer = _learn(training, recipe)
    stream = _join(training, tokenizer)
    rest = _join(held_out, tokenizer)[1:]
    needed = math.ceil((n_ctx + 1) / VALIDATION_SHARE)
    _require_enough(len(stream), needed, sum(map(len, training)))
    known = _known(training, held_out)
    _require_news(training, held_out, known)
    end = tokenizer.special_tokens[END]
    pieces = [[end, *rest[start : start + n_ctx]] for start in range(0, len(rest), n_ctx)]
    settings = _fitted(recipe.settings, n_ctx, len(stream))
    return Material(
        tokenizer,
        Windows(torch.tensor(stream), n_ctx, settings.batch_size, settings.seed, first=end),
        Documents(pieces, 1),
        n_tokens=len(stream),
        settings=settings,
        digest=_digest(tokenizer, [stream], pieces),
        prompt=_first_words(held_out[0]),
        apart=_share(_letters(held_out) / _letters(training + held_out)),
        remarks=_remarks(texts, held_out, known),
    )


def _fitted(settings, n_ctx, n_tokens):
    # Uma história enche um terço do contexto e uma janela, todo ele: um terço custa o mesmo.
    batch_size = max(1, settings.batch_size // 3)
    enough = math.ceil(MAX_EPOCHS * n_tokens / (batch_size * n_ctx))
    steps = min(settings.steps, enough)
    warmup = min(settings.warmup, steps // 10)
    return dataclasses.replace(settings, batch_size=batch_size, steps=steps, warmup=warmup)


def split(texts: Sequence[str], seed: int = 0) -> tuple[list[str], list[str]]:
    """Separa um décimo das letras para medir; o que sai fica entre 5 % e 15 %.

    Textos iguais contam uma vez só, ainda que um tenha outras quebras de linha ou mais espaços: com
    um em cada lado, a medida seria de cor. Com dez textos ou mais, saem textos inteiros; com menos,
    ou se os inteiros não derem a conta, sai o fim de tudo, cortado no espaço em branco mais
    próximo (nova linha e tabulação também são). Sem nenhum por perto, o corte é em 90 %, exatos.

    Parâmetros:
        seed: semente do sorteio de quais textos saem.

    Retorna:
        Os textos de treino e os de medida.
    """
    texts = _distinct(texts)
    if len(texts) >= _ENOUGH_DOCUMENTS:
        out = _draw(texts, seed)
        if out:
            kept = [text for place, text in enumerate(texts) if place not in out]
            return kept, [texts[place] for place in sorted(out)]
    whole = "\n\n".join(texts).rstrip()
    cut = _cut(whole)
    return [whole[:cut]], [whole[cut:]]


def _distinct(texts):
    found = {}
    for text in texts:
        found.setdefault(_words(text), text)
    return list(found.values())


def _words(text):
    return " ".join(text.split())


def _draw(texts, seed):
    """Sorteia os textos que saem; nenhum, se os inteiros não dão entre 5 % e 15 % das letras.

    Um texto que está inteiro dentro de outro fica sempre no treino.
    """
    total, taken, out = _letters(texts), 0, set()
    everything = "\n".join(map(_words, texts))
    for place in torch.randperm(len(texts), generator=generator_for(seed, 0)).tolist():
        if taken >= VALIDATION_SHARE * total:
            break
        fits = taken + len(texts[place]) <= (VALIDATION_SHARE + SLACK) * total
        if fits and everything.count(_words(texts[place])) == 1:
            taken += len(texts[place])
            out.add(place)
    return out if taken >= (VALIDATION_SHARE - SLACK) * total else set()


def _cut(whole):
    low, goal, high = (
        int(len(whole) * (1 - share))
        for share in (VALIDATION_SHARE + SLACK, VALIDATION_SHARE, VALIDATION_SHARE - SLACK)
    )
    places = [match.start() for match in re.compile(r"\s+").finditer(whole, low, high + 1)]
    return min(places, key=lambda place: abs(place - goal), default=goal)


def _letters(texts):
    return sum(map(len, texts))


def _share(part):
    return f"{percent(part, 1)} das letras do texto, separadas para medir"


def _remarks(texts, held_out, known):
    remarks = []
    if known > 0.1:
        remarks.append(
            f"{percent(known)} das frases de oito palavras separadas para medir estão também no "
            "treino: a medida sai melhor do que seria num texto novo"
        )
    repeated = len(texts) - len(_distinct(texts))
    if repeated:
        copies = "é cópia e ficou" if repeated == 1 else "são cópias e ficaram"
        remarks.append(
            f"{repeated} dos {len(texts)} textos {copies} de fora: a medida só vale em texto que "
            "o treino não leu"
        )
    if held_out[0][0].strip() and held_out[0] not in texts:
        remarks.append(
            "entre 85 % e 95 % do texto não há espaço em branco: o corte foi em 90 %, exatos, "
            "e pode ter partido uma palavra"
        )
    return tuple(remarks)


def _sample(n, seed):
    try:
        from helpers.stories import Grammar
    except ImportError as error:
        raise MaterialError(
            f"A gramática das histórias não está aqui ({error}).",
            "treine num texto seu, com --texto caminho_do_texto.txt.",
        ) from error
    grammar, rng = Grammar.load(), random.Random(seed)
    drawn = [grammar.sample(rng) for _ in range(n)]
    return [story.text for story in drawn], [story.log_prob for story in drawn]


def _learn(texts, recipe):
    return bpe.train(texts, vocab_size=recipe.config.d_vocab, special_tokens=[END])


def _wrap(text, tokenizer):
    end = tokenizer.special_tokens[END]
    return [end, *tokenizer.encode(text), end]


def _join(texts, tokenizer):
    """Os textos em fila, com o token de fim antes do primeiro, entre dois e depois do último."""
    end = tokenizer.special_tokens[END]
    stream = [end]
    for text in texts:
        stream += [*tokenizer.encode(text), end]
    return stream


def _first_words(text):
    line = text.strip().partition("\n")[0]
    return " ".join(line.split()[:3])


def _require_room(longest, n_ctx):
    if longest > n_ctx:
        raise MaterialError(
            f"A história mais comprida tem {longest} tokens, e o modelo lê n_ctx={n_ctx}.",
            "aumente n_ctx na receita, em helpers/training/settings.py.",
        )


def _require_enough(n_tokens, needed, n_letters):
    if n_tokens < needed:
        # Mesmo um texto bem comprimido dá um token a cada dez letras; menos que isso é repetição.
        if n_letters > 10 * needed:
            raise MaterialError(
                f"O texto se repete demais, ou não separa as palavras: {n_letters} letras viraram "
                f"{n_tokens} tokens, e são precisos ao menos {needed}.",
                "escolha um texto em que as palavras variem, com espaços entre elas.",
            )
        # Com mais texto o vocabulário cresce e cada token leva mais letras: daí a folga.
        missing = math.ceil(2 * needed / n_tokens)
        raise MaterialError(
            f"O texto é curto demais: a parte de treino deu {n_tokens} tokens, e são precisos ao "
            f"menos {needed}.",
            f"junte mais texto: com {missing} vezes o que há, deve bastar.",
        )


def _known(training, held_out):
    """Devolve que parte das frases de oito palavras separadas para medir o treino também lê."""
    wanted = list(_phrases(held_out))
    read = set(wanted).intersection(_phrases(training))
    return sum(phrase in read for phrase in wanted) / len(wanted) if wanted else 0.0


def _phrases(texts):
    for text in texts:
        words = text.split()
        for start in range(len(words) - _PHRASE + 1):
            yield " ".join(words[start : start + _PHRASE])


def _require_news(training, held_out, known):
    """Recusa medir o que o treino já lê: um trecho inteiro, ou cópias com poucas mudanças."""
    if len(training) == 1 and _words(held_out[0]) in _words(training[0]):
        raise MaterialError(
            "O texto se repete: o décimo separado para medir está, palavra por palavra, no que "
            "fica para o treino, e a perda nele não diria nada.",
            "tire as cópias do arquivo e ponha no lugar um texto diferente.",
        )
    if known > 0.5:
        raise MaterialError(
            f"O texto se repete: {percent(known)} das frases de oito palavras separadas para medir "
            "estão também no que fica para o treino, e a perda nelas não diria nada.",
            "tire as cópias, mesmo as que mudam só um título ou uma linha, e rode de novo.",
        )


def _digest(tokenizer, documents, validation):
    total = hashlib.sha256(repr(tokenizer.merges).encode("utf-8"))
    for ids in (*documents, [], *validation):
        total.update(repr(ids).encode("ascii"))
    return total.hexdigest()
