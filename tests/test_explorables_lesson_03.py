"""Os exploráveis da lição 03 dizem a verdade: cada quadro confere com `helpers.attention`."""

import json
import math
import re

import javascript
import pytest
import torch
from explorable_sweep import meets, require_comments, sweep

from helpers.attention import Head, causal_mask
from helpers.explorables import four_steps, inspector, people_line, shadow
from helpers.plots.vectors import bars, largest
from helpers.spoken import decimal, percent
from helpers.studies.thread import load_thread


@pytest.fixture(scope="module")
def thread():
    return load_thread()


def with_head(head, curtain):
    """O padrão da fila, calculado por `Head` com as mesmas matrizes."""
    x = people_line.features()
    mine = Head(x.shape[1], len(people_line.LABELS))
    pick = [[f == name for name in people_line.LABELS] for f in people_line.FEATURES]
    with torch.no_grad():
        mine.W_Q.copy_(people_line.query_weights(head))
        mine.W_K.copy_(torch.tensor(pick).float())
        return mine(x, mask=causal_mask(len(x)) if curtain else None)[1]


@pytest.mark.parametrize("head", people_line.HEADS)
@pytest.mark.parametrize("curtain", [True, False])
def test_line_is_a_real_head(head, curtain):
    pattern = people_line.line_pattern(head, curtain)
    assert torch.allclose(pattern, with_head(head, curtain), atol=1e-6)
    assert torch.allclose(pattern.sum(-1), torch.ones(8))
    assert (pattern.diagonal() > 0).all()
    assert bool(pattern.triu(1).any()) is not curtain


def test_line_answers_what_the_lesson_says():
    assert people_line.features()[:, -1].tolist() == list(range(8))  # lugares contados de zero
    closed = people_line.line_pattern("verb", True)
    at = people_line.WORDS.index
    assert closed[at("entregou"), at("João")] > 0.99
    opened = people_line.line_pattern("verb", False)[at("entregou")]
    assert opened[at("João")] == pytest.approx(opened[at("Maria")].item())
    tie = people_line.line_pattern("article", True)[at("pão")]
    assert tie[at("O")] == tie[at("um")]
    near = people_line.line_pattern("near", True)
    assert near[at("pão")].argmax() == near[at("Maria")].argmax() == at("um")


def test_every_frame_of_the_line_says_its_weights():
    widget = people_line.the_line()
    assert widget.frame() is widget.move(head="verb", asker=2, curtain=True)
    for values, frame in sweep(widget).items():
        head, asker, curtain = (value for _, value in values)
        weights = people_line.line_pattern(head, curtain)[asker].tolist()
        shown = [weight for weight in weights if weight > 0]
        rows = [row[2] for row in frame.table.rows]
        assert rows[: len(shown)] == [people_line.share_read(weight) for weight in shown]
        assert rows[len(shown) :] == ["escondida"] * (len(rows) - len(shown))
        assert f"{people_line.WORDS[asker]} pergunta: " in frame.sentence
        assert ("ainda não foi escrito" in frame.sentence) == any(weights[asker + 1 :])
        assert ("consulta de zeros" in frame.sentence) == (not _asks(head, asker))
        ranked = sorted(weights, reverse=True)
        crowd = next(n for n in range(1, 9) if sum(ranked[:n]) >= 0.9)
        told = re.search(r"Para juntar 90\s%, (?:basta|são precisas) (\d)", frame.sentence)
        assert (int(told[1]) if told else 1) == crowd
        assert (told is None) == (asker == 0 and curtain)


def _asks(head, asker):
    return bool((people_line.features()[asker] @ people_line.query_weights(head)).any())


def test_first_in_line_reads_itself():
    assert "só pode ler a si, e lê 100 %" in people_line.line_sentence("verb", 0, True)


def test_line_names_who_is_read_and_the_asker():
    near = people_line.line_sentence("near", people_line.WORDS.index("Maria"), True)
    told = "Lê um (88,8 %), O (4,4 %) e a si (4,4 %). Para juntar 90 %, são precisas 2."
    assert told in near.replace("\N{NO-BREAK SPACE}", " ")
    assert "só pode ler a si" not in near


