"""Espera o JupyterLab e confere que ele escuta onde se pediu, e só ali.

O próprio servidor anota, ao começar a escutar, o endereço, a porta e a senha que usa. Se não forem
os pedidos, ele é encerrado na hora: aberto à rede, qualquer um rodaria código neste computador.
"""

import contextlib
import json
import os
import re
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from helpers.cli import isolation
from helpers.cli.console import COMMAND, CliError

START_SECONDS = 120.0
#: Como a opção se chama no Jupyter, quando não é o nome que o servidor anota.
OPTIONS = {"hostname": "ip", "secure": "certfile"}


@dataclass(frozen=True)
class Asked:
    """Como o servidor deve abrir.

    Parâmetros:
        address: o endereço em que ele escuta.
        token: a senha desta vez.
        root: a pasta que ele mostra.
    """

    address: str
    port: int
    token: str
    root: Path

    def differences(self, told: dict) -> dict[str, str]:
        """Compara com o que o servidor anotou.

        Parâmetros:
            told: o conteúdo do arquivo que ele grava ao começar a escutar.

        Retorna:
            Para cada opção diferente, como ficou; a senha nunca é mostrada.
        """
        wanted = {
            "hostname": self.address,
            "port": self.port,
            "sock": "",
            "base_url": "/",
            "secure": False,
            "token": self.token,
            "root_dir": os.path.realpath(self.root),
        }
        found = {**told, "root_dir": os.path.realpath(told.get("root_dir", ""))}
        return {
            OPTIONS.get(name, name): "outra senha" if name == "token" else str(found.get(name))
            for name, value in wanted.items()
            if found.get(name) != value
        }


def wait_until_ready(
    process: subprocess.Popen, asked: Asked, runtime: Path, environment: Path
) -> None:
    """Espera o servidor responder como se pediu.

    Parâmetros:
        process: o servidor, que acabou de começar.
        asked: como ele deve abrir.
        runtime: pasta em que ele anota o que abriu.
        environment: pasta do ambiente, para achar a linha culpada quando algo sai diferente.

    Erros:
        CliError: ele parou, abriu de outro jeito, não deixou entrar ou não respondeu a tempo.
    """
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise CliError(
                f"o JupyterLab parou logo ao abrir (código {process.returncode}).",
                f"leia as linhas acima; depois rode {COMMAND} verificar.",
            )
        if told := _told(runtime):
            if wrong := asked.differences(told):
                said = ", ".join(f"{option}: {value}" for option, value in wrong.items())
                raise _not_as_asked(said, list(wrong), environment)
            try:
                if _responds(asked):
                    return
            except urllib.error.HTTPError as error:
                options = ["token", "password", "hashed_password", "base_url", "identity_provider"]
                raise _not_as_asked(f"resposta {error.code}", options, environment) from error
        time.sleep(0.2)
    raise CliError(
        f"o JupyterLab não respondeu em {START_SECONDS:.0f} s.",
        "feche outros programas pesados e rode de novo.",
    )


def blame(options: list[str], environment: Path) -> str:
    """Procura, nos arquivos que o Jupyter lê, a primeira linha que fala de uma destas opções.

    Parâmetros:
        options: nomes de opções, como `base_url`.
        environment: pasta do ambiente.

    Retorna:
        "arquivo, linha N: texto", ou vazio, se nada foi achado.
    """
    places = [environment / "etc" / "jupyter", *isolation.personal_config(os.environ)]
    places += [Path("/usr/local/etc/jupyter"), Path("/etc/jupyter")]
    wanted = re.compile(rf"\b({'|'.join(options)})\b")
    for place in places:
        for path in sorted([*place.glob("jupyter*config*.*"), *place.glob("jupyter*config.d/*")]):
            with contextlib.suppress(OSError):
                for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), 1):
                    if wanted.search(line.split("#")[0]):
                        return f"{path}, linha {number}: {line.strip()}"
    return ""


def _told(runtime: Path) -> dict | None:
    """Lê o que o servidor anotou; None enquanto não há nada, ou só um pedaço."""
    for path in runtime.glob("jpserver-*.json"):
        with contextlib.suppress(OSError, ValueError):
            return json.loads(path.read_text(encoding="utf-8"))
    return None


def _responds(asked: Asked) -> bool:
    # Sem proxy: o endereço é deste computador.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(
        f"http://{asked.address}:{asked.port}/api/status",
        headers={"Authorization": f"token {asked.token}"},
    )
    try:
        opener.open(request, timeout=2).close()
    except urllib.error.HTTPError as error:
        if error.code < 500:
            raise
        return False
    except OSError:
        return False
    return True


def _not_as_asked(said: str, options: list[str], environment: Path) -> CliError:
    guilty = blame(options, environment)
    return CliError(
        f"o JupyterLab não abriu como pedi ({said}); encerrei-o.",
        f"apague, ou comente com #, a linha que muda isso: {guilty}"
        if guilty
        else f"apague a pasta .venv e rode de novo; se repetir, rode {COMMAND} verificar.",
    )
