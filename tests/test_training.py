"""O treino: lotes, taxa, corte, otimizadores, o laço e a retomada até o último bit."""

import dataclasses
import itertools
import json
import math
import os

import pytest
import torch
from core import seeded, told
from torch import nn

from helpers import checkpoint
from helpers.checkpoint import CheckpointError
from helpers.config import PRESETS, DecoderConfig
from helpers.decoder import Decoder
from helpers.sampling import generate
from helpers.training import (
    IGNORED,
    Diverged,
    Documents,
    Muon,
    Run,
    TrainSettings,
    Windows,
    cross_entropy,
    evaluate,
    learning_rate,
    make_optimizers,
    orthogonalize,
    read_notes,
    train,
)
from helpers.training.batches import generator_for

TINY = DecoderConfig(d_vocab=40, n_ctx=12, d_model=16, n_heads=2, n_layers=2)
TEXT = torch.randint(40, (400,), generator=seeded(5))


def tiny(seed=0):
    return Decoder(TINY, generator=seeded(seed))


@pytest.fixture
def one_thread():
    """Um núcleo só: a ordem das somas, e portanto o último bit, não muda."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


# ---------------------------------------------------------------- ajustes


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"steps": 0}, "steps=0 deve ser pelo menos 1"),
        ({"batch_size": 0}, "batch_size=0"),
        ({"warmup": -1}, "warmup=-1"),
        ({"seed": -1}, "seed=-1"),
        ({"lr": 0.0}, "lr=0.0 deve ser finito, maior que 0"),
        ({"lr": math.nan}, "lr=nan"),
        ({"clip": math.inf}, "clip=inf"),
        ({"clip": 0.0}, "clip=0.0 deve ser finito, maior que 0"),
        ({"weight_decay": -0.1}, "weight_decay=-0.1 deve ser finito, 0 ou maior"),
        ({"optimizer": "sgd"}, "optimizer='sgd' não existe; escolha entre muon, adamw"),
    ],
    ids=lambda value: "" if isinstance(value, str) else str(value),
)
def test_bad_setting_is_told(change, words):
    with told(ValueError, words):
        TrainSettings(**change)


@pytest.mark.parametrize("change", [{"steps": 1.5}, {"lr": "0.1"}, {"seed": True}], ids=str)
def test_setting_of_another_kind_is_told(change):
    with told(TypeError, "deve ser um"):
        TrainSettings(**change)


def test_the_least_of_each_setting_is_accepted():
    least = {"steps": 1, "batch_size": 1, "warmup": 0, "seed": 0, "weight_decay": 0.0}
    assert dataclasses.asdict(TrainSettings(**least)).items() >= least.items()


def test_settings_are_few_and_frozen():
    assert len(dataclasses.fields(TrainSettings)) <= 8
    with pytest.raises(dataclasses.FrozenInstanceError):
        TrainSettings().steps = 1


# ---------------------------------------------------------------- taxa


def test_schedule_rises_in_a_line_and_falls_in_a_cosine():
    settings = TrainSettings(steps=111, lr=2.0, warmup=10)
    rates = [learning_rate(step, settings) for step in range(111)]
    assert rates[:10] == pytest.approx([0.2 * (step + 1) for step in range(10)])
    assert rates[10] == pytest.approx(2.0)
    assert rates[60] == pytest.approx((2.0 + 0.04) / 2)  # o meio do cosseno
    assert rates[110] == pytest.approx(0.04)
    assert all(a >= b for a, b in itertools.pairwise(rates[9:]))


def test_schedule_without_warmup_starts_at_the_top():
    settings = TrainSettings(steps=1, lr=0.5, warmup=0)
    assert learning_rate(0, settings) == 0.5


# ---------------------------------------------------------------- lotes


def test_windows_ask_for_the_next_token():
    tokens = torch.arange(50)
    inputs, targets = Windows(tokens, n_ctx=7, batch_size=5)(3)
    assert inputs.shape == targets.shape == (5, 7)
    assert torch.equal(targets, inputs + 1)


def test_windows_reach_both_ends_of_the_text():
    batches = Windows(torch.arange(10), n_ctx=7, batch_size=64)
    starts = set(batches(0).inputs[:, 0].tolist())
    assert starts == {0, 1, 2}


def test_windows_can_begin_with_a_token():
    inputs, targets = Windows(torch.arange(50), n_ctx=7, batch_size=5, first=99)(0)
    assert inputs.shape == targets.shape == (5, 7)
    assert inputs[:, 0].tolist() == [99] * 5
    assert torch.equal(inputs[:, 1:], targets[:, :-1])
    assert torch.equal(targets[:, 1:], targets[:, :-1] + 1)


def test_same_seed_and_step_same_batch_and_others_differ():
    def drawn(seed, step):
        return Windows(TEXT, 12, 8, seed)(step).inputs

    assert torch.equal(drawn(1, 4), drawn(1, 4))
    assert not torch.equal(drawn(1, 4), drawn(1, 5))
    assert not torch.equal(drawn(1, 4), drawn(2, 4))


def test_a_place_in_the_training_keeps_its_draw_for_ever():
    # Um treino guardado ontem continua hoje com os mesmos lotes.
    assert generator_for(3, 1, 2).initial_seed() == 4_923_998_346_176_221_635


def test_batches_leave_the_global_generator_alone():
    torch.manual_seed(3)
    before = torch.get_rng_state()
    Windows(TEXT, 12, 8)(0)
    Documents([[1, 2, 3]] * 9, 4)(0)
    list(train(tiny(), TEXT, TrainSettings(steps=2, batch_size=2)))
    assert torch.equal(torch.get_rng_state(), before)


def test_short_text_says_how_many_tokens_are_missing():
    with pytest.raises(ValueError, match=r"forma \[12\]; são precisos ao menos n_ctx \+ 1 = 13"):
        Windows(torch.arange(12), n_ctx=12, batch_size=2)


def test_each_document_comes_once_per_epoch_and_whole():
    documents = [[9, *range(10, 10 + size), 9] for size in (3, 1, 8, 2, 5, 4)]
    batches = Documents(documents, batch_size=2, seed=1)
    seen = []
    for step in range(batches.per_epoch):
        inputs, targets = batches(step)
        for row, target in zip(inputs, targets, strict=True):
            real = int((target != IGNORED).sum())
            assert (target[real:] == IGNORED).all()
            assert not row[real:].any()
            seen.append([int(row[0]), *target[:real].tolist()])
            assert row[1:real].tolist() == target[: real - 1].tolist()
    assert sorted(seen) == sorted(documents)


def test_epochs_have_different_orders_and_batches_similar_sizes():
    rng = seeded(2)
    sizes = torch.randint(2, 60, (512,), generator=rng).tolist()
    batches = Documents([[1] * size for size in sizes], batch_size=8)
    first = [batches(step).targets for step in range(batches.per_epoch)]
    second = [batches(step + batches.per_epoch).targets for step in range(batches.per_epoch)]
    assert [t.shape for t in first] != [t.shape for t in second]
    padding = sum(int((t == IGNORED).sum()) for t in first) / sum(t.numel() for t in first)
    assert padding < 0.1


@pytest.mark.parametrize(
    ("documents", "words"),
    [([[1, 2]] * 3, "há 3 textos, e um lote pede batch_size=4"), ([[1, 2], [1]] * 2, "menos de 2")],
    ids=["poucos", "sem alvo"],
)
def test_bad_documents_are_told(documents, words):
    with pytest.raises(ValueError, match=words):
        Documents(documents, batch_size=4)


# ---------------------------------------------------------------- perda


def test_padding_does_not_change_the_loss():
    model = tiny()
    alone = [Documents([[1, *range(2, size), 1]], 1).batch(torch.tensor([0])) for size in (5, 11)]
    together = Documents([[1, *range(2, size), 1] for size in (5, 11)], 2)
    nats, count = 0.0, 0
    for inputs, targets in alone:
        nats += cross_entropy(model(inputs), targets).item() * targets.numel()
        count += targets.numel()
    assert evaluate(model, together) == pytest.approx(nats / count, abs=1e-6)
    assert evaluate(model, together, batch_size=1) == pytest.approx(nats / count, abs=1e-6)


def test_evaluation_predicts_every_token_once():
    class Fixed(nn.Module):
        """Aposta sempre a mesma coisa; a conta fecha à mão, token por token."""

        def forward(self, tokens):
            return (torch.arange(40) / 10).expand(*tokens.shape, -1)

    log_probs = (torch.arange(40) / 10).log_softmax(-1)
    expected = -log_probs[TEXT[1:30]].mean().item()
    assert evaluate(Fixed(), TEXT[:30], n_ctx=12) == pytest.approx(expected, abs=1e-6)


def test_evaluation_leaves_the_mode_as_it_was_and_no_gradients():
    model = tiny().train()
    evaluate(model, TEXT)
    assert model.training
    assert all(weight.grad is None for weight in model.parameters())
    evaluate(model.eval(), TEXT)
    assert not model.training


def test_evaluating_one_token_is_refused():
    with pytest.raises(ValueError, match=r"1 token\(s\)"):
        evaluate(tiny(), TEXT[:1])


def test_loss_starts_near_the_uniform_guess():
    # Pesos de desvio 0,02: os logits quase não diferem, e ln V erra menos de 0,05 nat.
    config = DecoderConfig(d_vocab=768, n_ctx=64, d_model=64, n_heads=4, n_layers=2)
    tokens = torch.randint(768, (2000,), generator=seeded(1))
    first = next(train(Decoder(config, generator=seeded(0)), tokens, TrainSettings()))
    assert first.loss == pytest.approx(math.log(768), abs=0.05)


# ---------------------------------------------------------------- otimizadores


def test_only_matrices_decay_and_only_blocks_go_to_muon():
    model = Decoder(PRESETS["banana"], generator=seeded(0))
    names = {weight: name for name, weight in model.named_parameters()}
    optimizers = make_optimizers(model, TrainSettings(weight_decay=0.3))
    by_decay = {
        group["weight_decay"]: {names[p] for p in group["params"]}
        for group in optimizers["adamw"].param_groups
    }
    (muon,) = optimizers["muon"].param_groups
    assert by_decay[0.3] == {"embed.W_E", "pos_embed.W_pos"}
    assert muon["weight_decay"] == 0.3
    assert {names[p].rpartition(".")[2] for p in muon["params"]} == {
        *("W_Q", "W_K", "W_V", "W_O", "W_in", "W_out")
    }
    assert "blocks.0.attn.b_Q" in by_decay[0.0], "viés de dois eixos é viés"
    assert "ln_final.w" in by_decay[0.0]
    everything = sum(map(len, by_decay.values())) + len(muon["params"])
    assert everything == len(names)


def test_adamw_takes_everything_when_asked():
    optimizers = make_optimizers(tiny(), TrainSettings(optimizer="adamw"))
    assert set(optimizers) == {"adamw"}
    decaying = optimizers["adamw"].param_groups[0]["params"]
    assert len(decaying) == 2 + 6 * TINY.n_layers


def test_any_module_trains_not_only_ours():
    model = nn.Sequential(nn.Embedding(40, 8), nn.Linear(8, 40))
    records = list(train(model, Windows(TEXT, 12, 8), TrainSettings(steps=30, lr=0.05)))
    assert records[-1].loss < records[0].loss


def test_orthogonalize_evens_out_the_singular_values():
    matrices = torch.randn(3, 20, 8, generator=seeded(1))
    before = torch.linalg.svdvals(matrices)
    values = torch.linalg.svdvals(orthogonalize(matrices))
    assert before.max() / before.min() > 2
    assert 0.6 < values.min() <= values.max() < 1.3
    assert torch.allclose(orthogonalize(matrices.mT), orthogonalize(matrices).mT, atol=1e-5)


@pytest.mark.parametrize("decay", [{"weight_decay": 0.2}, {}], ids=["dito", "de costume"])
def test_muon_agrees_with_the_one_in_pytorch(decay):
    # A de lá faz a iteração em bfloat16: os passos concordam em 2 %.
    ours, theirs = (nn.Parameter(torch.randn(16, 24, generator=seeded(1))) for _ in range(2))
    start = ours.detach().clone()
    first = Muon([ours], lr=0.1, **decay)
    second = torch.optim.Muon([theirs], lr=0.1, adjust_lr_fn="match_rms_adamw", **decay)
    for step in range(4):
        gradient = torch.randn(16, 24, generator=seeded(10 + step))
        ours.grad, theirs.grad = gradient.clone(), gradient.clone()
        first.step()
        second.step()
    moved = (theirs - start).norm()
    assert moved > 1
    assert (ours - theirs).norm() / moved < 0.02


def test_muon_treats_each_head_alone():
    together = nn.Parameter(torch.randn(3, 8, 4, generator=seeded(1)))
    alone = [nn.Parameter(head.detach().clone()) for head in together]
    gradient = torch.randn(3, 8, 4, generator=seeded(2))
    together.grad = gradient.clone()
    for head, own in zip(alone, gradient, strict=True):
        head.grad = own.clone()
    for optimizer in (Muon([together], lr=0.1), Muon(alone, lr=0.1)):
        optimizer.step()
    assert torch.allclose(together, torch.stack(list(alone)), atol=1e-6)


def test_gradient_is_clipped_and_its_norm_reported_before():
    # Um passo de AdamW não depende da escala do gradiente; o gradiente que fica, sim.
    settings = TrainSettings(steps=1, batch_size=4, clip=0.01, optimizer="adamw")
    model = tiny()
    (record,) = train(model, TEXT, settings)
    left = torch.cat([weight.grad.flatten() for weight in model.parameters()]).norm()
    assert record.grad_norm > 0.1
    assert left.item() == pytest.approx(0.01, rel=1e-3)


def test_divergence_is_told():
    model = tiny()
    with torch.no_grad():
        model.embed.W_E.fill_(math.inf)
    with pytest.raises(ValueError, match="a perda do passo 1 é nan: o treino divergiu; diminua lr"):
        next(train(model, TEXT, TrainSettings()))


class BadGradient(nn.Module):
    """Um módulo de perda finita cujo gradiente é NaN: a raiz de zero tem inclinação infinita."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(40))

    def forward(self, tokens):
        return (0 * self.weight.sqrt()).expand(*tokens.shape, 40)