def test_challenges_and_comments_of_the_line():
    widget = people_line.the_line()
    not_its_own, crowded, broken = meets(widget)
    assert {(s["head"], s["asker"]) for s in not_its_own} == {("near", 6)}
    for state in not_its_own:
        assert "Maria pergunta: quem é artigo" in widget.move(**state).sentence
        assert "Lê um (" in widget.sentence()
    assert all(state["curtain"] and state["asker"] == 7 for state in crowded)
    assert all("são precisas 8" in widget.move(**state).sentence for state in crowded)
    assert {(s["asker"], s["curtain"]) for s in broken} == {(2, False)}
    told = {
        "de João": "Com a cortina fechada",
        "de Maria": "tanto quanto João",
        "de João e de Maria": "Meio a meio",
    }
    require_comments(widget.question, told)


def test_question_of_the_line_is_right_and_its_cover_hides_the_weights():
    widget = people_line.the_line()
    assert widget.question["answer"] == "de João e de Maria"
    opened = people_line.line_pattern("verb", False)[people_line.ENTREGOU]
    assert opened.topk(2).values.tolist() == pytest.approx([0.5, 0.5], abs=0.01)
    assert "%" not in widget.question["cover"]
    assert "%" in widget.frame().svg


def test_inspector_opens_the_score_the_model_used(thread):
    widget = inspector.qkv_inspector(thread)
    scores = thread.cache["blocks.0.attn.hook_attn_scores"][0, 0]
    pattern = thread.cache["blocks.0.attn.hook_pattern"][0, 0]
    width = thread.model.config.d_head
    places = {"¶": 0} | {word: thread.at(word) for word in inspector.WORDS}
    seen = sweep(widget)
    for values, frame in seen.items():
        i, j = (places[value] for _, value in values)
        assert widget.label == "Inspetor Q·K·V"
        q = thread.cache["blocks.0.attn.hook_q"][0, i, 0]
        k = thread.cache["blocks.0.attn.hook_k"][0, j, 0]
        total = float(q @ k)
        told = float(re.search(r"Score (−?[\d,]+);", frame.sentence)[1].translate(_SIGNS))
        assert told == pytest.approx(total, abs=6e-3)
        counts = list(map(int, re.findall(r"(\d+) (?:produtos|contra)", frame.sentence)))
        assert sum(counts) == width
        if j <= i:
            assert total / math.sqrt(width) == pytest.approx(scores[i, j].item(), abs=1e-3)
            assert f"{percent(pattern[i, j].item(), 1)} da leitura" in frame.sentence
        else:
            assert "a máscara a esconde" in frame.sentence
    swapped = [
        seen[("asker", a), ("source", b)].sentence
        for a, b in (("entregou", "João"), ("João", "entregou"))
    ]
    totals = [re.search(r"Score (\S+);", sentence)[1] for sentence in swapped]
    assert totals[0] != totals[1]


def test_inspector_draws_the_query_the_key_and_the_value_it_names(thread):
    widget = inspector.qkv_inspector(thread, layer=2, head=1)
    q, k, v = (thread.cache[f"blocks.2.attn.hook_{one}"][0, :, 1] for one in "qkv")
    places = {"¶": 0} | {word: thread.at(word) for word in inspector.WORDS}
    rows = list(places.values())
    slot, step = widget.place["slot"], inspector.STEP
    for values in list(widget.states())[::5]:
        frame = widget.move(**values)
        i, j = places[values["asker"]], places[values["source"]]
        for at, (row, table, tint) in enumerate(((q[i], q, "q"), (k[j], k, "k"))):
            drawn = bars(
                row,
                inspector.LEFT,
                inspector.TOP + at * step,
                slot,
                peak=largest(table[rows]),
                tint=tint,
            )
            assert drawn in frame.svg
        end = inspector.TOP + 4 * step + 22 + 16
        assert bars(v[j], inspector.LEFT, end, slot, peak=largest(v[rows]), tint="v") in frame.svg
        terms = (q[i] * k[j]).tolist()
        order = sorted(range(len(terms)), key=terms.__getitem__, reverse=True)
        shown = [*order[:2], *order[-2:]]
        assert list(frame.table.rows) == [(str(at), decimal(terms[at])) for at in shown]


