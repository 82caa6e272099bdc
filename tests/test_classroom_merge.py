"""Juntar a lição nova com a de quem estuda: nenhuma letra se perde, em nenhuma ordem de edições."""

import copy

import jaxtyping
import nbformat
import pytest
from classroom_edits import Hand, by_course, by_student, cell, exercise, find, lesson, notebook

from helpers.classroom import notebooks
from helpers.classroom.merge import MARK, merge
from helpers.classroom.notebooks import role, stamp, stamps

CASES = 600
GENERATIONS = 3


def own_texts(cells, known):
    """O que só a pessoa escreveu: nem o texto do curso, nem os avisos em que ela não mexeu."""
    mine = [one for one in cells if one["metadata"].get(MARK, {}).get("aviso") != stamp(one)]
    return {one["source"] for one in mine if one["source"].strip()} - known


def check_result(base, mine, new, merged):
    """Confere tudo que uma junção promete."""
    cells = merged.cells
    result = {one["source"] for one in cells}
    lost = own_texts(mine, {one["source"] for one in base}) - result
    assert not lost, f"perdido: {lost}"
    assert len({one["id"] for one in cells}) == len(cells), "identidades repetidas"
    place = {one["id"]: number for number, one in enumerate(cells)}
    order = [place[one["id"]] for one in new if one["id"] in place]
    assert order == sorted(order), "fora da ordem da lição nova"
    came = stamps(base)
    for one in new:
        if one["id"] not in came:
            assert one["id"] in place, "célula nova que não entrou"
    seen = set()
    for one in mine:
        identity = one.get("id")
        first = identity not in seen
        seen.add(identity)
        target = next((n for n in new if n["id"] == identity), None)
        if not first or identity not in came or target is None:
            continue
        found = cells[place[identity]]
        if came[identity] != stamp(one):
            answer = (role(target) or ("", ""))[1] == "exercise" and one["source"].strip()
            assert not answer or found["source"] == one["source"], "resposta fora do lugar"
        else:
            assert stamp(found) == stamp(target), "intacta que não virou a nova"
            assert found["metadata"] == target["metadata"]
    again = merge(stamps(new), cells, new)
    assert again.cells == cells, "a segunda vez mudou alguma coisa"
    assert not again.renewed


