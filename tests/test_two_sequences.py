"""As tarefas e os modelos da lição 11: os lotes, a regra do plural e o encoder que gira."""

import random

import pytest
import torch

from helpers.studies import masked
from helpers.studies import two_sequences as two
from helpers.training import IGNORED


def test_words_come_back_as_they_went():
    words = ["casa", "lençol", "a"]
    assert [two.decode(row) for row in two.encode(words, end=True).tolist()] == words
    assert two.encode(words)[2].tolist()[1:] == [two.PAD] * 5


def test_plural_follows_the_longest_ending():
    found = {"casa": "casas", "papel": "papéis", "funil": "funis", "balão": "balões"}
    found |= {"homem": "homens", "luz": "luzes", "azul": "azuis", "mão": "mões"}
    assert {word: two.plural(word) for word in found} == found
    with pytest.raises(ValueError, match="'lápis' não termina em nenhum"):
        two.plural("lápis")


def test_invented_nouns_use_every_ending_and_no_letter_of_the_new_words():
    generator = random.Random(0)
    nouns = [two.noun(generator) for _ in range(400)]
    assert all(other == two.plural(word) for word, other in nouns)
    for end in two.PLURALS:
        assert any(word.endswith(end) for word, _ in nouns)
    letters = set("".join(word + other for word, other in nouns))
    assert all(set(word) - letters for word in two.NEW_LETTERS)
    assert not any(set(word) - letters for word in (*two.REGULAR, *two.EXCEPTIONS))
    assert not any("rn" in word for word, _ in nouns)  # o encontro de letras de “jornal”


def test_only_the_answer_is_asked_of_a_single_decoder():
    batch = two.joined_batch([("abc", "cba"), ("d", "d")], width=4)
    c, b, a = (two.encode([letter])[0, 0].item() for letter in "cba")
    assert batch.inputs[0].tolist() == [a, b, c, two.PAD, two.START, c, b, a]
    assert batch.targets[0].tolist() == [IGNORED] * 4 + [c, b, a, two.END]
    assert batch.targets[1].tolist()[6:] == [IGNORED] * 2


def test_writing_asks_only_for_what_was_written():
    class Echo(torch.nn.Module):
        """Aposta na letra da origem que está no lugar seguinte ao que já se escreveu."""

        def forward(self, pair):
            source, written = pair
            ends = torch.full_like(source[:, :1], two.END)
            padded = torch.cat([source, ends], 1).masked_fill(torch.cat([source, ends], 1) == 0, 2)
            at = min(written.shape[1] - 1, padded.shape[1] - 1)
            return torch.eye(two.SIZES.d_vocab)[padded[:, : at + 1]]

    assert two.write(Echo(), ["casa", "mel"]) == ["casa", "mel"]
    assert two.exact(Echo(), [("casa", "casa"), ("mel", "lem")]) == 0.5


@pytest.mark.parametrize("attends", [True, False])
def test_padding_changes_nothing_in_either_family(attends):
    alone, padded = two.encode(["casa"]), two.encode(["casa", "cadeiras"])[:1]
    written = two.encode(["cas"])
    for model in (two.EncoderDecoder(two.SIZES), two.Recurrent(two.SIZES, attends)):
        with torch.no_grad():
            assert torch.allclose(model((alone, written)), model((padded, written)), atol=1e-5)


def test_what_is_hidden_is_what_is_asked():
    ids, draws = torch.tensor([[5, 6, 7, 8]]), torch.tensor([[0.1, 0.3, 0.29, 0.9]])
    read, asked = masked.hide(ids, draws, mask=99, share=0.3)
    assert read.tolist() == [[99, 6, 99, 8]]
    assert asked.tolist() == [[5, masked.IGNORED, 7, masked.IGNORED]]


def test_turning_keeps_lengths_and_sees_only_the_distance():
    generator = torch.Generator().manual_seed(0)
    q, k = (torch.randn(8, generator=generator, dtype=torch.float64) for _ in range(2))
    turned_q, turned_k = (masked.rotate(x.expand(1, 12, 1, 8))[0, :, 0] for x in (q, k))
    assert torch.allclose(turned_q.norm(dim=-1), q.norm().expand(12))
    scores = turned_q @ turned_k.T
    for distance in range(-5, 6):
        line = scores.diagonal(distance)
        assert torch.allclose(line, line[:1].expand_as(line))
    assert not torch.allclose(scores[0], scores[0, :1].expand(12))


def test_stored_encoder_is_the_decoder_without_a_mask():
    model = masked.load_encoder()
    assert model.mask(3, 3) is None
    ids = torch.tensor([[5, 6, 7, 8]])
    changed = ids.clone()
    changed[0, -1] = 9
    before, after = (masked.read(model, one)[1][0, 0] for one in (ids, changed))
    assert (before - after).abs().max() > 1e-3  # a primeira posição lê a última
