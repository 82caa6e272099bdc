"""O percurso de quem estuda, num JupyterLab de verdade: abrir, rodar, mexer, errar e acertar."""

import re

import lab
import pytest
from playwright.sync_api import expect

from helpers.exercises import registry
from helpers.exercises.markup import plain

pytestmark = pytest.mark.browser

FIRST, SECOND = "00_comece_aqui", "01_tokenizacao_bpe"
OWN_TEXT = "pé de moleque e pé de pato"
READABLE = 4.5  # contraste mínimo de texto pequeno, WCAG 2.2, critério 1.4.3


@pytest.fixture(scope="module")
def lesson(open_notebook):
    """A lição 01, aberta e executada do começo ao fim."""
    notebook = open_notebook(SECOND)
    notebook.broken = notebook.run_all()
    return notebook


@pytest.fixture(scope="module")
def start(open_notebook):
    """A lição 00, no JupyterLab inteiro, como o comando `abrir` deixa."""
    notebook = open_notebook(FIRST, mode="lab")
    notebook.broken = notebook.run_all()
    return notebook


def explorables(notebook):
    """Devolve (posição da célula, explorável) de cada célula com o rótulo."""
    for index in notebook.find(tag="explorable"):
        widget = notebook.cell(index).locator(".tpd-ex").first
        widget.scroll_into_view_if_needed()
        expect(widget).to_be_visible()
        yield index, widget


def skip_question(widget):
    """Passa pela pergunta de abertura, se houver, pelo teclado."""
    skip = widget.locator(".tpd-question button", has_text="pular")
    if skip.count():
        skip.focus()
        skip.press("Enter")
        expect(widget.locator(".tpd-question")).to_have_count(0)


def shown(widget):
    """Devolve o desenho e a frase que estão na tela."""
    return widget.locator(".tpd-stage").inner_html(), widget.locator(".tpd-sentence").inner_text()


def move(page, widget):
    """Mexe no explorável só com o teclado; devolve o controle usado."""
    ranges = widget.locator("input[type=range]:not([disabled])")
    radios = widget.locator("input[type=radio]")
    if ranges.count():
        control = ranges.first
        control.focus()
        at_the_end = control.input_value() == control.get_attribute("max")
        page.keyboard.press("ArrowLeft" if at_the_end else "ArrowRight")
    elif radios.count():
        control = widget.locator("input[type=radio]:checked").first
        control.focus()
        page.keyboard.press("ArrowRight")
    else:
        control = widget.locator(".tpd-choices button").first
        control.focus()
        page.keyboard.press("Enter")
    return control


def test_interface_is_in_portuguese_and_silent(start, server):
    settings = server.get("/lab/api/settings/@jupyterlab/translation-extension:plugin")
    assert settings["schema"]["properties"]["locale"]["default"] == "pt_BR"
    label = start.page.evaluate("() => window.jupyterapp.commands.label('notebook:run-all-cells')")
    assert re.search("Executar", label), label
    expect(start.page.locator(".jp-Dialog, .Toastify__toast, .jp-toast")).to_have_count(0)


def test_both_lessons_run_to_the_end(start, lesson):
    assert start.broken == []
    assert lesson.broken == []


def test_arrow_keys_change_picture_and_sentence_and_never_the_notebook(start, lesson):
    moved = 0
    for notebook in (start, lesson):
        cells = notebook.count()
        for index, widget in explorables(notebook):
            skip_question(widget)
            before, said = shown(widget)
            control = move(notebook.page, widget)
            expect(widget.locator(".tpd-sentence")).not_to_have_text(said)
            assert shown(widget)[0] != before, f"célula {index + 1}: o desenho não mudou"
            # As letras que criam, cortam e apagam células não podem sair do explorável.
            if control.is_visible():
                control.focus()
            active = notebook.active()
            for key in ("b", "a", "d", "d", "x"):
                notebook.page.keyboard.press(key)
            assert notebook.count() == cells, f"célula {index + 1}: tecla vazou"
            assert notebook.active() == active
            moved += 1
    assert moved >= 5


def test_running_a_cell_again_leaves_one_live_instance(lesson):
    index = lesson.find(tag="explorable", source="merge_by_merge()")[0]
    count = (
        "from helpers.explorables.kit import base as _b\n"
        "print(sum(name == 'w1' for name, _ in _b.alive()))"
    )
    widgets = (
        "import ipywidgets as _w\n"
        "print(sum(type(w).__name__ == 'Flipper' and w.comm is not None and w.label == "
        "'Fusão a fusão' for w in _w.widgets.widget._instances.values()))"
    )
    for _ in range(3):
        lesson.run(index)
    assert lesson.ask_kernel(count) == "1"
    assert lesson.ask_kernel(widgets) == "1"
    expect(lesson.cell(index).locator(".tpd-ex")).to_have_count(1)


