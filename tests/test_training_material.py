"""Do texto ao que o treino lê: o que fica de fora, quanto basta, e a pasta do modelo."""

import dataclasses
import random
import sys

import pytest
import torch
from core import seeded

from helpers.bpe import train as learn
from helpers.checkpoint import CheckpointError
from helpers.config import DecoderConfig
from helpers.data import read_text
from helpers.decoder import Decoder
from helpers.spoken import percent
from helpers.training import (
    END,
    IGNORED,
    RECIPES,
    MaterialError,
    Record,
    TrainSettings,
    evaluate,
    load_history,
    load_model,
    own_text,
    save_history,
    save_model,
    split,
    stories,
)

SMALL = dataclasses.replace(
    RECIPES["rapido"],
    config=DecoderConfig(d_vocab=300, n_ctx=16, d_model=8, n_heads=2, n_layers=1),
    settings=TrainSettings(steps=50, batch_size=12),
    n_stories=20,
    n_validation=5,
)
TEXT = read_text("cronicas_pt.txt")


# ---------------------------------------------------------------- receitas


def test_course_recipe_fits_in_four_megabytes():
    config = RECIPES["curso"].config
    assert 4 * config.n_params <= 4e6


@pytest.mark.parametrize("name", RECIPES)
def test_recipes_measure_at_the_end(name):
    recipe = RECIPES[name]
    assert recipe.settings.steps % recipe.every == 0
    assert recipe.settings.warmup < recipe.settings.steps


# ---------------------------------------------------------------- separar


def test_few_texts_lose_their_end():
    training, held_out = split([TEXT, "fim de tudo"])
    whole = f"{TEXT}\n\nfim de tudo"
    assert "".join(training + held_out) == whole
    assert held_out[0][0].isspace(), "o corte não parte palavras"
    assert len(held_out[0]) / len(whole) == pytest.approx(0.1, abs=0.01)


NAMES = "\n".join(f"Nome{n:05}" for n in range(1600))
ROWS = "\n".join(f"n{n};9;SP" for n in range(1200))
SPACED = {
    "título e lista": f"Nomes brasileiros\n{NAMES}",
    "crônica e lista": "era uma vez um gato " * 600 + NAMES,
    "CSV": f"nome;idade;cidade de origem\n{ROWS}",
    "tabulações": "um começo " + "x\ty" * 400,
    "espaço rígido": "um começo " + "x\N{NO-BREAK SPACE}y" * 400,
    "quebra do Windows": NAMES.replace("\n", "\r\n"),
    "fim em branco": NAMES + "\n" * 9000,
    "palavra comprida no corte": "a b " * 220 + "c" * 60 + " d e" * 15,
}


@pytest.mark.parametrize("text", SPACED.values(), ids=SPACED)
def test_the_cut_falls_on_any_white_space(text):
    (training,), (held_out,) = split([text])
    assert training + held_out == text.rstrip()
    assert held_out[0].isspace()
    assert not training[-1].isspace()
    assert 0.05 <= len(held_out) / len(text.rstrip()) <= 0.15


@pytest.mark.parametrize(
    "text", ["a" * 1000, "第一章 " + "人之初性本善" * 160], ids=["uma palavra", "chinês"]
)
def test_text_without_white_space_near_is_cut_at_ninety_percent(text):
    (training,), (held_out,) = split([text])
    assert training + held_out == text
    assert len(training) == int(0.9 * len(text))


def test_many_texts_lose_whole_ones():
    texts = [f"texto {n}" for n in range(10, 35)]
    training, held_out = split(texts, seed=1)
    assert sorted(training + held_out) == sorted(texts)
    assert len(held_out) == 3
    assert split(texts, seed=1) == (training, held_out)
    assert split(texts, seed=2)[1] != held_out


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    "sizes",
    [[20] * 10, [20] * 12, [20] * 11 + [2000], [5, 400, 30, 60, 9, 250, 44, 80, 3, 120, 70]],
    ids=["dez", "doze", "onze contos e um romance", "desiguais"],
)
def test_held_out_share_stays_near_a_tenth_of_the_letters(sizes, seed):
    rng = random.Random(7)
    texts = [" ".join(str(rng.random()) for _ in range(size)) for size in sizes]
    training, held_out = split(texts, seed)
    left, right = sum(map(len, training)), sum(map(len, held_out))
    assert 0.05 <= right / (left + right) <= 0.15


def test_copies_never_stand_on_both_sides():
    poems = [f"poema {n} " + "linha " * n for n in range(20)]
    texts = poems + [poem.replace(" ", "\r\n") for poem in poems] + [f" {poems[3]}\n"] * 9
    training, held_out = split(texts)
    assert sorted(training + held_out) == sorted(poems)
    assert not {" ".join(text.split()) for text in training} & {*held_out}


def test_twelve_copies_are_one_text_cut_at_its_end():
    text = " ".join(str(n) for n in range(500))
    training, held_out = split([text] * 12)
    assert training[0] + held_out[0] == text


