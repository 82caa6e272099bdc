"""A prova de hipóteses: as verdadeiras ficam, as falsas caem, e cada número se refaz."""

import pytest
import torch
from core import told

from helpers import heads
from helpers.heads.hypothesis import (
    PLACES,
    REFUTED,
    SUSTAINED,
    UNDECIDED,
    Effect,
    Hypothesis,
    HypothesisTest,
    judge,
    role_texts,
)
from helpers.stories import Grammar
from helpers.studies.thread import load_thread


@pytest.fixture(scope="module")
def few():
    """Poucas frases: o que se confere é a conta, não o veredito."""
    thread = load_thread()
    return HypothesisTest(thread.model, thread.tokenizer, n=12, seed=5)


@pytest.fixture(scope="module", params=[(200, 0), (80, 7)], ids=str)
def tested(request):
    thread = load_thread()
    return HypothesisTest(thread.model, thread.tokenizer, *request.param)


def says(writers, place, door, readers, carried="role"):
    """Faz a hipótese de números de cabeças: escritoras "1.0 1.2", leitoras "2.2"."""
    heads = (
        tuple(tuple(map(int, h.split("."))) for h in one.split()) for one in (writers, readers)
    )
    writers, readers = heads
    return Hypothesis(writers, place, door, readers, carried)


FOUR, ANSWER = "1.0 1.1 1.2 1.3", "2.2 2.3"
TRUE = [
    says(FOUR, "second", "k", ANSWER),
    says("1.1 1.2", "second", "k", ANSWER),
    says("1.0 1.1 1.2", "second", "k", ANSWER),
    says("1.1 1.2 1.3", "second", "k", ANSWER),
    says("1.0 1.2 1.3", "second", "k", ANSWER),
    says(FOUR, "second", "k", "2.0 2.1 2.2 2.3"),
    says(FOUR, "second", "k", "2.1 2.2 2.3"),
    says(FOUR, "second", "k", "2.0 2.2 2.3"),
    says("1.1 1.2 1.3", "second", "k", "2.0 2.1 2.2 2.3"),
    says("1.1 1.2", "second", "k", "2.1 2.2 2.3"),
]
FALSE = [
    *(says(FOUR, "second", door, ANSWER) for door in "qv"),  # a porta errada
    *(says("1.1 1.2", "second", door, ANSWER) for door in "qv"),
    says(FOUR, "end", "q", ANSWER),
    says(FOUR, "second", "v", "2.0 2.1 2.2 2.3"),
    *(says(FOUR, place, "k", ANSWER) for place in PLACES if place != "second"),  # a posição
    *(says("1.1 1.2", place, "k", ANSWER) for place in PLACES if place != "second"),
    *(says(f"1.{head}", "second", "k", ANSWER) for head in range(4)),  # pouco demais
    says("1.0 1.3", "second", "k", ANSWER),
    *(says(FOUR, "second", "k", f"2.{head}") for head in (0, 1)),  # leitoras que não leem
    says(FOUR, "second", "k", "2.0 2.1"),
    says("1.1 1.2", "second", "k", "2.0 2.1"),
    says("1.1 1.2", "second", "k", "2.2"),
    says("0.0 0.1 0.2 0.3", "second", "k", ANSWER),  # escritoras de outro bloco
    says("0.0 0.1 0.2 0.3", "verb", "k", ANSWER),
    says("0.0 0.1 0.2 0.3", "second", "v", ANSWER),
    says("0.0 0.1 0.2 0.3", "verb", "v", "1.0 1.1 1.2 1.3"),
    says(FOUR, "second", "k", ANSWER, "names"),  # o que se leva é outra coisa
    says(FOUR, "second", "v", ANSWER, "names"),
]


@pytest.mark.slow
def test_ten_true_are_kept_and_thirty_false_are_refused(tested):
    assert len(set(TRUE)) >= 10
    assert len(set(FALSE)) >= 30
    found = {one: tested.check(one) for one in (*TRUE, *FALSE)}
    lost = [str(found[one]) for one in TRUE if found[one].kind != SUSTAINED]
    kept = [str(one) for one in FALSE if found[one].kind != REFUTED]
    assert not lost
    assert not kept
    # Quem só vai de carona é dito: as duas que não leem.
    whole = found[says(FOUR, "second", "k", "2.0 2.1 2.2 2.3")]
    assert whole.idle == ((2, 0), (2, 1))
    assert "2.0 e 2.1" in str(whole)
    assert found[TRUE[0]].idle == ()


@pytest.mark.slow
def test_what_the_sentences_do_not_settle_is_said(tested):
    # Uma leitora só: a ida vira sempre, e a volta, em pouco mais da metade das frases.
    verdict = tested.check(says(FOUR, "second", "k", "2.3"))
    assert (verdict.kind, verdict.why) == (UNDECIDED, "nem_sempre")
    assert "Não dá para dizer" in str(verdict)


