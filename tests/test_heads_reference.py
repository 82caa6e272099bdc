"""Cache, ablação e remendo contra uma segunda implementação do decoder, em numpy, sem ganchos."""

import math

import numpy as np
import pytest
import torch

from helpers import heads
from helpers.hooks import hook_names, run_with_cache, run_with_edits
from helpers.studies.thread import load_thread

TEXTS = [
    ("No sábado, Ana deu um livro para Bia.", "No sábado, Ana ganhou um livro de Bia."),
    ("No sábado, João deu um livro para Clara.", "No sábado, João ganhou um livro de Clara."),
]
ANSWERS = [("Bia", "Ana"), ("Clara", "João")]
ASKED = " Quem estava com o livro?"
NAME, END, HEADS = 11, 20, 4


@pytest.fixture(scope="module")
def thread():
    return load_thread()


@pytest.fixture(scope="module")
def model(thread):
    return thread.model.double().requires_grad_(False)


@pytest.fixture(scope="module")
def pairs(thread, model):
    texts = [(one + ASKED, other + ASKED) for one, other in TEXTS]
    return heads.text_pairs(model, thread.tokenizer, texts, ANSWERS)


class Reference:
    """O decoder escrito de novo: um laço por texto, por posição e por cabeça, só com os pesos."""

    def __init__(self, model):
        self.weights = {name: weight.numpy() for name, weight in model.state_dict().items()}
        self.eps, self.n_layers = model.config.eps, model.config.n_layers

    def __call__(self, tokens, edits=None):
        """Devolve os logits e tudo o que se calculou, por nome."""
        edits, seen = edits or {}, {}

        def at(name, value):
            seen[name] = edits[name](value.copy()) if name in edits else value
            return seen[name]

        w = self.weights
        tokens = tokens.numpy()
        stream = w["embed.W_E"][tokens] + w["pos_embed.W_pos"][: tokens.shape[1]]
        for layer in range(self.n_layers):
            here = f"blocks.{layer}."
            part = {n.removeprefix(here): v for n, v in w.items() if n.startswith(here)}
            stream = at(here + "hook_resid_pre", stream)
            stream = at(here + "hook_resid_mid", stream + self.attention(stream, part, here, at))
            wide = self.norm(stream, part["ln2.w"], part["ln2.b"]) @ part["mlp.W_in"]
            wide = gelu(wide + part["mlp.b_in"])
            write = at(here + "hook_mlp_out", wide @ part["mlp.W_out"] + part["mlp.b_out"])
            stream = at(here + "hook_resid_post", stream + write)
        return self.norm(stream, w["ln_final.w"], w["ln_final.b"]) @ w["embed.W_E"].T, seen

    def norm(self, x, w, b):
        centered = x - x.mean(-1, keepdims=True)
        return centered / np.sqrt((centered**2).mean(-1, keepdims=True) + self.eps) * w + b

    def attention(self, stream, part, here, at):
        read = self.norm(stream, part["ln1.w"], part["ln1.b"])
        q, k, v = (
            at(
                f"{here}attn.hook_{door.lower()}",
                np.stack([read @ m for m in part[f"attn.W_{door}"]], 2) + part[f"attn.b_{door}"],
            )
            for door in "QKV"
        )
        z = np.zeros_like(v)
        pattern = np.zeros((len(read), HEADS, read.shape[1], read.shape[1]))
        for text in range(len(read)):
            for head in range(HEADS):
                for query in range(read.shape[1]):
                    past = k[text, : query + 1, head]
                    scores = past @ q[text, query, head] / math.sqrt(past.shape[1])
                    weights = np.exp(scores - scores.max())
                    weights /= weights.sum()
                    pattern[text, head, query, : query + 1] = weights
                    z[text, query, head] = weights @ v[text, : query + 1, head]
        at(f"{here}attn.hook_pattern", pattern)
        z = at(f"{here}attn.hook_z", z)
        out = sum(z[:, :, head] @ part["attn.W_O"][head] for head in range(HEADS))
        return at(f"{here}hook_attn_out", out + part["attn.b_O"])


