"""As medidas do cartão, e o cartão do modelo embarcado refeito numa amostra."""

import json
import math
import random
import shutil
from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch

from helpers import bpe
from helpers.cli import measure as command
from helpers.cli.card import MEASURED, measured_card
from helpers.heads import shuffled_weights
from helpers.spoken import percent, thousands
from helpers.stories import Grammar
from helpers.studies import storytelling
from helpers.studies.thread import MODEL_DIR, load_thread
from helpers.training import load_history, load_model

SAMPLE = 60


def test_the_readme_says_what_was_measured():
    model, _ = load_model(MODEL_DIR)
    found = json.loads((MODEL_DIR / "medidas.json").read_text(encoding="utf-8"))
    stories = found["historias"]["1"]
    told = (MODEL_DIR.parents[1] / "README.md").read_text(encoding="utf-8")
    for number in (
        f"{model.config.n_layers} camadas, {thousands(model.config.n_params)} pesos",
        f"a {percent(found['perda']['ratio'] - 1)} do limite",
        f"{percent(stories['certas'] / stories['n'])} das histórias",
    ):
        assert number.replace("\N{NO-BREAK SPACE}", " ") in told, "refeito o modelo, mude o README"


@pytest.fixture(scope="module")
def grammar():
    return Grammar.load()


@pytest.fixture(scope="module")
def shipped():
    model, tokenizer = load_model(MODEL_DIR)
    return model.eval(), tokenizer


@pytest.fixture(scope="module")
def stranger(shipped):
    """O mesmo decoder com os pesos fora de ordem: as medidas precisam ver que não é o mesmo."""
    return shuffled_weights(shipped[0], torch.Generator().manual_seed(0)).eval()


@pytest.fixture(scope="module")
def card():
    return json.loads((MODEL_DIR / command.MEASURES).read_text(encoding="utf-8"))


def stories(grammar, n):
    draw = random.Random(11)
    return [grammar.sample(draw).text for _ in range(n)]


@pytest.mark.slow
def test_samples_of_the_grammar_are_all_right(grammar):
    judged = storytelling.judge(stories(grammar, 40), grammar)
    assert (judged.n, judged.right, judged.problems) == (40, 40, {})
    assert judged.agreements > 80
    assert judged.agreement == 1


def test_each_wrong_story_counts_once_by_its_first_problem(grammar):
    texts = stories(grammar, 3)
    wrong = "O João entregou uma pão para Maria. Foi um dia feliz."
    judged = storytelling.judge([*texts, wrong, "xyz"], grammar)
    assert (judged.n, judged.right) == (5, 3)
    assert sum(judged.problems.values()) == 2
    assert judged.wrong_agreements == 1
    assert judged.share == pytest.approx(0.6)
    assert 0.9 < judged.agreement < 1


def test_a_story_depends_on_its_seed_and_not_on_the_batch(shipped, monkeypatch):
    model, tokenizer = shipped
    together = storytelling.write_stories(model, tokenizer, 5, seed=4)
    monkeypatch.setattr(storytelling, "_BATCH", 2)
    assert storytelling.write_stories(model, tokenizer, 5, seed=4) == together
    assert storytelling.write_stories(model, tokenizer, 2, seed=5) != together[:2]
    assert len(set(together)) == 5


def test_a_tokenizer_without_the_mark_is_refused(shipped, grammar):
    tokenizer = bpe.train("oi oi", vocab_size=258)
    with pytest.raises(ValueError, match="não tem a marca"):
        storytelling.write_stories(shipped[0], tokenizer, 1)
    with pytest.raises(ValueError, match="não tem a marca"):
        storytelling.held_out(grammar, tokenizer, 1, 0)


def test_a_syllable_in_pieces_is_not_a_token(grammar):
    assert storytelling.syllable_ids(grammar, bpe.train("oi oi", vocab_size=258)) == []


def test_held_out_stories_are_new_whole_and_between_marks(shipped, grammar):
    _, tokenizer = shipped
    texts, ids = storytelling.held_out(grammar, tokenizer, 5, seed=1)
    end = tokenizer.special_tokens["<|fim|>"]
    for text, row in zip(texts, ids, strict=True):
        assert grammar.check(text) == []
        assert (row[0], row[-1]) == (end, end)
        assert tokenizer.decode(row[1:-1]) == text
    assert storytelling.held_out(grammar, tokenizer, 5, seed=1)[0] == texts
    assert storytelling.held_out(grammar, tokenizer, 5, seed=2)[0] != texts


