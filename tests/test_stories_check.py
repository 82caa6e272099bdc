"""A conferência aceita toda história sorteada e recusa cada história estragada pelo motivo."""

import random

import pytest

from helpers.stories import KINDS, Grammar

# Juntos passam de meio minuto: ficam fora de `testar --rapido`.
pytestmark = pytest.mark.slow
GRAMMAR = Grammar.load()

# (história estragada, tipo do primeiro problema, trecho apontado)
MUTATED = [
    (
        "Ana emprestou uma livro para Davi. Fazia calor. Davi leu o livro. No fim, quem "
        "ficou com o livro? Davi.",
        "concordância",
        "uma",
    ),
    (
        "Ana emprestou um livro para Davi. Fazia calor. Davi leu a livro. No fim, quem "
        "ficou com o livro? Davi.",
        "concordância",
        "a",
    ),
    (
        "Ana emprestou um livro nova para Davi. Fazia calor. Davi leu o livro. No fim, "
        "quem ficou com o livro? Davi.",
        "concordância",
        "nova",
    ),
    (
        "Ana emprestaram um livro para Davi. Fazia calor. Davi leu o livro. No fim, quem "
        "ficou com o livro? Davi.",
        "concordância",
        "emprestaram",
    ),
    (
        "Ana e Davi foi à praia. A praia estava vazia. Fazia sol. Depois, os dois "
        "voltaram para casa.",
        "concordância",
        "foi",
    ),
    (
        "Ana e Davi foram ao praia. A praia estava vazia. Fazia calor. Depois, os dois "
        "voltaram para casa.",
        "concordância",
        "ao",
    ),
    (
        "Ana e Davi foram à praia. A praia estava vazio. Fazia calor. Depois, os dois "
        "voltaram para casa.",
        "concordância",
        "vazio",
    ),
    (
        "Ana e Davi foram à praia. A praia estava vazia. Fazia calor. Depois, os dois "
        "voltou para casa.",
        "concordância",
        "voltou",
    ),
    (
        "Ana e Davi foram à praia. A praia estava vazia. Fazia calor. Ana e Davi foram "
        "embora juntas.",
        "concordância",
        "juntas",
    ),
    (
        "Ana e Davi foram à praia. A praia estava vazia. Fazia calor. No fim, os dois "
        "voltaram para casa contente.",
        "concordância",
        "contente",
    ),
    (
        "Ana e Davi foram à praia. A praia estavam vazia. Fazia calor. Depois, os dois "
        "voltaram para casa.",
        "concordância",
        "estavam",
    ),
    (
        "O Maria deu um bolo para Davi. Davi ficou contente. Fazia sol. Davi dividiu o "
        "bolo com a Maria. Os dois riram muito.",
        "concordância",
        "O",
    ),
    (
        "Maria deu um bolo para Davi. Davi ficou encantada. Fazia sol. Davi dividiu o "
        "bolo com Maria. Os dois riram muito.",
        "concordância",
        "encantada",
    ),
    (
        "Maria tinha um gato chamada Mive. Maria adorava seu gato. Fazia sol. Mive dormiu "
        "ao lado de Maria.",
        "concordância",
        "chamada",
    ),
    (
        "Maria tinha um gato chamado Mive. Maria adorava sua gato. Fazia sol. Mive dormiu "
        "ao lado de Maria.",
        "concordância",
        "sua",
    ),
    (
        "Maria tinha uma gata chamada Mive. Mive estava cansado. Fazia sol. Mive dormiu "
        "ao lado de Maria.",
        "concordância",
        "cansado",
    ),
    (
        "Ana tinha uma bola, e Davi tinha um gibi. Davi pediu a bola emprestado, e Ana "
        "emprestou. Davi ficou feliz. No fim, quem ficou com a bola? Davi.",
        "concordância",
        "emprestado",
    ),
    (
        'Maria deu um bolo para Davi. "Obrigada, Maria!", disse Davi. Fazia sol. Os dois '
        "riram muito.",
        "concordância",
        "Obrigada",
    ),
    (
        "Ana emprestou um livro para Davi. Ela leu o livro. Fazia calor. No fim, quem "
        "ficou com o livro? Davi.",
        "pronome",
        "Ela",
    ),
    (
        "Ana e Bia foram à praia. A praia estava vazia. Fazia calor. No fim, eles "
        "voltaram para casa contentes.",
        "pronome",
        "eles",
    ),
    (
        "Ana emprestou um livro para Davi. Davi devolveu o livro para ele. Fazia calor. "
        "Os dois riram muito.",
        "pronome",
        "para ele",
    ),
    (
        "Ana emprestou um livro para Bia. Ela leu o livro. Fazia calor. No fim, quem "
        "ficou com o livro? Bia.",
        "pronome",
        "Ela",
    ),
    (
        "Ana comprou uma bola na feira. Ana perdeu a bola. Ana procurou a bola, mas não o "
        "achou. Ana achou a bola atrás do muro. À noite, Ana foi dormir feliz.",
        "concordância",
        "o",
    ),
    (
        "Maria tinha um gato chamado Mive. Fazia sol. De repente, Mive sumiu. Ele chamou: "
        '"Mive, Mive!" Mive voltou molhado. Mive dormiu ao lado de Maria.',
        "pronome",
        "Ele",
    ),
    (
        "Ana emprestou um livro para Davi. Davi leu o livro. Quem estava com o livro? "
        "Ana. Os dois riram muito.",
        "dono",
        "Ana",
    ),
    (
        "Ana emprestou um livro para Davi. Ana devolveu o livro para Davi. Fazia calor. "
        "Os dois riram muito.",
        "dono",
        "Ana",
    ),
    (
        "Ana emprestou um livro para Davi. Ana leu o livro. Fazia calor. Os dois riram muito.",
        "dono",
        "Ana",
    ),
    (
        "Ana tinha uma bola, e Davi tinha um gibi. Davi emprestou a bola para Ana. Fazia "
        "calor. Os dois riram muito.",
        "dono",
        "Davi",
    ),
    (
        "Ana tinha uma bola, e Davi tinha um gibi. Fazia calor. Quem estava com o gibi? "
        "Ana. Os dois riram muito.",
        "dono",
        "Ana",
    ),
    (
        "Ana emprestou um livro para Davi. Davi leu a bola. Fazia calor. Os dois riram muito.",
        "dono",
        "a bola",
    ),
    (
        "Ana emprestou um livro para Davi. Davi leu o livro. Fazia calor. No fim, quem "
        "ficou com o livro? Caio.",
        "dono",
        "Caio",
    ),
    (
        "Ana comprou um bolo na feira. Davi chegou. Davi comeu o bolo devagar. Fazia "
        "calor. Os dois riram muito.",
        "dono",
        "Davi",
    ),
    (
        'A senha do cofre era lebumu. Só Ana e Davi sabiam. Ana disse: "lebuma". O cofre '
        "abriu. Os dois riram muito.",
        "repetição errada",
        "lebuma",
    ),
    (
        "Maria tinha um gato chamado Mive. Maria brincou com Miva. Fazia sol. Mive dormiu "
        "ao lado de Maria.",
        "repetição errada",
        "Miva",
    ),
    (
        "Ana fez uma lista de compras: arroz, sal e mel. No mercado, ela leu de novo: "
        "arroz, mel e sal. Fazia sol. Ana comprou tudo: arroz, sal e mel. À noite, Ana "
        "foi dormir feliz.",
        "repetição errada",
        "arroz, mel e sal",
    ),
    (
        "Ana e Davi foram à praia. Ana inventou uma canção: ba li nu va. Davi cantou: ba "
        "li va nu. Os dois riram muito.",
        "repetição errada",
        "ba li va nu",
    ),
    (
        "Ana comprou um bolo na feira. Davi chegou. Ana guardou o bolo na cesta. Onde "
        "estava o bolo? Na mochila. Os dois riram muito.",
        "repetição errada",
        "Na mochila",
    ),
    (
        "A Ana deu um bolo para Davi. Davi agradeceu a Ana. Fazia sol. Os dois riram muito.",
        "repetição errada",
        "a Ana",
    ),
    (
        "Ana levou um livro para a praia. Davi chegou. Ana perdeu o livro no parque. Ana "
        "achou o livro perto do muro. Os dois riram muito.",
        "repetição errada",
        "no parque",
    ),
    (
        "Ana emprestou um trator para Davi. Fazia calor. Os dois riram muito.",
        "palavra desconhecida",
        "trator",
    ),
    (
        "Ana emprestou um livro para Davi. Davi rasgou o livro. Os dois riram muito.",
        "palavra desconhecida",
        "rasgou",
    ),
    (
        "Xisto emprestou um livro para Davi. Davi leu o livro. Os dois riram muito.",
        "palavra desconhecida",
        "Xisto",
    ),
    (
        "Ana emprestou um livro para Davi. O livro leu Davi. Fazia calor. Os dois riram muito.",
        "frase desconhecida",
        None,
    ),
    (
        "Ana emprestou um livro para Davi. Fazia calor. Fazia sol. Os dois riram muito.",
        "frase desconhecida",
        None,
    ),
    (
        "Ana e Davi foram à praia. A praia estava vazia. Fazia calor. Depois, os dois "
        "voltaram para casa. Os dois riram muito.",
        "frase desconhecida",
        None,
    ),
    (
        "Ana emprestou um livro para Davi. Davi leu o livro.",
        "história inacabada",
        None,
    ),
    (
        "Ana emprestou um livro para Davi. Davi leu o",
        "história inacabada",
        None,
    ),
    (
        "Ana emprestou um livro para Davi. Os dois riram muito.",
        "história inacabada",
        None,
    ),
    (
        "",
        "história inacabada",
        None,
    ),
]


