"""Os cartões em uma página de verdade: mouse, teclado, explicações e limpeza."""

import alone
import pytest

from helpers.explorables import cards, four_steps, head_slices, inspector, merges, people_line

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("progress_file")]


@pytest.fixture
def mount(context):
    """Monta o cartão em uma página vazia de 640 px, sem JupyterLab."""
    page = context.new_page()
    page.set_viewport_size({"width": 640, "height": 900})
    failures = []
    page.on("pageerror", lambda error: failures.append(str(error)))

    def _mount(widget):
        alone.mount(page, widget)
        return page

    yield _mount
    width = page.evaluate("[root.scrollWidth, root.clientWidth]")
    assert width[0] == width[1], "o cartão não cabe na largura"
    assert page.evaluate("leaks") == [], "uma tecla escapou do cartão"
    assert page.evaluate("stop()") == 0, "sobrou ouvinte depois da limpeza"
    assert failures == []
    page.close()


def test_choice_is_noted_with_the_keyboard_and_can_be_skipped(mount):
    page = mount(cards.predict("01.espaco"))
    status = page.locator("[role=status]")
    page.click("text=Anotar palpite")
    assert status.inner_text() == "Escolha uma opção antes de anotar, ou pule."
    page.focus("input")
    for key in ("Space", "ArrowDown", "b", "d", "d"):
        page.keyboard.press(key)
    page.click("text=Anotar palpite")
    assert page.evaluate("model.get('guess')") == 1
    page.evaluate("model.set('said', 'Anotado: <code>pão</code>')")
    assert status.inner_html() == "Anotado: <code>pão</code>"
    page.click("text=pular")
    assert page.evaluate("[model.get('guess'), model.get('skipped')]") == [None, True]
    assert page.locator("input:checked").count() == 0


def test_number_is_noted_with_enter_and_refused_out_of_range(mount):
    page = mount(cards.predict("01.bytes_joao"))
    for refused in ("", "99", "2.5"):
        page.fill("input", refused)
        page.keyboard.press("Enter")
        expected = "Escreva um número inteiro, de 1 a 16, ou pule."
        assert page.locator("[role=status]").inner_text() == expected
        assert page.evaluate("model.get('guess')") is None
    page.fill("input", "5")
    page.keyboard.press("Enter")
    assert page.evaluate("model.get('guess')") == 5


def test_card_is_closed_when_the_result_was_shown(mount):
    page = mount(cards.predict("01.bytes_joao"))
    page.fill("input", "5")
    page.evaluate("model.set('closed', true)")
    assert page.locator("text=Anotar palpite").is_hidden()
    assert page.locator("text=pular").is_hidden()
    assert page.locator("input").is_disabled()
    page = mount(cards.predict("01.espaco"))
    page.evaluate("model.set('closed', true)")
    assert page.locator("input:not(:disabled)").count() == 0


def test_redone_quiz_says_both_scores(mount):
    widget = cards.quiz("01")
    page = mount(widget)
    total = len(widget.items)
    picks = [[option["right"] for option in q["options"]].index(True) for q in widget.questions]

    def answer(picks):
        for at, index in enumerate(picks):
            page.locator(".tpd-card-panel:visible").locator("button").nth(index).click()
            if at < total - 1:
                page.click("text=próxima")

    answer([(index + 1) % 3 for index in picks])
    page.click("text=recomeçar")
    answer(picks)
    said = f"Fim: desta vez, {total} de {total}; da primeira vez, 0 de {total}."
    assert page.locator(".tpd-card-said").inner_text() == said


def test_quiz_explains_every_option_and_starts_again(mount):
    widget = cards.quiz("01")
    page = mount(widget)
    panel = page.locator(".tpd-card-panel:visible")
    for at, question in enumerate(widget.questions):
        assert f"Pergunta {at + 1} de {len(widget.items)}" in panel.inner_text()
        for index, option in enumerate(question["options"]):
            button = panel.locator("button").nth(index)
            button.focus()
            page.keyboard.press("Enter")
            said = panel.locator("[role=status]").inner_text()
            assert said == option["said"].replace("`", "")
            assert button.get_attribute("aria-pressed") == "true"
            assert ("✓" in button.inner_text()) == option["right"]
        if at < len(widget.items) - 1:
            page.click("text=próxima")
    right = sum(question["options"][0]["right"] for question in widget.questions)
    score = page.locator(".tpd-card-said")
    assert score.inner_text() == f"Fim: você acertou {right} de {len(widget.items)} de primeira."
    page.click("text=recomeçar")
    assert score.inner_text() == f"Respondidas: 0 de {len(widget.items)}."
    assert "Pergunta 1 de" in panel.inner_text()


