"""A conferência: o que ela diz, o que mostra, o que guarda, e que nada a derruba nem a prende."""

import copy
import functools
import itertools
import json
import math
import os
import re
import signal
import subprocess
import sys
import threading
import types
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from effort import calls
from hostile import CALLABLES, Hostile
from specimens import invented_exercise

from helpers.exercises import checking, progress, registry
from helpers.exercises.catalog import Case, Form, KnownWrong, Section
from helpers.exercises.checking import CheckResult, check
from helpers.exercises.markup import inline_html, plain
from helpers.exercises.patience import Patience

pytestmark = pytest.mark.usefixtures("progress_file")
INT, NUMBER = Form("int"), Form("number")
INTS, NUMBERS = Form("sequence", (INT,)), Form("sequence", (NUMBER,))
TABLE = Form("sequence", (NUMBERS,), label="uma tabela")
SECTION = Section("99", 2, "Somar")
ROOT = Path(__file__).resolve().parents[1]


def exercise_with(solution, wrong=(), form=INT, cases=((0,), (1,)), **more):
    given = tuple(c if isinstance(c, Case) else Case(c) for c in cases)
    return invented_exercise(solution, form, wrong=tuple(wrong), make_cases=lambda: given, **more)


@pytest.fixture
def use(monkeypatch):
    """Põe um exercício inventado no catálogo e devolve quem confere respostas dele."""

    def _use(*args, **kwargs):
        exercise = exercise_with(*args, **kwargs)
        monkeypatch.setattr(registry, "get", lambda _id: exercise)
        return lambda answer, **more: check("99.teste", answer, **more)

    return _use


@pytest.fixture
def hurry(monkeypatch):
    """Encurta a espera, para que os testes não durem o que a pessoa esperaria."""
    monkeypatch.setattr(checking, "Patience", functools.partial(Patience, case_seconds=0.3))


# --- julgar ---------------------------------------------------------------------------------------


def test_what_is_not_a_function_is_told(use):
    checked = use(lambda n: n)
    assert checked(None).message.startswith("Recebi `None`.")
    assert checked(3).details == (("Recebido", "3"),)


def test_known_wrong_value_and_those_like_it_are_diagnosed(use):
    wrong = KnownWrong("soma", 7, "Seu resultado é igual ao de quem soma.", also=(8,))
    checked = use(12, [wrong], kind="value")
    assert [checked(value).misconception for value in (7, 8, 9)] == ["soma", "soma", None]
    assert checked("sete").misconception == "geral.forma"
    several = use((1.5, 2.5), form=NUMBERS, kind="value")
    assert "o número de itens é outro" in several((1.5, 2.5, 3.5)).message


def test_known_wrong_must_agree_in_every_case_to_be_diagnosed(use):
    wrong = KnownWrong("dobro", lambda n: 2 * n, "Seu resultado é igual ao de quem dobra.")
    checked = use(lambda n: n * n, [wrong], cases=((0,), (2,), (3,)))
    assert checked(lambda n: 2 * n).misconception == "dobro"
    assert checked(lambda n: 2 * n if n < 3 else 0).misconception != "dobro"


def test_tolerance_accepts_float32_and_still_refuses_a_real_difference(use):
    checked = use(lambda n: n / 3, form=NUMBER, cases=((1.0,), (2.0,)))
    assert checked(lambda n: float(np.float32(n / 3))).status == "certo"
    assert checked(lambda n: n / 3 + 1e-4).status == "errado"
    tight = use(lambda n: n / 3, form=NUMBER, cases=((1.0,), (2.0,)), tolerance=1e-9)
    assert tight(lambda n: float(np.float32(n / 3))).status == "errado"


def test_large_inputs_allow_what_float32_loses_with_them(use):
    checked = use(lambda xs: [x - 1e6 for x in xs], form=NUMBERS, cases=(([1e6 + 0.1],),))
    assert (
        checked(lambda xs: [float(np.float32(x) - np.float32(1e6)) for x in xs]).status == "certo"
    )
    assert checked(lambda xs: [x - 1e6 + 1 for x in xs]).status == "errado"


