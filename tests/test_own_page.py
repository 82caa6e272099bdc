"""O texto próprio na página: o desenho é o do Python, e os números são os do PyTorch."""

import dataclasses
import functools
import importlib
import itertools
import json
import random
import re
import unicodedata

import javascript
import numpy as np
import pytest
import torch

from helpers import heads, spoken
from helpers.explorables import draw_table, gallery, inspector, lens, live_generation, streams
from helpers.explorables.kit import own_page, to_js
from helpers.explorables.kit.columns import Bet, compare_bets
from helpers.explorables.kit.token_names import token_text, unique_labels
from helpers.hooks import editing, run_with_cache, run_with_edits
from helpers.plots import svg
from helpers.stories import Grammar
from helpers.studies.thread import SENTENCE, Thread, load_thread

CLOSE = 1e-4
TEXTS = (
    "A Ana pegou um livro. Ela leu o livro em casa.",
    "xkcd otorrinolaringologista",
    "família 👩‍👩‍👧‍👦 na\u0303o!",
    "o",
)


@pytest.fixture(scope="module")
def thread():
    return load_thread()


def reading(thread, text, most=256):
    """O que o fio diria se a frase do curso fosse outra."""
    ids = [thread.ids[0], *thread.tokenizer.encode(unicodedata.normalize("NFC", text))][:most]
    with torch.no_grad():
        logits, cache = run_with_cache(thread.model, torch.tensor([ids]))
    pieces = [thread.pieces[0], *(thread.tokenizer.decode([i]) for i in ids[1:])]
    return Thread(thread.model, thread.tokenizer, ids, pieces, {**cache, "logits": logits}, {})


@functools.cache
def module():
    """O script que a página recebe, aberto: sem a função que o envolve."""
    code, _ = own_page.package()
    return code.decode().split("(()=>{", 1)[1].rsplit("return start;", 1)[0]


def page(program, **given):
    """Roda um programa no módulo da página; `page` é o modelo com o seu tokenizador."""
    weights = own_page.MODEL_DIR / own_page.read_json(own_page.MODEL_DIR / "config.json")["weights"]
    start = """
    const bytes = require("fs").readFileSync(given.weights);
    const page = { model: new Decoder(GIVEN.config, bytes), words: new Tokenizer(GIVEN.tokenizer) };
    """
    return javascript.run([], module() + start + program, {**given, "weights": str(weights)})


# a tradução


def _every_construct(rows, names, peak=2.0):
    """Passa por tudo o que se traduz."""
    parts: list = []
    total = 0
    for i, (row, name) in enumerate(zip(rows, names, strict=True)):
        if not row or name in ("", "não"):
            continue
        total += len(row)
        best = max(row, key=lambda one: -abs(one - peak))
        parts.append((i, name, best, min(row), sorted(row, reverse=True)[:2]))
    joined = "; ".join(f"{name}={best:.2f}" for _, name, best, *rest in parts if best > 0 or rest)
    seen = {"n": total, "last": parts[-1][1] if parts else None}
    doubled = [one * 2 for row in rows for one in row if one > 0]
    first, *_others = names
    half, left = divmod(total, 2)
    where = names.index("b") if "b" in names else -1
    return [
        joined,
        seen["n"] // 2,
        seen["last"],
        doubled + parts[:0],
        first,
        half,
        left,
        where,
        sum(doubled),
        not parts,
        parts or "vazio",
        0 < total <= 9,
        names != rows,
        round(total / 8),
        joined.replace("=", ":").startswith("a"),
        -(total**2),
        any(rows),
        list(range(3, 0, -1)),
    ]


@pytest.mark.parametrize(
    "given",
    [
        ([[1.0, -2.5], [], [0.125, 3]], ["a", "b", "c"]),
        ([[0.5]], ["não"]),
        ([[4], [2, 2]], ["", "b"]),
    ],
)
def test_translated_function_gives_what_python_gives(given):
    code, (name,) = to_js.translate([_every_construct])
    said = f"{code}\nconsole.log(JSON.stringify({name}(...given)));"
    expected = json.loads(json.dumps(_every_construct(*given)))
    assert javascript.run(["spoken.js", "python.js"], said, given) == expected


