"""O processador imaginário muda o arredondamento, e só ele."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("imaginary_processor.py")
CODE = """
import torch
generator = torch.Generator().manual_seed(0)
a, b = (torch.rand(64, 64, generator=generator) for _ in range(2))
ints = torch.randint(-9, 9, (64, 64), generator=generator).float()
eye = torch.eye(64)
w = torch.rand(64, generator=generator, requires_grad=True)
natural = {}
def calculate():
    (g,) = torch.autograd.grad((w.exp() * a).softmax(-1).square().sum(), w)
    return {
        "produto": a @ b,
        "lote": torch.einsum("hij,hjk->hik", a.view(4, 16, 64), b.view(4, 64, 16)),
        "soma": a.double().log().sum(0),
        "softmax": (9 * a).softmax(-1),
        "exp": a.exp(),
        "gradiente": g,
        "inteiros": ints @ ints.T,
        "one-hot": eye[[3, 1]] @ a,
        "exp de zero": (0 * a).exp(),
        "embedding": torch.nn.functional.embedding(torch.tensor([1, 2]), a),
    }
before = calculate()
import runpy; runpy.run_path(__SCRIPT__)
after, again = calculate(), calculate()
for name in before:
    close = torch.allclose(before[name], after[name], rtol=1e-4)
    same = torch.equal(before[name], after[name])
    print(name, close, same, torch.equal(after[name], again[name]))
"""
MOVED = {"produto", "lote", "soma", "softmax", "exp", "gradiente"}


@pytest.mark.slow
def test_every_kind_of_calculation_moves_a_little_and_exact_ones_do_not():
    code = CODE.replace("__SCRIPT__", repr(str(SCRIPT)))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = {}
    for line in done.stdout.splitlines():
        name, *answers = line.rsplit(maxsplit=3)
        found[name] = [answer == "True" for answer in answers]
    assert all(close and repeated for close, _, repeated in found.values()), found
    assert {name for name, (_, same, _) in found.items() if not same} == MOVED
