"""Acerto em relações: quem só sabe posição não leva vantagem; quem lê o texto leva."""

import math
import random
from types import SimpleNamespace

import pytest
import torch
from core import normal, seeded, told
from specimens import D_VOCAB, N_CTX, copier

from helpers import heads
from helpers.attention import attention_pattern, causal_mask
from helpers.config import DecoderConfig
from helpers.decoder import Decoder
from helpers.heads import TokenRelation
from helpers.without import no_mask

N = 12


def sharp(n_texts, looks):
    """Faz os pesos de uma cabeça: looks[texto][query] é para onde ela olha; o resto, para si."""
    patterns = torch.zeros(1, n_texts, 1, N, N)
    for text in range(n_texts):
        for query in range(N):
            patterns[0, text, 0, query, looks[text].get(query, query)] = 1
    return patterns


def relations_of(places, kind="k"):
    return [
        TokenRelation(kind, text, query, (key,))
        for text, pairs in enumerate(places)
        for query, key in pairs.items()
    ]


def drawn_places(n_texts, seed=0):
    rng = random.Random(seed)
    return [{q: rng.randrange(q) for q in (5, 8, 11)} for _ in range(n_texts)]


def test_head_that_reads_beats_every_baseline():
    places = drawn_places(30)
    measured = heads.relation_hits(sharp(30, places), relations_of(places))["k"]
    assert measured.hits.mean.item() == 1
    assert measured.weight.mean.item() == pytest.approx(1)
    assert measured.hits.error.item() == 0
    assert all(value.item() < 0.4 for value in measured.hit_baselines.values())
    assert measured.advantage.mean.item() > 0.6
    assert 0 < measured.advantage.error.item() < 0.1
    assert (measured.n_relations, measured.n_texts) == (90, 30)


@pytest.mark.parametrize(
    "places",
    [
        [{q: q - 2 for q in (4, 7, 9)}] * 8,
        [dict.fromkeys((4, 7, 9), 1)] * 8,
        [{4: 0, 7: 6, 9: 3}] * 8,
    ],
    ids=["deslocamento fixo", "posição fixa", "uma posição para cada query"],
)
def test_where_position_explains_everything_there_is_no_advantage(places):
    measured = heads.relation_hits(sharp(8, places), relations_of(places))["k"]
    assert measured.hits.mean.item() == 1
    assert measured.hit_baselines["position"].item() == 1
    assert measured.weight_baselines["position"].item() == pytest.approx(1)
    assert measured.advantage.mean.item() == 0


def test_best_fixed_places_are_found():
    offset = [{q: q - 2 for q in (4, 7, 9)}] * 8
    place = [dict.fromkeys((4, 7, 9), 1)] * 8
    blind = torch.eye(N).expand(1, 8, 1, N, N)
    by_offset = heads.relation_hits(blind, relations_of(offset))["k"].hit_baselines
    by_place = heads.relation_hits(blind, relations_of(place))["k"].hit_baselines
    assert (by_offset["offset"].item(), by_offset["place"].item()) == (1, pytest.approx(1 / 3))
    assert (by_place["offset"].item(), by_place["place"].item()) == (pytest.approx(1 / 3), 1)


def test_random_head_has_no_advantage():
    places = drawn_places(60)
    patterns = attention_pattern(3 * normal(1, 60, 4, N, N), causal_mask(N))
    measured = heads.relation_hits(patterns, relations_of(places))["k"]
    assert (measured.advantage.mean < 2 * measured.advantage.error).all()


def test_uniform_head_gets_exactly_the_uniform_baseline():
    places = drawn_places(5)
    patterns = heads.uniform_pattern(N).expand(1, 5, -1, -1, -1)
    measured = heads.relation_hits(patterns, relations_of(places))["k"]
    chance = (1 / 6 + 1 / 9 + 1 / 12) / 3
    for value in (measured.hits.mean, measured.weight.mean, measured.hit_baselines["uniform"]):
        assert value.item() == pytest.approx(chance)
    assert measured.hit_baselines["position"].item() == pytest.approx(chance)


