"""A gramática sorteia sempre igual, e cada texto tem um só modo de ser gerado."""

import copy
import itertools
import math
import random

import pytest

from helpers.stories import Grammar
from helpers.stories.choices import AllBut, OneOf, Several
from helpers.stories.lexicon import Lexicon, Person, inflect, with_article
from helpers.stories.narrator import commit
from helpers.stories.phrases import parse
from helpers.stories.slots import SLOTS
from helpers.stories.state import AFTER, State

# Juntos passam de meio minuto: ficam fora de `testar --rapido`.
pytestmark = pytest.mark.slow
GRAMMAR = Grammar.load()
N = 250


@pytest.fixture(scope="module")
def stories():
    rng = random.Random(11)
    return [GRAMMAR.sample(rng) for _ in range(N)]


# ------------------------------------------------------------------ sorteio


def test_same_seed_gives_the_same_stories():
    drawn = [[GRAMMAR.sample(random.Random(s)).text for s in range(20)] for _ in range(2)]
    assert drawn[0] == drawn[1]
    assert len(set(drawn[0])) == 20


def test_only_random_random_is_used():
    class Bare(random.Random):
        def getrandbits(self, k):
            raise AssertionError("getrandbits não tem sequência garantida entre versões")

        randbytes = choice = choices = shuffle = sample = getrandbits

    assert GRAMMAR.sample(Bare(4)).text == GRAMMAR.sample(random.Random(4)).text


def test_stories_have_at_least_three_sentences_and_few_are_long(stories):
    counts = [GRAMMAR.count_sentences(story.text) for story in stories]
    assert min(counts) == 3
    assert set(range(3, 8)) <= set(counts)
    assert max(counts) <= 12
    assert sum(counts) / len(counts) < 6


def test_stories_differ(stories):
    assert len({story.text for story in stories}) > 0.99 * N


# ------------------------------------------------------------------ probabilidade exata


def test_each_story_has_one_derivation_with_the_sampled_probability(stories):
    for story in stories:
        found = list(GRAMMAR.derivations(story.text))
        assert len(found) == 1, story.text
        assert found[0] == pytest.approx(story.log_prob, abs=1e-9)


@pytest.mark.parametrize("text", ["", "Ana", "Isto não é uma história.", "Ana riu. Ana riu."])
def test_text_outside_the_language_has_no_probability(text):
    assert GRAMMAR.log_prob(text) == -math.inf


def test_prefix_of_a_story_is_not_a_story(stories):
    text = stories[0].text
    assert GRAMMAR.log_prob(text[:-1]) == -math.inf
    assert GRAMMAR.log_prob(text + " ") == -math.inf


def small_lexicon(*openings):
    """O léxico do curso, com poucas palavras e só os atos dados."""
    raw = copy.deepcopy(Lexicon.load().raw)
    raw["nomes"] = {"m": "João", "f": "Maria"}
    raw["coisas"] = {"papel": {"m": "livro"}}
    raw["comidas"] = {"m": "pão"}
    raw["usos"] = {"geral": "usou", "papel": "2*leu"}
    raw["adjetivos"] |= {"coisas": "novo", "comidas": "", "bom": "feliz", "ruim": "triste"}
    raw["adjetivos"] |= {"fim": "cansado", "bicho": "sujo"}
    raw["tabelas"] |= dict.fromkeys(raw["tabelas"], "")
    raw["tabelas"] |= {"conectivo": "Depois", "jeito": "sem pressa", "boca": "devagar"}
    raw["tabelas"] |= {"exclamacao": "Claro", "tempo": "Ontem", "tipo_dia": "bom"}
    raw["silabas"] = {"consoantes": "b", "vogais": "a u"}
    kept = {"fim_quem", "devolve", "divide", "quem", "fim_dia", *openings}
    raw["frases"] = {act: lines[:1] for act, lines in raw["frases"].items() if act in kept}
    return Lexicon(raw)


class TakesAll:
    """Percorre a língua inteira: segue todos os caminhos e todas as opções."""

    def edges(self, fork, draft):
        return fork.edges

    def options(self, choice, draft, part):
        return choice.all()


def every_story(grammar):
    """Lista todas as histórias com o log da probabilidade: só serve com um léxico mínimo."""
    stack = [(State(), (), 0.0)]
    while stack:
        state, parts, log_prob = stack.pop()
        root = grammar.language.next(state)
        if root is None:
            yield " ".join(parts), log_prob
            continue
        for draft, phrase in grammar.language.acts(state, TakesAll(), 0, root):
            following = state.copy()
            commit(following, draft, phrase)
            stack.append((following, (*parts, draft.text()), log_prob + draft.logp))


