"""Diagnósticos gerais: cada um é verdade da resposta que o recebe, e de nenhuma outra."""

import math
from itertools import chain, pairwise

import pytest
import torch
from specimens import invented_exercise

from helpers.exercises import in_common, near
from helpers.exercises.catalog import Case, Form
from helpers.exercises.contrast import only_in
from helpers.exercises.errors import phrases
from helpers.exercises.near import Facts
from helpers.exercises.running import run_case, same

INTS, NUMBERS = Form("sequence", (Form("int"),)), Form("sequence", (Form("number"),))
TABLE, TEXTS = Form("sequence", (NUMBERS,)), Form("sequence", (Form("text"),))
LISTS = tuple(([*range(n), 7, 2],) for n in range(1, 7))
WORD, PIECES = Form("text"), Form("sequence", (Form("bytes"),))
SENTENCES = (("banana",), ("caminhos",), ("elefante",))
TAILS = tuple(([*range(n), n, 2],) for n in (3, 5, 6, 9))
FLOATS = tuple(([0.5 * k + 0.3 for k in range(n)],) for n in range(2, 7))

PAIRS = tuple((a, b) for a in (2, 3, 7) for b in (4, 5, 9))


def facts(solution, answer, form, cases):
    exercise = invented_exercise(solution, form)
    cases = [Case(args) for args in cases]
    expected = [run_case(solution, case, exercise) for case in cases]
    got = [run_case(answer, case, exercise) for case in cases]
    pairs = enumerate(zip(cases, expected, got, strict=True))
    failing = [i for i, (case, e, g) in pairs if not same(e, g, exercise, case)]
    return Facts(exercise, cases, expected, got, failing)


def name(solution, answer, form=NUMBERS, cases=FLOATS):
    found = in_common.relation(facts(solution, answer, form, cases))
    return found.name.removeprefix("geral.") if found else None


def softmax(xs):
    grown = [math.exp(x) for x in xs]
    return [g / sum(grown) for g in grown]


def table(xs):
    return [[x * (i + 1) + j for j, x in enumerate(xs)] for i in range(len(xs))]


def rows(xs):
    return [softmax([x * (i + 1) for x in xs]) for i in range(3)]


def changed(at, by):
    """Soma `by` às posições da tabela em que `at(linha, coluna, tamanho)`."""
    return lambda xs: [
        [v + by * at(i, j, len(xs)) for j, v in enumerate(row)] for i, row in enumerate(table(xs))
    ]


def say(xs):
    return "".join("abcdefghij"[int(x)] for x in xs)


def cut(size):
    """Corta um texto em pedaços de bytes de um tamanho."""
    return lambda text: [text.encode()[i : i + size] for i in range(0, len(text), size)]


