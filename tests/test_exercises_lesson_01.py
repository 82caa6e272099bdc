"""Os exercícios da lição 01: os erros se distinguem, e há mais de um jeito de acertar."""

import random
import unicodedata
from itertools import pairwise

import pytest
from exercise_outcomes import require_own_diagnoses, require_right_options

from helpers import bpe
from helpers.data import read_text
from helpers.exercises import registry
from helpers.exercises.checking import check

EXERCISES = registry.exercises("01")
IDS = [exercise.id for exercise in EXERCISES]
pytestmark = pytest.mark.usefixtures("progress_file")


def test_lesson_has_the_promised_exercises_in_order():
    assert IDS == [
        "01.sobreposicao",
        "01.empate",
        "01.codificar",
        "01.palavra_nova",
        "01.meia_letra",
        "01.nfc_nfd",
        "01.compressao",
    ]


def by_rank(text, merges):
    """O outro jeito de codificar: a cada volta, o par presente aprendido primeiro."""
    rank = {pair: place for place, pair in enumerate(merges)}
    symbols = [bytes([value]) for value in text.encode()]
    while True:
        known = [pair for pair in pairwise(symbols) if pair in rank]
        if not known:
            return symbols
        symbols = bpe.merge_pair(symbols, min(known, key=rank.get))


def half_letters_by_sign(pieces):
    return [piece for piece in pieces if "�" in piece.decode(errors="replace")]


def merge_with_recursion(symbols, pair):
    if len(symbols) < 2:
        return list(symbols)
    if tuple(symbols[:2]) == pair:
        return [pair[0] + pair[1], *merge_with_recursion(symbols[2:], pair)]
    return [symbols[0], *merge_with_recursion(symbols[1:], pair)]


@pytest.mark.parametrize(
    ("exercise_id", "answer"),
    [
        ("01.codificar", by_rank),
        ("01.codificar", lambda text, merges: tuple(by_rank(text, merges))),
        ("01.codificar", lambda text, merges: bpe.Tokenizer(tuple(merges), None).pieces(text)),
        ("01.meia_letra", half_letters_by_sign),
        ("01.sobreposicao", bpe.merge_pair),
        ("01.sobreposicao", merge_with_recursion),
        ("01.empate", lambda counts: sorted(counts, key=lambda pair: (counts[pair], pair))[-1]),
        ("01.empate", lambda counts: list(bpe.choose_pair(counts))),
        (
            "01.compressao",
            lambda tok, text: len(text.encode()) / max(1, len(tok.pieces(text))),
        ),
        ("01.palavra_nova", (b"s", b"e", b"m", b"a", b"na")),
        ("01.nfc_nfd", [7, 9, 9, 11]),
    ],
)
def test_other_right_answers_are_accepted(exercise_id, answer):
    assert check(exercise_id, answer).status == "certo"


def test_values_come_from_the_real_thing():
    banana = bpe.train("banana", pattern=None, min_freq=1)
    assert [left + right for left, right in banana.merges] == [b"na", b"nana", b"ba", b"banana"]
    assert registry.get("01.palavra_nova").solution == [
        piece.decode() for piece in banana.pieces("semana")
    ]
    forms = [unicodedata.normalize(form, "coração") for form in ("NFC", "NFD")]
    sizes = [size for word in forms for size in (len(word), len(word.encode()))]
    assert registry.get("01.nfc_nfd").solution == tuple(sizes)
    joao = [unicodedata.normalize(form, "João") for form in ("NFC", "NFD")]
    sizes = [size for word in joao for size in (len(word), len(word.encode()))]
    assert f"{tuple(sizes)}" in registry.get("01.nfc_nfd").stub


def test_fixed_predictions_come_from_the_real_thing():
    answers = {item.id: item.answer for item in registry.predictions("01")}
    pieces = bpe.train("banana", pattern=None, min_freq=1).pieces("nabana")
    assert answers["01.bytes_joao"] == len("João".encode())
    assert answers["01.aaa"] == bpe.merge_pair([b"a"] * 4, (b"a", b"a")).count(b"aa")
    assert answers["01.nabana"] == len(pieces)
    assert answers["01.nao_nao"] == len("não".encode())
    spaces = registry.get_prediction("01.espaco")
    said = " e ".join(f"`{part.replace(' ', '·')}`" for part in bpe.split("um pão"))
    assert said in spaces.options[spaces.answer]
    counts = bpe.count_pairs([[b"b", b"a", b"n", b"a", b"n", b"a"]])
    tied = [pair for pair in counts if counts[pair] == max(counts.values())]
    first = registry.get_prediction("01.primeiro_par")
    assert len(tied) == 2
    assert first.options[first.answer].startswith("Depende")