def test_numbers_that_are_booleans_are_read_and_said(use):
    checked = use(lambda n: [int(n > k) for k in range(3)], form=INTS, cases=((1,), (2,)))
    right = checked(lambda n: torch.arange(3) < n)
    assert right.status == "certo"
    assert "Vieram `True` e `False`, e li 1 e 0." in right.message
    wrong = checked(lambda n: torch.arange(3) > n)
    assert wrong.status == "errado"
    assert "Vieram `True` e `False`" in wrong.message
    asked = use(lambda n: [n > k for k in range(3)], form=INTS, cases=((1,), (2,)))
    assert "onde se esperam números" not in asked(lambda n: torch.arange(3) > n).message


def test_changing_the_input_is_noticed_and_the_container_is_named(use):
    checked = use(lambda x: x + 1, form=NUMBER, cases=((torch.tensor(1.0),),))
    assert checked(lambda x: x + 1).status == "certo"
    assert "alterou a entrada `x`" in checked(lambda x: x.add_(1)).message
    assert "um tensor novo" in checked(lambda x: x.add_(1)).message
    checked = use(lambda xs: xs[:1], form=NUMBERS, cases=(([1.0, math.nan, 2.0],),))
    assert checked(lambda xs: xs[:1]).status == "certo"
    assert "alterou a entrada `xs`" in checked(lambda xs: [xs.__setitem__(2, 5.0), 1.0][1:]).message
    checked = use(lambda counts: max(counts), cases=(({1: 2, 3: 4},),))
    told = checked(lambda counts: counts.pop(3) and 3)
    assert "monte um dicionário novo" in told.message
    assert told.misconception == "geral.alterou"


def test_changing_the_weights_of_a_model_is_noticed(use):
    model = torch.nn.Linear(1, 1).requires_grad_(False)
    checked = use(lambda model: model.bias.item() * 0, form=NUMBER, cases=((model,),))
    assert checked(lambda model: 0.0).status == "certo"
    told = checked(lambda model: model.weight.zero_().item())
    assert told.misconception == "geral.alterou"
    assert "monte um modelo novo" in told.message


def test_mutable_default_and_other_memory_between_calls_are_named(use):
    checked = use(lambda n: list(range(n)), form=INTS, cases=((2,), (3,), (4,)))

    def grows(n, out=[]):  # noqa: B006
        out.extend(range(n))
        return out

    told = checked(grows)
    assert told.misconception == "geral.argumento_padrao"
    assert "o valor padrão de `out` nasce uma vez só" in told.message
    seen = []

    def remembers(n):
        seen.append(n)
        return seen[:]

    assert checked(remembers).misconception == "geral.inconstante"


def test_answer_runs_on_one_core_of_torch_and_the_others_come_back(use):
    judge = use(lambda n: 1)
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        assert judge(lambda n: torch.get_num_threads()).status == "certo"
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_a_row_of_the_input_given_back_twice_is_not_a_shared_row(use):
    table = [[1, 2], [3, 4], [5, 6]]
    cases = tuple((table, ids) for ids in ([0, 0], [1, 1], [2, 1, 2]))
    apart = KnownWrong("de um", lambda table, ids: [list(table[i - 1]) for i in ids], "De 1.")
    checked = use(lambda table, ids: [table[i] for i in ids], [apart], form=TABLE, cases=cases)
    assert checked(lambda table, ids: [table[i - 1] for i in ids]).misconception == "de um"
    assert checked(lambda table, ids: [[0, 0]] * len(ids)).misconception == "geral.linhas_repetidas"


def test_shared_rows_are_told_unless_the_known_wrong_shares_them_too(use):
    def shared(n):
        table = [[0] * n] * n
        for i in range(n):
            table[i][i] = 1
        return table

    apart = KnownWrong("uns", lambda n: [[1] * n for _ in range(n)], "Tudo 1.")
    cases = tuple((n,) for n in (2, 3, 4))
    checked = use(lambda n: torch.eye(n).tolist(), [apart], form=TABLE, cases=cases)
    assert checked(shared).misconception == "geral.linhas_repetidas"
    assert checked(lambda n: torch.ones(n, n)).misconception == "uns"
    mine = KnownWrong("mesma", shared, "A mesma linha.")
    assert (
        use(lambda n: torch.eye(n), [mine], form=TABLE, cases=cases)(shared).message
        == "A mesma linha."
    )
    same = use(lambda n: torch.ones(n, n), form=TABLE, cases=cases)
    assert same(lambda n: [[1.0] * n] * n).status == "certo", "repetir a linha pode estar certo"


