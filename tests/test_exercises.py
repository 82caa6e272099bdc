"""A conferência aceita a solução, reconhece o branco, diz qual foi o engano e nunca cai."""

import json
import re
import warnings
from dataclasses import replace
from functools import partial
from itertools import combinations

import numpy as np
import pytest
import torch
from exercise_outcomes import agree, outcomes

from helpers.exercises import progress, registry, rendering
from helpers.exercises.answers import UnreadableAnswer, normalize, show
from helpers.exercises.catalog import Case, Exercise, Form, KnownWrong
from helpers.exercises.checking import CheckResult, check
from helpers.exercises.guesses import compare
from helpers.exercises.markup import inline_html, plain
from helpers.exercises.running import run_case

ALL = [item for lesson in registry.lessons() for item in registry.exercises(lesson)]
FUNCTIONS = [item for item in ALL if item.kind == "function"]
VALUES = [item for item in ALL if item.kind == "value"]
PREDICTIONS = [item for lesson in registry.lessons() for item in registry.predictions(lesson)]
QUIZZES = [item for lesson in registry.lessons() for item in registry.quiz_questions(lesson)]
WRONG = [(item, wrong) for item in ALL for wrong in item.wrong]


def by_id(item):
    return getattr(item, "id", getattr(item, "name", None))


pytestmark = pytest.mark.usefixtures("progress_file")


class Hostile:
    """Um objeto que se recusa a tudo."""

    def __eq__(self, other):
        raise RuntimeError("não me compare")

    def __hash__(self):
        raise RuntimeError("não me guarde")

    def __repr__(self):
        raise RuntimeError("não me mostre")

    def __bool__(self):
        raise RuntimeError("não me pergunte")

    def __len__(self):
        raise RuntimeError("não me meça")

    def __iter__(self):
        raise RuntimeError("não me percorra")


class EqualToAll(str):
    """Um texto que se diz igual a qualquer coisa."""

    __slots__ = ()

    def __eq__(self, other):
        return True

    def __hash__(self):
        return 0


class EqualBytes(bytes):
    """Bytes que se dizem iguais a quaisquer outros."""

    def __eq__(self, other):
        return True

    def __hash__(self):
        return 0


# --- solução, branco e erros conhecidos ---------------------------------------------------------


@pytest.mark.parametrize("exercise", ALL, ids=by_id)
def test_solution_is_right(exercise):
    result = check(exercise.id, exercise.solution)
    assert (result.status, result.misconception) == ("certo", None)


@pytest.mark.parametrize("exercise", ALL, ids=by_id)
def test_blank_stub_is_pending(exercise):
    scope = {}
    exec(rendering.stub_source(exercise), scope)
    assert check(exercise.id, scope[exercise.name]).status == "pendente"


@pytest.mark.parametrize(("exercise", "wrong"), WRONG, ids=by_id)
def test_known_wrong_gets_its_own_diagnosis(exercise, wrong):
    result = check(exercise.id, wrong.answer)
    assert result.status == "errado"
    assert result.misconception == wrong.name
    assert result.message == wrong.diagnosis


@pytest.mark.slow
@pytest.mark.parametrize("exercise", ALL, ids=by_id)
def test_mutation_score_is_complete(exercise):
    results = [check(exercise.id, wrong.answer) for wrong in exercise.wrong]
    caught = sum(
        result.misconception == wrong.name
        for result, wrong in zip(results, exercise.wrong, strict=True)
    )
    print(f"{exercise.id}: {caught} de {len(exercise.wrong)} erros conhecidos, com diagnóstico")
    assert caught == len(exercise.wrong) >= 4


@pytest.mark.parametrize("exercise", ALL, ids=by_id)
def test_diagnoses_differ_and_say_what_was_computed(exercise):
    names = [wrong.name for wrong in exercise.wrong]
    said = [wrong.diagnosis for wrong in exercise.wrong]
    assert len(set(names)) == len(names)
    assert len(set(said)) == len(said)
    assert all(text.startswith("Seu resultado é igual ao de quem ") for text in said)
    assert all(text.count(".") >= 2 for text in said), "falta o próximo passo"


