"""O texto próprio nos exploráveis: sem kernel, pelo teclado e pelo toque."""

import unicodedata

import alone
import nbformat
import pytest
import torch
from playwright.sync_api import expect

from helpers.explorables import draw_table, gallery, inspector, lens, live_generation, streams
from helpers.explorables.kit.token_names import token_text
from helpers.hooks import run_with_cache
from helpers.studies.thread import Thread, load_thread

pytestmark = pytest.mark.browser

TEXT = "A Ana viu o xkcd 😀 e leu o livro"
NAME = "texto_proprio"
CELLS = (
    "from helpers.explorables.lens import logit_lens\nlogit_lens()",
    "from helpers.explorables.live_generation import live_generation\nlive_generation()",
)


@pytest.fixture(scope="module")
def thread():
    return load_thread()


@pytest.fixture(scope="module")
def page(context):
    """Uma página sem kernel, com o modelo dentro, que conta as suas falhas."""
    page = context.new_page()
    page.failures = []
    page.on("pageerror", lambda error: page.failures.append(str(error)))
    page.set_content("<p>sem kernel</p>")
    alone.give_model(page)
    yield page
    assert page.failures == []
    page.close()


def own_thread(thread, text):
    """O fio do curso, com outra frase no lugar da dele."""
    ids = [thread.ids[0], *thread.tokenizer.encode(unicodedata.normalize("NFC", text))]
    with torch.no_grad():
        logits, cache = run_with_cache(thread.model, torch.tensor([ids]))
    return Thread(
        thread.model, thread.tokenizer, ids, [thread.pieces[0]], {"logits": logits} | cache, {}
    )


def mounted(page, widget):
    """Monta um explorável já sem a pergunta e espera a caixa de texto."""
    widget.guess = "pular"
    alone.mount(page, widget)
    box = page.locator(".tpd-own")
    expect(box.get_by_label("Seu texto")).to_be_visible()
    return box


def write(box, text):
    """Escreve um texto e aperta Enter, como quem usa só o teclado."""
    field = box.get_by_label("Seu texto")
    field.fill(text)
    field.press("Enter")


def test_lens_reads_an_own_text_as_pytorch_does(page, thread):
    box = mounted(page, lens.logit_lens(thread))
    write(box, TEXT)
    seen = lens.read_sentence(own_thread(thread, TEXT))
    top = len(seen.heights) - 1
    said = page.locator(".tpd-sentence")
    expect(said).to_have_text(lens.view(seen, seen.places[-1], top, "norm").sentence)
    expect(box).to_contain_text("não conhece “xkcd”, “😀”")
    # As teclas e as áreas do desenho continuam a mandar, agora nos quadros feitos na página.
    page.get_by_label("Altura", exact=True).press("ArrowLeft")
    expect(said).to_have_text(lens.view(seen, seen.places[-1], top - 1, "norm").sentence)
    page.locator(".tpd-stage [data-go]").first.click()
    expect(said).to_have_text(lens.view(seen, seen.places[0], 0, "norm").sentence)
    assert page.evaluate("() => window.leaks") == []
    # O kernel não fica com um estado que só existe na página.
    assert page.evaluate("() => window.model.get('key')") == lens.logit_lens(thread).key


def test_word_is_followed_head_is_silenced_and_token_is_swapped(page, thread):
    box = mounted(page, lens.logit_lens(thread))
    write(box, "O João entregou um pão para")
    answer = box.locator("[aria-label='Resposta do modelo']")
    expect(answer).to_contain_text("Depois de “·para”")
    box.locator("summary").press("Enter")
    box.get_by_label("Palavra seguida").fill(" Maria")
    box.get_by_label("Palavra seguida").press("Enter")
    expect(page.locator(".tpd-sentence")).to_contain_text("A palavra que se segue, “·Maria”")
    expect(page.locator(".tpd-stage")).to_contain_text("lugar de “·Maria”")
    box.get_by_label("Cabeça").select_option("camada 1, cabeça 2")
    box.get_by_role("button", name="calar a cabeça 1.2").click()
    expect(answer).to_contain_text("Sem as mudanças")
    box.get_by_role("button", name="devolver a voz à cabeça 1.2").click()
    expect(answer).not_to_contain_text("Sem as mudanças")
    box.get_by_label("Token").select_option("·João")
    box.get_by_label("Trocar por").fill(" Ana")
    box.get_by_role("button", name="trocar").click()
    expect(box.get_by_label("Token")).to_contain_text("·Ana")
    box.get_by_role("button", name="voltar à frase do curso").click()
    expect(page.locator(".tpd-sentence")).to_have_text(lens.logit_lens(thread).sentence())
    expect(answer).to_have_text("")


