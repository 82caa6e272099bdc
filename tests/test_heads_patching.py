"""Remendar: o que o motor devolve é o que uma leitura refeita à mão, sem ganchos, devolve."""

from math import sqrt

import pytest
import torch
from core import normal, seeded, told

from helpers import heads
from helpers.config import DecoderConfig
from helpers.decoder import Decoder
from helpers.heads.patching import LEAST_DIFFERENCE, require_difference
from helpers.studies.thread import load_thread

CONFIG = DecoderConfig(d_vocab=11, n_ctx=8, d_model=12, n_heads=3, n_layers=3)
CLEAN = torch.tensor([[1, 5, 2, 9, 3, 7], [0, 3, 3, 8, 1, 0]])
CORRUPTED = torch.tensor([[1, 6, 2, 9, 4, 7], [0, 2, 3, 8, 1, 0]])
ENDS = torch.tensor([5, 4])
RIGHT, WRONG = torch.tensor([3, 4]), torch.tensor([10, 10])
PAIRS = heads.TextPairs(CLEAN, CORRUPTED, RIGHT, WRONG, ENDS)

GAVE = "No sábado, Ana deu um livro para Bia. Quem estava com o livro?"
GOT = "No sábado, Ana ganhou um livro de Bia. Quem estava com o livro?"


@pytest.fixture
def decoder():
    """Um decoder de pesos grandes, em float64, em que tudo conta."""
    model = Decoder(CONFIG, generator=seeded()).double()
    with torch.no_grad():
        for seed, weight in enumerate(model.parameters()):
            weight.add_(0.5 * normal(*weight.shape, seed=seed, dtype=torch.float64))
        model.ln_final.w.mul_(6)
    return model


@pytest.fixture(scope="module")
def thread():
    return load_thread()


@pytest.fixture(scope="module")
def role(thread):
    texts, answers = [(GAVE, GOT)], [("Bia", "Ana")]
    return heads.text_pairs(thread.model, thread.tokenizer, texts, answers)


def by_hand(model, ids, replaced=None, doors=None):
    """Lê um texto só com matrizes; devolve logits e o que passou por cada lugar.

    `replaced`: (lugar, posição[, cabeça]) → vetor. `doors`: (bloco, porta, cabeça) → o que aquela
    porta lê a mais, por posição.
    """
    replaced, doors, seen = replaced or {}, doors or {}, {}

    def norm(ln, x):
        centered = x - x.mean(-1, keepdim=True)
        return centered / (centered.pow(2).mean(-1, keepdim=True) + ln.eps).sqrt() * ln.w + ln.b

    def at(place, value):
        value = value.clone()
        for (name, pos, *head), vector in replaced.items():
            if name == place:
                value[(pos, *head)] = vector
        seen[place] = value
        return value

    p = model.state_dict()
    x = p["embed.W_E"][ids] + p["pos_embed.W_pos"][: len(ids)]
    for layer, block in enumerate(model.blocks):
        x = at(f"{layer}.pre", x)
        a, z = block.attn, torch.empty(len(ids), 3, 4, dtype=x.dtype)
        for head in range(3):
            q, k, v = (
                norm(block.ln1, x + doors.get((layer, door, head), 0)) @ weight[head] + bias[head]
                for door, weight, bias in (
                    ("q", a.W_Q, a.b_Q),
                    ("k", a.W_K, a.b_K),
                    ("v", a.W_V, a.b_V),
                )
            )
            scores = (
                (q @ k.T / sqrt(4))
                .tril()
                .masked_fill(torch.ones(len(ids), len(ids)).triu(1).bool(), -torch.inf)
            )
            z[:, head] = scores.softmax(-1) @ v
        z = at(f"{layer}.z", z)
        x = at(f"{layer}.mid", x + sum(z[:, h] @ a.W_O[h] for h in range(3)) + a.b_O)
        inner = norm(block.ln2, x) @ block.mlp.W_in + block.mlp.b_in
        inner = 0.5 * inner * (1 + torch.tanh(sqrt(2 / torch.pi) * (inner + 0.044715 * inner**3)))
        x = at(f"{layer}.post", x + inner @ block.mlp.W_out + block.mlp.b_out)
    return norm(model.ln_final, x) @ p["embed.W_E"].T, seen


