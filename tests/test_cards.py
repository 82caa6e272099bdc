"""Palpites, comparação, quiz e progresso: todas as opções, com o mesmo texto para todo mundo."""

import json
import re

import pytest

from helpers.exercises import progress, registry
from helpers.exercises.checking import check
from helpers.explorables import cards
from helpers.explorables.cards import Still
from helpers.explorables.kit import base

PREDICTIONS = [item for lesson in registry.lessons() for item in registry.predictions(lesson)]
WITH_QUIZ = [lesson for lesson in registry.lessons() if registry.quiz_questions(lesson)]
FILES = ("cards.js", "predict.js", "quiz.js", "cards.css")
pytestmark = pytest.mark.usefixtures("progress_file")


def by_id(item):
    return item.id


def choices(prediction):
    """Todas as opções; de um número, as pontas, a resposta com as vizinhas e uns do meio."""
    if prediction.options:
        return range(len(prediction.options))
    low, high, answer = prediction.low, prediction.high, prediction.answer
    spread = range(low, high + 1, max(1, (high - low) // 10))
    return sorted({low, high, answer, *spread, max(low, answer - 1), min(high, answer + 1)})


def bundle(widget):
    found = widget._repr_mimebundle_()
    return found[0] if isinstance(found, tuple) else found


@pytest.mark.parametrize("prediction", PREDICTIONS, ids=by_id)
def test_every_guess_is_noted_kept_and_compared(prediction):
    card = cards.predict(prediction.id)
    for guess in choices(prediction):
        assert "Palpite anotado" in card.move(guess)
        assert progress.load().guesses[prediction.id]["palpite"] == guess
    assert repr(cards.reveal(prediction.id)).startswith("Você previu ")


@pytest.mark.parametrize("again", [False, True], ids=["mesmo cartão", "cartão novo"])
def test_guess_is_closed_once_the_result_was_shown(again):
    card = cards.predict("01.bytes_joao")
    card.move(4)
    cards.reveal("01.bytes_joao")
    if again:
        card = cards.predict("01.bytes_joao")
    assert card.closed
    assert card.said == "Seu palpite foi 4. O resultado já apareceu, e o palpite não muda mais."
    for late in (5, None):
        assert "não muda mais" in card.move(late)
        assert (card.guess, card.skipped) == (4, False)
    assert progress.load().guesses["01.bytes_joao"]["palpite"] == 4
    assert repr(cards.reveal("01.bytes_joao")).startswith("Você previu 4; o resultado é 5.")


def test_guess_after_the_result_does_not_count():
    card = cards.predict("01.aaa")
    cards.reveal("01.aaa")
    assert card.move(2) == cards.TOO_LATE
    assert "palpite" not in progress.load().guesses["01.aaa"]
    assert cards.predict("01.aaa").said == cards.TOO_LATE
    assert "palpites dados: 0 de" in repr(cards.my_progress())
    assert repr(cards.reveal("01.aaa")).startswith("Sem palpite desta vez.")


def test_skipping_forgets_the_guess():
    card = cards.predict("01.aaa")
    card.move(2)
    assert card.move(None) == cards.SKIPPED
    assert "01.aaa" not in progress.load().guesses


@pytest.mark.parametrize("prediction", PREDICTIONS, ids=by_id)
def test_stored_prediction_lists_question_and_options_for_everyone(prediction):
    card = cards.predict(prediction.id)
    before = bundle(card)
    card.move(next(iter(choices(prediction))))
    after, again = bundle(card), bundle(cards.predict(prediction.id))
    for key in ("text/plain", "text/html"):
        assert after[key] == again[key] == before[key]
    text = before["text/plain"]
    assert text.startswith("Palpite: ")
    assert text.count("( )") == max(1, len(prediction.options))
    assert prediction.answer is not None
    assert all(comment not in text for comment in prediction.comments)
    assert "max-width:720px" in before["text/html"]


def test_number_out_of_range_is_explained_inside_the_card():
    card = cards.predict("01.bytes_joao")
    assert card.move(99) == "99 está fora do intervalo: escreva um número de 1 a 16."
    assert card.message
    assert "01.bytes_joao" not in progress.load().guesses
    assert "Palpite anotado: 5" in card.move(5)
    assert card.message == ""
    assert "não existe" in cards.predict("01.espaco").move(7)


def test_former_guess_comes_back_and_a_spoilt_one_does_not():
    progress.record("guess", "01.aaa", palpite=3)
    assert cards.predict("01.aaa").guess == 3
    assert "Você previu 3" in repr(cards.reveal("01.aaa"))
    progress.record("guess", "01.nabana", palpite="três")
    assert cards.predict("01.nabana").guess is None
    assert repr(cards.reveal("01.nabana")).startswith("Sem palpite")


def test_live_sentence_is_safe_markup():
    card = cards.predict("01.espaco")
    card.move(0)
    assert "<code>·pão</code>" in card.said
    assert "Palpite anotado" in card.sentence()


def test_failure_to_save_is_said_in_the_card_and_the_guess_survives(tmp_path, monkeypatch):
    monkeypatch.setenv(progress.VARIABLE, str(tmp_path / "sumiu" / "p.json"))
    card = cards.predict("01.aaa")
    card.move(2)
    assert "Não consegui salvar" in card.said
    assert "Você previu 2" in repr(cards.reveal("01.aaa"))


def test_reveal_is_still_escaped_and_takes_the_measured_value():
    found = cards.reveal("01.nabana", 4)
    assert isinstance(found, Still)
    assert "O resultado é 4." in repr(found)
    assert bundle(found)["text/plain"] == repr(found)
    assert "<code>na</code>" in bundle(found)["text/html"]
    with pytest.raises(ValueError, match="precisa ser um número"):
        cards.reveal("01.nabana", "quatro")
    assert not progress.load().guesses["01.nabana"].get("palpite")


@pytest.mark.parametrize("call", [cards.predict, cards.reveal])
def test_unknown_prediction_lists_the_known_ones(call):
    with pytest.raises(registry.UnknownId, match=r"Não conheço palpite '01\.x'.*01\.aaa"):
        call("01.x")
    for odd in ([], {}, 3, None):
        with pytest.raises(registry.UnknownId, match=r"Não conheço palpite .*01\.aaa"):
            call(odd)
    with pytest.raises(registry.UnknownId, match=r"Não conheço lição '\[\]'.*01"):
        cards.quiz([])


@pytest.mark.parametrize("lesson", WITH_QUIZ)
def test_quiz_explains_every_option_and_can_be_retried(lesson):
    card = cards.quiz(lesson)
    for at, question in enumerate(card.items):
        for index, option in enumerate(question.options):
            said = card.move(at, index)
            assert said.startswith("Certo. " if option.right else "Ainda não. ")
            assert said == card.sentence()
            assert f"pergunta={at + 1}" in card.state()
            explanation = card.questions[at]["options"][index]
            assert explanation["right"] == option.right
            assert explanation["explanation"]
    assert card.first == [0] * len(card.items), "só a primeira escolha conta"


def kept_scores(lesson):
    entry = progress.load().quizzes[lesson]
    return entry["acertos"], entry["total"], entry["melhor"], entry["primeira"]


def test_quiz_score_is_recorded_at_the_end_and_keeps_the_best():
    card = cards.quiz("01")
    right = [[option.right for option in item.options].index(True) for item in card.items]
    for at, index in enumerate(right[:-1]):
        card.move(at, index)
        assert "acertos" not in progress.load().quizzes["01"]
    card.move(len(right) - 1, right[-1])
    assert kept_scores("01") == (6, 6, 6, 6)
    card.restart()
    assert card.sentence() == card.questions[0]["plain"]
    for at, index in enumerate(right):
        card.move(at, (index + 1) % len(card.items[at].options))
        card.move(at, index)
    assert kept_scores("01") == (0, 6, 6, 6)


def test_redone_quiz_is_counted_as_such():
    card = cards.quiz("01")
    right = [[option.right for option in item.options].index(True) for item in card.items]
    card.move(0, (right[0] + 1) % 3)
    card.restart()
    assert card.first == [-1] * 6
    assert card.ever[0] == (right[0] + 1) % 3, "recomeçar não apaga a primeira escolha"
    for at, index in enumerate(right):
        card.move(at, index)
    assert kept_scores("01") == (6, 6, 6, 5)
    assert "quiz: 5 de 6 de primeira (6 ao refazer)" in repr(cards.my_progress())
    again = cards.quiz("01")
    assert (again.ever, again.first) == (card.ever, [-1] * 6), "amanhã também se sabe"
    answers = progress.load().quizzes["01"]["respostas"]
    assert [answers[item.id]["certa"] for item in card.items] == [False] + [True] * 5
    assert answers[card.items[0].id]["opcao"] == (right[0] + 1) % 3


def test_each_answer_of_the_quiz_is_kept_before_the_end():
    card = cards.quiz("01")
    card.move(2, 1)
    assert set(progress.load().quizzes["01"]["respostas"]) == {card.items[2].id}
    assert "quiz: ainda não feito" in repr(cards.my_progress())


def test_spoilt_quiz_answers_are_ignored():
    item = cards.quiz("01").items[0]
    for option in (99, -5):
        progress.forget("quiz", "01")
        progress.record("quiz", "01", pergunta=item.id, opcao=option, certa=True)
        assert cards.quiz("01").ever == [-1] * 6


def test_stored_quiz_lists_everything_but_the_answers():
    card = cards.quiz("01")
    before = bundle(card)
    card.move(0, 1)
    assert bundle(card)["text/plain"] == before["text/plain"]
    assert bundle(card)["text/html"] == before["text/html"]
    options = [option for item in card.items for option in item.options]
    assert before["text/plain"].count("( )") == len(options)
    assert not any(option.explanation in before["text/plain"] for option in options)
    assert "✓" not in before["text/plain"] + before["text/html"]


def test_lesson_without_quiz_is_told_so():
    with pytest.raises(ValueError, match="A lição 00 não tem quiz"):
        cards.quiz("00")


def test_empty_progress_shows_everything_pending():
    text = repr(cards.my_progress())
    assert text.count("pendente") == sum(len(registry.exercises(n)) for n in registry.lessons())
    assert "quiz: ainda não feito" in text
    assert "palpites dados: 0 de 8" in text
    assert "apague o arquivo `progresso.json`" in text
    assert text == repr(cards.my_progress())


def test_progress_tells_solved_wrong_and_guesses():
    first, second = registry.exercises("01")[:2]
    check(first.id, first.solution)
    check(second.id, second.wrong[0].answer)
    check(second.id, second.wrong[1].answer)
    cards.predict("01.aaa").move(2)
    cards.predict("01.nabana").move(5)
    progress.record("quiz", "01", acertos=4, total=6)
    progress.record("quiz", "02", acertos=600, total=600)
    found = cards.my_progress()
    assert f"✓ {first.title}: resolvido (1 tentativa)" in repr(found)
    assert f"✗ {second.title}: errado (2 tentativas)" in repr(found)
    asked = len(registry.exercises("01"))
    assert f"exercícios resolvidos: 1 de {asked}" in repr(found)
    guessed = len(registry.predictions("01"))
    assert f"palpites dados: 2 de {guessed} (1 em cheio)" in repr(found)
    assert "quiz: 4 de 6 de primeira" in repr(found)
    assert "600" not in repr(found)
    assert "resolvido (1 tentativa)" in bundle(found)["text/html"]
    assert "<summary>a sua resposta</summary>" in bundle(found)["text/html"]
    assert "def " in bundle(found)["text/html"]


def test_corrupt_file_is_said_in_the_summary(progress_file):
    progress_file.write_text("{")
    assert "está ilegível" in repr(cards.my_progress())


def test_running_a_cell_again_leaves_one_card():
    former = cards.predict("01.aaa")
    cards.predict("01.aaa")
    assert former.comm is None
    names = [name for name, _ in base.alive() if name == "palpite 01.aaa"]
    assert len(names) == 1


@pytest.mark.parametrize("name", FILES)
def test_no_address_and_every_selector_inside_the_root(name):
    source = base.read_part(name)
    assert "http" not in source
    assert "document.querySelector" not in source
    if name.endswith(".css"):
        selectors = re.findall(r"^([^{@]+)\{", source, re.MULTILINE)
        assert selectors
        assert all(selector.startswith(".tpd-ex ") for selector in selectors)


def test_payload_is_small():
    card = cards.quiz("01")
    state = {name: value for name, value in card.get_state().items() if name[0] != "_"}
    assert len(json.dumps(state, ensure_ascii=False).encode()) < 20_000
    assert len(cards.QuizCard._esm) < 15_000