def seeds(chunk):
    """Devolve as sementes de um pedaço; as anotações, que custam, só se conferem no primeiro."""
    jaxtyping.config.update("jaxtyping_disable", chunk > 0)
    return range(chunk * CASES // 6, (chunk + 1) * CASES // 6)


@pytest.mark.parametrize("chunk", range(6))
def test_random_edits_on_both_sides_lose_nothing(chunk):
    for seed in seeds(chunk):
        student, course = Hand(seed, "aluno"), Hand(seed + 10_000, "curso")
        base = lesson()
        mine = base
        for _ in range(GENERATIONS):
            mine, new = by_student(student, mine), by_course(course, base)
            before = repr((mine, new))
            merged = merge(stamps(base), mine, new)
            assert repr((mine, new)) == before, "a junção mexeu no que recebeu"
            check_result(base, mine, new, merged)
            base, mine = new, merged.cells
        nbformat.validate(nbformat.from_dict(copy.deepcopy(notebook(mine))))


@pytest.mark.parametrize("chunk", range(3))
def test_without_knowing_what_was_delivered_nothing_is_lost_either(chunk):
    for seed in seeds(chunk):
        student, course = Hand(seed, "aluno"), Hand(seed + 10_000, "curso")
        base = lesson()
        mine, new = by_student(student, base), by_course(course, base)
        cells = merge(None, mine, new).cells
        assert own_texts(mine, {one["source"] for one in base}) <= {one["source"] for one in cells}
        assert {one["id"] for one in new} <= {one["id"] for one in cells}
        assert len({one["id"] for one in cells}) == len(cells)
        assert merge(stamps(new), cells, new).cells == cells


@pytest.mark.parametrize("chunk", range(3))
def test_two_works_of_the_same_person_lose_nothing(chunk):
    for seed in seeds(chunk):
        base = lesson()
        here, there = (by_student(Hand(seed + n, f"mão {n}"), base) for n in (0, 50_000))
        current = merge(stamps(base), here, base).cells
        other = merge(stamps(base), there, base).cells
        cells = merge(stamps(base), other, current, rival=True).cells
        known = {one["source"] for one in base}
        assert own_texts(current, known) | own_texts(other, known) <= {c["source"] for c in cells}
        assert len({one["id"] for one in cells}) == len(cells)
        twice = merge(stamps(base), other, cells, rival=True).cells
        assert [stamp(one) for one in twice] == [stamp(one) for one in cells], "trouxe duas vezes"


@pytest.fixture
def mine():
    return lesson()


@pytest.fixture
def new():
    return lesson()


def done(mine, new):
    return merge(stamps(lesson()), mine, new)


def ids(cells):
    return [one["id"] for one in cells]


def test_untouched_lesson_becomes_the_new_one(mine, new):
    find(new, "09-antes-contar")["source"] = "contar = 10"
    del new[-1]
    merged = done(mine, new)
    assert merged.cells == new
    assert ids(merged.renewed) == ["09-antes-contar"]
    assert merged.removed == 1
    written = (merged.answers, merged.created, merged.aside, merged.edited)
    assert written == ([], 0, [], 0)


def test_answer_stays_under_the_new_statement(mine, new):
    find(mine, "09-fundir-exercise")["source"] = "def my_fundir(a, b):\n    return a + b"
    find(new, "09-fundir-card")["source"] = "### Exercício: fundir\n\nOutro enunciado."
    find(new, "09-antes-fundir")["source"] = "fundir = 20"
    merged = done(mine, new)
    assert find(merged.cells, "09-fundir-exercise")["source"].endswith("return a + b")
    assert find(merged.cells, "09-fundir-card")["source"].endswith("Outro enunciado.")
    assert merged.answers == merged.statements == ["09.fundir"]
    assert not merged.warned
    assert ids(merged.cells) == ids(new)


def test_new_signature_leaves_a_warning_above_the_answer(mine, new):
    find(mine, "09-fundir-exercise")["source"] = "def my_fundir(a, b):\n    return a + b"
    at = ids(new).index("09-fundir-card")
    new[at : at + 4] = exercise("fundir", "a, b, regra")
    merged = done(mine, new)
    at = ids(merged.cells).index("09-fundir-exercise")
    warning = merged.cells[at - 1]
    assert "pede outra coisa" in warning["source"]
    assert "def my_fundir(a, b, regra):" in warning["source"]
    assert merged.cells[at]["source"].endswith("return a + b")
    assert merged.warned == ["09.fundir"]


@pytest.fixture
def warned():
    """Uma lição em que o exercício fundir mudou de assinatura, e a resposta é a antiga."""
    mine, new = lesson(), lesson()
    find(mine, "09-fundir-exercise")["source"] = "def my_fundir(a, b):\n    return a + b"
    for one in new:
        one["source"] = one["source"].replace("my_fundir(a, b)", "my_fundir(a, b, regra)")
    return merge(stamps(lesson()), mine, new).cells, new


def warnings_in(cells):
    return [one for one in cells if "aviso" in one["metadata"].get(MARK, {})]


def test_warning_stays_while_it_is_true_and_leaves_when_it_is_not(warned):
    cells, new = warned
    assert len(warnings_in(cells)) == 1
    later = copy.deepcopy(new)
    later[0]["source"] = "# Outro título"
    assert len(warnings_in(merge(stamps(new), cells, later).cells)) == 1
    find(cells, "09-fundir-exercise")["source"] = "def my_fundir(a, b, regra):\n    return a"
    assert not warnings_in(merge(stamps(new), cells, later).cells)


def test_erased_warning_does_not_come_back_and_an_edited_one_stays(warned):
    cells, new = warned
    later = copy.deepcopy(new)
    later[0]["source"] = "# Outro título"
    without = [one for one in cells if one not in warnings_in(cells)]
    assert not warnings_in(merge(stamps(new), without, later).cells)
    warnings_in(cells)[0]["source"] += "\n\nlembrar de perguntar na aula"
    merged = merge(stamps(new), cells, later)
    assert any("perguntar na aula" in one["source"] for one in merged.cells)


@pytest.mark.parametrize(
    ("answer", "warns"),
    [
        ("def my_fundir(a, b, regra):\n    return a", False),
        ("x = 1\ndef my_fundir(a, b, regra=None, *resto):\n    return a", True),
        ("def my_fundir(a, b):\n    return a", True),
        ("def my_fundir(a, b, regra:\n    return", True),
        ("def my_fundir(a, b, regra):\n    return '\\d'", False),
        ("\x00", True),
    ],
)
def test_signature_is_read_from_any_answer(mine, new, answer, warns, recwarn):
    find(mine, "09-fundir-exercise")["source"] = answer
    for one in new:
        one["source"] = one["source"].replace("my_fundir(a, b)", "my_fundir(a, b, regra)")
    assert bool(done(mine, new).warned) is warns
    assert not list(recwarn), "o Python avisa em inglês sobre o código de quem estuda"


def test_both_changed_keeps_theirs_below_without_running(mine, new):
    find(mine, "09-antes-contar").update(source="contar = 100  # meu", execution_count=4)
    find(mine, "09-secao-fundir")["source"] = "## 2. Parte fundir\n\nminha nota"
    find(new, "09-antes-contar")["source"] = "contar = 7"
    find(new, "09-secao-fundir")["source"] = "## 2. Outro nome"
    merged = done(mine, new)
    at = ids(merged.cells).index("09-antes-contar")
    assert merged.cells[at]["source"] == "contar = 7"
    label, kept = merged.cells[at + 1 : at + 3]
    assert "Sua versão desta célula" in label["source"]
    assert kept["cell_type"] == "raw"
    assert kept["source"] == "contar = 100  # meu"
    assert "outputs" not in kept
    at = ids(merged.cells).index("09-secao-fundir")
    assert "Sua versão deste texto" in merged.cells[at + 1]["source"]
    assert merged.cells[at + 2]["cell_type"] == "markdown"
    assert len(merged.aside) == 2


def test_edited_cell_the_course_left_alone_stays(mine, new):
    find(mine, "09-antes-contar")["source"] = "contar = 100"
    new[0]["source"] = "# Outro título"
    merged = done(mine, new)
    assert find(merged.cells, "09-antes-contar")["source"] == "contar = 100"
    assert merged.edited == 1


def test_cell_that_left_the_lesson_stays_if_written_on(mine, new):
    find(mine, "09-antes-contar")["source"] = "contar = 100"
    find(mine, "09-contar-exercise")["source"] = "def my_contar(a, b):\n    return 1"
    new = [one for one in new if "contar" not in one["id"]]
    merged = done(mine, new)
    assert [one["source"] for one in merged.aside] == [
        "contar = 100",
        "def my_contar(a, b):\n    return 1",
    ]
    kept = [one for one in merged.cells if one["source"] == "contar = 100"]
    assert kept[0]["cell_type"] == "code"
    assert not [one for one in merged.cells if role(one) and role(one)[0] == "09.contar"]
    assert sum("saiu da lição" in one["source"] for one in merged.cells) == 2


def test_a_new_statement_is_told_only_to_who_answered(mine, new):
    find(mine, "09-fundir-exercise")["source"] = "def my_fundir(a, b):\n    return a + b"
    for name in ("fundir", "contar"):
        find(new, f"09-{name}-card")["source"] = f"### Exercício: {name}\n\nOutro enunciado."
    merged = done(mine, new)
    assert ids(merged.renewed) == ["09-contar-card", "09-fundir-card"]
    assert merged.statements == ["09.fundir"]


def test_an_emptied_cell_that_left_the_lesson_leaves_nothing_behind(mine, new):
    find(mine, "09-antes-contar")["source"] = " \n"
    merged = done(mine, [one for one in new if one["id"] != "09-antes-contar"])
    assert (merged.aside, merged.removed) == ([], 1)
    assert "09-antes-contar" not in ids(merged.cells)


def test_created_cell_keeps_its_neighbour_above(mine, new):
    mine.insert(3, cell("markdown", "minha nota", "nota"))
    mine.insert(0, cell("code", "1 + 1", "no-alto"))
    new[1:3] = new[2:0:-1]
    new.insert(2, cell("code", "nova = 1", "nova"))
    merged = done(mine, new)
    found = ids(merged.cells)
    assert found[0] == "no-alto"
    assert found[found.index("nota") - 1] == "09-antes-contar"
    assert merged.created == 2


def test_deleted_cell_stays_deleted_unless_it_changed_or_is_the_exercise(mine, new):
    gone = (
        "09-antes-contar",
        "09-antes-fundir",
        "09-contar-card",
        "09-contar-exercise",
        "09-contar-check",
    )
    mine = [one for one in mine if one["id"] not in gone]
    find(new, "09-antes-fundir")["source"] = "fundir = 20"
    found = ids(done(mine, new).cells)
    assert "09-antes-contar" not in found
    assert "09-contar-check" not in found
    assert {"09-antes-fundir", "09-contar-card", "09-contar-exercise"} <= set(found)


def test_cell_deleted_in_another_folder_stays_in_this_one(mine, new):
    gone = ("09-antes-contar", "09-contar-check")
    there = [one for one in mine if one["id"] not in gone]
    assert ids(merge(stamps(lesson()), there, new, rival=True).cells) == ids(new)


def test_split_answer_stays_whole_and_in_order(mine, new):
    at = ids(mine).index("09-fundir-exercise")
    first = copy.deepcopy(mine[at]) | {"id": "metade", "source": "import math"}
    mine[at]["source"] = "def my_fundir(a, b):\n    return math.pi"
    mine.insert(at, first)
    find(new, "09-fundir-card")["source"] += " Agora."
    merged = done(mine, new)
    at = ids(merged.cells).index("09-fundir-exercise")
    assert merged.cells[at - 1]["source"] == "import math"
    assert merged.cells[at]["source"].endswith("return math.pi")


def test_joined_answer_goes_back_to_its_place(mine, new):
    at = ids(mine).index("09-fundir-exercise")
    mine[at] |= {"id": "juntada", "source": "def my_fundir(a, b):\n    return 1\n\ncheck()"}
    del mine[at + 1]
    find(new, "09-fundir-exercise")["source"] += "  # outro começo"
    merged = done(mine, new)
    assert find(merged.cells, "09-fundir-exercise")["source"].endswith("check()")
    assert merged.answers == ["09.fundir"]
    assert "juntada" not in ids(merged.cells)


def test_duplicated_answer_stays_beside_the_first(mine, new):
    at = ids(mine).index("09-fundir-exercise")
    mine[at]["source"] = "def my_fundir(a, b):\n    return 1"
    other = copy.deepcopy(mine[at]) | {
        "id": "copia",
        "source": "def my_fundir(a, b):\n    return 2",
    }
    mine.insert(at + 1, other)
    new[0]["source"] = "# Outro título"
    merged = done(mine, new)
    at = ids(merged.cells).index("09-fundir-exercise")
    assert merged.cells[at]["source"].endswith("return 1")
    assert merged.cells[at + 1]["source"].endswith("return 2")


def test_answer_is_followed_when_the_course_changes_its_identity(mine, new):
    find(mine, "09-fundir-exercise")["source"] = "def my_fundir(a, b):\n    return 1"
    find(new, "09-fundir-exercise")["id"] = "outra"
    merged = done(mine, new)
    assert find(merged.cells, "outra")["source"].endswith("return 1")
    assert merged.answers == ["09.fundir"]


def test_blank_exercise_whose_identity_changed_takes_the_new_start(mine, new):
    find(new, "09-fundir-exercise").update(id="outra", source="def my_fundir(c):\n    raise")
    merged = done(mine, new)
    assert merged.cells == new
    assert not merged.answers


def test_kept_versions_are_not_counted_as_created(mine, new):
    find(mine, "09-antes-contar")["source"] = "contar = 100"
    find(new, "09-antes-contar")["source"] = "contar = 7"
    kept = done(mine, new)
    later = copy.deepcopy(new)
    later[0]["source"] = "# Outro título"
    merged = merge(stamps(new), kept.cells, later)
    assert merged.created == 0
    assert "contar = 100" in [one["source"] for one in merged.cells]


def test_editor_that_loses_identities_repeats_nothing(mine, new):
    for one in mine:
        del one["id"]
    mine[-3]["source"] = "def my_escolher(a, b):\n    return 1"
    mine.append(cell("markdown", "nota", "nota"))
    find(new, "09-antes-contar")["source"] = "contar = 10"
    merged = done(mine, new)
    assert ids(merged.cells) == [*ids(new), "nota"]
    assert merged.answers == ["09.escolher"]


def test_emptied_exercise_takes_the_new_start(mine, new):
    find(mine, "09-fundir-exercise")["source"] = "  \n"
    merged = done(mine, new)
    assert find(merged.cells, "09-fundir-exercise") == find(new, "09-fundir-exercise")


def test_outputs_stay_only_where_the_source_is_the_same(mine, new):
    said = [{"output_type": "stream", "name": "stdout", "text": ["1"]}]
    for name in ("09-antes-contar", "09-antes-fundir", "09-fundir-exercise"):
        find(mine, name).update(outputs=said, execution_count=1)
    find(mine, "09-fundir-exercise")["source"] = "def my_fundir(a, b):\n    return 1"
    find(new, "09-antes-contar")["source"] = "contar = 10"
    cells = done(mine, new).cells
    assert find(cells, "09-antes-contar")["outputs"] == []
    assert find(cells, "09-antes-fundir")["outputs"] == said
    assert find(cells, "09-fundir-exercise")["outputs"] == said


def test_what_the_person_folded_stays_folded_and_solutions_too(mine, new):
    find(mine, "09-antes-contar")["metadata"] = {"jupyter": {"outputs_hidden": True}, "sobra": 1}
    find(new, "09-contar-solution")["metadata"]["jupyter"] = {"source_hidden": True}
    find(mine, "09-contar-solution")["metadata"]["jupyter"] = {"source_hidden": False}
    cells = done(mine, new).cells
    assert find(cells, "09-antes-contar")["metadata"] == {"jupyter": {"outputs_hidden": True}}
    assert find(cells, "09-contar-solution")["metadata"]["jupyter"] == {"source_hidden": True}


def test_pasted_pictures_go_with_their_cell(mine, new):
    picture = {"image.png": {"image/png": "iVBORw0KGgo="}}
    find(mine, "09-secao-contar").update(source="![](attachment:image.png)", attachments=picture)
    find(new, "09-secao-contar")["source"] = "## 1. Outro nome"
    cells = done(mine, new).cells
    assert [one["attachments"] for one in cells if "attachments" in one] == [picture]


def test_unknown_delivery_keeps_answers_and_puts_the_new_stub_where_none_was_given(mine, new):
    find(mine, "09-contar-exercise")["source"] = "def my_contar(a, b):\n    return 1"
    for name in ("contar", "fundir"):
        find(new, f"09-{name}-exercise")["source"] += "  # outro começo"
    merged = merge(None, mine, new)
    assert merged.answers == ["09.contar"]
    assert find(merged.cells, "09-fundir-exercise") == find(new, "09-fundir-exercise")


def test_written_file_is_a_valid_notebook_and_reads_back(tmp_path):
    path = tmp_path / "x.ipynb"
    cells = [*lesson(), cell("markdown", "meia letra \ud83d\r\n e\u2028mais", "estranha")]
    path.write_bytes(notebooks.dump(notebook(cells)))
    assert notebooks.read(path)["cells"] == cells
    nbformat.validate(nbformat.read(path, as_version=4))