def test_span_counts_whole_and_ties_count_in_part():
    patterns = torch.eye(N).repeat(1, 2, 1, 1, 1)
    patterns[0, 0, 0, 6] = torch.tensor([0.2, 0.2, 0.2, 0.2, 0.0, 0.1, 0.1, *[0] * 5])
    patterns[0, 1, 0, 6] = torch.tensor([0.0, 0.4, 0.5, 0.1, *[0] * 8])
    relations = [TokenRelation("k", 0, 6, (1, 2, 5)), TokenRelation("k", 1, 6, (1, 2))]
    measured = heads.relation_hits(patterns, relations)["k"]
    assert measured.hits.mean.item() == pytest.approx((2 / 4 + 1) / 2)
    assert measured.weight.mean.item() == pytest.approx((0.5 + 0.9) / 2)
    assert measured.hit_baselines["uniform"].item() == pytest.approx((3 / 7 + 2 / 7) / 2)


def test_shuffled_labels_are_the_expected_value_of_a_shuffle():
    places = drawn_places(4, seed=2)
    patterns = attention_pattern(normal(1, 4, 1, N, N), causal_mask(N))
    relations = relations_of(places)
    expected = []
    for mine in relations:
        row = patterns[0, mine.text, 0, mine.query]
        distances = [r.query - r.keys[0] for r in relations if r is not mine]
        fitting = [row[mine.query - d].item() for d in distances if d <= mine.query]
        expected.append(sum(fitting) / len(fitting))
    measured = heads.relation_hits(patterns, relations)["k"].weight_baselines["shuffled"]
    assert measured.item() == pytest.approx(sum(expected) / len(expected), rel=1e-5)


def test_position_baseline_leaves_the_text_itself_out():
    places = drawn_places(3, seed=4)
    patterns = attention_pattern(normal(1, 3, 1, N, N), causal_mask(N))
    expected = 0
    for mine in relations_of(places):
        others = [patterns[0, t, 0, mine.query, mine.keys[0]] for t in range(3) if t != mine.text]
        expected += sum(others).item() / 2 / 9
    measured = heads.relation_hits(patterns, relations_of(places))["k"]
    assert measured.weight_baselines["position"].item() == pytest.approx(expected, rel=1e-5)


def test_padding_and_batches_change_nothing():
    model = copier()
    rng = random.Random(0)
    texts = [[rng.randrange(D_VOCAB) for _ in range(rng.randrange(6, N_CTX))] for _ in range(7)]
    relations = [
        TokenRelation(kind, t, q, (rng.randrange(q), q))
        for t, text in enumerate(texts)
        for q in range(2, len(text))
        for kind in ("a", "b")
    ]
    whole = heads.model_relation_hits(model, texts, relations, batch_size=7)
    parts = heads.model_relation_hits(model, texts, relations, batch_size=2)
    width = max(map(len, texts))
    tokens = torch.tensor([text + [3] * (width - len(text)) for text in texts])
    direct = heads.relation_hits(
        heads.attention_patterns(model, tokens), relations, [len(text) for text in texts]
    )
    for other in (parts, direct):
        for kind in ("a", "b"):
            one, two = whole[kind], other[kind]
            for name in ("hits", "weight", "advantage"):
                torch.testing.assert_close(getattr(one, name), getattr(two, name))
            torch.testing.assert_close(one.hit_baselines, two.hit_baselines)
            torch.testing.assert_close(one.weight_baselines, two.weight_baselines)


def test_built_induction_head_is_found_through_its_relations():
    tokens = heads.repeated_random_tokens(D_VOCAB, 12, 8, seeded(), max_gap=6)
    relations = [
        TokenRelation("cópia", t, q, (row.index(row[q]) + 1,))
        for t, row in enumerate(tokens.tolist())
        for q in range(tokens.shape[1] - 8, tokens.shape[1])
        if row.index(row[q]) + 1 <= q
    ]
    measured = heads.model_relation_hits(copier(), tokens.tolist(), relations)["cópia"]
    # A posição 0, sem anterior, parece vir depois de si mesma: um empate em 96 casos.
    assert measured.hits.mean[1, 1].item() == pytest.approx(95.5 / 96)
    assert measured.advantage.mean[1, 1] > 0.6
    others = torch.tensor([[True, True], [True, False]])
    assert (measured.advantage.mean[others] < 0.1).all()


