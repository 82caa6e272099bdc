"""Confere uma resposta: certa, pendente, ou errada com o motivo.

Nenhuma resposta derruba a conferência nem a prende. Quando o resultado coincide com o de um erro
conhecido em todos os casos, a mensagem diz que erro é; senão, diz o que ele tem em comum com o
certo, se há algo, e mostra um caso pequeno que falha.
"""

import hashlib
import html
import inspect
import linecache
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from types import CodeType
from typing import Literal

from helpers.exercises import in_common, near, on_paper, progress, registry, snippets
from helpers.exercises.catalog import Case, Exercise, KnownWrong, Section
from helpers.exercises.contrast import only_in
from helpers.exercises.errors import code_of, phrases
from helpers.exercises.markup import inline_html, plain
from helpers.exercises.near import Diagnosis, Facts, general
from helpers.exercises.patience import (
    CASE_SECONDS,
    TOTAL_SECONDS,
    Patience,
    unbroken,
)
from helpers.exercises.running import (
    Outcome,
    one_core,
    parameter_names,
    run_case,
    same,
    wrong_arity,
)
from helpers.exercises.untrusted import (
    copy_input,
    describe_type,
    equal,
    is_module,
    leaves,
    show,
    show_apart,
)

Status = Literal["pendente", "errado", "certo"]
FEWEST_ALIKE = 4  # casos em que coincidir com um engano não é acaso
SHORT = 120  # caracteres de uma entrada que se lê de uma vez
_ICONS: dict[str, str] = {"pendente": "○", "errado": "✗", "certo": "✓"}
# A cor fica na borda, larga, e no ícone grande; o texto usa a cor do tema (contraste ≥ 4,5).
_COLOURS: dict[str, str] = {"pendente": "#7A7A7A", "errado": "#D55E00", "certo": "#009E73"}


@dataclass(frozen=True)
class CheckResult:
    """Guarda o resultado de uma conferência e sabe se mostrar em texto e em HTML.

    Parâmetros:
        status: "pendente", "errado" ou "certo".
        message: o que dizer, em português; crases marcam código.
        misconception: nome do erro conhecido, ou do diagnóstico geral, quando há um.
        title: título do exercício.
        details: pares de rótulo e texto: entrada, esperado, recebido.
        notice: aviso sobre o arquivo de progresso; vazio quando não há nada a dizer.
        see: onde a lição explica isto; vazio quando não há o que apontar.
        printed: o que a resposta escreveu na tela no caso mostrado, ou no primeiro.
        cell: código que roda o caso mostrado, para colar em uma célula.
        args: argumentos do caso mostrado: `my_f(*check(...).args)` o roda de novo.
        keep: se é uma tentativa, e entra no progresso.
    """

    status: Status
    message: str
    misconception: str | None = None
    title: str = ""
    details: tuple[tuple[str, str], ...] = ()
    notice: str = ""
    see: str = ""
    printed: str = ""
    cell: str = ""
    args: tuple[object, ...] = field(default=(), compare=False, repr=False)
    keep: bool = field(default=True, compare=False, repr=False)

    def __repr__(self) -> str:
        """Devolve o resultado em texto simples, uma informação por linha."""
        head = f"{_ICONS[self.status]} {self.status}"
        lines = [f"{head} · {self.title}" if self.title else head, plain(self.message)]
        lines += [f"  {label + ':':<10} {value}" for label, value in self.details]
        if self.printed:
            lines += ["  Na tela:", *(f"    {line}" for line in self.printed.splitlines())]
        return "\n".join([*lines, *(plain(text) for text in (self.see, self.notice) if text)])

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
        folds = _fold("O que a resposta escreveu na tela", self.printed)
        folds += _fold("Este caso, para colar em uma célula", self.cell)
        small = "".join(
            f"<p style='margin:.3em 0 0'><small>{inline_html(text)}</small></p>"
            for text in (self.see, self.notice)
            if text
        )
        return (
            f"<div role='status' style='border-left:6px solid {colour};padding:.4em .9em;"
            "max-width:720px;color:var(--jp-ui-font-color1,#111);"
            "background:var(--jp-layout-color1,#fff)'>"
            f"<p style='margin:0 0 .3em'><span aria-hidden='true' style='font-weight:bold;"
            f"font-size:1.3em;color:{colour}'>{icon}</span> "
            f"<strong>{self.status}</strong>{title}</p>"
            f"<div>{inline_html(self.message)}</div>{table}{folds}{small}</div>"
        )