@pytest.mark.slow
@pytest.mark.parametrize("exercise", ALL, ids=by_id)
def test_no_two_known_wrongs_agree_and_none_is_right(exercise):
    found = {wrong.name: outcomes(exercise, wrong.answer) for wrong in exercise.wrong}
    found["solução"] = outcomes(exercise, exercise.solution)
    for (one, left), (other, right) in combinations(found.items(), 2):
        assert not agree(exercise, left, right), f"{one} e {other} coincidem em todos os casos"


@pytest.mark.parametrize("exercise", FUNCTIONS, ids=by_id)
def test_cases_stay_the_same_and_are_not_shared(exercise):
    first, second = exercise.make_cases(), exercise.make_cases()
    assert [case.shown or case.args for case in first] == [c.shown or c.args for c in second]
    assert len(first) >= 15
    check(exercise.id, exercise.wrong[0].answer)
    assert check(exercise.id, exercise.solution).status == "certo"


def exercise_with(solution, wrong=(), form=None, cases=((0,), (1,))):
    return Exercise(
        id="99.teste",
        title="teste",
        difficulty=1,
        importance=1,
        minutes=(1, 2),
        statement="",
        done_when="Pronto.",
        hints=(),
        name="my_answer",
        stub="",
        solution=solution,
        form=form or Form("int"),
        make_cases=lambda: tuple(Case(args) for args in cases),
        wrong=tuple(wrong),
    )


@pytest.fixture
def use(monkeypatch):
    """Põe um exercício inventado no catálogo."""

    def _use(*args, **kwargs):
        exercise = exercise_with(*args, **kwargs)
        monkeypatch.setattr(registry, "get", lambda _id: exercise)
        return lambda answer: check("99.teste", answer)

    return _use


def test_known_wrong_must_agree_in_every_case_to_be_diagnosed(use):
    wrong = KnownWrong("dobro", lambda n: 2 * n, "Seu resultado é igual ao de quem dobra.")
    checked = use(lambda n: n * n, [wrong], cases=((0,), (2,), (3,)))
    assert checked(lambda n: 2 * n).misconception == "dobro"
    assert checked(lambda n: 2 * n if n < 3 else 0).misconception is None


def test_tolerance_accepts_float32_and_still_refuses_a_real_difference(use, monkeypatch):
    checked = use(lambda n: n / 3, form=Form("number"), cases=((1.0,), (2.0,)))
    single = [lambda n: float(np.float32(n / 3)), lambda n: n / 3 + 1e-4]
    assert [checked(answer).status for answer in single] == ["errado", "errado"]
    loose = replace(registry.get("99.teste"), tolerance=1e-5)
    monkeypatch.setattr(registry, "get", lambda _id: loose)
    assert [checked(answer).status for answer in single] == ["certo", "errado"]


def test_changing_a_tensor_in_place_is_noticed(use):
    checked = use(lambda x: x + 1, form=Form("number"), cases=((torch.tensor(1.0),),))
    assert checked(lambda x: x + 1).status == "certo"
    assert "alterou a entrada" in checked(lambda x: x.add_(1)).message


# --- respostas hostis ----------------------------------------------------------------------------

NOT_FUNCTIONS = [None, ..., 0, "", [], {}, object(), True, float("nan"), np.zeros(3), Hostile()]


def _mutates_everything(*args):
    for argument in args:
        if isinstance(argument, list):
            argument.append(argument)
        if isinstance(argument, dict):
            argument.clear()
    return []


def _async_answer():
    async def answer(*args):
        return []

    return answer


def _raise(error):
    def answer(*args):
        raise error

    return answer


