"""Diz, ao lado de um NameError, em que célula da lição o nome nasce.

O ambiente do curso liga isto em todo kernel (`conf/kernel_startup.py`), mesmo no que acabou de
reiniciar e ainda não importou nada. Fora de uma lição nada muda, e o erro do Python aparece sempre.
"""

import builtins
import difflib
from collections.abc import Callable

from helpers.classroom import names
from helpers.classroom.notebooks import Cell


def install(shell) -> None:
    """Liga a dica num kernel; quem já trata os próprios erros fica como está.

    Parâmetros:
        shell: o que `get_ipython()` devolve.
    """
    if shell is None or shell.custom_exceptions:
        return

    def explain(shell, kind, error, trace, tb_offset=None):
        try:
            told = _hint_of(shell, error)
        except Exception:  # a dica nunca esconde o erro
            told = ""
        if told:
            error.add_note(told)
        shell.showtraceback((kind, error, trace), tb_offset=tb_offset)

    shell.set_custom_exc((NameError,), explain)


def _hint_of(shell, error: NameError) -> str:
    if type(error) is not NameError or not error.name:  # UnboundLocalError é de dentro da função
        return ""
    cells = names.cells_of(names.open_file(shell.user_ns))
    message = shell.get_parent() or {}
    here = _position(
        cells,
        message.get("metadata", {}).get("cellId"),
        message.get("content", {}).get("code"),
    )
    known = [name for name in shell.user_ns if not name.startswith("_")]
    return hint(error.name, cells, here, known, shell.transform_cell)


def hint(
    name: str,
    cells: list[Cell],
    here: int | None,
    known: list[str] = (),
    to_python: Callable[[str], str] = str,
) -> str:
    """Escreve a dica de um nome que falta, ou nada, quando não há o que dizer.

    Parâmetros:
        name: o nome que o Python não achou.
        cells: as células da lição, na ordem do arquivo; vazia fora de uma lição.
        here: posição da célula que falhou; None quando não se sabe.
        known: nomes que existem no kernel, candidatos a ser o que se quis escrever.
        to_python: o que troca os comandos do IPython por Python.
    """
    if not cells:
        return ""
    born = {at: names.of_cell(cell, to_python)[1] for at, cell in enumerate(cells)}
    above = [at for at in born if at != here and name in born[at] and (here is None or at < here)]
    if above:
        return _found_above(name, cells, above, here)
    if any(name in new for at, new in born.items() if at != here):
        return f"O nome `{name}` só nasce mais abaixo nesta lição: rode antes a célula que o cria."
    if here in born and name in born[here]:
        return ""
    everything = {*known, *dir(builtins), *(one for new in born.values() for one in new)}
    close = difflib.get_close_matches(name, sorted(everything), n=1, cutoff=0.8)
    return f"Não há `{name}` nesta lição. Você quis escrever `{close[0]}`?" if close else ""


def _found_above(name: str, cells: list[Cell], above: list[int], here: int | None) -> str:
    where = _section(cells, above[-1])
    lines = [
        f"O nome `{name}` nasce numa célula acima{where}, que ainda não rodou até o fim neste "
        "kernel. Nada se perdeu: o que você escreveu está no arquivo.",
        f"O que fazer: menu {names.RUN_ABOVE}.",
    ]
    resume = [at for at, cell in enumerate(cells[:here]) if names.RESUME in names.tags(cell)]
    if here is not None and resume and resume[-1] > above[-1]:
        where = _section(cells, resume[-1])
        lines[1] += f" Ou, mais rápido, rode só a célula «retomar daqui»{where} e as seguintes."
    return "\n".join(lines)


def _section(cells: list[Cell], at: int) -> str:
    title = names.section(cells, at)
    return f" (seção “{title}”)" if title else ""


def _position(cells: list[Cell], cell_id: str | None, code: str | None) -> int | None:
    for at, cell in enumerate(cells):
        if cell_id and cell.get("id") == cell_id:
            return at
    same = [at for at, cell in enumerate(cells) if code and cell["source"] == code]
    return same[0] if len(same) == 1 else None
