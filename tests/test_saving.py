"""Salvar sem widgets: o que sai, o que fica, e num servidor de verdade o que vai para o disco."""

import copy
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.cli import saving
from helpers.cli.saving import VIEW, clean

ROOT = Path(__file__).resolve().parents[1]
PICTURE = {"image/png": "iVBOR", "text/plain": "uma frase"}


def notebook(*outputs, **metadata):
    cells = [{"cell_type": "code", "outputs": [*outputs]}, {"cell_type": "markdown"}]
    return {"type": "notebook", "content": {"cells": cells, "metadata": metadata}}


def shown(model):
    return [output.get("data") for output in model["content"]["cells"][0]["outputs"]]


def test_view_beside_a_picture_goes_and_the_rest_stays():
    model = notebook(
        {"output_type": "display_data", "data": {**PICTURE, VIEW: {"model_id": "a"}}},
        {"output_type": "execute_result", "data": {"text/plain": "42"}},
        {"output_type": "stream", "text": "42"},
        widgets={"application/vnd.jupyter.widget-state+json": {}},
        kernelspec={"name": "python3"},
    )
    clean(model)
    assert shown(model) == [PICTURE, {"text/plain": "42"}, None]
    assert model["content"]["metadata"] == {"kernelspec": {"name": "python3"}}


def test_output_that_is_only_a_view_stays_with_the_state_it_needs():
    model = notebook({"data": {VIEW: {"model_id": "a"}}}, widgets={"estado": 1})
    before = copy.deepcopy(model)
    clean(model)
    assert model == before


def test_a_picture_after_a_lone_view_does_not_take_its_state_away():
    model = notebook(
        {"data": {VIEW: {"model_id": "a"}}},
        {"data": {**PICTURE, VIEW: {"model_id": "b"}}},
        widgets={"estado": 1},
    )
    clean(model)
    assert shown(model) == [{VIEW: {"model_id": "a"}}, PICTURE]
    assert model["content"]["metadata"] == {"widgets": {"estado": 1}}


@pytest.mark.parametrize("kind", ["file", "directory", None])
def test_only_notebooks_are_touched(kind):
    model = {**notebook({"data": {**PICTURE, VIEW: {}}}), "type": kind}
    before = copy.deepcopy(model)
    clean(model)
    assert model == before


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
DATA = st.dictionaries(st.sampled_from([VIEW, "image/png", "text/plain", "text/html"]), JSON)
OUTPUT = st.fixed_dictionaries({}, optional={"data": DATA, "text": JSON})
CELL = st.fixed_dictionaries({}, optional={"outputs": st.lists(OUTPUT), "source": st.text()})


@given(st.lists(CELL), st.dictionaries(st.sampled_from(["widgets", "kernelspec"]), JSON))
def test_only_views_with_company_and_the_state_ever_go(cells, metadata):
    model = {"type": "notebook", "content": {"cells": cells, "metadata": metadata}}
    before = copy.deepcopy(model)
    clean(model)
    for cell, old in zip(model["content"]["cells"], before["content"]["cells"], strict=True):
        for output, former in zip(cell.get("outputs", ()), old.get("outputs", ()), strict=True):
            kept = former.get("data")
            if kept and len(kept) > 1:
                kept = {mime: value for mime, value in kept.items() if mime != VIEW}
            assert output.get("data") == kept
            assert {**output, "data": 0} == {**former, "data": 0}
    once = copy.deepcopy(model)
    clean(model)
    assert model == once


# ------------------------------------------------------- no gerente de arquivos do Jupyter


@pytest.fixture(params=["AsyncLargeFileManager", "LargeFileManager"])
def manager(request, tmp_path):
    """Um gerente de arquivos, dos que esperam e dos que não, com a extensão ligada."""
    from jupyter_server.services.contents import largefilemanager

    class Server:
        contents_manager = getattr(largefilemanager, request.param)(root_dir=str(tmp_path))

    saving._load_jupyter_server_extension(Server)
    return Server.contents_manager


# Sempre a mesma linha: o registro das assinaturas só responde na que o abriu.
ASIDE = ThreadPoolExecutor(1)


def call(function, *args, **options):
    """Chama e espera, numa linha de execução à parte; aqui o navegador pode ter um laço aberto."""
    import asyncio
    import inspect

    answer = function(*args, **options)
    if not inspect.isawaitable(answer):
        return answer
    return ASIDE.submit(asyncio.run, _wait(answer)).result()


async def _wait(answer):
    return await answer


def real_notebook():
    import nbformat

    output = nbformat.v4.new_output("display_data", {**PICTURE, VIEW: {"model_id": "a"}})
    cell = nbformat.v4.new_code_cell("w", outputs=[output])
    return nbformat.v4.new_notebook(cells=[cell])