@pytest.mark.parametrize(("text", "kind", "where"), MUTATED)
def test_mutated_story_is_refused_for_its_reason(text, kind, where):
    problems = GRAMMAR.check(text)
    assert problems
    first = problems[0]
    assert first.kind == kind, problems
    assert where is None or text[first.start : first.end] == where
    assert first.message.endswith(".")


# O que um leitor acha certo a gramática não recusa por conta que ele não faz.
NATURAL = [
    "Ana e Davi foram à praia. Davi cantou baixinho: ba li ba. Ana respondeu: ba li ba. Caio "
    "chegou. Fazia sol. Os três riram muito.",
    "Ana emprestou um livro para Davi. Fazia sol. Ela ficou feliz. Os dois ficaram amigos.",
    "Ana comprou um gibi vermelho na feira. Davi chegou. Caio chegou sem avisar. Davi viu um gato "
    "perto do muro. Ana também o viu. Foi um dia bom.",
    "Ana tinha um gato chamado Mimi. Fazia sol. No fim, Mimi dormiu na varanda.",
    "Ana levou um pandeiro para a biblioteca. Ana limpou o pandeiro. Fazia sol. Ana brincou com o "
    "pandeiro com calma. À noite, ela foi dormir feliz.",
    "A senha da mala era lolo. Só Ana e Bia sabiam. Bia esqueceu a senha. Ana lembrou: lolo. As "
    "duas riram muito.",
    "Ana emprestou um livro para Davi. Davi perdeu o livro. Davi procurou o livro em toda parte. "
    "O livro nunca mais apareceu.",
    "Ana e Davi foram à praia. Depois, Ana abraçou Davi. Então, os dois riram muito.",
]


