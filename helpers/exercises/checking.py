"""Confere uma resposta: certa, pendente, ou errada com o motivo.

Nenhuma resposta derruba a conferência. Quando o resultado coincide com o de um erro conhecido em
todos os casos, a mensagem diz que erro é; senão, mostra o primeiro caso que falha.
"""

import html
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from helpers.exercises import progress, registry
from helpers.exercises.answers import describe_type, equal, show
from helpers.exercises.catalog import Case, Exercise, KnownWrong
from helpers.exercises.markup import inline_html, plain
from helpers.exercises.running import (
    Outcome,
    parameter_names,
    run_case,
    same,
    wrong_arity,
)

Status = Literal["pendente", "errado", "certo"]
_ICONS: dict[str, str] = {"pendente": "○", "errado": "✗", "certo": "✓"}
# A cor fica na borda, larga, e no ícone grande; o texto usa a cor do tema (contraste ≥ 4,5).
_COLOURS: dict[str, str] = {"pendente": "#7A7A7A", "errado": "#D55E00", "certo": "#009E73"}


@dataclass(frozen=True)
class CheckResult:
    """Guarda o resultado de uma conferência e sabe se mostrar em texto e em HTML.

    Parâmetros:
        status: "pendente", "errado" ou "certo".
        message: o que dizer, em português; crases marcam código.
        misconception: nome do erro conhecido, quando a resposta coincide com ele.
        title: título do exercício.
        details: pares de rótulo e texto: entrada, esperado, recebido.
        notice: aviso sobre o arquivo de progresso; vazio quando não há nada a dizer.
    """

    status: Status
    message: str
    misconception: str | None = None
    title: str = ""
    details: tuple[tuple[str, str], ...] = ()
    notice: str = ""

    def __repr__(self) -> str:
        """Devolve o resultado em texto simples, uma informação por linha."""
        head = f"{_ICONS[self.status]} {self.status}"
        lines = [f"{head} · {self.title}" if self.title else head, plain(self.message)]
        lines += [f"  {label + ':':<10} {value}" for label, value in self.details]
        lines += [plain(self.notice)] if self.notice else []
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        colour, icon = _COLOURS[self.status], _ICONS[self.status]
        title = f" · {inline_html(self.title)}" if self.title else ""
        rows = "".join(
            f"<tr><th scope='row' style='text-align:left;vertical-align:top'>{label}</th>"
            "<td style='text-align:left'><code style='white-space:pre-wrap;"
            f"overflow-wrap:anywhere'>{html.escape(value)}</code></td></tr>"
            for label, value in self.details
        )
        table = f"<table style='margin:.5em 0 0'>{rows}</table>" if rows else ""
        notice = f"<p><small>{inline_html(self.notice)}</small></p>" if self.notice else ""
        return (
            f"<div role='status' style='border-left:6px solid {colour};padding:.4em .9em;"
            "max-width:720px;color:var(--jp-ui-font-color1,#111);"
            "background:var(--jp-layout-color1,#fff)'>"
            f"<p style='margin:0 0 .3em'><span aria-hidden='true' style='font-weight:bold;"
            f"font-size:1.3em;color:{colour}'>{icon}</span> "
            f"<strong>{self.status}</strong>{title}</p>"
            f"<div>{inline_html(self.message)}</div>{table}{notice}</div>"
        )


def check(exercise_id: str, answer: object, *, record: bool = True) -> CheckResult:
    """Devolve se a resposta está certa, pendente ou errada, e neste caso por quê.

    Parâmetros:
        exercise_id: lição e nome do exercício, como "01.empate".
        answer: a função (sem parênteses) ou o valor pedido pelo cartão.
        record: se a tentativa entra no progresso; as células de solução usam `False`.

    Erros:
        registry.UnknownId: o exercício não existe; a mensagem lista os que existem.
    """
    exercise = registry.get(exercise_id)
    verify = _check_value if exercise.kind == "value" else _check_function
    result = verify(exercise, answer)
    if not record or result.status == "pendente":
        return result
    notice = progress.record(
        "exercise", exercise_id, status=result.status, misconception=result.misconception
    )
    return replace(result, notice=notice)


def _build(
    exercise: Exercise,
    status: Status,
    message: str,
    *,
    misconception: str | None = None,
    details: tuple[tuple[str, str], ...] = (),
) -> CheckResult:
    return CheckResult(status, message, misconception, exercise.title, details)


def _check_value(exercise: Exercise, answer: object) -> CheckResult:
    if answer is None or answer is ...:
        return _build(exercise, "pendente", f"Troque o `None` de `{exercise.name}` pela resposta.")
    got = read_value(exercise, answer)
    if got.kind == "unreadable":
        return _build(exercise, "errado", got.detail, details=(("Recebido", got.shown),))
    expected = read_value(exercise, exercise.solution)
    if equal(got.value, expected.value, exercise.tolerance):
        return _build(exercise, "certo", exercise.done_when)
    for wrong in exercise.wrong:
        if equal(got.value, read_value(exercise, wrong.answer).value, exercise.tolerance):
            return _diagnose(exercise, wrong, (("Recebido", got.shown),))
    message = "Ainda não. Refaça passo a passo no papel; as dicas do cartão ajudam."
    return _build(exercise, "errado", message, details=(("Recebido", got.shown),))