def _small_operations(rows, names, zeros):
    """O que só difere nas pontas: índice negativo, passo, empate, zero, prefixo e infinito."""
    return [
        names[-2],
        list(enumerate(names, 1)),
        list(range(0, 7, 3)),
        sorted(rows),
        max(rows, key=lambda one: one[0]),
        min(rows, key=lambda one: one[0]),
        zeros.get("a", 7),
        zeros.get("b", 7),
        "a-b-a-b".replace("a", "$&", 1),
        "a-b-a-b".replace("b", "c"),
        "--a-b-".strip("-"),
        divmod(-7, 2),
        [spoken.decimal(one) for one in (1e999, -1e999)],
    ]


def test_small_operations_give_what_python_gives():
    given = ([[2, 9], [1, 5, 0], [1, 5], [2, 1]], ["a", "b", "c"], {"a": 0})
    code, (name,) = to_js.translate([_small_operations])
    said = f"{code}\nconsole.log(JSON.stringify({name}(...given)));"
    expected = json.loads(json.dumps(_small_operations(*given)))
    assert javascript.run(["spoken.js", "python.js"], said, given) == expected


def _with_numpy(x):
    return np.sum(x)


def _with_slices(x):
    return x[::2]


def _with_while(x):
    while x:
        x = x - 1


def _with_class(x):
    return x.unknown_method()


@pytest.mark.parametrize("function", [_with_numpy, _with_slices, _with_while])
def test_what_has_no_translation_is_said_with_its_line(function):
    with pytest.raises(ValueError, match=r"não tem tradução"):
        to_js.translate([function])


def test_pieces_written_by_hand_are_those_of_python(thread):
    rng = random.Random(4)
    numbers = [rng.uniform(-3, 3) * 10 ** rng.randrange(-4, 3) for _ in range(500)]
    numbers += [n / 16 for n in range(-80, 80)] + [0.0, -0.0, 1.0, 0.005, 1e-9]
    ids = [0, *range(255), *range(256, 1023)]
    labels = [thread.tokenizer.decode_bytes([i]) for i in ids]
    labels += [
        "á".encode()[:1],
        "😀 a\u0301".encode(),
        b"\xf0\x9f",
        "👩‍👧".encode(),
        b"\xe2\x80\x8b",
    ]
    said = [svg.token_label(one) for one in labels] + ["日本", "ｗｉｄｅ", "não", "한"]
    program = """
    const labels = given.labels.map((one) => tokenLabel(Uint8Array.from(one)));
    console.log(JSON.stringify([
      given.numbers.map((x) => [
        svgNumber(x), spokenDecimal(x), spokenDecimal(x, 3), spoken_percent(x)]),
      labels, given.said.map((one) => [svgLabelWidth(one), svgShort(one, 40), svgEscape(one)]),
    ]));
    """
    code, _ = to_js.translate([spoken.percent])
    found = javascript.run(
        ["spoken.js", "python.js"],
        code + program,
        {"numbers": numbers, "labels": [list(one) for one in labels], "said": said},
    )
    assert found[0] == [
        [svg.number(x), spoken.decimal(x), spoken.decimal(x, 3), spoken.percent(x)] for x in numbers
    ]
    assert found[1] == said[: len(labels)]
    assert found[2] == [
        [pytest.approx(svg.label_width(one)), svg.short(one, 40), svg.escape(one)] for one in said
    ]


# o desenho


def seen_by(name, thread):
    """O que a cena desenha na frase do curso, e os estados por que ela passa."""
    if name == "lens":
        seen = lens.read_sentence(thread)
        heights = range(len(seen.heights))
        return seen, [(p, h, r) for p in seen.places for h in heights for r in lens.READINGS]
    if name == "gallery":
        seen = gallery.seen_in(SENTENCE)
        bet = Bet("·a", 0.75, 0.125, "·b & c", 0.5)
        seen = dataclasses.replace(seen, silenced=[(0, 1), (2, 2)], bet=bet)
        return seen, list(itertools.product(range(3), range(4), gallery.MEASURES))
    if name == "streams":
        seen, bet = streams.read_layer(thread, 1), Bet("·a", 0.75, 0.125, "·b & c", 0.5)
        return (seen, bet), list(itertools.product(range(4, 10), range(4), streams.VIEWS))
    if name == "inspector":
        seen = inspector.read_head(thread, 0, 0)
        return seen, list(itertools.product(seen.names, seen.names))
    raise KeyError(name)


