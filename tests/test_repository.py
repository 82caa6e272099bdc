"""O repositório: formulários e fluxos válidos, versões fixadas, comandos que existem."""

import os
import re
import subprocess
from pathlib import Path

import pytest
from check_jsonschema import main as check_jsonschema
from click.testing import CliRunner

from helpers.cli import app, environment, preflight

ROOT = Path(__file__).resolve().parents[1]
GITHUB = ROOT / ".github"
WORKFLOW = GITHUB / "workflows" / "testes.yml"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
FORMS = GITHUB / "ISSUE_TEMPLATE"

# Cada arquivo do GitHub e o esquema (que vem dentro do check-jsonschema) a que obedece.
SCHEMAS = [
    *((path, "vendor.github-workflows") for path in WORKFLOWS),
    *((path, "custom.github-workflows-require-timeout") for path in WORKFLOWS),
    (FORMS / "config.yml", "vendor.github-issue-config"),
    (FORMS / "duvida.yml", "vendor.github-issue-forms"),
    (FORMS / "erro.yml", "vendor.github-issue-forms"),
]
# Um estrago por esquema: o validador precisa recusar cada um.
DAMAGES = [
    ("vendor.github-workflows", WORKFLOW, "runs-on:", "roda-em:"),
    ("custom.github-workflows-require-timeout", WORKFLOW, "timeout-minutes: 45", "# sem prazo"),
    ("vendor.github-issue-config", FORMS / "config.yml", "true", '"talvez"'),
    ("vendor.github-issue-forms", FORMS / "duvida.yml", "type: textarea", "type: caixa"),
    ("vendor.github-issue-forms", FORMS / "erro.yml", "name: ", "nome: "),
]


def validate(path, schema):
    return CliRunner().invoke(check_jsonschema, ["--builtin-schema", schema, str(path)])


def test_every_test_module_has_a_name_of_its_own():
    names = [path.name for path in sorted((ROOT / "tests").rglob("test_*.py"))]
    assert len(names) == len(set(names)), "o pytest só importa um módulo de cada nome"


@pytest.mark.parametrize(
    ("path", "schema"), SCHEMAS, ids=lambda value: getattr(value, "name", value)
)
def test_github_files_obey_their_schema(path, schema):
    done = validate(path, schema)
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize(
    ("schema", "path", "old", "new"), DAMAGES, ids=lambda value: str(value)[-20:]
)
def test_damaged_github_files_are_refused(tmp_path, schema, path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    damaged = tmp_path / path.name
    damaged.write_text(text.replace(old, new), encoding="utf-8")
    assert validate(damaged, schema).exit_code == 1


def test_every_github_yaml_has_a_schema():
    found = {path for pattern in ("*.yml", "*.yaml") for path in GITHUB.rglob(pattern)}
    assert found == {path for path, _ in SCHEMAS}


def test_workflow_covers_three_systems_and_both_ends_of_python():
    from ruamel.yaml import YAML

    workflow = YAML(typ="safe").load(WORKFLOW.read_text(encoding="utf-8"))
    job = workflow["jobs"]["testes"]
    systems = {name.split("-")[0] for name in job["strategy"]["matrix"]["os"]}
    assert systems == {"ubuntu", "macos", "windows"}
    ends = [".".join(map(str, end)) for end in (preflight.OLDEST, preflight.NEWEST)]
    assert job["strategy"]["matrix"]["python"] == ends
    assert workflow["permissions"] == {"contents": "read"}
    assert workflow["concurrency"]["cancel-in-progress"] is True
    assert {"push", "pull_request", "schedule", "workflow_dispatch"} <= set(workflow["on"])
    used = [step["uses"] for step in job["steps"] if "uses" in step]
    assert all(re.fullmatch(r"actions/[a-z-]+@v\d+", action) for action in used)


def test_python_range_is_the_same_everywhere():
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    oldest = ".".join(map(str, preflight.OLDEST))
    beyond = f"{preflight.NEWEST[0]}.{preflight.NEWEST[1] + 1}"
    assert f'requires-python = ">={oldest},<{beyond}"' in project


def test_issue_form_asks_lesson_cell_and_report():
    text = (FORMS / "erro.yml").read_text(encoding="utf-8")
    for field in ("id: licao", "id: celula", "python -m helpers verificar"):
        assert field in text


def test_pull_request_template_has_its_four_lines():
    text = (GITHUB / "PULL_REQUEST_TEMPLATE.md").read_text(encoding="utf-8")
    assert [line for line in text.splitlines() if line] == [
        "- **O que muda para quem estuda:**",
        "- **Como verifiquei:**",
        "- **O que ficou de fora:**",
        "- **Fontes e ferramentas usadas:**",
    ]


def unlisted(lessons, root=ROOT):
    """Devolve (lição, lugar) de cada lugar em que se procura uma lição e ela não está."""
    start = root / "notebooks" / "texto" / "00_comece_aqui.md"
    places = {
        root / "README.md": "(notebooks/{}.ipynb)",
        start: "({}.ipynb)",
    }
    texts = {place: place.read_text(encoding="utf-8") for place in places}
    found = [
        (lesson, place.name)
        for lesson in lessons
        for place, entry in places.items()
        if entry.format(lesson) not in texts[place] and (place, lesson) != (start, start.stem)
    ]
    notes = {path.stem for path in (root / "docs" / "aulas").glob("*.md")}
    return found + [(lesson, "docs/aulas") for lesson in sorted(set(lessons) ^ notes)]


def test_every_lesson_is_where_people_look_for_it():
    lessons = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))
    assert not unlisted(lessons)
    assert [place for _, place in unlisted([*lessons, "99_nada"])] == [
        "README.md",
        "00_comece_aqui.md",
        "docs/aulas",
    ]


