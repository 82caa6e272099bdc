"""O que uma atualização mudou, em palavras de quem estuda."""

from pathlib import Path

from helpers.classroom import notebooks
from helpers.classroom.lessons import Lesson
from helpers.classroom.merge import Merged
from helpers.classroom.notebooks import Cell

FEW = 4


def opening(first: bool, target: Path) -> list[str]:
    """Devolve o que dizer quando a pasta acaba de nascer.

    Parâmetros:
        first: se ela não tinha nenhuma lição.
        target: a pasta de quem estuda.
    """
    if not first:
        return []
    return [
        f"Fiz a sua cópia das lições em {target.name}: é nela que você escreve, e ela fica quando "
        "o curso se atualiza. A pasta notebooks continua como veio."
    ]


def place(path: Path, target: Path) -> str:
    """Devolve o caminho de um arquivo como quem estuda o vê.

    Parâmetros:
        path: o arquivo, dentro da pasta de quem estuda.
        target: a pasta de quem estuda.
    """
    return f"{target.name}/{path.relative_to(target).as_posix()}"


def lesson(
    new: Lesson,
    merged: Merged | None,
    kept: Path | None,
    target: Path,
    former: str | None,
    arrived: list[Cell],
) -> list[str]:
    """Conta o que mudou numa lição.

    Parâmetros:
        new: a lição nova.
        merged: o que a junção conta; None se não houve junção.
        kept: onde ficou o arquivo de antes; None se não havia o que guardar.
        target: a pasta de quem estuda.
        former: o nome que a lição tinha; None se ela é nova.
        arrived: as células em que a pessoa escreveu e que vieram de outra lição.
    """
    if former is None:
        said = [f"{new.title}: lição nova."]
    else:
        said = [f"{new.title}: atualizada."]
        if former != new.name:
            said.append(f"  o arquivo {former}.ipynb agora se chama {new.name}.ipynb")
    if arrived:
        exercises = [part[0] for cell in arrived if (part := notebooks.role(cell))]
        what = _titles(new, exercises) or _count(len(arrived), "célula", "células")
        said.append(f"  veio para cá, com o que você escreveu: {what}")
    if former is not None and merged is not None:
        said += [f"  {line}" for line in _changes(new, merged)]
    if kept is not None:
        said.append(f"  como estava: {place(kept, target)}")
    return said


def _changes(new: Lesson, merged: Merged) -> list[str]:
    said = []
    parts = _sections(new, {cell["id"] for cell in merged.renewed})
    if parts:
        more = f" e mais {len(parts) - FEW}" if len(parts) > FEW else ""
        said.append(f"mudou em: {'; '.join(parts[:FEW])}{more}")
    stayed = _stayed(merged)
    if stayed:
        said.append(f"ficou como você deixou: {', '.join(stayed)}")
    if len(merged.aside) == 1:
        said.append(
            "1 célula em que você mexeu também mudou ou saiu da lição: a sua versão ficou, com um "
            "rótulo acima dela"
        )
    elif merged.aside:
        said.append(
            f"{len(merged.aside)} células em que você mexeu também mudaram ou saíram da lição: as "
            "suas versões ficaram, com um rótulo acima de cada uma"
        )
    if merged.statements:
        said.append(f"mudou o enunciado de: {_titles(new, merged.statements)}")
    if merged.warned:
        said.append(
            f"pede outra coisa agora: {_titles(new, merged.warned)}. Sua resposta ficou, com um "
            "aviso logo acima"
        )
    return said


def _stayed(merged):
    return [
        told
        for told in (
            _count(len(merged.answers), "resposta", "respostas"),
            _count(merged.edited, "célula que você mudou", "células que você mudou"),
            _count(merged.created, "célula que você criou", "células que você criou"),
        )
        if told
    ]


def _count(number, one, many):
    return f"{number} {one if number == 1 else many}" if number else ""


def _sections(new: Lesson, changed: set[str]) -> list[str]:
    """Devolve os títulos sob os quais há células mudadas, na ordem da lição."""
    found, current = [], new.title
    for cell in new.cells:
        current = notebooks.heading(cell) or current
        if cell["id"] in changed and current not in found:
            found.append(current)
    return found


def _titles(new: Lesson, exercises: list[str]) -> str:
    titles = {}
    for cell in new.cells:
        part = notebooks.role(cell)
        if part and part[1] == "card":
            titles[part[0]] = notebooks.heading(cell).removeprefix("Exercício: ")
    return "; ".join(f"“{titles.get(name, name)}”" for name in exercises)


def broken(name: str, problem: str, saved: bool, kept: Path | None, target: Path) -> str:
    """Diz que o arquivo de uma lição não se deixa ler, e o que foi feito.

    Parâmetros:
        problem: por que não se deixa ler.
        saved: se o JupyterLab tinha guardado uma versão boa.
        kept: onde o arquivo ficou; None se ele sumiu.
        target: a pasta de quem estuda.
    """
    instead = "a versão do seu último Ctrl-S" if saved else "a lição como veio"
    where = f" O arquivo, como estava, ficou em {place(kept, target)}." if kept else ""
    return f"{name}.ipynb {problem}, e não abriria: pus no lugar {instead}.{where}"


def unread(name: str, problem: str, saved: bool) -> str:
    """Diz que um arquivo de outra pasta não se deixa ler.

    Parâmetros:
        problem: por que não se deixa ler.
        saved: se o JupyterLab tinha guardado uma versão boa.
    """
    instead = "uso a versão do último Ctrl-S" if saved else "não pude trazer nada dele"
    return f"na outra pasta, {name}.ipynb {problem}: {instead}; ele fica onde está."


def damaged(name: str, problem: str) -> str:
    """Diz que uma lição do próprio curso não se deixa ler.

    Parâmetros:
        problem: por que não se deixa ler.
    """
    return (
        f"a lição notebooks/{name}.ipynb {problem}: a sua fica como está. Para consertar, com git: "
        f"git checkout -- notebooks/{name}.ipynb; sem git, baixe o curso de novo."
    )


def gone(name: str, left: Path | None, target: Path) -> str:
    """Diz que uma lição saiu do curso.

    Parâmetros:
        left: onde ficou a da pessoa; None se não havia nada dela.
        target: a pasta de quem estuda.
    """
    where = f" A sua está em {place(left, target)}." if left else ""
    return f"{name} saiu do curso.{where}"


def brought(new: Lesson, merged: Merged, aside: int) -> str:
    """Diz o que veio de outra pasta.

    Parâmetros:
        merged: o que a junção conta.
        aside: quantas células ficaram fora do lugar, com um rótulo.
    """
    parts = _stayed(merged)
    if aside:
        parts.append(_count(aside, "célula", "células") + " à parte, com um rótulo acima")
    return f"{new.title}: trouxe {', '.join(parts)}."
