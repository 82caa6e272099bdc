"""Os exploráveis da lição 05 dizem a verdade: cada quadro confere com o modelo ou com a conta."""

import dataclasses
import re

import numpy as np
import pytest
import torch

from helpers.explorables import gallery, head_facts, head_shapes, head_slices, switches
from helpers.explorables.head_slices import both_ways
from helpers.heads import ablate, attention_patterns, contribution_norms
from helpers.spoken import decimal, percent

pytestmark = pytest.mark.slow


def test_slices_agree_in_every_subset_and_break_only_when_shifted():
    widget = head_slices.heads_in_slices()
    broken = 0
    for values in widget.states():
        frame = widget.move(**values)
        heard = head_slices.Z[values["token"]] * np.array(values["speaking"])[:, None]
        by_head = sum(z @ slab for z, slab in zip(heard, head_slices.W_O, strict=True))
        rows = {row[0]: [int(n) for n in row[1:]] for row in frame.table.rows}
        assert rows["soma"] == by_head.tolist()
        same = rows["concat · W_O"] == rows["soma"]
        assert same == ("Diferença: 0." in frame.sentence) == ("Quebrou" not in frame.sentence)
        assert same or values["order"] == "shifted"
        broken += not same
    assert broken > 16


def test_silent_head_leaves_the_other_pieces_alone():
    z, order = head_slices.Z["entregou"], head_slices.ORDERS["right"]
    for head in range(4):
        silent = z.copy()
        silent[head] = 0
        before, after = (both_ways(one, head_slices.W_O, order)[1] for one in (z, silent))
        others = [i for i in range(4) if i != head]
        assert (before[others] == after[others]).all()
        assert not after[head].any()


def test_slices_example_has_a_head_that_writes_nothing():
    silent = [(t, h) for t, z in head_slices.Z.items() for h in range(4) if not z[h].any()]
    assert silent == [("pão", 3)]
    shifted = head_slices.ORDERS["shifted"]
    assert sorted(shifted) == [0, 1, 2, 3]
    assert all(slab != head for head, slab in enumerate(shifted))


@pytest.mark.parametrize("prompt", gallery.PROMPTS)
def test_gallery_sentence_and_table_are_the_models(prompt):
    thread = head_facts.course_thread()
    ids = [thread.ids[0], *thread.tokenizer.encode(prompt)][: gallery.MAX_TOKENS]
    tokens = torch.tensor([ids])
    pattern = attention_patterns(thread.model, tokens)[:, 0]
    norms = contribution_norms(thread.model, tokens)[:, 0]
    shown = {"weight": pattern, "share": norms / norms.sum(-1, keepdim=True)}
    asker = gallery.asker_of(prompt)
    pieces, values = gallery.read_prompt(prompt)
    assert np.allclose(values["weight"].sum(-1), 1, atol=1e-5)
    assert np.allclose(values["share"].sum(-1), 1, atol=1e-5)
    assert not np.triu(values["weight"], 1).any()
    widget = gallery.head_gallery()
    for values in widget.states():
        frame = widget.move(**values | {"prompt": prompt})
        layer, head = values["layer"], values["head"]
        row = shown[values["measure"]][layer, head, asker]
        best = int(row.argmax())
        assert f"{pieces[best]} ({percent(float(row[best]))})" in frame.sentence
        assert len(frame.table.rows) == asker + 1
        assert frame.table.rows[best][1] == decimal(pattern[layer, head, asker, best].item())


def test_gallery_only_praises_what_beats_every_reference():
    scores = head_facts.model_scores()
    widget = gallery.head_gallery()
    for values in widget.states():
        sentence = widget.move(**values).sentence
        place, lead = (values["layer"], values["head"]), {}
        for key, name in gallery.NOTES.items():
            score = scores[key]
            chance = max(score.uniform, score.position[place].item())
            chance = max(chance, score.random[:, *place].max().item())
            lead[name] = (score.value[place] - chance).item()
        best = max(lead, key=lead.get)
        praised = [name for name in lead if f"nota de {name}" in sentence]
        assert praised == ([best] if lead[best] > gallery.MARGIN else [])


def test_gallery_praises_the_lead_and_not_the_largest_note():
    notes = [
        gallery.Note("primeiro token", value=0.9, chance=0.9),
        gallery.Note("token anterior", value=0.5, chance=0.1),
    ]
    seen = dataclasses.replace(gallery.seen_in(gallery.SENTENCE), notes=[[notes]])
    sentence = gallery.gallery_sentence(seen, "weight", 0, 0)
    assert "a nota de token anterior é 0,50; a maior referência dá 0,10." in sentence


def test_gallery_challenges_are_met_where_the_model_says_so():
    widget = gallery.head_gallery()
    first, second = (set(goal["keys"]) for goal in widget.challenges)
    best = divmod(int(head_facts.model_scores()["previous_token"].value.argmax()), 4)
    for values in widget.states():
        widget.move(**values)
        place = values["layer"], values["head"]
        assert (widget.key in first) == (place == best)
        tables = gallery.read_prompt(values["prompt"])[1]
        strongest = [tables[name][place].argmax(-1) for name in ("weight", "share")]
        differs = values["measure"] == "share" and (strongest[0] != strongest[1]).any()
        assert (widget.key in second) == differs


def test_stories_say_where_each_relation_is():
    tokenizer = head_facts.course_thread().tokenizer
    texts, relations = head_facts.sample_stories(tokenizer, 6)
    found = [relation for relation in relations if relation.kind == "repetição"]
    assert len(found) > 6
    for relation in found:  # o token que se prevê já apareceu
        ids = texts[relation.text]
        seen = tokenizer.decode([ids[key] for key in relation.keys])
        assert tokenizer.decode([ids[relation.query + 1]]).strip() in seen


