"""O que as peças da BPE aceitam, e a mensagem para o que não aceitam."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from helpers._bpe.text import BYTES, utf8

#: Regra de desempate → o que ela faz e a biblioteca que a usa.
TIE_RULES = {
    "largest_bytes": (
        "No empate, o maior par na ordem dos bytes: é o max(..., key=(contagem, par)) da "
        "subword-nmt."
    ),
    "first_seen": (
        "No empate, o par que aparece primeiro no texto: é o max(contagens, key=contagens.get) da "
        "minbpe."
    ),
    "smallest_ids": (
        "No empate, o par de menores ids, com os bytes numerados como no GPT-2: é a regra da "
        "tokenizers, da Hugging Face."
    ),
    "last_seen": (
        "No empate, o par cuja primeira aparição vem por último: é o que faz um laço com >= no "
        "lugar de >; não conhecemos biblioteca mantida que a use."
    ),
}


def require_tie_rule(tie_rule: str) -> None:
    """Recusa uma regra de desempate que não existe.

    Parâmetros:
        tie_rule: o nome recebido.

    Erros:
        ValueError: se não for uma das chaves de `TIE_RULES`.
    """
    if tie_rule not in TIE_RULES:
        accepted = ", ".join(TIE_RULES)
        raise ValueError(f"tie_rule={tie_rule!r} não existe; use uma destas: {accepted}.")


def require_training(
    vocab_size: int | None, min_freq: int, tie_rule: str, special_tokens: Sequence[str]
) -> None:
    """Recusa argumentos de treino fora do aceito.

    Parâmetros:
        vocab_size: tamanho final do vocabulário, ou `None`.
        min_freq: menor contagem para fundir.
        tie_rule: regra de desempate.
        special_tokens: textos dos tokens especiais.

    Erros:
        TypeError: se um número não for inteiro.
        ValueError: se um valor estiver fora do intervalo.
    """
    require_tie_rule(tie_rule)
    require_special_tokens(special_tokens)
    for name, value in (("vocab_size", vocab_size), ("min_freq", min_freq)):
        if not (isinstance(value, int) or (name == "vocab_size" and value is None)):
            raise TypeError(f"{name} deve ser um inteiro; veio {value!r}.")
    if min_freq < 1:
        raise ValueError(
            f"min_freq={min_freq} deve ser 1 ou mais: nenhum par aparece menos de 1 vez."
        )
    least = len(BYTES) + len(special_tokens)
    if vocab_size is not None and vocab_size < least:
        raise ValueError(
            f"vocab_size={vocab_size} deve ser pelo menos {least}: 256 bytes"
            + (f" e {len(special_tokens)} especiais." if special_tokens else ".")
        )


def require_special_tokens(special_tokens: Iterable[str]) -> None:
    """Recusa tokens especiais vazios, repetidos ou que não sejam texto.

    Parâmetros:
        special_tokens: os textos.

    Erros:
        TypeError: se não for uma sequência de `str`.
        ValueError: se houver vazio ou repetido.
    """
    if isinstance(special_tokens, str):
        raise TypeError(
            f"special_tokens deve ser uma lista de textos; para um só, use [{special_tokens!r}]."
        )
    seen = set()
    for token in special_tokens:
        if not isinstance(token, str):
            raise TypeError(f"token especial deve ser str; veio {token!r}.")
        if not token:
            raise ValueError("há um token especial vazio; tire-o, ou dê-lhe um texto.")
        if token in seen:
            raise ValueError(f"o token especial {token!r} está repetido; deixe-o uma vez só.")
        utf8(token)
        seen.add(token)


def number_tokens(merges: Iterable[tuple[bytes, bytes]]) -> dict[bytes, int]:
    """Numera os 256 bytes e depois os tokens aprendidos, conferindo se cada fusão é possível.

    Parâmetros:
        merges: as fusões, em ordem.

    Retorna:
        Token → id. Duas fusões que dão os mesmos bytes ficam com um id só.

    Erros:
        ValueError: se uma fusão usar token desconhecido ou estiver repetida.
    """
    ids = {token: number for number, token in enumerate(BYTES)}
    seen = set()
    for place, pair in enumerate(merges):
        for part in pair:
            if part not in ids:
                raise ValueError(
                    f"a fusão {place} usa {part!r}, que não é byte nem resultado de fusão anterior"
                )
        if pair in seen:
            raise ValueError(f"a fusão {place}, {pair!r}, está repetida")
        seen.add(pair)
        ids.setdefault(pair[0] + pair[1], len(ids))
    return ids


def require_ids(
    ids: Mapping[bytes, int], usual: Mapping[bytes, int], special_tokens: Mapping[str, int]
) -> None:
    """Recusa uma numeração que não combina com as fusões ou repete um id.

    Parâmetros:
        ids: token → id.
        usual: token → id, na numeração do curso; dá os tokens que devem existir.
        special_tokens: token especial → id.

    Erros:
        ValueError: se faltar ou sobrar token, ou se um id for negativo ou repetido.
    """
    if ids.keys() != usual.keys():
        missing, extra = usual.keys() - ids.keys(), ids.keys() - usual.keys()
        raise ValueError(
            f"os ids não combinam com as fusões: faltam {len(missing)} tokens e sobram "
            f"{len(extra)} (por exemplo, {min(missing or extra)!r})"
        )
    used = set()
    for token, number in (*ids.items(), *special_tokens.items()):
        if number < 0:
            raise ValueError(f"o id de {token!r} é {number}; ids são inteiros a partir de 0")
        if number in used:
            raise ValueError(f"o id {number} está em dois tokens; um deles é {token!r}")
        used.add(number)