def test_error_counts_texts_and_not_cases():
    texts = torch.tensor([0, 0, 0, 1, 1, 1])
    same = torch.tensor([1.0, 1, 1, 0, 0, 0])
    mean, error = heads.mean_by_text(same, texts)
    assert mean.item() == 0.5
    assert error.item() == pytest.approx(0.5)  # dois textos: desvio 1/√2, dividido por √2
    one_each = normal(40, dtype=torch.float64)
    mean, error = heads.mean_by_text(one_each, torch.arange(40))
    assert error.item() == pytest.approx(one_each.std().item() / math.sqrt(40))
    assert heads.mean_by_text(same, torch.zeros(6).long()).error.isnan()


def test_error_is_the_spread_of_other_draws_of_texts():
    drawn, errors = [], []
    for seed in range(300):
        rng = random.Random(seed)
        sizes = [rng.randrange(1, 5) for _ in range(25)]
        values = [rng.random() + rng.gauss(0, 0.1) for _ in sizes]
        cases = torch.tensor([v for v, n in zip(values, sizes, strict=True) for _ in range(n)])
        texts = torch.tensor([t for t, n in enumerate(sizes) for _ in range(n)])
        mean, error = heads.mean_by_text(cases, texts)
        drawn.append(mean.item())
        errors.append(error.item())
    spread = torch.tensor(drawn).std().item()
    assert sum(errors) / 300 == pytest.approx(spread, rel=0.12)


class Words:
    """Corta antes de cada espaço, como faz o BPE; palavras longas, em dois; ç, ao meio."""

    def pieces(self, text):
        found = []
        for word in text.replace(" ", "\x00 ").split("\x00"):
            raw = word.encode()
            cut = raw.index(b"\xc3") + 1 if b"\xc3" in raw else len(raw)
            found += [raw[:cut], *([raw[cut:]] if cut < len(raw) else [])]
        return found


TEXT = "A moça viu o pão. Ela comeu."
# A | mo⟨c3⟩ | ⟨a7⟩a | viu | o | p⟨c3⟩ | ⟨a3⟩o. | Ela | comeu.
RELATIONS = [
    SimpleNamespace(kind="sujeito-verbo", source=(7, 10), target=(2, 6)),
    SimpleNamespace(kind="artigo-substantivo", source=(13, 16), target=(11, 12)),
    SimpleNamespace(kind="pronome-antecedente", source=(18, 21), target=(2, 6)),
    SimpleNamespace(kind="adiante", source=(0, 1), target=(2, 6)),
]


def test_relations_go_from_characters_to_tokens():
    found = heads.token_relations(TEXT, RELATIONS, Words(), index=3)
    assert found == [
        TokenRelation("sujeito-verbo", 3, 2, (1, 2)),
        TokenRelation("artigo-substantivo", 3, 4, (4,)),
        TokenRelation("pronome-antecedente", 3, 6, (1, 2)),
    ]


def test_relations_can_be_read_from_the_end_of_the_source_and_moved():
    found = heads.token_relations(TEXT, RELATIONS, Words(), where="reading", start=1)
    assert [(r.query, r.keys) for r in found] == [(4, (2, 3)), (7, (5,)), (8, (2, 3))]


def test_a_target_is_seen_from_its_last_token_on_and_the_first_token_sees():
    inside = SimpleNamespace(kind="no meio", source=(5, 6), target=(2, 6))
    first = SimpleNamespace(kind="do começo", source=(2, 6), target=(0, 1))
    found = heads.token_relations(TEXT, [inside, first], Words())
    assert found == [TokenRelation("do começo", 0, 0, (0,))]


def test_cases_that_the_commonest_offset_hits_are_left_out():
    near = [TokenRelation("a", 0, q, (q - 1,)) for q in (3, 4, 5)]
    far = [TokenRelation("a", 0, q, (0, 1)) for q in (4, 5)]
    span = TokenRelation("a", 1, 9, (7, 8))
    other = [TokenRelation("b", 0, 5, (1,)), TokenRelation("b", 0, 6, (1,))]
    assert heads.beyond_offset([*near, *far, span, *other]) == [*far, other[1]]
    assert heads.beyond_offset([]) == []


