"""Guarda o progresso em um arquivo JSON local, que se pode apagar quando quiser.

Nada sai da máquina. Cada acontecimento entra no que está no disco naquele instante, com o arquivo
trancado: notebooks abertos ao mesmo tempo não se apagam. O que não couber no disco espera na
memória e entra na gravação seguinte. Só arquivos comuns são tocados.
"""

import contextlib
import json
import os
import re
import stat
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

from helpers import student_folder
from helpers.files import replace_file, try_lock, unlock

VARIABLE = "TRANSFORMERS_POR_DENTRO_PROGRESSO"
FILE_NAME = "progresso.json"
VERSION = 1
LONGEST_CODE = 20_000  # caracteres da resposta guardada com o exercício resolvido
LOCK_SECONDS = 3.0
Kind = Literal["exercise", "guess", "quiz", "explorable"]
Entry = dict[str, object]
Entries = dict[str, Entry]
_SECTIONS: dict[str, str] = {
    "exercise": "exercicios",
    "guess": "palpites",
    "quiz": "quizzes",
    "explorable": "exploraveis",
}
# O que ainda não está no disco, por arquivo: (seção, item, dados, dia); dados `None` apagam.
_waiting: dict[Path | None, list[tuple[str, str, Entry | None, str]]] = {}
_mutex = threading.RLock()


class _NotOurs(OSError):
    """O que há nesse caminho não pode ser trocado; a mensagem é para quem estuda."""


@dataclass(frozen=True)
class Progress:
    """Guarda o que o arquivo de progresso diz, só com valores que fazem sentido.

    Parâmetros:
        exercises: por exercício: "status", "resolvido", "tentativas", "enganos", "codigo".
        guesses: por palpite: "palpite" e, depois de visto o resultado, "visto".
        quizzes: por lição: "acertos" e "total" da última vez, "melhor", "primeira", "vezes" e, em
            "respostas", a primeira escolha de cada pergunta.
        explorables: por explorável: "palpite", "desafios" cumpridos, "estado", "inicio" e "texto".
        notice: aviso para quem estuda; vazio quando não há nada a dizer.
    """

    exercises: Entries = field(default_factory=dict)
    guesses: Entries = field(default_factory=dict)
    quizzes: Entries = field(default_factory=dict)
    explorables: Entries = field(default_factory=dict)
    notice: str = ""


def path() -> Path | None:
    """Devolve onde o progresso fica: a variável de ambiente, ou a pasta de quem estuda.

    `None` quando não é para guardar: a variável está vazia ou é `/dev/null` (`nul` no Windows).
    """
    chosen = os.environ.get(VARIABLE)
    if chosen is None:
        return student_folder.place(FILE_NAME)
    if not chosen.strip() or chosen.strip().lower() in (os.devnull, "/dev/null"):
        return None
    return Path(os.path.expanduser(chosen))


def read(place: Path) -> Progress:
    """Devolve o que um arquivo de progresso diz, sem mudar nada nele nem ao lado.

    Parâmetros:
        place: o arquivo; se ele não existe, o progresso é vazio.
    """
    contents, notice = _look(place)
    return _view(contents, notice)


def load() -> Progress:
    """Devolve o progresso guardado mais o que ainda espera na memória; não mexe no disco."""
    place = path()
    with _mutex:
        contents, notice = _look(place) if place else ({}, "")
        for event in _waiting.get(place, ()):
            _apply(contents, *event)
    return _view(contents, notice)


def record(kind: Kind, item_id: str, **data: object) -> str:
    """Guarda um acontecimento e devolve um aviso, vazio quando tudo correu bem.

    Parâmetros:
        kind: "exercise", "guess", "quiz" ou "explorable".
        item_id: o exercício, o palpite, a lição ou o explorável.
        data: de um exercício, `status`, `misconception`, `fingerprint` e `code`; de um palpite,
            `palpite` ou `visto`; de um quiz, `acertos`, `primeira` e `total`, ou `pergunta`,
            `opcao` e `certa`; de um explorável, `palpite`, `desafios`, `estado`,
            `inicio` e `texto`.
    """
    return _add(kind, item_id, data)


def forget(kind: Kind, item_id: str) -> str:
    """Apaga um registro e devolve um aviso, vazio quando tudo correu bem.

    Parâmetros:
        kind: "exercise", "guess", "quiz" ou "explorable".
        item_id: o exercício, o palpite, a lição ou o explorável.
    """
    return _add(kind, item_id, None)


def absorb(place: Path, other: Path) -> None:
    """Soma a um arquivo de progresso o que só outro tem; num exercício dos dois, vale o resolvido.

    Parâmetros:
        place: o arquivo que cresce.
        other: o outro, que fica como está.

    Erros:
        ValueError: se um dos dois não for um arquivo de progresso.
        OSError: se o sistema não deixar ler ou gravar.
    """
    with _locked(place):
        contents, more = _stored(place), _stored(other)
        before = _text(contents)
        for section in _SECTIONS.values():
            for item, entry in more.get(section, {}).items():
                entries = contents.setdefault(section, {})
                if item not in entries or (_is_solved(entry) and not _is_solved(entries[item])):
                    entries[item] = entry
        if _text(contents) != before:
            replace_file(place, _text(contents))


