"""Relações verdadeiras em posições de token: de onde se olha, e para onde se deveria olhar."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import NamedTuple, Protocol, runtime_checkable


class TokenRelation(NamedTuple):
    """Uma relação em tokens: no texto `text`, de `query` se deveria olhar para uma das `keys`."""

    kind: str
    text: int
    query: int
    keys: tuple[int, ...]


@runtime_checkable
class SpanRelation(Protocol):
    """O que se espera de uma relação em caracteres, como as de `Grammar.relations`."""

    kind: str
    source: tuple[int, int]
    target: tuple[int, int]


@runtime_checkable
class Cutter(Protocol):
    """O que se espera de um tokenizador."""

    def pieces(self, text: str) -> list[bytes]:
        """Corta o texto nos bytes de cada token."""


#: De onde se olha para um trecho.
WHERE = {
    "predicting": "a posição que prevê o trecho: a do token anterior ao primeiro dele",
    "reading": "a posição que acabou de ler o trecho: a do último token dele",
}


def token_relations(
    text: str,
    relations: Iterable[SpanRelation],
    tokenizer: Cutter,
    index: int = 0,
    where: str = "predicting",
    start: int = 0,
) -> list[TokenRelation]:
    """Leva relações de caracteres a tokens.

    Parâmetros:
        relations: cada uma com `kind`, `source` (o trecho que depende) e `target` (aquele de que
            ele depende), em posições de caractere; como as de `Grammar.relations(text)`.
        tokenizer: quem corta o texto.
        index: número deste texto na lista que será medida.
        where: de onde se olha, uma chave de `WHERE`.
        start: quantos tokens (como o de início) vêm antes do texto.

    Retorna:
        As relações que se podem ver: fica de fora a que não tem de onde olhar (não há nada antes do
        trecho) ou cujo alvo ainda não foi lido inteiro. Um alvo de vários tokens vale por todos.

    Erros:
        ValueError: se `where` não existir ou um trecho cair fora do texto.
    """
    if where not in WHERE:
        raise ValueError(f"where={where!r} não existe; escolha entre {', '.join(WHERE)}")
    ends = list(accumulate(len(piece) for piece in tokenizer.pieces(text)))
    found = []
    for relation in relations:
        source = _tokens_of(text, ends, relation.source)
        keys = tuple(start + key for key in _tokens_of(text, ends, relation.target))
        query = start + (source[0] - 1 if where == "predicting" else source[-1])
        if query >= 0 and keys[-1] <= query:
            found.append(TokenRelation(relation.kind, index, query, keys))
    return found


def beyond_offset(relations: Sequence[TokenRelation]) -> list[TokenRelation]:
    """Fica com as relações que o deslocamento mais comum do seu tipo não acerta.

    O artigo quase sempre vem logo antes do substantivo: aí um deslocamento fixo acerta quase tudo,
    e acertar não mostra que a cabeça leu. Nos casos que sobram, olhar sempre para lá não serve.
    """
    counts = Counter(
        (relation.kind, relation.query - key) for relation in relations for key in relation.keys
    )
    commonest: dict[str, int] = {}
    # No empate, vale o mais curto.
    for (kind, offset), _ in sorted(counts.items(), key=lambda item: (-item[1], item[0][1])):
        commonest.setdefault(kind, offset)
    return [r for r in relations if r.query - commonest[r.kind] not in r.keys]


def _tokens_of(text: str, ends: Sequence[int], span: tuple[int, int]) -> list[int]:
    """Devolve os tokens que têm algum byte do trecho."""
    first, last = span
    if not 0 <= first < last <= len(text):
        raise ValueError(f"o trecho {span} não cabe no texto, que tem {len(text)} caracteres")
    low, high = len(text[:first].encode()), len(text[:last].encode())
    starts = [0, *ends[:-1]]
    return [
        i
        for i, (begin, end) in enumerate(zip(starts, ends, strict=True))
        if begin < high and end > low
    ]


def require_relations(relations: Sequence[TokenRelation], lengths: Sequence[int]) -> None:
    """Recusa relações que não cabem nos textos.

    Parâmetros:
        lengths: quantos tokens cada texto tem.

    Erros:
        ValueError: se não houver nenhuma, ou uma delas sair do texto ou olhar para o futuro.
    """
    if not relations:
        raise ValueError("não há relações para medir: a lista está vazia")
    for relation in relations:
        if not 0 <= relation.text < len(lengths):
            raise ValueError(
                f"{relation} fala do texto {relation.text}, e os textos vão de 0 a "
                f"{len(lengths) - 1}"
            )
        n_pos = lengths[relation.text]
        inside = 0 <= relation.query < n_pos and relation.keys
        if not inside or not 0 <= min(relation.keys) <= max(relation.keys) <= relation.query:
            raise ValueError(
                f"{relation}: a query fica entre 0 e {n_pos - 1}, e as keys, entre 0 e a query"
            )
