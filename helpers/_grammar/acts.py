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


def _borrow_first(story, bound):
    story.holder, story.owner, story.donor = bound["A"], bound["B"], bound["B"]


def _pass_on(story, bound):
    story.move(bound["N"], keep_owner=True)
    story.donor = None


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
    finder = story.lost
    story.move(finder, keep_owner=True)
    story.donor = None
    story.feel(finder, "alivio")


def _trade(story, bound):
    story.thing, story.second = story.second, story.thing
    story.owner = story.holder


def _open_find(story, bound):
    story.holder = story.owner = bound["A"]


# ------------------------------------------------------------------ os atos

OPENINGS = (
    Act("abre_passeio", "começo", always(6), nothing),
    Act("abre_entrega", "começo", always(6), _deliver),
    Act("abre_emprestimo", "começo", always(4), _lend_first),
    Act("abre_pedido", "começo", always(3), _borrow_first),
    Act("abre_ganho", "começo", always(3), _win),
    Act("abre_comida", "começo", always(4), _own),
    Act("abre_coisa", "começo", always(3), _own),
    Act("abre_dois", "começo", always(6), _two),
    Act("abre_bicho", "começo", always(4), nothing),
    Act("abre_senha", "começo", always(4), nothing),
    Act("abre_lista", "começo", always(2), nothing),
)


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


def can_lend(story: Story) -> bool:
    """Diz se quem está com o objeto pode emprestá-lo: é dele, não é presente, e é a primeira vez.

    Parâmetros:
        story: o estado.
    """
    loans = {"pede", "empresta", "abre_emprestimo", "abre_pedido"}
    lent = story.done & loans or "presente" in story.memory
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


MIDDLES = (
    Act("chega", "meio", _arrive, nothing),
    Act("visita", "meio", _visit, nothing),
    Act("chega_outro", "meio", _arrive_third, nothing),
    Act("mostra", "meio", _show, nothing),
    Act("da", "meio", lambda s: 3 * can_give(s, "comidas") + can_give(s, "coisas"), _give),
    Act("pede", "meio", lambda s: 4 * can_lend(s) * (s.last != "guarda"), _lend),
    Act("empresta", "meio", lambda s: 3 * can_lend(s), _lend),
    Act("devolve", "meio", lambda s: 5 * borrowed(s) * (s.last != "acha"), _return),
    Act("passa", "meio", lambda s: 3 * borrowed(s) * (s.last != "acha"), _pass_on),
    Act("confirma", "meio", lambda s: borrowed(s) * ("confirma" not in s.done), nothing),
    Act("descreve_coisa", "meio", lambda s: 2 * _plain(s, "coisas"), nothing),
    Act("descreve_comida", "meio", lambda s: 3 * _plain(s, "comidas"), nothing),
    Act("ve", "meio", lambda s: 3 * _outdoors(s) * once("ve", 1)(s), nothing),
    Act("numero", "meio", once("copia", 1), nothing),
    Act("usa", "meio", lambda s: 3 * has_thing(s) * ("usa" not in s.done), nothing),
    Act("come", "meio", lambda s: 2 * owns(s, "comidas"), _eat),
    Act("divide", "meio", lambda s: 3 * owns(s, "comidas"), _share),
    Act("guarda", "meio", _store, _keep),
    Act("onde", "meio", _where, nothing),
    Act("perde", "meio", lambda s: 0 if s.place else _lose_weight(s), _lose),
    Act("perde_no_lugar", "meio", lambda s: 2 * _lose_weight(s) if s.place else 0, _lose),
    Act("procura", "meio", _search, nothing),
    Act("acha", "meio", lambda s: 5 if s.lost and s.sentences <= 5 else 0, _find),
    Act("acha_quem_perdeu", "meio", lambda s: 2 if s.lost else 0, _find_own),
    Act("entrega_achado", "meio", lambda s: s.last == "acha", _return_found),
    Act("troca", "meio", _trade_weight, _trade),
    Act("quem", "meio", _who, nothing),
    Act("quem_pergunta", "meio", lambda s: 2 * _who(s), nothing),
    Act("quem_outro", "meio", _who_other, nothing),
    Act("e_quem", "meio", lambda s: 8 * (s.last == "quem"), nothing),
    Act("agradece", "meio", _thanks, nothing),
    Act("sente_bom", "meio", _feels("bom"), nothing),
    Act("sente_ruim", "meio", _feels_bad, nothing),
    Act("sente_alivio", "meio", _feels("alivio"), nothing),
    Act("clima", "meio", _weather, nothing),
    Act("lugar", "meio", lambda s: 3 * (s.last == "abre_passeio"), nothing),
    Act("proverbio", "meio", once("copia", 1), nothing),
    Act("jogo", "meio", once("copia", 1), nothing),
    Act("musica", "meio", once("copia", 3), nothing),
    Act("eco", "meio", lambda s: 3 * _echoes(s) * once("copia", 1)(s), nothing),
    Act("senha_conta", "meio", _memory("senha", "senha_conta", 6), nothing),
    Act("senha_abre", "meio", _memory("senha", "senha_abre", 8), nothing),
    Act("senha_escreve", "meio", _memory("senha", "senha_escreve", 4), nothing),
    Act("senha_dentro", "meio", _opened, _open_find),
    Act("senha_muda", "meio", _change, nothing),
    Act("bicho_some", "meio", lambda s: _pet("bicho_some", 5)(s) * (s.sentences <= 4), nothing),
    Act("bicho_volta", "meio", lambda s: int(_pet_gone(s)), nothing),
    Act("bicho_brinca", "meio", _pet("bicho_brinca", 5), nothing),
    Act("bicho_visita", "meio", _pet("bicho_visita", 5), nothing),
    Act("bicho_adj", "meio", _pet("bicho_adj", 4), nothing),
    Act("bicho_adora", "meio", _pet("bicho_adora", 3), nothing),
    Act("lista_le", "meio", _memory("lista", "lista_le", 10), nothing),
    Act("lista_compra", "meio", lambda s: 10 * (s.last == "lista_le"), nothing),
    Act("lista_ajuda", "meio", lambda s: 6 * (s.last == "lista_compra"), nothing),
)


