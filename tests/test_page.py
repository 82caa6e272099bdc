"""A página: site estático, sem kernel nem pedido externo, com tudo o que a lição tem."""

import base64
import json
import os
import posixpath
import re
import struct
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

from helpers.classroom.folder import FolderError
from helpers.cli import app, publish
from helpers.data import Term, load_glossary
from helpers.exercises import guesses, progress, registry
from helpers.exercises.markup import inline_html
from helpers.page import living, prose, site
from helpers.page.lesson_page import LessonPage, Writer
from helpers.page.prose import Terms

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = {
    path.relative_to(ROOT / "notebooks").with_suffix("").as_posix(): json.loads(
        path.read_text(encoding="utf-8")
    )["cells"]
    for pattern in ("*.ipynb", "anexos/*.ipynb")
    for path in sorted((ROOT / "notebooks").glob(pattern))
}
EMPTY = {"meta", "link", "br", "hr", "img", "input"}
PHRASING = {"p", "h1", "h2", "h3", "h4", "dt", "summary", "pre", "button"}
BLOCKS = {"div", "p", "pre", "ul", "ol", "table", "section", "details", "h1", "h2", "h3", "figure"}
MOST = 1_000_000  # bytes de uma lição antes das imagens


class Reader(HTMLParser):
    """Lê uma página e anota o que nela está malfeito."""

    def __init__(self, markup):
        super().__init__()
        self.open, self.problems, self.ids = [], [], []
        self.links, self.files, self.images = [], [], []
        self.feed(markup)
        self.close()
        self.problems += [f"ficou aberto: {tag}" for tag in self.open]
        self.problems += [
            f"repetido: {one}" for one in {i for i in self.ids if self.ids.count(i) > 1}
        ]

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.problems += [
            f"{tag} dentro de {o}" for o in self.open if o in PHRASING and tag in BLOCKS
        ]
        if "id" in given:
            self.ids.append(given["id"])
        if tag == "a":
            self.links.append(given["href"])
        if tag == "img":
            self.images.append(given)
        self.files += [given[name] for name in ("src", "data") if name in given]
        if tag == "link":
            self.files.append(given["href"])
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in EMPTY:  # numa fórmula, `<mspace />` fecha a si mesmo
            self.handle_endtag(tag)

    def handle_endtag(self, tag):
        if tag in self.open and self.open[-1] == tag:
            self.open.pop()
        elif tag not in EMPTY:
            self.problems.append(f"fecha {tag} fora de hora, em {self.open[-3:]}")


@pytest.fixture(scope="session")
def made(course_site):
    """O site inteiro: o caminho de cada arquivo e, se é texto, o que ele diz."""
    found = {}
    for path in course_site.rglob("*"):
        if path.is_file():
            binary = path.suffix == ".png"
            content = path.read_bytes() if binary else path.read_text(encoding="utf-8")
            found[path.relative_to(course_site).as_posix()] = content
    return found


@pytest.fixture(scope="session")
def read(made):
    """Cada página do site, lida."""
    return {name: Reader(text) for name, text in made.items() if name.endswith(".html")}


@pytest.mark.slow
def test_every_lesson_and_annex_has_its_page(made):
    assert {f"{stem}.html" for stem in NOTEBOOKS} <= set(made)
    index = made["index.html"]
    assert [stem for stem in NOTEBOOKS if f'href="{stem}.html"' not in index] == []


@pytest.mark.slow
def test_pages_are_well_formed(read):
    assert {name: page.problems for name, page in read.items() if page.problems} == {}


@pytest.mark.parametrize(
    "markup",
    ["<p><div></div></p>", "<b><i></b></i>", "<div>", "<p id='a'></p><p id='a'></p>"],
)
def test_malformed_page_is_noticed(markup):
    assert Reader(markup).problems


@pytest.mark.slow
def test_nothing_is_asked_from_outside(made, read):
    for name, page in read.items():
        outside = [file for file in page.files if re.match(r"(?!data:)[a-z]*:|//", file)]
        assert outside == [], name
    for name, text in made.items():
        if name.endswith((".css", ".js")) and name not in ("busca.js", "proprio.js"):
            found = re.findall(
                r"https?://[^\s\"')]+|@import|\bfetch\(|XMLHttpRequest|\bimport\(", text
            )
            # O endereço do SVG é um nome, e não um pedido.
            assert set(found) <= {"http://www.w3.org/2000/svg"}, name


