"""Um JupyterLab de verdade, na casa de alguém cujo Jupyter muda tudo: o do curso não muda nada."""

import contextlib
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil
import pytest

from helpers.cli import inside, isolation, lab, listening
from helpers.cli.console import CliError

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[1]
TOKEN = "senha-desta-vez"
LEGACY = "c.NotebookApp.port = 7777\nc.NotebookApp.ip = '0.0.0.0'\nc.NotebookApp.token = ''\n"
# Arquivo da pasta ~/.jupyter e o que ele tenta mudar.
PERSONAL = {
    "jupyter_server_config.py": LEGACY + "c.ServerApp.base_url = '/jupyter/'\n"
    "c.IdentityProvider.token = 'minha-senha'\nc.ServerApp.certfile = '/nada.pem'\n"
    "c.ServerApp.preferred_dir = '/tmp'\nc.ServerApp.allow_remote_access = True\n",
    "jupyter_server_config.json": '{"ServerApp": {"ip": "0.0.0.0", "sock": "/tmp/soquete-alheio"}}',
    "jupyter_notebook_config.py": LEGACY,
    "jupyter_lab_config.py": "c.ServerApp.ip = '*'\nc.LabApp.default_url = '/tree'\n",
    "jupyter_config.py": "c.KernelManager.transport_encryption = 'disabled'\nexit(3)\n",
    "jupyter_server_config.d/alheia.json": '{"ServerApp": {"jpserver_extensions": {"nada": true}}}',
}
# Variáveis que a pessoa exportou no terminal.
EXPORTED = {
    "JUPYTER_PORT": "7777",
    "JUPYTER_TOKEN": "minha-senha",
    "JUPYTER_PREFER_ENV_PATH": "0",
    "JUPYTER_GATEWAY_URL": "http://203.0.113.7",
    "JUPYTERLAB_DIR": "/nada",
    "JUPYTERHUB_SERVICE_PREFIX": "/user/alguem/",
    "MPLBACKEND": "TkAgg",
    "ALL_PROXY": "socks5h://127.0.0.1:9",
    "HTTPS_PROXY": "socks5h://127.0.0.1:9",
    "http_proxy": "http://127.0.0.1:9",
    "SSL_CERT_FILE": "/nada/certificado.pem",
    "OMP_NUM_THREADS": "2",
}


class Running:
    """Um servidor aberto como `abrir` abre, com o Python dos testes no lugar do da .venv."""

    def __init__(self, process, asked, found):
        self.process, self.asked, self.found = process, asked, found

    def ask(self, path, token=TOKEN, data=None):
        """Devolve a resposta, em JSON, de um endereço do servidor."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.asked.port}{path}",
            headers={"Authorization": f"token {token}"},
            data=None if data is None else json.dumps(data).encode(),
        )
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.load(answer)

    def sockets(self):
        """Devolve (endereço, porta) de tudo que o servidor escuta, sem os kernels."""
        found = psutil.Process(self.process.pid).net_connections("inet")
        return {tuple(one.laddr) for one in found if one.status == psutil.CONN_LISTEN}


@contextlib.contextmanager
def opened(folder, port, given):
    """Abre o servidor numa pasta e o encerra no fim."""
    (folder / "notebooks").mkdir(parents=True, exist_ok=True)
    with isolation.folders(folder / "estado") as found:
        command = lab.command(folder, folder, port, browser=False, page="/lab")
        environment = isolation.variables(given, found, TOKEN) | {"PYTHONPATH": str(ROOT)}
        with (folder / "terminal.txt").open("w") as terminal:
            process = subprocess.Popen(
                [sys.executable, *command[1:]],
                cwd=folder,
                env=environment,
                stdout=terminal,
                stderr=subprocess.STDOUT,
            )
        try:
            yield Running(process, listening.Asked("127.0.0.1", port, TOKEN, folder), found)
        finally:
            process.terminate()
            process.wait(timeout=120)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A casa de alguém que já usa o Jupyter de outro jeito."""
    home = tmp_path_factory.mktemp("casa")
    for name, text in PERSONAL.items():
        path = home / ".jupyter" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    spec = home / ".local" / "share" / "jupyter" / "kernels" / "python3"
    spec.mkdir(parents=True)
    wrong = {"argv": ["/nada/python"], "display_name": "De outro", "language": "python"}
    (spec / "kernel.json").write_text(json.dumps(wrong), encoding="utf-8")
    settings = home / ".jupyter" / "lab" / "user-settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    (settings / "themes.jupyterlab-settings").write_text('{"theme": "JupyterLab Dark"}', "utf-8")
    startup = home / ".ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00.py").write_text("alheio = 1", encoding="utf-8")
    return home


