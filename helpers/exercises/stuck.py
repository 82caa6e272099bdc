"""Por que e onde uma resposta parou: a linha, o laço em volta e o que provavelmente falta nele."""

import ast
import linecache
import textwrap
from dataclasses import dataclass
from types import CodeType, FrameType
from typing import Literal

Reason = Literal["tempo", "total", "memória", "mão"]


class Stopped(BaseException):
    """A resposta foi interrompida, por nós ou por quem estuda."""


class AskedForInput(Exception):
    """A resposta chamou `input()`."""


@dataclass(frozen=True)
class Stop:
    """Guarda por que e onde uma resposta parou.

    Parâmetros:
        reason: "tempo" e "total" (limites), "memória", ou "mão" (quem estuda interrompeu).
        line: linha da célula; 0 quando não se sabe.
        source: o texto dessa linha, ou do `while` ou `for` em volta dela.
        advice: o que provavelmente falta, ou vazio.
    """

    reason: Reason
    line: int = 0
    source: str = ""
    advice: str = ""


def locate(
    reason: Reason, stuck: list[FrameType], frames: list[FrameType], code: CodeType | None
) -> Stop:
    """Acha a linha da resposta e o laço em volta; o de fora só conta se o de dentro não há.

    Parâmetros:
        stuck: os quadros que já rodavam antes, do mais interno em diante.
        frames: todos os quadros da resposta, na mesma ordem.
        code: código da resposta; sem ele, só se diz por que parou.
    """
    mine = [seen for seen in stuck if code is not None and _is_of(seen, code)]
    places = [(seen.f_lineno, seen.f_code) for seen in mine]
    if not places:
        return Stop(reason)
    loops = [(_loop_around(running, line), running) for line, running in places]
    depth = sum(seen.f_code is places[0][1] for seen in frames)
    whiles = [(loop, running) for loop, running in loops if isinstance(loop, ast.While)]
    if not whiles and depth > 2:
        line, running = places[0]
        advice = (
            f"`{running.co_name}` chama a si mesma vezes demais: falta um caso em que ela pare, ou "
            "guardar o que já foi calculado?"
        )
        return Stop(reason, line, _source(running, line), advice)
    for loop, running in whiles or loops:
        if loop is not None:
            source = _source(running, loop.lineno).rstrip(":")
            return Stop(reason, loop.lineno, source, _advice(loop))
    line, running = places[0]
    return Stop(reason, line, _source(running, line))


def _is_of(frame: FrameType, code: CodeType) -> bool:
    return frame.f_code.co_filename == code.co_filename


def _source(code: CodeType, line: int) -> str:
    return linecache.getline(code.co_filename, line).strip()


def _loop_around(code: CodeType, line: int) -> ast.While | ast.For | None:
    """Devolve o `while` mais interno em volta da linha ou, sem `while`, o `for`."""
    lines = linecache.getlines(code.co_filename)
    try:
        tree = ast.parse("".join(lines))
    except SyntaxError:  # uma célula com comandos do IPython: só a função
        tree = _only(code, lines)
    if tree is None:
        return None
    inside = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.While | ast.For)
        and code.co_firstlineno <= node.lineno <= line <= (node.end_lineno or 0)
    ]
    inside.sort(key=lambda node: (isinstance(node, ast.While), node.lineno))
    return inside[-1] if inside else None


def _only(code: CodeType, lines: list[str]) -> ast.Module | None:
    import inspect

    first = code.co_firstlineno - 1
    block = textwrap.dedent("".join(inspect.getblock(lines[first:])))
    try:
        return ast.increment_lineno(ast.parse(block), first)
    except SyntaxError:
        return None


def _advice(loop: ast.While | ast.For) -> str:
    if isinstance(loop, ast.For):
        names = _names(loop.iter)
        grown = [name for name in names if name in _changed(loop.body)]
        return f"`{grown[0]}` cresce enquanto é percorrida?" if grown else ""
    names = _names(loop.test)
    if not names:
        return "Falta um `break` ou um `return` que se alcance?"
    changed = _changed(loop.body)
    fixed = [name for name in names if name not in changed]
    if len(fixed) == len(names):
        return f"Falta fazer `{names[0]}` {_verb(loop.test, names[0])}?"
    moving = next(name for name in names if name in changed)
    return f"`{moving}` muda em toda volta, e no sentido certo?"


def _names(node: ast.expr) -> list[str]:
    """Nomes de que a expressão depende, sem as funções que ela chama, na ordem em que aparecem."""
    calls = [call.func for call in ast.walk(node) if isinstance(call, ast.Call)]
    called = {id(part) for function in calls for part in ast.walk(function)}
    found = [n for n in ast.walk(node) if isinstance(n, ast.Name) and id(n) not in called]
    found.sort(key=lambda name: name.col_offset)
    return list(dict.fromkeys(name.id for name in found))


def _changed(body: list[ast.stmt]) -> set[str]:
    """Nomes que o corpo do laço muda: atribuídos, ou donos de um método ou índice mexido."""
    found = set()
    for node in (child for statement in body for child in ast.walk(statement)):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
            found.add(node.id)
        owner = None
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
        elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
            owner = node.value
        if isinstance(owner, ast.Name):
            found.add(owner.id)
    return found


def _verb(test: ast.expr, name: str) -> str:
    for node in ast.walk(test):
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            on_left = name in _names(node.left)
            up = isinstance(node.ops[0], ast.Lt | ast.LtE | ast.NotEq)
            down = isinstance(node.ops[0], ast.Gt | ast.GtE)
            if up or down:
                return "crescer" if up == on_left else "diminuir"
    return "mudar"
