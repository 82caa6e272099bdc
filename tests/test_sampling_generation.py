"""O laço de geração: cada linha como sozinha, cache igual à releitura, paradas, limite, passos."""

import gc
import inspect
import itertools
import math
import weakref

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from toy_models import Bigram, Cache, CachedPrefix, Prefix

from helpers.sampling import (
    GREEDY,
    Sampler,
    generate,
    sequence_log_prob,
    stream,
)
from helpers.sampling.loop import Reader, Sheet, device_of, write

PURE = Sampler()
MIXED = Sampler(temperature=1.3, k=5, p=0.95, min_p=0.01, penalty=1.2)
SAMPLERS = [
    pytest.param(GREEDY, id="guloso"),
    pytest.param(PURE, id="puro"),
    pytest.param(MIXED, id="composto"),
]


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def by_hand(model, prompt, n_new, sampler, generator, n_ctx=None):
    """Repete o que `generate` promete, relendo tudo a cada token."""
    tokens = list(prompt)
    for _ in range(n_new):
        logits = model(torch.tensor([tokens[-n_ctx:] if n_ctx else tokens]))[0, -1]
        tokens.append(int(sampler.sample(logits, tokens, generator)))
    return tokens


# ---------------------------------------------------------------- um prompt


def test_bigram_by_hand():
    # 0 → 1 → 2 → 0 → …
    model = Bigram([[0.0, 5.0, 0.0], [0.0, 0.0, 5.0], [5.0, 0.0, 0.0]])
    assert generate(model, [0], 5) == [0, 1, 2, 0, 1, 2]
    assert generate(model, torch.tensor([2, 1]), 2) == [2, 1, 2, 0]


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("make", [Prefix, CachedPrefix], ids=["sem-cache", "com-cache"])
def test_generation_is_read_choose_append(sampler, make):
    expected = by_hand(Prefix(), [1, 4, 2], 25, sampler, seeded(6))
    assert generate(make(), [1, 4, 2], 25, sampler, seeded(6)) == expected
    assert generate(make(), (1, 4, 2), 25, sampler, seeded(6), use_cache=False) == expected


def test_with_cache_each_token_is_read_once():
    model = CachedPrefix()
    generate(model, [1, 4, 2], 10)
    assert model.reads == [(1, 3)] + [(1, 1)] * 9


def test_without_cache_the_whole_text_is_read_again():
    model = CachedPrefix()
    generate(model, [1, 4, 2], 4, use_cache=False)
    assert model.reads == [(1, 3), (1, 4), (1, 5), (1, 6)]


def test_same_seed_same_tokens_on_one_and_two_threads():
    n_threads = torch.get_num_threads()
    found = []
    try:
        for n in (1, 2, 1):
            torch.set_num_threads(n)
            found.append(generate(CachedPrefix(), [3], 60, MIXED, seeded(9)))
    finally:
        torch.set_num_threads(n_threads)
    assert found[0] == found[1] == found[2]
    assert found[0] != generate(CachedPrefix(), [3], 60, MIXED, seeded(10))


def test_a_longer_text_begins_as_the_shorter():
    short = generate(Prefix(), [3], 8, PURE, seeded(2))
    assert generate(Prefix(), [3], 20, PURE, seeded(2))[:9] == short


def test_without_generator_the_global_seed_stays_where_it_was():
    state = torch.get_rng_state()
    found = {tuple(generate(Prefix(), [1], 30, PURE)) for _ in range(3)}
    assert torch.get_rng_state().equal(state)
    assert len(found) == 3


def test_nothing_to_write():
    model = Prefix()
    assert generate(model, [1, 2], 0) == [1, 2]
    assert generate(model, [[1], [2, 3]], 0) == [[1], [2, 3]]
    assert model.reads == []


def test_ids_go_to_where_the_weights_are():
    assert device_of(torch.nn.Linear(1, 1, device="meta")).type == "meta"
    assert device_of(Prefix()).type == "cpu"
    assert device_of(torch.nn.Identity()).type == "cpu"

    class Elsewhere(torch.nn.Linear):
        def forward(self, ids):
            raise LookupError(f"os ids estão em {ids.device}")

    for read in (lambda model: generate(model, [1, 2], 1), lambda m: sequence_log_prob(m, [1, 2])):
        with pytest.raises(LookupError, match="em meta"):
            read(Elsewhere(1, 1, device="meta"))


# ---------------------------------------------------------------- parada