@pytest.fixture(scope="module")
def given(home):
    """As variáveis do terminal dessa pessoa."""
    clean = {name: v for name, v in os.environ.items() if not name.startswith(isolation.FOREIGN)}
    return clean | EXPORTED | {"HOME": str(home), "USERPROFILE": str(home)}


@pytest.fixture(scope="module")
def running(given, tmp_path_factory):
    """O JupyterLab do curso, aberto nessa casa."""
    port = free_port()
    with opened(tmp_path_factory.mktemp("curso"), port, given) as server:
        arguments = (server.process, server.asked, server.found.runtime, Path(sys.prefix))
        listening.wait_until_ready(*arguments)
        yield server


def free_port():
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_listens_only_here_at_the_asked_port(running):
    assert running.sockets() == {("127.0.0.1", running.asked.port)}


@pytest.mark.parametrize("token", ["minha-senha", "", "outra"])
def test_only_the_token_of_this_time_opens(running, token):
    assert "kernels" in running.ask("/api/status")
    with pytest.raises(urllib.error.HTTPError, match="403"):
        running.ask("/api/status", token=token)


def test_kernel_of_the_course_wins(running):
    specs = running.ask("/api/kernelspecs")["kernelspecs"]
    assert Path(specs["python3"]["spec"]["argv"][0]).name != "/nada/python"
    assert "De outro" not in [spec["spec"]["display_name"] for spec in specs.values()]


def test_theme_of_the_person_stays(running):
    found = running.ask("/lab/api/settings/@jupyterlab/apputils-extension:themes")
    assert found["settings"] == {"theme": "JupyterLab Dark"}


@pytest.fixture(scope="module")
def kernel(running):
    """Um kernel aberto pelo servidor, com quem se conversa pelo arquivo de conexão dele."""
    from jupyter_client.blocking import BlockingKernelClient

    identity = running.ask("/api/kernels", data={"name": "python3"})["id"]
    path = running.found.runtime / f"kernel-{identity}.json"
    client = BlockingKernelClient()
    client.load_connection_file(str(path))
    client.start_channels()
    client.wait_for_ready(timeout=300)
    yield client
    client.stop_channels()


def printed(kernel, source):
    said = []

    def hear(message):
        if message["msg_type"] in ("stream", "error"):
            said.append(message["content"].get("text") or message["content"]["evalue"])

    kernel.execute_interactive(source, output_hook=hear, timeout=300)
    return "".join(said).strip()


def test_kernel_knows_only_the_course(kernel):
    source = (
        "import os, sys\n"
        "print(sys.executable, os.environ['OMP_NUM_THREADS'], 'alheio' in dir(), "
        "'MPLBACKEND' in os.environ and os.environ['MPLBACKEND'], sep='\\n')"
    )
    executable, threads, foreign, backend = printed(kernel, source).split("\n")
    assert Path(executable) == Path(sys.executable)
    assert (threads, foreign) == ("1", "False")
    assert "inline" in backend


def test_kernel_still_knows_the_way_to_the_internet(kernel):
    said = printed(kernel, "import os; print(os.environ['ALL_PROXY'], os.environ['SSL_CERT_FILE'])")
    assert said == f"{EXPORTED['ALL_PROXY']} {EXPORTED['SSL_CERT_FILE']}"


def test_other_users_of_the_computer_hear_nothing(running, kernel):
    """Quem não lê o arquivo de conexão conhece as portas, mas não as chaves."""
    import zmq

    with zmq.Context() as context, context.socket(zmq.SUB) as spy:
        spy.linger = 0
        spy.subscribe(b"")
        spy.connect(f"tcp://127.0.0.1:{kernel.iopub_port}")
        time.sleep(0.5)
        assert printed(kernel, "print('segredo')") == "segredo"
        assert not spy.poll(1500), "um desconhecido leu o que o kernel imprimiu"
    if os.name != "nt":
        keys = list(running.found.runtime.glob("kernel-*.json"))
        assert keys
        for path in (running.found.private, running.found.lasting, *keys):
            assert path.stat().st_mode & 0o077 == 0


