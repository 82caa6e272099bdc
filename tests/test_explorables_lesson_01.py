"""Os exploráveis da lição 01 dizem a verdade: cada quadro confere com `helpers.bpe`."""

import re
import unicodedata

import pytest
from explorable_sweep import sweep

from helpers import bpe
from helpers.explorables import bench, letters, merge_choices, merge_words, merges
from helpers.explorables.kit import tape
from helpers.explorables.letters import is_half
from helpers.plots import svg

LEARNED = {
    "largest_bytes": "na, nana, ba e banana",
    "first_seen": "an, ban, banan e banana",
    "smallest_ids": "an, ban, ana e banana",
    "last_seen": "na, nana, anana e banana",
}
SEMANA = {
    "largest_bytes": "s e m a na",
    "first_seen": "s e m an a",
    "smallest_ids": "s e m ana",
    "last_seen": "s e m a na",
}


def words_in(frame):
    """Textos escritos no desenho, na ordem."""
    return re.findall(r">([^<>]+)</text>", frame.svg)


def test_bench_says_ok_and_hides_versions_from_the_stored_text():
    bench_widget = bench.test_bench()
    for frame in sweep(bench_widget).values():
        assert frame.sentence.startswith("ok:")
        assert "Os controles funcionam." in frame.sentence
    assert "Python" in bench_widget.versions
    assert "Python" not in bench_widget._repr_mimebundle_()[0]["text/plain"]
    assert bench_widget.move(place=4, lamp=True).choices[0].label == "apagar"


def test_merge_by_merge_tells_what_the_helper_does():
    widget = merges.merge_by_merge()
    sentences = set()
    for (_, rule), (_, index) in sweep(widget):
        step = list(bpe.steps("banana", tie_rule=rule))[index]
        frame = widget.move(rule=rule, step=index)
        sentences.add(frame.sentence)
        assert b"".join(step.words[0]) == b"banana"
        assert f"passo {index} de 4: {tape.word_label(step.words[0])}." in frame.sentence
        assert f"Vocabulário: {len(step.vocab)}" in words_in(frame)
        rows = {row[0]: row for row in frame.table.rows}
        expected = {tape.pair_label(pair): count for pair, count in step.counts.items()}
        assert {key: int(row[1]) for key, row in rows.items()} == (expected or {"nenhum": 0})
        tie = len(step.tied) > 1
        assert ("Empate" in frame.sentence) == tie == ("empate" in words_in(frame))
        assert sum("empate" in row[2] for row in rows.values()) == (len(step.tied) if tie else 0)
        if step.chosen:
            assert f" {tape.pair_label(step.chosen)}" in frame.sentence
            assert "escolhido" in rows[tape.pair_label(step.chosen)][2]
        else:
            assert f"Aprendeu, nesta ordem: {LEARNED[rule]}." in frame.sentence
            assert "não há mais pares" in words_in(frame)
    assert len(sentences) == 20  # nenhum quadro diz o mesmo que outro


def test_first_frame_draws_the_tie_and_the_choice():
    frame = merges.merge_by_merge().frame()
    assert frame.svg.count('class="l1"') == 2  # n+a, duas vezes, em arco cheio
    assert frame.svg.count('class="l2 dash"') == 2  # a+n, duas vezes, tracejado


def test_question_of_banana_has_the_true_answer():
    asked = merges.merge_by_merge().question
    runs = [list(bpe.steps("banana", tie_rule=rule)) for rule in bpe.TIE_RULES]
    assert len({run[0].chosen for run in runs}) == 2  # discordam já na primeira
    assert {run[-1].words for run in runs} == {((b"banana",),)}
    assert asked["answer"] == "todas em banana"
    assert "c1" not in asked["cover"]  # a capa não entrega o par escolhido
    assert "l2" not in asked["cover"]


def test_tree_of_choices():
    tree = merge_choices.choice_tree()
    assert len({symbols for symbols, _ in tree}) == 15
    complete = [done for symbols, done in tree if len(symbols) == 1]
    assert len(complete) == len(set(complete)) == 12
    assert {len(done) for done in complete} == {4}
    assert merge_choices.choose_merges().question["answer"] == "não, são sempre 4"
    for done in complete:
        sizes = [len(merge_choices._rebuild(done[:i])) for i in range(5)]
        assert sizes == [6, 4, 3, 2, 1]  # 2 + 1 + 1 + 1, como diz o comentário
    for rule in bpe.TIE_RULES:
        assert bpe.train("banana", min_freq=1, pattern=None, tie_rule=rule).merges in complete


def test_every_path_is_reached_by_buttons_and_undone():
    widget = merge_choices.choose_merges()
    start = widget.values()["path"]
    seen, waiting = {start}, [start]
    while waiting:
        here = waiting.pop()
        frame = widget.move(path=here)
        undo = [choice for choice in frame.choices if choice.quiet]
        assert len(undo) == (here != start)
        for choice in frame.choices:
            there = choice.state["path"]
            if not choice.quiet:
                after = widget.move(path=there)
                assert [c.state["path"] for c in after.choices if c.quiet] == [here]
            if there not in seen:
                seen.add(there)
                waiting.append(there)
    assert len(seen) == 33


