"""Mesa de teste: uma barra, um botão e a certeza de que os exploráveis funcionam aqui."""

import sys
from importlib import metadata

import traitlets

from helpers.explorables.kit.base import load_css, load_js
from helpers.explorables.kit.flipper import Flipper
from helpers.explorables.kit.frames import Axis, Choice, Frame
from helpers.explorables.kit.memory import opens
from helpers.explorables.kit.words import words
from helpers.plots import svg

TEXT = words("w0")
LAST = 6
PACKAGES = ("jupyterlab", "anywidget", "torch")


class Bench(Flipper):
    """Mesa de teste: além dos quadros, diz ao vivo o tema e as versões do ambiente."""

    _esm = load_js("board.js", "flipper.js", "bench.js")
    _css = load_css("flipper.css")
    # Só na vista ao vivo: uma versão no texto guardado o faria diferir de um ambiente a outro.
    versions = traitlets.Unicode("").tag(sync=True)


def _versions() -> str:
    """Versões do que move os exploráveis."""
    found = [f"Python {sys.version.split()[0]}"]
    for package in PACKAGES:
        try:
            found.append(f"{package} {metadata.version(package)}")
        except metadata.PackageNotFoundError:
            found.append(f"{package} não instalado")
    return " · ".join(found)


def bench_frame(place: int, lamp: bool) -> Frame:
    """Quadro da mesa: trilha de casas e uma lâmpada na casa `place`, de 0 a 6."""
    parts = [svg.line(50, 52, 590, 52)]
    for i in range(LAST + 1):
        x = 50 + i * 90
        parts.append(f'<circle cx="{x}" cy="52" r="5" class="ink"/>')
        parts.append(svg.text(x, 98, str(i), "s b" if i == place else "s", "middle"))
    x = 50 + place * 90
    parts.append(f'<circle cx="{x}" cy="52" r="22" class="box"/>')
    parts.append(f'<circle cx="{x}" cy="52" r="22" class="{"p1" if lamp else "c1"}"/>')
    if lamp:
        parts.append(f'<circle cx="{x}" cy="52" r="32" class="l2 dash"/>')
    parts.append(svg.zones(svg.zone((16 + i * 90, 14, 68, 94), place=i) for i in range(LAST + 1)))
    glow = "acesa" if lamp else "apagada"
    return Frame(
        svg.document("".join(parts), 112),
        f"ok: lâmpada na casa {place} de {LAST}, {glow}. Os controles funcionam.",
        choices=(Choice("apagar" if lamp else "acender", {"lamp": not lamp}),),
    )


@opens
def test_bench() -> Bench:
    """Mesa de teste, pronta para o fim da célula."""
    bench = Bench(
        bench_frame,
        [
            Axis("place", "casa", tuple(range(LAST + 1))),
            Axis("lamp", "lâmpada", (False, True), ("apagada", "acesa"), kind="hidden"),
        ],
        **TEXT.heading(),
        challenges=TEXT.challenges(
            {
                "casa": lambda last, place, lamp: place == last,
                "botao": lambda place, lamp: lamp,
            },
            last=LAST,
        ),
    )
    bench.versions = _versions()
    return bench


# O nome começa com test_, mas isto não é um teste: o pytest não deve recolhê-lo.
test_bench.__test__ = False