@pytest.mark.parametrize("optimizer", ["muon", "adamw"])
def test_a_gradient_that_is_not_a_number_never_touches_the_weights(optimizer):
    model = BadGradient()
    batch = Windows(TEXT, 12, 4)(0)
    run = Run(model, TrainSettings(steps=2, optimizer=optimizer))
    with pytest.raises(Diverged, match="a norma do gradiente do passo 1 é nan: o treino divergiu"):
        run.advance(batch)
    assert torch.equal(model.weight, torch.zeros(40))
    assert (run.step, run.tokens) == (0, 0)


@pytest.mark.parametrize("steps", [1, 2, 3])
@pytest.mark.parametrize("optimizer", ["muon", "adamw"])
def test_a_huge_rate_never_ends_well(steps, optimizer):
    settings = TrainSettings(steps=steps, lr=1e30, warmup=0, optimizer=optimizer)
    with pytest.raises(Diverged, match="o treino divergiu; diminua lr"):
        list(train(tiny(), TEXT, settings, validation=TEXT))


def test_weights_that_overflow_in_the_last_step_are_told():
    settings = TrainSettings(steps=1, lr=3e37, warmup=0, optimizer="adamw")
    with pytest.raises(Diverged, match=r"a soma de \|.*\| depois do passo 1 é inf"):
        list(train(tiny(), TEXT, settings))


