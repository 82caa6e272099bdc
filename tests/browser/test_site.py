"""O curso como página, aberto do disco num celular: sem servidor, sem kernel, sem rede."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PHONE = {"width": 360, "height": 740}
PAPER = {"width": 688, "height": 1000}  # A4 menos as margens, em px de CSS
STEMS = {"00": "00_comece_aqui", "01": "01_tokenizacao_bpe", "03": "03_query_key_value"}
STEMS |= {"04": "04_scores_e_softmax", "06": "06_fluxo_residual", "08": "08_amostragem"}
WIDE = """() => [document.documentElement.scrollWidth, innerWidth]"""


@pytest.fixture(scope="module")
def phone(context, course_site, outside):
    """Abre uma página do site na tela de um celular com toque e sem rede."""
    page = context.new_page()
    page.set_viewport_size(PHONE)
    touch = context.new_cdp_session(page)
    touch.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
    context.set_offline(True)
    page.failures, page.asked = [], []
    page.on("pageerror", lambda error: page.failures.append(str(error)))
    page.on("request", lambda request: page.asked.append(request.url))

    def tap(place):
        place.scroll_into_view_if_needed()
        box = place.bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        finger = {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]}
        touch.send("Input.dispatchTouchEvent", finger)
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    def open_it(stem, forget=True):
        if forget and page.url.startswith("file:"):
            page.evaluate("() => localStorage.clear()")  # todas as páginas guardam no mesmo lugar
        page.goto((course_site / f"{stem}.html").as_uri())
        page.wait_for_selector("html.pronta")
        return page

    open_it.page, open_it.tap = page, tap
    yield open_it
    assert page.failures == []
    assert [url for url in page.asked if not url.startswith(("file:", "data:", "blob:"))] == []
    assert outside == []
    context.set_offline(False)
    page.close()


def explorable(page, name):
    """Um explorável da página, já sem a pergunta de abertura."""
    place = page.locator(f".vivo[data-nome^='{name}']")
    skip = place.locator(".tpd-question .tpd-quiet")
    if skip.count():
        skip.click()
    return place


def test_every_page_fits_the_phone_and_fails_nowhere(phone, course_site):
    for path in sorted({*course_site.glob("*.html"), *course_site.glob("anexos/*.html")}):
        stem = path.relative_to(course_site).with_suffix("").as_posix()
        page = phone(stem, forget=False)
        scroll, inner = page.evaluate(WIDE)
        assert scroll <= inner, stem
        assert page.locator(".vivo").count() == page.locator(".vivo.tpd-ex").count(), stem


@pytest.mark.parametrize(
    ("lesson", "name"),
    [("00", "Mesa"), ("01", "Fusão a fusão"), ("03", "Inspetor"), ("08", "Mesa de sorteio")],
)
def test_explorable_of_each_kind_moves_with_the_keyboard(phone, lesson, name):
    page = phone(STEMS[lesson])
    place = explorable(page, name)
    said = place.locator(".tpd-sentence").first
    before = said.inner_text()
    place.locator("input[type=range]").first.focus()
    page.keyboard.press("ArrowRight")
    assert said.inner_text() != before


@pytest.mark.parametrize(("lesson", "name"), [("01", "Fusão a fusão"), ("03", "A fila")])
def test_explorable_moves_with_a_finger_and_remembers(phone, lesson, name):
    page = phone(STEMS[lesson])
    place = page.locator(".vivo:has(.tpd-board)").first
    phone.tap(place.locator(".tpd-question .tpd-quiet"))
    said = place.locator(".tpd-sentence").first
    before = said.inner_text()
    # Numa tela estreita só se vê a opção escolhida; um toque nela mostra as outras.
    for chosen in place.locator(".tpd-option:has(input:checked)").all()[:1]:
        phone.tap(chosen)
    choice = place.locator(".tpd-option:not(:has(input:checked)), .tpd-choices button").first
    phone.tap(choice)
    page.wait_for_function(
        "([one, old]) => one.innerText !== old", arg=[said.element_handle(), before]
    )
    after = said.inner_text()
    page = phone(STEMS[lesson], forget=False)
    assert page.locator(".vivo .tpd-sentence").first.inner_text() == after


def test_result_waits_for_the_guess_and_both_are_remembered(phone):
    page = phone(STEMS["01"])
    result = page.locator(".resultado[data-palpite='01.bytes_joao']")
    assert result.is_hidden()
    card = page.locator(".vivo", has_text="Quantos bytes ele gasta").first
    card.locator("input").fill("4")
    phone.tap(card.get_by_text("Anotar palpite"))
    assert "Palpite anotado: 4" in card.inner_text()
    phone.tap(page.locator(".depois[data-palpite='01.bytes_joao'] > button"))
    for turn in range(2):
        assert result.inner_text().startswith("Você previu 4; o resultado é 5.")
        assert card.locator("input").is_disabled()
        page = phone(STEMS["01"], forget=False) if turn == 0 else page
    assert page.locator(".resultado[data-palpite='01.aaa']").is_hidden(), "os outros esperam"


def test_quiz_explains_and_remembers(phone):
    page = phone(STEMS["01"])
    quiz = page.locator(".vivo[data-nome^='Quiz']")
    phone.tap(quiz.locator(".tpd-card-options button:visible").first)
    said = quiz.locator(".tpd-card-explanation:visible").inner_text()
    assert re.match(r"Certo\.|Ainda não\.", said)
    page = phone(STEMS["01"], forget=False)
    quiz = page.locator(".vivo[data-nome^='Quiz']")
    assert quiz.locator(".tpd-card-explanation:visible").inner_text() == said


def test_weights_come_only_when_the_model_is_asked(phone):
    page = phone(STEMS["08"])
    page.asked.clear()
    place = explorable(page, "Geração")
    assert not [url for url in page.asked if url.endswith("proprio.js")]
    place.locator("input[type=text]").fill("A Maria viu o")
    place.get_by_text("começar daqui").click()
    said = place.locator(".tpd-sentence").first
    page.wait_for_function(
        "(one) => one.innerText.includes('Nada escrito')", arg=said.element_handle()
    )
    place.get_by_text("próximo").click()
    page.wait_for_function("(one) => one.innerText.includes('1 token:')", arg=said.element_handle())
    assert len([url for url in page.asked if url.endswith("proprio.js")]) == 1
    assert page.locator(".proprio").count() == 0, "o modelo serve a todos os quadros"
    told = said.inner_text()
    page = phone(STEMS["08"], forget=False)
    said = page.locator(".vivo[data-nome^='Geração'] .tpd-sentence").first
    expect(said).to_have_text(told, use_inner_text=True)  # volta depois do modelo


def test_model_that_does_not_come_is_told_and_asked_again(phone):
    page = phone.page
    # Do disco, só o que se pede antes vale.
    page.route("**/proprio.js", lambda route: route.abort())
    place = explorable(phone(STEMS["08"]), "Geração")
    said = place.locator(".tpd-sentence").first
    place.get_by_text("próximo").click()
    place.get_by_text("Não consegui ler o modelo (proprio.js)").wait_for()
    assert "5 tokens:" in said.inner_text()
    page.unroute("**/proprio.js")
    place.get_by_text("escrever 20").click()
    page.wait_for_function(
        "(one) => one.innerText.includes('25 tokens')", arg=said.element_handle()
    )
    assert place.locator(".tpd-message").inner_text() == ""


def test_slow_model_is_awaited_and_answers_when_it_comes(phone):
    page, held = phone.page, []
    # Do disco, só o que se pede antes vale.
    page.route("**/proprio.js", lambda route: held.append(route))
    place = explorable(phone(STEMS["08"]), "Geração")
    page.evaluate("""() => {
      const wait = window.setTimeout;  // um minuto passa num instante, na mesma ordem
      window.setTimeout = (act, time, ...more) => wait(act, time / 1000, ...more);
    }""")
    place.get_by_text("próximo").click()
    page.evaluate("() => new Promise((done) => setTimeout(done, 60_000))")
    place.get_by_text("O modelo ainda está vindo para a página").wait_for()
    assert "kernel" not in place.locator(".tpd-status").first.inner_text()
    held[0].continue_()
    place.locator(".tpd-sentence", has_text="6 tokens:").wait_for()
    page.unroute("**/proprio.js")


def test_own_text_is_read_in_the_page_by_a_model_that_comes_when_asked(phone):
    page = phone(STEMS["06"])
    place = explorable(page, "Lente")
    page.asked.clear()
    before = place.locator(".tpd-sentence").first.inner_text()
    phone.tap(page.locator(".vivo[data-nome^='Lente'] + .proprio"))
    field = place.get_by_label("Seu texto")
    field.fill("A Ana viu o gato e o xkcd")
    field.press("Enter")
    place.get_by_text("não conhece “xkcd”").wait_for()
    assert place.locator(".tpd-sentence").first.inner_text() != before
    assert len([url for url in page.asked if url.endswith("proprio.js")]) == 1
    assert page.locator(".proprio").count() == 0
    scroll, inner = page.evaluate(WIDE)
    assert scroll <= inner
    # Na outra visita o texto volta com o modelo.
    said = place.locator(".tpd-sentence").first.inner_text()
    page.wait_for_function("() => JSON.stringify(localStorage).includes('o xkcd')")
    page = phone(STEMS["06"], forget=False)
    phone.tap(page.locator(".vivo[data-nome^='Lente'] + .proprio"))
    place.get_by_text("não conhece “xkcd”").wait_for()
    assert place.get_by_label("Seu texto").input_value() == "A Ana viu o gato e o xkcd"
    assert place.locator(".tpd-sentence").first.inner_text() == said


def test_search_theme_and_glossary_work_without_network(phone):
    page = phone("index")
    page.click("#abrir-busca")
    page.fill("#procurado", "mascara atencao")
    link = page.locator("#achados a").first
    expect(page.locator("#achados")).to_contain_text("Scores e softmax")  # o índice chega depois
    link.click()
    page.wait_for_selector("html.pronta")
    assert page.locator(f"[id='{page.url.partition('#')[2]}']").is_visible()
    ground = "getComputedStyle(document.body).backgroundColor"
    before = page.evaluate(ground)
    page.click("#tema")
    assert page.evaluate(ground) != before
    page.reload()
    page.wait_for_selector("html.pronta")
    assert page.evaluate(ground) != before, "o tema fica lembrado"
    page.locator("a.termo").first.click()
    assert len(page.inner_text("#verbete-texto")) > 20


@pytest.mark.parametrize("lesson", ["01", "04", "06"])
def test_paper_cuts_no_code_and_has_no_controls(phone, lesson):
    page = phone(STEMS[lesson])
    page.set_viewport_size(PAPER)
    page.emulate_media(media="print")
    wide = "(all) => all.filter((one) => one.scrollWidth > one.clientWidth + 1).length"
    assert page.locator("pre").evaluate_all(wide) == 0
    assert page.locator(".resultado").first.is_visible()
    assert page.locator("button:visible:not(.tpd-card-options button)").count() == 0
    assert page.pdf(format="A4").startswith(b"%PDF")
    page = phone(f"folhas/{STEMS[lesson]}", forget=False)
    page.emulate_media(media="print")  # fazer o PDF volta à tela
    assert page.locator("pre").evaluate_all(wide) == 0
    tall = page.locator(".resposta").evaluate_all("(all) => all.map((one) => one.clientHeight)")
    assert len(tall) == page.locator(".exercicio").count()
    assert min(tall) > 150, "não há onde escrever"
    page.emulate_media(media="screen")
    page.set_viewport_size(PHONE)
