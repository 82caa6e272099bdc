"""Base dos exploráveis: teclas que não vazam, frase, retrato em PNG e uma instância viva só."""

import base64
import functools
import html
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
import matplotlib
import resvg_py
import traitlets

from helpers.explorables.kit.slim import slim
from helpers.plots import svg as draw

HERE = Path(__file__).parent
ROOT_CLASS = ".tpd-ex"

_alive: dict[tuple[str, str], "Explorable"] = {}


def read_part(name: str) -> str:
    """Texto de um arquivo de JavaScript ou de estilo, do `kit` ou de um explorável.

    Parâmetros:
        name: nome do arquivo, sem pasta.
    """
    # Texto, nunca Path: um Path em `_esm` prende o objeto na memória (anywidget#929).
    path = HERE / name
    return (path if path.exists() else HERE.parent / name).read_text(encoding="utf-8")


def load_js(*names: str) -> str:
    """Código JavaScript de um explorável, com as peças comuns na frente.

    Parâmetros:
        names: arquivos do `kit` ou da pasta dos exploráveis, na ordem; o último termina em
            `export default { render };`.
    """
    return slim("\n".join(map(read_part, ("shared.js", *names))), whole=True)


def load_css(*names: str) -> str:
    """Folha de estilo de um explorável: base comum, classes dos desenhos e os arquivos dados.

    Parâmetros:
        names: arquivos do `kit` ou da pasta dos exploráveis; cada seletor começa com `.tpd-ex`.
    """
    files = [read_part(name) for name in ("base.css", *names)]
    return "\n".join([files[0], draw.stylesheet(f"{ROOT_CLASS} svg"), *files[1:]])


@functools.cache
def _fonts() -> list[str]:
    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    names = ("DejaVuSans", "DejaVuSans-Bold", "DejaVuSansMono", "DejaVuSansMono-Bold")
    return [str(folder / f"{name}.ttf") for name in names]


def png_from_svg(svg: str, zoom: int = 1) -> bytes:
    """Retrato em PNG de um SVG, com as fontes do matplotlib e as cores do tema claro.

    Parâmetros:
        svg: documento SVG; `var(--jp-…)` vira a cor do tema claro.
        zoom: quantos px do PNG para cada px do desenho.

    Erros:
        ValueError: se o SVG estiver malformado.
    """
    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=draw.resolve_theme(svg),
            style_sheet=draw.resolve_theme(draw.stylesheet()),
            background=draw.LIGHT["--jp-layout-color0"],
            zoom=zoom,
            skip_system_fonts=True,
            font_files=_fonts(),
            font_family="DejaVu Sans",
            sans_serif_family="DejaVu Sans",
            monospace_family="DejaVu Sans Mono",
        )
    )


def figure_html(png: bytes, sentence: str, width: int | None = None, caption: bool = True) -> str:
    """Figura em HTML que sobrevive a GitHub, papel e notebook não confiável.

    Parâmetros:
        sentence: texto alternativo, repetido na legenda.
        width: largura na tela, em px; sem valor, a da imagem.
        caption: se a frase aparece também como legenda.
    """
    data = base64.b64encode(png).decode()
    alt = html.escape(sentence, quote=True)
    size = f' width="{width}"' if width else ""
    below = f"<figcaption>{alt}</figcaption>" if caption else ""
    return f'<figure><img alt="{alt}"{size} src="data:image/png;base64,{data}">{below}</figure>'


class Explorable(anywidget.AnyWidget):
    """Widget do curso: diz o que mostra numa frase e leva consigo um retrato em PNG.

    Quem herda define `sentence()`, e `picture_svg()` quando há desenho. `label` é o nome do
    explorável para quem ouve a página e a primeira palavra do texto guardado no notebook.
    """

    _esm = load_js()
    _css = load_css()
    label = traitlets.Unicode("").tag(sync=True)
    message = traitlets.Unicode("").tag(sync=True)  # erro escrito dentro do widget

    def settle(self, name: str) -> None:
        """Toma o lugar do anterior de mesmo nome na mesma célula, e o fecha.

        Reexecutar uma célula não deixa fantasmas: fica uma instância viva. Duas células diferentes
        podem usar o mesmo nome, porque o JupyterLab diz em que célula estamos.

        Parâmetros:
            name: nome do explorável, como `w1`.
        """
        key = (name, _cell_id())
        former = _alive.pop(key, None)
        if former is not None:
            former.close()
        _alive[key] = self

    def sentence(self) -> str:
        """Frase que diz o que está na tela: legenda, texto alternativo e região viva."""
        raise NotImplementedError(f"{type(self).__name__} precisa dizer sua frase em sentence().")

    def picture_svg(self) -> str | None:
        """SVG do que está na tela, ou None quando o explorável é só texto."""
        return None

    def state(self) -> str:
        """Estado atual numa linha, para colar numa conversa ou num exercício."""
        return self.label

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict, dict]:
        data, metadata = super()._repr_mimebundle_(**kwargs)
        return {**data, **self.still()}, metadata

    def still(self) -> dict[str, str]:
        """Texto, HTML e PNG do estado atual: o que fica guardado no notebook."""
        sentence, svg = self.sentence(), self.picture_svg()
        plain = {"text/plain": f"{self.label}: {sentence}"}
        if svg is None:
            return {**plain, "text/html": f"<p>{html.escape(sentence)}</p>"}
        png = png_from_svg(svg)
        return {
            **plain,
            "text/html": figure_html(png, sentence),
            "image/png": base64.b64encode(png).decode(),
        }


def alive() -> dict[tuple[str, str], "Explorable"]:
    """Exploráveis vivos agora, por (nome, célula)."""
    return dict(_alive)


def _cell_id() -> str:
    """Identificador da célula em execução; vazio fora do JupyterLab."""
    from IPython import get_ipython

    kernel = getattr(get_ipython(), "kernel", None)
    if kernel is None:
        return ""
    parent = kernel.get_parent("shell") or {}
    return str(parent.get("metadata", {}).get("cellId", ""))


def report_errors(method: Callable[..., Any]) -> Callable[..., Any]:
    """Método que escreve a falha dentro do widget, em vez de deixá-la sumir no kernel."""

    @functools.wraps(method)
    def safe(self: Explorable, *args: Any, **kwargs: Any) -> Any:
        try:
            return method(self, *args, **kwargs)
        except ValueError as error:  # mensagem nossa, já em português
            self.message = str(error)
        except Exception as error:
            kind = type(error).__name__
            self.message = f"Algo falhou aqui ({kind}: {error}). O que já estava na tela continua."
        return None

    return safe