def test_shapes_frame_counts_right():
    sizes = head_shapes.stage_sizes(1024, 768, 16)
    assert sizes["pesos"] == 4 * 768**2
    assert sizes["scores"] == 16 * 1024**2
    widget = head_shapes.shapes_by_stage()
    assert (
        "Entre as ativações, o que mais ocupa: scores, "
        in widget.move(n_pos=1024, d_model=16).sentence
    )
    assert "1 024×16" not in widget.frame().svg
    assert "1024×16" in widget.frame().svg
    assert widget.move(n_pos=64, d_model=128, n_heads=4).svg.count(">64×32<") == 4
    assert "o que mais ocupa: q, k e v, " in widget.move(n_pos=6, n_heads=1).sentence
    tied = widget.move(n_pos=6, d_model=16, n_heads=8).sentence
    assert tied.endswith("Empate: q, k e v juntos têm 288 números, e os scores também.")


def test_nothing_removed_is_the_model_itself():
    ids, _ = switches.read_typed(switches.PROMPT)
    thread = head_facts.course_thread()
    with torch.no_grad():
        whole = thread.model(torch.tensor([ids]))[0, -1].softmax(-1)
    for mode in switches.MODES:
        assert torch.equal(switches.next_probabilities(ids, [], mode), whole)


@pytest.mark.parametrize("mode", switches.MODES)
def test_switches_show_what_ablate_says(mode):
    widget = switches.switch_off_heads()
    means = head_facts.head_means() if mode == "mean" else None
    ids, _ = switches.read_typed(switches.PROMPT)
    thread = head_facts.course_thread()
    tokens = torch.tensor([ids])
    before = switches.next_probabilities(ids, [], "zero")
    favourite = int(before.argmax())
    for name, removed in switches.removals().items():
        after = ablate(thread.model, tokens, removed, means)[0, -1].softmax(-1)
        frame = widget.move(removed=name, mode=mode)
        assert frame.table.rows[0][1:] == (
            decimal(before[favourite].item(), 3),
            decimal(after[favourite].item(), 3),
        )
        kept = int(after.argmax()) == favourite
        assert kept == ("perde o lugar" not in frame.sentence)


def test_switches_challenges_are_met_only_by_the_extreme_heads():
    widget = switches.switch_off_heads()
    ids, _ = switches.read_typed(switches.PROMPT)
    favourite = int(switches.next_probabilities(ids, [], "zero").argmax())
    left = {}
    for name, removed in switches.removals().items():
        for mode in switches.MODES if "." in name else ():
            left[name, mode] = switches.next_probabilities(ids, removed, mode)[favourite].item()
    extremes = min(left, key=left.get), max(left, key=left.get)
    for goal, place in zip(widget.challenges, extremes, strict=True):
        met = []
        for values in widget.states():
            widget.move(**values)
            met += [tuple(values.values())] if widget.key in goal["keys"] else []
        assert met == [place]


def test_long_text_is_read_from_its_end():
    tokenizer = head_facts.course_thread().tokenizer
    ids, note = switches.read_typed("pão " * 60 + "O João entregou um livro")
    assert tokenizer.decode(ids[1:]).endswith(" O João entregou um livro")
    assert len(ids) == switches.MAX_TOKENS + 1
    assert note.startswith(f"lendo os últimos {switches.MAX_TOKENS} de ")


def test_opening_questions_are_counted_in_the_model():
    thread = head_facts.course_thread()
    asked = gallery.rest_question()
    row = thread.cache
    count = sum(
        int(row[f"blocks.{layer}.attn.hook_pattern"][0, head, thread.at("entregou")].argmax()) == 0
        for layer in range(3)
        for head in range(4)
    )
    assert all(f"são {count} de 12" in comment for comment in asked.comments)
    ids, _ = switches.read_typed(switches.PROMPT)
    whole = switches.next_probabilities(ids, [], "zero")
    favourite = int(whole.argmax())
    four = [(0, head) for head in range(4)]
    left = switches.next_probabilities(ids, four, "zero")[favourite].item()
    asked = switches.opening_question()
    told = f"vai de {decimal(whole[favourite].item())} a {decimal(left)}."
    assert all(told in comment for comment in asked.comments)
    ranges = {"quase nada": (0, 0.25), "perto da metade": (0.25, 0.75), "quase tudo": (0.75, 2)}
    low, high = ranges[asked.answer]
    assert low < left / whole[favourite].item() < high


def test_a_whole_layer_means_its_heads():
    widget = switches.switch_off_heads()
    told = widget.move(removed="camada 0", mode="zero").sentence
    assert told.startswith("Sem as cabeças da camada 0 (no lugar, zero), ")
    assert widget.move(removed="todas").sentence.startswith("Sem cabeça nenhuma")


@pytest.mark.parametrize("typed", ["🍌🍌", "Joa\u0303o", "a" * 10_000, "pão " * 3_000, "x"])
def test_any_text_is_read(typed):
    widget = switches.switch_off_heads()
    widget.write(typed)
    assert not widget.message
    assert widget.sentence()
    assert ("últimos" in widget.note) == (len(typed) > 100)


@pytest.mark.parametrize("typed", ["", "   ", "\ud800"])
def test_empty_or_broken_text_is_refused_and_the_picture_stays(typed):
    widget = switches.switch_off_heads()
    before = widget.sentence()
    widget.write(typed)
    assert re.search("escreva", widget.message)
    assert widget.sentence() == before