def test_own_text_shows_its_own_merges(lesson):
    from helpers.explorables.merges import your_merges

    index = lesson.find(tag="explorable", source="your_merges(")[0]
    widget = lesson.cell(index).locator(".tpd-ex")
    skip_question(widget)
    box = widget.locator("input[type=text]")
    box.fill(OWN_TEXT)
    box.press("Enter")
    expected = your_merges(OWN_TEXT)
    steps = widget.locator("input[type=range]").first
    last = str(len(list(expected.axes[1]["labels"])) - 1)
    expect(steps).to_have_attribute("max", last)
    rule = expected.values()["rule"]
    for step, key in ((0, "Home"), (1, "ArrowRight"), (int(last), "End")):
        steps.focus()
        lesson.page.keyboard.press(key)
        sentence = expected.move(rule=rule, step=step).sentence
        expect(widget.locator(".tpd-sentence")).to_have_text(sentence)
    assert "\u00b7" in widget.locator(".tpd-stage").inner_text()  # o espaço aparece como ·


# No mesmo instante: pede um texto e já digita o seguinte, antes de a resposta poder chegar.
ASK_AND_GO_ON = """(box, [asked, typed]) => {
  const write = text => { box.value = text; box.dispatchEvent(new Event('input')); };
  box.focus();
  write(asked);
  box.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
  write(typed);
}"""


def test_what_is_typed_while_the_kernel_answers_is_not_lost(lesson):
    index = lesson.find(tag="explorable", source="your_merges(")[0]
    widget = lesson.cell(index).locator(".tpd-ex")
    skip_question(widget)
    box, sentence = widget.locator("input[type=text]"), widget.locator(".tpd-sentence")
    box.evaluate(ASK_AND_GO_ON, ["pipoca", "tapioca"])
    expect(sentence).to_contain_text("p i p o c a")
    lesson.page.wait_for_timeout(300)  # o que ainda vier do kernel já veio
    expect(box).to_have_value("tapioca")
    box.press("Enter")
    expect(sentence).to_contain_text("t a p i o c a")


ANSWERS = {
    # exercício: (o que se escreve errado, o engano reconhecido, o que se escreve certo)
    "00.vizinhos": (
        "return list({0})",
        "letras",
        "return [{0}[i : i + 2] for i in range(len({0}) - 1)]",
    ),
    "01.empate": (
        "return max({0}, key={0}.get)",
        "primeiro_visto",
        "return max({0}, key=lambda pair: ({0}[pair], pair))",
    ),
}


@pytest.mark.parametrize("exercise", ANSWERS)
def test_wrong_answer_is_diagnosed_and_the_right_one_accepted(start, lesson, exercise):
    notebook = start if exercise.startswith("00") else lesson
    answer = notebook.find(exercise=exercise, tag="exercise")[0]
    check = notebook.find(exercise=exercise, tag="check")[0]
    said = notebook.cell(check).locator(".jp-OutputArea-output")
    wrong, misconception, right = ANSWERS[exercise]
    card = registry.get(exercise)
    parameter = re.search(r"def \w+\((\w+)", card.stub)[1]
    expect(said).to_contain_text("pendente")

    for body, verdict in ((wrong, "errado"), (right, "certo")):
        notebook.write(answer, f"def {card.name}({parameter}):\n    {body.format(parameter)}")
        notebook.run(answer)
        notebook.run(check)
        expect(said).to_contain_text(verdict)
        if verdict == "errado":
            diagnosis = {w.name: w.diagnosis for w in card.wrong}[misconception]
            assert read(diagnosis)[:60] in read(said.inner_text())


def read(text):
    """Devolve um texto como se lê: sem marcas de Markdown, com um espaço entre palavras."""
    return " ".join(plain(text).replace("`", "").split())


def test_quiz_is_answered_with_the_keyboard(lesson):
    index = lesson.find(source='quiz("01")')[0]
    widget = lesson.cell(index).locator(".tpd-ex")
    widget.scroll_into_view_if_needed()
    questions = registry.quiz_questions("01")
    for number, question in enumerate(questions[:2]):
        panel = widget.locator(".tpd-card-panel:not([hidden])")
        expect(panel).to_contain_text(f"Pergunta {number + 1} de {len(questions)}")
        options = panel.locator(".tpd-card-options button")
        wrong = [o.right for o in question.options].index(False)
        right = [o.right for o in question.options].index(True)
        for choice in (wrong, right):
            options.nth(choice).focus()
            lesson.page.keyboard.press("Enter")
            explained = read(question.options[choice].explanation)
            expect(panel.locator(".tpd-card-explanation")).to_contain_text(explained[:40])
        widget.get_by_text("próxima").focus()
        lesson.page.keyboard.press("Enter")


def test_frames_still_flip_after_the_kernel_is_gone(start):
    _, widget = next(explorables(start))
    start.shut_kernel_down()
    before, said = shown(widget)
    move(start.page, widget)
    expect(widget.locator(".tpd-sentence")).not_to_have_text(said)
    assert shown(widget)[0] != before