def test_orders_left_add_up():
    widget = merge_choices.choose_merges()

    def left(path):
        found = re.search(r"Daqui sa\w+ (\d+)", widget.move(path=path).sentence)
        return int(found[1]) if found else 1

    for path in list(widget.states()):
        choices = [c for c in widget.move(**path).choices if not c.quiet]
        if choices:
            assert left(path["path"]) == sum(left(c.state["path"]) for c in choices)


@pytest.mark.parametrize("rule", bpe.TIE_RULES)
def test_same_list_cuts_new_words_as_the_tokenizer(rule):
    widget = merge_words.same_list_new_word()
    tokenizer = bpe.train("banana", min_freq=1, pattern=None, tie_rule=rule)
    for word in merge_words.NEW_WORDS:
        frame = widget.move(word=word, rule=rule)
        pieces = tokenizer.pieces(word)
        assert f": {tape.word_label(pieces)}, {len(pieces)} pedaços." in frame.sentence
        stages = merge_words.encoding_stages(word, tokenizer.merges)
        assert [rank for rank, _ in stages] == sorted({rank for rank, _ in stages})
        assert all(b"".join(symbols) == word.encode() for _, symbols in stages)
        assert words_in(frame).count("par não aparece: nada muda") == 5 - len(stages)
    assert SEMANA[rule] in widget.move(word="semana", rule=rule).sentence


def test_same_list_question():
    asked = merge_words.same_list_new_word().question
    assert asked["answer"] == str(
        len(bpe.train("banana", min_freq=1, pattern=None).pieces("bananada"))
    )


def test_your_merges_follow_the_text():
    widget = merges.your_merges("arara")
    for (_, rule), (_, index) in sweep(widget):
        run = list(bpe.steps("arara", tie_rule=rule))
        step = run[min(index, len(run) - 1)]
        assert tape.word_label(step.words[0]) in widget.move(rule=rule, step=index).sentence
    assert "passo 0 de 3: a r a r a. Empate: a+r e r+a" in merges.your_merges("arara").sentence()
    assert "NFD" in merges.your_merges(unicodedata.normalize("NFD", "pão")).note


@pytest.mark.parametrize("text", ["ação", "O João entregou um pão", "coração", "banana", "👍🏽 é"])
def test_letters_bytes_pieces_counts(text):
    tokenizer = letters.sample_tokenizer()
    widget = letters.letters_bytes_pieces(text)
    for values in list(widget.states()):
        frame = widget.move(**values)
        form = unicodedata.normalize(values["form"], text)
        cut = letters.shortened(tokenizer, values["merges"])
        pieces = cut.pieces(form)
        assert cut.decode(cut.encode(form)) == form
        assert b"".join(pieces) == form.encode()
        halves = sum(map(is_half, pieces))
        numbers = [int(n) for n in re.findall(r"(\d+) (?:letra|byte|pedaço)s?\b", frame.sentence)]
        assert numbers[:3] == [len(letters.split_letters(form)), len(form.encode()), len(pieces)]
        assert ("nenhum é meia letra" in frame.sentence) == (halves == 0)
        assert frame.svg.count('class="hatch"') - 1 == halves  # o outro é o da legenda


def test_letters_known_sentences():
    widget = letters.letters_bytes_pieces("ação")
    assert widget.sentence() == (
        "“ação” em NFC, sem fusões: 4 letras, 6 bytes, 6 pedaços; 4 pedaços são meia letra."
    )
    assert "4 letras, 8 bytes" in widget.move(form="NFD").sentence
    halves = bpe.Tokenizer(((b"a", b"\xc3"),), None)
    one = letters.letters_bytes_pieces("ação", halves).move(merges=1)
    assert "com 1 fusão: 4 letras, 6 bytes, 5 pedaços; 4 pedaços são meia letra" in one.sentence


def test_letters_question_counts_bytes():
    asked = letters.bytes_question("ação")
    assert (asked.options, asked.answer) == (("4", "6", "8"), "6")
    assert asked.comments[0] == "4 é o número de letras, mas ç e ã gastam mais de um byte."
    assert letters.bytes_question("banana") is None
    widget = letters.letters_bytes_pieces("ação")
    widget.guess = "6"
    widget.write("não")
    assert widget.guess == "pular"  # o palpite era sobre ação


def test_letters_labels():
    words = words_in(letters.letters_bytes_pieces("a é").frame())
    assert {"⟨c3⟩", "⟨a9⟩", "·", "3 letras", "4 bytes", "6120c3a9"} <= set(words)
    assert svg.token_label(b" ") == "·"


@pytest.mark.parametrize("text", ["o rato roeu a roupa", "coração não é ação"])
def test_no_box_of_the_tape_is_empty_where_the_line_breaks(text):
    symbols = [text[:13].encode(), text[13:].encode()]
    drawing = tape.tape(symbols, 0)
    spans = [span for spans in tape.tape_layout(symbols, 0) for span in spans]
    broken = sum(len(mine) > 1 for mine in tape.tape_layout(symbols, 0))
    assert broken
    assert len(re.findall("<text", drawing)) == len(spans)
    assert drawing.count(">…<") == len(spans) - len(symbols)
    # As partes são abertas do lado da quebra: só quem cabe numa linha é uma caixa fechada.
    assert drawing.count("<rect") == len(symbols) - broken