HOSTILE_FUNCTIONS = {
    "nada": lambda *args: None,
    "reticências": lambda *args: ...,
    "nan": lambda *args: float("nan"),
    "infinito": lambda *args: float("inf"),
    "booleano": lambda *args: True,
    "arranjo": lambda *args: np.zeros((2, 2)),
    "tensor": lambda *args: torch.ones(3),
    "gerador": lambda *args: (x for x in args),
    "gerador infinito": lambda *args: iter(int, 1),
    "corrotina": _async_answer(),
    "mapa": lambda *args: map(str, args),
    "hostil": lambda *args: Hostile(),
    "lista hostil": lambda *args: [Hostile(), Hostile()],
    "igual a tudo": lambda *args: EqualToAll("x"),
    "lista igual a tudo": lambda *args: [EqualBytes(b"x"), EqualBytes(b"y")],
    "lista sem fim": lambda *args: (lambda x: x.append(x) or x)([]),
    "altera a entrada": _mutates_everything,
    "texto enorme": lambda *args: "x" * 10**6,
    "inteiro enorme": lambda *args: 10**5000,
    "devolve a entrada": lambda *args: args[0],
    "devolve a classe": lambda *args: int,
    "poucos parâmetros": lambda: [],
    "muitos parâmetros": lambda a, b, c, d: [],
    "embutida": len,
    "parcial": partial(max, 3),
    "classe": int,
    "erro": _raise(ValueError("não")),
    "erro hostil": _raise(type("Feio", (Exception,), {"__str__": lambda self: 1 / 0})()),
    "sair": _raise(SystemExit(1)),
    "fim do gerador": _raise(GeneratorExit()),
    "recursão": (lambda f: f)(lambda *args: HOSTILE_FUNCTIONS["recursão"](*args)),
}


@pytest.mark.slow
@pytest.mark.parametrize("exercise", ALL, ids=by_id)
@pytest.mark.parametrize("answer", NOT_FUNCTIONS, ids=lambda a: type(a).__name__)
def test_value_that_is_no_answer_never_passes(exercise, answer):
    result = check(exercise.id, answer)
    expected = "pendente" if answer is None or answer is ... else "errado"
    assert result.status == expected
    assert result.message
    assert repr(result)
    assert result._repr_html_()


@pytest.mark.slow
@pytest.mark.parametrize("exercise", ALL, ids=by_id)
@pytest.mark.parametrize("name", HOSTILE_FUNCTIONS)
def test_hostile_function_never_passes_nor_crashes(exercise, name):
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        result = check(exercise.id, HOSTILE_FUNCTIONS[name])
    assert result.status == "errado"
    assert len(repr(result)) < 2500
    assert result._repr_html_()


@pytest.mark.slow
@pytest.mark.parametrize("exercise", FUNCTIONS, ids=by_id)
def test_no_constant_answer_passes(exercise):
    for case in exercise.make_cases():
        constant = exercise.solution(*case.args)
        assert check(exercise.id, lambda *args, c=constant: c).status == "errado"


@pytest.mark.parametrize("exercise", FUNCTIONS, ids=by_id)
def test_memorised_fixed_cases_do_not_pass(exercise):
    known = [(case.args, exercise.solution(*case.args)) for case in exercise.make_cases()[:8]]

    def memorised(*args):
        return next((answer for seen, answer in known if seen == args), known[0][1])

    assert check(exercise.id, memorised).status == "errado"


def test_interrupt_is_the_only_exception_that_passes():
    with pytest.raises(KeyboardInterrupt):
        check("01.empate", _raise(KeyboardInterrupt()))


def test_prints_of_the_student_are_not_swallowed(capsys, use):
    use(lambda n: n)(lambda n: print("olhe", n) or n)
    assert capsys.readouterr().out == "olhe 0\nolhe 1\n"


# --- o que as mensagens dizem --------------------------------------------------------------------


def test_message_names_the_changed_input(use):
    checked = use(len, form=Form("int"), cases=(([1, 2],), ([],)))
    result = checked(lambda items: items.append(0) or 2)
    assert "alterou a entrada `obj`" in result.message
    result = check_overlap(lambda symbols, pair: symbols.append(b"x") or [])
    assert "alterou a entrada `symbols`" in result.message


def check_overlap(answer):
    exercise = next(item for item in registry.exercises("01") if item.id == "01.sobreposicao")
    cases = exercise.make_cases()
    from helpers.exercises.checking import _judge

    return _judge(exercise, cases, [run_case(answer, case, exercise) for case in cases])