def test_a_batch_of_padding_is_told():
    batch = Windows(TEXT, 12, 4)(0)
    padding = batch._replace(targets=torch.full_like(batch.targets, IGNORED))
    run = Run(tiny(), TrainSettings())
    with pytest.raises(ValueError, match="o lote do passo 1 só tem enchimento") as told_error:
        run.advance(padding)
    assert not isinstance(told_error.value, Diverged)


def test_a_saved_point_never_holds_what_is_not_a_number(tmp_path):
    model = tiny()
    run = Run(model, TrainSettings())
    run.advance(Windows(TEXT, 12, 4)(0))
    run.save(tmp_path / "ponto")
    before = (tmp_path / "ponto").read_bytes()
    with torch.no_grad():
        model.blocks[1].mlp.W_in[3, 2] = math.nan
    with pytest.raises(Diverged, match=r"a soma de \|blocks.1.mlp.W_in\| depois do passo 1 é nan"):
        run.save(tmp_path / "ponto")
    assert (tmp_path / "ponto").read_bytes() == before


# ---------------------------------------------------------------- o laço


@pytest.mark.parametrize("optimizer", ["muon", "adamw"])
def test_banana_is_memorised(optimizer):
    end = 256
    word = [end, *b"banana", end]
    model = Decoder(PRESETS["banana"], generator=seeded(0))
    settings = TrainSettings(steps=150, batch_size=4, lr=0.03, optimizer=optimizer)
    losses = [record.loss for record in train(model, Documents([word] * 4, 4), settings)]
    assert losses[0] == pytest.approx(math.log(260), abs=0.1)
    assert losses[-1] < 0.02
    assert generate(model, [end], 10, stop=end) == word


