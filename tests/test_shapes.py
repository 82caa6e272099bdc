"""As anotações de helpers são conferidas em tempo de execução: a errada reprova um teste."""

import os
import subprocess
import sys

import pytest
import torch
from jaxtyping import TypeCheckError


def test_annotations_of_helpers_are_checked_while_the_tests_run():
    from helpers import bpe, spoken
    from helpers.heads import patching

    with pytest.raises(TypeCheckError):  # em um pacote
        bpe.choose_pair({}, tie_rule=3)
    with pytest.raises(TypeCheckError):  # em um módulo
        spoken.decimal("3")
    with pytest.raises(TypeCheckError):  # uma forma que duas anotações dividem
        patching.require_difference(torch.zeros(2), torch.zeros(3))


# anotação, o que a função devolve, se o teste passa
CASES = (
    ("Float[np.ndarray, 'pos d_model']", "np.zeros((2, 3))", True),
    ("Float[np.ndarray, 'pos d_model']", "np.zeros(3)", False),
    ("Float[np.ndarray, 'pos']", "np.zeros(3, dtype=int)", False),
    ("list[str]", "[1]", False),
)


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """Roda o pytest, uma vez, sobre um pacote com as anotações acima: um veredito por caso."""
    folder = tmp_path_factory.mktemp("formas")
    (folder / "anotado").mkdir()
    (folder / "anotado" / "__init__.py").write_text("")
    code, tests = "import numpy as np\nfrom jaxtyping import Float\n", ""
    for number, (annotation, returned, _) in enumerate(CASES):
        code += f"\n\ndef make_{number}() -> {annotation}:\n    return {returned}\n"
        tests += f"def test_{number}():\n    from anotado import forma\n"
        tests += f"    forma.make_{number}()\n\n\n"
    (folder / "anotado" / "forma.py").write_text(code)
    (folder / "test_forma.py").write_text(tests)
    command = [sys.executable, "-m", "pytest", "test_forma.py", "-q", "-rA", "-c", os.devnull]
    command += ["-p", "no:nbval"]
    command += ["--rootdir", str(folder), "--jaxtyping-packages=anotado,beartype.beartype"]
    run = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
    )
    return [f"PASSED test_forma.py::test_{number}" in run.stdout for number in range(len(CASES))]


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(CASES)), ids=[case[0] for case in CASES])
def test_wrong_annotation_is_a_red_test(outcomes, number):
    assert outcomes[number] is CASES[number][2]
