"""Os exercícios da lição 10: mais de um jeito de acertar, e o que o texto diz dos modelos."""

import math
import statistics
from functools import partial

import numpy as np
import pytest
import torch

from helpers import heads, training
from helpers.block import Block
from helpers.bpe import END
from helpers.config import DecoderConfig
from helpers.decoder import Decoder
from helpers.exercises import registry
from helpers.exercises.checking import check
from helpers.hooks import editing, run_with_cache, run_with_edits
from helpers.studies.thread import load_thread
from helpers.without import WritesNothing

pytestmark = pytest.mark.usefixtures("progress_file")


def share_in_numpy(patched, clean, corrupted, yes, no):
    now, high, low = np.stack([patched, clean, corrupted])[:, [yes, no]] @ np.array([1.0, -1.0])
    return np.nan if abs(high - low) < 1 else (now - low) / (high - low)


def share_of_log_probs(patched, clean, corrupted, yes, no):
    """A diferença de log-probabilidades é a de logits."""
    rows = torch.stack([patched, clean, corrupted]).double().log_softmax(-1)
    now, high, low = (rows[:, yes] - rows[:, no]).tolist()
    return math.nan if abs(high - low) < 1 - 1e-9 else (now - low) / (high - low)


def patch_by_hand(model, clean, corrupted, name, pos):
    kept = []
    run_with_edits(model, clean, {name: lambda value: kept.append(value) or value})
    with editing(
        model, {name: lambda value: value.index_copy(1, torch.tensor([pos]), kept[0][:, [pos]])}
    ):
        return model(corrupted)


def patch_with_a_mask(model, clean, corrupted, name, pos):
    source = run_with_cache(model, clean)[1][name]

    def edit(value):
        here = torch.arange(value.shape[1]) == pos
        return torch.where(here.view(1, -1, *[1] * (value.ndim - 2)), source, value)

    return run_with_edits(model, corrupted, {name: edit}).tolist()


def door_with_matrices(model, tokens, layer, door, pos, written):
    block = model.blocks[layer]
    _, cache = run_with_cache(model, tokens, f"blocks.{layer}.hook_resid_pre")
    resid = cache[f"blocks.{layer}.hook_resid_pre"].clone()
    resid[:, pos] += written
    weight, bias = (getattr(block.attn, f"{part}_{door.upper()}") for part in "Wb")
    new = torch.einsum("bpm,hmd->bphd", block.ln1(resid), weight) + bias
    return run_with_edits(model, tokens, {f"blocks.{layer}.attn.hook_{door}": lambda _: new})


def door_with_a_list(model, tokens, layer, door, pos, written):
    point, seen = f"blocks.{layer}.attn.hook_{door}", []

    def add(resid):
        here = (torch.arange(resid.shape[1]) == pos).to(resid.dtype)
        return resid + here[:, None] * written[:, None]

    run_with_edits(
        model,
        tokens,
        {f"blocks.{layer}.hook_resid_pre": add, point: lambda value: seen.append(value) or value},
    )

    def put(value):
        value[:, pos] = seen[0][:, pos]
        return value

    return run_with_edits(model, tokens, {point: put})


def induction_of_helpers(pattern, ids):
    one = torch.tensor(pattern, dtype=torch.float64)[None, None]
    return heads.induction_score(one, torch.tensor([ids]))[0]


def induction_with_masks(pattern, ids):
    ids = np.array(ids)
    copies = np.tril(ids[:, None] == ids, -1)
    after = np.tril(np.roll(copies, 1, axis=1), -1)
    return (np.array(pattern) * after).sum() / after.any(1).sum()


def probe_with_masks(fit, vectors, labels, names, bits, seen):
    chosen = torch.zeros(len(labels), dtype=torch.bool)
    chosen[seen] = True
    found = []
    for truth in (labels, bits[names]):
        guess = fit(vectors[chosen], truth[chosen])(vectors[~chosen])
        found.append((guess == truth[~chosen]).float().mean())
    return tuple(found)


def steer_in_order(model, tokens, toward, away, name, pos, alpha):
    def mean(texts):
        return run_with_cache(model, texts)[1][name].mean(0)[pos]

    arrow = alpha * (mean(toward) - mean(away))
    here = torch.arange(tokens.shape[1]) == pos
    with editing(model, {name: lambda value: value + here[:, None] * arrow}):
        return model(tokens)


def pruning_with_a_sort(loss, heads, n):
    out = ()
    while len(out) < n:
        left = set(heads) - set(out)
        out += tuple(sorted(left, key=lambda head: loss((head, *out)))[:1])
    return out


def movement_in_numpy(write, stream):
    write, stream = np.asarray(write, float), np.asarray(stream, float)
    off = write - write.mean(axis=0)
    return np.mean(np.sqrt((off**2).sum(1) / (stream**2).sum(1)))


def movement_with_a_loop(write, stream):
    mean = [sum(column) / len(column) for column in zip(*write.tolist(), strict=True)]
    rows = zip(write.tolist(), stream.tolist(), strict=True)
    return sum(math.dist(one, mean) / math.hypot(*other) for one, other in rows) / len(write)


