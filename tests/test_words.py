"""O texto dos exploráveis: o arquivo e o código falam das mesmas coisas."""

import ast
import importlib
import re
import tomllib
from pathlib import Path

import pytest
from explorable_sweep import factories, sweep

from helpers.explorables.kit.words import PATH, Words, words

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "helpers" / "explorables"
TABLE = {
    "rotulo": "Exemplo",
    "titulo": "Exemplo de largura {width}",
    "pergunta": "Quantas de {total}?",
    "certa": "duas",
    "opcoes": {"uma": "{verdict}: conte.", "duas": "{verdict}: são {total:1}."},
    "desafios": {"largo": "Passe de {least:%}.", "fim": "Vá ao fim."},
}


def texts():
    """Acha os textos que os módulos dos exploráveis usam."""
    modules = {importlib.import_module(factory.__module__) for factory in factories()}
    found = [one for module in modules for one in vars(module).values()]
    return [one for one in found if isinstance(one, Words)]


def test_every_text_of_the_file_is_used_once_and_every_explorable_has_one():
    used = sorted(one.name for one in texts())
    assert used == sorted(tomllib.loads(PATH.read_text(encoding="utf-8")))
    assert len(used) == len(factories())


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda p: p.stem)
def test_questions_and_challenges_are_not_written_in_python(path):
    calls = [n for n in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(n, ast.Call)]
    assert not {ast.unparse(n.func) for n in calls} & {"Opening", "Challenge"}


def test_heading_opening_and_challenges_take_the_numbers_of_the_code():
    one = Words("ex", TABLE)
    assert one.heading(width=3) == {
        "label": "Exemplo",
        "name": "ex",
        "title": "Exemplo de largura 3",
    }
    asked = one.opening("<svg/>", total=2)
    assert (asked.question, asked.answer, asked.cover) == ("Quantas de 2?", "duas", "<svg/>")
    assert asked.comments == ("Não: conte.", "Isso: são 2,0.")
    assert one.opening(right=0, total=2).answer == "uma"
    largo, fim = one.challenges(
        {"fim": lambda x: x == 9, "largo": lambda least, x: x > least}, least=0.5
    )
    assert largo.text.split() == ["Passe", "de", "50", "%."]
    assert (largo.met(x=1), largo.met(x=0), fim.met(x=9)) == (True, False, True)


@pytest.mark.parametrize(
    ("goals", "numbers"),
    [
        ({"largo": bool}, {"least": 1}),
        ({"largo": bool, "fim": bool, "outro": bool}, {"least": 1}),
        ({"largo": bool, "fim": bool}, {}),
        ({"largo": bool, "fim": bool}, {"least": 1, "most": 2}),
    ],
    ids=["falta um desafio", "sobra um desafio", "falta um número", "sobra um número"],
)
def test_file_and_code_must_agree(goals, numbers):
    with pytest.raises(ValueError, match=r"\[ex\] tem os desafios"):
        Words("ex", TABLE).challenges(goals, **numbers)


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({"rotulo": "x"}, r"falta \['titulo'\]"),
        ({**TABLE, "dica": "x"}, r"sobra \['dica'\]"),
    ],
)
def test_table_out_of_shape_is_refused(table, told):
    with pytest.raises(ValueError, match=told):
        Words("ex", table)


def test_unknown_name_lists_the_known_ones():
    with pytest.raises(ValueError, match=r"não tem \[w99\]; há w0, w1"):
        words("w99")


def test_question_without_a_right_option_is_refused():
    with pytest.raises(ValueError, match="deve estar entre"):
        Words("ex", {**TABLE, "certa": "três"}).opening(total=2)


def test_the_example_of_contributing_passes_the_sweep(monkeypatch):
    guide = (ROOT / ".github" / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = guide.split("## Passo a passo: um explorável")[1]
    blocks = dict(re.findall(r"^```(toml|python)\n(.*?)^```", section, re.DOTALL | re.MULTILINE))
    tables = tomllib.loads(blocks["toml"])
    monkeypatch.setattr(
        module := importlib.import_module(Words.__module__), "_read", lambda: tables
    )
    names = {}
    exec(blocks["python"], names)
    assert module.words("efetivas").name == "efetivas"
    widget = names["effective_keys"]()
    assert len(sweep(widget)) == len(names["HEAT"])
    assert widget.question["answer"] == "mais"
