"""Condições: perguntas sobre o estado de que depende o que pode acontecer."""

from __future__ import annotations

from helpers._grammar.state import Story

MOVES = {"da", "pede", "empresta", "devolve", "abre_entrega", "abre_emprestimo", "entrega_achado"}


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


def moved(story: Story) -> bool:
    """Diz se vale perguntar com quem está o objeto: ele mudou de mãos, ou há dois.

    Parâmetros:
        story: o estado.
    """
    return bool(story.done & MOVES) or story.second is not None