def check(exercise_id: object, answer: object, *, record: bool = True) -> CheckResult:
    """Devolve se a resposta está certa, pendente ou errada, e neste caso por quê.

    Parâmetros:
        exercise_id: lição e nome do exercício, como "01.empate".
        answer: a função (sem parênteses) ou o valor pedido pelo cartão.
        record: se a tentativa entra no progresso; as células de solução usam `False`.

    Erros:
        registry.UnknownId: o exercício não existe; a mensagem lista os que existem.
    """
    if callable(exercise_id) and isinstance(answer, str):
        raise registry.UnknownId(
            f'Primeiro o exercício, depois a resposta: `check("{answer}", …)`.'
        )
    try:
        with unbroken():  # um módulo importado pela metade estragaria o kernel
            exercise = registry.get(
                exercise_id if isinstance(exercise_id, str) else show(exercise_id)
            )
        verify = _check_value if exercise.kind == "value" else _check_function
        with one_core():
            result = verify(exercise, answer)
        if not record or not result.keep or result.status == "pendente":
            return result
        notice = progress.record(
            "exercise",
            exercise_id,
            status=result.status,
            misconception=result.misconception,
            fingerprint=_fingerprint(answer, result),
            code=_written(exercise, answer) if result.status == "certo" else "",
        )
        return replace(result, notice=notice)
    except KeyboardInterrupt:
        return CheckResult("pendente", "Você interrompeu a conferência. Rode a célula de novo.")


def _build(exercise: Exercise, status: Status, message: str, **more: object) -> CheckResult:
    return CheckResult(status, message, title=exercise.title, **more)


def _refuse(
    exercise: Exercise, found: Diagnosis, see: Section | None, **more: object
) -> CheckResult:
    seen = _see(exercise, see or exercise.section)
    return _build(exercise, "errado", found.text, misconception=found.name, see=seen, **more)


def _see(exercise: Exercise, section: Section | None) -> str:
    if section is None:
        return ""
    number = f"seção {section.number} · " if section.number is not None else "seção "
    lesson = f" (lição {section.lesson})" if section.lesson != exercise.id[:2] else ""
    return f"Veja: {number}{section.title}{lesson}"


# --- valor ----------------------------------------------------------------------------------------


def _check_value(exercise: Exercise, answer: object) -> CheckResult:
    if answer is None or answer is ...:
        return _build(exercise, "pendente", f"Troque o `None` de `{exercise.name}` pela resposta.")
    with Patience() as patience:
        got = read_value(exercise, answer, patience)
    details = (("Recebido", got.shown),) if got.shown else ()
    expected = read_value(exercise, exercise.solution)
    if (
        got.kind == "value"
        and (told := on_paper.right(exercise, expected.value, got.value)) is not None
    ):
        return _build(exercise, "certo", f"{exercise.done_when} {told}".strip())
    for wrong in exercise.wrong:
        known = read_value(exercise, wrong.answer)
        if got.kind == "value" and (
            wrong.covers(got.value) or on_paper.right(exercise, known.value, got.value) is not None
        ):
            return _refuse(exercise, _known(wrong), wrong.see, details=details)
    found = on_paper.diagnose(exercise, expected, got)
    return _refuse(exercise, found, None, details=details)


def read_value(exercise: Exercise, value: object, patience: Patience | None = None) -> Outcome:
    """Devolve a resposta de um exercício de valor, já lida e normalizada.

    Parâmetros:
        exercise: diz a forma da resposta.
        value: resposta de quem estuda, do gabarito ou de um erro conhecido.
        patience: quem para um objeto que não acaba de se mostrar.
    """
    return run_case(lambda: value, Case(()), exercise, patience)


