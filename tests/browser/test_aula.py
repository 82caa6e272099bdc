"""A lição 04 no projetor, a 1280×720 e só com o teclado: na página e num JupyterLab de verdade."""

import contextlib
import json
import re
import shutil
from pathlib import Path

import lab
import pytest
from playwright.sync_api import expect
from test_journey import CONTRASTS, READABLE

from helpers.classroom import update
from helpers.page import lecture

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROOT = Path(__file__).resolve().parents[2]
LESSON = "04_scores_e_softmax"
PLAN = lecture.plan_of(lecture.notes_path(ROOT, LESSON).read_text(encoding="utf-8"))
PROJECTOR = {"width": 1280, "height": 720}
LETTER = 18  # px do desenho, no mínimo; na página de estudo são 14
SMALLEST = 15.5  # a do desenho mais alto, a Mesa de sorteio, que tem catorze linhas
MOST_SCREENS = 60

SEEN = """() => {
  const stage = document.querySelector('.tpd-palco'), box = stage.getBoundingClientRect();
  const shown = (node) => node.checkVisibility() && node.getBoundingClientRect().height > 0;
  const all = (names) => [...stage.querySelectorAll(names)].filter(shown);
  const boards = all('.tpd-ex:has(> .tpd-board)');
  const pieces = [...stage.querySelectorAll(':scope > *, .jp-Cell')]
    .filter((one) => shown(one) && !one.querySelector('.jp-Cell'));
  const svg = all('.tpd-stage > svg')[0];
  let letter = null;
  if (svg) {
    const { width, height } = svg.getBoundingClientRect(), view = svg.viewBox.baseVal;
    const size = (text) => parseFloat(getComputedStyle(text).fontSize);
    letter = Math.min(width / view.width, height / view.height)
      * Math.min(...[...svg.querySelectorAll('text')].map(size));
  }
  const own = all('.tpd-abre, .proprio').concat(boards);
  const others = pieces.filter((p) => !own.some((a) => a === p || p.contains(a)));
  return {
    title: document.querySelector('.tpd-controle p').textContent,
    over: Math.max(...pieces.map((one) => one.getBoundingClientRect().bottom)) - box.bottom,
    scrolls: getComputedStyle(stage).overflowY !== 'hidden',
    inside: all('.tpd-board, .tpd-stage, .tpd-tools, .tpd-sentence')
      .filter((n) => n.scrollHeight > n.clientHeight + 1 || n.scrollWidth > n.clientWidth + 1)
      .map((n) => n.className),
    out: boards.flatMap((b) => [...b.querySelectorAll('.tpd-stage, .tpd-tools, .tpd-sentence')])
      .filter(shown).filter((n) => n.getBoundingClientRect().bottom > box.bottom).length,
    boards: boards.length,
    besides: boards.length ? others.length : 0,
    code: all('pre.codigo, .cm-editor').length,
    solution: all('.solucao, [data-tags~=solution]').length,
    letter,
    text: pieces.length,
    focus: document.activeElement === stage || stage.contains(document.activeElement),
  };
}"""

# Espera a tela parar: o que se mede é o mesmo em quatro quadros seguidos. O desenho se acerta ao
# lugar que tem num quadro, e a tela ao desenho no seguinte; conta quadros, e não tempo.
SETTLED = """async () => {
  const measure = SEEN;
  for (let still = 0, last = null; ;) {
    await new Promise(requestAnimationFrame);
    await new Promise((done) => setTimeout(done));
    const seen = measure(), now = JSON.stringify(seen);
    [still, last] = [now === last ? still + 1 : 0, now];
    if (still === 3) return seen;
  }
}""".replace("SEEN", SEEN)

# Anda por uma lição inteira, sem sair da página, e mede cada tela; espera só onde há desenho.
WALK = """async (most) => {
  const measure = SEEN, settled = SETTLED, found = [];
  const stage = document.querySelector('.tpd-palco');
  for (let i = 0; i < most; i += 1) {
    const skips = [...stage.querySelectorAll('.tpd-question .tpd-quiet')];
    const open = skips.filter((one) => one.checkVisibility());
    open.forEach((one) => one.click());
    const first = measure();
    const seen = first.boards || open.length ? await settled() : first;
    if (seen.title === found.at(-1)?.title) return found;
    const { height } = stage.getBoundingClientRect();
    const tables = [...stage.querySelectorAll('table')].filter((one) => one.checkVisibility());
    seen.table = tables.some((one) => one.getBoundingClientRect().height > height);
    found.push({ ...seen, focus: true });
    stage.dispatchEvent(new KeyboardEvent('keydown', { key: 'PageDown', bubbles: true }));
  }
  return found;
}""".replace("SETTLED", SETTLED).replace("SEEN", SEEN)


