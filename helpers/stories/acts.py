"""Atos: o que pode acontecer agora, e com que frequência.

Peso 0 quer dizer que o ato não faz sentido no estado: quem não tem não empresta, quem está não
chega. Os números só valem uns em relação aos outros.
"""

from __future__ import annotations

from collections.abc import Callable

from helpers.stories.state import State

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


# ------------------------------------------------------------------ condições


def in_hand(state: State) -> bool:
    """Diz se alguém está com o objeto."""
    return state.holder is not None and not state.eaten


def owns(state: State, kind: str) -> bool:
    """Diz se quem está com o objeto é o dono dele.

    Parâmetros:
        kind: "coisas", "comidas" ou "" para qualquer um.
    """
    return in_hand(state) and state.holder is state.owner and (not kind or state.thing.kind == kind)


def borrowed(state: State) -> bool:
    """Diz se quem está com o objeto precisa devolvê-lo."""
    return in_hand(state) and state.holder is not state.owner


def has_thing(state: State) -> bool:
    """Diz se há nas mãos de alguém um objeto que não se come."""
    return in_hand(state) and state.thing.kind == "coisas"


def known(state: State, kind: str) -> bool:
    """Diz se a história fala de um objeto deste tipo, e ele não está perdido.

    Parâmetros:
        kind: "coisas" ou "comidas".
    """
    return state.thing is not None and state.thing.kind == kind and not state.lost


def started(state: State, key: str) -> bool:
    """Diz se a história tem uma senha, um bicho ou uma lista.

    Parâmetros:
        key: "senha", "nome" ou "lista".
    """
    return key in state.memory


def can_give(state: State, kind: str) -> bool:
    """Diz se quem está com o objeto pode dá-lo: ninguém dá um presente que ganhou.

    Parâmetros:
        kind: "coisas" ou "comidas".
    """
    return owns(state, kind) and "presente" not in state.memory


# ------------------------------------------------------------------ pesos

Weight = Callable[[State], int]


def always(weight: int) -> Weight:
    """Devolve um peso que é sempre `weight`."""
    return lambda state: weight


def _arrive(state):
    return 20 if len(state.people) == 1 else 0


def _arrive_third(state):
    return 1 if len(state.people) == 2 else 0


def _trade_weight(state):
    fits = state.second and owns(state, "") and state.other_holder is not None
    return 3 if fits and state.holder is not state.other_holder else 0


def _opened(state):
    return 20 if "senha_abre" in state.done and not state.thing else 0


def _with(key, weight):
    return lambda state: weight if started(state, key) else 0


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


# ------------------------------------------------------------------ escolha


def family(act: str) -> str:
    """Devolve a família de um ato; sem outra, ele mesmo."""
    return FAMILIES.get(act, act)


def endings(state: State) -> list[tuple[str, int]]:
    """Devolve os fins que cabem no estado, com os pesos."""
    found = [(name, int(weight(state))) for name, weight in ENDINGS.items()]
    return [(name, weight) for name, weight in found if weight]


def possible(state: State) -> list[tuple[str, int]]:
    """Devolve os atos que podem vir agora, com os pesos; nada, se a história acabou."""
    if state.last.startswith("fim"):
        return []
    if not state.sentences:
        return [(name, weight(state)) for name, weight in OPENINGS.items()]
    if state.last in FOLLOWED:
        return [(FOLLOWED[state.last], 1)]
    chance = ENDING_CHANCE.get(state.sentences, 100)
    middles, ends = _middles(state), endings(state)
    scaled = _scale(middles, (100 - chance) * sum(weight for _, weight in ends))
    return scaled + _scale(ends, chance * sum(weight for _, weight in middles))


def _middles(state: State) -> list[tuple[str, int]]:
    found = []
    for name, weight in MIDDLES.items():
        times = 1 if family(name) in state.done else NOVELTY
        if family(name) != family(state.last):
            found.append((name, times * int(weight(state))))
    return [(name, weight) for name, weight in found if weight]


def _scale(acts: list[tuple[str, int]], by: int) -> list[tuple[str, int]]:
    return [(name, weight * by) for name, weight in acts if by]