def test_predictions_have_the_promised_ids():
    assert [item.id for item in registry.predictions("01")] == [
        "01.bytes_joao",
        "01.primeiro_par",
        "01.aaa",
        "01.nabana",
        "01.nao_nao",
        "01.espaco",
        "01.vocabulario",
        "01.ingles",
    ]


def test_claims_of_the_diagnoses_are_true():
    assert b"a" + b"nz" > b"an" + b"a"
    assert (b"an", b"a") > (b"a", b"nz")
    assert b"n" > b"ana"
    wrong = {w.name: w.answer for w in registry.get("01.sobreposicao").wrong}
    pair = (b"a", b"a")
    assert wrong["fusoes_sobrepostas"]([b"a"] * 3, pair) == [b"aa", b"aa"]
    assert wrong["direita_para_esquerda"]([b"a"] * 3, pair) == [b"a", b"aa"]
    tie = {w.name: w.answer for w in registry.get("01.empate").wrong}
    banana = bpe.count_pairs([[b"b", b"a", b"n", b"a", b"n", b"a"]])
    assert tie["ultimo_visto"](banana) == bpe.choose_pair(banana) == (b"n", b"a")
    small = bpe.train("banana", pattern=None, min_freq=1, tie_rule="smallest_ids")
    first = bpe.train("banana", pattern=None, min_freq=1, tie_rule="first_seen")
    assert small.pieces("semana")[-1] == b"ana"
    assert first.merges[0] == (b"a", b"n")
    encode = {w.name: w.answer for w in registry.get("01.codificar").wrong}
    merges = [(b"b", b"c"), (b"a", b"b")]
    assert encode["pedaco_mais_longo"]("abc", merges) == [b"ab", b"c"]
    assert registry.get("01.codificar").solution("abc", merges) == [b"a", b"bc"]
    bytes_only = bpe.train("banana", vocab_size=256)
    assert registry.get("01.compressao").solution(bytes_only, "pão de mel") == 1.0
    words = {w.name: w.answer for w in registry.get("01.compressao").wrong}["bytes_por_palavra"]
    other = bpe.train("pão de mel, pão de mel", vocab_size=280)
    assert words(bytes_only, "pão de mel") == words(other, "pão de mel")


def test_expected_outputs_in_the_hints_are_true():
    said = {e.id: " ".join(hint.text for hint in e.hints) for e in EXERCISES}
    merges = list(bpe.train("banana", pattern=None, min_freq=1).merges)
    assert f"{registry.get('01.codificar').solution('nabana', merges)}" in said["01.codificar"]
    merged = registry.get("01.sobreposicao").solution([b"a"] * 3, (b"a", b"a"))
    assert f"dá `{merged}`" in said["01.sobreposicao"]
    halves = registry.get("01.meia_letra").solution
    assert halves([b"p\xc3", b"\xa9"]) == [b"p\xc3", b"\xa9"]
    assert halves([b"\xc3\xa3", b"na"]) == []
    counts = {(b"b", b"a"): 1, (b"a", b"n"): 2, (b"n", b"a"): 2}
    assert (
        f"Em `{counts}` vence `{registry.get('01.empate').solution(counts)}`" in said["01.empate"]
    )
    banana = bpe.train("banana", pattern=None, min_freq=2)
    assert registry.get("01.compressao").solution(banana, "banana") == 1.5
    assert "6 / 4 = 1.5" in said["01.compressao"]


def test_random_cases_do_not_depend_on_the_global_seed():
    random.seed(1)
    first = [case.args for case in registry.get("01.codificar").make_cases()]
    random.seed(2)
    assert first == [case.args for case in registry.get("01.codificar").make_cases()]


def test_mutating_answer_that_returns_the_right_list_is_refused():
    result = check("01.sobreposicao", lambda symbols, pair: _in_place(symbols, pair))
    assert (result.status, result.misconception) == ("errado", "altera_a_entrada")


def _in_place(symbols, pair):
    symbols[:] = bpe.merge_pair(symbols, pair)
    return symbols