def test_what_was_written_comes_back_where_it_was(page, thread):
    widget = gallery.head_gallery()
    box = mounted(page, widget)
    write(box, "Ana tem um livro. Ana leu")
    box.get_by_role("button", name="calar a cabeça").click()
    page.get_by_label("Quem pergunta", exact=True).press("ArrowLeft")
    expect(page.locator(".tpd-sentence")).to_contain_text("Caladas: ")
    said = page.locator(".tpd-sentence").inner_text()
    page.wait_for_function("() => (window.model.get('text') || '').includes('place')")
    widget.set_state({"text": page.evaluate("() => window.model.get('text')")})
    box = mounted(page, widget)
    expect(page.locator(".tpd-sentence")).to_have_text(said)
    assert box.get_by_label("Seu texto").input_value() == "Ana tem um livro. Ana leu"
    box.get_by_role("button", name="voltar à frase do curso").click()
    page.wait_for_function("() => window.model.get('text') === ''")


def test_head_is_silenced_with_a_click_in_the_gallery(page):
    box = mounted(page, gallery.head_gallery())
    stage, answer = page.locator(".tpd-stage"), box.locator("[aria-label='Resposta do modelo']")
    page.locator(".tpd-stage [data-go='0=0,1=1']").click()
    box.get_by_role("button", name="calar a cabeça 0.1").click()
    # Sem texto novo, é a frase do curso que o modelo lê de novo.
    expect(answer).to_contain_text("Sem as mudanças")
    expect(stage).to_contain_text("calando")
    expect(page.locator(".tpd-sentence")).to_contain_text("Caladas: 0.1.")
    write(box, "Ana tem um livro. Ana leu")
    expect(stage).not_to_contain_text("calando")
    expect(page.locator(".tpd-sentence")).to_contain_text("·leu olha mais para")
    page.get_by_label("Quem pergunta", exact=True).press("ArrowLeft")
    expect(page.locator(".tpd-sentence")).to_contain_text("·Ana olha mais para")


def test_every_explorable_with_a_box_draws_an_own_text(page):
    """O inspetor percorre as dimensões do par novo; as setas cortadas mudam a aposta."""
    box = mounted(page, inspector.qkv_inspector(layer=2, head=1))
    expect(box.get_by_role("button", name="calar a cabeça 2.1")).to_be_visible()
    write(box, "A Ana leu o livro")
    said = page.locator(".tpd-sentence")
    expect(said.first).to_contain_text("ro pergunta, ¶ responde")
    page.get_by_label("Dimensão", exact=True).press("End")
    expect(said.last).to_contain_text("Dimensão 31")
    score = said.first.inner_text().split("Score ")[1].split(";")[0]
    expect(said.last).to_contain_text(f"a {score}, o score.")
    box = mounted(page, streams.moving_information())
    write(box, "A Ana leu o livro")
    page.get_by_label("corte a maior seta").check()
    expect(said).to_contain_text("os pesos que sobram somam")
    assert page.evaluate("() => window.leaks") == []


def test_table_is_of_an_own_text_and_its_controls_go_on(page, thread):
    table = draw_table.draw_table(thread=thread)
    box, said = mounted(page, table), page.locator(".tpd-sentence")
    before = said.inner_text()
    page.get_by_role("button", name="sortear 100").click()
    write(box, "O João entregou um pão para")
    logits = own_thread(thread, "O João entregou um pão para").cache["logits"][0, -1]
    labels = [token_text(thread, token) for token in range(len(logits))]
    expected = draw_table.DrawTable(logits.tolist(), labels, "·para")
    expect(page.locator(".tpd-title")).to_have_text(expected.title)
    expect(said).to_have_text(expected.sentence())
    page.get_by_label("Temperatura", exact=True).press("End")
    page.get_by_label("Top-k", exact=True).press("Home")
    expect(said).to_have_text(expected.move(t=5.0, k=1).sentence)
    page.get_by_label("Top-k", exact=True).press("End")
    page.get_by_role("button", name="sortear 100").click()
    expect(said).to_contain_text("Em 100 sorteios")
    assert page.evaluate("() => window.model.get('done')") == [], "desafio da frase do curso"
    box.get_by_role("button", name="voltar à frase do curso").click()
    page.get_by_role("button", name="voltar ao início").click()
    expect(said).to_have_text(before)
    expect(page.locator(".tpd-title")).to_have_text(table.title)


