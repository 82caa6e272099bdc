"""Mede, num JupyterLab de verdade, o tempo entre a tecla e o desenho novo.

    python tests/benchmarks/bench_browser.py [--json ARQUIVO] [--vezes 25]

Cada medida começa quando o navegador recebe a tecla (o `timeStamp` do `keydown`) e termina logo
depois de pintado o primeiro quadro com o desenho novo. Metas: mediana de 20 ms para quadros
folheados, de 300 ms para o texto de quem estuda. A máquina ocupada pesa nos números; anote a carga
ao citar um deles.
"""

import argparse
import contextlib
import json
import os
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "browser"))

import lab  # noqa: E402

LESSON = "01_tokenizacao_bpe"
WARM_UP = 3
# Todos cabem inteiros no desenho, com um número na frente para que nenhum se repita.
TEXTS = ("a aranha arranha", "três pratos, trigo", "pé de moleque")
TARGETS = {"quadros folheados": 20, "texto próprio": 300}  # ms, mediana

# requestAnimationFrame roda antes de o quadro ser pintado; uma mensagem enviada dali, logo depois.
WATCH = """el => {
  const stage = el.querySelector('.tpd-stage'), speech = el.querySelector('.tpd-sentence');
  window.measured = [];
  const look = () => stage.innerHTML.length + '|' + stage.innerHTML + speech.textContent;
  window.addEventListener('keydown', event => {
    const start = event.timeStamp, before = look(), painted = new MessageChannel();
    painted.port1.onmessage = () => window.measured.push(performance.now() - start);
    const poll = () => look() !== before
      ? painted.port2.postMessage(0)
      : performance.now() - start < 5000 && requestAnimationFrame(poll);
    requestAnimationFrame(poll);
  }, true);
}"""


def main(args=None):
    """Mede, imprime a tabela e devolve 0, ou 1 se faltar o navegador."""
    parser = argparse.ArgumentParser(description="Tempo da tecla ao desenho, no navegador.")
    parser.add_argument("--json", type=Path, help="arquivo em que guardar os números")
    parser.add_argument("--vezes", type=int, default=25, help="medidas por linha da tabela")
    options = parser.parse_args(args)
    chromium = lab.find_browser()
    if chromium is None:
        print(f"[FALHA] {lab.INSTALL}", file=sys.stderr)
        return 1
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    rows = measure(chromium, options.vezes)
    print(f"{'medida':<20} {'n':>3} {'mediana':>9} {'p90':>9} {'meta':>9}")
    for name, times in rows.items():
        found = summary(times)
        print(
            f"{name:<20} {len(times):>3} {found['mediana_ms']:>6.0f} ms {found['p90_ms']:>6.0f} ms "
            f"{TARGETS[name]:>6} ms"
        )
    if load is not None:
        print(f"carga da máquina no início: {load:.1f} em {os.cpu_count()} núcleos")
    if options.json:
        data = {name: {**summary(times), "ms": times} for name, times in rows.items()}
        options.json.write_text(json.dumps({"carga": load, **data}, ensure_ascii=False, indent=1))
    return 0


def summary(times):
    """Devolve mediana e percentil 90, em milissegundos."""
    p90 = statistics.quantiles(times, n=10)[-1] if len(times) > 1 else times[0]
    return {"mediana_ms": statistics.median(times), "p90_ms": p90}


def measure(chromium, repeats):
    """Abre a lição numa cópia temporária e devolve {medida: tempos em ms}."""
    from playwright.sync_api import sync_playwright

    with contextlib.ExitStack() as stack:
        base = Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        shutil.copytree(ROOT / "notebooks", base / "curso" / "notebooks")
        (base / "ambiente").mkdir()
        server = lab.Server(base / "curso", base / "ambiente")
        stack.callback(server.close)
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch_persistent_context(
            base / "navegador", executable_path=chromium, headless=True, args=lab.FLAGS
        )
        stack.callback(browser.close)
        notebook = lab.Notebook(browser.new_page(), server, f"notebooks/{LESSON}.ipynb")
        setup = notebook.find(tag="setup")[0]
        notebook.run(setup)
        return {
            "quadros folheados": flips(notebook, repeats),
            "texto próprio": own_texts(notebook, repeats),
        }


def prepare(notebook, source):
    """Executa a célula do explorável, passa pela pergunta e liga o cronômetro."""
    index = notebook.find(tag="explorable", source=source)[0]
    notebook.run(index)
    widget = notebook.cell(index).locator(".tpd-ex")
    widget.scroll_into_view_if_needed()
    widget.wait_for()
    skip = widget.locator(".tpd-question button", has_text="pular")
    if skip.count():
        skip.click()
    widget.evaluate(WATCH)
    return widget


def press(notebook, control, key):
    """Aperta uma tecla e espera a medida dela."""
    before = notebook.page.evaluate("() => window.measured.length")
    control.focus()
    notebook.page.keyboard.press(key)
    notebook.page.wait_for_function("n => window.measured.length > n", arg=before, timeout=10_000)


def results(notebook):
    """Devolve as medidas depois do aquecimento."""
    return notebook.page.evaluate("() => window.measured")[WARM_UP:]


def flips(notebook, repeats):
    """Setas na barra de passos, de uma ponta à outra e de volta."""
    widget = prepare(notebook, "merge_by_merge()")
    steps = widget.locator("input[type=range]").first
    key = "ArrowRight"
    for _ in range(repeats + WARM_UP):
        if steps.input_value() == steps.get_attribute("max"):
            key = "ArrowLeft"
        elif steps.input_value() == "0":
            key = "ArrowRight"
        press(notebook, steps, key)
    return results(notebook)


def own_texts(notebook, repeats):
    """Enter na caixa de texto: o kernel desenha todos os quadros do texto novo."""
    widget = prepare(notebook, "your_merges(")
    box = widget.locator("input[type=text]")
    for number in range(repeats + WARM_UP):
        # preencher não dispara keydown; só o Enter é medido
        box.fill(f"{number} {TEXTS[number % len(TEXTS)]}")
        press(notebook, box, "Enter")
    return results(notebook)


if __name__ == "__main__":
    sys.exit(main())
