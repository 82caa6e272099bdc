"""As lições como o curso as entrega, mesmo quando alguém escreveu direto na pasta `notebooks`."""

import hashlib
import json
import subprocess
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import cached_property
from pathlib import Path

from helpers import myst
from helpers.classroom import notebooks
from helpers.classroom.notebooks import Cell, Notebook

#: Onde cada notebook guarda a impressão digital do texto de que veio.
SYNC_KEY = "texto_sha256"


@dataclass(frozen=True)
class Lesson:
    """Uma lição: as células entregues e, se alguém escreveu nelas, as células escritas.

    Parâmetros:
        name: o caminho sem o `.ipynb`, como `01_tokenizacao_bpe` ou `anexos/01_tokenizacao_bpe`.
        metadata: os metadados do notebook.
        cells: as células entregues, sem saídas.
        written: as células como estão na pasta, quando diferem das entregues; senão, None.
        certain: se as células entregues são conhecidas, e não só supostas.
        doubtful: se há um texto ao lado, mas de outra edição: alguém pode ter escrito nelas.
    """

    name: str
    metadata: dict
    cells: list[Cell] = field(repr=False)
    written: list[Cell] | None = field(default=None, repr=False)
    certain: bool = True
    doubtful: bool = False

    @cached_property
    def edition(self) -> str:
        """Um código que muda quando qualquer coisa entregue muda."""
        whole = json.dumps(self.cells, sort_keys=True)
        return hashlib.sha256(whole.encode("ascii")).hexdigest()[:12]

    @property
    def title(self) -> str:
        """O título da lição."""
        found = [title for cell in self.cells if (title := notebooks.heading(cell))]
        return found[0] if found else self.name


def find(folder: Path) -> list[Path]:
    """Lista os notebooks de uma pasta de lições e dos anexos dela.

    Parâmetros:
        folder: como `notebooks` ou `meu_curso`.
    """
    return sorted([*folder.glob("*.ipynb"), *folder.glob("anexos/*.ipynb")])


def name_of(path: Path, folder: Path) -> str:
    """Devolve o nome de uma lição.

    Parâmetros:
        folder: a pasta de lições.
    """
    return path.relative_to(folder).with_suffix("").as_posix()


def is_lesson(path: Path) -> bool:
    """Diz se um notebook é uma lição, que tem o texto ao lado, e não um que alguém criou ali."""
    return not (path.parent / "texto").is_dir() or has_text(path)


def has_text(path: Path) -> bool:
    """Diz se há, ao lado de um notebook, o texto de que ele veio."""
    return text_beside(path).is_file()


def text_beside(path: Path) -> Path:
    """Devolve onde fica o texto de um notebook."""
    return path.parent / "texto" / f"{path.stem}.md"


def load(path: Path, folder: Path) -> Lesson:
    """Lê uma lição e separa o que foi entregue do que alguém escreveu.

    O texto (`texto/*.md`) que acompanha o notebook diz como ele veio: quem estuda não mexe nele.

    Parâmetros:
        folder: a pasta de lições.

    Erros:
        Unreadable: se o notebook não se deixar ler.
        OSError: se o sistema não deixar ler o arquivo.
    """
    notebook = notebooks.read(path)
    cells = notebooks.with_identities(notebook["cells"])
    name = name_of(path, folder)
    text = _text_of(path, notebook)
    if text is None:
        bare = notebooks.without_outputs(cells)
        doubtful = has_text(path) and not _committed(path)
        return Lesson(name, notebook["metadata"], bare, certain=False, doubtful=doubtful)
    came = myst.cells(text)
    same = [_visible(cell) for cell in came] == [_visible(cell) for cell in cells]
    if same or _committed(path):
        return Lesson(name, notebook["metadata"], notebooks.without_outputs(cells))
    delivered = notebooks.without_outputs(_restore(cells, came))
    return Lesson(name, notebook["metadata"], delivered, written=cells)


def _committed(path: Path) -> bool:
    """Diz se o git guarda o notebook tal como está: então é o curso que difere do texto."""
    for command in (["ls-files", "--error-unmatch"], ["diff", "--quiet", "HEAD"]):
        try:
            done = subprocess.run(
                ["git", *command, "--", path.name], cwd=path.parent, capture_output=True
            )
        except OSError:
            return False
        if done.returncode:
            return False
    return True


def _visible(cell):
    return cell["cell_type"], cell["source"].strip("\n")


def _text_of(path: Path, notebook: Notebook) -> str | None:
    """Devolve o texto de que este notebook veio, ou None se não há ou se é de outra edição."""
    try:
        data = text_beside(path).read_bytes()
    except OSError:
        return None
    data = data.replace(b"\r\n", b"\n")
    same = hashlib.sha256(data).hexdigest() == notebook["metadata"].get(SYNC_KEY)
    return data.decode("utf-8") if same else None


def _restore(cells: list[Cell], came: list[Cell]) -> list[Cell]:
    """Devolve as células que vieram, com a identidade das que estão no notebook."""
    old, new = [_key(cell) for cell in cells], [_key(cell) for cell in came]
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    partner = {}
    for kind, a0, a1, b0, b1 in matcher.get_opcodes():
        if kind == "equal" or (kind == "replace" and a1 - a0 == b1 - b0):
            partner |= {
                b: cells[a]
                for a, b in zip(range(a0, a1), range(b0, b1), strict=True)
                if cells[a]["cell_type"] == came[b]["cell_type"]
            }
    restored = []
    for number, cell in enumerate(came):
        match = partner.get(number, {})
        source = cell["source"]
        if match and match["source"].strip("\n") == source.strip("\n"):
            source = match["source"]
        restored.append({**cell, **match, "source": source})
    return notebooks.with_identities(restored)


def _key(cell):
    return notebooks.role(cell) or (cell["cell_type"], cell["source"].strip())
