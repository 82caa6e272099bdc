"""O explorável da lição 12: o quadro mostra o que a conta dá, e o navegador compõe o mesmo."""

import pytest
import torch
from explorable_sweep import meets, sweep
from test_explorables_lesson_10 import led, require_parity

from helpers.explorables import reach_board


@pytest.fixture(scope="module")
def board():
    return reach_board.reach_board()


def walked(mask, n_layers):
    """Quem chega a quem, andando de posição em posição: outro modo de contar."""
    found = []
    for start in range(len(mask)):
        here = {start}
        for _ in range(n_layers):
            here |= {key for query in here for key in mask[query].nonzero().flatten().tolist()}
        found.append([position in here for position in range(len(mask))])
    return torch.tensor(found)


@pytest.mark.parametrize("kind", reach_board.MASKS)
@pytest.mark.parametrize("width", reach_board.WIDTHS)
def test_reach_is_what_walking_gives(kind, width):
    mask = reach_board.mask_of(kind, width)
    for n_layers, table in enumerate(reach_board.reach(mask), start=1):
        assert torch.equal(table, walked(mask, n_layers))


def test_masks_are_what_their_names_say():
    window, first, jumps, sides, both = (reach_board.mask_of(k, 4) for k in reach_board.MASKS)
    past = torch.ones(32, 32).tril().bool()
    assert not ((window | first | jumps) & ~past).any()
    assert window.sum(1).tolist() == [1, 2, 3] + [4] * 29
    assert torch.equal(
        first & ~window, torch.zeros(32, 32).bool().index_fill(1, torch.tensor(0), True) & ~window
    )
    assert (jumps & ~window).any(0).nonzero().flatten().tolist() == list(range(3, 28, 4))
    assert torch.equal(sides, window | window.T)
    assert both[0].all()
    assert both[:, 0].all()
    assert torch.equal(both[1:, 1:], sides[1:, 1:])


def test_the_cliff_is_the_number_of_layers_times_the_width_less_one():
    for width in reach_board.WIDTHS:
        for n_layers, table in enumerate(
            reach_board.reach(reach_board.mask_of("window", width)), 1
        ):
            assert table[31].sum() == min(32, n_layers * (width - 1) + 1)


@pytest.mark.slow
def test_every_state_has_its_frame_and_the_browser_draws_the_same(board):
    assert len(sweep(board)) == 5 * 2 * 32
    require_parity(board, [f"{m},{w},{p}" for m in range(5) for w in (0, 1) for p in (0, 13, 31)])


def test_the_sentence_counts_what_the_picture_shows(board):
    board.move(mask="jumps", width=8, position=20)
    assert board.row() == [0, 255, 9, 13, 21, 20, 21, 20]
    assert board.sentence().startswith("Máscara: janela e saltos. Janela de 8, posição 20. Em uma")
    assert "chegam 9, 21 e 21 posições" in board.sentence()


def test_pressing_a_column_goes_to_it(board):
    board.move(mask="window", width=4, position=31)
    assert {f"0,0,{position}" for position in range(32)} <= set(led(board))


def test_challenges_are_the_lesson(board):
    far, useless, encoder = meets(board)
    assert far == [{"mask": "jumps", "width": 4, "position": 31}]
    assert {one["position"] for one in useless if one["width"] == 4} == set(range(10, 32))
    assert {one["mask"] for one in encoder} == {"global"}
