"""Explica em português a exceção que parou uma resposta, e mostra a linha de quem estuda."""

import inspect
import linecache
import re
import tomllib
from functools import cache
from pathlib import Path
from types import CodeType, TracebackType
from typing import Any

from helpers.exercises.stuck import AskedForInput

_PHRASES = Path(__file__).resolve().parents[2] / "data" / "conferencia.toml"


@cache
def phrases() -> dict[str, Any]:
    """Devolve o que a conferência diz de qualquer resposta, de `data/conferencia.toml`."""
    return tomllib.loads(_PHRASES.read_text(encoding="utf-8"))


def code_of(function: object) -> CodeType | None:
    """Devolve o código por trás de uma função, um método, um `partial` ou um objeto que se chama.

    Parâmetros:
        function: qualquer objeto; os que não têm código, ou o escondem, dão `None`.
    """
    for find in (_plain_code, _called_code):
        try:
            code = find(function)
        except Exception:
            continue
        if isinstance(code, CodeType):
            return code
    return None


def _plain_code(function: object) -> object:
    return inspect.unwrap(getattr(function, "func", function)).__code__


def _called_code(function: object) -> object:
    kind = type(function)
    return (getattr(kind, "forward", None) or kind.__call__).__code__


def explain_error(error: BaseException, function: object) -> str:
    """Devolve a exceção em português, com a linha de quem estuda.

    Parâmetros:
        error: a exceção levantada.
        function: a função chamada; as linhas mostradas são do arquivo (ou da célula) dela.
    """
    if isinstance(error, AskedForInput) or type(error).__name__ == "StdinNotImplementedError":
        return phrases()["excecao"]["input"] + _where(error, function)
    name = type(error).__name__
    original = _first_line(error)
    text = f"`{name}`: {_meaning(error, original)}"
    text += f" (no original: {original})" if original else ""
    return text + _where(error, function)


def stub_reached(error: BaseException, function: object) -> str | None:
    """Diz de que função é o `raise NotImplementedError` que parou a resposta.

    Parâmetros:
        error: a exceção levantada.
        function: a função chamada.

    Retorna:
        O nome da função em branco; vazio quando é a própria resposta; `None` quando a exceção não
        é a do espaço em branco do curso: a do PyTorch tem texto, e sai de dentro dele.
    """
    if type(error) is not NotImplementedError or error.args:
        return None
    code, inner = code_of(function), _innermost(error.__traceback__)
    if code is None or inner is None:
        return None
    if inner is code:
        return ""
    return inner.co_name if _is_a_cell(inner.co_filename, code) else None


def _meaning(error: BaseException, original: str) -> str:
    said = phrases()
    for message in said["original"]:
        if found := re.search(message["padrao"], original):
            return message["diz"].format(*(group for group in found.groups() if group))
    if isinstance(error, BaseExceptionGroup):
        inside = ", ".join(f"`{type(item).__name__}`" for item in error.exceptions[:5])
        return f"{said['excecao']['BaseExceptionGroup']}: {inside}"
    names = [kind.__name__ for kind in type(error).__mro__ if kind.__name__ in said["excecao"]]
    return said["excecao"][names[0]] if names else "sua função levantou uma exceção própria"


def _first_line(error: BaseException) -> str:
    try:
        lines = str(error).splitlines()
    except Exception:
        return ""
    return lines[0][:120] if lines else ""


def _innermost(trace: TracebackType | None) -> CodeType | None:
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace.tb_frame.f_code if trace is not None else None


def _is_a_cell(filename: str, code: CodeType) -> bool:
    return filename == code.co_filename or "ipykernel" in filename


def _where(error: BaseException, function: object) -> str:
    code = code_of(function)
    if code is None:
        return ""
    trace, last = error.__traceback__, None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == code.co_filename:
            last = trace
        trace = trace.tb_next
    if last is None:
        return ""
    line = last.tb_lineno  # contar a linha é caro, e uma recursão sem fim tem milhares de quadros
    source = linecache.getline(code.co_filename, line).strip()
    return f"\nNa linha {line} da sua célula" + (f": `{source}`" if source else "")
