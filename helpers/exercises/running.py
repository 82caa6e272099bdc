"""Roda a função de quem estuda em cada caso e guarda o que aconteceu, sem deixar nada escapar."""

import contextlib
import inspect
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from helpers.exercises.catalog import Case, Exercise
from helpers.exercises.errors import explain_error, phrases, stub_reached
from helpers.exercises.patience import Heard, Patience
from helpers.exercises.stuck import Stop, Stopped
from helpers.exercises.untrusted import (
    FLOAT32,
    Odd,
    UnreadableAnswer,
    copy_input,
    equal,
    fit,
    float32_error,
    read,
    show,
    type_name,
    unchanged,
)


@dataclass(frozen=True)
class Outcome:
    """Guarda o que a função fez em um caso.

    Parâmetros:
        kind: "value", "unreadable", "error", "blank" ou "stopped".
        value: resposta normalizada, ou o nome da exceção.
        tree: a resposta como `untrusted.read` a leu, também quando a forma não é a pedida.
        shown: a resposta como foi vista, para a mensagem.
        detail: o que dizer quando não há um valor.
        mutated: nome do argumento que a função alterou; vazio se nenhum.
        shared: se duas linhas da resposta, que não vieram da entrada, são o mesmo objeto.
        printed: o que a função escreveu na tela.
        stop: por que e onde parou, quando foi parada.
    """

    kind: Literal["value", "unreadable", "error", "blank", "stopped"]
    value: object = None
    tree: object = None
    shown: str = ""
    detail: str = ""
    mutated: str = ""
    shared: bool = False
    printed: str = field(default="", compare=False)
    stop: Stop | None = field(default=None, compare=False)


def same(left: Outcome, right: Outcome, exercise: Exercise, case: Case | None = None) -> bool:
    """Diz se duas execuções do mesmo caso terminaram do mesmo jeito.

    Parâmetros:
        left: o que uma função fez.
        right: o que a outra fez.
        exercise: diz a folga entre números.
        case: o caso; com números grandes na entrada, a folga é a de uma conta em float32.
    """
    if (left.kind, left.mutated) != (right.kind, right.mutated):
        return False
    floor = slack(exercise, case) if case else 0.0
    return equal(left.value, right.value, exercise.tolerance, floor)


def slack(exercise: Exercise, case: Case) -> float:
    """Devolve a folga absoluta que uma conta em float32 pede neste caso.

    Parâmetros:
        exercise: a ficha; uma folga menor que a de costume quer dizer que float32 não basta.
        case: a entrada; quanto maiores os números dela, maior o que se perde.
    """
    return float32_error(case.args) if exercise.tolerance >= FLOAT32 else 0.0


@contextlib.contextmanager
def one_core() -> Iterator[None]:
    """Faz o torch, se há um, contar num núcleo só até o fim do bloco.

    As entradas dos casos são minúsculas: reparti-las custa mais que contá-las, e numa máquina
    ocupada, dez vezes mais.
    """
    torch = sys.modules.get("torch")
    if not hasattr(torch, "set_num_threads"):
        yield
        return
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def run_case(
    function: Callable[..., object],
    case: Case,
    exercise: Exercise,
    patience: Patience | None = None,
) -> Outcome:
    """Devolve o que a função faz com uma cópia da entrada do caso.

    Parâmetros:
        function: função de quem estuda, do gabarito ou de um erro conhecido.
        exercise: diz a forma da resposta.
        patience: quem para a função que não acaba; sem ela, espera-se até o fim.

    Erros:
        KeyboardInterrupt: quem estuda interrompeu fora da resposta; nenhuma outra exceção passa.
    """
    args = tuple(copy_input(argument) for argument in case.args)
    heard = Heard()
    try:
        if patience is None:
            outcome = _answer(function, args, exercise)
        else:
            outcome = patience.run(heard, _answer, function, args, exercise)
    except Stopped:
        return Outcome("stopped", printed=heard.text, stop=patience.stop)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        return replace(_failure(error, function), printed=heard.text)
    mutated = _mutated_argument(case.args, args, exercise)
    return replace(outcome, mutated=mutated, printed=heard.text)


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


def _answer(
    function: Callable[..., object], args: tuple[object, ...], exercise: Exercise
) -> Outcome:
    answer = function(*args)
    if inspect.iscoroutine(answer):
        answer.close()
    try:
        tree = read(answer)
    except UnreadableAnswer as error:
        return Outcome("unreadable", error.essence, shown=show(answer), detail=str(error))
    except Exception as error:
        detail = f"Não consegui ler a resposta: ela levantou `{type_name(error)}`."
        return Outcome("unreadable", detail, shown=show(answer), detail=detail)
    found = Outcome(
        "value", tree=tree, shown=show(_plain(answer)), shared=_shares_rows(answer, args)
    )
    try:
        return replace(found, value=fit(tree, exercise.form))
    except UnreadableAnswer as error:
        told = str(error)
        if isinstance(tree, Odd) and tree.kind == "NoneType":
            told = f"Sua função devolveu `None`. {phrases()['forma']['NoneType']}"
        return replace(found, kind="unreadable", value=error.essence, detail=told)


def _failure(error: BaseException, function: Callable[..., object]) -> Outcome:
    name = type_name(error)
    unwritten = stub_reached(error, function)
    if unwritten == "":
        return Outcome("blank")
    if unwritten is not None:
        detail = f"`NotImplementedError`: `{unwritten}`, que ela chama, ainda está em branco."
        return Outcome("error", name, detail=detail)
    return Outcome("error", name, detail=explain_error(error, function))


def _plain(answer: object) -> object:
    """Troca arranjos por listas: a diferença não interessa à mensagem; um tensor solto, sim."""
    if type(answer) in (list, tuple):
        return type(answer)(_plain(item) for item in answer)
    library = type(answer).__module__.split(".")[0]
    alone = library == "torch" and getattr(answer, "ndim", 1) == 0
    return answer.tolist() if library in ("numpy", "torch") and not alone else answer


def _shares_rows(answer: object, args: tuple[object, ...]) -> bool:
    if type(answer) not in (list, tuple):
        return False
    # Linha da entrada que se devolve duas vezes não é a lista que `[[0] * n] * m` repete.
    given = {id(row) for arg in args if type(arg) in (list, tuple) for row in arg}
    rows = [id(row) for row in answer if type(row) is list and id(row) not in given]
    return len(set(rows)) < len(rows)


def _mutated_argument(
    before: tuple[object, ...], after: tuple[object, ...], exercise: Exercise
) -> str:
    for index, (old, new) in enumerate(zip(before, after, strict=True)):
        if not unchanged(old, new):
            names = parameter_names(exercise.solution)
            return names[index] if index < len(names) else f"argumento {index}"
    return ""
