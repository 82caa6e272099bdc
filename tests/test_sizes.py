"""A calculadora concorda com a contagem de verdade, com as bibliotecas e com os artigos."""

import pytest
import torch
from torch import nn
from transformers import (
    BertConfig,
    BertModel,
    GPT2Config,
    GPT2LMHeadModel,
    OpenAIGPTConfig,
    OpenAIGPTLMHeadModel,
    T5Config,
    T5ForConditionalGeneration,
)

from helpers.config import PRESETS as DECODERS
from helpers.config import DecoderConfig
from helpers.decoder import Decoder
from helpers.studies.sizes import PRESETS, PUBLISHED, Architecture, from_config, macs, parameters

GPT2 = {"médio": (1024, 24, 16), "grande": (1280, 36, 20), "XL": (1600, 48, 25)}
T5 = {"d_model": 768, "d_ff": 3072, "num_layers": 12, "num_heads": 12, "tie_word_embeddings": True}
REFERENCES = {
    "GPT-1": lambda: OpenAIGPTLMHeadModel(OpenAIGPTConfig()),
    "GPT-2 pequeno": lambda: GPT2LMHeadModel(GPT2Config()),
    **{
        f"GPT-2 {name}": lambda s=s: GPT2LMHeadModel(
            GPT2Config(n_embd=s[0], n_layer=s[1], n_head=s[2])
        )
        for name, s in GPT2.items()
    },
    "T5-base": lambda: T5ForConditionalGeneration(T5Config(**T5)),
    "BERT-base": lambda: BertModel(BertConfig()),
}


def count(model):
    return sum(weight.numel() for weight in model.parameters())


@pytest.mark.parametrize("name", REFERENCES)
def test_parameters_equal_the_reference_library(name):
    with torch.device("meta"):  # só as formas: nenhum peso ocupa memória
        model = REFERENCES[name]()
    assert sum(parameters(PRESETS[name]).values()) == count(model)


@pytest.mark.parametrize("name", PUBLISHED)
def test_parameters_are_close_to_what_was_published(name):
    total = sum(parameters(PRESETS[name]).values()) / 1e6
    assert total == pytest.approx(PUBLISHED[name][0], rel=0.035)


def test_vaswani_base_equals_the_torch_module_without_its_extras():
    layers = nn.Transformer(512, 8, 6, 6, 2048, batch_first=True)
    ours = parameters(PRESETS["vaswani-base"])
    # O módulo do PyTorch tem duas normas finais e vieses na atenção; o artigo não.
    extras = 2 * 2 * 512 + 18 * 4 * 512
    assert sum(ours.values()) - ours["tabelas"] == count(layers) - extras
    assert PRESETS["vaswani-base"].width == 8 * 64 == 512


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("sizes", [(97, 11, 24, 4, 3, None), (50, 8, 6, 1, 1, 10)])
def test_course_decoder_is_counted_right(sizes, tied):
    config = DecoderConfig(*sizes, tied=tied)
    total = sum(parameters(from_config(config)).values())
    assert total == config.n_params == count(Decoder(config))


def test_every_preset_of_the_decoder_agrees():
    for config in DECODERS.values():
        assert sum(parameters(from_config(config)).values()) == config.n_params


def counted_macs(model, tokens):
    """Conta os MACs que o PyTorch de fato fez, por parte."""
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter:
        model(tokens)
    return counter.get_total_flops() // 2


@pytest.mark.parametrize("n_pos", [1, 7])
def test_macs_equal_what_torch_counts(n_pos):
    config = DecoderConfig(97, 11, 24, 4, 3)
    model = Decoder(config)
    # A atenção fundida não é contada no processador: com alguém escutando, a conta é aberta.
    from helpers.hooks import editing

    names = {f"blocks.{i}.attn.hook_pattern": lambda value: value for i in range(3)}
    with editing(model, names):
        seen = counted_macs(model, torch.zeros(1, n_pos, dtype=torch.long))
    assert sum(macs(from_config(config), n_pos).values()) == seen


def test_untying_costs_one_table_and_no_multiplication():
    tied, loose = PRESETS["GPT-2 pequeno"], PRESETS["GPT-2 pequeno"].with_output(tied=False)
    difference = sum(parameters(loose).values()) - sum(parameters(tied).values())
    assert difference == 50257 * 768 == 38_597_376
    assert macs(loose, 16) == macs(tied, 16)


def test_cross_attention_counts_twice_in_the_decoder():
    both = Architecture(10, 0, 8, 2, 16, encoder=3, decoder=2)
    assert both.n_attentions == 7
    assert macs(both, 5)["scores e médias"] == 7 * 2 * 25 * 8
