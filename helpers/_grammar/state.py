"""Estado da história: quem está nela, quem está com o quê, o que já foi dito."""

from __future__ import annotations

from typing import Any

from helpers._grammar.lexicon import Noun, Person, Thing

ORDER = "ABC"
PERSON_ROLES = "ABCXYHWNUDK"


class Story:
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

    def copy(self) -> Story:
        """Devolve uma cópia que se pode mudar sem mexer nesta."""
        other = Story.__new__(Story)
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
        """Passa o objeto para outra pessoa.

        Parâmetros:
            to: quem fica com ele.
            keep_owner: se o dono continua o mesmo, como num empréstimo.
        """
        self.donor, self.holder = self.holder or self.lost, to
        self.lost = None
        self.memory.pop("onde", None)
        if not keep_owner:
            self.owner = to
