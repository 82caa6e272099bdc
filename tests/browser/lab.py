"""Um JupyterLab de verdade, visto por um navegador: o que os testes pedem a ele."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.parse import quote, urlparse

import pytest

from helpers.cli import isolation, kernel
from helpers.cli import lab as opening

TOKEN = "t"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
# --no-sandbox: dentro de um contêiner não há com que isolar, e o navegador só abre páginas daqui.
# --host-resolver-rules: nenhum endereço de fora se acha, nem por número. Cortar os pedidos com
# `route` desligaria a memória do navegador, e cada página leria o JupyterLab inteiro de novo.
FLAGS = [
    "--no-sandbox",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
INSTALL = (
    "não achei o Chromium. Instale com `sudo apt install chromium` (Debian, Ubuntu) ou "
    "`python -m playwright install chromium`, ou diga onde ele está na variável "
    "TRANSFORMERS_POR_DENTRO_NAVEGADOR"
)
REQUIRED = "TRANSFORMERS_POR_DENTRO_EXIGE_NAVEGADOR"
#: Segundos que se espera por qualquer coisa. Quase tudo chega num instante; numa máquina ocupada,
#: muda a espera, e não o resultado.
PATIENCE = 120


def find_browser():
    """Devolve o caminho do Chromium, ou None."""
    given = os.environ.get("TRANSFORMERS_POR_DENTRO_NAVEGADOR")
    if given:
        return given if Path(given).exists() else None
    for name in NAMES:
        if path := shutil.which(name):
            return path
    return None


def demand_browser():
    """Devolve o caminho do Chromium; sem ele, pula, ou reprova quando ele é exigido."""
    path = find_browser()
    if path is None:
        (pytest.fail if os.environ.get(REQUIRED) == "1" else pytest.skip)(INSTALL)
    return path


def is_local(url):
    """Diz se um endereço não sai da máquina."""
    parts = urlparse(url)
    return parts.scheme in ("data", "blob", "about", "file") or parts.hostname in (
        "127.0.0.1",
        "localhost",
    )


#: Portas dos servidores já encerrados: no mesmo endereço, o navegador já tem o JupyterLab, lido e
#: compilado; noutro, lê tudo de novo.
_CLOSED = []


def free_port():
    """Devolve uma porta livre: a de um servidor já encerrado, se ninguém a tomou."""
    for port in (*_CLOSED, 0):
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            _CLOSED[:] = [other for other in _CLOSED if other != port]
            return probe.getsockname()[1]
    raise RuntimeError("não há porta livre")


class Server:
    """JupyterLab servindo uma cópia dos notebooks, aberto como `abrir` abre."""

    def __init__(self, root, scratch, lesson=None):
        self.port = free_port()
        self.root = root
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = scratch / "servidor.log"
        self.opened = contextlib.ExitStack()
        self.folders = self.opened.enter_context(isolation.folders(scratch / "estado"))
        command = opening.command(root, root, self.port, False, "/lab", lesson)
        command += ["--LabApp.expose_app_in_browser=True"]
        environment = isolation.variables(os.environ, self.folders, TOKEN)
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, *command[1:]],
                env={**environment, **kernel.environment(scratch)},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._wait()

    def _wait(self):
        limit = time.monotonic() + PATIENCE
        while time.monotonic() < limit:
            if self.process.poll() is not None:
                break
            try:
                self.get("/api")
                return
            except OSError:
                time.sleep(0.2)
        raise RuntimeError(f"o JupyterLab não respondeu:\n{self.log.read_text()[-3000:]}")

    def get(self, path):
        """Devolve a resposta, em JSON, de um endereço do servidor."""
        with urllib.request.urlopen(f"{self.url}{path}?token={TOKEN}", timeout=PATIENCE) as answer:
            return json.load(answer)

    def end_kernel(self, number):
        """Encerra um kernel do servidor."""
        address = f"{self.url}/api/kernels/{number}?token={TOKEN}"
        urllib.request.urlopen(urllib.request.Request(address, method="DELETE"), timeout=PATIENCE)

    def close(self):
        """Encerra o servidor e os kernels dele."""
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.opened.close()
        _CLOSED.append(self.port)


class Notebook:
    """Um notebook aberto numa página do navegador."""

    def __init__(self, page, server, path, mode="doc", reset=True):
        self.page = page
        page.goto(
            f"{server.url}/{mode}/tree/{quote(path)}?token={TOKEN}{'&reset' * reset}",
            wait_until="domcontentloaded",
        )
        page.wait_for_function(
            "() => window.jupyterapp?.shell?.currentWidget?.sessionContext?.session?.kernel?.status"
            " === 'idle'",
            timeout=1000 * PATIENCE,
        )

    def run_all(self):
        """Executa todas as células e espera a última; devolve as que falharam."""
        self.command("notebook:run-all-cells")
        return self.page.evaluate(
            """() => window.jupyterapp.shell.currentWidget.content.widgets.flatMap((cell, i) => {
                const outputs = cell.model.outputs, bad = [];
                for (let k = 0; outputs && k < outputs.length; k++)
                    if (outputs.get(k).type === 'error')
                        bad.push(`célula ${i + 1}: ${outputs.get(k).toJSON().evalue}`);
                return bad;
            })"""
        )

    def command(self, name, args=None):
        """Executa um comando do JupyterLab pelo nome, que não muda com o idioma."""
        return self.page.evaluate(
            "async ([name, args]) => { await window.jupyterapp.commands.execute(name, args); }",
            [name, args or {}],
        )

    def count(self):
        """Devolve quantas células há."""
        return self.page.evaluate(
            "() => window.jupyterapp.shell.currentWidget.content.widgets.length"
        )

    def find(self, tag=None, exercise=None, source=""):
        """Devolve as posições das células com um rótulo, um exercício e um trecho de código."""
        return self.page.evaluate(
            """([tag, exercise, source]) =>
                window.jupyterapp.shell.currentWidget.content.widgets.flatMap((cell, i) => {
                    const data = cell.model.sharedModel.getMetadata();
                    const ok = (!tag || (data.tags || []).includes(tag))
                        && (!exercise || data.exercise === exercise)
                        && cell.model.sharedModel.getSource().includes(source);
                    return ok ? [i] : [];
                })""",
            [tag, exercise, source],
        )

    def cell(self, index):
        """Devolve a célula na página."""
        return self.page.locator(".jp-Notebook .jp-Cell").nth(index)

    def select(self, index):
        """Torna ativa uma célula, em modo de comando."""
        self.page.evaluate(
            """i => { const nb = window.jupyterapp.shell.currentWidget.content;
                nb.activeCellIndex = i; nb.deselectAll(); nb.mode = 'command';
                nb.node.focus(); }""",
            index,
        )

    def active(self):
        """Devolve a posição da célula ativa."""
        return self.page.evaluate(
            "() => window.jupyterapp.shell.currentWidget.content.activeCellIndex"
        )

    def run(self, index):
        """Executa uma célula e espera a saída."""
        self.select(index)
        self.command("notebook:run-cell")

    def write(self, index, source):
        """Apaga a célula e escreve nela, pelo teclado, quando o cursor já está nela."""
        self.page.evaluate(
            "i => window.jupyterapp.shell.currentWidget.content.scrollToItem(i, 'smart')", index
        )
        self.select(index)
        self.page.keyboard.press("Enter")
        self.page.wait_for_function(
            """i => window.jupyterapp.shell.currentWidget.content.widgets[i]
                .editor?.hasFocus()""",
            arg=index,
        )
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.insert_text(source)
        self.page.wait_for_function(
            """([i, text]) => window.jupyterapp.shell.currentWidget.content.widgets[i]
                .model.sharedModel.getSource() === text""",
            arg=[index, source],
        )

    def ask_kernel(self, code):
        """Executa um código no kernel, sem célula, e devolve o que ele imprimiu."""
        return self.page.evaluate(
            """async code => {
                const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
                const future = kernel.requestExecute({ code, store_history: false });
                let said = '';
                future.onIOPub = m => {
                    if (m.header.msg_type === 'stream') said += m.content.text;
                    if (m.header.msg_type === 'error') said += m.content.evalue;
                };
                await future.done;
                return said.trim();
            }""",
            code,
        )

    def shut_kernel_down(self):
        """Encerra o kernel, como quem fecha o programa por engano."""
        self.page.evaluate(
            "async () => { await window.jupyterapp.shell.currentWidget.sessionContext.shutdown(); }"
        )