def test_only_relations_that_no_fixed_offset_explains_are_scored(shipped, grammar, monkeypatch):
    model, tokenizer = shipped
    scored = []
    monkeypatch.setattr(
        storytelling, "model_relation_hits", lambda _model, _ids, found: scored.extend(found) or {}
    )
    storytelling.relation_scores(model, tokenizer, grammar, n=20, seed=3)
    texts, _ = storytelling.held_out(grammar, tokenizer, 20, 3)
    assert 0 < len(scored) < len(storytelling._relations(texts, tokenizer, grammar))


def test_best_head_is_the_first_largest():
    assert storytelling.best_head(torch.tensor([[0.1, 0.5], [0.5, 0.2]])) == (0, 1)
    assert storytelling.best_head(torch.tensor([[0.1, 0.2, 0.3], [0.0, 0.9, 0.2]])) == (1, 1)


def test_syllables_are_tokens_that_spell_a_syllable(shipped, grammar):
    _, tokenizer = shipped
    ids = storytelling.syllable_ids(grammar, tokenizer)
    assert {tokenizer.decode([i]) for i in ids} <= {f" {s}" for s in grammar.syllables}
    assert len(ids) >= 20


# ---------------------------------------------------------------- o cartão, numa amostra


def near(share, expected, n):
    """Diz se uma parte medida em n casos cabe em quatro desvios da que está no cartão."""
    return abs(share - expected) <= 4 * math.sqrt(max(expected * (1 - expected), 0.01) / n)


def test_card_loss_is_remade_on_other_stories(shipped, stranger, grammar, card):
    model, tokenizer = shipped
    loss = storytelling.loss_against_limit(model, tokenizer, grammar, n=80, seed=7)
    assert loss.ratio == pytest.approx(card["perda"]["ratio"], abs=0.02)
    assert storytelling.loss_against_limit(stranger, tokenizer, grammar, n=10).ratio > 3


@pytest.mark.slow
def test_card_share_of_right_stories_is_remade_with_another_seed(shipped, grammar, card):
    model, tokenizer = shipped
    stated = card["historias"]["1"]
    texts = storytelling.write_stories(model, tokenizer, SAMPLE, seed=123)
    judged = storytelling.judge(texts, grammar)
    # A amostra e o cartão variam os dois: a diferença tem a variância das duas partes.
    n = 1 / (1 / SAMPLE + 1 / stated["n"])
    assert near(judged.share, stated["certas"] / stated["n"], n)
    assert judged.agreement >= 0.97


def test_scrambled_weights_write_no_right_story(shipped, stranger, grammar):
    judged = storytelling.judge(storytelling.write_stories(stranger, shipped[1], 5), grammar)
    assert judged.right == 0


@pytest.mark.slow
def test_card_heads_are_remade_and_scrambled_weights_lose_them(shipped, stranger, grammar, card):
    model, tokenizer = shipped
    pool = storytelling.syllable_ids(grammar, tokenizer)
    stated = card["cabecas"]["copia"]["sílabas"]["induction"]
    remade = storytelling.copy_scores(model, pool)["induction"].value
    assert remade[tuple(stated["cabeca"])].item() == pytest.approx(stated["valor"], abs=0.002)
    assert storytelling.copy_scores(stranger, pool)["induction"].value.max() < stated["valor"]


@pytest.mark.slow
def test_card_relations_are_remade_on_fewer_stories(shipped, grammar, card):
    model, tokenizer = shipped
    remade = storytelling.relation_scores(model, tokenizer, grammar, n=200, seed=3)
    for kind in ("repetição", "pronome-antecedente"):
        stated, found = card["cabecas"]["relacoes"][kind], remade[kind]
        where = tuple(stated["cabeca"])
        error = math.hypot(stated["erro"], found.advantage.error[where].item())
        assert abs(found.advantage.mean[where].item() - stated["vantagem"]) < 4 * error + 0.02