@pytest.mark.parametrize(
    ("exercise_id", "answer"),
    [
        ("10.poda", pruning_with_a_sort),
        ("10.movimento", movement_in_numpy),
        ("10.movimento", movement_with_a_loop),
        ("10.regua", share_in_numpy),
        ("10.regua", share_of_log_probs),
        ("10.remendo", patch_by_hand),
        ("10.remendo", patch_with_a_mask),
        ("10.porta", door_with_matrices),
        ("10.porta", door_with_a_list),
        ("10.inducao", induction_of_helpers),
        ("10.inducao", induction_with_masks),
        ("10.sonda", probe_with_masks),
        ("10.direcao", steer_in_order),
    ],
)
def test_another_way_of_being_right_is_accepted(exercise_id, answer):
    assert check(exercise_id, answer).status == "certo"


def door_at_the_residual(model, tokens, layer, door, pos, written):
    """Vai pela porta certa, e também pelo MLP do bloco."""
    right = registry.get("10.porta").solution

    def add(resid):
        resid = resid.clone()
        resid[:, pos] += written
        return resid

    with editing(model, {f"blocks.{layer}.hook_resid_mid": add}):
        return right(model, tokens, layer, door, pos, written)


@pytest.mark.parametrize(
    ("exercise_id", "answer"),
    [
        ("10.regua", lambda p, c, k, y, n: share_in_numpy(p, c, k, n, y) * -1),
        ("10.regua", lambda *args: round(float(share_in_numpy(*args)), 1)),
        ("10.remendo", lambda m, c, k, name, pos: patch_by_hand(m, c, k, name, 2)),
        (
            "10.remendo",
            lambda m, c, k, name, pos: patch_by_hand(m, c, k, name, pos).round(decimals=1),
        ),
        ("10.porta", door_at_the_residual),
        ("10.porta", lambda m, t, layer, d, p, w: door_with_matrices(m, t, 1, d, p, w)),
        ("10.porta", lambda m, t, layer, d, p, w: door_with_matrices(m, t, layer, d, p, w[:1])),
        ("10.inducao", lambda p, ids: induction_with_masks(p, ids[::-1])),
        ("10.sonda", lambda f, v, la, n, b, s: probe_with_masks(f, v, la, n, 1 - b, s)[::-1]),
        (
            "10.direcao",
            lambda m, t, a, b, name, pos, alpha: steer_in_order(m, t, a, b, name, pos, 1),
        ),
    ],
)
def test_unlisted_wrong_answers_are_refused(exercise_id, answer):
    assert check(exercise_id, answer).status == "errado"


@pytest.fixture(scope="module")
def course():
    thread = load_thread()
    return thread.model.double().requires_grad_(False), thread.tokenizer


def test_the_map_the_other_way_round_adds_up_to_less_than_one(course):
    model, tokenizer = course
    said = ("deu um livro para", "ganhou um livro de")
    texts = tuple(f"No sábado, Ana {one} Bia. Quem estava com o livro?" for one in said)
    pair = heads.text_pairs(model, tokenizer, [texts], [("Bia", "Ana")])
    name = "blocks.0.hook_resid_pre"
    one_way, back = (
        [heads.patch(model, side, name, place).item() for place in (5, 10)]
        for side in (pair, pair.swapped())
    )
    assert sum(one_way) > 1.1
    assert sum(back) < 0.9
    assert max(back) < 0.5


def test_with_two_owners_the_model_says_ana_to_both_questions(course):
    model, tokenizer = course
    for thing in ("livro", "boné"):
        text = f"Ana tinha um livro, e Bia tinha um boné. Quem estava com o {thing}?"
        ids = torch.tensor([[tokenizer.special_tokens[END], *tokenizer.encode(text)]])
        assert tokenizer.decode([int(model(ids)[0, -1].argmax())]) == " Ana"


def rings(n, n_pos, rng, ids=32, longest=12):
    """Textos como os da lição, escritos de outro modo: um laço por texto."""
    rows = []
    for _ in range(n):
        size = int(torch.randint(6, longest + 1, (), generator=rng))
        ring, at, row = torch.randperm(ids, generator=rng)[:size].tolist(), 0, []
        for _ in range(n_pos):
            jumps = torch.rand((), generator=rng) < 0.1
            at = int(torch.randint(size, (), generator=rng)) if jumps else (at + 1) % size
            row.append(ring[at])
        rows.append(row)
    return torch.tensor(rows)


@pytest.mark.slow
@pytest.mark.remade
def test_the_induction_head_is_born_from_other_seeds_too():
    exam = heads.repeated_random_tokens(32, 32, 12, torch.Generator().manual_seed(5))
    notes = []
    for seed in range(6):
        config = DecoderConfig(32, 64, d_model=32, n_heads=1, n_layers=2, tied=False)
        draw = torch.Generator().manual_seed(50 + seed)
        model = Decoder(config, block=partial(Block, mlp=WritesNothing), generator=draw)

        def batch(step, draw=draw):
            tokens = rings(32, 65, draw)
            return tokens[:, :-1], tokens[:, 1:]

        settings = training.TrainSettings(steps=200, lr=0.03, warmup=20)
        for _ in training.train(model, batch, settings):
            pass
        patterns = heads.attention_patterns(model, exam)
        notes.append(heads.induction_score(patterns, exam)[1, 0].item())
    assert sum(note > 0.5 for note in notes) >= 5, notes
    assert statistics.median(notes) > 0.6, notes
