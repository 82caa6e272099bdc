"""Onde o curso está rodando, quando o navegador fica em outro lugar: SSH, Codespaces, WSL…"""

import getpass
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from helpers.cli.console import COMMAND

PLACES = Path(__file__).with_name("places.toml")


@dataclass(frozen=True)
class Place:
    """Um lugar em que abrir o curso pede um passo a mais.

    Parâmetros:
        name: como se chama.
        variables: as variáveis que o denunciam.
        browser: se vale a pena tentar abrir o navegador.
        opens: se `abrir` serve ali.
        advice: o que fazer, com lacunas para a porta e o endereço.
    """

    name: str
    variables: list[str]
    browser: bool
    opens: bool
    advice: str

    def told(self, port: int, variables: Mapping[str, str]) -> str:
        """Devolve o que fazer, com a porta e o endereço deste acesso.

        Parâmetros:
            port: a porta do JupyterLab.
            variables: as variáveis do ambiente, como `os.environ`.
        """
        # O SSH diz de onde se veio e por que endereço se entrou: cliente, porta, servidor, porta.
        host = (variables.get("SSH_CONNECTION", "").split() or [""] * 4)[2:3] or [""]
        return self.advice.format(
            port=port, user=_user(), host=host[0] or "servidor", command=COMMAND
        )


def detect(variables: Mapping[str, str]) -> Place | None:
    """Reconhece o lugar pelas variáveis; None num computador comum.

    Parâmetros:
        variables: as variáveis do ambiente, como `os.environ`.
    """
    for row in tomllib.loads(PLACES.read_text(encoding="utf-8"))["place"]:
        place = Place(**row)
        if any(variables.get(name) for name in place.variables):
            return place
    return None


def _user():
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # usuário sem nome: acontece em contêineres
        return "usuário"
