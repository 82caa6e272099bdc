"""Tirar cabeças: o que não escreve não faz falta; o que carrega a resposta faz."""

import pytest
import torch
import torch.nn.functional as F
from core import normal, seeded, told
from specimens import D_VOCAB, copier

from helpers import heads
from helpers.config import DecoderConfig
from helpers.decoder import Decoder
from helpers.heads import TokenRelation
from helpers.hooks import editing

CONFIG = DecoderConfig(d_vocab=11, n_ctx=8, d_model=12, n_heads=3, n_layers=2)
TEXTS = [[1, 5, 2, 9, 3], [0, 3, 3], [10], [4, 4, 1, 7, 8, 2, 0]]
TOKENS = torch.tensor([[1, 5, 2, 9, 3], [0, 3, 3, 8, 1]])


@pytest.fixture
def decoder():
    """Um decoder de pesos grandes, em que cada cabeça conta."""
    model = Decoder(CONFIG, generator=seeded())
    with torch.no_grad():
        for seed, weight in enumerate(model.parameters()):
            weight.add_(0.3 * normal(*weight.shape, seed=seed))
    return model


def copies(n_texts=6):
    tokens = heads.repeated_random_tokens(D_VOCAB, n_texts, 8, seeded(), max_gap=6)
    texts = tokens.tolist()
    copied = [
        TokenRelation("cópia", t, q, (row.index(row[q]) + 1,))
        for t, row in enumerate(texts)
        for q in range(tokens.shape[1] - 8, tokens.shape[1] - 1)
        if row.index(row[q]) + 1 <= q
    ]
    fresh = [TokenRelation("novo", t, q, (q,)) for t in range(n_texts) for q in (0, 2, 4)]
    return texts, copied + fresh


def test_ablating_nothing_gives_the_same_logits_bit_for_bit(decoder):
    plain = decoder(TOKENS).detach()
    assert torch.equal(heads.ablate(decoder, TOKENS, []), plain)
    assert heads.ablation_edits(decoder, []) == {}
    heads.ablate(decoder, TOKENS, [(0, 0), (1, 2)])
    assert torch.equal(decoder(TOKENS), plain)


@pytest.mark.parametrize("means", [None, "média"])
def test_head_that_writes_nothing_is_not_missed(decoder, means):
    with torch.no_grad():
        decoder.blocks[1].attn.W_O[2] = 0
    means = means and heads.mean_z(decoder, TEXTS)
    plain = decoder(TOKENS)
    assert torch.equal(heads.ablate(decoder, TOKENS, [(1, 2)], means), plain)
    change = heads.ablate_all(decoder, TEXTS, means=means).overall.change.mean
    assert change[1, 2] == 0
    assert (change.flatten()[:5] != 0).all()


def test_ablated_head_is_a_head_whose_W_O_is_zero(decoder):
    removed = heads.ablate(decoder, TOKENS, [(0, 1), (0, 2), (1, 0)])
    with torch.no_grad():
        decoder.blocks[0].attn.W_O[1:] = 0
        decoder.blocks[1].attn.W_O[0] = 0
    torch.testing.assert_close(removed, decoder(TOKENS))


def test_mean_ablation_writes_the_mean_of_the_real_positions(decoder):
    means = heads.mean_z(decoder, TEXTS, batch_size=3)
    z = []
    for text in TEXTS:
        keep = {"blocks.1.attn.hook_z": lambda value: z.append(value[0].detach()) or value}
        with editing(decoder, keep):
            decoder(torch.tensor([text]))
    torch.testing.assert_close(means[1], torch.cat(z).mean(0))
    assert means.shape == (2, 3, 4)
    ablated = heads.ablate(decoder, TOKENS, [(1, 0)], means)
    write = means[1, 0] @ decoder.blocks[1].attn.W_O[0]
    with torch.no_grad():
        decoder.blocks[1].attn.W_O[0] = 0
        decoder.blocks[1].attn.b_O.add_(write)
    torch.testing.assert_close(ablated, decoder(TOKENS))


def test_head_that_carries_the_answer_destroys_it_when_it_leaves():
    model = copier()
    texts, relations = copies()
    table = heads.ablate_all(model, texts, relations)
    copied, fresh = table.by_kind["cópia"], table.by_kind["novo"]
    assert copied.loss < 0.01
    for answer in ((0, 0), (1, 1)):
        assert copied.change.mean[answer] > 2.5
        assert copied.change.mean[answer] > 10 * copied.change.error[answer]
    for idle in ((0, 1), (1, 0)):
        assert copied.change.mean[idle] == 0
        assert table.overall.change.mean[idle] == 0
    assert fresh.loss > 2
    assert fresh.change.mean[1, 1] <= 0


