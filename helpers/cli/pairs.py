"""Leva cada notebook para o seu texto e de volta, sem perder identidade nem trabalho.

O texto (`notebooks/texto/*.md`, MyST) é a fonte revisada; o notebook (`notebooks/*.ipynb`) é o que
se abre em aula. As saídas e as identidades das células só existem no notebook.
"""

import hashlib
import re
from difflib import SequenceMatcher
from pathlib import Path

KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
LANGUAGE = {
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "pygments_lexer": "ipython3",
}
FORMAT = "md:myst"
CELL_FILTER = "all,-execution,-collapsed"
NOTEBOOK_FILTER = "kernelspec,jupytext,licao,-jupytext.text_representation.jupytext_version"
SYNC_KEY = "texto_sha256"  # impressão digital do texto na última sincronização
LESSON_KEY = "licao"  # o que o cabeçalho do texto diz da lição; quem o lê é `headers`
ROLES = ("card", "exercise", "check", "solution")


def read_text(text: str):
    """Devolve o notebook, sem saídas, que um texto MyST descreve.

    Parâmetros:
        text: conteúdo do arquivo .md.
    """
    import jupytext

    notebook = jupytext.reads(text, fmt=FORMAT)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.pop("attachments", None)
    return notebook


def write_text(notebook) -> str:
    """Devolve o texto MyST de um notebook, sempre escrito da mesma forma.

    Parâmetros:
        notebook: notebook do nbformat; não é alterado.
    """
    import jupytext
    import nbformat
    from jupytext.config import JupytextConfiguration

    # As mesmas regras de pyproject.toml, sem depender da pasta de onde se chama.
    rules = JupytextConfiguration(
        cell_metadata_filter=CELL_FILTER, notebook_metadata_filter=NOTEBOOK_FILTER
    )
    bare = nbformat.v4.new_notebook(metadata={"kernelspec": dict(KERNEL)})
    if LESSON_KEY in notebook.metadata:
        bare.metadata[LESSON_KEY] = _sorted(notebook.metadata[LESSON_KEY])
    for cell in notebook.cells:
        new = nbformat.from_dict(dict(cell))
        new.metadata = nbformat.from_dict(_sorted(cell.metadata))
        bare.cells.append(new)
    return jupytext.writes(bare, fmt=FORMAT, config=rules)


def fingerprint(notebook) -> str:
    """Devolve a impressão digital do que se lê num notebook: fontes, papéis e ordem.

    Parâmetros:
        notebook: notebook do nbformat.
    """
    return hashlib.sha256(write_text(notebook).encode("utf-8")).hexdigest()


def adopt(source, former, stem: str) -> None:
    """Dá a cada célula de `source` uma identidade estável, herdando as de `former`.

    Uma célula igual, ou editada no mesmo lugar, conserva a identidade; uma nova recebe outra,
    calculada a partir do conteúdo com que nasceu.

    Parâmetros:
        source: notebook lido do texto, alterado no lugar.
        former: notebook que já existia, ou None.
        stem: nome do notebook, para que duas lições não gerem identidades iguais.
    """
    old = list(former.cells) if former is not None else []
    inherited = _match(source.cells, old)
    used = set(inherited.values())
    for number, cell in enumerate(source.cells):
        identity = inherited.get(number) or _new_identity(cell, stem, used)
        used.add(identity)
        cell["id"] = identity


def _match(new: list, old: list) -> dict[int, str]:
    """Casa células novas e antigas: primeiro as iguais, depois as editadas no mesmo lugar."""
    matcher = SequenceMatcher(None, [_key(c) for c in old], [_key(c) for c in new], autojunk=False)
    inherited = {}
    for kind, a0, a1, b0, b1 in matcher.get_opcodes():
        if kind == "equal" or (kind == "replace" and a1 - a0 == b1 - b0):
            for before, after in zip(range(a0, a1), range(b0, b1), strict=True):
                if old[before].cell_type == new[after].cell_type and "id" in old[before]:
                    inherited[after] = old[before]["id"]
    return inherited


def _key(cell) -> tuple:
    role = role_of(cell)
    # A identidade de uma célula de exercício segue o papel, e não o conteúdo.
    return ("exercício", *role) if role else (cell.cell_type, cell.source.strip())