def test_a_text_inside_another_is_never_measured():
    poems = [f"poema {n} " + f"verso {n} " * 30 for n in range(30)]
    some = "\n\n".join(poems[:5])
    for seed in range(20):
        training, held_out = split([*poems, some], seed)
        assert not {*held_out} & {*poems[:5]} or some in held_out
        assert 0.05 <= sum(map(len, held_out)) / sum(map(len, training + held_out)) <= 0.15


# ---------------------------------------------------------------- texto de quem estuda


def test_nothing_measured_was_trained_on():
    material = own_text([TEXT], SMALL)
    tokenizer, end = material.tokenizer, material.end
    training, held_out = split([TEXT])
    documents = material.validation
    read = []
    for place in range(len(documents)):
        inputs, targets = documents.batch(torch.tensor([place]))
        assert inputs[0, 0] == end
        read += targets[0][targets[0] != IGNORED].tolist()
    assert tokenizer.decode(read[:-1]) == held_out[0]
    assert read[-1] == end
    assert tokenizer.decode(material.batches.tokens[1:-1].tolist()) == training[0]


def test_windows_of_own_text_begin_with_the_end_token():
    batch = own_text([TEXT], SMALL).batches(0)
    assert batch.inputs.shape == (4, 16)
    assert (batch.inputs[:, 0] == batch.inputs[0, 0]).all()


def test_short_text_says_needed_and_received():
    with pytest.raises(MaterialError, match=r"deu 10 tokens, e são precisos ao menos 170") as told:
        own_text(["olá você"], SMALL)
    assert "junte mais texto" in told.value.next_step


def test_text_pasted_twice_is_told():
    with pytest.raises(MaterialError, match="O texto se repete: o décimo separado") as told:
        own_text([f"{TEXT}\n\n{TEXT}"], SMALL)
    assert "tire as cópias" in told.value.next_step


def test_copies_that_change_a_line_are_told():
    pages = [f"Cópia {n}, de {n} de maio\n\n{TEXT[:6000]}" for n in range(12)]
    with pytest.raises(
        MaterialError, match=r"O texto se repete: .*frases de oito palavras"
    ) as told:
        own_text(pages, SMALL)
    assert "só um título ou uma linha" in told.value.next_step


def test_a_refrain_is_only_remarked():
    refrain = " ".join(TEXT.split()[:40])
    words = TEXT.split()
    verses = [" ".join(words[n : n + 120]) for n in range(40, len(words) - 120, 120)]
    (remark,) = own_text(["\n".join(f"{verse}\n{refrain}" for verse in verses)], SMALL).remarks
    assert remark.endswith("a medida sai melhor do que seria num texto novo")


def test_material_tells_how_the_text_was_split():
    material = own_text([TEXT], SMALL)
    first_line = split([TEXT])[1][0].strip().splitlines()[0]
    assert material.prompt == " ".join(first_line.split()[:3])
    assert len(material.prompt.split()) == 3
    assert (material.apart, material.remarks) == (
        f"{percent(0.1, 1)} das letras do texto, separadas para medir",
        (),
    )
    (copies,) = own_text([TEXT, f"{TEXT}\n"], SMALL).remarks
    assert copies.startswith("1 dos 2 textos é cópia e ficou de fora")
    (copies,) = own_text([TEXT] * 3, SMALL).remarks
    assert copies.startswith("2 dos 3 textos são cópias e ficaram de fora")
    (cut,) = own_text([",".join(TEXT.split())], SMALL).remarks
    assert "o corte foi em 90 %, exatos" in cut


@pytest.mark.parametrize("text", ["😀😂" * 1000, "a" * 2000], ids=["emoji", "uma letra"])
def test_text_that_only_repeats_is_not_called_short(text):
    with pytest.raises(MaterialError, match=r"repete demais, .*: 1800 letras viraram \d+ tokens"):
        own_text([text], SMALL)


def test_steps_stop_when_a_short_text_would_only_be_memorised():
    long = dataclasses.replace(SMALL, settings=TrainSettings(steps=90_000, batch_size=12))
    material = own_text([TEXT], long)
    seen = material.settings.steps * material.settings.batch_size * 16 / material.n_tokens
    assert seen == pytest.approx(20, abs=0.1)
    assert own_text([TEXT], SMALL).settings.steps == 50
    slow = dataclasses.replace(SMALL, settings=TrainSettings(steps=9000, warmup=900))
    short = own_text([TEXT[:1500]], slow).settings
    assert short.warmup == short.steps // 10 < 900


def test_digest_changes_with_the_text_and_with_nothing_else():
    assert own_text([TEXT], SMALL).digest == own_text([TEXT], SMALL).digest
    assert own_text([TEXT + "a"], SMALL).digest != own_text([TEXT], SMALL).digest


# ---------------------------------------------------------------- histórias


class Toy:
    """Uma gramática de brinquedo, com a mesma cara da verdadeira."""

    size = 4

    @classmethod
    def load(cls):
        return cls()

    def sample(self, rng: random.Random):
        words = [rng.choice(["sol", "lua"]) for _ in range(self.size)]
        text = " ".join(words)
        return type("Story", (), {"text": text, "log_prob": -self.size * 0.6931471805599453})()


