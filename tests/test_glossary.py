"""O glossário e os símbolos: uma palavra por ideia, um significado por símbolo, sem variantes."""

import functools
import re
import unicodedata
from dataclasses import FrozenInstanceError

import prose
import pytest

from helpers import data

LESSONS = [path.stem for path in prose.TEXTS]
# Uma lição ou um anexo, como o glossário os chama.
PLACES = dict(zip(LESSONS, prose.TEXTS, strict=True)) | {
    f"anexos/{p.stem}": p for p in prose.ANNEXES
}
AXES = {"batch", "pos", "query", "key", "head"}
AXES |= {"d_model", "d_head", "d_mlp", "d_vocab", "n_ctx"}
# Frases que o glossário precisa recusar: são as que mais se veem por aí.
MUST_REFUSE = (
    "o token vai atender a outro token",
    "cada camada tem dois cabeçotes",
    "a incorporação de cada palavra",
    "a auto atenção do modelo",
    "a tokenizacao do texto",
)
# Aqui o negrito não apresenta o termo: é ênfase, ou a palavra em outro sentido.
NOT_INTRODUCED = {("MLP", "06_fluxo_residual"), ("bloco", "04_scores_e_softmax")}


@pytest.fixture
def glossary(tmp_path, monkeypatch):
    """Põe no lugar do glossário o conteúdo que o teste der."""
    monkeypatch.setattr(data, "DATA_DIR", tmp_path)

    def write(content):
        (tmp_path / "glossario.toml").write_text(content, encoding="utf-8")

    return write


def fold(text):
    """Tira acentos e maiúsculas."""
    return "".join(
        c for c in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(c)
    )


def slug(heading):
    """Transforma um título em âncora: `2. A lei` vira `a-lei`."""
    return re.sub(r"\W+", "-", fold(re.sub(r"^\d+\W+", "", heading))).strip("-")


def sections_of(text):
    """Devolve {âncora: texto da seção} de uma lição em Markdown."""
    found, current = {}, ""
    for _, kind, content in prose.split_markdown(text):
        for line in content.split("\n"):
            if kind == "prosa" and (match := re.match(r"#+ +(.+)$", line)):
                current = slug(match[1])
            if current:
                found[current] = found.get(current, "") + fold(line) + "\n"
    return found


@functools.cache
def sections(lesson):
    """Devolve as seções de uma lição do curso."""
    return sections_of(PLACES[lesson].read_text(encoding="utf-8"))


def mislaid(term):
    """Diz por que a primeira célula de um termo está errada, ou devolve None."""
    lesson, _, place = term.primeira_celula.partition("#")
    if lesson not in PLACES:
        return f"lição desconhecida: {lesson}"
    if place not in sections(lesson):
        return f"seção desconhecida: {place}; há {', '.join(sections(lesson))}"
    stem = fold(term.termo)
    stem = stem[: max(4, len(stem) - 2)]  # fusão, fusões
    found = stem in sections(lesson)[place]
    return None if found else f"“{term.termo}” não aparece em {place}"


def repeated(values):
    """Devolve os valores não vazios que aparecem mais de uma vez."""
    values = [value for value in values if value]
    return sorted({value for value in values if values.count(value) > 1})


def banned_variants(terms):
    """Devolve {variante: termo certo}; um termo sem os seus acentos também é variante."""
    banned = {variant: term.termo for term in terms for variant in term.variantes_banidas}
    for term in terms:
        if (bare := fold(term.termo)) != term.termo.lower():
            banned.setdefault(bare, term.termo)
    return banned


def used(variants, text):
    """Devolve as variantes banidas que aparecem, como palavra inteira, num trecho."""
    lower = text.lower()
    return [v for v in variants if v.lower() in lower and _whole_word(v).search(text)]


@functools.cache
def _whole_word(variant):
    return re.compile(rf"(?<![\w-]){re.escape(variant)}s?(?![\w-])", re.IGNORECASE)


# ------------------------------------------------------------------ termos


