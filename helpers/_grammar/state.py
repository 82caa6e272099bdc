"""Estado da história: quem está nela, quem está com o quê, o que já foi dito."""

from __future__ import annotations

from typing import Any

from helpers._grammar.lexicon import Noun, Person, Thing

ORDER = "ABC"


class Story:
    """O que é verdade até aqui; cada ato lido ou sorteado muda isto e nada mais."""

    __slots__ = (
        "done",
        "donor",
        "eaten",
        "feeler",
        "holder",
        "last",
        "lost",
        "memory",
        "mood",
        "other_holder",
        "owner",
        "people",
        "place",
        "said",
        "second",
        "sentences",
        "spoken",
        "subject",
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
        self.feeler: Person | None = None
        self.mood = ""
        self.memory: dict[str, Any] = {}
        self.said: tuple[Any, ...] = ()
        self.subject: Any = None
        self.spoken = False
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
            role: uma letra: A, B, C (ordem de entrada), H, W, N, U, D, E ou K.
        """
        if role in ORDER:
            index = ORDER.index(role)
            return self.people[index : index + 1]
        if role == "N":
            busy = (self.holder, self.owner, self.lost)
            return [person for person in self.people if person not in busy]
        owner = self.owner if self.owner is not self.holder and not self.lost else None
        person = {
            "H": self.holder,
            "W": owner,
            "U": self.lost,
            "D": self.donor,
            "E": self.feeler,
            "K": self.other_holder,
        }[role]
        return [person] if person else []

    def roles(self) -> frozenset[str]:
        """Devolve os papéis que alguém ou algo pode ter agora."""
        found = {role for role in "ABCHWNUDEK" if self.candidates(role)}
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

    def feel(self, who: Person | None, mood: str) -> None:
        """Anota o que alguém sente por causa do ato.

        Parâmetros:
            who: quem sente.
            mood: uma das listas de `[adjetivos]`: bom, ruim ou alivio.
        """
        self.feeler, self.mood = who, mood
