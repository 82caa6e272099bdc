"""As notas das cabeças: certas onde a resposta é conhecida, e sempre ao lado do acaso."""

import math

import pytest
import torch
from core import normal, seeded, told
from specimens import D_VOCAB, copier

from helpers import heads
from helpers.attention import attention_pattern, causal_mask
from helpers.config import DecoderConfig
from helpers.decoder import Decoder

PREVIOUS, FIRST, DUPLICATE, INDUCTION = (
    heads.previous_token_score,
    heads.first_token_score,
    heads.duplicate_token_score,
    heads.induction_score,
)
N = 6
TOKENS = torch.tensor([[4, 7, 9, 4, 7, 9], [1, 2, 1, 2, 1, 2]])


def looks_at(places):
    """Faz os pesos de uma cabeça que olha só para uma posição em cada linha."""
    return torch.nn.functional.one_hot(torch.tensor(places), len(places)).float()[None, None]


def random_patterns(*shape, seed=0):
    n_pos = shape[-1]
    return attention_pattern(normal(*shape, n_pos, seed=seed), causal_mask(n_pos))


PERFECT_PREVIOUS = looks_at([0, 0, 1, 2, 3, 4])


@pytest.mark.parametrize(
    ("score", "places", "expected"),
    [
        (PREVIOUS, [0, 0, 1, 2, 3, 4], 1),
        (PREVIOUS, [0, 1, 2, 3, 4, 5], 0),
        (PREVIOUS, [0, 0, 0, 2, 3, 5], 3 / 5),
        (FIRST, [0, 0, 0, 0, 0, 0], 1),
        (FIRST, [0, 1, 2, 3, 4, 5], 0),
    ],
    ids=["anterior", "si mesma", "três de cinco", "primeira", "a linha 0 não conta"],
)
def test_positional_scores_of_patterns_made_by_hand(score, places, expected):
    assert score(looks_at(places)).item() == pytest.approx(expected)


@pytest.mark.parametrize(
    ("score", "row", "places", "expected"),
    [
        (DUPLICATE, 0, [0, 1, 2, 0, 1, 2], 1),
        (DUPLICATE, 0, [0, 1, 2, 3, 4, 5], 0),
        (INDUCTION, 0, [0, 0, 0, 1, 2, 3], 1),
        (INDUCTION, 0, [0, 0, 0, 0, 1, 2], 0),
        # Em 1 2 1 2 1 2, a última posição tem duas cópias anteriores: olhar para uma basta.
        (DUPLICATE, 1, [0, 0, 0, 1, 0, 1], 1),
        (INDUCTION, 1, [0, 0, 1, 2, 1, 2], 1),
        (INDUCTION, 1, [0, 0, 1, 2, 3, 4], 1),
    ],
)
def test_copy_scores_of_patterns_made_by_hand(score, row, places, expected):
    assert score(looks_at(places), TOKENS[row : row + 1]).item() == pytest.approx(expected)


def test_token_repeated_at_once_is_not_induction_on_itself():
    tokens = torch.tensor([[5, 5, 5]])
    assert INDUCTION(looks_at([0, 1, 2]), tokens).item() == 0
    assert INDUCTION(looks_at([0, 0, 1]), tokens).item() == 1


def test_uniform_attention_gives_the_analytic_baselines():
    uniform = heads.uniform_pattern(N)
    harmonic = [1 / (i + 1) for i in range(N)]
    text = TOKENS[:1]
    expected = {
        PREVIOUS: sum(harmonic[1:]) / (N - 1),
        FIRST: sum(harmonic[1:]) / (N - 1),
        heads.attention_distance: (N - 1) / 4,
        heads.attention_entropy: sum(map(math.log, range(1, N + 1))) / N,
    }
    for score, value in expected.items():
        assert score(uniform).item() == pytest.approx(value)
    for score in (DUPLICATE, INDUCTION):
        assert score(uniform, text).item() == pytest.approx(sum(harmonic[3:]) / 3)


def test_uniform_pattern_follows_the_mask():
    everywhere = heads.uniform_pattern(4, torch.ones(4, 4, dtype=torch.bool))
    assert torch.equal(everywhere, torch.full((1, 1, 4, 4), 0.25))


