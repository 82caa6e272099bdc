"""Controles, desenho e frase juntos na tela, com letra que se lê: todos os exploráveis."""

import re
from collections import Counter

import alone
import pytest
from explorable_sweep import factories
from test_journey import CONTRASTS, READABLE

from helpers.explorables.kit.frames import SKIP, Axis

pytestmark = pytest.mark.browser

#: O que sobra para o explorável dentro de um JupyterLab: largura da saída da célula, altura da
#: área que rola e aumento da tela. Medido com as barras do navegador e do JupyterLab no lugar, e,
#: nos três primeiros, com o painel de arquivos aberto.
ROOMS = {
    "1366x768": (934, 526, 1),
    "1280x720": (848, 478, 1),
    "820": (388, 526, 1),
    "200%": (579, 211, 2),
    "360, toque": (256, 448, 2),
}
LETTER = 11  # px CSS
MOST_STATES = 50  # desenhos de cada explorável em que se procuram textos cobertos
STAGE = 75  # altura de desenho à vista, no mínimo, em px
LINES = 3  # linhas da frase à vista, no mínimo

MEASURE = """() => {
  const one = (name) => document.querySelector(name);
  const [board, tools, stage] = ["board", "tools", "stage"].map((name) => one(`.tpd-${name}`));
  const said = [...document.querySelectorAll(".tpd-sentence")];
  board.scrollIntoView({ block: "start" });
  const box = (node) => {
    const { top, bottom, height, left, right } = node.getBoundingClientRect();
    return { top, bottom, height, left, right, hidden: node.scrollHeight - node.clientHeight };
  };
  const size = (node) => parseFloat(getComputedStyle(node).fontSize);
  const svg = stage.querySelector("svg");
  const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
  const says = (node) => [...node.childNodes].some((c) => c.nodeType === 3 && c.data.trim());
  const written = [...document.querySelectorAll(".tpd-ex *")]
    .filter((node) => !node.closest("svg") && node.checkVisibility() && says(node));
  const controls = [...tools.querySelectorAll("input, button")].filter((n) => n.checkVisibility());
  return {
    boxes: {
      controles: box(tools), desenho: box(stage), frase: box(said[0]), fim: box(said.at(-1)),
    },
    line: parseFloat(getComputedStyle(said[0]).lineHeight),
    letter: scale * Math.min(...[...svg.querySelectorAll("text")].map(size)),
    page: Math.min(...written.map(size)),
    wide: document.documentElement.scrollWidth - innerWidth,
    room: innerHeight,
    controls: controls.length,
    cut: [...tools.querySelectorAll("*")].filter((n) => n.checkVisibility()
      && box(n).right > box(tools).right + 1).length,
    targets: Math.min(99, ...controls.map((n) => box(n.closest("label") || n).height)),
    scrolls: [stage, ...said].every((n) => n.scrollHeight <= n.clientHeight || n.tabIndex === 0),
  };
}"""


@pytest.fixture(scope="module")
def explorables():
    """Os exploráveis achados, cada um no quadro de frase mais comprida e já sem a pergunta."""
    found = {}
    for factory in factories():
        widget = factory()
        if hasattr(widget, "frames"):
            widget.key = max(widget.frames, key=lambda k: len(widget.frames[k]["sentence"]))
        if hasattr(widget, "guess"):
            widget.guess = SKIP
        found[factory.__name__] = widget
    assert len(found) > 20
    return found


@pytest.fixture(scope="module")
def page(context):
    """Uma página que conta as suas falhas, com o modelo dentro: as caixas de texto aparecem."""
    page = context.new_page()
    page.failures = []
    page.set_content("<p>sem kernel</p>")
    alone.give_model(page)
    page.on("pageerror", lambda error: page.failures.append(str(error)))
    yield page
    page.close()


def wait_until_it_fits(page):
    """Espera o quadro medir o lugar que tem; conta o tempo, e não os quadros da tela."""
    fitted = "() => document.querySelector('.tpd-ex').style.cssText"
    page.wait_for_function(fitted, polling=20)


def problems(seen, room):
    """O que não cabe, em palavras.

    Parâmetros:
        seen: o que `MEASURE` devolveu.
        room: um dos nomes de `ROOMS`.
    """
    found = []
    for name, box in seen["boxes"].items():
        if box["top"] < -1 or box["bottom"] > seen["room"] + 1:
            found.append(f"{name} sai da tela: de {box['top']:.0f} a {box['bottom']:.0f}")
    short = room == "200%"  # aí os controles e a frase podem rolar, cada um no seu lugar
    tools, stage, said, end = seen["boxes"].values()
    lines = (end["bottom"] - said["top"]) / seen["line"]
    hidden = max(said["hidden"], end["hidden"])
    if hidden > 1 and (not short or lines < LINES):
        found.append(f"a frase se corta: faltam {hidden} px")
    if tools["hidden"] > 1 and not short:
        found.append(f"controles escondidos: {tools['hidden']} px")
    if seen["cut"]:
        found.append(f"controles cortados na borda: {seen['cut']}")
    if stage["height"] < STAGE:
        found.append(f"desenho de {stage['height']:.0f} px")
    if seen["letter"] < LETTER or seen["page"] < LETTER:
        found.append(f"letra de {seen['letter']:.1f} e {seen['page']:.1f} px")
    if seen["wide"] > 0:
        found.append(f"a página rola para o lado: {seen['wide']} px")
    if not seen["controls"]:
        found.append("nenhum controle")
    if seen["targets"] < 24:
        found.append(f"alvo de {seen['targets']:.0f} px")
    if not seen["scrolls"]:
        found.append("o que rola não recebe o foco")
    return found