def test_records_come_one_by_one_and_nothing_runs_between_them():
    model = tiny()
    records = train(model, TEXT, TrainSettings(steps=5, batch_size=4), validation=TEXT, every=2)
    before = model.embed.W_E.detach().clone()
    assert torch.equal(model.embed.W_E, before), "criar o gerador não treina"
    first = next(records)
    after = model.embed.W_E.detach().clone()
    assert not torch.equal(after, before)
    assert torch.equal(model.embed.W_E, after)
    rest = list(records)
    assert [r.step for r in (first, *rest)] == [1, 2, 3, 4, 5]
    assert [r.tokens for r in (first, *rest)] == [4 * 12 * n for n in range(1, 6)]
    assert [r.validation is not None for r in (first, *rest)] == [False, True, False, True, True]
    assert rest[-1].validation == evaluate(model, TEXT)


def test_a_run_brings_its_settings_and_may_be_measured_at_every_step():
    run = Run(tiny(), TrainSettings(steps=3, batch_size=2))
    records = list(train(run.model, TEXT, run=run, validation=TEXT, every=1))
    assert [record.validation is not None for record in records] == [True] * 3


def test_loss_is_the_one_before_the_update():
    model, twin = tiny(), tiny()
    settings = TrainSettings(steps=1, batch_size=4, seed=3)
    (record,) = train(model, TEXT, settings)
    inputs, targets = Windows(TEXT, 12, 4, seed=3)(0)
    assert record.loss == cross_entropy(twin(inputs), targets).item()
    assert record.lr == learning_rate(0, settings)