def test_terms_are_unique_and_complete():
    terms = data.load_glossary()
    assert 45 <= len(terms) <= 6 * len(LESSONS)  # poucos por lição: o que se procura, se acha
    assert not repeated([fold(term.termo) for term in terms])
    assert not repeated([term.identificador for term in terms])
    assert not repeated([term.definicao for term in terms])
    for term in terms:
        assert 40 <= len(term.definicao) <= 220, term.termo
        assert term.definicao.endswith("."), term.termo
        assert set(term.forma.split()) <= AXES, term.termo
    assert repeated(["a", "", "b", "a", ""]) == ["a"]


def test_terms_come_in_the_order_of_the_lessons():
    places = [term.primeira_celula.partition("#")[0] for term in data.load_glossary()]
    order = [place.removeprefix("anexos/")[:2] for place in places]
    assert order == sorted(order)
    assert set(order) == {lesson[:2] for lesson in LESSONS}


def test_first_cell_of_each_term_exists_and_uses_it():
    assert not [told for term in data.load_glossary() if (told := mislaid(term))]


def introduced_early(term):
    """Devolve as lições que apresentam o termo, em negrito, antes da que o glossário diz."""
    first = term.primeira_celula.partition("#")[0].removeprefix("anexos/")
    bold = re.compile(rf"\*\*{re.escape(fold(term.termo))}s?\*\*")
    earlier = [lesson for lesson in LESSONS if lesson[:2] < first[:2]]
    found = [one for one in earlier if any(map(bold.search, sections(one).values()))]
    return [one for one in found if (term.termo, one) not in NOT_INTRODUCED]


def test_no_term_is_introduced_before_the_lesson_the_glossary_gives():
    assert not {t.termo: early for t in data.load_glossary() if (early := introduced_early(t))}
    late = data.Term("empate", "tie", "Dois pares.", "02_embeddings#e-a-ordem")
    assert introduced_early(late) == ["01_tokenizacao_bpe"]


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("77_nada", "lição desconhecida"),
        ("01_tokenizacao_bpe#nada", "seção desconhecida"),
        ("01_tokenizacao_bpe", "seção desconhecida"),
        ("01_tokenizacao_bpe#a-lei-da-ida-e-volta", "não aparece"),
    ],
)
def test_mislaid_term_is_noticed(place, told):
    term = data.Term("empate", "tie", "Dois pares com a mesma contagem.", place)
    assert told in mislaid(term)


def test_anchors_are_of_titles_and_not_of_comments():
    text = "# 01 · Título\n\n## 2. `banana` na mão\n\nDuas.\n\n```python\n# nada\n```\n"
    assert list(sections_of(text)) == ["titulo", "banana-na-mao"]


def test_one_name_per_idea():
    terms = data.load_glossary()
    variants = [variant for term in terms for variant in term.variantes_banidas]
    assert not repeated([fold(v) + v for v in variants])
    assert not {term.termo.lower() for term in terms} & {v.lower() for v in variants}
    told = " ".join(term.definicao for term in terms)
    told += " ".join(symbol.significado for symbol in data.load_symbols())
    assert not [v for v in variants if re.search(rf"(?i)(?<!\w){re.escape(v)}(?!\w)", told)]


@pytest.mark.parametrize("said", MUST_REFUSE)
def test_usual_mistakes_are_refused(said):
    assert used(banned_variants(data.load_glossary()), said)


@pytest.mark.slow
def test_no_banned_variant_in_the_prose():
    variants = banned_variants(data.load_glossary())
    found = [
        f"{path.relative_to(prose.ROOT).as_posix()}:{line}: “{variant}”; use “{variants[variant]}”"
        for path, line, said in prose.everything()
        for variant in used(variants, said)
    ]
    assert not found, "\n".join(found)


MERGE = data.Term("fusão", "merge", "Colar.", "", variantes_banidas=("mescla",))


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("a mescla dos pares", ["mescla"]),
        ("duas Mesclas", ["mescla"]),
        ("uma fusao só", ["fusao"]),
        ("uma fusão; mesclado; amescla", []),
    ],
)
def test_banned_variant_is_found_as_a_whole_word(said, expected):
    assert used(banned_variants([MERGE]), said) == expected


