"""Atos: que atos podem vir agora, e o que fica no ar até que outro ato o resolva."""

from __future__ import annotations

from helpers._grammar.state import Story
from helpers._grammar.weights import ENDINGS, MIDDLES, OPENINGS

SHORTEST, LONGEST = 4, 8
FAMILIES = {
    "proverbio": "copia",
    "jogo": "copia",
    "musica": "copia",
    "numero": "copia",
    "visita": "chega",
    "descreve_coisa": "descreve",
    "descreve_comida": "descreve",
    "eco": "copia",
    "sente_bom": "sente",
    "sente_ruim": "sente",
    "sente_alivio": "sente",
    "perde_no_lugar": "perde",
}
# Estes atos deixam algo no ar, e só um outro o resolve.
FOLLOWED = {"acha": "entrega_achado", "bicho_some": "bicho_volta"}
# Quanto pesa terminar, conforme o número de frases já ditas.
ENDING_SCALE = {3: 1, 4: 2, 5: 4, 6: 12, 7: 100}


def endings(story: Story) -> list[tuple[str, int]]:
    """Devolve os fins que cabem no estado, para quando nada mais cabe.

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
    found = [(name, int(weight(story))) for name, weight in MIDDLES.items()]
    scale = ENDING_SCALE.get(story.sentences, 0)
    if scale:
        found += [(name, scale * weight) for name, weight in endings(story)]
    return [(name, weight) for name, weight in found if weight]