def gelu(x):
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def difference(logits, pairs):
    last = logits[np.arange(len(logits)), pairs.ends.numpy()]
    rows = np.arange(len(last))
    return last[rows, pairs.right.numpy()] - last[rows, pairs.wrong.numpy()]


def share(reference, pairs, edits):
    """A parte da resposta que volta, pela segunda implementação."""
    high, low = (difference(reference(side)[0], pairs) for side in (pairs.clean, pairs.corrupted))
    return (difference(reference(pairs.corrupted, edits)[0], pairs) - low) / (high - low)


@pytest.fixture(scope="module")
def reference(model):
    return Reference(model)


def same(found, expected):
    np.testing.assert_allclose(np.asarray(found), expected, rtol=0, atol=1e-9)


def test_cache_is_what_the_weights_give(model, reference, pairs):
    logits, seen = reference(pairs.clean)
    _, cache = run_with_cache(model, pairs.clean, list(seen))
    same(model(pairs.clean), logits)
    assert set(seen) < set(hook_names(model))
    assert len(seen) == model.config.n_layers * 10
    for name, expected in seen.items():
        same(cache[name], expected)


@pytest.mark.parametrize("chosen", [[(1, 2)], [(0, 1), (2, 3), (2, 0)]], ids=str)
@pytest.mark.parametrize("at_mean", [False, True])
def test_ablation_is_what_the_weights_give(model, reference, pairs, chosen, at_mean):
    means = heads.mean_z(model, pairs.corrupted.tolist()) if at_mean else None
    seen = reference(pairs.corrupted)[1]
    edits = {}
    for layer in {layer for layer, _ in chosen}:
        name = f"blocks.{layer}.attn.hook_z"
        mean = seen[name].mean((0, 1))

        def edit(z, layer=layer, mean=mean):
            for head in (h for one, h in chosen if one == layer):
                z[:, :, head] = mean[head] if at_mean else 0
            return z

        edits[name] = edit
    same(heads.ablate(model, pairs.clean, chosen, means), reference(pairs.clean, edits)[0])


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("blocks.0.hook_resid_pre", 5),
        ("blocks.1.hook_resid_mid", NAME),
        ("blocks.2.attn.hook_k", NAME),
        ("blocks.2.attn.hook_z", END),
        ("blocks.0.hook_mlp_out", 10),
    ],
)
def test_patching_is_what_the_weights_give(model, reference, pairs, name, place):
    source = reference(pairs.clean)[1][name]

    def edit(value):
        value[:, place] = source[:, place]
        return value

    same(heads.patch(model, pairs, name, place), share(reference, pairs, {name: edit}))


@pytest.mark.parametrize(("door", "place"), [("k", NAME), ("v", NAME), ("q", END)])
def test_path_patching_is_what_the_weights_give(model, reference, pairs, door, place):
    writers, readers = [(1, 1), (1, 2)], [(2, 2), (2, 3)]
    clean, corrupted = (reference(side)[1] for side in (pairs.clean, pairs.corrupted))
    z = clean["blocks.1.attn.hook_z"] - corrupted["blocks.1.attn.hook_z"]
    w_o = reference.weights["blocks.1.attn.W_O"]
    written = sum(z[:, place, head] @ w_o[head] for _, head in writers)
    name, stream = f"blocks.2.attn.hook_{door}", "blocks.2.hook_resid_pre"

    def add(value):
        value[:, place] += written
        return value

    new = reference(pairs.corrupted, {stream: add})[1][name]

    def edit(value):
        for _, head in readers:
            value[:, place, head] = new[:, place, head]
        return value

    found = heads.path_patch(model, pairs, writers, place, door, readers)
    same(found, share(reference, pairs, {name: edit}))
    assert (np.abs(found.numpy()) > 0.5).all() == (door == "k")


def test_edits_and_the_reference_agree_where_nothing_is_measured(model, reference, pairs):
    # Duas trocas de uma vez, em blocos diferentes.
    edits = {"blocks.0.attn.hook_v": lambda v: v * 2, "blocks.2.hook_mlp_out": lambda v: v - v}
    same(run_with_edits(model, pairs.clean, edits), reference(pairs.clean, edits)[0])
    assert torch.isfinite(model(pairs.clean)).all()