def test_every_lesson_leads_to_the_next():
    texts = sorted((ROOT / "notebooks" / "texto").glob("*.md"))
    following = [*texts[1:], texts[0]]  # da última se volta ao 00, onde está o progresso
    assert not [
        text.stem
        for text, after in zip(texts, following, strict=True)
        if f"]({after.stem}.ipynb)" not in text.read_text(encoding="utf-8")
    ]


@pytest.mark.parametrize(
    "notes", sorted((ROOT / "docs" / "aulas").glob("*.md")), ids=lambda path: path.stem
)
def test_minutes_of_the_teaching_notes_add_up(notes):
    text = notes.read_text(encoding="utf-8")
    total = int(re.search(r"Tempo total: (\d+) minutos", text)[1])
    assert sum(map(int, re.findall(r"(?m)^\|[^|]+\| (\d+) \|", text))) == total


def test_contributing_fits_on_one_screen():
    text = (GITHUB / "CONTRIBUTING.md").read_text(encoding="utf-8")
    guide, mark, _ = text.partition("\n## Passo a passo: ")  # os exemplos vêm depois
    assert mark
    assert len(guide.splitlines()) <= 45


@pytest.mark.parametrize("name", ["requirements.txt", "constraints.txt", "tests/requirements.txt"])
def test_every_requirement_is_pinned(name):
    loose = [line for line in requirement_lines(ROOT / name) if not is_pinned(line)]
    assert not loose


@pytest.mark.parametrize("line", ["torch", "torch>=2.13", "torch==2.*", "torch~=2.13.0", "a==1,<2"])
def test_loose_requirements_are_noticed(line):
    assert not is_pinned(line)


def test_options_in_requirements_are_the_known_ones():
    options = {
        line
        for name in ("requirements.txt", "tests/requirements.txt")
        for line in (ROOT / name).read_text(encoding="utf-8").splitlines()
        if line.startswith("-")
    }
    # Um índice a mais, inacessível, faria cada pacote esperar por ele.
    assert options == {"-e .", "-c constraints.txt", "-r ../requirements.txt"}


def test_constraints_agree_with_the_direct_choices():
    constraints = {
        environment.normalize(name): version
        for name, version in environment.pins(ROOT / "constraints.txt").items()
    }
    direct = environment.pins(ROOT / "requirements.txt")
    direct |= environment.pins(ROOT / "tests" / "requirements.txt")
    for name, version in direct.items():
        assert constraints.get(environment.normalize(name), version) == version


def test_installed_packages_are_all_pinned():
    pinned = {
        environment.normalize(name): version
        for path in ("requirements.txt", "constraints.txt", "tests/requirements.txt")
        for name, version in environment.pins(ROOT / path).items()
    }
    needed = set()
    for name in environment.pins(ROOT / "requirements.txt"):
        needed |= requires(name)
    assert len(needed) > 100, "a lista de dependências encolheu demais para ser verdade"
    assert not needed - set(pinned), "faltam em constraints.txt"


