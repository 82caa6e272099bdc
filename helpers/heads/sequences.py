"""Textos sem sentido em que só a repetição ajuda: a prova de que uma cabeça copia.

Fonte:
    Olsson et al. (2022), "In-context Learning and Induction Heads", que repete um trecho sorteado.
    https://arxiv.org/abs/2209.11895. Aqui a distância entre as duas cópias muda de texto para
    texto: uma cabeça que olha sempre o mesmo número de tokens atrás não passa por indução.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Int
from torch import Tensor


def repeated_random_tokens(
    ids: int | Sequence[int],
    n_texts: int,
    length: int,
    generator: torch.Generator,
    max_gap: int | None = None,
) -> Int[Tensor, "batch pos"]:
    """Sorteia textos em que um trecho volta, igual, depois de um intervalo.

    Cada texto é enchimento, A, recheio, A. Os tokens do enchimento, de A e do recheio são todos
    diferentes: na segunda cópia de A, cada um tem uma só cópia anterior. O recheio do texto b tem
    `b % (max_gap + 1)` tokens, e o enchimento completa a largura: assim nem a posição nem a
    distância dizem onde está a cópia.

    Parâmetros:
        ids: quantos ids há (de 0 em diante), ou quais podem ser sorteados.
        n_texts: quantos textos.
        length: tamanho de A, em tokens.
        generator: de onde sai o sorteio.
        max_gap: maior recheio, em tokens; sem valor, `length`.

    Retorna:
        Ids; cada texto tem `2 * length + max_gap` posições.

    Erros:
        ValueError: se um tamanho não servir ou faltarem ids diferentes.
    """
    pool = torch.arange(ids) if isinstance(ids, int) else torch.tensor(sorted(set(ids)))
    max_gap = length if max_gap is None else max_gap
    if n_texts < 1 or length < 1 or max_gap < 0:
        raise ValueError(
            f"n_texts={n_texts} e length={length} devem ser pelo menos 1, e max_gap={max_gap}, "
            "pelo menos 0"
        )
    if len(pool) < length + max_gap:
        raise ValueError(
            f"há {len(pool)} ids, e cada texto pede length + max_gap = {length + max_gap} "
            "diferentes; diminua um dos dois"
        )
    rows = []
    for text in range(n_texts):
        drawn = pool[torch.randperm(len(pool), generator=generator)[: length + max_gap]]
        again, rest = drawn[:length], drawn[length:]
        cut = max_gap - text % (max_gap + 1)
        rows.append(torch.cat([rest[:cut], again, rest[cut:], again]))
    return torch.stack(rows)