def test_stop_token_is_kept_and_ends_the_text():
    model = Bigram([[0.0, 5.0, 0.0], [0.0, 0.0, 5.0], [5.0, 0.0, 0.0]])
    assert generate(model, [0], 9, stop=2) == [0, 1, 2]
    assert generate(model, [0], 9, stop=[2, 7]) == [0, 1, 2]
    assert generate(model, [0], 1, stop=2) == [0, 1]
    assert [s.token for s in stream(model, [0], 9, stop={2})] == [1, 2]


def test_a_huge_limit_costs_nothing_after_the_stop():
    model = Bigram([[0.0, 5.0, 0.0], [0.0, 0.0, 5.0], [5.0, 0.0, 0.0]])
    batch = Sheet([[0]], 10**6, torch.device("cpu"))
    visited, rows = [], batch.rows
    batch.rows = lambda pos: visited.append(pos) or rows(pos)
    list(write(batch, Reader(model, 1, None, False), GREEDY, seeded(), {2}))
    assert visited == [1, 2, 3]
    assert batch.texts() == [[0, 1, 2]]


def test_stop_token_in_the_prompt_does_not_stop():
    model = Bigram([[0.0, 5.0, 0.0], [0.0, 0.0, 5.0], [5.0, 0.0, 0.0]])
    assert generate(model, [2, 2], 2, stop=2) == [2, 2, 0, 1]


def test_nothing_is_read_after_the_last_row_stops():
    model = Prefix()
    texts = generate(model, [[1], [2, 5]], 40, PURE, seeded(3), stop=[0, 1, 2, 3])
    longest = max(len(text) for text in texts)
    assert len(model.reads) < 20
    assert model.reads[-1] == (1, longest - 1)


# ---------------------------------------------------------------- lote

prompts = st.lists(st.lists(st.integers(0, 6), min_size=1, max_size=9), min_size=1, max_size=4)


@settings(max_examples=60)
@given(
    prompts,
    st.integers(0, 8),
    st.sampled_from([GREEDY, PURE, MIXED]),
    st.sets(st.integers(0, 6), max_size=2),
    st.sampled_from([Prefix, CachedPrefix]),
    st.sampled_from([None, 4]),
)
def test_each_row_is_what_it_would_be_alone(rows, n_new, sampler, stop, make, n_ctx):
    how = {"stop": stop, "n_ctx": n_ctx, "crop": n_ctx is not None}
    generators = [seeded(i) for i in range(len(rows))]
    together = generate(make(), rows, n_new, sampler, generators, **how)
    for i, row in enumerate(rows):
        assert together[i] == generate(make(), row, n_new, sampler, seeded(i), **how)


@pytest.mark.parametrize("make", [Prefix, CachedPrefix])
def test_rows_that_stopped_are_read_no_more(make):
    model, rows = make(), [[i % 7] for i in range(32)]
    texts = generate(model, rows, 30, PURE, seeded(4), stop=[0, 1])
    lengths = [len(text) - 1 for text in texts]  # quantas vezes cada linha precisou ser lida
    n_rows = [n for n, _ in model.reads]
    assert n_rows[0] == 32
    assert n_rows == sorted(n_rows, reverse=True)
    # Saem quando já são um quarto: nunca se lê mais que quatro terços das que ainda escrevem.
    alive = [sum(length > step for length in lengths) for step in range(max(lengths))]
    assert len(n_rows) == len(alive)
    assert all(3 * n < 4 * still for n, still in zip(n_rows, alive, strict=True))
    sizes = list(dict.fromkeys(n_rows))
    assert all(4 * fewer <= 3 * more for more, fewer in itertools.pairwise(sizes)), "aos montes"


def test_a_cache_that_keeps_every_row_is_read_whole(monkeypatch):
    rows, expected = [[i % 7] for i in range(8)], CachedPrefix()
    told = generate(expected, rows, 30, PURE, seeded(4), stop=[0, 1])
    monkeypatch.delattr(Cache, "keep")
    model = CachedPrefix()
    assert generate(model, rows, 30, PURE, seeded(4), stop=[0, 1]) == told
    assert {n for n, _ in model.reads} == {8} < {n for n, _ in expected.reads}


def test_rows_share_each_read():
    model = CachedPrefix()
    generate(model, [[1], [2, 3, 4]], 5)
    assert model.reads == [(2, 1)] * 5 + [(1, 1)] * 2


def test_long_prompt_is_read_in_one_go_when_the_short_row_has_stopped():
    model = CachedPrefix()
    first = generate(CachedPrefix(), [1], 1)[-1]
    generate(model, [[1], [2, 3, 4, 5, 6, 1]], 2, stop=first)
    assert model.reads[:2] == [(2, 1), (1, 5)]