SCENES = sorted(path.stem.removesuffix("_own") for path in own_page.HERE.parent.glob("*_own.js"))
DRAWN = [
    name
    for name in SCENES
    if hasattr(importlib.import_module(f"helpers.explorables.{name}"), "view")
]


@pytest.mark.parametrize("name", DRAWN)
def test_page_draws_what_python_draws(thread, name):
    view = importlib.import_module(f"helpers.explorables.{name}").view
    seen, states = seen_by(name, thread)
    parts = seen if isinstance(seen, tuple) else (seen,)
    draw = f"(one) => {name}_view(...given.parts, ...one)"
    program = f"console.log(JSON.stringify(given.states.map({draw})));"
    found = page(program, parts=list(map(dataclasses.asdict, parts)), states=states)
    for state, drawn in zip(states, found, strict=True):
        frame = view(*parts, *state)
        assert drawn["svg"] == frame.svg, state
        assert drawn["sentence"] == frame.sentence
        assert drawn["table"]["rows"] == [list(row) for row in frame.table.rows]


# os números


READ = """
const said = given.texts.map((text) => {
  const { ids, notes } = tokensOf(page, text, given.most);
  const read = readingOf(page, ids, given.changes);
  const wish = { word: given.word, ...given.changes };
  const scene = given.scene && SCENES[given.scene](read, wish, given.own);
  return { ids, notes: [...notes, ...read.notes], labels: read.labels, names: read.names,
    logits: Array.from(read.forward().logits.data), seen: scene && SHOWN };
});
console.log(JSON.stringify(said));
"""


def read_in_page(texts, scene="", most=256, word="", changes=None, shown="scene.seen", **own):
    """O que a página lê em cada texto, e o que a cena guarda dele."""
    given = {"texts": texts, "scene": scene, "most": most, "word": word, "own": own}
    return page(READ.replace("SHOWN", shown), changes=changes or {}, **given)


def close(found, expected, where=""):
    """Mesmos textos, e números até `CLOSE`, em qualquer arrumação de listas e dicionários."""
    if isinstance(expected, dict):
        for key, value in expected.items():
            close(found[key], value, f"{where}.{key}")
    elif isinstance(expected, (list, tuple)):
        assert len(found) == len(expected), where
        for i, (a, b) in enumerate(zip(found, expected, strict=True)):
            close(a, b, f"{where}[{i}]")
    elif isinstance(expected, float):
        assert found == pytest.approx(expected, abs=CLOSE), where
    else:
        assert found == expected, where


def test_page_reads_what_pytorch_reads(thread):
    for text, found in zip(TEXTS, read_in_page(TEXTS), strict=True):
        expected = reading(thread, text)
        assert found["ids"] == expected.ids
        labels = [token_text(thread, token) for token in expected.ids]
        assert found["labels"] == labels
        assert found["names"] == list(unique_labels(labels))
        logits = expected.cache["logits"][0].flatten()
        torch.testing.assert_close(torch.tensor(found["logits"]), logits, atol=CLOSE, rtol=0)


def test_lens_of_an_own_text(thread):
    for text, found in zip(TEXTS[:3], read_in_page(TEXTS[:3], "lens"), strict=True):
        read, found = reading(thread, text), found["seen"]
        seen = dataclasses.asdict(lens.read_sentence(read))
        for name in ("labels", "names", "heights", "places", "expected"):
            assert found[name] == seen[name], text
        for kind in ("norm", "raw"):
            close(found["shares"][kind], seen["shares"][kind], text)
            probs = lens.read_stream(read, kind)[:, seen["places"]]
            said = {token_text(thread, token): token for token in range(probs.shape[-1])}
            for height, row in enumerate(found["top"][kind]):
                for at, cell in enumerate(row):
                    here = probs[height, at]
                    # Dois tokens quase empatados podem trocar de lugar; a probabilidade, não muda.
                    close([p for _, p in cell], here.topk(5).values.tolist(), text)
                    close([p for _, p in cell], [float(here[said[word]]) for word, _ in cell], text)
                    true = here[read.ids[seen["places"][at] + 1]]
                    least, most = (int((here > true + d).sum()) for d in (CLOSE, -CLOSE))
                    assert least < found["ranks"][kind][at][height] <= max(most, 1), text


