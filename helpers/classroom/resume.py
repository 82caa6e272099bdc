"""Retoma uma lição no meio: num kernel novo, refaz só o que o resto dela usa."""

from pathlib import Path

from helpers import student_folder
from helpers.classroom import names
from helpers.classroom.notebooks import Cell

NOTHING = "Nada a refazer: o kernel já tem o que o resto da lição usa."


def resume(lesson: str) -> None:
    """Roda em silêncio as células de cima que criam os nomes que faltam.

    O que já existe no kernel fica como está, e as funções que quem estuda escreveu são as que estão
    no arquivo: nada se troca pela versão do curso.

    Parâmetros:
        lesson: o número da lição, como em `01`; serve para achá-la quando o programa em que o
            notebook está aberto não conta ao kernel onde ele fica.
    """
    from IPython import get_ipython
    from IPython.utils.capture import capture_output

    shell = get_ipython()
    cells, here = find(lesson, shell.user_ns)
    chosen = names.to_run(cells, here, shell.user_ns, shell.transform_cell)
    for at in chosen:
        with capture_output() as said:
            done = shell.run_cell(cells[at]["source"])
        if not done.success:
            said.show()
            print(
                f"Parei na célula da seção “{names.section(cells, at)}” que dá o erro acima; as de "
                "baixo precisam dela. Conserte-a, salve (Ctrl-S) e rode esta célula de novo."
            )
            return
    print(_told(len(chosen)) if chosen else NOTHING)


def find(lesson: str, user_names: dict) -> tuple[list[Cell], int]:
    """Acha as células da lição e a posição da que retoma.

    Parâmetros:
        lesson: o número da lição.
        user_names: os nomes do notebook.

    Erros:
        FileNotFoundError: se a lição não está em lugar nenhum.
    """
    root = Path(__file__).resolve().parents[2]
    places = [names.open_file(user_names)]
    for folder in (student_folder.path(), root / "notebooks"):
        places += sorted(folder.glob(f"{lesson}_*.ipynb"))
    for path in filter(None, places):
        cells = names.cells_of(path)
        for at, cell in enumerate(cells):
            if names.RESUME in names.tags(cell) and f'resume("{lesson}")' in cell["source"]:
                return cells, at
    raise FileNotFoundError(
        f"não achei a lição {lesson} com a célula «retomar daqui»; rode as células de cima: menu "
        f"{names.RUN_ABOVE}."
    )


def _told(count: int) -> str:
    what = "1 célula" if count == 1 else f"{count} células"
    return f"Pronto: rodei de novo, em silêncio, {what} de cima. Siga daqui para baixo."