# ------------------------------------------------------------------ símbolos


def test_each_symbol_means_one_thing():
    symbols = data.load_symbols()
    assert not repeated([symbol.simbolo for symbol in symbols])
    assert not repeated([symbol.identificador for symbol in symbols])
    assert not repeated([symbol.significado for symbol in symbols])
    for symbol in symbols:
        assert symbol.simbolo.count("{") == symbol.simbolo.count("}"), symbol.simbolo
        assert "$" not in symbol.simbolo
        assert symbol.valor_exemplo
        assert set(symbol.forma.split()) <= AXES, symbol.simbolo


def test_symbols_of_the_course_are_all_there():
    names = {symbol.identificador for symbol in data.load_symbols()}
    assert names >= {"d_vocab", "n_ctx", "n_pos", "d_model", "n_heads", "d_head", "d_mlp"}
    assert names >= {"n_layers", "pos", "layer", "head", "W_E", "W_pos", "W_Q", "W_K", "W_V"}
    assert names >= {"W_O", "W_U", "q", "k", "v", "scores", "pattern", "z", "logits"}
    assert names >= {"resid_pre", "resid_mid", "resid_post"}


def test_gpt2_examples_fit_together():
    found = {
        symbol.identificador: int(re.sub(r"\D", "", symbol.valor_exemplo.removeprefix("GPT-2:")))
        for symbol in data.load_symbols()
        if symbol.identificador in {"d_vocab", "d_model", "n_heads", "d_head", "d_mlp"}
    }
    assert found["n_heads"] * found["d_head"] == found["d_model"]
    assert found["d_mlp"] == 4 * found["d_model"]
    assert found["d_vocab"] == 256 + 50_000 + 1


def test_glossary_and_symbols_share_the_shapes():
    shapes = {symbol.identificador: symbol.forma for symbol in data.load_symbols()}
    terms = [t for t in data.load_glossary() if t.forma and t.identificador in shapes]
    assert len(terms) >= 10
    assert not [t.termo for t in terms if t.forma != shapes[t.identificador]]


def test_records_do_not_change():
    with pytest.raises(FrozenInstanceError):
        data.load_glossary()[0].termo = "outro"
    with pytest.raises(FrozenInstanceError):
        data.load_symbols()[0].simbolo = "x"


# ------------------------------------------------------------------ o arquivo


TERM = 'termo = "fusão"\ningles = "merge"\ndefinicao = "Cola um par."\nprimeira_celula = "01"\n'


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (
            '[[termo]]\ntermo = "fusão"\n',
            "'fusão': falta preencher ingles, definicao",
        ),
        ('[[termo]]\ningles = "merge"\n', "'número 1': falta preencher termo"),
        (f"[[termo]]\n{TERM}cor = 'azul'\n", "'fusão': campo desconhecido cor"),
        (f"[[termo]]\n{TERM}forma = 3\n", "forma deve ser um texto entre aspas, e veio 3"),
        (f"[[termo]]\n{TERM}variantes_banidas = 'mescla'\n", "deve ser uma lista de textos"),
        (f"[[termo]]\n{TERM}variantes_banidas = [1]\n", "deve ser uma lista de textos"),
        ("[[termo]\n", "não é um TOML válido"),
    ],
)
def test_bad_glossary_names_the_term(glossary, content, told):
    glossary(content)
    with pytest.raises(data.DataError, match=re.escape(told)):
        data.load_glossary()


def test_optional_fields_may_be_missing(glossary):
    glossary(f"[[termo]]\n{TERM}")
    (term,) = data.load_glossary()
    assert (term.identificador, term.forma, term.variantes_banidas) == ("", "", ())
    assert data.load_symbols() == []


@pytest.mark.usefixtures("glossary")
def test_missing_glossary_says_where_it_should_be():
    with pytest.raises(data.DataError, match=r"git checkout -- data/glossario\.toml"):
        data.load_symbols()
