"""Atos: o que pode acontecer em cada estado da história e o que cada ato muda."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from helpers._grammar.state import Story

Bound = Mapping[str, Any]
SHORTEST, LONGEST = 4, 8


@dataclass(frozen=True)
class Act:
    """Um ato: em que parte da história cabe, com que peso, e o que muda."""

    name: str
    part: str
    weight: Callable[[Story], int]
    after: Callable[[Story, Bound], None]


def nothing(story: Story, bound: Bound) -> None:
    """Não muda nada.

    Parâmetros:
        story: o estado.
        bound: o que a frase disse.
    """


def always(weight: int) -> Callable[[Story], int]:
    """Devolve um peso que não depende do estado.

    Parâmetros:
        weight: o peso.
    """
    return lambda story: weight


def once(name: str, weight: int) -> Callable[[Story], int]:
    """Devolve um peso que vale só enquanto o ato não aconteceu.

    Parâmetros:
        name: o ato, ou uma família de atos que só aparece uma vez por história.
        weight: o peso antes disso.
    """
    return lambda story: 0 if name in story.done or story.lost else weight


# ------------------------------------------------------------------ perguntas sobre o estado


def in_hand(story: Story) -> bool:
    """Diz se alguém está com o objeto.

    Parâmetros:
        story: o estado.
    """
    return story.holder is not None and not story.eaten


def owns(story: Story, kind: str) -> bool:
    """Diz se quem está com o objeto é o dono dele.

    Parâmetros:
        story: o estado.
        kind: "coisas", "comidas" ou "" para qualquer um.
    """
    return in_hand(story) and story.holder is story.owner and (not kind or story.thing.kind == kind)


def borrowed(story: Story) -> bool:
    """Diz se quem está com o objeto precisa devolvê-lo.

    Parâmetros:
        story: o estado.
    """
    return in_hand(story) and story.holder is not story.owner


def has_thing(story: Story) -> bool:
    """Diz se há nas mãos de alguém um objeto que não se come.

    Parâmetros:
        story: o estado.
    """
    return in_hand(story) and story.thing.kind == "coisas"


def has_food(story: Story) -> bool:
    """Diz se há comida nas mãos de alguém.

    Parâmetros:
        story: o estado.
    """
    return in_hand(story) and story.thing.kind == "comidas"


def started(story: Story, key: str) -> bool:
    """Diz se a história tem uma senha, um bicho ou uma lista.

    Parâmetros:
        story: o estado.
        key: "senha", "nome" ou "lista".
    """
    return key in story.memory


# ------------------------------------------------------------------ o que os atos mudam


def _own(story, bound):
    story.holder = story.owner = bound.get("A") or story.people[0]


def _deliver(story, bound):
    story.holder, story.owner, story.donor = bound["B"], bound["B"], bound["A"]
    story.memory["presente"] = True
    story.feel(bound["B"], "bom")


def _lend_first(story, bound):
    story.holder, story.owner, story.donor = bound["B"], bound["A"], bound["A"]


def _win(story, bound):
    story.holder = story.owner = bound["A"]
    story.donor = bound["B"]
    story.memory["presente"] = True
    story.feel(bound["A"], "bom")


def _two(story, bound):
    story.holder = story.owner = bound["A"]
    story.other_holder = bound["B"]


def _give(story, bound):
    story.move(bound["N"], keep_owner=False)
    story.memory["presente"] = True
    story.feel(bound["N"], "bom")


def _lend(story, bound):
    story.move(bound["N"], keep_owner=True)
    story.feel(bound["N"], "bom")


def _return(story, bound):
    story.move(bound["W"], keep_owner=False)
    story.donor = None
    story.feel(bound["W"], "bom")


def _return_found(story, bound):
    finder = story.holder
    story.move(bound["W"], keep_owner=False)
    story.donor = finder
    story.feel(bound["W"], "alivio")


def _eat(story, bound):
    story.eaten, story.donor = True, None
    story.feel(bound["H"], "bom")


def _share(story, bound):
    story.eaten, story.donor = True, None
    story.feel(bound["N"], "bom")


def _keep(story, bound):
    story.memory["onde"] = bound["onde"]


def _lose(story, bound):
    story.lost, story.holder = story.holder, None
    story.memory.pop("onde", None)
    story.feel(story.lost, "ruim")


def _find(story, bound):
    story.owner = story.owner or story.lost
    story.move(bound["N"], keep_owner=True)
    story.donor = None


def _find_own(story, bound):
    story.move(bound["U"], keep_owner=True)
    story.donor = None
    story.feel(bound["U"], "alivio")


def _trade(story, bound):
    story.thing, story.second = story.second, story.thing
    story.owner = story.holder


def _open_find(story, bound):
    story.holder = story.owner = bound["A"]


# ------------------------------------------------------------------ os atos

OPENINGS = (
    Act("abre_passeio", "começo", always(6), nothing),
    Act("abre_entrega", "começo", always(6), _deliver),
    Act("abre_emprestimo", "começo", always(3), _lend_first),
    Act("abre_ganho", "começo", always(2), _win),
    Act("abre_comida", "começo", always(4), _own),
    Act("abre_coisa", "começo", always(3), _own),
    Act("abre_dois", "começo", always(6), _two),
    Act("abre_bicho", "começo", always(4), nothing),
    Act("abre_senha", "começo", always(4), nothing),
    Act("abre_lista", "começo", always(3), nothing),
)


def _arrive(story):
    return 12 if len(story.people) == 1 and not story.lost else 0


def _arrive_third(story):
    return 1 if len(story.people) == 2 and story.sentences < 4 and not story.lost else 0


def can_lend(story: Story) -> bool:
    """Diz se quem está com o objeto pode emprestá-lo: é dele, não é presente, e é a primeira vez.

    Parâmetros:
        story: o estado.
    """
    lent = story.done & {"pede", "empresta"} or "presente" in story.memory
    return owns(story, "coisas") and not lent


def can_give(story: Story, kind: str) -> bool:
    """Diz se quem está com o objeto pode dá-lo: ninguém dá o que acabou de ganhar.

    Parâmetros:
        story: o estado.
        kind: "coisas" ou "comidas".
    """
    return owns(story, kind) and "presente" not in story.memory and story.last != "devolve"


def _lose_weight(story):
    small = has_thing(story) and story.thing.fits != "garagem"
    fits = small and story.sentences <= 3 and "perde" not in story.done
    return 2 if fits and "onde" not in story.memory and story.last != "devolve" else 0


MOVES = {"da", "pede", "empresta", "devolve", "abre_entrega", "abre_emprestimo", "entrega_achado"}


def moved(story: Story) -> bool:
    """Diz se vale perguntar com quem está o objeto: ele mudou de mãos, ou há dois.

    Parâmetros:
        story: o estado.
    """
    return bool(story.done & MOVES) or story.second is not None


def _who(story):
    asked = story.done & {"quem", "quem_pergunta"}
    return 3 if in_hand(story) and moved(story) and not asked else 0


def _who_other(story):
    if "quem_outro" in story.done or story.lost:
        return 0
    return 5 if story.last == "quem" else 2


def _thanks(story):
    return 6 if in_hand(story) and story.donor and story.holder is story.feeler else 0


def _feels(mood):
    return lambda story: 4 if story.mood == mood and "sente" not in story.done else 0


def _feels_bad(story):
    return 3 if story.mood == "ruim" and story.sentences <= 4 else 0


def _search(story):
    return 5 if story.lost and story.sentences <= 4 and "procura" not in story.done else 0


def _show(story):
    new = story.done <= {story.last, "chega"} and "presente" not in story.memory
    fits = in_hand(story) and new and "mostra" not in story.done
    return 2 if fits else 0


def _store(story):
    fits = owns(story, "") and "guarda" not in story.done and story.last != "guarda"
    return 2 if fits else 0


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
    return 2 if fits and (story.place is None or _outdoors(story)) else 0


def _outdoors(story):
    return story.place is not None and story.place.extra != "dentro"


def _change(story):
    return 3 if story.last in ("senha_conta", "senha_abre") and story.sentences < 5 else 0


def _pet_gone(story):
    return started(story, "nome") and story.last == "bicho_some"


def _pet(name, weight):
    def count(story):
        free = started(story, "nome") and name not in story.done and not _pet_gone(story)
        return weight if free and len(story.people) else 0

    return count


MIDDLES = (
    Act("chega", "meio", _arrive, nothing),
    Act("chega_outro", "meio", _arrive_third, nothing),
    Act("mostra", "meio", _show, nothing),
    Act("da", "meio", lambda s: 3 * can_give(s, "comidas") + can_give(s, "coisas"), _give),
    Act("pede", "meio", lambda s: 4 * can_lend(s) * (s.last != "guarda"), _lend),
    Act("empresta", "meio", lambda s: 3 * can_lend(s), _lend),
    Act("devolve", "meio", lambda s: 5 * borrowed(s) * (s.last != "acha"), _return),
    Act("usa", "meio", lambda s: 3 * has_thing(s) * ("usa" not in s.done), nothing),
    Act("come", "meio", lambda s: 2 * owns(s, "comidas"), _eat),
    Act("divide", "meio", lambda s: 3 * owns(s, "comidas"), _share),
    Act("guarda", "meio", _store, _keep),
    Act("onde", "meio", _where, nothing),
    Act("perde", "meio", lambda s: 0 if s.place else _lose_weight(s), _lose),
    Act("perde_no_lugar", "meio", lambda s: 2 * _lose_weight(s) if s.place else 0, _lose),
    Act("procura", "meio", _search, nothing),
    Act("acha", "meio", lambda s: 5 if s.lost else 0, _find),
    Act("acha_quem_perdeu", "meio", lambda s: 2 if s.lost else 0, _find_own),
    Act("entrega_achado", "meio", lambda s: 30 * (s.last == "acha"), _return_found),
    Act("troca", "meio", _trade_weight, _trade),
    Act("quem", "meio", _who, nothing),
    Act("quem_pergunta", "meio", lambda s: 2 * _who(s), nothing),
    Act("quem_outro", "meio", _who_other, nothing),
    Act("agradece", "meio", _thanks, nothing),
    Act("sente_bom", "meio", _feels("bom"), nothing),
    Act("sente_ruim", "meio", _feels_bad, nothing),
    Act("sente_alivio", "meio", _feels("alivio"), nothing),
    Act("clima", "meio", _weather, nothing),
    Act("lugar", "meio", lambda s: 3 * (s.last == "abre_passeio"), nothing),
    Act("proverbio", "meio", once("copia", 1), nothing),
    Act("jogo", "meio", once("copia", 2), nothing),
    Act("musica", "meio", once("copia", 2), nothing),
    Act("eco", "meio", lambda s: 2 * _outdoors(s) * once("copia", 1)(s), nothing),
    Act("senha_conta", "meio", _memory("senha", "senha_conta", 6), nothing),
    Act("senha_abre", "meio", _memory("senha", "senha_abre", 8), nothing),
    Act("senha_dentro", "meio", _opened, _open_find),
    Act("senha_muda", "meio", _change, nothing),
    Act("bicho_some", "meio", lambda s: _pet("bicho_some", 5)(s) * (s.sentences <= 4), nothing),
    Act("bicho_volta", "meio", lambda s: 30 * _pet_gone(s), nothing),
    Act("bicho_brinca", "meio", _pet("bicho_brinca", 5), nothing),
    Act("bicho_visita", "meio", _pet("bicho_visita", 5), nothing),
    Act("bicho_adj", "meio", _pet("bicho_adj", 4), nothing),
    Act("bicho_adora", "meio", _pet("bicho_adora", 3), nothing),
    Act("lista_le", "meio", _memory("lista", "lista_le", 10), nothing),
    Act("lista_compra", "meio", lambda s: 10 * (s.last == "lista_le"), nothing),
    Act("lista_ajuda", "meio", lambda s: 6 * (s.last == "lista_compra"), nothing),
)


def _ending(weight):
    def count(story):
        pending = story.lost or _pet_gone(story) or story.last == "acha"
        return 0 if pending else weight

    return count


ENDINGS = (
    Act("fim_grupo", "fim", _ending(3), nothing),
    Act("fim_um", "fim", lambda s: _ending(3)(s) * (len(s.people) == 1), nothing),
    Act("fim_quem", "fim", lambda s: _ending(4)(s) * in_hand(s) * moved(s), nothing),
    Act("fim_bicho", "fim", lambda s: 4 * _ending(started(s, "nome"))(s), nothing),
    Act("fim_senha", "fim", lambda s: 4 * started(s, "senha"), nothing),
    Act("fim_lista", "fim", lambda s: 4 * ("lista_compra" in s.done), nothing),
)
ACTS = {act.name: act for act in (*OPENINGS, *MIDDLES, *ENDINGS)}
FAMILIES = {
    "proverbio": "copia",
    "jogo": "copia",
    "musica": "copia",
    "eco": "copia",
    "sente_bom": "sente",
    "sente_ruim": "sente",
    "sente_alivio": "sente",
    "perde_no_lugar": "perde",
}
# Quanto pesa terminar, conforme o número de frases já ditas.
ENDING_SCALE = {3: 1, 4: 2, 5: 4, 6: 12, 7: 100}


def endings(story: Story) -> list[tuple[str, int]]:
    """Devolve os fins que cabem no estado, para quando nada mais cabe.

    Parâmetros:
        story: o estado.
    """
    found = [(act.name, int(act.weight(story))) for act in ENDINGS]
    return [(name, weight) for name, weight in found if weight]


def possible(story: Story) -> list[tuple[str, int]]:
    """Devolve os atos que podem vir agora, com os pesos; nada, se a história acabou.

    Parâmetros:
        story: o estado.
    """
    if story.last.startswith("fim"):
        return []
    if not story.sentences:
        return [(act.name, act.weight(story)) for act in OPENINGS]
    found = [(act.name, int(act.weight(story))) for act in MIDDLES]
    scale = ENDING_SCALE.get(story.sentences, 0)
    if scale:
        found += [(act.name, scale * int(act.weight(story))) for act in ENDINGS]
    return [(name, weight) for name, weight in found if weight]
