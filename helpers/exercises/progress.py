"""Guarda o progresso em um arquivo JSON local, que se pode apagar quando quiser.

Nada sai da máquina. Sem permissão de escrita ou com o arquivo estragado, o curso segue e avisa.
"""

import contextlib
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

VARIABLE = "TRANSFORMERS_POR_DENTRO_PROGRESSO"
FILE_NAME = "progresso.json"
VERSION = 1
Kind = Literal["exercise", "guess", "quiz"]
Entries = dict[str, dict[str, object]]
# O que não coube no disco fica aqui até o kernel fechar.
_unsaved: dict[Path, dict[str, object]] = {}
_SECTIONS: dict[str, str] = {"exercise": "exercicios", "guess": "palpites", "quiz": "quizzes"}


@dataclass(frozen=True)
class Progress:
    """Guarda o que o arquivo de progresso diz.

    Parâmetros:
        exercises: por exercício: "status", "resolvido", "tentativas" e "enganos".
        guesses: por palpite: "palpite".
        quizzes: por lição: "acertos" e "total" da última vez, e "melhor".
        notice: aviso para quem estuda; vazio quando não há nada a dizer.
    """

    exercises: Entries = field(default_factory=dict)
    guesses: Entries = field(default_factory=dict)
    quizzes: Entries = field(default_factory=dict)
    notice: str = ""


def file_path() -> Path:
    """Devolve onde o progresso fica: a variável de ambiente, ou a raiz do projeto."""
    chosen = os.environ.get(VARIABLE, "")
    return Path(chosen) if chosen else Path(__file__).resolve().parents[2] / FILE_NAME


def load() -> Progress:
    """Devolve o progresso guardado; vazio se o arquivo não existe.

    Um arquivo ilegível é posto de lado com o final `.corrompido`, e o aviso diz isso.
    """
    path = file_path()
    if path in _unsaved:
        return _from_contents(_unsaved[path])
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return Progress()
    except OSError:
        return Progress(notice=f"Não consegui abrir `{path.name}`: conto só o que fizer agora.")
    except (ValueError, RecursionError):
        return Progress(notice=_set_aside(path))
    if not _is_valid(data):
        return Progress(notice=_set_aside(path))
    return _from_contents(data)


def _from_contents(data: Mapping[str, object]) -> Progress:
    return Progress(*(data.get(section, {}) for section in _SECTIONS.values()))


def _contents(current: Progress) -> dict[str, Entries]:
    sections = (current.exercises, current.guesses, current.quizzes)
    return dict(zip(_SECTIONS.values(), sections, strict=True))


def record(kind: Kind, item_id: str, **data: object) -> str:
    """Guarda um acontecimento e devolve um aviso, vazio quando tudo correu bem.

    O arquivo é relido antes de cada escrita: dois notebooks abertos não se apagam.

    Parâmetros:
        kind: "exercise", "guess" ou "quiz".
        item_id: o exercício, o palpite ou a lição.
        data: o que guardar, em tipos que o JSON conhece.
    """
    current = load()
    contents = _contents(current)
    section = contents[_SECTIONS[kind]]
    section[item_id] = _merge(kind, section.get(item_id, {}), data)
    return _join(current.notice, _write({"versao": VERSION, **contents}))


def forget(kind: Kind, item_id: str) -> str:
    """Apaga um registro e devolve um aviso, vazio quando tudo correu bem.

    Parâmetros:
        kind: "exercise", "guess" ou "quiz".
        item_id: o exercício, o palpite ou a lição.
    """
    current = load()
    contents = _contents(current)
    if contents[_SECTIONS[kind]].pop(item_id, None) is None:
        return current.notice
    return _join(current.notice, _write({"versao": VERSION, **contents}))


def _merge(kind: str, old: Mapping[str, object], new: Mapping[str, object]) -> dict[str, object]:
    if kind == "exercise":
        slips = dict(old.get("enganos", {}))
        name = new.get("misconception")
        if name:
            slips[name] = slips.get(name, 0) + 1
        solved = bool(old.get("resolvido")) or new["status"] == "certo"
        attempts = old.get("tentativas", 0) + 1
        return {
            "status": new["status"],
            "resolvido": solved,
            "tentativas": attempts,
            "enganos": slips,
        }
    if kind == "quiz":
        return {**new, "melhor": max(new["acertos"], old.get("melhor", 0))}
    return dict(new)


def _write(contents: dict[str, object]) -> str:
    path = file_path()
    text = json.dumps(contents, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    temporary = ""
    try:
        handle, temporary = tempfile.mkstemp(prefix=path.name, suffix=".tmp", dir=path.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(temporary, path)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        _unsaved[path] = contents
        return f"Não consegui salvar `{path.name}`: seu progresso vale só até fechar o notebook."
    _unsaved.pop(path, None)
    return ""


def _set_aside(path: Path) -> str:
    kept = path.with_name(f"{path.name}.corrompido")
    number = 2
    while kept.exists():
        kept = path.with_name(f"{path.name}.corrompido-{number}")
        number += 1
    try:
        os.replace(path, kept)
    except OSError:
        return f"`{path.name}` está ilegível e não consegui movê-lo: apague-o para recomeçar."
    return f"`{path.name}` estava ilegível: guardei-o como `{kept.name}` e comecei um novo."


def _is_valid(data: object) -> bool:
    if not isinstance(data, dict):
        return False
    for section in _SECTIONS.values():
        entries = data.get(section, {})
        if not isinstance(entries, dict):
            return False
        if not all(isinstance(entry, dict) for entry in entries.values()):
            return False
    return all(_is_valid_exercise(e) for e in data.get("exercicios", {}).values()) and all(
        _is_valid_quiz(entry) for entry in data.get("quizzes", {}).values()
    )


def _is_valid_exercise(entry: dict[str, object]) -> bool:
    slips = entry.get("enganos", {})
    return (
        isinstance(entry.get("tentativas", 0), int)
        and isinstance(slips, dict)
        and all(isinstance(count, int) for count in slips.values())
    )


def _is_valid_quiz(entry: dict[str, object]) -> bool:
    return all(isinstance(entry.get(key, 0), int) for key in ("acertos", "total", "melhor"))


def _join(*notices: str) -> str:
    return " ".join(notice for notice in notices if notice)