@pytest.mark.parametrize(
    "hypothesis",
    [
        says(FOUR, "second", "k", "2.2 2.3"),
        says("0.1 1.2", "second", "v", "2.1"),
        says("1.0 1.3", "end", "q", "2.0 2.2"),
        says("1.0 1.3", "end", "k", "2.0 2.2"),
        says("0.1 0.2", "second", "k", "1.0 1.3"),
        says("0.3", "second", "v", "1.1", "names"),
    ],
)
def test_shares_are_those_of_path_patch(few, hypothesis):
    role, names, answers = role_texts(12, seed=5)
    tokenizer = load_thread().tokenizer
    role, names = (heads.text_pairs(few.model, tokenizer, one, answers) for one in (role, names))
    here, there = (role, names) if hypothesis.carried == "role" else (names, role)
    second = torch.tensor(
        [row.tolist().index(right) for row, right in zip(role.clean, role.right, strict=True)]
    )
    at = {"second": second, "end": role.ends}[hypothesis.place]
    path = hypothesis.writers, at, hypothesis.door, hypothesis.readers
    for kind, pairs in ((0, here), (1, here.swapped()), (3, there)):
        expected = heads.path_patch(few.model, pairs, *path)
        torch.testing.assert_close(few.shares(hypothesis, kind), expected, atol=1e-9, rtol=0)


def test_random_control_has_the_same_norm_and_another_direction(few, monkeypatch):
    hypothesis, seen = says(FOUR, "second", "k", ANSWER), []
    read = few._reads["role"]
    monkeypatch.setattr(
        read, "through", lambda written, *rest: seen.append(written) or written[:, 0]
    )
    few.shares(hypothesis, 0)
    few.shares(hypothesis, 2)
    real, drawn = seen
    torch.testing.assert_close(real.norm(dim=-1), drawn.norm(dim=-1))
    assert torch.cosine_similarity(real, drawn).abs().max() < 0.5


def test_sentences_are_of_the_grammar_and_only_the_role_or_the_names_change():
    grammar, (role, names, answers) = Grammar.load(), role_texts(30, seed=2)
    assert role_texts(30, seed=2) == (role, names, answers)
    for (gave, got), (same, swapped), (two, one) in zip(role, names, answers, strict=True):
        assert gave == same
        for text, answer in ((gave, two), (got, one), (swapped, one)):
            problems = grammar.check(f"{text} {answer}.")
            assert [problem.kind for problem in problems] == ["história inacabada"]
        assert swapped.replace(one, "_").replace(two, one).replace("_", two) == gave
        changed = [a for a, b in zip(gave.split(), got.split(), strict=True) if a != b]
        assert changed[1:] == ["para"]
        assert one in got
    assert len({when for when, _ in (gave.split(",", 1) for gave, _ in role)}) > 5


NOTHING, ALL = Effect(0.0, 0.0, 0.0, 0.0), Effect(0.9, 0.8, 1.0, 1.0)
PART, SOME = Effect(0.4, 0.3, 0.5, 0.08), Effect(0.5, 0.4, 0.7, 0.5)


@pytest.mark.parametrize(
    ("effects", "said"),
    [
        ((ALL, ALL, NOTHING, NOTHING), "passa"),
        ((NOTHING, NOTHING, NOTHING, NOTHING), "nada"),
        ((PART, NOTHING, NOTHING, NOTHING), "parte"),
        ((ALL, SOME, NOTHING, NOTHING), "nem_sempre"),
        ((PART, ALL, NOTHING, NOTHING), "nem_sempre"),
        ((ALL, ALL, SOME, NOTHING), "qualquer"),
        ((ALL, ALL, NOTHING, SOME), "outro"),
    ],
)
def test_verdict_follows_from_the_four_effects(effects, said):
    assert judge(*effects) == said


def test_hypothesis_and_verdict_are_read_in_portuguese(few):
    hypothesis = says("1.1 1.2", "second", "k", ANSWER)
    assert str(hypothesis) == (
        "De 1.1 e 1.2, no segundo nome, até a porta K de 2.2 e 2.3: o papel."
    )
    verdict = few.check(hypothesis)
    assert str(verdict).startswith("Sustentada. A resposta vira em 12 de 12 frases")
    assert [len(row) for row in verdict.table()] == [4] * 4
    for why in ("nada", "parte"):
        assert few.check(says("1.3", "second", "k" if why == "parte" else "v", ANSWER)).why == why


@pytest.mark.parametrize(
    ("hypothesis", "match"),
    [
        (says(FOUR, "middle", "k", ANSWER), "place='middle' não existe; há verb"),
        (says(FOUR, "second", "k", ANSWER, "sense"), "carried='sense' não existe"),
        (says(FOUR, "second", "o", ANSWER), "as portas são k, q, v"),
        (says("2.0", "second", "k", ANSWER), "não vem antes do bloco 2"),
        (says("1.4", "second", "k", ANSWER), "cabeças de 0 a 3"),
        (says("", "second", "k", ANSWER), "writers está vazia"),
        (says("0.1", "second", "k", "1.1 2.2"), "um bloco de cada vez"),
    ],
)
def test_hypothesis_that_cannot_be_tested_says_why(few, hypothesis, match):
    with told(ValueError, match):
        few.check(hypothesis)


def test_few_sentences_are_refused(few):
    thread = load_thread()
    with told(ValueError, "n=9 frases são poucas"):
        HypothesisTest(thread.model, thread.tokenizer, n=9)