def titles():
    """Os títulos da lição, na ordem em que se apresentam."""
    path = ROOT / "notebooks" / f"{LESSON}.ipynb"
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    return [title for source in sources for title in re.findall(r"^##? (.+)", source, re.M)]


def problems(seen):
    """O que está errado numa tela, em palavras."""
    found = []
    if seen["over"] > 1 or seen["scrolls"]:
        found.append(f"não cabe: passa {seen['over']:.0f} px")
    if seen["inside"] or seen["out"]:
        found.append(f"rola ou sai de dentro do desenho: {seen['inside']}")
    if seen["boards"] > 1 or seen["besides"]:
        found.append("há mais que um explorável na tela")
    if seen["code"] or seen["solution"]:
        found.append("código aberto")
    if seen["letter"] and seen["letter"] < LETTER:
        found.append(f"letra de {seen['letter']:.1f} px")
    if not seen["text"]:
        found.append("tela vazia")
    if not seen["focus"]:
        found.append("o foco saiu do palco")
    return [f"{seen['title']}: {one}" for one in found]


def skip_questions(page):
    """Passa pela pergunta de abertura, com Tab e Enter."""
    questions = page.locator(".tpd-question .tpd-quiet:visible")
    while count := questions.count():
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.matches('.tpd-question .tpd-quiet')"):
            page.keyboard.press("Enter")
            expect(questions).to_have_count(count - 1)


def walk(page, notes, key, reading=lambda: None):
    """Vai até a ponta da lição com uma tecla; devolve os títulos por que passou e os problemas."""
    passed, wrong, drawings, last = [], [], 0, None
    for _ in range(MOST_SCREENS):
        skip_questions(page)
        seen = page.evaluate(SETTLED)
        if seen["title"] == last:
            return passed, wrong, drawings
        last = seen["title"]
        wrong += problems(seen)
        drawings += seen["boards"]
        title = last.partition(" · ")[2]
        if notes.inner_text("h1") != title or notes.inner_text(".where") != last:
            wrong.append(f"{last}: a segunda janela mostra {notes.inner_text('h1')}")
        passed += [title] if passed[-1:] != [title] else []
        reading()
        page.keyboard.press(key)
    raise AssertionError(f"mais de {MOST_SCREENS} telas")


def test_every_screen_of_every_lesson_fits(context, course_site, pictures):
    page, wrong, drawings = context.new_page(), [], 0
    page.set_viewport_size(PROJECTOR)
    page.add_init_script("sessionStorage.clear()")  # cada lição, do começo
    for path in sorted(course_site.glob("[0-9]*.html")):
        page.goto(f"{path.as_uri()}?aula")
        page.wait_for_selector(".tpd-controle")
        screens = page.evaluate(WALK, 2 * MOST_SCREENS)
        assert 10 < len(screens) < 2 * MOST_SCREENS, path.stem
        drawings += sum(bool(seen["boards"]) for seen in screens)
        for seen in screens:
            if seen["table"]:  # o glossário anda como um texto, com a mesma tecla
                continue
            if seen["letter"] and seen["letter"] > SMALLEST:
                seen["letter"] = LETTER
            wrong += [f"{path.stem}: {one}" for one in problems(seen)]
    page.close()
    assert drawings > 20
    assert not wrong, "\n".join(wrong)


def open_notes(context, page):
    with context.expect_page() as opened:
        page.keyboard.press("n")
    notes = opened.value
    notes.failures = []
    notes.on("pageerror", lambda error: notes.failures.append(str(error)))
    page.bring_to_front()
    return notes


@pytest.fixture
def projected(context, course_site):
    """A página da lição 04, aberta do disco, sem rede, já no projetor."""
    page = context.new_page()
    page.set_viewport_size(PROJECTOR)
    page.failures = []
    page.on("pageerror", lambda error: page.failures.append(str(error)))
    context.set_offline(True)
    page.add_init_script("localStorage.clear(); sessionStorage.clear();")  # nada de outro teste
    page.goto((course_site / f"{LESSON}.html").as_uri() + "?aula")
    page.wait_for_selector(".tpd-controle")
    yield page
    assert page.failures == []
    context.set_offline(False)
    page.close()


