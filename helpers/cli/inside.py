"""O que só o Python do ambiente sabe responder: pacotes, torch, JupyterLab, dados.

Quem está fora dele recebe as respostas em JSON; o notebook mostra o relatório em si mesmo.
"""

import html
import importlib.util
import json
import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from helpers.cli import environment
from helpers.cli.console import COMMAND, prepare_console, say

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
INSTALL = f"{COMMAND} abrir"
REMAKE = f"apague a pasta {environment.venv_dir(environment.ROOT).name} e rode {INSTALL}"


@dataclass(frozen=True)
class Check:
    """Uma linha do relatório.

    Parâmetros:
        name: o que foi conferido.
        ok: se está bem.
        detail: o que foi encontrado.
        next_step: o que fazer quando não está bem.
        optional: se a falha só informa, sem reprovar o ambiente.
    """

    name: str
    ok: bool
    detail: str
    next_step: str = ""
    optional: bool = False


def packages(root: Path) -> Iterator[Check]:
    """Compara cada pacote instalado com a versão fixada em requirements.txt."""
    installed = environment.installed_versions()
    for name, pinned in environment.pins(root / "requirements.txt").items():
        found = installed.get(environment.normalize(name))
        if found is None:
            yield Check(name, False, f"não instalado (o curso usa {pinned})", f"rode {INSTALL}")
        else:
            detail = found if found == pinned else f"{found}, mas o curso usa {pinned}"
            # A marca do ambiente não vê o que se instala à mão; refazê-lo resolve sempre.
            yield Check(name, found == pinned, detail, REMAKE)


def torch_works(root: Path) -> Iterator[Check]:
    """Faz o torch multiplicar duas matrizes.

    Parâmetros:
        root: pasta do projeto; não usada.
    """
    try:
        import torch

        product = torch.eye(2) @ torch.tensor([[1.0, 2.0], [3.0, 4.0]])
        ok, detail = product.tolist() == [[1.0, 2.0], [3.0, 4.0]], f"{torch.__version__} multiplica"
    except Exception as error:
        ok, detail = False, f"não carrega: {str(error).splitlines()[0] if str(error) else error!r}"
    yield Check("torch", ok, detail, REMAKE)


def lab_settings(root: Path) -> Iterator[Check]:
    """Confere se o JupyterLab do ambiente abre em português e salva sem widgets."""
    stale = []
    for source, target in environment.shared_data(root).items():
        installed = Path(sys.prefix) / target
        if not installed.is_file() or installed.read_bytes() != (root / source).read_bytes():
            stale.append(source)
    try:
        pack = importlib.util.find_spec("jupyterlab_language_pack_pt_BR") is not None
    except ImportError:
        pack = False
    detail = "em português, sem avisos"
    if stale:
        detail = f"ajustes ausentes ou antigos ({', '.join(stale)})"
    elif not pack:
        detail = "falta o pacote de idioma"
    yield Check("JupyterLab", pack and not stale, detail, REMAKE)


def data_files(root: Path) -> Iterator[Check]:
    """Confere as somas dos textos de `data/`.

    Parâmetros:
        root: pasta do projeto; não usada.
    """
    from helpers import data

    try:
        names = sorted(data.load_manifest())
        for name in names:
            data.read_text(name)
    except data.DataError as error:
        yield Check("dados", False, str(error), "git checkout -- data")
    else:
        yield Check("dados", True, f"{len(names)} de {len(names)} arquivos conferem")


def find_browser() -> str | None:
    """Devolve o caminho do Chromium (ou Chrome) deste computador, ou None."""
    return next((path for path in map(shutil.which, BROWSERS) if path), None)


def browser(root: Path) -> Iterator[Check]:
    """Procura o Chromium, que só os testes de navegador usam.

    Parâmetros:
        root: pasta do projeto; não usada.
    """
    found = find_browser()
    detail = Path(found).name if found else "ausente; só faz falta a quem roda todos os testes"
    next_step = "no Debian: sudo apt install chromium; quem só estuda pode ignorar"
    yield Check("Chromium", found is not None, detail, next_step, optional=True)


class EnvironmentReport:
    """Lista de conferências que se mostra no fim da célula.

    Quando está tudo bem o texto não cita versões: é o mesmo em qualquer computador.
    """

    def __init__(self, checks: list[Check]) -> None:
        """Guarda as conferências.

        Parâmetros:
            checks: resultado de cada conferência, na ordem em que será mostrado.
        """
        self.checks = checks

    @property
    def failures(self) -> list[Check]:
        """As conferências que falharam."""
        return [check for check in self.checks if not check.ok]

    def lines(self) -> list[str]:
        """Devolve o relatório, uma linha por conferência."""
        lines = []
        for check in self.checks:
            lines.append(f"[OK]    {check.name}" if check.ok else f"[FALHA] {check.name}")
            if not check.ok:
                lines.append(f"        {check.detail}. O que fazer: {check.next_step}.")
        count = len(self.failures)
        problems = "1 problema" if count == 1 else f"{count} problemas"
        return [*lines, f"{problems} acima." if count else "Tudo certo: pode seguir."]

    def __repr__(self) -> str:
        return "\n".join(self.lines())

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, str]:
        text = repr(self)
        return {"text/plain": text, "text/html": f"<pre>{html.escape(text)}</pre>"}


def environment_report() -> EnvironmentReport:
    """Devolve o estado do ambiente: pacotes, PyTorch, JupyterLab e textos do curso."""
    root = environment.ROOT
    stale = [check for check in packages(root) if not check.ok]
    summary = [Check("pacotes nas versões do curso", True, "")]
    renamed = {
        "torch": "PyTorch faz contas",
        "JupyterLab": "JupyterLab em português, sem avisos",
        "dados": "textos do curso intactos",
    }
    others = [check for group in (torch_works, lab_settings, data_files) for check in group(root)]
    named = [
        Check(renamed[check.name], check.ok, check.detail, check.next_step) for check in others
    ]
    return EnvironmentReport([*(stale or summary), *named])


ENVIRONMENT = (packages, torch_works, lab_settings)
EVERYTHING = (*ENVIRONMENT, data_files, browser)


def main(arguments: list[str]) -> int:
    """Escreve em JSON as linhas que só o Python do ambiente sabe responder.

    Parâmetros:
        arguments: "ambiente" para só o que a instalação produz; nada para tudo.

    Retorna:
        Sempre 0: quem lê o JSON decide.
    """
    chosen = ENVIRONMENT if "ambiente" in arguments else EVERYTHING
    lines = [asdict(check) for group in chosen for check in group(environment.ROOT)]
    say(json.dumps(lines, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    prepare_console()
    sys.exit(main(sys.argv[1:]))
