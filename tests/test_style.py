"""O código e os notebooks seguem um estilo só, conferido pelo ruff."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def ruff(*arguments, cwd=ROOT):
    """Roda o ruff e devolve o processo terminado."""
    command = [sys.executable, "-m", "ruff", *arguments, "--no-cache"]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("arguments", [("check",), ("format", "--check")], ids=["regras", "forma"])
def test_whole_project_follows_the_style(arguments):
    done = ruff(*arguments, ".")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("arguments", "source"),
    [(("check",), "import os\n"), (("format", "--check"), "x = {'a':1}\n")],
    ids=["regras", "forma"],
)
def test_bad_style_is_reported(tmp_path, arguments, source):
    (tmp_path / "torto.py").write_text(source, encoding="utf-8")
    done = ruff(*arguments, "--config", str(ROOT / "pyproject.toml"), ".", cwd=tmp_path)
    assert done.returncode != 0
    assert "torto.py" in done.stdout