@pytest.mark.slow
def test_every_file_and_link_leads_somewhere(made, read):
    lost = []
    for name, page in read.items():
        for link in [*page.links, *page.files]:
            if re.match(r"[a-z]+:", link):
                continue
            place, _, anchor = link.partition("#")
            folder = posixpath.dirname(name)
            target = posixpath.normpath(posixpath.join(folder, place)) if place else name
            if target not in made or (anchor and unquote(anchor) not in read[target].ids):
                lost.append((name, link))
    assert lost == []


@pytest.mark.slow
def test_search_leads_to_sections_that_exist(made, read):
    entries = json.loads(made["busca.js"].removeprefix("window.tpdBusca=").rstrip(";\n"))
    lost = [e[:2] for e in entries if e[1] not in read[f"{e[0]}.html"].ids]
    assert lost == []
    assert any("softmax" in text for *_, text in entries)


@pytest.mark.slow
def test_lessons_are_light(made):
    shared = sum(
        len(made[name].encode())
        for name in ("pagina.css", "exploraveis.css", "exploraveis.js", "pagina.js")
    )
    heavy = {stem: len(made[f"{stem}.html"].encode()) + shared for stem in NOTEBOOKS}
    assert max(heavy.values()) <= MOST, heavy


@pytest.mark.slow
def test_every_image_says_what_it_shows(read):
    for name, page in read.items():
        assert all(image.get("alt", "").strip() for image in page.images), name


def lives(markup):
    """Os estados dos exploráveis e cartões de uma página."""
    found = re.findall(r'<script type="application/json" id="estado-\d+">(.*?)</script>', markup)
    return [json.loads(text) for text in found]


@pytest.mark.slow
@pytest.mark.parametrize("stem", NOTEBOOKS)
def test_every_explorable_and_card_is_alive(made, stem):
    source = "\n".join("".join(c["source"]) for c in NOTEBOOKS[stem] if c["cell_type"] == "code")
    explorables = sum("explorable" in c["metadata"].get("tags", ()) for c in NOTEBOOKS[stem])
    kinds = [live["kind"] for live in lives(made[f"{stem}.html"])]
    cards = [kind for kind in kinds if kind.startswith(("PredictCard", "QuizCard"))]
    assert len(kinds) - len(cards) == explorables
    assert len(cards) == len(re.findall(r"^(?:predict|quiz)\(", source, re.M))
    assert all(f"tpd.{kind}=" in made["exploraveis.js"] for kind in kinds)


@pytest.mark.slow
@pytest.mark.parametrize("stem", NOTEBOOKS)
def test_solutions_are_folded_and_checks_are_not_shown(made, stem):
    markup = made[f"{stem}.html"]
    folded = re.findall(r'<details class="solucao">(.*?)</details>', markup, re.S)
    exercises = [c for c in NOTEBOOKS[stem] if "exercise" in c["metadata"].get("tags", ())]
    assert len(folded) == len(exercises) == markup.count('<section class="exercicio"')
    outside = re.sub(r'<details class="solucao">.*?</details>', "", markup, flags=re.S)
    assert "_solution" not in prose.plain_text(outside)
    assert not re.search(
        r"(?<!\w)check ?\( ?&quot;|está em branco: daqui", prose.plain_text(outside)
    )
    assert "Sem palpite desta vez" not in markup


@pytest.mark.slow
def test_sheet_has_statements_and_no_answers(made):
    sheets = {name: text for name, text in made.items() if name.startswith("folhas/")}
    assert len(sheets) == len([stem for stem in NOTEBOOKS if "/" not in stem])
    for name, text in sheets.items():
        cells = NOTEBOOKS[name.removeprefix("folhas/").removesuffix(".html")]
        cards = [c for c in cells if "card" in c["metadata"].get("tags", ())]
        assert text.count('<section class="exercicio">') == len(cards)
        assert not re.search(r"_solution|<details|Dica 1|Travou", text)
        assert "Pronto quando" in text


@pytest.mark.slow
def test_site_without_sheets_does_not_point_to_them(made):
    assert 'href="folhas/' in made["index.html"]
    templates = site._Site(ROOT, sheets=False).templates
    assert "folhas/" not in templates.get_template("index.html").render(lessons=[], sheets=False)


@pytest.mark.slow
def test_formulas_are_drawn_by_the_browser_alone(made):
    for stem in NOTEBOOKS:
        text = prose.plain_text(
            re.sub(r"<(script|pre).*?</\1>", "", made[f"{stem}.html"], flags=re.S)
        )
        assert not re.search(r"\$[^$]*\\[a-z]+[^$]*\$", text), stem
    assert made["04_scores_e_softmax.html"].count("<math ") >= 5


