"""Todo explorável aberto num JupyterLab de verdade: um caderno só, uma célula por explorável."""

import re

import nbformat
import pytest
from explorable_sweep import factories
from playwright.sync_api import expect
from test_journey import move
from test_second_day import STALE, output

pytestmark = pytest.mark.browser

NAME = "todo_exploravel"
EVERY = {factory.__name__: factory.__module__ for factory in factories()}
# Sem o que outros testes deixaram na memória, toda pergunta de abertura se faz.
FRESH = f'import os\nos.environ["TRANSFORMERS_POR_DENTRO_PROGRESSO"] = "{NAME}.json"'
# Em modo de comando cada uma muda o notebook: anda, cria, corta, apaga, converte, desfaz, edita.
LETTERS = ("j", "k", "b", "a", "x", "d", "d", "m", "y", "r", "z", "ArrowDown", "ArrowUp", "Enter")
NOTEBOOK = """() => {
  const { mode, activeCellIndex, widgets } = window.jupyterapp.shell.currentWidget.content;
  return { mode, activeCellIndex, cells: widgets.map(({ model }) => [model.id, model.type]) };
}"""
CONTROLS = """widget => [...widget.querySelectorAll('input')]
  .map((one) => (one.type === 'radio' ? one.checked : one.value)).join()"""
SHOWN = """widget => ['.tpd-stage svg', '.tpd-sentence']
  .map((name) => widget.querySelector(name).innerHTML).join()"""


@pytest.fixture(scope="module")
def every(server, open_notebook):
    """O caderno com todos, numa tela de laptop, executado do começo ao fim."""
    cells = [FRESH, *(f"from {module} import {name}\n\n{name}()" for name, module in EVERY.items())]
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) for cell in cells],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    nbformat.write(notebook, server.root / "notebooks" / f"{NAME}.ipynb")
    notebook = open_notebook(NAME)
    notebook.page.set_viewport_size({"width": 1366, "height": 768})
    notebook.broken = notebook.run_all()
    yield notebook
    notebook.page.close()


@pytest.fixture(scope="module")
def ended(every):
    """O mesmo caderno com o kernel encerrado, no tema escuro."""
    every.page.evaluate("async () => { await window.tpdOwn.begun; }")  # o modelo já está na página
    every.shut_kernel_down()
    every.command("apputils:change-theme", {"theme": "JupyterLab Dark"})
    return every


@pytest.fixture(autouse=True)
def no_page_error(every):
    """Um erro da página reprova o teste em que ela o diz, e não os seguintes."""
    yield
    said, every.page.failures[:] = every.page.failures[:], []
    assert said == []


def opened(notebook, name):
    """Traz um explorável para a tela e o devolve."""
    area = output(notebook, f"import {name}\n")
    expect(area.get_by_text(STALE)).to_have_count(0)
    widget = area.locator(".tpd-ex").first
    expect(widget).to_be_visible()
    return widget


def answer(widget, guess):
    """Passa pela pergunta de abertura, se há uma, pelo teclado: com um palpite, ou pulando."""
    question = widget.locator(".tpd-question")
    if question.count():
        expect(widget.locator(".tpd-sentence").first).to_be_hidden()
        buttons = question.locator("button")
        (buttons.first if guess else buttons.last).press("Enter")
        expect(question).to_have_count(0)
        expect(widget.locator(".tpd-guess")).to_have_text(
            re.compile("^Seu palpite: " if guess else "^$")
        )


def arrow(notebook, widget):
    """Aperta uma seta num controle; ele muda, e a frase ou o desenho com ele."""
    expect(widget.locator(".tpd-stage svg")).to_be_visible()
    before, controls = widget.evaluate(SHOWN), widget.evaluate(CONTROLS)
    used = move(notebook.page, widget)
    if used.evaluate("(one) => one.tagName") == "INPUT":
        assert widget.evaluate(CONTROLS) != controls
    notebook.page.wait_for_function(
        f"([widget, before]) => ({SHOWN})(widget) !== before",
        arg=[widget.element_handle(), before],
    )
    expect(widget.locator(".tpd-sentence").first).not_to_be_empty()


def test_every_cell_runs(every):
    assert every.broken == []
    assert len(EVERY) > 20


@pytest.mark.parametrize("name", EVERY)
def test_it_is_seen_and_answers_an_arrow_and_no_key_leaks(every, name):
    widget = opened(every, name)
    answer(widget, guess=list(EVERY).index(name) % 2)
    arrow(every, widget)
    before = every.page.evaluate(NOTEBOOK)
    for key in LETTERS:
        every.page.keyboard.press(key)
    assert every.page.evaluate(NOTEBOOK) == before
    assert widget.evaluate("(one) => one.contains(document.activeElement)")


@pytest.mark.parametrize("name", EVERY)
def test_it_answers_an_arrow_with_the_kernel_ended(ended, name):
    arrow(ended, opened(ended, name))