def test_story_is_written_by_the_page(page, thread):
    story = live_generation.live_generation(thread=thread)
    story.guess = "pular"
    alone.mount(page, story)
    said, actions = page.locator(".tpd-sentence"), page.get_by_role("group", name="Escrever")
    page.wait_for_function("() => document.querySelector('.tpd-own:empty')")
    page.evaluate("async () => { await window.tpdOwn.begun; }")
    page.get_by_role("textbox", name="Começo").fill("A Ana tem um livro.")
    page.get_by_label("Semente").fill("5")
    page.get_by_label("Semente").press("Enter")
    story.act("write", text="A Ana tem um livro.", seed=5, t=0.8)
    expect(said).to_have_text(story.sentence())
    actions.get_by_role("button", name="escrever 20").click()
    for _ in range(20):
        story.act("next")
    expect(said).to_have_text(story.sentence())
    page.locator(".tpd-stage [data-go='node=3']").click()
    page.get_by_role("group", name="Candidatos").get_by_role("button").nth(1).click()
    story.act("jump", node=3)
    story.act("pick", token=story.view["candidates"][1]["token"])
    expect(said).to_have_text(story.sentence())
    expect(page.get_by_role("group", name="Outros ramos").get_by_role("button")).to_have_count(1)
    page.get_by_label("Semente").fill("-1")
    page.get_by_role("button", name="começar daqui").click()
    expect(page.get_by_role("alert")).to_contain_text("A semente é um inteiro")
    expect(said).to_have_text(story.sentence())
    assert page.evaluate("() => window.model.get('kept')") == story.state().replace("'", '"')


def test_stopped_controls_stay_stopped_in_an_own_text(page, thread):
    widget = lens.logit_lens(thread, lock="ler", hide="altura")
    box = mounted(page, widget)
    write(box, TEXT)
    expect(box).to_contain_text("não conhece")
    raw = page.get_by_label("sem a norma final")
    expect(raw).to_be_disabled()
    assert page.get_by_label("Altura", exact=True).count() == 0
    goes = page.locator(".tpd-stage [data-go]")
    assert [
        one for one in goes.evaluate_all("(all) => all.map((a) => a.dataset.go)") if "1=" in one
    ] == []
    table = draw_table.draw_table(thread=thread, lock="top-k", hide="ordem")
    mounted(page, table)
    expect(page.get_by_label("Top-k", exact=True)).to_be_disabled()
    expect(page.get_by_text("Ordem", exact=True)).to_be_hidden()
    assert goes.count() == 0
    story = live_generation.live_generation(
        thread=thread, hide="começo", lock=["candidatos", "temperatura"]
    )
    story.guess = "pular"
    alone.mount(page, story)
    expect(
        page.get_by_role("group", name="Candidatos").get_by_role("button").first
    ).to_be_disabled()
    expect(page.get_by_label("Temperatura", exact=True)).to_be_disabled()
    expect(page.get_by_role("textbox", name="Começo")).to_be_hidden()
    expect(page.get_by_label("Semente")).to_be_enabled()


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "está vazia"), ("   ", "só tem espaços"), ("ação " * 2000, "cabem os primeiros 256")],
    ids=["vazio", "espacos", "dez-mil-letras"],
)
def test_bad_or_long_text_is_told_and_the_picture_stays(page, thread, text, said):
    box = mounted(page, lens.logit_lens(thread))
    write(box, text)
    expect(box).to_contain_text(said)
    assert page.locator(".tpd-stage svg").count() == 1


def test_own_text_with_the_kernel_ended(server, open_notebook, thread):
    cells = [nbformat.v4.new_code_cell(cell) for cell in CELLS]
    path = server.root / "notebooks" / f"{NAME}.ipynb"
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), path)
    notebook = open_notebook(NAME)
    for at in (1, 0):
        notebook.run(at)
        widget = notebook.cell(at).locator(".tpd-ex").first
        expect(widget).to_be_visible()
        skip = widget.locator(".tpd-question button", has_text="pular")
        if skip.count():
            skip.click()
    box = widget.locator(".tpd-own")
    expect(box.get_by_label("Seu texto")).to_be_visible()
    notebook.shut_kernel_down()
    write(box, TEXT)
    seen = lens.read_sentence(own_thread(thread, TEXT))
    last = lens.view(seen, seen.places[-1], len(seen.heights) - 1, "norm")
    expect(widget.locator(".tpd-sentence")).to_have_text(last.sentence)
    story = notebook.cell(1).locator(".tpd-ex").first
    story.get_by_role("textbox", name="Começo").fill("A Ana tem um livro.")
    story.get_by_role("textbox", name="Começo").press("Enter")
    story.get_by_role("button", name="próximo").click()
    expected = live_generation.live_generation("A Ana tem um livro.", thread=thread)
    expected.act("jump", node=1)
    expect(story.locator(".tpd-sentence")).to_have_text(expected.sentence())
    assert notebook.count() == 2, "uma tecla da caixa chegou ao notebook"
    assert notebook.page.failures == []
    notebook.page.close()