@pytest.mark.slow
def test_card_ablation_is_remade_on_fewer_stories(shipped, grammar, card):
    model, tokenizer = shipped
    table = storytelling.ablation(model, tokenizer, grammar, n=60, seed=3).overall.change
    stated = torch.tensor(card["ablacao"]["todos os tokens"]["mudanca"])
    assert ((table.mean - stated).abs() < 5 * table.error + 0.02).all()


def test_card_text_is_the_one_made_from_the_measures(card):
    text = (MODEL_DIR / command.CARD).read_text(encoding="utf-8")
    assert text.split(f"\n{MEASURED}\n")[1] == measured_card(card).split(f"{MEASURED}\n")[1]


# ---------------------------------------------------------------- o comando


@pytest.fixture
def folder(tmp_path, monkeypatch, card):
    """Uma cópia do modelo, com as medidas demoradas trocadas por outras, prontas."""
    copied = shutil.copytree(MODEL_DIR, tmp_path / "modelo")
    fresh = {name: part for name, part in card.items() if name != "outras_sementes"}
    fresh["perda"] = {**card["perda"], "n": 7}
    monkeypatch.setattr(command, "measures", lambda *_: dict(fresh))
    monkeypatch.setattr(command, "heads", lambda _: card["cabecas"])
    return copied


def stored(folder):
    return json.loads((folder / command.MEASURES).read_text(encoding="utf-8"))


def test_measuring_again_keeps_what_the_other_seeds_gave(folder, card):
    assert card["outras_sementes"]
    assert command.main(["--modelo", str(folder)]) == 0
    assert stored(folder)["outras_sementes"] == card["outras_sementes"]
    assert stored(folder)["perda"]["n"] == 7
    text = (folder / command.CARD).read_text(encoding="utf-8")
    assert "Em 7 histórias novas" in text
    assert text.count(MEASURED) == 1
    assert f"{len(card['outras_sementes'])} modelos da mesma receita" in " ".join(text.split())


def test_measuring_for_the_first_time_has_no_other_seeds(folder):
    (folder / command.MEASURES).unlink()
    assert command.main(["--modelo", str(folder)]) == 0
    assert stored(folder)["outras_sementes"] == []


def test_other_seeds_given_take_the_place_of_the_stored_ones(folder, card):
    assert command.main(["--modelo", str(folder), "--outras", str(MODEL_DIR)]) == 0
    [other] = stored(folder)["outras_sementes"]
    last = load_history(MODEL_DIR)[-1]
    assert other == {
        "passos": last.step,
        "perda": round(last.validation, 3),
        **card["cabecas"],
    }


def test_measuring_rewrites_the_thread(folder):
    (folder / "fio.json").write_text("{}", encoding="utf-8")
    assert command.main(["--modelo", str(folder)]) == 0
    thread = load_thread(folder)
    assert thread.carried("07", thread.cache["logits"][0, -1].topk(5).values)


def test_each_number_of_the_card_is_the_one_measured():
    judged = storytelling.Judged(10, 7, {"objeto": 3}, 20, 1)
    assert command._judged(judged) == {
        "n": 10,
        "certas": 7,
        "problemas": {"objeto": 3},
        "concordancias": 20,
        "concordancias_erradas": 1,
    }
    score = SimpleNamespace(
        value=torch.tensor([[0.1, 0.9]]),
        uniform=0.2,
        position=torch.tensor([[0.3, 0.4]]),
        random=torch.tensor([[0.05, 0.15]]),
    )
    assert command._score(score) == {
        "cabeca": [0, 1],
        "valor": 0.9,
        "uniforme": 0.2,
        "so_posicao": 0.4,
        "embaralhado": 0.15,
    }
    hits = SimpleNamespace(
        advantage=SimpleNamespace(
            mean=torch.tensor([[0.1, 0.3]]), error=torch.tensor([[0.01, 0.02]])
        ),
        hits=SimpleNamespace(mean=torch.tensor([[0.9, 0.8]])),
        hit_baselines={"uniforme": torch.tensor([[0.5, 0.6]])},
        n_relations=12,
    )
    assert command._hits(hits) == {
        "cabeca": [0, 1],
        "n": 12,
        "acerto": 0.8,
        "referencias": {"uniforme": 0.6},
        "vantagem": 0.3,
        "erro": 0.02,
    }


