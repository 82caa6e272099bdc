"""As relações apontam as palavras certas, por posição."""

import random

import pytest

from helpers.stories import RELATIONS, Grammar
from helpers.stories.lexicon import same_word

pytestmark = pytest.mark.slow

GRAMMAR = Grammar.load()

LOAN = (
    "O João emprestou um livro novo para Maria. Ela leu o livro. Quem estava com o livro? Maria. "
    "Os dois ficaram amigos."
)
PASSWORD = (
    'A senha da mala era navelo. Só Ana e Davi sabiam. Ana disse: "navelo". A mala abriu. '
    "Ana e Davi foram embora juntos."
)
PET = "Lia tinha uma gata chamada Mive. Mive estava cansada. Fazia sol. Mive dormiu ao lado de Lia."
LOST = (
    "Ana comprou uma bola na feira. Ana perdeu a bola. Ela procurou a bola, mas não a achou. "
    "Ana achou a bola atrás do muro. À noite, Ana foi dormir feliz."
)
SAID = (
    'Ana e Davi foram à praia. "A união faz a força", disse Ana. "A união faz a força", '
    "repetiu Davi. Os dois riram muito."
)
# Aqui o que concorda fica longe: há outro nome entre um e outro.
CLAUSE = (
    "A blusa que Davi deu para Ana era amarela. Ana, quando viu a blusa, ficou encantada. "
    "Os dois, no fim do dia, estavam cansados."
)


def pairs(text, kind):
    """Devolve (fonte, alvo) como palavras, na ordem do texto."""
    found = [r for r in GRAMMAR.relations(text) if r.kind == kind]
    return [(text[slice(*r.source)], text[slice(*r.target)]) for r in found]


@pytest.mark.parametrize("text", [LOAN, PASSWORD, PET, LOST, SAID, CLAUSE])
def test_examples_are_in_the_language(text):
    assert GRAMMAR.check(text) == []


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        (LOAN, "sujeito-verbo", ("leu", "Ela")),
        (LOAN, "sujeito-verbo", ("ficaram", "Os dois")),
        (LOAN, "pronome-antecedente", ("Ela", "Maria")),
        (LOAN, "adjetivo-substantivo", ("novo", "livro")),
        (LOAN, "artigo-substantivo", ("João", "O")),
        (LOAN, "objeto-dono", ("Maria", "Maria")),
        (LOAN, "objeto-dono", ("livro", "Maria")),
        (LOAN, "repetição", ("livro", "livro")),
        (PASSWORD, "repetição", ("navelo", "navelo")),
        (PASSWORD, "sujeito-verbo", ("era", "senha")),
        (PASSWORD, "sujeito-verbo", ("sabiam", "Ana e Davi")),
        (PASSWORD, "sujeito-verbo", ("abriu", "mala")),
        (PASSWORD, "adjetivo-substantivo", ("juntos", "Ana e Davi")),
        (PET, "adjetivo-substantivo", ("chamada", "gata")),
        (PET, "adjetivo-substantivo", ("cansada", "Mive")),
        (PET, "sujeito-verbo", ("dormiu", "Mive")),
        (LOST, "pronome-antecedente", ("a", "bola")),
        (LOST, "objeto-dono", ("bola", "Ana")),
        (CLAUSE, "sujeito-verbo", ("deu", "Davi")),
        (CLAUSE, "sujeito-verbo", ("era", "blusa")),
        (CLAUSE, "adjetivo-substantivo", ("amarela", "blusa")),
        (CLAUSE, "sujeito-verbo", ("viu", "Ana")),
        (CLAUSE, "sujeito-verbo", ("ficou", "Ana")),
        (CLAUSE, "adjetivo-substantivo", ("encantada", "Ana")),
        (CLAUSE, "sujeito-verbo", ("estavam", "Os dois")),
        (CLAUSE, "adjetivo-substantivo", ("cansados", "Os dois")),
        (CLAUSE, "objeto-dono", ("blusa", "Ana")),
        (SAID, "repetição", ("união", "união")),
        (SAID, "sujeito-verbo", ("Davi", "repetiu")),
    ],
)
def test_relation_is_found(text, kind, expected):
    assert expected in pairs(text, kind)


def test_answer_points_to_where_the_holder_got_the_object():
    found = [r for r in GRAMMAR.relations(LOAN) if r.kind == "objeto-dono"]
    answer = LOAN.index("? Maria") + 2
    assert ((answer, answer + 5), (36, 41)) in [(r.source, r.target) for r in found]


@pytest.fixture(scope="module")
def stories():
    rng = random.Random(31)
    return [GRAMMAR.sample(rng).text for _ in range(120)]


def test_source_comes_after_target(stories):
    for text in stories:
        for relation in GRAMMAR.relations(text):
            assert relation.kind in RELATIONS
            assert 0 <= relation.target[0] < relation.target[1] <= len(text)
            assert relation.target[1] <= relation.source[0] < relation.source[1] <= len(text)


def test_spans_are_whole_words(stories):
    for text in stories:
        for relation in GRAMMAR.relations(text):
            for start, end in (relation.source, relation.target):
                assert not text[start - 1 : start].isalnum() or start == 0
                assert not text[end : end + 1].isalnum(), (text, relation)


def test_copies_are_equal_words(stories):
    for text in stories:
        for source, target in pairs(text, "repetição"):
            assert source.lower() == target.lower(), text


def test_every_kind_happens(stories):
    found = {relation.kind for text in stories for relation in GRAMMAR.relations(text)}
    assert found == set(RELATIONS)


def test_relations_stop_where_reading_stops():
    text = "Ana emprestou um livro para Davi. Davi engoliu o livro."
    assert ("emprestou", "Ana") in pairs(text, "sujeito-verbo")
    assert all(r.source[1] <= 33 for r in GRAMMAR.relations(text))


def test_a_group_has_the_relations_of_those_who_were_read_without_a_slip():
    # "o Helena" é lido como um deslize, e um deslize não diz onde alguém apareceu.
    text = "A senha do cofre era vunama. Só o Caio e o Helena sabiam. Os dois riram muito."
    assert pairs(text, "pronome-antecedente") == [("dois", "Caio")]
    assert ("riram", "Os dois") in pairs(text, "sujeito-verbo")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("cansado", "cansada", True),
        ("feliz", "felizes", True),
        ("foi", "foram", True),
        ("riu", "riram", True),
        ("comeu", "comeram", True),
        ("estava", "estavam", True),
        ("ao", "à", True),
        ("ele", "elas", True),
        ("livro", "bola", False),
        ("foi", "foi", False),
        ("leu", "lia", False),
        ("cansado", "chateado", False),
    ],
)
def test_same_word_in_another_form(one, other, expected):
    assert same_word(one, other) is expected
    assert same_word(other, one) is expected
