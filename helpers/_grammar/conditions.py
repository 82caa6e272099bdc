"""Condições: perguntas sobre o estado de que depende o que pode acontecer."""

from __future__ import annotations

from helpers._grammar.state import Story


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


def known(story: Story, kind: str) -> bool:
    """Diz se a história fala de um objeto deste tipo, e ele não está perdido.

    Parâmetros:
        story: o estado.
        kind: "coisas" ou "comidas".
    """
    return story.thing is not None and story.thing.kind == kind and not story.lost


def started(story: Story, key: str) -> bool:
    """Diz se a história tem uma senha, um bicho ou uma lista.

    Parâmetros:
        story: o estado.
        key: "senha", "nome" ou "lista".
    """
    return key in story.memory


def can_give(story: Story, kind: str) -> bool:
    """Diz se quem está com o objeto pode dá-lo: ninguém dá um presente que ganhou.

    Parâmetros:
        story: o estado.
        kind: "coisas" ou "comidas".
    """
    return owns(story, kind) and "presente" not in story.memory
