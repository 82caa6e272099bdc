"""Os filtros, um por um: o que fica, com que probabilidade, nos limites e nos empates."""

import inspect
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.sampling import (
    GREEDY,
    Sampler,
    draw,
    greedy,
    min_p,
    repetition_penalty,
    temperature,
    top_k,
    top_p,
)
from helpers.sampling.checks import require_seen, require_weights

NAN, INF = math.nan, math.inf
few = settings(max_examples=40)


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def without_types(function):
    """Tira a conferência de tipos dos testes: o que sobra é o que o estudante vê."""
    return inspect.unwrap(function)


def kept(logits):
    return logits.isfinite().nonzero().flatten().tolist()


def random_logits(*shape, seed=0, dtype=torch.float64):
    return 3 * torch.randn(*shape, generator=seeded(seed), dtype=dtype)


FILTERS = [
    pytest.param(lambda x: temperature(x, 0.7), id="temperatura"),
    pytest.param(lambda x: temperature(x, 0), id="temperatura-0"),
    pytest.param(lambda x: top_k(x, 3), id="top-k"),
    pytest.param(lambda x: top_k(x, 99), id="top-k-todos"),
    pytest.param(lambda x: top_p(x, 0.6), id="top-p"),
    pytest.param(lambda x: top_p(x, 1), id="top-p-todos"),
    pytest.param(lambda x: min_p(x, 0.2), id="min-p"),
    pytest.param(
        lambda x: repetition_penalty(x, torch.zeros(*x.shape[:-1], 1, dtype=torch.long), 1.5),
        id="penalidade",
    ),
    pytest.param(lambda x: Sampler(0.7, 4, 0.8, 0.1).filter(x), id="todos-juntos"),
]


@pytest.mark.parametrize("apply", FILTERS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["float32", "float64"])
def test_filters_work_row_by_row_and_leave_the_input_alone(apply, dtype):
    logits = random_logits(2, 3, 6, dtype=dtype)
    before = logits.clone()
    result = apply(logits)
    assert result.shape == logits.shape
    assert result.dtype == dtype
    assert result.data_ptr() != logits.data_ptr()
    for row in range(2):
        for column in range(3):
            assert result[row, column].equal(apply(logits[row, column]))
    result.zero_()
    assert logits.equal(before)


# ---------------------------------------------------------------- guloso e temperatura


def test_greedy_takes_the_largest_and_the_first_of_a_tie():
    assert greedy(torch.tensor([1.0, 3.0, 2.0])) == 1
    assert greedy(torch.tensor([[5.0, 5.0], [1.0, 2.0]])).tolist() == [0, 1]
    many = torch.zeros(50_000)
    many[[777, 778, 40_000]] = 1.0
    assert greedy(many) == 777


def test_hundred_greedy_choices_are_one():
    logits = random_logits(9)
    assert {int(GREEDY.sample(logits)) for _ in range(100)} == {int(logits.argmax())}


def test_temperature_divides_the_logits():
    logits = random_logits(5)
    assert temperature(logits, 0.5).equal(logits / 0.5)
    assert temperature(logits, 1).equal(logits)
    largest = torch.tensor([torch.finfo(torch.float32).max, 1.0])
    assert temperature(largest, 1).equal(largest), "o que cabe não se desloca"


def test_temperature_by_hand():
    # exp(2·ln 3) : exp(2·ln 1) = 9 : 1
    probs = Sampler(temperature=0.5).probs(torch.tensor([3.0, 1.0]).log())
    torch.testing.assert_close(probs, torch.tensor([0.9, 0.1]))


def test_entropy_grows_with_the_temperature():
    logits = random_logits(20)
    entropies = []
    for t in (0, 0.1, 0.5, 1, 2, 10, 1e6):
        probs = Sampler(temperature=t).probs(logits)
        entropies.append(float(torch.special.entr(probs).sum()))
    assert entropies == sorted(entropies)
    assert entropies[0] == 0
    assert entropies[-1] == pytest.approx(math.log(20), abs=1e-5)


