"""O glossário é a única fonte dos termos: sem repetição, com lugar certo e sem variantes."""

import functools
import re
import tomllib
import unicodedata

import prose
import pytest

PATH = prose.ROOT / "data" / "glossario.toml"
REQUIRED = ("termo", "ingles", "definicao", "primeira_celula")
# Frases que o glossário precisa recusar: são as que mais se veem por aí.
MUST_REFUSE = (
    "o token vai atender a outro token",
    "cada camada tem dois cabeçotes",
    "a incorporação de cada palavra",
    "a auto atenção do modelo",
    "a tokenizacao do texto",
)
LESSONS = (
    "00_comece_aqui",
    "01_tokenizacao_bpe",
    "02_embeddings",
    "03_query_key_value",
    "04_scores_e_softmax",
    "05_multiplas_cabecas",
    "06_fluxo_residual",
    "07_bloco_decoder",
    "08_amostragem",
    "09_treinamento",
)


def load(text):
    """Devolve os termos do glossário, como dicionários."""
    return tomllib.loads(text).get("termo", [])


def problems(terms, sections):
    """Devolve o que há de errado nos termos; `sections`: {notebook: {seção: texto}}."""
    found = []
    for term in terms:
        name = term.get("termo", "?")
        found += [f"{name}: falta {field}" for field in REQUIRED if not term.get(field)]
        if told := _place_problem(name, term.get("primeira_celula", ""), sections):
            found.append(f"{name}: {told}")
        if name.lower() in {variant.lower() for variant in term.get("variantes_banidas", [])}:
            found.append(f"{name}: bane a si mesmo")
    values = [term.get("termo", "").lower() for term in terms]
    found += [f"termo repetido: {v}" for v in sorted(set(values)) if values.count(v) > 1]
    return found


def _place_problem(name, place, sections):
    """Confere "notebook#titulo-da-secao"; de lição que ainda não existe, só o notebook."""
    notebook, _, section = place.partition("#")
    if notebook not in sections:
        known = notebook in LESSONS and not section
        return None if known else f"primeira_celula não existe: {place}"
    if section not in sections[notebook]:
        return f"primeira_celula não existe: {place}"
    stem = plain(name)[: max(3, len(name) - 2)]  # fusão, fusões
    if stem not in plain(sections[notebook][section]):
        return f"não aparece na seção que primeira_celula diz: {place}"
    return None


def plain(text):
    """Tira os acentos e as maiúsculas."""
    decomposed = unicodedata.normalize("NFD", text.lower())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def slug(title):
    """Devolve o nome curto de um título: sem número, acento, marcação nem espaço."""
    bare = re.sub(r"^\d+(?:\.| ·) *", "", title)
    return re.sub(r"[^a-z0-9]+", "-", plain(bare)).strip("-")


def sections_of(text):
    """Devolve {nome curto do título: texto da seção} de um notebook em Markdown."""
    found, current = {}, ""
    for _, kind, content in prose.split_markdown(text):
        for line in content.split("\n"):
            if kind == "prosa" and (match := re.match(r"#+ +(.+)$", line)):
                current = slug(match[1])
            found[current] = found.get(current, "") + line + "\n"
    return found


def banned_variants(terms):
    """Devolve {variante: termo certo}; um termo sem os seus acentos também é variante."""
    banned = {v: term["termo"] for term in terms for v in term.get("variantes_banidas", [])}
    for term in terms:
        if (bare := plain(term["termo"])) != term["termo"].lower():
            banned.setdefault(bare, term["termo"])
    return banned


def used(variants, text):
    """Devolve as variantes banidas que aparecem, como palavra inteira, num trecho."""
    lower = text.lower()
    return [v for v in variants if v.lower() in lower and _whole_word(v).search(text)]


@functools.cache
def _whole_word(variant):
    return re.compile(rf"(?<![\w-]){re.escape(variant)}s?(?![\w-])", re.IGNORECASE)


@pytest.fixture(scope="module")
def terms():
    return load(PATH.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def sections():
    return {path.stem: sections_of(path.read_text(encoding="utf-8")) for path in prose.TEXTS}


def test_glossary_is_whole(terms, sections):
    assert terms
    found = problems(terms, sections)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("said", MUST_REFUSE)
def test_usual_mistakes_are_refused(terms, said):
    assert used(banned_variants(terms), said)


def test_no_banned_variant_in_the_prose(terms):
    variants = banned_variants(terms)
    found = [
        f"{path.relative_to(prose.ROOT).as_posix()}:{line}: “{variant}”; use “{variants[variant]}”"
        for path, line, said in prose.everything()
        for variant in used(variants, said)
    ]
    assert not found, "\n".join(found)


GOOD = {
    "termo": "fusão",
    "ingles": "merge",
    "identificador": "merges",
    "definicao": "Colar um par.",
    "primeira_celula": "01_tokenizacao_bpe#banana-na-mao",
    "variantes_banidas": ["mescla"],
}
TEXT = "# 01 · Título\n\n## 2. `banana` na mão\n\nDuas fusões.\n\n### É só isso?\n\nSim.\n"
SECTIONS = {"01_tokenizacao_bpe": sections_of(TEXT)}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"ingles": ""}, "falta ingles"),
        ({"definicao": ""}, "falta definicao"),
        ({"primeira_celula": "01_tokenizacao_bpe#nada"}, "primeira_celula não existe"),
        ({"primeira_celula": "01_tokenizacao_bpe"}, "primeira_celula não existe"),
        ({"primeira_celula": "02_embeddings#cedo"}, "primeira_celula não existe"),
        ({"primeira_celula": "77_nada"}, "primeira_celula não existe"),
        ({"primeira_celula": "01_tokenizacao_bpe#e-so-isso"}, "não aparece na seção"),
        ({"variantes_banidas": ["Fusão"]}, "bane a si mesmo"),
    ],
)
def test_bad_term_is_reported(change, told):
    assert any(told in problem for problem in problems([{**GOOD, **change}], SECTIONS))


def test_repeated_term_is_reported():
    assert problems([GOOD, GOOD], SECTIONS) == ["termo repetido: fusão"]


@pytest.mark.parametrize("change", [{}, {"primeira_celula": "02_embeddings"}])
def test_good_term_passes(change):
    assert not problems([{**GOOD, **change}], SECTIONS)


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
    assert used(banned_variants([GOOD]), said) == expected