@pytest.fixture(scope="module")
def enumerated():
    grammar = Grammar(small_lexicon("abre_emprestimo", "abre_entrega"))
    return grammar, list(every_story(grammar))


def test_probabilities_of_a_small_language_add_up_to_one(enumerated):
    _, found = enumerated
    assert len(found) > 1000
    assert math.fsum(math.exp(logp) for _, logp in found) == pytest.approx(1, abs=1e-9)
    assert len({text for text, _ in found}) == len(found)


def test_log_prob_agrees_with_enumeration(enumerated):
    grammar, found = enumerated
    for text, logp in found[:: max(1, len(found) // 300)]:
        assert grammar.log_prob(text) == pytest.approx(logp, abs=1e-9)


# ------------------------------------------------------------------ o que está na língua

SENTENCE = "O João entregou um pão para Maria."


def test_the_sentence_of_the_course_is_in_the_language():
    story = f"{SENTENCE} Ela ficou contente. Maria dividiu o pão com o João. Os dois riram muito."
    assert GRAMMAR.check(story) == []
    assert GRAMMAR.log_prob(story) > -60


@pytest.mark.parametrize("name", ["Ana", "Davi", "Kenji", "Samira", "Raoni", "Dandara", "Giulia"])
@pytest.mark.parametrize("article", [False, True])
def test_names_go_with_and_without_article(name, article):
    person = next(p for p in GRAMMAR.language.lexicon.people if p.name == name)
    told = f"{'O' if person.gender == 'm' else 'A'} {name}" if article else name
    lower = told[0].lower() + told[1:] if article else told
    text = f"{told} comprou um bolo na feira. Fazia sol. Depois, {lower} comeu o bolo devagar. "
    text += f"À noite, {lower} foi dormir feliz."
    assert GRAMMAR.check(text) == []


def test_there_are_many_names_and_words():
    names = GRAMMAR.language.lexicon.raw["nomes"]
    assert all(len(names[gender].split()) >= 30 for gender in "mf")
    assert len(set(names["m"].split() + names["f"].split())) >= 60
    assert len(GRAMMAR.language.lexicon.vocabulary) >= 400


def test_language_has_more_than_a_million_stories():
    # Conta só quem abre a história e uma senha de três sílabas; o resto só aumenta.
    people = len(GRAMMAR.language.lexicon.people)
    passwords = len(GRAMMAR.language.lexicon.syllables) ** 3
    assert people * passwords > 10**6


def test_invented_words_are_any_consonant_with_any_vowel():
    # Assim, o que um modelo recombina continua da língua.
    syllables = GRAMMAR.language.lexicon.syllables
    assert len(set(syllables)) == len(syllables) >= 30
    assert {len(one) for one in syllables} == {2}
    assert {a + b for a, b in itertools.product({s[0] for s in syllables}, "aeiou")} == set(
        syllables
    )
    odd = "peru pinto puta pipi fode foda cu coco caca teta toba rola gozo nazi mijo rabo merda"
    words = {"".join(pair) for pair in itertools.product(syllables, repeat=2)} | set(syllables)
    assert words.isdisjoint(odd.split())


def test_items_of_a_sequence_may_repeat():
    song = "Ana inventou uma canção: ba ba ne ba. Davi cantou: ba ba ne ba."
    number = "Ana ditou um código: 4 0 4 4. Davi escreveu: 4 0 4 4."
    for copied in (song, number):
        assert GRAMMAR.check(f"Ana e Davi foram à praia. {copied} Os dois riram muito.") == []


# ------------------------------------------------------------------ peças


def test_table_draws_by_weight():
    table = OneOf([("a", "A", 1), ("b", "B", 3), ("c", "C", 0)])
    rng = random.Random(1)
    drawn = [table.draw(rng)[0] for _ in range(4000)]
    assert 0.72 < drawn.count("b") / 4000 < 0.78
    assert math.exp(table.options[1][2]) == pytest.approx(0.75)
    assert [option[0] for option in table.all()] == ["a", "b"]


def test_table_without_options_keeps_proportions():
    table = OneOf(
        [(letter, letter, weight) for letter, weight in zip("abcd", (1, 2, 3, 4), strict=True)]
    )
    rest = AllBut(table, [1, 3])
    rng = random.Random(2)
    drawn = [rest.draw(rng)[0] for _ in range(4000)]
    assert set(drawn) == {"a", "c"}
    assert 0.72 < drawn.count("c") / 4000 < 0.78
    assert math.fsum(math.exp(o[2]) for o in rest.all()) == pytest.approx(1)
    assert rest.match("b", 0) == []
    assert rest.match("c.", 0)[0][2] == pytest.approx(math.log(0.75))


def test_option_must_end_with_the_word():
    table = OneOf([("Ana", 1, 1), ("Anabela", 2, 1)])
    assert [o[1] for o in table.match("Anabela riu", 0)] == [2]
    assert [o[1] for o in table.match("Ana riu", 0)] == [1]
    assert table.match("Anac", 0) == []


@pytest.mark.parametrize("separators", [("", ""), (", ", " e "), (" ", " ")])
def test_rows_match_what_they_draw(separators):
    table = OneOf([(item, item, 1) for item in ("ba", "de", "fi", "go", "lu")])
    row = Several(table, {2: 1, 3: 2}, separators)
    rng = random.Random(3)
    for _ in range(50):
        text, items, logp = row.draw(rng)
        assert row.match(text + ".", 0)[-1] == (text, items, pytest.approx(logp))
    everything = row.all()
    assert len(everything) == 5**2 + 5**3
    assert math.fsum(math.exp(o[2]) for o in everything) == pytest.approx(1)


def test_phrase_with_opener_has_two_forms():
    plain, opened = parse("usa", "3* ~{H} <leu> {o O}.")
    assert (plain.weight, opened.weight) == (9, 3)
    assert plain.parts[0].initial
    assert not opened.parts[2].initial
    assert plain.roles == opened.roles == {"H", "O"}
    assert plain.sentences == 1


@pytest.mark.parametrize(
    ("adjective", "gender", "plural", "expected"),
    [
        ("cansado", "f", False, "cansada"),
        ("cansado", "m", True, "cansados"),
        ("feliz", "f", True, "felizes"),
        ("azul", "f", False, "azul"),
        ("contente", "f", True, "contentes"),
    ],
)
def test_adjectives_agree(adjective, gender, plural, expected):
    assert inflect(adjective, gender, plural) == expected


@pytest.mark.parametrize(
    ("preposition", "gender", "expected"),
    [
        ("a", "f", "à praia"),
        ("a", "m", "ao praia"),
        ("por", "f", "pela praia"),
        ("", "f", "a praia"),
    ],
)
def test_contractions(preposition, gender, expected):
    assert with_article(preposition, gender, "praia") == expected


def test_state_copy_is_independent():
    state = State()
    other = state.copy()
    other.people.append(GRAMMAR.language.lexicon.people[0])
    other.memory["senha"] = "bazulo"
    assert not state.people
    assert not state.memory


def test_every_act_happens():
    rng = random.Random(5)
    seen = set(itertools.chain.from_iterable(GRAMMAR.sample(rng).acts for _ in range(1200)))
    assert seen == set(GRAMMAR.language.phrases)


def test_every_slot_of_the_lexicon_is_filled():
    lines = [p for phrases in GRAMMAR.language.phrases.values() for p in phrases]
    used = {part.text for phrase in lines for part in phrase.parts if part.is_slot}
    assert used <= set(SLOTS)


def test_a_slot_that_nobody_fills_is_refused_by_name():
    raw = copy.deepcopy(Lexicon.load().raw)
    raw["frases"]["clima"] = ["Fez {frio H}."]
    with pytest.raises(ValueError, match=r"'clima' tem a lacuna \{frio H\}.*slots\.py"):
        Grammar(Lexicon(raw))


# ------------------------------------------------------------------ o que cada ato muda


@pytest.fixture
def held():
    """Uma história em que Ana está com o que é dela, guardado, e Davi está por perto."""
    state = State()
    ana, davi = Person("Ana", "f", False), Person("Davi", "m", False)
    state.people, state.holder, state.owner = [ana, davi], ana, ana
    state.memory["onde"] = "na gaveta"
    return state, ana, davi


def test_what_changes_hands_is_no_longer_where_it_was_kept(held):
    state, ana, davi = held
    before = state.copy()
    AFTER["empresta"](state, {"N": davi})
    assert (state.holder, state.owner, state.donor) == (davi, ana, ana)
    assert "onde" not in state.memory
    assert (before.holder, before.memory) == (ana, {"onde": "na gaveta"}), "a cópia fica"


def test_who_finds_does_not_own(held):
    state, ana, davi = held
    state.owner = None
    AFTER["perde"](state, {})
    assert (state.lost, state.holder) == (ana, None)
    AFTER["acha"](state, {"N": davi})
    assert (state.holder, state.owner, state.lost, state.donor) == (davi, ana, None, None)


def test_nobody_thanks_for_what_was_eaten_and_a_trade_makes_an_owner(held):
    state, ana, davi = held
    AFTER["empresta"](state, {"N": davi})
    state.thing, state.second, state.other_holder = "pão", "bolo", ana
    AFTER["troca"](state, {})
    assert (state.thing, state.second, state.owner) == ("bolo", "pão", davi)
    AFTER["come"](state, {})
    assert state.eaten
    assert state.donor is None