def test_the_running_sum_fills_its_band_in_every_frame(thread):
    widget = inspector.qkv_inspector(thread, layer=2, head=2)
    for values in widget.states():
        drawing = widget.move(**values).svg
        start, path = re.search(r'd="M\d+ ([\d.]+)((?:V\d+h\d+)+)" class="l1"', drawing).groups()
        away = [abs(int(y) - float(start)) for y in re.findall(r"V(\d+)", path)]
        assert max(away) == pytest.approx(widget.place["half"], abs=0.6)


def test_challenges_and_comments_of_the_inspector(thread):
    widget = inspector.qkv_inspector(thread)
    swapped, best = meets(widget)
    assert swapped == [{"asker": "João", "source": "entregou"}]
    totals = {}
    for source in ("¶", *inspector.WORDS):
        sentence = widget.move(asker=".", source=source).sentence
        totals[source] = cents(re.search(r"Score (\S+);", sentence)[1])
    assert best == [{"asker": ".", "source": max(totals, key=totals.get)}]
    told = {
        "todos a favor (positivos)": "quase nunca",
        "uns a favor, outros contra": "saldo",
        "só um é diferente de zero": "Na fila",
    }
    require_comments(widget.question, told)
    assert (torch.tensor(found_terms(thread, 0, 0)) != 0).all()
    favour = [term > 0 for term in found_terms(thread, 2, 2)]
    assert 0 < sum(favour) < len(favour)
    assert widget.question["answer"] == "uns a favor, outros contra"


def found_terms(thread, layer, head):
    """Os produtos de entregou com João, um por dimensão."""
    q, k = (thread.cache[f"blocks.{layer}.attn.hook_{one}"][0, :, head] for one in "qk")
    return (q[thread.at("entregou")] * k[thread.at("João")]).tolist()


def test_the_full_stop_of_the_head_the_lesson_opens_asks_for_maria(thread):
    widget = inspector.qkv_inspector(thread, layer=2, head=2)
    assert (torch.tensor(found_terms(thread, 2, 2)) != 0).all()
    assert meets(widget)[1] == [{"asker": ".", "source": "Maria"}]


def test_challenges_and_comments_of_the_shadow():
    widget = shadow.shadow()
    right_angle, bent = meets(widget)
    assert {state["angle"] for state in right_angle} == {120, 300}
    for state in bent:
        sentence = widget.move(**state).sentence
        angles = list(map(int, re.findall(r"a (\d+)° de q", sentence)))
        assert angles[1] > angles[0]
        assert "Ganha B" in sentence
    told = {"A": "sombra de A é 1", "B": "metade de 4", "empatam": "o dobro de A"}
    require_comments(widget.question, told)


def test_challenges_and_comments_of_the_four_steps():
    widget = four_steps.four_steps()
    pattern = four_steps.reading()["pattern"]
    even, selfish = meets(widget)
    spread = [row.max().item() for row in pattern]
    assert even == [{"asker": spread.index(min(spread)), "step": 2}]
    assert selfish == [{"asker": max(range(3), key=lambda i: pattern[i, i].item()), "step": 3}]
    told = {"de O": "segunda dimensão", "de si": "na primeira", "de entregou": "toda zero"}
    require_comments(widget.question, told)
    assert widget.question["answer"] == "de O"
    tables = four_steps.reading()
    assert pattern[1].argmax() == 0
    assert tables["q"][1].tolist() == [0, 1]
    assert [key.count_nonzero().item() for key in (tables["k"][:, 1], tables["k"][2])] == [1, 0]