def test_training_prints_nothing(capsys):
    list(train(tiny(), TEXT, TrainSettings(steps=2, batch_size=2), validation=TEXT))
    assert capsys.readouterr() == ("", "")


def test_run_of_another_model_is_refused():
    run = Run(tiny(), TrainSettings())
    with pytest.raises(ValueError, match="outro modelo ou de outros ajustes"):
        train(tiny(), TEXT, TrainSettings(), run=run)
    with pytest.raises(ValueError, match="every=0"):
        train(tiny(), TEXT, every=0)


@pytest.mark.slow
def test_same_seed_gives_the_same_loss_on_one_and_two_threads():
    # Só a ordem das somas muda: em 20 passos, a perda difere menos de 1e-4 nat.
    losses = []
    before = torch.get_num_threads()
    try:
        for threads in (1, 2):
            torch.set_num_threads(threads)
            records = train(tiny(), TEXT, TrainSettings(steps=20, batch_size=32))
            losses.append([record.loss for record in records])
    finally:
        torch.set_num_threads(before)
    assert losses[0] == pytest.approx(losses[1], abs=1e-4)


# ---------------------------------------------------------------- guardar e retomar


@pytest.mark.parametrize("optimizer", ["muon", "adamw"])
@pytest.mark.usefixtures("one_thread")
def test_resumed_training_is_the_same_to_the_last_bit(tmp_path, optimizer):
    settings = TrainSettings(steps=14, batch_size=4, optimizer=optimizer, lr=0.02, warmup=3)
    whole_model = tiny()
    whole = list(train(whole_model, TEXT, settings, validation=TEXT, every=4))

    run = Run(tiny(), settings)
    first = list(itertools.islice(train(run.model, TEXT, settings, run=run), 6))
    run.save(tmp_path / "treino.safetensors", {"nota": "ç"})
    later = Run(tiny(seed=9), settings)
    later.load(tmp_path / "treino.safetensors")
    rest = list(train(later.model, TEXT, settings, validation=TEXT, every=4, run=later))

    assert [r.loss for r in (*first, *rest)] == [r.loss for r in whole]
    assert rest == whole[6:]
    for name, weight in whole_model.state_dict().items():
        assert torch.equal(weight, later.model.state_dict()[name]), name
    for optimizer in later.optimizers.values():  # a mesma ordem de somas
        for weight, state in optimizer.state.items():
            assert {value.stride() for value in state.values() if value.ndim} == {weight.stride()}
    notes = read_notes(tmp_path / "treino.safetensors")
    assert (notes["step"], notes["notes"]) == (6, {"nota": "ç"})