def test_previous_token_head_gets_nothing_beyond_its_offset():
    places = [{4: 3, 7: 6, 9: text % 5} for text in range(8)]
    patterns = sharp(8, [{q: q - 1 for q in range(1, N)}] * 8)
    relations = relations_of(places)
    every, rest = (
        heads.relation_hits(patterns, chosen)["k"]
        for chosen in (relations, heads.beyond_offset(relations))
    )
    assert every.hits.mean.item() == pytest.approx(2 / 3)
    assert every.advantage.mean.item() <= 0
    assert (rest.n_relations, rest.hits.mean.item()) == (8, 0)


def test_relations_of_the_grammar_fit_a_real_tokenizer():
    from helpers import bpe
    from helpers.stories import Grammar

    grammar, rng = Grammar.load(), random.Random(3)
    stories = [grammar.sample(rng).text for _ in range(4)]
    tokenizer = bpe.train(stories, vocab_size=300)
    texts = [tokenizer.encode(story) for story in stories]
    relations = [
        relation
        for index, story in enumerate(stories)
        for relation in heads.token_relations(story, grammar.relations(story), tokenizer, index)
    ]
    assert len({relation.kind for relation in relations}) >= 3
    config = DecoderConfig(tokenizer.vocab_size, max(map(len, texts)), 16, 2, 2)
    measured = heads.model_relation_hits(Decoder(config, generator=seeded()), texts, relations)
    for kind in measured.values():
        assert ((kind.hits.mean >= 0) & (kind.hits.mean <= 1)).all()
        assert not kind.advantage.mean.isnan().any()
    assert sum(kind.n_relations for kind in measured.values()) == len(relations)


UNIFORM = heads.uniform_pattern(4).expand(1, 2, -1, -1, -1)
GOOD = TokenRelation("k", 0, 3, (1,))


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: heads.relation_hits(UNIFORM, []), "a lista está vazia"),
        (lambda: heads.relation_hits(UNIFORM[:, :1], [GOOD]), "pelo menos 2"),
        (lambda: heads.relation_hits(UNIFORM, [GOOD._replace(text=2)]), "de 0 a 1"),
        (lambda: heads.relation_hits(UNIFORM, [GOOD._replace(query=4)]), "entre 0 e 3"),
        (lambda: heads.relation_hits(UNIFORM, [GOOD._replace(query=0)]), "entre 0 e a query"),
        (lambda: heads.relation_hits(UNIFORM, [GOOD._replace(keys=())]), "entre 0 e a query"),
        (lambda: heads.relation_hits(UNIFORM, [GOOD._replace(keys=(-1,))]), "entre 0 e a query"),
        (lambda: heads.relation_hits(UNIFORM, [GOOD], [3, 4]), "entre 0 e 2"),
        (lambda: heads.relation_hits(UNIFORM, [GOOD], [4]), "lengths"),
        (lambda: heads.relation_hits(UNIFORM, [GOOD], [4, 5]), "lengths"),
        (
            lambda: heads.relation_hits(torch.full((1, 2, 1, 4, 4), 0.25), [GOOD]),
            "peso no futuro",
        ),
        (lambda: heads.model_relation_hits(copier(), [[1, 2], []], [GOOD]), "entre 0 e 1"),
        (
            lambda: heads.model_relation_hits(copier(), [[1] * 4, []], [GOOD]),
            "o texto 1 está vazio",
        ),
        (lambda: heads.model_relation_hits(copier(), [[1] * 4] * 2, [GOOD], 0), "batch_size=0"),
        (lambda: heads.token_relations("oi", [], Words(), where="x"), "where='x'"),
        (
            lambda: heads.token_relations("oi", RELATIONS[:1], Words()),
            r"\(7, 10\) não cabe no texto, que tem 2",
        ),
    ],
)
def test_what_cannot_be_measured_says_why(call, match):
    with told(ValueError, match):
        call()


def test_decoder_without_a_mask_reads_texts_of_one_length_only():
    model = Decoder(DecoderConfig(9, 4, 8, 2, 1), mask=no_mask, generator=seeded())
    with told(ValueError, "não tem máscara"):
        heads.mean_z(model, [[1, 2], [3]])
    assert heads.mean_z(model, [[1, 2], [3, 4]]).shape == (1, 2, 4)