def test_batch_of_tensors_and_one_generator_for_all():
    batch = torch.tensor([[1, 2], [3, 4]])
    found = generate(Prefix(), batch, 6, PURE, seeded(1))
    assert found == generate(Prefix(), [[1, 2], torch.tensor([3, 4])], 6, PURE, seeded(1))
    assert [len(row) for row in found] == [8, 8]
    assert generate(Prefix(), [[1, 2]], 3) == [generate(Prefix(), [1, 2], 3)]


# ---------------------------------------------------------------- limite do contexto


def test_the_text_may_be_one_token_longer_than_what_is_read():
    model = CachedPrefix(n_ctx=8)
    assert len(generate(model, [1, 2, 3], 6)) == 9
    with pytest.raises(ValueError, match=r"n_ctx=8\. Peça n_new ≤ 6"):
        generate(model, [1, 2, 3], 7)


@pytest.mark.parametrize("make", [Prefix, CachedPrefix], ids=["sem-cache", "com-cache"])
@pytest.mark.parametrize("prompt", [[1, 2], [1, 2, 3, 4, 5, 6, 0, 1]], ids=["curto", "longo"])
@pytest.mark.parametrize("sampler", SAMPLERS)
def test_cropping_reads_the_last_tokens_from_position_zero(make, prompt, sampler):
    expected = by_hand(Prefix(n_ctx=6), prompt, 15, sampler, seeded(1), n_ctx=6)
    model = make(n_ctx=6)
    found = generate(model, prompt, 15, sampler, seeded(1), crop=True, n_ctx=6)
    assert found == expected
    assert model.reads[-1] == (1, 6)


def test_the_cache_serves_until_the_window_moves():
    model = CachedPrefix(n_ctx=6)
    generate(model, [1, 2], 8, crop=True)
    assert model.reads == [(1, 2)] + [(1, 1)] * 4 + [(1, 6)] * 3


def test_n_ctx_is_taken_from_the_model_when_it_says_so():
    assert len(generate(CachedPrefix(n_ctx=5), [1], 20, crop=True)) == 21
    with pytest.raises(ValueError, match="n_ctx=3"):
        generate(CachedPrefix(n_ctx=5), [1], 4, n_ctx=3)


# ---------------------------------------------------------------- passo a passo


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_stream_writes_what_generate_writes(sampler):
    steps = list(stream(CachedPrefix(), [1, 4], 20, sampler, seeded(4)))
    assert [1, 4] + [s.token for s in steps] == generate(Prefix(), [1, 4], 20, sampler, seeded(4))
    assert [s.index for s in steps] == list(range(20))


def test_each_step_tells_the_probability_with_which_its_token_came():
    model, text = Prefix(), [2, 5]
    for step in stream(CachedPrefix(), [2, 5], 12, MIXED, seeded(7)):
        logits = model(torch.tensor([text]))[0, -1]
        probs = MIXED.probs(logits, text)
        assert step.prob == pytest.approx(float(probs[step.token]))
        assert step.log_prob == pytest.approx(math.log(step.prob))
        expected = float(logits.log_softmax(-1)[step.token])
        assert step.model_log_prob == pytest.approx(expected)
        text.append(step.token)


def test_greedy_steps_are_certain_but_the_model_is_not():
    for step in stream(Prefix(), [2], 5):
        assert (step.prob, step.log_prob) == (1, 0)
        assert step.model_log_prob < 0


def test_stream_reads_only_when_asked():
    model = CachedPrefix()
    steps = stream(model, [1, 2, 3], 50)
    assert model.reads == []
    next(steps)
    assert model.reads == [(1, 3)]
    next(steps)
    assert len(model.reads) == 2


def test_closing_the_stream_leaves_nothing_running():
    model, caches = CachedPrefix(), []
    make = model.new_cache
    model.new_cache = lambda n_rows: caches.append(make(n_rows)) or caches[-1]
    steps = stream(model, [1], 50)
    next(steps)
    cache = weakref.ref(caches.pop())
    steps.close()
    gc.collect()
    assert list(steps) == []
    assert len(model.reads) == 1
    assert cache() is None


def test_inference_mode_does_not_leak_to_who_receives_the_step():
    for _ in stream(Prefix(), [1], 3):
        assert not torch.is_inference_mode_enabled()
        weight = torch.ones(2, requires_grad=True)
        weight.sum().backward()


# ---------------------------------------------------------------- regra da cadeia


@pytest.mark.parametrize("length", [1, 2, 3])
def test_probabilities_of_all_texts_sum_to_one(length):
    model = Prefix(d_vocab=3)
    total = sum(
        math.exp(sequence_log_prob(model, [0, *text]))
        for text in itertools.product(range(3), repeat=length)
    )
    assert total == pytest.approx(1, abs=1e-12)


