"""Pesos: com que frequência cada ato acontece, em cada estado da história.

Peso 0 quer dizer que o ato não cabe. Os números só valem uns em relação aos outros.
"""

from __future__ import annotations

from collections.abc import Callable

from helpers._grammar.conditions import (
    borrowed,
    can_give,
    can_lend,
    has_thing,
    in_hand,
    moved,
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


def once(name: str, weight: int) -> Weight:
    """Devolve um peso que vale só enquanto o ato não aconteceu.

    Parâmetros:
        name: o ato, ou uma família de atos que só aparece uma vez por história.
        weight: o peso antes disso.
    """
    return lambda story: 0 if name in story.done or story.lost else weight


def _arrive(story):
    return 12 if len(story.people) == 1 and not story.lost else 0


def _visit(story):
    home = story.place is None and not started(story, "lista")
    return 4 if home and len(story.people) == 1 and not story.lost else 0


def _plain(story, kind):
    fits = in_hand(story) and story.thing.kind == kind and not story.thing.adjective
    return fits and not story.done & {"descreve", "perde", "troca"}


def _arrive_third(story):
    return 2 if len(story.people) == 2 and story.sentences < 4 and not story.lost else 0


def _lose_weight(story):
    small = has_thing(story) and story.thing.fits != "garagem"
    fits = small and story.sentences <= 3 and "perde" not in story.done
    return 2 if fits and "onde" not in story.memory and story.last != "devolve" else 0


def _who(story):
    asked = story.done & {"quem", "quem_pergunta"}
    return 3 if in_hand(story) and moved(story) and not asked else 0


def _who_other(story):
    return 2 if story.done.isdisjoint({"quem_outro", "quem"}) and not story.lost else 0


def _thanks(story):
    return 6 if in_hand(story) and story.donor and story.holder is story.feeler else 0


def _feels(mood):
    return lambda story: 6 if story.mood == mood and "sente" not in story.done else 0


def _feels_bad(story):
    return 3 if story.mood == "ruim" and story.sentences <= 4 else 0


def _search(story):
    return 5 if story.lost and story.sentences <= 4 and "procura" not in story.done else 0


def _show(story):
    new = story.done <= {story.last, "chega"} and "presente" not in story.memory
    fits = in_hand(story) and new and "mostra" not in story.done
    return 2 if fits else 0


def _store(story):
    portable = owns(story, "") and (story.thing.fits != "garagem" or story.place is None)
    return 2 if portable and "guarda" not in story.done else 0


def _where(story):
    return 5 if "onde" in story.memory and "onde" not in story.done else 0


def _memory(key, name, weight):
    return lambda story: weight if started(story, key) and name not in story.done else 0


def _opened(story):
    return 3 if "senha_abre" in story.done and not story.thing else 0


def _trade_weight(story):
    fits = story.second and owns(story, "") and story.holder is not story.other_holder
    return 3 if fits and not story.done & {"troca", "pede", "empresta"} else 0


def _weather(story):
    fits = story.sentences < 3 and "clima" not in story.done and not story.lost
    return 3 if fits and (story.place is None or _outdoors(story)) else 0


def _outdoors(story):
    return story.place is not None and story.place.extra != "dentro"


def _echoes(story):
    return story.place is not None and story.place.extra == "mato"


def _change(story):
    used = story.last in ("senha_conta", "senha_abre", "senha_escreve")
    return 2 if used and story.sentences < 5 and "senha_muda" not in story.done else 0


def _pet_gone(story):
    return started(story, "nome") and story.last == "bicho_some"


def _pet(name, weight):
    def count(story):
        free = started(story, "nome") and name not in story.done and not _pet_gone(story)
        return weight if free and len(story.people) else 0

    return count


def _used(story):
    """Diz se a lista já foi lida e a senha já foi usada: terminar antes seria esquecê-las."""
    waits = ("lista", {"lista_le"}), ("senha", {"senha_abre", "senha_conta", "senha_escreve"})
    return all(not started(story, key) or story.done & acts for key, acts in waits)


def _ending(weight):
    def count(story):
        pending = story.lost or _pet_gone(story) or story.last == "acha"
        return 0 if pending or (story.sentences < 6 and not _used(story)) else weight

    return count


OPENINGS: dict[str, Weight] = {
    "abre_passeio": always(6),
    "abre_entrega": always(6),
    "abre_emprestimo": always(4),
    "abre_pedido": always(3),
    "abre_ganho": always(3),
    "abre_comida": always(4),
    "abre_coisa": always(3),
    "abre_dois": always(6),
    "abre_bicho": always(4),
    "abre_senha": always(4),
    "abre_lista": always(2),
}


MIDDLES: dict[str, Weight] = {
    "chega": _arrive,
    "visita": _visit,
    "chega_outro": _arrive_third,
    "mostra": _show,
    "da": lambda s: 3 * can_give(s, "comidas") + can_give(s, "coisas"),
    "pede": lambda s: 4 * can_lend(s) * (s.last != "guarda"),
    "empresta": lambda s: 3 * can_lend(s),
    "devolve": lambda s: 5 * borrowed(s) * (s.last != "acha"),
    "passa": lambda s: 3 * borrowed(s) * (s.last != "acha"),
    "confirma": lambda s: borrowed(s) * ("confirma" not in s.done),
    "descreve_coisa": lambda s: 2 * _plain(s, "coisas"),
    "descreve_comida": lambda s: 3 * _plain(s, "comidas"),
    "ve": lambda s: 3 * _outdoors(s) * once("ve", 1)(s),
    "numero": once("copia", 1),
    "usa": lambda s: 3 * has_thing(s) * ("usa" not in s.done),
    "come": lambda s: 2 * owns(s, "comidas"),
    "divide": lambda s: 3 * owns(s, "comidas"),
    "guarda": _store,
    "onde": _where,
    "perde": lambda s: 0 if s.place else _lose_weight(s),
    "perde_no_lugar": lambda s: 2 * _lose_weight(s) if s.place else 0,
    "procura": _search,
    "acha": lambda s: 5 if s.lost and s.sentences <= 5 else 0,
    "acha_quem_perdeu": lambda s: 2 if s.lost else 0,
    "entrega_achado": lambda s: s.last == "acha",
    "troca": _trade_weight,
    "quem": _who,
    "quem_pergunta": lambda s: 2 * _who(s),
    "quem_outro": _who_other,
    "e_quem": lambda s: 8 * (s.last == "quem"),
    "agradece": _thanks,
    "sente_bom": _feels("bom"),
    "sente_ruim": _feels_bad,
    "sente_alivio": _feels("alivio"),
    "clima": _weather,
    "lugar": lambda s: 3 * (s.last == "abre_passeio"),
    "proverbio": once("copia", 1),
    "jogo": once("copia", 1),
    "musica": once("copia", 5),
    "eco": lambda s: 3 * _echoes(s) * once("copia", 1)(s),
    "senha_conta": _memory("senha", "senha_conta", 6),
    "senha_abre": _memory("senha", "senha_abre", 8),
    "senha_escreve": _memory("senha", "senha_escreve", 4),
    "senha_dentro": _opened,
    "senha_muda": _change,
    "bicho_some": lambda s: _pet("bicho_some", 5)(s) * (s.sentences <= 4),
    "bicho_volta": lambda s: int(_pet_gone(s)),
    "bicho_brinca": _pet("bicho_brinca", 5),
    "bicho_visita": _pet("bicho_visita", 5),
    "bicho_adj": _pet("bicho_adj", 4),
    "bicho_adora": _pet("bicho_adora", 3),
    "lista_le": _memory("lista", "lista_le", 10),
    "lista_compra": lambda s: 10 * (s.last == "lista_le"),
    "lista_ajuda": lambda s: 6 * (s.last == "lista_compra"),
}


ENDINGS: dict[str, Weight] = {
    "fim_grupo": _ending(3),
    "fim_dia": _ending(1),
    "fim_um": lambda s: _ending(3)(s) * (len(s.people) == 1),
    "fim_quem": lambda s: _ending(3)(s) * in_hand(s) * moved(s),
    "fim_bicho": lambda s: 4 * _ending(started(s, "nome"))(s),
    "fim_senha": lambda s: _ending(4)(s) * started(s, "senha"),
    "fim_lista": lambda s: 4 * ("lista_compra" in s.done),
}