@pytest.fixture
def toy(monkeypatch):
    """Põe a gramática de brinquedo no lugar da verdadeira."""
    module = type(sys)("helpers.stories")
    module.Grammar = Toy
    monkeypatch.setitem(sys.modules, "helpers.stories", module)


@pytest.mark.usefixtures("toy")
def test_stories_come_whole_and_the_limit_is_the_entropy_per_token():
    material = stories(SMALL, seed=3)
    inputs, targets = material.batches(0)
    assert (inputs[:, 0] == material.end).all()
    assert all(row[row != IGNORED][-1] == material.end for row in targets)
    n_tokens = sum(int(size) - 1 for size in material.validation.sizes)
    assert material.limit == pytest.approx(5 * 4 * 0.6931471805599453 / n_tokens)
    assert stories(SMALL, seed=3).digest == material.digest
    assert stories(SMALL, seed=4).digest != material.digest


@pytest.mark.usefixtures("toy")
def test_measured_stories_do_not_depend_on_the_seed():
    first, second = stories(SMALL, seed=3), stories(SMALL, seed=4)
    texts = [
        material.tokenizer.decode(
            [i for i in material.validation.tokens.tolist() if i != material.end]
        )
        for material in (first, second)
    ]
    assert texts[0] == texts[1]


@pytest.mark.usefixtures("toy")
def test_story_longer_than_the_context_is_told(monkeypatch):
    monkeypatch.setattr(Toy, "size", 40)
    with pytest.raises(MaterialError, match=r"e o modelo lê n_ctx=16"):
        stories(SMALL, seed=0)


@pytest.mark.usefixtures("toy")
def test_the_longest_story_may_fill_the_context_and_one_story_is_enough_to_measure():
    recipe = dataclasses.replace(SMALL, n_validation=1)
    material = stories(recipe, seed=0)
    longest = int(torch.cat([material.batches.sizes, material.validation.sizes]).max())
    exact, short = (
        dataclasses.replace(recipe, config=dataclasses.replace(SMALL.config, n_ctx=longest - n))
        for n in (1, 2)
    )
    assert stories(exact, seed=0).digest == material.digest
    with pytest.raises(MaterialError, match=f"tem {longest - 1} tokens"):
        stories(short, seed=0)


@pytest.mark.slow
def test_course_grammar_gives_stories_that_fit_and_a_limit():
    recipe = dataclasses.replace(RECIPES["curso"], n_stories=400, n_validation=100)
    material = stories(recipe, seed=1)
    assert 0.2 < material.limit < 1.5
    config = dataclasses.replace(recipe.config, d_vocab=material.tokenizer.vocab_size)
    assert evaluate(Decoder(config, generator=seeded(0)), material.validation) > material.limit


def test_missing_grammar_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "helpers.stories", None)
    with pytest.raises(MaterialError, match="A gramática das histórias não está aqui") as told:
        stories(SMALL, seed=0)
    assert "--texto" in told.value.next_step


# ---------------------------------------------------------------- a pasta


def test_model_folder_goes_and_comes(tmp_path):
    tokenizer = learn(TEXT[:2000], vocab_size=300, special_tokens=[END])
    config = dataclasses.replace(SMALL.config, d_vocab=tokenizer.vocab_size)
    model = Decoder(config, generator=seeded(1))
    save_model(tmp_path / "a b", model, tokenizer)
    again, same = load_model(tmp_path / "a b")
    assert same == tokenizer
    assert all(
        torch.equal(a, b) for a, b in zip(again.parameters(), model.parameters(), strict=True)
    )


def test_bad_model_folders_are_told(tmp_path):
    with pytest.raises(CheckpointError, match="falta"):
        load_model(tmp_path)
    tokenizer = learn(TEXT[:2000], vocab_size=300, special_tokens=[END])
    model = Decoder(dataclasses.replace(SMALL.config, d_vocab=299))
    save_model(tmp_path, model, tokenizer)
    with pytest.raises(CheckpointError, match="o tokenizador tem 300 tokens, e o modelo 299"):
        load_model(tmp_path)
    (tmp_path / "tokenizador.json").write_text("{", encoding="utf-8")
    with pytest.raises(CheckpointError, match="não é JSON completo"):
        load_model(tmp_path)
    (tmp_path / "tokenizador.json").unlink()
    with pytest.raises(CheckpointError, match=r"falta .*tokenizador.json"):
        load_model(tmp_path)


def test_history_goes_and_comes_to_the_last_bit(tmp_path):
    records = [Record(1, 0.1 + 0.2, 1e-9, 10, 3.0), Record(2, 1 / 3, 1e-3, 20, 2.0, 2 / 3)]
    assert load_history(tmp_path) == []
    save_history(tmp_path, records)
    assert load_history(tmp_path) == records
    (tmp_path / "historico.csv").write_text("passo\numa,dois\n", encoding="utf-8")
    with pytest.raises(CheckpointError, match="não é um histórico"):
        load_history(tmp_path)
