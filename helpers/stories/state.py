"""Estado da história: quem está nela, quem está com o quê, e o que cada ato muda nisso."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from helpers.stories.lexicon import Noun, Person, Thing

ORDER = "ABC"
PERSON_ROLES = "ABCXYHWNUDK"


class State:
    """O que é verdade até aqui; cada ato lido ou sorteado muda isto e nada mais."""

    __slots__ = (
        "done",
        "donor",
        "eaten",
        "holder",
        "last",
        "lost",
        "memory",
        "other_holder",
        "owner",
        "people",
        "place",
        "second",
        "sentences",
        "thing",
    )

    def __init__(self) -> None:
        self.people: list[Person] = []
        self.thing: Thing | None = None
        self.holder: Person | None = None
        self.owner: Person | None = None
        self.lost: Person | None = None
        self.eaten = False
        self.second: Thing | None = None
        self.other_holder: Person | None = None
        self.place: Noun | None = None
        self.donor: Person | None = None
        self.memory: dict[str, Any] = {}
        self.sentences = 0
        self.last = ""
        self.done: frozenset[str] = frozenset()

    def copy(self) -> State:
        """Devolve uma cópia que se pode mudar sem mexer nesta."""
        other = State.__new__(State)
        for name in self.__slots__:
            setattr(other, name, getattr(self, name))
        other.people, other.memory = list(self.people), dict(self.memory)
        return other

    def candidates(self, role: str) -> list[Person]:
        """Devolve quem pode ter este papel agora.

        Parâmetros:
            role: uma letra: A, B, C (ordem de entrada), X, Y, H, W, N, U, D ou K.
        """
        if role in ORDER:
            index = ORDER.index(role)
            return self.people[index : index + 1]
        if role in "XY":
            return self.people if role == "X" or len(self.people) > 1 else []
        if role == "N":
            return [person for person in self.people if person not in (self.holder, self.lost)]
        owner = self.owner if self.owner is not self.holder and not self.lost else None
        person = {
            "H": self.holder,
            "W": owner,
            "U": self.lost,
            "D": self.donor,
            "K": self.other_holder,
        }[role]
        return [person] if person else []

    def roles(self) -> frozenset[str]:
        """Devolve os papéis que alguém ou algo pode ter agora."""
        found = {role for role in PERSON_ROLES if self.candidates(role)}
        found |= {"G"} if len(self.people) > 1 else set()
        found |= {"O"} if self.thing else set()
        found |= {"P"} if self.second else set()
        found |= {"L"} if self.place else set()
        return frozenset(found)

    def move(self, to: Person, *, keep_owner: bool) -> None:
        """Passa o objeto para outra pessoa; num empréstimo, o dono continua o mesmo."""
        self.donor, self.holder = self.holder or self.lost, to
        self.lost = None
        self.memory.pop("onde", None)
        if not keep_owner:
            self.owner = to


# ------------------------------------------------------------------ o que cada ato muda

Bound = Mapping[str, Any]


def _own(state, bound):
    state.holder = state.owner = bound.get("A") or state.people[0]


def _deliver(state, bound):
    state.holder, state.owner, state.donor = bound["B"], bound["B"], bound["A"]
    state.memory["presente"] = True


def _lend_first(state, bound):
    state.holder, state.owner, state.donor = bound["B"], bound["A"], bound["A"]


def _win(state, bound):
    state.holder = state.owner = bound["A"]
    state.donor = bound["B"]
    state.memory["presente"] = True


def _borrow_first(state, bound):
    state.holder, state.owner, state.donor = bound["A"], bound["B"], bound["B"]


def _pass_on(state, bound):
    state.move(bound["N"], keep_owner=True)
    state.donor = None


def _two(state, bound):
    state.holder = state.owner = bound["A"]
    state.other_holder = bound["B"]


def _give(state, bound):
    state.move(bound["N"], keep_owner=False)
    state.memory["presente"] = True


def _lend(state, bound):
    state.move(bound["N"], keep_owner=True)


def _return(state, bound):
    state.move(bound["W"], keep_owner=False)


def _eat(state, bound):
    state.eaten, state.donor = True, None


def _keep(state, bound):
    state.memory["onde"] = bound["onde"]


def _lose(state, bound):
    state.lost, state.holder, state.donor = state.holder, None, None
    state.memory.pop("onde", None)


def _find(state, bound):
    state.owner = state.owner or state.lost
    state.move(bound["N"], keep_owner=True)
    state.donor = None


def _find_own(state, bound):
    state.move(state.lost, keep_owner=True)
    state.donor = None


def _trade(state, bound):
    state.thing, state.second = state.second, state.thing
    state.owner = state.holder


def _open_find(state, bound):
    state.holder = state.owner = bound["X"]


# Os atos que não estão aqui contam algo sem mudar quem tem o quê.
AFTER: dict[str, Callable[[State, Bound], None]] = {
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
    "divide": _eat,
    "guarda": _keep,
    "perde": _lose,
    "acha": _find,
    "acha_quem_perdeu": _find_own,
    "troca": _trade,
    "senha_dentro": _open_find,
}
