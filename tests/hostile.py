"""Objetos que se recusam a tudo, para ver se a conferência se aguenta."""


class Hostile:
    """Um objeto que se recusa a tudo."""

    def __eq__(self, other):
        raise RuntimeError("não me compare")

    def __hash__(self):
        raise RuntimeError("não me guarde")

    def __repr__(self):
        raise RuntimeError("não me mostre")

    def __bool__(self):
        raise RuntimeError("não me pergunte")

    def __len__(self):
        raise RuntimeError("não me meça")

    def __iter__(self):
        raise RuntimeError("não me percorra")


class EqualToAll(str):
    """Um texto que se diz igual a qualquer coisa."""

    __slots__ = ()

    def __eq__(self, other):
        return True

    def __hash__(self):
        return 0


class EqualBytes(bytes):
    """Bytes que se dizem iguais a quaisquer outros."""

    def __eq__(self, other):
        return True

    def __hash__(self):
        return 0


class NeverAnswers:
    """Um objeto que levanta um erro a cada atributo que se pede."""

    def __getattr__(self, name):
        raise RuntimeError(f"não tenho {name}")

    def __call__(self, *args):
        return 0


class Shy(type):
    """Uma classe que não diz o próprio nome."""

    def __getattribute__(cls, name):
        raise RuntimeError("não digo")


class Nameless(metaclass=Shy):
    """Um objeto de uma classe que não diz o próprio nome."""

    def __call__(self, *args):
        return 0


class OddCode:
    """Um objeto que se chama e cujo código não é código."""

    __code__ = "não sou código"

    def __call__(self, *args):
        return 0


def wrapped_around_itself(*args):
    """Uma função que se diz embrulhada por ela mesma."""
    return 0


wrapped_around_itself.__wrapped__ = wrapped_around_itself
CALLABLES = [NeverAnswers(), OddCode(), wrapped_around_itself]
