"""Respostas feitas no papel: quantas estão certas, o que há com as outras, e nada entregue."""

from fractions import Fraction

import pytest
import torch
from specimens import invented_exercise

from helpers.exercises import registry
from helpers.exercises.catalog import Form
from helpers.exercises.checking import check

pytestmark = pytest.mark.usefixtures("progress_file")
NUMBER = Form("number")


@pytest.fixture
def answer(monkeypatch):
    """Confere uma resposta de um exercício de valor inventado."""

    def _answer(solution, given, form=None):
        several = isinstance(solution, tuple)
        wanted = Form("sequence", (form or NUMBER,), len(solution)) if several else form or NUMBER
        exercise = invented_exercise(solution, wanted, kind="value")
        monkeypatch.setattr(registry, "get", lambda _id: exercise)
        return check("99.teste", given, record=False)

    return _answer


EXACT = (0.0625, 5.0625)


@pytest.mark.parametrize(
    "given",
    [
        [0.0625, 5.0625],
        (Fraction(1, 16), Fraction(81, 16)),
        torch.tensor([0.0625, 5.0625]),
        (0.0625, 5.06),
        (0.0625, 5.063),
        (0.0625, 5.062),
    ],
)
def test_right_values_and_honest_roundings_are_right(answer, given):
    assert answer(EXACT, given).status == "certo"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ((0.06, 5.1), "arredondado demais"),
        ((0.0625, 5.07), "1 dos 2 números está certo: o 1.º."),
        ((5.0625, 0.0625), "em **outra ordem**"),
        ((6.25, 506.25), "em porcentagem"),
        ((1.0, 2.0), "nenhum dos 2 números está certo"),
        ((0.0625,), "Veio 1 item, e se pedem 2"),
        (("0,0625", "5,0625"), "veio um texto onde se espera um número"),
    ],
)
def test_what_is_wrong_is_said_without_the_answer(answer, given, told):
    result = answer(EXACT, given)
    assert result.status == "errado"
    assert told in result.message
    assert "0625" not in result.message
    assert [label for label, _ in result.details] == ["Recebido"]


@pytest.mark.parametrize(
    ("solution", "given", "status"),
    [
        (2.675, 2.68, "certo"),  # no binário, a diferença passa um fio de 0.005
        (134.4, 134.0, "certo"),
        (134.6, 134.0, "errado"),
        (-5.0625, -5.06, "certo"),
        (-5.0625, 5.06, "errado"),
        (0.0523, 0.05, "errado"),  # zeros à esquerda não são algarismos do resultado
        (0.0523, 0.0523, "certo"),
    ],
)
def test_a_rounding_is_right_from_three_digits_on(answer, solution, given, status):
    assert answer(solution, given).status == status


def test_infinity_has_no_side_and_too_many_numbers_are_counted(answer):
    assert "é **" not in answer(5.0, float("inf")).message
    assert "Vieram 5 itens" in answer((0.5, 0.25), (0, 5, 0, 25, 7)).message


def test_pieces_of_text_in_another_order_are_not_called_numbers(answer):
    told = answer(("s", "na"), ("na", "s"), Form("text")).message
    assert told.startswith("Os itens estão certos, em **outra ordem**")


def test_pieces_of_a_word_are_glued(answer):
    right = ("s", "e", "ma", "na")
    same = answer(right, ("se", "mana"), Form("text"))
    assert "só os **cortes** estão em outro lugar" in same.message
    assert "dão `sena`, e não" in answer(right, ("se", "na"), Form("text")).message


def test_decimal_comma_is_recognised(answer):
    assert "a vírgula separa itens" in answer((0.5, 2.25), (0, 5, 2, 25)).message
    assert "a vírgula separa itens" in answer(0.5, (0, 5)).message


def test_single_number_says_the_side(answer):
    assert "é **maior**" in answer(12, 3, Form("int")).message
    assert "é **menor**" in answer(12, 30, Form("int")).message
    assert "é **" not in answer(12, "doze", Form("int")).message


def test_several_right_are_named_by_place(answer):
    told = answer((3, 5, 9, 9, 5), (3, 5, 9, 3, 6), Form("int")).message
    assert told == "3 dos 5 números estão certos: o 1.º, o 2.º e o 3.º."


def test_integers_are_not_rounded(answer):
    assert answer(1088, 1090, Form("int")).status == "errado"
    assert answer(19.2, 19).status == "errado"


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("06.pares", (10, 10, 10, 10, 10)),
        ("07.escala", torch.tensor([1.5, 1.25])),
        ("09.por_byte", [0.25, 0.5]),
    ],
)
def test_the_example_of_the_cell_is_recognised(name, given):
    exercise = registry.get(name)
    told = check(name, given, record=False)
    shown = f"como ({', '.join(str(x) for x in torch.as_tensor(given).tolist())})"
    assert (told.misconception == "geral.o_exemplo") == (shown in exercise.stub)


def test_what_is_near_the_example_is_not_the_example():
    assert check("09.por_byte", (0.25, 0.6), record=False).misconception != "geral.o_exemplo"