def _is_solved(entry: object) -> bool:
    return isinstance(entry, dict) and entry.get("resolvido") is True


def _add(kind: str, item_id: str, data: Entry | None) -> str:
    place = path()
    with _mutex:
        events = _waiting.setdefault(place, [])
        events.append((kind, item_id, data, date.today().isoformat()))
        if place is None:
            return ""
        notices: list[str] = []
        try:
            _save(place, events, notices)
        except _NotOurs as error:
            notices.append(f"{error} Por ora, seu progresso vale só até fechar o notebook.")
        except (OSError, ValueError):  # ValueError: o caminho tem um caractere nulo
            notices.append(
                f"Não consegui salvar `{_name(place)}`: seu progresso vale só até fechar o "
                "notebook."
            )
        else:
            events.clear()
        return " ".join(notices)


def _save(place: Path, events: list, notices: list[str]) -> None:
    with _locked(place):
        try:
            contents = _stored(place)
        except ValueError:
            contents = {}
            notices.append(_set_aside(place))
        before = _text(contents)
        for event in events:
            _apply(contents, *event)
        if _text(contents) == before:
            return
        contents["versao"] = max(VERSION, _count(contents.get("versao")))
        if place.exists() and not os.access(place, os.W_OK):
            raise PermissionError(f"{place} é só de leitura")
        replace_file(place, _text(contents))