def test_saving_keeps_the_hooks_of_the_person(manager, tmp_path):
    ran = []
    manager.pre_save_hook = lambda **_: ran.append("o da pessoa")
    manager.register_pre_save_hook(lambda **_: ran.append("outro"))
    content = real_notebook()
    call(manager.save, {"type": "notebook", "format": "json", "content": content}, "a.ipynb")
    assert ran == ["o da pessoa", "outro"]
    stored = json.loads((tmp_path / "a.ipynb").read_text(encoding="utf-8"))
    assert set(stored["cells"][0]["outputs"][0]["data"]) == set(PICTURE)


def test_old_file_opens_without_the_view_and_is_not_rewritten(manager, tmp_path):
    import nbformat

    path = tmp_path / "velho.ipynb"
    nbformat.write(real_notebook(), path)
    before = path.read_bytes()
    model = call(manager.get, "velho.ipynb", content=True)
    assert model["content"]["cells"][0]["outputs"][0]["data"] == PICTURE
    assert call(manager.get, "velho.ipynb", content=False)["content"] is None
    assert path.read_bytes() == before


def test_lesson_without_outputs_opens_without_a_warning(manager, tmp_path, caplog):
    import nbformat

    notebook = real_notebook()
    nbformat.write(notebook, tmp_path / "com.ipynb")
    notebook.cells[0].outputs = []
    nbformat.write(notebook, tmp_path / "sem.ipynb")
    call(manager.get, "sem.ipynb")
    assert "not trusted" not in caplog.text
    found = call(manager.get, "com.ipynb")
    assert "com.ipynb is not trusted" in caplog.text
    assert found["content"]["cells"][0]["metadata"]["trusted"] is False


def test_strange_content_still_opens(manager, tmp_path, monkeypatch):
    def fail(*_):
        raise RuntimeError("estranho")

    monkeypatch.setattr(saving, "clean", fail)
    (tmp_path / "nota.txt").write_text("oi", encoding="utf-8")
    assert call(manager.get, "nota.txt")["content"] == "oi"


def test_text_in_pieces_is_saved_as_it_came(manager, tmp_path):
    for chunk, piece in ((1, "um "), (-1, "dois")):
        model = {"type": "file", "format": "text", "content": piece, "chunk": chunk}
        call(manager.save, model, "grande.txt")
    assert (tmp_path / "grande.txt").read_text(encoding="utf-8") == "um dois"


# ------------------------------------------------------- num `jupyter lab` comum


PERSONAL = """
def hook(model, path, contents_manager, **_):
    open({mark!r}, "a").write(path)

c.FileContentsManager.pre_save_hook = hook
"""


@pytest.mark.slow
def test_plain_jupyter_lab_saves_clean_and_keeps_the_hook_of_the_person(tmp_path):
    """Como quem segue o caminho do pip: sem `abrir`, com a própria configuração."""
    home, mark = tmp_path / "casa", tmp_path / "gancho"
    (home / ".jupyter").mkdir(parents=True)
    config = home / ".jupyter" / "jupyter_server_config.py"
    config.write_text(PERSONAL.format(mark=str(mark)), encoding="utf-8")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
    command += [f"--port={port}", "--IdentityProvider.token=t", f"--ServerApp.root_dir={tmp_path}"]
    own = {k: v for k, v in os.environ.items() if not k.startswith("JUPYTER")}
    own |= {"HOME": str(home), "USERPROFILE": str(home), "PYTHONPATH": str(ROOT)}
    with (tmp_path / "terminal.txt").open("w") as terminal:
        server = subprocess.Popen(
            command, env=own, cwd=tmp_path, stdout=terminal, stderr=subprocess.STDOUT
        )
    try:
        body = {"type": "notebook", "format": "json", "content": real_notebook()}
        put(port, body, server)
    finally:
        server.terminate()
        server.wait(30)
    stored = json.loads((tmp_path / "a.ipynb").read_text(encoding="utf-8"))
    assert set(stored["cells"][0]["outputs"][0]["data"]) == set(PICTURE)
    assert mark.read_text(encoding="utf-8") == "a.ipynb"


def put(port, body, server):
    """Salva pelo servidor, assim que ele responder."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/api/contents/a.ipynb?token=t",
        data=json.dumps(body).encode(),
        method="PUT",
    )
    limit = time.monotonic() + 300
    while server.poll() is None and time.monotonic() < limit:
        try:
            return urllib.request.urlopen(request, timeout=60).close()
        except urllib.error.HTTPError:
            raise
        except OSError:
            time.sleep(0.2)
    raise AssertionError("o JupyterLab não respondeu")