def test_what_to_say_of_each_section_fits_in_the_second_window(context, projected):
    notes = open_notes(context, projected)
    notes.set_viewport_size(PROJECTOR)
    projected.keyboard.press("PageDown")  # o relógio anda
    below = "() => document.querySelector('.note').getBoundingClientRect().bottom - innerHeight"
    seen = {}
    for _ in titles():
        seen[notes.inner_text("h1")] = notes.evaluate(below)
        projected.keyboard.press("Shift+PageDown")
    assert list(seen) == [title.replace("`", "") for title in titles()]
    assert {title: over for title, over in seen.items() if over > 0} == {}
    notes.close()


def test_page_is_walked_screen_by_screen_with_the_notes_beside_it(context, projected, pictures):
    notes = open_notes(context, projected)
    assert notes.url == "about:blank"
    passed, wrong, drawings = walk(projected, notes, "PageDown")
    assert not wrong, "\n".join(wrong)
    assert passed == titles()
    assert drawings == 2
    back, wrong, _ = walk(projected, notes, "ArrowLeft")
    assert not wrong, "\n".join(wrong)
    assert back == passed[::-1]
    projected.keyboard.press("Shift+PageDown")
    assert projected.inner_text(".tpd-controle p").endswith(titles()[1])
    assert "quantos scores têm quatro tokens?" in notes.inner_text(".note")
    assert notes.failures == []
    notes.screenshot(path=pictures / "aula-notas.png")
    notes.close()


def test_keys_call_what_is_folded_and_put_it_away(projected):
    page = projected
    for _ in range(2):
        page.keyboard.press("Shift+PageDown")
    while page.locator(".exercicio:visible").count() == 0:
        page.keyboard.press("PageDown")
    card = page.locator(".exercicio:visible")
    assert "Pronto quando" not in card.inner_text()
    page.keyboard.press("e")
    assert "Pronto quando" in card.inner_text()
    assert problems(page.evaluate(SEEN) | {"code": 0, "solution": 0}) == []
    assert card.locator("details[open]").count() == 0, "as dicas esperam"
    page.keyboard.press("d")
    assert "Pronto quando" not in card.inner_text()
    page.keyboard.press("Shift+PageUp")
    page.keyboard.press("c")
    assert page.locator("pre.codigo:visible").count()
    assert problems(page.evaluate(SEEN) | {"code": 0}) == []
    page.keyboard.press("c")
    assert page.locator("pre.codigo:visible").count() == 0


def test_running_opens_the_result_that_waits(projected):
    page = projected
    for _ in range(9):
        page.keyboard.press("Shift+PageDown")
    verdict = page.locator(".resultado[data-palpite='04.dobro']")
    assert verdict.is_hidden()
    assert "o quadrado do comprimento" not in page.inner_text(".tpd-palco"), "a resposta antes"
    page.keyboard.press("r")
    assert "resultado é 4" in verdict.inner_text()
    assert page.locator(".resultado:visible").count() == 1
    assert problems(page.evaluate(SEEN)) == []


def test_blank_screen_larger_letter_and_leaving(projected):
    page = projected
    page.keyboard.press(".")
    assert page.locator(".tpd-apagada").is_visible()
    page.keyboard.press("PageDown")
    assert page.locator(".tpd-apagada").count() == 0
    assert page.inner_text(".tpd-controle p").startswith("1/"), "a primeira tecla só acende"
    text = page.locator(".tpd-palco > p:visible").first

    def size():
        return text.evaluate("(one) => parseFloat(getComputedStyle(one).fontSize)")

    before = size()
    assert before >= 24
    page.keyboard.press("+")
    assert size() > 1.05 * before
    assert problems(page.evaluate(SEEN)) == []
    page.keyboard.press("Escape")
    assert page.locator(".tpd-controle, .tpd-abre, .tpd-fora, .tpd-dobra").count() == 0
    assert page.locator("main > pre.codigo").first.is_visible()
    page.locator("#projetar").press("Enter")
    assert page.locator(".tpd-controle").is_visible()


def test_minutes_left_come_from_the_notes(context, projected):
    notes = open_notes(context, projected)
    assert "começa quando você avança" in notes.inner_text(".hour")
    later = "(minutes) => { const now = Date.now; Date.now = () => now() + 60000 * minutes; }"
    projected.keyboard.press("PageDown")
    projected.evaluate(later, 3)
    notes.get_by_text(f"restam {PLAN.rows[0].minutes - 4} min").wait_for()
    first = sum(row.minutes for row in PLAN.rows[: PLAN.pauses[0] + 1])
    assert f"Até a pausa: {first - 4} min, no plano" in notes.inner_text(".times")
    projected.evaluate(later, 6)
    notes.get_by_text("Esta parte passou 5 min").wait_for()
    assert "5 min de atraso" in notes.inner_text(".times")
    notes.keyboard.press("t")
    assert "relógio parado" in notes.inner_text(".hour")
    notes.keyboard.press("PageDown")
    assert projected.inner_text(".tpd-controle p").startswith("3/"), "a segunda janela também passa"
    notes.close()


