"""A lição no projetor: o plano de cada aula, a extensão pronta e o que se responde a um pedido."""

import json
import re
import subprocess
from pathlib import Path

import javascript
import pytest

from helpers.cli import app, lab
from helpers.cli.console import CliError
from helpers.page import lecture

ROOT = Path(__file__).resolve().parents[1]
LESSONS = sorted(path.stem for path in (ROOT / "notebooks").glob("[0-9]*.ipynb"))
TABLE = "| seção | minutos | o que garantir |\n|---|---|---|\n"


def source_of(lesson):
    return lecture.notes_path(ROOT, lesson).read_text(encoding="utf-8")


def plan_of(lesson):
    return lecture.plan_of(source_of(lesson))


def headings(lesson):
    """Os títulos das seções de uma lição, na ordem."""
    cells = cells_of(lesson)
    sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    return [title for source in sources for title in re.findall(r"^## (.+)", source, re.M)]


def cells_of(lesson):
    return json.loads((ROOT / "notebooks" / f"{lesson}.ipynb").read_text("utf-8"))["cells"]


def told(lesson):
    """O que as notas dizem de cada seção: título e texto, na ordem; nada se não o dizem."""
    parts = re.split(r"^## ", source_of(lesson), flags=re.M)
    each = [part for part in parts if part.startswith(f"{lecture.EACH}\n")]
    found = [re.split(r"^### ", part, flags=re.M)[1:] for part in each]
    return [one.partition("\n")[::2] for part in found for one in part]


def card_minutes(lesson):
    """De cada seção, os minutos de cada cartão obrigatório: o menor e o maior."""
    found = {}
    for cell in cells_of(lesson):
        source = "".join(cell["source"])
        if heading := re.search(r"^## (.+)", source, re.M):
            ranges = found[heading[1]] = []
        if "card" in cell["metadata"].get("tags", ()) and "(extra)" not in source:
            ranges.append(tuple(map(int, re.search(r"(\d+) a (\d+) minutos", source).groups())))
    return found


def shown_as(number, found):
    """Se `number` é um dos números da lição, ou o arredondamento de um deles."""
    places = len(number.partition(".")[2])
    return any(
        one == number or (len(one) > len(number) and f"{float(one):.{places}f}" == number)
        for one in found
    )


def halves(lesson):
    """Os minutos de antes e de depois da pausa, se as notas os dizem."""
    found = re.search(r"depois da seção \d+: (\d+) minutos e (\d+)", source_of(lesson))
    return [int(one) for one in found.groups()] if found else []


HALVES = {lesson: found for lesson in LESSONS if (found := halves(lesson))}


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_section_has_its_minutes_and_no_row_is_left_over(lesson):
    plan = plan_of(lesson)
    numbers = [found[1] for title in headings(lesson) if (found := re.match(r"(\d+)\.", title))]
    assert numbers
    assert set(plan.keys) <= {*numbers, lecture.OPENING, lecture.CLOSING}
    assert set(numbers) <= set(plan.keys)
    order = [plan.keys[number] for number in numbers]
    assert order == sorted(order), "o relógio anda para a frente"
    assert set(plan.keys.values()) == set(range(len(plan.rows)))
    assert all(row.minutes > 0 and row.ensure for row in plan.rows)
    assert all(0 <= pause < len(plan.rows) - 1 for pause in plan.pauses)
    assert "<h2" in plan.more


def test_a_stranger_can_give_the_lesson_from_the_second_window():
    plan = plan_of("04_scores_e_softmax")
    assert [row.label for row in plan.rows if "<strong>A ideia.</strong>" not in row.note] == [
        "O que você leva"
    ]
    asked = [row.label for row in plan.rows if "<strong>Pergunte</strong>" not in row.note]
    assert not asked
    cards = [c for c in cells_of("04_scores_e_softmax") if "card" in c["metadata"].get("tags", ())]
    notes = "".join(row.note for row in plan.rows)
    assert notes.count("o cartão (E)") == len(cards), "cada cartão diz quando e por quanto tempo"
    assert plan.pauses == [plan.keys["4"]]


def test_note_of_two_sections_is_said_once():
    table = "# Aula\n\n| seção | min | garanta |\n|---|---|---|\n| 1. e 2. Contar | 5 | isto |\n"
    plan = lecture.plan_of(table + "\n## Seção a seção\n\n### 1. e 2. Contar\n\nDiga já.\n")
    assert plan.keys == {"1": 0, "2": 0}
    assert plan.rows[0].note.count("Diga já.") == 1


