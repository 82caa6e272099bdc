"""O que é de quem estuda além das lições: progresso, modelos, textos e notebooks próprios."""

import errno
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from helpers.classroom import folder, lessons
from helpers.classroom.folder import FolderError
from helpers.files import reason
from helpers.student_folder import NAME

PROGRESS = "progresso.json"
MODELS = ("meu_modelo*", "meu_primeiro_modelo")
GPT2 = "gpt2"
_OVER_QUOTA = getattr(errno, "EDQUOT", errno.ENOSPC)
#: O que há numa pasta de lições e vem do curso.
_OURS = ("texto", "anexos", "__pycache__")


def sources(origin: Path, target: Path) -> list[Path]:
    """Devolve as pastas de lições que há em outra pasta, com trabalho a trazer.

    Parâmetros:
        origin: um curso baixado antes, uma pasta `meu_curso` ou uma pasta de notebooks.
        target: a pasta de quem estuda, para onde vai tudo.

    Erros:
        FolderError: não há lições ali, ou é a própria pasta de quem estuda.
    """
    if origin.is_file():
        raise FolderError(
            f"{origin.name} é um arquivo, e preciso de uma pasta.",
            "se for um ZIP, descompacte-o e passe a pasta que sair dele.",
        )
    if not origin.is_dir():
        raise FolderError(f"não há a pasta {origin}.", "confira o caminho; com espaços, use aspas.")
    candidates = [origin / NAME, origin / "notebooks", origin]
    found = [place for place in candidates if place.is_dir() and lessons.find(place)]
    if any(place.resolve() == target.resolve() for place in found):
        raise FolderError(
            f"{origin} é a pasta deste curso: o que há nela já é trazido sem --de.",
            "passe com --de a outra pasta, a de onde as respostas vêm.",
        )
    if not found:
        raise FolderError(
            f"não achei lições em {origin}.",
            "passe a pasta do curso antigo, a que tem a pasta notebooks dentro.",
        )
    return found


def gather(
    course: Path,
    target: Path,
    state: dict,
    lesson_files: Iterable[Path],
    found: Iterable[Path] = (),
) -> list[str]:
    """Leva para `meu_curso` o que mora fora dela, e diz o que levou.

    Da pasta do curso, o que é de quem estuda muda de lugar; de outra pasta, é copiado.

    Parâmetros:
        target: a pasta de quem estuda.
        state: o que já foi trazido; é alterado.
        lesson_files: os arquivos que são lições, de que outro cuida.
        found: as pastas de lições de onde trazer, como `sources` devolve.
    """
    said, ours = [], set(lesson_files)
    if target.parent == course:
        for path in _belongings(course, course / "notebooks"):
            said += _move(path, target)
        seen = state.setdefault("soltos", [])
        for path in _loose(course / "notebooks", ours):
            if path.name not in seen:
                said += _try_to_copy(path, target)
                seen.append(path.name)
    for place in found:
        for path in (*_belongings(place.parent, place), *_belongings(place, place)):
            said += _copy(path, target)
        for path in _loose(place, ours):
            said += _try_to_copy(path, target)
    return said


def _belongings(root: Path, notebooks: Path) -> Iterator[Path]:
    yield from (path for path in (root / PROGRESS,) if path.is_file())
    for pattern in MODELS:
        yield from (path for path in sorted(root.glob(pattern)) if path.is_dir())
    yield from (path for path in (notebooks / GPT2,) if path.is_dir())


def _loose(place: Path, ours: set[Path]) -> Iterator[Path]:
    """O que alguém pôs numa pasta de lições: notebooks próprios, textos, dados."""
    if not place.is_dir() or (place / "pyproject.toml").is_file():
        return
    for path in sorted(place.iterdir()):
        if path.name.startswith(".") or path.name in (*_OURS, GPT2, PROGRESS):
            continue
        if path.name == folder.KEPT and path.is_dir():
            yield from (inner for inner in sorted(path.iterdir()) if inner.is_file())
        elif path not in ours and not any(path.match(model) for model in MODELS):
            yield path


def _move(path: Path, target: Path) -> list[str]:
    place = target / path.name
    if path.name == PROGRESS and place.is_file():
        said = _absorb(place, path, target)
        folder.set_aside(target, path)
        return said
    if place.exists():
        place = folder.free(place)
    shutil.move(path, place)
    return [f"{path.name} agora mora em {target.name}" + _renamed(path, place)]


def _try_to_copy(path: Path, target: Path) -> list[str]:
    """Copia o que alguém pôs entre as lições; o que não se deixa copiar não para o resto."""
    try:
        return _copy(path, target)
    except OSError as error:
        if error.errno in (errno.ENOSPC, _OVER_QUOTA):
            raise
        return [f"{path.name} não se deixou copiar ({_why(error)}): ficou onde estava."]


def _why(error: OSError) -> str:
    if isinstance(error, shutil.Error):  # uma pasta: cada arquivo com o seu motivo
        return ", ".join(Path(found[0]).name for found in error.args[0][:3])
    return "não é um arquivo comum" if error.errno is None else reason(error)


def _copy(path: Path, target: Path) -> list[str]:
    place = target / path.name
    if path.parent.name == folder.KEPT:
        place = target / folder.KEPT / path.name
        place.parent.mkdir(exist_ok=True)
    if path.name == PROGRESS and place.is_file():
        return _absorb(place, path, target)
    if place.exists():
        if _same(path, place):
            return []
        place = folder.free(place)
    beside = place.with_name(f".{place.name}-parcial")
    if path.is_dir():
        shutil.rmtree(beside, ignore_errors=True)
        shutil.copytree(path, beside, symlinks=True)  # um atalho para a própria pasta não acabaria
    else:
        shutil.copy2(path, beside)
    beside.replace(place)
    return [f"{path.name} foi copiado para {target.name}" + _renamed(path, place)]


def _same(path, place):
    if path.is_file():
        return place.is_file() and path.read_bytes() == place.read_bytes()
    files = [inner.relative_to(path) for inner in path.rglob("*") if inner.is_file()]
    return place.is_dir() and all(
        (place / inner).is_file()
        and (place / inner).stat().st_size == (path / inner).stat().st_size
        for inner in files
    )


def _renamed(path, place):
    return "." if place.name == path.name else f", como {place.name}."


def _absorb(place: Path, other: Path, target: Path) -> list[str]:
    from helpers.exercises import progress

    before = place.read_bytes()
    try:
        progress.absorb(place, other)
    except (ValueError, OSError):  # ilegível, ou de uma versão mais nova do curso
        kept = folder.keep(target, other)
        return [f"{PROGRESS} não se deixou somar ao outro: ficou em {folder.KEPT}/{kept.name}."]
    if place.read_bytes() == before:
        return []
    return [f"{PROGRESS}: somei ao seu o que estava em {other.parent.name}."]