def test_error_message_has_cause_line_and_input(use):
    def answer(n):
        table = [1]
        return table[n]

    result = use(lambda n: 1)(answer)
    assert "`IndexError`: um índice passou do fim da sequência" in result.message
    assert re.search(r"Na linha \d+ da sua célula: `return table\[n\]`", result.message)
    assert dict(result.details)["Entrada"] == "my_answer(1)"
    assert dict(result.details)["Esperado"] == "1"
    assert "Dos 2 casos, 1 deu certo" in result.message


def test_line_shown_is_the_students_even_when_the_error_is_deeper(use):
    def answer(n):
        return json.loads("{")

    result = use(lambda n: n)(answer)
    assert "`return json.loads" in result.message
    assert "json/" not in repr(result)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (lambda n: None, "devolveu `None`. Faltou um `return`?"),
        (lambda n: True, "`True` e `False` não são números"),
        (lambda n: "1", "Veio um texto onde se espera um inteiro"),
        (lambda n: 1.5, "Aqui só cabe um inteiro"),
        (lambda n: float("nan"), "NaN"),
        (lambda n: float("inf"), "infinito"),
        (lambda n: (i for i in [n]), "Veio um gerador"),
        (lambda: 1, "Sua função precisa aceitar 1 argumento: `my_answer(n)`"),
        (lambda a, b: 1, "Sua função precisa aceitar 1 argumento: `my_answer(n)`"),
        (3, "Esperava uma função e veio um inteiro"),
        (Hostile(), "Esperava uma função e veio um objeto do tipo `Hostile`"),
    ],
)
def test_message_says_what_came_and_what_to_do(use, answer, told):
    assert told in use(lambda n: n)(answer).message


def test_function_still_half_written_is_told_so(use):
    def answer(n):
        if n:
            raise NotImplementedError
        return n

    result = use(lambda n: n)(answer)
    assert result.status == "errado"
    assert "NotImplementedError" in result.message


def test_unknown_id_lists_the_known_ones():
    with pytest.raises(registry.UnknownId) as caught:
        check("01.empatte", 3)
    assert "Não conheço exercício '01.empatte'" in str(caught.value)
    assert "01.empate, 01.codificar" in str(caught.value)


@pytest.mark.parametrize(
    "call", [registry.exercises, registry.predictions, registry.quiz_questions]
)
def test_unknown_lesson_lists_the_known_ones(call):
    with pytest.raises(registry.UnknownId, match="Os que existem: 00, 01"):
        call("77")


# --- leitura das respostas -----------------------------------------------------------------------

BYTES = Form("bytes")
LIST = Form("sequence", (BYTES,), label="uma lista de bytes")


@pytest.mark.parametrize(
    ("value", "form", "expected"),
    [
        (np.int64(3), Form("int"), 3),
        (np.float32(0.5), Form("number"), 0.5),
        (torch.tensor(2), Form("int"), 2),
        (2.0, Form("int"), 2),
        (np.array([1, 2]), Form("sequence", (Form("int"),)), (1, 2)),
        ([b"a", b"b"], LIST, (b"a", b"b")),
        ((b"a", b"b"), LIST, (b"a", b"b")),
        ([bytearray(b"a")], LIST, (b"a",)),
        ([b"na"], Form("sequence", (Form("text"),)), ("na",)),
        (np.str_("na"), Form("text"), "na"),
        (EqualToAll("na"), Form("text"), "na"),
        (EqualBytes(b"na"), BYTES, b"na"),
    ],
)
def test_equivalent_types_are_read_as_one(value, form, expected):
    found = normalize(value, form)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("value", "form", "told"),
    [
        (["a"], LIST, "No item 0: Veio um texto onde se espera bytes. Veio um texto: use"),
        ([97], LIST, "`bytes([n])`"),
        (b"ab", LIST, "Veio bytes onde se espera uma lista de bytes"),
        ("ab", LIST, "Veio um texto onde se espera uma lista de bytes"),
        ({b"a"}, LIST, "Veio um conjunto onde se espera uma lista de bytes. Embrulhe com"),
        (map(str, []), LIST, "Embrulhe com `list(...)`"),
        ((i for i in []), LIST, "`yield`"),
        ((1, 2), Form("sequence", (Form("int"),), 4, "quatro números"), "Vieram 2 itens onde se"),
        ((1,), Form("sequence", (Form("int"),), 4, "quatro números"), "Veio 1 item onde se"),
        (b"a", Form("int"), "Veio bytes onde se espera um inteiro"),
        (True, Form("int"), "não são números"),
        (np.bool_(True), Form("int"), "não são números"),
        ("3", Form("number"), "Veio um texto onde se espera um número"),
    ],
)
def test_wrong_type_is_explained(value, form, told):
    with pytest.raises(UnreadableAnswer) as caught:
        normalize(value, form)
    assert told in str(caught.value)