def test_followed_word_has_its_rank_in_every_height(thread):
    (found,) = read_in_page(["O João entregou um pão para"], "lens", word=" Maria")
    read = reading(thread, "O João entregou um pão para")
    (target,) = thread.tokenizer.encode(" Maria")
    rows = lens.read_stream(read, "norm")
    ranks = [lens.rank_of(row, target) for row in rows[:, -1]]
    assert found["seen"]["ranks"]["norm"][-1] == ranks
    assert found["seen"]["followed"] == "·Maria"
    assert found["seen"]["places"][-1] == len(read.ids) - 1  # o que vem depois do último também
    (many,) = read_in_page(["O gato"], "lens", word="otorrino")
    assert "segue-se o primeiro" in many["notes"][-1]


def test_gallery_of_an_own_text(thread):
    text, silenced = TEXTS[0], [[0, 1], [1, 2]]
    (found,) = read_in_page([text], "gallery", 12, changes={"silenced": silenced}, notes=[])
    seen, ids = found["seen"], torch.tensor([found["ids"]])
    assert len(found["ids"]) == 12
    assert "cabem os primeiros 12" in found["notes"][0]

    def silence(z, layer):
        z = z.clone()
        z[:, :, [head for other, head in silenced if other == layer]] = 0
        return z

    edits = {
        f"blocks.{layer}.attn.hook_z": functools.partial(silence, layer=layer) for layer in (0, 1)
    }
    with torch.no_grad():
        whole = thread.model(ids)[0, -1].softmax(-1)
        with editing(thread.model, edits):
            after = thread.model(ids)[0, -1].softmax(-1)
            pattern = heads.attention_patterns(thread.model, ids)[:, 0]
            norms = heads.contribution_norms(thread.model, ids)[:, 0]
    close(seen["weights"]["weight"], pattern.tolist())
    close(seen["weights"]["share"], (norms / norms.sum(-1, keepdim=True)).tolist())
    bet = dataclasses.asdict(compare_bets(thread, whole, after))
    close(seen["bet"], bet)
    assert bet["before"] != pytest.approx(bet["after"], abs=0.005)


def test_streams_of_an_own_text_and_the_bet_without_its_largest_arrow(thread):
    text, places = "A Ana leu o livro.", [(1, 5, 2), (2, 3, 0)]
    shown = f"[scene.seen.layers, {places}.map((at) => scene.seen.betOf(...at))]"
    shown = shown.replace("(1, 5, 2)", "[1,5,2]").replace("(2, 3, 0)", "[2,3,0]")
    (found,) = read_in_page([text], "streams", 12, shown=shown, layer=1)
    (layers, bets), read = found["seen"], reading(thread, text)
    for layer in range(3):
        close(layers[layer], dataclasses.asdict(streams.read_layer(read, layer)))
    whole = read.cache["logits"][0].softmax(-1)
    for bet, (layer, token, head) in zip(bets, places, strict=True):
        row = streams.read_layer(read, layer).values["norm"][head][token]
        after = streams.without_arrow(read, layer, head, token, row.index(max(row)))
        close(bet, dataclasses.asdict(compare_bets(read, whole[token], after)))


def test_inspector_of_an_own_text(thread):
    text = "A Ana leu o livro, xkcd."
    read = reading(thread, text)
    names = list(unique_labels([token_text(thread, token) for token in read.ids]))
    shown = f"[scene.seen.headOf(2, 3), scene.dimensions({names[3]!r}, {names[1]!r}, 2, 3)]"
    (found,) = read_in_page([text], "inspector", shown=shown, layer=0, head=0)
    seen, dimensions = found["seen"]
    q, k, v = (read.cache[f"blocks.2.attn.hook_{one}"][0, :, 3] for one in "qkv")
    weights = read.cache["blocks.2.attn.hook_pattern"][0, 3].tolist()
    hidden = [[w if j <= i else None for j, w in enumerate(row)] for i, row in enumerate(weights)]
    peaks = [float(one.abs().max()) for one in (q, k, v)]
    close(seen, {"names": names, "q": q.tolist(), "k": k.tolist(), "v": v.tolist()})
    close(seen, {"weights": hidden, "peaks": peaks})
    sums = 100 * (q[3].double() * k[1].double()).cumsum(0).numpy()
    assert np.abs(np.array(dimensions[2]) - sums).max() <= 0.51  # centésimos inteiros