RELATIONS = {
    "ordem_inversa": (lambda xs: xs, lambda xs: xs[::-1], INTS, LISTS),
    "transposto": (table, lambda xs: torch.tensor(table(xs)).T, TABLE, FLOATS),
    "crescente": (
        lambda xs: [-x for x in xs] + [3],
        lambda xs: sorted([-x for x in xs] + [3]),
        INTS,
        LISTS,
    ),
    "decrescente": (
        lambda xs: xs,
        lambda xs: sorted(xs, reverse=True),
        INTS,
        (([1, 5, 2],), ([3, 9, 1],), ([2, 7, 0, 1],)),
    ),
    "outra_ordem": (lambda xs: [*xs, 99], lambda xs: [xs[0], 99, *xs[1:]], INTS, LISTS),
    "sem_o_ultimo": (
        lambda xs: [x + 1 for x in xs],
        lambda xs: [x + 1 for x in xs][:-1],
        INTS,
        LISTS,
    ),
    "sem_o_primeiro": (
        lambda xs: [x + 1 for x in xs],
        lambda xs: [x + 1 for x in xs][1:],
        INTS,
        LISTS,
    ),
    "so_o_primeiro": (lambda xs: [x + 1 for x in xs], lambda xs: [xs[0] + 1], INTS, LISTS),
    "so_o_ultimo": (lambda xs: [x + 1 for x in xs], lambda xs: [xs[-1] + 1], INTS, LISTS),
    "sobra_no_fim": (
        lambda xs: [x + 1 for x in xs],
        lambda xs: [*(x + 1 for x in xs), 0],
        INTS,
        LISTS,
    ),
    "sobra_no_comeco": (
        lambda xs: [x + 1 for x in xs],
        lambda xs: [0, *(x + 1 for x in xs)],
        INTS,
        LISTS,
    ),
    "faltam_itens": (lambda xs: [*xs, 9, 8], lambda xs: [*xs[1:], 8], INTS, LISTS),
    "sobram_itens": (lambda xs: [*xs, 9], lambda xs: [5, *xs, 5, 9], INTS, LISTS),
    "sem_a_ultima_coluna": (table, lambda xs: [r[:-1] for r in table(xs)], TABLE, FLOATS),
    "sem_a_primeira_coluna": (table, lambda xs: [r[1:] for r in table(xs)], TABLE, FLOATS),
    "faltam_letras": (say, lambda xs: say(xs)[1::2], WORD, LISTS),
    "sobram_letras": (say, lambda xs: ",".join(say(xs)), WORD, LISTS),
    "outros_cortes": (cut(2), cut(3), PIECES, SENTENCES),
    "texto_mudou": (cut(2), lambda text: [p[::-1] + b"?" for p in cut(2)(text)], PIECES, SENTENCES),
    "outro_tamanho": (softmax, lambda xs: [*softmax(xs)[1:], 3.0, 4.0], NUMBERS, FLOATS),
    "outras_colunas": (table, lambda xs: [[*r[::-1], 9.0] for r in table(xs)], TABLE, FLOATS),
    "outras_linhas": (table, lambda xs: [*table(xs)[::-1], xs], TABLE, FLOATS),
    "outra_forma": (table, lambda xs: [[*xs, 1.0]] * (len(xs) + 2), TABLE, FLOATS),
    "linhas_iguais": (table, lambda xs: [[x + 9 * x * x for x in xs] for _ in xs], TABLE, FLOATS),
    "colunas_iguais": (table, lambda xs: [[x + 9 * x * x] * len(xs) for x in xs], TABLE, FLOATS),
    "conta_a_mais": (len, lambda xs: len(xs) ** 2 + xs[0] + 1, Form("int"), LISTS),
    "conta_a_menos": (lambda xs: len(xs) ** 2, lambda xs: -xs[-2], Form("int"), TAILS),
    "girado_para_tras": (lambda xs: [*xs, 50], lambda xs: [*xs[1:], 50, xs[0]], INTS, LISTS),
    "girado_para_a_frente": (lambda xs: [*xs, 50], lambda xs: [50, *xs], INTS, LISTS),
    "sem_repeticoes": (lambda xs: [*xs, *xs], lambda xs: list(dict.fromkeys(xs)), INTS, LISTS),
    "acumulado": (
        lambda xs: [x + 1 for x in xs],
        lambda xs: torch.tensor(xs).add(1).cumsum(0),
        INTS,
        LISTS,
    ),
    "diferencas": (
        lambda xs: [2 * x + 5 for x in xs],
        lambda xs: [2 * xs[0] + 5] + [2 * (b - a) for a, b in pairwise(xs)],
        INTS,
        LISTS,
    ),
    "devolve_a_entrada": (lambda xs: [x * x + 1 for x in xs], lambda xs: xs, NUMBERS, FLOATS),
    "sempre_igual": (lambda xs: [x * x for x in xs], lambda xs: [1.0, 2.0], NUMBERS, FLOATS),
    "sinal_trocado": (softmax, lambda xs: [-p for p in softmax(xs)], NUMBERS, FLOATS),
    "complemento": (softmax, lambda xs: [1 - p for p in softmax(xs)], NUMBERS, FLOATS),
    "sem_sinal": (
        lambda xs: [(-1) ** i * (x + 1) for i, x in enumerate(xs)],
        lambda xs: [x + 1 for x in xs],
        NUMBERS,
        FLOATS[2:],
    ),
    "parte_inteira": (
        lambda xs: [3 * x for x in xs],
        lambda xs: [int(3 * x) for x in xs],
        NUMBERS,
        FLOATS,
    ),
    "para_baixo": (
        lambda xs: [1 - 3 * x for x in xs],
        lambda xs: [(1 - 3 * x) // 1 for x in xs],
        NUMBERS,
        FLOATS,
    ),
    "itens_iguais": (softmax, lambda xs: [sum(xs) ** 2] * len(xs), NUMBERS, FLOATS),
    "negativos_zerados": (
        lambda xs: [x - 1 for x in xs],
        lambda xs: [max(0, x - 1) for x in xs],
        NUMBERS,
        FLOATS,
    ),
    "inverso": (
        lambda xs: [x + 1 for x in xs],
        lambda xs: [1 / (x + 1) for x in xs],
        NUMBERS,
        FLOATS,
    ),
    "quadrado": (softmax, lambda xs: [p * p for p in softmax(xs)], NUMBERS, FLOATS),
    "raiz": (softmax, lambda xs: [p**0.5 for p in softmax(xs)], NUMBERS, FLOATS),
    "logaritmo": (softmax, lambda xs: [math.log(p) for p in softmax(xs)], NUMBERS, FLOATS),
    "exponencial": (
        lambda xs: [x + 1 for x in xs],
        lambda xs: [math.exp(x + 1) for x in xs],
        NUMBERS,
        FLOATS,
    ),
    "arredondado": (softmax, lambda xs: [round(p, 3) for p in softmax(xs)], NUMBERS, FLOATS),
    "fator": (softmax, lambda xs: [3 * p for p in softmax(xs)], NUMBERS, FLOATS),
    "fator_tamanho": (softmax, lambda xs: [p * len(xs) for p in softmax(xs)], NUMBERS, FLOATS),
    "sem_dividir_pela_soma": (softmax, lambda xs: [math.exp(x) for x in xs], NUMBERS, FLOATS),
    "proporcional": (
        lambda xs: [x + 1 for x in xs],
        lambda xs: [(x + 1) * math.exp(len(xs)) for x in xs],
        NUMBERS,
        FLOATS,
    ),
    "linhas_sem_dividir": (
        rows,
        lambda xs: [[math.exp(x * (i + 1)) for x in xs] for i in range(3)],
        TABLE,
        FLOATS,
    ),
    "linhas_proporcionais": (
        table,
        lambda xs: [[v * math.exp(i) for v in row] for i, row in enumerate(table(xs))],
        TABLE,
        FLOATS,
    ),
    "constante": (softmax, lambda xs: [p + 2 for p in softmax(xs)], NUMBERS, FLOATS),
    "constante_do_caso": (
        lambda xs: [math.log(p) for p in softmax(xs)],
        lambda xs: [x + 5 for x in xs],
        NUMBERS,
        FLOATS,
    ),
    "nan": (softmax, lambda xs: [math.nan, *softmax(xs)[1:]], NUMBERS, FLOATS),
    "mais_infinito": (softmax, lambda xs: [math.inf, *softmax(xs)[1:]], NUMBERS, FLOATS),
    "menos_infinito": (softmax, lambda xs: [-math.inf, *softmax(xs)[1:]], NUMBERS, FLOATS),
    "mascara_somada": (
        lambda xs: torch.ones(len(xs), len(xs)).tril(),
        lambda xs: torch.zeros(len(xs), len(xs)).masked_fill(
            torch.ones(len(xs), len(xs)).triu(1).bool(), -math.inf
        ),
        TABLE,
        FLOATS,
    ),
    "scores_mascarados": (
        lambda xs: torch.ones(len(xs), len(xs)).tril() / 3,
        lambda xs: torch.zeros(len(xs), len(xs)).masked_fill(
            torch.ones(len(xs), len(xs)).triu(1).bool(), -math.inf
        ),
        TABLE,
        FLOATS,
    ),
    "so_a_primeira": (softmax, lambda xs: [9.0, *softmax(xs)[1:]], NUMBERS, FLOATS),
    "so_a_ultima": (softmax, lambda xs: [*softmax(xs)[:-1], math.exp(len(xs))], NUMBERS, FLOATS),
    "so_a_primeira_linha": (table, changed(lambda i, j, n: i == 0, 0.7), TABLE, FLOATS),
    "so_a_ultima_linha": (table, changed(lambda i, j, n: i == n - 1, 0.7), TABLE, FLOATS),
    "so_a_primeira_coluna": (table, changed(lambda i, j, n: j == 0, 0.7), TABLE, FLOATS),
    "so_a_ultima_coluna": (table, changed(lambda i, j, n: j == n - 1, 0.7), TABLE, FLOATS),
    "so_a_diagonal": (table, changed(lambda i, j, n: i == j, 0.7), TABLE, FLOATS),
    "so_acima_da_diagonal": (table, changed(lambda i, j, n: i < j, 0.7), TABLE, FLOATS),
    "so_abaixo_da_diagonal": (table, changed(lambda i, j, n: i > j, 0.7), TABLE, FLOATS),
    "sem_os_zeros": (
        lambda xs: [0, *xs, 0],
        lambda xs: [x for x in [0, *xs, 0] if x],
        INTS,
        LISTS[1:],
    ),
    "para_antes": (lambda xs: [5, *xs, 8, 9], lambda xs: [5, *xs][: len(xs)], INTS, LISTS),
    "vai_alem": (lambda xs: [*xs, 8], lambda xs: [*xs, 8, 5, 4], INTS, LISTS),
    "em_parte": (
        lambda xs: [table(xs), xs[:1]],
        lambda xs: [table(xs), [2 * len(xs) + 0.1]],
        Form("sequence", (TABLE, NUMBERS), 2),
        FLOATS,
    ),
    "parcela_a_mais": (
        lambda a, b: a * b + a,
        lambda a, b: a * b + a + 3 * b**2,
        Form("int"),
        PAIRS,
    ),
    "parcela_a_menos": (
        lambda a, b: 20_000 * a * b + a,  # a parcela é pequena perto do total
        lambda a, b: 20_000 * a * b,
        Form("int"),
        PAIRS,
    ),
    "linhas_desiguais": (
        table,
        lambda xs: [row[: i + 1] for i, row in enumerate(table(xs))],
        TABLE,
        FLOATS,
    ),
}


@pytest.mark.parametrize("wanted", RELATIONS)
def test_each_relation_is_found(wanted):
    assert name(*RELATIONS[wanted]) == wanted


def test_every_relation_has_a_text_and_every_text_a_relation():
    assert set(RELATIONS) == set(phrases()["relacao"])


def test_relation_must_hold_in_every_failing_case():
    def almost(xs):
        return [-p for p in softmax(xs)] if len(xs) < 6 else [0.1] * 6

    assert name(softmax, almost) is None
    assert name(softmax, lambda xs: [p * 1.1**i for i, p in enumerate(softmax(xs))]) is None


def test_too_few_numbers_are_a_coincidence():
    single = Form("number")
    assert name(lambda n: n + 1, lambda n: 2 * n + 2, single, ((3,), (5,))) is None
    assert name(lambda n: n + 1, lambda n: 2 * n + 2, single, ((3,), (5,), (8,))) == "fator"


def test_one_value_over_and_over_proves_no_relation():
    def ratio(n):
        return n and 1 / (n + 1)

    single, cases = Form("number"), ((0,), (1,), (0,), (2,), (0,))
    assert name(ratio, lambda n: 1 - ratio(n), single, cases) == "complemento"
    assert name(ratio, lambda n: ratio(n) or 1.0, single, cases) == "constante"


def test_logarithm_of_a_pattern_is_not_called_masked_scores():
    def pattern(xs):
        return torch.ones(len(xs), len(xs)).tril() / torch.arange(1, len(xs) + 1)[:, None]

    assert name(pattern, lambda xs: pattern(xs).log(), TABLE, FLOATS) == "logaritmo"
    assert name(pattern, lambda xs: 5 + pattern(xs).log(), TABLE, FLOATS) == "scores_mascarados"


def test_a_tiny_difference_is_no_constant():
    def rough(xs):
        return [p + (0.0004 if i else -0.0004) for i, p in enumerate(softmax(xs))]

    assert name(softmax, lambda xs: [p + 0.0002 for p in softmax(xs)]) is None
    assert name(softmax, rough) is None


def test_a_score_too_large_to_raise_is_no_logarithm():
    def weights(xs):
        return [0.0, *(x / 9 for x in xs)]

    assert name(weights, lambda xs: [-math.inf, *(800.0 for _ in xs)]) == "scores_mascarados"


def test_few_cases_and_few_numbers_may_be_chance():
    assert name(lambda n: n * n + 7, lambda n: n, Form("int"), ((3,), (5,))) is None
    assert name(lambda xs: xs, lambda xs: xs[::-1], INTS, (([1, 2],),)) == "outra_ordem"
    assert name(RELATIONS["sempre_igual"][0], lambda xs: [1.0, 2.0], cases=FLOATS[:4]) is None
    one = Form("number")
    assert name(lambda x: x + 0.3, lambda x: round(x + 0.3), one, ((3.0,), (5.5,))) is None


def test_a_part_of_the_cases_with_nan_is_counted():
    def some(xs):
        return [math.nan if len(xs) < 4 else p + 0.2 * i for i, p in enumerate(softmax(xs))]

    found = in_common.relation(facts(softmax, some, NUMBERS, FLOATS))
    assert found.text.startswith("Em 2 dos casos há NaN")


def test_only_a_small_difference_has_a_first_digit():
    def off(answer):
        return near.almost(facts(lambda x: [0.0, x], answer, NUMBERS, ((1.0,), (2.0,))))

    assert "do 5.º algarismo" in off(lambda x: [0.0, x + 9e-5 / x**3]).text
    assert off(lambda x: [0.0, x * 1.001]) is None


def test_an_index_is_not_called_a_count():
    named = Form("int", label="o número de uma linha")
    assert name(len, lambda xs: len(xs) ** 2 + xs[0] + 1, named, LISTS) is None


def test_pieces_that_are_not_cut_from_the_input_have_no_cuts():
    assert name(cut(2), lambda text: cut(3)(text)[::-1], PIECES, SENTENCES) == "texto_mudou"
    upper = tuple((text.upper(),) for (text,) in SENTENCES)
    lower = (lambda text: cut(2)(text.lower()), lambda text: cut(3)(text.lower()))
    assert name(*lower, PIECES, upper) is None


def test_missing_items_must_be_missing_and_the_others_in_order():
    solution = RELATIONS["faltam_itens"][0]
    assert name(solution, lambda xs: [8, *xs[1:]], INTS, LISTS) != "faltam_itens"
    assert name(solution, lambda xs: [], INTS, LISTS) != "faltam_itens"


def test_where_it_holds_is_said():
    every = in_common.relation(
        facts(softmax, lambda xs: [-p for p in softmax(xs)], NUMBERS, FLOATS)
    )
    assert every.text.startswith("Em todos os casos o seu resultado é o esperado **com o sinal")
    some = in_common.relation(facts(lambda xs: xs, lambda xs: xs[::-1], INTS, (([2, 2],), *LISTS)))
    assert some.text.startswith("Nos 6 casos que falham o seu")


@pytest.mark.parametrize(("more", "said"), [(20.0, "mais 20"), (-0.25, "menos 0,25")])
def test_constant_is_said_as_one_would_say_it(more, said):
    answer = in_common.relation(
        facts(softmax, lambda xs: [p + more for p in softmax(xs)], NUMBERS, FLOATS)
    )
    assert f"o esperado **{said}**" in answer.text


@pytest.mark.parametrize(
    ("factor", "said"),
    [
        (3.0, "vezes 3"),
        (0.25, "dividido por 4"),
        (2.5, "vezes 2,5"),
        (-2.0, "vezes −2"),
        (math.log(2), "vezes o logaritmo natural de 2: bits e nats"),
        (1 / math.log(2), "dividido pelo logaritmo natural de 2: bits"),
    ],
)
def test_factor_is_said_as_one_would_say_it(factor, said):
    answer = in_common.relation(
        facts(softmax, lambda xs: [factor * p for p in softmax(xs)], NUMBERS, FLOATS)
    )
    assert said in answer.text


@pytest.mark.parametrize(
    ("power", "said"),
    [
        (1, "vezes o tamanho de `xs`"),
        (-1, "dividido pelo tamanho de `xs`"),
        (-0.5, "dividido pela raiz do"),
    ],
)
def test_factor_that_is_a_size_of_the_input_is_named(power, said):
    def answer(xs):
        return [p * len(xs) ** power for p in softmax(xs)]

    assert said in in_common.relation(facts(softmax, answer, NUMBERS, FLOATS)).text


@pytest.mark.parametrize("row", [[], [0]], ids=["tabela sem colunas", "linhas desiguais"])
def test_no_factor_is_a_number_of_columns_that_is_not_there(row):
    cases = tuple(([[], *[row] * n],) for n in (1, 2, 4, 6))
    found = in_common.relation(facts(len, lambda xs: len(xs) ** 2 + 1, Form("int"), cases))
    assert found is None or "colunas" not in found.text


FORMS = [
    (lambda xs: torch.tensor(xs)[:, None], NUMBERS, "veio [2, 1], e se espera [2]. Sobra um par"),
    (lambda xs: [xs], NUMBERS, "veio [1, 2], e se espera [2]. Sobra um par de colchetes"),
    (lambda xs: dict(enumerate(xs)), NUMBERS, "vieram em um dicionário. Um dicionário guarda"),
    (
        lambda xs: iter(xs).__reduce__() and map(float, xs),
        NUMBERS,
        "vieram em um objeto do tipo `map`",
    ),
    (lambda xs: [str(x) for x in xs], NUMBERS, "só a forma não está. No item 0: veio um texto"),
    (lambda xs: frozenset(xs), NUMBERS, None),
    (lambda xs: set(xs), NUMBERS, None),
    (lambda xs: [[x + 1] for x in xs], NUMBERS, None),
]


@pytest.mark.parametrize(("answer", "form", "told"), FORMS)
def test_right_values_in_another_form_are_told_so(answer, form, told):
    found = near.form(facts(lambda xs: xs, answer, form, FLOATS))
    assert (found is None) == (told is None)
    if told:
        assert found.text.startswith("Os valores estão certos")
        assert told in found.text


def test_right_values_in_a_flat_table_are_told_so():
    found = near.form(facts(table, lambda xs: list(chain.from_iterable(table(xs))), TABLE, FLOATS))
    assert "veio [4], e se espera [2, 2]. Os itens estão na ordem certa, divididos" in found.text


def test_form_is_only_the_matter_if_every_value_is_right():
    def some(xs):
        return [[x if len(xs) < 6 else 0.1 for x in xs]]

    assert near.form(facts(lambda xs: xs, some, NUMBERS, FLOATS)) is None


def test_first_difference_is_said_only_where_there_is_much_to_look_at():
    def shown(n):
        return near.first_difference(
            facts(lambda x: [x] * n, lambda x: [x] * (n - 1) + [x + 2], NUMBERS, ((1.0,),)), 0
        )

    assert (shown(3), shown(4)) == ("", "[3]: esperado 1, recebido 3")


def test_single_item_outside_a_list_is_a_return_inside_the_loop():
    found = near.form(facts(lambda xs: [x + 1 for x in xs], lambda xs: xs[0] + 1, NUMBERS, FLOATS))
    assert found.name == "geral.so_um_item"


@pytest.mark.parametrize(
    ("cases", "failing", "told"),
    [
        ((([],), ([1],), ([2],)), [0], "`xs` não tem nenhum item"),
        ((([1, 2],), ([5],), ([3, 4],)), [1], "`xs` tem um item só"),
        ((([-1, 2],), ([5, 1],), ([3, 4],)), [0], "há números negativos em `xs`"),
        ((([1, 1],), ([5, 1],), ([3, 3],)), [0, 2], "há números iguais em `xs`"),
        ((([0.5, 2.0],), ([5.0, 1.0],)), [0], "há números quebrados em `xs`"),
        ((([0, 2],), ([5, 1],)), [0], "há um zero em `xs`"),
        ((([101, 2],), ([100, 1],)), [0], "há números de mais de 100 em `xs`"),
        (((torch.ones(2),), (torch.ones(1),)), [1], "`xs` tem um item só"),
        (((torch.ones(2),), (-torch.ones(2),)), [1], "há números negativos em `xs`"),
        (
            (([[1, 2]] * 3,), ([[3, 4]] * 2,), ([[5, 6, 7]] * 3,)),
            [0],
            "`xs` não tem tantas linhas quantas colunas",
        ),
        (((["a", "a"],), (["a", "b"],)), [0], "há itens repetidos em `xs`"),
        ((("pão",), ("mel",), ("ação",)), [0, 2], "`xs` tem caracteres de mais de um byte"),
        (((3, 1), (3, 5), (2, 9)), [1, 2], "`xs` é menor que `k`"),
        ((([1, 2], 3), ([4, 5], 2)), [0], "`k` é maior que o tamanho de `xs`"),
        (((9, 7), (2, 0), (8, 7)), [0, 2], "`k` é `7`"),
        (((9, 3), (9, 0), (8, 7)), [1], "`k` é `0`"),
        (((3, 1), (3, 5), (4, 4)), [1], "`xs` é menor que `k`"),  # o igual não é menor
        ((([-101, 2],), ([-3, 1],)), [0], "há números de mais de 100 em `xs`"),
        ((([math.inf, -1.0],), ([5.0, 1.0],)), [0], "há números negativos em `xs`"),
        (((9, 3), (8, 7)), [1], ""),
        ((([[1, 2]],), ([[1, 2], [3, 4]],)), [0], "tem um item só"),
        (((1,), (2,)), [0, 1], ""),
        ((([1, 2],), ([3, 4],)), [1], ""),
        ((([-1],), ([-2],), ([-3],), ([-4],), ([5],)), [0, 1, 2, 3], ""),
        ((([-1],), ([-2],), ([-3],), ([4],), ([5],)), [0, 1, 2], ""),  # dois, também por acaso
        (
            (([-1],), ([-2],), ([-3],), ([4],), ([5],), ([6],)),
            [0, 1, 2],
            "há números negativos em `xs`",
        ),
    ],
)
def test_what_only_the_failing_cases_have_is_said(cases, failing, told):
    found = only_in([Case(args) for args in cases], failing, ("xs", "k"))
    assert (told in found) if told else found == ""
