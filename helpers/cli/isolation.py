"""As pastas e as variáveis com que o JupyterLab do curso abre, sem nada do Jupyter da pessoa.

Uma linha em `~/.jupyter` pode mudar a porta, o endereço, a senha ou o Python que roda as células.
Em vez de contrariar linha por linha, o servidor do curso olha outras pastas: uma dentro da cópia de
quem estuda, que dura, e uma temporária e particular, que se apaga no fim. Os ajustes de aparência
que a pessoa já tem (tema, atalhos) continuam valendo, porque moram à parte.
"""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from helpers.cli.console import CliError, say
from helpers.files import reason

#: Começos de nome das variáveis que levam o servidor ou o kernel para outro lugar.
FOREIGN = ("JUPYTER", "JPY_", "IPYTHON", "MPL", "MATPLOTLIB", "PYTHONSTARTUP", "KERNEL_")
#: Os modelos do curso são pequenos: com outro programa aberto, duas linhas de execução esperam uma
#: pela outra, e o treino fica várias vezes mais lento (docs/medidas.md).
THREADS = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
WORKSPACE = ".jupyterlab-workspace"


@dataclass(frozen=True)
class Folders:
    """Onde o JupyterLab do curso guarda o que é dele.

    Parâmetros:
        lasting: confiança nos arquivos, abas abertas, histórico; dura de um dia para o outro.
        private: arquivos de conexão, com a chave de cada kernel; só desta vez, e só desta pessoa.
    """

    lasting: Path
    private: Path

    @property
    def runtime(self) -> Path:
        """Onde o servidor anota o próprio endereço e cada kernel, a própria chave."""
        return self.private / "execucao"

    @property
    def workspaces(self) -> Path:
        """Onde o JupyterLab anota que abas estão abertas."""
        return self.lasting / "abas"


@contextlib.contextmanager
def folders(lasting: Path) -> Iterator[Folders]:
    """Prepara as pastas e, no fim, apaga a particular.

    Parâmetros:
        lasting: onde guardar o que dura; se não for possível escrever ali, dura só esta vez.

    Erros:
        CliError: nem a pasta temporária do computador aceita arquivos.
    """
    try:
        private = Path(tempfile.mkdtemp(prefix="curso-"))  # 0700
    except OSError as error:
        raise CliError(
            f"não há pasta temporária em que eu possa escrever ({reason(error)}).",
            "aponte a variável TMPDIR (no Windows, TEMP) para uma pasta sua e rode de novo.",
        ) from error
    try:
        if not _accepts_files(lasting):
            say(f"Não consigo escrever em {lasting}: as abas abertas valem só desta vez.")
            lasting = private / "dura"
        found = Folders(lasting, private)
        for folder in (lasting, found.runtime, private / "config", found.workspaces):
            folder.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(OSError):
            lasting.chmod(0o700)  # o histórico guarda o que se escreveu nas células
        # Sem esta marca, o Jupyter traria para cá a configuração de um IPython de 2015.
        (private / "config" / "migrated").touch()
        yield found
    finally:
        shutil.rmtree(private, ignore_errors=True)


def variables(given: Mapping[str, str], found: Folders, token: str) -> dict[str, str]:
    """Devolve as variáveis do servidor e, por ele, de cada kernel.

    Parâmetros:
        given: as variáveis de quem chama.
        found: as pastas do curso.
        token: a senha desta vez. Vai aqui, e não no comando: a lista de processos é pública.
    """
    own = {name: value for name, value in given.items() if not name.startswith(FOREIGN)}
    return own | {
        **THREADS,
        "JUPYTER_TOKEN": token,
        "JUPYTER_PREFER_ENV_PATH": "1",  # o kernel do curso vence outro que se chame python3
        "JUPYTER_CONFIG_DIR": str(found.private / "config"),
        "JUPYTER_RUNTIME_DIR": str(found.runtime),
        "JUPYTER_DATA_DIR": str(found.lasting / "dados"),
        "JUPYTERLAB_WORKSPACES_DIR": str(found.workspaces),
        "JUPYTERLAB_SETTINGS_DIR": str(_settings(given) or found.lasting / "ajustes"),
        "IPYTHONDIR": str(found.lasting / "ipython"),
        "MPLCONFIGDIR": str(found.lasting / "matplotlib"),
        "PYTHONNOUSERSITE": "1",
    }


def has_open_notebook(found: Folders) -> bool:
    """Diz se o JupyterLab anotou algum notebook aberto da última vez.

    Parâmetros:
        found: as pastas do curso.
    """
    saved = found.workspaces.glob(f"*{WORKSPACE}")
    return any('"notebook:' in path.read_text("utf-8", "replace") for path in saved)


def personal_config(given: Mapping[str, str]) -> list[Path]:
    """Devolve as pastas em que a pessoa guarda a configuração do Jupyter dela.

    Parâmetros:
        given: as variáveis de quem chama.
    """
    home = given.get("USERPROFILE" if os.name == "nt" else "HOME") or os.path.expanduser("~")
    chosen = [given.get("JUPYTER_CONFIG_DIR") or os.path.join(home, ".jupyter")]
    chosen += given.get("JUPYTER_CONFIG_PATH", "").split(os.pathsep)
    return [Path(one) for one in chosen if one]


def _settings(given: Mapping[str, str]) -> Path | None:
    """Devolve a pasta de tema e atalhos da pessoa, se ela já existe e aceita arquivos."""
    chosen = given.get("JUPYTERLAB_SETTINGS_DIR")
    folder = Path(chosen) if chosen else personal_config(given)[0] / "lab" / "user-settings"
    return folder if folder.is_dir() and os.access(folder, os.W_OK) else None


def _accepts_files(folder: Path) -> bool:
    """Diz se dá para escrever numa pasta, criando-a se preciso."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False
