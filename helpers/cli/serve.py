"""Liga o JupyterLab de dentro do ambiente, com a configuração do curso e nenhuma outra."""

import contextlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from helpers.cli.console import guarded

ROOT = Path(__file__).resolve().parents[2]
#: Por onde se sai para a internet, e em que certificados se confia.
WAY_OUT = {"ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"}


def main(arguments: list[str]) -> None:
    """Tira do caminho as pastas do computador inteiro, prepara a primeira tela e liga o servidor.

    As pastas da pessoa quem troca é `helpers.cli.isolation`, por variáveis; para `/etc/jupyter` não
    há variável.

    Parâmetros:
        arguments: as opções do JupyterLab.
    """
    skip_what_no_one_uses()
    with no_way_out():
        from jupyter_core import paths
        from jupyterlab.labapp import main as start

    paths.SYSTEM_CONFIG_PATH.clear()
    paths.SYSTEM_JUPYTER_PATH.clear()
    open_with_the_panel_closed()
    start([one for given in arguments for one in _extension(given)])


def skip_what_no_one_uses() -> None:
    """Poupa metade do que custa importar o JupyterLab: a gramática dos IRIs, que ninguém usa.

    O `jsonschema` a monta ao ser importado, se ela está instalada; sem ela, só não confere o
    formato `iri`, que nenhum esquema do JupyterLab usa.
    """
    sys.modules.setdefault("rfc3987_syntax", None)


@contextlib.contextmanager
def no_way_out() -> Iterator[None]:
    """Esconde, enquanto o JupyterLab se importa, as variáveis que dizem como chegar à internet.

    O gerente de extensões dele, que o curso não usa, prepara ali uma conexão: um proxy SOCKS, ou um
    certificado que não existe, não o deixaria abrir. O código das lições as recebe como vieram.
    """
    hidden = {name: os.environ.pop(name) for name in list(os.environ) if name.upper() in WAY_OUT}
    try:
        yield
    finally:
        os.environ.update(hidden)


def _extension(given: str) -> list[str]:
    """Troca `--aula=04_scores_e_softmax` pela pasta em que escreveu a extensão dessa lição."""
    name, _, lesson = given.partition("=")
    if name != "--aula":
        return [given]
    from helpers.page.lecture import write_extension

    folder = Path(os.environ["JUPYTER_RUNTIME_DIR"]).parent / "aula"
    write_extension(ROOT, lesson, folder)
    return [f"--LabApp.extra_labextensions_path={folder}"]


def open_with_the_panel_closed() -> None:
    """Na primeira vez, fecha o painel de arquivos; depois, vale o que quem estuda deixou."""
    from jupyterlab.commands import get_workspaces_dir
    from jupyterlab_server.workspaces_handler import WorkspacesManager

    workspaces = WorkspacesManager(get_workspaces_dir())
    if not workspaces.load("default")["data"]:
        layout = {"layout-restorer:data": {"left": {"collapsed": True}}}
        workspaces.save("default", json.dumps({"data": layout, "metadata": {"id": "default"}}))


if __name__ == "__main__":
    sys.exit(guarded(main, sys.argv[1:]))