def test_distance_and_entropy_of_sharp_heads():
    assert heads.attention_distance(PERFECT_PREVIOUS).item() == pytest.approx(5 / 6)
    assert heads.attention_entropy(PERFECT_PREVIOUS).item() == 0
    assert heads.attention_distance(looks_at([0, 1, 2, 3])).item() == 0
    halves = torch.tensor([[[[1.0, 0.0], [0.5, 0.5]]]])
    assert heads.attention_entropy(halves).item() == pytest.approx(math.log(2) / 2)


def test_every_score_keeps_its_range_and_one_value_per_head():
    patterns = random_patterns(3, 2, 4, N)
    for score in (PREVIOUS, FIRST, heads.attention_distance, heads.attention_entropy):
        assert score(patterns).shape == (3, 4)
    scores = [PREVIOUS(patterns), FIRST(patterns), DUPLICATE(patterns, TOKENS)]
    for value in [*scores, INDUCTION(patterns, TOKENS)]:
        assert ((value >= 0) & (value <= 1)).all()
    assert (heads.attention_entropy(patterns) <= math.log(N)).all()
    assert (heads.attention_distance(patterns) <= N - 1).all()


def test_scores_follow_heads_and_forget_the_order_and_names_of_texts():
    patterns = random_patterns(3, 2, 4, N)
    order = [2, 0, 3, 1]
    names = torch.randperm(10, generator=seeded(3))
    for score in (DUPLICATE, INDUCTION):
        value = score(patterns, TOKENS)
        torch.testing.assert_close(score(patterns[:, :, order], TOKENS), value[:, order])
        torch.testing.assert_close(score(patterns[:, [1, 0]], TOKENS[[1, 0]]), value)
        torch.testing.assert_close(score(patterns, names[TOKENS]), value)
        torch.testing.assert_close(score(patterns[1], TOKENS), value[1])


def test_repeated_random_tokens_are_what_they_promise():
    ids = range(30, 60)
    texts = heads.repeated_random_tokens(ids, 12, 5, seeded(), max_gap=3)
    assert texts.shape == (12, 13)
    gaps = set()
    for text in texts.tolist():
        again = text[-5:]
        start = text.index(again[0])
        gaps.add(13 - 5 - 5 - start)
        assert text[start : start + 5] == again
        assert len(set(text)) == 8
        assert set(text) <= set(ids)
    assert gaps == {0, 1, 2, 3}
    assert texts.unique(dim=0).shape[0] == 12


def test_repeated_random_tokens_come_from_the_generator_alone():
    torch.manual_seed(1)
    one = heads.repeated_random_tokens(40, 4, 6, seeded(5))
    torch.manual_seed(2)
    assert torch.equal(one, heads.repeated_random_tokens(40, 4, 6, seeded(5)))
    assert not torch.equal(one, heads.repeated_random_tokens(40, 4, 6, seeded(6)))


def test_head_built_to_copy_is_found_and_chance_is_not():
    tokens = heads.repeated_random_tokens(D_VOCAB, 16, 8, seeded(), max_gap=6)
    found = heads.head_scores(copier(), tokens, seeded(1))
    induction, previous = found["induction"], found["previous_token"]
    assert induction.value[1, 1] > 0.9
    assert previous.value[0, 0] > 0.9
    others = torch.ones(2, 2, dtype=torch.bool)
    others[1, 1] = False
    assert (induction.value[others] < 0.15).all()
    assert induction.uniform < 0.1
    # Nem um deslocamento fixo nem pesos fora de ordem explicam a cópia; a posição explica a outra.
    assert induction.position[1, 1] < 0.35
    assert induction.random.max() < 0.35
    assert previous.position[0, 0] > 0.9


def test_untrained_model_is_at_chance():
    config = DecoderConfig(d_vocab=40, n_ctx=24, d_model=32, n_heads=4, n_layers=2)
    tokens = heads.repeated_random_tokens(40, 16, 8, seeded())
    found = heads.head_scores(Decoder(config, generator=seeded()), tokens, seeded(1))
    for name in ("previous_token", "first_token", "duplicate_token", "induction"):
        score = found[name]
        assert score.random.shape == (3, 2, 4)
        torch.testing.assert_close(
            score.value, torch.full_like(score.value, score.uniform), atol=0.02, rtol=0
        )