def cents(text):
    """Número escrito na tela, em centésimos inteiros."""
    return round(100 * float(text.translate(_SIGNS)))


def test_inspector_sums_close_on_the_screen(thread):
    widget = inspector.qkv_inspector(thread)
    for values in widget.states():
        sentence = widget.move(**values).sentence
        numbers = re.search(
            r"a favor somam (\S+), \d+ contra somam (\S+)\. Score (\S+);", sentence
        ).groups()
        favour, against, score = map(cents, numbers)
        assert favour + against == score, sentence
        assert f">score {numbers[2]}<" in widget.frame().svg
        i, j = map(int, widget.key.split(","))
        terms = torch.tensor(widget.query_vectors[i]) * torch.tensor(widget.key_vectors[j]) / 10_000
        assert favour / 100 == pytest.approx(terms.clamp(min=0).sum().item(), abs=0.25)
        assert sum(terms) == pytest.approx(score / 100, abs=0.25)


def test_closing_moves_one_hundredth_at_most():
    assert inspector.closing(14.114, -16.598) == (14.12, -16.6)  # −2,484: falta um centésimo
    assert inspector.closing(0.504, 0.0) == (0.5, 0.0)
    for favour, against in torch.rand(200, 2, generator=torch.Generator().manual_seed(0)).tolist():
        added, taken = inspector.closing(favour, -against)
        assert round(100 * added) + round(100 * taken) == round(100 * (favour - against))
        assert max(abs(added - favour), abs(taken + against)) < 0.01


def test_each_dimension_takes_the_sum_from_one_number_to_the_next(thread):
    widget = inspector.qkv_inspector(thread, layer=1, head=2)
    q, k = (thread.cache[f"blocks.1.attn.hook_{one}"][0, :, 2].double() for one in "qk")
    places = {"¶": 0} | {word: thread.at(word) for word in inspector.WORDS}
    for values in widget.states():
        widget.move(**values)
        one, other = q[places[values["asker"]]], k[places[values["source"]]]
        running = 0
        for at in range(len(one)):
            sentence = widget.dimension_sentence(at)
            shown = re.findall(r"−?\d+,\d\d", sentence)
            first, second, product, before, after = map(cents, shown)
            assert sentence.startswith(f"Dimensão {at}: q ")
            assert (first, second) == (round(100 * one[at].item()), round(100 * other[at].item()))
            assert before == running
            assert before + product == after
            assert abs(after / 100 - (one * other)[: at + 1].sum().item()) <= 0.0051
            running = after
        assert sentence.endswith(", o score.")
        assert f"Score {shown[-1]};" in widget.sentence()


def node(program, given):
    """Roda no Node as contas de `inspector.js`."""
    told = f"console.log(JSON.stringify({program}));"
    return javascript.run(["spoken.js", "inspector.js"], told, given)


@pytest.mark.parametrize("shown", [640, 320, 704])
def test_pointer_finds_the_dimension_under_it(thread, shown):
    place = inspector.qkv_inspector(thread).place
    zoom = shown / 640
    columns = [place["left"] + place["slot"] * at for at in range(33)]
    inside = [zoom * (x + part) for x in columns[:32] for part in (1, place["slot"] - 1)]
    outside = [zoom * (columns[0] - 1), zoom * (columns[32] + 1), 0]
    program = f"given.map((x) => dimensionAt({json.dumps(place)}, 32, x, {shown}))"
    assert node(program, inside) == [at for at in range(32) for _ in range(2)]
    assert node(program, outside) == [-1, -1, -1]


