"""O JavaScript dos exploráveis posto a rodar no Node, para se comparar com o Python."""

import json
import os
import shutil
import subprocess

import pytest

from helpers.explorables.kit.base import read_part

REQUIRED = "TRANSFORMERS_POR_DENTRO_EXIGE_NAVEGADOR"
MISSING = "sem Node nesta máquina: o JavaScript não foi conferido com o Python"


def find_node():
    """Devolve o caminho do Node; sem ele, pula o teste, ou o reprova quando ele é exigido."""
    path = shutil.which("node")
    if path is None:
        if os.environ.get(REQUIRED):
            pytest.fail(f"{MISSING}, e {REQUIRED} o exige: instale-o com `sudo apt install nodejs`")
        pytest.skip(MISSING)
    return path


def run(files, program, given):
    """Roda um programa depois dos arquivos dados e devolve o que ele disse.

    Parâmetros:
        files: arquivos .js dos exploráveis, na ordem.
        program: recebe `given` e imprime JSON com `console.log`.
        given: o que vai ao programa, em JSON.
    """
    # O que vem de `function render` em diante mexe na página, e aqui não há página.
    code = [read_part(name).split("function render")[0] for name in files]
    code.append('const given = JSON.parse(require("fs").readFileSync(0, "utf8"));')
    command = [find_node(), "-e", "\n".join([*code, program])]
    done = subprocess.run(
        command, input=json.dumps(given), capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)
