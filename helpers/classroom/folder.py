"""A pasta de quem estuda no disco: guardar com data, pôr de lado, segurar enquanto se escreve."""

import contextlib
import errno
import json
import os
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from helpers.files import reason, replace_file, try_lock
from helpers.student_folder import VARIABLE

KEPT = "guardadas"
INNER = ".curso"
STATE = "estado.json"
#: O que o registro guarda: arquivos soltos e lições fora do curso, pelo nome; e o que foi trazido
#: de cada lição escrita em `notebooks`.
_KINDS = {"soltos": list, "fora": list, "notebooks": dict}


class FolderError(Exception):
    """Diz o que impediu de mexer na pasta de quem estuda, e o que fazer.

    Parâmetros:
        message: o que aconteceu, numa frase.
        next_step: o que fazer agora.
    """

    def __init__(self, message: str, next_step: str) -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step
        self.exit_code = 1


def keep(folder: Path, path: Path, mark: str = "") -> Path:
    """Copia um arquivo para `guardadas`, com a data no nome, e devolve a cópia.

    Uma cópia igual, guardada há pouco, serve: repetir um comando interrompido não as multiplica.

    Parâmetros:
        folder: a pasta de quem estuda.
        path: o arquivo; fica onde está.
        mark: palavra a mais no nome, como `ilegivel`.
    """
    data = path.read_bytes()
    target = _kept_name(folder, path, mark)
    last = _last_kept(target)
    if last is not None and last.read_bytes() == data:
        return last
    target = free(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    replace_file(target, data)
    with contextlib.suppress(OSError):
        shutil.copystat(path, target)
    return target


def set_aside(folder: Path, path: Path, mark: str = "") -> Path:
    """Move um arquivo ou uma pasta para `guardadas`, com a data no nome; devolve onde ficou.

    Parâmetros:
        folder: a pasta de quem estuda.
        path: o que sai do lugar.
        mark: palavra a mais no nome, como `ilegivel`.
    """
    target = free(_kept_name(folder, path, mark))
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(path, target)
    return target


def _kept_name(folder, path, mark):
    try:
        inner = path.relative_to(folder).with_suffix("").parts
    except ValueError:
        inner = (path.stem,)
    moment = datetime.now().strftime("%Y-%m-%d_%Hh%M")
    name = "_".join([*inner, *([mark] if mark else []), moment])
    return folder / KEPT / f"{name}{path.suffix}"


def _last_kept(target):
    """A última cópia guardada da mesma lição: o nome é o mesmo até a data."""
    found = [
        path
        for path in target.parent.glob(f"*{target.suffix}")
        if path.is_file() and _start(path.stem) == _start(target.stem)
    ]
    return max(found, key=lambda path: path.stem, default=None)


def _start(stem):
    return stem.rsplit("_", 2)[0]


def free(target: Path) -> Path:
    """Devolve um caminho em que não há nada: o pedido, ou o mesmo com um número.

    Parâmetros:
        target: o caminho pedido.
    """
    number, place = 1, target
    while place.exists() or place.is_symlink():
        number += 1
        place = target.with_name(f"{target.stem}-{number}{target.suffix}")
    return place


def read_state(folder: Path) -> dict:
    """Lê o que já foi trazido para a pasta; vazio quando não há registro.

    Parâmetros:
        folder: a pasta de quem estuda.
    """
    try:
        state = json.loads((folder / INNER / STATE).read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    kinds = _KINDS if isinstance(state, dict) else {}
    return {key: state[key] for key, kind in kinds.items() if isinstance(state.get(key), kind)}


def write_state(folder: Path, state: dict) -> None:
    """Grava o que já foi trazido para a pasta.

    Parâmetros:
        folder: a pasta de quem estuda.
        state: o registro inteiro.
    """
    replace_file(folder / INNER / STATE, json.dumps(state, indent=1, sort_keys=True) + "\n")


@contextlib.contextmanager
def held(folder: Path) -> Iterator[bool]:
    """Segura a pasta enquanto o bloco roda; dá False quando outro programa já a segura.

    O sistema solta a pasta se o programa morrer.

    Parâmetros:
        folder: a pasta de quem estuda; é criada se não existir.
    """
    inner = folder / INNER
    if os.path.lexists(folder) and not folder.is_dir():
        raise FolderError(
            f"{folder} devia ser a pasta das suas lições, e não é uma pasta.",
            "apague ou renomeie o que está lá (um arquivo, ou um atalho para uma pasta que sumiu), "
            f"ou aponte outra pasta na variável {VARIABLE}, e rode de novo.",
        )
    try:
        inner.mkdir(parents=True, exist_ok=True)
        guard = open(inner / "trava", "a+b")  # noqa: SIM115
    except OSError as error:
        raise failure(error, folder) from error
    with guard:
        yield try_lock(guard.fileno())


def busy(folder: Path) -> FolderError:
    """Devolve a falha de quem encontra a pasta em uso.

    Parâmetros:
        folder: a pasta de quem estuda.
    """
    return FolderError(
        f"o JupyterLab do curso está aberto em {folder.name}, ou outro terminal a atualiza.",
        "salve as lições (Ctrl-S), encerre o JupyterLab com Ctrl-C no terminal dele, espere o "
        "outro terminal terminar e rode de novo. Com uma lição aberta, a versão da tela passaria "
        "por cima da nova.",
    )


def failure(error: OSError, folder: Path) -> FolderError:
    """Devolve a falha que explica um erro do sistema.

    Parâmetros:
        error: o que o sistema disse.
        folder: a pasta de quem estuda.
    """
    if error.errno in (28, 122):  # sem espaço, ou cota do usuário
        return FolderError(
            "o disco encheu: não consegui gravar em " + folder.name + ".",
            "libere espaço (lixeira, pasta de downloads) e rode de novo. Nada se perdeu: cada "
            "arquivo está inteiro, como antes ou já atualizado.",
        )
    named = getattr(error, "filename2", None) or error.filename
    where = Path(named).name if isinstance(named, str) else folder.name
    if error.errno in (errno.EEXIST, errno.ENOTDIR, errno.EISDIR):
        return FolderError(
            f"há em {folder.name} um {where} que o curso não pôs lá, e onde ele guarda as coisas "
            f"dele ({reason(error)}).",
            f"mude o nome de {where}, ou leve-o para outra pasta, e rode de novo. Nada se perdeu.",
        )
    return FolderError(
        f"não consegui mexer em {where}: {reason(error)}.",
        f"confira se a pasta {folder.name} é sua e permite gravar, e se outro programa não está "
        "com o arquivo aberto. Nada se perdeu: cada arquivo está inteiro.",
    )