CONTRASTS = """root => {
  const parse = text => {
    const m = text.match(/rgba?\\(([^)]+)\\)/);
    if (!m) return null;
    const [r, g, b, a] = m[1].split(/[ ,/]+/).map(Number);
    return a === 0 ? null : [r, g, b];
  };
  const light = ([r, g, b]) => {
    const f = v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    return 0.2126 * f(r) + 0.7152 * f(g) + 0.0722 * f(b);
  };
  const ground = (node, box) => {
    // No desenho, o fundo é a forma pintada antes que cobre o meio do texto; fora dele, o pai.
    const svg = node.closest('svg');
    if (svg && node !== svg) {
      const x = box.x + box.width / 2, y = box.y + box.height / 2;
      const shapes = [...svg.querySelectorAll('rect, circle, path, polygon')].filter(s => {
        const b = s.getBoundingClientRect();
        return s.compareDocumentPosition(node) & 4 && b.x <= x && x <= b.right
          && b.y <= y && y <= b.bottom && b.height > box.height / 2;
      });
      for (const shape of shapes.reverse()) {
        const style = getComputedStyle(shape), fill = parse(style.fill);
        if (fill && style.fillOpacity > 0.5 && style.opacity > 0.5) return fill;
      }
    }
    for (let up = node; up; up = up.parentElement) {
      const colour = parse(getComputedStyle(up).backgroundColor);
      if (colour) return colour;
    }
    return [255, 255, 255];
  };
  const nodes = [...root.querySelectorAll('p, span, button, output, li, summary, td, th, text')];
  return nodes.filter(n => [...n.childNodes].some(c => c.nodeType === 3 && c.data.trim()))
    .flatMap(n => {
      const box = n.getBoundingClientRect(), style = getComputedStyle(n);
      if (!box.width || style.visibility === 'hidden') return [];
      const ink = parse(n.namespaceURI.endsWith('svg') ? style.fill : style.color);
      if (!ink) return [];
      const [a, b] = [light(ink), light(ground(n, box))].sort((p, q) => q - p);
      return [{ text: n.textContent.trim().slice(0, 40), ratio: (a + 0.05) / (b + 0.05) }];
    });
}"""


@pytest.mark.parametrize(
    "theme", ["JupyterLab Dark", "JupyterLab Dark High Contrast", "JupyterLab Light"]
)
def test_text_is_readable_in_every_theme(lesson, pictures, theme):
    lesson.command("apputils:change-theme", {"theme": theme})
    lesson.page.wait_for_function("name => document.body.dataset.jpThemeName === name", arg=theme)
    found = []
    for index, widget in explorables(lesson):
        skip_question(widget)
        name = f"{theme.replace(' ', '-')}-{index + 1}.png"
        widget.screenshot(path=pictures / name)
        found += widget.evaluate(CONTRASTS)
    assert len(found) > 50
    weak = [f"{x['text']}: {x['ratio']:.1f}" for x in found if x["ratio"] < READABLE]
    assert not weak, f"{len(weak)} de {len(found)} textos; retratos em {pictures}: {weak[:10]}"


def test_contrast_measure_sees_weak_text_and_only_it(context):
    page = context.new_page()
    page.set_content(
        '<body style="background: #111"><p style="color: #eee">forte</p>'
        '<p style="color: #444">fraco</p><svg width="200" height="60">'
        '<rect width="200" height="60" fill="#ffffff"/>'
        '<text x="20" y="30" fill="#111111">escuro</text>'
        '<text x="90" y="30" fill="#eeeeee">claro</text></svg>'
    )
    found = {x["text"]: x["ratio"] for x in page.locator("body").evaluate(CONTRASTS)}
    page.close()
    assert {name for name, ratio in found.items() if ratio < READABLE} == {"fraco", "claro"}
    assert found["escuro"] == pytest.approx(18.88, abs=0.1)


def test_no_page_error_and_nothing_outside_this_machine(start, lesson, outside):
    assert outside == []
    assert start.page.failures + lesson.page.failures == []


@pytest.mark.parametrize("url", ["https://exemplo.br/a.png", "http://192.0.2.1/a.png"])
def test_request_to_the_outside_is_noted_and_finds_nothing(context, outside, url):
    page = context.new_page()
    with page.expect_event("requestfailed") as missed:
        page.evaluate("(url) => { new Image().src = url; }", url)
    assert missed.value.failure == "net::ERR_NAME_NOT_RESOLVED"
    assert outside == [url]
    outside.clear()  # este é de propósito
    page.close()


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://127.0.0.1:8888/lab", True),
        ("http://localhost/x", True),
        ("data:image/png;base64,AA", True),
        ("blob:http://127.0.0.1/1", True),
        ("https://exemplo.br/a.js", False),
        ("http://127.0.0.1.exemplo.br/", False),
    ],
)
def test_outside_is_told_from_inside(url, local):
    assert lab.is_local(url) is local


def test_missing_browser_is_a_skip_here_and_a_failure_where_it_is_required(monkeypatch, tmp_path):
    monkeypatch.setenv("TRANSFORMERS_POR_DENTRO_NAVEGADOR", str(tmp_path / "nada"))
    monkeypatch.delenv(lab.REQUIRED, raising=False)
    with pytest.raises(pytest.skip.Exception, match="sudo apt install chromium"):
        lab.demand_browser()
    monkeypatch.setenv(lab.REQUIRED, "1")
    with pytest.raises(pytest.fail.Exception, match="sudo apt install chromium"):
        lab.demand_browser()
