"""O segundo dia: rodar, salvar, encerrar o kernel, reabrir e encontrar tudo no lugar."""

import contextlib
import json
import shutil
import time
from pathlib import Path

import lab
import nbformat
import pytest
from nbformat.sign import NotebookNotary
from playwright.sync_api import expect

from helpers.cli import isolation
from helpers.cli.saving import VIEW

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[2]
LESSON = "01_tokenizacao_bpe"
COPY = "segundo_dia"  # uma cópia com outro nome: os outros testes usam a lição
CARD, EXPLORABLE = 'predict("01.bytes_joao")', "merge_by_merge()"
# O kernel já guardou o estado que está na tela: é dele que a próxima vez parte.
KEPT = """
from helpers.exercises import progress as _p
from helpers.explorables.kit import base as _b
_kept = _p.load().explorables.get("w1", {}).get("estado")
print(any(name == "w1" and w.state() == _kept for (name, _), w in _b.alive().items()))
"""
STALE = "Error displaying widget"


@pytest.fixture(scope="module")
def path(server):
    """O arquivo da lição, sem saídas, como o curso o entrega a quem estuda.

    Com saídas de fora, o JupyterLab desconfiaria do arquivo inteiro e não mostraria widget nenhum.
    """
    notebook = nbformat.read(ROOT / "notebooks" / f"{LESSON}.ipynb", as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    copy = server.root / "notebooks" / f"{COPY}.ipynb"
    nbformat.write(notebook, copy)
    return copy


@pytest.fixture(scope="module")
def first_day(path, open_notebook):
    """A lição com um cartão e um explorável rodados e salvos."""
    notebook = open_notebook(COPY)
    for source in (None, CARD, EXPLORABLE):
        notebook.run(place(notebook, source))
    # Abre onde a pessoa o deixou: outro teste pode ter mexido nele.
    widget = live(notebook, EXPLORABLE)
    skip_question(widget)
    sentence = widget.locator(".tpd-sentence")
    expect(sentence).to_contain_text("passo")
    notebook.said = sentence.inner_text()
    notebook.command("docmanager:save")
    return notebook


@pytest.fixture(scope="module")
def second_day(first_day, open_notebook):
    """A mesma lição, reaberta depois que o kernel da véspera acabou."""
    widget = live(first_day, EXPLORABLE)
    widget.locator("input[type=radio]").last.check()
    first_day.left = widget.locator(".tpd-sentence").inner_text()
    limit = time.monotonic() + lab.PATIENCE
    while first_day.ask_kernel(KEPT) != "True" and time.monotonic() < limit:
        time.sleep(0.2)
    first_day.shut_kernel_down()
    first_day.page.close()
    return open_notebook(COPY)


def place(notebook, source):
    """Devolve a posição da célula com um trecho, ou da que importa tudo."""
    return (notebook.find(source=source) if source else notebook.find(tag="setup"))[0]


def output(notebook, source):
    """Devolve a saída de uma célula, trazida para a tela."""
    index = place(notebook, source)
    notebook.select(index)
    notebook.page.evaluate(
        "i => window.jupyterapp.shell.currentWidget.content.scrollToItem(i, 'start')", index
    )
    return notebook.cell(index).locator(".jp-Cell-outputArea")


def live(notebook, source):
    """Espera os controles de um quadro e os devolve."""
    widget = output(notebook, source).locator(".tpd-ex").first
    expect(widget).to_be_visible()
    return widget


def skip_question(widget):
    """Passa pela pergunta de abertura, se ninguém passou ainda."""
    skip = widget.locator(".tpd-question button", has_text="pular")
    if skip.count():
        skip.click()


def outputs(path):
    """Devolve o que cada saída do arquivo oferece: uma lista de dicionários por formato."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    assert "widgets" not in notebook["metadata"]
    return [
        output["data"]
        for cell in notebook["cells"]
        for output in cell.get("outputs", ())
        if "data" in output
    ]


def test_first_screen_is_the_lesson_and_the_next_ones_are_the_tabs_left_open(
    chromium, context, tmp_path
):
    """Num servidor só seu: as abas que outro teste abre ficariam anotadas."""
    shutil.copytree(ROOT / "notebooks", tmp_path / "curso" / "notebooks")
    with contextlib.closing(lab.Server(tmp_path / "curso", tmp_path)) as server:
        first = "notebooks/00_comece_aqui.ipynb"
        notebook = lab.Notebook(context.new_page(), server, first, mode="lab", reset=False)
        page = notebook.page
        shell = page.evaluate("() => [jupyterapp.shell.leftCollapsed, jupyterapp.shell.mode]")
        assert shell == [True, "multiple-document"]
        width = page.locator(".jp-NotebookPanel").bounding_box()["width"]
        assert width > 0.9 * page.viewport_size["width"]
        expect(page.locator(".jp-Dialog, .jp-toast")).to_have_count(0)
        bar = page.locator("#jp-main-statusbar").inner_text().split()
        assert [word for word in bar if not word.isdecimal()] == ["00_comece_aqui.ipynb"]
        limit = time.monotonic() + lab.PATIENCE
        while not isolation.has_open_notebook(server.folders) and time.monotonic() < limit:
            time.sleep(0.2)  # o JupyterLab anota as abas um instante depois
        assert isolation.has_open_notebook(server.folders)
        page.goto(f"{server.url}/lab?token={lab.TOKEN}")
        tab = page.locator(".lm-TabBar-tabLabel", has_text="00_comece_aqui")
        expect(tab).to_be_visible()
        page.close()


def test_saved_file_has_pictures_and_sentences_but_no_widget(first_day, path):
    saved = outputs(path)
    assert not [data for data in saved if VIEW in data]
    pictures = [data for data in saved if "image/png" in data]
    assert pictures
    assert all({"text/html", "text/plain"} <= set(data) for data in pictures)


def test_page_stays_alive_after_saving(first_day):
    widget = live(first_day, EXPLORABLE)
    steps, sentence = widget.locator("input[type=range]").first, widget.locator(".tpd-sentence")
    said = sentence.inner_text()
    steps.focus()
    first_day.page.keyboard.press("ArrowRight")
    expect(sentence).not_to_have_text(said)
    first_day.command("docmanager:save")
    expect(first_day.page.locator(".jp-Dialog")).to_have_count(0)
    expect(widget).to_be_visible()


def test_next_day_shows_picture_and_sentence_instead_of_an_error(first_day, second_day):
    expect(second_day.page.get_by_text(STALE)).to_have_count(0)
    shown = output(second_day, EXPLORABLE)
    expect(shown.locator("img").first).to_be_visible()
    expect(shown.locator("figcaption").first).to_contain_text(first_day.said)
    assert shown.locator("img").first.evaluate("image => image.naturalWidth") > 100
    expect(output(second_day, CARD)).to_contain_text("João")
    expect(second_day.page.get_by_text(STALE)).to_have_count(0)


def test_cell_of_the_middle_says_what_is_missing_and_resuming_gives_it(second_day):
    notebook = second_day
    middle = notebook.find(source='reveal("01.nabana"', tag="experiment")[0]
    notebook.run(middle)
    said = notebook.cell(middle).locator(".jp-OutputArea-output")
    expect(said.first).to_contain_text("name 'reveal' is not defined")
    expect(said.first).to_contain_text("nasce numa célula acima")
    expect(said.first).to_contain_text("«retomar daqui» (seção “4.")
    resume = notebook.find(tag="resume")[0]
    notebook.run(resume)
    told = notebook.cell(resume).locator(".jp-OutputArea-output")
    expect(told.first).to_contain_text("Pronto: rodei de novo")
    assert told.count() == 1, "o que as células de cima mostram fica lá em cima"
    notebook.run(middle)
    expect(said.first).to_contain_text("resultado é 3")


def test_running_again_brings_the_controls_back_where_they_were(first_day, second_day):
    for source in (None, CARD, EXPLORABLE):
        second_day.run(place(second_day, source))
    for source in (CARD, EXPLORABLE):
        live(second_day, source)
    widget = live(second_day, EXPLORABLE)
    expect(widget.locator(".tpd-sentence")).to_have_text(first_day.left)
    expect(widget.locator("input[type=radio]").last).to_be_checked()
    expect(widget.locator(".tpd-question")).to_have_count(0)


def test_file_saved_before_the_extension_opens_healed(server, path, second_day, open_notebook):
    notebook = nbformat.read(path, as_version=4)
    for number, cell in enumerate(notebook.cells):
        for one in cell.get("outputs", ()):
            if "image/png" in one.get("data", {}):
                one.data[VIEW] = {"model_id": f"velho{number}", "version_major": 2}
    old = path.with_name("salvo_antes.ipynb")
    nbformat.write(notebook, old)
    NotebookNotary(data_dir=str(server.folders.lasting / "dados")).sign(
        notebook
    )  # de confiança, como o que se salvou aqui
    assert [data for data in outputs(old) if VIEW in data]
    reopened = open_notebook(old.stem)
    expect(output(reopened, EXPLORABLE).locator("img").first).to_be_visible()
    expect(reopened.page.get_by_text(STALE)).to_have_count(0)
    reopened.command("docmanager:save")
    assert not [data for data in outputs(old) if VIEW in data]


def test_closing_the_tab_ends_the_kernel(server, path, second_day):
    def running():
        return [s["path"] for s in server.get("/api/sessions") if s["path"].endswith(path.name)]

    second_day.command("docmanager:save")
    assert running()
    second_day.command("application:close")
    limit = time.monotonic() + lab.PATIENCE
    while running() and time.monotonic() < limit:
        time.sleep(0.2)
    assert not running()
