"""Liga as regras dos notebooks também quando se pede só `pytest notebooks`.

As regras moram em tests/nbval_rules.py; o pytest só leria tests/conftest.py ao entrar em tests/.
"""

import sys
from pathlib import Path

from jaxtyping import install_import_hook

ROOT = Path(__file__).parent
sys.path.insert(0, str(ROOT / "tests"))

# As formas das anotações são conferidas em cada chamada, nos módulos que as dizem. Nos outros, sem
# tensores e cheios de chamadas curtas (o sorteio de histórias, a conferência de uma resposta, folha
# por folha, cada linha de um desenho), conferir custa de três a quinze vezes o que se confere.
CHECKED = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for path in sorted((ROOT / "helpers").rglob("*.py"))
    if "from jaxtyping import" in path.read_text(encoding="utf-8")
]
install_import_hook(CHECKED, "beartype.beartype")

pytest_plugins = ["nbval_rules"]