def shares(model, b, changes, change="replaced"):
    """Refaz à mão a parte que volta no par b, com cada uma das trocas."""

    def difference(ids, **changed):
        last = by_hand(model, ids, **changed)[0][ENDS[b]]
        return last[RIGHT[b]] - last[WRONG[b]]

    high, low = difference(CLEAN[b]), difference(CORRUPTED[b])
    patched = [difference(CORRUPTED[b], **{change: one}) for one in changes]
    return (torch.stack(patched) - low) / (high - low)


def one(b):
    """O par b, sozinho."""
    return heads.TextPairs(*(side[b : b + 1] for side in (CLEAN, CORRUPTED, RIGHT, WRONG, ENDS)))


@torch.no_grad()
def test_map_is_what_each_patch_by_hand_gives(decoder):
    places = [f"{layer}.{part}" for layer in range(3) for part in ("pre", "mid")] + ["2.post"]
    assert heads.stream_places(decoder) == [
        f"blocks.{place.replace('.', '.hook_resid_')}" for place in places
    ]
    _, clean = by_hand(decoder, CLEAN[0])
    swaps = [{(place, pos): clean[place][pos]} for place in places for pos in range(6)]
    found = heads.patching_map(decoder, one(0))
    torch.testing.assert_close(found.flatten(), shares(decoder, 0, swaps))


@torch.no_grad()
def test_head_map_is_what_each_patch_by_hand_gives(decoder):
    _, clean = by_hand(decoder, CLEAN[0])
    names = [f"{layer}.z" for layer in range(3)]
    swaps = [{(name, 4, h): clean[name][4, h]} for name in names for h in range(3)]
    found = heads.head_map(decoder, one(0), 4)
    torch.testing.assert_close(found.flatten(), shares(decoder, 0, swaps))
    joined = [{(name, at, 1): clean[name][at, 1] for at in (1, 4)} for name in names]
    found = heads.head_map(decoder, one(0), [1, 4])[:, 1]
    torch.testing.assert_close(found, shares(decoder, 0, joined))
    joined = [{(place, at): clean[place][at] for at in (1, 4)} for place in ("1.mid", "2.pre")]
    names = ["blocks.1.hook_resid_mid", "blocks.2.hook_resid_pre"]
    found = heads.patching_map(decoder, one(0), names, spans=[[1, 4]])
    torch.testing.assert_close(found[:, 0], shares(decoder, 0, joined))


@torch.no_grad()
def test_patch_takes_one_position_of_each_pair_and_only_the_heads_asked(decoder):
    at, expected = torch.tensor([3, 1]), []
    for b in range(2):
        _, clean = by_hand(decoder, CLEAN[b])
        pos = int(at[b])
        swaps = {("1.z", pos, h): clean["1.z"][pos, h] for h in (0, 2)}
        expected.append(shares(decoder, b, [swaps]))
    found = heads.patch(decoder, PAIRS, "blocks.1.attn.hook_z", at, heads=[0, 2])
    torch.testing.assert_close(found, torch.cat(expected))
    whole = heads.patch(decoder, PAIRS, "blocks.2.hook_resid_post", ENDS)
    torch.testing.assert_close(whole, torch.ones(2, dtype=torch.float64))


@pytest.mark.parametrize(("door", "at"), [("k", [3, 1]), ("q", [5, 4]), ("v", [3, 1])])
@torch.no_grad()
def test_path_patch_puts_the_writes_before_one_door_only(decoder, door, at):
    at, writers, readers = torch.tensor(at), [(0, 1), (1, 0), (1, 2)], [(2, 0), (2, 2)]
    expected = []
    for b in range(2):
        pos = int(at[b])
        (_, clean), (_, corrupted) = (by_hand(decoder, side[b]) for side in (CLEAN, CORRUPTED))
        extra = torch.zeros(6, 12, dtype=torch.float64)
        for layer, head in writers:
            change = clean[f"{layer}.z"][pos, head] - corrupted[f"{layer}.z"][pos, head]
            extra[pos] += change @ decoder.blocks[layer].attn.W_O[head]
        read = {(2, door, h): extra for _, h in readers}
        expected.append(shares(decoder, b, [read], change="doors"))
    found = heads.path_patch(decoder, PAIRS, writers, at, door, readers)
    torch.testing.assert_close(found, torch.cat(expected))
    assert found.abs().max() > 1e-3