def test_head_with_a_fixed_offset_is_not_induction_when_gaps_vary():
    width, length = 22, 8
    tokens = heads.repeated_random_tokens(50, 14, length, seeded(), max_gap=6)
    offset = looks_at([max(0, i - (length - 1)) for i in range(width)]).expand(14, -1, -1, -1)
    assert INDUCTION(offset, tokens).item() == pytest.approx(2 / 14)
    fixed = heads.repeated_random_tokens(50, 14, length, seeded(), max_gap=0)
    assert INDUCTION(offset[..., :16, :16], fixed).item() == pytest.approx(1)


def test_shuffled_weights_keep_the_numbers_and_lose_the_order():
    model = Decoder(DecoderConfig(9, 4, 8, 2, 1), generator=seeded())
    before = {name: weight.clone() for name, weight in model.named_parameters()}
    other = heads.shuffled_weights(model, seeded(1))
    for name, weight in other.named_parameters():
        assert torch.equal(weight.flatten().sort()[0], before[name].flatten().sort()[0])
        assert torch.equal(model.get_parameter(name), before[name])
    assert not torch.equal(other.embed.W_E, model.embed.W_E)
    again = heads.shuffled_weights(model, seeded(1))
    assert torch.equal(again.embed.W_E, other.embed.W_E)


def test_position_only_forgets_the_text_itself():
    patterns = random_patterns(2, 3, 2, N)
    alone = heads.position_only(patterns)
    torch.testing.assert_close(alone[:, 0], (patterns[:, 1] + patterns[:, 2]) / 2)
    same = patterns[:, :1].expand(-1, 3, -1, -1, -1)
    torch.testing.assert_close(heads.position_only(same), same)


def test_rollout_of_one_layer_and_of_two():
    patterns = random_patterns(2, 1, 3, 4)
    rolled = heads.attention_rollout(patterns)
    first = (patterns[0].mean(1) + torch.eye(4)) / 2
    torch.testing.assert_close(rolled[0], first)
    torch.testing.assert_close(rolled[1], (patterns[1].mean(1) + torch.eye(4)) / 2 @ first)
    torch.testing.assert_close(rolled.sum(-1), torch.ones(2, 1, 4))


@pytest.mark.parametrize(
    ("patterns", "kind", "match"),
    [
        (torch.ones(1, 1, 3, 3), ValueError, "não soma 1"),
        (torch.full((1, 1, 2, 2), torch.nan), ValueError, "NaN"),
        (torch.tensor([[[[2.0, -1.0], [0.0, 1.0]]]]), ValueError, "negativo"),
        (torch.eye(3), ValueError, r"\(3, 3\)"),
        (torch.full((1, 1, 2, 4), 0.25), ValueError, "tantas queries quantas keys"),
        (torch.ones(1, 1, 1, 1, dtype=torch.long), TypeError, "int64"),
        ([[1.0]], TypeError, "list"),
    ],
)
def test_what_is_not_a_pattern_is_refused(patterns, kind, match):
    with told(kind, match):
        heads.attention_entropy(patterns)


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: PREVIOUS(torch.ones(1, 1, 1, 1)), "não tem anterior"),
        (lambda: FIRST(torch.ones(1, 1, 1, 1)), "uma posição só"),
        (lambda: INDUCTION(PERFECT_PREVIOUS, torch.arange(6)[None]), "nenhum token se repete"),
        (lambda: DUPLICATE(PERFECT_PREVIOUS, TOKENS), "passe os ids"),
        (lambda: DUPLICATE(PERFECT_PREVIOUS, TOKENS[:1, :4]), "passe os ids"),
        (lambda: heads.position_only(PERFECT_PREVIOUS), "pelo menos 2"),
        (lambda: heads.repeated_random_tokens(10, 1, 6, seeded()), "há 10 ids.*= 12"),
        (lambda: heads.repeated_random_tokens(10, 0, 1, seeded()), "n_texts=0"),
        (lambda: heads.repeated_random_tokens(10, 1, 2, seeded(), -1), "max_gap=-1"),
        (lambda: heads.head_scores(copier(), TOKENS, seeded(), 0), "n_draws=0"),
        (lambda: heads.attention_patterns(copier(), TOKENS + 20), "vocabulário"),
        (lambda: heads.attention_patterns(copier(), torch.zeros(1, 25).long()), "n_ctx=24"),
    ],
)
def test_what_cannot_be_measured_says_why(call, match):
    with told(ValueError, match):
        call()
