"""O decoder escrito na lição 07 lê uma pasta de GPT-2 feita pela biblioteca transformers."""

import pytest
import torch
from prose import ROOT
from safetensors.torch import load_file, save_file
from test_gpt2_parity import reference, tokens_for

from helpers import bpe
from helpers.checkpoint import CheckpointError
from helpers.cli import pairs
from helpers.exercises import registry

LESSON = ROOT / "notebooks" / "texto" / "07_bloco_decoder.md"
WANTED = ("mlp", "layer_norm", "attention", "block", "decoder", "assemble", "read_gpt2")


CELLS = pairs.read_text(LESSON.read_text(encoding="utf-8")).cells
CELLS = [cell for cell in CELLS if cell.cell_type == "code"]
FOLDER = next(cell.source for cell in CELLS if 'real = Path("gpt2")' in cell.source)
ENGLISH = next(cell.source for cell in CELLS if "Tokenizer.load_gpt2" in cell.source)


@pytest.fixture(scope="module")
def lesson():
    """Executa só as células em que a lição constrói o decoder; devolve os nomes definidos."""
    names = {"check": lambda *args, **options: None, "print": lambda *args, **options: None}
    for cell in CELLS:
        tags = cell.metadata.get("tags", [])
        start = "setup" in tags or "load_thread()" in cell.source or "state_dict()" in cell.source
        if start or {"exercise", "solution", "build"} & set(tags) or cell.source.startswith("x = "):
            exec(cell.source, names)
            names["adopt"] = lambda exercise_id, *args, on: registry.get(exercise_id).solution
    names["n_layers"] = names["model"].config.n_layers
    assert set(WANTED) <= set(names)
    del names["print"]
    return names


def run(source, lesson, folder, monkeypatch):
    """Roda uma célula como quem estuda, com a pasta do notebook em outro lugar."""
    monkeypatch.chdir(folder)
    names = dict(lesson)
    exec(source, names)
    return names


@pytest.mark.parametrize("changes", [{}, {"n_head": 1}, {"n_layer": 1, "n_embd": 32}], ids=str)
@torch.no_grad()
def test_lesson_decoder_equals_transformers(lesson, changes, tmp_path):
    model = reference(**changes)
    model.save_pretrained(tmp_path)
    weights, depth = lesson["read_gpt2"](tmp_path)
    assert depth == model.config.n_layer
    tokens = tokens_for(model, batch=3)
    theirs = model(tokens).logits
    for row, expected in zip(tokens, theirs, strict=True):
        mine = lesson["assemble"](weights, depth)(row)
        torch.testing.assert_close(mine, expected, atol=1e-4, rtol=1e-4)


@torch.no_grad()
def test_a_swapped_part_is_noticed(lesson, tmp_path):
    model = reference()
    model.save_pretrained(tmp_path)
    weights, depth = lesson["read_gpt2"](tmp_path)
    tokens = tokens_for(model, batch=1)
    expected = model(tokens).logits[0]
    swapped = {**weights, "blocks.0.attn.W_Q": weights["blocks.0.attn.W_K"]}
    assert (lesson["assemble"](swapped, depth)(tokens[0]) - expected).abs().max() > 1e-3


def save_like_the_hub(model, folder):
    """Grava como na página openai-community/gpt2: nomes sem prefixo, e a máscara junto."""
    model.save_pretrained(folder)
    file = folder / "model.safetensors"
    weights = {name.removeprefix("transformer."): w for name, w in load_file(file).items()}
    mask = torch.ones(1, 1, 32, 32).tril()
    weights |= {f"h.{layer}.attn.bias": mask.clone() for layer in range(model.config.n_layer)}
    save_file(weights, file, {"format": "pt"})


@torch.no_grad()
def test_names_of_the_real_gpt2_are_read(lesson, tmp_path):
    model = reference()
    save_like_the_hub(model, tmp_path)
    weights, depth = lesson["read_gpt2"](tmp_path)
    tokens = tokens_for(model, batch=1)
    mine = lesson["assemble"](weights, depth)(tokens[0])
    torch.testing.assert_close(mine, model(tokens).logits[0], atol=1e-4, rtol=1e-4)


def test_cell_uses_the_folder_when_there_is_one(lesson, tmp_path, monkeypatch, capsys):
    run(FOLDER, lesson, tmp_path, monkeypatch)
    assert "GPT-2 sorteado, 3 camadas" in capsys.readouterr().out
    save_like_the_hub(reference(n_layer=2), tmp_path / "gpt2")
    run(FOLDER, lesson, tmp_path, monkeypatch)
    assert "GPT-2 da pasta gpt2, 2 camadas" in capsys.readouterr().out


def test_cell_reads_a_folder_in_pieces(lesson, tmp_path, monkeypatch, capsys):
    reference().save_pretrained(tmp_path / "gpt2", max_shard_size="20KB")
    assert len(list((tmp_path / "gpt2").glob("*.safetensors"))) > 1
    run(FOLDER, lesson, tmp_path, monkeypatch)
    assert "GPT-2 da pasta gpt2, 3 camadas" in capsys.readouterr().out


def empty(folder):
    pass


def only_weights(folder):
    reference().save_pretrained(folder)
    (folder / "config.json").unlink()


def only_settings(folder):
    reference().save_pretrained(folder)
    (folder / "model.safetensors").unlink()


def cut_download(folder):
    reference().save_pretrained(folder)
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:1000])


def page_instead_of_file(folder):
    reference().save_pretrained(folder)
    (folder / "config.json").write_text("<!doctype html><p>Not found", encoding="utf-8")


def other_model(folder):
    reference().save_pretrained(folder)
    (folder / "config.json").write_text('{"model_type": "llama"}', encoding="utf-8")


@pytest.mark.parametrize(
    ("break_it", "told"),
    [
        (empty, "falta gpt2/config.json; confira o caminho da pasta"),
        (only_weights, "falta gpt2/config.json; confira o caminho da pasta"),
        (only_settings, "falta model.safetensors em gpt2; confira"),
        (cut_download, "gpt2/model.safetensors está cortado"),
        (page_instead_of_file, "gpt2/config.json não é um JSON inteiro; copie-o outra vez"),
        (other_model, "model_type='llama'; só lemos pastas de GPT-2"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_bad_folder_is_explained_in_portuguese(break_it, told, lesson, tmp_path, monkeypatch):
    folder = tmp_path / "gpt2"
    folder.mkdir()
    break_it(folder)
    with pytest.raises(CheckpointError) as caught:
        run(FOLDER, lesson, tmp_path, monkeypatch)
    assert told in str(caught.value).replace("\\", "/")


def test_last_cell_bets_in_english_when_the_vocabulary_is_there(
    lesson, tmp_path, monkeypatch, capsys
):
    names = run(FOLDER, lesson, tmp_path, monkeypatch)
    run(ENGLISH, names, tmp_path, monkeypatch)
    assert "fica para depois" in capsys.readouterr().out
    text = "The capital of France is Paris. The capital of Brazil is Brasília. " * 4
    tokenizer = bpe.train(text, vocab_size=290)
    save_like_the_hub(reference(vocab_size=290), tmp_path / "gpt2")
    tokenizer.save_gpt2(tmp_path / "gpt2")
    names = run(FOLDER, lesson, tmp_path, monkeypatch)
    names = run(ENGLISH, names, tmp_path, monkeypatch)
    assert len(names["best"]) == 5
    assert capsys.readouterr().out.count("'") >= 10
