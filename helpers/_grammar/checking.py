"""Conferência: lê o texto até onde der e diz o que há de errado, e onde."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from helpers._grammar.acts import SHORTEST
from helpers._grammar.choosers import Reader
from helpers._grammar.draft import Draft
from helpers._grammar.narrator import Language, commit
from helpers._grammar.phrases import Phrase
from helpers._grammar.slips import Forgiver, Problem, Slip
from helpers._grammar.state import Story

_WORD = re.compile(r"\w+(?:-\w+)*")
_SENTENCE_END = re.compile(r'[.?!"]')


@dataclass
class Step:
    """Um ato lido: o estado antes dele, o que foi preenchido e a frase."""

    before: Story
    draft: Draft
    phrase: Phrase


@dataclass
class Reading:
    """O que se conseguiu ler de um texto: os atos e os problemas, em ordem."""

    steps: list[Step] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def read(language: Language, text: str) -> Reading:
    """Lê o texto até o fim ou até onde der, e anota os atos e os problemas.

    Parâmetros:
        language: a língua.
        text: qualquer texto.
    """
    reading, story, at = Reading(), Story(), 0
    strict = Reader(text)
    while (root := language.next(story)) is not None:
        if at >= len(text):
            told = "o texto acaba antes do fim da história."
            reading.problems.append(Problem("história inacabada", len(text), len(text), told))
            return reading
        found = _best(text, language.acts(story, strict, at, root))
        if found is None:
            found = _forgive(language, text, story, at, reading)
        if found is None:
            return reading
        draft, phrase = found
        reading.problems += [piece.problem for piece in _slipped(draft)]
        reading.steps.append(Step(story.copy(), draft, phrase))
        commit(story, draft, phrase)
        at = draft.end + 1
    if at <= len(text):
        told = "a história já tinha acabado antes deste ponto."
        reading.problems.append(Problem("frase desconhecida", at - 1, len(text), told))
    return reading


def _best(text, found) -> tuple[Draft, Phrase] | None:
    whole = [pair for pair in found if text[pair[0].end : pair[0].end + 1] in ("", " ")]
    return max(whole, key=lambda pair: (pair[0].logp, pair[0].end), default=None)


def _slipped(draft: Draft) -> list[Slip]:
    return [piece[2] for piece in pieces(draft) if isinstance(piece[2], Slip)]


def pieces(draft: Draft) -> list[tuple]:
    """Devolve os pedaços de um ato, na ordem do texto: (anterior, símbolo, texto, valor, início).

    Parâmetros:
        draft: o ato.
    """
    found = []
    piece = draft.piece
    while piece is not None:
        found.append(piece)
        piece = piece[0]
    return found[::-1]


def _forgive(language, text, story, at, reading) -> tuple[Draft, Phrase] | None:
    forgiver = Forgiver(text, story, language.lexicon.people)
    found = _best(text, language.acts(story, forgiver, at))
    if found is not None:
        return found
    if story.sentences:
        other = Forgiver(text, story, language.lexicon.people)
        illegal = _best(text, language.acts(story, other, at, language.any_act(story)))
        if illegal is not None:
            reading.problems.append(_out_of_place(story, text, at, *illegal))
            return None
    reading.problems.append(_stopped(language, text, forgiver.furthest))
    return None


def _out_of_place(story, text, at, draft, phrase) -> Problem:
    wrong = _slipped(draft)
    if wrong:
        return wrong[0].problem
    if phrase.roles & set("HWNUDK"):
        holder = f"quem está com isso é {story.holder.name}" if story.holder else "ninguém o tem"
        told = f"isto não pode acontecer agora: {holder}." + _STOPPED
        return Problem("dono", at, draft.end, told)
    if phrase.act.startswith("fim") and story.sentences < SHORTEST - 1:
        told = f"a história termina cedo demais: o mínimo são {SHORTEST} frases." + _STOPPED
        return Problem("história inacabada", at, draft.end, told)
    told = "a frase existe nesta língua, mas não cabe aqui." + _STOPPED
    return Problem("frase desconhecida", at, draft.end, told)


_STOPPED = " Parei de ler neste ponto."


def _stopped(language: Language, text: str, furthest: int) -> Problem:
    start = furthest
    while start and text[start - 1 : start].isalnum() and text[start : start + 1].isalnum():
        start -= 1
    rest = text[start:]
    if len(_WORD.findall(rest)) <= 1 and not _SENTENCE_END.search(rest):
        told = "o texto acaba no meio de uma frase."
        return Problem("história inacabada", start, len(text), told)
    words = (m for m in _WORD.finditer(text, start) if not language.knows(m[0]))
    stop = _SENTENCE_END.search(text, start)
    limit = stop.end() if stop else len(text)
    unknown = next(words, None)
    if unknown is not None and unknown.start() < limit:
        told = f"“{unknown[0]}” não está no vocabulário." + _STOPPED
        return Problem("palavra desconhecida", unknown.start(), unknown.end(), told)
    told = "nenhuma frase desta língua continua assim." + _STOPPED
    return Problem("frase desconhecida", start, max(limit, start), told)
