"""As anotações de helpers são conferidas em tempo de execução: a errada reprova um teste."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from jaxtyping import TypeCheckError

ROOT = Path(__file__).resolve().parents[1]


def test_annotations_of_helpers_are_checked_while_the_tests_run(pytestconfig):
    assert pytestconfig.getoption("jaxtyping_packages") == "helpers,beartype.beartype"
    from helpers import bpe

    with pytest.raises(TypeCheckError):
        bpe.choose_pair({}, tie_rule=3)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("annotation", "returned", "passes"),
    [
        ("Float[np.ndarray, 'pos d_model']", "np.zeros((2, 3))", True),
        ("Float[np.ndarray, 'pos d_model']", "np.zeros(3)", False),
        ("Float[np.ndarray, 'pos']", "np.zeros(3, dtype=int)", False),
        ("list[str]", "[1]", False),
    ],
)
def test_wrong_annotation_is_a_red_test(tmp_path, annotation, returned, passes):
    package = tmp_path / "anotado"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "forma.py").write_text(
        "import numpy as np\nfrom jaxtyping import Float\n\n\n"
        f"def make() -> {annotation}:\n    return {returned}\n"
    )
    test = tmp_path / "test_forma.py"
    test.write_text("def test_make():\n    from anotado.forma import make\n    make()\n")
    command = [sys.executable, "-m", "pytest", str(test), "-q", "-c", os.devnull]
    command += ["--rootdir", str(tmp_path), "--jaxtyping-packages=anotado,beartype.beartype"]
    run = subprocess.run(
        command,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert run.returncode == (0 if passes else 1), run.stdout
