"""O registro junta texto, dados e respostas, diz o que falta a cada lado e só carrega o pedido."""

import ast
import importlib
import json
import re
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from helpers.exercises import lesson_data, lesson_text, progress, registry
from helpers.exercises.catalog import Answer, Case, CatalogError, Form
from helpers.exercises.checking import check

ROOT = Path(__file__).resolve().parents[1]
ANSWERS = sorted((ROOT / "helpers" / "exercises").glob("answers_*.py"))
LESSONS = registry.lessons()
ALL = [item for lesson in LESSONS for item in registry.exercises(lesson)]


@pytest.mark.parametrize("lesson", LESSONS)
def test_both_sides_of_every_lesson_name_the_same_things(lesson):
    assert not registry.disagreements(lesson)


def test_names_that_students_write_are_distinct_in_the_whole_course():
    assert not [name for name, n in Counter(item.name for item in ALL).items() if n > 1]


@pytest.mark.usefixtures("progress_file")
@pytest.mark.parametrize("exercise", ALL, ids=lambda item: item.id)
def test_cells_run_as_a_student_would_run_them(exercise):
    scope = {"check": check}
    exec(exercise.stub, scope)
    assert eval(lesson_text.check_source(exercise), scope).status == "pendente"
    answer = registry.answers(exercise.id[:2])[exercise.id]
    solution, last = lesson_text.solution_source(exercise, answer).rsplit("\n", 1)
    exec(solution, scope)
    assert eval(last, scope).status == "certo"
    assert f"{exercise.name}_solution" in scope
    assert progress.load() == progress.Progress(), "a solução do curso não é da pessoa"


@pytest.mark.usefixtures("progress_file")
def test_worked_example_of_the_guide_is_a_good_exercise(monkeypatch):
    guide = (ROOT / ".github" / "CONTRIBUTING.md").read_text(encoding="utf-8")
    text, toml, code = (
        re.search(rf"^(`{{3,}}){kind}\n(.*?)^\1$", guide, re.MULTILINE | re.DOTALL)[2]
        for kind in ("md", "toml", "python")
    )
    about, source, stub = re.fullmatch(
        r"\+\+\+ (.*?)\n\n(.*)\n\n```\{code-cell\}\n.*?\n\n(.*)\n```\n", text, re.DOTALL
    ).groups()
    scope = vars(importlib.import_module("helpers.exercises.answers_04")).copy()
    exec(code, scope)
    name = json.loads(about)["exercise"]
    card = lesson_text.with_stub(lesson_text.parse_card(source, name, "guia"), stub)
    said = lesson_data.parse(toml, name[:2]).diagnoses[name]
    exercise = registry._assemble(card, scope["EFFECTIVE"], said)
    monkeypatch.setattr(registry, "get", lambda _name: exercise)
    assert check(name, exercise.solution).status == "certo"
    assert len(exercise.wrong) == len(said) == 4
    for wrong in exercise.wrong:
        assert check(name, wrong.answer).misconception == wrong.name


# --- o que cada lado nomeia ----------------------------------------------------------------------


@pytest.fixture
def one_side_short(monkeypatch):
    """Tira um nome de um dos lados da lição 04, uma vez por parte."""
    data, code = lesson_data.read("04"), registry.answers("04")
    cards = lesson_text.cards("04")
    said = {name: dict(known) for name, known in data.diagnoses.items()}

    def spoil(part):
        fewer = data
        if part == "cartão":
            monkeypatch.setattr(lesson_text, "cards", lambda _lesson: cards[1:])
        elif part == "resposta":
            monkeypatch.setattr(registry, "answers", lambda _lesson: dict(list(code.items())[1:]))
        elif part == "diagnóstico":
            said["04.softmax"].pop("ingenuo")
            fewer = replace(data, diagnoses=said)
        elif part == "palpite":
            fewer = replace(data, predictions=data.predictions[1:])
        elif part == "quiz":
            fewer = replace(data, quiz=())
        monkeypatch.setattr(lesson_data, "read", lambda _lesson: fewer)
        return registry.disagreements("04")

    return spoil


@pytest.mark.parametrize(
    ("part", "told"),
    [
        (
            "cartão",
            "o exercício 04.softmax está em helpers/exercises/answers_04.py e falta",
        ),
        ("resposta", "o exercício 04.softmax está em notebooks/texto/04_*.md e falta em helpers/"),
        ("diagnóstico", "em 04.softmax, o engano ingenuo está em helpers/exercises/answers_04.py"),
        ("palpite", "predict: o palpite 04.quantos_scores está em notebooks/texto/04_*.md e falta"),
        ("quiz", "o quiz está em notebooks/texto/04_*.md e falta em data/licoes/04.toml"),
    ],
)
def test_a_name_missing_on_one_side_is_told(one_side_short, part, told):
    found = one_side_short(part)
    assert any(line.startswith(told) for line in found), found


