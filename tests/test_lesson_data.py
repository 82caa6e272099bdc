"""Os dados de uma lição: o que falta ou sobra num arquivo é dito com o arquivo e o nome."""

import pytest

from helpers.exercises import lesson_data, registry
from helpers.exercises.catalog import CatalogError, GuessQuestion, Option, Question, Section

NUMBER = """
[[palpite]]
id = "04.dobro"
pergunta = "Quanto?"
resposta = 4
menor = 1
maior = 16
perto = 2
exato = "Na mosca."
proximo = "Quase."
distante = "Longe."
ensina = "Quatro vezes."
"""
CHOICE = """
[[palpite]]
id = "04.mil"
pergunta = "O que dá?"
ensina = "Infinito."

[[palpite.opcao]]
texto = "Um"
comentario = "Não."

[[palpite.opcao]]
texto = "nan"
certa = true
comentario = "Sim."
"""
QUIZ = """
[[quiz]]
id = "04.q_eixo"
pergunta = "O que soma 1?"

[[quiz.opcao]]
texto = "Cada linha."
certa = true
explicacao = "É a linha."

[[quiz.opcao]]
texto = "Cada coluna."
explicacao = "Não é a coluna."
"""
WRONG = """
[engano."04.softmax"]
ingenuo = 'calcula `b"\\x00"` direto. Tire o maior antes.'
sem_mascara = { diz = "não usa **máscara**. Olhe a linha.", veja = "04 §6" }
"""


def test_everything_in_the_file_is_read():
    found = lesson_data.parse(NUMBER + CHOICE + QUIZ + WRONG, "04")
    said = ("Na mosca.", "Quase.", "Longe.")
    number, choice = found.predictions
    assert number == GuessQuestion(
        "04.dobro", "Quanto?", 4, low=1, high=16, near=2, said=said, lesson_learned="Quatro vezes."
    )
    assert choice == GuessQuestion(
        "04.mil", "O que dá?", 1, ("Um", "nan"), ("Não.", "Sim."), lesson_learned="Infinito."
    )
    options = (
        Option("Cada linha.", "É a linha.", True),
        Option("Cada coluna.", "Não é a coluna."),
    )
    assert found.quiz == (Question("04.q_eixo", "O que soma 1?", options),)
    naive, unmasked = found.diagnoses["04.softmax"].values()
    opening = "Seu resultado é igual ao de quem "
    assert naive == lesson_data.SlipText(opening + 'calcula `b"\\x00"` direto. Tire o maior antes.')
    assert unmasked.text == opening + "não usa **máscara**. Olhe a linha."
    assert unmasked.see == Section("04", 6, "A máscara")


@pytest.mark.parametrize(
    ("text", "old", "new", "told"),
    [
        (NUMBER, "perto = 2\n", "", r"palpite 04\.dobro: falta perto\. As chaves são: id, "),
        (NUMBER, "perto =", "pertinho =", r"04\.dobro: falta perto; não conheço pertinho\."),
        (NUMBER, "maior = 16", "maior = 3", "a resposta precisa estar entre `menor` e `maior`"),
        (NUMBER, '"04.dobro"', '"05.dobro"', r'palpite 05\.dobro: o `id` precisa começar por "04'),
        (NUMBER, 'id = "04.dobro"\n', "", "palpite 1: o `id` precisa começar"),
        (CHOICE, "certa = true\n", "", r"palpite 04\.mil: há 0 opções com `certa = true`"),
        (CHOICE, 'texto = "Um"\n', "", r"palpite 04\.mil, opção 1: falta texto"),
        (QUIZ, 'explicacao = "Não', 'certa = true\nexplicacao = "Não', "há 2 opções com"),
        (QUIZ, "explicacao", "porque", r"quiz 04\.q_eixo, opção 1: falta explicacao"),
        (WRONG, '"04 §6"', '"seção 5"', r"engano 04\.softmax\.sem_mascara: `veja` diz a lição"),
        (WRONG, '"04 §6"', '"04 §99"', "não há seção '04 §99'"),
        (WRONG, " Olhe a linha.", "", r"sem_mascara: complete a frase “Seu resultado é igual ao"),
        (WRONG, "'calcula", "'Seu resultado é de quem calcula", r"ingenuo: complete a frase"),
        (WRONG, "[engano.", "[enganos.", "não conheço enganos. As chaves são: palpite, engano"),
        (WRONG, "ingenuo =", "ingenuo", r"data/licoes/04\.toml não é TOML: .*line 3"),
        (WRONG, "sem_mascara", "ingenuo", "não é TOML"),
    ],
)
def test_what_is_wrong_in_a_file_is_told_with_its_place(text, old, new, told):
    assert old in text
    with pytest.raises(CatalogError, match=told) as caught:
        lesson_data.parse(text.replace(old, new, 1), "04")
    assert str(caught.value).startswith("data/licoes/04.toml")


def test_two_of_one_name_are_refused():
    with pytest.raises(CatalogError, match=r"palpite 04\.dobro: há dois com este `id`"):
        lesson_data.parse(NUMBER + NUMBER, "04")


def test_lesson_without_a_file_has_nothing():
    assert lesson_data.read("99") == lesson_data.LessonData()


def test_every_file_belongs_to_a_lesson():
    assert {path.stem for path in lesson_data.FOLDER.iterdir()} <= set(registry.lessons())
