"""O que dá sentido a uma perda: referências que não treinam peso nenhum, e o sinal de decoreba."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from helpers.training.batches import Documents, Windows
from helpers.training.run import Record

Table = dict[tuple[int, ...], Counter]
#: A perda separada sobe e desce um pouco por acaso; só daqui para cima se diz que subiu.
CLIMB = 1.02


def count(texts: Iterable[Sequence[int]], n: int) -> Table:
    """Conta quem veio depois de cada contexto de `n` - 1 tokens.

    Parâmetros:
        texts: os ids de cada texto, com a marca de fim na frente.
        n: tamanho do trecho: 3 conta trigramas.
    """
    table: Table = defaultdict(Counter)
    for ids in texts:
        for i in range(1, len(ids)):
            table[tuple(ids[max(0, i - n + 1) : i])][ids[i]] += 1
    return dict(table)


def ngram_loss(tables: Sequence[Table], texts: Iterable[Sequence[int]], d_vocab: int) -> float:
    """Mede a perda de uma mistura de contagens, em nats por token.

    Parâmetros:
        tables: as contagens, da mais curta à mais comprida; nenhuma aposta por igual.
        texts: os ids de cada texto medido.

    Fonte:
        Witten e Bell (1991): quem viu pouco cede mais da aposta à contagem mais curta.
    """
    total, n_targets = 0.0, 0
    for ids in texts:
        for i in range(1, len(ids)):
            prob = 1 / d_vocab
            for n, table in enumerate(tables, start=1):
                seen = table.get(tuple(ids[max(0, i - n + 1) : i]))
                if seen:
                    trust = seen.total() / (seen.total() + len(seen))
                    prob = trust * seen[ids[i]] / seen.total() + (1 - trust) * prob
            total, n_targets = total - math.log(prob), n_targets + 1
    return total / n_targets


@dataclass(frozen=True)
class References:
    """As réguas de um texto, em nats por token.

    Parâmetros:
        uniform: a perda de quem aposta por igual em todo o vocabulário.
        trigrams: a de quem só conta trigramas.
        bytes_per_token: por quanto dividir uma perda, para tê-la por byte.
    """

    uniform: float
    trigrams: float
    bytes_per_token: float


def references(material) -> References:
    """Mede as réguas de um texto: o que um modelo treinado nele tem de vencer.

    Parâmetros:
        material: o texto preparado, um `Material`.
    """
    d_vocab = material.tokenizer.vocab_size
    apart = rows(material.validation)
    batches = material.batches
    seen = [batches.tokens.tolist()] if isinstance(batches, Windows) else rows(batches)
    targets = [token for ids in apart for token in ids[1:] if token != material.end]
    n_bytes = len(material.tokenizer.decode_bytes(targets))
    return References(
        math.log(d_vocab),
        ngram_loss([count(seen, n) for n in (1, 2, 3)], apart, d_vocab),
        n_bytes / sum(len(ids) - 1 for ids in apart),
    )


def rows(documents: Documents) -> list[list[int]]:
    """Devolve os ids de cada texto."""
    pairs = zip(documents.starts.tolist(), documents.sizes.tolist(), strict=True)
    return [documents.tokens[start : start + size].tolist() for start, size in pairs]


def best_record(records: Iterable[Record]) -> Record | None:
    """Devolve o registro com a menor perda no texto separado, se ela depois subiu.

    Parâmetros:
        records: os registros do treino, até agora.

    Retorna:
        O registro, ou `None` se a última medida ainda é a menor, a menos de uma oscilação.
    """
    measured = [record for record in records if record.validation is not None]
    if not measured:
        return None
    best = min(measured, key=lambda record: record.validation)
    return best if measured[-1].validation > CLIMB * best.validation else None
