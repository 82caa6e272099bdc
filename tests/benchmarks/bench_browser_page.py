"""Mede quanto a página, aberta do disco num processador lento, demora a responder.

    python tests/benchmarks/bench_browser_page.py --site PASTA [--vezes 5] [--lento 4]

`PASTA` é a que `python -m helpers publicar --saida PASTA` fez. O tempo vai do pedido da página ao
instante em que os exploráveis, o tema e a busca respondem. Meta: mediana de 1,5 s com o processador
quatro vezes mais lento. A máquina ocupada pesa nos números; anote a carga ao citar um deles.
"""

import argparse
import os
import statistics
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "browser"))

import lab  # noqa: E402

TARGET = 1500  # ms, mediana

# A classe que a página põe em si mesma quando tudo nela responde.
WATCH = """() => new MutationObserver((_, watcher) => {
  if (!document.documentElement.classList.contains('pronta')) return;
  window.answered = performance.now();
  watcher.disconnect();
}).observe(document, { subtree: true, attributes: true, attributeFilter: ['class'] })"""


def main(args=None):
    """Mede as lições de um site, imprime a tabela e devolve 0, ou 1 se faltar o navegador."""
    parser = argparse.ArgumentParser(description="Do pedido da página à página que responde.")
    parser.add_argument("--site", type=Path, required=True, help="a pasta que publicar fez")
    parser.add_argument("--vezes", type=int, default=5, help="medidas por lição")
    parser.add_argument("--lento", type=float, default=4, help="quantas vezes mais lento")
    options = parser.parse_args(args)
    chromium = lab.find_browser()
    if chromium is None:
        print(f"[FALHA] {lab.INSTALL}", file=sys.stderr)
        return 1
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    print(f"{'lição':<24} {'mediana':>9} {'pior':>9} {'meta':>9}")
    for lesson, times in measure(chromium, options).items():
        found = statistics.median(times)
        print(f"{lesson:<24} {found:>6.0f} ms {max(times):>6.0f} ms {TARGET:>6} ms")
    if load is not None:
        print(f"carga da máquina no início: {load:.1f} em {os.cpu_count()} núcleos")
    return 0


def measure(chromium, options):
    """Abre cada lição do disco, com o processador mais lento, e devolve {lição: tempos em ms}."""
    from playwright.sync_api import sync_playwright

    found = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=lab.FLAGS)
        page = browser.new_page(viewport={"width": 1366, "height": 768})
        page.add_init_script(f"({WATCH})()")
        slow = page.context.new_cdp_session(page)
        slow.send("Emulation.setCPUThrottlingRate", {"rate": options.lento})
        for path in sorted(options.site.resolve().glob("[0-9]*.html")):
            times = []
            for _ in range(options.vezes + 1):
                page.goto(path.as_uri())
                page.wait_for_function("() => window.answered")
                times.append(page.evaluate("() => window.answered"))
            found[path.stem] = times[1:]  # a primeira aquece o disco
        browser.close()
    return found


if __name__ == "__main__":
    sys.exit(main())