def test_spy_of_the_former_test_would_hear_a_kernel_without_keys(tmp_path):
    import zmq
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel(kernel_name="python3")
    try:
        with zmq.Context() as context, context.socket(zmq.SUB) as spy:
            spy.linger = 0
            spy.subscribe(b"")
            spy.connect(f"tcp://127.0.0.1:{client.iopub_port}")
            time.sleep(0.5)
            printed(client, "print('segredo')")
            assert spy.poll(5000)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def test_terminal_shows_no_alarm(running, kernel):
    import websocket

    identity = running.ask("/api/kernels")[0]["id"]
    address = f"ws://127.0.0.1:{running.asked.port}/api/kernels/{identity}/channels?session_id=a"
    socket = websocket.create_connection(address, header=[f"Authorization: token {TOKEN}"])
    printed(kernel, "1")
    assert socket.recv()
    socket.close()
    shown = (running.asked.root / "terminal.txt").read_text(encoding="utf-8").splitlines()
    refused = ("403 GET /api/status", "wrote error: 'Forbidden'")  # as senhas erradas, acima
    assert not [line for line in shown if not any(one in line for one in refused)]


def test_first_screen_has_the_file_panel_closed(running):
    saved = running.ask("/lab/api/workspaces/default")
    assert saved["data"]["layout-restorer:data"]["left"]["collapsed"] is True
    assert not isolation.has_open_notebook(running.found)


def test_settings_of_the_course_are_those_of_the_repository():
    """Os testes acima valem para o que está instalado: que seja o que está aqui."""
    (check,) = inside.lab_settings(ROOT)
    assert check.ok, check.detail


def test_idle_kernels_end_but_never_one_whose_tab_is_open(given, tmp_path):
    source = (
        "from jupyter_server.serverapp import ServerApp\n"
        "app = ServerApp()\n"
        "app.initialize(['--allow-root'], new_httpserver=False)\n"
        "k = app.kernel_manager\n"
        "print(k.cull_idle_timeout, k.cull_connected, k.cull_busy)"
    )
    with isolation.folders(tmp_path) as found:
        done = subprocess.run(
            [sys.executable, "-c", source],
            env=isolation.variables(given, found, TOKEN),
            cwd=tmp_path,
            capture_output=True,
            text=True,
        )
    assert done.stdout.split() == ["1800", "False", "False"], done.stderr


@pytest.mark.parametrize(
    ("line", "option"),
    [
        (LEGACY, "ip: 0.0.0.0"),
        ("c.ServerApp.base_url = '/jupyter/'", "base_url: /jupyter/"),
        ("c.IdentityProvider.token = 'minha-senha'", "token: outra senha"),
    ],
    ids=["legado", "prefixo", "senha"],
)
def test_server_that_escapes_is_stopped_with_the_guilty_line(
    tmp_path, monkeypatch, given, line, option
):
    """Se um dia o isolamento falhar: o servidor lê a linha, e é encerrado em segundos."""
    guilty = tmp_path / "alheia" / "jupyter_server_config.py"
    guilty.parent.mkdir()
    guilty.write_text(line, encoding="utf-8")
    isolated = isolation.variables

    def leaky(*arguments):
        return isolated(*arguments) | {"JUPYTER_CONFIG_PATH": str(guilty.parent)}

    monkeypatch.setattr(isolation, "variables", leaky)
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", str(guilty.parent))
    with (
        opened(tmp_path / "curso", free_port(), given) as server,
        pytest.raises(CliError) as caught,
    ):
        listening.wait_until_ready(
            server.process, server.asked, server.found.runtime, tmp_path / "ambiente"
        )
    assert option in caught.value.message
    assert f"{guilty}, linha" in caught.value.next_step


def test_folder_that_takes_no_files_lasts_only_this_time(tmp_path, capsys):
    blocked = tmp_path / "arquivo"
    blocked.touch()
    with isolation.folders(blocked / "estado") as found:
        assert found.lasting.is_dir()
        assert found.lasting.is_relative_to(found.private)
        assert "valem só desta vez" in capsys.readouterr().out
    assert not found.private.exists()


def test_computer_without_a_temporary_folder(tmp_path, monkeypatch):
    def refuse(**_):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(isolation.tempfile, "mkdtemp", refuse)
    with pytest.raises(CliError, match="pasta temporária") as caught, isolation.folders(tmp_path):
        pass
    assert "TMPDIR" in caught.value.next_step


def test_open_notebooks_are_found_again(tmp_path):
    with isolation.folders(tmp_path) as found:
        assert not isolation.has_open_notebook(found)
        saved = found.workspaces / f"default-37a8{isolation.WORKSPACE}"
        saved.write_text('{"data": {"notebook:01_x.ipynb": {}}}', encoding="utf-8")
        assert isolation.has_open_notebook(found)