# --- branco ---------------------------------------------------------------------------------------


def test_two_answers_of_wrong_form_are_the_same_only_if_what_is_in_them_is(use):
    wrong = [KnownWrong("sem_somar", lambda xs: [[x, x] for x in xs], "Não soma.")]
    checked = use(lambda xs: [2 * x for x in xs], wrong, form=NUMBERS, cases=(([1, 2],), ([3],)))
    assert checked(lambda xs: [(x, x) for x in xs]).misconception == "sem_somar"
    assert checked(lambda xs: [[2 * x] for x in xs]).misconception == "geral.forma"


def test_none_in_some_of_the_cases_is_not_a_missing_return(use):
    checked = use(lambda n: n, cases=((0,), (2,)))
    told = checked(lambda n: n or None)
    assert told.misconception == "geral.none_as_vezes"
    assert "em outras não: algum caminho chega ao fim sem um `return`" in told.message
    always = checked(lambda n: None)
    assert "Faltou um `return`?" in always.message
    assert always.misconception == "geral.forma"


def test_blank_is_the_stub_of_the_course_and_nothing_else(use):
    checked = use(lambda xs: xs, form=NUMBERS, cases=(([1, 2],), ([3],)))

    def stub(xs):
        raise NotImplementedError

    assert checked(stub).status == "pendente"
    told = checked(lambda xs: torch.tensor(xs).softmax(0))
    assert told.status == "errado"
    assert told.misconception == "erro.NotImplementedError"
    assert "não existe para um tensor de inteiros" in told.message
    assert progress.load().exercises["99.teste"]["tentativas"] == 1
    assert "`stub`, que ela chama, ainda está em branco" in checked(lambda xs: stub(xs)).message


def test_function_still_half_written_is_told_so(use):
    def answer(n):
        if n:
            raise NotImplementedError
        return n

    result = use(lambda n: n)(answer)
    assert result.status == "errado"
    assert "raise NotImplementedError" in result.message


# --- o que as mensagens dizem ---------------------------------------------------------------------


def test_error_message_has_cause_line_and_input(use):
    def answer(n):
        table = [1]
        return table[n]

    result = use(lambda n: 1)(answer)
    assert "`IndexError`: um índice passou do fim da sequência" in result.message
    assert re.search(r"Na linha \d+ da sua célula: `return table\[n\]`", result.message)
    assert dict(result.details)["Entrada"] == "my_answer(1)"
    assert dict(result.details)["Esperado"] == "1"
    assert "Dos 2 casos, 1 deu certo." in result.message
    assert result.misconception == "erro.IndexError"


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (lambda n: None, "devolveu `None`. Faltou um `return`?"),
        (lambda n: print(n), "devolveu `None`, mas escreveu na tela"),
        (lambda n: True, "`True` vale 1 e `False`, 0"),
        (lambda n: "x", "Veio um texto onde se espera um inteiro"),
        (lambda n: str(n), "Os valores estão certos; só a forma não está. Veio um texto onde"),
        (lambda n: [n], "Os valores estão certos; a forma é que não: veio [1], e se espera um"),
        (lambda n: torch.tensor([[n]]), "veio [1, 1], e se espera um valor só. Sobra um par"),
        (lambda n: 1.5, "Aqui só cabe um inteiro"),
        (lambda n: float("nan"), "há NaN"),
        (lambda n: float("inf"), "há um infinito"),
        (lambda n: (i for i in [n]), "vieram em um gerador"),
        (lambda n: (i for i in "x"), "Veio um gerador"),
        (lambda n: [n].index, "sem chamar"),
        (lambda n: input(), "tire o `input`"),
        (lambda: 1, "Sua função precisa aceitar 1 argumento: `my_answer(n)`"),
        (lambda a, b: 1, "Sua função precisa aceitar 1 argumento: `my_answer(n)`"),
        (3, "Esperava uma função e veio um inteiro"),
        (Hostile(), "Esperava uma função e veio um objeto do tipo `Hostile`"),
    ],
)
def test_message_says_what_came_and_what_to_do(use, answer, told):
    assert told in use(lambda n: n)(answer).message


