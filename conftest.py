"""Liga as regras dos notebooks também quando se pede só `pytest notebooks`.

As regras moram em tests/nbval_rules.py; o pytest só leria tests/conftest.py ao entrar em tests/.
"""

import pkgutil
import sys
from pathlib import Path

from jaxtyping import install_import_hook

from helpers.cli.serve import skip_what_no_one_uses

skip_what_no_one_uses()  # antes do nbval, que a montaria em cada processo

ROOT = Path(__file__).parent
sys.path.insert(0, str(ROOT / "tests"))

# As anotações de helpers são conferidas em cada chamada, nos testes curtos (tests/conftest.py).
# Dois pacotes sem tensores ficam fora, porque fazem milhões de chamadas curtas: `exercises`, que
# percorre a resposta folha por folha, levaria oito vezes mais, e o sorteio de `stories`, quinze.
CHECKED = [
    f"helpers.{module.name}"
    for module in pkgutil.iter_modules([str(ROOT / "helpers")])
    if module.name not in ("exercises", "stories")
]
install_import_hook(CHECKED, "beartype.beartype")

pytest_plugins = ["nbval.plugin", "nbval_rules"]
