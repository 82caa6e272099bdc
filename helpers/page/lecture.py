"""A lição no projetor: o plano de minutos, o que o professor lê e o programa que passa as telas."""

import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path

from helpers.page import prose
from helpers.page.living import json_text

TEMPLATES = Path(__file__).parent / "templates"
NAME = "transformers-por-dentro-aula"
ROW = re.compile(r"^\|([^|]+)\| (\d+) \|([^|]*)\|$", re.M)
NUMBERS = re.compile(r"^(?:Abertura e )?((?:\d+\.?(?:, | e )?)+)")
PAUSE = re.compile(r"pausa (?:é )?depois da seção (\d+)")
EACH = "Seção a seção"
OPENING, CLOSING = "0", "fim"


class NotesError(ValueError):
    """Diz o que falta nas notas de uma aula."""


@dataclass(frozen=True)
class Row:
    """Uma linha do plano.

    Parâmetros:
        label: que seções ela cobre, como está escrito.
        minutes: quanto se planejou.
        ensure: o que garantir, em HTML.
        note: o que dizer, fazer e perguntar, em HTML; vazio se as notas não o dizem.
    """

    label: str
    minutes: int
    ensure: str
    note: str


@dataclass(frozen=True)
class LecturePlan:
    """As notas de uma aula, prontas para a segunda janela.

    Parâmetros:
        title: o título das notas.
        rows: o plano, na ordem.
        keys: de cada seção (`0` a abertura, `fim` o que não tem número) à linha dela.
        pauses: as linhas depois das quais se pode parar.
        more: o que vale para a lição toda, em HTML.
    """

    title: str
    rows: list[Row]
    keys: dict[str, int]
    pauses: list[int]
    more: str


def section_keys(label: str) -> list[str]:
    """As seções de que fala uma linha do plano ou um título: `9. e 10. O seu texto` são duas.

    Parâmetros:
        label: o começo da linha, ou o título sem o `##`.
    """
    found = NUMBERS.match(label)
    keys = re.findall(r"\d+", found[1]) if found else []
    if re.search(r"\babertura\b", label, re.I):
        keys.insert(0, OPENING)
    if re.search(r"\bquiz\b|^O que você leva", label, re.I) and not found:
        keys.append(CLOSING)
    return keys


def plan_of(source: str) -> LecturePlan:
    """Lê as notas de uma aula.

    Parâmetros:
        source: o Markdown delas.

    Erros:
        NotesError: se não houver tabela de minutos, ou uma linha não disser de que seção fala.
    """
    head, *parts = re.split(r"^## ", source, flags=re.M)
    notes: dict[str, str] = {}
    more = []
    for part in parts:
        title, _, body = part.partition("\n")
        if title.strip() == EACH:
            for one in re.split(r"^### ", body, flags=re.M)[1:]:
                name, _, text = one.partition("\n")
                notes |= dict.fromkeys(section_keys(name), _html(text))
        else:
            more.append(_html(f"## {part}"))
    rows, keys = [], {}
    for number, (label, minutes, ensure) in enumerate(ROW.findall(head)):
        found = section_keys(label.strip())
        if not found:
            raise NotesError(f"a linha {label.strip()!r} não diz de que seção fala.")
        text = "".join(dict.fromkeys(notes.pop(key, "") for key in found))
        inline = re.sub(r"^<p>|</p>$", "", _html(ensure).strip())
        rows.append(Row(label.strip(), int(minutes), inline, text))
        keys |= dict.fromkeys(found, number)
    if not rows:
        raise NotesError("falta a tabela de minutos por seção.")
    if notes:
        raise NotesError(f"há nota para seções fora da tabela: {', '.join(notes)}.")
    pauses = [keys[key] for key in PAUSE.findall(head)]
    title = head.partition("\n")[0].removeprefix("# ").strip()
    return LecturePlan(title, rows, keys, pauses, "".join(more))


def _html(source: str) -> str:
    return prose.render(source.strip(), prose.SitePage(lambda url: None))


def notes_path(root: Path, stem: str) -> Path:
    """Onde ficam as notas de uma lição.

    Parâmetros:
        stem: o nome da lição, sem extensão.
    """
    return root / "docs" / "aulas" / f"{stem}.md"


def plan_script(root: Path, stem: str) -> str:
    """As notas de uma lição num programa clássico.

    Parâmetros:
        stem: o nome da lição, sem extensão.

    Erros:
        NotesError: se as notas não estiverem no formato.
        OSError: se não houver notas.
    """
    try:
        plan = plan_of(notes_path(root, stem).read_text(encoding="utf-8"))
    except NotesError as error:
        raise NotesError(f"docs/aulas/{stem}.md: {error}") from error
    return f"tpdAula.plans[{json_text(stem)}]={json_text(asdict(plan))};\n"


def styles_script() -> str:
    """O que vem antes das notas: os dois estilos, e o lugar dos planos."""
    style, notes = (
        (TEMPLATES / name).read_text(encoding="utf-8") for name in ("lecture.css", "notes.css")
    )
    return f"window.tpdAula={json_text({'style': style, 'notesStyle': notes, 'plans': {}})};\n"


def lecture_script() -> str:
    """O programa que passa as telas, na página e no JupyterLab."""
    return (TEMPLATES / "lecture.js").read_text(encoding="utf-8")


def write_extension(root: Path, stem: str, folder: Path) -> None:
    """Escreve a extensão do JupyterLab, já pronta, com as notas de uma lição.

    Parâmetros:
        stem: o nome da lição, sem extensão.
        folder: a pasta de extensões que o JupyterLab vai ler.

    Erros:
        NotesError: se as notas não estiverem no formato.
        OSError: se não houver notas, ou não se puder escrever.
    """
    static = folder / NAME / "static"
    static.mkdir(parents=True, exist_ok=True)
    parts = [styles_script(), plan_script(root, stem), lecture_script()]
    (static / "remoteEntry.js").write_text("".join(parts), encoding="utf-8")
    build = {"load": "static/remoteEntry.js", "extension": "./extension"}
    record = {
        "name": NAME,
        "version": "1.0.0",
        "jupyterlab": {"extension": True, "_build": build},
    }
    (folder / NAME / "package.json").write_text(json.dumps(record), encoding="utf-8")
