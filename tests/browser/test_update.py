"""A cópia de quem estuda, da primeira resposta à lição seguinte, num JupyterLab de verdade."""

import contextlib
import shutil
from pathlib import Path

import lab
import nbformat
import pytest
from playwright.sync_api import expect

from helpers.classroom import update
from helpers.cli import trust

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[2]
FILE = "01_tokenizacao_bpe.ipynb"
EXERCISE = "01.sobreposicao"
ANSWER = """def my_merge_pair(symbols, pair):
    merged, i = [], 0
    while i < len(symbols):  # escrita por mim
        found = tuple(symbols[i : i + 2]) == pair
        merged.append(b"".join(pair) if found else symbols[i])
        i += 2 if found else 1
    return merged
"""
NOTE = "# minha anotação, no meio da lição"
STATEMENT = "Uma frase que só a edição nova tem."
ABOVE = "# o que a edição nova pôs acima do exercício"


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """Um curso, num caminho com espaço e acento, e a pasta de quem estuda recém-criada."""
    root = tmp_path_factory.mktemp("atualizar") / "Área de trabalho" / "curso"
    (root / "notebooks").mkdir(parents=True)
    for path in (ROOT / "notebooks").glob("0[01]_*.ipynb"):
        shutil.copy(path, root / "notebooks")
    update.update(root, root / "meu_curso")
    return root


@contextlib.contextmanager
def opened(course, context):
    """A lição 01 aberta no JupyterLab de `meu_curso`."""
    scratch = course.parent / "ambiente"
    scratch.mkdir(exist_ok=True)
    with contextlib.closing(lab.Server(course / "meu_curso", scratch)) as server:
        notebook = lab.Notebook(context.new_page(), server, FILE)
        yield notebook
        notebook.page.close()


def data_folder(course):
    """Onde o JupyterLab destes testes anota em que arquivos confia."""
    return course.parent / "ambiente" / "estado" / "dados"


def publish(course, edit):
    """Muda a lição 01 do curso, como uma edição nova faria."""
    path = course / "notebooks" / FILE
    notebook = nbformat.read(path, as_version=4)
    edit(notebook.cells)
    nbformat.write(notebook, path)


def position(cells, tag):
    """Devolve onde está a célula de um papel do exercício."""
    return next(
        number
        for number, cell in enumerate(cells)
        if cell.metadata.get("exercise") == EXERCISE and tag in cell.metadata.tags
    )


def new_statement(cells):
    """A edição nova: outro enunciado, e outra célula de código logo acima do exercício."""
    at = position(cells, "card")
    cells[at].source = cells[at].source.replace("**Pronto quando:**", f"{STATEMENT}\n\n**Pronto")
    above = max(n for n in range(at) if cells[n].cell_type == "code")
    cells[above].source += f"\n{ABOVE}"


def saved_outputs(path):
    return [cell.outputs for cell in nbformat.read(path, as_version=4).cells if "outputs" in cell]


def verdict(notebook):
    """Devolve a saída da conferência, trazida para a tela."""
    index = notebook.find(tag="check", exercise=EXERCISE)[0]
    notebook.select(index)
    notebook.page.evaluate(
        "i => window.jupyterapp.shell.currentWidget.content.scrollToItem(i, 'start')", index
    )
    return notebook.cell(index).locator(".jp-Cell-outputArea")


@pytest.fixture(scope="module")
def answered(course, context):
    """O primeiro dia: a resposta escrita e conferida, uma célula criada, tudo salvo."""
    path = course / "meu_curso" / FILE
    assert not any(saved_outputs(path)), "nada está respondido antes de alguém responder"
    with opened(course, context) as notebook:
        shown = notebook.page.locator(".jp-OutputArea-output")
        expect(shown).to_have_count(0)
        notebook.run(notebook.find(tag="setup")[0])
        at = notebook.find(tag="exercise", exercise=EXERCISE)[0]
        notebook.write(at, ANSWER)
        notebook.run(at)
        notebook.run(notebook.find(tag="check", exercise=EXERCISE)[0])
        expect(verdict(notebook)).to_contain_text("certo")
        notebook.select(at)
        notebook.command("notebook:insert-cell-below")
        notebook.write(at + 1, NOTE)
        notebook.command("docmanager:save")
        expect(notebook.page.locator(".jp-Dialog")).to_have_count(0)
    return path


def test_answer_is_there_after_the_update_and_the_new_statement_too(course, answered, context):
    publish(course, new_statement)
    told = update.update(course, course / "meu_curso")
    assert "ficou como você deixou: 1 resposta, 1 célula que você criou" in "\n".join(told.lines)
    files = [str(path) for pair in told.rewritten for path in pair]
    assert trust.main([str(data_folder(course)), *files]) == 0
    with opened(course, context) as notebook:
        at = notebook.find(tag="exercise", exercise=EXERCISE)
        assert notebook.find(source="escrita por mim") == at
        assert notebook.find(source=NOTE) == [at[0] + 1]
        assert notebook.find(source=ABOVE)[0] < at[0]
        card = notebook.find(tag="card", exercise=EXERCISE)[0]
        assert notebook.find(source=STATEMENT) == [card]
        expect(verdict(notebook)).to_contain_text("certo")  # rodado antes de atualizar
        assert notebook.page.evaluate(
            "() => window.jupyterapp.shell.currentWidget.content.widgets"
            ".every(cell => cell.model.type !== 'code' || cell.model.trusted)"
        ), "o JupyterLab deixou de confiar no arquivo"
        notebook.select(card)
        expect(notebook.cell(card)).to_contain_text(STATEMENT)
        for index in (notebook.find(tag="setup")[0], *at):
            notebook.run(index)
        notebook.run(notebook.find(tag="check", exercise=EXERCISE)[0])
        expect(verdict(notebook)).to_contain_text("certo")


def test_screen_left_open_during_an_update_loses_nothing(course, answered, context):
    """O pior caso: lição aberta, arquivo trocado por baixo, e a tela salva por cima."""

    def change_title(cells):
        cells[0].source = "# 01 · Outro título\n\n" + cells[0].source

    with opened(course, context) as notebook:
        at = notebook.find(tag="exercise", exercise=EXERCISE)[0]
        publish(course, change_title)
        update.update(course, course / "meu_curso")
        notebook.write(at, f"{ANSWER}# e mais uma linha, na tela aberta")
        notebook.page.evaluate("() => { window.jupyterapp.commands.execute('docmanager:save'); }")
        dialog = notebook.page.locator(".jp-Dialog")
        expect(dialog).to_be_visible()
        dialog.locator("button.jp-mod-warn").last.click()
        expect(dialog).to_have_count(0)
        notebook.page.wait_for_function(
            "() => !window.jupyterapp.shell.currentWidget.context.model.dirty"
        )
    sources = [cell.source for cell in nbformat.read(answered, as_version=4).cells]
    assert not any("Outro título" in source for source in sources), "a tela passou por cima"
    update.update(course, course / "meu_curso")
    sources = [cell.source for cell in nbformat.read(answered, as_version=4).cells]
    assert sum("Outro título" in source for source in sources) == 1
    assert sum("na tela aberta" in source for source in sources) == 1
    assert sum("escrita por mim" in source for source in sources) == 1
    assert sources.count(NOTE) == 1
