"""O que esperar do seu texto: o que se mede é o que se diz, e o guardado se refaz."""

import pytest

from helpers.studies import own_text


def test_texts_have_the_size_they_say():
    for kilobytes in (15.5, 47.7, 60.0):
        assert len(own_text.texts(kilobytes).encode("utf-8")) == pytest.approx(
            1000 * kilobytes, abs=4
        )
    assert own_text.texts(47.7).startswith(own_text.texts(15.5))


def test_known_words_are_counted_whole_and_without_case():
    assert own_text.known_words(["Casa, casas!", "1 9"], "a casa é minha") == 0.5
    assert own_text.known_words([], "nada") == 0


@pytest.mark.parametrize(
    ("written", "longest"),
    [(["xbananay"], 6), (["ban", "anana"], 5), (["zzz"], 0), ([""], 0), (["banana."], 7)],
)
def test_the_longest_copy_is_found(written, longest):
    assert own_text.longest_copy(written, "uma banana. e outra") == longest


def test_what_is_recorded_is_of_these_trials():
    runs = own_text.recorded()
    assert list(runs) == list(own_text.TRIALS)
    for name, run in runs.items():
        kilobytes, steps = own_text.TRIALS[name]
        assert run.n_bytes == pytest.approx(1000 * kilobytes, abs=500)
        assert steps is None or run.steps == steps
        assert run.best <= run.apart
        assert run.trigrams < run.uniform


@pytest.mark.slow
@pytest.mark.remade
def test_a_trial_is_remade_as_recorded():
    found, kept = own_text.outcome("15 kB"), own_text.recorded()["15 kB"]
    assert (found.n_tokens, found.steps) == (kept.n_tokens, kept.steps)
    for name in ("uniform", "trigrams", "bytes_per_token", "train", "apart"):
        assert getattr(found, name) == pytest.approx(getattr(kept, name), abs=5e-3), name