def test_lesson_that_does_not_agree_refuses_to_load(one_side_short):
    one_side_short("diagnóstico")
    registry._exercises.cache_clear()
    try:
        with pytest.raises(CatalogError, match=r"A lição 04 não fecha:\n- em 04\.softmax"):
            registry.exercises("04")
    finally:
        registry._exercises.cache_clear()


# --- as regras de uma resposta -------------------------------------------------------------------


def answer(**changes):
    values = {
        "solution": abs,
        "form": Form("int"),
        "wrong": dict.fromkeys("abcd", len),
        "cases": lambda: tuple(Case((n,)) for n in range(15)),
    }
    return Answer("04.teste", **(values | changes))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"wrong": {"a": len}}, r"answers_04\.py, 04\.teste: há 1 enganos .* ao menos 4"),
        ({"code": "my_x_solution = 1"}, "um dos dois"),
        ({"cases": None}, "um dos dois"),
        ({"solution": 3}, "a solução não é uma função: 3"),
    ],
)
def test_answer_that_breaks_a_rule_says_so_when_it_is_made(changes, told):
    with pytest.raises(CatalogError, match=told):
        answer(**changes)


@pytest.mark.parametrize(
    ("cases", "told"),
    [
        ([Case((n,)) for n in range(14)], "dá 14 casos, e são precisos ao menos 15"),
        ([Case((list(range(90)),))] * 15, "o primeiro caso ocupa 350 caracteres, e cabem 120"),
    ],
)
def test_few_cases_or_a_first_one_that_nobody_reads_are_refused(cases, told):
    with pytest.raises(CatalogError, match=told):
        answer(cases=lambda: tuple(cases)).make_cases()


def test_answer_that_keeps_the_rules_is_made():
    assert answer().kind == "function"
    assert len(answer().make_cases()) == 15
    value = answer(cases=None, code="my_x_solution = 1")
    assert (value.kind, value.make_cases()) == ("value", ())


# --- só o que se pede ----------------------------------------------------------------------------


def in_a_new_python(code):
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout.split()


def test_guesses_and_quiz_need_neither_answers_nor_torch():
    loaded = in_a_new_python(
        "from helpers.exercises import registry as r; import sys\n"
        "r.get_prediction('04.mil'); r.quiz_questions('04'); r.cards('04')\n"
        "try: r.get_prediction('04.nada')\n"
        "except r.UnknownId: pass\n"
        "print(*sys.modules)"
    )
    assert "helpers.exercises.lesson_data" in loaded
    assert not [name for name in loaded if name == "torch" or ".answers_" in name]


def test_an_exercise_loads_the_answers_of_its_lesson_alone():
    loaded = in_a_new_python(
        "from helpers.exercises import registry; import sys\n"
        "registry.get('08.top_p'); print(*sys.modules)"
    )
    assert [name for name in loaded if ".answers_" in name] == ["helpers.exercises.answers_08"]


@pytest.fixture(scope="module")
def work_of_the_first():
    """Quantas chamadas custa o primeiro exercício de cada lição, num Python que só tem o torch."""
    counted = in_a_new_python(
        "import sys; sys.path.append('tests')\n"
        "import torch; from effort import calls; from helpers.exercises import registry\n"
        "make = lambda first: registry.get(first).make_cases()\n"
        f"for lesson in {LESSONS!r}:\n"
        "    for card in registry.cards(lesson)[:1]:\n"
        "        print(lesson, calls(make, card.id))\n"
    )
    return dict(zip(counted[::2], map(int, counted[1::2]), strict=True))


@pytest.mark.parametrize("lesson", LESSONS)
def test_first_exercise_of_a_lesson_is_ready_at_once(lesson, work_of_the_first):
    assert lesson in work_of_the_first, "a lição ainda não tem exercício"
    # Uns 3 µs cada: longe do meio segundo que se pode esperar (bench_checking.py o mede).
    assert 0 < work_of_the_first[lesson] < 100_000


# --- texto que se lê não mora em Python ----------------------------------------------------------

LONGEST = 60


def sentences(source):
    """Devolve as frases longas escritas por extenso: nem docstring, nem texto calculado."""
    tree = ast.parse(source)
    skipped = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.FunctionDef) and ast.get_docstring(node):
            skipped.add(id(node.body[0].value))
        elif isinstance(node, ast.JoinedStr):
            skipped |= {id(part) for part in ast.walk(node)}
    texts = (node for node in ast.walk(tree) if isinstance(node, ast.Constant))
    texts = (t.value for t in texts if isinstance(t.value, str) and id(t) not in skipped)
    return [t for t in texts if len(t) > LONGEST and re.search(r"\w+ \w+ .*[.!?](\s|$)", t)]


@pytest.mark.parametrize("path", ANSWERS, ids=lambda path: path.stem)
def test_answers_hold_code_and_no_sentence(path):
    assert not sentences(path.read_text(encoding="utf-8"))


def test_a_sentence_would_be_noticed():
    long = "Leia o cartão de novo: a soma corre pelas chaves, e não pelas consultas."
    assert sentences(f'X = Answer("04.x", "{long}")') == [long]
    assert not sentences(f'def f():\n    """{long}"""\n    return f"{long} {{1}}"')
