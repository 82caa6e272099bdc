"""Liga as regras dos notebooks também quando se pede só `pytest notebooks`.

As regras moram em tests/nbval_rules.py; o pytest só leria tests/conftest.py ao entrar em tests/.
"""

import functools
import inspect
import pkgutil
import sys
from pathlib import Path

import jaxtyping
from beartype import BeartypeConf, beartype

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
STRICT = beartype(conf=BeartypeConf(violation_type=jaxtyping.TypeCheckError))


def checked(jaxtyped, typechecker):
    """Confere as anotações de uma função: o jaxtyping, se há uma forma; o beartype só, se não há.

    O jaxtyping custa dez vezes mais numa chamada e, sem forma, nada acrescenta: chama o beartype.
    """
    with_shapes = jaxtyped(typechecker=typechecker)

    def decorate(function):
        if isinstance(function, type) or _has_shapes(function):
            return with_shapes(function)
        if not function.__annotations__:
            return function
        strict = STRICT(function)

        @functools.wraps(function)
        def called(*args, **kwargs):
            chosen = function if jaxtyping.config.jaxtyping_disable else strict
            return chosen(*args, **kwargs)

        return called

    return decorate


def _has_shapes(function):
    try:
        return "jaxtyping" in repr(inspect.get_annotations(function, eval_str=True))
    except (NameError, AttributeError):  # um nome que ainda não existe: não se sabe
        return True


jaxtyping.jaxtyped = functools.partial(checked, jaxtyping.jaxtyped)
jaxtyping.install_import_hook(CHECKED, "beartype.beartype")

pytest_plugins = ["nbval.plugin", "nbval_rules"]
