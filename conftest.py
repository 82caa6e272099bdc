"""Liga as regras dos notebooks também quando se pede só `pytest notebooks`.

As regras moram em tests/nbval_rules.py; o pytest só leria tests/conftest.py ao entrar em tests/.
"""

import pkgutil
import sys
from pathlib import Path

from jaxtyping import install_import_hook

ROOT = Path(__file__).parent
sys.path.insert(0, str(ROOT / "tests"))

# As anotações de helpers são conferidas em cada chamada. `exercises` fica fora: percorre a resposta
# de quem estuda, folha por folha, e com o gancho a conferência levaria oito vezes mais.
CHECKED = [
    f"helpers.{module.name}"
    for module in pkgutil.iter_modules([str(ROOT / "helpers")])
    if module.name != "exercises"
]
install_import_hook(CHECKED, "beartype.beartype")

pytest_plugins = ["nbval_rules"]