# Uma palavra-chave por diagnóstico: trocar dois deles, ou o alvo de um, reprova.
SAID = {
    "01.sobreposicao": {
        "nao_pula_o_segundo": "não pula o segundo símbolo",
        "fusoes_sobrepostas": "sobreporem",
        "so_a_primeira": "a **primeira** ocorrência",
        "direita_para_esquerda": "da direita para a esquerda",
        "altera_a_entrada": "dentro da própria lista recebida",
        "altera_e_nao_devolve": "não devolve nada",
        "compara_colado": "bytes colados",
        "perde_o_ultimo": "perde o último símbolo",
    },
    "01.empate": {
        "primeiro_visto": "visto primeiro",
        "ultimo_visto": "visto por último",
        "menor_par": "pelo **menor** par",
        "ignora_contagem": "sem olhar a contagem",
        "bytes_colados": "cola os dois símbolos",
        "pedaco_mais_longo": "pedaço **mais longo**",
        "mais_raro": "**menos** frequente",
        "devolve_contagem": "devolve **a contagem**",
    },
    "01.codificar": {
        "treina_de_novo": "treina de novo",
        "mais_frequente_primeiro": "mais frequente no texto",
        "pedaco_mais_longo": "pedaço mais longo",
        "mais_a_esquerda": "mais à esquerda",
        "lista_ao_contrario": "de trás para a frente",
        "uma_fusao_so": "uma fusão só",
        "so_a_primeira_ocorrencia": "primeira ocorrência",
        "caracteres": "começa pelos **caracteres**",
    },
    "01.palavra_nova": {
        "silabas": "sílabas",
        "so_letras": "letras soltas",
        "palavra_inteira": "palavra inteira",
        "regra_do_menor_id": "menor id",
        "primeiro_visto": "primeiro visto",
        "ma_inventado": "inventou o `ma`",
    },
    "01.meia_letra": {
        "todo_acento": "todo pedaço com acento",
        "um_byte_so": "pedaços de **um byte**",
        "um_byte_alto": "quando ela está sozinha",
        "invertido": "pedaços **inteiros**",
        "engole_o_erro": "engole o erro",
        "so_o_comeco": "só o **começo**",
        "so_o_fim": "só o **fim**",
        "sem_try": "sem `try`",
        "sem_repetidos": "descarta os repetidos",
    },
    "01.nfc_nfd": {
        "formas_trocadas": "trocou NFC e NFD",
        "byte_igual_a_letra": "um byte por ponto de código",
        "formas_iguais": "duas formas são iguais",
        "so_um_acento": "um sinal só",
        "sinal_de_um_byte": "a cada sinal separado",
        "byte_antes_do_ponto": "bytes antes",
        "dois_bytes_por_letra": "dois bytes a toda letra",
    },
    "01.compressao": {
        "invertido": "tokens por byte",
        "caracteres": "caracteres por token",
        "bytes_por_palavra": "divide por **palavras**",
        "tokens_por_palavra": "tokens por palavra",
        "divide_pelo_vocabulario": "tamanho do vocabulário",
        "tokens_distintos": "sem repetição",
        "texto_vazio": "texto vazio",
        "divisao_inteira": "divisão inteira",
    },
}


@pytest.mark.parametrize("exercise", EXERCISES, ids=IDS)
def test_each_diagnosis_names_its_own_mistake(exercise):
    require_own_diagnoses(exercise, SAID[exercise.id])


def test_diagnosis_of_two_bytes_per_letter_is_the_only_one_to_name_utf_16():
    diagnoses = {wrong.name: wrong.diagnosis for wrong in registry.get("01.nfc_nfd").wrong}
    assert [n for n, said in diagnoses.items() if "UTF-16" in said] == ["dois_bytes_por_letra"]


RIGHT = {
    "01.q_empate": "elas desempatam de modos diferentes",
    "01.q_treinar": "Aplica as fusões aprendidas",
    "01.q_bytes": "guarda parte de uma letra",
    "01.q_espaco": "leva consigo o espaço da frente",
    "01.q_vocabulario": "a tabela `W_E` dobra de altura",
    "01.q_significado": "uma fusão foi aprendida logo depois da outra",
}


def test_right_option_of_each_question_is_the_right_one():
    require_right_options("01", RIGHT)


def test_measured_predictions_agree_with_the_texts_of_the_course():
    measure = registry.get("01.compressao").solution
    chronicles = read_text("cronicas_pt.txt")
    small, double = (bpe.train(chronicles, vocab_size=size) for size in (512, 1024))
    ratio = measure(small, chronicles) / measure(double, chronicles)
    assert 0.5 < ratio < 1.0
    growth = registry.get_prediction("01.vocabulario")
    assert growth.options[growth.answer] == "Encurta, mas bem menos que a metade"
    english = registry.get_prediction("01.ingles")
    read = [measure(double, read_text(f"paralelo_{language}.txt")) for language in ("pt", "en")]
    assert read[1] < read[0]
    assert english.options[english.answer] == "Menos"
