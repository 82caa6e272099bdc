"""Roda a função de quem estuda em cada caso e guarda o que aconteceu, sem deixar nada escapar."""

import inspect
import linecache
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from helpers.exercises.answers import (
    UnreadableAnswer,
    copy_input,
    equal,
    freeze,
    is_tensor,
    normalize,
    show,
)
from helpers.exercises.catalog import Case, Exercise

_IN_PORTUGUESE = {
    "AttributeError": "o objeto não tem esse atributo ou método",
    "IndexError": "um índice passou do fim da sequência",
    "KeyError": "a chave não está no dicionário",
    "NameError": "um nome foi usado sem ter sido definido",
    "RecursionError": "a função chama a si mesma sem parar",
    "RuntimeError": "a conta não pôde ser feita; se há tensores nela, confira formas e tipos",
    "StopIteration": "pediu-se mais um item a um iterador que já acabou",
    "SystemExit": "a função pediu para encerrar o Python",
    "TypeError": "uma operação recebeu um tipo que ela não aceita",
    "UnboundLocalError": "uma variável foi lida antes de receber um valor",
    "UnicodeDecodeError": "esses bytes, sozinhos, não formam UTF-8",
    "UnicodeEncodeError": "esse texto não cabe na codificação pedida",
    "ValueError": "uma operação recebeu um valor que ela não aceita",
    "ZeroDivisionError": "houve uma divisão por zero",
}


@dataclass(frozen=True)
class Outcome:
    """Guarda o que a função fez em um caso.

    Parâmetros:
        kind: "value", "unreadable", "error" ou "blank".
        value: resposta normalizada, ou o nome da exceção.
        shown: a resposta como foi vista, para a mensagem.
        detail: o que dizer quando não há um valor.
        mutated: nome do argumento que a função alterou; vazio se nenhum.
    """

    kind: Literal["value", "unreadable", "error", "blank"]
    value: object = None
    shown: str = ""
    detail: str = ""
    mutated: str = ""


def same(left: Outcome, right: Outcome, tolerance: float = 1e-9) -> bool:
    """Diz se duas execuções do mesmo caso terminaram do mesmo jeito.

    Parâmetros:
        left: o que uma função fez.
        right: o que a outra fez.
        tolerance: folga entre números, relativa e absoluta.
    """
    alike = left.kind == right.kind and left.mutated == right.mutated
    return alike and equal(left.value, right.value, tolerance)


def run_case(function: Callable[..., object], case: Case, exercise: Exercise) -> Outcome:
    """Devolve o que a função faz com uma cópia da entrada do caso.

    Parâmetros:
        function: função de quem estuda, do gabarito ou de um erro conhecido.
        case: a entrada.
        exercise: diz a forma da resposta.

    Erros:
        KeyboardInterrupt: quem estuda interrompeu; nenhuma outra exceção passa.
    """
    args = tuple(copy_input(argument) for argument in case.args)
    try:
        answer = function(*args)
    except KeyboardInterrupt:
        raise
    except NotImplementedError:
        return Outcome("blank")
    except BaseException as error:
        return Outcome("error", type(error).__name__, detail=explain_error(error, function))
    mutated = _mutated_argument(case.args, args, exercise)
    if answer is None:
        return Outcome("unreadable", "None", "None", "Faltou um `return`?", mutated)
    if inspect.iscoroutine(answer):
        answer.close()
        detail = "Veio uma corrotina. Tire o `async` da definição da função."
        return Outcome("unreadable", detail, show(answer), detail, mutated)
    return _read(answer, exercise, mutated)


def wrong_arity(function: Callable[..., object], case: Case) -> bool:
    """Diz se a função não aceita a quantidade de argumentos do caso.

    Parâmetros:
        function: função de quem estuda.
        case: um caso do exercício.
    """
    try:
        inspect.signature(function).bind(*case.args)
    except TypeError:
        return True
    except Exception:
        return False
    return False


def parameter_names(function: object) -> tuple[str, ...]:
    """Devolve os nomes dos parâmetros, ou nada se a função não os revela.

    Parâmetros:
        function: qualquer objeto que se possa chamar.
    """
    try:
        return tuple(inspect.signature(function).parameters)
    except Exception:
        return ()


def explain_error(error: BaseException, function: object) -> str:
    """Devolve a exceção em português, com a linha de quem estuda.

    Parâmetros:
        error: a exceção levantada.
        function: a função chamada; as linhas mostradas são do arquivo (ou da célula) dela.
    """
    name = type(error).__name__
    meaning = _IN_PORTUGUESE.get(name, "")
    original = _first_line(error)
    text = f"`{name}`"
    text += f": {meaning}" if meaning else ""
    text += f" (no original: {original})" if original else ""
    return text + _where(error, function)


def _first_line(error: BaseException) -> str:
    try:
        lines = str(error).splitlines()
    except KeyboardInterrupt:
        raise
    except BaseException:
        return ""
    return lines[0][:120] if lines else ""


def _where(error: BaseException, function: object) -> str:
    code = getattr(inspect.unwrap(function) if callable(function) else None, "__code__", None)
    if code is None:
        return ""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == code.co_filename]
    if not lines or lines[-1] is None:
        return ""
    source = linecache.getline(code.co_filename, lines[-1]).strip()
    return f"\nNa linha {lines[-1]} da sua célula" + (f": `{source}`" if source else "")


def _mutated_argument(
    before: tuple[object, ...], after: tuple[object, ...], exercise: Exercise
) -> str:
    names = parameter_names(exercise.solution)
    for index, (old, new) in enumerate(zip(before, after, strict=True)):
        try:
            changed = freeze(old) != freeze(new) if _is_readable(old) else False
        except RecursionError:
            changed = True
        if changed:
            return names[index] if index < len(names) else f"argumento {index}"
    return ""


def _is_readable(value: object) -> bool:
    return type(value).__module__ == "builtins" or is_tensor(value)


def _read(answer: object, exercise: Exercise, mutated: str) -> Outcome:
    try:
        value = normalize(answer, exercise.form)
        return Outcome("value", value, show(_plain(answer)), "", mutated)
    except KeyboardInterrupt:
        raise
    except UnreadableAnswer as error:
        return Outcome("unreadable", str(error), show(answer), str(error), mutated)
    except BaseException as error:
        detail = f"Não consegui ler a resposta: ela levantou `{type(error).__name__}`."
        return Outcome("unreadable", detail, show(answer), detail, mutated)


def _plain(answer: object) -> object:
    """Mostra um arranjo de numpy como lista: a diferença não interessa à mensagem."""
    return answer.tolist() if type(answer).__module__ == "numpy" else answer