def test_build_backend_is_pinned():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert re.search(r'^requires = \["hatchling==[\d.]+"\]$', text, re.M)


def test_readme_names_both_commands():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "-m helpers abrir" in text
    assert "-m helpers testar" in text


@pytest.mark.parametrize("name", ["README.md", ".github/CONTRIBUTING.md", ".ci/run"])
def test_commands_in_the_documents_exist(name):
    text = (ROOT / name).read_text(encoding="utf-8") + WORKFLOW.read_text(encoding="utf-8")
    written = set(re.findall(r"(?:python3?|py)(?: -3\.\d+)? -m helpers[ \t]+([a-zçã]+)", text))
    assert written, "nenhum comando citado"
    assert written <= set(app.COMMANDS)
    for option in re.findall(r"-m helpers [a-z]+ (--[a-z-]+)", text):
        assert option in app.build_parser().format_help() + every_help()


def test_ci_runs_the_command_of_the_readme():
    script = ROOT / ".ci" / "run"
    text = script.read_text(encoding="utf-8")
    assert text.startswith("#!/usr/bin/env bash\n")
    assert "set -euo pipefail" in text
    assert text.rstrip().endswith("\npython3 -m helpers testar")
    assert "export TRANSFORMERS_POR_DENTRO_EXIGE_NAVEGADOR=1" in text
    assert "|| true" not in text
    if os.name == "posix":
        assert os.access(script, os.X_OK)
        assert subprocess.run(["bash", "-n", script], check=False).returncode == 0


def test_license_states_both_and_carries_the_mit_text():
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    flat = " ".join(text.split())
    assert "Permission is hereby granted, free of charge, to any person" in flat
    assert 'THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND' in flat
    assert "Creative Commons Atribuição 4.0 Internacional" in flat
    assert "https://creativecommons.org/licenses/by/4.0/" in flat
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "MIT" in readme
    assert "CC BY 4.0" in readme


@pytest.mark.parametrize(
    "path", [".venv/bin/python", "progresso.json", "helpers/__pycache__/x.pyc", "a.egg-info/x"]
)
def test_local_files_stay_out_of_git(path):
    done = subprocess.run(["git", "check-ignore", "-q", path], cwd=ROOT, check=False)
    assert done.returncode == 0


# Caminhos de uma máquina e endereços locais não servem a mais ninguém.
MACHINE = re.compile(
    r"(?<![\w.])/(?:home|Users|root|work|opt|mnt)/\w+|[A-Z]:\\Users\\|file:///\w|192\.168\.\d"
    r"|--(?:extra-)?index-url[ =]https?://(?!download\.pytorch\.org/whl/cpu)"
)


@pytest.mark.parametrize(
    "text", ["cd /home/ana/curso", "C:\\Users\\ana", "file:///opt", "--index-url http://a.b/simple"]
)
def test_machine_traces_are_noticed(text):
    assert MACHINE.search(text)


def test_project_has_no_trace_of_a_machine():
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True
    ).stdout.decode("utf-8")
    found = []
    for name in filter(None, listed.split("\0")):
        path = ROOT / name
        if path == Path(__file__).resolve() or path.suffix in (".png", ".safetensors"):
            continue
        if path.is_file():
            text = path.read_text(encoding="utf-8", errors="ignore")
            found += [f"{name}: {match[0]}" for match in MACHINE.finditer(text)]
    assert not found


def requirement_lines(path):
    lines = (line.split("#")[0].strip() for line in path.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line and not line.startswith("-")]


def is_pinned(line):
    return bool(re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.]+", line))


def requires(name, seen=None):
    """Segue as dependências instaladas de um pacote, sem os extras."""
    from importlib import metadata

    from packaging.requirements import Requirement

    seen = set() if seen is None else seen
    key = environment.normalize(name)
    if key in seen:
        return seen
    seen.add(key)
    for text in metadata.requires(name) or ():
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            requires(requirement.name, seen)
    return seen


def every_help():
    parser = app.build_parser()
    (commands,) = (action for action in parser._actions if action.dest == "command")
    return "".join(command.format_help() for command in commands.choices.values())
