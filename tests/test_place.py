"""Onde o curso está rodando: reconhecido pelas variáveis, com o que fazer ali."""

import re
import tomllib

import pytest
from prose import ROOT

from helpers.cli import app, bootstrap, lab, place, report

ROWS = tomllib.loads(place.PLACES.read_text(encoding="utf-8"))["place"]
PAGE = (ROOT / "docs" / "onde_rodar.md").read_text(encoding="utf-8")
KNOWN = {name for row in ROWS for name in row["variables"]}


@pytest.fixture(autouse=True)
def nowhere(monkeypatch):
    """Um computador comum, onde quer que os testes rodem."""
    for name in KNOWN:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_every_variable_gives_its_place_and_an_advice_without_gaps(name):
    found = place.detect({name: "valor"})
    assert name in found.variables
    told = found.told(9000, {name: "valor"})
    assert told.strip()[-1] == "."
    assert not re.search(r"[{}]", told)
    assert "9000" in told or not found.opens or found.browser, "quem abre de longe precisa da porta"


def test_common_computer_and_empty_variables_say_nothing():
    assert place.detect({}) is None
    assert place.detect(dict.fromkeys(KNOWN, "")) is None


def test_ssh_gives_the_whole_line(monkeypatch):
    monkeypatch.setattr(place.getpass, "getuser", lambda: "ana")
    variables = {"SSH_CONNECTION": "10.0.0.9 55222 10.0.0.5 22"}
    told = place.detect(variables).told(8890, variables)
    assert "\n    ssh -N -L 8890:127.0.0.1:8890 ana@10.0.0.5\n" in told


def test_user_without_a_name_does_not_stop_the_advice(monkeypatch):
    def refuse():
        raise KeyError("getpwuid(): uid not found: 1234")

    monkeypatch.setattr(place.getpass, "getuser", refuse)
    assert "usuário@servidor" in place.detect({"SSH_TTY": "x"}).told(1, {})


def test_codespace_reached_by_ssh_is_a_codespace():
    assert "Codespaces" in place.detect({"SSH_CONNECTION": "a b c d", "CODESPACES": "true"}).name


@pytest.mark.parametrize("where", ["SSH", "JupyterHub", "Codespaces", "Colab", "VS Code", "WSL"])
def test_page_has_a_part_for_each_place_and_says_if_it_was_tried(where):
    part = next(text for text in PAGE.split("\n## ")[1:] if where in text.partition("\n")[0])
    assert re.search(r"^(Tentado: |Não tentado)", part, re.M)


def opened(monkeypatch, variables):
    """Roda `abrir` de mentira num lugar; devolve se o navegador abriria."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    calls = []
    monkeypatch.setattr(app.preflight, "check_project", lambda root: None)
    monkeypatch.setattr(lab, "check_notebook", lambda root: None)
    monkeypatch.setattr(lab, "choose_port", lambda port: 8888)
    monkeypatch.setattr(bootstrap, "prepare", lambda root, kind: None)
    monkeypatch.setattr(app.own_course, "kept_current", lambda root: app.contextlib.nullcontext())
    monkeypatch.setattr(lab, "open_lab", lambda root, port, browser, _: calls.append(browser) or 0)
    return app.run(["abrir"]), calls


@pytest.mark.parametrize(
    ("variables", "browser"),
    [({}, True), ({"SSH_CONNECTION": "a 1 b 22"}, False), ({"WSL_DISTRO_NAME": "Ubuntu"}, True)],
)
def test_browser_opens_only_where_it_is(variables, browser, monkeypatch, capsys):
    assert opened(monkeypatch, variables) == (0, [browser])
    assert ("127.0.0.1:8888 " in capsys.readouterr().out) == ("SSH_CONNECTION" in variables)


@pytest.mark.parametrize("name", ["COLAB_RELEASE_TAG", "JUPYTERHUB_USER"])
def test_where_there_is_nothing_to_open_it_is_told(name, monkeypatch, capsys):
    assert opened(monkeypatch, {name: "x"}) == (1, [])
    assert "docs/onde_rodar.md" in capsys.readouterr().err


def test_report_names_the_place_and_never_a_password(tmp_path, monkeypatch):
    monkeypatch.setenv("SSH_CONNECTION", "10.0.0.9 55222 10.0.0.5 22")
    monkeypatch.setenv("https_proxy", "http://ana:segredo@proxy:8080")
    lines = {check.name: check.detail for check in report.outside(tmp_path)}
    assert lines["lugar"].startswith("acesso por SSH")
    assert "HTTPS_PROXY" in lines["rede"]
    assert "segredo" not in str(lines)
    assert "10.0.0" not in str(lines)