# --- função ---------------------------------------------------------------------------------------


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
    with unbroken():
        cases = exercise.cases
    if wrong_arity(answer, cases[0]):
        return _build(exercise, "errado", _arity_message(exercise))
    outcomes: list[Outcome] = []
    with Patience(code_of(answer)) as patience:
        for case in cases:
            outcomes.append(run_case(answer, case, exercise, patience))
            if outcomes[0].kind == "blank":
                told = "Escreva a função e rode a célula de novo."
                return _build(exercise, "pendente", told)
            if patience.stop is not None:
                return _stopped(exercise, cases[len(outcomes) - 1], outcomes, patience)
        # A primeira entrada, de novo: quem guarda algo entre as chamadas dá outro resultado.
        again = run_case(answer, cases[0], exercise, patience)
    return _judge(exercise, cases, outcomes, answer, again)


def _arity_message(exercise: Exercise) -> str:
    names = parameter_names(exercise.solution)
    count = f"{len(names)} argumento" + "s" * (len(names) > 1)
    return f"Sua função precisa aceitar {count}: `{exercise.name}({', '.join(names)})`."


def _stopped(
    exercise: Exercise, case: Case, outcomes: Sequence[Outcome], patience: Patience
) -> CheckResult:
    stop = patience.stop
    limit = TOTAL_SECONDS if stop.reason == "total" else CASE_SECONDS
    text = phrases()["parou"][stop.reason].format(limite=f"{limit:g}")
    if stop.line:
        text += f"\nEla estava na linha {stop.line} da sua célula: `{stop.source}`. {stop.advice}"
    shown = (("Entrada", _call(exercise, case)),)
    found = Diagnosis("geral.nao_termina", text.strip())
    kept = {"printed": outcomes[0].printed, "keep": stop.reason != "mão"}
    return _refuse(exercise, found, None, details=shown, **_again(exercise, case), **kept)


def _judge(
    exercise: Exercise,
    cases: Sequence[Case],
    outcomes: Sequence[Outcome],
    answer: object = None,
    again: Outcome | None = None,
) -> CheckResult:
    expected = [
        remembered(exercise, "solução", i, exercise.solution, case) for i, case in enumerate(cases)
    ]
    triples = enumerate(zip(cases, outcomes, expected, strict=True))
    failing = [i for i, (case, got, want) in triples if not same(got, want, exercise, case)]
    if not failing:
        message = f"{exercise.done_when} Conferi {len(cases)} casos."
        message += _conversion(exercise, outcomes)
        return _build(exercise, "certo", message, printed=outcomes[0].printed)
    facts = Facts(exercise, cases, expected, outcomes, failing)
    at = _choose(exercise, cases, failing)
    shown = {
        "details": _details(facts, at),
        "printed": outcomes[at].printed,
        **_again(exercise, cases[at]),
    }
    if again is not None and not same(again, outcomes[0], exercise, cases[0]):
        return _refuse(exercise, _unsteady(answer), None, **shown)
    for wrong in exercise.wrong:
        if _matches(facts, wrong):
            return _refuse(exercise, _known(wrong), wrong.see, **shown)
    found = _describe(facts, at)
    if found.name in (None, *in_common.BROAD) and (close := _mostly(facts)):
        wrong, times = close
        return _refuse(exercise, _almost_known(wrong, times, len(failing)), wrong.see, **shown)
    hits = len(cases) - len(failing)
    text = found.text
    if hits:
        text += f" Dos {len(cases)} casos, {hits} {'deu' if hits == 1 else 'deram'} certo. "
        text += only_in(cases, failing, parameter_names(exercise.solution))
    return _refuse(exercise, Diagnosis(found.name, text.strip()), None, **shown)


def _conversion(exercise: Exercise, outcomes: Sequence[Outcome]) -> str:
    """Diz o que li como número, quando o que veio vale um e é de outro tipo."""
    if any(type(leaf) is bool for outcome in outcomes for leaf in leaves(outcome.tree)):
        return " Vieram `True` e `False`, e li 1 e 0."
    if exercise.form.kind != "int":
        return ""
    for outcome in outcomes:
        if outcome.shown != str(outcome.value):
            return (
                f" Veio `{outcome.shown}`, e li {outcome.value}: onde só um inteiro serve, como "
                "no índice de uma lista, devolva `int(...)`."
            )
    return ""


def remembered(
    exercise: Exercise, name: str, i: int, function: Callable[..., object], case: Case
) -> Outcome:
    """Devolve o que a solução ou um engano faz num caso; uma conta só, para todas as tentativas.

    Parâmetros:
        name: nome do engano, ou "solução".
        i: a ordem do caso.
        function: a função da solução ou do engano.
    """
    if (name, i) not in exercise.seen:
        exercise.seen[name, i] = run_case(function, case, exercise)
    return exercise.seen[name, i]