def test_a_term_is_linked_once_and_never_inside_code_or_links():
    terms = Terms(load_glossary())
    markup = "<p><code>tensor</code> <a>tensor</a> dois Tensores, um tensor</p>"
    found = terms.link(markup, "../")
    assert found.startswith("<p><code>tensor</code> <a>tensor</a> dois <a class=")
    assert found.count("glossario.html#tensor") == 1
    assert found.endswith(">Tensores</a>, um tensor</p>")


def test_the_longest_term_is_the_one_linked_and_a_link_holds_no_other():
    glossary = [Term(name, "", f"é {name}", "") for name in ("rede", "rede neural")]
    found = Terms(glossary).link("<p><a><code>x</code> rede</a> uma rede neural</p>", "")
    assert found.startswith("<p><a><code>x</code> rede</a> uma <a class")
    assert 'data-termo="é rede neural">rede neural</a>' in found


def test_titles_that_look_alike_have_their_own_anchors():
    page = prose.SitePage(lambda url: None)
    prose.render("## A 2\n\n## 3. A\n\n## Á", page)
    assert [anchor for _, anchor, _ in page.headings] == ["a-2", "a", "a-3"]


def filled(found, guess):
    """O que a página diz a um palpite: a mesma escolha do programa dela."""
    if guess is None:
        return found["none"]
    if "each" in found:
        return found["each"][guess]
    away = abs(guess - found["result"])
    text = "right" if away == 0 else "near" if away <= found["within"] else "far"
    return found[text].replace("{guess}", str(guess))


def stored_reveals():
    """Palpite e frase que a lição guardou ao lado do resultado."""
    for cells in NOTEBOOKS.values():
        for cell in cells:
            found = re.findall(r'^reveal\("([^"]+)"', "".join(cell["source"]), re.M)
            for output in cell.get("outputs", ()) if found else ():
                if "data" in output:
                    yield found[0], "".join(output["data"]["text/plain"])


def test_page_says_of_every_guess_what_the_lesson_says():
    seen = 0
    for name, told in stored_reveals():
        prediction = registry.get_prediction(name)
        value = living._value(prediction, told)
        found = living.verdicts(prediction, told)
        possible = range(len(prediction.options)) or range(
            prediction.low, min(prediction.high, prediction.low + 300) + 1
        )
        for guess in possible:
            expected = inline_html(guesses.compare(prediction, guess, value))
            assert filled(found, guess) == expected, name
        seen += 1
    assert seen > 60


def test_sentence_of_another_card_is_refused():
    told = "Sem palpite desta vez. O resultado: “outra coisa”. E por quê."
    with pytest.raises(living.PageError, match="não é desta ficha"):
        living.verdicts(registry.get_prediction("04.zero_no_score"), told)


def test_result_stands_even_when_the_card_now_teaches_in_other_words():
    told = "Sem palpite desta vez. O resultado é 2. Com outras palavras."
    found = living.verdicts(registry.get_prediction("01.aaa"), told)
    assert found["result"] == 2
    assert "outras palavras" not in found["none"]


def text_cell(source, **metadata):
    return {"cell_type": "markdown", "metadata": metadata, "source": [source]}


def code_cell(source, *tags, outputs=(), **metadata):
    metadata |= {"tags": list(tags)}
    return {"cell_type": "code", "metadata": metadata, "source": source, "outputs": list(outputs)}


def printed(*lines):
    return [{"output_type": "stream", "name": "stdout", "text": list(lines)}]