def test_log_prob_of_a_text_is_the_sum_of_its_steps():
    steps = list(stream(Prefix(), [1, 4], 10, MIXED, seeded(2)))
    text = [1, 4] + [s.token for s in steps]
    total = sum(s.model_log_prob for s in steps)
    assert sequence_log_prob(Prefix(), text, given=2) == pytest.approx(total)
    assert sequence_log_prob(Prefix(), text, given=12) == 0


def test_sampled_texts_come_out_as_often_as_the_chain_rule_says():
    model = Prefix(d_vocab=3)
    texts = generate(model, [[0]] * 10_000, 2, PURE, seeded(13))
    chi_square = 0.0
    for text in itertools.product(range(3), repeat=2):
        expected = 10_000 * math.exp(sequence_log_prob(model, [0, *text]))
        chi_square += (texts.count([0, *text]) - expected) ** 2 / expected
    assert chi_square < 26.125  # quantil 0,999 com 8 graus de liberdade, de tabela


# ---------------------------------------------------------------- erros


class Output:
    """Como as saídas de transformers: um objeto que guarda os logits."""


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (([], 3), ValueError, "o prompt está vazio"),
        (([[]], 3), ValueError, "o prompt está vazio"),
        (([[1], []], 3), ValueError, "o prompt está vazio"),
        ((torch.zeros(0, dtype=torch.long), 3), ValueError, "o prompt está vazio"),
        (("banana", 3), TypeError, "veio texto: use tokenizer.encode"),
        ((None, 3), TypeError, "deve ser uma lista de ids ou uma lista delas; veio None"),
        ((7, 3), TypeError, "deve ser uma lista de ids"),
        (([1, -2], 3), ValueError, "o prompt tem -2; ids são inteiros a partir de 0"),
        (([1, 2.5], 3), ValueError, "o prompt tem 2.5"),
        (([1, True], 3), ValueError, "o prompt tem True"),
        (([[1], 2], 3), TypeError, "lista de ids ou uma lista delas; veio 2"),
        (([1], -1), ValueError, "n_new=-1 deve ser um inteiro, 0 ou maior"),
        (([1], 2.0), ValueError, "n_new=2.0 deve"),
        (([1], 2, GREEDY, [seeded(), seeded()]), ValueError, "2 geradores para 1 linhas"),
        (([1], 2, GREEDY, 42), TypeError, "generator=42 não é um gerador: use torch.Generator"),
        (([1], 2, GREEDY, None, [-1]), ValueError, "stop tem -1"),
        (([1], 2, GREEDY, None, None), TypeError, "stop=None deve ser um id de parada"),
        (([1], 2, GREEDY, None, "fim"), TypeError, "stop='fim' deve"),
        (([1], 2, Sampler), TypeError, "não serve; passe um Sampler"),
        (([1] * 70, 2), ValueError, "Encurte o prompt para 64 tokens, ou passe crop=True"),
    ],
)
def test_bad_requests_are_explained(arguments, error, message):
    model = CachedPrefix()
    with pytest.raises(error, match=message):
        inspect.unwrap(generate)(model, *arguments)
    with pytest.raises(error, match=message):
        inspect.unwrap(stream)(model, *arguments)
    assert model.reads == []


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: inspect.unwrap(generate)("modelo", [1], 2),
            TypeError,
            "model deve ser uma função de ids em logits; veio str",
        ),
        (lambda: stream(Prefix(), torch.tensor([[1], [2]]), 3), ValueError, "um texto por vez"),
        (lambda: generate(Prefix(), [1], 3, n_ctx=0, crop=True), ValueError, "n_ctx=0 deve"),
        (lambda: generate(lambda ids: Output(), [1], 2), TypeError, r"modelo\(ids\).logits"),
        (
            lambda: generate(lambda ids: torch.zeros(1, 5), [1, 2], 2),
            ValueError,
            r"leu ids \[1, 2\] e devolveu \[1, 5\]; o esperado é \[1, 2, d_vocab\]",
        ),
        (
            lambda: generate(lambda ids: torch.full((1, 1, 4), math.nan), [1], 2),
            ValueError,
            "há NaN nos logits: o erro vem de antes",
        ),
        (lambda: sequence_log_prob(Prefix(), [1, 2], given=0), ValueError, "given=0 deve"),
        (lambda: sequence_log_prob(Prefix(), [1, 2], given=3), ValueError, "entre 1 e 2"),
        (lambda: sequence_log_prob(Prefix(), torch.ones(2, 2).long()), ValueError, "um texto por"),
    ],
)
def test_bad_models_and_texts_are_explained(call, error, message):
    with pytest.raises(error, match=message):
        call()