@pytest.mark.parametrize("lesson", LESSONS)
def test_notes_follow_the_sections_of_the_lesson(lesson):
    titles = [title for title, _ in told(lesson)]
    assert titles == headings(lesson)
    for title, text in told(lesson):
        if lecture.section_keys(title) != [lecture.CLOSING]:
            assert text.lstrip().startswith("**A ideia.** "), title
        assert "**Pergunte**" in text or "**Faça**" in text, title


@pytest.mark.parametrize("lesson", HALVES)
def test_the_halves_of_a_lesson_add_up(lesson):
    plan = plan_of(lesson)
    minutes = [row.minutes for row in plan.rows]
    first = sum(minutes[: plan.pauses[0] + 1])
    assert HALVES[lesson] == [first, sum(minutes) - first]


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_card_has_its_moment_and_its_minutes(lesson):
    ranges = card_minutes(lesson)
    for title, text in told(lesson):
        given = [int(one) for one in re.findall(r"o cartão \(E\)\D*(\d+) minutos", text)]
        assert len(given) == len(ranges[title]), title
        for minutes, (least, most) in zip(given, ranges[title], strict=True):
            assert least <= minutes <= most, (title, minutes)


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_decimal_the_teacher_says_is_in_the_lesson(lesson):
    given = (ROOT / "data" / "licoes" / f"{lesson[:2]}.toml").read_text("utf-8")
    known = json.dumps(cells_of(lesson), ensure_ascii=False) + given
    found = {one.replace(",", ".") for one in re.findall(r"\d+[.,]\d+", known)}
    said = re.findall(r"\d+,\d+", " ".join(text for _, text in told(lesson)))
    assert not [one for one in said if not shown_as(one.replace(",", "."), found)]


@pytest.mark.parametrize(
    ("label", "keys"),
    [
        ("1. Um score por par, com a abertura", ["0", "1"]),
        ("Abertura e 1. Um vetor", ["0", "1"]),
        ("9. e 10. O seu texto; um assistente", ["9", "10"]),
        ("7, 8 e 9", ["7", "8", "9"]),
        ("6. Quanto pesa e quiz", ["6"]),
        ("Quiz", ["fim"]),
        ("O que você leva", ["fim"]),
        ("Intervalo", []),
    ],
)
def test_row_says_what_sections_it_covers(label, keys):
    assert lecture.section_keys(label) == keys


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("# Notas\n", "falta a tabela"),
        (f"# Notas\n\n{TABLE}| Intervalo | 5 | café |\n", "'Intervalo' não diz de que seção"),
        (
            f"# Notas\n\n{TABLE}| 1. Um | 5 | isto |\n\n## Seção a seção\n\n### 2. Dois\n\nOi.\n",
            "fora da tabela: 2",
        ),
    ],
)
def test_notes_out_of_the_format_say_what_is_missing(source, told):
    with pytest.raises(lecture.NotesError, match=told):
        lecture.plan_of(source)


def test_extension_is_ready_for_the_lab(tmp_path):
    lecture.write_extension(ROOT, "04_scores_e_softmax", tmp_path)
    record = json.loads((tmp_path / lecture.NAME / "package.json").read_text("utf-8"))
    program = tmp_path / lecture.NAME / record["jupyterlab"]["_build"]["load"]
    window = (
        "const listeners = {}; globalThis.window = globalThis;"
        "globalThis.document = { documentElement: { dataset: {} } };"
    )
    told = "console.log(Object.keys(_JUPYTERLAB), Object.keys(tpdAula.plans))"
    done = subprocess.run(
        [javascript.find_node(), "-e", window + program.read_text("utf-8") + told],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout.split() == [
        "[", f"'{lecture.NAME}'", "]", "[", "'04_scores_e_softmax'", "]",
    ]  # fmt: skip


@pytest.mark.parametrize("given", ["04", "4"])
def test_lesson_is_found_by_its_number(given):
    assert lab.lesson_named(ROOT, given) == "04_scores_e_softmax"


@pytest.mark.parametrize(
    ("given", "words"),
    [("99", "não há lição 99"), ("banana", "e veio 'banana'"), ("", "e veio ''"), ("-1", "'-1'")],
)
def test_wrong_lesson_is_told_with_the_ones_there_are(given, words, capsys):
    with pytest.raises(CliError, match=words):
        lab.lesson_named(ROOT, given)
    assert app.run(["abrir", f"--aula={given}"]) == 1
    told = capsys.readouterr().err
    assert words in told
    assert ", 04, " in told


def test_only_the_lecture_links_the_extension(tmp_path):
    plain = lab.command(ROOT, tmp_path, 8890, False, "/lab")
    shown = lab.command(ROOT, tmp_path, 8890, False, "/lab", "04_scores_e_softmax")
    assert [one for one in shown if one not in plain] == ["--aula=04_scores_e_softmax"]
