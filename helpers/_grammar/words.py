"""Formas das palavras: artigos, contrações, pronomes."""

from __future__ import annotations

from helpers._grammar.lexicon import Noun, Person, Thing, inflect

ARTICLES = {"m": "o", "f": "a"}
PRONOUNS = {"m": "ele", "f": "ela"}
JOINED = {
    ("a", "o"): "ao",
    ("a", "a"): "à",
    ("de", "o"): "do",
    ("de", "a"): "da",
    ("em", "o"): "no",
    ("em", "a"): "na",
    ("por", "o"): "pelo",
    ("por", "a"): "pela",
}


def with_article(preposition: str, gender: str, noun: str) -> str:
    """Junta preposição, artigo definido e substantivo, com a contração.

    Parâmetros:
        preposition: `""`, `"a"`, `"de"`, `"em"`, `"por"`, `"para"` ou `"com"`.
        gender: `"m"` ou `"f"`.
        noun: o substantivo.

    Exemplo:
        >>> with_article("a", "f", "praia"), with_article("para", "m", "parque")
        ('à praia', 'para o parque')
    """
    article = ARTICLES[gender]
    if not preposition:
        return f"{article} {noun}"
    joined = JOINED.get((preposition, article), f"{preposition} {article}")
    return f"{joined} {noun}"


def named(person: Person, preposition: str = "") -> str:
    """Devolve o nome, com o artigo se a pessoa o usa, depois da preposição.

    Parâmetros:
        person: de quem se fala.
        preposition: como em `with_article`.
    """
    if person.article:
        return with_article(preposition, person.gender, person.name)
    return f"{preposition} {person.name}" if preposition else person.name


def pronoun(person: Person, preposition: str = "") -> str:
    """Devolve o pronome pessoal depois da preposição: ela, dela, para ela.

    Parâmetros:
        person: de quem se fala.
        preposition: como em `with_article`.
    """
    form = PRONOUNS[person.gender]
    if preposition == "de":
        return "d" + form
    return f"{preposition} {form}" if preposition else form


def capital(text: str) -> str:
    """Põe em maiúscula a primeira letra.

    Parâmetros:
        text: um texto que não é vazio.
    """
    return text[0].upper() + text[1:]


def shaped(text: str, initial: bool) -> str:
    """Põe maiúscula se o texto começa a frase.

    Parâmetros:
        text: o texto.
        initial: se ele começa a frase.
    """
    return capital(text) if initial else text


def indefinite(noun: Noun | Thing) -> str:
    """Devolve o substantivo com um ou uma.

    Parâmetros:
        noun: o substantivo.
    """
    return f"{'uma' if noun.gender == 'f' else 'um'} {noun.noun}"


def described(thing: Thing) -> str:
    """Devolve o objeto com artigo indefinido e adjetivo, se houver.

    Parâmetros:
        thing: o objeto.
    """
    adjective = f" {inflect(thing.adjective, thing.gender)}" if thing.adjective else ""
    return indefinite(thing) + adjective