def test_shown_values_have_no_address_keep_order_and_are_cropped():
    assert show(object()) == "<object object>"
    assert show({"b": 1, "a": 2}) == "{'b': 1, 'a': 2}"
    assert show({n: n for n in range(20)}).endswith(", …}")
    assert len(show(["palavra" * 50] * 1000)) < 400
    assert show(Hostile()) == "<Hostile que não sabe se mostrar>"
    assert show([Hostile()]) == "[<Hostile que não sabe se mostrar>]"


# --- o resultado na tela -------------------------------------------------------------------------


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


def test_answer_of_the_student_is_escaped_in_html(use):
    page = use(lambda n: n)(lambda n: "<img src=x onerror=alert(1)>")._repr_html_()
    assert "<img" not in page
    assert "&lt;img" in page


@pytest.mark.slow
@pytest.mark.parametrize(("exercise", "wrong"), WRONG, ids=by_id)
def test_result_is_deterministic_and_has_no_path(exercise, wrong):
    first, second = (check(exercise.id, wrong.answer, record=False) for _ in range(2))
    assert repr(first) == repr(second)
    assert first._repr_html_() == second._repr_html_()
    assert "/helpers/" not in repr(first)
    assert " at 0x" not in repr(first)


@pytest.mark.parametrize("exercise", VALUES, ids=by_id)
def test_value_exercise_does_not_give_the_answer_away(exercise):
    for wrong in exercise.wrong:
        labels = [label for label, _ in check(exercise.id, wrong.answer).details]
        assert labels == ["Recebido"]


def test_markup_is_escaped_and_plain_keeps_the_code_marks():
    text = "**a** `b < c` <script>\nfim"
    expected = "<strong>a</strong> <code>b &lt; c</code> &lt;script&gt;<br>fim"
    assert inline_html(text) == expected
    assert plain(text) == "a `b < c` <script>\nfim"


# --- as quatro células ---------------------------------------------------------------------------


@pytest.mark.parametrize("exercise", ALL, ids=by_id)
def test_cells_run_as_a_student_would_run_them(exercise):
    scope = {"check": check}
    exec(rendering.stub_source(exercise), scope)
    assert eval(rendering.check_source(exercise), scope).status == "pendente"
    solution, last = rendering.solution_source(exercise).rsplit("\n", 1)
    exec(solution, scope)
    assert eval(last, scope).status == "certo"
    assert f"{exercise.name}_solution" in scope
    assert progress.load() == progress.Progress(), "a solução do curso não é da pessoa"


@pytest.mark.parametrize("exercise", ALL, ids=by_id)
def test_card_has_all_its_parts(exercise):
    card = rendering.card_markdown(exercise)
    assert card.startswith(f"### Exercício: {exercise.title}\n")
    assert card.count("<details>") == card.count("</details>") == len(exercise.hints) >= 3
    assert exercise.done_when in card
    assert f"Dificuldade {'●' * exercise.difficulty}" in card
    assert exercise.name in card
    assert re.search(r"[Pp]ule", card)
    assert "`" not in "".join(re.findall(r"<summary>.*?</summary>", card))


