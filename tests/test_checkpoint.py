"""Guardar e ler: idêntico, de uma vez só, e todo estrago é reconhecido e explicado."""

import json
import os
import pickle
from functools import partial

import pytest
import torch
from core import seeded, told
from safetensors.torch import load_file, save

from helpers import checkpoint
from helpers.block import MLP, Block
from helpers.checkpoint import CheckpointError
from helpers.config import DecoderConfig
from helpers.decoder import Decoder

CONFIG = DecoderConfig(d_vocab=11, n_ctx=8, d_model=8, n_heads=2, n_layers=2)
TOKENS = torch.tensor([[1, 5, 2, 9]])


@pytest.fixture
def decoder():
    return Decoder(CONFIG, generator=seeded())


def weights_of(folder):
    (path,) = folder.glob("*.safetensors")
    return path


@pytest.mark.parametrize("tied", [True, False], ids=["amarrada", "solta"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_there_and_back_is_identical(tied, dtype, tmp_path):
    config = DecoderConfig(11, 8, 8, 2, 2, d_mlp=5, tied=tied, eps=1e-3)
    decoder = Decoder(config, generator=seeded()).to(dtype)
    folder = tmp_path / "João" / "modelo"
    decoder.save(folder)
    again = Decoder.load(folder)
    assert again.config == config
    assert torch.equal(again(TOKENS), decoder(TOKENS))
    assert again.state_dict().keys() == load_file(weights_of(folder)).keys()


def test_folder_is_readable_and_stable(decoder, tmp_path):
    decoder.save(tmp_path)
    first = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    decoder.save(tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == first
    record = json.loads(first["config.json"])
    assert record["config"]["d_model"] == 8
    assert "blocks.0.mlp: MLP(d_model=8, d_mlp=32, act=gelu_tanh)" in record["parts"]


def test_saving_again_replaces_the_weights_and_keeps_the_rest(decoder, tmp_path):
    (tmp_path / "LEIAME.md").write_text("cartão")
    decoder.save(tmp_path)
    before = weights_of(tmp_path).name
    other = Decoder(CONFIG, generator=seeded(1))
    other.save(tmp_path)
    assert weights_of(tmp_path).name != before
    assert torch.equal(Decoder.load(tmp_path)(TOKENS), other(TOKENS))
    assert (tmp_path / "LEIAME.md").read_text() == "cartão"
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize("step", [0, 1])
def test_an_interrupted_save_leaves_the_former_model_whole(decoder, tmp_path, monkeypatch, step):
    decoder.save(tmp_path)
    calls = []
    replace = os.replace

    def break_at(source, target):
        calls.append(target)
        if len(calls) == step + 1:
            raise OSError("acabou o disco")
        replace(source, target)

    monkeypatch.setattr(os, "replace", break_at)
    with pytest.raises(OSError, match="acabou o disco"):
        Decoder(CONFIG, generator=seeded(1)).save(tmp_path)
    assert torch.equal(Decoder.load(tmp_path)(TOKENS), decoder(TOKENS))
    assert not list(tmp_path.glob(".*"))


def change_record(**changes):
    def damage(folder):
        path = folder / "config.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | changes))

    return damage


def change_config(**changes):
    def damage(folder):
        record = json.loads((folder / "config.json").read_text())
        change_record(config=record["config"] | changes)(folder)

    return damage


def change_bytes(change):
    def damage(folder):
        path = weights_of(folder)
        path.write_bytes(change(path.read_bytes()))

    return damage


def flip(data):
    return data[:-1] + bytes([data[-1] ^ 1])


def change_tensors(change):
    """Altera os pesos e refaz a soma, como faria quem altera de propósito."""

    def damage(folder):
        path = weights_of(folder)
        tensors = load_file(path)
        change(tensors)
        path.write_bytes(save(tensors))
        digest = checkpoint.hashlib.sha256(path.read_bytes()).hexdigest()
        change_record(sha256=digest)(folder)

    return damage


def write_text(text):
    return lambda folder: (folder / "config.json").write_text(text)


def not_tensors(folder):
    data = pickle.dumps({"embed.W_E": [1.0]})
    weights_of(folder).write_bytes(data)
    change_record(sha256=checkpoint.hashlib.sha256(data).hexdigest())(folder)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda f: (f / "config.json").unlink(), r"falta .*config\.json; confira o caminho"),
        (lambda f: weights_of(f).unlink(), r"falta .*model-.*\.safetensors; confira"),
        (change_bytes(lambda data: data[:-100]), "está cortado ou foi alterado.*copie-o outra"),
        (change_bytes(flip), "está cortado ou foi alterado: a soma SHA-256"),
        (not_tensors, "não é um arquivo safetensors"),
        (write_text("{"), "não é um JSON inteiro; copie-o outra vez"),
        (write_text("[]"), "deveria conter um objeto JSON"),
        (write_text('{"model_type": "gpt2"}'), r"não foi gravado por este curso.*from_gpt2"),
        (write_text('{"a": 1}'), "não foi gravado por este curso; confira a pasta"),
        (change_record(version=2), "é da versão 2, e aqui se lê a 1; atualize o curso"),
        (change_record(config={}), "foi alterado.*grave o modelo de novo"),
        (change_record(weights="../fora.safetensors"), "um nome de arquivo, sem pasta"),
        (change_record(weights=3), "foi alterado"),
        (change_config(n_heads=3), "foi alterado: d_model=8 não se divide em n_heads=3"),
        (change_config(d_vocab=12), r"embed\.W_E tem forma \[11, 8\] em vez de \[12, 8\]"),
        (change_config(tied=False), "outras peças: lá, 'nada'; aqui, 'unembed: Unembedding"),
        (change_record(parts=["outra"]), "outras peças: lá, 'outra'; aqui, ': Decoder"),
        (change_tensors(lambda t: t.pop("ln_final.w")), r"falta ln_final\.w; confira"),
        (change_tensors(lambda t: t.update(x=torch.ones(1))), "sobra x"),
        (change_tensors(lambda t: t.clear()), "e mais 32"),
    ],
)
def test_damage_is_recognised_and_explained(decoder, tmp_path, damage, message):
    decoder.save(tmp_path)
    damage(tmp_path)
    with told(CheckpointError, message):
        Decoder.load(tmp_path)


def test_four_troubles_are_told_and_none_is_left_to_count(decoder, tmp_path):
    decoder.save(tmp_path)
    names = ("embed.W_E", "pos_embed.W_pos", "ln_final.w", "ln_final.b")
    change_tensors(lambda t: [t.pop(name) for name in names])(tmp_path)
    with told(CheckpointError, r"falta ln_final\.b; confira"):
        Decoder.load(tmp_path)


def test_other_parts_are_recognised_and_the_right_ones_accepted(tmp_path):
    parts = {"block": partial(Block, norm="post", mlp=partial(MLP, act="relu"))}
    decoder = Decoder(CONFIG, **parts, generator=seeded())
    decoder.save(tmp_path)
    with told(CheckpointError, "foi gravado com outras peças.*norm=post.*norm=pre"):
        Decoder.load(tmp_path)
    assert torch.equal(Decoder.load(tmp_path, **parts)(TOKENS), decoder(TOKENS))
