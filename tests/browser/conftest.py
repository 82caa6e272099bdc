"""Servidor e navegador dos testes de percurso."""

import os
import shutil
from pathlib import Path

import lab
import pytest
from playwright.sync_api import expect

ROOT = Path(__file__).resolve().parents[2]
expect.set_options(timeout=1000 * lab.PATIENCE)


@pytest.fixture(scope="session")
def chromium():
    """Caminho do Chromium; sem ele, pula, ou reprova quando ele é exigido."""
    return lab.demand_browser()


@pytest.fixture(scope="session")
def server(chromium, tmp_path_factory):
    """JupyterLab sobre uma cópia dos notebooks, num caminho com espaços e acentos."""
    base = tmp_path_factory.mktemp("percurso")
    root = base / "Área de trabalho" / "curso de transformers"
    shutil.copytree(ROOT / "notebooks", root / "notebooks")
    scratch = base / "ambiente"
    scratch.mkdir()
    running = lab.Server(root, scratch)
    yield running
    running.close()


@pytest.fixture(scope="session")
def outside():
    """Endereços de fora da máquina que alguma página pediu."""
    return []


@pytest.fixture(scope="session")
def context(chromium, tmp_path_factory, outside):
    """Navegador que não acha o que está fora da máquina, e em que todo pedido para lá se anota."""
    from playwright.sync_api import sync_playwright

    def note(request):
        if not lab.is_local(request.url):
            outside.append(request.url)

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch_persistent_context(
            tmp_path_factory.mktemp("navegador"),
            executable_path=chromium,
            headless=True,
            args=lab.FLAGS,
            viewport={"width": 1280, "height": 1000},
        )
        browser.set_default_timeout(1000 * lab.PATIENCE)
        browser.on("request", note)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def open_notebook(context, server, outside):
    """Abre um notebook numa página nova; as falhas da página ficam em `page.failures`.

    No fim do arquivo de testes as páginas se fecham, e os núcleos acabam: uma dúzia de exploráveis
    à espera ocupa a máquina dos testes seguintes.
    """
    opened = []

    def watch_socket(socket):
        if not lab.is_local(socket.url.replace("ws", "http", 1)):
            outside.append(socket.url)

    def open_it(stem, mode="doc", reset=True):
        page = context.new_page()
        page.failures = []
        page.on("pageerror", lambda error: page.failures.append(str(error)))
        page.on("websocket", watch_socket)
        opened.append(page)
        return lab.Notebook(page, server, f"notebooks/{stem}.ipynb", mode, reset)

    yield open_it
    for page in opened:
        page.close()
    for session in server.get("/api/sessions"):
        server.end_kernel(session["kernel"]["id"])


@pytest.fixture(scope="session")
def pictures(tmp_path_factory):
    """Pasta dos retratos: a da variável TRANSFORMERS_POR_DENTRO_RETRATOS, ou uma temporária."""
    given = os.environ.get("TRANSFORMERS_POR_DENTRO_RETRATOS")
    folder = Path(given) if given else tmp_path_factory.mktemp("retratos")
    folder.mkdir(parents=True, exist_ok=True)
    return folder
