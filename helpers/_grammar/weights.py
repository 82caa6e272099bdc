"""Pesos: com que frequência cada ato acontece, em cada estado da história.

Peso 0 quer dizer que o ato não faz sentido no estado: quem não tem não empresta, quem está não
chega. Os números só valem uns em relação aos outros.
"""

from __future__ import annotations

from collections.abc import Callable

from helpers._grammar.conditions import (
    borrowed,
    can_give,
    has_thing,
    in_hand,
    known,
    owns,
    started,
)
from helpers._grammar.state import Story

Weight = Callable[[Story], int]


def always(weight: int) -> Weight:
    """Devolve um peso que não depende do estado.

    Parâmetros:
        weight: o peso.
    """
    return lambda story: weight


def _arrive(story):
    return 20 if len(story.people) == 1 else 0


def _arrive_third(story):
    return 1 if len(story.people) == 2 else 0


def _trade_weight(story):
    fits = story.second and owns(story, "") and story.other_holder is not None
    return 3 if fits and story.holder is not story.other_holder else 0


def _opened(story):
    return 20 if "senha_abre" in story.done and not story.thing else 0


def _with(key, weight):
    return lambda story: weight if started(story, key) else 0


OPENINGS: dict[str, Weight] = {
    "abre_passeio": always(6),
    "abre_entrega": always(8),
    "abre_emprestimo": always(4),
    "abre_pedido": always(3),
    "abre_ganho": always(3),
    "abre_compra": always(6),
    "abre_dois": always(5),
    "abre_bicho": always(4),
    "abre_senha": always(4),
    "abre_lista": always(3),
}


MIDDLES: dict[str, Weight] = {
    "chega": _arrive,
    "chega_outro": _arrive_third,
    "mostra": lambda s: in_hand(s),
    "da": lambda s: 3 * can_give(s, "comidas") + can_give(s, "coisas"),
    "pede": lambda s: 3 * owns(s, "coisas"),
    "empresta": lambda s: 2 * owns(s, "coisas"),
    "devolve": lambda s: 5 * borrowed(s),
    "passa": lambda s: borrowed(s),
    "descreve_coisa": lambda s: known(s, "coisas"),
    "descreve_comida": lambda s: known(s, "comidas"),
    "ve": always(1),
    "numero": always(1),
    "usa": lambda s: 4 * has_thing(s),
    "come": lambda s: 2 * owns(s, "comidas"),
    "divide": lambda s: 3 * owns(s, "comidas"),
    "guarda": lambda s: 2 * in_hand(s),
    "onde": lambda s: 8 * (in_hand(s) and "onde" in s.memory),
    "perde": lambda s: 2 * has_thing(s),
    "procura": lambda s: 8 if s.lost else 0,
    "acha": lambda s: 10 if s.lost else 0,
    "acha_quem_perdeu": lambda s: 6 if s.lost else 0,
    "troca": _trade_weight,
    "quem": lambda s: 4 * in_hand(s),
    "quem_outro": always(3),
    "agradece": lambda s: 4 * in_hand(s),
    "abraca": always(1),
    "sente_bom": lambda s: 0 if s.lost else 3,
    "sente_vendo": lambda s: 2 * in_hand(s),
    "sente_ruim": lambda s: 6 if s.lost else 0,
    "clima": always(2),
    "lugar": always(4),
    "proverbio": always(1),
    "jogo": always(1),
    "musica": always(3),
    "refrao": always(4),
    "eco": always(1),
    "senha_conta": _with("senha", 6),
    "senha_abre": _with("senha", 8),
    "senha_escreve": _with("senha", 4),
    "senha_dentro": _opened,
    "bicho_some": _with("nome", 5),
    "bicho_volta": always(0),
    "bicho_brinca": _with("nome", 5),
    "bicho_visita": _with("nome", 5),
    "bicho_adj": _with("nome", 4),
    "bicho_adora": _with("nome", 2),
    "lista_le": _with("lista", 10),
    "lista_compra": _with("lista", 10),
    "lista_ajuda": lambda s: 20 * ("lista_compra" in s.done),
}


ENDINGS: dict[str, Weight] = {
    "fim_grupo": always(4),
    "fim_contente": lambda s: 0 if s.lost else 4,
    "fim_dia": lambda s: 0 if s.lost else 1,
    "fim_um": lambda s: 0 if s.lost else 1,
    "fim_quem": lambda s: 4 * in_hand(s),
    "fim_perdido": lambda s: 6 if s.lost else 0,
    "fim_bicho": _with("nome", 4),
    "fim_senha": lambda s: 4 * (started(s, "senha") and s.last != "abre_senha"),
    "fim_lista": _with("lista", 3),
}
