"""Figura parada: mesmo texto, HTML e PNG dos exploráveis, sem widget."""

import base64
import io
from typing import Any

from PIL import Image

from helpers.explorables.kit.base import figure_html, png_from_svg

MAX_WIDTH = 720  # px na tela
MAX_BYTES = 40_000
COLORS = 64  # bastam a qualquer figura do curso, e o arquivo fica três vezes menor


class Picture:
    """Figura que se mostra sozinha no fim da célula, com texto alternativo."""

    def __init__(self, png: bytes, alt: str, width: int) -> None:
        """Guarda a imagem pronta.

        Parâmetros:
            alt: frase que diz o que a figura mostra.
            width: largura na tela, em px.
        """
        self.png, self.alt, self.width = png, alt, width

    def __repr__(self) -> str:
        return f"Figura: {self.alt}"

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, str]:
        return {
            "text/plain": repr(self),
            "text/html": figure_html(self.png, self.alt, width=self.width, caption=False),
            "image/png": base64.b64encode(self.png).decode(),
        }


def picture(svg_or_figure: Any, alt: str) -> Picture:
    """Figura parada de um SVG ou de uma `Figure` do matplotlib.

    Parâmetros:
        svg_or_figure: texto SVG ou `matplotlib.figure.Figure`.
        alt: frase que diz o que a figura mostra a quem não a vê.

    Erros:
        ValueError: se faltar o texto alternativo ou a figura for larga ou pesada demais.
        TypeError: se o objeto não for SVG nem `Figure`.
    """
    if not alt.strip():
        raise ValueError("Falta o texto alternativo: diga em `alt` o que a figura mostra.")
    # Dois px de imagem por px de tela: a letra fica nítida em telas densas e no papel.
    if isinstance(svg_or_figure, str):
        png = png_from_svg(svg_or_figure, zoom=2)
    elif hasattr(svg_or_figure, "savefig"):
        stream = io.BytesIO()
        # Sem "Software" nos metadados: a mesma figura dá os mesmos bytes.
        svg_or_figure.savefig(stream, format="png", dpi=200, metadata={"Software": None})
        png = stream.getvalue()
    else:
        kind = type(svg_or_figure).__name__
        raise TypeError(f"Recebi {kind}; passe um texto SVG ou uma Figure do matplotlib.")
    png, width = _lighter(png)
    if width > MAX_WIDTH or len(png) > MAX_BYTES:
        raise ValueError(
            f"A figura tem {width} px de largura e {len(png)} bytes; os limites são "
            f"{MAX_WIDTH} px e {MAX_BYTES} bytes. Diminua o tamanho ou o número de elementos."
        )
    return Picture(png, alt, width)


def _lighter(png: bytes) -> tuple[bytes, int]:
    """A mesma imagem com paleta, e sua largura na tela."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    stream = io.BytesIO()
    image.quantize(COLORS, dither=Image.Dither.NONE).save(stream, format="png", optimize=True)
    return stream.getvalue(), image.width // 2