@pytest.mark.parametrize("text", NATURAL)
def test_natural_story_is_accepted(text):
    assert GRAMMAR.check(text) == []


@pytest.mark.parametrize("second", ["Davi", "Bia"])
def test_pronoun_needs_the_only_person_of_its_gender(second):
    text = f"Ana e {second} foram à praia. Fazia sol. Depois, ela ditou um código: 4 0 4. "
    text += f"{second} escreveu: 4 0 4. Foi um dia bom."
    kinds = [problem.kind for problem in GRAMMAR.check(text)]
    assert kinds == ([] if second == "Davi" else ["pronome"])


@pytest.mark.parametrize(
    "text",
    [
        "Ana e Davi foram à praia. Fazia sol. Davi chegou. Os dois riram muito.",
        "Ana e Davi foram à praia. Fazia sol. Fazia sol. Os dois riram muito.",
        "Ana e Davi foram à praia. Ana abraçou Ana. Os dois riram muito.",
        "Ana emprestou um livro para Davi. Davi vestiu o livro. Os dois riram muito.",
        "Ana comprou um bolo na feira. Ana comeu o bolo devagar. Ana deu o bolo para Davi. Fim.",
    ],
)
def test_what_makes_no_sense_is_refused(text):
    assert GRAMMAR.check(text)


def test_catalogue_covers_every_kind():
    assert len(MUTATED) >= 25
    assert {kind for _, kind, _ in MUTATED} == set(KINDS)


def test_only_the_wrong_word_is_reported():
    text = "Ana e Davi foi à praia. A praia estava vazio. Fazia calor. Os dois riram muito."
    assert [text[p.start : p.end] for p in GRAMMAR.check(text)] == ["foi", "vazio"]


def test_reading_goes_on_after_a_slip_that_is_understood():
    text = "Ana emprestou uma livro para Davi. Davi leram o livro. Quem estava com o livro? Ana. "
    text += "Os dois riram muito."
    kinds = [problem.kind for problem in GRAMMAR.check(text)]
    assert kinds == ["concordância", "concordância", "dono"]