def _used(story):
    """Diz se a lista já foi lida e a senha já foi usada: terminar antes seria esquecê-las."""
    waits = ("lista", {"lista_le"}), ("senha", {"senha_abre", "senha_conta", "senha_escreve"})
    return all(not started(story, key) or story.done & acts for key, acts in waits)


def _ending(weight):
    def count(story):
        pending = story.lost or _pet_gone(story) or story.last == "acha"
        return 0 if pending or (story.sentences < 6 and not _used(story)) else weight

    return count


ENDINGS = (
    Act("fim_grupo", "fim", _ending(3), nothing),
    Act("fim_dia", "fim", _ending(1), nothing),
    Act("fim_um", "fim", lambda s: _ending(3)(s) * (len(s.people) == 1), nothing),
    Act("fim_quem", "fim", lambda s: _ending(3)(s) * in_hand(s) * moved(s), nothing),
    Act("fim_bicho", "fim", lambda s: 4 * _ending(started(s, "nome"))(s), nothing),
    Act("fim_senha", "fim", lambda s: _ending(4)(s) * started(s, "senha"), nothing),
    Act("fim_lista", "fim", lambda s: 4 * ("lista_compra" in s.done), nothing),
)
ACTS = {act.name: act for act in (*OPENINGS, *MIDDLES, *ENDINGS)}
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
    if story.last in FOLLOWED:
        return [(FOLLOWED[story.last], 1)]
    found = [(act.name, int(act.weight(story))) for act in MIDDLES]
    scale = ENDING_SCALE.get(story.sentences, 0)
    if scale:
        found += [(act.name, scale * int(act.weight(story))) for act in ENDINGS]
    return [(name, weight) for name, weight in found if weight]