def test_diagnosis_points_to_the_section_that_teaches_it(use):
    elsewhere = Section("03", None, "Resumo")
    wrongs = [
        KnownWrong("dobro", lambda n: 2 * n, "Dobra."),
        KnownWrong("triplo", lambda n: 3 * n, "Triplica.", elsewhere),
    ]
    checked = use(lambda n: n + 9, wrongs, section=SECTION)
    assert checked(lambda n: 2 * n).see == "Veja: seção 2 · Somar"
    assert checked(lambda n: 3 * n).see == "Veja: seção Resumo (lição 03)"
    assert "Veja: seção 2 · Somar" in repr(checked(lambda n: 0))
    assert "Veja: seção 2 · Somar" in checked(lambda n: 0)._repr_html_()
    assert checked(lambda n: n + 9).see == ""


def test_coroutine_is_closed_without_warning(use):
    async def answer(n):
        return n

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert "async" in use(lambda n: n)(answer).message


# --- ninguém espera -------------------------------------------------------------------------------


def test_endless_answer_gets_a_card_with_call_line_and_variable(use, hurry):
    def answer(n):
        i = 0
        while i < n:
            print("girando")
        return i

    result = use(lambda n: n, section=SECTION, cases=((0,), (3,)))(answer)
    assert result.status == "errado"
    assert result.misconception == "geral.nao_termina"
    line = answer.__code__.co_firstlineno + 2
    told = "não terminou em 3 s neste caso, e eu a parei.\nEla estava na linha "
    assert f"{told}{line} da sua célula: `while i < n`. Falta fazer `i` crescer?" in result.message
    assert dict(result.details) == {"Entrada": "my_answer(3)"}
    assert (result.cell, result.args) == ("my_answer(3)", (3,))
    assert result.see
    assert progress.load().exercises["99.teste"]["enganos"] == {"geral.nao_termina": 1}


@pytest.mark.skipif(os.name != "posix", reason="manda o sinal a este processo")
def test_interrupting_gives_the_same_card_and_is_no_attempt(use):
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))

    def answer(n):
        timer.start()  # só aqui: antes, numa máquina ocupada, o sinal chegaria antes da resposta
        while True:
            pass

    result = use(lambda n: n)(answer)
    timer.join()
    assert "Você interrompeu" in result.message
    assert "`while True`. Falta um `break`" in result.message
    assert dict(result.details) == {"Entrada": "my_answer(0)"}
    assert progress.load().exercises == {}


