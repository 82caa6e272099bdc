"""Recomeça uma lição: ela volta a ser como veio, e a de antes fica guardada."""

from pathlib import Path

from helpers.classroom import folder, telling
from helpers.classroom.folder import FolderError
from helpers.classroom.update import read_course, untouched
from helpers.files import replace_file


def restart(course: Path, target: Path, asked: str) -> str:
    """Põe uma lição como veio, guarda a de antes e diz onde.

    Parâmetros:
        course: a pasta do curso.
        target: a pasta de quem estuda.
        asked: a lição, como `01`, `01_tokenizacao_bpe` ou `anexos/01`.

    Erros:
        FolderError: a lição não existe, ou a pasta não se deixa mexer.
    """
    try:
        whole, _ = read_course(course / "notebooks")
        lesson = whole[_choose(asked, sorted(whole))]
        with folder.held(target) as free:
            if not free:
                raise folder.busy(target)
            path = target / f"{lesson.name}.ipynb"
            data = untouched(lesson)
            if path.is_file() and path.read_bytes() == data:
                return f"{lesson.title}: já está como veio."
            kept = None
            if path.exists():
                kept = (folder.set_aside if path.is_dir() else folder.keep)(target, path)
            path.parent.mkdir(parents=True, exist_ok=True)
            replace_file(path, data)
    except OSError as error:
        raise folder.failure(error, target) from error
    where = f" A sua ficou em {telling.place(kept, target)}." if kept else ""
    return f"{lesson.title}: recomeçada.{where} O progresso anotado não muda."


def _choose(asked: str, names: list[str]) -> str:
    wanted = asked.replace("\\", "/").removesuffix(".ipynb")
    for start in ("./", "meu_curso/", "notebooks/"):
        wanted = wanted.removeprefix(start)
    above, _, stem = wanted.rpartition("/")
    stem = stem.zfill(2) if stem.isdecimal() else stem
    wanted = f"{above}/{stem}" if above else stem
    found = [name for name in names if name == wanted or (stem and name.startswith(f"{wanted}_"))]
    if len(found) == 1:
        return found[0]
    raise FolderError(
        f"não sei qual lição é {asked!r}.", f"escolha uma destas: {', '.join(found or names)}."
    )
