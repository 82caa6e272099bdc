"""Ler, comparar e mostrar respostas: o que vale o certo é certo, venha como vier."""

import math
from collections import deque
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import torch
from hostile import EqualBytes, EqualToAll, Hostile

from helpers.exercises import untrusted
from helpers.exercises.catalog import Form
from helpers.exercises.untrusted import UnreadableAnswer, equal, normalize, show, show_apart

INT, NUMBER, TEXT, BYTES = Form("int"), Form("number"), Form("text"), Form("bytes")
INTS, NUMBERS = Form("sequence", (INT,)), Form("sequence", (NUMBER,))
LIST = Form("sequence", (BYTES,), label="uma lista de bytes")
TABLE = Form("sequence", (NUMBERS,), label="uma tabela")
FOUR = Form("sequence", (INT,), 4, "quatro números")


@pytest.mark.parametrize(
    ("value", "form", "expected"),
    [
        (np.int64(3), INT, 3),
        (np.float32(0.5), NUMBER, 0.5),
        (np.longdouble(0.5), NUMBER, 0.5),
        (torch.tensor(2), INT, 2),
        (torch.tensor(0.5, requires_grad=True), NUMBER, 0.5),
        (torch.nn.Parameter(torch.tensor([1.5])), NUMBERS, (1.5,)),
        (2.0, INT, 2),
        (True, INT, 1),
        (np.bool_(False), INT, 0),
        (torch.tensor([True, False]), INTS, (1, 0)),
        (Fraction(81, 16), NUMBER, 5.0625),
        (Fraction(4, 2), INT, 2),
        (Decimal("0.25"), NUMBER, 0.25),
        (10**400, INT, 10**400),
        (np.array([1, 2]), INTS, (1, 2)),
        (range(3), INTS, (0, 1, 2)),
        (deque([1, 2]), INTS, (1, 2)),
        ({"a": 1}.values(), INTS, (1,)),
        ([torch.tensor(1.0), Fraction(1, 2), np.float32(2)], NUMBERS, (1.0, 0.5, 2.0)),
        ([torch.tensor([1.0, 2.0]), (3.0, 4.0)], TABLE, ((1.0, 2.0), (3.0, 4.0))),
        ([b"a", b"b"], LIST, (b"a", b"b")),
        ((b"a", b"b"), LIST, (b"a", b"b")),
        ([bytearray(b"a")], LIST, (b"a",)),
        ([b"na"], Form("sequence", (TEXT,)), ("na",)),
        (np.str_("na"), TEXT, "na"),
        (EqualToAll("na"), TEXT, "na"),
        (EqualBytes(b"na"), BYTES, b"na"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_equivalent_types_are_read_as_one(value, form, expected):
    found = normalize(value, form)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("value", "form", "told"),
    [
        (["a"], LIST, "No item 0: veio um texto onde se espera bytes. Use `.encode('utf-8')`"),
        ([b"a", "b"], LIST, "No item 1: veio um texto"),
        ([1], LIST, "No item 0: veio um inteiro onde se espera bytes. Se é uma posição"),
        ([True], LIST, "No item 0: veio um booleano onde se espera bytes. É a resposta"),
        ([[1.0], ["x"]], TABLE, "No item [1][0]: veio um texto onde se espera um número. Tire as"),
        ("banana", LIST, "Veio um texto onde se espera uma lista de bytes"),
        ({b"a"}, LIST, "Veio um conjunto onde se espera uma lista de bytes. Um conjunto perde"),
        ({0: b"a"}, LIST, "Veio um dicionário onde se espera uma lista de bytes. Um dicionário"),
        (map(str, []), LIST, "`list(...)` em volta"),
        ((i for i in []), LIST, "`yield`"),
        ((1, 2), FOUR, "Vieram 2 itens, e se pedem 4 (quatro números)."),
        ((1,), FOUR, "Veio 1 item, e se pedem 4 (quatro números)."),
        (3, Form("sequence", (INT,), 2, "centro e vizinha"), "uma lista de 2 itens (centro e"),
        (3, Form("int", label="o número de uma linha"), ""),
        (b"a", INT, "Veio bytes onde se espera um inteiro"),
        (1.5, INT, "Veio um número com vírgula onde se espera um inteiro. Aqui só cabe"),
        (1.5, Form("int", label="a posição"), "onde se espera um inteiro (a posição)"),
        (2j, NUMBER, "Veio um número complexo"),
        ("3", NUMBER, "Veio um texto onde se espera um número. Tire as aspas"),
        (len, INT, "Veio uma função ou método sem chamar onde se espera um inteiro. Faltou"),
        ([].count, INT, "sem chamar"),
        (None, INT, "Veio None onde se espera um inteiro. Faltou um `return`?"),
        ([None], NUMBERS, "No item 0: veio None onde se espera um número. Esse lugar ficou sem"),
        ((1, 2), INT, "Veio uma tupla onde se espera um inteiro"),
        ([(1, 2)], NUMBERS, "No item 0: veio uma tupla onde se espera um número"),
        ([1, 2], INT, "Veio uma lista onde se espera um inteiro"),
        (torch.zeros(2), INT, "Veio um tensor onde se espera um inteiro"),
        (np.zeros((2, 2)), NUMBERS, "No item 0: veio uma lista onde se espera um número"),
        (torch.zeros(1000, 1000), TABLE, "de forma [1000, 1000]: é grande demais"),
        (np.zeros((1000, 1000)), TABLE, "é grande demais"),
        ([0.0] * 200_000, NUMBERS, "é grande demais"),
        ((i for i in iter(int, 1)), NUMBERS, "é grande demais"),
        (Hostile(), NUMBERS, "Veio um objeto do tipo `Hostile`"),
    ],
)
def test_wrong_type_is_explained(value, form, told):
    if not told:
        assert normalize(value, form) == value
        return
    with pytest.raises(UnreadableAnswer) as caught:
        normalize(value, form)
    assert told in str(caught.value)


def test_list_tuple_and_tensor_in_the_wrong_place_are_the_same_slip():
    told = set()
    for value in ([[1]], [(1,)], [torch.ones(1)], np.ones((1, 1))):
        with pytest.raises(UnreadableAnswer) as caught:
            normalize(value, NUMBERS)
        told.add(caught.value.essence)
    assert len(told) == 1


def test_deep_nesting_is_refused_at_once():
    deep = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(UnreadableAnswer, match="mais de 12 níveis"):
        normalize(deep, NUMBERS)
    assert len(show(deep)) < 100
    loop = []
    loop.append(loop)
    with pytest.raises(UnreadableAnswer, match="mais de 12 níveis"):
        normalize(loop, NUMBERS)


def test_same_ten_digits_are_equal_and_float32_is_enough():
    third = float(np.float32(1 / 3))
    assert equal(third, 1 / 3)
    assert equal((1e6 * third,), (1e6 / 3,)), "a folga é relativa"
    assert not equal(1 / 3 + 1e-4, 1 / 3)
    assert not equal(1e-3, 0.0)
    assert not equal(2, "2")
    assert equal(math.nan, math.nan)
    assert not equal(math.nan, 1.0)
    assert equal(-math.inf, -math.inf)
    assert not equal(math.inf, -math.inf)
    assert not equal(10**400, 1.0)


def test_large_input_allows_what_float32_loses_with_it():
    logits = [900.0, 898.0]
    exact = math.log(1 + math.exp(-2.0))
    single = (torch.tensor(logits).logsumexp(0) - 900).item()
    assert not equal(single, exact)
    assert equal(single, exact, floor=untrusted.float32_error((logits, 1)))
    assert not equal(exact + 0.01, exact, floor=untrusted.float32_error((logits, 1)))
    assert untrusted.float32_error(([1000], 10**9, ["a"])) == 0.0, "inteiros são contagens"
    assert untrusted.float32_error((torch.tensor([-900.0]),)) == untrusted.float32_error((900.0,))
    assert untrusted.float32_error((torch.tensor([900]), math.inf, torch.zeros(0))) == 0.0


def test_shown_values_have_no_address_keep_order_and_are_cropped():
    assert show(object()) == "<object object>"
    assert show({"b": 1, "a": 2}) == "{'b': 1, 'a': 2}"
    assert show({n: n for n in range(20)}).endswith(", 11: 11, …}")
    assert len(show(["palavra" * 50] * 1000)) < 400
    assert show(Hostile()) == "<Hostile que não sabe se mostrar>"
    assert show([Hostile()]) == "[<Hostile que não sabe se mostrar>]"


def test_two_numbers_are_shown_with_the_digits_that_tell_them_apart():
    assert show_apart(1 / 3, 0.5) == ("0.333333", "0.5")
    assert show_apart((1 / 3, 2), (1 / 3 + 1e-8, 2)) == ("[0.333333333, 2]", "[0.333333343, 2]")
    assert show_apart(0.1, math.nextafter(0.1, 1)) == ("0.1", "0.10000000000000002")
    assert show_apart("pão", "mel") == ("'pão'", "'mel'")


# --- copiar ---------------------------------------------------------------------------------------


class Tied(torch.nn.Module):
    """Duas camadas com o mesmo peso, e a primeira guardada também por fora."""

    def __init__(self):
        super().__init__()
        self.parts = torch.nn.ModuleList([torch.nn.Linear(2, 2), torch.nn.Linear(2, 2)])
        self.parts[1].weight = self.parts[0].weight
        self.first = self.parts[0]
        self.sizes = [2, 2]
        self.register_buffer("seen", torch.zeros(2))

    def forward(self, x):
        return self.parts[1](self.first(x)) + self.seen


def test_copied_model_computes_the_same_and_shares_nothing():
    model, x = Tied().eval(), torch.tensor([[1.0, -2.0]])
    twin = untrusted.copy_input(model)
    assert torch.equal(twin(x), model(x))
    assert not twin.training
    assert twin.first is twin.parts[0]
    assert twin.parts[1].weight is twin.parts[0].weight
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    with torch.no_grad():
        twin.first.weight.zero_()
        twin.seen += 1
    twin.sizes.append(3)
    twin.register_forward_hook(lambda *_: None)
    twin.extra = torch.nn.Linear(1, 1)
    assert untrusted.unchanged(before, dict(model.state_dict()))
    assert model.sizes == [2, 2]
    assert not model._forward_hooks
    assert not hasattr(model, "extra")


def test_copied_input_is_another_one():
    given = [[1], {"a": [2]}, torch.zeros(1)]
    twin = untrusted.copy_input(given)
    twin[0].append(9)
    twin[1]["a"].append(9)
    twin[2] += 1
    assert repr(given) == repr([[1], {"a": [2]}, torch.zeros(1)])


def test_copied_rows_that_were_one_are_still_one():
    row = [1]
    given = [[row, row], {"a": row}, (row, row)]
    (one, other), table, pair = untrusted.copy_input(given)
    assert one is other is table["a"] is pair[0] is pair[1]
    assert one is not row