def test_zero_temperature_is_exactly_greedy():
    logits = torch.tensor([[1.0, 4.0, 4.0], [-2.0, -5.0, -2.0]])
    assert kept(temperature(logits, 0)[0]) == [1]
    expected = torch.tensor([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
    assert Sampler(temperature=0).probs(logits).equal(expected)
    assert Sampler(temperature=0, k=2, p=0.5, min_p=0.1).probs(logits).equal(expected)
    assert GREEDY.sample(logits).tolist() == [1, 0]
    assert Sampler(temperature=0, penalty=2).sample(logits[0], [1]) == 2


@pytest.mark.parametrize("t", [1e-8, 1e-37, 1e-40, 1e-320])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["float32", "float64"])
@pytest.mark.parametrize("shift", [0, 1e4, -1e4], ids=["perto-de-0", "positivos", "negativos"])
def test_tiny_temperature_neither_overflows_nor_gives_nan(t, dtype, shift):
    logits = torch.tensor([1.0, 3.0, 2.0, -INF], dtype=dtype) + shift
    probs = Sampler(temperature=t).probs(logits)
    assert probs.tolist() == [0, 1, 0, 0]


def test_only_zero_temperature_breaks_the_tie():
    tied = torch.tensor([2.0, 3.0, 3.0])
    assert Sampler(temperature=1e-12).probs(tied).tolist() == [0, 0.5, 0.5]
    assert Sampler(temperature=0).probs(tied).tolist() == [0, 1, 0]


@pytest.mark.parametrize("t", [1e30, 1e300])
def test_huge_temperature_is_uniform_over_what_was_kept(t):
    probs = Sampler(temperature=t).probs(torch.tensor([1.0, 30.0, -INF]))
    assert probs.tolist() == pytest.approx([0.5, 0.5, 0])


# ---------------------------------------------------------------- top-k


def test_top_k_keeps_the_k_largest():
    assert kept(top_k(torch.tensor([1.0, 5.0, 3.0, 4.0]), 2)) == [1, 3]


def test_top_k_tie_keeps_exactly_k_and_the_lowest_ids():
    assert kept(top_k(torch.tensor([2.0, 1.0, 2.0, 3.0, 2.0]), 3)) == [0, 2, 3]
    assert kept(top_k(torch.zeros(6), 4)) == [0, 1, 2, 3]


def test_top_k_limits():
    logits = random_logits(6)
    assert kept(top_k(logits, 1)) == [int(greedy(logits))]
    assert top_k(logits, 6).equal(logits)
    assert top_k(logits, 50).equal(logits)


def test_top_k_renormalises_what_was_kept():
    probs = torch.tensor([0.4, 0.3, 0.2, 0.1])
    assert float(probs[:2].sum()) == pytest.approx(0.7)
    torch.testing.assert_close(
        Sampler(k=2).probs(probs.log()), torch.tensor([4 / 7, 3 / 7, 0.0, 0.0])
    )


def test_top_k_with_fewer_tokens_left_than_k_keeps_those():
    assert kept(top_k(torch.tensor([1.0, -INF, 2.0, -INF]), 3)) == [0, 2]


@few
@given(st.lists(st.integers(-3, 3), min_size=1, max_size=9), st.integers(1, 10))
def test_top_k_is_the_head_of_a_stable_sort(values, k):
    order = sorted(range(len(values)), key=lambda i: (-values[i], i))
    assert kept(top_k(torch.tensor(values, dtype=torch.float64), k)) == sorted(order[:k])


# ---------------------------------------------------------------- top-p e min-p


@pytest.mark.parametrize(
    ("p", "expected"),
    [(0, [2]), (0.3, [2]), (0.5, [2]), (0.51, [0, 2]), (0.75, [0, 2]), (0.8, [0, 1, 2]), (1, None)],
)
def test_top_p_by_hand(p, expected):
    # probabilidades exatas em binário: a soma bate no limite sem arredondar
    logits = torch.tensor([0.25, 0.125, 0.5, 0.125], dtype=torch.float64).log()
    assert kept(top_p(logits, p)) == (expected or [0, 1, 2, 3])


def test_top_p_one_keeps_even_what_the_sum_no_longer_sees():
    logits = torch.tensor([0.0, -40.0, -80.0])
    assert top_p(logits, 1).equal(logits)
    assert kept(top_p(logits, 0.999999)) == [0]


def test_top_p_tie_lets_the_lowest_ids_in_first():
    assert kept(top_p(torch.zeros(4), 0.5)) == [0, 1]
    assert kept(top_p(torch.zeros(4), 0)) == [0]


def test_top_p_counts_right_in_a_large_vocabulary():
    # 50 mil probabilidades iguais: somadas em float32, o corte erraria por alguns tokens.
    assert kept(top_p(torch.zeros(50_000), 0.5 + 1e-9)) == list(range(25_001))


@few
@given(
    st.lists(st.floats(-8, 8, width=32), min_size=1, max_size=9),
    st.floats(0, 1).map(lambda p: round(p, 3) + 1e-5 if p < 0.99 else p),
)
def test_top_p_is_the_smallest_group_that_reaches_p(values, p):
    logits = torch.tensor(values, dtype=torch.float64)
    probs, group = logits.softmax(-1), kept(top_p(logits, p))
    assert float(probs[group].sum()) >= p - 1e-12
    weakest = min(group, key=lambda i: (float(probs[i]), -i))
    assert len(group) == 1 or float(probs[group].sum() - probs[weakest]) < p + 1e-12
    outside = set(range(len(values))) - set(group)
    assert all(probs[i] <= probs[weakest] for i in outside)


@pytest.mark.parametrize(
    ("p", "expected"),
    [(0, [0, 1, 2, 3]), (0.25, [0, 1, 2, 3]), (0.3, [0, 1]), (0.5, [0, 1]), (1, [1])],
)
def test_min_p_by_hand(p, expected):
    logits = torch.tensor([0.25, 0.5, 0.125, 0.125], dtype=torch.float64).log()
    assert kept(min_p(logits, p)) == expected


def test_min_p_one_keeps_all_that_tie_for_the_best():
    assert kept(min_p(torch.tensor([2.0, 1.0, 2.0]), 1)) == [0, 2]


# ---------------------------------------------------------------- penalidade


def test_penalty_divides_the_positive_and_multiplies_the_negative():
    logits = torch.tensor([4.0, -4.0, 4.0, -4.0, 0.0])
    result = repetition_penalty(logits, [0, 1, 4, 0, 0], 2)
    assert result.tolist() == [2, -8, 4, -4, 0]


def test_penalty_one_and_no_token_change_nothing():
    logits = random_logits(5)
    assert repetition_penalty(logits, [0, 3], 1).equal(logits)
    assert repetition_penalty(logits, [], 1.7).equal(logits)
    assert Sampler().filter(logits, [1]).equal(logits)


def test_penalty_sees_only_the_tokens_of_its_own_row():
    logits = torch.ones(2, 3)
    result = repetition_penalty(logits, torch.tensor([[0, 0], [2, 1]]), 2.0)
    assert result.tolist() == [[0.5, 1, 1], [1, 0.5, 0.5]]


def test_penalty_lets_discarded_tokens_stay_discarded():
    assert repetition_penalty(torch.tensor([-INF, 1.0]), [0], 3.0).tolist() == [-INF, 1]


# ---------------------------------------------------------------- composição


def test_sampler_without_filters_is_the_softmax_of_the_model():
    logits = random_logits(3, 8)
    assert Sampler().probs(logits).equal(logits.softmax(-1))


def test_sampler_applies_the_documented_order():
    logits, seen = random_logits(12), [0, 1, 2, 0]
    step = repetition_penalty(logits, seen, 1.3)
    step = min_p(top_p(top_k(temperature(step, 1.7), 8), 0.8), 0.3)
    result = Sampler(temperature=1.7, k=8, p=0.8, min_p=0.3, penalty=1.3).filter(logits, seen)
    assert result.equal(step)


def log(*probs):
    return torch.tensor(probs).log()


# Dois filtros que não comutam, um caso em que a ordem se vê e quem fica na ordem do Sampler.
# Os outros pares comutam: top-k não olha a temperatura, e a penalidade e a temperatura só dividem.
IN_ORDER = {
    "penalidade, top-k": ({"penalty": 1.3, "k": 1}, torch.tensor([2.0, 1.9]), [1]),
    "penalidade, top-p": ({"penalty": 2.0, "p": 0.6}, torch.tensor([2.0, 1.9]), [1]),
    "penalidade, min-p": ({"penalty": 2.0, "min_p": 0.8}, torch.tensor([2.0, 1.9]), [1]),
    "temperatura, top-p": ({"temperature": 3, "p": 0.6}, torch.tensor([3.0, 2, 1, 0]), [0, 1]),
    "temperatura, min-p": ({"temperature": 3, "min_p": 0.5}, torch.tensor([3.0, 2, 1]), [0, 1, 2]),
    "top-k, top-p": ({"k": 2, "p": 0.55}, log(0.4, 0.3, 0.3), [0]),
    "top-p, min-p": ({"p": 0.6, "min_p": 0.5}, log(0.5, 0.3, 0.2), [0, 1]),
}
FILTERS = {
    "penalty": lambda logits, penalty: repetition_penalty(logits, [0], penalty),
    "temperature": temperature,
    "k": top_k,
    "p": top_p,
    "min_p": min_p,
}


@pytest.mark.parametrize("pair", IN_ORDER)
def test_each_two_filters_are_applied_in_the_documented_order(pair):
    knobs, logits, expected = IN_ORDER[pair]
    assert kept(Sampler(**knobs).filter(logits, [0])) == expected
    swapped = logits
    for name, value in reversed(knobs.items()):
        swapped = FILTERS[name](swapped, value)
    assert kept(swapped) != expected, "um caso em que a ordem não se vê não testa nada"


@few
@given(
    st.lists(st.floats(-20, 20, width=32), min_size=2, max_size=9),
    st.sampled_from([0, 0.3, 1, 2.5]),
    st.sampled_from([None, 1, 3, 40]),
    st.sampled_from([None, 0, 0.4, 1]),
    st.sampled_from([None, 0, 0.2, 1]),
    st.sampled_from([0.5, 1, 1.4]),
)
def test_sampler_always_gives_a_distribution(values, t, k, p, share, penalty):
    logits = torch.tensor(values, dtype=torch.float64)
    probs = Sampler(t, k, p, share, penalty).probs(logits, [0, 1])
    assert float(probs.sum()) == pytest.approx(1)
    assert (probs >= 0).all()
    assert int((probs > 0).sum()) <= (k or 9)
    best = greedy(repetition_penalty(logits, [0, 1], penalty))
    assert probs[best] == probs.max()


def test_sampler_is_a_value():
    assert Sampler(0.7, k=5) == Sampler(temperature=0.7, k=5)
    assert len({Sampler(), Sampler(temperature=1)}) == 1
    with pytest.raises(AttributeError):
        Sampler().k = 3


# ---------------------------------------------------------------- sorteio

# Quantil 0,999 do qui-quadrado com 4 graus de liberdade, de tabela.
CHI_SQUARE_4 = 18.467


def chi_square(counts, probs):
    expected = probs * counts.sum()
    return float(((counts - expected) ** 2 / expected).sum())


@pytest.mark.parametrize(
    "sampler", [Sampler(), Sampler(temperature=0.7), Sampler(1.5, k=5)], ids=["puro", "frio", "k"]
)
def test_ten_thousand_draws_follow_the_distribution(sampler):
    logits = torch.tensor([0.0, 1.1, -0.4, 0.3, 0.8, -INF]).double()
    probs = sampler.probs(logits)
    tokens = sampler.sample(logits.expand(10_000, 6), generator=seeded(11))
    counts = tokens.bincount(minlength=6)
    assert counts[5] == 0
    assert chi_square(counts[:5], probs[:5]) < CHI_SQUARE_4


def test_one_generator_used_draw_by_draw_follows_the_distribution_too():
    probs = torch.tensor([0.1, 0.2, 0.3, 0.25, 0.15])
    generator = seeded(5)
    counts = torch.stack([draw(probs, generator) for _ in range(2_000)]).bincount(minlength=5)
    assert chi_square(counts, probs) < CHI_SQUARE_4


def test_the_draw_is_the_interval_in_which_the_number_falls():
    number = float(torch.rand(1, generator=seeded(8), dtype=torch.float64))
    below = torch.tensor([number - 1e-9, 1 - number + 1e-9], dtype=torch.float64)
    above = torch.tensor([number + 1e-9, 1 - number - 1e-9], dtype=torch.float64)
    assert draw(below, seeded(8)) == 1
    assert draw(above, seeded(8)) == 0


@pytest.mark.parametrize("number", [0.0, 1 - 2**-53], ids=["menor", "maior"])
def test_a_token_of_probability_zero_never_comes_out(monkeypatch, number):
    def rand(shape, generator=None, dtype=None, device=None):
        return torch.full(shape, number, dtype=dtype)

    monkeypatch.setattr(torch, "rand", rand)
    weights = [[0.0, 0.1, 0.2, 0.7, 0.0], [0.0, 3e-300, 0.0, 1e-300, 0.0]]
    expected = [1, 1] if number == 0 else [3, 3]
    assert draw(torch.tensor(weights, dtype=torch.float64), seeded()).tolist() == expected


def test_weights_need_not_sum_to_one():
    weights = torch.tensor([1.0, 3.0, 2.0])
    cumulative = require_weights(weights)
    assert (cumulative.dtype, cumulative.tolist()) == (torch.float64, [1, 4, 6])
    assert draw(weights.expand(50, 3), seeded(1)).equal(
        draw((weights / 6).expand(50, 3), seeded(1))
    )


def test_the_smallest_normal_weight_is_drawn():
    tiny = torch.finfo(torch.float64).tiny
    assert draw(torch.tensor([0.0, tiny, 0.0], dtype=torch.float64), seeded()) == 1


def test_same_seed_same_tokens_and_one_generator_per_row():
    logits = random_logits(6, 40)
    sampler = Sampler(temperature=1.2, p=0.95)
    first = sampler.sample(logits, generator=seeded(4))
    assert first.equal(sampler.sample(logits, generator=seeded(4)))
    assert not first.equal(sampler.sample(logits, generator=seeded(5)))
    rows = sampler.sample(logits, generator=[seeded(i) for i in range(6)])
    alone = [int(sampler.sample(logits[i], generator=seeded(i))) for i in range(6)]
    assert rows.tolist() == alone


def test_global_seed_is_neither_used_nor_moved():
    logits = torch.zeros(400, 50)
    torch.manual_seed(1)
    state = torch.get_rng_state()
    first = Sampler().sample(logits)
    assert torch.get_rng_state().equal(state)
    torch.manual_seed(1)
    assert not first.equal(Sampler().sample(logits))


# ---------------------------------------------------------------- erros

LOGITS = torch.tensor([1.0, 2.0, 3.0])
BAD_LOGITS = [
    pytest.param(torch.tensor([1.0, NAN]), ValueError, "há NaN nos logits", id="nan"),
    pytest.param(torch.tensor([1.0, INF]), ValueError, "há \\+inf nos logits", id="mais-inf"),
    pytest.param(torch.full((2,), -INF), ValueError, "todos os logits são −inf", id="menos-inf"),
    pytest.param(
        torch.tensor([[1.0, 2.0], [-INF, -INF]]), ValueError, "todos os logits", id="uma-linha"
    ),
    pytest.param(torch.tensor([1, 2]), TypeError, "veio torch.int64", id="inteiros"),
    pytest.param([1.0, 2.0], TypeError, "veio list. Use torch.tensor", id="lista"),
    pytest.param(torch.tensor(1.0), ValueError, "tem formato \\[\\]", id="sem-eixo"),
    pytest.param(torch.zeros(2, 0), ValueError, "tem formato \\[2, 0\\]", id="vazio"),
]


@pytest.mark.parametrize(("logits", "error", "message"), BAD_LOGITS)
@pytest.mark.parametrize(
    "apply",
    [
        pytest.param(without_types(greedy), id="greedy"),
        pytest.param(lambda x: without_types(temperature)(x, 2), id="temperature"),
        pytest.param(lambda x: without_types(top_k)(x, 2), id="top_k"),
        pytest.param(lambda x: without_types(top_p)(x, 0.5), id="top_p"),
        pytest.param(lambda x: without_types(min_p)(x, 0.5), id="min_p"),
        pytest.param(lambda x: without_types(repetition_penalty)(x, [0], 2), id="penalty"),
    ],
)
def test_bad_logits_are_explained(apply, logits, error, message):
    with pytest.raises(error, match=message):
        apply(logits)


@pytest.mark.parametrize("worst", [NAN, INF, -INF], ids=["nan", "mais-inf", "menos-inf"])
@pytest.mark.parametrize("sampler", [Sampler(), GREEDY, Sampler(k=2)], ids=["puro", "guloso", "k"])
def test_bad_logits_are_explained_by_the_sampler_too(worst, sampler):
    logits = torch.full((2, 3), worst)
    with pytest.raises(ValueError, match="os logits"):
        sampler.probs(logits)
    with pytest.raises(ValueError, match="os logits"):
        sampler.sample(logits)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: top_k(LOGITS, 0), "k=0 deve ser um inteiro a partir de 1"),
        (lambda: top_k(LOGITS, -2), "k=-2 deve"),
        (lambda: top_k(LOGITS, True), "k=True deve"),
        (lambda: without_types(top_k)(LOGITS, 2.0), "k=2.0 deve"),
        (lambda: without_types(top_k)(LOGITS, "2"), "k='2' deve"),
        (lambda: top_p(LOGITS, -0.1), "p=-0.1 deve ser um número de 0 a 1"),
        (lambda: top_p(LOGITS, 1.5), "p=1.5 deve"),
        (lambda: top_p(LOGITS, NAN), "p=nan deve"),
        (lambda: min_p(LOGITS, 2), "min_p=2 deve"),
        (lambda: min_p(LOGITS, True), "min_p=True deve"),
        (lambda: temperature(LOGITS, -1), "a temperatura -1 deve ser um número finito, 0 ou maior"),
        (lambda: temperature(LOGITS, INF), "a temperatura inf deve"),
        (lambda: temperature(LOGITS, NAN), "a temperatura nan deve"),
        (lambda: without_types(temperature)(LOGITS, "1"), "a temperatura '1' deve"),
        (lambda: repetition_penalty(LOGITS, [0], 0), "penalty=0 deve ser um número maior que 0"),
        (lambda: repetition_penalty(LOGITS, [0], -1.0), "penalty=-1.0 deve"),
        (lambda: repetition_penalty(LOGITS, [0], INF), "penalty=inf deve"),
        (lambda: repetition_penalty(LOGITS, [3], 2), "vão de 3 a 3; os ids vão de 0 a 2"),
        (lambda: repetition_penalty(LOGITS, [-1, 1], 2), "vão de -1 a 1; os ids"),
        (
            lambda: repetition_penalty(torch.zeros(2, 3), [0], 2),
            "formato \\[1\\] e os logits \\[2, 3\\]",
        ),
        (lambda: Sampler(penalty=1.2).probs(LOGITS), "precisa dos tokens já escritos"),
        (lambda: Sampler(penalty=1.2, temperature=0).sample(LOGITS), "precisa dos tokens"),
        (lambda: Sampler(penalty=1e-300).probs(LOGITS, [0]), "há \\+inf nos logits"),
        (lambda: Sampler(temperature=-1), "a temperatura -1"),
        (lambda: Sampler(k=0), "k=0"),
        (lambda: Sampler(p=1.2), "p=1.2"),
        (lambda: Sampler(min_p=-1), "min_p=-1"),
        (lambda: Sampler(penalty=0), "penalty=0"),
        (lambda: draw(torch.tensor([0.9, -0.5])), "nenhum negativo"),
        (lambda: draw(torch.tensor([0.5, NAN])), "números finitos"),
        (lambda: draw(torch.tensor([0.5, INF])), "números finitos"),
        (lambda: draw(torch.zeros(3)), "soma maior que 0"),
        (lambda: draw(LOGITS, [seeded(), seeded()]), "vieram 2 geradores para 1 linhas"),
    ],
)
def test_bad_arguments_are_explained(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_seen_tokens_must_be_ids():
    with pytest.raises(TypeError, match="devem ser ids inteiros"):
        without_types(repetition_penalty)(LOGITS, torch.tensor([1.0]), 2)


@pytest.mark.parametrize("weights", [[0.5, 0.5], torch.tensor(1.0), torch.zeros(2, 0)])
def test_weights_must_be_a_tensor_with_a_vocabulary(weights):
    with pytest.raises(TypeError, match="probs deve ser um tensor cujo último eixo"):
        without_types(draw)(weights)


def test_seen_tokens_go_to_where_the_logits_are():
    assert require_seen([], torch.zeros(3, device="meta")).device.type == "meta"