def _matches(facts: Facts, wrong: KnownWrong) -> bool:
    for i, (case, seen) in enumerate(zip(facts.cases, facts.got, strict=True)):
        known = remembered(facts.exercise, wrong.name, i, wrong.answer, case)
        if known.shared != seen.shared or not same(known, seen, facts.exercise, case):
            return False
        # Duas respostas de forma errada só são a mesma se o que há dentro delas também é.
        odd = known.kind == "unreadable"
        if odd and not equal(known.tree, seen.tree, facts.exercise.tolerance):
            return False
    return True


def _mostly(facts: Facts) -> tuple[KnownWrong, int] | None:
    """Devolve o engano igual à resposta em quase todos os casos que falham, e em quantos.

    Um inteiro coincide por acaso mais vezes que uma lista, e pede mais casos; um modelo custa a
    rodar, e com ele não se procura.
    """
    whole = facts.exercise.form.kind in ("sequence", "number")
    fewest = FEWEST_ALIKE if whole else 2 * FEWEST_ALIKE
    if any(is_module(argument) for argument in facts.cases[0].args):
        return None
    most = len(facts.failing) // 8  # falhas que ainda se admitem
    found = []
    for wrong in facts.exercise.wrong:
        misses = 0
        for i in facts.failing:
            misses += not _alike(facts, wrong, i)
            if misses > most:
                break
        else:
            found.append((len(facts.failing) - misses, wrong))
    times = max((n for n, _ in found), default=0)
    best = [wrong for n, wrong in found if n == times]
    if len(best) > 1:  # desempata quem também acerta onde a resposta acerta
        agreed = [sum(_alike(facts, wrong, i) for i in range(len(facts.cases))) for wrong in best]
        best = [wrong for wrong, n in zip(best, agreed, strict=True) if n == max(agreed)]
    return (best[0], times) if times >= fewest and len(best) == 1 else None


def _alike(facts: Facts, wrong: KnownWrong, i: int) -> bool:
    case, seen = facts.cases[i], facts.got[i]
    known = remembered(facts.exercise, wrong.name, i, wrong.answer, case)
    return seen.kind == "value" and same(known, seen, facts.exercise, case)


def _almost_known(wrong: KnownWrong, times: int, failing: int) -> Diagnosis:
    text = f"casos que falham, {wrong.diagnosis[0].lower()}{wrong.diagnosis[1:]}"
    if times == failing:
        return Diagnosis(wrong.name, f"Nos {failing} {text}")
    return Diagnosis(
        wrong.name, f"Em {times} dos {failing} {text} {phrases()['geral']['quase_engano']}"
    )


def _known(wrong: KnownWrong) -> Diagnosis:
    return Diagnosis(wrong.name, wrong.diagnosis)


def _unsteady(answer: object) -> Diagnosis:
    code = code_of(answer)
    defaults = getattr(answer, "__defaults__", None) or ()
    names = code.co_varnames[: code.co_argcount][-len(defaults) :] if code and defaults else ()
    for name, default in zip(names, defaults, strict=True):
        if type(default) in (list, dict, set):
            return general("argumento_padrao", nome=name)
    return general("inconstante")


def _describe(facts: Facts, at: int) -> Diagnosis:
    got = facts.got[at]
    if got.kind == "error":
        return Diagnosis(f"erro.{got.value}", f"Sua função parou com {got.detail}")
    if got.kind == "blank":
        return general("em_branco")
    if any(facts.got[i].shared for i in facts.failing):
        return general("linhas_repetidas")
    asked = facts.expected[at].mutated  # o que o exercício manda mudar no lugar
    if got.mutated and got.mutated != asked:
        return _changed_input(facts, got.mutated, at)
    if asked and not got.mutated and all(_same_value(facts, i) for i in facts.failing):
        return general("nao_alterou", nome=asked)
    if found := _relation(facts):
        return found
    if got.kind == "unreadable":
        if getattr(got.tree, "kind", "") != "NoneType":
            return Diagnosis("geral.forma", got.detail)
        if got.printed:
            return general("so_impresso")
        sometimes = any(seen.kind == "value" for seen in facts.got)
        return general("none_as_vezes") if sometimes else Diagnosis("geral.forma", got.detail)
    trees = (got.tree, facts.expected[at].tree)
    if [any(type(leaf) is bool for leaf in leaves(tree)) for tree in trees] == [True, False]:
        return general("booleanos")
    return Diagnosis(None, phrases()["geral"]["sem_diagnostico"])


