"""Liga as regras dos notebooks também quando se pede só `pytest notebooks`.

As regras moram em tests/nbval_rules.py; o pytest só leria tests/conftest.py ao entrar em tests/.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "tests"))

pytest_plugins = ["nbval_rules"]
