"""`treinar` e `gerar` de ponta a ponta, num texto pequeno: o que dizem, gravam e recusam."""

import argparse
import dataclasses
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
import torch

from helpers import saved_model, training
from helpers.cli import app, generate, stopping, train, training_job
from helpers.cli.bar import ProgressBar
from helpers.cli.console import CliError
from helpers.cli.texts import read_texts
from helpers.data import read_text

ROOT = Path(__file__).resolve().parents[1]
STEPS = 6


@pytest.fixture(scope="module")
def text_file(tmp_path_factory):
    """Um texto nosso, num caminho com espaço e acento."""
    path = tmp_path_factory.mktemp("Área de trabalho") / "crônicas.txt"
    path.write_text(read_text("cronicas_pt.txt")[:12_000], encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def one_thread(monkeypatch):
    """Um núcleo só, para comparar até o último bit; e a mesma receita, menor."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
    torch.set_flush_denormal(False)


def trained(text_file, folder, *more, steps=STEPS):
    where = ["--texto", str(text_file), "--rapido", "--passos", str(steps)]
    return train.main([*where, "--saida", str(folder), "--nucleos", "1", *more])


@pytest.fixture(scope="module")
def model_folder(text_file, tmp_path_factory):
    """Um modelo já treinado, com uns poucos passos."""
    folder = tmp_path_factory.mktemp("modelos") / "meu modelo"
    assert trained(text_file, folder) == 0
    return folder


# ---------------------------------------------------------------- treinar


def test_training_leaves_a_whole_model_folder(model_folder, text_file):
    names = {path.name for path in model_folder.iterdir()}
    (weights,) = model_folder.glob("model-*.safetensors")
    assert names == {
        *("config.json", "tokenizador.json", "historico.csv", "curva.png", "cartao.md"),
        weights.name,
    }
    history = training.load_history(model_folder)
    assert [record.step for record in history] == list(range(1, STEPS + 1))
    assert history[-1].loss < history[0].loss
    model, tokenizer = training.load_model(model_folder)
    recipe = training.RECIPES["rapido"]
    material = training.own_text(read_texts(text_file), recipe)
    assert material.tokenizer == tokenizer
    assert training.evaluate(model, material.validation) == pytest.approx(
        history[-1].validation, abs=1e-5
    )
    assert (model_folder / "curva.png").read_bytes().startswith(b"\x89PNG")


def test_card_tells_where_the_model_comes_from(model_folder):
    card = (model_folder / "cartao.md").read_text(encoding="utf-8")
    last = training.load_history(model_folder)[-1]
    assert "| texto | `crônicas.txt` |" in card
    assert f"{last.validation:.3f}".replace(".", ",") + " nats por token" in card
    assert f'treinar --texto "crônicas.txt" --rapido --passos {STEPS}' in card


@pytest.mark.slow
def test_training_tells_loss_speed_and_how_to_write(text_file, tmp_path, capsys):
    assert trained(text_file, tmp_path) == 0
    said = capsys.readouterr().out
    assert f"passo {STEPS} de {STEPS} · perda " in said
    assert "mil tokens/s · faltam 0 s" in said
    assert "amostra no passo " in said
    assert "Perda no texto separado: " in said
    assert " por byte." in said
    assert "quem aposta por igual perde 6,6" in said
    assert "trigramas, " in said
    assert "[aviso]" not in said, "em seis passos a perda separada só cai"
    assert f'gerar --modelo "{tmp_path}"' in said, "sem --modelo, quem escreve é o do curso"
    assert "\r" not in said, "fora de um terminal, linhas inteiras"


def climbing(*losses):
    return [
        training.Record(step, 1.0, 0.01, 100 * step, 1.0, validation=loss)
        for step, loss in enumerate(losses, start=1)
    ]


@pytest.fixture(scope="module")
def material(text_file):
    return training.own_text(read_texts(text_file), training.RECIPES["rapido"])


def test_a_held_out_loss_that_climbed_is_told_at_the_end(material, capsys):
    job = training_job.Job.__new__(training_job.Job)
    job.material = material
    for losses, warned in [((5.0, 4.0, 6.0), True), ((5.0, 4.0, 4.01), False), ((5.0,), False)]:
        job.records = climbing(*losses)
        job._say_result()
        said = capsys.readouterr().out
        assert ("o modelo está decorando" in said) == warned
        assert not warned or "no passo 2 ela era 4,000, e subiu" in said
        assert not warned or "--passos 2." in said


def test_a_held_out_loss_that_climbs_is_told_once_on_the_way(capsys):
    run = type("Run", (), {"step": 0, "tokens": 0, "settings": training.TrainSettings(steps=9)})
    view = training_job.View(ProgressBar(total=1), run, None)
    view.sample_every = 100
    for record in climbing(5.0, 4.0, 4.05, 4.5, 4.6):
        view.show(record)
    said = capsys.readouterr().out
    assert said.count("[aviso]") == 1
    assert "subiu desde o passo 2: o modelo começou a decorar" in said
    assert said.index("4,050") < said.index("[aviso]") < said.index("4,600")


def test_last_line_told_writes_with_the_new_model(text_file, my_course, capsys):
    few = ["--rapido", "--passos", "2", "--nucleos", "1"]
    assert train.main(["--texto", str(text_file), *few]) == 0
    told = shlex.split(capsys.readouterr().out.splitlines()[-1])
    assert told[1:4] == ["-m", "helpers", "gerar"]
    assert generate.main([*told[4:], "--tokens", "2", "--semente", "1"]) == 0
    assert Path(told[told.index("--modelo") + 1]) == my_course / "meu_modelo"


def test_own_text_and_own_model_live_in_the_students_folder(
    text_file, my_course, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    shutil.copy(text_file, my_course / "meu_texto.txt")
    few = ["--rapido", "--passos", "2", "--nucleos", "1"]
    assert train.main(["--texto", "meu_texto.txt", "--saida", "meu_modelo_de_texto", *few]) == 0
    assert (my_course / "meu_modelo_de_texto" / "config.json").is_file()
    assert not list(tmp_path.glob("meu_modelo*"))
    capsys.readouterr()
    assert generate.main(["--modelo", "meu_modelo_de_texto", "--tokens", "2"]) == 0


def test_lesson_writes_with_every_model_it_trains():
    text = (ROOT / "notebooks" / "texto" / "09_treinamento.md").read_text(encoding="utf-8")
    found = {"treinar": [], "gerar": []}
    for name, options in re.findall(r"^python -m helpers (treinar|gerar)(.*)$", text, re.MULTILINE):
        parser = argparse.ArgumentParser()
        (train if name == "treinar" else generate).add_arguments(parser)
        found[name].append(parser.parse_args(shlex.split(options)))
    written = {options.modelo for options in found["gerar"]}
    assert written == {"meu_primeiro_modelo"} | {
        options.saida or train.OUTPUT for options in found["treinar"]
    }


@pytest.mark.slow
def test_same_command_gives_the_same_bytes(text_file, model_folder, tmp_path):
    assert trained(text_file, tmp_path) == 0
    for path in model_folder.iterdir():
        assert (tmp_path / path.name).read_bytes() == path.read_bytes(), path.name


@pytest.mark.slow
def test_another_seed_gives_another_model(text_file, model_folder, tmp_path):
    assert trained(text_file, tmp_path, "--semente", "1") == 0
    names = [next(folder.glob("model-*")).name for folder in (model_folder, tmp_path)]
    assert names[0] != names[1]


def stop_at(step, monkeypatch):
    """Faz o Ctrl-C chegar no meio de um passo."""
    advance = training.Run.advance

    def interrupted(run, batch):
        if run.step == step - 1:
            signal.raise_signal(signal.SIGINT)
        return advance(run, batch)

    monkeypatch.setattr(training.Run, "advance", interrupted)
    return lambda: monkeypatch.setattr(training.Run, "advance", advance)


@pytest.mark.slow
def test_ctrl_c_keeps_the_work_and_resuming_ends_the_same(
    text_file, model_folder, tmp_path, monkeypatch, capsys
):
    undo = stop_at(3, monkeypatch)
    handler = signal.getsignal(signal.SIGINT)
    assert trained(text_file, tmp_path) == 130
    undo()
    assert signal.getsignal(signal.SIGINT) is handler
    said = capsys.readouterr().out
    assert "Treino interrompido no passo 3" in said
    assert f'treinar --retomar --saida "{tmp_path}"' in said
    assert len(training.load_history(tmp_path)) == 3
    training.load_model(tmp_path)

    assert train.main(["--retomar", "--saida", str(tmp_path), "--nucleos", "1"]) == 0
    assert (tmp_path / "historico.csv").read_bytes() == (
        model_folder / "historico.csv"
    ).read_bytes()
    assert next(tmp_path.glob("model-*")).name == next(model_folder.glob("model-*")).name
    assert not (tmp_path / "treino.safetensors").exists()


def test_second_ctrl_c_stops_at_once():
    with stopping.on_request() as stop:
        signal.raise_signal(signal.SIGINT)
        assert stop.requested
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def failure(capsys):
    said = capsys.readouterr().err
    assert "[FALHA]" in said
    assert "O que fazer:" in said
    assert "Traceback" not in said
    return said


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--semente", "7", "começou com semente=o padrão, e agora veio semente=7"),
        ("--passos", "9", f"começou com passos={STEPS}, e agora veio passos=9"),
        ("--texto", "outro.txt", "e agora veio texto="),
    ],
)
def test_resuming_with_other_settings_is_refused(
    text_file, tmp_path, monkeypatch, capsys, option, value, words
):
    stop_at(2, monkeypatch)
    assert trained(text_file, tmp_path) == 130
    before = (tmp_path / "treino.safetensors").read_bytes()
    assert train.main(["--retomar", option, value, "--saida", str(tmp_path)]) == 1
    assert words in failure(capsys)
    assert (tmp_path / "treino.safetensors").read_bytes() == before


@pytest.mark.slow
def test_resuming_after_the_text_changed_is_refused(tmp_path, monkeypatch, capsys):
    source = tmp_path / "texto.txt"
    source.write_text(read_text("cronicas_pt.txt")[:12_000], encoding="utf-8")
    undo = stop_at(2, monkeypatch)
    assert trained(source, tmp_path / "m") == 130
    undo()
    source.write_text(read_text("cronicas_pt.txt")[:12_500], encoding="utf-8")
    assert train.main(["--retomar", "--saida", str(tmp_path / "m")]) == 1
    assert "o texto mudou desde que o treino começou" in failure(capsys)


def test_nothing_to_resume_is_told(model_folder, tmp_path, capsys):
    assert train.main(["--retomar", "--saida", str(tmp_path)]) == 1
    assert "não há treino interrompido" in failure(capsys)
    assert train.main(["--retomar", "--saida", str(model_folder)]) == 1
    assert "o treino já terminou" in failure(capsys)


@pytest.mark.slow
def test_finished_and_unfinished_work_is_not_overwritten(
    text_file, model_folder, tmp_path, monkeypatch, capsys
):
    before = {path.name: path.read_bytes() for path in model_folder.iterdir()}
    assert trained(text_file, model_folder) == 1
    assert "já tem um modelo pronto" in failure(capsys)
    assert {path.name: path.read_bytes() for path in model_folder.iterdir()} == before

    undo = stop_at(2, monkeypatch)
    assert trained(text_file, tmp_path) == 130
    undo()
    capsys.readouterr()
    assert trained(text_file, tmp_path) == 1
    said = failure(capsys)
    assert "já tem um treino interrompido" in said
    assert "--retomar" in said
    assert trained(text_file, tmp_path, "--de-novo") == 0


def test_damaged_training_is_told(text_file, tmp_path, monkeypatch, capsys):
    undo = stop_at(2, monkeypatch)
    assert trained(text_file, tmp_path) == 130
    undo()
    state = tmp_path / "treino.safetensors"
    state.write_bytes(state.read_bytes()[:500])
    assert train.main(["--retomar", "--saida", str(tmp_path)]) == 1
    assert "está cortado" in failure(capsys)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "o arquivo está vazio"),
        (b" \n\t", "o arquivo está vazio"),
        ("olá, você".encode(), "curto demais: a parte de treino deu"),
        ("linha\ncoração".encode("latin-1"), "o byte 0xe7, na posição 10 (linha 2)"),
        (b"\xef\xbb\xbfab\xff", "o byte 0xff, na posição 5 (linha 1)"),
        ("olá".encode("utf-16"), "o byte 0xff, na posição 0"),
        (b"um texto " * 9000 + b"\0", "tem caracteres nulos"),
        (("um texto " * 9000).encode("utf-16-le"), "está em UTF-16"),
        (b"%PDF-1.7\n" + b"um texto " * 9000, "é um PDF"),
        (b"PK\x03\x04" + b"um texto " * 9000, "é um documento de editor"),
        (b"{\\rtf1\\ansi " + b"um texto " * 9000, "é um documento RTF"),
    ],
    ids=[
        *("vazio", "em branco", "curto", "latin-1", "com marca", "utf-16", "nulo"),
        *("utf-16 sem marca", "pdf", "docx", "rtf"),
    ],
)
def test_bad_text_is_told(tmp_path, capsys, content, words):
    path = tmp_path / "texto.txt"
    path.write_bytes(content)
    assert trained(path, tmp_path / "m") == 1
    assert words in failure(capsys)


def test_bad_folders_are_told(tmp_path, capsys):
    (tmp_path / "nada").mkdir()
    (tmp_path / "nada" / "foto.png").write_bytes(b"\x89")
    assert trained(tmp_path / "nada", tmp_path / "m") == 1
    assert "não tem nenhum arquivo .txt nem .md" in failure(capsys)
    (tmp_path / "nada" / "a.txt").write_bytes(b"")
    assert trained(tmp_path / "nada", tmp_path / "m") == 1
    assert "todos os arquivos estão vazios" in failure(capsys)
    assert trained(tmp_path / "lugar nenhum", tmp_path / "m") == 1
    assert "lugar nenhum não existe" in failure(capsys)


def test_unwritable_output_is_told(text_file, tmp_path, capsys):
    (tmp_path / "arquivo").write_text("", encoding="utf-8")
    assert trained(text_file, tmp_path / "arquivo" / "dentro") == 1
    assert "não consigo gravar em" in failure(capsys)


def test_full_disk_is_told_and_the_last_point_stays(text_file, tmp_path, monkeypatch, capsys):
    def full(run, path, notes=None):
        raise OSError(28, "No space left on device", str(path))

    stop_at(2, monkeypatch)
    monkeypatch.setattr(training.Run, "save", full)
    assert trained(text_file, tmp_path) == 1
    assert "não consegui gravar" in failure(capsys)


def test_divergence_is_told_and_leaves_no_model(text_file, tmp_path, monkeypatch, capsys):
    quick = training.RECIPES["rapido"]
    wild = dataclasses.replace(quick.settings, lr=1e30, warmup=0)
    wild = dataclasses.replace(quick, settings=wild)
    monkeypatch.setitem(training.RECIPES, "rapido", wild)
    assert trained(text_file, tmp_path) == 1
    said = capsys.readouterr().err
    assert "[FALHA] a perda do passo 2 é nan: o treino divergiu." in said
    assert "treinar --de-novo --semente 1" in said
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "arguments",
    [
        ["--passos", "0"],
        ["--passos", "mil"],
        ["--semente", "-1"],
        ["--semente", str(2**63)],
        ["--epocas", "3"],
    ],
)
def test_bad_options_are_told_before_anything(arguments, capsys):
    with pytest.raises(SystemExit) as end:
        train.main(arguments)
    assert end.value.code == 2
    failure(capsys)


def test_without_text_the_grammar_teaches(monkeypatch, tmp_path, capsys):
    monkeypatch.setitem(sys.modules, "helpers.stories", None)
    assert train.main(["--rapido", "--saida", str(tmp_path)]) == 1
    said = failure(capsys)
    assert "A gramática das histórias não está aqui" in said
    assert "--texto" in said


# ---------------------------------------------------------------- textos


def test_folder_is_read_whole_in_order_without_hidden_files(tmp_path):
    for name, text in {
        "b.txt": "dois",
        "a.MD": "um\r\nfim",
        "sub/c.txt": "três",
        ".git/d.txt": "não",
        "e.csv": "não",
        "vazio.txt": "",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(text.encode())
    assert read_texts(tmp_path) == ["um\nfim", "dois", "três"]


def test_single_file_may_have_any_name_and_a_mark(tmp_path):
    (tmp_path / "livro").write_bytes("\ufeffolá".encode())
    assert read_texts(tmp_path / "livro") == ["olá"]


def test_loose_accents_are_read_as_letters(tmp_path):
    (tmp_path / "a.txt").write_text(unicodedata.normalize("NFD", "São João"), encoding="utf-8")
    assert read_texts(tmp_path) == ["São João"]


def test_unreadable_file_is_told(tmp_path, monkeypatch):
    (tmp_path / "a.txt").write_text("a", encoding="utf-8")

    def denied(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", denied)
    with pytest.raises(CliError) as told:
        read_texts(tmp_path)
    assert "não consegui ler" in told.value.message
    assert "a.txt" in told.value.message


# ---------------------------------------------------------------- gerar


def written(model_folder, *more):
    return generate.main(["--modelo", str(model_folder), "--tokens", "20", *more])


def test_same_seed_same_text_and_another_differs(model_folder, capsys):
    texts = []
    for seed in ("1", "1", "2"):
        assert written(model_folder, "--texto", "Era uma vez", "--semente", seed) == 0
        texts.append(capsys.readouterr().out)
    assert texts[0] == texts[1] != texts[2]
    assert all(text.startswith("Era uma vez") and text.endswith("\n") for text in texts)


def test_temperature_zero_is_greedy(model_folder, capsys):
    outputs = set()
    for seed in ("1", "2"):
        assert written(model_folder, "--temperatura", "0", "--semente", seed) == 0
        outputs.add(capsys.readouterr().out)
    assert len(outputs) == 1


def test_penalty_keeps_away_from_what_was_written(model_folder, capsys):
    texts = []
    for penalty in ("1", "1", "1,000000"):
        assert written(model_folder, "--temperatura", "0", "--penalidade", penalty) == 0
        texts.append(capsys.readouterr().out)
    assert written(model_folder, "--temperatura", "0", "--penalidade", "100") == 0
    away = capsys.readouterr().out
    assert len(set(texts)) == 1
    assert away != texts[0]
    assert len(set(away)) > len(set(texts[0]))


@pytest.mark.parametrize("prompt", ["", "🎈🎈", "<|fim|>", "\x00\u202e"], ids=ascii)
def test_odd_prompts_are_written(model_folder, capsys, prompt):
    assert written(model_folder, "--texto", prompt, "--semente", "3") == 0
    assert capsys.readouterr().out.startswith(prompt)


def test_long_prompt_is_read_from_its_end(model_folder, capsys):
    long = "a b " * 200 + "a"
    assert written(model_folder, "--texto", long, "--semente", "3", "--tokens", "3") == 0
    told = capsys.readouterr()
    assert told.out.startswith(long)
    assert "o modelo só lê os últimos 256" in told.err


def test_what_looks_the_same_is_read_the_same(model_folder, capsys):
    written_after = set()
    for start in ("São João", unicodedata.normalize("NFD", "São João"), "São João  "):
        assert written(model_folder, "--texto", start, "--semente", "1") == 0
        written_after.add(unicodedata.normalize("NFC", capsys.readouterr().out))
    assert len(written_after) == 1


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--k", "0", "espera um inteiro a partir de 1; veio 0"),
        ("--k", "2.5", "espera um inteiro a partir de 1; veio 2.5"),
        ("--tokens", "-3", "espera um inteiro a partir de 0; veio -3"),
        ("--semente", "-1", "espera um inteiro de 0 a 9223372036854775807; veio -1"),
        ("--semente", str(2**63), "espera um inteiro de 0 a 9223372036854775807"),
        ("--semente", "", "veio nada"),
        ("--temperatura", "quente", "espera um número; veio quente"),
    ],
    ids=ascii,
)
def test_what_is_not_the_number_asked_for_is_refused(model_folder, capsys, option, value, words):
    with pytest.raises(SystemExit):
        written(model_folder, option, value)
    assert f"argumento {option}: " in (said := failure(capsys))
    assert words in said


def test_the_largest_seed_writes(model_folder, capsys):
    assert written(model_folder, "--semente", str(generate.MOST_SEED)) == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--temperatura", "-1"], "a temperatura -1.0 deve ser um número finito"),
        (["--p", "1,5"], "p=1.5 deve ser um número de 0 a 1"),
        (["--min-p", "2"], "min_p=2.0 deve ser um número de 0 a 1"),
        (["--penalidade", "0"], "penalty=0.0 deve ser um número maior que 0"),
        (["--texto", "a\udcff"], "UTF-8"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_bad_values_are_told_as_sampling_tells_them(model_folder, capsys, options, words):
    assert generate.main(["--modelo", str(model_folder), *options]) == 1
    assert words in failure(capsys)


def test_half_letters_wait_for_the_other_half():
    class Halves:
        def decode_bytes(self, ids):
            return bytes(ids)

    def pieces(data):
        steps = [type("Step", (), {"token": value})() for value in data]
        return list(generate._letters("", steps, Halves(), end=0))

    assert [p for p in pieces("pã🎈o".encode()) if p] == ["p", "ã", "🎈", "o"]
    assert "".join(pieces("ã".encode()[:1])) == "�"
    assert "".join(pieces(b"a\x00")) == "a", "o token de fim não se escreve"


def test_writing_stops_at_the_end_token(model_folder, capsys, monkeypatch):
    _, tokenizer = training.load_model(model_folder)
    end = tokenizer.special_tokens[training.END]

    class Ends:
        config = type("Config", (), {"n_ctx": 16})()

        def __call__(self, tokens):
            logits = torch.zeros(*tokens.shape, tokenizer.vocab_size)
            logits[..., end if tokens.shape[1] == 4 else ord("x")] = 50.0
            return logits

    monkeypatch.setattr(saved_model, "load_model", lambda folder: (Ends(), tokenizer))
    assert written(model_folder) == 0
    assert capsys.readouterr().out == "xxx\n"


def test_default_model_is_the_course_then_yours_then_a_message(
    model_folder, my_course, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(generate, "COURSE_MODEL", tmp_path / "curso")
    shutil.copytree(model_folder, my_course / "meu_modelo")
    assert generate.main(["--tokens", "2", "--semente", "1"]) == 0
    capsys.readouterr()
    (my_course / "meu_modelo" / "config.json").unlink()
    assert generate.main([]) == 1
    said = failure(capsys)
    assert "ainda não há modelo" in said
    assert "treinar" in said


def test_folder_without_model_is_told(tmp_path, capsys):
    assert generate.main(["--modelo", str(tmp_path)]) == 1
    assert "config.json" in failure(capsys)


def test_ctrl_c_while_writing_leaves_no_trace(model_folder, monkeypatch, capsys):
    def interrupted(*_):
        yield "Era"
        raise KeyboardInterrupt

    monkeypatch.setattr(generate, "_letters", interrupted)
    assert written(model_folder) == 130
    assert capsys.readouterr().out == "Era\n"


@pytest.mark.skipif(os.name == "nt", reason="no Windows não há esse erro")
def test_a_reader_that_leaves_early_gets_no_traceback(model_folder):
    code = "import sys; from helpers.cli import generate; sys.exit(generate.main(sys.argv[1:]))"
    command = [sys.executable, "-c", code, "--modelo", str(model_folder), "--semente", "1"]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as writer:
        writer.stdout.read(1)
        writer.stdout.close()
        assert writer.stderr.read() == b""
        assert writer.wait(60) == 0


# ---------------------------------------------------------------- dentro do ambiente


@pytest.fixture
def here(monkeypatch):
    """Faz deste Python o do ambiente, para não instalar nada."""
    monkeypatch.setattr(app.bootstrap, "prepare", lambda root, kind: Path(sys.executable))


@pytest.mark.usefixtures("here")
def test_commands_reach_the_environment_as_they_were_typed(model_folder, capfd, monkeypatch):
    monkeypatch.chdir(ROOT)
    arguments = ["--modelo", str(model_folder), "--texto=-- é", "--tokens", "3", "--semente", "1"]
    assert app.run(["gerar", *arguments]) == 0
    assert capfd.readouterr().out.startswith("-- é")


@pytest.mark.parametrize("command", ["treinar", "gerar"])
def test_unknown_options_are_told_before_the_environment(command, capsys):
    with pytest.raises(SystemExit):
        app.run([command, "--velocidade"])
    assert "não conheço: --velocidade" in failure(capsys)


def test_installation_talk_stays_out_of_the_text(monkeypatch, capfd, model_folder):
    def prepare(root, kind):
        app.say("Ambiente pronto.")
        return Path(sys.executable)

    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(app.bootstrap, "prepare", prepare)
    assert app.run(["gerar", "--modelo", str(model_folder), "--tokens", "0", "--texto", "oi"]) == 0
    told = capfd.readouterr()
    assert told.out == "oi\n"
    assert "Ambiente pronto." in told.err


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="no Windows não há kill -TERM")
def test_killed_command_keeps_the_work(text_file, tmp_path):
    code = (
        "import sys; from pathlib import Path; from helpers.cli import app\n"
        "app.bootstrap.prepare = lambda root, kind: Path(sys.executable)\n"
        "sys.exit(app.run(sys.argv[1:]))"
    )
    options = ["treinar", "--texto", str(text_file), "--rapido", "--saida", str(tmp_path)]
    command = [sys.executable, "-c", code, *options, "--passos", "600", "--nucleos", "1"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        try:
            next(line for line in child.stdout if line.startswith("[2/3]"))
            child.send_signal(signal.SIGTERM)
            said, _ = child.communicate(timeout=600)
        finally:
            child.kill()
    assert child.returncode == 130
    assert "Para continuar do mesmo ponto" in said
    assert training.read_notes(tmp_path / "treino.safetensors")["step"] >= 1


def test_training_shares_the_cores_unless_told_otherwise(here, monkeypatch):
    seen = []
    monkeypatch.setattr(app.stopping, "wait_for", lambda command, env: seen.append(env) or 0)
    app.run(["treinar", "--rapido"])
    monkeypatch.setenv("GOMP_SPINCOUNT", "7")
    app.run(["treinar", "--rapido"])
    assert [env["GOMP_SPINCOUNT"] for env in seen] == ["10000", "7"]