@torch.no_grad()
def test_swapped_pairs_patch_the_other_way(decoder):
    back = PAIRS.swapped()
    high, low = heads.differences(decoder, PAIRS)
    torch.testing.assert_close(heads.differences(decoder, back), (-low, -high))
    assert torch.equal(back.swapped().clean, PAIRS.clean)


def test_the_role_goes_from_verb_to_name_to_end(thread, role):
    model = thread.model
    pieces = [thread.tokenizer.decode([i]) for i in role.clean[0].tolist()]
    verb, name, end = pieces.index(" deu"), pieces.index(" Bia"), len(pieces) - 1
    stream = heads.patching_map(model, role)
    place = dict(zip(heads.stream_places(model), stream, strict=True))
    assert place["blocks.0.hook_resid_pre"][verb] > 0.4
    assert place["blocks.1.hook_resid_mid"][name] > 0.9
    assert place["blocks.2.hook_resid_mid"][end] > 0.95
    assert (stream[:, 1:verb].abs() < 0.05).all()
    every = [(1, head) for head in range(4)]
    answer = [(2, head) for head in range(4)]
    doors = [heads.path_patch(model, role, every, name, d, answer).item() for d in heads.DOORS]
    assert doors[0] > 0.9
    assert max(doors[1:]) < 0.1


@pytest.mark.parametrize(
    ("texts", "answers", "match"),
    [
        ([(GAVE, GOT.replace("ganhou", "recebeu de"))], [("Bia", "Ana")], "comprimentos"),
        ([(GAVE, GAVE)], [("Bia", "Ana")], "são iguais"),
        ([(GAVE, GOT)], [("Bia", "Anacleto")], "'Anacleto' tem"),
        ([(GAVE, GOT)], [], "1 pares de textos e 0 de respostas"),
        ([], [], "ao menos um par"),
    ],
)
def test_pairs_that_cannot_be_compared_say_why(thread, texts, answers, match):
    with told(ValueError, match):
        heads.text_pairs(thread.model, thread.tokenizer, texts, answers)


def test_difference_counts_on_either_side():
    one, other = torch.tensor([3.0, -3.0]), torch.tensor([1.5, -1.5])
    require_difference(one, other)
    with told(ValueError, "no par 1, a diferença de logits é -0.50 no limpo e 0.40"):
        require_difference(torch.tensor([3.0, -0.5]), torch.tensor([1.5, 0.4]))


def test_pair_whose_answer_does_not_change_is_refused(thread):
    same = GAVE.replace("deu", "entregou")
    pairs = heads.text_pairs(thread.model, thread.tokenizer, [(GAVE, same)], [("Bia", "Ana")])
    assert LEAST_DIFFERENCE == 1
    for measure in (heads.patching_map, heads.differences):
        with told(ValueError, "no par 0, a diferença de logits é .* escolha um par"):
            measure(thread.model, pairs)


WRITER, READER = [(1, 0)], [(2, 0)]


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda m, p: heads.path_patch(m, p, WRITER, 1, "o", READER), "portas são k, q, v"),
        (lambda m, p: heads.path_patch(m, p, [], 1, "k", READER), "writers está vazia"),
        (lambda m, p: heads.path_patch(m, p, WRITER, 1, "k", []), "readers está vazia"),
        (lambda m, p: heads.path_patch(m, p, WRITER, 1, "k", [(1, 1)]), "não vem antes"),
        (lambda m, p: heads.path_patch(m, p, [(0, 0)], 1, "k", [(1, 1), (2, 0)]), "blocos"),
        (lambda m, p: heads.path_patch(m, p, [(0, 3)], 1, "k", READER), "cabeças de 0 a 2"),
        (lambda m, p: heads.patch(m, p, "blocks.0.hook_resid_pre", 5), "não há a posição 5"),
        (lambda m, p: heads.patch(m, p, "blocks.0.hook_resid_pre", -1), "não há a posição -1"),
        (lambda m, p: heads.patch(m, p, "blocks.9.hook_resid_pre", 1), "não há ativação"),
        (lambda m, p: heads.patching_map(m, p), "chegaram 2 pares"),
        (lambda m, p: heads.head_map(m, p, 1), "chegaram 2 pares"),
    ],
)
def test_what_cannot_be_patched_says_why(decoder, call, match):
    with told(ValueError, match):
        call(decoder, PAIRS)
