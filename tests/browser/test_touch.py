"""Um explorável de cada espécie, num celular: só o dedo, sem mouse nem teclado."""

import alone
import pytest
from explorable_sweep import factories
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

PHONE = {"width": 344, "height": 740}
ONE_OF_EACH = {factory.__annotations__["return"]: factory for factory in factories()}
# A primeira área de um retângulo só que leva a outro estado: o meio dela é ela mesma.
ZONE = """() => [...document.querySelectorAll(".tpd-stage [data-go]")].findIndex((one) => (
  one.ariaPressed === "false" && one.getAttribute("d").lastIndexOf("M") === 0))"""
# Anota as esperas curtas que o explorável põe: o que elas farão ainda vai mudar o quadro.
WATCH = """() => {
  const due = new Set(), wait = window.setTimeout, give = window.clearTimeout;
  window.setTimeout = (act, ms = 0, ...rest) => {
    const id = wait(() => { due.delete(id); act(...rest); }, ms);
    if (ms <= 300) due.add(id);
    return id;
  };
  window.clearTimeout = (id) => { due.delete(id); give(id); };
  window.frame = () => new Promise((done) => requestAnimationFrame(() => wait(done)));
  window.due = due;
}"""
# O quadro parou: em quatro quadros seguidos da tela nada se espera, nada muda e nada sai do lugar.
# Com a máquina cheia os quadros demoram, como tudo o que neles se mede e se pinta.
SETTLED = """async () => {
  const board = document.querySelector(".tpd-board");
  for (let still = 0, last = null; still < 3;) {
    await window.frame();
    const { x, y, width, height } = board.getBoundingClientRect();
    const now = [x, y, width, height, board.innerHTML].join();
    still = now === last && !window.due.size ? still + 1 : 0;
    last = now;
  }
}"""


@pytest.fixture(scope="module")
def finger(context):
    """Uma página com toque, e o gesto de apertar um lugar dela."""
    page = context.new_page()
    page.set_viewport_size(PHONE)
    page.set_content("<p>sem kernel</p>")
    alone.give_model(page)
    page.evaluate(WATCH)
    failures = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    touch = context.new_cdp_session(page)
    touch.send("Emulation.setTouchEmulationEnabled", {"enabled": True})

    def tap(place, across=0.5):
        page.evaluate(SETTLED)
        place.scroll_into_view_if_needed()
        page.evaluate("async () => { await frame(); await frame(); }")  # o que rolou já se pintou
        box = place.bounding_box()
        x, y = box["x"] + box["width"] * across, box["y"] + box["height"] / 2
        point = {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]}
        touch.send("Input.dispatchTouchEvent", point)
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    yield page, tap
    page.close()
    assert failures == []


@pytest.mark.parametrize("factory", ONE_OF_EACH.values(), ids=lambda f: f.__name__)
def test_a_finger_is_enough(finger, factory):
    page, tap = finger
    widget = factory()
    alone.mount(page, widget)
    said = page.locator(".tpd-sentence").first

    def changes(place, across=0.5):
        before = page.locator(".tpd-board").inner_html()
        tap(place, across)
        page.wait_for_function(
            "(old) => document.querySelector('.tpd-board').innerHTML !== old",
            arg=before,
            timeout=20_000,
        )

    if widget.question.get("text"):
        tap(page.locator(".tpd-question .tpd-quiet"))
    assert said.is_visible()
    for control in page.locator(".tpd-bar input[type=range]:enabled:visible").all()[:2]:
        at = control.evaluate("(one) => one.value / one.max")
        changes(control, 0.1 if at > 0.5 else 0.9)
    for option in page.locator(".tpd-option:has(input:enabled:not(:checked)):visible").all()[:1]:
        changes(option)
    if page.locator(".tpd-choices button:enabled:visible").count():
        changes(page.locator(".tpd-choices button:enabled:visible").first)
    if widget.own.get("scene"):
        field = page.get_by_label("Seu texto")
        tap(field)
        assert field.evaluate("(one) => one === document.activeElement")
        before = page.locator(".tpd-board").inner_html()
        field.fill("A Ana leu")
        tap(page.get_by_role("button", name="Ver", exact=True))
        page.wait_for_function(
            "(old) => document.querySelector('.tpd-board').innerHTML !== old", arg=before
        )
    at = page.evaluate(ZONE)
    assert at >= 0, "nenhuma área leva a outro estado"
    changes(page.locator(".tpd-stage [data-go]").nth(at))
    assert page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.parametrize("name", ["four_steps", "merge_by_merge", "shuffler", "switch_off_heads"])
def test_open_options_do_not_swallow_the_touch_that_closes_them(finger, name):
    page, tap = finger
    alone.mount(page, next(factory for factory in factories() if factory.__name__ == name)())
    tap(page.locator(".tpd-question .tpd-quiet"))
    options = page.locator(".tpd-options").first.locator(".tpd-option:visible")
    expect(options.nth(2)).to_be_visible()  # quem pulou está na primeira lista, e ela se abre
    said = page.locator(".tpd-sentence").inner_text()
    tap(page.locator(".tpd-stage [data-go]").nth(page.evaluate(ZONE)))
    page.wait_for_function(
        "(old) => document.querySelector('.tpd-sentence').innerText !== old", arg=said
    )
    expect(options).to_have_count(1)