@pytest.mark.parametrize("exercise", ALL, ids=by_id)
def test_names_are_distinct_and_keep_out_of_the_lesson(exercise):
    assert exercise.name.startswith("my_")
    assert 1 <= exercise.difficulty <= 5
    assert 1 <= exercise.importance <= 5
    assert exercise.minutes[0] < exercise.minutes[1]
    assert [other.id for other in ALL].count(exercise.id) == 1
    assert [other.name for other in ALL].count(exercise.name) == 1


# --- progresso -----------------------------------------------------------------------------------


def test_progress_counts_attempts_and_slips(progress_file):
    exercise = FUNCTIONS[0]
    check(exercise.id, exercise.wrong[0].answer)
    check(exercise.id, exercise.wrong[0].answer)
    check(exercise.id, exercise.solution)
    check(exercise.id, exercise.wrong[1].answer)
    assert progress.load().exercises[exercise.id] == {
        "status": "errado",
        "resolvido": True,
        "tentativas": 4,
        "enganos": {exercise.wrong[0].name: 2, exercise.wrong[1].name: 1},
    }
    assert json.loads(progress_file.read_text(encoding="utf-8"))["versao"] == 1


def test_pending_and_unrecorded_checks_leave_no_file(progress_file):
    exercise = FUNCTIONS[0]
    check(exercise.id, None)
    check(exercise.id, exercise.solution, record=False)
    assert not progress_file.exists()


CORRUPT = {
    "cortado": b"{",
    "vazio": b"",
    "binário": b"\xff\xfe",
    "lista": b"[]",
    "aninhado demais": b"[" * 10**5,
    "seção": b'{"exercicios": 3}',
    "registro": b'{"exercicios": {"a": 3}}',
    "tentativas": b'{"exercicios": {"a": {"tentativas": "x"}}}',
    "quiz": b'{"quizzes": {"01": {"melhor": []}}}',
}


@pytest.mark.parametrize("content", CORRUPT.values(), ids=CORRUPT)
def test_corrupt_file_is_kept_aside_and_said(progress_file, content):
    progress_file.write_bytes(content)
    exercise = FUNCTIONS[0]
    result = check(exercise.id, exercise.solution)
    kept = progress_file.with_name("progresso.json.corrompido")
    assert kept.read_bytes() == content
    assert "guardei-o como `progresso.json.corrompido`" in repr(result)
    assert progress.load().exercises[exercise.id]["resolvido"]
    assert check(exercise.id, exercise.solution).notice == ""


def test_second_corrupt_file_does_not_replace_the_first(progress_file):
    for number in (1, 2):
        progress_file.write_text(f"estragado {number}")
        progress.load()
    kept = sorted(progress_file.parent.glob("*.corrompido*"))
    assert [path.read_text() for path in kept] == ["estragado 1", "estragado 2"]


def test_without_permission_the_course_goes_on_and_says_so(progress_file, monkeypatch):
    def refuse(*args, **kwargs):
        raise PermissionError("somente leitura")

    monkeypatch.setattr(progress.tempfile, "mkstemp", refuse)
    exercise = FUNCTIONS[0]
    result = check(exercise.id, exercise.solution)
    assert result.status == "certo"
    assert "Não consegui salvar `progresso.json`" in repr(result)
    assert "Não consegui salvar" in result._repr_html_()
    assert str(progress_file.parent) not in repr(result)
    assert progress.load().exercises[exercise.id]["resolvido"], "vale até fechar o notebook"
    monkeypatch.undo()


def test_missing_folder_is_said_too(tmp_path, monkeypatch):
    monkeypatch.setenv(progress.VARIABLE, str(tmp_path / "sumiu" / "progresso.json"))
    assert "Não consegui salvar" in progress.record("guess", "01.aaa", palpite=2)
    assert progress.load().guesses == {"01.aaa": {"palpite": 2}}


def test_unreadable_file_is_not_replaced(progress_file):
    progress_file.mkdir()
    assert "Não consegui abrir" in progress.load().notice
    assert "Não consegui salvar" in progress.record("guess", "01.aaa", palpite=2)
    assert progress_file.is_dir()