@pytest.mark.parametrize("theme", ["claro", "escuro"])
def test_projected_text_is_readable_in_both_themes(context, projected, theme):
    page = projected
    page.evaluate("(theme) => { document.documentElement.dataset.tema = theme; }", theme)
    page.emulate_media(color_scheme="dark" if theme == "escuro" else "light")
    notes = open_notes(context, page)
    notes.emulate_media(color_scheme="dark" if theme == "escuro" else "light")
    found = notes.locator("body").evaluate(CONTRASTS)
    for _ in range(4):
        page.keyboard.press("Shift+PageDown")
        found += page.locator(".tpd-palco").evaluate(CONTRASTS)
        found += page.locator(".tpd-controle").evaluate(CONTRASTS)
    notes.close()
    assert len(found) > 50
    assert [one for one in found if one["ratio"] < READABLE] == []


@pytest.fixture(scope="module")
def alive(context, chromium, tmp_path_factory):
    """A lição 04 no JupyterLab que `abrir --aula 04` abre, numa cópia de quem estuda."""
    root = tmp_path_factory.mktemp("aula") / "Área de trabalho" / "curso"
    (root / "notebooks").mkdir(parents=True)
    shutil.copy(ROOT / "notebooks" / f"{LESSON}.ipynb", root / "notebooks")
    update.update(root, root / "meu_curso")
    scratch = root.parent / "ambiente"
    scratch.mkdir()
    page = context.new_page()
    page.set_viewport_size(PROJECTOR)
    page.failures = []
    page.on("pageerror", lambda error: page.failures.append(str(error)))
    with contextlib.closing(lab.Server(root / "meu_curso", scratch, LESSON)) as server:
        yield lab.Notebook(page, server, f"{LESSON}.ipynb")
        assert page.failures == []
        page.close()


# Quantas células já mostraram alguma coisa.
OUTPUTS = """window.jupyterapp.shell.currentWidget.content.widgets
  .filter((cell) => cell.model.outputs && cell.model.outputs.length).length"""


def run(page):
    page.keyboard.press("r")
    page.wait_for_function(
        "() => !document.querySelector('.tpd-controle p').textContent.includes('rodando')",
        timeout=1000 * lab.PATIENCE,
    )


def test_live_lesson_runs_and_fits_screen_by_screen(context, alive, pictures):
    page = alive.page
    page.wait_for_selector(".tpd-controle")
    count = alive.count()
    notes = open_notes(context, page)
    for key in "axdmyz":  # em modo de comando, o JupyterLab criaria e apagaria células
        page.keyboard.press(key)
    page.keyboard.press("Shift+PageDown")
    run(page)
    asked = page.locator(".tpd-palco .tpd-card:visible")
    asked.wait_for()
    assert "Quantos scores" in asked.inner_text()
    assert 0 < page.evaluate(OUTPUTS) < 5, "roda a célula da seção e o que ela precisa, e mais nada"
    assert "Um score é isso" not in page.inner_text(".tpd-palco"), "a resposta antes da pergunta"
    run(page)
    assert "Um score é isso" in page.inner_text(".tpd-palco")
    for _ in titles():
        page.keyboard.press("Shift+PageDown")
    while page.locator("[data-acao=rodar]").is_hidden():
        page.keyboard.press("PageDown")
    run(page)  # o quiz precisa de tudo o que vem antes
    page.wait_for_function(f"() => ({OUTPUTS}) > 40")
    while not page.inner_text(".tpd-controle p").startswith("3/3"):
        page.keyboard.press("PageDown")
    passed, wrong, drawings = walk(page, notes, "PageUp")
    assert not wrong, "\n".join(wrong)
    assert passed == titles()[::-1]
    assert drawings == 2
    assert alive.count() == count
    page.keyboard.press("Escape")
    assert page.locator(".tpd-controle, .tpd-abre").count() == 0
    page.locator(".tpd-volta").press("Enter")
    assert page.locator(".tpd-controle").is_visible()
    notes.close()