def read_value(exercise: Exercise, value: object) -> Outcome:
    """Devolve a resposta de um exercício de valor, já lida e normalizada.

    Parâmetros:
        exercise: diz a forma da resposta.
        value: resposta de quem estuda, do gabarito ou de um erro conhecido.
    """
    return run_case(lambda: value, Case(()), exercise)


def _check_function(exercise: Exercise, answer: object) -> CheckResult:
    if answer is None or answer is ...:
        message = f"Recebi `None`. Passe a própria função, sem parênteses: `{exercise.name}`."
        return _build(exercise, "pendente", message)
    if not callable(answer):
        message = (
            f"Esperava uma função e veio {describe_type(answer)}. "
            f"Passe a própria função, sem parênteses: `{exercise.name}`."
        )
        return _build(exercise, "errado", message, details=(("Recebido", show(answer)),))
    cases = exercise.make_cases()
    if wrong_arity(answer, cases[0]):
        return _build(exercise, "errado", _arity_message(exercise))
    first = run_case(answer, cases[0], exercise)
    if first.kind == "blank":
        return _build(exercise, "pendente", "Escreva a função e rode a célula de novo.")
    outcomes = [first] + [run_case(answer, case, exercise) for case in cases[1:]]
    return _judge(exercise, cases, outcomes)


def _arity_message(exercise: Exercise) -> str:
    names = parameter_names(exercise.solution)
    count = f"{len(names)} argumento" + "s" * (len(names) > 1)
    return f"Sua função precisa aceitar {count}: `{exercise.name}({', '.join(names)})`."


def _judge(exercise: Exercise, cases: Sequence[Case], outcomes: Sequence[Outcome]) -> CheckResult:
    expected = [run_case(exercise.solution, case, exercise) for case in cases]
    failing = [
        i for i in range(len(cases)) if not same(outcomes[i], expected[i], exercise.tolerance)
    ]
    if not failing:
        message = f"{exercise.done_when} Conferi {len(cases)} casos."
        return _build(exercise, "certo", message + _conversion(exercise, outcomes))
    first = failing[0]
    details = _details(exercise, cases[first], expected[first], outcomes[first])
    for wrong in exercise.wrong:
        if _matches(exercise, wrong, cases, outcomes):
            return _diagnose(exercise, wrong, details)
    hits = len(cases) - len(failing)
    message = _describe_failure(outcomes[first])
    if hits:
        message += f" Dos {len(cases)} casos, {hits} {'deu' if hits == 1 else 'deram'} certo."
    return _build(exercise, "errado", message, details=details)


def _conversion(exercise: Exercise, outcomes: Sequence[Outcome]) -> str:
    """Diz que li um inteiro, quando o que veio vale um inteiro e não é um `int`."""
    if exercise.form.kind != "int":
        return ""
    for outcome in outcomes:
        if outcome.shown != str(outcome.value):
            return (
                f" Veio `{outcome.shown}`, e li {outcome.value}: onde só um inteiro serve, como "
                "no índice de uma lista, devolva `int(...)`."
            )
    return ""


def _matches(
    exercise: Exercise, wrong: KnownWrong, cases: Sequence[Case], outcomes: Sequence[Outcome]
) -> bool:
    pairs = zip(cases, outcomes, strict=True)
    return all(
        same(run_case(wrong.answer, case, exercise), seen, exercise.tolerance)
        for case, seen in pairs
    )


def _diagnose(
    exercise: Exercise, wrong: KnownWrong, details: tuple[tuple[str, str], ...]
) -> CheckResult:
    return _build(exercise, "errado", wrong.diagnosis, misconception=wrong.name, details=details)


def _describe_failure(outcome: Outcome) -> str:
    if outcome.kind == "error":
        return f"Sua função parou com {outcome.detail}"
    if outcome.kind == "blank":
        return "Nesta entrada o código ainda chega a um `raise NotImplementedError`."
    if outcome.mutated:
        return (
            f"Sua função alterou a entrada `{outcome.mutated}`. Quem a chamou ainda precisa "
            "dela: trabalhe em uma cópia ou monte uma lista nova."
        )
    if outcome.value == "None" and outcome.kind == "unreadable":
        return f"Sua função devolveu `None`. {outcome.detail}"
    if outcome.kind == "unreadable":
        return outcome.detail
    return "Ainda não: compare o esperado com o recebido no primeiro caso que falha."


def _details(
    exercise: Exercise, case: Case, expected: Outcome, got: Outcome
) -> tuple[tuple[str, str], ...]:
    shown = case.shown or ", ".join(show(argument) for argument in case.args)
    call = f"{exercise.name}({shown})"
    rows = [("Entrada", call), ("Esperado", expected.shown)]
    if got.shown:
        rows.append(("Recebido", got.shown))
    return tuple(rows)