def test_failed_write_leaves_the_old_file_whole(progress_file, monkeypatch):
    progress.record("guess", "01.aaa", palpite=2)
    before = progress_file.read_bytes()

    def refuse(*args):
        raise OSError("disco cheio")

    monkeypatch.setattr(progress.os, "replace", refuse)
    assert "Não consegui salvar" in progress.record("guess", "01.aaa", palpite=3)
    assert progress_file.read_bytes() == before
    assert [path.name for path in progress_file.parent.iterdir()] == [progress_file.name]


def test_two_kernels_do_not_erase_each_other(progress_file):
    progress.record("guess", "01.aaa", palpite=2)
    other = json.loads(progress_file.read_text(encoding="utf-8"))
    other["palpites"]["01.nabana"] = {"palpite": 3}
    progress_file.write_text(json.dumps(other), encoding="utf-8")
    progress.record("exercise", "01.empate", status="certo", misconception=None)
    current = progress.load()
    assert set(current.guesses) == {"01.aaa", "01.nabana"}
    assert set(current.exercises) == {"01.empate"}


def test_quiz_keeps_the_best_score():
    for right in (3, 5, 2):
        progress.record("quiz", "01", acertos=right, total=6)
    assert progress.load().quizzes["01"] == {"acertos": 2, "total": 6, "melhor": 5}


def test_default_place_is_the_project_root(monkeypatch):
    monkeypatch.delenv(progress.VARIABLE)
    assert progress.file_path().name == "progresso.json"
    assert (progress.file_path().parent / "pyproject.toml").exists()


# --- palpites e quiz -----------------------------------------------------------------------------


@pytest.mark.parametrize("prediction", PREDICTIONS, ids=by_id)
def test_every_guess_gets_an_answer(prediction):
    silent = compare(prediction, None)
    assert silent.startswith("Sem palpite desta vez.")
    assert prediction.lesson_learned in silent
    if prediction.options:
        assert len(prediction.comments) == len(prediction.options)
        guesses, right = range(len(prediction.options)), prediction.answer
        said = set(prediction.comments)
    else:
        assert prediction.low <= prediction.answer <= prediction.high
        guesses, right, said = range(prediction.low, prediction.high + 1), prediction.answer, None
        assert len(set(prediction.said)) == 3
    for guess in guesses:
        text = compare(prediction, guess)
        assert text.startswith("Você previu ")
        assert (("e acertou" in text) or ("e o resultado é" in text)) == (guess == right)
        assert said is None or prediction.comments[guess] in text


def test_guess_near_and_far_are_told_apart():
    prediction = registry.get_prediction("01.bytes_joao")
    exact, near, far = prediction.said
    assert compare(prediction, 5).startswith("Você previu 5, e o resultado é 5. " + exact)
    assert compare(prediction, 4).startswith("Você previu 4; o resultado é 5. " + near)
    assert compare(prediction, 9).startswith("Você previu 9; o resultado é 5. " + far)


def test_measured_value_replaces_the_one_in_the_catalogue():
    number, choice = (registry.get_prediction(i) for i in ("01.nabana", "01.espaco"))
    assert "o resultado é 4." in compare(number, 3, 4)
    assert "o resultado é 3." in compare(number, 4, np.int64(3))
    assert "e acertou" in compare(choice, 2, choice.options[2])
    with pytest.raises(ValueError, match="precisa ser um número"):
        compare(number, 3, "quatro")
    with pytest.raises(ValueError, match="não é uma das opções"):
        compare(choice, 2, "nenhuma")


@pytest.mark.parametrize("question", QUIZZES, ids=by_id)
def test_question_has_one_right_option_and_an_explanation_for_each(question):
    assert sum(option.right for option in question.options) == 1
    explanations = [option.explanation for option in question.options]
    assert all(len(text) > 40 for text in explanations)
    assert len(set(explanations)) == len(question.options) >= 3


def test_right_option_is_not_always_in_the_same_place():
    places = {[o.right for o in question.options].index(True) for question in QUIZZES}
    assert len(places) >= 3


def test_coroutine_is_closed_without_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = check("01.sobreposicao", _async_answer())
    assert "async" in result.message