def test_two_slips_of_one_sentence_are_both_told():
    rest = "Fazia calor. Davi leu o livro. No fim, quem ficou com o livro? Davi."
    found = GRAMMAR.check(f"Ana emprestaram um livra para Davi. {rest}")
    assert [problem.message for problem in found] == [
        "esperava “emprestou”, e veio “emprestaram”.",
        "esperava “livro”, e veio “livra”.",
    ]


def test_message_says_what_was_expected():
    text = "Ana emprestou um livro para Davi. Davi leu o livro. Quem estava com o livro? Ana. "
    (problem,) = GRAMMAR.check(text + "Os dois riram muito.")
    assert problem.message == "esperava Davi, e veio Ana."


def test_message_says_where_reading_stopped():
    (problem,) = GRAMMAR.check("Ana emprestou um livro para Davi. Davi engoliu o sapo. Fim.")
    assert "Parei de ler neste ponto." in problem.message


def test_every_sample_is_accepted():
    rng = random.Random(21)
    for _ in range(150):
        story = GRAMMAR.sample(rng)
        assert GRAMMAR.check(story.text) == [], story.text


def test_any_beginning_of_a_story_is_unfinished():
    rng = random.Random(22)
    for _ in range(6):
        text = GRAMMAR.sample(rng).text
        for end in range(0, len(text) - 1, 17):
            assert GRAMMAR.check(text[:end]), text[:end]


def test_story_cut_between_sentences_is_unfinished():
    rng = random.Random(23)
    for _ in range(20):
        text = GRAMMAR.sample(rng).text
        cut = text[: text.index(". ") + 1]
        assert GRAMMAR.check(cut)[-1].kind == "história inacabada", cut


@pytest.mark.parametrize(
    "text",
    [
        " ",
        "\n\n",
        "Ana",
        "ana emprestou",
        "….!?",
        "日本語のテキスト",
        "Ana Ana Ana Ana",
        '"""""',
        "A senha do cofre era",
        "A senha do cofre era .",
        "Ana fez uma lista de compras: . No mercado, ela leu de novo: .",
        "O João entregou um pão para Maria." * 3,
        "a" * 3000,
    ],
)
def test_arbitrary_text_never_raises(text):
    problems = GRAMMAR.check(text)
    assert problems
    assert all(0 <= p.start <= p.end <= len(text) for p in problems)
    GRAMMAR.relations(text)


def test_shuffled_and_cut_stories_never_raise():
    rng = random.Random(24)
    for _ in range(30):
        words = GRAMMAR.sample(rng).text.split(" ")
        place = int(rng.random() * len(words))
        without = " ".join(words[:place] + words[place + 1 :])
        swapped = " ".join(
            [*words[:place], *reversed(words[place : place + 3]), *words[place + 3 :]]
        )
        for text in (without, swapped):
            problems = GRAMMAR.check(text)
            assert (GRAMMAR.log_prob(text) == -float("inf")) == bool(problems), text
            assert all(p.kind in KINDS for p in problems)
            GRAMMAR.relations(text)


def test_an_act_out_of_place_is_reported_and_never_raises():
    # Ver um bicho só acontece ao ar livre; o texto de um modelo o põe em qualquer lugar.
    sight = "De repente, Ana viu uma borboleta embaixo do banco. Foi um dia feliz."
    for seed in range(60):
        opening = GRAMMAR.sample(random.Random(seed)).text.split(". ")[0]
        GRAMMAR.check(f"{opening}. {sight}")
    found = GRAMMAR.check(f"Malik entregou um cartão para Míriam. {sight}")
    assert found
    assert found[0].message


@pytest.mark.parametrize(
    ("text", "kind", "told"),
    [
        ("Ana emprestou um livro para Davi.", "história inacabada", "cedo demais: o mínimo são 3"),
        (
            "Ana emprestou um livro para Davi. Davi perdeu o livro.",
            "frase desconhecida",
            "não cabe aqui",  # já não é cedo, mas ninguém acaba feliz sem o livro
        ),
    ],
)
def test_an_end_is_too_early_only_before_the_third_sentence(text, kind, told):
    (problem,) = GRAMMAR.check(f"{text} Foi um dia feliz.")
    assert problem.kind == kind
    assert told in problem.message


@pytest.mark.parametrize("seed", range(1, 5))
def test_a_space_after_the_end_and_a_small_first_letter_are_strange_and_not_slips(seed):
    text = GRAMMAR.sample(random.Random(seed)).text
    for wrong in (text + " ", text[0].lower() + text[1:]):
        assert [problem.kind for problem in GRAMMAR.check(wrong)] == ["frase desconhecida"]