def _text(contents: Entry) -> str:
    text = json.dumps(contents, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    # Metade de um caractere não cabe em UTF-8, mas cabe escrita como \udXXX.
    return re.sub("[\ud800-\udfff]", lambda half: f"\\u{ord(half[0]):04x}", text)


def _look(place: Path) -> tuple[Entry, str]:
    try:
        return _stored(place), ""
    except _NotOurs as error:
        return {}, f"{error} Conto só o que fizer agora."
    except ValueError:
        told = f"`{_name(place)}` está ilegível: ao gravar, guardo-o à parte e começo um novo."
        return {}, told
    except OSError:
        return {}, f"Não consegui abrir `{_name(place)}`: conto só o que fizer agora."


def _stored(place: Path) -> Entry:
    """Devolve o conteúdo como está; `ValueError` quando não é um arquivo de progresso."""
    try:
        mode = os.stat(place).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return {}
    if not stat.S_ISREG(mode):
        raise _NotOurs(f"`{_name(place)}` não é um arquivo comum, e não mexo nele.")
    try:
        data = json.loads(place.read_text(encoding="utf-8-sig"))
    except RecursionError:
        raise ValueError("aninhado demais") from None
    if not isinstance(data, dict):
        raise ValueError("não é um objeto")
    if all(isinstance(data.get(section, {}), dict) for section in _SECTIONS.values()):
        return data
    if _count(data.get("versao")) > VERSION:
        raise _NotOurs(
            f"`{_name(place)}` é de uma versão mais nova do curso, e não mexo nele: atualize o "
            "curso."
        )
    raise ValueError("uma seção não é um objeto")


def _name(place: Path) -> str:
    return place.name.replace("\0", "")


def _set_aside(place: Path) -> str:
    kept = place.with_name(f"{place.name}.corrompido")
    number = 2
    while kept.exists():
        kept = place.with_name(f"{place.name}.corrompido-{number}")
        number += 1
    try:
        os.replace(os.path.realpath(place), kept)
    except OSError:
        raise _NotOurs(
            f"`{place.name}` está ilegível e não consegui movê-lo: apague-o para recomeçar."
        ) from None
    return f"`{place.name}` estava ilegível: guardei-o como `{kept.name}` e comecei um novo."


@contextlib.contextmanager
def _locked(place: Path) -> Iterator[None]:
    """Tranca o arquivo para os outros programas; o sistema destranca se este morrer."""
    real = Path(os.path.realpath(place))
    with contextlib.ExitStack() as stack:
        try:
            guard = stack.enter_context(open(real.with_name(f".{real.name}.trava"), "a+b"))
        except (OSError, ValueError):  # sem onde pôr a tranca; a gravação dirá se a pasta a recusa
            yield
            return
        deadline = time.monotonic() + LOCK_SECONDS
        while not try_lock(guard.fileno()):
            if time.monotonic() > deadline:
                raise BlockingIOError(f"outro programa está com {place}")
            time.sleep(0.01)
        stack.callback(unlock, guard.fileno())
        yield


def _apply(contents: Entry, kind: str, item_id: str, data: Entry | None, day: str) -> None:
    """Põe um acontecimento no conteúdo; o que este curso não conhece fica onde estava."""
    section = contents.setdefault(_SECTIONS[kind], {})
    old = section.get(item_id)
    entry = dict(old) if isinstance(old, dict) else {}
    if data is None:
        section.pop(item_id, None)
        return
    _MERGE[kind](entry, data)
    entry.setdefault("primeiro_dia", day)
    entry["ultimo_dia"] = day
    section[item_id] = entry


def _merge_exercise(entry: Entry, new: Entry) -> None:
    seen = _exercise(entry)
    again = new.get("fingerprint") is not None and new["fingerprint"] == entry.get("impressao")
    slips = dict(seen["enganos"])
    name = new.get("misconception")
    if name and not again:
        slips[name] = slips.get(name, 0) + 1
    solved = new["status"] == "certo"
    entry.update(
        status=new["status"],
        resolvido=solved or seen["resolvido"],
        tentativas=seen["tentativas"] + (not again),
        enganos=slips,
    )
    if new.get("fingerprint"):
        entry["impressao"] = new["fingerprint"]
    if solved and new.get("code"):
        entry["codigo"] = str(new["code"])[:LONGEST_CODE]


def _merge_guess(entry: Entry, new: Entry) -> None:
    if entry.get("visto") is True:  # quem já viu o resultado não palpita mais
        new = {key: value for key, value in new.items() if key != "palpite"}
    entry.update(new)


def _merge_quiz(entry: Entry, new: Entry) -> None:
    seen = _quiz(entry)
    if "pergunta" in new:
        first = {"opcao": new["opcao"], "certa": new["certa"]}
        entry["respostas"] = {new["pergunta"]: first, **seen.get("respostas", {})}
        return
    right = new["acertos"]
    entry.update(
        acertos=right,
        total=new["total"],
        melhor=max(right, seen.get("melhor", 0)),
        primeira=seen.get("primeira", new.get("primeira", right)),
        vezes=seen.get("vezes", 0) + 1,
    )


def _merge_explorable(entry: Entry, new: Entry) -> None:
    met = _explorable(entry).get("desafios", [])
    entry.update({**new, "desafios": [*met, *(one for one in new["desafios"] if one not in met)]})


_MERGE = {
    "exercise": _merge_exercise,
    "guess": _merge_guess,
    "quiz": _merge_quiz,
    "explorable": _merge_explorable,
}


def _view(contents: Entry, notice: str) -> Progress:
    readers = (_exercise, _guess, _quiz, _explorable)
    sections = (contents.get(section, {}) for section in _SECTIONS.values())
    views = (
        {item: reader(entry) for item, entry in section.items() if isinstance(entry, dict)}
        for reader, section in zip(readers, sections, strict=True)
    )
    return Progress(*views, notice)


def _exercise(entry: Entry) -> Entry:
    slips = entry.get("enganos")
    counted = slips.items() if isinstance(slips, dict) else ()
    found = {
        "status": "certo" if entry.get("status") == "certo" else "errado",
        "resolvido": entry.get("resolvido") is True,
        "tentativas": _count(entry.get("tentativas")),
        "enganos": {name: _count(times) for name, times in counted if _count(times)},
    }
    code = entry.get("codigo")
    return {**found, **({"codigo": code} if isinstance(code, str) else {}), **_days(entry)}


def _guess(entry: Entry) -> Entry:
    guess = entry.get("palpite")
    found = {"palpite": guess} if type(guess) is int else {}
    return {**found, **({"visto": True} if entry.get("visto") is True else {}), **_days(entry)}


def _quiz(entry: Entry) -> Entry:
    total = _count(entry.get("total"))
    found = {"total": total} if total else {}
    for key in ("acertos", "melhor", "primeira"):
        if type(entry.get(key)) is int and 0 <= entry[key] <= total:
            found[key] = entry[key]
    if times := _count(entry.get("vezes")):
        found["vezes"] = times
    answers = entry.get("respostas")
    if isinstance(answers, dict):
        found["respostas"] = {
            question: choice for question, choice in answers.items() if _is_choice(choice)
        }
    return {**found, **_days(entry)}


def _explorable(entry: Entry) -> Entry:
    texts = {key: entry.get(key) for key in ("palpite", "estado", "inicio", "texto")}
    found = {key: text for key, text in texts.items() if isinstance(text, str)}
    met = entry.get("desafios")
    if isinstance(met, list):
        found["desafios"] = [text for text in met if isinstance(text, str)]
    return {**found, **_days(entry)}


def _is_choice(choice: object) -> bool:
    return (
        isinstance(choice, dict)
        and type(choice.get("opcao")) is int
        and type(choice.get("certa")) is bool
    )


def _days(entry: Entry) -> Entry:
    days = {key: entry.get(key) for key in ("primeiro_dia", "ultimo_dia")}
    return {key: day for key, day in days.items() if _is_day(day)}


def _is_day(day: object) -> bool:
    return isinstance(day, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", day) is not None


def _count(value: object) -> int:
    return value if type(value) is int and value > 0 else 0
