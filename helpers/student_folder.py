"""Onde mora o que é de quem estuda: a pasta `meu_curso`, que o git não vê."""

import os
from pathlib import Path

NAME = "meu_curso"
#: Quem quer a pasta noutro lugar aponta-o aqui.
VARIABLE = "TRANSFORMERS_POR_DENTRO_MEU_CURSO"
ROOT = Path(__file__).resolve().parents[1]


def path() -> Path:
    """Devolve a pasta de quem estuda, exista ela ou não.

    Fica dentro da do curso; se ela é de outro (uma instalação dividida por um laboratório, em que
    não se grava), na pasta pessoal.
    """
    chosen = os.environ.get(VARIABLE, "")
    if chosen:
        return Path(os.path.expanduser(chosen)).absolute()
    inside = ROOT / NAME
    if os.access(inside if inside.exists() else ROOT, os.W_OK):
        return inside
    try:
        return Path.home() / NAME
    except RuntimeError:  # quem não tem pasta pessoal, como o usuário de um contêiner
        return inside


def place(name: str) -> Path:
    """Devolve onde fica uma coisa de quem estuda: em `meu_curso` ou, sem ela, na pasta do curso.

    Parâmetros:
        name: nome do arquivo ou da pasta, como `progresso.json`.
    """
    folder = path()
    return (folder if folder.is_dir() else ROOT) / name


def find(given: str) -> Path:
    """Devolve o caminho que alguém digitou; o que não existe ali é procurado em `meu_curso`.

    Parâmetros:
        given: o que veio na linha de comando, como `meu_modelo` ou `../textos`.
    """
    there = path() / given
    return there if not os.path.exists(given) and os.path.exists(there) else Path(given)


def find_or_place(given: str) -> Path:
    """Devolve onde gravar o que alguém pediu: um nome novo, sem pasta, vai para `meu_curso`.

    Parâmetros:
        given: o que veio na linha de comando, como `meu_modelo_de_texto` ou `../modelos/um`.
    """
    found = find(given)
    new = not os.path.exists(found) and os.path.basename(given) == given
    return path() / given if new and path().is_dir() else found