def beginnings(n):
    """Começos de histórias, cada um cortado no meio."""
    rng, grammar = random.Random(11), Grammar.load()
    words = [grammar.sample(rng).text.split() for _ in range(n)]
    return [" ".join(one[: rng.randrange(3, 18)]) for one in words]


def test_table_of_fifty_own_texts(thread):
    texts = beginnings(50)
    program = READ.replace("Array.from(read.forward().logits.data)", "[]")
    own = {"title": "depois de “{word}”?", "named": draw_table.NAMED}
    given = {"texts": texts, "scene": "draw_table", "most": 256, "changes": {}, "own": own}
    found = page(program.replace("SHOWN", "{ ...scene.seen, title: scene.title }"), **given)
    ids = {token_text(thread, token): token for token in range(thread.model.config.d_vocab)}
    for one in found:
        seen, logits = one["seen"], torch.tensor(one["seen"]["logits"])
        with torch.no_grad():
            right = thread.model(torch.tensor([one["ids"]]))[0, -1]
        expected = right.sort(descending=True).values
        torch.testing.assert_close(logits, expected, atol=CLOSE, rtol=0)
        torch.testing.assert_close(logits.softmax(0), expected.softmax(0), atol=CLOSE, rtol=0)
        # Dois quase empatados podem trocar de lugar; o logit de cada um, não muda.
        said = torch.stack([right[ids[name]] for name in seen["names"]])
        torch.testing.assert_close(said, logits[: len(said)], atol=CLOSE, rtol=0)
        assert seen["title"] == f"depois de “{one['names'][-1]}”?"
        assert len(seen["names"]) == draw_table.NAMED


STORY = """
const held = { ...given.state, done: [], asked: {}, answered: 0 };
const widget = { get: (name) => held[name] };
const part = {};
console.log(JSON.stringify(given.acts.map((act, turn) => {
  // De dois em dois pedidos, uma página nova retoma a história da linha que a outra guardou.
  if (turn % 2 === 0) BOXES.live_generation(page, widget, part);
  Object.assign(held, part.answer(act));
  return { ...held };
})));
"""
ACTS = (
    {"do": "next"},
    {"do": "jump", "node": 2},
    {"do": "heat", "t": 1.5},
    {"do": "pick", "token": 40},
    {"do": "next"},
    {"do": "next"},
    {"do": "jump", "node": 4},
    {"do": "back"},
    {"do": "write", "text": 'A Ana deu "um" livro, 😀', "seed": 7, "t": 0.5},
    *[{"do": "next"}] * 4,
    {"do": "pick", "token": 0},
    {"do": "next"},
    {"do": "write", "text": "", "seed": 123456789012, "t": 1.0},
    {"do": "next"},
    {"do": "heat", "t": 0.0},
    {"do": "next"},
)


def same_view(found, right):
    """A mesma resposta; dois candidatos quase empatados podem trocar de lugar."""
    assert {**found, "candidates": 0} == {**right, "candidates": 0}
    # Sem calor, os que não podem sair empatam em zero, em qualquer ordem.
    first, second = (one["candidates"][: None if right["t"] else 1] for one in (found, right))
    assert sorted(map(str, first)) == sorted(map(str, second))


def test_story_written_in_the_page_is_the_story_of_the_kernel(thread):
    widget = live_generation.live_generation(thread=thread)
    names = ("own", "text", "kept", "view")
    found = page(STORY, state={name: getattr(widget, name) for name in names}, acts=ACTS)
    again = live_generation.live_generation(thread=thread)
    for act, one in zip(ACTS, found, strict=True):
        widget.act(**act)
        same_view(one["view"], widget.view)
        assert (one["text"], one["note"], one["message"]) == (widget.text, widget.note, "")
        assert set(one["done"]) <= set(widget.done)
        # A linha que a página manda leva um kernel ao mesmo lugar.
        again.set_state({"kept": one["kept"]})
        assert again.state() == widget.state(), act
    assert widget.done == found[-1]["done"]