@pytest.mark.parametrize("room", ROOMS)
def test_controls_picture_and_sentence_are_seen_together(page, explorables, room, pictures):
    width, height, _ = ROOMS[room]
    page.set_viewport_size({"width": width, "height": height})
    wrong, shots = {}, pictures / re.sub(r"[^0-9]", "", room)
    for name, widget in explorables.items():
        alone.mount(page, widget)
        wait_until_it_fits(page)
        found = problems(page.evaluate(MEASURE), room)
        for theme in ("claro", "escuro"):  # o tema muda as cores, e nenhuma medida
            alone.paint(page, theme == "escuro")
            weak = [one for one in page.evaluate(CONTRASTS_OF_ROOT) if one["ratio"] < READABLE]
            found += [f"{theme}: {one['text']} {one['ratio']:.1f}" for one in weak[:3]]
        if found:
            wrong[name] = found
            page.screenshot(path=f"{shots}-{name}.png")
    assert page.failures == []
    assert not wrong, "\n".join(f"{name}: {'; '.join(told)}" for name, told in wrong.items())


CONTRASTS_OF_ROOT = f"() => ({CONTRASTS})(document.querySelector('.tpd-ex'))"


def test_letters_grow_with_the_zoom(page, explorables):
    letters = {}
    for room in ("1366x768", "200%"):
        width, height, zoom = ROOMS[room]
        page.set_viewport_size({"width": width, "height": height})
        for name, widget in explorables.items():
            alone.mount(page, widget)
            wait_until_it_fits(page)
            letters.setdefault(name, []).append(zoom * page.evaluate(MEASURE)["letter"])
    shrunk = {name: pair for name, pair in letters.items() if pair[1] < 1.4 * pair[0]}
    assert not shrunk


# Os textos de um desenho que se cobrem. Fora: os girados, e os de várias casas num elemento só.
OVERLAPS = """(drawings) => drawings.map((source) => {
  document.querySelector('.tpd-stage').innerHTML = source;
  const texts = [...document.querySelectorAll('.tpd-stage text')].filter((one) =>
    one.textContent.trim() && !one.closest('[transform]') && !one.firstElementChild);
  const boxes = texts.map((one) => one.getBoundingClientRect());
  return boxes.flatMap((a, i) => boxes.slice(i + 1).flatMap((b, j) => {
    const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
    const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    const pair = [i, i + 1 + j].map((at) => texts[at].textContent).join(' | ');
    return wide > 3 && high > 5 ? [pair] : [];
  }));
})"""


def test_no_text_of_a_drawing_lies_over_another(page, explorables):
    page.set_viewport_size({"width": 934, "height": 526})
    covered, seen = {}, 0
    for name, widget in explorables.items():
        states = list(widget.states())
        chosen = states[:: max(1, len(states) // MOST_STATES)]
        drawings = list({widget.move(**values).svg for values in chosen})
        alone.mount(page, widget)
        for found in page.evaluate(OVERLAPS, drawings):
            covered.setdefault(name, set()).update(found)
        seen += len(drawings)
    assert seen > 500
    assert not {name: found for name, found in covered.items() if found}


def test_presentation_mode_makes_everything_larger(page, explorables):
    page.set_viewport_size({"width": 1300, "height": 800})
    widget, sizes = explorables["head_gallery"], []
    for size in ("14px", "21px"):
        alone.mount(page, widget)
        page.evaluate("(size) => root.style.setProperty('--jp-content-font-size1', size)", size)
        page.wait_for_timeout(100)
        seen = page.evaluate(MEASURE)
        sizes.append((seen["letter"], seen["page"]))
    assert all(large > 1.15 * small for small, large in zip(*sizes, strict=True))


def test_cover_of_the_opening_question_leaves_no_hole(page, explorables):
    page.set_viewport_size({"width": 934, "height": 526})
    for name, widget in explorables.items():
        if not getattr(widget, "question", {}).get("text"):
            continue
        widget.guess = ""
        alone.mount(page, widget)
        assert page.locator(".tpd-sentence:visible").count() == 0, name
        assert page.locator(".tpd-question").is_visible()
        widget.guess = SKIP


def test_two_values_are_two_buttons(explorables):
    assert Axis("a", "a", (False, True)).kind == "buttons"
    kinds = Counter(
        axis.get("kind")
        for widget in explorables.values()
        for axis in widget.axes
        if len(axis.get("labels", ())) == 2
    )
    assert set(kinds) <= {"buttons", "hidden"}, kinds
