"""As referências de uma perda: contagens que se refazem no papel, e a subida que se avisa."""

import math

import pytest

from helpers import training
from helpers.data import read_text
from helpers.training.references import rows


def test_counting_and_mixing_is_what_the_definition_says():
    tables = [training.count([[0, 1, 2, 1]], n) for n in (1, 2)]
    assert tables[0] == {(): {1: 2, 2: 1}}
    assert tables[1] == {(0,): {1: 1}, (1,): {2: 1}, (2,): {1: 1}}
    # Depois de 1: só se viu 2, uma vez; metade da aposta fica com a contagem mais curta.
    lower = 3 / 5 * 1 / 3 + 2 / 5 * 1 / 4
    assert training.ngram_loss(tables, [[1, 2]], 4) == pytest.approx(-math.log(0.5 + 0.5 * lower))
    assert training.ngram_loss([], [[0, 1, 2]], 4) == pytest.approx(math.log(4))


def test_a_context_never_seen_leaves_the_bet_to_the_shorter_count():
    tables = [training.count([[0, 1, 1, 1]], n) for n in (1, 2)]
    assert training.ngram_loss(tables, [[3, 1]], 4) == training.ngram_loss(tables[:1], [[3, 1]], 4)


def test_references_of_an_own_text():
    recipe = training.RECIPES["rapido"]
    text = read_text("cronicas_pt.txt")[:12_000]
    material = training.own_text([text], recipe)
    known = training.references(material)
    assert known.uniform == math.log(material.tokenizer.vocab_size)
    tables = [training.count([material.batches.tokens.tolist()], n) for n in (1, 2, 3)]
    apart = rows(material.validation), material.tokenizer.vocab_size
    assert known.trigrams == training.ngram_loss(tables, *apart)
    assert known.trigrams < known.uniform
    n_targets = sum(len(ids) - 1 for ids in rows(material.validation))
    apart = training.split([text], 0)[1][0]
    assert known.bytes_per_token == pytest.approx(len(apart.encode("utf-8")) / n_targets)


@pytest.mark.parametrize(
    ("losses", "step"),
    [
        ((5.0, 4.0, 6.0), 2),
        ((5.0, 4.0, 3.0), None),
        ((5.0, 4.0, 4.05), None),
        ((50.0, 51.0), None),
        ((), None),
        ((4.0, 5.0, 4.5), 1),
    ],
)
def test_the_best_record_is_told_only_if_the_loss_climbed(losses, step):
    records = [training.Record(0, 9.0, 0.1, 0, 1.0)]
    records += [
        training.Record(i, 1.0, 0.1, 0, 1.0, validation=loss) for i, loss in enumerate(losses, 1)
    ]
    best = training.best_record(records)
    assert (best and best.step) == step
