"""Os comandos da pasta de quem estuda: deixá-la em dia ao abrir, atualizar e recomeçar."""

import contextlib
import os
import subprocess
import sys
from pathlib import Path

from helpers import student_folder
from helpers.classroom import folder, update
from helpers.classroom.folder import FolderError
from helpers.classroom.update import Told, restart
from helpers.cli.console import print_failure, say
from helpers.cli.environment import venv_python
from helpers.cli.installer import child_environment

#: Onde o JupyterLab do curso guarda as próprias coisas, dentro da pasta de quem estuda.
JUPYTER = Path(folder.INNER) / "jupyter"


@contextlib.contextmanager
def kept_current(root: Path):
    """Deixa a pasta de quem estuda em dia e a segura enquanto o bloco roda.

    Se não for possível atualizar, avisa e segue com as lições que há.

    Erros:
        FolderError: não há lição nenhuma para abrir, nem como pô-las ali.
    """
    target = student_folder.path()
    with contextlib.ExitStack() as stack:
        try:
            if stack.enter_context(folder.held(target)):
                _tell(root, update.bring_up_to_date(root, target))
            else:
                say(f"{target.name} já está em uso, talvez em outro JupyterLab: não a atualizo.")
        except FolderError as error:
            if not any(target.glob("*.ipynb")):
                raise
            print_failure(error)
            say("Abro as lições como estão.", sys.stderr)
        yield


def bring(root: Path, origin: str | None) -> int:
    """Traz as lições novas e diz o que mudou.

    Parâmetros:
        origin: outra pasta de onde trazer respostas, ou None.

    Retorna:
        0, quando deu certo.

    Erros:
        FolderError: o que impediu, e o que fazer.
    """
    target = student_folder.path()
    told = update.update(root, target, Path(os.path.expanduser(origin)) if origin else None)
    _tell(root, told)
    if not told.lines:
        say(f"Nada de novo: as lições de {target.name} já são as desta versão do curso.")
    return 0


def start_again(root: Path, lesson: str) -> int:
    """Recomeça uma lição e diz onde ficou a de antes.

    Parâmetros:
        lesson: a lição, como `01`.

    Retorna:
        0, quando deu certo.

    Erros:
        FolderError: o que impediu, e o que fazer.
    """
    say(restart(root, student_folder.path(), lesson))
    return 0


def _tell(root: Path, told: Told) -> None:
    _pass_trust_on(root, told)
    for line in told.lines:
        say(line)


def _pass_trust_on(root: Path, told: Told) -> None:
    if not told.rewritten:
        return
    python = venv_python(root)
    data = student_folder.path() / JUPYTER / "dados"
    arguments = [str(data) if data.is_dir() else ""]
    arguments += [str(path) for pair in told.rewritten for path in pair]
    subprocess.run(
        [str(python if python.exists() else sys.executable), "-m", "helpers.cli.trust", *arguments],
        cwd=root,
        env=child_environment(),
        capture_output=True,  # sem o nbformat, ou sem onde anotar: as saídas voltam ao rodar
    )