def test_measures_are_taken_at_both_temperatures_and_on_both_pools(monkeypatch, shipped):
    heats, pools = [], []
    found = storytelling.Loss(1.23456, 1.0)
    judged = storytelling.Judged(5, 1, {}, 1, 0)
    replaced = {
        "loss_against_limit": lambda *_: found,
        "write_stories": lambda m, t, n, heat: heats.append(heat) or [n],
        "judge": lambda texts, _: replace(judged, n=texts[0]),
        "copy_scores": lambda _, pool: pools.append(set(pool)) or {},
        "relation_scores": lambda *_: {},
    }
    for name, fake in replaced.items():
        monkeypatch.setattr(storytelling, name, fake)
    empty = SimpleNamespace(overall=None, by_kind={})
    monkeypatch.setattr(storytelling, "ablation", lambda *_: empty)
    monkeypatch.setattr(command, "_ablation", lambda table: {"feita": table is empty})
    said = []
    progress = SimpleNamespace(step=said.append, done=lambda: None)
    found = command.measures(MODEL_DIR, progress)
    assert found["perda"] == {"n": 500, "loss": 1.2346, "limit": 1.0, "ratio": 1.2346}
    assert heats == [1.0, 0.7]
    assert list(found["historias"]) == ["1", "0.7"]
    assert found["historias"]["1"]["n"] == 200
    assert found["ablacao"] == {"feita": True}
    assert len(said) == 4
    syllables, everything = pools
    tokenizer = shipped[1]
    assert everything == set(range(tokenizer.vocab_size)) - {tokenizer.special_tokens["<|fim|>"]}
    assert syllables < everything


@pytest.mark.parametrize("said", ["modelo", "cópia/modelo", ""], ids=["certo", "volta", "nada"])
def test_the_manifest_follows_the_course_model_however_it_is_called(
    folder, monkeypatch, tmp_path, said
):
    (tmp_path / "cópia").symlink_to(tmp_path)
    monkeypatch.setattr(command, "MODEL", folder)
    monkeypatch.chdir(tmp_path)
    written = []
    monkeypatch.setattr("helpers.data.write_manifest", lambda: written.append(1))
    assert command.main(["--modelo", said] if said else []) == 0
    assert written == [1]


def test_another_model_leaves_the_manifest_alone(folder, monkeypatch):
    monkeypatch.setattr("helpers.data.write_manifest", lambda: pytest.fail("manifesto gravado"))
    assert command.main(["--modelo", str(folder)]) == 0


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        (command.MEASURES, "{}", "foi alterado"),
        (command.MEASURES, "{", "não é um JSON inteiro"),
        (command.MEASURES, '{"outras_sementes": 3}', "foi alterado"),
        (command.CARD, None, "falta"),
        ("tokenizador.json", "{", "tokenizador.json"),
    ],
    ids=ascii,
)
def test_what_is_missing_is_told_before_the_long_work(
    folder, monkeypatch, capsys, name, content, words
):
    path = folder / name
    path.unlink() if content is None else path.write_text(content, encoding="utf-8")
    monkeypatch.setattr(command, "measures", lambda *_: pytest.fail("mediu antes de conferir"))
    assert command.main(["--modelo", str(folder)]) == 1
    said = capsys.readouterr().err
    assert name in said
    assert words in said
    assert ".." not in said


def test_another_seed_without_history_is_told_before_the_long_work(
    folder, monkeypatch, capsys, tmp_path
):
    other = shutil.copytree(MODEL_DIR, tmp_path / "outra")
    (other / "historico.csv").unlink()
    monkeypatch.setattr(command, "measures", lambda *_: pytest.fail("mediu antes de conferir"))
    assert command.main(["--modelo", str(folder), "--outras", str(other)]) == 1
    assert "historico.csv" in capsys.readouterr().err


def test_measuring_a_folder_without_model_says_what_to_do(tmp_path, capsys):
    assert command.main(["--modelo", str(tmp_path)]) == 1
    said = "".join(capsys.readouterr())
    assert "falta" in said
    assert "treinar" in said