def test_both_heads_together_are_taken_as_a_set():
    model = copier()
    texts, _ = copies()
    tokens = torch.tensor(texts)
    plain = heads.ablate(model, tokens, [(0, 1), (1, 0)])
    assert torch.equal(plain, model(tokens))
    # Sem as duas que trabalham, sobra o embedding: cada token prevê a si mesmo.
    alone = heads.ablate(model, tokens, [(0, 0), (1, 1)])
    assert torch.equal(alone.argmax(-1), tokens)


def test_losses_are_cross_entropy_text_by_text(decoder):
    measured = heads.token_losses(decoder, TEXTS, batch_size=2)
    expected = []
    for text in TEXTS:
        logits = decoder(torch.tensor([text]))[0]
        expected.append(F.cross_entropy(logits[:-1], torch.tensor(text)[1:], reduction="none"))
    torch.testing.assert_close(measured, torch.cat(expected))
    assert len(measured) == sum(len(text) - 1 for text in TEXTS)
    one = heads.token_losses(decoder, TEXTS, batch_size=1)
    torch.testing.assert_close(one, measured)


def test_table_says_the_change_of_each_head_and_of_each_kind(decoder):
    relations = [
        TokenRelation("a", 0, 1, (0,)),
        TokenRelation("a", 3, 4, (2,)),
        TokenRelation("a", 3, 4, (1,)),  # mesmo token previsto: conta uma vez
        TokenRelation("b", 1, 0, (0,)),
        TokenRelation("fim", 0, 4, (0,)),  # depois do último token não há o que prever
    ]
    table = heads.ablate_all(decoder, TEXTS, relations)
    base = heads.token_losses(decoder, TEXTS)
    change = heads.token_losses(decoder, TEXTS, [(1, 2)]) - base
    assert table.overall.n_tokens == 12
    assert table.overall.loss == pytest.approx(base.mean().item())
    assert table.overall.change.mean[1, 2].item() == pytest.approx(change.mean().item(), abs=1e-6)
    assert set(table.by_kind) == {"a", "b"}
    places = [1, 4 + 2 + 0 + 4]
    assert table.by_kind["a"].n_tokens == 2
    assert table.by_kind["a"].loss == pytest.approx(base[places].mean().item())
    measured = table.by_kind["a"].change.mean[1, 2].item()
    assert measured == pytest.approx(change[places].mean().item(), abs=1e-6)
    assert table.by_kind["b"].change.error.isnan().all()


def test_edit_returns_another_tensor_and_keeps_the_one_it_got(decoder):
    edit = heads.ablation_edits(decoder, [(0, 1), (0, 2)])["blocks.0.attn.hook_z"]
    z = normal(2, 5, 3, 4)
    given = z.clone()
    edited = edit(z)
    assert torch.equal(z, given)
    assert torch.equal(edited[:, :, 0], given[:, :, 0])
    assert (edited[:, :, 1:] == 0).all()


def test_ablation_leaves_nothing_behind(decoder):
    plain = decoder(TOKENS).detach()
    with told(ValueError, "vocabulário"):
        heads.ablate_all(decoder, [[1, 2], [99, 1]])
    assert torch.equal(decoder(TOKENS), plain)


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda m: heads.ablate(m, TOKENS, [(2, 0)]), r"\(2, 0\): as camadas vão de 0 a 1"),
        (lambda m: heads.ablate(m, TOKENS, [(0, 3)]), "cabeças de 0 a 2"),
        (lambda m: heads.ablate(m, TOKENS, [(0, -1)]), "não há cabeça"),
        (lambda m: heads.ablate(m, TOKENS, [(0, 0)], torch.zeros(2, 3, 5)), r"\(2, 3, 5\)"),
        (lambda m: heads.ablate(m, TOKENS[0], []), "batch pos"),
        (lambda m: heads.ablate_all(m, [[1], [2]]), "não há token para prever"),
        (lambda m: heads.ablate_all(m, []), "não há token para prever"),
        (lambda m: heads.ablate_all(m, [[1, 2], []]), "o texto 1 está vazio"),
        (lambda m: heads.ablate_all(m, [[1] * 9]), "n_ctx=8"),
        (lambda m: heads.ablate_all(m, [[1, 2]], batch_size=0), "batch_size=0"),
        (lambda m: heads.mean_z(m, []), "a lista está vazia"),
        (
            lambda m: heads.ablate_all(m, [[1, 2]], [TokenRelation("k", 1, 0, (0,))]),
            "de 0 a 0",
        ),
        (
            lambda m: heads.mean_z(Decoder(DecoderConfig(9, 4, 8, 2, 0)), [[1, 2]]),
            "n_layers=0",
        ),
    ],
)
def test_what_cannot_be_ablated_says_why(decoder, call, match):
    with told(ValueError, match):
        call(decoder)