def test_javascript_says_and_marks_each_dimension_as_python(thread):
    widget = inspector.qkv_inspector(thread)
    cases, expected = [], []
    for values in list(widget.states())[::7]:
        widget.move(**values)
        i, j = map(int, widget.key.split(","))
        sums = widget.sums[widget.key]
        for at in range(len(sums)):
            cases.append([widget.query_vectors[i], widget.key_vectors[j], sums, at, widget.place])
            expected.append((widget.dimension_sentence(at), widget.frame().svg, at))
    program = (
        "given.map(([q, k, sums, at, place]) => "
        "[dimensionText(q, k, sums, at), dimensionMarks(place, sums, at)])"
    )
    found = node(program, cases)
    for (text, marks), (sentence, svg, at) in zip(found, expected, strict=True):
        assert text == sentence
        # O ponto cai no degrau que o Python desenhou, e a faixa, na coluna da dimensão.
        start, path = re.search(r'd="M(\d+) [\d.]+((?:V\d+h\d+)+)" class="l1"', svg).groups()
        step, width = re.findall(r"V(\d+)h(\d+)", path)[at]
        assert marks["band"]["x"] == int(start) + at * int(width)
        assert marks["band"]["width"] == int(width)
        assert marks["dot"]["cx"] == marks["band"]["x"] + int(width)
        assert marks["dot"]["cy"] == pytest.approx(int(step), abs=0.6)


_SIGNS = str.maketrans({"−": "-", ",": "."})


@pytest.mark.parametrize("where", [{"layer": 9}, {"head": -1}, {"head": 99}])
def test_inspector_refuses_heads_that_do_not_exist(thread, where):
    with pytest.raises(ValueError, match="não existe neste modelo; vai de 0 a"):
        inspector.qkv_inspector(thread, **where)


def test_inspector_fits_in_every_head(thread):
    config = thread.model.config
    assert inspector.qkv_inspector(thread, config.n_layers - 1, config.n_heads - 1).frames


def test_shadow_tells_the_dot_product():
    widget = shadow.shadow()
    for values, frame in sweep(widget).items():
        angle, size = (value for _, value in values)
        turn = math.radians(angle)
        expected = [
            2 * length * math.cos(turn - math.radians(direction))
            for length, direction in ((1, 30), (size, 90))
        ]
        told = [
            float(text.translate(_SIGNS))
            for text in re.findall(r"score (−?[\d,]+)", frame.sentence)
        ]
        assert told == pytest.approx(expected, abs=6e-3)
        winner = (
            "Empate"
            if abs(expected[0] - expected[1]) < 1e-6
            else "Ganha " + "AB"[expected[1] > expected[0]]
        )
        assert frame.sentence.endswith(f"{winner}.")
        drawn = re.findall(r"score = 2 × (\S+) = ([^<]+)<", frame.svg)
        shadows = [float(shadow.translate(_SIGNS)) for shadow, _ in drawn]
        assert [f"{2 * shadow:.2f}" for shadow in shadows] == [
            f"{float(score.translate(_SIGNS)):.2f}" for _, score in drawn
        ]
        assert [score for _, score in drawn] == re.findall(r"score (−?[\d,]+)", frame.sentence)
    assert widget.question["answer"] == "B"
    assert "Ganha B" in widget.move(angle=30, size=4).sentence
    assert "Empate" in widget.move(angle=30, size=2).sentence


def test_four_steps_are_the_steps_of_a_head():
    tables = four_steps.reading()
    head = Head(4, 2, 3)
    with torch.no_grad():
        for name in ("W_Q", "W_K", "W_V"):
            getattr(head, name).copy_(torch.tensor(getattr(four_steps, name)))
        z, pattern = head(torch.tensor(four_steps.X).float())
    assert torch.allclose(tables["z"], z)
    assert torch.allclose(tables["pattern"], pattern)
    assert tables["scores"].tolist() == [[1, 3, 0], [1, 0, 0], [3, 6, 0]]
    widget = four_steps.four_steps()
    for values, frame in sweep(widget).items():
        asker, step = (value for _, value in values)
        assert frame.sentence.startswith(f"Etapa {step + 1}, ")
        titles = ["chaves", "scores", "pesos", "leituras"]
        assert [title for title in titles if f">{title}<" in frame.svg] == titles[: step + 1]
        assert four_steps.NAMES[asker] in frame.sentence
    assert "0,11, João 0,88 e entregou 0,01" in widget.move(asker=2, step=2).sentence
