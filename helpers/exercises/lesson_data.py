"""Lê de `data/licoes/NN.toml` os palpites, o quiz e o diagnóstico de cada engano."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from helpers.exercises import lesson_text
from helpers.exercises.catalog import CatalogError, GuessQuestion, Option, Question, Section

FOLDER = Path(__file__).resolve().parents[2] / "data" / "licoes"
# O arquivo traz o que vem depois: "calcula `exp` direto no score. …".
OPENING = "Seu resultado é igual ao de quem "
_NUMBER_KEYS = ("resposta", "menor", "maior", "perto", "exato", "proximo", "distante")


@dataclass(frozen=True)
class SlipText:
    """Guarda o que se diz de um engano, e onde ele é explicado.

    Parâmetros:
        text: a mensagem inteira.
        see: seção que explica este engano; `None` vale a seção do exercício.
    """

    text: str
    see: Section | None = None


@dataclass(frozen=True)
class LessonData:
    """Guarda o que o arquivo de uma lição traz.

    Parâmetros:
        predictions: palpites, em ordem.
        quiz: perguntas, em ordem.
        diagnoses: por exercício e por engano.
    """

    predictions: tuple[GuessQuestion, ...] = ()
    quiz: tuple[Question, ...] = ()
    diagnoses: Mapping[str, Mapping[str, SlipText]] = field(default_factory=dict)


@cache
def read(lesson: str) -> LessonData:
    """Devolve o que o arquivo da lição traz; nada, se ela não tem arquivo.

    Parâmetros:
        lesson: número com dois algarismos, como "01".

    Erros:
        CatalogError: o arquivo não se lê, ou falta ou sobra uma chave; a mensagem diz onde.
    """
    path = FOLDER / f"{lesson}.toml"
    if not path.is_file():
        return LessonData()
    return parse(path.read_text(encoding="utf-8"), lesson)


def parse(text: str, lesson: str) -> LessonData:
    """Devolve o que o texto de um arquivo de lição traz.

    Parâmetros:
        text: conteúdo do arquivo TOML.
        lesson: número com dois algarismos, como "01".

    Erros:
        CatalogError: o texto não se lê, ou falta ou sobra uma chave; a mensagem diz onde.
    """
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CatalogError(f"data/licoes/{lesson}.toml não é TOML: {error}") from None
    top = _Table(found, f"data/licoes/{lesson}.toml")
    top.require((), ("palpite", "engano", "quiz"))
    predictions = [_prediction(table) for table in top.tables("palpite", lesson)]
    quiz = [_question(table) for table in top.tables("quiz", lesson)]
    diagnoses = {
        exercise: {
            name: _diagnosis(said, f"{top.where}, engano {exercise}.{name}")
            for name, said in known.items()
        }
        for exercise, known in found.get("engano", {}).items()
    }
    return LessonData(tuple(predictions), tuple(quiz), diagnoses)


class _Table(dict):
    """Uma tabela do arquivo, que sabe onde está para dizer o que lhe falta."""

    def __init__(self, values: Mapping, where: str) -> None:
        super().__init__(values)
        self.where = where

    def require(self, needed: tuple[str, ...], optional: tuple[str, ...] = ()) -> None:
        missing = [key for key in needed if key not in self]
        extra = sorted(self.keys() - {*needed, *optional})
        if missing or extra:
            told = [f"falta {', '.join(missing)}"] * bool(missing)
            told += [f"não conheço {', '.join(extra)}"] * bool(extra)
            raise CatalogError(
                f"{self.where}: {'; '.join(told)}. As chaves são: {', '.join(needed + optional)}."
            )

    def refuse(self, told: str) -> None:
        raise CatalogError(f"{self.where}: {told}")

    def tables(self, key: str, lesson: str) -> list["_Table"]:
        """Devolve as tabelas repetidas `[[key]]`, que precisam de um `id` só delas."""
        found: dict[str, _Table] = {}
        for number, values in enumerate(self.get(key, []), start=1):
            name = values.get("id")
            table = _Table(values, f"{self.where}, {key} {name or number}")
            if not isinstance(name, str) or not name.startswith(f"{lesson}."):
                table.refuse(f'o `id` precisa começar por "{lesson}.", e é {name!r}.')
            if name in found:
                table.refuse("há dois com este `id`. Mude um deles.")
            found[name] = table
        return list(found.values())

    def options(self, text: str) -> list["_Table"]:
        """Devolve as opções, exigindo uma certa e, em cada uma, `texto` e a chave dada."""
        found = [
            _Table(values, f"{self.where}, opção {number}")
            for number, values in enumerate(self["opcao"], start=1)
        ]
        for option in found:
            option.require(("texto", text), ("certa",))
        right = sum(option.get("certa", False) is True for option in found)
        if right != 1:
            self.refuse(f"há {right} opções com `certa = true`, e é preciso uma.")
        return found


def _prediction(table: _Table) -> GuessQuestion:
    if "opcao" in table:
        table.require(("id", "pergunta", "ensina", "opcao"))
        options = table.options("comentario")
        return GuessQuestion(
            id=table["id"],
            question=table["pergunta"],
            answer=[option.get("certa", False) for option in options].index(True),
            options=tuple(option["texto"] for option in options),
            comments=tuple(option["comentario"] for option in options),
            lesson_learned=table["ensina"],
        )
    table.require(("id", "pergunta", "ensina", *_NUMBER_KEYS))
    if not table["menor"] <= table["resposta"] <= table["maior"]:
        table.refuse("a resposta precisa estar entre `menor` e `maior`.")
    return GuessQuestion(
        id=table["id"],
        question=table["pergunta"],
        answer=table["resposta"],
        low=table["menor"],
        high=table["maior"],
        near=table["perto"],
        said=(table["exato"], table["proximo"], table["distante"]),
        lesson_learned=table["ensina"],
    )


def _question(table: _Table) -> Question:
    table.require(("id", "pergunta", "opcao"))
    options = (
        Option(option["texto"], option["explicacao"], option.get("certa", False))
        for option in table.options("explicacao")
    )
    return Question(table["id"], table["pergunta"], tuple(options))


def _diagnosis(said: object, where: str) -> SlipText:
    table = _Table(said if isinstance(said, dict) else {"diz": said}, where)
    table.require(("diz",), ("veja",))
    text = table["diz"]
    if not isinstance(text, str) or text.startswith("Seu resultado") or text.count(".") < 2:
        table.refuse(
            f"complete a frase “{OPENING.strip()} …” com o que foi calculado, e diga numa segunda "
            "frase o que olhar em seguida."
        )
    return SlipText(OPENING + text, _section(table) if "veja" in table else None)


def _section(table: _Table) -> Section:
    match = re.fullmatch(r"(\d\d) §(\d+)", str(table["veja"]))
    known = lesson_text.sections(match[1]) if match else {}
    if not match or int(match[2]) not in known:
        table.refuse(f'`veja` diz a lição e a seção, como "04 §2"; não há seção {table["veja"]!r}.')
    return known[int(match[2])]