def test_interruption_inside_or_outside_the_answer_is_never_a_traceback(use, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    assert "Você interrompeu" in use(lambda n: n)(interrupt).message
    monkeypatch.setattr(checking, "_judge", interrupt)
    result = use(lambda n: n)(lambda n: n)
    assert result.status == "pendente"
    assert "Você interrompeu a conferência" in result.message


def test_object_that_never_finishes_showing_itself_is_stopped_too(use, hurry):
    class Endless:
        def __repr__(self):
            while True:
                pass

    result = use(lambda n: n)(lambda n: Endless())
    assert result.misconception == "geral.nao_termina"
    value = exercise_with(3, kind="value", cases=())
    told = checking._check_value(value, Endless())
    assert (told.status, told.misconception) == ("errado", "geral.forma")
    assert told.message == "Não consegui ler a resposta a tempo."


# --- o que a resposta escreve ---------------------------------------------------------------------


def test_prints_are_kept_to_one_case_and_folded(use, capsys):
    def answer(n):
        print("olhe", n, "<b>")
        return n

    checked = use(lambda n: n, cases=((0,), (1,), (2,)))
    result = checked(answer)
    assert result.printed == "olhe 0 <b>\n"
    assert repr(result).endswith("  Na tela:\n    olhe 0 <b>")
    assert "<details" in result._repr_html_()
    assert "olhe 0 &lt;b&gt;" in result._repr_html_()
    assert capsys.readouterr() == ("", "")
    failed = checked(lambda n: print("olhe", n) or (n if n < 2 else 9))
    assert failed.printed == "olhe 2\n", "no caso mostrado"
    assert checked(lambda n: n).printed == ""


# --- o caso mostrado ------------------------------------------------------------------------------


def test_shown_case_is_the_first_that_can_be_read_at_once(use):
    long = list(range(100))
    cases = ((long,), ([1, 2],), ([3],))
    result = use(len, cases=cases)(lambda obj: -1)
    assert dict(result.details)["Entrada"] == "my_answer([1, 2])"
    assert result.args == ([1, 2],)
    assert result.cell == "my_answer([1, 2])"
    only_long = use(len, cases=((long * 3,), (long,)))(lambda obj: -1)
    assert only_long.args == (long,)
    assert len(dict(only_long.details)["Entrada"]) < 320
    twice = list(range(100, 160))  # a chamada passa do dobro do que se lê de uma vez
    shown = dict(use(len, cases=((twice,),))(lambda obj: -1).details)["Entrada"]
    assert shown.endswith(", ...])")


def test_case_with_tensors_is_shown_as_code_that_runs(use):
    weights = torch.tensor([[1.0, 0.0], [0.5, 0.5]], dtype=torch.float64)
    cases = (Case((weights, 1), "um padrão sorteado"),)
    result = use(lambda pattern, k: pattern[:, k], form=NUMBERS, cases=cases)(lambda p, k: p[k])
    told = "my_answer(torch.tensor([[1.0, 0.0], [0.5, 0.5]], dtype=torch.float64), 1)"
    assert dict(result.details)["Entrada"] == told
    scope = {"my_answer": lambda p, k: (p, k)}
    lines = result.cell.split("\n\n")
    assert lines[0] == "import torch"
    exec(lines[0], scope)
    got, k = eval(lines[1], scope)
    assert torch.equal(got, weights)
    assert (got.dtype, k) == (weights.dtype, 1)
    assert "colar em uma célula" in result._repr_html_()


def test_case_with_objects_can_be_taken_from_the_result(use):
    layer = torch.nn.Linear(2, 2)
    cases = (Case((layer, 3), "uma camada, n=3"),)
    result = use(lambda layer, n: n, cases=cases)(lambda layer, n: 0)
    assert dict(result.details)["Entrada"] == "my_answer(uma camada, n=3)"
    assert 'caso = check("99.teste", my_answer, record=False).args' in result.cell
    assert "my_answer(*caso)" in result.cell
    assert isinstance(result.args[0], torch.nn.Linear)
    assert result.args[1] == 3


def test_expected_and_received_never_look_the_same(use):
    checked = use(lambda n: [n / 3] * 5, form=NUMBERS, cases=((1.0,), (2.0,)))
    details = dict(checked(lambda n: torch.tensor([n / 3] * 4 + [n / 3 + 2e-4])).details)
    assert details["Esperado"] != details["Recebido"]
    assert details["Diferença"] == "[4]: esperado 0.333333, recebido 0.333533"
    single = checked(lambda n: [n / 3 + 3e-5] * 5)
    assert single.misconception == "geral.quase"
    assert "difere do esperado do 5.º algarismo em diante" in single.message


# --- objetos estranhos ----------------------------------------------------------------------------


@pytest.mark.parametrize("which", range(len(CALLABLES)))
def test_hostile_callables_are_checked_like_any_other(use, which):
    answer = CALLABLES[which]
    assert use(lambda n: 0)(answer).status == "certo"
    result = use(lambda n: n + 1)(answer)
    assert result.status == "errado"
    assert repr(result)
    assert result._repr_html_()


def test_class_that_hides_its_name_does_not_crash():
    # Em outro Python: aqui, quem confere as anotações cairia antes da conferência.
    code = (
        "from hostile import Nameless\nfrom helpers.exercises.checking import check\n"
        "for answer in (Nameless(), Nameless):\n"
        "    print(check('00.vizinhos', answer, record=False).status)\n"
        "print(check('00.vizinhos', lambda word: Nameless(), record=False).status)\n"
    )
    paths = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    run = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.stdout.split() == ["errado"] * 3, run.stderr


def test_hostile_results_do_not_crash(use):
    class Evil:
        def __getattr__(self, name):
            raise SystemExit(name)

        def __repr__(self):
            raise KeyboardInterrupt

    for value in (Hostile(), [Hostile()], Evil(), types.SimpleNamespace(tolist=3), 10**5000):
        assert use(lambda n: n)(lambda n, v=value: v).status in ("errado", "pendente")


def test_result_that_stops_half_way_is_told(use):
    told = use(lambda n: [n], form=NUMBERS)(lambda n: (1 // k for k in (1, 0)))
    assert told.message.startswith("Não consegui ler a resposta: ela levantou `ZeroDivisionError`.")
    assert told.misconception == "geral.forma"
    assert "generator" in dict(told.details)["Recebido"]


def test_huge_and_deep_results_are_answered_at_once(use):
    deep = []
    for _ in range(100_000):
        deep = [deep]
    checked = use(lambda n: [n], form=NUMBERS)
    for value in (deep, torch.zeros(1000, 1000), [[0.0] * 1000] * 1000, range(10**9)):
        told = checked(lambda n, v=value: v)
        assert (told.status, told.misconception) == ("errado", "geral.forma")
        assert re.search("é grande demais|listas dentro de listas em mais de 12", told.message)
        assert dict(told.details)["Recebido"]
        assert calls(checked, lambda n, v=value: v) < 2_000_000, "percorre a resposta inteira"
    endless = checked(lambda n: itertools.count())
    assert endless.status == "errado"


def test_wrong_and_swapped_arguments_list_the_known_ids():
    for wrong in ([], {}, None, 3, Hostile(), "01.empatte"):
        with pytest.raises(registry.UnknownId, match=r"01\.sobreposicao, 01\.empate"):
            check(wrong, 3)
    with pytest.raises(registry.UnknownId, match=r'check\("01.empate", …\)'):
        check(lambda n: n, "01.empate")


# --- o resultado na tela --------------------------------------------------------------------------


def test_result_says_the_status_in_word_icon_and_colour():
    for status, icon in (("pendente", "○"), ("errado", "✗"), ("certo", "✓")):
        result = CheckResult(status, "Uma `frase` <b>.", None, "título")
        assert repr(result).startswith(f"{icon} {status} · título\n")
        page = result._repr_html_()
        assert f"<strong>{status}</strong>" in page
        assert icon in page
        assert "border-left:6px solid #" in page
        assert "<code>frase</code> &lt;b&gt;." in page
        assert "var(--jp-ui-font-color1,#111)" in page
        assert "<table" not in page


def test_answer_of_the_student_is_escaped_in_html(use):
    page = use(lambda n: n)(lambda n: "<img src=x onerror=alert(1)>")._repr_html_()
    assert "<img" not in page
    assert "&lt;img" in page


def test_markup_is_escaped_and_plain_keeps_the_code_marks():
    text = "**a** `b < c` <script>\nfim"
    expected = "<strong>a</strong> <code>b &lt; c</code> &lt;script&gt;<br>fim"
    assert inline_html(text) == expected
    assert plain(text) == "a `b < c` <script>\nfim"


# --- o que fica no progresso ----------------------------------------------------------------------


def test_running_again_is_no_attempt_and_changing_the_answer_is(use):
    checked = use(lambda n: n)
    for answer in (lambda n: n + 1, lambda n: n + 1, lambda n: n + 2):
        checked(answer), checked(answer)
    assert progress.load().exercises["99.teste"]["tentativas"] == 2
    checked(lambda n: n + 2 + 0)
    checked(lambda n: n)
    assert progress.load().exercises["99.teste"]["resolvido"]


def test_code_of_the_solved_answer_is_kept_with_it(use):
    def my_answer(n):
        return n  # ação

    use(lambda n: n)(my_answer)
    kept = progress.load().exercises["99.teste"]["codigo"]
    assert kept.strip() == "def my_answer(n):\n        return n  # ação"


def test_whole_cell_is_kept_when_the_answer_comes_from_a_notebook(use, tmp_path):
    import linecache

    source = "def helper(n):\n    return n\n\ndef my_answer(n):\n    return helper(n)\n"
    name = str(tmp_path / "ipykernel_1" / "2.py")
    scope = {}
    exec(compile(source, name, "exec"), scope)
    linecache.cache[name] = (len(source), None, source.splitlines(True), name)
    use(lambda n: n)(scope["my_answer"])
    assert progress.load().exercises["99.teste"]["codigo"] == source


def test_value_answer_is_kept_as_code(use):
    use((3, 5), kind="value", form=INTS, cases=())([3, 5])
    assert progress.load().exercises["99.teste"]["codigo"] == "my_answer = [3, 5]\n"


def test_pending_and_unrecorded_checks_leave_no_file(use, progress_file):
    checked = use(lambda n: n)
    checked(None), checked(lambda n: n, record=False)
    assert not progress_file.exists()


def test_failure_to_save_is_said_and_changes_no_verdict(use, progress_file):
    progress_file.mkdir()
    result = use(lambda n: n)(lambda n: n)
    assert result.status == "certo"
    assert "não mexo nele" in repr(result)
    assert "não mexo nele" in result._repr_html_()
    assert str(progress_file.parent) not in repr(result)
    progress._waiting.clear()


def test_stored_progress_is_plain_json(use, progress_file):
    use(lambda n: n)(lambda n: n + 1)
    entry = json.loads(progress_file.read_text(encoding="utf-8"))["exercicios"]["99.teste"]
    assert entry["tentativas"] == 1
    assert re.fullmatch("[0-9a-f]{16}", entry["impressao"])


def test_result_is_compared_by_what_it_says(use):
    checked = use(lambda n: n)
    assert checked(lambda n: 5, record=False) == checked(lambda n: 5, record=False)
    assert replace(checked(lambda n: 5), args=()) == checked(lambda n: 5)


# --- quase um engano -----------------------------------------------------------------------------


def _cut_then_shift(ids, n_ctx):
    pieces = [ids[i : i + n_ctx] for i in range(0, len(ids), n_ctx)]
    return [(piece[:-1], piece[1:]) for piece in pieces if len(piece) > 1]


def test_almost_a_known_wrong_says_in_how_many_cases():
    def answer(ids, n_ctx):
        return [(ids, ids)] if ids[0] == 10 and len(ids) == 5 else _cut_then_shift(ids, n_ctx)

    told = check("09.janelas", answer, record=False)
    assert told.misconception == "corta_e_desloca"
    assert re.match(r"Em \d+ dos \d+ casos que falham, seu resultado é igual", told.message)
    assert [label for label, _ in told.details][:2] == ["Entrada", "Esperado"]
    assert told.message.endswith("Nos outros há mais alguma diferença.")


def test_four_lists_like_those_of_a_known_wrong_are_enough(use):
    wrong = KnownWrong(
        "dobro", lambda xs: [2 * x for x in xs], "Seu resultado é igual ao da dobra."
    )
    cases = tuple(([n, 3 * n + 1],) for n in (4, 3, 5, 7, 9))
    checked = use(lambda xs: [x * x for x in xs], [wrong], form=INTS, cases=cases)
    told = checked(lambda xs: [x * x if xs[0] == 4 else 2 * x for x in xs])
    assert told.message.startswith("Nos 4 casos que falham, seu resultado é igual ao da dobra.")


def test_half_of_a_known_wrong_is_not_it():
    def answer(ids, n_ctx):
        return [(ids, ids)] if n_ctx % 2 else _cut_then_shift(ids, n_ctx)

    told = check("09.janelas", answer, record=False)
    assert told.misconception != "corta_e_desloca"


def test_what_agrees_with_a_known_wrong_where_both_fail_is_told_so():
    def answer(grads, limit):
        norm = sum(float((grad**2).sum()) for grad in grads) ** 0.5
        return limit / norm if norm else 1.0

    told = check("09.corte", answer, record=False)
    assert told.misconception == "encolhe_sempre"
    assert re.match(r"Nos \d+ casos que falham, seu resultado é igual", told.message)


# --- o que se muda no lugar ----------------------------------------------------------------------


def _trained(model, batches, steps, walk):
    from helpers import training

    losses = []
    for step in range(steps):
        inputs, targets = batches(step)
        loss = training.cross_entropy(model(inputs), targets)
        model.zero_grad()
        loss.backward()
        walk(model)
        losses.append(loss.item())
    return losses


def test_what_the_exercise_tells_to_change_is_not_a_slip():
    told = check("09.laco", lambda *args: _trained(*args)[-1], record=False)
    assert told.status == "errado"
    assert "alterou" not in told.message


def test_what_should_have_changed_and_did_not_is_told_so():
    told = check(
        "09.laco", lambda model, *rest: _trained(copy.deepcopy(model), *rest), record=False
    )
    assert told.misconception == "geral.nao_alterou"
    assert "`model` ficou como veio" in told.message


def test_a_wide_range_of_known_wrongs_is_not_walked_through():
    wrong = KnownWrong("muitos", 2, "…", also=range(2, 10**12))
    assert all(wrong.covers(value) for value in (2, 10**12 - 1, 7.0))
    odd = [1, 10**12, 2.5, float("nan"), float("inf"), True, "7", None, Hostile()]
    assert not any(wrong.covers(value) for value in odd)
