"""Os textos de `data/` são os que o manifesto promete, e os erros dizem como consertar."""

import json
import re
import shutil
import unicodedata

import pytest

from helpers import data

NAMES = ("cronicas_pt.txt", "cronicas_en.txt", "paralelo_pt.txt", "paralelo_en.txt")
LETTERS = "áàâãéêíóôõúüçÁÀÂÃÉÊÍÓÔÕÚÇ"
ALLOWED = set(map(chr, range(32, 127))) | set(LETTERS) | {"—", "\n"}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Uma cópia de data/ em que se pode mexer."""
    copy = tmp_path / "data"
    shutil.copytree(data.DATA_DIR, copy)
    monkeypatch.setattr(data, "DATA_DIR", copy)
    return copy


# ------------------------------------------------------------------ leitura conferida


@pytest.mark.parametrize("name", NAMES)
def test_text_is_what_the_manifest_promises(name):
    raw = (data.DATA_DIR / name).read_bytes().replace(b"\r\n", b"\n")
    entry = data.load_manifest()[name]
    assert data.read_text(name).encode("utf-8") == raw
    assert entry["bytes"] == len(raw)
    assert entry["origem"] == "escrito para este curso"
    assert entry["licenca"] == "CC BY 4.0"
    assert entry["descricao"]


def test_manifest_lists_every_text():
    texts = {path.name for path in data.DATA_DIR.glob("*.txt")}
    model = {f"modelo/{p.name}" for p in (data.DATA_DIR / "modelo").glob("*.[jc]s*")}
    assert set(data.load_manifest()) == texts | model | {
        "lexico.toml",
        "ensaios.json",
        "descida.json",
        "seu_texto.json",
        "bancada.json",
        "por_dentro.json",
        "custo_atencao.json",
        "duas_sequencias.json",
        "trocas.json",
        "copia.json",
    }
    assert texts == set(NAMES)


def test_known_sum():
    # Valor de referência do algoritmo, publicado com ele (FIPS 180-2, apêndice B.1).
    assert data.sha256(b"abc").startswith("ba7816bf8f01cfea414140de5dae2223b00361a396177a9c")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("place", [0, 1234, -1], ids=["primeiro", "meio", "último"])
def test_one_changed_byte_is_noticed(folder, name, place):
    content = bytearray((folder / name).read_bytes())
    content[place] ^= 1
    (folder / name).write_bytes(bytes(content))
    with pytest.raises(data.DataError) as error:
        data.read_text(name)
    told = str(error.value)
    assert f"data/{name} mudou" in told
    assert data.load_manifest()[name]["sha256"][:12] in told
    assert data.sha256(bytes(content))[:12] in told
    assert f"git checkout -- data/{name}" in told


@pytest.mark.parametrize("name", NAMES)
def test_windows_line_ends_change_nothing(folder, name):
    expected = data.read_text(name)
    path = folder / name
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert data.read_text(name) == expected


def test_missing_text_says_where_it_should_be(folder):
    (folder / "paralelo_pt.txt").unlink()
    with pytest.raises(data.DataError) as error:
        data.read_text("paralelo_pt.txt")
    told = str(error.value)
    assert str(folder / "paralelo_pt.txt") in told
    assert "git checkout -- data/paralelo_pt.txt" in told


@pytest.mark.parametrize("name", ["cronicas_fr.txt", "", "../LICENSE", "glossario.toml"])
def test_unknown_name_lists_the_known_ones(name):
    with pytest.raises(data.DataError) as error:
        data.read_text(name)
    assert all(known in str(error.value) for known in (repr(name), *NAMES))


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", '{"outro": 1}', "não é json", '{"arquivos": []}', '{"arquivos": {"a": 1}}'],
)
def test_broken_manifest_is_explained(folder, content):
    (folder / "manifesto.json").write_text(content, encoding="utf-8")
    with pytest.raises(data.DataError, match=r"git checkout -- data/manifesto\.json"):
        data.read_text("cronicas_pt.txt")


# ------------------------------------------------------------------ manifesto e README


def test_readme_and_manifest_agree():
    table = data.manifest_table(data.load_manifest())
    readme = (data.DATA_DIR / "README.md").read_text(encoding="utf-8")
    assert table in readme
    rows = [line for line in readme.splitlines() if line.startswith("| `")]
    assert len(rows) == len(data.load_manifest())


def test_rewriting_the_manifest_changes_nothing_that_is_right(folder):
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    data.write_manifest()
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_rewriting_the_manifest_follows_an_edit(folder):
    (folder / "paralelo_pt.txt").write_text("Uma frase nova.\n", encoding="utf-8", newline="\n")
    with pytest.raises(data.DataError):
        data.read_text("paralelo_pt.txt")
    data.write_manifest()
    assert data.read_text("paralelo_pt.txt") == "Uma frase nova.\n"
    entry = data.load_manifest()["paralelo_pt.txt"]
    assert (entry["bytes"], entry["licenca"]) == (16, "CC BY 4.0")
    assert data.manifest_table(data.load_manifest()) in (folder / "README.md").read_text("utf-8")


def test_readme_without_table_marks_is_explained(folder):
    (folder / "README.md").write_text("# Sem tabela\n", encoding="utf-8")
    with pytest.raises(data.DataError, match="marcas da tabela"):
        data.write_manifest()


# ------------------------------------------------------------------ higiene dos textos


def blemishes(text):
    """Devolve os defeitos de forma de um texto."""
    found = []
    if unicodedata.normalize("NFC", text) != text:
        found.append("não está em NFC")
    odd = sorted(set(text) - ALLOWED)
    if odd:
        found.append(f"caracteres estranhos: {odd}")
    if not text.endswith("\n") or text.endswith("\n\n"):
        found.append("deve terminar com uma quebra de linha")
    patterns = {
        r"[ \t]\n": "espaço no fim da linha",
        r"  ": "dois espaços seguidos",
        r"\n\n\n": "duas linhas em branco seguidas",
        r" [,.;:!?]": "espaço antes de pontuação",
        r"[,;:](?=[^\W\d])": "falta espaço depois de pontuação",
        r"\.\.|,,|;;|!!|\?\?": "pontuação repetida",
        r"(?m)^-": "hífen no lugar de travessão",
        r"(?i)\b(\w{2,}) \1\b": "palavra repetida",
    }
    return found + [told for pattern, told in patterns.items() if re.search(pattern, text)]


@pytest.mark.parametrize("name", NAMES)
def test_text_is_clean(name):
    assert not blemishes(data.read_text(name))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Joa\u0303o.\n", "não está em NFC"),
        ("Um\u00a0espaço.\n", "caracteres estranhos"),
        ("Aspas “curvas”.\n", "caracteres estranhos"),
        ("Linha do Windows.\r\n", "caracteres estranhos"),
        ("Sem fim", "deve terminar"),
        ("Fim demais.\n\n", "deve terminar"),
        ("Sobra. \nFim.\n", "espaço no fim"),
        ("Dois  espaços.\n", "dois espaços"),
        ("A.\n\n\nB.\n", "duas linhas em branco"),
        ("Antes , não.\n", "espaço antes"),
        ("Depois,sim.\n", "falta espaço depois"),
        ("Ponto..\n", "pontuação repetida"),
        ("- Diálogo?\n", "hífen"),
        ("Era a a banana do do João.\n", "palavra repetida"),
    ],
)
def test_blemish_is_found(text, told):
    assert any(told in found for found in blemishes(text))


# ------------------------------------------------------------------ o que os textos prometem


def test_sizes():
    size = {name: len(data.read_text(name).encode("utf-8")) for name in NAMES}
    assert 45_000 <= size["cronicas_pt.txt"] <= 55_000
    assert 0.9 <= size["cronicas_en.txt"] / size["cronicas_pt.txt"] <= 1.1
    assert all(4_000 <= size[name] <= 5_000 for name in NAMES if name.startswith("paralelo"))


def chronicles(text):
    """Devolve {título: [parágrafos]}, na ordem."""
    parts = [part.strip().split("\n\n") for part in re.split(r"(?m)^# ", text) if part.strip()]
    return {part[0]: part[1:] for part in parts}


def test_chronicles_have_the_words_of_the_lesson():
    words = set(re.findall(r"\w+", data.read_text("cronicas_pt.txt")))
    assert words >= {"banana", "pão", "João", "Maria", "maçã", "ação", "coração", "não"}
    assert set(LETTERS[:14]) - {"ü"} <= set(data.read_text("cronicas_pt.txt"))


def test_the_two_languages_tell_the_same_chronicles():
    portuguese = chronicles(data.read_text("cronicas_pt.txt"))
    english = chronicles(data.read_text("cronicas_en.txt"))
    assert len(portuguese) == len(english) == 30
    for (title, ours), (translated, theirs) in zip(
        portuguese.items(), english.items(), strict=True
    ):
        assert len(ours) == len(theirs), f"{title} / {translated}"
        assert len(ours) >= 5
        assert 1_200 <= len("\n\n".join(ours).encode("utf-8")) <= 2_400, title
        assert not any("\n" in paragraph for paragraph in ours + theirs)


def unpaired(ours, theirs):
    """Devolve os números das linhas que não podem ser tradução uma da outra."""
    if len(ours) != len(theirs):
        return [f"{len(ours)} linhas de um lado, {len(theirs)} do outro"]
    pairs = enumerate(zip(ours, theirs, strict=True), start=1)
    return [number for number, (a, b) in pairs if not _may_translate(a, b)]


def _may_translate(ours, theirs):
    similar_length = 0.6 < len(ours) / max(len(theirs), 1) < 1.6
    names = {"João", "Maria"}
    same_names = names & set(re.findall(r"\w+", ours)) == names & set(re.findall(r"\w+", theirs))
    return ours[-1:] == theirs[-1:] and similar_length and same_names


def test_parallel_sentences_are_aligned():
    ours = data.read_text("paralelo_pt.txt").splitlines()
    theirs = data.read_text("paralelo_en.txt").splitlines()
    assert 40 <= len(ours) <= 60
    assert unpaired(ours, theirs) == []
    assert all(line and line[-1] in ".?!" and line[0].isupper() for line in ours + theirs)
    assert len(set(ours)) == len(ours)


def test_misaligned_sentences_are_noticed():
    ours = data.read_text("paralelo_pt.txt").splitlines()
    theirs = data.read_text("paralelo_en.txt").splitlines()
    assert unpaired(ours, theirs[:-1])
    assert unpaired(ours, theirs[1:] + theirs[:1])
    assert unpaired(["O João saiu."], ["Maria left."]) == [1]
    assert unpaired(["Saiu?"], ["Left."]) == [1]
    assert unpaired(["Saiu."], [""]) == [1]


@pytest.mark.parametrize("language", ["pt", "en"])
def test_parallel_sentences_are_new_to_the_tokenizer(language):
    read = data.read_text(f"cronicas_{language}.txt")
    sentences = data.read_text(f"paralelo_{language}.txt").splitlines()
    assert not [sentence for sentence in sentences if sentence in read]


def test_manifest_is_readable_json():
    text = (data.DATA_DIR / "manifesto.json").read_text(encoding="utf-8")
    assert list(json.loads(text)) == ["arquivos"]
    assert "crônicas" in text