def _same_value(facts: Facts, i: int) -> bool:
    return facts.got[i].kind == "value" and facts.close(
        i, facts.expected[i].value, facts.got[i].value
    )


def _relation(facts: Facts) -> Diagnosis | None:
    try:
        return near.form(facts) or near.almost(facts) or in_common.relation(facts)
    except (ArithmeticError, ValueError):  # números que não cabem em conta nenhuma
        return None


def _changed_input(facts: Facts, name: str, at: int) -> Diagnosis:
    names = parameter_names(facts.exercise.solution)
    value = facts.cases[at].args[names.index(name)] if name in names else None
    kinds = {"dict": "um dicionário novo", "Tensor": "um tensor novo"}
    new = (
        "um modelo novo" if is_module(value) else kinds.get(type(value).__name__, "uma lista nova")
    )
    return general("alterou", nome=name, novo=new)


# --- o caso mostrado ------------------------------------------------------------------------------


def _choose(exercise: Exercise, cases: Sequence[Case], failing: Sequence[int]) -> int:
    """Devolve o primeiro caso que falha e se lê de uma vez ou, sem um assim, o menor deles."""
    sizes = {i: len(snippets.call(exercise.name, cases[i].args)) for i in failing}
    readable = [i for i in failing if 0 < sizes[i] <= SHORT]
    return readable[0] if readable else min(failing, key=lambda i: sizes[i] or 10**6)


def _call(exercise: Exercise, case: Case) -> str:
    written = snippets.call(exercise.name, case.args)
    if 0 < len(written) <= 2 * SHORT:
        return written
    return f"{exercise.name}({case.shown or ', '.join(map(show, case.args))})"


def _again(exercise: Exercise, case: Case) -> dict[str, object]:
    return {
        "cell": snippets.cell(exercise.id, exercise.name, case.args),
        "args": tuple(copy_input(argument) for argument in case.args),
    }


def _details(facts: Facts, at: int) -> tuple[tuple[str, str], ...]:
    case, expected, got = facts.cases[at], facts.expected[at], facts.got[at]
    wanted, received = expected.shown, got.shown
    if got.kind == expected.kind == "value" and wanted == received:
        wanted, received = show_apart(expected.value, got.value)
    rows = [("Entrada", _call(facts.exercise, case)), ("Esperado", wanted)]
    if received:
        rows.append(("Recebido", received))
    if got.kind == "value" and (where := near.first_difference(facts, at)):
        rows.append(("Diferença", where))
    return tuple(rows)


def _fold(title: str, text: str) -> str:
    if not text:
        return ""
    return (
        f"<details style='margin:.4em 0 0'><summary>{title}</summary>"
        "<pre style='white-space:pre-wrap;overflow-wrap:anywhere'>"
        f"{html.escape(text)}</pre></details>"
    )


# --- o que fica no progresso ----------------------------------------------------------------------


def _fingerprint(answer: object, result: CheckResult) -> str:
    """Muda quando a resposta muda, e não quando a célula é só rodada de novo."""
    code = code_of(answer)
    parts = repr(_essence(code) if code else show(answer)) + result.status + result.message
    return hashlib.sha256(parts.encode("utf-8", "backslashreplace")).hexdigest()[:16]


def _essence(code: CodeType) -> tuple[object, ...]:
    constants = (_essence(c) if isinstance(c, CodeType) else repr(c) for c in code.co_consts)
    return (code.co_code, code.co_names, tuple(constants))


def _written(exercise: Exercise, answer: object) -> str:
    """O texto da resposta: a célula inteira, que traz também as funções auxiliares."""
    if exercise.kind == "value":
        return f"{exercise.name} = {show(answer)}\n"
    code = code_of(answer)
    if code is None:
        return ""
    if "ipykernel" in code.co_filename:
        return "".join(linecache.getlines(code.co_filename))
    try:
        return inspect.getsource(code)
    except (OSError, TypeError):
        return ""