def test_button_that_turns_on_and_off_keeps_the_focus(mount):
    page = mount(head_slices.heads_in_slices())
    page.focus("text=pular")
    page.keyboard.press("Enter")
    page.focus("text=calar a cabeça 2")
    for said in ("ouvir a cabeça 2", "calar a cabeça 2", "ouvir a cabeça 2"):
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.textContent") == said
    assert "a cabeça 2 está calada" in page.inner_text(".tpd-sentence")


def test_place_is_kept_only_when_the_control_rests(mount):
    page = mount(merges.merge_by_merge())
    page.click("text=pular")
    page.focus("input[type=range]")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    assert page.evaluate("[model.get('key'), model.get('kept')]") == ["0,3", ""]
    page.wait_for_function("() => model.get('kept') === '0,3'")


def shown(page):
    return page.inner_text(".tpd-sentence"), page.evaluate("model.get('key')")


def opened(mount, widget):
    page = mount(widget)
    page.evaluate("model.set('guess', 'pular')")
    return page, shown(page)


def test_pointer_on_the_picture_previews_and_click_goes(mount):
    widget = people_line.the_line()
    page, (said, key) = opened(mount, widget)
    zone = page.locator("[data-go='1=5']")
    zone.hover()
    preview = widget.frames[f"0,5,{key[-1]}"]["sentence"]
    assert shown(page) == (preview, key)
    assert page.locator(".tpd-preview").count() == 1
    page.locator(".tpd-title").hover()
    assert shown(page) == (said, key)
    zone.click()
    page.locator(".tpd-title").hover()
    assert shown(page) == (preview, f"0,5,{key[-1]}")
    assert page.locator("[data-go][aria-pressed=true]").get_attribute("data-go") == "1=5"
    assert page.locator("input[type=range]").input_value() == "5", "o controle acompanha"


def test_picture_is_used_with_the_keyboard_alone(mount):
    widget = people_line.the_line()
    page, (said, key) = opened(mount, widget)
    page.locator("[data-go][tabindex='0']").focus()
    assert page.locator("[data-go][tabindex='0']").count() == 1, "uma parada de Tab"
    place = int(key.split(",")[1])
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.dataset.go") == f"1={place + 1}"
    previewed, still = shown(page)
    assert (previewed == said, still) == (False, key)
    page.keyboard.press("Enter")
    assert shown(page) == (previewed, f"0,{place + 1},{key[-1]}")
    page.keyboard.press("ArrowLeft")
    assert shown(page)[0] == said
    page.locator(".tpd-numbers summary, .tpd-foot button").first.focus()
    assert shown(page)[0] == previewed, "sair do desenho desfaz a prévia"
    label = page.locator(f"[data-go='1={place}']").get_attribute("aria-label")
    assert label == f"{widget.axes[1]['label']} {widget.axes[1]['labels'][place]}"


def test_asker_and_source_change_places_in_the_inspector(mount):
    page, (_, key) = opened(mount, inspector.qkv_inspector())
    asker, source = key.split(",")
    turned = page.locator("[data-go]").first
    go = dict(pair.split("=") for pair in turned.get_attribute("data-go").split(","))
    turned.click()
    fresh = page.evaluate("model.get('key')")
    assert fresh == f"{go['0']},{go['1']}" != key
    page.locator("[data-go]").first.click()
    assert page.evaluate("model.get('key')") == f"{asker},{source}", "duas vezes voltam ao começo"


def test_cover_of_the_question_leads_nowhere(mount):
    page = mount(four_steps.four_steps())
    key = page.evaluate("model.get('key')")
    page.locator("[data-go]").last.click()
    assert page.evaluate("model.get('key')") == key
    assert page.locator(".tpd-question").is_visible()


def test_arrow_shows_the_state_even_with_the_pointer_at_rest_on_the_picture(mount):
    widget = people_line.the_line()
    page, (_, key) = opened(mount, widget)
    page.locator("[data-go='1=5']").hover()
    page.locator("input[type=range]").focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_function("(before) => model.get('key') !== before", arg=key)
    page.wait_for_timeout(300)  # o navegador avisa do que passou a estar sob o ponteiro
    said, moved = shown(page)
    assert said == widget.frames[moved]["sentence"]
