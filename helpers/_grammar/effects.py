"""Efeitos: o que cada ato muda no estado da história."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from helpers._grammar.state import Story

Bound = Mapping[str, Any]
Effect = Callable[[Story, Bound], None]


def _own(story, bound):
    story.holder = story.owner = bound.get("A") or story.people[0]


def _deliver(story, bound):
    story.holder, story.owner, story.donor = bound["B"], bound["B"], bound["A"]
    story.memory["presente"] = True


def _lend_first(story, bound):
    story.holder, story.owner, story.donor = bound["B"], bound["A"], bound["A"]


def _win(story, bound):
    story.holder = story.owner = bound["A"]
    story.donor = bound["B"]
    story.memory["presente"] = True


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


def _lend(story, bound):
    story.move(bound["N"], keep_owner=True)


def _return(story, bound):
    story.move(bound["W"], keep_owner=False)


def _eat(story, bound):
    story.eaten, story.donor = True, None


def _share(story, bound):
    story.eaten, story.donor = True, None


def _keep(story, bound):
    story.memory["onde"] = bound["onde"]


def _lose(story, bound):
    story.lost, story.holder, story.donor = story.holder, None, None
    story.memory.pop("onde", None)


def _find(story, bound):
    story.owner = story.owner or story.lost
    story.move(bound["N"], keep_owner=True)
    story.donor = None


def _find_own(story, bound):
    finder = story.lost
    story.move(finder, keep_owner=True)
    story.donor = None


def _trade(story, bound):
    story.thing, story.second = story.second, story.thing
    story.owner = story.holder


def _open_find(story, bound):
    story.holder = story.owner = bound["X"]


# Os atos que não estão aqui contam algo sem mudar quem tem o quê.
AFTER: dict[str, Effect] = {
    "abre_entrega": _deliver,
    "abre_emprestimo": _lend_first,
    "abre_pedido": _borrow_first,
    "abre_ganho": _win,
    "abre_compra": _own,
    "abre_dois": _two,
    "da": _give,
    "pede": _lend,
    "empresta": _lend,
    "devolve": _return,
    "passa": _pass_on,
    "come": _eat,
    "divide": _share,
    "guarda": _keep,
    "perde": _lose,
    "acha": _find,
    "acha_quem_perdeu": _find_own,
    "troca": _trade,
    "senha_dentro": _open_find,
}