@pytest.fixture
def small_page():
    """A página de um anexo pequeno, com um exercício, um palpite e uma imagem de 100 por 60."""
    png = base64.b64encode(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", 100, 60)).decode()
    image = {"text/html": f'<img alt="a" width="50" src="data:image/png;base64,{png}">'}
    blank = "f ainda está em branco: daqui em diante roda a do curso.\n"
    verdict = {"text/plain": "Sem palpite desta vez. O resultado é 2. Outra lição."}
    card = "### Some\n\nPeça.\n\n<details>\nSegredo.\n</details>\n\n*Travou? Abra a solução.*"
    answer = "def f(x):\n    return x\n\n\ncheck(\n    '04.x', f\n)"
    cells = [
        text_cell("# Uma lição\n\nDe um tensor, com $x<1$."),
        code_cell("import json as aliased", "setup"),
        code_cell("environment_report()", outputs=printed("torch 2")),
        text_cell(card, exercise="04.x", tags=["card"]),
        code_cell("def f(x):\n    raise NotImplementedError", "exercise", exercise="04.x"),
        code_cell("check('04.x', f)", "check", outputs=printed("certo"), exercise="04.x"),
        code_cell(answer, "solution", exercise="04.x"),
        text_cell("## 2. Depois\n\nOutro tensor. Veja [o código](x.py)."),
        code_cell("print(1 < 2)", outputs=printed(blank, "1 < 2\n")),
        code_cell('predict("01.aaa")'),
        code_cell("show()", outputs=[{"data": image}]),
        code_cell('reveal("01.aaa", 2)', outputs=[{"data": verdict}]),
        text_cell("### Some", exercise="04.y", tags=["card"]),
        code_cell("y = 0", "exercise", exercise="04.y"),
    ]
    notebook = {"metadata": {"licao": {"builds": "nada"}}, "cells": cells}
    terms = Terms(load_glossary())
    return Writer("anexos/04_x", notebook, living.Kinds(), lambda url: None, terms, None).write()


def test_small_page_shows_the_exercise_and_not_how_it_is_checked(small_page):
    body = small_page.body
    assert 'id="exercicio-04-x"' in body
    assert "Segredo." in body, "as dicas abrem na página"
    solution = body[body.index('<details class="solucao">') :].partition("</details>")[0]
    assert "return" in solution
    assert "check" not in body, "a conferência é do kernel"
    assert "certo" not in body
    assert body.count("<section") == body.count("</section>") == 2
    assert body.index("</section>") < body.index('<h2 id="depois">')
    (sheet, _) = small_page.exercises
    assert "Peça." in sheet.statement
    assert "Segredo" not in sheet.statement
    assert "Travou" not in sheet.statement
    assert "NotImplementedError" in sheet.stub


def test_small_page_shows_what_a_reader_without_a_kernel_can_use(small_page):
    body = small_page.body
    assert "environment_report" not in body
    assert "<summary>código: o que esta lição importa</summary>" in body
    assert '<pre class="saida">1 &lt; 2</pre>' in body, "sem o aviso do exercício em branco"
    assert 'width="50" height="30" src="../imagens/' in body
    assert len(small_page.images) == 1
    assert 'alttext="x&lt;1"' in body
    assert "Veja o código.</p>" in body, "a ligação que sairia do site vira texto"


def test_small_page_keeps_the_outcome_after_the_guess(small_page):
    after = '<div class="depois" data-palpite="01.aaa">'
    assert small_page.body.count(after) == 2, "a figura e o resultado"
    assert f'{after}<p class="resultado"' in small_page.body
    first = small_page.body.index("print")
    assert after not in small_page.body[:first]


def test_small_page_can_be_searched_and_each_title_has_its_own_anchor(small_page):
    assert small_page.title == "Uma lição"
    anchors = [anchor for _, anchor, _ in small_page.headings]
    assert anchors == ["uma-licao", "some", "depois", "some-2"]
    told = {anchor: text for anchor, _, text in small_page.words}
    assert "De um tensor" in told["uma-licao"]
    assert "Outro tensor" in told["depois"]


def test_the_same_card_is_published_twice_with_the_same_mark():
    one, other = (living.packed(living.card("predict", "01.aaa"), "X") for _ in range(2))
    assert one == other, "o que quem lê guardou na página vale depois de publicar de novo"
    another = living.packed(living.card("predict", "04.zero_no_score"), "X")
    marks = {json.loads(text.replace("<\\/", "</"))["mark"] for text in (one, another)}
    assert len(marks) == 2, "e não vale para outro cartão"


def test_text_inside_a_program_does_not_close_it():
    told = {"a": "</script><!-- <!-- fim"}
    text = living.json_text(told)
    assert not re.search("</|<!--", text)
    assert json.loads(text) == told


def test_explorable_that_needs_another_cell_says_which(tmp_path):
    with pytest.raises(living.PageError, match="célula 3: name 'other' is not defined"):
        living.build("other()", {}, "04_x, célula 3")
    with pytest.raises(living.PageError, match="não acaba num explorável"):
        living.build("1 + 1", {}, "04_x, célula 3")


def test_answers_of_who_publishes_stay_home(monkeypatch, progress_file):
    progress.record("guess", "01.aaa", palpite=2)
    with site._nobodys_progress():
        assert progress.path() is None
        assert progress.load().guesses == {}
    assert progress.load().guesses["01.aaa"]["palpite"] == 2


# ------------------------------------------------------------------ a pasta


def test_publishing_leaves_the_variables_as_they_were(monkeypatch):
    monkeypatch.delenv(progress.VARIABLE, raising=False)
    with site._nobodys_progress():
        assert os.environ[progress.VARIABLE] == os.devnull
    assert progress.VARIABLE not in os.environ


def test_from_a_lesson_one_goes_to_the_next_and_from_an_annex_to_what_follows():
    maker, seen = object.__new__(site._Site), {}
    maker.made, maker._lecture = {}, lambda stem: False

    def note(stem, title, body, before, after, **_):
        seen[stem] = tuple(page and page.stem for page in (before, after))

    maker._page = note
    lessons = [LessonPage("01_a"), LessonPage("02_b")]
    annexes = {"01_a": [LessonPage("anexos/01_a")], "02_b": []}
    maker._lessons([], lessons, annexes)
    assert seen == {
        "01_a": (None, "02_b"),
        "anexos/01_a": ("01_a", "02_b"),
        "02_b": ("01_a", None),
    }


def test_new_site_takes_the_place_of_the_old_and_touches_nothing_else(tmp_path):
    folder = tmp_path / "site"
    site.check_folder(folder)
    site.write_folder(folder, {"index.html": "um", "velha/a.html": "a"})
    (folder / "CNAME").write_text("meu.endereco", encoding="utf-8")
    site.check_folder(folder)
    site.write_folder(folder, {"index.html": "dois", "imagens/x.png": b"\x89"})
    kept = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    assert kept == {"index.html", "imagens/x.png", "CNAME", site.MARK}
    assert (folder / "index.html").read_text(encoding="utf-8") == "dois"


def test_folder_with_other_things_is_refused_and_left_alone(tmp_path):
    (tmp_path / "tese.md").write_text("minha", encoding="utf-8")
    with pytest.raises(FolderError, match="tem outras coisas"):
        site.check_folder(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["tese.md"]


def test_foreign_file_in_the_way_is_not_replaced(tmp_path):
    site.write_folder(tmp_path, {"index.html": "um"})
    (tmp_path / "busca.js").write_text("de outra pessoa", encoding="utf-8")
    with pytest.raises(FolderError, match=r"busca\.js não veio de um publicar"):
        site.write_folder(tmp_path, {"index.html": "dois", "busca.js": "nossa"})
    assert (tmp_path / "busca.js").read_text(encoding="utf-8") == "de outra pessoa"
    assert (tmp_path / "index.html").read_text(encoding="utf-8") == "um"


def test_list_that_points_outside_deletes_nothing_outside(tmp_path):
    folder = tmp_path / "site"
    site.write_folder(folder, {"index.html": "um"})
    (tmp_path / "tese.md").write_text("minha", encoding="utf-8")
    mark = json.dumps({"arquivos": ["index.html", "../tese.md", str(tmp_path / "tese.md")]})
    (folder / site.MARK).write_text(mark, encoding="utf-8")
    site.write_folder(folder, {"outra.html": "dois"})
    assert (tmp_path / "tese.md").exists()
    assert not (folder / "index.html").exists()


@pytest.mark.parametrize("text", ["{", "[]", '{"arquivos": 3}'])
def test_damaged_list_is_told_and_nothing_is_touched(tmp_path, text):
    (tmp_path / site.MARK).write_text(text, encoding="utf-8")
    with pytest.raises(FolderError, match="não entendi"):
        site.check_folder(tmp_path)


def test_file_in_place_of_the_folder_is_told_before_any_work(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(site, "make", lambda *given: pytest.fail("não era para fazer o site"))
    (tmp_path / "site").write_text("arquivo", encoding="utf-8")
    assert publish.main(["--saida", str(tmp_path / "site")]) == 1
    assert "é um arquivo" in capsys.readouterr().err
    assert publish.main(["--saida", str(tmp_path / "site" / "dentro")]) == 1
    assert "O que fazer: " in capsys.readouterr().err


def test_command_writes_the_site_and_says_where(tmp_path, monkeypatch, capsys):
    asked = []

    def made(root, sheets, told):
        asked.append((root, sheets))
        return {"index.html": "início"}

    monkeypatch.setattr(site, "make", made)
    assert publish.main(["--saida", str(tmp_path / "meu site"), "--folha"]) == 0
    assert asked == [(ROOT, True)]
    assert (tmp_path / "meu site" / "index.html").read_text(encoding="utf-8") == "início"
    assert str(tmp_path / "meu site") in capsys.readouterr().out


def test_command_is_known_and_runs_inside_the_environment(monkeypatch):
    called = []
    monkeypatch.setattr(app, "_inside", lambda *given: called.append(given) or 0)
    assert app.run(["publicar", "--saida", "x", "--folha"]) == 0
    assert called == [(ROOT, "publish", ["--saida", "x", "--folha"])]