def _new_identity(cell, stem: str, used: set[str]) -> str:
    role = role_of(cell)
    if role:
        base = re.sub(r"[^A-Za-z0-9]+", "-", "-".join(role))
    else:
        content = f"{stem}\n{cell.cell_type}\n{cell.source.strip()}"
        base = hashlib.sha256(content.encode("utf-8")).hexdigest()[:8]
    identity, ordinal = base, 1
    while identity in used:
        ordinal += 1
        identity = f"{base}-{ordinal}"
    return identity


def role_of(cell) -> tuple[str, str] | None:
    """Devolve (exercício, papel) de uma célula de exercício, ou None.

    Parâmetros:
        cell: célula do nbformat.

    Erros:
        ValueError: se a célula tiver `exercise` sem exatamente um dos quatro papéis.
    """
    exercise = cell.metadata.get("exercise")
    if exercise is None:
        return None
    found = [tag for tag in cell.metadata.get("tags", []) if tag in ROLES]
    if len(found) != 1:
        raise ValueError(
            f"a célula do exercício {exercise} tem os papéis {found}; "
            f"dê a ela exatamente um destes: {', '.join(ROLES)}"
        )
    return str(exercise), found[0]


def fill_exercises(notebook) -> None:
    """Arruma a forma dos cartões e escreve, ou põe, a conferência e a solução de cada exercício.

    Parâmetros:
        notebook: notebook alterado no lugar.

    Erros:
        ValueError: um cartão não tem a forma combinada, ou falta uma parte do exercício.
    """
    roles = [role for cell in notebook.cells if (role := role_of(cell))]
    if not roles:
        return
    from helpers.exercises import lesson_text

    _put_missing_cells(notebook, roles)
    cells = {role_of(cell): cell for cell in notebook.cells}
    for exercise in dict.fromkeys(exercise for exercise, _ in roles):
        if (exercise, "card") not in cells or (exercise, "exercise") not in cells:
            raise ValueError(
                f"o exercício {exercise} precisa de duas células escritas à mão: o cartão "
                "(rótulo `card`) e, depois dele, a que se completa (rótulo `exercise`)"
            )
        card = lesson_text.parse_card(cells[exercise, "card"].source, exercise, "neste texto")
        card = lesson_text.with_stub(card, cells[exercise, "exercise"].source)
        solution = cells[exercise, "solution"]
        cells[exercise, "card"].source = lesson_text.card_markdown(card)
        cells[exercise, "exercise"].source = card.stub
        cells[exercise, "check"].source = lesson_text.check_source(card)
        solution.source = lesson_text.solution_source(card, _answer(exercise))
        solution.metadata["jupyter"] = {"source_hidden": True}


def _put_missing_cells(notebook, roles: list[tuple[str, str]]) -> None:
    """Põe a conferência e a solução depois da célula que se completa, se ainda não há."""
    import nbformat

    used = {cell.get("id") for cell in notebook.cells}
    filled = []
    for cell in notebook.cells:
        filled.append(cell)
        exercise, role = role_of(cell) or ("", "")
        for new in ("check", "solution") if role == "exercise" else ():
            if (exercise, new) not in roles:
                metadata = {"exercise": exercise, "tags": [new]}
                filled.append(nbformat.v4.new_code_cell(metadata=metadata))
                filled[-1]["id"] = _new_identity(filled[-1], "", used)
    notebook.cells = filled


def _answer(exercise: str):
    from helpers.exercises import registry

    known = registry.answers(exercise[:2])
    if exercise not in known:
        raise ValueError(
            f"falta a resposta de {exercise} em helpers/exercises/answers_{exercise[:2]}.py; há: "
            f"{', '.join(known) or 'nenhuma'}"
        )
    return known[exercise]


def paired_text(notebook_path: Path) -> Path:
    """Devolve o caminho do texto que acompanha um notebook.

    Parâmetros:
        notebook_path: caminho do .ipynb.
    """
    return notebook_path.parent / "texto" / f"{notebook_path.stem}.md"


def _sorted(value):
    """Ordena as chaves, para que o mesmo conteúdo dê sempre o mesmo arquivo."""
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return value