@pytest.mark.usefixtures("one_thread")
def test_run_saved_before_the_first_step_is_a_beginning(tmp_path):
    settings = TrainSettings(steps=3, batch_size=4)
    Run(tiny(), settings).save(tmp_path / "t")
    run = Run(tiny(seed=4), settings)
    run.load(tmp_path / "t")
    assert list(train(run.model, TEXT, settings, run=run)) == list(train(tiny(), TEXT, settings))


def test_documents_resume_in_the_middle_of_an_epoch():
    documents = [[1] * size for size in range(2, 40)]
    straight, late = Documents(documents, 4, seed=3), Documents(documents, 4, seed=3)
    for step in range(13):
        expected = straight(step)
    assert all(torch.equal(a, b) for a, b in zip(late(12), expected, strict=True))


def saved(tmp_path, settings=None):
    path = tmp_path / "treino.safetensors"
    settings = settings or TrainSettings(steps=5, batch_size=2)
    run = Run(tiny(), settings)
    next(train(run.model, TEXT, settings, run=run))
    run.save(path)
    return path, settings


def test_interrupted_write_leaves_the_former_file(tmp_path, monkeypatch):
    path, settings = saved(tmp_path)
    before = path.read_bytes()
    run = Run(tiny(), settings)

    def fail(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(KeyboardInterrupt):
        run.save(path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_changed_setting_is_told(tmp_path):
    path, settings = saved(tmp_path)
    run = Run(tiny(), dataclasses.replace(settings, lr=0.5))
    with pytest.raises(CheckpointError, match=r"com lr=0.003, e agora lr=0.5"):
        run.load(path)


def test_other_model_is_told(tmp_path):
    path, settings = saved(tmp_path)
    run = Run(Decoder(dataclasses.replace(TINY, n_ctx=9)), settings)
    with pytest.raises(CheckpointError, match="outros tamanhos"):
        run.load(path)


def flip_last(data):
    return data[:-1] + bytes([data[-1] ^ 1])


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (None, "não há treino para retomar"),
        (lambda data: data[:200], "está cortado"),
        (lambda data: b"nada disso", "está cortado ou não é um treino"),
        (flip_last, "a soma SHA-256 não confere"),
    ],
    ids=["falta", "cortado", "outro", "um bit trocado"],
)
def test_damaged_file_is_told(tmp_path, damage, words):
    path, settings = saved(tmp_path)
    data = path.read_bytes()
    path.unlink()
    if damage:
        path.write_bytes(damage(data))
    with pytest.raises(CheckpointError, match=words):
        Run(tiny(), settings).load(path)


def test_safetensors_of_something_else_is_told(tmp_path):
    checkpoint.write(tmp_path, TINY, [], tiny().state_dict())
    (weights,) = tmp_path.glob("*.safetensors")
    with pytest.raises(CheckpointError, match="não é um treino guardado por esta versão"):
        read_notes(weights)


def test_saved_file_holds_only_numbers_and_json(tmp_path):
    path, _ = saved(tmp_path)
    data = path.read_bytes()
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    assert json.loads(header["__metadata__"]["treino"])["step"] == 1
    names = set(header) - {"__metadata__"}
    assert {name.partition(".")[0] for name in names} == {"model", "muon", "adamw"}