def test_bad_request_to_the_page_is_told_as_the_kernel_tells_it(thread):
    widget = live_generation.live_generation(thread=thread)
    wishes = [
        {"text": "a\ud800"},
        {"text": "x" * 2001},
        {"seed": -1},
        {"seed": None},
        {"seed": 1e30},
    ]
    acts = [{"do": "write", "text": "oi", "seed": 0, "t": 1.0, **wish} for wish in wishes]
    acts += [{"do": "jump", "node": 0}, {"do": "pick", "token": 0}, {"do": "pick", "token": 5}]
    names = ("own", "text", "kept", "view")
    found = page(STORY, state={name: getattr(widget, name) for name in names}, acts=acts)
    for act, one in zip(acts, found, strict=True):
        widget.act(**act)
        assert one["message"] == widget.message, act


def test_fifty_own_beginnings_have_the_candidates_of_python(thread):
    texts = beginnings(50)
    program = """
    const story = new Story(page, given.own);
    console.log(JSON.stringify(given.texts.map((text) => {
      story.begin(text, 0, 0.8);
      return [story.tree.prompt, story.tree.candidates()];
    })));
    """
    widget = live_generation.live_generation(thread=thread)
    for text, (ids, found) in zip(texts, page(program, own=widget.own, texts=texts), strict=True):
        with torch.no_grad():
            probs = (thread.model(torch.tensor([ids]))[0, -1].double() / 0.8).softmax(-1)
        assert ids[1:] == thread.tokenizer.encode(text)
        given = torch.tensor([prob for _, prob in found], dtype=torch.float64)
        torch.testing.assert_close(given, probs.topk(8).values, atol=CLOSE, rtol=0)
        said = probs[[token for token, _ in found]]
        torch.testing.assert_close(given, said, atol=CLOSE, rtol=0)


def test_silenced_head_and_hidden_token_change_what_pytorch_says(thread):
    changes = {"silenced": [[0, 1], [2, 3]], "hidden": [2, 4]}

    def silence(head):
        def edit(z):
            z = z.clone()
            z[:, :, head] = 0
            return z

        return edit

    def hide(scores):
        scores = scores.clone()
        for key in changes["hidden"]:
            rows = [row for row in range(scores.shape[-2]) if row != key]
            scores[:, :, rows, key] = -torch.inf
        return scores

    edits = {f"blocks.{layer}.attn.hook_z": silence(head) for layer, head in changes["silenced"]}
    edits |= {f"blocks.{layer}.attn.hook_attn_scores": hide for layer in range(3)}
    with torch.no_grad():
        expected = run_with_edits(thread.model, thread.tokens, edits)[0].flatten()
    (found,) = read_in_page([SENTENCE], changes=changes)
    torch.testing.assert_close(torch.tensor(found["logits"]), expected, atol=CLOSE, rtol=0)
    assert not torch.allclose(expected, thread.cache["logits"][0].flatten(), atol=0.1)


def test_what_the_model_never_read_is_said():
    said = [
        found["notes"]
        for found in read_in_page(
            ["O João viu a Maria.", "Zzz, 😀 gato", "x " * 5000, "ação " * 3000]
        )
    ]
    assert said[0] == []
    assert said[1] == ["O modelo não conhece “Zzz”, “😀”: lê em pedaços o que nunca viu."]
    assert "cabem os primeiros 256" in said[2][0]
    program = "console.log(JSON.stringify(given.texts.map(refusal)));"
    refused = page(program, texts=["", "  \t", "a\ud83d", "a"])
    assert [bool(why) for why in refused] == [True, True, True, False]
    many = read_in_page(["aa1 bb2 cc3 dd4 ee5 ff6 gg7"])[0]["notes"][0]
    assert "e mais 2" in many


def test_words_of_the_stories_are_known():
    rng, grammar = random.Random(2), Grammar.load()
    stories = [grammar.sample(rng).text for _ in range(40)]
    told = read_in_page([text[:200].rsplit(" ", 1)[0] for text in stories], most=4)
    notes = [note for found in told for note in found["notes"] if "conhece" in note]
    strange = {word.lower() for note in notes for word in re.findall("“(.*?)”", note)}
    # As palavras inventadas, feitas de sílabas, não contam.
    made = re.compile(f"({'|'.join(grammar.syllables)})+")
    assert {word for word in strange if not made.fullmatch(word)} == set()
