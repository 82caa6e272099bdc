"""Atos: que atos podem vir agora, e o que fica no ar até que outro ato o resolva."""

from __future__ import annotations

from helpers._grammar.state import Story
from helpers._grammar.weights import ENDINGS, MIDDLES, OPENINGS

SHORTEST = 3
# Um ato não vem logo depois de outro da mesma família.
FAMILIES = {
    "descreve_coisa": "descreve",
    "descreve_comida": "descreve",
    "sente_bom": "sente",
    "sente_vendo": "sente",
    "sente_ruim": "sente",
}
# Este ato deixa algo no ar, e só o outro o resolve.
FOLLOWED = {"bicho_some": "bicho_volta"}
# Chance de terminar, em %, conforme o número de frases já ditas; daí em diante, 100.
ENDING_CHANCE = {0: 0, 1: 0, 2: 12, 3: 40, 4: 60, 5: 75, 6: 80, 7: 95}
# Quanto mais pesa o que ainda não aconteceu.
NOVELTY = 6


def family(act: str) -> str:
    """Devolve a família de um ato; sem outra, ele mesmo.

    Parâmetros:
        act: nome do ato.
    """
    return FAMILIES.get(act, act)


def endings(story: Story) -> list[tuple[str, int]]:
    """Devolve os fins que cabem no estado, com os pesos.

    Parâmetros:
        story: o estado.
    """
    found = [(name, int(weight(story))) for name, weight in ENDINGS.items()]
    return [(name, weight) for name, weight in found if weight]


def possible(story: Story) -> list[tuple[str, int]]:
    """Devolve os atos que podem vir agora, com os pesos; nada, se a história acabou.

    Parâmetros:
        story: o estado.
    """
    if story.last.startswith("fim"):
        return []
    if not story.sentences:
        return [(name, weight(story)) for name, weight in OPENINGS.items()]
    if story.last in FOLLOWED:
        return [(FOLLOWED[story.last], 1)]
    chance = ENDING_CHANCE.get(story.sentences, 100)
    middles, ends = _middles(story), endings(story)
    scaled = _scale(middles, (100 - chance) * sum(weight for _, weight in ends))
    return scaled + _scale(ends, chance * sum(weight for _, weight in middles))


def _middles(story: Story) -> list[tuple[str, int]]:
    found = []
    for name, weight in MIDDLES.items():
        times = 1 if family(name) in story.done else NOVELTY
        if family(name) != family(story.last):
            found.append((name, times * int(weight(story))))
    return [(name, weight) for name, weight in found if weight]


def _scale(acts: list[tuple[str, int]], by: int) -> list[tuple[str, int]]:
    return [(name, weight * by) for name, weight in acts if by]
