"""Os filtros e a geração contra transformers, e a geração com o decoder deste projeto."""

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from transformers import (
    DynamicCache,
    GenerationConfig,
    GPT2Config,
    GPT2LMHeadModel,
    LogitsProcessorList,
    MinPLogitsWarper,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from helpers.config import DecoderConfig
from helpers.decoder import Decoder
from helpers.sampling import (
    Sampler,
    generate,
    min_p,
    repetition_penalty,
    stream,
    temperature,
    top_k,
    top_p,
)

many = settings(max_examples=60)
shapes = st.tuples(st.integers(1, 3), st.integers(2, 60))
seeds = st.integers(0, 2**32)
widths = st.sampled_from([0.1, 1.0, 5.0, 30.0])
shares = st.floats(0.01, 0.999).map(lambda p: round(p, 4))


def random_logits(shape, seed, width):
    return width * torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def assert_same(found, expected):
    assert found.isfinite().equal(expected.isfinite())
    torch.testing.assert_close(found.softmax(-1), expected.softmax(-1), atol=1e-6, rtol=0)


def without_ties(logits):
    ordered = logits.sort(dim=-1).values
    return bool((ordered.diff(dim=-1) > 0).all())


def far_from_the_border(logits, p):
    """Diz se nenhuma soma cai sobre `p`, onde o arredondamento decidiria."""
    sums = logits.double().softmax(-1).sort(dim=-1, descending=True).values.cumsum(-1)
    return bool(((sums - p).abs() > 1e-5).all())


# ---------------------------------------------------------------- filtro por filtro


@many
@given(shapes, seeds, widths, st.sampled_from([0.01, 0.3, 0.7, 1.0, 1.5, 10.0]))
def test_temperature(shape, seed, width, t):
    logits = random_logits(shape, seed, width)
    assert temperature(logits, t).equal(TemperatureLogitsWarper(t)(None, logits.clone()))


@many
@given(shapes, seeds, widths, st.integers(1, 70))
def test_top_k(shape, seed, width, k):
    logits = random_logits(shape, seed, width)
    assume(without_ties(logits))
    assert top_k(logits, k).equal(TopKLogitsWarper(k)(None, logits.clone()))


def test_top_k_tie_is_where_transformers_keeps_more_than_k():
    logits = torch.tensor([[2.0, 1.0, 2.0, 2.0]])
    assert int(TopKLogitsWarper(2)(None, logits.clone()).isfinite().sum()) == 3
    assert top_k(logits, 2).isfinite().tolist() == [[True, False, True, False]]


@many
@given(shapes, seeds, widths, shares)
def test_top_p(shape, seed, width, p):
    logits = random_logits(shape, seed, width)
    assume(without_ties(logits) and far_from_the_border(logits, p))
    assert_same(top_p(logits, p), TopPLogitsWarper(p)(None, logits.clone()))


@many
@given(shapes, seeds, widths, shares)
def test_min_p(shape, seed, width, p):
    logits = random_logits(shape, seed, width)
    assert_same(min_p(logits, p), MinPLogitsWarper(p)(None, logits.clone()))


@many
@given(shapes, seeds, widths, st.sampled_from([0.5, 1.0, 1.2, 3.0]), st.integers(1, 9))
def test_repetition_penalty(shape, seed, width, penalty, n_seen):
    logits = random_logits(shape, seed, width)
    draws = torch.Generator().manual_seed(seed + 1)
    seen = torch.randint(shape[1], (shape[0], n_seen), generator=draws)
    expected = RepetitionPenaltyLogitsProcessor(penalty)(seen, logits.clone())
    assert repetition_penalty(logits, seen, penalty).equal(expected)


# ---------------------------------------------------------------- a ordem


@pytest.fixture(scope="module")
def gpt2():
    torch.manual_seed(4)
    sizes = GPT2Config(
        vocab_size=40, n_positions=32, n_embd=16, n_layer=2, n_head=2, bos_token_id=0,
        eos_token_id=None, pad_token_id=0, initializer_range=0.6,
    )  # fmt: skip
    return GPT2LMHeadModel(sizes).double().eval()


def processors(model, sampler):
    """Dá a lista que o próprio `generate` de transformers montaria, na ordem dele."""
    wanted = GenerationConfig(
        do_sample=True,
        temperature=float(sampler.temperature),
        top_k=sampler.k or 0,
        top_p=1.0 if sampler.p is None else sampler.p,
        min_p=sampler.min_p,
        repetition_penalty=float(sampler.penalty),
    )
    wanted._eos_token_tensor = None
    return model._get_logits_processor(
        wanted, input_ids_seq_length=1, logits_processor=LogitsProcessorList()
    )


def test_transformers_applies_the_filters_in_the_documented_order(gpt2):
    names = [type(p).__name__ for p in processors(gpt2, Sampler(0.7, 5, 0.9, 0.1, 1.2))]
    assert names == [
        "RepetitionPenaltyLogitsProcessor",
        "TemperatureLogitsWarper",
        "TopKLogitsWarper",
        "TopPLogitsWarper",
        "MinPLogitsWarper",
    ]


@many
@given(
    shapes,
    seeds,
    widths,
    st.sampled_from([0.5, 1.0, 2.0]),
    st.sampled_from([None, 2, 10]),
    st.sampled_from([None, 0.31, 0.87]),
    st.sampled_from([None, 0.05, 0.4]),
    st.sampled_from([1.0, 1.3]),
)
def test_composition(gpt2, shape, seed, width, t, k, p, share, penalty):
    logits = random_logits(shape, seed, width)
    seen = torch.zeros(shape[0], 3, dtype=torch.long) + torch.tensor([0, 1, 1])
    sampler = Sampler(t, k, p, share, penalty)
    before_p = Sampler(t, k, penalty=penalty).filter(logits, seen)
    assume(without_ties(repetition_penalty(logits, seen, penalty)))
    assume(p is None or far_from_the_border(before_p, p))
    expected = processors(gpt2, sampler)(seen, logits.clone())
    assert_same(sampler.filter(logits, seen), expected)


# ---------------------------------------------------------------- geração

PROMPTS = [[3, 17, 8], [39], [1, 2, 3, 4, 5, 6, 7]]


class WithCache:
    """Dá ao modelo de transformers a interface que `generate` usa."""

    def __init__(self, model):
        self.model = model

    def __call__(self, tokens, cache=None):
        return self.model(tokens, past_key_values=cache, use_cache=cache is not None).logits

    def new_cache(self, n_rows):
        return DynamicCache()


@pytest.mark.parametrize("prompt", PROMPTS, ids=lambda p: f"{len(p)}-tokens")
@pytest.mark.parametrize("penalty", [1.0, 1.3])
def test_greedy_generation_of_a_foreign_model(gpt2, prompt, penalty):
    expected = gpt2.generate(
        torch.tensor([prompt]),
        attention_mask=torch.ones(1, len(prompt), dtype=torch.long),
        max_new_tokens=20,
        do_sample=False,
        repetition_penalty=penalty,
    )[0].tolist()
    assert len(expected) == len(prompt) + 20
    sampler = Sampler(temperature=0, penalty=penalty)
    assert generate(lambda ids: gpt2(ids).logits, prompt, 20, sampler) == expected
    assert generate(WithCache(gpt2), prompt, 20, sampler) == expected


@pytest.fixture(scope="module")
def decoder():
    config = DecoderConfig(d_vocab=40, n_ctx=32, d_model=16, n_heads=2, n_layers=2)
    decoder = Decoder(config, generator=torch.Generator().manual_seed(2)).double().eval()
    with torch.no_grad():  # pesos maiores: com os da inicialização todos os logits são quase iguais
        for weight in decoder.parameters():
            weight.mul_(8)
    return decoder


SAMPLERS = [
    pytest.param(Sampler(temperature=0), id="guloso"),
    pytest.param(Sampler(), id="puro"),
    pytest.param(Sampler(0.8, k=20, p=0.9, penalty=1.1), id="composto"),
]


def seeded(seed):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_decoder_with_cache_writes_what_it_writes_without(decoder, sampler):
    for seed, prompt in enumerate(PROMPTS):
        cached = generate(decoder, prompt, 24, sampler, seeded(seed))
        assert cached == generate(decoder, prompt, 24, sampler, seeded(seed), use_cache=False)
        assert len(set(cached)) > 3
        steps = stream(decoder, prompt, 24, sampler, seeded(seed))
        assert cached == prompt + [step.token for step in steps]


def test_decoder_reads_once_per_token(decoder):
    reads = []
    hook = decoder.register_forward_pre_hook(lambda _, inputs: reads.append(inputs[0].shape[1]))
    generate(decoder, PROMPTS[0], 10)
    hook.remove()
    assert reads == [3] + [1] * 9


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_decoder_rows_of_different_lengths_are_as_alone(decoder, sampler):
    together = generate(decoder, PROMPTS, 15, sampler, [seeded(i) for i in range(3)], stop=5)
    for i, prompt in enumerate(PROMPTS):
        assert together[i] == generate(decoder, prompt, 15, sampler, seeded(i), stop=5)


def test_decoder_crops_and_says_its_own_limit(decoder):
    with pytest.raises(ValueError, match="n_ctx=32"):
        generate(decoder, PROMPTS[0], 31)
    assert len(generate(decoder, PROMPTS[0], 30)) == 33
    cropped = generate(decoder, PROMPTS[0], 45, crop=True)
    assert len(cropped) == 48
    window = torch.tensor([cropped[-33:-1]])
    assert int(decoder(window)[0, -1].argmax()) == cropped[-1]


def test_decoder_trains_after_writing(decoder):
    generate(decoder, PROMPTS[0], 3)
    decoder(torch.tensor(PROMPTS[:1])).sum().backward()
    assert all(weight.grad is not None for weight in decoder.parameters())
    decoder.zero_grad()
